//! The strategy of several alphas (A5): weigh, combine, rank, buy the top, sell the bottom, hold the rest.

use super::combine::{Missing, Selection, combine, select};
use super::evidence::{Evidence, evidence};
use super::source::AlphaSource;
use super::strategy::{Action, History, Signal, Snapshot, Strategy};
use super::weight_model::{ModelWeights, WeightModel, WeightModelKind, model_of};
use crate::error::Fault;
use crate::stats::Figure;
use std::collections::BTreeMap;

/// Bars from a score to the return that it is judged by: a month of days.
const HORIZON: usize = 21;

/// Past scores that are judged: two years of months.
const JUDGED: usize = 24;

/// Several alphas as one strategy.
pub struct AlphaStrategy {
    /// Alphas by name.
    pub alphas: Vec<(String, AlphaSource)>,
    /// How they are weighed.
    pub model: WeightModelKind,
    /// Weights for the model `fixed`.
    pub fixed: BTreeMap<String, f64>,
    /// What is bought and sold.
    pub selection: Selection,
    /// What an alpha says of a symbol that it knows nothing of.
    pub missing: Missing,
    /// The universe in its order, as places of symbols; ties of scores keep it.
    pub universe: Vec<usize>,
    /// Whether SELL sells short instead of going out.
    pub short: bool,
}

/// The combined scores of a universe and what they rest on.
#[derive(Clone, Debug, PartialEq)]
pub struct Weighed {
    /// Weights of the alphas.
    pub weights: ModelWeights,
    /// Scores of every alpha, in the order of the universe.
    pub scores: Vec<Vec<Figure>>,
    /// Combined scores, in the order of the universe.
    pub combined: Vec<Figure>,
    /// What to do, in the order of the universe.
    pub actions: Vec<Action>,
    /// How every alpha did so far; empty for models that do not ask.
    pub evidence: BTreeMap<String, Evidence>,
}

impl AlphaStrategy {
    /// Weighs, combines and ranks at the end of a history; with `judged`, every alpha is judged even if the model does not ask for it.
    ///
    /// # Errors
    /// No alphas, or fixed weights that do not fit.
    pub fn weigh(&self, history: &History<'_>, judged: bool) -> Result<Weighed, Fault> {
        let model: Box<dyn WeightModel> = model_of(self.model, &self.fixed);
        let asks = judged || !matches!(self.model, WeightModelKind::Equal | WeightModelKind::Fixed);
        let names: Vec<String> = self.alphas.iter().map(|(name, _)| name.clone()).collect();
        let judge = |source: &AlphaSource| evidence(history, HORIZON, JUDGED, |then| source.figures(then));
        let evidence: BTreeMap<String, Evidence> =
            self.alphas.iter().filter(|_| asks).map(|(name, source)| (name.clone(), judge(source))).collect();
        let weights = model.compute_weights(&names, &evidence)?;
        let in_order = |figures: Vec<Figure>| self.universe.iter().map(|&symbol| figures[symbol]).collect::<Vec<_>>();
        let scores: Vec<Vec<Figure>> = self.alphas.iter().map(|(_, source)| in_order(source.figures(history))).collect();
        let weighed: Vec<(f64, &[Figure])> = names
            .iter()
            .zip(&scores)
            .map(|(name, scores)| (weights.weights.get(name).copied().unwrap_or(0.0), scores.as_slice()))
            .collect();
        let combined = combine(&weighed, self.universe.len(), self.missing);
        let actions = select(&combined, &self.selection);
        Ok(Weighed { weights, scores, combined, actions, evidence })
    }

    /// Weight that goes with an action; none with HOLD.
    pub fn target_weight(&self, action: Action) -> f64 {
        let one = 1.0 / self.selection.max_positions.max(1) as f64;
        match action {
            Action::Buy => one,
            Action::Sell if self.short => -one,
            Action::Sell | Action::Hold => 0.0,
        }
    }
}

impl Strategy for AlphaStrategy {
    fn generate_signals(&mut self, _: &Snapshot<'_>, history: &History<'_>) -> Result<Vec<Signal>, Fault> {
        let weighed = self.weigh(history, false)?;
        let known = self.universe.iter().zip(&weighed.combined).zip(&weighed.actions);
        // A symbol whose score is unknown is held as it is, with nothing to say for it.
        Ok(known
            .map(|((&symbol, score), &action)| Signal {
                symbol: symbol as u32,
                action,
                strength: score.unwrap_or(0.0),
                target_weight: self.target_weight(action),
            })
            .collect())
    }
}
