//! How a strategy or the whole portfolio did, bar by bar, with capital in and out taken off.
//!
//! **Conventions.** Capital moves between two bars at the prices of the earlier, so the return of a bar is V/(V₀ + F) − 1 with V₀ the value
//! at the last observation and F the capital given since (time-weighted). Growth is the product of the returns, drawdown is measured from
//! the highest growth, the start counts as one.

use crate::money::Money;
use crate::stats::{Figure, Unknown, sharpe, volatility};
use crate::units::UnixNanos;

/// A return with the bars between which it was earned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Earned {
    /// The bar before.
    pub from: UnixNanos,
    /// The bar.
    pub to: UnixNanos,
    /// The return: a fraction.
    pub value: f64,
}

/// Observations of one account.
#[derive(Clone, Debug, PartialEq)]
pub struct Performance {
    observations: u32,
    last: Option<(UnixNanos, Money)>,
    /// Capital at the last observation, to know what came since.
    capital: Money,
    returns: Vec<Earned>,
    /// Growth after each return.
    growth: f64,
    peak: f64,
    max_drawdown: f64,
}

impl Default for Performance {
    fn default() -> Self {
        Performance {
            observations: 0,
            last: None,
            capital: Money::ZERO,
            returns: Vec::new(),
            growth: 1.0,
            peak: 1.0,
            max_drawdown: 0.0,
        }
    }
}

impl Performance {
    /// Takes in a value at a bar, and the capital given up to now.
    pub(super) fn observe(&mut self, time: UnixNanos, value: Money, capital: Money) {
        if let Some((from, before)) = self.last {
            let base = before + (capital - self.capital);
            // Nothing is earned on no capital; a bar without capital has no return.
            if let Some(earned) = (value - base).fraction_of(base) {
                self.returns.push(Earned { from, to: time, value: earned });
                self.growth *= 1.0 + earned;
                self.peak = self.peak.max(self.growth);
                self.max_drawdown = self.max_drawdown.min(self.drawdown());
            }
        }
        self.observations += 1;
        self.last = Some((time, value));
        self.capital = capital;
    }

    /// The value at the last observation with the capital that came since: what the next return is measured from.
    pub(super) fn base(&self, capital: Money) -> Option<Money> {
        self.last.map(|(_, value)| value + (capital - self.capital))
    }

    /// How far below its peak an account stands that is worth so much now, before that is observed: zero or negative.
    pub(super) fn standing(&self, value: Money, capital: Money) -> f64 {
        let earned = self.base(capital).and_then(|base| (value - base).fraction_of(base)).unwrap_or(0.0);
        let growth = self.growth * (1.0 + earned);
        growth / self.peak.max(growth) - 1.0
    }

    /// Bars observed.
    pub fn observations(&self) -> u32 {
        self.observations
    }
    /// The returns, oldest first.
    pub fn returns(&self) -> &[Earned] {
        &self.returns
    }
    /// Growth of one unit of money, without what was paid in or out.
    pub fn growth(&self) -> f64 {
        self.growth
    }
    /// How far below the highest growth it stands: zero or negative.
    pub fn drawdown(&self) -> f64 {
        self.growth / self.peak - 1.0
    }
    /// The deepest drawdown: zero or negative.
    pub fn max_drawdown(&self) -> f64 {
        self.max_drawdown
    }
    /// Compounded return since a time; `None` where the history does not reach back so far.
    pub fn since(&self, time: UnixNanos) -> Option<f64> {
        let first = self.returns.first()?;
        (first.from <= time).then(|| {
            self.returns.iter().filter(|earned| earned.from >= time).fold(1.0, |growth, earned| growth * (1.0 + earned.value))
                - 1.0
        })
    }

    fn values(&self) -> Vec<f64> {
        self.returns.iter().map(|earned| earned.value).collect()
    }
    /// Annualised Sharpe ratio.
    ///
    /// # Errors
    /// Why it is unknown.
    pub fn sharpe(&self, ddof: u32, periods_per_year: f64, risk_free: f64) -> Figure {
        sharpe(&self.values(), ddof, periods_per_year, risk_free)
    }
    /// Annualised volatility.
    ///
    /// # Errors
    /// Why it is unknown.
    pub fn volatility(&self, ddof: u32, periods_per_year: f64) -> Figure {
        volatility(&self.values(), ddof, periods_per_year)
    }
    /// Return since the start.
    ///
    /// # Errors
    /// There is no return yet.
    pub fn total_return(&self) -> Figure {
        if self.returns.is_empty() { Err(Unknown::InsufficientHistory) } else { crate::stats::figure::finite(self.growth - 1.0) }
    }

    /// Returns of two accounts over the same stretches: both from and to the same bar.
    pub fn common(&self, other: &Performance) -> (Vec<f64>, Vec<f64>) {
        let (mut i, mut j) = (0, 0);
        let (mut x, mut y) = (Vec::new(), Vec::new());
        while let (Some(a), Some(b)) = (self.returns.get(i), other.returns.get(j)) {
            match a.to.cmp(&b.to) {
                std::cmp::Ordering::Less => i += 1,
                std::cmp::Ordering::Greater => j += 1,
                std::cmp::Ordering::Equal => {
                    if a.from == b.from {
                        x.push(a.value);
                        y.push(b.value);
                    }
                    i += 1;
                    j += 1;
                }
            }
        }
        (x, y)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(n: i64) -> UnixNanos {
        UnixNanos::from_days(n).unwrap()
    }

    #[test]
    fn money_that_is_taken_away_is_no_loss() {
        let mut performance = Performance::default();
        performance.observe(day(0), Money::whole(100), Money::whole(100));
        performance.observe(day(1), Money::whole(110), Money::whole(100));
        // 60 leave: 50 are left and become 45, a loss of a tenth and not of three fifths.
        performance.observe(day(2), Money::whole(45), Money::whole(40));
        let returns: Vec<f64> = performance.returns().iter().map(|earned| earned.value).collect();
        assert_eq!(returns, [0.1, -0.1]);
        assert!((performance.growth() - 0.99).abs() < 1e-15);
        assert!((performance.max_drawdown() + 0.1).abs() < 1e-15);
    }

    #[test]
    fn after_a_pause_only_common_stretches_are_compared() {
        let (mut a, mut b) = (Performance::default(), Performance::default());
        for (n, value) in [(0, 100), (1, 110), (2, 99), (3, 120), (4, 108)] {
            a.observe(day(n), Money::whole(value), Money::whole(100));
            if n != 2 {
                b.observe(day(n), Money::whole(value), Money::whole(100));
            }
        }
        // b's third return spans two bars; what both know is the first and the last.
        let (x, y) = a.common(&b);
        assert_eq!((x.len(), x), (2, y));
    }
}
