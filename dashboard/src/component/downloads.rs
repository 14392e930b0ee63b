//! The answer and its request as files, and the whole digest.

use crate::app::App;
use crate::browser;
use crate::state::export::weights;
use crate::state::model::{Event, ResultFormat, Severity};
use leptos::prelude::*;

/// Buttons for downloads.
#[component]
pub fn Downloads() -> impl IntoView {
    let app = App::here();
    let table = move |format: &'static str| {
        let Some(blend) = app.blend.get_untracked() else { return };
        let name = format!("weights-{}.{format}", blend.digest.get(..8).unwrap_or_default());
        app.convert(&weights(&blend).to_columns(), format, move |result| match result {
            Ok(blob) => browser::offer(&name, &blob),
            Err(why) => app.dispatch(Event::Noticed(Severity::Warning, String::from("Not written"), why)),
        });
    };
    view! {
        <section class="panel" aria-labelledby="downloads-title">
            <div class="panel-head"><h2 id="downloads-title">"Take it with you"</h2></div>
            <p class="buttons">
                <button type="button" class="button" on:click=move |_| app.dispatch(Event::RequestWanted)>"Request, JSON"</button>
                <button type="button" class="button" on:click=move |_| app.dispatch(Event::ResultWanted(ResultFormat::Json))>"Result, JSON"</button>
                <button type="button" class="button" on:click=move |_| app.dispatch(Event::ResultWanted(ResultFormat::Csv))>"Weights, CSV"</button>
                <button type="button" class="button" on:click=move |_| table("arrow")>"Weights, Arrow"</button>
                <button type="button" class="button" on:click=move |_| table("parquet")>"Weights, Parquet"</button>
            </p>
            {move || app.blend.get().map(|blend| view! {
                <p class="say">
                    "The request gives this digest everywhere, on the command line and over HTTP too: "
                    <code class="whole-digest">{blend.digest.clone()}</code>
                </p>
            })}
        </section>
    }
}
