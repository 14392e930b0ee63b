//! Named settings: kept, used, compared, renamed, duplicated, deleted and put back.

use super::Frame;
use super::dialog::Dialog;
use crate::app::App;
use crate::figure::json::text_of;
use crate::state::blend::Blend;
use crate::state::change::line;
use crate::state::model::{Event, Model, ScenarioAct};
use crate::state::number::{change, percent};
use crate::state::scenario::{NAME_MAX, Scenario, moves, sentence};
use crate::state::settings::Settings;
use leptos::prelude::*;

/// Differences listed for one scenario.
const DIFFERENCES: usize = 4;
/// Symbols listed whose weights differ.
const MOVES: usize = 10;
/// The slot of the blend under a scenario's settings.
const SLOT: &str = "scenario";

/// The list of scenarios.
#[component]
pub fn ScenarioList() -> impl IntoView {
    let (app, frame) = (App::here(), Frame::here());
    let list = app.memo(|model| model.scenarios.list().to_vec());
    let deleted = app.memo(|model| model.deleted.as_ref().map(|scenario| scenario.name.clone()));
    let now = app.memo(Model::settings);
    let compared = RwSignal::new(None::<String>);
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
                    list.get().into_iter().map(|scenario| entry(app, frame, scenario, &now, compared)).collect_view()
                }}
            </ul>
            {move || deleted.get().map(|name| view! {
                <p class="say" role="status">
                    {format!("{name} is deleted. ")}
                    <button type="button" class="link" on:click=move |_| app.dispatch(Event::Scenario(ScenarioAct::PutBack))>"Put it back"</button>
                </p>
            })}
            {move || list.with(Vec::is_empty).then(|| view! { <p class="say">"None yet. A scenario is all settings under a name; data are not part of it."</p> })}
            <Compared name=compared/>
        </Dialog>
    }
}

/// The weights under a scenario's settings beside those in use.
#[component]
fn Compared(
    /// The scenario.
    name: RwSignal<Option<String>>,
) -> impl IntoView {
    let app = App::here();
    let slot = app.memo(|model| model.slots.get(SLOT).map(|slot| (slot.answer.clone(), slot.problem.clone(), slot.is_busy())));
    move || {
        let name = name.get()?;
        let (answer, problem, busy) = slot.get()?;
        let content = match (answer, problem) {
            _ if busy => view! { <p class="say">"Working …"</p> }.into_any(),
            (_, Some(problem)) => {
                let why = problem.faults.first().map(|fault| format!("{} {}", fault.message, fault.hint));
                view! { <p class="say">{name.clone()}" cannot be computed: "{why}</p> }.into_any()
            }
            (Some(answer), None) => match (app.blend.get(), Blend::from_text(&text_of(&answer))) {
                (Some(now), Ok(other)) => moved(&name, &now, &other).into_any(),
                _ => view! { <p class="say">"There is no allocation to compare with."</p> }.into_any(),
            },
            (None, None) => ().into_any(),
        };
        Some(
            view! { <section aria-live="polite" data-testid="compared"><h3>{format!("{name} beside what is in use")}</h3>{content}</section> },
        )
    }
}

fn moved(name: &str, now: &Blend, other: &Blend) -> impl IntoView + use<> {
    let all = moves(now, other);
    let (said, more) = (sentence(&all), all.len().saturating_sub(MOVES));
    let name = name.to_owned();
    view! {
        <p class="say">{said}</p>
        {(!all.is_empty()).then(|| view! {
            <table class="sheet striped">
                <thead><tr>
                    <th scope="col">"Symbol"</th><th scope="col" class="number">"In use %"</th>
                    <th scope="col" class="number">{name}" %"</th><th scope="col" class="number">"Change"</th>
                </tr></thead>
                <tbody>{all.into_iter().take(MOVES).map(|one| view! {
                    <tr>
                        <th scope="row">{one.symbol}</th><td class="number">{percent(one.first)}</td>
                        <td class="number">{percent(one.second)}</td><td class="number">{change(one.second - one.first)}</td>
                    </tr>
                }).collect_view()}</tbody>
            </table>
        })}
        {(more > 0).then(|| view! { <p class="say">{format!("{more} smaller ones are not listed.")}</p> })}
    }
}

fn entry(
    app: App,
    frame: Frame,
    scenario: Scenario,
    now: &Settings,
    compared: RwSignal<Option<String>>,
) -> impl IntoView + use<> {
    let differences = now.differences(&scenario.settings);
    let more = differences.len().saturating_sub(DIFFERENCES);
    let words = if differences.is_empty() {
        String::from("the settings as they are now")
    } else {
        let list: Vec<String> = differences.iter().take(DIFFERENCES).map(line).collect();
        format!("{}{}", list.join("; "), if more > 0 { format!("; {more} more") } else { String::new() })
    };
    let act = move |act: ScenarioAct| app.dispatch(Event::Scenario(act));
    let (beside, blend) = (scenario.name.clone(), scenario.settings.blend.clone());
    let compare = move |_| {
        let question = app.model.with_untracked(|model| model.blend_under(&blend));
        app.dispatch(Event::Asked(SLOT, question));
        compared.set(Some(beside.clone()));
    };
    let compare_label = format!("Compare {} with what is in use", scenario.name);
    let (load, copy, delete) = (scenario.name.clone(), scenario.name.clone(), scenario.name.clone());
    let (old, rename_label) = (StoredValue::new(scenario.name.clone()), format!("Rename {}", scenario.name));
    // The new name while it is being written.
    let to = RwSignal::new(None::<String>);
    let (copy_label, delete_label) = (format!("Duplicate {}", scenario.name), format!("Delete {}", scenario.name));
    view! {
        <li>
            <button type="button" class="row-button" on:click=move |_| {
                act(ScenarioAct::Load(load.clone()));
                frame.scenarios.set(false);
            }><b>{scenario.name}</b><span class="quiet">" "{words}</span></button>
            <button type="button" class="link" aria-label=compare_label on:click=compare>"Compare"</button>
            <button type="button" class="link" aria-label=rename_label aria-expanded=move || to.with(Option::is_some).to_string() on:click=move |_| {
                to.update(|to| *to = if to.is_some() { None } else { Some(old.get_value()) });
            }>"Rename"</button>
            <button type="button" class="link" aria-label=copy_label on:click=move |_| act(ScenarioAct::Duplicate(copy.clone()))>"Duplicate"</button>
            <button type="button" class="link" aria-label=delete_label on:click=move |_| act(ScenarioAct::Delete(delete.clone()))>"Delete"</button>
            {move || to.with(Option::is_some).then(|| view! {
                <form class="rename" on:submit=move |event| {
                    event.prevent_default();
                    if let Some(name) = to.get_untracked() {
                        act(ScenarioAct::Rename(old.get_value(), name));
                    }
                    to.set(None);
                }>
                    <input
                        class="text-field"
                        aria-label=format!("New name of {}", old.get_value())
                        maxlength=NAME_MAX
                        prop:value=move || to.get_untracked().unwrap_or_default()
                        on:input=move |event| to.set(Some(event_target_value(&event)))
                    />
                    <button type="submit" class="button">"Rename"</button>
                </form>
            })}
        </li>
    }
}
