//! Capital: how much each strategy gets by every method, under which limits, and what a limit costs.

use super::{Columns, View, no_badge};
use crate::component::capital::contributions::Contributions;
use crate::component::capital::desk::Desk;
use crate::component::capital::dials::{Estimators, PortfolioLimits};
use crate::component::capital::elsewhere::Elsewhere;
use crate::component::capital::frontier::FrontierChart;
use crate::component::capital::groups::GroupLimits;
use crate::component::capital::limits::StrategyLimits;
use crate::component::capital::methods::Methods;
use crate::component::capital::reasons::{AgainstUsed, WhyWeights};
use crate::component::capital::refusal::CapitalRefusal;
use crate::component::capital::what_if::WhatIf;
use crate::component::notices::Notices;
use crate::later::{Fetched, elsewhere};
use crate::state::capital::settings::VIEW as ID;
use leptos::prelude::*;

/// The view.
pub const VIEW: View =
    View { id: ID, title: "Capital", counts: ["note", "notes"], badge: no_badge, columns: elsewhere!(columns) };

#[cfg_attr(feature = "split", wasm_split_helpers::wasm_split(later, fallible))]
fn columns() -> Fetched<Columns> {
    Ok(Columns {
        inputs: || {
            Desk::provide();
            view! { <StrategyLimits/> <GroupLimits/> <PortfolioLimits/> <Estimators/> }.into_any()
        },
        centre: || {
            Desk::provide().ask();
            view! {
                <CapitalRefusal/>
                <Methods/>
                <div class="capital-grid">
                    <Contributions/>
                    <FrontierChart/>
                </div>
                <WhatIf/>
            }
            .into_any()
        },
        reasons: || {
            Desk::provide();
            view! { <WhyWeights/> <AgainstUsed/> <Elsewhere/> <Notices/> }.into_any()
        },
        dock: super::no_dock,
    })
}
