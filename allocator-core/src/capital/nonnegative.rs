//! The non-negative maximum of cᵀy − ½yᵀSy: Kelly without shorts, and minimum variance without shorts (c = 1, then y/Σy).
//!
//! Active set: the variable with the largest positive gradient enters, the equations of all that are in are solved exactly, and whoever
//! would turn negative on the way leaves. Source: Lawson and Hanson (1974), "Solving Least Squares Problems", chapter 23 (NNLS), for a
//! quadratic form instead of a residual.
//!
//! **Conventions.** A variable that makes the system singular to working precision (two identical strategies) stays out: its twin
//! has it all. Bounded by [`ROUNDS_PER_VARIABLE`] rounds a variable; each round raises the objective, so sets do not recur.

use crate::linalg::{Cholesky, PIVOT_FLOOR, Symmetric};
use crate::math;

/// Most rounds for each variable.
pub const ROUNDS_PER_VARIABLE: usize = 8;

/// The maximum; all zero where no gradient is positive at zero.
pub fn maximise(c: &[f64], s: &Symmetric) -> Vec<f64> {
    let n = c.len();
    let mut y = vec![0.0; n];
    let mut free: Vec<usize> = Vec::new();
    let mut barred = vec![false; n];
    let scale: Vec<f64> = (0..n).map(|i| s.get(i, i).max(0.0).sqrt()).collect();
    for _ in 0..ROUNDS_PER_VARIABLE * n {
        let product = s.times(&y);
        // Gradients in units of their own risk, so that a strategy of small volatility is not last for its units.
        let gain = |i: usize| if scale[i] > 0.0 { (c[i] - product[i]) / scale[i] } else { 0.0 };
        let tallest = (0..n).filter(|i| scale[*i] > 0.0).fold(0.0_f64, |most, i| most.max((c[i] / scale[i]).abs()));
        let entering = (0..n)
            .filter(|i| !free.contains(i) && !barred[*i])
            .filter(|&i| gain(i) > 1e-13 * tallest)
            .max_by(|&a, &b| gain(a).total_cmp(&gain(b)).then(b.cmp(&a)));
        let Some(entering) = entering else { break };
        free.push(entering);
        free.sort_unstable();
        let mut first = true;
        // Whoever turns negative leaves; each round of this loses one, so there are no more than there are variables in.
        while let Some(solution) = solved(c, s, &free) {
            if first && free.iter().zip(&solution).any(|(&i, value)| i == entering && *value <= 0.0) {
                // Rounding let it in; it would leave at once.
                barred[entering] = true;
                free.retain(|&i| i != entering);
                break;
            }
            first = false;
            let step = free
                .iter()
                .zip(&solution)
                .filter(|(_, value)| **value <= 0.0)
                .map(|(&i, value)| (y[i] / (y[i] - value), i))
                .min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            let Some((step, leaving)) = step else {
                for (&i, value) in free.iter().zip(&solution) {
                    y[i] = *value;
                }
                barred.fill(false);
                break;
            };
            for (&i, value) in free.iter().zip(&solution) {
                y[i] = (y[i] + step * (value - y[i])).max(0.0);
            }
            y[leaving] = 0.0;
            free.retain(|&i| i != leaving);
            if free.is_empty() {
                break;
            }
        }
        if solved(c, s, &free).is_none() && !free.is_empty() {
            barred[entering] = true;
            free.retain(|&i| i != entering);
        }
    }
    y
}

/// Weights of the portfolio of least variance without shorts; sum one. `None` where no strategy has a variance.
pub(super) fn minimum_variance(s: &Symmetric) -> Option<Vec<f64>> {
    let y = maximise(&vec![1.0; s.order()], s);
    let total = math::sum(y.iter().copied());
    (total > 0.0 && total.is_finite()).then(|| y.iter().map(|y| y / total).collect())
}

fn solved(c: &[f64], s: &Symmetric, free: &[usize]) -> Option<Vec<f64>> {
    let inner = s.minor(free);
    let right: Vec<f64> = free.iter().map(|&i| c[i]).collect();
    let factor = Cholesky::new(&inner, PIVOT_FLOOR).ok()?;
    Some(factor.solve_refined(&inner, &right, 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        // S = I: the positive part of c.
        assert_eq!(maximise(&[1.0, -2.0, 0.5], &Symmetric::identity(3)), [1.0, 0.0, 0.5]);
        // [2 1; 1 2], c = (3, 3): y = (1, 1). c = (3, 1): (5/3, -1/3) would be the free one; without shorts (1.5, 0).
        let s = Symmetric::from_rows(&[vec![2.0, 1.0], vec![1.0, 2.0]]).unwrap();
        for (c, wanted) in [([3.0, 3.0], [1.0, 1.0]), ([3.0, 1.0], [1.5, 0.0]), ([-1.0, -1.0], [0.0, 0.0])] {
            let y = maximise(&c, &s);
            assert!(y.iter().zip(wanted).all(|(y, wanted)| (y - wanted).abs() < 1e-14), "{y:?}");
        }
    }

    #[test]
    fn twins_do_not_stop_it() {
        let s = Symmetric::from_rows(&[vec![1.0, 1.0, 0.0], vec![1.0, 1.0, 0.0], vec![0.0, 0.0, 4.0]]).unwrap();
        let weights = minimum_variance(&s).unwrap();
        assert!((weights[0] + weights[1] - 0.8).abs() < 1e-14 && (weights[2] - 0.2).abs() < 1e-14, "{weights:?}");
        assert_eq!(minimum_variance(&Symmetric::zeros(2)), None);
    }
}
