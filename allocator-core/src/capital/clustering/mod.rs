//! Hierarchical clustering of strategies by correlation: distance, tree, order of the leaves, flat clusters.
//!
//! **Conventions.** Distance dᵢⱼ = √((1 − ρᵢⱼ)/2), from 0 (move together) to 1 (mirror images), used as it is. Trees are numbered as scipy does:
//! leaves 0 … n − 1 in the order of names, mergers n, n + 1, … in the order of their height; of two parts the one with the smaller
//! number is on the left. Equal distances: the pair of smallest numbers merges first.

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
        if i == j { 0.0 } else { ((1.0 - correlation.get(i, j)) / 2.0).clamp(0.0, 1.0).sqrt() }
    })
}
