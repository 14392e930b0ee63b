//! A cell that is wrong, or that was mended: a button with what is known of it, the mends that are proposed, and room for one's own.

use crate::app::App;
use crate::browser;
use crate::frame::{Frame, Part};
use crate::state::file::{FileKey, Report};
use crate::state::mend::{Edit, Said, proposals};
use crate::state::model::Event;
use crate::state::problem::Fault;
use leptos::prelude::*;

/// The cell whose mends are open: of a file, row and column.
#[derive(Clone, Copy)]
pub struct Picked(RwSignal<Option<(FileKey, usize, usize)>>);

impl Picked {
    /// The page's.
    pub fn here() -> Self {
        App::here().kept(|_| provide_context(Picked(RwSignal::new(None))))
    }

    /// Opens the mends of a cell, and brings it into sight.
    pub fn go_to(self, frame: Frame, key: FileKey, (row, column): (usize, usize)) {
        self.0.set(Some((key, row, column)));
        frame.drawer.set(false);
        frame.part.set(Part::Result);
        // Once it is drawn; what has the focus is scrolled into sight.
        request_animation_frame(move || browser::focus(&id_of(row, column)));
    }

    fn close(self, id: &str) {
        self.0.set(None);
        browser::focus(id);
    }
}

fn id_of(row: usize, column: usize) -> String {
    format!("cell-{row}-{column}")
}

/// A cell of one of the user's files.
#[derive(Clone, Debug)]
pub struct Mendable {
    /// The file.
    pub key: FileKey,
    /// What is said of it so far.
    pub said: Said,
    /// Row and column.
    pub place: (usize, usize),
    /// What stands in the cell now; none if it is empty.
    pub text: Option<String>,
    /// Whether its column is one of numbers.
    pub numeric: bool,
    /// What is wrong with it; none if it was mended.
    pub fault: Option<Fault>,
    /// What it was before its mend.
    pub before: Option<String>,
}

/// The cell with its button.
pub fn cell(app: App, of: Mendable, report: &Report) -> impl IntoView + use<> {
    let picked = Picked::here();
    let (row, column) = of.place;
    let here = (of.key, row, column);
    let is_open = move || picked.0.get() == Some(here);
    let id = id_of(row, column);
    let shown = of.text.clone().unwrap_or_else(|| String::from("empty"));
    let label = match &of.fault {
        Some(fault) => format!("{shown}: {} {}", fault.message, fault.hint),
        None => format!("{shown}: mended by you; in the file: {}", of.before.clone().unwrap_or_else(|| String::from("empty"))),
    };
    let (faulty, numeric, rightwards) = (of.fault.is_some(), of.numeric, column < 2);
    let offers = of.fault.as_ref().map(|fault| proposals(report, fault)).unwrap_or_default();
    let escape = {
        let id = id.clone();
        move |event: leptos::ev::KeyboardEvent| {
            if event.key() == "Escape" && picked.0.get_untracked() == Some(here) {
                event.stop_propagation();
                picked.close(&id);
            }
        }
    };
    view! {
        <td class:faulty=faulty class:mended=!faulty class:number=numeric class:opens=true on:keydown=escape>
            <button
                type="button"
                id=id.clone()
                aria-expanded=move || is_open().to_string()
                aria-label=label
                on:click=move |_| picked.0.set(if is_open() { None } else { Some(here) })
            >{shown}</button>
            {move || is_open().then(|| {
                let (of, offers) = (of.clone(), offers.clone());
                let tell = move |said: Said| {
                    picked.0.set(None);
                    app.dispatch(Event::Told(here.0, said));
                };
                let said = StoredValue::new(of.said);
                let own = RwSignal::new(of.text.unwrap_or_default());
                let set_own = move || {
                    if let Some(edit) = Edit::cell(row, column, own.get_untracked()) {
                        tell(said.get_value().with(edit));
                    }
                };
                view! {
                    <div class="popover" class:rightwards=rightwards role="group" aria-label="The problem and its mends">
                        {match of.fault.clone() {
                            Some(fault) => view! { <b>{fault.message}</b><p>{fault.hint}</p> }.into_any(),
                            None => view! {
                                <b>"Mended by you"</b>
                                <p>{format!("In the file stands: {}.", of.before.clone().unwrap_or_else(|| String::from("nothing")))}</p>
                            }.into_any(),
                        }}
                        <p class="buttons">
                            {offers.into_iter().enumerate().map(|(index, offer)| view! {
                                <button type="button" class="button" class:main={index == 0} on:click=move |_| tell(said.get_value().with_all(offer.edits.clone()))>
                                    {offer.label}
                                </button>
                            }).collect_view()}
                            {(!faulty).then(|| view! {
                                <button type="button" class="button main" on:click=move |_| tell(said.get_value().without(Some(row), Some(column)))>"Take the mend back"</button>
                            })}
                        </p>
                        <form class="own-mend" on:submit=move |event| {
                            event.prevent_default();
                            set_own();
                        }>
                            <label>
                                <span>"Or set to"</span>
                                <input class="text-field" type="text" maxlength="200" prop:value=own on:input=move |event| own.set(event_target_value(&event))/>
                            </label>
                            <button type="submit" class="button">"Set"</button>
                        </form>
                        {of.fault.map(|fault| view! { <p class="place"><code>{fault.path}</code><code>{fault.code}</code></p> })}
                    </div>
                }
            })}
        </td>
    }
}
