//! Series of time by uPlot, on the shared cursor and period.

use super::Timeline;
use super::bind::{self, Drawn, said};
use super::frame::{Ask, Frame, Picture};
use crate::figure::TimeSeries as Series;
use crate::figure::picture;
use allocator_core::wire::{Json, parse};
use js_sys::{Array, Float64Array};
use leptos::html::Div;
use leptos::prelude::*;
use std::sync::Arc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;

/// Rows that Page Up and Page Down move the cursor by: about a month of days.
const PAGE: i64 = 21;

/// Series of time. Arrow keys move the cursor of all charts on the timeline; a drag marks a period, Escape or a double click
/// goes back to everything.
#[component]
pub fn TimeSeries(
    /// Names the chart and its files.
    #[prop(into)]
    name: Signal<String>,
    /// What it shows, with unit, period and sample size.
    #[prop(into)]
    label: Signal<String>,
    /// The series.
    #[prop(into)]
    series: Signal<Series>,
    /// Height in pixels.
    #[prop(default = 220)]
    height: u32,
) -> impl IntoView {
    let timeline = Timeline::here();
    let place = NodeRef::<Div>::new();
    let drawn = StoredValue::<Option<Drawn>, LocalStorage>::new_local(None);
    let broken = RwSignal::new(String::new());
    let option = Memo::new(move |_| series.with(Series::option));
    let grid = Memo::new(move |_| series.with(Series::grid));
    let report = move |result: Result<(), JsValue>| {
        if let Err(error) = result {
            let _ = broken.try_set(format!("The chart is not drawn ({}). Its table holds the same figures.", said(&error)));
        }
    };
    let with = move |act: &dyn Fn(&Drawn) -> Result<(), JsValue>| {
        if let Some(Some(result)) = drawn.try_with_value(|drawn| drawn.as_ref().map(act)) {
            report(result);
        }
    };
    let show = move |chart: &Drawn| -> Result<(), JsValue> {
        let period = timeline.period.get_untracked();
        chart.data(&series.with_untracked(|series| columns(series, period)))?;
        let (from, to) = ends(timeline.period.get_untracked());
        chart.range(&from, &to)
    };

    let begun = StoredValue::new(false);
    Effect::new(move || {
        let (Some(element), option_now) = (place.get(), option.get()) else {
            return;
        };
        if begun.get_value() {
            with(&|chart| bind::set(chart, &option_now));
            return;
        }
        begun.set_value(true);
        // A chart that was being drawn when its view was left speaks once more: the garbage collector has the closure, not the view.
        let function = Closure::<dyn Fn(String, String)>::new(move |kind: String, text: String| told(timeline, &kind, &text));
        let function: js_sys::Function = function.into_js_value().unchecked_into();
        spawn_local(async move {
            match bind::mount("uplot", &element, &option_now, &function).await {
                Ok(chart) => {
                    let chart: Drawn = chart.unchecked_into();
                    if drawn.try_update_value(|drawn| *drawn = Some(chart.clone())).is_none() {
                        chart.dispose();
                        return;
                    }
                    if let Some(newest) = option.try_get_untracked().filter(|newest| *newest != option_now) {
                        report(bind::set(&chart, &newest));
                    }
                    report(show(&chart));
                }
                Err(error) => report(Err(error)),
            }
        });
    });
    Effect::new(move || {
        // Another period draws other points of a long series.
        let period = timeline.period.get();
        let columns = series.with(|series| columns(series, period));
        let (from, to) = ends(period);
        with(&|chart| chart.data(&columns).and_then(|()| chart.range(&from, &to)));
    });
    Effect::new(move || {
        let time = timeline.cursor.get().map_or(JsValue::NULL, JsValue::from_f64);
        with(&|chart| chart.cursor(&time));
    });
    on_cleanup(move || {
        if let Some(Some(chart)) = drawn.try_update_value(Option::take) {
            chart.dispose();
        }
    });

    let keys = move |event: web_sys::KeyboardEvent| {
        if event.ctrl_key() || event.alt_key() || event.meta_key() {
            return;
        }
        let times = if event.shift_key() { 10 } else { 1 };
        let steps = match event.key().as_str() {
            "ArrowLeft" => -times,
            "ArrowRight" => times,
            "PageUp" => -PAGE,
            "PageDown" => PAGE,
            "Home" => i64::MIN,
            "End" => i64::MAX,
            "Escape" => {
                timeline.point(None);
                timeline.period.set(None);
                return;
            }
            _ => return,
        };
        event.prevent_default();
        timeline.point(series.with_untracked(|series| series.stepped(timeline.cursor.get_untracked(), steps)));
    };
    let readout = Signal::derive(move || {
        let (date, figures) = series.with(|series| series.readout(timeline.cursor.get()));
        let figures: Vec<String> = figures.into_iter().map(|(name, figure)| format!("{name} {figure}")).collect();
        format!("{date}  {}", figures.join("  "))
    });
    let ask: Ask = Arc::new(move |as_svg| {
        if as_svg {
            let (width, height) = (960.0, f64::from(height.max(240)));
            let period = timeline.period.try_get_untracked().flatten();
            return series
                .try_with_untracked(|series| Picture::text(picture::svg(series, &name.get_untracked(), width, height, period)));
        }
        drawn.try_with_value(Clone::clone).flatten().map(Picture::drawn)
    });
    view! {
        <Frame name label grid ask readout broken>
            <div
                class="chart-sheet lane"
                node_ref=place
                style:height=format!("{height}px")
                tabindex="0"
                role="slider"
                aria-label=move || format!("{}. Arrow keys move the cursor.", label.get())
                aria-valuemin="0"
                aria-valuemax=move || series.with(|series| series.times.0.len().saturating_sub(1)).to_string()
                aria-valuenow=move || series.with(|series| timeline.cursor.get().and_then(|time| series.nearest(time)).unwrap_or_default()).to_string()
                aria-valuetext=readout
                on:keydown=keys
            ></div>
        </Frame>
    }
}

fn told(timeline: Timeline, kind: &str, text: &str) {
    let json = parse(text.as_bytes()).unwrap_or(Json::Null);
    let number = |key: &str| json.get(key).and_then(Json::as_f64);
    match kind {
        "cursor" => timeline.point(number("time")),
        "select" => {
            if let (Some(from), Some(to)) = (number("from"), number("to")) {
                let _ = timeline.period.try_set(Some((from, to)));
            }
        }
        "reset" => {
            let _ = timeline.period.try_set(None);
        }
        _ => {}
    }
}

fn ends(period: Option<(f64, f64)>) -> (JsValue, JsValue) {
    period.map_or((JsValue::NULL, JsValue::NULL), |(from, to)| (from.into(), to.into()))
}

fn columns(series: &Series, range: Option<(f64, f64)>) -> Array {
    series.columns(range).iter().map(|column| JsValue::from(Float64Array::from(column.as_slice()))).collect()
}
