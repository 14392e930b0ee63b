//! What stands around every chart: its name, the switch to its table twin, its downloads, and its readout.

use super::bind;
use super::save::{Form, save};
use crate::app::App;
use crate::figure::Grid;
use crate::figure::grid::{Cell, ROWS_SHOWN_MAX};
use crate::state::number::count;
use leptos::prelude::*;
use std::sync::Arc;
use wasm_bindgen::JsCast;

/// What a chart can give as a picture, at the moment it is asked.
#[derive(Clone)]
pub struct Picture(pub(super) Kind);

#[derive(Clone)]
pub(super) enum Kind {
    /// A chart of a library.
    Drawn(bind::Drawn),
    /// SVG text; colours may be names of tokens.
    Text(String),
    /// An element of the page.
    Element(web_sys::Element),
}

impl Picture {
    /// Of a chart of a library.
    pub(super) fn drawn(chart: bind::Drawn) -> Self {
        Picture(Kind::Drawn(chart))
    }

    /// Of SVG text; colours may be names of tokens.
    pub fn text(svg: String) -> Self {
        Picture(Kind::Text(svg))
    }

    /// Of the first element that a selector finds; none while it is not drawn.
    pub fn of(selector: &str) -> Option<Self> {
        document().query_selector(selector).ok().flatten().map(Picture::element)
    }

    /// Of an element of the page.
    pub fn element(element: web_sys::Element) -> Self {
        Picture(Kind::Element(element))
    }
}

/// Asks a chart for its picture, as SVG if so told; `None` while it is not drawn.
pub type Ask = Arc<dyn Fn(bool) -> Option<Picture>>;

/// The frame of a chart. `T` inside it switches between chart and table, where single keys are on.
#[component]
pub fn Frame(
    /// Names the chart and its files.
    #[prop(into)]
    name: Signal<String>,
    /// What it shows, with unit, period and sample size.
    #[prop(into)]
    label: Signal<String>,
    /// The table twin.
    #[prop(into)]
    grid: Signal<Grid>,
    /// Gives the picture.
    ask: Ask,
    /// Values under the cursor, said beside the chart and never over it.
    #[prop(into)]
    readout: Signal<String>,
    /// Why there is no chart; the table is shown then.
    #[prop(into)]
    broken: Signal<String>,
    /// The chart.
    children: Children,
) -> impl IntoView {
    let app = App::here();
    let table = RwSignal::new(false);
    // `T` with the focus elsewhere turns all charts of the page.
    let all = crate::frame::Frame::here().tables;
    let failed = RwSignal::new(String::new());
    let open = move || (table.get() != all.get()) || !broken.get().is_empty();
    let ask = StoredValue::new_local(ask);
    let save = move |form: Form| {
        let picture = || ask.try_with_value(|ask| ask(form == Form::Svg)).flatten();
        // The chart may be gone by the time it fails; then nobody waits for the sentence.
        let failed = move |why| {
            let _ = failed.try_set(why);
        };
        save(app, form, &name.get_untracked(), || grid.get_untracked(), picture, failed);
    };
    let keys = move |event: web_sys::KeyboardEvent| {
        let plain = !event.ctrl_key() && !event.alt_key() && !event.meta_key();
        let typing = event
            .target()
            .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
            .is_some_and(|element| element.matches("input, textarea, select").unwrap_or(false));
        if plain && !typing && event.key().eq_ignore_ascii_case("t") {
            event.prevent_default();
            // Not for the page as well, which may have a key of that letter.
            event.stop_propagation();
            table.update(|open| *open = !*open);
        }
    };
    view! {
        <figure class="chart" class:as-table=open on:keydown=keys data-chart=name>
            <figcaption class="chart-head">
                <span class="chart-label">{label}</span>
                <span class="chart-readout" aria-hidden="true">{readout}</span>
                <span class="chart-tools">
                    <button
                        type="button"
                        class="tool link"
                        aria-pressed=move || open().to_string()
                        aria-label=move || format!("{}: table", name.get())
                        title="Table (T)"
                        on:click=move |_| table.update(|open| *open = !*open)
                    >"Table"</button>
                    {Form::ALL.map(|(form, word)| view! {
                        <button
                            type="button"
                            class="tool link"
                            aria-label=move || format!("{}: save as {word}", name.get())
                            title=format!("Save as {word}")
                            on:click=move |_| save(form)
                        >{word}</button>
                    })}
                </span>
            </figcaption>
            {move || Some(broken.get()).filter(|text| !text.is_empty()).map(|text| view! {
                <p class="chart-note" role="status">{text}</p>
            })}
            {move || Some(failed.get()).filter(|text| !text.is_empty()).map(|text| view! {
                <p class="chart-note" role="alert">{text}</p>
            })}
            <div class="chart-body" class:hidden-chart=open>{children()}</div>
            {move || open().then(|| view! { <Twin grid name/> })}
        </figure>
    }
}

/// A table twin.
#[component]
pub fn Twin(
    /// The figures.
    #[prop(into)]
    grid: Signal<Grid>,
    /// What the table is called.
    #[prop(into)]
    name: Signal<String>,
) -> impl IntoView {
    view! {
        <div class="scroll twin" role="region" tabindex="0" aria-label=move || format!("{}, table", name.get())>
            {move || grid.with(|grid| {
                let hidden = grid.rows.len().saturating_sub(ROWS_SHOWN_MAX);
                let head = grid.columns.iter().map(|column| view! {
                    <th scope="col" class:number=column.unit.is_some()>{column.header()}</th>
                }).collect_view();
                // Of a series through time the newest rows count, and stand first.
                let is_series = matches!(grid.rows.first().and_then(|row| row.first()), Some(Cell::Time(_)));
                let order = move |row: usize, rows: usize| if is_series { rows - 1 - row } else { row };
                let rows = (0..grid.rows.len().min(ROWS_SHOWN_MAX)).map(|row| {
                    let row = order(row, grid.rows.len());
                    let cells = (0..grid.columns.len()).map(|column| {
                        let text = grid.shown(row, column);
                        let number = grid.columns[column].unit.is_some();
                        if column == 0 && !number {
                            view! { <th scope="row">{text}</th> }.into_any()
                        } else {
                            let negative = text.starts_with(crate::state::number::MINUS);
                            view! { <td class:number=number class:negative=negative>{text}</td> }.into_any()
                        }
                    }).collect_view();
                    view! { <tr>{cells}</tr> }
                }).collect_view();
                view! {
                    <table class="sheet">
                        <caption class="hidden">{name.get()}</caption>
                        <thead><tr>{head}</tr></thead>
                        <tbody>{rows}</tbody>
                    </table>
                    {(hidden > 0).then(|| view! {
                        <p class="quiet">{format!("The {} {} rows; {} more are in the CSV.", if is_series { "newest" } else { "first" }, count(ROWS_SHOWN_MAX as u64), count(hidden as u64))}</p>
                    })}
                }
            })}
        </div>
    }
}
