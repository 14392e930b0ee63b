//! One position: lots with what they cost, and the profit of what was closed.
//!
//! A buy opens a lot, a sell closes lots in the order that the settings say; what goes through zero closes all and opens the rest on the
//! other side. Cost is split in proportion to shares and rounded down in size; the remainder stays with what remains open, so that the
//! cost of all parts is the cost of the whole to the last unit.

use crate::config::portfolio::LotOrder;
use crate::money::{Money, Price, Quantity, mul_div, notional};
use crate::units::UnixNanos;
use std::collections::VecDeque;

/// Shares that were opened together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lot {
    /// When.
    pub opened: UnixNanos,
    /// How many; negative if short.
    pub quantity: Quantity,
    /// What they cost, without fees; for a short, what they brought, with a minus.
    pub cost: Money,
}

/// All lots of one symbol in one strategy; all on one side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    lots: VecDeque<Lot>,
    quantity: Quantity,
    cost: Money,
    realized: Money,
    last_fill: Price,
}

/// The part of `amount` that belongs to `part` of `whole` shares, rounded down in size.
fn in_proportion(amount: Money, part: Quantity, whole: Quantity) -> Money {
    let units = mul_div(amount.units().unsigned_abs(), part.units().unsigned_abs(), whole.units().unsigned_abs()).0;
    let units = i128::try_from(units).unwrap_or(i128::MAX);
    Money::from_units(if amount.is_negative() { -units } else { units })
}

impl Position {
    pub(super) fn new(price: Price) -> Self {
        Position { lots: VecDeque::new(), quantity: Quantity::ZERO, cost: Money::ZERO, realized: Money::ZERO, last_fill: price }
    }

    /// Shares; negative if short.
    pub fn quantity(&self) -> Quantity {
        self.quantity
    }
    /// What the open shares cost, without fees; negative for a short.
    pub fn cost(&self) -> Money {
        self.cost
    }
    /// Profit of what was closed, before fees.
    pub fn realized(&self) -> Money {
        self.realized
    }
    /// The price of the last fill, for a symbol that has no mark.
    pub fn last_fill(&self) -> Price {
        self.last_fill
    }
    /// The open lots, oldest first.
    pub fn lots(&self) -> impl Iterator<Item = &Lot> {
        self.lots.iter()
    }
    /// What the open shares are worth at a price; saturates beyond the largest amount of money.
    pub fn value(&self, price: Price) -> Money {
        let most = if self.quantity.is_negative() { -Money::MAX } else { Money::MAX };
        notional(self.quantity, price).unwrap_or(Money::whole(most))
    }

    /// Takes in a trade: shares gained and what they cost (both negative when sold).
    pub(super) fn trade(&mut self, time: UnixNanos, quantity: Quantity, cost: Money, price: Option<Price>, order: LotOrder) {
        let (mut open, mut paid) = (quantity, cost);
        while !open.is_zero() && !self.quantity.is_zero() && open.is_negative() != self.quantity.is_negative() {
            let lot = match order {
                LotOrder::Lifo => self.lots.back_mut(),
                LotOrder::Fifo | LotOrder::Average => self.lots.front_mut(),
            };
            let Some(lot) = lot else { break };
            let size = if open.abs() < lot.quantity.abs() { open.abs() } else { lot.quantity.abs() };
            // Proceeds of the closed shares, and what they had cost; the last part takes what rounding left.
            let closing = if size == open.abs() { paid } else { in_proportion(paid, size, open) };
            let had_cost = if size == lot.quantity.abs() { lot.cost } else { in_proportion(lot.cost, size, lot.quantity) };
            self.realized -= closing + had_cost;
            let signed = if open.is_negative() { -size } else { size };
            lot.quantity += signed;
            lot.cost -= had_cost;
            let gone = lot.quantity.is_zero();
            self.quantity += signed;
            self.cost -= had_cost;
            open -= signed;
            paid -= closing;
            if gone {
                match order {
                    LotOrder::Lifo => self.lots.pop_back(),
                    LotOrder::Fifo | LotOrder::Average => self.lots.pop_front(),
                };
            }
        }
        if open.is_zero() {
            // Nothing is open any more of this trade; money without shares is profit or loss.
            self.realized -= paid;
        } else {
            match self.lots.back_mut().filter(|lot| order == LotOrder::Average || lot.opened == time) {
                Some(lot) => {
                    lot.quantity += open;
                    lot.cost += paid;
                }
                None => self.lots.push_back(Lot { opened: time, quantity: open, cost: paid }),
            }
            self.quantity += open;
            self.cost += paid;
        }
        if let Some(price) = price {
            self.last_fill = price;
        }
    }

    /// Shares become `numerator` for every `denominator`, rounded half to even; the cost stays. Answers how many shares came.
    pub(super) fn split(&mut self, numerator: u128, denominator: u128) -> Quantity {
        let scaled = |quantity: Quantity| {
            let (mut units, rest) = mul_div(quantity.units().unsigned_abs(), numerator, denominator);
            if rest * 2 > denominator || (rest * 2 == denominator && units % 2 == 1) {
                units += 1;
            }
            let units = i128::try_from(units).unwrap_or(i128::MAX);
            Quantity::from_units(if quantity.is_negative() { -units } else { units })
        };
        let before = self.quantity;
        for lot in &mut self.lots {
            lot.quantity = scaled(lot.quantity);
        }
        self.quantity = self.lots.iter().map(|lot| lot.quantity).sum();
        let price = mul_div(self.last_fill.units().unsigned_abs(), denominator, numerator).0.max(1);
        self.last_fill = Price::from_units(i128::try_from(price).unwrap_or(i128::MAX));
        self.quantity - before
    }

    /// Whether nothing is left to know: no shares and no profit.
    pub fn is_flat(&self) -> bool {
        self.quantity.is_zero()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn traded(order: LotOrder, trades: &[(i64, i64)]) -> Position {
        let mut position = Position::new(Price::whole(1));
        for (day, (quantity, price)) in trades.iter().enumerate() {
            let (quantity, price) = (Quantity::whole(*quantity), Price::whole(*price));
            position.trade(UnixNanos(day as i64), quantity, notional(quantity, price).unwrap(), Some(price), order);
        }
        position
    }

    #[test]
    fn the_order_of_lots_decides_what_was_earned_and_not_how_much_there_is() {
        // 100 at 10, 100 at 14, then 150 sold at 16.
        let trades = [(100, 10), (100, 14), (-150, 16)];
        // FIFO: 100·(16−10) + 50·(16−14) = 700; LIFO: 100·2 + 50·6 = 500; average cost 12: 150·4 = 600.
        for (order, realized, cost) in [(LotOrder::Fifo, 700, 700), (LotOrder::Lifo, 500, 500), (LotOrder::Average, 600, 600)] {
            let position = traded(order, &trades);
            assert_eq!(position.realized(), Money::whole(realized), "{order:?}");
            assert_eq!(position.cost(), Money::whole(cost), "{order:?}");
            assert_eq!(position.quantity(), Quantity::whole(50));
            // Realised and unrealised together do not depend on the order: 150·16 + 50·16 − 1000 − 1400 = 800.
            assert_eq!(position.realized() + position.value(Price::whole(16)) - position.cost(), Money::whole(800));
        }
    }

    #[test]
    fn through_zero_closes_all_and_opens_the_rest() {
        // 100 at 10, 150 sold at 12: 200 earned, 50 short at 12. Bought back at 11: 50 more.
        let position = traded(LotOrder::Fifo, &[(100, 10), (-150, 12)]);
        assert_eq!((position.quantity(), position.cost()), (Quantity::whole(-50), Money::whole(-600)));
        assert_eq!(position.realized(), Money::whole(200));
        let position = traded(LotOrder::Fifo, &[(100, 10), (-150, 12), (50, 11)]);
        assert_eq!((position.quantity(), position.cost(), position.realized()), (Quantity::ZERO, Money::ZERO, Money::whole(250)));
        assert!(position.is_flat());
    }

    #[test]
    fn a_split_changes_shares_and_not_what_they_cost() {
        let mut position = traded(LotOrder::Fifo, &[(30, 10), (1, 12)]);
        assert_eq!(position.split(3, 2), Quantity::parse("15.5").unwrap());
        assert_eq!((position.quantity(), position.cost()), (Quantity::parse("46.5").unwrap(), Money::whole(312)));
        assert_eq!(position.last_fill(), Price::whole(8));
    }
}
