//! A number with a slider, an exact entry, a reset and a mark for the default.

use super::icon::Icon;
use crate::frame::keys::press;
use crate::state::keymap::slide;
use crate::state::parameter::Look;
use leptos::prelude::*;

/// The number, in shown units; `None` is off.
#[component]
pub fn NumberSlider(
    /// Id of the entry.
    id: String,
    /// How it is shown.
    look: Look,
    /// Whether it counts something: whole numbers only.
    #[prop(optional)]
    count: bool,
    /// What it is.
    #[prop(into)]
    value: Signal<Option<f64>>,
    /// What a fresh page has.
    default: Option<f64>,
    /// What the engine says against it.
    #[prop(optional, into)]
    complaint: Signal<Option<String>>,
    /// Takes another value.
    set: Callback<Option<f64>>,
    /// The hand was lifted.
    settle: Callback<()>,
) -> impl IntoView {
    let typed = RwSignal::new(look.text(value.get_untracked()));
    let refused = RwSignal::new(None::<String>);
    let focused = RwSignal::new(false);
    // What the settings say is what the entry shows, except while someone is writing in it.
    Effect::new(move |_| {
        let text = look.text(value.get());
        if !focused.get_untracked() {
            typed.set(text);
            refused.set(None);
        }
    });
    let read = move |text: &str, complain: bool| match look.read(text, count) {
        Ok(value) => {
            refused.set(None);
            set.run(value);
        }
        Err(sentence) if complain => refused.set(Some(sentence)),
        Err(_) => {}
    };
    let message = Memo::new(move |_| refused.get().or_else(|| complaint.get()));
    let rest = look.off_at.unwrap_or(look.low);
    let go = move |to: f64| set.run(if look.off_at == Some(to) { None } else { Some(to) });
    let on_key = move |event: web_sys::KeyboardEvent| {
        let key = event.key();
        let now = value.get_untracked().unwrap_or(rest);
        let to = slide(press(&event, &key), now, look.low, look.high, look.step, default.unwrap_or(rest));
        if let Some(to) = to.filter(|_| !event.ctrl_key() && !event.meta_key()) {
            event.prevent_default();
            // A count has no places between two steps.
            go(if look.decimals == 0 { to.round() } else { to });
            settle.run(());
        }
    };
    let message_id = format!("{id}-message");
    let described_by = message_id.clone();
    let label = if look.unit.is_empty() { look.label.to_owned() } else { format!("{}, {}", look.label, look.unit) };
    let slider_label = format!("{label}, slider");
    let default_text = format!("{} {}", look.text(default), look.unit);
    let default_title = format!("Default {}", default_text.trim());
    let reset_title = format!("Reset {} to its default", look.label);
    view! {
        <div class="parameter" class:changed=move || value.get() != default>
            <label for=id.clone() title=look.help>{look.label}</label>
            <input
                type="text"
                inputmode="decimal"
                autocomplete="off"
                spellcheck="false"
                id=id.clone()
                class="entry"
                aria-label=label
                aria-describedby=described_by
                aria-invalid=move || message.with(Option::is_some).to_string()
                prop:value=typed
                on:focus=move |_| focused.set(true)
                on:input=move |event| {
                    let text = event_target_value(&event);
                    read(&text, false);
                    typed.set(text);
                }
                on:change=move |event| {
                    read(&event_target_value(&event), true);
                    settle.run(());
                }
                on:blur=move |_| {
                    focused.set(false);
                    if refused.with_untracked(Option::is_none) {
                        typed.set(look.text(value.get_untracked()));
                    }
                }
            />
            <span class="unit" aria-hidden="true">{look.unit}</span>
            <button
                type="button"
                class="icon-button reset"
                aria-label=reset_title
                title=default_title.clone()
                prop:disabled=move || value.get() == default
                on:click=move |_| {
                    set.run(default);
                    settle.run(());
                }
            ><Icon name="reset"/></button>
            <div class="track" style:--at=move || look.place(value.get()).to_string() style:--default=look.place(default).to_string()>
                <i class="fill"></i>
                <i class="default" title=default_title></i>
                <input
                    type="range"
                    class="slider"
                    aria-label=slider_label
                    aria-valuetext=move || format!("{} {}", look.text(value.get()), look.unit)
                    min=look.low.to_string()
                    max=look.high.to_string()
                    step="any"
                    prop:value=move || value.get().unwrap_or(rest).to_string()
                    on:keydown=on_key
                    on:input=move |event| {
                        if let Ok(place) = event_target_value(&event).parse::<f64>() {
                            // The hand moves in steps; keys and the entry reach what lies between.
                            let step = ((place - look.low) / look.step).round() * look.step + look.low;
                            go(format!("{step:.6}").parse().unwrap_or(step).clamp(look.low, look.high));
                        }
                    }
                    on:change=move |_| settle.run(())
                />
            </div>
            <p class="message" id=message_id role="alert">{message}</p>
        </div>
    }
}
