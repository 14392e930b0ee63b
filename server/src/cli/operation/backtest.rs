//! `allocator backtest` and `allocator tear_sheet`: a file of strategies and settings, data files, and a folder of results or one page.

use super::audit::write_artefacts;
use super::risk::precomputed_of;
use super::run_file::{Drafted, Given, Holds};
use crate::cli::args::{MarketArgs, OutputFormat, ReadingArgs, TextFormat};
use crate::cli::output::{self, Output};
use crate::cli::progress::while_working;
use allocator_core::codec::{self, Format, Limits};
use allocator_core::op::backtest::{BacktestRequest, BacktestResponse};
use allocator_core::op::{Request, tear_sheet};
use allocator_core::report::{grouped, percent};
use allocator_core::wire::{Json, parse, to_canonical_bytes};
use allocator_core::{Code, Problem};
use clap::Args;
use std::fmt::Write as _;
use std::io::{IsTerminal, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Where a backtest comes from.
#[derive(Args, Debug)]
pub(crate) struct SourceArgs {
    /// The run as YAML, TOML or JSON: `strategies`, settings under `backtest`, and the names of data files.
    #[arg(long, value_name = "FILE", required_unless_present_any = ["input", "weights"])]
    pub(crate) config: Option<PathBuf>,
    /// A whole request as JSON; - is standard input. Instead of a run and data files.
    #[arg(long = "in", value_name = "FILE", conflicts_with_all = ["config", "set", "compat"])]
    pub(crate) input: Option<PathBuf>,
    #[command(flatten)]
    #[allow(missing_docs, reason = "a documentation comment would become the help of the first flattened option")]
    pub(crate) market: MarketArgs,
    /// New shares for one old share, by date and symbol. Repeatable.
    #[arg(long, value_name = "FILE", conflicts_with = "input")]
    pub(crate) splits: Vec<String>,
    /// Money paid on one share, by date and symbol. Repeatable.
    #[arg(long, value_name = "FILE", conflicts_with = "input")]
    pub(crate) dividends: Vec<String>,
    /// Money paid out for one share on the day that a symbol ends. Repeatable.
    #[arg(long, value_name = "FILE", conflicts_with = "input")]
    pub(crate) delistings: Vec<String>,
    /// Prices of one benchmark.
    #[arg(long, value_name = "FILE", conflicts_with = "input")]
    pub(crate) benchmark: Vec<String>,
    /// Target weights of a strategy by date and symbol; its id is that before the =, or the name of the file. Repeatable.
    #[arg(long, value_name = "[ID=]FILE", conflicts_with = "input")]
    pub(crate) weights: Vec<String>,
    /// Folder of earlier runs, for a risk overlay of mode precomputed: <RUNS>/<`precomputed_run_id`>/<`precomputed_scalar_filename`>.
    #[arg(long, value_name = "DIR", default_value = ".", conflicts_with = "input")]
    pub(crate) runs: PathBuf,
    /// One setting, for example `--set cost_rate=0.0005` or `--set capital.method=hrp`. Repeatable.
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
    /// Settings of a recorded system where they differ from ours: 000, 001, 002, 003 or 004.
    #[arg(long, value_name = "SYSTEM")]
    pub(crate) compat: Option<String>,
    /// Also write the canonical request: it has the same digest through --in, HTTP and JavaScript.
    #[arg(long, value_name = "FILE")]
    pub(crate) emit_request: Option<PathBuf>,
    #[command(flatten)]
    #[allow(missing_docs, reason = "as above")]
    pub(crate) reading: ReadingArgs,
}

/// `allocator backtest`.
#[derive(Args, Debug)]
pub(crate) struct BacktestArgs {
    #[command(flatten)]
    #[allow(missing_docs, reason = "a documentation comment would become the help of the first flattened option")]
    pub(crate) source: SourceArgs,
    /// Folder for request, result, tear sheet and tables; created if missing. Without it the answer goes to standard output.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Form of the answer on standard output; with json, problems are JSON too.
    #[arg(long, value_enum)]
    pub(crate) format: Option<OutputFormat>,
}

/// `allocator tear_sheet`.
#[derive(Args, Debug)]
pub(crate) struct TearSheetArgs {
    #[command(flatten)]
    #[allow(missing_docs, reason = "a documentation comment would become the help of the first flattened option")]
    pub(crate) source: SourceArgs,
    /// The page itself, instead of an answer that holds it.
    #[arg(long)]
    pub(crate) html: bool,
    /// Where the answer goes; - is standard output. A file appears whole or not at all.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Form of problems.
    #[arg(long, value_enum)]
    pub(crate) format: Option<TextFormat>,
}

/// A request, and what names the places of its faults.
struct Read {
    request: BacktestRequest,
    draft: Option<Drafted>,
}

impl Read {
    fn place(&self, problem: Problem) -> Problem {
        match &self.draft {
            Some(draft) => draft.place(problem),
            None => problem,
        }
    }

    fn warn(&self, as_json: bool) {
        if let Some(draft) = &self.draft {
            output::warn(&draft.files.warnings, as_json);
        }
    }
}

/// The request that files and flags, or a whole one, make.
fn read(args: &SourceArgs) -> Result<Read, Problem> {
    if let Some(input) = &args.input {
        let request = BacktestRequest::from_json(&output::read(input, Limits::native().bytes)?)?;
        return Ok(Read { request, draft: None });
    }
    let mut tables = args.market.tables();
    tables.extend([
        ("splits", Holds::Prices, args.splits.as_slice()),
        ("dividends", Holds::Prices, &args.dividends),
        ("delistings", Holds::Numbers, &args.delistings),
        ("benchmark", Holds::Prices, &args.benchmark),
    ]);
    let mut draft = Drafted::read(&Given {
        operation: BacktestRequest::OPERATION,
        tables,
        config: args.config.as_deref(),
        set: &args.set,
        compat: args.compat.as_deref(),
        flags: Vec::new(),
        reading: &args.reading,
    })?;
    strategies(&mut draft, &args.weights);
    if let Some(risk) = draft.setting("risk").cloned() {
        let earlier = draft.files.note(precomputed_of(&risk, &args.runs)).flatten();
        if let Some(earlier) = earlier {
            draft.put("precomputed", parse(&to_canonical_bytes(&earlier)?)?);
        }
    }
    let request = draft.request()?;
    Ok(Read { request, draft: Some(draft) })
}

/// Strategies whose weights lie in data files, and those that flags add.
fn strategies(draft: &mut Drafted, weights: &[String]) {
    let mut all = match draft.remove("strategies") {
        None => Vec::new(),
        Some(Json::Object(all)) => all,
        Some(other) => return draft.put("strategies", other),
    };
    for (_, spec) in &mut all {
        let Json::Object(fields) = spec else { continue };
        for (_, value) in fields.iter_mut().filter(|(key, _)| key == "weights") {
            if let Some(files) = draft.named(value) {
                *value = draft.content("weights", Holds::Numbers, &files).unwrap_or(Json::Null);
            }
        }
    }
    for (id, table) in draft.by_name("weights", Holds::Numbers, weights) {
        all.retain(|(known, _)| *known != id);
        all.push((id, Json::Object(vec![(String::from("weights"), table)])));
    }
    draft.put("strategies", Json::Object(all));
}

/// `allocator backtest`.
///
/// # Errors
/// What is wrong with files, settings or request; a folder that cannot be written.
pub(crate) fn run(args: &BacktestArgs) -> Result<ExitCode, Problem> {
    let read = read(&args.source)?;
    progress("running");
    let run_id = args.out.as_deref().and_then(Path::file_name).map_or_else(String::new, |name| name.display().to_string());
    let (answer, overlay) = read.request.answer_and_artefacts(&run_id).map_err(|problem| read.place(problem))?;
    progress("");
    let mut output = Output::new();
    if let Some(path) = &args.source.emit_request {
        output.add(Some(path), &to_canonical_bytes(&read.request)?)?;
    }
    match &args.out {
        Some(folder) => {
            artefacts(folder, &read.request, &answer, &mut output)?;
            write_artefacts(&overlay, folder, true, &mut output)?;
            let text = if args.format == Some(OutputFormat::Json) {
                to_canonical_bytes(&answer)?
            } else {
                summary(&answer, folder).into_bytes()
            };
            output.add(None, &text)?;
        }
        None => output.add(None, &formed(&answer, args.format)?)?,
    }
    output.commit()?;
    read.warn(args.format == Some(OutputFormat::Json));
    Ok(ExitCode::SUCCESS)
}

/// `allocator tear_sheet`.
///
/// # Errors
/// What is wrong with files, settings or request.
pub(crate) fn tear_sheet(args: &TearSheetArgs) -> Result<ExitCode, Problem> {
    let read = read(&args.source)?;
    let sheet = tear_sheet::TearSheetRequest(read.request.clone());
    progress("running");
    let answer = while_working("tear_sheet", || sheet.answer()).map_err(|problem| read.place(problem))?;
    progress("");
    let mut output = Output::new();
    if let Some(path) = &args.source.emit_request {
        output.add(Some(path), &to_canonical_bytes(&sheet)?)?;
    }
    let bytes = if args.html { answer.result.html.into_bytes() } else { to_canonical_bytes(&answer)? };
    output.add(args.out.as_deref(), &bytes)?;
    output.commit()?;
    read.warn(args.format == Some(TextFormat::Json));
    Ok(ExitCode::SUCCESS)
}

/// What is going on, for people who wait.
fn progress(what: &str) {
    let mut stderr = std::io::stderr().lock();
    if stderr.is_terminal() {
        let _ = write!(stderr, "\r\u{1b}[K{what}");
        let _ = stderr.flush();
    }
}

/// The answer in the form asked for: whole as JSON, or the equity curve.
fn formed(answer: &BacktestResponse, format: Option<OutputFormat>) -> Result<Vec<u8>, Problem> {
    let format = match format {
        None | Some(OutputFormat::Json) => return to_canonical_bytes(answer),
        Some(OutputFormat::Csv) => Format::Csv,
        Some(OutputFormat::Arrow) => Format::Arrow,
        Some(OutputFormat::Parquet) => Format::Parquet,
    };
    let tables = tear_sheet::tables(&answer.result)?;
    let equity = tables.first().ok_or_else(|| Problem::internal("a backtest has no equity"))?;
    codec::write(equity, format)
}

/// Request, answer, tear sheet, and every table as CSV and Arrow.
fn artefacts(folder: &Path, request: &BacktestRequest, answer: &BacktestResponse, output: &mut Output) -> Result<(), Problem> {
    std::fs::create_dir_all(folder).map_err(|error| {
        let place = folder.display().to_string();
        Problem::new(Code::Io, &place, format!("{place} cannot be created: {error}."), "Check its permissions.")
    })?;
    output.add(Some(&folder.join("request.json")), &to_canonical_bytes(request)?)?;
    output.add(Some(&folder.join("result.json")), &to_canonical_bytes(answer)?)?;
    output.add(Some(&folder.join("report.html")), tear_sheet::sheet(request, answer).html().as_bytes())?;
    for table in tear_sheet::tables(&answer.result)? {
        for (format, extension) in [(Format::Csv, "csv"), (Format::Arrow, "arrow")] {
            output.add(Some(&folder.join(format!("{}.{extension}", table.name))), &codec::write(&table, format)?)?;
        }
    }
    Ok(())
}

/// The run in a few lines.
fn summary(answer: &BacktestResponse, folder: &Path) -> String {
    let (result, unknown) = (&answer.result, || String::from("unknown"));
    let (metrics, summary) = (&result.metrics, &result.summary);
    let share = |value: Option<f64>| value.map_or_else(unknown, |value| percent(value, 2));
    let ratio = |value: Option<f64>| value.map_or_else(unknown, |value| grouped(value, 2));
    let mut out = String::new();
    if let (Some(first), Some(last)) = (result.curve.date.first(), result.curve.date.last()) {
        let _ = writeln!(out, "{first} to {last}, {} bars, {} rebalances", summary.bars, summary.rebalances);
    }
    for (name, value) in [
        ("value", format!("{} to {}", grouped(summary.initial_value, 2), grouped(summary.final_value, 2))),
        ("return", format!("{} ({} a year)", share(metrics.total_return), share(metrics.cagr))),
        ("volatility", share(metrics.volatility)),
        ("sharpe", ratio(metrics.sharpe)),
        ("drawdown", share(metrics.max_drawdown)),
        ("costs", format!("{} (saved by crossing: {})", grouped(summary.cost, 2), grouped(summary.saved, 2))),
    ] {
        let _ = writeln!(out, "{name:<12}{value}");
    }
    for strategy in &result.strategies {
        let paused = strategy.paused.map(|time| format!(", paused {time}")).unwrap_or_default();
        let _ = writeln!(out, "  {:<20}{} of the capital{paused}", strategy.strategy, percent(strategy.contribution, 2));
    }
    if let Some(overlay) = &result.overlay {
        let scaled = &overlay.summary;
        let _ = writeln!(
            out,
            "{:<12}{}: {} of {} rebalances scaled, mean {}, lowest {}",
            "overlay",
            overlay.mode.as_str(),
            scaled.scaled,
            scaled.rebalances,
            ratio(scaled.scalar_mean),
            ratio(scaled.scalar_min)
        );
    }
    for warning in &result.warnings {
        let _ = writeln!(out, "warning: {warning}");
    }
    let _ = writeln!(out, "{:<12}{}", "digest", answer.digest);
    let _ = writeln!(out, "{:<12}{}", "files", folder.display());
    out
}
