//! Limits of the whole, estimators, and settings of single methods.

use super::desk::Desk;
use crate::component::slider::NumberSlider;
use crate::state::capital::dial::{Dial, HALF_LIFE, HISTORY, METHODS, PORTFOLIO};
use crate::state::capital::method::{covariance_label, mean_label};
use crate::state::capital::settings::CapitalSettings;
use allocator_core::config::capital::CapitalConfig;
use allocator_core::estimate::{CovarianceEstimator, MeanEstimator};
use allocator_core::wire::Choice;
use leptos::prelude::*;

/// A number of the settings.
#[component]
fn DialSlider(dial: Dial) -> impl IntoView {
    let desk = Desk::here();
    let value = Memo::new(move |_| desk.settings.with(|settings| (dial.get)(&settings.config)));
    let complaint = Memo::new(move |_| {
        let faults = desk.settings.with(CapitalSettings::faults);
        faults.into_iter().find(|(path, _)| path == dial.pointer).map(|(_, words)| words)
    });
    let what = dial.look.label.to_lowercase();
    let set = Callback::new(move |value| desk.change(what.clone(), move |settings| (dial.set)(&mut settings.config, value)));
    let settle = Callback::new(move |()| desk.settle());
    let default = (dial.get)(&CapitalSettings::default().config);
    view! { <NumberSlider id=dial.id.to_owned() look=dial.look count=dial.count value default complaint set settle/> }
}

/// Limits of the whole.
#[component]
pub fn PortfolioLimits() -> impl IntoView {
    let desk = Desk::here();
    let binds = Memo::new(move |_| {
        desk.looked.with(|answer| {
            answer.as_ref().map(|answer| {
                let whole =
                    [("turnover_max", "The turnover budget binds."), ("target_volatility", "The target volatility binds.")];
                let single = [("change_max", "The change per strategy binds."), ("trade_min", "The smallest trade binds.")];
                let binds = |limit: &str| answer.outcome.bindings.iter().any(|bound| bound.limit == limit);
                whole
                    .into_iter()
                    .chain(single)
                    .filter(|(limit, _)| binds(limit))
                    .map(|(_, words)| words)
                    .collect::<Vec<_>>()
                    .join(" ")
            })
        })
    });
    view! {
        <section class="panel" aria-labelledby="capital-portfolio-title">
            <div class="input-head"><h2 id="capital-portfolio-title">"Portfolio limits"</h2></div>
            {PORTFOLIO.map(|dial| view! { <DialSlider dial/> })}
            {move || binds.get().filter(|words| !words.is_empty()).map(|words| view! {
                <p class="say"><i class="lit-key" aria-hidden="true"></i>{words}</p>
            })}
        </section>
    }
}

/// A select of a vocabulary of the engine, with a sentence for what is chosen.
#[component]
fn Vocabulary<C>(
    /// Id of the control.
    id: &'static str,
    /// What a person reads.
    label: &'static str,
    /// Name and sentence of a word.
    words: fn(C) -> (&'static str, String),
    /// What is set.
    get: fn(&CapitalConfig) -> C,
    /// Sets it.
    set: fn(&mut CapitalConfig, C),
) -> impl IntoView
where
    C: Choice + Default + PartialEq + Send + Sync,
{
    let desk = Desk::here();
    let chosen = Memo::new(move |_| desk.settings.with(|settings| get(&settings.config)));
    let options = C::WORDS
        .iter()
        .map(|(choice, word, ..)| {
            let choice = *choice;
            let mark = if choice == C::default() { " (default)" } else { "" };
            view! { <option value=*word prop:selected=move || chosen.get() == choice>{format!("{}{mark}", words(choice).0)}</option> }
        })
        .collect_view();
    let help = format!("{id}-help");
    view! {
        <div class="picker">
            <label for=id>{label}</label>
            <select id=id aria-describedby=help.clone() on:change=move |event| {
                if let Some(choice) = C::from_word(&event_target_value(&event)) {
                    desk.change_once(label.to_lowercase(), move |settings| set(&mut settings.config, choice));
                }
            }>{options}</select>
            <p class="quiet" id=help>{move || words(chosen.get()).1}</p>
        </div>
    }
}

fn mean(config: &CapitalConfig) -> MeanEstimator {
    config.estimators.mean
}

fn set_mean(config: &mut CapitalConfig, mean: MeanEstimator) {
    config.estimators.mean = mean;
}

fn covariance(config: &CapitalConfig) -> CovarianceEstimator {
    config.estimators.covariance
}

fn set_covariance(config: &mut CapitalConfig, covariance: CovarianceEstimator) {
    config.estimators.covariance = covariance;
}

/// How means and covariances are estimated, and from how much.
#[component]
pub fn Estimators() -> impl IntoView {
    let desk = Desk::here();
    let weighted = Memo::new(move |_| {
        desk.settings.with(|settings| {
            let estimators = &settings.config.estimators;
            estimators.mean == MeanEstimator::Ewma || estimators.covariance == CovarianceEstimator::Ewma
        })
    });
    let rows = Memo::new(move |_| desk.settings.with(CapitalSettings::rows));
    view! {
        <section class="panel" aria-labelledby="capital-estimators-title">
            <div class="input-head"><h2 id="capital-estimators-title">"Estimators"</h2></div>
            <Vocabulary id="capital-mean" label="Mean" words=mean_label get=mean set=set_mean/>
            <Vocabulary id="capital-covariance" label="Covariance" words=covariance_label get=covariance set=set_covariance/>
            {move || weighted.get().then(|| view! { <DialSlider dial=HALF_LIFE/> })}
            {HISTORY.map(|dial| view! { <DialSlider dial/> })}
            {METHODS.map(|(dial, methods)| {
                let shown = Memo::new(move |_| rows.with(|rows| methods.iter().any(|method| rows.contains(method))));
                move || shown.get().then(|| view! { <DialSlider dial/> })
            })}
        </section>
    }
}
