//! A matrix as colours: correlations, sweeps, contributions.

use super::axis::Unit;
use super::grid::{Cell, Column, Grid};
use super::json::{flag, list, number, object, text, texts, whole};
use super::{Figure, ink};
use allocator_core::wire::Json;

/// From which number of columns on figures no longer stand in their cells: they would not be readable.
const WRITTEN_MAX: usize = 24;

/// A matrix.
#[derive(Clone, Debug, PartialEq)]
pub struct HeatMap {
    /// What the figures are: `Correlation`.
    pub name: String,
    /// Names of the rows, first at the top.
    pub rows: Vec<String>,
    /// Names of the columns.
    pub columns: Vec<String>,
    /// Row by row; `None` is unknown and stays without colour.
    pub values: Vec<Option<f64>>,
    /// How figures are written.
    pub unit: Unit,
    /// The magnitude that has the strongest colour; blue is below zero, orange above. `None` follows the data.
    pub most: Option<f64>,
}

impl HeatMap {
    /// Chart and table.
    pub fn figure(&self) -> Figure {
        let most = self.most.unwrap_or_else(|| {
            self.values.iter().flatten().filter(|value| value.is_finite()).fold(0.0, |most: f64, value| most.max(value.abs()))
        });
        let most = if most > 0.0 { most } else { 1.0 };
        let width = self.columns.len();
        let mut grid = Grid::new(
            std::iter::once(Column::text(""))
                .chain(self.columns.iter().map(|name| Column::number(name, self.unit.clone())))
                .collect(),
        );
        grid.columns[0].name = String::from("Row");
        let mut known = Vec::new();
        for (index, name) in self.rows.iter().enumerate() {
            let cells = self.values.iter().skip(index * width).take(width);
            grid.push(std::iter::once(Cell::Text(name.clone())).chain(cells.clone().map(|value| Cell::from(*value))).collect());
            known.extend(cells.enumerate().filter_map(|(column, value)| {
                let value = value.filter(|value| value.is_finite())?;
                Some(list([whole(column), whole(index), number(value)]))
            }));
        }
        let palette =
            ["--d-n5", "--d-n4", "--d-n3", "--d-n2", "--d-n1", "--d-0", "--d-p1", "--d-p2", "--d-p3", "--d-p4", "--d-p5"];
        let category = |names: &[String], inverse: bool| {
            object([
                ("type", text("category")),
                ("data", texts(names)),
                ("inverse", flag(inverse)),
                ("splitArea", object([("show", flag(false))])),
                ("axisLine", object([("show", flag(false))])),
            ])
        };
        let option = object([
            ("xAxis", category(&self.columns, false)),
            ("yAxis", category(&self.rows, true)),
            (
                "grid",
                object([
                    ("left", whole(8)),
                    ("right", whole(8)),
                    ("top", whole(8)),
                    ("bottom", whole(40)),
                    ("containLabel", flag(true)),
                ]),
            ),
            (
                "visualMap",
                object([
                    ("min", number(-most)),
                    ("max", number(most)),
                    ("calculable", flag(false)),
                    ("orient", text("horizontal")),
                    ("left", text("left")),
                    ("bottom", whole(0)),
                    ("itemHeight", whole(120)),
                    ("itemWidth", whole(8)),
                    ("precision", whole(self.unit.decimals + if self.unit.scale > 1.0 { 2 } else { 0 })),
                    ("text", list([text(self.unit.show(Some(most))), text(self.unit.show(Some(-most)))])),
                    ("textStyle", object([("color", text(ink("--ink2"))), ("fontSize", whole(11))])),
                    ("inRange", object([("color", texts(palette.map(ink)))])),
                ]),
            ),
            (
                "series",
                list([object([
                    ("type", text("heatmap")),
                    ("name", text(self.name.clone())),
                    ("data", Json::Array(known)),
                    ("progressive", whole(4000)),
                    ("itemStyle", object([("borderColor", text(ink("--sheet"))), ("borderWidth", whole(1))])),
                    (
                        "emphasis",
                        object([("itemStyle", object([("borderColor", text(ink("--ink"))), ("borderWidth", whole(2))]))]),
                    ),
                    (
                        "label",
                        object([
                            ("show", flag(width <= WRITTEN_MAX)),
                            ("fontSize", whole(11)),
                            ("formatter", self.unit.format(Some(2), false)),
                        ]),
                    ),
                ])]),
            ),
        ]);
        Figure::new(&option, grid)
    }

    /// The figure of a cell that an event names.
    pub fn at(&self, row: usize, column: usize) -> Option<f64> {
        if column >= self.columns.len() { None } else { self.values.get(row * self.columns.len() + column).copied().flatten() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use allocator_core::wire::parse;

    fn map() -> HeatMap {
        HeatMap {
            name: "Correlation".into(),
            rows: vec!["a".into(), "b".into()],
            columns: vec!["a".into(), "b".into()],
            values: vec![Some(1.0), None, Some(-0.4), Some(f64::NAN)],
            unit: Unit::plain(2),
            most: Some(1.0),
        }
    }

    #[test]
    fn unknown_has_no_colour_and_a_word_in_the_table() {
        let figure = map().figure();
        let option = parse(figure.option.as_bytes()).unwrap();
        let data = option.get("series").unwrap().as_array().unwrap()[0].get("data").unwrap().as_array().unwrap();
        assert_eq!(data.len(), 2, "two of four are known");
        assert_eq!(figure.grid.shown(0, 2), "unknown");
        assert_eq!(figure.grid.shown(1, 1), "−0.40");
    }

    #[test]
    fn colours_are_symmetric_about_zero() {
        let option = parse(HeatMap { most: None, ..map() }.figure().option.as_bytes()).unwrap();
        let scale = option.get("visualMap").unwrap();
        assert_eq!((scale.get("min").unwrap().as_f64(), scale.get("max").unwrap().as_f64()), (Some(-1.0), Some(1.0)));
    }

    #[test]
    fn a_cell_is_found_again() {
        assert_eq!((map().at(1, 0), map().at(0, 1), map().at(0, 9)), (Some(-0.4), None, None));
    }
}
