//! Kelly's fraction of each strategy by itself: fᵢ = c·μᵢ/σᵢ², c the share of Kelly that is deployed (½).
//!
//! The diagonal of the multivariate rule: correlation is left out, so strategies that move together are bet on twice. Sources: Kelly
//! (1956); Thorp (2006), "The Kelly criterion in blackjack, sports betting and the stock market", section 7.
//!
//! **Conventions.** μ and σ² over the lookback (252), ddof of `estimators`, annualised (which cancels out but for `min_variance`). A
//! fraction is a size, not a proportion: below zero it is no bet; a sum above the total is scaled down to it, one below stays what it is
//! and the rest is cash, so that `fraction` changes what is deployed. Nobody above zero: nothing is deployed, whatever `no_edge` says.
//! `kelly.rule: clamp_then_normalize` is the reading of recorded system 002.

use super::{Algorithm, Deploy, Input, Proposal, Score};
use crate::config::capital::{KellyRule, ShortHistory};
use crate::stats::{Unknown, mean};

/// Kelly's fraction of each strategy by itself.
pub struct KellyDiagonal;

impl Algorithm for KellyDiagonal {
    fn propose(&self, input: &Input<'_>) -> Proposal {
        let config = input.config;
        let periods = config.periods_per_year;
        let clamp = config.kelly.rule == KellyRule::ClampThenNormalize;
        let one = |i: usize| {
            let window = input.window(i);
            let n = window.len() as u32;
            if window.len() < config.min_observations as usize && config.short_history == ShortHistory::StandIn {
                return Score::measured(0.0, "kelly_fraction", 0.0, Some(n));
            }
            let figure = input.market.volatility(i, input.method).and_then(|volatility| {
                let expected = match input.market.expected_return(i) {
                    Some(given) => given,
                    None if window.len() < config.min_observations as usize => return Err(Unknown::InsufficientHistory),
                    None => mean(window)? * periods,
                };
                Ok((expected - config.risk_free) / (volatility * volatility).max(config.kelly.min_variance))
            });
            match figure {
                Ok(full) => {
                    let size = config.kelly.fraction * full;
                    let base = if clamp { size.clamp(0.0, 1.0) } else { size.max(0.0) };
                    Score::measured(base, "kelly_fraction", size, Some(n))
                }
                Err(why) => Score::unknown(why),
            }
        };
        let scores: Vec<Score> = (0..input.count()).map(one).collect();
        let deploy = if clamp { Deploy::All } else { Deploy::Sizes };
        Proposal { deploy, ..Proposal::proportions(scores) }
    }

    fn sentence(&self) -> &'static str {
        "Each strategy gets its share of Kelly's fraction, mean over variance; a strategy without an edge gets nothing."
    }
}
