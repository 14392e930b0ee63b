//! Inner join of two histories on their dates, in one pass over both and without memory of its own.

use crate::frame::Series;
use crate::units::UnixNanos;

/// The values of two series on the dates that both have, oldest first.
#[derive(Clone, Debug, Default)]
pub struct Joined {
    /// Values of the first.
    pub x: Vec<f64>,
    /// Values of the second.
    pub y: Vec<f64>,
    /// The common dates.
    pub times: Vec<UnixNanos>,
}

impl Joined {
    /// Joins two series, in the memory of the join before.
    pub fn refill(&mut self, a: &Series, b: &Series) {
        self.refill_columns((&a.times, &a.values), (&b.times, &b.values));
    }

    /// Joins two pairs of parallel columns (times strictly ascending, values), in the memory of the join before.
    pub fn refill_columns(&mut self, a: (&[UnixNanos], &[f64]), b: (&[UnixNanos], &[f64])) {
        self.x.clear();
        self.y.clear();
        self.times.clear();
        let (mut i, mut j) = (0, 0);
        while let (Some(s), Some(t)) = (a.0.get(i), b.0.get(j)) {
            match s.cmp(t) {
                std::cmp::Ordering::Less => i += 1,
                std::cmp::Ordering::Greater => j += 1,
                std::cmp::Ordering::Equal => {
                    self.x.push(a.1[i]);
                    self.y.push(b.1[j]);
                    self.times.push(*s);
                    i += 1;
                    j += 1;
                }
            }
        }
    }

    /// Joins two series.
    pub fn of(a: &Series, b: &Series) -> Self {
        let mut joined = Self::default();
        joined.refill(a, b);
        joined
    }

    /// Keeps the last `window` dates.
    pub fn keep_last(&mut self, window: usize) {
        let drop = self.times.len().saturating_sub(window);
        self.x.drain(..drop);
        self.y.drain(..drop);
        self.times.drain(..drop);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(points: &[(i64, f64)]) -> Series {
        Series {
            name: String::from("s"),
            times: points.iter().map(|(day, _)| UnixNanos::from_days(*day).unwrap()).collect(),
            values: points.iter().map(|(_, value)| *value).collect(),
        }
    }

    #[test]
    fn only_common_dates_in_order() {
        let a = series(&[(1, 1.0), (2, 2.0), (4, 4.0), (5, 5.0)]);
        let b = series(&[(0, 0.0), (2, 20.0), (3, 30.0), (5, 50.0)]);
        let mut joined = Joined::of(&a, &b);
        assert_eq!((joined.x.as_slice(), joined.y.as_slice()), ([2.0, 5.0].as_slice(), [20.0, 50.0].as_slice()));
        joined.keep_last(1);
        assert_eq!((joined.x.as_slice(), joined.times[0].days()), ([5.0].as_slice(), 5));
        joined.refill(&a, &series(&[]));
        assert!(joined.times.is_empty());
    }
}
