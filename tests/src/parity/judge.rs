//! Comparing: numbers within a tolerance, unknown with undefined, sets with sets, refusals by their reason.

use super::Response;
use super::case::Recorded;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt;

/// How far a number may lie from the recorded one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Tolerance {
    /// Of the difference.
    Absolute(f64),
    /// Of the difference, as a share of the recorded number.
    Relative(f64),
}

impl Tolerance {
    /// Whether `got` is near enough to `expected`; infinities must be equal.
    pub fn holds(self, expected: f64, got: f64) -> bool {
        let difference = (got - expected).abs();
        match self {
            _ if got == expected => true,
            Tolerance::Absolute(most) => difference <= most,
            Tolerance::Relative(most) => difference <= most * expected.abs(),
        }
    }
}

impl fmt::Display for Tolerance {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Tolerance::Absolute(most) => write!(out, "{most:e} absolute"),
            Tolerance::Relative(most) => write!(out, "{most:e} relative"),
        }
    }
}

/// One thing that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    field: String,
    expected: String,
    got: String,
    tolerance: String,
}

impl Finding {
    /// A finding: the field, what was recorded, what came out, how far apart they may be.
    pub fn new(
        field: impl Into<String>,
        expected: impl Into<String>,
        got: impl Into<String>,
        tolerance: impl Into<String>,
    ) -> Self {
        let line = |text: String| text.replace('\n', " ");
        Finding { field: field.into(), expected: line(expected.into()), got: line(got.into()), tolerance: tolerance.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: expected {}, got {}, tolerance {}", self.field, self.expected, self.got, self.tolerance)
    }
}

/// All findings of a case.
#[derive(Clone, Debug, Default)]
pub struct Findings(Vec<Finding>);

impl Findings {
    /// How many.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The first.
    pub fn first(&self) -> Option<&Finding> {
        self.0.first()
    }

    /// Adds one.
    pub fn push(&mut self, finding: Finding) {
        self.0.push(finding);
    }

    /// Holds a number against the recorded one.
    pub fn number(&mut self, field: &str, expected: f64, got: &Value, tolerance: Tolerance) {
        let near = number(got).is_some_and(|got| tolerance.holds(expected, got));
        if !near {
            self.push(Finding::new(field, expected.to_string(), shown(got), tolerance.to_string()));
        }
    }

    /// Holds a figure against the recorded one; ours may be unknown where the recorded one is, or where `undefined` says that the
    /// recorded 0 or sentinel stands for a figure that does not exist.
    pub fn figure(&mut self, field: &str, expected: &Value, got: &Value, undefined: bool, tolerance: Tolerance) {
        match number(expected) {
            Some(expected) if expected.is_finite() => {
                if !(got.is_null() && undefined) {
                    self.number(field, expected, got, tolerance);
                }
            }
            _ if got.is_null() => {}
            _ => self.push(Finding::new(field, "unknown", shown(got), "exact")),
        }
    }

    /// Holds a value against the recorded one.
    pub fn exact<T: PartialEq + fmt::Debug>(&mut self, field: &str, expected: &T, got: &T) {
        if expected != got {
            self.push(Finding::new(field, format!("{expected:?}"), format!("{got:?}"), "exact"));
        }
    }

    /// Asks for something to be true.
    pub fn holds(&mut self, field: &str, condition: bool, expected: &str, got: impl Into<String>) {
        if !condition {
            self.push(Finding::new(field, expected, got, "exact"));
        }
    }
}

/// The number of a recorded value: a JSON number, a Python decimal in a string, or a spelled-out special value.
pub fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => match text.as_str() {
            "NaN" | "nan" => Some(f64::NAN),
            "inf" | "Infinity" => Some(f64::INFINITY),
            "-inf" | "-Infinity" => Some(f64::NEG_INFINITY),
            text => text.parse().ok(),
        },
        _ => None,
    }
}

/// Strings of an array.
pub fn strings(value: &Value) -> BTreeSet<String> {
    value.as_array().into_iter().flatten().filter_map(|item| item.as_str().map(str::to_owned)).collect()
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "unknown (null)".to_owned(),
        Value::String(text) => format!("{text:?}"),
        other => other.to_string(),
    }
}

/// The answer, or a finding that we refused what was answered before.
///
/// # Errors
/// A refusal.
pub fn answered(response: Response) -> Result<Value, Finding> {
    match response {
        Response::Answer(answer) => Ok(answer),
        Response::Refusal(codes) => Err(Finding::new("answer", "an answer", format!("a refusal: {}", codes.join(", ")), "exact")),
    }
}

/// Holds a recorded refusal against our response: ours must be a refusal for one of the reasons that belong to a part of the
/// recorded message. A message that no part is known of takes any typed refusal.
pub fn refused(findings: &mut Findings, message: &str, reasons: &[(&str, &[&str])], response: &Response) {
    let codes = match response {
        Response::Answer(_) => {
            return findings.push(Finding::new("refusal", format!("{message:?}"), "an answer", "a typed refusal"));
        }
        Response::Refusal(codes) => codes,
    };
    let known = reasons.iter().find(|(part, _)| message.contains(part));
    if let Some((_, wanted)) = known
        && !codes.iter().any(|code| wanted.contains(&code.as_str()))
    {
        findings.push(Finding::new("refusal", wanted.join(" or "), codes.join(", "), "the same reason"));
    }
}

/// What was recorded, as the judge of a topic needs it first.
pub fn recorded_error(recorded: &Recorded) -> Option<&str> {
    match recorded {
        Recorded::Error(message) => Some(message),
        Recorded::Output(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_unknown_equals_what_is_undefined_and_nothing_else() {
        let count = |expected: Value, got: Value, undefined: bool| {
            let mut findings = Findings::default();
            findings.figure("sharpe", &expected, &got, undefined, Tolerance::Relative(1e-12));
            findings.count()
        };
        assert_eq!(count(json!(null), json!(null), false), 0);
        assert_eq!(count(json!("NaN"), json!(null), false), 0);
        assert_eq!(count(json!("0"), json!(null), true), 0);
        assert_eq!(count(json!("0"), json!(null), false), 1);
        assert_eq!(count(json!("NaN"), json!(0.0), true), 1);
        assert_eq!(count(json!("16.35572883251505639426958402"), json!(16.355_728_832_515_055), false), 0);
        assert_eq!(count(json!(0.0), json!(1e-300), false), 1);
    }

    #[test]
    fn a_finding_stands_on_one_line() {
        let finding = Finding::new("a/b", "1", "panicked:\n2", "1e-12 absolute");
        assert_eq!(finding.to_string(), "a/b: expected 1, got panicked: 2, tolerance 1e-12 absolute");
    }
}
