//! The JavaScript side of charts, typed.

use js_sys::{Array, Function, Promise};
use wasm_bindgen::prelude::*;
use web_sys::{Blob, Element, HtmlElement};

#[wasm_bindgen(module = "/src/chart/load.js")]
extern "C" {
    /// Loads a library and draws a specification into an element.
    #[wasm_bindgen(catch)]
    pub(super) async fn mount(library: &str, element: &HtmlElement, option: &str, tell: &Function) -> Result<JsValue, JsValue>;

    /// Hands the next specification over.
    #[wasm_bindgen(catch)]
    pub(super) fn set(drawn: &Drawn, option: &str) -> Result<(), JsValue>;

    /// An SVG element as a file's text.
    #[wasm_bindgen(catch)]
    pub(super) async fn standalone(element: &Element) -> Result<JsValue, JsValue>;

    /// A text with colours in the place of tokens.
    #[wasm_bindgen(catch)]
    pub(super) async fn coloured(text: &str) -> Result<JsValue, JsValue>;

    /// An SVG text as a PNG.
    #[wasm_bindgen(catch)]
    pub(super) async fn png(svg: &str, scale: f64) -> Result<JsValue, JsValue>;

    /// Offers a blob as a download.
    pub(super) fn offer(name: &str, blob: &Blob);
}

#[wasm_bindgen]
extern "C" {
    /// A chart on the page.
    #[derive(Clone, Debug)]
    pub(crate) type Drawn;

    /// Takes it off the page, with its listeners.
    #[wasm_bindgen(method)]
    pub(super) fn dispose(this: &Drawn);

    /// The chart as pixels.
    #[wasm_bindgen(method, catch, js_name = png)]
    pub(super) fn pixels(this: &Drawn, scale: f64) -> Result<Promise, JsValue>;

    /// The chart as SVG text.
    #[wasm_bindgen(method, catch)]
    pub(super) fn svg(this: &Drawn) -> Result<String, JsValue>;

    /// An action of ECharts: highlight, brush, zoom.
    #[wasm_bindgen(method, catch)]
    pub(super) fn act(this: &Drawn, action: &JsValue) -> Result<(), JsValue>;

    /// Columns for uPlot.
    #[wasm_bindgen(method, catch)]
    pub(super) fn data(this: &Drawn, columns: &Array) -> Result<(), JsValue>;

    /// Puts the cursor of uPlot at a time.
    #[wasm_bindgen(method, catch)]
    pub(super) fn cursor(this: &Drawn, time: &JsValue) -> Result<(), JsValue>;

    /// Shows a span of time.
    #[wasm_bindgen(method, catch)]
    pub(super) fn range(this: &Drawn, from: &JsValue, to: &JsValue) -> Result<(), JsValue>;
}

/// What an exception says.
pub(super) fn said(error: &JsValue) -> String {
    error.dyn_ref::<js_sys::Error>().map_or_else(|| format!("{error:?}"), |error| String::from(error.message()))
}
