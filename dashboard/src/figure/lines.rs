//! A few lines over categories or figures that are not time: a profile of weights, a term structure.

use super::axis::Axis;
use super::grid::{Cell, Column, Grid};
use super::json::{flag, list, maybe, object, text, texts, whole};
use super::{Figure, ink, tint};
use allocator_core::wire::Json;

/// One line.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// What it is.
    pub name: String,
    /// Colour token.
    pub token: String,
    /// One for each category; `None` is unknown and a gap.
    pub values: Vec<Option<f64>>,
    /// Whether it is dashed: a second sign beside the colour.
    pub dashed: bool,
}

/// Lines.
#[derive(Clone, Debug, PartialEq)]
pub struct Lines {
    /// What the categories are.
    pub by: String,
    /// Names of the categories in their order.
    pub categories: Vec<String>,
    /// Lines.
    pub lines: Vec<Line>,
    /// What is measured.
    pub axis: Axis,
    /// Whether a part of many categories can be chosen with a slider below.
    pub zoom: bool,
}

impl Lines {
    /// Chart and table.
    pub fn figure(&self) -> Figure {
        let mut grid = Grid::new(
            std::iter::once(Column::text(&self.by))
                .chain(self.lines.iter().map(|line| Column::number(&line.name, self.axis.unit.clone())))
                .collect(),
        );
        for (row, name) in self.categories.iter().enumerate() {
            let figures = self.lines.iter().map(|line| Cell::from(line.values.get(row).copied().flatten()));
            grid.push(std::iter::once(Cell::Text(name.clone())).chain(figures).collect());
        }
        let series = self.lines.iter().map(|line| {
            object([
                ("type", text("line")),
                ("name", text(line.name.clone())),
                ("data", list(line.values.iter().map(|value| maybe(*value)))),
                ("showSymbol", flag(self.categories.len() < 40)),
                ("symbolSize", whole(4)),
                ("connectNulls", flag(false)),
                ("itemStyle", object([("color", text(ink(&line.token)))])),
                (
                    "lineStyle",
                    object([("color", text(ink(&line.token))), ("type", text(if line.dashed { "dashed" } else { "solid" }))]),
                ),
                (
                    "endLabel",
                    object([
                        ("show", flag(true)),
                        ("formatter", text("{a}")),
                        ("color", text(ink("--ink"))),
                        ("fontSize", whole(11)),
                    ]),
                ),
                ("labelLayout", object([("moveOverlap", text("shiftY"))])),
            ])
        });
        let bottom = if self.zoom { 56 } else { 8 };
        let mut option = object([
            (
                "grid",
                object([
                    ("left", whole(8)),
                    ("right", whole(96)),
                    ("top", whole(28)),
                    ("bottom", whole(bottom)),
                    ("containLabel", flag(true)),
                ]),
            ),
            ("xAxis", object([("type", text("category")), ("data", texts(&self.categories)), ("boundaryGap", flag(false))])),
            ("yAxis", self.axis.option()),
            ("series", list(series)),
        ]);
        if self.zoom {
            super::json::put(&mut option, "dataZoom", list([slider(), object([("type", text("inside"))])]));
        }
        Figure::new(&option, grid)
    }
}

/// The slider below, in ink: colour belongs to data.
fn slider() -> Json {
    let line = || object([("color", text(ink("--edge")))]);
    let data = object([("lineStyle", line()), ("areaStyle", object([("color", text(ink("--line")))]))]);
    object([
        ("type", text("slider")),
        ("height", whole(20)),
        ("bottom", whole(8)),
        ("showDetail", flag(false)),
        ("borderColor", text(ink("--line"))),
        ("fillerColor", text(tint("--edge", 0.2))),
        ("dataBackground", data.clone()),
        ("selectedDataBackground", data),
        ("handleStyle", object([("color", text(ink("--sheet"))), ("borderColor", text(ink("--ink2")))])),
        ("moveHandleStyle", object([("color", text(ink("--edge")))])),
        (
            "emphasis",
            object([
                ("handleStyle", object([("borderColor", text(ink("--ink")))])),
                ("moveHandleStyle", object([("color", text(ink("--ink2")))])),
            ]),
        ),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::axis::Unit;
    use allocator_core::wire::parse;

    #[test]
    fn a_gap_stays_a_gap_and_the_slider_is_there_when_asked_for() {
        let lines = Lines {
            by: "Bucket".into(),
            categories: vec!["1".into(), "2".into()],
            lines: vec![Line { name: "a".into(), token: "--s1".into(), values: vec![Some(1.0), None], dashed: true }],
            axis: Axis::new("Weight", Unit::percent()),
            zoom: true,
        };
        let figure = lines.figure();
        let option = parse(figure.option.as_bytes()).unwrap();
        assert!(option.get("dataZoom").is_some());
        assert!(figure.option.contains("[1,null]"));
        assert!(parse(Lines { zoom: false, ..lines }.figure().option.as_bytes()).unwrap().get("dataZoom").is_none());
    }
}
