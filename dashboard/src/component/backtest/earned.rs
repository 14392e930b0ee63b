//! Who earned what: a table that foots to the change of value, and the same as steps.

use super::desk::{Desk, later};
use super::strategies::words;
use crate::browser;
use crate::chart::EChart;
use crate::component::cells::TagMark;
use crate::component::panel::{PanelHead, Segmented};
use crate::figure::axis::{Axis, Unit};
use crate::figure::{Figure, Waterfall};
use crate::state::backtest::earned::{self, Line};
use crate::state::backtest::export;
use crate::state::number::{MINUS, money};
use crate::state::same::Same;
use leptos::prelude::*;

/// How the profit is split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    Strategy,
    Symbol,
}

const BY: &[(By, &str)] = &[(By::Strategy, "Strategy"), (By::Symbol, "Symbol")];

/// Symbols on the page; the download holds all.
const ROWS: usize = 24;

/// Steps of the chart beside the total.
const STEPS: usize = 14;

fn by_strategy() -> Memo<Option<Same<earned::Earned>>> {
    let desk = Desk::here();
    Memo::new(move |_| {
        let (run, period) = (desk.run.get()?, desk.period.get()?);
        Some(Same::new(earned::Earned::by_strategy(&run, period, desk.at_open())))
    })
}

/// The table.
#[component]
pub fn Earned() -> impl IntoView {
    let desk = Desk::here();
    let by = RwSignal::new(By::Strategy);
    let whose = RwSignal::new(String::new());
    let strategies = by_strategy();
    let symbols = Memo::new(move |_| {
        let (run, cells, whole) = (desk.run.get()?, desk.cells.get()?, strategies.get()?);
        let whose = whose.get();
        let known = run.strategies.iter().any(|strategy| strategy.id == whose);
        Some(Same::new(earned::Earned::by_symbol(&cells, &whole, known.then_some(whose.as_str()))))
    });
    let both = Memo::new(move |_| match by.get() {
        By::Strategy => strategies.get(),
        By::Symbol => symbols.get(),
    });
    let shown = later(both, 2);
    let ids = Memo::new(move |_| {
        desk.run.with(|run| {
            run.as_ref().map(|run| run.strategies.iter().map(|own| own.id.clone()).collect::<Vec<_>>()).unwrap_or_default()
        })
    });
    let tags = desk.tags();
    let awaited = Memo::new(move |_| by.get() == By::Symbol && desk.cells.with(Option::is_none));
    let download = Callback::new(move |()| {
        if let Some(run) = desk.run.get_untracked() {
            browser::save("attribution.csv", "text/csv", &export::attribution(&run).to_csv());
        }
    });
    view! {
        <section class="panel" aria-labelledby="earned-title" data-testid="earned">
            <PanelHead id="earned-title" title="Who earned what" download=download>
                <Segmented label="By" options=BY value=by choose=Callback::new(move |chosen| by.set(chosen))/>
            </PanelHead>
            {move || (by.get() == By::Symbol).then(|| view! {
                <div class="picker">
                    <label class="hidden" for="whose">"Of which strategy"</label>
                    <select id="whose" on:change=move |event| whose.set(event_target_value(&event))>
                        <option value="" prop:selected=move || whose.with(String::is_empty)>"All strategies"</option>
                        {ids.get().into_iter().map(|id| {
                            let own = id.clone();
                            view! { <option value=id.clone() prop:selected=move || whose.get() == own>{words(&id)}</option> }
                        }).collect_view()}
                    </select>
                    {awaited.get().then(|| view! { <p class="quiet">"Adding up the period …"</p> })}
                </div>
            })}
            {move || shown.get().map(|earned| {
                let hidden = earned.shown().count().saturating_sub(ROWS + 2);
                let marks = tags.get();
                let head = |line: &Line| match marks.iter().find(|tag| tag.strategy == line.name).cloned() {
                    Some(tag) => view! { <TagMark tag=tag.clone()/><span class="name">{tag.name()}</span> }.into_any(),
                    None => view! { {line.name.clone()} }.into_any(),
                };
                let is_symbol = by.get_untracked() == By::Symbol;
                // All lines enter the total; of very many symbols the smallest are one line.
                let (mut first, mut rest) = (Vec::new(), 0.0);
                for (place, line) in earned.shown().enumerate() {
                    if is_symbol && line.own && hidden > 0 && place >= ROWS {
                        rest += line.amount;
                    } else {
                        first.push(line.clone());
                    }
                }
                if hidden > 0 && is_symbol {
                    let at = first.iter().position(|line| !line.own).unwrap_or(first.len());
                    first.insert(at, Line { name: String::from("Other symbols"), amount: rest, own: true });
                }
                let foots = earned.foots(0);
                let total = money(earned.total);
                let negative = total.starts_with(MINUS);
                view! {
                    <table class="sheet small striped">
                        <caption class="hidden">"Profit by line; the lines sum to the change of value"</caption>
                        <thead><tr><th scope="col">{if is_symbol { "Symbol" } else { "Strategy" }}</th><th scope="col" class="number">"Before costs, money"</th></tr></thead>
                        <tbody>{first.iter().map(|line| {
                            let text = money(line.amount);
                            let negative = text.starts_with(MINUS);
                            view! { <tr><th scope="row">{head(line)}</th><td class="number" class:negative=negative>{text.clone()}</td></tr> }
                        }).collect_view()}</tbody>
                        <tfoot><tr>
                            <th scope="row">"Change of value"</th>
                            <td class="number">
                                {(!foots).then(|| view! { <span title="The rounded lines above do not sum to this exactly">"≈ "</span> })}
                                <span class="total" class:negative=negative data-testid="earned-total">{total.clone()}</span>
                            </td>
                        </tr></tfoot>
                    </table>
                }
            })}
            {move || desk.run.with(|run| run.as_ref().filter(|run| run.saved > 0.5).map(|run| view! {
                <p class="say">{format!("Crossing opposite orders of strategies inside saved {} of costs.", money(run.saved))}</p>
            }))}
        </section>
    }
}

/// The steps.
#[component]
pub fn Steps() -> impl IntoView {
    let strategies = by_strategy();
    let shown = later(strategies, 5);
    let has_any = Memo::new(move |_| shown.with(Option::is_some));
    let figure = Signal::derive(move || {
        shown.with(|earned| {
            earned.as_ref().map_or_else(Figure::default, |earned| {
                let mut steps: Vec<(String, f64)> = earned
                    .shown()
                    .map(|line| (if line.own { words(&line.name) } else { line.name.clone() }, line.amount))
                    .collect();
                if steps.len() > STEPS {
                    // Costs and interest stand at the end; the strategies that moved least become one step.
                    let tail = steps.split_off(STEPS);
                    steps.push((String::from("All others"), tail.iter().map(|(_, amount)| amount).sum()));
                }
                Waterfall {
                    by: String::from("Step"),
                    steps,
                    total_name: String::from("Change of value"),
                    total: earned.total,
                    axis: Axis::new("Profit", Unit::plain(0)),
                }
                .figure()
            })
        })
    });
    view! {
        <section class="panel" aria-labelledby="steps-title" data-testid="steps">
            <PanelHead id="steps-title" title="From profit to value" scope=Signal::stored(String::from("money, the period"))/>
            {move || has_any.get().then(|| view! { <EChart name="Attribution" label="Profit before costs by strategy, costs and interest, to the change of value" figure height=260/> })}
        </section>
    }
}
