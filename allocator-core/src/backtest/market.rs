//! What happened on the market, laid out by bar: prices, gaps, splits, dividends and the end of symbols.
//!
//! A bar without a price keeps the last known one for valuation, and nobody trades at it. A split divides the last known price, so that a
//! gap on the day of a split does not look like a loss. Whether a symbol is gone is judged from the bars that went by without a price,
//! never from the fact that no later price will come.

use crate::config::backtest::{BacktestConfig, BarCalendar};
use crate::error::{Code, Fault, Faults, Problem};
use crate::frame::{FlowBook, PriceBook, Series, all_times};
use crate::units::UnixNanos;
use crate::wire::{At, nearest};

/// Most bars of one run.
pub const BARS_MAX: usize = 500_000;

/// Most bars times symbols of one run.
pub const CELLS_MAX: usize = 50_000_000;

/// The tables that a market is built from; dates need not be those of a bar.
#[derive(Clone, Copy)]
pub struct MarketData<'a> {
    /// Closing prices as they were quoted, not adjusted for the splits and dividends given beside them.
    pub prices: &'a PriceBook,
    /// Highest prices; formulas read them.
    pub high: Option<&'a PriceBook>,
    /// Lowest prices; formulas read them.
    pub low: Option<&'a PriceBook>,
    /// Opening prices.
    pub open: Option<&'a PriceBook>,
    /// Shares traded in each bar.
    pub volume: Option<&'a FlowBook>,
    /// New shares for one old share, on the day from which prices are quoted after the split.
    pub splits: Option<&'a PriceBook>,
    /// Money paid on one share (counted after a split of the same day), on the day from which it is quoted without.
    pub dividends: Option<&'a PriceBook>,
    /// Money paid out for one share on the day that a symbol ends, zero where nothing is left.
    pub delistings: Option<&'a FlowBook>,
}

/// Something that befalls one symbol at a bar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Befall {
    /// The bar.
    pub(crate) bar: u32,
    /// The symbol.
    pub(crate) symbol: u32,
    /// Ratio or money.
    pub(crate) value: f64,
}

/// A market by bar. Matrices are bar after bar, symbols in the order of [`Market::symbols`].
#[derive(Clone, Debug)]
pub struct Market {
    /// Times of the bars, strictly ascending.
    pub times: Vec<UnixNanos>,
    /// Symbols, sorted.
    pub symbols: Vec<String>,
    close: Vec<f64>,
    quoted: Vec<bool>,
    open: Option<(Vec<f64>, Vec<bool>)>,
    volume: Option<Vec<f64>>,
    pub(crate) splits: Vec<Befall>,
    pub(crate) dividends: Vec<Befall>,
    pub(crate) delistings: Vec<Befall>,
}

/// One set of prices of a bar.
#[derive(Clone, Copy)]
pub(crate) struct Quotes<'a> {
    /// Last known price of each symbol; zero before its first.
    pub(crate) price: &'a [f64],
    /// Whether it is a price of this bar, at which one can trade.
    pub(crate) quoted: &'a [bool],
    /// Last known volume of each symbol, zero before its first; empty where no volumes were given.
    pub(crate) volume: &'a [f64],
}

impl Market {
    /// Lays the tables out by bar.
    ///
    /// # Errors
    /// No prices, too many of them, a table that names a symbol without prices, impossible money, prices after the end of a symbol, open
    /// prices or volumes missing where the settings need them: all together.
    pub fn new(data: &MarketData<'_>, config: &BacktestConfig) -> Result<Self, Problem> {
        let mut faults = Faults::new();
        check_names(data, &mut faults);
        if config.execution == crate::config::backtest::Execution::NextOpen && data.open.is_none() {
            faults.push(Fault::new(
                Code::MissingField,
                "/open",
                "Orders are to be filled at the open, and there are no opening prices.",
                "Give \"open\", or execution next_close.",
            ));
        }
        if config.impact > 0.0 && data.volume.is_none() {
            faults.push(Fault::new(
                Code::MissingField,
                "/volume",
                "Market impact is measured against volume, and there are no volumes.",
                "Give \"volume\", or impact 0.",
            ));
        }
        let times = timeline(data.prices, config);
        let symbols: Vec<String> = data.prices.series().iter().map(|series| series.name.clone()).collect();
        if times.is_empty() {
            faults.push(Fault::new(
                Code::Empty,
                "/prices",
                "There is no bar: no symbol has a price in the time asked for.",
                "Give prices of one symbol or more.",
            ));
        }
        let cells = times.len().saturating_mul(symbols.len());
        for (what, count, most) in [("bars", times.len(), BARS_MAX), ("bars times symbols", cells, CELLS_MAX)] {
            if count > most {
                let message = format!("{count} {what}, and {most} are the most.");
                faults.push(Fault::new(Code::LimitExceeded, "/prices", message, "Give fewer bars or symbols."));
            }
        }
        faults.finish(Some(()))?;

        let splits = befalls(data.splits.map_or(&[], PriceBook::series), &times, &symbols);
        let dividends = befalls(data.dividends.map_or(&[], PriceBook::series), &times, &symbols);
        let mut delistings = befalls(data.delistings.map_or(&[], FlowBook::series), &times, &symbols);
        let (close, quoted) = filled(data.prices.series(), &times, &symbols, &splits, None);
        let open = data.open.map(|open| filled(open.series(), &times, &symbols, &splits, Some(&close)));
        let volume = data.volume.map(|volume| filled(volume.series(), &times, &symbols, &[], None).0);
        let mut market = Market { times, symbols, close, quoted, open, volume, splits, dividends, delistings: Vec::new() };
        let mut faults = Faults::new();
        for end in &delistings {
            let later = (end.bar as usize + 1..market.times.len()).find(|&t| market.is_quoted(t, end.symbol as usize));
            if let Some(later) = later {
                let (name, at) = (&market.symbols[end.symbol as usize], market.times[later]);
                faults.push(Fault::new(
                    Code::Conflict,
                    At::Root.key("delistings").key(name),
                    format!("{name} is delisted on {} and has a price at {at}.", market.times[end.bar as usize]),
                    "Mend the date, or leave the later prices out.",
                ));
            }
        }
        faults.finish(Some(()))?;
        market.presumed_dead(config, &mut delistings);
        market.delistings = delistings;
        Ok(market)
    }

    /// Symbols that have gone without a price for so long that they count as delisted, with what is paid for a share.
    fn presumed_dead(&self, config: &BacktestConfig, delistings: &mut Vec<Befall>) {
        let (n, patience) = (self.symbols.len(), config.delist_after);
        let mut stated = vec![false; n];
        for end in delistings.iter() {
            stated[end.symbol as usize] = true;
        }
        let mut silent = vec![0_u32; n];
        for t in 0..self.times.len() {
            for j in 0..n {
                if self.is_quoted(t, j) || self.close[t * n + j] == 0.0 {
                    silent[j] = 0;
                    continue;
                }
                silent[j] += 1;
                if silent[j] == patience && !stated[j] {
                    let value = self.close[t * n + j] * config.delisting_recovery;
                    delistings.push(Befall { bar: t as u32, symbol: j as u32, value });
                }
            }
        }
        delistings.sort_by_key(|end| (end.bar, end.symbol));
    }

    /// How many bars there are.
    pub fn bars(&self) -> usize {
        self.times.len()
    }

    /// Whether a symbol has a closing price at a bar.
    pub fn is_quoted(&self, bar: usize, symbol: usize) -> bool {
        self.quoted[bar * self.symbols.len() + symbol]
    }

    /// Closing prices of a bar.
    pub(crate) fn at_close(&self, bar: usize) -> Quotes<'_> {
        let range = self.range(bar);
        Quotes { price: &self.close[range.clone()], quoted: &self.quoted[range.clone()], volume: self.volume_of(range) }
    }

    /// Opening prices of a bar; its closing prices where none were given, which [`Market::new`] refuses where they are needed.
    pub(crate) fn at_open(&self, bar: usize) -> Quotes<'_> {
        let range = self.range(bar);
        match &self.open {
            Some((price, quoted)) => {
                Quotes { price: &price[range.clone()], quoted: &quoted[range.clone()], volume: self.volume_of(range) }
            }
            None => self.at_close(bar),
        }
    }

    fn volume_of(&self, range: std::ops::Range<usize>) -> &[f64] {
        self.volume.as_ref().map_or(&[], |volume| &volume[range])
    }

    fn range(&self, bar: usize) -> std::ops::Range<usize> {
        bar * self.symbols.len()..(bar + 1) * self.symbols.len()
    }

    /// The first bar strictly after a time.
    pub(crate) fn first_after(&self, time: UnixNanos) -> usize {
        self.times.partition_point(|bar| *bar <= time)
    }
}

/// The bars: every time at which a symbol has a price, as far as the calendar and the end of the run let it count.
fn timeline(prices: &PriceBook, config: &BacktestConfig) -> Vec<UnixNanos> {
    let mut times = all_times(prices.series().iter());
    // 1970-01-01 was a Thursday: day 2 was the first Saturday.
    let weekend = |time: &UnixNanos| matches!((time.days() + 3).rem_euclid(7), 5 | 6);
    times
        .retain(|time| config.end.is_none_or(|end| *time <= end) && !(config.calendar == BarCalendar::Weekdays && weekend(time)));
    times
}

/// Refuses tables that name symbols without prices, and payments below zero.
fn check_names(data: &MarketData<'_>, faults: &mut Faults) {
    let tables: [(&str, &[Series]); 7] = [
        ("high", data.high.map_or(&[], PriceBook::series)),
        ("low", data.low.map_or(&[], PriceBook::series)),
        ("open", data.open.map_or(&[], PriceBook::series)),
        ("volume", data.volume.map_or(&[], FlowBook::series)),
        ("splits", data.splits.map_or(&[], PriceBook::series)),
        ("dividends", data.dividends.map_or(&[], PriceBook::series)),
        ("delistings", data.delistings.map_or(&[], FlowBook::series)),
    ];
    for (table, all) in tables {
        let at = At::Root.key(table);
        for series in all {
            if data.prices.get(&series.name).is_none() {
                faults.push(unknown_symbol(&series.name, data.prices, &at.key(&series.name)));
            }
            if matches!(table, "volume" | "delistings")
                && let Some(i) = series.values.iter().position(|value| *value < 0.0)
            {
                faults.push(Fault::new(
                    Code::ImpossibleValue,
                    at.key(&series.name).key("value").index(i),
                    format!("{table} of {} at {} is {}.", series.name, series.times[i], series.values[i]),
                    "Give a number from 0.",
                ));
            }
            if table == "delistings" && series.times.len() > 1 {
                faults.push(Fault::new(
                    Code::Conflict,
                    at.key(&series.name),
                    format!("{} is delisted {} times.", series.name, series.times.len()),
                    "Give one date.",
                ));
            }
        }
    }
}

/// The fault of a symbol that has no prices.
pub(crate) fn unknown_symbol(name: &str, prices: &PriceBook, at: &At<'_>) -> Fault {
    let hint = match nearest(name, prices.series().iter().map(|series| series.name.as_str())) {
        Some(near) => format!("Did you mean {near:?}?"),
        None => String::from("Name a symbol that has prices, or give its prices."),
    };
    Fault::new(Code::NotFound, at, format!("There are no prices of {name:?}."), hint)
}

/// Events of a table, each at the first bar from its date; what lies after the last bar never happens.
fn befalls(table: &[Series], times: &[UnixNanos], symbols: &[String]) -> Vec<Befall> {
    let mut all = Vec::new();
    for series in table {
        let Ok(symbol) = symbols.binary_search(&series.name) else { continue };
        for (time, value) in series.times.iter().zip(&series.values) {
            let bar = times.partition_point(|bar| bar < time);
            // What lies before the first bar is in its price already.
            if bar < times.len() && times.first().is_some_and(|first| time >= first) {
                all.push(Befall { bar: bar as u32, symbol: symbol as u32, value: *value });
            }
        }
    }
    all.sort_by_key(|event| (event.bar, event.symbol));
    all
}

/// Values by bar, the last known one where a bar has none, and whether it has one. With `before`, closing prices, a bar without a value has
/// the close of the bar before.
fn filled(
    table: &[Series],
    times: &[UnixNanos],
    symbols: &[String],
    splits: &[Befall],
    before: Option<&[f64]>,
) -> (Vec<f64>, Vec<bool>) {
    let n = symbols.len();
    let mut values = vec![0.0; times.len() * n];
    let mut quoted = vec![false; times.len() * n];
    for series in table {
        let Ok(j) = symbols.binary_search(&series.name) else { continue };
        if series.times == times {
            for (t, value) in series.values.iter().enumerate() {
                values[t * n + j] = *value;
                quoted[t * n + j] = true;
            }
            continue;
        }
        let mut t = 0;
        for (time, value) in series.times.iter().zip(&series.values) {
            while t < times.len() && times[t] < *time {
                t += 1;
            }
            if t < times.len() && times[t] == *time {
                values[t * n + j] = *value;
                quoted[t * n + j] = true;
            }
        }
    }
    let mut split = splits.iter().peekable();
    for t in 0..times.len() {
        for j in 0..n {
            if !quoted[t * n + j] && t > 0 {
                values[t * n + j] = before.map_or(values[(t - 1) * n + j], |close| close[(t - 1) * n + j]);
            }
        }
        while let Some(event) = split.next_if(|event| event.bar as usize == t) {
            let cell = t * n + event.symbol as usize;
            if !quoted[cell] {
                values[cell] /= event.value;
            }
        }
    }
    (values, quoted)
}
