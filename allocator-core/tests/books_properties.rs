//! What must hold of books, nettings and attributions whatever happens (P1 to P7).

// The generator of cases is a native tool.
#![cfg(not(target_arch = "wasm32"))]

use allocator_core::attribution::{Effects, Segment, attribute};
use allocator_core::config::attribution::AllocationEffect;
use allocator_core::config::limits::{LimitsConfig, OnExceed};
use allocator_core::config::netting::{CommissionConfig, NettingConfig, ShareRounding};
use allocator_core::config::portfolio::{LotOrder, OnStrategyError, PortfolioConfig, ReduceBy, ShareBase};
use allocator_core::ledger::View;
use allocator_core::limits::pre_trade::Verdict;
use allocator_core::money::{Money, Price, Quantity, Share, apportion, mul_div, notional};
use allocator_core::netting::{Netting, Order, net};
use allocator_core::portfolio::{Portfolio, State};
use allocator_core::units::UnixNanos;
use proptest::prelude::*;
use std::collections::BTreeMap;

const CASES: u32 = 10_000;
const SYMBOLS: [&str; 3] = ["X", "Y", "Z"];
const NAMES: [&str; 4] = ["a", "b", "c", "d"];

fn price() -> impl Strategy<Value = Price> {
    (50_i64..50_000).prop_map(|cents| Price::from_units(i128::from(cents) * 1_000_000))
}

/// Whole shares mostly, sometimes thousandths.
fn quantity() -> impl Strategy<Value = Quantity> {
    prop_oneof![
        4 => (-400_i64..400).prop_map(Quantity::whole),
        1 => (-400_000_i64..400_000).prop_map(|thousandths| Quantity::from_units(i128::from(thousandths) * 1_000_000_000)),
    ]
}

fn order(names: usize) -> impl Strategy<Value = Order> {
    (0..names, 0..SYMBOLS.len(), quantity(), prop::option::weighted(0.4, 8_i64..13)).prop_map(
        |(name, symbol, quantity, limit)| Order {
            symbol: SYMBOLS[symbol].to_owned(),
            strategy: NAMES[name].to_owned(),
            id: None,
            limit_price: limit.map(Price::whole),
            quantity,
        },
    )
}

fn netting_config() -> impl Strategy<Value = NettingConfig> {
    (any::<bool>(), any::<bool>(), any::<bool>(), 0_u32..3).prop_map(|(cross_groups, netting_enabled, finest, bps)| {
        NettingConfig {
            commission: CommissionConfig { minimum: 0.5, per_share: 0.005, rate_bps: f64::from(bps) },
            cross_groups,
            half_spread_bps: None,
            netting_enabled,
            shares: if finest { ShareRounding::Finest } else { ShareRounding::AsOrdered },
        }
    })
}

fn by_symbol(netting: &Netting, inside: bool) -> BTreeMap<String, Quantity> {
    let mut sums = BTreeMap::new();
    for piece in netting.pieces.iter().filter(|piece| piece.inside == inside) {
        *sums.entry(netting.orders[piece.order].order.symbol.clone()).or_insert(Quantity::ZERO) += piece.quantity;
    }
    sums
}

/// What happens to a portfolio.
#[derive(Clone, Debug)]
enum Event {
    Add(usize, u8),
    Remove(usize, Option<usize>),
    Pause(usize),
    Resume(usize),
    Rebalance(Vec<u8>),
    Adjust(usize, i64),
    Contribute(i64),
    Dividend(usize, u8),
    Split(usize, u32, u32),
    Bar(Vec<Price>, Vec<Order>, Option<usize>),
}

fn event() -> impl Strategy<Value = Event> {
    let who = 0..NAMES.len();
    prop_oneof![
        2 => (who.clone(), 0_u8..60).prop_map(|(who, share)| Event::Add(who, share)),
        1 => (who.clone(), prop::option::of(0..NAMES.len())).prop_map(|(who, to)| Event::Remove(who, to)),
        1 => who.clone().prop_map(Event::Pause),
        1 => who.clone().prop_map(Event::Resume),
        2 => prop::collection::vec(0_u8..50, 4).prop_map(Event::Rebalance),
        1 => (who.clone(), -900_000_000_000_i64..900_000_000_000).prop_map(|(who, units)| Event::Adjust(who, units)),
        1 => (-500_000_000_000_i64..500_000_000_000).prop_map(Event::Contribute),
        1 => (0..3_usize, any::<u8>()).prop_map(|(symbol, cents)| Event::Dividend(symbol, cents)),
        1 => (0..3_usize, 1_u32..5, 1_u32..5).prop_map(|(symbol, to, from)| Event::Split(symbol, to, from)),
        5 => (prop::collection::vec(price(), 3), prop::collection::vec(order(4), 0..6), prop::option::weighted(0.1, who))
            .prop_map(|(prices, orders, failed)| Event::Bar(prices, orders, failed)),
    ]
}

fn portfolio_config() -> impl Strategy<Value = PortfolioConfig> {
    (netting_config(), 0..3_usize, 0..3_usize, any::<bool>(), any::<bool>(), 0_u32..20).prop_map(
        |(netting, lots, reduce, pause, equity, slippage)| PortfolioConfig {
            lots: [LotOrder::Fifo, LotOrder::Lifo, LotOrder::Average][lots],
            netting,
            on_strategy_error: if pause { OnStrategyError::Pause } else { OnStrategyError::Continue },
            reduce_by: [ReduceBy::InKind, ReduceBy::Sell, ReduceBy::Refuse][reduce],
            shares_of: if equity { ShareBase::Equity } else { ShareBase::InitialCapital },
            slippage_bps: f64::from(slippage),
            ..PortfolioConfig::default()
        },
    )
}

fn share(percent: u8) -> Share {
    Share::from_units(i128::from(percent) * 10_i128.pow(Share::PLACES - 2))
}

fn bar(
    portfolio: &mut Portfolio,
    day: i64,
    prices: &[Price],
    orders: &[Order],
    failed: Option<usize>,
) -> Result<(), allocator_core::Problem> {
    let prices: BTreeMap<String, Price> = SYMBOLS.iter().map(|symbol| (*symbol).to_owned()).zip(prices.iter().copied()).collect();
    let time = UnixNanos::from_days(19_000 + day).expect("in range");
    portfolio.bar(time, &prices, |view, _| {
        if failed.is_some_and(|failed| NAMES[failed] == view.name()) {
            return Err(String::from("failed"));
        }
        Ok(orders.iter().filter(|order| order.strategy == view.name()).cloned().collect())
    })
}

/// Carries an event out; whether it was refused does not matter to what must hold.
fn happen(portfolio: &mut Portfolio, day: i64, event: &Event) -> Result<(), allocator_core::Problem> {
    match event {
        Event::Add(who, percent) => portfolio.add(NAMES[*who], share(*percent)),
        Event::Remove(who, to) => portfolio.remove(NAMES[*who], to.map(|to| NAMES[to])).map(|_| ()),
        Event::Pause(who) => portfolio.pause(NAMES[*who]),
        Event::Resume(who) => portfolio.resume(NAMES[*who]),
        Event::Rebalance(percents) => {
            let alive = |name: &&&str| portfolio.state_of(name).is_some_and(|state| state != State::Stopped);
            let shares = NAMES.iter().filter(alive).zip(percents).map(|(name, percent)| ((*name).to_owned(), share(*percent)));
            let shares = shares.collect();
            portfolio.rebalance(&shares, None, Some("property"))
        }
        Event::Adjust(who, units) => portfolio.adjust(NAMES[*who], Money::from_units(i128::from(*units)), None),
        Event::Contribute(units) => portfolio.contribute(Money::from_units(i128::from(*units)), None),
        Event::Dividend(symbol, cents) => {
            portfolio.dividend(SYMBOLS[*symbol], Money::from_units(i128::from(*cents) * 1_000_000)).map(|_| ())
        }
        Event::Split(symbol, to, from) => portfolio.split(SYMBOLS[*symbol], *to, *from),
        Event::Bar(prices, orders, failed) => bar(portfolio, day, prices, orders, *failed),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(CASES))]

    /// Nothing is lost in sharing out, nobody gets more than his weight, and equal weights differ by one unit at most.
    #[test]
    fn parts_add_up_to_the_whole(total in 0_u64.., weights in prop::collection::vec(0_u64..1_000_000_000, 1..8)) {
        let weights: Vec<u128> = weights.into_iter().map(u128::from).collect();
        let whole: u128 = weights.iter().sum();
        let total = if whole == 0 { 0 } else { u128::from(total) % (whole + 1) };
        let parts = apportion(total, &weights);
        prop_assert_eq!(parts.iter().sum::<u128>(), total);
        for (i, (part, weight)) in parts.iter().zip(&weights).enumerate() {
            prop_assert!(part <= weight);
            for (other, same) in parts.iter().zip(&weights).skip(i + 1) {
                prop_assert!(same != weight || part.abs_diff(*other) <= 1);
            }
        }
    }

    /// The product of two numbers by a third, against the wide product taken apart.
    #[test]
    fn wide_products_are_exact(a in any::<u128>(), b in any::<u64>(), c in 1_u128..(1 << 126)) {
        let a = a >> 2;
        let (quotient, rest) = mul_div(a, u128::from(b), c);
        prop_assert!(rest < c);
        // q·c + r = a·b, modulo 2^128, where the quotient fits.
        if quotient < u128::MAX {
            prop_assert_eq!(quotient.wrapping_mul(c).wrapping_add(rest), a.wrapping_mul(u128::from(b)));
        }
    }

    /// Whatever happens, refused or not: all money adds up after each step, a rebalance makes nobody's cash negative, what it moves is in
    /// nobody's profit, and the books are the fold of their journal.
    #[test]
    fn money_is_conserved_through_any_sequence(config in portfolio_config(), events in prop::collection::vec(event(), 1..12)) {
        let mut portfolio = Portfolio::new(Money::whole(100_000), config).expect("valid");
        portfolio.add("a", share(40)).expect("there is capital");
        portfolio.add("b", share(30)).expect("there is capital");
        for (day, event) in events.iter().enumerate() {
            let before = portfolio.clone();
            let done = happen(&mut portfolio, day as i64, event);
            let ledger = portfolio.ledger();
            prop_assert!(ledger.is_conserved(), "{event:?}");
            if let Err(problem) = &done {
                prop_assert!(problem.code != allocator_core::Code::Internal, "{event:?}: {problem}");
                // What is refused has booked nothing.
                prop_assert_eq!(ledger.journal(), before.ledger().journal(), "{:?}", event);
            }
            if let (Event::Rebalance(_), Ok(())) = (event, &done) {
                for name in NAMES {
                    let cash = |portfolio: &Portfolio| portfolio.view_of(name).map_or(Money::ZERO, View::cash);
                    prop_assert!(!cash(&portfolio).is_negative() || cash(&before).is_negative());
                }
                prop_assert!(!ledger.pool().is_negative() || before.ledger().pool().is_negative());
            }
            if let (Event::Contribute(units), Ok(())) = (event, &done) {
                let paid = ledger.contributed() - before.ledger().contributed();
                prop_assert_eq!(paid, Money::from_units(i128::from(*units)));
                prop_assert_eq!(ledger.value() - before.ledger().value(), paid);
            }
        }
        let state = portfolio.state();
        let strategies: Money = state.strategies.iter().map(|strategy| strategy.value).sum();
        prop_assert_eq!(state.unallocated + strategies, state.total_value);
        prop_assert_eq!(&portfolio.ledger().replayed().expect("a journal folds"), portfolio.ledger());
    }

    /// Signed virtual fills add up to the fill outside, what is met inside adds up to nothing, nobody gets more than he ordered or
    /// anything on the other side, limits hold, and no two of ours can meet outside at one time.
    #[test]
    fn virtual_fills_add_up_to_the_fill(
        orders in prop::collection::vec(order(4), 0..14),
        fair in prop::collection::vec(prop::option::weighted(0.7, 8_i64..13), 3),
        config in netting_config(),
        fills in prop::collection::vec((any::<prop::sample::Index>(), 1_u32..=100), 0..6),
    ) {
        let prices: BTreeMap<String, Price> = SYMBOLS.iter().zip(fair)
            .filter_map(|(symbol, price)| Some(((*symbol).to_owned(), Price::whole(price?)))).collect();
        let mut reversed = orders.clone();
        reversed.reverse();
        let mut netting = net(orders, &prices, &config);
        prop_assert_eq!(&net(reversed, &prices, &config), &netting);
        for (which, percent) in fills {
            if netting.outside.is_empty() {
                break;
            }
            let i = which.index(netting.outside.len());
            let order = &netting.outside[i];
            let open = order.quantity.abs() - order.filled.abs();
            // A part of what is open, in the unit of the last place at finest.
            let part = Quantity::from_units(open.units() * i128::from(percent) / 100);
            let price = order.limit_price.unwrap_or(Price::whole(10));
            if !part.is_zero() {
                netting.fill(i, part, price).expect("a fill that fits");
            }
        }
        for (symbol, sum) in by_symbol(&netting, true) {
            prop_assert!(sum.is_zero(), "{symbol}: {sum}");
        }
        let mut filled: BTreeMap<String, Quantity> = BTreeMap::new();
        for order in netting.outside.iter().filter(|order| !order.filled.is_zero()) {
            *filled.entry(order.symbol.clone()).or_default() += order.filled;
        }
        let mut shared = by_symbol(&netting, false);
        for symbol in SYMBOLS {
            let sum = |sums: &mut BTreeMap<String, Quantity>| sums.remove(symbol).unwrap_or(Quantity::ZERO);
            prop_assert_eq!(sum(&mut shared), sum(&mut filled));
        }
        for progress in &netting.orders {
            let (wanted, got) = (progress.order.quantity, progress.crossed + progress.filled);
            prop_assert!(got.abs() <= wanted.abs(), "{progress:?}");
            prop_assert!(got.is_zero() || got.is_negative() == wanted.is_negative(), "{progress:?}");
            prop_assert!(progress.crossed.is_zero() || progress.crossed.is_negative() == wanted.is_negative());
        }
        for piece in &netting.pieces {
            if let Some(price) = piece.price {
                prop_assert!(netting.orders[piece.order].order.accepts(price));
            }
        }
        for buy in netting.outside.iter().filter(|order| order.quantity.is_positive()) {
            for sell in netting.outside.iter().filter(|order| order.quantity.is_negative()) {
                let could = match (buy.limit_price, sell.limit_price) {
                    (Some(buy), Some(sell)) => buy >= sell,
                    _ => true,
                };
                prop_assert!(buy.symbol != sell.symbol || !could || buy.wave != sell.wave);
            }
        }
        if !config.netting_enabled {
            prop_assert!(netting.crosses.is_empty());
        }
    }

    /// Effects add up to profit to the last unit, for every strategy and for the whole.
    #[test]
    fn attribution_adds_up_to_profit(
        rows in prop::collection::vec(
            (0_i64..1_000_000_000_000_000, -100_000_000_000_000_i64..100_000_000_000_000, 0_i64..1_000_000_000, 0_i64..1_000_000_000,
             -1_000_000_000_i64..1_000_000_000, 0.0_f64..1.0, prop::option::of(-0.5_f64..0.5)),
            1..8,
        ),
        fachler in any::<bool>(),
    ) {
        let money = |units: i64| Money::from_units(i128::from(units));
        let segments: Vec<Segment> = rows.iter().map(|(capital, profit, costs, netting, overlay, policy, benchmark)| Segment {
            capital: money(*capital),
            profit: money(*profit),
            costs: money(*costs),
            netting: money(*netting),
            overlay: money(*overlay),
            policy: *policy / rows.len() as f64,
            benchmark: *benchmark,
        }).collect();
        let effect = if fachler { AllocationEffect::BrinsonFachler } else { AllocationEffect::BrinsonHoodBeebower };
        let effects = attribute(&segments, effect);
        let mut whole = Effects::default();
        for (part, segment) in effects.iter().zip(&segments) {
            prop_assert_eq!(part.profit(), segment.profit);
            whole += *part;
        }
        prop_assert_eq!(whole.profit(), segments.iter().map(|segment| segment.profit).sum::<Money>());
        // Interaction takes what rounding left, and that is next to nothing beside the formula.
        let total: Money = segments.iter().map(|segment| segment.capital).sum();
        for (part, segment) in effects.iter().zip(&segments) {
            if let (Some(held), Some(earned)) = (segment.capital.fraction_of(total), segment.gross().fraction_of(segment.capital)) {
                let its = segment.benchmark.unwrap_or(earned);
                let formula = total.to_f64() * (held - segment.policy) * (earned - its);
                let size = segment.gross().to_f64().abs() + total.to_f64() * its.abs() + formula.abs() + 1.0;
                prop_assert!((part.interaction.to_f64() - formula).abs() <= 1e-9 * size, "{part:?} {formula}");
            }
        }
    }

    /// Other names for strategies are other names in the answer and nothing else; any order of the orders is the same bar.
    #[test]
    fn renaming_strategies_renames_the_answer(
        prices in prop::collection::vec(any::<[u16; 3]>(), 1..3),
        orders in days(),
        rotate in 1..4_usize,
    ) {
        let run = |rotate: usize, reverse: bool| {
            let mut portfolio = four(NettingConfig::default());
            for (day, prices) in prices.iter().enumerate() {
                // A rotation of the names is one of the last two bits of the number.
                let turned = |code: &u16| code / 4 * 4 + (code % 4 + rotate as u16) % 4;
                let mut orders: Vec<Order> = orders[day].iter().map(|code| market_order(turned(code))).collect();
                if reverse {
                    orders.reverse();
                }
                bar(&mut portfolio, day as i64, &cents(*prices), &orders, None).expect("a bar");
            }
            portfolio
        };
        let (one, other) = (run(0, false), run(rotate, false));
        for (i, name) in NAMES.iter().enumerate() {
            let renamed = NAMES[(i + rotate) % NAMES.len()];
            let (a, b) = (one.view_of(name).expect("there"), other.view_of(renamed).expect("there"));
            prop_assert_eq!((a.cash(), a.value(), a.fees(), a.capital()), (b.cash(), b.value(), b.fees(), b.capital()));
        }
        let again = run(0, true);
        prop_assert_eq!(again.ledger(), one.ledger());
    }

    /// No bar ends beyond a limit that it did not begin beyond, to the last unit of money; what is halted opens nothing; and every order has
    /// its verdict.
    #[test]
    fn no_bar_ends_beyond_its_limits(
        prices in prop::collection::vec(any::<[u16; 3]>(), 1..4),
        orders in days(),
        gross in 1_000_i64..30_000,
        position in 500_i64..9_000,
        reduce in any::<bool>(),
        halt in prop::option::of(0..3_usize),
    ) {
        let limits = LimitsConfig {
            gross_max: Some(gross as f64),
            position_max: Some(position as f64),
            on_exceed: if reduce { OnExceed::Reduce } else { OnExceed::Reject },
            ..LimitsConfig::without_limits()
        };
        let mut portfolio = four_with(PortfolioConfig { limits: Some(limits), buffer: 100.0, ..PortfolioConfig::default() });
        for (day, code) in prices.iter().enumerate() {
            let prices = cents(*code);
            if halt == Some(day) {
                portfolio.halt(None);
            }
            let before = sizes(&portfolio, &prices);
            let wanted: Vec<Order> = orders[day].iter().map(|code| market_order(*code)).collect();
            bar(&mut portfolio, day as i64, &prices, &wanted, None).expect("a bar");
            let after = sizes(&portfolio, &prices);
            let most = before.iter().copied().sum::<Money>().max(Money::whole(gross));
            prop_assert!(after.iter().copied().sum::<Money>() <= most);
            for (before, after) in before.iter().zip(&after) {
                prop_assert!(*after <= (*before).max(Money::whole(position)), "{before} {after}");
                prop_assert!(!portfolio.is_halted() || after <= before);
            }
            let verdicts = portfolio.verdicts().expect("limits are in force");
            prop_assert_eq!(verdicts.len(), wanted.len());
            for judged in verdicts {
                prop_assert!(judged.allowed.abs() <= judged.order.quantity.abs());
                prop_assert_eq!(judged.verdict <= Verdict::Warn, judged.allowed == judged.order.quantity);
            }
            prop_assert!(portfolio.ledger().is_conserved());
        }
    }

    /// Whatever the others do, a strategy's books are the same: it cannot tell from them that the others are there.
    #[test]
    fn a_strategy_cannot_observe_another(
        prices in prop::collection::vec(any::<[u16; 3]>(), 1..3),
        mine in days(),
        one in days(),
        other in days(),
        netting_enabled in any::<bool>(),
        fails in prop::option::of(0..3_usize),
    ) {
        let run = |theirs: &[Day], fails: Option<usize>| {
            let mut portfolio = four(NettingConfig { netting_enabled, ..NettingConfig::default() });
            let mut seen = Vec::new();
            for (day, prices) in prices.iter().enumerate() {
                let mut orders: Vec<Order> = mine[day].iter().map(|code| market_order(code / 4 * 4)).collect();
                orders.extend(theirs[day].iter().map(|code| market_order(*code)).filter(|order| order.strategy != "a"));
                let fails = fails.filter(|fails| *fails == day).map(|_| 1);
                bar(&mut portfolio, day as i64, &cents(*prices), &orders, fails).expect("a bar");
                let view = portfolio.view_of("a").expect("there");
                let mut positions: Vec<(String, Quantity, Money, Money)> = view
                    .all_positions()
                    .map(|(symbol, held)| (view.symbol_name(symbol).to_owned(), held.quantity(), held.cost(), held.realized()))
                    .collect();
                positions.sort();
                seen.push((view.cash(), view.value(), view.fees(), view.profit(), positions));
            }
            seen
        };
        prop_assert_eq!(run(&one, None), run(&other, fails));
    }
}

/// Money in the position of every strategy and symbol by size, strategy after strategy.
fn sizes(portfolio: &Portfolio, prices: &[Price]) -> Vec<Money> {
    let size = |name: &str, symbol: &str, price: Price| {
        let id = portfolio.ledger().find_symbol(symbol)?;
        notional(portfolio.view_of(name)?.quantity(id).abs(), price)
    };
    let cells = NAMES.iter().flat_map(|name| SYMBOLS.iter().zip(prices).map(move |(symbol, price)| (name, symbol, *price)));
    cells.map(|(name, symbol, price)| size(name, symbol, price).unwrap_or(Money::ZERO)).collect()
}

/// Whole shares at the market, few enough that no order is scaled down, from a number: cheap to make, and as good for shrinking.
fn market_order(code: u16) -> Order {
    let code = usize::from(code);
    Order {
        symbol: SYMBOLS[code / 4 % 3].to_owned(),
        strategy: NAMES[code % 4].to_owned(),
        id: None,
        limit_price: None,
        quantity: Quantity::whole((code / 12 % 41) as i64 - 20),
    }
}

/// The orders of one day.
type Day = Vec<u16>;

fn days() -> impl Strategy<Value = Vec<Day>> {
    prop::collection::vec(prop::collection::vec(any::<u16>(), 0..6), 3)
}

/// Prices of one day, in whole cents.
fn cents(code: [u16; 3]) -> Vec<Price> {
    code.iter().map(|cents| Price::from_units(i128::from(*cents % 40_000 + 100) * 1_000_000)).collect()
}

/// Four strategies of a quarter each.
fn four(netting: NettingConfig) -> Portfolio {
    four_with(PortfolioConfig { netting, buffer: 100.0, ..PortfolioConfig::default() })
}

fn four_with(config: PortfolioConfig) -> Portfolio {
    let mut portfolio = Portfolio::new(Money::whole(1_000_000), config).expect("valid");
    for name in NAMES {
        portfolio.add(name, share(25)).expect("there is capital");
    }
    portfolio
}
