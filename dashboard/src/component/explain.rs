//! Why a figure is what it is: the sum it came from, line by line, under the double rule of a total that foots.

use super::cells::{Change, Percent, TagMark, Total};
use crate::app::App;
use crate::browser;
use crate::state::blend::Blend;
use crate::state::explain::{Breakdown, Head, Line, Subject, foots};
use crate::state::export;
use crate::state::model::Event;
use crate::state::number::{fixed, percent};
use leptos::prelude::*;

/// The breakdown of what is chosen.
#[component]
pub fn Explain() -> impl IntoView {
    let app = App::here();
    let selected = app.memo(|model| model.selected.clone());
    view! {
        <section class="panel" aria-labelledby="explain-title">
            {move || {
                let shown = app.blend.get().zip(selected.get()).and_then(|(blend, subject)| of_subject(&blend, &subject));
                shown.unwrap_or_else(|| view! {
                    <div class="panel-head"><h2 id="explain-title">"Explain"</h2></div>
                    <p class="quiet">"Choose a symbol, a strategy or the cash: here stands the sum it came from."</p>
                }.into_any())
            }}
        </section>
    }
}

/// The same in a view that explains something else: what the capital bar above it and the list of strategies offer, once one of them was
/// chosen.
#[component]
pub fn ExplainCapital() -> impl IntoView {
    let app = App::here();
    let chosen = app.memo(|model| matches!(model.selected, Some(Subject::Strategy(_) | Subject::Cash)));
    move || {
        chosen.get().then(|| {
            view! {
                <Explain/>
                <p class="buttons"><button type="button" class="link" on:click=move |_| app.dispatch(Event::Selected(None))>"Close the explanation"</button></p>
            }
        })
    }
}

fn title(words: String, scope: String) -> impl IntoView {
    view! { <header class="panel-head"><h2 id="explain-title">{words}</h2><p class="scope" title=scope.clone()>{scope.clone()}</p></header> }
}

fn of_subject(blend: &Blend, subject: &Subject) -> Option<AnyView> {
    match subject {
        Subject::Symbol(symbol) => {
            let row = blend.weight(symbol)?;
            let cap = if blend.binding("symbol_max", symbol).is_some() { ", at the symbol cap" } else { "" };
            let sum = Breakdown::of_symbol(blend, symbol)?;
            Some(view! {
                {title(format!("Explain {symbol}"), format!("{} %{cap}", percent(row.weight)))}
                {breakdown(&sum, row.weight, symbol)}
                <p class="say">
                    "Given is what the strategy said. Before is its share of capital times the row's share inside it; caps take, refill gives back \
                     to those with room, limits act on the whole. Every line adds up."
                </p>
            }.into_any())
        }
        Subject::Strategy(id) => {
            let strategy = blend.strategies.iter().find(|strategy| strategy.tag.strategy == *id)?;
            let cap = if strategy.at_cap { ", at its cap" } else { "" };
            let sum = Breakdown::of_strategy(blend, id)?;
            let statistic = (!strategy.statistic.is_empty()).then(|| format!("Behind its share: {}.", strategy.statistic));
            Some(
                view! {
                    {title(format!("Explain {}", strategy.tag.name()), format!("{} %{cap}", percent(strategy.weight)))}
                    {breakdown(&sum, strategy.net, id)}
                    {statistic.map(|words| view! { <p class="say">{words}</p> })}
                }
                .into_any(),
            )
        }
        Subject::Cash => {
            let reasons = blend.totals.reasons.clone();
            let foots = foots(reasons.iter().map(|(_, amount)| *amount), blend.totals.cash);
            Some(view! {
                {title(String::from("Explain cash"), format!("{} %", percent(blend.totals.cash)))}
                <table class="sheet small" data-testid="explain">
                    <caption class="hidden">"Where the cash comes from, in per cent of capital"</caption>
                    <thead><tr><th scope="col">"Cause"</th><th scope="col" class="number">"%"</th></tr></thead>
                    <tbody>{reasons.into_iter().map(|(words, amount)| view! {
                        <tr><th scope="row">{words}</th><td class="number"><Percent value=Some(amount)/></td></tr>
                    }).collect_view()}</tbody>
                    <tfoot><tr><th scope="row"><abbr title="Sum">"Σ"</abbr></th><td class="number"><Total value=blend.totals.cash foots=foots/></td></tr></tfoot>
                </table>
            }.into_any())
        }
        Subject::Pair(..) => None,
    }
}

fn breakdown(sum: &Breakdown, total: f64, name: &str) -> impl IntoView + use<> {
    let [before, capped, refilled, limited, _] = sum.sums;
    let checks = [
        sum.foots(|line| line.before, before),
        sum.foots(|line| line.capped, capped),
        sum.foots(|line| line.refilled, refilled),
        sum.foots(|line| line.limited, limited),
        sum.foots(|line| line.held, total),
    ];
    let has = |read: fn(&Line) -> f64| sum.lines.iter().any(|line| read(line).abs() >= 5e-5);
    // Steps that took and gave nothing anywhere are left out: the sum is the same without them.
    let shown = [has(|line| line.capped), has(|line| line.refilled), has(|line| line.limited)];
    let csv = export::breakdown_csv(sum);
    let file = format!("explain-{name}.csv");
    let of_strategy = sum.lines.first().is_some_and(|line| matches!(line.head, Head::Symbol(_)));
    let rows = sum
        .lines
        .iter()
        .map(|line| {
            let head = match &line.head {
                Head::Strategy(tag) => view! { <TagMark tag=tag.clone()/><span class="hidden">{tag.name()}</span> }.into_any(),
                Head::Symbol(symbol) => view! { {symbol.clone()} }.into_any(),
            };
            view! {
                <tr>
                    <th scope="row">{head}</th>
                    <td class="number faint">{fixed(line.given, 3)}</td>
                    <td class="number"><Percent value=Some(line.before)/></td>
                    {shown[0].then(|| view! { <td class="number"><Change value=Some(line.capped)/></td> })}
                    {shown[1].then(|| view! { <td class="number"><Change value=Some(line.refilled)/></td> })}
                    {shown[2].then(|| view! { <td class="number"><Change value=Some(line.limited)/></td> })}
                    <td class="number"><Percent value=Some(line.held)/></td>
                </tr>
            }
        })
        .collect_view();
    let omitted = sum.omitted;
    view! {
        <div class="scroll" role="region" tabindex="0" aria-label="Breakdown">
            <table class="sheet small explain" data-testid="explain">
                <caption class="hidden">"How it came about, in per cent of capital"</caption>
                <thead><tr>
                    <th scope="col">{if of_strategy { "Symbol" } else { "" }}<span class="hidden">{if of_strategy { "" } else { "Strategy" }}</span></th>
                    <th scope="col" class="number">"Given"</th>
                    <th scope="col" class="number">"Before"</th>
                    {shown[0].then(|| view! { <th scope="col" class="number">"Caps"</th> })}
                    {shown[1].then(|| view! { <th scope="col" class="number">"Refill"</th> })}
                    {shown[2].then(|| view! { <th scope="col" class="number">"Limits"</th> })}
                    <th scope="col" class="number">"Final"</th>
                </tr></thead>
                <tbody>{rows}</tbody>
                <tfoot><tr>
                    <th scope="row"><abbr title="Sum">"Σ"</abbr></th>
                    <td></td>
                    <td class="number"><Total value=before foots=checks[0]/></td>
                    {shown[0].then(|| view! { <td class="number"><Total value=capped foots=checks[1]/></td> })}
                    {shown[1].then(|| view! { <td class="number"><Total value=refilled foots=checks[2]/></td> })}
                    {shown[2].then(|| view! { <td class="number"><Total value=limited foots=checks[3]/></td> })}
                    <td class="number"><Total value=total foots=checks[4]/></td>
                </tr></tfoot>
            </table>
        </div>
        {(omitted > 0).then(|| view! { <p class="say">{format!("{omitted} smaller lines are in the sums and not listed.")}</p> })}
        <p class="buttons"><button type="button" class="link" on:click=move |_| browser::save(&file, "text/csv", &csv)>"Save as CSV"</button></p>
    }
}
