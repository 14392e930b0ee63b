//! The answer of a threshold tuning as the page shows it.

use allocator_core::config::risk::RegimeThresholds;
use allocator_core::error::Faults;
use allocator_core::wire::{At, Decode, Json};

/// How some thresholds behave.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Behaviour {
    /// The loss; smaller is better.
    pub loss: f64,
    /// Share of days from NORMAL to CRISIS.
    pub shares: [f64; 4],
    /// Transitions a year.
    pub transitions: f64,
    /// Stress windows that were flagged, and that the days reach.
    pub windows: (u64, u64),
}

/// One fold of the walk-forward.
#[derive(Clone, Debug, PartialEq)]
pub struct Fold {
    /// First and last date, as written.
    pub span: (String, String),
    /// Loss in it of the thresholds chosen before it.
    pub chosen: f64,
    /// Loss in it of the present thresholds.
    pub present: f64,
}

/// A whole answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Tuning {
    /// Whether other thresholds are advised.
    pub advised: bool,
    /// The decision in words.
    pub note: String,
    /// How many were tried.
    pub tried: u64,
    /// Mean loss out of sample: chosen on the past, and the present ones.
    pub losses: (f64, f64),
    /// Behaviour of the present thresholds over the whole history.
    pub present: Behaviour,
    /// The best candidate over the whole history.
    pub best: Option<(RegimeThresholds, Behaviour)>,
    /// The folds, oldest first.
    pub folds: Vec<Fold>,
    /// SHA-256 over request and result.
    pub digest: String,
}

fn number(json: &Json, key: &str) -> f64 {
    json.get(key).and_then(Json::as_f64).unwrap_or(f64::NAN)
}

fn word(json: &Json, key: &str) -> String {
    json.get(key).and_then(Json::as_str).unwrap_or_default().to_owned()
}

fn behaviour(json: &Json) -> Behaviour {
    Behaviour {
        loss: number(json, "loss"),
        shares: ["share_normal", "share_elevated", "share_stress", "share_crisis"].map(|key| number(json, key)),
        transitions: number(json, "transitions_per_year"),
        windows: (number(json, "windows_flagged") as u64, number(json, "windows_reached") as u64),
    }
}

fn thresholds(json: &Json) -> Option<RegimeThresholds> {
    let mut faults = Faults::new();
    RegimeThresholds::decode(json, &At::Root, &mut faults).filter(|_| faults.is_empty())
}

impl Tuning {
    /// Reads an answer of the operation `tune`; `None` where it is none.
    pub fn from_answer(answer: &Json) -> Option<Self> {
        let best = answer.get("candidates")?.as_array()?.first();
        Some(Tuning {
            advised: answer.get("advised")? == &Json::Bool(true),
            note: word(answer, "note"),
            tried: number(answer, "candidates_tried") as u64,
            losses: (number(answer, "loss_chosen"), number(answer, "loss_present")),
            present: behaviour(answer.get("present")?),
            best: best.and_then(|best| Some((thresholds(best.get("thresholds")?)?, behaviour(best.get("behaviour")?)))),
            folds: answer
                .get("folds")?
                .as_array()?
                .iter()
                .filter_map(|fold| {
                    Some(Fold {
                        span: (word(fold, "first"), word(fold, "last")),
                        chosen: number(fold.get("chosen_in")?, "loss"),
                        present: number(fold.get("present_in")?, "loss"),
                    })
                })
                .collect(),
            digest: word(answer, "digest"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::report::Report;
    use super::super::report::tests::{answer, books};
    use super::super::settings::RiskSettings;
    use super::*;
    use allocator_core::op;
    use allocator_core::wire::parse;

    #[test]
    fn the_engine_s_tuning_of_an_audit_is_read() {
        let report = Report::from_answer(&answer(600)).unwrap();
        let question = super::super::question::tune(&RiskSettings::default(), &report);
        // The worker fills the assets in.
        let request = question.request.replacen('{', &format!("{{\"asset_returns\":{},", books(600).0), 1);
        let text = op::run(question.operation, request.as_bytes()).unwrap();
        let tuning = Tuning::from_answer(&parse(&text).unwrap()).unwrap();
        assert_eq!((tuning.folds.len(), tuning.tried), (4, 144));
        assert!((tuning.present.shares.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        assert!(tuning.best.is_some() && tuning.losses.1.is_finite() && !tuning.note.is_empty());
        assert_eq!(tuning.digest.len(), 64);
        assert_eq!(Tuning::from_answer(&parse(b"{}").unwrap()), None);
    }
}
