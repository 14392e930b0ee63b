//! The correlations of strategies as a picture: ρ in every cell, an alert with a frame, the unknown as a word.

use super::picture::escaped;
use crate::state::blend::{Correlations, heat};
use crate::state::number::fixed;
use std::fmt::Write as _;

const CELL: (f64, f64) = (64.0, 32.0);
const LEFT: f64 = 150.0;
const TOP: f64 = 66.0;

/// The picture as SVG, strategies in the order `order`. Colours stay names of tokens (`var(--ink)`) for whoever knows the theme.
pub fn svg(correlations: &Correlations, order: &[usize], names: &[String], letters: &[String]) -> String {
    let count = order.len() as f64;
    let (wide, tall) = (LEFT + count * CELL.0 + 12.0, TOP + count * CELL.1 + 14.0);
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{wide}\" height=\"{tall}\" viewBox=\"0 0 {wide} {tall}\" font-family=\"IBM Plex Sans, sans-serif\" \
         font-size=\"12\"><title>Correlation of strategies</title><rect width=\"100%\" height=\"100%\" fill=\"var(--sheet)\"/>\
         <text x=\"12\" y=\"22\" font-size=\"14\" font-weight=\"600\" fill=\"var(--ink)\">Correlation of strategies, ρ</text>"
    );
    let of = |list: &[String], place: usize| escaped(list.get(place).map_or("", String::as_str));
    for (row, &a) in order.iter().enumerate() {
        let y = TOP + row as f64 * CELL.1;
        // Writing into a string cannot fail.
        let _ = write!(
            text,
            "<text x=\"12\" y=\"{:.1}\" fill=\"var(--ink)\">{}</text><text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\" fill=\"var(--ink2)\">{}</text>",
            y + 20.0,
            of(names, a),
            LEFT + (row as f64 + 0.5) * CELL.0,
            TOP - 10.0,
            of(letters, a)
        );
        for (column, &b) in order.iter().enumerate().filter(|(column, _)| *column != row) {
            let Some(pair) = correlations.pair(a, b) else { continue };
            let x = LEFT + column as f64 * CELL.0;
            let (fill, ink, word) = match (pair.value, heat(pair.value)) {
                (Some(rho), Some(step)) => {
                    let token = match step {
                        0 => String::from("d-0"),
                        step if step < 0 => format!("d-n{}", -step),
                        step => format!("d-p{step}"),
                    };
                    (format!("var(--{token})"), format!("var(--on-{token})"), fixed(rho, 2))
                }
                _ => (String::from("none"), String::from("var(--ink3)"), String::from("unknown")),
            };
            let stroke = if pair.alert { " stroke=\"var(--warn)\" stroke-width=\"2\"" } else { "" };
            let _ = write!(
                text,
                "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"{fill}\"{stroke}/>\
                 <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\" fill=\"{ink}\">{word}</text>",
                x + 1.0,
                y + 1.0,
                CELL.0 - 2.0,
                CELL.1 - 2.0,
                x + CELL.0 / 2.0,
                y + 20.0
            );
        }
    }
    text.push_str("</svg>");
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::blend::Pair;

    #[test]
    fn a_known_pair_is_a_figure_and_an_unknown_one_a_word() {
        let pair = |a: usize, b: usize, value: Option<f64>, alert: bool| Pair { a, b, value, alert, ..Pair::default() };
        let names: Vec<String> = ["a & b", "c", "d"].map(String::from).to_vec();
        let pairs = vec![pair(0, 1, Some(0.84), true), pair(0, 2, None, false), pair(1, 2, Some(-0.3), false)];
        let correlations = Correlations { names: names.clone(), pairs, average: None };
        let text = svg(&correlations, &[2, 0, 1], &names, &["A".into(), "C".into(), "D".into()]);
        assert_eq!(text.matches(">0.84<").count(), 2, "on both sides of the diagonal");
        assert_eq!(text.matches("stroke=\"var(--warn)\"").count(), 2);
        assert_eq!((text.matches(">unknown<").count(), text.matches(">\u{2212}0.30<").count()), (2, 2));
        assert!(text.contains("a &amp; b") && text.contains("fill=\"var(--d-p4)\"") && text.ends_with("</svg>"));
    }
}
