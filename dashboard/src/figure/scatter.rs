//! Points on two axes, with lines among them: the efficient frontier and the portfolios beside it.

use super::axis::Axis;
use super::grid::{Cell, Column, Grid};
use super::json::{flag, list, number, object, text, whole};
use super::{Figure, ink};
use allocator_core::wire::Json;

/// One point.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// Its name; empty points are not labelled.
    pub name: String,
    /// Along the first axis.
    pub x: f64,
    /// Along the second.
    pub y: f64,
}

/// Points of one kind.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// What they are.
    pub name: String,
    /// Colour token.
    pub token: String,
    /// The points; those that are not finite stand in the table only.
    pub points: Vec<Point>,
    /// Whether a line goes through them in their order.
    pub joined: bool,
    /// Whether each has its name beside it.
    pub labelled: bool,
    /// Size in pixels; 0 shows the line only.
    pub size: usize,
}

/// Points.
#[derive(Clone, Debug, PartialEq)]
pub struct Scatter {
    /// First axis.
    pub x: Axis,
    /// Second axis.
    pub y: Axis,
    /// Groups, the first drawn first.
    pub groups: Vec<Group>,
}

impl Scatter {
    /// Chart and table.
    pub fn figure(&self) -> Figure {
        let mut grid = Grid::new(vec![
            Column::text("Kind"),
            Column::text("Name"),
            Column::number(&self.x.name, self.x.unit.clone()),
            Column::number(&self.y.name, self.y.unit.clone()),
        ]);
        for group in &self.groups {
            for point in &group.points {
                let name = if point.name.is_empty() { Cell::Absent } else { Cell::Text(point.name.clone()) };
                grid.push(vec![Cell::Text(group.name.clone()), name, point.x.into(), point.y.into()]);
            }
        }
        let series = self.groups.iter().map(|group| {
            let points =
                group.points.iter().filter(|point| point.x.is_finite() && point.y.is_finite()).map(|point| {
                    object([("name", text(point.name.clone())), ("value", list([number(point.x), number(point.y)]))])
                });
            let mut series = object([
                ("type", text(if group.joined { "line" } else { "scatter" })),
                ("name", text(group.name.clone())),
                ("data", list(points)),
                ("symbolSize", whole(group.size)),
                ("showSymbol", flag(group.size > 0)),
                ("itemStyle", object([("color", text(ink(&group.token)))])),
                (
                    "label",
                    object([
                        ("show", flag(group.labelled)),
                        ("formatter", text("{b}")),
                        ("position", text("right")),
                        ("color", text(ink("--ink"))),
                        ("fontSize", whole(11)),
                    ]),
                ),
                ("labelLayout", object([("hideOverlap", flag(true))])),
                ("progressive", whole(4000)),
            ]);
            if group.joined {
                super::json::put(
                    &mut series,
                    "lineStyle",
                    object([("color", text(ink(&group.token))), ("width", Json::Number(1.5))]),
                );
            }
            series
        });
        let mut y = self.y.option();
        // Centred on the axis, which stands at the left edge, half of a long name would be cut off.
        super::json::put(&mut y, "nameTextStyle", object([("align", text("left"))]));
        let mut option = object([
            (
                "grid",
                object([
                    ("left", whole(8)),
                    ("right", whole(64)),
                    ("top", whole(28)),
                    ("bottom", whole(28)),
                    ("containLabel", flag(true)),
                ]),
            ),
            ("yAxis", y),
            ("series", list(series)),
        ]);
        let mut x = self.x.option();
        super::json::put(&mut x, "nameLocation", text("middle"));
        super::json::put(&mut x, "nameGap", whole(26));
        super::json::put(&mut option, "xAxis", x);
        Figure::new(&option, grid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::axis::Unit;
    use allocator_core::wire::parse;

    #[test]
    fn a_point_that_is_unknown_is_in_the_table_only() {
        let points = vec![Point { name: "A".into(), x: 0.1, y: 0.05 }, Point { name: "B".into(), x: f64::NAN, y: 0.05 }];
        let scatter = Scatter {
            x: Axis::new("Volatility", Unit::percent()),
            y: Axis::new("Return", Unit::percent()),
            groups: vec![Group {
                name: "Portfolios".into(),
                token: "--ink".into(),
                points,
                joined: false,
                labelled: true,
                size: 8,
            }],
        };
        let figure = scatter.figure();
        let option = parse(figure.option.as_bytes()).unwrap();
        assert_eq!(option.get("series").unwrap().as_array().unwrap()[0].get("data").unwrap().as_array().unwrap().len(), 1);
        assert_eq!((figure.grid.rows.len(), figure.grid.shown(1, 2)), (2, "unknown".into()));
    }
}
