//! Policies of the life of a strategy, applied after each bar (P11).

use super::{AlertKind, Portfolio, State};
use crate::error::Problem;
use crate::ledger::View;
use crate::money::Money;
use crate::units::{UnixNanos, days_in_month};

/// The same day so many months earlier, or the last day of that month.
fn months_before(time: UnixNanos, months: u32) -> Option<UnixNanos> {
    let (year, month, day) = time.date();
    let index = i64::from(year) * 12 + i64::from(month) - 1 - i64::from(months);
    let (year, month) = (index.div_euclid(12) as i32, index.rem_euclid(12) as u32 + 1);
    UnixNanos::from_date(year, month, day.min(days_in_month(year, month)))
}

impl Portfolio {
    pub(super) fn apply_policies(&mut self) -> Result<(), Problem> {
        let names: Vec<String> =
            self.members.iter().filter(|(_, member)| member.state != State::Stopped).map(|(name, _)| name.clone()).collect();
        let policies = self.config.policies.clone();
        for name in names {
            if let Some(most) = policies.concentration_warning {
                self.warn_of_concentration(&name, most);
            }
            if let Some(most) = policies.pause_at_drawdown {
                self.pause_in_drawdown(&name, most)?;
            }
            if let Some(months) = policies.remove_after_months {
                self.remove_laggard(&name, months)?;
            }
        }
        Ok(())
    }

    fn warn_of_concentration(&mut self, name: &str, most: f64) {
        let value = self.view_of(name).map_or(Money::ZERO, View::value);
        let Some(share) = value.fraction_of(self.ledger.value()) else { return };
        if share <= most {
            self.concentrated.remove(name);
        } else if self.concentrated.insert(name.to_owned()) {
            let message = format!("{name} is {:.1} % of everything.", share * 100.0);
            self.alert(AlertKind::Concentration, name, Some(share), Some(most), message);
        }
    }

    fn pause_in_drawdown(&mut self, name: &str, most: f64) -> Result<(), Problem> {
        let Some(member) = self.members.get(name).filter(|member| member.state == State::Running) else { return Ok(()) };
        let drawdown = member.performance.drawdown();
        if -drawdown > most {
            self.pause(name)?;
            let message = format!("{name} stands {:.1} % below its peak and is paused.", -drawdown * 100.0);
            self.alert(AlertKind::Drawdown, name, Some(drawdown), Some(-most), message);
        }
        Ok(())
    }

    /// Removes a strategy whose return over the last months is below zero and below the portfolio's.
    fn remove_laggard(&mut self, name: &str, months: u32) -> Result<(), Problem> {
        let Some(start) = months_before(self.now, months) else { return Ok(()) };
        let own = self.members.get(name).and_then(|member| member.performance.since(start));
        let (Some(own), Some(whole)) = (own, self.whole.since(start)) else { return Ok(()) };
        if own < 0.0 && own < whole {
            self.remove(name, None)?;
            let message = format!(
                "{name} lost {:.1} % in {months} months, the portfolio made {:.1} %; it is removed.",
                -own * 100.0,
                whole * 100.0
            );
            self.alert(AlertKind::Removed, name, Some(own), Some(whole), message);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_end_where_months_end() {
        let day = |text: &str| UnixNanos::parse(text).unwrap();
        assert_eq!(months_before(day("2024-08-31"), 6), Some(day("2024-02-29")));
        assert_eq!(months_before(day("2024-01-15"), 1), Some(day("2023-12-15")));
    }
}
