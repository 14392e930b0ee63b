//! What survives the page, and what comes back: from an address, a file, this browser's memory.

use super::{Command, Model, Origin, Sample, Severity};
use crate::state::explain::Subject;
use crate::state::mend::Said;
use crate::state::settings::Settings;
use crate::state::share::{FileNote, Shared};
use crate::state::undo::History;

impl Model {
    /// What is shared: the settings and what is looked at, and the names of the files; never their content.
    pub fn shared(&self, view: &str) -> Shared {
        let selected = match &self.selected {
            Some(Subject::Symbol(symbol)) => Some(symbol.clone()),
            _ => None,
        };
        let files =
            self.files.iter().filter(|file| file.is_used()).map(|file| FileNote { name: file.name.clone(), bytes: file.bytes });
        Shared {
            config: self.config.clone(),
            views: self.views.clone(),
            view: view.to_owned(),
            selected,
            look: self.look.clone(),
            scenarios: self.scenarios.clone(),
            sample: self.sample != Sample::Off,
            files: files.collect(),
            said: Vec::new(),
        }
    }

    /// The state as this browser keeps it: with what was said of files, which never leaves it.
    pub fn kept(&self) -> Shared {
        let said = self.files.iter().map(|file| (&file.name, &file.said)).filter(|(_, said)| **said != Said::default());
        // Files that have not come back yet keep what was said of them.
        let said = said.chain(&self.said_before).map(|(name, said)| (name.clone(), said.clone()));
        Shared { said: said.collect(), ..self.shared("") }
    }

    pub(super) fn restored(&mut self, shared: Shared, origin: Origin) -> Vec<Command> {
        self.take_scenarios(&shared, origin);
        if origin != Origin::Behind {
            self.turn_to(&shared, origin);
        }
        let settings = Settings { blend: shared.config, views: shared.views };
        match origin {
            Origin::Address => self.configured("the state in the address", settings, false),
            Origin::File => self.configured("the state in the file", settings, false),
            Origin::Behind => {
                self.said_before = shared.said.into_iter().collect();
                // The state of the address is one change away from what this browser kept.
                self.history = History::new(settings);
                self.history.change("the state in the address", self.settings());
                self.history.settle();
                Vec::new()
            }
            Origin::Memory => {
                // The files come right after, and are read as was said before.
                self.said_before = shared.said.into_iter().collect();
                // Where the page was left is where it begins: nothing to take back.
                self.history = History::new(settings.clone());
                self.views = settings.views;
                if settings.blend == self.config {
                    return Vec::new();
                }
                self.config = settings.blend;
                if self.blend.is_some() || self.flight.is_busy() { self.ask() } else { Vec::new() }
            }
        }
    }

    /// Takes scenarios over. One's own keeps its name: it is what is here, or what this browser kept behind a state that came by address.
    fn take_scenarios(&mut self, shared: &Shared, origin: Origin) {
        for scenario in shared.scenarios.list() {
            let theirs = match self.scenarios.get(&scenario.name) {
                Some(theirs) if origin == Origin::Behind && theirs.settings != scenario.settings => {
                    let theirs = theirs.settings.clone();
                    // It is there: there is room for it.
                    let _ = self.scenarios.save(&scenario.name, &scenario.settings);
                    theirs
                }
                _ => scenario.settings.clone(),
            };
            match self.scenarios.add(&scenario.name, &theirs) {
                Ok(name) if name != scenario.name => {
                    let detail = format!("{} was here with other settings. The one that came is kept as {name}.", scenario.name);
                    self.notice(Severity::Note, "Two scenarios of one name", detail);
                }
                Ok(_) => {}
                Err(why) => self.notice(Severity::Warning, "A scenario was not taken over", why),
            }
        }
    }

    /// Looks at what a state looks at, and says which of its files are not here.
    fn turn_to(&mut self, shared: &Shared, origin: Origin) {
        if let Some(symbol) = &shared.selected {
            self.selected = Some(Subject::Symbol(symbol.clone()));
        }
        self.look = shared.look.clone();
        let here: Vec<FileNote> = self.files.iter().map(|file| FileNote { name: file.name.clone(), bytes: file.bytes }).collect();
        let absent: Vec<&str> = shared.absent(&here).map(|file| file.name.as_str()).collect();
        // What this browser kept comes with its files, right after this.
        if origin != Origin::Memory && !absent.is_empty() {
            let detail = format!("Data are never part of an address. Add {} to see the same figures.", absent.join(", "));
            self.notice(Severity::Note, "This state was made with files that are not here", detail);
        }
    }
}
