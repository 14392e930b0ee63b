//! What the Risk view asks the engine, and on which data.

use super::report::Report;
use super::settings::RiskSettings;
use crate::figure::json::{object, text, text_of};
use crate::state::blend::Blend;
use crate::state::number::{counted, plain};
use crate::state::question::Question;
use allocator_core::config::risk::{OverlayMode, RiskConfig};
use allocator_core::config::tune::TuneConfig;
use allocator_core::wire::{Json, to_canonical_string};

/// The weights that are audited.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// A file of weights by date is loaded beside the returns.
    Weights,
    /// The shares of the blend, held: name and share.
    Held(Vec<(String, f64)>),
}

impl Source {
    /// What the blend holds of each strategy.
    pub fn of_blend(blend: &Blend) -> Self {
        let shares = blend.strategies.iter().filter(|strategy| strategy.weight != 0.0);
        Source::Held(shares.map(|strategy| (strategy.tag.strategy.clone(), strategy.weight)).collect())
    }

    /// Which data are filled in by the worker.
    fn uses(&self) -> &'static [&'static str] {
        match self {
            Source::Weights => &["asset_returns=returns", "weights"],
            Source::Held(_) => &["asset_returns=returns", "weights=held"],
        }
    }

    /// The field `held`, with a comma after it; empty where weights are loaded.
    fn held(&self, gross: f64) -> String {
        let Source::Held(shares) = self else { return String::new() };
        let fields = shares.iter().map(|(name, share)| (name.clone(), Json::Number(share * gross))).collect();
        format!("\"held\":{},", text_of(&Json::Object(fields)))
    }

    /// What stands below the title: whose weights these are.
    pub fn scope(&self, settings: &RiskSettings, days: u64) -> String {
        let whose = match self {
            Source::Weights => String::from("loaded weights on loaded returns"),
            Source::Held(shares) => format!(
                "{} held as the blend weighs {}, {} × gross, put back weekly",
                counted(shares.len() as u64, "strategy", "strategies"),
                if shares.len() == 1 { "it" } else { "them" },
                plain(settings.gross, 2).trim_end_matches('0').trim_end_matches('.'),
            ),
        };
        format!("{whose}; {}", counted(days, "day", "days"))
    }
}

/// The two-pass audit of the weights.
pub fn audit(settings: &RiskSettings, source: &Source) -> Question {
    let request = format!("{{{}\"config\":{},\"version\":1}}", source.held(settings.gross), settings.audit_text());
    Question { operation: "audit", request, uses: source.uses() }
}

/// Thresholds that behave better, on the baseline of an audit.
pub fn tune(settings: &RiskSettings, report: &Report) -> Question {
    let config = TuneConfig {
        risk: settings.audit.risk.clone(),
        stress_windows: settings.audit.stress_windows.clone(),
        stress_scalar: settings.audit.rules.stress_scalar,
        ..TuneConfig::default()
    };
    let request = format!(
        "{{\"config\":{},\"portfolio_returns\":{},\"version\":1}}",
        to_canonical_string(&config).unwrap_or_default(),
        report.baseline_returns()
    );
    Question { operation: "tune", request, uses: &["asset_returns=returns"] }
}

/// The weights scaled by the file of an earlier run.
pub fn from_file(settings: &RiskSettings, source: &Source, scalars: &str, meta: Option<&str>) -> Question {
    let config = RiskConfig { mode: OverlayMode::Precomputed, ..settings.audit.risk.clone() };
    let precomputed = object([("meta", meta.map_or(Json::Null, text)), ("scalars", text(scalars))]);
    let request = format!(
        "{{{}\"config\":{},\"precomputed\":{},\"version\":1}}",
        source.held(settings.gross),
        to_canonical_string(&config).unwrap_or_default(),
        text_of(&precomputed)
    );
    let uses: &[&str] = if *source == Source::Weights { &["weights"] } else { &["weights=held"] };
    Question { operation: "risk", request, uses }
}

#[cfg(test)]
mod tests {
    use super::*;
    use allocator_core::config::audit::AuditConfig;
    use allocator_core::error::Faults;
    use allocator_core::wire::{At, Decode, parse};

    fn held() -> Source {
        Source::Held(vec![("carry".into(), 0.25), ("trend \"x\"".into(), 0.5)])
    }

    #[test]
    fn shares_are_held_times_gross_and_loaded_weights_as_they_are() {
        let settings = RiskSettings { gross: 3.0, ..RiskSettings::default() };
        let question = audit(&settings, &held());
        let json = parse(question.request.as_bytes()).unwrap();
        assert_eq!(json.get("held").unwrap().get("carry").unwrap().as_f64(), Some(0.75));
        assert_eq!(question.uses, ["asset_returns=returns", "weights=held"]);
        let mut faults = Faults::new();
        let config = AuditConfig::decode(json.get("config").unwrap(), &At::Root, &mut faults);
        assert_eq!(config, Some(settings.audit.clone()));
        let question = audit(&settings, &Source::Weights);
        assert!(parse(question.request.as_bytes()).unwrap().get("held").is_none());
        assert_eq!(question.uses, ["asset_returns=returns", "weights"]);
    }

    #[test]
    fn the_scope_says_whose_weights_these_are() {
        let settings = RiskSettings::default();
        assert_eq!(
            held().scope(&settings, 712),
            "2 strategies held as the blend weighs them, 1 × gross, put back weekly; 712 days"
        );
        assert_eq!(Source::Weights.scope(&settings, 1), "loaded weights on loaded returns; 1 day");
    }

    #[test]
    fn a_file_of_scalars_goes_as_it_is() {
        let question = from_file(&RiskSettings::default(), &held(), "date,risk_scalar_applied\n2020-01-03,0.5\n", Some("{}"));
        let json = parse(question.request.as_bytes()).unwrap();
        let given = json.get("precomputed").unwrap();
        assert!(given.get("scalars").unwrap().as_str().unwrap().ends_with("0.5\n"));
        assert_eq!(json.get("config").unwrap().get("mode").unwrap().as_str(), Some("precomputed"));
    }
}
