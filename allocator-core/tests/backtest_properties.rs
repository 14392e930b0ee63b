//! Laws of backtests and formulas, each tried on ten thousand generated cases.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]
// The generator of cases is a native tool.
#![cfg(not(target_arch = "wasm32"))]

use allocator_core::Faults;
use allocator_core::alpha::formula::{Formula, Grid, GridData};
use allocator_core::backtest::{Market, MarketData, Overlaid, Run, run};
use allocator_core::config::backtest::CapitalWarmup;
use allocator_core::config::backtest::{BacktestConfig, Execution, Financing, Rebalance, Sides, StrategySpec};
use allocator_core::config::blend::{BlendConfig, BlendMethod};
use allocator_core::config::capital::{CapitalConfig, CapitalMethod, ConstraintsConfig};
use allocator_core::config::risk::{OverlayMode, RegimeThresholds, RiskConfig};
use allocator_core::frame::{FlowBook, PriceBook, ScoreBook};
use allocator_core::units::UnixNanos;
use proptest::prelude::*;
use std::collections::BTreeMap;

const CASES: u32 = 10_000;

/// A small generator of its own, so that a case is one number and the same numbers make the data before and after a cut.
#[derive(Clone)]
struct Random(u64);

impl Random {
    fn bits(&mut self) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }
    fn below(&mut self, n: usize) -> usize {
        (self.bits() % n as u64) as usize
    }
    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
    fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

type Rows = BTreeMap<String, Vec<(UnixNanos, f64)>>;

fn day(t: usize) -> UnixNanos {
    UnixNanos::from_days(19_700 + t as i64).unwrap()
}

const SYMBOLS: [&str; 3] = ["a", "b", "c"];

/// Everything that a backtest reads, by day, so that it can be changed after one.
#[derive(Clone)]
struct World {
    prices: Rows,
    open: Rows,
    volume: Rows,
    splits: Rows,
    dividends: Rows,
    weights: Vec<Rows>,
}

impl World {
    fn new(random: &mut Random, bars: usize) -> Self {
        let empty = || SYMBOLS.iter().map(|name| ((*name).to_owned(), Vec::new())).collect::<Rows>();
        let mut world = World {
            prices: empty(),
            open: empty(),
            volume: empty(),
            splits: empty(),
            dividends: empty(),
            weights: (0..2).map(|_| empty()).collect(),
        };
        for (j, name) in SYMBOLS.iter().enumerate() {
            let gaps = random.chance(40);
            let mut price = 20.0 + 100.0 * random.unit();
            for t in 0..bars {
                price *= 1.0 + 0.08 * (random.unit() - 0.48);
                // The first symbol trades on every day, so that bars do not depend on what is changed.
                if j > 0 && gaps && random.chance(20) {
                    continue;
                }
                let push = |rows: &mut Rows, value: f64| rows.get_mut(*name).unwrap().push((day(t), value));
                push(&mut world.prices, price);
                push(&mut world.open, price * (1.0 + 0.02 * (random.unit() - 0.5)));
                push(&mut world.volume, (1e4 * random.unit()).floor());
                if random.chance(2) {
                    push(&mut world.splits, *random.pick(&[0.5, 2.0, 3.0]));
                    price /= 2.0;
                }
                if random.chance(3) {
                    push(&mut world.dividends, price * 0.02);
                }
                for weights in &mut world.weights {
                    if random.chance(12) {
                        push(weights, (random.unit() - 0.3).clamp(-0.5, 0.6));
                    }
                }
            }
        }
        world
    }

    /// Another world that is the same up to a day and has other numbers, gaps and events after it.
    fn changed_after(&self, random: &mut Random, last: usize) -> Self {
        let mut other = self.clone();
        let tables = [&mut other.prices, &mut other.open, &mut other.volume, &mut other.splits, &mut other.dividends];
        for (number, table) in tables.into_iter().chain(&mut other.weights).enumerate() {
            for (name, rows) in table.iter_mut() {
                let kept =
                    |random: &mut Random, time: UnixNanos| time <= day(last) || name == "a" && number == 0 || !random.chance(30);
                rows.retain(|(time, _)| kept(random, *time));
                for (time, value) in rows.iter_mut() {
                    if *time > day(last) {
                        *value *= 0.2 + 3.0 * random.unit();
                    }
                }
            }
        }
        other
    }

    fn run(&self, strategies: &BTreeMap<String, StrategySpec>, config: &BacktestConfig) -> Option<(Market, Run)> {
        let mut faults = Faults::new();
        let prices =
            |rows: &Rows, faults: &mut Faults| PriceBook::from_points(rows.clone(), |_, _| String::new(), faults).unwrap();
        let (close, open) = (prices(&self.prices, &mut faults), prices(&self.open, &mut faults));
        let (splits, dividends) = (prices(&self.splits, &mut faults), prices(&self.dividends, &mut faults));
        let volume = FlowBook::from_points(self.volume.clone(), |_, _| String::new(), &mut faults).unwrap();
        let data = MarketData {
            prices: &close,
            high: None,
            low: None,
            open: Some(&open),
            volume: Some(&volume),
            splits: Some(&splits),
            dividends: Some(&dividends),
            delistings: None,
        };
        run(&data, strategies, config).ok()
    }

    fn strategies(&self, random: &mut Random, formula: &str) -> BTreeMap<String, StrategySpec> {
        let mut all = BTreeMap::new();
        for (s, weights) in self.weights.iter().enumerate() {
            if random.chance(60) {
                let book = ScoreBook::from_points(weights.clone(), |_, _| String::new(), &mut Faults::new()).unwrap();
                all.insert(format!("uploaded{s}"), StrategySpec::of_weights(book));
            }
        }
        let sides = if random.chance(50) { Sides::LongShort } else { Sides::LongOnly };
        let top = 0.2 + 0.6 * random.unit();
        all.insert(String::from("formula"), StrategySpec { sides, top, ..StrategySpec::of_formula(formula) });
        if random.chance(40) {
            let alpha = *random.pick(&[
                allocator_core::alpha::Alpha::ShortTermReversal,
                allocator_core::alpha::Alpha::Rsi14,
                allocator_core::alpha::Alpha::Momentum20d,
            ]);
            all.insert(String::from("alpha"), StrategySpec { top: 0.5, ..StrategySpec::of_alpha(alpha) });
        }
        all
    }
}

fn config(random: &mut Random) -> BacktestConfig {
    let mut config = BacktestConfig {
        execution: *random.pick(&[Execution::NextClose, Execution::NextOpen]),
        financing: *random.pick(&[Financing::Cash, Financing::Shrink]),
        rebalance: Some(*random.pick(&[Rebalance::EveryBar, Rebalance::Weekly, Rebalance::Monthly, Rebalance::OnSignal])),
        lag: 1 + random.below(2) as u32,
        cost_min: if random.chance(20) { 1.0 } else { 0.0 },
        slippage_rate: 0.002 * random.unit(),
        impact: if random.chance(30) { 0.1 } else { 0.0 },
        band: if random.chance(20) { 0.05 } else { 0.0 },
        cash_rate: 0.03,
        debit_rate: 0.06,
        borrow_rate: 0.02,
        delist_after: 1 + random.below(4) as u32,
        delisting_recovery: 0.5,
        lot_size: random.chance(20).then_some(1.0),
        rows_max: 100_000,
        ..BacktestConfig::default()
    };
    if random.chance(50) {
        config.blend = Some(BlendConfig {
            method: *random.pick(&[
                BlendMethod::RankAggregation,
                BlendMethod::EqualWeight,
                BlendMethod::InverseVolatility,
                BlendMethod::Sharpe,
                BlendMethod::InformationCoefficient,
            ]),
            allow_short_positions: random.chance(80),
            min_observations: 2,
            ic_min_observations: 2,
            ..BlendConfig::default()
        });
    } else if random.chance(60) {
        config.capital = Some(CapitalConfig {
            method: *random.pick(&[
                CapitalMethod::InverseVolatility,
                CapitalMethod::Sharpe,
                CapitalMethod::Drawdown,
                CapitalMethod::Dynamic,
                CapitalMethod::KellyDiagonal,
                CapitalMethod::EqualWeight,
                CapitalMethod::HierarchicalRiskParity,
            ]),
            min_observations: 2,
            lookback: random.chance(40).then_some(5),
            constraints: ConstraintsConfig { turnover_max: random.chance(30).then_some(0.2), ..ConstraintsConfig::default() },
            ..CapitalConfig::default()
        });
        config.capital_schedule = *random.pick(&[None, Some(Rebalance::Weekly), Some(Rebalance::Monthly)]);
        config.capital_warmup = *random.pick(&[CapitalWarmup::Shares, CapitalWarmup::Cash]);
    }
    if random.chance(30) {
        // Regimes that are entered by the least, so that scalars move.
        let thresholds = RegimeThresholds {
            vol_accel_enter: 1.01,
            vol_accel_exit: 1.0,
            corr_shock_enter: 0.01,
            corr_shock_exit: 0.0,
            min_days_in_regime: 1,
            ..RegimeThresholds::default()
        };
        let mode = *random.pick(&[OverlayMode::Compute, OverlayMode::Compute, OverlayMode::Off]);
        config.risk = Some(RiskConfig { mode, thresholds, warmup_scalar: Some(0.8), ..RiskConfig::default() });
    }
    config
}

/// How long a world is: long enough for a state of the overlay to be known in one of thirty with one.
fn length(random: &mut Random, config: &BacktestConfig, short: usize) -> usize {
    if config.risk.is_some() && random.chance(3) { 90 + random.below(40) } else { short }
}

/// A formula of any shape, at most so deep.
fn formula(random: &mut Random, depth: usize) -> String {
    if depth == 0 || random.chance(15) {
        return (*random.pick(&["close", "returns", "open", "volume", "2", "0.5"])).to_owned();
    }
    let mut inner = || formula(random, depth - 1);
    let (x, y) = (inner(), inner());
    let d = 2 + random.below(6);
    match random.below(12) {
        0 => format!("({x} {} {y})", random.pick(&["+", "-", "*", "/"])),
        1 => format!("rank({x})"),
        2 => format!("zscore({x}) - scale({y})"),
        3 => format!("delay({x}, {})", random.below(5)),
        4 => format!("delta({x}, {d})"),
        5 => format!(
            "{}({x}, {d})",
            random.pick(&["ts_mean", "ts_std", "ts_rank", "ts_min", "ts_max", "ts_argmax", "ts_argmin", "ts_sum"])
        ),
        6 => format!("{}({x}, {y}, {d})", random.pick(&["correlation", "covariance"])),
        7 => format!("decay_linear({x}, {d})"),
        8 => format!("signed_power({x}, 0.5)"),
        9 => format!("if({x} > {y}, {x}, -{y})"),
        10 => format!("({x} >= {y} && {x} != 0 ? {y} : {x})"),
        _ => format!("{}({x})", random.pick(&["abs", "sign", "log", "sqrt"])),
    }
}

fn sound_formula(random: &mut Random) -> String {
    let text = formula(random, 4);
    if Formula::parse(&text).is_ok() { text } else { format!("returns + 0 * ({text})") }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(CASES))]

    #[test]
    fn nothing_that_comes_later_changes_anything(seed: u64) {
        let random = &mut Random(seed);
        let config = config(random);
        let short = 8 + random.below(32);
        let bars = length(random, &config, short);
        let world = World::new(random, bars);
        let formula = sound_formula(random);
        let mut same = random.clone();
        let strategies = world.strategies(random, &formula);
        let cut = random.below(bars - 1);
        let other = world.changed_after(random, cut);
        let others = other.strategies(&mut same, &formula);
        let (Some((market, one)), Some((_, two))) = (world.run(&strategies, &config), other.run(&others, &config)) else {
            return Ok(());
        };
        let known = market.times.partition_point(|time| *time <= day(cut));
        prop_assert_eq!(&one.values[..known], &two.values[..known]);
        prop_assert_eq!(&one.cash[..known], &two.cash[..known]);
        prop_assert_eq!(&one.long[..known], &two.long[..known]);
        for (a, b) in one.bar_profit.iter().zip(&two.bar_profit) {
            prop_assert_eq!(&a[..known], &b[..known]);
        }
        let trades = |run: &Run| run.trades.iter().copied().filter(|trade| trade.bar < known).collect::<Vec<_>>();
        prop_assert_eq!(trades(&one), trades(&two));
        let rebalances = |run: &Run| run.rebalances.iter().copied().filter(|done| done.bar < known).collect::<Vec<_>>();
        prop_assert_eq!(rebalances(&one), rebalances(&two));
        let weights = |run: &Run| run.weights.iter().copied().filter(|row| run.rebalances[row.rebalance].bar < known).collect::<Vec<_>>();
        prop_assert_eq!(weights(&one), weights(&two));
        let shares = |run: &Run| run.shares_of_capital.iter().copied().filter(|row| run.rebalances[row.rebalance].bar < known).collect::<Vec<_>>();
        prop_assert_eq!(shares(&one), shares(&two));
        for (a, b) in one.papers.iter().zip(&two.papers) {
            prop_assert_eq!(&a.values[..known], &b.values[..known]);
        }
        if let (Some(a), Some(b)) = (&one.overlay, &two.overlay) {
            prop_assert_eq!(&a.values[..known], &b.values[..known]);
            let scalars = |overlay: &Overlaid| overlay.governed.scalars.iter().copied().filter(|one| one.date <= day(cut)).collect::<Vec<_>>();
            prop_assert_eq!(scalars(a), scalars(b));
            // What is applied was known before the decision that applies it.
            for applied in &a.applied {
                prop_assert!(applied.known_at.is_none_or(|known| known < applied.date));
            }
        }
    }

    #[test]
    fn every_unit_of_money_is_accounted_for(seed: u64) {
        let random = &mut Random(seed);
        let config = config(random);
        let short = 8 + random.below(32);
        let bars = length(random, &config, short);
        let world = World::new(random, bars);
        let formula = sound_formula(random);
        let strategies = world.strategies(random, &formula);
        let Some((_, run)) = world.run(&strategies, &config) else { return Ok(()) };
        let (profit, costs): (f64, f64) = (run.profit.iter().sum(), run.costs.iter().sum());
        let told = config.initial_value + profit - costs + run.interest;
        // What a strategy earned is the sum over its bars and over its symbols.
        let by_bar: f64 = run.bar_profit.iter().flatten().sum();
        let scale = config.initial_value.max(run.values.iter().fold(0.0, |most, value| f64::max(most, value.abs())));
        prop_assert!((run.final_value - told).abs() <= 1e-9 * scale, "{} {}", run.final_value, told);
        prop_assert!((profit - by_bar).abs() <= 1e-9 * scale, "{} {}", profit, by_bar);
        // Crossing never costs: the minimum of an order, the rate and the impact are all paid less often or on less.
        if config.impact == 0.0 {
            prop_assert!(run.saved.iter().all(|saved| *saved >= -1e-9 * scale), "{:?}", run.saved);
        }
        let bought: f64 = run.trades.iter().map(|trade| trade.commission + trade.slippage).sum();
        prop_assert!((bought - costs).abs() <= 1e-9 * scale, "{bought} {costs}");
    }

    #[test]
    fn orders_on_ledgers_come_to_the_same_as_weights(seed: u64) {
        let random = &mut Random(seed);
        let short = 6 + random.below(20);
        let config = BacktestConfig { ledgers: true, ..config(random) };
        let bars = length(random, &config, short);
        let world = World::new(random, bars);
        let formula = sound_formula(random);
        let strategies = world.strategies(random, &formula);
        let Some((_, run)) = world.run(&strategies, &config) else { return Ok(()) };
        let ledgers = run.ledgers.as_ref().unwrap();
        prop_assert!(ledgers.conserved);
        let end = run.ruined.unwrap_or(run.values.len());
        for t in 0..end {
            let (weights, orders) = (run.values[t], ledgers.values[t]);
            let allowed = ledgers.rounding[t];
            prop_assert!((weights - orders).abs() <= allowed, "bar {}: {} {} {}", t, weights, orders, allowed);
        }
        // Where nothing is a step and no order moves the market, a bound that a real disagreement could hide in would be a defect.
        if config.lot_size.is_none() && config.cost_min == 0.0 && config.impact == 0.0 && config.band == 0.0 {
            let widest = ledgers.rounding[..end].iter().fold(0.0, |most, allowed| f64::max(most, *allowed));
            prop_assert!(widest <= 1e-7 * config.initial_value, "{} of {}", widest, config.initial_value);
        }
        // Who earned what is the same on both, within the same rounding.
        if run.ruined.is_none() {
            let n = SYMBOLS.len();
            for (s, (profit, fees)) in ledgers.strategies.iter().enumerate() {
                let (own, cost): (f64, f64) = (run.profit[s * n..(s + 1) * n].iter().sum(), run.costs[s * n..(s + 1) * n].iter().sum());
                let widest = ledgers.rounding.iter().fold(0.0, |most, allowed| f64::max(most, *allowed));
                let allowed = 2.0 * widest + 1e-7 * config.initial_value;
                prop_assert!((own - cost - profit).abs() <= allowed && (cost - fees).abs() <= allowed, "{} {} {} {}", own - cost, profit, cost, fees);
            }
        }
    }

    #[test]
    fn a_disagreement_of_a_thousandth_of_money_is_found(seed: u64) {
        let random = &mut Random(seed);
        let short = 6 + random.below(20);
        let plain = config(random);
        let config = BacktestConfig {
            ledgers: true, cost_min: 0.0, impact: 0.0, lot_size: None, initial_value: 10_000.0, ..plain
        };
        let bars = length(random, &config, short);
        let world = World::new(random, bars);
        let strategies = world.strategies(random, "returns");
        // The order path of a portfolio that begins with a thousandth more is a wrong answer for the weight path of this one.
        let more = BacktestConfig { initial_value: config.initial_value + 0.001, ..config.clone() };
        let (Some((_, one)), Some((_, two))) = (world.run(&strategies, &config), world.run(&strategies, &more)) else {
            return Ok(());
        };
        let (ledgers, end) = (two.ledgers.as_ref().unwrap(), one.ruined.unwrap_or(one.values.len()));
        let found = (0..end).any(|t| (one.values[t] - ledgers.values[t]).abs() > ledgers.rounding[t]);
        prop_assert!(found, "{:?} {:?}", one.values, ledgers.rounding);
    }

    #[test]
    fn formulas_never_look_ahead_and_never_panic(seed: u64) {
        let random = &mut Random(seed);
        let bars = 2 + random.below(40);
        let world = World::new(random, bars);
        let formula = Formula::parse(&sound_formula(random)).unwrap();
        let cut = random.below(bars);
        let other = world.changed_after(random, cut);
        let scores = |world: &World| {
            let mut faults = Faults::new();
            let close = PriceBook::from_points(world.prices.clone(), |_, _| String::new(), &mut faults).unwrap();
            let open = PriceBook::from_points(world.open.clone(), |_, _| String::new(), &mut faults).unwrap();
            let volume = FlowBook::from_points(world.volume.clone(), |_, _| String::new(), &mut faults).unwrap();
            let grid = Grid::new(&GridData { open: Some(&open), volume: Some(&volume), ..GridData::of(&close) });
            let all = formula.evaluate(&grid).unwrap();
            let known = |symbol: usize| grid.bars_of(symbol).filter(|bar| grid.time(*bar) <= day(cut)).map(|bar| all[bar].to_bits());
            (0..grid.symbols()).map(|symbol| known(symbol).collect::<Vec<u64>>()).collect::<Vec<_>>()
        };
        prop_assert_eq!(scores(&world), scores(&other));
    }

    #[test]
    fn any_text_is_a_formula_or_is_refused_with_a_place(text in "[a-z0-9 ()+*/^<>=!&|?:,._-]{0,60}") {
        match Formula::parse(&text) {
            Ok(formula) => prop_assert!(formula.bars_needed() >= 1),
            Err(faults) => {
                prop_assert!(!faults.is_empty());
                for fault in faults {
                    prop_assert!(fault.line == 1 && fault.column >= 1 && fault.column <= text.chars().count() + 1);
                    prop_assert!(!fault.message.is_empty() && !fault.hint.is_empty());
                }
            }
        }
    }
}
