//! Blend: the final weights, which strategy put what into them, and what the caps did.

use super::{Columns, View, no_badge};
use crate::component::caps::Caps;
use crate::component::diversification::Diversification;
use crate::component::downloads::Downloads;
use crate::component::explain::Explain;
use crate::component::heat::Heat;
use crate::component::notices::Notices;
use crate::component::parameters::{Limits, Method, ParameterSlider};
use crate::component::refusals::Refusals;
use crate::component::strategies::Strategies;
use crate::component::weights::Weights;
use crate::later::{Code, Fetched};
use crate::state::parameter::Parameter;
use leptos::prelude::*;

/// The view.
pub const VIEW: View =
    View { id: "blend", title: "Blend", counts: ["note", "notes"], badge: no_badge, columns: Code::Here(columns) };

fn columns() -> Fetched<Columns> {
    Ok(Columns {
        inputs: || view! { <Strategies/> <Method/> <Limits/> }.into_any(),
        centre: || {
            view! {
                <Refusals/>
                <div class="blend-grid">
                    <Weights/>
                    <div>
                        <Caps/>
                        <Diversification/>
                    </div>
                    <div class="wide"><Heat/></div>
                </div>
            }
            .into_any()
        },
        reasons: || view! { <Explain/> <Notices/> <Downloads/> }.into_any(),
        dock: || Some(view! { <ParameterSlider parameter=Parameter::StrategyCap place="dock"/> }.into_any()),
    })
}
