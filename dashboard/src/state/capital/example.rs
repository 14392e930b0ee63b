//! Three strategies for tests: returns that are told by hand, and the engine's own answer to them.

use super::answer::Answer;
use super::settings::CapitalSettings;
use allocator_core::wire::parse;
use std::fmt::Write as _;

/// The returns of three strategies on sixty days as the field of a request.
fn returns() -> String {
    // Waves of different length and height: no two move alike, and `a` is the calmest.
    let series = [("a", 0.004, 7, 0.0003), ("b", 0.010, 5, 0.0006), ("c", 0.016, 11, 0.0008)];
    let mut out = String::from("{");
    for (index, (name, height, length, mean)) in series.into_iter().enumerate() {
        let comma = if index > 0 { "," } else { "" };
        let (mut dates, mut values) = (String::new(), String::new());
        for day in 0..60_u32 {
            let wave = f64::from(day % length) / f64::from(length - 1) - 0.5;
            let comma = if day > 0 { "," } else { "" };
            // Writing into a string cannot fail.
            let _ = write!(dates, "{comma}\"2026-{:02}-{:02}\"", day / 28 + 1, day % 28 + 1);
            let _ = write!(values, "{comma}{:.6}", mean + height * wave);
        }
        let _ = write!(out, "{comma}\"{name}\":{{\"date\":[{dates}],\"value\":[{values}]}}");
    }
    out.push('}');
    out
}

/// A request of the page with the returns that the worker would fill in.
pub(crate) fn with_returns(request: &str) -> String {
    format!("{{\"returns\":{},{}", returns(), request.strip_prefix('{').unwrap_or_default())
}

/// The engine's answer to a request of the page.
pub(crate) fn answered(request: &str) -> Answer {
    let bytes = allocator_core::op::run("capital", with_returns(request).as_bytes()).unwrap();
    Answer::from_json(&parse(&bytes).unwrap()).unwrap()
}

/// The engine's answer to everything beside the method looked at.
pub(crate) fn beside(settings: &CapitalSettings) -> Answer {
    answered(&settings.beside(None))
}
