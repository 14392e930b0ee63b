//! What is worth knowing about the run: warnings, what befell it, whether the ledgers agree.

use super::desk::Desk;
use crate::component::icon::Icon;
use crate::state::number::{count, counted, date, fixed, money};
use leptos::prelude::*;

/// Events listed.
const EVENTS: usize = 12;

/// Notes of the run.
#[component]
pub fn RunNotes() -> impl IntoView {
    let desk = Desk::here();
    view! {
        <section class="panel notices-panel" aria-labelledby="run-notes-title" data-testid="run-notes">
            <header class="panel-head"><h2 id="run-notes-title">"About this run"</h2></header>
            {move || desk.run.get().map(|run| {
                let span = run.times.first().zip(run.times.last()).map_or_else(String::new, |(first, last)| {
                    format!("{} to {}, ", date(first.days()), date(last.days()))
                });
                let turnover: f64 = run.rebalances.turnovers.iter().sum();
                let events = run.events.len().saturating_sub(EVENTS) as u64 + run.events_omitted;
                view! {
                    <ul class="notices">
                        <li class="note">
                            <i class="bracket"></i>
                            <b>{format!("{span}{}", counted(run.times.len() as u64, "bar", "bars"))}</b>
                            <p>{format!(
                                "{}, {}; {} times the value traded. {} became {}.",
                                counted(run.rebalances.times.len() as u64, "rebalance", "rebalances"),
                                counted(run.fills, "fill", "fills"),
                                fixed(turnover, 1),
                                money(run.initial_value),
                                money(run.final_value),
                            )}</p>
                        </li>
                        {(run.status == "idle").then(|| view! { <li class="warning"><Icon name="warning"/><b>"No strategy took a position"</b><p>"Nothing was traded. Look at the ranks: a score may be unknown for all symbols."</p></li> })}
                        {(run.status == "ruined").then(|| view! { <li class="bad"><Icon name="warning"/><b>"Nothing was left"</b><p>"The portfolio lost everything; the curve ends there."</p></li> })}
                        {run.ledgers.as_ref().map(|ledgers| {
                            let words = format!("Largest distance {}, {} postings.", fixed(ledgers.difference, 6), count(ledgers.postings));
                            if ledgers.agrees {
                                view! { <li class="note"><i class="bracket"></i><b>"Ledgers and weights agree"</b><p>{words}</p></li> }.into_any()
                            } else {
                                view! { <li class="bad"><Icon name="warning"/><b>"Ledgers and weights do not agree"</b><p>{words}</p></li> }.into_any()
                            }
                        })}
                        {run.strategies.iter().filter(|strategy| !strategy.paused.is_empty()).map(|strategy| view! {
                            <li class="warning"><Icon name="warning"/><b>{format!("{} was paused", strategy.id)}</b><p>{strategy.paused.clone()}</p></li>
                        }).collect_view()}
                        {run.warnings.iter().cloned().map(|fault| view! {
                            <li class="warning"><Icon name="warning"/><b>{fault.message}</b><p>{fault.hint}</p><p class="place"><code>{fault.path}</code><code>{fault.code}</code></p></li>
                        }).collect_view()}
                        {run.events.iter().take(EVENTS).map(|(time, words)| view! {
                            <li class="note"><i class="bracket"></i><b>{date(time.days())}</b><p>{words.clone()}</p></li>
                        }).collect_view()}
                        {(events > 0).then(|| view! { <li class="note"><i class="bracket"></i><b>{format!("{} more", counted(events, "event", "events"))}</b></li> })}
                    </ul>
                }
            })}
        </section>
    }
}
