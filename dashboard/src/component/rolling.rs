//! The chosen pair through time: rolling ρ, the threshold, the level that arms again, and where it crossed.

use super::correlation::tag_of;
use super::formats::Saves;
use super::pair::chosen;
use super::panel::{PanelHead, Segmented};
use super::room::Room;
use crate::app::App;
use crate::browser;
use crate::chart::frame::Picture;
use crate::frame::Frame;
use crate::state::export::{self, rolling_csv};
use crate::state::look::SPANS;
use crate::state::model::Event;
use crate::state::number::{count, counted, date, fixed, month};
use crate::state::parameter::Parameter;
use crate::state::question::Question;
use crate::state::rolling::{Level, Rolling};
use allocator_core::wire::to_canonical_string;
use leptos::prelude::*;

/// The slot of the question.
pub const SLOT: &str = "rolling";

/// The window where the settings name none.
const WINDOW: u32 = 60;

/// Rows of the table twin: the newest.
const ROWS: usize = 250;

/// The chart.
#[component]
pub fn RollingChart() -> impl IntoView {
    let (app, frame) = (App::here(), Frame::here());
    let span = app.looked(|look| look.span);
    let selected = app.memo(|model| model.look.pair.clone());
    let data = app.memo(|model| model.data);
    let settings = Memo::new(move |_| app.config.with(|config| config.correlation.clone()));
    let pair = Memo::new(move |_| {
        let blend = app.blend.get()?;
        let pair = chosen(&blend, selected.get().as_ref())?;
        let names = &blend.correlations.as_ref()?.names;
        Some([names.get(pair.a)?.clone(), names.get(pair.b)?.clone()])
    });
    let question = Memo::new(move |_| {
        let pair = pair.get()?;
        let settings = settings.get();
        let window = settings.window.unwrap_or(WINDOW).max(settings.min_observations);
        let (config, names) = (to_canonical_string(&settings).ok()?, to_canonical_string(&pair).ok()?);
        Some((data.get(), format!("{{\"config\":{config},\"rolling\":{{\"pair\":{names},\"window\":{window}}},\"version\":1}}")))
    });
    Effect::new(move |_| {
        if let Some((_, request)) = question.get() {
            app.dispatch(Event::Asked(SLOT, Question { operation: "correlation", request, uses: &["returns"] }));
        }
    });
    let slot = app.memo(|model| model.slots.get(SLOT).map(|slot| (slot.answer.clone(), slot.problem.clone())));
    let rolling = Memo::new(move |_| slot.get()?.0.and_then(|answer| Rolling::from_answer(&answer)));
    let shown = Memo::new(move |_| {
        let rolling = rolling.get()?;
        let last = *rolling.days.last()?;
        Some(if span.get() == 0 { rolling } else { rolling.since(last - span.get()) })
    });
    let levels = Memo::new(move |_| {
        app.config.with(|config| Level {
            threshold: config.correlation.threshold,
            again: Parameter::ArmBelow.get(config).unwrap_or(0.0),
            both: config.correlation.absolute,
        })
    });
    let title = Signal::derive(move || {
        let blend = app.blend.get();
        match (pair.get(), blend) {
            (Some([a, b]), Some(blend)) => format!("{} with {}", tag_of(&blend, &a).name(), tag_of(&blend, &b).name()),
            _ => String::from("A pair through time"),
        }
    });
    let scope = Signal::derive(move || {
        let Some(shown) = shown.get() else { return String::new() };
        let crossings = shown.crossings(levels.get()).len() as u64;
        let since = shown.days.first().map_or_else(String::new, |day| format!(" since {}", date(*day)));
        format!("rolling {} days, {}{since}", shown.window, counted(crossings, "crossing", "crossings"))
    });
    let download = Callback::new(move |()| {
        if let Some(rolling) = rolling.get_untracked() {
            browser::save("rolling-correlation.csv", "text/csv", &rolling_csv(&rolling));
        }
    });
    let saves = Saves {
        name: Signal::derive(move || format!("Rolling correlation {}", title.get())),
        grid: Callback::new(move |()| rolling.get_untracked().map(|rolling| export::rolling(&rolling))),
        picture: Callback::new(move |()| Picture::of("[data-testid=rolling] svg.line-chart")),
    };
    view! {
        <section class="panel" aria-labelledby="rolling-title" data-testid="rolling">
            <PanelHead id="rolling-title" title=title scope=scope twin=frame.tables download=download saves=saves>
                <Segmented label="How far back" options=SPANS value=span choose=Callback::new(move |days| app.look(|look| look.span = days))/>
            </PanelHead>
            {move || slot.get().and_then(|(_, problem)| problem).map(|problem| view! {
                <p class="say">"Unknown: "{problem.faults.first().map(|fault| format!("{} {}", fault.message, fault.hint))}</p>
            })}
            {move || if frame.tables.get() {
                shown.get().map(|shown| table(&shown)).into_any()
            } else {
                let draw = Callback::new(move |width: f64| match shown.get() {
                    Some(shown) if shown.values.iter().any(Option::is_some) => chart(&shown, levels.get(), width).into_any(),
                    Some(_) => view! { <p class="say">"Unknown over the whole span: fewer shared days than the window."</p> }.into_any(),
                    None if pair.with(Option::is_some) => view! { <p class="say">"Working …"</p> }.into_any(),
                    None => view! { <p class="say">"No pair: returns of two strategies or more are needed."</p> }.into_any(),
                });
                view! { <Room draw/> }.into_any()
            }}
        </section>
    }
}

fn table(rolling: &Rolling) -> impl IntoView + use<> {
    let hidden = rolling.days.len().saturating_sub(ROWS);
    let rows: Vec<(i64, Option<f64>)> =
        rolling.days.iter().copied().zip(rolling.values.iter().copied()).rev().take(ROWS).collect();
    view! {
        <table class="sheet striped">
            <caption class="hidden">"Rolling correlation, newest first"</caption>
            <thead><tr><th scope="col">"Newest day of the window"</th><th scope="col" class="number">"ρ"</th></tr></thead>
            <tbody>{rows.into_iter().map(|(day, value)| view! {
                <tr><th scope="row">{date(day)}</th><td class="number">{value.map_or_else(|| String::from("unknown"), |value| fixed(value, 2))}</td></tr>
            }).collect_view()}</tbody>
        </table>
        {(hidden > 0).then(|| view! { <p class="say">{format!("The newest {ROWS}; {} more are in the download.", count(hidden as u64))}</p> })}
    }
}

const HEIGHT: f64 = 250.0;
const LEFT: f64 = 34.0;
const RIGHT: f64 = 76.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 24.0;

/// Places of the drawing.
struct Plot {
    width: f64,
    days: (f64, f64),
    low: f64,
    high: f64,
}

impl Plot {
    fn x(&self, day: i64) -> f64 {
        LEFT + (day as f64 - self.days.0) / (self.days.1 - self.days.0).max(1.0) * (self.width - LEFT - RIGHT)
    }

    fn y(&self, value: f64) -> f64 {
        TOP + (self.high - value) / (self.high - self.low) * (HEIGHT - TOP - BOTTOM)
    }
}

/// The line in at most two points per pixel: the least and the greatest of each, so that no peak is lost.
fn trace(rolling: &Rolling, plot: &Plot) -> Vec<Vec<(f64, f64)>> {
    let mut runs: Vec<Vec<(f64, f64)>> = Vec::new();
    let mut run: Vec<(f64, f64)> = Vec::new();
    for (day, value) in rolling.days.iter().zip(&rolling.values) {
        let Some(value) = value else {
            // Unknown is not drawn: the line breaks.
            if !run.is_empty() {
                runs.push(std::mem::take(&mut run));
            }
            continue;
        };
        let point = (plot.x(*day), plot.y(*value));
        let same_pixel = |at: usize| {
            run.len().checked_sub(at).and_then(|index| run.get(index)).is_some_and(|(x, _)| x.floor() == point.0.floor())
        };
        if same_pixel(1) && same_pixel(2) {
            let last = run.len() - 1;
            let (a, b) = (run[last - 1].1, run[last].1);
            run[last - 1].1 = a.min(b).min(point.1);
            run[last].1 = a.max(b).max(point.1);
        } else {
            run.push(point);
        }
    }
    if !run.is_empty() {
        runs.push(run);
    }
    runs
}

fn path(points: &[(f64, f64)]) -> String {
    points.iter().enumerate().map(|(index, (x, y))| format!("{}{x:.1} {y:.1}", if index == 0 { 'M' } else { 'L' })).collect()
}

/// The first days of quarters, or of years where the span is long.
fn ticks(from: i64, to: i64) -> Vec<i64> {
    use allocator_core::units::UnixNanos;
    let years = (to - from) / 365;
    let months: &[u32] = match years {
        0 => &[1, 3, 5, 7, 9, 11],
        1..=3 => &[1, 4, 7, 10],
        _ => &[1],
    };
    let (first, _, _) = crate::state::number::civil(from);
    let (last, _, _) = crate::state::number::civil(to);
    let every = (years / 8 + 1) as i32;
    (first..=last)
        .filter(|year| years <= 8 || year % every == 0)
        .flat_map(|year| months.iter().filter_map(move |month| UnixNanos::from_date(year, *month, 1).map(UnixNanos::days)))
        .filter(|day| (from..=to).contains(day))
        .collect()
}

fn chart(rolling: &Rolling, level: Level, width: f64) -> impl IntoView + use<> {
    let Level { threshold, again, both } = level;
    let known = || rolling.values.iter().flatten().copied();
    let least = if both { -threshold } else { again.min(threshold) };
    let low = (known().fold(least, f64::min) * 10.0 - 0.5).floor().max(-10.0) / 10.0;
    let (first, last) = (rolling.days.first().copied().unwrap_or(0), rolling.days.last().copied().unwrap_or(0));
    let plot = Plot { width, days: (first as f64, last as f64), low, high: 1.0 };
    let runs = trace(rolling, &plot);
    let line: String = runs.iter().map(|run| path(run)).collect();
    // What lies above the threshold, clipped to it.
    let floor = plot.y(threshold);
    let above: String = runs
        .iter()
        .map(|run| {
            let (from, to) = (run.first().map_or(0.0, |point| point.0), run.last().map_or(0.0, |point| point.0));
            format!("{}L{to:.1} {floor:.1}L{from:.1} {floor:.1}Z", path(run))
        })
        .collect();
    let steps = ((1.0 - low) * 10.0).round() as i32;
    let every = if steps > 8 { 2 } else { 1 };
    let grid = (0..=steps)
        .filter(|step| step % every == 0)
        .map(|step| {
            let value = 1.0 - f64::from(step) / 10.0;
            let y = plot.y(value);
            view! {
                <path class="grid" d=format!("M{LEFT} {y:.1}H{:.1}", width - RIGHT)/>
                <text x=LEFT - 8.0 y=y + 4.0 text-anchor="end">{fixed(value, 1)}</text>
            }
        })
        .collect_view();
    let dates = ticks(first, last)
        .into_iter()
        .map(|day| {
            let x = plot.x(day);
            let (_, number, _) = crate::state::number::civil(day);
            let words = if number == 1 { month(day, true) } else { month(day, false) };
            view! {
                <path class="grid" d=format!("M{x:.1} {TOP}V{:.1}", HEIGHT - BOTTOM)/>
                <text x=x y=HEIGHT - 6.0 text-anchor="middle">{words}</text>
            }
        })
        .collect_view();
    let events = rolling
        .crossings(level)
        .into_iter()
        .map(|crossing| {
            let (x, y) = (plot.x(rolling.days[crossing.at]), plot.y(threshold.copysign(crossing.value)));
            view! { <path class="event" d=format!("M{:.1} {:.1}h10l-5 8z", x - 5.0, y - 12.0)><title>{format!("{}: ρ {}", date(rolling.days[crossing.at]), fixed(crossing.value, 2))}</title></path> }
        })
        .collect_view();
    let now = rolling.now();
    let right = width - RIGHT;
    let (y_threshold, y_again) = (plot.y(threshold), plot.y(again));
    // Labels at the right edge must not lie on each other.
    let label_again = if y_again - y_threshold < 13.0 { y_threshold + 13.0 } else { y_again };
    let now_y = now.map(|value| plot.y(value));
    let label_now = now_y.map(|y| if (y - y_threshold).abs() < 13.0 { y_threshold - 13.0 } else { y });
    let label = format!(
        "Rolling correlation of {} and {}, {} to {}; now {}.",
        rolling.pair[0],
        rolling.pair[1],
        date(first),
        date(last),
        now.map_or_else(|| String::from("unknown"), |value| fixed(value, 2))
    );
    let cursor = RwSignal::new(None::<usize>);
    let (days, values) = (StoredValue::new(rolling.days.clone()), StoredValue::new(rolling.values.clone()));
    let place = move |x: f64| {
        let day = (first as f64 + (x - LEFT) / (right - LEFT).max(1.0) * (last - first) as f64).round() as i64;
        days.with_value(|days| days.partition_point(|known| *known < day).min(days.len().saturating_sub(1)))
    };
    let readout = move || {
        cursor.get().map(|at| {
            let day = days.with_value(|days| days.get(at).copied()).unwrap_or(first);
            let value = values.with_value(|values| values.get(at).copied().flatten());
            (
                plot_x(first, last, right, day),
                format!("{}: ρ {}", date(day), value.map_or_else(|| String::from("unknown"), |value| fixed(value, 2))),
            )
        })
    };
    let clip = "above-the-threshold";
    view! {
        <svg
            class="line-chart"
            width=width
            height=HEIGHT
            viewBox=format!("0 0 {width} {HEIGHT}")
            role="img"
            tabindex="0"
            aria-label=label
            on:pointermove=move |event| cursor.set(Some(place(f64::from(event.offset_x()))))
            on:pointerleave=move |_| cursor.set(None)
            on:keydown=move |event| {
                let end = days.with_value(Vec::len).saturating_sub(1);
                let now = cursor.get_untracked().unwrap_or(end);
                let to = match event.key().as_str() {
                    "ArrowLeft" => now.saturating_sub(if event.shift_key() { 20 } else { 1 }),
                    "ArrowRight" => (now + if event.shift_key() { 20 } else { 1 }).min(end),
                    "Home" => 0,
                    "End" => end,
                    _ => return,
                };
                event.prevent_default();
                cursor.set(Some(to));
            }
        >
            <defs><clipPath id=clip><rect x=LEFT y=TOP width=(right - LEFT).max(0.0) height=(floor - TOP).max(0.0)/></clipPath></defs>
            {grid}
            {dates}
            <rect class="band" x=LEFT y=y_threshold width=(right - LEFT).max(0.0) height=(y_again - y_threshold).max(0.0)/>
            <path class="above" clip-path=format!("url(#{clip})") d=above/>
            <path class="threshold" d=format!("M{LEFT} {y_threshold:.1}H{right:.1}")/>
            {both.then(|| {
                let y = plot.y(-threshold);
                view! {
                    <path class="threshold" d=format!("M{LEFT} {y:.1}H{right:.1}")/>
                    <text class="warn" x=right + 6.0 y=y + 4.0>{format!("{} alert", fixed(-threshold, 2))}</text>
                }
            })}
            <path class="trace" d=line/>
            {events}
            <text class="warn" x=right + 6.0 y=y_threshold + 4.0>{format!("{} alert", fixed(threshold, 2))}</text>
            <text x=right + 6.0 y=label_again + 4.0>{format!("{} re-arm", fixed(again, 2))}</text>
            {now.zip(now_y).zip(label_now).map(|((value, y), words)| view! {
                <circle class="now" cx=right cy=y r="3.5"/>
                <text class="now-text" x=right + 8.0 y=words + 4.0>{format!("{} now", fixed(value, 2))}</text>
            })}
            {move || readout().map(|(x, _)| view! { <path class="cursor" d=format!("M{x:.1} {TOP}V{:.1}", HEIGHT - BOTTOM)/> })}
        </svg>
        <p class="lead" aria-live="polite">{move || readout().map_or_else(|| String::from("Arrow keys or the pointer read a day."), |(_, words)| words)}</p>
    }
}

fn plot_x(first: i64, last: i64, right: f64, day: i64) -> f64 {
    LEFT + (day - first) as f64 / ((last - first) as f64).max(1.0) * (right - LEFT)
}
