//! One bar: every running strategy sees it, what they order is scaled, judged, netted and filled, and everybody is observed (P3).

use super::{AlertKind, Performance, Portfolio, State};
use crate::config::portfolio::OnStrategyError;
use crate::error::{Code, Problem};
use crate::ledger::{SymbolId, View, VirtualFill};
use crate::money::{Money, Price, Quantity, Share, mul_div, notional};
use crate::netting::{self, Netting, Order, commission};
use crate::units::UnixNanos;
use std::collections::{BTreeMap, BTreeSet};

/// What all strategies see of the market at one time.
#[derive(Clone, Copy, Debug)]
pub struct Bar<'a> {
    /// When.
    pub time: UnixNanos,
    /// Known prices by symbol.
    pub prices: &'a BTreeMap<String, Price>,
}

/// A strategy's decision: orders, or why it failed. The strategy named in an order is set by the caller, not by the strategy.
pub type Decision = Result<Vec<Order>, String>;

impl Portfolio {
    /// Carries out one bar. `decide` is asked for each running strategy in the order of names, with its own books and the bar.
    ///
    /// # Errors
    /// A time that is not after the last bar; amounts that cannot be booked, then nothing of the bar is.
    pub fn bar(
        &mut self,
        time: UnixNanos,
        prices: &BTreeMap<String, Price>,
        mut decide: impl FnMut(View<'_>, &Bar<'_>) -> Decision,
    ) -> Result<(), Problem> {
        if self.last_bar.is_some_and(|last| time <= last) {
            let message = format!("The bar of {time} is not after the last.");
            return super::refuse(Code::Duplicate, "/time", message, "Give one bar for each time, in order.");
        }
        self.at(time)?;
        self.begin_day(time);
        for (symbol, price) in prices {
            let symbol = self.ledger.symbol(symbol)?;
            self.ledger.mark(symbol, *price);
        }
        let running: Vec<String> =
            self.members.iter().filter(|(_, member)| member.state == State::Running).map(|(name, _)| name.clone()).collect();
        let bar = Bar { time, prices };
        let mut failed = BTreeSet::new();
        let mut orders = Vec::new();
        for name in &running {
            let Some(view) = self.view_of(name) else { continue };
            match decide(view, &bar) {
                Ok(wanted) => {
                    for order in wanted {
                        orders.extend(self.scaled(Order { strategy: name.clone(), ..order }));
                    }
                }
                Err(why) => {
                    failed.insert(name.clone());
                    self.failed(name, &why)?;
                }
            }
        }
        let orders = self.gated(orders);
        self.trade(orders, "bar")?;
        self.last_bar = Some(time);
        self.executions = self.executions.saturating_add(1);
        for name in running.iter().filter(|name| !failed.contains(*name)) {
            let capital = self.capital_of(name);
            let value = self.view_of(name).map_or(Money::ZERO, View::value);
            if let Some(member) = self.members.get_mut(name) {
                member.performance.observe(time, value, capital);
            }
        }
        let (value, capital) = (self.ledger.value(), self.ledger.contributed());
        Performance::observe(&mut self.whole, time, value, capital);
        self.apply_policies()
    }

    fn failed(&mut self, name: &str, why: &str) -> Result<(), Problem> {
        let next = match self.config.on_strategy_error {
            OnStrategyError::Pause => "it is paused",
            OnStrategyError::Continue => "it misses this bar",
        };
        self.alert(AlertKind::StrategyFailed, name, None, None, format!("{name} failed: {why}; {next}."));
        if self.config.on_strategy_error == OnStrategyError::Pause {
            self.pause(name)?;
        }
        Ok(())
    }

    /// The order as it may leave its strategy: with a price, and opening no more than equity and buffer. What closes always passes.
    fn scaled(&mut self, order: Order) -> Option<Order> {
        let path = format!("/{}/{}", order.strategy, order.symbol);
        let symbol = self.ledger.symbol(&order.symbol).ok()?;
        let Some(price) = self.ledger.price(symbol) else {
            let message = format!("{} has no price; the order of {} for it is dropped.", order.symbol, order.strategy);
            self.warn(Code::OrderDropped, path, message, "Give a price of every symbol that is traded.");
            return None;
        };
        let view = self.view_of(&order.strategy)?;
        let held = view.quantity(symbol);
        let size = order.quantity.abs();
        let closing = if held.is_negative() == order.quantity.is_negative() { Quantity::ZERO } else { size.min(held.abs()) };
        let equity = view.value();
        let buffer = Share::from_f64(self.config.buffer).unwrap_or(Share::ZERO);
        let most = (equity + equity.part(buffer)).max(Money::ZERO);
        let opening = size - closing;
        if notional(opening, price).is_some_and(|wanted| wanted <= most) {
            return Some(order);
        }
        let affordable = in_units_of(size, shares_for(most, price));
        let quantity = closing + affordable;
        let message = format!(
            "{} ordered {} {} at {price}, more than its equity of {equity} and the buffer; scaled down to {quantity}.",
            order.strategy, order.quantity, order.symbol
        );
        self.warn(Code::OrderScaled, path, message, "Order less, allocate more, or raise `buffer`.");
        let quantity = if order.quantity.is_negative() { -quantity } else { quantity };
        (!quantity.is_zero()).then_some(Order { quantity, ..order })
    }

    /// Sells positions at stated prices, in one netted execution.
    pub(super) fn sell(&mut self, sells: Vec<(String, SymbolId, Quantity, Price)>, reason: &str) -> Result<(), Problem> {
        let mut orders = Vec::new();
        for (strategy, symbol, quantity, price) in sells {
            if self.ledger.price(symbol).is_none() {
                self.ledger.mark(symbol, price);
            }
            let symbol = self.ledger.symbol_name(symbol).to_owned();
            orders.push(Order { symbol, strategy, id: None, limit_price: None, quantity });
        }
        self.trade(orders, reason)
    }

    /// Nets orders, fills what leaves at known prices, and books all of it in one transaction.
    pub(super) fn trade(&mut self, orders: Vec<Order>, reason: &str) -> Result<(), Problem> {
        if orders.is_empty() {
            return Ok(());
        }
        let mut fair = BTreeMap::new();
        for order in &orders {
            let symbol = self.ledger.symbol(&order.symbol)?;
            if let Some(price) = self.ledger.price(symbol) {
                fair.insert(order.symbol.clone(), price);
            }
        }
        let mut netting = netting::net(orders, &fair, &self.config.netting);
        self.fill_outside(&mut netting, &fair)?;
        let (fills, fee_outside) = self.booked(&netting, &fair)?;
        if !fills.is_empty() {
            self.ledger.execute(self.now, &fills, fee_outside, Some(reason))?;
        }
        Ok(())
    }

    /// Fills every order that left, wave after wave, at the known price made worse by the slippage; a limit that it breaks lapses.
    fn fill_outside(&self, netting: &mut Netting, fair: &BTreeMap<String, Price>) -> Result<(), Problem> {
        let mut order: Vec<usize> = (0..netting.outside.len()).collect();
        order.sort_by_key(|&i| netting.outside[i].wave);
        for i in order {
            let outside = &netting.outside[i];
            let Some(price) = fair.get(&outside.symbol) else { continue };
            let sell = outside.quantity.is_negative();
            let price = self.slipped(*price, sell);
            let acceptable = match outside.limit_price {
                None => true,
                Some(limit) if sell => price >= limit,
                Some(limit) => price <= limit,
            };
            if acceptable {
                let quantity = outside.quantity;
                netting.fill(i, quantity, price)?;
            }
        }
        Ok(())
    }

    /// The fills as the books take them, and what is paid for trading outside.
    fn booked(&mut self, netting: &Netting, fair: &BTreeMap<String, Price>) -> Result<(Vec<VirtualFill>, Money), Problem> {
        let costs = &self.config.netting.commission;
        let unknown = || Problem::internal("a filled order has no commission");
        let mut fills: Vec<VirtualFill> = Vec::with_capacity(netting.pieces.len());
        let mut fees_due: Vec<Option<Money>> = Vec::with_capacity(netting.orders.len());
        let mut fees = Money::ZERO;
        for progress in &netting.orders {
            let price = fair.get(&progress.order.symbol).copied();
            let fee = commission(progress.crossed + progress.filled, price, costs).ok_or_else(unknown)?;
            fees += fee;
            fees_due.push(Some(fee));
        }
        for piece in &netting.pieces {
            let order = &netting.orders[piece.order].order;
            let Some(member) = self.members.get(&order.strategy) else { return Err(unknown()) };
            let Some(price) = piece.price else { return Err(unknown()) };
            let symbol = self.ledger.symbol(&order.symbol)?;
            let fee = fees_due.get_mut(piece.order).and_then(Option::take).unwrap_or(Money::ZERO);
            let (crossed, outside) =
                if piece.inside { (piece.quantity, Quantity::ZERO) } else { (Quantity::ZERO, piece.quantity) };
            fills.push(VirtualFill {
                strategy: member.id,
                symbol,
                crossed,
                crossed_price: price,
                outside,
                outside_price: price,
                fee,
            });
        }
        let mut paid = Money::ZERO;
        for outside in &netting.outside {
            let price = fair.get(&outside.symbol).copied();
            paid += commission(outside.filled, price, &self.config.netting.commission).ok_or_else(unknown)?;
        }
        // Rounding of rates may bring the sum of the parts a unit of the last place below the whole.
        Ok((fills, paid.min(fees)))
    }
}

/// How many shares an amount buys, rounded down.
pub(super) fn shares_for(amount: Money, price: Price) -> Quantity {
    if !amount.is_positive() {
        return Quantity::ZERO;
    }
    let units = mul_div(amount.units().unsigned_abs(), 10_u128.pow(Quantity::PLACES), price.units().unsigned_abs()).0;
    let most = Quantity::whole(Quantity::MAX);
    i128::try_from(units).map_or(most, Quantity::from_units).min(most)
}

/// Rounded down to the unit in which another quantity was meant: whole shares stay whole.
pub(super) fn in_units_of(meant: Quantity, quantity: Quantity) -> Quantity {
    let mut unit = 10_i128.pow(Quantity::PLACES);
    while meant.units() % unit != 0 {
        unit /= 10;
    }
    Quantity::from_units(quantity.units() / unit * unit)
}
