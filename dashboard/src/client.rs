//! The Web Workers as the page sees them: commands go out, events come back, files stay here in case one dies.
//!
//! [`Pool`] says which worker does what; here they are started, spoken to, and noticed when they end, however they end.

use crate::live::now;
use crate::state::columns::Columns;
use crate::state::file::FileKey;
use crate::state::model::{Command, Content, Event, MessageId};
use crate::state::pool::{Order, Pool, Seat};
use crate::state::problem::Problem;
use crate::state::question::Question;
use js_sys::{Float64Array, Object, Reflect, Uint8Array, Uint32Array};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{Blob, MessageEvent, Worker};

/// The sample data, below the page.
const SAMPLE: &str = "sample/ecb_euro_reference_rates.csv";
/// Numbers of messages whose answers are files for the user begin here, above those that carry data to the helper.
const EXPORTS: MessageId = 1 << 51;

#[wasm_bindgen(module = "/src/alive.js")]
extern "C" {
    /// Calls back once the lock of a worker is free: the worker has ended.
    fn watch(name: &str, ended: &js_sys::Function);
    /// The worker of a name with the name of the lock that it holds; the first one has begun with the page's script.
    #[wasm_bindgen(catch)]
    fn start(name: &str) -> Result<Begun, JsValue>;
    /// A worker that has begun.
    type Begun;
    #[wasm_bindgen(method, getter)]
    fn worker(this: &Begun) -> Worker;
    #[wasm_bindgen(method, getter)]
    fn lock(this: &Begun) -> String;
}

/// One running worker with the listeners that keep its messages coming; dropping it ends it.
struct Running {
    worker: Worker,
    /// False once it was ended on purpose: then its end is no news.
    wanted: Rc<Cell<bool>>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(web_sys::Event)>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.wanted.set(false);
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

/// What is to be done with the bytes of an export, or with why there are none.
type Then = Box<dyn FnOnce(Result<Blob, Problem>)>;

/// What the listeners share with the client.
struct Shared {
    pool: RefCell<Pool>,
    exports: RefCell<BTreeMap<MessageId, Then>>,
    emit: Box<dyn Fn(Event)>,
}

/// The engine's client.
pub(crate) struct Client {
    running: RefCell<BTreeMap<Seat, Running>>,
    /// Handles of the files given, under their keys. The bytes stay where the browser keeps them until the worker reads them.
    files: RefCell<BTreeMap<FileKey, (String, Blob)>>,
    questions: RefCell<BTreeMap<MessageId, Question>>,
    last_export: Cell<MessageId>,
    shared: Rc<Shared>,
}

impl Client {
    /// A client that reports events to `emit`; no worker runs yet.
    pub(crate) fn new(emit: impl Fn(Event) + 'static) -> Self {
        let cores = web_sys::window().map_or(1, |window| window.navigator().hardware_concurrency() as usize);
        Client {
            running: RefCell::new(BTreeMap::new()),
            files: RefCell::new(BTreeMap::new()),
            questions: RefCell::new(BTreeMap::new()),
            last_export: Cell::new(EXPORTS),
            shared: Rc::new(Shared {
                pool: RefCell::new(Pool::new(cores)),
                exports: RefCell::new(BTreeMap::new()),
                emit: Box::new(emit),
            }),
        }
    }

    /// Keeps a file for the worker and for its successors.
    pub(crate) fn keep(&self, key: FileKey, name: String, blob: Blob) {
        self.files.borrow_mut().insert(key, (name, blob));
    }

    /// The bytes of a file.
    pub(crate) fn blob(&self, key: FileKey) -> Option<Blob> {
        self.files.borrow().get(&key).map(|(_, blob)| blob.clone())
    }

    /// How many workers there are.
    pub(crate) fn workers(&self) -> usize {
        self.shared.pool.borrow().workers()
    }

    /// Does what the model asks.
    pub(crate) fn perform(&self, command: Command) {
        let pool = || self.shared.pool.borrow_mut();
        let orders = match command {
            Command::Start => {
                let orders = pool().start();
                self.start(Seat::Engine);
                orders
            }
            Command::Add(id, key, said) => {
                let bytes = self.files.borrow().get(&key).map_or(0, |(_, blob)| blob.size() as u64);
                pool().add(id, key, bytes, &said)
            }
            Command::Remove(id, key) => pool().remove(id, key),
            Command::Sample(id) => pool().sample(id, true),
            Command::NoSample(id) => pool().sample(id, false),
            Command::Ask(id, question) => {
                self.questions.borrow_mut().insert(id, question);
                pool().ask(id)
            }
            Command::Blend(id, config) => return self.post(Seat::Engine, id, "blend", &[("config", config.into())]),
            Command::Write(id, content, config) => {
                let kind = match content {
                    Content::Request => "request",
                    Content::Answer => "answer",
                };
                return self.post(Seat::Engine, id, kind, &[("config", config.into())]);
            }
            Command::Save { name, kind, text } => return super::browser::save(&name, kind, &text),
            Command::Forget(key) => {
                self.files.borrow_mut().remove(&key);
                return;
            }
        };
        for order in orders {
            self.carry_out(order);
        }
    }

    fn carry_out(&self, order: Order) {
        match order {
            Order::StartHelper => self.start(Seat::Helper),
            Order::EndHelper => {
                self.running.borrow_mut().remove(&Seat::Helper);
            }
            Order::Add(seat, id, key) => {
                let Some((name, blob)) = self.files.borrow().get(&key).cloned() else {
                    return self.refuse(id, "The page no longer has this file. Add it again.");
                };
                let said = self.shared.pool.borrow().said(key).to_owned();
                let fields = [("file", key.into()), ("name", name.into()), ("source", blob.into()), ("said", said.into())];
                self.post(seat, id, "add", &fields);
            }
            Order::Remove(seat, id, key) => self.post(seat, id, "remove", &[("file", key.into())]),
            Order::Sample(seat, id) => self.post(seat, id, "sample", &[("url", absolute(SAMPLE).into())]),
            Order::NoSample(seat, id) => self.post(seat, id, "remove", &[("file", 0.into())]),
            Order::Ask(seat, id) => {
                let Some(question) = self.questions.borrow_mut().remove(&id) else {
                    return;
                };
                let uses: js_sys::Array = question.uses.iter().map(|field| JsValue::from_str(field)).collect();
                let fields =
                    [("operation", question.operation.into()), ("request", question.request.into()), ("uses", uses.into())];
                self.post(seat, id, "ask", &fields);
            }
        }
    }

    /// Has the engine's writers turn a table (JSON text) into a format; `then` gets the file.
    pub(crate) fn convert(&self, table: &str, format: &str, then: impl FnOnce(Result<Blob, Problem>) + 'static) {
        let Some(blob) = super::browser::blob(table, "application/json") else {
            return then(Err(Problem::saying("The browser has no memory for this table.")));
        };
        let fields = [("name", "table.json".into()), ("source", blob.into()), ("format", format.into())];
        self.export_as("convert", &fields, then);
    }

    /// Has the engine write what is loaded as a CSV: `prices` or `returns`; `then` gets the file.
    pub(crate) fn table(&self, field: &str, then: impl FnOnce(Result<Blob, Problem>) + 'static) {
        self.export_as("table", &[("field", field.into())], then);
    }

    /// Has the engine make a file of a question: `compose` its canonical request, `archive` everything that its run leaves behind.
    pub(crate) fn file_of(&self, kind: &str, question: &Question, then: impl FnOnce(Result<Blob, Problem>) + 'static) {
        let uses: js_sys::Array = question.uses.iter().map(|field| JsValue::from_str(field)).collect();
        let request = question.request.as_str().into();
        let fields = [("operation", question.operation.into()), ("request", request), ("uses", uses.into())];
        self.export_as(kind, &fields, then);
    }

    /// Asks for bytes that the model does not see.
    fn export_as(&self, kind: &str, fields: &[(&str, JsValue)], then: impl FnOnce(Result<Blob, Problem>) + 'static) {
        let id = self.last_export.get() + 1;
        self.last_export.set(id);
        self.shared.exports.borrow_mut().insert(id, Box::new(then));
        self.post(Seat::Engine, id, kind, fields);
    }

    fn start(&self, seat: Seat) {
        // The old one ends before the new one begins.
        self.running.borrow_mut().remove(&seat);
        let (worker, lock) = match start(if seat == Seat::Engine { "engine" } else { "helper" }) {
            Ok(begun) => (begun.worker(), begun.lock()),
            Err(error) => {
                let (shared, message) = (Rc::clone(&self.shared), said(&error));
                wasm_bindgen_futures::spawn_local(async move { shared.lost(seat, None, message) });
                return;
            }
        };
        let wanted = Rc::new(Cell::new(true));
        let (shared, alive) = (Rc::clone(&self.shared), Rc::clone(&wanted));
        let ended = {
            let (shared, wanted) = (Rc::clone(&self.shared), Rc::clone(&wanted));
            Closure::once_into_js(move || {
                if wanted.replace(false) {
                    shared.lost(seat, None, String::from("the browser ended it"));
                }
            })
        };
        let on_message = Closure::new(move |message: MessageEvent| {
            let data = message.data();
            if word(&data, "kind").as_deref() == Some("ready") {
                watch(&lock, ended.unchecked_ref());
            }
            shared.hear(seat, &data, &alive);
        });
        let (shared, alive) = (Rc::clone(&self.shared), Rc::clone(&wanted));
        let on_error = Closure::new(move |error: web_sys::Event| {
            error.prevent_default();
            // A script that cannot be loaded comes without a message.
            let message = word(&error, "message").filter(|text| !text.is_empty());
            let message = message.unwrap_or_else(|| String::from("its script could not be loaded"));
            if alive.replace(false) {
                shared.lost(seat, None, message);
            }
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        let running = Running { worker, wanted, _on_message: on_message, _on_error: on_error };
        self.running.borrow_mut().insert(seat, running);
    }

    fn post(&self, seat: Seat, id: MessageId, kind: &str, fields: &[(&str, JsValue)]) {
        let message = Object::new();
        let id_value = JsValue::from_f64(id as f64);
        let all = [("id", id_value), ("kind", kind.into())];
        for (name, value) in all.iter().chain(fields) {
            // Setting a field of a fresh object cannot fail.
            let _ = Reflect::set(&message, &(*name).into(), value);
        }
        let sent = match self.running.borrow().get(&seat) {
            Some(running) => running.worker.post_message(&message).map_err(|error| said(&error)),
            None => Err(String::from("the engine does not run")),
        };
        if let Err(message) = sent {
            self.refuse(id, &message);
        }
    }

    /// Events never arrive while the model is still at work on the one before.
    fn refuse(&self, id: MessageId, message: &str) {
        let (shared, problem) = (Rc::clone(&self.shared), Problem::saying(message));
        wasm_bindgen_futures::spawn_local(async move { shared.refused(Seat::Engine, id, problem) });
    }
}

impl Shared {
    /// What a worker says, as an event; what it does not say is none.
    fn hear(&self, seat: Seat, data: &JsValue, alive: &Cell<bool>) {
        let number = |name: &str| field(data, name).and_then(|value| value.as_f64());
        let id = number("id").filter(|id| *id >= 0.0).map(|id| id as MessageId);
        let milliseconds = number("milliseconds").unwrap_or(0.0);
        match (word(data, "kind").as_deref(), id) {
            (Some("ready"), _) if seat == Seat::Engine => {
                (self.emit)(Event::Ready { version: word(data, "version").unwrap_or_default(), milliseconds });
            }
            (Some("answer"), Some(id)) => {
                if let Some(then) = self.export(id) {
                    let bytes = field(data, "value").and_then(|value| value.dyn_into::<Uint8Array>().ok());
                    let blob = bytes.and_then(|bytes| Blob::new_with_u8_array_sequence(&js_sys::Array::of1(&bytes)).ok());
                    then(blob.ok_or_else(|| Problem::saying("The engine's writer gave no bytes.")));
                } else if self.pool.borrow_mut().landed(seat, id) {
                    let value = field(data, "value").unwrap_or_default();
                    let (text, columns) = match value.as_string() {
                        Some(text) => (text, None),
                        None => (word(&value, "head").unwrap_or_default(), columns(&value)),
                    };
                    (self.emit)(Event::Answered { id, text, columns, milliseconds });
                }
            }
            (Some("problem"), Some(id)) => self.refused(seat, id, Problem::from_text(&word(data, "problem").unwrap_or_default())),
            (Some("progress"), Some(id)) => {
                let bytes = |name: &str| number(name).unwrap_or(0.0) as u64;
                (self.emit)(Event::Progressed { id, done: bytes("done"), total: bytes("total"), now: now() });
            }
            (Some("trap"), id) if alive.replace(false) => {
                self.lost(seat, id, word(data, "message").unwrap_or_default());
            }
            _ => {}
        }
    }

    fn export(&self, id: MessageId) -> Option<Then> {
        self.exports.borrow_mut().remove(&id)
    }

    fn refused(&self, seat: Seat, id: MessageId, problem: Problem) {
        if let Some(then) = self.export(id) {
            then(Err(problem));
        } else if self.pool.borrow_mut().landed(seat, id) {
            (self.emit)(Event::Refused { id, problem });
        }
    }

    fn lost(&self, seat: Seat, id: Option<MessageId>, message: String) {
        let who = if seat == Seat::Helper { "helper" } else { "engine" };
        crate::report::keep(&format!("The {who} ended at message {id:?}: {message}"));
        if seat == Seat::Helper {
            let open = self.pool.borrow_mut().lost_helper();
            (self.emit)(Event::HelperLost { id, message, open });
            return;
        }
        for (_, then) in std::mem::take(&mut *self.exports.borrow_mut()) {
            then(Err(Problem::saying(format!("The engine ended while it wrote the file ({message}). Try again."))));
        }
        (self.emit)(Event::Lost { id, message });
    }
}

fn field(data: &JsValue, name: &str) -> Option<JsValue> {
    Reflect::get(data, &name.into()).ok()
}

/// Columns of weights; none where the answer has none.
fn columns(value: &JsValue) -> Option<Columns> {
    let floats = |name: &str| field(value, name).and_then(|list| list.dyn_into::<Float64Array>().ok()).map(|list| list.to_vec());
    let whole = |name: &str| field(value, name).and_then(|list| list.dyn_into::<Uint32Array>().ok()).map(|list| list.to_vec());
    Some(Columns {
        symbols: word(value, "symbols")?,
        weights: floats("weights")?,
        counts: whole("counts")?,
        terms: floats("terms")?,
    })
}

fn word(data: &JsValue, name: &str) -> Option<String> {
    field(data, name).and_then(|value| value.as_string())
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
