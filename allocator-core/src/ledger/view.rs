//! What one strategy sees: its own books at known prices, and nothing of any other.

use super::{Books, Ledger, Position, SymbolId};
use crate::money::{Money, Price, Quantity};

/// The books of one strategy, to read.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    pub(super) books: &'a Books,
    pub(super) ledger: &'a Ledger,
}

impl<'a> View<'a> {
    /// The strategy's name.
    pub fn name(self) -> &'a str {
        &self.books.name
    }
    /// Cash; below zero it is borrowed.
    pub fn cash(self) -> Money {
        self.books.cash
    }
    /// What it paid for trading.
    pub fn fees(self) -> Money {
        self.books.fees
    }
    /// Capital it was given, less what went back.
    pub fn capital(self) -> Money {
        self.books.capital
    }
    /// Cash and positions at known prices.
    pub fn value(self) -> Money {
        self.cash() + self.positions().map(|(symbol, position)| position.value(self.price_of(symbol, position))).sum()
    }
    /// Value above the capital given: what was earned, after fees. Capital in and out is no profit.
    pub fn profit(self) -> Money {
        self.value() - self.capital()
    }
    /// Profit of what was closed, before fees.
    pub fn realized(self) -> Money {
        self.books.positions.values().map(Position::realized).sum()
    }
    /// Profit of what is open, at known prices.
    pub fn unrealized(self) -> Money {
        self.positions().map(|(symbol, position)| position.value(self.price_of(symbol, position)) - position.cost()).sum()
    }
    /// Money in positions, by size: long and short add up.
    pub fn gross(self) -> Money {
        self.positions().map(|(symbol, position)| position.value(self.price_of(symbol, position)).abs()).sum()
    }
    /// Money in positions, signed.
    pub fn net(self) -> Money {
        self.value() - self.cash()
    }
    /// Shares of a symbol; negative if short.
    pub fn quantity(self, symbol: SymbolId) -> Quantity {
        self.books.positions.get(&symbol).map_or(Quantity::ZERO, Position::quantity)
    }
    /// The position in a symbol, open or closed, if there ever was one.
    pub fn position(self, symbol: SymbolId) -> Option<&'a Position> {
        self.books.positions.get(&symbol)
    }
    /// Open positions, in the order in which the symbols were first used.
    pub fn positions(self) -> impl Iterator<Item = (SymbolId, &'a Position)> {
        self.books.positions.iter().filter(|(_, position)| !position.is_flat()).map(|(symbol, position)| (*symbol, position))
    }
    /// All positions, closed ones too.
    pub fn all_positions(self) -> impl Iterator<Item = (SymbolId, &'a Position)> {
        self.books.positions.iter().map(|(symbol, position)| (*symbol, position))
    }
    /// The known price of a symbol, else the strategy's own last fill; never another strategy's.
    pub fn price_of(self, symbol: SymbolId, position: &Position) -> Price {
        self.ledger.price(symbol).unwrap_or(position.last_fill())
    }
    /// The name of a symbol.
    pub fn symbol_name(self, symbol: SymbolId) -> &'a str {
        self.ledger.symbol_name(symbol)
    }
}
