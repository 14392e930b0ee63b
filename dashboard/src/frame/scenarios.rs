//! Named settings: kept, used, compared, duplicated, deleted.

use super::Frame;
use super::dialog::Dialog;
use crate::app::App;
use crate::state::change::line;
use crate::state::model::{Event, ScenarioAct};
use crate::state::scenario::{NAME_MAX, Scenario};
use crate::state::settings::Settings;
use leptos::prelude::*;

/// Differences listed for one scenario.
const DIFFERENCES: usize = 4;

/// The list of scenarios.
#[component]
pub fn ScenarioList() -> impl IntoView {
    let (app, frame) = (App::here(), Frame::here());
    let list = app.memo(|model| model.scenarios.list().to_vec());
    let now = app.memo(crate::state::model::Model::settings);
    let name = RwSignal::new(String::new());
    let save = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        app.dispatch(Event::Scenario(ScenarioAct::Save(name.get_untracked())));
        name.set(String::new());
    };
    view! {
        <Dialog id="scenarios-title" title="Scenarios" open=frame.scenarios>
            <form class="buttons" on:submit=save>
                <label class="hidden" for="scenario-name">"Name"</label>
                <input
                    class="text-field"
                    id="scenario-name"
                    maxlength=NAME_MAX
                    placeholder="Name of the settings as they are now"
                    prop:value=name
                    on:input=move |event| name.set(event_target_value(&event))
                />
                <button type="submit" class="button main" prop:disabled=move || name.with(|name| name.trim().is_empty())>"Save"</button>
            </form>
            <ul class="scenario-list" data-testid="scenarios">
                {move || {
                    let now = now.get();
                    list.get().into_iter().map(|scenario| entry(app, frame, scenario, &now)).collect_view()
                }}
            </ul>
            {move || list.with(Vec::is_empty).then(|| view! { <p class="say">"None yet. A scenario is all settings under a name; data are not part of it."</p> })}
        </Dialog>
    }
}

fn entry(app: App, frame: Frame, scenario: Scenario, now: &Settings) -> impl IntoView + use<> {
    let differences = now.differences(&scenario.settings);
    let more = differences.len().saturating_sub(DIFFERENCES);
    let words = if differences.is_empty() {
        String::from("the settings as they are now")
    } else {
        let list: Vec<String> = differences.iter().take(DIFFERENCES).map(line).collect();
        format!("{}{}", list.join("; "), if more > 0 { format!("; {more} more") } else { String::new() })
    };
    let act = move |act: ScenarioAct| app.dispatch(Event::Scenario(act));
    let (load, copy, delete) = (scenario.name.clone(), scenario.name.clone(), scenario.name.clone());
    let (copy_label, delete_label) = (format!("Duplicate {}", scenario.name), format!("Delete {}", scenario.name));
    view! {
        <li>
            <button type="button" class="row-button" on:click=move |_| {
                act(ScenarioAct::Load(load.clone()));
                frame.scenarios.set(false);
            }><b>{scenario.name}</b><span class="quiet">" "{words}</span></button>
            <button type="button" class="link" aria-label=copy_label on:click=move |_| act(ScenarioAct::Duplicate(copy.clone()))>"Duplicate"</button>
            <button type="button" class="link" aria-label=delete_label on:click=move |_| act(ScenarioAct::Delete(delete.clone()))>"Delete"</button>
        </li>
    }
}
