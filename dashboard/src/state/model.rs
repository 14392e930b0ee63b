//! The whole page as one value, and what every event does to it. No browser here: the view shows it, the worker answers it.
//!
//! ```text
//! view ── Event ──> Model::update ──> Command ──> worker
//!   ^                    |                          |
//!   +──── shows ─────────+ <─────── Event ──────────+
//! ```

use super::blend::Blend;
use super::change;
use super::columns::Columns;
use super::comparison::Comparison;
use super::explain::Subject;
use super::file::{FileEntry, FileKey, Progress, Report, Use};
use super::flight::{Flight, Landing};
use super::hand_in::Seen;
use super::look::Look;
use super::mend::Said;
use super::number;
use super::problem::Problem;
use super::progress::Meter;
use super::question::{Question, Slot};
use super::same::Same;
use super::scenario::{Scenario, Scenarios};
use super::settings::{Settings, VIEW_MAX, Views};
use super::share::{FileNote, Shared};
use super::stream::NAME as STREAM;
use super::undo::History;
use allocator_core::config::blend::BlendConfig;
use allocator_core::wire::to_canonical_string;
use std::collections::BTreeMap;

/// Number of a message to the worker; never used twice on one page.
pub type MessageId = u64;

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The page has opened.
    Opened,
    /// The user gave files: name and size of each. The view keeps the bytes under the keys from [`Model::next_key`] on.
    Given(Vec<(String, u64)>),
    /// The user took a file away.
    Removed(FileKey),
    /// The user wants the file back that was taken away last.
    WantedBack,
    /// The user says something about a file: it is read anew.
    Told(FileKey, Said),
    /// The user wants the sample data back, or gone.
    SampleWanted(bool),
    /// The user changed the settings.
    Configured(Box<BlendConfig>),
    /// The user changed a view's own settings: its id, what the change is called, and the settings as JSON text (`{}`: the defaults).
    ViewSet(&'static str, String, String),
    /// The user let go of a slider, left an entry or chose: the next change of the settings is another change.
    Settled,
    /// The user takes the last change of the settings back.
    Undone,
    /// The user makes it again.
    Redone,
    /// The user does something with the named settings.
    Scenario(ScenarioAct),
    /// A state came by address, by file or from this browser's memory.
    Restored(Box<Shared>, Origin),
    /// Something to tell once.
    Noticed(Severity, String, String),
    /// What was told under a title no longer holds.
    Withdrawn(String),
    /// A view asks the engine something, in a slot of its own.
    Asked(&'static str, Question),
    /// The user chose something to have it explained.
    Selected(Option<Subject>),
    /// The user wants the request that gives the same digest elsewhere.
    RequestWanted,
    /// The user wants to hand the allocation in: its request is needed.
    HandInWanted,
    /// The user wants the answer as a file.
    ResultWanted(ResultFormat),
    /// The user wants to see how a file was read; `None` is the sample.
    Looked(Option<FileKey>),
    /// The user looks at the page in another way.
    Look(Look),
    /// The user no longer wants to wait.
    Stopped,
    /// The user has read a notice.
    Dismissed(usize),
    /// Something to say to people who hear the page.
    Said(String),
    /// The worker runs.
    Ready {
        /// Version of the engine.
        version: String,
        /// From start to running.
        milliseconds: f64,
    },
    /// The worker answered.
    Answered {
        /// Which message.
        id: MessageId,
        /// JSON text.
        text: String,
        /// The weights of a blend, which the text then lacks.
        columns: Option<Columns>,
        /// How long the engine took.
        milliseconds: f64,
    },
    /// The worker refused.
    Refused {
        /// Which message.
        id: MessageId,
        /// The engine's problem.
        problem: Problem,
    },
    /// The worker is gone.
    Lost {
        /// The message it was at, if it could still say so.
        id: Option<MessageId>,
        /// What it said last.
        message: String,
    },
    /// The worker that answers views beside the engine is gone.
    HelperLost {
        /// The message it was at, if it could still say so.
        id: Option<MessageId>,
        /// What it said last.
        message: String,
        /// Questions that it had not answered.
        open: Vec<MessageId>,
    },
    /// A large file is being read.
    Progressed {
        /// Which message.
        id: MessageId,
        /// Bytes read.
        done: u64,
        /// Bytes there are.
        total: u64,
        /// The page's clock, in milliseconds.
        now: f64,
    },
}

/// What can be done with named settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScenarioAct {
    /// Keep the settings under a name.
    Save(String),
    /// Use those of a name.
    Load(String),
    /// Keep a second one of a name.
    Duplicate(String),
    /// Call those of a name otherwise.
    Rename(String, String),
    /// Forget those of a name.
    Delete(String),
    /// Have those back that were forgotten last.
    PutBack,
}

/// Where a state came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// An address that someone sent.
    Address,
    /// A file.
    File,
    /// What this browser kept.
    Memory,
    /// What this browser kept, while an address had brought a state before it.
    Behind,
}

/// What the view must do about it.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Start a worker; the old one is no more.
    Start,
    /// Send a file's bytes, with what the user says about it.
    Add(MessageId, FileKey, String),
    /// Have the worker forget a file.
    Remove(MessageId, FileKey),
    /// Have the worker fetch the sample data.
    Sample(MessageId),
    /// Have the worker forget the sample data.
    NoSample(MessageId),
    /// Blend what is loaded with these settings (JSON text).
    Blend(MessageId, String),
    /// Carry out an operation on what is loaded.
    Ask(MessageId, Question),
    /// Forget a file's bytes.
    Forget(FileKey),
    /// Have the worker write a file about a blend with these settings.
    Write(MessageId, Content, String),
    /// Offer a download.
    Save {
        /// Name of the file.
        name: String,
        /// Media type.
        kind: &'static str,
        /// Content.
        text: String,
    },
}

/// What of a blend the worker writes as text, byte for byte as the command line and HTTP have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// The canonical request.
    Request,
    /// The answer.
    Answer,
}

impl Content {
    /// How its file is called.
    const fn name(self) -> &'static str {
        match self {
            Content::Request => "request",
            Content::Answer => "allocation",
        }
    }
}

/// Form of a downloaded answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResultFormat {
    /// The engine's answer, byte for byte.
    Json,
    /// Weights and contributions as a table.
    Csv,
}

/// What a message was about, until it is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    Add(FileKey),
    Sample,
    Blend(u64),
    Ask(&'static str, u64),
    File(Content),
    HandIn,
    Housekeeping,
}

/// How the engine is.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Engine {
    /// It starts.
    #[default]
    Starting,
    /// It runs.
    Running {
        /// Its version.
        version: String,
    },
    /// It could not be started again.
    Gone,
}

/// How serious a notice is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Something went wrong and was mended.
    Warning,
}

/// Something to tell the user once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// How serious.
    pub severity: Severity,
    /// What happened.
    pub title: String,
    /// Why it matters or what to do.
    pub detail: String,
}

/// The sample data.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "there is one, and it has a report")]
pub enum Sample {
    /// Not in use.
    #[default]
    Off,
    /// The worker reads it.
    Reading,
    /// In use.
    On(Report),
    /// It could not be had.
    Failed(Problem),
}

/// The page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Model {
    /// Settings of the blend.
    pub config: BlendConfig,
    /// Settings of views, each under its id as JSON text; a view that is not here is at its defaults.
    pub views: Views,
    /// The user's files, oldest first.
    pub files: Vec<FileEntry>,
    /// The sample data.
    pub sample: Sample,
    /// The last answer; it stays until a better one comes.
    pub blend: Option<Same<Blend>>,
    /// Settings of the last answer, as the engine read them.
    answered_with: String,
    /// Settings of the question in the air.
    asked_with: String,
    /// Why the newest question has no answer.
    pub refusal: Option<Problem>,
    /// How long the last answer took, in milliseconds.
    pub milliseconds: f64,
    /// What was changed, to be taken back and made again.
    pub history: History<Settings>,
    /// The file that was taken away last; its bytes are held until another one is.
    pub removed: Option<FileEntry>,
    /// Named settings.
    pub scenarios: Scenarios,
    /// Those that were forgotten last.
    pub deleted: Option<Scenario>,
    /// The answer before the last change: of a drag over many values, the one before the drag.
    pub before: Option<Same<Blend>>,
    /// What the last change moved, where there was an answer before it.
    pub moved: Option<Same<Comparison>>,
    /// What is explained.
    pub selected: Option<Subject>,
    /// How the page is looked at.
    pub look: Look,
    /// Counts up whenever other data are in use: what a view asked about the former data must be asked again.
    pub data: u64,
    /// What views asked beside the blend.
    pub slots: BTreeMap<&'static str, Slot>,
    /// The file whose reading is shown; `None` is the sample.
    pub looked_at: Option<FileKey>,
    /// What is to be handed in, since the user asked.
    pub to_hand_in: Option<Seen>,
    /// Told once.
    pub notices: Vec<Notice>,
    /// The engine.
    pub engine: Engine,
    /// How many times the engine was replaced.
    pub restarts: u32,
    /// Said to people who hear the page.
    pub announcement: String,
    /// How far the reading of large files is.
    pub meters: BTreeMap<FileKey, Meter>,
    /// What was said of files before the page was loaded again, by name, until they have come back.
    said_before: BTreeMap<String, Said>,
    last_message: MessageId,
    last_key: FileKey,
    pending: BTreeMap<MessageId, Purpose>,
    flight: Flight,
    /// Questions that wait for the first allocation, each with its number in its slot.
    held: Vec<(&'static str, u64)>,
    /// A change of the settings is going on: a drag, an entry being written.
    is_changing: bool,
    /// Workers lost in a row without an answer in between.
    lost_in_a_row: u32,
}

/// After so many lost workers in a row the page stops starting new ones.
const LOST_IN_A_ROW_MAX: u32 = 3;

impl Model {
    /// Whether a file of this name is here, or was before the page was loaded again and is on its way.
    pub fn knows(&self, name: &str) -> bool {
        self.files.iter().any(|file| file.name == name) || self.said_before.contains_key(name)
    }

    /// The key that the next file will have.
    pub fn next_key(&self) -> FileKey {
        self.last_key + 1
    }

    /// Whether an allocation is being computed or files are being read.
    pub fn is_busy(&self) -> bool {
        self.flight.is_busy() || !self.pending.is_empty()
    }

    /// Whether any of the user's files is in use.
    pub fn has_own_data(&self) -> bool {
        self.files.iter().any(FileEntry::is_used)
    }

    /// Whether data of a kind are in use, the user's or the sample's.
    pub fn has(&self, what: Use) -> bool {
        let own = self.files.iter().any(|file| file.is_used() && file.report().is_some_and(|report| report.used_as == what));
        own || (!self.has_own_data()
            && matches!(self.sample, Sample::On(_))
            && matches!(what, Use::Signals | Use::Returns | Use::Prices))
    }

    /// The question whose answer is the blend of the loaded data under other settings.
    pub fn blend_under(&self, config: &BlendConfig) -> Question {
        // Settings hold finite numbers and words, which always serialise.
        let config = to_canonical_string(config).unwrap_or_default();
        let uses: &[&str] = if self.has(Use::Returns) { &["signals", "returns"] } else { &["signals"] };
        Question { operation: "blend", request: format!("{{\"config\":{config}}}"), uses }
    }

    /// Files that are not in use because of a problem.
    pub fn refused_files(&self) -> impl Iterator<Item = (&FileEntry, &Problem)> {
        self.files.iter().filter_map(|file| Some((file, file.problem()?)))
    }

    /// Settings as the engine reads them.
    pub fn config_text(&self) -> String {
        // Settings hold finite numbers and words, which always serialise; were it otherwise, the engine would say so.
        to_canonical_string(&self.config).unwrap_or_default()
    }

    /// What an event does: the model after it, and what is to be done.
    pub fn update(&mut self, event: Event) -> Vec<Command> {
        let mut commands = self.follow(event);
        if !self.awaits_first() {
            for (slot, number) in std::mem::take(&mut self.held) {
                commands.extend(self.send(slot, Some(number)));
            }
        }
        commands
    }

    /// Whether the first allocation is on its way. Nothing else is asked before it: a helper that starts beside it takes
    /// the line and half the machine from it.
    fn awaits_first(&self) -> bool {
        self.blend.is_none() && (self.sample == Sample::Reading || self.flight.is_busy())
    }

    fn follow(&mut self, event: Event) -> Vec<Command> {
        match event {
            Event::Opened => {
                let mut commands = vec![Command::Start];
                self.read_sample(&mut commands);
                commands
            }
            Event::Given(files) => self.given(files),
            Event::Removed(key) => self.removed(key),
            Event::WantedBack => self.wanted_back(),
            Event::Told(key, said) => self.told(key, said),
            Event::SampleWanted(wanted) => self.sample_wanted(wanted),
            Event::Configured(config) => {
                if *config == self.config {
                    return Vec::new();
                }
                let what = change::what(&self.config, &config);
                let settings = Settings { blend: *config, views: self.views.clone() };
                self.configured(&what, settings, true)
            }
            Event::ViewSet(id, what, text) => {
                let mut settings = self.settings();
                if text == "{}" {
                    settings.views.remove(id);
                } else if text.len() <= VIEW_MAX {
                    settings.views.insert(id.to_owned(), text);
                } else {
                    self.notice(Severity::Warning, "The change was not kept", "The settings of this view are too long to keep.");
                    return Vec::new();
                }
                self.configured(&what, settings, true)
            }
            Event::Undone => self.travelled(History::undo, "Undone"),
            Event::Redone => self.travelled(History::redo, "Done again"),
            Event::Scenario(act) => self.scenario(act),
            Event::Restored(shared, origin) => self.restored(*shared, origin),
            Event::Noticed(severity, title, detail) => {
                self.notice(severity, title, detail);
                Vec::new()
            }
            Event::Withdrawn(title) => {
                self.notices.retain(|notice| notice.title != title);
                Vec::new()
            }
            Event::Settled => {
                self.is_changing = false;
                self.history.settle();
                Vec::new()
            }
            Event::Asked(slot, question) => {
                let number = self.slots.entry(slot).or_default().ask(question);
                self.send(slot, number).into_iter().collect()
            }
            Event::Selected(subject) => {
                if let Some(Subject::Pair(..)) = &subject {
                    self.look.pair.clone_from(&subject);
                }
                self.selected = subject;
                Vec::new()
            }
            Event::Looked(key) => {
                self.looked_at = key;
                Vec::new()
            }
            Event::Look(look) => {
                self.look = look;
                Vec::new()
            }
            Event::RequestWanted => self.write(Purpose::File(Content::Request), Content::Request),
            Event::HandInWanted => self.hand_in_wanted(),
            Event::ResultWanted(format) => self.result_file(format),
            Event::Dismissed(index) => {
                if index < self.notices.len() {
                    self.notices.remove(index);
                }
                Vec::new()
            }
            Event::Said(text) => {
                self.announcement = text;
                Vec::new()
            }
            Event::Stopped => {
                if !self.is_busy() {
                    return Vec::new();
                }
                self.notice(Severity::Note, "Stopped", "The engine was replaced. The former result stays.");
                // Asked again at once, a view's question would be at the very work that was stopped.
                self.slots.values_mut().for_each(Slot::give_up);
                let unfinished: Vec<FileKey> = self.reading().collect();
                for key in unfinished {
                    self.set_progress(
                        key,
                        Progress::Refused(Problem::saying("Reading was stopped. Add the file again to read it.")),
                    );
                }
                self.restart(false)
            }
            Event::Ready { version, .. } => {
                self.engine = Engine::Running { version };
                Vec::new()
            }
            Event::Answered { id, text, columns, milliseconds } => self.answered(id, &text, columns, milliseconds),
            Event::Refused { id, problem } => self.refused(id, problem),
            Event::Lost { id, message } => self.lost(id, &message),
            Event::HelperLost { id, message, open } => self.helper_lost(id, &message, &open),
            Event::Progressed { id, done, total, now } => {
                if let Some(Purpose::Add(key)) = self.pending.get(&id) {
                    self.meters.entry(*key).or_insert_with(|| Meter::new(Some(total), now)).advance(done, now);
                }
                Vec::new()
            }
        }
    }

    /// All settings as they are.
    pub fn settings(&self) -> Settings {
        Settings { blend: self.config.clone(), views: self.views.clone() }
    }

    /// Other settings; `goes_on` while a hand is still at them.
    fn configured(&mut self, what: &str, settings: Settings, goes_on: bool) -> Vec<Command> {
        if settings == self.settings() {
            return Vec::new();
        }
        if settings.blend != self.config {
            self.keep_before();
            self.is_changing = goes_on;
        }
        self.history.change(what, settings.clone());
        if !goes_on {
            self.history.settle();
        }
        self.take(settings)
    }

    /// Puts settings in use. A view asks its own questions when its settings change; the blend is asked here, and only for its own.
    fn take(&mut self, settings: Settings) -> Vec<Command> {
        self.views = settings.views;
        if settings.blend == self.config {
            return Vec::new();
        }
        self.config = settings.blend;
        self.ask()
    }

    /// A step back or forth through what was changed.
    fn travelled(&mut self, step: fn(&mut History<Settings>) -> Option<String>, word: &str) -> Vec<Command> {
        let Some(what) = step(&mut self.history) else {
            return Vec::new();
        };
        self.is_changing = false;
        self.keep_before();
        self.announcement = format!("{word}: {what}.");
        let settings = self.history.now().clone();
        self.take(settings)
    }

    fn scenario(&mut self, act: ScenarioAct) -> Vec<Command> {
        let done = match act {
            ScenarioAct::Save(name) => self.scenarios.save(&name, &self.settings()).map(|()| format!("Saved as {name}.")),
            ScenarioAct::Duplicate(name) => self.scenarios.duplicate(&name).map(|copy| format!("Saved as {copy}.")),
            ScenarioAct::Rename(name, to) => self.scenarios.rename(&name, &to).map(|()| format!("{name} is called {to} now.")),
            ScenarioAct::Delete(name) => match self.scenarios.delete(&name) {
                Some(scenario) => {
                    self.deleted = Some(scenario);
                    Ok(format!("{name} is deleted."))
                }
                None => Err(format!("There is no scenario \"{name}\".")),
            },
            ScenarioAct::PutBack => match self.deleted.take() {
                Some(scenario) => {
                    self.scenarios.add(&scenario.name, &scenario.settings).map(|name| format!("{name} is there again."))
                }
                None => return Vec::new(),
            },
            ScenarioAct::Load(name) => {
                if let Some(settings) = self.scenarios.get(&name).map(|scenario| scenario.settings.clone()) {
                    self.announcement = format!("Scenario {name}.");
                    return self.configured(&format!("scenario {name}"), settings, false);
                }
                Err(format!("There is no scenario \"{name}\"."))
            }
        };
        match done {
            Ok(words) => self.announcement = words,
            Err(why) => self.notice(Severity::Warning, "The scenario was not kept", why),
        }
        Vec::new()
    }

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

    fn restored(&mut self, shared: Shared, origin: Origin) -> Vec<Command> {
        for scenario in shared.scenarios.list() {
            // One's own keeps its name: it is what is here, or what this browser kept behind a state that came by address.
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
        if origin == Origin::Behind {
            self.said_before = shared.said.into_iter().collect();
            // The state of the address is one change away from what this browser kept.
            self.history = History::new(Settings { blend: shared.config, views: shared.views });
            self.history.change("the state in the address", self.settings());
            self.history.settle();
            return Vec::new();
        }
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
        let settings = Settings { blend: shared.config, views: shared.views };
        let what = match origin {
            Origin::Address => "the state in the address",
            Origin::File => "the state in the file",
            Origin::Behind => return Vec::new(),
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
                return if self.blend.is_some() || self.flight.is_busy() { self.ask() } else { Vec::new() };
            }
        };
        self.configured(what, settings, false)
    }

    /// Remembers the answer as the one before the change that begins, unless one is going on.
    fn keep_before(&mut self) {
        if !self.is_changing {
            self.before.clone_from(&self.blend);
        }
    }

    /// Sends the newest question of a slot under a number.
    fn send(&mut self, slot: &'static str, number: Option<u64>) -> Option<Command> {
        let number = number?;
        if self.awaits_first() {
            self.held.push((slot, number));
            return None;
        }
        let question = self.slots.get(slot)?.question.clone();
        Some(Command::Ask(self.message(Purpose::Ask(slot, number)), question))
    }

    /// An answer in a slot, and the question that follows it.
    fn landed(&mut self, slot: &'static str, number: u64, answer: Result<&str, Problem>, milliseconds: f64) -> Vec<Command> {
        self.lost_in_a_row = 0;
        let Some(known) = self.slots.get_mut(slot) else {
            return Vec::new();
        };
        let next = if known.answered(number, answer, milliseconds) { known.again() } else { None };
        self.send(slot, next).into_iter().collect()
    }

    fn message(&mut self, purpose: Purpose) -> MessageId {
        self.last_message += 1;
        self.pending.insert(self.last_message, purpose);
        self.last_message
    }

    fn notice(&mut self, severity: Severity, title: impl Into<String>, detail: impl Into<String>) {
        let notice = Notice { severity, title: title.into(), detail: detail.into() };
        self.announcement = format!("{}. {}", notice.title, notice.detail);
        self.notices.retain(|known| *known != notice);
        self.notices.push(notice);
    }

    fn read_sample(&mut self, commands: &mut Vec<Command>) {
        self.sample = Sample::Reading;
        commands.push(Command::Sample(self.message(Purpose::Sample)));
    }

    fn drop_sample(&mut self, commands: &mut Vec<Command>) {
        if self.sample != Sample::Off {
            self.sample = Sample::Off;
            commands.push(Command::NoSample(self.message(Purpose::Housekeeping)));
        }
    }

    fn reading(&self) -> impl Iterator<Item = FileKey> {
        self.files.iter().filter(|file| file.progress == Progress::Reading).map(|file| file.key)
    }

    fn set_progress(&mut self, key: FileKey, progress: Progress) {
        self.meters.remove(&key);
        if let Some(file) = self.files.iter_mut().find(|file| file.key == key) {
            file.progress = progress;
        }
    }

    fn given(&mut self, files: Vec<(String, u64)>) -> Vec<Command> {
        let mut commands = Vec::new();
        for (name, bytes) in files {
            // The same name again is the newer version of the file.
            let former: Vec<FileKey> = self.files.iter().filter(|file| file.name == name).map(|file| file.key).collect();
            // The next batch of a stream is read as the one before, and draws no eye away from what is looked at.
            let streams = name == STREAM;
            let said_of_stream = self.files.iter().find(|file| streams && file.name == name).map(|file| file.said.clone());
            let was_looked_at = self.looked_at.is_some_and(|key| former.contains(&key));
            if !former.is_empty() && !streams {
                let detail = format!("A file {name} was here. What it gave is replaced by the one that came now.");
                self.notice(Severity::Note, "A file of the same name", detail);
            }
            for key in former {
                self.forget(key, &mut commands);
            }
            self.last_key += 1;
            let key = self.last_key;
            let said = said_of_stream.or_else(|| self.said_before.remove(&name)).unwrap_or_default();
            self.files.push(FileEntry { key, name, bytes, progress: Progress::Reading, said });
            commands.push(self.add(key));
            if !streams || was_looked_at || self.looked_at.is_none() {
                self.looked_at = Some(key);
            }
        }
        commands
    }

    /// Has a file read, as the user says.
    fn add(&mut self, key: FileKey) -> Command {
        let said = self.files.iter().find(|file| file.key == key).map(|file| file.said.text()).unwrap_or_default();
        Command::Add(self.message(Purpose::Add(key)), key, said)
    }

    /// The user says something about a file. Until it is read anew, its former report stays.
    fn told(&mut self, key: FileKey, said: Said) -> Vec<Command> {
        match self.files.iter_mut().find(|file| file.key == key) {
            Some(file) if file.said != said => file.said = said,
            _ => return Vec::new(),
        }
        vec![self.add(key)]
    }

    fn forget(&mut self, key: FileKey, commands: &mut Vec<Command>) {
        self.files.retain(|file| file.key != key);
        commands.push(Command::Remove(self.message(Purpose::Housekeeping), key));
        commands.push(Command::Forget(key));
    }

    fn removed(&mut self, key: FileKey) -> Vec<Command> {
        let Some(at) = self.files.iter().position(|file| file.key == key) else {
            return Vec::new();
        };
        let mut commands = vec![Command::Remove(self.message(Purpose::Housekeeping), key)];
        let file = self.files.remove(at);
        let was_used = file.is_used();
        self.announcement = format!("{} is removed.", file.name);
        if let Some(former) = self.removed.replace(file) {
            commands.push(Command::Forget(former.key));
        }
        if self.looked_at == Some(key) {
            self.looked_at = self.files.last().map(|file| file.key);
        }
        if was_used && !self.has_own_data() {
            self.read_sample(&mut commands);
        } else if was_used {
            commands.extend(self.changed_data());
        }
        commands
    }

    /// Reads the file that was taken away last once more, as it was said to be read; a newer one of its name stays.
    fn wanted_back(&mut self) -> Vec<Command> {
        let Some(file) = self.removed.take() else {
            return Vec::new();
        };
        let key = file.key;
        if self.files.iter().any(|known| known.name == file.name) {
            return vec![Command::Forget(key)];
        }
        self.files.push(FileEntry { progress: Progress::Reading, ..file });
        self.looked_at = Some(key);
        vec![self.add(key)]
    }

    fn sample_wanted(&mut self, wanted: bool) -> Vec<Command> {
        let mut commands = Vec::new();
        if wanted {
            let keys: Vec<FileKey> = self.files.iter().map(|file| file.key).collect();
            for key in keys {
                self.forget(key, &mut commands);
            }
            self.looked_at = None;
            self.read_sample(&mut commands);
        } else {
            self.drop_sample(&mut commands);
        }
        commands
    }

    /// `allocation-1f2e3d4c.json`: files of one answer carry the start of its digest.
    fn file_name(&self, what: &str, extension: &str) -> String {
        let digest = self.blend.as_ref().map_or("", |blend| blend.digest.get(..8).unwrap_or_default());
        let dash = if digest.is_empty() { "" } else { "-" };
        format!("{what}{dash}{digest}.{extension}")
    }

    fn result_file(&mut self, format: ResultFormat) -> Vec<Command> {
        let Some(blend) = &self.blend else {
            return Vec::new();
        };
        match format {
            ResultFormat::Json => self.write(Purpose::File(Content::Answer), Content::Answer),
            ResultFormat::Csv => {
                let text = super::export::weights_csv(blend);
                vec![Command::Save { name: self.file_name("weights", "csv"), kind: "text/csv", text }]
            }
        }
    }

    /// What is written is what is shown, though a slider may have moved on.
    fn write(&mut self, purpose: Purpose, content: Content) -> Vec<Command> {
        let config = if self.blend.is_some() { self.answered_with.clone() } else { self.config_text() };
        vec![Command::Write(self.message(purpose), content, config)]
    }

    fn ask(&mut self) -> Vec<Command> {
        let Some(number) = self.flight.ask() else {
            return Vec::new();
        };
        let config = self.config_text();
        self.asked_with.clone_from(&config);
        vec![Command::Blend(self.message(Purpose::Blend(number)), config)]
    }

    /// The digest is the one shown when the user asked; what the engine writes a moment later must come to the same, or it is refused.
    fn hand_in_wanted(&mut self) -> Vec<Command> {
        let Some(blend) = &self.blend else { return Vec::new() };
        self.to_hand_in = Some(Seen { digest: blend.digest.clone(), request: None });
        self.write(Purpose::HandIn, Content::Request)
    }

    fn answered(&mut self, id: MessageId, text: &str, columns: Option<Columns>, milliseconds: f64) -> Vec<Command> {
        let Some(purpose) = self.pending.remove(&id) else {
            return Vec::new();
        };
        match purpose {
            Purpose::Housekeeping => Vec::new(),
            Purpose::Ask(slot, number) => self.landed(slot, number, Ok(text), milliseconds),
            Purpose::File(content) => {
                vec![Command::Save {
                    name: self.file_name(content.name(), "json"),
                    kind: "application/json",
                    text: text.to_owned(),
                }]
            }
            Purpose::HandIn => {
                if let Some(seen) = &mut self.to_hand_in {
                    seen.request = Some(text.to_owned());
                }
                Vec::new()
            }
            Purpose::Sample => match Report::from_text(text) {
                // Own data may have come while the sample was being read.
                Ok(report) if self.sample == Sample::Reading => {
                    self.sample = Sample::On(report);
                    self.changed_data()
                }
                Ok(_) => Vec::new(),
                Err(problem) => self.refused_as(purpose, problem),
            },
            Purpose::Add(key) => match Report::from_text(text) {
                Ok(report) => self.read(key, report),
                Err(problem) => self.refused_as(purpose, problem),
            },
            Purpose::Blend(number) => {
                let landing = self.flight.land(number);
                if landing == Landing::Drop {
                    return Vec::new();
                }
                self.lost_in_a_row = 0;
                match columns.map_or_else(|| Blend::from_text(text), |columns| Blend::from_columns(text, columns)) {
                    Ok(blend) => {
                        if landing == Landing::Show {
                            self.announcement = blend.announcement();
                        }
                        // What was chosen before a reload is there again when its files are.
                        let waits = self.selected.is_some() && self.reading().next().is_some();
                        if !waits && self.selected.as_ref().is_none_or(|subject| !subject.is_in(&blend)) {
                            self.selected = blend.weights.first().map(|row| Subject::Symbol(row.symbol.clone()));
                        }
                        let blend = Same::new(blend);
                        self.moved = self.before.as_ref().map(|before| Same::new(Comparison::of(before.clone(), &blend)));
                        self.blend = Some(blend);
                        self.answered_with = std::mem::take(&mut self.asked_with);
                        self.refusal = None;
                        self.milliseconds = milliseconds;
                    }
                    Err(problem) => self.refusal = Some(problem),
                }
                if landing == Landing::ShowAndAsk { self.ask() } else { Vec::new() }
            }
        }
    }

    /// A file has been read.
    fn read(&mut self, key: FileKey, report: Report) -> Vec<Command> {
        self.lost_in_a_row = 0;
        let Some(name) = self.files.iter().find(|file| file.key == key).map(|file| file.name.clone()) else {
            return Vec::new();
        };
        if let Some(problem) = &report.problem {
            self.announcement = not_used(&name, problem);
        }
        let was_used = self.files.iter().any(|file| file.key == key && file.is_used());
        self.set_progress(key, Progress::Read(report));
        let used = self.files.iter().any(|file| file.key == key && file.is_used());
        if !used {
            // Read anew and no longer of use: what it gave is gone.
            let mut commands = Vec::new();
            if was_used && self.has_own_data() {
                commands = self.changed_data();
            } else if was_used {
                self.read_sample(&mut commands);
            }
            return commands;
        }
        let mut commands = Vec::new();
        self.drop_sample(&mut commands);
        commands.extend(self.changed_data());
        commands
    }

    /// Other data are in use.
    fn changed_data(&mut self) -> Vec<Command> {
        self.data += 1;
        self.is_changing = false;
        self.keep_before();
        self.ask()
    }

    fn refused(&mut self, id: MessageId, problem: Problem) -> Vec<Command> {
        match self.pending.remove(&id) {
            Some(purpose) => self.refused_as(purpose, problem),
            None => Vec::new(),
        }
    }

    fn refused_as(&mut self, purpose: Purpose, problem: Problem) -> Vec<Command> {
        match purpose {
            Purpose::Add(key) => {
                if let Some(file) = self.files.iter().find(|file| file.key == key) {
                    self.announcement = not_used(&file.name, &problem);
                }
                self.set_progress(key, Progress::Refused(problem));
                Vec::new()
            }
            Purpose::Sample => {
                self.sample = Sample::Failed(problem);
                Vec::new()
            }
            Purpose::Housekeeping => Vec::new(),
            Purpose::Ask(slot, number) => self.landed(slot, number, Err(problem), 0.0),
            // The allocation is what it was: only the file is missing.
            Purpose::File(_) | Purpose::HandIn => {
                let why = problem.faults.first().map(|fault| format!("{} {}", fault.message, fault.hint)).unwrap_or_default();
                let title =
                    if purpose == Purpose::HandIn { "The request could not be written" } else { "The file was not written" };
                self.notice(Severity::Warning, title, why);
                Vec::new()
            }
            Purpose::Blend(number) => {
                let landing = self.flight.land(number);
                if landing == Landing::Drop {
                    return Vec::new();
                }
                self.lost_in_a_row = 0;
                if let Some(fault) = problem.faults.first() {
                    self.announcement = format!("Not allocated: {} {}", fault.message, fault.hint);
                }
                self.refusal = Some(problem);
                if landing == Landing::ShowAndAsk { self.ask() } else { Vec::new() }
            }
        }
    }

    fn lost(&mut self, id: Option<MessageId>, message: &str) -> Vec<Command> {
        self.lost_in_a_row += 1;
        let culprit = id.and_then(|id| self.pending.get(&id).copied());
        let mut again = true;
        match culprit {
            // Reading it once more would end the next worker too.
            Some(Purpose::Add(key)) => {
                let problem = Problem::saying(format!(
                    "Reading this file ended the engine ({message}). It is left out. This is a defect: please report it with the file."
                ));
                self.set_progress(key, Progress::Refused(problem));
            }
            Some(Purpose::Blend(_)) => {
                again = false;
                self.refusal = Some(Problem::saying(format!(
                    "Computing with these settings ended the engine ({message}). The former result stays. Change a setting to go on. \
                     This is a defect: please report it."
                )));
            }
            Some(Purpose::Ask(slot, number)) => {
                if let Some(known) = self.slots.get_mut(slot) {
                    let problem = Problem::saying(format!(
                        "This question ended the engine ({message}). This is a defect: please report it."
                    ));
                    // Nothing follows: the new worker must not be ended by the same question.
                    known.answered(number, Err(problem), 0.0);
                }
            }
            Some(Purpose::Sample | Purpose::File(_) | Purpose::HandIn | Purpose::Housekeeping) | None => {}
        }
        if self.lost_in_a_row > LOST_IN_A_ROW_MAX {
            self.engine = Engine::Gone;
            self.pending.clear();
            self.lose_flights();
            self.notice(
                Severity::Warning,
                "The engine cannot be started",
                format!("It ended {LOST_IN_A_ROW_MAX} times in a row ({message}). Reload the page; the result shown is the last good one."),
            );
            return Vec::new();
        }
        self.notice(
            Severity::Warning,
            "The engine was restarted",
            format!("It ended unexpectedly ({message}). A new one has taken over with the same data; nothing was lost."),
        );
        self.restart(again)
    }

    /// The helper is gone; the engine and its data are untouched. Its questions are asked again, but for the one that ended it.
    fn helper_lost(&mut self, id: Option<MessageId>, message: &str, open: &[MessageId]) -> Vec<Command> {
        self.restarts += 1;
        let mut commands = Vec::new();
        // Without a culprit, one attempt more is made: the browser may have killed it for want of memory.
        for id in open.iter().filter(|open| Some(**open) != id) {
            if let Some(Purpose::Ask(slot, _)) = self.pending.remove(id)
                && let Some(known) = self.slots.get_mut(slot)
                && known.is_busy()
            {
                known.lose();
                let again = known.again();
                commands.extend(self.send(slot, again));
            }
        }
        if let Some(Purpose::Ask(slot, number)) = id.and_then(|id| self.pending.remove(&id))
            && let Some(known) = self.slots.get_mut(slot)
        {
            let problem =
                Problem::saying(format!("This question ended its worker ({message}). This is a defect: please report it."));
            known.answered(number, Err(problem), 0.0);
        }
        self.lost_in_a_row += 1;
        if self.lost_in_a_row > LOST_IN_A_ROW_MAX {
            commands.clear();
            for slot in self.slots.values_mut() {
                slot.lose();
            }
        }
        self.notice(
            Severity::Warning,
            "A worker was replaced",
            format!("It ended unexpectedly ({message}). The weights are untouched; what it was asked is asked again."),
        );
        commands
    }

    /// Starts a worker and gives it everything that the former one had.
    fn restart(&mut self, ask: bool) -> Vec<Command> {
        self.restarts += 1;
        self.engine = Engine::Starting;
        self.pending.clear();
        self.meters.clear();
        let unanswered = self.lose_flights();
        let mut commands = vec![Command::Start];
        if self.sample != Sample::Off {
            self.read_sample(&mut commands);
        }
        let keys: Vec<FileKey> =
            self.files.iter().filter(|file| file.is_used() || file.progress == Progress::Reading).map(|file| file.key).collect();
        for key in keys {
            commands.push(self.add(key));
        }
        if ask && self.sample == Sample::Off && self.has_own_data() {
            commands.extend(self.ask());
        }
        for slot in unanswered {
            let number = self.slots.get_mut(slot).and_then(Slot::again);
            commands.extend(self.send(slot, number));
        }
        commands
    }

    /// Nothing in the air will land. Answers the slots whose questions are still open.
    fn lose_flights(&mut self) -> Vec<&'static str> {
        self.flight.lose();
        self.held.clear();
        let open = self.slots.iter().filter(|(_, slot)| slot.is_busy()).map(|(name, _)| *name).collect();
        for slot in self.slots.values_mut() {
            slot.lose();
        }
        open
    }
}

fn not_used(name: &str, problem: &Problem) -> String {
    let first = problem.faults.first().map_or_else(String::new, |fault| format!(" {} {}", fault.message, fault.hint));
    format!("{name} is not used: {}.{first}", number::counted(problem.count(), "problem", "problems"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = r#"{"used_as":"signals","names":["a"],"problem":null,"inspection":{"rows":1,"columns":[],"head":[]}}"#;
    const ANSWER: &str = r#"{"strategy_weights":{"a":0.4},"weights":[{"symbol":"X","final_weight":0.4,"contributions":[]}],
        "totals":{"gross":0.4,"net":0.4,"cash":0.6},"digest":"d"}"#;

    fn answered(id: MessageId, text: &str) -> Event {
        Event::Answered { id, text: text.to_owned(), columns: None, milliseconds: 1.0 }
    }

    fn refused(id: MessageId) -> Event {
        Event::Refused { id, problem: Problem::saying("no") }
    }

    #[test]
    fn what_is_written_is_what_is_shown() {
        let mut model = opened();
        let shown = model.config_text();
        let config = BlendConfig { per_strategy_max: 0.1, ..model.config.clone() };
        let commands = model.update(Event::Configured(Box::new(config)));
        let Some(Command::Blend(id, asked)) = commands.first().cloned() else { panic!("{commands:?}") };
        assert_ne!(asked, shown);
        // The answer to the new settings is on its way: the files are those of the one on the screen.
        for event in [Event::ResultWanted(ResultFormat::Json), Event::RequestWanted] {
            let commands = model.update(event);
            assert!(matches!(commands.as_slice(), [Command::Write(_, _, config)] if *config == shown), "{commands:?}");
        }
        model.update(answered(id, ANSWER));
        let commands = model.update(Event::ResultWanted(ResultFormat::Json));
        assert!(matches!(commands.as_slice(), [Command::Write(_, _, config)] if *config == asked), "{commands:?}");
    }

    /// A page that shows the sample's allocation.
    fn opened() -> Model {
        let mut model = Model::default();
        assert_eq!(model.update(Event::Opened), [Command::Start, Command::Sample(1)]);
        let commands = model.update(answered(1, REPORT));
        assert_eq!(commands, [Command::Blend(2, model.config_text())]);
        assert!(model.update(answered(2, ANSWER)).is_empty());
        model
    }

    #[test]
    fn the_first_screen_is_an_allocation_of_the_sample() {
        let model = opened();
        assert!(matches!(model.sample, Sample::On(_)));
        assert_eq!(model.blend.as_ref().unwrap().digest, "d");
        assert_eq!(model.selected, Some(Subject::Symbol("X".into())));
        assert!(model.announcement.contains("40.00 % invested"));
    }

    #[test]
    fn a_good_file_takes_the_place_of_the_sample() {
        let mut model = opened();
        assert_eq!(model.update(Event::Given(vec![("a.csv".into(), 10)])), [Command::Add(3, 1, String::new())]);
        assert!(matches!(model.sample, Sample::On(_)), "until it is read");
        let commands = model.update(answered(3, REPORT));
        assert_eq!(commands, [Command::NoSample(4), Command::Blend(5, model.config_text())]);
    }

    #[test]
    fn a_bad_file_leaves_everything_as_it_was() {
        let mut model = opened();
        let before = model.blend.clone();
        model.update(Event::Given(vec![("bad.csv".into(), 10)]));
        assert!(model.update(refused(3)).is_empty());
        assert_eq!(model.blend, before);
        assert!(matches!(model.sample, Sample::On(_)));
        assert_eq!(model.refused_files().count(), 1);
        assert!(model.announcement.contains("bad.csv is not used"));
    }

    #[test]
    fn the_same_name_again_is_the_newer_version() {
        let mut model = opened();
        model.update(Event::Given(vec![("a.csv".into(), 10)]));
        model.update(Event::Given(vec![("a.csv".into(), 20)]));
        assert_eq!(model.files.len(), 1);
        assert_eq!((model.files[0].key, model.files[0].bytes), (2, 20));
        assert!(model.update(answered(3, REPORT)).is_empty(), "the former version no longer counts");
    }

    #[test]
    fn what_is_said_about_a_file_is_read_with_it_also_by_the_next_worker() {
        let mut model = opened();
        model.update(Event::Given(vec![("a.csv".into(), 10)]));
        model.update(answered(3, REPORT));
        model.update(answered(5, ANSWER));
        let said = Said::default().taken("ccy", "symbol");
        let commands = model.update(Event::Told(1, said.clone()));
        assert_eq!(commands, [Command::Add(6, 1, said.text())]);
        assert!(model.update(Event::Told(1, said.clone())).is_empty(), "nothing new is said");
        model.update(answered(6, REPORT));
        let commands = model.update(Event::Lost { id: None, message: "x".into() });
        assert!(
            commands.iter().any(|command| matches!(command, Command::Add(_, 1, text) if *text == said.text())),
            "{commands:?}"
        );
    }

    #[test]
    fn removing_the_last_file_brings_the_sample_back() {
        let mut model = opened();
        model.update(Event::Given(vec![("a.csv".into(), 10)]));
        model.update(answered(3, REPORT));
        let commands = model.update(Event::Removed(1));
        let is_removed = commands.iter().any(|command| matches!(command, Command::Remove(_, 1)));
        assert!(is_removed && commands.iter().any(|command| matches!(command, Command::Sample(_))));
    }

    #[test]
    fn changes_while_the_engine_computes_become_one_question() {
        let mut model = opened();
        let mut change =
            |cap: f64| model.update(Event::Configured(Box::new(BlendConfig { per_strategy_max: cap, ..BlendConfig::default() })));
        assert_eq!(change(0.3).len(), 1);
        assert!(change(0.2).is_empty() && change(0.1).is_empty() && change(0.1).is_empty());
        let commands = model.update(answered(3, ANSWER));
        assert!(matches!(commands.as_slice(), [Command::Blend(4, text)] if text.contains("\"per_strategy_max\":0.1,")));
    }

    #[test]
    fn a_drag_is_one_change() {
        let mut model = opened();
        let first = model.blend.clone();
        let cap = |cap: f64| Event::Configured(Box::new(BlendConfig { per_strategy_max: cap, ..BlendConfig::default() }));
        model.update(cap(0.3));
        model.update(answered(3, &ANSWER.replace("0.4", "0.3")));
        model.update(cap(0.2));
        model.update(answered(4, &ANSWER.replace("0.4", "0.2")));
        assert_eq!(model.before, first, "the answer before the drag, not the one of its last step");
        assert_eq!(number::percent(model.moved.as_ref().unwrap().turnover), "10.00", "half of 40 − 20");
        model.update(Event::Settled);
        model.update(cap(0.1));
        assert_eq!(model.before, model.blend, "the next change begins where the last one ended");
    }

    #[test]
    fn a_change_is_taken_back_and_made_again() {
        let mut model = opened();
        let cap = |cap: f64| Event::Configured(Box::new(BlendConfig { per_strategy_max: cap, ..BlendConfig::default() }));
        // One drag over three values, then another.
        for value in [0.3, 0.2, 0.1] {
            model.update(cap(value));
        }
        model.update(Event::Settled);
        model.update(cap(0.25));
        assert_eq!(model.history.undoable(), Some("strategy cap"));
        model.update(Event::Undone);
        assert_eq!(model.config.per_strategy_max, 0.1);
        model.update(Event::Undone);
        assert_eq!(model.config, BlendConfig::default());
        assert!(model.update(Event::Undone).is_empty(), "nothing is left to undo");
        model.update(Event::Redone);
        model.update(Event::Redone);
        assert_eq!(model.config.per_strategy_max, 0.25);
    }

    #[test]
    fn settings_of_a_view_are_undone_kept_and_shared_like_the_others() {
        let mut model = opened();
        let set = |text: &str| Event::ViewSet("risk", "floor".into(), text.into());
        assert!(model.update(set("{\"floor\":0.3}")).is_empty(), "the blend does not depend on it");
        model.update(set("{\"floor\":0.4}"));
        model.update(Event::Settled);
        model.update(Event::Scenario(ScenarioAct::Save("Low".into())));
        let shared = Shared::from_token(&model.shared("risk").to_token()).unwrap();
        assert_eq!(model.history.undoable(), Some("floor"));
        model.update(Event::Undone);
        assert!(model.views.is_empty(), "one drag is one step");
        model.update(Event::Redone);
        assert_eq!(model.views["risk"], "{\"floor\":0.4}");
        assert_eq!(model.scenarios.showing(&model.settings()).unwrap().name, "Low");
        model.update(set("{}"));
        assert!(model.views.is_empty() && model.scenarios.showing(&model.settings()).is_none());

        let mut other = opened();
        other.update(Event::Restored(Box::new(shared), Origin::Address));
        assert_eq!(
            (other.views["risk"].as_str(), other.history.undoable()),
            ("{\"floor\":0.4}", Some("the state in the address"))
        );
    }

    #[test]
    fn scenarios_are_kept_used_and_shared() {
        let mut model = opened();
        let tight = BlendConfig { per_strategy_max: 0.2, ..BlendConfig::default() };
        model.update(Event::Configured(Box::new(tight.clone())));
        model.update(Event::Scenario(ScenarioAct::Save("Tight".into())));
        model.update(Event::Configured(Box::default()));
        model.update(Event::Scenario(ScenarioAct::Load("tight".into())));
        assert_eq!(model.config, tight);
        model.update(Event::Scenario(ScenarioAct::Load("no such".into())));
        assert_eq!(model.notices.len(), 1);
        let shared = Shared::from_token(&model.shared("blend").to_token()).unwrap();
        let mut other = opened();
        other.update(Event::Restored(Box::new(shared), Origin::Address));
        assert_eq!((&other.config, other.scenarios.list().len()), (&tight, 1));
        other.update(Event::Undone);
        assert_eq!(other.config, BlendConfig::default(), "opening an address can be undone");
    }

    #[test]
    fn what_this_browser_kept_stands_behind_a_state_that_came_by_address() {
        let capped =
            |cap: f64| Settings { blend: BlendConfig { per_strategy_max: cap, ..BlendConfig::default() }, ..Settings::default() };
        let state = |cap: f64, base: f64| {
            let mut scenarios = Scenarios::default();
            scenarios.save("Base", &capped(base)).unwrap();
            Shared { config: capped(cap).blend, scenarios, ..Shared::default() }
        };
        let mut model = Model::default();
        model.update(Event::Restored(Box::new(state(0.3, 0.31)), Origin::Address));
        let said = Said { strategy: Some("mine".into()), ..Said::default() };
        let kept = Shared { said: vec![("own.csv".into(), said.clone())], ..state(0.2, 0.21) };
        model.update(Event::Restored(Box::new(kept), Origin::Behind));
        assert_eq!(model.config.per_strategy_max, 0.3, "the address counts");
        // Both scenarios of one name are there, and the notice names them.
        let names: Vec<&str> = model.scenarios.list().iter().map(|scenario| scenario.name.as_str()).collect();
        assert_eq!((names, model.scenarios.get("Base (2)").unwrap().settings == capped(0.31)), (vec!["Base", "Base (2)"], true));
        assert_eq!(model.scenarios.get("Base").unwrap().settings, capped(0.21), "one's own keeps its name");
        assert!(model.notices.iter().any(|notice| notice.title == "Two scenarios of one name"));
        // The files that come now are read as was said of them, and the former settings are one step back.
        model.update(Event::Given(vec![("own.csv".into(), 1)]));
        assert_eq!(model.files[0].said, said);
        model.update(Event::Undone);
        assert_eq!(model.config.per_strategy_max, 0.2);
        model.update(Event::Redone);
        assert_eq!(model.config.per_strategy_max, 0.3);
        // The same state once more adds nothing.
        model.update(Event::Restored(Box::new(state(0.3, 0.31)), Origin::Address));
        assert_eq!(model.scenarios.list().len(), 2);
    }

    #[test]
    fn what_is_chosen_waits_for_its_files_and_a_pair_for_its_view() {
        let mut model = opened();
        model.update(Event::Selected(Some(Subject::pair("b", "a"))));
        model.update(Event::Selected(Some(Subject::Symbol("OWN".into()))));
        assert_eq!(model.look.pair, Some(Subject::pair("a", "b")));
        model.update(Event::Given(vec![("own.csv".into(), 1)]));
        // The sample's answer comes once more before the file is read: it has no such symbol.
        let commands = model.update(Event::Configured(Box::new(BlendConfig { per_strategy_max: 0.2, ..model.config.clone() })));
        let Some(Command::Blend(id, _)) = commands.first().cloned() else { panic!("{commands:?}") };
        model.update(answered(id, ANSWER));
        assert_eq!(model.selected, Some(Subject::Symbol("OWN".into())));
        // Once nothing is being read, what no answer has is chosen no longer.
        model.update(refused(3));
        let commands = model.update(Event::Configured(Box::new(BlendConfig { per_strategy_max: 0.3, ..model.config.clone() })));
        let Some(Command::Blend(id, _)) = commands.first().cloned() else { panic!("{commands:?}") };
        model.update(answered(id, ANSWER));
        assert_eq!(model.selected, Some(Subject::Symbol("X".into())));
    }

    #[test]
    fn the_file_that_was_removed_last_comes_back_as_it_was_read() {
        let mut model = opened();
        model.update(Event::Given(vec![("a.csv".into(), 10), ("b.csv".into(), 10)]));
        let said = Said { strategy: Some("mine".into()), ..Said::default() };
        model.update(Event::Told(1, said.clone()));
        assert!(matches!(model.update(Event::Removed(1)).as_slice(), [Command::Remove(_, 1)]), "its bytes stay");
        let commands = model.update(Event::WantedBack);
        assert!(matches!(commands.as_slice(), [Command::Add(_, 1, text)] if *text == said.text()), "{commands:?}");
        assert_eq!((model.files.len(), model.looked_at, model.removed.is_none()), (2, Some(1), true));
        // Of two that were removed the first is gone.
        model.update(Event::Removed(1));
        let commands = model.update(Event::Removed(2));
        assert!(commands.contains(&Command::Forget(1)), "{commands:?}");
        // One of the same name that came meanwhile stays.
        model.update(Event::Given(vec![("b.csv".into(), 11)]));
        assert_eq!(model.update(Event::WantedBack), [Command::Forget(2)]);
        assert_eq!(model.files.len(), 1);
        assert_eq!(model.update(Event::WantedBack), []);
    }

    #[test]
    fn a_scenario_is_renamed_and_one_that_was_deleted_put_back() {
        let mut model = opened();
        let mut act = |act: ScenarioAct| {
            model.update(Event::Scenario(act));
            let names = model.scenarios.list().iter().map(|scenario| scenario.name.clone()).collect::<Vec<_>>();
            (names, model.announcement.clone())
        };
        act(ScenarioAct::Save("Base".into()));
        assert_eq!(
            act(ScenarioAct::Rename("Base".into(), "Tight".into())),
            (vec!["Tight".into()], "Base is called Tight now.".into())
        );
        assert_eq!(act(ScenarioAct::Delete("Tight".into())).0, Vec::<String>::new());
        assert_eq!(act(ScenarioAct::PutBack), (vec!["Tight".into()], "Tight is there again.".into()));
        assert_eq!(act(ScenarioAct::PutBack).0, ["Tight"], "once");
        act(ScenarioAct::Save("Base".into()));
        let refused = act(ScenarioAct::Rename("Base".into(), "tight".into()));
        assert!(refused.0 == ["Tight", "Base"] && refused.1.contains("There is a scenario"), "{refused:?}");
    }

    #[test]
    fn a_batch_of_a_stream_is_read_as_the_one_before_and_draws_no_eye_away() {
        let mut model = opened();
        let stream = || Event::Given(vec![(STREAM.into(), 1)]);
        model.update(stream());
        let said = Said::default().taken("ccy", "symbol");
        model.update(Event::Told(model.files[0].key, said.clone()));
        model.update(Event::Given(vec![("own.csv".into(), 1)]));
        let own = model.looked_at;
        model.update(stream());
        let of_stream = model.files.iter().find(|file| file.name == STREAM).unwrap();
        assert_eq!((model.looked_at, &of_stream.said), (own, &said));
        assert!(model.notices.is_empty(), "nothing is replaced: it goes on");
        // Whoever looks at the stream goes on looking at it.
        model.update(Event::Looked(Some(of_stream.key)));
        model.update(stream());
        assert_eq!(model.looked_at, Some(model.last_key));
        // Another file of a known name is said.
        model.update(Event::Given(vec![("own.csv".into(), 2)]));
        assert_eq!(model.notices[0].title, "A file of the same name");
    }

    #[test]
    fn a_file_that_was_not_written_is_no_refusal_of_the_settings() {
        let mut model = opened();
        let commands = model.update(Event::RequestWanted);
        let Some(Command::Write(id, ..)) = commands.first().cloned() else { panic!("{commands:?}") };
        model.update(refused(id));
        assert_eq!((model.refusal.is_none(), model.notices[0].title.as_str()), (true, "The file was not written"));
        model.update(Event::Withdrawn("The file was not written".into()));
        assert!(model.notices.is_empty());
    }

    #[test]
    fn a_state_names_the_files_it_needs() {
        let mut model = opened();
        let files = vec![FileNote { name: "book.csv".into(), bytes: 7 }];
        model.update(Event::Restored(Box::new(Shared { files, ..model.shared("blend") }), Origin::Address));
        assert!(model.notices[0].detail.contains("book.csv"), "{:?}", model.notices);
    }

    #[test]
    fn views_ask_in_slots_and_a_new_worker_is_asked_again() {
        let mut model = opened();
        let question = Question { operation: "metrics", request: "{}".into(), uses: &["returns"] };
        assert_eq!(model.update(Event::Asked("risk", question.clone())), [Command::Ask(3, question.clone())]);
        let commands = model.update(Event::Lost { id: None, message: "x".into() });
        assert!(commands.contains(&Command::Ask(5, question)), "{commands:?}");
        model.update(answered(5, "{\"a\":1}"));
        assert!(model.slots["risk"].answer.is_some() && !model.slots["risk"].is_busy());
    }

    #[test]
    fn views_ask_once_the_first_allocation_is_there_or_will_not_be() {
        let question = Question { operation: "metrics", request: "{}".into(), uses: &["returns"] };
        let mut model = Model::default();
        model.update(Event::Opened);
        assert!(model.update(Event::Asked("risk", question.clone())).is_empty());
        assert!(model.slots["risk"].is_busy());
        let mut other = model.clone();
        assert_eq!(model.update(answered(1, REPORT)), [Command::Blend(2, model.config_text())], "it goes first");
        assert_eq!(model.update(answered(2, ANSWER)), [Command::Ask(3, question.clone())]);
        assert!(!other.update(Event::Lost { id: None, message: "x".into() }).contains(&Command::Ask(3, question.clone())));
        assert_eq!(other.update(refused(2)), [Command::Ask(3, question)], "asked once, of the engine that runs");
    }

    #[test]
    fn a_refusal_keeps_the_former_result() {
        let mut model = opened();
        model.update(Event::Configured(Box::new(BlendConfig { cash_reserve: 0.5, ..BlendConfig::default() })));
        model.update(refused(3));
        assert!(model.blend.is_some() && model.refusal.is_some());
        model.update(Event::Configured(Box::default()));
        model.update(answered(4, ANSWER));
        assert_eq!(model.refusal, None);
    }

    #[test]
    fn a_dead_worker_is_replaced_and_given_everything() {
        let mut model = opened();
        model.update(Event::Given(vec![("a.csv".into(), 10)]));
        model.update(answered(3, REPORT));
        model.update(answered(5, ANSWER));
        let commands = model.update(Event::Lost { id: None, message: "unreachable".into() });
        assert!(matches!(commands.as_slice(), [Command::Start, Command::Add(_, 1, _), Command::Blend(..)]), "{commands:?}");
        assert_eq!((model.restarts, model.notices.len()), (1, 1));
        assert!(model.blend.is_some());
        assert!(model.update(answered(5, ANSWER)).is_empty(), "an answer of the dead one changes nothing");
    }

    #[test]
    fn a_file_that_ends_the_engine_is_not_read_again() {
        let mut model = opened();
        model.update(Event::Given(vec![("evil.parquet".into(), 10)]));
        let commands = model.update(Event::Lost { id: Some(3), message: "unreachable".into() });
        assert!(matches!(commands.as_slice(), [Command::Start, Command::Sample(_)]), "{commands:?}");
        assert!(model.files[0].problem().unwrap().faults[0].message.contains("ended the engine"));
    }

    #[test]
    fn a_lost_helper_takes_no_data_and_its_questions_are_asked_again() {
        let mut model = opened();
        let question = Question { operation: "correlation", request: "{}".into(), uses: &["returns"] };
        let other = Question { operation: "metrics", ..question.clone() };
        let [Command::Ask(first, _)] = model.update(Event::Asked("a", question.clone()))[..] else { panic!() };
        let [Command::Ask(second, _)] = model.update(Event::Asked("b", other.clone()))[..] else { panic!() };
        let lost = Event::HelperLost { id: Some(first), message: "unreachable".into(), open: vec![first, second] };
        let commands = model.update(lost);
        assert!(matches!(&commands[..], [Command::Ask(_, asked)] if *asked == other), "{commands:?}");
        assert!(model.slots["a"].problem.is_some() && model.slots["b"].is_busy() && model.blend.is_some());
        assert_eq!((model.restarts, model.notices.len()), (1, 1));
    }

    #[test]
    fn a_large_file_says_how_far_it_is() {
        let mut model = opened();
        model.update(Event::Given(vec![("big.csv".into(), 100_000_000)]));
        model.update(Event::Progressed { id: 3, done: 1, total: 100_000_000, now: 0.0 });
        model.update(Event::Progressed { id: 3, done: 50_000_000, total: 100_000_000, now: 500.0 });
        assert!(model.meters[&1].sentence().starts_with("50.0 MB of 100.0 MB"));
        model.update(answered(3, REPORT));
        assert!(model.meters.is_empty());
    }

    #[test]
    fn a_file_that_was_mended_is_read_as_mended_after_a_reload() {
        let said = Said { strategy: Some("mine".into()), ..Said::default() };
        let mut there = Model::default();
        there.update(Event::Given(vec![("a.csv".into(), 10)]));
        there.update(Event::Told(1, said.clone()));
        let kept = Shared::from_json(&there.kept().to_json()).unwrap();
        let mut here = Model::default();
        here.update(Event::Restored(Box::new(kept), Origin::Memory));
        assert_eq!(here.kept().said.len(), 1, "until the file is back");
        let commands = here.update(Event::Given(vec![("a.csv".into(), 10), ("b.csv".into(), 10)]));
        let read: Vec<&str> = commands
            .iter()
            .filter_map(|command| match command {
                Command::Add(_, _, said) => Some(said.as_str()),
                _ => None,
            })
            .collect();
        assert_eq!(read, [said.text().as_str(), ""]);
    }

    #[test]
    fn settings_that_end_the_engine_are_not_tried_again() {
        let mut model = opened();
        model.update(Event::Given(vec![("a.csv".into(), 10)]));
        model.update(answered(3, REPORT));
        let commands = model.update(Event::Lost { id: Some(5), message: "unreachable".into() });
        assert!(!commands.iter().any(|command| matches!(command, Command::Blend(..))), "{commands:?}");
        assert!(model.refusal.is_some());
    }

    #[test]
    fn an_engine_that_always_ends_is_given_up_and_said_so() {
        let mut model = opened();
        let lost = || Event::Lost { id: None, message: "x".into() };
        for _ in 0..LOST_IN_A_ROW_MAX {
            assert!(!model.update(lost()).is_empty());
        }
        assert!(model.update(lost()).is_empty());
        assert_eq!(model.engine, Engine::Gone);
        assert!(model.blend.is_some());
    }

    #[test]
    fn stopping_replaces_the_worker_and_says_which_file_was_not_read() {
        let mut model = opened();
        assert!(model.update(Event::Stopped).is_empty(), "nothing to stop");
        model.update(Event::Given(vec![("huge.csv".into(), 1 << 30)]));
        let commands = model.update(Event::Stopped);
        assert!(matches!(commands.as_slice(), [Command::Start, Command::Sample(_)]), "{commands:?}");
        assert!(model.files[0].problem().is_some());
    }
}
