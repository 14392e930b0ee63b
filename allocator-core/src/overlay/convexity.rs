//! Convexity overlay: protection bought while the regime is STRESS or worse, within a budget, and kept only if the tail improves (R12).
//!
//! Each piece is a put on the portfolio's own value, at a strike k = 1 − (share out of the money) of today's value and expiring after
//! h days. Its price per unit of notional, at a value v of the portfolio since purchase, follows Black and Scholes (1973) without interest,
//! on the last 20-day volatility plus a loading: p = k·Φ(−d₂) − v·Φ(−d₁), d₁ = (ln(v/k) + ½s²)/s, d₂ = d₁ − s, s = σ·√(days left/252); at
//! expiry max(0, k − v). The notional is what budget·h/252 buys, at most 1. A new piece is bought on a date whose regime, known the day before, is
//! STRESS or worse and while no other is alive. It is a model, not a quote: skew, jumps and liquidity in a crisis are in the loading or
//! nowhere.
//!
//! **Conventions.** A piece is marked to its price every day, at the volatility it was bought at, and the change enters the day's return;
//! one alive at the end is worth its price then. The overlay is adopted only where mean tail return, maximum drawdown and worst month
//! all improve.

use super::interval::tail_mean;
use super::pass::Pass;
use super::regime::RegimeDay;
use super::state::StateRow;
use super::tables::regime_at;
use crate::config::audit::ConvexityConfig;
use crate::config::risk::Regime;
use crate::math;
use crate::stats::drawdown::{drawdowns, wealth_curve};
use crate::stats::worst_period::{CalendarPeriod, worst_period};
use crate::units::UnixNanos;
use serde::Serialize;

/// One piece of protection.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Protection {
    /// When it was bought.
    pub bought: UnixNanos,
    /// When it ended.
    pub expired: UnixNanos,
    /// Share of equity it is on.
    pub notional: f64,
    /// What it was worth when it ended, as a fraction of equity.
    pub payoff: f64,
    /// What it cost, as a fraction of equity.
    pub premium: f64,
    /// Volatility it was priced at, a year.
    pub volatility: f64,
}

/// The overlay's cost and benefit.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ConvexityReport {
    /// Whether all three tail figures improve; otherwise it stays off.
    pub adopted: bool,
    /// Mean return of the worst days, without and with.
    pub cvar: [Option<f64>; 2],
    /// Maximum drawdown, without and with.
    pub max_drawdown: [Option<f64>; 2],
    /// Why it is not adopted; empty where it is.
    pub note: String,
    /// Payoffs, a year.
    pub payoff: f64,
    /// Every piece.
    pub pieces: Vec<Protection>,
    /// Premiums, a year.
    pub premium: f64,
    /// Returns on the dates of the scaled pass: with the overlay where it is adopted, else those of the pass, since it is off.
    pub returns: Vec<f64>,
    /// Worst month, without and with.
    pub worst_month: [Option<f64>; 2],
}

/// Price of a put per unit of notional: value v, strike k, total deviation s.
fn put_price(v: f64, k: f64, s: f64) -> f64 {
    if s <= 0.0 || v <= 0.0 {
        return (k - v).max(0.0);
    }
    let d1 = (math::ln(v / k) + 0.5 * s * s) / s;
    (k * math::normal_cdf(s - d1) - v * math::normal_cdf(-d1)).max(0.0)
}

/// A piece that has not expired.
struct Alive {
    piece: Protection,
    /// Value of the portfolio since purchase.
    value: f64,
    /// Price at the last mark.
    price: f64,
    left: u32,
}

/// Lays the overlay over a pass.
pub fn overlay(pass: &Pass, states: &[StateRow], regimes: &[RegimeDay], config: &ConvexityConfig) -> ConvexityReport {
    let strike = 1.0 - config.out_of_the_money;
    let year = f64::from(config.horizon) / 252.0;
    let mut alive: Option<Alive> = None;
    let mut pieces = Vec::new();
    let mut returns = Vec::with_capacity(pass.returns.len());
    for (i, (&date, &r)) in pass.dates.iter().zip(&pass.returns).enumerate() {
        let mut extra = 0.0;
        if alive.is_none()
            && let Some(volatility) = i.checked_sub(1).and_then(|before| gate(pass.dates[before], states, regimes))
        {
            let implied = volatility * (1.0 + config.loading);
            let price = put_price(1.0, strike, implied * year.sqrt());
            if price > 0.0 {
                let notional = (config.budget * year / price).min(1.0);
                let piece = Protection {
                    bought: date,
                    expired: date,
                    notional,
                    payoff: 0.0,
                    premium: notional * price,
                    volatility: implied,
                };
                alive = Some(Alive { piece, value: 1.0, price, left: config.horizon });
            }
        }
        if let Some(one) = &mut alive {
            one.value *= 1.0 + r;
            one.left -= 1;
            let price = put_price(one.value, strike, one.piece.volatility * (f64::from(one.left) / 252.0).sqrt());
            extra += one.piece.notional * (price - one.price);
            one.price = price;
            one.piece.expired = date;
            if one.left == 0 || i + 1 == pass.dates.len() {
                one.piece.payoff = one.piece.notional * price;
                pieces.push(one.piece.clone());
                alive = None;
            }
        }
        returns.push((r + extra).max(-0.999_999));
    }
    report(pass, returns, pieces, config)
}

/// The volatility to price with, if the regime known at a date asks for protection.
fn gate(date: UnixNanos, states: &[StateRow], regimes: &[RegimeDay]) -> Option<f64> {
    let regime = regime_at(regimes, date)?.regime?;
    if regime < Regime::Stress {
        return None;
    }
    let after = states.partition_point(|row| row.date <= date);
    states[..after].iter().rev().take(10).find_map(|row| row.features[0].ok())
}

fn report(pass: &Pass, returns: Vec<f64>, pieces: Vec<Protection>, config: &ConvexityConfig) -> ConvexityReport {
    let both = [&pass.returns, &returns];
    let cvar = both.map(|returns| tail_mean(returns, config.cvar_level));
    let max_drawdown = both.map(|returns| drawdowns(&wealth_curve(returns)).map(|falls| falls.max));
    let worst_month = both.map(|returns| worst_period(&pass.dates, returns, CalendarPeriod::Month).ok().map(|(value, _)| value));
    let better = |pair: [Option<f64>; 2]| matches!(pair, [Some(without), Some(with)] if with > without);
    let failing: Vec<&str> = [("cvar", cvar), ("max_drawdown", max_drawdown), ("worst_month", worst_month)]
        .into_iter()
        .filter(|(_, pair)| !better(*pair))
        .map(|(name, _)| name)
        .collect();
    let years = (pass.returns.len() as f64 / 252.0).max(f64::MIN_POSITIVE);
    ConvexityReport {
        adopted: failing.is_empty(),
        cvar,
        max_drawdown,
        note: if failing.is_empty() { String::new() } else { format!("off: no better in {}", failing.join(", ")) },
        payoff: math::sum(pieces.iter().map(|piece| piece.payoff)) / years,
        premium: math::sum(pieces.iter().map(|piece| piece.premium)) / years,
        pieces,
        returns: if failing.is_empty() { returns } else { pass.returns.clone() },
        worst_month,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::overlay::scalar::given_regimes;
    use crate::stats::Unknown;

    fn day(i: usize) -> UnixNanos {
        UnixNanos::from_days(18_262 + i as i64).unwrap()
    }

    fn pass(returns: &[f64]) -> Pass {
        let n = returns.len();
        Pass {
            dates: (0..n).map(day).collect(),
            returns: returns.to_vec(),
            decided_at: vec![UnixNanos(0); n],
            traded: vec![0.0; n],
            unpriced: 0,
        }
    }

    fn states(n: usize) -> Vec<StateRow> {
        let mut features = [Err(Unknown::InsufficientHistory); 10];
        features[0] = Ok(0.2);
        (0..n).map(|i| StateRow { date: day(i), features }).collect()
    }

    #[test]
    fn a_put_has_the_textbook_price() {
        // At the money with s = 0.2: 2Φ(0.1) − 1 = 0.0796557.
        assert!((put_price(1.0, 1.0, 0.2) - 0.079_655_674_554).abs() < 1e-9);
        assert_eq!((put_price(1.0, 0.97, 0.0), put_price(0.9, 0.97, 0.0)), (0.0, 0.97 - 0.9));
        assert!(put_price(1.0, 0.9, 0.1) < put_price(1.0, 0.95, 0.1));
    }

    #[test]
    fn it_pays_in_a_crash_and_costs_in_a_calm_and_is_adopted_only_for_the_tail() {
        let mut crash = vec![0.001; 30];
        crash.extend([-0.03; 15]);
        crash.extend([0.001; 15]);
        let n = crash.len();
        let stress = given_regimes((0..n).map(|i| (day(i), if i < 25 { Regime::Normal } else { Regime::Stress })));
        let config = ConvexityConfig { budget: 0.2, ..ConvexityConfig::default() };
        let report = overlay(&pass(&crash), &states(n), &stress, &config);
        assert!(report.adopted && report.payoff > report.premium, "{report:?}");
        // The budget is kept: budget · 21/252 for each piece.
        assert!(report.pieces.iter().all(|piece| piece.premium <= 0.2 * 21.0 / 252.0 + 1e-15));
        // Nothing falls: the premium is lost, and the overlay stays off.
        let calm = overlay(&pass(&[0.001; 60]), &states(60), &given_regimes((0..60).map(|i| (day(i), Regime::Stress))), &config);
        assert!(!calm.adopted && calm.payoff < calm.premium, "{calm:?}");
        // NORMAL buys nothing at all.
        let normal = overlay(&pass(&crash), &states(n), &given_regimes((0..n).map(|i| (day(i), Regime::Normal))), &config);
        assert!(normal.pieces.is_empty() && normal.returns == crash);
        // Off is off: what it would have done is in the figures, not in the returns.
        assert_eq!((calm.returns, report.returns == crash), (vec![0.001; 60], false));
    }

    #[test]
    fn each_tail_figure_alone_keeps_it_off() {
        // From 1 January: +0.1 % a day, and −10 % on 10 April. Worst month −7.3 %, mean of the three worst days −3.3 %.
        let base: Vec<f64> = (0..220).map(|i| if i == 100 { -0.10 } else { 0.001 }).collect();
        let note = |change: &dyn Fn(usize) -> Option<f64>| {
            let with = base.iter().enumerate().map(|(i, r)| change(i).unwrap_or(if i == 100 { -0.05 } else { *r })).collect();
            let report =
                report(&pass(&base), with, Vec::new(), &ConvexityConfig { cvar_level: 0.99, ..ConvexityConfig::default() });
            assert_eq!(report.adopted, report.note.is_empty());
            report.note
        };
        assert_eq!(note(&|_| None), "");
        // Two more days of −4 %, months apart: −4.3 % in the mean of three, and nothing else.
        assert_eq!(note(&|i| [10, 180].contains(&i).then_some(-0.04)), "off: no better in cvar");
        // 25 days of −0.35 % in July, after April has been made good: a month of −7.9 %, and a drawdown of −8.4 %.
        assert_eq!(note(&|i| (182..207).contains(&i).then_some(-0.0035)), "off: no better in worst_month");
        // 24 days of −0.48 % across the end of July: each month has its part of them, the drawdown has them all, −10.9 %.
        assert_eq!(note(&|i| (196..220).contains(&i).then_some(-0.0048)), "off: no better in max_drawdown");
        assert_eq!(note(&|i| Some(base[i])), "off: no better in cvar, max_drawdown, worst_month");
    }

    #[test]
    fn the_gate_is_what_was_known_the_day_before() {
        let regimes = given_regimes((0..40).map(|i| (day(i), if i < 10 { Regime::Normal } else { Regime::Crisis })));
        let report = overlay(&pass(&[0.0; 40]), &states(40), &regimes, &ConvexityConfig::default());
        assert_eq!(report.pieces[0].bought, day(11));
    }
}
