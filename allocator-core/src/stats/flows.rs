//! Flow-adjusted returns: deposits, withdrawals and transfers are not performance.
//!
//! Time-weighted, per period, with the value V and the flow F (positive: paid in):
//! - flow at the end of the period: r = (Vₜ − Fₜ)/Vₜ₋₁ − 1;
//! - flow at its start: r = Vₜ/(Vₜ₋₁ + Fₜ) − 1.
//!
//! Money-weighted: the rate g a year with V₀·(1 + g)^(y₀) + Σ Fₖ(1 + g)^(yₖ) = V at the end, yₖ the years from flow k to the end (days/365.25).
//! Unit: fractions. Source: CFA Institute, GIPS (2020), sections on time- and money-weighted returns; Dietz (1966).
//!
//! **Conventions.** A flow is booked on a date at which there is a value. The money-weighted rate may have several solutions
//! where flows change sign more than once; the one nearest to zero is taken, searched in steps of one per cent outward.

use super::figure::{Figure, Unknown, finite};
use crate::math;
use crate::wire::choice;

choice! {
    /// When in its period a flow reaches the account.
    pub enum FlowTiming {
        /// At the end: it earns nothing in its period.
        End = "end",
        /// At the start: it takes part in its period.
        Start = "start",
    }
}

/// Return of one period from the value before, the value after and the flow in between.
///
/// # Errors
/// The money at work is not positive, so that no return is defined.
pub fn time_weighted(before: f64, after: f64, flow: f64, timing: FlowTiming) -> Figure {
    let (gained, base) = match timing {
        FlowTiming::End => (after - flow, before),
        FlowTiming::Start => (after, before + flow),
    };
    if base <= 0.0 { Err(Unknown::NotRepresentable) } else { finite(gained / base - 1.0) }
}

/// Width of a step of the search, in log growth a year.
const STEP: f64 = 0.01;

/// Steps of the search: up to e^14, a million-fold a year.
const STEPS: u32 = 1400;

/// Money-weighted return a year: `flows` are (years to the end, amount), the first value among them.
///
/// # Errors
/// No rate between −99.99 % and a million-fold a year balances the flows.
pub fn money_weighted(flows: &[(f64, f64)], end_value: f64) -> Figure {
    // In log growth the balance is smooth and nothing has to be guarded against: b(λ) = Σ F·e^(λy) − V.
    let balance = |log_growth: f64| math::sum(flows.iter().map(|(years, flow)| flow * math::exp(log_growth * years))) - end_value;
    let at_zero = balance(0.0);
    if at_zero == 0.0 {
        return Ok(0.0);
    }
    let mut bracket = None;
    for step in 1..=STEPS {
        let (near, far) = (f64::from(step - 1) * STEP, f64::from(step) * STEP);
        for sign in [1.0, -1.0] {
            // Down to −9.21 in the log a year, which is −99.99 %.
            if sign < 0.0 && far > 9.21 {
                continue;
            }
            let (a, b) = (balance(sign * near), balance(sign * far));
            if a.is_finite() && b.is_finite() && (a <= 0.0) != (b <= 0.0) {
                bracket = Some((sign * near, sign * far, a));
                break;
            }
        }
        if bracket.is_some() {
            break;
        }
    }
    let (mut low, mut high, at_low) = bracket.ok_or(Unknown::NoSolution)?;
    // Sixty halvings of 0.01 reach the last bit.
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if (balance(middle) <= 0.0) == (at_low <= 0.0) {
            low = middle;
        } else {
            high = middle;
        }
    }
    finite(math::exp(0.5 * (low + high)) - 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deposit_is_no_return() {
        // 100, paid in 50, 160 after: (160 − 50)/100 = +10 % at the end; 160/150 = +6.67 % at the start.
        assert!((time_weighted(100.0, 160.0, 50.0, FlowTiming::End).unwrap() - 0.1).abs() < 1e-15);
        assert!((time_weighted(100.0, 160.0, 50.0, FlowTiming::Start).unwrap() - 1.0 / 15.0).abs() < 1e-15);
        assert_eq!(time_weighted(100.0, 10.0, -100.0, FlowTiming::Start), Err(Unknown::NotRepresentable));
    }

    #[test]
    fn money_weighted_by_hand() {
        // 100 for two years, 100 more for one, 231 at the end: 100·1.1² + 100·1.1 = 231, so 10 % a year.
        assert!((money_weighted(&[(2.0, 100.0), (1.0, 100.0)], 231.0).unwrap() - 0.1).abs() < 1e-14);
        // 100 become 25 in two years: half a year.
        assert!((money_weighted(&[(2.0, 100.0)], 25.0).unwrap() + 0.5).abs() < 1e-14);
        assert_eq!(money_weighted(&[(1.0, 100.0)], 100.0), Ok(0.0));
    }

    #[test]
    fn no_rate_is_unknown() {
        // More taken out than ever was there, and still a positive value: no rate explains it.
        assert_eq!(money_weighted(&[(0.0, 100.0)], 50.0), Err(Unknown::NoSolution));
    }
}
