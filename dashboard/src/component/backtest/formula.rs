//! The editor of one formula: read as it is typed, the wrong place marked under the text, the newest ranks beside.

use super::desk::Desk;
use super::strategies::Share;
use crate::component::cells::TagMark;
use crate::component::icon::Icon;
use crate::state::backtest::formula::{faults, mark};
use crate::state::backtest::ranks::Ranks;
use crate::state::backtest::settings::Own;
use crate::state::model::Event;
use crate::state::number::{counted, date, fixed};
use leptos::prelude::*;

/// Faults shown at once.
const FAULTS: usize = 3;

/// The editor of the formula at a place of the list.
#[component]
pub fn Editor(
    /// Place in the list.
    place: usize,
) -> impl IntoView {
    let desk = Desk::here();
    let own = Memo::new(move |_| desk.settings.with(|settings| settings.formulas.get(place).cloned()));
    let read = move |take: fn(&Own) -> String| Memo::new(move |_| own.with(|own| own.as_ref().map(take).unwrap_or_default()));
    let (name, text) = (read(|own| own.name.clone()), read(|own| own.text.clone()));
    let on = Memo::new(move |_| own.with(|own| own.as_ref().is_some_and(|own| own.on)));
    let found = Memo::new(move |_| text.with(|text| faults(text)));
    let named =
        Memo::new(move |_| desk.settings.with(|settings| name.with(|name| settings.name_fault(name, &desk.uploaded_ids()))));
    let tags = desk.tags();
    // The engine's own complaint: a column that is not loaded, too much work.
    let refused = Memo::new(move |_| {
        let pointer = format!("/config/formulas/{}", name.get().replace('~', "~0").replace('/', "~1"));
        desk.ranking.with(|standing| {
            let all = standing.problem.iter().flat_map(|problem| &problem.faults);
            let mine = all.filter(|fault| fault.path == pointer || fault.path.starts_with(&format!("{pointer}:")));
            mine.map(|fault| format!("{} {}", fault.message, fault.hint)).next()
        })
    });
    let change = move |change: fn(&mut Own, String), what: &'static str, value: String| {
        desk.change(what, move |settings| {
            if let Some(own) = settings.formulas.get_mut(place) {
                change(own, value);
            }
        });
    };
    let (text_id, name_id, fault_id) =
        (format!("formula-{place}"), format!("formula-name-{place}"), format!("formula-fault-{place}"));
    let described_by = fault_id.clone();
    view! {
        <div class="formula-editor" data-testid="formula">
            <div class="formula-head">
                <input
                    type="checkbox"
                    aria-label=move || format!("{} in the run", name.get())
                    prop:checked=on
                    on:change=move |event| {
                        let on = event_target_checked(&event);
                        desk.change_once("the strategies", |settings| {
                            if let Some(own) = settings.formulas.get_mut(place) {
                                own.on = on;
                            }
                        });
                    }
                />
                {move || tags.with(|tags| tags.iter().find(|tag| tag.strategy == name.get()).cloned()).map(|tag| view! { <TagMark tag/> })}
                <label class="hidden" for=name_id.clone()>"Name of the formula"</label>
                <input
                    type="text"
                    class="formula-name"
                    id=name_id
                    autocomplete="off"
                    spellcheck="false"
                    prop:value=name
                    aria-invalid=move || named.with(Option::is_some).to_string()
                    on:change=move |event| {
                        change(|own, name| name.trim().clone_into(&mut own.name), "the name of a formula", event_target_value(&event));
                        desk.app.dispatch(Event::Settled);
                    }
                />
                {move || on.get().then(|| view! { <Share id=name.get()/> })}
                <button
                    type="button"
                    class="icon-button"
                    aria-label=move || format!("Remove the formula {}", name.get())
                    title="Remove"
                    on:click=move |_| desk.change_once("a formula less", |settings| {
                        if place < settings.formulas.len() {
                            settings.formulas.remove(place);
                        }
                    })
                ><Icon name="close"/></button>
            </div>
            <label class="hidden" for=text_id.clone()>{move || format!("Formula {}", name.get())}</label>
            <textarea
                id=text_id
                class="formula-text"
                rows="3"
                spellcheck="false"
                autocapitalize="off"
                autocomplete="off"
                placeholder="rank(-delta(close, 5))"
                prop:value=text
                aria-invalid=move || (!found.with(Vec::is_empty) || refused.with(Option::is_some)).to_string()
                aria-describedby=described_by
                on:input=move |event| change(|own, text| own.text = text, "a formula", event_target_value(&event))
                on:change=move |_| desk.app.dispatch(Event::Settled)
            ></textarea>
            <div id=fault_id class="formula-faults" role="status">
                {move || named.get().map(|why| view! { <p class="message">{why}</p> })}
                {move || {
                    let text = text.get();
                    found.get().into_iter().take(FAULTS).map(|fault| {
                        let marked = mark(&text, &fault);
                        let place = if fault.line == 1 { format!("Character {}", fault.column) } else { format!("Line {}, character {}", fault.line, fault.column) };
                        view! {
                            <div class="formula-fault" data-testid="formula-fault">
                                <pre aria-hidden="true"><code>{marked.line}</code>"\n"<span class="carets">{marked.carets}</span></pre>
                                <p class="message"><b>{format!("{place}: ")}</b>{fault.message}" "{fault.hint}</p>
                            </div>
                        }
                    }).collect_view()
                }}
                {move || refused.get().filter(|_| found.with(Vec::is_empty)).map(|why| view! { <p class="message">{why}</p> })}
            </div>
            {move || {
                let sound = found.with(Vec::is_empty) && refused.with(Option::is_none);
                let shown = desk.opinions.get().filter(|_| sound);
                let top = desk.settings.with(|settings| settings.rule.top);
                shown.and_then(|opinions| Some(ranks(opinions.of(&name.get())?, opinions.as_of.map(allocator_core::units::UnixNanos::days), top)))
            }}
        </div>
    }
}

fn ranks(ranks: &Ranks, as_of: Option<i64>, top: f64) -> impl IntoView + use<> {
    let held = ranks.held(top);
    let when = as_of.map_or_else(String::new, |day| format!(", {}", date(day)));
    let record = ranks.record.map(|record| {
        let t = record.t.map_or_else(String::new, |t| format!(", t {}", fixed(t, 1)));
        format!(
            "Rank correlation with the next 21 bars: {} on average{t}, {}.",
            fixed(record.mean, 3),
            counted(record.count as u64, "month", "months")
        )
    });
    let unknown = ranks.unknown.len();
    let chips = ranks
        .known
        .iter()
        .enumerate()
        .map(|(place, ranked)| {
            let is_held = place < held;
            view! {
                <li class:held=is_held title=fixed(ranked.score, 4)>
                    <span class="place">{place + 1}</span>{ranked.symbol.clone()}
                    <span class="score">{fixed(ranked.score, 2)}</span>
                    {is_held.then(|| view! { <span class="hidden">"held"</span> })}
                </li>
            }
        })
        .collect_view();
    view! {
        <div class="ranks" data-testid="ranks">
            <p class="quiet">{format!("Newest ranks{when}; framed: the {held} held")}</p>
            <ol>{chips}</ol>
            {(unknown > 0).then(|| view! { <p class="quiet">{format!("{} without a score.", counted(unknown as u64, "symbol", "symbols"))}</p> })}
            {record.map(|words| view! { <p class="quiet">{words}</p> })}
        </div>
    }
}
