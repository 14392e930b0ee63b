//! The live stream: its address, how it is, pause and stop.

use crate::live::{Live, now};
use crate::state::stream::{Event, Feed, Status, is_address};
use leptos::prelude::*;

/// Start, pause and stop of a stream of signals.
#[component]
pub fn Stream(
    /// The stream.
    live: Live,
) -> impl IntoView {
    let address = RwSignal::new(String::new());
    let refused = RwSignal::new(String::new());
    let wanted = Memo::new(move |_| live.feed.with(|feed| !matches!(feed.status(), Status::Off | Status::Dead)));
    let paused = Memo::new(move |_| live.feed.with(Feed::is_paused));
    let start = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        match is_address(&address.get_untracked()) {
            Ok(()) => {
                refused.set(String::new());
                live.tell(Event::Started(address.get_untracked(), now()));
            }
            Err(why) => refused.set(why),
        }
    };
    view! {
        <form class="stream" on:submit=start>
            <label for="stream-address">"Live signals"</label>
            <input
                id="stream-address"
                class="text-field"
                type="text"
                inputmode="url"
                autocomplete="off"
                spellcheck="false"
                placeholder="wss://host/path"
                aria-describedby="stream-note"
                aria-invalid=move || (!refused.get().is_empty()).to_string()
                on:input=move |event| address.set(event_target_value(&event))
            />
            {move || if wanted.get() {
                view! {
                    <button type="button" class="button" aria-pressed=move || paused.get().to_string() on:click=move |_| live.tell(Event::Paused(!paused.get_untracked()))>
                        {move || if paused.get() { "Go on" } else { "Pause" }}
                    </button>
                    <button type="button" class="button" on:click=move |_| live.tell(Event::Stopped)>"Stop"</button>
                }.into_any()
            } else {
                view! { <button type="submit" class="button">"Listen"</button> }.into_any()
            }}
            <p id="stream-note" class="quiet" role="status" data-testid="stream">{move || {
                let why = refused.get();
                if why.is_empty() { live.feed.with(|feed| feed.sentence(now())) } else { why }
            }}</p>
        </form>
    }
}
