//! How spread the allocation is.

use crate::app::App;
use crate::state::number::fixed;
use leptos::prelude::*;

/// A short list of figures.
#[component]
pub fn Diversification() -> impl IntoView {
    let blend = App::here().blend;
    view! {
        <section class="panel" aria-labelledby="diversification-title">
            <h2 id="diversification-title">"Diversification"</h2>
            {move || blend.get().map(|blend| view! {
                <dl class="figures">
                    {blend.diversification.iter().map(|(label, value)| view! {
                        <div>
                            <dt>{*label}</dt>
                            <dd>{value.map_or_else(|| String::from("unknown"), |value| fixed(value, 2))}</dd>
                        </div>
                    }).collect_view()}
                </dl>
            })}
        </section>
    }
}
