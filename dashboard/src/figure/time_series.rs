//! Series of time, long or still growing: specification and columns for uPlot, the table twin, and the same picture as SVG.

use super::axis::Axis;
use super::grid::{Cell, Column, Grid};
use super::json::{flag, list, maybe, number, object, text, whole};
use super::{ink, tint};
use allocator_core::wire::Json;
use std::sync::Arc;

/// Most times that are drawn: more than a wide screen has columns of pixels.
pub const POINTS_DRAWN: usize = 4_000;

/// Values of one series; NaN is unknown and a gap, since a chart of a million points has no room for a tag on each.
#[derive(Clone, Debug, Default)]
pub struct Values(pub Arc<Vec<f64>>);

/// The same column, or the same bits: a gap equals a gap.
impl PartialEq for Values {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
            || (self.0.len() == other.0.len() && self.0.iter().zip(other.0.iter()).all(|(a, b)| a.to_bits() == b.to_bits()))
    }
}

impl From<Vec<f64>> for Values {
    fn from(values: Vec<f64>) -> Self {
        Values(Arc::new(values))
    }
}

impl From<Vec<Option<f64>>> for Values {
    fn from(values: Vec<Option<f64>>) -> Self {
        values.into_iter().map(|value| value.unwrap_or(f64::NAN)).collect::<Vec<f64>>().into()
    }
}

/// One series.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// What it is.
    pub name: String,
    /// What stands at the right edge, where there is little room; empty for the name.
    pub short: String,
    /// Colour token.
    pub token: String,
    /// Values, one for each time.
    pub values: Values,
    /// Whether the space to zero is tinted.
    pub filled: bool,
    /// Whether it is dashed: a second sign beside the colour.
    pub dashed: bool,
    /// Whether it holds its value until the next time, as weights and scalars do.
    pub stepped: bool,
}

impl Series {
    /// A plain line.
    pub fn line(name: &str, token: &str, values: impl Into<Values>) -> Self {
        Series {
            name: name.to_owned(),
            short: String::new(),
            token: token.to_owned(),
            values: values.into(),
            filled: false,
            dashed: false,
            stepped: false,
        }
    }
}

/// A line across the chart with its name at the right edge.
#[derive(Clone, Debug, PartialEq)]
pub struct Limit {
    /// Where.
    pub value: f64,
    /// What it is: `0.70 alert`.
    pub label: String,
    /// Colour token.
    pub token: String,
}

/// A span of time behind the series: a regime, a window of training.
#[derive(Clone, Debug, PartialEq)]
pub struct Shade {
    /// Begin, in seconds since 1970.
    pub from: f64,
    /// End.
    pub to: f64,
    /// Colour token.
    pub token: String,
}

/// A point that is pointed out: where a pair crossed its threshold.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// When, in seconds since 1970.
    pub time: f64,
    /// The value that its tip points to.
    pub value: f64,
    /// Colour token.
    pub token: String,
}

/// Series of time on one axis.
#[derive(Clone, Debug, PartialEq)]
pub struct TimeSeries {
    /// Times in seconds since 1970, ascending.
    pub times: Values,
    /// Series, each as long as the times.
    pub series: Vec<Series>,
    /// What is measured.
    pub axis: Axis,
    /// Whether the axis is logarithmic.
    pub log: bool,
    /// Lines across.
    pub limits: Vec<Limit>,
    /// Spans behind.
    pub shades: Vec<Shade>,
    /// Points that are pointed out.
    pub marks: Vec<Mark>,
    /// Whether it has no dates below it: a lane above another one, which has them.
    pub bare: bool,
}

impl TimeSeries {
    /// Series without lines or spans.
    pub fn new(times: impl Into<Values>, series: Vec<Series>, axis: Axis) -> Self {
        TimeSeries {
            times: times.into(),
            series,
            axis,
            log: false,
            limits: Vec::new(),
            shades: Vec::new(),
            marks: Vec::new(),
            bare: false,
        }
    }

    /// Seconds since 1970 of nanoseconds since 1970.
    pub fn seconds(nanos: i64) -> f64 {
        nanos as f64 / 1e9
    }

    /// Everything but the figures, for the chart library: as long as this text is the same, only columns are handed over.
    pub fn option(&self) -> String {
        let series = self.series.iter().map(|series| {
            let label = if series.short.is_empty() { &series.name } else { &series.short };
            let mut option =
                object([("label", text(label.clone())), ("stroke", text(ink(&series.token))), ("step", flag(series.stepped))]);
            if series.filled {
                super::json::put(&mut option, "fill", text(tint(&series.token, 0.18)));
            }
            if series.dashed {
                super::json::put(&mut option, "dash", list([whole(5), whole(3)]));
            }
            option
        });
        let limits = self.limits.iter().map(|limit| {
            object([("value", number(limit.value)), ("label", text(limit.label.clone())), ("stroke", text(ink(&limit.token)))])
        });
        let shades = self.shades.iter().map(|shade| {
            object([("from", number(shade.from)), ("to", number(shade.to)), ("fill", text(tint(&shade.token, 0.12)))])
        });
        let marks = self
            .marks
            .iter()
            .map(|mark| object([("time", number(mark.time)), ("value", number(mark.value)), ("stroke", text(ink(&mark.token)))]));
        let mut y = object([
            ("decimals", whole(self.axis.unit.decimals)),
            ("scale", Json::Number(self.axis.unit.scale)),
            ("unit", text("")),
            ("log", flag(self.log)),
        ]);
        for (key, end) in [("min", self.axis.low), ("max", self.axis.high)] {
            if end.is_some() {
                super::json::put(&mut y, key, maybe(end));
            }
        }
        let fields = [
            ("bare", flag(self.bare)),
            ("series", list(series)),
            ("lines", list(limits)),
            ("shade", list(shades)),
            ("marks", list(marks)),
            ("y", y),
        ];
        super::json::text_of(&object(fields))
    }

    /// The columns that are drawn: times, then each series, cut or filled with gaps to the length of the times.
    ///
    /// Of more than [`POINTS_DRAWN`] times in the range, or of all, those are drawn at which some series is highest or lowest among its
    /// neighbours, or begins or ends a gap: the line through them covers the same pixels, and no peak is lost. Outside the range the nearest
    /// points stay, so that lines run to its edges.
    pub fn columns(&self, range: Option<(f64, f64)>) -> Vec<Vec<f64>> {
        let places = self.drawn(range);
        let pick =
            |values: &[f64]| -> Vec<f64> { places.iter().map(|place| values.get(*place).copied().unwrap_or(f64::NAN)).collect() };
        std::iter::once(pick(&self.times.0)).chain(self.series.iter().map(|series| pick(&series.values.0))).collect()
    }

    /// Places of the times that are drawn, ascending.
    fn drawn(&self, range: Option<(f64, f64)>) -> Vec<usize> {
        let times = &self.times.0;
        let (first, end) = range.map_or((0, times.len()), |(from, to)| {
            let first = times.partition_point(|time| *time < from).saturating_sub(1);
            (first, (times.partition_point(|time| *time <= to) + 1).min(times.len()))
        });
        if end.saturating_sub(first) <= POINTS_DRAWN {
            return (first..end.max(first)).collect();
        }
        // Two of each series from every bucket, and the four that mark a gap.
        let buckets = (POINTS_DRAWN / (2 * self.series.len().max(1))).max(1);
        let width = (end - first).div_ceil(buckets);
        let mut places = vec![first, end - 1];
        for begin in (first..end).step_by(width) {
            let bucket = begin..(begin + width).min(end);
            for series in &self.series {
                let known = |place: usize| series.values.0.get(place).copied().filter(|value| value.is_finite());
                let (mut low, mut high) = (None::<(f64, usize)>, None::<(f64, usize)>);
                for place in bucket.clone() {
                    let now = known(place);
                    if place > first && now.is_some() != known(place - 1).is_some() {
                        places.extend([place - 1, place]);
                    }
                    let Some(value) = now else { continue };
                    if low.is_none_or(|(least, _)| value < least) {
                        low = Some((value, place));
                    }
                    if high.is_none_or(|(most, _)| value > most) {
                        high = Some((value, place));
                    }
                }
                places.extend([low, high].into_iter().flatten().map(|(_, place)| place));
            }
        }
        places.sort_unstable();
        places.dedup();
        places
    }

    /// The table twin.
    pub fn grid(&self) -> Grid {
        let mut grid = Grid::new(
            std::iter::once(Column::text("Date"))
                .chain(self.series.iter().map(|series| Column::number(&series.name, self.axis.unit.clone())))
                .collect(),
        );
        for (row, time) in self.times.0.iter().enumerate() {
            let figures = self.series.iter().map(|series| Cell::from(series.values.0.get(row).copied().unwrap_or(f64::NAN)));
            grid.push(std::iter::once(Cell::Time(*time)).chain(figures).collect());
        }
        grid
    }

    /// Place of the time nearest to one given; `None` without times.
    pub fn nearest(&self, time: f64) -> Option<usize> {
        let times = &self.times.0;
        let after = times.partition_point(|known| *known < time);
        match (after.checked_sub(1), times.get(after)) {
            (Some(before), Some(next)) => Some(if time - times[before] <= next - time { before } else { after }),
            (Some(before), None) => Some(before),
            (None, Some(_)) => Some(after),
            (None, None) => None,
        }
    }

    /// The time `steps` places on from the one under the cursor, or from the end where there is none: for arrow keys.
    pub fn stepped(&self, from: Option<f64>, steps: i64) -> Option<f64> {
        let last = self.times.0.len().checked_sub(1)?;
        // From nowhere a step back begins at the end, and one forth at the beginning; an end is an end from everywhere.
        let at = match (from, steps) {
            (_, i64::MIN) => 0,
            (_, i64::MAX) | (None, ..0) => last,
            (None, _) => 0,
            (Some(time), _) => (self.nearest(time)? as i64).saturating_add(steps).clamp(0, last as i64) as usize,
        };
        self.times.0.get(at).copied()
    }

    /// What the gutter says under the cursor, or at the end: date, then name and figure of each series.
    pub fn readout(&self, time: Option<f64>) -> (String, Vec<(String, String)>) {
        let at = match time {
            Some(time) => self.nearest(time),
            None => self.times.0.len().checked_sub(1),
        };
        let Some(at) = at else {
            return (String::from("no data"), Vec::new());
        };
        let figures = self.series.iter().map(|series| {
            let value = series.values.0.get(at).copied().filter(|value| value.is_finite());
            (series.name.clone(), self.axis.unit.show(value))
        });
        (crate::state::number::local_date(&super::grid::date(self.times.0[at])), figures.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::axis::Unit;
    use allocator_core::wire::parse;

    const DAY: f64 = 86_400.0;

    fn series() -> TimeSeries {
        TimeSeries::new(
            vec![0.0, DAY, 3.0 * DAY],
            vec![
                Series::line("Baseline", "--ink2", vec![Some(0.01), None, Some(-0.02)]),
                Series { dashed: true, ..Series::line("Scaled", "--ink", vec![0.5, 0.25]) },
            ],
            Axis { low: Some(-1.0), ..Axis::new("Return", Unit::percent()) },
        )
    }

    #[test]
    fn the_specification_holds_no_figures() {
        let mut series = series();
        let before = series.option();
        series.series[0].values = vec![9.0, 9.0, 9.0].into();
        assert_eq!(series.option(), before);
        let option = parse(before.as_bytes()).unwrap();
        assert_eq!(option.get("y").unwrap().get("min").unwrap().as_f64(), Some(-1.0));
        assert!(option.get("y").unwrap().get("max").is_none());
    }

    #[test]
    fn columns_have_the_length_of_the_times() {
        let columns = series().columns(None);
        assert_eq!(columns.iter().map(Vec::len).collect::<Vec<_>>(), [3, 3, 3]);
        assert!(columns[1][1].is_nan() && columns[2][2].is_nan());
    }

    #[test]
    fn of_many_points_the_peaks_are_drawn_and_a_part_in_full() {
        let count = 100_000;
        let times: Vec<f64> = (0..count).map(f64::from).collect();
        let mut wave: Vec<f64> = (0..count).map(|i| f64::from(i % 97)).collect();
        (wave[12_345], wave[77_777]) = (1e6, -1e6);
        let mut gap = wave.clone();
        gap[40_000..40_100].fill(f64::NAN);
        let lines = vec![Series::line("a", "--ink", wave), Series::line("b", "--ink2", gap)];
        let long = TimeSeries::new(times, lines, Axis::new("x", Unit::plain(0)));
        let drawn = long.columns(None);
        assert!(drawn[0].len() <= POINTS_DRAWN + 10 && drawn[0].len() > 1_000, "{}", drawn[0].len());
        assert!(drawn[0].windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!((drawn[0][0], *drawn[0].last().unwrap()), (0.0, 99_999.0));
        for (time, peak) in [(12_345.0, 1e6), (77_777.0, -1e6)] {
            let place = drawn[0].iter().position(|known| *known == time).unwrap();
            assert_eq!((drawn[1][place], drawn[2][place]), (peak, peak));
        }
        // The gap of the second series has both its edges.
        let unknown: Vec<f64> =
            drawn[0].iter().zip(&drawn[2]).filter(|(_, value)| value.is_nan()).map(|(time, _)| *time).collect();
        assert_eq!((unknown[0], *unknown.last().unwrap()), (40_000.0, 40_099.0));
        // A part of as many points as can be shown is drawn in full, with the neighbour on each side.
        let part = long.columns(Some((500.0, 1_499.0)));
        assert_eq!((part[0].len(), part[0][0], *part[0].last().unwrap()), (1_002, 499.0, 1_500.0));
    }

    #[test]
    fn the_cursor_finds_the_nearest_time_and_steps_stay_inside() {
        let series = series();
        assert_eq!(
            (series.nearest(-5.0), series.nearest(0.6 * DAY), series.nearest(2.0 * DAY), series.nearest(9.0 * DAY)),
            (Some(0), Some(1), Some(1), Some(2))
        );
        assert_eq!(series.stepped(None, -1), Some(3.0 * DAY));
        assert_eq!(
            (series.stepped(None, i64::MIN), series.stepped(None, i64::MAX)),
            (series.times.0.first().copied(), Some(3.0 * DAY))
        );
        assert_eq!(series.stepped(Some(DAY), 1), Some(3.0 * DAY));
        assert_eq!(series.stepped(Some(3.0 * DAY), 10), Some(3.0 * DAY));
        assert_eq!(TimeSeries::new(Vec::<f64>::new(), Vec::new(), Axis::new("", Unit::plain(2))).stepped(None, 1), None);
    }

    #[test]
    fn the_gutter_says_date_and_figures() {
        let (date, figures) = series().readout(Some(DAY));
        assert_eq!(date, "1970-01-02");
        assert_eq!(figures, [("Baseline".to_owned(), "unknown".to_owned()), ("Scaled".to_owned(), "25.00".to_owned())]);
        assert_eq!(series().readout(None).0, "1970-01-04");
    }

    #[test]
    fn a_gap_equals_a_gap() {
        assert_eq!(series(), series());
        assert_ne!(Values::from(vec![1.0]), Values::from(vec![f64::NAN]));
    }
}
