//! The numbers of the Risk view that have a slider.

use super::settings::{GROSS_MAX, RiskSettings};
use crate::state::parameter::{Look, fraction, shown};
use allocator_core::config::risk::RegimeThresholds;

/// A number that has a slider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dial {
    /// Share of a new target that enters the scalar each day.
    Alpha,
    /// Lowest scalar.
    Floor,
    /// How many times the shares of the blend are held.
    Gross,
    /// Cost of trading.
    Cost,
    /// Entry of volatility acceleration.
    VolAccel,
    /// Entry of the correlation shock.
    CorrShock,
    /// Entry of the drawdown.
    Drawdown,
    /// Entry of the drawdown's slope.
    Slope,
    /// Exit of volatility acceleration.
    VolAccelExit,
    /// Exit of the correlation shock.
    CorrShockExit,
    /// Exit of the drawdown.
    DrawdownExit,
    /// Exit of the drawdown's slope.
    SlopeExit,
    /// Drawdown that is STRESS by itself.
    DrawdownStress,
    /// Drawdown that is CRISIS by itself.
    DrawdownCrisis,
    /// Days before a regime is left downward.
    DaysInRegime,
    /// Premium a year that protection may cost.
    Budget,
    /// How far below today's value protection begins.
    Distance,
    /// Days to the expiry of a piece of protection.
    Horizon,
    /// How far above the realised volatility protection is priced.
    Loading,
}

const PLAIN: Look = Look { label: "", unit: "", low: 0.0, high: 1.0, step: 0.01, decimals: 2, off_at: None, help: "" };

/// A difference without the dust of binary subtraction.
fn clean(value: f64) -> f64 {
    format!("{value:.12}").parse().unwrap_or(value)
}

impl Dial {
    /// Entry thresholds, one for each signal, in the order of the lanes.
    pub const ENTRIES: [Dial; 4] = [Dial::VolAccel, Dial::CorrShock, Dial::Drawdown, Dial::Slope];

    /// Thresholds that are seldom changed.
    pub const EXITS: [Dial; 7] = [
        Dial::VolAccelExit,
        Dial::CorrShockExit,
        Dial::DrawdownExit,
        Dial::SlopeExit,
        Dial::DrawdownStress,
        Dial::DrawdownCrisis,
        Dial::DaysInRegime,
    ];

    /// Numbers of the protection.
    pub const PROTECTION: [Dial; 4] = [Dial::Budget, Dial::Distance, Dial::Horizon, Dial::Loading];

    /// All of them.
    pub fn all() -> impl Iterator<Item = Dial> {
        [Dial::Alpha, Dial::Floor, Dial::Gross, Dial::Cost]
            .into_iter()
            .chain(Dial::ENTRIES)
            .chain(Dial::EXITS)
            .chain(Dial::PROTECTION)
    }

    /// How it is shown.
    pub const fn look(self) -> Look {
        match self {
            Dial::Alpha => Look {
                label: "Smoothing α",
                help: "The share of a new target that enters the scalar each day: 1 is at once, 0.25 three quarters in five days.",
                ..PLAIN
            },
            Dial::Floor => Look { label: "Floor", help: "The lowest scalar, whatever the regime.", ..PLAIN },
            Dial::Gross => Look {
                label: "Held, times",
                low: 0.5,
                high: 10.0,
                step: 0.5,
                help: "How many times the shares of the blend are held. Strategies of small volatility are run at more than once.",
                ..PLAIN
            },
            Dial::Cost => Look {
                label: "Cost of trading",
                unit: "bps",
                high: 20.0,
                step: 0.5,
                help: "Hundredths of a per cent of what is bought and sold.",
                ..PLAIN
            },
            Dial::VolAccel => Look {
                label: "Volatility acceleration",
                low: 0.8,
                high: 2.0,
                help: "20-day volatility over 60-day volatility at which the signal goes on. Its exit moves with it.",
                ..PLAIN
            },
            Dial::CorrShock => Look {
                label: "Correlation shock",
                high: 0.3,
                step: 0.005,
                help: "20-day correlation less 60-day correlation at which the signal goes on. Its exit moves with it.",
                ..PLAIN
            },
            Dial::Drawdown => Look {
                label: "Drawdown level",
                low: -0.3,
                high: 0.0,
                step: 0.005,
                help: "Drawdown at which the signal goes on. Its exit moves with it.",
                ..PLAIN
            },
            Dial::Slope => Look {
                label: "Drawdown slope",
                low: -0.2,
                high: 0.0,
                step: 0.005,
                help: "Change of drawdown in ten days at which the signal goes on. Its exit moves with it.",
                ..PLAIN
            },
            Dial::VolAccelExit => Look {
                label: "Acceleration, exit",
                low: 0.5,
                high: 2.0,
                help: "Below this the signal is off again; below its entry.",
                ..PLAIN
            },
            Dial::CorrShockExit => Look {
                label: "Shock, exit",
                low: -0.1,
                high: 0.3,
                step: 0.005,
                help: "Below this the signal is off again; below its entry.",
                ..PLAIN
            },
            Dial::DrawdownExit => Look {
                label: "Drawdown, exit",
                low: -0.3,
                high: 0.0,
                step: 0.005,
                help: "Above this the signal is off again; less deep than its entry.",
                ..PLAIN
            },
            Dial::SlopeExit => Look {
                label: "Slope, exit",
                low: -0.2,
                high: 0.0,
                step: 0.005,
                help: "Above this the signal is off again; less steep than its entry.",
                ..PLAIN
            },
            Dial::DrawdownStress => {
                Look { label: "Drawdown for Stress", low: -0.5, high: 0.0, help: "A drawdown that is Stress by itself.", ..PLAIN }
            }
            Dial::DrawdownCrisis => Look {
                label: "Drawdown for Crisis",
                low: -0.6,
                high: 0.0,
                help: "A drawdown that is Crisis by itself; deeper than that of Stress.",
                ..PLAIN
            },
            Dial::DaysInRegime => Look {
                label: "Days in a regime",
                unit: "days",
                low: 1.0,
                high: 30.0,
                step: 1.0,
                decimals: 0,
                help: "Days with a known state before a regime can be left downward.",
                ..PLAIN
            },
            Dial::Budget => Look {
                label: "Premium a year, at most",
                unit: "%",
                high: 10.0,
                step: 0.25,
                help: "What protection may cost in a year, in per cent of equity.",
                ..PLAIN
            },
            Dial::Distance => Look {
                label: "Out of the money",
                unit: "%",
                low: 0.5,
                high: 20.0,
                step: 0.5,
                help: "How far the portfolio must fall before protection pays.",
                ..PLAIN
            },
            Dial::Horizon => Look {
                label: "Days to expiry",
                unit: "days",
                low: 5.0,
                high: 126.0,
                step: 1.0,
                decimals: 0,
                help: "How long each piece of protection lasts.",
                ..PLAIN
            },
            Dial::Loading => Look {
                label: "Loading on volatility",
                unit: "%",
                high: 100.0,
                step: 5.0,
                decimals: 1,
                help: "How far above the volatility of the last 20 days protection is priced.",
                ..PLAIN
            },
        }
    }

    /// Whether it counts something.
    pub const fn is_count(self) -> bool {
        matches!(self, Dial::DaysInRegime | Dial::Horizon)
    }

    /// Its place in the request, for what the engine says against it.
    pub const fn pointer(self) -> &'static str {
        match self {
            Dial::Alpha => "/config/risk/smoothing_alpha",
            Dial::Floor => "/config/risk/risk_min",
            Dial::Gross => "/held",
            Dial::Cost => "/config/cost_bps",
            Dial::VolAccel => "/config/risk/thresholds/vol_accel_enter",
            Dial::CorrShock => "/config/risk/thresholds/corr_shock_enter",
            Dial::Drawdown => "/config/risk/thresholds/dd_enter",
            Dial::Slope => "/config/risk/thresholds/dd_slope_enter",
            Dial::VolAccelExit => "/config/risk/thresholds/vol_accel_exit",
            Dial::CorrShockExit => "/config/risk/thresholds/corr_shock_exit",
            Dial::DrawdownExit => "/config/risk/thresholds/dd_exit",
            Dial::SlopeExit => "/config/risk/thresholds/dd_slope_exit",
            Dial::DrawdownStress => "/config/risk/thresholds/dd_stress_enter",
            Dial::DrawdownCrisis => "/config/risk/thresholds/dd_crisis_enter",
            Dial::DaysInRegime => "/config/risk/thresholds/min_days_in_regime",
            Dial::Budget => "/config/convexity/budget",
            Dial::Distance => "/config/convexity/out_of_the_money",
            Dial::Horizon => "/config/convexity/horizon",
            Dial::Loading => "/config/convexity/loading",
        }
    }

    /// The number that is set.
    pub fn get(self, settings: &RiskSettings) -> f64 {
        let (audit, risk) = (&settings.audit, &settings.audit.risk);
        let of = &risk.thresholds;
        match self {
            Dial::Alpha => risk.smoothing_alpha.unwrap_or_else(|| risk.profile.alpha()),
            Dial::Floor => risk.floor(),
            Dial::Gross => settings.gross,
            Dial::Cost => audit.cost_bps,
            Dial::VolAccel => of.vol_accel_enter,
            Dial::CorrShock => of.corr_shock_enter,
            Dial::Drawdown => of.dd_enter,
            Dial::Slope => of.dd_slope_enter,
            Dial::VolAccelExit => of.vol_accel_exit,
            Dial::CorrShockExit => of.corr_shock_exit,
            Dial::DrawdownExit => of.dd_exit,
            Dial::SlopeExit => of.dd_slope_exit,
            Dial::DrawdownStress => of.dd_stress_enter,
            Dial::DrawdownCrisis => of.dd_crisis_enter,
            Dial::DaysInRegime => f64::from(of.min_days_in_regime),
            Dial::Budget => shown(audit.convexity.budget),
            Dial::Distance => shown(audit.convexity.out_of_the_money),
            Dial::Horizon => f64::from(audit.convexity.horizon),
            Dial::Loading => shown(audit.convexity.loading),
        }
    }

    /// Sets a number. An entry takes its exit along; the profile's own number is not kept, so that it follows the profile.
    pub fn set(self, settings: &mut RiskSettings, value: f64) {
        let risk = &mut settings.audit.risk;
        let (alpha, floor) = (risk.profile.alpha(), risk.profile.floor());
        let of = &mut risk.thresholds;
        let moved = |enter: &mut f64, exit: &mut f64| {
            *exit = clean(*exit + value - *enter);
            *enter = value;
        };
        match self {
            Dial::Alpha => risk.smoothing_alpha = (value != alpha).then_some(value),
            Dial::Floor => risk.risk_min = (value != floor).then_some(value),
            Dial::Gross => settings.gross = value.clamp(f64::MIN_POSITIVE, GROSS_MAX),
            Dial::Cost => settings.audit.cost_bps = value,
            Dial::VolAccel => moved(&mut of.vol_accel_enter, &mut of.vol_accel_exit),
            Dial::CorrShock => moved(&mut of.corr_shock_enter, &mut of.corr_shock_exit),
            Dial::Drawdown => {
                moved(&mut of.dd_enter, &mut of.dd_exit);
                // There is nothing above no drawdown at all.
                of.dd_exit = of.dd_exit.min(0.0);
            }
            Dial::Slope => moved(&mut of.dd_slope_enter, &mut of.dd_slope_exit),
            Dial::VolAccelExit => of.vol_accel_exit = value,
            Dial::CorrShockExit => of.corr_shock_exit = value,
            Dial::DrawdownExit => of.dd_exit = value,
            Dial::SlopeExit => of.dd_slope_exit = value,
            Dial::DrawdownStress => of.dd_stress_enter = value,
            Dial::DrawdownCrisis => of.dd_crisis_enter = value,
            Dial::DaysInRegime => of.min_days_in_regime = whole(value),
            Dial::Budget => settings.audit.convexity.budget = fraction(value),
            Dial::Distance => settings.audit.convexity.out_of_the_money = fraction(value),
            Dial::Horizon => settings.audit.convexity.horizon = whole(value),
            Dial::Loading => settings.audit.convexity.loading = fraction(value),
        }
    }

    /// What it is at the defaults of a profile.
    pub fn default_value(self, settings: &RiskSettings) -> f64 {
        let mut fresh = RiskSettings::default();
        fresh.audit.risk.profile = settings.audit.risk.profile;
        self.get(&fresh)
    }
}

fn whole(value: f64) -> u32 {
    value.clamp(0.0, f64::from(u32::MAX)).round() as u32
}

/// How many numbers of some thresholds are not at their default.
pub fn changed(thresholds: &RegimeThresholds) -> usize {
    let mut settings = RiskSettings::default();
    settings.audit.risk.thresholds = thresholds.clone();
    let dials = Dial::ENTRIES.into_iter().chain(Dial::EXITS);
    dials.filter(|dial| dial.get(&settings) != dial.default_value(&settings)).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use allocator_core::config::OperationConfig;
    use allocator_core::config::risk::Profile;
    use allocator_core::error::Faults;
    use allocator_core::wire::At;

    #[test]
    fn setting_what_is_shown_changes_nothing_and_defaults_lie_on_their_sliders() {
        let mut settings = RiskSettings::default();
        for dial in Dial::all() {
            let (value, look) = (dial.get(&settings), dial.look());
            assert!((look.low..=look.high).contains(&value), "{}", look.label);
            dial.set(&mut settings, value);
        }
        assert_eq!(settings, RiskSettings::default());
    }

    #[test]
    fn an_entry_takes_its_exit_along_over_its_whole_slider() {
        for dial in Dial::ENTRIES {
            let look = dial.look();
            for value in [look.low, look.high, 0.5 * (look.low + look.high)] {
                let mut settings = RiskSettings::default();
                dial.set(&mut settings, value);
                let mut faults = Faults::new();
                settings.audit.validate(&At::Root, &mut faults);
                // Zero is where a drawdown has no room for an exit above it; the engine says so at that field.
                assert!(faults.is_empty() || value == 0.0, "{} {value}: {:?}", look.label, faults.as_slice());
            }
        }
        let mut settings = RiskSettings::default();
        Dial::VolAccel.set(&mut settings, 1.4);
        assert_eq!(settings.audit.risk.thresholds.vol_accel_exit, 1.25, "1.15 and a tenth, without dust");
        assert_eq!(changed(&settings.audit.risk.thresholds), 2);
    }

    #[test]
    fn numbers_of_the_profile_follow_the_profile() {
        let mut settings = RiskSettings::default();
        Dial::Floor.set(&mut settings, 0.4);
        Dial::Alpha.set(&mut settings, 0.25);
        settings.audit.risk.profile = Profile::H;
        assert_eq!((Dial::Floor.get(&settings), Dial::Alpha.get(&settings)), (0.4, 0.15));
        assert_eq!(Dial::Floor.default_value(&settings), 0.5);
    }
}
