//! The correlation of one pair through time, as the engine answers it.

use super::number::fixed;
use crate::figure::axis::{Axis, Unit};
use crate::figure::time_series::{Limit, Mark, Series, Shade, TimeSeries};
use allocator_core::units::UnixNanos;
use allocator_core::wire::Json;

/// Seconds of a day.
pub const DAY: f64 = 86_400.0;

/// One pair through time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rolling {
    /// The two strategies, in alphabetical order.
    pub pair: [String; 2],
    /// Days since 1970 of the newest date in each window.
    pub days: Vec<i64>,
    /// ρ of each window; `None` is unknown.
    pub values: Vec<Option<f64>>,
    /// Shared days in one window.
    pub window: u64,
    /// What came before the first day, where a part of the series is looked at: it decides whether the first value is a crossing.
    former: Vec<Option<f64>>,
}

/// Where the line crosses the threshold upwards after it was below the level that arms it again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Crossing {
    /// Place in the series.
    pub at: usize,
    /// ρ there.
    pub value: f64,
}

/// When a pair alerts.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Level {
    /// Strictly above it.
    pub threshold: f64,
    /// And again only after it was below this.
    pub again: f64,
    /// Whether a strongly negative ρ alerts like a positive one.
    pub both: bool,
}

impl Rolling {
    /// Reads the part `rolling` of an answer of the operation `correlation`; `None` where it has none.
    pub fn from_answer(answer: &Json) -> Option<Self> {
        let rolling = answer.get("rolling").filter(|json| **json != Json::Null)?;
        let names: Vec<String> =
            rolling.get("pair")?.as_array()?.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect();
        let dates = rolling.get("date")?.as_array()?;
        let values = rolling.get("value")?.as_array()?;
        let (mut days, mut known) = (Vec::with_capacity(dates.len()), Vec::with_capacity(dates.len()));
        for (date, value) in dates.iter().zip(values) {
            days.push(date.as_str().and_then(UnixNanos::parse)?.days());
            known.push(value.as_f64());
        }
        let window = rolling.get("window").and_then(Json::as_f64).unwrap_or(0.0) as u64;
        Some(Rolling { pair: names.try_into().ok()?, days, values: known, window, former: Vec::new() })
    }

    /// The chart before anything is known.
    pub fn nothing() -> TimeSeries {
        TimeSeries::new(Vec::<f64>::new(), Vec::new(), Axis::new("ρ", Unit::plain(2)))
    }

    /// The chart: ρ, the threshold with the level that arms it again, where it crossed and how long it stayed above. Its axis is as long as
    /// the part since a day needs.
    pub fn figure(&self, level: Level, since: Option<i64>) -> TimeSeries {
        let time = |day: i64| day as f64 * DAY;
        let times: Vec<f64> = self.days.iter().map(|day| time(*day)).collect();
        let Level { threshold, again, both } = level;
        let from = since.map_or(0, |day| self.days.partition_point(|known| *known < day));
        let known = || self.values[from..].iter().flatten().copied();
        let least = known().fold(if both { -threshold } else { again.min(threshold) }, f64::min);
        let mut axis = Axis::new("ρ", Unit::plain(2));
        (axis.low, axis.high) = (Some(((least * 10.0 - 0.5).floor() / 10.0).max(-1.0)), Some(1.0));
        let mut chart = TimeSeries::new(times, vec![Series::line("ρ", "--ink", self.values.clone())], axis);
        let mut limit = |value: f64, word: &str, token: &str| {
            chart.limits.push(Limit { value, label: format!("{} {word}", fixed(value, 2)), token: token.to_owned() });
        };
        limit(threshold, "alert", "--warn");
        limit(again, "re-arm", "--ink3");
        if both {
            limit(-threshold, "alert", "--warn");
        }
        chart.marks = self
            .crossings(level)
            .into_iter()
            .map(|crossing| Mark {
                time: time(self.days[crossing.at]),
                value: threshold.copysign(crossing.value),
                token: String::from("--warn"),
            })
            .collect();
        chart.shades = self
            .above(level)
            .into_iter()
            .map(|(from, to)| Shade { from: time(from), to: time(to), token: String::from("--warn") })
            .collect();
        chart
    }

    /// Spans of days, both ends with them, over which it is above the threshold.
    fn above(&self, level: Level) -> Vec<(i64, i64)> {
        let mut spans: Vec<(i64, i64)> = Vec::new();
        let mut was = false;
        for (day, value) in self.days.iter().zip(&self.values) {
            let is = value.is_some_and(|value| (if level.both { value.abs() } else { value }) > level.threshold);
            match (is, was, spans.last_mut()) {
                (true, true, Some((_, to))) => *to = *day,
                (true, ..) => spans.push((*day, *day)),
                _ => {}
            }
            was = is;
        }
        spans
    }

    /// The newest known value.
    pub fn now(&self) -> Option<f64> {
        self.values.iter().rev().find_map(|value| *value)
    }

    /// The part from a day on.
    #[must_use]
    pub fn since(&self, day: i64) -> Rolling {
        let from = self.days.partition_point(|known| *known < day);
        let former = self.former.iter().chain(&self.values[..from]).copied().collect();
        let (days, values) = (self.days[from..].to_vec(), self.values[from..].to_vec());
        Rolling { pair: self.pair.clone(), days, values, window: self.window, former }
    }

    /// The crossings that alert.
    pub fn crossings(&self, level: Level) -> Vec<Crossing> {
        let mut armed = true;
        let mut found = Vec::new();
        let shown = self.former.len();
        for (place, value) in self.former.iter().chain(&self.values).enumerate() {
            let Some(value) = *value else { continue };
            let size = if level.both { value.abs() } else { value };
            if armed && size > level.threshold {
                if let Some(at) = place.checked_sub(shown) {
                    found.push(Crossing { at, value });
                }
                armed = false;
            } else if size < level.again {
                armed = true;
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use allocator_core::wire::parse;

    const LEVEL: Level = Level { threshold: 0.7, again: 0.65, both: false };

    fn rolling(values: &[Option<f64>]) -> Rolling {
        let days = (0..values.len() as i64).collect();
        Rolling { pair: ["a".into(), "b".into()], days, values: values.to_vec(), window: 60, former: Vec::new() }
    }

    #[test]
    fn an_answer_is_read_with_its_unknowns() {
        let text =
            r#"{"rolling":{"date":["1970-01-02","1970-01-05"],"pair":["a","b"],"unknown":[],"value":[0.5,null],"window":60}}"#;
        let read = Rolling::from_answer(&parse(text.as_bytes()).unwrap()).unwrap();
        assert_eq!((read.days.clone(), read.values.clone(), read.now()), (vec![1, 4], vec![Some(0.5), None], Some(0.5)));
        assert_eq!(read.since(2).days, [4]);
        assert_eq!(Rolling::from_answer(&parse(b"{\"rolling\":null}").unwrap()), None);
    }

    #[test]
    fn an_alert_fires_once_until_it_is_armed_again() {
        let line = rolling(&[Some(0.6), Some(0.71), Some(0.66), Some(0.9), Some(0.64), None, Some(0.70), Some(0.8)]);
        let at: Vec<usize> = line.crossings(LEVEL).iter().map(|crossing| crossing.at).collect();
        // 0.71 fires; 0.66 does not arm; 0.64 does; 0.70 is not above; 0.8 fires.
        assert_eq!(at, [1, 7]);
    }

    #[test]
    fn a_strongly_negative_pair_crosses_where_both_sides_alert() {
        let line = rolling(&[Some(0.1), Some(-0.8), Some(0.8), Some(0.0), Some(-0.9)]);
        let at = |level: Level| line.crossings(level).iter().map(|crossing| crossing.at).collect::<Vec<_>>();
        assert_eq!((at(LEVEL), at(Level { both: true, ..LEVEL })), (vec![2], vec![1, 4]));
    }

    #[test]
    fn a_part_of_the_series_crosses_where_the_whole_does() {
        let line = rolling(&[Some(0.8), Some(0.75), Some(0.6), Some(0.72)]);
        let days = |part: &Rolling| part.crossings(LEVEL).iter().map(|crossing| part.days[crossing.at]).collect::<Vec<_>>();
        assert_eq!(days(&line), [0, 3]);
        // The second day is above since the first: no crossing at the left edge.
        assert_eq!((days(&line.since(1)), days(&line.since(1).since(3))), (vec![3], vec![3]));
    }

    #[test]
    fn the_chart_says_where_it_crossed_and_how_long_it_stayed() {
        let line = rolling(&[Some(0.6), Some(0.71), Some(0.9), None, Some(0.8), Some(-0.85)]);
        let chart = line.figure(LEVEL, None);
        let spans = |chart: &TimeSeries| chart.shades.iter().map(|span| (span.from / DAY, span.to / DAY)).collect::<Vec<_>>();
        // What is unknown ends a span: nobody knows that it stayed above.
        assert_eq!(spans(&chart), [(1.0, 2.0), (4.0, 4.0)]);
        assert_eq!(chart.marks.iter().map(|mark| (mark.time / DAY, mark.value)).collect::<Vec<_>>(), [(1.0, 0.7)]);
        assert_eq!(chart.limits.iter().map(|limit| limit.label.as_str()).collect::<Vec<_>>(), ["0.70 alert", "0.65 re-arm"]);
        assert_eq!((chart.axis.low, chart.axis.high), (Some(-0.9), Some(1.0)));
        assert!(chart.series[0].values.0[3].is_nan(), "unknown is a gap");
        let both = line.figure(Level { both: true, ..LEVEL }, None);
        assert_eq!(line.figure(LEVEL, Some(9)).axis.low, Some(0.6), "nothing is known there");
        assert_eq!(spans(&both), [(1.0, 2.0), (4.0, 5.0)]);
        assert_eq!(both.limits.len(), 3);
        let below = rolling(&[Some(0.1), Some(-0.8)]).figure(Level { both: true, ..LEVEL }, None);
        assert_eq!(below.marks.iter().map(|mark| mark.value).collect::<Vec<_>>(), [-0.7], "it crossed downwards");
    }
}
