//! How a figure of an axis is written: scale, decimals, unit.

use super::json::{flag, maybe, object, text, whole};
use crate::state::number;
use allocator_core::wire::Json;

/// The form of one kind of figure. A fraction shown in per cent has scale 100.
#[derive(Clone, Debug, PartialEq)]
pub struct Unit {
    /// Digits after the point.
    pub decimals: usize,
    /// What the figure is multiplied by before it is shown.
    pub scale: f64,
    /// Written after it or into the header; empty for pure numbers.
    pub unit: String,
}

impl Unit {
    /// A fraction shown in per cent with two decimals.
    pub fn percent() -> Self {
        Unit { decimals: 2, scale: 100.0, unit: String::from("%") }
    }

    /// A pure number.
    pub fn plain(decimals: usize) -> Self {
        Unit { decimals, scale: 1.0, unit: String::new() }
    }

    /// A whole number of something.
    pub fn count(unit: &str) -> Self {
        Unit { decimals: 0, scale: 1.0, unit: unit.to_owned() }
    }

    /// The figure as it is shown, without the unit; `unknown` where there is none.
    pub fn show(&self, value: Option<f64>) -> String {
        value.map_or_else(|| String::from("unknown"), |value| number::fixed(value * self.scale, self.decimals))
    }

    /// The instruction to the chart library to write a figure so; `at` is its place in a data item of several.
    pub fn format(&self, at: Option<usize>, with_unit: bool) -> Json {
        let unit = if with_unit { self.unit.clone() } else { String::new() };
        let mut format = object([("decimals", whole(self.decimals)), ("scale", Json::Number(self.scale)), ("unit", text(unit))]);
        if let Some(at) = at {
            super::json::put(&mut format, "at", whole(at));
        }
        object([("$number", format)])
    }
}

/// An axis of figures.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// What it measures.
    pub name: String,
    /// How its figures are written.
    pub unit: Unit,
    /// Its lower end; `None` follows the data.
    pub low: Option<f64>,
    /// Its upper end.
    pub high: Option<f64>,
    /// Whether zero need not be on it: for points, never for bars.
    pub free: bool,
}

impl Axis {
    /// An axis that follows its data.
    pub fn new(name: &str, unit: Unit) -> Self {
        Axis { name: name.to_owned(), unit, low: None, high: None, free: false }
    }

    /// Name and unit as a header: `Volatility, %`.
    pub fn header(&self) -> String {
        if self.unit.unit.is_empty() { self.name.clone() } else { format!("{}, {}", self.name, self.unit.unit) }
    }

    /// For the chart library.
    pub fn option(&self) -> Json {
        object([
            ("type", text("value")),
            ("name", text(self.header())),
            ("min", maybe(self.low)),
            ("max", maybe(self.high)),
            ("scale", flag(self.free)),
            ("axisLabel", object([("formatter", self.unit.format(None, false))])),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_written_in_their_unit() {
        assert_eq!(Unit::percent().show(Some(-0.0617)), "−6.17");
        assert_eq!(Unit::plain(2).show(None), "unknown");
        assert_eq!(Axis::new("Volatility", Unit::percent()).header(), "Volatility, %");
        assert_eq!(Axis::new("Sharpe", Unit::plain(2)).header(), "Sharpe");
    }
}
