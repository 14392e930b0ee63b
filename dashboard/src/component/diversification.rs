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
            <div class="panel-head"><h2 id="diversification-title">"Diversification"</h2></div>
            {move || blend.get().map(|blend| {
                let of = blend.strategies.len();
                view! {
                    <dl class="figures">
                        {blend.diversification.iter().map(|(label, value)| {
                            let effective = label.starts_with("Effective");
                            view! {
                                <div>
                                    <dt>{*label}</dt>
                                    <dd>
                                        {value.map_or_else(|| view! { <span class="unknown">"unknown"</span> }.into_any(), |value| fixed(value, 2).into_any())}
                                        {(effective && value.is_some()).then(|| view! { <small>{format!("of {of}")}</small> })}
                                    </dd>
                                </div>
                            }
                        }).collect_view()}
                    </dl>
                }
            })}
        </section>
    }
}
