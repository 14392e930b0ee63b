//! Which strategies move together: clusters by average linkage over the distance 1 − ρ (Sokal and Michener, 1958).
//!
//! A merge stands at the mean ρ of the known pairs across it. Where none of them is known the merge has no ρ and comes last: what was
//! never seen together is not drawn together.

use super::blend::Correlations;

/// A node of the tree.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// A strategy, by its place.
    Leaf(usize),
    /// Two nodes that join.
    Join {
        /// Mean of the known ρ across the two; none where all are unknown.
        rho: Option<f64>,
        /// The node with the strategy that comes first.
        first: Box<Node>,
        /// The other.
        second: Box<Node>,
    },
}

impl Node {
    /// Strategies below, in the order of the drawing.
    pub fn leaves(&self) -> Vec<usize> {
        match self {
            Node::Leaf(place) => vec![*place],
            Node::Join { first, second, .. } => [first.leaves(), second.leaves()].concat(),
        }
    }

    /// Groups of two and more that join at or above a ρ.
    pub fn groups(&self, above: f64) -> Vec<Vec<usize>> {
        match self {
            Node::Leaf(_) => Vec::new(),
            Node::Join { rho, .. } if rho.is_some_and(|rho| rho > above) => vec![self.leaves()],
            Node::Join { first, second, .. } => [first.groups(above), second.groups(above)].concat(),
        }
    }
}

/// Strategies of one tree at most: the work grows with the cube, the drawing with the page.
pub const CLUSTERED_MAX: usize = 60;

/// The tree of all strategies; `None` where there are none, or too many.
pub fn tree(correlations: &Correlations) -> Option<Node> {
    let count = correlations.names.len();
    if count > CLUSTERED_MAX {
        return None;
    }
    let mut rho = vec![vec![None; count]; count];
    for pair in &correlations.pairs {
        rho[pair.a][pair.b] = pair.value;
        rho[pair.b][pair.a] = pair.value;
    }
    let mut nodes: Vec<Node> = (0..count).map(Node::Leaf).collect();
    let mean = |a: &Node, b: &Node| {
        let (left, right) = (a.leaves(), b.leaves());
        let known = left.iter().flat_map(|i| right.iter().map(move |j| (*i, *j))).filter_map(|(i, j)| rho[i][j]);
        let (sum, count) = known.fold((0.0, 0_u32), |(sum, count), rho| (sum + rho, count + 1));
        (count > 0).then(|| sum / f64::from(count))
    };
    while nodes.len() > 1 {
        let mut best = (0, 1, None);
        for i in 0..nodes.len() {
            for j in i + 1..nodes.len() {
                let value = mean(&nodes[i], &nodes[j]);
                // The unknown is below everything.
                if value > best.2 {
                    best = (i, j, value);
                }
            }
        }
        let (i, j, rho) = best;
        let second = nodes.remove(j);
        let first = nodes.remove(i);
        nodes.insert(i, Node::Join { rho, first: Box::new(first), second: Box::new(second) });
    }
    nodes.pop()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::blend::Pair;

    fn correlations(values: &[(usize, usize, Option<f64>)], count: usize) -> Correlations {
        let pairs = values.iter().map(|(a, b, value)| Pair { a: *a, b: *b, value: *value, ..Pair::default() }).collect();
        Correlations { names: (0..count).map(|i| i.to_string()).collect(), pairs, average: None }
    }

    #[test]
    fn the_closest_join_first_and_means_carry_on() {
        // 0 and 2 join at 0.9; 1 joins them at (0.1 + 0.3) / 2 = 0.2.
        let tree = tree(&correlations(&[(0, 1, Some(0.1)), (0, 2, Some(0.9)), (1, 2, Some(0.3))], 3)).unwrap();
        assert_eq!(tree.leaves(), [0, 2, 1]);
        let Node::Join { rho, first, .. } = &tree else { panic!("{tree:?}") };
        assert!((rho.unwrap() - 0.2).abs() < 1e-15);
        assert!(matches!(**first, Node::Join { rho: Some(0.9), .. }));
        assert_eq!(tree.groups(0.7), [vec![0, 2]]);
        assert_eq!(tree.groups(0.95), Vec::<Vec<usize>>::new());
    }

    #[test]
    fn an_unknown_pair_joins_last() {
        let tree = tree(&correlations(&[(0, 1, None), (0, 2, Some(0.5)), (1, 2, Some(0.4))], 3)).unwrap();
        assert_eq!(tree.leaves(), [0, 2, 1]);
        // Its mean is of what is known: 0.4, and not of a guess for the pair that was never seen.
        assert!(matches!(tree, Node::Join { rho: Some(0.4), .. }), "{tree:?}");
    }

    #[test]
    fn what_was_never_seen_together_joins_last_and_has_no_figure() {
        let tree = tree(&correlations(&[(0, 1, None), (0, 2, None), (1, 2, Some(-0.5))], 3)).unwrap();
        let Node::Join { rho, .. } = &tree else { panic!("{tree:?}") };
        assert_eq!((tree.leaves(), *rho), (vec![0, 1, 2], None));
        assert_eq!(tree.groups(-1.0), [vec![1, 2]]);
    }

    #[test]
    fn none_and_one() {
        assert_eq!(tree(&Correlations::default()), None);
        assert_eq!(tree(&correlations(&[], 1)), Some(Node::Leaf(0)));
    }
}
