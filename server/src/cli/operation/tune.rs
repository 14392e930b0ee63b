//! `allocator tune`.

use super::{Draft, Files, answer, locate, whole_request, with_flags};
use crate::cli::args::{OperationArgs, ReadingArgs};
use allocator_core::Problem;
use allocator_core::frame::from_table;
use allocator_core::op::tune::TuneRequest;
use clap::Args;
use std::process::ExitCode;

/// `allocator tune`.
#[derive(Args, Debug)]
pub(crate) struct TuneArgs {
    /// Returns of the portfolio: a date column and one of returns.
    #[arg(long, value_name = "[ID=]FILE", conflicts_with = "input", required_unless_present = "input")]
    pub(crate) portfolio_returns: Vec<String>,
    /// Equity curve of the portfolio; without it, its returns are compounded.
    #[arg(long, value_name = "[ID=]FILE", conflicts_with = "input")]
    pub(crate) equity: Vec<String>,
    /// Returns of the assets, for correlations. Repeatable.
    #[arg(long, value_name = "[ID=]FILE", conflicts_with = "input")]
    pub(crate) asset_returns: Vec<String>,
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
pub(crate) fn run(args: &TuneArgs) -> Result<ExitCode, Problem> {
    if let Some(input) = &args.operation.input {
        return whole_request("tune", input, &args.operation);
    }
    let settings = with_flags("tune", Vec::new(), &args.operation)?;
    let mut files = Files::new(&args.reading)?;
    let portfolio = files.read(&args.portfolio_returns, from_table::returns);
    let equity = files.read(&args.equity, from_table::prices);
    let assets = files.read(&args.asset_returns, from_table::returns);
    files.check(&settings, "tune")?;
    let mut request = Draft::new(&settings, "tune")?;
    request.put_some("asset_returns", assets.as_ref())?;
    request.put_some("equity", equity.as_ref())?;
    request.put_some("portfolio_returns", portfolio.as_ref())?;
    let place = |problem| locate(&settings, problem, "tune");
    answer::<TuneRequest>(&request, &files, place, &args.operation)
}
