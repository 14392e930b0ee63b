//! The points of series as a reader meets them, and where each stands, for a fault found later.

use crate::units::UnixNanos;
use std::collections::BTreeMap;

/// Cell of a point: table, row, column.
pub(super) type Place = (u32, u32, u32);

/// Points of one series, in the order in which they were met.
#[derive(Debug, Default)]
pub(super) struct Taken {
    values: Vec<(UnixNanos, f64)>,
    places: Places,
}

impl Taken {
    pub(super) fn push(&mut self, time: UnixNanos, value: f64, place: Place) {
        self.places.push(self.values.len(), place);
        self.values.push((time, value));
    }
}

/// Places of points by their number. A column of a table is one run, however long.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// The first point of a run, and its cell; the run goes down the column from there.
    runs: Vec<(usize, Place)>,
}

impl Places {
    fn push(&mut self, point: usize, place: Place) {
        let (table, row, column) = place;
        let goes_on = self.runs.last().is_some_and(|&(first, (of_table, from_row, of_column))| {
            (of_table, of_column) == (table, column) && from_row as usize + (point - first) == row as usize
        });
        if !goes_on {
            self.runs.push((point, place));
        }
    }

    /// The cell of a point; of a number beyond all, that of the first.
    fn get(&self, point: usize, points: usize) -> Option<Place> {
        let point = if point < points { point } else { 0 };
        let run = self.runs.partition_point(|(first, _)| *first <= point).checked_sub(1)?;
        let (first, (table, row, column)) = self.runs[run];
        Some((table, row + (point - first) as u32, column))
    }
}

/// The points of every series by its name.
#[derive(Debug, Default)]
pub(super) struct Points {
    all: BTreeMap<String, Taken>,
}

impl Points {
    /// One point of a series.
    pub(super) fn push(&mut self, name: &str, time: UnixNanos, value: f64, place: Place) {
        if let Some(taken) = self.all.get_mut(name) {
            taken.push(time, value, place);
        } else {
            let mut taken = Taken::default();
            taken.push(time, value, place);
            self.all.insert(name.to_owned(), taken);
        }
    }

    /// The points of a series so far, to go on with; [`Points::put`] brings them back.
    pub(super) fn take(&mut self, name: &str) -> Taken {
        self.all.remove(name).unwrap_or_default()
    }

    /// Brings back what [`Points::take`] gave. A series without a point is none.
    pub(super) fn put(&mut self, name: &str, taken: Taken) {
        if !taken.values.is_empty() {
            self.all.insert(name.to_owned(), taken);
        }
    }

    /// How many series there are.
    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// The points by name, and where they stand.
    pub(super) fn split(self) -> (BTreeMap<String, Vec<(UnixNanos, f64)>>, Origin) {
        let (mut values, mut origin) = (BTreeMap::new(), Origin::default());
        for (name, taken) in self.all {
            origin.all.insert(name.clone(), (taken.values.len(), taken.places));
            values.insert(name, taken.values);
        }
        (values, origin)
    }
}

/// Where the points of every series stand.
#[derive(Debug, Default)]
pub(super) struct Origin {
    all: BTreeMap<String, (usize, Places)>,
}

impl Origin {
    /// The cell of a series' point; of a number beyond all, that of its first.
    pub(super) fn place(&self, name: &str, point: usize) -> Option<Place> {
        self.all.get(name).and_then(|(points, places)| places.get(point, *points))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_point_has_its_cell() {
        let cells = [(0, 3, 1), (0, 4, 1), (0, 6, 1), (0, 7, 2), (1, 8, 2), (1, 9, 2), (1, 9, 2)];
        let mut points = Points::default();
        let mut taken = points.take("a");
        for (at, cell) in cells.into_iter().enumerate() {
            // Half one way, half the other.
            if at < 3 {
                taken.push(UnixNanos(at as i64), 0.0, cell);
            } else {
                points.put("a", std::mem::take(&mut taken));
                points.push("a", UnixNanos(at as i64), 0.0, cell);
            }
        }
        points.put("empty", Taken::default());
        assert_eq!(points.len(), 1);
        let (values, origin) = points.split();
        assert_eq!(values["a"].len(), cells.len());
        let found: Vec<Place> = (0..cells.len()).filter_map(|point| origin.place("a", point)).collect();
        assert_eq!(found, cells);
        assert_eq!((origin.place("a", usize::MAX), origin.place("b", 0)), (Some(cells[0]), None));
    }
}
