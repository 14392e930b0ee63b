//! What trading costs: commission, half the spread, and market impact.
//!
//! Commission of an order of q shares at price p: max(minimum, rate·q·p + `per_share·q`). Slippage: q·p·(s + k·√(q/V)) with half-spread s
//! and impact k, V the volume of the bar. Unit: money. Source of the square root: Torre (1997), BARRA Market Impact Model Handbook;
//! Almgren, Thum, Hauptmann and Li (2005), "Direct Estimation of Equity Market Impact", measure an exponent of 0.6.
//!
//! **Conventions.** Costs are never negative. An order of nothing costs nothing, not the minimum.

use crate::config::backtest::BacktestConfig;

/// What one order cost.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Cost {
    /// Commission, money.
    pub(crate) commission: f64,
    /// Slippage, money.
    pub(crate) slippage: f64,
}

impl Cost {
    /// Both together.
    pub(crate) fn total(self) -> f64 {
        self.commission + self.slippage
    }
}

/// The cost of trading `shares` (a size, not signed) at `price`; `volume` is read where there is market impact.
pub(crate) fn cost(config: &BacktestConfig, shares: f64, price: f64, volume: Option<f64>) -> Cost {
    if shares == 0.0 {
        return Cost::default();
    }
    match volume.filter(|volume| config.impact > 0.0 && *volume > 0.0) {
        Some(volume) => cost_at(config, shares, price, config.impact * (shares / volume).sqrt()),
        None => cost_at(config, shares, price, 0.0),
    }
}

/// The cost of an order that is one, where its impact is known.
#[inline]
pub(crate) fn cost_at(config: &BacktestConfig, shares: f64, price: f64, impact: f64) -> Cost {
    let value = shares * price;
    let commission = (config.cost_rate * value + config.cost_per_share * shares).max(config.cost_min);
    Cost { commission, slippage: value * (config.slippage_rate + impact) }
}

/// The most by which one share more changes the [`cost`] of an order of `shares`, money; with or without commission.
pub(crate) fn slope(config: &BacktestConfig, shares: f64, price: f64, volume: Option<f64>, commission: bool) -> f64 {
    let impact = match volume.filter(|volume| config.impact > 0.0 && *volume > 0.0) {
        Some(volume) => 1.5 * config.impact * (shares.max(0.0) / volume).sqrt(),
        None => 0.0,
    };
    let commission = if commission { config.cost_rate * price + config.cost_per_share } else { 0.0 };
    commission + price * (config.slippage_rate + impact)
}

/// What is nothing but rounding beside a holding or what crossed: a ten-millionth.
pub(crate) const DUST: f64 = 1e-7;

/// What sleeves want of one symbol: sizes in shares.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Wish {
    /// Sum of the sizes of what every sleeve trades.
    pub(crate) crossed: f64,
    /// Size of what is left to trade outside.
    pub(crate) net: f64,
    /// Sum of the sizes of what sleeves hold.
    pub(crate) held: f64,
}

impl Wish {
    /// Whether nothing is to be done.
    pub(crate) fn is_nothing(&self, config: &BacktestConfig) -> bool {
        self.crossed == 0.0 || is_dust(config, self.crossed, self.held)
    }

    /// What it costs.
    pub(crate) fn cost(&self, config: &BacktestConfig, price: f64, volume: Option<f64>) -> Cost {
        if self.is_nothing(config) || is_dust(config, self.net, self.crossed) {
            return Cost::default();
        }
        cost(config, self.net, price, volume)
    }
}

/// Whether an order is nothing but rounding beside `scale` shares. Without a minimum an order of dust costs dust and is sent like any
/// other; with one it would cost the minimum, and nobody sends it.
fn is_dust(config: &BacktestConfig, shares: f64, scale: f64) -> bool {
    config.cost_min > 0.0 && shares.abs() <= DUST * scale
}

/// Whole lots, toward zero. A hair is added first: a target that is three lots up to rounding is three lots.
pub(crate) fn lots(config: &BacktestConfig, shares: f64) -> f64 {
    match config.lot_size {
        None => shares,
        Some(lot) => with_hair(shares / lot).trunc() * lot,
    }
}

fn with_hair(lots: f64) -> f64 {
    lots + lots.signum() * 1e-9 * lots.abs().max(1.0)
}

/// How many shares more or less make another number of lots; endlessly many of none, and without lots.
pub(crate) fn next_lot(config: &BacktestConfig, shares: f64) -> f64 {
    match config.lot_size {
        Some(lot) if shares != 0.0 => {
            let lots = with_hair(shares / lot).abs();
            (lots - lots.round().max(1.0)).abs() * lot
        }
        _ => f64::INFINITY,
    }
}

/// The base x of the targets at which x plus the cost `paid` of getting there is the value; zero where not even that can be paid. Found by
/// repetition, which converges as fast as costs are small; where an order moves the market by more than its own size it would swing from
/// nothing to all for ever, and halving finds the base.
pub(crate) fn affordable(value: f64, mut paid: impl FnMut(f64) -> f64) -> f64 {
    let mut base = value;
    for _ in 0..64 {
        let next = (value - paid(base)).max(0.0);
        let settled = (next - base).abs() <= 1e-15 * value;
        base = next;
        if settled {
            return base;
        }
    }
    let (mut low, mut high) = (0.0, value);
    for _ in 0..64 {
        let middle = 0.5 * (low + high);
        if middle + paid(middle) <= value { low = middle } else { high = middle }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let config = BacktestConfig {
            cost_rate: 0.001,
            cost_per_share: 0.01,
            cost_min: 5.0,
            slippage_rate: 0.0005,
            impact: 0.1,
            ..BacktestConfig::default()
        };
        // 100 shares at 50: 5 + 1 = 6, above the minimum of 5; 5,000 × (0.0005 + 0.1·√(100/10,000)) = 2.5 + 50.
        let paid = cost(&config, 100.0, 50.0, Some(10_000.0));
        assert!((paid.commission - 6.0).abs() < 1e-12 && (paid.slippage - 52.5).abs() < 1e-12);
        // 10 shares: 0.6, so the minimum; without a volume there is no impact to tell.
        let paid = cost(&config, 10.0, 50.0, None);
        assert!((paid.commission - 5.0).abs() < 1e-12 && (paid.slippage - 0.25).abs() < 1e-12);
        assert_eq!(cost(&config, 0.0, 50.0, None), Cost::default());
    }

    #[test]
    fn the_slope_is_that_of_the_cost() {
        let config = BacktestConfig {
            cost_rate: 0.001,
            cost_per_share: 0.01,
            slippage_rate: 0.0005,
            impact: 0.1,
            ..BacktestConfig::default()
        };
        let paid = |shares: f64| cost(&config, shares, 50.0, Some(10_000.0)).total();
        // 0.05 + 0.01 + 50·(0.0005 + 1.5·0.1·√(100/10,000)) = 0.835.
        assert!((slope(&config, 100.0, 50.0, Some(10_000.0), true) - 0.835).abs() < 1e-12);
        assert!(((paid(100.001) - paid(99.999)) / 0.002 - 0.835).abs() < 1e-6);
        assert!((slope(&config, 100.0, 50.0, Some(10_000.0), false) - 0.775).abs() < 1e-12);
    }

    #[test]
    fn what_is_affordable_is_found_where_an_order_costs_more_than_itself() {
        let config = BacktestConfig { impact: 1.0, ..BacktestConfig::default() };
        // All of 1,000 at price 1 in a volume of 40: x + x·√(x/40) = 1,000 at x = 320: 320 + 320·√8 = 1,225; at x = 250: 875.
        let paid = |base: f64| cost(&config, base, 1.0, Some(40.0)).total();
        let base = affordable(1_000.0, paid);
        assert!((base + paid(base) - 1_000.0).abs() < 1e-9 && base > 250.0 && base < 320.0, "{base}");
        // Selling what is held costs more than there is.
        assert!(affordable(10.0, |_| 11.0) < 1e-15);
        assert!((affordable(1_000.0, |base| 0.01 * base) - 1_000.0 / 1.01).abs() < 1e-9);
    }
}
