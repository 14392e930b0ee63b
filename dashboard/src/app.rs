//! Ties model, client and page together.

use crate::client::Client;
use crate::page::home::Home;
use crate::state::blend::Blend;
use crate::state::model::{Event, Model};
use allocator_core::config::blend::BlendConfig;
use leptos::prelude::*;
use std::rc::Rc;
use std::sync::Arc;
use wasm_bindgen::prelude::*;
use web_sys::{Blob, File};

/// Mounts the page in the document's body.
pub fn mount() {
    console_error_panic_hook::set_once();
    leptos::mount::mount_to_body(Root);
}

/// What every component may use: the model, and the way events reach it.
#[derive(Clone, Copy)]
pub struct App {
    /// The whole page.
    pub model: RwSignal<Model>,
    /// The last answer.
    pub blend: Memo<Option<Arc<Blend>>>,
    /// The settings.
    pub config: Memo<BlendConfig>,
    client: StoredValue<Option<Rc<Client>>, LocalStorage>,
    /// Settings that the next frame will hand to the model.
    draft: StoredValue<Option<BlendConfig>>,
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
            change(draft.get_or_insert_with(|| self.config.get_untracked()));
            first
        });
        if first == Some(true) {
            request_animation_frame(move || {
                if let Some(Some(config)) = self.draft.try_update_value(Option::take) {
                    self.dispatch(Event::Configured(Box::new(config)));
                }
            });
        }
    }

    /// Takes files over.
    pub fn give(self, files: Vec<File>) {
        self.give_blobs(files.into_iter().map(|file| (file.name(), Blob::from(file))).collect());
    }

    /// Takes a pasted text over as a file.
    pub fn give_text(self, name: &str, text: &str) {
        if let Some(blob) = crate::browser::blob(text, "text/plain") {
            self.give_blobs(vec![(name.to_owned(), blob)]);
        }
    }

    fn give_blobs(self, blobs: Vec<(String, Blob)>) {
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
    paste(app);
    view! { <Home/> }
}

/// A table pasted from a spreadsheet is a file without a name.
fn paste(app: App) {
    let pasted = StoredValue::new(0_u32);
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
            let number = pasted.try_update_value(|number| {
                *number += 1;
                *number
            });
            app.give_text(&format!("pasted_{}.csv", number.unwrap_or(1)), &text);
        }
    });
    on_cleanup(move || handle.remove());
}
