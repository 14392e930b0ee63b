//! Operation `backtest`: prices and strategies in; equity, trades, weights, and who earned what, out (P9).

mod overlay;

pub use overlay::OverlayOutcome;

use super::metrics::{MetricsRequest, SeriesMetrics};
use super::risk::Precomputed;
use super::{Answer, Request, VERSION, decode_config};
use crate::backtest::{Market, MarketData, Run, ShareBasis, no_scalars, run_after};
use crate::capital::CapitalStatus;
use crate::config::OperationConfig;
use crate::config::backtest::{BacktestConfig, StrategySpec};
use crate::config::compat::Compat;
use crate::config::risk::{OverlayMode, RiskConfig};
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
    /// The scalars of an earlier run, for a risk overlay of mode `precomputed`.
    #[cfg_attr(feature = "schema", serde(default))]
    pub precomputed: Option<Precomputed>,
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
    /// Weights before the risk overlay; the same as `weight` where there is none.
    pub raw: Vec<f64>,
    /// Symbols.
    pub symbol: Vec<String>,
    /// Weights, fractions of the value.
    pub weight: Vec<f64>,
}

/// Shares of capital, one entry for each rebalance and strategy.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CapitalHistory {
    /// Where each share comes from.
    pub basis: Vec<ShareBasis>,
    /// When the rebalance was executed.
    pub date: Vec<UnixNanos>,
    /// Entries beyond `rows_max`.
    pub omitted: u32,
    /// Share of the capital; beside a blend the gross weight that it gave the strategy.
    pub share: Vec<f64>,
    /// How the method of capital ended; null beside a blend.
    pub status: Vec<Option<CapitalStatus>>,
    /// Strategies.
    pub strategy: Vec<String>,
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
    /// Shares of capital through time; null where they are fixed.
    pub capital: Option<CapitalHistory>,
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
    /// What the risk overlay saw and did; null where there is none.
    pub overlay: Option<OverlayOutcome>,
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
pub type BacktestResponse = Answer<BacktestResult>;

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
            precomputed: None,
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
        let mode = self.config.risk.as_ref().map(RiskConfig::effective_mode);
        match (&self.precomputed, mode) {
            (None, Some(OverlayMode::Precomputed)) => faults.push(no_scalars()),
            (Some(_), None | Some(OverlayMode::Compute | OverlayMode::Off)) => faults.push(Fault::new(
                Code::Conflict,
                at.key("precomputed"),
                "There are precomputed scalars, and no overlay that reads them.",
                "Set risk.mode: precomputed, or leave them out.",
            )),
            _ => {}
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

impl BacktestRequest {
    /// Carries the backtest out once, for the answer and for the overlay's files by name (R6); there are none without an overlay.
    /// `run_id` is what the run is called in them.
    ///
    /// # Errors
    /// As [`backtest`].
    pub fn answer_and_artefacts(&self, run_id: &str) -> Result<(BacktestResponse, BTreeMap<String, String>), Problem> {
        let (market, run) = self.carried_out()?;
        let telling = Telling { request: self, market: &market, run: &run };
        let result = telling.result()?;
        let files = telling.overlay_files(&result, run_id)?;
        let digest = crate::wire::digest_of(Self::OPERATION, self, &result)?;
        Ok((Answer { result, digest }, files))
    }

    fn carried_out(&self) -> Result<(Market, Run), Problem> {
        let mut faults = Faults::new();
        self.validate(&mut faults);
        faults.finish(Some(()))?;
        let earlier = self.earlier()?;
        run_after(&self.data(), &self.strategies, &self.config, earlier.as_deref())
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
        let precomputed = fields.optional("precomputed", None, &at, faults);
        let prices = fields.required("prices", &at, faults);
        let splits = fields.optional("splits", None, &at, faults);
        let strategies = fields.required("strategies", &at, faults);
        let volume = fields.optional("volume", None, &at, faults);
        let mut config = config?;
        // Members of a group and of a sleeve are a set.
        for group in config.capital.iter_mut().flat_map(|capital| capital.constraints.groups.values_mut()) {
            group.members.sort();
        }
        for sleeve in config.risk.iter_mut().flat_map(|risk| risk.sleeves.values_mut()) {
            sleeve.assets.sort();
        }
        let request = BacktestRequest {
            benchmark: benchmark?,
            config,
            delistings: delistings?,
            dividends: dividends?,
            high: high?,
            low: low?,
            open: open?,
            precomputed: precomputed?,
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
        let (market, run) = self.carried_out()?;
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
                .filter(|&cell| run.profit[cell] != 0.0 || run.costs[cell] != 0.0)
                .map(|cell| Earned {
                    cost: run.costs[cell] + 0.0,
                    profit: run.profit[cell] + 0.0,
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
    fn figures(&self, name: &str, values: &[f64]) -> Result<SeriesMetrics, Problem> {
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

#[cfg(test)]
mod tests;
