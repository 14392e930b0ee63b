//! What deserves attention: alerts, limits that bind, warnings, and what happened to the page itself.

use super::icon::Icon;
use crate::app::App;
use crate::frame::Frame;
use crate::state::blend::{Alert, Binding, Blend};
use crate::state::explain::Subject;
use crate::state::model::{Event, Severity};
use crate::state::number::{counted, fixed, percent};
use crate::state::problem::Fault;
use leptos::prelude::*;

/// Limits listed one by one before the rest is counted.
const BINDINGS: usize = 6;

/// Notices, alerts, limits and warnings.
#[component]
pub fn Notices() -> impl IntoView {
    let app = App::here();
    let notices = app.memo(|model| model.notices.clone());
    let restarts = app.memo(|model| model.restarts);
    view! {
        <section class="panel notices-panel" aria-labelledby="notices-title">
            <header class="panel-head">
                <h2 id="notices-title">"Notices"</h2>
                <p class="scope">{move || app.blend.get().map(|blend| format!(
                    "{}, {}",
                    counted(blend.alerts.len() as u64, "alert", "alerts"),
                    counted((blend.warnings.len() + blend.bindings.len()) as u64, "note", "notes"),
                ))}</p>
            </header>
            <ul class="notices" data-testid="notices">
                {move || notices.get().into_iter().enumerate().map(|(index, notice)| view! {
                    <li class=if notice.severity == Severity::Warning { "warning" } else { "note" }>
                        {if notice.severity == Severity::Warning { view! { <Icon name="warning"/> }.into_any() } else { view! { <i class="bracket"></i> }.into_any() }}
                        <b>{notice.title}</b>
                        <p>{notice.detail}</p>
                        <button type="button" class="link" on:click=move |_| app.dispatch(Event::Dismissed(index))>"Dismiss"</button>
                    </li>
                }).collect_view()}
                {move || app.blend.get().map(|blend| blend.alerts.iter().map(|alert| alert_line(&blend, alert)).collect_view())}
                {move || app.blend.get().map(|blend| bindings(&blend))}
            </ul>
            {move || (restarts.get() > 0).then(|| view! { <ErrorReport/> })}
            {move || app.blend.get().map(|blend| view! {
                <ul class="notices" data-testid="warnings">
                    {blend.warnings.iter().cloned().map(warning).collect_view()}
                    {(!blend.dropped.is_empty()).then(|| {
                        let names: Vec<&str> = blend.dropped.iter().take(8).map(|(symbol, _)| symbol.as_str()).collect();
                        let more = blend.dropped.len().saturating_sub(names.len());
                        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                        view! { <li class="note"><i class="bracket"></i><b>"Left out by a limit"</b><p>{format!("{}{more}.", names.join(", "))}</p></li> }
                    })}
                </ul>
            })}
        </section>
    }
}

/// Copies what is known of errors, once there was one.
#[component]
fn ErrorReport() -> impl IntoView {
    let word = RwSignal::new("Copy the error report");
    let copy = move |_| {
        let report = crate::report::text();
        crate::browser::copy(report.clone(), move |copied| {
            if !copied {
                // Without a clipboard it comes as a file.
                crate::browser::save("error-report.txt", "text/plain", &report);
            }
            word.try_set(if copied { "Copied" } else { "Saved as error-report.txt" });
        });
    };
    view! { <p class="buttons"><button type="button" class="link" data-testid="error-report" on:click=copy>{word}</button></p> }
}

fn alert_line(blend: &Blend, alert: &Alert) -> impl IntoView + use<> {
    let (app, frame) = (App::here(), Frame::here());
    let name = |id: &str| {
        blend
            .strategies
            .iter()
            .find(|strategy| strategy.tag.strategy == id)
            .map_or_else(|| id.to_owned(), |strategy| strategy.tag.name())
    };
    let share: f64 = blend
        .strategies
        .iter()
        .filter(|strategy| alert.pair.contains(&strategy.tag.strategy))
        .map(|strategy| strategy.weight)
        .sum();
    let (how, side, threshold) = if alert.value < 0.0 {
        ("against each other", "below", -alert.threshold)
    } else {
        ("together", "above", alert.threshold)
    };
    let title = format!("{} and {} move {how}", name(&alert.pair[0]), name(&alert.pair[1]));
    let detail = format!(
        "ρ {} over {} shared days, {side} {}. Together they hold {} % of capital.",
        fixed(alert.value, 2),
        alert.n,
        fixed(threshold, 2),
        percent(share),
    );
    let pair = Subject::pair(&alert.pair[0], &alert.pair[1]);
    view! {
        <li class="warning" data-testid="alert">
            <Icon name="warning"/>
            <b>{title}</b>
            <p>{detail}</p>
            <button type="button" class="link" on:click=move |_| {
                app.select(pair.clone());
                frame.go_to("correlation");
            }>"Open pair"</button>
        </li>
    }
}

/// What a limit is called and what binding means.
fn words(binding: &Binding) -> (String, String) {
    let value = binding.value.map_or_else(String::new, |value| format!(" of {} %", percent(value)));
    let (what, why) = match binding.limit.as_str() {
        "per_strategy_max" | "strategy_max" => {
            ("Strategy cap", "What it gave up went to strategies with room, or stays in cash.")
        }
        "symbol_max" => ("Symbol cap", "What it gave up went to symbols with room, or stays in cash."),
        "group_max" => ("Group cap", "The group holds no more than this, whatever its strategies say."),
        "gross_max" => ("Gross cap", "The whole is scaled down to it."),
        "net_max" | "net_min" => ("Net limit", "One side is scaled down to it."),
        "positions_max" => ("Most positions", "The smallest positions are left out."),
        "position_min" => ("Smallest position", "Smaller positions are left out."),
        "lots" => ("Whole lots", "Positions are rounded toward zero."),
        other => (other, ""),
    };
    let on = if binding.name.is_empty() { String::new() } else { format!(" on {}", binding.name) };
    (format!("{what}{value} binds{on}"), String::from(why))
}

fn bindings(blend: &Blend) -> impl IntoView + use<> {
    let more = blend.bindings.len().saturating_sub(BINDINGS);
    view! {
        {blend.bindings.iter().take(BINDINGS).map(|binding| {
            let (title, why) = words(binding);
            view! { <li class="note"><i class="bracket"></i><b>{title}</b><p>{why}</p></li> }
        }).collect_view()}
        {(more > 0).then(|| view! { <li class="note"><i class="bracket"></i><b>{format!("{more} more limits bind")}</b></li> })}
    }
}

fn warning(fault: Fault) -> impl IntoView {
    view! {
        <li class="note">
            <i class="bracket"></i>
            <b>{fault.message}</b>
            <p>{fault.hint}</p>
            <p class="place"><code>{fault.path}</code><code>{fault.code}</code></p>
        </li>
    }
}
