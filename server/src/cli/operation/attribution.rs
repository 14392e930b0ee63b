//! `allocator attribution`: account values in, who earned what out.

use super::run_file::{Drafted, Given, Holds, carry_out};
use super::{names_with_values, whole_request};
use crate::cli::args::{OperationArgs, ReadingArgs};
use allocator_core::Problem;
use allocator_core::op::attribution::AttributionRequest;
use allocator_core::wire::Json;
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

/// `allocator attribution`.
#[derive(Args, Debug)]
pub(crate) struct AttributionArgs {
    /// Account values: a date column and one column for each strategy, or long form. Repeatable.
    #[arg(long, value_name = "[ID=]FILE", conflicts_with = "input", required_unless_present_any = ["input", "config"])]
    pub(crate) values: Vec<String>,
    /// Returns of the benchmark of every strategy. Repeatable.
    #[arg(long, value_name = "[ID=]FILE", conflicts_with = "input")]
    pub(crate) benchmark: Vec<String>,
    /// What trading cost, by date and strategy. Repeatable.
    #[arg(long, value_name = "[ID=]FILE", conflicts_with = "input")]
    pub(crate) costs: Vec<String>,
    /// Capital given or taken, by date and strategy. Repeatable.
    #[arg(long, value_name = "[ID=]FILE", conflicts_with = "input")]
    pub(crate) flows: Vec<String>,
    /// What netting saved, by date and strategy. Repeatable.
    #[arg(long, value_name = "[ID=]FILE", conflicts_with = "input")]
    pub(crate) netting: Vec<String>,
    /// What the overlay changed, by date and strategy. Repeatable.
    #[arg(long, value_name = "[ID=]FILE", conflicts_with = "input")]
    pub(crate) overlay: Vec<String>,
    /// Shares of the capital by policy, {"momentum": 0.5}, as YAML, TOML or JSON.
    #[arg(long, value_name = "FILE", conflicts_with = "input")]
    pub(crate) policy: Option<PathBuf>,
    /// Gross profit of one strategy by date and symbol. Repeatable, one file a strategy.
    #[arg(long, value_name = "STRATEGY=FILE", conflicts_with = "input")]
    pub(crate) symbols: Vec<String>,
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
pub(crate) fn run(args: &AttributionArgs) -> Result<ExitCode, Problem> {
    if let Some(input) = &args.operation.input {
        return whole_request("attribution", input, &args.operation);
    }
    let tables = vec![
        ("values", Holds::Prices, args.values.as_slice()),
        ("benchmark", Holds::Returns, &args.benchmark),
        ("costs", Holds::Numbers, &args.costs),
        ("flows", Holds::Numbers, &args.flows),
        ("netting", Holds::Numbers, &args.netting),
        ("overlay", Holds::Numbers, &args.overlay),
    ];
    let mut draft = Drafted::read(&Given::of("attribution", tables, &args.operation, &args.reading))?;
    if let Some(path) = &args.policy
        && let Some(policy) = draft.files.note(names_with_values(path))
    {
        draft.put("policy", policy);
    }
    let symbols = draft.by_name("symbols", Holds::Numbers, &args.symbols);
    if !symbols.is_empty() {
        draft.put("symbols", Json::Object(symbols));
    }
    carry_out::<AttributionRequest>(&mut draft, &args.operation)
}
