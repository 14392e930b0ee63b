//! Asking the core as everyone else does: JSON in, JSON out.

use crate::engine::{Native, Request};
use serde_json::Value;

/// Carries out an operation: its answer, or the problem.
///
/// # Errors
/// The problem, as JSON.
///
/// # Panics
/// Where the core panics, which no input may bring about.
#[expect(clippy::panic_in_result_fn, reason = "a panic is how a test fails; a refusal is a result")]
pub fn reply(operation: &str, request: &Value) -> Result<Value, Value> {
    let body = request.to_string().into_bytes();
    let reply = Native::carry_out(&Request { operation: operation.to_owned(), body })
        .unwrap_or_else(|broken| panic!("{operation} {broken}\n{request}"));
    let value = serde_json::from_slice(&reply.bytes).unwrap_or_else(|error| panic!("{operation} gave no JSON: {error}"));
    if reply.refused { Err(value) } else { Ok(value) }
}

/// The answer to a request that must be answered.
///
/// # Panics
/// Where it is refused.
pub fn answer(operation: &str, request: &Value) -> Value {
    reply(operation, request).unwrap_or_else(|problem| panic!("refused: {problem}\n{request}"))
}

/// Code and place of every fault of a request that must be refused.
///
/// # Panics
/// Where it is answered.
pub fn faults(operation: &str, request: &Value) -> Vec<(String, String)> {
    let problem = match reply(operation, request) {
        Ok(answer) => panic!("answered: {answer}\n{request}"),
        Err(problem) => problem,
    };
    let text = |fault: &Value, field: &str| fault[field].as_str().unwrap_or_default().to_owned();
    problem["problems"].as_array().into_iter().flatten().map(|fault| (text(fault, "code"), text(fault, "path"))).collect()
}

/// The elements of an array; none where there is no array.
pub fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// A number.
///
/// # Panics
/// Where it is none.
pub fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

/// The final weight of a symbol; 0 where it has none.
pub fn weight(answer: &Value, symbol: &str) -> f64 {
    items(&answer["weights"]).find(|row| row["symbol"] == symbol).map_or(0.0, |row| number(&row["final_weight"]))
}
