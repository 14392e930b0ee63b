//! The pair that is chosen: the figure, how sure it is, and what it means for the capital.

use super::cells::TagMark;
use super::correlation::{interval, tag_of};
use super::icon::Icon;
use crate::app::App;
use crate::state::blend::{Alert, Blend, Pair};
use crate::state::explain::Subject;
use crate::state::number::{fixed, percent};
use crate::state::parameter::Parameter;
use crate::state::rolling::{Level, Rolling};
use crate::state::unknown::why;
use leptos::prelude::*;

/// The pair that is chosen; without a choice the one with the highest ρ.
pub fn chosen<'a>(blend: &'a Blend, subject: Option<&Subject>) -> Option<&'a Pair> {
    let correlations = blend.correlations.as_ref()?;
    let place = |name: &str| correlations.names.iter().position(|known| known == name);
    if let Some(Subject::Pair(a, b)) = subject
        && let Some(pair) = place(a).zip(place(b)).and_then(|(a, b)| correlations.pair(a, b))
    {
        return Some(pair);
    }
    correlations.ranked().into_iter().next()
}

/// The pair in figures.
#[component]
pub fn PairExplained() -> impl IntoView {
    let app = App::here();
    let selected = app.memo(|model| model.look.pair.clone());
    let rolling = app.memo(|model| model.slots.get(super::rolling::SLOT).and_then(|slot| slot.answer.clone()));
    view! {
        {move || app.blend.get().and_then(|blend| {
            let pair = chosen(&blend, selected.get().as_ref())?.clone();
            let rolling = rolling.get().and_then(|answer| Rolling::from_answer(&answer));
            Some(figures(app, &blend, &pair, rolling.as_ref()))
        })}
    }
}

fn figures(app: App, blend: &Blend, pair: &Pair, rolling: Option<&Rolling>) -> impl IntoView + use<> {
    let names = blend.correlations.as_ref().map(|correlations| correlations.names.clone()).unwrap_or_default();
    let (a, b) = (names.get(pair.a).cloned().unwrap_or_default(), names.get(pair.b).cloned().unwrap_or_default());
    let (first, second) = (tag_of(blend, &a), tag_of(blend, &b));
    let alert: Option<&Alert> = blend.alerts.iter().find(|alert| alert.pair == [a.clone(), b.clone()]);
    let config = app.config.get();
    let share: f64 = blend
        .strategies
        .iter()
        .filter(|strategy| [&a, &b].contains(&&strategy.tag.strategy))
        .map(|strategy| strategy.weight)
        .sum();
    let again = Parameter::ArmBelow.get(&config).unwrap_or(0.0);
    // The last crossing of the line that is drawn, if it is this pair's.
    let crossed = rolling.filter(|rolling| rolling.pair == [a.clone(), b.clone()]).and_then(|rolling| {
        let level = Level { threshold: config.correlation.threshold, again, both: config.correlation.absolute };
        let crossing = *rolling.crossings(level).last()?;
        rolling.days.get(crossing.at).copied()
    });
    let line = |label: &'static str, value: String| view! { <div><dt>{label}</dt><dd>{value}</dd></div> };
    let window = config.correlation.window.map_or_else(|| pair.n.to_string(), |window| format!("{} of {window}", pair.n));
    let known = pair.value.map_or_else(|| format!("unknown: {}", why(&pair.reason)), |value| fixed(value, 2));
    view! {
        <section class="panel" class:alert-panel=pair.alert aria-labelledby="pair-title" data-testid="pair">
            {pair.alert.then(|| view! { <p class="alert-head"><Icon name="warning"/><b>"Warning"</b><code>"strategy_correlation"</code></p> })}
            <h2 class="pair-title" id="pair-title">
                <TagMark tag=first.clone()/>{first.name()}<span class="faint">"with"</span><TagMark tag=second.clone()/>{second.name()}
            </h2>
            <dl class="figures">
                {line("Correlation ρ", known)}
                {line("Threshold, strict", fixed(config.correlation.threshold, 2))}
                {line("95 % interval", interval(pair))}
                {line("Observations", window)}
                {line("p-value", pair.p_value.map_or_else(|| String::from("unknown"), |p| if p < 5e-5 { String::from("< 0.0001") } else { fixed(p, 4) }))}
                {crossed.map(|day| line("Crossed on", crate::state::number::date(day)))}
                {line("Fires again after ρ falls below", fixed(again, 2))}
                {line("Together they hold, %", percent(share))}
            </dl>
            {alert.map(|alert| view! { <p class="say">"An experiment in this browser: nobody was paged. Alert "<code>{alert.id.clone()}</code></p> })}
        </section>
    }
}
