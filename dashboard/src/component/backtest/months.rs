//! Returns by month; a month or a year is chosen as the period.

use super::desk::{Desk, later};
use crate::browser;
use crate::component::panel::PanelHead;
use crate::figure::axis::Unit;
use crate::figure::grid::{Cell, Column, Grid};
use crate::state::backtest::months::{self, NAMES, Year};
use crate::state::number::{MINUS, fixed, percent};
use crate::state::same::Same;
use leptos::prelude::*;

/// The table.
#[component]
pub fn Months() -> impl IntoView {
    let desk = Desk::here();
    let years = Memo::new(move |_| {
        let (run, period) = (desk.run.get()?, desk.period.get()?);
        Some(Same::new(months::of(&run.times, &run.value, period)))
    });
    let shown = later(years, 3);
    let choose = Callback::new(move |(year, month): (i32, Option<u32>)| {
        let span = desk.run.with_untracked(|run| run.as_ref().and_then(|run| months::span(&run.times, year, month)));
        if span.is_some() {
            desk.timeline.period.set(span);
        }
    });
    let download = Callback::new(move |()| {
        if let Some(years) = years.get_untracked() {
            browser::save("months.csv", "text/csv", &grid(&years).to_csv());
        }
    });
    view! {
        <section class="panel" aria-labelledby="months-title" data-testid="months">
            <PanelHead id="months-title" title="Returns by month" scope=Signal::stored(String::from("%, after costs; a cell chooses the period")) download=download/>
            {move || shown.get().map(|years| {
                let largest = months::largest(&years).max(1e-12);
                let rows = years.iter().map(|row| line(row, largest, choose)).collect_view();
                view! {
                    <div class="scroll" role="region" tabindex="0" aria-label="Table of months">
                        <table class="sheet small months">
                            <caption class="hidden">"Compounded returns by month and year, in per cent"</caption>
                            <thead><tr>
                                <th scope="col">"Year"</th>
                                {NAMES.iter().map(|name| view! { <th scope="col" class="number">{*name}</th> }).collect_view()}
                                <th scope="col" class="number">"Year"</th>
                            </tr></thead>
                            <tbody>{rows}</tbody>
                        </table>
                    </div>
                }
            })}
        </section>
    }
}

fn line(row: &Year, largest: f64, choose: Callback<(i32, Option<u32>)>) -> impl IntoView + use<> {
    let year = row.year;
    let cells = row
        .months
        .iter()
        .enumerate()
        .map(|(place, value)| match value {
            None => view! { <td class="number absent">"·"</td> }.into_any(),
            Some(value) => {
                let text = fixed(value * 100.0, 1);
                let negative = text.starts_with(MINUS);
                let size = format!("{:.3}", (value.abs() / largest).min(1.0));
                view! {
                    <td class="number month" class:negative=negative style:--size=size>
                        <button type="button" aria-label=format!("{} {year}: {text} %, choose", NAMES[place]) on:click=move |_| choose.run((year, Some(place as u32 + 1)))>{text.clone()}</button>
                    </td>
                }
                .into_any()
            }
        })
        .collect_view();
    let whole = percent(row.whole);
    let negative = whole.starts_with(MINUS);
    view! {
        <tr>
            <th scope="row"><button type="button" class="row-button" aria-label=format!("Choose the year {year}") on:click=move |_| choose.run((year, None))>{year}</button></th>
            {cells}
            <td class="number strong" class:negative=negative>{whole.clone()}</td>
        </tr>
    }
}

fn grid(years: &[Year]) -> Grid {
    let number = |name: &str| Column::number(name, Unit::percent());
    let columns = std::iter::once(Column::text("year")).chain(NAMES.iter().map(|name| number(name))).chain([number("whole")]);
    let mut grid = Grid::new(columns.collect());
    for row in years {
        let cells = row.months.iter().map(|value| value.map_or(Cell::Absent, Cell::from));
        grid.push(std::iter::once(Cell::Text(row.year.to_string())).chain(cells).chain([Cell::from(row.whole)]).collect());
    }
    grid
}
