//! The parts of the page that come later: the columns of the views, and what opens on top of them.

#![allow(clippy::unnecessary_wraps, reason = "what is split off answers as well whether it came")]

use super::{Frame, dialog, hand_in, palette, scenarios, sheet};
use crate::app::App;
use crate::component::share::ShareSheet;
use crate::later::{Code, Fetched, Later, Stage, elsewhere};
use crate::view::{Columns, VIEWS};
use leptos::prelude::*;

/// Each has a stage of its own: the arrival of one must not draw another anew.
#[derive(Clone, Copy)]
pub struct Shelf {
    views: StoredValue<[Later<Columns>; VIEWS.len()]>,
    on_top: StoredValue<Later<fn() -> AnyView>>,
}

impl Shelf {
    /// Nothing is fetched yet.
    pub(super) fn new() -> Self {
        let on_top: Code<fn() -> AnyView> = elsewhere!(on_top);
        Shelf {
            views: StoredValue::new(std::array::from_fn(|place| Later::new(VIEWS[place].columns))),
            on_top: StoredValue::new(Later::new(on_top)),
        }
    }

    /// The columns of a view.
    pub fn view(self, place: usize) -> Later<Columns> {
        self.views.with_value(|views| views[place])
    }
}

/// Fetches the view that is shown, and after the first answer everything else: nothing has to be waited for then, and the page goes on
/// without the server that it came from.
pub fn follow(app: App, frame: Frame) {
    Effect::new(move |_| frame.shelf.view(frame.place()).fetch());
    // Whoever opens something before that is shown it when it has come.
    let opened = move || [frame.sheet, frame.scenarios, frame.share, frame.hand_in, frame.palette].iter().any(|open| open.get());
    Effect::new(move |_| {
        if opened() {
            frame.shelf.on_top.get_value().fetch();
        }
    });
    let answered = app.memo(|model| model.blend.is_some());
    Effect::new(move |_| {
        if answered.get() {
            frame.shelf.views.get_value().iter().for_each(|view| view.fetch());
            frame.shelf.on_top.get_value().fetch();
        }
    });
}

/// The middle of the view shown, or what is said while it is not here.
pub fn centre(frame: Frame) -> AnyView {
    let view = frame.shelf.view(frame.place());
    match view.stage() {
        Stage::Here(columns) => (columns.centre)(),
        Stage::Untouched | Stage::Coming => {
            view! { <p class="quiet" role="status">"This view is being fetched …"</p> }.into_any()
        }
        Stage::Failed => view! {
            <section class="refusal" role="alert" data-testid="view-missing">
                <h2>"This view could not be fetched"</h2>
                <p>"Its code lies where the page came from, and that cannot be reached. Data and settings are as they were."</p>
                <p class="buttons"><button type="button" class="link" on:click=move |_| view.fetch()>"Try again"</button></p>
            </section>
        }
        .into_any(),
    }
}

/// Dialogs and lists that open on top of the page.
#[component]
pub fn OnTop() -> impl IntoView {
    let frame = Frame::here();
    move || frame.shelf.on_top.get_value().get().map(|view| view())
}

#[cfg_attr(feature = "split", wasm_split_helpers::wasm_split(later, fallible))]
fn on_top() -> Fetched<fn() -> AnyView> {
    Ok(|| {
        let frame = Frame::here();
        view! {
            <sheet::Sheet/>
            <scenarios::ScenarioList/>
            <dialog::Dialog id="share-title" title="Share" open=frame.share><ShareSheet/></dialog::Dialog>
            <hand_in::HandIn/>
            <palette::Commands/>
        }
        .into_any()
    })
}
