//! Laws of the risk overlay: nothing looks ahead, a day added is a history computed, weights and dates do not part.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]
// The generator of cases is a native tool.
#![cfg(not(target_arch = "wasm32"))]

use allocator_core::config::risk::{RegimeThresholds, SleeveConfig};
use allocator_core::error::Faults;
use allocator_core::frame::{ReturnBook, Series, WeightBook};
use allocator_core::op::audit::{AuditRequest, audit};
use allocator_core::op::risk::{RiskRequest, risk};
use allocator_core::overlay::state::{Day, FEATURES, StateInputs, StateRow, StateShape, StateTracker};
use allocator_core::overlay::tables::SleeveTable;
use allocator_core::stats::{pearson, standard_deviation};
use allocator_core::units::UnixNanos;
use proptest::prelude::*;
use std::collections::BTreeMap;

fn day(i: usize) -> UnixNanos {
    UnixNanos::from_days(18_262 + i as i64).unwrap()
}

type Points = BTreeMap<String, Vec<(UnixNanos, f64)>>;

fn returns(points: Points) -> ReturnBook {
    ReturnBook::from_points(points, |_, _| String::new(), &mut Faults::new()).unwrap()
}

fn weights(points: Points) -> WeightBook {
    WeightBook::from_points(points, |_, _| String::new(), &mut Faults::new()).unwrap()
}

/// A market: for each asset a return, or none, for every day.
#[derive(Clone, Debug)]
struct Market {
    cells: Vec<Vec<Option<f64>>>,
    portfolio: Vec<Option<f64>>,
}

impl Market {
    fn asset_points(&self) -> Points {
        let column = |column: &Vec<Option<f64>>| -> Vec<(UnixNanos, f64)> {
            column.iter().enumerate().filter_map(|(i, cell)| Some((day(i), (*cell)?))).collect()
        };
        self.cells.iter().enumerate().map(|(i, cells)| (format!("A{i}"), column(cells))).collect()
    }

    fn portfolio_points(&self) -> Points {
        let points = self.portfolio.iter().enumerate().filter_map(|(i, cell)| Some((day(i), (*cell)?))).collect();
        BTreeMap::from([(String::from("portfolio"), points)])
    }

    /// Weights every `every` days, different from asset to asset and from date to date.
    fn weight_points(&self, every: usize) -> Points {
        let of = |asset: usize, date: usize| 0.4 * ((asset * 7 + date * 3) % 5) as f64 / 5.0 - 0.1;
        let column = |asset: usize| (0..self.portfolio.len()).step_by(every).map(|i| (day(i), of(asset, i))).collect();
        (0..self.cells.len()).map(|asset| (format!("A{asset}"), column(asset))).collect()
    }
}

fn cell() -> impl Strategy<Value = Option<f64>> {
    prop_oneof![9 => (-0.04_f64..0.04).prop_map(Some), 1 => Just(None)]
}

/// Calm and wild stretches, so that every regime is met.
fn market(days: std::ops::Range<usize>) -> impl Strategy<Value = Market> {
    (days, 1_usize..5, 0_usize..140).prop_flat_map(|(n, assets, crash)| {
        let column = proptest::collection::vec(cell(), n);
        (proptest::collection::vec(column, assets), proptest::collection::vec(cell(), n)).prop_map(
            move |(mut cells, mut portfolio)| {
                for column in cells.iter_mut().chain([&mut portfolio]) {
                    for (i, cell) in column.iter_mut().enumerate() {
                        let size = if (crash..crash + 25).contains(&i) { 1.2 } else { 0.3 };
                        let drift = if (crash..crash + 25).contains(&i) { -0.01 } else { 0.0005 };
                        *cell = cell.map(|value| value * size + drift);
                    }
                }
                portfolio[0] = Some(0.001);
                // A day on which nothing has a value is no date.
                for (i, cell) in portfolio.iter_mut().enumerate() {
                    if cells.iter().all(|column| column[i].is_none()) {
                        *cell = cell.or(Some(0.0005));
                    }
                }
                Market { cells, portfolio }
            },
        )
    })
}

/// Returns without gaps, of sleeves and trend units: those windows are told only where they are full.
fn dense(i: usize, k: usize) -> f64 {
    ((i * 7919 + k * 104_729) % 1009) as f64 / 1009.0 * 0.02 - 0.0095
}

/// Two sleeves and three trend units.
const SLEEVES: std::ops::Range<usize> = 0..2;
const UNITS: std::ops::Range<usize> = 2..5;

fn dense_book(days: usize, columns: std::ops::Range<usize>) -> ReturnBook {
    let series = |k: usize| (0..days).map(|i| (day(i), dense(i, k))).collect();
    returns(columns.map(|k| (format!("D{k}"), series(k))).collect())
}

/// The ten features by their definition (R1), each from all rows up to one; `None` where it is unknown.
fn by_definition(market: &Market, row: usize, units: bool) -> [Option<f64>; 10] {
    let days = row + 1;
    // The last `count` observations, unless they reach over more than a quarter again as many rows.
    let last = |all: &[(usize, f64)], count: usize| -> Option<Vec<f64>> {
        let window = &all[all.len().checked_sub(count)?..];
        (days - window[0].0 <= count + count.div_ceil(4)).then(|| window.iter().map(|(_, value)| *value).collect())
    };
    let seen: Vec<(usize, f64)> = (0..days).filter_map(|i| Some((i, market.portfolio[i]?))).collect();
    let now = market.portfolio[row];
    let volatility = |width: usize| {
        now?;
        standard_deviation(&last(&seen, width)?, 1).ok().map(|s| s * 252.0_f64.sqrt())
    };
    let (mut equity, mut peak) = (1.0_f64, 1.0_f64);
    let levels: Vec<(usize, f64)> = seen
        .iter()
        .map(|(i, r)| {
            equity *= 1.0 + r;
            peak = peak.max(equity);
            (*i, equity / peak - 1.0)
        })
        .collect();
    let level = now.and_then(|_| levels.last()).map(|(_, level)| *level);
    let slope = level.and_then(|level| Some(level - last(&levels, 11)?[0]));
    let correlation = |width: usize| -> Option<f64> {
        let first = days.checked_sub(width)?;
        let varies = |column: &Vec<Option<f64>>| {
            let values: Vec<f64> = column[first..=row].iter().copied().flatten().collect();
            standard_deviation(&values, 1).is_ok_and(|s| s > 1e-10)
        };
        let columns: Vec<&Vec<Option<f64>>> = market.cells.iter().filter(|column| varies(column)).collect();
        let (mut sum, mut pairs) = (0.0, 0);
        for (i, a) in columns.iter().enumerate() {
            for b in &columns[..i] {
                let both: (Vec<f64>, Vec<f64>) = (first..=row).filter_map(|t| a[t].zip(b[t])).unzip();
                if let Ok(rho) = pearson(&both.0, &both.1) {
                    sum += rho;
                    pairs += 1;
                }
            }
        }
        (pairs > 0).then(|| sum / f64::from(pairs))
    };
    let rising =
        |value: &dyn Fn(usize) -> Option<f64>| (days - 20..days).map(value).sum::<Option<f64>>().is_some_and(|sum| sum > 0.0);
    let breadth = (days >= 20).then(|| {
        if units {
            UNITS.filter(|k| rising(&|i| Some(dense(i, *k)))).count() as f64 / UNITS.len() as f64
        } else {
            market.cells.iter().filter(|column| rising(&|i| column[i])).count() as f64 / market.cells.len() as f64
        }
    });
    let concentration = (days >= 60).then(|| {
        let sums: Vec<f64> = SLEEVES.map(|k| (days - 60..days).map(|i| dense(i, k)).sum::<f64>().abs()).collect();
        let total: f64 = sums.iter().sum();
        sums.iter().map(|sum| (sum / total) * (sum / total)).sum()
    });
    let (short, long) = (volatility(20), volatility(60));
    let (corr_short, corr_long) = (correlation(20), correlation(60));
    let ratio = short.zip(long).map(|(short, long)| short / long);
    let shock = corr_short.zip(corr_long).map(|(short, long)| short - long);
    [short, long, ratio, level, slope, corr_short, corr_long, shock, breadth, concentration]
}

fn portfolio_series(market: &Market) -> Series {
    returns(market.portfolio_points()).series()[0].clone()
}

/// The state day by day, as production has it.
fn tracked(market: &Market, from: usize, units: bool) -> Vec<StateRow> {
    let units = if units { UNITS } else { 0..0 };
    let shape = StateShape { assets: market.cells.len(), equity: false, trend_units: units.len(), sleeves: SLEEVES.len() };
    let mut tracker = StateTracker::new(shape, 252.0);
    (from..market.portfolio.len())
        .map(|i| {
            let assets: Vec<Option<f64>> = market.cells.iter().map(|column| column[i]).collect();
            let row = |columns: std::ops::Range<usize>| columns.map(|k| Some(dense(i, k))).collect::<Vec<_>>();
            let day = Day {
                date: day(i),
                portfolio: market.portfolio[i],
                equity: None,
                assets: &assets,
                trend_units: &row(units.clone()),
                sleeves: &row(SLEEVES),
            };
            tracker.push(&day)
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    /// R2: day by day, every feature on every date is that of its definition, and is unknown where that is.
    #[test]
    fn a_day_added_is_a_history_computed(market in market(100..170), from in 1_usize..60, units in any::<bool>()) {
        let all = tracked(&market, 0, units);
        for (row, state) in all.iter().enumerate() {
            let wanted = by_definition(&market, row, units);
            for (feature, (got, wanted)) in state.features.iter().zip(wanted).enumerate() {
                let near = match (got, wanted) {
                    (Ok(got), Some(wanted)) => (got - wanted).abs() <= 1e-10,
                    (Err(_), None) => true,
                    _ => false,
                };
                prop_assert!(near, "row {row}, {}: {got:?} {wanted:?}", FEATURES[feature]);
            }
        }
        // A tracker that began later has the same bits wherever it knows a feature of windows.
        let late = tracked(&market, from, units);
        for (state, other) in all[from..].iter().zip(&late) {
            for feature in [0, 1, 2, 5, 6, 7, 8, 9] {
                if other.features[feature].is_ok() {
                    prop_assert_eq!(state.features[feature], other.features[feature]);
                }
            }
        }
    }

    /// R1, R2, C2: the batch is the tracker on every date, to the last bit.
    #[test]
    fn the_batch_is_the_tracker(market in market(70..120), units in any::<bool>()) {
        let series = portfolio_series(&market);
        let assets = returns(market.asset_points());
        let days = market.portfolio.len();
        let (sleeves, trends) = (dense_book(days, SLEEVES), dense_book(days, UNITS));
        let inputs = StateInputs {
            portfolio: &series,
            equity: None,
            assets: Some(&assets),
            trend_units: units.then_some(&trends),
            sleeves: Some(&sleeves),
        };
        let batch = inputs.states(allocator_core::config::risk::CalendarRule::Union, 252.0);
        prop_assert_eq!(batch, tracked(&market, 0, units));
    }

    /// Behaviour 9: what comes after t changes nothing up to t, in any of the answers.
    #[test]
    fn nothing_looks_ahead(before in market(90..150), after in market(150..151), cut in 61_usize..89, every in 3_usize..9) {
        let mut changed = before.clone();
        for (column, other) in changed.cells.iter_mut().chain([&mut changed.portfolio]).zip(after.cells.iter().chain([&after.portfolio]).cycle()) {
            for i in cut + 1..column.len() {
                column[i] = other[i].or(Some(0.02));
            }
        }
        // A sleeve that is told from its own returns, by thresholds of its own.
        let sleeve_points = |market: &Market| BTreeMap::from([(String::from("own"), market.asset_points()["A0"].clone())]);
        let touchy = RegimeThresholds { vol_accel_enter: 1.16, dd_enter: -0.07, ..RegimeThresholds::default() };
        let own = SleeveConfig { assets: vec![String::from("A0")], own_state: true, sensitivity: 1.5, thresholds: Some(touchy) };
        let sleeves = BTreeMap::from([(String::from("own"), own)]);
        let risk_of = |market: &Market| {
            let mut request = RiskRequest {
                portfolio_returns: Some(returns(market.portfolio_points())),
                asset_returns: Some(returns(market.asset_points())),
                sleeve_returns: Some(returns(sleeve_points(market))),
                weights: Some(weights(market.weight_points(every))),
                ..RiskRequest::empty()
            };
            request.config.sleeves = sleeves.clone();
            risk(&request).unwrap().result
        };
        let (one, other) = (risk_of(&before), risk_of(&changed));
        let until = |dates: &[UnixNanos]| dates.partition_point(|date| *date <= day(cut));
        let state = |result: &allocator_core::op::risk::RiskResult| result.state.clone().unwrap();
        let (a, b) = (state(&one), state(&other));
        let n = until(&a.date);
        prop_assert!(n > 60 && n == until(&b.date));
        for (x, y) in [(&a.vol_accel, &b.vol_accel), (&a.corr_60d, &b.corr_60d), (&a.dd_level, &b.dd_level), (&a.dd_slope_10d, &b.dd_slope_10d)] {
            prop_assert_eq!(&x[..n], &y[..n]);
        }
        prop_assert_eq!(&one.regimes.regime[..n], &other.regimes.regime[..n]);
        prop_assert_eq!(&one.scalars.scalar[..n], &other.scalars.scalar[..n]);
        let (x, y) = (one.exposure.unwrap(), other.exposure.unwrap());
        let rebalances = until(&x.date);
        prop_assert_eq!(&x.scalar[..rebalances], &y.scalar[..rebalances]);
        prop_assert!(x.date.iter().zip(&x.known_at).all(|(date, known)| known.is_none_or(|known| known < *date)));
        for (symbol, column) in &one.weights.unwrap().weights {
            prop_assert_eq!(&column[..rebalances], &other.weights.as_ref().unwrap().weights[symbol][..rebalances]);
        }
        let same_sleeves = |one: &[SleeveTable], other: &[SleeveTable]| {
            let (one, other) = (&one[0], &other[0]);
            let (n, rebalances) = (until(&one.scalars.date), until(&one.applied.as_ref().unwrap().date));
            n > 0
                && one.scalars.scalar[..n] == other.scalars.scalar[..n]
                && one.applied.as_ref().unwrap().scalar[..rebalances] == other.applied.as_ref().unwrap().scalar[..rebalances]
        };
        prop_assert!(same_sleeves(&one.sleeves, &other.sleeves));

        let audit_of = |market: &Market| {
            let mut request = AuditRequest::new(returns(market.asset_points()), weights(market.weight_points(every)));
            request.config.bootstrap.resamples = 0;
            request.sleeve_returns = Some(returns(sleeve_points(market)));
            request.config.risk.sleeves = sleeves.clone();
            audit(&request).unwrap().result
        };
        let (one, other) = (audit_of(&before), audit_of(&changed));
        prop_assert!(same_sleeves(&one.sleeves, &other.sleeves));
        let n = until(&one.curves.date);
        prop_assert_eq!(&one.curves.date[..n], &other.curves.date[..n]);
        prop_assert_eq!(&one.curves.baseline_equity[..n], &other.curves.baseline_equity[..n]);
        prop_assert_eq!(&one.curves.scaled_equity[..n], &other.curves.scaled_equity[..n]);
        prop_assert!(one.curves.date.iter().zip(&one.curves.decided_at).all(|(date, decided)| decided.is_none_or(|decided| decided < *date)));
    }

    /// Scaling never raises a weight, never flips a sign, and answers the same whatever the order of the input.
    #[test]
    fn exposure_only_falls(market in market(70..130), every in 3_usize..9) {
        let raw = market.weight_points(every);
        let request = RiskRequest {
            portfolio_returns: Some(returns(market.portfolio_points())),
            asset_returns: Some(returns(market.asset_points())),
            weights: Some(weights(raw.clone())),
            ..RiskRequest::empty()
        };
        let result = risk(&request).unwrap().result;
        let scaled = result.weights.unwrap();
        for (symbol, column) in &raw {
            for ((_, weight), after) in column.iter().zip(&scaled.weights[symbol]) {
                prop_assert!(after.abs() <= weight.abs() && after * weight >= 0.0);
            }
        }
        let floor = request.config.floor();
        prop_assert!(result.scalars.scalar.iter().all(|scalar| (floor..=1.0).contains(scalar)));
    }
}

/// The recorded system walks over rebalance dates, skips those in its warm-up, and labels what it kept with the first dates of the list.
/// Rebuilt here with 31 skipped rebalances: every label lies 31 weeks before its decision, and the "scalar used" at a label is the one
/// that the source has 31 weeks later. In our answer there is no list to label: weights, scalars and dates are rows of one table.
#[test]
fn the_recorded_mislabelling_cannot_happen() {
    const SKIPPED: usize = 31;
    let n = 7 * 90;
    let wave = |i: usize| ((i * 37 % 101) as f64 / 101.0 - 0.5) * if i % 200 > 150 { 0.06 } else { 0.01 };
    let series = |shift: usize| (0..n).map(|i| (day(i), wave(i + shift))).collect::<Vec<_>>();
    let assets: Points = (0..3).map(|k| (format!("A{k}"), series(k * 13))).collect();
    let rebalances: Vec<usize> = (0..n).step_by(7).collect();
    let table: Points =
        (0..3).map(|k| (format!("A{k}"), rebalances.iter().map(|i| (day(*i), 0.2 + 0.001 * (*i as f64))).collect())).collect();

    let mut request = AuditRequest::new(returns(assets), weights(table));
    request.config.bootstrap.resamples = 0;
    let result = audit(&request).unwrap().result;

    // The defect, rebuilt: decisions made after the warm-up, dated from the head of the list.
    let decided: Vec<usize> = rebalances[SKIPPED..].to_vec();
    let labels: Vec<UnixNanos> = rebalances[..decided.len()].iter().map(|i| day(*i)).collect();
    let early = labels.iter().zip(&decided).filter(|(label, decision)| **label < day(**decision)).count();
    assert_eq!(early, decided.len(), "the rebuilt defect dates every decision before it was made");
    let source = &result.exposure;
    let at = |date: UnixNanos| source.date.iter().position(|other| *other == date).map(|i| source.scalar[i]);
    let used: Vec<f64> = decided.iter().map(|i| at(day(*i)).unwrap()).collect();
    let shifted = labels.iter().zip(&used).filter(|(label, used)| at(**label) != Some(**used)).count();
    assert!(shifted > labels.len() / 4, "shifting the labels changes what is used: {shifted} of {}", labels.len());

    // Ours: the row of a date holds the decision of that date, the scalar known before it, and earns what comes after it.
    assert_eq!(result.weights.date, rebalances.iter().map(|i| day(*i)).collect::<Vec<_>>());
    for (row, i) in rebalances.iter().enumerate() {
        let raw = 0.2 + 0.001 * (*i as f64);
        let scalar = source.scalar[row];
        assert_eq!(result.weights.weights["A0"][row], if scalar < 1.0 { raw * scalar } else { raw });
        assert!(source.known_at[row].is_none_or(|known| known < day(*i)));
    }
    for (date, decided) in result.curves.date.iter().zip(&result.curves.decided_at).skip(1) {
        let decided = decided.unwrap();
        assert!(decided < *date && date.days() - decided.days() <= 7);
    }
}
