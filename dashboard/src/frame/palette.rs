//! What the command palette offers, and what each entry does.

use super::Frame;
use crate::app::App;
use crate::browser;
use crate::component::palette::Palette;
use crate::state::explain::Subject;
use crate::state::model::{Event, ResultFormat, ScenarioAct, Severity};
use crate::state::palette::Entry;
use crate::state::share::LONG;
use crate::view::VIEWS;
use allocator_core::config::blend::BlendConfig;
use leptos::prelude::*;

/// Symbols offered.
const SYMBOLS: usize = 500;

/// The palette of the page.
#[component]
pub fn Commands() -> impl IntoView {
    let (app, frame) = (App::here(), Frame::here());
    view! { <Palette open=frame.palette entries=move |()| entries(app, frame) on_run=move |id: String| run(app, frame, &id)/> }
}

fn entries(app: App, frame: Frame) -> Vec<Entry> {
    app.model.with_untracked(|model| {
        let mut list = Vec::new();
        for (place, view) in VIEWS.iter().enumerate() {
            list.push(Entry::new(format!("view:{}", view.id), view.title, "View").with_key((place + 1).to_string()));
        }
        let undo = model.history.undoable();
        let redo = model.history.redoable();
        list.push(
            Entry::new("undo", undo.map_or_else(|| String::from("Undo"), |what| format!("Undo: {what}")), "Action")
                .with_key("Ctrl Z")
                .unless(undo.is_none().then_some("Nothing was changed.")),
        );
        list.push(
            Entry::new("redo", redo.map_or_else(|| String::from("Redo"), |what| format!("Redo: {what}")), "Action")
                .with_key("Ctrl Shift Z")
                .unless(redo.is_none().then_some("Nothing was undone.")),
        );
        let none = model.blend.is_none().then_some("Nothing is allocated yet.");
        if frame.served.get_untracked() {
            list.push(Entry::new("hand-in", "Submit this allocation to the server", "Action").unless(none));
        }
        list.push(Entry::new("sheet", "Share: address, file, code", "Action"));
        list.push(Entry::new("share", "Copy the address of this state", "Action"));
        list.push(Entry::new("state-file", "Save this state to a file", "Action"));
        list.push(Entry::new("digest", "Copy the digest", "Action").with_key("D").unless(none));
        list.push(Entry::new("request", "Save the request as JSON", "Action").unless(none));
        list.push(Entry::new("result", "Save the result as JSON", "Action").unless(none));
        list.push(Entry::new("weights", "Save the weights as CSV", "Action").unless(none));
        list.push(Entry::new("tables", "Charts as tables, and back", "Action").with_key("T"));
        list.push(Entry::new("defaults", "Reset all settings to defaults", "Action"));
        list.push(Entry::new("scenarios", "Scenarios: save, compare, delete", "Action"));
        list.push(Entry::new("numbers", "Numbers: as in this country, or plain", "Action"));
        list.push(Entry::new("keys", "Keyboard shortcuts", "Action").with_key("?"));
        for scenario in model.scenarios.list() {
            list.push(Entry::new(format!("scenario:{}", scenario.name), scenario.name.clone(), "Scenario"));
        }
        if let Some(blend) = &model.blend {
            for strategy in &blend.strategies {
                list.push(Entry::new(format!("strategy:{}", strategy.tag.strategy), strategy.tag.name(), "Strategy"));
            }
            for row in blend.weights.iter().take(SYMBOLS) {
                list.push(Entry::new(format!("symbol:{}", row.symbol), row.symbol.clone(), "Symbol"));
            }
        }
        list
    })
}

/// The address of what is shown, whole.
fn address(app: App, frame: Frame) -> String {
    let view = VIEWS.get(frame.view.get_untracked()).map_or("", |view| view.id);
    format!("{}{}", browser::base_address(), app.model.with_untracked(|model| model.shared(view).to_fragment()))
}

/// Copies the address of the state and says what becomes of it.
pub(crate) fn share(app: App, frame: Frame) {
    let address = address(app, frame);
    let long = address.len() > LONG;
    browser::copy(address.clone(), move |copied| {
        let title = if copied { "The address is copied" } else { "The address was not copied" };
        let detail = match (copied, long) {
            (true, false) => String::from("It holds settings and scenarios. Data stay here: whoever opens it adds the files."),
            (true, true) => format!(
                "With {} characters it may be cut by mail and chat programs: save the state to a file instead.",
                address.len()
            ),
            (false, _) => String::from("This browser gives no access to the clipboard. Save the state to a file instead."),
        };
        app.dispatch(Event::Noticed(
            if copied && !long { Severity::Note } else { Severity::Warning },
            String::from(title),
            detail,
        ));
    });
}

fn run(app: App, frame: Frame, id: &str) {
    let explain = |subject| {
        app.select(subject);
        frame.go_to("blend");
        frame.show_reasons();
    };
    match id.split_once(':') {
        Some(("view", view)) => frame.go_to(view),
        Some(("scenario", name)) => app.dispatch(Event::Scenario(ScenarioAct::Load(name.to_owned()))),
        Some(("strategy", name)) => explain(Subject::Strategy(name.to_owned())),
        Some(("symbol", name)) => explain(Subject::Symbol(name.to_owned())),
        _ => match id {
            "undo" => app.dispatch(Event::Undone),
            "redo" => app.dispatch(Event::Redone),
            "share" => share(app, frame),
            "state-file" => {
                let text = app.model.with_untracked(|model| model.shared("").to_json());
                browser::save("allocator-state.json", "application/json", &text);
            }
            "digest" => {
                if let Some(blend) = app.blend.get_untracked() {
                    browser::copy(blend.digest.clone(), |_| ());
                }
            }
            "request" => app.dispatch(Event::RequestWanted),
            "result" => app.dispatch(Event::ResultWanted(ResultFormat::Json)),
            "weights" => app.dispatch(Event::ResultWanted(ResultFormat::Csv)),
            "tables" => app.look(|look| look.tables = !look.tables),
            "defaults" => app.configure_once(|config| *config = BlendConfig::default()),
            "scenarios" => frame.scenarios.set(true),
            "hand-in" => frame.hand_in.set(true),
            "sheet" => frame.share.set(true),
            "numbers" => {
                let is_plain = browser::remembered(browser::PLAIN_NUMBERS).as_deref() == Some("on");
                browser::remember(browser::PLAIN_NUMBERS, if is_plain { "off" } else { "on" });
                browser::reload();
            }
            "keys" => frame.sheet.set(true),
            _ => {}
        },
    }
}
