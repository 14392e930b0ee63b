//! Numbers and dates as the reader's country writes them.
//!
//! The browser knows the customs; here they are three marks and an order, so that everything is written by plain Rust and tested. Minus is
//! U+2212 everywhere, and digits are Latin everywhere, as DESIGN asks: columns of figures must line up.

use super::number::{MINUS, plain};
use crate::figure::json::{object, text, text_of};

/// The order of a date's parts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DateOrder {
    /// 2026-10-30, the same for everybody.
    #[default]
    Iso,
    /// 30.10.2026 or 30/10/2026.
    DayMonthYear,
    /// 10/30/2026.
    MonthDayYear,
    /// 2026/10/30.
    YearMonthDay,
}

/// Customs of a country.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locale {
    /// Between whole and fraction.
    pub decimal: char,
    /// Between thousands; `None` leaves them together.
    pub group: Option<char>,
    /// Digits from which on thousands are separated: Spanish and Polish leave 1234 together.
    pub group_from: usize,
    /// Digits of the groups after the first from the right: 3, or 2 in India (12,34,567).
    pub group_later: usize,
    /// Order of dates.
    pub order: DateOrder,
    /// Between parts of a date.
    pub date_mark: char,
}

/// As an engineer writes: decimal point, thin spaces, ISO dates. What a page has whose browser says nothing.
impl Default for Locale {
    fn default() -> Self {
        Locale { decimal: '.', group: Some('\u{202f}'), group_from: 4, group_later: 3, order: DateOrder::Iso, date_mark: '-' }
    }
}

impl Locale {
    /// Reads the customs from how a browser writes 1234.5, 1234567.5 and 31 December 2026 (day, month and year as numbers).
    /// What is not understood stays as in [`Locale::default`].
    pub fn of_samples(small: &str, large: &str, date: &str) -> Self {
        let mut locale = Locale::default();
        let marks = |text: &str| -> Vec<(usize, char)> {
            text.chars().enumerate().filter(|(_, letter)| !letter.is_ascii_digit()).collect()
        };
        let digits: String = large.chars().filter(char::is_ascii_digit).collect();
        if digits == "12345675" {
            let marks = marks(large);
            if let Some((_, last)) = marks.last() {
                locale.decimal = *last;
            }
            match marks.as_slice() {
                [(_, _)] => locale.group = None,
                [(first, group), (second, _), ..] => {
                    // Breakable spaces would tear a number apart at the end of a line.
                    locale.group = Some(if group.is_whitespace() { '\u{202f}' } else { *group });
                    locale.group_later = if marks.len() == 3 { second - first - 1 } else { 3 };
                }
                [] => {}
            }
            let small_has_group = small.chars().filter(|letter| !letter.is_ascii_digit()).count() == 2;
            locale.group_from = if small_has_group { 4 } else { 5 };
        }
        let place = |part: &str| date.find(part);
        if let (Some(day), Some(month), Some(year)) = (place("31"), place("12"), place("2026")) {
            locale.order = match (day < month, month < year, year < month) {
                (true, true, _) => DateOrder::DayMonthYear,
                (false, _, false) => DateOrder::MonthDayYear,
                (_, _, true) => DateOrder::YearMonthDay,
                _ => DateOrder::Iso,
            };
            locale.date_mark = date.chars().find(|letter| !letter.is_ascii_digit() && !letter.is_whitespace()).unwrap_or('-');
        }
        locale
    }

    /// `value` with `decimals` places and separated thousands; `unknown` where it is not finite.
    pub fn number(&self, value: f64, decimals: usize) -> String {
        let text = plain(value, decimals);
        let (sign, figure) = text.strip_prefix(MINUS).map_or((None, text.as_str()), |figure| (Some(MINUS), figure));
        if !figure.starts_with(|letter: char| letter.is_ascii_digit()) {
            return text;
        }
        let (whole, fraction) = figure.split_once('.').map_or((figure, None), |(whole, fraction)| (whole, Some(fraction)));
        let mut out = String::new();
        out.extend(sign);
        out.push_str(&self.grouped(whole));
        if let Some(fraction) = fraction {
            out.push(self.decimal);
            out.push_str(fraction);
        }
        out
    }

    /// A whole number with separated thousands.
    pub fn count(&self, value: u64) -> String {
        self.grouped(&value.to_string())
    }

    fn grouped(&self, digits: &str) -> String {
        let Some(mark) = self.group.filter(|_| digits.len() >= self.group_from) else {
            return digits.to_owned();
        };
        let mut out: Vec<char> = Vec::new();
        let mut until = 3;
        for (i, digit) in digits.chars().rev().enumerate() {
            if i == until {
                out.push(mark);
                until += self.group_later.max(1);
            }
            out.push(digit);
        }
        out.into_iter().rev().collect()
    }

    /// As the charts read it: `{"decimal":",","mark":".","order":"dmy"}`.
    pub fn to_json(&self) -> String {
        let order = match self.order {
            DateOrder::Iso => "iso",
            DateOrder::DayMonthYear => "dmy",
            DateOrder::MonthDayYear => "mdy",
            DateOrder::YearMonthDay => "ymd",
        };
        let (decimal, mark) = (String::from(self.decimal), String::from(self.date_mark));
        text_of(&object([("decimal", text(decimal)), ("mark", text(mark)), ("order", text(order))]))
    }

    /// A date of year, month and day; an ISO text of another form is given back as it came.
    pub fn date(&self, iso: &str) -> String {
        let parts: Vec<&str> = iso.get(..10).unwrap_or_default().split('-').collect();
        let [year, month, day] = parts.as_slice() else {
            return iso.to_owned();
        };
        let mark = self.date_mark;
        let date = match self.order {
            DateOrder::Iso => format!("{year}-{month}-{day}"),
            DateOrder::DayMonthYear => format!("{day}{mark}{month}{mark}{year}"),
            DateOrder::MonthDayYear => format!("{month}{mark}{day}{mark}{year}"),
            DateOrder::YearMonthDay => format!("{year}{mark}{month}{mark}{day}"),
        };
        // The time behind a date stays as it is.
        format!("{date}{}", iso.get(10..).unwrap_or_default())
    }

    /// Reads a number as this country writes it; a decimal point is understood everywhere, because files have it.
    ///
    /// # Errors
    /// A sentence that says what is wrong and how to write it.
    pub fn typed(&self, text: &str) -> Result<f64, String> {
        let mut plain: String = text.chars().filter(|letter| !letter.is_whitespace() && *letter != '\u{202f}').collect();
        if self.decimal != '.' && plain.contains(self.decimal) {
            // 1.234,5 in German: points before the comma are thousands.
            if let Some(group) = self.group.filter(|group| !group.is_whitespace()) {
                plain = plain.replace(group, "");
            }
            plain = plain.replacen(self.decimal, ".", 1);
        } else if let Some(group) = self.group.filter(|group| !group.is_whitespace() && *group != '.') {
            // Only where it stands before three digits: "0,085" in English is a mistake and not 85.
            let well_placed = plain
                .split(group)
                .skip(1)
                .all(|part| part.chars().take_while(char::is_ascii_digit).count() >= 2 + usize::from(self.group_later == 3));
            let whole_before =
                plain.split(group).next().is_some_and(|first| !first.trim_start_matches(['-', MINUS]).starts_with('0'));
            if well_placed && whole_before {
                plain = plain.replace(group, "");
            }
        }
        super::number::typed_plainly(&plain).map_err(|error| {
            // The sentence quotes what the person wrote, not what it became.
            error.replace(&format!("\"{plain}\""), &format!("\"{}\"", text.trim()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn german() -> Locale {
        Locale::of_samples("1.234,5", "1.234.567,5", "31.12.2026")
    }

    #[test]
    fn customs_are_read_from_samples() {
        assert_eq!(
            german(),
            Locale {
                decimal: ',',
                group: Some('.'),
                group_from: 4,
                group_later: 3,
                order: DateOrder::DayMonthYear,
                date_mark: '.'
            }
        );
        let american = Locale::of_samples("1,234.5", "1,234,567.5", "12/31/2026");
        assert_eq!((american.order, american.date_mark, american.group), (DateOrder::MonthDayYear, '/', Some(',')));
        let spanish = Locale::of_samples("1234,5", "1.234.567,5", "31/12/2026");
        assert_eq!((spanish.number(1234.5, 1), spanish.number(12345.5, 1)), ("1234,5".into(), "12.345,5".into()));
        let indian = Locale::of_samples("1,234.5", "12,34,567.5", "31/12/2026");
        assert_eq!(indian.count(123_456_789), "12,34,56,789");
        let french = Locale::of_samples("1\u{202f}234,5", "1\u{202f}234\u{202f}567,5", "31/12/2026");
        assert_eq!(french.number(-1234567.5, 2), "−1\u{202f}234\u{202f}567,50");
        let japanese = Locale::of_samples("1,234.5", "1,234,567.5", "2026/12/31");
        assert_eq!(japanese.date("2026-10-30"), "2026/10/30");
    }

    #[test]
    fn samples_that_say_nothing_leave_the_engineers_way() {
        assert_eq!(Locale::of_samples("", "", ""), Locale::default());
        assert_eq!(Locale::of_samples("١٬٢٣٤٫٥", "١٬٢٣٤٬٥٦٧٫٥", "٣١"), Locale::default());
    }

    #[test]
    fn words_and_times_pass_through() {
        assert_eq!(german().number(f64::NAN, 2), "unknown");
        assert_eq!(german().date("2026-10-30T14:30:00Z"), "30.10.2026T14:30:00Z");
        assert_eq!(german().date("unknown"), "unknown");
    }

    #[test]
    fn what_is_written_is_read() {
        for locale in [german(), Locale::default(), Locale::of_samples("1,234.5", "1,234,567.5", "12/31/2026")] {
            for value in [0.0, 0.085, 12.5, -1234.25, 1_234_567.75] {
                let written = locale.number(value, 3);
                assert_eq!(locale.typed(&written), Ok(value), "{written}");
            }
        }
        assert_eq!(german().typed("0.085"), Ok(0.085), "a file's point is understood");
    }

    #[test]
    fn a_comma_in_english_is_a_mistake_and_never_a_thousand_times() {
        let american = Locale::of_samples("1,234.5", "1,234,567.5", "12/31/2026");
        assert!(american.typed("0,085").unwrap_err().contains("\"0,085\""));
        assert_eq!(american.typed("1,234"), Ok(1234.0));
        assert!(american.typed("1,2").is_err());
    }
}
