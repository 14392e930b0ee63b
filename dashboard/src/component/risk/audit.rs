//! The two-pass audit: a verdict, its rules, the figures, how much is luck, and everything to take away.

use super::desk::Desk;
use crate::browser;
use crate::state::number::{change as signed, counted, fixed};
use crate::state::risk::report::{Compared, Report, Rule};
use crate::state::same::Same;
use allocator_core::overlay::verdict::Verdict;
use leptos::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};

/// The audit.
#[component]
pub fn Audit() -> impl IntoView {
    let desk = Desk::here();
    let confidence = Memo::new(move |_| desk.settings.with(|settings| settings.audit.bootstrap.confidence));
    view! {
        {move || match desk.report.get() {
            Some(report) => view! { <Judged report=report.clone()/> <Figures report confidence=confidence.get()/> }.into_any(),
            None => view! {
                <section class="panel" aria-labelledby="audit-title">
                    <header class="panel-head"><h2 id="audit-title">"Two-pass audit"</h2></header>
                    <p class="say">"A baseline run, a run scaled by the baseline's own risk, and the comparison of both. It needs weights and returns."</p>
                </section>
            }.into_any(),
        }}
    }
}

fn class_of(verdict: Option<Verdict>) -> &'static str {
    match verdict {
        Some(Verdict::Pass) => "verdict pass",
        Some(Verdict::Caution) => "verdict caution",
        Some(Verdict::Fail) => "verdict fail",
        None => "verdict none",
    }
}

fn word_of(verdict: Option<Verdict>) -> &'static str {
    verdict.map_or("NONE", Verdict::as_str)
}

#[component]
fn Judged(report: Same<Report>) -> impl IntoView {
    let desk = Desk::here();
    let overall = report.overall;
    let by_file = move || desk.file_run.with(Option::is_some);
    let mut rules: Vec<Rule> = report.rules.clone();
    // The worst first; a rule without a verdict last.
    rules.sort_by_key(|rule| std::cmp::Reverse(rule.verdict.map_or(0, |verdict| 1 + verdict as u8)));
    let fails = rules.iter().filter(|rule| rule.verdict == Some(Verdict::Fail)).count() as u64;
    let cautions = rules.iter().filter(|rule| rule.verdict == Some(Verdict::Caution)).count() as u64;
    view! {
        <section class="panel" aria-labelledby="audit-title" data-testid="audit">
            <header class="panel-head"><h2 id="audit-title">"Two-pass audit"</h2></header>
            <p class="verdict-line">
                <span class=class_of(overall) data-testid="overall">{word_of(overall)}</span>
                <span>{report.sentence()}</span>
            </p>
            {move || by_file().then(|| view! { <p class="say">"The rules judge the overlay that these settings compute, not the file."</p> })}
            <ul class="rules" data-testid="rules">
                {rules.into_iter().map(|rule| view! {
                    <li title=rule.statement.clone()>
                        <span class=class_of(rule.verdict)>{word_of(rule.verdict)}</span>
                        <span class="rule">{first_clause(&rule.statement)}</span>
                        <span class="figure">{figure_of(&rule)}</span>
                        <span class="note">{rule.note.clone()}</span>
                    </li>
                }).collect_view()}
            </ul>
            <p class="say">{format!(
                "Judged by the stated rules, the worst counts: {}, {}. NONE is a rule whose figure is unknown or whose window the data do not reach.",
                counted(fails, "failure", "failures"),
                counted(cautions, "caution", "cautions"),
            )}</p>
        </section>
    }
}

/// `maximum drawdown better by at least 2.00 %; worse fails` → its first clause, as a sentence begins.
fn first_clause(statement: &str) -> String {
    let clause = statement.split(';').next().unwrap_or_default().trim();
    let mut letters = clause.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The figure in the unit that its rule speaks of.
fn figure_of(rule: &Rule) -> String {
    let Some(figure) = rule.figure else { return String::from("unknown") };
    match rule.name.as_str() {
        "max_drawdown" | "worst_month" | "worst_quarter" | "cagr_cost" => format!("{} pts", signed(figure)),
        "sharpe" => signed_plain(figure),
        "time_in_normal" => format!("{} %", fixed(figure * 100.0, 1)),
        "transitions" | "flips" => format!("{} a year", fixed(figure, 1)),
        _ => fixed(figure, 2),
    }
}

fn signed_plain(value: f64) -> String {
    if value > 0.0 { format!("+{}", fixed(value, 2)) } else { fixed(value, 2) }
}

#[component]
fn Figures(report: Same<Report>, confidence: f64) -> impl IntoView {
    let range = format!("{} % range", fixed(confidence * 100.0, 0));
    view! {
        <section class="panel" aria-labelledby="figures-title">
            <header class="panel-head"><h2 id="figures-title">"Figures"</h2><p class="scope">"baseline, scaled, change"</p></header>
            <div class="scroll" tabindex="0" role="region" aria-label="Figures of both runs, table">
            <table class="sheet small striped" data-testid="figures">
                <caption class="hidden">"Figures of the baseline and of the scaled run"</caption>
                <thead><tr>
                    <th scope="col"><span class="hidden">"Figure"</span></th>
                    <th scope="col" class="number">"Baseline"</th>
                    <th scope="col" class="number">"Scaled"</th>
                    <th scope="col" class="number">"Change"</th>
                    <th scope="col" class="number">{range}</th>
                </tr></thead>
                <tbody>{report.figures.iter().map(line).collect_view()}</tbody>
            </table>
            </div>
            <p class="say" data-testid="luck">{report.luck(confidence)}</p>
        </section>
    }
}

fn line(row: &Compared) -> impl IntoView + use<> {
    let scale = row.scale();
    let shown = |value: Option<f64>| value.map_or_else(|| String::from("unknown"), |value| fixed(value * scale, 2));
    let worse = row.is_better() == Some(false);
    let range = row.interval.map_or_else(
        || String::from("none"),
        |interval| format!("{} to {}", fixed(interval.low * scale, 2), fixed(interval.high * scale, 2)),
    );
    view! {
        <tr>
            <th scope="row">{row.label().to_owned()}</th>
            <td class="number faint">{shown(row.baseline)}</td>
            <td class="number strong">{shown(row.scaled)}</td>
            <td class="number" class:negative=worse>{row.delta.map_or_else(|| String::from("unknown"), |delta| signed_plain(delta * scale))}</td>
            <td class="number faint">{range}</td>
        </tr>
    }
}

/// Everything of the audit that is shown, and the request that repeats it.
#[component]
pub fn TakeAway() -> impl IntoView {
    let desk = Desk::here();
    let said = RwSignal::new(String::new());
    let short = move || {
        desk.report
            .with_untracked(|report| report.as_ref().and_then(|report| report.digest.get(..8).map(str::to_owned)))
            .unwrap_or_default()
    };
    // What is asked and what is shown must be the same audit, or the digest on the page would not be that of the files.
    let settled = Memo::new(move |_| {
        let standing = desk.standing.get();
        desk.report.with(Option::is_some) && !standing.busy && standing.problem.is_none()
    });
    let export = move |kind: &'static str, then: fn(web_sys::Blob, String, RwSignal<String>)| {
        let Some(question) = desk.question.get_untracked() else { return };
        let short = short();
        said.set(String::from("Writing …"));
        desk.app.export(kind, &question, move |result| match result {
            Ok(blob) => then(blob, short, said),
            Err(why) => {
                let _ = said.try_set(why);
            }
        });
    };
    let archive = move |_| {
        export("archive", |blob, short, said| {
            browser::offer(&format!("audit-{short}.zip"), &blob);
            let _ = said.try_set(String::from(
                "Saved: report, every artefact as CSV and Arrow, the answer, and the request that repeats it.",
            ));
        });
    };
    let request = move |_| {
        export("compose", |blob, short, said| {
            browser::offer(&format!("audit-request-{short}.json"), &blob);
            let _ = said.try_set(format!("Saved. Run it: allocator audit --in audit-request-{short}.json --out audit"));
        });
    };
    let run_of_file = move |_| {
        let Some(question) = desk.file_question.get_untracked() else { return };
        said.set(String::from("Writing …"));
        desk.app.export("archive", &question, move |result| match result {
            Ok(blob) => {
                browser::offer("risk-from-file.zip", &blob);
                let _ = said.try_set(String::from("Saved: weights raw and scaled, the scalars as read and as used, the answer, and the request that repeats it."));
            }
            Err(why) => {
                let _ = said.try_set(why);
            }
        });
    };
    let copy = move |_| {
        export("compose", |blob, _, said| {
            spawn_local(async move {
                let text = JsFuture::from(blob.text()).await.ok().and_then(|text| text.as_string()).unwrap_or_default();
                browser::copy(text, move |copied| {
                    let words = if copied {
                        "The request is copied."
                    } else {
                        "The browser did not allow copying; save the request instead."
                    };
                    let _ = said.try_set(String::from(words));
                });
            });
        });
    };
    view! {
        <section class="panel" aria-labelledby="take-title">
            <header class="panel-head"><h2 id="take-title">"Take it with you"</h2></header>
            <p class="buttons">
                <button type="button" class="button" prop:disabled=move || !settled.get() on:click=archive data-testid="export-audit">"Export the audit"</button>
                <button type="button" class="button" prop:disabled=move || !settled.get() on:click=request>"Save the request"</button>
                <button type="button" class="button" prop:disabled=move || !settled.get() on:click=copy>"Copy the request"</button>
                {move || desk.file_run.with(Option::is_some).then(|| view! {
                    <button type="button" class="button" on:click=run_of_file>"Export the run from file"</button>
                })}
            </p>
            <p class="say" role="status" data-testid="take-says">{said}</p>
            {move || desk.report.get().map(|report| view! {
                <p class="say">"The request gives this digest everywhere, on the command line and over HTTP too: "<code class="whole-digest" data-testid="audit-digest">{report.digest.clone()}</code></p>
            })}
        </section>
    }
}
