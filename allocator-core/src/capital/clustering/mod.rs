//! Hierarchical clustering of strategies by correlation: distance, tree, order of the leaves, flat clusters.
//!
//! **Conventions.** Distance dᵢⱼ = √((1 − ρᵢⱼ)/2), from 0 (move together) to 1 (mirror images), used as it is. Trees are numbered as scipy does:
//! leaves 0 … n − 1 in the order of names, mergers n, n + 1, … in the order of their height; of two parts the one with the smaller
//! number is on the left. Equal distances: the pair of smallest numbers merges first. A correlation that is no number (a strategy
//! without variance under some estimator) counts as 0.

mod cut;
mod leaf_order;
mod tree;

pub use cut::{CLUSTERS_MAX, clusters, number_of_clusters};
pub use leaf_order::{LEAVES_MAX, ordered};
pub use tree::{Merge, Tree, linkage};

use crate::linalg::Symmetric;

/// Distances of a correlation matrix. Source: López de Prado (2016), equation of section 3.
pub fn distances(correlation: &Symmetric) -> Symmetric {
    Symmetric::from_lower(correlation.order(), |i, j| {
        let rho = correlation.get(i, j);
        let rho = if rho.is_finite() { rho } else { 0.0 };
        if i == j { 0.0 } else { ((1.0 - rho) / 2.0).clamp(0.0, 1.0).sqrt() }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::capital::Linkage;

    #[test]
    fn a_correlation_that_is_no_number_is_none() {
        let correlation = Symmetric::from_lower(3, |i, j| if i == j { 1.0 } else { f64::NAN });
        let distances = distances(&correlation);
        assert_eq!(distances.get(0, 1), 0.5_f64.sqrt());
        assert_eq!(linkage(&distances, Linkage::Single).merges.len(), 2);
    }
}
