//! The head: views with what deserves attention in them, and tools.

use super::Frame;
use super::theme::ThemeButton;
use crate::app::App;
use crate::browser;
use crate::component::icon::Icon;
use crate::state::model::Event;
use crate::state::number::counted;
use crate::state::place::Place;
use crate::view::{Badge, VIEWS, View};
use leptos::prelude::*;

/// The head.
#[component]
pub fn Head() -> impl IntoView {
    let frame = Frame::here();
    view! {
        <header class="head">
            <button type="button" class="skip button" on:click=move |_| browser::focus("result")>"Skip to the result"</button>
            <a class="brand" href=Place::of_view(crate::view::FIRST) aria-label="Multi-Alpha Allocator, start">
                <svg viewBox="0 0 22 22" aria-hidden="true">
                    <rect x="1" y="3" width="20" height="4.2"/><rect x="1" y="9" width="13" height="4.2"/><rect x="1" y="15" width="7.5" height="4.2"/>
                </svg>
                <span>"Multi-Alpha Allocator"</span>
            </a>
            <nav class="views" aria-label="Views">
                {VIEWS.iter().enumerate().map(|(place, view)| view! { <Link place view/> }).collect_view()}
            </nav>
            <div class="view-picker">
                <select
                    aria-label="View"
                    prop:value=move || VIEWS.get(frame.view.get()).map_or("", |view| view.id)
                    on:change=move |event| frame.go_to(&event_target_value(&event))
                >
                    {VIEWS.iter().enumerate().map(|(place, view)| view! {
                        <option value=view.id prop:selected=move || frame.view.get() == place>{view.title}</option>
                    }).collect_view()}
                </select>
            </div>
            <div class="tools">
                <button
                    type="button"
                    class="icon-button only-narrow drawer-button"
                    aria-label="Reasons"
                    aria-expanded=move || frame.drawer.get().to_string()
                    title="Reasons (E)"
                    on:click=move |_| frame.drawer.update(|open| *open = !*open)
                ><Icon name="reasons"/></button>
                <ScenarioButton/>
                <span class="group"><UndoButton/><RedoButton/></span>
                <button type="button" class="button find" on:click=move |_| frame.palette.set(true)>
                    <span class="hidden">"Search or run"</span><span class="words" aria-hidden="true">"Search or run"</span><kbd aria-hidden="true">"Ctrl K"</kbd><span class="only-phone" aria-hidden="true"><Icon name="more"/></span>
                </button>
                <button type="button" class="button share-button" aria-haspopup="dialog" on:click=move |_| frame.share.set(true)>"Share"</button>
                <HandInButton/>
                <ThemeButton/>
                <button type="button" class="icon-button" aria-label="Keyboard shortcuts" title="Keyboard shortcuts (?)" on:click=move |_| frame.sheet.set(true)>
                    <Icon name="question"/>
                </button>
            </div>
        </header>
    }
}

#[component]
fn ScenarioButton() -> impl IntoView {
    let (app, frame) = (App::here(), Frame::here());
    let name = app.memo(|model| model.scenarios.showing(&model.settings()).map(|scenario| scenario.name.clone()));
    view! {
        <button type="button" class="button scenario" aria-haspopup="dialog" on:click=move |_| frame.scenarios.set(true)>
            <span class="faint">"Scenario"</span>
            <span class="scenario-name">{move || name.get().unwrap_or_else(|| String::from("unnamed"))}</span>
        </button>
    }
}

/// Only where there is a server to hand something in to.
#[component]
fn HandInButton() -> impl IntoView {
    let (app, frame) = (App::here(), Frame::here());
    let none = app.memo(|model| model.blend.is_none());
    view! {
        {move || frame.served.get().then(|| view! {
            <button
                type="button" class="button hand-in-button" aria-haspopup="dialog" data-testid="hand-in-open"
                prop:disabled=none on:click=move |_| frame.hand_in.set(true)
            >"Submit"</button>
        })}
    }
}

#[component]
fn UndoButton() -> impl IntoView {
    let app = App::here();
    let what = app.memo(|model| model.history.undoable().map(str::to_owned));
    let label = move || what.get().map_or_else(|| String::from("Undo"), |what| format!("Undo: {what}"));
    view! {
        <button type="button" class="icon-button" aria-label=label title=label prop:disabled=move || what.get().is_none() on:click=move |_| app.dispatch(Event::Undone)>
            <Icon name="undo"/>
        </button>
    }
}

#[component]
fn RedoButton() -> impl IntoView {
    let app = App::here();
    let what = app.memo(|model| model.history.redoable().map(str::to_owned));
    let label = move || what.get().map_or_else(|| String::from("Redo"), |what| format!("Redo: {what}"));
    view! {
        <button type="button" class="icon-button" aria-label=label title=label prop:disabled=move || what.get().is_none() on:click=move |_| app.dispatch(Event::Redone)>
            <Icon name="redo"/>
        </button>
    }
}

#[component]
fn Link(place: usize, view: &'static View) -> impl IntoView {
    let (app, frame) = (App::here(), Frame::here());
    let badge = app.memo(view.badge);
    let is_shown = move || frame.view.get() == place;
    view! {
        <a href=Place::of_view(view.id) aria-current=move || is_shown().then_some("page") title=format!("{} ({})", view.title, place + 1)>
            {view.title}
            {move || {
                let Badge { count, bad } = badge.get();
                (count > 0).then(|| view! {
                    <span class="badge" class:bad=bad>
                        <span aria-hidden="true">{count}</span>
                        <span class="hidden">{format!(", {}", counted(count as u64, view.counts[0], view.counts[1]))}</span>
                    </span>
                })
            }}
        </a>
    }
}
