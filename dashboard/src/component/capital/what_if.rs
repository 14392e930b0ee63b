//! What if: the bar of the split with edges that a hand moves. Two neighbours give and take; limits stop the edge and say so.

use super::desk::Desk;
use super::reasons::InTheBlend;
use crate::component::cells::colour;
use crate::frame::keys::press;
use crate::state::capital::answer::moved;
use crate::state::capital::method::label;
use crate::state::capital::settings::CapitalSettings;
use crate::state::capital::what_if::{Part, broken, parts, range, shift};
use crate::state::keymap::slide;
use crate::state::number::percent;
use crate::state::tag::Tag;
use leptos::html::Ol;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// One step of an edge, in points of capital.
const STEP: f64 = 0.1;
/// From so many parts on the handles are narrower.
const DENSE: usize = 14;

/// The bar.
#[component]
pub fn WhatIf() -> impl IntoView {
    let desk = Desk::here();
    let bar = Memo::new(move |_| {
        let settings = desk.settings.get();
        desk.looked.with(|answer| {
            answer.as_ref().map_or_else(Vec::new, |answer| {
                parts(&answer.outcome, settings.what_if.as_ref(), settings.config.constraints.cash_reserve)
            })
        })
    });
    let stopped = RwSignal::new(String::new());
    let is_tried = Memo::new(move |_| desk.settings.with(|settings| settings.what_if.is_some()));
    let count = Memo::new(move |_| bar.with(Vec::len));
    let ruler = NodeRef::<Ol>::new();
    // The edge that a pointer holds: its place, where it was caught, and the split at that moment.
    let caught = StoredValue::new(None::<(usize, f64, Vec<Part>)>);
    let push = move |from: &[Part], edge: usize, by: f64| {
        let result = shift(from, edge, by);
        stopped.set(result.sentence(|strategy| desk.name(strategy)).unwrap_or_default());
        let weights = result.weights();
        desk.change("what if", move |settings| settings.what_if = Some(weights));
    };
    let on_move = move |event: web_sys::PointerEvent| {
        let Some((edge, at, from)) = caught.get_value() else { return };
        let width = ruler.get_untracked().map_or(0.0, |ruler| f64::from(ruler.client_width()));
        if width > 0.0 {
            // A hand moves by steps; keys reach what lies between.
            let by = ((f64::from(event.client_x()) - at) / width * 100.0 / STEP).round() * STEP / 100.0;
            push(&from, edge, by);
        }
    };
    let let_go = move |_: web_sys::PointerEvent| {
        if caught.try_update_value(Option::take).flatten().is_some() {
            desk.settle();
        }
    };
    let scope = move || {
        let method = desk.settings.with(|settings| label(settings.looked()));
        if is_tried.get() { format!("a split made by hand, begun at {method}") } else { format!("start from {method}") }
    };
    view! {
        <section class="panel what-if" aria-labelledby="what-if-title" data-testid="what-if">
            <header class="panel-head">
                <h2 id="what-if-title">"What if"</h2>
                <p class="scope">{scope}</p>
                <span class="panel-tools">
                    <button
                        type="button"
                        class="link"
                        prop:disabled=move || !is_tried.get()
                        on:click=move |_| {
                            stopped.set(String::new());
                            desk.change_once("what if", |settings| settings.what_if = None);
                        }
                    >"Back to the method"</button>
                </span>
            </header>
            <div class="what-if-grid">
                <div class="what-if-bar" class:dense={move || count.get() >= DENSE} on:pointermove=on_move on:pointerup=let_go on:pointercancel=let_go>
                    <ol class="segments" node_ref=ruler>
                        {move || {
                            let tags = desk.tags.get();
                            (0..count.get()).map(|place| segment(bar, place, &tags)).collect_view()
                        }}
                    </ol>
                    {move || (1..count.get()).map(|edge| view! { <Handle desk bar edge={edge - 1} caught push=Callback::new(move |(edge, by): (usize, f64)| {
                        let from = bar.get_untracked();
                        push(&from, edge, by);
                        desk.settle();
                    })/> }).collect_view()}
                </div>
                {move || figures(desk)}
            </div>
            <p class="say" role="status" data-testid="what-if-said">{move || {
                let out = bar.with(|bar| broken(bar).into_iter().map(|strategy| desk.name(strategy)).collect::<Vec<_>>());
                if !out.is_empty() {
                    format!("This split is older than the limits: outside of them {} {}.", if out.len() == 1 { "stands" } else { "stand" }, out.join(", "))
                } else if stopped.with(String::is_empty) || !is_tried.get() {
                    String::from("Drag an edge, or focus it and use the arrow keys. Both neighbours move; a limit stops the edge and says so.")
                } else {
                    stopped.get()
                }
            }}</p>
            {move || is_tried.get().then(|| view! { <p class="buttons"><InTheBlend/></p> })}
        </section>
    }
}

fn at(bar: &[Part], place: usize) -> f64 {
    bar.iter().take(place).map(|part| part.weight).sum()
}

fn segment(bar: Memo<Vec<Part>>, place: usize, tags: &[Tag]) -> impl IntoView + use<> {
    let part = move || bar.with(|bar| bar.get(place).cloned());
    let strategy = bar.with_untracked(|bar| bar.get(place).and_then(|part| part.strategy.clone()));
    let tag = tags.iter().find(|tag| Some(&tag.strategy) == strategy.as_ref()).cloned();
    let class = tag.as_ref().map_or_else(|| String::from("segment part cash"), |tag| format!("segment part {}", colour(tag)));
    let letters = tag.as_ref().map_or_else(String::new, |tag| tag.letters.clone());
    let is_cash = tag.is_none();
    let name = tag.as_ref().map_or_else(|| String::from("Cash"), Tag::name);
    let is_at_cap =
        move || part().is_some_and(|part| part.strategy.is_some() && part.weight >= part.upper - 1e-9 && part.upper < 1.0);
    let weight = Memo::new(move |_| part().map_or(0.0, |part| part.weight));
    view! {
        <li
            class=class
            class:at-cap=is_at_cap
            class:tight={move || weight.get() < 0.1}
            style:width=move || format!("{:.4}%", weight.get() * 100.0)
            title=move || format!("{name} {} %", percent(weight.get()))
        >
            {move || (weight.get() > 0.022).then(|| view! { <b>{letters.clone()}</b> })}
            {move || (weight.get() > if is_cash { 0.05 } else { 0.1 }).then(|| view! { <span>{percent(weight.get())}</span> })}
        </li>
    }
}

#[component]
fn Handle(
    desk: Desk,
    bar: Memo<Vec<Part>>,
    edge: usize,
    caught: StoredValue<Option<(usize, f64, Vec<Part>)>>,
    push: Callback<(usize, f64)>,
) -> impl IntoView {
    let name = move |place: usize| {
        bar.with(|bar| bar.get(place).map(|part| part.strategy.clone()))
            .flatten()
            .map_or_else(|| String::from("cash"), |strategy| desk.name(&strategy))
    };
    let weight = move |place: usize| bar.with(|bar| bar.get(place).map_or(0.0, |part| part.weight));
    let reach = Memo::new(move |_| bar.with(|bar| range(bar, edge)));
    let held_back = move || reach.get().1 < 1e-9;
    let shown = |value: f64| format!("{:.2}", value * 100.0);
    view! {
        <div
            class="handle"
            class:stop=held_back
            role="slider"
            tabindex="0"
            aria-label=move || format!("Edge between {} and {}", name(edge), name(edge + 1))
            aria-valuenow=move || shown(weight(edge))
            aria-valuemin=move || shown(weight(edge) + reach.get().0)
            aria-valuemax=move || shown(weight(edge) + reach.get().1)
            aria-valuetext=move || format!("{} {} %, {} {} %", name(edge), percent(weight(edge)), name(edge + 1), percent(weight(edge + 1)))
            style:left=move || format!("{:.4}%", bar.with(|bar| at(bar, edge + 1)) * 100.0)
            data-edge=edge.to_string()
            on:pointerdown=move |event: web_sys::PointerEvent| {
                event.prevent_default();
                if let Some(element) = event.current_target().and_then(|target| target.dyn_into::<web_sys::HtmlElement>().ok()) {
                    // Without the capture the edge stops at the border of the bar; the focus shows which one is held.
                    let _ = element.set_pointer_capture(event.pointer_id());
                    let _ = element.focus();
                }
                caught.set_value(Some((edge, f64::from(event.client_x()), bar.get_untracked())));
            }
            on:keydown=move |event: web_sys::KeyboardEvent| {
                let key = event.key();
                if event.ctrl_key() || event.meta_key() || matches!(key.as_str(), "Delete" | "Backspace") {
                    return;
                }
                let (low, high) = reach.get_untracked();
                // One step beyond the reach, so that the limit that stops it is named.
                let (low, high) = (low * 100.0 - STEP, high * 100.0 + STEP);
                if let Some(to) = slide(press(&event, &key), 0.0, low, high, STEP, 0.0) {
                    event.prevent_default();
                    push.run((edge, to / 100.0));
                }
            }
        ></div>
    }
}

/// What the split by hand comes to, beside the method's own figures until one is tried.
fn figures(desk: Desk) -> impl IntoView + use<> {
    let answer = desk.tried.get().or_else(|| desk.looked.get());
    let used = desk.used().map(|used| used.weights());
    let settings = desk.settings.with(CapitalSettings::clone);
    answer.map(|answer| {
        let figures = &answer.outcome.figures;
        let figure = |value: Option<f64>| value.map_or_else(|| String::from("unknown"), percent);
        let split = settings.what_if.unwrap_or_else(|| answer.outcome.weights());
        let moves = used.map(|used| moved(&used, &split));
        view! {
            <dl class="what-if-figures" data-testid="what-if-figures">
                <div><dt>"Volatility %"</dt><dd>{figure(figures.volatility)}</dd></div>
                <div><dt>"Expected return %"</dt><dd>{figure(figures.expected_return)}</dd></div>
                <div><dt>"Moved %"</dt><dd>{figure(moves)}</dd></div>
            </dl>
        }
    })
}
