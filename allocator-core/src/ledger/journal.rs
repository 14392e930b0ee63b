//! The journal: balanced transactions, one after the other, never changed. Balances are a fold over it.

use crate::money::{Money, Quantity};
use crate::units::UnixNanos;
use crate::wire::choice;
use serde::{Serialize, Serializer};

/// The number of a strategy in one ledger, in the order of opening.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StrategyId(pub(super) u32);

/// The number of a symbol in one ledger, in the order of first use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SymbolId(pub(super) u32);

/// Where money and shares are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Account {
    /// Whoever gave the capital: its balance is what was paid in, with a minus.
    Owner,
    /// Capital that no strategy has.
    Pool,
    /// Money and shares of one strategy.
    Strategy(StrategyId),
    /// What one strategy has paid for trading.
    Fees(StrategyId),
    /// Everybody outside: its balance of money is what trading has won, with a minus, and shares are missing there.
    Market,
    /// Between two strategies of ours; empty after every transaction.
    Crossing,
    /// Commission that netting did not have to pay, an income of the pool.
    Saved,
}

/// An amount of one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    /// Money.
    Money(Money),
    /// Shares of a symbol.
    Shares(SymbolId, Quantity),
}

/// One posting: an account gets so much, or gives it where the amount is negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leg {
    /// Whose.
    pub account: Account,
    /// How much of what.
    pub amount: Amount,
}

choice! {
    /// What a transaction is about.
    pub enum Kind {
        /// Capital comes from the owner, or goes back.
        Contribution = "contribution",
        /// Capital moves between the pool and strategies.
        Allocation = "allocation",
        /// A strategy bought or sold outside.
        Fill = "fill",
        /// Strategies bought and sold, among themselves and outside, in one netted execution.
        Execution = "execution",
        /// A position moves from one strategy to another at a stated price.
        Transfer = "transfer",
        /// A dividend is paid, by those who are short.
        Dividend = "dividend",
        /// Shares are split or merged.
        Split = "split",
        /// Profit or loss that no fill explains: interest, a correction after comparing with the broker.
        Adjustment = "adjustment",
        /// A cost that belongs to no trade.
        Charge = "charge",
        /// A position that is worth nothing any more.
        WriteOff = "write_off",
    }
}

/// One entry of the journal: its legs are in [`Journal::legs_of`].
#[derive(Clone, Debug, PartialEq)]
pub struct Transaction {
    /// Number in the journal, from 0.
    pub seq: u64,
    /// When.
    pub time: UnixNanos,
    /// What it is about.
    pub kind: Kind,
    /// Why, in the words of whoever asked for it.
    pub reason: Option<Box<str>>,
    /// What was split, and how many shares each so many became.
    pub split: Option<(SymbolId, u32, u32)>,
    first: usize,
    count: usize,
}

/// All transactions of a ledger.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Journal {
    transactions: Vec<Transaction>,
    legs: Vec<Leg>,
}

impl Journal {
    /// Most transactions of one journal.
    pub const TRANSACTIONS_MAX: usize = 20_000_000;

    /// Whether money and shares of every symbol add up to nothing: what one account gets another gives.
    pub fn balances(legs: &[Leg]) -> bool {
        // Most transactions name one symbol: its shares are added up in the same pass as money; every further one has a pass to itself.
        let (mut money, mut first, mut quantity, mut further) = (Money::ZERO, None, Quantity::ZERO, false);
        for leg in legs {
            match leg.amount {
                Amount::Money(amount) => money += amount,
                Amount::Shares(symbol, shares) if *first.get_or_insert(symbol) == symbol => quantity += shares,
                Amount::Shares(..) => further = true,
            }
        }
        let balanced = |symbol: SymbolId| {
            let shares = |leg: &Leg| match leg.amount {
                Amount::Shares(other, quantity) if other == symbol => quantity,
                _ => Quantity::ZERO,
            };
            legs.iter().map(shares).sum::<Quantity>().is_zero()
        };
        let all = || legs.iter().all(|leg| if let Amount::Shares(symbol, _) = leg.amount { balanced(symbol) } else { true });
        money.is_zero() && quantity.is_zero() && (!further || all())
    }

    /// Appends a transaction.
    ///
    /// # Panics
    /// Where the legs are not balanced: the caller has a defect, and books that do not balance must not go on.
    pub(super) fn append(
        &mut self,
        time: UnixNanos,
        kind: Kind,
        reason: Option<&str>,
        split: Option<(SymbolId, u32, u32)>,
        legs: &[Leg],
    ) -> u64 {
        assert!(Self::balances(legs), "a {} that does not balance: {legs:?}", kind.as_str());
        let seq = self.transactions.len() as u64;
        let reason = reason.filter(|reason| !reason.is_empty()).map(Box::from);
        self.transactions.push(Transaction { seq, time, kind, reason, split, first: self.legs.len(), count: legs.len() });
        self.legs.extend_from_slice(legs);
        seq
    }

    /// All transactions, in order.
    pub fn transactions(&self) -> &[Transaction] {
        &self.transactions
    }

    /// The legs of one transaction.
    pub fn legs_of(&self, transaction: &Transaction) -> &[Leg] {
        self.legs.get(transaction.first..transaction.first + transaction.count).unwrap_or_default()
    }

    /// How many postings there are.
    pub fn postings(&self) -> usize {
        self.legs.len()
    }

    /// Whether one more transaction fits.
    pub(super) fn is_full(&self) -> bool {
        self.transactions.len() >= Self::TRANSACTIONS_MAX
    }
}

/// One transaction as it stands in an answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TransactionRecord {
    /// What it is about.
    pub kind: Kind,
    /// Its postings; money and the shares of every symbol add up to zero.
    pub legs: Vec<LegRecord>,
    /// Why.
    pub reason: Option<String>,
    /// Number in the journal, from 0.
    pub seq: u64,
    /// When.
    pub time: UnixNanos,
}

/// One posting as it stands in an answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LegRecord {
    /// `owner`, `pool`, `strategy/<id>`, `fees/<id>`, `market`, `crossing` or `saved`.
    pub account: String,
    /// How much it gets; negative where it gives.
    pub amount: AmountRecord,
    /// The symbol whose shares move; null for money.
    pub symbol: Option<String>,
}

/// Money or shares.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum AmountRecord {
    /// Money.
    Money(Money),
    /// Shares.
    Shares(Quantity),
}

impl Serialize for AmountRecord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            AmountRecord::Money(money) => money.serialize(serializer),
            AmountRecord::Shares(quantity) => quantity.serialize(serializer),
        }
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for AmountRecord {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Amount".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "description": "Money or a number of shares: a decimal string, exact.", "pattern": "^-?[0-9]+(\\.[0-9]+)?$" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(account: Account, amount: i64) -> Leg {
        Leg { account, amount: Amount::Money(Money::whole(amount)) }
    }
    fn shares(account: Account, symbol: u32, quantity: i64) -> Leg {
        Leg { account, amount: Amount::Shares(SymbolId(symbol), Quantity::whole(quantity)) }
    }

    #[test]
    fn money_and_every_symbol_balance_by_themselves() {
        let mine = Account::Strategy(StrategyId(0));
        assert!(Journal::balances(&[money(mine, -5), money(Account::Market, 5)]));
        assert!(!Journal::balances(&[money(mine, -5), money(Account::Market, 4)]));
        assert!(!Journal::balances(&[shares(mine, 1, 5), shares(Account::Market, 2, -5)]));
        let one = [shares(mine, 1, 5), shares(Account::Market, 1, -5)];
        assert!(Journal::balances(&one) && !Journal::balances(&one[..1]));
        assert!(!Journal::balances(&[one[0], one[1], shares(mine, 2, 5), shares(Account::Market, 2, -4)]));
        assert!(Journal::balances(&[one[0], one[1], shares(mine, 2, 5), shares(Account::Market, 2, -5)]));
    }

    #[test]
    #[should_panic(expected = "does not balance")]
    fn books_that_do_not_balance_stop() {
        Journal::default().append(UnixNanos(0), Kind::Fill, None, None, &[money(Account::Pool, 1)]);
    }
}
