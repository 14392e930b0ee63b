//! Trading days: on which days a market is open, and days picked by a pattern as cron writes them.
//!
//! **Conventions.** A day is a number of whole days since 1970-01-01 in UTC ([`crate::units::UnixNanos::days`]). Weekdays count from
//! Monday, 0, to Sunday, 6.

use crate::units::UnixNanos;

/// Names of the weekdays from Monday.
pub const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// The weekday of a day, 0 for Monday.
pub fn weekday(day: i64) -> usize {
    // 1970-01-01 was a Thursday, three days after a Monday.
    (day + 3).rem_euclid(7) as usize
}

/// The name of the weekday of a day.
pub fn weekday_name(day: i64) -> &'static str {
    WEEKDAYS[weekday(day)]
}

/// Which days a market is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TradingCalendar {
    open: [bool; 7],
    /// Days, ascending.
    holidays: Vec<i64>,
}

impl TradingCalendar {
    /// Open on these weekdays (0 for Monday; others are left out) but for the holidays.
    pub fn new(weekdays: impl IntoIterator<Item = usize>, holidays: impl IntoIterator<Item = i64>) -> Self {
        let mut open = [false; 7];
        for day in weekdays {
            if let Some(open) = open.get_mut(day) {
                *open = true;
            }
        }
        let mut holidays: Vec<i64> = holidays.into_iter().collect();
        holidays.sort_unstable();
        holidays.dedup();
        TradingCalendar { open, holidays }
    }

    /// Whether the market is open on a day.
    pub fn is_open(&self, day: i64) -> bool {
        self.open[weekday(day)] && self.holidays.binary_search(&day).is_err()
    }
}

/// Longest wait between two days of a pattern: 29 February may be eight years off (1896 to 1904).
pub const PATTERN_DAYS_MAX: i64 = 8 * 366 + 1;

/// Days by a pattern of three fields as cron writes them: day of the month, month, day of the week.
///
/// `1 * *` is the first of every month, `* * mon` every Monday, `1,15 jan-jun *` twice a month in the first half of the year, `*/10 * *`
/// the 1st, 11th, 21st and 31st. As in cron, where both days are restricted either is enough. Sunday is 0 or 7.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayPattern {
    /// Bit d for day d of the month.
    days: u64,
    /// Bit m for month m, January 1.
    months: u64,
    /// Bit w for weekday w, Monday 0.
    weekdays: u64,
    /// Whether a day of the month or of the week is enough.
    either: bool,
}

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

impl DayPattern {
    /// Every day.
    pub const DAILY: DayPattern = DayPattern { days: !0, months: !0, weekdays: !0, either: false };
    /// Every Monday.
    pub const WEEKLY: DayPattern = DayPattern { weekdays: 1, ..DayPattern::DAILY };
    /// The first of every month.
    pub const MONTHLY: DayPattern = DayPattern { days: 1 << 1, ..DayPattern::DAILY };
    /// The first of January, April, July and October.
    pub const QUARTERLY: DayPattern = DayPattern { months: 1 << 1 | 1 << 4 | 1 << 7 | 1 << 10, ..DayPattern::MONTHLY };

    /// Reads a pattern.
    ///
    /// # Errors
    /// What is wrong with it, in a sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [days, months, weekdays] = fields.as_slice() else {
            return Err(format!(
                "The pattern has {} fields instead of 3: day of the month, month, day of the week.",
                fields.len()
            ));
        };
        let from_sunday = field(weekdays, 0, 7, &DAYS)?;
        let sunday = from_sunday & (1 | 1 << 7) != 0;
        let pattern = DayPattern {
            days: field(days, 1, 31, &[])?,
            months: field(months, 1, 12, &MONTHS)?,
            weekdays: (from_sunday >> 1) & 0x3f | u64::from(sunday) << 6,
            either: !days.starts_with('*') && !weekdays.starts_with('*'),
        };
        // 2000-02-29 and eight years and more behind it.
        if (0..=PATTERN_DAYS_MAX).any(|day| pattern.holds(11_016 + day)) {
            Ok(pattern)
        } else {
            Err(format!("No day ever matches {text:?}."))
        }
    }

    /// Whether a day matches.
    pub fn holds(&self, day: i64) -> bool {
        let Some(time) = UnixNanos::from_days(day) else { return false };
        let (_, month, of_month) = time.date();
        let (by_month, by_week) = (self.days >> of_month & 1 == 1, self.weekdays >> weekday(day) & 1 == 1);
        self.months >> month & 1 == 1 && if self.either { by_month || by_week } else { by_month && by_week }
    }

    /// The newest matching day above `after` and at most `until`.
    pub fn newest(&self, after: i64, until: i64) -> Option<i64> {
        let earliest = after.max(until.saturating_sub(PATTERN_DAYS_MAX));
        (earliest.saturating_add(1)..=until).rev().find(|day| self.holds(*day))
    }
}

/// A field of a pattern as a set of bits.
fn field(text: &str, least: u32, most: u32, names: &[&str]) -> Result<u64, String> {
    let number = |word: &str| -> Result<u32, String> {
        let lower = word.to_ascii_lowercase();
        let named = names.iter().position(|name| *name == lower).map(|at| at as u32 + least);
        named
            .or_else(|| word.parse().ok())
            .filter(|number| (least..=most).contains(number))
            .ok_or_else(|| format!("{word:?} is none of {least} to {most}."))
    };
    let mut set = 0_u64;
    for part in text.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => {
                let step = step.parse::<u32>().ok().filter(|step| *step > 0);
                (range, step.ok_or_else(|| format!("The step of {part:?} is no whole number above 0."))?)
            }
            None => (part, 1),
        };
        let (first, last) = match range.split_once('-') {
            _ if range == "*" => (least, most),
            Some((first, last)) => (number(first)?, number(last)?),
            None => (number(range)?, number(range)?),
        };
        if first > last {
            return Err(format!("The range {range:?} runs backwards."));
        }
        for value in (first..=last).step_by(step as usize) {
            set |= 1 << value;
        }
    }
    Ok(set)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> i64 {
        UnixNanos::parse(text).unwrap().days()
    }

    fn matches(pattern: &str, from: &str, days: i64) -> Vec<String> {
        let pattern = DayPattern::parse(pattern).unwrap();
        let hits = (day(from)..day(from) + days).filter(|day| pattern.holds(*day));
        hits.map(|day| UnixNanos::from_days(day).unwrap().to_string()).collect()
    }

    #[test]
    fn weekends_and_holidays_are_closed() {
        let calendar = TradingCalendar::new(0..5, [day("2024-12-25")]);
        assert!(calendar.is_open(day("2024-12-24")) && !calendar.is_open(day("2024-12-25")));
        assert!(!calendar.is_open(day("2024-12-28")) && !calendar.is_open(day("2024-12-29")));
        assert_eq!(weekday_name(day("2024-12-30")), "Monday");
        assert_eq!(weekday_name(day("1969-12-31")), "Wednesday");
    }

    #[test]
    fn patterns_by_hand() {
        assert_eq!(matches("1 * *", "2024-01-15", 60), ["2024-02-01", "2024-03-01"]);
        assert_eq!(matches("* * mon", "2024-01-01", 14), ["2024-01-01", "2024-01-08"]);
        assert_eq!(matches("1,15 jan-feb *", "2024-01-01", 90), ["2024-01-01", "2024-01-15", "2024-02-01", "2024-02-15"]);
        assert_eq!(matches("*/10 2 *", "2024-02-01", 29), ["2024-02-01", "2024-02-11", "2024-02-21"]);
        // Either day is enough where both are restricted: the 1st, and Sundays written as 0 and 7.
        assert_eq!(matches("1 3 0", "2024-03-01", 9), ["2024-03-01", "2024-03-03"]);
        assert_eq!(matches("* 3 7", "2024-03-01", 9), ["2024-03-03"]);
        assert_eq!(matches("29 2 *", "2097-01-01", 8 * 366), ["2104-02-29"]);
        assert_eq!(DayPattern::parse("1 1,4,7,10 *"), Ok(DayPattern { days: 2, weekdays: 0x7f, months: 1170, either: false }));
        assert!((0..4000).all(|day| DayPattern::QUARTERLY.holds(day) == DayPattern::parse("1 1,4,7,10 *").unwrap().holds(day)));
    }

    #[test]
    fn broken_patterns_are_refused() {
        for text in [
            "", "1 *", "1 * * *", "32 * *", "0 * *", "* 13 *", "* * 8", "* * mun", "5-1 * *", "*/0 * *", "a-b * *", "30 2 *",
            "1- * *",
        ] {
            assert!(DayPattern::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_newest_match_lies_in_the_half_open_stretch() {
        let (first, last) = (day("2024-02-01"), day("2024-02-20"));
        assert_eq!(DayPattern::MONTHLY.newest(first - 1, last), Some(first));
        assert_eq!(DayPattern::MONTHLY.newest(first, last), None);
        assert_eq!(DayPattern::MONTHLY.newest(last, first), None);
        assert_eq!(DayPattern::parse("29 2 *").unwrap().newest(i64::MIN, day("2104-02-28")), Some(day("2096-02-29")));
    }
}
