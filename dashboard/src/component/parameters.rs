//! Settings: pickers that explain themselves, sliders with an exact entry, a reset and a mark for the default.

use crate::app::App;
use crate::frame::keys::press;
use crate::state::keymap::slide;
use crate::state::parameter::Parameter;
use crate::state::setting::{INFEASIBLE, MEASURE, METHOD, Offer, Pick, SELDOM, WHEN_ALERTING};
use allocator_core::config::blend::{BlendConfig, BlendMethod};
use allocator_core::stats::CorrelationMethod;
use leptos::prelude::*;

use super::icon::Icon;

/// The method and what it means.
#[component]
pub fn Method() -> impl IntoView {
    view! {
        <section class="panel" aria-labelledby="method-title">
            <div class="input-head"><h2 id="method-title">"Method"</h2></div>
            <Picker pick=&METHOD keep=is_offered/>
        </section>
    }
}

/// Methods that need tables which this page cannot give yet are not offered; a configuration file may still name them.
fn is_offered(offer: &Offer) -> bool {
    ![BlendMethod::Fixed.as_str(), BlendMethod::InformationCoefficient.as_str()].contains(&offer.word)
}

/// How many of some parameters are not at their default, in words.
fn changed(app: App, parameters: &'static [Parameter]) -> impl Fn() -> String + Copy + Send + Sync + 'static {
    let count = Memo::new(move |_| {
        app.config.with(|config| parameters.iter().filter(|parameter| parameter.get(config) != parameter.default_value()).count())
    });
    move || match count.get() {
        0 => String::from("defaults"),
        many => format!("{many} changed"),
    }
}

/// Limits and the other numbers.
#[component]
pub fn Limits() -> impl IntoView {
    let app = App::here();
    let is_default = Memo::new(move |_| app.config.with(|config| *config == BlendConfig::default()));
    view! {
        <section class="panel" aria-labelledby="limits-title">
            <div class="input-head">
                <h2 id="limits-title">"Limits and parameters"</h2>
                <span class="quiet">{changed(app, &Parameter::LIMITS)}</span>
            </div>
            {Parameter::LIMITS.into_iter().map(|parameter| view! { <ParameterSlider parameter/> }).collect_view()}
            <p class="check">
                <input
                    type="checkbox"
                    id="shorts"
                    prop:checked=move || app.config.with(|config| config.allow_short_positions)
                    on:change=move |event| {
                        let checked = event_target_checked(&event);
                        app.configure_once(move |config| config.allow_short_positions = checked);
                    }
                />
                <label for="shorts">"Allow short positions"</label>
            </p>
            <Picker pick=&INFEASIBLE/>
            <details class="more">
                <summary>"More settings"<span class="quiet">{changed(app, &Parameter::SELDOM)}</span></summary>
                {Parameter::SELDOM.into_iter().map(|parameter| view! { <ParameterSlider parameter/> }).collect_view()}
                {SELDOM.iter().map(|pick| view! { <Picker pick/> }).collect_view()}
            </details>
            <p class="buttons">
                <button
                    type="button"
                    class="button"
                    prop:disabled=is_default
                    on:click=move |_| app.configure_once(|config| *config = BlendConfig::default())
                >"Reset all to defaults"</button>
            </p>
        </section>
    }
}

/// How correlation is measured.
#[component]
pub fn Measure() -> impl IntoView {
    let app = App::here();
    let weighted = Memo::new(move |_| app.config.with(|config| config.correlation.method == CorrelationMethod::Ewma));
    view! {
        <section class="panel" aria-labelledby="measure-title">
            <div class="input-head">
                <h2 id="measure-title">"Measure"</h2>
                <span class="quiet">{changed(app, &Parameter::MEASURE)}</span>
            </div>
            <Picker pick=&MEASURE/>
            <ParameterSlider parameter=Parameter::Window/>
            <ParameterSlider parameter=Parameter::Minimum/>
            {move || weighted.get().then(|| view! { <ParameterSlider parameter=Parameter::HalfLife/> })}
        </section>
    }
}

/// When a pair alerts.
#[component]
pub fn Alerts() -> impl IntoView {
    let app = App::here();
    view! {
        <section class="panel" aria-labelledby="alerts-title">
            <div class="input-head">
                <h2 id="alerts-title">"Alerts"</h2>
                <span class="quiet">{changed(app, &Parameter::ALERTS)}</span>
            </div>
            {Parameter::ALERTS.into_iter().map(|parameter| view! { <ParameterSlider parameter/> }).collect_view()}
            <p class="check">
                <input
                    type="checkbox"
                    id="absolute"
                    prop:checked=move || app.config.with(|config| config.correlation.absolute)
                    on:change=move |event| {
                        let checked = event_target_checked(&event);
                        app.configure_once(move |config| config.correlation.absolute = checked);
                    }
                />
                <label for="absolute">"Also when ρ is strongly negative"</label>
            </p>
        </section>
    }
}

/// What an alert does to the blend.
#[component]
pub fn WhenAlerting() -> impl IntoView {
    view! {
        <section class="panel" aria-labelledby="when-title">
            <div class="input-head"><h2 id="when-title">"What an alert does"</h2></div>
            <Picker pick=&WHEN_ALERTING/>
        </section>
    }
}

/// A select with a sentence, and a formula where there is one, for what is chosen.
#[component]
pub fn Picker(
    /// What is picked.
    pick: &'static Pick,
    /// Which of the offers are made.
    #[prop(optional)]
    keep: Option<fn(&Offer) -> bool>,
) -> impl IntoView {
    let app = App::here();
    let chosen = Memo::new(move |_| app.config.with(|config| (pick.get)(config)));
    let offers: Vec<Offer> = (pick.offers)().into_iter().filter(|offer| keep.is_none_or(|keep| keep(offer))).collect();
    let options = offers
        .iter()
        .map(|offer| {
            let word = offer.word;
            let mark = if offer.is_default { " (default)" } else { "" };
            view! { <option value=word prop:selected=move || chosen.get() == word>{format!("{}{mark}", offer.label)}</option> }
        })
        .collect_view();
    let id = pick.id;
    let help = format!("{id}-help");
    let described_by = help.clone();
    view! {
        <div class="picker">
            <label for=id>{pick.label}</label>
            <select
                id=id
                aria-describedby=described_by
                prop:value=chosen
                on:change=move |event| {
                    let word = event_target_value(&event);
                    app.configure_once(move |config| (pick.set)(config, &word));
                }
            >{options}</select>
            <p class="quiet" id=help>
                {move || offers.iter().find(|offer| offer.word == chosen.get()).map(|offer| {
                    let formula = offer.formula;
                    view! {
                        {offer.meaning.clone()}
                        {(!formula.is_empty()).then(|| view! { <span class="formula">{formula}</span> })}
                    }
                })}
            </p>
        </div>
    }
}

/// Where a number lies on its slider, from 0 to 1.
fn place_on(parameter: Parameter, value: Option<f64>) -> f64 {
    let look = parameter.look();
    let value = value.or(look.off_at).unwrap_or(look.low);
    ((value - look.low) / (look.high - look.low)).clamp(0.0, 1.0)
}

/// A number of the settings.
#[component]
pub fn ParameterSlider(
    /// Which one.
    parameter: Parameter,
    /// Where it stands a second time, so that ids stay different.
    #[prop(optional)]
    place: &'static str,
) -> impl IntoView {
    let app = App::here();
    let look = parameter.look();
    let id = format!("{place}{}", parameter.pointer().trim_start_matches('/').replace('/', "-"));
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
    let default = parameter.default_value();
    let go = move |to: f64| set(if look.off_at == Some(to) { None } else { Some(to) });
    let on_key = move |event: web_sys::KeyboardEvent| {
        let key = event.key();
        let now = value.get_untracked().unwrap_or(rest);
        let to = slide(press(&event, &key), now, look.low, look.high, look.step, default.unwrap_or(rest));
        if let Some(to) = to.filter(|_| !event.ctrl_key() && !event.meta_key()) {
            event.prevent_default();
            // A count has no places between two steps.
            go(if look.decimals == 0 { to.round() } else { to });
            app.settle();
        }
    };
    let message_id = format!("{id}-message");
    let described_by = message_id.clone();
    let label = if look.unit.is_empty() { look.label.to_owned() } else { format!("{}, {}", look.label, look.unit) };
    let slider_label = format!("{label}, slider");
    let default_text = format!("{} {}", parameter.text(default), look.unit);
    let default_title = format!("Default {}", default_text.trim());
    let reset_title = format!("Reset {} to its default", look.label);
    view! {
        <div class="parameter" class:changed=move || value.get() != default>
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
                on:change=move |event| {
                    read(&event_target_value(&event), true);
                    app.settle();
                }
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
                class="icon-button reset"
                aria-label=reset_title
                title=default_title.clone()
                prop:disabled=move || value.get() == default
                on:click=move |_| {
                    set(default);
                    app.settle();
                }
            ><Icon name="reset"/></button>
            <div class="track" style:--at=move || place_on(parameter, value.get()).to_string() style:--default=place_on(parameter, default).to_string()>
                <i class="fill"></i>
                <i class="default" title=default_title></i>
                <input
                    type="range"
                    class="slider"
                    aria-label=slider_label
                    aria-valuetext=move || format!("{} {}", parameter.text(value.get()), look.unit)
                    min=look.low.to_string()
                    max=look.high.to_string()
                    step="any"
                    prop:value=move || value.get().unwrap_or(rest).to_string()
                    on:keydown=on_key
                    on:input=move |event| {
                        if let Ok(place) = event_target_value(&event).parse::<f64>() {
                            // The hand moves in steps; keys and the entry reach what lies between.
                            let step = ((place - look.low) / look.step).round() * look.step + look.low;
                            go(format!("{step:.6}").parse().unwrap_or(step).clamp(look.low, look.high));
                        }
                    }
                    on:change=move |_| app.settle()
                />
            </div>
            <p class="message" id=message_id role="alert">{message}</p>
        </div>
    }
}
