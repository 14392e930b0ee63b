//! `allocator risk`.

use super::folder::{self, Whole};
use super::{Draft, Files, answer, locate, whole_request, with_flags};
use crate::cli::args::{OperationArgs, OutputFormat, ReadingArgs};
use crate::cli::output::{self, Output};
use crate::config::{Settings, check_section};
use allocator_core::codec::Limits;
use allocator_core::config::risk::RiskConfig;
use allocator_core::frame::from_table;
use allocator_core::op::Request;
use allocator_core::op::risk::{RiskRequest, RiskResponse};
use allocator_core::overlay::tables::RunSummary;
use allocator_core::wire::{Json, to_canonical_bytes};
use allocator_core::{Code, Problem};
use clap::Args;
use serde::Serialize;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Largest file of scalars, bytes.
const SCALAR_FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// `allocator risk`. Where `--out` is a folder (it exists, or its path ends with /), it gets every artefact, `risk.json` and
/// `request.json`; the name of the folder is the name of the run.
#[derive(Args, Debug)]
pub(crate) struct RiskArgs {
    /// Returns of the portfolio: a date column and one of returns.
    #[arg(long, value_name = "[ID=]FILE", conflicts_with = "input")]
    pub(crate) portfolio_returns: Vec<String>,
    /// Equity curve of the portfolio; without it, its returns are compounded.
    #[arg(long, value_name = "[ID=]FILE", conflicts_with = "input")]
    pub(crate) equity: Vec<String>,
    /// Returns of the assets, for correlations. Repeatable.
    #[arg(long, value_name = "[ID=]FILE", conflicts_with = "input")]
    pub(crate) asset_returns: Vec<String>,
    /// Returns of sleeves (groups of strategies). Repeatable.
    #[arg(long, value_name = "[ID=]FILE", conflicts_with = "input")]
    pub(crate) sleeve_returns: Vec<String>,
    /// Returns of trend units, for their breadth. Repeatable.
    #[arg(long, value_name = "[ID=]FILE", conflicts_with = "input")]
    pub(crate) trend_unit_returns: Vec<String>,
    /// Weights by decision date, to be scaled: a date column and one column for each symbol, or long form. Repeatable.
    #[arg(long, value_name = "[ID=]FILE", conflicts_with = "input")]
    pub(crate) weights: Vec<String>,
    /// compute, off or precomputed.
    #[arg(long, conflicts_with = "input")]
    pub(crate) mode: Option<String>,
    /// L, M or H (low, medium, high).
    #[arg(long, conflicts_with = "input")]
    pub(crate) profile: Option<String>,
    /// Folder of earlier runs, for mode precomputed: <RUNS>/<`precomputed_run_id`>/<`precomputed_scalar_filename`>.
    #[arg(long, value_name = "DIR", default_value = ".", conflicts_with = "input")]
    pub(crate) runs: PathBuf,
    /// Also write the tables as Arrow IPC files, where --out is a folder.
    #[arg(long, requires = "out")]
    pub(crate) arrow: bool,
    #[command(flatten)]
    #[allow(missing_docs, reason = "a documentation comment would become the help of the first flattened option")]
    pub(crate) reading: ReadingArgs,
    #[command(flatten)]
    #[allow(missing_docs, reason = "as above")]
    pub(crate) operation: OperationArgs,
}

/// The texts of the files of an earlier run.
#[derive(Serialize)]
pub(super) struct Precomputed {
    meta: Option<String>,
    scalars: String,
}

/// Carries it out.
///
/// # Errors
/// What is wrong with files, settings or request.
pub(crate) fn run(args: &RiskArgs) -> Result<ExitCode, Problem> {
    let folder = args.operation.out.as_deref().filter(|path| is_folder(path)).map(Path::to_owned);
    if args.arrow && folder.is_none() {
        return Err(Problem::new(
            Code::Conflict,
            "--arrow",
            "--arrow writes the tables of a folder, and --out is a file.",
            "Give --out a folder: its path ends with /.",
        ));
    }
    if let Some(input) = &args.operation.input {
        let Some(folder) = folder else { return whole_request("risk", input, &args.operation) };
        let request = RiskRequest::from_json(&output::read(input, Limits::native().bytes)?)?;
        return to_folder(&request, &folder, args, |problem| problem);
    }
    let flags = vec![("mode", "--mode", args.mode.clone()), ("profile", "--profile", args.profile.clone())];
    let settings = with_flags("risk", flags, &args.operation)?;
    let mut files = Files::new(&args.reading)?;
    let portfolio = files.read(&args.portfolio_returns, from_table::returns);
    let equity = files.read(&args.equity, from_table::prices);
    let assets = files.read(&args.asset_returns, from_table::returns);
    let sleeves = files.read(&args.sleeve_returns, from_table::returns);
    let units = files.read(&args.trend_unit_returns, from_table::returns);
    let weights = files.read(&args.weights, from_table::weights);
    let precomputed = files.note(precomputed(&settings, &args.runs)).flatten();
    files.check(&settings, "risk")?;
    let mut request = Draft::new(&settings, "risk")?;
    request.put_some("asset_returns", assets.as_ref())?;
    request.put_some("equity", equity.as_ref())?;
    request.put_some("portfolio_returns", portfolio.as_ref())?;
    request.put_some("precomputed", precomputed.as_ref())?;
    request.put_some("sleeve_returns", sleeves.as_ref())?;
    request.put_some("trend_unit_returns", units.as_ref())?;
    request.put_some("weights", weights.as_ref())?;
    let place = |problem| locate(&settings, problem, "risk");
    let Some(folder) = folder else {
        return answer::<RiskRequest>(&request, &files, place, &args.operation);
    };
    let request = RiskRequest::from_json(&request.to_json()).map_err(place)?;
    let code = to_folder(&request, &folder, args, place)?;
    output::warn(&files.warnings, args.operation.format == Some(OutputFormat::Json));
    Ok(code)
}

/// Whether a path is meant as a folder.
fn is_folder(path: &Path) -> bool {
    path.is_dir() || path.as_os_str().to_string_lossy().ends_with(std::path::is_separator)
}

/// Answer, request and every artefact into a folder; standard output gets the whole answer where JSON is asked for, else a summary.
fn to_folder(
    request: &RiskRequest,
    path: &Path,
    args: &RiskArgs,
    place: impl Fn(Problem) -> Problem,
) -> Result<ExitCode, Problem> {
    let operation = &args.operation;
    if operation.format.is_some_and(|format| format != OutputFormat::Json) {
        return Err(Problem::new(
            Code::Conflict,
            "--format",
            "A folder has every table as CSV, and as Arrow with --arrow.",
            "Leave --format out, or give --out a file.",
        ));
    }
    // The run is called as its folder, so that a later run finds it by that name below the folder of runs.
    let run = path.file_name().map_or_else(|| String::from("risk"), |name| name.to_string_lossy().into_owned());
    let (answer, files) = request.answer_and_artefacts(&run).map_err(place)?;
    let (bytes, canonical) = (to_canonical_bytes(&answer)?, to_canonical_bytes(request)?);
    let mut output = Output::new();
    folder::fill(path, &Whole { name: "risk.json", answer: &bytes, request: &canonical }, &files, args.arrow, &mut output)?;
    if let Some(path) = &operation.emit_request {
        output.add(Some(path), &canonical)?;
    }
    if operation.format == Some(OutputFormat::Json) {
        output.add(None, &bytes)?;
    } else {
        output.add(None, summary(&answer).as_bytes())?;
    }
    output.commit()?;
    Ok(ExitCode::SUCCESS)
}

/// What a person wants to see first.
fn summary(answer: &RiskResponse) -> String {
    let mut text = String::new();
    match &answer.result.summary {
        Some(run) => put_run(&mut text, run),
        None => {
            let _ = writeln!(text, "mode {}, no rebalances", answer.result.mode.as_str());
        }
    }
    let _ = writeln!(text, "digest {}", answer.digest);
    text
}

/// Summary of a run (R7): mode and source, how much was scaled, the scalars, and the deepest cuts.
pub(super) fn put_run(text: &mut String, run: &RunSummary) {
    let shown = |value: Option<f64>| value.map_or_else(|| String::from("unknown"), |value| format!("{value:.4}"));
    let share = run.scaled_share.map_or_else(|| String::from("unknown"), |share| format!("{:.1} %", 100.0 * share));
    let (mean, least, most) = (shown(run.scalar_mean), shown(run.scalar_min), shown(run.scalar_max));
    let _ = writeln!(text, "mode {}, scalars {}", run.mode.as_str(), run.source);
    let _ = writeln!(text, "{} rebalances, {} scaled ({share})", run.rebalances, run.scaled);
    let _ = writeln!(text, "scalar mean {mean}, lowest {least}, highest {most}");
    for event in &run.events {
        let regime = event.regime.map_or("unknown", |regime| regime.as_str());
        let _ = writeln!(text, "{}  {:.4}  {regime:<9}{}", event.date, event.scalar, event.note);
    }
}

/// The scalars of an earlier run, in mode precomputed.
fn precomputed(settings: &Settings, runs: &Path) -> Result<Option<Precomputed>, Problem> {
    precomputed_of(&check_section(settings, "risk")?.0, runs)
}

/// The scalars of an earlier run that settings of the overlay name.
pub(super) fn precomputed_of(config: &Json, runs: &Path) -> Result<Option<Precomputed>, Problem> {
    let text = |field: &str| config.get(field).and_then(Json::as_str).map(str::to_owned);
    if text("mode").as_deref() != Some("precomputed") || config.get("enabled") == Some(&Json::Bool(false)) {
        return Ok(None);
    }
    let name = text("precomputed_scalar_filename").unwrap_or_else(|| RiskConfig::default().precomputed_scalar_filename);
    let folder = text("precomputed_run_id").map_or_else(|| runs.to_owned(), |run| runs.join(run));
    let path = folder.join(&name);
    let read = |path: &Path| -> Result<String, Problem> {
        let bytes = output::read(path, SCALAR_FILE_BYTES_MAX)?;
        String::from_utf8(bytes).map_err(|_| {
            let place = path.display().to_string();
            let message = format!("{place} is not UTF-8 text.");
            Problem::new(Code::CorruptFile, place, message, "Give the CSV file that an earlier run wrote.")
        })
    };
    let scalars = read(&path)?;
    let stem = name.strip_suffix(".csv").unwrap_or(&name);
    let meta = folder.join(format!("{stem}_meta.json"));
    // Whether it may be missing is for the loader to say.
    let meta = if meta.exists() { Some(read(&meta)?) } else { None };
    Ok(Some(Precomputed { meta, scalars }))
}
