//! Settings of a backtest: when decisions are made and executed, what trading costs, and what happens to gaps and dead symbols.

use super::OperationConfig;
use super::alpha::AlphaConfig;
use super::blend::{BlendConfig, Range, check_range};
use super::capital::{CapitalConfig, Detector};
use super::compat::Compat;
use super::metrics::MetricsConfig;
use super::risk::{OverlayMode, RiskConfig};
use crate::alpha::{Alpha, WeightRule, WeightScheme};
use crate::error::{Code, Fault, Faults};
use crate::frame::ScoreBook;
use crate::units::UnixNanos;
use crate::wire::{At, choice, record};
use std::collections::BTreeMap;

choice! {
    /// At which price of the bar after the decision an order is filled.
    pub enum Execution {
        /// The close of the next bar.
        NextClose = "next_close" | "close",
        /// The open of the next bar; open prices must be given.
        NextOpen = "next_open" | "open",
    }
}

choice! {
    /// Where the money for costs comes from.
    pub enum Financing {
        /// Cash: targets are shares of the value before costs, and cash falls by the costs, below zero where nothing is left of it.
        Cash = "cash",
        /// The trades: targets are shares of the value that is left after costs, so that cash is what the weights leave.
        Shrink = "shrink",
    }
}

choice! {
    /// When the portfolio is brought back to its targets. The decision falls on the first bar of the period.
    pub enum Rebalance {
        /// Every month.
        Monthly = "monthly",
        /// Every bar.
        EveryBar = "every_bar" | "daily",
        /// Every week, beginning on Monday.
        Weekly = "weekly",
        /// Every quarter, beginning in January, April, July or October.
        Quarterly = "quarterly",
        /// Every year.
        Yearly = "yearly",
        /// Once, on the first bar.
        Never = "never" | "buy_and_hold",
        /// Whenever an uploaded strategy gives new weights, and every bar for one that is computed.
        OnSignal = "on_signal",
    }
}

choice! {
    /// Which bars count.
    pub enum BarCalendar {
        /// Every time at which any symbol has a price.
        Data = "data",
        /// As `data`, without Saturdays and Sundays.
        Weekdays = "weekdays",
    }
}

choice! {
    /// What happens when a strategy fails in the middle of a run.
    pub enum OnStrategyError {
        /// It is paused for the rest of the run, its positions are closed at the next rebalance, and the others run on.
        Pause = "pause",
        /// It sits this rebalance out and is asked again at the next.
        Continue = "continue",
        /// The run is refused.
        Stop = "stop",
    }
}

choice! {
    /// What strategies get while too little is known of all of them for the method of capital.
    pub enum CapitalWarmup {
        /// Their `shares`, which are equal where none are given.
        Shares = "shares",
        /// What the method itself gives then: the minimums of its limits, and the rest stays in cash.
        Cash = "cash",
    }
}

choice! {
    /// On which side a strategy that ranks symbols takes positions.
    pub enum Sides {
        /// Long the best.
        LongOnly = "long_only",
        /// Long the best and short as many of the worst, half of the capital each.
        LongShort = "long_short",
    }
}

record! {
    /// One strategy: exactly one of `alpha`, `alphas`, `formula`, `pairs` and `weights` says where its positions come from.
    pub struct StrategySpec {
        /// A built-in alpha, computed from prices.
        pub alpha: Option<Alpha> = None,
        /// Several alphas, combined: what scores above the thresholds is bought.
        pub alphas: Option<AlphaConfig> = None,
        /// Largest weight of one symbol, above 0 to 1, for strategies that rank symbols.
        pub cap: f64 = 1.0,
        /// A formula over `close`, `open`, `high`, `low`, `volume` and `returns`; higher scores are better.
        pub formula: Option<String> = None,
        /// Pairs to trade apart and together again: a symbol and its partner.
        pub pairs: BTreeMap<String, String> = BTreeMap::new(),
        /// How the symbols that are held share the capital, for strategies that rank symbols.
        pub scheme: WeightScheme = WeightScheme::Equal,
        /// On which side positions are taken, for strategies that rank symbols.
        pub sides: Sides = Sides::LongOnly,
        /// Share of the symbols that is held on each side, above 0 to 1, for strategies that rank symbols.
        pub top: f64 = 0.2,
        /// Target weights by symbol and date, fractions of the strategy's capital. A date that has any weight is a decision: symbols
        /// without one are not held from then on. The decision is known at that time and executed at the first bar after it.
        pub weights: Option<ScoreBook> = None,
    }
}

impl StrategySpec {
    /// A strategy that ranks symbols by a built-in alpha and holds the best fifth in equal parts.
    pub fn of_alpha(alpha: Alpha) -> Self {
        StrategySpec { alpha: Some(alpha), ..Self::default() }
    }

    /// A strategy of uploaded weights.
    pub fn of_weights(weights: ScoreBook) -> Self {
        StrategySpec { weights: Some(weights), ..Self::default() }
    }

    /// A strategy that ranks symbols by a formula and holds the best fifth in equal parts.
    pub fn of_formula(formula: impl Into<String>) -> Self {
        StrategySpec { formula: Some(formula.into()), ..Self::default() }
    }

    /// Where its positions come from, in one word.
    pub fn source(&self) -> &'static str {
        if self.weights.is_some() {
            "weights"
        } else if self.alphas.is_some() {
            "alphas"
        } else if self.formula.is_some() {
            "formula"
        } else if self.pairs.is_empty() {
            "alpha"
        } else {
            "pairs"
        }
    }

    /// The rule by which ranked symbols become weights, for one side.
    pub fn rule(&self) -> WeightRule {
        WeightRule { top: self.top, scheme: self.scheme, cap: self.cap }
    }

    /// Checks the strategy; pushes all faults found.
    pub fn validate(&self, at: &At<'_>, faults: &mut Faults) {
        let given = [
            ("alpha", self.alpha.is_some()),
            ("alphas", self.alphas.is_some()),
            ("formula", self.formula.is_some()),
            ("pairs", !self.pairs.is_empty()),
            ("weights", self.weights.is_some()),
        ];
        let named: Vec<&str> = given.iter().filter(|(_, is)| *is).map(|(name, _)| *name).collect();
        if named.len() != 1 {
            let what = if named.is_empty() { String::from("nothing") } else { named.join(" and ") };
            faults.push(Fault::new(
                if named.is_empty() { Code::MissingField } else { Code::Conflict },
                at,
                format!("The strategy says by {what} where its positions come from."),
                "Give exactly one of \"alpha\", \"alphas\", \"formula\", \"pairs\" and \"weights\".",
            ));
        }
        for (name, value) in [("cap", self.cap), ("top", self.top)] {
            check_range(&at.key(name), name, value, Range::AboveTo(1.0), faults);
        }
        if let Some(alphas) = &self.alphas {
            alphas.validate(&at.key("alphas"), faults);
        }
    }
}

record! {
    /// Settings of a backtest. Rates are fractions: 0.001 is ten basis points.
    pub struct BacktestConfig {
        /// Last bar whose close counts in the table `attribution`; null for the last there is. The run is the same.
        pub attribution_end: Option<UnixNanos> = None,
        /// First bar whose close the table `attribution` counts from: trades of that close are in it. Null for all from the beginning.
        pub attribution_start: Option<UnixNanos> = None,
        /// A rebalance is left out while no weight is further from its target than this.
        pub band: f64 = 0.0,
        /// How the strategies are blended at every rebalance; null for shares of capital, each strategy's weights as they are.
        pub blend: Option<BlendConfig> = None,
        /// Interest a year on the value of short positions.
        pub borrow_rate: f64 = 0.0,
        /// Which bars count.
        pub calendar: BarCalendar = BarCalendar::Data,
        /// How capital is split between the strategies, by what each earned alone up to the decision; null for fixed `shares`.
        pub capital: Option<CapitalConfig> = None,
        /// When capital is split anew, at the first rebalance of each period; null for every rebalance.
        pub capital_schedule: Option<Rebalance> = None,
        /// What strategies get while too little is known of all of them.
        pub capital_warmup: CapitalWarmup = CapitalWarmup::Shares,
        /// Interest a year on cash.
        pub cash_rate: f64 = 0.0,
        /// Least commission of one order, money.
        pub cost_min: f64 = 0.0,
        /// Commission for one share, money.
        pub cost_per_share: f64 = 0.0,
        /// Commission as a fraction of the value traded.
        pub cost_rate: f64 = 0.001,
        /// Whether the answer has what is told bar by bar: curves of the portfolio, the strategies and the overlay.
        pub curves: bool = true,
        /// Interest a year on borrowed cash.
        pub debit_rate: f64 = 0.0,
        /// Bars without a price after which a symbol counts as delisted and what is held of it is paid out.
        pub delist_after: u32 = 10,
        /// Share of the last price that is paid out then.
        pub delisting_recovery: f64 = 1.0,
        /// Last bar; null for the last there is.
        pub end: Option<UnixNanos> = None,
        /// At which price of the bar after the decision orders are filled.
        pub execution: Execution = Execution::NextClose,
        /// Where the money for costs comes from.
        pub financing: Financing = Financing::Cash,
        /// Market impact: the fraction of the price that an order as large as the volume of a bar loses; it grows with the square root of
        /// the order. Volumes must be given where it is above zero.
        pub impact: f64 = 0.0,
        /// Money at the start.
        pub initial_value: f64 = 1_000_000.0,
        /// Bars from decision to execution, from 1.
        pub lag: u32 = 1,
        /// Whether the run is also carried out by orders on double-entry ledgers in fixed-point money, and held against this one.
        pub ledgers: bool = false,
        /// Positions are rounded toward zero to multiples of this many shares; null for fractions of shares.
        pub lot_size: Option<f64> = None,
        /// How the figures of performance are computed.
        pub metrics: MetricsConfig = MetricsConfig::default(),
        /// What happens when a strategy fails in the middle of a run.
        pub on_strategy_error: OnStrategyError = OnStrategyError::Pause,
        /// When the portfolio is brought back to its targets; null for `on_signal` where every strategy is uploaded and else `monthly`.
        pub rebalance: Option<Rebalance> = None,
        /// The risk overlay: it scales all targets, one rebalance late; null for none. Sleeves name strategies.
        pub risk: Option<RiskConfig> = None,
        /// Most rows of each table of trades and weights in the answer; the others are counted.
        pub rows_max: u32 = 20_000,
        /// Share of capital of each strategy where `blend` is null, with `capital` until enough is known; equal shares where it is empty.
        /// They sum to 1 at most.
        pub shares: BTreeMap<String, f64> = BTreeMap::new(),
        /// Slippage as a fraction of the price: half the spread.
        pub slippage_rate: f64 = 0.0,
        /// First bar; null for the first at which a position is taken.
        pub start: Option<UnixNanos> = None,
    }
}

/// Most rows that an answer may be asked for.
pub const ROWS_MAX: u32 = 1_000_000;

/// Longest lag between decision and execution, in bars.
pub const LAG_MAX: u32 = 1_000;

impl OperationConfig for BacktestConfig {
    fn compat(_: Compat) -> Self {
        Self::default()
    }

    fn validate(&self, at: &At<'_>, faults: &mut Faults) {
        for (name, value, range) in [
            ("band", self.band, Range::FromZeroTo(10.0)),
            ("borrow_rate", self.borrow_rate, Range::FromZeroTo(10.0)),
            ("cash_rate", self.cash_rate, Range::Within(10.0)),
            ("cost_min", self.cost_min, Range::FromZeroTo(1e9)),
            ("cost_per_share", self.cost_per_share, Range::FromZeroTo(1e6)),
            ("cost_rate", self.cost_rate, Range::FromZeroTo(0.5)),
            ("debit_rate", self.debit_rate, Range::FromZeroTo(10.0)),
            ("delisting_recovery", self.delisting_recovery, Range::Fraction),
            ("impact", self.impact, Range::FromZeroTo(10.0)),
            ("initial_value", self.initial_value, Range::AboveTo(1e15)),
            ("slippage_rate", self.slippage_rate, Range::FromZeroTo(0.5)),
        ] {
            check_range(&at.key(name), name, value, range, faults);
        }
        if let Some(lot) = self.lot_size {
            check_range(&at.key("lot_size"), "lot_size", lot, Range::AboveTo(1e9), faults);
        }
        for (name, value, least, most) in [
            ("lag", self.lag, 1, LAG_MAX),
            ("delist_after", self.delist_after, 1, 100_000),
            ("rows_max", self.rows_max, 0, ROWS_MAX),
        ] {
            if value < least || value > most {
                faults.push(Fault::new(
                    Code::OutOfRange,
                    at.key(name),
                    format!("{name} is {value}."),
                    format!("Give a whole number from {least} to {most}."),
                ));
            }
        }
        for (name, end_name, start, end) in [
            ("start", "end", self.start, self.end),
            ("attribution_start", "attribution_end", self.attribution_start, self.attribution_end),
        ] {
            if let (Some(start), Some(end)) = (start, end)
                && start >= end
            {
                faults.push(Fault::new(
                    Code::Conflict,
                    at.key(name),
                    format!("{name} {start} is not before {end_name} {end}."),
                    "Give an earlier start or a later end.",
                ));
            }
        }
        let shares = at.key("shares");
        for (strategy, share) in &self.shares {
            check_range(&shares.key(strategy), strategy, *share, Range::FromZeroTo(1.0), faults);
        }
        let total: f64 = self.shares.values().sum();
        if total > 1.0 + 1e-12 {
            faults.push(Fault::new(
                Code::OutOfRange,
                shares,
                format!("The shares sum to {total}, more than the capital."),
                "Let them sum to 1 at most; what they leave stays in cash.",
            ));
        }
        if !self.shares.is_empty() && self.blend.is_some() {
            faults.push(Fault::new(
                Code::Conflict,
                shares,
                "There are both shares and a blend, and both say how much each strategy gets.",
                "Give one of them; a blend with fixed shares has method \"fixed\".",
            ));
        }
        self.metrics.validate(&at.key("metrics"), faults);
        if let Some(blend) = &self.blend {
            blend.validate(&at.key("blend"), faults);
        }
        self.validate_capital(&at.key("capital"), faults);
        self.validate_risk(&at.key("risk"), faults);
    }
}

impl BacktestConfig {
    fn validate_capital(&self, at: &At<'_>, faults: &mut Faults) {
        let Some(capital) = &self.capital else { return };
        capital.validate(at, faults);
        if self.blend.is_some() {
            faults.push(Fault::new(
                Code::Conflict,
                at,
                "There are both a method of capital and a blend, and both say how much each strategy gets.",
                "Give one of them.",
            ));
        }
        if capital.regime.detector == Detector::Risk && self.risk.is_none() {
            faults.push(Fault::new(
                Code::MissingField,
                at.key("regime").key("detector"),
                "The detector is \"risk\", and there is no overlay to tell the regime.",
                "Give \"risk\" (with mode off it changes no weight), or use the detector \"market\".",
            ));
        }
    }

    fn validate_risk(&self, at: &At<'_>, faults: &mut Faults) {
        let Some(risk) = &self.risk else { return };
        risk.validate(at, faults);
        let sleeves = at.key("sleeves");
        for name in risk.sleeves.iter().filter(|(_, sleeve)| sleeve.own_state).map(|(name, _)| name) {
            faults.push(Fault::new(
                Code::Conflict,
                sleeves.key(name).key("own_state"),
                format!("The sleeve {name:?} asks for a state of its own, and a backtest has that of the whole."),
                "Leave own_state out, or give the sleeve thresholds of its own.",
            ));
        }
        if risk.effective_mode() == OverlayMode::Precomputed && !risk.sleeves.is_empty() {
            faults.push(Fault::new(
                Code::Conflict,
                sleeves,
                "Sleeves have no file of scalars.",
                "Set mode: compute, or leave the sleeves out.",
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Decode, parse};

    fn faults_of(text: &str) -> Vec<String> {
        let mut faults = Faults::new();
        if let Some(config) = BacktestConfig::decode(&parse(text.as_bytes()).unwrap(), &At::Root, &mut faults) {
            config.validate(&At::Root, &mut faults);
        }
        faults.as_slice().iter().map(|fault| format!("{} {}", fault.path, fault.code)).collect()
    }

    #[test]
    fn the_defaults_are_valid() {
        assert_eq!(faults_of("{}"), Vec::<String>::new());
    }

    #[test]
    fn every_fault_is_reported() {
        assert_eq!(
            faults_of(
                r#"{"cost_rate":-1,"lag":0,"initial_value":0,"start":"2024-01-02","end":"2024-01-01","shares":{"a":0.7,"b":0.6},
                "blend":{"per_strategy_max":2},"lot_size":0}"#
            ),
            [
                "/cost_rate out_of_range",
                "/initial_value out_of_range",
                "/lot_size out_of_range",
                "/lag out_of_range",
                "/start conflict",
                "/shares out_of_range",
                "/shares conflict",
                "/blend/per_strategy_max out_of_range",
            ]
        );
        assert_eq!(
            faults_of(
                r#"{"blend":{},"capital":{"lookback":1,"regime":{"detector":"risk"}},
                "risk":{"risk_max":2,"mode":"precomputed","sleeves":{"s":{"assets":["a"],"own_state":true}}}}"#
            ),
            [
                "/capital/lookback out_of_range",
                "/capital/lookback conflict",
                "/capital conflict",
                "/risk/risk_max out_of_range",
                "/risk/sleeves/s/own_state conflict",
                "/risk/sleeves conflict"
            ]
        );
    }

    #[test]
    fn a_strategy_says_once_where_its_positions_come_from() {
        let read = |text: &str| {
            let mut faults = Faults::new();
            let spec = StrategySpec::decode(&parse(text.as_bytes()).unwrap(), &At::Root, &mut faults);
            if let Some(spec) = spec {
                spec.validate(&At::Root, &mut faults);
            }
            faults.as_slice().iter().map(|fault| fault.code).collect::<Vec<_>>()
        };
        assert_eq!(read(r#"{"alpha":"momentum"}"#), []);
        assert_eq!(read("{}"), [Code::MissingField]);
        assert_eq!(read(r#"{"alpha":"momentum","weights":{},"top":0}"#), [Code::Conflict, Code::OutOfRange]);
    }
}
