//! Operation `backtest`: prices and strategies in; equity, trades, weights, and who earned what, out (P9).

mod outcome;
mod overlay;
mod telling;

pub use outcome::*;
pub use overlay::OverlayOutcome;

use self::telling::Telling;
use super::risk::Precomputed;
use super::{Answer, Request, VERSION, decode_config};
use crate::backtest::{Market, MarketData, Run, no_scalars, run_after};
use crate::config::OperationConfig;
use crate::config::backtest::{BacktestConfig, StrategySpec};
use crate::config::compat::Compat;
use crate::config::risk::{OverlayMode, RiskConfig};
use crate::error::{Code, Fault, Faults, Problem};
use crate::frame::{FlowBook, PriceBook};
use crate::wire::{At, Fields};
use serde::Serialize;
use std::collections::BTreeMap;

/// Most values of all tables of one request.
pub const VALUES_MAX: usize = 20_000_000;

/// A request for a backtest.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", serde(deny_unknown_fields))]
pub struct BacktestRequest {
    /// Prices of one benchmark.
    #[cfg_attr(feature = "schema", serde(default))]
    pub benchmark: Option<PriceBook>,
    /// Settings.
    #[cfg_attr(feature = "schema", serde(default))]
    pub config: BacktestConfig,
    /// Money paid out for one share on the day that a symbol ends; zero where nothing is left.
    #[cfg_attr(feature = "schema", serde(default))]
    pub delistings: Option<FlowBook>,
    /// Money paid on one share, on the day from which it is quoted without.
    #[cfg_attr(feature = "schema", serde(default))]
    pub dividends: Option<PriceBook>,
    /// Highest prices; formulas read them.
    #[cfg_attr(feature = "schema", serde(default))]
    pub high: Option<PriceBook>,
    /// Lowest prices; formulas read them.
    #[cfg_attr(feature = "schema", serde(default))]
    pub low: Option<PriceBook>,
    /// Opening prices.
    #[cfg_attr(feature = "schema", serde(default))]
    pub open: Option<PriceBook>,
    /// The scalars of an earlier run, for a risk overlay of mode `precomputed`.
    #[cfg_attr(feature = "schema", serde(default))]
    pub precomputed: Option<Precomputed>,
    /// Closing prices as quoted: not adjusted for `splits` and `dividends`, where those are given.
    pub prices: PriceBook,
    /// New shares for one old share, on the day from which prices are quoted after the split.
    #[cfg_attr(feature = "schema", serde(default))]
    pub splits: Option<PriceBook>,
    /// The strategies.
    pub strategies: BTreeMap<String, StrategySpec>,
    /// 1.
    pub version: u32,
    /// Shares traded in each bar, for market impact.
    #[cfg_attr(feature = "schema", serde(default))]
    pub volume: Option<FlowBook>,
}

/// The answer with its digest.
pub type BacktestResponse = Answer<BacktestResult>;

/// Runs strategies through a market.
///
/// # Errors
/// As [`crate::backtest::run`].
pub fn backtest(request: &BacktestRequest) -> Result<BacktestResponse, Problem> {
    request.answer()
}

impl BacktestRequest {
    /// A request of prices and strategies alone, with default settings.
    pub fn new(prices: PriceBook, strategies: BTreeMap<String, StrategySpec>) -> Self {
        BacktestRequest {
            benchmark: None,
            config: BacktestConfig::default(),
            delistings: None,
            dividends: None,
            high: None,
            low: None,
            open: None,
            precomputed: None,
            prices,
            splits: None,
            strategies,
            version: VERSION,
            volume: None,
        }
    }

    fn data(&self) -> MarketData<'_> {
        MarketData {
            prices: &self.prices,
            high: self.high.as_ref(),
            low: self.low.as_ref(),
            open: self.open.as_ref(),
            volume: self.volume.as_ref(),
            splits: self.splits.as_ref(),
            dividends: self.dividends.as_ref(),
            delistings: self.delistings.as_ref(),
        }
    }

    /// What can be wrong beyond the types and is not found by the run itself.
    fn validate(&self, faults: &mut Faults) {
        let at = At::Root;
        if let Some(benchmark) = &self.benchmark
            && benchmark.len() != 1
        {
            faults.push(Fault::new(
                Code::Conflict,
                at.key("benchmark"),
                format!("There are {} benchmarks.", benchmark.len()),
                "Give the prices of one, or leave the field out.",
            ));
        }
        let mode = self.config.risk.as_ref().map(RiskConfig::effective_mode);
        match (&self.precomputed, mode) {
            (None, Some(OverlayMode::Precomputed)) => faults.push(no_scalars()),
            (Some(_), None | Some(OverlayMode::Compute | OverlayMode::Off)) => faults.push(Fault::new(
                Code::Conflict,
                at.key("precomputed"),
                "There are precomputed scalars, and no overlay that reads them.",
                "Set risk.mode: precomputed, or leave them out.",
            )),
            _ => {}
        }
        let of = |book: &PriceBook| book.series().iter().map(|series| series.values.len()).sum::<usize>();
        let uploaded = self.strategies.values().filter_map(|spec| spec.weights.as_ref());
        let uploaded: usize = uploaded.map(|book| book.series().iter().map(|series| series.values.len()).sum::<usize>()).sum();
        let values = of(&self.prices) + self.open.as_ref().map_or(0, of) + uploaded;
        if values > VALUES_MAX {
            faults.push(Fault::new(
                Code::LimitExceeded,
                at,
                format!("{values} prices and weights, and {VALUES_MAX} are the most."),
                "Give fewer bars, symbols or strategies.",
            ));
        }
    }
}

impl BacktestRequest {
    /// Carries the backtest out once, for the answer and for the overlay's files by name (R6); there are none without an overlay.
    /// `run_id` is what the run is called in them.
    ///
    /// # Errors
    /// As [`backtest`].
    pub fn answer_and_artefacts(&self, run_id: &str) -> Result<(BacktestResponse, BTreeMap<String, String>), Problem> {
        let (market, run) = self.carried_out()?;
        let telling = Telling { request: self, market: &market, run: &run };
        let result = telling.result()?;
        let files = telling.overlay_files(&result, run_id)?;
        let digest = crate::wire::digest_of(Self::OPERATION, self, &result)?;
        Ok((Answer { result, digest }, files))
    }

    fn carried_out(&self) -> Result<(Market, Run), Problem> {
        let mut faults = Faults::new();
        self.validate(&mut faults);
        faults.finish(Some(()))?;
        let earlier = self.earlier()?;
        run_after(&self.data(), &self.strategies, &self.config, earlier.as_deref())
    }
}

impl Request for BacktestRequest {
    const OPERATION: &'static str = "backtest";
    type Config = BacktestConfig;
    type Result = BacktestResult;

    fn decode(fields: &mut Fields<'_>, compat: Option<Compat>, faults: &mut Faults) -> Option<Self> {
        let at = At::Root;
        let benchmark = fields.optional("benchmark", None, &at, faults);
        let config: Option<BacktestConfig> = decode_config(fields, compat, faults);
        if let Some(config) = &config {
            config.validate(&at.key("config"), faults);
        }
        let delistings = fields.optional("delistings", None, &at, faults);
        let dividends = fields.optional("dividends", None, &at, faults);
        let high = fields.optional("high", None, &at, faults);
        let low = fields.optional("low", None, &at, faults);
        let open = fields.optional("open", None, &at, faults);
        let precomputed = fields.optional("precomputed", None, &at, faults);
        let prices = fields.required("prices", &at, faults);
        let splits = fields.optional("splits", None, &at, faults);
        let strategies = fields.required("strategies", &at, faults);
        let volume = fields.optional("volume", None, &at, faults);
        let mut config = config?;
        // Members of a group and of a sleeve are a set.
        for group in config.capital.iter_mut().flat_map(|capital| capital.constraints.groups.values_mut()) {
            group.members.sort();
        }
        for sleeve in config.risk.iter_mut().flat_map(|risk| risk.sleeves.values_mut()) {
            sleeve.assets.sort();
        }
        let request = BacktestRequest {
            benchmark: benchmark?,
            config,
            delistings: delistings?,
            dividends: dividends?,
            high: high?,
            low: low?,
            open: open?,
            precomputed: precomputed?,
            prices: prices?,
            splits: splits?,
            strategies: strategies?,
            version: VERSION,
            volume: volume?,
        };
        request.validate(faults);
        Some(request)
    }

    fn run(&self) -> Result<BacktestResult, Problem> {
        let (market, run) = self.carried_out()?;
        Telling { request: self, market: &market, run: &run }.result()
    }
}

#[cfg(test)]
mod tests;
