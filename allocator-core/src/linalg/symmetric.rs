//! A symmetric matrix: covariances, correlations, Hessians.

use crate::math;

/// A symmetric n × n matrix, row-major, both triangles stored and equal.
#[derive(Clone, Debug, PartialEq)]
pub struct Symmetric {
    n: usize,
    data: Vec<f64>,
}

impl Symmetric {
    /// The zero matrix of order n.
    pub fn zeros(n: usize) -> Self {
        Symmetric { n, data: vec![0.0; n * n] }
    }

    /// The identity of order n.
    pub fn identity(n: usize) -> Self {
        Self::diagonal_of(&vec![1.0; n])
    }

    /// A matrix of these diagonal elements.
    pub fn diagonal_of(diagonal: &[f64]) -> Self {
        let mut made = Self::zeros(diagonal.len());
        for (i, &value) in diagonal.iter().enumerate() {
            made.set(i, i, value);
        }
        made
    }

    /// A matrix whose elements with j ≤ i are given by a function; the other triangle is their mirror.
    pub fn from_lower(n: usize, mut element: impl FnMut(usize, usize) -> f64) -> Self {
        let mut made = Self::zeros(n);
        for i in 0..n {
            for j in 0..=i {
                made.set(i, j, element(i, j));
            }
        }
        made
    }

    /// The products of all pairs of rows, Σₜ xᵢₜ·xⱼₜ, each with the bits of [`math::dot`] and then given to `finish`.
    ///
    /// Rows go through in tiles of two by two, so that each number loaded from memory serves twice.
    pub fn of_products(rows: &[Vec<f64>], finish: impl Fn(f64) -> f64) -> Self {
        let n = rows.len();
        let mut made = Self::zeros(n);
        for i in (0..n).step_by(2) {
            let below = rows.get(i + 1);
            for j in (0..=i).step_by(2) {
                let right = if j < i { rows.get(j + 1) } else { None };
                match (below, right) {
                    (Some(below), Some(right)) => {
                        let tile = math::dots([&rows[i], below], [&rows[j], right]);
                        for (a, row) in tile.iter().enumerate() {
                            for (b, product) in row.iter().enumerate() {
                                made.set(i + a, j + b, finish(*product));
                            }
                        }
                    }
                    _ => {
                        for (a, b) in [(i, j), (i, j + 1), (i + 1, j), (i + 1, j + 1)] {
                            if a < n && b <= a {
                                made.set(a, b, finish(math::dot(&rows[a], &rows[b])));
                            }
                        }
                    }
                }
            }
        }
        made
    }

    /// A matrix from its rows; the lower triangle counts. `None` where the rows are not n of length n.
    pub fn from_rows(rows: &[Vec<f64>]) -> Option<Self> {
        let n = rows.len();
        rows.iter().all(|row| row.len() == n).then(|| Self::from_lower(n, |i, j| rows[i][j]))
    }

    /// The order n.
    pub fn order(&self) -> usize {
        self.n
    }

    /// Element (i, j).
    pub fn get(&self, i: usize, j: usize) -> f64 {
        self.data[i * self.n + j]
    }

    /// Sets (i, j) and (j, i).
    pub fn set(&mut self, i: usize, j: usize, value: f64) {
        self.data[i * self.n + j] = value;
        self.data[j * self.n + i] = value;
    }

    /// Row i, which is column i too.
    pub fn row(&self, i: usize) -> &[f64] {
        &self.data[i * self.n..(i + 1) * self.n]
    }

    /// All rows one after the other.
    pub fn as_slice(&self) -> &[f64] {
        &self.data
    }

    /// The diagonal.
    pub fn diagonal(&self) -> Vec<f64> {
        (0..self.n).map(|i| self.get(i, i)).collect()
    }

    /// Sum of the diagonal.
    pub fn trace(&self) -> f64 {
        math::sum((0..self.n).map(|i| self.get(i, i)))
    }

    /// A·x.
    pub fn times(&self, x: &[f64]) -> Vec<f64> {
        let mut y = vec![0.0; self.n];
        self.times_into(x, &mut y);
        y
    }

    /// A·x in the memory of `y`.
    pub fn times_into(&self, x: &[f64], y: &mut [f64]) {
        for (i, y) in y.iter_mut().enumerate().take(self.n) {
            *y = math::dot(self.row(i), x);
        }
    }

    /// xᵀ·A·x.
    pub fn quadratic(&self, x: &[f64]) -> f64 {
        math::dot(&self.times(x), x)
    }

    /// a·A + b·B, element by element; the orders must be equal, else the smaller one counts.
    #[must_use]
    pub fn combined(&self, a: f64, other: &Symmetric, b: f64) -> Self {
        Self::from_lower(self.n.min(other.n), |i, j| a * self.get(i, j) + b * other.get(i, j))
    }

    /// a·A.
    #[must_use]
    pub fn scaled(&self, a: f64) -> Self {
        Symmetric { n: self.n, data: self.data.iter().map(|value| a * value).collect() }
    }

    /// The matrix of the rows and columns `keep`, in their order.
    #[must_use]
    pub fn minor(&self, keep: &[usize]) -> Self {
        Self::from_lower(keep.len(), |i, j| self.get(keep[i], keep[j]))
    }

    /// Largest absolute element.
    pub fn max_abs(&self) -> f64 {
        self.data.iter().fold(0.0, |most: f64, value| most.max(value.abs()))
    }

    /// √(Σ aᵢⱼ²), the Frobenius norm.
    pub fn norm(&self) -> f64 {
        let scale = self.max_abs();
        if scale == 0.0 || !scale.is_finite() {
            return scale;
        }
        scale * math::sum(self.data.iter().map(|value| (value / scale) * (value / scale))).sqrt()
    }

    /// Whether every element is finite.
    pub fn is_finite(&self) -> bool {
        self.data.iter().all(|value| value.is_finite())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        // [2 1; 1 3]·(1, 2) = (4, 7); quadratic form 4 + 14 = 18; norm √(4 + 1 + 1 + 9) = √15.
        let a = Symmetric::from_rows(&[vec![2.0, 1.0], vec![1.0, 3.0]]).unwrap();
        assert_eq!(a.times(&[1.0, 2.0]), [4.0, 7.0]);
        assert_eq!(a.quadratic(&[1.0, 2.0]), 18.0);
        assert!((a.norm() - 15.0_f64.sqrt()).abs() < 1e-15);
        assert_eq!((a.trace(), a.max_abs()), (5.0, 3.0));
        assert_eq!(a.combined(1.0, &Symmetric::identity(2), -2.0).diagonal(), [0.0, 1.0]);
        assert_eq!(a.minor(&[1]).as_slice(), [3.0]);
        assert_eq!(Symmetric::from_rows(&[vec![1.0], vec![1.0]]), None);
    }
}
