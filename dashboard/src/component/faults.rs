//! A list of faults: what is wrong, where, and the mend.

use crate::state::number;
use crate::state::problem::{Fault, Problem};
use leptos::prelude::*;

/// Faults shown before the rest is only counted.
const SHOWN: usize = 50;

/// All faults of a problem.
#[component]
pub fn Faults(
    /// What was refused.
    problem: Problem,
    /// How many to show at most.
    #[prop(default = SHOWN)]
    limit: usize,
) -> impl IntoView {
    let more = problem.count().saturating_sub(problem.faults.len().min(limit) as u64);
    view! {
        <ul class="faults">
            {problem.faults.into_iter().take(limit).map(|fault| view! { <FaultLine fault/> }).collect_view()}
        </ul>
        {(more > 0).then(|| view! { <p class="quiet">{format!("… and {} more.", number::count(more))}</p> })}
    }
}

/// One fault.
#[component]
pub fn FaultLine(
    /// The fault.
    fault: Fault,
) -> impl IntoView {
    let has_place = !fault.path.is_empty() || !fault.code.is_empty();
    view! {
        <li>
            <strong>{fault.message}</strong>
            " "
            <span>{fault.hint}</span>
            {has_place.then(|| view! { <span class="place"><code>{fault.path}</code><code>{fault.code}</code></span> })}
        </li>
    }
}
