//! The backtest by hand, and what it refuses.

use super::*;
use crate::backtest::ShareBasis;
use crate::frame::ReturnBook;
use crate::units::UnixNanos;

fn answer(text: &str) -> Result<BacktestResult, Problem> {
    Ok(backtest(&BacktestRequest::from_json(text.as_bytes())?)?.result)
}

fn codes(text: &str) -> Vec<String> {
    answer(text).unwrap_err().problems.iter().map(|fault| format!("{} {}", fault.path, fault.code)).collect()
}

fn near(got: &[f64], wanted: &[f64]) {
    assert!(
        got.len() == wanted.len() && got.iter().zip(wanted).all(|(got, wanted)| (got - wanted).abs() < 1e-6),
        "{got:?} {wanted:?}"
    );
}

const AB: &str = r#""prices":{
    "a":[["2024-01-01",10],["2024-01-02",11],["2024-01-03",11],["2024-01-04",22]],
    "b":[["2024-01-01",20],["2024-01-02",20],["2024-01-03",10],["2024-01-04",10]]}"#;

#[test]
fn by_hand_half_and_half_once_with_costs() {
    // Decided before the first bar, executed at its close: 500 each, 50 shares of a and 25 of b; 1 % of 1,000 paid from cash.
    let result = answer(&format!(
        r#"{{"version":1,{AB},"strategies":{{"s":{{"weights":{{"a":[["2023-12-31",0.5]],"b":[["2023-12-31",0.5]]}}}}}},
            "config":{{"initial_value":1000,"cost_rate":0.01}}}}"#
    ))
    .unwrap();
    // 1,000 before the trade; −10 + 50·11 + 25·20; −10 + 550 + 250; −10 + 1,100 + 250.
    near(&result.curve.value, &[1000.0, 1040.0, 790.0, 1340.0]);
    near(&result.rebalances.turnover, &[1.0]);
    near(&result.rebalances.cost, &[10.0]);
    near(&result.curve.cash, &[-10.0; 4]);
    near(&result.curve.drawdown, &[0.0, 0.0, 790.0 / 1040.0 - 1.0, 0.0]);
    assert_eq!(result.attribution.iter().map(|row| row.symbol.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    near(&result.attribution.iter().map(|row| row.profit).collect::<Vec<_>>(), &[600.0, -250.0]);
    near(&[result.summary.final_value, result.summary.profit, result.summary.cost], &[1340.0, 350.0, 10.0]);
    assert_eq!((result.status, result.summary.trades, result.metrics.n), (BacktestStatus::Completed, 2, 3));
    // With costs taken from the trades: x + 1 % of x is 1,000, so that no cash is borrowed.
    let shrunk = answer(&format!(
        r#"{{"version":1,{AB},"strategies":{{"s":{{"weights":{{"a":[["2023-12-31",1]]}}}}}},
            "config":{{"initial_value":1010,"cost_rate":0.01,"financing":"shrink"}}}}"#
    ))
    .unwrap();
    near(&shrunk.curve.cash, &[0.0; 4]);
    near(&shrunk.curve.value, &[1010.0, 1100.0, 1100.0, 2200.0]);
}

#[test]
fn who_earned_what_is_told_of_a_part_of_the_run() {
    let ask = |config: &str| {
        answer(&format!(
            r#"{{"version":1,{AB},"strategies":{{"s":{{"weights":{{"a":[["2023-12-31",0.5]],"b":[["2023-12-31",0.5]]}}}}}},
                "config":{{"initial_value":1000,"cost_rate":0.01{config}}}}}"#
        ))
        .unwrap()
    };
    let cells = |result: &BacktestResult| -> Vec<(String, f64, f64)> {
        result.attribution.iter().map(|row| (row.symbol.clone(), row.profit, row.cost)).collect()
    };
    let row = |symbol: &str, profit: f64, cost: f64| (symbol.to_owned(), profit, cost);
    // 50 a rise by 1 from the first close to the second, and 5 of costs fall on each symbol at the first.
    let first = ask(r#","attribution_end":"2024-01-02""#);
    assert_eq!(cells(&first), [row("a", 50.0, 5.0), row("b", 0.0, 5.0)]);
    let second = ask(r#","attribution_start":"2024-01-02","attribution_end":"2024-01-03""#);
    assert_eq!(cells(&second), [row("b", -250.0, 0.0)]);
    let third = ask(r#","attribution_start":"2024-01-03""#);
    assert_eq!(cells(&third), [row("a", 550.0, 0.0)]);
    // Days on which nobody trades belong to the bar before the end and to the bar after the beginning; what lies outside counts nothing.
    assert_eq!(cells(&ask(r#","attribution_start":"2024-02-01""#)), []);
    assert_eq!(cells(&ask(r#","attribution_end":"2023-02-01""#)), []);
    // The run is the same, and may be told without its curves.
    assert_eq!((second.curve.clone(), second.summary.clone()), (first.curve, first.summary));
    let brief = ask(r#","curves":false,"risk":{"mode":"off"}"#);
    assert_eq!(brief.curve, BacktestCurve::default());
    let overlay = brief.overlay.unwrap();
    assert!(overlay.raw_value.is_empty() && overlay.regimes.date.is_empty() && overlay.state.date.is_empty());
    assert!(brief.strategies[0].curve.is_empty() && brief.strategies[0].value.is_empty());
    assert_eq!((brief.summary, brief.metrics), (second.summary, second.metrics));
}

#[test]
fn decisions_at_a_bar_are_executed_at_the_next() {
    // Known at the close of 2 January, bought at the close of 3 January for 11, worth 22 a day later; the last decision is too late.
    let result = answer(&format!(
        r#"{{"version":1,{AB},"strategies":{{"s":{{"weights":{{"a":[["2024-01-02",1],["2024-01-03",0]]}}}}}},
            "config":{{"initial_value":1100,"cost_rate":0}}}}"#
    ))
    .unwrap();
    near(&result.curve.value, &[1100.0, 2200.0]);
    assert_eq!(result.curve.date[0].to_string(), "2024-01-03");
    assert_eq!(result.summary.late_decisions, 1);
}

#[test]
fn opposite_orders_of_two_strategies_cross() {
    // Each with half of 1,000: one buys 50 a, the other sells 50 a: nothing is traded, nothing is paid.
    let result = answer(&format!(
        r#"{{"version":1,{AB},"strategies":{{"l":{{"weights":{{"a":[["2023-12-31",1]]}}}},"s":{{"weights":{{"a":[["2023-12-31",-1]]}}}}}},
            "config":{{"initial_value":1000,"cost_rate":0.01}}}}"#
    ))
    .unwrap();
    near(&result.curve.value, &[1000.0; 4]);
    near(&[result.strategies[0].profit, result.strategies[1].profit, result.summary.saved], &[600.0, -600.0, 10.0]);
    assert_eq!((result.summary.trades, result.summary.cost), (0, 0.0));
}

#[test]
fn ledgers_come_to_the_same() {
    let result = answer(&format!(
        r#"{{"version":1,{AB},"strategies":{{"l":{{"weights":{{"a":[["2023-12-31",1],["2024-01-02",0.3]],"b":[["2024-01-02",0.5]]}}}},
        "s":{{"weights":{{"a":[["2023-12-31",-0.4]],"b":[["2024-01-02",-0.2]]}}}}}},"splits":{{"b":[["2024-01-03",0.5]]}},
        "dividends":{{"a":[["2024-01-03",0.37]]}},"config":{{"initial_value":1000,"cost_rate":0.01,"cash_rate":0.02,"ledgers":true}}}}"#
    ))
    .unwrap();
    let ledgers = result.ledgers.unwrap();
    assert!(ledgers.agrees && ledgers.conserved, "{ledgers:?}");
    assert!(ledgers.difference_max < 1e-5 && ledgers.postings > 20);
    for (own, told) in result.strategies.iter().zip(&ledgers.strategies) {
        near(&[told.profit, told.fees], &[own.profit - own.cost, own.cost]);
    }
}

#[test]
fn splits_dividends_gaps_and_the_end_of_a_symbol() {
    let text = r#"{"version":1,"prices":{
        "a":[["2024-01-01",100],["2024-01-02",50],["2024-01-03",49]],
        "b":[["2024-01-01",10],["2024-01-03",12]],
        "c":[["2024-01-01",10],["2024-01-02",8]]},
        "splits":{"a":[["2024-01-02",2]]},"dividends":{"a":[["2024-01-03",1]]},"delistings":{"c":[["2024-01-03",3]]},
        "strategies":{"s":{"weights":{"a":[["2023-12-31",0.5]],"b":[["2023-12-31",0.25]],"c":[["2023-12-31",0.25]]}}},
        "config":{"initial_value":4000,"cost_rate":0}}"#;
    let result = answer(text).unwrap();
    // 20 a become 40 a: 2,000 on the second day, then 40·49 + 40 = 2,000. 100 b: 1,000 through the gap, then 1,200. 100 c: 800, then
    // paid out 300.
    near(&result.curve.value, &[4000.0, 3800.0, 3500.0]);
    near(&result.attribution.iter().map(|row| row.profit).collect::<Vec<_>>(), &[0.0 + 200.0, -700.0]);
    let kinds: Vec<&str> = result.events.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(kinds, ["split", "dividend", "delisting"]);
    near(&result.curve.cash, &[0.0, 0.0, 340.0]);
}

#[test]
fn a_symbol_that_falls_silent_is_paid_out_when_patience_ends() {
    let rows: Vec<String> = (1..=9).map(|day| format!("[\"2024-01-0{day}\",10]")).collect();
    let text = format!(
        r#"{{"version":1,"prices":{{"a":[{}],"b":[["2024-01-01",10],["2024-01-02",20]]}},
        "strategies":{{"s":{{"weights":{{"b":[["2023-12-31",1]]}}}}}},
        "config":{{"initial_value":100,"cost_rate":0,"delist_after":3,"delisting_recovery":0.5}}}}"#,
        rows.join(",")
    );
    let result = answer(&text).unwrap();
    // 10 shares worth 200 until the third silent day, the 5th; then 100 in cash.
    near(&result.curve.value, &[100.0, 200.0, 200.0, 200.0, 100.0, 100.0, 100.0, 100.0, 100.0]);
    assert_eq!(result.events[0].date.to_string(), "2024-01-05");
    assert!(result.warnings.iter().any(|warning| warning.message.contains('b')));
}

#[test]
fn orders_wait_for_a_price() {
    let text = r#"{"version":1,"prices":{
        "a":[["2024-01-01",10],["2024-01-03",20],["2024-01-04",30]],
        "b":[["2024-01-01",10],["2024-01-02",10],["2024-01-03",10],["2024-01-04",10]]},
        "strategies":{"s":{"weights":{"a":[["2024-01-01",1]]}}},"config":{"initial_value":100,"cost_rate":0}}"#;
    let result = answer(text).unwrap();
    // On the 2nd a has no price: 10 shares at the last known price of 10 are ordered, and bought for 20 on the 3rd.
    near(&result.curve.value, &[100.0, 100.0, 200.0]);
    near(&result.curve.cash, &[100.0, -100.0, -100.0]);
    assert_eq!(result.events[0].kind, "waiting");
}

#[test]
fn at_the_open_of_the_next_bar() {
    let text = format!(
        r#"{{"version":1,{AB},"open":{{"a":[["2024-01-02",10],["2024-01-03",11],["2024-01-04",20]]}},
        "strategies":{{"s":{{"weights":{{"a":[["2024-01-01",1],["2024-01-03",0]]}}}}}},
        "config":{{"initial_value":100,"cost_rate":0,"execution":"next_open"}}}}"#
    );
    // Bought at the open of the 2nd for 10, sold at the open of the 4th for 20.
    let result = answer(&text).unwrap();
    near(&result.curve.value, &[100.0, 110.0, 110.0, 200.0]);
    assert_eq!(codes(&text.replace("\"open\"", "\"volume\"")), ["/open missing_field"]);
}

#[test]
fn a_strategy_that_fails_is_paused_and_the_others_run_on() {
    let text = format!(
        r#"{{"version":1,{AB},"strategies":{{"bad":{{"weights":{{"a":[["2023-12-31",1],["2024-01-01",60]]}}}},
        "good":{{"weights":{{"b":[["2023-12-31",1]]}}}}}},"config":{{"initial_value":1000,"cost_rate":0}}}}"#
    );
    let result = answer(&text).unwrap();
    // 50 a and 25 b; on the 2nd a is sold for 11 each and b bought back to half of 1,050: 26.25, which fall to half.
    near(&result.curve.value, &[1000.0, 1050.0, 787.5, 787.5]);
    assert_eq!(result.strategies[0].paused.unwrap().to_string(), "2024-01-01");
    assert_eq!(result.strategies[1].paused, None);
    assert_eq!(result.events[0].kind, "strategy_paused");
    let stop = text.replace("\"cost_rate\"", "\"on_strategy_error\":\"stop\",\"cost_rate\"");
    assert_eq!(codes(&stop), ["/strategies/bad/weights out_of_range"]);
}

#[test]
fn nothing_is_left_and_nothing_comes_after() {
    // Three times short: a doubles on the last day.
    let result = answer(&format!(
        r#"{{"version":1,{AB},"strategies":{{"s":{{"weights":{{"a":[["2024-01-02",-3]]}}}}}},"config":{{"cost_rate":0}}}}"#
    ))
    .unwrap();
    assert_eq!(result.status, BacktestStatus::Ruined);
    assert_eq!(result.metrics.total_return, Some(-1.0));
    assert!(result.holdings.is_empty());
}

#[test]
fn interest_on_cash_and_shorts() {
    // Half short in b: cash 1,500 earns 3.65 % a year, the short of 500 costs 7.3 %: a day 0.15 and 0.10.
    let result = answer(
        r#"{"version":1,"prices":{"b":[["2024-01-01",20],["2024-01-02",20]]},"strategies":{"s":{"weights":{"b":[["2023-12-31",-0.5]]}}},
        "config":{"initial_value":1000,"cost_rate":0,"cash_rate":0.0365,"borrow_rate":0.073}}"#,
    )
    .unwrap();
    near(&result.curve.value, &[1000.0, 1000.05]);
    near(&[result.summary.interest], &[0.05]);
}

#[test]
fn whole_lots_toward_zero() {
    let result = answer(&format!(
        r#"{{"version":1,{AB},"strategies":{{"s":{{"weights":{{"a":[["2023-12-31",0.39]],"b":[["2023-12-31",-0.39]]}}}}}},
        "config":{{"initial_value":1000,"cost_rate":0,"lot_size":10}}}}"#
    ))
    .unwrap();
    // 39 a become 30, −19.5 b become −10.
    assert_eq!(result.holdings.iter().map(|held| held.shares).collect::<Vec<_>>(), [30.0, -10.0]);
}

#[test]
fn bad_input_is_refused_with_its_place() {
    let strategies = r#""strategies":{"s":{"weights":{"a":[["2024-01-01",1]]}}}"#;
    for (text, wanted) in [
        (r#"{"version":1,"prices":{"a":[["2024-01-01",-1]]},"strategies":{}}"#, vec!["/prices/a/0 impossible_value"]),
        (r#"{"version":1,"prices":{"a":[["2024-01-01",0]]},"strategies":{}}"#, vec!["/prices/a/0 impossible_value"]),
        (r#"{"version":1,"prices":{"a":[["2024-01-01",1],["2024-01-01",2]]},"strategies":{}}"#, vec!["/prices/a/1 duplicate"]),
        (r#"{"version":1,"prices":{"a":[["2024-01-01",1]]},"strategies":{}}"#, vec!["/strategies empty"]),
        (
            r#"{"version":1,"prices":{"a":[["2024-01-01",1]]},"strategies":{"s":{"weights":{"AA":[["2024-01-01",1]]}},"t":{}},"config":{"shares":{"u":1}}}"#,
            vec!["/strategies/s/weights/AA not_found", "/strategies/t missing_field", "/config/shares/u not_found"],
        ),
        (&format!(r#"{{"version":1,"prices":{{"a":[]}},{strategies}}}"#), vec!["/prices empty"]),
        (
            &format!(
                r#"{{"version":1,"prices":{{"a":[["2024-01-01",1],["2024-01-02",1]]}},{strategies},"splits":{{"b":[["2024-01-01",2]]}},
                "delistings":{{"a":[["2024-01-01",-1]]}},"config":{{"impact":0.1}}}}"#
            ),
            vec!["/splits/b not_found", "/delistings/a/value/0 impossible_value", "/volume missing_field"],
        ),
        (
            &format!(
                r#"{{"version":1,"prices":{{"a":[["2024-01-01",1],["2024-01-02",1]]}},{strategies},"delistings":{{"a":[["2024-01-01",1]]}}}}"#
            ),
            vec!["/delistings/a conflict"],
        ),
    ] {
        assert_eq!(codes(text), wanted, "{text}");
    }
}

#[test]
fn strategies_are_blended_by_what_they_earned_so_far() {
    // Two alphas over sixty days of two symbols; inverse volatility needs two returns each.
    let rows = |growth: f64| -> String {
        let day = |i: u32| {
            let date = UnixNanos::from_days(19_723 + i64::from(i)).unwrap();
            let price = 100.0 + growth * f64::from(i) + f64::from(i * 7 % 5);
            format!("[\"{date}\",{price}]")
        };
        (0..90).map(day).collect::<Vec<_>>().join(",")
    };
    let text = format!(
        r#"{{"version":1,"prices":{{"a":[{}],"b":[{}]}},
        "strategies":{{"m":{{"alpha":"momentum_20d","top":0.5}},"r":{{"alpha":"short_term_reversal","top":0.5}}}},
        "config":{{"rebalance":"weekly","blend":{{"method":"inverse_vol","per_strategy_max":0.6,"min_observations":2}}}}}}"#,
        rows(1.0),
        rows(-0.5)
    );
    let result = answer(&text).unwrap();
    assert_eq!(result.status, BacktestStatus::Completed);
    let sum: f64 = result.strategies.iter().map(|strategy| strategy.contribution).sum();
    near(&[sum], &[result.summary.final_value / result.summary.initial_value - 1.0]);
}

/// Prices of a day's moves, from 100 on, beginning on 1 January 2024.
fn priced(moves: impl Iterator<Item = f64>) -> String {
    let mut price = 100.0;
    let row = |(i, moved): (usize, f64)| {
        price *= 1.0 + moved;
        format!("[\"{}\",{price}]", UnixNanos::from_days(19_723 + i as i64).unwrap())
    };
    moves.enumerate().map(row).collect::<Vec<_>>().join(",")
}

#[test]
fn capital_goes_by_what_each_strategy_earned_alone() {
    // Alone, calm moves by 1 % a day and wild by 2 %. The method knows nothing before it has twenty returns of both.
    let sign = |i: u32| if i.is_multiple_of(2) { 1.0 } else { -1.0 };
    let text = format!(
        r#"{{"version":1,"prices":{{"a":[{}],"b":[{}]}},
        "strategies":{{"calm":{{"weights":{{"a":[["2023-12-31",1]]}}}},"wild":{{"weights":{{"b":[["2023-12-31",1]]}}}}}},
        "config":{{"rebalance":"every_bar","cost_rate":0,"shares":{{"calm":0.5,"wild":0.3}},"ledgers":true,
        "capital":{{"method":"inverse_volatility","lookback":20}},"capital_schedule":"monthly"}}}}"#,
        priced((0..70).map(|i| 0.01 * sign(i))),
        priced((0..70).map(|i| 0.02 * sign(i))),
    );
    let result = answer(&text).unwrap();
    let capital = result.capital.as_ref().unwrap();
    let of = |date: &str| -> (f64, f64, ShareBasis) {
        let at = capital.date.iter().position(|time| time.to_string() == date).unwrap();
        (capital.share[at], capital.share[at + 1], capital.basis[at])
    };
    assert_eq!(of("2024-01-02"), (0.5, 0.3, ShareBasis::Warmup));
    // Bought at the close of 2 January; at the close of the 22nd twenty returns are known, and that is carried out on the 23rd.
    assert_eq!(of("2024-01-22"), (0.5, 0.3, ShareBasis::Warmup));
    let (calm, wild, basis) = of("2024-01-23");
    near(&[calm, wild], &[2.0 / 3.0, 1.0 / 3.0]);
    assert_eq!((basis, of("2024-01-24").2, of("2024-02-02").2), (ShareBasis::Method, ShareBasis::Kept, ShareBasis::Method));
    let warned: Vec<&str> = result.warnings.iter().map(|warning| warning.path.as_str()).collect();
    assert_eq!(warned, ["/config/capital"]);
    let ledgers = result.ledgers.unwrap();
    assert!(ledgers.agrees && ledgers.conserved, "{ledgers:?}");
    // The first trading day: half of the money in a, three tenths in b.
    near(&result.weights.weight[..2], &[0.5, 0.3]);
    assert_eq!(result.weights.weight, result.weights.raw);
}

/// Five months of four symbols that move together now and then, held by two strategies.
fn uneasy(config: &str) -> String {
    let mut state = 11_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as f64 / f64::from(1_u32 << 31) - 0.5
    };
    let common: Vec<f64> = (0..150).map(|i| next() * if i % 50 > 38 { 0.06 } else { 0.004 }).collect();
    let prices: Vec<String> = ["a", "b", "c", "d"]
        .iter()
        .map(|name| format!("\"{name}\":[{}]", priced(common.iter().map(|common| common + 0.01 * next()))))
        .collect();
    format!(
        r#"{{"version":1,"prices":{{{}}},"strategies":{{
        "one":{{"weights":{{"a":[["2023-12-31",0.5]],"b":[["2023-12-31",0.5]]}}}},
        "two":{{"weights":{{"c":[["2023-12-31",0.9]],"d":[["2023-12-31",-0.1]]}}}}}},
        "config":{{"rebalance":"weekly","ledgers":true,{config}}}}}"#,
        prices.join(",")
    )
}

const OVERLAY: &str = r#""risk":{"warmup_scalar":0.8,"thresholds":{"vol_accel_enter":1.1,"vol_accel_exit":1.05}}"#;

#[test]
fn the_overlay_scales_as_the_operation_risk_would() {
    let request = BacktestRequest::from_json(uneasy(OVERLAY).as_bytes()).unwrap();
    let result = backtest(&request).unwrap().result;
    let overlay = result.overlay.as_ref().unwrap();
    // The same returns of the portfolio without the overlay and of the symbols, and the same decisions, given to the operation.
    let returns = |name: &str, times: &[UnixNanos], values: &[f64]| {
        let rows = values.windows(2).zip(&times[1..]).map(|(pair, time)| (*time, pair[1] / pair[0] - 1.0)).collect();
        (name.to_owned(), rows)
    };
    let book = |points| ReturnBook::from_points(points, |_, _| String::new(), &mut Faults::new()).unwrap();
    let raw = book(BTreeMap::from([returns("raw", &result.curve.date, &overlay.raw_value)]));
    let assets = request.prices.series().iter().map(|series| returns(&series.name, &series.times, &series.values)).collect();
    let wanted = crate::op::risk::risk(&crate::op::risk::RiskRequest {
        asset_returns: Some(book(assets)),
        config: request.config.risk.clone().unwrap(),
        portfolio_returns: Some(raw),
        rebalances: result.rebalances.decided.clone(),
        ..crate::op::risk::RiskRequest::empty()
    })
    .unwrap()
    .result;
    assert_eq!(Some(&overlay.exposure), wanted.exposure.as_ref());
    assert_eq!((&overlay.regimes, &overlay.scalars), (&wanted.regimes, &wanted.scalars));
    assert_eq!(overlay.summary, wanted.summary.unwrap());
    // It did something, and every weight is its raw weight times the scalar of its rebalance.
    let scalars = &overlay.exposure.scalar;
    assert!(overlay.summary.scalar_min.unwrap() < 0.8 && overlay.summary.scalar_max.unwrap() > 0.999, "{scalars:?}");
    for (i, date) in result.weights.date.iter().enumerate() {
        let at = result.rebalances.executed.iter().position(|executed| executed == date).unwrap();
        near(&[result.weights.weight[i]], &[result.weights.raw[i] * scalars[at]]);
    }
    let ledgers = result.ledgers.as_ref().unwrap();
    assert!(ledgers.agrees && ledgers.conserved, "{ledgers:?}");
}

#[test]
fn an_overlay_that_is_off_changes_no_weight() {
    let off = answer(&uneasy(&OVERLAY.replace("\"warmup", "\"mode\":\"off\",\"warmup"))).unwrap();
    let without = answer(&uneasy("\"lag\":1")).unwrap();
    assert_eq!((&off.curve, &off.weights), (&without.curve, &without.weights));
    assert!(off.overlay.unwrap().summary.scaled > 0);
    assert_eq!((without.overlay, without.capital), (None, None));
}

#[test]
fn the_files_of_one_run_are_the_scalars_of_the_next() {
    let request = BacktestRequest::from_json(uneasy(OVERLAY).as_bytes()).unwrap();
    let (first, files) = request.answer_and_artefacts("first").unwrap();
    for name in [
        "allocator_regime_v1.csv",
        "allocator_risk_v1.csv",
        "allocator_risk_v1_applied.csv",
        "allocator_risk_v1_applied_meta.json",
        "allocator_scalars_at_rebalances.csv",
        "allocator_state_v1.csv",
        "weights_raw.csv",
        "weights_scaled.csv",
    ] {
        assert!(files.contains_key(name), "{name}");
    }
    let mut next = request.clone();
    next.config.risk = Some(RiskConfig {
        mode: OverlayMode::Precomputed,
        precomputed_run_id: Some(String::from("first")),
        ..request.config.risk.clone().unwrap()
    });
    assert_eq!(next.run().unwrap_err().problems[0].path, "/precomputed");
    next.precomputed = Some(Precomputed {
        meta: files.get("allocator_risk_v1_applied_meta.json").cloned(),
        scalars: files["allocator_risk_v1_applied.csv"].clone(),
    });
    let (second, files) = next.answer_and_artefacts("second").unwrap();
    assert_eq!((&first.result.curve, &first.result.weights), (&second.result.curve, &second.result.weights));
    assert_eq!(second.result.overlay.unwrap().summary.source, "first/allocator_risk_v1_applied.csv");
    assert_eq!(files["allocator_risk_v1_applied_source.csv"].lines().count(), first.result.rebalances.decided.len() + 1);
    // Scalars that end long before the weights are refused, and never left out.
    let cut: Vec<&str> = next.precomputed.as_ref().unwrap().scalars.lines().take(4).collect();
    next.precomputed = Some(Precomputed { meta: None, scalars: cut.join("\n") + "\n" });
    next.config.risk.as_mut().unwrap().loader = crate::config::risk::Loader::Forgiving;
    assert_eq!(next.run().unwrap_err().problems[0].code, Code::Stale);
    next.config.risk = None;
    assert_eq!(next.run().unwrap_err().problems[0].path, "/precomputed");
}

#[test]
fn a_sleeve_of_strategies_follows_by_its_sensitivity() {
    let sleeves = OVERLAY.replace("\"warmup", r#""sleeves":{"calm":{"assets":["two"],"sensitivity":0}},"warmup"#);
    let result = answer(&uneasy(&sleeves)).unwrap();
    let overlay = result.overlay.unwrap();
    for (i, symbol) in result.weights.symbol.iter().enumerate() {
        let at = result.rebalances.executed.iter().position(|executed| *executed == result.weights.date[i]).unwrap();
        // Also at the first rebalance, which knows no scalar: a sleeve that does not follow is left alone there too.
        let follows = matches!(symbol.as_str(), "a" | "b");
        let scalar = if follows { overlay.exposure.scalar[at] } else { 1.0 };
        near(&[result.weights.weight[i]], &[result.weights.raw[i] * scalar]);
    }
}

#[test]
fn strangers_in_the_settings_of_capital_and_overlay_are_named() {
    let text = uneasy(
        r#""capital":{"fixed":{"on":0.5},"constraints":{"strategies":{"tow":{"max":0.5}},"groups":{"g":{"members":["one","three"]}}}},
        "risk":{"sleeves":{"s":{"assets":["a"]}}}"#,
    );
    assert_eq!(
        codes(&text),
        [
            "/config/capital/fixed/on not_found",
            "/config/capital/constraints/strategies/tow not_found",
            "/config/capital/constraints/groups/g/members/1 not_found",
            "/config/risk/sleeves/s/assets/0 not_found",
        ]
    );
}

#[test]
fn a_formula_is_refused_with_its_character_and_an_endless_one_before_it_is_computed() {
    let of = |formula: &str| codes(&format!(r#"{{"version":1,{AB},"strategies":{{"mine":{{"formula":"{formula}"}}}}}}"#));
    assert_eq!(of("rnk(close)"), ["/strategies/mine/formula:1:1 unknown_field"]);
    let cut = of("close +");
    assert!(
        cut.len() == 1 && cut[0].starts_with("/strategies/mine/formula:1:") && cut[0].ends_with("invalid_formula"),
        "{cut:?}"
    );
    for endless in
        [format!("{}close{}", "(".repeat(100), ")".repeat(100)), format!("close{}", " + close".repeat(900)), "1+".repeat(6_000)]
    {
        let found = of(&endless);
        assert!(found.len() == 1 && found[0].ends_with("limit_exceeded"), "{found:?}");
    }
}

#[test]
fn dates_may_come_in_any_order_and_a_gap_holds_the_last_price() {
    let sorted =
        answer(&format!(r#"{{"version":1,{AB},"strategies":{{"s":{{"weights":{{"a":[["2023-12-31",1]]}}}}}}}}"#)).unwrap();
    let shuffled = r#""prices":{"b":[["2024-01-04",10],["2024-01-01",20],["2024-01-03",10],["2024-01-02",20]],
        "a":[["2024-01-03",11],["2024-01-04",22],["2024-01-01",10],["2024-01-02",11]]}"#;
    let other =
        answer(&format!(r#"{{"version":1,{shuffled},"strategies":{{"s":{{"weights":{{"a":[["2023-12-31",1]]}}}}}}}}"#)).unwrap();
    assert_eq!(sorted, other);
    // No price on the 3rd: the value stays, and the strategy alone has no return that day.
    let gap = AB.replace("[\"2024-01-03\",11],", "");
    let gapped =
        answer(&format!(r#"{{"version":1,{gap},"strategies":{{"s":{{"weights":{{"a":[["2023-12-31",1]]}}}}}}}}"#)).unwrap();
    assert_eq!(gapped.curve.value[1], gapped.curve.value[2]);
}

#[test]
fn shares_that_are_no_numbers_or_too_many_are_refused() {
    let of = |shares: &str| {
        codes(&format!(
            r#"{{"version":1,{AB},"strategies":{{"s":{{"weights":{{"a":[["2023-12-31",1]]}}}}}},"config":{{"shares":{shares}}}}}"#
        ))
    };
    assert_eq!(of(r#"{"s":1.2}"#)[0], "/config/shares/s out_of_range");
    for wrong in [r#"{"s":"NaN"}"#, r#"{"s":null}"#, r#"{"s":"half"}"#] {
        assert!(of(wrong)[0].starts_with("/config/shares/s "), "{wrong}");
    }
    let both = r#"{"capital":{"method":"erc"},"blend":{"method":"equal_weight"}}"#;
    let text = format!(r#"{{"version":1,{AB},"strategies":{{"s":{{"weights":{{"a":[["2023-12-31",1]]}}}}}},"config":{both}}}"#);
    assert_eq!(codes(&text), ["/config/capital conflict"]);
}
