//! Telling daily from weekly from monthly histories, so that unlike periods are never compared.

use crate::error::{Code, Fault};
use crate::frame::{ReturnBook, Series};
use crate::units::DAY_NANOS;

/// Gaps from which a frequency is read; below it a history is too short to have one.
const GAPS_MIN: usize = 4;

/// Typical gaps further apart than this factor are different frequencies: daily and weekly are (1 to 7), trading days and all days are not.
const RATIO_MAX: f64 = 2.5;

/// Median gap between the dates of a series in days; `None` for fewer than five dates.
pub fn typical_gap(series: &Series) -> Option<f64> {
    if series.times.len() <= GAPS_MIN {
        return None;
    }
    let mut gaps: Vec<i64> = series.times.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
    let middle = gaps.len() / 2;
    let (_, median, _) = gaps.select_nth_unstable(middle);
    Some(*median as f64 / DAY_NANOS as f64)
}

/// Whether two typical gaps are of one frequency; unknown ones are.
pub(super) fn alike(a: Option<f64>, b: Option<f64>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a <= b * RATIO_MAX && b <= a * RATIO_MAX,
        _ => true,
    }
}

/// A fault for every series of another frequency than the most frequent one.
///
/// `place` names a series for messages.
pub fn frequency_faults(book: &ReturnBook, place: impl Fn(&str) -> String) -> Vec<Fault> {
    let gaps: Vec<(&Series, Option<f64>)> = book.series().iter().map(|series| (series, typical_gap(series))).collect();
    let Some((finest, least)) =
        gaps.iter().filter_map(|(series, gap)| gap.map(|gap| (series, gap))).min_by(|a, b| a.1.total_cmp(&b.1))
    else {
        return Vec::new();
    };
    gaps.iter()
        .filter(|(_, gap)| !alike(*gap, Some(least)))
        .map(|(series, gap)| {
            Fault::new(
                Code::MixedFrequency,
                place(&series.name),
                format!(
                    "{} has a value every {} days, {} every {least}: returns of unlike periods cannot be compared.",
                    series.name,
                    gap.unwrap_or_default(),
                    finest.name
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
            .map(|(name, step)| (String::from(*name), (0..10).map(|i| (UnixNanos::from_days(i * step).unwrap(), 0.01)).collect()))
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
    fn a_short_history_has_no_frequency() {
        let series =
            Series { name: "a".to_owned(), times: (0..4).map(|d| UnixNanos(d * DAY_NANOS)).collect(), values: vec![0.0; 4] };
        assert_eq!(typical_gap(&series), None);
        assert!(alike(None, Some(7.0)));
    }
}
