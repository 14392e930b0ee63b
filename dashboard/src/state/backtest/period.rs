//! The part of a run that is looked at. Whoever shows a figure asks here which bars it is of.

use super::run::Run;
use allocator_core::units::UnixNanos;
use std::ops::Range;

/// Bars of a run, from the one whose value is the ground to the last, both among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// Place of the first bar; its value is what returns begin from.
    pub first: usize,
    /// Place of the last bar.
    pub last: usize,
}

impl Period {
    /// The bars between two times in seconds since 1970, both inclusive; everything without them. `None` where fewer than two bars are in it.
    pub fn of(times: &[UnixNanos], span: Option<(f64, f64)>) -> Option<Self> {
        let (first, end) = match span {
            None => (0, times.len()),
            Some((from, to)) => (
                times.partition_point(|time| (time.0 as f64 / 1e9) < from),
                times.partition_point(|time| time.0 as f64 / 1e9 <= to),
            ),
        };
        (end >= first + 2).then(|| Period { first, last: end - 1 })
    }

    /// The bars.
    pub fn bars(self) -> Range<usize> {
        self.first..self.last + 1
    }

    /// Whether it is all of them.
    pub fn is_whole(self, times: &[UnixNanos]) -> bool {
        self.first == 0 && self.last + 1 == times.len()
    }

    /// How many returns there are.
    pub fn returns(self) -> usize {
        self.last - self.first
    }

    /// Whether a trade of this time shows in the change of value from the first bar to the last. A bar is valued at its close before the
    /// trades of that close, so that those of the first bar count and those of the last do not; trades at the open are the other way round.
    pub fn has_trade(self, times: &[UnixNanos], at: UnixNanos, at_open: bool) -> bool {
        let (Some(first), Some(last)) = (times.get(self.first), times.get(self.last)) else { return false };
        if at_open { *first < at && at <= *last } else { *first <= at && at < *last }
    }
}

/// Seconds since 1970 of the begin of a date, `2024-01-31`.
pub fn begin_of(date: &str) -> Option<f64> {
    Some(UnixNanos::parse(date).filter(|_| date.len() == 10)?.0 as f64 / 1e9)
}

/// Seconds since 1970 of the end of a date: a bar in the afternoon is still in it.
pub fn end_of(date: &str) -> Option<f64> {
    Some(begin_of(date)? + 86_399.0)
}

/// A period from two typed dates over a run.
///
/// # Errors
/// A sentence with the mend.
pub fn typed(run: &Run, from: &str, to: &str) -> Result<(f64, f64), String> {
    let (Some(first), Some(last)) = (run.times.first(), run.times.last()) else {
        return Err(String::from("There is no run yet."));
    };
    let read = |date: &str, what: &str| begin_of(date).ok_or_else(|| format!("{what} is not a date. Write it as 2024-01-31."));
    let begin = read(from, "From")?;
    read(to, "To")?;
    let end = end_of(to).unwrap_or(begin);
    if begin >= end {
        return Err(format!("From {from} is not before to {to}. Give an earlier one."));
    }
    if Period::of(&run.times, Some((begin, end))).is_none() {
        return Err(format!("There are fewer than two bars from {from} to {to}. The run has {first} to {last}."));
    }
    Ok((begin, end))
}

/// The date of a time in seconds, as a date field has it.
pub fn date_of(seconds: f64) -> String {
    crate::state::number::iso_date((seconds / 86_400.0).floor() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::backtest::run::tests::answer;

    const DAY: f64 = 86_400.0;

    fn days(days: std::ops::Range<i64>) -> Vec<UnixNanos> {
        days.map(|day| UnixNanos::from_days(day).unwrap()).collect()
    }

    #[test]
    fn a_span_takes_the_bars_in_it() {
        let times = days(10..20);
        assert_eq!(Period::of(&times, None), Some(Period { first: 0, last: 9 }));
        assert_eq!(Period::of(&times, Some((11.5 * DAY, 14.0 * DAY))), Some(Period { first: 2, last: 4 }));
        assert_eq!(Period::of(&times, Some((11.5 * DAY, 12.0 * DAY))), None);
        assert_eq!(Period::of(&times, Some((90.0 * DAY, 99.0 * DAY))), None);
        assert_eq!(Period::of(&[], None), None);
    }

    #[test]
    fn trades_at_the_close_of_the_last_bar_are_not_in_it_yet() {
        let times = days(10..20);
        let period = Period { first: 2, last: 4 };
        let at = |day: i64, open: bool| period.has_trade(&times, UnixNanos::from_days(day).unwrap(), open);
        assert_eq!([at(11, false), at(12, false), at(14, false)], [false, true, false]);
        assert_eq!([at(12, true), at(13, true), at(14, true)], [false, true, true]);
    }

    #[test]
    fn typed_dates_are_read_or_explained() {
        let run = Run::from_answer(&answer("")).unwrap();
        let (from, to) = typed(&run, "2024-03-01", "2024-03-31").unwrap();
        assert_eq!((date_of(from), date_of(to)), ("2024-03-01".into(), "2024-03-31".into()));
        assert!(typed(&run, "2024-13-01", "2024-03-31").unwrap_err().contains("From is not a date"));
        assert!(typed(&run, "2024-03-31", "2024-03-01").unwrap_err().contains("earlier"));
        assert!(typed(&run, "1999-01-01", "1999-02-01").unwrap_err().contains("fewer than two"));
    }
}
