//! When signals go on and off.

use super::desk::Desk;
use super::overlay::DialSlider;
use crate::state::risk::dial::{Dial, changed};
use allocator_core::config::risk::RegimeThresholds;
use leptos::prelude::*;

/// Entry thresholds, and what is seldom changed.
#[component]
pub fn Thresholds() -> impl IntoView {
    let desk = Desk::here();
    let count = Memo::new(move |_| desk.settings.with(|settings| changed(&settings.audit.risk.thresholds)));
    view! {
        <section class="panel" aria-labelledby="entries-title">
            <div class="input-head">
                <h2 id="entries-title">"Entry thresholds"</h2>
                <span class="quiet">{move || match count.get() { 0 => String::from("defaults"), many => format!("{many} changed") }}</span>
            </div>
            {Dial::ENTRIES.map(|dial| view! { <DialSlider dial/> })}
            <details class="more">
                <summary>"Exits and levels"</summary>
                {Dial::EXITS.map(|dial| view! { <DialSlider dial/> })}
            </details>
            <p class="buttons">
                <button
                    type="button"
                    class="button"
                    prop:disabled=move || count.get() == 0
                    on:click=move |_| desk.change_once("thresholds", |settings| settings.audit.risk.thresholds = RegimeThresholds::default())
                >"Reset the thresholds"</button>
            </p>
        </section>
    }
}
