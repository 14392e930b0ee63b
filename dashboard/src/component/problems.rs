//! The problems of the file that is looked at, each with its mend.

use super::icon::Icon;
use crate::app::App;
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
        Some((file.name.clone(), file.problem().cloned().unwrap_or_default()))
    });
    view! {
        <section class="panel" aria-labelledby="problems-title">
            {move || match shown.get() {
                None => view! {
                    <header class="panel-head"><h2 id="problems-title">"Problems"</h2></header>
                    <p class="quiet">"The sample data has none."</p>
                }.into_any(),
                Some((name, problem)) => list(&name, problem).into_any(),
            }}
        </section>
    }
}

fn list(name: &str, problem: Problem) -> impl IntoView + use<> {
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
            {problem.faults.into_iter().take(SHOWN).map(|fault| view! {
                <li class="bad">
                    <Icon name="warning"/>
                    <b>{fault.message}</b>
                    <p>{fault.hint}</p>
                    <p class="place"><code>{fault.path}</code><code>{fault.code}</code></p>
                </li>
            }).collect_view()}
        </ul>
        {(more > 0).then(|| view! { <p class="quiet">{format!("… and {} more.", count(more))}</p> })}
        {stops.then(|| view! { <p class="say"><b>"Until then "</b>"the allocation above uses the strategies that are complete. This file is not in it."</p> })}
    }
}
