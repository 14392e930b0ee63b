//! Operation `capital`: returns of several strategies in, the split of capital and its reasons out (K1–K3, K9, K10).

use super::{Request, VERSION};
use crate::capital::bootstrap::{self, WeightIntervals};
use crate::capital::optimised::{Frontier, FrontierConfig, frontier};
use crate::capital::{CapitalFigures, GivenStatistics, Market, Outcome, allocate};
use crate::config::OperationConfig;
use crate::config::capital::{CapitalConfig, CapitalMethod, Detector, MarketRegime};
use crate::config::compat::Compat;
use crate::error::{Code, Fault, Faults, Problem};
use crate::frame::ReturnBook;
use crate::linalg::Symmetric;
use crate::monitor::{frequency_faults, typical_gap};
use crate::stats::growth::DAYS_PER_YEAR;
use crate::stats::{Reasons, UnknownFigure};
use crate::units::name_fault;
use crate::wire::{At, Fields};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Most strategies of one request: work grows with the third power.
pub const STRATEGIES_MAX: usize = 1_000;

/// Most values of one request.
pub const VALUES_MAX: usize = 5_000_000;

/// Most methods beside the first in one request.
pub const COMPARE_MAX: usize = 32;

/// Most values that a bootstrap draws: resamples times values of the history.
pub const DRAWN_MAX: u64 = 50_000_000;

/// Most groups of one request.
pub const GROUPS_MAX: usize = 1_000;

/// A request to split capital across strategies.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", serde(deny_unknown_fields))]
pub struct CapitalRequest {
    /// Other methods to carry out beside that of the settings, on the same data under the same limits.
    #[cfg_attr(feature = "schema", serde(default))]
    pub compare: Vec<CapitalMethod>,
    /// Settings.
    #[cfg_attr(feature = "schema", serde(default))]
    pub config: CapitalConfig,
    /// Expected returns a year, by strategy; each goes before the mean of the history.
    #[cfg_attr(feature = "schema", serde(default))]
    pub forecasts: BTreeMap<String, f64>,
    /// Asks for the efficient frontier under the same limits; null for none.
    #[cfg_attr(feature = "schema", serde(default))]
    pub frontier: Option<FrontierConfig>,
    /// What is held, as fractions of the capital; a strategy that is not named holds nothing. Null: not said.
    #[cfg_attr(feature = "schema", serde(default))]
    pub previous: Option<BTreeMap<String, f64>>,
    /// The regime as another system sees it, for `regime.detector: risk`.
    #[cfg_attr(feature = "schema", serde(default))]
    pub regime: Option<MarketRegime>,
    /// Return history by strategy; one without history is declared by an empty one.
    #[cfg_attr(feature = "schema", serde(default))]
    pub returns: ReturnBook,
    /// Figures that the owner gives, by strategy.
    #[cfg_attr(feature = "schema", serde(default))]
    pub statistics: BTreeMap<String, GivenStatistics>,
    /// 1.
    pub version: u32,
}

/// Estimates that the split stands on, per period.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Estimates {
    /// Correlations, row by row; null beside a flat strategy.
    pub correlation: Vec<Vec<Option<f64>>>,
    /// Covariance, row by row.
    pub covariance: Vec<Vec<f64>>,
    /// Expected returns.
    pub mean: Vec<f64>,
    /// Share of the target in the means, where they were shrunk.
    pub mean_shrinkage: Option<f64>,
    /// Whether pairwise correlations contradicted each other and gave way.
    pub mended: bool,
    /// Common dates.
    pub n: u32,
    /// Share of the target in the covariance, where it was shrunk.
    pub shrinkage: Option<f64>,
    /// The strategies of rows and columns.
    pub strategies: Vec<String>,
    /// Volatilities.
    pub volatility: Vec<f64>,
}

/// The split, the same by other methods, and the estimates if asked for.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CapitalResult {
    /// What each strategy gets, by name.
    pub allocations: Vec<crate::capital::Allocation>,
    /// Which limits bind.
    pub bindings: Vec<crate::capital::Binding>,
    /// What stays in cash; negative where more than the capital is placed.
    pub cash: f64,
    /// Why, in the order in which the money meets it; the amounts sum to the cash.
    pub cash_reasons: Vec<crate::capital::CashReason>,
    /// The other methods asked for, in their order.
    pub comparison: Vec<Outcome>,
    /// Limits that could not hold together.
    pub conflicts: Vec<crate::capital::Conflict>,
    /// Means, volatilities, correlations and covariance, if asked for and known.
    pub estimates: Option<Estimates>,
    /// What was done and what came of it, in sentences.
    pub explanation: Vec<String>,
    /// Figures of the whole.
    pub figures: CapitalFigures,
    /// The efficient frontier, if asked for and known.
    pub frontier: Option<Frontier>,
    /// How far the weights are luck of the history, if asked for and known.
    pub intervals: Option<WeightIntervals>,
    /// Newest returns that the method looked at; null for all.
    pub lookback: Option<u32>,
    /// The method.
    pub method: CapitalMethod,
    /// How it ended.
    pub status: crate::capital::CapitalStatus,
    /// Why estimates and intervals that were asked for are null.
    pub unknown: Vec<UnknownFigure>,
    /// What is worth knowing and refuses nothing.
    pub warnings: Vec<Fault>,
}

/// The answer with its digest.
pub type CapitalResponse = super::Answer<CapitalResult>;

/// Splits capital across strategies.
///
/// # Errors
/// Settings outside their range, a plan above everything, figures of strategies that cannot be, more than the limits allow.
pub fn capital(request: &CapitalRequest) -> Result<CapitalResponse, Problem> {
    request.answer()
}

impl CapitalRequest {
    /// A request of returns alone, with default settings.
    pub fn new(returns: ReturnBook) -> Self {
        CapitalRequest {
            compare: Vec::new(),
            config: CapitalConfig::default(),
            forecasts: BTreeMap::new(),
            frontier: None,
            previous: None,
            regime: None,
            returns,
            statistics: BTreeMap::new(),
            version: VERSION,
        }
    }

    /// The strategies: all that have a history, even an empty one, a figure, a forecast or a holding; else those of the plan.
    pub fn strategies(&self) -> Vec<String> {
        let mut names: BTreeSet<&String> = self.returns.series().iter().map(|series| &series.name).collect();
        names.extend(self.statistics.keys());
        names.extend(self.forecasts.keys());
        names.extend(self.previous.iter().flat_map(BTreeMap::keys));
        if names.is_empty() {
            names.extend(self.config.fixed.keys());
        }
        names.into_iter().cloned().collect()
    }

    /// Estimates as the method sees them: with its views, where it has some.
    fn after_views(&self, joint: crate::capital::Joint, names: &[String]) -> crate::capital::Joint {
        if self.config.method != CapitalMethod::BlackLitterman {
            return joint;
        }
        let (posterior, _) = crate::capital::optimised::posterior_of(&joint, names, &self.config);
        joint.with(posterior)
    }

    /// Everything that can be wrong beyond the types; pushes all faults found.
    fn validate(&self, faults: &mut Faults) {
        let at = At::Root;
        self.config.validate(&at.key("config"), faults);
        if let Some(frontier) = &self.frontier {
            frontier.validate(&at.key("frontier"), faults);
        }
        let values: usize = self.returns.series().iter().map(|series| series.values.len()).sum();
        for (field, what, count, most) in [
            ("returns", "strategies", self.strategies().len(), STRATEGIES_MAX),
            ("returns", "values", values, VALUES_MAX),
            ("compare", "methods", self.compare.len(), COMPARE_MAX),
            ("config", "groups", self.config.constraints.groups.len(), GROUPS_MAX),
        ] {
            if count > most {
                faults.push(Fault::new(
                    Code::LimitExceeded,
                    at.key(field),
                    format!("{count} {what}, and {most} are the most."),
                    "Split the request.",
                ));
            }
        }
        if let Some(settings) = &self.config.bootstrap {
            let drawn = u64::from(settings.resamples) * values as u64;
            if drawn > DRAWN_MAX {
                faults.push(Fault::new(
                    Code::LimitExceeded,
                    at.key("config").key("bootstrap").key("resamples"),
                    format!(
                        "{} resamples of {values} returns are {drawn} draws, and {DRAWN_MAX} are the most.",
                        settings.resamples
                    ),
                    "Take fewer resamples, or a shorter history.",
                ));
            }
        }
        let returns = at.key("returns");
        for fault in frequency_faults(&self.returns, |name| returns.key(name).to_string()) {
            faults.push(fault);
        }
        self.validate_figures(&at, faults);
        let needs_regime = self.config.regime.detector == Detector::Risk && self.regime.is_none();
        let adaptive = CapitalMethod::RegimeAdaptive;
        if needs_regime && (self.config.method == adaptive || self.compare.contains(&adaptive)) {
            faults.push(Fault::new(
                Code::MissingField,
                at,
                "The detector is \"risk\" and no regime was given.",
                "Give \"regime\", as the operation risk answers it, or use the detector \"market\".",
            ));
        }
        let limits = &self.config.constraints;
        if self.previous.is_none() {
            for (field, set) in [
                ("change_max", limits.change_max.is_some()),
                ("trade_min", limits.trade_min > 0.0),
                ("turnover_max", limits.turnover_max.is_some()),
            ] {
                if set {
                    faults.push(Fault::new(
                        Code::Conflict,
                        at.key("config").key("constraints").key(field),
                        format!("{field} limits changes, and it was not said what is held."),
                        "Give \"previous\" (an empty object if nothing is held), or leave the limit out.",
                    ));
                }
            }
        }
    }

    fn validate_figures(&self, at: &At<'_>, faults: &mut Faults) {
        let mut refuse = |at: &At<'_>, message: String, hint: &str| faults.push(Fault::new(Code::OutOfRange, at, message, hint));
        let statistics = at.key("statistics");
        for (name, given) in &self.statistics {
            let here = statistics.key(name);
            for (field, value) in [("current_drawdown", given.current_drawdown), ("max_drawdown", given.max_drawdown)] {
                if let Some(value) = value.filter(|value| !(-1.0..=0.0).contains(value)) {
                    refuse(
                        &here.key(field),
                        format!("{field} is {value}."),
                        "Give a fraction from -1 to 0: -0.12 is 12 % below the peak.",
                    );
                }
            }
            if let Some(value) = given.volatility.filter(|value| !(*value > 0.0 && *value <= 1e6)) {
                refuse(&here.key("volatility"), format!("volatility is {value}."), "Give a number above 0: 0.2 is 20 % a year.");
            }
            if let Some(value) = given.sharpe.filter(|value| value.abs() > 1e6) {
                refuse(&here.key("sharpe"), format!("sharpe is {value}."), "Give the ratio of a year.");
            }
        }
        let forecasts = at.key("forecasts");
        for (name, value) in &self.forecasts {
            if value.abs() > 1e6 {
                refuse(
                    &forecasts.key(name),
                    format!("The forecast is {value}."),
                    "Give a return a year as a fraction: 0.08 is 8 %.",
                );
            }
        }
        let held = at.key("previous");
        for (name, value) in self.previous.iter().flatten() {
            if !(0.0..=100.0).contains(value) {
                refuse(&held.key(name), format!("{name} holds {value}."), "Give a fraction of the capital from 0: 0.25 is 25 %.");
            }
        }
        for name in self.strategies() {
            if let Some(why) = name_fault(&name) {
                faults.push(Fault::new(
                    Code::InvalidName,
                    at,
                    format!("The name {name:?} {why}."),
                    "Give the strategy a plain name.",
                ));
            }
        }
    }

    /// What is worth knowing: names that settings limit and nobody has, frequency, strategies without enough history.
    fn warnings(&self, names: &[String], outcome: &Outcome) -> Vec<Fault> {
        let at = At::Root;
        let config = at.key("config");
        let mut found = Vec::new();
        let constraints = config.key("constraints");
        let strategies = constraints.key("strategies");
        let groups = constraints.key("groups");
        let fixed = config.key("fixed");
        let mut stranger = |at: &At<'_>, name: &str| {
            if names.binary_search_by(|known| known.as_str().cmp(name)).is_err() {
                let hint = match crate::wire::nearest(name, names.iter().map(String::as_str)) {
                    Some(near) => format!("Did you mean {near:?}?"),
                    None => String::from("Name one of the strategies, or take it out."),
                };
                found.push(Fault::new(
                    Code::NotFound,
                    at,
                    format!("{name:?} is no strategy of the request; it was left out."),
                    hint,
                ));
            }
        };
        for name in self.config.constraints.strategies.keys() {
            stranger(&strategies.key(name), name);
        }
        for (group, limit) in &self.config.constraints.groups {
            for (i, member) in limit.members.iter().enumerate() {
                stranger(&groups.key(group).key("members").index(i), member);
            }
        }
        for name in self.config.fixed.keys() {
            stranger(&fixed.key(name), name);
        }
        let returns = at.key("returns");
        for row in &outcome.allocations {
            if let Some(why) = row.unknown {
                found.push(Fault::new(
                    Code::UnknownStatistic,
                    returns.key(&row.strategy),
                    format!("{} is unknown to {}: {}", row.strategy, outcome.method.as_str(), why.reason()),
                    "Give a longer history or the figure itself, or take the strategy out.",
                ));
            }
        }
        found.extend(self.frequency_warnings(&returns));
        found.truncate(Faults::MAX);
        found
    }

    /// Dates that do not lie as `periods_per_year` says.
    fn frequency_warnings(&self, at: &At<'_>) -> Vec<Fault> {
        let mut found = Vec::new();
        for series in self.returns.series() {
            let Some(gap) = typical_gap(series).filter(|gap| *gap > 0.0) else { continue };
            let per_year = DAYS_PER_YEAR / gap;
            // Trading days are 252 of 365: the same frequency.
            let factor = self.config.periods_per_year / per_year;
            if !(0.4..=2.5).contains(&factor) {
                found.push(Fault::new(
                    Code::FrequencyMismatch,
                    at.key(&series.name),
                    format!(
                        "{} has about {per_year:.0} returns a year and periods_per_year is {}.",
                        series.name, self.config.periods_per_year
                    ),
                    "Set periods_per_year: 252 for trading days, 52 for weeks, 12 for months.",
                ));
            }
        }
        found
    }
}

impl Request for CapitalRequest {
    const OPERATION: &'static str = "capital";
    type Config = CapitalConfig;
    type Result = CapitalResult;

    fn decode(fields: &mut Fields<'_>, compat: Option<Compat>, faults: &mut Faults) -> Option<Self> {
        let at = At::Root;
        let base = compat.map(CapitalConfig::compat).unwrap_or_default();
        let compare: Option<Vec<CapitalMethod>> = fields.optional("compare", Vec::new(), &at, faults);
        let config = fields.optional("config", base, &at, faults);
        let forecasts = fields.optional("forecasts", BTreeMap::new(), &at, faults);
        let frontier = fields.optional("frontier", None, &at, faults);
        let previous = fields.optional("previous", None, &at, faults);
        let regime = fields.optional("regime", None, &at, faults);
        let returns = fields.optional("returns", ReturnBook::default(), &at, faults);
        let statistics = fields.optional("statistics", BTreeMap::new(), &at, faults);
        // Sorted and unique: which method comes first says nothing.
        let compare: BTreeSet<CapitalMethod> = compare?.into_iter().collect();
        let request = CapitalRequest {
            compare: compare.into_iter().collect(),
            config: config?,
            forecasts: forecasts?,
            frontier: frontier?,
            previous: previous?,
            regime: regime?,
            returns: returns?,
            statistics: statistics?,
            version: VERSION,
        };
        let mut request = request;
        request.config.sort();
        request.validate(faults);
        Some(request)
    }

    fn run(&self) -> Result<CapitalResult, Problem> {
        let mut faults = Faults::new();
        self.validate(&mut faults);
        faults.finish(Some(()))?;
        let names = self.strategies();
        let given: Vec<GivenStatistics> =
            names.iter().map(|name| self.statistics.get(name).cloned().unwrap_or_default()).collect();
        let forecasts: Vec<Option<f64>> = names.iter().map(|name| self.forecasts.get(name).copied()).collect();
        let market = Market::new(&names, &self.returns, given.clone(), forecasts.clone(), &self.config);
        let held: Option<Vec<f64>> = self
            .previous
            .as_ref()
            .map(|previous| names.iter().map(|name| previous.get(name).copied().unwrap_or_default()).collect());
        let by = |method: CapitalMethod| allocate(&market, &self.config, method, held.as_deref(), self.regime);
        let outcome = by(self.config.method);
        let comparison: Vec<Outcome> = self.compare.iter().map(|&method| by(method)).collect();
        let mut reasons = Reasons::default();
        let estimates = if self.config.estimates {
            reasons.take_any("estimates", market.shown().map(|joint| shown(&self.after_views(joint, &names), &names)))
        } else {
            None
        };
        let frontier = self
            .frontier
            .as_ref()
            .and_then(|asked| reasons.take_any("frontier", frontier(&market, &self.config, asked, held.as_deref())));
        let intervals = match &self.config.bootstrap {
            Some(settings) if settings.resamples > 0 => {
                let found = bootstrap::weight_intervals(&self.returns, &names, &self.config, settings, |returns| {
                    let market = Market::new(&names, returns, given.clone(), forecasts.clone(), &self.config);
                    allocate(&market, &self.config, self.config.method, held.as_deref(), self.regime)
                });
                reasons.take_any("intervals", found)
            }
            _ => None,
        };
        let warnings = self.warnings(&names, &outcome);
        Ok(CapitalResult {
            allocations: outcome.allocations,
            bindings: outcome.bindings,
            cash: outcome.cash,
            cash_reasons: outcome.cash_reasons,
            comparison,
            conflicts: outcome.conflicts,
            estimates,
            explanation: outcome.explanation,
            figures: outcome.figures,
            frontier,
            intervals,
            lookback: outcome.lookback,
            method: outcome.method,
            status: outcome.status,
            unknown: reasons.finish(),
            warnings,
        })
    }
}

/// Estimates as the answer shows them.
fn shown(joint: &crate::capital::Joint, names: &[String]) -> Estimates {
    let n = joint.members.len();
    let rows = |matrix: &Symmetric| (0..n).map(|i| matrix.row(i).to_vec()).collect::<Vec<_>>();
    let deviation = joint.deviations();
    let correlation = (0..n)
        .map(|i| {
            (0..n)
                .map(|j| match (deviation[i] > 0.0 && deviation[j] > 0.0, i == j) {
                    (false, _) => None,
                    (true, true) => Some(1.0),
                    (true, false) => Some((joint.covariance.get(i, j) / (deviation[i] * deviation[j])).clamp(-1.0, 1.0)),
                })
                .collect()
        })
        .collect();
    Estimates {
        correlation,
        covariance: rows(&joint.covariance),
        mean: joint.mean.clone(),
        mean_shrinkage: joint.mean_shrinkage,
        mended: joint.mended,
        n: joint.dates.len() as u32,
        shrinkage: joint.shrinkage,
        strategies: joint.members.iter().map(|&i| names[i].clone()).collect(),
        volatility: deviation,
    }
}
