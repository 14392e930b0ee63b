//! Formulas by hand: what they mean, and what is said of those that mean nothing.

use super::*;
use crate::error::Faults;
use crate::frame::{FlowBook, PriceBook};
use crate::math::{ln, pow};
use crate::units::UnixNanos;
use std::collections::BTreeMap;

fn book(rows: &[(&str, &[(i64, f64)])]) -> PriceBook {
    let day = |day: i64| UnixNanos::from_days(day).unwrap();
    let points: BTreeMap<String, Vec<(UnixNanos, f64)>> =
        rows.iter().map(|(name, rows)| (String::from(*name), rows.iter().map(|(at, x)| (day(*at), *x)).collect())).collect();
    PriceBook::from_points(points, |_, _| String::new(), &mut Faults::new()).unwrap()
}

/// Scores of a formula over the closes of one symbol, days from 0.
fn of_one(formula: &str, closes: &[f64]) -> Vec<f64> {
    let rows: Vec<(i64, f64)> = closes.iter().enumerate().map(|(i, x)| (i as i64, *x)).collect();
    let close = book(&[("a", &rows)]);
    Formula::parse(formula)
        .unwrap_or_else(|faults| panic!("{formula}: {faults:?}"))
        .evaluate(&Grid::new(&GridData::of(&close)))
        .unwrap()
}

fn same(got: &[f64], wanted: &[f64]) {
    let near = |(got, wanted): (&f64, &f64)| (got.is_nan() && wanted.is_nan()) || (got - wanted).abs() < 1e-12;
    assert!(got.len() == wanted.len() && got.iter().zip(wanted).all(near), "{got:?} {wanted:?}");
}

const U: f64 = f64::NAN;

#[test]
fn arithmetic_binds_as_it_does_on_paper() {
    for (formula, wanted) in [
        ("close * 0 + 1 + 2 * 3 ^ 2 ^ 0.5 / 1", 1.0 + 2.0 * pow(3.0, 2.0_f64.sqrt())),
        ("close * 0 - 2 ^ 2", -4.0),
        ("-close ^ 2", -4.0),
        ("(1 - close) * -3", 3.0),
        ("2 - 3 - close", -3.0),
        ("8 / 2 / close", 2.0),
        ("close > 1 && close < 3 ? 5 : 6", 5.0),
        ("if(!(close == 2) || close != close, 1, 1e1)", 10.0),
        ("1 < close ? 2 < close ? 1 : 2 : 3", 2.0),
        ("+close", 2.0),
        ("MIN(Close, 1.5) + max(close, 3)", 4.5),
        ("signed_power(-close, 3)", -8.0),
        ("sign(close - 2) + abs(-close) + sqrt(close * 2) + log(exp(close))", 6.0),
    ] {
        same(&of_one(formula, &[2.0]), &[wanted]);
    }
}

#[test]
fn windows_by_hand() {
    let prices = [1.0, 3.0, 2.0, 6.0];
    for (formula, wanted) in [
        ("delay(close, 2)", [U, U, 1.0, 3.0]),
        ("delay(close, 0)", [1.0, 3.0, 2.0, 6.0]),
        ("delta(close, 1)", [U, 2.0, -1.0, 4.0]),
        ("returns", [U, 2.0, -1.0 / 3.0, 2.0]),
        ("ts_mean(close, 3)", [U, U, 2.0, 11.0 / 3.0]),
        ("ts_sum(close, 2)", [U, 4.0, 5.0, 8.0]),
        // 1 3 2: deviations −1 1 0, s² = 1; 3 2 6: mean 11/3, squares 4/9 + 25/9 + 49/9 = 78/9, over 2.
        ("ts_std(close, 3)", [U, U, 1.0, (78.0_f64 / 18.0).sqrt()]),
        ("ts_min(close, 2)", [U, 1.0, 2.0, 2.0]),
        ("ts_max(close, 2)", [U, 3.0, 3.0, 6.0]),
        ("ts_argmax(close, 3)", [U, U, 2.0, 3.0]),
        ("ts_argmin(close, 3)", [U, U, 1.0, 2.0]),
        ("ts_rank(close, 3)", [U, U, 2.0 / 3.0, 1.0]),
        // (1·1 + 2·3 + 3·2)/6 and (3 + 4 + 18)/6.
        ("decay_linear(close, 3)", [U, U, 13.0 / 6.0, 25.0 / 6.0]),
        ("covariance(close, 2 * close, 2)", [U, 4.0, 1.0, 16.0]),
        ("correlation(close, -close, 3)", [U, U, -1.0, -1.0]),
        // A window over what is unknown at first is full later.
        ("ts_mean(delta(close, 1), 2)", [U, U, 0.5, 1.5]),
        // One unknown in the middle: log(close − 2) is unknown at 2 and below.
        ("ts_max(log(close - 2), 2)", [U, U, U, U]),
        ("ts_max(log(close - 0.5), 2)", [U, ln(2.5), ln(2.5), ln(5.5)]),
    ] {
        same(&of_one(formula, &prices), &wanted);
    }
}

#[test]
fn what_is_flat_or_divided_by_zero_is_unknown() {
    same(&of_one("1 / (close - 2)", &[2.0, 3.0]), &[U, 1.0]);
    same(&of_one("correlation(close, close, 2)", &[2.0, 2.0]), &[U, U]);
    same(&of_one("ts_std(close, 2)", &[0.7, 0.7]), &[U, 0.0]);
    same(&of_one("zscore(close)", &[2.0]), &[U]);
    same(&of_one("exp(1000 * close)", &[2.0]), &[U]);
    // What is not chosen may be unknown, a condition may not; false and unknown is false.
    same(&of_one("if(close > 2, log(close - 2), 0)", &[2.0, 3.0]), &[0.0, 0.0]);
    same(&of_one("if(log(close - 2) > 0, 1, 2)", &[2.0]), &[U]);
    same(&of_one("if(close > 3 and log(close - 2) > 0, 1, 2)", &[2.0]), &[2.0]);
    same(&of_one("if(close > 1 or log(close - 2) > 0, 1, 2)", &[2.0]), &[1.0]);
}

#[test]
fn symbols_are_compared_at_one_bar() {
    // Three symbols on day 0, two on day 1 (b is absent), one on day 2.
    let close = book(&[("a", &[(0, 1.0), (1, 5.0), (2, 9.0)]), ("b", &[(0, 3.0)]), ("c", &[(0, 1.0), (1, 2.0)])]);
    let grid = Grid::new(&GridData::of(&close));
    let of = |formula: &str| Formula::parse(formula).unwrap().evaluate(&grid).unwrap();
    // Order of answers: a on 0 1 2, b on 0, c on 0 1. Ranks of 1 3 1: 1.5 3 1.5 of three.
    same(&of("rank(close)"), &[0.5, 1.0, 1.0, 1.0, 0.5, 0.5]);
    same(&of("scale(close - 2)"), &[-1.0 / 3.0, 1.0, 1.0, 1.0 / 3.0, -1.0 / 3.0, 0.0]);
    // 1 3 1: mean 5/3, s = √(4/3).
    let s = (4.0_f64 / 3.0).sqrt();
    let pair = 1.5 / 4.5_f64.sqrt();
    same(&of("zscore(close)"), &[-2.0 / 3.0 / s, pair, U, 4.0 / 3.0 / s, -2.0 / 3.0 / s, -pair]);
    assert_eq!(grid.newest(1, UnixNanos::from_days(5).unwrap()), Some(3));
    assert_eq!(grid.newest(1, UnixNanos::from_days(-1).unwrap()), None);
}

#[test]
fn other_columns_are_joined_by_time() {
    let close = book(&[("a", &[(0, 10.0), (1, 11.0)]), ("b", &[(0, 5.0), (1, 5.0)])]);
    let open = book(&[("a", &[(1, 10.0)])]);
    let mut volume = BTreeMap::new();
    volume.insert(String::from("b"), vec![(UnixNanos::from_days(0).unwrap(), 7.0)]);
    let volume = FlowBook::from_points(volume, |_, _| String::new(), &mut Faults::new()).unwrap();
    let grid = Grid::new(&GridData { open: Some(&open), volume: Some(&volume), ..GridData::of(&close) });
    let of = |formula: &str| Formula::parse(formula).unwrap().evaluate(&grid);
    same(&of("close / open - 1").unwrap(), &[U, 0.1, U, U]);
    same(&of("volume").unwrap(), &[U, U, 7.0, U]);
    let fault = of("high").unwrap_err();
    assert_eq!(fault.code, Code::MissingColumn);
}

#[test]
fn faults_have_places() {
    let told = |formula: &str| -> Vec<String> {
        let faults = Formula::parse(formula).unwrap_err();
        faults
            .into_iter()
            .map(|fault| format!("{}:{} {} {} {}", fault.line, fault.column, fault.code, fault.message, fault.hint))
            .collect()
    };
    let first = |formula: &str| told(formula).remove(0);
    assert_eq!(first("rnk(close)"), "1:1 unknown_field There is no function \"rnk\". Did you mean \"rank\"?");
    assert_eq!(first("rank(clse)"), "1:6 unknown_field There is no column \"clse\". Did you mean \"close\"?");
    assert_eq!(
        first("1 +\n  delay(close, -1)"),
        "2:16 out_of_range delay over -1 bars would look at what comes after. Give a whole number from 0 to 2520: bars are counted back."
    );
    assert_eq!(first("ts_mean(close)"), "1:1 invalid_formula ts_mean takes 2 arguments, and there are 1. Write ts_mean(x, d).");
    assert!(first("ts_mean(close, 2.5)").starts_with("1:16 out_of_range"));
    assert!(first("ts_mean(close, close)").starts_with("1:16 wrong_type"));
    assert!(first("close > 1").starts_with("1:7 wrong_type"));
    assert!(first("if(close, 1, 2)").starts_with("1:4 wrong_type"));
    assert!(first("rank(close").starts_with("1:11 invalid_formula The bracket of rank is not closed."));
    assert!(first("rank(close))").starts_with("1:12 invalid_formula"));
    assert!(first("close close").starts_with("1:7 invalid_formula"));
    assert!(first("close +").starts_with("1:8 invalid_formula"));
    assert!(first("close @ 2").starts_with("1:7 invalid_formula"));
    assert!(first("2x").starts_with("1:1 invalid_formula"));
    assert!(first("1 < close < 2").starts_with("1:11 invalid_formula"));
    assert!(first("").starts_with("1:1 empty"));
    assert!(first("1 + 2").starts_with("1:1 invalid_formula"));
    assert!(first("rank").contains("write rank(x)"));
    // Several at once.
    assert_eq!(told("foo(bar) + delay(close, -1)").len(), 3);
}

#[test]
fn endless_formulas_are_refused() {
    let code = |formula: &str| Formula::parse(formula).unwrap_err()[0].code;
    assert_eq!(code(&"(".repeat(9_000)), Code::LimitExceeded);
    assert_eq!(code(&"-".repeat(9_000)), Code::LimitExceeded);
    assert_eq!(code(&"1^".repeat(4_900)), Code::LimitExceeded);
    assert_eq!(code(&"close+".repeat(1_500)), Code::LimitExceeded);
    assert_eq!(code(&" ".repeat(TEXT_MAX + 1)), Code::LimitExceeded);
    assert_eq!(code(&"close?".repeat(1_000)), Code::LimitExceeded);
    assert_eq!(code("ts_mean(close, 2521)"), Code::OutOfRange);
    // Sound, and more work than anybody waits for: 2,520 bars of windows in windows over a million prices.
    let rows: Vec<(i64, f64)> = (0..40_000).map(|i| (i, 1.0 + (i % 7) as f64)).collect();
    let close = book(&[("a", &rows)]);
    let wide = (0..60).fold(String::from("close"), |inner, _| format!("ts_std({inner}, 2520)"));
    let fault = Formula::parse(&wide).unwrap().evaluate(&Grid::new(&GridData::of(&close))).unwrap_err();
    assert_eq!(fault.code, Code::LimitExceeded);
}

#[test]
fn what_a_formula_needs_is_known() {
    let formula = Formula::parse("rank(ts_mean(delta(returns, 5), 10)) * volume").unwrap();
    assert_eq!(formula.columns(), [Column::Returns, Column::Volume]);
    // Two prices for a return, five back, ten in a row: 2 + 5 + 9.
    assert_eq!(formula.bars_needed(), 16);
}
