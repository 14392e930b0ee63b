//! `allocator blend`.

use super::{Draft, Files, answer, locate, whole_request, with_flags};
use crate::cli::args::{OperationArgs, ReadingArgs};
use crate::cli::source;
use allocator_core::frame::from_table;
use allocator_core::op::blend::BlendRequest;
use allocator_core::{Faults, Problem};
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

/// `allocator blend`.
#[derive(Args, Debug)]
pub(crate) struct BlendArgs {
    /// Signals: CSV, JSON, Arrow, Feather or Parquet. ID=FILE names the strategy; without a name, a strategy column or the file's
    /// name does. Repeatable.
    #[arg(long, value_name = "[ID=]FILE", conflicts_with = "input", required_unless_present = "input")]
    pub(crate) signals: Vec<String>,
    /// Return histories of the strategies, for volatilities, correlations and alerts. Repeatable.
    #[arg(long, value_name = "[ID=]FILE", conflicts_with = "input")]
    pub(crate) returns: Vec<String>,
    /// Return histories of the symbols, for the method ic. Repeatable.
    #[arg(long, value_name = "[ID=]FILE", conflicts_with = "input")]
    pub(crate) asset_returns: Vec<String>,
    /// Statistics of the strategies (vol, sharpe, ic): {"momentum": {"vol": 0.2}} as JSON, YAML or TOML, or a table.
    #[arg(long, value_name = "FILE", conflicts_with = "input")]
    pub(crate) stats: Option<PathBuf>,
    /// `rank_aggregation`, `equal_weight`, `inverse_vol`, `fixed`, `sharpe`, `ic` or `score`.
    #[arg(long, conflicts_with = "input")]
    pub(crate) method: Option<String>,
    /// Hard cap on the gross weight of one strategy, 0 to 1.
    #[arg(long, value_name = "FRACTION", conflicts_with = "input", allow_negative_numbers = true)]
    pub(crate) per_strategy_max: Option<String>,
    /// Allow negative weights.
    #[arg(long, conflicts_with = "input")]
    pub(crate) allow_short_positions: bool,
    #[command(flatten)]
    #[allow(missing_docs, reason = "a documentation comment would become the help of the first flattened option")]
    pub(crate) reading: ReadingArgs,
    #[command(flatten)]
    #[allow(missing_docs, reason = "as above")]
    pub(crate) operation: OperationArgs,
}

/// Carries it out.
///
/// # Errors
/// What is wrong with files, settings or request.
pub(crate) fn run(args: BlendArgs) -> Result<ExitCode, Problem> {
    if let Some(input) = &args.operation.input {
        return whole_request("blend", input, &args.operation);
    }
    let mut flags = vec![("method", "--method", args.method), ("per_strategy_max", "--per-strategy-max", args.per_strategy_max)];
    if args.allow_short_positions {
        flags.push(("allow_short_positions", "--allow-short-positions", Some("true".to_owned())));
    }
    let settings = with_flags("blend", flags, &args.operation)?;
    let mut files = Files::new(&args.reading)?;
    let (signals, rows) = files.read_with_rows(&args.signals, from_table::signals);
    let returns = files.read(&args.returns, from_table::returns);
    let asset_returns = files.read(&args.asset_returns, from_table::returns);
    let stats = files.note(args.stats.as_deref().map(|path| source::stats(path, &files.limits)).transpose()).flatten();
    files.check(&settings, "blend")?;
    let mut request = Draft::new(&settings, "blend")?;
    request.put_some("asset_returns", asset_returns.as_ref())?;
    request.put_some("returns", returns.as_ref())?;
    request.put_some("signals", signals.as_ref())?;
    request.put_some("stats", stats.as_ref().map(|stats| &stats.tree))?;
    let place = |problem| {
        let mut faults = Faults::from(source::locate_shorts(locate(&settings, problem, "blend"), &rows.0, &rows.1));
        faults.relocate(|path| match (&stats, path.strip_prefix("/stats")) {
            (Some(stats), Some(pointer)) => stats.place(pointer),
            _ => path.to_owned(),
        });
        Problem::from(faults)
    };
    answer::<BlendRequest>(&request, &files, place, &args.operation)
}
