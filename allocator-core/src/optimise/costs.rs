//! Costs of the trades that lead to the weights (K4): linear, spread and square-root impact, inside the objective.
//!
//! cost(w) = Σᵢ cᵢ·|Δᵢ| + Σᵢ kᵢ·|Δᵢ|^{3/2} with Δ = w − previous, all in fractions of the capital. cᵢ is commission plus half the spread
//! (0.001 is ten basis points of what is traded). kᵢ is the square-root law: the price moves by Y·σ·√(traded / daily volume), so that
//! k = Y·σ·√(capital / daily volume), with σ per day and Y about 1.
//! Source: Almgren, Thum, Hauptmann and Li (2005), "Direct estimation of equity market impact", Risk 18(7); Grinold and Kahn (2000),
//! *Active Portfolio Management*, chapter 16.

/// Cost coefficients, one a weight, at least 0; an empty list is no cost.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Costs {
    /// c: commission and half the spread, a fraction of what is traded.
    pub linear: Vec<f64>,
    /// k: coefficient of the 3/2 power of what is traded.
    pub impact: Vec<f64>,
}

impl Costs {
    /// No costs.
    pub fn none() -> Costs {
        Costs::default()
    }

    /// What going from `previous` to `weights` costs, as a fraction of the capital.
    pub fn of(&self, previous: &[f64], weights: &[f64]) -> f64 {
        let traded = |i: usize| (weights[i] - previous[i]).abs();
        let linear = self.linear.iter().enumerate().map(|(i, c)| c * traded(i));
        let impact = self.impact.iter().enumerate().map(|(i, k)| k * traded(i) * traded(i).sqrt());
        crate::math::sum(linear.chain(impact))
    }

    /// Whether there is impact, which makes the objective more than quadratic.
    pub(super) fn has_impact(&self) -> bool {
        self.impact.iter().any(|k| *k > 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        // 0.04 bought and 0.09 sold: linear 0.01 · 0.13 = 0.0013; impact 0.1 · (0.008 + 0.027) = 0.0035.
        let costs = Costs { linear: vec![0.01, 0.01], impact: vec![0.1, 0.1] };
        assert!((costs.of(&[0.5, 0.5], &[0.54, 0.41]) - 0.0048).abs() < 1e-15);
        assert_eq!(Costs::none().of(&[0.5], &[0.1]), 0.0);
    }
}
