//! `allocator metrics`.

use super::{Draft, Files, answer, locate, whole_request, with_flags};
use crate::cli::args::{OperationArgs, ReadingArgs};
use allocator_core::Problem;
use allocator_core::frame::from_table;
use allocator_core::op::metrics::MetricsRequest;
use clap::Args;
use std::process::ExitCode;

/// `allocator metrics`.
#[derive(Args, Debug)]
pub(crate) struct MetricsArgs {
    /// Return histories: a date column and one column for each strategy, or long form. Repeatable.
    #[arg(long, value_name = "[ID=]FILE", conflicts_with = "input", required_unless_present_any = ["input", "values"])]
    pub(crate) returns: Vec<String>,
    /// Account values (equity curves) instead of returns. Repeatable.
    #[arg(long, value_name = "[ID=]FILE", conflicts_with_all = ["input", "returns"])]
    pub(crate) values: Vec<String>,
    /// Returns of one benchmark, for beta, alpha and capture.
    #[arg(long, value_name = "[ID=]FILE", conflicts_with = "input")]
    pub(crate) benchmark: Vec<String>,
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
pub(crate) fn run(args: &MetricsArgs) -> Result<ExitCode, Problem> {
    if let Some(input) = &args.operation.input {
        return whole_request("metrics", input, &args.operation);
    }
    let settings = with_flags("metrics", Vec::new(), &args.operation)?;
    let mut files = Files::new(&args.reading)?;
    let returns = files.read(&args.returns, from_table::returns);
    let values = files.read(&args.values, from_table::prices);
    let benchmark = files.read(&args.benchmark, from_table::returns);
    files.check(&settings, "metrics")?;
    let mut request = Draft::new(&settings, "metrics")?;
    request.put_some("benchmark", benchmark.as_ref())?;
    request.put_some("returns", returns.as_ref())?;
    request.put_some("values", values.as_ref())?;
    let place = |problem| locate(&settings, problem, "metrics");
    answer::<MetricsRequest>(&request, &files, place, &args.operation)
}
