//! Runs of the server behind the page: opened as data and settings, and held against the digest that was recorded.

use crate::app::App;
use crate::frame::Frame;
use crate::remote::server;
use crate::state::file::{FileEntry, Progress};
use crate::state::model::{Event, Model, Severity};
use crate::state::number::local_date;
use crate::state::run::{LISTED, Opened, PAGE, PAGES, Run, Stage, failure, open, page, unread, verdict};
use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;

/// What the parts share.
#[derive(Clone, Copy)]
struct Desk {
    app: App,
    stage: RwSignal<Stage>,
    token: RwSignal<String>,
    /// The run that was opened, until its digest has been compared.
    awaited: RwSignal<Option<(Run, Opened)>>,
}

impl Desk {
    fn ask(self, path: String, then: impl FnOnce(Self, u16, &str) + 'static) {
        self.stage.set(Stage::Asking);
        let token = Some(self.token.get_untracked()).filter(|token| !token.is_empty());
        spawn_local(async move {
            let (status, text) = server::ask("GET", &path, None, token, None).await;
            // The view may have been left meanwhile.
            if self.stage.try_get_untracked().is_some() {
                then(self, status, &text);
            }
        });
    }

    fn list(self) {
        self.list_from(None, Vec::new(), PAGES);
    }

    /// Goes on through the server's runs until there are enough blends, or no more runs.
    fn list_from(self, before: Option<u64>, mut runs: Vec<Run>, pages: usize) {
        let before = before.map_or_else(String::new, |seq| format!("&before={seq}"));
        self.ask(format!("api/v1/runs?limit={PAGE}{before}"), move |desk, status, text| match page(status, text) {
            Ok((more, next)) => {
                runs.extend(more);
                runs.truncate(LISTED);
                match next.filter(|_| runs.len() < LISTED && pages > 1) {
                    Some(next) => desk.list_from(Some(next), runs, pages - 1),
                    None => desk.stage.set(Stage::Listed(runs)),
                }
            }
            Err(failure) => desk.stage.set(failure),
        });
    }

    fn open(self, run: Run) {
        self.ask(format!("api/v1/runs/{}/request", run.seq), move |desk, status, text| {
            let opened = match failure(status, text) {
                Some(failure) => return desk.stage.set(failure),
                None => open(run.seq, text),
            };
            match opened {
                Ok(opened) => {
                    desk.stage.set(Stage::Closed);
                    for (name, text) in &opened.files {
                        desk.app.give_text(name, text);
                    }
                    desk.app.dispatch(Event::Configured(Box::new(opened.config.clone())));
                    desk.app.dispatch(Event::Settled);
                    desk.awaited.set(Some((run, opened)));
                }
                Err(why) => desk.stage.set(Stage::Failed(why)),
            }
        });
    }
}

/// What is kept while another view is shown: a run may be opened and looked at in Blend before its digest is known.
fn provide(app: App) {
    let desk =
        Desk { app, stage: RwSignal::new(Stage::default()), token: RwSignal::new(String::new()), awaited: RwSignal::new(None) };
    provide_context(desk);
    compare(desk);
}

/// The runs; nothing where no server is behind the page.
#[component]
pub fn Runs() -> impl IntoView {
    let frame = Frame::here();
    let desk = App::here().kept::<Desk>(provide);
    move || {
        frame.served.get().then(|| {
            view! {
                <div class="by-address" data-testid="runs">
                    <h3 class="label">"Runs of the server"</h3>
                    {move || match desk.stage.get() {
                        Stage::Closed => view! {
                            <button type="button" class="button" on:click=move |_| desk.list()>"List recorded runs"</button>
                        }.into_any(),
                        Stage::Asking => view! { <p class="quiet" role="status">"The server is being asked …"</p> }.into_any(),
                        Stage::Listed(runs) if runs.is_empty() => view! {
                            <p class="quiet" role="status">"No blend was recorded. A run is kept when it is handed in, or asked for with record=true."</p>
                            <button type="button" class="button" on:click=move |_| desk.list()>"Ask again"</button>
                        }.into_any(),
                        Stage::Listed(runs) => view! {
                            <ul class="runs">{runs.into_iter().map(|run| line(desk, run)).collect_view()}</ul>
                        }.into_any(),
                        Stage::NeedsToken => view! {
                            <p class="quiet" role="status">"The server wants a token that may read."</p>
                            <label class="hidden" for="runs-token">"Token"</label>
                            <input
                                class="text-field" id="runs-token" type="password" autocomplete="off" placeholder="Token (kept in this page only)"
                                prop:value=desk.token on:input=move |event| desk.token.set(event_target_value(&event))
                            />
                            <button type="button" class="button" on:click=move |_| desk.list()>"Use the token"</button>
                        }.into_any(),
                        Stage::Failed(why) => view! {
                            <p class="quiet" role="status">{why}</p>
                            <button type="button" class="button" on:click=move |_| desk.list()>"Ask again"</button>
                        }.into_any(),
                    }}
                </div>
            }
        })
    }
}

fn line(desk: Desk, run: Run) -> impl IntoView {
    let whose = if run.portfolio.is_empty() { String::from("the whole desk") } else { run.portfolio.clone() };
    let when = run.at.get(..10).map(local_date).unwrap_or_default();
    let time = run.at.get(11..16).unwrap_or_default().to_owned();
    let digest = run.digest.get(..8).unwrap_or_default().to_owned();
    let seq = run.seq;
    view! {
        <li>
            <button type="button" class="link" aria-label=format!("Open run {seq}") on:click=move |_| desk.open(run.clone())>{format!("Run {seq}")}</button>
            <span class="quiet">{format!("{when} {time} UTC, {whose}, {digest}")}</span>
        </li>
    }
}

/// Compares digests once the run's files are read and nothing is being computed. Whoever changes a setting or takes a file away before
/// that looks at something else by then, and is told nothing.
fn compare(desk: Desk) {
    let app = desk.app;
    Effect::new(move |_| {
        let Some((run, opened)) = desk.awaited.get() else { return };
        let told = app.model.with(|model: &Model| {
            let own: Vec<&FileEntry> =
                model.files.iter().filter(|file| opened.files.iter().any(|(name, _)| *name == file.name)).collect();
            if model.config != opened.config || own.len() < opened.files.len() {
                return Some(None);
            }
            if let Some(file) = own.iter().find(|file| matches!(file.progress, Progress::Refused(_)) || file.problem().is_some())
            {
                let (title, detail) = unread(&run, &file.name);
                return Some(Some((false, title, detail)));
            }
            let is_ready = own.iter().all(|file| file.report().is_some()) && !model.is_busy();
            is_ready.then(|| {
                let here = model.blend.as_ref().map_or_else(String::new, |blend| blend.digest.clone());
                let others =
                    model.files.iter().filter(|file| file.is_used() && !opened.files.iter().any(|(name, _)| *name == file.name));
                let others: Vec<String> = others.map(|file| file.name.clone()).collect();
                Some(verdict(&run, &here, &opened.beside, &others))
            })
        });
        let Some(told) = told else { return };
        desk.awaited.set(None);
        if let Some((is_same, title, detail)) = told {
            app.dispatch(Event::Noticed(if is_same { Severity::Note } else { Severity::Warning }, title, detail));
        }
    });
}
