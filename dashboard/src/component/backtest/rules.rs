//! When the strategies trade, at what cost, and what their ranks become.

use super::desk::Desk;
use super::entry::{Entry, Range};
use crate::component::panel::Segmented;
use crate::state::backtest::settings::{Baseline, Overlay, SCHEMES, SIDES, Settings, Sharing};
use crate::state::capital::method::{OFFERED, label, meaning};
use crate::state::number::{fixed, plain};
use allocator_core::config::backtest::{Execution, Rebalance};
use allocator_core::wire::Choice;
use leptos::prelude::*;

/// Years that are looked back; 0 is all.
const YEARS: &[(u32, &str)] = &[(3, "3 y"), (5, "5 y"), (10, "10 y"), (0, "All")];

/// How strategies share the capital.
const CAPITAL: &[(Sharing, &str)] = &[(Sharing::Shares, "Shares"), (Sharing::Method, "Method"), (Sharing::Blend, "Blend")];

/// What the risk overlay does.
const OVERLAY: &[(Overlay, &str)] = &[(Overlay::None, "None"), (Overlay::Watch, "Watch"), (Overlay::Scale, "Scale")];

/// Whether the run is held against the ledgers.
const PATHS: &[(bool, &str)] = &[(false, "Weights"), (true, "Weights and ledgers")];

/// A fraction in a unit of `scale` as text, without needless noughts.
fn shown(value: f64, scale: f64) -> String {
    let text = plain(value * scale, 4);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A select over the words of the engine.
#[component]
fn Words<C: Choice + PartialEq + Send + Sync + 'static>(
    id: &'static str,
    label: &'static str,
    #[prop(into)] value: Signal<C>,
    set: Callback<C>,
    /// Words that cannot be chosen, and why.
    #[prop(optional)]
    refused: &'static [(&'static str, &'static str)],
) -> impl IntoView {
    let why = move || {
        let chosen = value.get();
        C::WORDS.iter().find(|(choice, ..)| *choice == chosen).map(|(.., meaning)| meaning.trim())
    };
    let help = format!("{id}-help");
    view! {
        <div class="picker">
            <label for=id>{label}</label>
            <select
                id=id
                aria-describedby=help.clone()
                on:change=move |event| {
                    if let Some(choice) = C::from_word(&event_target_value(&event)) {
                        set.run(choice);
                    }
                }
            >
                {C::WORDS.iter().map(|(choice, word, ..)| {
                    let choice = *choice;
                    let reason = refused.iter().find(|(known, _)| known == word).map(|(_, why)| format!(" ({why})"));
                    let (label, closed) = (word.replace('_', " "), reason.is_some());
                    view! {
                        <option value=*word prop:selected=move || value.get() == choice disabled=closed>
                            {format!("{label}{}", reason.unwrap_or_default())}
                        </option>
                    }
                }).collect_view()}
            </select>
            <p class="quiet" id=help>{why}</p>
        </div>
    }
}

/// What becomes of the ranks.
#[component]
pub fn Held() -> impl IntoView {
    let desk = Desk::here();
    let read =
        move |take: fn(&Settings) -> f64| Signal::derive(move || desk.settings.with(|settings| shown(take(settings), 100.0)));
    let sides = Signal::derive(move || desk.settings.with(|settings| settings.rule.sides));
    let scheme = Memo::new(move |_| desk.settings.with(|settings| settings.rule.scheme));
    view! {
        <section class="panel" aria-labelledby="held-title">
            <div class="input-head"><h2 id="held-title">"What is held"</h2></div>
            <div class="picker">
                <label for="sides">"Positions"</label>
                <select id="sides" on:change=move |event| {
                    let chosen = event_target_value(&event);
                    if let Some((sides, _)) = SIDES.iter().find(|(sides, _)| sides.as_str() == chosen) {
                        desk.change_once("the side of positions", |settings| settings.rule.sides = *sides);
                    }
                }>
                    {SIDES.iter().map(|(each, word)| {
                        let each = *each;
                        view! { <option value=each.as_str() prop:selected=move || sides.get() == each>{*word}</option> }
                    }).collect_view()}
                </select>
            </div>
            <Entry id="top" label="Symbols held" unit="%" help="Share of the ranked symbols that is held on each side" value=read(|settings| settings.rule.top)
                range=Range { low: 1.0, high: 100.0 } set=Callback::new(move |value: f64| desk.change_once("the share of symbols", |settings| settings.rule.top = value / 100.0))/>
            <Entry id="cap" label="Largest weight" unit="%" help="Largest weight of one symbol inside a strategy" value=read(|settings| settings.rule.cap)
                range=Range { low: 1.0, high: 100.0 } set=Callback::new(move |value: f64| desk.change_once("the largest weight", |settings| settings.rule.cap = value / 100.0))/>
            <div class="picker">
                <label for="scheme">"They share the capital"</label>
                <select id="scheme" on:change=move |event| {
                    let chosen = event_target_value(&event);
                    if let Some((scheme, _)) = SCHEMES.iter().find(|(scheme, _)| scheme.as_str() == chosen) {
                        desk.change_once("how symbols share", |settings| settings.rule.scheme = *scheme);
                    }
                }>
                    {SCHEMES.iter().map(|(each, word)| {
                        let each = *each;
                        view! { <option value=each.as_str() prop:selected=move || scheme.get() == each>{*word}</option> }
                    }).collect_view()}
                </select>
            </div>
        </section>
        <Capital/>
    }
}

/// How strategies share the capital, and what governs the whole.
#[component]
fn Capital() -> impl IntoView {
    let desk = Desk::here();
    let sharing = Memo::new(move |_| desk.settings.with(Settings::sharing));
    let overlay = Memo::new(move |_| desk.settings.with(|settings| settings.overlay));
    view! {
        <section class="panel" aria-labelledby="sharing-title">
            <div class="input-head"><h2 id="sharing-title">"Capital and risk"</h2></div>
            <div class="picker">
                <span class="label">"Strategies share the capital by"</span>
                <Segmented
                    wide=true
                    label="Strategies share the capital by"
                    options=CAPITAL
                    value=sharing
                    choose=Callback::new(move |chosen| desk.change_once("how strategies share", |settings| settings.share_by(chosen)))
                />
                <p class="quiet">{move || match sharing.get() {
                    Sharing::Shares => "Fixed shares of capital; what they leave stays in cash.",
                    Sharing::Method => "Split anew by what each strategy earned alone until then, after the same costs.",
                    Sharing::Blend => "Blended anew at every rebalance by the settings of the Blend view, from what each strategy earned until then.",
                }}</p>
            </div>
            {move || (sharing.get() == Sharing::Method).then(|| view! { <Method/> })}
            <div class="picker">
                <span class="label">"Risk overlay"</span>
                <Segmented
                    wide=true
                    label="Risk overlay"
                    options=OVERLAY
                    value=overlay
                    choose=Callback::new(move |chosen| desk.change_once("the risk overlay", |settings| settings.overlay = chosen))
                />
                <p class="quiet">{move || match overlay.get() {
                    Overlay::None => "Nothing scales the targets. Watch shows the regimes below the curves.",
                    Overlay::Watch => "Regimes are told, and no weight is changed. Thresholds are those of the Risk view.",
                    Overlay::Scale => "All targets are scaled by the regime, one rebalance late. Thresholds and scalars are those of the Risk view.",
                }}</p>
            </div>
        </section>
    }
}

/// The method of capital.
#[component]
fn Method() -> impl IntoView {
    let desk = Desk::here();
    let own = Memo::new(move |_| desk.settings.with(|settings| settings.config.capital.clone().unwrap_or_default()));
    let schedule = Memo::new(move |_| desk.settings.with(|settings| settings.config.capital_schedule));
    let most = Signal::derive(move || own.with(|own| shown(own.constraints.max, 100.0)));
    let lookback = Signal::derive(move || own.with(|own| own.lookback.map(|bars| bars.to_string()).unwrap_or_default()));
    view! {
        <div class="picker">
            <label for="method">"Method"</label>
            <select id="method" aria-describedby="method-help" on:change=move |event| {
                let chosen = event_target_value(&event);
                if let Some(method) = OFFERED.into_iter().find(|method| method.as_str() == chosen) {
                    desk.change_once("the method of capital", |settings| settings.capital(|capital| capital.method = method));
                }
            }>
                {OFFERED.into_iter().map(|method| view! {
                    <option value=method.as_str() prop:selected=move || own.with(|own| own.method == method)>{label(method)}</option>
                }).collect_view()}
            </select>
            <p class="quiet" id="method-help">{move || own.with(|own| meaning(own.method))}</p>
        </div>
        <div class="picker">
            <label for="capital-schedule">"Split anew"</label>
            <select id="capital-schedule" on:change=move |event| {
                let chosen = Rebalance::from_word(&event_target_value(&event));
                desk.change_once("when capital is split", |settings| settings.config.capital_schedule = chosen);
            }>
                <option value="" prop:selected=move || schedule.get().is_none()>"At every rebalance"</option>
                {[Rebalance::Monthly, Rebalance::Quarterly, Rebalance::Yearly].into_iter().map(|each| view! {
                    <option value=each.as_str() prop:selected=move || schedule.get() == Some(each)>{each.as_str()}</option>
                }).collect_view()}
            </select>
        </div>
        <Entry id="strategy-max" label="Most of one strategy" unit="%" help="Largest share of the capital that one strategy may have" value=most
            range=Range { low: 1.0, high: 100.0 } set=Callback::new(move |value: f64| desk.change_once("the most of one strategy", |settings| settings.capital(|capital| capital.constraints.max = value / 100.0)))/>
        <Entry id="capital-lookback" label="Looks back" unit="bars" help="Newest returns that are read; empty for all" value=lookback
            range=Range { low: 2.0, high: 100_000.0 } set=Callback::new(move |value: f64| desk.change_once("how far capital looks back", |settings| settings.capital(|capital| capital.lookback = Some(value as u32))))
            clear=Callback::new(move |()| desk.change_once("how far capital looks back", |settings| settings.capital(|capital| capital.lookback = None)))/>
    }
}

/// When and at what cost.
#[component]
pub fn Trading() -> impl IntoView {
    let desk = Desk::here();
    let read = move |take: fn(&Settings) -> f64, scale: f64| {
        Signal::derive(move || desk.settings.with(|settings| shown(take(settings), scale)))
    };
    let rebalance =
        Signal::derive(move || desk.settings.with(|settings| settings.config.rebalance.unwrap_or(Rebalance::Monthly)));
    let execution = Signal::derive(move || desk.settings.with(|settings| settings.config.execution));
    let symbols =
        Memo::new(move |_| desk.opinions.with(|found| found.as_ref().map(|found| found.symbols.clone()).unwrap_or_default()));
    let baseline = Memo::new(move |_| desk.settings.with(|settings| settings.baseline.clone()));
    let is_default = Memo::new(move |_| desk.settings.with(|settings| *settings == Settings::default()));
    let capital = Signal::derive(move || desk.settings.with(|settings| fixed(settings.config.initial_value, 0)));
    view! {
        <section class="panel" aria-labelledby="trading-title">
            <div class="input-head"><h2 id="trading-title">"Trading"</h2></div>
            <Words id="rebalance" label="Rebalance" value=rebalance set=Callback::new(move |chosen| desk.change_once("when it rebalances", |settings| settings.config.rebalance = Some(chosen)))/>
            <Words id="execution" label="Executed" value=execution refused=&[("next_open", "needs opening prices")]
                set=Callback::new(move |chosen: Execution| desk.change_once("the execution", |settings| settings.config.execution = chosen))/>
            <Entry id="cost" label="Commission" unit="bp" help="Basis points of the value traded" value=read(|settings| settings.config.cost_rate, 1e4)
                range=Range { low: 0.0, high: 5000.0 } set=Callback::new(move |value: f64| desk.change_once("the commission", |settings| settings.config.cost_rate = value / 1e4))/>
            <Entry id="slippage" label="Slippage" unit="bp" help="Half the spread, basis points of the price" value=read(|settings| settings.config.slippage_rate, 1e4)
                range=Range { low: 0.0, high: 5000.0 } set=Callback::new(move |value: f64| desk.change_once("the slippage", |settings| settings.config.slippage_rate = value / 1e4))/>
            <Entry id="cash-rate" label="Interest on cash" unit="%" help="A year" value=read(|settings| settings.config.cash_rate, 100.0)
                range=Range { low: -100.0, high: 100.0 } set=Callback::new(move |value: f64| desk.change_once("the interest on cash", |settings| settings.config.cash_rate = value / 100.0))/>
            <Entry id="capital" label="Capital" help="Money at the start" value=capital
                range=Range { low: 1.0, high: 1e15 } set=Callback::new(move |value: f64| desk.change_once("the capital", |settings| settings.config.initial_value = value))/>
            <div class="picker">
                <span class="label">"Years"</span>
                <Segmented wide=true label="Years" options=YEARS value=Signal::derive(move || desk.settings.with(|settings| settings.years))
                    choose=Callback::new(move |years| desk.change_once("the years", |settings| settings.years = years))/>
            </div>
            <div class="picker">
                <span class="label">"Carried out by"</span>
                <Segmented wide=true label="Carried out by" options=PATHS value=Signal::derive(move || desk.settings.with(|settings| settings.config.ledgers))
                    choose=Callback::new(move |ledgers| desk.change_once("the path", |settings| settings.config.ledgers = ledgers))/>
            </div>
            <div class="picker">
                <label for="baseline">"Held against"</label>
                <select id="baseline" on:change=move |event| {
                    let chosen = match event_target_value(&event).as_str() {
                        "equal" => Baseline::Equal,
                        "none" => Baseline::None,
                        symbol => Baseline::Symbol(symbol.trim_start_matches("symbol:").to_owned()),
                    };
                    desk.change_once("the baseline", |settings| settings.baseline = chosen);
                }>
                    <option value="equal" prop:selected=move || baseline.get() == Baseline::Equal>"All symbols equally"</option>
                    <option value="none" prop:selected=move || baseline.get() == Baseline::None>"Nothing"</option>
                    {move || symbols.get().into_iter().map(|symbol| {
                        let own = Baseline::Symbol(symbol.clone());
                        view! { <option value=format!("symbol:{symbol}") prop:selected=move || baseline.get() == own>{format!("{symbol}, bought once")}</option> }
                    }).collect_view()}
                </select>
            </div>
            <p class="buttons">
                <button type="button" class="button" prop:disabled=is_default on:click=move |_| desk.change_once("all defaults", |settings| *settings = Settings::default())>"Reset all to defaults"</button>
            </p>
        </section>
    }
}
