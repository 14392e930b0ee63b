//! The run as files: tear sheet, answer, tables, and the file that runs it again on the command line.

use super::desk::Desk;
use crate::browser;
use crate::component::panel::PanelHead;
use crate::figure::json::text_of;
use crate::state::backtest::export;
use crate::state::backtest::period::Period;
use crate::state::file::Use;
use crate::state::model::{Event, Sample};
use crate::state::question::Question;
use leptos::prelude::*;

/// Slot of the tear sheet.
const SHEET: &str = "backtest-sheet";

/// What the sample's prices are saved as.
const SAMPLE_PRICES: &str = "prices.csv";

/// Buttons for downloads.
#[component]
pub fn Take() -> impl IntoView {
    let desk = Desk::here();
    let app = desk.app;
    let said = RwSignal::new(String::new());
    let digest = Memo::new(move |_| desk.run.with(|run| run.as_ref().map(|run| run.digest.clone()).unwrap_or_default()));
    // While another run is under way, settings and digest are of different runs.
    let fault = desk.fault();
    let none = move || {
        digest.with(String::is_empty)
            || fault.with(Option::is_some)
            || desk.standing.with(|standing| standing.busy || standing.problem.is_some())
    };
    let short = move || digest.with_untracked(|digest| digest.get(..8).unwrap_or_default().to_owned());
    // The sheet that was asked for, and not one that an earlier press left in the slot.
    let wanted = RwSignal::new(false);
    let sheet = app.memo(|model| model.slots.get(SHEET).map(|slot| (slot.is_busy(), slot.problem.clone(), slot.answer.clone())));
    Effect::new(move |_| {
        let Some((busy, problem, _)) = sheet.get() else { return };
        if busy || !wanted.get_untracked() {
            return;
        }
        wanted.set(false);
        let html = app.model.with_untracked(|model| {
            let answer = model.slots.get(SHEET)?.answer.clone()?;
            Some(answer.get("html")?.as_str()?.to_owned())
        });
        match (problem, html) {
            (None, Some(html)) => {
                browser::save(&format!("tear-sheet-{}.html", short()), "text/html", &html);
                said.set(String::from("The tear sheet is saved."));
            }
            (problem, _) => {
                let fault = problem.and_then(|problem| problem.faults.into_iter().next()).unwrap_or_default();
                said.set(format!("The tear sheet was not made: {} {}", fault.message, fault.hint));
            }
        }
    });
    let make = move |_| {
        let run = app.model.with_untracked(|model| model.slots.get("backtest").map(|slot| slot.question.clone()));
        if let Some(run) = run {
            wanted.set(true);
            said.set(String::from("The tear sheet is being made …"));
            app.dispatch(Event::Asked(SHEET, Question { operation: "tear_sheet", ..run }));
        }
    };
    let result = move |_| {
        if let Some(answer) = desk.answer.get_untracked() {
            browser::save(&format!("backtest-{}.json", short()), "application/json", &text_of(&answer));
        }
    };
    let equity = move |_| {
        if let Some(run) = desk.run.get_untracked()
            && let Some(whole) = Period::of(&run.times, None)
        {
            browser::save(&format!("equity-{}.csv", short()), "text/csv", &export::equity(&run, whole).to_csv());
        }
    };
    let attribution = move |_| {
        if let Some(run) = desk.run.get_untracked() {
            browser::save(&format!("attribution-{}.csv", short()), "text/csv", &export::attribution(&run).to_csv());
        }
    };
    let trades = move |_| {
        if let Some(run) = desk.run.get_untracked() {
            let all = export::fills(&run, None);
            browser::save(&format!("trades-{}.csv", short()), "text/csv", &export::trades(&run, &all).to_csv());
        }
    };
    let sample = app.memo(|model| model.sample != Sample::Off);
    let files = app.memo(|model| {
        let used =
            model.files.iter().filter(|file| file.is_used() && file.report().is_some_and(|report| report.used_as == Use::Prices));
        used.map(|file| file.name.clone()).collect::<Vec<_>>()
    });
    let yaml = move || {
        let files = files.get_untracked();
        let files = if files.is_empty() { vec![String::from(SAMPLE_PRICES)] } else { files };
        let elsewhere = desk.elsewhere.get_untracked();
        desk.settings.with_untracked(|settings| settings.yaml(&elsewhere, &files, &digest.get_untracked()))
    };
    let copy = move |_| {
        browser::copy(yaml(), move |ok| {
            let _ = said.try_set(String::from(if ok {
                "run.yaml is in the clipboard."
            } else {
                "The browser did not let it be copied. Save it as a file."
            }));
        });
    };
    let prices = move |_| {
        app.table("prices", move |result| match result {
            Ok(blob) => browser::offer(SAMPLE_PRICES, &blob),
            Err(why) => {
                let _ = said.try_set(why);
            }
        });
    };
    view! {
        <section class="panel" aria-labelledby="take-title" data-testid="take">
            <PanelHead id="take-title" title="Take it with you"/>
            <p class="buttons">
                <button type="button" class="button main" prop:disabled=none on:click=make>"Export tear sheet"</button>
                <button type="button" class="button" prop:disabled=none on:click=result>"Result, JSON"</button>
                <button type="button" class="button" prop:disabled=none on:click=equity>"Equity, CSV"</button>
                <button type="button" class="button" prop:disabled=none on:click=trades>"Trades, CSV"</button>
                <button type="button" class="button" prop:disabled=none on:click=attribution>"Attribution, CSV"</button>
            </p>
            <p class="buttons">
                <button type="button" class="button" prop:disabled=none on:click=copy>"Copy as run.yaml"</button>
                <button type="button" class="button" prop:disabled=none on:click=move |_| browser::save("run.yaml", "application/yaml", &yaml())>"Save run.yaml"</button>
                {move || sample.get().then(|| view! { <button type="button" class="button" on:click=prices>"Prices, CSV"</button> })}
            </p>
            <p class="say">
                {move || if sample.get() { "The sample's prices are in the browser only: save them beside run.yaml. " } else { "run.yaml names your files: keep them beside it. " }}
                <code>"allocator backtest --config run.yaml"</code>" then gives this digest: "
                <code class="whole-digest" data-testid="run-digest">{digest}</code>
            </p>
            <p class="quiet" role="status" data-testid="take-said">{said}</p>
        </section>
    }
}
