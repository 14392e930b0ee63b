//! Operation `metrics`: return histories or account values in, performance figures out (K11, K12).

use super::{Request, VERSION, decode_config};
use crate::config::OperationConfig;
use crate::config::compat::Compat;
use crate::config::metrics::{CagrBasis, LookbackScope, MetricsConfig};
use crate::error::{Code, Fault, Faults, Problem};
use crate::frame::{FlowBook, PriceBook, ReturnBook, Series};
use crate::monitor::typical_gap;
use crate::stats::benchmark::{Side, alpha, beta, capture, information_ratio, tracking_error};
use crate::stats::drawdown::{Drawdowns, calmar, drawdown_curve, drawdowns, wealth_curve};
use crate::stats::flows::{money_weighted, time_weighted};
use crate::stats::growth::{DAYS_PER_YEAR, cagr, calendar_years};
use crate::stats::rolling::rolling;
use crate::stats::shape::{excess_kurtosis, skewness};
use crate::stats::value_at_risk::{
    ascending, cvar_cornish_fisher, cvar_gaussian, cvar_historical, tail_ratio, var_cornish_fisher, var_gaussian, var_historical,
};
use crate::stats::win_loss::WinLoss;
use crate::stats::worst_period::{CalendarPeriod, worst_period};
use crate::stats::{
    Figure, Joined, Reasons, Unknown, UnknownFigure, downside_volatility, mean, omega, pearson, sharpe, sortino, volatility,
};
use crate::units::{DAY_NANOS, UnixNanos};
use crate::wire::{At, Fields};
use serde::Serialize;
use std::borrow::Cow;

/// Most series of one request.
pub const SERIES_MAX: usize = 10_000;

/// Most values of one request.
pub const VALUES_MAX: usize = 5_000_000;

/// Largest return of one period that is believed: a million million.
pub const RETURN_MAX: f64 = 1e12;

/// A request for performance metrics: either `returns` or `values`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", serde(deny_unknown_fields))]
pub struct MetricsRequest {
    /// Returns of one benchmark, for beta, alpha and capture.
    #[cfg_attr(feature = "schema", serde(default))]
    pub benchmark: Option<ReturnBook>,
    /// Settings.
    #[cfg_attr(feature = "schema", serde(default))]
    pub config: MetricsConfig,
    /// Money paid into (positive) or taken out of (negative) the accounts of `values`, on dates that have a value.
    #[cfg_attr(feature = "schema", serde(default))]
    pub flows: Option<FlowBook>,
    /// Returns per period, by strategy.
    #[cfg_attr(feature = "schema", serde(default))]
    pub returns: Option<ReturnBook>,
    /// Account values (equity curves), by strategy; with `flows` their returns are time-weighted.
    #[cfg_attr(feature = "schema", serde(default))]
    pub values: Option<PriceBook>,
    /// 1.
    pub version: u32,
}

/// Figures against the benchmark, over the dates that both have.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BenchmarkMetrics {
    /// Jensen's alpha, a year.
    pub alpha: Option<f64>,
    /// Slope on the benchmark.
    pub beta: Option<f64>,
    /// Pearson's correlation with the benchmark.
    pub correlation: Option<f64>,
    /// Share of the benchmark's falls that was taken part in.
    pub down_capture: Option<f64>,
    /// Mean difference to the benchmark per unit of tracking error, a year.
    pub information_ratio: Option<f64>,
    /// Common dates.
    pub n: u32,
    /// The benchmark.
    pub name: String,
    /// Volatility of the difference to the benchmark, a year.
    pub tracking_error: Option<f64>,
    /// Share of the benchmark's rises that was taken part in.
    pub up_capture: Option<f64>,
}

/// Figures of an account whose values were given.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AccountMetrics {
    /// The last value.
    pub last_value: Option<f64>,
    /// Internal rate of return of the flows, a year of 365.25 days.
    pub money_weighted_return: Option<f64>,
    /// Money paid in less money taken out after the first date.
    pub net_flow: Option<f64>,
    /// The highest value.
    pub peak_value: Option<f64>,
}

/// A series through time: point after point, the start first where it has a date.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Curves {
    /// Dates.
    pub date: Vec<UnixNanos>,
    /// Drawdown at each date.
    pub drawdown: Vec<f64>,
    /// Return of the period that ends at each date; null at the start.
    pub returns: Vec<Option<f64>>,
    /// Value at each date: growth of 1, or the account's value (with flows: growth of the first value).
    pub value: Vec<f64>,
}

/// Rolling figures, by the last date of each window.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Rolling {
    /// Last date of each window.
    pub date: Vec<UnixNanos>,
    /// Sharpe ratio, a year; null where the window is flat.
    pub sharpe: Vec<Option<f64>>,
    /// Volatility, a year; null where the window is flat.
    pub volatility: Vec<Option<f64>>,
    /// Observations in a window.
    pub window: u32,
}

/// The figures of one series. Returns and rates are fractions; value at risk is a return per period, so a loss is negative.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SeriesMetrics {
    /// Figures of the account; null where returns were given.
    pub account: Option<AccountMetrics>,
    /// Figures against the benchmark; null where none was given.
    pub benchmark: Option<BenchmarkMetrics>,
    /// Highest return of a period.
    pub best_return: Option<f64>,
    /// Its date.
    pub best_return_date: Option<UnixNanos>,
    /// Compound annual growth rate.
    pub cagr: Option<f64>,
    /// CAGR per unit of maximum drawdown.
    pub calmar: Option<f64>,
    /// Drawdown at the last date, zero or negative.
    pub current_drawdown: Option<f64>,
    /// Periods since the peak before it.
    pub current_drawdown_length: u32,
    /// Date of that peak; null where it is the start and the start has no date.
    pub current_drawdown_start: Option<UnixNanos>,
    /// The series through time, if asked for.
    pub curves: Option<Curves>,
    /// Mean return in the tail, by the Cornish-Fisher expansion.
    pub cvar_cornish_fisher: Option<f64>,
    /// Mean return in the tail, if returns were normal.
    pub cvar_gaussian: Option<f64>,
    /// Mean return in the tail, as recorded.
    pub cvar_historical: Option<f64>,
    /// Annualised volatility of shortfalls below the minimum acceptable return.
    pub downside_volatility: Option<f64>,
    /// Date of the first return.
    pub first_date: Option<UnixNanos>,
    /// Sum of the positive returns.
    pub gross_gain: f64,
    /// Sum of the negative returns, as a positive number.
    pub gross_loss: f64,
    /// Excess kurtosis of the population.
    pub kurtosis: Option<f64>,
    /// Date of the last return.
    pub last_date: Option<UnixNanos>,
    /// Periods below zero.
    pub losing_periods: u32,
    /// Deepest drawdown, zero or negative.
    pub max_drawdown: Option<f64>,
    /// Periods from its peak to its trough.
    pub max_drawdown_decline: u32,
    /// Date at which the peak was reached again; null where it was not.
    pub max_drawdown_end: Option<UnixNanos>,
    /// Periods from its peak to its end, or to the last date.
    pub max_drawdown_length: u32,
    /// Date of its peak; null where it is the start and the start has no date.
    pub max_drawdown_start: Option<UnixNanos>,
    /// Date of its trough.
    pub max_drawdown_trough: Option<UnixNanos>,
    /// Mean return of a period.
    pub mean: Option<f64>,
    /// Mean return times periods per year, not compounded.
    pub mean_annualized: Option<f64>,
    /// Returns that entered.
    pub n: u32,
    /// The series.
    pub name: String,
    /// Gains above the minimum acceptable return per unit of shortfall below it.
    pub omega: Option<f64>,
    /// Gains per unit of losses.
    pub profit_factor: Option<f64>,
    /// Rolling figures, if asked for.
    pub rolling: Option<Rolling>,
    /// Annualised Sharpe ratio.
    pub sharpe: Option<f64>,
    /// Skewness of the population.
    pub skewness: Option<f64>,
    /// Annualised Sortino ratio.
    pub sortino: Option<f64>,
    /// Size of the 95 % quantile per size of the 5 % quantile.
    pub tail_ratio: Option<f64>,
    /// Compounded return.
    pub total_return: Option<f64>,
    /// Why each null figure is null.
    pub unknown: Vec<UnknownFigure>,
    /// Value at risk by the Cornish-Fisher expansion.
    pub var_cornish_fisher: Option<f64>,
    /// Value at risk if returns were normal.
    pub var_gaussian: Option<f64>,
    /// Value at risk as recorded.
    pub var_historical: Option<f64>,
    /// Annualised volatility.
    pub volatility: Option<f64>,
    /// Share of periods that won.
    pub win_rate: Option<f64>,
    /// Periods above zero.
    pub winning_periods: u32,
    /// Lowest compounded return of a calendar month.
    pub worst_month: Option<f64>,
    /// Last day of that month.
    pub worst_month_end: Option<UnixNanos>,
    /// Lowest compounded return of a calendar quarter.
    pub worst_quarter: Option<f64>,
    /// Last day of that quarter.
    pub worst_quarter_end: Option<UnixNanos>,
    /// Lowest return of a period.
    pub worst_return: Option<f64>,
    /// Its date.
    pub worst_return_date: Option<UnixNanos>,
    /// Years on the basis of CAGR.
    pub years: Option<f64>,
}

/// Figures of every series.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MetricsResult {
    /// One entry a series, by name.
    pub series: Vec<SeriesMetrics>,
    /// What is worth knowing and refuses nothing.
    pub warnings: Vec<Fault>,
}

/// The answer with its digest.
pub type MetricsResponse = super::Answer<MetricsResult>;

/// Performance metrics of return histories or account values.
///
/// # Errors
/// Neither or both of returns and values, nothing in them, settings outside their range, flows that no value belongs to.
pub fn metrics(request: &MetricsRequest) -> Result<MetricsResponse, Problem> {
    request.answer()
}

impl MetricsRequest {
    /// A request of returns alone, with default settings.
    pub fn of_returns(returns: ReturnBook) -> Self {
        MetricsRequest {
            benchmark: None,
            config: MetricsConfig::default(),
            flows: None,
            returns: Some(returns),
            values: None,
            version: VERSION,
        }
    }

    /// A request of account values alone, with default settings.
    pub fn of_values(values: PriceBook) -> Self {
        MetricsRequest { returns: None, values: Some(values), ..Self::of_returns(ReturnBook::default()) }
    }

    fn given(&self) -> &[Series] {
        match (&self.returns, &self.values) {
            (Some(returns), _) => returns.series(),
            (None, Some(values)) => values.series(),
            (None, None) => &[],
        }
    }

    /// Everything that can be wrong beyond the types; pushes all faults found.
    fn validate(&self, faults: &mut Faults) {
        let at = At::Root;
        self.config.validate(&at.key("config"), faults);
        match (&self.returns, &self.values) {
            (None, None) => faults.push(Fault::new(
                Code::MissingField,
                at,
                "There are neither returns nor values.",
                "Give \"returns\" per period, or \"values\" of the account.",
            )),
            (Some(_), Some(_)) => faults.push(Fault::new(
                Code::Conflict,
                at.key("values"),
                "There are both returns and values, and they could disagree.",
                "Give one of them.",
            )),
            _ if self.given().is_empty() => faults.push(Fault::new(
                Code::Empty,
                at.key(if self.returns.is_some() { "returns" } else { "values" }),
                "There is no series.",
                "Give the history of one strategy or more.",
            )),
            _ => {}
        }
        let field = if self.returns.is_some() { "returns" } else { "values" };
        let values: usize = self.given().iter().map(|series| series.values.len()).sum();
        for (what, count, most) in [("series", self.given().len(), SERIES_MAX), ("values", values, VALUES_MAX)] {
            if count > most {
                faults.push(Fault::new(
                    Code::LimitExceeded,
                    at.key(field),
                    format!("{count} {what}, and {most} are the most."),
                    "Split the request.",
                ));
            }
        }
        if let Some(benchmark) = &self.benchmark
            && benchmark.len() != 1
        {
            faults.push(Fault::new(
                Code::Conflict,
                at.key("benchmark"),
                format!("There are {} benchmarks.", benchmark.len()),
                "Give the returns of one, or leave the field out.",
            ));
        }
        if let Some(flows) = &self.flows {
            self.validate_flows(flows, &at.key("flows"), faults);
        }
    }

    fn validate_flows(&self, flows: &FlowBook, at: &At<'_>, faults: &mut Faults) {
        let Some(values) = &self.values else {
            faults.push(Fault::new(
                Code::Conflict,
                at,
                "There are flows and no values; returns are free of flows already.",
                "Give \"values\", or leave the flows out.",
            ));
            return;
        };
        for flow in flows.series() {
            let here = at.key(&flow.name);
            let Some(account) = values.get(&flow.name) else {
                let hint = match crate::wire::nearest(&flow.name, values.series().iter().map(|series| series.name.as_str())) {
                    Some(near) => format!("Did you mean {near:?}?"),
                    None => String::from("Name flows as the values are named."),
                };
                faults.push(Fault::new(Code::NotFound, here, format!("There are no values of {:?}.", flow.name), hint));
                continue;
            };
            for (i, time) in flow.times.iter().enumerate() {
                match account.times.binary_search(time) {
                    Ok(0) => faults.push(Fault::new(
                        Code::Conflict,
                        here.index(i),
                        format!("The flow of {} at {time} is on the first date, whose value holds it already.", flow.name),
                        "Leave the flow out.",
                    )),
                    Ok(_) => {}
                    Err(_) => faults.push(Fault::new(
                        Code::InvalidDate,
                        here.index(i),
                        format!("{} has a flow at {time} and no value.", flow.name),
                        "Give the account's value on the date of every flow.",
                    )),
                }
            }
        }
    }
}

impl Request for MetricsRequest {
    const OPERATION: &'static str = "metrics";
    type Config = MetricsConfig;
    type Result = MetricsResult;

    fn decode(fields: &mut Fields<'_>, compat: Option<Compat>, faults: &mut Faults) -> Option<Self> {
        let at = At::Root;
        let config = decode_config(fields, compat, faults);
        let benchmark = fields.optional("benchmark", None, &at, faults);
        let flows = fields.optional("flows", None, &at, faults);
        let returns = fields.optional("returns", None, &at, faults);
        let values = fields.optional("values", None, &at, faults);
        let request = MetricsRequest {
            benchmark: benchmark?,
            config: config?,
            flows: flows?,
            returns: returns?,
            values: values?,
            version: VERSION,
        };
        request.validate(faults);
        Some(request)
    }

    fn run(&self) -> Result<MetricsResult, Problem> {
        let mut faults = Faults::new();
        self.validate(&mut faults);
        faults.finish(Some(()))?;
        let (mut all, mut warnings) = (Vec::with_capacity(self.given().len()), Vec::new());
        let benchmark = self.benchmark.as_ref().and_then(|book| book.series().first());
        for series in self.given() {
            let history = if self.returns.is_some() {
                History::of_returns(series)
            } else {
                let flows = self.flows.as_ref().and_then(|flows| flows.get(&series.name));
                History::of_values(series, flows, &self.config)?
            };
            let field = if self.returns.is_some() { "returns" } else { "values" };
            history.check(&At::Root.key(field).key(&series.name), &series.name)?;
            if let Some(warning) = frequency_warning(series, &self.config, field) {
                warnings.push(warning);
            }
            all.push(figures(&series.name, &history, benchmark, &self.config));
        }
        Ok(MetricsResult { series: all, warnings })
    }
}

/// Warns where dates lie more than 2.5 times closer or wider than `periods_per_year` says.
fn frequency_warning(series: &Series, config: &MetricsConfig, field: &str) -> Option<Fault> {
    let gap = typical_gap(series).filter(|gap| *gap > 0.0)?;
    let implied = DAYS_PER_YEAR / gap;
    // Trading days are 252 of 365: the same frequency.
    let factor = config.periods_per_year / implied;
    if (0.4..=2.5).contains(&factor) {
        return None;
    }
    Some(Fault::new(
        Code::FrequencyMismatch,
        At::Root.key(field).key(&series.name),
        format!(
            "{} has a value every {gap} days, about {} a year, and periods_per_year is {}.",
            series.name,
            implied.round(),
            config.periods_per_year
        ),
        "Set periods_per_year to 252 for trading days, 52 for weeks, 12 for months.",
    ))
}

/// Money in an account, for the money-weighted return.
struct Account {
    values: Vec<f64>,
    /// (years to the end, amount), the first value among them.
    flows: Vec<(f64, f64)>,
    net_flow: f64,
}

/// What every figure is computed from: n returns, and the n + 1 points of the curve they make.
struct History {
    times: Vec<UnixNanos>,
    returns: Vec<f64>,
    curve: Vec<f64>,
    /// Date of the curve's first point; a return series does not know it.
    start: Option<UnixNanos>,
    account: Option<Account>,
}

/// The last part of a history.
struct Window<'a> {
    times: &'a [UnixNanos],
    returns: &'a [f64],
    curve: Cow<'a, [f64]>,
    start: Option<UnixNanos>,
}

impl History {
    fn of_returns(series: &Series) -> Self {
        let curve = if series.values.is_empty() { Vec::new() } else { wealth_curve(&series.values) };
        History { times: series.times.clone(), returns: series.values.clone(), curve, start: None, account: None }
    }

    fn of_values(series: &Series, flows: Option<&Series>, config: &MetricsConfig) -> Result<Self, Problem> {
        let values = &series.values;
        let mut returns = Vec::with_capacity(values.len().saturating_sub(1));
        let mut paid = flows.map(|flows| flows.times.iter().zip(&flows.values).peekable());
        for (i, pair) in values.windows(2).enumerate() {
            let time = series.times[i + 1];
            let flow = paid.as_mut().and_then(|paid| paid.next_if(|(at, _)| **at == time)).map_or(0.0, |(_, flow)| *flow);
            let r =
                if flow == 0.0 { Ok(pair[1] / pair[0] - 1.0) } else { time_weighted(pair[0], pair[1], flow, config.flow_timing) };
            match r {
                Ok(r) if r.is_finite() && r >= -1.0 => returns.push(r),
                _ => {
                    return Err(Problem::new(
                        Code::ImpossibleValue,
                        At::Root.key("values").key(&series.name),
                        format!(
                            "From {} to {} at {time} with a flow of {flow}, {} would lose more than everything.",
                            pair[0], pair[1], series.name
                        ),
                        "Check the flow's sign (paid in is positive) and flow_timing.",
                    ));
                }
            }
        }
        let curve = match (flows, values.first()) {
            (Some(_), Some(first)) => wealth_curve(&returns).into_iter().map(|wealth| wealth * first).collect(),
            _ => values.clone(),
        };
        let end = series.times.last().copied();
        let years_to_end = |time: UnixNanos| end.map_or(0.0, |end| days_between(time, end) / DAYS_PER_YEAR);
        let mut money: Vec<(f64, f64)> =
            series.times.first().zip(values.first()).map(|(time, value)| (years_to_end(*time), *value)).into_iter().collect();
        money.extend(
            flows
                .into_iter()
                .flat_map(|flows| flows.times.iter().zip(&flows.values))
                .map(|(time, flow)| (years_to_end(*time), *flow)),
        );
        let net_flow = crate::math::sum(money.iter().skip(1).map(|(_, flow)| *flow));
        Ok(History {
            times: series.times.iter().skip(1).copied().collect(),
            returns,
            curve,
            start: series.times.first().copied(),
            account: Some(Account { values: values.clone(), flows: money, net_flow }),
        })
    }

    /// Refuses what no account lives through and no number holds.
    fn check(&self, at: &At<'_>, name: &str) -> Result<(), Problem> {
        let place =
            self.returns.iter().position(|r| *r > RETURN_MAX).or_else(|| self.curve.iter().position(|value| !value.is_finite()));
        let Some(place) = place else { return Ok(()) };
        let when =
            self.times.get(place.min(self.times.len().saturating_sub(1))).map_or_else(String::new, |time| format!(" at {time}"));
        Err(Problem::new(
            Code::ImpossibleValue,
            at,
            format!("{name} grows beyond what can be held{when}."),
            "Write fractions: one per cent is 0.01.",
        ))
    }

    /// The history of the last `keep` returns.
    fn newest(&self, keep: usize) -> Window<'_> {
        let skip = self.returns.len().saturating_sub(keep);
        let start = if skip == 0 { self.start } else { self.times.get(skip - 1).copied() };
        let curve = if skip == 0 {
            Cow::Borrowed(self.curve.as_slice())
        } else if self.account.is_some() {
            Cow::Borrowed(&self.curve[skip..])
        } else {
            Cow::Owned(wealth_curve(&self.returns[skip..]))
        };
        Window { times: &self.times[skip..], returns: &self.returns[skip..], curve, start }
    }
}

fn days_between(from: UnixNanos, to: UnixNanos) -> f64 {
    // In f64 on purpose: the difference of two i64 may not fit into one.
    (to.0 as f64 - from.0 as f64) / DAY_NANOS as f64
}

fn figures(name: &str, history: &History, benchmark: Option<&Series>, config: &MetricsConfig) -> SeriesMetrics {
    let mut reasons = Reasons::default();
    let lookback = config.lookback.map_or(usize::MAX, |lookback| lookback as usize);
    let all = if config.lookback_scope == LookbackScope::All { lookback } else { usize::MAX };
    let Window { times, returns, curve, start } = history.newest(all);
    let moments = &returns[returns.len().saturating_sub(lookback)..];
    let (ddof, p, rate, target) = (config.ddof, config.periods_per_year, config.risk_free, config.minimum_acceptable_return);

    let years = match (config.cagr_basis, start, times.last()) {
        (_, _, None) => Err(Unknown::InsufficientHistory),
        (CagrBasis::Periods, ..) => Ok(returns.len() as f64 / p),
        (CagrBasis::Calendar, Some(start), Some(end)) => Ok(days_between(start, *end) / DAYS_PER_YEAR),
        (CagrBasis::Calendar, None, Some(end)) => calendar_years(days_between(times[0], *end), returns.len()),
    };
    let growth = match (curve.first(), curve.last()) {
        (Some(first), Some(last)) if !returns.is_empty() => Ok(last / first),
        _ => Err(Unknown::InsufficientHistory),
    };
    let total_return = growth.and_then(|growth| crate::stats::figure::finite(growth - 1.0));
    let growth_rate = growth.and_then(|growth| cagr(growth, years?));

    let found = drawdowns(&curve).ok_or(Unknown::InsufficientHistory);
    // Point i of the curve is the end of return i - 1.
    let date = |point: usize| if point == 0 { start.ok_or(Unknown::BeforeFirstDate) } else { Ok(times[point - 1]) };
    let none = Drawdowns { max: 0.0, peak: 0, trough: 0, recovery: Some(0), current: 0.0, current_peak: 0, highest: 0.0 };
    let falls = found.unwrap_or(none);
    let max_drawdown = found.map(|found| found.max);
    let fell = |point: Result<UnixNanos, Unknown>| if falls.max < 0.0 { point } else { Err(Unknown::NoDrawdown) };
    let last_point = curve.len().saturating_sub(1);

    let sorted = ascending(returns);
    let var = var_historical(&sorted, config.var_level, config.var_rule);
    let extreme = |better: fn(f64, f64) -> bool| -> Option<usize> {
        let mut found: Option<usize> = None;
        for (i, value) in returns.iter().enumerate() {
            if found.is_none_or(|best| better(*value, returns[best])) {
                found = Some(i);
            }
        }
        found
    };
    let (best, worst) = (extreme(|new, old| new > old), extreme(|new, old| new < old));
    let value_at = |i: Option<usize>| i.map(|i| returns[i]).ok_or(Unknown::InsufficientHistory);
    let date_at = |i: Option<usize>| i.map(|i| times[i]).ok_or(Unknown::InsufficientHistory);
    let wins = WinLoss::of(returns);
    let month = worst_period(times, returns, CalendarPeriod::Month);
    let quarter = worst_period(times, returns, CalendarPeriod::Quarter);
    let average = mean(moments);

    SeriesMetrics {
        account: history.account.as_ref().map(|account| account_figures(account, &mut reasons)),
        benchmark: benchmark.map(|benchmark| benchmark_figures(times, returns, benchmark, config, &mut reasons)),
        best_return: reasons.take("best_return", value_at(best)),
        best_return_date: reasons.take_any("best_return_date", date_at(best)),
        cagr: reasons.take("cagr", growth_rate),
        calmar: reasons.take("calmar", growth_rate.and_then(|rate| calmar(rate, max_drawdown?))),
        current_drawdown: reasons.take("current_drawdown", found.map(|found| found.current)),
        current_drawdown_length: (last_point - falls.current_peak.min(last_point)) as u32,
        current_drawdown_start: reasons.take_any(
            "current_drawdown_start",
            found.and_then(|found| if found.current < 0.0 { date(found.current_peak) } else { Err(Unknown::NoDrawdown) }),
        ),
        curves: config.curves.then(|| curves(times, returns, &curve, start)),
        cvar_cornish_fisher: reasons.take("cvar_cornish_fisher", cvar_cornish_fisher(returns, config.var_level, ddof)),
        cvar_gaussian: reasons.take("cvar_gaussian", cvar_gaussian(returns, config.var_level, ddof)),
        cvar_historical: reasons
            .take("cvar_historical", var.and_then(|var| cvar_historical(&sorted, config.var_level, config.cvar_rule, var))),
        downside_volatility: reasons.take("downside_volatility", downside_volatility(returns, p, target)),
        first_date: times.first().copied(),
        gross_gain: wins.gain,
        gross_loss: wins.loss,
        kurtosis: reasons.take("kurtosis", excess_kurtosis(returns)),
        last_date: times.last().copied(),
        losing_periods: wins.losses as u32,
        max_drawdown: reasons.take("max_drawdown", max_drawdown),
        max_drawdown_decline: (falls.trough - falls.peak) as u32,
        max_drawdown_end: reasons.take_any("max_drawdown_end", fell(falls.recovery.ok_or(Unknown::NotRecovered).and_then(date))),
        max_drawdown_length: if falls.max < 0.0 { (falls.recovery.unwrap_or(last_point) - falls.peak) as u32 } else { 0 },
        max_drawdown_start: reasons.take_any("max_drawdown_start", fell(date(falls.peak))),
        max_drawdown_trough: reasons.take_any("max_drawdown_trough", fell(date(falls.trough))),
        mean: reasons.take("mean", average),
        mean_annualized: reasons.take("mean_annualized", average.and_then(|mean| crate::stats::figure::finite(mean * p))),
        n: returns.len() as u32,
        name: name.to_owned(),
        omega: reasons.take("omega", omega(returns, p, target)),
        profit_factor: reasons.take("profit_factor", wins.profit_factor()),
        rolling: config.rolling_window.map(|window| rolling_figures(times, returns, window, config, &mut reasons)),
        sharpe: reasons.take("sharpe", sharpe(moments, ddof, p, rate)),
        skewness: reasons.take("skewness", skewness(returns)),
        sortino: reasons.take("sortino", sortino(returns, p, target)),
        tail_ratio: reasons.take("tail_ratio", tail_ratio(&sorted)),
        total_return: reasons.take("total_return", total_return),
        var_cornish_fisher: reasons.take("var_cornish_fisher", var_cornish_fisher(returns, config.var_level, ddof)),
        var_gaussian: reasons.take("var_gaussian", var_gaussian(returns, config.var_level, ddof)),
        var_historical: reasons.take("var_historical", var),
        volatility: reasons.take("volatility", volatility(moments, ddof, p)),
        win_rate: reasons.take("win_rate", wins.win_rate(config.win_rate_basis)),
        winning_periods: wins.wins as u32,
        worst_month: reasons.take("worst_month", month.map(|(value, _)| value)),
        worst_month_end: reasons.take_any("worst_month_end", month.map(|(_, end)| end)),
        worst_quarter: reasons.take("worst_quarter", quarter.map(|(value, _)| value)),
        worst_quarter_end: reasons.take_any("worst_quarter_end", quarter.map(|(_, end)| end)),
        worst_return: reasons.take("worst_return", value_at(worst)),
        worst_return_date: reasons.take_any("worst_return_date", date_at(worst)),
        years: reasons.take("years", years),
        unknown: reasons.finish(),
    }
}

fn account_figures(account: &Account, reasons: &mut Reasons) -> AccountMetrics {
    let highest = account.values.iter().copied().reduce(f64::max).ok_or(Unknown::InsufficientHistory);
    let last = account.values.last().copied().ok_or(Unknown::InsufficientHistory);
    let rate: Figure = match account.flows.first() {
        None => Err(Unknown::InsufficientHistory),
        Some((years, _)) if *years <= 0.0 => Err(Unknown::NoTimeSpan),
        Some(_) => last.and_then(|last| money_weighted(&account.flows, last)),
    };
    AccountMetrics {
        last_value: reasons.take("account.last_value", last),
        money_weighted_return: reasons.take("account.money_weighted_return", rate),
        net_flow: reasons.take("account.net_flow", crate::stats::figure::finite(account.net_flow)),
        peak_value: reasons.take("account.peak_value", highest),
    }
}

fn benchmark_figures(
    times: &[UnixNanos],
    returns: &[f64],
    benchmark: &Series,
    config: &MetricsConfig,
    reasons: &mut Reasons,
) -> BenchmarkMetrics {
    let mut joined = Joined::default();
    joined.refill_columns((times, returns), (&benchmark.times, &benchmark.values));
    let (x, b, ddof, p) = (joined.x.as_slice(), joined.y.as_slice(), config.ddof, config.periods_per_year);
    let known = |figure: Figure| if x.is_empty() { Err(Unknown::NoCommonDates) } else { figure };
    BenchmarkMetrics {
        alpha: reasons.take("benchmark.alpha", known(alpha(x, b, p, config.risk_free))),
        beta: reasons.take("benchmark.beta", known(beta(x, b))),
        correlation: reasons.take("benchmark.correlation", known(pearson(x, b))),
        down_capture: reasons.take("benchmark.down_capture", known(capture(x, b, Side::Down))),
        information_ratio: reasons.take("benchmark.information_ratio", known(information_ratio(x, b, ddof, p))),
        n: x.len() as u32,
        name: benchmark.name.clone(),
        tracking_error: reasons.take("benchmark.tracking_error", known(tracking_error(x, b, ddof, p))),
        up_capture: reasons.take("benchmark.up_capture", known(capture(x, b, Side::Up))),
    }
}

fn rolling_figures(times: &[UnixNanos], returns: &[f64], window: u32, config: &MetricsConfig, reasons: &mut Reasons) -> Rolling {
    let (width, ddof, p) = (window as usize, config.ddof, config.periods_per_year);
    let mut column = |figure: &str, all: Vec<Figure>| -> Vec<Option<f64>> {
        let why = if all.is_empty() { Some(Unknown::InsufficientHistory) } else { all.iter().find_map(|figure| figure.err()) };
        if let Some(why) = why {
            reasons.note(figure, why);
        }
        all.into_iter().map(Result::ok).collect()
    };
    Rolling {
        date: times.iter().skip(width.saturating_sub(1)).copied().collect(),
        sharpe: column("rolling.sharpe", rolling(returns, width, |values| sharpe(values, ddof, p, config.risk_free))),
        volatility: column("rolling.volatility", rolling(returns, width, |values| volatility(values, ddof, p))),
        window,
    }
}

fn curves(times: &[UnixNanos], returns: &[f64], curve: &[f64], start: Option<UnixNanos>) -> Curves {
    // Without a date the start has no place in the picture; the first return shows what became of it.
    let from = usize::from(start.is_none()).min(curve.len());
    let all_returns = std::iter::once(None).chain(returns.iter().copied().map(Some));
    Curves {
        date: start.into_iter().chain(times.iter().copied()).collect(),
        drawdown: drawdown_curve(curve).split_off(from),
        returns: all_returns.skip(from).take(curve.len().saturating_sub(from)).collect(),
        value: curve[from..].to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(text: &str) -> Result<Vec<SeriesMetrics>, Problem> {
        Ok(metrics(&MetricsRequest::from_json(text.as_bytes())?)?.result.series)
    }

    fn codes(text: &str) -> Vec<String> {
        answer(text).unwrap_err().problems.iter().map(|fault| format!("{} {}", fault.path, fault.code)).collect()
    }

    fn close(got: Option<f64>, wanted: f64) -> bool {
        got.is_some_and(|got| (got - wanted).abs() < 1e-12)
    }

    #[test]
    fn account_values_by_hand() {
        // 100, 110, 99, 121: +10 %, −10 %, +22.2 %; 1.21 in all; from 110 down to 99 and back on the 4th.
        let series = answer(
            r#"{"version":1,"values":{"s":[["2024-01-01",100],["2024-01-02",110],["2024-01-03",99],["2024-01-04",121]]},
               "config":{"curves":true}}"#,
        )
        .unwrap();
        let one = &series[0];
        assert!(close(one.total_return, 0.21) && close(one.max_drawdown, -0.1) && close(one.current_drawdown, 0.0));
        assert_eq!((one.n, one.winning_periods, one.losing_periods), (3, 2, 1));
        let date = |date: Option<UnixNanos>| date.unwrap().to_string();
        assert_eq!(date(one.max_drawdown_start), "2024-01-02");
        assert_eq!(date(one.max_drawdown_trough), "2024-01-03");
        assert_eq!(date(one.max_drawdown_end), "2024-01-04");
        assert_eq!((one.max_drawdown_length, one.max_drawdown_decline), (2, 1));
        assert_eq!(one.account.as_ref().unwrap().peak_value, Some(121.0));
        let curves = one.curves.as_ref().unwrap();
        assert_eq!((curves.date.len(), curves.value.len(), curves.drawdown.len(), curves.returns.len()), (4, 4, 4, 4));
        assert_eq!(curves.returns[0], None);
        // Three returns are too few for a tail; the reason says so.
        assert_eq!(one.var_historical, None);
        assert!(
            one.unknown.iter().any(|unknown| unknown.figure == "var_historical" && unknown.code == Unknown::InsufficientHistory)
        );
    }

    #[test]
    fn deposits_are_not_returns() {
        // 100 → 160 with 50 paid in at the end is +10 %, and 160 → 144 is −10 %.
        let text = r#"{"version":1,"values":{"s":[["2024-01-01",100],["2024-01-02",160],["2024-01-03",144]]},
            "flows":{"s":[["2024-01-02",50]]},"config":{"curves":true}}"#;
        let one = answer(text).unwrap().remove(0);
        assert!(close(one.total_return, -0.01) && close(one.best_return, 0.1) && close(one.max_drawdown, -0.1));
        let account = one.account.unwrap();
        assert_eq!((account.net_flow, account.last_value, account.peak_value), (Some(50.0), Some(144.0), Some(160.0)));
        // The curve grows as the strategy does: 100, 110, 99.
        assert!(one.curves.unwrap().value.iter().zip([100.0, 110.0, 99.0]).all(|(got, wanted)| (got - wanted).abs() < 1e-12));
        // 100 a year to 231 with 100 paid in after half of it (731 days of two years): 10 % a year.
        let text = r#"{"version":1,"values":{"s":[["2021-01-01",100],["2022-01-01",210],["2023-01-01",231]]},
            "flows":{"s":[["2022-01-01",100]]}}"#;
        let rate = answer(text).unwrap()[0].account.as_ref().unwrap().money_weighted_return.unwrap();
        assert!((rate - 0.1).abs() < 1e-4, "{rate}");
    }

    #[test]
    fn flows_must_belong_to_a_value() {
        assert_eq!(
            codes(
                r#"{"version":1,"values":{"s":[["2024-01-01",100],["2024-01-03",160]]},
                   "flows":{"s":[["2024-01-01",1],["2024-01-02",50]],"t":[["2024-01-01",1]]}}"#
            ),
            ["/flows/s/0 conflict", "/flows/s/1 invalid_date", "/flows/t not_found"]
        );
        // 100, and 200 "paid in" that never came: more than everything would be lost.
        let more = r#"{"version":1,"values":{"s":[["2024-01-01",100],["2024-01-02",90]]},"flows":{"s":[["2024-01-02",200]]}}"#;
        assert_eq!(codes(more), ["/values/s impossible_value"]);
    }

    #[test]
    fn the_first_day_of_a_return_series_has_no_date_before_it() {
        let one = answer(r#"{"version":1,"returns":{"s":[["2024-01-02",-0.1],["2024-01-03",0.05]]}}"#).unwrap().remove(0);
        assert!(close(one.max_drawdown, -0.1));
        assert_eq!((one.max_drawdown_start, one.max_drawdown_end, one.max_drawdown_length), (None, None, 2));
        let reason = |figure: &str| one.unknown.iter().find(|unknown| unknown.figure == figure).map(|unknown| unknown.code);
        assert_eq!(reason("max_drawdown_start"), Some(Unknown::BeforeFirstDate));
        assert_eq!(reason("max_drawdown_end"), Some(Unknown::NotRecovered));
    }

    #[test]
    fn every_null_has_its_reason() {
        for text in [
            r#"{"version":1,"returns":{"s":[]},"benchmark":{"b":[]},"config":{"rolling_window":5,"curves":true}}"#,
            r#"{"version":1,"returns":{"s":[["2024-01-02",0.0]]},"benchmark":{"b":[["2024-01-02",0.0]]},"config":{"rolling_window":2}}"#,
            r#"{"version":1,"values":{"s":[]}}"#,
            r#"{"version":1,"values":{"s":[["2024-01-02",100]]},"config":{"cagr_basis":"calendar"}}"#,
            r#"{"version":1,"returns":{"s":[["2024-01-01",0.007],["2024-01-02",0.007],["2024-01-03",0.007]]}}"#,
        ] {
            let one = serde_json::to_value(answer(text).unwrap().remove(0)).unwrap();
            let mut unknown: Vec<String> =
                one["unknown"].as_array().unwrap().iter().map(|entry| entry["figure"].as_str().unwrap().to_owned()).collect();
            let mut nulls = Vec::new();
            let fields = |prefix: &str, value: &serde_json::Value, nulls: &mut Vec<String>| {
                for (key, value) in value.as_object().unwrap() {
                    if value.is_null() {
                        nulls.push(format!("{prefix}{key}"));
                    }
                }
            };
            fields("", &one, &mut nulls);
            for part in ["account", "benchmark"] {
                if one[part].is_object() {
                    fields(&format!("{part}."), &one[part], &mut nulls);
                }
            }
            // What was not asked for is null without being unknown.
            nulls.retain(|field| {
                !matches!(field.as_str(), "account" | "benchmark" | "curves" | "rolling" | "first_date" | "last_date")
            });
            unknown.retain(|figure| !figure.starts_with("rolling."));
            nulls.sort();
            assert_eq!(nulls, unknown, "{text}");
        }
    }

    #[test]
    fn lookback_of_moments_or_of_all() {
        let rows: Vec<String> = (1..=9).map(|day| format!("[\"2024-01-0{day}\",{}]", f64::from(day) / 100.0)).collect();
        let of = |config: &str| {
            answer(&format!(r#"{{"version":1,"returns":{{"s":[{}]}},"config":{config}}}"#, rows.join(","))).unwrap().remove(0)
        };
        // The last two of 1 … 9 %: mean 8.5 %; the counts see all, or two.
        let moments = of(r#"{"lookback":2,"lookback_scope":"moments"}"#);
        assert!(close(moments.mean, 0.085));
        assert_eq!((moments.n, moments.winning_periods), (9, 9));
        let all = of(r#"{"lookback":2}"#);
        assert!(close(all.mean, 0.085) && close(all.total_return, 1.08 * 1.09 - 1.0));
        assert_eq!((all.n, all.winning_periods), (2, 2));
        assert_eq!(of("{}").n, 9);
    }

    #[test]
    fn contradictions_and_nothing() {
        assert_eq!(codes(r#"{"version":1}"#), [" missing_field"]);
        assert_eq!(codes(r#"{"version":1,"returns":{},"values":{}}"#), ["/values conflict"]);
        assert_eq!(codes(r#"{"version":1,"returns":{}}"#), ["/returns empty"]);
        assert_eq!(
            codes(r#"{"version":2,"returns":{"a":[]},"benchmark":{},"flows":{},"config":{"ddof":3}}"#),
            ["/version unsupported_version", "/config/ddof out_of_range", "/benchmark conflict", "/flows conflict"]
        );
    }

    #[test]
    fn monthly_returns_with_252_periods_a_year_are_warned_of() {
        let rows: Vec<String> = (1..=12).map(|month| format!("[\"2024-{month:02}-28\",0.01]")).collect();
        let text = format!(r#"{{"version":1,"returns":{{"s":[{}]}}}}"#, rows.join(","));
        let warnings = metrics(&MetricsRequest::from_json(text.as_bytes()).unwrap()).unwrap().result.warnings;
        assert_eq!((warnings[0].code, warnings[0].path.as_str()), (Code::FrequencyMismatch, "/returns/s"));
    }
}
