//! Settings of a blend: how rows become weights inside a strategy, how strategies are weighed, and what limits hold.

use super::OperationConfig;
use super::compat::Compat;
use crate::error::{Code, Fault, Faults};
use crate::units::name_fault;
use crate::wire::{At, choice, record};
use std::collections::BTreeMap;
use std::fmt;

choice! {
    /// How the strategies are weighed against each other.
    pub enum BlendMethod {
        /// Reciprocal ranks inside each strategy, strategies equal (B1).
        RankAggregation = "rank_aggregation" | "rank",
        /// Each strategy's own weights, strategies equal (B3).
        EqualWeight = "equal_weight" | "equal",
        /// Each strategy's own weights, strategies by one over volatility (B2).
        InverseVolatility = "inverse_vol" | "inverse_volatility",
        /// Each strategy's own weights, strategies by `strategy_weights` (B4).
        Fixed = "fixed",
        /// Each strategy's own weights, strategies by Sharpe ratio floored at zero (B4).
        Sharpe = "sharpe" | "sharpe_proportional",
        /// Each strategy's own weights, strategies by shrunk information coefficient floored at zero (B4).
        InformationCoefficient = "ic" | "information_coefficient",
        /// Each strategy's own weights, strategies by the conviction of what they hold (B4).
        Score = "score" | "score_weighted",
    }
}

choice! {
    /// What the share of a row inside its strategy comes from.
    pub enum RowBasis {
        /// Ranks for `rank_aggregation`, weights for every other method.
        Method = "method",
        /// The rank of the row.
        Ranks = "ranks",
        /// The weight of the row.
        Weights = "weights",
    }
}

choice! {
    /// What rows are ranked by; the best has rank 1.
    pub enum RankBy {
        /// Score times the sign of the weight: how strongly the strategy believes in the position it takes.
        Conviction = "conviction",
        /// The score as it is.
        Score = "score",
        /// The absolute score, as the recorded system 000 does; it puts a long with a very bad score first.
        Absolute = "abs",
    }
}

choice! {
    /// The rank of equal values.
    pub enum Ties {
        /// They share a rank and the next rank is not skipped: 1, 1, 2.
        Dense = "dense",
        /// They share the mean of their places: 1.5, 1.5, 3.
        Average = "average",
    }
}

choice! {
    /// What a rank r of n rows is worth.
    pub enum RankTransform {
        /// 1/r.
        Reciprocal = "reciprocal",
        /// (n - r + 1)/n (Borda 1781, divided by n).
        Borda = "borda",
        /// The normal quantile of (n - r + 1/2)/n (Blom-type scores); negative below the middle, which is counted as zero long-only.
        NormalScores = "normal_scores",
        /// a/n with a the ascending rank; not normalised inside the strategy.
        Fraction = "fraction",
        /// (a - 1)/(n - 1) with a the ascending rank; not normalised inside the strategy.
        ZeroOne = "zero_one",
        /// a/sum(a) with a the ascending rank.
        RankSum = "rank_sum",
    }
}

choice! {
    /// What a strategy says of a symbol that it does not name.
    pub enum Missing {
        /// Zero: the average runs over all strategies.
        Zero = "zero",
        /// Nothing: the average runs over the strategies that name it.
        Mean = "mean",
    }
}

choice! {
    /// What happens where caps cannot hold with the whole target placed.
    pub enum OnInfeasibleCap {
        /// Place what fits; the rest is cash.
        Cash = "cash",
        /// Raise the per-strategy caps evenly until the target fits, with a warning.
        Relax = "relax",
        /// Refuse.
        Error = "error",
    }
}

choice! {
    /// Whether weight freed by a cap goes to those with headroom.
    pub enum Redistribute {
        /// Always.
        Always = "always",
        /// Only while short positions are not allowed, as the recorded system 000 does.
        LongOnly = "long_only",
        /// Never; it stays in cash.
        Never = "never",
    }
}

choice! {
    /// What happens when one strategy only is declared.
    pub enum SingleStrategy {
        /// Its own normalised weights, uncapped, flagged.
        Bypass = "bypass",
        /// As `bypass`, but `inverse_vol` keeps the cap, as the recorded system 000 does.
        BypassExceptInverseVolatility = "bypass_except_inverse_vol",
        /// Blended and capped like any other.
        Cap = "cap",
    }
}

choice! {
    /// The weight of a strategy whose statistic is unknown.
    pub enum UnknownWeight {
        /// None.
        Zero = "zero",
        /// That of the least-weighted strategy whose statistic is known.
        Minimum = "minimum",
    }
}

choice! {
    /// What happens when no strategy has a positive Sharpe ratio, information coefficient or conviction.
    pub enum NoEdge {
        /// Nothing is deployed.
        Cash = "cash",
        /// Strategies are weighed equally.
        Equal = "equal",
    }
}

choice! {
    /// What a correlation alert does to the blend.
    pub enum CorrelationAction {
        /// Nothing but the alert.
        None = "none",
        /// The weaker strategy of the pair is scaled by one minus how far the pair lies above the threshold.
        ScaleDown = "scale_down",
        /// The weaker strategy of the pair is left out.
        Drop = "drop",
    }
}

record! {
    /// Whole lots: positions are rounded toward zero to what can be traded.
    pub struct LotConfig {
        /// Money behind a weight of 1.0, in the currency of the prices.
        pub capital: f64 = 1_000_000.0,
        /// Price of one share or contract; every symbol of the blend needs one.
        pub prices: BTreeMap<String, f64> = BTreeMap::new(),
        /// Shares in one lot, for symbols without an entry in `lot_sizes`.
        pub lot_size: f64 = 1.0,
        /// Shares in one lot, by symbol.
        pub lot_sizes: BTreeMap<String, f64> = BTreeMap::new(),
    }
}

record! {
    /// Settings of a blend. Fractions are fractions: 0.40 is 40 %.
    pub struct BlendConfig {
        /// Whether the allocator is on for this portfolio; off, the primary strategy passes through.
        pub enabled: bool = true,
        /// The strategy that passes through while the allocator is off; needed where several are declared.
        pub primary_strategy: Option<String> = None,
        /// How strategies are weighed.
        pub method: BlendMethod = BlendMethod::RankAggregation,
        /// What the share of a row inside its strategy comes from.
        pub rows: RowBasis = RowBasis::Method,
        /// What rows are ranked by.
        pub rank_by: RankBy = RankBy::Conviction,
        /// The rank of equal values.
        pub ties: Ties = Ties::Dense,
        /// What a rank is worth.
        pub rank_transform: RankTransform = RankTransform::Reciprocal,
        /// What a strategy says of a symbol that it does not name.
        pub missing: Missing = Missing::Zero,
        /// A symbol needs a value above this, by `rank_by`, from at least one strategy.
        pub min_score: Option<f64> = None,
        /// Hard cap on the gross weight of one strategy, 0 to 1.
        pub per_strategy_max: f64 = 0.40,
        /// Hard caps on the gross weight of single strategies, 0 to 1; they take the place of `per_strategy_max`.
        pub strategy_max: BTreeMap<String, f64> = BTreeMap::new(),
        /// Whether weights may be negative. Total then means gross.
        pub allow_short_positions: bool = false,
        /// Whether weight freed by a cap goes to those with headroom.
        pub redistribute: Redistribute = Redistribute::Always,
        /// What happens where caps cannot hold with the whole target placed.
        pub on_infeasible_cap: OnInfeasibleCap = OnInfeasibleCap::Cash,
        /// What happens when one strategy only is declared.
        pub single_strategy: SingleStrategy = SingleStrategy::Bypass,
        /// Gross weight to place, above 0 to 10.
        pub target_total: f64 = 1.0,
        /// Share of capital that stays in cash whatever happens, 0 to 1.
        pub cash_reserve: f64 = 0.0,
        /// Hard cap on the absolute weight of one symbol.
        pub symbol_max: Option<f64> = None,
        /// Hard cap on the gross weight held after opposite positions net.
        pub gross_max: Option<f64> = None,
        /// Lowest net weight.
        pub net_min: Option<f64> = None,
        /// Highest net weight.
        pub net_max: Option<f64> = None,
        /// Most positions held; the largest stay.
        pub positions_max: Option<u32> = None,
        /// Smallest position worth holding, as an absolute weight; smaller ones are left out.
        pub position_min: Option<f64> = None,
        /// Group (sector, say) of symbols; a symbol without an entry is in no group.
        pub groups: BTreeMap<String, String> = BTreeMap::new(),
        /// Hard caps on the gross weight of groups, counted before opposite positions of two strategies net.
        pub group_max: BTreeMap<String, f64> = BTreeMap::new(),
        /// Rounding to whole lots.
        pub lots: Option<LotConfig> = None,
        /// Weights for the method `fixed`; they sum to 1 at most, and what they leave stays in cash.
        pub strategy_weights: BTreeMap<String, f64> = BTreeMap::new(),
        /// Annualised volatilities that take the place of every other source.
        pub vol_override: BTreeMap<String, f64> = BTreeMap::new(),
        /// Newest returns that enter a realised volatility or Sharpe ratio.
        pub lookback: u32 = 60,
        /// Fewest returns from which one is computed; below it is unknown.
        pub min_observations: u32 = 30,
        /// Periods in a year, for annualising.
        pub periods_per_year: f64 = 252.0,
        /// The weight of a strategy whose statistic is unknown.
        pub unknown_weight: UnknownWeight = UnknownWeight::Zero,
        /// What happens when no strategy has an edge.
        pub no_edge: NoEdge = NoEdge::Cash,
        /// Newest cross-sections that enter an information coefficient.
        pub ic_lookback: u32 = 60,
        /// Fewest cross-sections from which one is computed; below it is unknown.
        pub ic_min_observations: u32 = 20,
        /// Cross-sections of prior belief in no skill: the mean coefficient is multiplied by n/(n + this).
        pub ic_shrinkage: f64 = 20.0,
        /// Correlation monitoring of the strategies' returns, where returns are given.
        pub correlation: super::correlation::CorrelationConfig = super::correlation::CorrelationConfig::default(),
        /// What a correlation alert does to the blend.
        pub correlation_action: CorrelationAction = CorrelationAction::None,
    }
}

/// Largest gross weight that may be asked for: ten times the capital.
pub const TARGET_TOTAL_MAX: f64 = 10.0;

impl BlendConfig {
    /// What rows' shares come from, once `method` has spoken.
    pub fn row_basis(&self) -> RowBasis {
        match (self.rows, self.method) {
            (RowBasis::Method, BlendMethod::RankAggregation) => RowBasis::Ranks,
            (RowBasis::Method, _) => RowBasis::Weights,
            (basis, _) => basis,
        }
    }
}

impl OperationConfig for BlendConfig {
    fn compat(system: Compat) -> Self {
        let correlation = super::correlation::CorrelationConfig::compat(system);
        match system {
            Compat::S000 => BlendConfig {
                rank_by: RankBy::Absolute,
                redistribute: Redistribute::LongOnly,
                single_strategy: SingleStrategy::BypassExceptInverseVolatility,
                min_observations: 2,
                correlation,
                ..BlendConfig::default()
            },
            Compat::S001 | Compat::S002 | Compat::S003 | Compat::S004 => BlendConfig { correlation, ..BlendConfig::default() },
        }
    }

    fn validate(&self, at: &At<'_>, faults: &mut Faults) {
        let mut check = |name: &str, value: f64, range: Range| check_range(&at.key(name), name, value, range, faults);
        check("per_strategy_max", self.per_strategy_max, Range::Fraction);
        check("target_total", self.target_total, Range::AboveTo(TARGET_TOTAL_MAX));
        check("cash_reserve", self.cash_reserve, Range::Fraction);
        check("periods_per_year", self.periods_per_year, Range::AboveTo(1e6));
        check("ic_shrinkage", self.ic_shrinkage, Range::FromZero);
        for (name, value) in [("symbol_max", self.symbol_max), ("gross_max", self.gross_max), ("position_min", self.position_min)]
        {
            if let Some(value) = value {
                check(name, value, Range::FromZeroTo(TARGET_TOTAL_MAX));
            }
        }
        if let Some(value) = self.min_score {
            check("min_score", value, Range::Within(f64::MAX));
        }
        for (name, value) in [("net_min", self.net_min), ("net_max", self.net_max)] {
            if let Some(value) = value {
                check(name, value, Range::Within(TARGET_TOTAL_MAX));
            }
        }
        for (table, entries, range) in [
            ("strategy_max", &self.strategy_max, Range::Fraction),
            ("group_max", &self.group_max, Range::FromZeroTo(TARGET_TOTAL_MAX)),
            ("strategy_weights", &self.strategy_weights, Range::FromZero),
        ] {
            for (key, value) in entries {
                check_range(&at.key(table).key(key), key, *value, range, faults);
            }
        }
        for (key, value) in &self.vol_override {
            if !positive_volatility(*value) {
                faults.push(Fault::new(
                    Code::InvalidVolatility,
                    at.key("vol_override").key(key),
                    format!("The volatility of {key} is {value}."),
                    "Give a positive annualised volatility, for example 0.15.",
                ));
            }
        }
        for (name, value, least) in [
            ("lookback", self.lookback, 2),
            ("min_observations", self.min_observations, 2),
            ("ic_lookback", self.ic_lookback, 2),
            ("ic_min_observations", self.ic_min_observations, 2),
        ] {
            if value < least {
                faults.push(Fault::new(
                    Code::OutOfRange,
                    at.key(name),
                    format!("{name} is {value}."),
                    format!("Give at least {least}."),
                ));
            }
        }
        if self.positions_max == Some(0) {
            faults.push(Fault::new(
                Code::OutOfRange,
                at.key("positions_max"),
                "positions_max is 0.",
                "Give at least 1, or null for no limit.",
            ));
        }
        let mut conflict =
            |field: &str, message: String, hint: &str| faults.push(Fault::new(Code::Conflict, at.key(field), message, hint));
        if let (Some(low), Some(high)) = (self.net_min, self.net_max)
            && low > high
        {
            conflict("net_min", format!("net_min {low} is above net_max {high}."), "Give net_min at most net_max.");
        }
        if self.min_observations > self.lookback {
            conflict(
                "min_observations",
                format!("min_observations {} is above lookback {}.", self.min_observations, self.lookback),
                "Give a longer lookback or fewer observations.",
            );
        }
        if self.ic_min_observations > self.ic_lookback {
            conflict(
                "ic_min_observations",
                format!("ic_min_observations {} is above ic_lookback {}.", self.ic_min_observations, self.ic_lookback),
                "Give a longer lookback or fewer observations.",
            );
        }
        for group in self.group_max.keys() {
            if !self.groups.values().any(|name| name == group) {
                faults.push(Fault::new(
                    Code::Conflict,
                    at.key("group_max").key(group),
                    format!("No symbol is in the group {group:?}."),
                    "Name its symbols in `groups`, or leave the cap out.",
                ));
            }
        }
        for (symbol, group) in &self.groups {
            for name in [symbol, group] {
                if let Some(why) = name_fault(name) {
                    faults.push(Fault::new(
                        Code::InvalidName,
                        at.key("groups").key(symbol),
                        format!("The name {name:?} {why}."),
                        "Give a plain name.",
                    ));
                }
            }
        }
        if let Some(lots) = &self.lots {
            let at = at.key("lots");
            check_range(&at.key("capital"), "capital", lots.capital, Range::AboveTo(1e15), faults);
            check_range(&at.key("lot_size"), "lot_size", lots.lot_size, Range::AboveTo(1e12), faults);
            for (table, entries) in [("prices", &lots.prices), ("lot_sizes", &lots.lot_sizes)] {
                for (key, value) in entries {
                    check_range(&at.key(table).key(key), key, *value, Range::AboveTo(1e15), faults);
                }
            }
        }
        self.correlation.validate(&at.key("correlation"), faults);
    }
}

/// Whether one over a volatility is a number: above zero, finite, and not so tiny that its inverse overflows.
pub(crate) fn positive_volatility(value: f64) -> bool {
    value.is_normal() && value > 0.0
}

/// Where a number may lie.
#[derive(Clone, Copy)]
pub(crate) enum Range {
    /// 0 to 1.
    Fraction,
    /// 0 and up.
    FromZero,
    /// 0 to a limit.
    FromZeroTo(f64),
    /// Above 0 to a limit.
    AboveTo(f64),
    /// Minus a limit to a limit.
    Within(f64),
}

impl Range {
    fn holds(self, value: f64) -> bool {
        match self {
            Range::Fraction => (0.0..=1.0).contains(&value),
            Range::FromZero => value >= 0.0 && value.is_finite(),
            Range::FromZeroTo(high) => (0.0..=high).contains(&value),
            Range::AboveTo(high) => value > 0.0 && value <= high,
            Range::Within(high) => (-high..=high).contains(&value),
        }
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Range::Fraction => f.write_str("a fraction from 0 to 1 (0.40 is 40 %)"),
            Range::FromZero => f.write_str("a number from 0"),
            Range::FromZeroTo(high) => write!(f, "a number from 0 to {high}"),
            Range::AboveTo(high) => write!(f, "a number above 0, at most {high}"),
            Range::Within(high) => write!(f, "a number from -{high} to {high}"),
        }
    }
}

/// Pushes a fault where a number lies outside its range.
pub(crate) fn check_range(at: &At<'_>, name: &str, value: f64, range: Range, faults: &mut Faults) {
    if !range.holds(value) {
        faults.push(Fault::new(Code::OutOfRange, at, format!("{name} is {value}."), format!("Give {range}.")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Decode, parse};

    fn faults_of(text: &str) -> Vec<String> {
        let mut faults = Faults::new();
        if let Some(config) = BlendConfig::decode(&parse(text.as_bytes()).unwrap(), &At::Root, &mut faults) {
            config.validate(&At::Root, &mut faults);
        }
        faults.as_slice().iter().map(|fault| format!("{} {}", fault.path, fault.code)).collect()
    }

    #[test]
    fn the_defaults_are_valid() {
        assert_eq!(faults_of("{}"), Vec::<String>::new());
        assert_eq!(faults_of("{\"per_strategy_max\":0}"), Vec::<String>::new());
    }

    #[test]
    fn caps_outside_zero_to_one_are_refused_all_at_once() {
        assert_eq!(
            faults_of(
                "{\"per_strategy_max\":-0.1,\"cash_reserve\":1.5,\"strategy_max\":{\"a\":40},\"lookback\":1,\"min_observations\":1}"
            ),
            [
                "/per_strategy_max out_of_range",
                "/cash_reserve out_of_range",
                "/strategy_max/a out_of_range",
                "/lookback out_of_range",
                "/min_observations out_of_range"
            ]
        );
    }

    #[test]
    fn contradictions_are_refused() {
        assert_eq!(faults_of("{\"net_min\":0.2,\"net_max\":0.1}"), ["/net_min conflict"]);
        assert_eq!(faults_of("{\"group_max\":{\"tech\":0.2}}"), ["/group_max/tech conflict"]);
    }
}
