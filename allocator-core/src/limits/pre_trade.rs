//! Orders before they leave, judged by the state after the trade (P8).
//!
//! An order is a part that closes and a part that opens. What closes always passes: no limit, no halt and no kill switch keeps a desk in a
//! position. What opens is judged by every limit, on the positions as they would be with it and with all orders that passed before.
//! A limit is hard: equal passes, one unit more does not.
//!
//! **Conventions.** Exposure counts the positions of every strategy by size, so that a long and a short of two strategies do not hide each other.
//! Drawdown is that of the portfolio from its own peak, which is not the sum of the strategies' peaks. Value does not change by the trade.

use super::exposure::Exposure;
use crate::config::limits::{DecideBy, LimitsConfig, OnExceed, OnUnknown};
use crate::money::{Money, Quantity, Share, mul_div};
use crate::netting::Order;
use crate::stats::{Figure, Unknown};
use crate::wire::choice;
use std::collections::BTreeMap;

choice! {
    /// What may be done with an order, from the mildest.
    pub enum Verdict {
        /// It may leave.
        Allow = "allow",
        /// It may leave, and somebody should look.
        Warn = "warn",
        /// A smaller one may leave.
        Reduce = "reduce",
        /// It may not leave.
        Reject = "reject",
        /// Nothing that opens may leave any more.
        Halt = "halt",
    }
}

choice! {
    /// A limit.
    pub enum LimitKind {
        /// The kill switch.
        KillSwitch = "kill_switch",
        /// Money in positions as a multiple of the value.
        Leverage = "leverage",
        /// Share of one symbol.
        Concentration = "concentration",
        /// The portfolio below its own peak.
        Drawdown = "drawdown",
        /// A strategy below its own peak.
        StrategyDrawdown = "strategy_drawdown",
        /// Loss since the start of the day.
        DailyLoss = "daily_loss",
        /// Money in positions by size.
        Gross = "gross",
        /// Long less short.
        Net = "net",
        /// One position of one strategy.
        Position = "position",
        /// Value at risk.
        ValueAtRisk = "value_at_risk",
        /// Volatility.
        Volatility = "volatility",
        /// Beta against the market.
        Beta = "beta",
        /// There is no value to take shares of.
        Value = "value",
    }
}

/// What one limit found.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// Which limit.
    pub limit: LimitKind,
    /// What it asks for.
    pub verdict: Verdict,
    /// The figure after the trade; `None` where it is unknown.
    pub value: Option<f64>,
    /// The limit's number.
    pub threshold: Option<f64>,
}

/// The verdict on one order.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// The order.
    pub order: Order,
    /// What may be done with it.
    pub verdict: Verdict,
    /// How many shares may leave, signed as the order.
    pub allowed: Quantity,
    /// Everything that was found, in the order of the limits.
    pub findings: Vec<Finding>,
}

/// What limits ask of one strategy.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct StrategyRisk {
    /// Its value.
    pub value: Option<Money>,
    /// Its highest value, with capital in and out taken off.
    pub peak: Option<Money>,
}

/// The figures of the whole that do not depend on an order.
#[derive(Clone, Debug, PartialEq)]
pub struct PortfolioRisk {
    /// Value of everything.
    pub value: Money,
    /// Its highest value.
    pub peak: Money,
    /// Value at the start of the day.
    pub day_start: Option<Money>,
    /// Value at risk of a period, in money: a loss is positive.
    pub value_at_risk: Figure,
    /// Volatility a year.
    pub volatility: Figure,
    /// Beta against the market.
    pub beta: Figure,
    /// Strategies by name.
    pub strategies: BTreeMap<String, StrategyRisk>,
}

/// Judges orders one after the other.
#[derive(Clone, Debug)]
pub struct Gate<'a> {
    config: &'a LimitsConfig,
    risk: &'a PortfolioRisk,
    /// Positions with all orders that passed.
    pub exposure: Exposure,
    /// Whether everything that opens is stopped.
    pub halted: bool,
    /// How often each limit forbade an order.
    pub violations: BTreeMap<&'static str, u32>,
}

/// The money that a share of an amount is, rounded down: more than it is more than the share.
fn share_of(amount: Money, share: f64) -> Money {
    Share::from_f64(share).map_or(Money::ZERO, |share| amount.max(Money::ZERO).part(share))
}

impl<'a> Gate<'a> {
    /// A gate in front of some positions.
    pub fn new(config: &'a LimitsConfig, risk: &'a PortfolioRisk, exposure: Exposure) -> Self {
        let halted = config.trading_halted;
        Gate { config, risk, exposure, halted, violations: BTreeMap::new() }
    }

    /// Judges one order, and takes what may leave into the positions.
    pub fn judge(&mut self, order: &Order) -> Judged {
        let held = self.exposure.quantity(&order.strategy, &order.symbol);
        let size = order.quantity.abs();
        let closing = if held.is_negative() == order.quantity.is_negative() { Quantity::ZERO } else { size.min(held.abs()) };
        let signed = |quantity: Quantity| if order.quantity.is_negative() { -quantity } else { quantity };
        let (mut verdict, mut allowed, mut findings) = (Verdict::Allow, size, Vec::new());
        if closing < size {
            findings = self.findings(order, order.quantity);
            verdict = self.decide(&findings);
            let forbids = |finding: &&Finding| finding.verdict >= Verdict::Reject;
            for finding in findings.iter().filter(forbids) {
                *self.violations.entry(finding.limit.as_str()).or_default() += 1;
            }
            if findings.iter().any(|finding| finding.verdict == Verdict::Halt && finding.limit == LimitKind::Drawdown) {
                self.halted = true;
            }
            if verdict >= Verdict::Reject {
                allowed = closing;
                let only_size = findings.iter().filter(forbids).all(|finding| finding.limit.is_size());
                if only_size && self.config.on_exceed == OnExceed::Reduce {
                    allowed = closing + self.fitting(order, closing, size);
                }
                if allowed.is_positive() {
                    verdict = Verdict::Reduce;
                }
            }
        }
        let allowed = signed(allowed);
        self.exposure.add(&order.strategy, &order.symbol, allowed);
        Judged { order: order.clone(), verdict, allowed, findings }
    }

    fn decide(&self, findings: &[Finding]) -> Verdict {
        let mut verdicts = findings.iter().map(|finding| finding.verdict);
        match self.config.decide_by {
            DecideBy::Worst => verdicts.max().unwrap_or(Verdict::Allow),
            DecideBy::First => {
                let first = verdicts.clone().find(|verdict| *verdict >= Verdict::Reject);
                first.or_else(|| verdicts.next()).unwrap_or(Verdict::Allow)
            }
        }
    }

    /// What every limit says of an order for so many shares.
    fn findings(&self, order: &Order, quantity: Quantity) -> Vec<Finding> {
        let mut found = Vec::new();
        let (config, value) = (self.config, self.risk.value);
        if self.halted {
            found.push(Finding { limit: LimitKind::KillSwitch, verdict: Verdict::Halt, value: None, threshold: None });
        }
        if !value.is_positive() {
            let value = Some(value.to_f64());
            found.push(Finding { limit: LimitKind::Value, verdict: Verdict::Reject, value, threshold: Some(0.0) });
            return found;
        }
        let mut after = self.exposure.clone();
        after.add(&order.strategy, &order.symbol, quantity);
        let (gross, net) = (after.gross(), after.net());
        let in_symbol = after.in_symbol(&order.symbol);
        let mut sized =
            |limit: LimitKind, amount: Option<Money>, most: Option<(Money, f64)>, milder: Option<f64>, of_value: bool| {
                let shown = amount.and_then(|amount| if of_value { amount.fraction_of(value) } else { Some(amount.to_f64()) });
                match (amount, most) {
                    (Some(amount), Some((most, threshold))) if amount.abs() > most => {
                        found.push(Finding { limit, verdict: Verdict::Reject, value: shown, threshold: Some(threshold) });
                    }
                    (None, Some((_, threshold))) => found.push(self.unknown(limit, threshold)),
                    _ => {
                        if let (Some(amount), Some(threshold)) = (amount, milder)
                            && amount.abs() > share_of(value, threshold)
                        {
                            found.push(Finding { limit, verdict: Verdict::Warn, value: shown, threshold: Some(threshold) });
                        }
                    }
                }
            };
        let share = |limit: Option<f64>| limit.map(|limit| (share_of(value, limit), limit));
        let money = |limit: Option<f64>| limit.and_then(|limit| Some((Money::from_f64(limit).ok()?, limit)));
        sized(LimitKind::Leverage, gross, share(config.leverage_max), config.leverage_warning, true);
        sized(LimitKind::Concentration, in_symbol, share(config.concentration_max), config.concentration_warning, true);
        sized(LimitKind::Gross, gross, money(config.gross_max), None, false);
        sized(LimitKind::Net, net, share(config.net_max), None, true);
        let position = after
            .price(&order.symbol)
            .and_then(|price| crate::money::notional(after.quantity(&order.strategy, &order.symbol).abs(), price));
        sized(LimitKind::Position, position, money(config.position_max), None, false);
        self.losses(order, &mut found);
        self.measures(&mut found);
        found.sort_by_key(|finding| finding.limit);
        found
    }

    /// Drawdowns and the loss of the day.
    fn losses(&self, order: &Order, found: &mut Vec<Finding>) {
        let (config, risk) = (self.config, self.risk);
        let deeper =
            |value: Money, from: Money, limit: Option<f64>| limit.is_some_and(|limit| from - value > share_of(from, limit));
        let shown = |value: Money, from: Money| (value - from).fraction_of(from);
        for (limit, verdict) in [
            (config.drawdown_halt, Verdict::Halt),
            (config.drawdown_reject, Verdict::Reject),
            (config.drawdown_warning, Verdict::Warn),
        ] {
            if deeper(risk.value, risk.peak, limit) {
                let value = shown(risk.value, risk.peak);
                found.push(Finding { limit: LimitKind::Drawdown, verdict, value, threshold: limit.map(|limit| -limit) });
                break;
            }
        }
        if let Some(start) = risk.day_start.filter(|start| deeper(risk.value, *start, config.daily_loss_max)) {
            let (value, threshold) = (shown(risk.value, start), config.daily_loss_max.map(|limit| -limit));
            found.push(Finding { limit: LimitKind::DailyLoss, verdict: Verdict::Reject, value, threshold });
        }
        if let Some(StrategyRisk { value: Some(value), peak: Some(peak) }) = risk.strategies.get(&order.strategy)
            && deeper(*value, *peak, config.strategy_drawdown_halt)
        {
            let (value, threshold) = (shown(*value, *peak), config.strategy_drawdown_halt.map(|limit| -limit));
            found.push(Finding { limit: LimitKind::StrategyDrawdown, verdict: Verdict::Reject, value, threshold });
        }
    }

    /// Figures that are measured from returns.
    fn measures(&self, found: &mut Vec<Finding>) {
        let (config, risk) = (self.config, self.risk);
        let share_at_risk = risk.value_at_risk.and_then(|at_risk| {
            let value = risk.value.to_f64();
            if value > 0.0 { Ok(at_risk / value) } else { Err(Unknown::NoCapital) }
        });
        for (limit, figure, most) in [
            (LimitKind::ValueAtRisk, share_at_risk, config.var_max),
            (LimitKind::Volatility, risk.volatility, config.volatility_max),
            (LimitKind::Beta, risk.beta.map(f64::abs), config.beta_max),
        ] {
            match (figure, most) {
                (Ok(value), Some(most)) if value > most => {
                    let (value, threshold) = (Some(value), Some(most));
                    found.push(Finding { limit, verdict: Verdict::Reject, value, threshold });
                }
                (Err(_), Some(most)) => found.push(self.unknown(limit, most)),
                _ => {}
            }
        }
    }

    fn unknown(&self, limit: LimitKind, threshold: f64) -> Finding {
        let verdict = match self.config.on_unknown {
            OnUnknown::Warn => Verdict::Warn,
            OnUnknown::Reject => Verdict::Reject,
        };
        Finding { limit, verdict, value: None, threshold: Some(threshold) }
    }

    /// Most shares beyond those that close which break no limit, in the unit in which the order was meant. Every limit on size grows with
    /// shares from where the position opens, so halving finds the most.
    fn fitting(&self, order: &Order, closing: Quantity, size: Quantity) -> Quantity {
        let mut unit = 10_u128.pow(Quantity::PLACES);
        while !size.units().unsigned_abs().is_multiple_of(unit) {
            unit /= 10;
        }
        let shares = |lots: u128| Quantity::from_units(i128::try_from(lots * unit).unwrap_or(0));
        let passes = |lots: u128| {
            let quantity = closing + shares(lots);
            let quantity = if order.quantity.is_negative() { -quantity } else { quantity };
            !self.findings(order, quantity).iter().any(|finding| finding.verdict >= Verdict::Reject)
        };
        let (mut fits, mut breaks) = (0_u128, mul_div((size - closing).units().unsigned_abs(), 1, unit).0);
        // At most 2^80 units: the loop ends after as many halvings.
        while fits + 1 < breaks {
            let middle = fits + (breaks - fits) / 2;
            if passes(middle) { fits = middle } else { breaks = middle }
        }
        shares(fits)
    }
}

impl LimitKind {
    /// Whether a smaller order could keep it.
    fn is_size(self) -> bool {
        matches!(self, LimitKind::Leverage | LimitKind::Concentration | LimitKind::Gross | LimitKind::Net | LimitKind::Position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Price;

    fn risk(value: i64, peak: i64) -> PortfolioRisk {
        let unknown = Err(Unknown::InsufficientHistory);
        PortfolioRisk {
            value: Money::whole(value),
            peak: Money::whole(peak),
            day_start: None,
            value_at_risk: unknown,
            volatility: unknown,
            beta: unknown,
            strategies: BTreeMap::new(),
        }
    }
    fn order(symbol: &str, quantity: i64) -> Order {
        Order { symbol: symbol.into(), strategy: "a".into(), id: None, limit_price: None, quantity: Quantity::whole(quantity) }
    }
    fn held(rows: &[(&str, i64)]) -> Exposure {
        let mut exposure = Exposure::new(["X", "Y"].iter().map(|symbol| ((*symbol).into(), Price::whole(100))).collect());
        for (symbol, quantity) in rows {
            exposure.add("a", symbol, Quantity::whole(*quantity));
        }
        exposure
    }
    fn verdict(config: &LimitsConfig, risk: &PortfolioRisk, rows: &[(&str, i64)], order: &Order) -> (Verdict, Quantity) {
        let judged = Gate::new(config, risk, held(rows)).judge(order);
        (judged.verdict, judged.allowed)
    }

    #[test]
    fn equal_passes_and_one_share_more_does_not() {
        let (config, risk) = (LimitsConfig::default(), risk(100_000, 100_000));
        // 20 % of 100,000 are 200 shares at 100; above 15 % is worth a look.
        assert_eq!(verdict(&config, &risk, &[], &order("X", 150)).0, Verdict::Allow);
        assert_eq!(verdict(&config, &risk, &[], &order("X", 200)).0, Verdict::Warn);
        assert_eq!(verdict(&config, &risk, &[], &order("X", 201)), (Verdict::Reject, Quantity::ZERO));
        let reduce = LimitsConfig { on_exceed: OnExceed::Reduce, ..config };
        assert_eq!(verdict(&reduce, &risk, &[], &order("X", 201)), (Verdict::Reduce, Quantity::whole(200)));
        assert_eq!(verdict(&reduce, &risk, &[("X", 50)], &order("X", -900)), (Verdict::Reduce, Quantity::whole(-250)));
    }

    #[test]
    fn what_closes_always_passes() {
        let config = LimitsConfig { trading_halted: true, ..LimitsConfig::default() };
        let risk = risk(1_000, 100_000);
        assert_eq!(verdict(&config, &risk, &[("X", 500)], &order("X", -500)), (Verdict::Allow, Quantity::whole(-500)));
        // Through zero: what closes leaves, what opens does not.
        assert_eq!(verdict(&config, &risk, &[("X", 500)], &order("X", -501)), (Verdict::Reduce, Quantity::whole(-500)));
        assert_eq!(verdict(&config, &risk, &[("X", 500)], &order("Y", 1)), (Verdict::Halt, Quantity::ZERO));
    }

    #[test]
    fn drawdown_warns_rejects_and_halts_beyond_not_at_its_limit() {
        let config = LimitsConfig::default();
        for (value, wanted) in [
            (90_000, Verdict::Allow),
            (89_999, Verdict::Warn),
            (85_000, Verdict::Warn),
            (84_999, Verdict::Reject),
            (80_000, Verdict::Reject),
            (79_999, Verdict::Halt),
        ] {
            assert_eq!(verdict(&config, &risk(value, 100_000), &[], &order("X", 1)).0, wanted, "{value}");
        }
        // A halt stays for all orders behind it.
        let risk = risk(79_999, 100_000);
        let mut gate = Gate::new(&config, &risk, held(&[]));
        gate.judge(&order("X", 1));
        assert!(gate.halted);
        assert_eq!(gate.judge(&order("Y", 1)).findings[0].limit, LimitKind::KillSwitch);
    }

    #[test]
    fn an_unknown_figure_is_not_calm() {
        let config = LimitsConfig { var_max: Some(0.05), ..LimitsConfig::default() };
        assert_eq!(verdict(&config, &risk(100_000, 100_000), &[], &order("X", 1)).0, Verdict::Warn);
        let config = LimitsConfig { on_unknown: OnUnknown::Reject, ..config };
        assert_eq!(verdict(&config, &risk(100_000, 100_000), &[], &order("X", 1)).0, Verdict::Reject);
    }

    #[test]
    fn orders_before_count() {
        let (config, risk) = (LimitsConfig::default(), risk(100_000, 100_000));
        let mut gate = Gate::new(&config, &risk, held(&[]));
        assert_eq!(gate.judge(&order("X", 150)).verdict, Verdict::Allow);
        assert_eq!(gate.judge(&order("X", 51)).verdict, Verdict::Reject);
        assert_eq!(gate.violations, BTreeMap::from([("concentration", 1)]));
    }
}
