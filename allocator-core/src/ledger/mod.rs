//! Isolated books of every strategy: cash, positions, lots and profit, by double entry in fixed-point money (P1).
//!
//! Every movement is one balanced transaction in an append-only [`Journal`]; the balances kept here are a fold over it
//! ([`Ledger::replayed`] folds again and must come to the same). A strategy is shown a [`View`] of its own books and nothing else.
//!
//! ```text
//!   owner ──contribute──> pool ──allocate──> strategy ──fill──> market
//!                          ▲                    │  └─ fees
//!                          └──── saved <── execute ──> crossing (empty afterwards)
//! ```
//!
//! **Conventions.** Money goes to eight decimals, shares to twelve. Cash may fall below zero by a fill (that is borrowing, and limits
//! judge it) but never by taking capital away. Fees are outside cost and profit of positions and stand in their own account. Profit of a
//! strategy = value − capital given. A dividend on a short is paid by its holder.

mod journal;
mod position;
mod view;

pub use crate::config::portfolio::LotOrder;
pub use journal::{
    Account, Amount, AmountRecord, Journal, Kind, Leg, LegRecord, StrategyId, SymbolId, Transaction, TransactionRecord,
};
pub use position::{Lot, Position};
pub use view::View;

use crate::error::{Code, Problem};
use crate::money::{Money, Price, Quantity, mul_div, notional};
use crate::units::{UnixNanos, name_fault};
use std::collections::BTreeMap;

/// Most strategies of one ledger.
pub const STRATEGIES_MAX: usize = 10_000;

/// Most symbols of one ledger.
pub const SYMBOLS_MAX: usize = 100_000;

/// A trade of one strategy with the outside.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fill {
    /// Who trades.
    pub strategy: StrategyId,
    /// What.
    pub symbol: SymbolId,
    /// Shares gained; negative when sold.
    pub quantity: Quantity,
    /// Money for one share.
    pub price: Price,
    /// Commission and other cost of the trade, from 0.
    pub fee: Money,
}

/// What one strategy gets of a netted execution: a part against other strategies of ours, a part from outside.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VirtualFill {
    /// Who trades.
    pub strategy: StrategyId,
    /// What.
    pub symbol: SymbolId,
    /// Shares gained from other strategies of ours; over all fills of a symbol they add up to zero.
    pub crossed: Quantity,
    /// Money for one of those.
    pub crossed_price: Price,
    /// Shares gained outside.
    pub outside: Quantity,
    /// Money for one of those.
    pub outside_price: Price,
    /// What the strategy pays for trading, as if it had traded alone.
    pub fee: Money,
}

/// The books of one strategy.
#[derive(Clone, Debug, PartialEq)]
struct Books {
    name: String,
    cash: Money,
    fees: Money,
    /// Capital given, less capital taken back: by transfers of cash and of positions.
    capital: Money,
    positions: BTreeMap<SymbolId, Position>,
}

/// The books of all strategies, the pool and the owner.
#[derive(Clone, Debug, PartialEq)]
pub struct Ledger {
    order: LotOrder,
    books: Vec<Books>,
    by_name: BTreeMap<String, StrategyId>,
    symbols: Vec<String>,
    by_symbol: BTreeMap<String, SymbolId>,
    /// Last price of every symbol, where one is known.
    marks: Vec<Option<Price>>,
    owner: Money,
    pool: Money,
    market: Money,
    saved: Money,
    journal: Journal,
}

/// A refusal: nothing was booked.
fn refuse<T>(code: Code, message: impl Into<String>, hint: &str) -> Result<T, Problem> {
    Err(Problem::new(code, "", message, hint))
}

impl Default for Ledger {
    fn default() -> Self {
        Self::new(LotOrder::default())
    }
}

impl Ledger {
    /// Empty books.
    pub fn new(order: LotOrder) -> Self {
        Ledger {
            order,
            books: Vec::new(),
            by_name: BTreeMap::new(),
            symbols: Vec::new(),
            by_symbol: BTreeMap::new(),
            marks: Vec::new(),
            owner: Money::ZERO,
            pool: Money::ZERO,
            market: Money::ZERO,
            saved: Money::ZERO,
            journal: Journal::default(),
        }
    }

    // ---- names

    /// Opens the books of a strategy.
    ///
    /// # Errors
    /// A name that is taken or is none, too many strategies.
    pub fn open(&mut self, name: &str) -> Result<StrategyId, Problem> {
        if let Some(why) = name_fault(name) {
            return refuse(Code::InvalidName, format!("The name {name:?} {why}."), "Give the strategy a plain name.");
        }
        if self.by_name.contains_key(name) {
            return refuse(Code::Duplicate, format!("Strategy {name} already exists."), "Give it another name.");
        }
        if self.books.len() >= STRATEGIES_MAX {
            return refuse(Code::LimitExceeded, format!("{STRATEGIES_MAX} strategies are the most."), "Open another portfolio.");
        }
        let id = StrategyId(self.books.len() as u32);
        let name = name.to_owned();
        self.by_name.insert(name.clone(), id);
        self.books.push(Books { name, cash: Money::ZERO, fees: Money::ZERO, capital: Money::ZERO, positions: BTreeMap::new() });
        Ok(id)
    }

    /// The number of a symbol, a new one where it was not used before.
    ///
    /// # Errors
    /// A name that is none, too many symbols.
    pub fn symbol(&mut self, name: &str) -> Result<SymbolId, Problem> {
        if let Some(id) = self.by_symbol.get(name) {
            return Ok(*id);
        }
        if let Some(why) = name_fault(name) {
            return refuse(Code::InvalidName, format!("The symbol {name:?} {why}."), "Give a plain symbol.");
        }
        if self.symbols.len() >= SYMBOLS_MAX {
            return refuse(Code::LimitExceeded, format!("{SYMBOLS_MAX} symbols are the most."), "Split the portfolio.");
        }
        let id = SymbolId(self.symbols.len() as u32);
        self.symbols.push(name.to_owned());
        self.by_symbol.insert(name.to_owned(), id);
        self.marks.push(None);
        Ok(id)
    }

    /// The strategy of a name.
    pub fn strategy(&self, name: &str) -> Option<StrategyId> {
        self.by_name.get(name).copied()
    }
    /// The name of a strategy.
    pub fn name_of(&self, strategy: StrategyId) -> &str {
        self.books.get(strategy.0 as usize).map_or("", |books| books.name.as_str())
    }
    /// The name of a symbol.
    pub fn symbol_name(&self, symbol: SymbolId) -> &str {
        self.symbols.get(symbol.0 as usize).map_or("", String::as_str)
    }
    /// The symbol of a name, if it was ever named.
    pub fn find_symbol(&self, name: &str) -> Option<SymbolId> {
        self.by_symbol.get(name).copied()
    }
    /// All strategies by name.
    pub fn strategies(&self) -> impl Iterator<Item = (&str, StrategyId)> {
        self.by_name.iter().map(|(name, id)| (name.as_str(), *id))
    }

    // ---- balances

    /// What one strategy may see: its own books, at the known prices.
    pub fn view(&self, strategy: StrategyId) -> Option<View<'_>> {
        self.books.get(strategy.0 as usize).map(|books| View { books, ledger: self })
    }
    /// Capital that no strategy has, with what netting saved.
    pub fn pool(&self) -> Money {
        self.pool + self.saved
    }
    /// Commission that netting did not have to pay.
    pub fn saved(&self) -> Money {
        self.saved
    }
    /// What the owner paid in, less what went back.
    pub fn contributed(&self) -> Money {
        -self.owner
    }
    /// Value of everything: pool and all strategies.
    pub fn value(&self) -> Money {
        self.pool() + self.books.iter().map(|books| View { books, ledger: self }.value()).sum()
    }
    /// The journal.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }
    /// The last known price of a symbol.
    pub fn price(&self, symbol: SymbolId) -> Option<Price> {
        self.marks.get(symbol.0 as usize).copied().flatten()
    }

    // ---- movements

    /// Capital from the owner into the pool; negative takes it back.
    ///
    /// # Errors
    /// More than the pool has.
    pub fn contribute(&mut self, time: UnixNanos, amount: Money, reason: Option<&str>) -> Result<u64, Problem> {
        if amount.is_negative() && (self.pool() + amount).is_negative() {
            let message = format!("{} cannot leave: the pool has {}.", -amount, self.pool());
            return refuse(Code::InsufficientCash, message, "Take capital back from strategies first.");
        }
        let mut legs = vec![money(Account::Owner, -amount)];
        self.take_from_pool(-amount, &mut legs);
        self.post(time, Kind::Contribution, reason, &legs)
    }

    /// The legs that take `total` out of the pool, the rest out of what netting saved.
    fn take_from_pool(&self, total: Money, legs: &mut Vec<Leg>) {
        let from_saved = if (self.pool - total).is_negative() { total - self.pool } else { Money::ZERO };
        let from_saved = if total.is_positive() { from_saved } else { Money::ZERO };
        legs.push(money(Account::Pool, from_saved - total));
        if !from_saved.is_zero() {
            legs.push(money(Account::Saved, -from_saved));
        }
    }

    /// Capital between the pool and strategies, in one transaction: positive goes to the strategy, negative comes back.
    ///
    /// # Errors
    /// More than the pool or a strategy has in cash; nothing moves then.
    pub fn allocate(&mut self, time: UnixNanos, moves: &[(StrategyId, Money)], reason: Option<&str>) -> Result<u64, Problem> {
        let total: Money = moves.iter().map(|(_, amount)| *amount).sum();
        let after = self.pool() - total;
        if total.is_positive() && after.is_negative() {
            let message = format!("{total} are to be given out, and the pool has {}.", self.pool());
            return refuse(Code::InsufficientCash, message, "Give out less, or pay capital in.");
        }
        let mut legs = Vec::with_capacity(moves.len() + 2);
        for (strategy, amount) in moves {
            let Some(books) = self.books.get(strategy.0 as usize) else { return unknown_strategy() };
            if amount.is_negative() && (books.cash + *amount).is_negative() {
                let message = format!("{} are to leave {}, which has {} in cash.", -*amount, books.name, books.cash);
                return refuse(Code::InsufficientCash, message, "Reduce its positions first.");
            }
            if !amount.is_zero() {
                legs.push(money(Account::Strategy(*strategy), *amount));
            }
        }
        self.take_from_pool(total, &mut legs);
        self.post(time, Kind::Allocation, reason, &legs)
    }

    /// One trade with the outside.
    ///
    /// # Errors
    /// A negative fee, or amounts beyond the largest.
    pub fn fill(&mut self, time: UnixNanos, fill: &Fill, reason: Option<&str>) -> Result<u64, Problem> {
        let cost = cost_of(fill.quantity, fill.price)?;
        self.check(fill.strategy, fill.symbol, fill.fee)?;
        let mine = Account::Strategy(fill.strategy);
        let legs = [
            shares(mine, fill.symbol, fill.quantity),
            shares(Account::Market, fill.symbol, -fill.quantity),
            money(mine, -cost - fill.fee),
            money(Account::Market, cost),
            money(Account::Fees(fill.strategy), fill.fee),
        ];
        let legs = if fill.fee.is_zero() { &legs[..4] } else { &legs[..] };
        self.post(time, Kind::Fill, reason, legs)
    }

    /// A netted execution: every strategy gets its part, what was crossed adds up to zero, and outside is paid `fee_outside` in all.
    ///
    /// Strategies pay what they would have paid alone; the difference to `fee_outside` is [`Ledger::saved`]. Rounding of the
    /// crossed amounts, at most half a unit of the last place for each, is swept there too.
    ///
    /// # Errors
    /// Crossed shares of a symbol that do not add up to zero, a negative fee, less paid in fees than `fee_outside`, amounts
    /// beyond the largest.
    pub fn execute(
        &mut self,
        time: UnixNanos,
        fills: &[VirtualFill],
        fee_outside: Money,
        reason: Option<&str>,
    ) -> Result<u64, Problem> {
        let mut legs = Vec::with_capacity(fills.len() * 8 + 2);
        let mut crossed: BTreeMap<SymbolId, Quantity> = BTreeMap::new();
        let (mut clearing, mut fees) = (Money::ZERO, Money::ZERO);
        for fill in fills {
            self.check(fill.strategy, fill.symbol, fill.fee)?;
            let mine = Account::Strategy(fill.strategy);
            for (other, quantity, price) in
                [(Account::Crossing, fill.crossed, fill.crossed_price), (Account::Market, fill.outside, fill.outside_price)]
            {
                if quantity.is_zero() {
                    continue;
                }
                let cost = cost_of(quantity, price)?;
                legs.push(shares(mine, fill.symbol, quantity));
                legs.push(shares(other, fill.symbol, -quantity));
                legs.push(money(mine, -cost));
                legs.push(money(other, cost));
                if other == Account::Crossing {
                    clearing += cost;
                    *crossed.entry(fill.symbol).or_default() += quantity;
                }
            }
            if !fill.fee.is_zero() {
                legs.push(money(mine, -fill.fee));
                legs.push(money(Account::Fees(fill.strategy), fill.fee));
                fees += fill.fee;
            }
        }
        if let Some((symbol, left)) = crossed.iter().find(|(_, left)| !left.is_zero()) {
            let message = format!("Crossed shares of {} add up to {left}.", self.symbol_name(*symbol));
            return refuse(Code::Conflict, message, "What one strategy buys from ours another sells.");
        }
        if fee_outside.is_negative() || fee_outside > fees {
            let message = format!("{fee_outside} are paid outside, and strategies pay {fees}.");
            return refuse(Code::Conflict, message, "Strategies pay at least what is paid outside, which is not negative.");
        }
        // Fees accounts take what strategies paid; what did not leave the house is income of the pool, and cost of the accounts less.
        let kept = fees - fee_outside;
        for (account, amount) in [(Account::Crossing, -clearing), (Account::Market, -kept), (Account::Saved, clearing + kept)] {
            if !amount.is_zero() {
                legs.push(money(account, amount));
            }
        }
        if legs.is_empty() {
            return refuse(Code::Empty, "There is nothing to book.", "Give at least one fill.");
        }
        self.post(time, Kind::Execution, reason, &legs)
    }

    /// Shares from one strategy to another at a stated price, against no cash: capital moves in kind.
    ///
    /// # Errors
    /// Two names of one strategy, amounts beyond the largest.
    pub fn transfer(
        &mut self,
        time: UnixNanos,
        (from, to): (StrategyId, StrategyId),
        symbol: SymbolId,
        quantity: Quantity,
        price: Price,
        reason: Option<&str>,
    ) -> Result<u64, Problem> {
        self.check(from, symbol, Money::ZERO)?;
        self.check(to, symbol, Money::ZERO)?;
        if from == to {
            return refuse(Code::Conflict, "A position cannot move to where it is.", "Name two strategies.");
        }
        let cost = cost_of(quantity, price)?;
        // Sold and bought at the price, and the money goes back as capital: cash of neither changes.
        let legs = [
            shares(Account::Strategy(from), symbol, -quantity),
            shares(Account::Strategy(to), symbol, quantity),
            money(Account::Strategy(from), cost),
            money(Account::Strategy(to), -cost),
            money(Account::Strategy(from), -cost),
            money(Account::Strategy(to), cost),
        ];
        self.post(time, Kind::Transfer, reason, &legs)
    }

    /// A dividend for every share: holders get it, those who are short pay it. Answers what was paid to all.
    ///
    /// # Errors
    /// A negative dividend, amounts beyond the largest.
    pub fn dividend(&mut self, time: UnixNanos, symbol: SymbolId, per_share: Money) -> Result<Money, Problem> {
        if per_share.is_negative() {
            return refuse(Code::OutOfRange, format!("A dividend of {per_share} is none."), "Give a dividend from 0.");
        }
        let (mut legs, mut paid) = (Vec::new(), Money::ZERO);
        for (i, books) in self.books.iter().enumerate() {
            let Some(position) = books.positions.get(&symbol).filter(|position| !position.is_flat()) else { continue };
            let amount = cost_of(position.quantity(), Price::from_units(per_share.units()))?;
            legs.push(money(Account::Strategy(StrategyId(i as u32)), amount));
            legs.push(money(Account::Market, -amount));
            paid += amount;
        }
        if !legs.is_empty() {
            self.post(time, Kind::Dividend, None, &legs)?;
        }
        Ok(paid)
    }

    /// Every `denominator` shares become `numerator`, in all strategies; the known price follows.
    ///
    /// # Errors
    /// A ratio that is not above zero.
    pub fn split(&mut self, time: UnixNanos, symbol: SymbolId, numerator: u32, denominator: u32) -> Result<(), Problem> {
        if numerator == 0 || denominator == 0 {
            let message = format!("A split of {numerator} for {denominator} is none.");
            return refuse(Code::OutOfRange, message, "Give two numbers above 0.");
        }
        self.check_symbol(symbol)?;
        self.room()?;
        let (up, down) = (u128::from(numerator), u128::from(denominator));
        let largest = Quantity::whole(Quantity::MAX);
        let mut legs = Vec::new();
        for (i, books) in self.books.iter().enumerate() {
            let Some(position) = books.positions.get(&symbol).filter(|position| !position.is_flat()) else { continue };
            let gained = position.clone().split(up, down);
            if (position.quantity() + gained).abs() > largest {
                let message = format!("A split would bring a position of {} beyond {largest} shares.", books.name);
                return refuse(Code::LimitExceeded, message, "Count in fewer shares.");
            }
            legs.push(shares(Account::Strategy(StrategyId(i as u32)), symbol, gained));
            legs.push(shares(Account::Market, symbol, -gained));
        }
        self.journal.append(time, Kind::Split, None, Some((symbol, numerator, denominator)), &legs);
        self.fold_split(symbol, up, down);
        if let Some(Some(price)) = self.marks.get_mut(symbol.0 as usize) {
            let units = mul_div(price.units().unsigned_abs(), down, up).0.max(1);
            *price = Price::from_units(i128::try_from(units).unwrap_or(i128::MAX));
        }
        Ok(())
    }

    /// Lots change in proportion, which legs alone do not say: the fold of a split is this one.
    fn fold_split(&mut self, symbol: SymbolId, up: u128, down: u128) {
        for books in &mut self.books {
            if let Some(position) = books.positions.get_mut(&symbol) {
                position.split(up, down);
            }
        }
    }

    /// Profit (positive) or loss that no fill explains.
    ///
    /// # Errors
    /// Amounts beyond the largest.
    pub fn adjust(&mut self, time: UnixNanos, strategy: StrategyId, amount: Money, reason: Option<&str>) -> Result<u64, Problem> {
        let legs = [money(Account::Strategy(strategy), amount), money(Account::Market, -amount)];
        self.post(time, Kind::Adjustment, reason, &legs)
    }

    /// A cost that belongs to no trade: a management fee, borrowing.
    ///
    /// # Errors
    /// A negative cost, amounts beyond the largest.
    pub fn charge(&mut self, time: UnixNanos, strategy: StrategyId, amount: Money, reason: Option<&str>) -> Result<u64, Problem> {
        if amount.is_negative() {
            return refuse(Code::OutOfRange, format!("A cost of {amount} is none."), "Give a cost from 0.");
        }
        let legs = [money(Account::Strategy(strategy), -amount), money(Account::Fees(strategy), amount)];
        self.post(time, Kind::Charge, reason, &legs)
    }

    /// A position that is worth nothing any more leaves the books; what it cost is lost.
    ///
    /// # Errors
    /// No such strategy or symbol.
    pub fn write_off(
        &mut self,
        time: UnixNanos,
        strategy: StrategyId,
        symbol: SymbolId,
        reason: Option<&str>,
    ) -> Result<(), Problem> {
        self.check(strategy, symbol, Money::ZERO)?;
        let quantity = self.view(strategy).map_or(Quantity::ZERO, |view| view.quantity(symbol));
        if !quantity.is_zero() {
            let legs = [shares(Account::Strategy(strategy), symbol, -quantity), shares(Account::Market, symbol, quantity)];
            self.post(time, Kind::WriteOff, reason, &legs)?;
        }
        Ok(())
    }

    /// Known prices from now on; they are no movement and stand in no journal.
    pub fn mark(&mut self, symbol: SymbolId, price: Price) {
        if let Some(mark) = self.marks.get_mut(symbol.0 as usize) {
            *mark = Some(price);
        }
    }

    // ---- posting

    fn check(&self, strategy: StrategyId, symbol: SymbolId, fee: Money) -> Result<(), Problem> {
        if strategy.0 as usize >= self.books.len() {
            return unknown_strategy();
        }
        self.check_symbol(symbol)?;
        if fee.is_negative() {
            return refuse(Code::OutOfRange, format!("A fee of {fee} is none."), "Give a fee from 0; a rebate is an adjustment.");
        }
        Ok(())
    }

    fn check_symbol(&self, symbol: SymbolId) -> Result<(), Problem> {
        if symbol.0 as usize >= self.symbols.len() {
            return refuse(
                Code::NotFound,
                "There is no such symbol in this ledger.",
                "Ask the ledger for the number of the symbol.",
            );
        }
        Ok(())
    }

    fn room(&self) -> Result<(), Problem> {
        if self.journal.is_full() {
            let message = format!("{} transactions are the most of one journal.", Journal::TRANSACTIONS_MAX);
            return refuse(Code::LimitExceeded, message, "Close these books and open new ones.");
        }
        Ok(())
    }

    /// Books one transaction, or nothing.
    fn post(&mut self, time: UnixNanos, kind: Kind, reason: Option<&str>, legs: &[Leg]) -> Result<u64, Problem> {
        self.room()?;
        let too_large = |amount: i128, largest: i128| amount.unsigned_abs() > largest.unsigned_abs();
        let money_max = Money::whole(Money::MAX).units();
        let quantity_max = Quantity::whole(Quantity::MAX).units();
        // Bounds first, so that nothing is booked by halves. Each leg alone is bounded; so is each balance with all of its legs' sizes.
        let mut moved: i128 = 0;
        for leg in legs {
            let (balance, size, largest) = match leg.amount {
                Amount::Money(amount) => {
                    moved = moved.saturating_add(amount.units().abs());
                    let Some(balance) = self.money_of(leg.account) else { return unknown_strategy() };
                    (balance.units(), moved, money_max)
                }
                Amount::Shares(symbol, quantity) => {
                    let balance = match leg.account {
                        Account::Strategy(id) => self.view(id).map_or(Quantity::ZERO, |view| view.quantity(symbol)),
                        _ => Quantity::ZERO,
                    };
                    (balance.units(), quantity.units().abs(), quantity_max)
                }
            };
            if too_large(balance.abs().saturating_add(size), largest * 2) {
                let message = format!("A {} would bring a balance beyond the largest.", kind.as_str());
                return refuse(Code::LimitExceeded, message, "Count in a larger unit of money, or in fewer shares.");
            }
        }
        let seq = self.journal.append(time, kind, reason, None, legs);
        self.fold(time, kind, legs);
        Ok(seq)
    }

    fn money_of(&self, account: Account) -> Option<Money> {
        Some(match account {
            Account::Owner => self.owner,
            Account::Pool => self.pool,
            Account::Market => self.market,
            Account::Saved => self.saved,
            Account::Crossing => Money::ZERO,
            Account::Strategy(id) => self.books.get(id.0 as usize)?.cash,
            Account::Fees(id) => self.books.get(id.0 as usize)?.fees,
        })
    }

    /// The balances after some legs: the step of the fold.
    fn fold(&mut self, time: UnixNanos, kind: Kind, legs: &[Leg]) {
        for (i, leg) in legs.iter().enumerate() {
            match leg.amount {
                Amount::Money(amount) => match leg.account {
                    Account::Owner => self.owner += amount,
                    Account::Pool => self.pool += amount,
                    Account::Market => self.market += amount,
                    Account::Saved => self.saved += amount,
                    Account::Crossing => {}
                    Account::Fees(id) => {
                        if let Some(books) = self.books.get_mut(id.0 as usize) {
                            books.fees += amount;
                        }
                    }
                    Account::Strategy(id) => {
                        if let Some(books) = self.books.get_mut(id.0 as usize) {
                            books.cash += amount;
                            // The last two legs of a transfer are the capital that moves in kind.
                            if kind == Kind::Allocation || (kind == Kind::Transfer && i >= 4) {
                                books.capital += amount;
                            }
                        }
                    }
                },
                Amount::Shares(symbol, quantity) => {
                    let Account::Strategy(id) = leg.account else { continue };
                    let Some(books) = self.books.get_mut(id.0 as usize) else { continue };
                    // What shares cost stands two legs further, seen from the strategy: shares, shares, money, money.
                    let paid = match (kind, legs.get(i + 2).map(|leg| leg.amount)) {
                        (Kind::WriteOff, _) => Money::ZERO,
                        // A fee that is paid in the same leg is no cost of the shares; the counterpart has the cost alone.
                        (Kind::Fill, _) => match legs.get(i + 3).map(|leg| leg.amount) {
                            Some(Amount::Money(cost)) => cost,
                            _ => Money::ZERO,
                        },
                        (_, Some(Amount::Money(amount))) => -amount,
                        _ => Money::ZERO,
                    };
                    let price = price_of(paid, quantity);
                    let position =
                        books.positions.entry(symbol).or_insert_with(|| Position::new(price.unwrap_or(Price::from_units(1))));
                    position.trade(time, quantity, paid, price, self.order);
                }
            }
        }
    }

    /// The same books, folded anew from the journal.
    ///
    /// # Errors
    /// A journal that does not fold, which would be a defect.
    pub fn replayed(&self) -> Result<Ledger, Problem> {
        let mut again = Ledger::new(self.order);
        again.symbols.clone_from(&self.symbols);
        again.by_symbol.clone_from(&self.by_symbol);
        again.marks.clone_from(&self.marks);
        for books in &self.books {
            again.open(&books.name)?;
        }
        for transaction in self.journal.transactions() {
            let legs = self.journal.legs_of(transaction);
            again.journal.append(transaction.time, transaction.kind, transaction.reason.as_deref(), transaction.split, legs);
            match transaction.split {
                Some((symbol, up, down)) => again.fold_split(symbol, u128::from(up), u128::from(down)),
                None => again.fold(transaction.time, transaction.kind, legs),
            }
        }
        Ok(again)
    }

    /// Whether all money of all accounts adds up to nothing, and the shares of every symbol are owed by the market: what must hold
    /// after every transaction, whatever happened.
    pub fn is_conserved(&self) -> bool {
        let strategies: Money = self.books.iter().map(|books| books.cash + books.fees).sum();
        (self.owner + self.pool + self.market + self.saved + strategies).is_zero()
    }

    /// The journal as it stands in an answer.
    pub fn records(&self) -> Vec<TransactionRecord> {
        let account = |account: Account| match account {
            Account::Owner => String::from("owner"),
            Account::Pool => String::from("pool"),
            Account::Market => String::from("market"),
            Account::Crossing => String::from("crossing"),
            Account::Saved => String::from("saved"),
            Account::Strategy(id) => format!("strategy/{}", self.name_of(id)),
            Account::Fees(id) => format!("fees/{}", self.name_of(id)),
        };
        let leg = |leg: &Leg| match leg.amount {
            Amount::Money(money) => LegRecord { account: account(leg.account), amount: AmountRecord::Money(money), symbol: None },
            Amount::Shares(symbol, quantity) => LegRecord {
                account: account(leg.account),
                amount: AmountRecord::Shares(quantity),
                symbol: Some(self.symbol_name(symbol).to_owned()),
            },
        };
        let record = |transaction: &Transaction| TransactionRecord {
            kind: transaction.kind,
            legs: self.journal.legs_of(transaction).iter().map(leg).collect(),
            reason: transaction.reason.as_deref().map(str::to_owned),
            seq: transaction.seq,
            time: transaction.time,
        };
        self.journal.transactions().iter().map(record).collect()
    }
}

fn money(account: Account, amount: Money) -> Leg {
    Leg { account, amount: Amount::Money(amount) }
}

fn shares(account: Account, symbol: SymbolId, quantity: Quantity) -> Leg {
    Leg { account, amount: Amount::Shares(symbol, quantity) }
}

fn unknown_strategy<T>() -> Result<T, Problem> {
    refuse(Code::NotFound, "There is no such strategy in this ledger.", "Open its books first.")
}

fn cost_of(quantity: Quantity, price: Price) -> Result<Money, Problem> {
    let Some(cost) = notional(quantity, price) else {
        let message = format!("{quantity} shares at {price} are more money than can be booked.");
        return refuse(Code::LimitExceeded, message, "Count in a larger unit of money.");
    };
    Ok(cost)
}

/// The price that a cost means, to the nearest; `None` for no shares or no cost.
fn price_of(cost: Money, quantity: Quantity) -> Option<Price> {
    if quantity.is_zero() || cost.is_zero() {
        return None;
    }
    let unit = 10_u128.pow(Quantity::PLACES);
    let shares = quantity.units().unsigned_abs();
    let (units, rest) = mul_div(cost.units().unsigned_abs(), unit, shares);
    i128::try_from(units + u128::from(rest * 2 >= shares)).ok().filter(|units| *units > 0).map(Price::from_units)
}

#[cfg(test)]
mod tests;
