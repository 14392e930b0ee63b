//! Pairwise correlation of strategies' returns, and alerts where it crosses a threshold (B9).
//!
//! For every pair: the inner join of dates, the newest `window` of them, ρ, n, p-value and confidence interval
//! ([`crate::stats::correlation`] has the formulas and their sources).
//!
//! **Conventions.** Below `min_observations` common dates ρ is unknown, not zero, and so it is for a flat series. An alert needs
//! ρ > threshold, strictly (|ρ| with `absolute`). A pair that has alerted is *active* and does not alert again until its ρ has fallen below
//! threshold − hysteresis; an unknown ρ changes nothing, because unknown is not calm. Names of a pair are in alphabetical order.

use super::alert::{Alert, Severity, alert_id};
use super::frequency::{Spacing, alike};
use crate::config::correlation::CorrelationConfig;
use crate::error::{Code, Fault};
use crate::frame::{ReturnBook, Series};
use crate::math;
use crate::stats::correlation::{CorrelationMethod, interval, of_centred, p_value};
use crate::stats::{Centred, Joined, Reasons, Unknown, UnknownFigure, average_ranks, ewma_correlation};
use crate::units::UnixNanos;
use serde::Serialize;
use std::collections::BTreeSet;

/// The correlation of one pair.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PairCorrelation {
    /// The first strategy in alphabetical order.
    pub a: String,
    /// Whether ρ lies above the threshold.
    pub alert: bool,
    /// The second.
    pub b: String,
    /// Upper end of the confidence interval.
    pub high: Option<f64>,
    /// Lower end of the confidence interval.
    pub low: Option<f64>,
    /// Common dates that entered.
    pub n: u32,
    /// What they are worth after weighting; equal to `n` unless the method is `ewma`.
    pub n_effective: Option<f64>,
    /// Two-sided p-value of ρ under no correlation.
    pub p_value: Option<f64>,
    /// Why a figure of the pair is null.
    pub unknown: Vec<UnknownFigure>,
    /// ρ, from -1 to 1.
    pub value: Option<f64>,
}

/// The correlations of all pairs and what follows from them.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CorrelationReport {
    /// Pairs in alert state now; give them back with the next request, so that a crossing alerts once.
    pub active: Vec<[String; 2]>,
    /// Crossings since the state that was given.
    pub alerts: Vec<Alert>,
    /// Mean of the known correlations; null if none is known.
    pub average: Option<f64>,
    /// Every pair, in alphabetical order.
    pub pairs: Vec<PairCorrelation>,
    /// What is worth knowing and refuses nothing.
    pub warnings: Vec<Fault>,
}

/// The name of the figure in alerts.
const METRIC: &str = "strategy_correlation";

/// Correlations of all pairs of a book; `active` are the pairs already in alert state, in any order.
pub fn correlations(book: &ReturnBook, config: &CorrelationConfig, active: &[[String; 2]]) -> CorrelationReport {
    let was_active: BTreeSet<[String; 2]> = active.iter().map(|[a, b]| ordered(a, b)).collect();
    let mut now_active = BTreeSet::new();
    let (mut pairs, mut alerts, mut warnings) = (Vec::new(), Vec::new(), Vec::new());
    let series = book.series();
    let mut work = Work::new(series, config);
    for i in 0..series.len() {
        for j in i + 1..series.len() {
            let (pair, at) = work.pair(i, j);
            let names = [pair.a.clone(), pair.b.clone()];
            let was = was_active.contains(&names);
            let level = pair.value.map(|value| if config.absolute { value.abs() } else { value });
            let is = match level {
                Some(level) if was => level >= config.threshold - config.hysteresis,
                Some(level) => level > config.threshold,
                None => was,
            };
            if let (true, false, Some(value), Some(at)) = (is, was, pair.value, at) {
                alerts.push(Alert {
                    at,
                    id: alert_id(METRIC, &names, at, config.threshold),
                    metric: METRIC.to_owned(),
                    n: pair.n,
                    pair: names.clone(),
                    severity: Severity::Warning,
                    threshold: config.threshold,
                    value,
                    window: config.window,
                });
            }
            if is {
                now_active.insert(names);
            }
            pairs.push(pair);
        }
    }
    for names in was_active {
        if let Some(missing) = names.iter().find(|name| book.get(name).is_none()) {
            warnings.push(Fault::new(
                Code::UnknownStatistic,
                "/active",
                format!("The pair {} and {} is in alert state, and {missing} has no returns; it stays so.", names[0], names[1]),
                "Give the returns of both, or leave the pair out.",
            ));
            now_active.insert(names);
        }
    }
    let known: Vec<f64> = pairs.iter().filter_map(|pair| pair.value).collect();
    CorrelationReport {
        active: now_active.into_iter().collect(),
        alerts,
        average: (!known.is_empty()).then(|| math::sum(known.iter().copied()) / known.len() as f64 + 0.0),
        pairs,
        warnings,
    }
}

/// A pair in alphabetical order.
pub(crate) fn ordered(a: &str, b: &str) -> [String; 2] {
    if a <= b { [a.to_owned(), b.to_owned()] } else { [b.to_owned(), a.to_owned()] }
}

/// What all pairs share: buffers, and the centred series where every history has the same dates.
struct Work<'a> {
    series: &'a [Series],
    config: &'a CorrelationConfig,
    spacings: Vec<Option<Spacing>>,
    /// With equal dates nothing has to be joined and every series is centred once. The bits are those of the long way.
    shared: Option<Vec<Result<Centred, Unknown>>>,
    joined: Joined,
    x: Option<Centred>,
    y: Option<Centred>,
}

impl<'a> Work<'a> {
    fn new(series: &'a [Series], config: &'a CorrelationConfig) -> Self {
        let same_dates = series.windows(2).all(|pair| pair[0].times == pair[1].times);
        let shared = (same_dates && config.method != CorrelationMethod::Ewma).then(|| {
            series
                .iter()
                .map(|one| {
                    let values = newest(&one.values, config.window);
                    match config.method {
                        CorrelationMethod::Spearman => Centred::new(&average_ranks(values)),
                        _ => Centred::new(values),
                    }
                })
                .collect()
        });
        let spacings = series.iter().map(Spacing::of).collect();
        Work { series, config, spacings, shared, joined: Joined::default(), x: None, y: None }
    }

    /// The pair, and the newest date that entered.
    fn pair(&mut self, i: usize, j: usize) -> (PairCorrelation, Option<UnixNanos>) {
        let (a, b) = (&self.series[i], &self.series[j]);
        let (n, at) = if self.shared.is_some() {
            (newest(&a.values, self.config.window).len(), a.times.last().copied())
        } else {
            self.joined.refill(a, b);
            if let Some(window) = self.config.window {
                self.joined.keep_last(window as usize);
            }
            (self.joined.times.len(), self.joined.times.last().copied())
        };
        let found = self.value(i, j, n);
        let mut reasons = Reasons::default();
        let value = reasons.take_any("value", found);
        let (mut p, mut low, mut high) = (None, None, None);
        if let Some((rho, n_effective)) = value {
            p = reasons.take("p_value", p_value(rho, n_effective));
            match interval(rho, n_effective, self.config.confidence, self.config.method) {
                Ok(ends) => (low, high) = (Some(ends.0), Some(ends.1)),
                Err(unknown) => {
                    reasons.note("high", unknown);
                    reasons.note("low", unknown);
                }
            }
        } else if let Err(unknown) = found {
            for figure in ["high", "low", "n_effective", "p_value"] {
                reasons.note(figure, unknown);
            }
        }
        let rho = value.map(|(rho, _)| rho);
        let level = rho.map(|rho| if self.config.absolute { rho.abs() } else { rho });
        let pair = PairCorrelation {
            a: a.name.clone(),
            alert: level.is_some_and(|level| level > self.config.threshold),
            b: b.name.clone(),
            high,
            low,
            n: n as u32,
            n_effective: value.map(|(_, n_effective)| n_effective),
            p_value: p,
            unknown: reasons.finish(),
            value: rho,
        };
        (pair, at)
    }

    /// ρ and the effective number of observations.
    fn value(&mut self, i: usize, j: usize, n: usize) -> Result<(f64, f64), Unknown> {
        if !alike(self.spacings[i], self.spacings[j]) {
            return Err(Unknown::MixedFrequency);
        }
        if n == 0 {
            return Err(Unknown::NoCommonDates);
        }
        if n < (self.config.min_observations as usize).max(2) {
            return Err(Unknown::InsufficientHistory);
        }
        if let Some(shared) = &self.shared {
            let (x, y) = (shared[i].as_ref().map_err(|e| *e)?, shared[j].as_ref().map_err(|e| *e)?);
            return Ok((of_centred(x, y)?, n as f64));
        }
        match self.config.method {
            CorrelationMethod::Ewma if self.shared.is_none() => {
                ewma_correlation(&self.joined.x, &self.joined.y, self.config.half_life)
            }
            CorrelationMethod::Spearman => {
                let (x, y) = (average_ranks(&self.joined.x), average_ranks(&self.joined.y));
                Ok((of_centred(refill(&mut self.x, &x)?, refill(&mut self.y, &y)?)?, n as f64))
            }
            _ => {
                let (x, y) = (refill(&mut self.x, &self.joined.x)?, refill(&mut self.y, &self.joined.y)?);
                Ok((of_centred(x, y)?, n as f64))
            }
        }
    }
}

/// Centres values in memory that is kept from pair to pair.
fn refill<'c>(slot: &'c mut Option<Centred>, values: &[f64]) -> Result<&'c Centred, Unknown> {
    match slot {
        Some(centred) => {
            centred.refill(values)?;
            Ok(centred)
        }
        None => Ok(slot.insert(Centred::new(values)?)),
    }
}

fn newest(values: &[f64], window: Option<u32>) -> &[f64] {
    let keep = window.map_or(values.len(), |window| (window as usize).min(values.len()));
    &values[values.len() - keep..]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Faults;
    use std::collections::BTreeMap;

    /// A book of (name, first day, values) on consecutive days.
    fn book(series: &[(&str, i64, &[f64])]) -> ReturnBook {
        let points: BTreeMap<String, Vec<(UnixNanos, f64)>> = series
            .iter()
            .map(|(name, first, values)| {
                let days = (*first..).map(|day| UnixNanos::from_days(day).unwrap());
                (String::from(*name), days.zip(values.iter().copied()).collect())
            })
            .collect();
        ReturnBook::from_points(points, |_, _| String::new(), &mut Faults::new()).unwrap()
    }

    fn config() -> CorrelationConfig {
        CorrelationConfig { min_observations: 2, ..CorrelationConfig::default() }
    }

    const UP: [f64; 4] = [0.01, 0.02, 0.03, 0.04];
    const DOWN: [f64; 4] = [0.04, 0.03, 0.02, 0.01];

    #[test]
    fn only_common_dates_enter() {
        // a has days 0–3, b has days 2–5: days 2 and 3 are common, and two points always lie on a line.
        let report = correlations(&book(&[("b", 2, &UP), ("a", 0, &UP)]), &config(), &[]);
        let pair = &report.pairs[0];
        assert_eq!((pair.a.as_str(), pair.b.as_str(), pair.n), ("a", "b", 2));
        assert!((pair.value.unwrap() - 1.0).abs() < 1e-12);
        assert_eq!((pair.p_value, pair.low), (None, None));
        assert_eq!(report.alerts[0].at, UnixNanos::from_days(3).unwrap());
    }

    #[test]
    fn joined_and_shared_dates_give_the_same_bits() {
        let x: Vec<f64> = (0..50).map(|i| f64::from(i * i % 17) / 100.0).collect();
        let y: Vec<f64> = (0..50).map(|i| f64::from(i * 7 % 13) / 100.0).collect();
        for method in [CorrelationMethod::Pearson, CorrelationMethod::Spearman, CorrelationMethod::Ewma] {
            let config = CorrelationConfig { method, window: Some(30), ..CorrelationConfig::default() };
            let shared = correlations(&book(&[("a", 0, &x), ("b", 0, &y)]), &config, &[]);
            // A third series on other dates makes every pair take the long way.
            let joined = correlations(&book(&[("a", 0, &x), ("b", 0, &y), ("c", 3, &x)]), &config, &[]);
            assert_eq!(shared.pairs[0], joined.pairs[0]);
            assert_eq!(shared.pairs[0].n, 30);
        }
    }

    #[test]
    fn below_the_minimum_is_unknown_and_unknown_is_not_calm() {
        let pair = [String::from("a"), String::from("b")];
        let strict = CorrelationConfig { min_observations: 5, ..CorrelationConfig::default() };
        let report = correlations(&book(&[("a", 0, &UP), ("b", 0, &UP)]), &strict, std::slice::from_ref(&pair));
        assert_eq!((report.pairs[0].value, report.average), (None, None));
        assert!(report.pairs[0].unknown.iter().all(|unknown| unknown.code == Unknown::InsufficientHistory));
        // It had alerted; not knowing does not re-arm it.
        assert_eq!((report.active, report.alerts.len()), (vec![pair], 0));
    }

    #[test]
    fn flat_and_disjoint_are_unknown() {
        let report = correlations(&book(&[("a", 0, &UP), ("flat", 0, &[0.005; 4]), ("later", 9, &UP)]), &config(), &[]);
        let reason = |i: usize| report.pairs[i].unknown[0].code;
        assert_eq!((reason(0), reason(1), reason(2)), (Unknown::FlatSeries, Unknown::NoCommonDates, Unknown::NoCommonDates));
        assert!(report.alerts.is_empty());
    }

    #[test]
    fn one_alert_for_each_crossing() {
        // ρ of 1 2 3 and 1 3 2 is 0.5; of 1 2 3 and 1 2 3 it is 1; thresholds move instead of the data.
        let pair = vec![[String::from("a"), String::from("b")]];
        let data = book(&[("a", 0, &[0.01, 0.02, 0.03]), ("b", 0, &[0.01, 0.03, 0.02])]);
        let at = |threshold: f64, active: &[[String; 2]]| {
            let report = correlations(&data, &CorrelationConfig { threshold, ..config() }, active);
            (report.alerts.len(), report.active)
        };
        assert_eq!(at(0.40, &[]), (1, pair.clone()));
        // Still above: no second alert.
        assert_eq!(at(0.40, &pair), (0, pair.clone()));
        // Below the threshold and within the hysteresis: still active, so that no crossing can alert again.
        assert_eq!(at(0.53, &pair), (0, pair.clone()));
        // Not active before: nothing.
        assert_eq!(at(0.53, &[]), (0, vec![]));
        // Below threshold − hysteresis: re-armed.
        assert_eq!(at(0.60, &pair), (0, vec![]));
    }

    #[test]
    fn negative_correlation_alerts_only_when_asked() {
        let data = book(&[("a", 0, &UP), ("b", 0, &DOWN)]);
        assert_eq!(correlations(&data, &config(), &[]).alerts, []);
        let report = correlations(&data, &CorrelationConfig { absolute: true, ..config() }, &[]);
        assert!(report.alerts[0].value < -0.999 && report.pairs[0].alert);
    }

    #[test]
    fn equal_to_the_threshold_does_not_alert() {
        let config = CorrelationConfig { threshold: 1.0, ..config() };
        assert_eq!(correlations(&book(&[("a", 0, &UP), ("b", 0, &UP)]), &config, &[]).alerts, []);
    }

    #[test]
    fn a_single_strategy_has_no_pairs_and_a_lost_one_keeps_its_state() {
        let gone = [String::from("a"), String::from("gone")];
        let report = correlations(&book(&[("a", 0, &UP)]), &config(), std::slice::from_ref(&gone));
        assert_eq!((report.pairs.len(), report.average, report.active), (0, None, vec![gone]));
        assert_eq!(report.warnings[0].code, Code::UnknownStatistic);
    }

    #[test]
    fn unlike_frequencies_are_not_compared() {
        let weekly: Vec<(UnixNanos, f64)> = (0..12).map(|i| (UnixNanos::from_days(i * 7).unwrap(), 0.01 * i as f64)).collect();
        let daily: Vec<(UnixNanos, f64)> = (0..80).map(|i| (UnixNanos::from_days(i).unwrap(), 0.001 * (i % 7) as f64)).collect();
        let points = BTreeMap::from([(String::from("d"), daily), (String::from("w"), weekly)]);
        let data = ReturnBook::from_points(points, |_, _| String::new(), &mut Faults::new()).unwrap();
        assert_eq!(correlations(&data, &config(), &[]).pairs[0].unknown[0].code, Unknown::MixedFrequency);
    }
}
