//! How much room an element has, as it changes: charts are laid out anew, their text is never scaled.

use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::ResizeObserver;

/// A place for a drawing, which is told how wide it is in CSS pixels.
#[component]
pub fn Room(
    /// Draws at a width.
    draw: Callback<f64, AnyView>,
) -> impl IntoView {
    let node = NodeRef::<html::Div>::new();
    let width = RwSignal::new(0.0_f64);
    let observer = StoredValue::new_local(None::<(ResizeObserver, Closure<dyn FnMut()>)>);
    Effect::new(move |_| {
        let Some(element) = node.get() else { return };
        let measured = element.clone();
        let closure = Closure::<dyn FnMut()>::new(move || {
            let now = f64::from(measured.client_width());
            // A pixel more or less lays nothing out differently; without this two charts could chase each other.
            if (now - width.get_untracked()).abs() > 1.0 {
                width.try_set(now);
            }
        });
        if let Ok(watcher) = ResizeObserver::new(closure.as_ref().unchecked_ref()) {
            watcher.observe(&element);
            observer.set_value(Some((watcher, closure)));
        }
    });
    on_cleanup(move || {
        if let Some(Some((watcher, _))) = observer.try_update_value(Option::take) {
            watcher.disconnect();
        }
    });
    view! { <div node_ref=node>{move || (width.get() > 0.0).then(|| draw.run(width.get()))}</div> }
}
