//! Reports: what was computed as one HTML file that needs nothing else — no network, no script, no font (P10).
//!
//! A [`Sheet`] is figures, charts and tables in the order in which they are read. It is written with escaped text and inline SVG, the same
//! bytes for the same sheet everywhere.

mod chart;
mod html;

pub use chart::{Chart, Line, Mark};
pub use html::{Block, Cell, Sheet, Table};

/// A number with thousands separated and so many places: `1,234,567.89`.
pub fn grouped(value: f64, places: usize) -> String {
    let text = format!("{:.places$}", value.abs());
    let (whole, fraction) = text.split_once('.').map_or((text.as_str(), None), |(whole, fraction)| (whole, Some(fraction)));
    let mut out = String::new();
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if let Some(fraction) = fraction {
        out.push('.');
        out.push_str(fraction);
    }
    // Nothing is not less than nothing: -0.00 is 0.00.
    let zero = out.chars().all(|letter| matches!(letter, '0' | '.' | ','));
    if value < 0.0 && !zero { format!("−{out}") } else { out }
}

/// A fraction as per cent: `12.34 %`.
pub fn percent(value: f64, places: usize) -> String {
    format!("{} %", grouped(value * 100.0, places))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_people_read_them() {
        assert_eq!(grouped(1_234_567.891, 2), "1,234,567.89");
        assert_eq!(grouped(-999.5, 0), "−1,000");
        assert_eq!(grouped(-0.001, 2), "0.00");
        assert_eq!(grouped(123.0, 0), "123");
        assert_eq!(percent(-0.1234, 1), "−12.3 %");
    }
}
