//! The plan of a cycle: what is to be held, less what is held, as a list of trades. How they are worked is for whoever executes.
//!
//! ```text
//! trade(symbol) = target(symbol) − held(symbol)          fractions of capital; a symbol that is no target any more has the target 0
//! ```
//! **Conventions.** By symbol. What is not held and no target is no trade; a difference of at most [`DUST`] is none either.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The smallest change that is a trade, as a fraction of capital: below it lies what rounding leaves behind.
pub const DUST: f64 = 1e-12;

/// Which way a trade goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// More of it, or less of it short.
    Buy,
    /// Less of it, or more of it short.
    Sell,
}

/// One line of a plan. Fractions of capital; short positions are negative.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trade {
    /// Target less held.
    pub change: f64,
    /// What is held.
    pub held: f64,
    /// Which way it goes.
    pub side: Side,
    /// The symbol.
    pub symbol: String,
    /// What is to be held.
    pub target: f64,
}

/// The trades that lead from what is held to what is to be held, by symbol.
pub fn trades(target: &BTreeMap<String, f64>, held: &BTreeMap<String, f64>) -> Vec<Trade> {
    let symbols: BTreeSet<&String> = target.keys().chain(held.keys()).collect();
    let of = |weights: &BTreeMap<String, f64>, symbol: &String| weights.get(symbol).copied().unwrap_or(0.0);
    symbols
        .into_iter()
        .filter_map(|symbol| {
            let (target, held) = (of(target, symbol), of(held, symbol));
            let change = target - held;
            let side = if change > 0.0 { Side::Buy } else { Side::Sell };
            (change.abs() > DUST).then(|| Trade { change, held, side, symbol: symbol.clone(), target })
        })
        .collect()
}

/// Sum of absolute changes.
pub fn turnover(trades: &[Trade]) -> f64 {
    trades.iter().map(|trade| trade.change.abs()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weights(all: &[(&str, f64)]) -> BTreeMap<String, f64> {
        all.iter().map(|(symbol, weight)| ((*symbol).to_owned(), *weight)).collect()
    }

    #[test]
    fn a_plan_is_target_less_held_and_closes_what_is_no_target() {
        let target = weights(&[("A", 0.5), ("B", -0.25), ("C", 0.125)]);
        let held = weights(&[("A", 0.25), ("C", 0.125), ("D", 0.5)]);
        let plan = trades(&target, &held);
        let lines: Vec<(&str, f64, Side)> = plan.iter().map(|trade| (trade.symbol.as_str(), trade.change, trade.side)).collect();
        // 0.5 - 0.25; -0.25 - 0; C stays; 0 - 0.5.
        assert_eq!(lines, [("A", 0.25, Side::Buy), ("B", -0.25, Side::Sell), ("D", -0.5, Side::Sell)]);
        assert_eq!(turnover(&plan), 1.0);
    }

    #[test]
    fn what_rounding_leaves_behind_is_no_trade() {
        assert!(trades(&weights(&[("A", 0.1 + 0.2)]), &weights(&[("A", 0.3)])).is_empty());
        assert!(trades(&weights(&[("A", 0.0)]), &weights(&[])).is_empty());
    }
}
