//! The recorded look-ahead of system 003, from the artefacts of its own run: what it is, and that ours does not have it.
//!
//! The artefacts do not ship; without them the test says so and passes.

use allocator_core::op::run;
use allocator_core::units::UnixNanos;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use tests::parity::vectors;

/// Rebalances that the recorded loop skipped while its labels went on.
const SKIPPED: i64 = 31;

fn column(text: &str) -> BTreeMap<i64, f64> {
    let row = |line: &str| {
        let (date, rest) = line.split_once(',')?;
        Some((UnixNanos::parse(date)?.days(), rest.split(',').next()?.parse().ok()?))
    };
    text.lines().skip(1).filter_map(row).collect()
}

#[test]
fn the_recorded_labels_lie_31_weeks_early_and_ours_do_not() {
    let folder = vectors::folders()
        .into_iter()
        .map(|folder| folder.join("seed-systems/s003_real_run_mislabelled_dates"))
        .find(|folder| folder.is_dir());
    let Some(folder) = folder else {
        eprintln!("skipped: the artefacts of the recorded run are not here");
        return;
    };
    let read = |name: &str| fs::read_to_string(folder.join(name)).expect("an artefact of the run");
    let source_text = read("allocator_risk_v1_applied_source.csv");
    let (source, used) = (column(&source_text), column(&read("allocator_risk_v1_applied_used.csv")));
    let near = |a: f64, b: f64| (a - b).abs() < 1e-12;
    // As the recorded run would have it: the last value of the source at or before a date.
    let as_of = |date: i64| source.range(..=date).next_back().map(|(_, scalar)| *scalar);

    let shifted =
        used.iter().filter(|(date, scalar)| as_of(**date + 7 * SKIPPED).is_some_and(|other| near(other, **scalar))).count();
    let in_place = used.iter().filter(|(date, scalar)| as_of(**date).is_some_and(|other| near(other, **scalar))).count();
    assert_eq!(shifted, used.len(), "every label of the recorded run shows what was known {SKIPPED} weeks later");
    assert!(in_place * 20 < used.len(), "{in_place} of {} agree where they stand", used.len());

    // The same file and the same rebalances through ours: at every date the scalar that the file has for it.
    let dates: Vec<String> = used.keys().filter_map(|date| UnixNanos::from_days(*date)).map(|date| date.to_string()).collect();
    let request = json!({
        "version": 1, "compat": "003", "config": { "mode": "precomputed" },
        "precomputed": { "scalars": source_text }, "rebalances": dates,
    });
    let answer = run("risk", request.to_string().as_bytes()).expect("the file is good");
    let answer: Value = serde_json::from_slice(&answer).expect("canonical JSON");
    let ours = answer["exposure"]["scalar"].as_array().expect("scalars").iter().filter_map(Value::as_f64);
    let known = answer["exposure"]["known_at"].as_array().expect("dates").iter();
    assert_eq!(answer["exposure"]["date"].as_array().map(Vec::len), Some(dates.len()));
    for (((date, scalar), known), text) in used.keys().zip(ours).zip(known).zip(&dates) {
        assert_eq!(Some(scalar), as_of(*date), "{text}");
        assert!(known.as_str().is_some_and(|known| known <= text.as_str()), "{text} uses what is known at {known}");
    }
}
