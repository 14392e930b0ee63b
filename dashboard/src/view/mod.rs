//! The views. One table: a view is one file here and one line in [`VIEWS`]; the frame does the rest.
//!
//! ```text
//! VIEWS ── head: links, badges, keys 1 to 9 ── address: #/id
//!       └─ columns: inputs | centre | reasons
//! ```
//!
//! The first view comes with the page, the columns of the others later: see [`crate::later`].

#![allow(clippy::unnecessary_wraps, reason = "what is split off answers as well whether it came")]

pub mod backtest;
pub mod blend;
pub mod capital;
pub mod correlation;
pub mod data;
pub mod risk;

use crate::later::Code;
use crate::state::model::Model;
use leptos::prelude::*;

/// What deserves attention in a view, as its link in the head shows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Badge {
    /// How many; 0 shows nothing.
    pub count: usize,
    /// Whether something stops the work, and not merely deserves a look.
    pub bad: bool,
}

/// One view: what the three columns show.
pub struct View {
    /// Its word in the address.
    pub id: &'static str,
    /// Its name in the head.
    pub title: &'static str,
    /// What the badge counts, as one and as many: `alert`, `alerts`.
    pub counts: [&'static str; 2],
    /// What deserves attention.
    pub badge: fn(&Model) -> Badge,
    /// Where its columns are.
    pub columns: Code<Columns>,
}

/// What the columns of a view show.
#[derive(Clone, Copy)]
pub struct Columns {
    /// The left column.
    pub inputs: fn() -> AnyView,
    /// The middle.
    pub centre: fn() -> AnyView,
    /// The right column. A panel with the class `notices-panel` is what a phone shows under Alerts.
    pub reasons: fn() -> AnyView,
    /// The number that a phone keeps in reach of the thumb: the one that moves the most in this view.
    pub dock: fn() -> Option<AnyView>,
}

/// All views in the order of the head.
pub const VIEWS: &[View] = &[data::VIEW, blend::VIEW, correlation::VIEW, capital::VIEW, backtest::VIEW, risk::VIEW];

/// The view that an address without one shows.
pub const FIRST: &str = "blend";

/// The place of a view in [`VIEWS`].
pub fn place_of(id: &str) -> Option<usize> {
    VIEWS.iter().position(|view| view.id == id)
}

/// No number in reach.
pub fn no_dock() -> Option<AnyView> {
    None
}

/// Nothing to draw attention to.
pub fn no_badge(_: &Model) -> Badge {
    Badge::default()
}
