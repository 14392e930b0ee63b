//! Settings of capital across strategies: the method, what it estimates from, and the limits that bind it.

mod constraints;
mod estimators;
mod methods;
mod optimizer;

pub use constraints::{ConstraintOrder, ConstraintsConfig, GroupLimit, StrategyLimit};
pub use estimators::{EstimatorConfig, EwmaConfig};
pub use methods::{
    ClusteringConfig, Compounding, Detector, DrawdownConfig, DynamicConfig, FloorRule, KellyConfig, KellyRule, LeafOrdering,
    LearningConfig, Linkage, MarketRegime, RecoveryBonus, RegimeConfig,
};

use super::OperationConfig;
pub use optimizer::{AfterViews, BlackLittermanConfig, OptimizerConfig, PriorSource, VIEWS_MAX, ViewConfig};

use super::audit::BootstrapConfig;
use super::blend::{NoEdge, Range, check_range};
use super::compat::Compat;
use crate::error::{Code, Fault, Faults};
use crate::wire::{At, choice, record};
use std::collections::BTreeMap;

choice! {
    /// How capital is split across strategies (K1).
    pub enum CapitalMethod {
        /// Equal risk contributions under the covariance.
        EqualRiskContribution = "erc" | "equal_risk_contribution" | "true_risk_parity",
        /// The same to each.
        EqualWeight = "equal_weight" | "equal",
        /// Weights as given in `fixed`.
        Fixed = "fixed" | "fixed_allocation",
        /// Recent winners get more: min-max score of the return over the lookback, with a floor.
        Dynamic = "dynamic" | "dynamic_allocation" | "recent_winners",
        /// In proportion to positive Sharpe ratios.
        Sharpe = "sharpe_proportional" | "sharpe" | "dynamic_sharpe_rebalance",
        /// In inverse proportion to volatility.
        InverseVolatility = "inverse_volatility" | "inverse_vol" | "risk_parity" | "risk_parity_allocation" | "inverse_volatility_60",
        /// In inverse proportion to variance.
        InverseVariance = "inverse_variance" | "inverse_var",
        /// Risk contributions in the proportions of `risk_budgets`.
        RiskBudget = "risk_budget" | "risk_budgeting",
        /// Kelly's fraction of each strategy by itself, mean over variance.
        KellyDiagonal = "kelly" | "kelly_diagonal" | "kelly_criterion" | "kelly_criterion_allocation",
        /// Kelly's fractions of all strategies together, by mean and covariance.
        KellyMultivariate = "kelly_multivariate" | "kelly_full",
        /// Less to strategies in drawdown.
        Drawdown = "drawdown" | "drawdown_based" | "drawdown_based_allocation",
        /// Hierarchical risk parity.
        HierarchicalRiskParity = "hrp" | "hierarchical_risk_parity",
        /// Hierarchical equal risk contribution.
        HierarchicalEqualRisk = "herc" | "hierarchical_equal_risk_contribution",
        /// Nested clustered optimisation of the variance.
        NestedClustered = "nco" | "nested_clustered_optimization",
        /// Online learner: exponentiated gradient of log wealth.
        ExponentiatedGradient = "exponentiated_gradient" | "eg",
        /// Online learner: follow the regularised leader.
        FollowTheLeader = "ftrl" | "follow_the_regularized_leader",
        /// Online learner: Hedge, multiplicative weights on returns.
        Hedge = "hedge" | "multiplicative_weights",
        /// An optimiser on the posterior of views.
        BlackLitterman = "black_litterman" | "bl",
        /// Kelly's fractions by the mean of log returns over the history.
        LogGrowth = "kelly_log_growth" | "log_growth",
        /// Greatest ratio of the mean of volatilities to the volatility of the whole.
        MaxDiversification = "max_diversification" | "most_diversified",
        /// Greatest Sharpe ratio of the whole.
        MaxSharpe = "max_sharpe" | "tangency",
        /// Greatest expected return less risk aversion times variance.
        MeanVariance = "mean_variance" | "mv_utility",
        /// Least mean of the worst drawdowns.
        MinCdar = "min_cdar",
        /// Least mean of the worst periods.
        MinCvar = "min_cvar",
        /// Least variance of the whole.
        MinVariance = "min_variance" | "minimum_variance",
        /// Greatest utility under the worst means that the history does not exclude.
        RobustMeanVariance = "robust_mean_variance",
        /// Least variance with an expected return that is asked for.
        TargetReturn = "target_return",
        /// Greatest expected return with a volatility that is allowed.
        TargetRisk = "target_risk",
        /// Another method for each market regime.
        RegimeAdaptive = "regime_adaptive",
    }
}

choice! {
    /// What a strategy with too little history for its statistic gets.
    pub enum ShortHistory {
        /// Its statistic is unknown, and `unknown_weight` says what it gets.
        Unknown = "unknown",
        /// A stand-in: Sharpe ratio 0, volatility 1, return 0, as in recorded systems.
        StandIn = "stand_in",
    }
}

choice! {
    /// What a strategy whose statistic is unknown gets.
    pub enum UnknownAllocation {
        /// Nothing.
        Zero = "zero",
        /// Its minimum: `min`, or its own.
        Minimum = "minimum",
    }
}

record! {
    /// Settings of capital across strategies.
    pub struct CapitalConfig {
        /// Settings of the method `black_litterman`.
        pub black_litterman: BlackLittermanConfig = BlackLittermanConfig::default(),
        /// Resampling of the history for intervals around the weights; null for none. `{}` draws 1,000 times.
        pub bootstrap: Option<BootstrapConfig> = None,
        /// Settings of the methods that cluster strategies: hrp, herc, nco.
        pub clustering: ClusteringConfig = ClusteringConfig::default(),
        /// Hard limits.
        pub constraints: ConstraintsConfig = ConstraintsConfig::default(),
        /// Settings of the method `dynamic`.
        pub dynamic: DynamicConfig = DynamicConfig::default(),
        /// Settings of the method `drawdown`.
        pub drawdown: DrawdownConfig = DrawdownConfig::default(),
        /// Whether the answer holds the estimated means, volatilities, correlations and covariance.
        pub estimates: bool = false,
        /// How means and covariances are estimated.
        pub estimators: EstimatorConfig = EstimatorConfig::default(),
        /// Weights of the method `fixed`, by strategy; their sum is at most 1 and what is missing stays cash.
        pub fixed: BTreeMap<String, f64> = BTreeMap::new(),
        /// Settings of the methods `kelly` and `kelly_multivariate`.
        pub kelly: KellyConfig = KellyConfig::default(),
        /// Settings of the online learners.
        pub learning: LearningConfig = LearningConfig::default(),
        /// Newest returns that enter; null for the method's own: `dynamic` 60, `sharpe_proportional` 20, `inverse_volatility`,
        /// `inverse_variance` and `kelly` 252, all others the whole history.
        pub lookback: Option<u32> = None,
        /// How capital is split.
        pub method: CapitalMethod = CapitalMethod::EqualRiskContribution,
        /// Fewest returns from which a statistic is computed; below it is unknown. At least 2.
        pub min_observations: u32 = 20,
        /// Volatility a year below which a strategy's risk is unknown rather than small, as of a dead feed.
        pub min_volatility: f64 = 0.001,
        /// What happens when no strategy has an edge (Sharpe ratio or Kelly's fraction above zero).
        pub no_edge: NoEdge = NoEdge::Cash,
        /// Settings of the methods that solve a programme.
        pub optimizer: OptimizerConfig = OptimizerConfig::default(),
        /// Periods in a year.
        pub periods_per_year: f64 = 252.0,
        /// Settings of the method `regime_adaptive`.
        pub regime: RegimeConfig = RegimeConfig::default(),
        /// Shares of risk of the method `risk_budget`, by strategy, in any unit; all of them positive. Empty: 1 each.
        pub risk_budgets: BTreeMap<String, f64> = BTreeMap::new(),
        /// Risk-free rate a year.
        pub risk_free: f64 = 0.0,
        /// What too little history means.
        pub short_history: ShortHistory = ShortHistory::Unknown,
        /// What a strategy whose statistic is unknown gets: nothing, or its minimum.
        pub unknown_weight: UnknownAllocation = UnknownAllocation::Zero,
        /// Confidence of value at risk in the figures, above 0.5 and below 1.
        pub var_level: f64 = 0.95,
    }
}

impl OperationConfig for CapitalConfig {
    fn compat(preset: Compat) -> Self {
        let ours = Self::default();
        match preset {
            Compat::S001 => CapitalConfig {
                estimators: EstimatorConfig { ddof: 0, ..ours.estimators },
                no_edge: NoEdge::Equal,
                short_history: ShortHistory::StandIn,
                ..ours
            },
            Compat::S002 => CapitalConfig {
                constraints: ConstraintsConfig { order: ConstraintOrder::ClampThenNormalize, ..ours.constraints },
                drawdown: DrawdownConfig {
                    max_drawdown_threshold: None,
                    recovery_bonus_rule: RecoveryBonus::AtPeak,
                    ..ours.drawdown
                },
                dynamic: DynamicConfig { compounding: Compounding::Summed, floor_rule: FloorRule::AddedToScore, ..ours.dynamic },
                kelly: KellyConfig { rule: KellyRule::ClampThenNormalize, ..ours.kelly },
                min_observations: 2,
                short_history: ShortHistory::StandIn,
                ..ours
            },
            Compat::S000 | Compat::S003 | Compat::S004 => ours,
        }
    }

    fn validate(&self, at: &At<'_>, faults: &mut Faults) {
        check_range(&at.key("periods_per_year"), "periods_per_year", self.periods_per_year, Range::AboveTo(1e6), faults);
        check_range(&at.key("risk_free"), "risk_free", self.risk_free, Range::Within(10.0), faults);
        check_range(&at.key("min_volatility"), "min_volatility", self.min_volatility, Range::FromZeroTo(10.0), faults);
        if !(self.var_level > 0.5 && self.var_level < 1.0) {
            let hint = "Give a number above 0.5 and below 1, for example 0.95.";
            faults.push(Fault::new(Code::OutOfRange, at.key("var_level"), format!("var_level is {}.", self.var_level), hint));
        }
        for (name, value) in [("lookback", self.lookback), ("min_observations", Some(self.min_observations))] {
            if let Some(value) = value.filter(|value| *value < 2) {
                faults.push(Fault::new(Code::OutOfRange, at.key(name), format!("{name} is {value}."), "Give at least 2."));
            }
        }
        if self.lookback.is_some_and(|lookback| lookback < self.min_observations) {
            faults.push(Fault::new(
                Code::Conflict,
                at.key("lookback"),
                format!("lookback {} is below min_observations {}.", self.lookback.unwrap_or_default(), self.min_observations),
                "Give a longer lookback or fewer observations.",
            ));
        }
        self.validate_fixed(&at.key("fixed"), faults);
        let budgets = at.key("risk_budgets");
        for (name, budget) in &self.risk_budgets {
            check_range(&budgets.key(name), "A risk budget", *budget, Range::AboveTo(1e9), faults);
        }
        if let Some(bootstrap) = &self.bootstrap {
            bootstrap.validate(&at.key("bootstrap"), faults);
        }
        self.black_litterman.validate(&at.key("black_litterman"), faults);
        self.clustering.validate(&at.key("clustering"), faults);
        self.constraints.validate(&at.key("constraints"), faults);
        self.drawdown.validate(&at.key("drawdown"), faults);
        self.dynamic.validate(&at.key("dynamic"), faults);
        self.estimators.validate(&at.key("estimators"), faults);
        self.kelly.validate(&at.key("kelly"), faults);
        self.learning.validate(&at.key("learning"), faults);
        self.optimizer.validate(&at.key("optimizer"), faults);
        self.regime.validate(&at.key("regime"), faults);
    }
}

impl CapitalConfig {
    /// Lists that are sets, in their canonical order.
    pub(crate) fn sort(&mut self) {
        for group in self.constraints.groups.values_mut() {
            group.members.sort();
        }
    }

    /// Newest returns of the method, if it looks at so many only.
    pub fn lookback_of(&self, method: CapitalMethod) -> Option<u32> {
        self.lookback.or(match method {
            CapitalMethod::Dynamic => Some(60),
            CapitalMethod::Sharpe => Some(20),
            CapitalMethod::InverseVolatility | CapitalMethod::InverseVariance | CapitalMethod::KellyDiagonal => Some(252),
            _ => None,
        })
    }

    /// A plan above everything is refused where it first goes above, with what stood before, what was added and what that makes.
    fn validate_fixed(&self, at: &At<'_>, faults: &mut Faults) {
        let mut current = 0.0_f64;
        let mut refused = false;
        for (name, &weight) in &self.fixed {
            check_range(&at.key(name), "A fixed weight", weight, Range::Fraction, faults);
            let total = current + weight;
            if total > 1.0 + 1e-12 && !refused {
                refused = true;
                faults.push(Fault::new(
                    Code::Conflict,
                    at.key(name),
                    format!(
                        "The plan allocates more than everything: {:.2} % so far, {:.2} % for {name:?} makes {:.2} %.",
                        current * 100.0,
                        weight * 100.0,
                        total * 100.0
                    ),
                    "Lower the weights until their sum is at most 1; what is missing stays cash.",
                ));
            }
            current = total;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Decode, parse};

    fn faults_of(text: &str) -> Vec<String> {
        let mut faults = Faults::new();
        if let Some(config) = CapitalConfig::decode(&parse(text.as_bytes()).unwrap(), &At::Root, &mut faults) {
            config.validate(&At::Root, &mut faults);
        }
        faults.as_slice().iter().map(|fault| format!("{} {}", fault.path, fault.code)).collect()
    }

    #[test]
    fn the_defaults_and_presets_are_valid() {
        assert_eq!(faults_of("{}"), Vec::<String>::new());
        for preset in [Compat::S000, Compat::S001, Compat::S002, Compat::S003, Compat::S004] {
            let mut faults = Faults::new();
            CapitalConfig::compat(preset).validate(&At::Root, &mut faults);
            assert!(faults.is_empty());
        }
    }

    #[test]
    fn a_plan_above_everything_names_what_stood_what_was_added_and_the_total() {
        let mut faults = Faults::new();
        let config =
            CapitalConfig::decode(&parse(br#"{"fixed":{"a":0.5,"b":0.4,"c":0.3}}"#).unwrap(), &At::Root, &mut faults).unwrap();
        config.validate(&At::Root, &mut faults);
        let fault = &faults.as_slice()[0];
        assert_eq!((fault.path.as_str(), fault.code), ("/fixed/c", Code::Conflict));
        for part in ["90.00 %", "30.00 %", "120.00 %"] {
            assert!(fault.message.contains(part), "{}", fault.message);
        }
        assert_eq!(faults_of(r#"{"fixed":{"a":0.5,"b":0.3,"c":0.2}}"#), Vec::<String>::new());
    }

    #[test]
    fn every_fault_is_reported() {
        assert_eq!(
            faults_of(
                r#"{"lookback":10,"var_level":95,"risk_budgets":{"a":0},"kelly":{"fraction":-1},
                   "constraints":{"min":0.5,"max":0.4,"groups":{"g":{"members":[],"max":2}},"strategies":{"a":{"min":-1}}},
                   "clustering":{"clusters":0},"estimators":{"ddof":2,"ewma":{"half_life":0}},"regime":{"window":1}}"#
            ),
            [
                "/var_level out_of_range",
                "/lookback conflict",
                "/risk_budgets/a out_of_range",
                "/clustering/clusters out_of_range",
                "/constraints/min conflict",
                "/constraints/groups/g/members empty",
                "/constraints/groups/g/max out_of_range",
                "/constraints/strategies/a/min out_of_range",
                "/estimators/ddof out_of_range",
                "/estimators/ewma/half_life out_of_range",
                "/kelly/fraction out_of_range",
                "/regime/window out_of_range",
            ]
        );
    }
}
