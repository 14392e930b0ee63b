//! What was refused, in the place of a new result; the former one stays below.

use super::faults::Faults;
use crate::app::App;
use crate::frame::Frame;
use crate::state::file::FileKey;
use crate::state::model::{Event, Sample};
use crate::state::number::counted;
use crate::state::problem::Problem;
use leptos::prelude::*;

/// Refusals of settings, of the sample and of files.
#[component]
pub fn Refusals(
    /// Whether the view does without an allocation: then it does not matter that there is none.
    #[prop(optional, into)]
    unallocated: Signal<bool>,
) -> impl IntoView {
    let app = App::here();
    let refusal = app.memo(|model| model.refusal.clone());
    let refusal = move || refusal.get().filter(|_| !unallocated.get());
    let sample = app.memo(|model| match &model.sample {
        Sample::Failed(problem) => Some(problem.clone()),
        _ => None,
    });
    let files = app.memo(|model| {
        model.refused_files().map(|(file, problem)| (file.key, file.name.clone(), problem.clone())).collect::<Vec<_>>()
    });
    view! {
        <div role="alert" class="refusals" data-testid="refusals">
            {move || refusal().map(|problem| view! {
                <section class="refusal">
                    // What is missing is no fault of the settings.
                    <h2>{if problem.faults.iter().any(|fault| fault.path == "/signals") { "These data give no allocation" } else { "These settings give no allocation" }}</h2>
                    <p>"What is shown below is the former result."</p>
                    <Faults problem limit=5/>
                </section>
            })}
            {move || sample.get().map(|problem| view! {
                <section class="refusal">
                    <h2>"The sample data could not be read"</h2>
                    <p>"Add files of your own to go on."</p>
                    <Faults problem limit=5/>
                </section>
            })}
            {move || files.get().into_iter().map(refused_file).collect_view()}
        </div>
    }
}

fn refused_file((key, name, problem): (FileKey, String, Problem)) -> impl IntoView {
    let (app, frame) = (App::here(), Frame::here());
    let title = format!("{name} is not used: {}", counted(problem.count(), "problem", "problems"));
    let look = move |_| {
        app.dispatch(Event::Looked(Some(key)));
        frame.go_to("data");
    };
    view! {
        <section class="refusal" data-file=name>
            <h2>{title}</h2>
            <p>"The allocation is still the former one."</p>
            <Faults problem limit=3/>
            <p class="buttons">
                <button type="button" class="link" on:click=look>"See how it was read"</button>
                <button type="button" class="link" on:click=move |_| app.dispatch(Event::Removed(key))>"Remove it"</button>
            </p>
        </section>
    }
}
