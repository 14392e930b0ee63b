//! Final weights as areas: a block for each strategy, in it a tile for each symbol.

use super::cells::colour;
use crate::app::App;
use crate::state::blend::Blend;
use crate::state::explain::Subject;
use crate::state::number::percent;
use crate::state::same::Same;
use crate::state::treemap::{Tile, squarify};
use leptos::prelude::*;

/// Tiles drawn in one block; the rest is one tile together.
const TILES: usize = 60;

/// Width over height of the drawing, roughly: it is stretched to the room there is.
const ROOM: Tile = Tile { x: 0.0, y: 0.0, width: 160.0, height: 100.0 };

/// The areas. Shares are absolute: a short position has its area too, hollow and with its minus.
#[component]
pub fn Treemap(
    /// The answer.
    blend: Same<Blend>,
) -> impl IntoView {
    let app = App::here();
    let selected = app.memo(|model| match &model.selected {
        Some(Subject::Symbol(symbol)) => Some(symbol.clone()),
        _ => None,
    });
    let mut blocks: Vec<(usize, f64)> = Vec::new();
    for (place, _) in blend.strategies.iter().enumerate() {
        let gross: f64 = blend.weights.iter().filter_map(|row| blend.part(row, place)).map(f64::abs).sum();
        blocks.push((place, gross));
    }
    blocks.sort_by(|a, b| b.1.total_cmp(&a.1));
    let areas: Vec<f64> = blocks.iter().map(|(_, gross)| *gross).collect();
    let tiles: Vec<_> = squarify(&areas, ROOM)
        .into_iter()
        .zip(&blocks)
        .filter(|(tile, _)| tile.width > 0.0)
        .flat_map(|(room, (place, _))| block(app, &blend, *place, room, selected))
        .collect();
    view! {
        <div class="treemap" role="group" aria-label="Final weights as areas, one block for each strategy">{tiles}</div>
        <p class="say">"Area: absolute share of capital. One block of tiles for each strategy; hollow tiles are held short."</p>
    }
}

fn block(app: App, blend: &Blend, place: usize, room: Tile, selected: Memo<Option<String>>) -> Vec<AnyView> {
    let Some(strategy) = blend.strategies.get(place) else { return Vec::new() };
    let mut parts: Vec<(&str, f64)> = blend
        .weights
        .iter()
        .filter_map(|row| Some((row.symbol.as_str(), blend.part(row, place)?)))
        .filter(|(_, value)| *value != 0.0)
        .collect();
    parts.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
    let rest: f64 = parts.iter().skip(TILES).map(|(_, value)| value.abs()).sum();
    let hidden = parts.len().saturating_sub(TILES);
    parts.truncate(TILES);
    let mut areas: Vec<f64> = parts.iter().map(|(_, value)| value.abs()).collect();
    if hidden > 0 {
        areas.push(rest);
    }
    let letters = &strategy.tag.letters;
    let class = colour(&strategy.tag);
    squarify(&areas, room)
        .into_iter()
        .enumerate()
        .map(|(index, tile)| {
            let (symbol, value) = parts.get(index).map_or((None, rest), |(symbol, value)| (Some((*symbol).to_owned()), *value));
            let name = symbol.clone().unwrap_or_else(|| format!("{hidden} more"));
            let big = tile.width > 11.0 && tile.height > 8.0;
            let some = tile.width > 6.0 && tile.height > 4.0;
            let short = if value < 0.0 { " short" } else { "" };
            let label = format!("{name}, {}: {} %", strategy.tag.name(), percent(value));
            let here = symbol.clone();
            view! {
                <button
                    type="button"
                    class=format!("{class}{short}")
                    style:left=format!("{:.3}%", tile.x / ROOM.width * 100.0)
                    style:top=format!("{:.3}%", tile.y / ROOM.height * 100.0)
                    style:width=format!("{:.3}%", tile.width / ROOM.width * 100.0)
                    style:height=format!("{:.3}%", tile.height / ROOM.height * 100.0)
                    title=label.clone()
                    aria-pressed=move || (here.is_some() && selected.with(|selected| *selected == here)).to_string()
                    on:click=move |_| {
                        if let Some(symbol) = &symbol {
                            app.select(Subject::Symbol(symbol.clone()));
                        }
                    }
                >
                    {some.then(|| view! { <b aria-hidden="true">{name}</b> })}
                    {big.then(|| view! { <span aria-hidden="true">{letters.clone()}" "{percent(value)}</span> })}
                    <span class="hidden">{label.clone()}</span>
                </button>
            }
            .into_any()
        })
        .collect()
}
