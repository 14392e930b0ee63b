//! The server behind the page, where there is one: asked only when the user hands something in.

use js_sys::Array;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/remote/remote.js")]
extern "C" {
    async fn served() -> JsValue;
    async fn asked(method: &str, path: &str, key: Option<String>, token: Option<String>, body: Option<String>) -> JsValue;
    fn key() -> String;
}

/// Whether the page comes from a server that can be handed allocations.
pub async fn is_there() -> bool {
    served().await.is_truthy()
}

/// Asks the server: status and text of its answer, status 0 where none came.
pub async fn ask(method: &str, path: &str, key: Option<String>, token: Option<String>, body: Option<String>) -> (u16, String) {
    let answer: Array = asked(method, path, key, token, body).await.unchecked_into();
    let status = answer.get(0).as_f64().unwrap_or(0.0);
    (status as u16, answer.get(1).as_string().unwrap_or_default())
}

/// A word that nobody else has.
pub fn fresh_key() -> String {
    key()
}
