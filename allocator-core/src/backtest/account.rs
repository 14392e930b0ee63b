//! The weight-based path: one account whose shares are split into sleeves, one for each strategy, in plain floating-point numbers.
//!
//! At a rebalance the account is worth V. Sleeve s wants target(s, j)·V/p(j) shares of symbol j; the account trades the sum over its
//! sleeves and pays for the sum, so opposite wishes cross inside and cost nothing. Between rebalances shares stay and prices move, so the
//! profit of a sleeve is the sum of its shares times the moves: capital that goes from one sleeve to another is no profit.
//!
//! **Conventions.** The value of a bar is measured at its close before the trades of that close, as the recorded references do; costs of
//! those trades show in the next value. Costs of a symbol are shared by the sleeves in proportion to the shares each of them traded.

use super::cost::{Cost, Wish, affordable, cost, lots};
use super::market::{Befall, Market, Quotes};
use crate::config::backtest::{BacktestConfig, Financing};
use crate::units::DAY_NANOS;

/// One fill.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Trade {
    pub(crate) bar: u32,
    pub(crate) symbol: u32,
    /// Bought (positive) or sold.
    pub(crate) shares: f64,
    pub(crate) price: f64,
    pub(crate) cost: Cost,
}

/// What became of one rebalance.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Traded {
    /// Sum of the absolute values traded over the value before.
    pub(crate) turnover: f64,
    /// Commission and slippage, money.
    pub(crate) cost: f64,
    /// Cash after it.
    pub(crate) cash: f64,
    /// Value before it.
    pub(crate) value: f64,
    /// Whether every weight was within the band, so that nothing was done.
    pub(crate) within_band: bool,
}

/// Something worth telling that the account met.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Met {
    /// A holding was split: ratio.
    Split(f64),
    /// A holding paid (or, short, cost) a dividend: money.
    Dividend(f64),
    /// A holding ended and was paid out: money.
    Delisting(f64),
    /// An order found no price and stays open.
    Waiting,
    /// A symbol is wanted that never had a price; nothing is bought.
    NeverPriced,
}

/// An account of several sleeves.
pub(crate) struct Account<'m> {
    market: &'m Market,
    config: &'m BacktestConfig,
    sleeves: usize,
    n: usize,
    /// Shares, sleeve after sleeve.
    held: Vec<f64>,
    /// Shares wanted where an order waits for a price, sleeve after sleeve.
    wanted: Vec<f64>,
    waiting: Vec<bool>,
    any_waiting: bool,
    /// The bar at which a symbol ended.
    gone: Vec<Option<u32>>,
    /// Shares of all sleeves.
    total: Vec<f64>,
    /// Prices at which holdings are valued now.
    price: Vec<f64>,
    cash: f64,
    /// Whether anything is held; an empty account is skipped.
    active: bool,
    /// Profit of prices and dividends before costs, sleeve after sleeve.
    pub(crate) profit: Vec<f64>,
    /// Costs, sleeve after sleeve.
    pub(crate) costs: Vec<f64>,
    /// Costs that sleeves did not pay because their orders crossed, by sleeve.
    pub(crate) saved: Vec<f64>,
    /// Interest on cash, less interest on shorts and borrowed cash.
    pub(crate) interest: f64,
    /// Profit of the running bar by sleeve, before costs; only where profits are kept.
    pub(crate) bar_profit: Vec<f64>,
    /// Whether profits are kept by sleeve and symbol.
    detailed: bool,
    pub(crate) trades: Vec<Trade>,
    pub(crate) trades_omitted: u64,
    pub(crate) trade_count: u64,
    pub(crate) met: Vec<(u32, u32, Met)>,
    /// The bar at which nothing was left.
    pub(crate) ruined: Option<usize>,
    next_split: usize,
    next_dividend: usize,
    next_delisting: usize,
}

/// Most events that are told; further ones happen untold.
const MET_MAX: usize = 10_000;

impl<'m> Account<'m> {
    /// An account of cash. A detailed one keeps profits, costs, trades and events; one that is not answers with its value only.
    pub(crate) fn new(market: &'m Market, config: &'m BacktestConfig, sleeves: usize, detailed: bool) -> Self {
        let n = market.symbols.len();
        let kept = if detailed { sleeves * n } else { 0 };
        Account {
            market,
            config,
            sleeves,
            n,
            held: vec![0.0; sleeves * n],
            wanted: vec![0.0; sleeves * n],
            waiting: vec![false; n],
            any_waiting: false,
            gone: vec![None; n],
            total: vec![0.0; n],
            price: vec![0.0; n],
            cash: config.initial_value,
            active: false,
            profit: vec![0.0; kept],
            costs: vec![0.0; kept],
            saved: vec![0.0; if detailed { sleeves } else { 0 }],
            interest: 0.0,
            bar_profit: vec![0.0; sleeves],
            detailed,
            trades: Vec::new(),
            trades_omitted: 0,
            trade_count: 0,
            met: Vec::new(),
            ruined: None,
            next_split: 0,
            next_dividend: 0,
            next_delisting: 0,
        }
    }

    /// Money and holdings at the prices of now.
    pub(crate) fn value(&self) -> f64 {
        if self.active { self.cash + crate::math::dot(&self.total, &self.price) } else { self.cash }
    }

    /// Cash, negative where it is borrowed.
    pub(crate) fn cash(&self) -> f64 {
        self.cash
    }

    /// Value of long and of short holdings, both from zero.
    pub(crate) fn exposure(&self) -> (f64, f64) {
        let (mut long, mut short) = (0.0, 0.0);
        for (shares, price) in self.total.iter().zip(&self.price) {
            let value = shares * price;
            if value > 0.0 {
                long += value;
            } else {
                short -= value;
            }
        }
        (long, short)
    }

    /// Shares held of each symbol by all sleeves.
    pub(crate) fn shares(&self) -> &[f64] {
        &self.total
    }

    /// Prices at which holdings are valued now.
    pub(crate) fn prices(&self) -> &[f64] {
        &self.price
    }

    /// Whether anything is held.
    pub(crate) fn is_active(&self) -> bool {
        self.active
    }

    /// The beginning of a bar: interest since the bar before, then splits, then dividends.
    pub(crate) fn begin(&mut self, bar: usize) {
        self.bar_profit.fill(0.0);
        if bar > 0 {
            self.accrue((self.market.times[bar].0 - self.market.times[bar - 1].0) as f64 / DAY_NANOS as f64 / 365.0);
        }
        let market = self.market;
        while let Some(split) = upcoming(&market.splits, &mut self.next_split, bar) {
            self.split(bar, split.symbol as usize, split.value);
        }
        while let Some(dividend) = upcoming(&market.dividends, &mut self.next_dividend, bar) {
            let j = dividend.symbol as usize;
            if self.total[j] == 0.0 && !self.holds(j) {
                continue;
            }
            let paid = self.total[j] * dividend.value;
            self.cash += paid;
            self.credit(j, dividend.value);
            self.tell(bar, j, Met::Dividend(paid));
        }
    }

    fn accrue(&mut self, years: f64) {
        let config = self.config;
        if config.cash_rate == 0.0 && config.debit_rate == 0.0 && config.borrow_rate == 0.0 {
            return;
        }
        let rate = if self.cash >= 0.0 { config.cash_rate } else { config.debit_rate };
        let (_, short) = if self.active { self.exposure() } else { (0.0, 0.0) };
        let interest = (self.cash * rate - short * config.borrow_rate) * years;
        self.cash += interest;
        self.interest += interest;
    }

    fn split(&mut self, bar: usize, j: usize, ratio: f64) {
        for s in 0..self.sleeves {
            self.held[s * self.n + j] *= ratio;
            self.wanted[s * self.n + j] *= ratio;
        }
        self.price[j] /= ratio;
        let held = self.total[j] != 0.0;
        self.sum(j);
        if held {
            self.tell(bar, j, Met::Split(ratio));
        }
    }

    /// The shares of a symbol, summed in the order of sleeves.
    fn sum(&mut self, j: usize) -> f64 {
        let mut total = 0.0;
        for s in 0..self.sleeves {
            total += self.held[s * self.n + j];
        }
        self.total[j] = total;
        total
    }

    fn holds(&self, j: usize) -> bool {
        (0..self.sleeves).any(|s| self.held[s * self.n + j] != 0.0)
    }

    /// Gives every sleeve the money that one share of a symbol brought.
    fn credit(&mut self, j: usize, money: f64) {
        for s in 0..self.sleeves {
            let profit = self.held[s * self.n + j] * money;
            self.bar_profit[s] += profit;
            if self.detailed {
                self.profit[s * self.n + j] += profit;
            }
        }
    }

    /// Prices move to those of now.
    pub(crate) fn mark(&mut self, quotes: Quotes<'_>) {
        if !self.active {
            self.price.copy_from_slice(quotes.price);
            return;
        }
        let n = self.n;
        if self.detailed {
            // `price` becomes the moves, then the new prices.
            for (price, now) in self.price.iter_mut().zip(quotes.price) {
                *price = if *price == 0.0 || *now == 0.0 { 0.0 } else { now - *price };
            }
            for s in 0..self.sleeves {
                let (held, profit) = (&self.held[s * n..(s + 1) * n], &mut self.profit[s * n..(s + 1) * n]);
                let mut lanes = [0.0_f64; 4];
                for (i, ((held, profit), moved)) in held.iter().zip(profit).zip(&self.price).enumerate() {
                    let gain = held * moved;
                    *profit += gain;
                    lanes[i & 3] += gain;
                }
                self.bar_profit[s] += (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]);
            }
        }
        for (price, now) in self.price.iter_mut().zip(quotes.price) {
            *price = *now;
        }
    }

    /// The end of a bar after its close: symbols that ended are paid out; an account that is worth nothing is closed.
    pub(crate) fn end(&mut self, bar: usize) {
        let market = self.market;
        while let Some(end) = upcoming(&market.delistings, &mut self.next_delisting, bar) {
            let j = end.symbol as usize;
            self.gone[j] = Some(bar as u32);
            self.waiting[j] = false;
            if !self.holds(j) {
                continue;
            }
            let paid = self.total[j] * end.value;
            self.cash += paid;
            let moved = end.value - self.price[j];
            self.credit(j, moved);
            for s in 0..self.sleeves {
                self.held[s * self.n + j] = 0.0;
            }
            self.sum(j);
            self.tell(bar, j, Met::Delisting(paid));
        }
        if self.active && self.ruined.is_none() && self.value() <= 0.0 {
            self.cash = self.value();
            self.held.fill(0.0);
            self.total.fill(0.0);
            self.waiting.fill(false);
            self.active = false;
            self.ruined = Some(bar);
        }
    }

    /// Orders that waited for a price are filled where there is one now.
    pub(crate) fn fill_waiting(&mut self, bar: usize, quotes: Quotes<'_>) -> f64 {
        if !self.any_waiting {
            return 0.0;
        }
        let mut paid = 0.0;
        self.any_waiting = false;
        for j in 0..self.n {
            if self.waiting[j] {
                if self.can_trade(j, quotes) {
                    self.waiting[j] = false;
                    paid += self.fill(bar, j, quotes).1.total();
                } else {
                    self.any_waiting = true;
                }
            }
        }
        paid
    }

    /// Whether a symbol has ended and no price has come since.
    fn is_gone(&self, bar: usize, j: usize, quotes: Quotes<'_>) -> bool {
        self.gone[j].is_some_and(|gone| !(quotes.quoted[j] && bar > gone as usize))
    }

    fn can_trade(&self, j: usize, quotes: Quotes<'_>) -> bool {
        let liquid = self.config.impact == 0.0 || quotes.volume.get(j).is_some_and(|volume| *volume > 0.0);
        quotes.quoted[j] && liquid
    }

    /// Brings the sleeves to their targets, fractions of the account's value, sleeve after sleeve.
    pub(crate) fn rebalance(&mut self, bar: usize, quotes: Quotes<'_>, targets: &[f64]) -> Traded {
        let value = self.value();
        let mut traded = Traded { value, cash: self.cash, ..Traded::default() };
        if self.ruined.is_some() || value <= 0.0 {
            return traded;
        }
        if self.config.band > 0.0 && self.is_within_band(value, targets) {
            traded.within_band = true;
            traded.cost = self.fill_waiting(bar, quotes);
            traded.cash = self.cash;
            return traded;
        }
        let base = match self.config.financing {
            Financing::Cash => value,
            Financing::Shrink => affordable(value, |base| self.cost_of(bar, base, quotes, targets)),
        };
        let mut volume = 0.0;
        for j in 0..self.n {
            let price = self.price[j];
            let mut asked = false;
            for s in 0..self.sleeves {
                let target = targets[s * self.n + j];
                asked |= target != 0.0;
                self.wanted[s * self.n + j] =
                    if price > 0.0 && !self.is_gone(bar, j, quotes) { lots(self.config, target * base / price) } else { 0.0 };
            }
            if asked && (price == 0.0 || self.is_gone(bar, j, quotes)) {
                self.tell(bar, j, Met::NeverPriced);
            }
            self.waiting[j] = false;
            if self.can_trade(j, quotes) {
                let (shares, cost) = self.fill(bar, j, quotes);
                volume += shares.abs() * price;
                traded.cost += cost.total();
            } else if (0..self.sleeves).any(|s| self.wanted[s * self.n + j] != self.held[s * self.n + j]) {
                self.waiting[j] = true;
                self.any_waiting = true;
                self.tell(bar, j, Met::Waiting);
            }
        }
        self.active = self.held.iter().any(|shares| *shares != 0.0) || self.any_waiting;
        traded.turnover = volume / value;
        traded.cash = self.cash;
        traded
    }

    fn is_within_band(&self, value: f64, targets: &[f64]) -> bool {
        (0..self.n).all(|j| {
            let mut target = 0.0;
            for s in 0..self.sleeves {
                target += targets[s * self.n + j];
            }
            (target - self.total[j] * self.price[j] / value).abs() <= self.config.band
        })
    }

    /// Costs of getting to the targets of a base.
    fn cost_of(&self, bar: usize, base: f64, quotes: Quotes<'_>, targets: &[f64]) -> f64 {
        let mut paid = 0.0;
        let open = |j: &usize| self.price[*j] > 0.0 && !self.is_gone(bar, *j, quotes) && self.can_trade(*j, quotes);
        for j in (0..self.n).filter(open) {
            let (mut wish, mut wanted) = (Wish::default(), 0.0);
            for s in 0..self.sleeves {
                let (own, held) = (lots(self.config, targets[s * self.n + j] * base / self.price[j]), self.held[s * self.n + j]);
                wanted += own;
                wish.crossed += (own - held).abs();
                wish.held += held.abs();
            }
            wish.net = (wanted - self.total[j]).abs();
            paid += wish.cost(self.config, self.price[j], quotes.volume.get(j).copied()).total();
        }
        paid
    }

    /// Trades a symbol to what its sleeves want; what was traded and what it cost.
    fn fill(&mut self, bar: usize, j: usize, quotes: Quotes<'_>) -> (f64, Cost) {
        let (n, price, volume) = (self.n, quotes.price[j], quotes.volume.get(j).copied());
        let mut wish = Wish::default();
        for s in 0..self.sleeves {
            wish.crossed += (self.wanted[s * n + j] - self.held[s * n + j]).abs();
            wish.held += self.held[s * n + j].abs();
        }
        let before = self.total[j];
        if wish.is_nothing(self.config) {
            for s in 0..self.sleeves {
                self.wanted[s * n + j] = self.held[s * n + j];
            }
            return (0.0, Cost::default());
        }
        for s in 0..self.sleeves {
            let cell = s * n + j;
            let moved = (self.wanted[cell] - self.held[cell]).abs();
            self.held[cell] = self.wanted[cell];
            // Kept for sharing out the cost below.
            self.wanted[cell] = moved;
        }
        let shares = self.sum(j) - before;
        wish.net = shares.abs();
        let paid = wish.cost(self.config, price, volume);
        self.cash -= shares * price + paid.total();
        self.active = true;
        if self.detailed {
            for s in 0..self.sleeves {
                let moved = self.wanted[s * n + j];
                if moved != 0.0 {
                    let share = paid.total() * (moved / wish.crossed);
                    self.costs[s * n + j] += share;
                    self.saved[s] += cost(self.config, moved, price, volume).total() - share;
                }
            }
            if shares != 0.0 {
                self.trade_count += 1;
                if self.trades.len() < self.config.rows_max as usize {
                    self.trades.push(Trade { bar: bar as u32, symbol: j as u32, shares, price, cost: paid });
                } else {
                    self.trades_omitted += 1;
                }
            }
        }
        for s in 0..self.sleeves {
            self.wanted[s * n + j] = self.held[s * n + j];
        }
        (shares, paid)
    }

    fn tell(&mut self, bar: usize, symbol: usize, met: Met) {
        if self.detailed && self.met.len() < MET_MAX {
            self.met.push((bar as u32, symbol as u32, met));
        }
    }
}

/// The next event, if it falls on this bar.
fn upcoming(events: &[Befall], next: &mut usize, bar: usize) -> Option<Befall> {
    let event = events.get(*next).filter(|event| event.bar as usize <= bar).copied()?;
    *next += 1;
    Some(event)
}
