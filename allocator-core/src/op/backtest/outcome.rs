//! What a backtest answers: the portfolio through time, trades, events, and who earned what.

use super::OverlayOutcome;
use crate::backtest::ShareBasis;
use crate::capital::CapitalStatus;
use crate::error::Fault;
use crate::op::metrics::SeriesMetrics;
use crate::units::UnixNanos;
use serde::Serialize;

/// Most events in an answer; the others are counted.
pub const EVENTS_MAX: usize = 2_000;

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

/// The portfolio through time, one entry for each bar; empty where `curves` is false.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
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
    /// Who earned what with which symbol, between `attribution_start` and `attribution_end`; over the whole run it sums to `summary.profit`
    /// and `summary.cost`.
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
