//! Ties model, client and page together.

use crate::client::Client;
use crate::frame::Page;
use crate::live::Live;
use crate::state::blend::Blend;
use crate::state::explain::Subject;
use crate::state::file::FileKey;
use crate::state::look::Look;
use crate::state::model::{Event, Model, Severity};
use crate::state::problem::Problem;
use crate::state::progress::{refusal, refused};
use crate::state::question::Question;
use crate::state::same::Same;
use allocator_core::config::blend::BlendConfig;
use leptos::prelude::*;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{Blob, File};

/// Bytes of one file that a tab reads: the reader's own limit.
const BYTES_MAX: u64 = 512 << 20;

/// Mounts the page in the document's body.
pub fn mount() {
    crate::report::listen();
    crate::browser::use_customs();
    leptos::mount::mount_to_body(Root);
    // Last, so that there is always something to see.
    if let Some(coming) = document().get_element_by_id("coming") {
        coming.remove();
    }
}

/// What every component may use: the model, and the way events reach it.
#[derive(Clone, Copy)]
pub struct App {
    /// The whole page.
    pub model: RwSignal<Model>,
    /// The last answer.
    pub blend: Memo<Option<Same<Blend>>>,
    /// The settings.
    pub config: Memo<BlendConfig>,
    client: StoredValue<Option<Rc<Client>>, LocalStorage>,
    /// What lives as long as the page.
    root: StoredValue<Option<Owner>>,
    /// Settings that the next frame will hand to the model, and whether the change ends with them.
    draft: StoredValue<Option<(BlendConfig, bool)>>,
}

impl App {
    /// A page with a worker.
    pub fn new() -> Self {
        let model = RwSignal::new(Model::default());
        let app = App {
            model,
            blend: Memo::new(move |_| model.with(|model| model.blend.clone())),
            config: Memo::new(move |_| model.with(|model| model.config.clone())),
            client: StoredValue::new_local(None),
            root: StoredValue::new(Owner::current()),
            draft: StoredValue::new(None),
        };
        app.client.set_value(Some(Rc::new(Client::new(move |event| app.dispatch(event)))));
        app
    }

    /// The page of the component that calls.
    pub fn here() -> Self {
        // The root provides it before anything is shown.
        use_context::<App>().unwrap_or_default()
    }

    /// What was provided to the whole page, or is provided now and stays: a view that comes later keeps what it holds when another is shown.
    pub fn kept<T: Clone + 'static>(self, provide: impl FnOnce(App)) -> T {
        use_context::<T>().unwrap_or_else(|| {
            let make = || {
                provide(self);
                expect_context::<T>()
            };
            match self.root.get_value() {
                Some(root) => root.with(make),
                None => make(),
            }
        })
    }

    /// A part of the model that tells its readers only when it changed.
    pub fn memo<T: Clone + PartialEq + Send + Sync + 'static>(
        self,
        read: impl Fn(&Model) -> T + Send + Sync + 'static,
    ) -> Memo<T> {
        Memo::new(move |_| self.model.with(&read))
    }

    /// Hands an event to the model and does what it asks. After the page is gone, nothing happens.
    pub fn dispatch(self, event: Event) {
        let Some(commands) = self.model.try_update(|model| model.update(event)) else {
            return;
        };
        if let Some(Some(client)) = self.client.try_get_value() {
            for command in commands {
                client.perform(command);
            }
        }
    }

    /// Changes the settings at the next frame: a slider may move several times before.
    pub fn configure(self, change: impl FnOnce(&mut BlendConfig)) {
        let first = self.draft.try_update_value(|draft| {
            let first = draft.is_none();
            let (config, _) = draft.get_or_insert_with(|| (self.config.get_untracked(), false));
            change(config);
            first
        });
        if first == Some(true) {
            request_animation_frame(move || {
                if let Some(Some((config, settled))) = self.draft.try_update_value(Option::take) {
                    self.dispatch(Event::Configured(Box::new(config)));
                    if settled {
                        self.dispatch(Event::Settled);
                    }
                }
            });
        }
    }

    /// Changes the settings once: a choice, a reset.
    pub fn configure_once(self, change: impl FnOnce(&mut BlendConfig)) {
        self.configure(change);
        self.settle();
    }

    /// The settings of a view as JSON text: `{}` where it is at its defaults.
    pub fn view_settings(self, id: &'static str) -> Memo<String> {
        self.memo(move |model| model.views.get(id).cloned().unwrap_or_else(|| String::from("{}")))
    }

    /// Ends the change that is going on, after what the next frame will hand over.
    pub fn settle(self) {
        let waits = self.draft.try_update_value(|draft| draft.as_mut().map(|(_, settled)| *settled = true).is_some());
        if waits == Some(false) {
            self.dispatch(Event::Settled);
        }
    }

    /// A part of how the page is looked at.
    pub fn looked<T: Clone + PartialEq + Send + Sync + 'static>(
        self,
        read: impl Fn(&Look) -> T + Send + Sync + 'static,
    ) -> Memo<T> {
        self.memo(move |model| read(&model.look))
    }

    /// Looks at the page in another way.
    pub fn look(self, change: impl FnOnce(&mut Look)) {
        let mut look = self.model.with_untracked(|model| model.look.clone());
        change(&mut look);
        self.dispatch(Event::Look(look));
    }

    /// Chooses what is explained.
    pub fn select(self, subject: Subject) {
        self.dispatch(Event::Selected(Some(subject)));
    }

    /// The bytes of a file.
    pub(crate) fn blob(self, key: FileKey) -> Option<Blob> {
        self.client.try_get_value().flatten().and_then(|client| client.blob(key))
    }

    /// Takes files over.
    pub fn give(self, files: Vec<File>) {
        self.give_blobs(files.into_iter().map(|file| (file.name(), Blob::from(file))).collect());
    }

    /// Says what was not taken, and why.
    pub fn refuse(self, list: &[String]) {
        if !list.is_empty() {
            self.dispatch(Event::Noticed(Severity::Warning, String::from("Not read"), refused(list)));
        }
    }

    /// Takes a pasted text over as a file.
    pub fn give_text(self, name: &str, text: &str) {
        if let Some(blob) = crate::browser::blob(text, "text/plain") {
            self.give_blobs(vec![(name.to_owned(), blob)]);
        }
    }

    pub(crate) fn give_blobs(self, blobs: Vec<(String, Blob)>) {
        let refusals: Vec<String> =
            blobs.iter().filter_map(|(name, blob)| refusal(name, blob.size() as u64, false, BYTES_MAX)).collect();
        self.refuse(&refusals);
        let blobs: Vec<(String, Blob)> = blobs.into_iter().filter(|(_, blob)| blob.size() as u64 <= BYTES_MAX).collect();
        if blobs.is_empty() {
            return;
        }
        let listed = blobs.iter().map(|(name, blob)| (name.clone(), blob.size() as u64)).collect();
        if let Some(Some(client)) = self.client.try_get_value() {
            let first = self.model.with_untracked(Model::next_key);
            for (key, (name, blob)) in (first..).zip(blobs) {
                client.keep(key, name, blob);
            }
        }
        self.dispatch(Event::Given(listed));
    }
}

impl App {
    /// Has the engine's writers turn a table (JSON text) into `arrow` or `parquet`; `then` gets the file, or why there is none.
    pub fn convert(self, table: &str, format: &str, then: impl FnOnce(Result<Blob, String>) + 'static) {
        let Some(Some(client)) = self.client.try_get_value() else {
            return then(Err(String::from("The page is gone.")));
        };
        client.convert(table, format, move |result| then(result.map_err(|problem| sentence(&problem))));
    }

    /// Has the engine write what is loaded as a CSV: `prices` or `returns`; `then` gets the file, or why there is none.
    pub fn table(self, field: &str, then: impl FnOnce(Result<Blob, String>) + 'static) {
        let Some(Some(client)) = self.client.try_get_value() else {
            return then(Err(String::from("The page is gone.")));
        };
        client.table(field, move |result| then(result.map_err(|problem| sentence(&problem))));
    }

    /// Has the engine make a file of a question: `compose` its canonical request, `archive` everything that its run leaves behind;
    /// `then` gets the file, or why there is none.
    pub fn export(self, kind: &str, question: &Question, then: impl FnOnce(Result<Blob, String>) + 'static) {
        let Some(Some(client)) = self.client.try_get_value() else {
            return then(Err(String::from("The page is gone.")));
        };
        client.file_of(kind, question, move |result| {
            then(result.map_err(|problem| {
                problem.faults.first().map_or_else(String::new, |fault| format!("{} {}", fault.message, fault.hint))
            }));
        });
    }

    /// How many workers there are.
    pub fn workers(self) -> usize {
        self.client.try_get_value().flatten().map_or(0, |client| client.workers())
    }
}

/// What a problem says first.
fn sentence(problem: &Problem) -> String {
    problem.faults.first().map_or_else(String::new, |fault| format!("{} {}", fault.message, fault.hint))
}

impl Default for App {
    fn default() -> Self {
        Self::new()
    }
}

/// The page with its context.
#[component]
pub fn Root() -> impl IntoView {
    let app = App::new();
    provide_context(app);
    app.dispatch(Event::Opened);
    let by_address = crate::keep::open_address(app);
    crate::keep::remember(app, by_address);
    crate::offline::keep(app);
    provide_context(Live::new(move |name, text| app.give_text(name, text)));
    paste(app);
    view! { <Page/> }
}

/// A table pasted from a spreadsheet is a file without a name.
fn paste(app: App) {
    let handle = window_event_listener_untyped("paste", move |event| {
        let into_field = event
            .target()
            .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
            .is_some_and(|element| element.matches("input, textarea, select").unwrap_or(false));
        let data = js_sys::Reflect::get(&event, &"clipboardData".into())
            .ok()
            .and_then(|data| data.dyn_into::<web_sys::DataTransfer>().ok());
        let Some(data) = data.filter(|_| !into_field) else {
            return;
        };
        let files = crate::browser::files(data.files());
        let text = data.get_data("text/plain").unwrap_or_default();
        if !files.is_empty() {
            app.give(files);
        } else if text.contains(['\t', ',', ';', '{']) && text.contains('\n') {
            let taken = |name: &String| app.model.with_untracked(|model| model.knows(name));
            let mut number = 1_u32;
            let mut name = String::from("pasted_1.csv");
            while taken(&name) {
                number += 1;
                name = format!("pasted_{number}.csv");
            }
            app.give_text(&name, &text);
        }
    });
    on_cleanup(move || handle.remove());
}
