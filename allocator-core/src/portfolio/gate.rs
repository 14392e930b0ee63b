//! Orders of a bar in front of the risk limits: judged by the state after the trade, before any of them leaves (P8).
//!
//! **Conventions.** Orders are judged by strategy, symbol, id and quantity, each with those before it. Value is that at the bar's prices;
//! peaks are those of growth, so that capital in and out moves none of them. The day begins with the value of the last bar of a day
//! before. Value at risk and volatility are those of the portfolio's own returns up to the last bar; of a market there is no return
//! here, so that a limit on beta is one on an unknown figure. A halt by drawdown stays until it is released.

use super::{AlertKind, Performance, Portfolio};
use crate::config::limits::LimitsConfig;
use crate::ledger::View;
use crate::limits::exposure::Exposure;
use crate::limits::pre_trade::{Finding, Gate, Judged, PortfolioRisk, StrategyRisk, Verdict};
use crate::money::{Money, Price};
use crate::netting::Order;
use crate::stats::value_at_risk::{ascending, var_historical};
use crate::stats::{Figure, Unknown, volatility};
use crate::units::UnixNanos;
use std::collections::BTreeMap;

/// The value at the beginning of a day, and the capital that was in then.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct DayStart {
    day: i64,
    value: Option<Money>,
    capital: Money,
}

impl Portfolio {
    /// Whether nothing that opens may leave.
    pub fn is_halted(&self) -> bool {
        self.halted || self.config.limits.as_ref().is_some_and(|limits| limits.trading_halted)
    }

    /// The verdicts on the orders of the last bar; `None` where no limit was in force.
    pub fn verdicts(&self) -> Option<&[Judged]> {
        self.judged.as_deref()
    }

    /// The kill switch: nothing that opens leaves until it is released.
    pub fn halt(&mut self, reason: Option<&str>) {
        if !std::mem::replace(&mut self.halted, true) {
            let why = reason.map_or_else(String::new, |reason| format!(": {reason}"));
            self.alert(AlertKind::Halted, "", None, None, format!("Trading is halted{why}."));
        }
    }

    /// Releases the kill switch. One that the settings hold stays.
    pub fn release(&mut self) {
        self.halted = false;
    }

    /// Limits as they are in force; `None` where there are none.
    fn limits_in_force(&self) -> Option<LimitsConfig> {
        match (&self.config.limits, self.halted) {
            (None, false) => None,
            (None, true) => Some(LimitsConfig { trading_halted: true, ..LimitsConfig::without_limits() }),
            (Some(limits), halted) => Some(LimitsConfig { trading_halted: limits.trading_halted || halted, ..limits.clone() }),
        }
    }

    /// A new day begins where the day of the time is another.
    pub(super) fn begin_day(&mut self, time: UnixNanos) {
        if self.day.is_none_or(|day| day.day != time.days()) {
            let capital = self.ledger.contributed();
            self.day = Some(DayStart { day: time.days(), value: self.whole.base(capital), capital });
        }
    }

    /// The orders that may leave, as large as they may. What becomes of each is kept as the verdicts of the bar.
    pub(super) fn gated(&mut self, mut orders: Vec<Order>) -> Vec<Order> {
        let Some(limits) = self.limits_in_force() else {
            self.judged = None;
            return orders;
        };
        orders.sort_by(|a, b| {
            (&a.strategy, &a.symbol, &a.id, a.quantity).cmp(&(&b.strategy, &b.symbol, &b.id, b.quantity)).then_with(|| a.cmp(b))
        });
        let risk = self.risk(&limits);
        let mut gate = Gate::new(&limits, &risk, self.exposure(&orders));
        let judged: Vec<Judged> = orders.iter().map(|order| gate.judge(order)).collect();
        let halted = gate.halted;
        let mut passed = Vec::with_capacity(orders.len());
        for (order, judged) in orders.into_iter().zip(&judged) {
            if judged.verdict >= Verdict::Reduce {
                self.tell_of_limit(judged);
            }
            if !judged.allowed.is_zero() {
                passed.push(Order { quantity: judged.allowed, ..order });
            }
        }
        self.judged = Some(judged);
        if halted {
            self.halt(Some("the drawdown is beyond its limit"));
        }
        passed
    }

    fn tell_of_limit(&mut self, judged: &Judged) {
        let order = &judged.order;
        let forbids = judged.findings.iter().max_by_key(|finding| finding.verdict);
        let (value, threshold) = forbids.map_or((None, None), |finding| (finding.value, finding.threshold));
        let limit = forbids.map_or("no", |Finding { limit, .. }| limit.as_str());
        let message = format!(
            "{} of {} {} by {}: {} may leave (limit {limit}).",
            judged.verdict.as_str(),
            order.quantity,
            order.symbol,
            order.strategy,
            judged.allowed
        );
        let strategy = order.strategy.clone();
        self.alert(AlertKind::Limit, &strategy, value, threshold, message);
    }

    /// What limits judge beside the positions.
    fn risk(&self, limits: &LimitsConfig) -> PortfolioRisk {
        let (value, capital) = (self.ledger.value(), self.ledger.contributed());
        let all: Vec<f64> = self.whole.returns().iter().map(|earned| earned.value).collect();
        let newest = &all[all.len().saturating_sub(limits.lookback as usize)..];
        let enough = |figure: Figure| if newest.len() < 2 { Err(Unknown::InsufficientHistory) } else { figure };
        let at_risk = || {
            let quantile = var_historical(&ascending(newest), limits.var_level, limits.var_rule)?;
            Ok((-quantile * value.to_f64()).max(0.0))
        };
        let of_strategy = |name: &String| {
            let value = self.view_of(name).map(View::value)?;
            let performance = self.performance_of(name)?;
            let peak = peak(performance, value, self.capital_of(name));
            Some((name.clone(), StrategyRisk { value: Some(value), peak: Some(peak) }))
        };
        PortfolioRisk {
            value,
            peak: peak(&self.whole, value, capital),
            day_start: self.day.and_then(|day| Some(day.value? + (capital - day.capital))),
            value_at_risk: enough(at_risk()),
            volatility: enough(volatility(newest, limits.ddof, limits.periods_per_year)),
            beta: Err(Unknown::NoBenchmark),
            strategies: self.members.keys().filter_map(of_strategy).collect(),
        }
    }

    /// Positions of all strategies at known prices.
    fn exposure(&self, orders: &[Order]) -> Exposure {
        let mut prices: BTreeMap<String, Price> = BTreeMap::new();
        let mut held = Vec::new();
        for name in self.members.keys() {
            let Some(view) = self.view_of(name) else { continue };
            for (symbol, position) in view.positions() {
                let symbol_name = view.symbol_name(symbol).to_owned();
                prices.insert(symbol_name.clone(), view.price_of(symbol, position));
                held.push((name, symbol_name, position.quantity()));
            }
        }
        for order in orders {
            if let Some(price) = self.ledger.find_symbol(&order.symbol).and_then(|symbol| self.ledger.price(symbol)) {
                prices.insert(order.symbol.clone(), price);
            }
        }
        let mut exposure = Exposure::new(prices);
        for (strategy, symbol, quantity) in held {
            exposure.add(strategy, &symbol, quantity);
        }
        exposure
    }
}

/// The highest value so far in the money of now: that of growth, with capital in and out taken off.
fn peak(performance: &Performance, value: Money, capital: Money) -> Money {
    let standing = 1.0 + performance.standing(value, capital);
    if standing >= 1.0 || standing <= 0.0 {
        return value;
    }
    Money::from_f64(value.to_f64() / standing).unwrap_or(value).max(value)
}
