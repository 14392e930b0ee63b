//! The command palette: a search over everything the page can do, by keyboard alone.

use crate::state::palette::{Entry, Palette as Found};
use leptos::html::{Dialog, Input};
use leptos::prelude::*;

/// The palette. It opens when `open` becomes true and closes itself.
#[component]
pub fn Palette(
    /// Whether it is open.
    open: RwSignal<bool>,
    /// What can be chosen; read when it opens.
    #[prop(into)]
    entries: Callback<(), Vec<Entry>>,
    /// Told the id of what was chosen.
    #[prop(into)]
    on_run: Callback<String>,
) -> impl IntoView {
    let dialog = NodeRef::<Dialog>::new();
    let entry = NodeRef::<Input>::new();
    let found = RwSignal::new(Found::default());
    let failed = RwSignal::new(String::new());
    Effect::new(move || {
        let (Some(dialog), is_open) = (dialog.get(), open.get()) else {
            return;
        };
        if is_open && !dialog.open() {
            found.set(Found::new(entries.run(())));
            failed.set(String::new());
            // Fails only for a dialog that is open or gone.
            let _ = dialog.show_modal();
            if let Some(entry) = entry.get_untracked() {
                entry.set_value("");
                let _ = entry.focus();
            }
        } else if !is_open && dialog.open() {
            dialog.close();
        }
    });
    let run = move || match found.with_untracked(|found| found.run().map(str::to_owned)) {
        Ok(id) => {
            open.set(false);
            on_run.run(id);
        }
        Err(why) => failed.set(why),
    };
    let keys = move |event: web_sys::KeyboardEvent| {
        let steps = match event.key().as_str() {
            "ArrowDown" => 1,
            "ArrowUp" => -1,
            "PageDown" => 6,
            "PageUp" => -6,
            "Enter" => {
                event.prevent_default();
                run();
                return;
            }
            _ => return,
        };
        event.prevent_default();
        found.update(|found| found.step(steps));
    };
    view! {
        <dialog
            class="palette"
            node_ref=dialog
            aria-label="Search or run"
            on:close=move |_| open.set(false)
            on:click=move |event| {
                // Beside the sheet lies the dialog itself.
                let beside = event.target().zip(event.current_target()).is_some_and(|(target, own)| target == own);
                if beside {
                    open.set(false);
                }
            }
        >
            <div class="palette-sheet" on:keydown=keys>
                <input
                    node_ref=entry
                    type="text"
                    role="combobox"
                    aria-label="Search or run"
                    aria-expanded="true"
                    aria-controls="palette-list"
                    aria-autocomplete="list"
                    aria-activedescendant=move || found.with(|found| format!("palette-{}", found.chosen()))
                    autocomplete="off"
                    spellcheck="false"
                    placeholder="View, symbol, scenario, action"
                    on:input=move |event| {
                        failed.set(String::new());
                        found.update(|found| found.search(&event_target_value(&event)));
                    }
                />
                <ul id="palette-list" role="listbox" aria-label="Found">
                    {move || found.with(|list| list.found().enumerate().map(|(place, entry)| {
                        let chosen = place == list.chosen();
                        let (kind, key, label) = (entry.kind.clone(), entry.key.clone(), entry.label.clone());
                        view! {
                            <li
                                id=format!("palette-{place}")
                                role="option"
                                aria-selected=chosen.to_string()
                                aria-disabled=(!entry.blocked.is_empty()).to_string()
                                class:chosen=chosen
                                on:pointermove=move |_| {
                                    if found.with_untracked(Found::chosen) != place {
                                        found.update(|found| found.choose(place));
                                    }
                                }
                                on:click=move |_| {
                                    found.update(|found| found.choose(place));
                                    run();
                                }
                            >
                                <span class="kind">{kind}</span>
                                <span class="label">{label}</span>
                                {(!key.is_empty()).then(|| view! { <kbd>{key}</kbd> })}
                            </li>
                        }
                    }).collect_view())}
                </ul>
                <p class="palette-note" role="status">{move || {
                    let why = failed.get();
                    if why.is_empty() { found.with(Found::announcement) } else { why }
                }}</p>
            </div>
        </dialog>
    }
}
