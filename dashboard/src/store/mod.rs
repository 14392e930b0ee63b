//! Keeps the page in the browser: [`Keeper`] decides, `IndexedDB` and Web Locks do.

use crate::state::file::FileKey;
use crate::state::persist::{Act, DELAY_MS, Event, Failure, Keeper, StoredFile};
use crate::state::share::FileNote;
use js_sys::{Array, Function, Reflect};
use leptos::prelude::*;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::Blob;

#[wasm_bindgen(module = "/src/store/store.js")]
extern "C" {
    #[wasm_bindgen(catch)]
    async fn load() -> Result<JsValue, JsValue>;
    #[wasm_bindgen(catch, js_name = saveState)]
    async fn save_state(text: &str) -> Result<(), JsValue>;
    #[wasm_bindgen(catch, js_name = saveFile)]
    async fn save_file(key: FileKey, name: &str, blob: &Blob) -> Result<(), JsValue>;
    #[wasm_bindgen(catch, js_name = deleteFile)]
    async fn delete_file(key: FileKey) -> Result<(), JsValue>;
    #[wasm_bindgen(catch)]
    async fn clear() -> Result<(), JsValue>;
    fn contend(steal: bool, tell: &Function);
    fn kind(error: &JsValue) -> String;
}

/// What the page must do for the store.
pub(crate) trait Host {
    /// Show a stored state.
    fn restore(&self, text: &str);
    /// Read stored files again, in this order.
    fn restore_files(&self, files: Vec<(String, Blob)>);
    /// The bytes of a file in use.
    fn blob(&self, key: FileKey) -> Option<Blob>;
}

/// The page's memory.
#[derive(Clone, Copy)]
pub struct Store {
    /// What is known about saving, for the foot of the page and its notices.
    pub keeper: RwSignal<Keeper>,
    host: StoredValue<Option<Rc<dyn Host>>, LocalStorage>,
    /// Blobs from the store until the page has taken them.
    loaded: StoredValue<BTreeMap<FileKey, Blob>, LocalStorage>,
}

impl Store {
    /// A memory that nothing has been asked of yet.
    pub(crate) fn new(host: Rc<dyn Host>) -> Self {
        Store {
            keeper: RwSignal::new(Keeper::default()),
            host: StoredValue::new_local(Some(host)),
            loaded: StoredValue::new_local(BTreeMap::new()),
        }
    }

    /// Tells the keeper what happened and does what it asks.
    pub fn tell(self, event: Event) {
        // After the page is gone, nothing happens.
        let Some(acts) = self.keeper.try_update(|keeper| keeper.update(event)) else {
            return;
        };
        for act in acts {
            self.perform(act);
        }
    }

    fn perform(self, act: Act) {
        match act {
            Act::Open => spawn_local(async move {
                match load().await {
                    Ok(stored) => {
                        let event = self.read(&stored);
                        self.tell(event);
                        self.contend(false);
                    }
                    Err(error) => self.failed(&error),
                }
            }),
            Act::Steal => self.contend(true),
            Act::Wait => set_timeout(move || self.tell(Event::Due), Duration::from_millis(u64::from(DELAY_MS))),
            Act::SaveState(text) => self.write(Event::Saved, async move { save_state(&text).await }),
            Act::SaveFile(key, name) => {
                if let Some(blob) = self.host().and_then(|host| host.blob(key)) {
                    spawn_local(async move {
                        self.tell(match save_file(key, &name, &blob).await {
                            Ok(()) => Event::FileSaved(key),
                            Err(error) => Event::FileFailed(key, Failure::of_exception(&kind(&error))),
                        });
                    });
                }
            }
            Act::DeleteFile(key) => self.write(Event::Deleted, async move { delete_file(key).await }),
            Act::Clear => self.write(Event::Deleted, async move { clear().await }),
            Act::Restore(text) => {
                if let Some(host) = self.host() {
                    host.restore(&text);
                }
            }
            Act::RestoreFiles(files) => {
                let blobs = self.loaded.try_update_value(std::mem::take).unwrap_or_default();
                let files = files.into_iter().filter_map(|file| Some((file.note.name, blobs.get(&file.key)?.clone()))).collect();
                if let Some(host) = self.host() {
                    host.restore_files(files);
                }
            }
        }
    }

    fn host(self) -> Option<Rc<dyn Host>> {
        self.host.try_with_value(Clone::clone).flatten()
    }

    fn write(self, done: Event, writing: impl Future<Output = Result<(), JsValue>> + 'static) {
        spawn_local(async move {
            match writing.await {
                Ok(()) => self.tell(done),
                Err(error) => self.failed(&error),
            }
        });
    }

    fn failed(self, error: &JsValue) {
        self.tell(Event::Failed(Failure::of_exception(&kind(error))));
    }

    fn contend(self, steal: bool) {
        let tell = Closure::<dyn Fn(String)>::new(move |word: String| {
            self.tell(match word.as_str() {
                "granted" => Event::Granted,
                "taken" => Event::Taken,
                _ => Event::Elsewhere,
            });
        });
        contend(steal, tell.as_ref().unchecked_ref());
        // It is called for as long as the page lives: handed over to the garbage collector.
        let _ = tell.into_js_value();
    }

    /// What the store holds, as an event; the blobs wait here.
    fn read(self, stored: &JsValue) -> Event {
        let field = |value: &JsValue, name: &str| Reflect::get(value, &name.into()).unwrap_or(JsValue::UNDEFINED);
        let state = field(stored, "state").as_string();
        let list: Array = field(stored, "files").dyn_into().unwrap_or_default();
        let mut files = Vec::new();
        for file in list.iter() {
            let key = field(&file, "key").as_f64().map(|key| key as FileKey);
            let blob = field(&file, "blob").dyn_into::<Blob>().ok();
            let name = field(&file, "name").as_string();
            if let (Some(key), Some(blob), Some(name)) = (key, blob, name) {
                files.push(StoredFile { key, note: FileNote { name, bytes: blob.size() as u64 } });
                let _ = self.loaded.try_update_value(|loaded| loaded.insert(key, blob));
            }
        }
        Event::Loaded(state, files)
    }
}
