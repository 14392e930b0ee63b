//! Line, area and bar charts as SVG: one path a series, a grid that can be read, and no more points than there are pixels.

use super::html::escaped;
use crate::units::UnixNanos;
use std::fmt::Write as _;

/// How a series is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// A line.
    Line,
    /// A line with the space to zero filled.
    Area,
}

/// One series of a chart.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Its name in the legend.
    pub name: String,
    /// Values, parallel to the chart's times; gaps where there is none.
    pub values: Vec<Option<f64>>,
}

/// A chart over time.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    /// What it shows.
    pub title: String,
    /// Times of the values.
    pub times: Vec<UnixNanos>,
    /// Series; the first is drawn on top.
    pub lines: Vec<Line>,
    /// How they are drawn.
    pub mark: Mark,
    /// Whether values are fractions, written as per cent.
    pub percent: bool,
}

const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 240.0;
const LEFT: f64 = 84.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 26.0;

/// Series beyond this many share the colours of the first.
const COLOURS: usize = 8;

impl Chart {
    /// The chart as SVG with a title for readers of the screen.
    pub fn svg(&self) -> String {
        let known = || self.lines.iter().flat_map(|line| line.values.iter().flatten().copied()).filter(|value| value.is_finite());
        let mut low = known().fold(f64::INFINITY, f64::min);
        let mut high = known().fold(f64::NEG_INFINITY, f64::max);
        if self.mark == Mark::Area {
            low = low.min(0.0);
            high = high.max(0.0);
        }
        if low > high {
            return format!("<p class=\"none\">{}: nothing to show.</p>", escaped(&self.title));
        }
        if high - low < 1e-9 * high.abs().max(1e-9) {
            let pad = high.abs().max(1.0) * 0.05;
            (low, high) = (low - pad, high + pad);
        }
        let step = nice_step((high - low) / 4.0);
        let (low, high) = ((low / step).floor() * step, (high / step).ceil() * step);
        let y = |value: f64| TOP + (high - value) / (high - low) * (HEIGHT - TOP - BOTTOM);
        let last = self.times.len().saturating_sub(1).max(1) as f64;
        let x = |i: usize| LEFT + i as f64 / last * (WIDTH - LEFT - RIGHT);

        let mut out = format!(
            "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{0}\"><title>{0}</title>",
            escaped(&self.title)
        );
        self.grid(&mut out, low, high, step, y, x);
        for (number, line) in self.lines.iter().enumerate().rev() {
            let class = number % COLOURS;
            let path = self.path(line, &x, &y);
            if self.mark == Mark::Area {
                for run in &path {
                    let (Some(first), Some(end)) = (run.first(), run.last()) else { continue };
                    let zero = y(0.0f64.clamp(low, high));
                    let _ = write!(
                        out,
                        "<path class=\"a{class}\" d=\"M{:.1} {zero:.1}{}L{:.1} {zero:.1}Z\"/>",
                        first.0,
                        points('L', run),
                        end.0
                    );
                }
            }
            for run in &path {
                let _ = write!(out, "<path class=\"l{class}\" d=\"M{}\"/>", &points('L', run).get(1..).unwrap_or_default());
            }
        }
        out.push_str("</svg>");
        if self.lines.len() > 1 {
            out.push_str("<ul class=\"legend\">");
            for (number, line) in self.lines.iter().enumerate() {
                let _ = write!(out, "<li><i class=\"k{}\"></i>{}</li>", number % COLOURS, escaped(&line.name));
            }
            out.push_str("</ul>");
        }
        out
    }

    fn grid(&self, out: &mut String, low: f64, high: f64, step: f64, y: impl Fn(f64) -> f64, x: impl Fn(usize) -> f64) {
        let ticks = ((high - low) / step).round().clamp(1.0, 20.0) as usize;
        for tick in 0..=ticks {
            let value = low + step * tick as f64;
            let label = if self.percent {
                super::percent(value, usize::from(step < 0.01))
            } else {
                super::grouped(value, if step < 1.0 { 2 } else { 0 })
            };
            let at = y(value);
            let _ = write!(
                out,
                "<path class=\"g\" d=\"M{LEFT} {at:.1}H{:.1}\"/><text x=\"{:.1}\" y=\"{:.1}\" class=\"y\">{label}</text>",
                WIDTH - RIGHT,
                LEFT - 8.0,
                at + 4.0
            );
        }
        let marks = 6.min(self.times.len());
        for mark in 0..marks {
            let i = if marks == 1 { 0 } else { mark * (self.times.len() - 1) / (marks - 1) };
            let anchor = if mark + 1 == marks && marks > 1 { "e" } else { "m" };
            let (year, month, day) = self.times[i].date();
            let _ = write!(
                out,
                "<text x=\"{:.1}\" y=\"{:.1}\" class=\"x{anchor}\">{year:04}-{month:02}-{day:02}</text>",
                x(i),
                HEIGHT - 8.0
            );
        }
    }

    /// The points of a line without its gaps: of every bucket of bars its lowest and highest, so that no spike is lost.
    fn path(&self, line: &Line, x: &impl Fn(usize) -> f64, y: &impl Fn(f64) -> f64) -> Vec<Vec<(f64, f64)>> {
        let bucket = self.times.len().div_ceil(800).max(1);
        let (mut runs, mut run): (Vec<Vec<(f64, f64)>>, Vec<(f64, f64)>) = (Vec::new(), Vec::new());
        for from in (0..line.values.len()).step_by(bucket) {
            let to = (from + bucket).min(line.values.len());
            let known: Vec<(usize, f64)> =
                (from..to).filter_map(|i| line.values[i].filter(|value| value.is_finite()).map(|value| (i, value))).collect();
            let lowest = known.iter().copied().reduce(|a, b| if b.1 < a.1 { b } else { a });
            let highest = known.iter().copied().reduce(|a, b| if b.1 > a.1 { b } else { a });
            match (lowest, highest) {
                (Some(low), Some(high)) => {
                    let (first, second) = if low.0 <= high.0 { (low, high) } else { (high, low) };
                    run.push((x(first.0), y(first.1)));
                    if second.0 != first.0 {
                        run.push((x(second.0), y(second.1)));
                    }
                }
                _ => {
                    if !run.is_empty() {
                        runs.push(std::mem::take(&mut run));
                    }
                }
            }
        }
        if !run.is_empty() {
            runs.push(run);
        }
        runs
    }
}

fn points(letter: char, run: &[(f64, f64)]) -> String {
    run.iter().fold(String::new(), |mut out, (x, y)| {
        let _ = write!(out, "{letter}{x:.1} {y:.1}");
        out
    })
}

/// 1, 2 or 5 times a power of ten, not below `raw`.
fn nice_step(raw: f64) -> f64 {
    let mut unit = 1.0;
    // Bounded: f64 has some six hundred powers of ten.
    for _ in 0..700 {
        if unit > raw {
            unit /= 10.0;
        } else if unit * 10.0 <= raw {
            unit *= 10.0;
        } else {
            break;
        }
    }
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|factor| factor * unit).find(|step| *step >= raw).unwrap_or(unit * 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(values: Vec<Option<f64>>) -> Chart {
        let times = (0..values.len() as i64).map(|day| UnixNanos::from_days(day).unwrap()).collect();
        let lines = vec![Line { name: String::from("a<b"), values }];
        Chart { title: String::from("x & y"), times, lines, mark: Mark::Line, percent: false }
    }

    #[test]
    fn steps_are_easy_to_read() {
        assert_eq!([0.3, 1.0, 1.1, 30.0, 700.0].map(nice_step), [0.5, 1.0, 2.0, 50.0, 1000.0]);
    }

    #[test]
    fn gaps_split_the_line_and_text_is_escaped() {
        let svg = chart(vec![Some(1.0), Some(2.0), None, Some(3.0)]).svg();
        assert_eq!(svg.matches("class=\"l0\"").count(), 2);
        assert!(svg.contains("x &amp; y") && !svg.contains("x & y"));
    }

    #[test]
    fn nothing_and_flat_series_are_drawn_too() {
        assert!(chart(vec![None, None]).svg().contains("nothing to show"));
        assert!(chart(vec![Some(5.0)]).svg().contains("class=\"l0\""));
        assert!(!chart(vec![Some(0.0), Some(0.0)]).svg().contains("NaN"));
    }

    #[test]
    fn a_spike_in_a_long_series_is_kept() {
        let mut values = vec![Some(1.0); 10_000];
        values[7_777] = Some(100.0);
        let svg = chart(values).svg();
        // 100 is the top of the grid.
        assert!(svg.contains(&format!(" {TOP:.1}L")), "{}", svg.len());
        assert!(svg.len() < 40_000);
    }
}
