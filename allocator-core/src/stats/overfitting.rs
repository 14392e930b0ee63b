//! Probability of backtest overfitting by combinatorially symmetric cross-validation: how often the best in sample is below the middle out
//! of sample.
//!
//! The returns of N candidates are cut into S blocks. Each choice of S/2 blocks is in sample, the rest out of sample. The candidate with
//! the best Sharpe ratio in sample has the relative rank ω = rank/(N + 1) out of sample (1 is the worst) and the logit λ = ln(ω/(1 − ω)).
//! The probability is the share of choices with λ ≤ 0. Source: Bailey, Borwein, López de Prado and Zhu (2017), "The Probability of Backtest
//! Overfitting", Journal of Computational Finance 20(4), section 2.
//!
//! **Conventions.** Blocks are equally long; what is left over is taken off the oldest end. Of equal ratios in sample the first candidate is
//! the best; out of sample equals share their mean rank. Within blocks that do not vary, holding nothing say, the ratio counts 0.

use super::figure::Unknown;
use crate::math;
use serde::Serialize;

/// Most blocks: 12,870 choices.
pub const BLOCKS_MAX: u32 = 16;

/// What overfitting there is in the choice of the best candidate.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Overfitting {
    /// Blocks.
    pub blocks: u32,
    /// Choices of half of the blocks.
    pub choices: u32,
    /// Slope of the ratio out of sample on that in sample, of the best in sample over the choices; null where the latter does not vary.
    /// Below zero, what looks better is worse.
    pub degradation_slope: Option<f64>,
    /// Share of the choices in which the best in sample loses money out of sample.
    pub loss_probability: f64,
    /// Mean of the logits; above zero the choice is better than the middle.
    pub mean_logit: f64,
    /// Returns that enter.
    pub n: u32,
    /// Share of the choices in which the best in sample is at or below the middle out of sample.
    pub probability: f64,
}

/// Sums over one block of one candidate.
#[derive(Clone, Copy, Default)]
struct Sums {
    n: f64,
    sum: f64,
    squares: f64,
}

impl Sums {
    fn add(&mut self, other: &Sums) {
        self.n += other.n;
        self.sum += other.sum;
        self.squares += other.squares;
    }

    /// Mean over deviation; `level` is what was taken off every return, `size` how large they are.
    fn sharpe(&self, level: f64, size: f64) -> f64 {
        let mean = self.sum / self.n;
        let variance = (self.squares / self.n - mean * mean).max(0.0);
        let deviation = variance.sqrt();
        if math::negligible(deviation, size) { 0.0 } else { (mean + level) / deviation }
    }
}

/// Judges the choice among candidates by their returns on the same dates.
///
/// # Errors
/// Fewer than two candidates, or fewer than two returns a block; columns of different length, or a number of blocks that is odd or 0.
pub fn overfitting(columns: &[&[f64]], blocks: u32) -> Result<Overfitting, Unknown> {
    let count = columns.first().map_or(0, |column| column.len());
    if columns.iter().any(|column| column.len() != count) || blocks < 2 || !blocks.is_multiple_of(2) {
        return Err(Unknown::Undefined);
    }
    if columns.len() < 2 {
        return Err(Unknown::TooFewCandidates);
    }
    let (blocks, length) = (blocks as usize, count / blocks as usize);
    if length < 2 {
        return Err(Unknown::InsufficientHistory);
    }
    let oldest = count - blocks * length;
    // Returns less their mean, so that squares do not cancel.
    let level: Vec<f64> =
        columns.iter().map(|column| math::sum(column[oldest..].iter().copied()) / (blocks * length) as f64).collect();
    let size: Vec<f64> = columns.iter().map(|column| column.iter().fold(0.0_f64, |most, r| most.max(r.abs()))).collect();
    let sums: Vec<Vec<Sums>> = columns
        .iter()
        .zip(&level)
        .map(|(column, level)| {
            let block = |rows: &[f64]| {
                rows.iter().fold(Sums::default(), |mut sums, r| {
                    sums.add(&Sums { n: 1.0, sum: r - level, squares: (r - level) * (r - level) });
                    sums
                })
            };
            column[oldest..].chunks_exact(length).map(block).collect()
        })
        .collect();
    let (mut below, mut lost, mut choices) = (0_u32, 0_u32, 0_u32);
    let (mut logits, mut pairs) = (Vec::new(), Vec::new());
    for chosen in Choices::new(blocks, blocks / 2) {
        let mut is_inside = vec![false; blocks];
        for block in chosen {
            is_inside[block] = true;
        }
        let ratios = |(blocks, (level, size)): (&Vec<Sums>, (&f64, &f64))| {
            let (mut inside, mut outside) = (Sums::default(), Sums::default());
            for (block, is_inside) in blocks.iter().zip(&is_inside) {
                if *is_inside { inside.add(block) } else { outside.add(block) }
            }
            (inside.sharpe(*level, *size), outside.sharpe(*level, *size))
        };
        let (inside, outside): (Vec<f64>, Vec<f64>) = sums.iter().zip(level.iter().zip(&size)).map(ratios).unzip();
        let best = (0..inside.len()).fold(0, |best, k| if inside[k] > inside[best] { k } else { best });
        let ratio = outside[best];
        let (worse, equal) = outside
            .iter()
            .fold((0.0, 0.0), |(worse, equal), other| (worse + f64::from(*other < ratio), equal + f64::from(*other == ratio)));
        let rank: f64 = worse + 0.5 * (equal + 1.0);
        let relative = rank / (columns.len() + 1) as f64;
        let logit = math::ln(relative / (1.0 - relative));
        choices += 1;
        // The middle rank of an odd number of candidates is ½ exactly and its logit 0.
        below += u32::from(relative <= 0.5);
        lost += u32::from(ratio < 0.0);
        logits.push(logit);
        pairs.push((inside[best], ratio));
    }
    let share = |part: u32| f64::from(part) / f64::from(choices);
    Ok(Overfitting {
        blocks: blocks as u32,
        choices,
        degradation_slope: slope(&pairs),
        loss_probability: share(lost),
        mean_logit: math::sum(logits.iter().copied()) / f64::from(choices) + 0.0,
        n: (blocks * length) as u32,
        probability: share(below),
    })
}

/// Least-squares slope of y on x.
fn slope(pairs: &[(f64, f64)]) -> Option<f64> {
    let n = pairs.len() as f64;
    let (mx, my) = (math::sum(pairs.iter().map(|pair| pair.0)) / n, math::sum(pairs.iter().map(|pair| pair.1)) / n);
    let across = math::sum(pairs.iter().map(|(x, _)| (x - mx) * (x - mx)));
    let along = math::sum(pairs.iter().map(|(x, y)| (x - mx) * (y - my)));
    let size = pairs.iter().fold(0.0_f64, |most, (x, _)| most.max(x.abs()));
    (!math::negligible((across / n).sqrt(), size)).then(|| along / across + 0.0)
}

/// Every choice of `k` of `n`, in lexicographic order.
#[derive(Clone, Debug)]
pub struct Choices {
    n: usize,
    next: Option<Vec<usize>>,
}

impl Choices {
    /// Every choice of `k` of the numbers below `n`.
    pub fn new(n: usize, k: usize) -> Self {
        Choices { n, next: (k <= n).then(|| (0..k).collect()) }
    }
}

impl Iterator for Choices {
    type Item = Vec<usize>;

    fn next(&mut self) -> Option<Vec<usize>> {
        let now = self.next.clone()?;
        let k = now.len();
        self.next = (0..k).rev().find(|&i| now[i] < self.n - k + i).map(|i| {
            let mut then = now.clone();
            for (offset, place) in (i..k).enumerate() {
                then[place] = now[i] + 1 + offset;
            }
            then
        });
        Some(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::random::SplitMix64;

    #[test]
    fn choices_by_hand() {
        assert_eq!(Choices::new(4, 2).collect::<Vec<_>>(), [[0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]]);
        assert_eq!(Choices::new(16, 8).count(), 12_870);
        assert_eq!(Choices::new(3, 3).collect::<Vec<_>>(), [[0, 1, 2]]);
    }

    #[test]
    fn two_candidates_that_swap_places_are_overfit_and_a_steady_one_is_not() {
        // Two blocks of two: a is good in the first and bad in the second, b the other way round. Whoever is chosen is the worse of two
        // after: rank 1 of 2, ω = 1/3, λ = ln ½, and the chosen loses money.
        let (a, b) = ([0.03, 0.01, -0.03, -0.01], [-0.03, -0.01, 0.03, 0.01]);
        let bad = overfitting(&[&a, &b], 2).unwrap();
        assert_eq!((bad.probability, bad.loss_probability, bad.choices), (1.0, 1.0, 2));
        assert!((bad.mean_logit + math::ln(2.0)).abs() < 1e-15);
        // A candidate that is the better one in both.
        let steady = [0.04, 0.02, 0.04, 0.02];
        let good = overfitting(&[&steady, &[-0.01, 0.01, -0.01, 0.01]], 2).unwrap();
        assert_eq!((good.probability, good.loss_probability), (0.0, 0.0));
        assert!((good.mean_logit - math::ln(2.0)).abs() < 1e-15);
        // In sample and out of sample it has the same ratio: there is no slope.
        assert_eq!(good.degradation_slope, None);
    }

    #[test]
    fn noise_is_a_coin_toss() {
        let mut random = SplitMix64::new(11);
        let mut book = || -> Vec<Vec<f64>> { (0..8).map(|_| (0..120).map(|_| random.unit() - 0.5).collect()).collect() };
        let judged = |columns: &[Vec<f64>]| {
            let borrowed: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
            overfitting(&borrowed, 6).unwrap().probability
        };
        // One book of noise may come out anywhere; over many it is one half: each is 20 dependent tosses, its deviation about 0.35, that
        // of the mean of a hundred 0.035.
        let mean = (0..100).map(|_| judged(&book())).sum::<f64>() / 100.0;
        assert!((mean - 0.5).abs() < 0.12, "{mean}");
        // One with skill among them is found.
        let mut with = book();
        for r in &mut with[0] {
            *r += 0.25;
        }
        assert_eq!(judged(&with), 0.0);
    }

    #[test]
    fn what_cannot_be_judged_is_unknown() {
        let column = [0.01, 0.02, -0.01, 0.03];
        assert_eq!(overfitting(&[&column], 2), Err(Unknown::TooFewCandidates));
        assert_eq!(overfitting(&[&column, &column], 4), Err(Unknown::InsufficientHistory));
        assert_eq!(overfitting(&[&column, &column[1..]], 2), Err(Unknown::Undefined));
        assert_eq!(overfitting(&[&column, &column], 3), Err(Unknown::Undefined));
    }
}
