//! Portfolios that a reader can check by hand.

use super::*;
use crate::config::limits::LimitsConfig;
use crate::config::portfolio::{OnStrategyError, PolicyConfig, ReduceBy};
use crate::limits::pre_trade::Verdict;
use crate::money::Quantity;
use crate::netting::Order;

fn share(text: &str) -> Share {
    Share::parse(text).unwrap()
}
fn day(n: i64) -> UnixNanos {
    UnixNanos::from_days(19_000 + n).unwrap()
}
fn prices(price: &str) -> BTreeMap<String, Price> {
    BTreeMap::from([(String::from("X"), Price::parse(price).unwrap())])
}
fn order(quantity: i64) -> Order {
    Order { symbol: "X".into(), strategy: String::new(), id: None, limit_price: None, quantity: Quantity::whole(quantity) }
}
fn free() -> PortfolioConfig {
    let mut config = PortfolioConfig::default();
    config.netting.commission.per_share = 0.0;
    config
}
/// 100,000; a has 50 %, b 30 %.
fn two(config: PortfolioConfig) -> Portfolio {
    let mut portfolio = Portfolio::new(Money::whole(100_000), config).unwrap();
    portfolio.add("a", share("0.5")).unwrap();
    portfolio.add("b", share("0.3")).unwrap();
    portfolio
}
fn shares(rows: &[(&str, &str)]) -> BTreeMap<String, Share> {
    rows.iter().map(|(name, text)| ((*name).to_owned(), share(text))).collect()
}
fn cash(portfolio: &Portfolio, name: &str) -> Money {
    portfolio.view_of(name).unwrap().cash()
}

#[test]
fn the_recorded_messages() {
    let mut portfolio = two(PortfolioConfig::default());
    assert_eq!(portfolio.add("a", share("0.1")).unwrap_err().message, "Strategy a already exists.");
    portfolio.rebalance(&shares(&[("a", "0.6")]), None, None).unwrap();
    let problem = portfolio.add("c", share("0.3")).unwrap_err();
    assert_eq!(problem.message, "Allocation would exceed 100%: current=90.0%, new=30.0%, total=120.0%");
    assert_eq!(problem.code, Code::OverAllocated);
    let problem = portfolio.rebalance(&shares(&[("a", "0.6"), ("b", "0.5")]), None, None).unwrap_err();
    assert_eq!(problem.message, "New allocations exceed 100%: 110.0%");
    assert_eq!(portfolio.remove("nope", None).unwrap_err().code, Code::NotFound);
}

#[test]
fn a_removed_strategy_leaves_its_profit_in_the_pool() {
    let mut portfolio = two(PortfolioConfig::default());
    portfolio.adjust("a", Money::whole(10_000), None).unwrap();
    assert_eq!(portfolio.remove("a", None).unwrap(), Money::whole(60_000));
    let state = portfolio.state();
    assert_eq!((state.unallocated, state.total_value), (Money::whole(80_000), Money::whole(110_000)));
    assert_eq!((state.allocated, state.strategies_count), (Money::whole(30_000), 1));
    assert_eq!(state.portfolio_return, Some(0.1));
    assert_eq!(portfolio.pause("a").unwrap_err().code, Code::NotFound);
    // It may come again, with a clean sheet.
    portfolio.add("a", share("0.5")).unwrap();
    assert_eq!(portfolio.capital_of("a"), Money::whole(55_000));
    assert!(portfolio.ledger().is_conserved());
}

#[test]
fn transfers_are_no_returns() {
    let mut portfolio = two(PortfolioConfig::default());
    for n in 0..2 {
        portfolio.bar(day(n), &BTreeMap::new(), |_, _| Ok(Vec::new())).unwrap();
    }
    portfolio.rebalance(&shares(&[("a", "0.4"), ("b", "0.4")]), None, None).unwrap();
    portfolio.bar(day(2), &BTreeMap::new(), |_, _| Ok(Vec::new())).unwrap();
    for name in ["a", "b"] {
        assert_eq!(cash(&portfolio, name), Money::whole(40_000));
        let returns: Vec<f64> = portfolio.performance_of(name).unwrap().returns().iter().map(|earned| earned.value).collect();
        assert_eq!(returns, [0.0, 0.0]);
    }
}

#[test]
fn a_failing_strategy_pauses_and_the_others_do_not_notice() {
    for (on_strategy_error, state, asked) in
        [(OnStrategyError::Pause, State::Paused, 1), (OnStrategyError::Continue, State::Running, 2)]
    {
        let mut portfolio = two(PortfolioConfig { on_strategy_error, ..free() });
        let mut asks = 0;
        for n in 0..2 {
            let decide = |view: View<'_>, _: &bar::Bar<'_>| {
                if view.name() == "b" {
                    asks += 1;
                    return Err(String::from("out of luck"));
                }
                Ok(vec![order(10)])
            };
            portfolio.bar(day(n), &prices("100"), decide).unwrap();
        }
        assert_eq!(portfolio.state_of("b"), Some(state));
        assert_eq!(asks, asked);
        assert_eq!(portfolio.performance_of("b").unwrap().observations(), 0);
        assert_eq!(portfolio.performance_of("a").unwrap().observations(), 2);
        assert_eq!(cash(&portfolio, "a"), Money::whole(48_000));
        assert_eq!(portfolio.alerts()[0].kind, AlertKind::StrategyFailed);
    }
}

#[test]
fn too_large_an_order_is_scaled_down_and_what_closes_passes() {
    let mut portfolio = two(free());
    // 50,000 and a tenth: 550 shares at 100.
    portfolio.bar(day(0), &prices("100"), |view, _| Ok(if view.name() == "a" { vec![order(600)] } else { Vec::new() })).unwrap();
    let view = portfolio.view_of("a").unwrap();
    assert_eq!(view.cash(), Money::whole(-5_000));
    assert_eq!(portfolio.warnings()[0].code, Code::OrderScaled);
    // At 10 it is worth 500: 550 shares may go, and 55 more may be sold short.
    portfolio
        .bar(day(1), &prices("10"), |view, _| Ok(if view.name() == "a" { vec![order(-2_000)] } else { Vec::new() }))
        .unwrap();
    let view = portfolio.view_of("a").unwrap();
    assert_eq!(view.value(), Money::whole(500));
    assert_eq!(view.net(), Money::whole(-550));
}

#[test]
fn opposite_orders_meet_inside_and_the_pool_keeps_the_commission() {
    let mut portfolio = two(PortfolioConfig { slippage_bps: 10.0, ..PortfolioConfig::default() });
    let decide = |view: View<'_>, _: &bar::Bar<'_>| Ok(vec![order(if view.name() == "a" { 100 } else { -40 })]);
    portfolio.bar(day(0), &prices("100"), decide).unwrap();
    // 40 meet at 100, 60 come at 100.10. a: 50,000 − 4,000 − 6,006 − 0.50; b: 30,000 + 4,000 − 0.20. Outside costs 0.30 of 0.70.
    assert_eq!(cash(&portfolio, "a").to_string(), "39993.5");
    assert_eq!(cash(&portfolio, "b").to_string(), "33999.8");
    assert_eq!(portfolio.ledger().saved().to_string(), "0.4");
}

#[test]
fn capital_in_positions_goes_over_in_kind_or_is_sold() {
    for (reduce_by, in_kind) in [(ReduceBy::InKind, true), (ReduceBy::Sell, false)] {
        let mut portfolio = two(PortfolioConfig { reduce_by, ..free() });
        // a puts all of its 50,000 into 500 shares, b 10,000 into 100.
        let decide = |view: View<'_>, _: &bar::Bar<'_>| Ok(vec![order(if view.name() == "a" { 500 } else { 100 })]);
        portfolio.bar(day(0), &prices("100"), decide).unwrap();
        portfolio.rebalance(&shares(&[("a", "0.3"), ("b", "0.5")]), None, Some("b looks better")).unwrap();
        let (a, b) = (portfolio.view_of("a").unwrap(), portfolio.view_of("b").unwrap());
        assert_eq!((a.value(), b.value()), (Money::whole(30_000), Money::whole(50_000)));
        assert_eq!(a.net(), Money::whole(30_000));
        assert_eq!(b.net(), Money::whole(if in_kind { 30_000 } else { 10_000 }));
        assert!(portfolio.ledger().is_conserved());
    }
    let mut portfolio = two(PortfolioConfig { reduce_by: ReduceBy::Refuse, ..free() });
    portfolio.bar(day(0), &prices("100"), |view, _| Ok(if view.name() == "a" { vec![order(500)] } else { vec![] })).unwrap();
    let before = portfolio.ledger().clone();
    let problem = portfolio.rebalance(&shares(&[("a", "0.3"), ("b", "0.5")]), None, None).unwrap_err();
    assert_eq!(problem.code, Code::InsufficientCash);
    assert_eq!(*portfolio.ledger(), before);
}

#[test]
fn a_drawdown_beyond_the_limit_halts_until_it_is_released() {
    let limits = LimitsConfig {
        drawdown_warning: Some(0.02),
        drawdown_reject: Some(0.04),
        drawdown_halt: Some(0.06),
        daily_loss_max: Some(0.03),
        ..LimitsConfig::without_limits()
    };
    let mut portfolio = two(PortfolioConfig { limits: Some(limits), ..free() });
    let bar = |portfolio: &mut Portfolio, n: i64, price: &str, quantity: i64| {
        portfolio
            .bar(day(n), &prices(price), |view, _| Ok(if view.name() == "a" { vec![order(quantity)] } else { Vec::new() }))
            .unwrap();
        portfolio.verdicts().unwrap().iter().map(|judged| judged.verdict).collect::<Vec<_>>()
    };
    // 500 X at 100 are half of everything: each point that X falls is half a point of the whole.
    assert_eq!(bar(&mut portfolio, 0, "100", 500), [Verdict::Allow]);
    assert_eq!(bar(&mut portfolio, 1, "95", 1), [Verdict::Warn]);
    // 501 X fell by 3.1: 95,946.90, 4.05 % below the peak. The day lost 1.6 %.
    assert_eq!(bar(&mut portfolio, 2, "91.9", 1), [Verdict::Reject]);
    // Capital that comes in changes neither drawdown nor the loss of the day.
    portfolio.contribute(Money::whole(50_000), None).unwrap();
    assert_eq!(bar(&mut portfolio, 3, "91.9", 1), [Verdict::Reject]);
    // 501 X fell by 6.4, 2.2 % of 145,946.90: 6.2 % below the peak.
    assert_eq!(bar(&mut portfolio, 4, "85.5", 1), [Verdict::Halt]);
    assert!(portfolio.is_halted());
    // It recovers and stays halted; what closes passes.
    assert_eq!(bar(&mut portfolio, 5, "100", 1), [Verdict::Halt]);
    assert_eq!(bar(&mut portfolio, 6, "100", -10), [Verdict::Allow]);
    portfolio.release();
    assert_eq!(bar(&mut portfolio, 7, "104", 1), [Verdict::Allow]);
    // 492 X fell by 9.5: 3.1 % of a day, which rejects, and 3.2 % below the peak, which would not.
    assert_eq!(bar(&mut portfolio, 8, "94.5", 1), [Verdict::Reject]);
    let findings = &portfolio.verdicts().unwrap()[0].findings;
    let forbids: Vec<&str> = findings.iter().filter(|one| one.verdict == Verdict::Reject).map(|one| one.limit.as_str()).collect();
    assert_eq!(forbids, ["daily_loss"]);
}

#[test]
fn without_limits_there_are_no_verdicts_and_a_kill_switch_still_works() {
    let mut portfolio = two(free());
    let bar = |portfolio: &mut Portfolio, n: i64| {
        portfolio
            .bar(day(n), &prices("100"), |view, _| Ok(if view.name() == "a" { vec![order(5)] } else { Vec::new() }))
            .unwrap();
    };
    bar(&mut portfolio, 0);
    assert!(portfolio.verdicts().is_none());
    portfolio.halt(None);
    bar(&mut portfolio, 1);
    assert_eq!(portfolio.verdicts().unwrap()[0].verdict, Verdict::Halt);
    assert_eq!(portfolio.state().strategies[0].positions[0].quantity, Quantity::whole(5));
}

#[test]
fn policies_are_explicit() {
    let policies = PolicyConfig {
        cash_buffer: Some(0.15),
        concentration_warning: Some(0.5),
        onboarding_max: Some(0.5),
        pause_at_drawdown: Some(0.2),
        remove_after_months: Some(1),
    };
    let mut portfolio = two(PortfolioConfig { policies, ..PortfolioConfig::default() });
    assert_eq!(portfolio.add("c", share("0.6")).unwrap_err().code, Code::PolicyForbids);
    assert_eq!(portfolio.add("c", share("0.1")).unwrap_err().code, Code::PolicyForbids);
    let bar = |portfolio: &mut Portfolio, n, profit| {
        portfolio.adjust("a", Money::whole(profit), None).unwrap();
        portfolio.bar(day(n), &BTreeMap::new(), |_, _| Ok(Vec::new())).unwrap();
    };
    bar(&mut portfolio, 0, 0);
    bar(&mut portfolio, 1, 10_000); // 60,000 of 110,000: above one half
    bar(&mut portfolio, 2, -13_000); // 47,000: 21.7 % below the peak, and paused
    let kinds = |portfolio: &Portfolio| portfolio.alerts().iter().map(|alert| alert.kind).collect::<Vec<_>>();
    assert_eq!(kinds(&portfolio), [AlertKind::Concentration, AlertKind::Drawdown]);
    assert_eq!(portfolio.state_of("a"), Some(State::Paused));
    portfolio.resume("a").unwrap();
    bar(&mut portfolio, 40, -1_000);
    // A month back is the third bar; since then a lost and the portfolio lost less.
    assert_eq!(portfolio.state_of("a"), Some(State::Paused));
    bar(&mut portfolio, 80, 0);
    assert_eq!(portfolio.state_of("a"), Some(State::Paused));
}

#[test]
fn after_a_pause_like_strategies_still_look_alike() {
    let mut portfolio = Portfolio::new(Money::whole(100_000), PortfolioConfig::default()).unwrap();
    for name in ["a", "b"] {
        portfolio.add(name, share("0.5")).unwrap();
    }
    for (n, value) in [50_000, 50_100, 50_050, 50_300, 50_200, 50_260].into_iter().enumerate() {
        match n {
            2 => portfolio.pause("b").unwrap(),
            4 => portfolio.resume("b").unwrap(),
            _ => {}
        }
        for name in ["a", "b"] {
            portfolio.set_cash(name, Money::whole(value), None).unwrap();
        }
        portfolio.bar(day(n as i64), &BTreeMap::new(), |_, _| Ok(Vec::new())).unwrap();
    }
    let pair = &portfolio.correlations()[0];
    assert!((pair.value.unwrap() - 1.0).abs() < 1e-12, "{pair:?}");
}
