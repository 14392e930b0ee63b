//! The production cycle of a portfolio: collect → blend → capital → risk overlay → limits → plan → record → submit, every step in the
//! journal with its digest.
//!
//! Everything that follows from a cycle (its runs, its alerts, its submission) is recorded in one transaction with the cycle itself, so a
//! crash leaves all of it or nothing. A strategy that never sent signals, or whose signals are stale, is treated as the portfolio's
//! settings say, and the step `collect` says what was done about each. A step that the settings leave out is in the record too, with the
//! reason. What a step answered is a run of its operation, so a replay computes it again; the digest of a step that is no operation is
//! that of its details.

mod chain;
mod collect;

use crate::http::{App, Reserve};
use crate::journal::{BlobId, Draft, Event, Step, digest_in};
use crate::monitor;
use crate::spans::{Context, Span};
use crate::submission::{self, Checked};
use allocator_core::Problem;
use allocator_core::wire::{parse, to_canonical_bytes};
use chain::{Chain, Inputs, Link};
use serde::Serialize;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};
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

/// Runs one cycle.
///
/// # Errors
/// `not_found` for a portfolio that is not configured; `missing_signals`, `stale_signals` where the policy is to abort, and what the
/// operations refuse: the journal holds the aborted cycle too. `overloaded`, `storage_full`: nothing was recorded.
pub async fn run(app: &App, portfolio: &str, cause: &str, actor: &str) -> Result<Outcome, Problem> {
    let start = Instant::now();
    let done = carry_out(app, portfolio, cause, actor).await;
    if let (Some(spans), Some(context)) = (&app.spans, Context::of(None)) {
        let outcome = done.as_ref().map_or_else(|problem| problem.code.as_str(), |outcome| outcome.outcome.as_str());
        let attributes = vec![
            ("allocator.portfolio", json!(portfolio)),
            ("allocator.cause", json!(cause)),
            ("allocator.outcome", json!(outcome)),
        ];
        let failed = done.as_ref().is_err_and(|problem| problem.status >= 500);
        spans.add(Span { context, name: "cycle".to_owned(), serves: false, took: start.elapsed(), attributes, failed });
    }
    done
}

async fn carry_out(app: &App, portfolio: &str, cause: &str, actor: &str) -> Result<Outcome, Problem> {
    let store = Arc::clone(app.store()?);
    let config = app.portfolio(portfolio)?.clone();
    let held = store.state().portfolios.get(portfolio).cloned().unwrap_or_default();
    let now_ns = store.clock().now_ns();
    let collected = collect::collect(&config, &held, now_ns)?;
    let mut chain = Chain::default();
    let mut refused = collected.refused;
    if refused.is_none() && !collected.used.is_empty() {
        let (kept, settings) = (Arc::clone(&store), config.clone());
        let inputs = Inputs {
            used: collected.used,
            returns: held.returns,
            split: held.split,
            held: held.held,
            before_ns: held.last_done_ns,
            now_ns,
        };
        // What is ours to mend comes as an error: the cycle did not happen, and can be asked for again.
        chain = app.gate().compute(Reserve::default(), move || chain::compute(&kept, &settings, &inputs)).await?;
        refused = chain.refused.as_ref().map(|(_, problem)| problem.clone());
    }
    let exposure = chain.is_whole().then(|| exposure_of_weights(chain.target.values().copied()));
    let aborted = refused.is_some();
    let record = Record {
        portfolio: portfolio.to_owned(),
        cause: cause.to_owned(),
        actor: actor.to_owned(),
        submits: config.submit,
        aborted,
    };
    let outcome = store.commit(move |draft| record.push(draft, collected.step, chain)).await?;
    app.metrics.count("allocator_cycles_total", &[("portfolio", portfolio), ("outcome", &outcome.outcome)]);
    app.note_alerts(portfolio, &outcome.alerts);
    note_exposure(app, portfolio, exposure);
    note_regime(app, portfolio, &outcome.steps);
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

/// What is to be recorded of a cycle besides what it computed.
struct Record {
    portfolio: String,
    cause: String,
    actor: String,
    submits: bool,
    aborted: bool,
}

impl Record {
    /// Adds everything that a cycle came to, the cycle itself last.
    fn push(self, draft: &mut Draft<'_>, collected: Step, chain: Chain) -> Result<Outcome, Problem> {
        let mut steps = vec![collected];
        let mut alerts = Vec::new();
        if let Some(watch) = &chain.watch {
            alerts = watch.raise(draft, &self.portfolio)?;
            let ids: Vec<&str> = alerts.iter().filter_map(|alert| alert["id"].as_str()).collect();
            steps.push(found("correlation", "done", json!({ "alerts": ids }))?);
        }
        // One key for each cycle: the entry that follows everything known now.
        let key = format!("cycle-{}", draft.state.seq + 1);
        let (whole, mut last) = (chain.is_whole(), None);
        for link in chain.links {
            match link {
                Link::Off { step, reason } => steps.push(found(step, "off", json!({ "reason": reason }))?),
                Link::Done { step, operation, request, response, mut detail } => {
                    let digest = digest_in(&response).ok_or_else(|| Problem::internal("the answer has no digest"))?;
                    let checked = Checked {
                        portfolio: self.portfolio.clone(),
                        key: key.clone(),
                        fingerprint: submission::fingerprint(operation, &digest),
                        operation: operation.to_owned(),
                        digest: digest.clone(),
                        request,
                        response,
                        actor: self.actor.clone(),
                        plan: None,
                        source: "cycle",
                    };
                    let run = submission::push_run(draft, &checked)?;
                    detail["run"] = json!(run);
                    steps.push(Step { name: step.to_owned(), outcome: "done".to_owned(), digest: Some(digest), detail });
                    last = Some((checked, run));
                }
            }
        }
        if let Some((step, problem)) = &chain.refused {
            steps.push(found(step, "refused", json!({ "code": problem.code.as_str(), "message": problem.message }))?);
        }
        let (mut run, mut id, mut digest) = (None, None, None);
        if let Some((mut checked, entry)) = last.filter(|_| whole) {
            let (outcome, mut detail) = chain.plan.unwrap_or_else(|| ("off", json!({})));
            detail["run"] = json!(entry);
            let plan = found("plan", outcome, detail)?;
            if outcome == "done" {
                checked.plan =
                    Some(json!({ "digest": plan.digest, "trades": plan.detail["trades"], "turnover": plan.detail["turnover"] }));
            }
            steps.push(plan);
            let of_run = |name: &str, detail: Value| Step {
                name: name.to_owned(),
                outcome: "done".to_owned(),
                digest: Some(checked.digest.clone()),
                detail,
            };
            steps.push(of_run("record", json!({ "run": entry })));
            if self.submits {
                let made = submission::push_submission(draft, &checked, entry)?;
                steps.push(of_run("submit", json!({ "run": entry, "submission": made.id })));
                id = Some(made.id);
            } else {
                steps.push(found("submit", "off", json!({ "reason": "The portfolio's setting submit is false." }))?);
            }
            (run, digest) = (Some(entry), Some(checked.digest));
        }
        let outcome = match run {
            _ if self.aborted => "aborted",
            Some(_) => "done",
            None => "empty",
        };
        let seq = draft.push(Event::Cycle {
            portfolio: self.portfolio.clone(),
            cause: self.cause,
            outcome: outcome.to_owned(),
            run,
            submission: id.clone(),
            steps: steps.clone(),
        });
        Ok(Outcome { alerts, digest, outcome: outcome.to_owned(), portfolio: self.portfolio, run, seq, steps, submission: id })
    }
}

/// A step that is no operation: its digest is SHA-256 of its details as canonical JSON.
fn found(name: &str, outcome: &str, detail: Value) -> Result<Step, Problem> {
    let digest = BlobId::of(&to_canonical_bytes(&detail)?).to_string();
    Ok(Step { name: name.to_owned(), outcome: outcome.to_owned(), digest: Some(digest), detail })
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

/// Gross and net of an allocation; nothing for a split of capital, which is no portfolio.
pub(crate) fn exposure_of(operation: &str, response: &[u8]) -> Option<(f64, f64)> {
    let answer = parse(response).ok()?;
    let weights = submission::allocation(operation, &answer);
    (operation != "capital").then(|| exposure_of_weights(weights.into_iter().map(|(_, weight)| weight)))
}

fn exposure_of_weights(weights: impl Iterator<Item = f64>) -> (f64, f64) {
    weights.fold((0.0, 0.0), |(gross, net), weight| (gross + weight.abs(), net + weight))
}

/// Shows what a portfolio is to hold.
pub(crate) fn note_exposure(app: &App, portfolio: &str, exposure: Option<(f64, f64)>) {
    if let Some((gross, net)) = exposure {
        app.metrics.set("allocator_exposure", &[("portfolio", portfolio), ("side", "gross")], gross);
        app.metrics.set("allocator_exposure", &[("portfolio", portfolio), ("side", "net")], net);
    }
}

/// Shows the regime that the overlay found, and what it scaled by.
fn note_regime(app: &App, portfolio: &str, steps: &[Step]) {
    let Some(risk) = steps.iter().find(|step| step.name == "risk" && step.outcome == "done") else { return };
    if let Some(regime) = risk.detail["regime"].as_str() {
        app.metrics.set_word("allocator_regime", ("portfolio", portfolio), "regime", regime);
    }
    if let Some(scalar) = risk.detail["scalar"].as_f64() {
        app.metrics.set("allocator_risk_scalar", &[("portfolio", portfolio)], scalar);
    }
}

/// Writes the alerts of a cycle or operation to the log and counts them.
pub(crate) fn note_alerts(app: &App, scope: &str, alerts: &[Value]) {
    monitor::log(scope, alerts);
    for _ in alerts {
        app.metrics.count("allocator_alerts_total", &[("scope", scope)]);
    }
}
