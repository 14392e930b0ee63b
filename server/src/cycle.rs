//! The production cycle of a portfolio: collect → correlation → blend → record → submit, every step in the journal.
//!
//! Everything that follows from a cycle (its run, its alerts, its submission) is recorded in one transaction with the cycle itself, so a
//! crash leaves all of it or nothing. A strategy that never sent signals, or whose signals are stale, is treated as the portfolio's
//! settings say, and the step `collect` says what was done about each.

use crate::clock::{NS_PER_MS, iso8601};
use crate::config::{MissingPolicy, PortfolioConfig, StalePolicy};
use crate::http::{App, Reserve};
use crate::journal::{BlobId, Event, Portfolio, Step, Store, digest_in};
use crate::monitor::{self, Watch};
use crate::submission::{self, Checked};
use allocator_core::wire::{Json, parse, to_canonical_bytes};
use allocator_core::{Code, Fault, Faults, Problem, op};
use serde::Serialize;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// What a cycle came to.
#[derive(Clone, Debug, Serialize)]
pub struct Outcome {
    /// Alerts raised.
    pub alerts: Vec<Value>,
    /// The digest of the allocation.
    pub digest: Option<String>,
    /// `done`, `aborted` or `empty`.
    pub outcome: String,
    /// The portfolio.
    pub portfolio: String,
    /// The run that holds the allocation.
    pub run: Option<u64>,
    /// The cycle's entry.
    pub seq: u64,
    /// Step by step.
    pub steps: Vec<Step>,
    /// The submission, where the portfolio submits.
    pub submission: Option<String>,
}

/// What was collected, strategy by strategy.
struct Collected {
    step: Step,
    /// Strategy and its rows.
    used: Vec<(String, BlobId)>,
    /// Why there is no cycle.
    refused: Option<Problem>,
}

/// Runs one cycle.
///
/// # Errors
/// `not_found` for a portfolio that is not configured; `missing_signals`, `stale_signals` where the policy is to abort, and what the
/// blend refuses: the journal holds the aborted cycle too. `overloaded`, `storage_full`: nothing was recorded.
pub async fn run(app: &App, portfolio: &str, cause: &str, actor: &str) -> Result<Outcome, Problem> {
    let store = Arc::clone(app.store()?);
    let config = app.portfolio(portfolio)?.clone();
    let held = store.state().portfolios.get(portfolio).cloned().unwrap_or_default();
    let collected = collect(&config, &held, store.clock().now_ns());
    let mut steps = vec![collected.step];
    let mut computed = None;
    let mut refused = collected.refused;
    if refused.is_none() && !collected.used.is_empty() {
        let (kept, used, returns) = (Arc::clone(&store), collected.used, held.returns);
        let work = move || {
            let request = request(&kept, &config, &used, returns)?;
            let canonical = op::canonical_request("blend", &request)?;
            let response = op::run("blend", &request)?;
            Ok((Watch::of("blend", &canonical)?, canonical, response))
        };
        match app.gate().compute(Reserve::default(), work).await {
            Ok(done) => computed = Some(done),
            // Ours: the cycle did not happen, and can be asked for again.
            Err(problem) if problem.status >= 500 => return Err(problem),
            Err(problem) => {
                steps.push(step("blend", "refused", None, json!({ "code": problem.code.as_str(), "message": problem.message })));
                refused = Some(problem);
            }
        }
    }
    let (name, why, who) = (portfolio.to_owned(), cause.to_owned(), actor.to_owned());
    let submits = app.portfolio(portfolio)?.submit;
    let aborted = refused.is_some();
    let exposure = computed.as_ref().and_then(|(_, _, response)| exposure_of(response));
    let outcome = store
        .commit(move |draft| {
            let (mut run, mut id, mut digest, mut alerts) = (None, None, None, Vec::new());
            if let Some((watch, request, response)) = computed {
                alerts = watch.raise(draft, &name)?;
                let ids: Vec<&str> = alerts.iter().filter_map(|alert| alert["id"].as_str()).collect();
                steps.push(step("correlation", "done", None, json!({ "alerts": ids })));
                let found = digest_in(&response).ok_or_else(|| Problem::internal("the blend has no digest"))?;
                steps.push(step("blend", "done", Some(found.clone()), json!({})));
                // One key for each cycle: the entry that follows everything known now.
                let key = format!("cycle-{}", draft.state.seq + 1);
                let checked = Checked {
                    portfolio: name.clone(),
                    key,
                    fingerprint: submission::fingerprint("blend", &found),
                    operation: "blend".to_owned(),
                    digest: found.clone(),
                    request,
                    response,
                    actor: who.clone(),
                    source: "cycle",
                };
                let entry = submission::push_run(draft, &checked)?;
                steps.push(step("record", "done", Some(found.clone()), json!({ "run": entry })));
                if submits {
                    let made = submission::push_submission(draft, &checked, entry)?;
                    steps.push(step("submit", "done", Some(found.clone()), json!({ "submission": made.id })));
                    id = Some(made.id);
                }
                (run, digest) = (Some(entry), Some(found));
            }
            let outcome = if aborted {
                "aborted"
            } else if run.is_some() {
                "done"
            } else {
                "empty"
            };
            let seq = draft.push(Event::Cycle {
                portfolio: name.clone(),
                cause: why,
                outcome: outcome.to_owned(),
                run,
                submission: id.clone(),
                steps: steps.clone(),
            });
            Ok(Outcome { alerts, digest, outcome: outcome.to_owned(), portfolio: name, run, seq, steps, submission: id })
        })
        .await?;
    app.metrics.count("allocator_cycles_total", &[("portfolio", portfolio), ("outcome", &outcome.outcome)]);
    app.note_alerts(portfolio, &outcome.alerts);
    note_exposure(app, portfolio, exposure);
    if outcome.submission.is_some() {
        app.metrics.count("allocator_submissions_total", &[("portfolio", portfolio)]);
    }
    tracing::info!(portfolio, cause, outcome = outcome.outcome, digest = outcome.digest, seq = outcome.seq, "cycle");
    match refused {
        Some(problem) => {
            tracing::warn!(portfolio, code = problem.code.as_str(), reason = problem.message, "the cycle was aborted");
            Err(problem)
        }
        None => Ok(outcome),
    }
}

fn step(name: &str, outcome: &str, digest: Option<String>, detail: Value) -> Step {
    Step { name: name.to_owned(), outcome: outcome.to_owned(), digest, detail }
}

/// Decides for each strategy whether it takes part.
fn collect(config: &PortfolioConfig, held: &Portfolio, now_ns: i64) -> Collected {
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
    let detail = json!({ "strategies": lines });
    let digest = submission::digest_of_text(detail.to_string().as_bytes());
    let outcome = if refused.is_some() { "refused" } else { "done" };
    Collected { step: step("collect", outcome, Some(digest), detail), used, refused }
}

/// The request of the blend: the collected signals, the histories, the portfolio's settings.
fn request(
    store: &Store,
    config: &PortfolioConfig,
    used: &[(String, BlobId)],
    returns: Option<BlobId>,
) -> Result<Vec<u8>, Problem> {
    let mut signals = Vec::with_capacity(used.len());
    for (strategy, content) in used {
        signals.push((strategy.clone(), parse(&store.blob(*content)?)?));
    }
    let mut fields = vec![
        ("config".to_owned(), config.blend.clone()),
        ("signals".to_owned(), Json::Object(signals)),
        ("version".to_owned(), Json::Number(1.0)),
    ];
    if let Some(returns) = returns {
        fields.push(("returns".to_owned(), parse(&store.blob(returns)?)?));
    }
    to_canonical_bytes(&Json::Object(fields))
}

/// Runs the cycles of one portfolio: on its schedule, and when signals have come, until `stop` becomes true.
///
/// The schedule counts on the monotonic clock: a wall clock that jumps starts no cycle and skips none.
pub async fn keep_running(app: Arc<App>, portfolio: String, mut stop: watch::Receiver<bool>) {
    let Ok(config) = app.portfolio(&portfolio).cloned() else { return };
    let every = config.every_ms.map(|ms| Duration::from_millis(u64::from(ms)));
    // Without a schedule the timer is never looked at.
    let mut timer = tokio::time::interval(every.unwrap_or(Duration::from_hours(1)));
    timer.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    timer.tick().await;
    let woken = app.woken(&portfolio);
    loop {
        let cause = tokio::select! {
            _ = stop.changed() => return,
            _ = timer.tick(), if every.is_some() => "schedule",
            () = woken.notified(), if config.on_signals => "signals",
        };
        if let Err(problem) = run(&app, &portfolio, cause, "schedule").await {
            tracing::warn!(portfolio, cause, code = problem.code.as_str(), "a cycle came to nothing: {}", problem.message);
            app.metrics.count("allocator_problems_total", &[("code", problem.code.as_str())]);
        }
    }
}

/// Gross and net of an allocation.
pub(crate) fn exposure_of(response: &[u8]) -> Option<(f64, f64)> {
    let answer = parse(response).ok()?;
    let total = |name: &str| answer.get("totals")?.get(name)?.as_f64();
    Some((total("gross")?, total("net")?))
}

/// Shows what a portfolio is to hold.
pub(crate) fn note_exposure(app: &App, portfolio: &str, exposure: Option<(f64, f64)>) {
    if let Some((gross, net)) = exposure {
        app.metrics.set("allocator_exposure", &[("portfolio", portfolio), ("side", "gross")], gross);
        app.metrics.set("allocator_exposure", &[("portfolio", portfolio), ("side", "net")], net);
    }
}

/// Writes the alerts of a cycle or operation to the log and counts them.
pub(crate) fn note_alerts(app: &App, scope: &str, alerts: &[Value]) {
    monitor::log(scope, alerts);
    for _ in alerts {
        app.metrics.count("allocator_alerts_total", &[("scope", scope)]);
    }
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
        let hold = collect(&config(MissingPolicy::Drop, StalePolicy::HoldLast), &held(), 0);
        assert_eq!(used(&hold), ["fresh", "old"]);
        assert_eq!((status(&hold, "absent"), status(&hold, "old")), (json!("dropped"), json!("held")));
        let dropped = collect(&config(MissingPolicy::Drop, StalePolicy::Drop), &held(), 0);
        assert_eq!(used(&dropped), ["fresh"]);
        assert!(dropped.refused.is_none());
        let abort = collect(&config(MissingPolicy::Abort, StalePolicy::Abort), &held(), 0);
        let codes: Vec<Code> = abort.refused.unwrap().problems.iter().map(|fault| fault.code).collect();
        assert_eq!(codes, [Code::MissingSignals, Code::StaleSignals], "both at once");
        assert_eq!(abort.step.outcome, "refused");
        let whatever = PortfolioConfig { strategies: Vec::new(), ..config(MissingPolicy::Abort, StalePolicy::Drop) };
        assert_eq!(used(&collect(&whatever, &held(), 0)), ["fresh"]);
    }
}
