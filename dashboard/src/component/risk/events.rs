//! When exposure was cut most, and how often one regime followed another.

use super::desk::Desk;
use crate::figure::grid::date;
use crate::state::number::{fixed, local_date};
use crate::state::risk::settings::regime_name;
use leptos::prelude::*;

/// The deepest de-risking events and the transitions by pair.
#[component]
pub fn Events() -> impl IntoView {
    let desk = Desk::here();
    view! {
        {move || desk.report.get().map(|report| {
            let percent = |value: Option<f64>| value.map_or_else(|| String::from("unknown"), |value| fixed(value * 100.0, 2));
            let events = report.events.iter().map(|event| {
                let at = event.time;
                let when = local_date(&date(at));
                let label = format!("Show {when} in the lanes");
                let negative = event.saved.is_some_and(|saved| saved < 0.0);
                view! {
                    <tr>
                        <th scope="row"><button type="button" class="link" aria-label=label on:click=move |_| desk.timeline.point(Some(at))>{when}</button></th>
                        <td class="number strong">{fixed(event.scalar, 2)}</td>
                        <td>{regime_name(event.regime)}</td>
                        <td class="number">{percent(event.baseline)}</td>
                        <td class="number" class:negative=negative>{percent(event.saved)}</td>
                    </tr>
                    <tr class="note"><td colspan="5">{event.note.clone()}</td></tr>
                }
            }).collect_view();
            let changes = report.changes.iter().map(|row| view! {
                <tr>
                    <th scope="row">{format!("{} → {}", regime_name(row.from), regime_name(row.to))}</th>
                    <td class="number">{row.count}</td>
                </tr>
            }).collect_view();
            let yearly = report.changes_per_year.map_or_else(|| String::from("unknown"), |count| fixed(count, 1));
            view! {
                <section class="panel" aria-labelledby="events-title">
                    <header class="panel-head"><h2 id="events-title">"Top ten de-risking events"</h2></header>
                    {if report.events.is_empty() {
                        view! { <p class="say">"No rebalance was scaled below 0.95."</p> }.into_any()
                    } else {
                        view! {
                            <div class="scroll" tabindex="0" role="region" aria-label="De-risking events, table">
                            <table class="sheet small events" data-testid="events">
                                <caption class="hidden">"The lowest applied scalars, with what the baseline earned meanwhile and what was saved"</caption>
                                <thead><tr>
                                    <th scope="col">"Rebalance"</th>
                                    <th scope="col" class="number">"Scalar"</th>
                                    <th scope="col">"Regime"</th>
                                    <th scope="col" class="number">"Baseline %"</th>
                                    <th scope="col" class="number">"Saved %"</th>
                                </tr></thead>
                                <tbody>{events}</tbody>
                            </table>
                            </div>
                        }.into_any()
                    }}
                </section>
                <section class="panel" aria-labelledby="changes-title">
                    <header class="panel-head"><h2 id="changes-title">"Transitions"</h2><p class="scope">{format!("{yearly} a year")}</p></header>
                    {if report.changes.is_empty() {
                        view! { <p class="say">"The regime never changed."</p> }.into_any()
                    } else {
                        view! {
                            <table class="sheet small striped" data-testid="transitions">
                                <caption class="hidden">"How often one regime followed another"</caption>
                                <thead><tr><th scope="col">"From → to"</th><th scope="col" class="number">"Times"</th></tr></thead>
                                <tbody>{changes}</tbody>
                            </table>
                        }.into_any()
                    }}
                </section>
            }
        })}
    }
}
