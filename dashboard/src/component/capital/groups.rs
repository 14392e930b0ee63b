//! Limits of groups of strategies: members, least and most; those that bind are lit.

use super::desk::Desk;
use crate::component::icon::Icon;
use crate::state::capital::group;
use crate::state::capital::settings::{CapitalSettings, End};
use crate::state::number;
use crate::state::parameter::{fraction, shown};
use leptos::prelude::*;

/// The groups.
#[component]
pub fn GroupLimits() -> impl IntoView {
    let desk = Desk::here();
    let refused = RwSignal::new(None::<String>);
    let fresh = RwSignal::new(String::new());
    let names = Memo::new(move |_| {
        desk.settings.with(|settings| settings.config.constraints.groups.keys().cloned().collect::<Vec<String>>())
    });
    let fault = Memo::new(move |_| {
        refused.get().or_else(|| {
            let faults = desk.settings.with(CapitalSettings::faults);
            faults.into_iter().find(|(path, _)| path.starts_with("/constraints/groups")).map(|(_, words)| words)
        })
    });
    let add = move || match desk.settings.with_untracked(|settings| group::fresh(settings, &fresh.get_untracked())) {
        Ok(name) => {
            refused.set(None);
            fresh.set(String::new());
            let members = desk.tags.with_untracked(|tags| tags.iter().map(|tag| tag.strategy.clone()).collect());
            desk.change_once(format!("group {name}"), move |settings| settings.add_group(name, members));
        }
        Err(sentence) => refused.set(Some(sentence)),
    };
    view! {
        <section class="panel" aria-labelledby="capital-groups-title" data-testid="capital-groups">
            <div class="input-head"><h2 id="capital-groups-title">"Limits of groups"</h2></div>
            <For each=move || names.get() key=Clone::clone let:name><Group name refused/></For>
            <form class="group-add" on:submit=move |event| { event.prevent_default(); add(); }>
                <input
                    type="text"
                    autocomplete="off"
                    aria-label="Name of a new group"
                    placeholder="Name"
                    prop:value=fresh
                    on:input=move |event| fresh.set(event_target_value(&event))
                />
                <button type="submit" class="button">"Add a group"</button>
            </form>
            <p class="message" role="alert" data-testid="capital-group-fault">{fault}</p>
        </section>
    }
}

/// One group.
#[component]
fn Group(name: String, refused: RwSignal<Option<String>>) -> impl IntoView {
    let desk = Desk::here();
    let name = StoredValue::new(name);
    let limit = Memo::new(move |_| {
        name.with_value(|name| desk.settings.with(|settings| settings.config.constraints.groups.get(name).cloned()))
            .unwrap_or_default()
    });
    let members = Memo::new(move |_| desk.tags.with(|tags| group::members(&limit.get(), tags)));
    let set_members = Callback::new(move |text: String| {
        let members = desk.tags.with_untracked(|tags| group::written(&text, tags))?;
        let name = name.get_value();
        desk.change_once(format!("members of {name}"), move |settings| settings.set_members(&name, members));
        Ok(())
    });
    let end = move |end: End| {
        let value = Memo::new(move |_| {
            let limit = limit.get();
            number::plain(shown(if end == End::Min { limit.min } else { limit.max }), 2)
        });
        let lit = Memo::new(move |_| {
            let limit = name.with_value(|name| format!("groups.{name}.{}", end.word()));
            desk.looked.with(|answer| answer.as_ref().is_some_and(|answer| answer.outcome.binds_whole(&limit)))
        });
        let set = Callback::new(move |text: String| {
            let percent = number::typed(&text)?;
            if !(0.0..=100.0).contains(&percent) {
                return Err(format!("{} % is no share of the capital. Write a number from 0 to 100.", number::fixed(percent, 2)));
            }
            let name = name.get_value();
            desk.change_once(format!("{} of {name}", end.label()), move |settings| {
                settings.set_group(&name, end, fraction(percent));
            });
            Ok(())
        });
        let label = name.with_value(|name| format!("Group {name}, {}, %", end.label()));
        view! { <TextEntry label class="entry" value lit set refused/> }
    };
    let label = name.with_value(|name| format!("Group {name}, strategies"));
    let remove = name.with_value(|name| format!("Remove the group {name}"));
    view! {
        <div class="group-limit" data-group=name.get_value()>
            <b>{name.get_value()}</b>
            <span class="group-ends">{end(End::Min)}" to "{end(End::Max)}" %"</span>
            <button type="button" class="icon-button" aria-label=remove.clone() title=remove on:click=move |_| {
                refused.set(None);
                let name = name.get_value();
                desk.change_once(format!("group {name}"), move |settings| settings.remove_group(&name));
            }><Icon name="close"/></button>
            <TextEntry label class="members" value=members lit=Memo::new(|_| false) set=set_members refused/>
        </div>
    }
}

/// A text that takes effect when it is finished.
#[component]
fn TextEntry(
    /// What a screen reader says.
    label: String,
    /// Its class.
    class: &'static str,
    /// What is set.
    value: Memo<String>,
    /// Whether the limit binds.
    lit: Memo<bool>,
    /// Takes a text, or says what is wrong with it.
    set: Callback<String, Result<(), String>>,
    /// Where that is said.
    refused: RwSignal<Option<String>>,
) -> impl IntoView {
    let wrong = RwSignal::new(false);
    view! {
        <input
            type="text"
            autocomplete="off"
            spellcheck="false"
            class=class
            class:lit=lit
            aria-label=label
            aria-invalid=move || wrong.get().to_string()
            title=move || lit.get().then_some("This limit binds")
            prop:value=value
            on:change=move |event| match set.run(event_target_value(&event)) {
                Ok(()) => {
                    wrong.set(false);
                    refused.set(None);
                }
                Err(sentence) => {
                    wrong.set(true);
                    refused.set(Some(sentence));
                }
            }
        />
    }
}
