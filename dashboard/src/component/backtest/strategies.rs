//! Which strategies are in the run, and what share of capital each has.

use super::desk::Desk;
use super::formula::Editor;
use crate::component::cells::TagMark;
use crate::state::backtest::settings::{FORMULAS_MAX, Own, Settings, Sharing};
use crate::state::number::{percent, typed};
use allocator_core::alpha::Alpha;
use allocator_core::wire::Choice;
use leptos::prelude::*;

/// The list of built-in alphas and the formulas.
#[component]
pub fn Strategies() -> impl IntoView {
    let desk = Desk::here();
    let count = Memo::new(move |_| desk.settings.with(|settings| settings.formulas.len()));
    let sharing = Memo::new(move |_| desk.settings.with(Settings::sharing));
    let chosen = desk.ids();
    let rest = Memo::new(move |_| {
        desk.settings.with(|settings| {
            let shares: f64 = settings.shares_of(&chosen.get()).values().sum();
            (settings.sharing() == Sharing::Shares && shares < 1.0 - 1e-9 && !chosen.with(Vec::is_empty))
                .then(|| percent(1.0 - shares))
        })
    });
    let add = move |_| {
        desk.change_once("a new formula", |settings| {
            let name = settings.free_name();
            settings.formulas.push(Own { name, text: String::new(), on: true });
        });
    };
    view! {
        <section class="panel" aria-labelledby="alphas-title">
            <div class="input-head">
                <h2 id="alphas-title">"Strategies"</h2>
                <span class="quiet">{move || match sharing.get() {
                    Sharing::Shares => "share, %",
                    Sharing::Method => "by a method",
                    Sharing::Blend => "blended",
                }}</span>
            </div>
            <ul class="strategy-list alphas" data-testid="alphas">
                {Alpha::WORDS.iter().map(|(_, word, _, meaning)| view! { <BuiltIn word=word meaning=meaning.trim()/> }).collect_view()}
            </ul>
            <ul class="strategy-list alphas" data-testid="uploaded">
                {move || desk.uploaded.get().into_iter().map(|own| view! { <FromFile id=own.id file=own.file/> }).collect_view()}
            </ul>
            {move || desk.uploaded.with(Vec::is_empty).then(|| view! {
                <p class="quiet">"Target weights over time are a strategy too: add a file of them in the Data view."</p>
            })}
            {move || rest.get().map(|rest| view! { <p class="quiet">{format!("{rest} % stay in cash.")}</p> })}
        </section>
        <section class="panel" aria-labelledby="formulas-title">
            <div class="input-head"><h2 id="formulas-title">"Formulas"</h2><span class="quiet">"higher is better to own"</span></div>
            {move || (0..count.get()).map(|place| view! { <Editor place/> }).collect_view()}
            <p class="buttons">
                <button type="button" class="button" prop:disabled=move || { count.get() >= FORMULAS_MAX } on:click=add>"Add a formula"</button>
            </p>
            <Words/>
        </section>
    }
}

#[component]
fn BuiltIn(word: &'static str, meaning: &'static str) -> impl IntoView {
    let desk = Desk::here();
    let on = Memo::new(move |_| desk.settings.with(|settings| settings.alphas.contains(word)));
    let tags = desk.tags();
    let id = format!("alpha-{word}");
    view! {
        <li>
            <input
                type="checkbox"
                id=id.clone()
                prop:checked=on
                on:change=move |event| {
                    let on = event_target_checked(&event);
                    desk.change_once("the strategies", |settings| {
                        if on {
                            settings.alphas.insert(word.to_owned());
                        } else {
                            settings.alphas.remove(word);
                        }
                    });
                }
            />
            {move || tags.with(|tags| tags.iter().find(|tag| tag.strategy == word).cloned()).map(|tag| view! { <TagMark tag/> })}
            <label class="label" for=id title=meaning>{words(word)}</label>
            {move || on.get().then(|| view! { <Share id=word.to_owned()/> })}
        </li>
    }
}

/// A strategy that is a loaded file of target weights.
#[component]
fn FromFile(
    /// Its id.
    id: String,
    /// The file's name.
    file: String,
) -> impl IntoView {
    let desk = Desk::here();
    let tags = desk.tags();
    let name = StoredValue::new(id.clone());
    let on = Memo::new(move |_| desk.settings.with(|settings| name.with_value(|name| !settings.left_out.contains(name))));
    let control = format!("uploaded-{id}");
    view! {
        <li>
            <input
                type="checkbox"
                id=control.clone()
                prop:checked=on
                on:change=move |event| {
                    let on = event_target_checked(&event);
                    desk.change_once("the strategies", |settings| {
                        name.with_value(|name| if on { settings.left_out.remove(name) } else { settings.left_out.insert(name.clone()) });
                    });
                }
            />
            {move || tags.with(|tags| tags.iter().find(|tag| name.with_value(|name| tag.strategy == *name)).cloned()).map(|tag| view! { <TagMark tag/> })}
            <label class="label" for=control title=format!("Target weights of {file}")>{words(&id)}" "<span class="quiet">{file.clone()}</span></label>
            {move || on.get().then(|| view! { <Share id=name.get_value()/> })}
        </li>
    }
}

/// `momentum_12_1` as a person reads it.
pub fn words(id: &str) -> String {
    crate::state::tag::Tag { strategy: id.to_owned(), letters: String::new(), colour: 1, hatched: false }.name()
}

/// The share of one strategy; left empty it gets an equal part of what the others leave.
#[component]
pub fn Share(
    /// The strategy.
    id: String,
) -> impl IntoView {
    let desk = Desk::here();
    let ids = desk.ids();
    let id = StoredValue::new(id);
    let refused = RwSignal::new(false);
    let own = Memo::new(move |_| desk.settings.with(|settings| id.with_value(|id| settings.shares.get(id).copied())));
    let part =
        Memo::new(move |_| desk.settings.with(|settings| id.with_value(|id| settings.shares_of(&ids.get()).get(id).copied())));
    let hidden = Memo::new(move |_| desk.settings.with(|settings| settings.sharing() != Sharing::Shares));
    let take = move |text: String| {
        let share = if text.trim().is_empty() { Ok(None) } else { typed(&text).map(|share| Some(share / 100.0)) };
        let share = share.ok().filter(|share| share.is_none_or(|share| (0.0..=1.0).contains(&share)));
        refused.set(share.is_none());
        if let Some(share) = share {
            desk.change_once("a share of capital", |settings: &mut Settings| {
                id.with_value(|id| match share {
                    Some(share) => settings.shares.insert(id.clone(), share),
                    None => settings.shares.remove(id),
                });
            });
        }
    };
    view! {
        <input
            type="text"
            inputmode="decimal"
            autocomplete="off"
            class="share-entry"
            class:hidden=hidden
            aria-label=move || format!("Share of {}, %", words(&id.get_value()))
            aria-invalid=move || refused.get().to_string()
            title="Empty: an equal part of what the others leave. From 0 to 100."
            placeholder=move || part.get().map(percent).unwrap_or_default()
            prop:value=move || own.get().map(percent).unwrap_or_default()
            on:change=move |event| take(event_target_value(&event))
        />
    }
}

/// The words of the language.
#[component]
fn Words() -> impl IntoView {
    use allocator_core::alpha::formula::Function;
    view! {
        <details class="more">
            <summary>"Words of a formula"</summary>
            <p class="quiet">"Columns: close, open, high, low, volume, returns. Windows are bars of the symbol; rank, zscore and scale compare the symbols of one bar."</p>
            <dl class="word-list">
                {Function::ALL.iter().map(|function| view! {
                    <div><dt><code>{function.usage()}</code></dt><dd>{function.meaning()}</dd></div>
                }).collect_view()}
            </dl>
        </details>
    }
}
