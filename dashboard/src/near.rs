//! Notices what is about to be seen.

use leptos::html::ElementType;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::{Element, IntersectionObserver, IntersectionObserverInit};

/// How far from the edge an element is about to be seen.
const AHEAD: &str = "400px 0px";

/// Calls whenever an element comes near the edge of what scrolls it, until the component that asks is gone.
pub(crate) fn when_near<E>(place: NodeRef<E>, near: impl Fn() + 'static)
where
    E: ElementType + 'static,
    E::Output: JsCast + Clone + 'static,
{
    let seen = StoredValue::new_local(None::<Seen>);
    let near = std::rc::Rc::new(near);
    Effect::new(move |_| {
        let element = place.get().map(JsCast::unchecked_into::<Element>);
        let near = std::rc::Rc::clone(&near);
        seen.set_value(element.and_then(|element| Seen::new(&element, move || near())));
    });
}

/// An observer with its listener; dropping it ends it.
struct Seen {
    observer: IntersectionObserver,
    _listener: Closure<dyn FnMut(js_sys::Array)>,
}

impl Seen {
    fn new(element: &Element, near: impl Fn() + 'static) -> Option<Self> {
        let listener = Closure::<dyn FnMut(js_sys::Array)>::new(move |entries: js_sys::Array| {
            let is_near = |entry: JsValue| js_sys::Reflect::get(&entry, &"isIntersecting".into()).is_ok_and(|is| is.is_truthy());
            if entries.iter().any(is_near) {
                near();
            }
        });
        let options = IntersectionObserverInit::new();
        // A margin counts for the observer's own root only, and on a wide page the middle scrolls by itself.
        options.set_root(scroller(element).as_ref());
        options.set_root_margin(AHEAD);
        let observer = IntersectionObserver::new_with_options(listener.as_ref().unchecked_ref(), &options).ok()?;
        observer.observe(element);
        Some(Seen { observer, _listener: listener })
    }
}

impl Drop for Seen {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}

/// What scrolls an element; none where the whole page does.
fn scroller(element: &Element) -> Option<Element> {
    let middle = element.closest(".result").ok()??;
    (middle.scroll_height() > middle.client_height()).then_some(middle)
}
