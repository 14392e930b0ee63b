//! The efficient frontier under the limits, with the methods beside it.

use super::desk::Desk;
use super::methods::look_at_label;
use crate::chart::{Act, EChart};
use crate::figure::Figure;
use crate::state::capital::frontier::figure;
use crate::state::number::counted;
use allocator_core::wire::Json;
use leptos::prelude::*;

/// The chart.
#[component]
pub fn FrontierChart() -> impl IntoView {
    let desk = Desk::here();
    let chart = Memo::new(move |_| {
        let tried = desk.tried.get();
        let figures = tried.as_ref().map(|answer| &answer.outcome.figures);
        desk.beside.with(|answer| {
            answer
                .as_ref()
                .map_or_else(Figure::default, |answer| desk.settings.with(|settings| figure(answer, settings, figures)))
        })
    });
    let drawn = Memo::new(move |_| desk.beside.with(Option::is_some));
    let label = Signal::derive(move || {
        desk.beside.with(|answer| {
            answer.as_ref().map_or_else(String::new, |answer| {
                format!("Expected return against volatility, % a year, {}", counted(answer.outcome.figures.n, "date", "dates"))
            })
        })
    });
    let note = Memo::new(move |_| {
        desk.beside.with(|answer| {
            let answer = answer.as_ref()?;
            Some(match answer.frontier.len() {
                0 => format!("The frontier is unknown. {}", answer.frontier_unknown),
                1 => String::from("The limits leave one portfolio: the frontier is one point."),
                _ => String::from("The curve is the most return for each volatility that the limits allow. Means are uncertain: its right end is a bet."),
            })
        })
    });
    let on_act = Callback::new(move |act: Act| {
        if let Act::Click(json) = act
            && let Some(name) = json.get("name").and_then(Json::as_str)
        {
            look_at_label(desk, name);
        }
    });
    view! {
        <section class="panel" aria-labelledby="frontier-title" data-testid="frontier">
            <header class="panel-head"><h2 id="frontier-title">"Efficient frontier"</h2><p class="scope">"under these limits"</p></header>
            {move || drawn.get().then(|| view! { <EChart name="Efficient frontier" label=label figure=chart height=290 on_act=on_act/> })}
            <p class="say">{note}</p>
        </section>
    }
}
