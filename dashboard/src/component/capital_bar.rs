//! One ruler from 0 to 100: what each strategy holds, what is cash, and why. Over it the state before the last change.

use super::cells::colour;
use super::icon::Icon;
use crate::app::App;
use crate::browser;
use crate::state::blend::{Blend, Strategy};
use crate::state::explain::Subject;
use crate::state::number::{MINUS, percent};
use crate::state::same::Same;
use leptos::prelude::*;

/// Capital in figures, as a bar, and the digest.
#[component]
pub fn CapitalBar() -> impl IntoView {
    let app = App::here();
    let before = app.memo(|model| model.before.clone());
    let turnover = app.memo(|model| model.moved.as_ref().map(|moved| moved.turnover));
    view! {
        <section class="capital" aria-label="Capital">
            {move || match app.blend.get() {
                None => view! { <div class="capital-figures"><p class="quiet">"Nothing is allocated yet."</p></div> }.into_any(),
                Some(blend) => view! {
                    {figures(&blend)}
                    {bar(app, &blend, before.get().as_deref())}
                    {sums(&blend, turnover.get())}
                }.into_any(),
            }}
        </section>
    }
}

fn figures(blend: &Blend) -> impl IntoView + use<> {
    let reasons = blend.totals.reasons.iter().map(|(message, _)| message.clone());
    let reason = reasons.chain(blend.netted_words()).collect::<Vec<_>>().join(" ");
    view! {
        <div class="capital-figures">
            <h2>"Capital"</h2>
            <p class="large">
                <span data-testid="invested">{percent(blend.totals.gross)}</span>
                <small>"% invested"</small>
                <span data-testid="cash">{percent(blend.totals.cash)}</span>
                <small>"% cash"</small>
            </p>
            <p class="reason" data-testid="cash-reason" title=reason.clone()>{reason.clone()}</p>
        </div>
    }
}

/// How long the ruler is: the capital, or what is held where that is more.
fn length(blend: &Blend) -> f64 {
    let invested: f64 = blend.strategies.iter().map(|strategy| strategy.weight.abs()).sum();
    (invested + blend.totals.cash.max(0.0)).max(1.0)
}

fn share(part: f64, whole: f64) -> String {
    format!("{:.4}%", part / whole * 100.0)
}

fn bar(app: App, blend: &Same<Blend>, before: Option<&Blend>) -> impl IntoView + use<> {
    let whole = length(blend);
    let cash = blend.totals.cash.max(0.0);
    let ghost = before.map(|before| {
        let parts = before.strategies.iter().filter(|strategy| strategy.weight.abs() > 0.0).map(|strategy| {
            // The colour sticks to the strategy, which may be missing now.
            let tag = blend.strategies.iter().find(|now| now.tag.strategy == strategy.tag.strategy).map(|now| &now.tag);
            let class = tag.map_or_else(|| String::from("cash"), colour);
            view! { <i class=class style:width=share(strategy.weight.abs(), whole)></i> }
        });
        parts.collect_view()
    });
    let parts = blend
        .strategies
        .iter()
        .filter(|strategy| strategy.weight.abs() > 0.0)
        .map(|strategy| segment(app, strategy, whole))
        .collect_view();
    let cash_text = if cash / whole > 0.04 { percent(cash) } else { String::new() };
    let ticks = (0..=10)
        .map(|tick| {
            let at = f64::from(tick) / 10.0;
            let text = format!("{:.0}", at * whole * 100.0);
            view! {
                <i style:left=share(at, 1.0)></i>
                <span style:left=share(at, 1.0) class:minor={tick % 5 != 0}>{text}</span>
            }
        })
        .collect_view();
    // Beyond the capital lies what is borrowed, or what strategies hold against each other.
    let borrows = blend.totals.gross > 1.0 + 1e-9;
    let beyond = match blend.netted_words() {
        Some(words) if borrows => format!("All of the capital; what lies beyond is borrowed, and {words}"),
        Some(words) => format!("All of the capital. {words} No more capital is needed for it."),
        None => String::from("All of the capital; what lies beyond is borrowed"),
    };
    view! {
        <div class="capital-ruler">
            <div class="ghost" aria-hidden="true">{ghost}</div>
            <ul class="segments">
                {parts}
                {(cash > 0.0).then(|| view! {
                    <li class="segment" style:width=share(cash, whole)>
                        <button
                            type="button"
                            class="cash"
                            title=format!("Cash: {} %", percent(cash))
                            aria-label=format!("Cash: {} %", percent(cash))
                            on:click=move |_| app.select(Subject::Cash)
                        >{cash_text}</button>
                    </li>
                })}
                {(whole > 1.0 + 1e-9).then(|| view! { <li class="whole" style:left=share(1.0, whole) title=beyond aria-hidden="true"></li> })}
            </ul>
            <div class="ruler" aria-hidden="true">{ticks}</div>
        </div>
    }
}

fn segment(app: App, strategy: &Strategy, whole: f64) -> impl IntoView + use<> {
    let gross = strategy.weight.abs();
    let short = ((gross - strategy.net) / 2.0).max(0.0);
    let name = strategy.tag.name();
    let cap = if strategy.at_cap { ", at its cap" } else { "" };
    let of_which = if short > 5e-5 { format!(", of which {} short", percent(short)) } else { String::new() };
    let label = format!("{name}: {} %{of_which}{cap}", percent(gross));
    let wide = gross / whole;
    let id = strategy.tag.strategy.clone();
    view! {
        <li class="segment" class:at-cap=strategy.at_cap class:tight={wide < 0.06} style:width=share(gross, whole)>
            <button
                type="button"
                class=colour(&strategy.tag)
                title=label.clone()
                on:click=move |_| app.select(Subject::Strategy(id.clone()))
            >
                {(wide > 0.018).then(|| view! { <b aria-hidden="true">{strategy.tag.letters.clone()}</b> })}
                {(wide > 0.06).then(|| view! { <span aria-hidden="true">{percent(gross)}</span> })}
                {(strategy.at_cap && wide > 0.14).then(|| view! { <em aria-hidden="true">"at cap"</em> })}
                // Its name in full stands in it, not beside it: what is seen is an abbreviation of what is heard.
                <span class="hidden">{label.clone()}</span>
            </button>
            {(short > 5e-5).then(|| view! {
                // The part held short lies hollow in its segment, with a minus: seen without its colour too.
                <span class=format!("short-part short {}", colour(&strategy.tag)) style:width=share(short, gross) aria-hidden="true">{MINUS.to_string()}</span>
            })}
        </li>
    }
}

fn sums(blend: &Blend, turnover: Option<f64>) -> impl IntoView + use<> {
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
        None => "Copy the digest",
        Some(true) => "Copied",
        Some(false) => "Not copied: select it",
    };
    view! {
        <div class="capital-sums">
            <dl>
                <div><dt>"Gross %"</dt><dd>{percent(blend.totals.gross)}</dd></div>
                <div><dt>"Net %"</dt><dd class:negative={blend.totals.net < 0.0}>{percent(blend.totals.net)}</dd></div>
                <div>
                    <dt title="Half the sum of absolute changes by the last change">"Turnover %"</dt>
                    <dd>{turnover.map_or_else(|| String::from("·"), percent)}</dd>
                </div>
            </dl>
            <p class="digest">
                <span>"Digest"</span>
                <code title=whole.clone() data-testid="digest" data-digest=whole>{short}</code>
                <button type="button" class="icon-button" on:click=copy aria-label=word title=word><Icon name="copy"/></button>
                <span aria-live="polite">{move || copied.get().map(|worked| if worked { "copied" } else { "not copied" })}</span>
            </p>
        </div>
    }
}
