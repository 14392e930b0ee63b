//! The whole page as one value, and what every event does to it. No browser here: the view shows it, the worker answers it.
//!
//! ```text
//! view ── Event ──> Model::update ──> Command ──> worker
//!   ^                    |                          |
//!   +──── shows ─────────+ <─────── Event ──────────+
//! ```

mod event;
mod files;
mod kept;
mod losses;
mod set;
#[cfg(test)]
mod tests;

pub use event::{Command, Content, Event, MessageId, Origin, ResultFormat, ScenarioAct};

use crate::state::blend::Blend;
use crate::state::change;
use crate::state::columns::Columns;
use crate::state::comparison::Comparison;
use crate::state::explain::Subject;
use crate::state::file::{FileEntry, FileKey, Progress, Report, Use};
use crate::state::flight::{Flight, Landing};
use crate::state::hand_in::Seen;
use crate::state::look::Look;
use crate::state::mend::Said;
use crate::state::problem::Problem;
use crate::state::progress::Meter;
use crate::state::question::{Question, Slot};
use crate::state::same::Same;
use crate::state::scenario::{Scenario, Scenarios};
use crate::state::settings::{Settings, VIEW_MAX, Views};
use crate::state::undo::History;
use allocator_core::config::blend::BlendConfig;
use allocator_core::wire::to_canonical_string;
use std::collections::BTreeMap;

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
    /// What changed last came by the stream: whoever hears the page is not told of every batch.
    streams: bool,
    /// Workers lost in a row without an answer in between.
    lost_in_a_row: u32,
}

/// After so many lost workers in a row the page stops starting new ones.
const LOST_IN_A_ROW_MAX: u32 = 3;

impl Model {
    /// Whether an allocation is being computed or files are being read.
    pub fn is_busy(&self) -> bool {
        self.flight.is_busy() || !self.pending.is_empty()
    }

    /// The question whose answer is the blend of the loaded data under other settings.
    pub fn blend_under(&self, config: &BlendConfig) -> Question {
        // Settings hold finite numbers and words, which always serialise.
        let config = to_canonical_string(config).unwrap_or_default();
        let uses: &[&str] = if self.has(Use::Returns) { &["signals", "returns"] } else { &["signals"] };
        Question { operation: "blend", request: format!("{{\"config\":{config}}}"), uses }
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
        if event.is_change() {
            self.streams = event.is_batch();
        }
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
                        if landing == Landing::Show && !self.streams {
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
}
