//! How alphas are weighed when they are combined: equal, fixed, by information coefficient, by one over volatility, or optimised (A6).
//!
//! | model | weight of alpha i |
//! |---|---|
//! | `equal` | 1/n |
//! | `fixed` | as given; they sum to 1 |
//! | `ic` | mean IC, floored at zero, over their sum |
//! | `inverse_volatility` | 1/σ of the returns of its portfolio, over their sum |
//! | `optimised` | the long-only portfolio of alphas with the highest Sharpe ratio: w ∝ Σ⁻¹μ, alphas below zero left out one by one |
//!
//! Source: Grinold and Kahn (2000), chapters 6 and 10; Markowitz (1952) for the last. The covariance of `optimised` is shrunk halfway
//! to its diagonal, because a handful of returns does not know the correlations.
//!
//! **Conventions.** Where the evidence says nothing (no alpha has enough of it, or none an edge) the weights are equal, and `note` says so.

use super::evidence::Evidence;
use crate::error::{Code, Fault};
use crate::stats::{mean, standard_deviation};
use crate::wire::choice;
use std::collections::BTreeMap;

choice! {
    /// How alphas are weighed when they are combined.
    pub enum WeightModelKind {
        /// The same for each.
        Equal = "equal",
        /// As given in `weights`.
        Fixed = "fixed",
        /// In proportion to their mean information coefficient, floored at zero.
        InformationCoefficient = "ic" | "ic_weighted",
        /// In proportion to one over the volatility of the returns of a portfolio by scores.
        InverseVolatility = "inverse_volatility" | "inverse_vol",
        /// The long-only portfolio of alphas with the highest Sharpe ratio.
        Optimised = "optimised" | "optimized",
    }
}

/// Fewest returns or coefficients from which an alpha is judged.
const OBSERVATIONS_MIN: usize = 6;

/// The weights of a model and what they rest on.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ModelWeights {
    /// The figure behind each weight, by alpha, where the model has one: mean IC, volatility, or mean return.
    pub figures: BTreeMap<String, f64>,
    /// The model.
    pub model: String,
    /// Why the weights are equal although the model weighs by evidence; null if they are not.
    pub note: Option<String>,
    /// Weight by alpha; they sum to 1.
    pub weights: BTreeMap<String, f64>,
}

/// A way to weigh alphas.
pub trait WeightModel {
    /// Its name in settings.
    fn name(&self) -> &'static str;

    /// Weights of the named alphas, given how each did so far.
    ///
    /// # Errors
    /// No alphas; weights that were given and do not fit.
    fn compute_weights(&self, names: &[String], evidence: &BTreeMap<String, Evidence>) -> Result<ModelWeights, Fault>;
}

/// The model of a name; `fixed` has the weights given with it.
pub fn model_of(kind: WeightModelKind, fixed: &BTreeMap<String, f64>) -> Box<dyn WeightModel> {
    match kind {
        WeightModelKind::Fixed => Box::new(Fixed(fixed.clone())),
        kind => Box::new(ByEvidence(kind)),
    }
}

struct Fixed(BTreeMap<String, f64>);

/// What is wrong with weights that were given; they sum to 1 within a millionth.
pub fn fixed_weights_fault(weights: &BTreeMap<String, f64>) -> Option<String> {
    let total: f64 = weights.values().sum();
    ((total - 1.0).abs() > 1e-6 || !total.is_finite()).then(|| format!("The weights sum to {total}, not to 1."))
}

impl WeightModel for Fixed {
    fn name(&self) -> &'static str {
        "fixed"
    }

    fn compute_weights(&self, names: &[String], _: &BTreeMap<String, Evidence>) -> Result<ModelWeights, Fault> {
        check_names(names)?;
        if let Some(why) = fixed_weights_fault(&self.0) {
            return Err(Fault::new(Code::OutOfRange, "/weights", why, "Let them sum to 1."));
        }
        let weights = names.iter().map(|name| (name.clone(), self.0.get(name).copied().unwrap_or(0.0))).collect();
        Ok(ModelWeights { figures: BTreeMap::new(), model: self.name().to_owned(), note: None, weights })
    }
}

fn check_names(names: &[String]) -> Result<(), Fault> {
    if names.is_empty() {
        return Err(Fault::new(Code::Empty, "/alphas", "There is no alpha to weigh.", "Name one alpha or more."));
    }
    Ok(())
}

/// Every model that needs nothing but the names and how each alpha did.
struct ByEvidence(WeightModelKind);

impl WeightModel for ByEvidence {
    fn name(&self) -> &'static str {
        self.0.as_str()
    }

    fn compute_weights(&self, names: &[String], evidence: &BTreeMap<String, Evidence>) -> Result<ModelWeights, Fault> {
        check_names(names)?;
        let none = Evidence::default();
        let all: Vec<&Evidence> = names.iter().map(|name| evidence.get(name).unwrap_or(&none)).collect();
        let enough = |values: &[f64]| values.len() >= OBSERVATIONS_MIN;
        let (figures, raw): (Vec<Option<f64>>, Vec<f64>) = match self.0 {
            WeightModelKind::InformationCoefficient => all
                .iter()
                .map(|one| {
                    let ic = one.mean_ic().ok().filter(|_| enough(&one.ic));
                    (ic, ic.unwrap_or(0.0).max(0.0))
                })
                .unzip(),
            WeightModelKind::InverseVolatility => all
                .iter()
                .map(|one| {
                    let deviation = standard_deviation(&one.returns, 1).ok().filter(|_| enough(&one.returns));
                    (deviation, deviation.map_or(0.0, |deviation| 1.0 / deviation))
                })
                .unzip(),
            WeightModelKind::Optimised => {
                let means = all.iter().map(|one| mean(&one.returns).ok().filter(|_| enough(&one.returns)));
                (means.collect(), tangency(&all))
            }
            WeightModelKind::Equal | WeightModelKind::Fixed => (vec![None; names.len()], vec![1.0; names.len()]),
        };
        let total: f64 = raw.iter().sum();
        let found = total > 0.0 && total.is_finite();
        let note = (!found).then(|| String::from("No alpha has enough history, or none an edge: the weights are equal."));
        let share = |raw: f64| if found { raw / total } else { 1.0 / names.len() as f64 };
        Ok(ModelWeights {
            figures: names.iter().zip(figures).filter_map(|(name, figure)| Some((name.clone(), figure?))).collect(),
            model: self.name().to_owned(),
            note,
            weights: names.iter().zip(raw).map(|(name, raw)| (name.clone(), share(raw))).collect(),
        })
    }
}

/// w ∝ Σ⁻¹μ over the times that all alphas have, without those that would be negative.
fn tangency(all: &[&Evidence]) -> Vec<f64> {
    let mut times = all.first().map(|one| one.times.clone()).unwrap_or_default();
    times.retain(|time| all.iter().all(|one| one.times.binary_search(time).is_ok()));
    let mut weights = vec![0.0; all.len()];
    if times.len() < OBSERVATIONS_MIN {
        return weights;
    }
    let returns: Vec<Vec<f64>> = all
        .iter()
        .map(|one| times.iter().filter_map(|time| one.times.binary_search(time).ok().map(|i| one.returns[i])).collect())
        .collect();
    let means: Vec<f64> = returns.iter().map(|returns| crate::math::sum(returns.iter().copied()) / times.len() as f64).collect();
    let covariance = |i: usize, j: usize| {
        let pairs = returns[i].iter().zip(&returns[j]).map(|(x, y)| (x - means[i]) * (y - means[j]));
        crate::math::sum(pairs) / (times.len() as f64 - 1.0) * if i == j { 1.0 } else { 0.5 }
    };
    let mut kept: Vec<usize> = (0..all.len()).filter(|&i| covariance(i, i) > 0.0).collect();
    // Every round leaves one out at least, or ends.
    while !kept.is_empty() {
        let matrix = kept.iter().map(|&i| kept.iter().map(|&j| covariance(i, j)).collect()).collect();
        let Some(solved) = solve(matrix, kept.iter().map(|&i| means[i]).collect()) else { return weights };
        let lowest = (0..kept.len()).min_by(|&a, &b| solved[a].total_cmp(&solved[b]).then(a.cmp(&b))).unwrap_or_default();
        if solved[lowest] < 0.0 {
            kept.remove(lowest);
            continue;
        }
        for (&i, weight) in kept.iter().zip(solved) {
            weights[i] = weight;
        }
        break;
    }
    weights
}

/// Solves a small positive definite system by elimination; `None` where it is singular.
fn solve(mut matrix: Vec<Vec<f64>>, mut right: Vec<f64>) -> Option<Vec<f64>> {
    let n = right.len();
    for k in 0..n {
        let pivot = matrix[k][k];
        if pivot <= 0.0 || !pivot.is_finite() {
            return None;
        }
        for i in k + 1..n {
            let factor = matrix[i][k] / pivot;
            for j in k..n {
                let taken = factor * matrix[k][j];
                matrix[i][j] -= taken;
            }
            right[i] -= factor * right[k];
        }
    }
    for k in (0..n).rev() {
        let mut value = right[k];
        for j in k + 1..n {
            value -= matrix[k][j] * right[j];
        }
        right[k] = value / matrix[k][k];
    }
    right.iter().all(|value| value.is_finite()).then_some(right)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::UnixNanos;

    fn names(all: &[&str]) -> Vec<String> {
        all.iter().map(|name| String::from(*name)).collect()
    }

    fn did(returns: &[f64], ic: f64) -> Evidence {
        let times = (0..returns.len() as i64).map(|day| UnixNanos::from_days(day).unwrap()).collect();
        Evidence { times, ic: vec![ic; returns.len()], returns: returns.to_vec() }
    }

    fn weights(kind: WeightModelKind, evidence: &[(&str, Evidence)]) -> ModelWeights {
        let all: Vec<&str> = evidence.iter().map(|(name, _)| *name).collect();
        let evidence = evidence.iter().map(|(name, one)| (String::from(*name), one.clone())).collect();
        model_of(kind, &BTreeMap::new()).compute_weights(&names(&all), &evidence).unwrap()
    }

    #[test]
    fn equal_and_fixed() {
        let equal = model_of(WeightModelKind::Equal, &BTreeMap::new());
        let found = equal.compute_weights(&names(&["a", "b", "c"]), &BTreeMap::new()).unwrap();
        assert_eq!(found.weights["b"], 1.0 / 3.0);
        assert_eq!(equal.compute_weights(&[], &BTreeMap::new()).unwrap_err().code, Code::Empty);
        let fixed = |a: f64, b: f64| {
            let given = BTreeMap::from([(String::from("a"), a), (String::from("b"), b)]);
            model_of(WeightModelKind::Fixed, &given)
                .compute_weights(&names(&["a", "b"]), &BTreeMap::new())
                .map(|found| found.weights["a"])
        };
        assert_eq!(fixed(0.25, 0.75), Ok(0.25));
        assert_eq!(fixed(0.5, 0.500_002).unwrap_err().code, Code::OutOfRange);
    }

    #[test]
    fn by_what_they_did() {
        let up = [0.02, 0.0, 0.02, 0.0, 0.02, 0.0];
        let wide = [0.04, -0.02, 0.04, -0.02, 0.04, -0.02];
        let down = [-0.02, 0.01, -0.02, 0.01, -0.02, 0.01];
        let all = [("a", did(&up, 0.03)), ("b", did(&wide, 0.01)), ("c", did(&down, -0.05))];
        // 3 : 1 : nothing.
        let found = weights(WeightModelKind::InformationCoefficient, &all).weights;
        assert!((found["a"] - 0.75).abs() < 1e-12 && found["c"] == 0.0);
        // Deviations 1 : 3 : 1.5, so 6 : 2 : 4.
        let found = weights(WeightModelKind::InverseVolatility, &all).weights;
        assert!((found["a"] - 0.5).abs() < 1e-12 && (found["b"] - 1.0 / 6.0).abs() < 1e-12);
        // Means 1 % each for a and b, variances 1 : 9, covariance 3 halved to 1.5: w ∝ (9 − 1.5, 1 − 1.5): b is left out. c has lost.
        let found = weights(WeightModelKind::Optimised, &all[..2]).weights;
        assert_eq!((found["a"], found["b"]), (1.0, 0.0));
    }

    #[test]
    fn without_evidence_the_weights_are_equal_and_say_so() {
        let found = weights(WeightModelKind::InformationCoefficient, &[("a", did(&[0.1], 0.5)), ("b", Evidence::default())]);
        assert_eq!(found.weights["a"], 0.5);
        assert!(found.note.is_some() && found.figures.is_empty());
    }
}
