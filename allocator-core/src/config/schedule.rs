//! Settings of the rebalancing scheduler (K5).

use super::OperationConfig;
use super::compat::Compat;
use crate::calendar::{DayPattern, TradingCalendar};
use crate::error::{Code, Fault, Faults};
use crate::money::Share;
use crate::units::UnixNanos;
use crate::wire::{At, choice, record};

choice! {
    /// How often a rebalance is due.
    pub enum Frequency {
        /// The first trading day on or after the first of each month.
        Monthly = "monthly",
        /// Every trading day.
        Daily = "daily",
        /// The first trading day of each week.
        Weekly = "weekly",
        /// The first trading day on or after the first of January, April, July and October.
        Quarterly = "quarterly",
        /// The first trading day on or after each day that `pattern` matches.
        Custom = "custom",
    }
}

choice! {
    /// How the days since the last rebalance are counted for the cooldown.
    pub enum CooldownRule {
        /// Dates apart, whatever the time of day.
        CalendarDays = "calendar_days",
        /// Whole stretches of 24 hours, as a recorded system counts.
        WholeDays = "whole_days",
    }
}

choice! {
    /// When a period counts as begun.
    pub enum FrequencyRule {
        /// From its first day on, until a rebalance: a missed day does not skip the period.
        CatchUp = "catch_up",
        /// On fixed days alone, as a recorded system does: Mondays at least seven days after the last; the first three days of a month of
        /// another number than that of the last.
        FixedDays = "fixed_days",
    }
}

record! {
    /// The days on which the market is open.
    pub struct CalendarConfig {
        /// Days on which it is closed, of whatever weekday.
        pub holidays: Vec<UnixNanos> = Vec::new(),
        /// Weekdays on which it is open, from 1 for Monday to 7 for Sunday.
        pub weekdays: Vec<u32> = vec![1, 2, 3, 4, 5],
    }
}

record! {
    /// Settings of the rebalancing scheduler.
    pub struct ScheduleConfig {
        /// Whether a decision to rebalance counts as carried out for the checks after it; no where `rebalanced` steps say what was done.
        pub assume_done: bool = true,
        /// The days on which the market is open.
        pub calendar: CalendarConfig = CalendarConfig::default(),
        /// Days after a rebalance during which there is no other, whatever the reason.
        pub cooldown_days: u32 = 7,
        /// How these days are counted.
        pub cooldown_rule: CooldownRule = CooldownRule::CalendarDays,
        /// Distance of a weight from its target, as a fraction of the capital, strictly beyond which a rebalance is due; null for none.
        pub drift_threshold: Option<Share> = None,
        /// How often a rebalance is due.
        pub frequency: Frequency = Frequency::Monthly,
        /// When a period counts as begun.
        pub frequency_rule: FrequencyRule = FrequencyRule::CatchUp,
        /// Days of the frequency `custom` as cron writes them, day of the month, month and day of the week: `1,15 * *`, `* * mon`.
        pub pattern: Option<String> = None,
        /// Whether nothing is due on a day on which the market is closed.
        pub trading_days_only: bool = true,
    }
}

impl ScheduleConfig {
    /// The calendar that the settings describe.
    pub fn trading_calendar(&self) -> TradingCalendar {
        let weekdays = self.calendar.weekdays.iter().filter_map(|day| (*day as usize).checked_sub(1));
        TradingCalendar::new(weekdays, self.calendar.holidays.iter().map(|holiday| holiday.days()))
    }

    /// The days with which periods begin; daily where a custom pattern cannot be read, which [`OperationConfig::validate`] refuses.
    pub fn day_pattern(&self) -> DayPattern {
        match self.frequency {
            Frequency::Daily => DayPattern::DAILY,
            Frequency::Weekly => DayPattern::WEEKLY,
            Frequency::Monthly => DayPattern::MONTHLY,
            Frequency::Quarterly => DayPattern::QUARTERLY,
            Frequency::Custom => {
                self.pattern.as_deref().and_then(|text| DayPattern::parse(text).ok()).unwrap_or(DayPattern::DAILY)
            }
        }
    }

    /// Lists that are sets, in their canonical order.
    pub(crate) fn sort(&mut self) {
        self.calendar.holidays.sort_unstable();
        self.calendar.weekdays.sort_unstable();
    }
}

impl OperationConfig for ScheduleConfig {
    fn compat(preset: Compat) -> Self {
        match preset {
            Compat::S002 => ScheduleConfig {
                assume_done: false,
                cooldown_rule: CooldownRule::WholeDays,
                frequency_rule: FrequencyRule::FixedDays,
                trading_days_only: false,
                ..Self::default()
            },
            Compat::S000 | Compat::S001 | Compat::S003 | Compat::S004 => Self::default(),
        }
    }

    fn validate(&self, at: &At<'_>, faults: &mut Faults) {
        if self.cooldown_days > 36_600 {
            let message = format!("cooldown_days is {}.", self.cooldown_days);
            faults.push(Fault::new(Code::OutOfRange, at.key("cooldown_days"), message, "Give at most 36600, a hundred years."));
        }
        if let Some(threshold) = self.drift_threshold.filter(|threshold| !(Share::ZERO..=Share::ONE).contains(threshold)) {
            let message = format!("drift_threshold is {threshold}.");
            let hint = "Give a fraction of the capital from 0 to 1: 0.05 is 5 %.";
            faults.push(Fault::new(Code::OutOfRange, at.key("drift_threshold"), message, hint));
        }
        match (self.frequency, &self.pattern) {
            (Frequency::Custom, None) => faults.push(Fault::new(
                Code::MissingField,
                at.key("pattern"),
                "The frequency is custom and there is no pattern.",
                "Give day of the month, month and day of the week as cron writes them: \"1,15 * *\".",
            )),
            (Frequency::Custom, Some(text)) => {
                if let Err(why) = DayPattern::parse(text) {
                    let hint = "Write three fields, each *, a number, a list, a range or a step: \"1,15 * *\", \"* */3 mon\".";
                    faults.push(Fault::new(Code::OutOfRange, at.key("pattern"), why, hint));
                }
            }
            (_, Some(_)) => faults.push(Fault::new(
                Code::Conflict,
                at.key("pattern"),
                format!("A pattern is given and the frequency is {}.", self.frequency.as_str()),
                "Take the pattern out, or write \"frequency\": \"custom\".",
            )),
            (_, None) => {}
        }
        let calendar = at.key("calendar");
        let weekdays = calendar.key("weekdays");
        if self.calendar.weekdays.is_empty() {
            faults.push(Fault::new(Code::Empty, weekdays, "The market is never open.", "Give weekdays from 1 for Monday to 7."));
        }
        for (i, day) in self.calendar.weekdays.iter().enumerate() {
            if !(1..=7).contains(day) {
                let message = format!("{day} is no weekday.");
                faults.push(Fault::new(Code::OutOfRange, weekdays.index(i), message, "Give 1 for Monday to 7 for Sunday."));
            } else if self.calendar.weekdays[..i].contains(day) {
                let message = format!("The weekday {day} stands twice.");
                faults.push(Fault::new(Code::Duplicate, weekdays.index(i), message, "Give it once."));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Decode, parse};

    fn faults_of(text: &str) -> Vec<String> {
        let mut faults = Faults::new();
        if let Some(config) = ScheduleConfig::decode(&parse(text.as_bytes()).unwrap(), &At::Root, &mut faults) {
            config.validate(&At::Root, &mut faults);
        }
        faults.as_slice().iter().map(|fault| format!("{} {}", fault.path, fault.code)).collect()
    }

    #[test]
    fn every_fault_is_reported_and_defaults_are_valid() {
        assert_eq!(faults_of("{}"), Vec::<String>::new());
        assert_eq!(faults_of(r#"{"frequency":"custom","pattern":"1,15 * *","drift_threshold":"0.05"}"#), Vec::<String>::new());
        assert_eq!(
            faults_of(
                r#"{"frequency":"custom","pattern":"1 *","drift_threshold":5,"cooldown_days":99999,
                    "calendar":{"weekdays":[0,1,1]}}"#
            ),
            [
                "/cooldown_days out_of_range",
                "/drift_threshold out_of_range",
                "/pattern out_of_range",
                "/calendar/weekdays/0 out_of_range",
                "/calendar/weekdays/2 duplicate"
            ]
        );
        assert_eq!(faults_of(r#"{"frequency":"custom"}"#), ["/pattern missing_field"]);
        assert_eq!(faults_of(r#"{"pattern":"1 * *"}"#), ["/pattern conflict"]);
        for preset in [Compat::S000, Compat::S001, Compat::S002, Compat::S003, Compat::S004] {
            let mut faults = Faults::new();
            ScheduleConfig::compat(preset).validate(&At::Root, &mut faults);
            assert!(faults.is_empty());
        }
    }
}
