//! Data by address, and what was dropped and is no file.

pub mod server;

use crate::live::now;
use crate::state::progress::{Meter, size};
use js_sys::Function;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::{AbortController, AbortSignal, Blob, DataTransfer};

#[wasm_bindgen(module = "/src/remote/remote.js")]
extern "C" {
    #[wasm_bindgen(catch)]
    async fn fetched(address: &str, limit: f64, signal: &AbortSignal, tell: &Function) -> Result<JsValue, JsValue>;
    fn folders(transfer: &DataTransfer) -> Vec<String>;
}

/// Names of the folders among what was dropped: the browser gives them as files that cannot be read.
pub fn dropped_folders(transfer: &DataTransfer) -> Vec<String> {
    folders(transfer)
}

/// A download that is under way.
#[derive(Clone)]
pub struct Fetch {
    /// How far it is.
    pub meter: RwSignal<Option<Meter>>,
    controller: StoredValue<Option<AbortController>, LocalStorage>,
}

impl Default for Fetch {
    fn default() -> Self {
        Self::new()
    }
}

impl Fetch {
    /// Nothing is fetched yet.
    pub fn new() -> Self {
        Fetch { meter: RwSignal::new(None), controller: StoredValue::new_local(None) }
    }

    /// Stops it.
    pub fn stop(&self) {
        if let Some(Some(controller)) = self.controller.try_update_value(Option::take) {
            controller.abort();
        }
        let _ = self.meter.try_set(None);
    }

    /// Fetches an address; answers the file's name and bytes.
    ///
    /// # Errors
    /// A sentence that says what is wrong and what to do.
    pub async fn get(&self, address: &str, limit: u64) -> Result<(String, Blob), String> {
        let name = name_of(address)?;
        self.stop();
        let controller = AbortController::new().map_err(|_| String::from("This browser cannot fetch."))?;
        let signal = controller.signal();
        let _ = self.controller.try_update_value(|slot| *slot = Some(controller));
        let meter = self.meter;
        let tell = Closure::<dyn Fn(f64, Option<f64>)>::new(move |done: f64, total: Option<f64>| {
            let _ = meter.try_update(|meter| {
                meter.get_or_insert_with(|| Meter::new(total.map(|total| total as u64), now())).advance(done as u64, now());
            });
        });
        let answer = fetched(address, limit as f64, &signal, tell.as_ref().unchecked_ref()).await;
        let _ = self.meter.try_set(None);
        match answer {
            Ok(blob) => blob.dyn_into().map(|blob| (name, blob)).map_err(|_| String::from("The answer is no file.")),
            Err(error) if error.is_instance_of::<js_sys::RangeError>() => Err(format!(
                "{name} is larger than the {} that a browser tab reads. Split it, or read it on the command line.",
                size(limit)
            )),
            Err(error) => {
                let why = error.dyn_ref::<js_sys::Error>().map(|error| String::from(error.message())).unwrap_or_default();
                // A browser never tells a page why another site did not answer it.
                Err(format!(
                    "{address} could not be fetched ({why}). The site must allow it (CORS), and a server of ours must name it in \
                     server.connect_sources; else download the file and drop it here."
                ))
            }
        }
    }
}

/// The file's name at the end of an address.
fn name_of(address: &str) -> Result<String, String> {
    let web = address.starts_with("https://") || address.starts_with("http://");
    let path = address.split(['?', '#']).next().unwrap_or_default();
    match path.rsplit('/').next().filter(|name| !name.is_empty()) {
        Some(name) if web && path.matches('/').count() >= 3 => Ok(name.to_owned()),
        _ => Err(format!("\"{address}\" is not the address of a file. Write it in full: https://host/file.csv.")),
    }
}
