//! The page without its server: after the first answer a service worker keeps every file of this build in the browser, and says when
//! the server has another one.

use crate::app::App;
use crate::state::model::{Event, Severity};
use js_sys::Reflect;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{MessageEvent, ServiceWorkerContainer, ServiceWorkerRegistration};

/// Written beside the page by its build; a page that is being made has none.
const SCRIPT: &str = "service-worker.js";

/// Keeps the page once there is an answer: nothing shall be in its way before.
pub(crate) fn keep(app: App) {
    let Some((build, container)) = build().zip(container()) else { return };
    listen(app, &container, build);
    let answered = app.memo(|model| model.blend.is_some());
    Effect::new(move |begun: Option<bool>| {
        let begun = begun.unwrap_or(false);
        if answered.get() && !begun {
            let container = container.clone();
            spawn_local(async move {
                // Where it is refused (no secure context, no room) the page works as it did, with its server.
                if let Ok(registered) = JsFuture::from(container.register(SCRIPT)).await {
                    look_again(registered.unchecked_into());
                }
            });
        }
        begun || answered.get()
    });
}

/// The build that this page is of.
fn build() -> Option<String> {
    let tag = document().query_selector("meta[name=build]").ok()??;
    tag.get_attribute("content").filter(|build| !build.is_empty())
}

/// The browser's service workers; none where the page came over an insecure connection.
fn container() -> Option<ServiceWorkerContainer> {
    let there = Reflect::get(&window().navigator(), &"serviceWorker".into()).ok()?;
    there.dyn_into().ok()
}

/// A script that begins says which build it keeps.
fn listen(app: App, container: &ServiceWorkerContainer, own: String) {
    let heard = Closure::<dyn Fn(MessageEvent)>::new(move |message: MessageEvent| {
        let build = Reflect::get(&message.data(), &"build".into()).ok().and_then(|build| build.as_string());
        if build.is_some_and(|build| build != own) {
            app.dispatch(Event::Noticed(
                Severity::Note,
                String::from("A newer version of this page is on the server"),
                String::from("Reload the page to use it. Data and settings stay."),
            ));
        }
    });
    container.set_onmessage(Some(heard.as_ref().unchecked_ref()));
    // It listens for as long as the page lives.
    let _ = heard.into_js_value();
}

/// Whoever comes back to a page that stood open is told of a newer one.
fn look_again(registration: ServiceWorkerRegistration) {
    let handle = window_event_listener_untyped("visibilitychange", move |_| {
        if !document().hidden() {
            // Without a network there is nothing newer to be had.
            let update = registration.update();
            spawn_local(async move {
                if let Ok(update) = update {
                    let _ = JsFuture::from(update).await;
                }
            });
        }
    });
    // As long as the page.
    std::mem::forget(handle);
}
