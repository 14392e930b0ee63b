//! Settings: pickers that explain themselves, sliders with an exact entry, a reset and a mark for the default.

use crate::app::App;
use crate::state::parameter::Parameter;
use crate::state::setting::{INFEASIBLE, MEASURE, METHOD, Offer, Pick, SELDOM, WHEN_ALERTING};
use allocator_core::config::blend::{BlendConfig, BlendMethod};
use allocator_core::stats::CorrelationMethod;
use leptos::prelude::*;

use super::slider::NumberSlider;

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
    let offers: Vec<Offer> = (pick.offers)();
    let options = offers
        .iter()
        .map(|offer| {
            let word = offer.word;
            let mark = if offer.is_default { " (default)" } else { "" };
            // What is not offered is still named where it is set, by a file or by another view.
            let offered = keep.is_none_or(|keep| keep(offer));
            let hidden = move || !offered && chosen.get() != word;
            let selected = move || chosen.get() == word;
            view! { <option value=word prop:hidden=hidden prop:disabled=hidden prop:selected=selected>{format!("{}{mark}", offer.label)}</option> }
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
    let id = format!("{place}{}", parameter.pointer().trim_start_matches('/').replace('/', "-"));
    let value = Memo::new(move |_| app.config.with(|config| parameter.get(config)));
    // The engine's own complaint about this field, beside the field.
    let complaint = app.memo(move |model| {
        let faults = model.refusal.as_ref().map_or(&[][..], |problem| &problem.faults);
        faults
            .iter()
            .find(|fault| fault.path.strip_prefix("/config").unwrap_or(&fault.path) == parameter.pointer())
            .map(|fault| format!("{} {}", fault.message, fault.hint))
    });
    let set = Callback::new(move |value| app.configure(move |config| parameter.set(config, value)));
    let settle = Callback::new(move |()| app.settle());
    view! {
        <NumberSlider
            id look=parameter.look() count=parameter.is_count()
            value default=parameter.default_value() complaint set settle
        />
    }
}
