//! Fills of the period, a page at a time, newest first.

use super::desk::{Desk, later};
use crate::browser;
use crate::component::panel::PanelHead;
use crate::frame::Frame;
use crate::state::backtest::export;
use crate::state::backtest::run::Run;
use crate::state::number::{count, counted, date, fixed};
use crate::state::same::Same;
use leptos::prelude::*;

/// Rows of a page.
const ROWS: usize = 20;

/// The table.
#[component]
pub fn Trades() -> impl IntoView {
    let (desk, frame) = (Desk::here(), Frame::here());
    let page = RwSignal::new(0_usize);
    let places = Memo::new(move |_| {
        let run = desk.run.get()?;
        let find = frame.find.get().trim().to_lowercase();
        let mut places = export::fills(&run, desk.timeline.period.get());
        if !find.is_empty() {
            places.retain(|place| run.trades.symbols[*place].to_lowercase().contains(&find));
        }
        Some(Same::new((run, places)))
    });
    let shown = later(places, 4);
    let pages = Memo::new(move |_| shown.with(|shown| shown.as_ref().map_or(0, |shown| shown.1.len().div_ceil(ROWS))));
    // Another period or run begins at its newest fills.
    Effect::new(move |_| {
        shown.track();
        page.set(0);
    });
    let scope = Signal::derive(move || {
        shown.with(|shown| {
            shown.as_ref().map_or_else(String::new, |shown| {
                let omitted = shown.0.trades.omitted;
                let more = if omitted > 0 {
                    format!("; the newest {} of the run are counted only: the command line gives all", count(omitted))
                } else {
                    String::new()
                };
                format!("{}{more}", counted(shown.1.len() as u64, "fill", "fills"))
            })
        })
    });
    let download = Callback::new(move |()| {
        if let Some(shown) = shown.get_untracked() {
            browser::save("trades.csv", "text/csv", &export::trades(&shown.0, &shown.1).to_csv());
        }
    });
    let turn = move |to: usize| page.set(to.min(pages.get_untracked().saturating_sub(1)));
    view! {
        <section class="panel" aria-labelledby="trades-title" data-testid="trades">
            <PanelHead id="trades-title" title="Trades" scope=scope download=download/>
            <p class="trade-tools">
                <label for="trades-find">"Symbol"</label>
                <input class="text-field" id="trades-find" type="search" prop:value=frame.find on:input=move |event| frame.find.set(event_target_value(&event))/>
                <span class="pager" role="group" aria-label="Pages of trades">
                    <button type="button" class="button" prop:disabled=move || page.get() == 0 on:click=move |_| turn(0)>"Newest"</button>
                    <button type="button" class="button" prop:disabled=move || page.get() == 0 on:click=move |_| turn(page.get_untracked().saturating_sub(1))>"Newer"</button>
                    <span class="quiet" aria-live="polite">{move || if pages.get() == 0 { String::from("none") } else { format!("Page {} of {}", count(page.get() as u64 + 1), count(pages.get() as u64)) }}</span>
                    <button type="button" class="button" prop:disabled=move || { page.get() + 1 >= pages.get() } on:click=move |_| turn(page.get_untracked() + 1)>"Older"</button>
                    <button type="button" class="button" prop:disabled=move || { page.get() + 1 >= pages.get() } on:click=move |_| turn(usize::MAX)>"Oldest"</button>
                </span>
            </p>
            <div class="scroll" role="region" tabindex="0" aria-label="Table of trades">
                <table class="sheet striped small">
                    <caption class="hidden">"Fills of the period, newest first"</caption>
                    <thead><tr>
                        <th scope="col">"Date"</th><th scope="col">"Symbol"</th><th scope="col">"Side"</th>
                        <th scope="col" class="number">"Shares"</th><th scope="col" class="number">"Price"</th><th scope="col" class="number">"Value"</th>
                        <th scope="col" class="number">"Commission"</th><th scope="col" class="number">"Slippage"</th>
                    </tr></thead>
                    <tbody>{move || shown.with(|shown| shown.as_ref().map(|shown| {
                        let places = shown.1.iter().skip(page.get() * ROWS).take(ROWS);
                        places.map(|place| row(&shown.0, *place)).collect_view()
                    }))}</tbody>
                </table>
            </div>
        </section>
    }
}

fn row(run: &Run, place: usize) -> impl IntoView + use<> {
    let trades = &run.trades;
    let (shares, price) = (trades.shares[place], trades.prices[place]);
    let (sold, money) = (shares < 0.0, |value: f64| fixed(value, 2));
    view! {
        <tr>
            <th scope="row">{date(trades.times[place].days())}</th>
            <td>{trades.symbols[place].clone()}</td>
            <td>{if sold { "sold" } else { "bought" }}</td>
            <td class="number">{fixed(shares.abs(), 2)}</td>
            <td class="number">{fixed(price, if price.abs() < 10.0 { 5 } else { 2 })}</td>
            <td class="number" class:negative=sold>{money(shares * price)}</td>
            <td class="number">{money(trades.commissions[place])}</td>
            <td class="number">{money(trades.slippages[place])}</td>
        </tr>
    }
}
