//! How much of a difference between two passes is luck: figures of resampled pairs of daily returns (R9).
//!
//! Both passes are resampled together, day by day, by the [`StationaryBootstrap`]; the resampled returns are laid on the dates of the
//! original, so that months and quarters stay as long as they were. The interval is that of the difference, scaled less baseline.
//!
//! **Conventions.** A difference whose interval holds zero is not told from luck. A resample in which a figure is undefined is left
//! out of it; with fewer than 20 left the interval is unknown.

use super::pass::{FigureRules, Pass};
use crate::config::audit::BootstrapConfig;
use crate::math;
use crate::stats::bootstrap::{StationaryBootstrap, percentile_interval};
use crate::stats::growth::cagr;
use crate::units::UnixNanos;
use serde::Serialize;

/// The figures that are compared, in the order of the report; for each whether more is better.
pub const COMPARED: [(&str, bool); 6] = [
    ("cagr", true),
    ("volatility", false),
    ("sharpe", true),
    ("max_drawdown", true),
    ("worst_month", true),
    ("worst_quarter", true),
];

/// Fewest resamples that an interval rests on.
const RESAMPLES_MIN: usize = 20;

/// Interval of a difference.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DeltaInterval {
    /// Share of the resamples in which the scaled pass is better.
    pub better_share: f64,
    /// Whether the interval leaves out zero: the difference is more than luck.
    pub distinct: bool,
    /// Upper end.
    pub high: f64,
    /// Lower end.
    pub low: f64,
    /// Resamples it rests on.
    pub resamples: u32,
}

/// Where months and quarters end, as the number of the first return after them.
struct Breaks {
    months: Vec<bool>,
    quarters: Vec<bool>,
}

impl Breaks {
    /// For each date, whether a month and a quarter begin with it.
    fn of(dates: &[UnixNanos]) -> Self {
        let keys: Vec<(i32, u32)> = dates.iter().map(|date| (date.date().0, date.date().1 - 1)).collect();
        let begins = |same: fn((i32, u32), (i32, u32)) -> bool| {
            keys.iter().enumerate().map(|(i, key)| i > 0 && !same(keys[i - 1], *key)).collect()
        };
        Breaks { months: begins(|a, b| a == b), quarters: begins(|a, b| a.0 == b.0 && a.1 / 3 == b.1 / 3) }
    }
}

/// The six figures of resampled returns; NaN where undefined.
fn figures(returns: &[f64], rows: &[usize], breaks: &Breaks, rules: &FigureRules, years: f64) -> [f64; 6] {
    let n = rows.len() as f64;
    let (mut sum, mut wealth, mut peak, mut deepest) = (0.0, 1.0_f64, 1.0_f64, 0.0_f64);
    let (mut month, mut quarter) = (1.0_f64, 1.0_f64);
    let (mut worst_month, mut worst_quarter) = (f64::INFINITY, f64::INFINITY);
    for (i, &row) in rows.iter().enumerate() {
        let r = returns[row];
        sum += r;
        wealth *= 1.0 + r;
        peak = peak.max(wealth);
        deepest = deepest.min(wealth / peak - 1.0);
        if breaks.months[i] {
            worst_month = worst_month.min(month);
            month = 1.0;
        }
        if breaks.quarters[i] {
            worst_quarter = worst_quarter.min(quarter);
            quarter = 1.0;
        }
        month *= 1.0 + r;
        quarter *= 1.0 + r;
    }
    let mean = sum / n;
    let squares = rows.iter().fold(0.0, |acc, &row| acc + (returns[row] - mean) * (returns[row] - mean));
    let deviation = (squares / (n - f64::from(rules.ddof))).sqrt();
    let root = rules.periods_per_year.sqrt();
    let sharpe = if deviation > 1e-12 * mean.abs() && deviation > f64::MIN_POSITIVE { mean / deviation * root } else { f64::NAN };
    [
        cagr(wealth, years).unwrap_or(f64::NAN),
        deviation * root,
        sharpe,
        deepest,
        worst_month.min(month) - 1.0,
        worst_quarter.min(quarter) - 1.0,
    ]
}

/// Intervals of the differences in the order of [`COMPARED`]; `None` where there is none.
pub fn delta_intervals(
    baseline: &Pass,
    scaled: &Pass,
    start: UnixNanos,
    rules: &FigureRules,
    config: &BootstrapConfig,
) -> [Option<DeltaInterval>; 6] {
    let n = baseline.returns.len();
    if n < 2 || scaled.returns.len() != n {
        return [None; 6];
    }
    let breaks = Breaks::of(&baseline.dates);
    let years = baseline.years(start, rules);
    let mut bootstrap = StationaryBootstrap::new(n, config.block, u64::from(config.seed));
    let mut rows = Vec::with_capacity(n);
    let mut deltas: [Vec<f64>; 6] = Default::default();
    for _ in 0..config.resamples {
        bootstrap.draw(&mut rows);
        let base = figures(&baseline.returns, &rows, &breaks, rules, years);
        let with = figures(&scaled.returns, &rows, &breaks, rules, years);
        for ((delta, base), with) in deltas.iter_mut().zip(base).zip(with) {
            let difference = with - base;
            if difference.is_finite() {
                delta.push(difference);
            }
        }
    }
    let mut all = [None; 6];
    for ((interval, delta), (_, more_is_better)) in all.iter_mut().zip(&mut deltas).zip(COMPARED) {
        *interval = summed_up(delta, more_is_better, config.confidence);
    }
    all
}

fn summed_up(deltas: &mut [f64], more_is_better: bool, confidence: f64) -> Option<DeltaInterval> {
    if deltas.len() < RESAMPLES_MIN {
        return None;
    }
    deltas.sort_by(f64::total_cmp);
    let (low, high) = percentile_interval(deltas, confidence)?;
    let better = deltas.iter().filter(|delta| if more_is_better { **delta > 0.0 } else { **delta < 0.0 }).count();
    let count = deltas.len();
    Some(DeltaInterval {
        better_share: better as f64 / count as f64,
        distinct: low > 0.0 || high < 0.0,
        high: high + 0.0,
        low: low + 0.0,
        resamples: count as u32,
    })
}

/// Mean of the worst share 1 − c of returns, as a return: the sorted returns up to the count ⌈n·(1 − c)⌉.
pub(super) fn tail_mean(returns: &[f64], level: f64) -> Option<f64> {
    let count = (returns.len() as f64 * (1.0 - level)).ceil() as usize;
    if returns.len() < 10 || count == 0 {
        return None;
    }
    let mut sorted = returns.to_vec();
    sorted.sort_by(f64::total_cmp);
    Some(math::sum(sorted[..count.min(sorted.len())].iter().copied()) / count as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::metrics::CagrBasis;
    use crate::stats::random::SplitMix64;

    const RULES: FigureRules = FigureRules { ddof: 1, basis: CagrBasis::Periods, periods_per_year: 252.0 };

    fn pass(returns: Vec<f64>) -> Pass {
        let day = |i: usize| UnixNanos::from_days(18_000 + i as i64).unwrap();
        let n = returns.len();
        Pass { dates: (1..=n).map(day).collect(), returns, decided_at: vec![day(0); n], traded: vec![0.0; n], unpriced: 0 }
    }

    fn noise(n: usize, seed: u64) -> Vec<f64> {
        let mut random = SplitMix64::new(seed);
        (0..n).map(|_| 0.01 * ((0..12).map(|_| random.unit()).sum::<f64>() - 6.0)).collect()
    }

    #[test]
    fn the_figures_of_the_unchanged_history_are_those_of_the_pass() {
        let pass = pass(noise(400, 5));
        let start = UnixNanos::from_days(18_000).unwrap();
        let rows: Vec<usize> = (0..400).collect();
        let got = figures(&pass.returns, &rows, &Breaks::of(&pass.dates), &RULES, pass.years(start, &RULES));
        let wanted = pass.figures(start, &RULES);
        let wanted =
            [wanted.cagr, wanted.volatility, wanted.sharpe, wanted.max_drawdown, wanted.worst_month, wanted.worst_quarter];
        for (got, wanted) in got.iter().zip(wanted) {
            assert!((got - wanted.unwrap()).abs() < 1e-12, "{got} {wanted:?}");
        }
    }

    #[test]
    fn half_the_risk_is_told_from_luck_and_no_edge_is_not() {
        let base = noise(750, 11);
        let half: Vec<f64> = base.iter().map(|r| 0.5 * r).collect();
        let start = UnixNanos::from_days(18_000).unwrap();
        let config = BootstrapConfig { resamples: 300, ..BootstrapConfig::default() };
        let all = delta_intervals(&pass(base.clone()), &pass(half), start, &RULES, &config);
        // Volatility halves in every resample; the Sharpe ratio is the same in every one.
        let volatility = all[1].unwrap();
        assert!(volatility.distinct && volatility.high < 0.0 && volatility.better_share == 1.0);
        assert!(!all[2].unwrap().distinct);
        // Two unrelated histories of noise: the interval of the difference in growth holds zero.
        let other = delta_intervals(&pass(base), &pass(noise(750, 12)), start, &RULES, &config);
        assert!(!other[0].unwrap().distinct, "{:?}", other[0]);
    }

    #[test]
    fn a_seed_gives_the_same_interval_and_too_few_resamples_none() {
        let (a, b) = (pass(noise(100, 1)), pass(noise(100, 2)));
        let start = UnixNanos::from_days(18_000).unwrap();
        let config = BootstrapConfig { resamples: 50, ..BootstrapConfig::default() };
        assert_eq!(delta_intervals(&a, &b, start, &RULES, &config), delta_intervals(&a, &b, start, &RULES, &config));
        let few = BootstrapConfig { resamples: 10, ..config };
        assert_eq!(delta_intervals(&a, &b, start, &RULES, &few), [None; 6]);
    }
}
