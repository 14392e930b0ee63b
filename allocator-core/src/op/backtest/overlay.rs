//! The risk overlay of a backtest: what it saw and did, and its files under the names of R6.

use super::telling::Telling;
use super::{BacktestRequest, BacktestResult};
use crate::backtest::{Overlaid, PRECOMPUTED_PLACES};
use crate::config::risk::{OverlayMode, RiskConfig};
use crate::error::{Fault, Faults, Problem};
use crate::frame::PriceBook;
use crate::op::metrics::SeriesMetrics;
use crate::op::risk::warnings_of;
use crate::overlay::artefact::{About, Artefacts};
use crate::overlay::exposure::WeightTable;
use crate::overlay::scalar_file::{FileContext, read_scalars};
use crate::overlay::tables::{Coverage, Evidence, ExposureTable, RegimeTable, RunSummary, ScalarTable, SleeveTable, StateTable};
use crate::units::UnixNanos;
use serde::Serialize;
use std::collections::BTreeMap;

/// What the risk overlay saw and did.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OverlayOutcome {
    /// How much of the history has a known state.
    pub coverage: Coverage,
    /// What each rebalance applied (mode `off`: would have applied), by the time of its decision.
    pub exposure: ExposureTable,
    /// What the scalars did.
    pub mode: OverlayMode,
    /// Figures of the portfolio without the overlay.
    pub raw_metrics: SeriesMetrics,
    /// Value without the overlay at each bar of the curve; the overlay judges this portfolio.
    pub raw_value: Vec<f64>,
    /// Regimes by bar.
    pub regimes: RegimeTable,
    /// Scalars by bar.
    pub scalars: ScalarTable,
    /// Sleeves, by name.
    pub sleeves: Vec<SleeveTable>,
    /// Features by bar.
    pub state: StateTable,
    /// The scalars of all rebalances in a few numbers.
    pub summary: RunSummary,
}

/// What is worth knowing of what it saw.
pub(super) fn warnings(overlaid: &Overlaid) -> Vec<Fault> {
    let found = warnings_of(&overlaid.governed, &overlaid.applied, None);
    found.into_iter().map(|fault| Fault { path: String::from("/config/risk"), ..fault }).collect()
}

/// What is shown of an overlay's scalars.
fn summary(overlaid: &Overlaid, risk: &RiskConfig) -> RunSummary {
    let governed = &overlaid.governed;
    let evidence = Evidence { states: &governed.states, regimes: &governed.regimes, thresholds: &risk.thresholds };
    let mode = risk.effective_mode();
    let source = match (mode, &risk.precomputed_run_id) {
        (OverlayMode::Precomputed, Some(run)) => format!("{run}/{}", risk.precomputed_scalar_filename),
        (OverlayMode::Precomputed, None) => risk.precomputed_scalar_filename.clone(),
        _ => String::from("computed"),
    };
    RunSummary::of(&overlaid.applied, &evidence, mode, &source)
}

impl BacktestRequest {
    /// The scalars of the earlier run, read as the settings say.
    pub(super) fn earlier(&self) -> Result<Option<Vec<(UnixNanos, f64)>>, Problem> {
        let (Some(file), Some(risk)) = (&self.precomputed, &self.config.risk) else { return Ok(None) };
        let universe = names(&self.prices);
        let context = FileContext {
            loader: risk.loader,
            meta: file.meta.as_deref(),
            run_id: risk.precomputed_run_id.as_deref(),
            universe: Some(&universe),
            places: PRECOMPUTED_PLACES,
        };
        let mut faults = Faults::new();
        let series = read_scalars(&file.scalars, &context, &mut faults);
        faults.finish(series).map(Some)
    }
}

fn names(prices: &PriceBook) -> Vec<String> {
    prices.series().iter().map(|series| series.name.clone()).collect()
}

impl Telling<'_> {
    /// What the overlay saw and did, if there is one.
    pub(super) fn overlay(&self) -> Result<Option<OverlayOutcome>, Problem> {
        let (Some(overlaid), Some(risk)) = (&self.run.overlay, &self.request.config.risk) else { return Ok(None) };
        let governed = &overlaid.governed;
        let (regimes, scalars, states) = if self.request.config.curves {
            (&governed.regimes[..], &governed.scalars[..], &governed.states[..])
        } else {
            Default::default()
        };
        Ok(Some(OverlayOutcome {
            coverage: Coverage::of(&governed.regimes),
            exposure: ExposureTable::of(&overlaid.applied, &governed.regimes),
            mode: risk.effective_mode(),
            raw_metrics: self.figures("raw", &overlaid.values)?,
            raw_value: self.by_bar(overlaid.values[self.bars()].to_vec()),
            regimes: RegimeTable::of(regimes),
            scalars: ScalarTable::of(scalars),
            sleeves: overlaid.sleeves.iter().map(|(path, applied)| SleeveTable::of(path, Some(applied))).collect(),
            state: StateTable::of(states, true, false),
            summary: summary(overlaid, risk),
        }))
    }

    /// The overlay's files by name; none without one. Tables of weights end before the first rebalance that `rows_max` cut.
    pub(super) fn overlay_files(&self, result: &BacktestResult, run_id: &str) -> Result<BTreeMap<String, String>, Problem> {
        let mut files = Artefacts::default();
        let (Some(overlaid), Some(risk), Some(outcome)) = (&self.run.overlay, &self.request.config.risk, &result.overlay) else {
            return Ok(files.files());
        };
        let about = About { run_id, universe: &self.market.symbols, description: "" };
        let governed = &overlaid.governed;
        files.state(&governed.states, &about)?;
        files.regimes(&governed.regimes, &about)?;
        files.scalars(&governed.scalars, &about)?;
        files.applied(&overlaid.applied, &about)?;
        files.at_rebalances(&outcome.exposure);
        files.sleeves(&outcome.sleeves);
        let (raw, scaled) = self.weight_tables();
        files.weights("weights_raw.csv", &raw);
        files.weights("weights_scaled.csv", &scaled);
        if risk.effective_mode() == OverlayMode::Precomputed {
            files.used(&self.request.earlier()?.unwrap_or_default(), &overlaid.applied);
            let source = risk.precomputed_run_id.as_deref().unwrap_or_default();
            files.precomputed(&outcome.summary, source, &risk.precomputed_scalar_filename)?;
        }
        Ok(files.files())
    }

    /// Raw and scaled weights by decision.
    fn weight_tables(&self) -> (WeightTable, WeightTable) {
        let run = self.run;
        let whole = match (run.weights_omitted, run.weights.last()) {
            (0, _) => run.rebalances.len(),
            (_, last) => last.map_or(0, |row| row.rebalance),
        };
        let n = self.market.symbols.len();
        let table = |weight: fn(&crate::backtest::WeightRow) -> f64| {
            let mut rows = vec![vec![0.0; n]; whole];
            for row in run.weights.iter().filter(|row| row.rebalance < whole) {
                rows[row.rebalance][row.symbol] = weight(row) + 0.0;
            }
            let dates = run.rebalances[..whole].iter().map(|done| done.decided).collect();
            WeightTable { dates, symbols: self.market.symbols.clone(), rows, absent: 0 }
        };
        (table(|row| row.raw), table(|row| row.weight))
    }
}
