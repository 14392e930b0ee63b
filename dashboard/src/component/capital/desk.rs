//! What the parts of the Capital view share: its settings, the engine's answers, and the way changes reach the page.

use crate::app::App;
use crate::state::capital::answer::{Answer, Outcome};
use crate::state::capital::settings::{CapitalSettings, VIEW, Weights};
use crate::state::model::{Event, Model};
use crate::state::problem::Problem;
use crate::state::question::Question;
use crate::state::same::Same;
use crate::state::tag::{Tag, tags};
use leptos::prelude::*;

/// The slot of the method looked at; its digest is the one that the command line gives.
const LOOKED: &str = "capital";
/// The slot of the methods beside it and of the frontier.
const BESIDE: &str = "capital_beside";
/// The slot of what is held, where a limit counts from it.
const HELD: &str = "capital_held";
/// The slot of a split made by hand.
const TRIED: &str = "capital_what_if";

/// What the parts share.
#[derive(Clone, Copy)]
pub struct Desk {
    /// The page.
    pub app: App,
    /// What is set.
    pub settings: Memo<CapitalSettings>,
    /// The answer of the method looked at.
    pub looked: Memo<Option<Same<Answer>>>,
    /// The answer with all methods and the frontier.
    pub beside: Memo<Option<Same<Answer>>>,
    /// The figures of a split made by hand, while one is tried.
    pub tried: Memo<Option<Same<Answer>>>,
    /// What is held, where a limit counts from it.
    pub held: Memo<Option<Weights>>,
    /// Why the newest settings have no split.
    pub problem: Memo<Option<Problem>>,
    /// The strategies' marks, in the order of the answer.
    pub tags: Memo<Vec<Tag>>,
    /// Settings that the next frame will hand to the page, what the change is called, and whether it ends with them.
    draft: StoredValue<Option<(CapitalSettings, String, bool)>>,
}

/// The answer in a slot.
fn answer(app: App, slot: &'static str) -> Memo<Option<Same<Answer>>> {
    let json = app.memo(move |model| model.slots.get(slot).and_then(|slot| slot.answer.clone()));
    Memo::new(move |_| json.get().and_then(|json| Answer::from_json(&json)).map(Same::new))
}

fn problem(model: &Model, slot: &str) -> Option<Problem> {
    model.slots.get(slot).and_then(|slot| slot.problem.clone())
}

impl Desk {
    /// The desk of the column that calls, or one of its own.
    pub fn here() -> Self {
        use_context::<Desk>().unwrap_or_else(Desk::new)
    }

    /// A desk for the component that calls and everything below it.
    pub fn provide() -> Self {
        let desk = Desk::new();
        provide_context(desk);
        desk
    }

    fn new() -> Self {
        let app = App::here();
        let text = app.view_settings(VIEW);
        let settings = Memo::new(move |_| CapitalSettings::from_text(&text.get()));
        let (looked, beside) = (answer(app, LOOKED), answer(app, BESIDE));
        let (tried, held) = (answer(app, TRIED), answer(app, HELD));
        let tags = Memo::new(move |_| {
            // Strategies of the blend keep their marks; those of returns alone follow.
            let mut all: Vec<String> = app.blend.with(|blend| {
                blend
                    .as_ref()
                    .map_or_else(Vec::new, |blend| blend.strategies.iter().map(|each| each.tag.strategy.clone()).collect())
            });
            let names = looked.with(|answer| answer.as_ref().map_or_else(Vec::new, |answer| answer.strategies()));
            all.extend(names.iter().filter(|name| !all.contains(name)).cloned().collect::<Vec<_>>());
            let marks = tags(&all);
            names.iter().filter_map(|name| marks.iter().find(|tag| tag.strategy == *name).cloned()).collect()
        });
        Desk {
            app,
            settings,
            looked,
            beside,
            tried: Memo::new(move |_| tried.get().filter(|_| settings.with(|settings| settings.what_if.is_some()))),
            held: Memo::new(move |_| {
                let needed = settings.with(CapitalSettings::needs_previous);
                held.get().filter(|_| needed).map(|answer| answer.outcome.weights())
            }),
            problem: app.memo(|model| problem(model, LOOKED)),
            tags,
            draft: StoredValue::new(None),
        }
    }

    /// Asks the engine whenever settings or data change. Once a page: the middle does it.
    pub fn ask(self) {
        let data = self.app.memo(|model| model.data);
        let put = move |slot: &'static str, request: String| {
            self.app.dispatch(Event::Asked(slot, Question { operation: "capital", request, uses: &["returns"] }));
        };
        // Questions are compared before they are asked: what changes nothing in a question is not asked again.
        let asks = move |slot: &'static str, question: Memo<Option<String>>| {
            Effect::new(move |_| {
                data.track();
                if let Some(request) = question.get() {
                    put(slot, request);
                }
            });
        };
        let settings = self.settings;
        asks(HELD, Memo::new(move |_| settings.with(|settings| settings.needs_previous().then(|| settings.held()))));
        // Without what is held a limit that counts from it cannot be asked about.
        let with_held = move |write: fn(&CapitalSettings, Option<&Weights>) -> String| {
            Memo::new(move |_| {
                let held = self.held.get();
                settings.with(|settings| (!settings.needs_previous() || held.is_some()).then(|| write(settings, held.as_ref())))
            })
        };
        asks(LOOKED, with_held(CapitalSettings::request));
        asks(
            TRIED,
            Memo::new(move |_| settings.with(|settings| settings.what_if.as_ref().map(|weights| settings.plan(weights)))),
        );
        asks(BESIDE, with_held(CapitalSettings::beside));
    }

    /// Changes the settings at the next frame: a slider may move several times before. `what` names the change for undo.
    pub fn change(self, what: impl Into<String>, change: impl FnOnce(&mut CapitalSettings)) {
        let what = what.into();
        let first = self.draft.try_update_value(|draft| {
            let first = draft.is_none();
            let (settings, name, _) = draft.get_or_insert_with(|| (self.settings.get_untracked(), String::new(), false));
            change(settings);
            *name = what;
            first
        });
        if first == Some(true) {
            request_animation_frame(move || {
                if let Some(Some((settings, what, settled))) = self.draft.try_update_value(Option::take) {
                    self.app.dispatch(Event::ViewSet(VIEW, what, settings.to_text()));
                    if settled {
                        self.app.dispatch(Event::Settled);
                    }
                }
            });
        }
    }

    /// Changes the settings once: a choice, a reset.
    pub fn change_once(self, what: impl Into<String>, change: impl FnOnce(&mut CapitalSettings)) {
        self.change(what, change);
        self.settle();
    }

    /// Ends the change that is going on.
    pub fn settle(self) {
        let waits = self.draft.try_update_value(|draft| draft.as_mut().map(|(.., settled)| *settled = true).is_some());
        if waits == Some(false) {
            self.app.dispatch(Event::Settled);
        }
    }

    /// The outcome of the method in use.
    pub fn used(self) -> Option<Outcome> {
        let used = self.settings.with(|settings| settings.used);
        self.beside.with(|answer| answer.as_ref().and_then(|answer| answer.of(used).cloned()))
    }

    /// A strategy's name for people.
    pub fn name(self, strategy: &str) -> String {
        self.tags.with_untracked(|tags| {
            tags.iter().find(|tag| tag.strategy == strategy).map_or_else(|| strategy.to_owned(), Tag::name)
        })
    }
}
