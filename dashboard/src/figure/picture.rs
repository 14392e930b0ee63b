//! Series of time as an SVG of their own: uPlot paints pixels only, and a report wants lines.

use super::axis::Axis;
use super::grid::date;
use super::time_series::TimeSeries;
use std::fmt::Write as _;

/// Most points of one line; beyond it, only the highest and lowest of each column of the picture are drawn, which looks the same.
const POINTS_MAX: usize = 4_000;

/// Steps that people like on an axis: 1, 2, 5 times a power of ten. At most `most` lines, ascending.
pub fn steps(low: f64, high: f64, most: usize) -> Vec<f64> {
    let span = high - low;
    if !(span.is_finite() && span > 0.0) || most == 0 {
        return Vec::new();
    }
    let mut step = 1.0;
    // Powers by multiplication: a chart's axis needs no more exactness than its labels show.
    while step > span / most as f64 {
        step /= 10.0;
    }
    while step * 10.0 <= span / most as f64 {
        step *= 10.0;
    }
    let step = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|factor| step * factor)
        .find(|step| span / step <= most as f64)
        .unwrap_or(step * 10.0);
    // A step that lies on an end counts, also where the division misses it by a bit.
    let first = (low / step - 1e-9).ceil() as i64;
    let last = (high / step + 1e-9).floor() as i64;
    (first..=last).take(most + 1).map(|i| i as f64 * step).collect()
}

/// Text that is safe inside SVG.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

struct Frame {
    left: f64,
    top: f64,
    width: f64,
    height: f64,
    times: (f64, f64),
    values: (f64, f64),
}

impl Frame {
    fn x(&self, time: f64) -> f64 {
        let (from, to) = self.times;
        self.left + if to > from { (time - from) / (to - from) * self.width } else { 0.0 }
    }

    fn y(&self, value: f64) -> f64 {
        let (low, high) = self.values;
        self.top + if high > low { (high - value) / (high - low) * self.height } else { self.height / 2.0 }
    }
}

fn ends(axis: &Axis, series: &TimeSeries, shown: &std::ops::Range<usize>) -> (f64, f64) {
    let all = series.series.iter().flat_map(|line| line.values.0.get(shown.clone()).unwrap_or_default());
    let (low, high) = all
        .filter(|value| value.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(*value), high.max(*value)));
    let (low, high) = if low > high { (0.0, 1.0) } else { (low, high) };
    let room = if high > low { (high - low) * 0.06 } else { high.abs().max(1.0) * 0.06 };
    (axis.low.unwrap_or(low - room), axis.high.unwrap_or(high + room))
}

/// The picture, `width` × `height` pixels. Colours stay names of tokens (`var(--ink)`) for whoever knows the theme.
pub fn svg(series: &TimeSeries, title: &str, width: f64, height: f64, range: Option<(f64, f64)>) -> String {
    let times = &series.times.0;
    let (from, to) = range.unwrap_or_else(|| (times.first().copied().unwrap_or(0.0), times.last().copied().unwrap_or(1.0)));
    let shown = times.partition_point(|time| *time < from)..times.partition_point(|time| *time <= to);
    let frame = Frame {
        left: 56.0,
        top: 28.0,
        width: (width - 56.0 - 92.0).max(10.0),
        height: (height - 28.0 - 28.0).max(10.0),
        times: (from, to),
        values: ends(&series.axis, series, &shown),
    };
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" font-size=\"11\">\
         <title>{}</title><rect width=\"100%\" height=\"100%\" fill=\"var(--sheet)\"/>\
         <text x=\"8\" y=\"16\" fill=\"var(--ink)\" font-size=\"12\">{}</text>",
        escaped(title),
        escaped(&format!("{title} ({})", series.axis.header())),
    );
    // Writing into a string cannot fail, here and below.
    for shade in &series.shades {
        let (a, b) = (frame.x(shade.from.max(from)), frame.x(shade.to.min(to)));
        if b > a {
            let _ = write!(
                out,
                "<rect x=\"{a:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"var({})\" fill-opacity=\"0.12\"/>",
                frame.top,
                b - a,
                frame.height,
                shade.token
            );
        }
    }
    let right = frame.left + frame.width;
    for value in steps(frame.values.0, frame.values.1, 6) {
        let y = frame.y(value);
        let _ = write!(
            out,
            "<path d=\"M{:.1} {y:.1}H{right:.1}\" stroke=\"var(--line)\" fill=\"none\"/><text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\" fill=\"var(--ink2)\">{}</text>",
            frame.left,
            frame.left - 6.0,
            y + 4.0,
            series.axis.unit.show(Some(value))
        );
    }
    for i in 0..=4 {
        let time = from + (to - from) * f64::from(i) / 4.0;
        let day = date(time);
        let _ = write!(
            out,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\" fill=\"var(--ink2)\">{}</text>",
            frame.x(time),
            frame.top + frame.height + 18.0,
            day.get(..10).unwrap_or(&day)
        );
    }
    for limit in series.limits.iter().filter(|limit| limit.value >= frame.values.0 && limit.value <= frame.values.1) {
        let y = frame.y(limit.value);
        let _ = write!(
            out,
            "<path d=\"M{:.1} {y:.1}H{right:.1}\" stroke=\"var({token})\" stroke-dasharray=\"4 3\" fill=\"none\"/><text x=\"{:.1}\" y=\"{:.1}\" fill=\"var({token})\">{}</text>",
            frame.left,
            right + 6.0,
            y + 4.0,
            escaped(&limit.label),
            token = limit.token
        );
    }
    for mark in series.marks.iter().filter(|mark| (from..=to).contains(&mark.time)) {
        let (x, y) = (frame.x(mark.time), frame.y(mark.value));
        let _ = write!(out, "<path d=\"M{:.1} {:.1}h10l-5 8z\" fill=\"var({})\"/>", x - 5.0, y - 12.0, mark.token);
    }
    for line in &series.series {
        let dash = if line.dashed { " stroke-dasharray=\"5 3\"" } else { "" };
        let _ = write!(
            out,
            "<path d=\"{}\" stroke=\"var({})\" stroke-width=\"1.5\" fill=\"none\"{dash}/>",
            path(series, line, &frame, shown.clone()),
            line.token
        );
        let last = line.values.0.get(shown.clone()).unwrap_or_default().iter().rev().find(|value| value.is_finite());
        if let Some(value) = last {
            let _ = write!(
                out,
                "<text x=\"{:.1}\" y=\"{:.1}\" fill=\"var(--ink)\">{} {}</text>",
                right + 6.0,
                frame.y(*value) + 4.0,
                series.axis.unit.show(Some(*value)),
                escaped(&line.name)
            );
        }
    }
    out.push_str("</svg>\n");
    out
}

fn path(series: &TimeSeries, line: &super::time_series::Series, frame: &Frame, shown: std::ops::Range<usize>) -> String {
    let mut out = String::new();
    let mut pen_down = false;
    let stride = shown.len().div_ceil(POINTS_MAX / 2).max(1);
    let mut step = |time: f64, value: f64, held: Option<f64>| {
        if !value.is_finite() {
            pen_down = false;
            return;
        }
        let (x, y) = (frame.x(time), frame.y(value));
        let _ = match (pen_down, held) {
            (true, Some(_)) => write!(out, "H{x:.1}V{y:.1}"),
            (true, None) => write!(out, "L{x:.1} {y:.1}"),
            (false, _) => write!(out, "M{x:.1} {y:.1}"),
        };
        pen_down = true;
    };
    for start in shown.clone().step_by(stride) {
        let block = start..(start + stride).min(shown.end);
        let known = block.clone().filter(|at| line.values.0.get(*at).is_some_and(|value| value.is_finite()));
        let lowest = known.clone().min_by(|a, b| line.values.0[*a].total_cmp(&line.values.0[*b]));
        let highest = known.max_by(|a, b| line.values.0[*a].total_cmp(&line.values.0[*b]));
        let mut picked: Vec<usize> = [lowest, highest].into_iter().flatten().collect();
        picked.sort_unstable();
        picked.dedup();
        if picked.is_empty() {
            step(series.times.0[start], f64::NAN, None);
        }
        for at in picked {
            step(series.times.0[at], line.values.0[at], line.stepped.then_some(0.0));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::axis::Unit;
    use crate::figure::time_series::{Limit, Series};

    fn series(n: usize) -> TimeSeries {
        let times: Vec<f64> = (0..n).map(|i| i as f64 * 86_400.0).collect();
        let values: Vec<f64> = (0..n).map(|i| if i == 3 { f64::NAN } else { (i % 7) as f64 }).collect();
        let mut series = TimeSeries::new(times, vec![Series::line("a < b", "--s1", values)], Axis::new("Sharpe", Unit::plain(2)));
        series.limits.push(Limit { value: 2.0, label: "limit & line".into(), token: "--warn".into() });
        series
    }

    #[test]
    fn axes_have_round_steps() {
        assert_eq!(steps(0.0, 10.0, 5), [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]);
        assert_eq!(steps(-0.3, 0.3, 6).len(), 7);
        assert!(steps(1.0, 1.0, 5).is_empty() && steps(f64::NAN, 1.0, 5).is_empty());
        assert!(steps(-1e300, 1e300, 5).len() <= 6);
    }

    #[test]
    fn a_gap_lifts_the_pen_and_names_are_escaped() {
        let text = svg(&series(10), "Rolling", 600.0, 300.0, None);
        let line = text.split("stroke=\"var(--s1)\"").next().unwrap().rsplit("d=\"").next().unwrap();
        assert_eq!(line.matches('M').count(), 2, "{line}");
        assert!(text.contains("a &lt; b") && text.contains("limit &amp; line") && !text.contains("NaN"));
    }

    #[test]
    fn a_million_points_make_a_picture_of_few() {
        let text = svg(&series(200_000), "Long", 600.0, 300.0, None);
        assert!(text.len() < 120_000, "{}", text.len());
    }

    #[test]
    fn nothing_is_a_frame_without_a_line() {
        let empty =
            TimeSeries::new(Vec::<f64>::new(), vec![Series::line("a", "--s1", Vec::<f64>::new())], Axis::new("", Unit::plain(2)));
        assert!(svg(&empty, "Empty", 600.0, 300.0, None).contains("d=\"\""));
    }
}
