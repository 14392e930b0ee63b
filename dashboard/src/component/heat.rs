//! Strategy × symbol: which strategy puts how much into what.

use super::cells::TagMark;
use crate::app::App;
use crate::state::blend::Blend;
use crate::state::number::percent;
use leptos::prelude::*;

/// Columns on the page; the download holds all.
const COLUMNS: usize = 40;

/// The table of contributions.
#[component]
pub fn Heat() -> impl IntoView {
    let blend = App::here().blend;
    view! {
        <section class="panel" aria-labelledby="heat-title">
            <header class="panel-head">
                <h2 id="heat-title">"Strategy × symbol"</h2>
                <p class="quiet">"contribution to final weight, %"</p>
            </header>
            {move || blend.get().map(|blend| matrix(&blend))}
        </section>
    }
}

fn matrix(blend: &Blend) -> impl IntoView + use<> {
    let mut columns: Vec<&crate::state::blend::Weight> = blend.weights.iter().take(COLUMNS).collect();
    columns.sort_by(|a, b| a.symbol.cmp(&b.symbol));
    let largest = columns.iter().flat_map(|row| &row.parts).map(|part| part.value.abs()).fold(0.0, f64::max);
    let lines = blend
        .strategies
        .iter()
        .enumerate()
        .map(|(index, strategy)| {
            let cells = columns
                .iter()
                .map(|row| match blend.part(row, index).filter(|value| *value != 0.0) {
                    None => view! { <td class="number absent">"·"</td> }.into_any(),
                    Some(value) => {
                        let heat = if largest > 0.0 { value.abs() / largest } else { 0.0 };
                        view! {
                            <td
                                class=format!("number heat h{}", strategy.tag.colour)
                                class:negative={value < 0.0}
                                style:--heat-here=format!("{:.3}", heat.sqrt())
                            >{percent(value)}</td>
                        }
                        .into_any()
                    }
                })
                .collect_view();
            view! {
                <tr>
                    <th scope="row"><TagMark tag=strategy.tag.clone()/><span class="name">{strategy.tag.strategy.clone()}</span></th>
                    {cells}
                    <td class="number strong">{percent(strategy.weight)}</td>
                </tr>
            }
        })
        .collect_view();
    let hidden = blend.weights.len().saturating_sub(COLUMNS);
    view! {
        <div class="scroll" role="region" tabindex="0" aria-label="Table of contributions">
            <table class="sheet matrix" data-testid="heat">
                <caption class="hidden">"Contribution of each strategy to each symbol, in per cent of capital"</caption>
                <thead><tr>
                    <th scope="col">"Strategy"</th>
                    {columns.iter().map(|row| view! { <th scope="col" class="number">{row.symbol.clone()}</th> }).collect_view()}
                    <th scope="col" class="number">"Gross"</th>
                </tr></thead>
                <tbody>{lines}</tbody>
                <tfoot><tr>
                    <th scope="row">"Final weight"</th>
                    {columns.iter().map(|row| view! { <td class="number">{percent(row.weight)}</td> }).collect_view()}
                    <td class="number"><span class="total">{percent(blend.totals.gross)}</span></td>
                </tr></tfoot>
            </table>
        </div>
        {(hidden > 0).then(|| view! { <p class="quiet">{format!("The {COLUMNS} largest symbols; {hidden} more are in the downloads.")}</p> })}
    }
}
