//! Numbers of the capital settings that have a slider: name, unit, range, and where each stands in the settings.
//!
//! The page shows per cent, the settings hold fractions.

use crate::state::parameter::{Look, fraction, shown};
use allocator_core::config::capital::{CapitalConfig, CapitalMethod};

/// A number with a slider.
#[derive(Clone, Copy)]
pub struct Dial {
    /// Id of its control.
    pub id: &'static str,
    /// The field it sets, as a JSON pointer below the settings.
    pub pointer: &'static str,
    /// How it is shown.
    pub look: Look,
    /// Whether only whole numbers are numbers of it.
    pub count: bool,
    /// Its value in shown units; `None` is off.
    pub get: fn(&CapitalConfig) -> Option<f64>,
    /// Puts a value, in shown units, into the settings.
    pub set: fn(&mut CapitalConfig, Option<f64>),
}

const PERCENT: Look = Look { label: "", unit: "%", low: 0.0, high: 100.0, step: 1.0, decimals: 2, off_at: None, help: "" };
const DAYS: Look = Look { unit: "days", decimals: 0, ..PERCENT };
const PLAIN: Look = Look { unit: "", ..PERCENT };

fn whole(value: f64) -> u32 {
    value.clamp(0.0, f64::from(u32::MAX)).round() as u32
}

/// Limits of the whole.
pub const PORTFOLIO: [Dial; 6] = [
    Dial {
        id: "capital-reserve",
        pointer: "/constraints/cash_reserve",
        look: Look {
            label: "Cash reserve",
            high: 50.0,
            step: 0.5,
            help: "The share that stays in cash whatever happens.",
            ..PERCENT
        },
        count: false,
        get: |config| Some(shown(config.constraints.cash_reserve)),
        set: |config, value| config.constraints.cash_reserve = value.map_or(0.0, fraction),
    },
    Dial {
        id: "capital-turnover",
        pointer: "/constraints/turnover_max",
        look: Look {
            label: "Turnover budget",
            high: 200.0,
            off_at: Some(200.0),
            help: "The most that may be bought and sold together, counted from the split in use.",
            ..PERCENT
        },
        count: false,
        get: |config| config.constraints.turnover_max.map(shown),
        set: |config, value| config.constraints.turnover_max = value.map(fraction),
    },
    Dial {
        id: "capital-volatility",
        pointer: "/constraints/target_volatility",
        look: Look {
            label: "Target volatility",
            high: 30.0,
            step: 0.1,
            off_at: Some(30.0),
            help: "The volatility a year that the whole may not exceed; what it must not hold stays in cash.",
            ..PERCENT
        },
        count: false,
        get: |config| config.constraints.target_volatility.map(shown),
        set: |config, value| config.constraints.target_volatility = value.map(fraction),
    },
    Dial {
        id: "capital-leverage",
        pointer: "/constraints/leverage_max",
        look: Look {
            label: "Exposure at most",
            low: 100.0,
            high: 300.0,
            help: "The most that may be placed to reach the target volatility; above 100 % money is borrowed.",
            ..PERCENT
        },
        count: false,
        get: |config| Some(shown(config.constraints.leverage_max)),
        set: |config, value| config.constraints.leverage_max = value.map_or(1.0, fraction),
    },
    Dial {
        id: "capital-change",
        pointer: "/constraints/change_max",
        look: Look {
            label: "Change per strategy",
            off_at: Some(100.0),
            help: "The most that one weight may change, counted from the split in use.",
            ..PERCENT
        },
        count: false,
        get: |config| config.constraints.change_max.map(shown),
        set: |config, value| config.constraints.change_max = value.map(fraction),
    },
    Dial {
        id: "capital-trade",
        pointer: "/constraints/trade_min",
        look: Look {
            label: "Smallest trade",
            high: 10.0,
            step: 0.1,
            help: "A weight that would change by less stays as it is in the split in use.",
            ..PERCENT
        },
        count: false,
        get: |config| Some(shown(config.constraints.trade_min)),
        set: |config, value| config.constraints.trade_min = value.map_or(0.0, fraction),
    },
];

/// What the estimates stand on.
pub const HISTORY: [Dial; 3] = [
    Dial {
        id: "capital-lookback",
        pointer: "/lookback",
        look: Look {
            label: "Lookback",
            low: 20.0,
            high: 1_260.0,
            off_at: Some(1_260.0),
            help: "Newest returns that enter; off is the method's own, which for most is the whole history.",
            ..DAYS
        },
        count: true,
        get: |config| config.lookback.map(f64::from),
        set: |config, value| config.lookback = value.map(whole),
    },
    Dial {
        id: "capital-observations",
        pointer: "/min_observations",
        look: Look {
            label: "Fewest returns",
            low: 2.0,
            high: 252.0,
            help: "A strategy with fewer returns than this is unknown and gets nothing.",
            ..DAYS
        },
        count: true,
        get: |config| Some(f64::from(config.min_observations)),
        set: |config, value| config.min_observations = value.map_or(CapitalConfig::default().min_observations, whole),
    },
    Dial {
        id: "capital-periods",
        pointer: "/periods_per_year",
        look: Look {
            label: "Periods a year",
            low: 1.0,
            high: 365.0,
            decimals: 0,
            help: "252 for trading days, 52 for weeks, 12 for months.",
            ..PLAIN
        },
        count: false,
        get: |config| Some(config.periods_per_year),
        set: |config, value| config.periods_per_year = value.unwrap_or(CapitalConfig::default().periods_per_year),
    },
];

/// The half-life of exponential weights, where an estimator uses them.
pub const HALF_LIFE: Dial = Dial {
    id: "capital-half-life",
    pointer: "/estimators/ewma/half_life",
    look: Look { label: "Half-life", low: 1.0, high: 250.0, help: "After so many days a return weighs half.", ..DAYS },
    count: false,
    get: |config| Some(config.estimators.ewma.half_life),
    set: |config, value| config.estimators.ewma.half_life = value.unwrap_or(CapitalConfig::default().estimators.ewma.half_life),
};

/// Settings of single methods, and the methods that have them.
pub const METHODS: [(Dial, &[CapitalMethod]); 5] = [
    (
        Dial {
            id: "capital-risk-free",
            pointer: "/risk_free",
            look: Look { label: "Risk-free rate", low: -5.0, high: 15.0, step: 0.1, help: "What cash earns a year.", ..PERCENT },
            count: false,
            get: |config| Some(shown(config.risk_free)),
            set: |config, value| config.risk_free = value.map_or(0.0, fraction),
        },
        &[CapitalMethod::MaxSharpe, CapitalMethod::Sharpe, CapitalMethod::KellyDiagonal, CapitalMethod::KellyMultivariate],
    ),
    (
        Dial {
            id: "capital-aversion",
            pointer: "/optimizer/risk_aversion",
            look: Look {
                label: "Risk aversion λ",
                low: 0.5,
                high: 50.0,
                step: 0.5,
                help: "λ of return − λ · variance.",
                ..PLAIN
            },
            count: false,
            get: |config| Some(config.optimizer.risk_aversion),
            set: |config, value| {
                config.optimizer.risk_aversion = value.unwrap_or(CapitalConfig::default().optimizer.risk_aversion);
            },
        },
        &[CapitalMethod::MeanVariance, CapitalMethod::RobustMeanVariance],
    ),
    (
        Dial {
            id: "capital-target-return",
            pointer: "/optimizer/target_return",
            look: Look {
                label: "Target return",
                low: -10.0,
                high: 30.0,
                step: 0.1,
                help: "The return a year that is asked for.",
                ..PERCENT
            },
            count: false,
            get: |config| Some(shown(config.optimizer.target_return)),
            set: |config, value| {
                config.optimizer.target_return = value.map_or(CapitalConfig::default().optimizer.target_return, fraction);
            },
        },
        &[CapitalMethod::TargetReturn],
    ),
    (
        Dial {
            id: "capital-target-risk",
            pointer: "/optimizer/target_risk",
            look: Look {
                label: "Volatility allowed",
                low: 0.1,
                high: 30.0,
                step: 0.1,
                help: "The volatility a year that the method may take.",
                ..PERCENT
            },
            count: false,
            get: |config| Some(shown(config.optimizer.target_risk)),
            set: |config, value| {
                config.optimizer.target_risk = value.map_or(CapitalConfig::default().optimizer.target_risk, fraction);
            },
        },
        &[CapitalMethod::TargetRisk],
    ),
    (
        Dial {
            id: "capital-kelly",
            pointer: "/kelly/fraction",
            look: Look {
                label: "Kelly fraction",
                low: 5.0,
                step: 5.0,
                help: "The share of Kelly's fraction that is deployed.",
                ..PERCENT
            },
            count: false,
            get: |config| Some(shown(config.kelly.fraction)),
            set: |config, value| config.kelly.fraction = value.map_or(CapitalConfig::default().kelly.fraction, fraction),
        },
        &[CapitalMethod::KellyDiagonal, CapitalMethod::KellyMultivariate],
    ),
];

/// All of them.
pub fn all() -> impl Iterator<Item = Dial> {
    PORTFOLIO.into_iter().chain(HISTORY).chain([HALF_LIFE]).chain(METHODS.into_iter().map(|(dial, _)| dial))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::capital::settings::CapitalSettings;
    use allocator_core::wire::{parse, to_canonical_string};

    #[test]
    fn setting_what_is_shown_changes_nothing_and_defaults_lie_on_their_sliders() {
        let fresh = CapitalSettings::default().config;
        for dial in all() {
            let mut config = fresh.clone();
            let value = (dial.get)(&config);
            (dial.set)(&mut config, value);
            assert_eq!(config, fresh, "{}", dial.id);
            let rest = value.or(dial.look.off_at).unwrap();
            assert!((dial.look.low..=dial.look.high).contains(&rest), "{}", dial.id);
        }
    }

    #[test]
    fn each_sets_the_field_that_faults_will_name() {
        for dial in all() {
            let mut config = CapitalSettings::default().config;
            (dial.set)(&mut config, Some(dial.look.low + dial.look.step));
            let tree = parse(to_canonical_string(&config).unwrap().as_bytes()).unwrap();
            let field = dial.pointer.split('/').skip(1).try_fold(&tree, |tree, key| tree.get(key)).unwrap();
            let value = field.as_f64().unwrap() * if dial.look.unit == "%" { 100.0 } else { 1.0 };
            assert!((value - (dial.get)(&config).unwrap()).abs() < 1e-9, "{}", dial.id);
        }
    }
}
