//! Bars from zero, one or several beside or on each other.

use super::axis::Axis;
use super::grid::{Cell, Column, Grid};
use super::json::{flag, list, maybe, number, object, text, texts, whole};
use super::{Figure, ink};

/// One colour of bars.
#[derive(Clone, Debug, PartialEq)]
pub struct Set {
    /// What they are.
    pub name: String,
    /// Colour token.
    pub token: String,
    /// One for each category; `None` is unknown.
    pub values: Vec<Option<f64>>,
}

/// A line across all bars, with its name at the end.
#[derive(Clone, Debug, PartialEq)]
pub struct Limit {
    /// Where.
    pub value: f64,
    /// What it is.
    pub label: String,
}

/// Bars.
#[derive(Clone, Debug, PartialEq)]
pub struct Bars {
    /// What the categories are: `Symbol`.
    pub by: String,
    /// Names of the categories, first on top or left.
    pub categories: Vec<String>,
    /// Colours.
    pub sets: Vec<Set>,
    /// What is measured.
    pub axis: Axis,
    /// Whether the sets stand on each other.
    pub stacked: bool,
    /// Whether bars lie, which leaves room for long names.
    pub lying: bool,
    /// Lines.
    pub limits: Vec<Limit>,
}

impl Bars {
    /// Chart and table.
    pub fn figure(&self) -> Figure {
        let mut grid = Grid::new(
            std::iter::once(Column::text(&self.by))
                .chain(self.sets.iter().map(|set| Column::number(&set.name, self.axis.unit.clone())))
                .collect(),
        );
        for (row, name) in self.categories.iter().enumerate() {
            let figures = self.sets.iter().map(|set| Cell::from(set.values.get(row).copied().flatten()));
            grid.push(std::iter::once(Cell::Text(name.clone())).chain(figures).collect());
        }
        let categories = object([("type", text("category")), ("data", texts(&self.categories)), ("inverse", flag(self.lying))]);
        // Bars begin at zero, whatever the caller's axis says.
        let figures = Axis { free: false, ..self.axis.clone() }.option();
        let (x, y) = if self.lying { (figures, categories) } else { (categories, figures) };
        let series = self.sets.iter().enumerate().map(|(index, set)| {
            let mut series = object([
                ("type", text("bar")),
                ("name", text(set.name.clone())),
                ("data", list(set.values.iter().map(|value| maybe(*value)))),
                ("itemStyle", object([("color", text(ink(&set.token)))])),
                ("barMaxWidth", whole(28)),
                ("emphasis", object([("itemStyle", object([("borderColor", text(ink("--ink"))), ("borderWidth", whole(1))]))])),
            ]);
            if self.stacked {
                super::json::put(&mut series, "stack", text("all"));
            }
            if index == 0 && !self.limits.is_empty() {
                let side = if self.lying { "xAxis" } else { "yAxis" };
                let lines =
                    self.limits.iter().map(|limit| object([(side, number(limit.value)), ("name", text(limit.label.clone()))]));
                super::json::put(
                    &mut series,
                    "markLine",
                    object([
                        ("symbol", text("none")),
                        ("silent", flag(true)),
                        ("lineStyle", object([("color", text(ink("--warn"))), ("type", text("dashed"))])),
                        (
                            "label",
                            object([
                                ("formatter", text("{b}")),
                                // On top of lying bars, whose axis stands below; right of standing ones.
                                ("position", text(if self.lying { "start" } else { "end" })),
                                ("color", text(ink("--warn"))),
                                ("fontSize", whole(11)),
                            ]),
                        ),
                        ("data", list(lines)),
                    ]),
                );
            }
            series
        });
        let option = object([
            (
                "grid",
                object([
                    ("left", whole(8)),
                    ("right", whole(64)),
                    ("top", whole(28)),
                    ("bottom", whole(8)),
                    ("containLabel", flag(true)),
                ]),
            ),
            ("xAxis", x),
            ("yAxis", y),
            ("series", list(series)),
        ]);
        Figure::new(&option, grid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::axis::Unit;
    use allocator_core::wire::{Json, parse};

    #[test]
    fn bars_begin_at_zero_and_limits_stand_once() {
        let bars = Bars {
            by: "Symbol".into(),
            categories: vec!["X".into(), "Y".into()],
            sets: vec![
                Set { name: "a".into(), token: "--s1".into(), values: vec![Some(0.1), None] },
                Set { name: "b".into(), token: "--s2".into(), values: vec![Some(0.2), Some(0.05)] },
            ],
            axis: Axis { free: true, ..Axis::new("Weight", Unit::percent()) },
            stacked: true,
            lying: true,
            limits: vec![Limit { value: 0.25, label: "cap".into() }],
        };
        let figure = bars.figure();
        let option = parse(figure.option.as_bytes()).unwrap();
        assert_eq!(option.get("xAxis").unwrap().get("scale"), Some(&Json::Bool(false)));
        let series = option.get("series").unwrap().as_array().unwrap();
        assert_eq!(series.iter().filter(|series| series.get("markLine").is_some()).count(), 1);
        assert_eq!(figure.grid.shown(1, 1), "unknown");
        assert_eq!(figure.grid.shown(0, 2), "20.00");
    }
}
