//! Nettings that a reader can check by hand.

use super::*;

fn order(strategy: &str, quantity: i64, limit: Option<&str>) -> Order {
    Order {
        symbol: String::from("AAPL"),
        strategy: strategy.to_owned(),
        id: None,
        limit_price: limit.map(|limit| Price::parse(limit).unwrap()),
        quantity: Quantity::whole(quantity),
    }
}

fn netted(orders: &[Order], price: Option<&str>, config: &NettingConfig) -> Netting {
    let prices = price.map(|price| (String::from("AAPL"), Price::parse(price).unwrap())).into_iter().collect();
    net(orders.to_vec(), &prices, config)
}

fn outside(netting: &Netting) -> Vec<(i128, u32)> {
    let whole = |order: &Outside| (order.quantity.units() / 10_i128.pow(Quantity::PLACES), order.wave);
    netting.outside.iter().map(whole).collect()
}

fn filled(netting: &Netting) -> Vec<(String, String, String)> {
    let row = |p: &Progress| (p.order.strategy.clone(), p.crossed.to_string(), p.filled.to_string());
    netting.orders.iter().map(row).collect()
}

fn rows(rows: &[(&str, &str, &str)]) -> Vec<(String, String, String)> {
    rows.iter().map(|(a, b, c)| ((*a).to_owned(), (*b).to_owned(), (*c).to_owned())).collect()
}

#[test]
fn a_partial_fill_is_shared_out_to_the_last_share() {
    // Buys 100 and 30, sells 80: 80 meet (61.54 and 18.46: 62 and 18), 50 leave. 25 are filled: 19 of 38, 6 of 12.
    let orders = [order("A", 100, None), order("B", -80, None), order("C", 30, None)];
    let mut netting = netted(&orders, Some("150"), &NettingConfig::default());
    assert_eq!(outside(&netting), [(50, 0)]);
    netting.fill(0, Quantity::whole(25), Price::whole(150)).unwrap();
    assert_eq!(filled(&netting), rows(&[("A", "62", "19"), ("B", "-80", "0"), ("C", "18", "6")]));
    // The rest comes: everybody has what he asked for, and nobody more.
    netting.fill(0, Quantity::whole(25), Price::whole(151)).unwrap();
    assert!(netting.orders.iter().all(|progress| progress.open().is_zero()));
    assert_eq!(netting.fill(0, Quantity::whole(1), Price::whole(151)).unwrap_err().code, Code::OutOfRange);
    let signed: Quantity = netting.pieces.iter().map(|piece| piece.quantity).sum();
    assert_eq!(signed, Quantity::whole(50));
}

#[test]
fn a_full_cross_sends_nothing_and_fills_everybody() {
    let netting = netted(&[order("A", 100, None), order("B", -100, None)], Some("150"), &NettingConfig::default());
    assert_eq!(outside(&netting), []);
    assert_eq!(filled(&netting), rows(&[("A", "100", "0"), ("B", "-100", "0")]));
    assert_eq!(netting.crosses[0].price, Some(Price::whole(150)));
}

#[test]
fn two_orders_of_one_strategy_are_two_orders() {
    let orders = [order("a", 60, None), order("a", 40, None), order("b", 100, None)];
    let mut netting = netted(&orders, None, &NettingConfig::default());
    netting.fill(0, Quantity::whole(200), Price::whole(10)).unwrap();
    assert_eq!(filled(&netting), rows(&[("a", "0", "40"), ("a", "0", "60"), ("b", "0", "100")]));
}

#[test]
fn other_types_meet_where_both_accept_the_fair_price() {
    let both = |buy: Option<&str>, sell: Option<&str>, fair: Option<&str>| {
        outside(&netted(&[order("a", 100, buy), order("b", -50, sell)], fair, &NettingConfig::default()))
    };
    // At 150 the market buyer and the seller at 149 meet.
    assert_eq!(both(None, Some("149"), Some("150")), [(50, 0)]);
    // The seller at 151 does not accept 150, and could be hit by our own buyer: one after the other.
    assert_eq!(both(None, Some("151"), Some("150")), [(100, 1), (-50, 0)]);
    // Overlapping limits meet at the fair price between them, or without one in the middle.
    assert_eq!(both(Some("151"), Some("149"), Some("150")), [(50, 0)]);
    assert_eq!(both(Some("151"), Some("149"), None), [(50, 0)]);
    // Limits that do not overlap cannot meet anywhere: both leave at once.
    assert_eq!(both(Some("149"), Some("151"), Some("150")), [(100, 0), (-50, 0)]);
    // No price is known: what the seller accepts is no price for a market order.
    assert_eq!(both(None, Some("149"), None), [(100, 1), (-50, 0)]);
}

#[test]
fn without_netting_everything_leaves_and_nothing_meets() {
    let config = NettingConfig { netting_enabled: false, ..NettingConfig::default() };
    let netting = netted(&[order("a", 100, None), order("b", -80, None), order("c", 30, Some("140"))], Some("150"), &config);
    assert!(netting.crosses.is_empty());
    // The buys wait until the sell is done.
    assert_eq!(outside(&netting), [(100, 1), (-80, 0), (30, 1)]);
}

#[test]
fn fractions_stay_fractions_and_whole_shares_whole() {
    let thirds = |config: &NettingConfig| {
        let mut netting = netted(&[order("a", 1, None), order("b", 1, None), order("c", 1, None)], None, config);
        netting.fill(0, Quantity::whole(1), Price::whole(10)).unwrap();
        filled(&netting).into_iter().map(|row| row.2).collect::<Vec<_>>()
    };
    assert_eq!(thirds(&NettingConfig::default()), ["1", "0", "0"]);
    let finest = NettingConfig { shares: ShareRounding::Finest, ..NettingConfig::default() };
    assert_eq!(thirds(&finest), ["0.333333333334", "0.333333333333", "0.333333333333"]);
}

#[test]
fn commission_by_share_by_rate_and_at_least() {
    let config = CommissionConfig { minimum: 1.0, per_share: 0.005, rate_bps: 2.0 };
    // 1,000 shares at 10: 5 + 2 = 7; one share: at least 1; a rate without a price is not known.
    assert_eq!(commission(Quantity::whole(-1_000), Some(Price::whole(10)), &config), Some(Money::whole(7)));
    assert_eq!(commission(Quantity::whole(1), Some(Price::whole(10)), &config), Some(Money::whole(1)));
    assert_eq!(commission(Quantity::whole(1), None, &config), None);
}
