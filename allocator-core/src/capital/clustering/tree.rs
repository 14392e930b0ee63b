//! The tree: nearest clusters merge until one is left.
//!
//! Distances of a merger to the others come from those of its parts by Lance and Williams' (1967) recurrence; a cached nearest neighbour for
//! each cluster makes the work about n². Source: Müllner (2011), "Modern hierarchical, agglomerative clustering algorithms", the generic
//! algorithm, which is right for all seven linkages, inversions of centroid and median included.

use crate::config::capital::Linkage;
use crate::linalg::Symmetric;

/// One merger: parts, height, leaves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Merge {
    /// The part with the smaller number.
    pub left: usize,
    /// The other.
    pub right: usize,
    /// Distance of the parts.
    pub height: f64,
    /// Leaves below.
    pub leaves: usize,
}

/// A tree over n leaves: merger k has number n + k, the last one is the root.
#[derive(Clone, Debug, PartialEq)]
pub struct Tree {
    /// Leaves.
    pub count: usize,
    /// Mergers in their order.
    pub merges: Vec<Merge>,
}

impl Tree {
    /// The parts of a node; `None` for a leaf.
    pub fn parts(&self, node: usize) -> Option<(usize, usize)> {
        node.checked_sub(self.count).and_then(|k| self.merges.get(k)).map(|merge| (merge.left, merge.right))
    }

    /// The root.
    pub fn root(&self) -> usize {
        (self.count + self.merges.len()).saturating_sub(1)
    }

    /// Leaves below a node, left to right.
    pub fn leaves(&self, node: usize) -> Vec<usize> {
        let mut found = Vec::new();
        let mut open = vec![node];
        while let Some(node) = open.pop() {
            match self.parts(node) {
                Some((left, right)) => open.extend([right, left]),
                None => found.push(node),
            }
        }
        found
    }
}

/// Builds the tree of a distance matrix.
pub fn linkage(distances: &Symmetric, method: Linkage) -> Tree {
    let n = distances.order();
    let mut apart = distances.as_slice().to_vec();
    let mut size = vec![1_usize; n];
    let mut number: Vec<usize> = (0..n).collect();
    let mut alive: Vec<usize> = (0..n).collect();
    // Nearest later neighbour of each slot, and how far it is.
    let nearest = |apart: &[f64], alive: &[usize], place: usize| {
        let i = alive[place];
        let mut best = (f64::INFINITY, usize::MAX);
        for &j in &alive[place + 1..] {
            if apart[i * n + j] < best.0 {
                best = (apart[i * n + j], j);
            }
        }
        best
    };
    let mut near: Vec<(f64, usize)> = vec![(f64::INFINITY, usize::MAX); n];
    for place in 0..n {
        near[alive[place]] = nearest(&apart, &alive, place);
    }
    let mut merges = Vec::with_capacity(n.saturating_sub(1));
    for step in 1..n {
        // The pair of least distance; of equals the one of smallest numbers.
        let mut best = (f64::INFINITY, (usize::MAX, usize::MAX), 0, 0);
        for &i in &alive {
            let (height, j) = near[i];
            if j == usize::MAX {
                continue;
            }
            let numbers = (number[i].min(number[j]), number[i].max(number[j]));
            if height < best.0 || (height == best.0 && numbers < best.1) || best.1.0 == usize::MAX {
                best = (height, numbers, i, j);
            }
        }
        let (height, (left, right), i, j) = best;
        let (a, b) = (size[i] as f64, size[j] as f64);
        merges.push(Merge { left, right, height, leaves: size[i] + size[j] });
        alive.retain(|&slot| slot != i);
        for &k in alive.iter().filter(|&&k| k != j) {
            let merged = recurrence(method, apart[k * n + i], apart[k * n + j], height, a, b, size[k] as f64);
            apart[k * n + j] = merged;
            apart[j * n + k] = merged;
        }
        size[j] += size[i];
        number[j] = n + step - 1;
        for place in 0..alive.len() {
            let k = alive[place];
            let stale = k == j || near[k].1 == i || near[k].1 == j;
            if stale {
                near[k] = nearest(&apart, &alive, place);
            } else if k < j && apart[k * n + j] < near[k].0 {
                near[k] = (apart[k * n + j], j);
            }
        }
    }
    Tree { count: n, merges }
}

/// Distance of cluster k (of `c` leaves) to the merger of i and j (of `a` and `b`), from its distances to both and theirs.
fn recurrence(method: Linkage, ki: f64, kj: f64, ij: f64, a: f64, b: f64, c: f64) -> f64 {
    match method {
        Linkage::Single => ki.min(kj),
        Linkage::Complete => ki.max(kj),
        Linkage::Average => (a * ki + b * kj) / (a + b),
        Linkage::Weighted => f64::midpoint(ki, kj),
        Linkage::Ward => (((a + c) * ki * ki + (b + c) * kj * kj - c * ij * ij) / (a + b + c)).max(0.0).sqrt(),
        Linkage::Centroid => ((a * ki * ki + b * kj * kj - a * b * ij * ij / (a + b)) / (a + b)).max(0.0).sqrt(),
        Linkage::Median => (f64::midpoint(ki * ki, kj * kj) - ij * ij / 4.0).max(0.0).sqrt(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Points on a line.
    fn line(points: &[f64]) -> Symmetric {
        Symmetric::from_lower(points.len(), |i, j| (points[i] - points[j]).abs())
    }

    #[test]
    fn by_hand() {
        // 0, 1, 4, 9: {0 1} at 1; then 4 joins (3 single, 4 complete, 3.5 average), then 9.
        let points = line(&[0.0, 1.0, 4.0, 9.0]);
        let heights = |method| linkage(&points, method).merges.iter().map(|merge| merge.height).collect::<Vec<_>>();
        assert_eq!(heights(Linkage::Single), [1.0, 3.0, 5.0]);
        assert_eq!(heights(Linkage::Complete), [1.0, 4.0, 9.0]);
        // 9 to 0, 1, 4: (9 + 8 + 5)/3; weighted: ((9 + 8)/2 + 5)/2.
        assert_eq!(heights(Linkage::Average), [1.0, 3.5, 22.0 / 3.0]);
        assert_eq!(heights(Linkage::Weighted), [1.0, 3.5, 6.75]);
        // Centroids 0.5 then 5/3; median 0.5 then 2.25.
        assert!((heights(Linkage::Centroid)[2] - (9.0 - 5.0 / 3.0)).abs() < 1e-12);
        assert!((heights(Linkage::Median)[2] - 6.75).abs() < 1e-12);
        // Ward: √(2·2·1/(2 + 1))·distance of centroids = √(4/3)·3.5.
        assert!((heights(Linkage::Ward)[1] - (4.0_f64 / 3.0).sqrt() * 3.5).abs() < 1e-12);
        let tree = linkage(&points, Linkage::Single);
        assert_eq!((tree.merges[1].left, tree.merges[1].right, tree.root()), (2, 4, 6));
        assert_eq!(tree.leaves(tree.root()), [3, 2, 0, 1]);
    }

    #[test]
    fn ties_go_by_number_and_small_trees_are_trees() {
        let tree = linkage(&line(&[0.0, 1.0, 2.0]), Linkage::Single);
        assert_eq!((tree.merges[0].left, tree.merges[0].right), (0, 1));
        assert_eq!(linkage(&line(&[1.0]), Linkage::Ward), Tree { count: 1, merges: Vec::new() });
        assert_eq!(linkage(&line(&[1.0]), Linkage::Ward).leaves(0), [0]);
        assert_eq!(linkage(&line(&[]), Linkage::Ward).merges.len(), 0);
    }
}
