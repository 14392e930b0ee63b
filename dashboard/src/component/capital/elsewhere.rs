//! The same split elsewhere: its digest, and the command that gives it.

use super::desk::Desk;
use crate::browser;
use crate::state::capital::code::Subject;
use crate::state::code::Input;
use crate::state::file::{Progress, Use};
use crate::state::question::Question;
use leptos::prelude::*;

/// Digest and command.
#[component]
pub fn Elsewhere() -> impl IntoView {
    let desk = Desk::here();
    let said = RwSignal::new("");
    let saved = RwSignal::new(String::new());
    let inputs = desk.app.memo(|model| {
        let returns = |progress: &Progress| matches!(progress, Progress::Read(report) if report.used_as == Use::Returns);
        let used = model.files.iter().filter(|file| file.is_used() && returns(&file.progress));
        used.map(|file| Input { name: file.name.clone(), returns: true }).collect::<Vec<_>>()
    });
    let digest =
        Memo::new(move |_| desk.looked.with(|answer| answer.as_ref().map_or_else(String::new, |answer| answer.digest.clone())));
    let command = Memo::new(move |_| {
        let (held, inputs, digest) = (desk.held.get(), inputs.get(), digest.get());
        desk.settings.with(|settings| Subject { settings, previous: held.as_ref(), inputs: &inputs, digest: &digest }.shell())
    });
    // What is asked and what is shown must be the same split, or the digest on the page would not be that of the file.
    let settled = Memo::new(move |_| !digest.with(String::is_empty) && desk.problem.with(Option::is_none));
    let save = move |_| {
        let request = desk.settings.with_untracked(|settings| settings.request(desk.held.get_untracked().as_ref()));
        let name =
            format!("capital-request-{}.json", digest.with_untracked(|digest| digest.get(..8).unwrap_or_default().to_owned()));
        saved.set(String::from("Writing …"));
        let question = Question { operation: "capital", request, uses: &["returns"] };
        desk.app.export("compose", &question, move |result| {
            let words = match result {
                Ok(blob) => {
                    browser::offer(&name, &blob);
                    format!("Saved, returns and all. Run it: allocator capital --in {name}")
                }
                Err(why) => why,
            };
            let _ = saved.try_set(words);
        });
    };
    let copy = move |_| {
        browser::copy(command.get_untracked(), move |worked| {
            said.try_set(if worked { "Copied." } else { "Not copied: select the text and copy it by hand." });
        });
    };
    view! {
        <section class="panel" aria-labelledby="elsewhere-title">
            <header class="panel-head"><h2 id="elsewhere-title">"The same elsewhere"</h2></header>
            <p class="digest capital-digest"><span>"Digest"</span><code data-testid="capital-digest" data-digest=digest title=digest>{move || digest.with(|digest| digest.get(..16).unwrap_or_default().to_owned())}</code></p>
            <p class="buttons"><button type="button" class="button" prop:disabled=move || !settled.get() on:click=save>"Save the request"</button></p>
            <p class="quiet" role="status" data-testid="capital-saved">{saved}</p>
            <details class="more">
                <summary>"As a command"</summary>
                <pre class="code" tabindex="0" data-testid="capital-command">{command}</pre>
                <p class="buttons">
                    <button type="button" class="button" on:click=copy>"Copy the command"</button>
                    <span class="quiet" role="status">{said}</span>
                </p>
            </details>
        </section>
    }
}
