//! Which strategies form a group: a tree by average linkage, cut at the threshold.

use super::correlation::tag_of;
use super::formats::Saves;
use super::panel::PanelHead;
use crate::app::App;
use crate::chart::frame::Picture;
use crate::frame::Frame;
use crate::state::blend::{Blend, Correlations};
use crate::state::cluster::{Node, tree};
use crate::state::export;
use crate::state::number::{counted, fixed};
use leptos::prelude::*;

/// The tree of strategies.
#[component]
pub fn Clusters() -> impl IntoView {
    let (app, frame) = (App::here(), Frame::here());
    let threshold = Memo::new(move |_| app.config.with(|config| config.correlation.threshold));
    let saves = Saves {
        name: Signal::stored(String::from("Clusters")),
        grid: Callback::new(move |()| Some(export::correlations(app.blend.get_untracked()?.correlations.as_ref()?))),
        picture: Callback::new(move |()| Picture::of("svg.tree")),
    };
    view! {
        <section class="panel" aria-labelledby="clusters-title">
            <PanelHead id="clusters-title" title="Clusters" scope=Signal::derive(|| String::from("average linkage")) twin=frame.tables saves=saves/>
            {move || app.blend.get().and_then(|blend| {
                let correlations = blend.correlations.clone()?;
                Some(match tree(&correlations) {
                    Some(root) => drawing(&blend, &correlations, &root, threshold.get(), frame.tables.get()).into_any(),
                    None => view! { <p class="quiet">"Too many strategies for a tree."</p> }.into_any(),
                })
            })}
        </section>
    }
}

/// Width of the drawing, in units of its own.
const WIDTH: f64 = 240.0;
/// Room for a tag at the right.
const TAG: f64 = 30.0;
/// Height of one strategy.
const ROW: f64 = 28.0;

/// What is collected while the tree is walked.
struct Drawing {
    next_row: f64,
    lowest: f64,
    threshold: f64,
    lines: Vec<(String, Kind)>,
    joins: Vec<(Vec<usize>, Vec<usize>, Option<f64>)>,
}

/// How a join is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    /// Above the threshold.
    Over,
    /// Below it.
    Under,
    /// Nothing is known of it.
    Unknown,
}

impl Drawing {
    /// ρ = 1 is at the right, the lowest join at the left.
    fn x(&self, rho: f64) -> f64 {
        let span = (1.0 - self.lowest).max(1e-9);
        6.0 + (rho - self.lowest) / span * (WIDTH - TAG - 12.0)
    }

    /// Draws a node; answers its height, and from where a line to the left starts.
    fn node(&mut self, node: &Node) -> (f64, f64) {
        match node {
            Node::Leaf(_) => {
                let y = self.next_row * ROW + ROW / 2.0;
                self.next_row += 1.0;
                (y, WIDTH - TAG)
            }
            Node::Join { rho, first, second } => {
                let (y1, x1) = self.node(first);
                let (y2, x2) = self.node(second);
                // Without a figure it stands at the edge, left of all that has one.
                let x = rho.map_or(2.0, |rho| self.x(rho));
                let kind = match *rho {
                    Some(rho) if rho > self.threshold => Kind::Over,
                    Some(_) => Kind::Under,
                    None => Kind::Unknown,
                };
                self.lines.push((format!("M{x1:.1} {y1:.1}H{x:.1}V{y2:.1}H{x2:.1}"), kind));
                self.joins.push((first.leaves(), second.leaves(), *rho));
                (f64::midpoint(y1, y2), x)
            }
        }
    }
}

fn lowest(node: &Node) -> f64 {
    match node {
        Node::Leaf(_) => 1.0,
        Node::Join { rho, first, second } => rho.unwrap_or(1.0).min(lowest(first)).min(lowest(second)),
    }
}

fn drawing(blend: &Blend, correlations: &Correlations, root: &Node, threshold: f64, plain: bool) -> impl IntoView + use<> {
    let least = lowest(root).min(threshold) - 0.08;
    let mut drawn = Drawing { next_row: 0.0, lowest: least, threshold, lines: Vec::new(), joins: Vec::new() };
    let (y, x) = drawn.node(root);
    let leaves = root.leaves();
    let name = |place: usize| tag_of(blend, &correlations.names[place]);
    let height = leaves.len() as f64 * ROW;
    let cut = drawn.x(threshold);
    let groups = root.groups(threshold);
    let words = match groups.as_slice() {
        [] => format!("No group joins above ρ {}.", fixed(threshold, 2)),
        groups => {
            let list: Vec<String> = groups
                .iter()
                .map(|group| group.iter().map(|place| name(*place).letters).collect::<Vec<_>>().join(", "))
                .map(|letters| format!("({letters})"))
                .collect();
            let verb = if groups.len() == 1 { "sits" } else { "sit" };
            format!(
                "{} {verb} above ρ {}: {}.",
                counted(groups.len() as u64, "cluster", "clusters"),
                fixed(threshold, 2),
                list.join(" and ")
            )
        }
    };
    let letters = |places: &[usize]| places.iter().map(|place| name(*place).letters).collect::<Vec<_>>().join(" ");
    let body = if plain {
        let mut joins = drawn.joins;
        joins.sort_by(|a, b| b.2.partial_cmp(&a.2).unwrap_or(std::cmp::Ordering::Equal));
        view! {
            <table class="sheet small striped">
                <caption class="hidden">"Joins of the tree, closest first"</caption>
                <thead><tr><th scope="col">"One"</th><th scope="col">"Other"</th><th scope="col" class="number">"Mean ρ"</th></tr></thead>
                <tbody>{joins.into_iter().map(|(one, other, rho)| view! {
                    <tr><th scope="row">{letters(&one)}</th><td>{letters(&other)}</td><td class="number">{rho.map_or_else(|| String::from("unknown"), |rho| fixed(rho, 2))}</td></tr>
                }).collect_view()}</tbody>
            </table>
        }
        .into_any()
    } else {
        let tags = leaves
            .iter()
            .enumerate()
            .map(|(row, place)| {
                let tag = name(*place);
                let y = row as f64 * ROW + ROW / 2.0;
                let style = format!("fill:var(--on-s{})", tag.colour);
                view! {
                    <rect x=WIDTH - TAG + 4.0 y=y - 8.0 width="25" height="16" rx="2" style=format!("fill:var(--s{})", tag.colour)/>
                    <text class="tag-text" x=WIDTH - TAG + 16.5 y=y + 4.0 text-anchor="middle" style=style>{tag.letters.clone()}</text>
                }
            })
            .collect_view();
        let label = format!("Tree of strategies. {words}");
        view! {
            <svg class="tree" viewBox=format!("0 0 {WIDTH} {}", height + 16.0) role="img" aria-label=label>
                {drawn.lines.iter().map(|(path, kind)| view! {
                    <path class="line" class:over={*kind == Kind::Over} class:unknown={*kind == Kind::Unknown} d=path.clone()/>
                }).collect_view()}
                <path class="line" d=format!("M{x:.1} {y:.1}H0")/>
                <path class="cut" d=format!("M{cut:.1} 0V{height}")/>
                <text class="warn" x=cut y=height + 12.0 text-anchor="middle">{format!("ρ {}", fixed(threshold, 2))}</text>
                {tags}
            </svg>
        }
        .into_any()
    };
    view! { {body} <p class="say">{words}</p> }
}
