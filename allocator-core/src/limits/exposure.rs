//! What a portfolio holds, and how much of it: the state that limits judge.

use crate::money::{Money, Price, Quantity, notional};
use std::collections::BTreeMap;

/// Positions of all strategies, at known prices.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Exposure {
    /// Shares by symbol and strategy; none of them zero.
    held: BTreeMap<String, BTreeMap<String, Quantity>>,
    prices: BTreeMap<String, Price>,
}

/// The sum, or `None` beyond the largest amount.
fn bounded(total: Money) -> Option<Money> {
    (total.abs() <= Money::whole(Money::MAX)).then_some(total)
}

impl Exposure {
    /// No positions, at some prices.
    pub fn new(prices: BTreeMap<String, Price>) -> Self {
        Exposure { held: BTreeMap::new(), prices }
    }

    /// The price of a symbol.
    pub fn price(&self, symbol: &str) -> Option<Price> {
        self.prices.get(symbol).copied()
    }

    /// A price for a symbol that has none.
    pub fn price_if_none(&mut self, symbol: &str, price: Price) {
        self.prices.entry(symbol.to_owned()).or_insert(price);
    }

    /// Shares that a strategy holds.
    pub fn quantity(&self, strategy: &str, symbol: &str) -> Quantity {
        self.held.get(symbol).and_then(|by| by.get(strategy)).copied().unwrap_or(Quantity::ZERO)
    }

    /// A strategy gets shares.
    pub fn add(&mut self, strategy: &str, symbol: &str, quantity: Quantity) {
        let by = self.held.entry(symbol.to_owned()).or_default();
        let after = by.get(strategy).copied().unwrap_or(Quantity::ZERO) + quantity;
        if after.is_zero() {
            by.remove(strategy);
        } else {
            by.insert(strategy.to_owned(), after);
        }
    }

    /// Money in one symbol: positions of all strategies by size. `None` without a price, or beyond the largest amount.
    pub fn in_symbol(&self, symbol: &str) -> Option<Money> {
        let Some(by) = self.held.get(symbol).filter(|by| !by.is_empty()) else { return Some(Money::ZERO) };
        let price = self.price(symbol)?;
        bounded(by.values().map(|quantity| notional(quantity.abs(), price)).sum::<Option<Money>>()?)
    }

    /// Money in all positions by size.
    pub fn gross(&self) -> Option<Money> {
        bounded(self.held.keys().map(|symbol| self.in_symbol(symbol)).sum::<Option<Money>>()?)
    }

    /// Money in all positions, long less short.
    pub fn net(&self) -> Option<Money> {
        let mut total = Money::ZERO;
        for (symbol, by) in self.held.iter().filter(|(_, by)| !by.is_empty()) {
            let price = self.price(symbol)?;
            for quantity in by.values() {
                total += notional(*quantity, price)?;
            }
        }
        bounded(total)
    }

    /// The symbol with most money in it; the first by name where several have as much.
    pub fn largest(&self) -> Option<(&str, Money)> {
        let mut best: Option<(&str, Money)> = None;
        for symbol in self.held.keys() {
            let amount = self.in_symbol(symbol)?;
            if amount.is_positive() && best.is_none_or(|(_, most)| amount > most) {
                best = Some((symbol, amount));
            }
        }
        best
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_and_short_of_two_strategies_do_not_hide_each_other() {
        let mut exposure = Exposure::new(BTreeMap::from([("X".into(), Price::whole(10))]));
        exposure.add("a", "X", Quantity::whole(100));
        exposure.add("b", "X", Quantity::whole(-60));
        assert_eq!((exposure.gross(), exposure.net()), (Some(Money::whole(1_600)), Some(Money::whole(400))));
        assert_eq!(exposure.largest(), Some(("X", Money::whole(1_600))));
        exposure.add("a", "Y", Quantity::whole(1));
        // Without its price nothing is known of the whole.
        assert_eq!((exposure.gross(), exposure.in_symbol("X")), (None, Some(Money::whole(1_600))));
    }
}
