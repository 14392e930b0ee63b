//! Final weights: one row for each symbol, a bar of the strategies that hold it, the number. As a table or as areas too.

use super::cells::{Change, Percent, Total, colour};
use super::formats::Saves;
use super::panel::{PanelHead, Segmented};
use super::treemap::Treemap;
use crate::app::App;
use crate::chart::frame::Picture;
use crate::figure::weight_bars;
use crate::frame::Frame;
use crate::near::when_near;
use crate::state::bar::pieces;
use crate::state::blend::{Blend, Weight};
use crate::state::comparison::Comparison;
use crate::state::explain::Subject;
use crate::state::export;
use crate::state::look::Form;
use crate::state::model::{Event, ResultFormat};
use crate::state::number::{count, percent};
use crate::state::order::{Key, Order};
use crate::state::parts::Parts;
use crate::state::same::Same;
use leptos::html;
use leptos::prelude::*;

/// Rows on the page; the download holds all.
const ROWS: usize = 200;
/// Rows until someone comes near the last of them: drawing what nobody sees would keep a slider waiting.
const ROWS_FIRST: usize = 60;

const FORMS: &[(Form, &str)] = &[(Form::Bars, "Bars"), (Form::Table, "Table"), (Form::Treemap, "Treemap")];

/// From so many symbols on there is a field to find one.
const FIND_FROM: usize = 25;

/// The final weights.
#[component]
pub fn Weights() -> impl IntoView {
    let (app, frame) = (App::here(), Frame::here());
    let selected = app.memo(|model| match &model.selected {
        Some(Subject::Symbol(symbol)) => Some(symbol.clone()),
        _ => None,
    });
    let moved = app.memo(|model| model.moved.clone());
    let cap = app.memo(|model| model.config.symbol_max);
    let form = app.looked(|look| if look.tables { Form::Table } else { look.form });
    let order = app.looked(|look| look.order);
    let scope = Signal::derive(move || String::from(order.get().words()));
    let choose = Callback::new(move |form| {
        app.look(|look| {
            look.tables = false;
            look.form = form;
        });
    });
    let whole = RwSignal::new(false);
    let more = NodeRef::<html::P>::new();
    when_near(more, move || whole.set(true));
    // On paper there is no scrolling.
    let printed = window_event_listener_untyped("beforeprint", move |_| whole.set(true));
    on_cleanup(move || printed.remove());
    let cut = Memo::new(move |_| {
        let longer = |blend: &Option<Same<Blend>>| blend.as_ref().is_some_and(|blend| blend.weights.len() > ROWS_FIRST);
        !whole.get() && form.get() != Form::Treemap && app.blend.with(longer)
    });
    let many = Memo::new(move |_| app.blend.with(|blend| blend.as_ref().is_some_and(|blend| blend.weights.len() >= FIND_FROM)));
    view! {
        <section class="panel" aria-labelledby="weights-title">
            <PanelHead
                id="weights-title"
                title="Final weights"
                scope=scope
                download=Callback::new(move |()| app.dispatch(Event::ResultWanted(ResultFormat::Csv)))
                saves=saves(app)
            >
                <Segmented label="Show final weights as" options=FORMS value=form choose=choose/>
            </PanelHead>
            <p prop:hidden=move || !many.get() && !frame.finds.get() && frame.find.with(String::is_empty)>
                <label class="hidden" for="find">"Find a symbol"</label>
                <input
                    class="text-field"
                    id="find"
                    type="search"
                    placeholder="Find a symbol (/)"
                    prop:value=frame.find
                    on:input=move |event| frame.find.set(event_target_value(&event))
                />
            </p>
            {move || app.blend.get().map(|blend| match form.get() {
                Form::Treemap => view! { <Treemap blend/> }.into_any(),
                form => {
                    let sheet = Sheet { app, order: order.get(), bars: form == Form::Bars, cap: cap.get(), selected: selected.get(), find: frame.find.get(), whole: whole.get() };
                    sheet.view(&blend, moved.get().as_deref()).into_any()
                }
            })}
            {move || cut.get().then(|| view! {
                <p class="buttons" node_ref=more>
                    <button type="button" class="link" on:click=move |_| whole.set(true)>"Show more rows"</button>
                </p>
            })}
        </section>
    }
}

/// The weights as a table and as a picture.
fn saves(app: App) -> Saves {
    let name = Signal::derive(move || {
        app.blend.with(|blend| format!("Weights {}", blend.as_ref().and_then(|blend| blend.digest.get(..8)).unwrap_or_default()))
    });
    Saves {
        name,
        grid: Callback::new(move |()| app.blend.get_untracked().map(|blend| export::weights(&blend))),
        picture: Callback::new(move |()| app.blend.get_untracked().map(|blend| Picture::text(weight_bars::svg(&blend)))),
    }
}

/// What a drawing of the table depends on.
struct Sheet {
    app: App,
    order: Order,
    bars: bool,
    cap: Option<f64>,
    selected: Option<String>,
    find: String,
    whole: bool,
}

/// Where zero lies in a bar and how far one unit of weight reaches, in per cent of the bar's width.
#[derive(Clone, Copy)]
struct Scale {
    zero: f64,
    unit: f64,
}

fn sum(parts: &Parts, keep: impl Fn(f64) -> bool) -> f64 {
    parts.iter().map(|part| part.value).filter(|value| keep(*value)).map(f64::abs).sum()
}

impl Scale {
    /// Room for what is held long and short, for the weights before, and for the cap where it is near.
    fn of(blend: &Blend, moved: Option<&Comparison>, cap: Option<f64>) -> Self {
        let mut high = 0.0_f64;
        let mut low = 0.0_f64;
        for row in &blend.weights {
            let before = moved.map_or(0.0, |moved| moved.before(&row.symbol));
            high = high.max(sum(&row.parts, |value| value > 0.0)).max(row.weight).max(before);
            low = low.max(sum(&row.parts, |value| value < 0.0)).max(-row.weight).max(-before);
        }
        if let Some(cap) = cap.filter(|cap| *cap < 1.6 * high.max(low)) {
            high = high.max(if high > 0.0 { cap } else { 0.0 });
            low = low.max(if low > 0.0 { cap } else { 0.0 });
        }
        let span = if high + low > 0.0 { (high + low) * 1.04 } else { 1.0 };
        Scale { zero: low / span * 100.0, unit: 100.0 / span }
    }

    fn at(self, weight: f64) -> String {
        format!("{:.3}%", self.zero + weight * self.unit)
    }
}

impl Sheet {
    fn view(&self, blend: &Blend, moved: Option<&Comparison>) -> impl IntoView + use<> {
        let scale = Scale::of(blend, moved, self.cap);
        let all = self.order.rows(blend, moved, &self.find);
        let most = if self.whole { ROWS } else { ROWS_FIRST };
        let rows = all.iter().take(most).map(|row| self.line(blend, row, moved, scale)).collect_view();
        let hidden = all.len().saturating_sub(most);
        let found = all.len();
        let held = blend.weights.iter().filter(|row| row.weight != 0.0).count();
        let counted = if found < blend.weights.len() {
            format!("{} of {} symbols", count(found as u64), count(blend.weights.len() as u64))
        } else if held < found {
            format!("{} symbols, {} held", count(found as u64), count(held as u64))
        } else {
            crate::state::number::counted(found as u64, "symbol", "symbols")
        };
        let foots = all.len() <= ROWS && crate::state::explain::foots(all.iter().map(|row| row.weight), blend.totals.net);
        let whole = found == blend.weights.len();
        let gone: Vec<(String, f64)> = moved
            .map(|moved| moved.gone(blend).map(|(symbol, weight)| (symbol.to_owned(), weight)).collect())
            .unwrap_or_default();
        let limit = self.cap.filter(|_| self.bars);
        view! {
            <table class="sheet weights banded" data-testid="weights">
                <caption class="hidden">"Final weight of each symbol in per cent of capital, by strategy"</caption>
                <thead><tr>
                    {self.head(Key::Symbol, "Symbol", "")}
                    <th scope="col" class="wide">
                        <span class="legend-title">"By strategy"</span>
                        {moved.is_some().then(|| view! { <span class="legend"><i class="before" style="width:2px;display:block"></i>"before the change"</span> })}
                        {limit.map(|_| view! { <span class="legend"><i class="limit" style="display:block"></i>"symbol cap"</span> })}
                    </th>
                    {self.head(Key::Weight, "Weight %", "number w")}
                    {self.head(Key::Change, "Change", "number d")}
                    {self.head(Key::HeldBy, "Held by", "number k")}
                </tr></thead>
                <tbody>{rows}</tbody>
                <tfoot><tr>
                    <th scope="row" colspan="2">{counted}", net"</th>
                    <td class="number">{whole.then(|| view! { <Total value=blend.totals.net foots=foots/> })}</td>
                    <td class="number">{moved.filter(|_| whole).map(|moved| view! { <Total value=moved.net/> })}</td>
                    <td class="k"></td>
                </tr></tfoot>
            </table>
            {blend.weights.is_empty().then(|| view! { <p class="say">"No symbol is held."</p> })}
            {(!gone.is_empty()).then(|| {
                let list: Vec<String> = gone.iter().take(8).map(|(symbol, weight)| format!("{symbol} {}", percent(*weight))).collect();
                let more = gone.len().saturating_sub(8);
                let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                view! { <p class="say">{format!("No longer held: {}{more}.", list.join(", "))}</p> }
            })}
            {(hidden > 0 && self.whole).then(|| view! {
                <p class="say">{format!("The first {ROWS} are shown, {} more are in the download.", count(hidden as u64))}</p>
            })}
        }
    }

    fn head(&self, key: Key, word: &'static str, class: &'static str) -> impl IntoView + use<> {
        let (app, now) = (self.app, self.order);
        view! {
            <th scope="col" class=class aria-sort=now.aria(key)>
                <button type="button" class="sort" data-sorted={(now.key == key).to_string()} on:click=move |_| app.look(|look| look.order = look.order.clicked(key))>
                    {word}
                </button>
            </th>
        }
    }

    fn line(&self, blend: &Blend, row: &Weight, moved: Option<&Comparison>, scale: Scale) -> impl IntoView + use<> {
        let app = self.app;
        let symbol = row.symbol.clone();
        let chosen = self.selected.as_deref() == Some(symbol.as_str());
        let choose = {
            let symbol = symbol.clone();
            move |_| app.select(Subject::Symbol(symbol.clone()))
        };
        let capped = blend.binding("symbol_max", &row.symbol).is_some();
        let before = moved.map(|moved| moved.before(&row.symbol));
        let middle = if self.bars {
            let limit = self.cap.map(|cap| scale.at(if row.weight < 0.0 { -cap } else { cap }));
            view! {
                <td class="wide"><div class="bar" aria-hidden="true">
                    {parts(blend, row, scale)}
                    {(scale.zero > 0.0).then(|| view! { <i class="zero" style:left=scale.at(0.0)></i> })}
                    {before.map(|before| view! { <i class="before" style:left=scale.at(before)></i> })}
                    {limit.map(|left| view! { <i class="limit" style:left=left></i> })}
                </div></td>
            }
            .into_any()
        } else {
            let words: Vec<String> = row
                .parts
                .iter()
                .filter(|part| part.value != 0.0)
                .filter_map(|part| Some(format!("{} {}", blend.strategies.get(part.strategy)?.tag.letters, percent(part.value))))
                .collect();
            view! { <td class="wide">{words.join(", ")}</td> }.into_any()
        };
        view! {
            <tr class:chosen=chosen data-symbol=symbol.clone()>
                <th scope="row">
                    <button type="button" class="row-button" aria-pressed=chosen.to_string() on:click=choose>{symbol.clone()}</button>
                </th>
                {middle}
                <td class="number w">
                    {capped.then(|| view! { <abbr class="chip" title="At the symbol cap" style="margin:0 5px 0 0">"cap"</abbr> })}
                    <Percent value=Some(row.weight)/>
                </td>
                <td class="number d"><Change value=before.map(|before| row.weight - before)/></td>
                <td class="number k">{row.held_by()}</td>
            </tr>
        }
    }
}

/// The least width of a piece, in per cent of the bar's: about a pixel.
const PIECE_MIN: f64 = 0.3;

/// Every strategy's part: what it holds long to the right of zero, short to the left; where both happen, a red line at the sum.
fn parts(blend: &Blend, row: &Weight, scale: Scale) -> impl IntoView + use<> {
    let pieces = pieces(&row.parts, PIECE_MIN / scale.unit);
    let sides = |short: bool| row.parts.iter().any(|part| part.value != 0.0 && (part.value < 0.0) == short);
    let both = sides(false) && sides(true);
    let drawn = pieces.into_iter().map(|piece| {
        let tag = piece.strategy.and_then(|place| blend.strategies.get(place)).map(|strategy| &strategy.tag);
        let width = piece.size * scale.unit;
        let short = if piece.short { " short" } else { "" };
        view! {
            <span
                class=format!("part {}{short}", tag.map_or_else(|| String::from("rest"), colour))
                style:left=scale.at(piece.from)
                style:width=format!("{width:.3}%")
                title=tag.is_none().then_some("Several strategies, each too narrow to draw")
            >
                {tag.filter(|_| width > 8.0).map(|tag| tag.letters.clone())}
            </span>
        }
    });
    view! {
        {drawn.collect_view()}
        {both.then(|| view! { <i class="sum" style:left=scale.at(row.weight)></i> })}
    }
}
