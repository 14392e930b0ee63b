//! Runs that the server behind the page recorded, as data and settings of the page: what production computed, to be looked into here.
//!
//! ```text
//! list ── open ── request ──> settings and two files ──> the engine ──> the recorded digest, or another and why it may be
//! ```

use crate::figure::json::text_of;
use allocator_core::config::blend::BlendConfig;
use allocator_core::error::Faults;
use allocator_core::wire::{At, Decode as _, Json, parse};

/// Runs that are listed.
pub const LISTED: usize = 20;
/// Runs of any operation that are looked through at a time, and how often at most.
pub const PAGE: usize = 200;
/// Pages that are looked through.
pub const PAGES: usize = 20;

/// A recorded run of the blend.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Run {
    /// Its number in the journal.
    pub seq: u64,
    /// When, as ISO text.
    pub at: String,
    /// Whose; empty for the whole desk.
    pub portfolio: String,
    /// Its digest.
    pub digest: String,
}

/// A run as data and settings.
#[derive(Clone, Debug, PartialEq)]
pub struct Opened {
    /// The settings.
    pub config: BlendConfig,
    /// Files by name: signals, and returns where it had any.
    pub files: Vec<(String, String)>,
    /// What the page cannot take over, in words: without it the digest is another one.
    pub beside: Vec<String>,
}

/// How far it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Stage {
    /// Nothing was asked.
    #[default]
    Closed,
    /// The list or a run is on its way.
    Asking,
    /// The list is here.
    Listed(Vec<Run>),
    /// The server wants a token.
    NeedsToken,
    /// It could not be had, in words.
    Failed(String),
}

/// A page of the server's runs: those of the blend, and where the next one begins.
///
/// # Errors
/// What stands in the way.
pub fn page(status: u16, body: &str) -> Result<(Vec<Run>, Option<u64>), Stage> {
    if let Some(failure) = failure(status, body) {
        return Err(failure);
    }
    let read = || {
        let tree = parse(body.as_bytes()).ok()?;
        let runs = tree.get("runs")?.as_array()?.iter().filter_map(run).collect();
        Some((runs, tree.get("next").and_then(Json::as_f64).map(|next| next as u64)))
    };
    read().ok_or_else(|| Stage::Failed(String::from("The server's list of runs could not be read.")))
}

fn run(json: &Json) -> Option<Run> {
    let word = |key: &str| json.get(key).and_then(Json::as_str).map(str::to_owned);
    let is_blend = word("operation")? == "blend";
    is_blend.then_some(())?;
    Some(Run {
        seq: json.get("seq")?.as_f64()? as u64,
        at: word("at")?,
        portfolio: word("portfolio").unwrap_or_default(),
        digest: word("digest")?,
    })
}

/// What stands in the way of an answer, if anything does.
pub fn failure(status: u16, body: &str) -> Option<Stage> {
    let sentence = || {
        let tree = parse(body.as_bytes()).ok()?;
        let word = |key: &str| tree.get(key).and_then(Json::as_str).unwrap_or_default().to_owned();
        Some(format!("{} {}", word("message"), word("hint"))).filter(|text| !text.trim().is_empty())
    };
    match status {
        200 => None,
        401 => Some(Stage::NeedsToken),
        0 => Some(Stage::Failed(String::from("The server did not answer. Try again when it is there."))),
        status => Some(Stage::Failed(sentence().unwrap_or_else(|| format!("The server answered {status}.")))),
    }
}

/// The run of a number as data and settings, from its canonical request.
///
/// # Errors
/// A sentence: the text is no request of a blend, or one of another version.
pub fn open(seq: u64, request: &str) -> Result<Opened, String> {
    let tree = parse(request.as_bytes()).map_err(|_| format!("The request of run {seq} could not be read."))?;
    let given = |key: &str| tree.get(key).filter(|part| !matches!(part, Json::Null));
    let mut faults = Faults::new();
    let config = given("config").and_then(|config| BlendConfig::decode(config, &At::Root.key("config"), &mut faults));
    let config = faults.finish(config).map_err(|problem| {
        let first = problem.problems.first().map_or_else(String::new, |fault| format!(" {}: {}", fault.path, fault.message));
        format!("Run {seq} has settings that this page does not know.{first}")
    })?;
    let signals = given("signals").ok_or_else(|| format!("Run {seq} has no signals."))?;
    let mut files = vec![(format!("run_{seq}_signals.json"), text_of(signals))];
    if let Some(returns) = given("returns") {
        files.push((format!("run_{seq}_returns.json"), text_of(returns)));
    }
    let is_empty = |part: &Json| matches!(part, Json::Object(fields) if fields.is_empty());
    let inputs =
        ["asset_returns", "score_history", "stats"].into_iter().filter(|key| given(key).is_some_and(|part| !is_empty(part)));
    let mut beside: Vec<String> = inputs.map(String::from).collect();
    // A table has no row for a strategy that names no symbol.
    if let Json::Object(strategies) = signals {
        let none = |rows: &Json| rows.get("symbol").and_then(Json::as_array).is_some_and(<[Json]>::is_empty);
        beside.extend(strategies.iter().filter(|(_, rows)| none(rows)).map(|(name, _)| format!("{name} without a signal")));
    }
    Ok(Opened { config, files, beside })
}

/// What is to be said where a file of a run cannot be read here.
pub fn unread(run: &Run, file: &str) -> (String, String) {
    (format!("Run {} could not be taken over", run.seq), format!("{file} could not be read here; its line in Data says why."))
}

/// What is to be said once the page has an answer: title, and what it means.
pub fn verdict(run: &Run, here: &str, beside: &[String], others: &[String]) -> (bool, String, String) {
    if here == run.digest {
        let detail = format!("{here}: the same bytes, computed here from the same request.");
        return (true, format!("Run {} has the same digest here", run.seq), detail);
    }
    let mut why = Vec::new();
    if !others.is_empty() {
        why.push(format!("{} in use beside it; remove what does not belong to it.", count_of(others)));
    }
    if !beside.is_empty() {
        why.push(format!("The run also had {}, which this page cannot take over.", beside.join(", ")));
    }
    if why.is_empty() {
        why.push(String::from("Its data are here and its settings are set: the page and the server are of different versions."));
    }
    (
        false,
        format!("Run {} has another digest here", run.seq),
        format!("Recorded {}, here {here}. {}", run.digest, why.join(" ")),
    )
}

fn count_of(names: &[String]) -> String {
    match names {
        [one] => format!("{one} is"),
        many => format!("{} are", many.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUEST: &str = r#"{"asset_returns":null,"config":{"per_strategy_max":0.2},"returns":{"a":{"date":["2026-01-01"],"value":[0.1]}},
        "score_history":null,"signals":{"a":{"score":[0.30000000000000004],"symbol":["X"],"weight":[1]}},"stats":{},"version":1}"#;

    #[test]
    fn a_run_becomes_settings_and_files_to_the_last_bit() {
        let opened = open(12, REQUEST).unwrap();
        assert_eq!((opened.config.per_strategy_max, opened.beside.len()), (0.2, 0));
        let names: Vec<&str> = opened.files.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["run_12_signals.json", "run_12_returns.json"]);
        assert_eq!(opened.files[0].1, r#"{"a":{"score":[0.30000000000000004],"symbol":["X"],"weight":[1]}}"#);
        let more = open(12, &REQUEST.replace("\"stats\":{}", "\"stats\":{\"a\":{\"vol\":0.1}}")).unwrap();
        assert_eq!(more.beside, ["stats"]);
        let idle = r#""signals":{"idle":{"score":[],"symbol":[],"weight":[]},"#;
        assert_eq!(open(12, &REQUEST.replace("\"signals\":{", idle)).unwrap().beside, ["idle without a signal"]);
    }

    #[test]
    fn what_is_no_run_says_so() {
        for (request, part) in [
            ("{", "could not be read"),
            ("{\"config\":{}}", "no signals"),
            ("{\"config\":{\"per_strategy_mx\":1},\"signals\":{}}", "/config/per_strategy_mx"),
        ] {
            assert!(open(3, request).unwrap_err().contains(part), "{part}");
        }
    }

    #[test]
    fn the_list_holds_blends_and_every_refusal_is_said() {
        let body = r#"{"next":null,"runs":[
            {"at":"2026-11-27T07:33:46.822Z","digest":"d1","operation":"blend","portfolio":"main","seq":2},
            {"at":"2026-11-27T07:33:40.822Z","digest":"d0","operation":"capital","portfolio":null,"seq":1}]}"#;
        let (runs, next) = page(200, &body.replace("\"next\":null", "\"next\":1")).unwrap();
        assert_eq!((next, page(200, body).unwrap().1), (Some(1), None));
        let wanted = Run { seq: 2, at: "2026-11-27T07:33:46.822Z".into(), portfolio: "main".into(), digest: "d1".into() };
        assert_eq!(runs, [wanted]);
        assert_eq!(page(401, ""), Err(Stage::NeedsToken));
        assert!(matches!(page(0, ""), Err(Stage::Failed(text)) if text.contains("did not answer")));
        assert!(
            matches!(page(503, r#"{"message":"No store.","hint":"Set data."}"#), Err(Stage::Failed(text)) if text == "No store. Set data.")
        );
        assert!(matches!(page(200, "[]"), Err(Stage::Failed(_))));
    }

    #[test]
    fn another_digest_says_what_may_be_the_reason() {
        let run = Run { seq: 2, digest: "d1".into(), ..Run::default() };
        assert!(verdict(&run, "d1", &["stats".into()], &[]).0, "the same is the same, whatever else there was");
        let (same, title, detail) = verdict(&run, "d2", &["stats".into()], &["own.csv".into()]);
        assert_eq!((same, title.as_str()), (false, "Run 2 has another digest here"));
        assert!(
            detail.contains("own.csv is in use") && detail.contains("also had stats") && detail.contains("Recorded d1, here d2")
        );
        assert!(verdict(&run, "d2", &[], &[]).2.contains("different versions"));
    }
}
