//! Figures of the period against the baseline's.

use super::desk::{Desk, later};
use crate::browser;
use crate::component::panel::PanelHead;
use crate::figure::axis::Unit;
use crate::figure::grid::{Cell, Column, Grid};
use crate::state::backtest::figures::{self, ROWS, Row};
use crate::state::backtest::period::Period;
use crate::state::backtest::settings::Settings;
use crate::state::number::{MINUS, count, fixed, percent};
use crate::state::same::Same;
use allocator_core::op::metrics::SeriesMetrics;
use leptos::prelude::*;

/// Own figures, and the baseline's where there is one.
type Pair = (SeriesMetrics, Option<SeriesMetrics>);

/// The table.
#[component]
pub fn Figures() -> impl IntoView {
    let desk = Desk::here();
    let pair = Memo::new(move |_| {
        let (run, period) = (desk.run.get()?, desk.period.get()?);
        let config = desk.settings.with(|settings| settings.config.metrics.clone());
        let own = figures::of(&run.times, &run.value, period, &config)?;
        let beside = desk.baseline.get().filter(|baseline| !baseline.times.is_empty()).and_then(|baseline| {
            let values = figures::aligned(&run.times, period, (&baseline.times, &baseline.value), 1.0);
            let known: Vec<f64> = values.into_iter().collect::<Option<_>>()?;
            let times = run.times.get(period.bars())?;
            figures::of(times, &known, Period { first: 0, last: known.len().checked_sub(1)? }, &config)
        });
        Some(Same::new((own, beside)))
    });
    let shown = later(pair, 2);
    let scope = Signal::derive(move || {
        let n = shown.with(|pair| pair.as_ref().map_or(0, |pair| pair.0.n));
        format!("{} returns, after costs", count(u64::from(n)))
    });
    let against = move || desk.settings.with(Settings::baseline_name);
    let download = Callback::new(move |()| {
        if let Some(pair) = pair.get_untracked() {
            browser::save("figures.csv", "text/csv", &grid(&pair).to_csv());
        }
    });
    view! {
        <section class="panel" aria-labelledby="figures-title" data-testid="figures">
            <PanelHead id="figures-title" title="Figures" scope=scope download=download/>
            {move || shown.get().map(|pair| view! {
                <table class="sheet small figures-table striped">
                    <caption class="hidden">"Figures of the period, of the portfolio and of the baseline"</caption>
                    <thead><tr>
                        <th scope="col"><span class="hidden">"Figure"</span></th>
                        <th scope="col" class="number">"Portfolio"</th>
                        {pair.1.is_some().then(|| view! { <th scope="col" class="number">"Baseline"</th><th scope="col" class="number">"Change"</th> })}
                    </tr></thead>
                    <tbody>{ROWS.iter().map(|row| line(row, &pair)).collect_view()}</tbody>
                </table>
            })}
            <p class="say">{move || if shown.with(|pair| pair.as_ref().is_some_and(|pair| pair.1.is_some())) { format!("Baseline: {}, same costs, same bars.", against()) } else { String::from("No baseline over this period.") }}</p>
        </section>
    }
}

fn text(row: &Row, value: f64) -> String {
    if row.percent { percent(value) } else { fixed(value, 2) }
}

fn cell(row: &Row, metrics: &SeriesMetrics) -> impl IntoView + use<> {
    if let Some(value) = (row.take)(metrics) {
        let text = text(row, value);
        let negative = text.starts_with(MINUS);
        view! { <td class="number" class:negative=negative>{text.clone()}</td> }.into_any()
    } else {
        let why = figures::reason(metrics, row.field);
        view! { <td class="number"><span class="unknown" title=why.clone()>"unknown"<span class="hidden">{format!(": {why}")}</span></span></td> }.into_any()
    }
}

fn line(row: &Row, pair: &Pair) -> impl IntoView + use<> {
    let unit = if row.percent { " %" } else { "" };
    let change = pair.1.as_ref().map(|beside| {
        let change = (row.take)(&pair.0).zip((row.take)(beside)).map(|(own, beside)| own - beside);
        let words = change.map_or_else(
            || String::from("·"),
            |change| {
                let words = text(row, change);
                if change > 0.0 && words.bytes().any(|digit| (b'1'..=b'9').contains(&digit)) {
                    format!("+{words}")
                } else {
                    words
                }
            },
        );
        // Red is worse, whichever way a figure points.
        let worse = change.zip(row.more_is_better).is_some_and(|(change, more)| (change < 0.0) == more && change != 0.0);
        view! { {cell(row, beside)}<td class="number" class:negative=worse>{words}</td> }
    });
    view! {
        <tr>
            <th scope="row" title=row.help>{row.label}<span class="faint">{unit}</span></th>
            {cell(row, &pair.0)}
            {change}
        </tr>
    }
}

fn grid(pair: &Pair) -> Grid {
    let plain = Unit::plain(4);
    let mut grid =
        Grid::new(vec![Column::text("figure"), Column::number("portfolio", plain.clone()), Column::number("baseline", plain)]);
    for row in ROWS {
        let beside = pair.1.as_ref().map_or(Cell::Absent, |beside| Cell::from((row.take)(beside)));
        grid.push(vec![Cell::Text(row.field.to_owned()), (row.take)(&pair.0).into(), beside]);
    }
    grid
}
