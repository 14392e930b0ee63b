//! Settings of a strategy of several alphas (A7), in our form or as recorded strategy files have them.
//!
//! ```yaml
//! strategy:
//!   type: alpha
//!   alphas: [momentum_20d, mean_reversion]
//!   weights: {momentum_20d: 0.6, mean_reversion: 0.4}
//!   thresholds: {long: 0.5, short: -0.5}
//!   refresh: daily
//!   max_positions: 10
//! ```
//!
//! The section `strategy` around it may be left out.

use super::OperationConfig;
use super::compat::Compat;
use crate::alpha::formula::{Formula, GridData};
use crate::alpha::{
    Alpha, AlphaSource, AlphaStrategy, FormulaScores, Missing, Selection, WeightModelKind, fixed_weights_fault, symbol_pairs,
};
use crate::error::{Code, Fault, Faults};
use crate::stats::Unknown;
use crate::units::name_fault;
use crate::wire::{At, Choice, Decode, Json, choice, nearest, record};
use std::collections::BTreeMap;

choice! {
    /// The kind of a strategy of a file.
    pub enum StrategyType {
        /// Several alphas, combined.
        Alpha = "alpha",
    }
}

choice! {
    /// How often scores are computed anew.
    pub enum Refresh {
        /// Every day.
        Daily = "daily",
        /// Every hour.
        Hourly = "hourly",
        /// With every bar.
        Intraday = "intraday",
    }
}

record! {
    /// Scores from which on symbols are bought or sold, inclusive.
    pub struct Thresholds {
        /// Lowest combined score that is bought.
        pub long: f64 = 0.5,
        /// Highest combined score that is sold; below `long`.
        pub short: f64 = -0.5,
    }
}

record! {
    /// Settings of a strategy of several alphas.
    pub struct AlphaConfig {
        /// Names of built-in alphas, of `formulas`, of scores that are given with the request, or `pairs`.
        pub alphas: Vec<String> = vec![String::from("momentum_20d")],
        /// Whether SELL sells short; it goes out of the position otherwise.
        pub allow_short: bool = false,
        /// Formulas by name.
        pub formulas: BTreeMap<String, String> = BTreeMap::new(),
        /// Most symbols bought, and most sold.
        pub max_positions: u32 = 10,
        /// What an alpha says of a symbol that it knows nothing of.
        pub missing: Missing = Missing::Unknown,
        /// Pairs for the alpha `pairs`: a symbol and its partner.
        pub pairs: BTreeMap<String, String> = BTreeMap::new(),
        /// How often scores are computed anew.
        pub refresh: Refresh = Refresh::Daily,
        /// The universe in its order: ties of scores keep it. Empty for all symbols in alphabetical order.
        pub symbols: Vec<String> = Vec::new(),
        /// Scores from which on symbols are bought or sold.
        pub thresholds: Thresholds = Thresholds::default(),
        /// How alphas are weighed; null for `fixed` where there are `weights` and else `equal`.
        pub weight_model: Option<WeightModelKind> = None,
        /// Weights by alpha, which sum to 1, for the model `fixed`.
        pub weights: BTreeMap<String, f64> = BTreeMap::new(),
    }
}

/// Most alphas of one strategy.
pub const ALPHAS_MAX: usize = 50;

/// The alpha that trades the pairs of the settings.
pub const PAIRS: &str = "pairs";

/// The scores of a formula, or its faults put to the others.
pub fn formula_source(text: &str, data: &GridData<'_>, at: &At<'_>, faults: &mut Faults) -> Option<AlphaSource> {
    match Formula::parse(text) {
        Ok(formula) => match FormulaScores::new(&formula, data) {
            Ok(scores) => return Some(AlphaSource::Formula(Box::new(scores))),
            Err(fault) => faults.push(Fault { path: at.to_string(), ..fault }),
        },
        Err(found) => found.into_iter().for_each(|fault| faults.push(fault.at(at))),
    }
    None
}

impl AlphaConfig {
    /// Reads settings, with or without the section `strategy` around them, and with or without the `type` of recorded files in them.
    pub fn decode_section(json: &Json, at: &At<'_>, faults: &mut Faults, base: Self) -> Option<Self> {
        let Json::Object(fields) = json else { return Self::decode_over(json, at, faults, base) };
        if let [(name, inner)] = fields.as_slice()
            && name == "strategy"
        {
            return Self::decode_section(inner, &at.key("strategy"), faults, base);
        }
        let kind = json.get("type").is_none_or(|word| StrategyType::decode_word(word, &at.key("type"), faults).is_some());
        let others = fields.iter().filter(|(name, _)| name != "type").cloned().collect();
        Self::decode_over(&Json::Object(others), at, faults, base).filter(|_| kind)
    }

    /// The strategy of these settings over some prices; `given` are scores by alpha and symbol that come with the request.
    ///
    /// Pushes every fault found; `at` is the place of the settings.
    pub fn strategy(
        &self,
        data: &GridData<'_>,
        given: &BTreeMap<String, BTreeMap<String, f64>>,
        symbols: &[String],
        at: &At<'_>,
        faults: &mut Faults,
    ) -> Option<AlphaStrategy> {
        let before = faults.count();
        let mut alphas = Vec::with_capacity(self.alphas.len());
        for (i, name) in self.alphas.iter().enumerate() {
            let source = if let Some(scores) = given.get(name) {
                let score = |symbol: &String| scores.get(symbol).copied().ok_or(Unknown::InsufficientHistory);
                Some(AlphaSource::Given(symbols.iter().map(score).collect()))
            } else if let Some(text) = self.formulas.get(name) {
                let formulas = at.key("formulas");
                formula_source(text, data, &formulas.key(name), faults)
            } else if name == PAIRS {
                let found = symbol_pairs(&self.pairs, symbols, &at.key("pairs"));
                found.map(AlphaSource::Pairs).map_err(|fault| faults.push(fault)).ok()
            } else if let Some(alpha) = Alpha::from_word(name) {
                Some(AlphaSource::BuiltIn(alpha))
            } else {
                let known = Alpha::WORDS.iter().map(|(_, word, ..)| *word).chain([PAIRS]);
                let own = self.formulas.keys().chain(given.keys()).map(String::as_str);
                let hint = match nearest(name, known.clone().chain(own)) {
                    Some(near) => format!("Did you mean {near:?}?"),
                    None => format!("Known: {}; or give a formula or scores of that name.", known.collect::<Vec<_>>().join(", ")),
                };
                let place = at.key("alphas");
                faults.push(Fault::new(Code::UnknownChoice, place.index(i), format!("There is no alpha {name:?}."), hint));
                None
            };
            alphas.extend(source.map(|source| (name.clone(), source)));
        }
        let mut universe = Vec::with_capacity(symbols.len());
        for (i, symbol) in self.symbols.iter().enumerate() {
            if let Ok(place) = symbols.binary_search(symbol) {
                universe.push(place);
            } else {
                let place = at.key("symbols");
                let message = format!("There is nothing known of {symbol:?}.");
                faults.push(Fault::new(Code::NotFound, place.index(i), message, "Give its prices, or leave it out."));
            }
        }
        if self.symbols.is_empty() {
            universe = (0..symbols.len()).collect();
        }
        (faults.count() == before).then(|| AlphaStrategy {
            alphas,
            model: self.model(),
            fixed: self.weights.clone(),
            selection: self.selection(),
            missing: self.missing,
            universe,
            short: self.allow_short,
        })
    }

    /// How alphas are weighed.
    pub fn model(&self) -> WeightModelKind {
        let otherwise = if self.weights.is_empty() { WeightModelKind::Equal } else { WeightModelKind::Fixed };
        self.weight_model.unwrap_or(otherwise)
    }

    /// What is bought and sold.
    pub fn selection(&self) -> Selection {
        Selection {
            long_threshold: self.thresholds.long,
            short_threshold: self.thresholds.short,
            max_positions: self.max_positions as usize,
        }
    }

    fn validate_weights(&self, at: &At<'_>, faults: &mut Faults) {
        let at = at.key("weights");
        let fixed = self.model() == WeightModelKind::Fixed;
        if !fixed && !self.weights.is_empty() {
            let message = format!("There are weights, and the model {} does not read them.", self.model().as_str());
            faults.push(Fault::new(Code::Conflict, at, message, "Leave one of the two out."));
        }
        if fixed && self.weights.is_empty() {
            faults.push(Fault::new(Code::MissingField, at, "The model fixed needs weights.", "Give a weight for every alpha."));
            return;
        }
        for (name, weight) in &self.weights {
            if !self.alphas.contains(name) {
                let message = format!("There is a weight of {name:?} and no such alpha.");
                faults.push(Fault::new(Code::NotFound, at.key(name), message, "Name it in `alphas`, or leave the weight out."));
            }
            if *weight < 0.0 {
                let message = format!("The weight of {name:?} is {weight}.");
                faults.push(Fault::new(
                    Code::OutOfRange,
                    at.key(name),
                    message,
                    "Give a number from 0; turn the alpha's sign instead.",
                ));
            }
        }
        if fixed && let Some(why) = fixed_weights_fault(&self.weights) {
            faults.push(Fault::new(Code::OutOfRange, at, why, "Let them sum to 1."));
        }
    }
}

impl OperationConfig for AlphaConfig {
    fn compat(preset: Compat) -> Self {
        match preset {
            Compat::S004 => AlphaConfig { missing: Missing::Zero, ..Self::default() },
            _ => Self::default(),
        }
    }

    /// Whether the names mean something is checked where the scores are.
    fn validate(&self, at: &At<'_>, faults: &mut Faults) {
        let alphas = at.key("alphas");
        if self.alphas.is_empty() {
            faults.push(Fault::new(Code::Empty, alphas, "There is no alpha.", "Name one alpha or more."));
        }
        if self.alphas.len() > ALPHAS_MAX {
            let message = format!("{} alphas, and {ALPHAS_MAX} are the most.", self.alphas.len());
            faults.push(Fault::new(Code::LimitExceeded, alphas, message, "Name fewer."));
        }
        for (i, name) in self.alphas.iter().enumerate() {
            if self.alphas[..i].contains(name) {
                let message = format!("The alpha {name:?} is named twice.");
                faults.push(Fault::new(Code::Duplicate, alphas.index(i), message, "Name it once."));
            }
        }
        for (i, symbol) in self.symbols.iter().enumerate() {
            let at = at.key("symbols");
            if self.symbols[..i].contains(symbol) {
                let message = format!("The symbol {symbol:?} is named twice.");
                faults.push(Fault::new(Code::Duplicate, at.index(i), message, "Name it once."));
            }
            if let Some(why) = name_fault(symbol) {
                let message = format!("The symbol {symbol:?} {why}.");
                faults.push(Fault::new(Code::InvalidName, at.index(i), message, "Give a plain name."));
            }
        }
        let Thresholds { long, short } = self.thresholds;
        if long <= short {
            faults.push(Fault::new(
                Code::Conflict,
                at.key("thresholds"),
                format!("The long threshold {long} is not above the short threshold {short}."),
                "Give a higher long or a lower short threshold.",
            ));
        }
        if self.max_positions == 0 {
            faults.push(Fault::new(Code::OutOfRange, at.key("max_positions"), "max_positions is 0.", "Give at least 1."));
        }
        self.validate_weights(at, faults);
        for (name, formula) in &self.formulas {
            if let Err(found) = Formula::parse(formula) {
                let formulas = at.key("formulas");
                for fault in found {
                    faults.push(fault.at(formulas.key(name)));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{parse, to_canonical_string};

    fn read(text: &str) -> Result<AlphaConfig, Vec<String>> {
        let mut faults = Faults::new();
        let json = parse(text.as_bytes()).unwrap();
        let config = AlphaConfig::decode_section(&json, &At::Root, &mut faults, AlphaConfig::default());
        if let Some(config) = &config {
            config.validate(&At::Root, &mut faults);
        }
        let told = |faults: &Faults| faults.as_slice().iter().map(|fault| format!("{} {}", fault.path, fault.code)).collect();
        config.filter(|_| faults.is_empty()).ok_or_else(|| told(&faults))
    }

    #[test]
    fn defaults_and_the_section_around_them() {
        let config = read("{}").unwrap();
        assert_eq!((config.alphas.as_slice(), config.max_positions), (&[String::from("momentum_20d")][..], 10));
        assert_eq!((config.thresholds.long, config.thresholds.short, config.refresh), (0.5, -0.5, Refresh::Daily));
        assert_eq!(read(r#"{"strategy":{"refresh":"intraday"}}"#).unwrap().refresh, Refresh::Intraday);
        assert_eq!(read(r#"{"alphas":["x"]}"#).unwrap().alphas, ["x"]);
    }

    #[test]
    fn what_is_printed_reads_as_the_same() {
        let config = read(r#"{"strategy":{"alphas":["a","f"],"weights":{"a":0.25,"f":0.75},"formulas":{"f":"rank(close)"},"thresholds":{"long":0.1}}}"#).unwrap();
        assert_eq!(config.model(), WeightModelKind::Fixed);
        assert_eq!(read(&to_canonical_string(&config).unwrap()), Ok(config));
    }

    #[test]
    fn every_fault_is_reported() {
        assert_eq!(read(r#"{"strategy":{"type":"macd"}}"#).unwrap_err(), ["/strategy/type unknown_choice"]);
        assert_eq!(
            read(r#"{"alphas":[],"thresholds":{"long":0.5,"short":0.5},"max_positions":0,"weights":{"a":0.7},"formulas":{"f":"rank("}}"#)
                .unwrap_err(),
            [
                "/alphas empty",
                "/thresholds conflict",
                "/max_positions out_of_range",
                "/weights/a not_found",
                "/weights out_of_range",
                "/formulas/f:1:6 invalid_formula",
            ]
        );
        assert_eq!(
            read(r#"{"alphas":["a","a"],"weight_model":"fixed"}"#).unwrap_err(),
            ["/alphas/1 duplicate", "/weights missing_field"]
        );
    }
}
