//! Blending: the signals of several strategies become one portfolio.
//!
//! ```text
//! signals ─ share inside each strategy ─ × strategy weight ─ fill under every cap ─ limits ─> weights, cash, explanation
//!           rank.rs, share.rs            strategy_weight/    fill.rs                limits.rs
//! ```
//!
//! Order matters: normalise inside a strategy first (by gross weight, never by a small or signed net), cap second, let freed weight
//! into headroom only. Nothing is renormalised above a cap. Every final weight is the sum of its rows' values, and every value is
//! `normalised + capped + redistributed + scaled`, to the last bit.

mod cash;
mod check;
mod contributors;
mod disabled;
mod exact;
pub mod figures;
mod fill;
mod limits;
mod overlap;
mod place;
mod rank;
mod share;
mod signal;
pub mod strategy_weight;
mod weigh;

use crate::config::blend::{BlendConfig, BlendMethod, RowBasis, SingleStrategy};
use crate::error::{Code, Fault, Faults, Problem};
use crate::frame::{ReturnBook, ScoreBook, SignalBook};
use crate::monitor::{CorrelationReport, correlations};
use crate::wire::At;
pub(crate) use cash::unplaced;
use cash::{CashFlow, cash_reasons};
use check::check;
pub use contributors::{Contributor, Contributors};
use disabled::disabled;
use place::{Placed, base_weights, place};
use share::shares;
pub use signal::{Signal, blend_signals};
use std::collections::BTreeMap;
use weigh::{Weighed, weigh};

/// Statistics of a strategy that its owner vouches for.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", serde(default, deny_unknown_fields))]
pub struct StrategyStats {
    /// Mean information coefficient, -1 to 1.
    pub ic: Option<f64>,
    /// Annualised Sharpe ratio.
    pub sharpe: Option<f64>,
    /// Annualised volatility, above 0.
    pub vol: Option<f64>,
}

/// Everything a blend reads besides its settings.
#[derive(Clone, Copy)]
pub struct BlendInputs<'a> {
    /// The signals of all declared strategies.
    pub signals: &'a SignalBook,
    /// Statistics by strategy.
    pub stats: &'a BTreeMap<String, StrategyStats>,
    /// Return history by strategy.
    pub returns: Option<&'a ReturnBook>,
    /// Past scores: strategy, then symbol.
    pub score_history: Option<&'a BTreeMap<String, ScoreBook>>,
    /// Return history by symbol.
    pub asset_returns: Option<&'a ReturnBook>,
}

/// A limit that holds something back.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Binding {
    /// The setting: `per_strategy_max`, `strategy_max`, `symbol_max`, `group_max`, `gross_max`, `net_max`, `net_min`, `lots`,
    /// `positions_max`, `position_min`.
    pub limit: String,
    /// The strategy, symbol or group; empty for a limit on the whole.
    pub name: String,
    /// The limit's value, where it is one number.
    pub value: Option<f64>,
}

/// A part of the cash and why it is there.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CashReason {
    /// Weight; the amounts of all reasons sum to the cash. Negative for borrowed money.
    pub amount: f64,
    /// `reserve`, `target`, `plan`, `no_signals`, `no_edge`, `unknown`, `caps`, `netting`, or a limit's name.
    pub reason: String,
    /// The reason in words.
    pub text: String,
}

/// What became of one strategy.
#[derive(Clone, Debug, PartialEq)]
pub struct StrategyOutcome {
    /// Share of the target before caps; 0 for a strategy without positions.
    pub share: f64,
    /// Its cap.
    pub cap: f64,
    /// Gross weight after caps and limits.
    pub gross: f64,
    /// Net weight after caps and limits.
    pub net: f64,
    /// Whether its cap holds it back.
    pub capped: bool,
    /// Whether it declared rows that take a position.
    pub active: bool,
    /// The figure behind its share, where the method has one.
    pub statistic: Option<strategy_weight::Statistic>,
    /// Why its statistic is unknown, if it is.
    pub unknown: Option<String>,
}

/// A blend, columnar. Row arrays are parallel to the rows of the signal book, strategy after strategy.
#[derive(Clone, Debug, PartialEq)]
pub struct Blend {
    /// Share of the row before caps, signed.
    pub normalised: Vec<f64>,
    /// What caps took (against the sign of `normalised`) or freed weight added (with it).
    pub changed: Vec<f64>,
    /// What limits on the whole portfolio took.
    pub scaled: Vec<f64>,
    /// `(normalised + changed) + scaled`.
    pub value: Vec<f64>,
    /// Final weight of every symbol of the book: the sum of its values in the order of strategies.
    pub weights: Vec<f64>,
    /// One outcome for each declared strategy.
    pub strategies: Vec<StrategyOutcome>,
    /// Gross weight asked for, after the cash reserve.
    pub target: f64,
    /// What holds something back, in the order in which it became tight.
    pub bindings: Vec<Binding>,
    /// Where the cash comes from; sums to 1 minus the gross weight.
    pub cash_reasons: Vec<CashReason>,
    /// Symbols left out by `min_score`, `positions_max` and `position_min`: index and limit.
    pub dropped: Vec<(u32, &'static str)>,
    /// Whether one declared strategy passed through uncapped.
    pub bypassed: bool,
    /// Correlations of the strategies, where returns were given.
    pub correlation: Option<CorrelationReport>,
    /// Warnings.
    pub warnings: Vec<Fault>,
}

/// Blends the signals of several strategies into one portfolio.
///
/// Weights are fractions of capital. The answer does not depend on the order of strategies, rows or symbols.
///
/// # Errors
/// Negative weights without short positions, statistics that the method needs and does not have, caps that cannot hold with
/// `on_infeasible_cap: error`, settings out of range: all faults together.
pub fn blend(inputs: &BlendInputs<'_>, config: &BlendConfig) -> Result<Blend, Problem> {
    let book = inputs.signals;
    check(inputs, config)?;
    let mut warnings = Vec::new();
    let declared = book.strategies().len();
    if !config.enabled {
        return disabled(inputs, config);
    }
    let bypassed = declared == 1
        && match config.single_strategy {
            SingleStrategy::Bypass => true,
            SingleStrategy::BypassExceptInverseVolatility => config.method != BlendMethod::InverseVolatility,
            SingleStrategy::Cap => false,
        };
    let basis = if bypassed { RowBasis::Weights } else { config.row_basis() };
    // A plan stays a plan: 80 % of one strategy is 80 %, with or without a second one.
    let method = if bypassed && config.method != BlendMethod::Fixed { BlendMethod::EqualWeight } else { config.method };
    if bypassed && !book.is_empty() {
        warnings.push(Fault::new(
            Code::SingleStrategy,
            "/signals",
            format!(
                "{} is the only strategy: its own weights pass through, normalised and without the per-strategy cap.",
                book.strategies()[0]
            ),
            "Declare a second strategy to blend, or set single_strategy to cap.",
        ));
    }

    let shares = shares(book, config, basis);
    for (s, id) in book.strategies().iter().enumerate() {
        if !shares.active[s] {
            let why = match (book.rows(s).symbols.is_empty(), shares.dropped.is_empty()) {
                (true, _) => "has no rows",
                (false, false) => "has no row above min_score that takes a position",
                (false, true) => "has no row that takes a position",
            };
            let message = format!("The strategy {id} {why}; it was skipped.");
            warnings.push(Fault::new(
                Code::EmptyStrategy,
                At::Root.key("signals").key(id),
                message,
                "Give it rows with weights, or leave it out.",
            ));
        }
    }

    let correlation = match inputs.returns {
        Some(returns) if !returns.is_empty() => Some(correlations(returns, &config.correlation, &[])),
        _ => None,
    };
    let effective: Vec<usize> = (0..declared).filter(|&s| shares.active[s]).collect();
    let weighed = weigh(inputs, config, method, &effective, correlation.as_ref(), &mut warnings)?;

    let target = config.target_total.min(1.0 - config.cash_reserve).max(0.0);
    let target = if config.target_total > 1.0 && config.cash_reserve == 0.0 { config.target_total } else { target };
    let base = base_weights(book, config, shares.share, &weighed.share, target * weighed.planned);

    let caps: Vec<f64> = book
        .strategies()
        .iter()
        .map(|id| if bypassed { f64::INFINITY } else { config.strategy_max.get(id).copied().unwrap_or(config.per_strategy_max) })
        .collect();
    let mut placed = place(book, config, &base, &caps, target * weighed.planned, &mut warnings)?;
    for &symbol in &shares.dropped {
        placed.dropped.push((symbol, "min_score"));
    }
    placed.dropped.sort_unstable();
    if !placed.dropped.is_empty() {
        let names: Vec<&str> = placed.dropped.iter().take(20).map(|(j, _)| book.symbols()[*j as usize].as_str()).collect();
        let more = placed.dropped.len() - names.len();
        let list = names.join(", ") + &if more > 0 { format!(" and {more} more") } else { String::new() };
        warnings.push(Fault::new(
            Code::SymbolsDropped,
            "/config",
            format!("Left out: {list}."),
            "See `dropped` for the limit behind each.",
        ));
    }

    let placed_gross: f64 = placed.value.iter().map(|value| value.abs()).sum();
    let mut terms = exact::Terms::new(base, &placed.value);
    let (mut held_gross, mut trims) = (None, Vec::new());
    if limits::any(config) {
        let unscaled = exact::weights(book, &placed.value);
        let mut faults = Faults::new();
        let (factor, done) = limits::trims(book.symbols(), &unscaled, config, &mut faults);
        faults.finish(Some(()))?;
        terms.scale(book, &factor);
        held_gross = Some(unscaled.iter().map(|weight| weight.abs()).sum());
        trims = done;
    }
    let value = terms.hold_caps(book, &placed.caps, config.symbol_max);
    let weights = exact::weights(book, &value);
    let final_gross: f64 = weights.iter().map(|weight| weight.abs()).sum();

    let strategies = outcomes(book, &shares.active, &weighed, &placed, &value);
    let mut bindings = placed.bindings;
    bindings.extend(trims.iter().map(|trim| Binding {
        limit: trim.limit.to_owned(),
        name: String::new(),
        value: match trim.limit {
            "gross_max" => config.gross_max,
            "net_max" => config.net_max,
            "net_min" => config.net_min,
            _ => None,
        },
    }));
    let cash_reasons = cash_reasons(&CashFlow {
        config,
        target,
        weighed: &weighed,
        strategies: &strategies,
        bindings: &bindings,
        placed: placed_gross,
        held: held_gross.unwrap_or(final_gross),
        trims: &trims,
        gross: final_gross,
    });
    for reason in &cash_reasons {
        if reason.amount > 1e-9 && !matches!(reason.reason.as_str(), "reserve" | "target" | "plan" | "netting" | "no_signals") {
            let code = if reason.reason == "caps" { Code::CapBinds } else { Code::LimitBinds };
            warnings.push(Fault::new(
                code,
                "/config",
                reason.text.clone(),
                "Raise the limit, add strategies or symbols, or accept the cash.",
            ));
        }
    }
    Ok(Blend {
        normalised: terms.normalised,
        changed: terms.changed,
        scaled: terms.scaled,
        value,
        weights,
        strategies,
        target,
        bindings,
        cash_reasons,
        dropped: placed.dropped,
        bypassed,
        correlation,
        warnings,
    })
}

fn outcomes(book: &SignalBook, active: &[bool], weighed: &Weighed, placed: &Placed, value: &[f64]) -> Vec<StrategyOutcome> {
    (0..book.strategies().len())
        .map(|s| {
            let values = &value[book.range(s)];
            StrategyOutcome {
                share: weighed.share[s] * weighed.planned,
                cap: placed.caps[s],
                gross: values.iter().map(|value| value.abs()).sum(),
                net: values.iter().sum(),
                capped: placed.capped[s],
                active: active[s],
                statistic: weighed.statistic[s].clone(),
                unknown: weighed.unknown[s].clone(),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests;
