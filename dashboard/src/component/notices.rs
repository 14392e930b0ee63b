//! What deserves attention: alerts, warnings, and what happened to the page itself.

use super::faults::FaultLine;
use crate::app::App;
use crate::state::model::{Event, Severity};
use crate::state::number::fixed;
use leptos::prelude::*;

/// Notices, alerts and warnings.
#[component]
pub fn Notices() -> impl IntoView {
    let app = App::here();
    let notices = app.memo(|model| model.notices.clone());
    view! {
        <section class="panel" aria-labelledby="notices-title">
            <header class="panel-head">
                <h2 id="notices-title">"Notices"</h2>
                <p class="quiet">{move || app.blend.get().map(|blend| format!(
                    "{}, {}",
                    crate::state::number::counted(blend.alerts.len() as u64, "alert", "alerts"),
                    crate::state::number::counted(blend.warnings.len() as u64, "warning", "warnings"),
                ))}</p>
            </header>
            <ul class="notices" data-testid="notices">
                {move || notices.get().into_iter().enumerate().map(|(index, notice)| view! {
                    <li class=if notice.severity == Severity::Warning { "warning" } else { "note" }>
                        <strong>{notice.title}</strong>
                        <p>{notice.detail}</p>
                        <button type="button" class="link" on:click=move |_| app.dispatch(Event::Dismissed(index))>"Dismiss"</button>
                    </li>
                }).collect_view()}
                {move || app.blend.get().map(|blend| blend.alerts.iter().map(|alert| view! {
                    <li class="warning" data-testid="alert">
                        <strong>{format!("{} and {} move together", alert.pair[0], alert.pair[1])}</strong>
                        <p>{format!("ρ {} over {} shared days, above {}.", fixed(alert.value, 2), alert.n, fixed(alert.threshold, 2))}</p>
                    </li>
                }).collect_view())}
            </ul>
            {move || app.blend.get().map(|blend| view! {
                <ul class="faults" data-testid="warnings">
                    {blend.warnings.iter().cloned().map(|fault| view! { <FaultLine fault/> }).collect_view()}
                </ul>
            })}
        </section>
    }
}
