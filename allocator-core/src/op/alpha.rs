//! Operation `alpha`: prices and alphas in; scores, rankings and signals of one moment out (A2 to A7).

use super::{Request, VERSION};
use crate::alpha::formula::GridData;
use crate::alpha::{Action, AlphaStrategy, Evidence, History, ModelWeights, Weighed, ranking};
use crate::config::OperationConfig;
use crate::config::alpha::AlphaConfig;
use crate::config::compat::Compat;
use crate::error::{Code, Fault, Faults, Problem};
use crate::frame::{FlowBook, PriceBook};
use crate::stats::{Figure, Unknown, standard_deviation};
use crate::units::UnixNanos;
use crate::wire::{At, Fields};
use serde::Serialize;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Most prices of one request.
pub const VALUES_MAX: usize = 20_000_000;

/// A request for scores and signals.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", serde(deny_unknown_fields))]
pub struct AlphaRequest {
    /// The moment: prices after it are not looked at. Null for that of the newest price.
    #[cfg_attr(feature = "schema", serde(default))]
    pub as_of: Option<UnixNanos>,
    /// Settings.
    #[cfg_attr(feature = "schema", serde(default))]
    pub config: AlphaConfig,
    /// Highest prices; formulas read them.
    #[cfg_attr(feature = "schema", serde(default))]
    pub high: Option<PriceBook>,
    /// Whether every alpha is held against the returns that followed, even if the weight model does not ask for it.
    #[cfg_attr(feature = "schema", serde(default))]
    pub judge: bool,
    /// Lowest prices; formulas read them.
    #[cfg_attr(feature = "schema", serde(default))]
    pub low: Option<PriceBook>,
    /// Opening prices; formulas read them.
    #[cfg_attr(feature = "schema", serde(default))]
    pub open: Option<PriceBook>,
    /// Closing prices.
    #[cfg_attr(feature = "schema", serde(default))]
    pub prices: Option<PriceBook>,
    /// Scores that somebody gives, by alpha and symbol; they take the place of a built-in alpha of that name.
    #[cfg_attr(feature = "schema", serde(default))]
    pub scores: BTreeMap<String, BTreeMap<String, f64>>,
    /// Symbols that can be traded now, with their prices: the others get no signal. Null for all.
    #[cfg_attr(feature = "schema", serde(default))]
    pub snapshot: Option<BTreeMap<String, f64>>,
    /// 1.
    pub version: u32,
    /// Shares traded in each bar; formulas read them.
    #[cfg_attr(feature = "schema", serde(default))]
    pub volume: Option<FlowBook>,
}

/// One score, or why there is none.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SymbolScore {
    /// The symbol.
    pub symbol: String,
    /// Why the score is null.
    pub unknown: Option<Unknown>,
    /// The score; higher is better.
    pub value: Option<f64>,
}

/// How an alpha did so far.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AlphaRecord {
    /// When the scores were known, oldest first.
    pub date: Vec<UnixNanos>,
    /// Rank correlation of the scores with the returns of the 21 bars that followed.
    pub ic: Vec<f64>,
    /// Mean of the rank correlations; null without any.
    pub ic_mean: Option<f64>,
    /// Mean over standard error; null with fewer than two, or where they do not vary.
    pub ic_t: Option<f64>,
    /// Return of a portfolio in proportion to the scores, of gross weight 1 and net weight 0.
    pub returns: Vec<f64>,
}

/// One alpha.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AlphaScores {
    /// Symbols with a score.
    pub known: u32,
    /// The alpha.
    pub name: String,
    /// How it did so far; null where that was not asked for.
    pub record: Option<AlphaRecord>,
    /// Scores in the order of the universe.
    pub scores: Vec<SymbolScore>,
    /// Its weight.
    pub weight: f64,
}

/// What to do about one symbol.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AlphaSignal {
    /// BUY, SELL or HOLD.
    pub action: String,
    /// The combined score; null where it is unknown.
    pub strength: Option<f64>,
    /// The symbol.
    pub symbol: String,
    /// Weight to hold; null for HOLD, which keeps what there is.
    pub target_weight: Option<f64>,
    /// Why the strength is null.
    pub unknown: Option<Unknown>,
}

/// One place of the ranking.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RankedSymbol {
    /// Place from 1, the highest score first.
    pub rank: u32,
    /// The symbol.
    pub symbol: String,
    /// The combined score.
    pub value: f64,
}

/// Scores, ranking and signals.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AlphaResult {
    /// Every alpha, in the order of the settings.
    pub alphas: Vec<AlphaScores>,
    /// The moment; null where there are no prices.
    pub as_of: Option<UnixNanos>,
    /// Symbols by combined score, the best first; those without one are left out.
    pub ranking: Vec<RankedSymbol>,
    /// What to do, in the order of the universe.
    pub signals: Vec<AlphaSignal>,
    /// What is worth knowing and refuses nothing.
    pub warnings: Vec<Fault>,
    /// Weights of the alphas.
    pub weights: ModelWeights,
}

/// The answer with its digest.
pub type AlphaResponse = super::Answer<AlphaResult>;

/// Scores, ranking and signals of one moment.
///
/// # Errors
/// Settings out of range, alphas that nobody knows, formulas that cannot be read, symbols without prices.
pub fn alpha(request: &AlphaRequest) -> Result<AlphaResponse, Problem> {
    request.answer()
}

impl AlphaRequest {
    /// A request of prices and settings alone.
    pub fn new(prices: PriceBook, config: AlphaConfig) -> Self {
        AlphaRequest {
            as_of: None,
            config,
            high: None,
            judge: false,
            low: None,
            open: None,
            prices: Some(prices),
            scores: BTreeMap::new(),
            snapshot: None,
            version: VERSION,
            volume: None,
        }
    }

    fn validate(&self, faults: &mut Faults) {
        let at = At::Root;
        self.config.validate(&at.key("config"), faults);
        if self.prices.is_none() && self.scores.is_empty() {
            faults.push(Fault::new(Code::MissingField, at, "There are neither prices nor scores.", "Give \"prices\"."));
        }
        let values: usize = self.prices.iter().flat_map(PriceBook::series).map(|series| series.values.len()).sum();
        if values > VALUES_MAX {
            let message = format!("{values} prices, and {VALUES_MAX} are the most.");
            faults.push(Fault::new(Code::LimitExceeded, at.key("prices"), message, "Give fewer bars or symbols."));
        }
        if let Some(snapshot) = &self.snapshot {
            for (symbol, price) in snapshot.iter().filter(|(_, price)| **price <= 0.0) {
                let at = at.key("snapshot");
                let message = format!("The price of {symbol} is {price}.");
                faults.push(Fault::new(Code::ImpossibleValue, at.key(symbol), message, "Give a price above zero."));
            }
        }
    }

    /// All symbols that anything is known of, sorted: those with prices, those with scores, and those of the universe that is given.
    fn symbols(&self) -> Vec<String> {
        let priced = self.prices.iter().flat_map(PriceBook::series).map(|series| &series.name);
        // Only where there are no prices may a universe name what nobody knows anything of: it is unknown, not misspelt.
        let named = self.config.symbols.iter().filter(|_| self.prices.is_none());
        let mut all: Vec<String> = priced.chain(self.scores.values().flat_map(BTreeMap::keys)).chain(named).cloned().collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Prices of all symbols; a symbol without any has an empty history.
    fn book(&self, symbols: &[String]) -> Result<Cow<'_, PriceBook>, Problem> {
        match &self.prices {
            Some(prices) if prices.len() == symbols.len() => Ok(Cow::Borrowed(prices)),
            prices => {
                let rows = |name: &String| {
                    let own = prices.as_ref().and_then(|prices| prices.get(name));
                    own.map(|series| series.times.iter().copied().zip(series.values.iter().copied()).collect())
                        .unwrap_or_default()
                };
                let points = symbols.iter().map(|name| (name.clone(), rows(name))).collect();
                let mut faults = Faults::new();
                let book = PriceBook::from_points(points, |name, _| format!("/scores/{name}"), &mut faults);
                faults.finish(book.map(Cow::Owned))
            }
        }
    }
}

impl Request for AlphaRequest {
    const OPERATION: &'static str = "alpha";
    type Config = AlphaConfig;
    type Result = AlphaResult;

    fn decode(fields: &mut Fields<'_>, compat: Option<Compat>, faults: &mut Faults) -> Option<Self> {
        let at = At::Root;
        let base = compat.map(AlphaConfig::compat).unwrap_or_default();
        let config = match fields.raw("config") {
            None => Some(base),
            Some(json) => AlphaConfig::decode_section(json, &at.key("config"), faults, base),
        };
        let as_of = fields.optional("as_of", None, &at, faults);
        let high = fields.optional("high", None, &at, faults);
        let judge = fields.optional("judge", false, &at, faults);
        let low = fields.optional("low", None, &at, faults);
        let open = fields.optional("open", None, &at, faults);
        let prices = fields.optional("prices", None, &at, faults);
        let scores = fields.optional("scores", BTreeMap::new(), &at, faults);
        let snapshot = fields.optional("snapshot", None, &at, faults);
        let volume = fields.optional("volume", None, &at, faults);
        let request = AlphaRequest {
            as_of: as_of?,
            config: config?,
            high: high?,
            judge: judge?,
            low: low?,
            open: open?,
            prices: prices?,
            scores: scores?,
            snapshot: snapshot?,
            version: VERSION,
            volume: volume?,
        };
        request.validate(faults);
        Some(request)
    }

    fn run(&self) -> Result<AlphaResult, Problem> {
        let mut faults = Faults::new();
        self.validate(&mut faults);
        faults.finish(Some(()))?;
        let symbols = self.symbols();
        let book = self.book(&symbols)?;
        let newest = book.series().iter().filter_map(|series| series.times.last().copied()).max();
        let as_of = self.as_of.or(newest);
        let history = History::until(&book, as_of.unwrap_or(UnixNanos(0)));
        let grid = GridData {
            close: &book,
            high: self.high.as_ref(),
            low: self.low.as_ref(),
            open: self.open.as_ref(),
            volume: self.volume.as_ref(),
        };
        let mut faults = Faults::new();
        let strategy = self.config.strategy(&grid, &self.scores, &symbols, &At::Root.key("config"), &mut faults);
        let strategy = faults.finish(strategy)?;
        let weighed = strategy.weigh(&history, self.judge).map_err(|fault| Problem::from(fault).under("/config"))?;
        Ok(self.told(&strategy, &symbols, as_of, weighed))
    }
}

impl AlphaRequest {
    fn told(&self, strategy: &AlphaStrategy, symbols: &[String], as_of: Option<UnixNanos>, weighed: Weighed) -> AlphaResult {
        let names: Vec<&String> = strategy.universe.iter().map(|&symbol| &symbols[symbol]).collect();
        let tradable = |name: &String| self.snapshot.as_ref().is_none_or(|snapshot| snapshot.contains_key(name));
        let signals = names
            .iter()
            .zip(&weighed.combined)
            .zip(&weighed.actions)
            .filter(|((name, _), _)| tradable(name))
            .map(|((name, score), &action)| AlphaSignal {
                action: action.as_str().to_owned(),
                strength: score.ok(),
                symbol: (*name).clone(),
                target_weight: (action != Action::Hold).then(|| strategy.target_weight(action)),
                unknown: score.err(),
            })
            .collect();
        let ranking = ranking(&weighed.combined)
            .into_iter()
            .enumerate()
            .filter_map(|(place, symbol)| {
                let value = weighed.combined[symbol].ok()?;
                Some(RankedSymbol { rank: place as u32 + 1, symbol: names[symbol].clone(), value })
            })
            .collect();
        let mut warnings = Vec::new();
        if let Some(note) = &weighed.weights.note {
            warnings.push(Fault::new(Code::InsufficientHistory, "/prices", note.clone(), "Give more history, or another model."));
        }
        let alphas = strategy
            .alphas
            .iter()
            .zip(&weighed.scores)
            .map(|((name, _), scores)| {
                let known = scores.iter().filter(|score| score.is_ok()).count();
                if known == 0 {
                    let message = format!("The alpha {name} knows no symbol.");
                    warnings.push(Fault::new(Code::InsufficientHistory, "/prices", message, "See why beside its scores."));
                }
                AlphaScores {
                    known: known as u32,
                    name: name.clone(),
                    record: weighed.evidence.get(name).map(record),
                    scores: names.iter().zip(scores).map(|(name, score)| symbol_score(name, score)).collect(),
                    weight: weighed.weights.weights.get(name).copied().unwrap_or(0.0),
                }
            })
            .collect();
        AlphaResult { alphas, as_of, ranking, signals, warnings, weights: weighed.weights }
    }
}

fn symbol_score(name: &str, score: &Figure) -> SymbolScore {
    SymbolScore { symbol: name.to_owned(), unknown: score.err(), value: score.ok() }
}

fn record(evidence: &Evidence) -> AlphaRecord {
    let mean = evidence.mean_ic().ok();
    let error = standard_deviation(&evidence.ic, 1).ok().map(|deviation| deviation / (evidence.ic.len() as f64).sqrt());
    AlphaRecord {
        date: evidence.times.clone(),
        ic: evidence.ic.clone(),
        ic_mean: mean,
        ic_t: mean.zip(error).map(|(mean, error)| mean / error),
        returns: evidence.returns.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(text: &str) -> Result<AlphaResult, Problem> {
        Ok(alpha(&AlphaRequest::from_json(text.as_bytes())?)?.result)
    }

    fn codes(text: &str) -> Vec<String> {
        answer(text).unwrap_err().problems.iter().map(|fault| format!("{} {}", fault.path, fault.code)).collect()
    }

    fn prices() -> String {
        let rows = |name: &str, growth: f64| {
            let day = |i: i64| format!("[\"{}\",{}]", UnixNanos::from_days(19_000 + i).unwrap(), 100.0 + growth * i as f64);
            format!("\"{name}\":[{}]", (0..30).map(day).collect::<Vec<_>>().join(","))
        };
        format!("\"prices\":{{{},{},{}}}", rows("a", 1.0), rows("b", -1.0), rows("c", 2.0))
    }

    #[test]
    fn a_formula_is_ranked_beside_a_built_in_alpha() {
        let text = format!(
            r#"{{"version":1,{},"config":{{"alphas":["mine","momentum_20d"],"formulas":{{"mine":"rank(delta(close, 5))"}},
                "max_positions":1,"thresholds":{{"long":0.5,"short":0.2}}}}}}"#,
            prices()
        );
        let result = answer(&text).unwrap();
        let order: Vec<&str> = result.ranking.iter().map(|place| place.symbol.as_str()).collect();
        assert_eq!(order, ["c", "a", "b"]);
        let actions: Vec<(&str, &str)> =
            result.signals.iter().map(|signal| (signal.symbol.as_str(), signal.action.as_str())).collect();
        assert_eq!(actions, [("a", "HOLD"), ("b", "SELL"), ("c", "BUY")]);
        assert_eq!(result.alphas[0].scores[2].value, Some(1.0));
        // c: half of rank 1 and of 158/118 − 1.
        assert!((result.ranking[0].value - 0.5 - 0.5 * (158.0 / 118.0 - 1.0)).abs() < 1e-12);
        assert_eq!(result.signals[2].target_weight, Some(1.0));
    }

    #[test]
    fn what_is_not_known_is_not_bought() {
        let text = format!(r#"{{"version":1,{},"config":{{"alphas":["momentum_12_1"]}},"judge":true}}"#, prices());
        let result = answer(&text).unwrap();
        assert!(result.ranking.is_empty());
        assert_eq!(result.signals[0].unknown, Some(Unknown::InsufficientHistory));
        assert_eq!((result.alphas[0].known, result.warnings[0].code), (0, Code::InsufficientHistory));
        assert_eq!(result.alphas[0].record.as_ref().unwrap().ic_mean, None);
        // The preset counts what is missing as zero: held, and ranked in the order of the universe.
        let text = text
            .replace("\"config\"", "\"compat\":\"004\",\"config\"")
            .replace("[\"momentum_12_1\"]", "[\"momentum_12_1\"],\"symbols\":[\"c\",\"a\"]");
        let order: Vec<String> = answer(&text).unwrap().ranking.into_iter().map(|place| place.symbol).collect();
        assert_eq!(order, ["c", "a"]);
    }

    #[test]
    fn bad_input_is_refused_with_its_place() {
        assert_eq!(codes(r#"{"version":1}"#), [" missing_field"]);
        let prices = prices();
        let of = |config: &str| codes(&format!(r#"{{"version":1,{prices},"config":{config}}}"#));
        assert_eq!(of(r#"{"alphas":["momentun_20d"]}"#), ["/config/alphas/0 unknown_choice"]);
        assert_eq!(of(r#"{"alphas":["f"],"formulas":{"f":"volume"}}"#), ["/config/formulas/f missing_column"]);
        assert_eq!(of(r#"{"alphas":["f"],"formulas":{"f":"delay(close,\n-1)"}}"#), ["/config/formulas/f:2:1 out_of_range"]);
        assert_eq!(of(r#"{"symbols":["a","d"]}"#), ["/config/symbols/1 not_found"]);
        assert_eq!(of(r#"{"alphas":["pairs"],"pairs":{"a":"bb"}}"#), ["/config/pairs not_found"]);
        assert_eq!(codes(r#"{"version":1,"scores":{"m":{"A":"NaN"}},"config":{"alphas":["m"]}}"#), ["/scores/m/A not_finite"]);
    }
}
