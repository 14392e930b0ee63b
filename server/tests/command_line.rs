//! The command line through the real program: what it answers, what it refuses, and what it leaves behind.
#![allow(missing_docs, reason = "tests are named after what they show")]
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod common;

use allocator_core::wire::Json;
use common::{MOMENTUM, Served, desk, text};

const THREE: [&str; 7] = ["blend", "--signals", "momentum.csv", "--signals", "value.csv", "--signals", "income=carry.csv"];

fn blend(more: &[&str]) -> Vec<&'static str> {
    // Arguments live as long as the test program.
    THREE.iter().copied().chain(more.iter().map(|argument| &*String::from(*argument).leak())).collect()
}

fn pair(code: &str, place: &str) -> (String, String) {
    (code.to_owned(), place.to_owned())
}

#[test]
fn a_blend_of_files_names_strategies_by_file_or_id() {
    let answer = desk().run(&blend(&[])).answer();
    let Some(Json::Object(strategies)) = answer.get("strategy_weights") else { panic!() };
    assert_eq!(strategies.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), ["income", "momentum", "value"]);
    let weights = answer.get("weights").unwrap().as_array().unwrap();
    let total: f64 = weights.iter().map(|row| row.get("final_weight").unwrap().as_f64().unwrap()).sum();
    assert!((total - 1.0).abs() < 1e-12, "{total}");
    assert_eq!(text(&answer, "digest").len(), 64);
    for key in ["totals", "alerts", "warnings"] {
        assert!(answer.get(key).is_some(), "{key}");
    }
}

#[test]
fn one_digest_from_files_from_the_emitted_request_and_over_http() {
    let desk = desk();
    let more = ["--returns", "returns.csv", "--set", "cash_reserve=0.1", "--emit-request", "request.json"];
    let by_files = desk.run(&blend(&more));
    by_files.answer();
    let by_request = desk.run(&["blend", "--in", "request.json"]);
    assert_eq!(by_request.output.stdout, by_files.output.stdout);
    let by_pipe = desk.run_with(&["blend", "--in", "-", "--out", "-"], &[], &desk.read("request.json"));
    assert_eq!(by_pipe.output.stdout, by_files.output.stdout);
    let server = Served::start(&desk, &[]);
    let reply = server.post("/api/v1/blend", &desk.read("request.json"));
    assert_eq!((reply.status, &reply.body), (200, &by_files.output.stdout));
}

#[test]
fn order_of_files_and_rows_does_not_matter() {
    let desk = desk();
    desk.write("shuffled.csv", "weight;symbol;score\n0.2;NVDA;0.2\n0.5;AAPL;0.9\n0.3;MSFT;0.7\n");
    let one = desk.run(&["blend", "--signals", "m=momentum.csv", "--signals", "v=value.csv"]);
    let two = desk.run(&["blend", "--signals", "v=value.csv", "--signals", "m=shuffled.csv"]);
    one.answer();
    assert_eq!(one.output.stdout, two.output.stdout);
}

#[test]
fn the_main_table_as_csv_arrow_and_parquet() {
    use allocator_core::codec::{Cell, Limits, read};
    let desk = desk();
    let run = desk.run(&blend(&["--format", "csv"]));
    assert_eq!(run.code(), 0, "{}", run.stderr());
    assert!(run.stdout().starts_with("symbol,final_weight,contributing_strategies\n"), "{}", run.stdout());
    assert!(run.stdout().contains('|'), "{}", run.stdout());
    let csv = read(run.stdout().as_bytes(), "out.csv", &Limits::default()).unwrap();
    for format in ["arrow", "parquet"] {
        let run = desk.run(&blend(&["--format", format, "--out", format]));
        assert_eq!((run.code(), run.stdout(), run.stderr()), (0, "", ""));
        let table = read(&desk.read(format), &format!("out.{format}"), &Limits::default()).unwrap();
        assert_eq!(table.rows, csv.rows);
        assert_eq!(table.columns[1].cell(0), csv.columns[1].cell(0));
        assert!(matches!(table.columns[0].cell(0), Cell::Text(_)));
    }
}

#[test]
fn correlations_and_alerts_of_a_file() {
    let desk = desk();
    let answer = desk.run(&["correlation", "--returns", "returns.csv", "--threshold", "0.9"]).answer();
    let pairs = answer.get("pairs").unwrap().as_array().unwrap();
    assert_eq!(pairs.len(), 3);
    let alerts: Vec<bool> = pairs.iter().map(|pair| pair.get("alert") == Some(&Json::Bool(true))).collect();
    assert_eq!(alerts, [true, false, false]);
    let run = desk.run(&["correlation", "--returns", "returns.csv", "--format", "csv"]);
    assert!(run.stdout().starts_with("a,b,value,n,p_value,alert\na,b,0.9"), "{}{}", run.stdout(), run.stderr());
    let answer = desk.run(&["correlation", "--returns", "returns.csv", "--min-observations", "100"]).answer();
    let first = &answer.get("pairs").unwrap().as_array().unwrap()[0];
    assert_eq!(first.get("value"), Some(&Json::Null), "too little history is unknown, not 0");
}

#[test]
fn metrics_of_a_file() {
    let desk = desk();
    let run = desk.run(&["metrics", "--returns", "returns.csv", "--emit-request", "request.json"]);
    run.answer();
    assert_eq!(desk.run(&["metrics", "--in", "request.json"]).output.stdout, run.output.stdout);
    let table = desk.run(&["metrics", "--returns", "returns.csv", "--format", "csv"]);
    assert!(table.stdout().starts_with("name,") && !table.stdout().contains('{'), "{}", table.stdout());
    assert_eq!(table.stdout().lines().count(), 4);
    desk.write("values.csv", "date,fund\n2024-01-01,100\n2024-01-02,101\n2024-01-03,99\n");
    desk.run(&["metrics", "--values", "values.csv"]).answer();
}

#[test]
fn inspect_describes_and_refuses_only_what_cannot_be_read() {
    let desk = desk();
    let answer = desk.run(&["inspect", "momentum.csv"]).answer();
    assert_eq!(answer.get("rows").unwrap().as_f64(), Some(3.0));
    let shown = desk.run(&["inspect", "momentum.csv", "--format", "text"]);
    assert!(shown.stdout().contains("symbol") && shown.stdout().contains("score"), "{}", shown.stdout());
    desk.write("odd.csv", "symbol,score,weight\nA,NaN,0.5\n");
    let answer = desk.run(&["inspect", "odd.csv", "--format", "json"]).answer();
    assert!(!answer.get("problems").unwrap().as_array().unwrap().is_empty());
    desk.write("noise.parquet", [0x50, 0x41, 0x52, 0x31, 0, 1, 2, 3]);
    assert_eq!(desk.run(&["inspect", "noise.parquet"]).code(), 2);
    assert_eq!(desk.run(&["inspect", "nothing.csv", "--format", "json"]).faults(), [pair("file_not_found", "nothing.csv")]);
}

#[test]
fn faults_name_file_line_and_column_all_together() {
    let desk = desk();
    desk.write("bad.csv", "symbol,score,weight\nA,0.1,0.5\nA,oops,0.5\nB,0.1,NaN\n");
    let run = desk.run(&["blend", "--signals", "bad.csv", "--returns", "no.csv", "--set", "cash_reserve=7x", "--format", "json"]);
    assert_eq!(run.code(), 2);
    let faults = run.faults();
    assert!(faults.iter().any(|(_, place)| place == "bad.csv:3:2"), "{faults:?}");
    assert!(faults.iter().any(|(_, place)| place == "bad.csv:4:3"), "{faults:?}");
    assert!(faults.contains(&pair("file_not_found", "no.csv")), "{faults:?}");
    assert!(faults.contains(&pair("wrong_type", "--set cash_reserve")), "{faults:?}");
    // The same for people: one line for each fault, with its place and mend.
    let run = desk.run(&["blend", "--signals", "bad.csv"]);
    assert_eq!(run.code(), 2);
    assert!(run.stderr().lines().all(|line| line.starts_with("bad.csv:")), "{}", run.stderr());
}

#[test]
fn settings_come_from_file_environment_and_flags_in_that_order() {
    let desk = desk();
    desk.write("desk.yaml", "blend:\n  method: equal_weight\n  cash_reserve: 0.1\n  target_total: 0.9\n");
    desk.write("flat.toml", "method = \"equal_weight\"\ncash_reserve = 0.1\ntarget_total = 0.9\n");
    let environment = [("ALLOCATOR_BLEND_CASH_RESERVE", "0.2"), ("ALLOCATOR_BLEND_TARGET_TOTAL", "0.8")];
    for file in ["desk.yaml", "flat.toml"] {
        let arguments = blend(&["--config", file, "--set", "target_total=0.5", "--emit-request", "request.json"]);
        assert_eq!(desk.run_with(&arguments, &environment, b"").code(), 0);
        let request = allocator_core::wire::parse(&desk.read("request.json")).unwrap();
        let config = request.get("config").unwrap();
        assert_eq!(text(config, "method"), "equal_weight");
        assert_eq!(config.get("cash_reserve").unwrap().as_f64(), Some(0.2));
        assert_eq!(config.get("target_total").unwrap().as_f64(), Some(0.5));
    }
}

#[test]
fn refused_settings_are_named_where_they_were_written() {
    let desk = desk();
    desk.write("desk.yaml", "# caps\nblend:\n  cash_reserve: 1.5\n  metod: rank\n");
    let run = desk.run(&blend(&["--config", "desk.yaml", "--per-strategy-max", "-0.1", "--format", "json"]));
    assert_eq!(run.code(), 2);
    let out_of_range = [pair("out_of_range", "--per-strategy-max"), pair("out_of_range", "desk.yaml:3:17")];
    assert_eq!(run.faults(), [&[pair("unknown_field", "desk.yaml:4:10")], &out_of_range[..]].concat());
    assert!(run.stderr().contains("Did you mean \\\"method\\\"?"), "{}", run.stderr());
    for (flag, value, code) in [
        ("--per-strategy-max", "NaN", "not_finite"),
        ("--per-strategy-max", "inf", "not_finite"),
        ("--method", "ranks", "unknown_choice"),
        ("--compat", "900", "unknown_choice"),
    ] {
        let run = desk.run(&blend(&[flag, value, "--format", "json"]));
        assert_eq!((run.code(), run.faults()), (2, vec![pair(code, flag)]));
    }
}

#[test]
fn config_check_shows_origins_and_refusals() {
    let desk = desk();
    desk.write("desk.toml", "[blend]\ncash_reserve = 0.1\n[server]\nlisten = \"nowhere\"\nquue_max = 1\n[serer]\n");
    let run = desk.run_with(&["config", "check", "desk.toml"], &[("ALLOCATOR_METRICS_COMPAT", "001")], b"");
    assert_eq!(run.code(), 2);
    let line = |start: &str| run.stdout().lines().find(|line| line.starts_with(start)).unwrap_or_else(|| panic!("no {start}"));
    assert!(line("blend.cash_reserve = 0.1").ends_with("# desk.toml:2:16"));
    assert!(line("blend.target_total = 1").ends_with("# default"));
    assert!(line("metrics.compat = \"001\"").ends_with("# ALLOCATOR_METRICS_COMPAT"));
    for place in ["  desk.toml:4:", "  desk.toml:5:", "  desk.toml:6:"] {
        let _ = line(place);
    }
    desk.write("good.toml", "[blend]\ncash_reserve = 0.1\n");
    let run = desk.run(&["config", "check", "good.toml", "--format", "json"]);
    let report = run.answer();
    assert_eq!(report.get("valid"), Some(&Json::Bool(true)));
    desk.write("broken.yaml", "blend: [unclosed\n");
    assert_eq!(desk.run(&["config", "check", "broken.yaml"]).code(), 2);
    assert_eq!(desk.run(&["config", "check", "none.yaml"]).code(), 2);
}

#[test]
fn whole_requests_are_refused_with_pointers() {
    let desk = desk();
    desk.write("request.json", r#"{"version":1,"signals":{"a":[["A",1,"NaN"],["B",1]]},"sinals":{}}"#);
    let run = desk.run(&["blend", "--in", "request.json", "--format", "json", "--out", "answer.json"]);
    assert_eq!(run.code(), 2);
    assert_eq!(
        run.faults(),
        [pair("not_finite", "/signals/a/0/2"), pair("broken_row", "/signals/a/1"), pair("unknown_field", "/sinals")]
    );
    for (input, code) in [("", "invalid_json"), ("{", "invalid_json"), ("{}", "missing_field"), ("[1e999]", "invalid_json")] {
        let run = desk.run_with(&["blend", "--in", "-", "--format", "json"], &[], input.as_bytes());
        assert_eq!((run.code(), run.faults()[0].0.as_str()), (2, code), "{input}");
    }
    assert!(!desk.has("answer.json"));
}

#[test]
fn a_refused_run_leaves_nothing_behind() {
    let desk = desk();
    desk.write("bad.csv", "symbol,score,weight\nA,x,0.5\n");
    let before = desk.names();
    desk.run(&["blend", "--signals", "bad.csv", "--out", "answer.json", "--emit-request", "request.json"]);
    assert_eq!(desk.names(), before);
    // A directory that is not there: the answer was computed, but neither file appears.
    let run = desk.run(&blend(&["--emit-request", "request.json", "--out", "no/answer.json", "--format", "json"]));
    assert_eq!((run.code(), run.faults()[0].0.as_str()), (1, "io"));
    assert_eq!(desk.names(), before);
    // An older answer survives a refused run untouched.
    desk.write("answer.json", "old");
    desk.run(&["blend", "--signals", "bad.csv", "--out", "answer.json"]);
    assert_eq!(desk.read("answer.json"), b"old");
}

#[test]
fn usage_faults_exit_2_in_both_forms() {
    let desk = desk();
    for arguments in [
        &["blend"][..],
        &["blen", "--signals", "momentum.csv"],
        &["blend", "--signals", "momentum.csv", "--in", "x"],
        &["blend", "--signals", "momentum.csv", "--format", "xml"],
        &["config"],
        &[],
    ] {
        let run = desk.run(arguments);
        assert_eq!((run.code(), run.stdout()), (2, ""), "{arguments:?}");
        assert!(!run.stderr().is_empty());
    }
    assert_eq!(desk.run(&["blend", "--format", "json"]).faults(), [pair("invalid_usage", "")]);
    assert_eq!(desk.run(&["blend", "--format=json", "--in"]).faults(), [pair("invalid_usage", "")]);
}

#[test]
fn odd_files_are_refused_without_a_panic() {
    let desk = desk();
    desk.write("empty.csv", "");
    desk.write("nul.csv", [0_u8; 64]);
    desk.write("latin.csv", b"symbol,score,weight\n\xe9,1,1\n");
    desk.write("cut.arrow", b"ARROW1\0\0\xff\xff\xff\xff\x10\0\0\0");
    for file in ["empty.csv", "nul.csv", "latin.csv", "cut.arrow", ".", "none.csv"] {
        let run = desk.run(&["blend", "--signals", file, "--format", "json"]);
        assert_eq!(run.code(), 2, "{file}: {}", run.stderr());
        assert!(!run.faults().is_empty());
    }
}

#[test]
fn a_closed_pipe_is_quiet() {
    let desk = desk();
    let mut command = common::program(desk.dir.path());
    let mut child = command.args(blend(&[])).spawn().unwrap();
    drop(child.stdout.take());
    let status = common::wait(&mut child);
    let mut stderr = String::new();
    std::io::Read::read_to_string(&mut child.stderr.take().unwrap(), &mut stderr).unwrap();
    assert_eq!((status.code(), stderr.as_str()), (Some(0), ""));
}

#[test]
fn statistics_as_table_and_as_tree_are_the_same() {
    let desk = desk();
    desk.write("stats.csv", "strategy,vol,sharpe\nmomentum,0.2,1.0\nvalue,0.1,\nincome,0.4,0.5\n");
    desk.write("stats.yaml", "momentum: {vol: 0.2, sharpe: 1.0}\nvalue: {vol: 0.1}\nincome: {vol: 0.4, sharpe: 0.5}\n");
    desk.write("stats.json", r#"{"momentum":{"vol":0.2,"sharpe":1.0},"value":{"vol":0.1},"income":{"vol":0.4,"sharpe":0.5}}"#);
    let mut answers = Vec::new();
    for file in ["stats.csv", "stats.yaml", "stats.json"] {
        let run = desk.run(&blend(&["--method", "inverse_vol", "--per-strategy-max", "1", "--stats", file]));
        run.answer();
        answers.push(run.output.stdout);
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    desk.write("stats.csv", "strategy,vol\nmomentum,NaN\nmomentum,0.1\n,1\n");
    let run = desk.run(&blend(&["--stats", "stats.csv", "--format", "json"]));
    assert_eq!(run.code(), 2);
    assert_eq!(
        run.faults().iter().map(|(_, place)| place.as_str()).collect::<Vec<_>>(),
        ["stats.csv:2:2", "stats.csv:3:1", "stats.csv:4:1"]
    );
}

#[test]
fn schemas_and_version() {
    let desk = desk();
    let run = desk.run(&["schema", "--out", "schemas"]);
    assert_eq!(run.code(), 0, "{}", run.stderr());
    for name in ["blend.request", "blend.response", "correlation.request", "metrics.response", "problem"] {
        assert!(desk.has(&format!("schemas/{name}.schema.json")), "{name}");
    }
    assert!(desk.has("schemas/openapi.json"));
    assert!(desk.run(&["version"]).stdout().starts_with("allocator "));
    assert_eq!(desk.run(&["--help"]).code(), 0);
}

#[test]
fn short_weights_are_refused_at_their_row_unless_allowed() {
    let desk = desk();
    desk.write("short.csv", MOMENTUM.replace("0.3", "-0.3"));
    let refused = desk.run(&["blend", "--signals", "short.csv", "--signals", "value.csv", "--format", "json"]);
    assert_eq!((refused.code(), refused.faults()), (2, vec![pair("short_not_allowed", "short.csv:3:3")]));
    desk.run(&["blend", "--signals", "short.csv", "--signals", "value.csv", "--allow-short-positions"]).answer();
}

#[test]
fn a_plan_of_rebalances_is_the_same_from_flags_from_a_run_file_and_from_settings_alone() {
    let desk = desk();
    desk.write("run.yaml", "from: '2026-01-01'\nto: '2026-03-31'\nschedule:\n  frequency: monthly\n  cooldown_days: 3\nblend:\n  cash_reserve: 0.1\n");
    desk.write("flat.yaml", "frequency: monthly\ncooldown_days: 3\n");
    let days = ["schedule", "--from", "2026-01-01", "--to", "2026-03-31"];
    let of = |more: &[&str]| {
        let run = desk.run(&[&days, more].concat());
        run.answer();
        run.output.stdout
    };
    let by_flags = of(&["--frequency", "monthly", "--set", "cooldown_days=3"]);
    assert_eq!(of(&["--config", "flat.yaml"]), by_flags);
    let run = desk.run(&["schedule", "--config", "run.yaml"]);
    run.answer();
    assert_eq!(run.output.stdout, by_flags);
    // A flag goes before the file, and what is refused is named where it stands.
    assert_ne!(of(&["--config", "flat.yaml", "--frequency", "weekly"]), by_flags);
    desk.write("bad.yaml", "frequency: monthly\ncooldown_days: -3\n");
    desk.write("section.yaml", "from: soon\nschedule:\n  frequncy: monthly\n");
    for (file, more, code, place) in [
        ("bad.yaml", &days[1..], "wrong_type", "bad.yaml:2:16"),
        ("section.yaml", &["--to", "2026-03-31"][..], "invalid_date", "section.yaml:1:7"),
    ] {
        let run = desk.run(&[&["schedule", "--config", file, "--format", "json"], more].concat());
        assert_eq!(run.code(), 2);
        assert!(run.faults().contains(&pair(code, place)), "{:?}", run.faults());
    }
}

#[test]
fn methods_are_tried_on_the_past_from_flags_and_from_a_run_file() {
    let desk = desk();
    desk.write("candidates.yaml", "erc: {method: erc}\ncapped: {method: hrp, constraints: {max: 0.6}}\n");
    let files = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/files");
    let returns = format!("{files}/returns_wide_polars.parquet");
    desk.write(
        "run.yaml",
        format!("returns: {returns}\ncandidates:\n  erc: {{method: erc}}\n  capped: {{method: hrp, constraints: {{max: 0.6}}}}\nwalk_forward: {{train: 120, test: 40}}\n"),
    );
    let by_flags = desk.run(&[
        "walk-forward",
        "--returns",
        &returns,
        "--candidates",
        "candidates.yaml",
        "--methods",
        "erc",
        "--train",
        "120",
        "--test",
        "40",
    ]);
    by_flags.answer();
    let by_file = desk.run(&["walk-forward", "--config", "run.yaml"]);
    by_file.answer();
    assert_eq!(by_file.output.stdout, by_flags.output.stdout);
    let run = desk.run(&["walk-forward", "--returns", &returns, "--methods", "erc", "--train", "0", "--format", "json"]);
    assert_eq!((run.code(), run.faults()), (2, vec![pair("out_of_range", "--train")]));
}

#[test]
fn capital_of_parquet_under_a_file_of_limits_has_the_digest_of_the_same_returns_as_text() {
    let desk = desk();
    desk.write("c.yaml", "max: 0.4\ngroups:\n  trend: {members: [alpha_baseline, momentum], max: 0.55}\n");
    let files = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/files");
    let of = |name: &str| {
        let returns = format!("{files}/{name}");
        desk.run(&["capital", "--returns", &returns, "--method", "erc", "--constraints", "c.yaml"]).answer()
    };
    let answer = of("returns_wide_polars.parquet");
    assert_eq!(text(&answer, "digest"), text(&of("returns_wide.csv"), "digest"));
    let rows = answer.get("allocations").unwrap().as_array().unwrap();
    let weight = |row: &Json| row.get("weight").unwrap().as_f64().unwrap();
    assert!(rows.iter().all(|row| weight(row) <= 0.4 && row.get("risk_contribution").unwrap().as_f64().is_some()));
    assert!(weight(&rows[0]) + weight(&rows[2]) <= 0.55, "{rows:?}");
}
