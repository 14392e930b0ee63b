//! The tear sheet and tables of a backtest: what its answer says, to be read and to be taken along (P10).

use super::backtest::{BacktestRequest, BacktestResult};
use super::metrics::SeriesMetrics;
use super::{Answer, Request};
use crate::config::backtest::BacktestConfig;
use crate::config::compat::Compat;
use crate::error::{Faults, Problem};
use crate::report::{Block, Cell, Chart, Line, Mark, Sheet, Table, grouped, percent};
use crate::stats::rolling::rolling;
use crate::stats::volatility;
use crate::units::UnixNanos;
use crate::wire::Fields;
use serde::Serialize;

/// Bars of the rolling volatility: a quarter of days.
const ROLLING: usize = 63;

/// Most rows of a table of symbols or events.
const ROWS_MAX: usize = 25;

/// A request for a tear sheet: that of the backtest.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct TearSheetRequest(pub BacktestRequest);

/// A tear sheet.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TearSheetResult {
    /// The digest of the backtest that it shows.
    pub backtest: String,
    /// One HTML file that needs nothing else.
    pub html: String,
}

impl Request for TearSheetRequest {
    const OPERATION: &'static str = "tear_sheet";
    type Config = BacktestConfig;
    type Result = TearSheetResult;

    fn decode(fields: &mut Fields<'_>, compat: Option<Compat>, faults: &mut Faults) -> Option<Self> {
        BacktestRequest::decode(fields, compat, faults).map(TearSheetRequest)
    }

    fn run(&self) -> Result<TearSheetResult, Problem> {
        let answer = self.0.answer()?;
        Ok(TearSheetResult { backtest: answer.digest.to_string(), html: sheet(&self.0, &answer).html() })
    }
}

/// The sheet of a backtest that was run.
pub fn sheet(request: &BacktestRequest, answer: &Answer<BacktestResult>) -> Sheet {
    let result = &answer.result;
    let span = match (result.curve.date.first(), result.curve.date.last()) {
        (Some(first), Some(last)) => format!("{first} to {last}"),
        _ => String::from("no bars"),
    };
    let names: Vec<&str> = result.strategies.iter().map(|strategy| strategy.strategy.as_str()).collect();
    let mut blocks =
        vec![Block::Figures(headline(result)), Block::Chart(equity(request, result)), Block::Chart(drawdown(result))];
    blocks.extend(rolling_volatility(request, result).map(Block::Chart));
    blocks.push(Block::Table(months(result)));
    if result.strategies.len() > 1 {
        blocks.push(Block::Chart(earned(result)));
    }
    blocks.push(Block::Table(strategies(result)));
    blocks.extend(shares(result).map(Block::Chart));
    blocks.push(Block::Chart(exposure(result)));
    blocks.extend(scalars(result).map(Block::Chart));
    blocks.push(Block::Table(figures(result)));
    blocks.push(Block::Table(symbols(result)));
    if !result.holdings.is_empty() {
        blocks.push(Block::Table(holdings(result)));
    }
    blocks.extend(notes(result));
    blocks.push(Block::Notes(String::from("How it was run"), conventions(request)));
    Sheet {
        title: format!("Backtest of {}", names.join(", ")),
        subtitle: format!("{span} · {} symbols · {} rebalances", request.prices.len(), result.summary.rebalances),
        blocks,
        footer: format!("Multi-Alpha Allocator · digest {} · the same request gives the same digest everywhere.", answer.digest),
    }
}

fn ratio(value: Option<f64>) -> String {
    value.map_or_else(|| String::from("unknown"), |value| grouped(value, 2))
}

fn share(value: Option<f64>) -> String {
    value.map_or_else(|| String::from("unknown"), |value| percent(value, 2))
}

fn headline(result: &BacktestResult) -> Vec<(String, String)> {
    let (metrics, summary) = (&result.metrics, &result.summary);
    let mut all = vec![
        ("Final value", grouped(summary.final_value, 0)),
        ("Total return", share(metrics.total_return)),
        ("CAGR", share(metrics.cagr)),
        ("Volatility", share(metrics.volatility)),
        ("Sharpe ratio", ratio(metrics.sharpe)),
        ("Sortino ratio", ratio(metrics.sortino)),
        ("Maximum drawdown", share(metrics.max_drawdown)),
        ("Calmar ratio", ratio(metrics.calmar)),
        ("Costs", grouped(summary.cost, 0)),
        ("Turnover a year", percent(summary.turnover_annual, 0)),
        ("Saved by crossing", grouped(summary.saved, 0)),
        ("Fills", grouped(f64::from(summary.trades), 0)),
    ];
    if let Some(benchmark) = &metrics.benchmark {
        all.push(("Beta", ratio(benchmark.beta)));
        all.push(("Alpha", share(benchmark.alpha)));
        all.push(("Information ratio", ratio(benchmark.information_ratio)));
    }
    all.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn some(values: &[f64]) -> Vec<Option<f64>> {
    values.iter().copied().map(Some).collect()
}

fn equity(request: &BacktestRequest, result: &BacktestResult) -> Chart {
    let mut lines = vec![Line { name: String::from("portfolio"), values: some(&result.curve.value) }];
    if let Some(values) = &result.curve.benchmark {
        let name = request.benchmark.as_ref().and_then(|book| book.series().first()).map_or("benchmark", |series| &series.name);
        lines.push(Line { name: name.to_owned(), values: values.clone() });
    }
    if let Some(overlay) = &result.overlay {
        lines.push(Line { name: String::from("without overlay"), values: some(&overlay.raw_value) });
    }
    Chart { title: String::from("Value"), times: result.curve.date.clone(), lines, mark: Mark::Line, percent: false }
}

fn drawdown(result: &BacktestResult) -> Chart {
    let lines = vec![Line { name: String::from("drawdown"), values: some(&result.curve.drawdown) }];
    Chart { title: String::from("Drawdown"), times: result.curve.date.clone(), lines, mark: Mark::Area, percent: true }
}

fn returns(result: &BacktestResult) -> Vec<f64> {
    result.curve.value.windows(2).map(|pair| crate::backtest::period_return(pair[0], pair[1])).collect()
}

fn rolling_volatility(request: &BacktestRequest, result: &BacktestResult) -> Option<Chart> {
    let periods = request.config.metrics.periods_per_year;
    let found = rolling(&returns(result), ROLLING, |window| volatility(window, 1, periods));
    let values: Vec<Option<f64>> = found.into_iter().map(Result::ok).collect();
    let times: Vec<UnixNanos> = result.curve.date.iter().skip(ROLLING).copied().collect();
    (values.len() > 1).then(|| Chart {
        title: format!("Volatility of {ROLLING} bars, a year"),
        times,
        lines: vec![Line { name: String::from("volatility"), values }],
        mark: Mark::Line,
        percent: true,
    })
}

fn exposure(result: &BacktestResult) -> Chart {
    let lines = vec![
        Line { name: String::from("net"), values: some(&result.curve.net) },
        Line { name: String::from("gross"), values: some(&result.curve.gross) },
    ];
    Chart { title: String::from("Exposure"), times: result.curve.date.clone(), lines, mark: Mark::Line, percent: true }
}

/// Shares of capital at the rebalances, where something decides them.
fn shares(result: &BacktestResult) -> Option<Chart> {
    let history = result.capital.as_ref()?;
    let mut times: Vec<UnixNanos> = history.date.clone();
    times.dedup();
    let line = |strategy: &super::backtest::StrategyOutcome| {
        let mut values = vec![None; times.len()];
        for (i, name) in history.strategy.iter().enumerate() {
            if let (true, Ok(at)) = (*name == strategy.strategy, times.binary_search(&history.date[i])) {
                values[at] = Some(history.share[i]);
            }
        }
        Line { name: strategy.strategy.clone(), values }
    };
    let lines = result.strategies.iter().map(line).collect();
    (times.len() > 1).then(|| Chart {
        title: String::from("Capital of each strategy"),
        times,
        lines,
        mark: Mark::Line,
        percent: true,
    })
}

/// The scalars that the overlay applied, by the bar at which they were.
fn scalars(result: &BacktestResult) -> Option<Chart> {
    let exposure = &result.overlay.as_ref()?.exposure;
    let lines = vec![Line { name: String::from("scalar"), values: some(&exposure.scalar) }];
    (exposure.date.len() > 1).then(|| Chart {
        title: String::from("Scalar of the risk overlay"),
        times: exposure.date.clone(),
        lines,
        mark: Mark::Line,
        percent: true,
    })
}

fn earned(result: &BacktestResult) -> Chart {
    let line =
        |strategy: &super::backtest::StrategyOutcome| Line { name: strategy.strategy.clone(), values: some(&strategy.curve) };
    Chart {
        title: String::from("Who earned what, before costs"),
        times: result.curve.date.clone(),
        lines: result.strategies.iter().map(line).collect(),
        mark: Mark::Line,
        percent: false,
    }
}

/// Compounded return of every month, a row a year.
fn months(result: &BacktestResult) -> Table {
    let mut years: Vec<(i32, [Option<f64>; 12], f64)> = Vec::new();
    for (time, earned) in result.curve.date.iter().skip(1).zip(returns(result)) {
        let (year, month, _) = time.date();
        if years.last().is_none_or(|(last, ..)| *last != year) {
            years.push((year, [None; 12], 1.0));
        }
        if let Some((_, months, whole)) = years.last_mut() {
            let month = &mut months[month as usize - 1];
            *month = Some((1.0 + month.unwrap_or(0.0)) * (1.0 + earned) - 1.0);
            *whole *= 1.0 + earned;
        }
    }
    let largest = years.iter().flat_map(|(_, months, _)| months.iter().flatten()).fold(0.0_f64, |most, x| most.max(x.abs()));
    let cell = |value: f64| Cell { text: percent(value, 1), heat: Some(if largest > 0.0 { value / largest } else { 0.0 }) };
    let names = ["Year", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec", "Year"];
    Table {
        title: String::from("Returns by month"),
        columns: names.map(String::from).to_vec(),
        rows: years
            .into_iter()
            .map(|(year, months, whole)| {
                let name = std::iter::once(Cell::plain(year.to_string()));
                let months = months.into_iter().map(|month| month.map_or_else(|| Cell::plain(""), cell));
                name.chain(months).chain([Cell::plain(percent(whole - 1.0, 1))]).collect()
            })
            .collect(),
    }
}

fn strategies(result: &BacktestResult) -> Table {
    let names =
        ["Strategy", "Source", "Profit", "Costs", "Saved", "Contribution", "Alone: CAGR", "Volatility", "Sharpe", "Drawdown"];
    let row = |strategy: &super::backtest::StrategyOutcome| {
        let name = match strategy.paused {
            Some(paused) => format!("{} (paused {paused})", strategy.strategy),
            None => strategy.strategy.clone(),
        };
        [
            name,
            strategy.source.clone(),
            grouped(strategy.profit, 0),
            grouped(strategy.cost, 0),
            grouped(strategy.saved, 0),
            percent(strategy.contribution, 2),
            share(strategy.metrics.cagr),
            share(strategy.metrics.volatility),
            ratio(strategy.metrics.sharpe),
            share(strategy.metrics.max_drawdown),
        ]
        .map(Cell::plain)
        .to_vec()
    };
    Table {
        title: String::from("Strategies"),
        columns: names.map(String::from).to_vec(),
        rows: result.strategies.iter().map(row).collect(),
    }
}

/// Every figure of the portfolio beside those of the strategies alone.
fn figures(result: &BacktestResult) -> Table {
    type Take = fn(&SeriesMetrics) -> String;
    let rows: [(&str, Take); 14] = [
        ("Total return", |m| share(m.total_return)),
        ("CAGR", |m| share(m.cagr)),
        ("Volatility", |m| share(m.volatility)),
        ("Sharpe ratio", |m| ratio(m.sharpe)),
        ("Sortino ratio", |m| ratio(m.sortino)),
        ("Calmar ratio", |m| ratio(m.calmar)),
        ("Maximum drawdown", |m| share(m.max_drawdown)),
        ("Worst month", |m| share(m.worst_month)),
        ("Value at risk, a bar", |m| share(m.var_historical)),
        ("Mean of the tail, a bar", |m| share(m.cvar_historical)),
        ("Win rate", |m| share(m.win_rate)),
        ("Profit factor", |m| ratio(m.profit_factor)),
        ("Skewness", |m| ratio(m.skewness)),
        ("Excess kurtosis", |m| ratio(m.kurtosis)),
    ];
    let all: Vec<&SeriesMetrics> =
        std::iter::once(&result.metrics).chain(result.strategies.iter().map(|strategy| &strategy.metrics)).collect();
    let row = |(name, take): (&str, Take)| {
        std::iter::once(Cell::plain(name)).chain(all.iter().map(|metrics| Cell::plain(take(metrics)))).collect()
    };
    Table {
        title: String::from("Figures"),
        columns: std::iter::once(String::new()).chain(all.iter().map(|metrics| metrics.name.clone())).collect(),
        rows: rows.into_iter().map(row).collect(),
    }
}

fn symbols(result: &BacktestResult) -> Table {
    let mut all: Vec<(&str, f64, f64)> = Vec::new();
    let mut rows: Vec<_> = result.attribution.iter().collect();
    rows.sort_by(|a, b| a.symbol.cmp(&b.symbol).then(a.strategy.cmp(&b.strategy)));
    for row in rows {
        match all.last_mut() {
            Some((symbol, profit, cost)) if *symbol == row.symbol => {
                *profit += row.profit;
                *cost += row.cost;
            }
            _ => all.push((&row.symbol, row.profit, row.cost)),
        }
    }
    all.sort_by(|a, b| (b.1 - b.2).abs().total_cmp(&(a.1 - a.2).abs()).then(a.0.cmp(b.0)));
    let largest = all.first().map_or(0.0, |(_, profit, cost)| (profit - cost).abs());
    let row = |(symbol, profit, cost): (&str, f64, f64)| {
        let net = profit - cost;
        let heat = Some(if largest > 0.0 { net / largest } else { 0.0 });
        vec![
            Cell::plain(symbol),
            Cell::plain(grouped(profit, 0)),
            Cell::plain(grouped(cost, 0)),
            Cell { text: grouped(net, 0), heat },
        ]
    };
    Table {
        title: String::from("Symbols that moved the result most"),
        columns: ["Symbol", "Profit", "Costs", "Net"].map(String::from).to_vec(),
        rows: all.into_iter().take(ROWS_MAX).map(row).collect(),
    }
}

fn holdings(result: &BacktestResult) -> Table {
    let mut all: Vec<_> = result.holdings.iter().collect();
    all.sort_by(|a, b| b.weight.abs().total_cmp(&a.weight.abs()).then(a.symbol.cmp(&b.symbol)));
    let row = |held: &super::backtest::Holding| {
        [held.symbol.clone(), grouped(held.shares, 2), grouped(held.price, 2), grouped(held.value, 0), percent(held.weight, 1)]
            .map(Cell::plain)
            .to_vec()
    };
    Table {
        title: String::from("Positions at the end"),
        columns: ["Symbol", "Shares", "Price", "Value", "Weight"].map(String::from).to_vec(),
        rows: all.into_iter().take(ROWS_MAX).map(row).collect(),
    }
}

fn notes(result: &BacktestResult) -> Vec<Block> {
    let mut blocks = Vec::new();
    if !result.warnings.is_empty() {
        let lines = result.warnings.iter().take(ROWS_MAX).map(|warning| format!("{} {}", warning.message, warning.hint));
        blocks.push(Block::Notes(String::from("Worth knowing"), lines.collect()));
    }
    let told = result.events.iter().filter(|event| event.kind != "dividend").take(ROWS_MAX);
    let lines: Vec<String> = told.map(|event| format!("{}: {}", event.date, event.text)).collect();
    if !lines.is_empty() {
        blocks.push(Block::Notes(String::from("What happened"), lines));
    }
    blocks
}

fn conventions(request: &BacktestRequest) -> Vec<String> {
    let config = &request.config;
    let how = match (&config.blend, &config.capital) {
        (Some(blend), _) => format!("Strategies are blended at every rebalance by {}.", blend.method.as_str()),
        (None, Some(capital)) => {
            format!("Capital is split by {}, from what each strategy earned alone up to the decision.", capital.method.as_str())
        }
        (None, None) => String::from("Strategies hold fixed shares of capital."),
    };
    let overlay = config.risk.as_ref().map(|risk| {
        let mode = risk.effective_mode().as_str();
        format!("The risk overlay (mode {mode}, profile {}) scales one rebalance late.", risk.profile.as_str())
    });
    let mut lines = vec![
        format!("Decisions are executed {} bar(s) later, at {}.", config.lag, config.execution.as_str().replace('_', " ")),
        format!(
            "Costs: {} of the value traded, {} a share, {} at least; slippage {}, impact {}.",
            percent(config.cost_rate, 3),
            grouped(config.cost_per_share, 4),
            grouped(config.cost_min, 2),
            percent(config.slippage_rate, 3),
            grouped(config.impact, 3)
        ),
        how,
    ];
    lines.extend(overlay);
    lines.push(String::from("Past results, simulated ones all the more, do not say what will be."));
    lines
}

/// A table of the answer as columns of text, times and numbers, for files.
///
/// # Errors
/// `internal` where columns of unlike length would meet, which would be a defect.
#[cfg(feature = "codec")]
pub fn tables(result: &BacktestResult) -> Result<Vec<crate::codec::Table>, Problem> {
    use crate::codec::{Column, ColumnData, Table};
    let dates = |name: &str, times: &[UnixNanos]| {
        let texts: Vec<String> = times.iter().map(ToString::to_string).collect();
        Column::text(name, texts.iter().map(String::as_str))
    };
    let numbers = |name: &str, values: &[f64]| Column::new(name, ColumnData::Float(values.to_vec()));
    let names = |name: &str, values: &[String]| Column::text(name, values.iter().map(String::as_str));
    let curve = &result.curve;
    let mut equity = vec![
        dates("date", &curve.date),
        numbers("value", &curve.value),
        numbers("cash", &curve.cash),
        numbers("drawdown", &curve.drawdown),
        numbers("gross", &curve.gross),
        numbers("net", &curve.net),
    ];
    if let Some(values) = &curve.benchmark {
        let mut column = numbers("benchmark", &values.iter().map(|value| value.unwrap_or(0.0)).collect::<Vec<_>>());
        if values.contains(&None) {
            column.valid = Some(values.iter().map(Option::is_some).collect());
        }
        equity.push(column);
    }
    let by_strategy = std::iter::once(dates("date", &curve.date))
        .chain(result.strategies.iter().map(|strategy| numbers(&strategy.strategy, &strategy.value)));
    let (rebalances, weights, trades) = (&result.rebalances, &result.weights, &result.trades);
    let earned = |take: fn(&super::backtest::Earned) -> f64| result.attribution.iter().map(take).collect::<Vec<f64>>();
    let whose = |take: fn(&super::backtest::Earned) -> &String| result.attribution.iter().map(take).cloned().collect::<Vec<_>>();
    if let Some(overlay) = &result.overlay {
        equity.push(numbers("raw_value", &overlay.raw_value));
    }
    let mut all = vec![
        Table::new("equity", equity)?,
        Table::new("strategies", by_strategy.collect())?,
        Table::new(
            "rebalances",
            vec![
                dates("decided", &rebalances.decided),
                dates("executed", &rebalances.executed),
                numbers("value", &rebalances.value),
                numbers("turnover", &rebalances.turnover),
                numbers("cost", &rebalances.cost),
                numbers("cash", &rebalances.cash),
            ],
        )?,
        Table::new(
            "weights",
            vec![
                dates("date", &weights.date),
                names("symbol", &weights.symbol),
                numbers("weight", &weights.weight),
                numbers("raw", &weights.raw),
            ],
        )?,
        Table::new(
            "trades",
            vec![
                dates("date", &trades.date),
                names("symbol", &trades.symbol),
                numbers("shares", &trades.shares),
                numbers("price", &trades.price),
                numbers("commission", &trades.commission),
                numbers("slippage", &trades.slippage),
            ],
        )?,
        Table::new(
            "attribution",
            vec![
                names("strategy", &whose(|row| &row.strategy)),
                names("symbol", &whose(|row| &row.symbol)),
                numbers("profit", &earned(|row| row.profit)),
                numbers("cost", &earned(|row| row.cost)),
            ],
        )?,
    ];
    if let Some(capital) = &result.capital {
        let bases: Vec<String> = capital.basis.iter().map(|basis| basis.as_str().to_owned()).collect();
        all.push(Table::new(
            "capital",
            vec![
                dates("date", &capital.date),
                names("strategy", &capital.strategy),
                numbers("share", &capital.share),
                names("basis", &bases),
            ],
        )?);
    }
    Ok(all)
}
