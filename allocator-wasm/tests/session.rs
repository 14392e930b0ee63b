//! The session natively: what the browser's tests repeat in wasm, with the same recorded digest.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

use allocator_core::codec::{DecimalMark, Delimiter, Written};
use allocator_core::op;
use allocator_wasm::{Loaded, Place, Report, SAMPLE};
use std::fmt::Write as _;

const SAME_TABLE: [(&str, &[u8]); 4] = [
    ("signals.csv", include_bytes!("../../tests/vectors/files/signals.csv")),
    ("signals_polars_default.arrow", include_bytes!("../../tests/vectors/files/signals_polars_default.arrow")),
    ("signals_pandas_default.feather", include_bytes!("../../tests/vectors/files/signals_pandas_default.feather")),
    ("signals_polars_default.parquet", include_bytes!("../../tests/vectors/files/signals_polars_default.parquet")),
];
const RETURNS: &[u8] = include_bytes!("../../tests/vectors/files/returns_wide.csv");
const MISSING_SCORES: &[u8] = include_bytes!("../../tests/vectors/files/polars_ipc_default.arrow");
const RATES: &[u8] = include_bytes!("../../dashboard/assets/sample/ecb_euro_reference_rates.csv");
/// The digest of blending `signals.csv` with default settings. The browser's test compares with the same file.
const DIGEST: &str = include_str!("digest.txt");

fn digest(answer: &str) -> String {
    let json = allocator_core::wire::parse(answer.as_bytes()).unwrap();
    json.get("digest").and_then(|digest| digest.as_str()).unwrap().to_owned()
}

#[test]
fn the_same_table_of_any_writer_gives_the_recorded_digest() {
    for (name, bytes) in SAME_TABLE {
        let mut session = Loaded::new();
        assert_eq!(session.add(1, name, bytes).unwrap().used_as, "signals", "{name}");
        assert_eq!(
            digest(&session.blend("").unwrap()),
            DIGEST.trim(),
            "{name}; a changed default changes it: mend tests/digest.txt"
        );
    }
}

#[test]
fn a_table_of_the_page_becomes_a_file_of_any_format_and_comes_back() {
    let table = br#"{"symbol":["BRK.B","007"],"final_weight":[0.30000000000000004,null],"date":["2026-10-30","2026-10-31"]}"#;
    let csv = allocator_wasm::convert_table("table.json", table, "csv").unwrap();
    assert_eq!(csv, b"symbol,final_weight,date\nBRK.B,0.30000000000000004,2026-10-30\n007,,2026-10-31\n");
    for format in ["json", "arrow", "arrow_stream", "parquet"] {
        let file = allocator_wasm::convert_table("table.json", table, format).unwrap();
        let name = format!("table.{format}");
        assert_eq!(allocator_wasm::convert_table(&name, &file, "csv").unwrap(), csv, "{format}");
    }
    assert!(allocator_wasm::convert_table("table.json", table, "xlsx").is_err());
}

#[test]
fn a_newer_file_takes_over_the_strategies_it_names() {
    let mut session = Loaded::new();
    for (key, (name, bytes)) in (1..).zip(SAME_TABLE) {
        session.add(key, name, bytes).unwrap();
        assert_eq!(digest(&session.blend("").unwrap()), DIGEST.trim());
    }
    session.add(9, "momentum.csv", b"symbol,score,weight\nAAA,1,1\n").unwrap();
    assert_ne!(digest(&session.blend("").unwrap()), DIGEST.trim());
    session.remove(9).unwrap();
    assert_eq!(digest(&session.blend("").unwrap()), DIGEST.trim());
}

#[test]
fn the_request_of_a_session_gives_its_digest_through_every_door() {
    let mut session = Loaded::new();
    session.add(1, "signals.csv", SAME_TABLE[0].1).unwrap();
    session.add(2, "returns_wide.csv", RETURNS).unwrap();
    let config = r#"{"per_strategy_max":0.35,"method":"inverse_vol"}"#;
    let request = session.blend_request(config).unwrap();
    let answer = String::from_utf8(op::run("blend", request.as_bytes()).unwrap()).unwrap();
    assert_eq!(answer, session.blend(config).unwrap());
    assert_eq!(session.correlation("").unwrap(), session.correlation("{}").unwrap());
    assert!(session.metrics("").is_ok());
}

/// The page's columns put together again are the answer, byte for byte, but for the names that stand beside their contributions.
#[test]
fn columns_hold_what_the_answer_holds() {
    let mut session = Loaded::new();
    session.add(1, "signals.csv", SAME_TABLE[0].1).unwrap();
    for config in ["", r#"{"per_strategy_max":0.2,"target_total":0.7}"#] {
        let columns = session.blend_columns(config).unwrap();
        let mut terms = Vec::new();
        let count = columns.terms.count();
        columns.terms.hand_over(|piece| terms.extend_from_slice(piece)).unwrap();
        assert_eq!(terms.len(), count);
        let whole = allocator_core::wire::parse(session.blend(config).unwrap().as_bytes()).unwrap();
        let head = allocator_core::wire::parse(columns.head.as_bytes()).unwrap();
        let ids: Vec<&str> = head
            .get("strategies")
            .unwrap()
            .as_array()
            .unwrap()
            .iter()
            .map(|line| line.get("strategy").unwrap().as_str().unwrap())
            .collect();
        let (mut at, mut symbols) = (0, Vec::new());
        for (row, json) in whole.get("weights").unwrap().as_array().unwrap().iter().enumerate() {
            symbols.push(json.get("symbol").unwrap().clone());
            assert_eq!(json.get("final_weight").unwrap().as_f64(), Some(columns.weights[row]));
            let parts = json.get("contributions").unwrap().as_array().unwrap();
            assert_eq!(parts.len(), columns.counts[row] as usize);
            for part in parts {
                assert_eq!(part.get("strategy").unwrap().as_str(), Some(ids[terms[at * 7] as usize]));
                for (name, value) in
                    ["normalised", "raw", "capped", "redistributed", "scaled", "value"].iter().zip(&terms[at * 7 + 1..])
                {
                    // JSON has one zero.
                    assert_eq!(part.get(name).unwrap().as_f64().unwrap(), *value, "{name}");
                }
                at += 1;
            }
        }
        assert!(at > 3 && terms.len() == at * 7);
        assert_eq!(allocator_core::wire::parse(columns.symbols.as_bytes()).unwrap().as_array().unwrap(), symbols);
        assert_eq!(head.get("digest"), whole.get("digest"));
        assert_eq!(head.get("totals"), whole.get("totals"));
        assert!(head.get("weights").unwrap().as_array().unwrap().is_empty());
    }
}

#[test]
fn a_bad_file_is_reported_and_changes_nothing() {
    let mut session = Loaded::new();
    session.add(1, "signals.csv", SAME_TABLE[0].1).unwrap();
    let report = session.add(2, "polars_ipc_default.arrow", MISSING_SCORES).unwrap();
    let problem = report.problem.unwrap();
    assert!(problem.path.contains("column score"), "{}", problem.path);
    assert_eq!(digest(&session.blend("").unwrap()), DIGEST.trim());
    for (name, bytes) in
        [("empty.csv", &b""[..]), ("book.xlsx", b"PK\x03\x04"), ("other.csv", b"a,b\n1,2\n"), ("cut.parquet", b"PAR1")]
    {
        assert!(session.add(3, name, bytes).unwrap().problem.is_some(), "{name}");
    }
}

#[test]
fn the_sample_is_in_use_while_no_file_is() {
    let mut session = Loaded::new();
    assert_eq!(session.blend("").unwrap_err().path, "/signals");
    let report = session.load_sample(RATES).unwrap();
    assert!(report.names.len() >= 3);
    let sample = digest(&session.blend("").unwrap());
    session.add(1, "signals.csv", SAME_TABLE[0].1).unwrap();
    assert_eq!(digest(&session.blend("").unwrap()), DIGEST.trim());
    session.remove(1).unwrap();
    assert_eq!(digest(&session.blend("").unwrap()), sample);
    session.remove(SAMPLE).unwrap();
    assert!(session.blend("").is_err());
}

#[test]
fn settings_are_refused_at_their_place() {
    let mut session = Loaded::new();
    session.add(1, "signals.csv", SAME_TABLE[0].1).unwrap();
    for (config, path) in [
        (r#"{"per_strategy_max":1.5}"#, "/config/per_strategy_max"),
        (r#"{"per_strategy_maximum":0.5}"#, "/config/per_strategy_maximum"),
        ("{", "1:1"),
    ] {
        assert_eq!(session.blend(config).unwrap_err().path, path, "{config}");
    }
}

#[test]
fn returns_alone_give_correlations_and_no_blend() {
    let mut session = Loaded::new();
    session.add(1, "returns_wide.csv", RETURNS).unwrap();
    assert!(session.correlation("").is_ok());
    assert_eq!(session.blend("").unwrap_err().path, "/signals");
}

#[test]
fn a_file_is_mended_and_mapped_by_what_the_user_says() {
    let text = b"ccy,z,w\nUSD,0.4,0.12\nGBP,1.2,\"0,18\"\nUSD,0.4,0.12\n";
    let mut session = Loaded::new();
    let report = session.add_as(1, "carry.csv", &text[..], "").unwrap();
    assert!(report.problem.is_some(), "nothing names the columns");
    assert_eq!((report.rows.len(), report.rows[2].line), (3, 4));
    let said = r#"{"roles":{"ccy":"symbol","z":"score","w":"weight"},"strategy":"carry",
        "edits":[{"row":1,"column":2,"text":"0.18"},{"left_out":2}]}"#;
    let report = session.add_as(1, "carry.csv", &text[..], said).unwrap();
    assert!(report.problem.is_none(), "{:?}", report.problem);
    assert_eq!((report.used_as, report.names.as_slice()), ("signals", &[String::from("carry")][..]));
    assert!(session.blend("").is_ok());
    assert!(session.add_as(1, "carry.csv", &text[..], r#"{"no such":1}"#).is_err());
}

#[test]
fn a_file_that_is_read_anew_and_refused_no_longer_counts() {
    let mut session = Loaded::new();
    session.add(1, "a.csv", b"symbol,score,weight\nA,1,1\n").unwrap();
    assert!(session.blend("").is_ok());
    session.add(1, "a.csv", b"symbol,score,weight\nA,1,x\n").unwrap();
    assert!(session.blend("").is_err());
}

#[test]
fn an_audit_of_held_shares_is_composed_and_archived_to_the_same_digest() {
    let mut session = Loaded::new();
    let names = session.add(1, "returns_wide.csv", RETURNS).unwrap().names;
    let shares: Vec<String> = names.iter().map(|name| format!("{name:?}:0.25")).collect();
    let request = format!("{{\"config\":{{\"bootstrap\":{{\"resamples\":0}}}},\"held\":{{{}}}}}", shares.join(","));
    let uses = [String::from("asset_returns=returns"), String::from("weights=held")];
    let asked = digest(&session.ask("audit", &request, &uses).unwrap());
    let composed = session.compose("audit", &request, &uses).unwrap();
    assert_eq!(digest(std::str::from_utf8(&op::run("audit", &composed).unwrap()).unwrap()), asked);
    let archive = session.archive("audit", &request, &uses).unwrap();
    let holds = |text: &str| archive.windows(text.len()).any(|window| window == text.as_bytes());
    for name in ["audit.json", "request.json", "allocator_state_v1.csv", "allocator_state_v1.arrow", "two_pass_comparison.md"] {
        assert!(holds(name), "{name}");
    }
    assert!(holds(&asked) && archive.windows(composed.len()).any(|window| window == composed));
    assert!(session.archive("blend", "{}", &[String::from("signals")]).is_err());
    let nobody = r#"{"held":{"nobody":1}}"#;
    assert_eq!(session.ask("audit", nobody, &uses).unwrap_err().path, "/held/nobody");
    assert!(session.ask("audit", "[]", &uses).is_err());
}

#[test]
fn any_operation_is_asked_on_what_is_loaded() {
    let mut session = Loaded::new();
    session.add(1, "r.csv", b"date,a,b\n2024-01-02,0.01,0.02\n2024-01-03,0.02,0.01\n2024-01-04,-0.01,0.01\n").unwrap();
    let uses = [String::from("returns")];
    let request = r#"{"config":{"min_observations":2},"rolling":{"pair":["a","b"],"window":2}}"#;
    let answer = session.ask("correlation", request, &uses).unwrap();
    assert!(answer.contains("\"rolling\":{\"date\":"), "{answer}");
    assert!(session.ask("correlation", "{}", &uses).is_ok());
    assert!(session.ask("correlation", "{}", &[]).is_err(), "returns are missing");
    assert!(session.ask("correlation", "{}", &[String::from("no such")]).is_err());
    assert!(session.ask("blend", "{}", &[String::from("signals")]).is_err(), "no signals are loaded");
}

#[test]
fn prices_and_weights_are_kept_for_the_views_that_ask_for_them() {
    const PRICES: &[u8] = b"date,A,B\n2026-01-05,100,50\n2026-01-06,101,51\n";
    const WEIGHTS: &[u8] = b"date,A,B\n2026-01-05,0.5,0.5\n2026-01-06,0.4,-0.6\n";
    const LONG_ONLY: &[u8] = b"date,A,B\n2024-01-05,0.4,1.6\n2024-01-12,0.5,1.5\n2024-01-19,0.6,1.4\n";
    let mut session = Loaded::new();
    assert_eq!(session.add(1, "prices.csv", PRICES).unwrap().used_as, "prices");
    let report = session.add(2, "weights.csv", WEIGHTS).unwrap();
    assert_eq!((report.used_as, report.names.len()), ("weights", 2));
    // Where no weight is negative or zero the columns could be prices; the name decides.
    assert_eq!(session.add(4, "long_only_Weights.csv", LONG_ONLY).unwrap().used_as, "weights");
    assert_eq!(session.add(4, "long_only.csv", LONG_ONLY).unwrap().used_as, "prices");
    session.remove(4).unwrap();
    // By its numbers alone the table would be returns; what the user says counts more than the name.
    assert_eq!(session.add(3, "table.csv", WEIGHTS).unwrap().used_as, "returns");
    assert_eq!(session.add_as(3, "table.csv", WEIGHTS, r#"{"kind":"weights"}"#).unwrap().used_as, "weights");
    let uses = [String::from("prices")];
    let answer = session.ask("alpha", r#"{"config":{"alphas":["short_term_reversal"]}}"#, &uses).unwrap();
    assert!(answer.contains("\"A\"") && answer.contains("\"B\""), "{answer}");
    let refused = session.ask("risk", "{}", &[String::from("signals")]).unwrap_err();
    assert_eq!(refused.problems[0].path, "/signals");
}

#[test]
fn a_loaded_file_of_weights_is_a_strategy_by_its_number() {
    const PRICES: &[u8] = b"date,A,B\n2026-01-05,100,50\n2026-01-06,101,51\n2026-01-07,99,53\n";
    let mut session = Loaded::new();
    session.add(1, "prices.csv", PRICES).unwrap();
    session.add(2, "calm weights.csv", b"date,A,B\n2026-01-04,0.5,0.5\n").unwrap();
    session.add(3, "bold weights.csv", b"date,A,B\n2026-01-04,-1,2\n").unwrap();
    let uses = [String::from("prices"), String::from("strategies=uploaded")];
    let ask = |request: &str| session.ask("backtest", request, &uses);
    // Both, in the engine's own words.
    let by_number = ask(r#"{"strategies":{"bold":{"weights":3},"calm":{"weights":2}}}"#).unwrap();
    let own = r#"{"strategies":{"bold":{"weights":{"A":[["2026-01-04",-1]],"B":[["2026-01-04",2]]}},
        "calm":{"weights":{"A":[["2026-01-04",0.5]],"B":[["2026-01-04",0.5]]}}}}"#;
    assert_eq!(digest(&by_number), digest(&session.ask("backtest", own, &uses[..1]).unwrap()));
    // Strategies of code stand beside them; a file that is gone, or holds something else, is named.
    assert!(ask(r#"{"strategies":{"calm":{"weights":2},"fast":{"alpha":"short_term_reversal"}}}"#).is_ok());
    for number in [1, 9] {
        let refused = ask(&format!("{{\"strategies\":{{\"calm\":{{\"weights\":{number}}}}}}}")).unwrap_err();
        assert_eq!(refused.problems[0].path, "/strategies/calm/weights");
    }
}

#[test]
fn the_sample_gives_the_prices_that_its_strategies_are_made_of() {
    let mut session = Loaded::new();
    let refused = session.ask("alpha", "{}", &[String::from("prices")]).unwrap_err();
    assert!(refused.problems[0].message.contains("No prices"));
    session.load_sample(RATES).unwrap();
    let answer = session.ask("alpha", "{}", &[String::from("prices")]).unwrap();
    assert!(answer.contains("\"USD\"") && answer.contains("\"ZAR\""));
}

#[test]
fn loaded_prices_are_written_and_read_again_to_the_last_bit() {
    let mut sample = Loaded::new();
    sample.load_sample(RATES).unwrap();
    let file = sample.table("prices").unwrap();
    let mut own = Loaded::new();
    assert_eq!(own.add(1, "prices.csv", &file).unwrap().used_as, "prices");
    let asked = |session: &Loaded| digest(&session.ask("alpha", "{}", &[String::from("prices")]).unwrap());
    assert_eq!(asked(&sample), asked(&own));
    assert_eq!(sample.table("weights").unwrap_err().problems[0].path, "/table");
    assert_eq!(Loaded::new().table("prices").unwrap_err().problems[0].path, "/prices");
}

#[test]
fn who_says_what_the_columns_are_says_what_the_table_is() {
    // By its looks, a date and numbers, the table would be returns, and the comma in a weight would never be looked at.
    const TABLE: &[u8] = b"ccy;asof;z;w\nUSD;2026-10-30;0.412;0.120\nNOK;2026-10-30;0.631;0,085\n";
    let said = r#"{"roles":{"ccy":"symbol","asof":"time","z":"score","w":"weight"}}"#;
    let problem = Loaded::new().add_as(1, "carry.csv", TABLE, said).unwrap().problem.unwrap();
    assert_eq!(problem.problems[0].path, "carry.csv:3:4", "{problem:?}");
}

#[test]
fn a_fault_far_down_comes_with_its_row_and_neighbours_and_stays_when_mended() {
    let mut csv = String::from("symbol,score,weight\n");
    for row in 0..900 {
        let weight = if row == 700 { "\"0,5\"" } else { "0.5" };
        // Writing into a string cannot fail.
        let _ = writeln!(csv, "S{row},1,{weight}");
    }
    let mut session = Loaded::new();
    let report = session.add(1, "far.csv", csv.as_bytes()).unwrap();
    assert_eq!(report.places, [Some(Place { row: Some(700), column: 2 })]);
    let rows = |report: &Report| report.rows.iter().map(|row| row.row).filter(|row| *row >= 200).collect::<Vec<_>>();
    assert_eq!((rows(&report), report.columns), (vec![699, 700, 701], vec![0, 1, 2]));
    let said = r#"{"edits":[{"column":2,"row":700,"text":"0.5"}]}"#;
    let report = session.add_as(1, "far.csv", csv.into_bytes(), said).unwrap();
    assert!(report.problem.is_none() && report.places.is_empty());
    let row = report.rows.iter().find(|row| row.row == 700).unwrap();
    assert_eq!((rows(&report), row.line, row.cells[2].as_str()), (vec![700], 702, Some("0,5")), "as the file has it");
}

#[test]
fn a_text_is_read_as_it_is_said_to_be_written_gzip_or_not() {
    // As a spreadsheet in German writes it, without a header.
    const TABLE: &str = "AAA;1;0,6\nBBB;2;1.000,25\n";
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, TABLE.as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    let said = r#"{"header":false,"decimal":"comma","roles":{"column_1":"symbol","column_2":"score","column_3":"weight"},
        "edits":[{"column":2,"row":0,"text":"0,5"}]}"#;
    for (name, bytes) in [("a.csv", TABLE.as_bytes().to_vec()), ("a.csv.gz", packed)] {
        let report = Loaded::new().add_as(1, name, bytes.clone(), said).unwrap();
        assert!(report.problem.is_none(), "{name}: {:?}", report.problem);
        let wanted = Written { decimal: DecimalMark::Comma, delimiter: Delimiter::Semicolon, header: false };
        assert_eq!(report.written, Some(wanted), "{name}");
        assert_eq!(report.rows[1].cells[2].as_f64(), Some(1000.25), "{name}");
        // A delimiter that is none of this text leaves one column, and says how it was read all the same.
        let report = Loaded::new().add_as(1, name, bytes, r#"{"delimiter":"bar"}"#).unwrap();
        assert!(report.problem.is_some(), "{name}");
        assert_eq!(report.written.map(|written| written.delimiter), Some(Delimiter::Bar), "{name}");
    }
    let arrow = SAME_TABLE[1];
    assert_eq!(Loaded::new().add(1, arrow.0, arrow.1).unwrap().written, None, "no text");
}
