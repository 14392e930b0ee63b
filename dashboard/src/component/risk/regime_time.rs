//! How long each regime lasted.

use super::desk::Desk;
use crate::state::number::{count, fixed};
use crate::state::risk::settings::{regime_height, regime_name, regime_token};
use leptos::prelude::*;

/// Days and share of each regime.
#[component]
pub fn RegimeTime() -> impl IntoView {
    let desk = Desk::here();
    view! {
        {move || desk.report.get().map(|report| view! {
            <section class="panel" aria-labelledby="regime-time-title">
                <div class="input-head"><h2 id="regime-time-title">"Time in regimes"</h2></div>
                <table class="sheet regime-time" data-testid="regime-time">
                    <caption class="hidden">"Days by regime"</caption>
                    <thead><tr>
                        <th scope="col">"Regime"</th>
                        <th scope="col" class="number">"Days"</th>
                        <th scope="col" class="number">"%"</th>
                    </tr></thead>
                    <tbody>{report.shares.iter().map(|row| view! {
                        <tr>
                            <th scope="row"><span class="regime-mark" class:none=row.regime.is_none() style:--tall=regime_height(row.regime).to_string() style:background=format!("var({})", regime_token(row.regime)) aria-hidden="true"></span>{regime_name(row.regime)}</th>
                            <td class="number strong">{count(row.days)}</td>
                            <td class="number faint">{fixed(row.share * 100.0, 1)}</td>
                        </tr>
                    }).collect_view()}</tbody>
                </table>
            </section>
        })}
    }
}
