//! Settings of the walk-forward test of capital methods (K7).

use super::OperationConfig;
use super::audit::BootstrapConfig;
use super::blend::{Range, check_range};
use super::compat::Compat;
use crate::error::{Code, Fault, Faults};
use crate::stats::overfitting::BLOCKS_MAX;
use crate::wire::{At, choice, record};

/// Most groups of a combinatorial cross-validation.
pub const GROUPS_MAX: u32 = 16;

choice! {
    /// Which periods before a test window are in sample.
    pub enum TrainingWindow {
        /// All of them.
        Expanding = "expanding",
        /// The newest `train`.
        Rolling = "rolling",
    }
}

record! {
    /// Combinatorial purged cross-validation: the history in groups, of which every choice of some is out of sample once.
    pub struct CombinatorialConfig {
        /// Groups, from 3 to 16.
        pub groups: u32 = 6,
        /// Groups that are out of sample together, fewer than the others.
        pub test_groups: u32 = 2,
    }
}

record! {
    /// Settings of the walk-forward test.
    pub struct WalkForwardConfig {
        /// Resampling for the interval of the Sharpe ratio out of sample; null for none.
        pub bootstrap: Option<BootstrapConfig> = Some(BootstrapConfig::default()),
        /// Combinatorial purged cross-validation; null for none.
        pub combinatorial: Option<CombinatorialConfig> = Some(CombinatorialConfig::default()),
        /// What a trade costs, as a fraction of what is traded: 0.001 is ten basis points.
        pub cost_linear: f64 = 0.0,
        /// Degrees of freedom taken off in deviations.
        pub ddof: u32 = 1,
        /// Periods after a test window that are not in sample, because they still feel it.
        pub embargo: u32 = 0,
        /// Blocks for the probability of overfitting: even, from 2 to 16.
        pub overfitting_blocks: u32 = 16,
        /// Periods in a year.
        pub periods_per_year: f64 = 252.0,
        /// Periods before a test window that are not in sample, because what is estimated from them reaches into it.
        pub purge: u32 = 0,
        /// Risk-free rate a year.
        pub risk_free: f64 = 0.0,
        /// Whether the answer holds the returns out of sample.
        pub series: bool = false,
        /// Periods out of sample between two splits.
        pub test: u32 = 21,
        /// Periods in sample before the first split; with a rolling window before every one.
        pub train: u32 = 252,
        /// How many candidates were tried in all, those that are not in the request too; null for those that are.
        pub trials: Option<u32> = None,
        /// Which periods before a test window are in sample.
        pub window: TrainingWindow = TrainingWindow::Expanding,
    }
}

impl OperationConfig for WalkForwardConfig {
    fn compat(preset: Compat) -> Self {
        match preset {
            Compat::S001 | Compat::S003 => WalkForwardConfig { ddof: 0, ..Self::default() },
            Compat::S000 | Compat::S002 | Compat::S004 => Self::default(),
        }
    }

    fn validate(&self, at: &At<'_>, faults: &mut Faults) {
        if let Some(bootstrap) = &self.bootstrap {
            bootstrap.validate(&at.key("bootstrap"), faults);
        }
        check_range(&at.key("cost_linear"), "cost_linear", self.cost_linear, Range::FromZeroTo(0.5), faults);
        check_range(&at.key("periods_per_year"), "periods_per_year", self.periods_per_year, Range::AboveTo(1e6), faults);
        check_range(&at.key("risk_free"), "risk_free", self.risk_free, Range::Within(10.0), faults);
        let mut count = |at: &At<'_>, name: &str, value: u32, least: u32, most: u32| {
            if !(least..=most).contains(&value) {
                faults.push(Fault::new(
                    Code::OutOfRange,
                    at.key(name),
                    format!("{name} is {value}."),
                    format!("Give a whole number from {least} to {most}."),
                ));
            }
        };
        count(at, "ddof", self.ddof, 0, 1);
        count(at, "embargo", self.embargo, 0, 100_000);
        count(at, "overfitting_blocks", self.overfitting_blocks, 2, BLOCKS_MAX);
        count(at, "purge", self.purge, 0, 100_000);
        count(at, "test", self.test, 1, 1_000_000);
        count(at, "train", self.train, 2, 1_000_000);
        if let Some(trials) = self.trials {
            count(at, "trials", trials, 1, u32::MAX);
        }
        if let Some(combinatorial) = &self.combinatorial {
            let here = at.key("combinatorial");
            count(&here, "groups", combinatorial.groups, 3, GROUPS_MAX);
            count(&here, "test_groups", combinatorial.test_groups, 1, combinatorial.groups.max(2) - 1);
        }
        if !self.overfitting_blocks.is_multiple_of(2) {
            let message = format!("overfitting_blocks is {}, an odd number.", self.overfitting_blocks);
            faults.push(Fault::new(Code::OutOfRange, at.key("overfitting_blocks"), message, "Give an even number from 2 to 16."));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Decode, parse};

    fn faults_of(text: &str) -> Vec<String> {
        let mut faults = Faults::new();
        if let Some(config) = WalkForwardConfig::decode(&parse(text.as_bytes()).unwrap(), &At::Root, &mut faults) {
            config.validate(&At::Root, &mut faults);
        }
        faults.as_slice().iter().map(|fault| fault.path.clone()).collect()
    }

    #[test]
    fn every_fault_is_reported_and_defaults_are_valid() {
        assert_eq!(faults_of("{}"), Vec::<String>::new());
        assert_eq!(faults_of(r#"{"bootstrap":null,"combinatorial":null}"#), Vec::<String>::new());
        assert_eq!(
            faults_of(
                r#"{"cost_linear":1,"ddof":2,"overfitting_blocks":7,"test":0,"train":1,"trials":0,
                    "combinatorial":{"groups":4,"test_groups":4},"bootstrap":{"block":0.5}}"#
            ),
            [
                "/bootstrap/block",
                "/cost_linear",
                "/ddof",
                "/test",
                "/train",
                "/trials",
                "/combinatorial/test_groups",
                "/overfitting_blocks"
            ]
        );
    }
}
