//! Limits per strategy: least and most with exact entry, where the weight lies between them, and which of them bind.

use super::desk::Desk;
use crate::component::cells::{TagMark, colour};
use crate::frame::keys::press;
use crate::state::capital::limit;
use crate::state::capital::settings::{CapitalSettings, End};
use crate::state::keymap::slide;
use crate::state::number;
use crate::state::parameter::{Look, fraction, shown};
use crate::state::tag::Tag;
use allocator_core::wire::At;
use leptos::prelude::*;

/// A limit as its entry shows it.
const LOOK: Look = Look { label: "", unit: "%", low: 0.0, high: 100.0, step: 1.0, decimals: 2, off_at: None, help: "" };

/// The limits.
#[component]
pub fn StrategyLimits() -> impl IntoView {
    let desk = Desk::here();
    let refused = RwSignal::new(None::<String>);
    // The track ends at the highest limit that anyone has, so that its room is used.
    let top = Memo::new(move |_| {
        let (settings, tags) = (desk.settings.get(), desk.tags.get());
        let most = tags.iter().map(|tag| settings.bounds(&tag.strategy).1).fold(settings.config.constraints.max, f64::max);
        if most > 0.0 { most } else { 1.0 }
    });
    let binding = Memo::new(move |_| desk.looked.with(|answer| answer.as_ref().map(|answer| limit::sentence(&answer.outcome))));
    let fault = Memo::new(move |_| {
        refused.get().or_else(|| {
            let faults = desk.settings.with(CapitalSettings::faults);
            let constraints = At::Root;
            let place = constraints.key("constraints").to_string();
            faults.into_iter().find(|(path, _)| path.starts_with(&place)).map(|(_, words)| words)
        })
    });
    view! {
        <section class="panel" aria-labelledby="capital-limits-title">
            <div class="input-head">
                <h2 id="capital-limits-title">"Limits per strategy"</h2>
                <button
                    type="button"
                    class="link"
                    prop:disabled=move || !desk.settings.with(CapitalSettings::has_own_limits)
                    on:click=move |_| {
                        refused.set(None);
                        desk.change_once("limits per strategy", CapitalSettings::reset_bounds);
                    }
                >"Reset"</button>
            </div>
            <div class="capital-limits" role="region" tabindex="0" aria-label="Limits per strategy">
                <table class="sheet" data-testid="capital-limits">
                    <caption class="hidden">"Least and most of the capital for each strategy, in per cent"</caption>
                    <thead><tr>
                        <th scope="col"><span class="hidden">"Strategy"</span></th>
                        <th scope="col" class="number">"Min %"</th>
                        <th scope="col" class="middle">{move || format!("0 to {}", number::percent(top.get()).trim_end_matches(".00"))}</th>
                        <th scope="col" class="number">"Max %"</th>
                    </tr></thead>
                    <tbody>
                        <tr class="every">
                            <th scope="row" title="For every strategy without a limit of its own">"All"</th>
                            <td class="number"><LimitEntry tag=None end=End::Min refused/></td>
                            <td></td>
                            <td class="number"><LimitEntry tag=None end=End::Max refused/></td>
                        </tr>
                        {move || desk.tags.get().into_iter().map(|tag| view! { <Line tag top refused/> }).collect_view()}
                    </tbody>
                </table>
            </div>
            <p class="message" role="alert" data-testid="capital-limit-fault">{fault}</p>
            <p class="say" data-testid="capital-binding"><i class="lit-key" aria-hidden="true"></i>{binding}</p>
        </section>
    }
}

#[component]
fn Line(tag: Tag, top: Memo<f64>, refused: RwSignal<Option<String>>) -> impl IntoView {
    let desk = Desk::here();
    let strategy = StoredValue::new(tag.strategy.clone());
    let bounds = Memo::new(move |_| strategy.with_value(|strategy| desk.settings.with(|settings| settings.bounds(strategy))));
    let weight = Memo::new(move |_| {
        desk.looked.with(|answer| {
            let rows = &answer.as_ref()?.outcome.rows;
            strategy.with_value(|strategy| rows.iter().find(|row| row.strategy == *strategy).map(|row| row.weight))
        })
    });
    let at = move |value: f64| format!("{:.2}%", (value / top.get()).clamp(0.0, 1.0) * 100.0);
    let dot = format!("dot {}", colour(&tag));
    view! {
        <tr>
            <th scope="row"><TagMark tag=tag.clone()/><span class="hidden">{tag.name()}</span></th>
            <td class="number"><LimitEntry tag=Some(tag.clone()) end=End::Min refused/></td>
            <td class="limit-track"><div aria-hidden="true">
                <i class="span" style:left=move || at(bounds.get().0) style:width=move || { let (low, high) = bounds.get(); at((high - low).max(0.0)) }></i>
                {move || weight.get().map(|weight| view! { <i class=dot.clone() style:left=at(weight)></i> })}
            </div></td>
            <td class="number"><LimitEntry tag=Some(tag) end=End::Max refused/></td>
        </tr>
    }
}

/// One limit; without a strategy it is the one of all that have none of their own.
#[component]
fn LimitEntry(tag: Option<Tag>, end: End, refused: RwSignal<Option<String>>) -> impl IntoView {
    let desk = Desk::here();
    let strategy = StoredValue::new(tag.as_ref().map(|tag| tag.strategy.clone()));
    let name = tag.as_ref().map_or_else(|| String::from("Every strategy"), Tag::name);
    let value = Memo::new(move |_| {
        desk.settings.with(|settings| {
            let (min, max) = strategy.with_value(|strategy| match strategy {
                Some(strategy) => settings.bounds(strategy),
                None => (settings.config.constraints.min, settings.config.constraints.max),
            });
            shown(if end == End::Min { min } else { max })
        })
    });
    let lit = Memo::new(move |_| {
        strategy.with_value(|strategy| {
            let strategy = strategy.as_ref()?;
            desk.looked.with(|answer| answer.as_ref().map(|answer| answer.outcome.binds(strategy, end)))
        }) == Some(true)
    });
    let typed = RwSignal::new(LOOK.text(Some(value.get_untracked())));
    let focused = RwSignal::new(false);
    let wrong = RwSignal::new(false);
    Effect::new(move |_| {
        let text = LOOK.text(Some(value.get()));
        if !focused.get_untracked() {
            typed.set(text);
            wrong.set(false);
        }
    });
    let what = format!("{} of {}", end.label(), if tag.is_some() { name.clone() } else { String::from("every strategy") });
    let what = StoredValue::new(what);
    let put = move |share: Option<f64>| {
        desk.change(what.get_value(), move |settings| {
            strategy.with_value(|strategy| match (strategy, share, end) {
                (Some(strategy), share, end) => settings.set_bound(strategy, end, share),
                (None, Some(share), End::Min) => settings.config.constraints.min = share,
                (None, Some(share), End::Max) => settings.config.constraints.max = share,
                (None, None, _) => {}
            });
        });
    };
    let set = move |percent: Option<f64>| put(percent.map(fraction));
    // What held before someone began to write: figures count as they are typed, so that "110" has been 11 on its way to a refusal.
    let own = move || {
        desk.settings.with_untracked(|settings| {
            strategy.with_value(|strategy| match (strategy, end) {
                (Some(strategy), end) => settings.own_bound(strategy, end),
                (None, End::Min) => Some(settings.config.constraints.min),
                (None, End::Max) => Some(settings.config.constraints.max),
            })
        })
    };
    let kept = StoredValue::new(own());
    let read = move |text: &str, complain: bool| {
        // An empty entry of a strategy is the limit of all again.
        let value =
            if text.trim().is_empty() && strategy.with_value(Option::is_some) { Ok(None) } else { number::typed(text).map(Some) };
        let value = value.and_then(|value| match value {
            Some(value) if !(0.0..=100.0).contains(&value) => {
                Err(format!("{} % is no share of the capital. Write a number from 0 to 100.", number::fixed(value, 2)))
            }
            value => Ok(value),
        });
        match value {
            Ok(value) => {
                wrong.set(false);
                refused.set(None);
                set(value);
            }
            Err(sentence) if complain => {
                wrong.set(true);
                refused.set(Some(sentence));
                put(kept.get_value());
            }
            Err(_) => {}
        }
    };
    let on_key = move |event: web_sys::KeyboardEvent| {
        let key = event.key();
        // Left, right, Home, End and Delete belong to the text.
        if !["ArrowUp", "ArrowDown", "PageUp", "PageDown"].contains(&key.as_str()) || event.ctrl_key() || event.meta_key() {
            return;
        }
        // From what stands in the entry: two presses may come before the settings say what the first made of them.
        let now = number::typed(&typed.get_untracked()).unwrap_or_else(|_| value.get_untracked());
        if let Some(to) = slide(press(&event, &key), now, LOOK.low, LOOK.high, LOOK.step, now) {
            event.prevent_default();
            wrong.set(false);
            refused.set(None);
            typed.set(LOOK.text(Some(to)));
            set(Some(to));
            desk.settle();
        }
    };
    view! {
        <input
            type="text"
            inputmode="decimal"
            autocomplete="off"
            spellcheck="false"
            class="entry"
            class:lit=lit
            aria-label=format!("{name}, {}, %", end.label())
            title=move || if lit.get() { "This limit binds. Arrow keys up and down move it" } else { "Arrow keys up and down move it" }
            aria-invalid=move || wrong.get().to_string()
            data-strategy=strategy.get_value()
            data-end=end.word()
            prop:value=typed
            on:focus=move |_| {
                focused.set(true);
                kept.set_value(own());
            }
            on:keydown=on_key
            on:input=move |event| {
                let text = event_target_value(&event);
                // While someone writes, an empty entry is no wish yet.
                if !text.trim().is_empty() {
                    read(&text, false);
                }
                typed.set(text);
            }
            on:change=move |event| {
                read(&event_target_value(&event), true);
                desk.settle();
                kept.set_value(own());
            }
            on:blur=move |_| {
                focused.set(false);
                if !wrong.get_untracked() {
                    typed.set(LOOK.text(Some(value.get_untracked())));
                }
            }
        />
    }
}
