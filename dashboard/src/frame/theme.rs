//! Dark, light, or as the system has it; remembered on this machine.

use crate::browser;
use crate::component::icon::Icon;
use leptos::prelude::*;

/// The look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

impl Theme {
    const fn word(self) -> &'static str {
        match self {
            Theme::System => "system",
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
    }

    const fn icon(self) -> &'static str {
        match self {
            Theme::System => "theme",
            Theme::Light => "sun",
            Theme::Dark => "moon",
        }
    }

    const fn next(self) -> Self {
        match self {
            Theme::System => Theme::Light,
            Theme::Light => Theme::Dark,
            Theme::Dark => Theme::System,
        }
    }
}

/// A button that goes round the three looks.
#[component]
pub fn ThemeButton() -> impl IntoView {
    let known = browser::remembered("theme");
    let first = [Theme::Light, Theme::Dark].into_iter().find(|theme| known.as_deref() == Some(theme.word()));
    let theme = RwSignal::new(first.unwrap_or_default());
    Effect::new(move |_| {
        let theme = theme.get();
        browser::set_theme((theme != Theme::System).then_some(theme.word()));
        browser::remember("theme", theme.word());
    });
    let label = move || match theme.get() {
        Theme::System => "Look: as the system",
        Theme::Light => "Look: light",
        Theme::Dark => "Look: dark",
    };
    view! {
        <button type="button" class="icon-button" aria-label=label title=label on:click=move |_| theme.update(|theme| *theme = theme.next())>
            {move || view! { <Icon name=theme.get().icon()/> }}
        </button>
    }
}
