//! Why the newest settings have no split, in the place of a new result; and what is missing where there is none at all.

use super::desk::Desk;
use crate::component::faults::Faults;
use crate::frame::Frame;
use leptos::prelude::*;

/// Refusals, and the empty state.
#[component]
pub fn CapitalRefusal() -> impl IntoView {
    let (desk, frame) = (Desk::here(), Frame::here());
    // Without returns there is nothing to refuse: something is missing.
    let missing = Memo::new(move |_| {
        desk.problem.with(|problem| {
            problem
                .as_ref()
                .is_some_and(|problem| problem.faults.iter().any(|fault| fault.path == "/returns" && fault.code == "empty"))
        })
    });
    view! {
        <div role="alert" class="refusals" data-testid="capital-refusals">
            {move || desk.problem.get().map(|problem| if missing.get() {
                view! {
                    <section class="refusal">
                        <h2>"No returns of strategies are loaded"</h2>
                        <p>"Capital is split by what strategies earned. Add a file with a date column and one column of returns for each strategy."</p>
                        <p class="buttons"><button type="button" class="button" on:click=move |_| frame.go_to("data")>"Add a file"</button></p>
                    </section>
                }.into_any()
            } else {
                view! {
                    <section class="refusal">
                        <h2>"These settings give no split"</h2>
                        {desk.looked.with_untracked(Option::is_some).then(|| view! { <p>"What is shown below is the former result."</p> })}
                        <Faults problem limit=5/>
                    </section>
                }.into_any()
            })}
        </div>
    }
}
