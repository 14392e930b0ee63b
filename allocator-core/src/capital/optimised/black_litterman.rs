//! Black-Litterman: a prior, views, and an optimiser on the posterior; see [`crate::optimise::black_litterman`].
//!
//! **Conventions.** Settings are a year, the posterior per period. A view on strategies that are not known together is left out, and the
//! explanation says so. **Fails** where the market weights are no equilibrium of anybody; then take the prior `estimate`.

use super::super::{Algorithm, Input, Joint, Proposal};
use super::solve;
use crate::config::capital::{AfterViews, CapitalConfig, PriorSource};
use crate::linalg::Symmetric;
use crate::math;
use crate::optimise::black_litterman::{Posterior, View, equilibrium, posterior};
use crate::optimise::{max_sharpe, min_variance, utility};

/// Views on a prior.
pub struct BlackLitterman;

/// The posterior of joint estimates under the views of the settings, and what could not enter.
///
/// `names` are all strategies of the request, of which the estimates cover the members.
pub fn posterior_of(joint: &Joint, names: &[String], config: &CapitalConfig) -> (Posterior, Vec<String>) {
    let settings = &config.black_litterman;
    let n = joint.members.len();
    let covariance = joint.covariance.as_slice();
    let position = |name: &str| (0..n).find(|k| names[joint.members[*k]] == *name);
    let prior = match settings.prior {
        PriorSource::Estimate => joint.mean.clone(),
        PriorSource::Equilibrium => {
            let given: Vec<f64> =
                joint.members.iter().map(|i| settings.market_weights.get(&names[*i]).copied().unwrap_or(0.0)).collect();
            let total = math::sum(given.iter().copied());
            let market: Vec<f64> =
                if total > 0.0 { given.iter().map(|weight| weight / total).collect() } else { vec![1.0 / n.max(1) as f64; n] };
            equilibrium(covariance, &market, settings.risk_aversion)
        }
    };
    let tau = settings.tau.unwrap_or(1.0 / joint.dates.len().max(1) as f64);
    let mut notes = Vec::new();
    let mut views = Vec::new();
    for (k, view) in settings.views.iter().enumerate() {
        let mut exposure = vec![0.0; n];
        let mut missing = None;
        for (name, coefficient) in &view.exposure {
            match position(name) {
                Some(place) => exposure[place] = *coefficient,
                None if *coefficient != 0.0 => missing = Some(name),
                None => {}
            }
        }
        match missing {
            Some(name) => notes.push(format!("View {} was left out: too little is known of {name}.", k + 1)),
            None => views.push(View { exposure, expected: view.expected / config.periods_per_year, confidence: view.confidence }),
        }
    }
    if let Some(posterior) = posterior(&prior, covariance, tau, &views) {
        (posterior, notes)
    } else {
        notes.push(String::from("Views that are certain contradict or repeat each other; the prior stands alone."));
        let covariance = covariance.iter().map(|s| s + tau * s).collect();
        (Posterior { mean: prior, covariance, omega: Vec::new() }, notes)
    }
}

impl Algorithm for BlackLitterman {
    fn propose(&self, input: &Input<'_>) -> Proposal {
        let joint = match input.market.joint() {
            Ok(joint) => joint,
            Err(why) => return Proposal::unknown(input.count(), why),
        };
        let (posterior, notes) = posterior_of(joint, input.market.names(), input.config);
        let aversion = input.config.optimizer.risk_aversion;
        let mut proposal = solve(input, true, |task| {
            let (mean, covariance, limits) = (&posterior.mean, &posterior.covariance, &task.limits);
            match input.config.black_litterman.then {
                AfterViews::MaxSharpe => max_sharpe(mean, covariance, task.risk_free, limits),
                AfterViews::MeanVariance => utility(mean, covariance, aversion, &task.costs, limits),
                AfterViews::MinVariance => min_variance(covariance, aversion, &task.costs, limits),
            }
        });
        proposal.notes.splice(0..0, notes);
        proposal
    }

    fn sentence(&self) -> &'static str {
        "Strategies are weighted by expected returns that the views tilt away from the prior, each as far as its confidence goes."
    }
}

impl Joint {
    /// The estimates with mean and covariance of a posterior.
    #[must_use]
    pub fn with(mut self, posterior: Posterior) -> Joint {
        let n = self.members.len();
        self.covariance = Symmetric::from_lower(n, |i, j| posterior.covariance[i * n + j]);
        self.mean = posterior.mean;
        self
    }
}
