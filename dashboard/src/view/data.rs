//! Data: which files there are, how they were read, and what stops them.

use super::{Badge, Columns, View};
use crate::component::address::Address;
use crate::component::files::Files;
use crate::component::how_read::HowRead;
use crate::component::mapping::Mapping;
use crate::component::notices::Notices;
use crate::component::preview::Preview;
use crate::component::problems::Problems;
use crate::component::refusals::Refusals;
use crate::component::runs::Runs;
use crate::component::stream::Stream;
use crate::later::{Fetched, elsewhere};
use crate::live::Live;
use crate::state::model::Model;
use crate::state::progress::FILE_BYTES_READ_MAX;
use leptos::prelude::*;

/// The view.
pub const VIEW: View = View { id: "data", title: "Data", counts: ["problem", "problems"], badge, columns: elsewhere!(columns) };

#[cfg_attr(feature = "split", wasm_split_helpers::wasm_split(later, fallible))]
fn columns() -> Fetched<Columns> {
    Ok(Columns {
        inputs: || view! { <Files/> <HowRead/> <More/> }.into_any(),
        centre: || view! { <Refusals/> <Mapping/> <Preview/> }.into_any(),
        reasons: || view! { <Problems/> <Notices/> }.into_any(),
        dock: super::no_dock,
    })
}

fn badge(model: &Model) -> Badge {
    let count = model.refused_files().map(|(_, problem)| problem.count() as usize).sum();
    Badge { count, bad: true }
}

/// Where data may come from besides this machine.
#[component]
fn More() -> impl IntoView {
    view! {
        <section class="panel" aria-labelledby="more-data">
            <div class="input-head"><h2 id="more-data">"From elsewhere"</h2></div>
            <Address limit=FILE_BYTES_READ_MAX/>
            <Runs/>
            {use_context::<Live>().map(|live| view! { <Stream live/> })}
        </section>
    }
}
