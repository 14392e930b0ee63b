//! What is set in the Capital view, as the text that undo, scenarios and addresses keep, and as requests to the engine.
//!
//! The text holds only what differs from a fresh page, so that a fresh page keeps nothing.

use super::method::{FRESH, OFFERED};
use allocator_core::config::OperationConfig as _;
use allocator_core::config::capital::{CapitalConfig, CapitalMethod, ConstraintsConfig, StrategyLimit};
use allocator_core::error::Faults;
use allocator_core::wire::{At, Choice as _, Decode as _, Json, parse, to_canonical_string};
use std::collections::BTreeMap;

use crate::figure::json::{list, number, object, put, text, text_of};

/// The view's id, under which the page keeps its settings.
pub const VIEW: &str = "capital";

/// Points of the frontier that is drawn.
pub const FRONTIER_POINTS: usize = 24;

/// Weights by strategy, fractions of the capital.
pub type Weights = BTreeMap<String, f64>;

/// What is set.
#[derive(Clone, Debug, PartialEq)]
pub struct CapitalSettings {
    /// The engine's settings; its `method` is the one looked at.
    pub config: CapitalConfig,
    /// The method in use: what the others are compared with.
    pub used: CapitalMethod,
    /// The methods side by side, in the order they are offered.
    pub methods: Vec<CapitalMethod>,
    /// A split made by hand, while one is tried.
    pub what_if: Option<Weights>,
}

impl Default for CapitalSettings {
    /// A fresh page: a year of days, at most 40 % for one strategy.
    fn default() -> Self {
        CapitalSettings {
            config: CapitalConfig {
                constraints: ConstraintsConfig { max: 0.4, ..ConstraintsConfig::default() },
                lookback: Some(252),
                method: CapitalMethod::MinVariance,
                ..CapitalConfig::default()
            },
            used: CapitalMethod::InverseVolatility,
            methods: FRESH.to_vec(),
            what_if: None,
        }
    }
}

/// Settings as a tree; they hold finite numbers and words, which always serialise and parse.
fn tree(config: &CapitalConfig) -> Json {
    to_canonical_string(config).ok().and_then(|text| parse(text.as_bytes()).ok()).unwrap_or(Json::Null)
}

/// What of `own` is not in `base`, object by object.
fn difference(own: &Json, base: &Json) -> Option<Json> {
    if own == base {
        return None;
    }
    let (Json::Object(fields), Json::Object(_)) = (own, base) else { return Some(own.clone()) };
    let changed = fields.iter().filter_map(|(key, value)| {
        let value = base.get(key).map_or_else(|| Some(value.clone()), |base| difference(value, base))?;
        Some((key.clone(), value))
    });
    Some(Json::Object(changed.collect()))
}

impl CapitalSettings {
    /// Reads the text that was kept. What cannot be read is what a fresh page has: an address never breaks the view.
    pub fn from_text(text: &str) -> Self {
        let fresh = CapitalSettings::default();
        let Ok(json) = parse(text.as_bytes()) else { return fresh };
        let word = |key: &str| json.get(key).and_then(Json::as_str).and_then(CapitalMethod::from_word);
        let config = json.get("config").and_then(|json| {
            let mut faults = Faults::new();
            let config = CapitalConfig::decode_over(json, &At::Root, &mut faults, fresh.config.clone())?;
            faults.finish(Some(config)).ok()
        });
        let methods = json
            .get("methods")
            .and_then(Json::as_array)
            .map(|words| words.iter().filter_map(|word| word.as_str().and_then(CapitalMethod::from_word)).collect::<Vec<_>>());
        let what_if = match json.get("what_if") {
            Some(Json::Object(fields)) => {
                let weights = fields.iter().filter_map(|(name, value)| Some((name.clone(), value.as_f64()?)));
                Some(weights.filter(|(_, weight)| (0.0..=1.0).contains(weight)).collect())
            }
            _ => None,
        };
        let mut settings = CapitalSettings {
            config: config.unwrap_or(fresh.config),
            used: word("used").unwrap_or(fresh.used),
            methods: fresh.methods,
            what_if,
        };
        if let Some(methods) = methods {
            settings.show(&methods);
        }
        settings
    }

    /// The text to be kept: only what differs from a fresh page, `{}` for a fresh page.
    pub fn to_text(&self) -> String {
        let fresh = CapitalSettings::default();
        let mut kept = object([]);
        if let Some(config) = difference(&tree(&self.config), &tree(&fresh.config)) {
            put(&mut kept, "config", config);
        }
        if self.used != fresh.used {
            put(&mut kept, "used", text(self.used.as_str()));
        }
        if self.methods != fresh.methods {
            put(&mut kept, "methods", list(self.methods.iter().map(|method| text(method.as_str()))));
        }
        if let Some(weights) = &self.what_if {
            let fields = weights.iter().map(|(name, weight)| (name.clone(), number(*weight)));
            put(&mut kept, "what_if", Json::Object(fields.collect()));
        }
        text_of(&kept)
    }

    /// The method looked at.
    pub fn looked(&self) -> CapitalMethod {
        self.config.method
    }

    /// Shows these methods side by side, in the order they are offered; at least the one in use stays.
    pub fn show(&mut self, methods: &[CapitalMethod]) {
        self.methods = OFFERED.into_iter().filter(|method| methods.contains(method)).collect();
        if self.methods.is_empty() {
            self.methods = vec![self.used];
        }
    }

    /// The rows of the table: the methods chosen, the one in use and the one looked at.
    pub fn rows(&self) -> Vec<CapitalMethod> {
        let shown = |method: &CapitalMethod| self.methods.contains(method) || [self.used, self.looked()].contains(method);
        OFFERED.into_iter().filter(shown).collect()
    }

    /// Looks at another method; a split made by hand began at the former one and is given up.
    pub fn look_at(&mut self, method: CapitalMethod) {
        self.config.method = method;
        self.what_if = None;
    }

    /// Least and most of one strategy, fractions.
    pub fn bounds(&self, strategy: &str) -> (f64, f64) {
        self.config.constraints.bounds_of(strategy)
    }

    /// A strategy's own limit; `None` where that of all holds.
    pub fn own_bound(&self, strategy: &str, end: End) -> Option<f64> {
        let own = self.config.constraints.strategies.get(strategy)?;
        match end {
            End::Min => own.min,
            End::Max => own.max,
        }
    }

    /// Sets a strategy's own least or most; the general one again is no own one.
    pub fn set_bound(&mut self, strategy: &str, end: End, value: Option<f64>) {
        let constraints = &mut self.config.constraints;
        let general = match end {
            End::Min => constraints.min,
            End::Max => constraints.max,
        };
        let own = value.filter(|value| *value != general);
        let limit = constraints.strategies.entry(strategy.to_owned()).or_default();
        match end {
            End::Min => limit.min = own,
            End::Max => limit.max = own,
        }
        if *limit == StrategyLimit::default() {
            constraints.strategies.remove(strategy);
        }
    }

    /// Whether any limit is not that of a fresh page.
    pub fn has_own_limits(&self) -> bool {
        self.config.constraints != CapitalSettings::default().config.constraints
    }

    /// Puts the limits per strategy back.
    pub fn reset_bounds(&mut self) {
        let fresh = CapitalSettings::default().config.constraints;
        let constraints = &mut self.config.constraints;
        (constraints.min, constraints.max) = (fresh.min, fresh.max);
        constraints.strategies.clear();
    }

    /// Whether a limit counts from what is held, so that the engine must be told what that is.
    pub fn needs_previous(&self) -> bool {
        let limits = &self.config.constraints;
        limits.turnover_max.is_some() || limits.change_max.is_some() || limits.trade_min > 0.0
    }

    /// Faults of the settings themselves, so that a contradiction is said at its entry before the engine is asked.
    pub fn faults(&self) -> Vec<(String, String)> {
        let mut faults = Faults::new();
        self.config.validate(&At::Root, &mut faults);
        faults.as_slice().iter().map(|fault| (fault.path.clone(), format!("{} {}", fault.message, fault.hint))).collect()
    }

    /// The request of the method looked at, without returns: what the digest on the page is of.
    pub fn request(&self, previous: Option<&Weights>) -> String {
        self.written(&self.config, previous, &[])
    }

    /// The request of everything beside it: all methods shown and the frontier.
    pub fn beside(&self, previous: Option<&Weights>) -> String {
        let others = self.rows().into_iter().filter(|method| *method != self.looked()).map(|method| text(method.as_str()));
        let points = object([("points", Json::Number(FRONTIER_POINTS as f64))]);
        self.written(&self.config, previous, &[("compare", list(others)), ("frontier", points)])
    }

    /// The request that says what is held: the method in use, without the limits that count from it.
    pub fn held(&self) -> String {
        let free = ConstraintsConfig { turnover_max: None, change_max: None, trade_min: 0.0, ..self.config.constraints.clone() };
        let config = CapitalConfig { method: self.used, constraints: free, ..self.config.clone() };
        self.written(&config, None, &[])
    }

    /// The request for the figures of a split made by hand: exactly that split, whatever limits say.
    pub fn plan(&self, weights: &Weights) -> String {
        let config = CapitalConfig {
            method: CapitalMethod::Fixed,
            fixed: weights.clone(),
            constraints: ConstraintsConfig::default(),
            ..self.config.clone()
        };
        self.written(&config, None, &[])
    }

    fn written(&self, config: &CapitalConfig, previous: Option<&Weights>, more: &[(&str, Json)]) -> String {
        let mut request = object([("config", tree(config)), ("version", Json::Number(1.0))]);
        if let Some(previous) = previous.filter(|_| self.needs_previous()) {
            let fields = previous.iter().map(|(name, weight)| (name.clone(), number(*weight)));
            put(&mut request, "previous", Json::Object(fields.collect()));
        }
        for (key, value) in more {
            put(&mut request, key, value.clone());
        }
        text_of(&request)
    }
}

/// One end of the limits of a strategy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The least.
    Min,
    /// The most.
    Max,
}

impl End {
    /// Its name in the settings and in what binds.
    pub const fn word(self) -> &'static str {
        match self {
            End::Min => "min",
            End::Max => "max",
        }
    }

    /// What a person reads.
    pub const fn label(self) -> &'static str {
        match self {
            End::Min => "minimum",
            End::Max => "maximum",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::capital::example;
    use allocator_core::op::Request as _;
    use allocator_core::op::capital::CapitalRequest;

    #[test]
    fn a_fresh_page_keeps_nothing_and_what_differs_survives_the_way_through_its_text() {
        assert_eq!(CapitalSettings::default().to_text(), "{}");
        let mut settings = CapitalSettings::default();
        settings.set_bound("low_volatility", End::Max, Some(0.25));
        settings.config.constraints.cash_reserve = 0.05;
        settings.config.constraints.turnover_max = Some(0.3);
        settings.config.lookback = None;
        settings.look_at(CapitalMethod::MaxSharpe);
        settings.used = CapitalMethod::EqualRiskContribution;
        settings.show(&[CapitalMethod::Hedge, CapitalMethod::EqualWeight]);
        settings.what_if = Some(Weights::from([(String::from("a"), 0.125)]));
        let text = settings.to_text();
        assert_eq!(CapitalSettings::from_text(&text), settings, "{text}");
        assert!(text.len() < 400, "{text}");
    }

    #[test]
    fn a_text_that_cannot_be_read_is_a_fresh_page() {
        for text in ["", "[]", r#"{"config":{"no_such":1}}"#, r#"{"used":"no such","methods":[3],"what_if":{"a":7}}"#] {
            let settings = CapitalSettings::from_text(text);
            assert_eq!(settings.config, CapitalSettings::default().config, "{text}");
            assert!(!settings.rows().is_empty());
        }
    }

    #[test]
    fn the_general_limit_again_is_no_limit_of_its_own() {
        let mut settings = CapitalSettings::default();
        settings.set_bound("a", End::Max, Some(0.2));
        assert_eq!((settings.bounds("a"), settings.bounds("b")), ((0.0, 0.2), (0.0, 0.4)));
        assert!(settings.has_own_limits());
        settings.set_bound("a", End::Max, Some(0.4));
        assert_eq!(settings, CapitalSettings::default());
        settings.set_bound("a", End::Min, Some(0.5));
        assert_eq!(settings.faults()[0].0, "/constraints/strategies/a");
        settings.reset_bounds();
        assert!(!settings.has_own_limits() && settings.faults().is_empty());
    }

    #[test]
    fn the_method_in_use_and_the_one_looked_at_are_always_rows() {
        let mut settings = CapitalSettings::default();
        settings.show(&[]);
        settings.look_at(CapitalMethod::Hedge);
        assert_eq!(settings.rows(), [CapitalMethod::InverseVolatility, CapitalMethod::Hedge]);
    }

    #[test]
    fn the_engine_takes_every_request() {
        let mut settings = CapitalSettings::default();
        settings.config.constraints.turnover_max = Some(0.2);
        let held = Weights::from([(String::from("b"), 0.5)]);
        for request in [settings.request(Some(&held)), settings.beside(Some(&held)), settings.held(), settings.plan(&held)] {
            let filled = example::with_returns(&request);
            let answer = CapitalRequest::from_json(filled.as_bytes()).unwrap().answer().unwrap();
            assert_eq!(answer.result.allocations.len(), 3, "{request}");
        }
    }

    #[test]
    fn what_is_held_is_told_only_where_a_limit_counts_from_it() {
        let held = Weights::from([(String::from("b"), 0.5)]);
        assert!(!CapitalSettings::default().request(Some(&held)).contains("previous"));
    }
}
