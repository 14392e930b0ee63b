//! Books that a reader can check by hand.

use super::*;

fn day(n: i64) -> UnixNanos {
    UnixNanos::from_days(20_000 + n).unwrap()
}

fn price(text: &str) -> Price {
    Price::parse(text).unwrap()
}

/// 100,000 paid in; 50,000 to a, 30,000 to b.
fn two() -> (Ledger, StrategyId, StrategyId, SymbolId) {
    let mut ledger = Ledger::default();
    ledger.contribute(day(0), Money::whole(100_000), None).unwrap();
    let (a, b) = (ledger.open("a").unwrap(), ledger.open("b").unwrap());
    let symbol = ledger.symbol("AAPL").unwrap();
    ledger.allocate(day(0), &[(a, Money::whole(50_000)), (b, Money::whole(30_000))], Some("start")).unwrap();
    (ledger, a, b, symbol)
}

fn check(ledger: &Ledger) {
    assert!(ledger.is_conserved());
    assert_eq!(ledger.replayed().unwrap(), *ledger);
}

#[test]
fn a_trade_moves_money_shares_and_the_fee() {
    let (mut ledger, a, b, symbol) = two();
    let fill =
        Fill { strategy: a, symbol, quantity: Quantity::whole(100), price: price("150"), fee: Money::parse("0.5").unwrap() };
    ledger.fill(day(1), &fill, None).unwrap();
    ledger.mark(symbol, price("153"));
    let view = ledger.view(a).unwrap();
    // 50,000 − 15,000 − 0.50 in cash; 15,300 in shares; 299.50 earned.
    assert_eq!(view.cash().to_string(), "34999.5");
    assert_eq!(view.value().to_string(), "50299.5");
    assert_eq!(view.profit().to_string(), "299.5");
    assert_eq!(view.unrealized(), Money::whole(300));
    assert_eq!(ledger.view(b).unwrap().value(), Money::whole(30_000));
    assert_eq!(ledger.value().to_string(), "100299.5");
    assert_eq!(ledger.pool(), Money::whole(20_000));
    check(&ledger);
}

#[test]
fn capital_that_moves_is_no_profit() {
    let (mut ledger, a, b, _) = two();
    ledger.adjust(day(1), a, Money::whole(10_000), Some("won")).unwrap();
    ledger.allocate(day(2), &[(a, Money::whole(-20_000)), (b, Money::whole(15_000))], None).unwrap();
    assert_eq!(ledger.view(a).unwrap().profit(), Money::whole(10_000));
    assert_eq!(ledger.view(b).unwrap().profit(), Money::ZERO);
    assert_eq!(ledger.pool(), Money::whole(25_000));
    assert_eq!(ledger.value(), Money::whole(110_000));
    check(&ledger);
}

#[test]
fn nobody_gives_what_he_has_not() {
    let (mut ledger, a, b, _) = two();
    let before = ledger.clone();
    for moves in [
        vec![(a, Money::whole(20_001))],
        vec![(b, Money::whole(-30_001))],
        vec![(b, Money::whole(-30_001)), (a, Money::whole(1))],
    ] {
        assert_eq!(ledger.allocate(day(1), &moves, None).unwrap_err().code, Code::InsufficientCash);
    }
    assert_eq!(ledger.contribute(day(1), Money::whole(-20_001), None).unwrap_err().code, Code::InsufficientCash);
    assert_eq!(ledger.open("a").unwrap_err().message, "Strategy a already exists.");
    assert_eq!(ledger, before);
}

#[test]
fn a_netted_execution_saves_commission_for_the_pool() {
    let (mut ledger, a, b, symbol) = two();
    // a buys 100, b sells 40: 40 cross at 150, 60 come from outside at 150.10. Alone: 0.50 and 0.20; outside: 0.30.
    let part = |strategy, crossed, outside, fee: &str| VirtualFill {
        strategy,
        symbol,
        crossed: Quantity::whole(crossed),
        crossed_price: price("150"),
        outside: Quantity::whole(outside),
        outside_price: price("150.1"),
        fee: Money::parse(fee).unwrap(),
    };
    let fills = [part(a, 40, 60, "0.5"), part(b, -40, 0, "0.2")];
    ledger.execute(day(1), &fills, Money::parse("0.3").unwrap(), None).unwrap();
    // a: 50,000 − 6,000 − 9,006 − 0.50; b: 30,000 + 6,000 − 0.20 and 40 short.
    assert_eq!(ledger.view(a).unwrap().cash().to_string(), "34993.5");
    assert_eq!(ledger.view(b).unwrap().cash().to_string(), "35999.8");
    assert_eq!(ledger.view(b).unwrap().quantity(symbol), Quantity::whole(-40));
    assert_eq!(ledger.saved().to_string(), "0.4");
    assert_eq!(ledger.pool().to_string(), "20000.4");
    check(&ledger);
    let unfair = [part(a, 40, 0, "0.5"), part(b, -39, 0, "0.2")];
    assert_eq!(ledger.execute(day(1), &unfair, Money::ZERO, None).unwrap_err().code, Code::Conflict);
}

#[test]
fn a_position_in_kind_takes_its_capital_along() {
    let (mut ledger, a, b, symbol) = two();
    let fill = Fill { strategy: a, symbol, quantity: Quantity::whole(100), price: price("100"), fee: Money::ZERO };
    ledger.fill(day(1), &fill, None).unwrap();
    ledger.mark(symbol, price("110"));
    ledger.transfer(day(2), (a, b), symbol, Quantity::whole(100), price("110"), Some("b wants it")).unwrap();
    let (from, to) = (ledger.view(a).unwrap(), ledger.view(b).unwrap());
    // a keeps the 1,000 it earned, b starts at 110; cash of neither moved.
    assert_eq!((from.cash(), from.capital(), from.profit()), (Money::whole(40_000), Money::whole(39_000), Money::whole(1_000)));
    assert_eq!((to.cash(), to.capital(), to.profit()), (Money::whole(30_000), Money::whole(41_000), Money::ZERO));
    assert_eq!(from.realized(), Money::whole(1_000));
    check(&ledger);
}

#[test]
fn dividends_splits_and_the_end_of_a_company() {
    let (mut ledger, a, b, symbol) = two();
    for (strategy, quantity) in [(a, 100), (b, -50)] {
        let fill = Fill { strategy, symbol, quantity: Quantity::whole(quantity), price: price("100"), fee: Money::ZERO };
        ledger.fill(day(1), &fill, None).unwrap();
    }
    // Holders get 200, the short pays 100.
    assert_eq!(ledger.dividend(day(2), symbol, Money::whole(2)).unwrap(), Money::whole(100));
    assert_eq!(ledger.view(b).unwrap().cash(), Money::whole(30_000 + 5_000 - 100));
    ledger.mark(symbol, price("100"));
    let before = ledger.value();
    ledger.split(day(3), symbol, 4, 1).unwrap();
    assert_eq!(ledger.view(a).unwrap().quantity(symbol), Quantity::whole(400));
    assert_eq!(ledger.price(symbol), Some(price("25")));
    assert_eq!(ledger.value(), before);
    check(&ledger);
    // a loses the 10,000 it paid, b keeps the 5,000 it was paid.
    ledger.write_off(day(4), a, symbol, None).unwrap();
    ledger.write_off(day(4), b, symbol, None).unwrap();
    assert_eq!(ledger.view(a).unwrap().profit(), Money::whole(-10_000 + 200));
    assert_eq!(ledger.view(b).unwrap().profit(), Money::whole(5_000 - 100));
    check(&ledger);
}

#[test]
fn what_cannot_be_held_is_refused_before_anything_is_booked() {
    let (mut ledger, a, _, symbol) = two();
    let fill = Fill { strategy: a, symbol, quantity: Quantity::whole(Quantity::MAX), price: price("1000"), fee: Money::ZERO };
    ledger.fill(day(1), &fill, None).unwrap();
    let before = ledger.clone();
    assert_eq!(ledger.fill(day(1), &fill, None).unwrap_err().code, Code::LimitExceeded);
    assert_eq!(ledger, before);
    check(&ledger);
}
