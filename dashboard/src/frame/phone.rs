//! What a phone has below: five parts to choose from, and one slider that stays in reach of the thumb.

use super::{Frame, Part};
use crate::app::App;
use crate::component::icon::Icon;
use crate::view::{VIEWS, place_of};
use leptos::prelude::*;

/// The slider in reach, which the view that is shown names.
#[component]
pub fn Dock() -> impl IntoView {
    let frame = Frame::here();
    move || {
        let dock = frame.columns().and_then(|columns| (columns.dock)());
        dock.map(|dock| view! { <section class="phone-dock" aria-label="In reach">{dock}</section> })
    }
}

/// The bar of five.
#[component]
pub fn Bar() -> impl IntoView {
    let (app, frame) = (App::here(), Frame::here());
    let alerts = app.memo(|model| model.blend.as_ref().map_or(0, |blend| blend.alerts.len()) + model.notices.len());
    let data = place_of("data").unwrap_or(0);
    let in_data = move || frame.view.get() == data;
    let to_data = move |_| {
        frame.go(data);
        frame.part.set(Part::Result);
    };
    let part = move |part: Part, icon: &'static str, word: &'static str| {
        view! {
            <button type="button" aria-pressed=move || (!(part == Part::Result && in_data()) && frame.part.get() == part).to_string() on:click=move |_| {
                if part == Part::Result && in_data() {
                    frame.go_to(crate::view::FIRST);
                }
                frame.part.set(part);
            }>
                <Icon name=icon/>
                {word}
                {(part == Part::Notices).then(|| view! {
                    {move || (alerts.get() > 0).then(|| view! { <span class="badge">{alerts.get()}</span> })}
                })}
            </button>
        }
    };
    view! {
        <nav class="phone-bar" aria-label="Parts">
            <button type="button" aria-pressed=move || (in_data() && frame.part.get() == Part::Result).to_string() on:click=to_data>
                <Icon name="file"/>{VIEWS.get(data).map(|view| view.title)}
            </button>
            {part(Part::Inputs, "sliders", "Parameters")}
            {part(Part::Result, "result", "Result")}
            {part(Part::Reasons, "question", "Explain")}
            {part(Part::Notices, "warning", "Alerts")}
        </nav>
    }
}
