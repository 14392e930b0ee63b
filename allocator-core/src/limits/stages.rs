//! Position limits, stage by stage: gross, net, each asset, turnover, and gross and net once more (R13).
//!
//! 1. Σ\|w\| ≤ G: all weights times G/Σ\|w\|.
//! 2. \|Σw\| ≤ N: all weights times N/\|Σw\|.
//! 3. Each w clipped to its lowest and highest.
//! 4. T = Σ\|w − p\| ≤ τ, p the positions held: w = p + τ/T·(w − p).
//! 5. What 3 and 4 broke again (clipping one side moves the net; positions held may lie outside their bounds) is mended toward zero:
//!    clipped, then scaled.
//!
//! **Conventions.** A position held that is no target any more has the target 0: it counts in the turnover and is closed as far as the
//! turnover allows. Gross, net and bounds are hard, to the last bit; where they and the turnover cannot all hold, the turnover gives way,
//! because reducing risk always may. Signs of targets never flip by scaling; a position may pass through zero on its way from p to w.

use crate::config::position_limits::PositionLimitsConfig;
use crate::math;
use crate::wire::choice;
use serde::Serialize;

choice! {
    /// A stage of the limits.
    pub enum Stage {
        /// Sum of absolute weights.
        Gross = "gross",
        /// Sum of weights.
        Net = "net",
        /// Weight of each asset.
        Bounds = "bounds",
        /// Sum of absolute changes.
        Turnover = "turnover",
        /// Bounds, gross and net once more, toward zero.
        Recheck = "recheck",
    }
}

/// What a stage did.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StageReport {
    /// Whether it changed anything.
    pub binds: bool,
    /// Σ|w| after it.
    pub gross: f64,
    /// Σw after it.
    pub net: f64,
    /// The stage.
    pub stage: Stage,
    /// Σ|w − p| after it.
    pub turnover: f64,
}

/// Weights within their limits, and how they got there.
#[derive(Clone, Debug, PartialEq)]
pub struct Limited {
    /// Weights, in the order of the targets.
    pub weights: Vec<f64>,
    /// What each stage did.
    pub stages: Vec<StageReport>,
    /// Whether the turnover gave way to gross, net or bounds.
    pub turnover_exceeded: bool,
}

fn gross(weights: &[f64]) -> f64 {
    math::sum(weights.iter().map(|weight| weight.abs()))
}

fn net(weights: &[f64]) -> f64 {
    math::sum(weights.iter().copied())
}

fn turnover(weights: &[f64], held: &[f64]) -> f64 {
    math::sum(weights.iter().zip(held).map(|(weight, held)| (weight - held).abs()))
}

/// Scales until a measure is within its limit, to the last bit; answers whether it had to.
fn scale_within(weights: &mut [f64], most: Option<f64>, measure: fn(&[f64]) -> f64) -> bool {
    let Some(most) = most else { return false };
    let now = measure(weights).abs();
    if now <= most {
        return false;
    }
    let mut factor = most / now;
    let before = weights.to_vec();
    // Rounding can leave a last bit too much; a factor one bit smaller takes it away.
    for _ in 0..64 {
        for (weight, before) in weights.iter_mut().zip(&before) {
            *weight = before * factor;
        }
        if measure(weights).abs() <= most {
            return true;
        }
        factor = factor.next_down();
    }
    weights.fill(0.0);
    true
}

/// Brings target weights within the limits; `held` are the present positions, zero where there is none.
pub fn limit(target: &[f64], held: &[f64], limits: &PositionLimitsConfig) -> Limited {
    let mut weights = target.to_vec();
    let mut stages = Vec::with_capacity(5);
    let mut note = |stage: Stage, binds: bool, weights: &[f64]| {
        let (gross, net, turnover) = (gross(weights), net(weights), turnover(weights, held));
        stages.push(StageReport { binds, gross, net, stage, turnover });
    };
    let binds = scale_within(&mut weights, limits.gross_max, gross);
    note(Stage::Gross, binds, &weights);
    let binds = scale_within(&mut weights, limits.net_max, net);
    note(Stage::Net, binds, &weights);
    let binds = clip(&mut weights, limits);
    note(Stage::Bounds, binds, &weights);
    let binds = slow_down(&mut weights, held, limits.turnover_max);
    note(Stage::Turnover, binds, &weights);
    let mut binds = clip(&mut weights, limits);
    binds |= scale_within(&mut weights, limits.gross_max, gross);
    binds |= scale_within(&mut weights, limits.net_max, net);
    note(Stage::Recheck, binds, &weights);
    let turnover_exceeded = limits.turnover_max.is_some_and(|most| turnover(&weights, held) > most);
    Limited { weights, stages, turnover_exceeded }
}

fn clip(weights: &mut [f64], limits: &PositionLimitsConfig) -> bool {
    let mut binds = false;
    for weight in weights {
        let clipped = weight.max(limits.weight_min).min(limits.weight_max);
        binds |= clipped != *weight;
        *weight = clipped;
    }
    binds
}

/// Goes only so far from the positions held as the turnover allows.
fn slow_down(weights: &mut [f64], held: &[f64], most: Option<f64>) -> bool {
    let Some(most) = most else { return false };
    let now = turnover(weights, held);
    if now <= most {
        return false;
    }
    let target = weights.to_vec();
    let mut share = most / now;
    for _ in 0..64 {
        for ((weight, target), held) in weights.iter_mut().zip(&target).zip(held) {
            *weight = held + share * (target - held);
        }
        if turnover(weights, held) <= most {
            return true;
        }
        share *= 1.0 - 1e-15;
    }
    weights.copy_from_slice(held);
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(target: &[f64], held: &[f64], limits: &PositionLimitsConfig) -> Limited {
        limit(target, held, limits)
    }

    #[test]
    fn stage_by_stage_by_hand() {
        let limits = PositionLimitsConfig { turnover_max: None, ..PositionLimitsConfig::default() };
        // Gross 5 to 2: 0.8, −0.8, 0.4.
        assert_eq!(run(&[2.0, -2.0, 1.0], &[0.0; 3], &limits).weights, [0.8, -0.8, 0.4]);
        // Net 1.8 to 1.
        assert_eq!(run(&[0.9, 0.9], &[0.0; 2], &limits).weights, [0.5, 0.5]);
        // From −0.5, 0.5 to 0.5, −0.5 is a turnover of 2; a quarter of the way.
        let slow = PositionLimitsConfig::default();
        assert_eq!(run(&[0.5, -0.5], &[-0.5, 0.5], &slow).weights, [-0.25, 0.25]);
    }

    #[test]
    fn clipping_one_side_cannot_break_the_net() {
        let limits = PositionLimitsConfig {
            gross_max: Some(4.0),
            weight_min: -0.5,
            turnover_max: None,
            ..PositionLimitsConfig::default()
        };
        let limited = run(&[0.8, 0.8, -1.6], &[0.0; 3], &limits);
        assert!(net(&limited.weights) <= 1.0 && limited.stages[4].binds, "{limited:?}");
    }

    #[test]
    fn a_position_that_is_no_target_counts_and_is_closed() {
        // b is held at 0.4 and no target: the turnover of 0.5 closes it and builds a, half of the way.
        let limits = PositionLimitsConfig { turnover_max: Some(0.5), ..PositionLimitsConfig::default() };
        let limited = run(&[0.6, 0.0], &[0.0, 0.4], &limits);
        assert!((limited.weights[0] - 0.3).abs() < 1e-15 && (limited.weights[1] - 0.2).abs() < 1e-15);
    }

    #[test]
    fn risk_limits_go_before_turnover() {
        // 1.5 is held where 0.8 is the most, and nothing may be traded: it is cut to 0.8 all the same.
        let limits = PositionLimitsConfig { turnover_max: Some(0.0), ..PositionLimitsConfig::default() };
        let limited = run(&[0.1], &[1.5], &limits);
        assert_eq!(limited.weights, [0.8]);
        assert!(limited.turnover_exceeded);
    }

    #[test]
    fn limits_hold_to_the_last_bit() {
        let mut random = crate::stats::random::SplitMix64::new(4);
        let mut number = || 4.0 * random.unit() - 2.0;
        for _ in 0..20_000 {
            let target: Vec<f64> = (0..7).map(|_| number()).collect();
            let held: Vec<f64> = (0..7).map(|_| 0.3 * number()).collect();
            let limits = PositionLimitsConfig {
                gross_max: Some(0.1 + number().abs()),
                net_max: Some(0.05 + 0.3 * number().abs()),
                turnover_max: Some(number().abs()),
                ..PositionLimitsConfig::default()
            };
            let limited = run(&target, &held, &limits);
            assert!(gross(&limited.weights) <= limits.gross_max.unwrap());
            assert!(net(&limited.weights).abs() <= limits.net_max.unwrap());
            assert!(limited.weights.iter().all(|weight| (-0.8..=0.8).contains(weight)));
            assert!(limited.turnover_exceeded || turnover(&limited.weights, &held) <= limits.turnover_max.unwrap());
        }
    }
}
