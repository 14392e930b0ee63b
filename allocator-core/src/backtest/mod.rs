//! Backtests: what strategies would have held, traded, paid and earned, bar after bar (P9).
//!
//! ```text
//! prices ── History up to t ──> strategies ── signals ──> blend or shares ── targets ──┐
//!                                    │                                                 │ executed at the first bar after t
//!                                    └── an account of its own, costs and all ──┐      ▼
//!                                         (returns for the blend, up to t)      └── account of several sleeves ──> Run
//! ```
//!
//! Decisions at t see prices up to t, splits and dividends up to t, and the strategies' own results up to t; they are executed at the open
//! or close of a later bar. There is no way to hand a strategy more.

mod account;
mod adjust;
mod books;
mod cost;
mod market;
mod run;
mod schedule;

pub use books::POSTINGS_MAX;
pub use market::{BARS_MAX, CELLS_MAX, Market, MarketData};
pub(crate) use run::period_return;
pub use run::{Event, Ledgers, Paper, Rebalanced, Run, STRATEGIES_MAX, TradeRow, WeightRow, run};
