//! `allocator schedule`: when to rebalance, for every trading day of a plan or for a whole request.

use super::run_file::{Drafted, Given, Holds, carry_out};
use super::whole_request;
use crate::cli::args::{OperationArgs, ReadingArgs};
use allocator_core::Problem;
use allocator_core::op::schedule::ScheduleRequest;
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

/// `allocator schedule`.
#[derive(Args, Debug)]
pub(crate) struct ScheduleArgs {
    /// First day of the plan, 2026-01-01.
    #[arg(long, value_name = "DATE", conflicts_with = "input", required_unless_present_any = ["input", "config"])]
    pub(crate) from: Option<String>,
    /// Last day of the plan.
    #[arg(long, value_name = "DATE", conflicts_with = "input", required_unless_present_any = ["input", "config"])]
    pub(crate) to: Option<String>,
    /// The last rebalance before the plan.
    #[arg(long, value_name = "DATE", conflicts_with = "input")]
    pub(crate) last_rebalance: Option<String>,
    /// `daily`, `weekly`, `monthly`, `quarterly`, or `custom` with `--pattern`.
    #[arg(long, conflicts_with = "input")]
    pub(crate) frequency: Option<String>,
    /// Days as cron writes them, day of the month, month, day of the week: "1,15 * *". Means `--frequency custom`.
    #[arg(long, conflicts_with_all = ["input", "frequency"])]
    pub(crate) pattern: Option<String>,
    /// Weights that every rebalance brings the strategies to, {"momentum": 0.25}, as YAML, TOML or JSON.
    #[arg(long, value_name = "FILE", conflicts_with = "input")]
    pub(crate) target: Option<PathBuf>,
    /// Returns by which weights drift away from the target. Repeatable.
    #[arg(long, value_name = "[ID=]FILE", conflicts_with = "input", requires = "target")]
    pub(crate) returns: Vec<String>,
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
pub(crate) fn run(args: &ScheduleArgs) -> Result<ExitCode, Problem> {
    if let Some(input) = &args.operation.input {
        return whole_request("schedule", input, &args.operation);
    }
    let frequency = args.frequency.clone().or_else(|| args.pattern.as_ref().map(|_| String::from("custom")));
    let flags = vec![("frequency", "--frequency", frequency), ("pattern", "--pattern", args.pattern.clone())];
    let tables = vec![("returns", Holds::Returns, args.returns.as_slice())];
    let mut draft = Drafted::read(&Given { flags, ..Given::of("schedule", tables, &args.operation, &args.reading) })?;
    draft.put_text("from", args.from.as_ref());
    draft.put_text("last_rebalance", args.last_rebalance.as_ref());
    draft.put_text("to", args.to.as_ref());
    draft.put_file("target", args.target.as_deref());
    carry_out::<ScheduleRequest>(&mut draft, &args.operation)
}
