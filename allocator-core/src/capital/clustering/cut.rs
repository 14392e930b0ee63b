//! Flat clusters: the tree cut into k parts, and how many parts there should be.
//!
//! The number is that of the two-difference form of the gap statistic: with Wₖ = Σ over clusters of Σ d²/(2·size), the dispersion
//! within, the k of largest ln-free gap Wₖ₊₂ + Wₖ − 2Wₖ₊₁. Source: Yue, Wang and Wei (2008), "Extension of the gap statistics index to
//! hierarchical clustering"; used for portfolios by Raffinot (2018).
//!
//! **Conventions.** k from 1 to [`CLUSTERS_MAX`] and at most √n rounded up; equal gaps: the smaller k.

use super::Tree;
use crate::linalg::Symmetric;
use crate::math;

/// Most clusters that are tried.
pub const CLUSTERS_MAX: usize = 10;

/// Cuts a tree into k clusters, the largest heights first; answers nodes in the order of their smallest leaf.
pub fn clusters(tree: &Tree, k: usize) -> Vec<usize> {
    let mut nodes = vec![tree.root()];
    while nodes.len() < k.min(tree.count) {
        // The merger made last is the highest one; for trees with inversions too it is the one that undoes the merging.
        let Some(place) = (0..nodes.len()).max_by_key(|&place| nodes[place]) else { break };
        let Some((left, right)) = tree.parts(nodes[place]) else { break };
        nodes[place] = left;
        nodes.push(right);
    }
    nodes.sort_by_key(|&node| tree.leaves(node).into_iter().min());
    nodes
}

/// How many clusters there should be.
pub fn number_of_clusters(tree: &Tree, distances: &Symmetric) -> usize {
    let most = (tree.count as f64).sqrt().ceil() as usize;
    let most = most.clamp(1, CLUSTERS_MAX);
    let dispersion: Vec<f64> = (1..=most + 2).map(|k| within(tree, distances, k)).collect();
    let mut best = (f64::NEG_INFINITY, 1);
    for k in 1..=most {
        let gap = dispersion[k + 1] + dispersion[k - 1] - 2.0 * dispersion[k];
        if gap > best.0 {
            // The gap of three neighbours says where the curve bends: at the one in the middle.
            best = (gap, k);
        }
    }
    (best.1 + 1).min(tree.count.max(1))
}

/// Σ over clusters of the squared distances within, over twice the size.
fn within(tree: &Tree, distances: &Symmetric, k: usize) -> f64 {
    math::sum(clusters(tree, k).iter().map(|&node| {
        let leaves = tree.leaves(node);
        let squares = leaves.iter().flat_map(|&i| leaves.iter().map(move |&j| distances.get(i, j) * distances.get(i, j)));
        math::sum(squares) / (2.0 * leaves.len() as f64)
    }))
}

#[cfg(test)]
mod tests {
    use super::super::linkage;
    use super::*;
    use crate::config::capital::Linkage;

    #[test]
    fn three_heaps_are_three_clusters() {
        // Heaps as far from each other as from the third: dispersions 75, 37.5, 0, 0, and the second differences 0 and 37.5.
        let distances = Symmetric::from_lower(9, |i, j| {
            if i == j {
                0.0
            } else if i / 3 == j / 3 {
                0.01
            } else {
                5.0
            }
        });
        let tree = linkage(&distances, Linkage::Ward);
        let leaves: Vec<Vec<usize>> = clusters(&tree, 3)
            .iter()
            .map(|&node| {
                let mut leaves = tree.leaves(node);
                leaves.sort_unstable();
                leaves
            })
            .collect();
        assert_eq!(leaves, [vec![0, 1, 2], vec![3, 4, 5], vec![6, 7, 8]]);
        assert_eq!(number_of_clusters(&tree, &distances), 3);
        assert_eq!(clusters(&tree, 99).len(), 9);
    }
}
