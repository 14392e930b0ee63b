//! The frame around every view: head, capital, three columns, foot; and what it remembers about itself.

pub mod dialog;
pub mod foot;
pub mod hand_in;
pub mod head;
pub mod keys;
pub mod palette;
pub mod phone;
pub mod scenarios;
pub mod sheet;
pub mod shelf;
pub mod theme;

use crate::app::App;
use crate::browser;
use crate::component::capital_bar::CapitalBar;
use crate::component::dropzone::DropAnywhere;
use crate::component::explain::ExplainCapital;
use crate::component::icon::Icon;
use crate::state::model::Model;
use crate::state::place::Place;
use crate::view::{Columns, FIRST, VIEWS, place_of};
use leptos::prelude::*;

/// The part that a phone shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Part {
    /// The left column.
    Inputs,
    /// The middle.
    #[default]
    Result,
    /// The right column without its notices.
    Reasons,
    /// The notices of the right column.
    Notices,
}

impl Part {
    /// Its word in the document.
    pub const fn word(self) -> &'static str {
        match self {
            Part::Inputs => "inputs",
            Part::Result => "result",
            Part::Reasons => "reasons",
            Part::Notices => "notices",
        }
    }
}

/// What the frame remembers; nothing of it changes a figure.
#[derive(Clone, Copy)]
pub struct Frame {
    /// Place of the view shown, in [`VIEWS`].
    pub view: RwSignal<usize>,
    /// The views that have come.
    pub shelf: shelf::Shelf,
    /// Whether the left column is hidden.
    pub no_inputs: RwSignal<bool>,
    /// Whether the right column is hidden where there is room for it.
    pub no_reasons: RwSignal<bool>,
    /// Whether the right column lies over the middle where there is no room beside it.
    pub drawer: RwSignal<bool>,
    /// Whether the sheet of keys is open.
    pub sheet: RwSignal<bool>,
    /// Whether the list of scenarios is open.
    pub scenarios: RwSignal<bool>,
    /// Whether the sheet for sharing is open.
    pub share: RwSignal<bool>,
    /// Whether the dialog that hands the allocation in is open.
    pub hand_in: RwSignal<bool>,
    /// Whether there is a server behind the page to hand it in to.
    pub served: RwSignal<bool>,
    /// Whether something was sent there.
    pub sent: RwSignal<bool>,
    /// Whether the command palette is open.
    pub palette: RwSignal<bool>,
    /// Whether charts are shown as tables.
    pub tables: Memo<bool>,
    /// Whether a symbol is looked for, though there are few.
    pub finds: RwSignal<bool>,
    /// What a symbol's name must contain to be shown.
    pub find: RwSignal<String>,
    /// Whether keys without Ctrl are on.
    pub single_keys: RwSignal<bool>,
    /// The part that a phone shows.
    pub part: RwSignal<Part>,
}

impl Frame {
    fn new(app: App) -> Self {
        let shown = browser::fragment();
        Frame {
            view: RwSignal::new(place_of(&Place::read(&shown).view).or_else(|| place_of(FIRST)).unwrap_or(0)),
            shelf: shelf::Shelf::new(),
            no_inputs: RwSignal::new(false),
            no_reasons: RwSignal::new(false),
            drawer: RwSignal::new(false),
            sheet: RwSignal::new(false),
            scenarios: RwSignal::new(false),
            share: RwSignal::new(false),
            hand_in: RwSignal::new(false),
            served: RwSignal::new(false),
            sent: RwSignal::new(false),
            palette: RwSignal::new(false),
            tables: app.looked(|look| look.tables),
            finds: RwSignal::new(false),
            find: RwSignal::new(String::new()),
            single_keys: RwSignal::new(browser::remembered("single-keys").as_deref() != Some("off")),
            part: RwSignal::new(Part::default()),
        }
    }

    /// The frame of the component that calls; a component outside of one, as in a test, has its own.
    pub fn here() -> Self {
        use_context::<Frame>().unwrap_or_else(|| Frame::new(App::here()))
    }

    /// Place of the view shown; whoever asks is told when that changes.
    fn place(self) -> usize {
        self.view.get().min(VIEWS.len() - 1)
    }

    /// The columns of the view shown, once they are here.
    pub fn columns(self) -> Option<Columns> {
        self.shelf.view(self.place()).get()
    }

    /// Whether a view is the one shown.
    pub fn shows(self, id: &str) -> bool {
        VIEWS[self.view.get_untracked().min(VIEWS.len() - 1)].id == id
    }

    /// Goes to a view by its place; a place without one changes nothing.
    pub fn go(self, place: usize) {
        if let Some(view) = VIEWS.get(place) {
            browser::set_fragment(&Place::of_view(view.id));
        }
    }

    /// Goes to a view by its id.
    pub fn go_to(self, id: &str) {
        if let Some(place) = place_of(id) {
            self.go(place);
        }
    }

    /// Shows the right column, whichever way it is hidden.
    pub fn show_reasons(self) {
        self.no_reasons.set(false);
        self.drawer.set(true);
        self.part.set(Part::Reasons);
    }
}

/// The whole page.
#[component]
pub fn Page() -> impl IntoView {
    let app = App::here();
    let frame = Frame::new(app);
    provide_context(frame);
    keys::listen(app, frame);
    shelf::follow(app, frame);
    wasm_bindgen_futures::spawn_local(async move {
        let is_there = crate::remote::server::is_there().await;
        let _ = frame.served.try_set(is_there);
    });
    let handle = window_event_listener(leptos::ev::hashchange, move |_| {
        // An address that was pasted into the open page may hold a state.
        crate::keep::open_address(app);
        if let Some(place) = place_of(&Place::read(&browser::fragment()).view) {
            frame.view.set(place);
            frame.drawer.set(false);
            frame.part.set(Part::Result);
        }
    });
    on_cleanup(move || handle.remove());
    Effect::new(move |_| {
        if let Some(view) = VIEWS.get(frame.view.get()) {
            browser::set_title(&format!("{}: Multi-Alpha Allocator", view.title));
        }
    });
    let announcement = app.memo(|model| model.announcement.clone());
    let busy = app.memo(Model::is_busy);
    let shown = move || &VIEWS[frame.place()];
    view! {
        <div
            class="page"
            class:busy=busy
            class:no-inputs=frame.no_inputs
            class:no-reasons=frame.no_reasons
            class:drawer=frame.drawer
            data-part=move || frame.part.get().word()
            data-view=move || shown().id
        >
            <head::Head/>
            <CapitalBar/>
            <div class="columns">
                <div class="hairline" aria-hidden="true"></div>
                <div class="inputs" role="region" aria-label="Inputs" tabindex="0">{move || frame.columns().map(|columns| (columns.inputs)())}</div>
                <main class="result" id="result" tabindex="0" aria-label=move || shown().title>
                    <h1 class="hidden">{move || shown().title}</h1>
                    {move || shelf::centre(frame)}
                </main>
                <aside class="reasons" id="reasons" tabindex="0" aria-label="Reasons">
                    <div class="panel-head only-narrow drawer-button">
                        <button type="button" class="icon-button" aria-label="Close the reasons" on:click=move |_| frame.drawer.set(false)><Icon name="close"/></button>
                    </div>
                    <div class="content">
                        {move || (shown().id != FIRST).then(|| view! { <ExplainCapital/> })}
                        {move || frame.columns().map(|columns| (columns.reasons)())}
                    </div>
                </aside>
            </div>
            <phone::Dock/>
            <phone::Bar/>
            <foot::Foot/>
        </div>
        <shelf::OnTop/>
        <DropAnywhere/>
        <div class="hidden" role="status" aria-live="polite" data-testid="announcement">{announcement}</div>
    }
}
