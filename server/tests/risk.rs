//! The risk overlay through the real program: one command to a folder, the same digest again, and refusals that leave nothing.
#![allow(missing_docs, reason = "tests are named after what they show")]
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod common;

use common::{Desk, Served, desk, text};
use std::fmt::Write as _;

/// Two hundred days of three assets, wild in the middle, and weekly weights.
fn strategy() -> Desk {
    let desk = desk();
    let (mut returns, mut weights) = (String::from("date,a,b,c\n"), String::from("date,a,b,c\n"));
    for i in 0..200_i32 {
        let date = allocator_core::units::UnixNanos::from_days(18_262 + i64::from(i)).unwrap();
        let size = if (100..130).contains(&i) { 400.0 } else { 3_000.0 };
        let of = |k: i32| f64::from((i * 37 + k * 53) % 29 - 14) / size - if (100..130).contains(&i) { 0.004 } else { 0.0 };
        writeln!(returns, "{date},{},{},{}", of(0), of(1), of(2)).unwrap();
        if i % 7 == 3 {
            writeln!(weights, "{date},0.4,0.3,-0.2").unwrap();
        }
    }
    desk.write("assets.csv", returns);
    desk.write("weights.csv", weights);
    desk
}

const AUDIT: [&str; 7] = ["audit", "--returns", "assets.csv", "--weights", "weights.csv", "--out", "runs/base"];

#[test]
fn one_command_writes_every_artefact_and_the_digest_is_the_same_everywhere() {
    let desk = strategy();
    let run = desk.run(&[&AUDIT[..], &["--tag", "test", "--arrow", "--baseline-run", "base", "--format", "json"]].concat());
    let answer = run.answer();
    for name in [
        "audit.json",
        "request.json",
        "allocator_state_v1.csv",
        "allocator_state_v1.arrow",
        "allocator_risk_v1_applied.csv",
        "allocator_risk_v1_applied_meta.json",
        "weights_scaled.csv",
        "two_pass_comparison.json",
        "two_pass_comparison.md",
    ] {
        assert!(desk.has(&format!("runs/base/{name}")), "{name}");
    }
    assert_eq!(desk.read("runs/base/audit.json"), run.output.stdout);
    let again = desk.run(&["audit", "--in", "runs/base/request.json"]);
    assert_eq!(again.output.stdout, run.output.stdout);
    let server = Served::start(&desk, &[]);
    let reply = server.post("/api/v1/audit", &desk.read("runs/base/request.json"));
    assert_eq!((reply.status, &reply.body), (200, &run.output.stdout));
    assert_eq!(text(&answer, "digest").len(), 64);
    // For people: the verdict first, the digest last.
    let summary = desk.run(&[&AUDIT[..], &["--baseline-run", "base", "--tag", "test"]].concat());
    let summary = String::from_utf8(summary.output.stdout).unwrap();
    assert!(["PASS", "CAUTION", "FAIL"].contains(&summary.lines().next().unwrap()), "{summary}");
    assert!(summary.trim_end().ends_with(text(&answer, "digest")));
}

#[test]
fn the_flags_of_the_recorded_tool_are_all_there() {
    let desk = strategy();
    desk.write(
        "risk.yaml",
        "audit:\n  cost_bps: 2\n  risk:\n    profile: M\n  stress_windows:\n  - {name: crash, start: 2020-04-10, end: 2020-05-09}\n",
    );
    let flags =
        ["--config", "risk.yaml", "--start", "2020-04-01", "--end", "2020-06-30", "--baseline-run", "raw", "--scaled-run", "m"];
    let run = desk.run(&[&AUDIT[..], &flags, &["--tag", "second look", "--format", "json"]].concat());
    let answer: serde_json::Value = serde_json::from_slice(&run.output.stdout).unwrap();
    let dates = answer["curves"]["date"].as_array().unwrap();
    assert_eq!((&dates[0], dates.last().unwrap()), (&serde_json::json!("2020-03-31"), &serde_json::json!("2020-06-30")));
    assert_eq!(answer["windows"][0]["window"]["name"], "crash");
    let report = String::from_utf8(desk.read("runs/base/two_pass_comparison.md")).unwrap();
    assert!(report.starts_with("# Two-pass audit (second look)\n\nBaseline `raw`, scaled `m`.\n"), "{report}");
    let meta: serde_json::Value = serde_json::from_slice(&desk.read("runs/base/allocator_state_v1_meta.json")).unwrap();
    // The state begins with the sixtieth return after the first decision.
    assert_eq!((&meta["run_id"], &meta["effective_start"]), (&serde_json::json!("raw"), &meta["first"]));
    let (rows, dropped) = (meta["rows"].as_f64().unwrap(), meta["rows_dropped"].as_f64().unwrap());
    assert!((meta["coverage"].as_f64().unwrap() - rows / (rows + dropped)).abs() < 1e-15 && dropped > 50.0);
    let request: serde_json::Value = serde_json::from_slice(&desk.read("runs/base/request.json")).unwrap();
    assert_eq!(
        (&request["config"]["cost_bps"], &request["config"]["risk"]["profile"]),
        (&serde_json::json!(2), &serde_json::json!("M"))
    );
    // The same words as settings of a request give the same digest.
    let again = desk.run(&["audit", "--in", "runs/base/request.json"]);
    assert_eq!(again.output.stdout, run.output.stdout);
}

#[test]
fn a_later_run_is_scaled_by_the_file_or_not_at_all() {
    let desk = strategy();
    desk.run(&[&AUDIT[..], &["--baseline-run", "base"]].concat());
    let precomputed =
        ["risk", "--mode", "precomputed", "--runs", "runs", "--set", "precomputed_run_id=base", "--weights", "weights.csv"];
    let answer = desk.run(&precomputed).answer();
    assert_eq!(text(&answer, "mode"), "precomputed");
    let refused = |wanted: &str| {
        let run = desk.run(&[&precomputed[..], &["--format", "json", "--out", "scaled.json"]].concat());
        assert_eq!(run.output.status.code(), Some(2));
        let problem = String::from_utf8(run.output.stderr).unwrap();
        assert!(problem.contains(&format!("\"{wanted}\"")), "{wanted}: {problem}");
        assert!(!desk.has("scaled.json"));
    };
    let applied = String::from_utf8(desk.read("runs/base/allocator_risk_v1_applied.csv")).unwrap();
    let meta = desk.read("runs/base/allocator_risk_v1_applied_meta.json");
    std::fs::remove_file(desk.dir.path().join("runs/base/allocator_risk_v1_applied_meta.json")).unwrap();
    refused("missing_field");
    desk.write("runs/base/allocator_risk_v1_applied_meta.json", meta);
    let cut = applied.trim_end().rsplit_once('\n').unwrap().0.to_owned() + "\n";
    desk.write("runs/base/allocator_risk_v1_applied.csv", cut);
    refused("scalar_file");
    std::fs::remove_file(desk.dir.path().join("runs/base/allocator_risk_v1_applied.csv")).unwrap();
    refused("file_not_found");
}

#[test]
fn the_overlay_leaves_its_artefacts_in_a_folder_and_a_later_run_is_scaled_by_them() {
    let desk = strategy();
    let given = ["risk", "--portfolio-returns", "p.csv", "--asset-returns", "assets.csv", "--weights", "weights.csv"];
    let assets = String::from_utf8(desk.read("assets.csv")).unwrap();
    let column: Vec<String> = assets.lines().map(|line| line.split(',').take(2).collect::<Vec<_>>().join(",")).collect();
    desk.write("p.csv", column.join("\n"));
    let alone = desk.run(&given);
    let run = desk.run(&[&given[..], &["--out", "runs/mine/", "--arrow", "--format", "json"]].concat());
    assert_eq!(run.output.stdout, alone.output.stdout, "the folder changes nothing about the answer");
    assert_eq!(desk.read("runs/mine/risk.json"), run.output.stdout);
    for name in [
        "allocator_state_v1.csv",
        "allocator_state_v1_meta.json",
        "allocator_regime_v1.csv",
        "allocator_risk_v1.csv",
        "allocator_risk_v1_applied.csv",
        "allocator_risk_v1_applied.arrow",
        "allocator_risk_v1_applied_meta.json",
        "allocator_scalars_at_rebalances.csv",
        "weights_raw.csv",
        "weights_scaled.csv",
    ] {
        assert!(desk.has(&format!("runs/mine/{name}")), "{name}");
    }
    let again = desk.run(&["risk", "--in", "runs/mine/request.json"]);
    assert_eq!(again.output.stdout, run.output.stdout);
    let scaled =
        ["risk", "--mode", "precomputed", "--runs", "runs", "--set", "precomputed_run_id=mine", "--weights", "weights.csv"];
    let later = desk.run(&[&scaled[..], &["--out", "runs/later/"]].concat());
    assert_eq!(later.output.status.code(), Some(0), "{}", String::from_utf8_lossy(&later.output.stderr));
    // R7 for people: mode and source, how much was scaled, the scalars, the deepest cuts, and the digest last.
    let summary = String::from_utf8(later.output.stdout).unwrap();
    let lines: Vec<&str> = summary.lines().collect();
    assert_eq!(lines[0], "mode precomputed, scalars mine/allocator_risk_v1_applied.csv");
    assert!(lines[1].starts_with("29 rebalances, ") && lines[2].starts_with("scalar mean 0."), "{summary}");
    assert!(lines[3].starts_with("2020-") && (5..=9).contains(&lines.len()), "{summary}");
    assert!(lines[lines.len() - 1].starts_with("digest "), "{summary}");
    assert_eq!(desk.read("runs/later/weights_scaled.csv"), desk.read("runs/mine/weights_scaled.csv"));
    assert_eq!(
        desk.read("runs/later/allocator_risk_v1_applied_source.csv"),
        desk.read("runs/mine/allocator_risk_v1_applied.csv")
    );
    assert!(desk.has("runs/later/allocator_precomputed_meta.json") && !desk.has("runs/later/allocator_state_v1.csv"));
    let refused = desk.run(&[&given[..], &["--out", "one.json", "--arrow"]].concat());
    assert_eq!(refused.output.status.code(), Some(2));
    assert!(!desk.has("one.json"));
}

#[test]
fn a_refused_audit_names_the_place_and_leaves_no_folder() {
    let desk = strategy();
    desk.write("more.csv", "date,a,zinc\n2020-01-08,0.5,0.1\n");
    let run = desk.run(&[
        "audit",
        "--returns",
        "assets.csv",
        "--weights",
        "more.csv",
        "--out",
        "x",
        "--set",
        "risk.risk_min=2",
        "--format",
        "json",
    ]);
    assert_eq!(run.output.status.code(), Some(2));
    let problem = String::from_utf8(run.output.stderr).unwrap();
    assert!(problem.contains("out_of_range") && !desk.has("x"), "{problem}");
    let run = desk.run(&["audit", "--returns", "assets.csv", "--weights", "more.csv", "--out", "x", "--format", "json"]);
    let problem = String::from_utf8(run.output.stderr).unwrap();
    assert!(problem.contains("/weights/zinc") && !desk.has("x"), "{problem}");
}
