//! Orders of all strategies become few outside: what is opposite meets inside, the rest is sent, and what comes back is shared out
//! so that not a share is lost (P6).
//!
//! 1. **Groups.** Orders of one symbol, type and limit price are one group. Its buys B and sells S meet up to min(B, S): a limit group
//!    at its limit, a market group at the fair price of the symbol.
//! 2. **Across groups** (`cross_groups`). What is left meets where both sides accept the fair price, the most eager first (market before
//!    limit, higher buys and lower sells first). Where no fair price is known, two limits that overlap meet in their middle.
//! 3. **Outside.** One order for what is left of each group. Two of ours that could still meet out there (market against any, or
//!    overlapping limits) are put into waves: a later wave leaves when the earlier is filled or cancelled. So our orders never trade
//!    with each other, also with `netting_enabled: false`, where nothing is crossed and every order is sent by itself.
//! 4. **Virtual fills.** Whatever is met or filled is shared out in proportion to what each order still wants, by the largest remainder in
//!    whole units: signed sums are exact, nobody gets more than he asked for.
//!
//! **Conventions.** Orders are put in the order of symbol, strategy, id, limit and quantity first; ties in a remainder go to the earlier. An order
//! for no shares is dropped with a warning.

mod order;

pub use order::Order;

use crate::config::netting::{CommissionConfig, NettingConfig, ShareRounding};
use crate::error::{Code, Problem};
use crate::money::{Money, Price, Quantity, apportion, notional};
use order::accepts;
use std::collections::BTreeMap;

/// Most orders of one netting.
pub const ORDERS_MAX: usize = 100_000;

/// One order on its way through.
#[derive(Clone, Debug, PartialEq)]
pub struct Progress {
    /// The order.
    pub order: Order,
    /// Shares met inside; signed as the order.
    pub crossed: Quantity,
    /// Shares filled outside; signed as the order.
    pub filled: Quantity,
}

impl Progress {
    /// Shares still wanted.
    pub fn open(&self) -> Quantity {
        self.order.quantity - self.crossed - self.filled
    }
}

/// Two groups that met inside.
#[derive(Clone, Debug, PartialEq)]
pub struct Cross {
    /// What.
    pub symbol: String,
    /// Shares that changed hands.
    pub quantity: Quantity,
    /// At what price; `None` where no price is known, then it is that of the fill outside.
    pub price: Option<Price>,
}

/// An order that leaves the house.
#[derive(Clone, Debug, PartialEq)]
pub struct Outside {
    /// What.
    pub symbol: String,
    /// The worst price that it accepts.
    pub limit_price: Option<Price>,
    /// Shares to buy; negative to sell.
    pub quantity: Quantity,
    /// When it leaves: after all of a lower wave of the symbol are filled or cancelled.
    pub wave: u32,
    /// Shares filled so far.
    pub filled: Quantity,
    /// The orders behind it, by place, each with what it wants of it.
    pub behind: Vec<(usize, Quantity)>,
}

/// A part of an order that was executed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Piece {
    /// Place of the order.
    pub order: usize,
    /// Shares; signed as the order.
    pub quantity: Quantity,
    /// At what price; `None` for a cross whose price is not known.
    pub price: Option<Price>,
    /// Whether it met inside.
    pub inside: bool,
}

/// What netting made of some orders.
#[derive(Clone, Debug, PartialEq)]
pub struct Netting {
    /// The orders in canonical order.
    pub orders: Vec<Progress>,
    /// What met inside.
    pub crosses: Vec<Cross>,
    /// What leaves.
    pub outside: Vec<Outside>,
    /// What was executed, order by order as it happened.
    pub pieces: Vec<Piece>,
    /// Orders for no shares, which were dropped.
    pub dropped: usize,
    shares: ShareRounding,
}

/// Orders of one symbol, type and limit price, on one side, while they are being crossed.
struct Side {
    limit: Option<Price>,
    sell: bool,
    /// Places of the orders.
    orders: Vec<usize>,
}

/// Nets orders at fair prices.
pub fn net(mut orders: Vec<Order>, prices: &BTreeMap<String, Price>, config: &NettingConfig) -> Netting {
    let before = orders.len();
    orders.retain(|order| !order.quantity.is_zero());
    orders.sort();
    let dropped = before - orders.len();
    let start = |order| Progress { order, crossed: Quantity::ZERO, filled: Quantity::ZERO };
    let mut netting = Netting {
        orders: orders.into_iter().map(start).collect(),
        crosses: Vec::new(),
        outside: Vec::new(),
        pieces: Vec::new(),
        dropped,
        shares: config.shares,
    };
    let mut first = 0;
    while let Some(progress) = netting.orders.get(first) {
        let symbol = progress.order.symbol.clone();
        let last = first + netting.orders[first..].iter().take_while(|other| other.order.symbol == symbol).count();
        let fair = prices.get(&symbol).copied();
        if config.netting_enabled {
            netting.cross_symbol(&symbol, first..last, fair, config.cross_groups);
        } else {
            for place in first..last {
                let order = &netting.orders[place].order;
                let outside = Outside {
                    symbol: symbol.clone(),
                    limit_price: order.limit_price,
                    quantity: order.quantity,
                    wave: 0,
                    filled: Quantity::ZERO,
                    behind: vec![(place, order.quantity)],
                };
                netting.outside.push(outside);
            }
        }
        first = last;
    }
    netting.put_in_waves();
    netting
}

impl Netting {
    fn cross_symbol(&mut self, symbol: &str, places: std::ops::Range<usize>, fair: Option<Price>, across: bool) {
        // Market first, then limits upwards; a map keeps them in that order.
        let mut groups: BTreeMap<Option<Price>, (Side, Side)> = BTreeMap::new();
        for place in places {
            let Progress { order, .. } = &self.orders[place];
            let limit = order.limit_price;
            let empty = |sell| Side { limit, sell, orders: Vec::new() };
            let (buys, sells) = groups.entry(limit).or_insert_with(|| (empty(false), empty(true)));
            let side = if order.quantity.is_negative() { sells } else { buys };
            side.orders.push(place);
        }
        for (limit, (buys, sells)) in &groups {
            self.meet(symbol, buys, sells, limit.or(fair));
        }
        if across {
            // The most eager first: market, then the highest buys and the lowest sells.
            let eager = |side: &Side| self.wanted(side).is_positive();
            let (buys, sells): (Vec<&Side>, Vec<&Side>) = groups.values().map(|(buys, sells)| (buys, sells)).unzip();
            let mut buys: Vec<&Side> = buys.into_iter().filter(|side| eager(side)).collect();
            let sells: Vec<&Side> = sells.into_iter().filter(|side| eager(side)).collect();
            let market = buys.iter().take_while(|side| side.limit.is_none()).count();
            buys[market..].reverse();
            for buy in &buys {
                for sell in &sells {
                    if let Some(price) = meeting_price(buy, sell, fair) {
                        self.meet(symbol, buy, sell, Some(price));
                    }
                }
            }
        }
        for (limit, (buys, sells)) in groups {
            for side in [sells, buys] {
                let behind: Vec<(usize, Quantity)> =
                    side.orders.iter().map(|&place| (place, self.orders[place].open())).collect();
                let behind: Vec<(usize, Quantity)> = behind.into_iter().filter(|(_, open)| !open.is_zero()).collect();
                let quantity: Quantity = behind.iter().map(|(_, open)| *open).sum();
                if !quantity.is_zero() {
                    let symbol = symbol.to_owned();
                    self.outside.push(Outside { symbol, limit_price: limit, quantity, wave: 0, filled: Quantity::ZERO, behind });
                }
            }
        }
    }

    /// Shares that a side still wants, by size.
    fn wanted(&self, side: &Side) -> Quantity {
        side.orders.iter().map(|&place| self.orders[place].open().abs()).sum()
    }

    /// Lets two sides meet as far as both want.
    fn meet(&mut self, symbol: &str, buys: &Side, sells: &Side, price: Option<Price>) {
        let quantity = self.wanted(buys).min(self.wanted(sells));
        if quantity.is_zero() {
            return;
        }
        for side in [buys, sells] {
            for (place, part) in self.shared(quantity, &side.orders) {
                let part = if side.sell { -part } else { part };
                self.orders[place].crossed += part;
                self.pieces.push(Piece { order: place, quantity: part, price, inside: true });
            }
        }
        self.crosses.push(Cross { symbol: symbol.to_owned(), quantity, price });
    }

    /// Shares out `quantity` (its size) among orders in proportion to what each still wants; those that get nothing are left out.
    fn shared(&self, quantity: Quantity, places: &[usize]) -> Vec<(usize, Quantity)> {
        let open: Vec<u128> = places.iter().map(|&place| self.orders[place].open().units().unsigned_abs()).collect();
        let total = quantity.units().unsigned_abs();
        let unit = match self.shares {
            ShareRounding::Finest => 1,
            ShareRounding::AsOrdered => open.iter().fold(unit_of(total), |unit, open| unit.min(unit_of(*open))),
        };
        let weights: Vec<u128> = open.iter().map(|open| open / unit).collect();
        let parts = apportion(total / unit, &weights);
        let quantity = |part: u128| Quantity::from_units(i128::try_from(part * unit).unwrap_or(i128::MAX));
        places.iter().copied().zip(parts).filter(|(_, part)| *part > 0).map(|(place, part)| (place, quantity(part))).collect()
    }

    /// Buys that could meet a sell of ours out there leave after it.
    fn put_in_waves(&mut self) {
        let sells: Vec<(String, Option<Price>)> = self
            .outside
            .iter()
            .filter(|order| order.quantity.is_negative())
            .map(|order| (order.symbol.clone(), order.limit_price))
            .collect();
        for order in self.outside.iter_mut().filter(|order| order.quantity.is_positive()) {
            let from = sells.partition_point(|(symbol, _)| *symbol < order.symbol);
            let mut same = sells[from..].iter().take_while(|(symbol, _)| *symbol == order.symbol);
            let meets = |sell: Option<Price>| match (order.limit_price, sell) {
                (Some(buy), Some(sell)) => buy >= sell,
                _ => true,
            };
            order.wave = u32::from(same.any(|(_, sell)| meets(*sell)));
        }
    }

    /// Takes in a fill of an order that left: shares (by size or signed as the order) and their price.
    ///
    /// # Errors
    /// No such order, shares of the other side, more shares than are open, a price that the order does not accept.
    pub fn fill(&mut self, outside: usize, quantity: Quantity, price: Price) -> Result<(), Problem> {
        let refuse = |code, path: &str, message: String, hint: &str| Err(Problem::new(code, path, message, hint));
        let Some(order) = self.outside.get(outside) else {
            let message = format!("There is no order {outside}; {} left the house.", self.outside.len());
            return refuse(Code::NotFound, "/order", message, "Give the place of an order in `outside`, from 0.");
        };
        if quantity.is_zero() || (quantity.is_negative() && order.quantity.is_positive()) {
            let message = format!("A fill of {quantity} shares, of an order for {}.", order.quantity);
            return refuse(Code::OutOfRange, "/quantity", message, "Give shares above 0, or signed as the order.");
        }
        let open = order.quantity.abs() - order.filled.abs();
        let size = quantity.abs();
        if size > open {
            let message = format!("{size} shares were filled, and {open} were open.");
            return refuse(Code::OutOfRange, "/quantity", message, "More cannot be filled than was ordered.");
        }
        if !accepts(order.quantity.is_negative(), order.limit_price, price) {
            let limit = order.limit_price.unwrap_or(price);
            let message = format!("A fill at {price} is worse than the limit {limit}.");
            return refuse(Code::OutOfRange, "/price", message, "Check the price of the fill.");
        }
        let sell = order.quantity.is_negative();
        let places: Vec<usize> = order.behind.iter().map(|(place, _)| *place).collect();
        for (place, part) in self.shared(size, &places) {
            let part = if sell { -part } else { part };
            self.orders[place].filled += part;
            self.pieces.push(Piece { order: place, quantity: part, price: Some(price), inside: false });
        }
        let order = &mut self.outside[outside];
        order.filled += if sell { -size } else { size };
        // A market order that met inside without a known price met at what the market paid first.
        if order.limit_price.is_none() {
            let symbol = order.symbol.clone();
            for piece in self.pieces.iter_mut().filter(|piece| piece.inside && piece.price.is_none()) {
                if self.orders[piece.order].order.symbol == symbol {
                    piece.price = Some(price);
                }
            }
            for cross in self.crosses.iter_mut().filter(|cross| cross.price.is_none() && cross.symbol == symbol) {
                cross.price = Some(price);
            }
        }
        Ok(())
    }
}

/// At which price two sides meet, if at any.
fn meeting_price(buy: &Side, sell: &Side, fair: Option<Price>) -> Option<Price> {
    match fair {
        Some(fair) => (accepts(false, buy.limit, fair) && accepts(true, sell.limit, fair)).then_some(fair),
        None => match (buy.limit, sell.limit) {
            (Some(high), Some(low)) if high >= low => {
                // The middle, rounded half to even.
                let sum = high.units() + low.units();
                let half = sum / 2;
                Some(Price::from_units(half + i128::from(sum % 2 != 0 && half % 2 != 0)))
            }
            _ => None,
        },
    }
}

/// The largest power of ten that divides some units of a quantity: the unit in which it was meant.
fn unit_of(units: u128) -> u128 {
    let mut unit = 10_u128.pow(Quantity::PLACES);
    while !units.is_multiple_of(unit) {
        unit /= 10;
    }
    unit
}

/// What one order costs; `None` where its rate needs a price that is not known, or beyond the largest amount.
pub fn commission(quantity: Quantity, price: Option<Price>, config: &CommissionConfig) -> Option<Money> {
    if quantity.is_zero() {
        return Some(Money::ZERO);
    }
    let setting = |value: f64| Price::from_f64(value).unwrap_or(Price::ZERO);
    let mut cost = notional(quantity.abs(), setting(config.per_share))?;
    if config.rate_bps > 0.0 {
        let traded = notional(quantity.abs(), price?)?;
        cost += basis_points(traded, config.rate_bps);
    }
    Some(cost.max(Money::from_f64(config.minimum).unwrap_or(Money::ZERO)))
}

/// So many basis points of an amount, rounded down.
pub fn basis_points(amount: Money, bps: f64) -> Money {
    crate::money::Share::from_f64(bps / 10_000.0).map_or(Money::ZERO, |share| amount.part(share))
}

#[cfg(test)]
mod tests;
