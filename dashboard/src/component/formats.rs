//! A panel's figures and its picture as files, in every format that the page writes.

use super::icon::Icon;
use crate::app::App;
use crate::chart::frame::Picture;
use crate::chart::save::{Form, save};
use crate::figure::Grid;
use crate::state::model::{Event, Severity};
use leptos::prelude::*;

/// What can be saved of a panel.
#[derive(Clone, Copy)]
pub struct Saves {
    /// Names its files.
    pub name: Signal<String>,
    /// Its table; none while there is nothing.
    pub grid: Callback<(), Option<Grid>>,
    /// Its picture; none while nothing is drawn.
    pub picture: Callback<(), Option<Picture>>,
}

/// A button that opens the list of formats.
#[component]
pub fn Formats(
    /// What is saved.
    of: Saves,
    /// Title of the panel.
    #[prop(into)]
    title: Signal<String>,
) -> impl IntoView {
    let app = App::here();
    let open = RwSignal::new(false);
    let write = move |form: Form| {
        open.set(false);
        let Some(grid) = of.grid.run(()) else { return };
        let failed = move |why| app.dispatch(Event::Noticed(Severity::Warning, String::from("Not saved"), why));
        save(app, form, &of.name.get_untracked(), || grid, || of.picture.run(()), failed);
    };
    let escape = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Escape" && open.get_untracked() {
            event.stop_propagation();
            open.set(false);
        }
    };
    view! {
        <span class="formats" on:keydown=escape>
            <button
                type="button"
                class="icon-button"
                aria-expanded=move || open.get().to_string()
                aria-label=move || format!("Save {} in another format", title.get())
                title="Save in another format"
                on:click=move |_| open.update(|open| *open = !*open)
            ><Icon name="more"/></button>
            {move || open.get().then(|| view! {
                <span class="format-list" role="group" aria-label="Formats">
                    {Form::ALL.map(|(form, word)| view! { <button type="button" class="link" on:click=move |_| write(form)>{word}</button> })}
                </span>
            })}
        </span>
    }
}
