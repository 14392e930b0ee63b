//! Drawdown-based allocation: score sᵢ = 1/(1 + `|DDᵢ|`), wᵢ = sᵢ/Σsⱼ, with a bonus for recovery and a cut beyond a threshold.
//!
//! `DDᵢ` is the current drawdown. Source: recorded system 002, whose reading is preset 002 (no threshold, bonus at the peak only).
//!
//! **Conventions.** At the peak after a drawdown `recovery_bonus` is added to the score. On the way back, with `recovery_bonus_rule: scaled`,
//! so is the part of it that is recovered: `bonus·(1 − DD/DDmin)`, `DDmin` the deepest point of the drawdown that is going on. Strictly beyond
//! `max_drawdown_threshold` a strategy is cut to its minimum. A history that never lost has a drawdown of 0. Fewer than
//! `min_observations` returns and no given figure: unknown, or with `short_history: stand_in` what there is (nothing is a drawdown of 0).

use super::{Algorithm, Input, Proposal, Score};
use crate::config::capital::{RecoveryBonus, ShortHistory};
use crate::stats::Unknown;
use crate::stats::drawdown::{drawdown_curve, wealth_curve};

/// Less to strategies in drawdown.
pub struct DrawdownBased;

/// Where a strategy stands: zero or negative fractions.
struct Standing {
    current: f64,
    /// Deepest point of the drawdown that is going on, or of all history at a peak.
    deepest: f64,
    n: Option<u32>,
}

fn standing(input: &Input<'_>, i: usize) -> Result<Standing, Unknown> {
    let given = input.market.given(i);
    if let Some(current) = given.current_drawdown {
        let current = current.min(0.0);
        return Ok(Standing { current, deepest: given.max_drawdown.unwrap_or(current).min(current), n: None });
    }
    let window = input.window(i);
    let short = window.len() < input.config.min_observations as usize;
    if short && input.config.short_history == ShortHistory::Unknown {
        return Err(Unknown::InsufficientHistory);
    }
    let curve = drawdown_curve(&wealth_curve(window));
    let current = curve.last().copied().unwrap_or_default();
    let since = if current < 0.0 { curve.iter().rposition(|depth| *depth >= 0.0).unwrap_or(0) } else { 0 };
    let deepest = curve[since..].iter().fold(0.0_f64, |least, depth| least.min(*depth));
    Ok(Standing { current, deepest, n: Some(window.len() as u32) })
}

impl Algorithm for DrawdownBased {
    fn propose(&self, input: &Input<'_>) -> Proposal {
        let settings = &input.config.drawdown;
        let mut notes = Vec::new();
        let mut one = |i: usize| {
            let Standing { current, deepest, n } = match standing(input, i) {
                Ok(standing) => standing,
                Err(why) => return Score::unknown(why),
            };
            let depth = -current;
            let mut score = 1.0 / (1.0 + depth);
            if settings.max_drawdown_threshold.is_some_and(|threshold| depth > threshold) {
                notes.push(format!(
                    "{} is {:.1} % below its peak, beyond the threshold, and cut to its minimum.",
                    input.market.names()[i],
                    depth * 100.0
                ));
                score = 0.0;
            } else if deepest < 0.0 {
                let recovered = match settings.recovery_bonus_rule {
                    RecoveryBonus::Scaled => 1.0 - current / deepest,
                    RecoveryBonus::AtPeak => f64::from(u8::from(current >= 0.0)),
                };
                score += settings.recovery_bonus * recovered;
            }
            Score::measured(score, "current_drawdown", current, n)
        };
        let scores = (0..input.count()).map(&mut one).collect();
        Proposal { notes, ..Proposal::proportions(scores) }
    }

    fn sentence(&self) -> &'static str {
        "Strategies near their peak get more; the deeper a drawdown, the less."
    }
}
