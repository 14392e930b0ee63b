//! What the parts of the view share: settings, the questions that follow from them, the answers, and the period.

use crate::app::App;
use crate::chart::Timeline;
use crate::state::backtest::formula;
use crate::state::backtest::period::Period;
use crate::state::backtest::ranks::{self, Opinions};
use crate::state::backtest::run::{Cell, Run};
use crate::state::backtest::settings::{Elsewhere, Overlay, Settings, Uploaded};
use crate::state::file::Use;
use crate::state::model::{Event, Model};
use crate::state::problem::Problem;
use crate::state::question::Question;
use crate::state::risk::VIEW_ID as RISK;
use crate::state::risk::settings::RiskSettings;
use crate::state::same::Same;
use crate::state::tag::{Tag, tags};
use allocator_core::alpha::Alpha;
use allocator_core::config::backtest::Execution;
use allocator_core::config::blend::BlendConfig;
use allocator_core::config::risk::RiskConfig;
use allocator_core::wire::{Choice, Json};
use leptos::prelude::*;

/// The view's word in the address, and the key of its settings.
pub const VIEW: &str = "backtest";

/// Slot of the run.
const RUN: &str = "backtest";
/// Slot of the baseline.
const BASELINE: &str = "backtest-baseline";
/// Slot of who earned what in the period.
const EARNED: &str = "backtest-earned";
/// Slot of the newest scores.
const RANKS: &str = "backtest-ranks";

/// How a slot stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Standing {
    /// Whether an answer is awaited.
    pub busy: bool,
    /// Why the newest question has none.
    pub problem: Option<Problem>,
    /// How long the last answer took, in milliseconds.
    pub milliseconds: f64,
}

/// Shared by the three columns; made once for the page, so that the period outlives a look at another view.
#[derive(Clone, Copy)]
pub struct Desk {
    /// The page.
    pub app: App,
    /// Cursor and period of all charts.
    pub timeline: Timeline,
    /// Settings of the view.
    pub settings: Memo<Settings>,
    /// The newest scores of all alphas.
    pub opinions: Memo<Option<Same<Opinions>>>,
    /// The answer of the run.
    pub answer: Memo<Option<Same<Json>>>,
    /// The run.
    pub run: Memo<Option<Same<Run>>>,
    /// The baseline's run.
    pub baseline: Memo<Option<Same<Run>>>,
    /// Files of target weights that are loaded.
    pub uploaded: Memo<Vec<Uploaded>>,
    /// What the run takes from other views and from the data.
    pub elsewhere: Memo<Elsewhere>,
    /// Who earned what with which symbol in the period; `None` until that is known.
    pub cells: Memo<Option<Same<Vec<Cell>>>>,
    /// The bars that are looked at; `None` without a run, or where the period has fewer than two.
    pub period: Memo<Option<Period>>,
    /// How the run stands.
    pub standing: Memo<Standing>,
    /// How the scores stand.
    pub ranking: Memo<Standing>,
    /// What was asked last, with the number of the data it was asked of: coming back to the view asks nothing anew.
    asked: StoredValue<[Option<(u64, String)>; 4]>,
    /// The period of which `cells` were asked, beside the digest of its run.
    parted: RwSignal<Option<(String, Period)>>,
}

fn answer_of(app: App, slot: &'static str) -> Memo<Option<Same<Json>>> {
    app.memo(move |model| model.slots.get(slot).and_then(|slot| slot.answer.clone()))
}

fn standing_of(app: App, slot: &'static str) -> Memo<Standing> {
    app.memo(move |model| {
        model.slots.get(slot).map_or_else(Standing::default, |slot| Standing {
            busy: slot.is_busy(),
            problem: slot.problem.clone(),
            milliseconds: slot.milliseconds,
        })
    })
}

impl Desk {
    /// Makes the desk of a page and hands it to everything below the component that calls.
    fn provide(app: App) {
        let timeline = Timeline { cursor: RwSignal::new(None), period: RwSignal::new(None) };
        let settings = {
            let kept = app.view_settings(VIEW);
            Memo::new(move |_| kept.with(|kept| Settings::from_text(kept)))
        };
        // Reading an answer, making columns of it, and drawing them are one frame each: none of them keeps the hand waiting for the others.
        let runs = |slot| {
            let answer = later(answer_of(app, slot), 1);
            Memo::new(move |_| answer.get().and_then(|answer| Run::from_answer(&answer)).map(Same::new))
        };
        let run = runs(RUN);
        let opinions = {
            let answer = answer_of(app, RANKS);
            Memo::new(move |_| answer.get().and_then(|answer| Opinions::from_answer(&answer)).map(Same::new))
        };
        let period = Memo::new(move |_| run.with(|run| Period::of(&run.as_ref()?.times, timeline.period.get())));
        let uploaded = app.memo(uploaded);
        let risk = app.view_settings(RISK);
        let elsewhere = Memo::new(move |_| {
            let (blended, years, governed) =
                settings.with(|settings| (settings.blended, settings.years, settings.overlay != Overlay::None));
            // What the settings do not read does not make another question.
            Elsewhere {
                uploaded: uploaded.get(),
                blend: if blended { app.config.get() } else { BlendConfig::default() },
                risk: if governed { risk.with(|text| RiskSettings::from_text(text).audit.risk) } else { RiskConfig::default() },
                newest: if years > 0 {
                    opinions.with(|opinions| opinions.as_ref().and_then(|opinions| opinions.as_of))
                } else {
                    None
                },
            }
        });
        let parted = RwSignal::new(None);
        let earned_answer = answer_of(app, EARNED);
        let cells = Memo::new(move |_| {
            let (run, period) = (run.get()?, period.get()?);
            if period.is_whole(&run.times) {
                return Some(Same::new(run.cells.clone()));
            }
            let of_this = parted.with(|parted| parted.as_ref() == Some(&(run.digest.clone(), period)));
            let settled =
                app.model.with(|model| model.slots.get(EARNED).is_some_and(|slot| !slot.is_busy() && slot.problem.is_none()));
            earned_answer.get().filter(|_| of_this && settled).and_then(|answer| Cell::all(&answer)).map(Same::new)
        });
        provide_context(Desk {
            app,
            timeline,
            settings,
            opinions,
            answer: answer_of(app, RUN),
            run,
            baseline: runs(BASELINE),
            uploaded,
            elsewhere,
            cells,
            period,
            standing: standing_of(app, RUN),
            ranking: standing_of(app, RANKS),
            asked: StoredValue::new([const { None }; 4]),
            parted,
        });
    }

    /// The desk of the component that calls.
    pub fn here() -> Self {
        App::here().kept(Desk::provide)
    }

    /// Changes the settings; `what` names the change for undo.
    pub fn change(self, what: &'static str, change: impl FnOnce(&mut Settings)) {
        let mut settings = self.settings.get_untracked();
        let before = settings.clone();
        change(&mut settings);
        if settings != before {
            self.app.dispatch(Event::ViewSet(VIEW, what.to_owned(), settings.text()));
        }
    }

    /// Changes the settings once: a choice, a tick.
    pub fn change_once(self, what: &'static str, change: impl FnOnce(&mut Settings)) {
        self.change(what, change);
        self.app.dispatch(Event::Settled);
    }

    /// Ids of the strategies in the run that the settings ask for.
    pub fn ids(self) -> Memo<Vec<String>> {
        Memo::new(move |_| self.settings.with(|settings| settings.ids(&self.uploaded_ids())))
    }

    /// Ids of the loaded strategies.
    pub fn uploaded_ids(self) -> Vec<String> {
        self.uploaded.with(|all| all.iter().map(|own| own.id.clone()).collect())
    }

    /// Marks of all strategies of the settings, whether in the run or not, so that a colour stays with its strategy.
    pub fn tags(self) -> Memo<Vec<Tag>> {
        Memo::new(move |_| {
            self.settings.with(|settings| {
                let built_in =
                    Alpha::WORDS.iter().map(|(_, word, ..)| (*word).to_owned()).filter(|word| settings.alphas.contains(word));
                let mut ids: Vec<String> = built_in.collect();
                ids.extend(settings.formulas.iter().map(|own| own.name.clone()));
                ids.extend(self.uploaded_ids());
                ids.sort_unstable();
                ids.dedup();
                tags(&ids)
            })
        })
    }

    /// Whether trades are filled at the open of their bar.
    pub fn at_open(self) -> bool {
        self.settings.with(|settings| settings.config.execution == Execution::NextOpen)
    }

    /// What stops the run before the engine is asked.
    pub fn fault(self) -> Memo<Option<String>> {
        Memo::new(move |_| self.settings.with(|settings| settings.fault(&self.uploaded_ids())))
    }

    /// Whether prices are missing: then there is nothing to run on.
    pub fn no_prices(self) -> Memo<bool> {
        Memo::new(move |_| {
            self.ranking.with(|standing| {
                let faults = standing.problem.iter().flat_map(|problem| &problem.faults);
                faults.into_iter().any(|fault| fault.path == "/prices" && fault.code == "empty")
            })
        })
    }

    /// Asks whatever follows from the settings, for as long as the component that calls is shown.
    pub fn ask_while_shown(self) {
        let data = self.app.memo(|model: &Model| model.data);
        let ranks = Memo::new(move |_| {
            self.settings.with(|settings| {
                let readable = settings.formulas.iter().filter(|own| formula::faults(&own.text).is_empty());
                let named = readable.filter(|own| settings.name_fault(&own.name, &self.uploaded_ids()).is_none());
                let formulas: Vec<(String, String)> = named.map(|own| (own.name.clone(), own.text.clone())).collect();
                let alphas: Vec<String> = Alpha::WORDS.iter().map(|(_, word, ..)| (*word).to_owned()).collect();
                ranks::request(&alphas, &formulas)
            })
        });
        let run = Memo::new(move |_| {
            let (settings, elsewhere) = (self.settings.get(), self.elsewhere.get());
            if settings.fault(&elsewhere.ids()).is_some() || (settings.years > 0 && elsewhere.newest.is_none()) {
                return None;
            }
            Some((settings.request(&elsewhere), settings.baseline_request(elsewhere.newest)))
        });
        let part = Memo::new(move |_| {
            let (run, period) = (self.run.get()?, self.period.get()?);
            let busy = self.standing.with(|standing| standing.busy || standing.problem.is_some());
            if busy || period.is_whole(&run.times) {
                return None;
            }
            let ends = (*run.times.get(period.first)?, *run.times.get(period.last)?);
            let request = self.settings.with(|settings| settings.earned_request(&self.elsewhere.get(), ends));
            Some((request, (run.digest.clone(), period)))
        });
        Effect::new(move |_| self.ask(0, RANKS, "alpha", data.get(), ranks.get()));
        Effect::new(move |_| {
            let data = data.get();
            if let Some((request, baseline)) = run.get() {
                self.ask(1, RUN, "backtest", data, request);
                if let Some(baseline) = baseline {
                    self.ask(2, BASELINE, "backtest", data, baseline);
                }
            }
        });
        Effect::new(move |_| {
            if let Some((request, of)) = part.get() {
                self.parted.set(Some(of));
                self.ask(3, EARNED, "backtest", data.get_untracked(), request);
            }
        });
    }

    /// Asks, unless the same was asked of the same data, or was stopped by hand: the data are read anew after that, and are no others.
    fn ask(self, place: usize, slot: &'static str, operation: &'static str, data: u64, request: String) {
        let stopped = self.app.model.with_untracked(|model| {
            model.slots.get(slot).is_some_and(|slot| slot.is_given_up() && slot.question.request == request)
        });
        if stopped {
            return;
        }
        let question = Some((data, request.clone()));
        let fresh = self.asked.try_update_value(|asked| std::mem::replace(&mut asked[place], question.clone()) != question);
        if fresh == Some(true) {
            let uses: &[&str] =
                if operation == "backtest" && slot != BASELINE { &["prices", "strategies=uploaded"] } else { &["prices"] };
            self.app.dispatch(Event::Asked(slot, Question { operation, request, uses }));
        }
    }

    /// Asks for the run once more: after a stop.
    pub fn again(self) {
        if let Some(question) = self.app.model.with_untracked(|model| model.slots.get(RUN).map(|slot| slot.question.clone())) {
            self.app.dispatch(Event::Asked(RUN, question));
        }
    }
}

/// The loaded files of target weights as strategies, named as the user says or as the file is; a name that is taken gets a number.
fn uploaded(model: &Model) -> Vec<Uploaded> {
    let used =
        model.files.iter().filter(|file| file.is_used() && file.report().is_some_and(|report| report.used_as == Use::Weights));
    let mut all: Vec<Uploaded> = Vec::new();
    for file in used {
        let stem = file.name.rsplit_once('.').map_or(file.name.as_str(), |(stem, _)| stem);
        let name = file.said.strategy.clone().unwrap_or_else(|| stem.to_owned());
        let free = |name: &String| all.iter().all(|own| own.id != *name);
        let mut names = std::iter::once(name.clone()).chain((2..).map(|number| format!("{name}_{number}")));
        let id = names.find(free).unwrap_or_default();
        all.push(Uploaded { id, key: file.key, file: file.name.clone() });
    }
    all
}

/// A value that follows another some frames later: charts that are drawn one a frame leave the hand its time.
pub fn later<T: Clone + PartialEq + Send + Sync + 'static>(source: Memo<Option<T>>, frames: u32) -> ReadSignal<Option<T>> {
    let (read, write) = signal(None::<T>);
    Effect::new(move |_| {
        source.track();
        wait(frames, move || {
            if let Some(newest) = source.try_get_untracked()
                && read.try_get_untracked().is_some_and(|now| now != newest)
            {
                let _ = write.try_set(newest);
            }
        });
    });
    read
}

fn wait(frames: u32, then: impl FnOnce() + 'static) {
    if frames == 0 {
        then();
    } else {
        request_animation_frame(move || wait(frames - 1, then));
    }
}
