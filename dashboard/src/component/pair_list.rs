//! All pairs, the closest first.

use super::cells::TagMark;
use super::correlation::{interval, tag_of};
use super::pair::chosen;
use crate::app::App;
use crate::state::blend::{Blend, Pair};
use crate::state::explain::Subject;
use crate::state::number::{counted, fixed};
use crate::state::unknown::why;
use leptos::prelude::*;

/// Pairs listed at first.
const FIRST: usize = 7;
/// Pairs listed at most; the download holds all.
const SHOWN: usize = 300;

/// The list of pairs.
#[component]
pub fn PairList() -> impl IntoView {
    let app = App::here();
    let selected = app.memo(|model| model.look.pair.clone());
    let all = RwSignal::new(false);
    let threshold = Memo::new(move |_| app.config.with(|config| config.correlation.threshold));
    view! {
        {move || app.blend.get().and_then(|blend| {
            let correlations = blend.correlations.as_ref()?;
            let mut pairs = correlations.ranked();
            let count = pairs.len();
            let here = chosen(&blend, selected.get().as_ref()).map(|pair| (pair.a, pair.b));
            // The one that is chosen is among those shown.
            let chosen = pairs.iter().position(|pair| Some((pair.a, pair.b)) == here).map_or(0, |place| place + 1);
            pairs.truncate(if all.get() { SHOWN } else { FIRST }.max(chosen));
            let rows = pairs.iter().map(|pair| line(app, &blend, pair, here == Some((pair.a, pair.b)), threshold.get())).collect_view();
            let scope = format!("{} of {}, by ρ", pairs.len(), counted(count as u64, "pair", "pairs"));
            Some(view! {
                <section class="panel" aria-labelledby="pairs-title">
                    <header class="panel-head"><h2 id="pairs-title">"All pairs"</h2><p class="scope">{scope}</p></header>
                    <table class="sheet small pair-list banded" data-testid="pairs">
                        <caption class="hidden">"Correlation of every pair, the closest first"</caption>
                        <thead><tr>
                            <th scope="col">"Pair"</th>
                            <th scope="col" class="number">"ρ"</th>
                            <th scope="col" class="number">"95 % interval"</th>
                            <th scope="col"><span class="hidden">"State"</span></th>
                        </tr></thead>
                        <tbody>{rows}</tbody>
                    </table>
                    {(count > FIRST).then(|| view! {
                        <p class="buttons"><button type="button" class="link" on:click=move |_| all.update(|all| *all = !*all)>
                            {move || if all.get() { String::from("Show fewer") } else { format!("Show all {count}") }}
                        </button></p>
                    })}
                </section>
            })
        })}
    }
}

fn line(app: App, blend: &Blend, pair: &Pair, chosen: bool, threshold: f64) -> impl IntoView + use<> {
    let names = blend
        .correlations
        .as_ref()
        .map(|correlations| [pair.a, pair.b].map(|place| correlations.names.get(place).cloned().unwrap_or_default()));
    let [a, b] = names.unwrap_or_default();
    let (first, second) = (tag_of(blend, &a), tag_of(blend, &b));
    let label = format!("{} with {}", first.name(), second.name());
    let state = match pair.value {
        _ if pair.alert => view! { <b>"alert"</b> }.into_any(),
        None => view! { <span class="unknown">"unknown"</span> }.into_any(),
        Some(value) if threshold - value < 0.1 => view! { {format!("{} under", fixed(threshold - value, 2))} }.into_any(),
        Some(_) => ().into_any(),
    };
    let range = if pair.value.is_some() { interval(pair) } else { pair.reason.replace('_', " ") };
    let (name_a, name_b) = (a.clone(), b.clone());
    view! {
        <tr class:chosen=chosen data-a=name_a data-b=name_b>
            <th scope="row">
                <button type="button" aria-pressed=chosen.to_string() on:click=move |_| app.select(Subject::pair(&a, &b))>
                    <span aria-hidden="true"><TagMark tag=first/>" "<TagMark tag=second/></span>
                    <span class="hidden">{label.clone()}</span>
                </button>
            </th>
            <td class="number strong">{pair.value.map_or_else(|| String::from("·"), |value| fixed(value, 2))}</td>
            <td class="number faint" title=pair.value.is_none().then(|| why(&pair.reason))>{range}</td>
            <td class="state">{state}</td>
        </tr>
    }
}
