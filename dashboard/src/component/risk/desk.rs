//! What the parts of the view share: settings, the questions that follow from them, the answers, and the period.

use crate::app::App;
use crate::chart::Timeline;
use crate::state::file::Use;
use crate::state::model::Event;
use crate::state::problem::Problem;
use crate::state::question::Question;
use crate::state::risk::VIEW_ID;
use crate::state::risk::dial::Dial;
use crate::state::risk::file_run::FileRun;
use crate::state::risk::question::{self, Source};
use crate::state::risk::report::{Column, Compared, Report};
use crate::state::risk::settings::RiskSettings;
use crate::state::risk::tuning::Tuning;
use crate::state::same::Same;
use allocator_core::config::risk::OverlayMode;
use allocator_core::wire::Json;
use leptos::prelude::*;

/// Slot of the audit.
const AUDIT: &str = "risk";
/// Slot of the tuning.
const TUNE: &str = "risk-tune";
/// Slot of the run that is scaled by a file.
const FILE: &str = "risk-file";
/// Slot of what that run earned.
const PASS: &str = "risk-pass";

/// How a slot stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Standing {
    /// Whether an answer is awaited.
    pub busy: bool,
    /// Why the newest question has none.
    pub problem: Option<Problem>,
}

/// The file of scalars of an earlier run, as chosen on this page. It is not kept: an address or a reload asks for it again.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScalarFile {
    /// Its name.
    pub name: String,
    /// Its text.
    pub scalars: String,
    /// The text of its `_meta.json`.
    pub meta: Option<String>,
}

/// Shared by the three columns.
#[derive(Clone, Copy)]
pub struct Desk {
    /// The page.
    pub app: App,
    /// Cursor and period of all lanes.
    pub timeline: Timeline,
    /// Settings of the view.
    pub settings: Memo<RiskSettings>,
    /// Whose weights are audited; `None` while there are none.
    pub source: Memo<Option<Source>>,
    /// The question of the audit.
    pub question: Memo<Option<Question>>,
    /// The audit, with the run that a file scales in the place of the computed one where the mode says so.
    pub report: Memo<Option<Same<Report>>>,
    /// The scalars that are drawn.
    pub exposure: Memo<Column>,
    /// How the audit stands.
    pub standing: Memo<Standing>,
    /// The file of scalars.
    pub file: RwSignal<Option<ScalarFile>>,
    /// The run that it scales; `None` unless the mode asks for one and there is a file.
    pub file_question: Memo<Option<Question>>,
    /// What it did.
    pub file_run: Memo<Option<Same<FileRun>>>,
    /// How its run stands.
    pub file_standing: Memo<Standing>,
    /// The tuning.
    pub tuning: Memo<Option<Same<Tuning>>>,
    /// How it stands.
    pub tune_standing: Memo<Standing>,
    /// What was asked last in each slot, with the number of the data: coming back to the view asks nothing anew.
    asked: StoredValue<[Option<(u64, Question)>; 3]>,
    /// For which file the slots of the file and of its pass were asked.
    asked_for: StoredValue<[Option<ScalarFile>; 2]>,
}

/// An answer that is about the file that is chosen now, with that file. While the next answer about the same file is awaited the former
/// one stays; an answer about another file, or a refusal, leaves nothing: the figures of one file never stand under the name of another.
type OfFile<T> = Memo<Option<(ScalarFile, Same<T>)>>;

fn of_file<T: Send + Sync + 'static>(
    file: RwSignal<Option<ScalarFile>>,
    (asked_for, place): (StoredValue<[Option<ScalarFile>; 2]>, usize),
    standing: Memo<Standing>,
    answer: Memo<Option<Same<T>>>,
) -> OfFile<T> {
    Memo::new(move |before: Option<&Option<(ScalarFile, Same<T>)>>| {
        let (answer, standing) = (answer.get(), standing.get());
        let file = file.get()?;
        if standing.problem.is_some() || asked_for.with_value(|asked| asked[place].as_ref() != Some(&file)) {
            return None;
        }
        if standing.busy {
            return before.cloned().flatten().filter(|(known, _)| *known == file);
        }
        answer.map(|answer| (file, answer))
    })
}

fn answer_of(app: App, slot: &'static str) -> Memo<Option<Same<Json>>> {
    app.memo(move |model| model.slots.get(slot).and_then(|slot| slot.answer.clone()))
}

fn standing_of(app: App, slot: &'static str) -> Memo<Standing> {
    app.memo(move |model| {
        let slot = model.slots.get(slot);
        slot.map_or_else(Standing::default, |slot| Standing { busy: slot.is_busy(), problem: slot.problem.clone() })
    })
}

fn read<T: Send + Sync + 'static>(app: App, slot: &'static str, read: fn(&Json) -> Option<T>) -> Memo<Option<Same<T>>> {
    let answer = answer_of(app, slot);
    Memo::new(move |_| answer.get().and_then(|answer| read(&answer)).map(Same::new))
}

/// The report with the curves and figures of what a file scaled in the place of the computed pass.
fn in_place(report: &Report, pass: &Report) -> Report {
    let figures = report.figures.iter().map(|row| {
        let scaled = pass.figures.iter().find(|other| other.name == row.name).and_then(|other| other.baseline);
        let delta = scaled.zip(row.baseline).map(|(scaled, baseline)| scaled - baseline);
        Compared { scaled, delta, interval: None, ..row.clone() }
    });
    Report {
        figures: figures.collect(),
        equity: [report.equity[0].clone(), pass.equity[0].clone()],
        drawdown: [report.drawdown[0].clone(), pass.drawdown[0].clone()],
        // Sleeves have no file, and protection was laid over the computed pass.
        sleeves: Vec::new(),
        protection: None,
        ..report.clone()
    }
}

impl Desk {
    /// Makes the desk of a page and hands it to everything below the component that calls.
    fn provide(app: App) {
        let timeline = Timeline { cursor: RwSignal::new(None), period: RwSignal::new(None) };
        let kept = app.view_settings(VIEW_ID);
        let settings = Memo::new(move |_| kept.with(|kept| RiskSettings::from_text(kept)));
        let has_weights = app.memo(|model| {
            let has = |wanted: Use| model.files.iter().any(|file| file.report().is_some_and(|report| report.used_as == wanted));
            has(Use::Weights) && has(Use::Returns)
        });
        let blend = app.blend;
        let source = Memo::new(move |_| {
            if has_weights.get() {
                return Some(Source::Weights);
            }
            blend.with(|blend| blend.as_ref().map(|blend| Source::of_blend(blend)))
        });
        let question = Memo::new(move |_| Some(question::audit(&settings.get(), &source.get()?)));
        let audit = read(app, AUDIT, Report::from_answer);
        let file = RwSignal::new(None::<ScalarFile>);
        let asked_for = StoredValue::new([const { None }; 2]);
        let file_standing = standing_of(app, FILE);
        let of_run = of_file(file, (asked_for, 0), file_standing, read(app, FILE, FileRun::from_answer));
        let of_pass = of_file(file, (asked_for, 1), standing_of(app, PASS), read(app, PASS, Report::from_answer));
        let by_file = Memo::new(move |_| settings.with(|settings| settings.mode == OverlayMode::Precomputed));
        let file_question = Memo::new(move |_| {
            let (settings, source, file) = (settings.get(), source.get()?, file.get()?);
            by_file.get().then(|| question::from_file(&settings, &source, &file.scalars, file.meta.as_deref()))
        });
        let file_run = Memo::new(move |_| of_run.get().filter(|_| by_file.get()).map(|(_, run)| run));
        let report = Memo::new(move |_| {
            let audit = audit.get()?;
            // Without a file that is used there is nothing in its place: the computed pass stays, and the panel says so.
            let pass = file_run.get().and_then(|_| of_pass.get());
            Some(pass.map_or_else(|| audit.clone(), |(_, pass)| Same::new(in_place(&audit, &pass))))
        });
        let exposure = Memo::new(move |_| match (file_run.get(), audit.get()) {
            (Some(run), _) => run.exposure.clone(),
            (None, Some(audit)) => audit.exposure.clone(),
            (None, None) => Column::default(),
        });
        provide_context(Desk {
            app,
            timeline,
            settings,
            source,
            question,
            report,
            exposure,
            standing: standing_of(app, AUDIT),
            file,
            file_question,
            file_run,
            file_standing,
            tuning: read(app, TUNE, Tuning::from_answer),
            tune_standing: standing_of(app, TUNE),
            asked: StoredValue::new([const { None }; 3]),
            asked_for,
        });
    }

    /// The desk of the component that calls.
    pub fn here() -> Self {
        App::here().kept(Desk::provide)
    }

    /// Changes the settings; `what` names the change for undo.
    pub fn change(self, what: &str, change: impl FnOnce(&mut RiskSettings)) {
        let mut settings = self.settings.get_untracked();
        let before = settings.clone();
        change(&mut settings);
        if settings != before {
            self.app.dispatch(Event::ViewSet(VIEW_ID, what.to_owned(), settings.to_text()));
        }
    }

    /// Changes the settings once: a choice, a tick.
    pub fn change_once(self, what: &str, change: impl FnOnce(&mut RiskSettings)) {
        self.change(what, change);
        self.app.dispatch(Event::Settled);
    }

    /// What the engine says against a number, beside its slider.
    pub fn complaint(self, dial: Dial) -> Signal<Option<String>> {
        let standing = self.standing;
        Signal::derive(move || {
            standing.with(|standing| {
                let faults = standing.problem.as_ref().map_or(&[][..], |problem| &problem.faults);
                let fault = faults.iter().find(|fault| fault.path == dial.pointer())?;
                Some(format!("{} {}", fault.message, fault.hint))
            })
        })
    }

    /// Asks in a slot, unless the same was asked of the same data.
    fn ask(self, place: usize, slot: &'static str, question: Question, data: u64) {
        let fresh = self.asked.try_update_value(|asked| {
            let now = Some((data, question.clone()));
            let fresh = asked.get(place) != Some(&now);
            if let Some(known) = asked.get_mut(place) {
                *known = now;
            }
            fresh
        });
        if fresh == Some(true) {
            self.app.dispatch(Event::Asked(slot, question));
        }
    }

    /// Asks what follows from the settings, for as long as the component that calls is shown.
    pub fn keep_asking(self) {
        let data = self.app.memo(|model| model.data);
        let (question, settings) = (self.question, self.settings);
        Effect::new(move |_| {
            if let Some(question) = question.get() {
                self.ask(0, AUDIT, question, data.get());
            }
        });
        let (file, file_question) = (self.file, self.file_question);
        Effect::new(move |_| {
            if let Some(question) = file_question.get() {
                self.asked_for.update_value(|asked| asked[0] = file.get_untracked());
                self.ask(1, FILE, question, data.get());
            }
        });
        let run = self.file_run;
        Effect::new(move |_| {
            if let Some(run) = run.get() {
                self.asked_for.update_value(|asked| asked[1] = file.get_untracked());
                self.ask(2, PASS, run.pass(&settings.with(RiskSettings::audit_text)), data.get());
            }
        });
        let report = self.report;
        let said = StoredValue::new(String::new());
        Effect::new(move |_| {
            let Some(report) = report.get() else { return };
            if said.get_value() != report.digest {
                said.set_value(report.digest.clone());
                let word = report.overall.map_or("no verdict", |verdict| verdict.as_str());
                self.app.dispatch(Event::Said(format!("Two-pass audit: {word}. {}", report.sentence())));
            }
        });
    }

    /// Looks for better thresholds on the baseline that is shown.
    pub fn tune(self) {
        if let Some(report) = self.report.get_untracked() {
            let question = question::tune(&self.settings.get_untracked(), &report);
            self.app.dispatch(Event::Asked(TUNE, question));
        }
    }
}
