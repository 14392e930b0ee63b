//! How the strategies move together: values below the diagonal, intervals above.

use crate::app::App;
use crate::state::blend::{Correlations, heat};
use crate::state::number::fixed;
use crate::state::tag::tags;
use leptos::prelude::*;

/// The matrix of correlations.
#[component]
pub fn Correlation() -> impl IntoView {
    let blend = App::here().blend;
    view! {
        <section class="panel" id="correlation" aria-labelledby="correlation-title">
            <header class="panel-head">
                <h2 id="correlation-title">"Correlation of strategies"</h2>
                <p class="quiet">"ρ below the diagonal, shared days and 95 % interval above"</p>
            </header>
            {move || blend.get().map(|blend| match &blend.correlations {
                Some(correlations) => matrix(correlations).into_any(),
                None => view! {
                    <p class="quiet">"Unknown: no returns of the strategies are loaded. Add a file with a date column and one column of returns per strategy."</p>
                }.into_any(),
            })}
        </section>
    }
}

fn matrix(correlations: &Correlations) -> impl IntoView + use<> {
    let marks = tags(&correlations.names);
    let size = correlations.names.len();
    let cell = |row: usize, column: usize| {
        let pair = correlations.pair(row, column);
        let value = pair.and_then(|pair| pair.value);
        if row == column {
            return view! { <td class="number diagonal">"1"</td> }.into_any();
        }
        let Some(pair) = pair else {
            return view! { <td class="number absent">"·"</td> }.into_any();
        };
        if row < column {
            let interval = match (pair.low, pair.high) {
                (Some(low), Some(high)) => format!("{} to {}", fixed(low, 2), fixed(high, 2)),
                _ => pair.reason.clone(),
            };
            return view! { <td class="number interval">{format!("n {}", pair.n)}<br/>{interval}</td> }.into_any();
        }
        match (value, heat(value)) {
            (Some(value), Some(step)) => {
                let class = match step {
                    0 => String::from("number rho d0"),
                    step if step < 0 => format!("number rho dn{}", -step),
                    step => format!("number rho dp{step}"),
                };
                view! {
                    <td class=class title=pair.p_value.map(|p| format!("p = {}", fixed(p, 4)))>
                        {fixed(value, 2)}
                        {pair.alert.then(|| view! { <span class="alert-mark" title="above the threshold">" !"<span class="hidden">" alert"</span></span> })}
                    </td>
                }
                .into_any()
            }
            _ => view! { <td class="number unknown" title=pair.reason.clone()>"unknown"</td> }.into_any(),
        }
    };
    let lines = (0..size)
        .map(|row| {
            view! {
                <tr>
                    <th scope="row">
                        <abbr class="tag plain" title=correlations.names[row].clone()>{marks[row].letters.clone()}</abbr>
                        <span class="name">{correlations.names[row].clone()}</span>
                    </th>
                    {(0..size).map(|column| cell(row, column)).collect_view()}
                </tr>
            }
        })
        .collect_view();
    view! {
        <div class="scroll" role="region" tabindex="0" aria-label="Table of correlations">
            <table class="sheet matrix" data-testid="correlation">
                <caption class="hidden">"Pairwise correlation of the strategies' returns"</caption>
                <thead><tr>
                    <th scope="col">"Strategy"</th>
                    {marks.iter().map(|mark| view! {
                        <th scope="col" class="number"><abbr title=mark.strategy.clone()>{mark.letters.clone()}</abbr></th>
                    }).collect_view()}
                </tr></thead>
                <tbody>{lines}</tbody>
            </table>
        </div>
        <p class="quiet">{match correlations.average {
            Some(average) => format!("Average of the known pairs: {}.", fixed(average, 2)),
            None => String::from("The average is unknown."),
        }}</p>
    }
}
