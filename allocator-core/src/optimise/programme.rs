//! A convex programme as plain data: a quadratic form, costs with kinks, bounds, and rows with a price for what lies beyond them.
//!
//! minimise ½·xᵀPx + qᵀx + Σᵢ Σₖ sᵢₖ·|xᵢ − aᵢₖ| + Σᵣ pᵣ·max(0, lᵣ − fᵣ(x), fᵣ(x) − hᵣ) over low ≤ x ≤ high, where
//! fᵣ(x) = aᵣᵀx + Σᵢ dᵣᵢ·|xᵢ − cᵣᵢ|. A row whose price exceeds every multiplier is a hard limit (exact penalty); one with a small price
//! is a term of the objective, such as the shortfall of one scenario. One solver serves both, needs no feasible point to start from, and
//! ends with the least violation where there is no feasible point.

/// A cost `slope`·|x − `at`| of one weight.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Kink {
    /// Where the cost is nothing.
    pub at: f64,
    /// Cost of one unit away from it, at least 0.
    pub slope: f64,
}

/// What a row limits.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Linear part, one coefficient a variable.
    pub coefficients: Vec<f64>,
    /// Distances that are added, `(c, d)` for Σ dᵢ·|xᵢ − cᵢ| with dᵢ ≥ 0; only in a row without a lower limit, which keeps it convex.
    pub distance: Option<(Vec<f64>, Vec<f64>)>,
    /// Lower limit; minus infinity for none.
    pub low: f64,
    /// Upper limit; infinity for none. Equal to `low` in an equation.
    pub high: f64,
    /// Price of one unit of violation, in units of the objective.
    pub price: f64,
}

impl Row {
    /// A row without distances.
    pub fn linear(coefficients: Vec<f64>, low: f64, high: f64, price: f64) -> Row {
        Row { coefficients, distance: None, low, high, price }
    }

    /// Its value at `x`.
    pub fn value(&self, x: &[f64]) -> f64 {
        let linear = crate::math::dot(&self.coefficients, x);
        match &self.distance {
            None => linear,
            Some((from, weight)) => {
                linear + x.iter().zip(from).zip(weight).map(|((x, from), weight)| weight * (x - from).abs()).sum::<f64>()
            }
        }
    }

    /// How far `x` lies beyond it; 0 within.
    pub fn excess(&self, x: &[f64]) -> f64 {
        let value = self.value(x);
        (self.low - value).max(value - self.high).max(0.0)
    }
}

/// A convex programme. All vectors have one entry a variable.
#[derive(Clone, Debug, PartialEq)]
pub struct Programme {
    /// P, row-major, symmetric and positive semi-definite.
    pub quadratic: Vec<f64>,
    /// q.
    pub linear: Vec<f64>,
    /// Least values.
    pub low: Vec<f64>,
    /// Greatest values, not below the least.
    pub high: Vec<f64>,
    /// Costs with kinks, by variable.
    pub kinks: Vec<Vec<Kink>>,
    /// Limits and terms over several variables.
    pub rows: Vec<Row>,
    /// Weight of the proximal term, by variable, above 0: how strongly a step holds to the point before. It does not move the answer;
    /// it makes the factors of a singular P exist. See [`Programme::proximity_of`].
    pub proximity: Vec<f64>,
    /// Of several equally good answers, the one near here.
    pub centre: Vec<f64>,
}

impl Programme {
    /// A programme of bounds alone.
    pub fn new(quadratic: Vec<f64>, linear: Vec<f64>, low: Vec<f64>, high: Vec<f64>) -> Programme {
        let n = linear.len();
        let proximity = Self::proximity_of(&quadratic, &linear);
        let centre = vec![0.0; n];
        Programme { quadratic, linear, low, high, kinks: vec![Vec::new(); n], rows: Vec::new(), proximity, centre }
    }

    /// A proximal weight that disappears beside P: 1e-9 of each diagonal entry, never less than 1e-15 of the largest.
    pub fn proximity_of(quadratic: &[f64], linear: &[f64]) -> Vec<f64> {
        let n = linear.len();
        let most = (0..n).map(|i| quadratic[i * n + i]).fold(0.0, f64::max);
        let floor = if most > 0.0 {
            1e-15 * most
        } else {
            // No curvature at all: hold to the point before by what the linear term weighs.
            1e-3 * linear.iter().fold(0.0_f64, |most, q| most.max(q.abs())).max(f64::MIN_POSITIVE * 1e6)
        };
        (0..n).map(|i| (1e-9 * quadratic[i * n + i]).max(floor)).collect()
    }

    /// Number of variables.
    pub fn len(&self) -> usize {
        self.linear.len()
    }

    /// Whether there is no variable.
    pub fn is_empty(&self) -> bool {
        self.linear.is_empty()
    }

    /// What the objective is measured by: its largest coefficient.
    pub fn scale(&self) -> f64 {
        let n = self.len();
        let diagonal = (0..n).map(|i| self.quadratic[i * n + i].abs());
        let slopes = self.kinks.iter().flatten().map(|kink| kink.slope);
        let most = diagonal.chain(self.linear.iter().map(|q| q.abs())).chain(slopes).fold(0.0, f64::max);
        if most > 0.0 { most } else { 1.0 }
    }

    /// P·x.
    pub fn curvature(&self, x: &[f64]) -> Vec<f64> {
        let n = self.len();
        (0..n).map(|i| crate::math::dot(&self.quadratic[i * n..(i + 1) * n], x)).collect()
    }

    /// ½·xᵀPx + qᵀx and the costs with kinks: the objective without the rows.
    pub fn objective(&self, x: &[f64]) -> f64 {
        let curved = crate::math::dot(&self.curvature(x), x) * 0.5;
        curved + crate::math::dot(&self.linear, x) + self.kink_costs(x)
    }

    /// The costs with kinks.
    pub fn kink_costs(&self, x: &[f64]) -> f64 {
        let costs = self.kinks.iter().zip(x);
        costs.flat_map(|(kinks, x)| kinks.iter().map(move |kink| kink.slope * (x - kink.at).abs())).sum()
    }
}
