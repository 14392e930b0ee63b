//! Which methods stand side by side: each with what it does and its formula.

use super::desk::Desk;
use crate::frame::dialog::Dialog;
use crate::state::capital::method::{FRESH, OFFERED, formula, label, meaning};
use leptos::prelude::*;

/// The list of all methods.
#[component]
pub fn ChooseMethods(
    /// Whether it is open.
    open: RwSignal<bool>,
) -> impl IntoView {
    let desk = Desk::here();
    let shown = Memo::new(move |_| desk.settings.with(|settings| settings.methods.clone()));
    let lines = OFFERED
        .into_iter()
        .map(|method| {
            let id = format!("choose-{}", method.as_str());
            let formula = formula(method);
            view! {
                <li>
                    <input
                        type="checkbox"
                        id=id.clone()
                        prop:checked=move || shown.with(|shown| shown.contains(&method))
                        on:change=move |event| {
                            let add = event_target_checked(&event);
                            desk.change_once("methods shown", move |settings| {
                                let mut methods = settings.methods.clone();
                                methods.retain(|known| *known != method);
                                if add {
                                    methods.push(method);
                                }
                                settings.show(&methods);
                            });
                        }
                    />
                    <label for=id>
                        <b>{label(method)}</b>
                        <span class="quiet">{meaning(method)}</span>
                        {(!formula.is_empty()).then(|| view! { <span class="formula">{formula}</span> })}
                    </label>
                </li>
            }
        })
        .collect_view();
    view! {
        <Dialog id="choose-title" title="Methods side by side" open=open>
            <p class="quiet">"The method in use and the one looked at always stand in the table."</p>
            <ul class="choose-methods">{lines}</ul>
            <p class="buttons">
                <button type="button" class="button" on:click=move |_| desk.change_once("methods shown", |settings| settings.show(&OFFERED))>"All"</button>
                <button type="button" class="button" on:click=move |_| desk.change_once("methods shown", |settings| settings.show(&FRESH))>"As on a fresh page"</button>
            </p>
        </Dialog>
    }
}
