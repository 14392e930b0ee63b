//! The limits of one request (K3), resolved: bounds of every strategy, groups by index, and what the limits contradict each other in.
//!
//! **Conventions.** Where limits cannot all hold, the more dangerous one to break holds and the other gives way to the nearest value that
//! is possible, with a [`Conflict`] that names both. Never exceeded: `max`, a group's `max`, the total. These give way, in this order:
//! `trade_min`, `turnover_max`, `change_max`, a group's `min`, `min`.

use crate::config::capital::{CapitalConfig, UnknownAllocation};
use crate::math;
use serde::Serialize;

/// Two limits that cannot both hold, and what the second became.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Conflict {
    /// The limits' names as in the settings, the one that holds first.
    pub limits: Vec<String>,
    /// What the limit that gave way was taken for: the nearest value with which all can hold.
    pub relaxed_to: f64,
    /// In a sentence.
    pub text: String,
}

/// Limits of a group.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupBound {
    /// The group.
    pub name: String,
    /// Its strategies, ascending.
    pub members: Vec<usize>,
    /// Least of the capital.
    pub min: f64,
    /// Most of the capital.
    pub max: f64,
}

/// Limits that can all hold, in the order of the strategies.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// Least weight of every strategy.
    pub lower: Vec<f64>,
    /// Most weight of every strategy.
    pub upper: Vec<f64>,
    /// Most that its own settings allow it, before `change_max`.
    pub cap: Vec<f64>,
    /// Groups.
    pub groups: Vec<GroupBound>,
    /// Most to place: the capital less the reserve.
    pub total: f64,
    /// What is held now.
    pub previous: Option<Vec<f64>>,
    /// Most of Σ|change|.
    pub turnover_max: Option<f64>,
    /// Smallest change that is made.
    pub trade_min: f64,
    /// What could not hold together.
    pub conflicts: Vec<Conflict>,
}

impl Limits {
    /// Limits of a number of strategies without any but the total.
    pub fn free(count: usize, total: f64) -> Self {
        Limits {
            lower: vec![0.0; count],
            upper: vec![total; count],
            cap: vec![total; count],
            groups: Vec::new(),
            total,
            previous: None,
            turnover_max: None,
            trade_min: 0.0,
            conflicts: Vec::new(),
        }
    }

    /// Resolves the settings; `known` says whose statistic is known, `floor` is a least weight that the rule itself asks for.
    pub fn resolve(config: &CapitalConfig, names: &[String], known: &[bool], floor: f64, previous: Option<&[f64]>) -> Self {
        let settings = &config.constraints;
        let mut conflicts = Vec::new();
        let total = 1.0 - settings.cash_reserve;
        let (mut lower, mut upper) = (Vec::with_capacity(names.len()), Vec::with_capacity(names.len()));
        // A floor of the rule that cannot hold for all is equal weight, not a contradiction of the user's.
        let floor = floor.min(total / known.iter().filter(|known| **known).count().max(1) as f64);
        for (name, &known) in names.iter().zip(known) {
            let (min, max) = settings.bounds_of(name);
            let (low, high) = match (known, config.unknown_weight) {
                // A floor of the rule never lifts anyone above a cap.
                (true, _) => (min.max(floor.min(max)), max),
                (false, UnknownAllocation::Minimum) => (min, min),
                (false, UnknownAllocation::Zero) => (0.0, 0.0),
            };
            lower.push(low);
            upper.push(high);
        }
        let cap = upper.clone();
        if let (Some(change), Some(previous)) = (settings.change_max, previous) {
            for i in 0..names.len() {
                let (least, most) = ((previous[i] - change).max(0.0), previous[i] + change);
                if least > upper[i] {
                    conflicts.push(Conflict {
                        limits: vec![String::from("max"), String::from("change_max")],
                        relaxed_to: previous[i] - upper[i],
                        text: format!(
                            "{} holds {} and may hold {}, a change beyond change_max {}.",
                            names[i],
                            percent(previous[i]),
                            percent(upper[i]),
                            percent(change)
                        ),
                    });
                    lower[i] = upper[i];
                } else if most < lower[i] {
                    conflicts.push(Conflict {
                        limits: vec![String::from("min"), String::from("change_max")],
                        relaxed_to: lower[i] - previous[i],
                        text: format!(
                            "{} holds {} and must hold {}, a change beyond change_max {}.",
                            names[i],
                            percent(previous[i]),
                            percent(lower[i]),
                            percent(change)
                        ),
                    });
                    upper[i] = lower[i];
                } else {
                    lower[i] = lower[i].max(least);
                    upper[i] = upper[i].min(most);
                }
            }
        }
        let mut limits = Limits {
            lower,
            upper,
            cap,
            groups: groups_of(config, names),
            total,
            previous: previous.map(<[f64]>::to_vec),
            turnover_max: settings.turnover_max.filter(|_| previous.is_some()),
            trade_min: if previous.is_some() { settings.trade_min } else { 0.0 },
            conflicts,
        };
        limits.reconcile();
        limits
    }

    /// Lowers minimums that cannot hold.
    fn reconcile(&mut self) {
        for g in 0..self.groups.len() {
            let GroupBound { name, members, min, max } = self.groups[g].clone();
            let sum = |of: &[f64]| math::sum(members.iter().map(|&i| of[i]));
            let least = sum(&self.lower);
            if least > max {
                let factor = if least > 0.0 { max / least } else { 0.0 };
                for &i in &members {
                    self.lower[i] *= factor;
                }
                self.conflicts.push(Conflict {
                    limits: vec![format!("groups.{name}.max"), String::from("min")],
                    relaxed_to: factor,
                    text: format!(
                        "The minimums of {name} sum to {} and its maximum is {}: they are taken at {} of what was asked.",
                        percent(least),
                        percent(max),
                        percent(factor)
                    ),
                });
            }
            let most = sum(&self.upper).min(self.total);
            if min > most {
                self.groups[g].min = most;
                self.conflicts.push(Conflict {
                    limits: vec![String::from("max"), format!("groups.{name}.min")],
                    relaxed_to: most,
                    text: format!("{name} must hold {} and its strategies may hold {} at most.", percent(min), percent(most)),
                });
            }
        }
        let least = math::sum(self.lower.iter().copied());
        if least > self.total {
            let factor = self.total / least;
            for lower in &mut self.lower {
                *lower *= factor;
            }
            self.conflicts.push(Conflict {
                limits: vec![String::from("total"), String::from("min")],
                relaxed_to: factor,
                text: format!(
                    "The minimums sum to {} of {}: they are taken at {} of what was asked.",
                    percent(least),
                    percent(self.total),
                    percent(factor)
                ),
            });
        }
        // Minimums of groups that share no strategy add up.
        let disjoint = self
            .groups
            .iter()
            .enumerate()
            .all(|(g, group)| self.groups[..g].iter().all(|other| !other.members.iter().any(|i| group.members.contains(i))));
        let wanted = math::sum(self.groups.iter().map(|group| group.min));
        if disjoint && wanted > self.total {
            let factor = self.total / wanted;
            for group in &mut self.groups {
                group.min *= factor;
            }
            self.conflicts.push(Conflict {
                limits: vec![String::from("total"), String::from("groups.min")],
                relaxed_to: factor,
                text: format!(
                    "The minimums of groups sum to {} of {}: they are taken at {} of what was asked.",
                    percent(wanted),
                    percent(self.total),
                    percent(factor)
                ),
            });
        }
    }
}

/// The groups by index; names that are no strategy of the request have nothing to limit.
fn groups_of(config: &CapitalConfig, names: &[String]) -> Vec<GroupBound> {
    config
        .constraints
        .groups
        .iter()
        .map(|(name, group)| {
            let mut members: Vec<usize> = group.members.iter().filter_map(|member| names.binary_search(member).ok()).collect();
            members.sort_unstable();
            members.dedup();
            GroupBound { name: name.clone(), members, min: group.min, max: group.max }
        })
        .filter(|group| !group.members.is_empty())
        .collect()
}

/// A fraction for people.
pub(super) fn percent(fraction: f64) -> String {
    format!("{:.2} %", fraction * 100.0)
}
