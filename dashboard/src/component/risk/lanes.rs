//! Baseline and scaled run, the regimes, and each feature against its threshold: lanes under one cursor.

use super::desk::Desk;
use crate::browser;
use crate::chart::frame::Twin;
use crate::chart::{Ribbon, TimeSeries};
use crate::component::faults::Faults;
use crate::component::panel::{PanelHead, Segmented};
use crate::figure::grid::date;
use crate::figure::{Grid, TimeSeries as Series};
use crate::frame::Frame;
use crate::state::number::{count, local_date};
use crate::state::risk::lanes;
use crate::state::risk::report::{FEATURES, Report};
use crate::state::risk::settings::regime_name;
use crate::state::same::Same;
use leptos::prelude::*;

/// Years shown; 0 is all.
const SPANS: &[(u32, &str)] = &[(1, "1 y"), (3, "3 y"), (0, "All")];

const YEAR_SECONDS: f64 = 365.25 * 86_400.0;

/// The lanes.
#[component]
pub fn Lanes() -> impl IntoView {
    let (desk, frame) = (Desk::here(), Frame::here());
    provide_context(desk.timeline);
    desk.keep_asking();
    let span = RwSignal::new(0_u32);
    let extent = Memo::new(move |_| desk.report.get().and_then(|report| report.extent()));
    // One period for all lanes, also those whose series begin later than the curves.
    let whole = move || {
        let (from, to) = extent.get()?;
        let years = span.get();
        Some(if years == 0 { (from, to) } else { ((to - f64::from(years) * YEAR_SECONDS).max(from), to) })
    };
    // Also where Escape or a double click in a lane took the period away: back to the span that is chosen.
    Effect::new(move |before: Option<Option<(f64, f64)>>| {
        let (now, wanted) = (desk.timeline.period.get(), whole());
        let chosen = before.is_some_and(|before| before == wanted);
        if wanted.is_some() && now != wanted && (now.is_none() || !chosen) {
            desk.timeline.period.set(wanted);
        }
        wanted
    });
    let scope = Signal::derive(move || {
        let (Some(report), Some(source)) = (desk.report.get(), desk.source.get()) else { return String::new() };
        desk.settings.with(|settings| source.scope(settings, report.days))
    });
    let table = Memo::new(move |_| {
        desk.report.get().map_or_else(Grid::default, |report| desk.exposure.with(|exposure| lanes::table(&report, exposure)))
    });
    let name = move |extension: &str| {
        let digest = desk.report.with_untracked(|report| report.as_ref().map(|report| report.digest.clone()).unwrap_or_default());
        format!("risk-{}.{extension}", digest.get(..8).unwrap_or_default())
    };
    let download = Callback::new(move |()| browser::save(&name("csv"), "text/csv", &table.with_untracked(Grid::to_csv)));
    let has_report = Memo::new(move |_| desk.report.with(Option::is_some));
    view! {
        <section class="panel risk-lanes" aria-labelledby="lanes-title" data-testid="risk-lanes" aria-busy=move || desk.standing.get().busy.to_string()>
            <PanelHead id="lanes-title" title=Signal::stored(String::from("Baseline and scaled run")) scope=scope twin=frame.tables download=download>
                <Segmented label="Period" options=SPANS value=span choose=Callback::new(move |years| span.set(years))/>
                <button
                    type="button"
                    class="link"
                    aria-label="Save all lanes as JSON"
                    on:click=move |_| browser::save(&name("json"), "application/json", &table.with_untracked(Grid::to_columns))
                >"JSON"</button>
            </PanelHead>
            <Standing/>
            {move || match (has_report.get(), frame.tables.get()) {
                (false, _) => ().into_any(),
                (true, true) => view! { <Twin grid=table name=Signal::stored(String::from("Risk by date"))/> }.into_any(),
                (true, false) => view! { <Drawn/> }.into_any(),
            }}
        </section>
    }
}

/// What is missing, what is awaited, what was refused, what is unknown.
#[component]
fn Standing() -> impl IntoView {
    let desk = Desk::here();
    view! {
        {move || desk.standing.get().problem.map(|problem| view! {
            <div class="refusal" role="alert" data-testid="risk-refusal">
                <h2>"The audit is refused"</h2>
                <Faults problem limit=5/>
                {desk.report.with(Option::is_some).then(|| view! { <p class="say">"Below is the last audit that was not."</p> })}
            </div>
        })}
        {move || {
            let (report, source, standing) = (desk.report.get(), desk.source.get(), desk.standing.get());
            match (report, source) {
                (Some(report), _) => missing(&report).into_any(),
                (None, None) => view! {
                    <p class="say" data-testid="risk-empty">"Nothing to audit yet: there is no allocation. Add a file of signals with their returns, or a file of weights by date beside returns of the assets. If yours was taken for something else, say what it is in Data, under Used as."</p>
                }.into_any(),
                (None, Some(_)) if standing.problem.is_none() => view! { <p class="say" data-testid="risk-working">"Auditing …"</p> }.into_any(),
                (None, Some(_)) => ().into_any(),
            }
        }}
    }
}

/// Why the state is unknown throughout, where it is.
fn missing(report: &Report) -> impl IntoView + use<> {
    report.is_unknown().then(|| {
        let reasons: Vec<String> = report
            .unknown
            .iter()
            .filter(|(figure, _, _)| FEATURES.iter().any(|(name, _, _)| name == figure))
            .map(|(figure, dates, reason)| {
                let label = FEATURES.iter().find(|(name, _, _)| name == figure).map_or(figure.as_str(), |(_, label, _)| *label);
                format!("{label} on {} days: {reason}", count(*dates))
            })
            .collect();
        view! {
            <div class="refusal" data-testid="risk-short">
                <h2>"The state is unknown on every day, so exposure stays at the warm-up scalar"</h2>
                <p class="say">"A state needs 60 days of returns and two assets that vary. Load a longer history, or more assets."</p>
                <ul class="faults">{reasons.into_iter().map(|reason| view! { <li>{reason}</li> }).collect_view()}</ul>
            </div>
        }
    })
}

type Shown = Memo<Option<Same<Report>>>;

#[component]
fn Drawn() -> impl IntoView {
    let desk = Desk::here();
    let report: Shown = desk.report;
    // Memos, because a lane reads its series again for every move of the cursor.
    let of = move |draw: fn(&Report) -> Series| {
        Memo::new(move |_| report.with(|report| report.as_ref().map_or_else(|| draw(&Report::default()), |report| draw(report))))
    };
    let text = |words: &'static str| Signal::stored(String::from(words));
    let equity = of(lanes::equity);
    let drawdown = of(lanes::drawdown);
    let regimes =
        Memo::new(move |_| report.with(|report| report.as_ref().map(|report| lanes::regimes(report)).unwrap_or_default()));
    let exposure = Memo::new(move |_| {
        let sleeves = desk.report.with(|report| report.as_ref().map(|report| report.sleeves.clone()).unwrap_or_default());
        desk.exposure.with(|column| desk.settings.with(|settings| lanes::exposure(column, &sleeves, settings)))
    });
    let features = FEATURES
        .iter()
        .enumerate()
        .map(|(place, (_, label, what))| {
            let series = Memo::new(move |_| {
                let (report, settings) = (report.get(), desk.settings.get());
                report.map_or_else(
                    || lanes::feature(&Report::default(), place, &settings),
                    |report| lanes::feature(&report, place, &settings),
                )
            });
            let height = if place + 1 < FEATURES.len() { 58 } else { 84 };
            view! { <TimeSeries name=text(label) label=Signal::stored(format!("{label}, {what}")) series height/> }
        })
        .collect_view();
    let cursor = Memo::new(move |_| desk.timeline.cursor.get());
    let day = move || {
        cursor.get().map(|time| {
            let regime = report.with(|report| {
                report.as_ref().and_then(|report| {
                    let after = report.regime_times.partition_point(|known| *known <= time);
                    after.checked_sub(1).and_then(|at| report.regimes.get(at).copied())
                })
            });
            format!("{}, {}", local_date(&date(time)), regime_name(regime.flatten()))
        })
    };
    view! {
        <div class="risk-stack">
            <TimeSeries name=text("Equity") label=text("Equity, start = 100") series=equity height=176/>
            <TimeSeries name=text("Drawdown") label=text("Drawdown, % from peak") series=drawdown height=100/>
            <Ribbon name=text("Regime") label=text("Regime, height is severity") spans=regimes height=46/>
            <TimeSeries name=text("Exposure") label=text("Exposure, applied scalar") series=exposure height=72/>
            {features}
        </div>
        <p class="lead" aria-live="polite">{move || day().unwrap_or_else(|| String::from("Arrow keys in a lane, or the pointer, read a day in all of them; a drag chooses a period, Escape goes back."))}</p>
    }
}
