//! Operation `correlation`: returns of several strategies in, pairwise correlations and alerts out (B9).

use super::{Request, VERSION, decode_config};
use crate::config::OperationConfig;
use crate::config::compat::Compat;
use crate::config::correlation::CorrelationConfig;
use crate::error::{Code, Fault, Faults, Problem};
use crate::frame::ReturnBook;
use crate::monitor::{Alert, CorrelationReport, PairCorrelation, correlations, frequency_faults};
use crate::stats::correlation::{CorrelationMethod, ewma_correlation, pearson, spearman};
use crate::stats::rolling::rolling_pair;
use crate::stats::{Joined, Unknown, UnknownFigure};
use crate::units::UnixNanos;
use crate::wire::{At, Decode, Fields, Json};
use serde::Serialize;
use std::collections::BTreeSet;

/// Most series of one request: their pairs grow with the square.
pub const SERIES_MAX: usize = 512;

/// Most values of one request.
pub const VALUES_MAX: usize = 5_000_000;

/// Most pairs of the alert state.
pub const ACTIVE_MAX: usize = SERIES_MAX * SERIES_MAX;

/// A correlation over every window of one pair.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", serde(deny_unknown_fields))]
pub struct RollingRequest {
    /// The two strategies, in any order.
    pub pair: [String; 2],
    /// Common dates in one window, at least 2.
    pub window: u32,
}

/// A request for correlations.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", serde(deny_unknown_fields))]
pub struct CorrelationRequest {
    /// Pairs already in alert state, as the last answer gave them.
    #[cfg_attr(feature = "schema", serde(default))]
    pub active: Vec<[String; 2]>,
    /// Settings.
    #[cfg_attr(feature = "schema", serde(default))]
    pub config: CorrelationConfig,
    /// Return history by strategy.
    pub returns: ReturnBook,
    /// One pair through time, if wanted.
    #[cfg_attr(feature = "schema", serde(default))]
    pub rolling: Option<RollingRequest>,
    /// 1.
    pub version: u32,
}

/// One pair through time.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RollingCorrelation {
    /// Newest date of each window.
    pub date: Vec<UnixNanos>,
    /// The two strategies, in alphabetical order.
    pub pair: [String; 2],
    /// Why the figures are null where they are: a flat window, or too few common dates for one.
    pub unknown: Vec<UnknownFigure>,
    /// ρ of each window; null where it is unknown.
    pub value: Vec<Option<f64>>,
    /// Common dates in one window.
    pub window: u32,
}

/// Correlations of all pairs, alerts, and the alert state to carry on.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CorrelationResult {
    /// Pairs in alert state now.
    pub active: Vec<[String; 2]>,
    /// Crossings since the state that was given.
    pub alerts: Vec<Alert>,
    /// Mean of the known correlations; null if none is known.
    pub average: Option<f64>,
    /// Every pair, in alphabetical order.
    pub pairs: Vec<PairCorrelation>,
    /// One pair through time, if asked for.
    pub rolling: Option<RollingCorrelation>,
    /// What is worth knowing and refuses nothing.
    pub warnings: Vec<Fault>,
}

/// The answer with its digest.
pub type CorrelationResponse = super::Answer<CorrelationResult>;

/// Pairwise correlations of strategies' returns.
///
/// # Errors
/// No returns, settings outside their range, series of mixed frequency, a pair of one strategy.
pub fn correlation(request: &CorrelationRequest) -> Result<CorrelationResponse, Problem> {
    request.answer()
}

impl CorrelationRequest {
    /// A request of returns alone, with default settings.
    pub fn new(returns: ReturnBook) -> Self {
        CorrelationRequest { active: Vec::new(), config: CorrelationConfig::default(), returns, rolling: None, version: VERSION }
    }

    /// Everything that can be wrong beyond the types; pushes all faults found.
    fn validate(&self, faults: &mut Faults) {
        let at = At::Root;
        self.config.validate(&at.key("config"), faults);
        let returns = at.key("returns");
        if self.returns.is_empty() {
            faults.push(Fault::new(
                Code::Empty,
                returns,
                "There are no returns.",
                "Give the return history of two strategies or more.",
            ));
        }
        let values: usize = self.returns.series().iter().map(|series| series.values.len()).sum();
        for (what, count, most) in [
            ("series", self.returns.len(), SERIES_MAX),
            ("values", values, VALUES_MAX),
            ("pairs in alert state", self.active.len(), ACTIVE_MAX),
        ] {
            if count > most {
                faults.push(Fault::new(
                    Code::LimitExceeded,
                    returns,
                    format!("{count} {what}, and {most} are the most."),
                    "Split the request.",
                ));
            }
        }
        for fault in frequency_faults(&self.returns, |name| returns.key(name).to_string()) {
            faults.push(fault);
        }
        for (i, [a, b]) in self.active.iter().enumerate() {
            if a == b {
                faults.push(same_twice(a, &at.key("active").index(i)));
            }
        }
        if let Some(rolling) = &self.rolling {
            let at = at.key("rolling");
            let [a, b] = &rolling.pair;
            if a == b {
                faults.push(same_twice(a, &at.key("pair")));
            }
            for (i, name) in rolling.pair.iter().enumerate() {
                if self.returns.get(name).is_none() {
                    let hint = match crate::wire::nearest(name, self.returns.series().iter().map(|series| series.name.as_str())) {
                        Some(near) => format!("Did you mean {near:?}?"),
                        None => String::from("Name two of the series in `returns`."),
                    };
                    faults.push(Fault::new(
                        Code::NotFound,
                        at.key("pair").index(i),
                        format!("There are no returns of {name:?}."),
                        hint,
                    ));
                }
            }
            if rolling.window < 2 {
                faults.push(Fault::new(
                    Code::OutOfRange,
                    at.key("window"),
                    format!("window is {}; two points are the fewest that have a correlation.", rolling.window),
                    "Give at least 2.",
                ));
            }
        }
    }
}

fn same_twice(name: &str, at: &At<'_>) -> Fault {
    Fault::new(Code::Conflict, at, format!("The pair names {name:?} twice."), "Name two strategies.")
}

/// Reads a pair `[a, b]`.
fn decode_pair(json: &Json, at: &At<'_>, faults: &mut Faults) -> Option<[String; 2]> {
    let names = Vec::<String>::decode(json, at, faults)?;
    let Ok([a, b]) = <[String; 2]>::try_from(names) else {
        faults.push(Fault::new(Code::BrokenRow, at, "A pair has two names.", "Write [\"momentum\", \"value\"]."));
        return None;
    };
    Some(if a <= b { [a, b] } else { [b, a] })
}

struct Pair([String; 2]);

impl Decode for Pair {
    fn decode(json: &Json, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        decode_pair(json, at, faults).map(Pair)
    }
}

impl Decode for RollingRequest {
    fn decode(json: &Json, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::open(json, at, faults)?;
        let pair: Option<Pair> = fields.required("pair", at, faults);
        let window = fields.required("window", at, faults);
        fields.close(at, faults);
        Some(RollingRequest { pair: pair?.0, window: window? })
    }
}

impl Request for CorrelationRequest {
    const OPERATION: &'static str = "correlation";
    type Config = CorrelationConfig;
    type Result = CorrelationResult;

    fn decode(fields: &mut Fields<'_>, compat: Option<Compat>, faults: &mut Faults) -> Option<Self> {
        let at = At::Root;
        let config = decode_config(fields, compat, faults);
        let active: Option<Vec<Pair>> = fields.optional("active", Vec::new(), &at, faults);
        let returns = fields.required("returns", &at, faults);
        let rolling = fields.optional("rolling", None, &at, faults);
        // Sorted and unique: the state is a set, and a set in another order is the same request.
        let active: BTreeSet<[String; 2]> = active?.into_iter().map(|pair| pair.0).collect();
        let request = CorrelationRequest {
            active: active.into_iter().collect(),
            config: config?,
            returns: returns?,
            rolling: rolling?,
            version: VERSION,
        };
        request.validate(faults);
        Some(request)
    }

    fn run(&self) -> Result<CorrelationResult, Problem> {
        let mut faults = Faults::new();
        self.validate(&mut faults);
        faults.finish(Some(()))?;
        let CorrelationReport { active, alerts, average, pairs, warnings } =
            correlations(&self.returns, &self.config, &self.active);
        let rolling = self.rolling.as_ref().and_then(|wanted| roll(&self.returns, &self.config, wanted));
        Ok(CorrelationResult { active, alerts, average, pairs, rolling, warnings })
    }
}

/// The pair through time; `None` where a name has no returns, which validation refuses.
fn roll(book: &ReturnBook, config: &CorrelationConfig, wanted: &RollingRequest) -> Option<RollingCorrelation> {
    let [a, b] = &wanted.pair;
    let (a, b) = if a <= b { (a, b) } else { (b, a) };
    let joined = Joined::of(book.get(a)?, book.get(b)?);
    let width = wanted.window as usize;
    let figures = rolling_pair(&joined.x, &joined.y, width, |x, y| match config.method {
        CorrelationMethod::Pearson => pearson(x, y),
        CorrelationMethod::Spearman => spearman(x, y),
        CorrelationMethod::Ewma => ewma_correlation(x, y, config.half_life).map(|(rho, _)| rho),
    });
    let mut reasons: BTreeSet<Unknown> = figures.iter().filter_map(|figure| figure.err()).collect();
    if figures.is_empty() {
        reasons.insert(Unknown::InsufficientHistory);
    }
    Some(RollingCorrelation {
        date: joined.times.iter().skip(width.saturating_sub(1)).copied().collect(),
        pair: [a.clone(), b.clone()],
        unknown: reasons
            .into_iter()
            .map(|code| UnknownFigure { code, figure: String::from("value"), reason: code.reason().to_owned() })
            .collect(),
        value: figures.into_iter().map(Result::ok).collect(),
        window: wanted.window,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::to_canonical_string;

    const RETURNS: &str = r#"{"b":[["2024-01-01",0.01],["2024-01-02",0.03],["2024-01-03",0.02]],
        "a":[["2024-01-03",0.03],["2024-01-02",0.02],["2024-01-01",0.01]]}"#;

    fn answer(text: &str) -> Result<CorrelationResponse, Problem> {
        CorrelationRequest::from_json(text.as_bytes()).and_then(|request| correlation(&request))
    }

    fn codes(text: &str) -> Vec<String> {
        answer(text).unwrap_err().problems.iter().map(|fault| format!("{} {}", fault.path, fault.code)).collect()
    }

    #[test]
    fn a_preset_and_its_settings_written_out_are_the_same_request() {
        let preset = format!(r#"{{"version":1,"compat":"000","returns":{RETURNS}}}"#);
        let written = format!(r#"{{"version":1,"config":{{"min_observations":2}},"returns":{RETURNS}}}"#);
        let (preset, written) = (answer(&preset).unwrap(), answer(&written).unwrap());
        assert_eq!(preset.digest, written.digest);
        assert!((preset.result.pairs[0].value.unwrap() - 0.5).abs() < 1e-12);
        // What is explicit wins over the preset.
        let explicit =
            answer(&format!(r#"{{"version":1,"compat":"000","config":{{"min_observations":4}},"returns":{RETURNS}}}"#));
        assert_eq!(explicit.unwrap().result.pairs[0].value, None);
    }

    #[test]
    fn every_fault_is_reported_together() {
        assert_eq!(
            codes(
                r#"{"version":1,"config":{"threshold":70,"windw":3},"returns":{"a":[["2024-01-01",0.1],["2024-01-01",0.2]]},
                   "active":[["a"]],"rolling":{"pair":["a","b"]}}"#
            ),
            ["/config/windw unknown_field", "/active/0 broken_row", "/returns/a/1 duplicate", "/rolling missing_field",]
        );
        assert_eq!(
            codes(
                r#"{"version":1,"config":{"threshold":70},"returns":{},"active":[["a","a"]],"rolling":{"pair":["x","x"],"window":1}}"#
            ),
            [
                "/config/threshold out_of_range",
                "/returns empty",
                "/active/0 conflict",
                "/rolling/pair conflict",
                "/rolling/pair/0 not_found",
                "/rolling/pair/1 not_found",
                "/rolling/window out_of_range",
            ]
        );
    }

    #[test]
    fn one_pair_through_time() {
        let request = format!(
            r#"{{"version":1,"compat":"000","returns":{RETURNS},"rolling":{{"pair":["b","a"],"window":2}},"active":[["b","a"]]}}"#
        );
        let result = answer(&request).unwrap().result;
        // Windows 1 2 against 1 3, and 2 3 against 3 2.
        let rolling = result.rolling.unwrap();
        assert_eq!(rolling.pair, ["a", "b"]);
        assert_eq!(rolling.value.iter().map(|value| value.unwrap().round()).collect::<Vec<_>>(), [1.0, -1.0]);
        assert_eq!(to_canonical_string(&rolling.date).unwrap(), r#"["2024-01-02","2024-01-03"]"#);
        // ρ is 0.5, the threshold 0.7: the pair that was active is re-armed.
        assert_eq!(result.active, Vec::<[String; 2]>::new());
    }
}
