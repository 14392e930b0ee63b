//! From limits and an objective to a programme, and from its outcome to an answer.

use super::active_set::{self, Ending, Outcome, Place, RowPlace};
use super::costs::Costs;
use super::limits::{Limit, Limits, Priced, Room};
use super::programme::{Kink, Programme, Row};
use super::solution::{Nothing, Solution, Status};
use crate::math;

/// A programme under limits, ready to be solved more than once.
pub(super) struct Task {
    pub(super) programme: Programme,
    /// The point to begin at.
    pub(super) start: Vec<f64>,
    /// Number of weights; further variables stand behind them.
    n: usize,
    /// Names of the two sides of the first rows; rows behind them belong to the objective.
    names: Vec<(Limit, Limit)>,
    /// Names of the bounds.
    floors: Vec<Limit>,
    ceilings: Vec<Limit>,
    causes: Option<Vec<Limit>>,
    steps: usize,
    /// Where the rows were at the end of the last solve that was warm.
    rows: Vec<RowPlace>,
}

impl Task {
    /// A task over the weights of `limits` and `more` free variables behind them, with `further` limits of the objective.
    ///
    /// # Errors
    /// The answer, where the limits leave no room.
    pub(super) fn new(limits: &Limits, further: &[(Row, Limit, Limit)], more: usize) -> Result<Task, Solution> {
        let n = limits.len();
        if n == 0 {
            return Err(Solution::nothing(0, Status::Undefined(Nothing::Empty)));
        }
        let mut limits = limits.clone();
        let (start, causes) = match limits.room(further) {
            Room::Some(point) => (point, None),
            Room::Capped { total, point, causes } => {
                // All that fits, less rounding, or the programme would be infeasible by a unit in the last place.
                limits.total_low = total - 1e-13 * total.abs();
                (point, Some(causes))
            }
            Room::None { conflicts, relaxation } => {
                return Err(Solution::nothing(n, Status::Infeasible { conflicts, relaxation }));
            }
        };
        let wide = n + more;
        let (mut low, mut high) = limits.bounds();
        low.resize(wide, f64::NEG_INFINITY);
        high.resize(wide, f64::INFINITY);
        let mut programme = Programme::new(vec![0.0; wide * wide], vec![0.0; wide], low, high);
        let mut names = Vec::new();
        for (row, below, above) in limits.rows(0.0).into_iter().chain(further.iter().cloned()) {
            programme.rows.push(widened(row, wide));
            names.push((below, above));
        }
        let mut centre = limits.previous.clone();
        centre.resize(wide, 0.0);
        programme.centre = centre;
        let mut point = start;
        point.resize(wide, 0.0);
        let (floors, ceilings) = (0..n).map(|i| (limits.floor(i).1, limits.ceiling(i).1)).unzip();
        Ok(Task { programme, start: point, n, names, floors, ceilings, causes, steps: 0, rows: Vec::new() })
    }

    /// Sets the quadratic form and the proximal weights that go with it.
    pub(super) fn set_quadratic(&mut self, quadratic: Vec<f64>) {
        self.programme.quadratic = quadratic;
    }

    /// Adds linear costs around the weights held now.
    pub(super) fn add_costs(&mut self, costs: &Costs, previous: &[f64]) {
        for (i, slope) in costs.linear.iter().enumerate() {
            self.programme.kinks[i].push(Kink { at: previous[i], slope: *slope });
        }
    }

    /// Solves the programme as it stands, beginning where the last one ended.
    ///
    /// The limits cost a thousand times the objective's scale; where a multiplier is larger than that, more.
    pub(super) fn solve(&mut self) -> Outcome {
        self.programme.proximity = Programme::proximity_of(&self.programme.quadratic, &self.programme.linear);
        self.solve_held()
    }

    /// As [`Task::solve_held`], beginning with the rows that the last such solve held; for programmes that grow by a few rows a time.
    pub(super) fn solve_on(&mut self) -> Outcome {
        let outcome = self.solve_with(true);
        self.rows.clone_from(&outcome.rows);
        outcome
    }

    /// Takes rows of the objective away, those behind the limits for which `keep` is false, from 0.
    pub(super) fn keep_rows(&mut self, keep: impl Fn(usize) -> bool) {
        let first = self.names.len();
        let stays = |row: usize| row < first || keep(row - first);
        let (mut programme, mut place) = (0.., 0..);
        self.programme.rows.retain(|_| programme.next().is_some_and(stays));
        self.rows.retain(|_| place.next().is_some_and(stays));
    }

    /// As [`Task::solve`], with the proximal weights as they are.
    pub(super) fn solve_held(&mut self) -> Outcome {
        self.solve_with(false)
    }

    fn solve_with(&mut self, warm: bool) -> Outcome {
        let scale = self.programme.scale();
        let mut outcome = None;
        for power in [1e3, 1e6, 1e9] {
            for row in &mut self.programme.rows[..self.names.len()] {
                row.price = power * scale;
            }
            let held = if warm { self.rows.as_slice() } else { &[] };
            let next = active_set::solve_from(&self.programme, &self.start, held);
            self.steps += next.steps;
            let broken = self.programme.rows[..self.names.len()].iter().any(|row| row.excess(&next.x) > 1e-11);
            let over = !broken || next.ending == Ending::NotConvex;
            self.start.clone_from(&next.x);
            outcome = Some((next, broken));
            if over {
                break;
            }
        }
        match outcome {
            // The gap is the judge: steps used up at an optimum that is proven are no harm, and an end without proof is no optimum.
            Some((mut outcome, false)) => {
                outcome.ending = match outcome.ending {
                    Ending::NotConvex => Ending::NotConvex,
                    _ if outcome.gap <= 1e-9 * scale => Ending::Optimal,
                    _ => Ending::Stalled,
                };
                outcome
            }
            Some((mut outcome, true)) => {
                if outcome.ending == Ending::Optimal {
                    outcome.ending = Ending::Stalled;
                }
                outcome
            }
            None => active_set::solve(&self.programme, &self.start),
        }
    }

    /// The answer of an outcome; `further` are prices of limits outside the programme.
    pub(super) fn answer(&self, outcome: &Outcome, objective: impl Fn(&[f64]) -> f64, further: &[Priced]) -> Solution {
        if outcome.ending == Ending::NotConvex {
            return Solution::nothing(self.n, Status::NotConvex);
        }
        let mut weights = self.shaved(outcome);
        // A maximum that keeps money in cash holds in every answer; rounding of the proximal steps is taken off it.
        for cause in self.causes.iter().flatten() {
            if let Limit::Maximum(i) = cause {
                weights[*i] = self.programme.high[*i];
            }
        }
        let status = match (&self.causes, outcome.ending) {
            (_, Ending::Stalled) => Status::Stalled,
            (Some(causes), _) => Status::Capped { causes: causes.clone() },
            (None, _) => Status::Optimal,
        };
        let mut binding = further.to_vec();
        binding.extend(self.prices(outcome));
        Solution { objective: objective(&weights), weights, status, binding, gap: outcome.gap, steps: self.steps }
    }

    /// What binds, at which price.
    fn prices(&self, outcome: &Outcome) -> Vec<Priced> {
        let least = 1e-12 * self.programme.scale();
        let mut binding = Vec::new();
        for ((below, above), price) in self.names.iter().zip(&outcome.prices) {
            if price.abs() > least {
                binding.push(Priced { limit: if *price < 0.0 { *below } else { *above }, amount: price.abs() });
            }
        }
        for i in 0..self.n {
            let slope = outcome.slopes[i];
            let Place::At(boundary) = outcome.places[i] else { continue };
            if self.programme.low[i] == outcome.x[i] && boundary == 0 && slope > least {
                binding.push(Priced { limit: self.floors[i], amount: slope });
            } else if self.programme.high[i] == outcome.x[i] && slope < -least {
                binding.push(Priced { limit: self.ceilings[i], amount: -slope });
            }
        }
        binding
    }

    /// The weights, with sums above a limit by rounding brought below it: a limit is hard to the last bit.
    fn shaved(&self, outcome: &Outcome) -> Vec<f64> {
        let mut weights = outcome.x[..self.n].to_vec();
        for row in &self.programme.rows[..self.names.len()] {
            if let Some((from, weight)) = &row.distance {
                self.nearer(&mut weights, from, weight, row);
                continue;
            }
            if row.coefficients.iter().any(|c| *c != 0.0 && *c != 1.0) {
                continue;
            }
            for _ in 0..8 {
                let members = || (0..self.n).filter(|i| row.coefficients[*i] == 1.0);
                let excess = math::sum(members().map(|i| weights[i])) - row.high;
                if excess <= 0.0 {
                    break;
                }
                // From the one with most room above its least value.
                let room = |i: usize| weights[i] - self.programme.low[i];
                let Some(most) = members().max_by(|a, b| room(*a).total_cmp(&room(*b)).then(b.cmp(a))) else { break };
                let less = (weights[most] - excess).min(weights[most].next_down()).max(self.programme.low[most]);
                weights[most] = less;
            }
        }
        // Minus zero would be written as zero but hash as itself.
        for weight in &mut weights {
            *weight += 0.0;
        }
        weights
    }
}

impl Task {
    /// Brings a distance above its limit by rounding below it: what lies farthest above its start comes nearer.
    fn nearer(&self, weights: &mut [f64], from: &[f64], weight: &[f64], row: &Row) {
        for _ in 0..8 {
            let far = |i: usize| weight[i] * (weights[i] - from[i]);
            let excess = math::sum((0..self.n).map(|i| far(i).abs())) - row.high;
            if excess <= 0.0 {
                return;
            }
            let Some(most) = (0..self.n).max_by(|a, b| far(*a).total_cmp(&far(*b)).then(b.cmp(a))) else { return };
            if far(most) <= excess {
                return;
            }
            let less = (weights[most] - excess).min(weights[most].next_down());
            weights[most] = less.max(self.programme.low[most]);
        }
    }
}

/// A row over more variables, which do not enter it.
fn widened(mut row: Row, wide: usize) -> Row {
    row.coefficients.resize(wide, 0.0);
    if let Some((from, weight)) = &mut row.distance {
        from.resize(wide, 0.0);
        weight.resize(wide, 0.0);
    }
    row
}
