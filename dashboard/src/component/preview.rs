//! What the file that is looked at will give: a bar for each symbol.

use super::panel::PanelHead;
use crate::app::App;
use crate::state::number::{counted, percent};
use crate::state::preview::Preview as Weights;
use leptos::prelude::*;

/// Bars at most; the rest is counted.
const BARS: usize = 16;

/// The weights that the file gives, or would give when mended as proposed.
#[component]
pub fn Preview() -> impl IntoView {
    let app = App::here();
    let shown = app.memo(|model| {
        let key = model.looked_at?;
        model.files.iter().find(|file| file.key == key).and_then(Weights::of)
    });
    move || {
        let Weights { weights, is_proposed } = shown.get()?;
        let symbols = counted(weights.len() as u64, "symbol", "symbols");
        let scope = if is_proposed {
            format!("weights in %, if all is mended as proposed; {symbols}")
        } else {
            format!("weights in % of the strategy; {symbols}")
        };
        let largest = weights.first().map_or(1.0, |(_, weight)| weight.abs());
        let more = weights.len().saturating_sub(BARS);
        Some(view! {
            <section class="panel" aria-labelledby="preview-title" data-testid="preview">
                <PanelHead id="preview-title" title="Preview" scope=Signal::derive(move || scope.clone())/>
                <ol class="preview" tabindex="0" aria-labelledby="preview-title">{weights.into_iter().take(BARS).map(|(symbol, weight)| view! {
                    <li>
                        <span>{symbol}</span>
                        <span class="column" aria-hidden="true"><i style:height=format!("{:.1}%", weight.abs() / largest * 100.0)></i></span>
                        <b>{percent(weight)}</b>
                    </li>
                }).collect_view()}</ol>
                {(more > 0).then(|| view! { <p class="say">{format!("{more} smaller ones are not drawn.")}</p> })}
            </section>
        })
    }
}
