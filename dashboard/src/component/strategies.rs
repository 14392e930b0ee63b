//! The strategies of the answer with their shares.

use super::cells::{Percent, TagMark};
use crate::app::App;
use crate::state::number::percent;
use leptos::prelude::*;

/// A table of strategies.
#[component]
pub fn Strategies() -> impl IntoView {
    let blend = App::here().blend;
    view! {
        <section class="panel" aria-labelledby="strategies-title">
            <h2 id="strategies-title">"Strategies"</h2>
            {move || blend.get().map(|blend| {
                let sum: f64 = blend.strategies.iter().map(|strategy| strategy.weight).sum();
                view! {
                    <table class="sheet strategies" data-testid="strategies">
                        <caption class="hidden">"Share of capital that each strategy holds, in per cent"</caption>
                        <thead><tr>
                            <th scope="col">"Strategy"</th>
                            <th scope="col" class="number" title="Share of capital before caps">"Before"</th>
                            <th scope="col" class="number">"After %"</th>
                        </tr></thead>
                        <tbody>
                            {blend.strategies.iter().map(|strategy| view! {
                                <tr>
                                    <th scope="row">
                                        <TagMark tag=strategy.tag.clone()/>
                                        <span class="name" title=strategy.tag.strategy.clone()>{strategy.tag.strategy.clone()}</span>
                                        {strategy.at_cap.then(|| view! { <span class="chip">"cap"</span> })}
                                        {(!strategy.active).then(|| view! { <span class="chip">"no position"</span> })}
                                        {(!strategy.statistic.is_empty()).then(|| view! {
                                            <span class="statistic">{strategy.statistic.clone()}</span>
                                        })}
                                        {(!strategy.unknown.is_empty()).then(|| view! {
                                            <span class="chip" title=strategy.unknown.clone()>"unknown"</span>
                                        })}
                                    </th>
                                    <td class="number"><Percent value=strategy.before/></td>
                                    <td class="number"><Percent value=Some(strategy.weight)/></td>
                                </tr>
                            }).collect_view()}
                        </tbody>
                        <tfoot><tr>
                            <th scope="row">"Total"</th>
                            <td></td>
                            <td class="number"><span class="total">{percent(sum)}</span></td>
                        </tr></tfoot>
                    </table>
                }
            })}
        </section>
    }
}
