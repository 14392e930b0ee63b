//! The methods that solve a programme: from the market and the limits to its numbers, and from its solution to a proposal.
//!
//! Strategies of which too little is known take no part: they stand at their least weight, and the others share what is left. Limits
//! enter the programme (K3), costs its objective (K4). Where limits contradict each other, the budget of turnover gives way first, then
//! the volatility, then the minimums of groups; the proposal says so, and what holds is still never exceeded.

mod black_litterman;
mod frontier;
mod log_growth;
mod max_diversification;
mod max_sharpe;
mod mean_variance;
mod min_tail;
mod min_variance;
mod robust;

pub use black_litterman::{BlackLitterman, posterior_of};
pub use frontier::{Frontier, FrontierConfig, FrontierPoint, frontier};
pub use log_growth::LogGrowth;
pub use max_diversification::MaxDiversification;
pub use max_sharpe::MaxSharpe;
pub use mean_variance::{MeanVariance, TargetReturn, TargetRisk};
pub use min_tail::{MinCdar, MinCvar};
pub use min_variance::MinVariance;
pub use robust::RobustMeanVariance;

use super::limits::percent;
use super::{Bound, CapitalStatus, Input, Joint, Placed, Proposal, Score};
use crate::config::capital::{AfterViews, CapitalMethod};
use crate::math;
use crate::optimise::{self, Costs, Group, Limit, Nothing, Solution, Status};
use crate::stats::Unknown;

/// The numbers of a programme, over the strategies that are known together.
struct Task<'a> {
    joint: &'a Joint,
    limits: optimise::Limits,
    costs: Costs,
    /// Risk-free rate per period.
    risk_free: f64,
    periods_per_year: f64,
}

impl Task<'_> {
    /// Returns by period, row after row.
    fn scenarios(&self) -> Vec<f64> {
        let days = self.joint.dates.len();
        (0..days).flat_map(|t| self.joint.columns.iter().map(move |column| column[t])).collect()
    }

    fn covariance(&self) -> &[f64] {
        self.joint.covariance.as_slice()
    }
}

/// Solves under the limits of `input`; `invested` is the method's own wish to invest everything.
fn solve(input: &Input<'_>, invested: bool, run: impl Fn(&Task<'_>) -> Solution) -> Proposal {
    let joint = match input.market.joint() {
        Ok(joint) => joint,
        Err(why) => return Proposal::unknown(input.count(), why),
    };
    let settings = &input.config.optimizer;
    let periods_per_year = input.config.periods_per_year;
    let n = joint.members.len();
    let horizon = f64::from(settings.horizon);
    let spread = |cost: f64| if cost > 0.0 { vec![cost / horizon; n] } else { Vec::new() };
    let mut task = Task {
        joint,
        limits: limits_of(input, joint, settings.fully_invested.unwrap_or(invested)),
        costs: Costs { linear: spread(settings.cost_linear), impact: spread(settings.cost_impact) },
        risk_free: input.config.risk_free / periods_per_year,
        periods_per_year,
    };
    let mut notes: Vec<String> = left_out(input).map(str::to_owned).into_iter().collect();
    let mut solution = run(&task);
    let gives_way: [(&str, fn(&mut optimise::Limits)); 3] = [
        ("turnover_max", |limits| limits.turnover_max = None),
        ("target_volatility", |limits| limits.volatility_max = None),
        ("the minimums of groups", |limits| limits.groups.iter_mut().for_each(|group| group.low = f64::NEG_INFINITY)),
    ];
    for (name, relax) in gives_way {
        let Status::Infeasible { conflicts, relaxation } = &solution.status else { break };
        let before = task.limits.clone();
        relax(&mut task.limits);
        if task.limits == before {
            continue;
        }
        let named: Vec<String> = conflicts.iter().map(|limit| said(*limit, input, joint)).collect();
        let by: Vec<String> = relaxation
            .iter()
            .map(|priced| format!("{} by {}", said(priced.limit, input, joint), percent(priced.amount)))
            .collect();
        notes.push(format!(
            "These limits cannot hold together: {}. Nearest to all holding: {}. Inside the programme {name} gave way.",
            named.join(", "),
            by.join(", ")
        ));
        solution = run(&task);
    }
    proposal(input, &task, &solution, notes)
}

/// Which costs that were set do not enter the programme of the method.
fn left_out(input: &Input<'_>) -> Option<&'static str> {
    let settings = &input.config.optimizer;
    let ratio = match input.method {
        CapitalMethod::MaxSharpe | CapitalMethod::MaxDiversification => true,
        CapitalMethod::BlackLitterman => input.config.black_litterman.then == AfterViews::MaxSharpe,
        _ => false,
    };
    let tail = matches!(input.method, CapitalMethod::MinCvar | CapitalMethod::MinCdar);
    if ratio && (settings.cost_linear > 0.0 || settings.cost_impact > 0.0) {
        Some("Costs enter the figures, not the ratio that was made greatest.")
    } else if tail && settings.cost_impact > 0.0 {
        Some("Impact enters the figures, not the programme; linear costs enter both.")
    } else {
        None
    }
}

/// The limits of the strategies that are known together; the others keep their least weight.
fn limits_of(input: &Input<'_>, joint: &Joint, invested: bool) -> optimise::Limits {
    let limits = input.limits;
    let member = |i: usize| joint.members.binary_search(&i).ok();
    let away = |of: &mut dyn Iterator<Item = usize>| math::sum(of.filter(|i| member(*i).is_none()).map(|i| limits.lower[i]));
    let set_aside = away(&mut (0..input.count()));
    let total = (limits.total - set_aside).max(0.0);
    let pick = |values: &[f64]| -> Vec<f64> { joint.members.iter().map(|i| values[*i]).collect() };
    let groups = limits.groups.iter().map(|group| {
        let outside = away(&mut group.members.iter().copied());
        let members = group.members.iter().filter_map(|i| member(*i)).collect();
        Group { members, low: if group.min > 0.0 { group.min - outside } else { f64::NEG_INFINITY }, high: group.max - outside }
    });
    let target = input.config.constraints.target_volatility.filter(|_| input.config.constraints.leverage_max <= 1.0);
    optimise::Limits {
        low: pick(&limits.lower),
        high: pick(&limits.upper),
        total_low: if invested { total } else { 0.0 },
        total_high: total,
        groups: groups.collect(),
        previous: limits.previous.as_ref().map_or_else(|| vec![0.0; joint.members.len()], |previous| pick(previous)),
        change_max: None,
        turnover_max: limits.turnover_max,
        gross_max: None,
        volatility_max: target.map(|target| target / input.config.periods_per_year.sqrt()),
    }
}

/// The name of a limit in the settings, the strategy it is about, and its value.
fn named(limit: Limit, input: &Input<'_>, joint: &Joint) -> (String, Option<usize>, f64) {
    let limits = input.limits;
    let of = |k: usize| joint.members[k];
    match limit {
        Limit::Minimum(k) => (String::from("min"), Some(of(k)), limits.lower[of(k)]),
        Limit::Maximum(k) | Limit::Change(k) => {
            let name = if limits.upper[of(k)] < limits.cap[of(k)] { "change_max" } else { "max" };
            (String::from(name), Some(of(k)), limits.upper[of(k)])
        }
        Limit::Invested | Limit::Total => (String::from("total"), None, limits.total),
        Limit::GroupMinimum(g) => (format!("groups.{}.min", limits.groups[g].name), None, limits.groups[g].min),
        Limit::GroupMaximum(g) => (format!("groups.{}.max", limits.groups[g].name), None, limits.groups[g].max),
        Limit::Turnover => (String::from("turnover_max"), None, limits.turnover_max.unwrap_or_default()),
        Limit::Gross => (String::from("gross"), None, limits.total),
        Limit::Volatility => {
            let settings = &input.config;
            let target = settings.constraints.target_volatility.unwrap_or(settings.optimizer.target_risk);
            (String::from("target_volatility"), None, target)
        }
        Limit::Return => (String::from("target_return"), None, input.config.optimizer.target_return),
    }
}

fn said(limit: Limit, input: &Input<'_>, joint: &Joint) -> String {
    let (name, strategy, _) = named(limit, input, joint);
    match strategy {
        Some(i) => format!("{name} of {}", input.market.names()[i]),
        None => name,
    }
}

fn proposal(input: &Input<'_>, task: &Task<'_>, solution: &Solution, mut notes: Vec<String>) -> Proposal {
    let joint = task.joint;
    let mut scores: Vec<Score> =
        (0..input.count()).map(|i| Score::unknown(input.market.unknown(i).unwrap_or(Unknown::NoCommonDates))).collect();
    for (k, i) in joint.members.iter().enumerate() {
        scores[*i] = Score::weighs(solution.weights[k]);
    }
    let status = match &solution.status {
        Status::Optimal => CapitalStatus::Optimal,
        Status::Stalled => {
            notes.push(format!("The steps were used up; the objective may be better by {:.1e} at most.", solution.gap));
            CapitalStatus::Optimal
        }
        Status::Capped { causes } => {
            let causes: Vec<String> = causes.iter().map(|limit| said(*limit, input, joint)).collect();
            if !causes.is_empty() {
                notes.push(format!("What keeps money in cash: {}.", causes.join(", ")));
            }
            CapitalStatus::InfeasibleCapped
        }
        other => {
            notes.push(String::from(match other {
                Status::Undefined(Nothing::NoEdge) => {
                    "No portfolio within the limits is expected to earn more than the risk-free rate."
                }
                Status::Undefined(Nothing::NoRisk) => {
                    "A portfolio without risk earns more than the risk-free rate: the ratio has no maximum."
                }
                Status::Undefined(Nothing::Ruin) => {
                    "Every portfolio within the limits loses everything in some period of the history."
                }
                Status::NotConvex => {
                    "The covariance is not positive semi-definite; take the estimator `pairwise` or another that is."
                }
                _ => "The limits leave no room for any portfolio.",
            }));
            // Nobody weighs anything: the status says that there is no edge, or the settings that all share alike.
            return Proposal { notes, ..Proposal::proportions(scores) };
        }
    };
    let mut weights: Vec<f64> = input.limits.lower.clone();
    for (k, i) in joint.members.iter().enumerate() {
        weights[*i] = solution.weights[k];
    }
    let root = task.periods_per_year.sqrt();
    let bound = |priced: &optimise::Priced| {
        let (limit, strategy, value) = named(priced.limit, input, joint);
        // A price per unit of what the settings say, which is a year.
        let price = match priced.limit {
            Limit::Volatility => priced.amount / root,
            Limit::Return => priced.amount / task.periods_per_year,
            _ => priced.amount,
        };
        Bound { limit, strategy, value, shadow_price: Some(price) }
    };
    let bindings: Vec<Bound> = solution.binding.iter().map(bound).collect();
    let cost = task.costs.of(&task.limits.previous, &solution.weights) * f64::from(input.config.optimizer.horizon);
    if cost > 0.0 {
        let gross = math::dot(&joint.mean, &solution.weights) * task.periods_per_year;
        let year = cost * task.periods_per_year / f64::from(input.config.optimizer.horizon);
        notes.push(format!(
            "The trades cost {} of the capital; the expected return is {} a year before and {} after costs.",
            percent(cost),
            percent(gross),
            percent(gross - year)
        ));
    }
    Proposal { notes, placed: Some(Placed { weights, bindings, status }), ..Proposal::proportions(scores) }
}
