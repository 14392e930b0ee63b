//! How a file was read: each column with what it was taken for, the first rows, and every problem with its mend.

use super::faults::{FaultLine, Faults};
use crate::app::App;
use crate::state::file::{Column, FileEntry, Progress, Report};
use crate::state::model::Sample;
use crate::state::number::counted;
use leptos::prelude::*;

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
        <section class="panel" id="data" aria-labelledby="mapping-title" data-testid="mapping">
            {move || match shown.get() {
                None => view! {
                    <h2 id="mapping-title">"How the data were read"</h2>
                    <p class="quiet">"Choose a file in the list of data."</p>
                }.into_any(),
                Some(Shown::Sample(report)) => view! {
                    <Title name=String::from("ECB reference rates") scope=String::from("sample data. Source: ECB statistics")/>
                    <Table report/>
                }.into_any(),
                Some(Shown::File(file)) => file_view(file).into_any(),
            }}
        </section>
    }
}

#[derive(Clone, PartialEq)]
enum Shown {
    Sample(Report),
    File(FileEntry),
}

#[component]
fn Title(name: String, scope: String) -> impl IntoView {
    view! {
        <header class="panel-head">
            <h2 id="mapping-title">{format!("How {name} was read")}</h2>
            <p class="quiet">{scope}</p>
        </header>
    }
}

fn file_view(file: FileEntry) -> impl IntoView {
    let name = file.name.clone();
    match file.progress {
        Progress::Reading => view! { <Title name scope=String::from("reading …")/> }.into_any(),
        Progress::Refused(problem) => {
            let scope = format!("not used: {}", counted(problem.count(), "problem", "problems"));
            view! { <Title name scope/> <Faults problem/> }.into_any()
        }
        Progress::Read(report) => {
            let scope = format!("{}, {}, {}", report.format, report.shape, counted(report.rows, "row", "rows"));
            let verdict = report.problem.as_ref().map(|problem| {
                let text = format!("{} stop this file.", counted(problem.count(), "problem", "problems"));
                view! { <p><strong>{text}</strong>" Nothing is guessed: mend the cells or leave the rows out. The allocation is still the former one."</p> }
            });
            let faults = report.problem.clone().map(|problem| view! { <div class="tall" role="region" tabindex="0" aria-label="All problems"><Faults problem/></div> });
            view! { <Title name scope/> <Table report/> {verdict} {faults} }.into_any()
        }
    }
}

#[component]
fn Table(report: Report) -> impl IntoView {
    let heads = report
        .columns
        .iter()
        .enumerate()
        .map(|(index, column)| head(column, report.faults_in_column(index).count()))
        .collect_view();
    let roles = report
        .columns
        .iter()
        .map(|column| view! { <td class:unused=!column.is_used()><strong>{column.role()}</strong></td> })
        .collect_view();
    let ranges = report
        .columns
        .iter()
        .map(|column| {
            let missing = |count: u64, one: &str, many: &str| {
                if count > 0 { format!("{}, ", counted(count, one, many)) } else { String::new() }
            };
            let nulls = missing(column.nulls, "empty cell", "empty cells") + &missing(column.nans, "NaN", "NaN");
            let range =
                if column.min.is_empty() { String::from("no values") } else { format!("{} to {}", column.min, column.max) };
            view! { <td class="quiet" class:missing={column.nulls + column.nans > 0}>{nulls}{range}</td> }
        })
        .collect_view();
    let lines = report
        .head
        .iter()
        .enumerate()
        .map(|(row, cells)| view! { <tr>{cells.iter().enumerate().map(|(column, cell)| body_cell(&report, row, column, cell.as_ref())).collect_view()}</tr> })
        .collect_view();
    let shown = report.head.len() as u64;
    let warnings = report.warnings.clone();
    view! {
        <div class="scroll" role="region" tabindex="0" aria-label="Table of columns and first rows">
            <table class="sheet mapping">
                <caption class="hidden">"Columns as they were read, and the first rows"</caption>
                <thead>
                    <tr>{heads}</tr>
                    <tr>{roles}</tr>
                    <tr>{ranges}</tr>
                </thead>
                <tbody>{lines}</tbody>
            </table>
        </div>
        {(shown < report.rows).then(|| view! {
            <p class="quiet">{format!("The first {shown} of {}.", counted(report.rows, "row", "rows"))}</p>
        })}
        {(!warnings.is_empty()).then(|| view! {
            <ul class="faults">{warnings.into_iter().map(|fault| view! { <FaultLine fault/> }).collect_view()}</ul>
        })}
    }
}

fn head(column: &Column, faults: usize) -> impl IntoView + use<> {
    let name = if column.name.is_empty() { String::from("(no name)") } else { column.name.clone() };
    view! {
        <th scope="col">
            <code>{name}</code>
            <span class="quiet">" "{column.type_name.clone()}</span>
            {(faults > 0).then(|| view! { <span class="chip bad">{counted(faults as u64, "problem", "problems")}</span> })}
        </th>
    }
}

/// A cell of the first rows; one with a fault is outlined and says why.
fn body_cell(report: &Report, row: usize, column: usize, cell: Option<&String>) -> impl IntoView + use<> {
    let numeric = report.columns.get(column).is_some_and(Column::is_numeric);
    let fault = report.fault_of_cell(row, column);
    let (faulty, why) = (fault.is_some(), fault.map(|fault| format!("{} {}", fault.message, fault.hint)));
    let text = cell.cloned().unwrap_or_else(|| String::from("empty"));
    let title = why.clone();
    view! {
        <td class:number=numeric class:empty-cell=cell.is_none() class:faulty=faulty title=title>
            {text}
            {why.map(|why| view! { <span class="hidden">{format!(" Problem: {why}")}</span> })}
        </td>
    }
}
