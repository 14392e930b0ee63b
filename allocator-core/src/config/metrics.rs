//! Settings of performance metrics.

use super::OperationConfig;
use super::blend::{Range, check_range};
use super::compat::Compat;
use crate::error::{Code, Fault, Faults};
use crate::stats::flows::FlowTiming;
use crate::stats::value_at_risk::{CvarRule, VarRule};
use crate::stats::win_loss::WinRateBasis;
use crate::wire::{At, choice, record};

choice! {
    /// What a year is for the compound annual growth rate.
    pub enum CagrBasis {
        /// So many periods, `periods_per_year`.
        Periods = "periods",
        /// 365.25 days between the dates.
        Calendar = "calendar",
    }
}

choice! {
    /// Which figures `lookback` shortens the history of.
    pub enum LookbackScope {
        /// All of them.
        All = "all",
        /// Mean, volatility and Sharpe ratio; the others see the whole history, as in the recorded system 002.
        Moments = "moments",
    }
}

record! {
    /// Settings of performance metrics (K11). Rates are a year, as fractions: 0.02 is 2 %.
    pub struct MetricsConfig {
        /// What a year is for CAGR and Calmar ratio.
        pub cagr_basis: CagrBasis = CagrBasis::Periods,
        /// Whether the answer holds curves: returns, value and drawdown by date.
        pub curves: bool = false,
        /// Which returns the historical conditional value at risk is the mean of.
        pub cvar_rule: CvarRule = CvarRule::AtMostVar,
        /// Degrees of freedom taken off in variances: 1 for a sample, 0 for a population.
        pub ddof: u32 = 1,
        /// When in its period a flow reaches the account.
        pub flow_timing: FlowTiming = FlowTiming::End,
        /// Newest returns that enter; null for all.
        pub lookback: Option<u32> = None,
        /// Which figures `lookback` is for.
        pub lookback_scope: LookbackScope = LookbackScope::All,
        /// Return a year below which a period counts as a shortfall (Sortino, downside volatility, Omega).
        pub minimum_acceptable_return: f64 = 0.0,
        /// Periods in a year.
        pub periods_per_year: f64 = 252.0,
        /// Risk-free rate a year (Sharpe ratio, alpha).
        pub risk_free: f64 = 0.0,
        /// Observations in a rolling window; null for no rolling figures.
        pub rolling_window: Option<u32> = None,
        /// Confidence of value at risk, above 0.5 and below 1.
        pub var_level: f64 = 0.95,
        /// Which order statistic the historical value at risk is.
        pub var_rule: VarRule = VarRule::Linear,
        /// Which periods the win rate counts.
        pub win_rate_basis: WinRateBasis = WinRateBasis::NonZero,
    }
}

impl OperationConfig for MetricsConfig {
    fn compat(preset: Compat) -> Self {
        let ours = Self::default();
        match preset {
            Compat::S001 => MetricsConfig { ddof: 0, ..ours },
            Compat::S002 => MetricsConfig {
                lookback: Some(252),
                lookback_scope: LookbackScope::Moments,
                var_rule: VarRule::FloorIndex,
                ..ours
            },
            Compat::S003 => MetricsConfig { cagr_basis: CagrBasis::Calendar, ddof: 0, ..ours },
            Compat::S000 | Compat::S004 => ours,
        }
    }

    fn validate(&self, at: &At<'_>, faults: &mut Faults) {
        check_range(&at.key("periods_per_year"), "periods_per_year", self.periods_per_year, Range::AboveTo(1e6), faults);
        for (name, value) in [("risk_free", self.risk_free), ("minimum_acceptable_return", self.minimum_acceptable_return)] {
            check_range(&at.key(name), name, value, Range::Within(10.0), faults);
        }
        let mut refuse = |name: &str, message: String, hint: &str| {
            faults.push(Fault::new(Code::OutOfRange, at.key(name), message, hint));
        };
        if self.ddof > 1 {
            refuse("ddof", format!("ddof is {}.", self.ddof), "Give 1 (sample) or 0 (population).");
        }
        if !(self.var_level > 0.5 && self.var_level < 1.0) {
            refuse(
                "var_level",
                format!("var_level is {}.", self.var_level),
                "Give a number above 0.5 and below 1, for example 0.95.",
            );
        }
        for (name, value) in [("lookback", self.lookback), ("rolling_window", self.rolling_window)] {
            if let Some(value) = value.filter(|value| *value < 2) {
                refuse(name, format!("{name} is {value}."), "Give at least 2, or null.");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Decode, parse};

    fn faults_of(text: &str) -> Vec<String> {
        let mut faults = Faults::new();
        if let Some(config) = MetricsConfig::decode(&parse(text.as_bytes()).unwrap(), &At::Root, &mut faults) {
            config.validate(&At::Root, &mut faults);
        }
        faults.as_slice().iter().map(|fault| format!("{} {}", fault.path, fault.code)).collect()
    }

    #[test]
    fn the_defaults_and_presets_are_valid() {
        assert_eq!(faults_of("{}"), Vec::<String>::new());
        for preset in [Compat::S000, Compat::S001, Compat::S002, Compat::S003, Compat::S004] {
            let mut faults = Faults::new();
            MetricsConfig::compat(preset).validate(&At::Root, &mut faults);
            assert!(faults.is_empty());
        }
    }

    #[test]
    fn every_fault_is_reported() {
        assert_eq!(
            faults_of(
                "{\"ddof\":2,\"periods_per_year\":0,\"var_level\":95,\"lookback\":1,\"rolling_window\":0,\"risk_free\":11}"
            ),
            [
                "/periods_per_year out_of_range",
                "/risk_free out_of_range",
                "/ddof out_of_range",
                "/var_level out_of_range",
                "/lookback out_of_range",
                "/rolling_window out_of_range"
            ]
        );
    }
}
