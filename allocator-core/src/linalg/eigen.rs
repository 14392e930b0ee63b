//! Eigenvalues and eigenvectors of a symmetric matrix: Householder's tridiagonal form, then implicit QL.
//!
//! A = Σ λₖ·vₖ·vₖᵀ. Source: Golub and Van Loan (2013), "Matrix Computations", 4th edition, sections 8.3.1 and 8.3.3 (with Wilkinson's
//! shift); Bowdler, Martin, Reinsch and Wilkinson (1968), Numerische Mathematik 11.
//!
//! **Conventions.** Eigenvalues ascend. Vectors have length one, and their component of largest size (the first of equals) is
//! positive, so that a sign never depends on the path taken. Vectors of equal eigenvalues are one basis of their space among many.

use super::{Symmetric, axpy};
use crate::math;

/// Most QL sweeps for one eigenvalue; two or three are usual.
pub const SWEEPS_MAX: usize = 64;

/// The sweeps did not converge, which takes a matrix that is not finite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoConvergence;

/// The decomposition.
#[derive(Clone, Debug)]
pub struct Eigen {
    /// λₖ, ascending.
    pub values: Vec<f64>,
    n: usize,
    /// vₖ one after the other.
    vectors: Vec<f64>,
}

impl Eigen {
    /// Decomposes a matrix.
    ///
    /// # Errors
    /// An element that is not finite.
    pub fn new(a: &Symmetric) -> Result<Self, NoConvergence> {
        let n = a.order();
        let most = a.max_abs();
        if !most.is_finite() || !a.is_finite() {
            return Err(NoConvergence);
        }
        // A power of two brings the elements near one without changing a bit of them, so that squares neither vanish nor overflow.
        let scale = if most < f64::MIN_POSITIVE { 1.0 } else { f64::from_bits(most.to_bits() & (0x7FF << 52)) };
        let mut work: Vec<f64> = a.as_slice().iter().map(|value| value / scale).collect();
        let mut vectors = Symmetric::identity(n).as_slice().to_vec();
        tridiagonalise(n, &mut work, &mut vectors);
        let mut diagonal: Vec<f64> = (0..n).map(|i| work[i * n + i]).collect();
        let mut beside: Vec<f64> = (0..n).map(|i| if i + 1 < n { work[(i + 1) * n + i] } else { 0.0 }).collect();
        implicit_ql(n, &mut diagonal, &mut beside, &mut vectors)?;
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by(|&i, &j| diagonal[i].total_cmp(&diagonal[j]).then(i.cmp(&j)));
        let mut sorted = Vec::with_capacity(n * n);
        for &k in &order {
            let vector = &vectors[k * n..(k + 1) * n];
            let largest = vector.iter().fold(0.0_f64, |most, x| if x.abs() > most.abs() { *x } else { most });
            let sign = if largest < 0.0 { -1.0 } else { 1.0 };
            sorted.extend(vector.iter().map(|x| sign * x));
        }
        Ok(Eigen { values: order.iter().map(|&k| diagonal[k] * scale).collect(), n, vectors: sorted })
    }

    /// The eigenvector of `values[k]`.
    pub fn vector(&self, k: usize) -> &[f64] {
        &self.vectors[k * self.n..(k + 1) * self.n]
    }

    /// Σ f(λₖ)·vₖ·vₖᵀ: the matrix with other eigenvalues.
    pub fn rebuilt(&self, mut f: impl FnMut(usize, f64) -> f64) -> Symmetric {
        let mut sum = vec![0.0; self.n * self.n];
        for (k, &value) in self.values.iter().enumerate() {
            let weight = f(k, value);
            if weight == 0.0 {
                continue;
            }
            let vector = self.vector(k);
            for i in 0..self.n {
                axpy(weight * vector[i], &vector[..=i], &mut sum[i * self.n..=i * self.n + i]);
            }
        }
        Symmetric::from_lower(self.n, |i, j| sum[i * self.n + j])
    }
}

/// Brings `a` to tridiagonal form by reflections, and multiplies them into `basis` from the left: basis·A·basisᵀ is tridiagonal.
fn tridiagonalise(n: usize, a: &mut [f64], basis: &mut [f64]) {
    let mut v = vec![0.0; n];
    let mut w = vec![0.0; n];
    let mut projection = vec![0.0; n];
    for k in 0..n.saturating_sub(2) {
        let below = k + 1;
        // Row k is column k too.
        v[below..].copy_from_slice(&a[k * n + below..(k + 1) * n]);
        let tail = math::dot(&v[below + 1..], &v[below + 1..]);
        if tail == 0.0 {
            continue;
        }
        let length = (v[below] * v[below] + tail).sqrt();
        // The sign that adds, so that nothing cancels.
        v[below] += if v[below] < 0.0 { -length } else { length };
        let norm = (v[below] * v[below] + tail).sqrt();
        for x in &mut v[below..] {
            *x /= norm;
        }
        // A ← H·A·H with H = 1 − 2·v·vᵀ, as a rank-two update.
        for i in k..n {
            w[i] = 2.0 * math::dot(&a[i * n + below..(i + 1) * n], &v[below..]);
        }
        let along = math::dot(&w[below..], &v[below..]);
        // Row k itself: only its part right of the diagonal changes.
        let head = w[k];
        for j in below..n {
            let value = a[k * n + j] - head * v[j];
            a[k * n + j] = value;
            a[j * n + k] = value;
        }
        axpy(-along, &v[below..], &mut w[below..]);
        for i in below..n {
            let row = &mut a[i * n + below..(i + 1) * n];
            axpy(-v[i], &w[below..], row);
            axpy(-w[i], &v[below..], row);
        }
        // basis ← H·basis.
        projection.fill(0.0);
        for i in below..n {
            axpy(v[i], &basis[i * n..(i + 1) * n], &mut projection);
        }
        for i in below..n {
            axpy(-2.0 * v[i], &projection, &mut basis[i * n..(i + 1) * n]);
        }
    }
}

/// Diagonalises a tridiagonal matrix by implicit QL sweeps; each rotation turns two rows of `basis`.
fn implicit_ql(n: usize, diagonal: &mut [f64], beside: &mut [f64], basis: &mut [f64]) -> Result<(), NoConvergence> {
    for low in 0..n {
        for sweep in 0.. {
            // The first element beside the diagonal that is rounding next to its neighbours splits the matrix.
            let mut high = low;
            while high + 1 < n {
                let near = diagonal[high].abs() + diagonal[high + 1].abs();
                if beside[high].abs() <= f64::EPSILON * near || beside[high].abs() < f64::MIN_POSITIVE {
                    break;
                }
                high += 1;
            }
            if high == low {
                break;
            }
            if sweep == SWEEPS_MAX {
                return Err(NoConvergence);
            }
            // Wilkinson's shift: the eigenvalue of the leading 2 × 2 block that is nearer to its corner.
            let half = (diagonal[low + 1] - diagonal[low]) / (2.0 * beside[low]);
            let root = (half * half + 1.0).sqrt();
            let shift = beside[low] / (half + if half < 0.0 { -root } else { root });
            let mut bulge = diagonal[high] - diagonal[low] + shift;
            let (mut sine, mut cosine, mut moved) = (1.0, 1.0, 0.0);
            let mut split = false;
            for i in (low..high).rev() {
                let crossed = sine * beside[i];
                let along = cosine * beside[i];
                let length = (crossed * crossed + bulge * bulge).sqrt();
                beside[i + 1] = length;
                if length == 0.0 {
                    // The matrix fell apart during the sweep.
                    diagonal[i + 1] -= moved;
                    beside[high] = 0.0;
                    split = true;
                    break;
                }
                sine = crossed / length;
                cosine = bulge / length;
                let centre = diagonal[i + 1] - moved;
                let spread = (diagonal[i] - centre) * sine + 2.0 * cosine * along;
                moved = sine * spread;
                diagonal[i + 1] = centre + moved;
                bulge = cosine * spread - along;
                turn(n, basis, i, cosine, sine);
            }
            if !split {
                diagonal[low] -= moved;
                beside[low] = bulge;
                beside[high] = 0.0;
            }
        }
    }
    Ok(())
}

/// Turns rows i and i + 1 by a plane rotation.
fn turn(n: usize, basis: &mut [f64], i: usize, cosine: f64, sine: f64) {
    let (upper, lower) = basis[i * n..(i + 2) * n].split_at_mut(n);
    for (x, y) in upper.iter_mut().zip(lower) {
        let (a, b) = (*x, *y);
        *y = sine * a + cosine * b;
        *x = cosine * a - sine * b;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        // [2 1; 1 2]: 1 with (1, -1)/√2 and 3 with (1, 1)/√2.
        let eigen = Eigen::new(&Symmetric::from_rows(&[vec![2.0, 1.0], vec![1.0, 2.0]]).unwrap()).unwrap();
        let root = 0.5_f64.sqrt();
        for (got, wanted) in eigen.values.iter().chain(eigen.vector(1)).zip([1.0, 3.0, root, root]) {
            assert!((got - wanted).abs() < 1e-15);
        }
        // 2 − 1 beside 2 − 1: eigenvalues 2 − √2, 2, 2 + √2.
        let chain = Symmetric::from_rows(&[vec![2.0, -1.0, 0.0], vec![-1.0, 2.0, -1.0], vec![0.0, -1.0, 2.0]]).unwrap();
        let eigen = Eigen::new(&chain).unwrap();
        for (got, wanted) in eigen.values.iter().zip([2.0 - 2.0_f64.sqrt(), 2.0, 2.0 + 2.0_f64.sqrt()]) {
            assert!((got - wanted).abs() < 1e-14);
        }
    }

    #[test]
    fn what_was_taken_apart_can_be_put_together() {
        // A full matrix of order 30 with mixed scales, one of rank two, and one that is diagonal.
        let full = Symmetric::from_lower(30, |i, j| {
            let (i, j) = (i as f64, j as f64);
            1e-4 / (1.0 + (i - j).abs()) + if i == j { 1e-3 * (1.0 + i) } else { 0.0 }
        });
        let thin = Symmetric::from_lower(12, |i, j| (i as f64 - 3.0) * (j as f64 - 3.0) + 2.0);
        for a in [full, thin, Symmetric::diagonal_of(&[3.0, -1.0, 2.0]), Symmetric::zeros(4), Symmetric::zeros(0)] {
            let eigen = Eigen::new(&a).unwrap();
            let back = eigen.rebuilt(|_, value| value);
            assert!(back.combined(1.0, &a, -1.0).norm() <= 1e-14 * a.norm(), "{a:?}");
            assert!(eigen.values.is_sorted());
            for k in 0..a.order() {
                for l in 0..=k {
                    let product = math::dot(eigen.vector(k), eigen.vector(l));
                    assert!((product - if k == l { 1.0 } else { 0.0 }).abs() < 1e-13);
                }
            }
        }
    }

    #[test]
    fn scale_does_not_matter_and_nan_is_refused() {
        for scale in [1e-300, 1e300] {
            let a = Symmetric::from_rows(&[vec![2.0 * scale, scale], vec![scale, 2.0 * scale]]).unwrap();
            let values = Eigen::new(&a).unwrap().values;
            assert!((values[0] / scale - 1.0).abs() < 1e-15 && (values[1] / scale - 3.0).abs() < 1e-15);
        }
        assert_eq!(Eigen::new(&Symmetric::diagonal_of(&[f64::NAN])).unwrap_err(), NoConvergence);
    }
}
