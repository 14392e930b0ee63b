//! Why a weight is what it is: the sum it came from, strategy by strategy.

use super::cells::{Change, Percent, TagMark};
use crate::app::App;
use crate::state::blend::{Blend, Contribution, Weight};
use crate::state::number::{fixed, percent};
use leptos::prelude::*;

/// The breakdown of the chosen symbol.
#[component]
pub fn Explain() -> impl IntoView {
    let app = App::here();
    let selected = app.memo(|model| model.selected.clone());
    view! {
        <section class="panel" aria-labelledby="explain-title">
            {move || {
                let blend = app.blend.get()?;
                let row = blend.weight(&selected.get()?)?.clone();
                Some(view! {
                    <header class="panel-head">
                        <h2 id="explain-title">{format!("How {} is made up", row.symbol)}</h2>
                        <p class="quiet">{format!("{} % of capital", percent(row.weight))}</p>
                    </header>
                    {breakdown(&blend, &row)}
                })
            }}
            {move || (app.blend.get().is_none() || selected.get().is_none()).then(|| view! {
                <h2 id="explain-title">"How a weight is made up"</h2>
                <p class="quiet">"Choose a symbol in the table of final weights."</p>
            })}
        </section>
    }
}

fn breakdown(blend: &Blend, row: &Weight) -> impl IntoView + use<> {
    let sum = |read: fn(&Contribution) -> f64| row.parts.iter().map(read).sum::<f64>();
    let lines = row
        .parts
        .iter()
        .map(|part| {
            let tag = blend.strategies[part.strategy].tag.clone();
            let name = tag.strategy.clone();
            view! {
                <tr>
                    <th scope="row"><TagMark tag/><span class="hidden">{name}</span></th>
                    <td class="number">{fixed(part.raw, 3)}</td>
                    <td class="number"><Percent value=Some(part.normalised)/></td>
                    <td class="number"><Change value=Some(part.capped)/></td>
                    <td class="number"><Change value=Some(part.redistributed)/></td>
                    <td class="number"><Change value=Some(part.scaled)/></td>
                    <td class="number"><Percent value=Some(part.value)/></td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <div class="scroll" role="region" tabindex="0" aria-label="Breakdown of the weight">
            <table class="sheet narrow" data-testid="explain">
                <caption class="hidden">{format!("How the weight of {} came about, in per cent of capital", row.symbol)}</caption>
                <thead><tr>
                    <th scope="col"><span class="hidden">"Strategy"</span></th>
                    <th scope="col" class="number">"Given"</th>
                    <th scope="col" class="number">"Before"</th>
                    <th scope="col" class="number">"Cap"</th>
                    <th scope="col" class="number">"Refill"</th>
                    <th scope="col" class="number">"Limits"</th>
                    <th scope="col" class="number">"Final"</th>
                </tr></thead>
                <tbody>{lines}</tbody>
                <tfoot><tr>
                    <th scope="row"><abbr title="Sum">"Σ"</abbr></th>
                    <td></td>
                    <td class="number"><span class="total">{percent(sum(|part| part.normalised))}</span></td>
                    <td class="number"><Change value=Some(sum(|part| part.capped))/></td>
                    <td class="number"><Change value=Some(sum(|part| part.redistributed))/></td>
                    <td class="number"><Change value=Some(sum(|part| part.scaled))/></td>
                    <td class="number"><span class="total">{percent(row.weight)}</span></td>
                </tr></tfoot>
            </table>
        </div>
        <p class="quiet">
            "Given: the weight that came in. Before: the strategy's share of capital times the row's share inside it. \
             Caps take, refill gives back to those with headroom, limits act on the whole portfolio. Every line adds up to its final weight."
        </p>
    }
}
