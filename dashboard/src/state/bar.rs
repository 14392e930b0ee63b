//! A symbol's bar: the parts of its strategies laid end to end, long to the right of zero, short to the left.
//!
//! Of fifty strategies most hold less than a pixel. Such parts that lie beside each other are drawn as one without a colour of its own:
//! the bar keeps its length, and two hundred bars do not have ten thousand pieces.

use super::parts::Parts;

/// A piece of a bar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Piece {
    /// Place of its strategy in the answer; none where several share it.
    pub strategy: Option<usize>,
    /// Its left end, as a weight.
    pub from: f64,
    /// How far it reaches to the right.
    pub size: f64,
    /// Whether it is held short.
    pub short: bool,
}

/// One side of zero.
#[derive(Default)]
struct Side {
    /// Distance from zero to the end of what is laid.
    end: f64,
    /// Small parts at that end that are not drawn yet.
    small: f64,
}

/// The pieces of a bar. What is smaller than `least` has none of its own, and none at all where what lies beside it is as small.
pub fn pieces(parts: &Parts, least: f64) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut sides = [Side::default(), Side::default()];
    for part in parts.iter().filter(|part| part.value != 0.0) {
        let (short, size) = (part.value < 0.0, part.value.abs());
        let side = &mut sides[usize::from(short)];
        if size < least {
            side.small += size;
        } else {
            flush(side, short, least, &mut pieces);
        }
        side.end += size;
        if size >= least {
            pieces.push(piece(Some(part.strategy), side.end, size, short));
        }
    }
    for (side, short) in sides.iter_mut().zip([false, true]) {
        flush(side, short, least, &mut pieces);
    }
    pieces
}

/// Draws what small parts there are.
fn flush(side: &mut Side, short: bool, least: f64, pieces: &mut Vec<Piece>) {
    let size = std::mem::take(&mut side.small);
    if size > 0.0 && size >= least {
        pieces.push(piece(None, side.end, size, short));
    }
}

/// The piece that ends so far from zero.
fn piece(strategy: Option<usize>, end: f64, size: f64, short: bool) -> Piece {
    Piece { strategy, from: if short { -end } else { end - size }, size, short }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::parts::Contribution;

    fn drawn(values: &[f64], least: f64) -> Vec<(Option<usize>, f64, f64, bool)> {
        let part = |(strategy, value): (usize, &f64)| Contribution { strategy, value: *value, ..Contribution::default() };
        let parts: Parts = values.iter().enumerate().map(part).collect();
        pieces(&parts, least).iter().map(|piece| (piece.strategy, piece.from, piece.size, piece.short)).collect()
    }

    #[test]
    fn parts_lie_end_to_end_on_their_side_of_zero() {
        let expected = vec![
            (Some(0), 0.0, 0.5, false),
            (Some(1), -0.25, 0.25, true),
            (Some(3), 0.5, 1.0, false),
            (Some(4), -1.25, 1.0, true),
        ];
        assert_eq!(drawn(&[0.5, -0.25, 0.0, 1.0, -1.0], 0.0), expected);
    }

    #[test]
    fn small_parts_beside_each_other_are_one() {
        // Two small ones, a large one, two small ones: the bar is as long as before.
        let expected = vec![(None, 0.0, 0.25, false), (Some(2), 0.25, 1.0, false), (None, 1.25, 0.25, false)];
        assert_eq!(drawn(&[0.125, 0.125, 1.0, 0.125, 0.125], 0.25), expected);
        // On the other side as well; a single small one is not drawn, and what comes after it lies where it did.
        let expected = vec![(Some(1), -1.125, 1.0, true), (None, -1.375, 0.25, true)];
        assert_eq!(drawn(&[-0.125, -1.0, -0.125, -0.125], 0.25), expected);
    }
}
