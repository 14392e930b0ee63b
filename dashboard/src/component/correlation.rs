//! How the strategies move together: ρ below the diagonal, its interval above.

use super::cells::TagMark;
use super::formats::Saves;
use super::panel::PanelHead;
use crate::app::App;
use crate::browser;
use crate::chart::frame::Picture;
use crate::figure::rho_matrix;
use crate::frame::Frame;
use crate::state::blend::{Blend, Correlations, Pair, heat};
use crate::state::cluster;
use crate::state::explain::Subject;
use crate::state::export::{self, correlations_csv};
use crate::state::number::fixed;
use crate::state::tag::Tag;
use crate::state::unknown::why;
use leptos::prelude::*;

/// Strategies drawn as a matrix; all pairs are in the list and the download.
pub const SHOWN: usize = 60;

/// From so many strategies on the cells are smaller.
const DENSE: usize = 10;

/// Chance above which a ρ is marked as not significant.
const CHANCE: f64 = 0.05;

/// The matrix of correlations.
#[component]
pub fn Correlation() -> impl IntoView {
    let (app, frame) = (App::here(), Frame::here());
    let selected = app.memo(|model| match &model.look.pair {
        Some(Subject::Pair(a, b)) => Some((a.clone(), b.clone())),
        _ => None,
    });
    let settings = Memo::new(move |_| app.config.with(|config| config.correlation.clone()));
    let scope = Signal::derive(move || {
        let settings = settings.get();
        let window =
            settings.window.map_or_else(|| String::from("all shared days"), |window| format!("newest {window} shared days"));
        format!("{}, {window}", settings.method.as_str())
    });
    let download = Callback::new(move |()| {
        if let Some(blend) = app.blend.get_untracked() {
            browser::save("correlations.csv", "text/csv", &correlations_csv(&blend));
        }
    });
    view! {
        <section class="panel" aria-labelledby="correlation-title">
            <PanelHead id="correlation-title" title="Correlation of strategies" scope=scope twin=frame.tables download=download saves=saves(app)/>
            {move || app.blend.get().map(|blend| match &blend.correlations {
                Some(correlations) => {
                    let threshold = settings.with(|settings| (settings.threshold, settings.absolute));
                    matrix(app, &blend, correlations, threshold, selected.get(), frame.tables.get()).into_any()
                }
                None => view! {
                    <p class="quiet">"Unknown: no returns of the strategies are loaded. Add a file with a date column and one column of returns per strategy."</p>
                }.into_any(),
            })}
        </section>
    }
}

/// The pairs as a table, the matrix as a picture.
fn saves(app: App) -> Saves {
    let correlations = move || app.blend.get_untracked().and_then(|blend| Some((blend.clone(), blend.correlations.clone()?)));
    Saves {
        name: Signal::stored(String::from("Correlations")),
        grid: Callback::new(move |()| correlations().map(|(_, correlations)| export::correlations(&correlations))),
        picture: Callback::new(move |()| {
            let (blend, correlations) = correlations()?;
            let marks: Vec<Tag> = correlations.names.iter().map(|name| tag_of(&blend, name)).collect();
            let names: Vec<String> = marks.iter().map(Tag::name).collect();
            let letters: Vec<String> = marks.into_iter().map(|tag| tag.letters).collect();
            Some(Picture::text(rho_matrix::svg(&correlations, &order_of(&correlations), &names, &letters)))
        }),
    }
}

/// What moves together stands together: the order of the clusters.
fn order_of(correlations: &Correlations) -> Vec<usize> {
    cluster::tree(correlations).map_or_else(|| (0..correlations.names.len().min(SHOWN)).collect(), |tree| tree.leaves())
}

/// The strategy's mark; one without signals has a mark of its own.
pub fn tag_of(blend: &Blend, name: &str) -> Tag {
    let known = blend.strategies.iter().find(|strategy| strategy.tag.strategy == name).map(|strategy| strategy.tag.clone());
    known.unwrap_or_else(|| Tag {
        strategy: name.to_owned(),
        letters: name.chars().take(2).collect::<String>().to_uppercase(),
        colour: 1,
        hatched: true,
    })
}

/// The interval in words, or why there is none.
pub fn interval(pair: &Pair) -> String {
    match (pair.low, pair.high) {
        (Some(low), Some(high)) => format!("{} to {}", fixed(low, 2), fixed(high, 2)),
        _ if pair.reason.is_empty() => String::from("unknown"),
        _ => format!("unknown: {}", why(&pair.reason)),
    }
}

fn matrix(
    app: App,
    blend: &Blend,
    correlations: &Correlations,
    threshold: (f64, bool),
    selected: Option<(String, String)>,
    plain: bool,
) -> impl IntoView + use<> {
    let order = order_of(correlations);
    let marks: Vec<Tag> = correlations.names.iter().map(|name| tag_of(blend, name)).collect();
    let is_chosen = |a: usize, b: usize| {
        selected.as_ref().is_some_and(|(first, second)| {
            let names = (&correlations.names[a], &correlations.names[b]);
            names == (first, second) || names == (second, first)
        })
    };
    let lines = order
        .iter()
        .enumerate()
        .map(|(row, a)| {
            let cells = order
                .iter()
                .enumerate()
                .map(|(column, b)| match correlations.pair(*a, *b) {
                    _ if row == column => {
                        view! { <td class="same"><span class="hidden">"the same strategy"</span></td> }.into_any()
                    }
                    None => view! { <td class="absent">"·"</td> }.into_any(),
                    Some(pair) if row < column && plain => view! { <td class="number">{interval(pair)}</td> }.into_any(),
                    Some(pair) if row < column => spread(pair, threshold).into_any(),
                    Some(pair) => value(app, correlations, pair, is_chosen(*a, *b)).into_any(),
                })
                .collect_view();
            view! {
                <tr>
                    <th scope="row"><TagMark tag=marks[*a].clone()/><span class="name">{marks[*a].name()}</span></th>
                    {cells}
                </tr>
            }
        })
        .collect_view();
    let heads = order.iter().map(|place| view! { <th scope="col"><TagMark tag=marks[*place].clone()/></th> }).collect_view();
    let dense = order.len() >= DENSE;
    let hidden = correlations.names.len().saturating_sub(order.len());
    view! {
        <div class="scroll" role="region" tabindex="0" aria-label="Table of correlations">
            <table class="sheet rho-matrix" class:dense=dense data-testid="correlation">
                <caption class="hidden">"Pairwise correlation of the strategies' returns: values below the diagonal, 95 % intervals above"</caption>
                <thead><tr><th scope="col"><span class="hidden">"Strategy"</span></th>{heads}</tr></thead>
                <tbody>{lines}</tbody>
            </table>
        </div>
        <p class="scale" aria-hidden="true">"−1 "<span>{(-5..=5).map(|step| view! { <i class=format!("rho {}", step_class(step))></i> }).collect_view()}</span>" +1"</p>
        <p class="lead">
            "Below the diagonal: ρ. Above it: 95 % interval, dashed at the threshold. n.s.: p above 0.05. "
            {match correlations.average {
                Some(average) => format!("Average of the known pairs: {}.", fixed(average, 2)),
                None => String::from("The average is unknown."),
            }}
        </p>
        {(hidden > 0).then(|| view! { <p class="say">{format!("{SHOWN} strategies are drawn; {hidden} more are in the list of pairs and in the download.")}</p> })}
    }
}

fn step_class(step: i8) -> String {
    match step {
        0 => String::from("d0"),
        step if step < 0 => format!("dn{}", -step),
        step => format!("dp{step}"),
    }
}

fn value(app: App, correlations: &Correlations, pair: &Pair, chosen: bool) -> AnyView {
    let subject = Subject::pair(&correlations.names[pair.a], &correlations.names[pair.b]);
    let names = format!("{} with {}", correlations.names[pair.a], correlations.names[pair.b]);
    let choose = move |_| app.select(subject.clone());
    match (pair.value, heat(pair.value)) {
        (Some(rho), Some(step)) => {
            let unsure = pair.p_value.is_some_and(|p| p > CHANCE);
            let words = format!(
                "{names}: ρ {}{}{}",
                fixed(rho, 2),
                if pair.alert { ", alert" } else { "" },
                if unsure { ", not significant" } else { "" }
            );
            view! {
                <td class=format!("rho {}", step_class(step)) class:alert=pair.alert class:chosen=chosen>
                    <button type="button" aria-pressed=chosen.to_string() title=pair.p_value.map(|p| format!("p = {}", fixed(p, 4))) on:click=choose>
                        <span class="hidden">{words}</span>
                        <b aria-hidden="true">{fixed(rho, 2)}</b>
                        {unsure.then(|| view! { <span class="faintly" aria-hidden="true">"n.s."</span> })}
                    </button>
                </td>
            }
            .into_any()
        }
        _ => view! {
            <td class="rho unknown" class:chosen=chosen>
                <button type="button" aria-label=format!("{names}: unknown, {}", pair.reason) title=pair.reason.clone() on:click=choose>"unknown"</button>
            </td>
        }
        .into_any(),
    }
}

/// The interval as a line from −1 to 1, with zero, ρ and the threshold; on both sides where both alert.
fn spread(pair: &Pair, (threshold, both): (f64, bool)) -> impl IntoView + use<> {
    let at = |value: f64| format!("{:.1}%", (value.clamp(-1.0, 1.0) + 1.0) * 50.0);
    let label = format!("95 % interval {}", interval(pair));
    let drawn = pair.value.zip(pair.low).zip(pair.high).map(|((rho, low), high)| {
        view! {
            <i class="span" style:left=at(low) style:width=format!("{:.1}%", (high - low) * 50.0)></i>
            <i class="at" style:left=at(rho)></i>
        }
    });
    view! {
        <td class="interval" class:over=pair.alert title=label.clone()>
            <span class="hidden">{label.clone()}</span>
            <div aria-hidden="true">
                <i class="zero" style:left=at(0.0)></i>
                <i class="threshold" style:left=at(threshold)></i>
                {both.then(|| view! { <i class="threshold" style:left=at(-threshold)></i> })}
                {drawn}
            </div>
        </td>
    }
}
