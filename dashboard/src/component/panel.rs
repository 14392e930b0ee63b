//! A sheet with its title, its scope, and its tools: another form, a table, a download.

use super::formats::{Formats, Saves};
use super::icon::Icon;
use crate::app::App;
use leptos::prelude::*;

/// The head of a panel.
#[component]
pub fn PanelHead(
    /// Id of the title.
    id: &'static str,
    /// What it shows.
    #[prop(into)]
    title: Signal<String>,
    /// Unit, period, sample size.
    #[prop(optional, into)]
    scope: Signal<String>,
    /// Whether its table stands in the place of its chart.
    #[prop(optional)]
    twin: Option<Memo<bool>>,
    /// Saves its table.
    #[prop(optional)]
    download: Option<Callback<()>>,
    /// What it can save in further formats.
    #[prop(optional)]
    saves: Option<Saves>,
    /// Switches of its own.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let app = App::here();
    view! {
        <header class="panel-head">
            <h2 id=id>{title}</h2>
            <p class="scope" title=scope>{scope}</p>
            <span class="panel-tools">
                {children.map(|children| children())}
                {twin.map(|twin| view! {
                    <button
                        type="button"
                        class="icon-button"
                        aria-pressed=move || twin.get().to_string()
                        aria-label=move || format!("{} as a table", title.get())
                        title="As a table (T)"
                        on:click=move |_| app.look(|look| look.tables = !look.tables)
                    ><Icon name="table"/></button>
                })}
                {download.map(|download| view! {
                    <button
                        type="button"
                        class="icon-button"
                        aria-label=move || format!("Download {}", title.get())
                        title="Download"
                        on:click=move |_| download.run(())
                    ><Icon name="download"/></button>
                })}
                {saves.map(|of| view! { <Formats of=of title=title/> })}
            </span>
        </header>
    }
}

/// A switch between a few forms.
#[component]
pub fn Segmented<T: Copy + PartialEq + Send + Sync + 'static>(
    /// What is switched, for people who hear the page.
    label: &'static str,
    /// Values and their words.
    options: &'static [(T, &'static str)],
    /// Which is on.
    #[prop(into)]
    value: Signal<T>,
    /// Takes a choice.
    choose: Callback<T>,
    /// Whether it fills the line.
    #[prop(optional)]
    wide: bool,
) -> impl IntoView {
    view! {
        <span class="segmented" class:wide=wide role="group" aria-label=label>
            {options.iter().map(|(option, word)| {
                let option = *option;
                view! {
                    <button type="button" aria-pressed=move || (value.get() == option).to_string() on:click=move |_| choose.run(option)>{*word}</button>
                }
            }).collect_view()}
        </span>
    }
}
