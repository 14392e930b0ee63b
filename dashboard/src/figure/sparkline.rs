//! A line of the size of a word.

use std::fmt::Write as _;

/// Most points that are drawn: one for each pixel a word may have.
const POINTS_MAX: usize = 200;

/// The path of values on a sheet of 100 × 100, y downwards; gaps lift the pen. Flat values lie in the middle.
pub fn path(values: &[f64]) -> String {
    let stride = values.len().div_ceil(POINTS_MAX).max(1);
    // The last value is always drawn: it is the one that counts.
    let picked: Vec<usize> = (0..values.len()).filter(|at| (values.len() - 1 - at).is_multiple_of(stride)).collect();
    let known = picked.iter().map(|at| values[*at]).filter(|value| value.is_finite());
    let (low, high) = known.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
    let across = (picked.len().max(2) - 1) as f64;
    let mut out = String::new();
    let mut pen_down = false;
    for (i, at) in picked.iter().enumerate() {
        let value = values[*at];
        if !value.is_finite() {
            pen_down = false;
            continue;
        }
        let x = i as f64 / across * 100.0;
        let y = if high > low { (high - value) / (high - low) * 100.0 } else { 50.0 };
        let letter = if pen_down { 'L' } else { 'M' };
        // Writing into a string cannot fail.
        let _ = write!(out, "{letter}{x:.1} {y:.1}");
        pen_down = true;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_is_on_top_and_a_gap_lifts_the_pen() {
        assert_eq!(path(&[0.0, 2.0, f64::NAN, 1.0]), "M0.0 100.0L33.3 0.0M100.0 50.0");
        assert_eq!(path(&[3.0, 3.0]), "M0.0 50.0L100.0 50.0");
        assert_eq!(path(&[]), "");
        assert_eq!(path(&[f64::NAN]), "");
    }

    #[test]
    fn the_last_value_is_always_drawn() {
        let values: Vec<f64> = (0..10_001).map(f64::from).collect();
        let path = path(&values);
        assert!(path.ends_with("L100.0 0.0") && path.matches('L').count() < POINTS_MAX);
    }
}
