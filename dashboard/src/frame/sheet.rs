//! The sheet of keys.

use super::Frame;
use super::dialog::Dialog;
use crate::browser;
use crate::state::keymap::{KEYS, SLIDER_KEYS};
use leptos::prelude::*;

/// The sheet: every key and what it does, and the switch for keys without Ctrl.
#[component]
pub fn Sheet() -> impl IntoView {
    let frame = Frame::here();
    let list = |keys: &'static [(&'static str, &'static str)]| {
        keys.iter().map(|(key, meaning)| view! { <div><dt>{*meaning}</dt><dd><kbd>{*key}</kbd></dd></div> }).collect_view()
    };
    view! {
        <Dialog id="sheet-title" title="Keyboard" open=frame.sheet>
            <dl class="keys">{list(KEYS)}</dl>
            <h3 class="say">"On a slider"</h3>
            <dl class="keys">{list(SLIDER_KEYS)}</dl>
            <p class="check">
                <input
                    type="checkbox"
                    id="single-keys"
                    prop:checked=frame.single_keys
                    on:change=move |event| {
                        let on = event_target_checked(&event);
                        browser::remember("single-keys", if on { "on" } else { "off" });
                        frame.single_keys.set(on);
                    }
                />
                <label for="single-keys">"Keys without Ctrl; switch them off if you speak to the page"</label>
            </p>
        </Dialog>
    }
}
