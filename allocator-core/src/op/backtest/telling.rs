//! A run told: its figures and tables, as the answer has them.

use super::outcome::{
    BacktestCurve, BacktestEvent, BacktestResult, BacktestStatus, BacktestSummary, CapitalHistory, EVENTS_MAX, Earned, Holding,
    LedgerOutcome, LedgerStrategy, Rebalances, StrategyOutcome, TargetWeights, Trades,
};
use super::{BacktestRequest, overlay};
use crate::backtest::{Market, Run, ShareBasis};
use crate::capital::CapitalStatus;
use crate::config::backtest::StrategySpec;
use crate::error::{Code, Fault, Faults, Problem};
use crate::frame::ReturnBook;
use crate::math;
use crate::op::Request;
use crate::op::metrics::{MetricsRequest, SeriesMetrics};
use crate::stats::drawdown::drawdown_curve;
use std::collections::BTreeMap;

/// What is needed to tell what happened.
pub(super) struct Telling<'a> {
    pub(super) request: &'a BacktestRequest,
    pub(super) market: &'a Market,
    pub(super) run: &'a Run,
}

impl Telling<'_> {
    /// The bars of the curve: from the first position to the end, or to ruin.
    pub(super) fn bars(&self) -> std::ops::Range<usize> {
        self.run.start..self.run.ruined.map_or(self.market.bars(), |bar| bar + 1)
    }

    pub(super) fn result(&self) -> Result<BacktestResult, Problem> {
        let (run, market) = (self.run, self.market);
        let metrics = self.figures("portfolio", &run.values)?;
        let mut warnings = run.warnings.clone();
        let mut strategies = Vec::with_capacity(run.strategies.len());
        for (s, (id, paper)) in run.strategies.iter().zip(&run.papers).enumerate() {
            strategies.push(self.strategy(s, self.figures(id, &paper.values)?));
        }
        warnings.extend(self.capital_warnings());
        let overlay = self.overlay()?;
        if let Some(overlaid) = &run.overlay {
            warnings.extend(overlay::warnings(overlaid));
        }
        let n = market.symbols.len();
        let dead: Vec<&str> =
            run.events.iter().filter(|event| event.kind == "delisting").map(|event| event.name.as_str()).collect();
        if !dead.is_empty() {
            warnings.push(Fault::new(
                Code::Converted,
                "/prices",
                format!("Symbols ended while they were held: {}.", dead.join(", ")),
                "See `events` for what was paid; give `delistings`, or set delisting_recovery.",
            ));
        }
        let idle = run.rebalances.is_empty();
        Ok(BacktestResult {
            attribution: (0..run.strategies.len() * n)
                .filter(|&cell| run.counted.0[cell] != 0.0 || run.counted.1[cell] != 0.0)
                .map(|cell| Earned {
                    cost: run.counted.1[cell] + 0.0,
                    profit: run.counted.0[cell] + 0.0,
                    strategy: run.strategies[cell / n].clone(),
                    symbol: market.symbols[cell % n].clone(),
                })
                .collect(),
            capital: self.capital(),
            curve: self.curve(),
            events: run
                .events
                .iter()
                .take(EVENTS_MAX)
                .map(|event| BacktestEvent {
                    amount: event.amount,
                    date: market.times[event.bar],
                    kind: event.kind.to_owned(),
                    name: event.name.clone(),
                    text: event.text.clone(),
                })
                .collect(),
            events_omitted: run.events.len().saturating_sub(EVENTS_MAX) as u32,
            holdings: self.holdings(),
            ledgers: self.ledgers(),
            metrics,
            overlay,
            rebalances: self.rebalances(),
            status: match (run.ruined, idle) {
                (Some(_), _) => BacktestStatus::Ruined,
                (None, true) => BacktestStatus::Idle,
                (None, false) => BacktestStatus::Completed,
            },
            strategies,
            summary: self.summary(),
            trades: self.trades(),
            warnings,
            weights: self.weights(),
        })
    }

    /// Figures of a curve of values.
    pub(super) fn figures(&self, name: &str, values: &[f64]) -> Result<SeriesMetrics, Problem> {
        let (times, bars) = (&self.market.times, self.bars());
        let period = |t: usize| (times[t], crate::backtest::period_return(values[t - 1], values[t]));
        let points = BTreeMap::from([(name.to_owned(), (bars.start + 1..bars.end).map(period).collect())]);
        let mut faults = Faults::new();
        let returns = ReturnBook::from_points(points, |name, _| format!("/{name}"), &mut faults);
        let request = MetricsRequest {
            benchmark: self.benchmark_returns()?,
            config: self.request.config.metrics.clone(),
            ..MetricsRequest::of_returns(faults.finish(returns)?)
        };
        let series = Request::run(&request)?.series.into_iter().next();
        series.ok_or_else(|| Problem::internal("a series has no figures"))
    }

    /// Price of the benchmark at every bar of the curve, the last known one.
    fn benchmark(&self) -> Option<(&str, Vec<Option<f64>>)> {
        let series = self.request.benchmark.as_ref()?.series().first()?;
        let price = |t: usize| {
            let known = series.times.partition_point(|time| *time <= self.market.times[t]);
            known.checked_sub(1).map(|i| series.values[i])
        };
        Some((&series.name, self.bars().map(price).collect()))
    }

    fn benchmark_returns(&self) -> Result<Option<ReturnBook>, Problem> {
        let Some((name, prices)) = self.benchmark() else { return Ok(None) };
        let times = &self.market.times[self.bars()];
        let rows = prices.windows(2).zip(&times[1..]);
        let rows = rows.filter_map(|(pair, time)| Some((*time, pair[1]? / pair[0]? - 1.0))).collect();
        let mut faults = Faults::new();
        let book =
            ReturnBook::from_points(BTreeMap::from([(name.to_owned(), rows)]), |_, _| String::from("/benchmark"), &mut faults);
        faults.finish(book.map(Some))
    }

    /// What is told bar by bar, unless the settings leave it out.
    pub(super) fn by_bar<T>(&self, bars: Vec<T>) -> Vec<T> {
        if self.request.config.curves { bars } else { Vec::new() }
    }

    fn curve(&self) -> BacktestCurve {
        let (run, bars) = (self.run, self.bars());
        if !self.request.config.curves {
            return BacktestCurve::default();
        }
        let over = |above: f64, t: usize| {
            let value = run.cash[t] + run.long[t] - run.short[t];
            if value > 0.0 { above / value + 0.0 } else { 0.0 }
        };
        let benchmark = self.benchmark().map(|(_, prices)| {
            let first = prices.iter().find_map(|price| *price);
            let scaled = |price: Option<f64>| Some(self.request.config.initial_value * (price? / first?));
            prices.into_iter().map(scaled).collect()
        });
        BacktestCurve {
            benchmark,
            cash: run.cash[bars.clone()].iter().map(|cash| cash + 0.0).collect(),
            date: self.market.times[bars.clone()].to_vec(),
            drawdown: drawdown_curve(&run.values[bars.clone()]),
            gross: bars.clone().map(|t| over(run.long[t] + run.short[t], t)).collect(),
            net: bars.clone().map(|t| over(run.long[t] - run.short[t], t)).collect(),
            value: run.values[bars].to_vec(),
        }
    }

    fn strategy(&self, s: usize, metrics: SeriesMetrics) -> StrategyOutcome {
        let (run, n, bars) = (self.run, self.market.symbols.len(), self.bars());
        let own = s * n..(s + 1) * n;
        let profit = math::sum(run.profit[own.clone()].iter().copied());
        let cost = math::sum(run.costs[own].iter().copied());
        let mut earned = 0.0;
        let curve = bars.clone().map(|t| {
            earned += run.bar_profit[s][t];
            earned + 0.0
        });
        let source = self.request.strategies.get(&run.strategies[s]).map_or("", StrategySpec::source);
        StrategyOutcome {
            contribution: (profit - cost) / self.request.config.initial_value,
            cost: cost + 0.0,
            curve: self.by_bar(curve.collect()),
            metrics,
            paused: run.paused[s].as_ref().map(|(time, _)| *time),
            paused_because: run.paused[s].as_ref().map(|(_, why)| why.clone()),
            profit: profit + 0.0,
            saved: run.saved[s] + 0.0,
            source: String::from(source),
            strategy: run.strategies[s].clone(),
            value: self.by_bar(run.papers[s].values[bars].to_vec()),
        }
    }

    fn ledgers(&self) -> Option<LedgerOutcome> {
        let (run, ledgers) = (self.run, self.run.ledgers.as_ref()?);
        let end = run.ruined.map_or(self.market.bars(), |bar| bar);
        let pairs = || run.values[..end].iter().zip(&ledgers.values).zip(&ledgers.rounding);
        Some(LedgerOutcome {
            agrees: pairs().all(|((value, booked), rounding)| (value - booked).abs() <= *rounding),
            conserved: ledgers.conserved,
            difference_max: pairs().map(|((value, booked), _)| (value - booked).abs()).fold(0.0, f64::max),
            final_value: ledgers.final_value,
            postings: ledgers.postings as u32,
            rounding: ledgers.rounding.last().copied().unwrap_or(0.0),
            strategies: run
                .strategies
                .iter()
                .zip(&ledgers.strategies)
                .map(|(strategy, &(profit, fees))| LedgerStrategy { fees, profit, strategy: strategy.clone() })
                .collect(),
        })
    }

    fn holdings(&self) -> Vec<Holding> {
        let run = self.run;
        let held = run.shares.iter().zip(&run.prices).zip(&self.market.symbols).filter(|((shares, _), _)| **shares != 0.0);
        held.map(|((&shares, &price), symbol)| Holding {
            price,
            shares,
            symbol: symbol.clone(),
            value: shares * price,
            weight: if run.final_value > 0.0 { shares * price / run.final_value } else { 0.0 },
        })
        .collect()
    }

    fn rebalances(&self) -> Rebalances {
        let mut all = Rebalances::default();
        for done in &self.run.rebalances {
            all.cash.push(done.cash + 0.0);
            all.cost.push(done.cost);
            all.decided.push(done.decided);
            all.executed.push(self.market.times[done.bar]);
            all.turnover.push(done.turnover);
            all.value.push(done.value);
        }
        all
    }

    fn weights(&self) -> TargetWeights {
        let mut all = TargetWeights { omitted: count(self.run.weights_omitted), ..TargetWeights::default() };
        for row in &self.run.weights {
            let Some(rebalance) = self.run.rebalances.get(row.rebalance) else { continue };
            all.date.push(self.market.times[rebalance.bar]);
            all.raw.push(row.raw + 0.0);
            all.symbol.push(self.market.symbols[row.symbol].clone());
            all.weight.push(row.weight + 0.0);
        }
        all
    }

    /// Shares of capital, where something decides them.
    fn capital(&self) -> Option<CapitalHistory> {
        let (run, config) = (self.run, &self.request.config);
        if config.capital.is_none() && config.blend.is_none() {
            return None;
        }
        let mut all = CapitalHistory { omitted: count(run.shares_omitted), ..CapitalHistory::default() };
        for row in &run.shares_of_capital {
            let Some(rebalance) = run.rebalances.get(row.rebalance) else { continue };
            all.basis.push(row.basis);
            all.date.push(self.market.times[rebalance.bar]);
            all.share.push(row.share + 0.0);
            all.status.push(row.status);
            all.strategy.push(run.strategies[row.strategy].clone());
        }
        Some(all)
    }

    /// What is worth knowing of the capital: stand-ins and limits that gave way.
    fn capital_warnings(&self) -> Vec<Fault> {
        let (run, mut found) = (self.run, Vec::new());
        let rebalances = |fits: &dyn Fn(&crate::backtest::ShareRow) -> bool| {
            let mut last = None;
            run.shares_of_capital.iter().filter(|row| fits(row) && last.replace(row.rebalance) != Some(row.rebalance)).count()
        };
        let warmup = rebalances(&|row| row.basis == ShareBasis::Warmup);
        if warmup > 0 {
            found.push(Fault::new(
                Code::UnknownStatistic,
                "/config/capital",
                format!(
                    "At {warmup} of {} rebalances too little was known of every strategy, and they got what capital_warmup says.",
                    run.rebalances.len()
                ),
                "Give earlier prices, or lower capital.min_observations.",
            ));
        }
        let conflicts = rebalances(&|row| row.status == Some(CapitalStatus::LimitsConflict));
        if conflicts > 0 {
            found.push(Fault::new(
                Code::LimitBinds,
                "/config/capital/constraints",
                format!(
                    "At {conflicts} of {} rebalances limits could not hold together, and one gave way.",
                    run.rebalances.len()
                ),
                "Loosen one of them; the operation capital names them.",
            ));
        }
        found
    }

    fn trades(&self) -> Trades {
        let mut all = Trades { omitted: count(self.run.trades_omitted), ..Trades::default() };
        for row in &self.run.trades {
            all.commission.push(row.commission);
            all.date.push(self.market.times[row.bar]);
            all.price.push(row.price);
            all.shares.push(row.shares);
            all.slippage.push(row.slippage);
            all.symbol.push(self.market.symbols[row.symbol].clone());
        }
        all
    }

    fn summary(&self) -> BacktestSummary {
        let run = self.run;
        let turnover = math::sum(run.rebalances.iter().map(|done| done.turnover));
        let bars = self.bars().len();
        let years = (bars.saturating_sub(1)) as f64 / self.request.config.metrics.periods_per_year;
        BacktestSummary {
            bars: bars as u32,
            cost: math::sum(run.costs.iter().copied()) + 0.0,
            final_value: run.final_value,
            initial_value: self.request.config.initial_value,
            interest: run.interest + 0.0,
            late_decisions: run.late,
            profit: math::sum(run.profit.iter().copied()) + 0.0,
            rebalances: run.rebalances.len() as u32,
            saved: math::sum(run.saved.iter().copied()) + 0.0,
            trades: count(run.trade_count),
            turnover,
            turnover_annual: if years > 0.0 { turnover / years } else { 0.0 },
        }
    }
}

fn count(many: u64) -> u32 {
    u32::try_from(many).unwrap_or(u32::MAX)
}
