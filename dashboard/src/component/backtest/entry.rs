//! A number of the settings that is typed.

use crate::state::number::typed;
use leptos::prelude::*;

/// What an entry takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// Least.
    pub low: f64,
    /// Most.
    pub high: f64,
}

/// An entry with its label and unit; a text that is no number, or lies outside, is said below and changes nothing.
#[component]
pub fn Entry(
    /// Id of the control.
    id: &'static str,
    /// What it is.
    label: &'static str,
    /// Its unit, after the entry.
    #[prop(optional)]
    unit: &'static str,
    /// What it means.
    #[prop(optional)]
    help: &'static str,
    /// As the settings have it.
    #[prop(into)]
    value: Signal<String>,
    /// What is taken.
    range: Range,
    /// Takes a number.
    set: Callback<f64>,
    /// Takes an entry that was emptied; without it, an empty entry is no number.
    #[prop(optional)]
    clear: Option<Callback<()>>,
) -> impl IntoView {
    let text = RwSignal::new(value.get_untracked());
    let focused = RwSignal::new(false);
    let refused = RwSignal::new(None::<String>);
    Effect::new(move |_| {
        let now = value.get();
        if !focused.get_untracked() {
            text.set(now);
            refused.set(None);
        }
    });
    let take = move |typed_text: &str| {
        if let Some(clear) = clear.filter(|_| typed_text.trim().is_empty()) {
            refused.set(None);
            clear.run(());
            return;
        }
        match typed(typed_text) {
            Ok(number) if (range.low..=range.high).contains(&number) => {
                refused.set(None);
                set.run(number);
            }
            Ok(_) => refused.set(Some(format!("{label} lies outside. Write a number from {} to {}.", range.low, range.high))),
            Err(why) => refused.set(Some(why)),
        }
    };
    let message = format!("{id}-message");
    view! {
        <div class="parameter entry-line">
            <label for=id title=help>{label}</label>
            <input
                type="text"
                inputmode="decimal"
                autocomplete="off"
                id=id
                class="entry"
                aria-describedby=message.clone()
                aria-invalid=move || refused.with(Option::is_some).to_string()
                prop:value=text
                on:focus=move |_| focused.set(true)
                on:change=move |event| take(&event_target_value(&event))
                on:input=move |event| text.set(event_target_value(&event))
                on:blur=move |_| {
                    focused.set(false);
                    if refused.with_untracked(Option::is_none) {
                        text.set(value.get_untracked());
                    }
                }
            />
            <span class="unit">{unit}</span>
            <p class="message" id=message role="alert">{refused}</p>
        </div>
    }
}
