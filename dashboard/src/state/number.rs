//! Numbers as the desk reads them: U+2212 for minus, a fixed number of decimals, a word where there is none.

use super::locale::Locale;
use std::cell::RefCell;

thread_local! {
    /// The customs that everything on the page is written by; set once, before anything is shown.
    static LOCALE: RefCell<Locale> = RefCell::new(Locale::default());
}

/// Writes and reads numbers by other customs from now on.
pub fn use_locale(locale: Locale) {
    LOCALE.replace(locale);
}

/// Minus as wide as a digit and a plus.
pub const MINUS: char = '\u{2212}';

/// `value` with `decimals` places and a decimal point; what rounds to zero has no sign.
pub fn plain(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return String::from("unknown");
    }
    let text = format!("{:.decimals$}", value.abs());
    let zero = text.bytes().all(|byte| matches!(byte, b'0' | b'.'));
    if value < 0.0 && !zero { format!("{MINUS}{text}") } else { text }
}

/// As [`plain`], with the decimal mark of the reader's country.
pub fn fixed(value: f64, decimals: usize) -> String {
    let text = plain(value, decimals);
    LOCALE.with_borrow(|locale| if locale.decimal == '.' { text } else { text.replace('.', &locale.decimal.to_string()) })
}

/// A fraction in per cent with two decimals, without the unit, which stands in the header: 0.4 is `40.00`.
pub fn percent(fraction: f64) -> String {
    fixed(fraction * 100.0, 2)
}

/// A fraction in hundredths of a per cent, rounded as [`percent`] prints it; none if it is unknown.
pub fn hundredths(fraction: f64) -> Option<i64> {
    plain(fraction * 100.0, 2).replace(MINUS, "-").replace('.', "").parse().ok()
}

/// As [`percent`], with a sign on changes: `+1.32`, `−6.17`, and a dot where nothing changed.
pub fn change(fraction: f64) -> String {
    let text = percent(fraction);
    if plain(fraction.abs() * 100.0, 2) == "0.00" {
        String::from("·")
    } else if fraction > 0.0 {
        format!("+{text}")
    } else {
        text
    }
}

/// A count with separated thousands, by default with thin spaces.
pub fn count(value: u64) -> String {
    LOCALE.with_borrow(|locale| locale.count(value))
}

/// An amount of money in whole units with separated thousands; what rounds to zero has no sign.
pub fn money(value: f64) -> String {
    if !value.is_finite() {
        return String::from("unknown");
    }
    let whole = value.abs().round();
    let text = count(whole as u64);
    if value < 0.0 && whole > 0.0 { format!("{MINUS}{text}") } else { text }
}

/// A date, given as ISO text, in the order of the country.
pub fn local_date(iso: &str) -> String {
    LOCALE.with_borrow(|locale| locale.date(iso))
}

/// `1 row`, `21 rows`.
pub fn counted(value: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(value), if value == 1 { one } else { many })
}

/// Year, month and day of a day since 1970.
pub fn civil(day: i64) -> (i32, u32, u32) {
    use allocator_core::units::UnixNanos;
    UnixNanos::from_days(day).map_or((1970, 1, 1), UnixNanos::date)
}

/// A day since 1970 in the order of the country.
pub fn date(day: i64) -> String {
    local_date(&iso_date(day))
}

/// `2026-10-30`.
pub fn iso_date(day: i64) -> String {
    let (year, month, day) = civil(day);
    format!("{year:04}-{month:02}-{day:02}")
}

/// A number that a person typed, by the customs of the country; a decimal point is understood everywhere.
///
/// # Errors
/// A sentence that says what is wrong and how to write it.
pub fn typed(text: &str) -> Result<f64, String> {
    LOCALE.with_borrow(|locale| locale.typed(text))
}

/// A number that a person typed: decimal point, either minus, optional unit `%`, thin or no-break spaces ignored.
///
/// # Errors
/// A sentence that says what is wrong and how to write it.
pub(super) fn typed_plainly(text: &str) -> Result<f64, String> {
    let plain: String = text
        .chars()
        .filter(|letter| !letter.is_whitespace() && *letter != '%')
        .map(|letter| if letter == MINUS { '-' } else { letter })
        .collect();
    if plain.is_empty() {
        return Err(String::from("Nothing is written here. Write a number."));
    }
    let number = plain.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+' | b'e' | b'E'));
    match plain.parse::<f64>() {
        Ok(value) if number && value.is_finite() => Ok(value),
        _ if plain.contains(',') => {
            Err(format!("\"{}\" is not a number. Write {} with a decimal point.", text.trim(), plain.replacen(',', ".", 1)))
        }
        _ => Err(format!("\"{}\" is not a number.", text.trim())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minus_is_typographic_and_zero_has_none() {
        assert_eq!(percent(-0.0029), "−0.29");
        assert_eq!(percent(-0.00001), "0.00");
        assert_eq!(percent(0.4), "40.00");
        assert_eq!(fixed(f64::NAN, 2), "unknown");
    }

    #[test]
    fn changes_carry_a_sign_and_none_is_a_dot() {
        assert_eq!((change(0.0132), change(-0.0617), change(0.00004)), ("+1.32".into(), "−6.17".into(), "·".into()));
    }

    #[test]
    fn the_customs_of_a_country_hold_for_everything_and_changes_nothing_else() {
        use_locale(Locale::of_samples("1.234,5", "1.234.567,5", "31.12.2026"));
        let written = (percent(-0.4), fixed(f64::NAN, 2), change(0.0), count(1_234_567));
        let read = (typed("40,5 %"), typed("0.085"), typed("1.234,5"));
        use_locale(Locale::default());
        assert_eq!(written, ("−40,00".into(), "unknown".into(), "·".into(), "1.234.567".into()));
        assert_eq!(read, (Ok(40.5), Ok(0.085), Ok(1234.5)));
    }

    #[test]
    fn counts_are_grouped() {
        assert_eq!(
            (count(7), count(7126), count(1234567)),
            ("7".into(), "7\u{202f}126".into(), "1\u{202f}234\u{202f}567".into())
        );
        assert_eq!(counted(1, "row", "rows"), "1 row");
    }

    #[test]
    fn money_is_grouped_and_whole() {
        assert_eq!((money(-61_037.4), money(-0.4), money(f64::NAN)), ("−61\u{202f}037".into(), "0".into(), "unknown".into()));
    }

    #[test]
    fn days_have_dates() {
        assert_eq!((date(0), iso_date(20_756)), ("1970-01-01".into(), "2026-10-30".into()));
    }

    #[test]
    fn what_a_person_types_is_read_or_explained() {
        assert_eq!(typed(" 40 % "), Ok(40.0));
        assert_eq!(typed("−2.5"), Ok(-2.5));
        assert!(typed("0,085").unwrap_err().contains("0.085"));
        for text in ["", "  ", "abc", "inf", "NaN", "1.2.3", "--1"] {
            assert!(typed(text).is_err(), "{text}");
        }
    }
}
