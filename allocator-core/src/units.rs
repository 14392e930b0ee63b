//! Time, and names of strategies and symbols.

use serde::{Serialize, Serializer};
use std::fmt;

/// A point in time: nanoseconds since 1970-01-01T00:00:00Z.
///
/// Daily data sits at midnight and prints as a date; anything else prints as ISO 8601 in UTC. Range: years 1678 to 2261.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixNanos(pub i64);

/// Nanoseconds of one day.
pub const DAY_NANOS: i64 = 86_400_000_000_000;

impl UnixNanos {
    /// Midnight of the day that lies `days` after 1970-01-01; `None` beyond the range.
    pub fn from_days(days: i64) -> Option<Self> {
        days.checked_mul(DAY_NANOS).map(UnixNanos)
    }

    /// Midnight of a calendar date; `None` where there is no such date.
    pub fn from_date(year: i32, month: u32, day: u32) -> Option<Self> {
        if !(1..=12).contains(&month) || day < 1 || day > days_in_month(year, month) {
            return None;
        }
        Self::from_days(days_from_civil(year, month, day))
    }

    /// Whole days since 1970-01-01, rounded down.
    pub fn days(self) -> i64 {
        self.0.div_euclid(DAY_NANOS)
    }

    /// Year, month (1-12) and day (1-31) in UTC.
    pub fn date(self) -> (i32, u32, u32) {
        civil_from_days(self.days())
    }

    /// Reads `2024-01-31`, `2024-01-31T09:30:00`, `… 09:30:00.123456789`, with `Z` or an offset such as `+02:00`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let bytes = text.as_bytes();
        let number = |from: usize, to: usize| -> Option<u32> {
            let part = bytes.get(from..to)?;
            if part.is_empty() || !part.iter().all(u8::is_ascii_digit) {
                return None;
            }
            std::str::from_utf8(part).ok()?.parse().ok()
        };
        if bytes.get(4) != Some(&b'-') || bytes.get(7) != Some(&b'-') {
            return None;
        }
        let midnight = Self::from_date(i32::try_from(number(0, 4)?).ok()?, number(5, 7)?, number(8, 10)?)?;
        if bytes.len() == 10 {
            return Some(midnight);
        }
        if !matches!(bytes.get(10), Some(b'T' | b't' | b' ')) || bytes.get(13) != Some(&b':') {
            return None;
        }
        let (hour, minute) = (number(11, 13)?, number(14, 16)?);
        let mut at = 16;
        let mut second = 0;
        let mut fraction: i64 = 0;
        if bytes.get(at) == Some(&b':') {
            second = number(17, 19)?;
            at = 19;
            if matches!(bytes.get(at), Some(b'.' | b',')) {
                let from = at + 1;
                at = from;
                let mut unit = 100_000_000_i64;
                while let Some(digit) = bytes.get(at).filter(|b| b.is_ascii_digit()) {
                    fraction += i64::from(digit - b'0') * unit;
                    unit /= 10;
                    at += 1;
                }
                if at == from {
                    return None;
                }
            }
        }
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let offset_minutes: i64 = match bytes.get(at) {
            None => 0,
            Some(b'Z' | b'z') if bytes.len() == at + 1 => 0,
            Some(sign @ (b'+' | b'-')) => {
                let hours = number(at + 1, at + 3)?;
                let minutes = match bytes.len() - at {
                    3 => 0,
                    5 => number(at + 3, at + 5)?,
                    6 if bytes[at + 3] == b':' => number(at + 4, at + 6)?,
                    _ => return None,
                };
                if hours > 18 || minutes > 59 {
                    return None;
                }
                let total = i64::from(hours) * 60 + i64::from(minutes);
                if *sign == b'-' { -total } else { total }
            }
            _ => return None,
        };
        let seconds = i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second) - offset_minutes * 60;
        midnight.0.checked_add(seconds * 1_000_000_000)?.checked_add(fraction).map(UnixNanos)
    }
}

impl fmt::Display for UnixNanos {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.date();
        write!(f, "{year:04}-{month:02}-{day:02}")?;
        let rest = self.0.rem_euclid(DAY_NANOS);
        if rest == 0 {
            return Ok(());
        }
        let (seconds, nanos) = (rest / 1_000_000_000, rest % 1_000_000_000);
        write!(f, "T{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)?;
        if nanos > 0 {
            let digits = format!("{nanos:09}");
            write!(f, ".{}", digits.trim_end_matches('0'))?;
        }
        f.write_str("Z")
    }
}

impl Serialize for UnixNanos {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for UnixNanos {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Time".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "ISO 8601 date (2024-01-31) or time in UTC (2024-01-31T09:30:00Z)."
        })
    }
}

/// Days of a month in the proleptic Gregorian calendar.
pub fn days_in_month(year: i32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days from 1970-01-01 to a date. Source: Hinnant (2013), `chrono`-compatible low-level date algorithms.
fn days_from_civil(year: i32, month: u32, day: u32) -> i64 {
    let shifted = i64::from(year) - i64::from(month <= 2);
    let era = shifted.div_euclid(400);
    let year_of_era = shifted - era * 400;
    let month_from_march = (i64::from(month) + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + i64::from(day) - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// The inverse of [`days_from_civil`].
fn civil_from_days(days: i64) -> (i32, u32, u32) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let day_of_era = z - era * 146_097;
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    ((year_of_era + era * 400 + i64::from(month <= 2)) as i32, month as u32, day as u32)
}

/// The name of a strategy or symbol in an answer that repeats it by the thousand: shared, not copied.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name(std::sync::Arc<str>);

impl Name {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Name {
    fn from(name: &str) -> Self {
        Name(name.into())
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Name {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Name {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Name".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string" })
    }
}

/// Longest name of a strategy or symbol, in bytes.
pub const NAME_BYTES_MAX: usize = 256;

/// Why a text cannot be the name of a strategy or symbol; `None` if it can.
///
/// Names are kept as they are written: no trimming, no change of case, so a name that looks trimmed must be.
pub fn name_fault(name: &str) -> Option<&'static str> {
    if name.is_empty() {
        Some("is empty")
    } else if name.len() > NAME_BYTES_MAX {
        Some("is longer than 256 bytes")
    } else if name.chars().any(char::is_control) {
        Some("holds a control character")
    } else if name.trim() != name {
        Some("begins or ends with a space")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_there_and_back() {
        for (text, days) in [("1970-01-01", 0), ("1969-12-31", -1), ("2000-02-29", 11_016), ("2024-12-31", 20_088)] {
            let time = UnixNanos::parse(text).unwrap();
            assert_eq!(time.days(), days, "{text}");
            assert_eq!(time.to_string(), text);
        }
    }

    #[test]
    fn times_with_fraction_and_offset() {
        for (text, printed) in [
            ("2024-01-31T09:30:00Z", "2024-01-31T09:30:00Z"),
            ("2024-01-31 09:30", "2024-01-31T09:30:00Z"),
            ("2024-01-31T09:30:00.250+02:00", "2024-01-31T07:30:00.25Z"),
            ("2024-01-31T00:00:00.000000", "2024-01-31"),
        ] {
            assert_eq!(UnixNanos::parse(text).unwrap().to_string(), printed);
        }
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in
            ["", "2024-02-30", "2024-13-01", "31/01/2024", "2024-01-31T25:00:00", "2024-01-31T09", "2024-01-31X", "9999-01-01"]
        {
            assert_eq!(UnixNanos::parse(text), None, "{text}");
        }
    }

    #[test]
    fn names_with_hidden_characters_are_refused() {
        assert_eq!(name_fault("BRK.B"), None);
        assert!(name_fault("").is_some());
        assert!(name_fault(" AAPL").is_some());
        assert!(name_fault("AA\u{0}PL").is_some());
    }
}
