//! Small dense linear algebra: symmetric matrices, Cholesky factors, eigenvalues. Everything in a fixed order of operations, so that
//! bits do not depend on the machine.
//!
//! Matrices are row-major and full (both triangles stored), because the inner loops then run along rows and through
//! [`crate::math::dot`]. Nothing here allocates per inner step, nothing is parallel, nothing calls a platform's BLAS: another
//! kernel of such a library moves the weights of an optimiser in their sixth digit.

mod cholesky;
mod eigen;
mod symmetric;

pub use cholesky::{Cholesky, NotPositive, PIVOT_FLOOR};
pub use eigen::{Eigen, NoConvergence, SWEEPS_MAX};
pub use symmetric::Symmetric;

/// y ← y + a·x.
pub fn axpy(a: f64, x: &[f64], y: &mut [f64]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y += a * x;
    }
}
