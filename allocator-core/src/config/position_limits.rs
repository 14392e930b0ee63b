//! Settings of the position-limits stage (R13).

use super::OperationConfig;
use super::blend::{Range, check_range};
use super::compat::Compat;
use crate::error::{Code, Fault, Faults};
use crate::wire::{At, choice, record};

choice! {
    /// Where target weights come from.
    pub enum TargetMethod {
        /// The signals are the target weights.
        SignalBeta = "signal_beta" | "signal-beta",
    }
}

record! {
    /// Limits on the positions of one portfolio. Fractions of equity.
    pub struct PositionLimitsConfig {
        /// Largest sum of absolute weights; null for none.
        pub gross_max: Option<f64> = Some(2.0),
        /// Where target weights come from.
        pub method: TargetMethod = TargetMethod::SignalBeta,
        /// Largest absolute sum of weights; null for none.
        pub net_max: Option<f64> = Some(1.0),
        /// Largest sum of absolute changes, positions that are closed among them; null for none.
        pub turnover_max: Option<f64> = Some(0.5),
        /// Highest weight of an asset, from 0.
        pub weight_max: f64 = 0.8,
        /// Lowest weight of an asset, up to 0.
        pub weight_min: f64 = -0.8,
    }
}

impl OperationConfig for PositionLimitsConfig {
    fn compat(_: Compat) -> Self {
        Self::default()
    }

    fn validate(&self, at: &At<'_>, faults: &mut Faults) {
        for (name, value) in [("gross_max", self.gross_max), ("net_max", self.net_max)] {
            if let Some(value) = value {
                check_range(&at.key(name), name, value, Range::AboveTo(1e6), faults);
            }
        }
        if let Some(value) = self.turnover_max {
            check_range(&at.key("turnover_max"), "turnover_max", value, Range::FromZeroTo(1e6), faults);
        }
        let hint = "Give weight_min <= 0 <= weight_max, so that any position can be closed.";
        if !(self.weight_min <= 0.0 && self.weight_min >= -1e6) {
            let message = format!("weight_min is {}.", self.weight_min);
            faults.push(Fault::new(Code::OutOfRange, at.key("weight_min"), message, hint));
        }
        if !(self.weight_max >= 0.0 && self.weight_max <= 1e6) {
            let message = format!("weight_max is {}.", self.weight_max);
            faults.push(Fault::new(Code::OutOfRange, at.key("weight_max"), message, hint));
        }
    }
}
