//! Threshold tuning for behaviour, judged out of sample.

use super::desk::Desk;
use crate::component::faults::Faults;
use crate::component::panel::PanelHead;
use crate::state::number::{count, fixed, local_date};
use crate::state::risk::settings::regime_name;
use crate::state::risk::tuning::{Behaviour, Tuning as Report};
use allocator_core::config::risk::{Regime, RegimeThresholds};
use allocator_core::config::tune::TuneConfig;
use leptos::prelude::*;

/// The panel: a button, and its report.
#[component]
pub fn Tuning() -> impl IntoView {
    let desk = Desk::here();
    let ready = Memo::new(move |_| desk.report.with(|report| report.as_ref().is_some_and(|report| !report.is_unknown())));
    let busy = Memo::new(move |_| desk.tune_standing.with(|standing| standing.busy));
    let scope = Signal::derive(move || {
        desk.tuning.with(|tuning| {
            tuning.as_ref().map_or_else(String::new, |tuning| format!("{} combinations tried", count(tuning.tried)))
        })
    });
    // What the question asks for beside the present thresholds.
    let wanted = TuneConfig::default();
    view! {
        <section class="panel" aria-labelledby="tuning-title" data-testid="tuning">
            <PanelHead id="tuning-title" title=Signal::stored(String::from("Tune the thresholds")) scope=scope>
                <button
                    type="button"
                    class="button"
                    prop:disabled=move || !ready.get() || busy.get()
                    on:click=move |_| desk.tune()
                >{move || if busy.get() { "Searching …" } else { "Search" }}</button>
            </PanelHead>
            <p class="say">{format!(
                "For behaviour, not for returns: at most {} transitions a year, days near {} % from Normal to Crisis, known stress windows flagged. Each fold is judged with thresholds chosen on what lies before it.",
                fixed(wanted.transitions_max, 0),
                wanted.shares.by_level().map(|share| fixed(share * 100.0, 0)).join(", "),
            )}</p>
            {move || desk.tune_standing.get().problem.map(|problem| view! {
                <div class="refusal" role="alert"><h2>"The search is refused"</h2><Faults problem limit=3/></div>
            })}
            {move || desk.tuning.get().map(|tuning| found(&desk, &tuning))}
        </section>
    }
}

fn found(desk: &Desk, tuning: &Report) -> impl IntoView + use<> {
    let desk = *desk;
    let best = tuning.best.clone();
    let same =
        best.as_ref().is_some_and(|(thresholds, _)| desk.settings.with(|settings| settings.audit.risk.thresholds == *thresholds));
    let advised = tuning.advised;
    let word = if advised { "Advised" } else { "Not advised" };
    let folds = tuning
        .folds
        .iter()
        .map(|fold| {
            view! {
                <tr>
                    <th scope="row">{format!("{} to {}", local_date(&fold.span.0), local_date(&fold.span.1))}</th>
                    <td class="number">{fixed(fold.present, 3)}</td>
                    <td class="number" class:strong=fold.chosen < fold.present>{fixed(fold.chosen, 3)}</td>
                </tr>
            }
        })
        .collect_view();
    let rows = behaviours(&tuning.present, best.as_ref().map(|(_, behaviour)| behaviour));
    let thresholds = best.as_ref().map(|(thresholds, _)| entries(thresholds));
    view! {
        <p class="verdict-line">
            <span class=if advised { "verdict pass" } else { "verdict none" } data-testid="tuning-advice">{word}</span>
            <span>{sentence(&tuning.note)}</span>
        </p>
        <div class="tuning-grid">
            <div class="scroll" tabindex="0" role="region" aria-label="Behaviour over the whole history">
            <table class="sheet small striped">
                <caption>"Whole history"</caption>
                <thead><tr><th scope="col">"Behaviour"</th><th scope="col" class="number">"Present"</th><th scope="col" class="number">"Best found"</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
            </div>
            <div class="scroll" tabindex="0" role="region" aria-label="Loss out of sample">
            <table class="sheet small striped" data-testid="folds">
                <caption>"Loss out of sample"</caption>
                <thead><tr><th scope="col">"Fold"</th><th scope="col" class="number">"Present"</th><th scope="col" class="number">"Chosen before"</th></tr></thead>
                <tbody>{folds}</tbody>
                <tfoot><tr><th scope="row">"Mean"</th><td class="number">{fixed(tuning.losses.1, 3)}</td><td class="number">{fixed(tuning.losses.0, 3)}</td></tr></tfoot>
            </table>
            </div>
        </div>
        {thresholds.map(|text| view! { <p class="say">{text}</p> })}
        {best.map(|(thresholds, _)| {
            let thresholds = StoredValue::new(thresholds);
            view! {
                <p class="buttons">
                    <button
                        type="button"
                        class="button"
                        prop:disabled=same
                        on:click=move |_| desk.change_once("tuned thresholds", |settings| settings.audit.risk.thresholds = thresholds.get_value())
                    >"Use these thresholds"</button>
                    {(!advised && !same).then(|| view! { <span class="quiet">"They fit the past better, and did not do better on what came after."</span> })}
                </p>
            }
        })}
    }
}

/// The note as a sentence.
fn sentence(note: &str) -> String {
    let mut letters = note.chars();
    let text: String = letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect());
    format!("{}.", text.trim_end_matches('.'))
}

fn entries(thresholds: &RegimeThresholds) -> String {
    format!(
        "Best found: volatility acceleration {}, correlation shock {}, drawdown {}, slope {}.",
        fixed(thresholds.vol_accel_enter, 2),
        fixed(thresholds.corr_shock_enter, 3),
        fixed(thresholds.dd_enter, 2),
        fixed(thresholds.dd_slope_enter, 2),
    )
}

fn behaviours(present: &Behaviour, best: Option<&Behaviour>) -> impl IntoView + use<> {
    let percent = |share: f64| format!("{} %", fixed(share * 100.0, 1));
    let windows = |of: &Behaviour| format!("{} of {}", of.windows.0, of.windows.1);
    let wanted = TuneConfig::default().shares.by_level();
    let label =
        |place: usize| format!("{}, wanted {} %", regime_name(Some(Regime::of_level(place))), fixed(wanted[place] * 100.0, 0));
    let row = |label: String, of: &dyn Fn(&Behaviour) -> String| {
        view! {
            <tr>
                <th scope="row">{label}</th>
                <td class="number">{of(present)}</td>
                <td class="number">{best.map_or_else(|| String::from("none"), of)}</td>
            </tr>
        }
    };
    [
        row(String::from("Loss"), &|of| fixed(of.loss, 3)),
        row(String::from("Transitions a year"), &|of| fixed(of.transitions, 1)),
        row(label(0), &|of| percent(of.shares[0])),
        row(label(1), &|of| percent(of.shares[1])),
        row(label(2), &|of| percent(of.shares[2])),
        row(label(3), &|of| percent(of.shares[3])),
        row(String::from("Stress windows flagged"), &windows),
    ]
    .collect_view()
}
