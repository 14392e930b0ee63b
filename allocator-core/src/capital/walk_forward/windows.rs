//! Windows in sample and out of sample, one after the other.

use crate::config::walk_forward::{TrainingWindow, WalkForwardConfig};
use std::ops::Range;

/// Rows in sample, and rows out of sample behind them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fold {
    /// In sample.
    pub train: Range<usize>,
    /// Out of sample.
    pub test: Range<usize>,
}

/// The folds of a history of so many rows: none overlaps another out of sample, and together they reach the last row.
pub fn folds(rows: usize, config: &WalkForwardConfig) -> Vec<Fold> {
    let (train, test) = (config.train as usize, config.test as usize);
    // Nothing lies in sample behind the test window, so that both keep away from its start.
    let gap = config.purge as usize + config.embargo as usize;
    let mut found = Vec::new();
    let mut start = train + gap;
    while start < rows {
        let end = start - gap;
        let first = match config.window {
            TrainingWindow::Expanding => 0,
            TrainingWindow::Rolling => end - train,
        };
        found.push(Fold { train: first..end, test: start..rows.min(start + test) });
        start += test;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_by_hand() {
        let config = WalkForwardConfig { train: 4, test: 3, embargo: 1, purge: 1, ..WalkForwardConfig::default() };
        let expanding = folds(11, &config);
        assert_eq!(expanding, [Fold { train: 0..4, test: 6..9 }, Fold { train: 0..7, test: 9..11 }]);
        let rolling = folds(11, &WalkForwardConfig { window: TrainingWindow::Rolling, ..config.clone() });
        assert_eq!(rolling, [Fold { train: 0..4, test: 6..9 }, Fold { train: 3..7, test: 9..11 }]);
        assert_eq!(folds(6, &config), []);
    }
}
