//! Who brings how much of the risk: the share in the capital beside the share in the variance.

use super::desk::Desk;
use crate::browser;
use crate::component::cells::{TagMark, Total, colour};
use crate::component::panel::PanelHead;
use crate::frame::Frame;
use crate::state::capital::answer::Outcome;
use crate::state::capital::method::label;
use crate::state::explain::foots;
use crate::state::export::field;
use crate::state::number::percent;
use crate::state::tag::Tag;
use leptos::prelude::*;
use std::fmt::Write as _;

/// The table with bars.
#[component]
pub fn Contributions() -> impl IntoView {
    let (desk, frame) = (Desk::here(), Frame::here());
    let scope = Signal::derive(move || desk.settings.with(|settings| label(settings.looked()).to_owned()));
    let download = Callback::new(move |()| {
        if let Some(answer) = desk.looked.get_untracked() {
            browser::save("risk-contributions.csv", "text/csv", &csv(&answer.outcome));
        }
    });
    view! {
        <section class="panel" aria-labelledby="contributions-title">
            <PanelHead id="contributions-title" title=Signal::derive(|| String::from("Risk contributions")) scope=scope twin=frame.tables download=download/>
            {move || desk.looked.get().map(|answer| table(&answer.outcome, &desk.tags.get(), frame.tables.get()))}
        </section>
    }
}

fn csv(outcome: &Outcome) -> String {
    let mut text = String::from("strategy,weight,risk_contribution\n");
    for row in &outcome.rows {
        let risk = row.risk.map_or_else(String::new, |risk| risk.to_string());
        // Writing into a string cannot fail.
        let _ = writeln!(text, "{},{},{risk}", field(&row.strategy), row.weight);
    }
    text
}

fn table(outcome: &Outcome, tags: &[Tag], plain: bool) -> impl IntoView + use<> {
    let gross = outcome.figures.gross;
    let held = outcome.rows.iter().filter(|row| row.weight > 0.0).count();
    if held == 0 {
        return view! { <p class="say">"Nothing is placed, so nothing brings risk."</p> }.into_any();
    }
    let share = |weight: f64| if gross > 0.0 { weight / gross } else { 0.0 };
    let top = outcome.rows.iter().map(|row| row.risk.unwrap_or(0.0).max(share(row.weight))).fold(0.0, f64::max);
    let wide = move |value: f64| format!("{:.2}%", if top > 0.0 { (value / top).clamp(0.0, 1.0) * 100.0 } else { 0.0 });
    let equal = wide(1.0 / held as f64);
    let lines = outcome
        .rows
        .iter()
        .zip(tags)
        .map(|(row, tag)| {
            let capital = share(row.weight);
            let risk = row.risk;
            let own = format!("risk-bar {}", colour(tag));
            let equal = equal.clone();
            view! {
                <tr>
                    <th scope="row"><TagMark tag=tag.clone()/><span class="name">{tag.name()}</span></th>
                    <td class="number faint">{percent(capital)}</td>
                    {(!plain).then(|| view! {
                        <td class="contribution"><div aria-hidden="true">
                            <i class="capital-bar" style:width=wide(capital)></i>
                            <i class=own style:width=wide(risk.unwrap_or(0.0))></i>
                            <i class="equal" style:left=equal></i>
                        </div></td>
                    })}
                    <td class="number strong">{risk.map_or_else(|| String::from("unknown"), percent)}</td>
                </tr>
            }
        })
        .collect_view();
    let known = outcome.rows.iter().all(|row| row.risk.is_some());
    let capital_foots = foots(outcome.rows.iter().map(|row| share(row.weight)), 1.0);
    let risk_foots = foots(outcome.rows.iter().filter_map(|row| row.risk), 1.0);
    view! {
        <table class="sheet striped contributions" data-testid="contributions">
            <caption class="hidden">"Share of each strategy in what is invested and in the variance of the whole, in per cent"</caption>
            <thead><tr>
                <th scope="col">"Strategy"</th>
                <th scope="col" class="number">"Capital %"</th>
                {(!plain).then(|| view! { <th scope="col" class="contribution-key" aria-hidden="true"><i class="capital-bar"></i>"capital"<i class="risk-bar"></i>"risk"<i class="equal"></i>"equal risk"</th> })}
                <th scope="col" class="number">"Risk %"</th>
            </tr></thead>
            <tbody>{lines}</tbody>
            <tfoot><tr>
                <th scope="row">"Total"</th>
                <td class="number"><Total value=1.0 foots=capital_foots/></td>
                {(!plain).then(|| view! { <td></td> })}
                <td class="number">{known.then(|| view! { <Total value=1.0 foots=risk_foots/> })}</td>
            </tr></tfoot>
        </table>
    }
    .into_any()
}
