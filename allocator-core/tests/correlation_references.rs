//! Correlations against those that system 000 recorded (polars 1.35.2), under its preset. Tolerance: 1e-12.

use allocator_core::op::Request;
use allocator_core::op::correlation::{CorrelationRequest, correlation};
use serde_json::{Value, json};

fn read(path: &str) -> Value {
    let path = format!("{}/../tests/vectors/{path}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_slice(&std::fs::read(path).expect("the vectors are part of the project")).expect("they are JSON")
}

#[test]
fn recorded_system_000() {
    for case in read("seed-systems/s000_correlation.json")["cases"].as_array().unwrap() {
        let (id, input, output) = (&case["id"], &case["input"], &case["output"]);
        let request = json!({
            "version": 1, "compat": "000", "config": { "threshold": input["threshold"] }, "returns": input["returns"],
        });
        let answer = CorrelationRequest::from_json(request.to_string().as_bytes()).and_then(|request| correlation(&request));
        if !case["error"].is_null() {
            assert_eq!(answer.unwrap_err().code, allocator_core::Code::Empty, "{id}");
            continue;
        }
        if id == "dup_dates" {
            assert_eq!(answer.unwrap_err().code, allocator_core::Code::Duplicate);
            continue;
        }
        let answer = answer.unwrap().result;
        let recorded = output["pairs"].as_object().unwrap();
        let known = answer.pairs.iter().filter(|pair| pair.value.is_some()).count();
        if case["status"] == "defect" {
            assert_eq!(known, 0, "{id}: a flat series has no correlation, and 0 is not it");
            assert_eq!(answer.pairs[0].unknown.len(), 5);
            continue;
        }
        assert_eq!(known, recorded.len(), "{id}");
        for pair in &answer.pairs {
            if let Some(value) = pair.value {
                let wanted = recorded[&format!("{}|{}", pair.a, pair.b)].as_f64().unwrap();
                assert!((value - wanted).abs() <= 1e-12, "{id} {} {}: {value} for {wanted}", pair.a, pair.b);
            }
        }
        let alerted: Vec<Value> = answer.alerts.iter().map(|alert| json!(alert.pair)).collect();
        let wanted: Vec<Value> = output["alerts"].as_array().unwrap().iter().map(|alert| alert["pair"].clone()).collect();
        assert_eq!(alerted, wanted, "{id}");
    }
}
