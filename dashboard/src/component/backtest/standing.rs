//! How the run stands: nothing to run on, running, refused, or too short to say anything.

use super::desk::Desk;
use crate::component::faults::Faults;
use crate::frame::Frame;
use crate::state::model::{Event, Sample};
use crate::state::number::fixed;
use leptos::prelude::*;

/// What stands above the result.
#[component]
pub fn Standing() -> impl IntoView {
    let desk = Desk::here();
    let frame = Frame::here();
    desk.ask_while_shown();
    let none = desk.no_prices();
    let fault = desk.fault();
    let has_run = Memo::new(move |_| desk.run.with(Option::is_some));
    let former = move || if has_run.get() { "What is shown below is the former run." } else { "There is no run to show yet." };
    let sample = desk.app.memo(|model| model.sample != Sample::Off);
    // What the scores are refused for, where it is not a formula's own fault: that stands under the formula.
    let refusal = Memo::new(move |_| {
        let run = desk.standing.with(|standing| standing.problem.clone());
        run.filter(|_| !none.get())
    });
    let busy = Memo::new(move |_| desk.standing.with(|standing| standing.busy));
    let took = Memo::new(move |_| desk.standing.with(|standing| standing.milliseconds));
    let first = Memo::new(move |_| !has_run.get() && fault.with(Option::is_none) && refusal.with(Option::is_none) && !none.get());
    view! {
        <div role="alert" class="refusals" data-testid="backtest-refusals">
            {move || none.get().then(|| view! {
                <section class="refusal plain-refusal" data-testid="no-prices">
                    <h2>"No prices are loaded"</h2>
                    <p>"Signals and returns say nothing about what a trade would have cost. Add a file with a date column and one column of closing prices for each symbol."</p>
                    <p class="buttons">
                        <button type="button" class="button main" on:click=move |_| frame.go_to("data")>"Add prices"</button>
                        {move || (!sample.get()).then(|| view! {
                            <button type="button" class="button" on:click=move |_| desk.app.dispatch(Event::SampleWanted(true))>"Use the sample in place of my files"</button>
                        })}
                    </p>
                </section>
            })}
            {move || fault.get().filter(|_| !none.get()).map(|why| view! {
                <section class="refusal plain-refusal">
                    <h2>{why}</h2>
                    <p>{former}</p>
                </section>
            })}
            {move || refusal.get().map(|problem| view! {
                <section class="refusal">
                    <h2>"This run was refused"</h2>
                    <p>{former}</p>
                    <Faults problem limit=5/>
                    <p class="buttons"><button type="button" class="link" on:click=move |_| desk.again()>"Run again"</button></p>
                </section>
            })}
        </div>
        <p class="run-line" class:shown=move || busy.get() || first.get() data-testid="run-line" data-busy=move || busy.get().to_string()>
            {move || if took.get() > 0.0 { format!("Running … the last run took {} s.", fixed(took.get() / 1000.0, 1)) } else { String::from("Running …") }}
            <button type="button" class="link" prop:disabled=move || !busy.get() on:click=move |_| desk.app.dispatch(Event::Stopped)>"Stop"</button>
        </p>
    }
}
