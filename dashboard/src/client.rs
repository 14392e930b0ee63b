//! The Web Worker as the page sees it: commands go out, events come back, files stay here in case it dies.

use crate::state::file::FileKey;
use crate::state::model::{Command, Event, MessageId};
use crate::state::problem::Problem;
use js_sys::{Object, Reflect};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{Blob, MessageEvent, Worker, WorkerOptions, WorkerType};

/// Where Trunk puts the engine, below the page.
const WORKER: &str = "engine/worker.js";
/// The sample data, below the page.
const SAMPLE: &str = "sample/ecb_euro_reference_rates.csv.gz";

/// One running worker with the listeners that keep its messages coming; dropping it ends it.
struct Running {
    worker: Worker,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(web_sys::Event)>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

/// The engine's client.
pub(crate) struct Client {
    running: RefCell<Option<Running>>,
    /// Handles of the files given, under their keys. The bytes stay where the browser keeps them until the worker reads them.
    files: RefCell<BTreeMap<FileKey, (String, Blob)>>,
    emit: Rc<dyn Fn(Event)>,
}

impl Client {
    /// A client that reports events to `emit`; no worker runs yet.
    pub(crate) fn new(emit: impl Fn(Event) + 'static) -> Self {
        Client { running: RefCell::new(None), files: RefCell::new(BTreeMap::new()), emit: Rc::new(emit) }
    }

    /// Keeps a file for the worker and for its successors.
    pub(crate) fn keep(&self, key: FileKey, name: String, blob: Blob) {
        self.files.borrow_mut().insert(key, (name, blob));
    }

    /// The bytes of a file that was given.
    pub(crate) fn blob(&self, key: FileKey) -> Option<Blob> {
        self.files.borrow().get(&key).map(|(_, blob)| blob.clone())
    }

    /// Does what the model asks.
    pub(crate) fn perform(&self, command: Command) {
        match command {
            Command::Start => self.start(),
            Command::Add(id, key, said) => {
                let Some((name, blob)) = self.files.borrow().get(&key).cloned() else {
                    return self.refuse(id, "The page no longer has this file. Add it again.");
                };
                let fields = [("file", key.into()), ("name", name.into()), ("source", blob.into()), ("said", said.into())];
                self.post(id, "add", &fields);
            }
            Command::Remove(id, key) => self.post(id, "remove", &[("file", key.into())]),
            Command::Sample(id) => self.post(id, "sample", &[("url", absolute(SAMPLE).into())]),
            Command::NoSample(id) => self.post(id, "remove", &[("file", 0.into())]),
            Command::Blend(id, config) => self.post(id, "blend", &[("config", config.into())]),
            Command::Request(id, config) => self.post(id, "request", &[("config", config.into())]),
            Command::Ask(id, question) => {
                let uses: js_sys::Array = question.uses.iter().map(|field| JsValue::from_str(field)).collect();
                self.post(
                    id,
                    "ask",
                    &[("operation", question.operation.into()), ("request", question.request.into()), ("uses", uses.into())],
                );
            }
            Command::Save { name, kind, text } => super::browser::save(&name, kind, &text),
            Command::Forget(key) => {
                self.files.borrow_mut().remove(&key);
            }
        }
    }

    fn start(&self) {
        // The old one ends before the new one begins.
        self.running.borrow_mut().take();
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        options.set_name("engine");
        let worker = match Worker::new_with_options(&absolute(WORKER), &options) {
            Ok(worker) => worker,
            Err(error) => return self.later(Event::Lost { id: None, message: said(&error) }),
        };
        let emit = Rc::clone(&self.emit);
        let on_message = Closure::new(move |message: MessageEvent| {
            if let Some(event) = read(&message.data()) {
                emit(event);
            }
        });
        let emit = Rc::clone(&self.emit);
        let on_error = Closure::new(move |error: web_sys::Event| {
            error.prevent_default();
            // A script that cannot be loaded comes without a message.
            let message = Reflect::get(&error, &"message".into()).ok().and_then(|message| message.as_string());
            let message =
                message.filter(|text| !text.is_empty()).unwrap_or_else(|| String::from("its script could not be loaded"));
            emit(Event::Lost { id: None, message });
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        *self.running.borrow_mut() = Some(Running { worker, _on_message: on_message, _on_error: on_error });
    }

    fn post(&self, id: MessageId, kind: &str, fields: &[(&str, JsValue)]) {
        let message = Object::new();
        let id_value = JsValue::from_f64(id as f64);
        let all = [("id", id_value), ("kind", kind.into())];
        for (name, value) in all.iter().chain(fields) {
            // Setting a field of a fresh object cannot fail.
            let _ = Reflect::set(&message, &(*name).into(), value);
        }
        let sent = match &*self.running.borrow() {
            Some(running) => running.worker.post_message(&message).map_err(|error| said(&error)),
            None => Err(String::from("the engine does not run")),
        };
        if let Err(message) = sent {
            self.refuse(id, &message);
        }
    }

    fn refuse(&self, id: MessageId, message: &str) {
        self.later(Event::Refused { id, problem: Problem::saying(message) });
    }

    /// Events never arrive while the model is still at work on the one before.
    fn later(&self, event: Event) {
        let emit = Rc::clone(&self.emit);
        wasm_bindgen_futures::spawn_local(async move { emit(event) });
    }
}

/// What the worker says, as an event; what it does not say is none.
fn read(data: &JsValue) -> Option<Event> {
    let field = |name: &str| Reflect::get(data, &name.into()).ok();
    let text = |name: &str| field(name).and_then(|value| value.as_string());
    let number = |name: &str| field(name).and_then(|value| value.as_f64());
    let id = number("id").filter(|id| *id >= 0.0).map(|id| id as MessageId);
    let milliseconds = number("milliseconds").unwrap_or(0.0);
    match text("kind")?.as_str() {
        "ready" => Some(Event::Ready { version: text("version").unwrap_or_default(), milliseconds }),
        "answer" => Some(Event::Answered { id: id?, text: text("value").unwrap_or_default(), milliseconds }),
        "problem" => Some(Event::Refused { id: id?, problem: Problem::from_text(&text("problem")?) }),
        "trap" => Some(Event::Lost { id, message: text("message").unwrap_or_default() }),
        _ => None,
    }
}

/// What an exception says.
fn said(error: &JsValue) -> String {
    error.dyn_ref::<js_sys::Error>().map_or_else(|| format!("{error:?}"), |error| String::from(error.message()))
}

/// An address below the page, whichever folder the site lies in: the worker's own addresses start elsewhere.
fn absolute(path: &str) -> String {
    let base = web_sys::window().and_then(|window| window.document()).and_then(|document| document.base_uri().ok().flatten());
    base.and_then(|base| web_sys::Url::new_with_base(path, &base).ok()).map_or_else(|| path.to_owned(), |url| url.href())
}
