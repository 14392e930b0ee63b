//! Hard limits on the split (K3). Each holds for every method.

use crate::config::blend::{Range, check_range};
use crate::error::{Code, Fault, Faults};
use crate::wire::{At, choice, record};
use std::collections::BTreeMap;

choice! {
    /// How minimum and maximum are applied to the proportions of a rule.
    pub enum ConstraintOrder {
        /// Weights grow in proportion until all is placed; at its maximum a strategy stops, below its minimum it waits.
        Waterfill = "waterfill",
        /// Each weight is clamped and all are normalised, as in a recorded system; where that breaks a limit, `waterfill`.
        ClampThenNormalize = "clamp_then_normalize",
    }
}

record! {
    /// Limits of one strategy.
    pub struct StrategyLimit {
        /// Most of the capital; null for the general `max`.
        pub max: Option<f64> = None,
        /// Least of the capital; null for the general `min`.
        pub min: Option<f64> = None,
    }
}

record! {
    /// Limits of the sum of some strategies.
    pub struct GroupLimit {
        /// Most of the capital.
        pub max: f64 = 1.0,
        /// The strategies of the group.
        pub members: Vec<String> = Vec::new(),
        /// Least of the capital.
        pub min: f64 = 0.0,
    }
}

record! {
    /// Hard limits, as fractions of the capital: 0.40 is 40 %.
    pub struct ConstraintsConfig {
        /// Most that the weight of one strategy may change in one rebalance; null for no limit. Needs `previous`.
        pub change_max: Option<f64> = None,
        /// What always stays in cash.
        pub cash_reserve: f64 = 0.0,
        /// Limits of groups of strategies, by the group's name.
        pub groups: BTreeMap<String, GroupLimit> = BTreeMap::new(),
        /// Most that may be placed where `target_volatility` asks for more than the capital; 1 borrows nothing.
        pub leverage_max: f64 = 1.0,
        /// Most of the capital for one strategy.
        pub max: f64 = 1.0,
        /// Least of the capital for one strategy whose statistic is known.
        pub min: f64 = 0.0,
        /// How minimum and maximum are applied to the proportions of a rule.
        pub order: ConstraintOrder = ConstraintOrder::Waterfill,
        /// Limits of single strategies, by name.
        pub strategies: BTreeMap<String, StrategyLimit> = BTreeMap::new(),
        /// Volatility a year that the whole may not exceed; with `leverage_max` above 1 the exposure rises to it. Null for no limit.
        pub target_volatility: Option<f64> = None,
        /// Changes of a weight smaller than this are not made. Needs `previous`.
        pub trade_min: f64 = 0.0,
        /// Most that may be bought and sold together in one rebalance, Σ|change|; null for no limit. Needs `previous`.
        pub turnover_max: Option<f64> = None,
    }
}

impl ConstraintsConfig {
    /// The limits of a strategy: least and most.
    pub fn bounds_of(&self, strategy: &str) -> (f64, f64) {
        let own = self.strategies.get(strategy);
        (own.and_then(|own| own.min).unwrap_or(self.min), own.and_then(|own| own.max).unwrap_or(self.max))
    }

    /// Checks every number and every rule between fields; pushes all faults found.
    pub fn validate(&self, at: &At<'_>, faults: &mut Faults) {
        for (name, value) in
            [("cash_reserve", self.cash_reserve), ("max", self.max), ("min", self.min), ("trade_min", self.trade_min)]
        {
            check_range(&at.key(name), name, value, Range::Fraction, faults);
        }
        check_range(&at.key("leverage_max"), "leverage_max", self.leverage_max, Range::AboveTo(100.0), faults);
        for (name, value) in
            [("change_max", self.change_max), ("turnover_max", self.turnover_max), ("target_volatility", self.target_volatility)]
        {
            if let Some(value) = value {
                check_range(&at.key(name), name, value, Range::FromZeroTo(100.0), faults);
            }
        }
        if self.leverage_max < 1.0 {
            faults.push(Fault::new(
                Code::OutOfRange,
                at.key("leverage_max"),
                format!("leverage_max is {}.", self.leverage_max),
                "Give at least 1; to place less, declare a cash_reserve.",
            ));
        }
        let crossed = |at: &At<'_>, min: f64, max: f64, faults: &mut Faults| {
            if min > max {
                let message = format!("The minimum {min} is above the maximum {max}.");
                faults.push(Fault::new(Code::Conflict, at, message, "Lower the minimum or raise the maximum."));
            }
        };
        crossed(&at.key("min"), self.min, self.max, faults);
        let groups = at.key("groups");
        for (name, group) in &self.groups {
            let here = groups.key(name);
            if group.members.is_empty() {
                faults.push(Fault::new(Code::Empty, here.key("members"), "The group has no members.", "Name its strategies."));
            }
            for (i, member) in group.members.iter().enumerate() {
                if group.members[..i].contains(member) {
                    let message = format!("{member:?} stands in the group twice.");
                    faults.push(Fault::new(Code::Duplicate, here.key("members").index(i), message, "Name it once."));
                }
            }
            check_range(&here.key("max"), "max", group.max, Range::Fraction, faults);
            check_range(&here.key("min"), "min", group.min, Range::Fraction, faults);
            crossed(&here.key("min"), group.min, group.max, faults);
        }
        let strategies = at.key("strategies");
        for (name, limit) in &self.strategies {
            let here = strategies.key(name);
            for (field, value) in [("max", limit.max), ("min", limit.min)] {
                if let Some(value) = value {
                    check_range(&here.key(field), field, value, Range::Fraction, faults);
                }
            }
            let (min, max) = self.bounds_of(name);
            crossed(&here, min, max, faults);
        }
    }
}
