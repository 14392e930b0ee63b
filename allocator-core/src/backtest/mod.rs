//! Backtests: what strategies would have held, traded, paid and earned, bar after bar (P9).
//!
//! ```text
//! prices ── History up to t ──> strategies ── signals ──> shares, capital or blend ── raw targets ── overlay ── targets ──┐
//!                                    │                        ▲                                                       │ executed at the
//!                                    └── an account of its own, costs and all                                         │ first bar after t
//!                                         (what each earned alone, up to t)     account of several sleeves, ledgers <─┘──> Run
//! ```
//!
//! Decisions at t see prices up to t, splits and dividends up to t, and the strategies' own results up to t; they are executed at the open
//! or close of a later bar. There is no way to hand a strategy more.

mod account;
mod adjust;
mod books;
mod cost;
mod drift;
mod market;
mod overlay;
mod plan;
mod run;
mod schedule;

pub use books::POSTINGS_MAX;
pub use market::{BARS_MAX, CELLS_MAX, Market, MarketData};
pub use overlay::{ASSETS_MAX, Overlaid, PRECOMPUTED_PLACES};
pub use plan::{ShareBasis, ShareRow};
pub use run::{Event, Ledgers, Paper, Rebalanced, Run, STRATEGIES_MAX, TradeRow, WeightRow, run, run_after};
pub(crate) use run::{no_scalars, period_return};
