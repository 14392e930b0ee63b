//! Between JavaScript's objects and JSON text, losing nothing in silence.

use allocator_core::error::{Code, Problem};
use js_sys::{Array, JSON, Map, Object};
use serde::Serialize;
use wasm_bindgen::prelude::*;

/// Objects and arrays, not `Map`s; numbers, not `BigInt`s.
const SERIALIZER: serde_wasm_bindgen::Serializer = serde_wasm_bindgen::Serializer::json_compatible();

/// A value as a plain object.
pub(crate) fn object(value: &impl Serialize) -> Result<JsValue, JsValue> {
    value.serialize(&SERIALIZER).map_err(|error| thrown(&Problem::internal(error.to_string())))
}

/// A problem as the plain object that is thrown.
pub(crate) fn thrown(problem: &Problem) -> JsValue {
    // Strings and small integers only: this cannot fail, and if it did, the text still says what was wrong.
    problem.serialize(&SERIALIZER).unwrap_or_else(|_| JsValue::from_str(&problem.to_string()))
}

/// An answer as an object.
pub(crate) fn from_json(answer: &[u8]) -> Result<JsValue, JsValue> {
    let text = std::str::from_utf8(answer).map_err(|_| thrown(&Problem::internal("an answer was not UTF-8")))?;
    JSON::parse(text).map_err(|_| thrown(&Problem::internal("an answer was not JSON")))
}

/// A request as JSON text. `JSON.stringify` alone would turn NaN into null and a typed array into an object of indices; here
/// NaN and infinity stay words that the engine refuses at their place, typed arrays become arrays and `Map`s objects.
pub(crate) fn to_json(request: &JsValue) -> Result<String, Problem> {
    let replace = Closure::<dyn Fn(JsValue, JsValue) -> JsValue>::new(|_key: JsValue, value: JsValue| faithful(value));
    let text = JSON::stringify_with_replacer(request, replace.as_ref()).map_err(|error| {
        let why = error.dyn_ref::<js_sys::Error>().map(|error| String::from(error.message())).unwrap_or_default();
        Problem::new(
            Code::WrongType,
            "",
            format!("The request cannot be written as JSON: {why}."),
            "Give plain objects, arrays, strings and numbers.",
        )
    })?;
    // A function or undefined has no JSON, and then there is no text.
    text.as_string().ok_or_else(|| {
        Problem::new(
            Code::WrongType,
            "",
            "The request is not an object.",
            "Give an object such as { version: 1, signals: { … } }.",
        )
    })
}

fn faithful(value: JsValue) -> JsValue {
    if let Some(number) = value.as_f64() {
        return if number.is_finite() { value } else { JsValue::from_str(spelled(number)) };
    }
    if js_sys::ArrayBuffer::is_view(&value) && !value.is_instance_of::<js_sys::DataView>() {
        return Array::from(&value).into();
    }
    match value.dyn_into::<Map>() {
        Ok(map) => Object::from_entries(&map).map_or(JsValue::NULL, JsValue::from),
        Err(value) => value,
    }
}

fn spelled(number: f64) -> &'static str {
    if number.is_nan() {
        "NaN"
    } else if number > 0.0 {
        "Infinity"
    } else {
        "-Infinity"
    }
}
