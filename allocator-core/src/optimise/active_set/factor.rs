//! The Cholesky factor of the free variables' curvature, kept while variables come and go.
//!
//! H = L·Lᵀ over the free variables in the order in which they came; beside it W = L⁻¹·Aᵀ of the rows that are held. A variable that
//! comes costs one forward substitution, one that goes a sweep of plane rotations: O(k²) each instead of O(k³).

use crate::math::dot;

/// L by rows, row `i` of length `i + 1`, and W by held row.
#[derive(Debug, Default)]
pub(super) struct Factor {
    rows: Vec<Vec<f64>>,
    held: Vec<Vec<f64>>,
}

impl Factor {
    /// Adds a variable: `column` its entries of H with those before it, `diagonal` its own, `held` its coefficient in each held row.
    /// A pivot below `floor` becomes the floor; the answer is what the pivot was, relative to the diagonal.
    pub(super) fn push(&mut self, mut column: Vec<f64>, diagonal: f64, floor: f64, held: &[f64]) -> f64 {
        self.forward(&mut column);
        let pivot = diagonal - dot(&column, &column);
        let root = pivot.max(floor).sqrt();
        for (w, coefficient) in self.held.iter_mut().zip(held) {
            w.push((coefficient - dot(&column, w)) / root);
        }
        column.push(root);
        self.rows.push(column);
        pivot / diagonal
    }

    /// Removes the variable at `position`.
    pub(super) fn remove(&mut self, position: usize) {
        self.rows.remove(position);
        for j in position..self.rows.len() {
            // Row j has one entry too many: turn columns j and j + 1 until it is nothing.
            let (a, b) = (self.rows[j][j], self.rows[j][j + 1]);
            let length = (a * a + b * b).sqrt();
            let (cos, sin) = if length > 0.0 { (a / length, b / length) } else { (1.0, 0.0) };
            for row in self.rows[j..].iter_mut().chain(&mut self.held) {
                let (x, y) = (row[j], row[j + 1]);
                row[j] = cos * x + sin * y;
                row[j + 1] = cos * y - sin * x;
            }
            self.rows[j].pop();
        }
        for w in &mut self.held {
            w.pop();
        }
    }

    /// Holds a row with these coefficients of the free variables.
    pub(super) fn hold(&mut self, mut coefficients: Vec<f64>) {
        self.forward(&mut coefficients);
        self.held.push(coefficients);
    }

    /// Lets go of the held row at `position`.
    pub(super) fn let_go(&mut self, position: usize) {
        self.held.remove(position);
    }

    /// W of the held row at `position`.
    pub(super) fn held(&self, position: usize) -> &[f64] {
        &self.held[position]
    }

    /// b ← L⁻¹·b.
    pub(super) fn forward(&self, b: &mut [f64]) {
        for (i, row) in self.rows.iter().enumerate() {
            b[i] = (b[i] - dot(&row[..i], &b[..i])) / row[i];
        }
    }

    /// b ← L⁻ᵀ·b.
    pub(super) fn backward(&self, b: &mut [f64]) {
        for (i, row) in self.rows.iter().enumerate().rev() {
            b[i] /= row[i];
            let x = b[i];
            for (b, l) in b[..i].iter_mut().zip(&row[..i]) {
                *b -= l * x;
            }
        }
    }

    /// The factor of `WᵀW`, the curvature as the held rows see it.
    pub(super) fn held_curvature(&self) -> HeldCurvature {
        HeldCurvature::of(&self.held)
    }
}

/// Cholesky factor of `WᵀW`; a row that depends on those before it has the pivot 0.
pub(super) struct HeldCurvature(Vec<Vec<f64>>);

impl HeldCurvature {
    /// The factor for these columns of W.
    pub(super) fn of(held: &[Vec<f64>]) -> HeldCurvature {
        let mut lower: Vec<Vec<f64>> = Vec::with_capacity(held.len());
        for (i, w) in held.iter().enumerate() {
            let mut row: Vec<f64> = Vec::with_capacity(i + 1);
            for (j, other) in lower.iter().enumerate() {
                let pivot = other[j];
                row.push(if pivot > 0.0 { (dot(w, &held[j]) - dot(&row, &other[..j])) / pivot } else { 0.0 });
            }
            let own = dot(w, w);
            let pivot = own - dot(&row, &row);
            row.push(if pivot > 1e-13 * own && own > 0.0 { pivot.sqrt() } else { 0.0 });
            lower.push(row);
        }
        HeldCurvature(lower)
    }

    /// Solves WᵀW·y = `right`; a dependent row gets 0.
    pub(super) fn solve(&self, mut y: Vec<f64>) -> Vec<f64> {
        let lower = &self.0;
        for i in 0..y.len() {
            let pivot = lower[i][i];
            y[i] = if pivot > 0.0 { (y[i] - dot(&lower[i][..i], &y[..i])) / pivot } else { 0.0 };
        }
        for i in (0..y.len()).rev() {
            let pivot = lower[i][i];
            y[i] = if pivot > 0.0 { y[i] / pivot } else { 0.0 };
            let x = y[i];
            for (y, l) in y[..i].iter_mut().zip(&lower[i][..i]) {
                *y -= l * x;
            }
        }
        y
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A positive definite matrix of order 4.
    const H: [[f64; 4]; 4] = [[4.0, 1.0, 0.5, 0.2], [1.0, 3.0, 0.7, 0.1], [0.5, 0.7, 2.0, 0.3], [0.2, 0.1, 0.3, 1.0]];
    const A: [f64; 4] = [1.0, 2.0, -1.0, 0.5];

    fn factor(order: &[usize]) -> Factor {
        let mut factor = Factor::default();
        factor.hold(Vec::new());
        for (k, i) in order.iter().enumerate() {
            factor.push(order[..k].iter().map(|j| H[*i][*j]).collect(), H[*i][*i], 0.0, &[A[*i]]);
        }
        factor
    }

    #[test]
    fn a_variable_that_goes_leaves_the_factor_of_the_others() {
        let mut left = factor(&[0, 1, 2, 3]);
        left.remove(1);
        let right = factor(&[0, 2, 3]);
        for (left, right) in left.rows.iter().chain(&left.held).zip(right.rows.iter().chain(&right.held)) {
            assert_eq!(left.len(), right.len());
            for (a, b) in left.iter().zip(right) {
                // The sign of a column is free; here all pivots are positive.
                assert!((a - b).abs() < 1e-14, "{left:?} {right:?}");
            }
        }
    }

    #[test]
    fn substitution_solves() {
        let factor = factor(&[0, 1, 2, 3]);
        let x = [1.0, -2.0, 0.5, 3.0];
        let mut b: Vec<f64> = H.iter().map(|row| dot(row, &x)).collect();
        factor.forward(&mut b);
        factor.backward(&mut b);
        for (got, wanted) in b.iter().zip(&x) {
            assert!((got - wanted).abs() < 1e-13);
        }
    }

    #[test]
    fn a_dependent_row_has_no_price() {
        // The second held row is twice the first: W = (1, 1) and (2, 2); the first carries all: 2·y = 4.
        let mut factor = Factor::default();
        factor.push(vec![], 1.0, 0.0, &[]);
        factor.push(vec![0.0], 1.0, 0.0, &[]);
        factor.hold(vec![1.0, 1.0]);
        factor.hold(vec![2.0, 2.0]);
        let prices = factor.held_curvature().solve(vec![4.0, 8.0]);
        assert!((prices[0] - 2.0).abs() < 1e-15 && prices[1] == 0.0, "{prices:?}");
    }
}
