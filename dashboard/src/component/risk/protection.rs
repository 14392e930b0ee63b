//! Protection bought in Stress and Crisis: its settings, and what it would have cost and paid.

use super::desk::Desk;
use super::overlay::DialSlider;
use crate::state::number::{counted, fixed};
use crate::state::risk::dial::Dial;
use crate::state::risk::report::Protection as Report;
use leptos::prelude::*;

/// Whether it is looked at, and its numbers.
#[component]
pub fn Protection() -> impl IntoView {
    let desk = Desk::here();
    let on = Memo::new(move |_| desk.settings.with(|settings| settings.audit.convexity.enabled));
    view! {
        <section class="panel" aria-labelledby="protection-title">
            <div class="input-head">
                <h2 id="protection-title">"Protection"</h2>
                <span class="quiet">{move || if on.get() { "looked at" } else { "off" }}</span>
            </div>
            <p class="check">
                <input
                    type="checkbox"
                    id="risk-protection"
                    prop:checked=on
                    on:change=move |event| {
                        let checked = event_target_checked(&event);
                        desk.change_once("protection", |settings| settings.audit.convexity.enabled = checked);
                    }
                />
                <label for="risk-protection">"Try puts on the portfolio in Stress and Crisis"</label>
            </p>
            {move || on.get().then(|| Dial::PROTECTION.map(|dial| view! { <DialSlider dial/> }))}
        </section>
    }
}

/// What it would have done, where it was asked for.
#[component]
pub fn ProtectionReport() -> impl IntoView {
    let desk = Desk::here();
    let found = Memo::new(move |_| desk.report.with(|report| report.as_ref().and_then(|report| report.protection.clone())));
    move || found.get().map(|report| told(&report))
}

fn told(report: &Report) -> impl IntoView + use<> {
    let percent = |value: Option<f64>| value.map_or_else(|| String::from("unknown"), |value| fixed(value * 100.0, 2));
    let [premium, payoff] = report.yearly.map(percent);
    let (class, word) = if report.adopted { ("verdict pass", "Adopted") } else { ("verdict none", "Off") };
    let why = if report.adopted {
        String::from("Every tail figure is better with it.")
    } else {
        let failing = report.note.trim_start_matches("off: no better in ");
        let names = failing.split(", ").map(|name| match name {
            "cvar" => "the mean of the worst days",
            "max_drawdown" => "the drawdown",
            "worst_month" => "the worst month",
            other => other,
        });
        format!("No better in {}.", names.collect::<Vec<_>>().join(", "))
    };
    let rows = report
        .figures
        .iter()
        .map(|(label, [without, with])| {
            view! {
                <tr>
                    <th scope="row">{*label}</th>
                    <td class="number faint">{percent(*without)}</td>
                    <td class="number strong">{percent(*with)}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <section class="panel" aria-labelledby="protection-report-title" data-testid="protection">
            <header class="panel-head"><h2 id="protection-report-title">"Protection"</h2><p class="scope">"a model, not a quote"</p></header>
            <p class="verdict-line"><span class=class>{word}</span><span>{why}</span></p>
            <table class="sheet small striped">
                <caption class="hidden">"Tail figures of the scaled run, without and with protection"</caption>
                <thead><tr>
                    <th scope="col"><span class="hidden">"Figure"</span></th>
                    <th scope="col" class="number">"Without"</th>
                    <th scope="col" class="number">"With"</th>
                </tr></thead>
                <tbody>{rows}</tbody>
            </table>
            <p class="say">{format!("{}; premium {premium} % and payoff {payoff} % of equity a year.", counted(report.pieces, "piece", "pieces"))}</p>
        </section>
    }
}
