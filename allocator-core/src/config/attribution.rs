//! Settings of attribution.

use super::OperationConfig;
use super::blend::{Range, check_range};
use super::compat::Compat;
use crate::error::{Code, Fault, Faults};
use crate::stats::flows::FlowTiming;
use crate::wire::{At, choice, record};

choice! {
    /// What the allocation effect compares a strategy's benchmark with.
    pub enum AllocationEffect {
        /// The benchmark of the whole: more of what beats it is a gain (Brinson and Fachler 1985).
        BrinsonFachler = "brinson_fachler",
        /// Zero: more of what rises is a gain (Brinson, Hood and Beebower 1986).
        BrinsonHoodBeebower = "brinson_hood_beebower",
    }
}

record! {
    /// Settings of attribution (P7).
    pub struct AttributionConfig {
        /// What the allocation effect compares with.
        pub allocation_effect: AllocationEffect = AllocationEffect::BrinsonFachler,
        /// Degrees of freedom taken off in variances.
        pub ddof: u32 = 1,
        /// When in its period a flow reaches the account.
        pub flow_timing: FlowTiming = FlowTiming::Start,
        /// Whether the answer holds the effects of every period.
        pub periods: bool = false,
        /// Periods in a year.
        pub periods_per_year: f64 = 252.0,
        /// Risk-free rate a year, for Sharpe ratios.
        pub risk_free: f64 = 0.0,
    }
}

impl OperationConfig for AttributionConfig {
    fn compat(preset: Compat) -> Self {
        match preset {
            Compat::S001 => AttributionConfig { ddof: 0, ..Self::default() },
            _ => Self::default(),
        }
    }

    fn validate(&self, at: &At<'_>, faults: &mut Faults) {
        check_range(&at.key("periods_per_year"), "periods_per_year", self.periods_per_year, Range::AboveTo(1e6), faults);
        check_range(&at.key("risk_free"), "risk_free", self.risk_free, Range::Within(10.0), faults);
        if self.ddof > 1 {
            let message = format!("ddof is {}.", self.ddof);
            faults.push(Fault::new(Code::OutOfRange, at.key("ddof"), message, "Give 1 (sample) or 0 (population)."));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Decode, parse};

    #[test]
    fn every_fault_is_reported() {
        let mut faults = Faults::new();
        let text = br#"{"ddof":2,"periods_per_year":0,"risk_free":11}"#;
        AttributionConfig::decode(&parse(text).unwrap(), &At::Root, &mut faults).unwrap().validate(&At::Root, &mut faults);
        assert_eq!(faults.count(), 3);
        assert_eq!(AttributionConfig::compat(Compat::S001).ddof, 0);
    }
}
