//! Telling daily from weekly from monthly histories, so that unlike periods are never compared.

use crate::error::{Code, Fault};
use crate::frame::{ReturnBook, Series};
use crate::units::DAY_NANOS;

/// Gaps from which a frequency is read; below it a history is too short to have one. A year of months has eleven.
const GAPS_MIN: usize = 10;

/// Spacings further apart than this factor are different frequencies: daily and weekly are (1 to 7), trading days and all days are not.
const RATIO_MAX: f64 = 2.5;

/// How far apart the dates of a series lie, in days.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Spacing {
    /// The gap that a tenth of the gaps do not exceed. A daily series with holes still has days that follow each other.
    finest: f64,
    /// The median gap.
    typical: f64,
}

impl Spacing {
    /// `None` for a history too short to have one.
    pub(super) fn of(series: &Series) -> Option<Self> {
        let mut gaps: Vec<i64> = series.times.windows(2).map(|pair| pair[1].0.saturating_sub(pair[0].0)).collect();
        if gaps.len() < GAPS_MIN {
            return None;
        }
        gaps.sort_unstable();
        let days = |i: usize| gaps[i] as f64 / DAY_NANOS as f64;
        Some(Spacing { finest: days(gaps.len() / 10), typical: days(gaps.len() / 2) })
    }
}

/// Whether two spacings are of one frequency; unknown ones are.
pub(super) fn alike(a: Option<Spacing>, b: Option<Spacing>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a.finest <= b.typical * RATIO_MAX && b.finest <= a.typical * RATIO_MAX,
        _ => true,
    }
}

/// Median gap between the dates of a series in days; `None` for a history too short to have one.
pub fn typical_gap(series: &Series) -> Option<f64> {
    Spacing::of(series).map(|spacing| spacing.typical)
}

/// A fault for every series of another frequency than the finest one.
///
/// `place` names a series for messages.
pub fn frequency_faults(book: &ReturnBook, place: impl Fn(&str) -> String) -> Vec<Fault> {
    let spacings: Vec<(&Series, Spacing)> =
        book.series().iter().filter_map(|series| Spacing::of(series).map(|spacing| (series, spacing))).collect();
    let Some((finest, least)) = spacings.iter().min_by(|a, b| a.1.typical.total_cmp(&b.1.typical)) else {
        return Vec::new();
    };
    spacings
        .iter()
        .filter(|(_, spacing)| !alike(Some(*spacing), Some(*least)))
        .map(|(series, spacing)| {
            Fault::new(
                Code::MixedFrequency,
                place(&series.name),
                format!(
                    "{} has a value every {} days, {} every {}: returns of unlike periods cannot be compared.",
                    series.name, spacing.typical, finest.name, least.typical
                ),
                "Resample the finer ones to the coarsest frequency, or leave the series out.",
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Faults;
    use crate::units::UnixNanos;
    use std::collections::BTreeMap;

    fn book(steps: &[(&str, i64)]) -> ReturnBook {
        let points: BTreeMap<String, Vec<(UnixNanos, f64)>> = steps
            .iter()
            .map(|(name, step)| (String::from(*name), (0..12).map(|i| (UnixNanos::from_days(i * step).unwrap(), 0.01)).collect()))
            .collect();
        ReturnBook::from_points(points, |_, _| String::new(), &mut Faults::new()).unwrap()
    }

    #[test]
    fn daily_and_weekly_are_refused_daily_and_every_other_day_are_not() {
        let faults = frequency_faults(&book(&[("a", 1), ("b", 7), ("c", 2)]), |name| format!("/returns/{name}"));
        assert_eq!(faults.len(), 1);
        assert_eq!((faults[0].path.as_str(), faults[0].code), ("/returns/b", Code::MixedFrequency));
    }

    #[test]
    fn a_daily_series_with_holes_is_daily() {
        // Every day of a month, and a third of them in clusters: the median gap is 1 and 5, and days that follow each other tell.
        let holes: Vec<UnixNanos> = [0, 1, 5, 10, 15, 16, 21, 26, 31, 32, 37, 42].map(|day| UnixNanos(day * DAY_NANOS)).to_vec();
        let sparse = Series { name: "sparse".to_owned(), values: vec![0.0; holes.len()], times: holes };
        let daily = Series {
            name: "daily".to_owned(),
            values: vec![0.0; 43],
            times: (0..43).map(|d| UnixNanos(d * DAY_NANOS)).collect(),
        };
        assert_eq!(typical_gap(&sparse), Some(5.0));
        assert!(alike(Spacing::of(&sparse), Spacing::of(&daily)));
    }

    #[test]
    fn a_short_history_has_no_frequency() {
        let series = |step: i64| Series {
            name: "a".to_owned(),
            times: (0..10).map(|day| UnixNanos(day * step * DAY_NANOS)).collect(),
            values: vec![0.0; 10],
        };
        assert_eq!(typical_gap(&series(7)), None);
        assert!(alike(Spacing::of(&series(7)), Spacing::of(&series(1))));
    }
}
