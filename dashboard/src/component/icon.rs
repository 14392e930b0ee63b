//! Small line drawings on a grid of 16.

use leptos::prelude::*;

/// A drawing by name; an unknown name draws nothing.
const DRAWINGS: &[(&str, &str)] = &[
    ("table", "M2 3.5h12v9H2zM2 6.5h12M6 6.5v6"),
    ("download", "M8 2.5v8M4.8 7.5 8 10.7l3.2-3.2M3 13.5h10"),
    ("more", "M3.5 8h.1M8 8h.1M12.5 8h.1"),
    ("reset", "M3 3v4h4M3.4 7A5 5 0 1 1 3 9.5"),
    ("copy", "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3"),
    ("undo", "M6 3 2.5 6.5 6 10M3 6.5h6.5a4 4 0 0 1 0 8H6"),
    ("redo", "m10 3 3.5 3.5L10 10M13 6.5H6.5a4 4 0 0 0 0 8H10"),
    ("warning", "M8 2 14.5 13.5h-13zM8 6.5v3.5M8 11.6v.6"),
    ("question", "M5.8 6a2.2 2.2 0 1 1 3.2 2c-.7.4-1 .8-1 1.5M8 11.6v.6"),
    ("close", "m4 4 8 8M12 4l-8 8"),
    ("file", "M3.5 1.5h6l3 3v10h-9zM9.5 1.5v3h3"),
    ("reasons", "M2 3.5h12v9H2zM10 3.5v9"),
    ("sliders", "M2 4h12M2 8h8M2 12h5"),
    ("result", "M2 3h12v10H2zM8 3v10M8 8h6"),
    ("note", "M4 3h7v10H4"),
    ("theme", "M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11v11"),
    ("sun", "M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6M8 1v2M8 13v2M1 8h2M13 8h2M3 3l1.4 1.4M11.6 11.6 13 13M13 3l-1.4 1.4M4.4 11.6 3 13"),
    ("moon", "M13 9.5A5.5 5.5 0 1 1 6.5 3a4.5 4.5 0 0 0 6.5 6.5"),
];

/// A drawing; what it means is said in words by whatever holds it.
#[component]
pub fn Icon(
    /// Which one.
    name: &'static str,
) -> impl IntoView {
    let path = DRAWINGS.iter().find(|(known, _)| *known == name).map_or("", |(_, path)| path);
    view! { <svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path d=path/></svg> }
}
