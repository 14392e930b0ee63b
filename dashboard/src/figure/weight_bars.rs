//! The final weights as a picture: what the table of bars shows, for a report.

use super::picture::escaped;
use crate::state::bar::pieces;
use crate::state::blend::Blend;
use crate::state::number::percent;
use std::fmt::Write as _;

/// Symbols drawn; the table holds all.
const ROWS: usize = 60;
const ROW: f64 = 22.0;
const LEFT: f64 = 110.0;
const WIDTH: f64 = 560.0;
const RIGHT: f64 = 80.0;
const TOP: f64 = 58.0;

/// The picture of an answer as SVG. Colours stay names of tokens (`var(--ink)`) for whoever knows the theme.
pub fn svg(blend: &Blend) -> String {
    let rows = &blend.weights[..blend.weights.len().min(ROWS)];
    let side = |short: bool| {
        let of = |row: &crate::state::blend::Weight| {
            row.parts.iter().map(|part| part.value).filter(|value| (*value < 0.0) == short).map(f64::abs).sum::<f64>()
        };
        rows.iter().map(of).fold(0.0, f64::max)
    };
    let (low, high) = (side(true), side(false));
    let unit = if low + high > 0.0 { WIDTH / (low + high) } else { 0.0 };
    let zero = LEFT + low * unit;
    let (wide, tall) = (LEFT + WIDTH + RIGHT, TOP + rows.len() as f64 * ROW + 24.0);
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{wide}\" height=\"{tall}\" viewBox=\"0 0 {wide} {tall}\" font-family=\"IBM Plex Sans, sans-serif\" \
         font-size=\"12\"><title>Final weights</title><rect width=\"100%\" height=\"100%\" fill=\"var(--sheet)\"/>\
         <text x=\"12\" y=\"22\" font-size=\"14\" font-weight=\"600\" fill=\"var(--ink)\">Final weights, % of capital</text>"
    );
    let mut x = 12.0;
    for strategy in &blend.strategies {
        let tag = &strategy.tag;
        // Writing into a string cannot fail.
        let _ = write!(
            text,
            "<rect x=\"{x:.1}\" y=\"32\" width=\"10\" height=\"10\" fill=\"var(--s{})\"/><text x=\"{:.1}\" y=\"41\" fill=\"var(--ink2)\">{}</text>",
            tag.colour,
            x + 14.0,
            escaped(&tag.letters)
        );
        x += 52.0;
    }
    for (place, row) in rows.iter().enumerate() {
        let y = TOP + place as f64 * ROW;
        let _ = write!(
            text,
            "<text x=\"12\" y=\"{:.1}\" fill=\"var(--ink)\">{}</text><text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\" fill=\"var(--ink)\">{}</text>",
            y + 15.0,
            escaped(&row.symbol),
            wide - 12.0,
            y + 15.0,
            percent(row.weight)
        );
        for piece in pieces(&row.parts, 0.5 / unit.max(f64::MIN_POSITIVE)) {
            let tag = piece.strategy.and_then(|strategy| blend.strategies.get(strategy)).map(|strategy| &strategy.tag);
            let fill = tag.map_or_else(|| String::from("var(--ink3)"), |tag| format!("var(--s{})", tag.colour));
            // What is held short is hollow: seen without its colour too.
            let (inside, stroke) = if piece.short { ("none", fill.as_str()) } else { (fill.as_str(), "none") };
            let (left, width) = (zero + piece.from * unit, piece.size * unit);
            let _ = write!(
                text,
                "<rect x=\"{left:.2}\" y=\"{:.1}\" width=\"{width:.2}\" height=\"14\" fill=\"{inside}\" stroke=\"{stroke}\"/>",
                y + 4.0
            );
            if let Some(tag) = tag.filter(|_| width > 24.0 && !piece.short) {
                let _ = write!(
                    text,
                    "<text x=\"{:.2}\" y=\"{:.1}\" text-anchor=\"middle\" font-size=\"10\" fill=\"var(--on-s{})\">{}</text>",
                    left + width / 2.0,
                    y + 14.5,
                    tag.colour,
                    escaped(&tag.letters)
                );
            }
        }
    }
    let hidden = blend.weights.len() - rows.len();
    let rest = if hidden > 0 { format!("{hidden} smaller symbols are not drawn. ") } else { String::new() };
    let _ = write!(
        text,
        "<text x=\"12\" y=\"{:.1}\" font-size=\"10\" fill=\"var(--ink3)\">{rest}Digest {}</text></svg>",
        tall - 8.0,
        escaped(&blend.digest)
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_has_its_length_and_side() {
        let blend = Blend::from_text(
            r#"{"digest":"d1","strategies":[{"strategy":"a","gross":0.4},{"strategy":"b","gross":0.1}],"strategy_weights":{"a":0.4,"b":0.1},
                "weights":[{"symbol":"X<1","final_weight":0.3,"contributions":[{"strategy":"a","value":0.4},{"strategy":"b","value":-0.1}]}]}"#,
        )
        .unwrap();
        let text = svg(&blend);
        // 0.5 of weight is 560 wide: 0.4 is 448 to the right of zero, 0.1 is 112 to the left, hollow.
        assert!(
            text.contains(r#"<rect x="222.00" y="62.0" width="448.00" height="14" fill="var(--s1)" stroke="none"/>"#),
            "{text}"
        );
        assert!(
            text.contains(r#"<rect x="110.00" y="62.0" width="112.00" height="14" fill="none" stroke="var(--s2)"/>"#),
            "{text}"
        );
        assert!(text.contains("X&lt;1") && text.contains(">30.00<") && text.contains("Digest d1") && text.ends_with("</svg>"));
    }

    #[test]
    fn nothing_held_is_an_empty_sheet() {
        assert!(svg(&Blend::default()).ends_with("</svg>"));
    }
}
