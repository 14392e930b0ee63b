//! Which strategies move together: clusters by average linkage over the distance 1 − ρ (Sokal and Michener, 1958).
//!
//! A merge stands at the mean ρ of all pairs across it. A pair whose ρ is unknown joins at the lowest known ρ: it is not drawn
//! together with anything it was not seen with.

use super::blend::Correlations;

/// A node of the tree.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// A strategy, by its place.
    Leaf(usize),
    /// Two nodes that join.
    Join {
        /// Mean ρ across the two.
        rho: f64,
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
            Node::Join { rho, .. } if *rho > above => vec![self.leaves()],
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
    let known = correlations.pairs.iter().filter_map(|pair| pair.value);
    let lowest = known.fold(1.0, f64::min).min(0.0);
    let mut rho = vec![vec![lowest; count]; count];
    for pair in &correlations.pairs {
        if let Some(value) = pair.value {
            rho[pair.a][pair.b] = value;
            rho[pair.b][pair.a] = value;
        }
    }
    let mut nodes: Vec<Node> = (0..count).map(Node::Leaf).collect();
    let mean = |a: &Node, b: &Node| {
        let (left, right) = (a.leaves(), b.leaves());
        let sum: f64 = left.iter().flat_map(|i| right.iter().map(move |j| (*i, *j))).map(|(i, j)| rho[i][j]).sum();
        sum / (left.len() * right.len()) as f64
    };
    while nodes.len() > 1 {
        let mut best = (0, 1, f64::NEG_INFINITY);
        for i in 0..nodes.len() {
            for j in i + 1..nodes.len() {
                let value = mean(&nodes[i], &nodes[j]);
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
        assert!((rho - 0.2).abs() < 1e-15);
        assert!(matches!(**first, Node::Join { rho, .. } if rho == 0.9));
        assert_eq!(tree.groups(0.7), [vec![0, 2]]);
        assert_eq!(tree.groups(0.95), Vec::<Vec<usize>>::new());
    }

    #[test]
    fn an_unknown_pair_joins_last() {
        let tree = tree(&correlations(&[(0, 1, None), (0, 2, Some(0.5)), (1, 2, Some(0.4))], 3)).unwrap();
        assert_eq!(tree.leaves(), [0, 2, 1]);
    }

    #[test]
    fn none_and_one() {
        assert_eq!(tree(&Correlations::default()), None);
        assert_eq!(tree(&correlations(&[], 1)), Some(Node::Leaf(0)));
    }
}
