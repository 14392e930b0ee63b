//! Ranks inside one strategy and what they are worth.
//!
//! With n rows that take a position, r the descending rank (1 is best) and a = n + 1 - r the ascending one:
//! reciprocal 1/r, Borda (n - r + 1)/n, normal scores `Φ⁻¹((n - r + ½)/n)`, fraction a/n, zero-one (a - 1)/(n - 1), rank sum a.
//!
//! Conventions: equal values share a rank, dense (1, 1, 2) or average (1.5, 1.5, 3); minus zero equals zero. One row is worth
//! 1 under every transform but `normal_scores`, where it is worth nothing's neighbour, Φ⁻¹(½) = 0, and so is counted as 1 too.
//! Negative normal scores count as zero: a sign never flips.

use crate::config::blend::{RankTransform, Ties};
use crate::math;

/// Sorting key of a finite number: ascending keys are descending numbers, minus zero and zero are one.
fn descending_key(value: f64) -> u64 {
    let bits = (value + 0.0).to_bits();
    // Order-preserving map of IEEE 754 to unsigned integers, then inverted.
    let ascending = if bits >> 63 == 1 { !bits } else { bits | 1 << 63 };
    !ascending
}

/// Buffers that live through all strategies, so that ranking allocates once.
#[derive(Default)]
pub(super) struct Scratch {
    keys: Vec<(u64, u32)>,
}

/// Writes what the rank of every value is worth to `worth`, parallel to `values`. Nothing is normalised here.
pub(super) fn rank_worth(values: &[f64], ties: Ties, transform: RankTransform, scratch: &mut Scratch, worth: &mut [f64]) {
    let n = values.len();
    let keys = &mut scratch.keys;
    keys.clear();
    keys.extend(values.iter().enumerate().map(|(i, value)| (descending_key(*value), i as u32)));
    keys.sort_unstable();
    let distinct = 1 + keys.windows(2).filter(|pair| pair[0].0 != pair[1].0).count();
    let (mut start, mut dense) = (0, 0_usize);
    while start < n {
        let end = start + keys[start..].iter().take_while(|(key, _)| *key == keys[start].0).count();
        dense += 1;
        // Descending and ascending rank of the group of equals.
        let (down, up) = match ties {
            Ties::Dense => (dense as f64, (distinct + 1 - dense) as f64),
            // Places start+1 ..= end share their mean.
            Ties::Average => {
                let mean = (start + 1 + end) as f64 / 2.0;
                (mean, (n + 1) as f64 - mean)
            }
        };
        let value = value_of(transform, down, up, n as f64);
        for (_, row) in &keys[start..end] {
            worth[*row as usize] = value;
        }
        start = end;
    }
}

fn value_of(transform: RankTransform, down: f64, up: f64, n: f64) -> f64 {
    if n <= 1.0 {
        return 1.0;
    }
    match transform {
        RankTransform::Reciprocal => 1.0 / down,
        RankTransform::Borda => (n - down + 1.0) / n,
        RankTransform::NormalScores => math::normal_quantile((n - down + 0.5) / n).max(0.0),
        RankTransform::Fraction => up / n,
        RankTransform::ZeroOne => (up - 1.0) / (n - 1.0),
        RankTransform::RankSum => up,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn worth(values: &[f64], ties: Ties, transform: RankTransform) -> Vec<f64> {
        let mut worth = vec![f64::NAN; values.len()];
        rank_worth(values, ties, transform, &mut Scratch::default(), &mut worth);
        worth
    }

    #[test]
    fn dense_ties_share_a_rank_and_skip_none() {
        // 0.9 twice is rank 1, 0.7 is rank 2.
        assert_eq!(worth(&[0.9, 0.9, 0.7], Ties::Dense, RankTransform::Reciprocal), [1.0, 1.0, 0.5]);
    }

    #[test]
    fn average_ties_share_the_mean_of_their_places() {
        // Ascending ranks: 0.7 is 1, the two 0.9 share (2 + 3)/2.
        assert_eq!(worth(&[0.9, 0.9, 0.7], Ties::Average, RankTransform::RankSum), [2.5, 2.5, 1.0]);
        assert_eq!(worth(&[-0.0, 0.0], Ties::Average, RankTransform::Fraction), [0.75, 0.75]);
    }

    #[test]
    fn transforms_of_four() {
        let values = [4.0, 3.0, -1.0, -2.0];
        assert_eq!(worth(&values, Ties::Dense, RankTransform::Borda), [1.0, 0.75, 0.5, 0.25]);
        assert_eq!(worth(&values, Ties::Dense, RankTransform::ZeroOne), [1.0, 2.0 / 3.0, 1.0 / 3.0, 0.0]);
        // Φ⁻¹(7/8) = 1.1503..., Φ⁻¹(5/8) = 0.3186..., the lower half is negative and counts as zero.
        let normal = worth(&values, Ties::Dense, RankTransform::NormalScores);
        assert!((normal[0] - 1.150_349_380_376_008).abs() < 1e-12 && (normal[1] - 0.318_639_363_964_375_1).abs() < 1e-12);
        assert_eq!(normal[2..], [0.0, 0.0]);
    }

    #[test]
    fn one_row_is_worth_one() {
        for transform in [RankTransform::Reciprocal, RankTransform::ZeroOne, RankTransform::NormalScores] {
            assert_eq!(worth(&[-3.0], Ties::Dense, transform), [1.0]);
        }
    }
}
