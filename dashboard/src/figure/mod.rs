//! What a chart shows, as data: the specification that a library draws, and the table that holds the same figures.
//!
//! ```text
//! HeatMap, Bars, Waterfall, Treemap, Scatter, Lines, Parallel ──> Figure { option, grid } ──> chart::EChart
//! TimeSeries ──> specification, columns, grid ──> chart::TimeSeries
//! Dendrogram, Ribbon, Sparkline ──> places on a sheet of 0 to 1 ──> chart::svg
//! ```
//!
//! Both come from one value, so a chart and its table twin cannot tell different things. Colours are names of CSS tokens
//! (`var(--s1)`, `mix(--s1, --sheet, 0.4)`) until the browser draws. Plain Rust, tested natively.

pub mod axis;
pub mod bars;
pub mod dendrogram;
pub mod grid;
pub mod heat_map;
pub mod json;
pub mod lines;
pub mod parallel;
pub mod picture;
pub mod rho_matrix;
pub mod ribbon;
pub mod scatter;
pub mod sparkline;
pub mod time_series;
pub mod treemap;
pub mod waterfall;
pub mod weight_bars;

pub use axis::{Axis, Unit};
pub use bars::Bars;
pub use dendrogram::Dendrogram;
pub use grid::{Cell, Column, Grid};
pub use heat_map::HeatMap;
pub use lines::Lines;
pub use parallel::Parallel;
pub use ribbon::Ribbon;
pub use scatter::Scatter;
pub use time_series::TimeSeries;
pub use treemap::Treemap;
pub use waterfall::Waterfall;

use allocator_core::wire::Json;

/// A chart and its table twin.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figure {
    /// Specification for the chart library, as JSON text.
    pub option: String,
    /// The same figures.
    pub grid: Grid,
}

impl Figure {
    /// Joins a specification and its table.
    pub fn new(option: &Json, grid: Grid) -> Self {
        Figure { option: json::text_of(option), grid }
    }
}

/// The colour token of a strategy's place: `--s1` to `--s10`, then again.
pub fn strategy_token(index: usize) -> String {
    format!("--s{}", index % crate::state::tag::COLOURS + 1)
}

/// A token as a colour of a specification.
pub fn ink(token: &str) -> String {
    format!("var({token})")
}

/// `share` of a token in the sheet's colour, for tints that figures stand on.
pub fn tint(token: &str, share: f64) -> String {
    let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
    format!("mix({token}, --sheet, {share:.3})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_repeat_after_the_tenth_strategy() {
        assert_eq!((strategy_token(0), strategy_token(9), strategy_token(10)), ("--s1".into(), "--s10".into(), "--s1".into()));
    }

    #[test]
    fn a_tint_is_a_share() {
        assert_eq!(tint("--s2", 0.25), "mix(--s2, --sheet, 0.250)");
        assert_eq!(
            (tint("--s2", 7.0), tint("--s2", f64::NAN)),
            ("mix(--s2, --sheet, 1.000)".into(), "mix(--s2, --sheet, 0.000)".into())
        );
    }
}
