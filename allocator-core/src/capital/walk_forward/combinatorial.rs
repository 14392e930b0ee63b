//! Combinatorial purged cross-validation: many paths through the past instead of one.
//!
//! The history is cut into N groups. Every choice of k of them is out of sample once, and the split is made on the others, less `purge` periods
//! before each group out of sample and `embargo` periods after it. Each group is out of sample C(N − 1, k − 1) times, which makes so many
//! paths through the whole history. Source: López de Prado (2018), *Advances in Financial Machine Learning*, chapter 12.
//!
//! **Conventions.** Most of what is in sample lies after what is out of sample: this measures how a rule generalises, not what could have been
//! earned. Path j has, of every group, the j-th choice that holds it, in lexicographic order. No costs.

use super::hold::Held;
use super::{Candidate, History};
use crate::config::walk_forward::{CombinatorialConfig, WalkForwardConfig};
use crate::math;
use crate::stats::overfitting::Choices;
use crate::stats::{Figure, Unknown, sharpe};
use serde::Serialize;
use std::ops::Range;

/// The Sharpe ratios of all paths.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CombinatorialReport {
    /// Choices of groups out of sample.
    pub choices: u32,
    /// Standard deviation of the ratios over the paths; null for a single one.
    pub deviation: Option<f64>,
    /// Share of the paths with a ratio below zero.
    pub loss_share: f64,
    /// Mean of the ratios.
    pub mean: f64,
    /// Sharpe ratio a year of every path; null where it is undefined.
    pub sharpe: Vec<Option<f64>>,
}

/// Rows of the groups.
fn groups(rows: usize, count: usize) -> Vec<Range<usize>> {
    (0..count).map(|g| g * rows / count..(g + 1) * rows / count).collect()
}

/// Which rows are in sample where some groups are out of sample.
fn in_sample(rows: usize, out: &[&Range<usize>], config: &WalkForwardConfig) -> Vec<bool> {
    let mut sample = vec![true; rows];
    for group in out {
        let first = group.start.saturating_sub(config.purge as usize);
        let last = rows.min(group.end + config.embargo as usize);
        sample[first..last].fill(false);
    }
    sample
}

/// Carries a candidate through every choice.
///
/// # Errors
/// Fewer than two dates a group, or no path with a Sharpe ratio.
pub fn combinatorial(
    history: &History<'_>,
    candidate: &Candidate<'_>,
    settings: &CombinatorialConfig,
    config: &WalkForwardConfig,
) -> Result<CombinatorialReport, Unknown> {
    let rows = history.dates().len();
    let groups = groups(rows, settings.groups as usize);
    if groups.iter().any(|group| group.len() < 2) {
        return Err(Unknown::InsufficientHistory);
    }
    let mut paths: Vec<Vec<f64>> = Vec::new();
    let mut seen = vec![0_usize; groups.len()];
    let mut choices = 0;
    for chosen in Choices::new(groups.len(), settings.test_groups as usize) {
        choices += 1;
        let out: Vec<&Range<usize>> = chosen.iter().map(|&g| &groups[g]).collect();
        let (weights, _) = history.split(candidate.config, &in_sample(rows, &out, config), None);
        for &g in &chosen {
            if paths.len() <= seen[g] {
                paths.push(vec![0.0; rows]);
            }
            let mut held = Held::new(weights.clone());
            for row in groups[g].clone() {
                paths[seen[g]][row] = held.through(history, row);
            }
            seen[g] += 1;
        }
    }
    let ratio = |path: &Vec<f64>| sharpe(path, config.ddof, config.periods_per_year, config.risk_free);
    let ratios: Vec<Figure> = paths.iter().map(ratio).collect();
    let known: Vec<f64> = ratios.iter().filter_map(|ratio| ratio.ok()).collect();
    if known.is_empty() {
        return Err(ratios.first().and_then(|first| first.err()).unwrap_or(Unknown::InsufficientHistory));
    }
    let count = known.len() as f64;
    let mean = math::sum(known.iter().copied()) / count;
    let squares = math::sum(known.iter().map(|ratio| (ratio - mean) * (ratio - mean)));
    Ok(CombinatorialReport {
        choices,
        deviation: (known.len() > 1).then(|| (squares / (count - 1.0)).sqrt()),
        loss_share: known.iter().filter(|ratio| **ratio < 0.0).count() as f64 / count,
        mean: mean + 0.0,
        sharpe: ratios.into_iter().map(Result::ok).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::capital::{CapitalConfig, CapitalMethod};
    use crate::error::Faults;
    use crate::frame::ReturnBook;
    use crate::units::UnixNanos;
    use std::collections::BTreeMap;

    #[test]
    fn purge_and_embargo_keep_neighbours_out() {
        let config = WalkForwardConfig { purge: 1, embargo: 2, ..WalkForwardConfig::default() };
        let groups = groups(12, 4);
        assert_eq!(groups, [0..3, 3..6, 6..9, 9..12]);
        let kept: Vec<usize> =
            in_sample(12, &[&groups[1]], &config).iter().enumerate().filter(|(_, kept)| **kept).map(|(row, _)| row).collect();
        assert_eq!(kept, [0, 1, 8, 9, 10, 11]);
    }

    #[test]
    fn six_groups_by_two_make_five_paths_and_a_fixed_plan_the_same_on_each() {
        let rows = (0..60).map(|i| (UnixNanos::from_days(19_000 + i).unwrap(), 0.001 + 0.01 * (f64::from(i as i32 % 7) - 3.0)));
        let points = BTreeMap::from([(String::from("a"), rows.collect())]);
        let book = ReturnBook::from_points(points, |_, _| String::new(), &mut Faults::new()).unwrap();
        let history = History::of(&book);
        let plan = CapitalConfig {
            method: CapitalMethod::Fixed,
            fixed: BTreeMap::from([(String::from("a"), 1.0)]),
            ..CapitalConfig::default()
        };
        let config = WalkForwardConfig::default();
        let settings = CombinatorialConfig::default();
        let candidate = Candidate { name: "plan", config: &plan };
        let report = combinatorial(&history, &candidate, &settings, &config).unwrap();
        assert_eq!((report.choices, report.sharpe.len()), (15, 5));
        let alone = sharpe(&book.series()[0].values, 1, 252.0, 0.0).unwrap();
        assert!(report.sharpe.iter().all(|ratio| ratio.is_some_and(|ratio| (ratio - alone).abs() < 1e-12)));
        assert!(report.deviation.unwrap() < 1e-12);
    }
}
