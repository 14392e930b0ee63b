//! Operation `schedule`: dates, weights or a history in; decisions whether to rebalance, each with its reason, out (K5).

use super::{Request, VERSION};
use crate::capital::schedule::{Decision, Schedule, Weights, drifted};
use crate::config::OperationConfig;
use crate::config::compat::Compat;
use crate::config::schedule::ScheduleConfig;
use crate::error::{Code, Fault, Faults, Problem};
use crate::frame::ReturnBook;
use crate::money::Share;
use crate::units::{UnixNanos, name_fault};
use crate::wire::{At, Choice, Decode, Fields, Json, choice};
use serde::Serialize;
use std::collections::BTreeMap;

/// Most steps, or days of a plan.
pub const CHECKS_MAX: usize = 100_000;

/// Most weights of one request.
pub const WEIGHTS_MAX: usize = 1_000_000;

/// Most strategies of one plan.
pub const STRATEGIES_MAX: usize = 1_000;

choice! {
    /// What a step does.
    pub enum ScheduleAction {
        /// Asks whether to rebalance, with the weights `current` held and their `target`, if there are any.
        Check = "check",
        /// Says that a rebalance was carried out.
        Rebalanced = "rebalanced",
    }
}

/// One step of a history.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", serde(deny_unknown_fields))]
pub struct ScheduleStep {
    /// `check`: the weights held.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", serde(default))]
    pub current: Option<Weights>,
    /// What the step does.
    #[serde(rename = "do")]
    pub action: ScheduleAction,
    /// `check`: the target weights.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", serde(default))]
    pub target: Option<Weights>,
    /// When.
    pub time: UnixNanos,
}

impl Decode for ScheduleStep {
    fn decode(json: &Json, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::open(json, at, faults)?;
        let current = fields.optional("current", None, at, faults);
        let word = fields.required_raw("do", at, faults);
        let action = word.and_then(|word| ScheduleAction::decode_word(word, &at.key("do"), faults));
        let target = fields.optional("target", None, at, faults);
        let time = fields.required("time", at, faults);
        fields.close(at, faults);
        Some(ScheduleStep { current: current?, action: action?, target: target?, time: time? })
    }
}

/// A request for decisions: a history of `steps`, or a plan for every trading day `from` a date `to` another.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", serde(deny_unknown_fields))]
pub struct ScheduleRequest {
    /// Settings.
    #[cfg_attr(feature = "schema", serde(default))]
    pub config: ScheduleConfig,
    /// First day of the plan.
    #[cfg_attr(feature = "schema", serde(default))]
    pub from: Option<UnixNanos>,
    /// The last rebalance before everything else; null where there was none.
    #[cfg_attr(feature = "schema", serde(default))]
    pub last_rebalance: Option<UnixNanos>,
    /// Plan: returns by strategy, by which weights drift away from `target` between rebalances.
    #[cfg_attr(feature = "schema", serde(default))]
    pub returns: ReturnBook,
    /// The history, in the order in which it happened.
    #[cfg_attr(feature = "schema", serde(default))]
    pub steps: Vec<ScheduleStep>,
    /// Plan: the weights to which every rebalance brings the strategies.
    #[cfg_attr(feature = "schema", serde(default))]
    pub target: Weights,
    /// Last day of the plan.
    #[cfg_attr(feature = "schema", serde(default))]
    pub to: Option<UnixNanos>,
    /// 1.
    pub version: u32,
}

/// Decisions.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ScheduleResult {
    /// One for each check, in their order.
    pub decisions: Vec<Decision>,
    /// The last rebalance at the end.
    pub last_rebalance: Option<UnixNanos>,
    /// When the frequency asks next, unless a drift does before; null before the first rebalance.
    pub next: Option<UnixNanos>,
    /// How many decisions were to rebalance.
    pub rebalances: u32,
    /// What is worth knowing and refuses nothing.
    pub warnings: Vec<Fault>,
}

/// The answer with its digest.
pub type ScheduleResponse = super::Answer<ScheduleResult>;

/// Decides when to rebalance.
///
/// # Errors
/// Settings outside their range, steps that cannot be read, neither steps nor a plan.
pub fn schedule(request: &ScheduleRequest) -> Result<ScheduleResponse, Problem> {
    request.answer()
}

impl ScheduleRequest {
    /// A plan for every trading day between two days, with default settings.
    pub fn plan(from: UnixNanos, to: UnixNanos) -> Self {
        ScheduleRequest {
            config: ScheduleConfig::default(),
            from: Some(from),
            last_rebalance: None,
            returns: ReturnBook::default(),
            steps: Vec::new(),
            target: Weights::new(),
            to: Some(to),
            version: VERSION,
        }
    }

    fn validate(&self, faults: &mut Faults) {
        let at = At::Root;
        self.config.validate(&at.key("config"), faults);
        match (self.from, self.to, self.steps.is_empty()) {
            (None, None, true) => faults.push(Fault::new(
                Code::Empty,
                at.key("steps"),
                "There is nothing to decide.",
                "Give steps, or a plan by \"from\" and \"to\".",
            )),
            (None, None, false) => {
                for (field, given) in [("returns", !self.returns.is_empty()), ("target", !self.target.is_empty())] {
                    if given {
                        let message = format!("{field} belongs to a plan, and steps are given.");
                        let hint = "Give weights with each step, or \"from\" and \"to\" instead of steps.";
                        faults.push(Fault::new(Code::Conflict, at.key(field), message, hint));
                    }
                }
            }
            (_, _, false) => faults.push(Fault::new(
                Code::Conflict,
                at.key("steps"),
                "Steps and a plan are given.",
                "Give steps, or \"from\" and \"to\"; ask twice for both.",
            )),
            (Some(from), Some(to), true) => {
                if from.days() > to.days() {
                    let message = format!("The plan ends on {to} and begins on {from}.");
                    faults.push(Fault::new(Code::Conflict, at.key("to"), message, "Give a last day after the first."));
                }
            }
            (from, _, true) => {
                let missing = if from.is_none() { "from" } else { "to" };
                let message = format!("The plan has no {missing:?}.");
                faults.push(Fault::new(Code::MissingField, at.key(missing), message, "Give the first and the last day."));
            }
        }
        let days = self.from.zip(self.to).map_or(0, |(from, to)| to.days() - from.days() + 1);
        let weights: usize = self.steps.iter().flat_map(|step| [&step.current, &step.target]).flatten().map(BTreeMap::len).sum();
        for (field, what, count, most) in [
            ("steps", "steps", self.steps.len(), CHECKS_MAX),
            ("steps", "weights", weights, WEIGHTS_MAX),
            ("to", "days", usize::try_from(days).unwrap_or(0), CHECKS_MAX),
            ("target", "strategies", self.target.len(), STRATEGIES_MAX),
            ("returns", "strategies", self.returns.len(), STRATEGIES_MAX),
        ] {
            if count > most {
                let message = format!("{count} {what}, and {most} are the most.");
                faults.push(Fault::new(Code::LimitExceeded, at.key(field), message, "Split the request."));
            }
        }
        let steps = at.key("steps");
        for (i, step) in self.steps.iter().enumerate() {
            let here = steps.index(i);
            let weighed = [("current", &step.current), ("target", &step.target)];
            if let [(_, Some(_)), (missing, None)] | [(missing, None), (_, Some(_))] = weighed {
                let message = format!("A drift needs current and target weights, and {missing} is missing.");
                faults.push(Fault::new(Code::MissingField, here.key(missing), message, "Give both, or neither."));
            }
            for (field, weights) in weighed {
                if weights.is_some() && step.action == ScheduleAction::Rebalanced {
                    let message = format!("A step of \"rebalanced\" has no {field}.");
                    faults.push(Fault::new(Code::Conflict, here.key(field), message, "Take it out, or write \"do\": \"check\"."));
                }
                check_weights(&here.key(field), weights.as_ref(), faults);
            }
        }
        let target = at.key("target");
        check_weights(&target, Some(&self.target), faults);
        let total: Share = self.target.values().copied().sum();
        if total > Share::ONE + Share::from_units(10_000) {
            let message = format!("The target weights sum to {}.", total.percent());
            faults.push(Fault::new(Code::Conflict, target, message, "Lower them until their sum is at most 1."));
        }
        for name in self.target.keys().filter(|name| !self.returns.is_empty() && self.returns.get(name).is_none()) {
            let message = format!("{name:?} has a target and no returns, so that its weight could not drift.");
            faults.push(Fault::new(Code::NotFound, target.key(name), message, "Give its returns, or take it out."));
        }
    }

    /// A decision for every trading day of the plan.
    fn planned(&self, schedule: &Schedule<'_>, from: UnixNanos, to: UnixNanos) -> (Vec<Decision>, Option<UnixNanos>) {
        let every_day = !self.config.trading_days_only;
        let mut last = self.last_rebalance;
        let target: BTreeMap<String, f64> = self.target.iter().map(|(name, share)| (name.clone(), share.to_f64())).collect();
        let mut held = last.map(|_| target.clone());
        let mut history = History::of(&self.returns);
        if let Some(last) = last {
            history.skip_to(last);
        }
        let mut decisions = Vec::new();
        for day in from.days()..=to.days() {
            let Some(time) = UnixNanos::from_days(day) else { continue };
            if let Some(held) = &mut held {
                history.grow(held, day);
            }
            if !every_day && !schedule.calendar().is_open(day) {
                continue;
            }
            let current: Option<Weights> = held.as_ref().filter(|held| !held.is_empty()).map(|held| {
                held.iter().map(|(name, weight)| (name.clone(), Share::from_f64(*weight).unwrap_or_default())).collect()
            });
            let decision = schedule.decide(time, last, current.as_ref().map(|current| (current, &self.target)));
            if decision.rebalance && self.config.assume_done {
                last = Some(time);
                held = Some(target.clone());
                history.skip_to(time);
            }
            decisions.push(decision);
        }
        (decisions, last)
    }

    /// A decision for every check of the history.
    fn told(&self, schedule: &Schedule<'_>) -> (Vec<Decision>, Option<UnixNanos>) {
        let mut last = self.last_rebalance;
        let mut decisions = Vec::new();
        for step in &self.steps {
            if step.action == ScheduleAction::Rebalanced {
                last = Some(step.time);
                continue;
            }
            let decision = schedule.decide(step.time, last, step.current.as_ref().zip(step.target.as_ref()));
            if decision.rebalance && self.config.assume_done {
                last = Some(step.time);
            }
            decisions.push(decision);
        }
        (decisions, last)
    }
}

fn check_weights(at: &At<'_>, weights: Option<&Weights>, faults: &mut Faults) {
    for (name, weight) in weights.into_iter().flatten() {
        if let Some(why) = name_fault(name) {
            let message = format!("The name {name:?} {why}.");
            faults.push(Fault::new(Code::InvalidName, at.key(name), message, "Give the strategy a plain name."));
        }
        if weight.is_negative() || *weight > Share::whole(100) {
            let message = format!("The weight of {name} is {weight}.");
            faults.push(Fault::new(Code::OutOfRange, at.key(name), message, "Give a fraction of the capital: 0.25 is 25 %."));
        }
    }
}

/// Returns by day, walked through once.
struct History<'a> {
    series: Vec<(&'a crate::frame::Series, usize)>,
}

impl<'a> History<'a> {
    fn of(returns: &'a ReturnBook) -> Self {
        History { series: returns.series().iter().map(|series| (series, 0)).collect() }
    }

    /// Leaves out what was earned until the end of a day.
    fn skip_to(&mut self, time: UnixNanos) {
        for (series, at) in &mut self.series {
            *at = (*at).max(series.times.partition_point(|date| date.days() <= time.days()));
        }
    }

    /// Lets weights grow by the returns until the end of a day, date by date.
    fn grow(&mut self, held: &mut BTreeMap<String, f64>, day: i64) {
        loop {
            let next = self.series.iter().filter_map(|(series, at)| series.times.get(*at)).min().copied();
            let Some(next) = next.filter(|next| next.days() <= day) else { return };
            let mut earned: BTreeMap<&str, f64> = BTreeMap::new();
            for (series, at) in &mut self.series {
                if series.times.get(*at) == Some(&next) {
                    earned.insert(&series.name, series.values[*at]);
                    *at += 1;
                }
            }
            *held = drifted(held, |name| earned.get(name).copied());
        }
    }
}

impl Request for ScheduleRequest {
    const OPERATION: &'static str = "schedule";
    type Config = ScheduleConfig;
    type Result = ScheduleResult;

    fn decode(fields: &mut Fields<'_>, compat: Option<Compat>, faults: &mut Faults) -> Option<Self> {
        let at = At::Root;
        let config = super::decode_config::<ScheduleConfig>(fields, compat, faults);
        let from = fields.optional("from", None, &at, faults);
        let last_rebalance = fields.optional("last_rebalance", None, &at, faults);
        let returns = fields.optional("returns", ReturnBook::default(), &at, faults);
        let steps = fields.optional("steps", Vec::new(), &at, faults);
        let target = fields.optional("target", Weights::new(), &at, faults);
        let to = fields.optional("to", None, &at, faults);
        let mut request = ScheduleRequest {
            config: config?,
            from: from?,
            last_rebalance: last_rebalance?,
            returns: returns?,
            steps: steps?,
            target: target?,
            to: to?,
            version: VERSION,
        };
        request.config.sort();
        request.validate(faults);
        Some(request)
    }

    fn run(&self) -> Result<ScheduleResult, Problem> {
        let mut faults = Faults::new();
        self.validate(&mut faults);
        faults.finish(Some(()))?;
        let schedule = Schedule::new(&self.config);
        let (decisions, last_rebalance) = match self.from.zip(self.to) {
            Some((from, to)) => self.planned(&schedule, from, to),
            None => self.told(&schedule),
        };
        let asked = decisions.iter().map(|decision| decision.time.days()).max();
        let next = last_rebalance.and_then(|last| schedule.next(asked.unwrap_or(last.days()).max(last.days()), last));
        Ok(ScheduleResult {
            rebalances: decisions.iter().filter(|decision| decision.rebalance).count() as u32,
            decisions,
            last_rebalance,
            next,
            warnings: Vec::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(text: &str) -> ScheduleResult {
        let request = ScheduleRequest::from_json(text.as_bytes()).unwrap();
        request.answer().unwrap().result
    }

    fn days_of(result: &ScheduleResult) -> Vec<String> {
        let done = result.decisions.iter().filter(|decision| decision.rebalance);
        done.map(|decision| format!("{} {}", decision.time, decision.trigger.as_str())).collect()
    }

    #[test]
    fn a_plan_names_the_first_trading_day_of_each_month() {
        let result = answer(
            r#"{"version":1,"from":"2024-05-28","to":"2024-09-30","last_rebalance":"2024-05-02",
                "config":{"calendar":{"holidays":["2024-09-02"]}}}"#,
        );
        assert_eq!(
            days_of(&result),
            ["2024-06-03 frequency", "2024-07-01 frequency", "2024-08-01 frequency", "2024-09-03 frequency"]
        );
        assert_eq!((result.rebalances, result.next), (4, UnixNanos::parse("2024-10-01")));
        // Saturdays, Sundays and the holiday are not asked.
        assert_eq!(result.decisions.len(), 89);
    }

    #[test]
    fn weights_drift_until_the_threshold_is_passed() {
        // Half in a, half in cash; +10 % a day: 0.55/1.05 = 0.5238, then 0.605/1.105 = 0.5475, then 0.5710: beyond 0.05 on the third day.
        let result = answer(
            r#"{"version":1,"from":"2024-05-06","to":"2024-05-10","last_rebalance":"2024-05-03",
                "config":{"drift_threshold":0.05,"cooldown_days":0},"target":{"a":0.5},
                "returns":{"a":[["2024-05-03",0.5],["2024-05-06",0.1],["2024-05-07",0.1],["2024-05-08",0.1],["2024-05-09",0.1]]}}"#,
        );
        assert_eq!(days_of(&result), ["2024-05-08 drift"]);
        assert_eq!(result.decisions[2].reason, "Allocation drift (7.1% > 5.0%)");
        // After it the weights stand at their target and drift anew.
        assert!((result.decisions[3].drift.unwrap() - (0.55 / 1.05 - 0.5)).abs() < 1e-15);
    }

    #[test]
    fn a_history_tells_what_was_done() {
        let result = answer(
            r#"{"version":1,"config":{"frequency":"weekly","assume_done":false},"steps":[
                {"do":"check","time":"2023-01-02"},{"do":"check","time":"2023-01-03"},{"do":"rebalanced","time":"2023-01-04"},
                {"do":"check","time":"2023-01-09"},{"do":"check","time":"2023-01-11"}]}"#,
        );
        let reasons: Vec<&str> = result.decisions.iter().map(|decision| decision.reason.as_str()).collect();
        assert_eq!(
            reasons,
            ["Initial rebalancing", "Initial rebalancing", "Cooldown period (5/7 days)", "No trigger conditions met"]
        );
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        for (text, fault) in [
            (r#"{"version":1}"#, "/steps empty"),
            (r#"{"version":1,"from":"2024-01-01"}"#, "/to missing_field"),
            (r#"{"version":1,"from":"2024-02-01","to":"2024-01-01"}"#, "/to conflict"),
            (r#"{"version":1,"from":"1700-01-01","to":"2200-01-01"}"#, "/to limit_exceeded"),
            (
                r#"{"version":1,"steps":[{"do":"check","time":"2024-01-01","current":{"a":0.5}}]}"#,
                "/steps/0/target missing_field",
            ),
            (r#"{"version":1,"steps":[{"do":"check","time":"2024-01-01"}],"target":{"a":0.5}}"#, "/target conflict"),
            (r#"{"version":1,"from":"2024-01-01","to":"2024-01-05","target":{"a":0.7,"b":0.6}}"#, "/target conflict"),
            (
                r#"{"version":1,"from":"2024-01-01","to":"2024-01-05","target":{"a":0.7},"returns":{"b":[]}}"#,
                "/target/a not_found",
            ),
        ] {
            let problem = ScheduleRequest::from_json(text.as_bytes()).unwrap_err();
            let found = format!("{} {}", problem.problems[0].path, problem.problems[0].code);
            assert_eq!(found, fault, "{text}");
        }
    }
}
