//! The keyboard: presses become actions by the table of [`crate::state::keymap`].

use super::{Frame, Part};
use crate::app::App;
use crate::browser;
use crate::component::pair::chosen;
use crate::state::explain::Subject;
use crate::state::keymap::{Action, Press, action};
use crate::state::model::Event;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent};

/// A press as plain data; the key's name must outlive it.
pub(crate) fn press<'a>(event: &KeyboardEvent, key: &'a str) -> Press<'a> {
    let writing = event.target().and_then(|target| target.dyn_into::<Element>().ok()).is_some_and(|element| {
        element.matches("input:not([type=checkbox]):not([type=range]), textarea, select, [contenteditable]").unwrap_or(false)
    });
    Press { key, control: event.ctrl_key() || event.meta_key(), alt: event.alt_key(), shift: event.shift_key(), writing }
}

/// Listens to the whole window.
pub(crate) fn listen(app: App, frame: Frame) {
    let handle = window_event_listener(leptos::ev::keydown, move |event| {
        let key = event.key();
        if key == "Escape" {
            frame.drawer.set(false);
        }
        // An open dialog has the keyboard to itself.
        if browser::has_open_dialog() {
            return;
        }
        if let Some(action) = action(press(&event, &key), frame.single_keys.get_untracked()) {
            event.prevent_default();
            act(app, frame, action);
        }
    });
    on_cleanup(move || handle.remove());
}

fn act(app: App, frame: Frame, action: Action) {
    match action {
        Action::View(place) => frame.go(place),
        Action::Sheet => frame.sheet.set(true),
        Action::Inputs => frame.no_inputs.update(|hidden| *hidden = !*hidden),
        Action::Reasons => {
            frame.no_reasons.update(|hidden| *hidden = !*hidden);
            frame.drawer.update(|open| *open = !*open);
        }
        Action::Explain => {
            frame.show_reasons();
            browser::focus("reasons");
        }
        Action::Tables => app.look(|look| look.tables = !look.tables),
        Action::Digest => {
            if let Some(blend) = app.blend.get_untracked() {
                browser::copy(blend.digest.clone(), move |copied| app.dispatch(Event::Said(said_of_digest(copied))));
            }
        }
        Action::NextRow => step(app, frame, 1),
        Action::PreviousRow => step(app, frame, -1),
        Action::Find => {
            frame.go_to("blend");
            frame.part.set(Part::Result);
            // The view must stand before its field can have the focus.
            frame.finds.set(true);
            request_animation_frame(|| browser::focus("find"));
        }
        Action::Undo => app.dispatch(Event::Undone),
        Action::Redo => app.dispatch(Event::Redone),
        Action::Palette => frame.palette.set(true),
    }
}

fn said_of_digest(copied: bool) -> String {
    String::from(if copied { "The digest is copied." } else { "The digest was not copied: select it and copy it by hand." })
}

/// Selects the row after or before, in the order in which the table shows them: of pairs where they stand, of symbols elsewhere.
fn step(app: App, frame: Frame, by: isize) {
    if frame.shows("correlation") {
        return step_pair(app, by);
    }
    let rows = browser::attributes("[data-symbol]", "data-symbol");
    let selected = app.model.with_untracked(|model| match &model.selected {
        Some(Subject::Symbol(symbol)) => Some(symbol.clone()),
        _ => None,
    });
    let at = selected.and_then(|symbol| rows.iter().position(|row| *row == symbol));
    if let Some(symbol) = rows.get(beside(at, by, rows.len())) {
        app.dispatch(Event::Selected(Some(Subject::Symbol(symbol.clone()))));
        browser::reveal(&format!("[data-symbol=\"{}\"]", symbol.replace(['"', '\\'], "")));
    }
}

/// Selects the pair after or before in the list of pairs, whether it is drawn or not.
fn step_pair(app: App, by: isize) {
    let Some(blend) = app.blend.get_untracked() else { return };
    let Some(correlations) = &blend.correlations else { return };
    let now = app.model.with_untracked(|model| model.look.pair.clone());
    let pairs = correlations.ranked();
    let at = chosen(&blend, now.as_ref()).and_then(|now| pairs.iter().position(|pair| (pair.a, pair.b) == (now.a, now.b)));
    let next = pairs.get(beside(at, by, pairs.len())).and_then(|pair| correlations.names_of(pair));
    if let Some((a, b)) = next {
        app.select(Subject::pair(a, b));
        // The list is drawn anew by then.
        request_animation_frame(|| browser::reveal("[data-testid=pairs] tr.chosen"));
    }
}

/// The place after or before, within a list; the first where nothing is chosen.
fn beside(at: Option<usize>, by: isize, rows: usize) -> usize {
    at.map_or(0, |at| at.saturating_add_signed(by).min(rows.saturating_sub(1)))
}
