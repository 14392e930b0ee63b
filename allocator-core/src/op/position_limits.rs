//! Operation `position_limits`: target weights and positions held in, weights within gross, net, asset and turnover limits out (R13).

use super::{Request, VERSION, decode_config};
use crate::config::OperationConfig;
use crate::config::compat::Compat;
use crate::config::position_limits::PositionLimitsConfig;
use crate::error::{Code, Fault, Faults, Problem};
use crate::limits::stages::{Limited, StageReport, limit};
use crate::units::name_fault;
use crate::wire::{At, Fields};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Most symbols of one request.
pub const SYMBOLS_MAX: usize = 50_000;

/// Largest weight that is believed.
pub const WEIGHT_MAX: f64 = 1e9;

/// A request for weights within limits.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", serde(deny_unknown_fields))]
pub struct PositionLimitsRequest {
    /// Limits.
    #[cfg_attr(feature = "schema", serde(default))]
    pub config: PositionLimitsConfig,
    /// Positions held, by symbol.
    #[cfg_attr(feature = "schema", serde(default))]
    pub previous: BTreeMap<String, f64>,
    /// Target weights, by symbol.
    pub target: BTreeMap<String, f64>,
    /// 1.
    pub version: u32,
}

/// One symbol.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LimitedWeight {
    /// Whether it is held and no target any more.
    pub closing: bool,
    /// The position held.
    pub previous: f64,
    /// The symbol.
    pub symbol: String,
    /// The target.
    pub target: f64,
    /// The weight within the limits.
    pub weight: f64,
}

/// Weights within their limits.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PositionLimitsResult {
    /// Sum of absolute weights.
    pub gross: f64,
    /// Sum of weights.
    pub net: f64,
    /// What each stage did, in their order.
    pub stages: Vec<StageReport>,
    /// Sum of absolute changes.
    pub turnover: f64,
    /// What is worth knowing and refuses nothing.
    pub warnings: Vec<Fault>,
    /// Every symbol that is a target or held, by name.
    pub weights: Vec<LimitedWeight>,
}

/// The answer with its digest.
pub type PositionLimitsResponse = super::Answer<PositionLimitsResult>;

/// Weights within gross, net, asset and turnover limits.
///
/// # Errors
/// Limits outside their range, names that are no names, weights that cannot be.
pub fn position_limits(request: &PositionLimitsRequest) -> Result<PositionLimitsResponse, Problem> {
    request.answer()
}

impl PositionLimitsRequest {
    fn validate(&self, faults: &mut Faults) {
        let at = At::Root;
        self.config.validate(&at.key("config"), faults);
        for (field, weights) in [("previous", &self.previous), ("target", &self.target)] {
            let here = at.key(field);
            if weights.len() > SYMBOLS_MAX {
                let message = format!("{} symbols, and {SYMBOLS_MAX} are the most.", weights.len());
                faults.push(Fault::new(Code::LimitExceeded, here, message, "Split the request."));
            }
            for (symbol, weight) in weights {
                if let Some(why) = name_fault(symbol) {
                    let message = format!("The name {symbol:?} {why}.");
                    faults.push(Fault::new(Code::InvalidName, here.key(symbol), message, "Give a plain name."));
                }
                if weight.abs() > WEIGHT_MAX {
                    let message = format!("The weight of {symbol} is {weight}.");
                    faults.push(Fault::new(
                        Code::OutOfRange,
                        here.key(symbol),
                        message,
                        "Write fractions of equity: 0.40 is 40 %.",
                    ));
                }
            }
        }
    }
}

impl Request for PositionLimitsRequest {
    const OPERATION: &'static str = "position_limits";
    type Config = PositionLimitsConfig;
    type Result = PositionLimitsResult;

    fn decode(fields: &mut Fields<'_>, compat: Option<Compat>, faults: &mut Faults) -> Option<Self> {
        let at = At::Root;
        let config = decode_config(fields, compat, faults);
        let previous = fields.optional("previous", BTreeMap::new(), &at, faults);
        let target = fields.required("target", &at, faults);
        let request = PositionLimitsRequest { config: config?, previous: previous?, target: target?, version: VERSION };
        request.validate(faults);
        Some(request)
    }

    fn run(&self) -> Result<PositionLimitsResult, Problem> {
        let mut faults = Faults::new();
        self.validate(&mut faults);
        faults.finish(Some(()))?;
        let symbols: BTreeSet<&String> = self.target.keys().chain(self.previous.keys()).collect();
        let column = |weights: &BTreeMap<String, f64>| -> Vec<f64> {
            symbols.iter().map(|symbol| weights.get(*symbol).copied().unwrap_or(0.0) + 0.0).collect()
        };
        let (target, previous) = (column(&self.target), column(&self.previous));
        let Limited { weights, stages, turnover_exceeded } = limit(&target, &previous, &self.config);
        let mut warnings = Vec::new();
        if turnover_exceeded {
            warnings.push(Fault::new(
                Code::LimitBinds,
                "/config/turnover_max",
                "Positions held lie outside their limits; they are reduced beyond the turnover limit.",
                "Reducing risk goes before turnover.",
            ));
        }
        let last = stages.last().copied();
        Ok(PositionLimitsResult {
            gross: last.map_or(0.0, |stage| stage.gross),
            net: last.map_or(0.0, |stage| stage.net),
            turnover: last.map_or(0.0, |stage| stage.turnover),
            stages,
            warnings,
            weights: symbols
                .iter()
                .enumerate()
                .map(|(i, symbol)| LimitedWeight {
                    closing: !self.target.contains_key(*symbol),
                    previous: previous[i],
                    symbol: (*symbol).clone(),
                    target: target[i],
                    weight: weights[i] + 0.0,
                })
                .collect(),
        })
    }
}
