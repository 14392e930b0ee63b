//! The foot: how the result came about, from what, and where it went.

use crate::app::App;
use crate::state::model::{Engine, Event, Model, Sample};
use crate::state::number::{counted, fixed};
use crate::state::persist::{Event as Stored, Standing};
use crate::store::Store;
use leptos::prelude::*;

/// The foot.
#[component]
pub fn Foot() -> impl IntoView {
    let app = App::here();
    let engine = app.memo(|model| (model.engine.clone(), model.restarts));
    let took = app.memo(|model| model.milliseconds);
    let sample = app.memo(|model| model.sample != Sample::Off);
    let busy = app.memo(Model::is_busy);
    let sent = crate::frame::Frame::here().sent;
    view! {
        <footer class="foot">
            <span data-testid="engine" data-restarts=move || engine.get().1.to_string()>
                <i class="dot" class:waits=move || engine.get().0 == Engine::Starting class:gone=move || engine.get().0 == Engine::Gone></i>
                {move || match engine.get().0 {
                    Engine::Starting => String::from("Engine starts …"),
                    Engine::Running { version } => format!("Engine {version} runs"),
                    Engine::Gone => String::from("Engine is gone: reload the page"),
                }}
            </span>
            <span>{move || app.blend.get().map(|_| {
                let workers = app.workers();
                let who = if workers > 1 { format!(", {workers} workers") } else { String::new() };
                format!("Computed in {} ms{who}", fixed(took.get(), 1))
            })}</span>
            <span>{move || app.blend.get().map(|blend| format!(
                "{} × {}",
                counted(blend.strategies.len() as u64, "strategy", "strategies"),
                counted(blend.weights.len() as u64, "symbol", "symbols"),
            ))}</span>
            <span>{move || sample.get().then_some("Source: ECB statistics")}</span>
            <span class="busy-line busy-mark" class:shown=busy>
                "Working …"
                <button type="button" class="link" prop:disabled=move || !busy.get() on:click=move |_| app.dispatch(Event::Stopped)>"Stop"</button>
            </span>
            {use_context::<Store>().map(saved)}
            <span class="far">{move || if sent.get() { "This allocation was sent to the server of this page" } else { "Local: nothing has left this browser" }}</span>
        </footer>
    }
}

/// Whether the page is kept; a tab that does not save may take it over.
fn saved(store: Store) -> impl IntoView {
    let elsewhere = Memo::new(move |_| store.keeper.with(|keeper| keeper.standing() == Standing::Elsewhere));
    let why = move || {
        store.keeper.with(|keeper| keeper.notice().map_or_else(String::new, |(title, detail)| format!("{title}. {detail}")))
    };
    view! {
        <span data-testid="saved" title=why>
            {move || store.keeper.with(crate::state::persist::Keeper::word)}
            {move || elsewhere.get().then(|| view! {
                " "<button type="button" class="link" on:click=move |_| store.tell(Stored::TakeOver)>"Save here instead"</button>
            })}
        </span>
    }
}
