//! Small charts that need no library: a line of the size of a word, spans of time, brackets of a hierarchy.

use super::Timeline;
use super::frame::{Ask, Frame, Picture};
use crate::figure::grid::date;
use crate::figure::{Dendrogram as Tree, Ribbon as Spans, sparkline};
use leptos::html::Div;
use leptos::prelude::*;
use leptos::svg::Svg;
use std::sync::Arc;
use wasm_bindgen::JsCast;

/// A line of the size of a word. It repeats figures that stand beside it, so people who hear the page do not miss it.
#[component]
pub fn Sparkline(
    /// Values; NaN is a gap.
    #[prop(into)]
    values: Signal<Vec<f64>>,
    /// Colour token.
    #[prop(default = "--ink2")]
    token: &'static str,
) -> impl IntoView {
    view! {
        <svg class="sparkline" viewBox="0 -5 100 110" preserveAspectRatio="none" aria-hidden="true">
            <path
                d=move || values.with(|values| sparkline::path(values))
                fill="none"
                stroke=format!("var({token})")
                stroke-width="1.5"
                vector-effect="non-scaling-stroke"
            />
        </svg>
    }
}

/// Spans of time on the shared cursor and period.
#[component]
pub fn Ribbon(
    /// Names the chart and its files.
    #[prop(into)]
    name: Signal<String>,
    /// What it shows.
    #[prop(into)]
    label: Signal<String>,
    /// Spans.
    #[prop(into)]
    spans: Signal<Spans>,
    /// Height in pixels.
    #[prop(default = 44)]
    height: u32,
    /// Space on the left and right in pixels, so that it lies below the lanes of series.
    #[prop(default = (52, 76))]
    gutter: (u32, u32),
) -> impl IntoView {
    let timeline = Timeline::here();
    let place = NodeRef::<Svg>::new();
    let lane = NodeRef::<Div>::new();
    let grid = Memo::new(move |_| spans.with(Spans::grid));
    let shown = move || timeline.period.get().or_else(|| spans.with(Spans::extent));
    let point = move |event: web_sys::PointerEvent| {
        let (Some(element), Some((from, to))) =
            (lane.get_untracked(), timeline.period.get_untracked().or_else(|| spans.with_untracked(Spans::extent)))
        else {
            return;
        };
        let bounds = element.get_bounding_client_rect();
        if bounds.width() > 0.0 {
            let share = ((f64::from(event.client_x()) - bounds.left()) / bounds.width()).clamp(0.0, 1.0);
            timeline.point(Some(from + share * (to - from)));
        }
    };
    let readout = Signal::derive(move || {
        spans.with(|spans| {
            let at = timeline.cursor.get().or_else(|| spans.extent().map(|(_, to)| to));
            match at {
                Some(time) => format!(
                    "{}  {}",
                    crate::state::number::local_date(&date(time)),
                    spans.at(time).map_or("unknown", |span| span.name.as_str())
                ),
                None => String::from("no data"),
            }
        })
    });
    let ask: Ask =
        Arc::new(move |_| place.try_get_untracked().flatten().map(|element| Picture::element(element.unchecked_into())));
    view! {
        <Frame name label grid ask readout broken=Signal::stored(String::new())>
            <div node_ref=lane style:margin=format!("0 {}px 0 {}px", gutter.1, gutter.0)>
                <svg
                    class="ribbon"
                    node_ref=place
                    width="100%"
                    height=height.to_string()
                    role="img"
                    aria-label=move || format!("{}. {}", label.get(), spans.with(Spans::sentence))
                    on:pointermove=point
                    on:pointerleave=move |_| timeline.point(None)
                >
                    {move || spans.with(|spans| spans.placed(timeline.period.get()).into_iter().map(|placed| {
                        let span = &spans.spans[placed.span];
                        let tall = span.height.clamp(0.08, 1.0) * 100.0;
                        let unknown = span.token.is_empty();
                        view! {
                            <rect
                                x=format!("{:.3}%", placed.left * 100.0)
                                width=format!("{:.3}%", placed.width * 100.0)
                                y=format!("{:.1}%", 100.0 - tall)
                                height=format!("{tall:.1}%")
                                fill=if unknown { String::from("none") } else { format!("var({})", span.token) }
                                stroke=if unknown { "var(--edge)" } else { "none" }
                                stroke-dasharray="3 3"
                            />
                        }
                    }).collect_view())}
                    {move || {
                        let (from, to) = shown()?;
                        let time = timeline.cursor.get().filter(|time| (from..=to).contains(time))?;
                        let x = format!("{:.3}%", (time - from) / (to - from) * 100.0);
                        Some(view! { <line x1=x.clone() x2=x y1="0" y2="100%" stroke="var(--ink)" stroke-width="1"/> })
                    }}
                </svg>
            </div>
        </Frame>
    }
}

/// Brackets of a hierarchy, leaves on the right.
#[component]
pub fn Dendrogram(
    /// Names the chart and its files.
    #[prop(into)]
    name: Signal<String>,
    /// What it shows.
    #[prop(into)]
    label: Signal<String>,
    /// The hierarchy.
    #[prop(into)]
    tree: Signal<Tree>,
    /// A dashed line at this distance; brackets below it stand out.
    #[prop(into)]
    threshold: Signal<Option<f64>>,
    /// What the line is called.
    #[prop(into)]
    threshold_label: Signal<String>,
    /// Height of a leaf in pixels.
    #[prop(default = 28)]
    row: u32,
    /// Space for the leaves' names in pixels.
    #[prop(default = 96)]
    gutter: u32,
) -> impl IntoView {
    let place = NodeRef::<Svg>::new();
    let grid = Memo::new(move |_| tree.with(Tree::grid));
    let ask: Ask =
        Arc::new(move |_| place.try_get_untracked().flatten().map(|element| Picture::element(element.unchecked_into())));
    // The sheet is the picture without the names, as a nested drawing whose percentages are its own.
    let inner = format!("calc(100% - {gutter}px)");
    view! {
        <Frame name label grid ask readout=Signal::stored(String::new()) broken=Signal::stored(String::new())>
            <svg
                class="dendrogram"
                node_ref=place
                width="100%"
                height=move || tree.with(|tree| (tree.names.len() as u32 * row + 20).to_string())
                role="img"
                aria-label=label
            >
                {move || tree.with(|tree| {
                    let layout = tree.layout();
                    let tall = tree.names.len() as f64 * f64::from(row);
                    let down = |share: f64| format!("{:.1}", share * tall);
                    let across = |depth: f64| format!("{:.3}%", depth * 100.0);
                    let limit = threshold.get();
                    let brackets = layout.brackets.iter().map(|bracket| {
                        let close = limit.is_some_and(|limit| bracket.height < limit);
                        let stroke = if close { "var(--warn)" } else { "var(--edge)" };
                        let width = if close { "2" } else { "1.5" };
                        let spine = across(bracket.depth);
                        view! {
                            <line x1=spine.clone() x2=spine.clone() y1=down(bracket.upper.1) y2=down(bracket.lower.1) stroke=stroke stroke-width=width/>
                            <line x1=spine.clone() x2=across(bracket.upper.0) y1=down(bracket.upper.1) y2=down(bracket.upper.1) stroke=stroke stroke-width=width/>
                            <line x1=spine x2=across(bracket.lower.0) y1=down(bracket.lower.1) y2=down(bracket.lower.1) stroke=stroke stroke-width=width/>
                        }
                    }).collect_view();
                    let line = limit.and_then(|limit| tree.depth(limit)).map(|depth| {
                        let x = across(depth);
                        view! {
                            <line x1=x.clone() x2=x.clone() y1="0" y2=down(1.0) stroke="var(--warn)" stroke-dasharray="4 3"/>
                            <text x=x y=format!("{:.1}", tall + 14.0) text-anchor="middle" font-size="11" fill="var(--warn)">{threshold_label.get()}</text>
                        }
                    });
                    let names = layout.leaves.iter().map(|(leaf, share)| view! {
                        <text x="100%" dx=format!("-{}", gutter - 8) y=format!("{:.1}", share * tall + 4.0) font-size="12" fill="var(--ink)">{tree.names[*leaf].clone()}</text>
                    }).collect_view();
                    view! {
                        <svg x="4" width=inner.clone() height="100%" style:overflow="visible">{brackets}{line}</svg>
                        {names}
                    }
                })}
            </svg>
        </Frame>
    }
}
