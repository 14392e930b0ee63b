//! Operation `risk`: returns of a portfolio and its assets in; state, regimes, scalars, exposure and scaled weights out (R1 to R7, R10).
//!
//! The chain can be entered at any link: with returns, with a state, with regimes, or with scalars; and with the scalars of an
//! earlier run.

use super::{Request, VERSION, decode_config};
use crate::config::OperationConfig;
use crate::config::compat::Compat;
use crate::config::risk::{OverlayMode, Regime, RiskConfig, Warmup};
use crate::error::{Code, Fault, Faults, Problem};
use crate::frame::{PriceBook, ReturnBook, Series, WeightBook};
use crate::overlay::artefact::{About, Artefacts};
use crate::overlay::exposure::{Applied, LagRules, ScalarBasis, WeightTable, applied, precomputed};
use crate::overlay::regime::RegimeClassifier;
use crate::overlay::scalar::{ScalarDay, ScalarRules, given_regimes, scalars};
use crate::overlay::scalar_file::{FileContext, read_scalars};
use crate::overlay::sleeve::{SleevePath, applied_of, sleeve_paths};
use crate::overlay::state::{Signals, StateInputs, only_curve, only_series};
use crate::overlay::tables::{
    Coverage, Evidence, ExposureTable, RegimeTable, RunSummary, ScalarTable, SleeveTable, StateTable, WeightColumns,
};
use crate::overlay::{Governed, govern, regime_rules};
use crate::units::{UnixNanos, name_fault};
use crate::wire::{At, Decode, Fields, Json};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Most assets, trend units or sleeves of one request: pairs of assets grow with the square.
pub const SERIES_MAX: usize = 256;

/// Most values of one request.
pub const VALUES_MAX: usize = 1_000_000;

/// Most cells of a table of weights, symbols times decision dates.
pub const CELLS_MAX: usize = 4_000_000;

/// Most dates of a state, regimes, scalars or rebalances that are given.
pub const DATES_MAX: usize = 100_000;

/// Most warnings about assets that sleeves name and weights do not have.
const STRANGERS_SHOWN: usize = 10;

/// The scalars of an earlier run: the texts of its files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", serde(deny_unknown_fields))]
pub struct Precomputed {
    /// Text of `allocator_risk_v1_applied_meta.json`.
    #[cfg_attr(feature = "schema", serde(default))]
    pub meta: Option<String>,
    /// Text of `allocator_risk_v1_applied.csv`.
    pub scalars: String,
}

/// A state that was computed elsewhere: the features that regimes are told from. A date with a null has no known state.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", serde(deny_unknown_fields))]
pub struct GivenState {
    /// 20-day correlation less 60-day correlation.
    pub corr_shock: Vec<Option<f64>>,
    /// Dates.
    pub date: Vec<UnixNanos>,
    /// Drawdown, zero or negative.
    pub dd_level: Vec<Option<f64>>,
    /// Change of drawdown in ten days.
    pub dd_slope_10d: Vec<Option<f64>>,
    /// 20-day volatility over 60-day volatility.
    pub vol_accel: Vec<Option<f64>>,
}

/// Regimes that were told elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", serde(deny_unknown_fields))]
pub struct GivenRegimes {
    /// Dates.
    pub date: Vec<UnixNanos>,
    /// Regimes.
    pub regime: Vec<Regime>,
}

/// Daily scalars that were computed elsewhere, above 0 and at most 1. A null is unknown: the fail-safe target stands in for it (with
/// `warmup: omit`, `apply_missing_scalar_as`).
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", serde(deny_unknown_fields))]
pub struct GivenScalars {
    /// Dates.
    pub date: Vec<UnixNanos>,
    /// Scalars.
    pub scalar: Vec<Option<f64>>,
}

/// A request to the risk overlay. One of `portfolio_returns`, `state`, `regimes` and `scalars` says where the chain begins; in
/// mode `precomputed` none is needed.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", serde(deny_unknown_fields))]
pub struct RiskRequest {
    /// Returns of the assets, for correlations.
    #[cfg_attr(feature = "schema", serde(default))]
    pub asset_returns: Option<ReturnBook>,
    /// Settings.
    #[cfg_attr(feature = "schema", serde(default))]
    pub config: RiskConfig,
    /// Equity curve of the portfolio, one series; without it, its returns are compounded.
    #[cfg_attr(feature = "schema", serde(default))]
    pub equity: Option<PriceBook>,
    /// Returns of the portfolio, one series.
    #[cfg_attr(feature = "schema", serde(default))]
    pub portfolio_returns: Option<ReturnBook>,
    /// The scalars of an earlier run, for mode `precomputed`.
    #[cfg_attr(feature = "schema", serde(default))]
    pub precomputed: Option<Precomputed>,
    /// Rebalances, where there are no weights to take them from.
    #[cfg_attr(feature = "schema", serde(default))]
    pub rebalances: Vec<UnixNanos>,
    /// Regimes instead of returns.
    #[cfg_attr(feature = "schema", serde(default))]
    pub regimes: Option<GivenRegimes>,
    /// Daily scalars instead of returns.
    #[cfg_attr(feature = "schema", serde(default))]
    pub scalars: Option<GivenScalars>,
    /// Returns of sleeves, for their concentration and for sleeves with `own_state`.
    #[cfg_attr(feature = "schema", serde(default))]
    pub sleeve_returns: Option<ReturnBook>,
    /// A state instead of returns.
    #[cfg_attr(feature = "schema", serde(default))]
    pub state: Option<GivenState>,
    /// Returns of trend units, for their breadth; without them the assets are taken.
    #[cfg_attr(feature = "schema", serde(default))]
    pub trend_unit_returns: Option<ReturnBook>,
    /// 1.
    pub version: u32,
    /// Weights by decision date, to be scaled.
    #[cfg_attr(feature = "schema", serde(default))]
    pub weights: Option<WeightBook>,
}

/// What the overlay found and did.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RiskResult {
    /// How much of the history has a known state.
    pub coverage: Coverage,
    /// What each rebalance applies (mode `off`: would apply); null without rebalances.
    pub exposure: Option<ExposureTable>,
    /// What the scalars did.
    pub mode: OverlayMode,
    /// Regimes by date.
    pub regimes: RegimeTable,
    /// Scalars by date.
    pub scalars: ScalarTable,
    /// Sleeves, by name.
    pub sleeves: Vec<SleeveTable>,
    /// Features by date; null where no returns were given.
    pub state: Option<StateTable>,
    /// Summary of the run; null without rebalances.
    pub summary: Option<RunSummary>,
    /// What is worth knowing and refuses nothing.
    pub warnings: Vec<Fault>,
    /// Scaled weights (mode `off`: the raw ones); null where none were given.
    pub weights: Option<WeightColumns>,
}

/// The answer with its digest.
pub type RiskResponse = super::Answer<RiskResult>;

/// State, regimes, scalars and exposure.
///
/// # Errors
/// No place to begin the chain at, or several; settings outside their range; a file of scalars that is not what it should be.
pub fn risk(request: &RiskRequest) -> Result<RiskResponse, Problem> {
    request.answer()
}

impl RiskRequest {
    /// A request of nothing, with default settings: a place to begin.
    pub fn empty() -> Self {
        RiskRequest {
            asset_returns: None,
            config: RiskConfig::default(),
            equity: None,
            portfolio_returns: None,
            precomputed: None,
            rebalances: Vec::new(),
            regimes: None,
            scalars: None,
            sleeve_returns: None,
            state: None,
            trend_unit_returns: None,
            version: VERSION,
            weights: None,
        }
    }

    /// The histories, if the chain begins with returns.
    fn inputs(&self) -> Option<StateInputs<'_>> {
        Some(StateInputs {
            portfolio: only_series(self.portfolio_returns.as_ref()?)?,
            equity: self.equity.as_ref().and_then(only_curve),
            assets: self.asset_returns.as_ref(),
            trend_units: self.trend_unit_returns.as_ref(),
            sleeves: self.sleeve_returns.as_ref(),
        })
    }

    /// Everything that can be wrong beyond the types; pushes all faults found.
    fn validate(&self, faults: &mut Faults) {
        let at = At::Root;
        self.config.validate(&at.key("config"), faults);
        self.validate_beginning(&at, faults);
        let books = [
            ("asset_returns", self.asset_returns.as_ref().map(ReturnBook::series)),
            ("portfolio_returns", self.portfolio_returns.as_ref().map(ReturnBook::series)),
            ("sleeve_returns", self.sleeve_returns.as_ref().map(ReturnBook::series)),
            ("trend_unit_returns", self.trend_unit_returns.as_ref().map(ReturnBook::series)),
            ("equity", self.equity.as_ref().map(PriceBook::series)),
            ("weights", self.weights.as_ref().map(WeightBook::series)),
        ];
        for (field, series) in books {
            if let Some(series) = series {
                check_size(&at.key(field), series, faults);
            }
        }
        if let Some(weights) = &self.weights {
            check_cells(&at.key("weights"), weights, faults);
        }
        for (field, book) in [("portfolio_returns", books[1].1), ("equity", books[4].1)] {
            if let Some(series) = book
                && series.len() != 1
            {
                faults.push(Fault::new(
                    Code::Conflict,
                    at.key(field),
                    format!("There are {} series, and a portfolio has one.", series.len()),
                    "Give one series.",
                ));
            }
        }
        for (name, sleeve) in &self.config.sleeves {
            let known = self.sleeve_returns.as_ref().is_some_and(|book| book.get(name).is_some());
            if sleeve.own_state && (!known || self.portfolio_returns.is_none()) {
                faults.push(Fault::new(
                    Code::MissingStatistics,
                    at.key("config").key("sleeves").key(name),
                    format!("The sleeve {name:?} has a state of its own and no returns."),
                    "Give its returns in `sleeve_returns` beside `portfolio_returns`, or set own_state: false.",
                ));
            }
        }
    }

    fn validate_beginning(&self, at: &At<'_>, faults: &mut Faults) {
        let begins = [
            ("portfolio_returns", self.portfolio_returns.is_some()),
            ("state", self.state.is_some()),
            ("regimes", self.regimes.is_some()),
            ("scalars", self.scalars.is_some()),
        ];
        let given: Vec<&str> = begins.iter().filter(|(_, there)| *there).map(|(name, _)| *name).collect();
        let mode = self.config.effective_mode();
        if given.is_empty() && mode != OverlayMode::Precomputed {
            faults.push(Fault::new(
                Code::MissingField,
                at,
                "There is nothing to tell the risk from.",
                "Give \"portfolio_returns\" with \"asset_returns\"; or \"state\", \"regimes\" or \"scalars\".",
            ));
        }
        if given.len() > 1 {
            faults.push(Fault::new(
                Code::Conflict,
                at.key(given[1]),
                format!("There are {}, and they could disagree.", given.join(" and ")),
                "Give one of them.",
            ));
        }
        match (&self.precomputed, mode) {
            (None, OverlayMode::Precomputed) => faults.push(Fault::new(
                Code::MissingField,
                at,
                "Mode precomputed has no file of scalars; nothing runs unscaled instead.",
                "Give \"precomputed\" with the texts of the file and of its _meta.json.",
            )),
            (Some(_), OverlayMode::Compute | OverlayMode::Off) => faults.push(Fault::new(
                Code::Conflict,
                at.key("precomputed"),
                format!("There are precomputed scalars, and the mode is {}.", mode.as_str()),
                "Set mode: precomputed, or leave them out.",
            )),
            _ => {}
        }
        if mode == OverlayMode::Precomputed && !self.config.sleeves.is_empty() {
            faults.push(Fault::new(
                Code::Conflict,
                at.key("config").key("sleeves"),
                "Sleeves have no file of scalars.",
                "Set mode: compute, or leave the sleeves out.",
            ));
        }
        if !self.rebalances.is_empty() && self.weights.is_some() {
            faults.push(Fault::new(
                Code::Conflict,
                at.key("rebalances"),
                "There are both rebalances and weights, whose dates are the rebalances.",
                "Give one of them.",
            ));
        }
    }

    /// The chain from where it begins, up to daily scalars.
    fn governed(&self) -> Governed {
        let config = &self.config;
        if let Some(inputs) = self.inputs() {
            return govern(&inputs, config);
        }
        let regimes = if let Some(state) = &self.state {
            let mut classifier = RegimeClassifier::new(regime_rules(config));
            (0..state.date.len()).map(|i| classifier.push(state.date[i], state.signals(i))).collect()
        } else if let Some(given) = &self.regimes {
            given_regimes(given.date.iter().copied().zip(given.regime.iter().copied()))
        } else {
            Vec::new()
        };
        let scalars = match &self.scalars {
            Some(given) => {
                let rules = self.lag_rules();
                let unknown = if config.warmup == Warmup::Omit { rules.missing } else { rules.fail_safe };
                let day = |(date, scalar): (&UnixNanos, &Option<f64>)| {
                    let scalar = scalar.unwrap_or(unknown);
                    ScalarDay { date: *date, target: scalar, scalar }
                };
                given.date.iter().zip(&given.scalar).map(day).collect()
            }
            None => scalars(&regimes, ScalarRules::of(config)),
        };
        Governed { states: Vec::new(), regimes, scalars }
    }

    fn lag_rules(&self) -> LagRules {
        LagRules::of(&self.config, self.scalars.is_none())
    }

    /// The scalar of every rebalance, and the rows of the file that it was read from, if it was.
    #[allow(clippy::type_complexity, reason = "a pair that is taken apart where it is made")]
    fn applied(
        &self,
        governed: &Governed,
        rebalances: &[UnixNanos],
    ) -> Result<(Vec<Applied>, Option<Vec<(UnixNanos, f64)>>), Problem> {
        let config = &self.config;
        let Some(file) = self.precomputed.as_ref().filter(|_| config.effective_mode() == OverlayMode::Precomputed) else {
            return Ok((applied(&governed.scalars, rebalances, &self.lag_rules()), None));
        };
        let symbols: Option<Vec<String>> =
            self.weights.as_ref().map(|book| book.series().iter().map(|series| series.name.clone()).collect());
        let context = FileContext {
            loader: config.loader,
            meta: file.meta.as_deref(),
            run_id: config.precomputed_run_id.as_deref(),
            universe: symbols.as_deref(),
            places: ("/precomputed/scalars", "/precomputed/meta"),
        };
        let mut faults = Faults::new();
        let series = read_scalars(&file.scalars, &context, &mut faults);
        let series = faults.finish(series)?;
        let used = precomputed(&series, rebalances, config.apply_missing_scalar_as, config.stale_days_max, context.places.0)?;
        Ok((used, Some(series)))
    }
}

/// The applied scalars of every symbol that is in a sleeve.
pub(super) fn by_symbol<'a>(
    config: &'a RiskConfig,
    sleeves: &'a [(SleevePath, Vec<Applied>)],
) -> BTreeMap<&'a str, &'a [Applied]> {
    let mut all = BTreeMap::new();
    for (path, applied) in sleeves {
        for asset in config.sleeves.get(&path.name).into_iter().flat_map(|sleeve| &sleeve.assets) {
            all.insert(asset.as_str(), applied.as_slice());
        }
    }
    all
}

/// Warnings that follow from how much is known.
pub(super) fn warnings_of(governed: &Governed, applied: &[Applied], weights: Option<&WeightTable>) -> Vec<Fault> {
    let mut warnings = Vec::new();
    let coverage = Coverage::of(&governed.regimes);
    let mut warn = |code: Code, path: &str, message: String, hint: &str| warnings.push(Fault::new(code, path, message, hint));
    if coverage.dates > 0 && coverage.known == 0 {
        let message = format!("The state is unknown on all {} dates; exposure stays at the warm-up scalar.", coverage.dates);
        warn(Code::FailSafe, "/portfolio_returns", message, "See `state.unknown`; correlations need two assets that vary.");
    } else if coverage.held + coverage.fail_safe > 0 {
        let message = format!(
            "The state is unknown on {} dates after it was known: the regime was held on {}, and failed safe on {}.",
            coverage.held + coverage.fail_safe,
            coverage.held,
            coverage.fail_safe
        );
        warn(Code::FailSafe, "/portfolio_returns", message, "See `state.unknown`; give the missing days.");
    }
    let stale = applied.iter().filter(|one| one.basis == ScalarBasis::Stale).count();
    if stale > 0 {
        let message = format!("{stale} rebalances found no scalar that is new enough; the fail-safe target bounds them.");
        warn(Code::FailSafe, "/portfolio_returns", message, "Give returns up to the last rebalance.");
    }
    let unscaled = applied.iter().filter(|one| one.basis == ScalarBasis::Missing && one.scalar >= 1.0).count();
    if unscaled > 0 {
        let message = format!("{unscaled} rebalances lie before the series of scalars begins, and run unscaled.");
        warn(Code::Stale, "/weights", message, "Give scalars from before them, or set apply_missing_scalar_as below 1.");
    }
    if let Some(absent) = weights.map(|table| table.absent).filter(|absent| *absent > 0) {
        let message = format!("{absent} weights are missing on dates that other symbols have, and were taken as 0.");
        warn(Code::Converted, "/weights", message, "Write 0 where a symbol is not held.");
    }
    warnings
}

/// Warnings for assets that a sleeve names and the weights do not have: a name misspelt leaves its asset to the portfolio's scalar.
pub(super) fn strangers(config: &RiskConfig, at: &str, weights: &WeightTable) -> Vec<Fault> {
    let strange = |asset: &str| weights.symbols.binary_search_by(|symbol| symbol.as_str().cmp(asset)).is_err();
    let mut warnings = Vec::new();
    for (name, sleeve) in &config.sleeves {
        for (i, asset) in sleeve.assets.iter().enumerate().filter(|(_, asset)| strange(asset)) {
            if warnings.len() == STRANGERS_SHOWN {
                return warnings;
            }
            let place = At::Root.key("sleeves").key(name).key("assets").index(i).to_string();
            let hint = match crate::wire::nearest(asset, weights.symbols.iter().map(String::as_str)) {
                Some(near) => format!("Did you mean {near:?}?"),
                None => String::from("Name assets as the weights do."),
            };
            let message = format!("The sleeve {name:?} names {asset:?}, and there are no weights of it.");
            warnings.push(Fault::new(Code::NotFound, format!("{at}{place}"), message, hint));
        }
    }
    warnings
}

/// Refuses weights whose table, symbols times decision dates, would be out of all proportion to what was given.
pub(super) fn check_cells(at: &At<'_>, weights: &WeightBook, faults: &mut Faults) {
    let dates: BTreeSet<UnixNanos> = weights.series().iter().flat_map(|series| series.times.iter().copied()).collect();
    let cells = dates.len().saturating_mul(weights.len());
    if cells > CELLS_MAX {
        let message =
            format!("{} dates of {} symbols are {cells} cells, and {CELLS_MAX} are the most.", dates.len(), weights.len());
        faults.push(Fault::new(Code::LimitExceeded, at, message, "Give fewer rebalances, or split the request."));
    }
}

/// Refuses more than an operation takes on.
pub(super) fn check_size(at: &At<'_>, series: &[Series], faults: &mut Faults) {
    let values: usize = series.iter().map(|series| series.values.len()).sum();
    for (what, count, most) in [("series", series.len(), SERIES_MAX), ("values", values, VALUES_MAX)] {
        if count > most {
            let message = format!("{count} {what}, and {most} are the most.");
            faults.push(Fault::new(Code::LimitExceeded, at, message, "Split the request."));
        }
    }
}

impl GivenState {
    /// The signals of a date, if all are known.
    fn signals(&self, i: usize) -> Option<Signals> {
        Some(Signals {
            vol_accel: self.vol_accel[i]?,
            corr_shock: self.corr_shock[i]?,
            dd_level: self.dd_level[i]?,
            dd_slope: self.dd_slope_10d[i]?,
        })
    }
}

/// The order of dates that ascend; pushes a fault for columns of another length, too many dates, and dates that stand twice.
fn order(
    dates: &[UnixNanos],
    lengths: &[(&str, usize)],
    (at, dates_at): (&At<'_>, &At<'_>),
    faults: &mut Faults,
) -> Option<Vec<usize>> {
    let before = faults.count();
    for (name, length) in lengths {
        if *length != dates.len() {
            let message = format!("Columns of different length: date {}, {name} {length}.", dates.len());
            faults.push(Fault::new(Code::BrokenRow, at.key(name), message, "Give all the same number of rows."));
        }
    }
    if dates.len() > DATES_MAX {
        let message = format!("{} dates, and {DATES_MAX} are the most.", dates.len());
        faults.push(Fault::new(Code::LimitExceeded, at, message, "Split the request."));
    }
    let mut order: Vec<usize> = (0..dates.len()).collect();
    order.sort_by_key(|&i| (dates[i], i));
    for pair in order.windows(2) {
        if dates[pair[0]] == dates[pair[1]] {
            let message = format!("{} stands twice.", dates[pair[1]]);
            faults.push(Fault::new(Code::Duplicate, dates_at.index(pair[1]), message, "Keep one row for each date."));
        }
    }
    (faults.count() == before).then_some(order)
}

fn in_order<T: Clone>(order: &[usize], column: &[T]) -> Vec<T> {
    order.iter().map(|&i| column[i].clone()).collect()
}

impl Decode for Precomputed {
    fn decode(json: &Json, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::open(json, at, faults)?;
        let meta = fields.optional("meta", None, at, faults);
        let scalars = fields.required("scalars", at, faults);
        fields.close(at, faults);
        Some(Precomputed { meta: meta?, scalars: scalars? })
    }
}

impl Decode for GivenState {
    fn decode(json: &Json, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::open(json, at, faults)?;
        let corr_shock: Option<Vec<Option<f64>>> = fields.required("corr_shock", at, faults);
        let date: Option<Vec<UnixNanos>> = fields.required("date", at, faults);
        let dd_level: Option<Vec<Option<f64>>> = fields.required("dd_level", at, faults);
        let dd_slope: Option<Vec<Option<f64>>> = fields.required("dd_slope_10d", at, faults);
        let vol_accel: Option<Vec<Option<f64>>> = fields.required("vol_accel", at, faults);
        fields.close(at, faults);
        let (corr_shock, date, dd_level, dd_slope, vol_accel) = (corr_shock?, date?, dd_level?, dd_slope?, vol_accel?);
        let lengths = [
            ("corr_shock", corr_shock.len()),
            ("dd_level", dd_level.len()),
            ("dd_slope_10d", dd_slope.len()),
            ("vol_accel", vol_accel.len()),
        ];
        let order = order(&date, &lengths, (at, &at.key("date")), faults)?;
        Some(GivenState {
            corr_shock: in_order(&order, &corr_shock),
            dd_level: in_order(&order, &dd_level),
            dd_slope_10d: in_order(&order, &dd_slope),
            vol_accel: in_order(&order, &vol_accel),
            date: in_order(&order, &date),
        })
    }
}

impl Decode for GivenRegimes {
    fn decode(json: &Json, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::open(json, at, faults)?;
        let date: Option<Vec<UnixNanos>> = fields.required("date", at, faults);
        let regime: Option<Vec<Regime>> = fields.required("regime", at, faults);
        fields.close(at, faults);
        let (date, regime) = (date?, regime?);
        let order = order(&date, &[("regime", regime.len())], (at, &at.key("date")), faults)?;
        Some(GivenRegimes { regime: in_order(&order, &regime), date: in_order(&order, &date) })
    }
}

impl Decode for GivenScalars {
    fn decode(json: &Json, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::open(json, at, faults)?;
        let date: Option<Vec<UnixNanos>> = fields.required("date", at, faults);
        let scalar: Option<Vec<Option<f64>>> = fields.required("scalar", at, faults);
        fields.close(at, faults);
        let (date, scalar) = (date?, scalar?);
        let before = faults.count();
        for (i, value) in scalar.iter().enumerate() {
            let Some(value) = value else { continue };
            if !(*value > 0.0 && *value <= 1.0) {
                let here = at.key("scalar");
                let hint = "Scalars lie above 0, and at most at 1.";
                faults.push(Fault::new(Code::OutOfRange, here.index(i), format!("The scalar is {value}."), hint));
            }
        }
        let order = order(&date, &[("scalar", scalar.len())], (at, &at.key("date")), faults)?;
        (faults.count() == before).then(|| GivenScalars { scalar: in_order(&order, &scalar), date: in_order(&order, &date) })
    }
}

/// What the chain computed, before it is told as tables.
struct Outcome {
    governed: Governed,
    applied: Vec<Applied>,
    /// The rows of the file of scalars, in mode precomputed.
    source: Option<Vec<(UnixNanos, f64)>>,
    sleeves: Vec<(SleevePath, Vec<Applied>)>,
    /// Raw and scaled weights (mode off: raw ones twice).
    weights: Option<(WeightTable, WeightTable)>,
    has_rebalances: bool,
}

impl RiskRequest {
    /// Carries the request out once, for the answer and for every artefact by file name (R6).
    ///
    /// `run_id` is what the run is called in the meta files; a later run that names it in `precomputed_run_id` finds its scalars.
    ///
    /// # Errors
    /// As [`risk`]; a name that is not plain.
    pub fn answer_and_artefacts(&self, run_id: &str) -> Result<(RiskResponse, BTreeMap<String, String>), Problem> {
        if let Some(why) = name_fault(run_id) {
            return Err(Problem::new(Code::InvalidName, "run", format!("The run {run_id:?} {why}."), "Give a plain name."));
        }
        let outcome = self.outcome()?;
        let result = self.report(&outcome);
        let files = self.files(&outcome, &result, run_id)?;
        let digest = crate::wire::digest_of(Self::OPERATION, self, &result)?;
        Ok((super::Answer { result, digest }, files))
    }

    fn outcome(&self) -> Result<Outcome, Problem> {
        let mut faults = Faults::new();
        self.validate(&mut faults);
        faults.finish(Some(()))?;
        let governed = self.governed();
        let table = self.weights.as_ref().map(WeightTable::of);
        let rebalances = table.as_ref().map_or(self.rebalances.as_slice(), |table| table.dates.as_slice());
        let has_rebalances = table.is_some() || !rebalances.is_empty();
        let (applied_now, source) = self.applied(&governed, rebalances)?;
        let sleeves: Vec<(SleevePath, Vec<Applied>)> = sleeve_paths(&governed, self.inputs().as_ref(), &self.config)
            .into_iter()
            .map(|path| {
                let scalars = applied_of(&path, rebalances, &self.lag_rules(), &self.config);
                (path, scalars)
            })
            .collect();
        let weights = table.map(|table| {
            let scaled = match self.config.effective_mode() {
                OverlayMode::Off => table.clone(),
                _ => table.scale(&applied_now, &by_symbol(&self.config, &sleeves)),
            };
            (table, scaled)
        });
        Ok(Outcome { governed, applied: applied_now, source, sleeves, weights, has_rebalances })
    }

    fn report(&self, outcome: &Outcome) -> RiskResult {
        let Outcome { governed, applied, sleeves, has_rebalances, .. } = outcome;
        let mode = self.config.effective_mode();
        let evidence = Evidence { states: &governed.states, regimes: &governed.regimes, thresholds: &self.config.thresholds };
        let source = match (mode, &self.config.precomputed_run_id) {
            (OverlayMode::Precomputed, Some(run)) => format!("{run}/{}", self.config.precomputed_scalar_filename),
            (OverlayMode::Precomputed, None) => self.config.precomputed_scalar_filename.clone(),
            _ => String::from("computed"),
        };
        RiskResult {
            coverage: Coverage::of(&governed.regimes),
            exposure: has_rebalances.then(|| ExposureTable::of(applied, &governed.regimes)),
            mode,
            regimes: RegimeTable::of(&governed.regimes),
            scalars: ScalarTable::of(&governed.scalars),
            sleeves: sleeves
                .iter()
                .map(|(path, scalars)| SleeveTable::of(path, has_rebalances.then_some(scalars.as_slice())))
                .collect(),
            state: self.inputs().map(|inputs| {
                let trends = inputs.trend_units.or(inputs.assets).is_some_and(|book| !book.is_empty());
                StateTable::of(&governed.states, trends, inputs.sleeves.is_some_and(|book| !book.is_empty()))
            }),
            summary: has_rebalances.then(|| RunSummary::of(applied, &evidence, mode, &source)),
            warnings: {
                let raw = outcome.weights.as_ref().map(|(raw, _)| raw);
                let mut warnings = warnings_of(governed, applied, raw);
                warnings.extend(raw.map(|raw| strangers(&self.config, "/config", raw)).unwrap_or_default());
                warnings
            },
            weights: outcome.weights.as_ref().map(|(_, scaled)| WeightColumns::of(scaled)),
        }
    }

    /// The artefacts of what there is: a chain that begins with regimes has no state, one without rebalances applies nothing.
    fn files(&self, outcome: &Outcome, result: &RiskResult, run_id: &str) -> Result<BTreeMap<String, String>, Problem> {
        let universe = outcome.weights.as_ref().map_or(&[][..], |(raw, _)| raw.symbols.as_slice());
        let about = About { run_id, universe, description: "" };
        let mut files = Artefacts::default();
        let governed = &outcome.governed;
        if result.state.is_some() {
            files.state(&governed.states, &about)?;
        }
        if !governed.regimes.is_empty() {
            files.regimes(&governed.regimes, &about)?;
        }
        if !governed.scalars.is_empty() {
            files.scalars(&governed.scalars, &about)?;
        }
        match (&outcome.source, &result.summary) {
            (Some(source), Some(summary)) => {
                files.used(source, &outcome.applied);
                let config = &self.config;
                let run = config.precomputed_run_id.as_deref().unwrap_or_default();
                files.precomputed(summary, run, &config.precomputed_scalar_filename)?;
            }
            (None, Some(_)) => files.applied(&outcome.applied, &about)?,
            _ => {}
        }
        if let Some((raw, scaled)) = &outcome.weights {
            files.weights("weights_raw.csv", raw);
            files.weights("weights_scaled.csv", scaled);
        }
        if let Some(exposure) = &result.exposure {
            files.at_rebalances(exposure);
        }
        files.sleeves(&result.sleeves);
        Ok(files.files())
    }
}

impl Request for RiskRequest {
    const OPERATION: &'static str = "risk";
    type Config = RiskConfig;
    type Result = RiskResult;

    fn decode(fields: &mut Fields<'_>, compat: Option<Compat>, faults: &mut Faults) -> Option<Self> {
        let at = At::Root;
        let config = decode_config(fields, compat, faults);
        let asset_returns = fields.optional("asset_returns", None, &at, faults);
        let equity = fields.optional("equity", None, &at, faults);
        let portfolio_returns = fields.optional("portfolio_returns", None, &at, faults);
        let precomputed = fields.optional("precomputed", None, &at, faults);
        let rebalances: Option<Vec<UnixNanos>> = fields.optional("rebalances", Vec::new(), &at, faults);
        let regimes = fields.optional("regimes", None, &at, faults);
        let scalars = fields.optional("scalars", None, &at, faults);
        let sleeve_returns = fields.optional("sleeve_returns", None, &at, faults);
        let state = fields.optional("state", None, &at, faults);
        let trend_unit_returns = fields.optional("trend_unit_returns", None, &at, faults);
        let weights = fields.optional("weights", None, &at, faults);
        let rebalances = rebalances.and_then(|dates| {
            let here = at.key("rebalances");
            let order = order(&dates, &[], (&here, &here), faults)?;
            Some(in_order(&order, &dates))
        });
        let request = RiskRequest {
            asset_returns: asset_returns?,
            config: config?,
            equity: equity?,
            portfolio_returns: portfolio_returns?,
            precomputed: precomputed?,
            rebalances: rebalances?,
            regimes: regimes?,
            scalars: scalars?,
            sleeve_returns: sleeve_returns?,
            state: state?,
            trend_unit_returns: trend_unit_returns?,
            version: VERSION,
            weights: weights?,
        };
        request.validate(faults);
        Some(request)
    }

    fn run(&self) -> Result<RiskResult, Problem> {
        Ok(self.report(&self.outcome()?))
    }
}
