//! The split in words (K10): what the rule does, why each strategy got its weight, which limit binds, where the cash comes from.

use super::limits::{Conflict, percent};
use super::outcome::{Allocation, Binding, CapitalStatus, CashReason};

/// Most strategies that the summary names; each has its own sentence beside its weight.
const NAMED_MAX: usize = 3;

/// The summary, sentence by sentence.
pub(super) fn summary(
    rule: &str,
    notes: &[String],
    status: CapitalStatus,
    allocations: &[Allocation],
    cash: &[CashReason],
    conflicts: &[Conflict],
    bindings: &[Binding],
) -> Vec<String> {
    let mut said = vec![rule.to_owned()];
    said.extend(notes.iter().cloned());
    match status {
        CapitalStatus::Empty => said.push(String::from("There are no strategies.")),
        CapitalStatus::NoEdge => said.push(String::from("No strategy has a positive edge, so nothing is deployed for its sake.")),
        CapitalStatus::InsufficientHistory => {
            said.push(String::from("Of no strategy enough is known, so nothing is deployed for its sake."));
        }
        CapitalStatus::InfeasibleCapped => {
            said.push(String::from(
                "The maximums do not leave room for everything: each strategy is at its maximum, the rest is cash.",
            ));
        }
        CapitalStatus::Optimal | CapitalStatus::LimitsConflict => {}
    }
    let mut largest: Vec<&Allocation> = allocations.iter().filter(|row| row.weight > 0.0).collect();
    largest.sort_by(|a, b| b.weight.total_cmp(&a.weight).then(a.strategy.cmp(&b.strategy)));
    if !largest.is_empty() {
        let named: Vec<String> =
            largest.iter().take(NAMED_MAX).map(|row| format!("{} {}", row.strategy, percent(row.weight))).collect();
        let rest = largest.len().saturating_sub(NAMED_MAX);
        let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
        said.push(format!("{} of {} strategies get capital: {}{more}.", largest.len(), allocations.len(), named.join(", ")));
    }
    let unknown: Vec<&str> = allocations.iter().filter(|row| row.unknown.is_some()).map(|row| row.strategy.as_str()).collect();
    if !unknown.is_empty() {
        let named = unknown[..unknown.len().min(NAMED_MAX)].join(", ");
        let more = if unknown.len() > NAMED_MAX { format!(" and {} more", unknown.len() - NAMED_MAX) } else { String::new() };
        said.push(format!("Too little is known of {named}{more}."));
    }
    let mut limits: Vec<&str> = bindings.iter().map(|binding| binding.limit.as_str()).collect();
    limits.sort_unstable();
    limits.dedup();
    if !limits.is_empty() {
        said.push(format!("Limits that bind: {}.", limits.join(", ")));
    }
    for binding in bindings.iter().filter(|binding| binding.shadow_price.is_some_and(|price| price != 0.0)).take(NAMED_MAX) {
        said.push(format!(
            "One per cent more of {}{} would change the objective by {:.3e}.",
            binding.limit,
            binding.strategy.as_deref().map(|name| format!(" for {name}")).unwrap_or_default(),
            binding.shadow_price.unwrap_or_default() / 100.0
        ));
    }
    said.extend(conflicts.iter().map(|conflict| conflict.text.clone()));
    said.extend(cash.iter().map(|reason| reason.text.clone()));
    said
}

/// Why one strategy got its weight.
pub(super) fn reason_of(row: &Allocation, binding: Option<&str>) -> String {
    let mut parts = Vec::new();
    if let Some(figure) = &row.statistic {
        let from = figure.n.map(|n| format!(" from {n} returns")).unwrap_or_default();
        let text = match figure.name.as_str() {
            "volatility" => format!("Volatility {} a year{from}", percent(figure.value)),
            "sharpe" => format!("Sharpe ratio {:.2}{from}", figure.value),
            "return" => format!("Return {}{from}", percent(figure.value)),
            "kelly_fraction" => format!("Kelly fraction {:.2}{from}", figure.value),
            "current_drawdown" => format!("Drawdown {}", percent(-figure.value)),
            "risk_budget" => format!("Risk budget {}", percent(figure.value)),
            _ => format!("Planned {}", percent(figure.value)),
        };
        parts.push(text);
    }
    match (row.unknown, row.proportion) {
        (Some(why), _) => parts.push(format!("unknown: {}", why.reason().trim_end_matches('.'))),
        (None, Some(share)) => parts.push(format!("{} by the rule alone", percent(share))),
        (None, None) => {}
    }
    if let Some(limit) = binding {
        parts.push(match limit {
            "max" if row.weight >= row.upper => format!("held at its maximum {}", percent(row.upper)),
            "min" if row.weight <= row.lower => format!("held at its minimum {}", percent(row.lower)),
            "max" | "min" => format!("at its {limit}imum until exposure and trades were limited"),
            "trade_min" => String::from("kept as it is, the trade being too small"),
            other => format!("bound by {other}"),
        });
    }
    format!("{}.", parts.join("; "))
}
