//! Many runs over many parameters: one line for each run, one axis for each parameter and figure.

use super::axis::Axis;
use super::grid::{Cell, Column, Grid};
use super::json::{flag, list, maybe, number, object, text, whole};
use super::{Figure, ink};
use allocator_core::wire::Json;

/// Runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Parallel {
    /// Axes from left to right; the last is what lines are coloured by.
    pub axes: Vec<Axis>,
    /// One figure for each axis; `None` is unknown.
    pub rows: Vec<Vec<Option<f64>>>,
    /// Names of the rows in the table.
    pub by: String,
    /// One for each row.
    pub names: Vec<String>,
}

impl Parallel {
    /// Chart and table.
    pub fn figure(&self) -> Figure {
        let mut grid = Grid::new(
            std::iter::once(Column::text(&self.by))
                .chain(self.axes.iter().map(|axis| Column::number(&axis.name, axis.unit.clone())))
                .collect(),
        );
        for (index, row) in self.rows.iter().enumerate() {
            let name = self.names.get(index).cloned().unwrap_or_else(|| (index + 1).to_string());
            grid.push(std::iter::once(Cell::Text(name)).chain(row.iter().map(|value| Cell::from(*value))).collect());
        }
        let last = self.axes.len().saturating_sub(1);
        let ends =
            self.rows.iter().filter_map(|row| row.get(last).copied().flatten()).filter(|value| value.is_finite()).fold(
                None,
                |ends: Option<(f64, f64)>, value| {
                    Some(ends.map_or((value, value), |(low, high)| (low.min(value), high.max(value))))
                },
            );
        let (low, high) = ends.unwrap_or((0.0, 1.0));
        let axes = self.axes.iter().enumerate().map(|(dimension, axis)| {
            let mut option = axis.option();
            super::json::put(&mut option, "dim", whole(dimension));
            super::json::put(&mut option, "scale", flag(true));
            super::json::put(
                &mut option,
                "axisLabel",
                object([("formatter", axis.unit.format(None, false)), ("color", text(ink("--ink2"))), ("fontSize", whole(11))]),
            );
            super::json::put(&mut option, "axisLine", object([("lineStyle", object([("color", text(ink("--edge")))]))]));
            super::json::put(
                &mut option,
                "areaSelectStyle",
                object([
                    ("width", whole(16)),
                    ("color", text(ink("--edge"))),
                    ("opacity", Json::Number(0.3)),
                    ("borderColor", text(ink("--ink2"))),
                ]),
            );
            super::json::put(&mut option, "nameTextStyle", object([("color", text(ink("--ink"))), ("fontSize", whole(11))]));
            option
        });
        let option = object([
            ("parallel", object([("left", whole(40)), ("right", whole(64)), ("top", whole(36)), ("bottom", whole(24))])),
            ("parallelAxis", list(axes)),
            (
                "visualMap",
                object([
                    ("show", flag(false)),
                    ("dimension", whole(last)),
                    ("min", number(low)),
                    ("max", number(if high > low { high } else { low + 1.0 })),
                    ("inRange", object([("color", super::json::texts(["--d-n5", "--d-n2", "--d-p2", "--d-p5"].map(ink)))])),
                ]),
            ),
            (
                "series",
                list([object([
                    ("type", text("parallel")),
                    ("lineStyle", object([("width", whole(1)), ("opacity", Json::Number(0.6))])),
                    ("progressive", whole(500)),
                    ("data", list(self.rows.iter().map(|row| list(row.iter().map(|value| maybe(*value)))))),
                ])]),
            ),
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
    fn colours_span_the_last_axis() {
        let axis = |name: &str| Axis::new(name, Unit::plain(2));
        let parallel = Parallel {
            axes: vec![axis("Lookback"), axis("Sharpe")],
            rows: vec![vec![Some(20.0), Some(0.4)], vec![Some(60.0), None], vec![Some(90.0), Some(0.9)]],
            by: "Run".into(),
            names: Vec::new(),
        };
        let figure = parallel.figure();
        let option = parse(figure.option.as_bytes()).unwrap();
        let scale = option.get("visualMap").unwrap();
        assert_eq!((scale.get("min").unwrap().as_f64(), scale.get("max").unwrap().as_f64()), (Some(0.4), Some(0.9)));
        assert_eq!((figure.grid.shown(1, 0), figure.grid.shown(1, 2)), ("2".into(), "unknown".into()));
    }
}
