//! The period that everything on the view is about: two dates, or the whole run.

use super::desk::Desk;
use crate::state::backtest::period::{date_of, typed};
use crate::state::model::Event;
use crate::state::number::{counted, date};
use leptos::prelude::*;

/// Last years at a click.
const LAST: &[(i32, &str)] = &[(1, "1 y"), (3, "3 y"), (5, "5 y")];

/// The bar above the charts.
#[component]
pub fn PeriodBar() -> impl IntoView {
    let desk = Desk::here();
    let timeline = desk.timeline;
    let refused = RwSignal::new(None::<String>);
    let (from, to) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let whole = Memo::new(move |_| timeline.period.with(Option::is_none));
    // The fields follow whatever chose the period: a chart, a month, a key.
    let ends = Memo::new(move |_| {
        let (run, period) = (desk.run.get()?, desk.period.get()?);
        let day = |place: usize| run.times.get(place).map(|time| time.0 as f64 / 1e9);
        Some((date_of(day(period.first)?), date_of(day(period.last)?)))
    });
    Effect::new(move |_| {
        if let Some((first, last)) = ends.get() {
            from.set(first);
            to.set(last);
            refused.set(None);
        }
    });
    let choose = move |span: Option<(f64, f64)>| {
        refused.set(None);
        timeline.point(None);
        timeline.period.set(span);
    };
    let apply = move || {
        let Some(run) = desk.run.get_untracked() else { return };
        match typed(&run, &from.get_untracked(), &to.get_untracked()) {
            Ok(span) => choose(Some(span)),
            Err(why) => refused.set(Some(why)),
        }
    };
    let bars = move || {
        let (run, period) = (desk.run.get()?, desk.period.get()?);
        let name = |place: usize| run.times.get(place).map(|time| date(time.days()));
        Some(format!("{} to {}, {}", name(period.first)?, name(period.last)?, counted(period.bars().len() as u64, "bar", "bars")))
    };
    // Said once the hand rests, not at every key.
    Effect::new(move |before: Option<bool>| {
        let now = whole.get();
        if before.is_some_and(|before| before != now) {
            let words = if now { String::from("The whole run.") } else { format!("Period {}.", bars().unwrap_or_default()) };
            desk.app.dispatch(Event::Said(words));
        }
        now
    });
    view! {
        <section class="period-bar" aria-label="Period" data-testid="period">
            <label for="period-from">"From"</label>
            <input type="date" id="period-from" class="date-field" prop:value=from on:input=move |event| from.set(event_target_value(&event)) on:change=move |_| apply()/>
            <label for="period-to">"to"</label>
            <input type="date" id="period-to" class="date-field" prop:value=to on:input=move |event| to.set(event_target_value(&event)) on:change=move |_| apply()/>
            <span class="segmented" role="group" aria-label="Period">
                {LAST.iter().map(|(years, word)| {
                    let years = *years;
                    view! {
                        <button type="button" title=format!("The last {}", counted(u64::from(years.unsigned_abs()), "year", "years")) on:click=move |_| {
                            if let Some(last) = desk.run.with_untracked(|run| run.as_ref().and_then(|run| run.times.last().copied())) {
                                let end = last.0 as f64 / 1e9;
                                choose(Some((end - f64::from(years) * 365.25 * 86_400.0, end)));
                            }
                        }>{*word}</button>
                    }
                }).collect_view()}
                <button type="button" aria-pressed=move || whole.get().to_string() on:click=move |_| choose(None)>"Whole run"</button>
            </span>
            <span class="quiet" data-testid="bars">{move || bars().unwrap_or_default()}</span>
            <p class="message" role="alert">{refused}</p>
        </section>
    }
}
