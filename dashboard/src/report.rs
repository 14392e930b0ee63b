//! Errors that nobody caught, as a report that a person can copy: see the second half of `alive.js`.

use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/alive.js")]
extern "C" {
    #[wasm_bindgen(js_name = listen)]
    fn listen_js(version: &str);
    fn tell(message: &str);
    fn compose(version: &str) -> String;
}

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Listens for errors; a panic says where it happened, on the console and in the report.
pub(crate) fn listen() {
    listen_js(VERSION);
    std::panic::set_hook(Box::new(|panic| {
        tell(&panic.to_string());
        console_error_panic_hook::hook(panic);
    }));
}

/// Keeps a message for the report.
pub(crate) fn keep(message: &str) {
    tell(message);
}

/// The report as it is now.
pub(crate) fn text() -> String {
    compose(VERSION)
}
