//! The strategies with their shares, and a box that leaves one out.

use super::cells::{Percent, TagMark};
use crate::app::App;
use crate::frame::Frame;
use crate::state::blend::Strategy;
use crate::state::explain::Subject;
use crate::state::setting;
use leptos::prelude::*;
use std::collections::BTreeMap;

/// Caps of their own that strategies had when they were left out.
type OwnCaps = StoredValue<BTreeMap<String, f64>>;

/// The list of strategies.
#[component]
pub fn Strategies() -> impl IntoView {
    let (app, frame) = (App::here(), Frame::here());
    let left_out = Memo::new(move |_| app.config.with(setting::left_out));
    let own_caps = OwnCaps::new(BTreeMap::new());
    view! {
        <section class="panel" aria-labelledby="strategies-title">
            <div class="input-head">
                <h2 id="strategies-title">"Strategies"</h2>
                <button type="button" class="link" on:click=move |_| frame.go_to("data")>"Add data"</button>
            </div>
            {move || app.blend.get().map(|blend| {
                let has_volatility = blend.strategies.iter().any(|strategy| strategy.volatility.is_some());
                view! {
                    <p class="list-head" aria-hidden="true">{has_volatility.then(|| view! { <span>"σ %"</span> })}<span>"Weight %"</span></p>
                    <ul class="strategy-list" data-testid="strategies">
                        {blend.strategies.iter().map(|strategy| line(app, own_caps, strategy, has_volatility, left_out.with(|names| names.contains(&strategy.tag.strategy)))).collect_view()}
                    </ul>
                }
            })}
        </section>
    }
}

fn line(app: App, own_caps: OwnCaps, strategy: &Strategy, has_volatility: bool, left_out: bool) -> impl IntoView + use<> {
    let (id, explained) = (strategy.tag.strategy.clone(), strategy.tag.strategy.clone());
    let name = strategy.tag.name();
    let why = if !strategy.unknown.is_empty() {
        Some(("unknown", strategy.unknown.clone()))
    } else if left_out {
        None
    } else if !strategy.active {
        Some(("no position", String::from("It holds no position after the limits on rows.")))
    } else {
        None
    };
    let title = if strategy.statistic.is_empty() {
        strategy.tag.strategy.clone()
    } else {
        format!("{}: {}", strategy.tag.strategy, strategy.statistic)
    };
    view! {
        <li>
            <input
                type="checkbox"
                aria-label=format!("Include {name}")
                title="Left out, its cap is 0 %"
                prop:checked=!left_out
                on:change=move |event| {
                    let include = event_target_checked(&event);
                    let id = id.clone();
                    app.configure_once(move |config| {
                        own_caps.update_value(|caps| setting::include(config, caps, &id, include));
                    });
                }
            />
            <TagMark tag=strategy.tag.clone()/>
            <span class="label" title=title><button type="button" class="row-button pick" on:click=move |_| app.select(Subject::Strategy(explained.clone()))>{name}</button></span>
            {why.map(|(word, why)| view! { <span class="chip" title=why>{word}</span> })}
            {has_volatility.then(|| view! { <span class="number volatility"><Percent value=strategy.volatility/></span> })}
            <span class="number"><Percent value=Some(strategy.weight)/></span>
        </li>
    }
}
