//! The weight-based path: one account whose shares are split into sleeves, one for each strategy, in plain floating-point numbers.
//!
//! At a rebalance the account is worth V. Sleeve s wants target(s, j)·V/p(j) shares of symbol j; the account trades the sum over its
//! sleeves and pays for the sum, so opposite wishes cross inside and cost nothing. Between rebalances shares stay and prices move, so the
//! profit of a sleeve is the sum of its shares times the moves: capital that goes from one sleeve to another is no profit.
//!
//! **Conventions.** The value of a bar is measured at its close before the trades of that close, as the recorded references do; costs of
//! those trades show in the next value. Costs of a symbol are shared by the sleeves in proportion to the shares each of them traded.

use super::cost::{Cost, Wish, affordable, cost, cost_at, lots};
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
    /// What is traded of every symbol, worked out column by column.
    orders: Orders,
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
            orders: Orders::new(n),
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
                for ((held, profit), moved) in held.chunks(4).zip(profit.chunks_mut(4)).zip(self.price.chunks(4)) {
                    for (((held, profit), moved), lane) in held.iter().zip(profit).zip(moved).zip(&mut lanes) {
                        let gain = held * moved;
                        *profit += gain;
                        *lane += gain;
                    }
                }
                self.bar_profit[s] += (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]);
            }
        }
        self.price.copy_from_slice(quotes.price);
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
        self.any_waiting = false;
        for j in 0..self.n {
            let due = self.waiting[j] && self.can_trade(j, quotes);
            self.waiting[j] &= !due;
            self.any_waiting |= self.waiting[j];
            self.orders.due[j] = due;
        }
        self.settle(bar, quotes).1
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
        self.want(bar, base, quotes, targets);
        for j in 0..self.n {
            if !self.orders.known[j] && (0..self.sleeves).any(|s| targets[s * self.n + j] != 0.0) {
                self.tell(bar, j, Met::NeverPriced);
            }
            self.orders.due[j] = self.can_trade(j, quotes);
            self.waiting[j] =
                !self.orders.due[j] && (0..self.sleeves).any(|s| self.wanted[s * self.n + j] != self.held[s * self.n + j]);
            if self.waiting[j] {
                self.any_waiting = true;
                self.tell(bar, j, Met::Waiting);
            }
        }
        let volume;
        (volume, traded.cost) = self.settle(bar, quotes);
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

    /// What every sleeve wants to hold for its targets of a base.
    fn want(&mut self, bar: usize, base: f64, quotes: Quotes<'_>, targets: &[f64]) {
        for j in 0..self.n {
            self.orders.known[j] = self.price[j] > 0.0 && !self.is_gone(bar, j, quotes);
        }
        for (wanted, targets) in self.wanted.chunks_exact_mut(self.n).zip(targets.chunks_exact(self.n)) {
            for (((wanted, target), price), known) in wanted.iter_mut().zip(targets).zip(&self.price).zip(&self.orders.known) {
                let shares = target * base / price;
                *wanted = if *known { shares } else { 0.0 };
            }
            if self.config.lot_size.is_some() {
                for wanted in wanted {
                    *wanted = lots(self.config, *wanted);
                }
            }
        }
    }

    /// Costs of getting to the targets of a base.
    fn cost_of(&mut self, bar: usize, base: f64, quotes: Quotes<'_>, targets: &[f64]) -> f64 {
        self.want(bar, base, quotes, targets);
        self.orders.add_up(&self.held, &self.wanted);
        let mut paid = 0.0;
        for j in 0..self.n {
            if self.orders.known[j] && self.can_trade(j, quotes) {
                self.orders.moved[j] = self.orders.wanted[j] - self.total[j];
                paid += self.orders.wish(j).cost(self.config, self.price[j], quotes.volume.get(j).copied()).total();
            }
        }
        paid
    }

    /// Trades the symbols that are due to what their sleeves want; what was traded, in money, and what it cost.
    fn settle(&mut self, bar: usize, quotes: Quotes<'_>) -> (f64, f64) {
        self.orders.add_up(&self.held, &self.wanted);
        self.orders.price(self.config, &self.total, quotes);
        let (mut traded, mut costs) = (0.0, 0.0);
        let whole = self.orders.moved.iter().zip(&self.orders.paid).zip(quotes.price);
        for ((moved, paid), price) in whole {
            self.cash -= moved * price + paid;
            traded += moved.abs() * price;
            costs += paid;
        }
        let due = self.orders.due.iter();
        self.active |= due.clone().any(|due| *due);
        for ((total, wanted), due) in self.total.iter_mut().zip(&self.orders.wanted).zip(due) {
            *total = if *due { *wanted } else { *total };
        }
        if self.detailed {
            self.keep_trades(bar, quotes);
            self.share_costs(quotes);
        }
        for (held, wanted) in self.held.chunks_exact_mut(self.n).zip(self.wanted.chunks_exact(self.n)) {
            for ((held, wanted), due) in held.iter_mut().zip(wanted).zip(&self.orders.due) {
                *held = if *due { *wanted } else { *held };
            }
        }
        (traded, costs)
    }

    fn keep_trades(&mut self, bar: usize, quotes: Quotes<'_>) {
        for (j, shares) in self.orders.moved.iter().copied().enumerate().filter(|(_, shares)| *shares != 0.0) {
            self.trade_count += 1;
            if self.trades.len() < self.config.rows_max as usize {
                let (price, volume) = (quotes.price[j], quotes.volume.get(j).copied());
                let cost = self.orders.wish(j).cost(self.config, price, volume);
                self.trades.push(Trade { bar: bar as u32, symbol: j as u32, shares, price, cost });
            } else {
                self.trades_omitted += 1;
            }
        }
    }

    /// Shares the cost of every symbol among the sleeves by what each of them is about to trade, and counts what each would have paid alone.
    fn share_costs(&mut self, quotes: Quotes<'_>) {
        let (n, config) = (self.n, self.config);
        let Orders { due, paid, crossed, more, .. } = &mut self.orders;
        let sleeves = self.held.chunks_exact(n).zip(self.wanted.chunks_exact(n)).zip(self.costs.chunks_exact_mut(n));
        for (((held, wanted), costs), saved) in sleeves.zip(&mut self.saved) {
            let whole = due.iter().zip(&*paid).zip(&*crossed).zip(quotes.price).zip(&mut *more).enumerate();
            for ((j, ((((due, paid), crossed), price), more)), ((held, wanted), costs)) in
                whole.zip(held.iter().zip(wanted).zip(costs))
            {
                let moved = (wanted - held).abs();
                let share = paid * (moved / crossed);
                // Without impact nothing is looked up, and the loop runs in SIMD registers.
                let alone = if config.impact > 0.0 {
                    cost(config, moved, *price, quotes.volume.get(j).copied()).total()
                } else {
                    cost_at(config, moved, *price, 0.0).total()
                };
                let trades = *due && moved != 0.0;
                *costs += if trades { share } else { 0.0 };
                *more = if trades { alone - share } else { 0.0 };
            }
            for more in &*more {
                *saved += more;
            }
        }
    }

    fn tell(&mut self, bar: usize, symbol: usize, met: Met) {
        if self.detailed && self.met.len() < MET_MAX {
            self.met.push((bar as u32, symbol as u32, met));
        }
    }
}

/// What is to be traded, by symbol. Sums over sleeves are made sleeve after sleeve, along the rows as they lie in memory.
struct Orders {
    /// Whether targets can be turned into shares: there is a price, and the symbol has not ended.
    known: Vec<bool>,
    /// Whether it is traded now.
    due: Vec<bool>,
    /// Sum of the sizes of what every sleeve trades, shares.
    crossed: Vec<f64>,
    /// Sum of the sizes of what sleeves hold, shares.
    held: Vec<f64>,
    /// Sum of what sleeves want, shares.
    wanted: Vec<f64>,
    /// What is traded outside, shares; nothing of what is not due.
    moved: Vec<f64>,
    /// What that costs, money.
    paid: Vec<f64>,
    /// What one sleeve would have paid more, had it traded alone, money.
    more: Vec<f64>,
}

impl Orders {
    fn new(n: usize) -> Self {
        let column = || vec![0.0; n];
        Orders {
            known: vec![false; n],
            due: vec![false; n],
            crossed: column(),
            held: column(),
            wanted: column(),
            moved: column(),
            paid: column(),
            more: column(),
        }
    }

    /// Adds up what sleeves hold and want; both are sleeve after sleeve.
    fn add_up(&mut self, held: &[f64], wanted: &[f64]) {
        let n = self.known.len();
        for column in [&mut self.crossed, &mut self.held, &mut self.wanted] {
            column.fill(0.0);
        }
        for (held, wanted) in held.chunks_exact(n).zip(wanted.chunks_exact(n)) {
            let sums = self.crossed.iter_mut().zip(&mut self.held).zip(&mut self.wanted);
            for ((held, wanted), ((crossed, sizes), sum)) in held.iter().zip(wanted).zip(sums) {
                *crossed += (wanted - held).abs();
                *sizes += held.abs();
                *sum += wanted;
            }
        }
    }

    /// What is traded of symbols of which `total` shares are held, and what it costs; what comes to nothing is not due.
    fn price(&mut self, config: &BacktestConfig, total: &[f64], quotes: Quotes<'_>) {
        for (j, total) in total.iter().enumerate() {
            self.moved[j] = self.wanted[j] - total;
            let wish = self.wish(j);
            let due = self.due[j] && !wish.is_nothing(config);
            let paid = wish.cost(config, quotes.price[j], quotes.volume.get(j).copied()).total();
            self.due[j] = due;
            (self.moved[j], self.paid[j]) = if due { (self.moved[j], paid) } else { (0.0, 0.0) };
        }
    }

    /// What is traded of one symbol.
    fn wish(&self, j: usize) -> Wish {
        Wish { crossed: self.crossed[j], net: self.moved[j].abs(), held: self.held[j] }
    }
}

/// The next event, if it falls on this bar.
fn upcoming(events: &[Befall], next: &mut usize, bar: usize) -> Option<Befall> {
    let event = events.get(*next).filter(|event| event.bar as usize <= bar).copied()?;
    *next += 1;
    Some(event)
}
