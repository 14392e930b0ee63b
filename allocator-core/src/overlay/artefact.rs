//! The files that a run leaves behind, under the names that the recorded system 003 gives them (R6).
//!
//! Tables are CSV with the date first and numbers in their shortest exact spelling; meta files are canonical JSON. Nothing in them
//! depends on the clock or the machine, so that the same run writes the same bytes.

use super::regime::RegimeDay;
use super::scalar::ScalarDay;
use super::state::{FEATURES, REQUIRED, StateRow};
use super::tables::{ExposureTable, RunSummary, SleeveTable};
use crate::config::risk::OverlayMode;
use crate::error::Problem;
use crate::overlay::exposure::{Applied, WeightTable};
use crate::units::UnixNanos;
use crate::wire::{Digest, to_canonical_string};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The version that the names carry.
const VERSION: &str = "v1.0";

/// What is known about a table beside its rows.
#[derive(Serialize)]
struct Meta<'a> {
    columns: Vec<&'a str>,
    /// Share of the dates that have a row.
    coverage: Option<f64>,
    description: &'a str,
    /// First date with a row: from here on the table says something.
    effective_start: Option<UnixNanos>,
    first: Option<UnixNanos>,
    last: Option<UnixNanos>,
    rows: usize,
    rows_dropped: usize,
    run_id: &'a str,
    sha256: Digest,
    universe: &'a [String],
    version: &'a str,
}

/// `allocator_precomputed_meta.json`.
#[derive(Serialize)]
struct PrecomputedMeta<'a> {
    max_scalar: Option<f64>,
    mean_scalar: Option<f64>,
    min_scalar: Option<f64>,
    mode: OverlayMode,
    n_rebalances: u32,
    n_scaled: u32,
    pct_scaled: Option<f64>,
    source_filename: &'a str,
    source_run_id: &'a str,
}

/// Collects files by name.
#[derive(Debug, Default)]
pub struct Artefacts {
    files: BTreeMap<String, String>,
}

/// A table as text: header and rows.
struct Csv {
    columns: Vec<String>,
    text: String,
    dates: Vec<UnixNanos>,
}

impl Csv {
    fn new<'a>(columns: impl IntoIterator<Item = &'a str>) -> Self {
        let columns: Vec<String> = columns.into_iter().map(quoted).collect();
        let text = format!("date,{}\n", columns.join(","));
        Csv { columns, text, dates: Vec::new() }
    }

    fn row(&mut self, date: UnixNanos, cells: impl IntoIterator<Item = String>) {
        let _ = write!(self.text, "{date}");
        for cell in cells {
            self.text.push(',');
            self.text.push_str(&cell);
        }
        self.text.push('\n');
        self.dates.push(date);
    }
}

/// A name as a cell of CSV.
fn quoted(name: &str) -> String {
    if name.contains([',', '"', '\n', '\r']) { format!("\"{}\"", name.replace('"', "\"\"")) } else { name.to_owned() }
}

fn number(value: f64) -> String {
    format!("{value}")
}

impl Artefacts {
    /// The files by name.
    pub fn files(self) -> BTreeMap<String, String> {
        self.files
    }

    fn put(&mut self, name: &str, csv: Csv) {
        self.files.insert(name.to_owned(), csv.text);
    }

    /// A table with its meta file.
    fn put_with_meta(&mut self, stem: &str, csv: Csv, about: &About<'_>, dropped: usize) -> Result<(), Problem> {
        let meta = Meta {
            columns: std::iter::once("date").chain(csv.columns.iter().map(String::as_str)).collect(),
            coverage: (csv.dates.len() + dropped > 0).then(|| csv.dates.len() as f64 / (csv.dates.len() + dropped) as f64),
            description: about.description,
            effective_start: csv.dates.first().copied(),
            first: csv.dates.first().copied(),
            last: csv.dates.last().copied(),
            rows: csv.dates.len(),
            rows_dropped: dropped,
            run_id: about.run_id,
            sha256: Digest::of(csv.text.as_bytes()),
            universe: about.universe,
            version: VERSION,
        };
        self.files.insert(format!("{stem}_meta.json"), to_canonical_string(&meta)?);
        self.put(&format!("{stem}.csv"), csv);
        Ok(())
    }

    /// Adds a value as canonical JSON.
    ///
    /// # Errors
    /// A number that JSON cannot hold.
    pub fn json(&mut self, name: &str, value: &impl Serialize) -> Result<(), Problem> {
        self.files.insert(name.to_owned(), to_canonical_string(value)?);
        Ok(())
    }

    /// Adds a text.
    pub fn text(&mut self, name: &str, text: String) {
        self.files.insert(name.to_owned(), text);
    }

    /// `allocator_state_v1.csv`: dates with every required feature; optional ones where they are known on some date.
    ///
    /// # Errors
    /// As [`Artefacts::json`].
    pub fn state(&mut self, rows: &[StateRow], about: &About<'_>) -> Result<(), Problem> {
        let shown: Vec<usize> = (0..FEATURES.len())
            .filter(|feature| *feature < REQUIRED || rows.iter().any(|row| row.features[*feature].is_ok()))
            .collect();
        let mut csv = Csv::new(shown.iter().map(|feature| FEATURES[*feature]));
        for row in rows.iter().filter(|row| row.signals().is_some()) {
            csv.row(row.date, shown.iter().map(|feature| row.features[*feature].map_or_else(|_| String::new(), number)));
        }
        let dropped = rows.len() - csv.dates.len();
        self.put_with_meta(
            "allocator_state_v1",
            csv,
            &about.saying("State features; dates with an unknown one are left out"),
            dropped,
        )
    }

    /// `allocator_regime_v1.csv`: dates that have a regime.
    ///
    /// # Errors
    /// As [`Artefacts::json`].
    pub fn regimes(&mut self, days: &[RegimeDay], about: &About<'_>) -> Result<(), Problem> {
        let mut csv = Csv::new(["regime"]);
        for day in days {
            if let Some(regime) = day.regime {
                csv.row(day.date, [regime.as_str().to_owned()]);
            }
        }
        let dropped = days.len() - csv.dates.len();
        self.put_with_meta(
            "allocator_regime_v1",
            csv,
            &about.saying("Regimes; dates before the first known state are left out"),
            dropped,
        )
    }

    /// `allocator_risk_v1.csv`: the scalar of every date.
    ///
    /// # Errors
    /// As [`Artefacts::json`].
    pub fn scalars(&mut self, days: &[ScalarDay], about: &About<'_>) -> Result<(), Problem> {
        let mut csv = Csv::new(["risk_scalar"]);
        for day in days {
            csv.row(day.date, [number(day.scalar)]);
        }
        self.put_with_meta("allocator_risk_v1", csv, &about.saying("Daily risk scalars, known at the end of their date"), 0)
    }

    /// `allocator_risk_v1_applied.csv`: the scalar that each rebalance applies, one rebalance late.
    ///
    /// # Errors
    /// As [`Artefacts::json`].
    pub fn applied(&mut self, applied: &[Applied], about: &About<'_>) -> Result<(), Problem> {
        let csv = applied_csv("risk_scalar_applied", applied);
        self.put_with_meta(
            "allocator_risk_v1_applied",
            csv,
            &about.saying("Scalars by rebalance: each is the one known at the rebalance before"),
            0,
        )
    }

    /// `allocator_risk_v1_applied_source.csv` and `_used.csv`: what the file held, and what the scaled run used at its own rebalances.
    pub fn used(&mut self, source: &[(UnixNanos, f64)], used: &[Applied]) {
        let mut csv = Csv::new(["risk_scalar_applied"]);
        for (date, scalar) in source {
            csv.row(*date, [number(*scalar)]);
        }
        self.put("allocator_risk_v1_applied_source.csv", csv);
        self.put("allocator_risk_v1_applied_used.csv", applied_csv("risk_scalar_used", used));
    }

    /// `allocator_precomputed_meta.json`: what a run with the scalars of another made of them.
    ///
    /// # Errors
    /// As [`Artefacts::json`].
    pub fn precomputed(&mut self, summary: &RunSummary, run_id: &str, filename: &str) -> Result<(), Problem> {
        self.json(
            "allocator_precomputed_meta.json",
            &PrecomputedMeta {
                max_scalar: summary.scalar_max,
                mean_scalar: summary.scalar_mean,
                min_scalar: summary.scalar_min,
                mode: OverlayMode::Precomputed,
                n_rebalances: summary.rebalances,
                n_scaled: summary.scaled,
                pct_scaled: summary.scaled_share.map(|share| 100.0 * share),
                source_filename: filename,
                source_run_id: run_id,
            },
        )
    }

    /// `weights_raw.csv` or `weights_scaled.csv`.
    pub fn weights(&mut self, name: &str, table: &WeightTable) {
        let mut csv = Csv::new(table.symbols.iter().map(String::as_str));
        for (date, row) in table.dates.iter().zip(&table.rows) {
            csv.row(*date, row.iter().map(|weight| number(*weight)));
        }
        self.put(name, csv);
    }

    /// `allocator_scalars_at_rebalances.csv`: the applied scalar with the time it was known at and the regime behind it.
    pub fn at_rebalances(&mut self, table: &ExposureTable) {
        let mut csv = Csv::new(["risk_scalar", "known_at", "regime", "basis"]);
        for i in 0..table.date.len() {
            let known = table.known_at[i].map_or_else(String::new, |date| date.to_string());
            let regime = table.regime[i].map_or_else(String::new, |regime| regime.as_str().to_owned());
            csv.row(table.date[i], [number(table.scalar[i]), known, regime, table.basis[i].as_str().to_owned()]);
        }
        self.put("allocator_scalars_at_rebalances.csv", csv);
    }

    /// `allocator_risk_v1_sleeve_scalars.csv`: the daily scalar of every sleeve, one column each; empty on dates that a sleeve does not
    /// have, since one with a state of its own has the dates of its own returns.
    pub fn sleeves(&mut self, sleeves: &[SleeveTable]) {
        if sleeves.is_empty() {
            return;
        }
        let mut csv = Csv::new(sleeves.iter().map(|sleeve| sleeve.name.as_str()));
        let mut rows: BTreeMap<UnixNanos, Vec<String>> = BTreeMap::new();
        for (column, sleeve) in sleeves.iter().enumerate() {
            for (date, scalar) in sleeve.scalars.date.iter().zip(&sleeve.scalars.scalar) {
                rows.entry(*date).or_insert_with(|| vec![String::new(); sleeves.len()])[column] = number(*scalar);
            }
        }
        for (date, cells) in rows {
            csv.row(date, cells);
        }
        self.put("allocator_risk_v1_sleeve_scalars.csv", csv);
    }
}

fn applied_csv(column: &str, applied: &[Applied]) -> Csv {
    let mut csv = Csv::new([column]);
    for one in applied {
        csv.row(one.date, [number(one.scalar)]);
    }
    csv
}

/// What the meta files of a run have in common.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// The run.
    pub run_id: &'a str,
    /// Its symbols, sorted.
    pub universe: &'a [String],
    /// What the table is.
    pub description: &'a str,
}

impl About<'_> {
    fn saying(&self, description: &'static str) -> Self {
        About { description, ..*self }
    }
}
