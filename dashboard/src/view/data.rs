//! Data: which files there are, how they were read, and what stops them.

use super::{Badge, View};
use crate::component::files::Files;
use crate::component::mapping::Mapping;
use crate::component::notices::Notices;
use crate::component::problems::Problems;
use crate::component::refusals::Refusals;
use crate::state::model::Model;
use leptos::prelude::*;

/// The view.
pub const VIEW: View = View {
    id: "data",
    title: "Data",
    counts: ["problem", "problems"],
    badge,
    inputs: || view! { <Files/> }.into_any(),
    centre: || view! { <Refusals/> <Mapping/> }.into_any(),
    reasons: || view! { <Problems/> <Notices/> }.into_any(),
};

fn badge(model: &Model) -> Badge {
    let count = model.refused_files().map(|(_, problem)| problem.count() as usize).sum();
    Badge { count, bad: true }
}
