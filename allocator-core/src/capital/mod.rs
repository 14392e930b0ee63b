//! Capital across strategies (K1): one algorithm a file behind one trait, under hard limits (K3).
//!
//! ```text
//! returns, statistics ── Market ──> Input ── Algorithm::propose ──> Proposal (proportions, or weights within limits)
//!                                                                       │ limits, fill, adjust
//!                                                                       ▼
//!                                     Outcome: weights, status, what binds, cash and its causes, figures, why
//! ```
//!
//! An algorithm says how strategies stand to each other; it never sees to limits itself unless it is an optimiser that takes them into
//! its programme ([`Proposal::placed`]). Everything is in the order of the strategies' names.

mod adjust;
pub mod bootstrap;
pub mod clustering;
pub mod drawdown;
pub mod dynamic;
pub mod equal_weight;
pub mod erc;
mod explain;
mod figures;
mod fill;
pub mod fixed;
pub mod herc;
pub mod hrp;
pub mod inverse_volatility;
pub mod kelly;
pub mod kelly_multivariate;
mod limits;
mod market;
pub mod nco;
pub mod nonnegative;
pub mod online;
pub mod optimised;
mod outcome;
pub mod regime;
pub mod schedule;
pub mod sharpe;
pub mod walk_forward;

pub use erc::{RiskBudgeting, risk_budget_weights};
pub use figures::CapitalFigures;
pub use fill::{Filled, fill};
pub use limits::{Conflict, GroupBound, Limits};
pub use market::{GivenStatistics, Joint, Market};
pub use nonnegative::maximise;
pub use outcome::{Allocation, Binding, Bound, CapitalStatus, CashReason, Outcome, ScoreFigure, allocate};
pub use regime::{RegimePoint, regimes};

use crate::config::capital::{CapitalConfig, CapitalMethod, MarketRegime};
use crate::stats::Unknown;

/// What an algorithm may look at.
pub struct Input<'a> {
    /// The strategies, their histories and joint estimates.
    pub market: &'a Market<'a>,
    /// Settings.
    pub config: &'a CapitalConfig,
    /// The method, whose lookback counts.
    pub method: CapitalMethod,
    /// The limits, for optimisers.
    pub limits: &'a Limits,
    /// The regime that was given, for `detector: risk`.
    pub regime: Option<MarketRegime>,
}

impl Input<'_> {
    /// How many strategies there are.
    pub fn count(&self) -> usize {
        self.market.names().len()
    }

    /// The newest returns of strategy i that the method looks at.
    pub fn window(&self, i: usize) -> &[f64] {
        self.market.window(i, self.config.lookback_of(self.method))
    }
}

/// What an algorithm says of one strategy.
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    /// How much it weighs beside the others, 0 or above.
    pub base: f64,
    /// The figure behind it: its name, its value, and the observations it was computed from (`None`: it was given).
    pub figure: Option<(&'static str, f64, Option<u32>)>,
    /// Why nothing can be said.
    pub unknown: Option<Unknown>,
}

impl Score {
    /// Weighs this much.
    pub fn weighs(base: f64) -> Self {
        Score { base, figure: None, unknown: None }
    }

    /// Weighs this much because of a figure.
    pub fn measured(base: f64, name: &'static str, value: f64, n: Option<u32>) -> Self {
        Score { base, figure: Some((name, value, n)), unknown: None }
    }

    /// Nothing can be said.
    pub fn unknown(why: Unknown) -> Self {
        Score { base: 0.0, figure: None, unknown: Some(why) }
    }
}

/// How the proportions of a proposal become weights.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Deploy {
    /// They are filled up to the total.
    All,
    /// They are filled up to this much of the capital, the sum of a plan.
    UpTo(f64),
    /// They are sizes: no strategy gets more than its own, and all are scaled down where they are more than the total.
    Sizes,
}

/// Weights that an optimiser found within all limits.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed {
    /// One weight a strategy.
    pub weights: Vec<f64>,
    /// Which limits bind, with their shadow prices.
    pub bindings: Vec<Bound>,
    /// How it ended.
    pub status: CapitalStatus,
}

/// The opinion of an algorithm.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposal {
    /// One score a strategy.
    pub scores: Vec<Score>,
    /// How the scores become weights.
    pub deploy: Deploy,
    /// A least weight of each strategy that the rule itself asks for, below its `min` or above.
    pub floor: f64,
    /// Weights within limits, where the algorithm is an optimiser.
    pub placed: Option<Placed>,
    /// Sentences for the explanation.
    pub notes: Vec<String>,
}

impl Proposal {
    /// Proportions to be filled up to the total.
    pub fn proportions(scores: Vec<Score>) -> Self {
        Proposal { scores, deploy: Deploy::All, floor: 0.0, placed: None, notes: Vec::new() }
    }

    /// Nothing is known of any strategy.
    pub fn unknown(count: usize, why: Unknown) -> Self {
        Self::proportions(vec![Score::unknown(why); count])
    }
}

/// A way to split capital. A new one is one file with this trait and one line in [`algorithm`].
pub trait Algorithm {
    /// What it says of the strategies.
    fn propose(&self, input: &Input<'_>) -> Proposal;

    /// What it does, in a sentence for the explanation.
    fn sentence(&self) -> &'static str;
}

/// The algorithm of a method.
pub fn algorithm(method: CapitalMethod) -> &'static dyn Algorithm {
    match method {
        CapitalMethod::Drawdown => &drawdown::DrawdownBased,
        CapitalMethod::Dynamic => &dynamic::RecentWinners,
        CapitalMethod::EqualRiskContribution => &erc::EqualRiskContribution,
        CapitalMethod::EqualWeight => &equal_weight::EqualWeight,
        CapitalMethod::ExponentiatedGradient => &online::ExponentiatedGradient,
        CapitalMethod::Fixed => &fixed::Fixed,
        CapitalMethod::FollowTheLeader => &online::FollowTheRegularizedLeader,
        CapitalMethod::Hedge => &online::Hedge,
        CapitalMethod::HierarchicalEqualRisk => &herc::HierarchicalEqualRisk,
        CapitalMethod::HierarchicalRiskParity => &hrp::HierarchicalRiskParity,
        CapitalMethod::InverseVariance => &inverse_volatility::InverseVariance,
        CapitalMethod::InverseVolatility => &inverse_volatility::InverseVolatility,
        CapitalMethod::KellyDiagonal => &kelly::KellyDiagonal,
        CapitalMethod::KellyMultivariate => &kelly_multivariate::KellyMultivariate,
        CapitalMethod::NestedClustered => &nco::NestedClustered,
        CapitalMethod::BlackLitterman => &optimised::BlackLitterman,
        CapitalMethod::LogGrowth => &optimised::LogGrowth,
        CapitalMethod::MaxDiversification => &optimised::MaxDiversification,
        CapitalMethod::MaxSharpe => &optimised::MaxSharpe,
        CapitalMethod::MeanVariance => &optimised::MeanVariance,
        CapitalMethod::MinCdar => &optimised::MinCdar,
        CapitalMethod::MinCvar => &optimised::MinCvar,
        CapitalMethod::MinVariance => &optimised::MinVariance,
        CapitalMethod::RobustMeanVariance => &optimised::RobustMeanVariance,
        CapitalMethod::TargetReturn => &optimised::TargetReturn,
        CapitalMethod::TargetRisk => &optimised::TargetRisk,
        CapitalMethod::RegimeAdaptive => &regime::RegimeAdaptive,
        CapitalMethod::RiskBudget => &erc::RiskBudgeting,
        CapitalMethod::Sharpe => &sharpe::SharpeProportional,
    }
}
