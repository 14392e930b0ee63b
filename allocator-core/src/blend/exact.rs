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
        let changed = base
            .iter()
            .zip(value)
            .map(|(&base, &value)| {
                let mut change = value - base;
                while (base + change).abs() > value.abs() {
                    change = toward(change, base + change > 0.0);
                }
                change
            })
            .collect();
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
        for (i, &symbol) in book.symbol_indices().iter().enumerate() {
            let factor = factor[symbol as usize];
            if factor < 1.0 {
                let value = self.value(i);
                self.scaled[i] = value * factor - value;
            }
        }
    }

    /// Takes units in the last place off the largest row while the values, summed in order, exceed a cap.
    ///
    /// Rows give way that pull their symbol's net weight outward, so that mending a strategy's cap cannot break a symbol's.
    pub(super) fn hold_caps(&mut self, book: &SignalBook, strategy_caps: &[f64], symbol_max: Option<f64>) {
        for (s, &cap) in strategy_caps.iter().enumerate().filter(|(_, cap)| cap.is_finite()) {
            let range = book.range(s);
            let gross = |terms: &Self| range.clone().map(|i| terms.value(i).abs()).sum::<f64>();
            if gross(self) > cap {
                let net = weights(book, &self.values());
                let outward = |terms: &Self, i: usize| terms.value(i) * net[book.symbol_indices()[i] as usize] > 0.0;
                let best = range.clone().max_by(|&a, &b| {
                    let key = |i: usize| (outward(self, i), self.value(i).abs());
                    let (ka, kb) = (key(a), key(b));
                    ka.0.cmp(&kb.0).then(ka.1.total_cmp(&kb.1)).then(b.cmp(&a))
                });
                if let Some(row) = best {
                    self.shave(row, |terms| gross(terms) > cap);
                }
            }
        }
        if let Some(cap) = symbol_max {
            let over: Vec<usize> =
                weights(book, &self.values()).iter().enumerate().filter(|(_, weight)| weight.abs() > cap).map(|(j, _)| j).collect();
            for j in over {
                let rows: Vec<usize> =
                    book.symbol_indices().iter().enumerate().filter(|(_, symbol)| **symbol as usize == j).map(|(i, _)| i).collect();
                let net = |terms: &Self| rows.iter().fold(0.0, |net, &i| net + terms.value(i));
                let side = net(self);
                let largest = rows
                    .iter()
                    .copied()
                    .filter(|&i| self.value(i) * side > 0.0)
                    .max_by(|&a, &b| self.value(a).abs().total_cmp(&self.value(b).abs()).then(b.cmp(&a)));
                if let Some(row) = largest {
                    self.shave(row, |terms| net(terms).abs() > cap);
                }
            }
        }
    }

    /// Moves the last term of a row toward zero value, a little more each time, until `too_much` is over. Bounded: the steps double.
    fn shave(&mut self, row: usize, too_much: impl Fn(&Self) -> bool) {
        let positive = self.value(row) > 0.0;
        let mut step = f64::EPSILON * self.value(row).abs() / 2.0;
        for _ in 0..60 {
            if !too_much(self) {
                return;
            }
            self.changed[row] += if positive { -step } else { step };
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
