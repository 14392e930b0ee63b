//! A stream of signals over WebSocket or server-sent events: [`Feed`] decides, gloo-net connects.

use crate::state::stream::{Act, Event, Feed, Status};
use futures_util::future::{AbortHandle, Abortable, poll_fn};
use futures_util::stream::SelectAll;
use futures_util::{Sink as _, Stream as _, StreamExt as _};
use gloo_net::eventsource::futures::EventSource;
use gloo_net::websocket::{Message, futures::WebSocket};
use leptos::leptos_dom::helpers::IntervalHandle;
use leptos::prelude::*;
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;
use wasm_bindgen_futures::spawn_local;

/// Between two looks at the clock.
const TICK: Duration = Duration::from_millis(250);

/// Takes a table: name and text.
type Give = Rc<dyn Fn(&str, &str)>;

/// The stream of the page.
#[derive(Clone, Copy)]
pub struct Live {
    /// What is known of it.
    pub feed: RwSignal<Feed>,
    give: StoredValue<Give, LocalStorage>,
    connection: StoredValue<Option<AbortHandle>>,
    ticking: StoredValue<Option<IntervalHandle>>,
}

/// The page's clock, in milliseconds.
pub fn now() -> f64 {
    web_sys::window().and_then(|window| window.performance()).map_or(0.0, |performance| performance.now())
}

impl Live {
    /// No stream yet; tables go to `give`.
    pub fn new(give: impl Fn(&str, &str) + 'static) -> Self {
        let live = Live {
            feed: RwSignal::new(Feed::default()),
            give: StoredValue::new_local(Rc::new(give)),
            connection: StoredValue::new(None),
            ticking: StoredValue::new(None),
        };
        on_cleanup(move || {
            if let Some(Some(handle)) = live.connection.try_update_value(Option::take) {
                handle.abort();
            }
            if let Some(Some(ticking)) = live.ticking.try_update_value(Option::take) {
                ticking.clear();
            }
        });
        live
    }

    /// Tells what happened and does what follows. After the page is gone, nothing does.
    pub fn tell(self, event: Event) {
        let quiet = matches!(event, Event::Tick(_));
        // A tick changes the sentence only while something is waited for; else nobody need be told.
        let acts = if quiet {
            let before = self.feed.try_with_untracked(|feed| feed.status().clone());
            let Some(acts) = self.feed.try_update_untracked(|feed| feed.update(event)) else { return };
            let waits = matches!(before, Some(Status::Waiting(_) | Status::Silent));
            if waits || !acts.is_empty() || self.feed.try_with_untracked(|feed| feed.status().clone()) != before {
                self.feed.notify();
            }
            acts
        } else {
            let Some(acts) = self.feed.try_update(|feed| feed.update(event)) else { return };
            acts
        };
        for act in acts {
            self.perform(act);
        }
        self.tick();
    }

    fn perform(self, act: Act) {
        match act {
            Act::Connect(address) => {
                let (handle, registration) = AbortHandle::new_pair();
                if let Some(Some(former)) = self.connection.try_update_value(|connection| connection.replace(handle)) {
                    former.abort();
                }
                spawn_local(async move {
                    // Aborted means: no longer wanted, and nothing to say.
                    if let Ok(why) = Abortable::new(self.listen(address), registration).await {
                        self.tell(Event::Lost(why, now()));
                    }
                });
            }
            Act::Close => {
                if let Some(Some(handle)) = self.connection.try_update_value(Option::take) {
                    handle.abort();
                }
            }
            Act::Give(name, table) => {
                if let Some(give) = self.give.try_with_value(Rc::clone) {
                    give(&name, &table);
                }
            }
        }
    }

    /// The clock runs while the stream is wanted.
    fn tick(self) {
        let wanted = self.feed.try_with_untracked(|feed| !matches!(feed.status(), Status::Off | Status::Dead)).unwrap_or(false);
        let _ = self.ticking.try_update_value(|ticking| match (wanted, ticking.is_some()) {
            (true, false) => *ticking = set_interval_with_handle(move || self.tell(Event::Tick(now())), TICK).ok(),
            (false, true) => {
                if let Some(handle) = ticking.take() {
                    handle.clear();
                }
            }
            _ => {}
        });
    }

    /// Listens until the connection ends and tells why it did.
    async fn listen(self, address: String) -> String {
        if address.starts_with("ws") { self.listen_socket(&address).await } else { self.listen_events(&address).await }
    }

    async fn listen_socket(self, address: &str) -> String {
        let mut socket = match WebSocket::open(address) {
            Ok(socket) => socket,
            Err(error) => return format!("{error}."),
        };
        let mut open = false;
        loop {
            // The sink is ready once the socket is open: there is no other sign of it.
            let step = poll_fn(|context| {
                if !open && matches!(Pin::new(&mut socket).poll_ready(context), Poll::Ready(Ok(()))) {
                    open = true;
                    return Poll::Ready(None);
                }
                Pin::new(&mut socket).poll_next(context).map(Some)
            })
            .await;
            match step {
                None => self.tell(Event::Opened(now())),
                Some(Some(Ok(Message::Text(text)))) => self.tell(Event::Message(text, now())),
                Some(Some(Ok(Message::Bytes(bytes)))) => {
                    self.tell(Event::Message(String::from_utf8_lossy(&bytes).into_owned(), now()));
                }
                Some(Some(Err(error))) => return format!("{error}."),
                Some(None) => return String::from("The server closed the connection."),
            }
        }
    }

    async fn listen_events(self, address: &str) -> String {
        let mut source = match EventSource::new(address) {
            Ok(source) => source,
            Err(error) => return format!("{error}."),
        };
        // A browser that connects again by itself says so by an error alone, and forever: who listens shall know, and the attempts shall end.
        let subscriptions = ["message", "open", "error"].map(|kind| source.subscribe(kind));
        let mut events = SelectAll::new();
        for subscription in subscriptions {
            match subscription {
                Ok(subscription) => events.push(subscription),
                Err(error) => return format!("{error}."),
            }
        }
        while let Some(event) = events.next().await {
            match event {
                Ok((kind, _)) if kind == "open" => self.tell(Event::Opened(now())),
                Ok((kind, event)) if kind == "message" => {
                    self.tell(Event::Message(event.data().as_string().unwrap_or_default(), now()));
                }
                Ok(_) => return String::from("The connection was lost."),
                Err(error) => return format!("{error}."),
            }
        }
        String::from("The server closed the connection.")
    }
}
