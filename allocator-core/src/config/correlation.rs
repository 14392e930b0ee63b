//! Settings of correlation monitoring.

use super::OperationConfig;
use super::blend::{Range, check_range};
use super::compat::Compat;
use crate::error::{Code, Fault, Faults};
use crate::stats::CorrelationMethod;
use crate::wire::{At, record};

record! {
    /// Settings of correlation monitoring (B9).
    pub struct CorrelationConfig {
        /// Whether strongly negative correlation alerts too: |ρ| is compared with the threshold.
        pub absolute: bool = false,
        /// Probability that the interval covers, above 0 and below 1.
        pub confidence: f64 = 0.95,
        /// Half-life of the method `ewma`, in observations.
        pub half_life: f64 = 40.0,
        /// How far below the threshold a pair must fall before it can alert again, 0 to 1.
        pub hysteresis: f64 = 0.05,
        /// How correlation is measured.
        pub method: CorrelationMethod = CorrelationMethod::Pearson,
        /// Fewest common dates from which a correlation is computed; below it is unknown. At least 2.
        pub min_observations: u32 = 20,
        /// A correlation above this alerts, 0 to 1; equal does not.
        pub threshold: f64 = 0.70,
        /// Newest common dates that enter; null for all.
        pub window: Option<u32> = None,
    }
}

impl OperationConfig for CorrelationConfig {
    fn compat(preset: Compat) -> Self {
        match preset {
            Compat::S000 => CorrelationConfig { min_observations: 2, ..Self::default() },
            _ => Self::default(),
        }
    }

    /// Checks every number and every rule between fields; pushes all faults found.
    fn validate(&self, at: &At<'_>, faults: &mut Faults) {
        check_range(&at.key("threshold"), "threshold", self.threshold, Range::Fraction, faults);
        check_range(&at.key("hysteresis"), "hysteresis", self.hysteresis, Range::Fraction, faults);
        check_range(&at.key("half_life"), "half_life", self.half_life, Range::AboveTo(1e9), faults);
        if !(self.confidence > 0.0 && self.confidence < 1.0) {
            faults.push(Fault::new(
                Code::OutOfRange,
                at.key("confidence"),
                format!("confidence is {}.", self.confidence),
                "Give a number above 0 and below 1, for example 0.95.",
            ));
        }
        for (name, value) in [("min_observations", Some(self.min_observations)), ("window", self.window)] {
            if value.is_some_and(|value| value < 2) {
                faults.push(Fault::new(
                    Code::OutOfRange,
                    at.key(name),
                    format!("{name} is {}; two points are the fewest that have a correlation.", value.unwrap_or_default()),
                    "Give at least 2.",
                ));
            }
        }
        if self.window.is_some_and(|window| window < self.min_observations) {
            faults.push(Fault::new(
                Code::Conflict,
                at.key("window"),
                format!("window {} is below min_observations {}.", self.window.unwrap_or_default(), self.min_observations),
                "Give a longer window or fewer observations.",
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Decode, parse};

    fn faults_of(text: &str) -> Vec<String> {
        let mut faults = Faults::new();
        if let Some(config) = CorrelationConfig::decode(&parse(text.as_bytes()).unwrap(), &At::Root, &mut faults) {
            config.validate(&At::Root, &mut faults);
        }
        faults.as_slice().iter().map(|fault| format!("{} {}", fault.path, fault.code)).collect()
    }

    #[test]
    fn the_defaults_are_valid() {
        assert_eq!(faults_of("{}"), Vec::<String>::new());
        assert_eq!(CorrelationConfig::compat(Compat::S000).min_observations, 2);
        assert_eq!(CorrelationConfig::compat(Compat::S002), CorrelationConfig::default());
    }

    #[test]
    fn every_fault_is_reported() {
        assert_eq!(
            faults_of(
                "{\"threshold\":70,\"hysteresis\":-1,\"half_life\":0,\"confidence\":1,\"min_observations\":1,\"window\":0}"
            ),
            [
                "/threshold out_of_range",
                "/hysteresis out_of_range",
                "/half_life out_of_range",
                "/confidence out_of_range",
                "/min_observations out_of_range",
                "/window out_of_range",
                "/window conflict"
            ]
        );
    }
}
