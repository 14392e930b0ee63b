//! Winning and losing periods: counts, win rate, gains, losses and profit factor.
//!
//! Win rate w = wins/(wins + losses). Profit factor = Σ max(rᵢ, 0)/Σ max(−rᵢ, 0). No unit.
//!
//! **Conventions.** A return of exactly zero neither wins nor loses; it is left out of the win rate unless `all` is asked for.
//! Without a period that won or lost the rate is unknown; without a loss the profit factor is (the recorded system 002 writes 999).

use super::figure::{Figure, Unknown, ratio};
use crate::math;
use crate::wire::choice;

choice! {
    /// Which periods the win rate counts.
    pub enum WinRateBasis {
        /// Those that won or lost; zero returns are left out.
        NonZero = "nonzero",
        /// All of them; a zero return did not win.
        All = "all",
    }
}

/// What was won and lost, period by period.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WinLoss {
    /// All periods.
    pub periods: usize,
    /// Periods above zero.
    pub wins: usize,
    /// Periods below zero.
    pub losses: usize,
    /// Sum of the returns above zero.
    pub gain: f64,
    /// Sum of the returns below zero, as a positive number.
    pub loss: f64,
}

impl WinLoss {
    /// Counts and sums simple returns.
    pub fn of(returns: &[f64]) -> Self {
        WinLoss {
            periods: returns.len(),
            wins: returns.iter().filter(|r| **r > 0.0).count(),
            losses: returns.iter().filter(|r| **r < 0.0).count(),
            gain: math::sum(returns.iter().map(|r| r.max(0.0))),
            loss: math::sum(returns.iter().map(|r| (-r).max(0.0))),
        }
    }

    /// Share of periods that won.
    ///
    /// # Errors
    /// No period to count.
    pub fn win_rate(&self, basis: WinRateBasis) -> Figure {
        let counted = match basis {
            WinRateBasis::NonZero => self.wins + self.losses,
            WinRateBasis::All => self.periods,
        };
        if self.periods == 0 {
            return Err(Unknown::InsufficientHistory);
        }
        ratio(self.wins as f64, counted as f64, Unknown::NoTrades)
    }

    /// Gains per unit of losses.
    ///
    /// # Errors
    /// Nothing was lost.
    pub fn profit_factor(&self) -> Figure {
        match (self.periods, self.wins + self.losses) {
            (0, _) => Err(Unknown::InsufficientHistory),
            (_, 0) => Err(Unknown::NoTrades),
            _ => ratio(self.gain, self.loss, Unknown::NoLosses),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        // 2 %, -1 %, 0, 1 %: two wins, one loss; 3/1; two of three, or two of four.
        let all = WinLoss::of(&[0.02, -0.01, 0.0, 0.01]);
        assert_eq!((all.wins, all.losses, all.periods), (2, 1, 4));
        assert!((all.profit_factor().unwrap() - 3.0).abs() < 1e-14);
        assert_eq!(all.win_rate(WinRateBasis::NonZero), Ok(2.0 / 3.0));
        assert_eq!(all.win_rate(WinRateBasis::All), Ok(0.5));
    }

    #[test]
    fn undefined_is_said() {
        assert_eq!(WinLoss::of(&[0.01]).profit_factor(), Err(Unknown::NoLosses));
        assert_eq!(WinLoss::of(&[0.0, 0.0]).profit_factor(), Err(Unknown::NoTrades));
        assert_eq!(WinLoss::of(&[0.0, 0.0]).win_rate(WinRateBasis::NonZero), Err(Unknown::NoTrades));
        assert_eq!(WinLoss::of(&[]).win_rate(WinRateBasis::All), Err(Unknown::InsufficientHistory));
        assert_eq!(WinLoss::of(&[-0.01]).profit_factor(), Ok(0.0));
    }
}
