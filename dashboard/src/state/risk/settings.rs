//! Settings of the Risk view, and the text they are kept as.
//!
//! The text holds only what differs from the defaults, so that a view at its defaults has none and an address stays short.

use crate::figure::json::{object, put, text, text_of};
use allocator_core::config::audit::AuditConfig;
use allocator_core::config::risk::{OverlayMode, Regime};
use allocator_core::error::Faults;
use allocator_core::wire::{At, Choice, Decode, Json, parse, to_canonical_string};

/// Most times that the shares of the blend can be held: beyond it a fall of a few per cent a day ends everything.
pub const GROSS_MAX: f64 = 100.0;

/// What can be set.
#[derive(Clone, Debug, PartialEq)]
pub struct RiskSettings {
    /// Settings of the audit; those of the overlay are in it.
    pub audit: AuditConfig,
    /// How many times the shares of the blend are held, where no file of weights says what was held.
    pub gross: f64,
    /// What the scalars do to the weights.
    pub mode: OverlayMode,
}

impl Default for RiskSettings {
    fn default() -> Self {
        let mut audit = AuditConfig::default();
        audit.bootstrap.confidence = 0.95;
        RiskSettings { audit, gross: 1.0, mode: OverlayMode::Compute }
    }
}

fn tree(audit: &AuditConfig) -> Json {
    // Settings hold finite numbers and words, which always serialise and parse.
    to_canonical_string(audit).ok().and_then(|text| parse(text.as_bytes()).ok()).unwrap_or(Json::Null)
}

/// What differs from a default, field by field; `None` where nothing does.
fn differing(value: &Json, default: &Json) -> Option<Json> {
    match (value, default) {
        (Json::Object(fields), Json::Object(_)) => {
            let kept: Vec<(String, Json)> = fields
                .iter()
                .filter_map(|(key, value)| match default.get(key) {
                    Some(default) => Some((key.clone(), differing(value, default)?)),
                    None => Some((key.clone(), value.clone())),
                })
                .collect();
            (!kept.is_empty()).then_some(Json::Object(kept))
        }
        _ => (value != default).then(|| value.clone()),
    }
}

impl RiskSettings {
    /// Reads the text; what it leaves out, or what cannot be read, is at its default.
    pub fn from_text(text: &str) -> Self {
        let default = RiskSettings::default();
        let Ok(json) = parse(text.as_bytes()) else { return default };
        let mut faults = Faults::new();
        let audit =
            json.get("audit").and_then(|audit| AuditConfig::decode_over(audit, &At::Root, &mut faults, default.audit.clone()));
        let gross = json.get("gross").and_then(Json::as_f64).filter(|gross| *gross > 0.0 && *gross <= GROSS_MAX);
        let word = json.get("mode").and_then(Json::as_str);
        let mode = OverlayMode::WORDS.iter().find(|entry| Some(entry.1) == word).map(|entry| entry.0);
        RiskSettings {
            audit: audit.filter(|_| faults.is_empty()).unwrap_or(default.audit),
            gross: gross.unwrap_or(default.gross),
            mode: mode.unwrap_or(default.mode),
        }
    }

    /// The text: `{}` at the defaults.
    pub fn to_text(&self) -> String {
        let default = RiskSettings::default();
        let mut all = object([]);
        if let Some(audit) = differing(&tree(&self.audit), &tree(&default.audit)) {
            put(&mut all, "audit", audit);
        }
        if self.gross != default.gross {
            put(&mut all, "gross", Json::Number(self.gross));
        }
        if self.mode != default.mode {
            put(&mut all, "mode", text(self.mode.as_str()));
        }
        text_of(&all)
    }

    /// The settings of the audit as the engine reads them, in full: the same request wherever it goes.
    pub fn audit_text(&self) -> String {
        to_canonical_string(&self.audit).unwrap_or_default()
    }

    /// Targets by regime from NORMAL to CRISIS, as words: `1, .85, .55, .30`.
    pub fn targets(&self) -> [f64; 4] {
        self.audit.risk.regime_targets()
    }
}

/// What a person reads for a regime.
pub fn regime_name(regime: Option<Regime>) -> &'static str {
    match regime {
        Some(Regime::Normal) => "Normal",
        Some(Regime::Elevated) => "Elevated",
        Some(Regime::Stress) => "Stress",
        Some(Regime::Crisis) => "Crisis",
        None => "Unknown",
    }
}

/// The colour token of a regime; empty where it is unknown.
pub fn regime_token(regime: Option<Regime>) -> &'static str {
    match regime {
        Some(Regime::Normal) => "--r-normal",
        Some(Regime::Elevated) => "--r-elevated",
        Some(Regime::Stress) => "--r-stress",
        Some(Regime::Crisis) => "--r-crisis",
        None => "",
    }
}

/// Severity as a height, 0 to 1: a regime is told without its colour.
pub fn regime_height(regime: Option<Regime>) -> f64 {
    regime.map_or(0.12, |regime| [0.18, 0.45, 0.72, 1.0].get(regime.level()).copied().unwrap_or(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use allocator_core::config::risk::Profile;

    #[test]
    fn the_defaults_have_no_text_and_changes_only_their_own() {
        assert_eq!(RiskSettings::default().to_text(), "{}");
        assert_eq!(RiskSettings::from_text("{}"), RiskSettings::default());
        let mut settings = RiskSettings { gross: 3.0, mode: OverlayMode::Off, ..RiskSettings::default() };
        settings.audit.risk.profile = Profile::M;
        settings.audit.risk.thresholds.vol_accel_enter = 1.2;
        let text = settings.to_text();
        assert_eq!(
            text,
            "{\"audit\":{\"risk\":{\"profile\":\"M\",\"thresholds\":{\"vol_accel_enter\":1.2}}},\"gross\":3,\"mode\":\"off\"}"
        );
        assert_eq!(RiskSettings::from_text(&text), settings);
    }

    #[test]
    fn what_cannot_be_read_is_at_its_default() {
        for text in ["", "[]", "{\"audit\":{\"no such\":1}}", "{\"gross\":-1}", "{\"gross\":1e9}", "{\"mode\":\"sideways\"}"] {
            assert_eq!(RiskSettings::from_text(text), RiskSettings::default(), "{text}");
        }
    }

    #[test]
    fn severity_is_told_by_height() {
        let heights: Vec<f64> = [None, Some(Regime::Normal), Some(Regime::Elevated), Some(Regime::Stress), Some(Regime::Crisis)]
            .map(regime_height)
            .to_vec();
        assert!(heights.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
