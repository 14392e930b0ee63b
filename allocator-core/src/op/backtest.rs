//! Operation `backtest`: prices and strategies in; equity, trades, weights, and who earned what, out (P9).

use super::metrics::{MetricsRequest, SeriesMetrics};
use super::{Request, VERSION, decode_config};
use crate::backtest::{Market, MarketData, Run, run};
use crate::config::OperationConfig;
use crate::config::backtest::{BacktestConfig, StrategySpec};
use crate::config::compat::Compat;
use crate::error::{Code, Fault, Faults, Problem};
use crate::frame::{FlowBook, PriceBook, ReturnBook};
use crate::math;
use crate::stats::drawdown::drawdown_curve;
use crate::units::UnixNanos;
use crate::wire::{At, Fields};
use serde::Serialize;
use std::collections::BTreeMap;

/// Most values of all tables of one request.
pub const VALUES_MAX: usize = 20_000_000;

/// Most events in an answer; the others are counted.
pub const EVENTS_MAX: usize = 2_000;

/// A request for a backtest.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", serde(deny_unknown_fields))]
pub struct BacktestRequest {
    /// Prices of one benchmark.
    #[cfg_attr(feature = "schema", serde(default))]
    pub benchmark: Option<PriceBook>,
    /// Settings.
    #[cfg_attr(feature = "schema", serde(default))]
    pub config: BacktestConfig,
    /// Money paid out for one share on the day that a symbol ends; zero where nothing is left.
    #[cfg_attr(feature = "schema", serde(default))]
    pub delistings: Option<FlowBook>,
    /// Money paid on one share, on the day from which it is quoted without.
    #[cfg_attr(feature = "schema", serde(default))]
    pub dividends: Option<PriceBook>,
    /// Highest prices; formulas read them.
    #[cfg_attr(feature = "schema", serde(default))]
    pub high: Option<PriceBook>,
    /// Lowest prices; formulas read them.
    #[cfg_attr(feature = "schema", serde(default))]
    pub low: Option<PriceBook>,
    /// Opening prices.
    #[cfg_attr(feature = "schema", serde(default))]
    pub open: Option<PriceBook>,
    /// Closing prices as quoted: not adjusted for `splits` and `dividends`, where those are given.
    pub prices: PriceBook,
    /// New shares for one old share, on the day from which prices are quoted after the split.
    #[cfg_attr(feature = "schema", serde(default))]
    pub splits: Option<PriceBook>,
    /// The strategies.
    pub strategies: BTreeMap<String, StrategySpec>,
    /// 1.
    pub version: u32,
    /// Shares traded in each bar, for market impact.
    #[cfg_attr(feature = "schema", serde(default))]
    pub volume: Option<FlowBook>,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum BacktestStatus {
    /// It ran to its last bar.
    Completed,
    /// No strategy took a position.
    Idle,
    /// Nothing was left; the curve ends there.
    Ruined,
}

/// The portfolio through time, one entry for each bar.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BacktestCurve {
    /// Value of the initial money in the benchmark; null without one.
    pub benchmark: Option<Vec<Option<f64>>>,
    /// Cash after the trades of the bar.
    pub cash: Vec<f64>,
    /// Bars.
    pub date: Vec<UnixNanos>,
    /// How far the value lies below its highest so far, zero or negative.
    pub drawdown: Vec<f64>,
    /// Long and short positions over value, after the trades of the bar.
    pub gross: Vec<f64>,
    /// Long less short positions over value, after the trades of the bar.
    pub net: Vec<f64>,
    /// Value at the close, before the trades of that close.
    pub value: Vec<f64>,
}

/// Rebalances, one entry each.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Rebalances {
    /// Cash after it.
    pub cash: Vec<f64>,
    /// Commission and slippage, money.
    pub cost: Vec<f64>,
    /// The time whose knowledge it was decided with.
    pub decided: Vec<UnixNanos>,
    /// The bar at which it was executed.
    pub executed: Vec<UnixNanos>,
    /// Sum of the absolute values traded over the value before; zero where every weight was within the band.
    pub turnover: Vec<f64>,
    /// Value before it.
    pub value: Vec<f64>,
}

/// Target weights of the portfolio, one entry for each rebalance and symbol that is held.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TargetWeights {
    /// When they were executed.
    pub date: Vec<UnixNanos>,
    /// Entries beyond `rows_max`.
    pub omitted: u32,
    /// Symbols.
    pub symbol: Vec<String>,
    /// Weights, fractions of the value.
    pub weight: Vec<f64>,
}

/// Fills, one entry each.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Trades {
    /// Commission, money.
    pub commission: Vec<f64>,
    /// Bars.
    pub date: Vec<UnixNanos>,
    /// Entries beyond `rows_max`.
    pub omitted: u32,
    /// Price before slippage.
    pub price: Vec<f64>,
    /// Bought (positive) or sold.
    pub shares: Vec<f64>,
    /// Slippage, money.
    pub slippage: Vec<f64>,
    /// Symbols.
    pub symbol: Vec<String>,
}

/// Something that befell the portfolio.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BacktestEvent {
    /// Money or ratio, where there is one.
    pub amount: Option<f64>,
    /// The bar.
    pub date: UnixNanos,
    /// `split`, `dividend`, `delisting`, `waiting`, `never_priced`, `strategy_paused`, `strategy_skipped` or `ruin`.
    pub kind: String,
    /// The symbol or the strategy.
    pub name: String,
    /// In words.
    pub text: String,
}

/// What one strategy earned with one symbol.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Earned {
    /// Its part of the costs.
    pub cost: f64,
    /// Profit of prices and dividends before costs.
    pub profit: f64,
    /// The strategy.
    pub strategy: String,
    /// The symbol.
    pub symbol: String,
}

/// A position at the end.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Holding {
    /// Last price.
    pub price: f64,
    /// Shares, negative where they are sold short.
    pub shares: f64,
    /// The symbol.
    pub symbol: String,
    /// Shares times price.
    pub value: f64,
    /// Value over that of the portfolio.
    pub weight: f64,
}

/// What became of one strategy.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StrategyOutcome {
    /// Its part of the costs, money.
    pub cost: f64,
    /// Profit less cost over the initial money of the portfolio; sums with `interest` to the portfolio's return.
    pub contribution: f64,
    /// Profit before costs up to each bar of the curve, money.
    pub curve: Vec<f64>,
    /// Figures of the strategy alone, with the whole capital and the same costs.
    pub metrics: SeriesMetrics,
    /// When it was paused after a failure; null if it was not.
    pub paused: Option<UnixNanos>,
    /// Why.
    pub paused_because: Option<String>,
    /// Profit of prices and dividends before costs, money.
    pub profit: f64,
    /// Costs that it did not pay because its orders crossed with those of others, money.
    pub saved: f64,
    /// Where its positions come from: `alpha`, `alphas`, `formula`, `pairs` or `weights`.
    pub source: String,
    /// Its id.
    pub strategy: String,
    /// Value of the strategy alone at each bar of the curve.
    pub value: Vec<f64>,
}

/// What one strategy came to on the ledgers.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LedgerStrategy {
    /// Fees paid, money.
    pub fees: f64,
    /// Profit after fees, money.
    pub profit: f64,
    /// The strategy.
    pub strategy: String,
}

/// The same run by orders on double-entry ledgers.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LedgerOutcome {
    /// Whether no value is further from that of the curve than rounding explains.
    pub agrees: bool,
    /// Whether every transaction balances and the journal, folded again, comes to the same books.
    pub conserved: bool,
    /// Largest distance of a value from that of the curve, money.
    pub difference_max: f64,
    /// Value at the end.
    pub final_value: f64,
    /// Postings of the journal.
    pub postings: u32,
    /// How far rounding can have moved the last value, money.
    pub rounding: f64,
    /// Every strategy, by id.
    pub strategies: Vec<LedgerStrategy>,
}

/// The run in a few numbers.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BacktestSummary {
    /// Bars of the curve.
    pub bars: u32,
    /// Commission and slippage, money.
    pub cost: f64,
    /// Value at the end, after all costs.
    pub final_value: f64,
    /// Money at the start.
    pub initial_value: f64,
    /// Interest received less interest paid, money.
    pub interest: f64,
    /// Decisions that came too late to be executed.
    pub late_decisions: u32,
    /// Profit of prices and dividends before costs, money. Final value = initial value + profit − cost + interest.
    pub profit: f64,
    /// Rebalances.
    pub rebalances: u32,
    /// Costs that crossing the orders of strategies saved, money.
    pub saved: f64,
    /// Fills.
    pub trades: u32,
    /// Sum of the turnovers of all rebalances.
    pub turnover: f64,
    /// `turnover` a year of `periods_per_year` bars.
    pub turnover_annual: f64,
}

/// The result of a backtest.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BacktestResult {
    /// Who earned what with which symbol; sums to `summary.profit` and `summary.cost`.
    pub attribution: Vec<Earned>,
    /// The portfolio through time.
    pub curve: BacktestCurve,
    /// What befell it, by date.
    pub events: Vec<BacktestEvent>,
    /// Events beyond the most that are told.
    pub events_omitted: u32,
    /// Positions at the end, by symbol.
    pub holdings: Vec<Holding>,
    /// The same run by orders on ledgers; null where it was not asked for.
    pub ledgers: Option<LedgerOutcome>,
    /// Figures of the portfolio.
    pub metrics: SeriesMetrics,
    /// Rebalances.
    pub rebalances: Rebalances,
    /// How it ended.
    pub status: BacktestStatus,
    /// Every strategy, by id.
    pub strategies: Vec<StrategyOutcome>,
    /// The run in a few numbers.
    pub summary: BacktestSummary,
    /// Fills.
    pub trades: Trades,
    /// What is worth knowing and refuses nothing.
    pub warnings: Vec<Fault>,
    /// Target weights of every rebalance.
    pub weights: TargetWeights,
}

/// The answer with its digest.
pub type BacktestResponse = super::Answer<BacktestResult>;

/// Runs strategies through a market.
///
/// # Errors
/// As [`crate::backtest::run`].
pub fn backtest(request: &BacktestRequest) -> Result<BacktestResponse, Problem> {
    request.answer()
}

impl BacktestRequest {
    /// A request of prices and strategies alone, with default settings.
    pub fn new(prices: PriceBook, strategies: BTreeMap<String, StrategySpec>) -> Self {
        BacktestRequest {
            benchmark: None,
            config: BacktestConfig::default(),
            delistings: None,
            dividends: None,
            high: None,
            low: None,
            open: None,
            prices,
            splits: None,
            strategies,
            version: VERSION,
            volume: None,
        }
    }

    fn data(&self) -> MarketData<'_> {
        MarketData {
            prices: &self.prices,
            high: self.high.as_ref(),
            low: self.low.as_ref(),
            open: self.open.as_ref(),
            volume: self.volume.as_ref(),
            splits: self.splits.as_ref(),
            dividends: self.dividends.as_ref(),
            delistings: self.delistings.as_ref(),
        }
    }

    /// What can be wrong beyond the types and is not found by the run itself.
    fn validate(&self, faults: &mut Faults) {
        let at = At::Root;
        if let Some(benchmark) = &self.benchmark
            && benchmark.len() != 1
        {
            faults.push(Fault::new(
                Code::Conflict,
                at.key("benchmark"),
                format!("There are {} benchmarks.", benchmark.len()),
                "Give the prices of one, or leave the field out.",
            ));
        }
        let of = |book: &PriceBook| book.series().iter().map(|series| series.values.len()).sum::<usize>();
        let uploaded = self.strategies.values().filter_map(|spec| spec.weights.as_ref());
        let uploaded: usize = uploaded.map(|book| book.series().iter().map(|series| series.values.len()).sum::<usize>()).sum();
        let values = of(&self.prices) + self.open.as_ref().map_or(0, of) + uploaded;
        if values > VALUES_MAX {
            faults.push(Fault::new(
                Code::LimitExceeded,
                at,
                format!("{values} prices and weights, and {VALUES_MAX} are the most."),
                "Give fewer bars, symbols or strategies.",
            ));
        }
    }
}

impl Request for BacktestRequest {
    const OPERATION: &'static str = "backtest";
    type Config = BacktestConfig;
    type Result = BacktestResult;

    fn decode(fields: &mut Fields<'_>, compat: Option<Compat>, faults: &mut Faults) -> Option<Self> {
        let at = At::Root;
        let benchmark = fields.optional("benchmark", None, &at, faults);
        let config: Option<BacktestConfig> = decode_config(fields, compat, faults);
        if let Some(config) = &config {
            config.validate(&at.key("config"), faults);
        }
        let delistings = fields.optional("delistings", None, &at, faults);
        let dividends = fields.optional("dividends", None, &at, faults);
        let high = fields.optional("high", None, &at, faults);
        let low = fields.optional("low", None, &at, faults);
        let open = fields.optional("open", None, &at, faults);
        let prices = fields.required("prices", &at, faults);
        let splits = fields.optional("splits", None, &at, faults);
        let strategies = fields.required("strategies", &at, faults);
        let volume = fields.optional("volume", None, &at, faults);
        let request = BacktestRequest {
            benchmark: benchmark?,
            config: config?,
            delistings: delistings?,
            dividends: dividends?,
            high: high?,
            low: low?,
            open: open?,
            prices: prices?,
            splits: splits?,
            strategies: strategies?,
            version: VERSION,
            volume: volume?,
        };
        request.validate(faults);
        Some(request)
    }

    fn run(&self) -> Result<BacktestResult, Problem> {
        let mut faults = Faults::new();
        self.validate(&mut faults);
        faults.finish(Some(()))?;
        let (market, run) = run(&self.data(), &self.strategies, &self.config)?;
        Telling { request: self, market: &market, run: &run }.result()
    }
}

/// What is needed to tell what happened.
struct Telling<'a> {
    request: &'a BacktestRequest,
    market: &'a Market,
    run: &'a Run,
}

impl Telling<'_> {
    /// The bars of the curve: from the first position to the end, or to ruin.
    fn bars(&self) -> std::ops::Range<usize> {
        self.run.start..self.run.ruined.map_or(self.market.bars(), |bar| bar + 1)
    }

    fn result(&self) -> Result<BacktestResult, Problem> {
        let (run, market) = (self.run, self.market);
        let mut figures = self.figures()?.into_iter();
        let missing = || Problem::internal("a series has no figures");
        let metrics = figures.next().ok_or_else(missing)?;
        let mut warnings = run.warnings.clone();
        let mut strategies = Vec::with_capacity(run.strategies.len());
        for (s, metrics) in (0..run.strategies.len()).zip(figures) {
            strategies.push(self.strategy(s, metrics));
        }
        if strategies.len() != run.strategies.len() {
            return Err(missing());
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
                .filter(|&cell| run.profit[cell] != 0.0 || run.costs[cell] != 0.0)
                .map(|cell| Earned {
                    cost: run.costs[cell] + 0.0,
                    profit: run.profit[cell] + 0.0,
                    strategy: run.strategies[cell / n].clone(),
                    symbol: market.symbols[cell % n].clone(),
                })
                .collect(),
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

    /// Figures of the portfolio, then of every strategy alone.
    fn figures(&self) -> Result<Vec<SeriesMetrics>, Problem> {
        let (run, times) = (self.run, &self.market.times);
        let bars = self.bars();
        let mut books = vec![(String::from("portfolio"), &run.values)];
        books.extend(run.strategies.iter().zip(&run.papers).map(|(id, paper)| (id.clone(), &paper.values)));
        let mut figures = Vec::with_capacity(books.len());
        for (name, values) in books {
            let period = |t: usize| (times[t], crate::backtest::period_return(values[t - 1], values[t]));
            let points = BTreeMap::from([(name, (bars.start + 1..bars.end).map(period).collect())]);
            let mut faults = Faults::new();
            let returns = ReturnBook::from_points(points, |name, _| format!("/{name}"), &mut faults);
            let request = MetricsRequest {
                benchmark: self.benchmark_returns()?,
                config: self.request.config.metrics.clone(),
                ..MetricsRequest::of_returns(faults.finish(returns)?)
            };
            let result = Request::run(&request)?;
            figures.extend(result.series);
        }
        Ok(figures)
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

    fn curve(&self) -> BacktestCurve {
        let (run, bars) = (self.run, self.bars());
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
            curve: curve.collect(),
            metrics,
            paused: run.paused[s].as_ref().map(|(time, _)| *time),
            paused_because: run.paused[s].as_ref().map(|(_, why)| why.clone()),
            profit: profit + 0.0,
            saved: run.saved[s] + 0.0,
            source: String::from(source),
            strategy: run.strategies[s].clone(),
            value: run.papers[s].values[bars].to_vec(),
        }
    }

    fn ledgers(&self) -> Option<LedgerOutcome> {
        let (run, ledgers) = (self.run, self.run.ledgers.as_ref()?);
        let end = run.ruined.map_or(self.market.bars(), |bar| bar);
        let pairs = || run.values[..end].iter().zip(&ledgers.values).zip(&ledgers.rounding);
        Some(LedgerOutcome {
            agrees: pairs().all(|((value, booked), rounding)| (value - booked).abs() <= rounding + 1e-9 * value.abs()),
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
            all.symbol.push(self.market.symbols[row.symbol].clone());
            all.weight.push(row.weight);
        }
        all
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

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(text: &str) -> Result<BacktestResult, Problem> {
        Ok(backtest(&BacktestRequest::from_json(text.as_bytes())?)?.result)
    }

    fn codes(text: &str) -> Vec<String> {
        answer(text).unwrap_err().problems.iter().map(|fault| format!("{} {}", fault.path, fault.code)).collect()
    }

    fn near(got: &[f64], wanted: &[f64]) {
        assert!(
            got.len() == wanted.len() && got.iter().zip(wanted).all(|(got, wanted)| (got - wanted).abs() < 1e-6),
            "{got:?} {wanted:?}"
        );
    }

    const AB: &str = r#""prices":{
        "a":[["2024-01-01",10],["2024-01-02",11],["2024-01-03",11],["2024-01-04",22]],
        "b":[["2024-01-01",20],["2024-01-02",20],["2024-01-03",10],["2024-01-04",10]]}"#;

    #[test]
    fn by_hand_half_and_half_once_with_costs() {
        // Decided before the first bar, executed at its close: 500 each, 50 shares of a and 25 of b; 1 % of 1,000 paid from cash.
        let result = answer(&format!(
            r#"{{"version":1,{AB},"strategies":{{"s":{{"weights":{{"a":[["2023-12-31",0.5]],"b":[["2023-12-31",0.5]]}}}}}},
                "config":{{"initial_value":1000,"cost_rate":0.01}}}}"#
        ))
        .unwrap();
        // 1,000 before the trade; −10 + 50·11 + 25·20; −10 + 550 + 250; −10 + 1,100 + 250.
        near(&result.curve.value, &[1000.0, 1040.0, 790.0, 1340.0]);
        near(&result.rebalances.turnover, &[1.0]);
        near(&result.rebalances.cost, &[10.0]);
        near(&result.curve.cash, &[-10.0; 4]);
        near(&result.curve.drawdown, &[0.0, 0.0, 790.0 / 1040.0 - 1.0, 0.0]);
        assert_eq!(result.attribution.iter().map(|row| row.symbol.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        near(&result.attribution.iter().map(|row| row.profit).collect::<Vec<_>>(), &[600.0, -250.0]);
        near(&[result.summary.final_value, result.summary.profit, result.summary.cost], &[1340.0, 350.0, 10.0]);
        assert_eq!((result.status, result.summary.trades, result.metrics.n), (BacktestStatus::Completed, 2, 3));
        // With costs taken from the trades: x + 1 % of x is 1,000, so that no cash is borrowed.
        let shrunk = answer(&format!(
            r#"{{"version":1,{AB},"strategies":{{"s":{{"weights":{{"a":[["2023-12-31",1]]}}}}}},
                "config":{{"initial_value":1010,"cost_rate":0.01,"financing":"shrink"}}}}"#
        ))
        .unwrap();
        near(&shrunk.curve.cash, &[0.0; 4]);
        near(&shrunk.curve.value, &[1010.0, 1100.0, 1100.0, 2200.0]);
    }

    #[test]
    fn decisions_at_a_bar_are_executed_at_the_next() {
        // Known at the close of 2 January, bought at the close of 3 January for 11, worth 22 a day later; the last decision is too late.
        let result = answer(&format!(
            r#"{{"version":1,{AB},"strategies":{{"s":{{"weights":{{"a":[["2024-01-02",1],["2024-01-03",0]]}}}}}},
                "config":{{"initial_value":1100,"cost_rate":0}}}}"#
        ))
        .unwrap();
        near(&result.curve.value, &[1100.0, 2200.0]);
        assert_eq!(result.curve.date[0].to_string(), "2024-01-03");
        assert_eq!(result.summary.late_decisions, 1);
    }

    #[test]
    fn opposite_orders_of_two_strategies_cross() {
        // Each with half of 1,000: one buys 50 a, the other sells 50 a: nothing is traded, nothing is paid.
        let result = answer(&format!(
            r#"{{"version":1,{AB},"strategies":{{"l":{{"weights":{{"a":[["2023-12-31",1]]}}}},"s":{{"weights":{{"a":[["2023-12-31",-1]]}}}}}},
                "config":{{"initial_value":1000,"cost_rate":0.01}}}}"#
        ))
        .unwrap();
        near(&result.curve.value, &[1000.0; 4]);
        near(&[result.strategies[0].profit, result.strategies[1].profit, result.summary.saved], &[600.0, -600.0, 10.0]);
        assert_eq!((result.summary.trades, result.summary.cost), (0, 0.0));
    }

    #[test]
    fn ledgers_come_to_the_same() {
        let result = answer(&format!(
            r#"{{"version":1,{AB},"strategies":{{"l":{{"weights":{{"a":[["2023-12-31",1],["2024-01-02",0.3]],"b":[["2024-01-02",0.5]]}}}},
            "s":{{"weights":{{"a":[["2023-12-31",-0.4]],"b":[["2024-01-02",-0.2]]}}}}}},"splits":{{"b":[["2024-01-03",0.5]]}},
            "dividends":{{"a":[["2024-01-03",0.37]]}},"config":{{"initial_value":1000,"cost_rate":0.01,"cash_rate":0.02,"ledgers":true}}}}"#
        ))
        .unwrap();
        let ledgers = result.ledgers.unwrap();
        assert!(ledgers.agrees && ledgers.conserved, "{ledgers:?}");
        assert!(ledgers.difference_max < 1e-5 && ledgers.postings > 20);
        for (own, told) in result.strategies.iter().zip(&ledgers.strategies) {
            near(&[told.profit, told.fees], &[own.profit - own.cost, own.cost]);
        }
    }

    #[test]
    fn splits_dividends_gaps_and_the_end_of_a_symbol() {
        let text = r#"{"version":1,"prices":{
            "a":[["2024-01-01",100],["2024-01-02",50],["2024-01-03",49]],
            "b":[["2024-01-01",10],["2024-01-03",12]],
            "c":[["2024-01-01",10],["2024-01-02",8]]},
            "splits":{"a":[["2024-01-02",2]]},"dividends":{"a":[["2024-01-03",1]]},"delistings":{"c":[["2024-01-03",3]]},
            "strategies":{"s":{"weights":{"a":[["2023-12-31",0.5]],"b":[["2023-12-31",0.25]],"c":[["2023-12-31",0.25]]}}},
            "config":{"initial_value":4000,"cost_rate":0}}"#;
        let result = answer(text).unwrap();
        // 20 a become 40 a: 2,000 on the second day, then 40·49 + 40 = 2,000. 100 b: 1,000 through the gap, then 1,200. 100 c: 800, then
        // paid out 300.
        near(&result.curve.value, &[4000.0, 3800.0, 3500.0]);
        near(&result.attribution.iter().map(|row| row.profit).collect::<Vec<_>>(), &[0.0 + 200.0, -700.0]);
        let kinds: Vec<&str> = result.events.iter().map(|event| event.kind.as_str()).collect();
        assert_eq!(kinds, ["split", "dividend", "delisting"]);
        near(&result.curve.cash, &[0.0, 0.0, 340.0]);
    }

    #[test]
    fn a_symbol_that_falls_silent_is_paid_out_when_patience_ends() {
        let rows: Vec<String> = (1..=9).map(|day| format!("[\"2024-01-0{day}\",10]")).collect();
        let text = format!(
            r#"{{"version":1,"prices":{{"a":[{}],"b":[["2024-01-01",10],["2024-01-02",20]]}},
            "strategies":{{"s":{{"weights":{{"b":[["2023-12-31",1]]}}}}}},
            "config":{{"initial_value":100,"cost_rate":0,"delist_after":3,"delisting_recovery":0.5}}}}"#,
            rows.join(",")
        );
        let result = answer(&text).unwrap();
        // 10 shares worth 200 until the third silent day, the 5th; then 100 in cash.
        near(&result.curve.value, &[100.0, 200.0, 200.0, 200.0, 100.0, 100.0, 100.0, 100.0, 100.0]);
        assert_eq!(result.events[0].date.to_string(), "2024-01-05");
        assert!(result.warnings.iter().any(|warning| warning.message.contains('b')));
    }

    #[test]
    fn orders_wait_for_a_price() {
        let text = r#"{"version":1,"prices":{
            "a":[["2024-01-01",10],["2024-01-03",20],["2024-01-04",30]],
            "b":[["2024-01-01",10],["2024-01-02",10],["2024-01-03",10],["2024-01-04",10]]},
            "strategies":{"s":{"weights":{"a":[["2024-01-01",1]]}}},"config":{"initial_value":100,"cost_rate":0}}"#;
        let result = answer(text).unwrap();
        // On the 2nd a has no price: 10 shares at the last known price of 10 are ordered, and bought for 20 on the 3rd.
        near(&result.curve.value, &[100.0, 100.0, 200.0]);
        near(&result.curve.cash, &[100.0, -100.0, -100.0]);
        assert_eq!(result.events[0].kind, "waiting");
    }

    #[test]
    fn at_the_open_of_the_next_bar() {
        let text = format!(
            r#"{{"version":1,{AB},"open":{{"a":[["2024-01-02",10],["2024-01-03",11],["2024-01-04",20]]}},
            "strategies":{{"s":{{"weights":{{"a":[["2024-01-01",1],["2024-01-03",0]]}}}}}},
            "config":{{"initial_value":100,"cost_rate":0,"execution":"next_open"}}}}"#
        );
        // Bought at the open of the 2nd for 10, sold at the open of the 4th for 20.
        let result = answer(&text).unwrap();
        near(&result.curve.value, &[100.0, 110.0, 110.0, 200.0]);
        assert_eq!(codes(&text.replace("\"open\"", "\"volume\"")), ["/open missing_field"]);
    }

    #[test]
    fn a_strategy_that_fails_is_paused_and_the_others_run_on() {
        let text = format!(
            r#"{{"version":1,{AB},"strategies":{{"bad":{{"weights":{{"a":[["2023-12-31",1],["2024-01-01",60]]}}}},
            "good":{{"weights":{{"b":[["2023-12-31",1]]}}}}}},"config":{{"initial_value":1000,"cost_rate":0}}}}"#
        );
        let result = answer(&text).unwrap();
        // 50 a and 25 b; on the 2nd a is sold for 11 each and b bought back to half of 1,050: 26.25, which fall to half.
        near(&result.curve.value, &[1000.0, 1050.0, 787.5, 787.5]);
        assert_eq!(result.strategies[0].paused.unwrap().to_string(), "2024-01-01");
        assert_eq!(result.strategies[1].paused, None);
        assert_eq!(result.events[0].kind, "strategy_paused");
        let stop = text.replace("\"cost_rate\"", "\"on_strategy_error\":\"stop\",\"cost_rate\"");
        assert_eq!(codes(&stop), ["/strategies/bad/weights out_of_range"]);
    }

    #[test]
    fn nothing_is_left_and_nothing_comes_after() {
        // Three times short: a doubles on the last day.
        let result = answer(&format!(
            r#"{{"version":1,{AB},"strategies":{{"s":{{"weights":{{"a":[["2024-01-02",-3]]}}}}}},"config":{{"cost_rate":0}}}}"#
        ))
        .unwrap();
        assert_eq!(result.status, BacktestStatus::Ruined);
        assert_eq!(result.metrics.total_return, Some(-1.0));
        assert!(result.holdings.is_empty());
    }

    #[test]
    fn interest_on_cash_and_shorts() {
        // Half short in b: cash 1,500 earns 3.65 % a year, the short of 500 costs 7.3 %: a day 0.15 and 0.10.
        let result = answer(
            r#"{"version":1,"prices":{"b":[["2024-01-01",20],["2024-01-02",20]]},"strategies":{"s":{"weights":{"b":[["2023-12-31",-0.5]]}}},
            "config":{"initial_value":1000,"cost_rate":0,"cash_rate":0.0365,"borrow_rate":0.073}}"#,
        )
        .unwrap();
        near(&result.curve.value, &[1000.0, 1000.05]);
        near(&[result.summary.interest], &[0.05]);
    }

    #[test]
    fn whole_lots_toward_zero() {
        let result = answer(&format!(
            r#"{{"version":1,{AB},"strategies":{{"s":{{"weights":{{"a":[["2023-12-31",0.39]],"b":[["2023-12-31",-0.39]]}}}}}},
            "config":{{"initial_value":1000,"cost_rate":0,"lot_size":10}}}}"#
        ))
        .unwrap();
        // 39 a become 30, −19.5 b become −10.
        assert_eq!(result.holdings.iter().map(|held| held.shares).collect::<Vec<_>>(), [30.0, -10.0]);
    }

    #[test]
    fn bad_input_is_refused_with_its_place() {
        let strategies = r#""strategies":{"s":{"weights":{"a":[["2024-01-01",1]]}}}"#;
        for (text, wanted) in [
            (r#"{"version":1,"prices":{"a":[["2024-01-01",-1]]},"strategies":{}}"#, vec!["/prices/a/0 impossible_value"]),
            (r#"{"version":1,"prices":{"a":[["2024-01-01",0]]},"strategies":{}}"#, vec!["/prices/a/0 impossible_value"]),
            (
                r#"{"version":1,"prices":{"a":[["2024-01-01",1],["2024-01-01",2]]},"strategies":{}}"#,
                vec!["/prices/a/1 duplicate"],
            ),
            (r#"{"version":1,"prices":{"a":[["2024-01-01",1]]},"strategies":{}}"#, vec!["/strategies empty"]),
            (
                r#"{"version":1,"prices":{"a":[["2024-01-01",1]]},"strategies":{"s":{"weights":{"AA":[["2024-01-01",1]]}},"t":{}},"config":{"shares":{"u":1}}}"#,
                vec!["/strategies/s/weights/AA not_found", "/strategies/t missing_field", "/config/shares/u not_found"],
            ),
            (&format!(r#"{{"version":1,"prices":{{"a":[]}},{strategies}}}"#), vec!["/prices empty"]),
            (
                &format!(
                    r#"{{"version":1,"prices":{{"a":[["2024-01-01",1],["2024-01-02",1]]}},{strategies},"splits":{{"b":[["2024-01-01",2]]}},
                    "delistings":{{"a":[["2024-01-01",-1]]}},"config":{{"impact":0.1}}}}"#
                ),
                vec!["/splits/b not_found", "/delistings/a/value/0 impossible_value", "/volume missing_field"],
            ),
            (
                &format!(
                    r#"{{"version":1,"prices":{{"a":[["2024-01-01",1],["2024-01-02",1]]}},{strategies},"delistings":{{"a":[["2024-01-01",1]]}}}}"#
                ),
                vec!["/delistings/a conflict"],
            ),
        ] {
            assert_eq!(codes(text), wanted, "{text}");
        }
    }

    #[test]
    fn strategies_are_blended_by_what_they_earned_so_far() {
        // Two alphas over sixty days of two symbols; inverse volatility needs two returns each.
        let rows = |growth: f64| -> String {
            let day = |i: u32| {
                let date = UnixNanos::from_days(19_723 + i64::from(i)).unwrap();
                let price = 100.0 + growth * f64::from(i) + f64::from(i * 7 % 5);
                format!("[\"{date}\",{price}]")
            };
            (0..90).map(day).collect::<Vec<_>>().join(",")
        };
        let text = format!(
            r#"{{"version":1,"prices":{{"a":[{}],"b":[{}]}},
            "strategies":{{"m":{{"alpha":"momentum_20d","top":0.5}},"r":{{"alpha":"short_term_reversal","top":0.5}}}},
            "config":{{"rebalance":"weekly","blend":{{"method":"inverse_vol","per_strategy_max":0.6,"min_observations":2}}}}}}"#,
            rows(1.0),
            rows(-0.5)
        );
        let result = answer(&text).unwrap();
        assert_eq!(result.status, BacktestStatus::Completed);
        let sum: f64 = result.strategies.iter().map(|strategy| strategy.contribution).sum();
        near(&[sum], &[result.summary.final_value / result.summary.initial_value - 1.0]);
    }
}
