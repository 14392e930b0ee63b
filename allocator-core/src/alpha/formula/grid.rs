//! Prices laid out for formulas: the bars of each symbol side by side, and which of them fall on one time.
//!
//! A window of five bars is five bars of that symbol: a day on which it did not trade is not a day of its history. Across symbols, the bars of
//! one time are compared.

use super::Column;
use crate::frame::{FlowBook, PriceBook, Series};
use crate::units::UnixNanos;

/// The tables that a grid is made of.
#[derive(Clone, Copy)]
pub struct GridData<'a> {
    /// Closing prices; a symbol's bars are the times at which it has one.
    pub close: &'a PriceBook,
    /// Highest prices.
    pub high: Option<&'a PriceBook>,
    /// Lowest prices.
    pub low: Option<&'a PriceBook>,
    /// Opening prices.
    pub open: Option<&'a PriceBook>,
    /// Shares traded.
    pub volume: Option<&'a FlowBook>,
}

impl<'a> GridData<'a> {
    /// Closing prices alone.
    pub fn of(close: &'a PriceBook) -> Self {
        GridData { close, high: None, low: None, open: None, volume: None }
    }

    /// Whether a column can be had.
    pub fn has(&self, column: Column) -> bool {
        match column {
            Column::Close | Column::Returns => true,
            Column::High => self.high.is_some(),
            Column::Low => self.low.is_some(),
            Column::Open => self.open.is_some(),
            Column::Volume => self.volume.is_some(),
        }
    }
}

/// Prices by symbol and bar: all bars of the first symbol, then all of the second.
#[derive(Clone, Debug)]
pub struct Grid {
    /// Where the bars of each symbol begin, and the end of the last.
    pub(super) starts: Vec<usize>,
    /// The time of every bar.
    times: Vec<UnixNanos>,
    /// Bars of one time, time after time: `offsets[t]..offsets[t + 1]`.
    pub(super) offsets: Vec<usize>,
    pub(super) peers: Vec<u32>,
    close: Vec<f64>,
    returns: Vec<f64>,
    high: Option<Vec<f64>>,
    low: Option<Vec<f64>>,
    open: Option<Vec<f64>>,
    volume: Option<Vec<f64>>,
}

impl Grid {
    /// Lays tables out. A bar without an entry in another table than `close` has an unknown there.
    pub fn new(data: &GridData<'_>) -> Self {
        let closes = data.close.series();
        let mut starts = vec![0];
        let (mut times, mut close, mut returns) = (Vec::new(), Vec::new(), Vec::new());
        for series in closes {
            times.extend_from_slice(&series.times);
            close.extend_from_slice(&series.values);
            returns.extend(series.values.first().map(|_| f64::NAN));
            returns.extend(series.values.windows(2).map(|pair| pair[1] / pair[0] - 1.0));
            starts.push(times.len());
        }
        let (offsets, peers) = peers(&starts, &times);
        let column = |table: Option<&[Series]>| table.map(|table| aligned(closes, table));
        Grid {
            offsets,
            peers,
            high: column(data.high.map(PriceBook::series)),
            low: column(data.low.map(PriceBook::series)),
            open: column(data.open.map(PriceBook::series)),
            volume: column(data.volume.map(FlowBook::series)),
            starts,
            times,
            close,
            returns,
        }
    }

    /// Symbols times bars.
    pub fn len(&self) -> usize {
        self.times.len()
    }

    /// Whether there is no bar.
    pub fn is_empty(&self) -> bool {
        self.times.is_empty()
    }

    /// How many symbols there are.
    pub fn symbols(&self) -> usize {
        self.starts.len() - 1
    }

    /// The bars of a symbol, as places in what [`super::Formula::evaluate`] answers.
    pub fn bars_of(&self, symbol: usize) -> std::ops::Range<usize> {
        self.starts[symbol]..self.starts[symbol + 1]
    }

    /// The place of the newest bar of a symbol up to a time.
    pub fn newest(&self, symbol: usize, as_of: UnixNanos) -> Option<usize> {
        let range = self.bars_of(symbol);
        let known = self.times[range.clone()].partition_point(|time| *time <= as_of);
        known.checked_sub(1).map(|last| range.start + last)
    }

    /// The time of a bar.
    pub fn time(&self, bar: usize) -> UnixNanos {
        self.times[bar]
    }

    pub(super) fn column(&self, column: Column) -> Option<&[f64]> {
        match column {
            Column::Close => Some(&self.close),
            Column::Returns => Some(&self.returns),
            Column::High => self.high.as_deref(),
            Column::Low => self.low.as_deref(),
            Column::Open => self.open.as_deref(),
            Column::Volume => self.volume.as_deref(),
        }
    }
}

/// Bars grouped by time; in a group, symbols in their order.
fn peers(starts: &[usize], times: &[UnixNanos]) -> (Vec<usize>, Vec<u32>) {
    let mut order: Vec<u32> = (0..times.len() as u32).collect();
    let alike = starts.windows(3).all(|three| times[three[0]..three[1]] == times[three[1]..three[2]]);
    if alike && starts.len() > 1 {
        // Every symbol has the same bars: no sorting, every so manieth bar.
        let (symbols, bars) = (starts.len() - 1, starts[1]);
        order = (0..bars).flat_map(|t| (0..symbols).map(move |j| (j * bars + t) as u32)).collect();
        return ((0..=bars).map(|t| t * symbols).collect(), order);
    }
    order.sort_by_key(|&bar| (times[bar as usize], bar));
    let mut offsets = vec![0];
    for i in 1..order.len() {
        if times[order[i] as usize] != times[order[i - 1] as usize] {
            offsets.push(i);
        }
    }
    if !order.is_empty() {
        offsets.push(order.len());
    }
    (offsets, order)
}

/// Values of another table at the bars of the closes; NaN where there is none.
fn aligned(closes: &[Series], table: &[Series]) -> Vec<f64> {
    let mut all = Vec::new();
    for close in closes {
        let own = table.binary_search_by(|series| series.name.cmp(&close.name)).ok().map(|i| &table[i]);
        let Some(own) = own else {
            all.extend(std::iter::repeat_n(f64::NAN, close.times.len()));
            continue;
        };
        let mut next = 0;
        for time in &close.times {
            while own.times.get(next).is_some_and(|known| known < time) {
                next += 1;
            }
            all.push(if own.times.get(next) == Some(time) { own.values[next] } else { f64::NAN });
        }
    }
    all
}
