//! Backtest: what the strategies would have earned, held, traded and cost; and the editor in which formulas become strategies.

use super::{Badge, Columns, View};
use crate::component::backtest::{
    Curves, Earned, Figures, Held, Months, PeriodBar, RunNotes, Standing, Steps, Strategies, Take, Trades, Trading,
};
use crate::component::notices::Notices;
use crate::component::refusals::Refusals;
use crate::later::{Fetched, elsewhere};
use crate::state::model::Model;
use leptos::prelude::*;

/// The view.
pub const VIEW: View =
    View { id: "backtest", title: "Backtest", counts: ["refusal", "refusals"], badge, columns: elsewhere!(columns) };

#[cfg_attr(feature = "split", wasm_split_helpers::wasm_split(later, fallible))]
fn columns() -> Fetched<Columns> {
    Ok(Columns {
        inputs: || view! { <Strategies/> <Held/> <Trading/> }.into_any(),
        centre: || {
            view! {
                <Refusals/>
                <Standing/>
                <PeriodBar/>
                <Curves/>
                <div class="backtest-grid">
                    <Months/>
                    <Steps/>
                </div>
                <Trades/>
            }
            .into_any()
        },
        reasons: || view! { <Figures/> <Earned/> <RunNotes/> <Take/> <Notices/> }.into_any(),
        dock: super::no_dock,
    })
}

fn badge(model: &Model) -> Badge {
    let refused = model.slots.get("backtest").is_some_and(|slot| slot.problem.is_some());
    Badge { count: usize::from(refused), bad: true }
}
