//! Hierarchical equal risk contribution: split capital down the tree of clusters in inverse proportion to their risk, then within each
//! cluster in inverse proportion to variance.
//!
//! Unlike [`super::hrp`] the split follows the tree, and stops at k clusters. A branch's risk is the sum of its clusters' variances, each
//! of its inverse-variance portfolio. Source: Raffinot (2018), "The hierarchical equal risk contribution portfolio", section 3.
//!
//! **Conventions.** k as given, else by the gap statistic ([`super::clustering::number_of_clusters`]). Distance and linkage of `clustering`; ward
//! is what the paper uses. Maximums are water-filled.
//!
//! **Fails** where k is wrong: one cluster is inverse variance of all, n clusters are a tree of single strategies.

use super::clustering::{Tree, clusters, distances, linkage, number_of_clusters};
use super::hrp::{cluster_variance, inverse_variance, of_joint};
use super::{Algorithm, Input, Proposal};
use crate::config::capital::ClusteringConfig;
use crate::linalg::Symmetric;

/// Hierarchical equal risk contribution.
pub struct HierarchicalEqualRisk;

impl Algorithm for HierarchicalEqualRisk {
    fn propose(&self, input: &Input<'_>) -> Proposal {
        of_joint(input, |joint| weights(&joint.covariance, &joint.correlation(), &input.config.clustering))
    }

    fn sentence(&self) -> &'static str {
        "Clusters of strategies that move alike share the risk down the tree; within a cluster the calm get more."
    }
}

/// The clusters of a correlation matrix: the tree, and the nodes that are clusters.
pub(super) fn clustered(correlation: &Symmetric, settings: &ClusteringConfig) -> (Tree, Vec<usize>) {
    let distances = distances(correlation);
    let tree = linkage(&distances, settings.linkage);
    let count = match settings.clusters {
        Some(count) => count as usize,
        None => number_of_clusters(&tree, &distances),
    };
    let nodes = clusters(&tree, count.min(tree.count));
    (tree, nodes)
}

/// The weights; sum one.
pub fn weights(covariance: &Symmetric, correlation: &Symmetric, settings: &ClusteringConfig) -> Vec<f64> {
    let mut weight = vec![0.0; covariance.order()];
    if weight.is_empty() {
        return weight;
    }
    let (tree, nodes) = clustered(correlation, settings);
    let mut risk = vec![0.0; tree.root() + 1];
    for &node in &nodes {
        risk[node] = cluster_variance(covariance, &tree.leaves(node));
    }
    // Mergers come after their parts, so one pass sums branches up.
    for (k, merge) in tree.merges.iter().enumerate() {
        let node = tree.count + k;
        if !nodes.contains(&node) {
            risk[node] = risk[merge.left] + risk[merge.right];
        }
    }
    let mut open = vec![(tree.root(), 1.0)];
    while let Some((node, share)) = open.pop() {
        match tree.parts(node) {
            Some((left, right)) if !nodes.contains(&node) => {
                let first = 1.0 - risk[left] / (risk[left] + risk[right]);
                open.push((left, share * first));
                open.push((right, share * (1.0 - first)));
            }
            _ => {
                let leaves = tree.leaves(node);
                for (&i, inner) in leaves.iter().zip(inverse_variance(covariance, &leaves)) {
                    weight[i] = share * inner;
                }
            }
        }
    }
    weight
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        // Two clusters: {0 1} with variances 1, 1 and ρ = 0.8, so 0.9; {2 3} with 4, 4 and ρ = 0.8, so 3.6: shares 0.8 and 0.2.
        let mut c = Symmetric::identity(4);
        c.set(0, 1, 0.8);
        c.set(2, 3, 0.8);
        let s = Symmetric::from_lower(4, |i, j| {
            let deviation = [1.0, 1.0, 2.0, 2.0];
            c.get(i, j) * deviation[i] * deviation[j]
        });
        let settings = ClusteringConfig { clusters: Some(2), ..ClusteringConfig::default() };
        for (got, wanted) in weights(&s, &c, &settings).iter().zip([0.4, 0.4, 0.1, 0.1]) {
            assert!((got - wanted).abs() < 1e-15);
        }
        // One cluster is inverse variance of all.
        let one = ClusteringConfig { clusters: Some(1), ..ClusteringConfig::default() };
        assert!((weights(&s, &c, &one)[0] - 0.4).abs() < 1e-15);
    }
}
