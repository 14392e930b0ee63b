//! The order-based path: the same decisions as orders on double-entry ledgers in fixed-point money, beside the weight-based account.
//!
//! Every strategy has its own books. A rebalance makes orders of whole units of 10⁻¹² shares, crosses what strategies want of each other by
//! largest remainder, sends the rest outside, and books every part as a balanced transaction; splits, dividends, interest and the ends of
//! symbols are transactions too. Strategies begin without capital and draw on the house: a strategy's profit is then the value of its books.
//!
//! **Rounding.** Prices and money are kept to 10⁻⁸, shares to 10⁻¹², each rounded half to even. [`Books::rounding`] is the most that this can
//! have moved the value by now: see [`drift`](super::drift).

use super::cost::{Wish, affordable, lots, next_lot};
use super::drift::{Asked, Drift, HALF_UNIT, Rebase};
use super::market::{Befall, Market, Quotes};
use crate::config::backtest::{BacktestConfig, Financing};
use crate::error::{Code, Fault, Problem};
use crate::ledger::{Fill, Ledger, LotOrder, StrategyId, SymbolId, VirtualFill};
use crate::money::{Misread, Money, Price, Quantity, apportion};
use crate::units::{DAY_NANOS, UnixNanos};

/// Most postings of one run; beyond it the books would not fit a browser.
pub const POSTINGS_MAX: usize = 4_000_000;

/// The ledgers of a run.
pub(crate) struct Books<'m> {
    market: &'m Market,
    config: &'m BacktestConfig,
    n: usize,
    ledger: Ledger,
    strategies: Vec<StrategyId>,
    house: StrategyId,
    symbols: Vec<SymbolId>,
    /// Shares as the ledger has them, strategy after strategy; their sum by symbol, and the sum of their sizes.
    held: Vec<Quantity>,
    total: Vec<f64>,
    gross: Vec<f64>,
    /// Value at the last close.
    value: f64,
    wanted: Vec<Quantity>,
    waiting: Vec<bool>,
    gone: Vec<Option<u32>>,
    prices: Vec<f64>,
    ruined: bool,
    drift: Drift,
    next_split: usize,
    next_dividend: usize,
    next_delisting: usize,
}

fn unreadable(what: &str, value: f64, misread: Misread) -> Problem {
    let why = if misread == Misread::TooLarge { "is beyond what the books can hold" } else { "is no number" };
    Problem::from(Fault::new(
        Code::LimitExceeded,
        "/config/ledgers",
        format!("{what} {value} {why}."),
        "Count in larger units, or leave ledgers out.",
    ))
}

fn money(value: f64) -> Result<Money, Problem> {
    Money::from_f64(value).map_err(|misread| unreadable("The amount", value, misread))
}

fn price(value: f64) -> Result<Price, Problem> {
    match Price::from_f64(value) {
        Ok(price) if price.is_positive() => Ok(price),
        Ok(_) => Err(unreadable("The price", value, Misread::TooLarge)),
        Err(misread) => Err(unreadable("The price", value, misread)),
    }
}

fn shares(value: f64) -> Result<Quantity, Problem> {
    Quantity::from_f64(value).map_err(|misread| unreadable("The number of shares", value, misread))
}

impl<'m> Books<'m> {
    /// Books of some strategies, with the initial money in the house.
    pub(crate) fn new(market: &'m Market, config: &'m BacktestConfig, ids: &[String]) -> Result<Self, Problem> {
        let mut ledger = Ledger::new(LotOrder::default());
        let start = market.times.first().copied().unwrap_or(UnixNanos(0));
        let strategies = ids.iter().map(|id| ledger.open(id)).collect::<Result<Vec<_>, _>>()?;
        // A name that no strategy can have taken: the longest of them and more.
        let longest = ids.iter().map(String::len).max().unwrap_or(0);
        let house = ledger.open(&format!("house{}", "_".repeat(longest.saturating_sub(4).min(200))))?;
        let symbols = market.symbols.iter().map(|name| ledger.symbol(name)).collect::<Result<Vec<_>, _>>()?;
        ledger.contribute(start, money(config.initial_value)?, Some("initial value"))?;
        let n = market.symbols.len();
        Ok(Books {
            market,
            config,
            n,
            ledger,
            held: vec![Quantity::ZERO; strategies.len() * n],
            total: vec![0.0; n],
            gross: vec![0.0; n],
            value: config.initial_value,
            wanted: vec![Quantity::ZERO; strategies.len() * n],
            strategies,
            house,
            symbols,
            waiting: vec![false; n],
            gone: vec![None; n],
            prices: vec![0.0; n],
            ruined: false,
            drift: Drift::new(n),
            next_split: 0,
            next_dividend: 0,
            next_delisting: 0,
        })
    }

    /// The books themselves.
    pub(crate) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The strategies in the order in which they were named.
    pub(crate) fn strategies(&self) -> &[StrategyId] {
        &self.strategies
    }

    /// Money and holdings at the prices of now.
    pub(crate) fn value(&self) -> f64 {
        self.ledger.value().to_f64()
    }

    /// Value at the last close.
    pub(crate) fn closed(&self) -> f64 {
        self.value
    }

    /// How far rounding can have moved the value by now.
    pub(crate) fn rounding(&self) -> f64 {
        self.drift.bound(self.valuation())
    }

    /// Half a unit of price for every share held.
    fn valuation(&self) -> f64 {
        self.total.iter().map(|shares| shares.abs()).sum::<f64>() * HALF_UNIT
    }

    /// Sizes of the positions of sleeves and of cash, added; cash is at most value and positions.
    fn size(&self) -> f64 {
        2.0 * crate::math::dot(&self.gross, &self.prices) + self.value.abs()
    }

    fn held(&self, s: usize, j: usize) -> Quantity {
        self.held[s * self.n + j]
    }

    /// Reads the positions of a symbol after something was booked.
    fn booked(&mut self, j: usize) {
        let (mut total, mut gross) = (Quantity::ZERO, 0.0);
        for (s, strategy) in self.strategies.iter().enumerate() {
            let held = self.ledger.view(*strategy).map_or(Quantity::ZERO, |view| view.quantity(self.symbols[j]));
            self.held[s * self.n + j] = held;
            total += held;
            gross += held.to_f64().abs();
        }
        (self.total[j], self.gross[j]) = (total.to_f64(), gross);
    }

    /// The beginning of a bar: interest since the bar before, then splits, then dividends.
    pub(crate) fn begin(&mut self, bar: usize) -> Result<(), Problem> {
        let (market, time) = (self.market, self.market.times[bar]);
        if bar > 0 {
            self.accrue(bar)?;
        }
        while let Some(split) = upcoming(&market.splits, &mut self.next_split, bar) {
            let j = split.symbol as usize;
            let (up, down) = ratio(split.value);
            let held = self.gross[j];
            self.ledger.split(time, self.symbols[j], up, down)?;
            self.booked(j);
            if self.prices[j] > 0.0 {
                self.prices[j] /= split.value;
                self.ledger.mark(self.symbols[j], price(self.prices[j])?);
            }
            self.drift.split(j, split.value, (up, down), self.strategies.len() as f64, held, self.prices[j]);
            for s in 0..self.strategies.len() {
                let cell = s * self.n + j;
                self.wanted[cell] = shares(self.wanted[cell].to_f64() * split.value)?;
            }
        }
        while let Some(dividend) = upcoming(&market.dividends, &mut self.next_dividend, bar) {
            let j = dividend.symbol as usize;
            self.drift.round(self.total[j].abs() + self.strategies.len() as f64);
            self.drift.earned(j, dividend.value);
            self.ledger.dividend(time, self.symbols[j], money(dividend.value)?)?;
        }
        Ok(())
    }

    fn accrue(&mut self, bar: usize) -> Result<(), Problem> {
        let config = self.config;
        if config.cash_rate == 0.0 && config.debit_rate == 0.0 && config.borrow_rate == 0.0 {
            return Ok(());
        }
        let years = (self.market.times[bar].0 - self.market.times[bar - 1].0) as f64 / DAY_NANOS as f64 / 365.0;
        let (mut net, mut short, mut shorts) = (0.0, 0.0, Vec::with_capacity(self.n));
        for j in 0..self.n {
            let value = self.total[j] * self.prices[j];
            net += value;
            short += (-value).max(0.0);
            shorts.push(value < 0.0);
        }
        let cash = self.value() - net;
        let rate = if cash >= 0.0 { config.cash_rate } else { config.debit_rate };
        let interest = money((cash * rate - short * config.borrow_rate) * years)?;
        self.drift.interest(config, &self.prices, &shorts, cash, self.valuation(), years);
        self.drift.round(1.0);
        if !interest.is_zero() {
            self.ledger.adjust(self.market.times[bar], self.house, interest, Some("interest"))?;
        }
        Ok(())
    }

    /// Prices move to those of now.
    pub(crate) fn mark(&mut self, quotes: Quotes<'_>) -> Result<(), Problem> {
        for j in 0..self.n {
            if quotes.price[j] > 0.0 && quotes.price[j] != self.prices[j] {
                self.drift.earned(j, quotes.price[j] - self.prices[j]);
                self.prices[j] = quotes.price[j];
                self.ledger.mark(self.symbols[j], price(quotes.price[j])?);
            }
        }
        self.drift.sum(self.size());
        Ok(())
    }

    /// The end of a bar after its close: symbols that ended are paid out; books that are worth nothing are closed.
    pub(crate) fn end(&mut self, bar: usize) -> Result<(), Problem> {
        let market = self.market;
        while let Some(end) = upcoming(&market.delistings, &mut self.next_delisting, bar) {
            let j = end.symbol as usize;
            self.gone[j] = Some(bar as u32);
            self.waiting[j] = false;
            self.close(bar, j, end.value)?;
        }
        self.value = self.value();
        if !self.ruined && self.value <= 0.0 {
            self.ruined = true;
            self.waiting.fill(false);
            for j in 0..self.n {
                self.close(bar, j, self.prices[j])?;
            }
            self.value = self.value();
        }
        Ok(())
    }

    /// Every strategy's shares of a symbol become money; of one that pays nothing, nothing.
    fn close(&mut self, bar: usize, j: usize, paid: f64) -> Result<(), Problem> {
        let (time, symbol) = (self.market.times[bar], self.symbols[j]);
        self.drift.closed(j, paid - self.prices[j]);
        let paid = Price::from_f64(paid).ok().filter(|price| price.is_positive());
        for s in 0..self.strategies.len() {
            let (quantity, strategy) = (self.held(s, j), self.strategies[s]);
            if quantity.is_zero() {
                continue;
            }
            self.drift.round(quantity.to_f64().abs() + 1.0);
            match paid {
                Some(price) => {
                    let fill = Fill { strategy, symbol, quantity: -quantity, price, fee: Money::ZERO };
                    self.ledger.fill(time, &fill, Some("end"))?;
                }
                None => self.ledger.write_off(time, strategy, symbol, Some("end"))?,
            }
        }
        self.booked(j);
        Ok(())
    }

    fn is_gone(&self, bar: usize, j: usize, quotes: Quotes<'_>) -> bool {
        self.gone[j].is_some_and(|gone| !(quotes.quoted[j] && bar > gone as usize))
    }

    fn can_trade(&self, j: usize, quotes: Quotes<'_>) -> bool {
        let liquid = self.config.impact == 0.0 || quotes.volume.get(j).is_some_and(|volume| *volume > 0.0);
        quotes.quoted[j] && liquid
    }

    /// Orders that waited for a price are filled where there is one now.
    pub(crate) fn fill_waiting(&mut self, bar: usize, quotes: Quotes<'_>) -> Result<(), Problem> {
        for j in 0..self.n {
            if self.waiting[j] && self.can_trade(j, quotes) {
                self.waiting[j] = false;
                let (wish, _) = self.wish(j, |s| self.wanted[s * self.n + j].to_f64());
                self.drift.waited(self.config, j, wish, quotes.price[j], quotes.volume.get(j).copied());
                self.fill(bar, j, quotes)?;
            }
        }
        Ok(())
    }

    /// What is traded of a symbol to bring every sleeve to what it wants, and whether the sum is bought.
    fn wish(&self, j: usize, wanted: impl Fn(usize) -> f64) -> (Wish, bool) {
        let (mut wish, mut all) = (Wish::default(), 0.0);
        for s in 0..self.strategies.len() {
            let (own, held) = (wanted(s), self.held(s, j).to_f64());
            all += own;
            wish.crossed += (own - held).abs();
            wish.held += held.abs();
        }
        let net = all - self.total[j];
        wish.net = net.abs();
        (wish, net > 0.0)
    }

    /// Brings the books of every strategy to its targets, fractions of the value of all. Whether every weight was within the band is decided
    /// once for both paths.
    pub(crate) fn rebalance(
        &mut self,
        bar: usize,
        quotes: Quotes<'_>,
        targets: &[f64],
        within_band: bool,
    ) -> Result<(), Problem> {
        let value = self.value();
        if self.ruined || value <= 0.0 {
            return Ok(());
        }
        if within_band {
            return self.fill_waiting(bar, quotes);
        }
        let (n, sleeves) = (self.n, self.strategies.len());
        let known: Vec<bool> = (0..n).map(|j| self.prices[j] > 0.0 && !self.is_gone(bar, j, quotes)).collect();
        let wanted = |base: f64, s: usize, j: usize| {
            if known[j] { lots(self.config, targets[s * n + j] * base / self.prices[j]) } else { 0.0 }
        };
        let cost_of = |wish: Wish, j: usize| wish.cost(self.config, self.prices[j], quotes.volume.get(j).copied()).total();
        let paid = |base: f64| {
            let open = |j: &usize| known[*j] && self.can_trade(*j, quotes);
            (0..n).filter(open).map(|j| cost_of(self.wish(j, |s| wanted(base, s, j)).0, j)).sum()
        };
        let base = match self.config.financing {
            Financing::Cash => value,
            Financing::Shrink => affordable(value, paid),
        };
        let asked: Vec<Asked> = (0..n)
            .map(|j| {
                let own = || (0..sleeves).map(|s| targets[s * n + j]).filter(|_| known[j]);
                let (wish, buys) = self.wish(j, |s| wanted(base, s, j));
                Asked {
                    open: self.can_trade(j, quotes),
                    price: self.prices[j],
                    volume: quotes.volume.get(j).copied(),
                    wish,
                    buys,
                    wanted: (0..sleeves).map(|s| wanted(base, s, j).abs()).sum(),
                    target: own().sum(),
                    target_gross: own().map(f64::abs).sum(),
                    sleeves: own().filter(|target| *target != 0.0).count() as f64,
                    next_lot: own()
                        .map(|target| next_lot(self.config, target * base / self.prices[j]) * self.prices[j])
                        .fold(f64::INFINITY, f64::min),
                }
            })
            .collect();
        let mut all = vec![Quantity::ZERO; sleeves * n];
        for (cell, shares_wanted) in all.iter_mut().enumerate() {
            *shares_wanted = shares(wanted(base, cell / n, cell % n))?;
        }
        let whole = Rebase {
            value,
            base,
            paid: paid(base),
            valuation: self.valuation(),
            size: self.size(),
            shrink: self.config.financing == Financing::Shrink,
        };
        self.drift.rebase(self.config, whole, &asked);
        self.wanted = all;
        for j in 0..n {
            self.waiting[j] = false;
            if self.can_trade(j, quotes) {
                self.fill(bar, j, quotes)?;
            } else {
                self.waiting[j] = (0..sleeves).any(|s| self.wanted[s * n + j] != self.held(s, j));
            }
        }
        Ok(())
    }

    /// Trades one symbol: what strategies want of each other is crossed, the rest goes outside.
    fn fill(&mut self, bar: usize, j: usize, quotes: Quotes<'_>) -> Result<(), Problem> {
        let orders: Vec<Quantity> = (0..self.strategies.len()).map(|s| self.wanted[s * self.n + j] - self.held(s, j)).collect();
        if orders.iter().all(|order| order.is_zero()) {
            if self.config.cost_min == 0.0 {
                self.drift.filled(j, 0.0, 0.0, 0.0);
            }
            return Ok(());
        }
        if self.ledger.journal().postings() > POSTINGS_MAX {
            let message = format!("The books hold more than {POSTINGS_MAX} postings.");
            return Err(Problem::new(
                Code::LimitExceeded,
                "/config/ledgers",
                message,
                "Rebalance less often, or leave ledgers out.",
            ));
        }
        let net: Quantity = orders.iter().copied().sum();
        let traded: f64 = orders.iter().map(|order| order.to_f64().abs()).sum();
        let wish = Wish { crossed: traded, net: net.to_f64().abs(), held: self.gross[j] };
        if wish.is_nothing(self.config) {
            return Ok(());
        }
        let at = price(quotes.price[j])?;
        let paid = wish.cost(self.config, quotes.price[j], quotes.volume.get(j).copied()).total();
        let fee = money(paid)?;
        let sizes: Vec<u128> = orders.iter().map(|order| order.units().unsigned_abs()).collect();
        let fees = apportion(fee.units().unsigned_abs(), &sizes);
        let crossed = crossed(&orders);
        let fills: Vec<VirtualFill> = orders
            .iter()
            .enumerate()
            .filter(|(_, order)| !order.is_zero())
            .map(|(s, order)| VirtualFill {
                strategy: self.strategies[s],
                symbol: self.symbols[j],
                crossed: crossed[s],
                crossed_price: at,
                outside: *order - crossed[s],
                outside_price: at,
                fee: Money::from_units(i128::try_from(fees[s]).unwrap_or(i128::MAX)),
            })
            .collect();
        self.drift.filled(j, wish.net, quotes.price[j], fills.len() as f64);
        self.ledger.execute(self.market.times[bar], &fills, fee, None)?;
        self.booked(j);
        Ok(())
    }
}

/// What every order trades with the others: the smaller side whole, the larger in proportion by largest remainder.
fn crossed(orders: &[Quantity]) -> Vec<Quantity> {
    let side = |negative: bool| -> Vec<u128> {
        let size = |order: &Quantity| if order.is_negative() == negative { order.units().unsigned_abs() } else { 0 };
        orders.iter().map(size).collect()
    };
    let (bought, sold) = (side(false), side(true));
    let both = bought.iter().sum::<u128>().min(sold.iter().sum());
    let (bought, sold) = (apportion(both, &bought), apportion(both, &sold));
    let signed = |units: u128| Quantity::from_units(i128::try_from(units).unwrap_or(i128::MAX));
    bought.into_iter().zip(sold).map(|(bought, sold)| signed(bought) - signed(sold)).collect()
}

/// A ratio as two whole numbers: exactly where the second is small, else to eight places.
fn ratio(value: f64) -> (u32, u32) {
    for down in 1..=100_u32 {
        let up = value * f64::from(down);
        if up >= 1.0 && up < f64::from(u32::MAX) && (up - up.round()).abs() <= 1e-9 * up {
            return (up.round() as u32, down);
        }
    }
    let down = if value < 40.0 { 100_000_000 } else { 1_000_000 };
    ((value * f64::from(down)).round().clamp(1.0, f64::from(u32::MAX)) as u32, down)
}

fn upcoming(events: &[Befall], next: &mut usize, bar: usize) -> Option<Befall> {
    let event = events.get(*next).filter(|event| event.bar as usize <= bar).copied()?;
    *next += 1;
    Some(event)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opposite_orders_cross_and_the_rest_goes_outside() {
        let of = |units: i128| Quantity::from_units(units);
        // 5 and 4 bought, 6 sold: six cross, 3.33 and 2.67 of the buyers by largest remainder.
        let found = crossed(&[of(5), of(-6), of(4)]);
        assert_eq!(found.iter().map(|part| part.units()).sum::<i128>(), 0);
        assert_eq!(found, [of(3), of(-6), of(3)]);
        assert_eq!(crossed(&[of(5), of(4)]), [of(0), of(0)]);
    }

    #[test]
    fn ratios_as_whole_numbers() {
        assert_eq!((ratio(2.0), ratio(0.5), ratio(1.5), ratio(0.04)), ((2, 1), (1, 2), (3, 2), (1, 25)));
        let (up, down) = ratio(1.234_567_891);
        assert!((f64::from(up) / f64::from(down) - 1.234_567_891).abs() < 1e-8);
    }
}
