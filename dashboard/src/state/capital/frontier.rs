//! The efficient frontier as a chart: the curve, the methods beside it, the one in use, the one looked at, and a split made by hand.

use super::answer::{Answer, Figures, Outcome};
use super::method::label;
use super::settings::CapitalSettings;
use crate::figure::scatter::{Group, Point};
use crate::figure::{Axis, Figure, Scatter, Unit};

/// The chart and its table. `tried` are the figures of a split made by hand.
pub fn figure(answer: &Answer, settings: &CapitalSettings, tried: Option<&Figures>) -> Figure {
    let mut groups = vec![Group {
        name: String::from("Frontier"),
        token: String::from("--ink"),
        points: answer
            .frontier
            .iter()
            .map(|point| Point { name: String::new(), x: point.volatility, y: point.expected_return })
            .collect(),
        joined: true,
        labelled: false,
        size: 0,
    }];
    let group = |name: &str, token: &str, size: usize, points: Vec<Point>| Group {
        name: name.to_owned(),
        token: token.to_owned(),
        points,
        joined: false,
        labelled: true,
        size,
    };
    let place = |name: &str, figures: &Figures| Point {
        name: name.to_owned(),
        x: figures.volatility.unwrap_or(f64::NAN),
        y: figures.expected_return.unwrap_or(f64::NAN),
    };
    let of = |outcome: &Outcome| place(label(outcome.method), &outcome.figures);
    let (looked, used) = (settings.looked(), settings.used);
    let others: Vec<Point> = settings
        .rows()
        .into_iter()
        .filter(|method| ![looked, used].contains(method))
        .filter_map(|method| answer.of(method).map(of))
        .collect();
    groups.push(group("Methods", "--ink3", 8, others));
    if used != looked
        && let Some(outcome) = answer.of(used)
    {
        groups.push(group("In use", "--ink2", 9, vec![of(outcome)]));
    }
    if let Some(outcome) = answer.of(looked) {
        groups.push(group("Looked at", "--ink", 13, vec![of(outcome)]));
    }
    if let Some(tried) = tried {
        groups.push(group("What if", "--warn", 11, vec![place("What if", tried)]));
    }
    let axis = |name: &str| Axis { free: true, ..Axis::new(name, Unit::percent()) };
    Scatter { x: axis("Volatility a year"), y: axis("Expected return a year"), groups }.figure()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::capital::example;
    use allocator_core::config::capital::CapitalMethod;

    #[test]
    fn the_least_variance_is_the_left_end_and_no_method_lies_above_the_curve() {
        let settings = CapitalSettings::default();
        let answer = example::beside(&settings);
        let calm = answer.of(CapitalMethod::MinVariance).unwrap().figures.clone();
        assert!((answer.frontier[0].volatility - calm.volatility.unwrap()).abs() < 1e-9);
        for outcome in answer.beside.iter().filter(|outcome| outcome.figures.gross > 0.999) {
            let (x, y) = (outcome.figures.volatility.unwrap(), outcome.figures.expected_return.unwrap());
            let beaten = answer.frontier.iter().any(|point| point.expected_return >= y - 1e-6 && point.volatility <= x + 1e-3);
            assert!(beaten, "{} at {x}, {y}", outcome.method.as_str());
        }
        let figure = figure(&answer, &settings, Some(&calm));
        // Curve, six methods of which one is in use, the one looked at, the split by hand.
        assert_eq!(figure.grid.rows.len(), answer.frontier.len() + settings.rows().len() + 1);
        assert!(figure.option.contains("In use") && figure.option.contains("Looked at"));
    }
}
