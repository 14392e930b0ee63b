//! The right column: why these weights, which limits bind at which price, and what it is against what is in use.

use super::desk::Desk;
use crate::component::cells::{Percent, TagMark};
use crate::component::faults::FaultLine;
use crate::state::capital::answer::{Answer, Outcome, moved};
use crate::state::capital::limit;
use crate::state::capital::method::{label, status};
use crate::state::capital::price::{Listing, listing, sentence, text};
use crate::state::capital::settings::{CapitalSettings, Weights};
use crate::state::model::{Event, ScenarioAct};
use crate::state::number::{MINUS, fixed, percent};
use crate::state::tag::Tag;
use allocator_core::config::blend::BlendMethod;
use leptos::prelude::*;

/// Warnings listed one by one.
const WARNINGS: usize = 6;

/// Limits listed one by one, those that change most first.
const LIMITS: usize = 12;

/// Why each strategy gets its weight.
#[component]
pub fn WhyWeights() -> impl IntoView {
    let desk = Desk::here();
    view! {
        <section class="panel" aria-labelledby="why-title" data-testid="capital-why">
            <header class="panel-head">
                <h2 id="why-title">"Why these weights"</h2>
                <p class="scope">{move || desk.settings.with(|settings| label(settings.looked()))}</p>
            </header>
            {move || match desk.looked.get() {
                Some(answer) => desk.settings.with(|settings| why(desk, &answer, settings, &desk.tags.get())).into_any(),
                None => view! { <p class="quiet">"Nothing is split yet."</p> }.into_any(),
            }}
        </section>
    }
}

fn why(desk: Desk, answer: &Answer, settings: &CapitalSettings, tags: &[Tag]) -> impl IntoView + use<> {
    let outcome = &answer.outcome;
    let ended = status(&outcome.status).map(|words| view! { <p class="say"><b>{words}</b></p> });
    // What binds and its price stand in the table below in points, so the engine's own lines about them are left out here.
    let told = |line: &&String| !line.starts_with("Limits that bind:") && !line.starts_with("One per cent more of ");
    let paragraph = outcome.explanation.iter().filter(told).cloned().collect::<Vec<_>>().join(" ");
    let rows = outcome
        .rows
        .iter()
        .zip(tags)
        .map(|(row, tag)| {
            view! {
                <tr>
                    <th scope="row"><TagMark tag=tag.clone()/><span class="hidden">{tag.name()}</span></th>
                    <td class="number"><Percent value=Some(row.weight)/></td>
                    <td class="why">{row.why.clone()}</td>
                </tr>
            }
        })
        .collect_view();
    let warnings = answer.warnings.iter().take(WARNINGS).cloned().map(|fault| view! { <FaultLine fault/> }).collect_view();
    let more = answer.warnings.len().saturating_sub(WARNINGS);
    view! {
        {ended}
        <p class="paragraph">{paragraph}</p>
        {binding(desk, outcome, settings, tags)}
        <details class="more">
            <summary>"Strategy by strategy"</summary>
            <table class="sheet small striped whys">
                <caption class="hidden">"Why each strategy gets its weight"</caption>
                <thead><tr><th scope="col"><span class="hidden">"Strategy"</span></th><th scope="col" class="number">"%"</th><th scope="col">"Why"</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </details>
        {(!answer.warnings.is_empty()).then(|| view! {
            <ul class="faults" data-testid="capital-warnings">{warnings}</ul>
            {(more > 0).then(|| view! { <p class="quiet">{format!("… and {more} more.")}</p> })}
        })}
    }
}

/// Limits that bind, each with what a point more of it would change.
fn binding(desk: Desk, outcome: &Outcome, settings: &CapitalSettings, tags: &[Tag]) -> impl IntoView + use<> {
    let mark = |strategy: Option<&str>| tags.iter().find(|tag| Some(tag.strategy.as_str()) == strategy).cloned();
    let Listing { lines: effects, more, by_effect } = listing(&settings.config, outcome, LIMITS);
    let words = effects
        .iter()
        .filter_map(|(bound, effect)| Some((bound, (*effect)?)))
        .filter(|(bound, _)| bound.strategy.is_some())
        .max_by(|(_, a), (_, b)| a.points.abs().total_cmp(&b.points.abs()))
        .and_then(|(bound, effect)| sentence(outcome, bound, effect, &desk.name(bound.strategy.as_deref()?)));
    let lines = effects
        .iter()
        .map(|(bound, effect)| {
            let tag = mark(bound.strategy.as_deref());
            let price = match (effect, bound.price) {
                (Some(effect), _) => text(*effect),
                (None, Some(price)) => format!("{} of the objective", scientific(price)),
                (None, None) => String::from("·"),
            };
            let negative = price.starts_with(MINUS);
            view! {
                <tr>
                    <th scope="row">{tag.map(|tag| view! { <TagMark tag=tag.clone()/><span class="hidden">{tag.name()}</span> })}" "{limit::name(bound)}</th>
                    <td class="number" class:negative=negative>{price}</td>
                </tr>
            }
        })
        .collect_view();
    if outcome.bindings.is_empty() {
        return view! { <p class="say">"No limit binds."</p> }.into_any();
    }
    let priced = outcome.bindings.iter().any(|bound| bound.price.is_some());
    view! {
        <table class="sheet small striped" data-testid="capital-prices">
            <caption class="hidden">"Limits that bind and what relaxing each by one point changes"</caption>
            <thead><tr><th scope="col">"Limit that binds"</th><th scope="col" class="number">"If relaxed by 1 point"</th></tr></thead>
            <tbody>{lines}</tbody>
        </table>
        {(more > 0).then(|| view! { <p class="quiet">{format!("… and {more} more{}.", if by_effect { ", each of less effect" } else { "" })}</p> })}
        {words.map(|words| view! { <p class="say">{words}</p> })}
        {(!priced).then(|| view! { <p class="say">"This method is a rule and optimises nothing, so its limits have no price."</p> })}
    }
    .into_any()
}

/// Two digits and a power of ten, with a typographic minus.
fn scientific(value: f64) -> String {
    format!("{value:.1e}").replace('-', &MINUS.to_string())
}

/// What is looked at against what is in use, and the way to take it.
#[component]
pub fn AgainstUsed() -> impl IntoView {
    let desk = Desk::here();
    let used = Memo::new(move |_| desk.used());
    let looked = Memo::new(move |_| desk.looked.get());
    let is_same = Memo::new(move |_| desk.settings.with(|settings| settings.used == settings.looked()));
    let name = Memo::new(move |_| desk.settings.with(|settings| label(settings.looked())));
    let keep = move |_| {
        desk.app.dispatch(Event::Scenario(ScenarioAct::Save(name.get_untracked().to_owned())));
    };
    view! {
        <section class="panel" aria-labelledby="against-title" data-testid="capital-against">
            <header class="panel-head">
                <h2 id="against-title">"Against what is in use"</h2>
                <p class="scope">{move || desk.settings.with(|settings| label(settings.used))}</p>
            </header>
            {move || used.get().zip(looked.get()).map(|(used, looked)| against(&used, &looked.outcome))}
            <p class="buttons">
                <button
                    type="button"
                    class="button main"
                    prop:disabled=move || is_same.get() || looked.with(Option::is_none)
                    on:click=move |_| desk.change_once(format!("{} in use", name.get_untracked()), |settings| settings.used = settings.looked())
                >{move || format!("Use {}", name.get())}</button>
                <button type="button" class="button" on:click=keep>"Keep as scenario"</button>
                <InTheBlend/>
            </p>
        </section>
    }
}

fn against(used: &Outcome, looked: &Outcome) -> impl IntoView + use<> {
    let (a, b) = (&used.figures, &looked.figures);
    let lines = [
        ("Volatility %", a.volatility, b.volatility, 100.0),
        ("CVaR 95 %, 1 period", a.cvar, b.cvar, 100.0),
        ("Expected return %", a.expected_return, b.expected_return, 100.0),
        ("Diversification ratio", a.diversification, b.diversification, 1.0),
        ("Effective strategies", a.effective_strategies, b.effective_strategies, 1.0),
        ("Effective bets", a.effective_bets, b.effective_bets, 1.0),
    ]
    .map(|(words, from, to, scale)| {
        let figure = |value: Option<f64>| value.map_or_else(|| String::from("unknown"), |value| fixed(value * scale, 2));
        let change = from.zip(to).map_or_else(|| String::from("·"), |(from, to)| change_of((to - from) * scale));
        let negative = change.starts_with(MINUS);
        view! {
            <tr>
                <th scope="row">{words}</th>
                <td class="number faint">{figure(from)}</td>
                <td class="number">{figure(to)}</td>
                <td class="number" class:negative=negative>{change}</td>
            </tr>
        }
    });
    let moves = moved(&used.weights(), &looked.weights());
    let words = if moves < 5e-5 {
        String::from("The split is the one in use.")
    } else {
        format!("Taking it moves {} % of capital between strategies. Undo restores what is in use now.", percent(moves))
    };
    view! {
        <table class="sheet small striped">
            <caption class="hidden">"Figures of the split in use and of the one looked at"</caption>
            <thead><tr>
                <th scope="col"><span class="hidden">"Figure"</span></th>
                <th scope="col" class="number">"In use"</th>
                <th scope="col" class="number">"Looked at"</th>
                <th scope="col" class="number">"Change"</th>
            </tr></thead>
            <tbody>{lines}</tbody>
        </table>
        <p class="say">{words}</p>
    }
}

/// A signed change with two decimals; a dot where nothing changed.
fn change_of(value: f64) -> String {
    let text = fixed(value, 2);
    let is_zero = !text.bytes().any(|digit| (b'1'..=b'9').contains(&digit));
    match value {
        _ if is_zero => String::from("·"),
        value if value > 0.0 => format!("+{text}"),
        _ => text,
    }
}

/// Takes the split as the plan of the blend: its method becomes fixed weights. A change like any other, which undo takes back.
#[component]
pub fn InTheBlend() -> impl IntoView {
    let desk = Desk::here();
    // The plan over the strategies that have signals; the blend wants a weight for each of them and knows no others.
    let plan = Memo::new(move |_| {
        let split = desk.settings.with(|settings| settings.what_if.clone());
        let split = split.or_else(|| desk.looked.with(|answer| answer.as_ref().map(|answer| answer.outcome.weights())))?;
        desk.app.blend.with(|blend| {
            let strategies = &blend.as_ref()?.strategies;
            let plan: Weights = strategies
                .iter()
                .map(|each| (each.tag.strategy.clone(), split.get(&each.tag.strategy).copied().unwrap_or(0.0)))
                .collect();
            plan.values().any(|weight| *weight > 0.0).then_some(plan)
        })
    });
    let is_taken = Memo::new(move |_| {
        plan.with(|plan| {
            desk.app.config.with(|config| config.method == BlendMethod::Fixed && Some(&config.strategy_weights) == plan.as_ref())
        })
    });
    let take = move |_| {
        if let Some(plan) = plan.get_untracked() {
            desk.app.configure_once(move |config| {
                config.method = BlendMethod::Fixed;
                config.strategy_weights = plan;
            });
        }
    };
    let title = move || {
        if plan.with(Option::is_none) {
            "None of these strategies has signals to blend"
        } else if is_taken.get() {
            "The blend holds this split"
        } else {
            "The blend's method becomes fixed weights: this split; its own caps still hold. Undo takes it back"
        }
    };
    view! {
        <button type="button" class="button" title=title prop:disabled=move || plan.with(Option::is_none) || is_taken.get() on:click=take>
            {move || if is_taken.get() { "In the blend" } else { "Use in the blend" }}
        </button>
    }
}
