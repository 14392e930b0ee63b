//! Settings of single methods.

use crate::config::blend::{Range, check_range};
use crate::error::{Code, Fault, Faults};
use crate::wire::{At, choice, record};

use super::CapitalMethod;

choice! {
    /// How the returns of the lookback become one.
    pub enum Compounding {
        /// Π(1 + r) − 1.
        Compounded = "compounded",
        /// Σr.
        Summed = "summed",
    }
}

choice! {
    /// What `min_allocation` of the method `dynamic` is.
    pub enum FloorRule {
        /// The least that each strategy gets.
        Waterfilled = "waterfilled",
        /// Added to each score before normalising, so that nobody gets nothing, and nobody that much either.
        AddedToScore = "added_to_score",
    }
}

record! {
    /// Settings of the method `dynamic`.
    pub struct DynamicConfig {
        /// How the returns of the lookback become one.
        pub compounding: Compounding = Compounding::Compounded,
        /// What `min_allocation` is.
        pub floor_rule: FloorRule = FloorRule::Waterfilled,
        /// Floor of every strategy, 0 to 1.
        pub min_allocation: f64 = 0.05,
    }
}

impl DynamicConfig {
    pub(super) fn validate(&self, at: &At<'_>, faults: &mut Faults) {
        check_range(&at.key("min_allocation"), "min_allocation", self.min_allocation, Range::Fraction, faults);
    }
}

choice! {
    /// When the method `drawdown` adds its bonus.
    pub enum RecoveryBonus {
        /// In full at the peak after a drawdown, in part on the way back.
        Scaled = "scaled",
        /// At the peak after any drawdown only.
        AtPeak = "at_peak",
    }
}

record! {
    /// Settings of the method `drawdown`.
    pub struct DrawdownConfig {
        /// Drawdown, as a positive fraction, strictly beyond which a strategy is cut to its minimum; null for none.
        pub max_drawdown_threshold: Option<f64> = Some(0.20),
        /// Score added to a strategy that has come back from a drawdown.
        pub recovery_bonus: f64 = 0.1,
        /// When it is added.
        pub recovery_bonus_rule: RecoveryBonus = RecoveryBonus::Scaled,
    }
}

impl DrawdownConfig {
    pub(super) fn validate(&self, at: &At<'_>, faults: &mut Faults) {
        check_range(&at.key("recovery_bonus"), "recovery_bonus", self.recovery_bonus, Range::FromZeroTo(10.0), faults);
        if let Some(threshold) = self.max_drawdown_threshold {
            check_range(&at.key("max_drawdown_threshold"), "max_drawdown_threshold", threshold, Range::Fraction, faults);
        }
    }
}

choice! {
    /// What becomes of Kelly fractions that are more than everything.
    pub enum KellyRule {
        /// All are scaled down to the total; where they are less, the rest stays cash.
        ScaleDown = "scale_down",
        /// Each is clamped to 0 … 1 and all are normalised to the total, as in a recorded system.
        ClampThenNormalize = "clamp_then_normalize",
    }
}

record! {
    /// Settings of Kelly's methods.
    pub struct KellyConfig {
        /// Share of Kelly's fraction that is deployed: ½ has three quarters of the growth and half the risk.
        pub fraction: f64 = 0.5,
        /// Variance a year below which a strategy counts as of this variance (diagonal Kelly).
        pub min_variance: f64 = 1e-4,
        /// What becomes of fractions that are more than everything.
        pub rule: KellyRule = KellyRule::ScaleDown,
    }
}

impl KellyConfig {
    pub(super) fn validate(&self, at: &At<'_>, faults: &mut Faults) {
        check_range(&at.key("fraction"), "fraction", self.fraction, Range::FromZeroTo(10.0), faults);
        check_range(&at.key("min_variance"), "min_variance", self.min_variance, Range::FromZeroTo(10.0), faults);
    }
}

choice! {
    /// How far two clusters are from each other, as in `scipy.cluster.hierarchy`.
    pub enum Linkage {
        /// The nearest members.
        Single = "single",
        /// The farthest members.
        Complete = "complete",
        /// The mean over all pairs (UPGMA).
        Average = "average",
        /// The mean of the two parts' distances (WPGMA).
        Weighted = "weighted",
        /// The increase of the sum of squares.
        Ward = "ward",
        /// The centroids.
        Centroid = "centroid",
        /// The centroids, each merger's halfway between its parts.
        Median = "median",
    }
}

choice! {
    /// In which order the leaves of the tree stand (hrp).
    pub enum LeafOrdering {
        /// As the tree was built.
        Tree = "tree",
        /// So that neighbours are as near as the tree allows (Bar-Joseph).
        Optimal = "optimal",
        /// Each node turned by its own best ends, as scipy's `optimal_leaf_ordering` does.
        Stepwise = "stepwise" | "scipy",
    }
}

record! {
    /// Settings of the methods that cluster strategies.
    pub struct ClusteringConfig {
        /// Number of clusters (herc, nco); null lets the dispersion within clusters decide.
        pub clusters: Option<u32> = None,
        /// How far two clusters are from each other.
        pub linkage: Linkage = Linkage::Single,
        /// In which order the leaves of the tree stand (hrp).
        pub ordering: LeafOrdering = LeafOrdering::Tree,
    }
}

impl ClusteringConfig {
    pub(super) fn validate(&self, at: &At<'_>, faults: &mut Faults) {
        if self.clusters == Some(0) {
            faults.push(Fault::new(Code::OutOfRange, at.key("clusters"), "clusters is 0.", "Give at least 1, or null."));
        }
    }
}

record! {
    /// Settings of the online learners.
    pub struct LearningConfig {
        /// Learning rate η; null for the rate that the regret bound is smallest with.
        pub rate: Option<f64> = None,
    }
}

impl LearningConfig {
    pub(super) fn validate(&self, at: &At<'_>, faults: &mut Faults) {
        if let Some(rate) = self.rate {
            check_range(&at.key("rate"), "rate", rate, Range::AboveTo(1e6), faults);
        }
    }
}

choice! {
    /// Who says what regime the market is in.
    pub enum Detector {
        /// Trend, volatility and drawdown of the strategies' mean return (K6).
        Market = "market",
        /// The request's `regime`, as the operation `risk` found it.
        Risk = "risk",
    }
}

choice! {
    /// State of the market.
    pub enum MarketRegime {
        /// Neither trend nor unrest.
        Sideways = "sideways" | "normal",
        /// The trend is up.
        Bull = "bull",
        /// The trend is down, or the drawdown deep.
        Bear = "bear" | "crisis",
        /// Volatility is near the top of its own history.
        HighVolatility = "high_volatility" | "elevated",
    }
}

record! {
    /// Settings of the method `regime_adaptive` and its detector.
    pub struct RegimeConfig {
        /// The method in a falling market.
        pub bear: CapitalMethod = CapitalMethod::Drawdown,
        /// The method in a rising market.
        pub bull: CapitalMethod = CapitalMethod::Dynamic,
        /// Days in a row that a new regime must be seen before it counts.
        pub confirm: u32 = 5,
        /// Who says what regime it is.
        pub detector: Detector = Detector::Market,
        /// Drawdown, as a positive fraction, at or beyond which the market is a bear's.
        pub drawdown: f64 = 0.15,
        /// The method in unrest.
        pub high_volatility: CapitalMethod = CapitalMethod::Drawdown,
        /// The method otherwise.
        pub sideways: CapitalMethod = CapitalMethod::InverseVolatility,
        /// Days over which a new regime's weights are blended in after the old one's; 0 switches at once.
        pub transition: u32 = 0,
        /// Compounded return over the window at or beyond which there is a trend, up or down.
        pub trend: f64 = 0.03,
        /// Days of trend and of volatility.
        pub window: u32 = 60,
        /// Share of past volatilities below today's at or above which there is unrest, 0 to 1.
        pub volatility_percentile: f64 = 0.9,
    }
}

impl RegimeConfig {
    /// The method of a regime.
    pub fn method_of(&self, regime: MarketRegime) -> CapitalMethod {
        match regime {
            MarketRegime::Bear => self.bear,
            MarketRegime::Bull => self.bull,
            MarketRegime::HighVolatility => self.high_volatility,
            MarketRegime::Sideways => self.sideways,
        }
    }

    pub(super) fn validate(&self, at: &At<'_>, faults: &mut Faults) {
        check_range(&at.key("drawdown"), "drawdown", self.drawdown, Range::Fraction, faults);
        check_range(&at.key("trend"), "trend", self.trend, Range::FromZeroTo(10.0), faults);
        check_range(
            &at.key("volatility_percentile"),
            "volatility_percentile",
            self.volatility_percentile,
            Range::Fraction,
            faults,
        );
        if self.window < 2 {
            let message = format!("window is {}.", self.window);
            faults.push(Fault::new(Code::OutOfRange, at.key("window"), message, "Give at least 2 days."));
        }
        for (name, method) in
            [("bear", self.bear), ("bull", self.bull), ("high_volatility", self.high_volatility), ("sideways", self.sideways)]
        {
            if method == CapitalMethod::RegimeAdaptive {
                let message = format!("The method of {name} is regime_adaptive itself.");
                faults.push(Fault::new(Code::Conflict, at.key(name), message, "Name one of the other methods."));
            }
        }
    }
}
