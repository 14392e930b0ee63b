//! Correlation: which strategies move together, since when, and how sure that is.

use super::{Badge, Columns, View};
use crate::component::clusters::Clusters;
use crate::component::correlation::Correlation;
use crate::component::notices::Notices;
use crate::component::pair::PairExplained;
use crate::component::pair_list::PairList;
use crate::component::parameters::{Alerts, Measure, ParameterSlider, WhenAlerting};
use crate::component::refusals::Refusals;
use crate::component::rolling::RollingChart;
use crate::component::strategies::Strategies;
use crate::later::{Fetched, elsewhere};
use crate::state::model::Model;
use crate::state::parameter::Parameter;
use leptos::prelude::*;

/// The view.
pub const VIEW: View =
    View { id: "correlation", title: "Correlation", counts: ["alert", "alerts"], badge, columns: elsewhere!(columns) };

#[cfg_attr(feature = "split", wasm_split_helpers::wasm_split(later, fallible))]
fn columns() -> Fetched<Columns> {
    Ok(Columns {
        inputs: || view! { <Strategies/> <Measure/> <Alerts/> <WhenAlerting/> }.into_any(),
        centre: || {
            view! {
                <Refusals/>
                <div class="correlation-grid">
                    <Correlation/>
                    <Clusters/>
                    <div class="wide"><RollingChart/></div>
                </div>
            }
            .into_any()
        },
        reasons: || view! { <PairExplained/> <PairList/> <Notices/> }.into_any(),
        dock: || Some(view! { <ParameterSlider parameter=Parameter::AlertAbove place="dock"/> }.into_any()),
    })
}

fn badge(model: &Model) -> Badge {
    Badge { count: model.blend.as_ref().map_or(0, |blend| blend.alerts.len()), bad: false }
}
