//! Worst calendar month and quarter: returns compounded inside each, the lowest one and when.
//!
//! Unit: fraction.
//!
//! **Conventions.** A return belongs to the month of its date, in UTC. The first and the last period count though they may be partial.
//! Periods without a return are not counted. The first of equal ones is reported, by the last day of the period.

use super::figure::{Figure, Unknown, finite};
use crate::units::{UnixNanos, days_in_month};

/// Months of the period over which returns are compounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CalendarPeriod {
    /// One month.
    Month,
    /// Three months, beginning in January, April, July or October.
    Quarter,
}

impl CalendarPeriod {
    fn months(self) -> u32 {
        match self {
            CalendarPeriod::Month => 1,
            CalendarPeriod::Quarter => 3,
        }
    }

    /// The last day of the period that a time lies in.
    fn end(self, time: UnixNanos) -> Option<UnixNanos> {
        let (year, month, _) = time.date();
        let months = self.months();
        let last = (month - 1) / months * months + months;
        UnixNanos::from_date(year, last, days_in_month(year, last))
    }
}

/// The worst period: its compounded return and its last day.
///
/// # Errors
/// No returns.
pub fn worst_period(times: &[UnixNanos], returns: &[f64], period: CalendarPeriod) -> Result<(f64, UnixNanos), Unknown> {
    let mut worst: Option<(f64, UnixNanos)> = None;
    let mut open: Option<(f64, UnixNanos)> = None;
    // Days change less often than months are asked for: the end is worked out once per month, not per row.
    let mut close = |open: &mut Option<(f64, UnixNanos)>| {
        if let Some((wealth, end)) = open.take()
            && worst.is_none_or(|(least, _)| wealth < least)
        {
            worst = Some((wealth, end));
        }
    };
    for (time, r) in times.iter().zip(returns) {
        match &mut open {
            Some((wealth, end)) if time.days() <= end.days() => *wealth *= 1.0 + r,
            _ => {
                close(&mut open);
                open = Some((1.0 + r, period.end(*time).ok_or(Unknown::NotRepresentable)?));
            }
        }
    }
    close(&mut open);
    let (wealth, end) = worst.ok_or(Unknown::InsufficientHistory)?;
    let value: Figure = finite(wealth - 1.0);
    Ok((value?, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(all: &[&str]) -> Vec<UnixNanos> {
        all.iter().map(|day| UnixNanos::parse(day).unwrap()).collect()
    }

    #[test]
    fn by_hand() {
        // January: 1.1 × 0.9 = 0.99; February: 0.95; April: 1.02. First quarter: 0.99 × 0.95 = 0.9405.
        let times = days(&["2024-01-02", "2024-01-31", "2024-02-01", "2024-04-01"]);
        let returns = [0.1, -0.1, -0.05, 0.02];
        let (month, end) = worst_period(&times, &returns, CalendarPeriod::Month).unwrap();
        assert!((month + 0.05).abs() < 1e-15);
        assert_eq!(end.to_string(), "2024-02-29");
        let (quarter, end) = worst_period(&times, &returns, CalendarPeriod::Quarter).unwrap();
        assert!((quarter + 0.0595).abs() < 1e-15);
        assert_eq!(end.to_string(), "2024-03-31");
    }

    #[test]
    fn the_same_month_of_two_years_is_two_months() {
        let times = days(&["2023-01-31", "2024-01-31"]);
        let (worst, end) = worst_period(&times, &[-0.1, 0.1], CalendarPeriod::Month).unwrap();
        assert!((worst + 0.1).abs() < 1e-15);
        assert_eq!(end.to_string(), "2023-01-31");
    }

    #[test]
    fn the_end_of_the_year_and_nothing() {
        let times = [UnixNanos::parse("2024-12-31T23:59:59Z").unwrap()];
        assert_eq!(worst_period(&times, &[0.01], CalendarPeriod::Quarter).unwrap().1.to_string(), "2024-12-31");
        assert_eq!(worst_period(&[], &[], CalendarPeriod::Month), Err(Unknown::InsufficientHistory));
    }
}
