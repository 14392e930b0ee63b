//! The answer of the operation `capital` as the page shows it.

use crate::state::problem::Fault;
use allocator_core::config::capital::CapitalMethod;
use allocator_core::wire::{Choice as _, Json};
use std::collections::BTreeMap;

use super::settings::{End, Weights};

/// How near a weight must lie to a limit to be said to stand at it: rounding of the last bits.
const AT_LIMIT: f64 = 1e-9;

/// What one strategy gets.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row {
    /// The strategy.
    pub strategy: String,
    /// Fraction of the capital.
    pub weight: f64,
    /// Least that limits ask for.
    pub lower: f64,
    /// Most that they allow.
    pub upper: f64,
    /// Share in the variance of the whole; `None` is unknown.
    pub risk: Option<f64>,
    /// Why its statistic is unknown; empty where it is known.
    pub unknown: String,
    /// Why it gets this, in a sentence.
    pub why: String,
}

impl Row {
    /// Whether it is held at its maximum, or held up at its minimum.
    pub fn at(&self) -> Option<End> {
        if self.weight >= self.upper - AT_LIMIT && self.upper < 1.0 && self.weight > 0.0 {
            Some(End::Max)
        } else if self.lower > 0.0 && self.weight <= self.lower + AT_LIMIT {
            Some(End::Min)
        } else {
            None
        }
    }
}

/// A limit that binds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bound {
    /// Its name in the settings.
    pub limit: String,
    /// The strategy it binds; `None` for a limit of the whole or of a group.
    pub strategy: Option<String>,
    /// Its value.
    pub value: f64,
    /// What the objective gains from a unit more of it; `None` for rules that are no optimisers.
    pub price: Option<f64>,
}

/// Figures of the whole; `None` is unknown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures {
    /// Expected volatility a year.
    pub volatility: Option<f64>,
    /// Expected return a year.
    pub expected_return: Option<f64>,
    /// Weighted volatility per volatility of the whole.
    pub diversification: Option<f64>,
    /// Mean loss in the tail of the history per period, as a positive number.
    pub cvar: Option<f64>,
    /// How many equal weights would be as concentrated.
    pub effective_strategies: Option<f64>,
    /// How many equal risk contributions would be as concentrated.
    pub effective_bets: Option<f64>,
    /// Sum of the weights.
    pub gross: f64,
    /// Common dates behind the figures of risk.
    pub n: u64,
}

/// The answer of one method.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The method.
    pub method: CapitalMethod,
    /// How it ended: a word of the engine.
    pub status: String,
    /// Strategies by name.
    pub rows: Vec<Row>,
    /// Limits that bind.
    pub bindings: Vec<Bound>,
    /// What stays in cash.
    pub cash: f64,
    /// Where it comes from, in sentences.
    pub cash_reasons: Vec<String>,
    /// What was done and what came of it, in sentences.
    pub explanation: Vec<String>,
    /// Figures of the whole.
    pub figures: Figures,
}

impl Outcome {
    /// Weights by strategy.
    pub fn weights(&self) -> Weights {
        self.rows.iter().map(|row| (row.strategy.clone(), row.weight)).collect()
    }

    /// Whether a limit of a strategy binds.
    pub fn binds(&self, strategy: &str, end: End) -> bool {
        self.bindings.iter().any(|bound| bound.strategy.as_deref() == Some(strategy) && bound.limit == end.word())
    }

    /// Whether a limit of the whole binds.
    pub fn binds_whole(&self, limit: &str) -> bool {
        self.bindings.iter().any(|bound| bound.strategy.is_none() && bound.limit == limit)
    }
}

/// A portfolio on the frontier.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FrontierPoint {
    /// Expected return a year.
    pub expected_return: f64,
    /// Volatility a year.
    pub volatility: f64,
}

/// A whole answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The method of the settings.
    pub outcome: Outcome,
    /// The other methods asked for.
    pub beside: Vec<Outcome>,
    /// The frontier; empty where it was not asked for or is unknown.
    pub frontier: Vec<FrontierPoint>,
    /// Why the frontier is unknown; empty where it is known.
    pub frontier_unknown: String,
    /// What is worth knowing and refuses nothing.
    pub warnings: Vec<Fault>,
    /// SHA-256 over request and result.
    pub digest: String,
}

fn number(json: &Json, key: &str) -> Option<f64> {
    json.get(key).and_then(Json::as_f64)
}

fn word(json: &Json, key: &str) -> String {
    json.get(key).and_then(Json::as_str).unwrap_or_default().to_owned()
}

fn all<T>(json: &Json, key: &str, read: impl Fn(&Json) -> T) -> Vec<T> {
    json.get(key).and_then(Json::as_array).unwrap_or_default().iter().map(read).collect()
}

fn row(json: &Json) -> Row {
    Row {
        strategy: word(json, "strategy"),
        weight: number(json, "weight").unwrap_or(0.0),
        lower: number(json, "lower").unwrap_or(0.0),
        upper: number(json, "upper").unwrap_or(1.0),
        risk: number(json, "risk_contribution"),
        unknown: word(json, "unknown"),
        why: word(json, "why"),
    }
}

fn bound(json: &Json) -> Bound {
    Bound {
        limit: word(json, "limit"),
        strategy: json.get("strategy").and_then(Json::as_str).map(str::to_owned),
        value: number(json, "value").unwrap_or(0.0),
        price: number(json, "shadow_price"),
    }
}

fn outcome(json: &Json) -> Option<Outcome> {
    let figures = json.get("figures")?;
    Some(Outcome {
        method: CapitalMethod::from_word(json.get("method")?.as_str()?)?,
        status: word(json, "status"),
        rows: all(json, "allocations", row),
        bindings: all(json, "bindings", bound),
        cash: number(json, "cash")?,
        cash_reasons: all(json, "cash_reasons", |reason| word(reason, "text")),
        explanation: all(json, "explanation", |line| line.as_str().unwrap_or_default().to_owned()),
        figures: Figures {
            volatility: number(figures, "expected_volatility"),
            expected_return: number(figures, "expected_return"),
            diversification: number(figures, "diversification_ratio"),
            cvar: number(figures, "cvar_historical").map(|tail| -tail),
            effective_strategies: number(figures, "effective_strategies"),
            effective_bets: number(figures, "effective_bets"),
            gross: number(figures, "gross").unwrap_or(0.0),
            n: number(figures, "n").unwrap_or(0.0) as u64,
        },
    })
}

impl Answer {
    /// Reads the engine's answer; `None` for a text of another operation.
    pub fn from_json(json: &Json) -> Option<Self> {
        let frontier = json.get("frontier").and_then(|frontier| frontier.get("points")).and_then(Json::as_array);
        let point = |json: &Json| {
            Some(FrontierPoint { expected_return: number(json, "expected_return")?, volatility: number(json, "volatility")? })
        };
        let unknown = json.get("unknown").and_then(Json::as_array).unwrap_or_default();
        let of_frontier = unknown.iter().find(|reason| word(reason, "figure") == "frontier");
        Some(Answer {
            outcome: outcome(json)?,
            beside: json.get("comparison").and_then(Json::as_array).unwrap_or_default().iter().filter_map(outcome).collect(),
            frontier: frontier.unwrap_or_default().iter().filter_map(point).collect(),
            frontier_unknown: of_frontier.map(|reason| word(reason, "reason")).unwrap_or_default(),
            warnings: Fault::list(json.get("warnings")),
            digest: word(json, "digest"),
        })
    }

    /// The outcome of a method, if it was asked for.
    pub fn of(&self, method: CapitalMethod) -> Option<&Outcome> {
        std::iter::once(&self.outcome).chain(&self.beside).find(|outcome| outcome.method == method)
    }

    /// The strategies, by name.
    pub fn strategies(&self) -> Vec<String> {
        self.outcome.rows.iter().map(|row| row.strategy.clone()).collect()
    }
}

/// The capital that changes strategy between two splits: half the sum of absolute changes, cash among them.
pub fn moved(from: &Weights, to: &Weights) -> f64 {
    let mut change: BTreeMap<&str, f64> = to.iter().map(|(name, weight)| (name.as_str(), *weight)).collect();
    for (name, weight) in from {
        *change.entry(name).or_insert(0.0) -= weight;
    }
    let cash: f64 = change.values().sum();
    let all: f64 = change.values().map(|change| change.abs()).chain([cash.abs()]).sum();
    all / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::capital::example;
    use crate::state::capital::settings::CapitalSettings;

    #[test]
    fn the_engines_answer_is_read_whole() {
        let mut settings = CapitalSettings::default();
        settings.config.constraints.cash_reserve = 0.05;
        let answer = example::beside(&settings);
        assert_eq!(answer.strategies(), ["a", "b", "c"]);
        assert_eq!(answer.beside.len(), settings.rows().len() - 1);
        assert_eq!(answer.frontier.len(), crate::state::capital::settings::FRONTIER_POINTS);
        assert_eq!(answer.digest.len(), 64);
        let calm = answer.of(CapitalMethod::MinVariance).unwrap();
        assert!((calm.figures.gross - 0.95).abs() < 1e-9 && (calm.cash - 0.05).abs() < 1e-9);
        // The calmest would take more than its maximum of 40 %.
        assert_eq!(calm.rows[0].at(), Some(End::Max));
        assert!(calm.binds("a", End::Max) && !calm.binds("c", End::Max));
        assert!(calm.bindings[0].price.is_some() && calm.cash_reasons[0].contains("reserve"));
        assert!(calm.figures.cvar.unwrap() > 0.0 && calm.figures.n == 60);
        let shares: f64 = calm.rows.iter().filter_map(|row| row.risk).sum();
        assert!((shares - 1.0).abs() < 1e-9);
        assert!(answer.of(CapitalMethod::Hedge).is_none());
    }

    #[test]
    fn what_moves_is_sold_once_and_bought_once_and_cash_counts() {
        let weights = |pairs: &[(&str, f64)]| pairs.iter().map(|(name, weight)| ((*name).to_owned(), *weight)).collect();
        let (from, to): (Weights, Weights) = (weights(&[("a", 0.5), ("b", 0.5)]), weights(&[("a", 0.3), ("b", 0.6)]));
        assert!((moved(&from, &to) - 0.2).abs() < 1e-15, "0.2 leave a: 0.1 for b, 0.1 for the cash");
        assert_eq!(moved(&from, &from), 0.0);
    }

    #[test]
    fn a_minimum_of_zero_is_no_limit_to_stand_at() {
        let row = Row { upper: 0.4, ..Row::default() };
        assert_eq!(row.at(), None);
        assert_eq!(Row { lower: 0.05, weight: 0.05, upper: 0.4, ..Row::default() }.at(), Some(End::Min));
    }
}
