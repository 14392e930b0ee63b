//! How far rounding can bring the order-based path from the weight-based one: a bound carried along from bar to bar.
//!
//! Both paths start from the same money and are given the same targets; they part because books round. Let e be the difference of the two
//! values. Every rebalance turns it into shares: the base of the targets is off by e, so symbol j is off by t(j)·e shares, t(j) = target over
//! price. All symbols are off by the same e with the same sign, so until the next rebalance the difference moves **as the portfolio itself
//! moves**: e·g, where g is what one unit of money in those shares (and the rest in cash) has become. Next to that stands what does not go
//! along with it: shares rounded by themselves, and shares that no price let anybody trade. They count with their size and with the size of
//! every move. With σ ≤ `scale`:
//!
//! ```text
//! |shares(j) off| ≤ |along(j)|·σ + apart(j)        |value off| ≤ σ·|growth| + money + ½ unit of price · Σ|shares|
//! along, growth:   moves, dividends, interest of one unit           money += apart(j)·|move of price j|
//! ```
//!
//! **Costs** of an order of q shares change by at most slope(q)·|q off|, with slope = rate·p + per share + p·(s + 1.5·k·√(q/V)): a minimum
//! commission only makes it flatter. An order is off by (t(j)·g − along(j))·σ, about its own size over the value, so a rebalance that costs
//! the fraction c of the value adds the fraction c of e (1.5·c for impact). Under `shrink` the base solves base + cost(base) = value; what it is off
//! by is divided by 1 + d cost/d base. **Steps** have no slope. A minimum commission that is paid or not, an order of dust that is sent or not, a lot
//! more or less: where either path may be on either side, the whole step counts.
//!
//! **Conventions.** First order; what is left out is e², 10⁻¹⁶ of the value. Floating point counts as [`NOISE`] of what is summed. Where costs
//! grow by 95 % of the base or more, a base cannot be told and the bound is the value itself.

use super::cost::{DUST, Wish, cost, slope};
use crate::config::backtest::BacktestConfig;

/// Half a unit of the last place of money and prices.
pub(crate) const HALF_UNIT: f64 = 5e-9;

/// Half a unit of the last place of shares.
const HALF_SHARE: f64 = 5e-13;

/// What floating point can lose of a sum, beside the sum of its sizes.
const NOISE: f64 = 4e-15;

/// How near base and costs come to the value where the base was found.
const SETTLED: f64 = 1e-13;

/// The least that 1 + d cost/d base may be for a base to be told.
const TELLABLE: f64 = 0.05;

/// How far a number of shares may be off.
#[derive(Clone, Copy, Debug, Default)]
struct Off {
    /// Shares for each unit that the base was off.
    along: f64,
    /// Shares beyond that.
    apart: f64,
    /// As `along`, sizes of sleeves added.
    along_gross: f64,
}

impl Off {
    /// Sizes of sleeves added, where the base was off by `scale`.
    fn gross(self, scale: f64) -> f64 {
        self.apart + self.along_gross * scale
    }

    /// What is off once that base is past.
    fn settled(self, scale: f64) -> Off {
        Off { apart: self.gross(scale), ..Off::default() }
    }
}

/// One symbol at a rebalance, before it is traded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    /// Whether it can be traded now.
    pub(crate) open: bool,
    /// Price; zero before the first.
    pub(crate) price: f64,
    /// Volume, where it is known.
    pub(crate) volume: Option<f64>,
    /// What sleeves trade, add up to and hold.
    pub(crate) wish: Wish,
    /// Whether the sum is bought.
    pub(crate) buys: bool,
    /// Sum of the sizes of the shares that sleeves want.
    pub(crate) wanted: f64,
    /// Sum of the targets of all sleeves, and of their sizes: fractions of the base.
    pub(crate) target: f64,
    pub(crate) target_gross: f64,
    /// How many sleeves want any.
    pub(crate) sleeves: f64,
    /// How near the nearest sleeve is to another number of lots: money.
    pub(crate) next_lot: f64,
}

/// The whole at a rebalance, before it is traded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rebase {
    /// Value, and the base of the targets.
    pub(crate) value: f64,
    pub(crate) base: f64,
    /// What getting there costs.
    pub(crate) paid: f64,
    /// Half units of price in the value.
    pub(crate) valuation: f64,
    /// Sum of the sizes of all positions and of cash.
    pub(crate) size: f64,
    /// Whether targets are of what is left after costs.
    pub(crate) shrink: bool,
}

/// The bound.
#[derive(Clone, Debug)]
pub(crate) struct Drift {
    held: Vec<Off>,
    wanted: Vec<Off>,
    /// Fills of each symbol: as many lots can be rounded by a split.
    lots: Vec<f64>,
    scale: f64,
    growth: f64,
    money: f64,
}

impl Drift {
    /// Both paths at the same money, rounded once.
    pub(crate) fn new(symbols: usize) -> Self {
        Drift {
            held: vec![Off::default(); symbols],
            wanted: vec![Off::default(); symbols],
            lots: vec![0.0; symbols],
            scale: 0.0,
            growth: 1.0,
            money: HALF_UNIT,
        }
    }

    /// The most that the value can be off, with the half units of price that are in it.
    pub(crate) fn bound(&self, valuation: f64) -> f64 {
        self.scale * self.growth.abs() + self.money + valuation
    }

    /// Money rounded `times` times.
    pub(crate) fn round(&mut self, times: f64) {
        self.money += times * HALF_UNIT;
    }

    /// Sums of so much were made in floating point.
    pub(crate) fn sum(&mut self, size: f64) {
        self.money += NOISE * size;
    }

    /// Every share of a symbol brought so much money: a move of its price, or a dividend.
    pub(crate) fn earned(&mut self, j: usize, money: f64) {
        let off = self.held[j];
        self.growth += off.along * money;
        self.money += off.apart * money.abs();
    }

    /// Interest: cash at one of two rates, and a rate on shorts, for some years.
    pub(crate) fn interest(
        &mut self,
        config: &BacktestConfig,
        prices: &[f64],
        shorts: &[bool],
        cash: f64,
        valuation: f64,
        years: f64,
    ) {
        let rate = if cash >= 0.0 { config.cash_rate } else { config.debit_rate };
        let (mut in_shares, mut of_shorts, mut apart) = (0.0, 0.0, 0.0);
        for ((off, price), short) in self.held.iter().zip(prices).zip(shorts) {
            in_shares += off.along * price;
            of_shorts -= if *short { off.along * price } else { 0.0 };
            apart += off.apart * price;
        }
        let cash_off = self.scale * (self.growth - in_shares).abs() + self.money + apart + valuation;
        self.money += ((self.money + apart + valuation) * rate.abs() + apart * config.borrow_rate.abs()) * years;
        if cash.abs() <= cash_off {
            self.money += cash_off * (config.cash_rate - config.debit_rate).abs() * years;
        }
        self.growth += ((self.growth - in_shares) * rate - of_shorts * config.borrow_rate) * years;
    }

    /// A split by `ratio`, booked as `booked`, of `held` shares (sizes of sleeves added) at a price after it.
    pub(crate) fn split(&mut self, j: usize, ratio: f64, booked: (u32, u32), sleeves: f64, held: f64, price: f64) {
        let (up, down) = (f64::from(booked.0), f64::from(booked.1));
        let rounded = if booked.1 == 1 { 0.0 } else { self.lots[j] * HALF_SHARE };
        let missed = held * (up / down - ratio).abs() + rounded;
        for off in [&mut self.held[j], &mut self.wanted[j]] {
            *off = Off { along: off.along * ratio, apart: off.apart * ratio, along_gross: off.along_gross * ratio };
        }
        self.held[j].apart += missed;
        self.wanted[j].apart += sleeves * HALF_SHARE;
        self.money += missed * price;
    }

    /// The positions of a symbol became money, `moved` off its price.
    pub(crate) fn closed(&mut self, j: usize, moved: f64) {
        self.earned(j, moved);
        self.held[j] = Off::default();
    }

    /// A rebalance is about to be carried out: the difference of now becomes that of all targets.
    pub(crate) fn rebase(&mut self, config: &BacktestConfig, whole: Rebase, symbols: &[Asked]) {
        let mut next = self.rebased(config, whole, symbols, self.scale * self.growth.abs());
        // What the base is off by decides which steps are near; where costs make it larger, they are looked at again.
        for _ in 0..3 {
            let again = self.rebased(config, whole, symbols, next.scale);
            let done = again.scale <= next.scale;
            next = again;
            if done {
                break;
            }
        }
        *self = next;
    }

    /// The bound after a rebalance whose base is off by about `about`.
    fn rebased(&self, config: &BacktestConfig, whole: Rebase, symbols: &[Asked], about: f64) -> Drift {
        let (scale, growth) = (self.scale, self.growth);
        let own = self.money + whole.valuation + NOISE * whole.size;
        let about = about + own;
        // What costs are off by beside what the base brings, how they follow the base, the least that 1 + d cost/d base is, and rounding alone.
        let (mut beside, mut follow, mut least, mut alone) = (0.0, 0.0, 1.0, NOISE * whole.size);
        let mut next = self.clone();
        for (j, asked) in symbols.iter().enumerate() {
            let (held, mut wanted, mut kept) = (self.held[j], Off::default(), self.held[j].settled(scale));
            if asked.price > 0.0 {
                match config.lot_size {
                    _ if whole.base == 0.0 => {}
                    Some(lot) if asked.next_lot <= asked.target_gross * about => wanted.apart += asked.sleeves * lot,
                    Some(_) => {}
                    None => {
                        wanted.along = asked.target / asked.price;
                        wanted.along_gross = asked.target_gross / asked.price;
                    }
                }
                wanted.apart += asked.sleeves * HALF_SHARE + NOISE * asked.wanted;
            }
            if asked.open && asked.price > 0.0 {
                let (size, apart) = (asked.wish.net, held.apart + wanted.apart);
                let off = wanted.along.abs() * about + held.along.abs() * scale + apart;
                let steep = slope(config, size + off, asked.price, asked.volume, true);
                beside += steep * ((wanted.along * growth - held.along).abs() * scale + apart);
                alone += steep * (asked.sleeves * HALF_SHARE + NOISE * asked.wanted);
                follow += steep * wanted.along.abs();
                let with = asked.wish.net > off && (wanted.along > 0.0) == asked.buys;
                let flat = || slope(config, size - off, asked.price, asked.volume, config.cost_min == 0.0);
                least += if with { flat() } else { -steep } * wanted.along.abs();
                let step = Step::of(config, asked.wish, kept.gross(0.0) + wanted.gross(about), kept.gross(0.0));
                let cost = step.cost(config, asked.wish.net + off, asked.price, asked.volume);
                beside += cost;
                alone += cost;
                wanted.apart += step.shares;
                kept.apart += step.shares;
            }
            next.wanted[j] = wanted;
            next.held[j] = kept;
        }
        let before = scale * growth.abs() + own;
        (next.scale, next.money) = if whole.shrink && whole.base > 0.0 {
            let base = if least >= TELLABLE { (own + beside) / least } else { whole.size };
            let settled = (whole.base + whole.paid - whole.value).abs() <= SETTLED * whole.size;
            let money = if settled { alone + SETTLED * whole.size } else { own + base + beside + follow * base };
            (scale * growth.abs() + base, money)
        } else {
            (before, beside + follow * own)
        };
        next.growth = 1.0;
        next
    }

    /// An order that had waited is about to be filled: what its cost is off by comes now, and it may be one that is not sent.
    pub(crate) fn waited(&mut self, config: &BacktestConfig, j: usize, wish: Wish, price: f64, volume: Option<f64>) {
        let (held, wanted) = (self.held[j], self.wanted[j]);
        let off = (wanted.along - held.along).abs() * self.scale + wanted.apart + held.apart;
        self.money += off * slope(config, wish.net + off, price, volume, true);
        let step = Step::of(config, wish, held.gross(self.scale) + wanted.gross(self.scale), held.gross(self.scale));
        self.money += step.cost(config, wish.net + off, price, volume);
        self.wanted[j].apart += step.shares;
        self.held[j].apart += step.shares;
    }

    /// An order was filled: so much went outside, in so many bookings.
    pub(crate) fn filled(&mut self, j: usize, net: f64, price: f64, fills: f64) {
        // The price of what went outside; money of the two parts of each fill, and of the fee.
        self.money += (net + 2.0 * fills + 1.0) * HALF_UNIT + NOISE * net * price;
        self.lots[j] += fills;
        self.held[j] = self.wanted[j];
    }
}

/// What may be done on one path and not on the other.
#[derive(Clone, Copy, Debug, Default)]
struct Step {
    /// Whether an order is paid on one and not on the other.
    paid: bool,
    /// Shares that one trades and the other does not.
    shares: f64,
}

impl Step {
    /// Of an order that is off by `off` shares, of holdings that are off by `held`, sizes of sleeves added.
    fn of(config: &BacktestConfig, wish: Wish, off: f64, held: f64) -> Step {
        if config.cost_min == 0.0 || off == 0.0 {
            return Step::default();
        }
        let sent = (wish.crossed - DUST * wish.held).abs() <= off + DUST * held;
        let paid = (wish.net - DUST * wish.crossed).abs() <= off + DUST * off;
        Step { paid: sent || paid, shares: if sent { wish.crossed + off } else { 0.0 } }
    }

    fn cost(self, config: &BacktestConfig, shares: f64, price: f64, volume: Option<f64>) -> f64 {
        if self.paid { cost(config, shares, price, volume).total() } else { 0.0 }
    }
}
