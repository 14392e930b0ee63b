//! Lanes through time: equity, drawdown, rolling Sharpe ratio and volatility, under one cursor and one period.

use super::desk::{Desk, later};
use crate::chart::{Ribbon as Spans, TimeSeries as Lane};
use crate::component::cells::TagMark;
use crate::component::panel::{PanelHead, Segmented};
use crate::figure::axis::{Axis, Unit};
use crate::figure::ribbon::Ribbon;
use crate::figure::time_series::{Limit, Series, TimeSeries, Values};
use crate::state::backtest::figures;
use crate::state::backtest::period::Period;
use crate::state::backtest::run::Run;
use crate::state::backtest::settings::Settings;
use crate::state::number::{count, fixed};
use crate::state::risk::settings::{regime_height, regime_name, regime_token};
use crate::state::same::Same;
use leptos::prelude::*;

/// What the equity curves begin with.
const GROUND: f64 = 100.0;

/// Windows of the rolling figures, in bars.
const WINDOWS: &[(usize, &str)] = &[(21, "21"), (63, "63"), (126, "126"), (252, "252")];

/// Whether the equity axis is logarithmic.
const SCALES: &[(bool, &str)] = &[(false, "Linear"), (true, "Log")];

type Drawn = Memo<Option<Same<TimeSeries>>>;

/// The lanes.
#[component]
pub fn Curves() -> impl IntoView {
    let desk = Desk::here();
    let has_run = Memo::new(move |_| desk.run.with(|run| run.as_ref().is_some_and(|run| run.times.len() > 1)));
    let short = Memo::new(move |_| desk.run.with(|run| run.as_ref().is_some_and(|run| run.times.len() < 2)));
    view! {
        {move || has_run.get().then(|| view! { <Lanes/> })}
        {move || short.get().then(|| view! {
            <section class="panel"><p class="say">"The run has fewer than two bars: no strategy had the history that it needs before the prices end. Add older prices, choose more years, or strategies with a shorter window."</p></section>
        })}
    }
}

#[component]
fn Lanes() -> impl IntoView {
    let desk = Desk::here();
    provide_context(desk.timeline);
    let log = RwSignal::new(false);
    let window = RwSignal::new(126_usize);
    let tags = desk.tags();
    let against = Memo::new(move |_| desk.settings.with(Settings::baseline_name));
    let shown = Memo::new(move |_| {
        let (run, period) = (desk.run.get()?, desk.period.get()?);
        Some((run, period, desk.baseline.get()))
    });
    let equity: Drawn = Memo::new(move |_| {
        let (run, period, baseline) = shown.get()?;
        let mut series = vec![line("Portfolio", "Total", "--ink", scaled(&run.value, period))];
        for strategy in &run.strategies {
            let (letters, token) = tags.with(|tags| {
                let tag = tags.iter().find(|tag| tag.strategy == strategy.id);
                tag.map_or((String::new(), String::from("--ink3")), |tag| (tag.letters.clone(), format!("--s{}", tag.colour)))
            });
            series.push(line(&format!("{} alone", strategy.id), &letters, &token, scaled(&strategy.alone, period)));
        }
        if let Some(overlay) = run.overlay.as_ref().filter(|overlay| overlay.scales) {
            series.push(Series { dashed: true, ..line("Without overlay", "Raw", "--ink", scaled(&overlay.value, period)) });
        }
        if let Some(beside) = beside(&run, period, baseline.as_ref()) {
            series.push(Series { dashed: true, ..line(&against.get(), "Base", "--ink2", beside) });
        }
        let chart = TimeSeries { log: log.get(), ..lane(&run, period, series, Axis::new("Equity", Unit::plain(1))) };
        Some(Same::new(chart))
    });
    let drawdown: Drawn = Memo::new(move |_| {
        let (run, period, baseline) = shown.get()?;
        let own = Series { filled: true, ..line("Portfolio", "Total", "--ink", figures::drawdowns(&run.value, period)) };
        let mut series = vec![own];
        if let Some(beside) = beside(&run, period, baseline.as_ref()) {
            let known: Vec<f64> = beside.iter().map(|value| value.unwrap_or(f64::NAN)).collect();
            let whole = Period { first: 0, last: known.len().saturating_sub(1) };
            series.push(Series { dashed: true, ..line(&against.get(), "Base", "--ink2", figures::drawdowns(&known, whole)) });
        }
        let axis = Axis { high: Some(0.0), ..Axis::new("Drawdown", Unit::percent()) };
        Some(Same::new(lane(&run, period, series, axis)))
    });
    // Over the whole run, so that a period does not begin with a gap as long as the window.
    let rolled = Memo::new(move |_| {
        let (run, baseline) = (desk.run.get()?, desk.baseline.get());
        let config = desk.settings.with(|settings| settings.config.metrics.clone());
        let own = figures::rolled(&run.value, window.get(), &config);
        let whole = Period::of(&run.times, None)?;
        let base = beside(&run, whole, baseline.as_ref()).map(|values| {
            let known: Vec<f64> = values.into_iter().map(|value| value.unwrap_or(0.0)).collect();
            figures::rolled(&known, window.get(), &config)
        });
        Some(Same::new((run, own, base)))
    });
    let rolling = move |first: bool, name: &'static str, unit: Unit| -> Drawn {
        Memo::new(move |_| {
            let (rolled, period) = (rolled.get()?, desk.period.get()?);
            let (run, own, base) = &*rolled;
            let part = |both: &(Vec<Option<f64>>, Vec<Option<f64>>)| {
                let values = if first { &both.0 } else { &both.1 };
                values.get(period.bars()).unwrap_or_default().to_vec()
            };
            let mut series = vec![line("Portfolio", "Total", "--ink", part(own))];
            if let Some(base) = base {
                series.push(Series { dashed: true, ..line(&against.get(), "Base", "--ink2", part(base)) });
            }
            let mut chart = lane(run, period, series, Axis::new(name, unit.clone()));
            if first {
                chart.limits.push(Limit { value: 0.0, label: String::new(), token: String::from("--edge") });
            }
            Some(Same::new(chart))
        })
    };
    let sharpe = rolling(true, "Sharpe", Unit::plain(2));
    let volatility = rolling(false, "Volatility", Unit::percent());
    let overlaid = Memo::new(move |_| {
        let scalars = |run: &Same<Run>| run.overlay.as_ref().map(|overlay| (overlay.scales, overlay.scalars));
        desk.run.with(|run| run.as_ref().and_then(scalars))
    });
    let regimes = Memo::new(move |_| desk.run.with(|run| run.as_ref().map(|run| regimes(run)).unwrap_or_default()));
    let scope = Signal::derive(move || {
        desk.period.with(|period| {
            period.map_or_else(String::new, |period| {
                format!("{} bars; drag to choose a period, Escape for the whole run", count(period.bars().len() as u64))
            })
        })
    });
    let legend = move || {
        let ids = desk.run.with(|run| {
            run.as_ref().map(|run| run.strategies.iter().map(|own| own.id.clone()).collect::<Vec<_>>()).unwrap_or_default()
        });
        let marks = tags.get();
        view! {
            <ul class="legend-line" aria-label="Lines">
                <li><i class="key"></i>"Portfolio"</li>
                {ids.into_iter().filter_map(|id| marks.iter().find(|tag| tag.strategy == id).cloned()).map(|tag| view! {
                    <li><TagMark tag=tag.clone()/>{tag.name()}" alone"</li>
                }).collect_view()}
                {overlaid.get().filter(|(scales, _)| *scales).map(|_| view! { <li><i class="key raw"></i>"Without overlay"</li> })}
                {desk.baseline.with(Option::is_some).then(|| view! { <li><i class="key dashed"></i>{against.get()}</li> })}
            </ul>
        }
    };
    view! {
        <section class="panel lanes" aria-labelledby="curves-title" data-testid="curves">
            <PanelHead id="curves-title" title="Equity and risk" scope=scope>
                <Segmented label="Scale of equity" options=SCALES value=log choose=Callback::new(move |chosen| log.set(chosen))/>
            </PanelHead>
            {legend}
            <Lane name="Equity" label="Equity, start of the period = 100" series=drawn(equity, 0) height=230/>
            <Lane name="Drawdown" label="Drawdown from the peak of the period, %" series=drawn(drawdown, 1) height=110/>
            {move || overlaid.get().map(|(scales, (least, mean))| view! {
                <div data-testid="regimes">
                    <Spans name=Signal::stored(String::from("Regime")) label=Signal::stored(String::from("Regime, height is severity")) spans=regimes height=40/>
                    <p class="quiet">{format!(
                        "{} {} at least and {} on average over the rebalances.",
                        if scales { "The overlay holds" } else { "Only watched: the overlay would hold" }, fixed(least, 2), fixed(mean, 2)
                    )}</p>
                </div>
            })}
            <div class="lane-switch">
                <span class="quiet">"Rolling window, bars"</span>
                <Segmented label="Rolling window, bars" options=WINDOWS value=window choose=Callback::new(move |chosen| window.set(chosen))/>
            </div>
            <Lane name="Rolling Sharpe" label="Rolling Sharpe ratio, a year" series=drawn(sharpe, 2) height=110/>
            <Lane name="Rolling volatility" label="Rolling volatility, % a year" series=drawn(volatility, 3) height=110/>
        </section>
    }
}

/// Regimes as spans; each holds until the next date.
fn regimes(run: &Run) -> Ribbon {
    let Some(overlay) = &run.overlay else { return Ribbon::default() };
    let times: Vec<f64> = overlay.times.iter().map(|time| time.0 as f64 / 1e9).collect();
    let look = |regime: &_| (regime_name(*regime).to_owned(), regime_token(*regime).to_owned(), regime_height(*regime));
    Ribbon::of_states(&times, &overlay.regimes, look)
}

/// What a lane shows, some frames after it is known.
fn drawn(chart: Drawn, frames: u32) -> Signal<TimeSeries> {
    let shown = later(chart, frames);
    Signal::derive(move || {
        shown.with(|chart| match chart {
            Some(chart) => (**chart).clone(),
            None => TimeSeries::new(Vec::<f64>::new(), Vec::new(), Axis::new("", Unit::plain(1))),
        })
    })
}

fn line(name: &str, short: &str, token: &str, values: impl Into<Values>) -> Series {
    Series { short: short.to_owned(), ..Series::line(name, token, values) }
}

fn lane(run: &Run, period: Period, series: Vec<Series>, axis: Axis) -> TimeSeries {
    let times: Vec<f64> = run.times.get(period.bars()).unwrap_or_default().iter().map(|time| time.0 as f64 / 1e9).collect();
    TimeSeries::new(times, series, axis)
}

/// Values of a period with the first as the ground.
fn scaled(values: &[f64], period: Period) -> Vec<f64> {
    let part = values.get(period.bars()).unwrap_or_default();
    let first = part.first().copied().filter(|first| *first > 0.0);
    part.iter().map(|value| first.map_or(f64::NAN, |first| value / first * GROUND)).collect()
}

/// The baseline at the bars of the run.
fn beside(run: &Run, period: Period, baseline: Option<&Same<Run>>) -> Option<Vec<Option<f64>>> {
    let baseline = baseline.filter(|baseline| !baseline.times.is_empty())?;
    Some(figures::aligned(&run.times, period, (&baseline.times, &baseline.value), GROUND))
}
