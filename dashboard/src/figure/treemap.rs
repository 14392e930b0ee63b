//! Shares as areas: symbols inside strategies, or the other way round.

use super::axis::Unit;
use super::grid::{Cell, Column, Grid};
use super::json::{flag, list, number, object, text, whole};
use super::{Figure, ink};
use allocator_core::wire::Json;

/// An area, or a group of areas.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Its name.
    pub name: String,
    /// Colour token of the area and of the areas inside it that have none.
    pub token: String,
    /// Its figure; the area is the magnitude, the label says the sign.
    pub value: f64,
    /// What it is made of; then `value` is only in the table.
    pub parts: Vec<Node>,
}

/// Areas.
#[derive(Clone, Debug, PartialEq)]
pub struct Treemap {
    /// What the areas are: `Strategy`.
    pub by: String,
    /// What is inside: `Symbol`.
    pub inside: String,
    /// What is measured: `Weight`.
    pub measure: String,
    /// How.
    pub unit: Unit,
    /// The outer areas.
    pub nodes: Vec<Node>,
}

impl Treemap {
    /// Chart and table.
    pub fn figure(&self) -> Figure {
        let mut grid =
            Grid::new(vec![Column::text(&self.by), Column::text(&self.inside), Column::number(&self.measure, self.unit.clone())]);
        for node in &self.nodes {
            if node.parts.is_empty() {
                grid.push(vec![Cell::Text(node.name.clone()), Cell::Absent, node.value.into()]);
            }
            for part in &node.parts {
                grid.push(vec![Cell::Text(node.name.clone()), Cell::Text(part.name.clone()), part.value.into()]);
            }
        }
        let option = object([(
            "series",
            list([object([
                ("type", text("treemap")),
                ("name", text(self.measure.clone())),
                ("data", list(self.nodes.iter().map(|node| self.area(node, &node.token)))),
                ("roam", flag(false)),
                ("nodeClick", flag(false)),
                ("breadcrumb", object([("show", flag(false))])),
                ("left", whole(0)),
                ("right", whole(0)),
                ("top", whole(0)),
                ("bottom", whole(0)),
                ("itemStyle", object([("borderColor", text(ink("--sheet"))), ("borderWidth", whole(1)), ("gapWidth", whole(1))])),
                ("label", object([("fontSize", whole(12)), ("overflow", text("truncate"))])),
                (
                    "levels",
                    list([
                        object([("itemStyle", object([("gapWidth", whole(3))]))]),
                        object([("itemStyle", object([("gapWidth", whole(1))]))]),
                    ]),
                ),
            ])]),
        )]);
        Figure::new(&option, grid)
    }

    fn area(&self, node: &Node, token: &str) -> Json {
        let token = if node.token.is_empty() { token } else { &node.token };
        // `--s3` stands under text of `--on-s3`.
        let on = token.strip_prefix("--").map_or_else(|| String::from("--ink"), |name| format!("--on-{name}"));
        let mut area = object([
            ("name", text(node.name.clone())),
            ("value", number(node.value.abs())),
            ("itemStyle", object([("color", text(ink(token)))])),
            (
                "label",
                object([
                    ("color", text(ink(&on))),
                    // Braces would be read as a placeholder.
                    ("formatter", text(format!("{} {}", node.name.replace(['{', '}'], " "), self.unit.show(Some(node.value))))),
                ]),
            ),
        ]);
        if !node.parts.is_empty() {
            super::json::put(&mut area, "children", list(node.parts.iter().map(|part| self.area(part, token))));
        }
        area
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use allocator_core::wire::parse;

    #[test]
    fn the_area_is_the_magnitude_and_the_label_has_the_sign() {
        let part = |name: &str, value: f64| Node { name: name.into(), token: String::new(), value, parts: Vec::new() };
        let map = Treemap {
            by: "Strategy".into(),
            inside: "Symbol".into(),
            measure: "Weight".into(),
            unit: Unit::percent(),
            nodes: vec![Node {
                name: "m".into(),
                token: "--s3".into(),
                value: 0.1,
                parts: vec![part("X", 0.2), part("{Y}", -0.1)],
            }],
        };
        let figure = map.figure();
        let option = parse(figure.option.as_bytes()).unwrap();
        let series = &option.get("series").unwrap().as_array().unwrap()[0];
        let parts = series.get("data").unwrap().as_array().unwrap()[0].get("children").unwrap().as_array().unwrap();
        assert_eq!(parts[1].get("value").unwrap().as_f64(), Some(0.1));
        assert_eq!(parts[1].get("label").unwrap().get("formatter").unwrap().as_str(), Some(" Y  −10.00"));
        assert_eq!(parts[0].get("itemStyle").unwrap().get("color").unwrap().as_str(), Some("var(--s3)"));
        assert_eq!(figure.grid.rows.len(), 2);
    }
}
