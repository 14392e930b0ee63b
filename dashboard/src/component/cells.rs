//! Small pieces that tables share.

use crate::state::number;
use crate::state::tag::Tag;
use leptos::prelude::*;

/// Class of a strategy's colour.
pub fn colour(tag: &Tag) -> String {
    format!("s{}{}", tag.colour, if tag.hatched { " hatched" } else { "" })
}

/// A strategy's two letters on its colour; the full name is beside it or in its title.
#[component]
pub fn TagMark(
    /// Whose mark.
    tag: Tag,
) -> impl IntoView {
    let class = format!("tag {}", colour(&tag));
    view! { <abbr class=class title=tag.name()>{tag.letters.clone()}</abbr> }
}

/// A share in per cent, two decimals, red below zero; a dot where it does not apply.
#[component]
pub fn Percent(
    /// A fraction.
    value: Option<f64>,
) -> impl IntoView {
    let text = value.map_or_else(|| String::from("·"), number::percent);
    let negative = text.starts_with(number::MINUS);
    view! { <span class="figure" class:negative=negative>{text}</span> }
}

/// As [`Percent`], signed, for changes.
#[component]
pub fn Change(
    /// A fraction.
    value: Option<f64>,
) -> impl IntoView {
    let text = value.map_or_else(|| String::from("·"), number::change);
    let negative = text.starts_with(number::MINUS);
    view! { <span class="figure" class:negative=negative>{text}</span> }
}

/// A total under its rule; "≈" where the rounded parts above do not sum to it.
#[component]
pub fn Total(
    /// A fraction.
    value: f64,
    /// Whether the parts foot.
    #[prop(default = true)]
    foots: bool,
) -> impl IntoView {
    let text = number::percent(value);
    let negative = text.starts_with(number::MINUS);
    view! {
        {(!foots).then(|| view! { <span title="The rounded lines above do not sum to this exactly">"≈ "</span> })}
        <span class="total" class:negative=negative>{text}</span>
    }
}
