//! Risk: what the overlay would have done to these weights, and whether a risk officer would sign it.

use super::{Badge, Columns, View};
use crate::component::refusals::Refusals;
use crate::component::risk::overlay::DialSlider;
use crate::component::risk::{
    Audit, Desk, Events, Lanes, Overlay, Protection, ProtectionReport, RegimeTime, Sleeves, TakeAway, Thresholds, Tuning,
};
use crate::later::{Fetched, elsewhere};
use crate::state::model::Model;
use crate::state::risk::VIEW_ID;
use crate::state::risk::dial::Dial;
use crate::state::risk::question::Source;
use allocator_core::overlay::verdict::Verdict;
use allocator_core::wire::Json;
use leptos::prelude::*;

/// The view.
pub const VIEW: View =
    View { id: VIEW_ID, title: "Risk", counts: ["failed rule", "failed rules"], badge, columns: elsewhere!(columns) };

#[cfg_attr(feature = "split", wasm_split_helpers::wasm_split(later, fallible))]
fn columns() -> Fetched<Columns> {
    Ok(Columns {
        inputs: || view! { <Overlay/> <Thresholds/> <Sleeves/> <Protection/> <RegimeTime/> }.into_any(),
        centre: || {
            // Loaded weights are audited as they are, whatever the blend has for signals.
            let source = Desk::here().source;
            let unallocated = Signal::derive(move || source.with(|source| *source == Some(Source::Weights)));
            view! { <Refusals unallocated/> <Lanes/> <Tuning/> }.into_any()
        },
        reasons: || view! { <Audit/> <ProtectionReport/> <TakeAway/> <Events/> }.into_any(),
        dock: || Some(view! { <DialSlider dial=Dial::VolAccel place="dock"/> }.into_any()),
    })
}

fn badge(model: &Model) -> Badge {
    let answer = model.slots.get(VIEW_ID).and_then(|slot| slot.answer.as_ref());
    let rules = answer.and_then(|answer| answer.get("verdicts")?.as_array()).unwrap_or_default();
    let failed = |rule: &&Json| rule.get("verdict").and_then(Json::as_str) == Some(Verdict::Fail.as_str());
    Badge { count: rules.iter().filter(failed).count(), bad: false }
}
