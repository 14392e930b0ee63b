//! Settings of a portfolio of strategies with isolated books.

use super::OperationConfig;
use super::blend::{Range, check_range};
use super::compat::Compat;
use super::limits::LimitsConfig;
use super::netting::NettingConfig;
use crate::error::{Code, Fault, Faults};
use crate::wire::{At, choice, record};

choice! {
    /// Which lot a closing trade closes.
    pub enum LotOrder {
        /// The oldest first.
        Fifo = "fifo",
        /// The newest first.
        Lifo = "lifo",
        /// There is one lot at the average cost.
        Average = "average",
    }
}

choice! {
    /// What happens to a strategy that fails on a bar.
    pub enum OnStrategyError {
        /// It is paused, until it is resumed.
        Pause = "pause",
        /// It misses the bar and goes on with the next.
        Continue = "continue",
    }
}

choice! {
    /// What the shares of an allocation are shares of.
    pub enum ShareBase {
        /// What everything is worth now.
        Equity = "equity",
        /// What the owner paid in.
        InitialCapital = "initial_capital",
    }
}

choice! {
    /// How a strategy gives capital back that stands in positions.
    pub enum ReduceBy {
        /// To a strategy that gets capital and holds the same position, in kind; the rest is sold.
        InKind = "in_kind",
        /// Every position is sold in proportion.
        Sell = "sell",
        /// Not at all: the rebalance is refused.
        Refuse = "refuse",
    }
}

choice! {
    /// How many states of a script the answer holds.
    pub enum States {
        /// One after every step.
        Every = "every",
        /// The last.
        Last = "last",
    }
}

record! {
    /// Policies of the life of a strategy (P11); each is off until it is set.
    pub struct PolicyConfig {
        /// Share of everything that stays in the pool at least: what would go below is refused. 0.10 to 0.20 are usual.
        pub cash_buffer: Option<f64> = None,
        /// Share of everything in one strategy above which an alert is raised. 0.50 is usual.
        pub concentration_warning: Option<f64> = None,
        /// Largest first allocation of a strategy. 0.05 to 0.10 are usual.
        pub onboarding_max: Option<f64> = None,
        /// Drawdown of a strategy, flow-adjusted, above which it is paused. 0.20 is usual.
        pub pause_at_drawdown: Option<f64> = None,
        /// Months after which a strategy is removed whose return over them is below zero and below the portfolio's. 6 is usual.
        pub remove_after_months: Option<u32> = None,
    }
}

record! {
    /// Settings of a portfolio (P2 to P5).
    pub struct PortfolioConfig {
        /// An order that opens more than the strategy's equity and this share of it is scaled down.
        pub buffer: f64 = 0.10,
        /// Degrees of freedom taken off in variances.
        pub ddof: u32 = 1,
        /// Risk limits that every order of a bar is judged by before it leaves; null for none.
        pub limits: Option<LimitsConfig> = None,
        /// Which lot a closing trade closes.
        pub lots: LotOrder = LotOrder::Fifo,
        /// Netting of the orders of a bar, and what trading costs.
        pub netting: NettingConfig = NettingConfig::default(),
        /// What happens to a strategy that fails on a bar.
        pub on_strategy_error: OnStrategyError = OnStrategyError::Pause,
        /// Periods in a year.
        pub periods_per_year: f64 = 252.0,
        /// Policies of the life of a strategy.
        pub policies: PolicyConfig = PolicyConfig::default(),
        /// How a strategy gives capital back that stands in positions.
        pub reduce_by: ReduceBy = ReduceBy::InKind,
        /// Risk-free rate a year, for Sharpe ratios.
        pub risk_free: f64 = 0.0,
        /// What the shares of a rebalance are shares of.
        pub shares_of: ShareBase = ShareBase::Equity,
        /// Basis points by which a fill outside is worse than the bar's price.
        pub slippage_bps: f64 = 0.0,
        /// How many states the answer holds.
        pub states: States = States::Every,
    }
}

impl OperationConfig for PortfolioConfig {
    fn compat(preset: Compat) -> Self {
        let ours = PortfolioConfig { netting: NettingConfig::compat(preset), ..Self::default() };
        match preset {
            Compat::S001 => PortfolioConfig { ddof: 0, ..ours },
            Compat::S002 => {
                PortfolioConfig { on_strategy_error: OnStrategyError::Continue, shares_of: ShareBase::InitialCapital, ..ours }
            }
            Compat::S000 | Compat::S003 | Compat::S004 => ours,
        }
    }

    fn validate(&self, at: &At<'_>, faults: &mut Faults) {
        check_range(&at.key("buffer"), "buffer", self.buffer, Range::FromZeroTo(100.0), faults);
        check_range(&at.key("periods_per_year"), "periods_per_year", self.periods_per_year, Range::AboveTo(1e6), faults);
        check_range(&at.key("risk_free"), "risk_free", self.risk_free, Range::Within(10.0), faults);
        check_range(&at.key("slippage_bps"), "slippage_bps", self.slippage_bps, Range::FromZeroTo(1_000.0), faults);
        if self.ddof > 1 {
            let message = format!("ddof is {}.", self.ddof);
            faults.push(Fault::new(Code::OutOfRange, at.key("ddof"), message, "Give 1 (sample) or 0 (population)."));
        }
        if let Some(limits) = &self.limits {
            limits.validate(&at.key("limits"), faults);
        }
        self.netting.validate(&at.key("netting"), faults);
        let (at, policies) = (at.key("policies"), &self.policies);
        for (name, value) in [
            ("cash_buffer", policies.cash_buffer),
            ("concentration_warning", policies.concentration_warning),
            ("onboarding_max", policies.onboarding_max),
            ("pause_at_drawdown", policies.pause_at_drawdown),
        ] {
            if let Some(value) = value {
                check_range(&at.key(name), name, value, Range::Fraction, faults);
            }
        }
        if policies.remove_after_months.is_some_and(|months| !(1..=600).contains(&months)) {
            let message = "remove_after_months is outside 1 to 600.";
            faults.push(Fault::new(Code::OutOfRange, at.key("remove_after_months"), message, "Give 1 to 600, or null."));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Decode, parse};

    #[test]
    fn every_fault_is_reported_and_defaults_are_valid() {
        let mut faults = Faults::new();
        let text = br#"{"buffer":-1,"ddof":2,"periods_per_year":0,"slippage_bps":-1,"risk_free":11,
            "netting":{"half_spread_bps":-1},"limits":{"var_max":5},"policies":{"cash_buffer":15,"remove_after_months":0}}"#;
        PortfolioConfig::decode(&parse(text).unwrap(), &At::Root, &mut faults).unwrap().validate(&At::Root, &mut faults);
        assert_eq!(faults.count(), 9);
        for preset in [Compat::S000, Compat::S001, Compat::S002, Compat::S003, Compat::S004] {
            let mut faults = Faults::new();
            PortfolioConfig::compat(preset).validate(&At::Root, &mut faults);
            assert!(faults.is_empty());
        }
    }
}
