//! The order of leaves in which neighbours are near: nodes of the tree are turned until the sum of distances between neighbours is small.
//!
//! For every node and every pair (u leftmost, w rightmost) the least sum is kept, from the leaves up. **Optimal**: the best pair of the
//! root is followed down, and no order that the tree allows is shorter. Source: Bar-Joseph, Gifford and Jaakkola (2001), "Fast
//! optimal leaf ordering for hierarchical clustering". **Stepwise**: every node mirrors its two parts by its own best pair, whatever the nodes
//! above it will want; that is what scipy's `optimal_leaf_ordering` does, and so skfolio and riskfolio-lib, and it is often not the
//! shortest. Work n³ in all.
//!
//! **Conventions.** An order and its mirror image cost the same: the one is taken whose leftmost leaf lies in the left part of the root.
//! Equal sums: the first found, from left to right.

use super::Tree;
use crate::config::capital::LeafOrdering;
use crate::linalg::Symmetric;

/// Most leaves for which all pairs are tried; beyond, the tree's own order is kept.
pub const LEAVES_MAX: usize = 1024;

/// Leaves from left to right.
pub fn ordered(tree: &Tree, distances: &Symmetric, ordering: LeafOrdering) -> Vec<usize> {
    let plain = tree.leaves(tree.root());
    let n = tree.count;
    if !(3..=LEAVES_MAX).contains(&n) || ordering == LeafOrdering::Tree {
        return plain;
    }
    let sums = Sums::new(tree, &plain, distances);
    let places = match ordering {
        LeafOrdering::Stepwise => sums.stepwise(),
        LeafOrdering::Optimal | LeafOrdering::Tree => sums.optimal(),
    };
    places.into_iter().map(|place| plain[place]).collect()
}

/// Least sums by places in the tree's own order, in which every node is a run.
struct Sums<'a> {
    tree: &'a Tree,
    /// First and last place of every node, the last one excluded.
    run: Vec<(usize, usize)>,
    distance: Symmetric,
    /// Least sum of the leaves of a node from u to w; each pair belongs to the one node where they part.
    cost: Symmetric,
    /// Place of a leaf.
    place: Vec<usize>,
}

impl<'a> Sums<'a> {
    fn new(tree: &'a Tree, plain: &[usize], distances: &Symmetric) -> Self {
        let n = tree.count;
        let mut place = vec![0; n];
        plain.iter().enumerate().for_each(|(at, &leaf)| place[leaf] = at);
        let mut run: Vec<(usize, usize)> = place.iter().map(|&at| (at, at + 1)).collect();
        for merge in &tree.merges {
            // The left part comes first in the tree's own order.
            run.push((run[merge.left].0, run[merge.right].1));
        }
        let mut sums = Sums { tree, run, distance: distances.minor(plain), cost: Symmetric::zeros(n), place };
        let mut reach = vec![0.0; n];
        for merge in &tree.merges {
            let (left, right) = (sums.run[merge.left], sums.run[merge.right]);
            for u in left.0..left.1 {
                let (from, to) = sums.far(merge.left, u);
                for (k, reach) in reach.iter_mut().enumerate().take(right.1).skip(right.0) {
                    // Over all inner ends m of the left part: least cost of u … m and the step to k.
                    *reach = (from..to).map(|m| sums.cost.get(u, m) + sums.distance.get(m, k)).fold(f64::INFINITY, f64::min);
                }
                for w in right.0..right.1 {
                    let (from, to) = sums.far(merge.right, w);
                    let least = (from..to).map(|k| reach[k] + sums.cost.get(k, w)).fold(f64::INFINITY, f64::min);
                    sums.cost.set(u, w, least);
                }
            }
        }
        sums
    }

    /// Places that can end a node at the side away from `u`: those of the part that does not hold u, or u itself in a leaf.
    fn far(&self, node: usize, u: usize) -> (usize, usize) {
        match self.tree.parts(node) {
            None => self.run[node],
            Some((left, right)) => {
                if u < self.run[left].1 {
                    self.run[right]
                } else {
                    self.run[left]
                }
            }
        }
    }

    /// The best ends of a node, u in its left part and w in its right one.
    fn best_ends(&self, left: usize, right: usize) -> (usize, usize) {
        let mut best = (f64::INFINITY, self.run[left].0, self.run[right].0);
        for u in self.run[left].0..self.run[left].1 {
            for w in self.run[right].0..self.run[right].1 {
                if self.cost.get(u, w) < best.0 {
                    best = (self.cost.get(u, w), u, w);
                }
            }
        }
        (best.1, best.2)
    }

    /// Every node turns its parts by its own best ends.
    fn stepwise(&self) -> Vec<usize> {
        let mut turned = vec![false; self.run.len()];
        for merge in &self.tree.merges {
            let (u, w) = self.best_ends(merge.left, merge.right);
            // The outer end of the left part must lie left in it, that of the right part right.
            if let Some((inner, _)) = self.tree.parts(merge.left) {
                turned[merge.left] = u >= self.run[inner].1;
            }
            if let Some((inner, _)) = self.tree.parts(merge.right) {
                turned[merge.right] = w < self.run[inner].1;
            }
        }
        let mut order = Vec::with_capacity(self.tree.count);
        // A node that is turned turns all below it: the mirror image, not an exchange of its two parts.
        let mut open = vec![(self.tree.root(), false)];
        while let Some((node, mirrored)) = open.pop() {
            let mirrored = mirrored != turned[node];
            match self.tree.parts(node) {
                None => order.push(self.place[node]),
                Some((left, right)) if mirrored => open.extend([(left, true), (right, true)]),
                Some((left, right)) => open.extend([(right, false), (left, false)]),
            }
        }
        order
    }

    /// The best ends of the root, followed down.
    fn optimal(&self) -> Vec<usize> {
        let root = self.tree.root();
        let Some((left, right)) = self.tree.parts(root) else { return vec![0] };
        let (u, w) = self.best_ends(left, right);
        let mut order = Vec::with_capacity(self.tree.count);
        let mut open = vec![(root, u, w)];
        while let Some((node, u, w)) = open.pop() {
            let Some((left, right)) = self.tree.parts(node) else {
                order.push(self.place[node]);
                continue;
            };
            let (first, second) = if u < self.run[left].1 { (left, right) } else { (right, left) };
            let ((m_from, m_to), (k_from, k_to)) = (self.far(first, u), self.far(second, w));
            let mut best = (f64::INFINITY, u, w);
            for m in m_from..m_to {
                for k in k_from..k_to {
                    let sum = self.cost.get(u, m) + self.distance.get(m, k) + self.cost.get(k, w);
                    if sum < best.0 {
                        best = (sum, m, k);
                    }
                }
            }
            open.push((second, best.2, w));
            open.push((first, u, best.1));
        }
        order
    }
}

#[cfg(test)]
mod tests {
    use super::super::linkage;
    use super::*;
    use crate::config::capital::Linkage;

    /// Sum of distances between neighbours.
    fn length(order: &[usize], distances: &Symmetric) -> f64 {
        order.windows(2).map(|pair| distances.get(pair[0], pair[1])).sum()
    }

    /// All orders that a tree allows, with every node turned or not.
    fn all_orders(tree: &Tree, node: usize) -> Vec<Vec<usize>> {
        let Some((left, right)) = tree.parts(node) else { return vec![vec![node]] };
        let mut all = Vec::new();
        for a in all_orders(tree, left) {
            for b in all_orders(tree, right) {
                all.push([a.clone(), b.clone()].concat());
                all.push([b, a.clone()].concat());
            }
        }
        all
    }

    #[test]
    fn no_order_of_the_tree_is_shorter() {
        let mut stepwise_longer = 0;
        for seed in 0..20_u32 {
            let n = 3 + (seed as usize) % 6;
            // A fixed scatter of points in the plane.
            let at = |i: usize| {
                let k = (i as u32 + 1) * (2 * seed + 7) * 7919;
                (f64::from(k % 101), f64::from(k / 7 % 97))
            };
            let distances = Symmetric::from_lower(n, |i, j| {
                let ((a, b), (c, d)) = (at(i), at(j));
                ((a - c) * (a - c) + (b - d) * (b - d)).sqrt()
            });
            for method in [Linkage::Single, Linkage::Ward, Linkage::Average] {
                let tree = linkage(&distances, method);
                let order = ordered(&tree, &distances, LeafOrdering::Optimal);
                let all = all_orders(&tree, tree.root());
                let shortest = all.iter().map(|order| length(order, &distances)).fold(f64::INFINITY, f64::min);
                assert!((length(&order, &distances) - shortest).abs() < 1e-9, "{seed} {method:?}");
                let (left, _) = tree.parts(tree.root()).unwrap();
                assert!(tree.leaves(left).contains(&order[0]));
                let stepwise = ordered(&tree, &distances, LeafOrdering::Stepwise);
                assert!(all.contains(&stepwise));
                stepwise_longer += usize::from(length(&stepwise, &distances) > shortest + 1e-9);
            }
        }
        assert!(stepwise_longer > 0, "the two orders are not the same rule");
    }
}
