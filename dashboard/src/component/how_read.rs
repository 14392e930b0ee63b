//! How the file that is looked at was read, and what a person says about it: what it holds, how its text is written, whose rows they are.

use crate::app::App;
use crate::state::file::{FileEntry, Report, Written};
use crate::state::mend::{DECIMALS, DELIMITERS, HEADERS, KINDS, Said};
use crate::state::model::Event;
use crate::state::number::counted;
use leptos::prelude::*;

/// The panel; nothing where the sample is looked at.
#[component]
pub fn HowRead() -> impl IntoView {
    let app = App::here();
    let shown = app.memo(|model| {
        let key = model.looked_at?;
        model.files.iter().find(|file| file.key == key).filter(|file| file.report().is_some()).cloned()
    });
    move || {
        let file = shown.get()?;
        let report = file.report()?.clone();
        Some(view! {
            <section class="panel" aria-labelledby="how-read-title" data-testid="how-read">
                <div class="input-head"><h2 id="how-read-title">{format!("How {} was read", file.name)}</h2></div>
                <div class="pairs">
                    {used_as(app, &file, &report)}
                    {report.written.as_ref().zip(report.found.as_ref()).map(|(written, found)| as_text(app, &file, written, found))}
                    {strategy_name(app, &file, &report)}
                </div>
            </section>
        })
    }
}

/// One choice among words; empty is what the reader finds out.
fn choice(
    id: &'static str,
    label: &'static str,
    found: String,
    options: Vec<(String, &'static str)>,
    now: Option<String>,
    choose: impl Fn(Option<String>) + 'static,
) -> impl IntoView {
    let chosen = now.unwrap_or_default();
    view! {
        <label for=id>{label}</label>
        <select id=id on:change=move |event| choose(Some(event_target_value(&event)).filter(|word| !word.is_empty()))>
            <option value="" prop:selected=chosen.is_empty()>{found}</option>
            {options.into_iter().map(|(word, label)| {
                let is_chosen = chosen == word;
                view! { <option value=word prop:selected=is_chosen>{label}</option> }
            }).collect_view()}
        </select>
    }
}

fn words(list: &[(&'static str, &'static str)]) -> Vec<(String, &'static str)> {
    list.iter().map(|(word, label)| ((*word).to_owned(), *label)).collect()
}

/// The label of a word, as the reader's finding.
fn as_found(list: &[(&str, &str)], word: &str) -> String {
    let label = list.iter().find(|(known, _)| *known == word).map_or("unknown", |(_, label)| *label);
    format!("{} (found)", label.split(':').next().unwrap_or(label))
}

/// What the table is used as, where its looks deceive: weights over time look like returns.
fn used_as(app: App, file: &FileEntry, report: &Report) -> impl IntoView + use<> {
    let (key, said) = (file.key, file.said.clone());
    let now = said.kind.clone();
    let looks = match (&now, report.used_as.word()) {
        (None, word) if !word.is_empty() => as_found(KINDS, word),
        _ => String::from("As it looks"),
    };
    choice("used-as", "Used as", looks, words(KINDS), now, move |kind| {
        app.dispatch(Event::Told(key, Said { kind, ..said.clone() }));
    })
}

/// How a text of separated values is written. Where another way to divide it would take mends back, that is asked first: lists of choices
/// change with every arrow key.
fn as_text(app: App, file: &FileEntry, written: &Written, found: &Written) -> impl IntoView + use<> {
    let (key, said) = (file.key, StoredValue::new(file.said.clone()));
    let asked = RwSignal::new(None::<Said>);
    let (written, found_now) = (StoredValue::new(written.clone()), StoredValue::new(found.clone()));
    let tell = move |change: Box<dyn FnOnce(&mut Said)>| {
        let former = said.get_value();
        let mut next = former.clone();
        change(&mut next);
        let (now, found) = (written.get_value(), found_now.get_value());
        let delimiter = next.delimiter.clone().unwrap_or(found.delimiter);
        let is_divided = delimiter != now.delimiter || next.header.unwrap_or(found.header) != now.header;
        // Mends are written with the file's decimal mark.
        let is_marked = next.decimal.as_deref().unwrap_or("point") != now.decimal;
        let kept = match (is_divided, is_marked) {
            (true, _) => next.clone().without_cells(),
            (false, true) => Said { edits: Vec::new(), ..next.clone() },
            (false, false) => next.clone(),
        };
        if kept.of_cells() == former.of_cells() {
            asked.set(None);
            app.dispatch(Event::Told(key, next));
        } else {
            asked.set(Some(kept));
        }
    };
    let header = said.with_value(|said| said.header.map(|header| header.to_string()));
    let (delimiter, decimal) = said.with_value(|said| (said.delimiter.clone(), said.decimal.clone()));
    let headers: Vec<(String, &'static str)> = HEADERS.iter().map(|(is, label)| (is.to_string(), *label)).collect();
    let first_line = HEADERS.iter().find(|(is, _)| *is == found.header).map_or("", |(_, label)| *label);
    view! {
        {choice("delimiter", "Delimiter", as_found(DELIMITERS, &found.delimiter), words(DELIMITERS), delimiter, move |word| {
            tell(Box::new(move |said| said.delimiter = word));
        })}
        {choice("decimal", "Decimal mark", String::from("Point (as it comes)"), words(DECIMALS), decimal, move |word| {
            tell(Box::new(move |said| said.decimal = word));
        })}
        {choice("first-line", "First line", format!("{first_line} (found)"), headers, header, move |word| {
            tell(Box::new(move |said| said.header = word.map(|word| word == "true")));
        })}
        {move || asked.get().map(|next| {
            let ((mends, roles), (mends_kept, roles_kept)) = (said.with_value(Said::of_cells), next.of_cells());
            let (mends, roles) = (mends - mends_kept, roles - roles_kept);
            let lost = [(mends, "mend", "mends"), (roles, "column taken for something", "columns taken for something")];
            let lost = lost.iter().filter(|(count, ..)| *count > 0).map(|(count, one, many)| counted(*count as u64, one, many));
            let lost = lost.collect::<Vec<String>>().join(" and ");
            view! {
                <p class="whole" role="alert">{format!("What was said of cells and columns counts no longer then: this takes {lost} back. ")}
                    <button type="button" class="link" on:click=move |_| app.dispatch(Event::Told(key, next.clone()))>"Read it so"</button>
                </p>
            }
        })}
    }
}

/// The name of the strategy, where the rows do not name one.
fn strategy_name(app: App, file: &FileEntry, report: &Report) -> Option<impl IntoView + use<>> {
    let has_own = report.columns.iter().any(|column| column.taken_as == "strategy");
    let is_signals = report.columns.iter().any(|column| ["score", "weight"].contains(&column.taken_as.as_str()));
    (is_signals && !has_own).then(|| {
        let (key, said) = (file.key, file.said.clone());
        let now = said.strategy.clone().unwrap_or_else(|| report.names.first().cloned().unwrap_or_default());
        view! {
            <label for="strategy-name">"Strategy name"</label>
            <input
                class="text-field"
                id="strategy-name"
                maxlength="64"
                prop:value=now
                on:change=move |event| {
                    let name = event_target_value(&event).trim().to_owned();
                    let strategy = (!name.is_empty()).then_some(name);
                    app.dispatch(Event::Told(key, Said { strategy, ..said.clone() }));
                }
            />
        }
    })
}
