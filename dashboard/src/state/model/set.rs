//! What is set: every change of settings, undo, scenarios.

use super::{Command, Model, ScenarioAct, Severity};
use crate::state::settings::Settings;
use crate::state::undo::History;

impl Model {
    /// All settings as they are.
    pub fn settings(&self) -> Settings {
        Settings { blend: self.config.clone(), views: self.views.clone() }
    }

    /// Other settings; `goes_on` while a hand is still at them.
    pub(super) fn configured(&mut self, what: &str, settings: Settings, goes_on: bool) -> Vec<Command> {
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
    pub(super) fn take(&mut self, settings: Settings) -> Vec<Command> {
        self.views = settings.views;
        if settings.blend == self.config {
            return Vec::new();
        }
        self.config = settings.blend;
        self.ask()
    }

    /// A step back or forth through what was changed.
    pub(super) fn travelled(&mut self, step: fn(&mut History<Settings>) -> Option<String>, word: &str) -> Vec<Command> {
        let Some(what) = step(&mut self.history) else {
            return Vec::new();
        };
        self.is_changing = false;
        self.keep_before();
        self.announcement = format!("{word}: {what}.");
        let settings = self.history.now().clone();
        self.take(settings)
    }

    pub(super) fn scenario(&mut self, act: ScenarioAct) -> Vec<Command> {
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

    /// Remembers the answer as the one before the change that begins, unless one is going on.
    pub(super) fn keep_before(&mut self) {
        if !self.is_changing {
            self.before.clone_from(&self.blend);
        }
    }
}
