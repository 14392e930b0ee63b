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
use crate::state::rolling::{Level, Rolling};
use allocator_core::wire::to_canonical_string;
use leptos::prelude::*;

/// The slot of the question.
pub const SLOT: &str = "rolling";

/// The window where the settings name none.
const WINDOW: u32 = 60;

/// The chart.
#[component]
pub fn RollingChart() -> impl IntoView {
    let app = App::here();
    // One cursor and one period for this chart: it has no neighbour through time here.
    Timeline::provide();
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
    let rolling = Memo::new(move |_| slot.get()?.0.and_then(|answer| Rolling::from_answer(&answer)));
    let shown = Memo::new(move |_| {
        let rolling = rolling.get()?;
        let last = *rolling.days.last()?;
        Some(if span.get() == 0 { rolling } else { rolling.since(last - span.get()) })
    });
    let levels = Memo::new(move |_| {
        app.config.with(|config| Level {
            threshold: config.correlation.threshold,
            again: Parameter::ArmBelow.get(config).unwrap_or(0.0),
            both: config.correlation.absolute,
        })
    });
    let title = Signal::derive(move || {
        let blend = app.blend.get();
        match (pair.get(), blend) {
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
        let now = shown.with(|shown| shown.as_ref().and_then(Rolling::now));
        format!("Rolling ρ, now {}", now.map_or_else(|| String::from("unknown"), |value| fixed(value, 2)))
    });
    let series = Memo::new(move |_| {
        shown.with(|shown| shown.as_ref().map(|shown| shown.figure(levels.get()))).unwrap_or_else(Rolling::nothing)
    });
    // The chart stands while another pair is on its way: only what it says changes.
    let stands =
        Memo::new(move |_| shown.with(|shown| shown.as_ref().is_some_and(|shown| shown.values.iter().any(Option::is_some))));
    view! {
        <section class="panel" aria-labelledby="rolling-title" data-testid="rolling">
            <PanelHead id="rolling-title" title=title scope=scope>
                <Segmented label="How far back" options=SPANS value=span choose=Callback::new(move |days| app.look(|look| look.span = days))/>
            </PanelHead>
            {move || slot.get().and_then(|(_, problem)| problem).map(|problem| view! {
                <p class="say">"Unknown: "{problem.faults.first().map(|fault| format!("{} {}", fault.message, fault.hint))}</p>
            })}
            {move || if stands.get() {
                view! { <TimeSeries name=name label=label series=series height=250/> }.into_any()
            } else if shown.with(Option::is_some) {
                view! { <p class="say">"Unknown over the whole span: fewer shared days than the window."</p> }.into_any()
            } else if pair.with(Option::is_some) {
                view! { <p class="say">"Working …"</p> }.into_any()
            } else {
                view! { <p class="say">"No pair: returns of two strategies or more are needed."</p> }.into_any()
            }}
        </section>
    }
}
