//! What is known of the strategies: each one's own history and given figures, and what they have in common.
//!
//! **Conventions.** A strategy is known by itself from `min_observations` returns on; below it, and for a risk below `min_volatility`, it is
//! unknown. Joint estimates stand on the dates that all known strategies have; where those are too few, the strategy with the shortest
//! history is left out and the rest tried again, because one newcomer must not silence the others.

use crate::config::capital::{CapitalConfig, CapitalMethod, EstimatorConfig, ShortHistory};
use crate::estimate::{
    Covariance, CovarianceEstimator, MeanEstimator, denoise, ewma, ledoit_wolf, mean as means, oas, pairwise, sample, semi,
};
use crate::frame::{ReturnBook, Series};
use crate::linalg::Symmetric;
use crate::stats::{Figure, Unknown, volatility};
use crate::units::UnixNanos;
use crate::wire::record;
use std::cell::OnceCell;

record! {
    /// Figures of a strategy that its owner gives; each goes before the one from its history.
    pub struct GivenStatistics {
        /// Return from the last peak, zero or negative: -0.12 is 12 % below it.
        pub current_drawdown: Option<f64> = None,
        /// Deepest drawdown, zero or negative.
        pub max_drawdown: Option<f64> = None,
        /// Sharpe ratio, a year.
        pub sharpe: Option<f64> = None,
        /// Volatility, a year.
        pub volatility: Option<f64> = None,
    }
}

/// Estimates that need all strategies together.
#[derive(Clone, Debug)]
pub struct Joint {
    /// The strategies in it, ascending.
    pub members: Vec<usize>,
    /// The common dates, oldest first.
    pub dates: Vec<UnixNanos>,
    /// Returns on these dates, one column a member.
    pub columns: Vec<Vec<f64>>,
    /// Expected returns per period, one a member.
    pub mean: Vec<f64>,
    /// Covariance per period.
    pub covariance: Symmetric,
    /// Share of the target in the covariance, where its estimator shrinks.
    pub shrinkage: Option<f64>,
    /// Share of the target in the means, where their estimator shrinks.
    pub mean_shrinkage: Option<f64>,
    /// Whether pairs contradicted each other and gave way (covariance `pairwise`).
    pub mended: bool,
}

impl Joint {
    /// Volatilities per period, one a member.
    pub fn deviations(&self) -> Vec<f64> {
        self.covariance.diagonal().iter().map(|variance| variance.sqrt()).collect()
    }

    /// The correlation matrix; members have positive variance.
    pub fn correlation(&self) -> Symmetric {
        let deviation = self.deviations();
        Symmetric::from_lower(self.members.len(), |i, j| {
            if i == j { 1.0 } else { (self.covariance.get(i, j) / (deviation[i] * deviation[j])).clamp(-1.0, 1.0) }
        })
    }
}

/// The strategies of a request, by name.
pub struct Market<'a> {
    names: &'a [String],
    series: Vec<Option<&'a Series>>,
    given: Vec<GivenStatistics>,
    forecasts: Vec<Option<f64>>,
    config: &'a CapitalConfig,
    joint: OnceCell<Result<Joint, Unknown>>,
    unknown: OnceCell<Vec<Option<Unknown>>>,
}

impl<'a> Market<'a> {
    /// The market of these strategies, sorted by name; `given` and `forecasts` (returns a year) are parallel to them.
    pub fn new(
        names: &'a [String],
        returns: &'a ReturnBook,
        given: Vec<GivenStatistics>,
        forecasts: Vec<Option<f64>>,
        config: &'a CapitalConfig,
    ) -> Self {
        let series = names.iter().map(|name| returns.get(name)).collect();
        Market { names, series, given, forecasts, config, joint: OnceCell::new(), unknown: OnceCell::new() }
    }

    /// The strategies.
    pub fn names(&self) -> &[String] {
        self.names
    }

    /// Settings.
    pub fn config(&self) -> &CapitalConfig {
        self.config
    }

    /// What the owner said of strategy i.
    pub fn given(&self, i: usize) -> &GivenStatistics {
        &self.given[i]
    }

    /// The expected return a year that was given for strategy i.
    pub fn expected_return(&self, i: usize) -> Option<f64> {
        self.forecasts[i]
    }

    /// The newest returns of strategy i.
    pub fn window(&self, i: usize, lookback: Option<u32>) -> &[f64] {
        let values = self.series[i].map_or(&[][..], |series| series.values.as_slice());
        let skip = lookback.map_or(0, |lookback| values.len().saturating_sub(lookback as usize));
        &values[skip..]
    }

    /// Volatility a year of strategy i over the lookback of a method, given or measured.
    ///
    /// # Errors
    /// Too short a history, or a risk below the floor.
    pub fn volatility(&self, i: usize, method: CapitalMethod) -> Figure {
        let config = self.config;
        let value = if let Some(given) = self.given[i].volatility {
            given
        } else {
            let window = self.window(i, config.lookback_of(method));
            if window.len() < config.min_observations as usize {
                return match config.short_history {
                    ShortHistory::StandIn => Ok(1.0),
                    ShortHistory::Unknown => Err(Unknown::InsufficientHistory),
                };
            }
            volatility(window, config.estimators.ddof, config.periods_per_year)?
        };
        if value < config.min_volatility { Err(Unknown::FlatSeries) } else { Ok(value) }
    }

    /// Why strategy i cannot enter joint estimates; computed once for all.
    pub fn unknown(&self, i: usize) -> Option<Unknown> {
        let all = self.unknown.get_or_init(|| (0..self.names.len()).map(|i| self.why_unknown(i)).collect());
        all.get(i).copied().flatten()
    }

    fn why_unknown(&self, i: usize) -> Option<Unknown> {
        let window = self.window(i, self.config.lookback);
        if window.len() < self.config.min_observations as usize {
            return Some(Unknown::InsufficientHistory);
        }
        match volatility(window, self.config.estimators.ddof, self.config.periods_per_year) {
            Ok(value) if value >= self.config.min_volatility => None,
            Ok(_) => Some(Unknown::FlatSeries),
            Err(why) => Some(why),
        }
    }

    /// Estimates of all strategies that are known together; computed once.
    ///
    /// # Errors
    /// No strategy is known, or the estimator has no answer.
    pub fn joint(&self) -> Result<&Joint, Unknown> {
        let made = self.joint.get_or_init(|| {
            let members: Vec<usize> = (0..self.names.len()).filter(|&i| self.unknown(i).is_none()).collect();
            self.join(members)
        });
        made.as_ref().map_err(|why| *why)
    }

    /// Estimates in which flat strategies stay, to be shown.
    ///
    /// # Errors
    /// As [`Market::joint`].
    pub fn shown(&self) -> Result<Joint, Unknown> {
        if !self.config.estimators.keep_flat {
            return self.joint().cloned();
        }
        let enough = |i: &usize| self.window(*i, self.config.lookback).len() >= self.config.min_observations as usize;
        self.join((0..self.names.len()).filter(enough).collect())
    }

    fn join(&self, mut members: Vec<usize>) -> Result<Joint, Unknown> {
        let pairs = self.config.estimators.covariance == CovarianceEstimator::Pairwise;
        let enough = self.config.min_observations as usize;
        loop {
            if members.is_empty() {
                return Err(Unknown::InsufficientHistory);
            }
            let (dates, columns) = self.aligned(&members);
            if pairs || dates.len() >= enough {
                match self.estimated(members.clone(), dates, columns) {
                    Err(Unknown::InsufficientHistory) if pairs && members.len() > 1 => {}
                    other => return other,
                }
            }
            // The shortest history gives way, the last by name of equals.
            let length = |i: usize| self.series[i].map_or(0, |series| series.values.len());
            let shortest = (0..members.len()).min_by_key(|&k| (length(members[k]), std::cmp::Reverse(k)));
            members.remove(shortest.unwrap_or_default());
        }
    }

    /// The newest common dates of the members, and their returns on them.
    fn aligned(&self, members: &[usize]) -> (Vec<UnixNanos>, Vec<Vec<f64>>) {
        let series: Vec<&Series> = members.iter().filter_map(|&i| self.series[i]).collect();
        let Some(first) = series.first() else { return (Vec::new(), Vec::new()) };
        let mut dates: Vec<UnixNanos> = first.times.clone();
        for other in &series[1..] {
            if other.times != dates {
                dates.retain(|date| other.times.binary_search(date).is_ok());
            }
        }
        if let Some(lookback) = self.config.lookback {
            dates.drain(..dates.len().saturating_sub(lookback as usize));
        }
        let column = |series: &&Series| -> Vec<f64> {
            if series.times.len() == dates.len() {
                return series.values.clone();
            }
            dates.iter().filter_map(|date| series.times.binary_search(date).ok().map(|at| series.values[at])).collect()
        };
        let columns = series.iter().map(column).collect();
        (dates, columns)
    }

    fn estimated(&self, members: Vec<usize>, dates: Vec<UnixNanos>, columns: Vec<Vec<f64>>) -> Result<Joint, Unknown> {
        let settings = &self.config.estimators;
        let mut mended = false;
        let Covariance { matrix: covariance, shrinkage } = if settings.covariance == CovarianceEstimator::Pairwise {
            let series: Vec<Series> = members.iter().map(|&i| self.truncated(i)).collect();
            let borrowed: Vec<&Series> = series.iter().collect();
            let (estimate, changed) = pairwise::covariance(&borrowed, settings.ddof, self.config.min_observations as usize)?;
            mended = changed;
            estimate
        } else {
            covariance_of(settings, &columns, self.config.periods_per_year)?
        };
        let (mut mean, mean_shrinkage) = self.means(&members, &columns, &covariance)?;
        for (mean, &i) in mean.iter_mut().zip(&members) {
            if let Some(forecast) = self.forecasts[i] {
                *mean = forecast / self.config.periods_per_year;
            }
        }
        Ok(Joint { members, dates, columns, mean, covariance, shrinkage, mean_shrinkage, mended })
    }

    /// The newest part of a history.
    fn truncated(&self, i: usize) -> Series {
        let window = self.window(i, self.config.lookback);
        let series = self.series[i];
        let times = series.map_or(&[][..], |series| series.times.as_slice());
        Series { name: self.names[i].clone(), times: times[times.len() - window.len()..].to_vec(), values: window.to_vec() }
    }

    fn means(&self, members: &[usize], columns: &[Vec<f64>], covariance: &Symmetric) -> Result<(Vec<f64>, Option<f64>), Unknown> {
        let settings = &self.config.estimators;
        // With gaps each mean stands on its own history.
        let own: Vec<Vec<f64>>;
        let columns = if settings.covariance == CovarianceEstimator::Pairwise {
            own = members.iter().map(|&i| self.window(i, self.config.lookback).to_vec()).collect();
            own.as_slice()
        } else {
            columns
        };
        let sample = means::sample(columns)?;
        Ok(match settings.mean {
            MeanEstimator::Sample => (sample, None),
            MeanEstimator::ShrinkToZero => {
                (sample.iter().map(|mean| (1.0 - settings.mean_shrinkage) * mean).collect(), Some(settings.mean_shrinkage))
            }
            MeanEstimator::JamesStein => {
                let count = columns.iter().map(Vec::len).min().unwrap_or_default();
                let (shrunk, share) = means::james_stein(&sample, covariance, count)?;
                (shrunk, Some(share))
            }
            MeanEstimator::Ewma => {
                let lambda = settings.ewma.lambda();
                (columns.iter().map(|column| ewma::mean(column, lambda)).collect::<Result<_, _>>()?, None)
            }
        })
    }
}

/// The covariance of aligned columns by the estimator of the settings; `Pairwise` needs series with dates and is not for this.
fn covariance_of(settings: &EstimatorConfig, columns: &[Vec<f64>], periods_per_year: f64) -> Result<Covariance, Unknown> {
    match settings.covariance {
        CovarianceEstimator::Denoised => denoise::covariance(columns, settings.ddof),
        CovarianceEstimator::Ewma => ewma::covariance(columns, settings.ewma.lambda(), settings.ewma.convention),
        CovarianceEstimator::LedoitWolf => ledoit_wolf::constant_variance(columns),
        CovarianceEstimator::LedoitWolfConstantCorrelation => ledoit_wolf::constant_correlation(columns),
        CovarianceEstimator::LedoitWolfSingleFactor => ledoit_wolf::single_factor(columns),
        CovarianceEstimator::Oas => oas::covariance(columns),
        CovarianceEstimator::Sample | CovarianceEstimator::Pairwise => sample::covariance(columns, settings.ddof),
        CovarianceEstimator::Semi => semi::covariance(columns, settings.semi_target / periods_per_year),
    }
}
