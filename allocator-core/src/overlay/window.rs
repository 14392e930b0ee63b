//! The last rows of several parallel series, missing cells known, and the mean pairwise correlation over them.
//!
//! ρ̄ = 2/(N(N − 1))·Σᵢ<ⱼ ρᵢⱼ, ρᵢⱼ Pearson's correlation over the rows that both series have (pairwise complete).
//!
//! Series that miss the same rows share their common rows with every other such group, so that they can be standardised together:
//! with zᵢ = (xᵢ − x̄ᵢ)/‖xᵢ − x̄ᵢ‖ over the common rows, Σ over pairs of two groups of ρᵢⱼ = Σₜ (Σᵢ zᵢₜ)(Σⱼ zⱼₜ). A day costs
//! O(groups × series × rows) instead of O(series² × rows), and nothing is carried from one window to the next: the figure is that of
//! the window alone, wherever the history began.
//!
//! **Conventions.** A series enters with two values at least and a sample deviation above 1e-10; pairs with fewer than two common rows,
//! or flat over them, are left out of the mean; fewer than two series, or no pair, is unknown.

use crate::math::dot;
use crate::stats::{Figure, Unknown};

/// Longest window: the rows that a series has are bits of one word.
pub(super) const ROWS_MAX: usize = 64;

/// Rows kept in one piece before the last ones move to the front.
const CAPACITY: usize = 256;

/// Sample deviation at and below which a series is flat.
const FLAT: f64 = 1e-10;

/// The last rows of parallel series.
#[derive(Clone, Debug)]
pub(super) struct Panel {
    /// Series after series, each `CAPACITY` long; a missing cell is zero.
    values: Vec<f64>,
    /// Bit k: whether the row that is k rows old is there.
    present: Vec<u64>,
    /// Rows in use.
    len: usize,
    /// Rows ever pushed.
    rows: usize,
}

impl Panel {
    pub(super) fn new(series: usize) -> Self {
        Panel { values: vec![0.0; series * CAPACITY], present: vec![0; series], len: 0, rows: 0 }
    }

    /// How many series there are.
    pub(super) fn series(&self) -> usize {
        self.present.len()
    }

    /// How many rows were pushed.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// Adds a row; cells beyond the series are ignored, cells that are not given are missing.
    pub(super) fn push(&mut self, row: &[Option<f64>]) {
        if self.len == CAPACITY {
            let keep = ROWS_MAX - 1;
            for series in 0..self.series() {
                let base = series * CAPACITY;
                self.values.copy_within(base + CAPACITY - keep..base + CAPACITY, base);
            }
            self.len = keep;
        }
        for series in 0..self.series() {
            let cell = row.get(series).copied().flatten();
            self.values[series * CAPACITY + self.len] = cell.unwrap_or(0.0);
            self.present[series] = self.present[series] << 1 | u64::from(cell.is_some());
        }
        self.len += 1;
        self.rows += 1;
    }

    /// The last `width` values of a series, oldest first; missing ones are zero.
    fn window(&self, series: usize, width: usize) -> &[f64] {
        let end = series * CAPACITY + self.len;
        &self.values[end - width..end]
    }

    /// Sum of the last `width` values of a series that has them all.
    pub(super) fn full_sum(&self, series: usize, width: usize) -> Option<f64> {
        let all = low_bits(width);
        (self.rows >= width && self.present[series] & all == all)
            .then(|| crate::math::sum(self.window(series, width).iter().copied()))
    }

    /// Mean pairwise correlation over the last `width` rows.
    pub(super) fn mean_correlation(&self, width: usize, scratch: &mut Scratch) -> Figure {
        if self.rows < width || width > ROWS_MAX {
            return Err(Unknown::InsufficientHistory);
        }
        scratch.fill(self, width);
        scratch.mean(width)
    }
}

/// `width` ones.
fn low_bits(width: usize) -> u64 {
    if width >= 64 { u64::MAX } else { (1 << width) - 1 }
}

/// A series that varies in the window.
#[derive(Clone, Copy, Debug)]
struct Kept {
    /// Rows that it has.
    present: u64,
    /// Where its deviations begin.
    at: usize,
    /// Σd².
    squares: f64,
}

/// Memory of the correlation, kept from day to day so that a day allocates nothing.
#[derive(Clone, Debug, Default)]
pub(super) struct Scratch {
    deviations: Vec<f64>,
    kept: Vec<Kept>,
}

type Rows = [f64; ROWS_MAX];

impl Scratch {
    /// Centres every series over the rows it has.
    fn fill(&mut self, panel: &Panel, width: usize) {
        self.kept.clear();
        self.deviations.resize(panel.series() * ROWS_MAX, 0.0);
        for series in 0..panel.series() {
            let present = panel.present[series] & low_bits(width);
            let count = present.count_ones();
            if count < 2 {
                continue;
            }
            let window = panel.window(series, width);
            let mean = lane_sum(window) / f64::from(count);
            let at = series * ROWS_MAX;
            let deviations = &mut self.deviations[at..at + width];
            for (deviation, value) in deviations.iter_mut().zip(window) {
                *deviation = value - mean;
            }
            for age in bits(low_bits(width) & !present) {
                deviations[width - 1 - age] = 0.0;
            }
            let squares = dot(deviations, deviations);
            if (squares / f64::from(count - 1)).sqrt() > FLAT {
                self.kept.push(Kept { present, at, squares });
            }
        }
        // Groups of series with the same rows stand together; the order inside a group stays that of the names.
        self.kept.sort_by_key(|kept| kept.present);
    }

    fn mean(&self, width: usize) -> Figure {
        if self.kept.len() < 2 {
            return Err(Unknown::TooFewSeries);
        }
        let (mut total, mut pairs) = (0.0, 0_usize);
        let groups: Vec<&[Kept]> = self.kept.chunk_by(|a, b| a.present == b.present).collect();
        let (mut one, mut other): (Rows, Rows) = ([0.0; ROWS_MAX], [0.0; ROWS_MAX]);
        for (i, group) in groups.iter().enumerate() {
            if group.len() > 1 {
                let count = self.standardised(group, group[0].present, width, &mut one);
                total += 0.5 * (dot(&one[..width], &one[..width]) - count as f64);
                pairs += count * count.saturating_sub(1) / 2;
            }
            for second in &groups[i + 1..] {
                let common = group[0].present & second[0].present;
                if common.count_ones() < 2 {
                    continue;
                }
                let counts =
                    (self.standardised(group, common, width, &mut one), self.standardised(second, common, width, &mut other));
                total += dot(&one[..width], &other[..width]);
                pairs += counts.0 * counts.1;
            }
        }
        if pairs == 0 {
            return Err(Unknown::TooFewSeries);
        }
        let mean = total / pairs as f64;
        if mean.is_finite() { Ok(mean + 0.0) } else { Err(Unknown::NotRepresentable) }
    }

    /// Σᵢ zᵢ of a group over the common rows, zero elsewhere; answers how many series vary over them.
    fn standardised(&self, group: &[Kept], common: u64, width: usize, out: &mut Rows) -> usize {
        let rows = f64::from(common.count_ones());
        out[..width].fill(0.0);
        let mut count = 0;
        for kept in group {
            let deviations = &self.deviations[kept.at..kept.at + width];
            // The deviations are from the mean over the series' own rows; the rows that fall away move it a little.
            let (mut sum, mut squares) = (0.0, 0.0);
            for age in bits(kept.present & !common) {
                let gone = deviations[width - 1 - age];
                sum += gone;
                squares += gone * gone;
            }
            let mut mean = -sum / rows;
            let mut left = kept.squares - squares - rows * mean * mean;
            if left < 1e-3 * kept.squares {
                // Most of the spread fell away with them, and the subtraction its digits: begin anew.
                mean = bits(common).fold(0.0, |acc, age| acc + deviations[width - 1 - age]) / rows;
                left = bits(common).fold(0.0, |acc, age| {
                    let deviation = deviations[width - 1 - age] - mean;
                    acc + deviation * deviation
                });
            }
            if (left / (rows - 1.0)).sqrt() <= FLAT || left.is_nan() {
                continue;
            }
            let scale = 1.0 / left.sqrt();
            for (z, deviation) in out[..width].iter_mut().zip(deviations) {
                *z += (deviation - mean) * scale;
            }
            count += 1;
        }
        for age in bits(low_bits(width) & !common) {
            out[width - 1 - age] = 0.0;
        }
        count
    }
}

/// The places of the ones of a word, lowest first.
fn bits(mut word: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        if word == 0 {
            return None;
        }
        let place = word.trailing_zeros() as usize;
        word &= word - 1;
        Some(place)
    })
}

/// Sum in four accumulators joined in a fixed order, as [`dot`].
fn lane_sum(values: &[f64]) -> f64 {
    let mut lanes = [0.0_f64; 4];
    let mut chunks = values.chunks_exact(4);
    for chunk in chunks.by_ref() {
        for lane in 0..4 {
            lanes[lane] += chunk[lane];
        }
    }
    for (lane, value) in chunks.remainder().iter().enumerate() {
        lanes[lane] += value;
    }
    (lanes[0] + lanes[1]) + (lanes[2] + lanes[3])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::pearson;

    fn panel(rows: &[&[Option<f64>]]) -> Panel {
        let mut panel = Panel::new(rows[0].len());
        for row in rows {
            panel.push(row);
        }
        panel
    }

    #[test]
    fn by_hand() {
        // 1 2 3, 2 4 6 and 3 2 1: ρ = 1, −1, −1, so the mean is −1/3.
        let rows = [1.0, 2.0, 3.0].map(|x| vec![Some(x), Some(2.0 * x), Some(4.0 - x)]);
        let rows: Vec<&[Option<f64>]> = rows.iter().map(Vec::as_slice).collect();
        let mean = panel(&rows).mean_correlation(3, &mut Scratch::default()).unwrap();
        assert!((mean + 1.0 / 3.0).abs() < 1e-15, "{mean}");
    }

    #[test]
    fn pairs_use_the_rows_that_both_have() {
        // a and b share rows 0, 1, 2, where they move together; the last row of b alone changes nothing for the pair.
        let rows: [&[Option<f64>]; 4] =
            [&[Some(1.0), Some(1.0)], &[Some(2.0), Some(3.0)], &[Some(3.0), Some(5.0)], &[None, Some(-90.0)]];
        let mean = panel(&rows).mean_correlation(4, &mut Scratch::default()).unwrap();
        assert!((mean - 1.0).abs() < 1e-12, "{mean}");
    }

    #[test]
    fn flat_series_and_single_ones_are_unknown() {
        let one: Vec<Vec<Option<f64>>> = (0..5).map(|i| vec![Some(f64::from(i)), Some(0.05), None]).collect();
        let rows: Vec<&[Option<f64>]> = one.iter().map(Vec::as_slice).collect();
        assert_eq!(panel(&rows).mean_correlation(5, &mut Scratch::default()), Err(Unknown::TooFewSeries));
        assert_eq!(panel(&rows).mean_correlation(6, &mut Scratch::default()), Err(Unknown::InsufficientHistory));
    }

    #[test]
    fn it_is_the_mean_of_pairwise_pearson_with_gaps_and_after_the_rows_moved() {
        let mut state = 7_u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as f64 / f64::from(1_u32 << 31) - 0.5
        };
        let mut rows: Vec<Vec<Option<f64>>> = Vec::new();
        let mut panel = Panel::new(6);
        let mut scratch = Scratch::default();
        for day in 0..600 {
            let common = next();
            let row: Vec<Option<f64>> = (0..6)
                .map(|i| {
                    let value = 0.01 * (common + next());
                    let gone = (i > 2 && day % (i + 3) == 0) || (i == 5 && next() > 0.3);
                    (!gone).then_some(value)
                })
                .collect();
            panel.push(&row);
            rows.push(row);
            for width in [20, 60] {
                if rows.len() < width {
                    continue;
                }
                let window = &rows[rows.len() - width..];
                let (mut total, mut pairs) = (0.0, 0.0);
                for a in 0..6 {
                    for b in 0..a {
                        let both: (Vec<f64>, Vec<f64>) = window.iter().filter_map(|row| row[a].zip(row[b])).unzip();
                        if let Ok(rho) = pearson(&both.0, &both.1) {
                            total += rho;
                            pairs += 1.0;
                        }
                    }
                }
                let got = panel.mean_correlation(width, &mut scratch).unwrap();
                assert!((got - total / pairs).abs() < 1e-13, "day {day}, {width}: {got} {}", total / pairs);
            }
        }
    }
}
