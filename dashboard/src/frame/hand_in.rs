//! The dialog that hands the allocation in to the server behind the page.

use super::Frame;
use super::dialog::Dialog;
use crate::app::App;
use crate::remote::server;
use crate::state::hand_in::{HandIn as State, Post, Seen, Stage};
use crate::state::model::Event;
use leptos::prelude::*;
use std::time::Duration;
use wasm_bindgen_futures::spawn_local;

/// Between two looks at where a submission stands.
const LOOK: Duration = Duration::from_secs(1);

/// What the dialog's parts share.
#[derive(Clone, Copy)]
struct Desk {
    state: RwSignal<State>,
    token: RwSignal<String>,
    /// Counts openings: an answer to an earlier one is not for this.
    opening: StoredValue<u64>,
    frame: Frame,
}

impl Desk {
    /// Asks, and takes the answer if the dialog is still the same.
    fn ask(self, method: &'static str, post: Post, then: impl FnOnce(Self, u16, &str) + 'static) {
        let opening = self.opening.try_get_value();
        let token = Some(self.token.get_untracked()).filter(|token| !token.is_empty());
        let body = (method == "POST").then_some(post.body);
        spawn_local(async move {
            let (status, text) = server::ask(method, &post.path, post.key, token, body).await;
            if opening.is_some() && self.opening.try_get_value() == opening {
                then(self, status, &text);
            }
        });
    }

    fn get(self, path: impl Into<String>, then: impl FnOnce(Self, u16, &str) + 'static) {
        self.ask("GET", Post { path: path.into(), key: None, body: String::new() }, then);
    }

    fn update(self, change: impl FnOnce(&mut State)) {
        let _ = self.state.try_update(change);
    }

    /// Lists the portfolios, then has the request computed.
    fn begin(self) {
        self.get("api/v1/portfolios", |desk, status, text| {
            desk.update(|state| state.listed(status, text));
            if status == 200 {
                desk.compare();
            }
        });
    }

    fn compare(self) {
        let Some(Some(post)) = self.state.try_update(State::compare) else { return };
        let _ = self.frame.sent.try_set(true);
        self.ask("POST", post, |desk, status, text| desk.update(|state| state.compared(status, text)));
    }

    fn send(self) {
        let Some(Some(post)) = self.state.try_update(State::send) else { return };
        self.ask("POST", post, |desk, status, text| {
            desk.update(|state| state.answered(status, text));
            desk.watch();
        });
    }

    /// Looks again and again where it stands, until it moves no more or the dialog is closed.
    fn watch(self) {
        let Some(path) = self.state.try_with_untracked(State::watch).flatten() else { return };
        self.get(path, move |desk, status, text| {
            desk.update(|state| state.stands(status, text));
            set_timeout(move || desk.watch(), LOOK);
        });
    }
}

/// The dialog.
#[component]
pub fn HandIn() -> impl IntoView {
    let (app, frame) = (App::here(), Frame::here());
    let desk =
        Desk { state: RwSignal::new(State::default()), token: RwSignal::new(String::new()), opening: StoredValue::new(0), frame };
    let seen = app.memo(|model| model.to_hand_in.clone());
    Effect::new(move |was: Option<bool>| {
        let open = frame.hand_in.get();
        if open && was != Some(true) {
            let _ = desk.opening.try_update_value(|opening| *opening += 1);
            desk.state.set(State::new(Seen::default(), server::fresh_key()));
            app.dispatch(Event::HandInWanted);
        } else if !open && was == Some(true) {
            // Nobody waits for an answer any more.
            let _ = desk.opening.try_update_value(|opening| *opening += 1);
        }
        open
    });
    // The engine has written the request: from here on it can be compared.
    Effect::new(move |_| {
        let Some(seen) = seen.get().filter(|seen| seen.request.is_some()) else { return };
        if frame.hand_in.get_untracked() && desk.state.with_untracked(|state| state.seen != seen) {
            desk.update(|state| state.seen = seen);
            desk.begin();
        }
    });
    let of = move |read: fn(&State) -> String| Memo::new(move |_| desk.state.with(read));
    let here = of(|state| state.seen.digest.clone());
    let there = of(|state| state.recomputed.clone().unwrap_or_default());
    let said = of(State::sentence);
    let chosen = of(|state| state.portfolio.clone());
    let portfolios = Memo::new(move |_| desk.state.with(|state| state.portfolios.clone()));
    let agrees = Memo::new(move |_| desk.state.with(State::agrees));
    let may_send = Memo::new(move |_| desk.state.with(State::may_send));
    let needs_token = Memo::new(move |_| desk.state.with(|state| state.needs_token));
    let again =
        Memo::new(move |_| desk.state.with(|state| matches!(state.stage, Stage::Unknown(_)) && state.recomputed.is_none()));
    let stage = of(|state| match &state.stage {
        Stage::Comparing => String::from("comparing"),
        Stage::Compared => String::from("compared"),
        Stage::Sending => String::from("sending"),
        Stage::Taken { stage, .. } => stage.clone(),
        Stage::Refused(_) => String::from("refused"),
        Stage::Unknown(_) => String::from("unknown"),
    });
    let verdict = move || match agrees.get() {
        Some(true) => "Digests: the same",
        Some(false) => "Digests: different",
        None => "Digests",
    };
    view! {
        <Dialog id="hand-in-title" title="Submit this allocation" open=frame.hand_in>
            <section aria-labelledby="hand-in-portfolio">
                <h3 id="hand-in-portfolio">"Portfolio"</h3>
                <select
                    class="text-field"
                    aria-labelledby="hand-in-portfolio"
                    data-testid="hand-in-portfolio"
                    prop:value=chosen
                    on:change=move |event| {
                        let name = event_target_value(&event);
                        desk.update(|state| state.portfolio = name);
                    }
                >
                    {move || portfolios.get().into_iter().map(|name| {
                        let shown = name.clone();
                        let is_chosen = { let name = name.clone(); move || chosen.get() == name };
                        view! { <option value=name prop:selected=is_chosen>{shown}</option> }
                    }).collect_view()}
                </select>
                {move || needs_token.get().then(|| view! {
                    <form class="buttons" on:submit=move |event: web_sys::SubmitEvent| {
                        event.prevent_default();
                        desk.begin();
                    }>
                        <label class="hidden" for="hand-in-token">"Token"</label>
                        <input
                            class="text-field" id="hand-in-token" type="password" autocomplete="off" placeholder="Token (kept in this page only)"
                            prop:value=desk.token on:input=move |event| desk.token.set(event_target_value(&event))
                        />
                        <button type="submit" class="button">"Use the token"</button>
                    </form>
                })}
            </section>
            <section aria-labelledby="hand-in-digests">
                <h3 id="hand-in-digests">{verdict}</h3>
                <dl class="digests" class:same=move || agrees.get() == Some(true) class:different=move || agrees.get() == Some(false)>
                    <div><dt>"Seen in this browser"</dt><dd><code data-testid="digest-here">{here}</code></dd></div>
                    <div><dt>"Computed by the server"</dt><dd><code data-testid="digest-there">{move || there.with(|digest| if digest.is_empty() { String::from("…") } else { digest.clone() })}</code></dd></div>
                </dl>
            </section>
            <p role="status" data-testid="hand-in-said" data-stage=stage>{said}</p>
            <p class="buttons">
                <button type="button" class="button main" data-testid="hand-in" prop:disabled=move || !may_send.get() on:click=move |_| desk.send()>"Submit"</button>
                {move || again.get().then(|| view! {
                    <button type="button" class="button" on:click=move |_| desk.begin()>"Try again"</button>
                })}
            </p>
            <p class="quiet">"The request, your signals and settings, goes to the server of this page, which computes it itself and keeps it. It is handed in only if both come to the same digest."</p>
        </Dialog>
    }
}
