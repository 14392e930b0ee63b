//! The chosen pair through time: rolling ρ, the threshold, the level that arms again, and where it crossed.

use super::correlation::tag_of;
use super::pair::chosen;
use super::panel::{PanelHead, Segmented};
use crate::app::App;
use crate::chart::{TimeSeries, Timeline};
use crate::state::look::SPANS;
use crate::state::model::Event;
use crate::state::number::{counted, date, fixed};
use crate::state::parameter::Parameter;
use crate::state::question::Question;
use crate::state::rolling::{DAY, Level, Rolling};
use allocator_core::wire::to_canonical_string;
use leptos::prelude::*;

/// The slot of the question.
pub const SLOT: &str = "rolling";

/// The window where the settings name none.
const WINDOW: u32 = 60;

/// Days of crossings that are named.
const DATES: usize = 6;

/// The chart.
#[component]
pub fn RollingChart() -> impl IntoView {
    let app = App::here();
    // One cursor and one period for this chart: it has no neighbour through time here.
    let timeline = Timeline::provide();
    let span = app.looked(|look| look.span);
    let selected = app.memo(|model| model.look.pair.clone());
    let data = app.memo(|model| model.data);
    let settings = Memo::new(move |_| app.config.with(|config| config.correlation.clone()));
    let pair = Memo::new(move |_| {
        let blend = app.blend.get()?;
        let pair = chosen(&blend, selected.get().as_ref())?;
        let names = &blend.correlations.as_ref()?.names;
        Some([names.get(pair.a)?.clone(), names.get(pair.b)?.clone()])
    });
    let question = Memo::new(move |_| {
        let pair = pair.get()?;
        let settings = settings.get();
        let window = settings.window.unwrap_or(WINDOW).max(settings.min_observations);
        let (config, names) = (to_canonical_string(&settings).ok()?, to_canonical_string(&pair).ok()?);
        Some((data.get(), format!("{{\"config\":{config},\"rolling\":{{\"pair\":{names},\"window\":{window}}},\"version\":1}}")))
    });
    Effect::new(move |_| {
        if let Some((_, request)) = question.get() {
            app.dispatch(Event::Asked(SLOT, Question { operation: "correlation", request, uses: &["returns"] }));
        }
    });
    let slot = app.memo(|model| model.slots.get(SLOT).map(|slot| (slot.answer.clone(), slot.problem.clone())));
    // The former pair stays, under its own name, until the answer of the one just chosen is here.
    let rolling = Memo::new(move |_| slot.get()?.0.and_then(|answer| Rolling::from_answer(&answer)));
    let days =
        Memo::new(move |_| rolling.with(|rolling| Some((*rolling.as_ref()?.days.first()?, *rolling.as_ref()?.days.last()?))));
    // How far back is a period of the whole, which a drag or Escape may change.
    Effect::new(move |_| {
        let (ends, back) = (days.get(), span.get());
        timeline.period.set(period(ends, back));
    });
    // The one that is chosen already leads back from a part that was dragged.
    let go_back = Callback::new(move |back| {
        app.look(|look| look.span = back);
        timeline.period.set(period(days.get_untracked(), back));
    });
    let from = Memo::new(move |_| timeline.period.get().map(|(from, _)| (from / DAY).floor() as i64));
    let shown = Memo::new(move |_| {
        let from = from.get();
        rolling.with(|rolling| rolling.as_ref().map(|rolling| from.map_or_else(|| rolling.clone(), |from| rolling.since(from))))
    });
    let levels = Memo::new(move |_| {
        app.config.with(|config| Level {
            threshold: config.correlation.threshold,
            again: Parameter::ArmBelow.get(config).unwrap_or(0.0),
            both: config.correlation.absolute,
        })
    });
    let title = Signal::derive(move || {
        let names = rolling.with(|rolling| rolling.as_ref().map(|rolling| rolling.pair.clone())).or_else(|| pair.get());
        match (names, app.blend.get()) {
            (Some([a, b]), Some(blend)) => format!("{} with {}", tag_of(&blend, &a).name(), tag_of(&blend, &b).name()),
            _ => String::from("A pair through time"),
        }
    });
    let scope = Signal::derive(move || {
        let Some(shown) = shown.get() else { return String::new() };
        let crossings = shown.crossings(levels.get()).len() as u64;
        let since = shown.days.first().map_or_else(String::new, |day| format!(" since {}", date(*day)));
        format!("rolling {} days, {}{since}", shown.window, counted(crossings, "crossing", "crossings"))
    });
    let name = Signal::derive(move || format!("Rolling correlation {}", title.get()));
    let label = Signal::derive(move || {
        let now = rolling.with(|rolling| rolling.as_ref().and_then(Rolling::now));
        format!("Rolling ρ, now {}", now.map_or_else(|| String::from("unknown"), |value| fixed(value, 2)))
    });
    let series = Memo::new(move |_| {
        rolling
            .with(|rolling| rolling.as_ref().map(|rolling| rolling.figure(levels.get(), from.get())))
            .unwrap_or_else(Rolling::nothing)
    });
    let is_known =
        Memo::new(move |_| rolling.with(|rolling| rolling.as_ref().map(|rolling| rolling.values.iter().any(Option::is_some))));
    let crossed =
        Signal::derive(move || shown.with(|shown| shown.as_ref().map_or_else(String::new, |shown| crossed(shown, levels.get()))));
    view! {
        <section class="panel" aria-labelledby="rolling-title" data-testid="rolling">
            <PanelHead id="rolling-title" title=title scope=scope>
                <Segmented label="How far back" options=SPANS value=span choose=go_back/>
            </PanelHead>
            {move || slot.get().and_then(|(_, problem)| problem).map(|problem| view! {
                <p class="say">"Unknown: "{problem.faults.first().map(|fault| format!("{} {}", fault.message, fault.hint))}</p>
            })}
            {move || match is_known.get() {
                Some(true) => view! {
                    <TimeSeries name=name label=label series=series height=250/>
                    <p class="say">{crossed}</p>
                }.into_any(),
                Some(false) => view! { <p class="say">"Unknown on every day: fewer shared days than the window."</p> }.into_any(),
                None if pair.with(Option::is_some) => view! { <p class="say">"Working …"</p> }.into_any(),
                None => view! { <p class="say">"No pair: returns of two strategies or more are needed."</p> }.into_any(),
            }}
        </section>
    }
}

/// So many days back from the last, within what is known; nothing is everything.
fn period(ends: Option<(i64, i64)>, back: i64) -> Option<(f64, f64)> {
    let (first, last) = ends.filter(|_| back > 0)?;
    Some((seconds((last - back).max(first)), seconds(last)))
}

fn seconds(day: i64) -> f64 {
    day as f64 * DAY
}

/// The days on which it crossed the threshold, the newest first.
fn crossed(rolling: &Rolling, level: Level) -> String {
    let days: Vec<String> = rolling
        .crossings(level)
        .iter()
        .rev()
        .filter_map(|crossing| rolling.days.get(crossing.at))
        .map(|day| date(*day))
        .collect();
    match days.len() {
        0 => String::from("It did not cross the threshold in this time."),
        many if many > DATES => format!("Crossed on {}, and {} times before.", days[..DATES].join(", "), many - DATES),
        _ => format!("Crossed on {}.", days.join(", ")),
    }
}
