//! What the methods are called, what each does in a sentence, and its formula.

use allocator_core::config::capital::CapitalMethod;
use allocator_core::estimate::{CovarianceEstimator, MeanEstimator};
use allocator_core::wire::Choice;

/// The methods that stand side by side on a fresh page.
pub const FRESH: [CapitalMethod; 7] = [
    CapitalMethod::EqualWeight,
    CapitalMethod::InverseVolatility,
    CapitalMethod::EqualRiskContribution,
    CapitalMethod::HierarchicalRiskParity,
    CapitalMethod::MinVariance,
    CapitalMethod::MaxDiversification,
    CapitalMethod::MaxSharpe,
];

/// All methods that need nothing but returns, in the order they are offered: rules, risk, trees, growth, programmes, learners.
pub const OFFERED: [CapitalMethod; 28] = [
    CapitalMethod::EqualWeight,
    CapitalMethod::InverseVolatility,
    CapitalMethod::InverseVariance,
    CapitalMethod::EqualRiskContribution,
    CapitalMethod::RiskBudget,
    CapitalMethod::HierarchicalRiskParity,
    CapitalMethod::HierarchicalEqualRisk,
    CapitalMethod::NestedClustered,
    CapitalMethod::MinVariance,
    CapitalMethod::MaxDiversification,
    CapitalMethod::MaxSharpe,
    CapitalMethod::MeanVariance,
    CapitalMethod::RobustMeanVariance,
    CapitalMethod::TargetReturn,
    CapitalMethod::TargetRisk,
    CapitalMethod::BlackLitterman,
    CapitalMethod::MinCvar,
    CapitalMethod::MinCdar,
    CapitalMethod::KellyDiagonal,
    CapitalMethod::KellyMultivariate,
    CapitalMethod::LogGrowth,
    CapitalMethod::Sharpe,
    CapitalMethod::Dynamic,
    CapitalMethod::Drawdown,
    CapitalMethod::ExponentiatedGradient,
    CapitalMethod::FollowTheLeader,
    CapitalMethod::Hedge,
    CapitalMethod::RegimeAdaptive,
];

/// What a person reads.
pub const fn label(method: CapitalMethod) -> &'static str {
    match method {
        CapitalMethod::EqualRiskContribution => "Equal risk contribution",
        CapitalMethod::EqualWeight => "Equal weight",
        CapitalMethod::Fixed => "Fixed weights",
        CapitalMethod::Dynamic => "Recent winners",
        CapitalMethod::Sharpe => "Sharpe-proportional",
        CapitalMethod::InverseVolatility => "Inverse volatility",
        CapitalMethod::InverseVariance => "Inverse variance",
        CapitalMethod::RiskBudget => "Risk budgets",
        CapitalMethod::KellyDiagonal => "Kelly, one by one",
        CapitalMethod::KellyMultivariate => "Kelly, all together",
        CapitalMethod::Drawdown => "Drawdown-based",
        CapitalMethod::HierarchicalRiskParity => "Hierarchical risk parity",
        CapitalMethod::HierarchicalEqualRisk => "Hierarchical equal risk",
        CapitalMethod::NestedClustered => "Nested clusters",
        CapitalMethod::ExponentiatedGradient => "Exponentiated gradient",
        CapitalMethod::FollowTheLeader => "Follow the leader",
        CapitalMethod::Hedge => "Hedge",
        CapitalMethod::BlackLitterman => "Black-Litterman",
        CapitalMethod::LogGrowth => "Kelly, log growth",
        CapitalMethod::MaxDiversification => "Maximum diversification",
        CapitalMethod::MaxSharpe => "Maximum Sharpe",
        CapitalMethod::MeanVariance => "Mean-variance",
        CapitalMethod::MinCdar => "Minimum CDaR",
        CapitalMethod::MinCvar => "Minimum CVaR",
        CapitalMethod::MinVariance => "Minimum variance",
        CapitalMethod::RobustMeanVariance => "Robust mean-variance",
        CapitalMethod::TargetReturn => "Target return",
        CapitalMethod::TargetRisk => "Target volatility",
        CapitalMethod::RegimeAdaptive => "Regime-adaptive",
    }
}

/// Its formula, where one line says it.
pub const fn formula(method: CapitalMethod) -> &'static str {
    match method {
        CapitalMethod::EqualWeight => "wᵢ = 1/n",
        CapitalMethod::InverseVolatility => "wᵢ = (1/σᵢ) / Σⱼ (1/σⱼ)",
        CapitalMethod::InverseVariance => "wᵢ = (1/σᵢ²) / Σⱼ (1/σⱼ²)",
        CapitalMethod::EqualRiskContribution => "wᵢ(Σw)ᵢ = wⱼ(Σw)ⱼ",
        CapitalMethod::RiskBudget => "wᵢ(Σw)ᵢ = bᵢ · wᵀΣw",
        CapitalMethod::KellyDiagonal => "wᵢ = f · μᵢ/σᵢ²",
        CapitalMethod::KellyMultivariate => "w = f · Σ⁻¹μ",
        CapitalMethod::LogGrowth => "max mean log(1 + Xw)",
        CapitalMethod::Sharpe => "wᵢ = max(Sᵢ, 0) / Σⱼ max(Sⱼ, 0)",
        CapitalMethod::Drawdown => "wᵢ ∝ 1/(1 + |DDᵢ|)",
        CapitalMethod::MinVariance => "min wᵀΣw",
        CapitalMethod::MaxDiversification => "max wᵀσ / √(wᵀΣw)",
        CapitalMethod::MaxSharpe => "max (μᵀw − r) / √(wᵀΣw)",
        CapitalMethod::MeanVariance => "max μᵀw − λ·wᵀΣw",
        CapitalMethod::TargetReturn => "min wᵀΣw, μᵀw ≥ r",
        CapitalMethod::TargetRisk => "max μᵀw, √(wᵀΣw) ≤ v",
        CapitalMethod::RobustMeanVariance => "max μᵀw − κ·√(wᵀSw) − λ·wᵀΣw",
        CapitalMethod::MinCvar => "min mean of the worst periods",
        CapitalMethod::MinCdar => "min mean of the worst drawdowns",
        _ => "",
    }
}

/// What it does, in a sentence.
pub fn meaning(method: CapitalMethod) -> String {
    meaning_of(method)
}

/// The sentence of a word of the settings.
fn meaning_of<C: Choice + PartialEq>(choice: C) -> String {
    C::WORDS.iter().find(|(known, ..)| *known == choice).map_or_else(String::new, |(_, _, _, doc)| doc.trim().to_owned())
}

/// What an estimator of the mean is called, and what it does.
pub fn mean_label(estimator: MeanEstimator) -> (&'static str, String) {
    let label = match estimator {
        MeanEstimator::Sample => "Sample",
        MeanEstimator::Ewma => "Exponentially weighted",
        MeanEstimator::JamesStein => "James-Stein",
        MeanEstimator::ShrinkToZero => "Shrunk to zero",
    };
    (label, meaning_of(estimator))
}

/// What an estimator of the covariance is called, and what it does.
pub fn covariance_label(estimator: CovarianceEstimator) -> (&'static str, String) {
    let label = match estimator {
        CovarianceEstimator::Sample => "Sample",
        CovarianceEstimator::Ewma => "Exponentially weighted",
        CovarianceEstimator::LedoitWolf => "Ledoit-Wolf",
        CovarianceEstimator::LedoitWolfSingleFactor => "Ledoit-Wolf, one factor",
        CovarianceEstimator::LedoitWolfConstantCorrelation => "Ledoit-Wolf, one correlation",
        CovarianceEstimator::Oas => "OAS",
        CovarianceEstimator::Denoised => "Denoised",
        CovarianceEstimator::Semi => "Below the target only",
        CovarianceEstimator::Pairwise => "Pairwise, with gaps",
    };
    (label, meaning_of(estimator))
}

/// How an allocation ended where it is not simply optimal: what it means for the money.
pub fn status(word: &str) -> Option<&'static str> {
    Some(match word {
        "infeasible_capped" => "The maximums leave no room for everything: what is over stays in cash.",
        "limits_conflict" => "Limits contradict each other; one gave way.",
        "no_edge" => "No strategy has an edge by this method; nothing is deployed beyond minimums.",
        "insufficient_history" => "Of no strategy enough is known; nothing is deployed beyond minimums.",
        "empty" => "There are no strategies.",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_method_but_the_plan_is_offered_once_under_a_name_of_its_own() {
        let offered: BTreeSet<CapitalMethod> = OFFERED.into_iter().collect();
        let all: BTreeSet<CapitalMethod> = CapitalMethod::WORDS.iter().map(|(method, ..)| *method).collect();
        assert_eq!(offered.len(), OFFERED.len());
        assert_eq!(all.difference(&offered).collect::<Vec<_>>(), [&CapitalMethod::Fixed]);
        let names: BTreeSet<&str> = all.iter().map(|method| label(*method)).collect();
        assert_eq!(names.len(), all.len());
        assert!(all.iter().all(|method| meaning(*method).ends_with('.')));
        assert!(FRESH.iter().all(|method| offered.contains(method)));
    }
}
