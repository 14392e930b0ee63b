//! Raising alerts for real: judged on the state in the journal, once for each crossing, recorded before anything is sent.
//!
//! The answer of an operation never depends on what was raised before: the same request gives the same bytes. What is raised does. The
//! same correlations are judged a second time, with the pairs that are in alert state in this scope; only a pair that was not, and is
//! now, raises an alert. It stays in alert state until its correlation falls below threshold − hysteresis; an unknown one changes nothing.

use crate::journal::{Draft, Event};
use allocator_core::config::correlation::CorrelationConfig;
use allocator_core::frame::ReturnBook;
use allocator_core::monitor::correlations;
use allocator_core::op::Request as _;
use allocator_core::op::blend::BlendRequest;
use allocator_core::op::correlation::CorrelationRequest;
use allocator_core::wire::{Digest, to_canonical_bytes};
use allocator_core::{Code, Problem};
use serde_json::Value;
use std::collections::BTreeSet;

/// The scope of operations that belong to no portfolio.
pub const DESK: &str = "desk";

/// What is watched: histories and how they are judged.
#[derive(Clone, Debug)]
pub struct Watch {
    config: CorrelationConfig,
    returns: Option<ReturnBook>,
}

impl Watch {
    /// What a request of an operation gives to watch.
    ///
    /// # Errors
    /// `invalid_usage` for an operation that raises no alerts; what reading the request refuses.
    pub fn of(operation: &str, request: &[u8]) -> Result<Self, Problem> {
        match operation {
            "correlation" => {
                let request = CorrelationRequest::from_json(request)?;
                Ok(Watch { config: request.config, returns: Some(request.returns) })
            }
            "blend" => {
                let request = BlendRequest::from_json(request)?;
                Ok(Watch { config: request.config.correlation, returns: request.returns })
            }
            other => Err(Problem::new(
                Code::InvalidUsage,
                "emit",
                format!("The operation {other} raises no alerts."),
                "Leave emit away, or ask for correlation or blend.",
            )),
        }
    }

    /// Judges, and adds what follows to the draft. Answers the payloads of the alerts raised.
    ///
    /// # Errors
    /// `internal`.
    pub fn raise(&self, draft: &mut Draft<'_>, scope: &str) -> Result<Vec<Value>, Problem> {
        let Some(returns) = &self.returns else { return Ok(Vec::new()) };
        let was: BTreeSet<[String; 2]> = draft.state.monitored.get(scope).cloned().unwrap_or_default();
        let known: Vec<[String; 2]> = was.iter().cloned().collect();
        let report = correlations(returns, &self.config, &known);
        let now: BTreeSet<[String; 2]> = report.active.into_iter().collect();
        let mut raised = Vec::with_capacity(report.alerts.len());
        for alert in report.alerts {
            let crossing = alert.id.clone();
            let occurrence = draft.state.occurrences.get(&crossing).copied().unwrap_or(0);
            let mut payload: Value = serde_json::from_slice(&to_canonical_bytes(&alert)?)
                .map_err(|error| Problem::internal(format!("an alert cannot be written: {error}")))?;
            // Re-armed and crossed again on the same data: a new alert, which must not look like the old one to who de-duplicates.
            let id = if occurrence == 0 { crossing.clone() } else { again(&crossing, occurrence) };
            payload["id"] = Value::String(id);
            draft.push(Event::Alert { alert: payload.clone(), id: crossing, scope: scope.to_owned(), occurrence });
            raised.push(payload);
        }
        if now != was {
            // Only what changed: a desk in turmoil has hundreds of pairs in alert state, and a crossing is one.
            let (entered, left) = (now.difference(&was).cloned().collect(), was.difference(&now).cloned().collect());
            draft.push(Event::Crossed { scope: scope.to_owned(), entered, left });
        }
        Ok(raised)
    }
}

/// The id of a crossing that was raised so many times before.
fn again(crossing: &str, occurrence: u32) -> String {
    let mut id = Digest::of(format!("{crossing}\n{occurrence}").as_bytes()).to_string();
    id.truncate(32);
    id
}

/// Writes the alerts to the log, as WARNING.
pub fn log(scope: &str, alerts: &[Value]) {
    for alert in alerts {
        tracing::warn!(
            scope,
            metric = alert["metric"].as_str().unwrap_or_default(),
            pair = alert["pair"].to_string(),
            value = alert["value"].as_f64().unwrap_or_default(),
            threshold = alert["threshold"].as_f64().unwrap_or_default(),
            alert = alert["id"].as_str().unwrap_or_default(),
            "alert"
        );
    }
}
