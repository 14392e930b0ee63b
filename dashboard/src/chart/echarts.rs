//! A chart of `ECharts`.

use super::bind::{self, Drawn, said};
use super::frame::{Ask, Frame, Picture};
use crate::figure::Figure;
use allocator_core::wire::{Json, parse};
use leptos::html::Div;
use leptos::prelude::*;
use std::sync::Arc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;

/// What a hand did with the chart.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// A part was chosen.
    Click(Json),
    /// A part is pointed at.
    Hover(Json),
    /// Nothing is pointed at any more.
    Leave,
    /// Another part of the axis is looked at.
    Zoom(Json),
    /// A region was marked.
    Brush(Json),
}

impl Act {
    fn read(kind: &str, text: &str) -> Option<Self> {
        let json = parse(text.as_bytes()).unwrap_or(Json::Null);
        Some(match kind {
            "click" => Act::Click(json),
            "hover" => Act::Hover(json),
            "leave" => Act::Leave,
            "zoom" => Act::Zoom(json),
            "brush" => Act::Brush(json),
            _ => return None,
        })
    }

    /// What is pointed at, as one line: name and figure as the library gives them.
    fn line(&self) -> Option<String> {
        match self {
            Act::Hover(json) => {
                let name = json.get("name").and_then(Json::as_str).unwrap_or_default();
                let series = json.get("seriesName").and_then(Json::as_str).unwrap_or_default();
                Some([series, name].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(", "))
            }
            Act::Leave => Some(String::new()),
            _ => None,
        }
    }
}

/// A chart, its table twin and its downloads.
#[component]
pub fn EChart(
    /// Names the chart and its files.
    #[prop(into)]
    name: Signal<String>,
    /// What it shows, with unit, period and sample size.
    #[prop(into)]
    label: Signal<String>,
    /// Specification and table.
    #[prop(into)]
    figure: Signal<Figure>,
    /// Height in pixels.
    #[prop(default = 280)]
    height: u32,
    /// Told what a hand does.
    #[prop(optional, into)]
    on_act: Option<Callback<Act>>,
    /// Written beside the chart in place of what the library names.
    #[prop(optional, into)]
    readout: Option<Signal<String>>,
) -> impl IntoView {
    let place = NodeRef::<Div>::new();
    let drawn = StoredValue::<Option<Drawn>, LocalStorage>::new_local(None);
    let broken = RwSignal::new(String::new());
    let pointed = RwSignal::new(String::new());
    let option = Memo::new(move |_| figure.with(|figure| figure.option.clone()));
    let grid = Memo::new(move |_| figure.with(|figure| figure.grid.clone()));

    // Runs when the element is there, and again whenever the specification changes.
    let begun = StoredValue::new(false);
    Effect::new(move || {
        let (Some(element), option_now) = (place.get(), option.get()) else {
            return;
        };
        if begun.get_value() {
            let failure = drawn.with_value(|drawn| drawn.as_ref().map(|drawn| bind::set(drawn, &option_now)));
            if let Some(Err(error)) = failure {
                broken.set(not_drawn(&said(&error)));
            }
            return;
        }
        begun.set_value(true);
        // A chart that was being drawn when its view was left speaks once more: the garbage collector has the closure, not the view.
        let function = Closure::<dyn Fn(String, String)>::new(move |kind: String, text: String| {
            if kind == "error" {
                let _ = broken.try_set(not_drawn(&text));
            } else if let Some(act) = Act::read(&kind, &text) {
                if let Some(line) = act.line() {
                    let _ = pointed.try_set(line);
                }
                if let Some(on_act) = on_act {
                    let _ = on_act.try_run(act);
                }
            }
        });
        let function: js_sys::Function = function.into_js_value().unchecked_into();
        spawn_local(async move {
            match bind::mount("echarts", &element, &option_now, &function).await {
                Ok(chart) => {
                    let chart: Drawn = chart.unchecked_into();
                    // The page may have moved on while the library was fetched.
                    if drawn.try_update_value(|drawn| *drawn = Some(chart.clone())).is_none() {
                        chart.dispose();
                    } else if let Some(newest) = option.try_get_untracked().filter(|newest| *newest != option_now) {
                        let _ = bind::set(&chart, &newest);
                    }
                }
                Err(error) => {
                    let _ = broken.try_set(not_drawn(&said(&error)));
                }
            }
        });
    });
    on_cleanup(move || {
        if let Some(Some(chart)) = drawn.try_update_value(Option::take) {
            chart.dispose();
        }
    });
    let ask: Ask = Arc::new(move |_| drawn.try_with_value(Clone::clone).flatten().map(Picture::drawn));
    let line = Signal::derive(move || readout.map_or_else(|| pointed.get(), |readout| readout.get()));
    view! {
        <Frame name label grid ask readout=line broken>
            <div class="chart-sheet" node_ref=place style:height=format!("{height}px") role="img" aria-label=label></div>
        </Frame>
    }
}

fn not_drawn(why: &str) -> String {
    format!("The chart is not drawn ({why}). Its table holds the same figures.")
}
