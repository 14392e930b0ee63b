//! A hierarchy of strategies as brackets: which ones join, and at which correlation.

use super::axis::Unit;
use super::grid::{Cell, Column, Grid};

/// Two groups become one. Leaves have the places of their names; the group of merge `i` has the place `names.len() + i`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Merge {
    /// First group.
    pub a: usize,
    /// Second group.
    pub b: usize,
    /// Distance at which they join, not below that of their parts.
    pub height: f64,
}

/// A hierarchy.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dendrogram {
    /// Names of the leaves.
    pub names: Vec<String>,
    /// Merges, lowest first.
    pub merges: Vec<Merge>,
}

/// A bracket: its two ends and its spine, in shares of the sheet; depth 0 is at the root, 1 at the leaves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bracket {
    /// Depth of the spine.
    pub depth: f64,
    /// Upper end: depth where the part begins, and how far down the sheet.
    pub upper: (f64, f64),
    /// Lower end.
    pub lower: (f64, f64),
    /// Distance.
    pub height: f64,
}

/// Where everything stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layout {
    /// Leaves from top to bottom, with how far down the sheet each stands.
    pub leaves: Vec<(usize, f64)>,
    /// Brackets, lowest merge first.
    pub brackets: Vec<Bracket>,
}

impl Dendrogram {
    /// Places of leaves and brackets. A merge that names what is not there, or a group twice, ends the drawing there.
    pub fn layout(&self) -> Layout {
        let n = self.names.len();
        let most = self.merges.iter().map(|merge| merge.height).filter(|height| height.is_finite()).fold(0.0, f64::max);
        // Each group: its leaves in order, and its height.
        let mut groups: Vec<Option<(Vec<usize>, f64)>> = (0..n).map(|leaf| Some((vec![leaf], 0.0))).collect();
        let mut joined: Vec<(usize, usize, f64)> = Vec::new();
        for merge in &self.merges {
            let usable = merge.a != merge.b && merge.height.is_finite();
            let present = |place: usize| groups.get(place).is_some_and(Option::is_some);
            if !usable || !present(merge.a) || !present(merge.b) {
                break;
            }
            let (Some((mut first, _)), Some((second, _))) = (groups[merge.a].take(), groups[merge.b].take()) else { break };
            first.extend(second);
            groups.push(Some((first, merge.height)));
            joined.push((merge.a, merge.b, merge.height));
        }
        let order: Vec<usize> = groups.into_iter().flatten().flat_map(|(leaves, _)| leaves).collect();
        let step = if n == 0 { 0.0 } else { 1.0 / n as f64 };
        let leaves: Vec<(usize, f64)> = order.iter().enumerate().map(|(row, leaf)| (*leaf, (row as f64 + 0.5) * step)).collect();
        // Centre and depth of every group, leaves first.
        let mut places: Vec<(f64, f64)> =
            (0..n).map(|leaf| (leaves.iter().find(|(known, _)| *known == leaf).map_or(0.0, |(_, down)| *down), 1.0)).collect();
        let mut brackets = Vec::with_capacity(joined.len());
        for (a, b, height) in joined {
            let depth = if most > 0.0 { 1.0 - height / most } else { 0.0 };
            let (upper, lower) = if places[a].0 <= places[b].0 { (places[a], places[b]) } else { (places[b], places[a]) };
            brackets.push(Bracket { depth, upper: (upper.1, upper.0), lower: (lower.1, lower.0), height });
            places.push((f64::midpoint(upper.0, lower.0), depth));
        }
        Layout { leaves, brackets }
    }

    /// Depth of a distance on the sheet, for a line at the threshold; `None` where it is off the sheet.
    pub fn depth(&self, height: f64) -> Option<f64> {
        let most = self.merges.iter().map(|merge| merge.height).filter(|height| height.is_finite()).fold(0.0, f64::max);
        (most > 0.0 && (0.0..=most).contains(&height)).then(|| 1.0 - height / most)
    }

    fn members(&self, place: usize) -> Vec<&str> {
        let mut open = vec![place];
        let mut names = Vec::new();
        // Each merge is opened once at most: places only lead to smaller ones.
        while let Some(place) = open.pop() {
            match place.checked_sub(self.names.len()) {
                None => names.push(self.names[place].as_str()),
                Some(merge) => {
                    if let Some(merge) = self.merges.get(merge) {
                        open.extend([merge.a, merge.b].into_iter().filter(|part| *part < place));
                    }
                }
            }
        }
        names.sort_unstable();
        names
    }

    /// The table twin: who joins whom, and where.
    pub fn grid(&self) -> Grid {
        let mut grid = Grid::new(vec![Column::text("Joins"), Column::text("With"), Column::number("Distance", Unit::plain(2))]);
        for merge in &self.merges {
            grid.push(vec![
                Cell::Text(self.members(merge.a).join(", ")),
                Cell::Text(self.members(merge.b).join(", ")),
                merge.height.into(),
            ]);
        }
        grid
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> Dendrogram {
        // c and a join at 0.2, b joins them at 0.8.
        Dendrogram {
            names: vec!["a".into(), "b".into(), "c".into()],
            merges: vec![Merge { a: 0, b: 2, height: 0.2 }, Merge { a: 1, b: 3, height: 0.8 }],
        }
    }

    #[test]
    fn members_of_a_group_stand_together_and_brackets_hold_them() {
        let layout = tree().layout();
        assert_eq!(layout.leaves.iter().map(|(leaf, _)| *leaf).collect::<Vec<_>>(), [1, 0, 2]);
        // Rows at 1/6, 3/6, 5/6; the pair's spine is a quarter of the way from the leaves: 1 − 0.2/0.8.
        let pair = layout.brackets[0];
        assert!(
            (pair.depth - 0.75).abs() < 1e-12 && (pair.upper.1 - 0.5).abs() < 1e-12 && (pair.lower.1 - 5.0 / 6.0).abs() < 1e-12
        );
        let root = layout.brackets[1];
        assert!(root.depth.abs() < 1e-12 && (root.lower.1 - 2.0 / 3.0).abs() < 1e-12 && (root.lower.0 - 0.75).abs() < 1e-12);
    }

    #[test]
    fn the_table_says_who_joins_whom() {
        let grid = tree().grid();
        assert_eq!((grid.shown(1, 0), grid.shown(1, 1), grid.shown(1, 2)), ("b".into(), "a, c".into(), "0.80".into()));
    }

    #[test]
    fn what_makes_no_sense_ends_the_drawing_and_nothing_else() {
        let twice = Dendrogram { merges: vec![Merge { a: 0, b: 0, height: 0.1 }], ..tree() };
        assert_eq!((twice.layout().leaves.len(), twice.layout().brackets.len()), (3, 0));
        let gone = Dendrogram { merges: vec![Merge { a: 0, b: 1, height: 0.1 }, Merge { a: 0, b: 2, height: 0.2 }], ..tree() };
        assert_eq!(gone.layout().brackets.len(), 1);
        let cycle = Dendrogram { merges: vec![Merge { a: 3, b: 0, height: 0.1 }], ..tree() };
        assert_eq!(cycle.layout().brackets.len(), 0);
        assert_eq!(cycle.grid().rows.len(), 1);
        assert_eq!(Dendrogram::default().layout(), Layout::default());
    }

    #[test]
    fn a_threshold_has_its_depth_or_none() {
        assert_eq!((tree().depth(0.8), tree().depth(0.9)), (Some(0.0), None));
    }
}
