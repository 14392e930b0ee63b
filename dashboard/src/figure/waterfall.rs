//! Steps from nothing to a total: who earned what, one after the other.

use super::axis::Axis;
use super::grid::{Cell, Column, Grid};
use super::json::{flag, list, number, object, put, text, texts, whole};
use super::{Figure, ink};
use allocator_core::wire::Json;

/// Steps and their total.
#[derive(Clone, Debug, PartialEq)]
pub struct Waterfall {
    /// What the steps are: `Strategy`.
    pub by: String,
    /// Names and amounts, in the order they are laid on each other.
    pub steps: Vec<(String, f64)>,
    /// What the last bar is called.
    pub total_name: String,
    /// What it stands for: the sum of the steps.
    pub total: f64,
    /// What is measured.
    pub axis: Axis,
}

/// One bar from `from` to `to` as parts that lie on zero, or on an unseen part: above zero and below it.
fn parts(from: f64, to: f64) -> [f64; 4] {
    let (low, high) = (from.min(to), from.max(to));
    // Unseen above, seen above, unseen below, seen below.
    [low.max(0.0), high.max(0.0) - low.max(0.0), high.min(0.0), low.min(0.0) - high.min(0.0)]
}

impl Waterfall {
    /// Chart and table.
    pub fn figure(&self) -> Figure {
        let mut grid = Grid::new(vec![
            Column::text(&self.by),
            Column::number(&self.axis.name, self.axis.unit.clone()),
            Column::number("Sum", self.axis.unit.clone()),
        ]);
        let mut sum = 0.0;
        let mut bars: Vec<(&str, f64, [f64; 4])> = Vec::with_capacity(self.steps.len() + 1);
        for (name, amount) in &self.steps {
            bars.push((if *amount < 0.0 { "--neg" } else { "--ok" }, *amount, parts(sum, sum + amount)));
            sum += amount;
            grid.push(vec![Cell::Text(name.clone()), (*amount).into(), sum.into()]);
        }
        bars.push(("--ink", self.total, parts(0.0, self.total)));
        grid.push(vec![Cell::Text(self.total_name.clone()), self.total.into(), self.total.into()]);
        let series = ["unseen above", "above", "unseen below", "below"].iter().enumerate().map(|(place, name)| {
            let seen = place % 2 == 1;
            let data = bars.iter().map(|(token, _, parts)| {
                let mut item = object([("value", number(parts[place]))]);
                if seen {
                    put(&mut item, "itemStyle", object([("color", text(ink(token)))]));
                }
                item
            });
            let mut series = object([
                ("type", text("bar")),
                ("name", text(*name)),
                ("stack", text("all")),
                ("barMaxWidth", whole(22)),
                ("data", list(data)),
            ]);
            if !seen {
                put(&mut series, "silent", flag(true));
                put(&mut series, "itemStyle", object([("color", text("transparent"))]));
            }
            series
        });
        let names = self.steps.iter().map(|(name, _)| name.clone()).chain([self.total_name.clone()]);
        let categories: Json = object([("type", text("category")), ("data", texts(names)), ("inverse", flag(true))]);
        let option = object([
            (
                "grid",
                object([
                    ("left", whole(8)),
                    ("right", whole(24)),
                    ("top", whole(8)),
                    ("bottom", whole(8)),
                    ("containLabel", flag(true)),
                ]),
            ),
            ("xAxis", Axis { free: false, name: String::new(), ..self.axis.clone() }.option()),
            ("yAxis", categories),
            ("series", list(series)),
        ]);
        Figure::new(&option, grid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::axis::Unit;
    use allocator_core::wire::parse;

    #[test]
    fn a_bar_lies_between_its_sums_also_across_zero() {
        assert_eq!(parts(2.0, 5.0), [2.0, 3.0, 0.0, 0.0]);
        assert_eq!(parts(5.0, 2.0), [2.0, 3.0, 0.0, 0.0]);
        assert_eq!(parts(-2.0, -5.0), [0.0, 0.0, -2.0, -3.0]);
        assert_eq!(parts(2.0, -3.0), [0.0, 2.0, 0.0, -3.0]);
    }

    #[test]
    fn the_table_counts_up_to_the_total_and_falls_are_red() {
        let fall = Waterfall {
            by: "Strategy".into(),
            steps: vec![("a".into(), 3.0), ("Costs".into(), -1.0)],
            total_name: "Change of value".into(),
            total: 2.0,
            axis: Axis::new("Profit", Unit::plain(0)),
        };
        let figure = fall.figure();
        assert_eq!((0..3).map(|row| figure.grid.shown(row, 2)).collect::<Vec<_>>(), ["3", "2", "2"]);
        let option = parse(figure.option.as_bytes()).unwrap();
        let seen = &option.get("series").unwrap().as_array().unwrap()[1];
        let colours: Vec<&str> = seen
            .get("data")
            .unwrap()
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item.get("itemStyle").unwrap().get("color").unwrap().as_str().unwrap())
            .collect();
        assert_eq!(colours, ["var(--ok)", "var(--neg)", "var(--ink)"]);
    }
}
