//! Means and covariances of return histories (K2), one estimator a file.
