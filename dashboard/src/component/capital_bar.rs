//! One ruler from 0 to 100: what each strategy holds, what is cash, and why.

use super::cells::colour;
use crate::app::App;
use crate::browser;
use crate::state::blend::Blend;
use crate::state::number::percent;
use leptos::prelude::*;
use std::sync::Arc;

/// Capital in figures, as a bar, and the digest.
#[component]
pub fn CapitalBar() -> impl IntoView {
    let blend = App::here().blend;
    view! {
        <section class="capital" aria-label="Capital">
            {move || match blend.get() {
                None => view! { <p class="quiet">"Nothing is allocated yet."</p> }.into_any(),
                Some(blend) => view! { <Figures blend=Arc::clone(&blend)/> <Bar blend=Arc::clone(&blend)/> <Sums blend/> }.into_any(),
            }}
        </section>
    }
}

#[component]
fn Figures(blend: Arc<Blend>) -> impl IntoView {
    let reason = blend.totals.reasons.iter().map(|(message, _)| message.clone()).collect::<Vec<_>>().join(" ");
    view! {
        <div class="capital-figures">
            <h2>"Capital"</h2>
            <p class="large">
                <span data-testid="invested">{percent(blend.totals.gross)}</span>
                <small>" % invested"</small>
                " "
                <span data-testid="cash">{percent(blend.totals.cash)}</span>
                <small>" % cash"</small>
            </p>
            <p class="quiet" data-testid="cash-reason">{reason}</p>
        </div>
    }
}

#[component]
fn Bar(blend: Arc<Blend>) -> impl IntoView {
    let invested: f64 = blend.strategies.iter().map(|strategy| strategy.weight.abs()).sum();
    let cash = blend.totals.cash.max(0.0);
    let whole = (invested + cash).max(1.0);
    let width = move |share: f64| format!("{:.4}%", share / whole * 100.0);
    let parts = blend
        .strategies
        .iter()
        .filter(|strategy| strategy.weight.abs() > 0.0)
        .map(|strategy| {
            let share = strategy.weight.abs();
            let text = match share / whole {
                wide if wide > 0.07 => format!("{} {}", strategy.tag.letters, percent(share)),
                wide if wide > 0.025 => strategy.tag.letters.clone(),
                _ => String::new(),
            };
            let cap = if strategy.at_cap { ", at its cap" } else { "" };
            view! {
                <li
                    class=format!("segment {}", colour(&strategy.tag))
                    class:at-cap=strategy.at_cap
                    style:width=width(share)
                    title=format!("{}: {} %{cap}", strategy.tag.strategy, percent(share))
                >
                    <span class="hidden">{format!("{}: {} %{cap}", strategy.tag.strategy, percent(share))}</span>
                    <span aria-hidden="true">{text}</span>
                    {(strategy.at_cap && share / whole > 0.16).then(|| view! { <span class="cap-word" aria-hidden="true">"at cap"</span> })}
                </li>
            }
        })
        .collect_view();
    let cash_text = if cash / whole > 0.05 { percent(cash) } else { String::new() };
    let last = (whole * 100.0).round();
    let ticks = (0..=10)
        .map(|tick| {
            let at = f64::from(tick) / 10.0;
            view! { <span style:left=format!("{:.2}%", at * 100.0)>{format!("{:.0}", at * last)}</span> }
        })
        .collect_view();
    view! {
        <div class="capital-ruler">
            <ul class="segments">
                {parts}
                {(cash > 0.0).then(|| view! {
                    <li class="segment cash" style:width=width(cash) title=format!("Cash: {} %", percent(cash))>
                        <span class="hidden">{format!("Cash: {} %", percent(cash))}</span>
                        <span aria-hidden="true">{cash_text}</span>
                    </li>
                })}
            </ul>
            <div class="ticks" aria-hidden="true">{ticks}</div>
        </div>
    }
}

#[component]
fn Sums(blend: Arc<Blend>) -> impl IntoView {
    let copied = RwSignal::new(None::<bool>);
    let digest = blend.digest.clone();
    let short =
        digest.as_bytes().chunks(4).take(4).map(|part| String::from_utf8_lossy(part).into_owned()).collect::<Vec<_>>().join(" ");
    let whole = digest.clone();
    let copy = move |_| {
        browser::copy(digest.clone(), move |worked| {
            copied.try_set(Some(worked));
        });
    };
    let word = move || match copied.get() {
        None => "Copy",
        Some(true) => "Copied",
        Some(false) => "Not copied: select it",
    };
    view! {
        <div class="capital-sums">
            <dl class="inline">
                <div><dt>"Gross %"</dt><dd>{percent(blend.totals.gross)}</dd></div>
                <div><dt>"Net %"</dt><dd>{percent(blend.totals.net)}</dd></div>
                <div><dt>"Symbols"</dt><dd>{blend.weights.len()}</dd></div>
            </dl>
            <p class="digest">
                <span>"Digest "</span>
                <code title=whole.clone() data-testid="digest" data-digest=whole>{short}</code>
                <button type="button" class="link" on:click=copy aria-label=move || format!("{} the digest", word())>{word}</button>
            </p>
        </div>
    }
}
