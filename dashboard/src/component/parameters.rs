//! Settings: pickers that explain themselves, sliders with an exact entry, a reset and a mark for the default.

use crate::app::App;
use crate::state::parameter::Parameter;
use crate::state::setting::{Offer, choose_infeasible, choose_method, infeasible, methods};
use allocator_core::config::blend::{BlendConfig, BlendMethod};
use leptos::prelude::*;

/// The method and what it means.
#[component]
pub fn Method() -> impl IntoView {
    let app = App::here();
    let chosen = Memo::new(move |_| app.config.with(|config| config.method.as_str()));
    view! {
        <section class="panel" aria-labelledby="method-title">
            <h2 id="method-title">"Method"</h2>
            <Picker
                id="method"
                label="How strategies are weighed"
                offers=methods().into_iter().filter(is_offered).collect()
                chosen
                choose=move |word| app.configure(move |config| choose_method(config, &word))
            />
        </section>
    }
}

/// Methods that need tables which this page cannot give yet are not offered; a configuration file may still name them.
fn is_offered(offer: &Offer) -> bool {
    ![BlendMethod::Fixed.as_str(), BlendMethod::InformationCoefficient.as_str()].contains(&offer.word)
}

/// Limits and the other numbers.
#[component]
pub fn Limits() -> impl IntoView {
    let app = App::here();
    let defaults = BlendConfig::default();
    let changed = Memo::new(move |_| {
        app.config
            .with(|config| Parameter::ALL.iter().filter(|parameter| parameter.get(config) != parameter.default_value()).count())
    });
    let is_default = Memo::new(move |_| app.config.with(|config| *config == BlendConfig::default()));
    let on_infeasible = Memo::new(move |_| app.config.with(|config| config.on_infeasible_cap.as_str()));
    view! {
        <section class="panel" aria-labelledby="limits-title">
            <header class="panel-head">
                <h2 id="limits-title">"Limits and parameters"</h2>
                <p class="quiet">{move || match changed.get() { 0 => String::from("defaults"), n => format!("{n} changed") }}</p>
            </header>
            {Parameter::ALL.into_iter().map(|parameter| view! { <ParameterSlider parameter/> }).collect_view()}
            <p class="check">
                <input
                    type="checkbox"
                    id="shorts"
                    prop:checked=move || app.config.with(|config| config.allow_short_positions)
                    on:change=move |event| {
                        let checked = event_target_checked(&event);
                        app.configure(move |config| config.allow_short_positions = checked);
                    }
                />
                <label for="shorts">"Allow short positions"</label>
            </p>
            <Picker
                id="infeasible"
                label="Where caps cannot all hold"
                offers=infeasible()
                chosen=on_infeasible
                choose=move |word| app.configure(move |config| choose_infeasible(config, &word))
            />
            <p class="buttons">
                <button
                    type="button"
                    prop:disabled=is_default
                    on:click=move |_| {
                        let defaults = defaults.clone();
                        app.configure(move |config| *config = defaults);
                    }
                >"Reset all to defaults"</button>
            </p>
        </section>
    }
}

/// A select with a sentence, and a formula where there is one, for what is chosen.
#[component]
fn Picker(
    /// Id of the control.
    id: &'static str,
    /// Its label.
    label: &'static str,
    /// What can be chosen.
    offers: Vec<Offer>,
    /// The word that is chosen.
    chosen: Memo<&'static str>,
    /// Takes a choice.
    choose: impl Fn(String) + Copy + 'static,
) -> impl IntoView {
    let options = offers
        .iter()
        .map(|offer| {
            let word = offer.word;
            let mark = if offer.is_default { " (default)" } else { "" };
            view! { <option value=word prop:selected=move || chosen.get() == word>{format!("{}{mark}", offer.label)}</option> }
        })
        .collect_view();
    let help = format!("{id}-help");
    let described_by = help.clone();
    view! {
        <div class="picker">
            <label for=id>{label}</label>
            <select id=id aria-describedby=described_by prop:value=chosen on:change=move |event| choose(event_target_value(&event))>{options}</select>
            <p class="quiet" id=help>
                {move || offers.iter().find(|offer| offer.word == chosen.get()).map(|offer| {
                    let formula = offer.formula;
                    view! {
                        {offer.meaning.clone()}
                        {(!formula.is_empty()).then(|| view! { <code class="formula">{formula}</code> })}
                    }
                })}
            </p>
        </div>
    }
}

/// A number of the settings.
#[component]
fn ParameterSlider(
    /// Which one.
    parameter: Parameter,
) -> impl IntoView {
    let app = App::here();
    let look = parameter.look();
    let id = parameter.pointer().trim_start_matches('/').replace('/', "-");
    let value = Memo::new(move |_| app.config.with(|config| parameter.get(config)));
    let typed = RwSignal::new(parameter.text(value.get_untracked()));
    let refused = RwSignal::new(None::<String>);
    let focused = RwSignal::new(false);
    // What the settings say is what the entry shows, except while someone is writing in it.
    Effect::new(move |_| {
        let text = parameter.text(value.get());
        if !focused.get_untracked() {
            typed.set(text);
            refused.set(None);
        }
    });
    let set = move |value: Option<f64>| app.configure(move |config| parameter.set(config, value));
    let read = move |text: &str, complain: bool| match parameter.read(text) {
        Ok(value) => {
            refused.set(None);
            set(value);
        }
        Err(sentence) if complain => refused.set(Some(sentence)),
        Err(_) => {}
    };
    // The engine's own complaint about this field, beside the field.
    let complaint = app.memo(move |model| {
        let faults = model.refusal.as_ref().map_or(&[][..], |problem| &problem.faults);
        faults
            .iter()
            .find(|fault| fault.path.strip_prefix("/config").unwrap_or(&fault.path) == parameter.pointer())
            .map(|fault| format!("{} {}", fault.message, fault.hint))
    });
    let message = Memo::new(move |_| refused.get().or_else(|| complaint.get()));
    let rest = look.off_at.unwrap_or(look.low);
    let default_mark = parameter.default_value().or(look.off_at);
    let (marks, message_id, slider_marks) = (format!("{id}-marks"), format!("{id}-message"), format!("{id}-marks"));
    let described_by = message_id.clone();
    let label = if look.unit.is_empty() { look.label.to_owned() } else { format!("{}, {}", look.label, look.unit) };
    let slider_label = format!("{label}, slider");
    view! {
        <div class="parameter" class:changed=move || value.get() != parameter.default_value()>
            <label for=id.clone() title=look.help>{look.label}</label>
            <input
                type="text"
                inputmode="decimal"
                autocomplete="off"
                spellcheck="false"
                id=id.clone()
                class="entry"
                aria-label=label
                aria-describedby=described_by
                aria-invalid=move || message.with(Option::is_some).to_string()
                prop:value=typed
                on:focus=move |_| focused.set(true)
                on:input=move |event| {
                    let text = event_target_value(&event);
                    read(&text, false);
                    typed.set(text);
                }
                on:change=move |event| read(&event_target_value(&event), true)
                on:blur=move |_| {
                    focused.set(false);
                    if refused.with_untracked(Option::is_none) {
                        typed.set(parameter.text(value.get_untracked()));
                    }
                }
            />
            <span class="unit" aria-hidden="true">{look.unit}</span>
            <button
                type="button"
                class="reset"
                aria-label=format!("Reset {} to its default", look.label)
                title="Reset to the default"
                prop:disabled=move || value.get() == parameter.default_value()
                on:click=move |_| set(parameter.default_value())
            >"↺"</button>
            <input
                type="range"
                class="slider"
                aria-label=slider_label
                aria-valuetext=move || format!("{} {}", parameter.text(value.get()), look.unit)
                min=look.low.to_string()
                max=look.high.to_string()
                step=look.step.to_string()
                list=slider_marks
                prop:value=move || value.get().unwrap_or(rest).to_string()
                on:input=move |event| {
                    if let Ok(place) = event_target_value(&event).parse::<f64>() {
                        set(if look.off_at == Some(place) { None } else { Some(place) });
                    }
                }
            />
            <datalist id=marks>{default_mark.map(|mark| view! { <option value=mark.to_string()></option> })}</datalist>
            <p class="message" id=message_id role="alert">{message}</p>
        </div>
    }
}
