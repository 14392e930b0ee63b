//! What can be set on the page: a label, a unit, a range and a default for each number of the settings.
//!
//! The page shows per cent, the settings hold fractions; here is the one place that converts.

use super::number;
use allocator_core::config::blend::BlendConfig;

/// A number that has a slider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Parameter {
    /// `per_strategy_max`.
    StrategyCap,
    /// `symbol_max`.
    SymbolCap,
    /// `cash_reserve`.
    CashReserve,
    /// `target_total`.
    TargetTotal,
    /// `min_score`.
    MinScore,
    /// `lookback`.
    Lookback,
    /// `correlation.threshold`.
    AlertAbove,
    /// The ρ below which a pair can alert again: `correlation.threshold` less `correlation.hysteresis`.
    ArmBelow,
    /// `correlation.window`.
    Window,
    /// `correlation.min_observations`.
    Minimum,
    /// `correlation.half_life`.
    HalfLife,
    /// `gross_max`.
    GrossCap,
    /// `net_min`.
    NetLow,
    /// `net_max`.
    NetHigh,
    /// `positions_max`.
    Positions,
    /// `position_min`.
    SmallestPosition,
    /// `min_observations`.
    FewestReturns,
}

/// How a parameter is shown and how far its slider goes, in shown units. Exact entry may go further than the slider.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    /// Name for a person.
    pub label: &'static str,
    /// Unit behind the number, empty where it has none.
    pub unit: &'static str,
    /// Left end of the slider.
    pub low: f64,
    /// Right end of the slider.
    pub high: f64,
    /// One step of the slider.
    pub step: f64,
    /// Decimals shown.
    pub decimals: usize,
    /// Whether it can be switched off, and where the slider then rests.
    pub off_at: Option<f64>,
    /// One sentence of explanation.
    pub help: &'static str,
}

impl Look {
    /// The number as it stands in the entry: `off`, or its digits.
    pub fn text(&self, value: Option<f64>) -> String {
        value.map_or_else(|| String::from("off"), |value| exact(value, self.decimals))
    }

    /// Reads an entry; `off` and nothing switch off what can be off. A count takes whole numbers only.
    ///
    /// # Errors
    /// A sentence that says what is wrong and how to write it.
    pub fn read(&self, text: &str, is_count: bool) -> Result<Option<f64>, String> {
        let plain = text.trim();
        if self.off_at.is_some() && (plain.is_empty() || plain.eq_ignore_ascii_case("off")) {
            return Ok(None);
        }
        let value = number::typed(plain)?;
        if is_count && (value.fract() != 0.0 || value < 0.0) {
            let of = if self.unit.is_empty() { "." } else { " of days." };
            return Err(format!("\"{plain}\" is not a whole number{of}"));
        }
        Ok(Some(value))
    }

    /// Where a number lies on its slider, from 0 to 1; what is off lies where the slider rests.
    pub fn place(&self, value: Option<f64>) -> f64 {
        let value = value.or(self.off_at).unwrap_or(self.low);
        ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
    }
}

impl Parameter {
    /// Limits of a blend, in the order of the page.
    pub const LIMITS: [Parameter; 7] = [
        Parameter::StrategyCap,
        Parameter::SymbolCap,
        Parameter::CashReserve,
        Parameter::TargetTotal,
        Parameter::MinScore,
        Parameter::Lookback,
        Parameter::AlertAbove,
    ];

    /// Limits that are seldom changed.
    pub const SELDOM: [Parameter; 6] = [
        Parameter::GrossCap,
        Parameter::NetLow,
        Parameter::NetHigh,
        Parameter::Positions,
        Parameter::SmallestPosition,
        Parameter::FewestReturns,
    ];

    /// How correlation is measured.
    pub const MEASURE: [Parameter; 3] = [Parameter::Window, Parameter::Minimum, Parameter::HalfLife];

    /// When a pair alerts.
    pub const ALERTS: [Parameter; 2] = [Parameter::AlertAbove, Parameter::ArmBelow];

    /// All of them.
    pub fn all() -> impl Iterator<Item = Parameter> {
        [&Self::LIMITS[..], &Self::SELDOM, &Self::MEASURE, &Self::ALERTS[1..]].into_iter().flatten().copied()
    }

    /// How it is shown.
    pub const fn look(self) -> Look {
        let percent = Look { label: "", unit: "%", low: 0.0, high: 100.0, step: 1.0, decimals: 2, off_at: None, help: "" };
        match self {
            Parameter::StrategyCap => Look {
                label: "Strategy cap",
                help: "The most that one strategy may hold, gross. What a cap frees goes to strategies with headroom.",
                ..percent
            },
            Parameter::SymbolCap => Look {
                label: "Symbol cap",
                off_at: Some(100.0),
                help: "The most that one symbol may hold, long or short.",
                ..percent
            },
            Parameter::CashReserve => Look {
                label: "Cash reserve",
                high: 50.0,
                step: 0.5,
                help: "The share that stays in cash whatever happens.",
                ..percent
            },
            Parameter::TargetTotal => Look {
                label: "Target total",
                low: 5.0,
                high: 200.0,
                step: 5.0,
                help: "What is to be invested, gross. Above 100 % is leverage.",
                ..percent
            },
            Parameter::MinScore => Look {
                label: "Minimum score",
                unit: "",
                low: -3.0,
                high: 3.0,
                step: 0.05,
                off_at: Some(-3.0),
                help: "A symbol needs a score above this from at least one strategy.",
                ..percent
            },
            Parameter::Lookback => Look {
                label: "Volatility lookback",
                unit: "days",
                low: 30.0,
                high: 756.0,
                step: 1.0,
                decimals: 0,
                help: "Newest returns from which a volatility is computed.",
                ..percent
            },
            Parameter::AlertAbove => Look {
                label: "Alert above ρ",
                unit: "",
                low: 0.0,
                high: 1.0,
                step: 0.01,
                help: "Two strategies that move together more than this raise an alert.",
                ..percent
            },
            Parameter::ArmBelow => Look {
                label: "Re-arm below",
                unit: "",
                low: 0.0,
                high: 1.0,
                step: 0.01,
                help: "A pair that has alerted can alert again only after its correlation fell below this.",
                ..percent
            },
            Parameter::Window => Look {
                label: "Window",
                unit: "days",
                low: 20.0,
                high: 1_000.0,
                step: 1.0,
                decimals: 0,
                off_at: Some(1_000.0),
                help: "Newest shared days that enter a correlation; off is all of them.",
            },
            Parameter::Minimum => Look {
                label: "Minimum observations",
                unit: "days",
                low: 2.0,
                high: 250.0,
                step: 1.0,
                decimals: 0,
                help: "Fewer shared days than this, and the correlation is unknown.",
                ..percent
            },
            Parameter::HalfLife => Look {
                label: "Half-life",
                unit: "days",
                low: 1.0,
                high: 250.0,
                step: 1.0,
                decimals: 0,
                help: "Of the measure EWMA: after so many days a return weighs half.",
                ..percent
            },
            Parameter::GrossCap => Look {
                label: "Gross cap",
                high: 300.0,
                off_at: Some(300.0),
                help: "The most that is held, long and short together, after opposite positions net.",
                ..percent
            },
            Parameter::NetLow => {
                Look { label: "Net, at least", low: -100.0, off_at: Some(-100.0), help: "The lowest net weight.", ..percent }
            }
            Parameter::NetHigh => Look {
                label: "Net, at most",
                low: -100.0,
                high: 200.0,
                off_at: Some(200.0),
                help: "The highest net weight.",
                ..percent
            },
            Parameter::Positions => Look {
                label: "Most positions",
                unit: "",
                low: 1.0,
                high: 200.0,
                step: 1.0,
                decimals: 0,
                off_at: Some(200.0),
                help: "The largest positions stay, the others are left out.",
            },
            Parameter::SmallestPosition => Look {
                label: "Smallest position",
                high: 10.0,
                step: 0.1,
                off_at: Some(0.0),
                help: "Smaller positions are not worth holding and are left out.",
                ..percent
            },
            Parameter::FewestReturns => Look {
                label: "Fewest returns",
                unit: "days",
                low: 2.0,
                high: 252.0,
                decimals: 0,
                help: "From fewer returns than this no volatility is computed: it is unknown.",
                ..percent
            },
        }
    }

    /// The field it sets, as a JSON pointer below the settings: faults name it.
    pub const fn pointer(self) -> &'static str {
        match self {
            Parameter::StrategyCap => "/per_strategy_max",
            Parameter::SymbolCap => "/symbol_max",
            Parameter::CashReserve => "/cash_reserve",
            Parameter::TargetTotal => "/target_total",
            Parameter::MinScore => "/min_score",
            Parameter::Lookback => "/lookback",
            Parameter::AlertAbove => "/correlation/threshold",
            Parameter::ArmBelow => "/correlation/hysteresis",
            Parameter::Window => "/correlation/window",
            Parameter::Minimum => "/correlation/min_observations",
            Parameter::HalfLife => "/correlation/half_life",
            Parameter::GrossCap => "/gross_max",
            Parameter::NetLow => "/net_min",
            Parameter::NetHigh => "/net_max",
            Parameter::Positions => "/positions_max",
            Parameter::SmallestPosition => "/position_min",
            Parameter::FewestReturns => "/min_observations",
        }
    }

    /// The value in shown units; `None` is off.
    pub fn get(self, config: &BlendConfig) -> Option<f64> {
        match self {
            Parameter::StrategyCap => Some(shown(config.per_strategy_max)),
            Parameter::SymbolCap => config.symbol_max.map(shown),
            Parameter::CashReserve => Some(shown(config.cash_reserve)),
            Parameter::TargetTotal => Some(shown(config.target_total)),
            Parameter::MinScore => config.min_score,
            Parameter::Lookback => Some(f64::from(config.lookback)),
            Parameter::AlertAbove => Some(config.correlation.threshold),
            Parameter::ArmBelow => Some(difference(config.correlation.threshold, config.correlation.hysteresis)),
            Parameter::Window => config.correlation.window.map(f64::from),
            Parameter::Minimum => Some(f64::from(config.correlation.min_observations)),
            Parameter::HalfLife => Some(config.correlation.half_life),
            Parameter::GrossCap => config.gross_max.map(shown),
            Parameter::NetLow => config.net_min.map(shown),
            Parameter::NetHigh => config.net_max.map(shown),
            Parameter::Positions => config.positions_max.map(f64::from),
            Parameter::SmallestPosition => config.position_min.map(shown),
            Parameter::FewestReturns => Some(f64::from(config.min_observations)),
        }
    }

    /// Puts a value, in shown units, into the settings; `None` switches off what can be off.
    pub fn set(self, config: &mut BlendConfig, value: Option<f64>) {
        let default = BlendConfig::default();
        match self {
            Parameter::StrategyCap => config.per_strategy_max = value.map_or(default.per_strategy_max, fraction),
            Parameter::SymbolCap => config.symbol_max = value.map(fraction),
            Parameter::CashReserve => config.cash_reserve = value.map_or(default.cash_reserve, fraction),
            Parameter::TargetTotal => config.target_total = value.map_or(default.target_total, fraction),
            Parameter::MinScore => config.min_score = value,
            Parameter::Lookback => config.lookback = value.map_or(default.lookback, whole),
            Parameter::AlertAbove => config.correlation.threshold = value.unwrap_or(default.correlation.threshold),
            Parameter::ArmBelow => {
                config.correlation.hysteresis =
                    value.map_or(default.correlation.hysteresis, |below| difference(config.correlation.threshold, below));
            }
            Parameter::Window => config.correlation.window = value.map(whole),
            Parameter::Minimum => {
                config.correlation.min_observations = value.map_or(default.correlation.min_observations, whole);
            }
            Parameter::HalfLife => config.correlation.half_life = value.unwrap_or(default.correlation.half_life),
            Parameter::GrossCap => config.gross_max = value.map(fraction),
            Parameter::NetLow => config.net_min = value.map(fraction),
            Parameter::NetHigh => config.net_max = value.map(fraction),
            Parameter::Positions => config.positions_max = value.map(whole),
            Parameter::SmallestPosition => config.position_min = value.map(fraction),
            Parameter::FewestReturns => config.min_observations = value.map_or(default.min_observations, whole),
        }
    }

    /// The value that a fresh page has, in shown units.
    pub fn default_value(self) -> Option<f64> {
        self.get(&BlendConfig::default())
    }

    /// The number as it stands in the entry: `off`, or its digits.
    pub fn text(self, value: Option<f64>) -> String {
        self.look().text(value)
    }

    /// Whether it counts something, so that only whole numbers are numbers of it.
    pub fn is_count(self) -> bool {
        self.look().decimals == 0 && self != Parameter::HalfLife
    }

    /// Reads an entry; `off` and nothing switch off what can be off.
    ///
    /// # Errors
    /// A sentence that says what is wrong and how to write it.
    pub fn read(self, text: &str) -> Result<Option<f64>, String> {
        self.look().read(text, self.is_count())
    }
}

/// A count; the entry has refused what is none.
fn whole(value: f64) -> u32 {
    value.clamp(0.0, f64::from(u32::MAX)).round() as u32
}

/// A difference without the dust of binary subtraction: 0.70 − 0.05 is 0.65.
fn difference(a: f64, b: f64) -> f64 {
    format!("{:.12}", a - b).parse().unwrap_or(a - b)
}

/// At least `decimals` places, and as many as the number has: an exact entry is never shown rounded.
fn exact(value: f64, decimals: usize) -> String {
    let short = number::fixed(value, decimals);
    if number::typed(&short) == Ok(value) { short } else { value.to_string().replace('-', "\u{2212}") }
}

/// Per cent of a fraction, without the dust of binary multiplication: 0.07 shows 7, not 7.000000000000001.
pub fn shown(fraction: f64) -> f64 {
    decimal_shift(fraction, 2)
}

/// The fraction nearest to a decimal number of per cent: 7 is 0.07 exactly as it is written in a file.
pub fn fraction(percent: f64) -> f64 {
    decimal_shift(percent, -2)
}

/// `value · 10^places` through its shortest decimal, so that both directions give the number a person would write.
fn decimal_shift(value: f64, places: i32) -> f64 {
    format!("{value:e}")
        .split_once('e')
        .and_then(|(digits, exponent)| Some((digits, exponent.parse::<i32>().ok()?)))
        .and_then(|(digits, exponent)| format!("{digits}e{}", exponent + places).parse().ok())
        .unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn per_cent_and_fraction_are_the_numbers_one_would_write() {
        for hundredths in 0..=20_000_u32 {
            let percent = f64::from(hundredths) / 100.0;
            let written: f64 = format!("{}.{:04}", hundredths / 10_000, hundredths % 10_000).parse().unwrap();
            assert_eq!(fraction(percent).to_bits(), written.to_bits(), "{percent}");
            assert_eq!(shown(fraction(percent)).to_bits(), percent.to_bits(), "{percent}");
        }
    }

    #[test]
    fn setting_what_is_shown_changes_nothing() {
        let mut config = BlendConfig::default();
        for parameter in Parameter::all() {
            let value = parameter.get(&config);
            parameter.set(&mut config, value);
        }
        assert_eq!(config, BlendConfig::default());
    }

    #[test]
    fn an_exact_entry_is_shown_exactly() {
        let mut config = BlendConfig::default();
        let value = Parameter::StrategyCap.read("33.333").unwrap();
        Parameter::StrategyCap.set(&mut config, value);
        assert_eq!(config.per_strategy_max, 0.33333);
        assert_eq!(Parameter::StrategyCap.text(Parameter::StrategyCap.get(&config)), "33.333");
        assert_eq!(Parameter::StrategyCap.text(Some(40.0)), "40.00");
    }

    #[test]
    fn what_can_be_off_is_off_without_a_number() {
        assert_eq!(Parameter::SymbolCap.read(" off "), Ok(None));
        assert_eq!(Parameter::MinScore.read(""), Ok(None));
        assert!(Parameter::StrategyCap.read("").is_err());
        assert!(Parameter::Lookback.read("60.5").is_err());
        assert_eq!(Parameter::SymbolCap.text(None), "off");
    }

    #[test]
    fn the_level_that_arms_again_follows_the_threshold() {
        let mut config = BlendConfig::default();
        assert_eq!(Parameter::ArmBelow.get(&config), Some(0.65));
        Parameter::ArmBelow.set(&mut config, Some(0.6));
        assert_eq!(config.correlation.hysteresis, 0.1);
        Parameter::AlertAbove.set(&mut config, Some(0.8));
        assert_eq!(Parameter::ArmBelow.get(&config), Some(0.7));
    }

    #[test]
    fn defaults_lie_on_their_sliders() {
        for parameter in Parameter::all() {
            let look = parameter.look();
            let rest = parameter.default_value().or(look.off_at).unwrap();
            assert!((look.low..=look.high).contains(&rest), "{}", look.label);
        }
    }
}
