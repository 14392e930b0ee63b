//! Sharpe-proportional allocation: wᵢ = max(Sᵢ, 0)/Σ max(Sⱼ, 0) with Sᵢ = (x̄ᵢ − `r_f)/sᵢ·√P` over the lookback (20).
//!
//! Source: the document of recorded system 001. Figures as in [`crate::stats::sharpe`].
//!
//! **Conventions.** ddof of `estimators`. Fewer than `min_observations` returns, a flat series or a volatility below `min_volatility` are
//! unknown; with `short_history: stand_in` too short a history has a Sharpe ratio of 0. No positive ratio at all: cash, or equal weight
//! with `no_edge: equal`.
//!
//! **Fails** by noise: the standard error of a Sharpe ratio over 20 days is about √(252/20) = 3.5 a year.

use super::{Algorithm, Input, Proposal, Score};
use crate::config::capital::ShortHistory;
use crate::stats::{Unknown, sharpe};

/// In proportion to positive Sharpe ratios.
pub struct SharpeProportional;

impl Algorithm for SharpeProportional {
    fn propose(&self, input: &Input<'_>) -> Proposal {
        let config = input.config;
        let one = |i: usize| {
            if let Some(ratio) = input.market.given(i).sharpe {
                return Score::measured(ratio.max(0.0), "sharpe", ratio, None);
            }
            let window = input.window(i);
            let n = Some(window.len() as u32);
            if window.len() < config.min_observations as usize {
                return match config.short_history {
                    ShortHistory::StandIn => Score::measured(0.0, "sharpe", 0.0, n),
                    ShortHistory::Unknown => Score::unknown(Unknown::InsufficientHistory),
                };
            }
            // A risk below the floor is unknown, and so is a ratio to it.
            let ratio = input
                .market
                .volatility(i, input.method)
                .and_then(|_| sharpe(window, config.estimators.ddof, config.periods_per_year, config.risk_free));
            match ratio {
                Ok(ratio) => Score::measured(ratio.max(0.0), "sharpe", ratio, n),
                Err(why) => Score::unknown(why),
            }
        };
        Proposal::proportions((0..input.count()).map(one).collect())
    }

    fn sentence(&self) -> &'static str {
        "Strategies share in proportion to their Sharpe ratio over the lookback; those at or below zero get nothing."
    }
}
