//! The bindings in a real browser.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![cfg(target_arch = "wasm32")]

use allocator_wasm::{BlendRequest, Session, blend, canonical_request, inspect, operations, run, version};
use js_sys::{JSON, Object, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

const CSV: &[u8] = include_bytes!("../../tests/vectors/files/signals.csv");
const ARROW: &[u8] = include_bytes!("../../tests/vectors/files/signals_polars_default.arrow");
const FEATHER: &[u8] = include_bytes!("../../tests/vectors/files/signals_pandas_default.feather");
const PARQUET: &[u8] = include_bytes!("../../tests/vectors/files/signals_polars_default.parquet");
const MISSING_SCORES: &[u8] = include_bytes!("../../tests/vectors/files/polars_ipc_default.arrow");
const RATES: &[u8] = include_bytes!("../../dashboard/assets/sample/ecb_euro_reference_rates.csv");
/// Recorded natively by `tests/session.rs`.
const DIGEST: &str = include_str!("digest.txt");

const REQUEST: &str = r#"{"version":1,"signals":{"a":{"symbol":["X","Y"],"score":[1,0.5],"weight":[0.5,0.5]},"b":[["Y",1,1]]}}"#;

fn text(value: &JsValue, path: &[&str]) -> String {
    let value = path.iter().fold(value.clone(), |value, key| Reflect::get(&value, &(*key).into()).unwrap());
    value.as_string().unwrap_or_else(|| String::from(JSON::stringify(&value).unwrap()))
}

fn request(text: &str) -> BlendRequest {
    JSON::parse(text).unwrap().unchecked_into()
}

fn digest(answer: &str) -> String {
    text(&JSON::parse(answer).unwrap(), &["digest"])
}

#[wasm_bindgen_test]
fn bytes_and_objects_give_the_same_answer() {
    let bytes = run("blend", REQUEST.as_bytes()).unwrap();
    let object = blend(&request(REQUEST)).unwrap();
    let parsed = JSON::parse(std::str::from_utf8(&bytes).unwrap()).unwrap();
    assert_eq!(text(&parsed, &["digest"]), text(&object, &["digest"]));
    assert_eq!(JSON::stringify(&parsed).unwrap(), JSON::stringify(&object).unwrap());
    let canonical = canonical_request("blend", REQUEST.as_bytes()).unwrap();
    assert_eq!(run("blend", &canonical).unwrap(), bytes);
    assert!(operations().contains(&String::from("blend")) && !version().is_empty());
}

#[wasm_bindgen_test]
fn typed_arrays_and_maps_are_read_as_what_they_hold() {
    let numbers = |values: &[f64]| JsValue::from(js_sys::Float64Array::from(values));
    let table = Object::new();
    Reflect::set(&table, &"symbol".into(), &js_sys::Array::of2(&"X".into(), &"Y".into())).unwrap();
    Reflect::set(&table, &"score".into(), &numbers(&[1.0, 0.5])).unwrap();
    Reflect::set(&table, &"weight".into(), &numbers(&[0.5, 0.5])).unwrap();
    let signals = js_sys::Map::new();
    signals.set(&"a".into(), &table);
    signals.set(&"b".into(), &JSON::parse(r#"[["Y",1,1]]"#).unwrap());
    let whole = request(r#"{"version":1}"#);
    Reflect::set(&whole, &"signals".into(), &signals).unwrap();
    let answer = blend(&whole).unwrap();
    assert_eq!(text(&answer, &["digest"]), text(&blend(&request(REQUEST)).unwrap(), &["digest"]));
}

#[wasm_bindgen_test]
fn what_is_refused_is_thrown_as_a_plain_object() {
    let whole = request(REQUEST);
    let scores = Reflect::get(&Reflect::get(&whole, &"signals".into()).unwrap(), &"a".into()).unwrap();
    Reflect::set(&scores, &"score".into(), &js_sys::Array::of2(&f64::NAN.into(), &f64::INFINITY.into())).unwrap();
    let problem = blend(&whole).err().unwrap();
    assert!(!problem.is_instance_of::<js_sys::Map>());
    assert_eq!(text(&problem, &["code"]), "not_finite");
    assert_eq!(text(&problem, &["path"]), "/signals/a/score/0");
    assert_eq!(text(&problem, &["problems", "length"]), "2");
    for (operation, body) in [("blend", "{"), ("blnd", "{}"), ("blend", "{\"version\":2}")] {
        let problem = run(operation, body.as_bytes()).unwrap_err();
        assert!(!text(&problem, &["hint"]).is_empty(), "{operation} {body}");
    }
    for odd in [JsValue::UNDEFINED, JsValue::NULL, JsValue::from_str("x"), JsValue::bigint_from_str("1")] {
        assert!(blend(odd.unchecked_ref::<BlendRequest>()).is_err());
    }
}

#[wasm_bindgen_test]
fn files_of_any_writer_give_the_native_digest() {
    for (name, bytes) in [("signals.csv", CSV), ("s.arrow", ARROW), ("s.feather", FEATHER), ("s.parquet", PARQUET)] {
        let mut session = Session::new();
        session.add_file(1, name, bytes.to_vec()).unwrap();
        assert_eq!(digest(&session.blend("").unwrap()), DIGEST.trim(), "{name}");
    }
}

#[wasm_bindgen_test]
fn a_file_with_missing_scores_is_explained() {
    let inspection = inspect("polars_ipc_default.arrow", MISSING_SCORES).unwrap();
    assert!(text(&inspection, &["problems", "0", "path"]).contains("column score"));
    let report = Session::new().add_file(1, "polars_ipc_default.arrow", MISSING_SCORES.to_vec()).unwrap();
    assert_eq!(text(&JSON::parse(&report).unwrap(), &["used_as"]), "nothing");
}

#[wasm_bindgen_test]
fn a_hundred_runs_leave_no_memory_behind() {
    let pages = || wasm_bindgen::memory().unchecked_into::<js_sys::WebAssembly::Memory>().buffer();
    let bytes = || Reflect::get(&pages(), &"byteLength".into()).unwrap().as_f64().unwrap();
    let round = || {
        let mut session = Session::new();
        session.load_sample(RATES).unwrap();
        for (key, (name, file)) in
            (1..).zip([("s.csv", CSV), ("s.arrow", ARROW), ("s.parquet", PARQUET), ("bad.arrow", MISSING_SCORES)])
        {
            session.add_file(key, name, file.to_vec()).unwrap();
        }
        session.blend("").unwrap();
        blend(&request(REQUEST)).unwrap();
        let _ = run("blend", b"{");
    };
    for _ in 0..3 {
        round();
    }
    let before = bytes();
    for _ in 0..100 {
        round();
    }
    assert_eq!(bytes(), before);
}
