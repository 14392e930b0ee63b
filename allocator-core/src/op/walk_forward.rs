//! Operation `walk_forward`: histories and candidates in; what each would have earned without looking ahead, and how much of it is luck, out (K7, K8).

use super::{Request, VERSION};
use crate::capital::walk_forward::{Candidate, CandidateReport, History, Walked, combinatorial, folds, walk};
use crate::config::OperationConfig;
use crate::config::capital::{CapitalConfig, CapitalMethod, Detector};
use crate::config::compat::Compat;
use crate::config::walk_forward::WalkForwardConfig;
use crate::error::{Code, Fault, Faults, Problem};
use crate::frame::{ReturnBook, Series};
use crate::math;
use crate::monitor::frequency_faults;
use crate::stats::deflated_sharpe::expected_largest;
use crate::stats::overfitting::{Choices, Overfitting, overfitting};
use crate::stats::{Reasons, Unknown, UnknownFigure};
use crate::units::{UnixNanos, name_fault};
use crate::wire::{At, Decode, Fields, Json};
use serde::Serialize;
use std::collections::BTreeMap;

/// Most candidates of one request.
pub const CANDIDATES_MAX: usize = 64;

/// Most splits of one request: folds, and choices of the combinatorial cross-validation, times candidates.
pub const SPLITS_MAX: usize = 50_000;

/// Most strategies of one request.
pub const STRATEGIES_MAX: usize = 500;

/// Most values of one request.
pub const VALUES_MAX: usize = 5_000_000;

/// Most returns that are resampled: resamples times returns out of sample times candidates.
pub const DRAWN_MAX: u64 = 500_000_000;

/// A request to try methods on the past.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", serde(deny_unknown_fields))]
pub struct WalkForwardRequest {
    /// Settings of `capital` to be tried, by a name for each: methods, or one method with different parameters.
    pub candidates: BTreeMap<String, CapitalConfig>,
    /// Settings of the test.
    #[cfg_attr(feature = "schema", serde(default))]
    pub config: WalkForwardConfig,
    /// Return history by strategy.
    pub returns: ReturnBook,
    /// 1.
    pub version: u32,
}

/// The dates of one fold.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FoldDates {
    /// First date out of sample.
    pub test_first: UnixNanos,
    /// Last date out of sample.
    pub test_last: UnixNanos,
    /// First date in sample.
    pub train_first: UnixNanos,
    /// Last date in sample.
    pub train_last: UnixNanos,
}

/// What became of the candidates.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WalkForwardResult {
    /// The candidate with the greatest Sharpe ratio out of sample, the first by name of equals; null where none has one.
    pub best: Option<String>,
    /// The candidates, by name.
    pub candidates: Vec<CandidateReport>,
    /// The Sharpe ratio a year that the best of so many trials is expected to reach without skill.
    pub expected_largest_sharpe: Option<f64>,
    /// What was done and what came of it, in sentences.
    pub explanation: Vec<String>,
    /// The folds, oldest first.
    pub folds: Vec<FoldDates>,
    /// How often the best in sample is none out of sample; null with fewer than two candidates.
    pub overfitting: Option<Overfitting>,
    /// Returns out of sample by candidate, if asked for.
    pub returns: ReturnBook,
    /// How many candidates were tried in all.
    pub trials: u32,
    /// Why each null figure is null.
    pub unknown: Vec<UnknownFigure>,
    /// What is worth knowing and refuses nothing.
    pub warnings: Vec<Fault>,
}

/// The answer with its digest.
pub type WalkForwardResponse = super::Answer<WalkForwardResult>;

/// Tries methods on the past.
///
/// # Errors
/// Settings outside their range, no candidates, too short a history for one fold, more than the limits allow.
pub fn walk_forward(request: &WalkForwardRequest) -> Result<WalkForwardResponse, Problem> {
    request.answer()
}

/// The candidates, each over the defaults or those of a preset.
fn decode_candidates(
    json: &Json,
    at: &At<'_>,
    compat: Option<Compat>,
    faults: &mut Faults,
) -> Option<BTreeMap<String, CapitalConfig>> {
    let Json::Object(all) = json else {
        faults.push(Fault::new(
            Code::WrongType,
            at,
            format!("Expected an object of settings, found {}.", json.brief()),
            "Give {\"name\": {\"method\": \"erc\"}}.",
        ));
        return None;
    };
    let mut read = BTreeMap::new();
    for (name, settings) in all {
        let base = super::base::<CapitalConfig>(compat);
        if let Some(mut config) = CapitalConfig::decode_over(settings, &at.key(name), faults, base) {
            config.sort();
            read.insert(name.clone(), config);
        }
    }
    (read.len() == all.len()).then_some(read)
}

impl WalkForwardRequest {
    /// A request with default settings of the test.
    pub fn new(returns: ReturnBook, candidates: BTreeMap<String, CapitalConfig>) -> Self {
        WalkForwardRequest { candidates, config: WalkForwardConfig::default(), returns, version: VERSION }
    }

    fn validate(&self, faults: &mut Faults) {
        let at = At::Root;
        self.config.validate(&at.key("config"), faults);
        let candidates = at.key("candidates");
        if self.candidates.is_empty() {
            let hint = "Give settings of capital by name: {\"erc\": {\"method\": \"erc\"}}.";
            faults.push(Fault::new(Code::Empty, candidates, "There is nothing to try.", hint));
        }
        for (name, config) in &self.candidates {
            let here = candidates.key(name);
            if let Some(why) = name_fault(name) {
                let message = format!("The name {name:?} {why}.");
                faults.push(Fault::new(Code::InvalidName, here, message, "Give the candidate a plain name."));
            }
            config.validate(&here, faults);
            if config.method == CapitalMethod::RegimeAdaptive && config.regime.detector == Detector::Risk {
                faults.push(Fault::new(
                    Code::Conflict,
                    here.key("regime").key("detector"),
                    "The detector \"risk\" is told the regime of today, which the past did not know.",
                    "Use the detector \"market\".",
                ));
            }
        }
        let returns = at.key("returns");
        let values: usize = self.returns.series().iter().map(|series| series.values.len()).sum();
        for (here, what, count, most) in [
            (&candidates, "candidates", self.candidates.len(), CANDIDATES_MAX),
            (&returns, "strategies", self.returns.len(), STRATEGIES_MAX),
            (&returns, "values", values, VALUES_MAX),
        ] {
            if count > most {
                let message = format!("{count} {what}, and {most} are the most.");
                faults.push(Fault::new(Code::LimitExceeded, here, message, "Split the request."));
            }
        }
        for fault in frequency_faults(&self.returns, |name| returns.key(name).to_string()) {
            faults.push(fault);
        }
        let config = at.key("config");
        let count = self.candidates.len();
        if let Some(trials) = self.config.trials.filter(|trials| (*trials as usize) < count) {
            let message = format!("{trials} trials are fewer than the {count} candidates.");
            faults.push(Fault::new(
                Code::Conflict,
                config.key("trials"),
                message,
                "Count all that were tried, these among them.",
            ));
        }
    }

    /// What makes too much work, once the settings are sound.
    fn check_work(&self, rows: usize, faults: &mut Faults) {
        let at = At::Root;
        let config = at.key("config");
        let count = self.candidates.len();
        let out = rows.saturating_sub(self.config.train as usize);
        let per_fold = out.div_ceil(self.config.test as usize);
        let choices = self
            .config
            .combinatorial
            .as_ref()
            .map_or(0, |settings| Choices::new(settings.groups as usize, settings.test_groups as usize).count());
        let splits = (per_fold + choices).saturating_mul(count);
        if splits > SPLITS_MAX {
            faults.push(Fault::new(
                Code::LimitExceeded,
                config.key("test"),
                format!("{splits} splits, and {SPLITS_MAX} are the most."),
                "Give a longer test window, fewer groups or fewer candidates.",
            ));
        }
        let resamples = self.config.bootstrap.as_ref().map_or(0, |settings| u64::from(settings.resamples));
        let drawn = resamples.saturating_mul(out as u64).saturating_mul(count as u64);
        if drawn > DRAWN_MAX {
            faults.push(Fault::new(
                Code::LimitExceeded,
                config.key("bootstrap").key("resamples"),
                format!("{drawn} returns would be drawn, and {DRAWN_MAX} are the most."),
                "Take fewer resamples.",
            ));
        }
    }

    fn series(&self, walked: &[Walked], dates: &[UnixNanos]) -> ReturnBook {
        let series = |walked: &Walked| Series {
            name: walked.report.name.clone(),
            times: dates[dates.len() - walked.returns.len()..].to_vec(),
            values: walked.returns.iter().map(|r| r + 0.0).collect(),
        };
        ReturnBook::of_sound(if self.config.series { walked.iter().map(series).collect() } else { Vec::new() })
    }
}

/// What the walk found that is worth knowing. Names in limits that are no strategies are told by `capital`.
fn warnings(walked: &[Walked]) -> Vec<Fault> {
    let at = At::Root;
    let candidates = at.key("candidates");
    let mut found = Vec::new();
    for walked in walked {
        let report = &walked.report;
        if report.gaps > 0 {
            found.push(Fault::new(
                Code::UnknownStatistic,
                candidates.key(&report.name),
                format!(
                    "On {} dates out of sample something that {} held had no return; it kept its value.",
                    report.gaps, report.name
                ),
                "Fill the gaps of the histories, or start where all of them start.",
            ));
        }
    }
    found.truncate(Faults::MAX);
    found
}

/// Sample variance of the Sharpe ratios per period of all candidates that have one.
fn variance_of_trials(walked: &[Walked]) -> Result<f64, Unknown> {
    let known: Vec<f64> = walked.iter().filter_map(|walked| walked.sample.ok()).map(|sample| sample.sharpe).collect();
    if known.len() < 2 {
        return Err(Unknown::TooFewCandidates);
    }
    let mean = math::sum(known.iter().copied()) / known.len() as f64;
    Ok(math::sum(known.iter().map(|ratio| (ratio - mean) * (ratio - mean))) / (known.len() - 1) as f64)
}

/// How often the best is none, over candidates whose returns vary.
fn judged(walked: &[Walked], config: &WalkForwardConfig) -> Result<Overfitting, Unknown> {
    let columns: Vec<&[f64]> =
        walked.iter().filter(|walked| walked.sample.is_ok()).map(|walked| walked.returns.as_slice()).collect();
    overfitting(&columns, config.overfitting_blocks)
}

fn words(result: &WalkForwardResult) -> Vec<String> {
    let mut said = Vec::new();
    let shown = |value: Option<f64>| value.map_or_else(|| String::from("unknown"), |value| format!("{value:.2}"));
    if let (Some(first), Some(last)) = (result.folds.first(), result.folds.last()) {
        said.push(format!(
            "{} candidates were split {} times on what was known and held from {} to {}.",
            result.candidates.len(),
            result.folds.len(),
            first.test_first,
            last.test_last
        ));
    }
    if let Some(best) = result.candidates.iter().find(|report| Some(&report.name) == result.best.as_ref()) {
        said.push(format!(
            "{} has the greatest Sharpe ratio out of sample, {}; in sample it showed {}.",
            best.name,
            shown(best.out_of_sample.sharpe),
            shown(best.in_sample.sharpe)
        ));
        if let Some(interval) = &best.sharpe_interval {
            let covered = interval.confidence * 100.0;
            said.push(format!("The history allows for {:.2} to {:.2} ({covered:.0} %).", interval.low, interval.high));
        }
        if let (Some(deflated), Some(largest)) = (best.deflated_sharpe, result.expected_largest_sharpe) {
            said.push(format!(
                "The best of {} without skill would reach {largest:.2}; the probability that {} is above that is {:.1} %.",
                result.trials,
                best.name,
                deflated * 100.0
            ));
        }
    }
    if let Some(overfitting) = &result.overfitting {
        said.push(format!(
            "In {:.1} % of {} choices the best in sample was no better than the middle out of sample.",
            overfitting.probability * 100.0,
            overfitting.choices
        ));
    }
    said
}

impl Request for WalkForwardRequest {
    const OPERATION: &'static str = "walk_forward";
    type Config = WalkForwardConfig;
    type Result = WalkForwardResult;

    fn decode(fields: &mut Fields<'_>, compat: Option<Compat>, faults: &mut Faults) -> Option<Self> {
        let at = At::Root;
        let candidates = fields
            .required_raw("candidates", &at, faults)
            .and_then(|json| decode_candidates(json, &at.key("candidates"), compat, faults));
        let config = super::decode_config::<WalkForwardConfig>(fields, compat, faults);
        let returns = fields.required("returns", &at, faults);
        let request = WalkForwardRequest { candidates: candidates?, config: config?, returns: returns?, version: VERSION };
        request.validate(faults);
        Some(request)
    }

    fn run(&self) -> Result<WalkForwardResult, Problem> {
        let mut faults = Faults::new();
        self.validate(&mut faults);
        faults.finish(Some(()))?;
        let mut faults = Faults::new();
        let config = &self.config;
        let history = History::of(&self.returns);
        let dates = history.dates();
        let windows = folds(dates.len(), config);
        if windows.is_empty() {
            let needed = config.train as usize + config.purge as usize + config.embargo as usize + 1;
            return Err(Problem::new(
                Code::InsufficientHistory,
                "/returns",
                format!("{} dates, and one fold needs {needed}.", dates.len()),
                "Give a longer history, or a shorter train window.",
            ));
        }
        self.check_work(dates.len(), &mut faults);
        faults.finish(Some(()))?;
        let mut walked: Vec<Walked> = Vec::with_capacity(self.candidates.len());
        for (name, settings) in &self.candidates {
            let candidate = Candidate { name, config: settings };
            let mut one = walk(&history, &candidate, &windows, config);
            if let Some(settings) = &config.combinatorial {
                match combinatorial(&history, &candidate, settings, config) {
                    Ok(found) => one.report.combinatorial = Some(found),
                    Err(why) => note(&mut one.report.unknown, "combinatorial", why),
                }
            }
            walked.push(one);
        }
        let mut reasons = Reasons::default();
        let trials = config.trials.unwrap_or(self.candidates.len() as u32);
        // A single trial has nothing to be deflated by.
        let variance = if trials < 2 { Ok(0.0) } else { variance_of_trials(&walked) };
        let largest = variance.map(|variance| expected_largest(trials, variance));
        for walked in &mut walked {
            let deflated = largest.and_then(|largest| walked.sample?.probability_above(largest));
            match deflated {
                Ok(probability) => walked.report.deflated_sharpe = Some(probability),
                Err(why) => note(&mut walked.report.unknown, "deflated_sharpe", why),
            }
        }
        let ratio = |walked: &Walked| walked.report.out_of_sample.sharpe;
        let mut best: Option<&Walked> = None;
        for walked in &walked {
            let ahead = ratio(walked).is_some_and(|own| best.and_then(ratio).is_none_or(|most| own > most));
            if ahead {
                best = Some(walked);
            }
        }
        let mut result = WalkForwardResult {
            best: best.map(|best| best.report.name.clone()),
            expected_largest_sharpe: reasons
                .take("expected_largest_sharpe", largest.map(|largest| largest * config.periods_per_year.sqrt())),
            explanation: Vec::new(),
            folds: windows
                .iter()
                .map(|fold| FoldDates {
                    test_first: dates[fold.test.start],
                    test_last: dates[fold.test.end - 1],
                    train_first: dates[fold.train.start],
                    train_last: dates[fold.train.end - 1],
                })
                .collect(),
            overfitting: reasons.take_any("overfitting", judged(&walked, config)),
            returns: self.series(&walked, dates),
            trials,
            unknown: reasons.finish(),
            warnings: warnings(&walked),
            candidates: walked.into_iter().map(|walked| walked.report).collect(),
        };
        result.explanation = words(&result);
        Ok(result)
    }
}

/// Puts a reason among those that are known, by figure.
fn note(unknown: &mut Vec<UnknownFigure>, figure: &str, why: Unknown) {
    let mut more = Reasons::default();
    more.note(figure, why);
    unknown.extend(more.finish());
    unknown.sort_by(|a, b| a.figure.cmp(&b.figure));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::random::SplitMix64;

    /// Bell-shaped daily returns of three strategies: one with an edge, one without, one that falls.
    fn returns(days: usize) -> ReturnBook {
        let mut random = SplitMix64::new(7);
        let mut points: BTreeMap<String, Vec<(UnixNanos, f64)>> = BTreeMap::new();
        for (name, mean) in [("edge", 0.002), ("none", 0.0), ("worse", -0.001)] {
            let rows = (0..days).map(|day| {
                let bell = (0..12).map(|_| random.unit()).sum::<f64>() - 6.0;
                (UnixNanos::from_days(19_000 + day as i64).unwrap(), mean + 0.01 * bell)
            });
            points.insert(name.to_owned(), rows.collect());
        }
        ReturnBook::from_points(points, |_, _| String::new(), &mut Faults::new()).unwrap()
    }

    fn method(method: CapitalMethod) -> CapitalConfig {
        CapitalConfig { method, ..CapitalConfig::default() }
    }

    fn plan(name: &str) -> CapitalConfig {
        CapitalConfig { fixed: BTreeMap::from([(name.to_owned(), 1.0)]), ..method(CapitalMethod::Fixed) }
    }

    fn request(candidates: &[(&str, CapitalConfig)]) -> WalkForwardRequest {
        let candidates = candidates.iter().map(|(name, config)| ((*name).to_owned(), config.clone())).collect();
        let config = WalkForwardConfig { train: 100, test: 50, ..WalkForwardConfig::default() };
        WalkForwardRequest { config, ..WalkForwardRequest::new(returns(400), candidates) }
    }

    #[test]
    fn a_plan_earns_out_of_sample_what_its_strategy_did() {
        let mut asked = request(&[("edge", plan("edge")), ("worse", plan("worse"))]);
        asked.config.series = true;
        let result = asked.answer().unwrap().result;
        assert_eq!(result.folds.len(), 6);
        assert_eq!(result.best.as_deref(), Some("edge"));
        let own = asked.returns.get("edge").unwrap();
        let earned = &result.returns.get("edge").unwrap().values;
        assert_eq!(earned.len(), 300);
        assert!(earned.iter().zip(&own.values[100..]).all(|(a, b)| (a - b).abs() < 1e-14));
        let edge = &result.candidates[0];
        assert_eq!((edge.folds[0].turnover, edge.costs), (1.0, 0.0));
        assert!(edge.folds[1].turnover < 1e-12);
        // Two blocks of half each would do; with sixteen the better plan is always the better one.
        let overfitting = result.overfitting.unwrap();
        assert_eq!((overfitting.choices, overfitting.n), (12_870, 288));
        assert!(overfitting.probability < 0.2, "{overfitting:?}");
        assert!(edge.probabilistic_sharpe.unwrap() > result.candidates[1].probabilistic_sharpe.unwrap());
        assert!(edge.deflated_sharpe.unwrap() < edge.probabilistic_sharpe.unwrap());
        let interval = edge.sharpe_interval.as_ref().unwrap();
        assert!(interval.low < edge.out_of_sample.sharpe.unwrap() && edge.out_of_sample.sharpe.unwrap() < interval.high);
    }

    #[test]
    fn what_comes_later_changes_nothing_before() {
        let asked = request(&[("erc", method(CapitalMethod::EqualRiskContribution)), ("recent", method(CapitalMethod::Dynamic))]);
        let mut later = asked.clone();
        // All returns from row 250 on are thrown over.
        let cut = asked.returns.times()[250];
        let turned = asked.returns.series().iter().map(|series| Series {
            values: series.times.iter().zip(&series.values).map(|(time, r)| if *time >= cut { -r } else { *r }).collect(),
            ..series.clone()
        });
        later.returns = ReturnBook::of_sound(turned.collect());
        let (one, other) = (asked.answer().unwrap().result, later.answer().unwrap().result);
        for (a, b) in one.candidates.iter().zip(&other.candidates) {
            // Folds test 100, 150, 200, 250, …: the fourth split still knows rows below 250 alone.
            for fold in 0..4 {
                assert_eq!(a.folds[fold].weights, b.folds[fold].weights);
            }
            assert_ne!(a.folds[5].weights, b.folds[5].weights);
            assert_ne!(a.folds[3].out_of_sample_sharpe, b.folds[3].out_of_sample_sharpe);
        }
    }

    #[test]
    fn costs_come_off_the_first_day_after_a_split() {
        let mut asked = request(&[("plan", plan("edge"))]);
        asked.config.series = true;
        asked.config.cost_linear = 0.01;
        let result = asked.answer().unwrap().result;
        let (own, paid) = (&asked.returns.get("edge").unwrap().values[100..], &result.returns.get("plan").unwrap().values);
        assert!((paid[0] - ((1.0 + own[0]) * 0.99 - 1.0)).abs() < 1e-15);
        assert!(paid[1..].iter().zip(&own[1..]).all(|(a, b)| (a - b).abs() < 1e-14));
        // One candidate alone cannot be compared, and one trial has nothing to be deflated by.
        assert_eq!(result.overfitting, None);
        assert_eq!(result.unknown[0].code, Unknown::TooFewCandidates);
        assert_eq!(result.candidates[0].deflated_sharpe, result.candidates[0].probabilistic_sharpe);
    }

    #[test]
    fn a_candidate_that_holds_nothing_has_no_ratio_and_no_panic() {
        let asked = request(&[("cash", CapitalConfig { fixed: BTreeMap::from([(String::from("edge"), 0.0)]), ..plan("edge") })]);
        let result = asked.answer().unwrap().result;
        assert_eq!((result.best, result.candidates[0].out_of_sample.sharpe), (None, None));
        assert_eq!(result.candidates[0].out_of_sample.total_return, Some(0.0));
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let faults = |request: &WalkForwardRequest| -> Vec<String> {
            let problem = request.answer().unwrap_err();
            problem.problems.iter().map(|fault| format!("{} {}", fault.path, fault.code)).collect()
        };
        assert_eq!(faults(&request(&[])), ["/candidates empty"]);
        let mut long = request(&[("a", plan("edge"))]);
        long.config.train = 400;
        assert_eq!(faults(&long), ["/returns insufficient_history"]);
        let mut few = request(&[("a", plan("edge")), ("b", plan("none"))]);
        few.config.trials = Some(1);
        assert_eq!(faults(&few), ["/config/trials conflict"]);
        let mut regime = method(CapitalMethod::RegimeAdaptive);
        regime.regime.detector = Detector::Risk;
        assert_eq!(faults(&request(&[("r", regime)])), ["/candidates/r/regime/detector conflict"]);
        let mut many = request(&[("a", plan("edge")), ("b", plan("none")), ("c", plan("worse")), ("d", plan("edge"))]);
        many.config.combinatorial.as_mut().unwrap().groups = 16;
        many.config.combinatorial.as_mut().unwrap().test_groups = 8;
        assert_eq!(faults(&many), ["/config/test limit_exceeded"]);
    }
}
