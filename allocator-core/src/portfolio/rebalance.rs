//! Capital between strategies: all of it moves in one transaction, or none (P4).

use super::bar::{in_units_of, shares_for};
use super::{NOISE, Portfolio, State, refuse};
use crate::config::portfolio::{ReduceBy, ShareBase};
use crate::error::{Code, Fault, Faults, Problem};
use crate::ledger::{StrategyId, SymbolId, View};
use crate::money::{Money, Price, Quantity, Share, apportion, mul_div, notional};
use crate::netting::commission;
use crate::wire::At;
use std::collections::BTreeMap;

impl Portfolio {
    /// Brings strategies to shares of the capital. Those that are not named keep what they have, and count.
    ///
    /// What is to leave a strategy leaves its cash; where that is too little, its positions are reduced in proportion first, in kind
    /// to a strategy that gets capital and holds the same, else by selling. Costs of selling may leave a target a little short,
    /// which is said in a warning; nobody's cash falls below zero by it.
    ///
    /// # Errors
    /// Unknown strategies, shares outside 0 to 1 or above 100 % together, more to give back than there is. Nothing changes then.
    pub fn rebalance(
        &mut self,
        shares: &BTreeMap<String, Share>,
        of: Option<ShareBase>,
        reason: Option<&str>,
    ) -> Result<(), Problem> {
        self.check_shares(shares)?;
        let of = of.unwrap_or(self.config.shares_of);
        let base = self.base(of);
        let kept: Money = self.members.keys().filter(|name| !shares.contains_key(*name)).map(|name| self.held(name, of)).sum();
        let named: Share = shares.values().copied().sum();
        let total = named + super::fraction(kept, base)?;
        if total.to_f64() > 1.0 + NOISE {
            let message = format!("New allocations exceed 100%: {}", total.percent());
            return refuse(
                Code::OverAllocated,
                "/allocations",
                message,
                "Give shares of at most 1 together with those not named.",
            );
        }
        self.check_buffer(total, "/allocations")?;
        self.move_capital(shares, of, base, kept, reason)
    }

    fn check_shares(&self, shares: &BTreeMap<String, Share>) -> Result<(), Problem> {
        let mut faults = Faults::new();
        let at = At::Root;
        let at = at.key("allocations");
        if shares.is_empty() {
            faults.push(Fault::new(Code::Empty, at, "No strategy is named.", "Give the share of at least one."));
        }
        for (name, share) in shares {
            if let Err(problem) = self.id_of(name, &at.key(name).to_string()) {
                faults.extend(Faults::from(problem));
            }
            if share.is_negative() || *share > Share::ONE {
                let message = format!("The share of {name} is {}.", share.percent());
                faults.push(Fault::new(Code::OutOfRange, at.key(name), message, "Give a fraction from 0 to 1 (0.40 is 40 %)."));
            }
        }
        faults.finish(Some(()))
    }

    fn move_capital(
        &mut self,
        shares: &BTreeMap<String, Share>,
        of: ShareBase,
        base: Money,
        kept: Money,
        reason: Option<&str>,
    ) -> Result<(), Problem> {
        let named: Share = shares.values().copied().sum();
        // What is left for those named, to the last unit: the parts add up to the whole.
        let total = base.part(named.min(Share::ONE)).min(base - kept);
        let weights: Vec<u128> = shares.values().map(|share| share.units().unsigned_abs()).collect();
        let targets = apportion(total.units().unsigned_abs(), &weights);
        let mut gives: BTreeMap<String, Money> = BTreeMap::new();
        let mut gets: BTreeMap<String, Money> = BTreeMap::new();
        for (name, target) in shares.keys().zip(targets) {
            let delta = Money::from_units(i128::try_from(target).unwrap_or(i128::MAX)) - self.held(name, of);
            if delta.is_negative() {
                gives.insert(name.clone(), -delta);
            } else if delta.is_positive() {
                gets.insert(name.clone(), delta);
            }
        }
        // Only trading can leave something half done; books without it need no copy.
        let is_short = |(name, amount): (&String, &Money)| self.view_of(name).is_some_and(|view| view.cash() < *amount);
        let before = gives.iter().any(is_short).then(|| self.ledger.clone());
        let moved = self.raise_cash(&mut gives, &mut gets).and_then(|()| self.settle(&gives, &gets, reason));
        if let (Err(_), Some(before)) = (&moved, before) {
            self.ledger = before;
        }
        moved
    }

    /// Moves what can be moved, in one transaction.
    fn settle(
        &mut self,
        gives: &BTreeMap<String, Money>,
        gets: &BTreeMap<String, Money>,
        reason: Option<&str>,
    ) -> Result<(), Problem> {
        let mut moves: Vec<(StrategyId, Money)> = Vec::new();
        let mut available = self.ledger.pool();
        for (name, amount) in gives {
            let id = self.id_of(name, "/allocations")?;
            let cash = self.ledger.view(id).map_or(Money::ZERO, View::cash).max(Money::ZERO);
            let given = (*amount).min(cash);
            if given < *amount {
                let message = format!("{name} was to give {amount} back and has {given}.");
                self.warn(Code::TargetMissed, "/allocations", message, "Costs of selling were not part of the plan.");
            }
            available += given;
            moves.push((id, -given));
        }
        let wanted: Money = gets.values().copied().sum();
        let parts = if wanted > available {
            let message = format!("{wanted} were to be given out, and {available} came together.");
            self.warn(Code::TargetMissed, "/allocations", message, "Costs of selling were not part of the plan.");
            let weights: Vec<u128> = gets.values().map(|amount| amount.units().unsigned_abs()).collect();
            let parts = apportion(available.max(Money::ZERO).units().unsigned_abs(), &weights);
            parts.into_iter().map(|part| Money::from_units(i128::try_from(part).unwrap_or(i128::MAX))).collect()
        } else {
            gets.values().copied().collect::<Vec<_>>()
        };
        for (name, amount) in gets.keys().zip(parts) {
            moves.push((self.id_of(name, "/allocations")?, amount));
        }
        moves.retain(|(_, amount)| !amount.is_zero());
        if !moves.is_empty() {
            self.ledger.allocate(self.now, &moves, Some(reason.unwrap_or("rebalance")))?;
        }
        Ok(())
    }

    /// Reduces positions of those whose cash is too little for what they give. What moves in kind is taken off both sides.
    fn raise_cash(&mut self, gives: &mut BTreeMap<String, Money>, gets: &mut BTreeMap<String, Money>) -> Result<(), Problem> {
        let mut sells = Vec::new();
        let names: Vec<String> = gives.keys().cloned().collect();
        for name in names {
            let id = self.id_of(&name, "/allocations")?;
            let Some(view) = self.ledger.view(id) else { continue };
            let wanted = gives.get(&name).copied().unwrap_or(Money::ZERO);
            let short = wanted - view.cash();
            if !short.is_positive() {
                continue;
            }
            let (value, net) = (view.value(), view.net());
            if self.config.reduce_by == ReduceBy::Refuse || wanted > value || !net.is_positive() {
                let message = format!("{name} is to give {wanted} back; it has {} in cash and is worth {value}.", view.cash());
                return refuse(Code::InsufficientCash, "/allocations", message, "Reduce its positions first, or leave it more.");
            }
            let cash = view.cash();
            let mut own = Vec::new();
            for (symbol, quantity, price) in reductions(view, short, net) {
                let kept = if self.config.reduce_by == ReduceBy::InKind && quantity.is_positive() {
                    self.hand_over(&name, (symbol, quantity, price), gives, gets)?
                } else {
                    quantity
                };
                if !kept.is_zero() {
                    own.push((name.clone(), symbol, -kept, price));
                }
            }
            // What costs more than it brings is left alone, and shorts are not bought back with money that is not there.
            own.retain(|(_, _, quantity, price)| !quantity.is_negative() || self.brings(*quantity, *price).is_positive());
            let brought: Money = own.iter().map(|(_, _, quantity, price)| self.brings(*quantity, *price)).sum();
            if (cash + brought).is_negative() {
                own.retain(|(_, _, quantity, _)| quantity.is_negative());
            }
            sells.extend(own);
        }
        if sells.is_empty() { Ok(()) } else { self.sell(sells, "reduced for a rebalance") }
    }

    /// What a trade brings in cash, after slippage and commission; negative for what it costs.
    fn brings(&self, quantity: Quantity, price: Price) -> Money {
        let sell = quantity.is_negative();
        let most = if sell { Money::ZERO } else { Money::whole(Money::MAX) };
        let cost = notional(quantity, self.slipped(price, sell)).unwrap_or(most);
        let fee = commission(quantity, Some(price), &self.config.netting.commission).unwrap_or(Money::ZERO);
        -cost - fee
    }

    /// Moves shares to strategies that get capital and hold the same; answers how many are left to sell.
    fn hand_over(
        &mut self,
        from: &str,
        (symbol, quantity, price): (SymbolId, Quantity, Price),
        gives: &mut BTreeMap<String, Money>,
        gets: &mut BTreeMap<String, Money>,
    ) -> Result<Quantity, Problem> {
        let mut left = quantity;
        for (to, wanted) in gets.iter_mut() {
            let (giver, taker) = (self.id_of(from, "/allocations")?, self.id_of(to, "/allocations")?);
            let holds = self.ledger.view(taker).is_some_and(|view| view.quantity(symbol).is_positive());
            let owed = gives.get(from).copied().unwrap_or(Money::ZERO);
            let part = in_units_of(quantity, left.min(shares_for((*wanted).min(owed), price)));
            if !holds || !part.is_positive() {
                continue;
            }
            let Some(cost) = notional(part, price) else { continue };
            self.ledger.transfer(self.now, (giver, taker), symbol, part, price, Some("in kind for a rebalance"))?;
            *wanted -= cost;
            if let Some(owed) = gives.get_mut(from) {
                *owed -= cost;
            }
            left -= part;
        }
        Ok(left)
    }

    /// How many strategies are there, and how many run.
    pub fn counts(&self) -> (usize, usize) {
        let there = self.members.values().filter(|member| member.state != State::Stopped).count();
        (there, self.members.values().filter(|member| member.state == State::Running).count())
    }
}

/// Which part of every position brings `short` in cash: the fraction short/net of each, longs rounded up and shorts down.
fn reductions(view: View<'_>, short: Money, net: Money) -> Vec<(SymbolId, Quantity, Price)> {
    let mut all: Vec<(&str, SymbolId, Quantity, Price)> = Vec::new();
    let (part, whole) = (short.units().unsigned_abs(), net.units().unsigned_abs());
    for (symbol, position) in view.positions() {
        let held = position.quantity();
        let mut unit = 10_u128.pow(Quantity::PLACES);
        let units = held.units().unsigned_abs();
        while units % unit != 0 {
            unit /= 10;
        }
        let (lots, rest) = mul_div(units / unit, part, whole);
        let lots = if held.is_negative() { lots } else { lots + u128::from(rest > 0) };
        let size = i128::try_from((lots * unit).min(units)).unwrap_or(0);
        let quantity = Quantity::from_units(if held.is_negative() { -size } else { size });
        if !quantity.is_zero() {
            all.push((view.symbol_name(symbol), symbol, quantity, view.price_of(symbol, position)));
        }
    }
    all.sort_by(|a, b| a.0.cmp(b.0));
    all.into_iter().map(|(_, symbol, quantity, price)| (symbol, quantity, price)).collect()
}
