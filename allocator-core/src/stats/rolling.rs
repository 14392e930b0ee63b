//! Rolling versions: a statistic over every window of the last w observations.
//!
//! **Conventions.** The first window ends at observation w; each window is computed from its own values, not updated from the one
//! before, so that errors do not pile up and a window's figure is the figure of the same values alone.

use super::figure::Figure;

/// A statistic of every window of `width` values; none where the series is shorter or the width is zero.
pub fn rolling(values: &[f64], width: usize, statistic: impl Fn(&[f64]) -> Figure) -> Vec<Figure> {
    if width == 0 {
        return Vec::new();
    }
    values.windows(width).map(statistic).collect()
}

/// A statistic of every pair of windows of `width` values of two parallel series.
pub fn rolling_pair(x: &[f64], y: &[f64], width: usize, statistic: impl Fn(&[f64], &[f64]) -> Figure) -> Vec<Figure> {
    if width == 0 {
        return Vec::new();
    }
    x.windows(width).zip(y.windows(width)).map(|(x, y)| statistic(x, y)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{mean, pearson};
    use super::*;

    #[test]
    fn by_hand() {
        // 1, 2, 6 by twos: 1.5 and 4.
        assert_eq!(rolling(&[1.0, 2.0, 6.0], 2, mean), [Ok(1.5), Ok(4.0)]);
        assert_eq!(rolling(&[1.0], 2, mean), []);
        assert_eq!(rolling(&[1.0], 0, mean), []);
    }

    #[test]
    fn pairs() {
        // Up together, then apart.
        let got = rolling_pair(&[1.0, 2.0, 3.0], &[1.0, 2.0, 1.0], 2, pearson);
        assert!((got[0].unwrap() - 1.0).abs() < 1e-15 && (got[1].unwrap() + 1.0).abs() < 1e-15);
    }
}
