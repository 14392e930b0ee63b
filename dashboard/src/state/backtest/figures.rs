//! Figures of a period, by the engine's own operation `metrics`, and rolling ones.

use super::period::Period;
use allocator_core::config::metrics::MetricsConfig;
use allocator_core::error::Faults;
use allocator_core::frame::ReturnBook;
use allocator_core::op::Request as _;
use allocator_core::op::metrics::{MetricsRequest, SeriesMetrics};
use allocator_core::stats::{sharpe, volatility};
use allocator_core::units::UnixNanos;
use std::collections::BTreeMap;

/// One figure of the table.
#[derive(Clone, Copy)]
pub struct Row {
    /// What a person reads.
    pub label: &'static str,
    /// What it means.
    pub help: &'static str,
    /// Whether it is a fraction, shown in per cent.
    pub percent: bool,
    /// Whether more is better; `None` where neither is.
    pub more_is_better: Option<bool>,
    /// Its field in the engine's answer.
    pub field: &'static str,
    /// Where it stands.
    pub take: fn(&SeriesMetrics) -> Option<f64>,
}

/// The table.
pub const ROWS: &[Row] = &[
    Row {
        label: "Total return",
        help: "Compounded over the period",
        percent: true,
        more_is_better: Some(true),
        field: "total_return",
        take: |m| m.total_return,
    },
    Row {
        label: "CAGR",
        help: "Compound annual growth rate",
        percent: true,
        more_is_better: Some(true),
        field: "cagr",
        take: |m| m.cagr,
    },
    Row {
        label: "Volatility",
        help: "Standard deviation of returns, a year",
        percent: true,
        more_is_better: Some(false),
        field: "volatility",
        take: |m| m.volatility,
    },
    Row {
        label: "Sharpe",
        help: "Mean excess return over volatility, a year",
        percent: false,
        more_is_better: Some(true),
        field: "sharpe",
        take: |m| m.sharpe,
    },
    Row {
        label: "Sortino",
        help: "Mean excess return over downside volatility, a year",
        percent: false,
        more_is_better: Some(true),
        field: "sortino",
        take: |m| m.sortino,
    },
    Row {
        label: "Max drawdown",
        help: "Deepest fall from a peak",
        percent: true,
        more_is_better: Some(true),
        field: "max_drawdown",
        take: |m| m.max_drawdown,
    },
    Row {
        label: "Calmar",
        help: "CAGR over the size of the maximum drawdown",
        percent: false,
        more_is_better: Some(true),
        field: "calmar",
        take: |m| m.calmar,
    },
    Row {
        label: "Worst month",
        help: "Lowest return of a calendar month",
        percent: true,
        more_is_better: Some(true),
        field: "worst_month",
        take: |m| m.worst_month,
    },
    Row {
        label: "VaR 95",
        help: "Return that one bar in twenty falls below",
        percent: true,
        more_is_better: Some(true),
        field: "var_historical",
        take: |m| m.var_historical,
    },
    Row {
        label: "CVaR 95",
        help: "Mean of the bars below it",
        percent: true,
        more_is_better: Some(true),
        field: "cvar_historical",
        take: |m| m.cvar_historical,
    },
    Row {
        label: "Winning bars",
        help: "Share of bars that gained, of those that moved",
        percent: true,
        more_is_better: Some(true),
        field: "win_rate",
        take: |m| m.win_rate,
    },
    Row {
        label: "Skewness",
        help: "Below zero: falls are sharper than rises",
        percent: false,
        more_is_better: Some(true),
        field: "skewness",
        take: |m| m.skewness,
    },
];

/// Simple returns over the bars of a period.
pub fn returns(values: &[f64], period: Period) -> Vec<f64> {
    values.get(period.bars()).unwrap_or_default().windows(2).map(|pair| change(pair[0], pair[1])).collect()
}

/// The return of one bar; from nothing nothing is earned.
fn change(before: f64, after: f64) -> f64 {
    if before > 0.0 { (after / before - 1.0).max(-1.0) } else { 0.0 }
}

/// Figures of values over a period, as the engine gives them; `None` where it refuses, which needs values that are no account's.
pub fn of(times: &[UnixNanos], values: &[f64], period: Period, config: &MetricsConfig) -> Option<SeriesMetrics> {
    let times = times.get(period.first + 1..=period.last)?;
    let points = times.iter().copied().zip(returns(values, period)).collect();
    let mut faults = Faults::new();
    let book = ReturnBook::from_points(BTreeMap::from([(String::from("period"), points)]), |_, _| String::new(), &mut faults);
    let request = MetricsRequest { config: config.clone(), ..MetricsRequest::of_returns(faults.finish(book).ok()?) };
    request.run().ok()?.series.into_iter().next()
}

/// Why a figure is unknown, in words.
pub fn reason(metrics: &SeriesMetrics, field: &str) -> String {
    let known = metrics.unknown.iter().find(|unknown| unknown.figure == field);
    known.map_or_else(|| String::from("Unknown."), |unknown| unknown.reason.clone())
}

/// Rolling Sharpe ratio and volatility of a year, one entry for each bar: unknown until a window is full.
pub fn rolled(values: &[f64], window: usize, config: &MetricsConfig) -> (Vec<Option<f64>>, Vec<Option<f64>>) {
    let all = Period { first: 0, last: values.len().saturating_sub(1) };
    let returns = returns(values, all);
    let (ddof, periods) = (config.ddof, config.periods_per_year);
    let mut found = (vec![None; window.min(values.len())], vec![None; window.min(values.len())]);
    let (count, degrees) = (window as f64, window as f64 - f64::from(ddof));
    let largest = returns.iter().fold(0.0, |most: f64, own| most.max(own.abs()));
    let (mut centre, mut sum, mut squares) = (0.0, 0.0, 0.0);
    for (place, own) in returns.windows(window.max(1)).enumerate().filter(|_| window > 0) {
        // The page has a frame for this. The sums slide, and are made anew once a window, so that nothing piles up.
        if place % window == 0 {
            centre = own.iter().sum::<f64>() / count;
            sum = own.iter().map(|one| one - centre).sum();
            squares = own.iter().map(|one| (one - centre) * (one - centre)).sum();
        } else {
            let (gone, new) = (returns[place - 1] - centre, returns[place + window - 1] - centre);
            sum += new - gone;
            squares += new * new - gone * gone;
        }
        let deviation = ((squares - sum * sum / count) / degrees).max(0.0).sqrt();
        // Where they hardly vary, whether they do is for the engine to say.
        let (ratio, volatility) = if degrees > 0.0 && deviation > 1e-3 * largest {
            let excess = centre + sum / count - config.risk_free / periods;
            (Some(excess / deviation * periods.sqrt()), Some(deviation * periods.sqrt()))
        } else {
            (sharpe(own, ddof, periods, config.risk_free).ok(), volatility(own, ddof, periods).ok())
        };
        found.0.push(ratio);
        found.1.push(volatility);
    }
    for figures in [&mut found.0, &mut found.1] {
        figures.resize(values.len(), None);
    }
    found
}

/// How far each value of a period lies below the highest so far in it, zero or below.
pub fn drawdowns(values: &[f64], period: Period) -> Vec<f64> {
    let mut peak = f64::MIN;
    let fall = |value: &f64| {
        peak = peak.max(*value);
        if peak > 0.0 { value / peak - 1.0 } else { 0.0 }
    };
    values.get(period.bars()).unwrap_or_default().iter().map(fall).collect()
}

/// Values of another run at the bars of a period: the last known one, scaled to `ground` at the first; unknown before it began.
pub fn aligned(times: &[UnixNanos], period: Period, other: (&[UnixNanos], &[f64]), ground: f64) -> Vec<Option<f64>> {
    let known = |time: &UnixNanos| {
        let after = other.0.partition_point(|known| known <= time);
        after.checked_sub(1).and_then(|at| other.1.get(at).copied())
    };
    let values: Vec<Option<f64>> = times.get(period.bars()).unwrap_or_default().iter().map(known).collect();
    let first = values.iter().find_map(|value| value.filter(|value| *value > 0.0));
    values.into_iter().map(|value| Some(value? / first? * ground)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::backtest::run::Run;
    use crate::state::backtest::run::tests::answer;
    use allocator_core::wire::Json;

    #[test]
    fn the_whole_run_has_the_figures_of_the_engines_answer() {
        let answer = answer("");
        let run = Run::from_answer(&answer).unwrap();
        let whole = Period::of(&run.times, None).unwrap();
        let figures = of(&run.times, &run.value, whole, &MetricsConfig::default()).unwrap();
        let told = answer.get("metrics").unwrap();
        for (name, value) in [
            ("total_return", figures.total_return),
            ("cagr", figures.cagr),
            ("volatility", figures.volatility),
            ("sharpe", figures.sharpe),
            ("max_drawdown", figures.max_drawdown),
            ("worst_month", figures.worst_month),
            ("cvar_historical", figures.cvar_historical),
        ] {
            assert_eq!(value, told.get(name).and_then(Json::as_f64), "{name}");
            assert!(value.is_some(), "{name}");
        }
    }

    #[test]
    fn a_part_is_figured_from_its_own_bars_alone() {
        let times: Vec<UnixNanos> = (0..5).map(|day| UnixNanos::from_days(day).unwrap()).collect();
        let period = Period { first: 1, last: 3 };
        // 200 to 100 to 150: −25 % over all, half lost on the way.
        let figures = of(&times, &[100.0, 200.0, 100.0, 150.0, 9.0], period, &MetricsConfig::default()).unwrap();
        assert!((figures.total_return.unwrap() + 0.25).abs() < 1e-12);
        assert!((figures.max_drawdown.unwrap() + 0.5).abs() < 1e-12);
        assert_eq!(drawdowns(&[100.0, 200.0, 100.0, 150.0, 9.0], period), [0.0, -0.5, -0.25]);
        let flat = of(&times, &[100.0; 5], period, &MetricsConfig::default()).unwrap();
        assert_eq!(flat.sharpe, None);
        assert!(reason(&flat, "sharpe").len() > 10, "{}", reason(&flat, "sharpe"));
    }

    #[test]
    fn rolling_figures_are_those_of_the_window_that_ends_there() {
        let values = [100.0, 110.0, 99.0, 118.8, 118.8];
        let (ratios, volatilities) = rolled(&values, 2, &MetricsConfig::default());
        assert_eq!((ratios.len(), volatilities[..2].to_vec()), (5, vec![None, None]));
        // +10 % and −10 %: the deviation of two is |a − b|/√2, times √252.
        assert!((volatilities[2].unwrap() - 0.2 / 2.0_f64.sqrt() * 252.0_f64.sqrt()).abs() < 1e-12);
        assert_eq!(rolled(&values[..1], 2, &MetricsConfig::default()).0, [None]);
    }

    #[test]
    fn sliding_sums_come_to_what_the_engine_says_of_each_window() {
        // Twenty years of days that swing by turns more and less, with a quarter in cash.
        let mut value = 100.0;
        let values: Vec<f64> = (0..5_000_u32)
            .map(|day| {
                let wave = f64::from(day * 7_919 % 1_009) / 1_009.0 - 0.49;
                value *= if (2_000..2_063).contains(&day) { 1.0 } else { 1.0 + wave * (0.001 + 0.02 * f64::from(day / 500 % 2)) };
                value
            })
            .collect();
        let config = MetricsConfig { risk_free: 0.02, ..MetricsConfig::default() };
        let whole = returns(&values, Period { first: 0, last: values.len() - 1 });
        for window in [2, 21, 126] {
            let (ratios, volatilities) = rolled(&values, window, &config);
            for (place, own) in whole.windows(window).enumerate() {
                let near = |got: Option<f64>, wanted: Option<f64>| match (got, wanted) {
                    (Some(got), Some(wanted)) => (got - wanted).abs() <= 1e-9 * wanted.abs().max(1.0),
                    (got, wanted) => got == wanted,
                };
                let wanted = sharpe(own, config.ddof, config.periods_per_year, config.risk_free).ok();
                assert!(near(ratios[place + window], wanted), "{window} {place}: {:?} {wanted:?}", ratios[place + window]);
                let wanted = volatility(own, config.ddof, config.periods_per_year).ok();
                assert!(near(volatilities[place + window], wanted), "{window} {place}");
            }
            assert_eq!((ratios.len(), volatilities.len()), (values.len(), values.len()));
        }
    }

    #[test]
    fn another_run_is_laid_beside_from_the_same_ground() {
        let times: Vec<UnixNanos> = (0..4).map(|day| UnixNanos::from_days(day).unwrap()).collect();
        let other = [UnixNanos::from_days(1).unwrap(), UnixNanos::from_days(3).unwrap()];
        let whole = Period { first: 0, last: 3 };
        assert_eq!(aligned(&times, whole, (&other, &[50.0, 75.0]), 1000.0), [None, Some(1000.0), Some(1000.0), Some(1500.0)]);
    }
}
