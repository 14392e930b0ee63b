//! Operation `attribution`: account values of strategies in; who earned what, and why, out (P7).

use super::{Request, VERSION, decode_config};
use crate::attribution::{Effects, Segment, attribute};
use crate::config::OperationConfig;
use crate::config::attribution::AttributionConfig;
use crate::config::compat::Compat;
use crate::error::{Code, Fault, Faults, Problem};
use crate::frame::{FlowBook, PriceBook, ReturnBook, Series};
use crate::money::Money;
use crate::stats::drawdown::{drawdowns, wealth_curve};
use crate::stats::flows::FlowTiming;
use crate::stats::{Reasons, Unknown, UnknownFigure, mean, sharpe, volatility};
use crate::units::UnixNanos;
use crate::wire::{At, Fields};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Most strategies of one request.
pub const STRATEGIES_MAX: usize = 1_000;

/// Most values of one request.
pub const VALUES_MAX: usize = 2_000_000;

/// A request for attribution.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", serde(deny_unknown_fields))]
pub struct AttributionRequest {
    /// Returns of the benchmark of every strategy; left out, a strategy is its own.
    #[cfg_attr(feature = "schema", serde(default))]
    pub benchmark: Option<ReturnBook>,
    /// Settings.
    #[cfg_attr(feature = "schema", serde(default))]
    pub config: AttributionConfig,
    /// What trading cost, by strategy and date; the values have paid it already.
    #[cfg_attr(feature = "schema", serde(default))]
    pub costs: FlowBook,
    /// Capital given to (positive) or taken from a strategy, on dates that have a value.
    #[cfg_attr(feature = "schema", serde(default))]
    pub flows: FlowBook,
    /// What netting saved, by strategy and date; the values have it already.
    #[cfg_attr(feature = "schema", serde(default))]
    pub netting: FlowBook,
    /// What the overlay changed, by strategy and date; the values have it already.
    #[cfg_attr(feature = "schema", serde(default))]
    pub overlay: FlowBook,
    /// Shares of the capital by policy; left out, those of the first date.
    #[cfg_attr(feature = "schema", serde(default))]
    pub policy: Option<BTreeMap<String, f64>>,
    /// Gross profit of each strategy by symbol and date. What they leave unexplained is told.
    #[cfg_attr(feature = "schema", serde(default))]
    pub symbols: BTreeMap<String, FlowBook>,
    /// Account values by strategy. A strategy may come later or leave earlier; in between every date has a value.
    pub values: PriceBook,
    /// 1.
    pub version: u32,
}

/// Profit by effect. The sum of all effects is `profit`, exactly.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EffectsRecord {
    /// What other shares than the policy's earned.
    pub allocation: Money,
    /// What the policy would have earned.
    pub benchmark: Money,
    /// What trading cost: zero or negative.
    pub costs: Money,
    /// What both together earned.
    pub interaction: Money,
    /// What netting saved.
    pub netting: Money,
    /// What the overlay changed.
    pub overlay: Money,
    /// The sum of all: what was earned after everything.
    pub profit: Money,
    /// What beating the benchmark earned.
    pub selection: Money,
}

impl From<Effects> for EffectsRecord {
    fn from(effects: Effects) -> Self {
        EffectsRecord {
            allocation: effects.allocation,
            benchmark: effects.benchmark,
            costs: effects.costs,
            interaction: effects.interaction,
            netting: effects.netting,
            overlay: effects.overlay,
            profit: effects.profit(),
            selection: effects.selection,
        }
    }
}

/// How an account did: returns without capital in and out.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AttributionPerformance {
    /// Deepest drawdown: zero or negative; the start is a peak.
    pub max_drawdown: Option<f64>,
    /// Mean return of a period.
    pub mean_return: Option<f64>,
    /// Returns, period by period.
    pub returns: Vec<f64>,
    /// Annualised Sharpe ratio.
    pub sharpe: Option<f64>,
    /// Compounded return.
    pub total_return: Option<f64>,
    /// Why each null figure is null.
    pub unknown: Vec<UnknownFigure>,
    /// Annualised volatility.
    pub volatility: Option<f64>,
}

/// Gross profit of one symbol.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SymbolProfit {
    /// Gross profit.
    pub profit: Money,
    /// The symbol; null for what no symbol explains.
    pub symbol: Option<String>,
}

/// One strategy.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StrategyAttribution {
    /// Its part of the whole profit; null where the whole earned nothing.
    pub contribution: Option<f64>,
    /// Profit by effect.
    pub effects: EffectsRecord,
    /// Profit before costs, netting and overlay.
    pub gross_profit: Money,
    /// How it did.
    pub performance: AttributionPerformance,
    /// Whose.
    pub strategy: String,
    /// Gross profit by symbol; the sum is `gross_profit`. Empty where no symbols were given.
    pub symbols: Vec<SymbolProfit>,
}

/// The whole over one period.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PeriodAttribution {
    /// Its end.
    pub date: UnixNanos,
    /// Profit by effect.
    pub effects: EffectsRecord,
}

/// Who earned what.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AttributionResult {
    /// How the whole did.
    pub performance: AttributionPerformance,
    /// The whole, period by period, if asked for.
    pub periods: Vec<PeriodAttribution>,
    /// Shares of the capital by policy.
    pub policy: BTreeMap<String, f64>,
    /// Every strategy.
    pub strategies: Vec<StrategyAttribution>,
    /// Gross profit by symbol over all strategies.
    pub symbols: Vec<SymbolProfit>,
    /// The whole: each effect is the sum of the strategies'.
    pub total: EffectsRecord,
    /// What is worth knowing and refuses nothing.
    pub warnings: Vec<Fault>,
}

/// The answer with its digest.
pub type AttributionResponse = super::Answer<AttributionResult>;

/// Attributes profit to strategies, effects and symbols.
///
/// # Errors
/// Settings outside their range; gaps in values; flows, costs or benchmark that fit no value.
pub fn attribution(request: &AttributionRequest) -> Result<AttributionResponse, Problem> {
    request.answer()
}

fn exact(value: f64) -> Option<Money> {
    Money::from_f64(value).ok()
}

impl AttributionRequest {
    /// All dates, in order.
    fn dates(&self) -> Vec<UnixNanos> {
        let all: BTreeSet<UnixNanos> = self.values.series().iter().flat_map(|series| series.times.iter().copied()).collect();
        all.into_iter().collect()
    }

    fn validate(&self, faults: &mut Faults) {
        let at = At::Root;
        self.config.validate(&at.key("config"), faults);
        let values = at.key("values");
        if self.values.is_empty() {
            faults.push(Fault::new(
                Code::Empty,
                values,
                "There are no values.",
                "Give the account values of a strategy or more.",
            ));
        }
        let count: usize = self.values.series().iter().map(|series| series.values.len()).sum();
        for (what, count, most) in [("strategies", self.values.len(), STRATEGIES_MAX), ("values", count, VALUES_MAX)] {
            if count > most {
                let message = format!("{count} {what}, and {most} are the most.");
                faults.push(Fault::new(Code::LimitExceeded, values, message, "Split the request."));
                return;
            }
        }
        let dates = self.dates();
        for series in self.values.series() {
            check_gaps(series, &dates, &values, faults);
        }
        let books = [("costs", &self.costs), ("flows", &self.flows), ("netting", &self.netting), ("overlay", &self.overlay)];
        for (field, book) in books {
            self.check_dates(book, &at.key(field), faults);
            for series in book.series().iter().filter(|_| field == "costs") {
                if series.values.iter().any(|cost| *cost < 0.0) {
                    let message = format!("A cost of {} is below zero.", series.name);
                    faults.push(Fault::new(Code::OutOfRange, at.key(field).key(&series.name), message, "Write costs from 0."));
                }
            }
        }
        let symbols = at.key("symbols");
        for (strategy, book) in &self.symbols {
            if self.values.get(strategy).is_none() {
                faults.push(without_values(strategy, &symbols.key(strategy)));
            }
            for series in book.series() {
                amounts(series, &symbols.key(strategy), faults);
            }
        }
        self.check_policy(&at.key("policy"), faults);
        self.check_benchmark(&dates, &at.key("benchmark"), faults);
    }

    fn check_dates(&self, book: &FlowBook, at: &At<'_>, faults: &mut Faults) {
        for series in book.series() {
            let Some(values) = self.values.get(&series.name) else {
                faults.push(without_values(&series.name, &at.key(&series.name)));
                continue;
            };
            amounts(series, at, faults);
            if let Some(date) = series.times.iter().find(|date| !values.times.iter().skip(1).any(|known| known == *date)) {
                let message = format!("{} has no period that ends at {date}.", series.name);
                let hint = "Give amounts on dates that have a value, and not on the first.";
                faults.push(Fault::new(Code::InvalidDate, at.key(&series.name), message, hint));
            }
        }
    }

    fn check_policy(&self, at: &At<'_>, faults: &mut Faults) {
        let Some(policy) = &self.policy else { return };
        for (name, weight) in policy {
            if !(0.0..=1.0).contains(weight) {
                let message = format!("The share of {name} is {weight}.");
                faults.push(Fault::new(Code::OutOfRange, at.key(name), message, "Give a fraction from 0 to 1 (0.40 is 40 %)."));
            }
            if self.values.get(name).is_none() {
                faults.push(without_values(name, &at.key(name)));
            }
        }
        let sum = crate::math::sum(policy.values().copied());
        if sum > 1.0 + 1e-9 {
            let message = format!("The shares by policy add up to {sum}.");
            faults.push(Fault::new(Code::OverAllocated, at, message, "Give shares of at most 1 together."));
        }
    }

    fn check_benchmark(&self, dates: &[UnixNanos], at: &At<'_>, faults: &mut Faults) {
        let Some(book) = &self.benchmark else { return };
        for series in self.values.series() {
            let Some(benchmark) = book.get(&series.name) else {
                let message = format!("{} has no benchmark.", series.name);
                faults.push(Fault::new(Code::MissingStatistics, at, message, "Give one for every strategy; cash earns 0."));
                continue;
            };
            if let Some(date) = dates.iter().skip(1).find(|date| benchmark.times.binary_search(date).is_err()) {
                let message = format!("The benchmark of {} has no return at {date}.", series.name);
                let hint = "Give a return for every date but the first.";
                faults.push(Fault::new(Code::MissingStatistics, at.key(&series.name), message, hint));
            }
        }
    }
}

fn without_values(name: &str, at: &At<'_>) -> Fault {
    Fault::new(Code::NotFound, at, format!("There are no values of {name:?}."), "Name one of the strategies in `values`.")
}

/// Refuses a series with a hole between its first and its last date.
fn check_gaps(series: &Series, dates: &[UnixNanos], at: &At<'_>, faults: &mut Faults) {
    amounts(series, at, faults);
    let (Some(first), Some(last)) = (series.times.first(), series.times.last()) else { return };
    let from = dates.partition_point(|date| date < first);
    let missing = dates[from..].iter().take_while(|date| *date <= last).find(|date| series.times.binary_search(date).is_err());
    if let Some(date) = missing {
        let message = format!("{} has no value at {date}, and has before and after.", series.name);
        faults.push(Fault::new(Code::Conflict, at.key(&series.name), message, "Give a value for every date in between."));
    }
}

/// Whether all amounts can be held as money.
fn amounts(series: &Series, at: &At<'_>, faults: &mut Faults) {
    if let Some(value) = series.values.iter().find(|value| exact(**value).is_none()) {
        let message = format!("{value} of {} is beyond the largest amount of {}.", series.name, Money::MAX);
        faults.push(Fault::new(Code::OutOfRange, at.key(&series.name), message, "Count in a larger unit of money."));
    }
}

impl Request for AttributionRequest {
    const OPERATION: &'static str = "attribution";
    type Config = AttributionConfig;
    type Result = AttributionResult;

    fn decode(fields: &mut Fields<'_>, compat: Option<Compat>, faults: &mut Faults) -> Option<Self> {
        let at = At::Root;
        let benchmark = fields.optional("benchmark", None, &at, faults);
        let config = decode_config(fields, compat, faults);
        let costs = fields.optional("costs", FlowBook::default(), &at, faults);
        let flows = fields.optional("flows", FlowBook::default(), &at, faults);
        let netting = fields.optional("netting", FlowBook::default(), &at, faults);
        let overlay = fields.optional("overlay", FlowBook::default(), &at, faults);
        let policy = fields.optional("policy", None, &at, faults);
        let symbols = fields.optional("symbols", BTreeMap::new(), &at, faults);
        let values = fields.required("values", &at, faults);
        let request = AttributionRequest {
            benchmark: benchmark?,
            config: config?,
            costs: costs?,
            flows: flows?,
            netting: netting?,
            overlay: overlay?,
            policy: policy?,
            symbols: symbols?,
            values: values?,
            version: VERSION,
        };
        request.validate(faults);
        Some(request)
    }

    fn run(&self) -> Result<AttributionResult, Problem> {
        let mut faults = Faults::new();
        self.validate(&mut faults);
        faults.finish(Some(()))?;
        let dates = self.dates();
        let accounts: Vec<Account<'_>> = self.values.series().iter().map(|series| Account::of(series, self)).collect();
        let policy = self.policy.clone().unwrap_or_else(|| starting_shares(&accounts, &dates));
        let mut effects = vec![Effects::default(); accounts.len()];
        let mut returns: Vec<Vec<f64>> = vec![Vec::new(); accounts.len()];
        let (mut whole, mut periods) = (Vec::new(), Vec::new());
        for pair in dates.windows(2) {
            let segments: Vec<Segment> =
                accounts.iter().map(|account| account.segment(pair[0], pair[1], &policy, self.config.flow_timing)).collect();
            let mut total = Effects::default();
            for (i, part) in attribute(&segments, self.config.allocation_effect).into_iter().enumerate() {
                effects[i] += part;
                total += part;
            }
            // Statistics are taken from the values as given, not as rounded to money.
            let earned: Vec<(f64, f64)> =
                accounts.iter().map(|account| account.earned(pair[0], pair[1], self.config.flow_timing)).collect();
            for (returns, (profit, capital)) in returns.iter_mut().zip(&earned) {
                returns.extend((*capital > 0.0).then(|| profit / capital));
            }
            let profit = crate::math::sum(earned.iter().map(|(profit, _)| *profit));
            let capital = crate::math::sum(earned.iter().map(|(_, capital)| *capital));
            whole.extend((capital > 0.0).then(|| profit / capital));
            if self.config.periods {
                periods.push(PeriodAttribution { date: pair[1], effects: total.into() });
            }
        }
        let mut total = Effects::default();
        for part in &effects {
            total += *part;
        }
        let parts = accounts.iter().zip(effects).zip(returns);
        let strategies: Vec<StrategyAttribution> =
            parts.map(|((account, effects), returns)| self.strategy(account, effects, returns, total.profit())).collect();
        Ok(AttributionResult {
            performance: self.performance(whole),
            periods,
            policy,
            symbols: all_symbols(&strategies),
            strategies,
            total: total.into(),
            warnings: Vec::new(),
        })
    }
}

/// One strategy's money by date.
struct Account<'a> {
    name: &'a str,
    series: &'a Series,
    paid: Option<&'a Series>,
    values: BTreeMap<UnixNanos, Money>,
    flows: BTreeMap<UnixNanos, Money>,
    costs: BTreeMap<UnixNanos, Money>,
    netting: BTreeMap<UnixNanos, Money>,
    overlay: BTreeMap<UnixNanos, Money>,
    benchmark: Option<BTreeMap<UnixNanos, f64>>,
}

impl<'a> Account<'a> {
    fn of(series: &'a Series, request: &'a AttributionRequest) -> Self {
        let money = |series: &Series| -> BTreeMap<UnixNanos, Money> {
            series.times.iter().zip(&series.values).filter_map(|(time, value)| Some((*time, exact(*value)?))).collect()
        };
        let of = |book: &FlowBook| book.get(&series.name).map(money).unwrap_or_default();
        let benchmark = request.benchmark.as_ref().and_then(|book| book.get(&series.name));
        Account {
            name: &series.name,
            series,
            paid: request.flows.get(&series.name),
            values: money(series),
            flows: of(&request.flows),
            costs: of(&request.costs),
            netting: of(&request.netting),
            overlay: of(&request.overlay),
            benchmark: benchmark.map(|series| series.times.iter().copied().zip(series.values.iter().copied()).collect()),
        }
    }

    /// Profit and capital of the period between two dates, as given.
    fn earned(&self, from: UnixNanos, to: UnixNanos, timing: FlowTiming) -> (f64, f64) {
        let at = |series: &Series, date: UnixNanos| series.times.binary_search(&date).ok().map(|i| series.values[i]);
        let (Some(before), Some(after)) = (at(self.series, from), at(self.series, to)) else { return (0.0, 0.0) };
        let flow = self.paid.and_then(|series| at(series, to)).unwrap_or(0.0);
        let capital = match timing {
            FlowTiming::Start => before + flow,
            FlowTiming::End => before,
        };
        (after - before - flow, capital)
    }

    /// The period between two dates; nothing where the strategy was not there at both.
    fn segment(&self, from: UnixNanos, to: UnixNanos, policy: &BTreeMap<String, f64>, timing: FlowTiming) -> Segment {
        let amount = |book: &BTreeMap<UnixNanos, Money>| book.get(&to).copied().unwrap_or(Money::ZERO);
        let benchmark = self.benchmark.as_ref().and_then(|returns| returns.get(&to)).copied();
        let policy = policy.get(self.name).copied().unwrap_or(0.0);
        let (Some(before), Some(after)) = (self.values.get(&from), self.values.get(&to)) else {
            let zero = Money::ZERO;
            return Segment { capital: zero, profit: zero, costs: zero, netting: zero, overlay: zero, policy, benchmark };
        };
        let flow = amount(&self.flows);
        let capital = match timing {
            FlowTiming::Start => *before + flow,
            FlowTiming::End => *before,
        };
        Segment {
            capital,
            profit: *after - *before - flow,
            costs: amount(&self.costs),
            netting: amount(&self.netting),
            overlay: amount(&self.overlay),
            policy,
            benchmark,
        }
    }
}

/// Shares of the capital at the first date.
fn starting_shares(accounts: &[Account<'_>], dates: &[UnixNanos]) -> BTreeMap<String, f64> {
    let at_first =
        |account: &Account<'_>| dates.first().and_then(|date| account.values.get(date)).copied().unwrap_or(Money::ZERO);
    let total: Money = accounts.iter().map(at_first).sum();
    accounts.iter().map(|account| (account.name.to_owned(), at_first(account).fraction_of(total).unwrap_or(0.0))).collect()
}

impl AttributionRequest {
    fn strategy(&self, account: &Account<'_>, effects: Effects, returns: Vec<f64>, whole: Money) -> StrategyAttribution {
        let profit = effects.profit();
        let gross = profit - effects.costs - effects.netting - effects.overlay;
        let contribution = (!whole.is_zero()).then(|| profit.to_f64() / whole.to_f64());
        StrategyAttribution {
            contribution,
            effects: effects.into(),
            gross_profit: gross,
            performance: self.performance(returns),
            strategy: account.name.to_owned(),
            symbols: self.symbols.get(account.name).map(|book| by_symbol(book, gross)).unwrap_or_default(),
        }
    }

    fn performance(&self, returns: Vec<f64>) -> AttributionPerformance {
        let mut reasons = Reasons::default();
        let config = &self.config;
        let curve = wealth_curve(&returns);
        let none = Unknown::InsufficientHistory;
        let total = curve.last().filter(|_| !returns.is_empty()).map(|growth| growth - 1.0).ok_or(none);
        let deepest = drawdowns(&curve).filter(|_| !returns.is_empty()).map(|found| found.max).ok_or(none);
        AttributionPerformance {
            max_drawdown: reasons.take("max_drawdown", deepest),
            mean_return: reasons.take("mean_return", mean(&returns)),
            sharpe: reasons.take("sharpe", sharpe(&returns, config.ddof, config.periods_per_year, config.risk_free)),
            total_return: reasons.take("total_return", total),
            volatility: reasons.take("volatility", volatility(&returns, config.ddof, config.periods_per_year)),
            unknown: reasons.finish(),
            returns,
        }
    }
}

/// Gross profit by symbol, and what no symbol explains.
fn by_symbol(book: &FlowBook, gross: Money) -> Vec<SymbolProfit> {
    let total = |series: &Series| series.values.iter().filter_map(|value| exact(*value)).sum::<Money>();
    let mut all: Vec<SymbolProfit> =
        book.series().iter().map(|series| SymbolProfit { profit: total(series), symbol: Some(series.name.clone()) }).collect();
    let explained: Money = all.iter().map(|row| row.profit).sum();
    all.push(SymbolProfit { profit: gross - explained, symbol: None });
    all
}

fn all_symbols(strategies: &[StrategyAttribution]) -> Vec<SymbolProfit> {
    let mut all: BTreeMap<Option<&str>, Money> = BTreeMap::new();
    for row in strategies.iter().flat_map(|strategy| &strategy.symbols) {
        *all.entry(row.symbol.as_deref()).or_default() += row.profit;
    }
    let mut rows: Vec<SymbolProfit> =
        all.into_iter().map(|(symbol, profit)| SymbolProfit { profit, symbol: symbol.map(str::to_owned) }).collect();
    // What no symbol explains stands last.
    rows.sort_by_key(|row| row.symbol.is_none());
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(text: &str) -> Result<AttributionResult, Problem> {
        AttributionRequest::from_json(text.as_bytes()).and_then(|request| attribution(&request)).map(|answer| answer.result)
    }

    #[test]
    fn everything_adds_up() {
        let result = answer(
            r#"{"version":1,"config":{"periods":true},
                "values":{"a":[["2024-01-01",600],["2024-01-02",655],["2024-01-03",700]],"b":[["2024-01-01",400],["2024-01-02",408]]},
                "flows":{"a":[["2024-01-03",50]]},"costs":{"a":[["2024-01-02",5]]},
                "symbols":{"a":{"X":[["2024-01-02",70]],"Y":[["2024-01-02",-20]]}},
                "benchmark":{"a":[["2024-01-02",0.05],["2024-01-03",0]],"b":[["2024-01-02",0.04],["2024-01-03",0]]}}"#,
        )
        .unwrap();
        // a: 55 and then 700 − 655 − 50 = −5, so 50; b: 8. Gross of a 55, of which X 70, Y −20 and 5 unexplained.
        assert_eq!(result.total.profit, Money::whole(58));
        let a = &result.strategies[0];
        assert_eq!((a.effects.profit, a.gross_profit), (Money::whole(50), Money::whole(55)));
        assert_eq!(a.symbols[2], SymbolProfit { profit: Money::whole(5), symbol: None });
        // 700 / 705 − 1: the 50 take part in their period.
        assert!((a.performance.returns[1] + 5.0 / 705.0).abs() < 1e-15);
        let sum: Money = result.periods.iter().map(|period| period.effects.profit).sum();
        assert_eq!(sum, result.total.profit);
        assert_eq!(result.policy["a"], 0.6);
    }

    #[test]
    fn every_fault_is_reported_together() {
        let problem = answer(
            r#"{"version":1,"policy":{"a":0.7,"b":0.7,"c":0.1},
                "values":{"a":[["2024-01-01",1],["2024-01-02",1],["2024-01-03",1]],"b":[["2024-01-01",1],["2024-01-03",1]]},
                "flows":{"a":[["2024-01-01",5]],"x":[["2024-01-02",5]]},"costs":{"a":[["2024-01-02",-5]]},
                "benchmark":{"a":[["2024-01-02",0]]}}"#,
        )
        .unwrap_err();
        let found: Vec<String> = problem.problems.iter().map(|fault| format!("{} {}", fault.path, fault.code)).collect();
        assert_eq!(
            found,
            [
                "/values/b conflict",
                "/costs/a out_of_range",
                "/flows/a invalid_date",
                "/flows/x not_found",
                "/policy/c not_found",
                "/policy over_allocated",
                "/benchmark/a missing_statistics",
                "/benchmark missing_statistics",
            ]
        );
    }
}
