//! From a proposal to what is held: limits, status, what binds, cash and its causes, and the figures of the result.

use super::adjust::{scale, scaling, within_turnover, without_small_trades};
use super::explain::{reason_of, summary};
use super::figures::{CapitalFigures, expected_volatility, figures, risk_contributions};
use super::fill::{Filled, fill, shave};
use super::limits::{Conflict, Limits, percent};
use super::market::Market;
use super::{Deploy, Input, Placed, Proposal, Score, algorithm};
use crate::config::blend::NoEdge;
use crate::config::capital::{CapitalConfig, CapitalMethod, ConstraintOrder, MarketRegime};
use crate::math;
use crate::stats::Unknown;
use crate::wire::choice;
use serde::Serialize;

choice! {
    /// How an allocation ended.
    pub enum CapitalStatus {
        /// The rule's answer within all limits.
        Optimal = "optimal",
        /// The maximums leave no room for everything: each is at its maximum and the rest is cash.
        InfeasibleCapped = "infeasible_capped",
        /// Limits contradict each other; one gave way, and `conflicts` says which.
        LimitsConflict = "limits_conflict",
        /// No strategy has an edge by the rule's measure; nothing is deployed beyond minimums.
        NoEdge = "no_edge",
        /// Of no strategy enough is known; nothing is deployed beyond minimums.
        InsufficientHistory = "insufficient_history",
        /// There are no strategies.
        Empty = "empty",
    }
}

/// A limit that binds, by index; what an optimiser answers.
#[derive(Clone, Debug, PartialEq)]
pub struct Bound {
    /// The limit's name as in the settings.
    pub limit: String,
    /// The strategy it binds.
    pub strategy: Option<usize>,
    /// Its value.
    pub value: f64,
    /// What the objective would gain from a unit more of it.
    pub shadow_price: Option<f64>,
}

impl Bound {
    /// A limit of one strategy, without a price.
    pub fn of_strategy(limit: &str, strategy: usize, value: f64) -> Self {
        Bound { limit: limit.to_owned(), strategy: Some(strategy), value, shadow_price: None }
    }
}

/// A limit that binds.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Binding {
    /// The limit's name as in the settings: `max`, `groups.equity.max`, `turnover_max` …
    pub limit: String,
    /// What the objective would gain from a unit more of it; null for rules that are no optimisers.
    pub shadow_price: Option<f64>,
    /// The strategy it binds; null for a limit of the whole or of a group.
    pub strategy: Option<String>,
    /// Its value.
    pub value: f64,
}

/// A part of the cash, with its cause.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CashReason {
    /// Fraction of the capital.
    pub amount: f64,
    /// `reserve`, `plan`, `sizes`, `no_edge`, `unknown`, `caps`, `target_volatility` or `trading`.
    pub reason: String,
    /// In a sentence.
    pub text: String,
}

/// The figure behind a strategy's weight.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ScoreFigure {
    /// Observations that it was computed from; null for a figure that was given.
    pub n: Option<u32>,
    /// `volatility`, `sharpe`, `return`, `kelly_fraction`, `current_drawdown`, `risk_budget` or `planned_weight`.
    pub name: String,
    /// The figure; rates and volatilities are a year.
    pub value: f64,
}

/// What one strategy gets.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Allocation {
    /// Change against what is held; null where nothing was said to be held.
    pub change: Option<f64>,
    /// Least weight that limits ask for.
    pub lower: f64,
    /// What is held; null where nothing was said to be held.
    pub previous: Option<f64>,
    /// Share by the rule alone, before limits; null where the strategy's statistic is unknown.
    pub proportion: Option<f64>,
    /// Share in the variance of the whole; null where that is unknown.
    pub risk_contribution: Option<f64>,
    /// The figure behind the weight.
    pub statistic: Option<ScoreFigure>,
    /// The strategy.
    pub strategy: String,
    /// Why its statistic is unknown; null where it is known.
    pub unknown: Option<Unknown>,
    /// Most weight that limits allow.
    pub upper: f64,
    /// Fraction of the capital.
    pub weight: f64,
    /// Why it gets this, in a sentence.
    pub why: String,
}

/// The answer of one method.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Outcome {
    /// What each strategy gets, by name.
    pub allocations: Vec<Allocation>,
    /// Which limits bind.
    pub bindings: Vec<Binding>,
    /// What stays in cash; negative where more than the capital is placed.
    pub cash: f64,
    /// Why, in the order in which the money meets it; the amounts sum to the cash.
    pub cash_reasons: Vec<CashReason>,
    /// Limits that could not hold together.
    pub conflicts: Vec<Conflict>,
    /// What was done and what came of it, in sentences.
    pub explanation: Vec<String>,
    /// Figures of the whole.
    pub figures: CapitalFigures,
    /// Newest returns that the method looked at; null for all.
    pub lookback: Option<u32>,
    /// The method.
    pub method: CapitalMethod,
    /// How it ended.
    pub status: CapitalStatus,
}

/// Splits capital by a method under the limits of the settings. `previous` is what is held, parallel to the market's names.
pub fn allocate(
    market: &Market<'_>,
    config: &CapitalConfig,
    method: CapitalMethod,
    previous: Option<&[f64]>,
    regime: Option<MarketRegime>,
) -> Outcome {
    let names = market.names();
    let rule = algorithm(method);
    let jointly: Vec<bool> = (0..names.len()).map(|i| market.unknown(i).is_none()).collect();
    let limits = Limits::resolve(config, names, &jointly, 0.0, previous);
    let mut proposal = rule.propose(&Input { market, config, method, limits: &limits, regime });
    let known: Vec<bool> = proposal.scores.iter().map(|score| score.unknown.is_none()).collect();
    let limits = Limits::resolve(config, names, &known, proposal.floor, previous);
    let edge = edge_of(&mut proposal, config, names.len());
    let mut money = Money::new(config, &limits, &proposal);
    let mut weights = money.place(config, &limits, &proposal);
    let mut bindings = money.bindings(&limits, &weights, &proposal);
    if let Err(why) = money.volatility(config, market, &limits, &mut weights, &mut bindings) {
        proposal.notes.push(format!("Whether target_volatility holds is unknown: {}", why.reason()));
    }
    trim(&mut weights, &limits, money.most);
    let conflicts = money.trade(&limits, &mut weights, &mut bindings);
    for weight in &mut weights {
        // Minus zero is zero.
        *weight += 0.0;
    }
    let conflicts: Vec<Conflict> = limits.conflicts.iter().cloned().chain(conflicts).collect();
    let gross = weights.iter().fold(0.0, |sum, weight| sum + weight);
    let cash = if (1.0 - gross).abs() < 1e-12 { 0.0 } else { 1.0 - gross };
    // The maximums leave no room only where they do not for all together; else it is the rule that wants no more of anyone left.
    let room = math::sum(limits.upper.iter().copied());
    let capped = money.short_of_target() > 1e-12 && room < money.target - 1e-12;
    let status = match (edge, &proposal.placed) {
        _ if names.is_empty() => CapitalStatus::Empty,
        _ if !conflicts.is_empty() => CapitalStatus::LimitsConflict,
        (Some(status), _) => status,
        // Everyone at its maximum is no choice of cash, even for a method that may choose it.
        (None, Some(placed)) if placed.status == CapitalStatus::Optimal && capped && money.placed >= room - 1e-12 => {
            CapitalStatus::InfeasibleCapped
        }
        (None, Some(placed)) => placed.status,
        (None, None) if capped => CapitalStatus::InfeasibleCapped,
        (None, None) => CapitalStatus::Optimal,
    };
    let named = |bound: Bound| Binding {
        limit: bound.limit,
        shadow_price: bound.shadow_price,
        strategy: bound.strategy.map(|i| names[i].clone()),
        value: bound.value,
    };
    let bindings: Vec<Binding> = bindings.into_iter().map(named).collect();
    let cash_reasons = money.reasons(cash, edge);
    let contributions = risk_contributions(market, &weights).ok();
    let total = math::sum(proposal.scores.iter().map(|score| score.base));
    let allocations: Vec<Allocation> = (0..names.len())
        .map(|i| row(i, names, &weights, &proposal, total, &limits, previous, contributions.as_deref(), &bindings))
        .collect();
    let explanation = summary(rule.sentence(), &proposal.notes, status, &allocations, &cash_reasons, &conflicts, &bindings);
    Outcome {
        figures: figures(market, &weights, previous),
        allocations,
        bindings,
        cash,
        cash_reasons,
        conflicts,
        explanation,
        lookback: config.lookback_of(method),
        method,
        status,
    }
}

/// Takes rounding off sums that are above their limit: optimisers and scaling add up in another order.
fn trim(weights: &mut [f64], limits: &Limits, most: f64) {
    let all: Vec<usize> = (0..weights.len()).collect();
    shave(weights, &all, most, limits);
    for group in &limits.groups {
        shave(weights, &group.members, group.max, limits);
    }
}

#[allow(clippy::too_many_arguments, reason = "all of it is what one row shows")]
fn row(
    i: usize,
    names: &[String],
    weights: &[f64],
    proposal: &Proposal,
    total: f64,
    limits: &Limits,
    previous: Option<&[f64]>,
    contributions: Option<&[f64]>,
    bindings: &[Binding],
) -> Allocation {
    let score = &proposal.scores[i];
    let mut row = Allocation {
        change: previous.map(|previous| weights[i] - previous[i]),
        lower: limits.lower[i],
        previous: previous.map(|previous| previous[i]),
        proportion: match score.unknown {
            None if total > 0.0 => Some(score.base / total),
            None => Some(0.0),
            Some(_) => None,
        },
        risk_contribution: contributions.map(|all| all[i]),
        statistic: score.figure.map(|(name, value, n)| ScoreFigure { n, name: name.to_owned(), value }),
        strategy: names[i].clone(),
        unknown: score.unknown,
        upper: limits.upper[i],
        weight: weights[i],
        why: String::new(),
    };
    let binding = bindings.iter().find(|binding| binding.strategy.as_deref() == Some(names[i].as_str()));
    row.why = reason_of(&row, binding.map(|binding| binding.limit.as_str()));
    row
}

/// What is to be said where no strategy weighs anything; equal weight is put in where settings ask for it.
fn edge_of(proposal: &mut Proposal, config: &CapitalConfig, count: usize) -> Option<CapitalStatus> {
    if count == 0 || proposal.placed.is_some() || proposal.scores.iter().any(|score| score.base > 0.0) {
        return None;
    }
    if proposal.scores.iter().all(|score| score.unknown.is_some()) {
        return Some(CapitalStatus::InsufficientHistory);
    }
    match proposal.deploy {
        // A plan of nothing is a plan.
        Deploy::UpTo(_) => None,
        Deploy::All if config.no_edge == NoEdge::Equal => {
            for score in &mut proposal.scores {
                if score.unknown.is_none() {
                    *score = Score { base: 1.0, ..score.clone() };
                }
            }
            proposal.notes.push(String::from("No strategy has an edge: they share equally, as no_edge says."));
            None
        }
        Deploy::All | Deploy::Sizes => Some(CapitalStatus::NoEdge),
    }
}

/// The way of the money, for the causes of cash.
struct Money {
    reserve: f64,
    /// What may be placed.
    total: f64,
    /// What the rule wants to place.
    target: f64,
    /// Whether the target is below the total because a plan or sizes say so.
    wants_less: Option<&'static str>,
    placed: f64,
    exposed: f64,
    /// Exposure that leverage allows.
    most: f64,
    traded: f64,
    base: Vec<f64>,
    filled: Option<Filled>,
}

impl Money {
    fn new(config: &CapitalConfig, limits: &Limits, proposal: &Proposal) -> Self {
        let mut base: Vec<f64> = proposal.scores.iter().map(|score| score.base).collect();
        let sum = math::sum(base.iter().copied());
        let (target, wants_less) = match proposal.deploy {
            Deploy::UpTo(plan) if plan < limits.total => (plan, Some("plan")),
            Deploy::Sizes if sum < limits.total => (sum, Some("sizes")),
            Deploy::All | Deploy::UpTo(_) => (limits.total, None),
            Deploy::Sizes => {
                // Scaled down together, never clamped one by one and blown up again.
                let factor = limits.total / sum;
                for base in &mut base {
                    *base *= factor;
                }
                (limits.total, None)
            }
        };
        // Minimums are placed whatever the rule wants.
        let least =
            math::sum(limits.lower.iter().copied()).max(math::sum(limits.groups.iter().map(|group| group.min)).min(limits.total));
        let target = target.max(least.min(limits.total));
        Money {
            reserve: config.constraints.cash_reserve,
            total: limits.total,
            target,
            wants_less,
            placed: 0.0,
            exposed: 0.0,
            most: limits.total,
            traded: 0.0,
            base,
            filled: None,
        }
    }

    fn place(&mut self, config: &CapitalConfig, limits: &Limits, proposal: &Proposal) -> Vec<f64> {
        let weights = if let Some(Placed { weights, .. }) = &proposal.placed {
            weights.clone()
        } else if let Some(weights) = clamped(&self.base, limits, self.target, config.constraints.order) {
            weights
        } else {
            let own: Limits;
            let limits = if proposal.deploy == Deploy::Sizes {
                // No strategy gets more than its size for another's being capped.
                let mut upper: Vec<f64> =
                    (0..self.base.len()).map(|i| limits.upper[i].min(self.base[i].max(limits.lower[i]))).collect();
                for group in &limits.groups {
                    // But the least of a group is placed whatever the sizes are.
                    if math::sum(group.members.iter().map(|&i| upper[i])) < group.min {
                        group.members.iter().for_each(|&i| upper[i] = limits.upper[i]);
                    }
                }
                own = Limits { upper, ..limits.clone() };
                &own
            } else {
                limits
            };
            // Where nothing weighs, only minimums are placed.
            let filled = fill(&self.base, limits, self.target);
            let weights = filled.weights.clone();
            self.filled = Some(filled);
            weights
        };
        self.placed = math::sum(weights.iter().copied());
        self.exposed = self.placed;
        self.traded = self.placed;
        weights
    }

    fn short_of_target(&self) -> f64 {
        self.target - self.placed
    }

    /// Which limits stopped strategies or held them up.
    fn bindings(&self, limits: &Limits, weights: &[f64], proposal: &Proposal) -> Vec<Bound> {
        if let Some(Placed { bindings, .. }) = &proposal.placed {
            return bindings.clone();
        }
        let sum = math::sum(self.base.iter().copied());
        let mut found = Vec::new();
        for i in 0..weights.len() {
            let wanted = if sum > 0.0 { self.base[i] / sum * self.target } else { 0.0 };
            if weights[i] >= limits.upper[i] && wanted > limits.upper[i] && proposal.scores[i].unknown.is_none() {
                let limit = if limits.upper[i] < limits.cap[i] { "change_max" } else { "max" };
                found.push(Bound::of_strategy(limit, i, limits.upper[i]));
            } else if limits.lower[i] > 0.0 && weights[i] <= limits.lower[i] && wanted < limits.lower[i] {
                found.push(Bound::of_strategy("min", i, limits.lower[i]));
            }
        }
        if let Some(filled) = &self.filled {
            for (groups, end) in [(&filled.full_groups, "max"), (&filled.raised_groups, "min")] {
                for &g in groups {
                    let group = &limits.groups[g];
                    found.push(Bound {
                        limit: format!("groups.{}.{end}", group.name),
                        strategy: None,
                        value: if end == "max" { group.max } else { group.min },
                        shadow_price: None,
                    });
                }
            }
        }
        found
    }

    /// Scales exposure to the target volatility.
    fn volatility(
        &mut self,
        config: &CapitalConfig,
        market: &Market<'_>,
        limits: &Limits,
        weights: &mut [f64],
        bindings: &mut Vec<Bound>,
    ) -> Result<(), Unknown> {
        let Some(target) = config.constraints.target_volatility else { return Ok(()) };
        if weights.iter().all(|weight| *weight == 0.0) {
            return Ok(());
        }
        let volatility = expected_volatility(market, weights)?;
        let Some(scaling) = scaling(weights, volatility, target, config.constraints.leverage_max, limits) else { return Ok(()) };
        self.most = (limits.total - 1.0 + config.constraints.leverage_max).max(limits.total);
        scale(weights, scaling.factor, limits, self.most);
        self.exposed = math::sum(weights.iter().copied());
        self.traded = self.exposed;
        debug_assert!(scaling.volatility > 0.0);
        bindings.push(Bound { limit: String::from("target_volatility"), strategy: None, value: target, shadow_price: None });
        Ok(())
    }

    /// Smallest trade and turnover budget.
    fn trade(&mut self, limits: &Limits, weights: &mut Vec<f64>, bindings: &mut Vec<Bound>) -> Vec<Conflict> {
        let mut conflicts = Vec::new();
        if limits.trade_min > 0.0 {
            for i in without_small_trades(weights, &self.base, limits, self.exposed) {
                bindings.push(Bound::of_strategy("trade_min", i, limits.trade_min));
            }
        }
        if let Some(budget) = limits.turnover_max {
            let (share, conflict) = within_turnover(weights, limits, budget);
            if share < 1.0 {
                bindings.push(Bound { limit: String::from("turnover_max"), strategy: None, value: budget, shadow_price: None });
            }
            conflicts.extend(conflict);
        }
        self.traded = math::sum(weights.iter().copied());
        conflicts
    }

    /// Cash by cause, in the order in which the money meets them; the amounts sum to the cash.
    fn reasons(&self, cash: f64, edge: Option<CapitalStatus>) -> Vec<CashReason> {
        let mut reasons = Vec::new();
        let mut push = |reason: &str, amount: f64, text: String| {
            if amount.abs() > 1e-12 {
                reasons.push(CashReason { amount, reason: reason.to_owned(), text });
            }
        };
        push("reserve", self.reserve, format!("{} is the declared cash reserve.", percent(self.reserve)));
        let unwanted = self.total - self.target;
        match self.wants_less {
            Some("plan") => push("plan", unwanted, format!("The plan leaves {} out.", percent(unwanted))),
            Some(_) if edge == Some(CapitalStatus::NoEdge) => {
                push("no_edge", unwanted, String::from("No strategy has a positive edge."));
            }
            Some(_) if edge == Some(CapitalStatus::InsufficientHistory) => {
                push("unknown", unwanted, String::from("Of no strategy enough is known."));
            }
            Some(_) => push("sizes", unwanted, format!("The sizes that the rule gives leave {} over.", percent(unwanted))),
            None => {}
        }
        let short = self.target - self.placed;
        match edge {
            Some(CapitalStatus::NoEdge) => push("no_edge", short, String::from("No strategy has a positive edge.")),
            Some(_) => push("unknown", short, String::from("Of no strategy enough is known.")),
            None => push(
                "caps",
                short,
                format!("Those that the rule wants are at their maximum, which leaves no room for {}.", percent(short)),
            ),
        }
        let calmed = self.placed - self.exposed;
        let text = if calmed < 0.0 {
            format!("{} more is placed to reach the target volatility.", percent(-calmed))
        } else {
            format!("{} is withdrawn to keep the target volatility.", percent(calmed))
        };
        push("target_volatility", calmed, text);
        let untraded = self.exposed - self.traded;
        push("trading", untraded, format!("Limits on trading keep {} out.", percent(untraded)));
        // Rounding of the last bits belongs to the last cause, so that the amounts foot.
        let explained = math::sum(reasons.iter().map(|reason| reason.amount));
        if let Some(last) = reasons.last_mut() {
            last.amount += cash - explained;
        }
        reasons
    }
}

/// The reading of a recorded system: clamp each, normalise all; `None` where that is not asked for or breaks a limit.
fn clamped(base: &[f64], limits: &Limits, target: f64, order: ConstraintOrder) -> Option<Vec<f64>> {
    let sum = math::sum(base.iter().copied());
    if order != ConstraintOrder::ClampThenNormalize || sum <= 0.0 {
        return None;
    }
    let clamp = |(base, (low, high)): (&f64, (&f64, &f64))| (base / sum * target).max(*low).min(*high);
    let clamped: Vec<f64> = base.iter().zip(limits.lower.iter().zip(&limits.upper)).map(clamp).collect();
    let total = math::sum(clamped.iter().copied());
    if total <= 0.0 {
        return None;
    }
    let weights: Vec<f64> = clamped.iter().map(|weight| weight / total * target).collect();
    let within = |i: usize| weights[i] >= limits.lower[i] && weights[i] <= limits.upper[i];
    let grouped = limits.groups.iter().all(|group| {
        let held = math::sum(group.members.iter().map(|&i| weights[i]));
        held >= group.min && held <= group.max
    });
    let sum = weights.iter().fold(0.0, |sum, weight| sum + weight);
    ((0..weights.len()).all(within) && grouped && sum <= limits.total).then_some(weights)
}
