//! Nested clustered optimisation: the portfolio of least variance within each cluster, then of least variance among the clusters.
//!
//! Noise in correlations within a cluster stays inside it instead of spreading through one large inverse. Source: López de Prado (2019),
//! "A robust estimator of the efficient frontier", section 4.3; the objective is minimum variance at both levels.
//!
//! **Conventions.** Long only at both levels (the paper's closed form may go short). Clusters as in [`super::herc`]. Maximums are
//! water-filled. With one cluster, or as many as strategies, it is the minimum variance portfolio itself.

use super::herc::clustered;
use super::hrp::of_joint;
use super::nonnegative::minimum_variance;
use super::{Algorithm, Input, Proposal};
use crate::config::capital::ClusteringConfig;
use crate::linalg::Symmetric;
use crate::math;

/// Nested clustered optimisation.
pub struct NestedClustered;

impl Algorithm for NestedClustered {
    fn propose(&self, input: &Input<'_>) -> Proposal {
        of_joint(input, |joint| weights(&joint.covariance, &joint.correlation(), &input.config.clustering))
    }

    fn sentence(&self) -> &'static str {
        "Within each cluster, and then among the clusters, capital goes where the variance of the whole is least."
    }
}

/// The weights; sum one.
pub fn weights(covariance: &Symmetric, correlation: &Symmetric, settings: &ClusteringConfig) -> Vec<f64> {
    let n = covariance.order();
    if n == 0 {
        return Vec::new();
    }
    let (tree, nodes) = clustered(correlation, settings);
    let inner: Vec<Vec<f64>> = nodes
        .iter()
        .map(|&node| {
            let leaves = tree.leaves(node);
            let own = minimum_variance(&covariance.minor(&leaves));
            let mut weight = vec![0.0; n];
            for (k, &i) in leaves.iter().enumerate() {
                weight[i] = own.as_ref().map_or(1.0 / leaves.len() as f64, |own| own[k]);
            }
            weight
        })
        .collect();
    let images: Vec<Vec<f64>> = inner.iter().map(|weight| covariance.times(weight)).collect();
    let reduced = Symmetric::from_lower(nodes.len(), |a, b| math::dot(&inner[a], &images[b]));
    let outer = minimum_variance(&reduced).unwrap_or_else(|| vec![1.0 / nodes.len() as f64; nodes.len()]);
    (0..n).map(|i| math::sum(inner.iter().zip(&outer).map(|(weight, share)| weight[i] * share))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        // {0 1}: variances 1 and 4 without correlation to speak of within the cluster but by design: 0.8 : 0.2 has 0.8; {2}: 1.6.
        // Among them 1/0.8 : 1/1.6 = 2 : 1.
        let s = Symmetric::diagonal_of(&[1.0, 4.0, 1.6]);
        let mut c = Symmetric::identity(3);
        c.set(0, 1, 0.9);
        let settings = ClusteringConfig { clusters: Some(2), ..ClusteringConfig::default() };
        for (got, wanted) in weights(&s, &c, &settings).iter().zip([0.8 * 2.0 / 3.0, 0.2 * 2.0 / 3.0, 1.0 / 3.0]) {
            assert!((got - wanted).abs() < 1e-15);
        }
    }
}
