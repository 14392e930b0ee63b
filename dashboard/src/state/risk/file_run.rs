//! A run that is scaled by the file of an earlier one, as the engine answers it.

use super::report::Column;
use crate::figure::json::{object, text_of};
use crate::state::question::Question;
use allocator_core::units::UnixNanos;
use allocator_core::wire::Json;

/// Largest file that is read, bytes: a hundred thousand rows are four megabytes.
const BYTES_MAX: f64 = 16.0 * 1024.0 * 1024.0;

/// Which of some chosen files, by name and bytes, holds the scalars, and which its meta file.
///
/// # Errors
/// In a sentence: no table or several, several meta files, one that is too large.
pub fn choose(files: &[(String, f64)]) -> Result<(usize, Option<usize>), String> {
    let ends = |end: &str| -> Vec<usize> {
        let named = files.iter().enumerate().filter(|(_, (name, _))| name.to_ascii_lowercase().ends_with(end));
        named.map(|(place, _)| place).collect()
    };
    if let Some((name, _)) = files.iter().find(|(_, bytes)| *bytes > BYTES_MAX) {
        return Err(format!("{name} is larger than 16 MB, which no file of scalars is."));
    }
    let (tables, metas) = (ends(".csv"), ends(".json"));
    let table = match tables[..] {
        [one] => one,
        [] => {
            return Err(String::from(
                "There is no CSV among the files: choose allocator_risk_v1_applied.csv and its _meta.json.",
            ));
        }
        _ => return Err(format!("There are {} tables: choose one CSV and its _meta.json.", tables.len())),
    };
    match metas[..] {
        [] => Ok((table, None)),
        [one] => Ok((table, Some(one))),
        _ => Err(format!("There are {} JSON files: choose the _meta.json of the table alone.", metas.len())),
    }
}

/// What the file did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FileRun {
    /// Scalar of each rebalance.
    pub exposure: Column,
    /// Rebalances, and how many of them were scaled.
    pub rebalances: (u64, u64),
    /// Mean, lowest and highest scalar.
    pub scalars: [Option<f64>; 3],
    /// SHA-256 over request and result.
    pub digest: String,
    /// Scaled weights as a request takes them, JSON text.
    weights: String,
}

impl FileRun {
    /// Reads an answer of the operation `risk` in mode precomputed; `None` where it is none.
    pub fn from_answer(answer: &Json) -> Option<Self> {
        let (exposure, summary, weights) = (answer.get("exposure")?, answer.get("summary")?, answer.get("weights")?);
        let dates = weights.get("date")?.clone();
        let Json::Object(columns) = weights.get("weights")? else { return None };
        let series =
            columns.iter().map(|(name, values)| (name.clone(), object([("date", dates.clone()), ("value", values.clone())])));
        let count = |key: &str| summary.get(key).and_then(Json::as_f64).unwrap_or(0.0) as u64;
        let time = |json: &Json| json.as_str().and_then(UnixNanos::parse).map(|time| crate::figure::TimeSeries::seconds(time.0));
        Some(FileRun {
            exposure: Column {
                times: exposure.get("date")?.as_array()?.iter().filter_map(time).collect(),
                values: exposure.get("scalar")?.as_array()?.iter().map(|scalar| scalar.as_f64().unwrap_or(f64::NAN)).collect(),
            },
            rebalances: (count("rebalances"), count("scaled")),
            scalars: ["scalar_mean", "scalar_min", "scalar_max"].map(|key| summary.get(key).and_then(Json::as_f64)),
            digest: answer.get("digest").and_then(Json::as_str).unwrap_or_default().to_owned(),
            weights: text_of(&Json::Object(series.collect())),
        })
    }

    /// Asks what the scaled weights earned: the baseline of an audit of them. No resamples: nothing is compared in it.
    pub fn pass(&self, audit_config: &str) -> Question {
        let mut config = allocator_core::wire::parse(audit_config.as_bytes()).unwrap_or(Json::Null);
        crate::figure::json::put(&mut config, "bootstrap", object([("resamples", Json::Number(0.0))]));
        let request = format!("{{\"config\":{},\"version\":1,\"weights\":{}}}", text_of(&config), self.weights);
        Question { operation: "audit", request, uses: &["asset_returns=returns"] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use allocator_core::op;
    use allocator_core::wire::parse;

    #[test]
    fn one_table_and_its_meta_file_are_chosen() {
        let chosen = |names: &[&str]| choose(&names.iter().map(|name| ((*name).to_owned(), 9.0)).collect::<Vec<_>>());
        assert_eq!(chosen(&["a_meta.json", "A.CSV"]), Ok((1, Some(0))));
        assert_eq!(chosen(&["a.csv"]), Ok((0, None)), "whether it may be missing is for the engine to say");
        for wrong in [&[][..], &["a_meta.json"], &["a.csv", "b.csv"], &["a.csv", "a.json", "b.json"], &["a.parquet"]] {
            assert!(chosen(wrong).is_err(), "{wrong:?}");
        }
        assert!(choose(&[(String::from("a.csv"), 2e9)]).unwrap_err().starts_with("a.csv is larger"));
    }

    #[test]
    fn weights_scaled_by_a_file_become_a_pass_of_their_own() {
        let request = r#"{"version":1,"config":{"mode":"precomputed","loader":"forgiving","stale_days_max":null},
            "precomputed":{"meta":null,"scalars":"date,risk_scalar_applied\n2020-01-03,1\n2020-01-10,0.5\n"},
            "weights":{"a":{"date":["2020-01-03","2020-01-10"],"value":[0.8,0.8]}}}"#;
        let answer = parse(&op::run("risk", request.as_bytes()).unwrap()).unwrap();
        let run = FileRun::from_answer(&answer).unwrap();
        assert_eq!((run.exposure.values.clone(), run.rebalances, run.digest.len()), (vec![1.0, 0.5], (2, 1), 64));
        let question = run.pass("{\"cost_bps\":2}");
        assert!(question.request.contains("\"value\":[0.8,0.4]") && question.request.contains("\"cost_bps\":2"), "{question:?}");
        assert_eq!(FileRun::from_answer(&parse(b"{}").unwrap()), None);
    }
}
