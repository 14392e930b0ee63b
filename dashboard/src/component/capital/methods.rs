//! Methods side by side: what each would give every strategy on the same data under the same limits.

use super::choose::ChooseMethods;
use super::desk::Desk;
use crate::browser;
use crate::component::cells::{TagMark, colour};
use crate::component::panel::PanelHead;
use crate::state::capital::answer::{Answer, Outcome, moved};
use crate::state::capital::export;
use crate::state::capital::method::{formula, label, meaning, status};
use crate::state::capital::settings::{CapitalSettings, End, Weights};
use crate::state::number::{counted, fixed, percent};
use crate::state::tag::Tag;
use allocator_core::config::capital::CapitalMethod;
use allocator_core::wire::Choice as _;
use leptos::prelude::*;

/// The table.
#[component]
pub fn Methods() -> impl IntoView {
    let desk = Desk::here();
    let choosing = RwSignal::new(false);
    let scope = Signal::derive(move || {
        let n = desk.beside.with(|answer| answer.as_ref().map_or(0, |answer| answer.outcome.figures.n));
        if n == 0 {
            String::from("weights in %")
        } else {
            format!("weights in %, same {} and limits", counted(n, "date", "dates"))
        }
    });
    let download = Callback::new(move |()| {
        if let Some(answer) = desk.beside.get_untracked() {
            let grid = desk.settings.with_untracked(|settings| export::methods(&answer, settings));
            browser::save("capital-methods.csv", "text/csv", &grid.to_csv());
        }
    });
    let looked = Memo::new(move |_| desk.settings.with(CapitalSettings::looked));
    let words = move || {
        let method = looked.get();
        let formula = formula(method);
        view! {
            <b>{label(method)}": "</b>{meaning(method)}
            {(!formula.is_empty()).then(|| view! { <span class="formula">{formula}</span> })}
        }
    };
    view! {
        <section class="panel" aria-labelledby="methods-title">
            <PanelHead id="methods-title" title=Signal::derive(|| String::from("Methods side by side")) scope=scope download=download>
                <button type="button" class="link" aria-haspopup="dialog" on:click=move |_| choosing.set(true)>"Choose methods"</button>
            </PanelHead>
            {move || match desk.beside.get() {
                Some(answer) => desk.settings.with(|settings| table(desk, &answer, settings, &desk.tags.get())).into_any(),
                None if desk.problem.with(Option::is_some) => ().into_any(),
                None => view! { <p class="say">"Working …"</p> }.into_any(),
            }}
            <p class="say method-words">{words}</p>
            <ChooseMethods open=choosing/>
        </section>
    }
}

fn table(desk: Desk, answer: &Answer, settings: &CapitalSettings, tags: &[Tag]) -> impl IntoView + use<> {
    let rows = settings.rows();
    let used = answer.of(settings.used).map(Outcome::weights);
    let top = rows
        .iter()
        .filter_map(|method| answer.of(*method))
        .flat_map(|outcome| outcome.rows.iter().map(|row| row.weight))
        .fold(0.0, f64::max);
    let lines = rows
        .into_iter()
        .filter_map(|method| answer.of(method))
        .map(|outcome| line(desk, outcome, settings, tags, used.as_ref(), top))
        .collect_view();
    let heads = tags.iter().map(|tag| view! { <th scope="col" class="number"><TagMark tag=tag.clone()/></th> }).collect_view();
    view! {
        <div class="scroll" role="region" tabindex="0" aria-label="Methods side by side">
            <table class="sheet methods" data-testid="capital-methods" data-digest=answer.digest.clone()>
                <caption class="hidden">"What each method gives every strategy, in per cent of the capital, and figures of the whole"</caption>
                <thead><tr>
                    <th scope="col">"Method"</th>
                    {heads}
                    <th scope="col" class="number">"Invested %"</th>
                    <th scope="col" class="number" title="Expected volatility a year">"Vol %"</th>
                    <th scope="col" class="number" title="Weighted volatility per volatility of the whole">"Div. ratio"</th>
                    <th scope="col" class="number" title="Mean loss of the worst periods, per period">"CVaR 95 %"</th>
                    <th scope="col" class="number" title="Capital that changes strategy, against the split in use">"Moved %"</th>
                </tr></thead>
                <tbody>{lines}</tbody>
            </table>
        </div>
        <p class="lead method-key" aria-hidden="true">
            <span class="at-max">"25.00"</span>" at its maximum"<span class="at-min">"5.00"</span>" at its minimum"<span>"Moved: capital that changes strategy, against the split in use"</span>
        </p>
    }
}

fn line(
    desk: Desk,
    outcome: &Outcome,
    settings: &CapitalSettings,
    tags: &[Tag],
    used: Option<&Weights>,
    top: f64,
) -> impl IntoView + use<> {
    let method = outcome.method;
    let (is_looked, is_used) = (method == settings.looked(), method == settings.used);
    let id = format!("capital-method-{}", method.as_str().replace('_', "-"));
    let cells = tags
        .iter()
        .map(|tag| match outcome.rows.iter().find(|row| row.strategy == tag.strategy) {
            None => view! { <td class="number absent">"·"</td> }.into_any(),
            Some(row) => {
                let at = row.at();
                let title = match at {
                    Some(End::Max) => format!("{}: at its maximum", tag.name()),
                    Some(End::Min) => format!("{}: at its minimum", tag.name()),
                    None if !row.unknown.is_empty() => format!("{}: {}", tag.name(), row.why),
                    None => tag.name(),
                };
                let width = if top > 0.0 { row.weight / top * 100.0 } else { 0.0 };
                view! {
                    <td class="number weight-cell" class:unknown-cell=!row.unknown.is_empty() title=title>
                        <span class:at-max={at == Some(End::Max)} class:at-min={at == Some(End::Min)}>{percent(row.weight)}</span>
                        {at.map(|end| view! { <span class="hidden">{format!(", at its {}", end.label())}</span> })}
                        <i class=format!("mini {}", colour(tag)) style:width=format!("{width:.1}%") aria-hidden="true"></i>
                    </td>
                }
                .into_any()
            }
        })
        .collect_view();
    let figures = &outcome.figures;
    let figure = |value: Option<String>| value.unwrap_or_else(|| String::from("unknown"));
    let note = status(&outcome.status);
    view! {
        <tr class:chosen=is_looked data-method=method.as_str()>
            <th scope="row"><span class="method-name">
                <input
                    type="radio"
                    name="capital-method"
                    id=id.clone()
                    prop:checked=is_looked
                    on:change=move |_| look_at(desk, method)
                />
                <label for=id>{label(method)}</label>
                {is_used.then(|| view! { <span class="chip">"in use"</span> })}
                {note.map(|note| view! { <abbr class="chip warning" title=note>"!"<span class="hidden">{note}</span></abbr> })}
            </span></th>
            {cells}
            <td class="number strong">{percent(figures.gross)}</td>
            <td class="number">{figure(figures.volatility.map(percent))}</td>
            <td class="number">{figure(figures.diversification.map(|ratio| fixed(ratio, 2)))}</td>
            <td class="number">{figure(figures.cvar.map(percent))}</td>
            <td class="number">{figure(used.map(|used| percent(moved(used, &outcome.weights()))))}</td>
        </tr>
    }
}

/// Looks at a method, and keeps the focus on its mark: the table is drawn anew with the answer.
fn look_at(desk: Desk, method: CapitalMethod) {
    desk.change_once(label(method), move |settings| settings.look_at(method));
}

/// Looks at the method with a label, as a chart names its points.
pub fn look_at_label(desk: Desk, name: &str) {
    if let Some((method, ..)) = CapitalMethod::WORDS.iter().find(|(method, ..)| label(*method) == name) {
        look_at(desk, *method);
    }
}
