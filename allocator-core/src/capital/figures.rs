//! Figures of a split (K9): expected volatility, risk contributions, diversification, tails, turnover.
//!
//! - Risk contribution `RCᵢ` = wᵢ(Σw)ᵢ/wᵀΣw; they sum to one. Source: Maillard, Roncalli and Teïletche (2010).
//! - Diversification ratio Σwᵢσᵢ/√(wᵀΣw), 1 for a single strategy. Source: Choueifaty and Coignard (2008).
//! - Effective bets 1/ΣRCᵢ², effective strategies 1/Σ(wᵢ/Σw)²: how many equal ones would be as concentrated.
//! - Value at risk and its tail mean of the strategies' history under these weights held constant, as in [`crate::stats::value_at_risk`].
//!
//! **Conventions.** Volatility and return a year, value at risk per period and as a return, so a loss is negative. Cash has no risk and
//! earns nothing here. A strategy with a weight whose risk is unknown makes every figure of risk unknown.

use super::market::{Joint, Market};
use crate::config::capital::CapitalConfig;
use crate::math;
use crate::optimise::Costs;
use crate::stats::value_at_risk::{
    CvarRule, VarRule, ascending, cvar_cornish_fisher, cvar_gaussian, cvar_historical, var_cornish_fisher, var_gaussian,
    var_historical,
};
use crate::stats::{Figure, Reasons, Unknown, UnknownFigure};
use serde::Serialize;

/// Figures of a split.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CapitalFigures {
    /// What the trades cost once, by `optimizer.cost_linear` and `cost_impact`, as a fraction of the capital; from nothing held where it was
    /// not said what is.
    pub cost: f64,
    /// Mean return in the tail, by the Cornish-Fisher expansion, per period.
    pub cvar_cornish_fisher: Option<f64>,
    /// Mean return in the tail, if returns were normal, per period.
    pub cvar_gaussian: Option<f64>,
    /// Mean return in the tail, as recorded, per period.
    pub cvar_historical: Option<f64>,
    /// Weighted volatility per volatility of the whole.
    pub diversification_ratio: Option<f64>,
    /// How many equal risk contributions would be as concentrated.
    pub effective_bets: Option<f64>,
    /// How many equal weights would be as concentrated.
    pub effective_strategies: Option<f64>,
    /// Expected return a year before costs, without what cash earns.
    pub expected_return: Option<f64>,
    /// The same less the costs, spread over `optimizer.horizon` periods.
    pub expected_return_net: Option<f64>,
    /// Expected volatility a year.
    pub expected_volatility: Option<f64>,
    /// Sum of the weights.
    pub gross: f64,
    /// Common dates that the figures of risk stand on.
    pub n: u32,
    /// Σ|change| against what is held; null where nothing was said to be held.
    pub turnover: Option<f64>,
    /// Why each null figure is null.
    pub unknown: Vec<UnknownFigure>,
    /// Value at risk by the Cornish-Fisher expansion, per period.
    pub var_cornish_fisher: Option<f64>,
    /// Value at risk if returns were normal, per period.
    pub var_gaussian: Option<f64>,
    /// Value at risk as recorded, per period.
    pub var_historical: Option<f64>,
}

/// Weights of the members of joint estimates; unknown where a strategy with a weight is none of them.
pub(super) fn member_weights(market: &Market<'_>, weights: &[f64]) -> Result<Vec<f64>, Unknown> {
    let joint = market.joint()?;
    let outside = |i: &usize| weights[*i] > 0.0 && !joint.members.contains(i);
    match (0..weights.len()).find(outside) {
        Some(i) => Err(market.unknown(i).unwrap_or(Unknown::NoCommonDates)),
        None => Ok(joint.members.iter().map(|&i| weights[i]).collect()),
    }
}

/// Volatility a year of some weights.
pub(super) fn expected_volatility(market: &Market<'_>, weights: &[f64]) -> Figure {
    let joint = market.joint()?;
    let held = member_weights(market, weights)?;
    let variance = joint.covariance.quadratic(&held);
    Ok((variance.max(0.0) * market.config().periods_per_year).sqrt())
}

/// Risk contribution of every strategy; `None` where it is unknown.
pub(super) fn risk_contributions(market: &Market<'_>, weights: &[f64]) -> Result<Vec<f64>, Unknown> {
    let held = member_weights(market, weights)?;
    let joint = market.joint()?;
    let product = joint.covariance.times(&held);
    let variance = math::dot(&product, &held);
    if variance <= 0.0 {
        return Err(Unknown::FlatSeries);
    }
    let mut all = vec![0.0; weights.len()];
    for (k, &i) in joint.members.iter().enumerate() {
        all[i] = held[k] * product[k] / variance;
    }
    Ok(all)
}

/// All figures.
pub(super) fn figures(market: &Market<'_>, weights: &[f64], previous: Option<&[f64]>) -> CapitalFigures {
    let config = market.config();
    let mut reasons = Reasons::default();
    let gross = math::sum(weights.iter().copied());
    let squares = math::dot(weights, weights);
    let held = if gross > 0.0 { member_weights(market, weights) } else { Err(Unknown::NothingDeployed) };
    let joint = market.joint();
    let with = |f: &dyn Fn(&Joint, &[f64]) -> Figure| match (&joint, &held) {
        (Ok(joint), Ok(held)) => f(joint, held),
        (_, Err(why)) | (Err(why), _) => Err(*why),
    };
    let volatility = with(&|_, _| expected_volatility(market, weights));
    let contributions = risk_contributions(market, weights);
    let returns: Result<Vec<f64>, Unknown> = match (&joint, &held) {
        (Ok(joint), Ok(held)) => Ok(portfolio_returns(joint, held)),
        (_, Err(why)) | (Err(why), _) => Err(*why),
    };
    let tail = |f: &dyn Fn(&[f64]) -> Figure| returns.as_ref().map_err(|why| *why).and_then(|returns| f(returns));
    let tails = Tails::of(config, &tail);
    let settings = &config.optimizer;
    let nothing = vec![0.0; weights.len()];
    let costs = Costs { linear: vec![settings.cost_linear; weights.len()], impact: vec![settings.cost_impact; weights.len()] };
    let cost = costs.of(previous.unwrap_or(&nothing), weights);
    let cost_a_year = cost * config.periods_per_year / f64::from(settings.horizon.max(1));
    let expected = with(&|joint, held| Ok(math::dot(&joint.mean, held) * config.periods_per_year));
    let mut take = |name: &str, figure: Figure| reasons.take(name, figure);
    let mut made = CapitalFigures {
        cost,
        cvar_cornish_fisher: take("cvar_cornish_fisher", tails.cvar_cornish_fisher),
        cvar_gaussian: take("cvar_gaussian", tails.cvar_gaussian),
        cvar_historical: take("cvar_historical", tails.cvar_historical),
        diversification_ratio: take(
            "diversification_ratio",
            with(&|joint, held| {
                let risk = joint.covariance.quadratic(held).max(0.0).sqrt();
                if risk > 0.0 { Ok(math::dot(&joint.deviations(), held) / risk) } else { Err(Unknown::FlatSeries) }
            }),
        ),
        effective_bets: take("effective_bets", contributions.map(|all| 1.0 / math::dot(&all, &all))),
        effective_strategies: take(
            "effective_strategies",
            if squares > 0.0 { Ok(gross * gross / squares) } else { Err(Unknown::NothingDeployed) },
        ),
        expected_return: take("expected_return", expected),
        expected_return_net: take("expected_return_net", expected.map(|gross| gross - cost_a_year)),
        expected_volatility: take("expected_volatility", volatility),
        gross,
        n: joint.map_or(0, |joint| joint.dates.len() as u32),
        turnover: previous.map(|previous| math::sum(weights.iter().zip(previous).map(|(w, p)| (w - p).abs()))),
        var_cornish_fisher: take("var_cornish_fisher", tails.var_cornish_fisher),
        var_gaussian: take("var_gaussian", tails.var_gaussian),
        var_historical: take("var_historical", tails.var_historical),
        unknown: Vec::new(),
    };
    made.unknown = reasons.finish();
    made
}

/// Return of the whole on every common date.
fn portfolio_returns(joint: &Joint, held: &[f64]) -> Vec<f64> {
    let mut returns = vec![0.0; joint.dates.len()];
    for (column, weight) in joint.columns.iter().zip(held) {
        crate::linalg::axpy(*weight, column, &mut returns);
    }
    returns
}

struct Tails {
    cvar_cornish_fisher: Figure,
    cvar_gaussian: Figure,
    cvar_historical: Figure,
    var_cornish_fisher: Figure,
    var_gaussian: Figure,
    var_historical: Figure,
}

impl Tails {
    fn of(config: &CapitalConfig, tail: &dyn Fn(&dyn Fn(&[f64]) -> Figure) -> Figure) -> Self {
        let (level, ddof) = (config.var_level, config.estimators.ddof);
        Tails {
            cvar_cornish_fisher: tail(&|returns| cvar_cornish_fisher(returns, level, ddof)),
            cvar_gaussian: tail(&|returns| cvar_gaussian(returns, level, ddof)),
            cvar_historical: tail(&|returns| {
                let sorted = ascending(returns);
                let var = var_historical(&sorted, level, VarRule::Linear)?;
                cvar_historical(&sorted, level, CvarRule::AtMostVar, var)
            }),
            var_cornish_fisher: tail(&|returns| var_cornish_fisher(returns, level, ddof)),
            var_gaussian: tail(&|returns| var_gaussian(returns, level, ddof)),
            var_historical: tail(&|returns| var_historical(&ascending(returns), level, VarRule::Linear)),
        }
    }
}
