//! Files by drop, on the whole page, and by picker.

use crate::app::App;
use crate::browser;
use crate::remote::dropped_folders;
use crate::state::progress::refusal;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{DragEvent, HtmlInputElement};

/// What the picker offers first; anything may be dropped.
const ACCEPT: &str = ".csv,.tsv,.txt,.json,.jsonl,.ndjson,.arrow,.arrows,.feather,.ipc,.parquet,.pq,.gz";

/// The picker.
#[component]
pub fn Picker() -> impl IntoView {
    let app = App::here();
    let take = move |event: web_sys::Event| {
        let Some(input) = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok()) else {
            return;
        };
        let files = browser::files(input.files());
        // The same file chosen again must count as a change.
        input.set_value("");
        app.give(files);
    };
    view! {
        <div class="dropzone">
            <label class="file-label" for="files">"Add files"</label>
            <input id="files" type="file" multiple accept=ACCEPT on:change=take data-testid="files"/>
            <p class="quiet">"or drop them anywhere on the page, or paste a table. CSV, JSON, Arrow, Feather, Parquet. Nothing leaves this browser."</p>
        </div>
    }
}

/// Watches the whole page for files that are dragged over it; shows that they may be let go.
#[component]
pub fn DropAnywhere() -> impl IntoView {
    let app = App::here();
    let over = RwSignal::new(false);
    let has_files = |event: &DragEvent| {
        event.data_transfer().is_some_and(|data| data.types().iter().any(|kind| kind.as_string().as_deref() == Some("Files")))
    };
    let enter = window_event_listener(leptos::ev::dragover, move |event| {
        if has_files(&event) {
            // Without this the browser would open the file in place of the page.
            event.prevent_default();
            if !over.get_untracked() {
                over.set(true);
            }
        }
    });
    let leave = window_event_listener(leptos::ev::dragleave, move |event| {
        // Leaving the window, not passing from one element to the next.
        if event.related_target().is_none() {
            over.set(false);
        }
    });
    let drop = window_event_listener(leptos::ev::drop, move |event| {
        over.set(false);
        if has_files(&event) {
            event.prevent_default();
            let Some(transfer) = event.data_transfer() else { return };
            let folders = dropped_folders(&transfer);
            app.refuse(&folders.iter().filter_map(|name| refusal(name, 0, true, 0)).collect::<Vec<_>>());
            app.give(browser::files(transfer.files()).into_iter().filter(|file| !folders.contains(&file.name())).collect());
        }
    });
    on_cleanup(move || {
        enter.remove();
        leave.remove();
        drop.remove();
    });
    view! {
        <div class="drop-over" class:shown=over aria-hidden="true">
            <p>"Let go to read the files"</p>
        </div>
    }
}
