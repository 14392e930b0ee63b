//! Sleeves: groups of the audited weights with a scalar of their own.

use super::desk::Desk;
use crate::component::slider::NumberSlider;
use crate::state::number::{count, fixed};
use crate::state::risk::dial::Dial;
use crate::state::risk::sleeve::{self, SENSITIVITY};
use allocator_core::config::risk::SleeveConfig;
use leptos::prelude::*;

/// The sleeves, and a button for one more.
#[component]
pub fn Sleeves() -> impl IntoView {
    let desk = Desk::here();
    let names = Memo::new(move |_| desk.settings.with(sleeve::names));
    let room = Memo::new(move |_| desk.settings.with(sleeve::has_room));
    let symbols =
        Memo::new(move |_| desk.report.with(|report| report.as_ref().map_or_else(Vec::new, |report| report.symbols.clone())));
    view! {
        <section class="panel" aria-labelledby="sleeves-title" data-testid="sleeves">
            <div class="input-head">
                <h2 id="sleeves-title">"Sleeves"</h2>
                <span class="quiet">{move || match names.with(Vec::len) { 0 => String::from("none"), many => many.to_string() }}</span>
            </div>
            <p class="say">"A group that follows the overlay more or less strongly than the rest, or by thresholds of its own."</p>
            {move || names.get().into_iter().map(|name| view! { <Sleeve name symbols/> }).collect_view()}
            <p class="buttons">
                <button
                    type="button"
                    class="button"
                    prop:disabled=move || !room.get() || symbols.with(Vec::is_empty)
                    on:click=move |_| desk.change_once("sleeve", sleeve::add)
                >"Add a sleeve"</button>
            </p>
        </section>
    }
}

/// An id that a name of any letters has to itself.
fn id_of(name: &str, part: &str) -> String {
    let letters: String = name.bytes().map(|byte| format!("{byte:02x}")).collect();
    format!("sleeve-{letters}-{part}")
}

#[component]
fn Sleeve(name: String, symbols: Memo<Vec<String>>) -> impl IntoView {
    let desk = Desk::here();
    let wrong = RwSignal::new(None::<String>);
    let (name_id, own_id) = (id_of(&name, "name"), id_of(&name, "own"));
    let slider_id = id_of(&name, "sensitivity");
    let title = name.clone();
    let name = StoredValue::new(name);
    let look = move |read: fn(&SleeveConfig) -> f64| {
        Memo::new(move |_| Some(name.with_value(|name| desk.settings.with(|settings| read(&sleeve::of(settings, name))))))
    };
    let has_own = Memo::new(move |_| {
        name.with_value(|name| desk.settings.with(|settings| sleeve::of(settings, name).thresholds.is_some()))
    });
    let result = move || {
        desk.report.with(|report| {
            let run = report.as_ref()?.sleeves.iter().find(|run| name.with_value(|name| run.name == *name))?;
            let shown = |value: Option<f64>| value.map_or_else(|| String::from("unknown"), |value| fixed(value, 2));
            let [mean, least] = run.scalars;
            let all = count(run.exposure.values.len() as u64);
            Some(format!("{} of {all} rebalances scaled, mean {}, lowest {}.", count(run.scaled), shown(mean), shown(least)))
        })
    };
    let rename = move |event: web_sys::Event| {
        let new = event_target_value(&event);
        let old = name.get_value();
        if let Some(why) = desk.settings.with_untracked(|settings| sleeve::refused(settings, &old, &new)) {
            return wrong.set(Some(why));
        }
        wrong.set(None);
        desk.change_once("name of a sleeve", |settings| sleeve::rename(settings, &old, &new));
    };
    let sensitivity = look(|sleeve| sleeve.sensitivity);
    let set = Callback::new(move |value: Option<f64>| {
        name.with_value(|name| {
            desk.change("sensitivity of a sleeve", |settings| {
                sleeve::change(settings, name, |sleeve| sleeve.sensitivity = value.unwrap_or(1.0));
            });
        });
    });
    let settle = Callback::new(move |()| desk.app.settle());
    view! {
        <fieldset class="sleeve">
            <legend class="hidden">{format!("Sleeve {title}")}</legend>
            <p class="sleeve-head">
                <label class="hidden" for=name_id.clone()>"Name of the sleeve"</label>
                <input type="text" class="entry" id=name_id autocomplete="off" spellcheck="false" prop:value=title.clone() on:change=rename/>
                <button
                    type="button"
                    class="link"
                    aria-label=format!("Remove {title}")
                    on:click=move |_| name.with_value(|name| desk.change_once("sleeve", |settings| sleeve::remove(settings, name)))
                >"Remove"</button>
            </p>
            <p class="message" role="alert">{wrong}</p>
            <ul class="sleeve-assets" role="group" aria-label=format!("Held by {title}")>
                {move || symbols.get().into_iter().map(|symbol| view! { <Held name symbol/> }).collect_view()}
            </ul>
            <NumberSlider id=slider_id look=SENSITIVITY value=sensitivity default=Some(1.0) set settle/>
            <p class="check">
                <input
                    type="checkbox"
                    id=own_id.clone()
                    prop:checked=has_own
                    on:change=move |event| {
                        let own = event_target_checked(&event);
                        name.with_value(|name| desk.change_once("thresholds of a sleeve", |settings| {
                            let portfolio = settings.audit.risk.thresholds.clone();
                            sleeve::change(settings, name, |sleeve| sleeve.thresholds = own.then_some(portfolio));
                        }));
                    }
                />
                <label for=own_id>"Thresholds of its own"</label>
            </p>
            {move || has_own.get().then(|| Dial::ENTRIES.map(|dial| view! { <OwnThreshold name dial/> }))}
            <p class="say">{move || result().unwrap_or_else(|| String::from("Tick what belongs to it."))}</p>
        </fieldset>
    }
}

/// Whether an asset is in a sleeve; one that another sleeve has moves over.
#[component]
fn Held(name: StoredValue<String>, symbol: String) -> impl IntoView {
    let desk = Desk::here();
    let symbol = StoredValue::new(symbol);
    let holder = Memo::new(move |_| {
        symbol.with_value(|symbol| desk.settings.with(|settings| sleeve::holder(settings, symbol).map(str::to_owned)))
    });
    let here = Memo::new(move |_| name.with_value(|name| holder.with(|holder| holder.as_ref() == Some(name))));
    let elsewhere = move || holder.get().filter(|_| !here.get()).map(|other| format!(", now in {other}"));
    view! {
        <li><label>
            <input
                type="checkbox"
                prop:checked=here
                on:change=move |event| {
                    let inside = event_target_checked(&event);
                    name.with_value(|name| symbol.with_value(|symbol| {
                        desk.change_once("assets of a sleeve", |settings| sleeve::put(settings, name, symbol, inside));
                    }));
                }
            />
            <span>{symbol.get_value()}<span class="quiet">{elsewhere}</span></span>
        </label></li>
    }
}

#[component]
fn OwnThreshold(name: StoredValue<String>, dial: Dial) -> impl IntoView {
    let desk = Desk::here();
    let value =
        Memo::new(move |_| Some(name.with_value(|name| desk.settings.with(|settings| sleeve::threshold(settings, name, dial)))));
    let default = desk.settings.with_untracked(|settings| dial.default_value(settings));
    let id = name.with_value(|name| id_of(name, &dial.look().label.to_lowercase().replace(' ', "-")));
    let set = Callback::new(move |value: Option<f64>| {
        let value = value.unwrap_or(default);
        name.with_value(|name| {
            desk.change("thresholds of a sleeve", |settings| sleeve::set_threshold(settings, name, dial, value));
        });
    });
    let settle = Callback::new(move |()| desk.app.settle());
    view! { <NumberSlider id look=dial.look() value default=Some(default) set settle/> }
}
