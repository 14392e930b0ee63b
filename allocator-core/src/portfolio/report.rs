//! What a portfolio looks like: states, performance, correlation, alerts (P5).

use super::{Performance, Portfolio, State};
use crate::ledger::View;
use crate::money::{Money, Price, Quantity};
use crate::stats::{Reasons, Unknown, UnknownFigure, pearson};
use crate::units::UnixNanos;
use crate::wire::choice;
use serde::Serialize;

choice! {
    /// What an alert is about.
    pub enum AlertKind {
        /// A strategy failed on a bar.
        StrategyFailed = "strategy_failed",
        /// A strategy is more of everything than the policy likes.
        Concentration = "concentration",
        /// A strategy fell so far below its peak that it was paused.
        Drawdown = "drawdown",
        /// A strategy was removed by policy.
        Removed = "removed",
        /// A limit made an order smaller, or kept it from leaving.
        Limit = "limit",
        /// The kill switch was thrown: nothing that opens leaves.
        Halted = "halted",
    }
}

/// Something that the desk is told.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PortfolioAlert {
    /// When.
    pub at: UnixNanos,
    /// What it is about.
    pub kind: AlertKind,
    /// In words.
    pub message: String,
    /// Which strategy; empty where it is the whole.
    pub strategy: String,
    /// The threshold that was crossed.
    pub threshold: Option<f64>,
    /// The figure.
    pub value: Option<f64>,
}

/// One position.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PositionRecord {
    /// What the open shares cost, without fees; negative for a short.
    pub cost: Money,
    /// The last known price.
    pub price: Price,
    /// Shares; negative if short.
    pub quantity: Quantity,
    /// Profit of what was closed, before fees.
    pub realized: Money,
    /// What.
    pub symbol: String,
    /// What the open shares are worth.
    pub value: Money,
}

/// One strategy.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StrategyState {
    /// Capital it was given, less what it gave back.
    pub capital: Money,
    /// Cash; below zero it is borrowed.
    pub cash: Money,
    /// What it paid for trading.
    pub fees: Money,
    /// Bars observed.
    pub observations: u32,
    /// Open positions, and closed ones with their profit, by symbol.
    pub positions: Vec<PositionRecord>,
    /// Value less capital.
    pub profit: Money,
    /// `profit` as a fraction of `capital`; null without capital.
    pub profit_share: Option<f64>,
    /// Where it is in its life.
    pub state: State,
    /// Whose.
    pub strategy: String,
    /// Cash and positions.
    pub value: Money,
}

/// Everything at one time.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PortfolioState {
    /// Strategies that run.
    pub active_strategies: u32,
    /// Capital that strategies were given.
    pub allocated: Money,
    /// What the owner paid in, less what went back.
    pub contributed: Money,
    /// Bars carried out.
    pub executions: u32,
    /// Whether nothing that opens may leave.
    pub halted: bool,
    /// Value less what was paid in, as a fraction of it; null where nothing is left in.
    pub portfolio_return: Option<f64>,
    /// Commission that netting saved; it is in `unallocated`.
    pub saved: Money,
    /// Strategies, those that are stopped last and by name.
    pub strategies: Vec<StrategyState>,
    /// Strategies that are not stopped.
    pub strategies_count: u32,
    /// When.
    pub time: UnixNanos,
    /// Cash of all strategies and the pool.
    pub total_cash: Money,
    /// Value of everything.
    pub total_value: Money,
    /// Cash of the pool.
    pub unallocated: Money,
    /// Why each null figure is null.
    pub unknown: Vec<UnknownFigure>,
    /// Sharpe ratios weighted by capital, of the strategies that have one.
    pub weighted_average_sharpe: Option<f64>,
}

/// How an account did, bar by bar.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PerformanceRecord {
    /// Below the highest growth: zero or negative.
    pub current_drawdown: f64,
    /// The bar of each return.
    pub date: Vec<UnixNanos>,
    /// Deepest drawdown: zero or negative.
    pub max_drawdown: f64,
    /// Bars observed.
    pub observations: u32,
    /// Returns, without capital in and out.
    pub returns: Vec<f64>,
    /// Annualised Sharpe ratio.
    pub sharpe: Option<f64>,
    /// Strategy; null for the whole portfolio.
    pub strategy: Option<String>,
    /// Return since the start, without capital in and out.
    pub total_return: Option<f64>,
    /// Why each null figure is null.
    pub unknown: Vec<UnknownFigure>,
    /// Annualised volatility.
    pub volatility: Option<f64>,
}

/// Correlation of two strategies over the bars that both saw.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CorrelationRecord {
    /// Common returns.
    pub n: u32,
    /// The two, in alphabetical order.
    pub pair: [String; 2],
    /// Why the value is null.
    pub unknown: Vec<UnknownFigure>,
    /// Pearson's correlation.
    pub value: Option<f64>,
}

impl Portfolio {
    /// Everything now.
    pub fn state(&self) -> PortfolioState {
        let mut reasons = Reasons::default();
        let mut strategies: Vec<StrategyState> = self.members.keys().filter_map(|name| self.strategy_state(name)).collect();
        strategies.sort_by_key(|strategy| strategy.state == State::Stopped);
        let (value, contributed, pool) = (self.ledger.value(), self.ledger.contributed(), self.ledger.pool());
        let (count, active) = self.counts();
        let gained = (value - contributed).fraction_of(contributed).ok_or(Unknown::NoCapital);
        PortfolioState {
            active_strategies: active as u32,
            allocated: self.members.keys().map(|name| self.capital_of(name)).sum(),
            contributed,
            executions: self.executions,
            halted: self.is_halted(),
            portfolio_return: reasons.take("portfolio_return", gained),
            saved: self.ledger.saved(),
            strategies_count: count as u32,
            time: self.now,
            total_cash: pool + strategies.iter().map(|strategy| strategy.cash).sum(),
            total_value: value,
            unallocated: pool,
            weighted_average_sharpe: reasons.take("weighted_average_sharpe", self.weighted_sharpe()),
            unknown: reasons.finish(),
            strategies,
        }
    }

    fn strategy_state(&self, name: &str) -> Option<StrategyState> {
        let member = self.members.get(name)?;
        let view = self.ledger.view(member.id)?;
        let capital = self.capital_of(name);
        let profit = view.value() - capital;
        let mut positions: Vec<PositionRecord> = view
            .all_positions()
            .map(|(symbol, position)| {
                let price = view.price_of(symbol, position);
                PositionRecord {
                    cost: position.cost(),
                    price,
                    quantity: position.quantity(),
                    realized: position.realized(),
                    symbol: view.symbol_name(symbol).to_owned(),
                    value: position.value(price),
                }
            })
            .collect();
        positions.sort_by(|a, b| a.symbol.cmp(&b.symbol));
        Some(StrategyState {
            capital,
            cash: view.cash(),
            fees: view.fees(),
            observations: member.performance.observations(),
            positions,
            profit,
            profit_share: profit.fraction_of(capital),
            state: member.state,
            strategy: name.to_owned(),
            value: view.value(),
        })
    }

    fn weighted_sharpe(&self) -> crate::stats::Figure {
        let (mut sum, mut weights) = (0.0, 0.0);
        for (name, member) in &self.members {
            let capital = self.capital_of(name).to_f64();
            let figure = member.performance.sharpe(self.config.ddof, self.config.periods_per_year, self.config.risk_free);
            if let (State::Running | State::Paused, Ok(sharpe)) = (member.state, figure)
                && capital > 0.0
            {
                sum += capital * sharpe;
                weights += capital;
            }
        }
        if weights > 0.0 { Ok(sum / weights) } else { Err(Unknown::InsufficientHistory) }
    }

    /// How the whole and every strategy did.
    pub fn performances(&self) -> Vec<PerformanceRecord> {
        let members = self.members.iter().map(|(name, member)| (Some(name.clone()), &member.performance));
        std::iter::once((None, &self.whole)).chain(members).map(|(name, performance)| self.record(name, performance)).collect()
    }

    fn record(&self, strategy: Option<String>, performance: &Performance) -> PerformanceRecord {
        let mut reasons = Reasons::default();
        let (ddof, periods) = (self.config.ddof, self.config.periods_per_year);
        PerformanceRecord {
            current_drawdown: performance.drawdown(),
            date: performance.returns().iter().map(|earned| earned.to).collect(),
            max_drawdown: performance.max_drawdown(),
            observations: performance.observations(),
            returns: performance.returns().iter().map(|earned| earned.value).collect(),
            sharpe: reasons.take("sharpe", performance.sharpe(ddof, periods, self.config.risk_free)),
            total_return: reasons.take("total_return", performance.total_return()),
            volatility: reasons.take("volatility", performance.volatility(ddof, periods)),
            unknown: reasons.finish(),
            strategy,
        }
    }

    /// Correlation of every pair of strategies that are not stopped, over the stretches that both saw; at least two of them.
    pub fn correlations(&self) -> Vec<CorrelationRecord> {
        let members: Vec<_> = self.members.iter().filter(|(_, member)| member.state != State::Stopped).collect();
        let mut pairs = Vec::new();
        for (i, (a, one)) in members.iter().enumerate() {
            for (b, other) in &members[i + 1..] {
                let mut reasons = Reasons::default();
                let (x, y) = one.performance.common(&other.performance);
                let value = reasons.take("value", pearson(&x, &y));
                let pair = [(*a).clone(), (*b).clone()];
                pairs.push(CorrelationRecord { n: x.len() as u32, pair, unknown: reasons.finish(), value });
            }
        }
        pairs
    }

    /// Total value by strategy and pool, for charts: name and value, the pool last.
    pub fn shares(&self) -> Vec<(String, Money)> {
        let member = |name: &String| (name.clone(), self.view_of(name).map_or(Money::ZERO, View::value));
        self.members.keys().map(member).chain(std::iter::once((String::from("unallocated"), self.ledger.pool()))).collect()
    }
}
