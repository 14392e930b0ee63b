//! Hard limits over weights as plain data (K3), their names, and whether they can hold together.
//!
//! Every limit is hard but one: *fully invested* is a wish. Where caps leave no room for everything, what fits is invested, the rest is
//! cash, and the answer says so ([`Room::Capped`]). Where hard limits contradict each other, the answer names those that do and the least
//! sum of relaxations under which all of them hold ([`Room::None`]).

use super::active_set;
use super::programme::{Programme, Row};
use crate::math;

/// Most groups of one set of limits.
pub const GROUPS_MAX: usize = 256;

/// Most weights of one programme.
pub const WEIGHTS_MAX: usize = 1_000;

/// A limit over the sum of some weights.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// Positions of its members, ascending, once each.
    pub members: Vec<usize>,
    /// Least sum.
    pub low: f64,
    /// Greatest sum.
    pub high: f64,
}

/// Limits over `n` weights; fractions of the capital.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// Least weight, one a weight.
    pub low: Vec<f64>,
    /// Greatest weight, one a weight.
    pub high: Vec<f64>,
    /// Least sum of the weights: 1 for fully invested, 0 where cash is always allowed. A wish, see the module.
    pub total_low: f64,
    /// Greatest sum of the weights: 1 less the cash reserve.
    pub total_high: f64,
    /// Sums of groups.
    pub groups: Vec<Group>,
    /// Weights held now; zeros where there are none. Turnover, change and costs count from here.
    pub previous: Vec<f64>,
    /// Most that one weight may change, if limited.
    pub change_max: Option<f64>,
    /// Greatest Σ|wᵢ − previousᵢ|, if limited: both sides of every trade count.
    pub turnover_max: Option<f64>,
    /// Greatest Σ|wᵢ|, if limited.
    pub gross_max: Option<f64>,
    /// Greatest √(wᵀΣw) per period, if limited.
    pub volatility_max: Option<f64>,
}

/// A limit by name; positions are those of the weights or groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Limit {
    /// Least weight.
    Minimum(usize),
    /// Greatest weight.
    Maximum(usize),
    /// Most that a weight may change.
    Change(usize),
    /// The wish to invest everything.
    Invested,
    /// Greatest sum of the weights: the cash reserve.
    Total,
    /// Least sum of a group.
    GroupMinimum(usize),
    /// Greatest sum of a group.
    GroupMaximum(usize),
    /// Turnover budget.
    Turnover,
    /// Gross exposure.
    Gross,
    /// Volatility.
    Volatility,
    /// Expected return asked for.
    Return,
}

/// A limit and an amount: its price, or what it would have to give way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Priced {
    /// The limit.
    pub limit: Limit,
    /// As a price: what the objective gains by one unit more room. As a relaxation: by how much it gives way.
    pub amount: f64,
}

/// What the limits leave.
#[derive(Clone, Debug, PartialEq)]
pub enum Room {
    /// They hold together; a point that meets them.
    Some(Vec<f64>),
    /// They hold together without the wish to invest everything: the most that can be invested, a point, and the limits that stop there.
    Capped {
        /// Greatest sum of weights.
        total: f64,
        /// A point that has it.
        point: Vec<f64>,
        /// What stands in the way.
        causes: Vec<Limit>,
    },
    /// They contradict each other.
    None {
        /// Those that do.
        conflicts: Vec<Limit>,
        /// The least sum of relaxations under which all hold.
        relaxation: Vec<Priced>,
    },
}

impl Limits {
    /// Long only, fully invested, no other limit.
    pub fn long_only(n: usize) -> Limits {
        Limits {
            low: vec![0.0; n],
            high: vec![1.0; n],
            total_low: 1.0,
            total_high: 1.0,
            groups: Vec::new(),
            previous: vec![0.0; n],
            change_max: None,
            turnover_max: None,
            gross_max: None,
            volatility_max: None,
        }
    }

    /// As [`Limits::long_only`], every weight at most `cap`.
    pub fn capped(n: usize, cap: f64) -> Limits {
        Limits { high: vec![cap; n], ..Limits::long_only(n) }
    }

    /// Number of weights.
    pub fn len(&self) -> usize {
        self.low.len()
    }

    /// Whether there is no weight.
    pub fn is_empty(&self) -> bool {
        self.low.is_empty()
    }

    /// Least value of weight `i`, and the limit that says so.
    pub fn floor(&self, i: usize) -> (f64, Limit) {
        match self.change_max {
            Some(change) if self.previous[i] - change > self.low[i] => (self.previous[i] - change, Limit::Change(i)),
            _ => (self.low[i], Limit::Minimum(i)),
        }
    }

    /// Greatest value of weight `i`, and the limit that says so.
    pub fn ceiling(&self, i: usize) -> (f64, Limit) {
        match self.change_max {
            Some(change) if self.previous[i] + change < self.high[i] => (self.previous[i] + change, Limit::Change(i)),
            _ => (self.high[i], Limit::Maximum(i)),
        }
    }

    /// Bounds of all weights.
    pub(super) fn bounds(&self) -> (Vec<f64>, Vec<f64>) {
        (0..self.len()).map(|i| (self.floor(i).0, self.ceiling(i).0)).unzip()
    }

    /// Rows of all limits but volatility, each with the names of its two sides. The first is the total.
    pub(super) fn rows(&self, price: f64) -> Vec<(Row, Limit, Limit)> {
        let n = self.len();
        let none = f64::NEG_INFINITY;
        let mut rows = vec![(Row::linear(vec![1.0; n], self.total_low, self.total_high, price), Limit::Invested, Limit::Total)];
        for (g, group) in self.groups.iter().enumerate() {
            let mut members = vec![0.0; n];
            for i in &group.members {
                members[*i] = 1.0;
            }
            let row = Row::linear(members, group.low, group.high, price);
            rows.push((row, Limit::GroupMinimum(g), Limit::GroupMaximum(g)));
        }
        let far = |from: Vec<f64>, high: f64| Row {
            coefficients: vec![0.0; n],
            distance: Some((from, vec![1.0; n])),
            low: none,
            high,
            price,
        };
        if let Some(most) = self.turnover_max {
            rows.push((far(self.previous.clone(), most), Limit::Turnover, Limit::Turnover));
        }
        if let Some(most) = self.gross_max {
            rows.push((far(vec![0.0; n], most), Limit::Gross, Limit::Gross));
        }
        rows
    }

    /// Whether the limits can hold together, volatility aside.
    ///
    /// `further` are rows of the objective that must hold as well, such as a return asked for.
    pub(super) fn room(&self, further: &[(Row, Limit, Limit)]) -> Room {
        let apart = self.apart();
        if !apart.is_empty() {
            let conflicts = apart.iter().flat_map(|(i, _)| [self.floor(*i).1, self.ceiling(*i).1]).collect();
            let relaxation = apart.iter().map(|(i, by)| Priced { limit: self.gives_way(*i), amount: *by }).collect();
            return Room::None { conflicts, relaxation };
        }
        let (low, high) = self.bounds();
        let n = self.len();
        let plain = self.groups.is_empty() && self.turnover_max.is_none() && self.gross_max.is_none() && further.is_empty();
        let (least, most) = (math::sum(low.iter().copied()), math::sum(high.iter().copied()));
        if plain && least <= self.total_high && most >= self.total_low {
            let share = if most > least { ((self.total_low - least) / (most - least)).clamp(0.0, 1.0) } else { 0.0 };
            return Room::Some(low.iter().zip(&high).map(|(low, high)| low + share * (high - low)).collect());
        }
        // Least violation, what must hold a thousand times dearer than the wish.
        let mut programme = Programme::new(vec![0.0; n * n], vec![0.0; n], low, high);
        programme.proximity = vec![1e-3; n];
        programme.centre.clone_from(&self.previous);
        let mut names = Vec::new();
        for (mut row, below, above) in self.rows(HARD).into_iter().chain(further.iter().cloned()) {
            row.price = HARD;
            if below == Limit::Invested {
                let wish = Row { high: f64::INFINITY, price: 1.0, ..row.clone() };
                programme.rows.push(wish);
                names.push((below, below));
                row.low = f64::NEG_INFINITY;
            }
            programme.rows.push(row);
            names.push((below, above));
        }
        let start = self.previous.clone();
        let outcome = active_set::solve(&programme, &start);
        let mut broken = Vec::new();
        let mut short = 0.0;
        for (row, (below, above)) in programme.rows.iter().zip(&names) {
            let excess = row.excess(&outcome.x);
            if excess <= 1e-11 {
                continue;
            }
            if *below == Limit::Invested && *above == Limit::Invested {
                short = excess;
            } else {
                let limit = if row.value(&outcome.x) < row.low { *below } else { *above };
                broken.push(Priced { limit, amount: excess });
            }
        }
        if broken.is_empty() && short == 0.0 {
            return Room::Some(outcome.x);
        }
        let firm = if broken.is_empty() { 1e-3 } else { 10.0 };
        let mut involved = Vec::new();
        for (r, (below, above)) in names.iter().enumerate() {
            let price = outcome.prices[r];
            if price.abs() > firm {
                involved.push(if price < 0.0 { *below } else { *above });
            }
        }
        for i in 0..n {
            let (x, slope) = (outcome.x[i], outcome.slopes[i]);
            if slope > firm && x == programme.low[i] {
                involved.push(self.floor(i).1);
            } else if slope < -firm && x == programme.high[i] {
                involved.push(self.ceiling(i).1);
            }
        }
        involved.sort_unstable();
        involved.dedup();
        if broken.is_empty() {
            involved.retain(|limit| *limit != Limit::Invested);
            return Room::Capped { total: math::sum(outcome.x.iter().copied()), point: outcome.x, causes: involved };
        }
        Room::None { conflicts: involved, relaxation: broken }
    }

    /// Weights whose floor lies above their ceiling, and by how much.
    fn apart(&self) -> Vec<(usize, f64)> {
        (0..self.len()).map(|i| (i, self.floor(i).0 - self.ceiling(i).0)).filter(|(_, by)| *by > 0.0).collect()
    }

    /// Of a floor and a ceiling that contradict each other, the one to give way: the change before the minimum, never the maximum.
    fn gives_way(&self, i: usize) -> Limit {
        match (self.floor(i).1, self.ceiling(i).1) {
            (Limit::Minimum(_), ceiling @ Limit::Change(_)) => ceiling,
            (floor, _) => floor,
        }
    }
}

/// Price of what must hold, where the wish to invest everything costs 1.
const HARD: f64 = 1e3;

#[cfg(test)]
mod tests {
    use super::*;

    fn none_of(room: Room) -> (Vec<Limit>, Vec<Priced>) {
        match room {
            Room::None { conflicts, relaxation } => (conflicts, relaxation),
            other => panic!("there is room: {other:?}"),
        }
    }

    #[test]
    fn two_under_forty_per_cent_leave_a_fifth_in_cash() {
        let Room::Capped { total, point, causes } = Limits::capped(2, 0.4).room(&[]) else { panic!("capped") };
        assert_eq!((total, point), (0.8, vec![0.4, 0.4]));
        assert_eq!(causes, vec![Limit::Maximum(0), Limit::Maximum(1)]);
    }

    #[test]
    fn minimums_above_everything_are_named() {
        // 0.5 + 0.4 + 0.3 = 1.2: the total would have to give way by 0.2.
        let limits = Limits { low: vec![0.5, 0.4, 0.3], ..Limits::long_only(3) };
        let (conflicts, relaxation) = none_of(limits.room(&[]));
        assert_eq!(conflicts, vec![Limit::Minimum(0), Limit::Minimum(1), Limit::Minimum(2), Limit::Total]);
        assert_eq!(relaxation.len(), 1);
        assert_eq!(relaxation[0].limit, Limit::Total);
        assert!((relaxation[0].amount - 0.2).abs() < 1e-12);
    }

    #[test]
    fn group_caps_that_contradict_a_minimum() {
        // Weights 0 and 1 together at most 0.3, weight 0 at least 0.35: too much by 0.05. Weight 2 has nothing to do with it.
        let groups = vec![Group { members: vec![0, 1], low: 0.0, high: 0.3 }];
        let limits = Limits { low: vec![0.35, 0.0, 0.0], groups, ..Limits::long_only(3) };
        let (conflicts, relaxation) = none_of(limits.room(&[]));
        assert_eq!(conflicts, vec![Limit::Minimum(0), Limit::Minimum(1), Limit::GroupMaximum(0)]);
        assert!((relaxation[0].amount - 0.05).abs() < 1e-12, "{relaxation:?}");
    }

    #[test]
    fn group_caps_that_leave_cash() {
        // 0.3 + 0.3: four tenths stay in cash, and the group caps are why.
        let groups = vec![Group { members: vec![0, 1], low: 0.0, high: 0.3 }, Group { members: vec![2, 3], low: 0.0, high: 0.3 }];
        let limits = Limits { groups, ..Limits::long_only(4) };
        let Room::Capped { total, causes, .. } = limits.room(&[]) else { panic!("capped") };
        assert!((total - 0.6).abs() < 1e-12);
        assert_eq!(causes, vec![Limit::GroupMaximum(0), Limit::GroupMaximum(1)]);
    }

    #[test]
    fn a_turnover_budget_of_zero_and_a_cap_below_what_is_held() {
        let limits = Limits { previous: vec![0.6, 0.4], turnover_max: Some(0.0), high: vec![0.5, 1.0], ..Limits::long_only(2) };
        let (conflicts, relaxation) = none_of(limits.room(&[]));
        assert_eq!(conflicts, vec![Limit::Maximum(0), Limit::Turnover]);
        // Selling 0.1 is the least; buying 0.1 of the other is only a wish.
        assert_eq!(relaxation[0].limit, Limit::Turnover);
        assert!((relaxation[0].amount - 0.1).abs() < 1e-12, "{relaxation:?}");
    }

    #[test]
    fn a_change_too_small_to_reach_a_cap() {
        let limits = Limits { previous: vec![0.9, 0.1], change_max: Some(0.1), high: vec![0.5, 1.0], ..Limits::long_only(2) };
        let (conflicts, relaxation) = none_of(limits.room(&[]));
        assert_eq!(conflicts, vec![Limit::Change(0), Limit::Maximum(0)]);
        assert_eq!(relaxation[0].limit, Limit::Change(0));
        assert!((relaxation[0].amount - 0.3).abs() < 1e-12);
    }
}
