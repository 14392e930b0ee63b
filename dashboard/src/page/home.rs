//! The one page: inputs left, result in the middle, reasons right, capital always on top.

use crate::app::App;
use crate::component::capital_bar::CapitalBar;
use crate::component::correlation::Correlation;
use crate::component::diversification::Diversification;
use crate::component::downloads::Downloads;
use crate::component::dropzone::DropAnywhere;
use crate::component::explain::Explain;
use crate::component::faults::Faults;
use crate::component::files::Files;
use crate::component::heat::Heat;
use crate::component::mapping::Mapping;
use crate::component::notices::Notices;
use crate::component::parameters::{Limits, Method};
use crate::component::strategies::Strategies;
use crate::component::weights::Weights;
use crate::state::file::FileKey;
use crate::state::model::{Engine, Event, Model, Sample};
use crate::state::number::{counted, fixed};
use crate::state::problem::Problem;
use leptos::prelude::*;

/// The page.
#[component]
pub fn Home() -> impl IntoView {
    let app = App::here();
    let announcement = app.memo(|model| model.announcement.clone());
    view! {
        <a class="skip" href="#result">"Skip to the result"</a>
        <header class="head">
            <h1>"Multi-Alpha Allocator"</h1>
            <nav aria-label="Parts of the page">
                <a href="#result">"Blend"</a>
                <a href="#correlation">"Correlation"</a>
                <a href="#data">"Data"</a>
            </nav>
            <Busy/>
        </header>
        <CapitalBar/>
        <div class="columns">
            <div class="inputs" role="region" aria-label="Inputs">
                <Files/>
                <Strategies/>
                <Method/>
                <Limits/>
            </div>
            <main id="result" tabindex="-1">
                <Refusals/>
                <Weights/>
                <Heat/>
                <Correlation/>
                <Mapping/>
            </main>
            <aside class="why" aria-label="Reasons">
                <Explain/>
                <Notices/>
                <Diversification/>
                <Downloads/>
            </aside>
        </div>
        <Foot/>
        <DropAnywhere/>
        <div class="hidden" role="status" aria-live="polite" data-testid="announcement">{announcement}</div>
    }
}

/// Says that something takes long, and lets it be stopped.
#[component]
fn Busy() -> impl IntoView {
    let app = App::here();
    let busy = app.memo(Model::is_busy);
    view! {
        <p class="busy" class:shown=busy>
            <span>"Working …"</span>
            <button type="button" prop:disabled=move || !busy.get() on:click=move |_| app.dispatch(Event::Stopped)>"Stop"</button>
        </p>
    }
}

/// What was refused, in the place of a new result; the former one stays below.
#[component]
fn Refusals() -> impl IntoView {
    let app = App::here();
    let refusal = app.memo(|model| model.refusal.clone());
    let sample = app.memo(|model| match &model.sample {
        Sample::Failed(problem) => Some(problem.clone()),
        _ => None,
    });
    let files = app.memo(|model| {
        model.refused_files().map(|(file, problem)| (file.key, file.name.clone(), problem.clone())).collect::<Vec<_>>()
    });
    view! {
        <div role="alert" class="refusals" data-testid="refusals">
            {move || refusal.get().map(|problem| view! {
                <section class="refusal">
                    <h2>"These settings give no allocation"</h2>
                    <p>"What is shown below is the former result."</p>
                    <Faults problem limit=5/>
                </section>
            })}
            {move || sample.get().map(|problem| view! {
                <section class="refusal">
                    <h2>"The sample data could not be read"</h2>
                    <p>"Add files of your own to go on."</p>
                    <Faults problem limit=5/>
                </section>
            })}
            {move || files.get().into_iter().map(refused_file).collect_view()}
        </div>
    }
}

fn refused_file((key, name, problem): (FileKey, String, Problem)) -> impl IntoView {
    let app = App::here();
    let title = format!("{name} is not used: {}", counted(problem.count(), "problem", "problems"));
    view! {
        <section class="refusal" data-file=name>
            <h2>{title}</h2>
            <p>"The allocation below is still the former one."</p>
            <Faults problem limit=3/>
            <p class="buttons">
                <a href="#data" on:click=move |_| app.dispatch(Event::Looked(Some(key)))>"See how it was read"</a>
                <button type="button" on:click=move |_| app.dispatch(Event::Removed(key))>"Remove it"</button>
            </p>
        </section>
    }
}

#[component]
fn Foot() -> impl IntoView {
    let app = App::here();
    let engine = app.memo(|model| (model.engine.clone(), model.restarts));
    let took = app.memo(|model| model.milliseconds);
    let sample = app.memo(|model| model.sample != Sample::Off);
    view! {
        <footer class="foot">
            <span data-testid="engine" data-restarts=move || engine.get().1.to_string()>{move || match engine.get().0 {
                Engine::Starting => String::from("Engine starts …"),
                Engine::Running { version } => format!("Engine {version} runs"),
                Engine::Gone => String::from("Engine is gone: reload the page"),
            }}</span>
            <span>{move || app.blend.get().map(|blend| format!(
                "Computed in {} ms, {} × {}",
                fixed(took.get(), 1),
                counted(blend.strategies.len() as u64, "strategy", "strategies"),
                counted(blend.weights.len() as u64, "symbol", "symbols"),
            ))}</span>
            <span>{move || sample.get().then_some("Source: ECB statistics")}</span>
            <span class="far">"Local: nothing has left this browser"</span>
        </footer>
    }
}
