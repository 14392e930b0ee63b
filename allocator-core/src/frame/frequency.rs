//! How often a series is observed, and bringing returns to the lowest frequency among them.

use crate::error::{Code, Fault};
use crate::units::{DAY_NANOS, UnixNanos};
use std::collections::{BTreeMap, BTreeSet};

type Points = BTreeMap<String, Vec<(UnixNanos, f64)>>;

/// Classes by the median gap between observations, in days.
const CLASSES: [(&str, f64); 7] = [
    ("intraday", 0.9),
    ("daily", 4.5),
    ("weekly", 10.0),
    ("fortnightly", 20.0),
    ("monthly", 45.0),
    ("quarterly", 135.0),
    ("yearly", f64::INFINITY),
];

/// Fewer observations than this have no frequency.
const OBSERVATIONS_MIN: usize = 4;

/// The class of a series; `None` if it is too short to have one.
fn class(points: &[(UnixNanos, f64)]) -> Option<usize> {
    if points.len() < OBSERVATIONS_MIN {
        return None;
    }
    let mut times: Vec<i64> = points.iter().map(|(time, _)| time.0).collect();
    times.sort_unstable();
    let mut gaps: Vec<i64> = times.windows(2).map(|pair| pair[1].saturating_sub(pair[0])).collect();
    gaps.sort_unstable();
    let median = gaps[gaps.len() / 2] as f64 / DAY_NANOS as f64;
    CLASSES.iter().position(|(_, most)| median < *most)
}

fn classes(points: &Points) -> BTreeMap<usize, &str> {
    let mut found = BTreeMap::new();
    for (name, points) in points {
        if let Some(class) = class(points) {
            found.entry(class).or_insert(name.as_str());
        }
    }
    found
}

/// Whether series of different frequency stand beside each other.
pub(crate) fn is_mixed(points: &Points) -> bool {
    classes(points).len() > 1
}

/// The fault of a mixture.
pub(crate) fn fault(points: &Points, file: &str) -> Fault {
    let all: Vec<String> = classes(points).into_iter().map(|(class, name)| format!("{name} is {}", CLASSES[class].0)).collect();
    Fault::new(
        Code::MixedFrequency,
        file,
        format!("The returns are of mixed frequency: {}.", all.join(", ")),
        "Give returns of one frequency, or ask for resampling to the lowest.",
    )
}

/// Compounds the series of higher frequency over the periods of the lowest one. A period begins after the date before; what lies before
/// the first date belongs to a period whose beginning is unknown and is left out. Answers a warning for each series changed.
pub(crate) fn to_lowest(points: &mut Points, file: &str) -> Vec<Fault> {
    let Some(lowest) = classes(points).into_keys().next_back() else { return Vec::new() };
    let dates: BTreeSet<UnixNanos> =
        points.values().filter(|points| class(points) == Some(lowest)).flatten().map(|(time, _)| *time).collect();
    let dates: Vec<UnixNanos> = dates.into_iter().collect();
    let mut warnings = Vec::new();
    for (name, series) in points.iter_mut() {
        let Some(own) = class(series).filter(|own| *own != lowest) else { continue };
        let mut sorted = std::mem::take(series);
        sorted.sort_by_key(|(time, _)| *time);
        let mut at = 0;
        for pair in dates.windows(2) {
            while sorted.get(at).is_some_and(|(time, _)| *time <= pair[0]) {
                at += 1;
            }
            let mut growth = 1.0;
            let from = at;
            while let Some((_, value)) = sorted.get(at).filter(|(time, _)| *time <= pair[1]) {
                growth *= 1.0 + value;
                at += 1;
            }
            if at > from {
                series.push((pair[1], growth - 1.0));
            }
        }
        warnings.push(Fault::new(
            Code::Converted,
            file,
            format!("The {} returns of {name} were compounded to {} ones.", CLASSES[own].0, CLASSES[lowest].0),
            "Give returns of one frequency if that is not meant.",
        ));
    }
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(step: i64, count: i64, value: f64) -> Vec<(UnixNanos, f64)> {
        (0..count).map(|i| (UnixNanos(i * step * DAY_NANOS), value)).collect()
    }

    #[test]
    fn daily_beside_weekly_is_mixed_and_compounds_to_weekly() {
        let mut points = Points::from([("d".to_owned(), series(1, 29, 0.01)), ("w".to_owned(), series(7, 5, 0.05))]);
        assert!(is_mixed(&points));
        assert_eq!(fault(&points, "r.csv").code, Code::MixedFrequency);
        let warnings = to_lowest(&mut points, "r.csv");
        assert_eq!(warnings.len(), 1);
        // Seven days at 1 %: 1.01^7 - 1, four whole weeks of them.
        let week = (0..7).fold(1.0, |growth, _| growth * 1.01) - 1.0;
        assert_eq!(points["d"].len(), 4);
        assert!(points["d"].iter().all(|(_, value)| *value == week));
        assert!(!is_mixed(&points));
    }

    #[test]
    fn holidays_and_weekends_leave_a_series_daily() {
        let mut days = series(1, 40, 0.0);
        days.retain(|(time, _)| time.days() % 7 < 5 && time.days() != 9);
        assert_eq!(class(&days).map(|class| CLASSES[class].0), Some("daily"));
    }
}
