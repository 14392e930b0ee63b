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
    full: Vec<u64>,
    order: Vec<u64>,
}

/// Low bits of a packed key that hold the row.
const ROW_BITS: u32 = 20;
const ROW_MASK: u64 = (1 << ROW_BITS) - 1;

impl Scratch {
    /// Sorts rows by descending value; equal values in the order of rows. `order` then holds rows in its low bits, `full` the exact key
    /// of each row.
    ///
    /// The upper 44 bits of a key and the row are packed into one word, which sorts several times faster than pairs; runs
    /// that the missing bits leave undecided are sorted again by the exact key.
    fn sort(&mut self, values: &[f64]) {
        let Scratch { full, order } = self;
        full.clear();
        full.extend(values.iter().map(|value| descending_key(*value)));
        order.clear();
        order.extend(full.iter().enumerate().map(|(row, key)| (key & !ROW_MASK) | row as u64));
        order.sort_unstable();
        if order.windows(2).any(|pair| pair[0] >> ROW_BITS == pair[1] >> ROW_BITS) {
            self.settle();
        }
    }

    /// Sorts the runs that the packed bits leave undecided.
    fn settle(&mut self) {
        let Scratch { full, order } = self;
        for run in order.chunk_by_mut(|a, b| a >> ROW_BITS == b >> ROW_BITS).filter(|run| run.len() > 1) {
            run.sort_unstable_by_key(|packed| (full[(packed & ROW_MASK) as usize], *packed));
        }
    }
}

// A book's limit on symbols, and so on rows of one strategy, is what makes the packing fit.
const _: () = assert!(crate::frame::SYMBOLS_MAX <= 1 << ROW_BITS);

/// Writes what the rank of every value is worth to `worth`, parallel to `values`. Nothing is normalised here.
pub(super) fn rank_worth(values: &[f64], ties: Ties, transform: RankTransform, scratch: &mut Scratch, worth: &mut [f64]) {
    let n = values.len();
    scratch.sort(values);
    let Scratch { full, order } = scratch;
    let groups = || order.chunk_by(|a, b| full[(a & ROW_MASK) as usize] == full[(b & ROW_MASK) as usize]);
    // Only the ascending transforms ask how many different values there are.
    let ascending = matches!(transform, RankTransform::Fraction | RankTransform::ZeroOne | RankTransform::RankSum);
    let distinct = if ascending && ties == Ties::Dense { groups().count() } else { n };
    let (mut before, mut dense) = (0, 0_usize);
    for group in groups() {
        dense += 1;
        let end = before + group.len();
        // Descending and ascending rank of the group of equals.
        let (down, up) = match ties {
            Ties::Dense => (dense as f64, (distinct + 1).saturating_sub(dense) as f64),
            // Places before+1 ..= end share their mean.
            Ties::Average => {
                let mean = (before + 1 + end) as f64 / 2.0;
                (mean, (n + 1) as f64 - mean)
            }
        };
        let value = value_of(transform, down, up, n as f64);
        for packed in group {
            worth[(packed & ROW_MASK) as usize] = value;
        }
        before = end;
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
    fn values_that_differ_in_the_last_bit_have_different_ranks() {
        let (low, high) = (1.0, 1.0 + f64::EPSILON);
        assert_eq!(worth(&[low, high, low], Ties::Dense, RankTransform::RankSum), [1.0, 2.0, 1.0]);
    }

    #[test]
    fn one_row_is_worth_one() {
        for transform in [RankTransform::Reciprocal, RankTransform::ZeroOne, RankTransform::NormalScores] {
            assert_eq!(worth(&[-3.0], Ties::Dense, transform), [1.0]);
        }
    }
}
