//! What happened in a run, as the operation tells it.

use crate::backtest::overlay::Overlaid;
use crate::backtest::plan::ShareRow;
use crate::error::Fault;
use crate::units::UnixNanos;

/// What became of one rebalance of the portfolio.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rebalanced {
    /// The time whose knowledge it was decided with.
    pub decided: UnixNanos,
    /// The bar at which it was executed.
    pub bar: usize,
    /// Sum of the absolute values traded over the value before.
    pub turnover: f64,
    /// Commission and slippage, money.
    pub cost: f64,
    /// Cash after it.
    pub cash: f64,
    /// Value before it.
    pub value: f64,
    /// Whether every weight was within the band, so that nothing was traded.
    pub within_band: bool,
}

/// One fill of the portfolio.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TradeRow {
    /// The bar.
    pub bar: usize,
    /// The symbol's place in [`Market::symbols`](crate::backtest::Market::symbols).
    pub symbol: usize,
    /// Bought (positive) or sold.
    pub shares: f64,
    /// Price before slippage.
    pub price: f64,
    /// Commission, money.
    pub commission: f64,
    /// Slippage, money.
    pub slippage: f64,
}

/// One target weight of the portfolio.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WeightRow {
    /// The rebalance's place in [`Run::rebalances`].
    pub rebalance: usize,
    /// The symbol's place in [`Market::symbols`](crate::backtest::Market::symbols).
    pub symbol: usize,
    /// Target weight before the overlay.
    pub raw: f64,
    /// Target weight, fraction of the value.
    pub weight: f64,
}

/// Something that befell the portfolio.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The bar.
    pub bar: usize,
    /// `split`, `dividend`, `delisting`, `waiting`, `never_priced`, `strategy_paused`, `strategy_skipped`, `ruin`.
    pub kind: &'static str,
    /// The symbol or the strategy.
    pub name: String,
    /// Money or ratio, where there is one.
    pub amount: Option<f64>,
    /// In words.
    pub text: String,
}

/// One strategy alone, with the whole capital and the same costs: what the blend judges it by.
#[derive(Clone, Debug, PartialEq)]
pub struct Paper {
    /// Value at every bar.
    pub values: Vec<f64>,
    /// The first bar at which it held anything.
    pub first: Option<usize>,
}

impl Paper {
    /// Return of every bar after the first at which it held something, up to bar `end` (not included); the `newest` of them, or all.
    pub(super) fn returns<'a>(
        &'a self,
        times: &'a [UnixNanos],
        end: usize,
        newest: Option<u32>,
    ) -> impl Iterator<Item = (UnixNanos, f64)> + 'a {
        let from = self.first.map_or(end, |first| first + 1);
        let from = newest.map_or(from, |newest| from.max(end.saturating_sub(newest as usize)));
        (from..end).map(move |t| (times[t], period_return(self.values[t - 1], self.values[t])))
    }
}

/// Return of one bar; nothing comes after everything is lost.
pub(crate) fn period_return(before: f64, after: f64) -> f64 {
    if before <= 0.0 { 0.0 } else { (after / before - 1.0).max(-1.0) }
}

/// What the ledgers of a run came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Ledgers {
    /// Value at the close of every bar, before the trades of that close.
    pub values: Vec<f64>,
    /// How far rounding can have moved each value.
    pub rounding: Vec<f64>,
    /// Postings of the journal.
    pub postings: usize,
    /// Whether every transaction balances and the journal, folded again, comes to the same books.
    pub conserved: bool,
    /// Profit after fees and fees of every strategy.
    pub strategies: Vec<(f64, f64)>,
    /// Value at the end.
    pub final_value: f64,
}

/// What happened. Matrices are strategy after strategy, symbols in the order of the market.
#[derive(Clone, Debug)]
pub struct Run {
    /// Strategies, sorted.
    pub strategies: Vec<String>,
    /// The first bar of the curve: that of the first position, or the one before where it was taken at an open.
    pub start: usize,
    /// Value at the close of every bar, before the trades of that close.
    pub values: Vec<f64>,
    /// Cash at the end of every bar.
    pub cash: Vec<f64>,
    /// Value of long positions at the end of every bar.
    pub long: Vec<f64>,
    /// Value of short positions at the end of every bar, from zero.
    pub short: Vec<f64>,
    /// Profit before costs of every strategy in every bar: strategy after strategy.
    pub bar_profit: Vec<Vec<f64>>,
    /// Rebalances.
    pub rebalances: Vec<Rebalanced>,
    /// Decisions that came too late to be executed.
    pub late: u32,
    /// Target weights of every rebalance.
    pub weights: Vec<WeightRow>,
    /// Target weights that were not kept.
    pub weights_omitted: u64,
    /// Shares of capital at every rebalance, where `capital` or `blend` decides them.
    pub shares_of_capital: Vec<ShareRow>,
    /// Shares of capital that were not kept.
    pub shares_omitted: u64,
    /// What the risk overlay saw and did, where there is one.
    pub overlay: Option<Overlaid>,
    /// Fills.
    pub trades: Vec<TradeRow>,
    /// Fills that were not kept.
    pub trades_omitted: u64,
    /// Fills, kept or not.
    pub trade_count: u64,
    /// Events, by bar.
    pub events: Vec<Event>,
    /// Profit before costs by strategy and symbol.
    pub profit: Vec<f64>,
    /// Costs by strategy and symbol.
    pub costs: Vec<f64>,
    /// Of both, what fell between the closes that `attribution_start` and `attribution_end` name.
    pub counted: (Vec<f64>, Vec<f64>),
    /// Costs saved because orders of strategies crossed, by strategy.
    pub saved: Vec<f64>,
    /// Interest received less interest paid.
    pub interest: f64,
    /// The same run by orders on ledgers, where it was asked for.
    pub ledgers: Option<Ledgers>,
    /// Shares at the end.
    pub shares: Vec<f64>,
    /// Prices at the end.
    pub prices: Vec<f64>,
    /// Value at the end, after all costs.
    pub final_value: f64,
    /// Every strategy alone.
    pub papers: Vec<Paper>,
    /// When and why a strategy was paused.
    pub paused: Vec<Option<(UnixNanos, String)>>,
    /// The bar at which nothing was left.
    pub ruined: Option<usize>,
    /// What is worth knowing and refuses nothing.
    pub warnings: Vec<Fault>,
}
