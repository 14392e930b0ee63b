//! When decisions are made and at which bar they are executed.
//!
//! A decision knows what was known at its time and is executed at the first bar strictly after it, or `lag` − 1 bars later. Periods begin
//! with their first bar: whether a bar is the first of its month is known when it comes, whether it is the last is not.

use super::market::Market;
use crate::config::backtest::{BacktestConfig, Execution, Rebalance};
use crate::units::UnixNanos;

/// One decision.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Decision {
    /// What was known by then is known to it.
    pub(crate) as_of: UnixNanos,
    /// The bar at which it is executed.
    pub(crate) bar: usize,
}

/// The decisions of a run, one at most for each bar of execution, and how many come too late to be executed.
///
/// `own_times` are the times at which uploaded strategies change their weights; `computed` says whether there is one that can be asked
/// at any bar.
pub(crate) fn decisions(
    market: &Market,
    config: &BacktestConfig,
    own_times: &[UnixNanos],
    computed: bool,
) -> (Vec<Decision>, u32) {
    let rebalance = config.rebalance.unwrap_or(if computed { Rebalance::Monthly } else { Rebalance::OnSignal });
    let mut times: Vec<UnixNanos> = match rebalance {
        Rebalance::OnSignal if !computed => own_times.to_vec(),
        Rebalance::OnSignal | Rebalance::EveryBar => market.times.clone(),
        Rebalance::Never => market.times.first().copied().into_iter().collect(),
        Rebalance::Weekly | Rebalance::Monthly | Rebalance::Quarterly | Rebalance::Yearly => firsts(&market.times, rebalance),
    };
    if rebalance == Rebalance::Never && !computed {
        // Bought once, when there is something to buy.
        times = own_times.first().copied().into_iter().collect();
    }
    times.sort_unstable();
    times.dedup();
    // The close of the last bar earns nothing any more; its open does.
    let last = market.bars() - usize::from(config.execution == Execution::NextClose && market.bars() > 0);
    let first = config.start.map_or(0, |start| market.times.partition_point(|time| *time < start));
    let mut found: Vec<Decision> = Vec::with_capacity(times.len());
    let mut late = 0;
    for as_of in times {
        // A decision from before the start is carried out at the start, the newest of them alone.
        let bar = (market.first_after(as_of) + config.lag as usize - 1).max(first);
        if bar >= last {
            late += 1;
            continue;
        }
        match found.last_mut() {
            Some(before) if before.bar == bar => before.as_of = as_of,
            _ => found.push(Decision { as_of, bar }),
        }
    }
    (found, late)
}

/// The number of the week, quarter or year that a time falls in; of the month for everything else.
pub(crate) fn period(time: UnixNanos, rebalance: Rebalance) -> i64 {
    let (year, month, _) = time.date();
    let (year, month) = (i64::from(year), i64::from(month) - 1);
    match rebalance {
        // 1970-01-01 was a Thursday, three days after a Monday.
        Rebalance::Weekly => (time.days() + 3).div_euclid(7),
        Rebalance::Quarterly => year * 4 + month / 3,
        Rebalance::Yearly => year,
        _ => year * 12 + month,
    }
}

/// The first bar of every period.
fn firsts(times: &[UnixNanos], rebalance: Rebalance) -> Vec<UnixNanos> {
    let mut before = None;
    let is_new = |time: &UnixNanos| {
        let now = period(*time, rebalance);
        before.replace(now) != Some(now)
    };
    times.iter().copied().filter(is_new).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backtest::market::MarketData;
    use crate::error::Faults;
    use crate::frame::PriceBook;
    use std::collections::BTreeMap;

    fn market(days: &[&str]) -> Market {
        let rows = days.iter().map(|day| (UnixNanos::parse(day).unwrap(), 1.0)).collect();
        let points = BTreeMap::from([(String::from("a"), rows)]);
        let prices = PriceBook::from_points(points, |_, _| String::new(), &mut Faults::new()).unwrap();
        let data = MarketData {
            prices: &prices,
            high: None,
            low: None,
            open: None,
            volume: None,
            splits: None,
            dividends: None,
            delistings: None,
        };
        Market::new(&data, &BacktestConfig::default()).unwrap()
    }

    fn told(market: &Market, config: &BacktestConfig, own: &[&str], computed: bool) -> Vec<String> {
        let own: Vec<UnixNanos> = own.iter().map(|day| UnixNanos::parse(day).unwrap()).collect();
        let (found, late) = decisions(market, config, &own, computed);
        let mut lines: Vec<String> =
            found.iter().map(|decision| format!("{} at {}", decision.as_of, market.times[decision.bar])).collect();
        if late > 0 {
            lines.push(format!("{late} late"));
        }
        lines
    }

    const DAYS: &[&str] = &["2024-01-30", "2024-01-31", "2024-02-01", "2024-02-02", "2024-02-05", "2024-03-01"];

    #[test]
    fn the_first_bar_of_a_month_decides_and_the_next_executes() {
        let market = market(DAYS);
        let config = BacktestConfig::default();
        assert_eq!(told(&market, &config, &[], true), ["2024-01-30 at 2024-01-31", "2024-02-01 at 2024-02-02", "1 late"]);
        let weekly = BacktestConfig { rebalance: Some(Rebalance::Weekly), lag: 2, ..config };
        // Weeks begin on 29 January, 5 February and 26 February; two bars later there is none, or the last.
        assert_eq!(told(&market, &weekly, &[], true), ["2024-01-30 at 2024-02-01", "2 late"]);
    }

    #[test]
    fn uploaded_weights_are_executed_after_their_time_and_the_newer_wins() {
        let market = market(DAYS);
        let config = BacktestConfig::default();
        let own = ["2023-12-31", "2024-01-31", "2024-02-03", "2024-02-04", "2024-03-01"];
        assert_eq!(
            told(&market, &config, &own, false),
            ["2023-12-31 at 2024-01-30", "2024-01-31 at 2024-02-01", "2024-02-04 at 2024-02-05", "1 late"]
        );
        let start = BacktestConfig { start: UnixNanos::parse("2024-02-02"), ..config };
        assert_eq!(told(&market, &start, &own, false), ["2024-01-31 at 2024-02-02", "2024-02-04 at 2024-02-05", "1 late"]);
    }
}
