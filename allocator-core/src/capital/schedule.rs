//! When to rebalance (K5): cooldown, first run, frequency, drift, in this order, each decision with its reason.
//!
//! - cooldown: fewer than `cooldown_days` since the last rebalance: no, whatever else holds
//! - first run: there was no rebalance yet: yes
//! - frequency: a day with which a period begins lies behind the last rebalance and its cooldown and not after today: yes. A period that
//!   was missed is made good at the next check; one that begins within the cooldown is served by the rebalance before it.
//! - drift: max over strategies of |current − target| is strictly above the threshold: yes
//!
//! **Conventions.** On a day on which the market is closed there is no rebalance (`trading_days_only`), so that monthly is the first
//! trading day on or after the 1st. Weights are decimals: 0.07 against 0.02 has drifted by 0.05 exactly, which a threshold of 0.05
//! does not see. A strategy on one side only weighs nothing on the other.

use crate::calendar::{DayPattern, PATTERN_DAYS_MAX, TradingCalendar, weekday, weekday_name};
use crate::config::schedule::{CooldownRule, Frequency, FrequencyRule, ScheduleConfig};
use crate::money::Share;
use crate::units::{DAY_NANOS, UnixNanos};
use crate::wire::choice;
use serde::Serialize;
use std::collections::BTreeMap;

choice! {
    /// What decided.
    pub enum Trigger {
        /// Nothing asks for a rebalance.
        None = "none",
        /// The last rebalance is too recent.
        Cooldown = "cooldown",
        /// The market is closed.
        Closed = "closed",
        /// There was no rebalance before.
        Initial = "initial",
        /// A period has begun.
        Frequency = "frequency",
        /// A weight is too far from its target.
        Drift = "drift",
    }
}

/// A decision whether to rebalance.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Decision {
    /// Days since the last rebalance; null before the first.
    pub days_since: Option<i64>,
    /// Largest distance of a weight from its target; null without weights.
    pub drift: Option<f64>,
    /// The strategy that is farthest, the first by name of equals.
    pub drift_strategy: Option<String>,
    /// The last rebalance before the check.
    pub last_rebalance: Option<UnixNanos>,
    /// The reason in words.
    pub reason: String,
    /// Whether to rebalance.
    pub rebalance: bool,
    /// When it was asked.
    pub time: UnixNanos,
    /// What decided.
    pub trigger: Trigger,
}

/// Weights by strategy, as fractions of the capital.
pub type Weights = BTreeMap<String, Share>;

/// A schedule, ready to be asked.
pub struct Schedule<'a> {
    config: &'a ScheduleConfig,
    calendar: TradingCalendar,
    pattern: DayPattern,
}

impl<'a> Schedule<'a> {
    /// The schedule of some valid settings.
    pub fn new(config: &'a ScheduleConfig) -> Self {
        Schedule { config, calendar: config.trading_calendar(), pattern: config.day_pattern() }
    }

    /// The trading calendar.
    pub fn calendar(&self) -> &TradingCalendar {
        &self.calendar
    }

    /// Decides at a time; `weights` are those held and their targets, if there are any.
    pub fn decide(&self, time: UnixNanos, last: Option<UnixNanos>, weights: Option<(&Weights, &Weights)>) -> Decision {
        let days_since = last.map(|last| self.days_between(last, time));
        let drift = weights.and_then(|(current, target)| widest(current, target));
        let (trigger, reason) = self.reason(time, last, days_since, drift.map(|(drift, _)| drift));
        Decision {
            days_since,
            drift: drift.map(|(drift, _)| drift.to_f64()),
            drift_strategy: drift.map(|(_, name)| name.to_owned()),
            last_rebalance: last,
            reason,
            rebalance: matches!(trigger, Trigger::Initial | Trigger::Frequency | Trigger::Drift),
            time,
            trigger,
        }
    }

    fn reason(
        &self,
        time: UnixNanos,
        last: Option<UnixNanos>,
        days_since: Option<i64>,
        drift: Option<Share>,
    ) -> (Trigger, String) {
        let cooldown = i64::from(self.config.cooldown_days);
        if let Some(days) = days_since.filter(|days| *days < cooldown) {
            return (Trigger::Cooldown, format!("Cooldown period ({days}/{cooldown} days)"));
        }
        let day = time.days();
        if self.config.trading_days_only && !self.calendar.is_open(day) {
            return (Trigger::Closed, format!("Market closed ({})", weekday_name(day)));
        }
        let Some(last) = last else { return (Trigger::Initial, String::from("Initial rebalancing")) };
        if self.due(day, last.days(), days_since.unwrap_or_default()) {
            return (Trigger::Frequency, self.period_begun(day));
        }
        match (drift, self.config.drift_threshold) {
            (Some(drift), Some(threshold)) if drift > threshold => {
                (Trigger::Drift, format!("Allocation drift ({} > {})", drift.percent(), threshold.percent()))
            }
            _ => (Trigger::None, String::from("No trigger conditions met")),
        }
    }

    /// Whether the frequency asks for a rebalance.
    fn due(&self, day: i64, last: i64, days_since: i64) -> bool {
        if self.config.frequency_rule == FrequencyRule::CatchUp {
            // A period that begins within the cooldown is served by that rebalance; else weekly would wander through the week.
            let served = last.max(last.saturating_add(i64::from(self.config.cooldown_days) - 1));
            return self.pattern.newest(served, day).is_some();
        }
        let date = |day: i64| UnixNanos::from_days(day).map_or((0, 0, 0), UnixNanos::date);
        let ((_, month, of_month), (_, last_month, _)) = (date(day), date(last));
        let begun = of_month <= 3 && month != last_month;
        match self.config.frequency {
            Frequency::Daily => true,
            Frequency::Weekly => weekday(day) == 0 && days_since >= 7,
            Frequency::Monthly => begun,
            Frequency::Quarterly => begun && month % 3 == 1,
            Frequency::Custom => day != last && self.pattern.holds(day),
        }
    }

    fn period_begun(&self, day: i64) -> String {
        match self.config.frequency {
            Frequency::Daily => String::from("Daily rebalancing"),
            Frequency::Weekly => format!("Weekly rebalancing ({})", weekday_name(day)),
            Frequency::Monthly => String::from("Monthly rebalancing (first of month)"),
            Frequency::Quarterly => String::from("Quarterly rebalancing (first of quarter)"),
            Frequency::Custom => format!("Custom rebalancing ({})", self.config.pattern.as_deref().unwrap_or_default()),
        }
    }

    fn days_between(&self, last: UnixNanos, time: UnixNanos) -> i64 {
        match self.config.cooldown_rule {
            CooldownRule::CalendarDays => time.days() - last.days(),
            // Rounded down: a clock that steps back gives a negative count.
            CooldownRule::WholeDays => time.0.saturating_sub(last.0).div_euclid(DAY_NANOS),
        }
    }

    /// The first day after `day` on which the frequency will ask for a rebalance, if there is none for drift before.
    pub fn next(&self, day: i64, last: UnixNanos) -> Option<UnixNanos> {
        let horizon = PATTERN_DAYS_MAX + i64::from(self.config.cooldown_days);
        (day + 1..=day + horizon).filter_map(UnixNanos::from_days).find(|time| self.decide(*time, Some(last), None).rebalance)
    }
}

/// The largest |current − target| and whose it is.
fn widest<'a>(current: &'a Weights, target: &'a Weights) -> Option<(Share, &'a str)> {
    let mut most: Option<(Share, &str)> = None;
    let mut names: Vec<&String> = current.keys().chain(target.keys()).collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        let of = |weights: &Weights| weights.get(name).copied().unwrap_or(Share::ZERO);
        let drift = (of(current) - of(target)).abs();
        if most.is_none_or(|(widest, _)| drift > widest) {
            most = Some((drift, name));
        }
    }
    most
}

/// Weights a period later: each grows by its return, and all are shares of what the whole is worth then; the rest is cash.
///
/// Strategies without a return keep their value. Where everything is lost nothing changes.
#[must_use]
pub fn drifted(weights: &BTreeMap<String, f64>, returns: impl Fn(&str) -> Option<f64>) -> BTreeMap<String, f64> {
    let gross = crate::math::sum(weights.values().copied());
    let grown: BTreeMap<String, f64> =
        weights.iter().map(|(name, weight)| (name.clone(), weight * (1.0 + returns(name).unwrap_or(0.0)))).collect();
    let worth = 1.0 - gross + crate::math::sum(grown.values().copied());
    if worth > 0.0 { grown.into_iter().map(|(name, value)| (name, value / worth)).collect() } else { weights.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::OperationConfig;
    use crate::config::compat::Compat;

    fn time(text: &str) -> UnixNanos {
        UnixNanos::parse(text).unwrap()
    }

    fn said(config: &ScheduleConfig, last: &str, at: &str) -> String {
        Schedule::new(config).decide(time(at), Some(time(last)), None).reason
    }

    fn share(text: &str) -> Share {
        Share::parse(text).unwrap()
    }

    #[test]
    fn the_order_is_cooldown_first_run_frequency_drift() {
        let config = ScheduleConfig { drift_threshold: Some(share("0.05")), ..ScheduleConfig::default() };
        let schedule = Schedule::new(&config);
        let weights = |weight: &str| Weights::from([(String::from("a"), share(weight))]);
        let (held, target) = (weights("0.57"), weights("0.50"));
        let ask = |at: &str, last: Option<&str>| schedule.decide(time(at), last.map(time), Some((&held, &target)));
        // Drifted and a new month, but too soon.
        assert_eq!(ask("2024-02-01", Some("2024-01-29")).reason, "Cooldown period (3/7 days)");
        assert_eq!(ask("2024-02-01", None).reason, "Initial rebalancing");
        assert_eq!(ask("2024-02-01", Some("2024-01-02")).reason, "Monthly rebalancing (first of month)");
        let drift = ask("2024-02-12", Some("2024-02-01"));
        assert_eq!((drift.reason.as_str(), drift.rebalance), ("Allocation drift (7.0% > 5.0%)", true));
        assert_eq!(drift.drift_strategy.as_deref(), Some("a"));
        // Exactly the threshold is not beyond it, though 0.07 − 0.02 is above 0.05 in binary.
        let exact = schedule.decide(time("2024-02-12"), Some(time("2024-02-01")), Some((&weights("0.07"), &weights("0.02"))));
        assert_eq!((exact.reason.as_str(), exact.rebalance), ("No trigger conditions met", false));
    }

    #[test]
    fn a_missed_day_does_not_skip_the_month() {
        let config = ScheduleConfig::default();
        // 1 June 2024 is a Saturday: Monday is the first trading day, and a desk that was away until the 20th is still due.
        assert_eq!(said(&config, "2024-05-01", "2024-06-01"), "Market closed (Saturday)");
        for day in ["2024-06-03", "2024-06-20"] {
            assert_eq!(said(&config, "2024-05-01", day), "Monthly rebalancing (first of month)");
        }
        assert_eq!(said(&config, "2024-06-03", "2024-06-20"), "No trigger conditions met");
        // The same month a year later is another month.
        assert_eq!(said(&config, "2023-05-02", "2024-05-01"), "Monthly rebalancing (first of month)");
        // The recorded system skips both.
        let recorded = ScheduleConfig::compat(Compat::S002);
        assert_eq!(said(&recorded, "2024-05-01", "2024-06-20"), "No trigger conditions met");
        assert_eq!(said(&recorded, "2023-05-02", "2024-05-01"), "No trigger conditions met");
    }

    #[test]
    fn a_week_begins_with_its_first_trading_day() {
        let mut config = ScheduleConfig { frequency: Frequency::Weekly, cooldown_days: 0, ..ScheduleConfig::default() };
        config.calendar.holidays = vec![time("2024-05-27")];
        assert_eq!(said(&config, "2024-05-20", "2024-05-27"), "Market closed (Monday)");
        assert_eq!(said(&config, "2024-05-20", "2024-05-28"), "Weekly rebalancing (Tuesday)");
        assert_eq!(said(&config, "2024-05-28", "2024-05-31"), "No trigger conditions met");
        assert_eq!(said(&config, "2024-05-28", "2024-06-03"), "Weekly rebalancing (Monday)");
        // A rebalance on a Wednesday serves the week that begins within its cooldown, and the week after begins with its Monday.
        config.cooldown_days = 7;
        assert_eq!(said(&config, "2024-06-05", "2024-06-10"), "Cooldown period (5/7 days)");
        assert_eq!(said(&config, "2024-06-05", "2024-06-12"), "No trigger conditions met");
        assert_eq!(said(&config, "2024-06-05", "2024-06-17"), "Weekly rebalancing (Monday)");
    }

    #[test]
    fn quarters_patterns_and_the_next_date() {
        let quarterly = ScheduleConfig { frequency: Frequency::Quarterly, ..ScheduleConfig::default() };
        assert_eq!(said(&quarterly, "2024-01-02", "2024-03-28"), "No trigger conditions met");
        assert_eq!(said(&quarterly, "2024-01-02", "2024-04-01"), "Quarterly rebalancing (first of quarter)");
        assert_eq!(Schedule::new(&quarterly).next(time("2024-01-02").days(), time("2024-01-02")), Some(time("2024-04-01")));
        let custom =
            ScheduleConfig { frequency: Frequency::Custom, pattern: Some(String::from("15 * *")), ..ScheduleConfig::default() };
        // 15 June 2024 is a Saturday.
        assert_eq!(Schedule::new(&custom).next(time("2024-05-20").days(), time("2024-05-15")), Some(time("2024-06-17")));
        assert_eq!(said(&custom, "2024-05-15", "2024-06-17"), "Custom rebalancing (15 * *)");
    }

    #[test]
    fn weights_drift_with_returns() {
        // 50/30 and 20 cash; +20 % on the first: 60/30/20 of 110.
        let held = BTreeMap::from([(String::from("a"), 0.5), (String::from("b"), 0.3)]);
        let later = drifted(&held, |name| (name == "a").then_some(0.2));
        assert!((later["a"] - 6.0 / 11.0).abs() < 1e-15 && (later["b"] - 3.0 / 11.0).abs() < 1e-15);
    }
}
