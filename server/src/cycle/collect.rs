//! The first step of a cycle: which strategies take part, and with which signals.

use super::found;
use crate::clock::{NS_PER_MS, iso8601};
use crate::config::{MissingPolicy, PortfolioConfig, StalePolicy};
use crate::journal::{BlobId, Portfolio, Step};
use allocator_core::{Code, Fault, Faults, Problem};
use serde_json::json;

/// What was collected, strategy by strategy.
pub(super) struct Collected {
    pub(super) step: Step,
    /// Strategy and its rows.
    pub(super) used: Vec<(String, BlobId)>,
    /// Why there is no cycle.
    pub(super) refused: Option<Problem>,
}

/// Decides for each strategy whether it takes part.
///
/// # Errors
/// `internal`.
pub(super) fn collect(config: &PortfolioConfig, held: &Portfolio, now_ns: i64) -> Result<Collected, Problem> {
    let expected: Vec<&String> =
        if config.strategies.is_empty() { held.signals.keys().collect() } else { config.strategies.iter().collect() };
    let (mut used, mut lines, mut faults) = (Vec::new(), serde_json::Map::new(), Faults::new());
    for strategy in expected {
        let line = match held.signals.get(strategy) {
            None => {
                if config.missing == MissingPolicy::Abort {
                    faults.push(Fault::new(
                        Code::MissingSignals,
                        strategy,
                        format!("The strategy {strategy:?} has sent no signals."),
                        "Send them, or set the portfolio's missing: drop.",
                    ));
                }
                json!({ "status": if config.missing == MissingPolicy::Abort { "missing" } else { "dropped" } })
            }
            Some(signals) => {
                let age_ms = now_ns.saturating_sub(signals.as_of_ns) / NS_PER_MS;
                let status = if age_ms <= i64::from(config.freshness_ms) {
                    "used"
                } else {
                    match config.stale {
                        StalePolicy::Abort => {
                            faults.push(Fault::new(
                                Code::StaleSignals,
                                strategy,
                                format!("The signals of {strategy:?} are of {}.", iso8601(signals.as_of_ns)),
                                "Send newer ones, or set the portfolio's stale: hold_last or drop.",
                            ));
                            "stale"
                        }
                        StalePolicy::Drop => "dropped",
                        StalePolicy::HoldLast => "held",
                    }
                };
                if matches!(status, "used" | "held") {
                    used.push((strategy.clone(), signals.content));
                }
                json!({
                    "age_ms": age_ms,
                    "as_of": iso8601(signals.as_of_ns),
                    "content": signals.content.to_string(),
                    "rows": signals.rows,
                    "status": status,
                })
            }
        };
        lines.insert(strategy.clone(), line);
    }
    let refused = (!faults.is_empty()).then(|| Problem::from(faults));
    let outcome = if refused.is_some() { "refused" } else { "done" };
    Ok(Collected { step: found("collect", outcome, json!({ "strategies": lines }))?, used, refused })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::SignalsOf;

    const HOUR_NS: i64 = 3_600_000_000_000;

    fn held() -> Portfolio {
        let signals = |hours: i64| SignalsOf { as_of_ns: -hours * HOUR_NS, content: BlobId([0; 32]), rows: 1, seq: 1 };
        let mut held = Portfolio::default();
        held.signals.insert("fresh".to_owned(), signals(1));
        held.signals.insert("old".to_owned(), signals(3));
        held
    }

    fn config(missing: MissingPolicy, stale: StalePolicy) -> PortfolioConfig {
        // Two hours: what is one hour old is fresh, what is three hours old is not.
        let strategies = ["absent", "fresh", "old"].map(str::to_owned).to_vec();
        PortfolioConfig { freshness_ms: 7_200_000, missing, stale, strategies, ..PortfolioConfig::default() }
    }

    #[test]
    fn each_policy_does_what_it_says_and_the_step_says_so() {
        let used = |collected: &Collected| collected.used.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        let status = |collected: &Collected, name: &str| collected.step.detail["strategies"][name]["status"].clone();
        let hold = collect(&config(MissingPolicy::Drop, StalePolicy::HoldLast), &held(), 0).unwrap();
        assert_eq!(used(&hold), ["fresh", "old"]);
        assert_eq!((status(&hold, "absent"), status(&hold, "old")), (json!("dropped"), json!("held")));
        let dropped = collect(&config(MissingPolicy::Drop, StalePolicy::Drop), &held(), 0).unwrap();
        assert_eq!(used(&dropped), ["fresh"]);
        assert!(dropped.refused.is_none());
        let abort = collect(&config(MissingPolicy::Abort, StalePolicy::Abort), &held(), 0).unwrap();
        let codes: Vec<Code> = abort.refused.unwrap().problems.iter().map(|fault| fault.code).collect();
        assert_eq!(codes, [Code::MissingSignals, Code::StaleSignals], "both at once");
        assert_eq!(abort.step.outcome, "refused");
        let whatever = PortfolioConfig { strategies: Vec::new(), ..config(MissingPolicy::Abort, StalePolicy::Drop) };
        assert_eq!(used(&collect(&whatever, &held(), 0).unwrap()), ["fresh"]);
    }
}
