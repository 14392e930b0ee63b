//! Settings of the methods that solve a programme.

use crate::config::blend::{Range, check_range};
use crate::error::{Code, Fault, Faults};
use crate::wire::{At, choice, record};
use std::collections::BTreeMap;

record! {
    /// Settings of the methods that solve a programme.
    pub struct OptimizerConfig {
        /// Coefficient k of the square-root impact k·|change|^1.5 of each trade, as a fraction of the capital.
        pub cost_impact: f64 = 0.0,
        /// Commission and half the spread, as a fraction of what is traded: 0.001 is ten basis points.
        pub cost_linear: f64 = 0.0,
        /// Whether everything is invested as far as limits allow; null for the method's own: no for `kelly_log_growth`,
        /// `robust_mean_variance` and `target_risk`, yes for the others.
        pub fully_invested: Option<bool> = None,
        /// Periods that the weights will be held; costs are spread over them.
        pub horizon: u32 = 21,
        /// Risk aversion λ of return − λ·variance per period.
        pub risk_aversion: f64 = 5.0,
        /// Radius of the uncertainty of the means in standard errors (`robust_mean_variance`).
        pub robust_radius: f64 = 1.0,
        /// Share of the worst periods or drawdowns (`min_cvar`, `min_cdar`): 0.05 for the 95 % `CVaR`.
        pub tail: f64 = 0.05,
        /// Expected return a year that is asked for (`target_return`).
        pub target_return: f64 = 0.08,
        /// Volatility a year that is allowed (`target_risk`).
        pub target_risk: f64 = 0.10,
    }
}

impl OptimizerConfig {
    pub(super) fn validate(&self, at: &At<'_>, faults: &mut Faults) {
        for (name, value) in [("cost_impact", self.cost_impact), ("cost_linear", self.cost_linear)] {
            check_range(&at.key(name), name, value, Range::Fraction, faults);
        }
        check_range(&at.key("risk_aversion"), "risk_aversion", self.risk_aversion, Range::AboveTo(1e6), faults);
        check_range(&at.key("robust_radius"), "robust_radius", self.robust_radius, Range::FromZeroTo(100.0), faults);
        check_range(&at.key("target_return"), "target_return", self.target_return, Range::Within(10.0), faults);
        check_range(&at.key("target_risk"), "target_risk", self.target_risk, Range::AboveTo(10.0), faults);
        if !(self.tail > 0.0 && self.tail < 1.0) {
            let message = format!("tail is {}.", self.tail);
            let hint = "Give a number above 0 and below 1, for example 0.05.";
            faults.push(Fault::new(Code::OutOfRange, at.key("tail"), message, hint));
        }
        if self.horizon == 0 {
            faults.push(Fault::new(Code::OutOfRange, at.key("horizon"), "horizon is 0.", "Give at least 1 period."));
        }
    }
}

choice! {
    /// Where the expected returns come from before views.
    pub enum PriorSource {
        /// The returns that make `market_weights` optimal: risk aversion × covariance × weights.
        Equilibrium = "equilibrium",
        /// The estimated means.
        Estimate = "estimate",
    }
}

choice! {
    /// What is done with the posterior.
    pub enum AfterViews {
        /// Greatest Sharpe ratio.
        MaxSharpe = "max_sharpe",
        /// Greatest utility with the optimizer's risk aversion.
        MeanVariance = "mean_variance",
        /// Least variance.
        MinVariance = "min_variance",
    }
}

record! {
    /// A view on expected returns.
    pub struct ViewConfig {
        /// Confidence from 0 (says nothing) to 1 (holds exactly); null for the variance that the prior has in this direction.
        pub confidence: Option<f64> = None,
        /// Return a year that the exposure is expected to earn.
        pub expected: f64 = 0.0,
        /// Coefficient by strategy: one for a view on itself, plus one and minus one for a view on a difference.
        pub exposure: BTreeMap<String, f64> = BTreeMap::new(),
    }
}

record! {
    /// Settings of the method `black_litterman`.
    pub struct BlackLittermanConfig {
        /// Weights of the market, by strategy; empty: the same for each.
        pub market_weights: BTreeMap<String, f64> = BTreeMap::new(),
        /// Where the expected returns come from before views.
        pub prior: PriorSource = PriorSource::Equilibrium,
        /// Risk aversion of the market, for the equilibrium.
        pub risk_aversion: f64 = 2.5,
        /// Variance of the prior relative to the covariance of returns; null for 1/n, n the observations.
        pub tau: Option<f64> = Some(0.05),
        /// What is done with the posterior.
        pub then: AfterViews = AfterViews::MaxSharpe,
        /// Views, at most 1,000.
        pub views: Vec<ViewConfig> = Vec::new(),
    }
}

/// Most views.
pub const VIEWS_MAX: usize = 1_000;

impl BlackLittermanConfig {
    pub(super) fn validate(&self, at: &At<'_>, faults: &mut Faults) {
        check_range(&at.key("risk_aversion"), "risk_aversion", self.risk_aversion, Range::AboveTo(1e6), faults);
        if let Some(tau) = self.tau {
            check_range(&at.key("tau"), "tau", tau, Range::AboveTo(1e3), faults);
        }
        let weights = at.key("market_weights");
        for (name, weight) in &self.market_weights {
            check_range(&weights.key(name), "A market weight", *weight, Range::FromZeroTo(1e6), faults);
        }
        let views = at.key("views");
        if self.views.len() > VIEWS_MAX {
            let message = format!("{} views, and {VIEWS_MAX} are the most.", self.views.len());
            faults.push(Fault::new(Code::LimitExceeded, views, message, "Join or leave out views."));
        }
        for (k, view) in self.views.iter().enumerate() {
            let here = views.index(k);
            check_range(&here.key("expected"), "expected", view.expected, Range::Within(1e3), faults);
            if let Some(confidence) = view.confidence {
                check_range(&here.key("confidence"), "confidence", confidence, Range::Fraction, faults);
            }
            let exposure = here.key("exposure");
            if view.exposure.values().all(|coefficient| *coefficient == 0.0) {
                let hint = "Name at least one strategy, for example {\"momentum\": 1}.";
                faults.push(Fault::new(Code::Empty, exposure, "The view is on nothing.", hint));
            }
            for (name, coefficient) in &view.exposure {
                check_range(&exposure.key(name), "A coefficient", *coefficient, Range::Within(1e3), faults);
            }
        }
    }
}
