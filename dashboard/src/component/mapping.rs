//! How a file was read: each column with what it is taken for, the first rows, every problem at its cell with its mends.

use super::faults::{FaultLine, Faults};
use super::mending::{self, Mendable};
use super::panel::PanelHead;
use crate::app::App;
use crate::state::file::{Column, FileEntry, FileKey, Progress, Report, Row, Use};
use crate::state::mend::{ROLES, Said};
use crate::state::model::{Event, Sample};
use crate::state::number::{count, counted};
use leptos::prelude::*;

/// Rows of a file without problems; of one with problems those around them stand here too.
const FIRST: usize = 14;
/// Rows at most: fifty faults, which are as many as are listed, with a neighbour on either side.
const ROWS: usize = FIRST + 150;
/// Columns of a file that could not be read as a table.
const COLUMNS: usize = 50;

/// The reading of the file that is looked at.
#[component]
pub fn Mapping() -> impl IntoView {
    let app = App::here();
    let shown = app.memo(|model| match model.looked_at {
        Some(key) => model.files.iter().find(|file| file.key == key).cloned().map(Shown::File),
        None => match &model.sample {
            Sample::On(report) => Some(Shown::Sample(report.clone())),
            _ => None,
        },
    });
    view! {
        <section class="panel" aria-labelledby="mapping-title" data-testid="mapping">
            {move || match shown.get() {
                None => view! {
                    <PanelHead id="mapping-title" title="How the data were read"/>
                    <p class="quiet">"Choose a file in the list of data."</p>
                }.into_any(),
                Some(Shown::Sample(report)) => view! {
                    <PanelHead id="mapping-title" title="ECB reference rates" scope=Signal::derive(|| String::from("sample data. Source: ECB statistics"))/>
                    {table(app, None, &Said::default(), &report)}
                }.into_any(),
                Some(Shown::File(file)) => file_view(app, file).into_any(),
            }}
        </section>
    }
}

#[derive(Clone, PartialEq)]
enum Shown {
    Sample(Report),
    File(FileEntry),
}

/// How far a file has come: read, to be checked, in use.
fn steps(at: usize) -> impl IntoView {
    view! {
        <ol class="steps" aria-label="Steps">
            {["1 Read", "2 Check", "3 In use"].into_iter().enumerate().map(|(step, word)| view! {
                <li aria-current=(step == at).then_some("step")>{word}</li>
            }).collect_view()}
        </ol>
    }
}

fn file_view(app: App, file: FileEntry) -> impl IntoView {
    let name = file.name.clone();
    let used = file.is_used();
    let head = move |scope: String, at: usize| {
        view! { <PanelHead id="mapping-title" title=Signal::derive(move || name.clone()) scope=Signal::derive(move || scope.clone())>{steps(at)}</PanelHead> }
    };
    match &file.progress {
        Progress::Reading => view! { {head(String::from("reading …"), 0)} }.into_any(),
        Progress::Refused(problem) => {
            let scope = format!("not used: {}", counted(problem.count(), "problem", "problems"));
            view! { {head(scope, 0)} <Faults problem=problem.clone()/> }.into_any()
        }
        Progress::Read(report) => {
            // A file that could not be read has no shape to tell.
            let words = [report.format.clone(), report.shape.replace('_', " ")];
            let known = words.into_iter().filter(|word| !word.is_empty() && word != "unknown");
            let rows = (report.rows > 0).then(|| counted(report.rows, "row", "rows"));
            let scope = known.chain(rows).collect::<Vec<String>>().join(", ");
            let mends = file.said.edits.len();
            let verdict = match &report.problem {
                Some(problem) => view! {
                    <p class="file-verdict"><span>
                        <b>{format!("{} this file. ", counted(problem.count(), "problem stops", "problems stop"))}</b>
                        "Nothing is guessed: a cell is mended, left out by you, or refused."
                    </span></p>
                }
                .into_any(),
                None if used => view! { <p class="file-verdict"><span><b>"In use. "</b>{in_use(report.used_as)}</span></p> }.into_any(),
                None => view! { <p class="file-verdict"><span>"Read without a problem, and of no use to any view: it holds no signals, returns, prices or weights."</span></p> }.into_any(),
            };
            let taken_back = (mends > 0).then(|| {
                let (key, said) = (file.key, Said { edits: Vec::new(), ..file.said.clone() });
                view! {
                    <p class="file-verdict">
                        <span>{format!("{} by you; the file itself is unchanged.", counted(mends as u64, "mend", "mends"))}</span>
                        <button type="button" class="link" on:click=move |_| app.dispatch(Event::Told(key, said.clone()))>"Take all mends back"</button>
                    </p>
                }
            });
            view! {
                {head(scope, if used { 2 } else { 1 })}
                {table(app, Some(file.key), &file.said, report)}
                {verdict}
                {taken_back}
            }
            .into_any()
        }
    }
}

/// Where what a file gives can be seen.
const fn in_use(used: Use) -> &'static str {
    match used {
        Use::Signals | Use::Returns => "What it gives is in the allocation above.",
        Use::Prices => "Prices are what formulas and backtests begin with.",
        Use::Weights => "Weights over time are what the risk view audits.",
        Use::Nothing => "",
    }
}

/// Which rows are shown: the first, those with a problem with a neighbour on either side, and those with a mend.
fn chosen_rows(report: &Report, said: &Said) -> Vec<usize> {
    let faulty = report.places.iter().flatten().filter_map(|place| place.row);
    let around = faulty.flat_map(|row| row.saturating_sub(1)..row + 2);
    let mut rows: Vec<usize> = (0..FIRST).chain(around).chain(said.rows()).filter(|row| report.row(*row).is_some()).collect();
    rows.sort_unstable();
    rows.dedup();
    rows.truncate(ROWS);
    rows
}

/// Which columns are shown.
fn chosen_columns(report: &Report) -> Vec<usize> {
    if report.columns_shown.is_empty() { (0..report.columns.len().min(COLUMNS)).collect() } else { report.columns_shown.clone() }
}

fn table(app: App, key: Option<FileKey>, said: &Said, report: &Report) -> impl IntoView + use<> {
    let columns = chosen_columns(report);
    let heads = columns
        .iter()
        .filter_map(|&index| Some((index, report.columns.get(index)?)))
        .map(|(index, column)| head(app, key, said, index, column, report.faults_in_column(index).count()))
        .collect_view();
    let rows = chosen_rows(report, said);
    let mut lines = Vec::with_capacity(rows.len());
    let mut expected = 0;
    for row in &rows {
        if *row > expected {
            lines.push(
                view! { <tr class="gap"><td colspan=columns.len() + 1>{counted((row - expected) as u64, "row", "rows")}</td></tr> }
                    .into_any(),
            );
        }
        expected = row + 1;
        if let Some(shown) = report.row(*row) {
            lines.push(body_row(app, key, said, report, &columns, shown).into_any());
        }
    }
    let beside = report.columns.len().saturating_sub(columns.len()) as u64;
    let shown = rows.len() as u64;
    let warnings = report.warnings.clone();
    let what = if report.has_lines() { "Line" } else { "Row" };
    view! {
        <div class="scroll" role="region" tabindex="0" aria-label="Table of columns and first rows">
            <table class="sheet mapping">
                <caption class="hidden">"Columns as they were read, and the first rows"</caption>
                <thead><tr><th scope="col"><span class="hidden">{what}</span></th>{heads}</tr></thead>
                <tbody>{lines}</tbody>
            </table>
        </div>
        {(shown < report.rows).then(|| view! {
            <p class="quiet">{format!("{} of {}.", count(shown), counted(report.rows, "row", "rows"))}</p>
        })}
        {(beside > 0).then(|| view! {
            <p class="quiet">{format!("{} without a problem are read and not shown.", counted(beside, "more column", "more columns"))}</p>
        })}
        {(!warnings.is_empty()).then(|| view! {
            <ul class="faults">{warnings.into_iter().map(|fault| view! { <FaultLine fault/> }).collect_view()}</ul>
        })}
    }
}

fn head(app: App, key: Option<FileKey>, said: &Said, index: usize, column: &Column, faults: usize) -> impl IntoView + use<> {
    let name = if column.name.is_empty() { String::from("(no name)") } else { column.name.clone() };
    let empty =
        |count: u64, one: &str, many: &str| if count > 0 { format!("{}, ", counted(count, one, many)) } else { String::new() };
    let missing = empty(column.nulls, "empty cell", "empty cells") + &empty(column.nans, "NaN", "NaN");
    let range = if column.min.is_empty() { String::from("no values") } else { format!("{} to {}", column.min, column.max) };
    let now = column.taken_as.clone();
    let role = match key {
        Some(key) => {
            let (said, of) = (said.clone(), column.name.clone());
            let shown = now.clone();
            view! {
                <select
                    aria-label=format!("What the column {name} is taken for")
                    prop:value=now
                    on:change=move |event| app.dispatch(Event::Told(key, said.clone().taken(&of, &event_target_value(&event))))
                >
                    {ROLES.iter().map(|(word, label)| view! { <option value=*word selected={*word == shown}>{*label}</option> }).collect_view()}
                </select>
            }
            .into_any()
        }
        None => view! { <strong>{column.role()}</strong> }.into_any(),
    };
    let comma = key.filter(|_| said.has_comma(index)).map(|key| {
        let said = said.clone().without(None, Some(index));
        view! {
            <span class="quiet">
                "Decimal comma. "
                <button type="button" class="link" on:click=move |_| app.dispatch(Event::Told(key, said.clone()))>"Take it back"</button>
            </span>
        }
    });
    view! {
        <th scope="col" data-role=column.taken_as.clone()>
            <code>{name}</code>
            {role}
            <span class="quiet">{column.type_name.clone()}</span>
            <span class="quiet">{missing}{range}</span>
            {comma}
            {(faults > 0).then(|| view! { <span class="chip bad">{counted(faults as u64, "problem", "problems")}</span> })}
        </th>
    }
}

fn body_row(
    app: App,
    key: Option<FileKey>,
    said: &Said,
    report: &Report,
    columns: &[usize],
    shown: &Row,
) -> impl IntoView + use<> {
    let row = shown.row;
    let left_out = said.leaves_out(row);
    let cells = columns
        .iter()
        .map(|&column| {
            let info = report.columns.get(column);
            let (numeric, unused) = (info.is_some_and(Column::is_numeric), info.is_some_and(|info| !info.is_used()));
            let in_file = report.cell(row, column).map(str::to_owned);
            let mended = said.mended((row, column)).map(str::to_owned);
            let fault = if left_out { None } else { report.fault_of_cell(row, column).cloned() };
            let before = mended.is_some().then(|| in_file.clone()).flatten();
            let is_mended = mended.is_some();
            let text = mended.or(in_file);
            match key {
                Some(key) if fault.is_some() || (is_mended && !left_out) => mending::cell(
                    app,
                    Mendable { key, said: said.clone(), place: (row, column), text, numeric, fault, before },
                    report,
                )
                .into_any(),
                _ => {
                    let empty = text.is_none();
                    view! {
                    <td class:number=numeric class:unused=unused class:empty-cell=empty title=fault.map(|fault| fault.message)>
                        {text.unwrap_or_else(|| String::from("empty"))}
                    </td>
                }
                .into_any()
                }
            }
        })
        .collect_view();
    let back = key.filter(|_| left_out).map(|key| {
        let said = said.clone().without(Some(row), None);
        view! { <button type="button" class="link" on:click=move |_| app.dispatch(Event::Told(key, said.clone()))>"Put back"</button> }
    });
    view! {
        <tr class:left-out=left_out data-row=row.to_string()>
            <td class="line number">{shown.line}{back}</td>
            {cells}
        </tr>
    }
}
