//! Cholesky factor A = L·Lᵀ of a positive definite matrix, and what it solves.
//!
//! Source: Golub and Van Loan (2013), "Matrix Computations", 4th edition, section 4.2; iterative refinement: section 3.5.3.
//!
//! **Conventions.** A pivot (the square of a diagonal element of L before the root) at most `floor` times the diagonal element of A
//! it came from is no pivot: the matrix is singular to working precision, and the answer is [`NotPositive`] with its place. The
//! question is relative to the element itself, so a matrix in mixed units (volatilities of 0.2 % and 150 %) is judged by its correlations.

use super::{Symmetric, axpy};
use crate::math;

/// Smallest pivot relative to its diagonal element with which a matrix counts as positive definite.
pub const PIVOT_FLOOR: f64 = 1e-13;

/// The matrix is not positive definite: the pivot of this row is not above the floor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotPositive {
    /// Row of the first pivot that fails.
    pub row: usize,
}

/// The factor L, lower triangular.
#[derive(Clone, Debug)]
pub struct Cholesky {
    n: usize,
    /// Row-major; above the diagonal zero.
    lower: Vec<f64>,
}

impl Cholesky {
    /// Factors a matrix; `floor` is usually [`PIVOT_FLOOR`].
    ///
    /// # Errors
    /// A pivot that is not above the floor, or not finite.
    pub fn new(a: &Symmetric, floor: f64) -> Result<Self, NotPositive> {
        let n = a.order();
        let mut lower = vec![0.0; n * n];
        for i in 0..n {
            let (done, rest) = lower.split_at_mut(i * n);
            let row = &mut rest[..n];
            for j in 0..i {
                let above = &done[j * n..j * n + n];
                row[j] = (a.get(i, j) - math::dot(&row[..j], &above[..j])) / above[j];
            }
            let pivot = a.get(i, i) - math::dot(&row[..i], &row[..i]);
            // Written so that NaN fails too.
            if !(pivot > floor * a.get(i, i) && pivot > 0.0 && pivot.is_finite()) {
                return Err(NotPositive { row: i });
            }
            row[i] = pivot.sqrt();
        }
        Ok(Cholesky { n, lower })
    }

    /// The order n.
    pub fn order(&self) -> usize {
        self.n
    }

    /// Row i of L.
    pub fn row(&self, i: usize) -> &[f64] {
        &self.lower[i * self.n..(i + 1) * self.n]
    }

    /// x ← L⁻¹·x.
    pub fn solve_lower(&self, x: &mut [f64]) {
        for i in 0..self.n {
            let row = self.row(i);
            x[i] = (x[i] - math::dot(&row[..i], &x[..i])) / row[i];
        }
    }

    /// x ← L⁻ᵀ·x.
    pub fn solve_upper(&self, x: &mut [f64]) {
        for i in (0..self.n).rev() {
            let row = self.row(i);
            x[i] /= row[i];
            let value = x[i];
            axpy(-value, &row[..i], &mut x[..i]);
        }
    }

    /// A⁻¹·b.
    pub fn solve(&self, b: &[f64]) -> Vec<f64> {
        let mut x = b.to_vec();
        self.solve_in_place(&mut x);
        x
    }

    /// x ← A⁻¹·x.
    pub fn solve_in_place(&self, x: &mut [f64]) {
        self.solve_lower(x);
        self.solve_upper(x);
    }

    /// A⁻¹·b with `steps` of iterative refinement against the matrix that was factored: residuals are summed with compensation, which
    /// wins back the digits that a bad condition costs.
    pub fn solve_refined(&self, a: &Symmetric, b: &[f64], steps: usize) -> Vec<f64> {
        let mut x = self.solve(b);
        for _ in 0..steps {
            let mut residual: Vec<f64> = (0..self.n).map(|i| exact_residual(b[i], a.row(i), &x)).collect();
            self.solve_in_place(&mut residual);
            axpy(1.0, &residual, &mut x);
        }
        x
    }

    /// A⁻¹.
    pub fn inverse(&self) -> Symmetric {
        let mut made = Symmetric::zeros(self.n);
        let mut column = vec![0.0; self.n];
        for j in 0..self.n {
            column.fill(0.0);
            column[j] = 1.0;
            self.solve_in_place(&mut column);
            for (i, value) in column.iter().enumerate().skip(j) {
                made.set(i, j, *value);
            }
        }
        made
    }

    /// ln det A.
    pub fn ln_determinant(&self) -> f64 {
        2.0 * math::sum((0..self.n).map(|i| math::ln(self.row(i)[i])))
    }
}

/// b − aᵀx with every product split into its high and low part (Dekker 1971), so that cancellation does not eat the residual.
fn exact_residual(b: f64, a: &[f64], x: &[f64]) -> f64 {
    let terms = a.iter().zip(x).flat_map(|(&a, &x)| {
        let (high, low) = two_product(a, x);
        [-high, -low]
    });
    math::sum(std::iter::once(b).chain(terms))
}

/// a·b as an unevaluated sum of two numbers, without a fused multiply-add.
fn two_product(a: f64, b: f64) -> (f64, f64) {
    let split = |x: f64| {
        let scaled = 134_217_729.0 * x; // 2²⁷ + 1
        let high = scaled - (scaled - x);
        (high, x - high)
    };
    let product = a * b;
    let ((ah, al), (bh, bl)) = (split(a), split(b));
    let low = ((ah * bh - product) + ah * bl + al * bh) + al * bl;
    if low.is_finite() { (product, low) } else { (product, 0.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        // [4 2; 2 5] = [2 0; 1 2]·[2 1; 0 2]; x = (1, 1) solves (6, 7); the determinant is 16.
        let a = Symmetric::from_rows(&[vec![4.0, 2.0], vec![2.0, 5.0]]).unwrap();
        let factor = Cholesky::new(&a, PIVOT_FLOOR).unwrap();
        assert_eq!((factor.row(0), factor.row(1)), ([2.0, 0.0].as_slice(), [1.0, 2.0].as_slice()));
        assert_eq!(factor.solve(&[6.0, 7.0]), [1.0, 1.0]);
        assert!((factor.ln_determinant() - crate::math::ln(16.0)).abs() < 1e-15);
        // (1/16)·[5 -2; -2 4].
        assert_eq!(factor.inverse().as_slice(), [0.3125, -0.125, -0.125, 0.25]);
    }

    #[test]
    fn the_singular_is_named() {
        // Two identical strategies: the second pivot is zero.
        let twins = Symmetric::from_rows(&[vec![1.0, 1.0], vec![1.0, 1.0]]).unwrap();
        assert_eq!(Cholesky::new(&twins, PIVOT_FLOOR).unwrap_err(), NotPositive { row: 1 });
        assert!(Cholesky::new(&Symmetric::zeros(1), PIVOT_FLOOR).is_err());
        assert!(Cholesky::new(&Symmetric::diagonal_of(&[f64::NAN]), PIVOT_FLOOR).is_err());
        // Tiny is not singular: units differ.
        assert!(Cholesky::new(&Symmetric::diagonal_of(&[1e-18, 1.0]), PIVOT_FLOOR).is_ok());
    }

    #[test]
    fn refinement_wins_digits_back() {
        // Hilbert's matrix of order 8 has condition 1.5e10. The right side is A·1 to the last bit of the true sums.
        let n = 8;
        let a = Symmetric::from_lower(n, |i, j| 1.0 / (i + j + 1) as f64);
        let b: Vec<f64> = (0..n).map(|i| crate::math::sum(a.row(i).iter().copied())).collect();
        let factor = Cholesky::new(&a, 1e-16).unwrap();
        let residual = |x: &[f64]| (0..n).map(|i| exact_residual(b[i], a.row(i), x).abs()).fold(0.0, f64::max);
        let (plain, refined) = (factor.solve(&b), factor.solve_refined(&a, &b, 3));
        assert!(residual(&refined) <= residual(&plain));
        assert!(refined.iter().all(|x| (x - 1.0).abs() < 1e-6), "{refined:?}");
    }
}
