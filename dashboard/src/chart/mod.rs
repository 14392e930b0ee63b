//! Charts on the page: a library drawn into an element, its table twin, its downloads, and one cursor for all.
//!
//! ```text
//! figure::* ── Figure ──> EChart, TimeSeries, Sparkline, Ribbon, Dendrogram ── load.js ──> charts/*.js (fetched when first shown)
//!                              |  ^
//!                              v  |
//!                            Timeline: cursor and period, shared by everything below the component that provides it
//! ```
//!
//! Use: `<EChart name="Weights" label="Final weights, % of capital" figure=move || bars.figure()/>`.

mod bind;
pub mod echarts;
pub mod frame;
pub mod save;
pub mod svg;
pub mod uplot;

pub use echarts::{Act, EChart};
pub use frame::Twin;
pub use svg::{Dendrogram, Ribbon, Sparkline};
pub use uplot::TimeSeries;

use leptos::prelude::*;

/// The time under the cursor and the period that is looked at: one pair for all charts of a view.
#[derive(Clone, Copy, Debug)]
pub struct Timeline {
    /// Seconds since 1970; `None` while nothing is pointed at.
    pub cursor: RwSignal<Option<f64>>,
    /// From and to, in seconds since 1970; `None` is everything.
    pub period: RwSignal<Option<(f64, f64)>>,
}

impl Timeline {
    /// A timeline of its own, for the component that calls and everything below it.
    pub fn provide() -> Self {
        let timeline = Timeline { cursor: RwSignal::new(None), period: RwSignal::new(None) };
        provide_context(timeline);
        timeline
    }

    /// The timeline of whoever is above; a chart that stands alone has its own.
    pub fn here() -> Self {
        use_context::<Timeline>().unwrap_or_else(Timeline::provide)
    }

    /// Moves the cursor, unless it is there.
    pub fn point(self, time: Option<f64>) {
        if self.cursor.try_get_untracked().is_some_and(|now| now != time) {
            self.cursor.set(time);
        }
    }
}
