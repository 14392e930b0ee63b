//! Data by address: fetched here, kept like a dropped file.

use crate::app::App;
use crate::remote::Fetch;
use crate::state::progress::Meter;
use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;

/// Loads a file from an address.
#[component]
pub fn Address(
    /// Most bytes that are read.
    limit: u64,
) -> impl IntoView {
    let app = App::here();
    let fetch = StoredValue::new_local(Fetch::new());
    let address = RwSignal::new(String::new());
    let said = RwSignal::new(String::new());
    let meter = fetch.with_value(|fetch| fetch.meter);
    let load = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        said.set(String::new());
        let Some(fetch) = fetch.try_with_value(Clone::clone) else { return };
        spawn_local(async move {
            match fetch.get(address.get_untracked().trim(), limit).await {
                Ok((name, blob)) => app.give_blobs(vec![(name, blob)]),
                Err(why) => {
                    let _ = said.try_set(why);
                }
            }
        });
    };
    on_cleanup(move || {
        let _ = fetch.try_with_value(Fetch::stop);
    });
    view! {
        <form class="by-address" on:submit=load>
            <label for="data-address">"Data by address"</label>
            <input
                id="data-address"
                class="text-field"
                type="text"
                inputmode="url"
                autocomplete="off"
                spellcheck="false"
                placeholder="https://host/signals.csv"
                aria-describedby="data-address-note"
                aria-invalid=move || (!said.get().is_empty()).to_string()
                on:input=move |event| address.set(event_target_value(&event))
            />
            {move || if meter.with(Option::is_some) {
                view! { <button type="button" class="button" on:click=move |_| { let _ = fetch.try_with_value(Fetch::stop); }>"Stop"</button> }.into_any()
            } else {
                view! { <button type="submit" class="button">"Load"</button> }.into_any()
            }}
            <p id="data-address-note" class="quiet" role="status" data-testid="address">
                {move || meter.with(|meter| meter.as_ref().map(Meter::sentence)).unwrap_or_else(|| said.get())}
            </p>
        </form>
    }
}
