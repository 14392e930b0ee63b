//! Returns by month, a row a year; a month that the period cuts is of the part inside it.

use super::period::{Period, begin_of, end_of};
use allocator_core::units::{UnixNanos, days_in_month};

/// One year.
#[derive(Clone, Debug, PartialEq)]
pub struct Year {
    /// The year.
    pub year: i32,
    /// Compounded return of each month; `None` where the period has no bar in it.
    pub months: [Option<f64>; 12],
    /// Compounded return of the year.
    pub whole: f64,
}

/// Years of a period, oldest first.
pub fn of(times: &[UnixNanos], values: &[f64], period: Period) -> Vec<Year> {
    let mut years: Vec<Year> = Vec::new();
    let earned = super::figures::returns(values, period);
    for (time, earned) in times.iter().take(period.last + 1).skip(period.first + 1).zip(earned) {
        let (year, month, _) = time.date();
        if years.last().is_none_or(|last| last.year != year) {
            years.push(Year { year, months: [None; 12], whole: 0.0 });
        }
        if let Some(last) = years.last_mut() {
            let place = &mut last.months[(month.clamp(1, 12) - 1) as usize];
            *place = Some((1.0 + place.unwrap_or(0.0)) * (1.0 + earned) - 1.0);
            last.whole = (1.0 + last.whole) * (1.0 + earned) - 1.0;
        }
    }
    years
}

/// The largest return of a month in size: what the darkest cell stands for.
pub fn largest(years: &[Year]) -> f64 {
    years.iter().flat_map(|year| year.months.iter().flatten()).fold(0.0, |most: f64, value| most.max(value.abs()))
}

/// The span of a month, or of a year without one, from the last bar before it: the bar whose value its returns begin from.
pub fn span(times: &[UnixNanos], year: i32, month: Option<u32>) -> Option<(f64, f64)> {
    let (first, last) = (month.unwrap_or(1), month.unwrap_or(12));
    let begin = begin_of(&format!("{year:04}-{first:02}-01"))?;
    let end = end_of(&format!("{year:04}-{last:02}-{:02}", days_in_month(year, last)))?;
    let before = times.partition_point(|time| (time.0 as f64 / 1e9) < begin).checked_sub(1);
    let ground = before.and_then(|at| times.get(at)).map_or(begin, |time| time.0 as f64 / 1e9);
    Some((ground, end))
}

/// A short name of a month.
pub const NAMES: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_compound_to_their_year_and_a_month_can_be_chosen() {
        let day = |text: &str| UnixNanos::parse(text).unwrap();
        let times = [day("2023-12-29"), day("2024-01-15"), day("2024-01-31"), day("2024-02-15"), day("2025-01-02")];
        let values = [100.0, 110.0, 121.0, 60.5, 121.0];
        let whole = Period { first: 0, last: 4 };
        let years = of(&times, &values, whole);
        assert_eq!(years.iter().map(|year| year.year).collect::<Vec<_>>(), [2024, 2025]);
        assert!((years[0].months[0].unwrap() - 0.21).abs() < 1e-12 && (years[0].months[1].unwrap() + 0.5).abs() < 1e-12);
        assert!((years[0].whole + 0.395).abs() < 1e-12);
        assert_eq!(years[0].months[2], None);
        assert_eq!(largest(&years), 1.0);
        // January of 2024 begins from the last bar of 2023: its own return again.
        let chosen = Period::of(&times, span(&times, 2024, Some(1))).unwrap();
        assert_eq!(chosen, Period { first: 0, last: 2 });
        assert_eq!(of(&times, &values, chosen)[0].months[0], years[0].months[0]);
        assert_eq!(Period::of(&times, span(&times, 2024, None)), Some(Period { first: 0, last: 3 }));
    }
}
