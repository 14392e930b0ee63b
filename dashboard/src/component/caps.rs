//! What the caps did: what each strategy asked for, what it holds, and where the difference went.

use super::cells::{Change, Percent, TagMark, Total, colour};
use super::panel::PanelHead;
use crate::app::App;
use crate::frame::Frame;
use crate::state::blend::Blend;
use crate::state::explain::{Subject, caps_did, foots};
use crate::state::number::percent;
use leptos::prelude::*;

/// Strategies before and after caps.
#[component]
pub fn Caps() -> impl IntoView {
    let (app, frame) = (App::here(), Frame::here());
    let cap = app.memo(|model| model.config.per_strategy_max);
    view! {
        <section class="panel" aria-labelledby="caps-title">
            <PanelHead id="caps-title" title="What the caps did" scope=Signal::derive(|| String::from("per strategy, %"))/>
            {move || app.blend.get().map(|blend| table(app, &blend, cap.get(), frame.tables.get()))}
        </section>
    }
}

fn table(app: App, blend: &Blend, cap: f64, plain: bool) -> impl IntoView + use<> {
    let asked: Vec<f64> = (0..blend.strategies.len()).map(|place| blend.asked(place).unwrap_or(0.0)).collect();
    let held: Vec<f64> = blend.strategies.iter().map(|strategy| strategy.weight).collect();
    let largest = asked.iter().chain(&held).copied().fold(0.0, f64::max);
    let top = if cap < 1.6 * largest { largest.max(cap) } else { largest };
    let at = move |value: f64| format!("{:.2}%", if top > 0.0 { value / top * 90.0 + 5.0 } else { 5.0 });
    let (before, after): (f64, f64) = (asked.iter().sum(), held.iter().sum());
    let rows = blend
        .strategies
        .iter()
        .zip(&asked)
        .map(|(strategy, asked)| {
            let (asked, is) = (*asked, strategy.weight);
            let id = strategy.tag.strategy.clone();
            let limit = strategy.cap.filter(|cap| *cap <= top).map(at);
            let label = format!("Explain {}", strategy.tag.name());
            view! {
                <tr>
                    <th scope="row"><button type="button" on:click=move |_| app.select(Subject::Strategy(id.clone()))><span aria-hidden="true"><TagMark tag=strategy.tag.clone()/></span><span class="hidden">{label}</span></button></th>
                    <td class="number faint"><Percent value=Some(asked)/></td>
                    {(!plain).then(|| view! {
                        <td class="barc"><div class="dots" aria-hidden="true">
                            {limit.map(|left| view! { <i class="limit" style:left=left></i> })}
                            <i class="path" style:left=at(asked.min(is)) style:width=format!("{:.2}%", if top > 0.0 { (asked - is).abs() / top * 90.0 } else { 0.0 })></i>
                            <i class="was" style:left=at(asked)></i>
                            <i class=format!("is {}", colour(&strategy.tag)) style:left=at(is)></i>
                        </div></td>
                    })}
                    {plain.then(|| view! { <td class="number"><Percent value=strategy.cap/></td> })}
                    <td class="number">
                        {strategy.at_cap.then(|| view! { <abbr class="chip" title="Held at its cap" style="margin:0 4px 0 0">"cap"</abbr> })}
                        <Percent value=Some(is)/>
                    </td>
                    <td class="number"><Change value=Some(is - asked)/></td>
                </tr>
            }
        })
        .collect_view();
    let foots_before = foots(asked.iter().copied(), before);
    let foots_after = foots(held.iter().copied(), after);
    let words = caps_did(blend).unwrap_or_else(|| String::from("No strategy is held back by its cap."));
    view! {
        <table class="sheet caps striped" data-testid="caps">
            <caption class="hidden">"Share of each strategy before and after caps, in per cent of capital"</caption>
            <thead><tr>
                <th scope="col"><span class="hidden">"Strategy"</span></th>
                <th scope="col" class="number">"Before"</th>
                <th scope="col" class="middle">{if plain { String::from("Cap") } else { format!("Cap at {}", percent(cap).trim_end_matches(".00")) }}</th>
                <th scope="col" class="number">"After"</th>
                <th scope="col" class="number">"Moved"</th>
            </tr></thead>
            <tbody>{rows}</tbody>
            <tfoot><tr>
                <th scope="row"><abbr title="Sum">"Σ"</abbr></th>
                <td class="number"><Total value=before foots=foots_before/></td>
                <td></td>
                <td class="number"><Total value=after foots=foots_after/></td>
                <td class="number"><Total value=after - before/></td>
            </tr></tfoot>
        </table>
        <p class="say">{words}</p>
    }
}
