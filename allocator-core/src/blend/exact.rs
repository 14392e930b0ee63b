//! The last bits: values that are exactly the sum of their terms, and caps that hold exactly.

use crate::frame::SignalBook;

/// Final weight of every symbol: the sum of its rows' values, strategies in order.
pub(super) fn weights(book: &SignalBook, value: &[f64]) -> Vec<f64> {
    let mut weights = vec![0.0; book.symbols().len()];
    for (&symbol, value) in book.symbol_indices().iter().zip(value) {
        weights[symbol as usize] += value;
    }
    weights
}

/// The terms of every row's value: `(normalised + changed) + scaled`.
pub(super) struct Terms {
    pub(super) normalised: Vec<f64>,
    pub(super) changed: Vec<f64>,
    pub(super) scaled: Vec<f64>,
}

impl Terms {
    /// Splits `value` into the base and what the fill changed; where the bits do not allow it, the value gives way toward zero.
    pub(super) fn new(base: Vec<f64>, value: &[f64]) -> Self {
        let mut changed = value.to_vec();
        for (change, &base) in changed.iter_mut().zip(&base) {
            let value = *change;
            *change -= base;
            while (base + *change).abs() > value.abs() {
                *change = toward(*change, base + *change > 0.0);
            }
        }
        let scaled = vec![0.0; base.len()];
        Terms { normalised: base, changed, scaled }
    }

    /// The value of row `i`.
    fn value(&self, i: usize) -> f64 {
        (self.normalised[i] + self.changed[i]) + self.scaled[i]
    }

    /// The values of all rows.
    pub(super) fn values(&self) -> Vec<f64> {
        (0..self.normalised.len()).map(|i| self.value(i)).collect()
    }

    /// Multiplies the rows of every symbol by its factor, 0 to 1.
    pub(super) fn scale(&mut self, book: &SignalBook, factor: &[f64]) {
        if factor.iter().all(|factor| *factor >= 1.0) {
            return;
        }
        for (i, &symbol) in book.symbol_indices().iter().enumerate() {
            let factor = factor[symbol as usize];
            if factor < 1.0 {
                let value = self.value(i);
                self.scaled[i] = value * factor - value;
            }
        }
    }

    /// Answers the values after taking units in the last place off the largest row wherever values, summed in order, exceed a cap.
    ///
    /// Rows give way that pull their symbol's net weight outward, so that mending a strategy's cap cannot break a symbol's.
    pub(super) fn hold_caps(&mut self, book: &SignalBook, strategy_caps: &[f64], symbol_max: Option<f64>) -> Vec<f64> {
        let mut value = self.values();
        for (s, &cap) in strategy_caps.iter().enumerate().filter(|(_, cap)| cap.is_finite()) {
            let range = book.range(s);
            let over = |value: &[f64]| value[range.clone()].iter().map(|value| value.abs()).sum::<f64>() > cap;
            if over(&value) {
                let net = weights(book, &value);
                let outward = |i: usize| value[i] * net[book.symbol_indices()[i] as usize] > 0.0;
                let best = range
                    .clone()
                    .max_by(|&a, &b| outward(a).cmp(&outward(b)).then(value[a].abs().total_cmp(&value[b].abs())).then(b.cmp(&a)));
                if let Some(row) = best {
                    self.shave(row, &mut value, over);
                }
            }
        }
        if let Some(cap) = symbol_max {
            let over: Vec<usize> =
                weights(book, &value).iter().enumerate().filter(|(_, weight)| weight.abs() > cap).map(|(j, _)| j).collect();
            for j in over {
                let rows: Vec<usize> = book
                    .symbol_indices()
                    .iter()
                    .enumerate()
                    .filter(|(_, symbol)| **symbol as usize == j)
                    .map(|(i, _)| i)
                    .collect();
                let net = |value: &[f64]| rows.iter().fold(0.0, |net, &i| net + value[i]);
                let side = net(&value);
                let largest = rows
                    .iter()
                    .copied()
                    .filter(|&i| value[i] * side > 0.0)
                    .max_by(|&a, &b| value[a].abs().total_cmp(&value[b].abs()).then(b.cmp(&a)));
                if let Some(row) = largest {
                    self.shave(row, &mut value, |value| net(value).abs() > cap);
                }
            }
        }
        value
    }

    /// Moves a row's change toward zero value, a little more each time, until `too_much` is over. Bounded: the steps double.
    fn shave(&mut self, row: usize, value: &mut [f64], too_much: impl Fn(&[f64]) -> bool) {
        let positive = value[row] > 0.0;
        let mut step = f64::EPSILON * value[row].abs() / 2.0;
        for _ in 0..60 {
            if !too_much(value) {
                return;
            }
            self.changed[row] += if positive { -step } else { step };
            value[row] = self.value(row);
            step *= 2.0;
        }
    }
}

/// The neighbour of `x` that makes a sum with it smaller (`down`) or larger.
fn toward(x: f64, down: bool) -> f64 {
    if down { x.next_down() } else { x.next_up() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_its_terms_and_never_beyond_what_was_filled() {
        // Pairs whose difference f64 cannot hold exactly.
        for (base, value) in [(1.0, 0.4 / 3.0), (0.1, 0.7), (-1.0, -0.1 / 3.0), (0.3, 0.3), (0.2, 0.0)] {
            let terms = Terms::new(vec![base], &[value]);
            let got = terms.values()[0];
            assert!(got.abs() <= value.abs() && (got - value).abs() < 1e-15, "{base} {value} {got}");
        }
    }
}
