//! Operation `blend`: signals of several strategies in, one portfolio out, with the reason of every number.

use super::{Answer, Request, VERSION, decode_config};
use crate::blend::figures::{Diversification, diversification};
use crate::blend::strategy_weight::Statistic;
use crate::blend::{Binding, Blend, BlendInputs, CashReason, Contributor, Contributors, StrategyStats};
use crate::config::OperationConfig;
use crate::config::blend::BlendConfig;
use crate::config::compat::Compat;
use crate::error::{Fault, Faults, Problem};
use crate::frame::{ReturnBook, ScoreBook, SignalBook};
use crate::math;
use crate::monitor::{Alert, PairCorrelation};
use crate::units::Name;
use crate::wire::{At, Decode, Fields, Json};
use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};
use std::collections::BTreeMap;

/// A request to blend.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", serde(deny_unknown_fields))]
pub struct BlendRequest {
    /// Return history by symbol; the method `ic` needs it.
    #[cfg_attr(feature = "schema", serde(default))]
    pub asset_returns: Option<ReturnBook>,
    /// Settings.
    #[cfg_attr(feature = "schema", serde(default))]
    pub config: BlendConfig,
    /// Return history by strategy, for realised volatility, correlations and alerts.
    #[cfg_attr(feature = "schema", serde(default))]
    pub returns: Option<ReturnBook>,
    /// Past scores by strategy and symbol; the method `ic` needs them.
    #[cfg_attr(feature = "schema", serde(default))]
    pub score_history: Option<BTreeMap<String, ScoreBook>>,
    /// The signals of every declared strategy.
    pub signals: SignalBook,
    /// Statistics by strategy.
    #[cfg_attr(feature = "schema", serde(default))]
    pub stats: BTreeMap<String, StrategyStats>,
    /// 1.
    pub version: u32,
}

impl BlendRequest {
    /// A request of signals and settings alone.
    pub fn new(signals: SignalBook, config: BlendConfig) -> Self {
        BlendRequest {
            asset_returns: None,
            config,
            returns: None,
            score_history: None,
            signals,
            stats: BTreeMap::new(),
            version: VERSION,
        }
    }

    /// What the core function reads.
    pub fn inputs(&self) -> BlendInputs<'_> {
        BlendInputs {
            signals: &self.signals,
            stats: &self.stats,
            returns: self.returns.as_ref(),
            score_history: self.score_history.as_ref(),
            asset_returns: self.asset_returns.as_ref(),
        }
    }
}

impl Decode for StrategyStats {
    fn decode(json: &Json, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::open(json, at, faults)?;
        let ic = fields.optional("ic", None, at, faults);
        let sharpe = fields.optional("sharpe", None, at, faults);
        let vol = fields.optional("vol", None, at, faults);
        fields.close(at, faults);
        Some(StrategyStats { ic: ic?, sharpe: sharpe?, vol: vol? })
    }
}

impl Request for BlendRequest {
    const OPERATION: &'static str = "blend";
    type Config = BlendConfig;
    type Result = BlendResult;

    fn decode(fields: &mut Fields<'_>, compat: Option<Compat>, faults: &mut Faults) -> Option<Self> {
        let at = At::Root;
        let config: Option<BlendConfig> = decode_config(fields, compat, faults);
        // Here and not only when it runs, so that a number out of range is reported with a name that is misspelt.
        if let Some(config) = &config {
            config.validate(&at.key("config"), faults);
        }
        let signals = fields.required("signals", &at, faults);
        let stats: Option<Option<BTreeMap<String, StrategyStats>>> = fields.optional("stats", None, &at, faults);
        let returns = fields.optional("returns", None, &at, faults);
        let score_history = fields.optional("score_history", None, &at, faults);
        let asset_returns = fields.optional("asset_returns", None, &at, faults);
        Some(BlendRequest {
            asset_returns: asset_returns?,
            config: config?,
            returns: returns?,
            score_history: score_history?,
            signals: signals?,
            stats: stats?.unwrap_or_default(),
            version: VERSION,
        })
    }

    fn run(&self) -> Result<BlendResult, Problem> {
        let blend = crate::blend::blend(&self.inputs(), &self.config)?;
        Ok(BlendResult::new(self, blend))
    }
}

/// One strategy's part in a symbol's weight. `value = (normalised + capped + redistributed) + scaled`, to the last bit.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Contribution {
    /// What caps took; against the sign of `normalised`, or 0.
    pub capped: f64,
    /// Share of the whole before caps.
    pub normalised: f64,
    /// The weight that the strategy gave, as it came in.
    pub raw: f64,
    /// What freed weight added; with the sign of `normalised`, or 0.
    pub redistributed: f64,
    /// What limits on the whole portfolio took.
    pub scaled: f64,
    /// The strategy.
    pub strategy: Name,
    /// The part that it holds; the values of a symbol sum to its final weight.
    pub value: f64,
}

/// The weight of one symbol. On the wire the names of the contributing strategies stand beside their contributions as well.
#[derive(Clone, Debug, PartialEq)]
pub struct SymbolWeight {
    /// The parts of the strategies that take a position in it, sorted by strategy.
    pub contributions: Vec<Contribution>,
    /// Weight in the portfolio, a fraction of capital; negative is short.
    pub final_weight: f64,
    /// The symbol.
    pub symbol: String,
}

impl SymbolWeight {
    /// The strategies that take a position in it, sorted.
    pub fn contributing_strategies(&self) -> impl Iterator<Item = &str> {
        self.contributions.iter().map(|part| part.strategy.as_str())
    }
}

impl Serialize for SymbolWeight {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct Names<'a>(&'a SymbolWeight);
        impl Serialize for Names<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_seq(self.0.contributing_strategies())
            }
        }
        let mut object = serializer.serialize_struct("SymbolWeight", 4)?;
        object.serialize_field("contributing_strategies", &Names(self))?;
        object.serialize_field("contributions", &self.contributions)?;
        object.serialize_field("final_weight", &self.final_weight)?;
        object.serialize_field("symbol", &self.symbol)?;
        object.end()
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for SymbolWeight {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "SymbolWeight".into()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        /// The weight of one symbol.
        #[derive(schemars::JsonSchema)]
        #[allow(dead_code, reason = "only its schema is wanted")]
        struct OnTheWire {
            /// The strategies that take a position in it, sorted.
            contributing_strategies: Vec<String>,
            /// Their parts, in the same order.
            contributions: Vec<Contribution>,
            /// Weight in the portfolio, a fraction of capital; negative is short.
            final_weight: f64,
            /// The symbol.
            symbol: String,
        }
        OnTheWire::json_schema(generator)
    }
}

/// What became of one strategy.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StrategyLine {
    /// Whether it takes a position.
    pub active: bool,
    /// Its cap; null where none holds (a single strategy passing through).
    pub cap: Option<f64>,
    /// Whether the cap holds it back.
    pub capped: bool,
    /// Gross weight in the portfolio.
    pub gross: f64,
    /// Net weight in the portfolio.
    pub net: f64,
    /// Share of the target before caps.
    pub share: f64,
    /// The figure behind its share; null where the method has none, or it is unknown.
    pub statistic: Option<Statistic>,
    /// Its id.
    pub strategy: String,
    /// Why its statistic is unknown; null if it is known or not needed.
    pub unknown: Option<String>,
}

/// The whole.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Totals {
    /// 1 minus gross: what is not placed. Negative where more than the capital is placed.
    pub cash: f64,
    /// Where the cash comes from; sums to it.
    pub cash_reasons: Vec<CashReason>,
    /// Sum of absolute final weights.
    pub gross: f64,
    /// Sum of positive final weights.
    pub long: f64,
    /// Sum of final weights.
    pub net: f64,
    /// Sum of negative final weights.
    pub short: f64,
    /// Gross weight asked for.
    pub target: f64,
}

/// How a blend ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum BlendStatus {
    /// The target is placed.
    Placed,
    /// Caps or limits hold part of it back; see `totals.cash_reasons`.
    InfeasibleCapped,
    /// No strategy takes a position.
    Empty,
    /// Nothing is deployed: no strategy has an edge, or every statistic is unknown.
    NothingDeployed,
}

/// A symbol that a limit left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Dropped {
    /// `min_score`, `positions_max` or `position_min`.
    pub limit: String,
    /// The symbol.
    pub symbol: String,
}

/// The result of a blend.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BlendResult {
    /// Correlation alerts, where returns were given.
    pub alerts: Vec<Alert>,
    /// Limits that hold something back.
    pub bindings: Vec<Binding>,
    /// Whether a single strategy passed through uncapped.
    pub bypassed: bool,
    /// Correlations of the strategies; null where no returns were given.
    pub correlations: Option<Vec<PairCorrelation>>,
    /// How diversified the blend is.
    pub diversification: Diversification,
    /// Symbols left out.
    pub dropped: Vec<Dropped>,
    /// How it ended.
    pub status: BlendStatus,
    /// One line for each declared strategy, sorted by id.
    pub strategies: Vec<StrategyLine>,
    /// Gross weight of each declared strategy in the portfolio.
    pub strategy_weights: BTreeMap<String, f64>,
    /// The whole.
    pub totals: Totals,
    /// Warnings.
    pub warnings: Vec<Fault>,
    /// Final weights, largest absolute weight first, then by symbol.
    pub weights: Vec<SymbolWeight>,
}

impl BlendResult {
    fn new(request: &BlendRequest, blend: Blend) -> Self {
        let book = &request.signals;
        let minimum = request.config.correlation.min_observations as usize;
        let diversification = diversification(book, &blend, request.returns.as_ref(), minimum);
        let weights = symbol_weights(book, &blend);
        let sum = |keep: fn(f64) -> bool| math::sum(blend.weights.iter().copied().filter(|weight| keep(*weight)));
        let (long, short) = (sum(|weight| weight > 0.0), sum(|weight| weight < 0.0));
        let gross = math::sum(blend.weights.iter().map(|weight| weight.abs()));
        let nothing = |reason: &CashReason| matches!(reason.reason.as_str(), "no_edge" | "unknown");
        let held_back = |reason: &CashReason| {
            reason.amount > 1e-9 && !matches!(reason.reason.as_str(), "reserve" | "target" | "plan" | "netting" | "no_signals")
        };
        let status = if blend.strategies.iter().all(|strategy| !strategy.active) {
            BlendStatus::Empty
        } else if blend.cash_reasons.iter().any(nothing) {
            BlendStatus::NothingDeployed
        } else if blend.cash_reasons.iter().any(held_back) {
            BlendStatus::InfeasibleCapped
        } else {
            BlendStatus::Placed
        };
        let strategies: Vec<StrategyLine> = book
            .strategies()
            .iter()
            .zip(&blend.strategies)
            .map(|(id, outcome)| StrategyLine {
                active: outcome.active,
                cap: outcome.cap.is_finite().then_some(outcome.cap),
                capped: outcome.capped,
                gross: outcome.gross,
                net: outcome.net,
                share: outcome.share,
                statistic: outcome.statistic.clone(),
                strategy: id.clone(),
                unknown: outcome.unknown.clone(),
            })
            .collect();
        let dropped = blend
            .dropped
            .iter()
            .map(|(j, limit)| Dropped { limit: (*limit).to_owned(), symbol: book.symbols()[*j as usize].clone() })
            .collect();
        let mut warnings = blend.warnings;
        let (alerts, correlations) = match blend.correlation {
            Some(report) => {
                warnings.extend(report.warnings);
                (report.alerts, Some(report.pairs))
            }
            None => (Vec::new(), None),
        };
        BlendResult {
            alerts,
            bindings: blend.bindings,
            bypassed: blend.bypassed,
            correlations,
            diversification,
            dropped,
            status,
            strategy_weights: strategies.iter().map(|line| (line.strategy.clone(), line.gross)).collect(),
            strategies,
            totals: Totals {
                cash: crate::blend::unplaced(gross),
                cash_reasons: blend.cash_reasons,
                gross,
                long,
                net: math::sum(blend.weights.iter().copied()),
                short,
                target: blend.target,
            },
            warnings,
            weights,
        }
    }
}

fn symbol_weights(book: &SignalBook, blend: &Blend) -> Vec<SymbolWeight> {
    let names: Vec<Name> = book.strategies().iter().map(|id| Name::from(id.as_str())).collect();
    let contributors = Contributors::new(book, blend);
    let mut order: Vec<usize> = (0..book.symbols().len()).filter(|&j| !contributors.of(j).is_empty()).collect();
    order.sort_by(|&a, &b| blend.weights[b].abs().total_cmp(&blend.weights[a].abs()).then(a.cmp(&b)));
    let weights = book.weights();
    let contribution = |&Contributor { strategy, row }: &Contributor| {
        let row = row as usize;
        let (normalised, changed) = (blend.normalised[row], blend.changed[row]);
        let taken = changed * normalised < 0.0 || (changed != 0.0 && changed.signum() != normalised.signum());
        Contribution {
            capped: if taken { changed } else { 0.0 },
            normalised,
            raw: weights[row],
            redistributed: if taken { 0.0 } else { changed },
            scaled: blend.scaled[row],
            strategy: names[strategy as usize].clone(),
            value: blend.value[row],
        }
    };
    order
        .into_iter()
        .map(|j| SymbolWeight {
            contributions: contributors.of(j).iter().map(contribution).collect(),
            final_weight: blend.weights[j],
            symbol: book.symbols()[j].clone(),
        })
        .collect()
}

/// Blends and answers with the digest.
///
/// # Errors
/// As [`crate::blend::blend`].
pub fn blend(request: &BlendRequest) -> Result<Answer<BlendResult>, Problem> {
    request.answer()
}
