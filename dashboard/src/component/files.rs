//! Files in use, each with its state.

use super::dropzone::Picker;
use super::icon::Icon;
use crate::app::App;
use crate::state::file::{FileEntry, Progress, Use, overruled};
use crate::state::model::{Event, Sample};
use crate::state::number::{count, counted};
use crate::state::progress::Meter;
use leptos::prelude::*;

/// The list of files.
#[component]
pub fn Files() -> impl IntoView {
    let app = App::here();
    let files = app.memo(|model| model.files.clone());
    let sample = app.memo(|model| model.sample.clone());
    let looked_at = app.memo(|model| model.looked_at);
    let removed = app.memo(|model| model.removed.as_ref().map(|file| file.name.clone()));
    // Files that are gone do not come back: it takes two presses.
    let asked = RwSignal::new(false);
    view! {
        <section class="panel" aria-labelledby="files-title">
            <div class="input-head"><h2 id="files-title">"Files"</h2></div>
            <ul class="files" data-testid="file-list">
                {move || files.get().into_iter().map(|file| view! { <Line file/> }).collect_view()}
                {move || sample_line(&sample.get()).map(|text| view! {
                    <li class:chosen=move || looked_at.get().is_none()>
                        <Icon name="file"/>
                        <button type="button" class="row-button" on:click=move |_| app.dispatch(Event::Looked(None))>"ECB reference rates"</button>
                        <span class="quiet">{text}</span>
                        <span class="quiet">"Source: ECB statistics"</span>
                    </li>
                })}
            </ul>
            {move || removed.get().map(|name| view! {
                <p class="say" role="status">
                    {format!("{name} is removed. ")}
                    <button type="button" class="link" on:click=move |_| app.dispatch(Event::WantedBack)>"Put it back"</button>
                </p>
            })}
            <Picker/>
            {move || (sample.get() == Sample::Off).then(|| view! {
                <p class="buttons">
                    {move || if asked.get() {
                        let count = files.with(Vec::len) as u64;
                        view! {
                            <span role="alert">{format!("This forgets {}, here and in what this browser keeps.", counted(count, "file", "files"))}</span>
                            <button type="button" class="button" on:click=move |_| {
                                asked.set(false);
                                app.dispatch(Event::SampleWanted(true));
                            }>"Forget and use the sample"</button>
                            <button type="button" class="button main" on:click=move |_| asked.set(false)>"Keep my files"</button>
                        }.into_any()
                    } else {
                        view! { <button type="button" class="button" on:click=move |_| asked.set(true)>"Use the sample data instead"</button> }.into_any()
                    }}
                </p>
            })}
        </section>
    }
}

fn sample_line(sample: &Sample) -> Option<String> {
    match sample {
        Sample::Off => None,
        Sample::Reading => Some(String::from("sample data, reading …")),
        Sample::On(report) => Some(format!("sample data, {}", counted(report.names.len() as u64, "strategy", "strategies"))),
        Sample::Failed(problem) => {
            let why = problem.faults.first().map_or("", |fault| fault.message.as_str());
            Some(format!("sample data could not be read: {why}"))
        }
    }
}

#[component]
fn Line(file: FileEntry) -> impl IntoView {
    let app = App::here();
    let key = file.key;
    let looked_at = app.memo(move |model| model.looked_at == Some(key));
    let state = match &file.progress {
        Progress::Reading => format!("reading {} …", size(file.bytes)),
        Progress::Refused(problem) => format!("not used, {}", counted(problem.count(), "problem", "problems")),
        Progress::Read(report) => match (&report.problem, report.used_as) {
            (Some(problem), _) => {
                format!("{}, not used: {}", rows(report.rows), counted(problem.count(), "problem", "problems"))
            }
            (None, used @ (Use::Signals | Use::Returns | Use::Prices | Use::Weights)) => {
                format!("{}, {} of {}", rows(report.rows), used.word(), listed(&report.names))
            }
            (None, Use::Nothing) => format!("{}, read as {}, not used in a blend", rows(report.rows), report.shape),
        },
    };
    let bad = file.problem().is_some();
    let overruled = app.memo(move |model| overruled(&model.files, key));
    let meter = app.memo(move |model| model.meters.get(&key).map(Meter::sentence));
    let remove_label = format!("Remove {}", file.name);
    let name = file.name.clone();
    view! {
        <li class:chosen=looked_at class:bad=bad data-file=file.name.clone()>
            <Icon name=if bad { "warning" } else { "file" }/>
            <button type="button" class="row-button" on:click=move |_| app.dispatch(Event::Looked(Some(key)))>{name}</button>
            <button type="button" class="icon-button remove" aria-label=remove_label title="Remove" on:click=move |_| app.dispatch(Event::Removed(key))><Icon name="close"/></button>
            <span class="quiet">{move || meter.get().unwrap_or_else(|| state.clone())}</span>
            {move || overruled.get().into_iter().map(|(by, names)| view! {
                <span class="quiet">{format!("{} of {by} counts: it came later.", listed(&names))}</span>
            }).collect_view()}
        </li>
    }
}

/// Names as a list; of many the first and how many more.
fn listed(names: &[String]) -> String {
    const SHOWN: usize = 6;
    let first = names.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN { format!("{first} and {} more", names.len() - SHOWN) } else { first }
}

fn rows(rows: u64) -> String {
    counted(rows, "row", "rows")
}

/// `412 bytes`, `1.4 MB`.
fn size(bytes: u64) -> String {
    if bytes < 10_000 { format!("{} bytes", count(bytes)) } else { format!("{:.1} MB", bytes as f64 / 1e6) }
}
