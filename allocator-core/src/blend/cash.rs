//! Where the cash comes from.

use super::weigh::Weighed;
use super::{Binding, CashReason, StrategyOutcome, limits};
use crate::config::blend::BlendConfig;
use crate::math;

/// The way of the money from the capital to the portfolio; gross weights.
pub(super) struct CashFlow<'a> {
    pub(super) config: &'a BlendConfig,
    pub(super) target: f64,
    pub(super) weighed: &'a Weighed,
    pub(super) strategies: &'a [StrategyOutcome],
    pub(super) bindings: &'a [Binding],
    /// What the fill placed, strategy by strategy.
    pub(super) placed: f64,
    /// What of it is left once opposite positions net.
    pub(super) held: f64,
    pub(super) trims: &'a [limits::Trim],
    /// What the portfolio holds in the end.
    pub(super) gross: f64,
}

/// What is not placed of the capital: 1 minus the gross weight, where that is more than the rounding of a sum.
pub(crate) fn unplaced(gross: f64) -> f64 {
    let cash = 1.0 - gross;
    if cash.abs() < 1e-12 { 0.0 } else { cash }
}

/// Cash by cause. The causes are taken in the order in which money meets them, so the amounts sum to the cash.
pub(super) fn cash_reasons(flow: &CashFlow<'_>) -> Vec<CashReason> {
    let CashFlow { config, target, weighed, strategies, bindings, placed, held, trims, gross } = *flow;
    let percent = |weight: f64| format!("{:.2} %", weight * 100.0);
    let mut reasons = Vec::new();
    let mut push = |reason: &str, amount: f64, text: String| {
        if amount.abs() > 1e-12 {
            reasons.push(CashReason { amount, reason: reason.to_owned(), text });
        }
    };
    let reserve = if target <= 1.0 { config.cash_reserve.min(1.0 - target) } else { 0.0 };
    push("reserve", reserve, format!("{} is the declared cash reserve.", percent(reserve)));
    let beside = 1.0 - reserve - target;
    let text = if beside < 0.0 {
        format!("{} is borrowed: the target is {}.", percent(-beside), percent(target))
    } else {
        format!("The target is {}.", percent(target))
    };
    push("target", beside, text);
    let unplanned = target * (1.0 - weighed.planned);
    match weighed.nothing {
        Some("no_signals") => push("no_signals", unplanned, String::from("No strategy takes a position.")),
        Some("unknown") => push("unknown", unplanned, String::from("The statistic of every strategy is unknown.")),
        Some(_) => push("no_edge", unplanned, String::from("No strategy has a positive edge.")),
        None => push("plan", unplanned, format!("The plan places {}.", percent(target * weighed.planned))),
    }
    let short = target * weighed.planned - placed;
    if short.abs() > 1e-12 {
        let at_cap = strategies.iter().filter(|strategy| strategy.capped).count();
        let others = bindings
            .iter()
            .filter(|binding| matches!(binding.limit.as_str(), "symbol_max" | "group_max" | "positions_max" | "position_min"))
            .count();
        let why = match (at_cap, others) {
            (0, 0) => String::from("no row can grow further."),
            (0, n) => format!("{n} limits on symbols or groups bind."),
            (1, 0) => {
                format!("one strategy is at its cap of {}.", percent(strategies.iter().find(|s| s.capped).map_or(0.0, |s| s.cap)))
            }
            (n, 0) => {
                let held = math::sum(strategies.iter().filter(|s| s.capped).map(|s| s.gross));
                format!("{n} strategies at their cap hold {}.", percent(held))
            }
            (n, m) => format!("{n} strategy caps and {m} limits on symbols or groups bind."),
        };
        push("caps", short, format!("{} placed, {} in cash: {why}", percent(placed), percent(short)));
    }
    let netted = placed - held;
    push("netting", netted, format!("{} of opposite positions net out.", percent(netted)));
    for trim in trims {
        push(trim.limit, trim.gross, format!("{} was cut by {}.", percent(trim.gross), trim.limit));
    }
    // Rounding of the last bits belongs to the last cause, so that the amounts foot.
    let cash = unplaced(gross);
    let explained = math::sum(reasons.iter().map(|reason| reason.amount));
    if let Some(last) = reasons.last_mut() {
        last.amount += cash - explained;
    }
    reasons
}
