//! Share: the address of the present state, a file of it, and the blend as other programs want it.

use crate::app::App;
use crate::browser;
use crate::frame::Frame;
use crate::state::code::{Form, Input, Subject};
use crate::state::file::{Progress, Use};
use crate::state::model::{Event, Origin};
use crate::state::number::counted;
use crate::state::share::{LONG, STATE_BYTES_MAX, Shared};
use crate::view::VIEWS;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::{JsFuture, spawn_local};

/// Files of states end so.
const FILE: &str = "allocator-state.json";

/// The sheet.
#[component]
pub fn ShareSheet() -> impl IntoView {
    let app = App::here();
    let said = RwSignal::new(String::new());
    let form = RwSignal::new(Form::Yaml);
    let copied = move |what: &'static str, ok: bool| {
        let sentence =
            if ok { format!("{what} is copied.") } else { format!("{what} was not copied: select it and copy it by hand.") };
        let _ = said.try_set(sentence);
    };
    let frame = Frame::here();
    let shared = move || {
        let view = VIEWS.get(frame.view.get_untracked()).map_or("", |view| view.id);
        app.model.with_untracked(|model| model.shared(view))
    };
    let address = Memo::new(move |_| {
        app.model.track();
        format!("{}{}", browser::base_address(), shared().to_fragment())
    });
    let text = Memo::new(move |_| {
        app.model.with(|model| {
            let inputs: Vec<Input> = model
                .files
                .iter()
                .filter_map(|file| match &file.progress {
                    Progress::Read(report) if matches!(report.used_as, Use::Signals | Use::Returns) => {
                        Some(Input { name: file.name.clone(), returns: report.used_as == Use::Returns })
                    }
                    _ => None,
                })
                .collect();
            let digest = model.blend.as_ref().map_or("", |blend| blend.digest.as_str());
            Subject { config: model.config.clone(), inputs: &inputs, server: "", digest }.write(form.get())
        })
    });
    let save = move |_| {
        browser::save(FILE, "application/json", &shared().to_json());
        said.set(format!("{FILE} is saved."));
    };
    let open = move |event: web_sys::Event| {
        let Some(input) = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlInputElement>().ok()) else {
            return;
        };
        let file = browser::files(input.files()).into_iter().next();
        input.set_value("");
        let Some(file) = file else { return };
        if file.size() > STATE_BYTES_MAX as f64 {
            said.set(format!("{} is too large to be a saved state.", file.name()));
            return;
        }
        spawn_local(async move {
            let text = JsFuture::from(file.text()).await.ok().and_then(|text| text.as_string()).unwrap_or_default();
            match Shared::from_json(&text) {
                Ok(shared) => {
                    app.dispatch(Event::Restored(Box::new(shared), Origin::File));
                    let _ = said.try_set(String::from("The state is opened. Undo brings the former settings back."));
                }
                Err(unreadable) => {
                    let _ = said.try_set(unreadable.sentence());
                }
            }
        });
    };
    view! {
        <section aria-labelledby="share-address">
            <h3 id="share-address">"Address"</h3>
            <p class="quiet">"Settings, scenarios, view and selection, compressed. Data are not in it: they stay in this browser, and whoever opens the address is told which files to add."</p>
            <input class="text-field" type="text" readonly prop:value=address aria-label="Address of the present state" data-testid="share-address" on:focus=|event| {
                if let Some(input) = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlInputElement>().ok()) {
                    input.select();
                }
            }/>
            <p class="buttons">
                <button type="button" class="button" on:click=move |_| browser::copy(address.get_untracked(), move |ok| copied("The address", ok))>"Copy the address"</button>
                {move || (address.with(String::len) > LONG).then(|| view! {
                    <span class="chip warning">{format!("{}: mail programs may cut it, send the file", counted(address.with(String::len) as u64, "character", "characters"))}</span>
                })}
            </p>
        </section>
        <section aria-labelledby="share-file">
            <h3 id="share-file">"File"</h3>
            <p class="buttons">
                <button type="button" class="button" on:click=save>"Save the state to a file"</button>
                <label class="file-label" for="state-file">"Open a saved state"</label>
                <input id="state-file" class="hidden" type="file" accept=".json,application/json" on:change=open data-testid="state-file"/>
            </p>
        </section>
        <section aria-labelledby="share-code">
            <h3 id="share-code">"Copy as"</h3>
            <p class="segmented" role="group" aria-label="Form">
                {Form::ALL.map(|each| view! {
                    <button type="button" aria-pressed=move || (form.get() == each).to_string() on:click=move |_| form.set(each)>{each.label()}</button>
                })}
            </p>
            <pre class="code" tabindex="0" data-testid="code">{text}</pre>
            <p class="buttons">
                <button type="button" class="button" on:click=move |_| browser::copy(text.get_untracked(), move |ok| copied("The text", ok))>"Copy the text"</button>
                <button type="button" class="button" on:click=move |_| app.dispatch(Event::RequestWanted)>"Request, JSON"</button>
            </p>
        </section>
        <p class="quiet" role="status" data-testid="share-said">{said}</p>
    }
}
