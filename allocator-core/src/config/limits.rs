//! Settings of pre-trade risk limits.

use super::OperationConfig;
use super::blend::{Range, check_range};
use super::compat::Compat;
use crate::error::{Code, Fault, Faults};
use crate::stats::value_at_risk::VarRule;
use crate::wire::{At, choice, record};

choice! {
    /// What happens to an order that would break a limit on size.
    pub enum OnExceed {
        /// It is rejected.
        Reject = "reject",
        /// It is reduced to what fits.
        Reduce = "reduce",
    }
}

choice! {
    /// Which of several findings is the verdict.
    pub enum DecideBy {
        /// The most severe.
        Worst = "worst",
        /// The first that forbids, in the order leverage, concentration, drawdown, others; else the first warning.
        First = "first",
    }
}

choice! {
    /// What a limit does whose figure is unknown.
    pub enum OnUnknown {
        /// It warns.
        Warn = "warn",
        /// It rejects what opens.
        Reject = "reject",
    }
}

record! {
    /// Limits on the state after a trade (P8). Shares are of the portfolio's value, as fractions; null turns a limit off.
    pub struct LimitsConfig {
        /// Largest size of the beta against the market.
        pub beta_max: Option<f64> = None,
        /// Largest share of one symbol, positions of all strategies by size.
        pub concentration_max: Option<f64> = Some(0.20),
        /// Share of one symbol above which a warning is given.
        pub concentration_warning: Option<f64> = Some(0.15),
        /// Largest loss since the start of the day.
        pub daily_loss_max: Option<f64> = None,
        /// Degrees of freedom taken off in variances.
        pub ddof: u32 = 1,
        /// Which of several findings is the verdict.
        pub decide_by: DecideBy = DecideBy::Worst,
        /// Drawdown of the portfolio from its own peak above which all trading halts.
        pub drawdown_halt: Option<f64> = Some(0.20),
        /// Drawdown above which orders are rejected.
        pub drawdown_reject: Option<f64> = Some(0.15),
        /// Drawdown above which a warning is given.
        pub drawdown_warning: Option<f64> = Some(0.10),
        /// Most money in positions by size.
        pub gross_max: Option<f64> = None,
        /// Largest money in positions by size, as a multiple of the value.
        pub leverage_max: Option<f64> = Some(2.0),
        /// Multiple above which a warning is given.
        pub leverage_warning: Option<f64> = Some(1.8),
        /// Newest returns that risk is measured from.
        pub lookback: u32 = 252,
        /// Largest size of long less short.
        pub net_max: Option<f64> = None,
        /// What happens to an order that would break a limit on size.
        pub on_exceed: OnExceed = OnExceed::Reject,
        /// What a limit does whose figure is unknown.
        pub on_unknown: OnUnknown = OnUnknown::Warn,
        /// Periods in a year.
        pub periods_per_year: f64 = 252.0,
        /// Most money in one position of one strategy, by size.
        pub position_max: Option<f64> = None,
        /// Drawdown of a strategy from its own peak above which its orders are rejected.
        pub strategy_drawdown_halt: Option<f64> = Some(0.25),
        /// The kill switch: nothing that opens leaves any more.
        pub trading_halted: bool = false,
        /// Confidence of value at risk, above 0.5 and below 1.
        pub var_level: f64 = 0.95,
        /// Largest value at risk of a period.
        pub var_max: Option<f64> = None,
        /// Which order statistic value at risk is.
        pub var_rule: VarRule = VarRule::Linear,
        /// Largest volatility a year.
        pub volatility_max: Option<f64> = None,
        /// Most that volatility targeting multiplies exposure by: 1 only takes risk off.
        pub volatility_scale_max: f64 = 1.0,
        /// Volatility a year that exposure is brought to.
        pub volatility_target: Option<f64> = Some(0.12),
    }
}

impl LimitsConfig {
    /// Settings with every limit off.
    pub fn without_limits() -> Self {
        LimitsConfig {
            concentration_max: None,
            concentration_warning: None,
            drawdown_halt: None,
            drawdown_reject: None,
            drawdown_warning: None,
            leverage_max: None,
            leverage_warning: None,
            strategy_drawdown_halt: None,
            volatility_target: None,
            ..Self::default()
        }
    }
}

impl OperationConfig for LimitsConfig {
    fn compat(preset: Compat) -> Self {
        match preset {
            Compat::S002 => LimitsConfig { decide_by: DecideBy::First, var_rule: VarRule::FloorIndex, ..Self::default() },
            _ => Self::default(),
        }
    }

    fn validate(&self, at: &At<'_>, faults: &mut Faults) {
        let mut check = |name: &str, value: Option<f64>, range: Range| {
            if let Some(value) = value {
                check_range(&at.key(name), name, value, range, faults);
            }
        };
        for (name, value) in [
            ("daily_loss_max", self.daily_loss_max),
            ("drawdown_halt", self.drawdown_halt),
            ("drawdown_reject", self.drawdown_reject),
            ("drawdown_warning", self.drawdown_warning),
            ("strategy_drawdown_halt", self.strategy_drawdown_halt),
            ("var_max", self.var_max),
        ] {
            check(name, value, Range::Fraction);
        }
        for (name, value) in [
            ("beta_max", self.beta_max),
            ("concentration_max", self.concentration_max),
            ("concentration_warning", self.concentration_warning),
            ("leverage_max", self.leverage_max),
            ("leverage_warning", self.leverage_warning),
            ("net_max", self.net_max),
            ("volatility_max", self.volatility_max),
        ] {
            check(name, value, Range::FromZeroTo(100.0));
        }
        check("gross_max", self.gross_max, Range::FromZeroTo(1e15));
        check("position_max", self.position_max, Range::FromZeroTo(1e15));
        check("periods_per_year", Some(self.periods_per_year), Range::AboveTo(1e6));
        check("volatility_scale_max", Some(self.volatility_scale_max), Range::FromZeroTo(100.0));
        check("volatility_target", self.volatility_target, Range::AboveTo(100.0));
        if !(self.var_level > 0.5 && self.var_level < 1.0) {
            let message = format!("var_level is {}.", self.var_level);
            faults.push(Fault::new(Code::OutOfRange, at.key("var_level"), message, "Give a number above 0.5 and below 1."));
        }
        if self.ddof > 1 {
            let message = format!("ddof is {}.", self.ddof);
            faults.push(Fault::new(Code::OutOfRange, at.key("ddof"), message, "Give 1 (sample) or 0 (population)."));
        }
        if self.lookback < 2 {
            let message = format!("lookback is {}.", self.lookback);
            faults.push(Fault::new(Code::OutOfRange, at.key("lookback"), message, "Give at least 2."));
        }
        for (low, high, low_value, high_value) in [
            ("concentration_warning", "concentration_max", self.concentration_warning, self.concentration_max),
            ("leverage_warning", "leverage_max", self.leverage_warning, self.leverage_max),
            ("drawdown_warning", "drawdown_reject", self.drawdown_warning, self.drawdown_reject),
            ("drawdown_reject", "drawdown_halt", self.drawdown_reject, self.drawdown_halt),
        ] {
            if let (Some(a), Some(b)) = (low_value, high_value)
                && a > b
            {
                let message = format!("{low} {a} is above {high} {b}, and would never be seen.");
                faults.push(Fault::new(
                    Code::Conflict,
                    at.key(low),
                    message,
                    "Give the milder limit the smaller number, or null.",
                ));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Decode, parse};

    #[test]
    fn every_fault_is_reported_and_defaults_are_valid() {
        let mut faults = Faults::new();
        let text = br#"{"var_max":5,"leverage_max":1.5,"gross_max":-1,"var_level":95,"ddof":2,"lookback":1}"#;
        LimitsConfig::decode(&parse(text).unwrap(), &At::Root, &mut faults).unwrap().validate(&At::Root, &mut faults);
        let found: Vec<&str> = faults.as_slice().iter().map(|fault| fault.path.as_str()).collect();
        assert_eq!(found, ["/var_max", "/gross_max", "/var_level", "/ddof", "/lookback", "/leverage_warning"]);
        for preset in [Compat::S000, Compat::S002] {
            let mut faults = Faults::new();
            LimitsConfig::compat(preset).validate(&At::Root, &mut faults);
            assert!(faults.is_empty());
        }
    }
}
