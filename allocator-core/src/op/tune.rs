//! Operation `tune`: the history of a portfolio in; thresholds that behave better, and whether they did out of sample, out (R11).

use super::risk::check_size;
use super::{Request, VERSION, decode_config};
use crate::config::OperationConfig;
use crate::config::compat::Compat;
use crate::config::risk::RegimeThresholds;
use crate::config::tune::TuneConfig;
use crate::error::{Code, Fault, Faults, Problem};
use crate::frame::{PriceBook, ReturnBook};
use crate::math;
use crate::overlay::state::{StateInputs, only_curve, only_series};
use crate::overlay::tuning::{Behaviour, Candidate, TuneFold, tune as try_all};
use crate::wire::{At, Fields};
use serde::Serialize;

/// Candidates in the answer, the best ones.
pub const CANDIDATES_SHOWN: usize = 1_000;

/// Most candidate days, combinations times dates: each keeps its whole path.
pub const CANDIDATE_DAYS_MAX: usize = 2_000_000;

/// A request for threshold tuning.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", serde(deny_unknown_fields))]
pub struct TuneRequest {
    /// Returns of the assets, for correlations.
    #[cfg_attr(feature = "schema", serde(default))]
    pub asset_returns: Option<ReturnBook>,
    /// Settings.
    #[cfg_attr(feature = "schema", serde(default))]
    pub config: TuneConfig,
    /// Equity curve of the portfolio, one series; without it, its returns are compounded.
    #[cfg_attr(feature = "schema", serde(default))]
    pub equity: Option<PriceBook>,
    /// Returns of the portfolio, one series.
    pub portfolio_returns: ReturnBook,
    /// 1.
    pub version: u32,
}

/// The report of a tuning.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TuneResult {
    /// Whether the best thresholds are advised: thresholds chosen like them had the lower mean loss out of sample.
    pub advised: bool,
    /// The candidates, least loss first.
    pub candidates: Vec<Candidate>,
    /// How many were tried.
    pub candidates_tried: u32,
    /// The folds of the walk-forward, oldest first.
    pub folds: Vec<TuneFold>,
    /// Mean loss in the folds of the thresholds chosen before them.
    pub loss_chosen: f64,
    /// Mean loss in the folds of the present thresholds.
    pub loss_present: f64,
    /// The decision in words.
    pub note: String,
    /// The present thresholds over the whole history.
    pub present: Behaviour,
    /// The thresholds that are advised: the best ones, or the present ones.
    pub thresholds: RegimeThresholds,
    /// What is worth knowing and refuses nothing.
    pub warnings: Vec<Fault>,
}

/// The answer with its digest.
pub type TuneResponse = super::Answer<TuneResult>;

/// Tries thresholds.
///
/// # Errors
/// Settings outside their range, too short a history with a known state.
pub fn tune(request: &TuneRequest) -> Result<TuneResponse, Problem> {
    request.answer()
}

impl TuneRequest {
    fn validate(&self, faults: &mut Faults) {
        let at = At::Root;
        self.config.validate(&at.key("config"), faults);
        let portfolio = at.key("portfolio_returns");
        check_size(&portfolio, self.portfolio_returns.series(), faults);
        if let Some(assets) = &self.asset_returns {
            check_size(&at.key("asset_returns"), assets.series(), faults);
        }
        let equity = self.equity.as_ref().map_or(1, PriceBook::len);
        for (field, count) in [("portfolio_returns", self.portfolio_returns.len()), ("equity", equity)] {
            if count != 1 {
                let message = format!("There are {count} series, and a portfolio has one.");
                faults.push(Fault::new(Code::Conflict, at.key(field), message, "Give one series."));
            }
        }
    }
}

impl Request for TuneRequest {
    const OPERATION: &'static str = "tune";
    type Config = TuneConfig;
    type Result = TuneResult;

    fn decode(fields: &mut Fields<'_>, compat: Option<Compat>, faults: &mut Faults) -> Option<Self> {
        let at = At::Root;
        let config = decode_config(fields, compat, faults);
        let asset_returns = fields.optional("asset_returns", None, &at, faults);
        let equity = fields.optional("equity", None, &at, faults);
        let portfolio_returns = fields.required("portfolio_returns", &at, faults);
        let request = TuneRequest {
            asset_returns: asset_returns?,
            config: config?,
            equity: equity?,
            portfolio_returns: portfolio_returns?,
            version: VERSION,
        };
        request.validate(faults);
        Some(request)
    }

    fn run(&self) -> Result<TuneResult, Problem> {
        let mut faults = Faults::new();
        self.validate(&mut faults);
        faults.finish(Some(()))?;
        let portfolio = only_series(&self.portfolio_returns).ok_or_else(|| Problem::internal("a portfolio without returns"))?;
        let inputs = StateInputs {
            portfolio,
            equity: self.equity.as_ref().and_then(only_curve),
            assets: self.asset_returns.as_ref(),
            trend_units: None,
            sleeves: None,
        };
        let risk = &self.config.risk;
        let states = inputs.states(risk.calendar, risk.periods_per_year);
        let combinations = self.config.combinations();
        if combinations.saturating_mul(states.len()) > CANDIDATE_DAYS_MAX {
            return Err(Problem::new(
                Code::LimitExceeded,
                "/config",
                format!("{combinations} combinations over {} dates are more than {CANDIDATE_DAYS_MAX} days.", states.len()),
                "Try fewer thresholds, or a shorter history.",
            ));
        }
        let Some(mut tuned) = try_all(&states, &self.config) else {
            return Err(Problem::new(
                Code::InsufficientHistory,
                "/portfolio_returns",
                format!("Too few dates have a known state for {} folds, or one of the folds has none.", self.config.folds),
                "Give a longer history (a state needs 60 days to begin), or fewer folds.",
            ));
        };
        let mean = |of: &dyn Fn(&TuneFold) -> f64| math::sum(tuned.folds.iter().map(of)) / tuned.folds.len().max(1) as f64;
        let (loss_chosen, loss_present) = (mean(&|fold| fold.chosen_in.loss), mean(&|fold| fold.present_in.loss));
        let best = tuned.candidates.first().map(|candidate| candidate.thresholds.clone());
        let advised = loss_chosen < loss_present && best.as_ref().is_some_and(|best| *best != risk.thresholds);
        let note = if advised {
            format!(
                "thresholds chosen on the past had a mean loss of {loss_chosen:.3} out of sample, the present ones {loss_present:.3}"
            )
        } else {
            format!(
                "keep the present thresholds: out of sample they lose {loss_present:.3}, those chosen on the past {loss_chosen:.3}"
            )
        };
        let tried = tuned.candidates.len();
        tuned.candidates.truncate(CANDIDATES_SHOWN);
        Ok(TuneResult {
            advised,
            candidates: tuned.candidates,
            candidates_tried: tried as u32,
            folds: tuned.folds,
            loss_chosen,
            loss_present,
            note,
            present: tuned.present,
            thresholds: best.filter(|_| advised).unwrap_or_else(|| risk.thresholds.clone()),
            warnings: Vec::new(),
        })
    }
}
