//! Final weights: one row for each symbol, a bar of the strategies that hold it, the number.

use super::cells::{Percent, colour};
use crate::app::App;
use crate::state::blend::{Blend, Weight};
use crate::state::model::Event;
use crate::state::number::{count, percent};
use leptos::prelude::*;
use std::sync::Arc;

/// Rows on the page; the download holds all.
const ROWS: usize = 200;

/// The table of final weights.
#[component]
pub fn Weights() -> impl IntoView {
    let app = App::here();
    let selected = app.memo(|model| model.selected.clone());
    view! {
        <section class="panel" aria-labelledby="weights-title">
            <header class="panel-head">
                <h2 id="weights-title">"Final weights"</h2>
                <p class="quiet">"sorted by size; choose a symbol to see how it is made up"</p>
            </header>
            {move || app.blend.get().map(|blend| table(app, selected, &blend))}
        </section>
    }
}

/// Where zero lies in a bar and how far one unit of weight reaches, in per cent of the bar's width.
#[derive(Clone, Copy)]
struct Scale {
    zero: f64,
    unit: f64,
}

impl Scale {
    fn of(blend: &Blend) -> Self {
        let high = blend.weights.iter().map(|row| row.weight).fold(0.0, f64::max);
        let low = blend.weights.iter().map(|row| -row.weight).fold(0.0, f64::max);
        let span = if high + low > 0.0 { high + low } else { 1.0 };
        Scale { zero: low / span * 100.0, unit: 100.0 / span }
    }
}

fn table(app: App, selected: Memo<Option<String>>, blend: &Arc<Blend>) -> impl IntoView + use<> {
    let scale = Scale::of(blend);
    let rows = blend.weights.iter().take(ROWS).map(|row| line(app, selected, blend, row, scale)).collect_view();
    let hidden = blend.weights.len().saturating_sub(ROWS);
    let count_text = format!("{} symbols", count(blend.weights.len() as u64));
    let target = blend.totals.net;
    view! {
        <table class="sheet weights" data-testid="weights">
            <caption class="hidden">"Final weight of each symbol in per cent of capital, by strategy"</caption>
            <thead><tr>
                <th scope="col">"Symbol"</th>
                <th scope="col" class="wide">"By strategy"</th>
                <th scope="col" class="number">"Weight %"</th>
                <th scope="col" class="number">"Held by"</th>
            </tr></thead>
            <tbody>{rows}</tbody>
            <tfoot><tr>
                <th scope="row" colspan="2">{count_text}", net"</th>
                <td class="number"><span class="total">{percent(target)}</span></td>
                <td></td>
            </tr></tfoot>
        </table>
        {blend.weights.is_empty().then(|| view! { <p>"No symbol is held."</p> })}
        {(hidden > 0).then(|| view! {
            <p class="quiet">{format!("The {} largest are shown, {} more are in the downloads.", ROWS, count(hidden as u64))}</p>
        })}
    }
}

fn line(app: App, selected: Memo<Option<String>>, blend: &Arc<Blend>, row: &Weight, scale: Scale) -> impl IntoView + use<> {
    let symbol = row.symbol.clone();
    let chosen = symbol.clone();
    let is_chosen = Memo::new(move |_| selected.with(|selected| selected.as_deref() == Some(chosen.as_str())));
    let choose = {
        let symbol = symbol.clone();
        move |_| app.dispatch(Event::Selected(Some(symbol.clone())))
    };
    let name = symbol.clone();
    view! {
        <tr class:chosen=is_chosen data-symbol=name>
            <th scope="row">
                <button type="button" class="row-button" aria-pressed=move || is_chosen.get().to_string() on:click=choose>{symbol}</button>
            </th>
            <td class="wide"><div class="bar" aria-hidden="true">{bar(blend, row, scale)}</div></td>
            <td class="number"><Percent value=Some(row.weight)/></td>
            <td class="number">{row.parts.len()}</td>
        </tr>
    }
}

/// Segments of the strategies where all pull one way; one net segment where they oppose each other.
fn bar(blend: &Blend, row: &Weight, scale: Scale) -> impl IntoView + use<> {
    let negative = row.weight < 0.0;
    let one_way = row.parts.iter().all(|part| part.value == 0.0 || (part.value < 0.0) == negative);
    let segment = |from: f64, share: f64, class: String, letters: String| {
        let width = share.abs() * scale.unit;
        let left = if negative { scale.zero - from * scale.unit - width } else { scale.zero + from * scale.unit };
        view! {
            <span class=class style:left=format!("{left:.3}%") style:width=format!("{width:.3}%")>
                {if width > 9.0 { letters } else { String::new() }}
            </span>
        }
    };
    if !one_way {
        return vec![segment(0.0, row.weight, String::from("part net"), String::from("net"))];
    }
    let mut from = 0.0;
    row.parts
        .iter()
        .map(|part| {
            let tag = &blend.strategies[part.strategy].tag;
            let view = segment(from, part.value, format!("part {}", colour(tag)), tag.letters.clone());
            from += part.value.abs();
            view
        })
        .collect()
}
