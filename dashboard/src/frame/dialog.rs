//! A dialog over the page: the browser keeps the focus inside and closes it on Escape.

use crate::component::icon::Icon;
use leptos::html;
use leptos::prelude::*;

/// A dialog that is open while its signal says so.
#[component]
pub fn Dialog(
    /// Id of its title.
    id: &'static str,
    /// Its title.
    title: &'static str,
    /// Whether it is open.
    open: RwSignal<bool>,
    /// What it holds.
    children: Children,
) -> impl IntoView {
    let node = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        let Some(dialog) = node.get() else { return };
        if open.get() && !dialog.open() {
            // Fails only for a dialog outside of the document.
            let _ = dialog.show_modal();
        } else if !open.get() && dialog.open() {
            dialog.close();
        }
    });
    view! {
        <dialog node_ref=node aria-labelledby=id on:close=move |_| open.set(false)>
            <div class="dialog-head">
                <h2 id=id>{title}</h2>
                <button type="button" class="icon-button" aria-label="Close" on:click=move |_| open.set(false)><Icon name="close"/></button>
            </div>
            <div class="dialog-body">{children()}</div>
        </dialog>
    }
}
