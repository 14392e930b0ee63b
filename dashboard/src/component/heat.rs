//! Strategy × symbol: which strategy puts how much into what.

use super::cells::{Percent, TagMark, Total};
use super::panel::PanelHead;
use crate::app::App;
use crate::state::blend::{Blend, Weight};
use crate::state::explain::{self, Subject};
use crate::state::model::{Event, ResultFormat};
use crate::state::number::percent;
use leptos::prelude::*;

/// Columns on the page; the download holds all.
const COLUMNS: usize = 40;

/// The table of contributions.
#[component]
pub fn Heat() -> impl IntoView {
    let app = App::here();
    let selected = app.memo(|model| match &model.selected {
        Some(Subject::Symbol(symbol)) => Some(symbol.clone()),
        _ => None,
    });
    view! {
        <section class="panel" aria-labelledby="heat-title">
            <PanelHead
                id="heat-title"
                title="Strategy × symbol"
                scope=Signal::derive(|| String::from("contribution to final weight, %"))
                download=Callback::new(move |()| app.dispatch(Event::ResultWanted(ResultFormat::Csv)))
            />
            {move || app.blend.get().map(|blend| matrix(app, &blend, selected.get().as_deref()))}
        </section>
    }
}

fn matrix(app: App, blend: &Blend, selected: Option<&str>) -> impl IntoView + use<> {
    let mut columns: Vec<&Weight> = blend.weights.iter().take(COLUMNS).collect();
    columns.sort_by(|a, b| a.symbol.cmp(&b.symbol));
    let largest = columns.iter().flat_map(|row| row.parts.iter()).map(|part| part.value.abs()).fold(0.0, f64::max);
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
                        let here = if largest > 0.0 { value.abs() / largest } else { 0.0 };
                        view! {
                            <td class=format!("number heat h{}", strategy.tag.colour) class:negative={value < 0.0} style:--here=format!("{here:.3}")>
                                {percent(value)}
                            </td>
                        }
                        .into_any()
                    }
                })
                .collect_view();
            view! {
                <tr>
                    <th scope="row"><TagMark tag=strategy.tag.clone()/><span class="name">{strategy.tag.name()}</span></th>
                    {cells}
                    <td class="number strong"><Percent value=Some(strategy.weight)/></td>
                </tr>
            }
        })
        .collect_view();
    let heads = columns
        .iter()
        .map(|row| {
            let symbol = row.symbol.clone();
            let chosen = selected == Some(symbol.as_str());
            let choose = {
                let symbol = symbol.clone();
                move |_| app.select(Subject::Symbol(symbol.clone()))
            };
            view! { <th scope="col" class="number"><button type="button" class="sort" data-sorted=chosen.to_string() on:click=choose>{symbol}</button></th> }
        })
        .collect_view();
    let hidden = blend.weights.len().saturating_sub(COLUMNS);
    let foots = explain::foots(blend.strategies.iter().map(|strategy| strategy.weight), blend.totals.gross);
    view! {
        <div class="scroll" role="region" tabindex="0" aria-label="Table of contributions">
            <table class="sheet matrix" data-testid="heat">
                <caption class="hidden">"Contribution of each strategy to each symbol, in per cent of capital"</caption>
                <thead><tr>
                    <th scope="col"><span class="hidden">"Strategy"</span></th>
                    {heads}
                    <th scope="col" class="number">"Gross"</th>
                </tr></thead>
                <tbody>{lines}</tbody>
                <tfoot><tr>
                    <th scope="row">"Final"</th>
                    {columns.iter().map(|row| view! { <td class="number strong"><Percent value=Some(row.weight)/></td> }).collect_view()}
                    <td class="number"><Total value=blend.totals.gross foots=foots/></td>
                </tr></tfoot>
            </table>
        </div>
        {blend.netted_words().map(|words| view! { <p class="say">{format!("{words} The last figure is what the portfolio holds.")}</p> })}
        {(hidden > 0).then(|| view! { <p class="say">{format!("The {COLUMNS} largest symbols; {hidden} more are in the download.")}</p> })}
    }
}
