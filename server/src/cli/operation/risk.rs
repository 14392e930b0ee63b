//! `allocator risk`.

use super::{Draft, Files, MainTable, answer, locate, whole_request, with_flags};
use crate::cli::args::{OperationArgs, ReadingArgs};
use crate::cli::output;
use crate::config::{Settings, check_section};
use allocator_core::config::risk::RiskConfig;
use allocator_core::frame::from_table;
use allocator_core::op::risk::RiskRequest;
use allocator_core::wire::Json;
use allocator_core::{Code, Problem};
use clap::Args;
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The part of the answer that is a table.
const SCALARS: MainTable = MainTable { key: "scalars", columns: &["date", "scalar", "target"] };

/// Largest file of scalars, bytes.
const SCALAR_FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// `allocator risk`.
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
pub(crate) fn run(args: RiskArgs) -> Result<ExitCode, Problem> {
    if let Some(input) = &args.operation.input {
        return whole_request("risk", input, &args.operation, SCALARS);
    }
    let flags = vec![("mode", "--mode", args.mode), ("profile", "--profile", args.profile)];
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
    answer::<RiskRequest>(&request, &files, place, &args.operation, SCALARS)
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
