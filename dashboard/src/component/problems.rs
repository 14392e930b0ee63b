//! The problems of the file that is looked at, each with its mend.

use super::icon::Icon;
use super::mending::Picked;
use crate::app::App;
use crate::frame::Frame;
use crate::state::file::{FileKey, Place};
use crate::state::number::{count, counted};
use crate::state::problem::Problem;
use leptos::prelude::*;

/// Problems listed; the rest is counted.
const SHOWN: usize = 50;

/// Problems, worth knowing, and what holds until they are mended.
#[component]
pub fn Problems() -> impl IntoView {
    let app = App::here();
    let shown = app.memo(|model| {
        let file = model.files.iter().find(|file| Some(file.key) == model.looked_at)?;
        let places = file.report().map(|report| report.places.clone()).unwrap_or_default();
        Some((file.key, file.name.clone(), file.problem().cloned().unwrap_or_default(), places))
    });
    view! {
        <section class="panel" aria-labelledby="problems-title">
            {move || match shown.get() {
                None => view! {
                    <header class="panel-head"><h2 id="problems-title">"Problems"</h2></header>
                    <p class="quiet">"The sample data has none."</p>
                }.into_any(),
                Some((key, name, problem, places)) => list(key, &name, problem, places).into_any(),
            }}
        </section>
    }
}

fn list(key: FileKey, name: &str, problem: Problem, places: Vec<Option<Place>>) -> impl IntoView + use<> {
    let (picked, frame) = (Picked::here(), Frame::here());
    let places = places.into_iter().chain(std::iter::repeat(None));
    let scope = if problem.count() == 0 {
        format!("none in {name}")
    } else {
        format!("{} in {name}", counted(problem.count(), "problem", "problems"))
    };
    let more = problem.count().saturating_sub(problem.faults.len().min(SHOWN) as u64);
    let stops = problem.count() > 0;
    view! {
        <header class="panel-head"><h2 id="problems-title">"Problems"</h2><p class="scope" title=scope.clone()>{scope.clone()}</p></header>
        <ul class="notices" data-testid="problems">
            {problem.faults.into_iter().zip(places).take(SHOWN).map(|(fault, place)| view! {
                <li class="bad">
                    <Icon name="warning"/>
                    <b>{fault.message}</b>
                    <p>{fault.hint}</p>
                    <p class="place"><code>{fault.path}</code><code>{fault.code}</code></p>
                    {place.and_then(|place| Some((place.row?, place.column))).map(|cell| view! {
                        <p class="buttons"><button type="button" class="link" on:click=move |_| picked.go_to(frame, key, cell)>"Go to the cell"</button></p>
                    })}
                </li>
            }).collect_view()}
        </ul>
        {(more > 0).then(|| view! { <p class="quiet">{format!("… and {} more.", count(more))}</p> })}
        {stops.then(|| view! { <p class="say"><b>"Until then "</b>"the allocation above uses the strategies that are complete. This file is not in it."</p> })}
    }
}
