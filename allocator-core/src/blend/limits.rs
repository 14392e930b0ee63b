//! Limits on the portfolio as it is held, after the fill: they only ever shrink a position, so no cap can break.

use crate::config::blend::{BlendConfig, LotConfig};
use crate::error::{Code, Fault, Faults};
use crate::math;

/// What one limit took out of the portfolio's gross weight.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Trim {
    pub(super) limit: &'static str,
    pub(super) gross: f64,
}

/// Whether the settings hold any limit of this kind.
pub(super) fn any(config: &BlendConfig) -> bool {
    config.gross_max.is_some() || config.net_min.is_some() || config.net_max.is_some() || config.lots.is_some()
}

/// Factors, 0 to 1 and one per symbol, that bring `weights` inside the gross bound, the net bounds and whole lots, in that order.
pub(super) fn trims(symbols: &[String], weights: &[f64], config: &BlendConfig, faults: &mut Faults) -> (Vec<f64>, Vec<Trim>) {
    let mut factor = vec![1.0; weights.len()];
    let mut done = Vec::new();
    if let Some(most) = config.gross_max {
        let gross = gross(weights, &factor);
        if gross > most {
            scale(&mut factor, most / gross, |_| true);
            done.push(Trim { limit: "gross_max", gross: gross - most });
        }
    }
    let side = |sign: f64, factor: &[f64]| {
        math::sum(
            weights.iter().zip(factor).filter(|(weight, _)| **weight * sign > 0.0).map(|(weight, factor)| weight.abs() * factor),
        )
    };
    let (long, short) = (side(1.0, &factor), side(-1.0, &factor));
    if let Some(most) = config.net_max
        && long - short > most
    {
        // Longs give way; where shorts alone are not enough to reach the bound, nothing long is left.
        let keep = ((most + short) / long).clamp(0.0, 1.0);
        scale(&mut factor, keep, |j| weights[j] > 0.0);
        done.push(Trim { limit: "net_max", gross: long * (1.0 - keep) });
    }
    let long = side(1.0, &factor);
    if let Some(least) = config.net_min
        && long - short < least
        && short > 0.0
    {
        let keep = ((long - least) / short).clamp(0.0, 1.0);
        scale(&mut factor, keep, |j| weights[j] < 0.0);
        done.push(Trim { limit: "net_min", gross: short * (1.0 - keep) });
    }
    if let Some(lots) = &config.lots {
        let before = gross(weights, &factor);
        whole_lots(symbols, weights, lots, &mut factor, faults);
        // Rounding one side toward zero moves the net toward the other.
        if let Some(most) = config.net_max {
            give_way(symbols, weights, lots, &mut factor, 1.0, most);
        }
        if let Some(least) = config.net_min {
            give_way(symbols, weights, lots, &mut factor, -1.0, -least);
        }
        let after = gross(weights, &factor);
        if before > after {
            done.push(Trim { limit: "lots", gross: before - after });
        }
    }
    (factor, done)
}

fn gross(weights: &[f64], factor: &[f64]) -> f64 {
    math::sum(weights.iter().zip(factor).map(|(weight, factor)| weight.abs() * factor))
}

fn scale(factor: &mut [f64], by: f64, which: impl Fn(usize) -> bool) {
    for (j, factor) in factor.iter_mut().enumerate() {
        if which(j) {
            *factor *= by;
        }
    }
}

/// Rounds toward zero to whole lots. A position within a millionth of a lot below a whole one is that whole one.
fn whole_lots(symbols: &[String], weights: &[f64], lots: &LotConfig, factor: &mut [f64], faults: &mut Faults) {
    for (j, symbol) in symbols.iter().enumerate() {
        let wanted = weights[j].abs() * factor[j];
        if wanted == 0.0 {
            continue;
        }
        let Some(price) = lots.prices.get(symbol) else {
            faults.push(Fault::new(
                Code::MissingStatistics,
                "/config/lots/prices",
                format!("There is no price for {symbol}."),
                format!("Add {symbol:?} to lots.prices."),
            ));
            continue;
        };
        let lot = lot_weight(symbol, *price, lots);
        let whole = (wanted / lot + 1e-6).floor() * lot;
        factor[j] *= (whole / wanted).min(1.0);
    }
}

/// The weight of one lot.
fn lot_weight(symbol: &str, price: f64, lots: &LotConfig) -> f64 {
    lots.lot_sizes.get(symbol).copied().unwrap_or(lots.lot_size) * price / lots.capital
}

/// Takes whole lots off the positions of one side, the largest first, until the net on that side is at most `most`.
fn give_way(symbols: &[String], weights: &[f64], lots: &LotConfig, factor: &mut [f64], sign: f64, most: f64) {
    let held = |j: usize, factor: &[f64]| weights[j] * sign * factor[j];
    let net = |factor: &[f64]| math::sum((0..weights.len()).map(|j| held(j, factor)));
    let mut over = net(factor) - most;
    if over <= 1e-12 {
        return;
    }
    let mut order: Vec<usize> = (0..weights.len()).filter(|&j| held(j, factor) > 0.0).collect();
    order.sort_by(|&a, &b| held(b, factor).total_cmp(&held(a, factor)).then(a.cmp(&b)));
    for j in order {
        let Some(price) = lots.prices.get(&symbols[j]) else { continue };
        let (lot, holds) = (lot_weight(&symbols[j], *price, lots), held(j, factor));
        let has = (holds / lot).round();
        let keeps = (has - (over / lot - 1e-9).ceil()).max(0.0);
        factor[j] *= keeps / has.max(1.0);
        over = net(factor) - most;
        if over <= 1e-12 {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(weights: &[f64], config: &BlendConfig) -> (Vec<f64>, Vec<&'static str>) {
        let symbols: Vec<String> = (0..weights.len()).map(|j| format!("S{j}")).collect();
        let mut faults = Faults::new();
        let (factor, done) = trims(&symbols, weights, config, &mut faults);
        assert!(faults.is_empty());
        (
            weights.iter().zip(factor).map(|(weight, factor)| weight * factor).collect(),
            done.iter().map(|trim| trim.limit).collect(),
        )
    }

    #[test]
    fn gross_then_net() {
        // Gross 1.2 to 0.6: 0.4, -0.2. Net 0.2 to at most 0.1: longs 0.3.
        let config = BlendConfig { gross_max: Some(0.6), net_max: Some(0.1), ..BlendConfig::default() };
        let (weights, done) = run(&[0.8, -0.4], &config);
        assert!((weights[0] - 0.3).abs() < 1e-15 && (weights[1] + 0.2).abs() < 1e-15, "{weights:?}");
        assert_eq!(done, ["gross_max", "net_max"]);
    }

    #[test]
    fn shorts_give_way_to_a_net_minimum() {
        let config = BlendConfig { net_min: Some(0.0), ..BlendConfig::default() };
        assert_eq!(run(&[0.25, -0.75], &config).0, [0.25, -0.25]);
    }

    #[test]
    fn net_limits_hold_after_rounding_to_lots() {
        // Shares of 0.03: 0.4 and -0.4 round to 0.39 and -0.39; -0.05 rounds to -0.03, so the net rises from -0.05 to -0.03.
        let prices: std::collections::BTreeMap<String, f64> = (0..3).map(|j| (format!("S{j}"), 300.0)).collect();
        let lots = LotConfig { capital: 10_000.0, prices, ..LotConfig::default() };
        let config = BlendConfig { lots: Some(lots), net_max: Some(-0.045), ..BlendConfig::default() };
        let (weights, done) = run(&[0.4, -0.4, -0.05], &config);
        assert!((weights[0] - 0.36).abs() < 1e-12 && (weights[2] + 0.03).abs() < 1e-12, "{weights:?}");
        assert_eq!(done, ["lots"]);
        let config = BlendConfig { net_max: None, net_min: Some(0.045), ..config };
        let (weights, _) = run(&[-0.4, 0.4, 0.05], &config);
        assert!((weights[0] + 0.36).abs() < 1e-12, "{weights:?}");
    }

    #[test]
    fn lots_round_toward_zero() {
        // 10,000 of capital at a price of 300: a share is 0.03; 0.1 buys 3 shares = 0.09; -0.1 sells 3.
        let prices = [("S0".to_owned(), 300.0), ("S1".to_owned(), 300.0)].into();
        let lots = LotConfig { capital: 10_000.0, prices, ..LotConfig::default() };
        let (weights, _) = run(&[0.1, -0.1], &BlendConfig { lots: Some(lots), ..BlendConfig::default() });
        assert!((weights[0] - 0.09).abs() < 1e-15 && (weights[1] + 0.09).abs() < 1e-15, "{weights:?}");
    }
}
