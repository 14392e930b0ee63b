//! Signals as objects (B12): what an orchestrator passes around, and the way to the blend and back.
//!
//! ```text
//! Signal per strategy ──> rows ──> blend ──> Signal of the portfolio ──> submit
//! ```

use super::{Blend, BlendInputs, StrategyStats, blend};
use crate::config::blend::BlendConfig;
use crate::error::{Faults, Problem};
use crate::frame::SignalBook;
use crate::units::UnixNanos;
use crate::wire::{At, Decode, Fields, Json};
use serde::Serialize;
use std::collections::BTreeMap;

/// A portfolio that somebody wants to hold, as of a time.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Signal {
    /// When it was decided.
    pub as_of: UnixNanos,
    /// Anything its sender wants back unchanged. The key `scores`, an object of numbers by symbol, is read as the scores of the rows;
    /// without it a symbol's score is its absolute weight.
    pub metadata: BTreeMap<String, Json>,
    /// Weight by symbol; fractions of the strategy's capital, the sign is the side.
    pub target_weights: BTreeMap<String, f64>,
}

impl Signal {
    /// Rows `(symbol, score, weight)` in the order of symbols.
    pub fn rows(&self) -> Vec<(&str, f64, f64)> {
        let scores = self.metadata.get("scores");
        self.target_weights
            .iter()
            .map(|(symbol, &weight)| {
                let score = scores.and_then(|scores| scores.get(symbol)).and_then(Json::as_f64).unwrap_or(weight.abs());
                (symbol.as_str(), score, weight)
            })
            .collect()
    }

    /// The signal of rows: the way back from [`Signal::rows`], exact for every finite number.
    pub fn from_rows(as_of: UnixNanos, rows: &[(&str, f64, f64)], metadata: BTreeMap<String, Json>) -> Self {
        let mut metadata = metadata;
        let scores = rows.iter().map(|(symbol, score, _)| ((*symbol).to_owned(), Json::Number(*score))).collect();
        metadata.insert(String::from("scores"), Json::Object(scores));
        Signal {
            as_of,
            metadata,
            target_weights: rows.iter().map(|(symbol, _, weight)| ((*symbol).to_owned(), *weight)).collect(),
        }
    }
}

impl Decode for Signal {
    fn decode(json: &Json, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::open(json, at, faults)?;
        let as_of = fields.required("as_of", at, faults);
        let metadata = fields.optional("metadata", BTreeMap::new(), at, faults);
        let target_weights = fields.required("target_weights", at, faults);
        fields.close(at, faults);
        Some(Signal { as_of: as_of?, metadata: metadata?, target_weights: target_weights? })
    }
}

/// The orchestrator's step: signals of several strategies in, one signal out.
///
/// The answer's `as_of` is that of the newest signal; its metadata carries `contributing_strategies` by symbol. The full blend
/// comes beside it, for the explanation and the alerts.
///
/// # Errors
/// As [`blend`], with paths `/signals/<strategy>/…`.
pub fn blend_signals(
    signals: &BTreeMap<String, Signal>,
    stats: &BTreeMap<String, StrategyStats>,
    config: &BlendConfig,
) -> Result<(Signal, Blend), Problem> {
    let rows: BTreeMap<String, Vec<(&str, f64, f64)>> = signals.iter().map(|(id, signal)| (id.clone(), signal.rows())).collect();
    let mut faults = Faults::new();
    let place = |id: &str, row: usize, _: &str| match rows.get(id).and_then(|rows| rows.get(row)) {
        Some((symbol, ..)) => At::Root.key("signals").key(id).key("target_weights").key(symbol).to_string(),
        None => At::Root.key("signals").key(id).to_string(),
    };
    let book = SignalBook::from_rows(&rows, place, &mut faults);
    let book = faults.finish(book)?;
    let inputs = BlendInputs { signals: &book, stats, returns: None, score_history: None, asset_returns: None };
    let blended = blend(&inputs, config)?;
    let mut contributors: BTreeMap<&str, Vec<Json>> = BTreeMap::new();
    for (s, id) in book.strategies().iter().enumerate() {
        for (&symbol, base) in book.rows(s).symbols.iter().zip(&blended.normalised[book.range(s)]) {
            if *base != 0.0 {
                contributors.entry(book.symbols()[symbol as usize].as_str()).or_default().push(Json::String(id.clone()));
            }
        }
    }
    let target_weights =
        contributors.keys().filter_map(|symbol| book.symbols().binary_search_by(|known| known.as_str().cmp(symbol)).ok());
    let signal = Signal {
        as_of: signals.values().map(|signal| signal.as_of).max().unwrap_or(UnixNanos(0)),
        target_weights: target_weights.map(|j| (book.symbols()[j].clone(), blended.weights[j])).collect(),
        metadata: BTreeMap::from([(
            String::from("contributing_strategies"),
            Json::Object(contributors.into_iter().map(|(symbol, ids)| (symbol.to_owned(), Json::Array(ids))).collect()),
        )]),
    };
    Ok((signal, blended))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{parse, to_canonical_string};

    fn signal(text: &str) -> Signal {
        let mut faults = Faults::new();
        Signal::decode(&parse(text.as_bytes()).unwrap(), &At::Root, &mut faults).unwrap()
    }

    #[test]
    fn to_rows_and_back_is_exact() {
        let text = r#"{"as_of":"2024-01-31T21:00:00Z","metadata":{"model":"m7","scores":{"A":0.1,"B":-0.30000000000000004}},"target_weights":{"A":0.7,"B":0.3}}"#;
        let signal = signal(text);
        let back = Signal::from_rows(signal.as_of, &signal.rows(), signal.metadata.clone());
        assert_eq!(to_canonical_string(&back).unwrap(), text);
    }

    #[test]
    fn three_strategies_become_one_signal() {
        let signals = BTreeMap::from([
            ("alpha_baseline".to_owned(), signal(r#"{"as_of":"2024-01-30","target_weights":{"A":0.6,"B":0.4}}"#)),
            ("momentum".to_owned(), signal(r#"{"as_of":"2024-01-31","target_weights":{"A":1}}"#)),
            ("mean_reversion".to_owned(), signal(r#"{"as_of":"2024-01-31","target_weights":{"C":1}}"#)),
        ]);
        let config = BlendConfig { method: crate::config::blend::BlendMethod::EqualWeight, ..BlendConfig::default() };
        let (blended, _) = blend_signals(&signals, &BTreeMap::new(), &config).unwrap();
        // A = 0.6/3 + 1/3, B = 0.4/3, C = 1/3.
        assert_eq!(blended.as_of.to_string(), "2024-01-31");
        assert!((blended.target_weights["A"] - 1.6 / 3.0).abs() < 1e-15);
        assert!((blended.target_weights.values().sum::<f64>() - 1.0).abs() < 1e-15);
        assert_eq!(
            to_canonical_string(&blended.metadata["contributing_strategies"]).unwrap(),
            r#"{"A":["alpha_baseline","momentum"],"B":["alpha_baseline"],"C":["mean_reversion"]}"#
        );
    }
}
