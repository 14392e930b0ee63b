//! The last rows of several parallel series, missing cells known, and the mean pairwise correlation over them.
//!
//! ρ̄ = 2/(N(N − 1))·Σᵢ<ⱼ ρᵢⱼ, ρᵢⱼ Pearson's correlation over the rows that both series have (pairwise complete).
//!
//! Series that miss the same rows form a group, and share their common rows with every other group. There are two ways to the sum:
//!
//! - *Standardised*: with zᵢ = (xᵢ − x̄ᵢ)/‖xᵢ − x̄ᵢ‖ over the common rows, Σ over the pairs of two groups of ρᵢⱼ = Σₜ (Σᵢ zᵢₜ)(Σⱼ zⱼₜ).
//!   It costs O(groups × series × rows), and is right for few groups.
//! - *From products*: with Gᵢⱼ = Σₜ xᵢₜxⱼₜ, where a missing cell is zero, ρᵢⱼ = (Gᵢⱼ − SᵢSⱼ/n)/√(VᵢVⱼ), S and V the sums and centred
//!   squares over the common rows: those over all rows less the few that the other group misses. O(series² × rows) at most, in a
//!   loop without branches; right where most series have gaps of their own. Where the subtraction would cost digits, the pair of groups
//!   goes the first way.
//!
//! Products of the newest rows serve the short window and the long one. Nothing is carried from one day to the next: the figure is
//! that of the window alone, to the last bit, wherever the history began.
//!
//! **Conventions.** A series enters with two values at least and a sample deviation above 1e-10; pairs with fewer than two common rows,
//! or flat over them, are left out of the mean; fewer than two series, or no pair, is unknown.

use crate::math::dot;
use crate::stats::{Figure, Unknown};

/// Longest window: the rows that a series has are bits of one word.
pub(super) const ROWS_MAX: usize = 64;

/// Rows kept in one piece before the last ones move to the front.
const CAPACITY: usize = 256;

/// Newest rows whose sums and products are taken by themselves, because a shorter window ends with them too.
const NEWEST: usize = 20;

/// Sample deviation at and below which a series is flat.
const FLAT: f64 = 1e-10;

/// Centred squares below this share of the plain ones have lost too many digits to a subtraction.
const DIGITS_LEFT: f64 = 1e-2;

/// Centred squares above this are not those of a flat series, whatever its length.
const SURELY_VARIES: f64 = 2.0 * ROWS_MAX as f64 * FLAT * FLAT;

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
    scratch: Scratch,
}

impl Panel {
    pub(super) fn new(series: usize) -> Self {
        Panel { values: vec![0.0; series * CAPACITY], present: vec![0; series], len: 0, rows: 0, scratch: Scratch::default() }
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
        self.scratch.newest.clear();
    }

    /// The last `width` values of a series, oldest first; missing ones are zero.
    fn window(&self, series: usize, width: usize) -> &[f64] {
        let end = series * CAPACITY + self.len;
        &self.values[end - width..end]
    }

    /// Whether a series has all of its last `width` values.
    fn is_full(&self, series: usize, width: usize) -> bool {
        let all = low_bits(width);
        self.rows >= width && self.present[series] & all == all
    }

    /// Sum of the last `width` values of a series that has them all.
    pub(super) fn full_sum(&self, series: usize, width: usize) -> Option<f64> {
        self.is_full(series, width).then(|| crate::math::sum(self.window(series, width).iter().copied()))
    }

    /// Whether the last `width` values of a series that has them all sum to more than zero.
    pub(super) fn rises(&self, series: usize, width: usize) -> bool {
        if !self.is_full(series, width) {
            return false;
        }
        let window = self.window(series, width);
        let (sum, size) = (lane_sum(window, |value| value), lane_sum(window, f64::abs));
        // Compensation is only needed where the plain sum cannot tell.
        if sum.abs() > 1e-12 * size { sum > 0.0 } else { crate::math::sum(window.iter().copied()) > 0.0 }
    }

    /// Mean pairwise correlation over the last `width` rows.
    pub(super) fn mean_correlation(&mut self, width: usize) -> Figure {
        if self.rows < width || width > ROWS_MAX {
            return Err(Unknown::InsufficientHistory);
        }
        // Taken out for the while, so that the panel can be read beside it.
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.enter(self, width);
        let mean = scratch.mean(self, width);
        self.scratch = scratch;
        mean
    }
}

/// `width` ones.
fn low_bits(width: usize) -> u64 {
    if width >= 64 { u64::MAX } else { (1 << width) - 1 }
}

/// Sums over a stretch of rows of every series.
#[derive(Clone, Debug, Default)]
struct Stretch {
    /// Rows in it; 0 is not taken yet.
    rows: usize,
    /// Σx by series.
    sums: Vec<f64>,
    /// Σx² by series.
    squares: Vec<f64>,
    /// Whether the products are taken.
    has_products: bool,
    /// Σxᵢxⱼ, series after series.
    products: Vec<f64>,
}

impl Stretch {
    fn clear(&mut self) {
        self.rows = 0;
        self.has_products = false;
    }

    /// Takes the `rows` rows that end `before` rows before the newest, unless they are taken already.
    fn take(&mut self, panel: &Panel, rows: usize, before: usize) {
        if self.rows == rows {
            return;
        }
        self.clear();
        self.rows = rows;
        self.sums.clear();
        self.squares.clear();
        for series in 0..panel.series() {
            let values = &panel.window(series, rows + before)[..rows];
            self.sums.push(lane_sum(values, |value| value));
            self.squares.push(dot(values, values));
        }
    }

    /// Takes the products of the same rows.
    fn take_products(&mut self, panel: &Panel, before: usize) {
        if self.has_products {
            return;
        }
        self.has_products = true;
        let (n, rows) = (panel.series(), self.rows);
        let values = |series: usize| &panel.window(series, rows + before)[..rows];
        self.products.resize(n * n, 0.0);
        for i in 0..n {
            let mut j = 0;
            while j + 4 <= i {
                let four = dots(values(i), [values(j), values(j + 1), values(j + 2), values(j + 3)]);
                self.products[i * n + j..i * n + j + 4].copy_from_slice(&four);
                j += 4;
            }
            for j in j..i {
                self.products[i * n + j] = dot(values(i), values(j));
            }
        }
    }

    /// Σxᵢxⱼ of two different series.
    fn product(&self, series: usize, i: usize, j: usize) -> f64 {
        self.products[i.max(j) * series + i.min(j)]
    }
}

/// A series that varies in the window.
#[derive(Clone, Copy, Debug)]
struct Kept {
    /// Rows that it has.
    present: u64,
    /// Which one it is.
    series: usize,
    /// Σx.
    sum: f64,
    /// Σx².
    squares: f64,
}

/// A series over the rows that it shares with a group.
#[derive(Clone, Copy, Debug, Default)]
struct Shared {
    /// Σx/√Σ(x − x̄)².
    sum: f64,
    /// 1/√Σ(x − x̄)².
    scale: f64,
}

/// Memory of the correlation, kept from day to day so that a day allocates nothing.
#[derive(Clone, Debug, Default)]
struct Scratch {
    newest: Stretch,
    older: Stretch,
    kept: Vec<Kept>,
    /// Where groups begin in `kept`, and its length.
    bounds: Vec<usize>,
    /// By group, every kept series over the rows that it shares with it.
    shared: Vec<Shared>,
    /// By group and group: the sums of the second over the rows of the first have lost no digits.
    sound: Vec<bool>,
}

type Rows = [f64; ROWS_MAX];

impl Scratch {
    /// Takes the sums of a window and sorts the series that vary into groups.
    fn enter(&mut self, panel: &Panel, width: usize) {
        let recent = width.min(NEWEST);
        self.newest.take(panel, recent, 0);
        self.older.clear();
        if width > recent {
            self.older.take(panel, width - recent, recent);
        }
        self.kept.clear();
        for series in 0..panel.series() {
            let present = panel.present[series] & low_bits(width);
            if present.count_ones() < 2 {
                continue;
            }
            let count = f64::from(present.count_ones());
            let (mut sum, mut squares) = (self.newest.sums[series], self.newest.squares[series]);
            if width > recent {
                sum += self.older.sums[series];
                squares += self.older.squares[series];
            }
            let left = squares - sum * sum / count;
            if is_sound(left, squares) || varies(centred(panel.window(series, width), present).1, count) {
                self.kept.push(Kept { present, series, sum, squares });
            }
        }
        // Groups of series with the same rows stand together; the order inside a group stays that of the names.
        self.kept.sort_unstable_by_key(|kept| (kept.present, kept.series));
        self.bounds.clear();
        for (i, kept) in self.kept.iter().enumerate() {
            if i == 0 || self.kept[i - 1].present != kept.present {
                self.bounds.push(i);
            }
        }
        self.bounds.push(self.kept.len());
    }

    fn group(&self, group: usize) -> &[Kept] {
        &self.kept[self.bounds[group]..self.bounds[group + 1]]
    }

    fn mean(&mut self, panel: &Panel, width: usize) -> Figure {
        if self.kept.len() < 2 {
            return Err(Unknown::TooFewSeries);
        }
        let groups = self.bounds.len() - 1;
        let by_products = groups > 1 && 4 * groups > self.kept.len();
        if by_products {
            let recent = width.min(NEWEST);
            self.newest.take_products(panel, 0);
            if width > recent {
                self.older.take_products(panel, recent);
            }
            self.share(panel, width);
        }
        let (mut total, mut pairs) = (0.0, 0_usize);
        let (mut one, mut other): (Rows, Rows) = ([0.0; ROWS_MAX], [0.0; ROWS_MAX]);
        for i in 0..groups {
            let group = self.group(i);
            if by_products && self.sound[i * groups + i] {
                total += self.inside(i, width);
                pairs += group.len() * (group.len() - 1) / 2;
            } else if group.len() > 1 {
                let count = standardised(panel, group, group[0].present, width, &mut one);
                total += 0.5 * (dot(&one[..width], &one[..width]) - count as f64);
                pairs += count * count.saturating_sub(1) / 2;
            }
            for j in i + 1..groups {
                let second = self.group(j);
                let common = group[0].present & second[0].present;
                if common.count_ones() < 2 {
                    continue;
                }
                if by_products && self.sound[i * groups + j] && self.sound[j * groups + i] {
                    total += self.between(i, j, f64::from(common.count_ones()), width);
                    pairs += group.len() * second.len();
                    continue;
                }
                let counts =
                    (standardised(panel, group, common, width, &mut one), standardised(panel, second, common, width, &mut other));
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

    /// Sums and scales of every series over the rows that it shares with each group.
    fn share(&mut self, panel: &Panel, width: usize) {
        let (groups, series) = (self.bounds.len() - 1, self.kept.len());
        self.shared.clear();
        self.shared.resize(groups * series, Shared::default());
        self.sound.clear();
        self.sound.resize(groups * groups, true);
        let mut missing = [0_usize; ROWS_MAX];
        for group in 0..groups {
            let rows = self.kept[self.bounds[group]].present;
            let mut count = 0;
            for age in bits(low_bits(width) & !rows) {
                missing[count] = width - 1 - age;
                count += 1;
            }
            for other in 0..groups {
                let n = f64::from((rows & self.kept[self.bounds[other]].present).count_ones());
                for at in self.bounds[other]..self.bounds[other + 1] {
                    let kept = &self.kept[at];
                    let (mut sum, mut squares) = (kept.sum, kept.squares);
                    if other != group {
                        let window = panel.window(kept.series, width);
                        for row in &missing[..count] {
                            let gone = window[*row];
                            sum -= gone;
                            squares -= gone * gone;
                        }
                    }
                    let left = squares - sum * sum / n;
                    // No rows in common make this not a number, which is not sound.
                    self.sound[group * groups + other] &= is_sound(left, kept.squares);
                    let scale = 1.0 / left.sqrt();
                    self.shared[group * series + at] = Shared { sum: sum * scale, scale };
                }
            }
        }
    }

    /// Σxᵢxⱼ over the window of two kept series.
    fn product(&self, i: usize, j: usize, width: usize) -> f64 {
        let (i, j, series) = (self.kept[i].series, self.kept[j].series, self.newest.sums.len());
        let newest = self.newest.product(series, i, j);
        if width > NEWEST { newest + self.older.product(series, i, j) } else { newest }
    }

    /// Σρ over the pairs inside a group.
    fn inside(&self, group: usize, width: usize) -> f64 {
        let own = &self.shared[group * self.kept.len()..];
        let n = f64::from(self.group(group)[0].present.count_ones());
        let mut total = 0.0;
        for i in self.bounds[group]..self.bounds[group + 1] {
            for j in self.bounds[group]..i {
                total += self.product(i, j, width) * own[i].scale * own[j].scale - own[i].sum * own[j].sum / n;
            }
        }
        total
    }

    /// Σρ over the pairs of two groups with `n` rows in common.
    fn between(&self, first: usize, second: usize, n: f64, width: usize) -> f64 {
        let series = self.kept.len();
        let (of_first, of_second) = (&self.shared[second * series..], &self.shared[first * series..]);
        let (mut products, mut sums) = (0.0, (0.0, 0.0));
        for i in self.bounds[first]..self.bounds[first + 1] {
            let mut row = 0.0;
            for j in self.bounds[second]..self.bounds[second + 1] {
                row += self.product(i, j, width) * of_second[j].scale;
            }
            products += row * of_first[i].scale;
            sums.0 += of_first[i].sum;
        }
        for one in &of_second[self.bounds[second]..self.bounds[second + 1]] {
            sums.1 += one.sum;
        }
        products - sums.0 * sums.1 / n
    }
}

/// Whether centred squares are far enough from zero, and from what was taken away, to be used.
fn is_sound(left: f64, squares: f64) -> bool {
    left > DIGITS_LEFT * squares && left > SURELY_VARIES
}

/// Whether n values with these centred squares are not flat; what is not a number is.
fn varies(left: f64, n: f64) -> bool {
    (left / (n - 1.0)).sqrt() > FLAT
}

/// Mean and centred squares over some rows, in two passes.
fn centred(window: &[f64], rows: u64) -> (f64, f64) {
    let place = |age: usize| window[window.len() - 1 - age];
    let mean = bits(rows).fold(0.0, |acc, age| acc + place(age)) / f64::from(rows.count_ones());
    let left = bits(rows).fold(0.0, |acc, age| acc + (place(age) - mean) * (place(age) - mean));
    (mean, left)
}

/// Σᵢ zᵢ of a group over the common rows, zero elsewhere; answers how many series vary over them.
fn standardised(panel: &Panel, group: &[Kept], common: u64, width: usize, out: &mut Rows) -> usize {
    let rows = f64::from(common.count_ones());
    out[..width].fill(0.0);
    let mut count = 0;
    for kept in group {
        let window = panel.window(kept.series, width);
        let (mut sum, mut squares) = (kept.sum, kept.squares);
        for age in bits(kept.present & !common) {
            let gone = window[width - 1 - age];
            sum -= gone;
            squares -= gone * gone;
        }
        let mut mean = sum / rows;
        let mut left = squares - sum * mean;
        if !is_sound(left, kept.squares) {
            // Most of the squares went with the mean or with the rows that fell away, and the digits with them: begin anew.
            (mean, left) = centred(window, common);
            if !varies(left, rows) {
                continue;
            }
        }
        let scale = 1.0 / left.sqrt();
        for (z, value) in out[..width].iter_mut().zip(window) {
            *z += (value - mean) * scale;
        }
        count += 1;
    }
    for age in bits(low_bits(width) & !common) {
        out[width - 1 - age] = 0.0;
    }
    count
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

/// Σ f(x) in four accumulators joined in a fixed order, as [`dot`].
fn lane_sum(values: &[f64], f: impl Fn(f64) -> f64) -> f64 {
    let mut lanes = [0.0_f64; 4];
    let mut chunks = values.chunks_exact(4);
    for chunk in chunks.by_ref() {
        for lane in 0..4 {
            lanes[lane] += f(chunk[lane]);
        }
    }
    for (lane, value) in chunks.remainder().iter().enumerate() {
        lanes[lane] += f(*value);
    }
    (lanes[0] + lanes[1]) + (lanes[2] + lanes[3])
}

/// [`dot`] of one slice with four of its length, side by side.
fn dots(x: &[f64], others: [&[f64]; 4]) -> [f64; 4] {
    let n = x.len();
    let others = others.map(|other| &other[..n]);
    let mut lanes = [[0.0_f64; 4]; 4];
    let whole = n - n % 4;
    let mut at = 0;
    while at < whole {
        for (lanes, other) in lanes.iter_mut().zip(others) {
            for lane in 0..4 {
                lanes[lane] += x[at + lane] * other[at + lane];
            }
        }
        at += 4;
    }
    for at in whole..n {
        for (lanes, other) in lanes.iter_mut().zip(others) {
            lanes[at - whole] += x[at] * other[at];
        }
    }
    lanes.map(|lanes| (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]))
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
        let mean = panel(&rows).mean_correlation(3).unwrap();
        assert!((mean + 1.0 / 3.0).abs() < 1e-15, "{mean}");
    }

    #[test]
    fn pairs_use_the_rows_that_both_have() {
        // a and b share rows 0, 1, 2, where they move together; the last row of b alone changes nothing for the pair.
        let rows: [&[Option<f64>]; 4] =
            [&[Some(1.0), Some(1.0)], &[Some(2.0), Some(3.0)], &[Some(3.0), Some(5.0)], &[None, Some(-90.0)]];
        let mean = panel(&rows).mean_correlation(4).unwrap();
        assert!((mean - 1.0).abs() < 1e-12, "{mean}");
    }

    #[test]
    fn flat_series_and_single_ones_are_unknown() {
        let one: Vec<Vec<Option<f64>>> = (0..5).map(|i| vec![Some(f64::from(i)), Some(0.05), None]).collect();
        let rows: Vec<&[Option<f64>]> = one.iter().map(Vec::as_slice).collect();
        assert_eq!(panel(&rows).mean_correlation(5), Err(Unknown::TooFewSeries));
        assert_eq!(panel(&rows).mean_correlation(6), Err(Unknown::InsufficientHistory));
    }

    #[test]
    fn a_window_forgets_what_was_before_it() {
        // Four series with gaps of their own, after nothing and after wild days: the same bits.
        let row = |day: usize| -> Vec<Option<f64>> {
            (0..4).map(|i| (!(day + i).is_multiple_of(7)).then(|| 0.001 * ((day * day * (i + 3)) % 11) as f64 - 0.004)).collect()
        };
        let (mut fresh, mut old) = (Panel::new(4), Panel::new(4));
        for day in 0..300_usize {
            old.push(&[Some(1e6 * day as f64), Some(-3.0), None, Some(0.1)]);
        }
        for day in 0..60 {
            fresh.push(&row(day));
            old.push(&row(day));
        }
        assert!(fresh.mean_correlation(60).is_ok());
        for width in [20, 60] {
            assert_eq!(fresh.mean_correlation(width), old.mean_correlation(width));
        }
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
        for day in 0..600_usize {
            let common = next();
            let row: Vec<Option<f64>> = (0..6)
                .map(|i| {
                    // A leap on a day that the last series misses: most of the squares of the one fall away in that pair.
                    let leap = if day == 200 && i == 1 { 50.0 } else { 0.0 };
                    let value = 0.01 * (common + next()) + leap;
                    let gone = (i > 2 && day.is_multiple_of(i + 3)) || (i == 5 && next() > 0.3);
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
                let got = panel.mean_correlation(width).unwrap();
                assert!((got - total / pairs).abs() < 1e-13, "day {day}, {width}: {got} {}", total / pairs);
            }
        }
    }
}
