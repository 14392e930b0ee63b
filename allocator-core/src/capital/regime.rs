//! Regime-adaptive allocation: another method for each state of the market (K6).
//!
//! The market is the mean return of all known strategies, day by day. With windows of w days: **bear** where the drawdown is at or beyond
//! `drawdown` or the compounded return at or below −`trend`; else **high volatility** where at least `volatility_percentile` of the
//! volatilities so far are below today's; else **bull** where the return is at or above `trend`; else **sideways**. A new state counts
//! once it was seen `confirm` days in a row, but a worse one (sideways and bull < high volatility < bear) at once: de-risking does
//! not wait.
//!
//! **Conventions.** Thresholds are inclusive. Each day's state is found from that day and those before it, never from later ones. Fewer than
//! w days: no state, which is unknown and not calm. With `transition` of n days the weights of the old and the new method are mixed,
//! the new one's part growing by 1/n a day. `detector: risk` takes the regime from the request instead.

use super::{Algorithm, Deploy, Input, Proposal, Score, algorithm};
use crate::config::capital::{CapitalMethod, Detector, MarketRegime, RegimeConfig};
use crate::math;
use crate::stats::{Unknown, standard_deviation};

/// Another method for each regime.
pub struct RegimeAdaptive;

/// The state of a day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RegimePoint {
    /// What the thresholds say.
    pub seen: MarketRegime,
    /// What counts, after confirmation.
    pub regime: MarketRegime,
}

/// How much a state asks for caution.
fn severity(regime: MarketRegime) -> u8 {
    match regime {
        MarketRegime::Sideways | MarketRegime::Bull => 0,
        MarketRegime::HighVolatility => 1,
        MarketRegime::Bear => 2,
    }
}

/// The states of the days from number `window` on, oldest first.
pub fn regimes(market: &[f64], settings: &RegimeConfig) -> Vec<RegimePoint> {
    let width = settings.window as usize;
    let mut points: Vec<RegimePoint> = Vec::new();
    let mut volatilities: Vec<f64> = Vec::new();
    let (mut wealth, mut peak) = (1.0_f64, 1.0_f64);
    let (mut candidate, mut run) = (MarketRegime::Sideways, 0);
    for t in 0..market.len() {
        wealth *= 1.0 + market[t];
        peak = peak.max(wealth);
        if t + 1 < width {
            continue;
        }
        let window = &market[t + 1 - width..=t];
        let trend = window.iter().fold(1.0, |growth, r| growth * (1.0 + r)) - 1.0;
        let volatility = standard_deviation(window, 1).unwrap_or(0.0);
        let below = volatilities.iter().filter(|past| **past < volatility).count() as f64;
        // Its own history must be as long as a window before a percentile of it means anything.
        let unrest = volatilities.len() >= width && below >= settings.volatility_percentile * volatilities.len() as f64;
        volatilities.push(volatility);
        let seen = if 1.0 - wealth / peak >= settings.drawdown || trend <= -settings.trend {
            MarketRegime::Bear
        } else if unrest {
            MarketRegime::HighVolatility
        } else if trend >= settings.trend {
            MarketRegime::Bull
        } else {
            MarketRegime::Sideways
        };
        run = if seen == candidate { run + 1 } else { 1 };
        candidate = seen;
        let regime = match points.last() {
            None => seen,
            Some(last) if severity(seen) > severity(last.regime) || run >= settings.confirm => seen,
            Some(last) => last.regime,
        };
        points.push(RegimePoint { seen, regime });
    }
    points
}

impl Algorithm for RegimeAdaptive {
    fn propose(&self, input: &Input<'_>) -> Proposal {
        let settings = &input.config.regime;
        let (regime, mix) = match settings.detector {
            Detector::Risk => match input.regime {
                Some(regime) => (regime, None),
                None => return Proposal::unknown(input.count(), Unknown::InsufficientHistory),
            },
            Detector::Market => {
                let joint = match input.market.joint() {
                    Ok(joint) => joint,
                    Err(why) => return Proposal::unknown(input.count(), why),
                };
                let market: Vec<f64> = (0..joint.dates.len())
                    .map(|t| math::sum(joint.columns.iter().map(|column| column[t])) / joint.columns.len() as f64)
                    .collect();
                let points = regimes(&market, settings);
                let Some(last) = points.last() else {
                    return Proposal::unknown(input.count(), Unknown::InsufficientHistory);
                };
                (last.regime, transition(&points, settings))
            }
        };
        let method = settings.method_of(regime);
        let mut proposal = propose_as(input, method);
        proposal.notes.insert(0, format!("The regime is {}, its method {}.", regime.as_str(), method.as_str()));
        if let Some((before, share)) = mix.filter(|(before, _)| settings.method_of(*before) != method) {
            let old_method = settings.method_of(before);
            let old = propose_as(input, old_method);
            proposal = mixed(&old, &proposal, share, input.limits.total);
            proposal.notes.push(format!(
                "It was {} before, and {:.0} % of the way to the new weights are gone.",
                before.as_str(),
                share * 100.0
            ));
        }
        proposal
    }

    fn sentence(&self) -> &'static str {
        "The state of the market decides which method splits the capital."
    }
}

fn propose_as(input: &Input<'_>, method: CapitalMethod) -> Proposal {
    let inner = Input { method, market: input.market, config: input.config, limits: input.limits, regime: input.regime };
    algorithm(method).propose(&inner)
}

/// The regime before the current one, and how far the transition has come; `None` where it is over.
fn transition(points: &[RegimePoint], settings: &RegimeConfig) -> Option<(MarketRegime, f64)> {
    let now = points.last()?.regime;
    let since = points.iter().rev().take_while(|point| point.regime == now).count();
    let before = points.len().checked_sub(since + 1).map(|place| points[place].regime)?;
    ((since as u64) < u64::from(settings.transition)).then(|| (before, since as f64 / f64::from(settings.transition)))
}

/// What a proposal wants for each strategy, as fractions of the capital of which `total` may be placed.
fn wanted(proposal: &Proposal, total: f64) -> Vec<f64> {
    let bases = || proposal.scores.iter().map(|score| score.base);
    let sum = math::sum(bases());
    let most = match (&proposal.placed, proposal.deploy) {
        (Some(placed), _) => math::sum(placed.weights.iter().copied()).min(sum),
        (None, Deploy::All) => total,
        (None, Deploy::UpTo(plan)) => plan.min(total),
        (None, Deploy::Sizes) => sum.min(total),
    };
    bases().map(|base| if sum > 0.0 { base / sum * most } else { 0.0 }).collect()
}

/// Sizes between two proposals; what either does not know stays unknown. Where both place everything, so does the mixture.
fn mixed(old: &Proposal, new: &Proposal, share: f64, total: f64) -> Proposal {
    let (before, after) = (wanted(old, total), wanted(new, total));
    let scores: Vec<Score> = (0..after.len())
        .map(|i| Score {
            base: (1.0 - share) * before[i] + share * after[i],
            unknown: new.scores[i].unknown.or(old.scores[i].unknown),
            ..new.scores[i].clone()
        })
        .collect();
    let left = total - math::sum(scores.iter().map(|score| score.base));
    let deploy = if left > 1e-12 { Deploy::Sizes } else { Deploy::All };
    Proposal { scores, deploy, floor: old.floor.min(new.floor), placed: None, notes: new.notes.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> RegimeConfig {
        RegimeConfig { window: 4, confirm: 3, trend: 0.03, drawdown: 0.10, ..RegimeConfig::default() }
    }

    #[test]
    fn worse_at_once_and_better_when_confirmed() {
        // Four calm days, then -6 % in one (a trend of -6 %: bear at once), then +2 % a day.
        let mut market = vec![0.0, 0.001, 0.0, 0.001, -0.06];
        market.extend([0.02; 8]);
        let points = regimes(&market, &settings());
        assert_eq!(points[0].regime, MarketRegime::Sideways);
        assert_eq!(points[1].regime, MarketRegime::Bear);
        // The first day on which the thresholds see a bull is not yet one; the third in a row is.
        let first = points.iter().position(|point| point.seen == MarketRegime::Bull).unwrap();
        assert_ne!(points[first].regime, MarketRegime::Bull);
        assert_eq!(points[first + 2].regime, MarketRegime::Bull);
    }

    #[test]
    fn thresholds_are_inclusive_and_days_to_come_do_not_matter() {
        // One loss of exactly the drawdown.
        let market = [0.0, 0.0, 0.0, -0.125, 0.3];
        let settings = RegimeConfig { drawdown: 0.125, trend: 0.5, ..settings() };
        assert_eq!(regimes(&market, &settings)[0].seen, MarketRegime::Bear);
        assert_eq!(regimes(&market, &settings)[0], regimes(&market[..4], &settings)[0]);
        assert!(regimes(&market[..3], &settings).is_empty());
    }

    fn proposal(bases: &[f64], deploy: Deploy) -> Proposal {
        let scores = bases.iter().map(|base| Score::weighs(*base)).collect();
        Proposal { scores, deploy, floor: 0.0, placed: None, notes: Vec::new() }
    }

    #[test]
    fn a_mixture_keeps_what_either_leaves_in_cash() {
        let bases = |mixture: &Proposal| mixture.scores.iter().map(|score| score.base).collect::<Vec<_>>();
        // Half way from Kelly's sizes of 0.2 and 0.1 to everything in equal parts: (0.2 + 0.5)/2 and (0.1 + 0.5)/2, and 0.35 is cash.
        let mixture = mixed(&proposal(&[0.2, 0.1], Deploy::Sizes), &proposal(&[3.0, 3.0], Deploy::All), 0.5, 1.0);
        assert_eq!(mixture.deploy, Deploy::Sizes);
        for (base, expected) in bases(&mixture).iter().zip([0.35, 0.3]) {
            assert!((base - expected).abs() < 1e-15, "{mixture:?}");
        }
        // Both place everything: so does the mixture, and a cap hands on.
        let mixture = mixed(&proposal(&[1.0, 0.0], Deploy::All), &proposal(&[3.0, 3.0], Deploy::All), 0.5, 0.8);
        assert_eq!(mixture.deploy, Deploy::All);
        assert!((bases(&mixture)[0] - 0.6).abs() < 1e-15);
    }
}
