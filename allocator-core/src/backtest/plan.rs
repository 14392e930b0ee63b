//! Capital between the strategies of a run: fixed shares, or a method of capital that judges each strategy by what it earned alone.
//!
//! The method sees the returns of every strategy by itself (the whole capital, the same costs) up to the time of the decision, and
//! nothing of the portfolio: what a strategy earned in the portfolio depends on the capital it was given.
//!
//! **Conventions.** Capital is decided anew at the first rebalance of every period of `capital_schedule`, when a strategy was paused, and at
//! every rebalance while too little is known of all of them. A paused strategy takes no part. What is held before, for limits on changes,
//! is what the method gave last; before its first answer nothing is said to be held.

use super::schedule::period;
use crate::capital::{CapitalStatus, GivenStatistics, Market as Histories, allocate};
use crate::config::backtest::{BacktestConfig, CapitalWarmup, Rebalance};
use crate::config::capital::{CapitalConfig, MarketRegime};
use crate::config::risk::Regime;
use crate::frame::ReturnBook;
use crate::units::UnixNanos;
use crate::wire::choice;

choice! {
    /// Where the share of a strategy comes from.
    pub enum ShareBasis {
        /// The blend: the gross weight that it gave the strategy.
        Blend = "blend",
        /// The method of capital, at this rebalance.
        Method = "method",
        /// The method of capital, at an earlier rebalance: the schedule did not ask it again.
        Kept = "kept",
        /// Too little was known of every strategy.
        Warmup = "warmup",
    }
}

/// The share of one strategy at one rebalance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ShareRow {
    /// The rebalance's place in [`super::Run::rebalances`].
    pub rebalance: usize,
    /// The strategy's place in [`super::Run::strategies`].
    pub strategy: usize,
    /// Share of the capital.
    pub share: f64,
    /// Where it comes from.
    pub basis: ShareBasis,
    /// How the method ended; `None` beside a blend.
    pub status: Option<CapitalStatus>,
}

/// What was decided last.
#[derive(Clone, Copy, Debug)]
struct Decided {
    period: i64,
    /// How many strategies took part.
    count: usize,
    basis: ShareBasis,
    status: CapitalStatus,
}

/// The shares of capital through a run.
pub(crate) struct Plan<'c> {
    config: &'c BacktestConfig,
    fixed: Vec<f64>,
    shares: Vec<f64>,
    decided: Option<Decided>,
}

impl<'c> Plan<'c> {
    /// A plan that begins with fixed shares, one a strategy.
    pub(crate) fn new(config: &'c BacktestConfig, fixed: Vec<f64>) -> Self {
        Plan { config, shares: fixed.clone(), fixed, decided: None }
    }

    /// The shares as they stand, one a strategy.
    pub(crate) fn shares(&self) -> &[f64] {
        &self.shares
    }

    /// Where they come from, and how the method ended; `None` for fixed shares.
    pub(crate) fn basis(&self) -> Option<(ShareBasis, CapitalStatus)> {
        self.decided.map(|decided| (decided.basis, decided.status))
    }

    /// The method, if capital is to be decided now; `count` strategies take part.
    pub(crate) fn due(&mut self, as_of: UnixNanos, count: usize) -> Option<&'c CapitalConfig> {
        let config = self.config.capital.as_ref()?;
        let now = self.period(as_of);
        match &mut self.decided {
            Some(last) if last.basis != ShareBasis::Warmup && last.period == now && last.count == count => {
                last.basis = ShareBasis::Kept;
                None
            }
            _ => Some(config),
        }
    }

    /// The period that a decision falls in; each is its own where there is no schedule.
    fn period(&self, as_of: UnixNanos) -> i64 {
        match self.config.capital_schedule {
            None | Some(Rebalance::EveryBar | Rebalance::OnSignal) => as_of.0,
            Some(Rebalance::Never) => 0,
            Some(schedule) => period(as_of, schedule),
        }
    }

    /// Decides: `names` are the strategies that take part, sorted, and `places` where each stands among all.
    pub(crate) fn decide(
        &mut self,
        as_of: UnixNanos,
        (names, places): (&[String], &[usize]),
        returns: &ReturnBook,
        config: &CapitalConfig,
        regime: Option<MarketRegime>,
    ) {
        let given = vec![GivenStatistics::default(); names.len()];
        let histories = Histories::new(names, returns, given, vec![None; names.len()], config);
        let settled = self.decided.is_some_and(|last| last.basis != ShareBasis::Warmup);
        let held: Option<Vec<f64>> = settled.then(|| places.iter().map(|&s| self.shares[s]).collect());
        let outcome = allocate(&histories, config, config.method, held.as_deref(), regime);
        let unknown = outcome.status == CapitalStatus::InsufficientHistory;
        if unknown && self.config.capital_warmup == CapitalWarmup::Shares {
            self.shares.clone_from(&self.fixed);
        } else {
            self.shares.fill(0.0);
            for (&s, row) in places.iter().zip(&outcome.allocations) {
                self.shares[s] = row.weight;
            }
        }
        self.decided = Some(Decided {
            period: self.period(as_of),
            count: names.len(),
            basis: if unknown { ShareBasis::Warmup } else { ShareBasis::Method },
            status: outcome.status,
        });
    }
}

/// The state of the market that a regime of the overlay stands for.
pub(crate) fn market_regime(regime: Regime) -> MarketRegime {
    match regime {
        Regime::Normal => MarketRegime::Sideways,
        Regime::Elevated | Regime::Stress => MarketRegime::HighVolatility,
        Regime::Crisis => MarketRegime::Bear,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::capital::CapitalMethod;
    use crate::error::Faults;
    use std::collections::BTreeMap;

    fn day(i: i64) -> UnixNanos {
        // 2024-01-01 and the days after it.
        UnixNanos::from_days(19_723 + i).unwrap()
    }

    /// `a` moves by one per cent, `b` by two.
    fn returns(days: i64) -> ReturnBook {
        let rows = |size: f64| (0..days).map(|i| (day(i), if i % 2 == 0 { size } else { -size })).collect::<Vec<_>>();
        let points = BTreeMap::from([(String::from("a"), rows(0.01)), (String::from("b"), rows(0.02))]);
        ReturnBook::from_points(points, |_, _| String::new(), &mut Faults::new()).unwrap()
    }

    fn config(schedule: Option<Rebalance>) -> BacktestConfig {
        let capital = CapitalConfig { method: CapitalMethod::InverseVolatility, ..CapitalConfig::default() };
        BacktestConfig { capital: Some(capital), capital_schedule: schedule, ..BacktestConfig::default() }
    }

    fn ask(plan: &mut Plan<'_>, as_of: UnixNanos, days: i64) -> Option<ShareBasis> {
        let names = [String::from("a"), String::from("b")];
        if let Some(config) = plan.due(as_of, 2) {
            plan.decide(as_of, (&names, &[0, 1]), &returns(days), config, None);
        }
        plan.basis().map(|(basis, _)| basis)
    }

    #[test]
    fn shares_until_enough_is_known_and_then_the_method() {
        let config = config(None);
        let mut plan = Plan::new(&config, vec![0.5, 0.3]);
        assert_eq!(ask(&mut plan, day(10), 10), Some(ShareBasis::Warmup));
        assert_eq!(plan.shares(), [0.5, 0.3]);
        // Twice the volatility, half the share.
        assert_eq!(ask(&mut plan, day(30), 30), Some(ShareBasis::Method));
        assert!((plan.shares()[0] - 2.0 / 3.0).abs() < 1e-12 && (plan.shares()[1] - 1.0 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn cash_until_enough_is_known_where_that_is_asked_for() {
        let config = BacktestConfig { capital_warmup: CapitalWarmup::Cash, ..config(None) };
        let mut plan = Plan::new(&config, vec![0.5, 0.5]);
        assert_eq!(ask(&mut plan, day(10), 10), Some(ShareBasis::Warmup));
        assert_eq!(plan.shares(), [0.0, 0.0]);
    }

    #[test]
    fn the_schedule_says_when_the_method_is_asked_again() {
        let config = config(Some(Rebalance::Quarterly));
        let mut plan = Plan::new(&config, vec![0.5, 0.5]);
        assert_eq!(ask(&mut plan, day(10), 5), Some(ShareBasis::Warmup));
        // Still January: too little was known, so it is asked again, and then not until April.
        assert_eq!(ask(&mut plan, day(29), 29), Some(ShareBasis::Method));
        assert_eq!(ask(&mut plan, day(60), 60), Some(ShareBasis::Kept));
        assert_eq!(ask(&mut plan, day(91), 90), Some(ShareBasis::Method));
        // One of them was paused.
        assert!(plan.due(day(92), 1).is_some());
    }

    #[test]
    fn no_capital_no_decision() {
        let config = BacktestConfig::default();
        let mut plan = Plan::new(&config, vec![1.0]);
        assert!(plan.due(day(1), 1).is_none() && plan.basis().is_none());
    }
}
