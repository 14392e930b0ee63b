//! The exact search along a step: past the kinks of rows while it pays, never past a kink or bound of a variable.

use super::{Engine, RowPlace};

/// What ends a step.
#[derive(Debug, PartialEq)]
pub(super) enum End {
    /// The goal of the step.
    Goal,
    /// A minimum before the goal, behind the kink of a row.
    Bend,
    /// A boundary of a free variable.
    Variable(usize, usize),
    /// A limit of a row, at which it is held from now on.
    Row(usize, RowPlace),
}

/// How far to go and what is met.
pub(super) struct Stop {
    pub(super) length: f64,
    pub(super) end: End,
    /// Rows whose kink lies behind, with the place they are in now.
    pub(super) passed: Vec<(usize, RowPlace)>,
    /// How fast each row changes.
    pub(super) rates: Vec<f64>,
}

/// A kink on the way.
struct Event {
    at: f64,
    end: End,
    /// What passing adds to the slope, and where it leads; nothing passes a variable's.
    past: Option<(f64, RowPlace)>,
}

impl Engine<'_> {
    /// Searches along `d`, of which dᵀHd = `bend` and at whose start the slope is −`bend`.
    pub(super) fn search(&self, d: &[f64], bend: f64) -> Stop {
        let mut events: Vec<Event> = Vec::new();
        for (i, d) in self.free.iter().zip(d) {
            let piece = self.piece(*i);
            let boundary = if *d > 0.0 { piece + 1 } else { piece };
            let room = (self.boundary(*i, boundary) - self.x[*i]) / d;
            // A step of rounding alone ends nothing: a variable that rests on its boundary would be pinned by chance.
            let moves = d.abs() > 4.0 * f64::EPSILON * self.x[*i].abs().max(1.0);
            if moves && room <= 1.0 {
                events.push(Event { at: room.max(0.0), end: End::Variable(*i, boundary), past: None });
            }
        }
        let rates: Vec<f64> = (0..self.rows.len()).map(|r| self.rate(r, d)).collect();
        for (r, rate) in rates.iter().enumerate() {
            self.row_events(r, *rate, &mut events);
        }
        events.sort_by(|a, b| a.at.total_cmp(&b.at));
        let mut stop = Stop { length: 1.0, end: End::Goal, passed: Vec::new(), rates };
        let mut added = 0.0;
        for event in events {
            if bend > 0.0 && added > 0.0 {
                let lowest = 1.0 - added / bend;
                if lowest <= event.at {
                    (stop.length, stop.end) = (lowest, End::Bend);
                    return stop;
                }
            }
            match event.past {
                Some((jump, place)) if added + jump < bend * (1.0 - event.at) => {
                    added += jump;
                    if let End::Row(r, _) = event.end {
                        stop.passed.push((r, place));
                    }
                }
                _ => {
                    (stop.length, stop.end) = (event.at, event.end);
                    return stop;
                }
            }
        }
        if added > 0.0 {
            (stop.length, stop.end) = (1.0 - added / bend, End::Bend);
        }
        stop
    }

    /// How fast row `r` changes along `d`; a held row does not.
    fn rate(&self, r: usize, d: &[f64]) -> f64 {
        if self.rows[r].is_held() {
            return 0.0;
        }
        let (mut rate, mut size, mut most) = (0.0, 0.0, 0.0_f64);
        for (i, d) in self.free.iter().zip(d) {
            let coefficient = self.coefficient(r, *i, self.piece(*i));
            rate += coefficient * d;
            size += (coefficient * d).abs();
            most = most.max(coefficient.abs());
        }
        // A row that depends on the held ones moves by rounding only, and so does any row in a step of rounding.
        if rate.abs() <= (1e-13 * size).max(4.0 * f64::EPSILON * most) { 0.0 } else { rate }
    }

    /// The kinks of row `r` up to the goal.
    fn row_events(&self, r: usize, rate: f64, events: &mut Vec<Event>) {
        if rate == 0.0 {
            return;
        }
        let row = &self.programme.rows[r];
        let (value, size) = (self.values[r], rate.abs());
        let equation = row.low == row.high;
        let mut meet = |limit: f64, price: f64, held: RowPlace, beyond: RowPlace| {
            let at = ((limit - value) / rate).max(0.0);
            if at <= 1.0 {
                events.push(Event { at, end: End::Row(r, held), past: Some((price * size, beyond)) });
            }
        };
        let (below, above) = (self.rows[r] == RowPlace::Below, self.rows[r] == RowPlace::Above);
        if equation {
            if (rate > 0.0 && below) || (rate < 0.0 && above) {
                let beyond = if below { RowPlace::Above } else { RowPlace::Below };
                meet(row.low, 2.0 * row.price, RowPlace::AtLow, beyond);
            }
        } else if rate > 0.0 && !above {
            if below {
                meet(row.low, row.price, RowPlace::AtLow, RowPlace::Within);
            }
            if row.high < f64::INFINITY {
                meet(row.high, row.price, RowPlace::AtHigh, RowPlace::Above);
            }
        } else if rate < 0.0 && !below {
            if above {
                meet(row.high, row.price, RowPlace::AtHigh, RowPlace::Within);
            }
            if row.low > f64::NEG_INFINITY {
                meet(row.low, row.price, RowPlace::AtLow, RowPlace::Below);
            }
        }
    }
}
