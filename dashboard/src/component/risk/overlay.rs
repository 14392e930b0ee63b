//! The overlay: whether it acts, how far it goes, how fast it comes back.

use super::desk::{Desk, ScalarFile};
use crate::browser;
use crate::component::faults::Faults;
use crate::component::panel::Segmented;
use crate::component::slider::NumberSlider;
use crate::state::number::{count, fixed};
use crate::state::risk::dial::Dial;
use crate::state::risk::file_run::choose;
use crate::state::risk::question::Source;
use allocator_core::config::risk::{OverlayMode, Profile};
use allocator_core::wire::Choice;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::{JsFuture, spawn_local};

const MODES: &[(OverlayMode, &str)] =
    &[(OverlayMode::Off, "Off"), (OverlayMode::Compute, "Compute"), (OverlayMode::Precomputed, "From file")];

/// Mode, profile, smoothing, floor, and what is held.
#[component]
pub fn Overlay() -> impl IntoView {
    let desk = Desk::here();
    let mode = Memo::new(move |_| desk.settings.with(|settings| settings.mode));
    let profile = Memo::new(move |_| desk.settings.with(|settings| settings.audit.risk.profile));
    let asymmetric = Memo::new(move |_| desk.settings.with(|settings| settings.audit.risk.asymmetric));
    let held = Memo::new(move |_| desk.source.with(|source| matches!(source, Some(Source::Held(_)))));
    view! {
        <section class="panel" aria-labelledby="overlay-title">
            <div class="input-head"><h2 id="overlay-title">"Overlay"</h2></div>
            <Segmented
                label="Mode"
                options=MODES
                value=mode
                wide=true
                choose=Callback::new(move |mode| desk.change_once("overlay mode", |settings| settings.mode = mode))
            />
            <p class="say" data-testid="overlay-says">{move || match mode.get() {
                OverlayMode::Off => "Off: the weights stay as they are. What is shown as scaled is what the overlay would have done.",
                OverlayMode::Compute => "Applied one rebalance late: the scalar known at t − 1.",
                OverlayMode::Precomputed => "The scalars of an earlier run, at the dates of these weights. Nothing runs unscaled because a file is wrong.",
            }}</p>
            {move || (mode.get() == OverlayMode::Precomputed).then(|| view! { <FromFile/> })}
            <div class="picker">
                <label for="risk-profile">"Profile"</label>
                <select
                    id="risk-profile"
                    on:change=move |event| {
                        let word = event_target_value(&event);
                        let chosen = Profile::WORDS.iter().find(|entry| entry.1 == word).map(|entry| entry.0);
                        if let Some(profile) = chosen {
                            desk.change_once("profile", |settings| settings.audit.risk.profile = profile);
                        }
                    }
                >
                    {Profile::WORDS.iter().map(|(choice, word, _, _)| {
                        let choice = *choice;
                        let targets = choice.targets().map(short).join(", ");
                        let mark = if choice == Profile::default() { " (default)" } else { "" };
                        view! { <option value=*word prop:selected=move || profile.get() == choice>{format!("{word}: {targets}{mark}")}</option> }
                    }).collect_view()}
                </select>
                <p class="quiet">"Exposure wanted in Normal, Elevated, Stress and Crisis."</p>
            </div>
            <p class="check">
                <input
                    type="checkbox"
                    id="risk-asymmetric"
                    prop:checked=asymmetric
                    on:change=move |event| {
                        let checked = event_target_checked(&event);
                        desk.change_once("smoothing", |settings| settings.audit.risk.asymmetric = checked);
                    }
                />
                <label for="risk-asymmetric">"De-risk at once, smooth only the way back"</label>
            </p>
            // The defaults of both are the profile's: another profile, other marks.
            {move || { profile.track(); view! { <DialSlider dial=Dial::Alpha/> <DialSlider dial=Dial::Floor/> } }}
            {move || held.get().then(|| view! { <DialSlider dial=Dial::Gross/> })}
            <DialSlider dial=Dial::Cost/>
        </section>
    }
}

/// `0.85` as `.85`, `1` as `1`.
fn short(value: f64) -> String {
    if value >= 1.0 { fixed(value, 0) } else { fixed(value, 2).trim_start_matches('0').to_owned() }
}

/// A number of the settings.
#[component]
pub fn DialSlider(
    /// Which one.
    dial: Dial,
    /// Where it stands, if it stands twice on the page.
    #[prop(default = "risk")]
    place: &'static str,
) -> impl IntoView {
    let desk = Desk::here();
    let value = Memo::new(move |_| Some(desk.settings.with(|settings| dial.get(settings))));
    let default = desk.settings.with_untracked(|settings| dial.default_value(settings));
    let id = format!("{place}-{}", dial.pointer().rsplit('/').next().unwrap_or_default().replace('_', "-"));
    let set = Callback::new(move |value: Option<f64>| {
        let value = value.unwrap_or(default);
        desk.change(&dial.look().label.to_lowercase(), |settings| dial.set(settings, value));
    });
    let settle = Callback::new(move |()| desk.app.settle());
    view! {
        <NumberSlider id look=dial.look() count=dial.is_count() value default=Some(default) complaint=desk.complaint(dial) set settle/>
    }
}

/// The file of scalars and its meta file.
#[component]
fn FromFile() -> impl IntoView {
    let desk = Desk::here();
    let wrong = RwSignal::new(None::<String>);
    let chosen = move |event: web_sys::Event| {
        let input = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlInputElement>().ok());
        let files = browser::files(input.as_ref().and_then(web_sys::HtmlInputElement::files));
        if files.is_empty() {
            return;
        }
        // So that a file that was mended can be chosen again under its name.
        if let Some(input) = input {
            input.set_value("");
        }
        let listed: Vec<(String, f64)> = files.iter().map(|file| (file.name(), file.size())).collect();
        let (table, meta) = match choose(&listed) {
            Ok(chosen) => chosen,
            Err(why) => {
                desk.file.set(None);
                return wrong.set(Some(why));
            }
        };
        wrong.set(None);
        spawn_local(async move {
            let text = async |place: usize| {
                let promise = files.get(place)?.text();
                JsFuture::from(promise).await.ok()?.as_string()
            };
            let (scalars, meta) = (
                text(table).await,
                match meta {
                    Some(place) => Some(text(place).await),
                    None => None,
                },
            );
            let (Some(scalars), false) = (scalars, meta == Some(None)) else {
                let _ = wrong.try_set(Some(String::from("The file could not be read; it may have been moved. Choose it again.")));
                return;
            };
            let taken = ScalarFile { name: listed[table].0.clone(), scalars, meta: meta.flatten() };
            let _ = desk.file.try_set(Some(taken));
        });
    };
    let says = move || match (desk.file.get(), desk.file_run.get()) {
        (None, _) => {
            String::from("Choose allocator_risk_v1_applied.csv and its _meta.json together: both are in every exported audit.")
        }
        (Some(file), None) => file.name,
        (Some(file), Some(run)) => format!(
            "{}: {} of {} rebalances scaled, mean {}, lowest {}.",
            file.name,
            count(run.rebalances.1),
            count(run.rebalances.0),
            run.scalars[0].map_or_else(|| String::from("unknown"), |value| fixed(value, 2)),
            run.scalars[1].map_or_else(|| String::from("unknown"), |value| fixed(value, 2)),
        ),
    };
    view! {
        <div class="dropzone">
            <label for="scalar-file">"Scalars of an earlier run"</label>
            <input id="scalar-file" type="file" multiple=true accept=".csv,.json" on:change=chosen/>
        </div>
        <p class="say" data-testid="file-says">{says}</p>
        <p class="message" role="alert" data-testid="file-wrong">{wrong}</p>
        {move || desk.file_standing.get().problem.map(|problem| view! {
            <div class="refusal" role="alert"><h2>"The file is not used"</h2><Faults problem limit=3/></div>
        })}
    }
}
