//! Prices as strategies see them: with the splits and dividends up to each day worked in, and nothing of later ones.
//!
//! Adjusted prices usually divide the past by the splits of the future, and an alpha that looks at the level of a price then knows of a split
//! years ahead. Here the present is multiplied by the splits and dividends of the past instead: p(t)·Π(ratio)·Π(1 + d/p), over all events
//! up to t. Ratios of two days are the same as with the usual way.

use super::market::MarketData;
use crate::error::{Faults, Problem};
use crate::frame::{FlowBook, PriceBook, Series};
use crate::units::UnixNanos;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// What strategies see; borrowed where there is nothing to adjust.
pub(crate) struct Adjusted<'a> {
    pub(crate) close: Cow<'a, PriceBook>,
    pub(crate) high: Option<Cow<'a, PriceBook>>,
    pub(crate) low: Option<Cow<'a, PriceBook>>,
    pub(crate) open: Option<Cow<'a, PriceBook>>,
    pub(crate) volume: Option<Cow<'a, FlowBook>>,
}

/// Prices adjusted forward, and volumes for splits, so that turnover in money stays what it was.
pub(crate) fn adjusted<'a>(data: &MarketData<'a>) -> Result<Adjusted<'a>, Problem> {
    let none = |book: Option<&PriceBook>| book.is_none_or(PriceBook::is_empty);
    if none(data.splits) && none(data.dividends) {
        return Ok(Adjusted {
            close: Cow::Borrowed(data.prices),
            high: data.high.map(Cow::Borrowed),
            low: data.low.map(Cow::Borrowed),
            open: data.open.map(Cow::Borrowed),
            volume: data.volume.map(Cow::Borrowed),
        });
    }
    let factors: BTreeMap<&str, Vec<Factor>> = data
        .prices
        .series()
        .iter()
        .map(|series| {
            let own = |book: Option<&'a PriceBook>| book.and_then(|book| book.get(&series.name));
            (series.name.as_str(), factors(series, own(data.splits), own(data.dividends)))
        })
        .collect();
    let mut faults = Faults::new();
    let mut prices = |book: &PriceBook| {
        let points = scaled(book.series(), &factors, |value, factor| value * factor.all);
        PriceBook::from_points(points, |name, _| format!("/prices/{name}"), &mut faults).map(Cow::Owned)
    };
    let (close, high) = (prices(data.prices), data.high.map(&mut prices));
    let (low, open) = (data.low.map(&mut prices), data.open.map(&mut prices));
    let volume = data.volume.map(|book| {
        let points = scaled(book.series(), &factors, |value, factor| value / factor.splits);
        FlowBook::from_points(points, |name, _| format!("/volume/{name}"), &mut faults).map(Cow::Owned)
    });
    let found = close.map(|close| Adjusted {
        close,
        high: high.flatten(),
        low: low.flatten(),
        open: open.flatten(),
        volume: volume.flatten(),
    });
    faults.finish(found)
}

/// What a price of a time is multiplied by.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Factor {
    time: UnixNanos,
    splits: f64,
    all: f64,
}

/// The factor at every closing price of a symbol.
fn factors(series: &Series, splits: Option<&Series>, dividends: Option<&Series>) -> Vec<Factor> {
    let (mut split, mut dividend) = (0, 0);
    let (mut by_splits, mut all) = (1.0, 1.0);
    let mut found = Vec::with_capacity(series.times.len());
    for (i, (time, price)) in series.times.iter().zip(&series.values).enumerate() {
        for (next, events, is_dividend) in [(&mut split, splits, false), (&mut dividend, dividends, true)] {
            let Some(events) = events else { continue };
            while events.times.get(*next).is_some_and(|ex| ex <= time) {
                let value = events.values[*next];
                *next += 1;
                if i == 0 {
                    // What lies before the first price, or on its day, is in it already.
                } else if is_dividend {
                    all *= 1.0 + value / price;
                } else {
                    by_splits *= value;
                    all *= value;
                }
            }
        }
        found.push(Factor { time: *time, splits: by_splits, all });
    }
    found
}

/// The rows of a table with the factor of their time: that of the newest close up to then.
fn scaled(
    table: &[Series],
    factors: &BTreeMap<&str, Vec<Factor>>,
    apply: impl Fn(f64, &Factor) -> f64,
) -> BTreeMap<String, Vec<(UnixNanos, f64)>> {
    table
        .iter()
        .map(|series| {
            let known = factors.get(series.name.as_str()).map(Vec::as_slice).unwrap_or_default();
            let mut next = 0;
            let rows = series.times.iter().zip(&series.values).map(|(time, value)| {
                while known.get(next).is_some_and(|factor| factor.time <= *time) {
                    next += 1;
                }
                (*time, next.checked_sub(1).map_or(*value, |newest| apply(*value, &known[newest])))
            });
            (series.name.clone(), rows.collect())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(rows: &[(i64, f64)]) -> Series {
        let (times, values) = rows.iter().map(|(day, value)| (UnixNanos::from_days(*day).unwrap(), *value)).unzip();
        Series { name: String::from("a"), times, values }
    }

    fn closes(prices: &Series, splits: Option<&Series>, dividends: Option<&Series>) -> Vec<f64> {
        factors(prices, splits, dividends).iter().zip(&prices.values).map(|(factor, price)| price * factor.all).collect()
    }

    #[test]
    fn by_hand() {
        // 100, then two for one at 50, then 1 paid at 49: no gain on the first day, none on the second (49 + 1 for 50).
        let prices = series(&[(1, 100.0), (2, 50.0), (3, 49.0)]);
        let found = closes(&prices, Some(&series(&[(2, 2.0)])), Some(&series(&[(3, 1.0)])));
        assert_eq!(found[..2], [100.0, 100.0]);
        assert!((found[2] - 100.0).abs() < 1e-12);
    }

    #[test]
    fn a_later_split_does_not_change_earlier_prices() {
        let prices = series(&[(1, 100.0), (2, 101.0), (3, 25.0)]);
        let found = closes(&prices, Some(&series(&[(3, 4.0)])), None);
        assert_eq!(found, [100.0, 101.0, 100.0]);
    }

    #[test]
    fn other_tables_take_the_factor_of_their_day() {
        let known = factors(&series(&[(1, 100.0), (3, 25.0)]), Some(&series(&[(3, 4.0)])), None);
        let open = [series(&[(0, 99.0), (2, 98.0), (3, 26.0)])];
        let found = scaled(&open, &BTreeMap::from([("a", known)]), |value, factor| value * factor.all);
        assert_eq!(found["a"].iter().map(|(_, value)| *value).collect::<Vec<_>>(), [99.0, 98.0, 104.0]);
    }
}
