//! `allocator walk-forward`: capital methods on the past without looking ahead.

use super::run_file::{Drafted, Given, Holds, carry_out};
use super::whole_request;
use crate::cli::args::{OperationArgs, ReadingArgs};
use allocator_core::Problem;
use allocator_core::op::walk_forward::WalkForwardRequest;
use allocator_core::wire::Json;
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

/// `allocator walk-forward`.
#[derive(Args, Debug)]
pub(crate) struct WalkForwardArgs {
    /// Return histories of the strategies. Repeatable.
    #[arg(long, value_name = "[ID=]FILE", conflicts_with = "input", required_unless_present_any = ["input", "config"])]
    pub(crate) returns: Vec<String>,
    /// Methods to try with their default settings, separated by commas: `erc,hrp,equal_weight`.
    #[arg(long, value_name = "METHODS", value_delimiter = ',', conflicts_with = "input")]
    pub(crate) methods: Vec<String>,
    /// Settings of capital to try, by a name for each, as YAML, TOML or JSON.
    #[arg(long, value_name = "FILE", conflicts_with = "input")]
    pub(crate) candidates: Option<PathBuf>,
    /// Periods in sample before the first split.
    #[arg(long, conflicts_with = "input")]
    pub(crate) train: Option<String>,
    /// Periods out of sample between two splits.
    #[arg(long, conflicts_with = "input")]
    pub(crate) test: Option<String>,
    /// `expanding` or `rolling`.
    #[arg(long, conflicts_with = "input")]
    pub(crate) window: Option<String>,
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
pub(crate) fn run(args: &WalkForwardArgs) -> Result<ExitCode, Problem> {
    if let Some(input) = &args.operation.input {
        return whole_request("walk_forward", input, &args.operation);
    }
    let flags = [("train", "--train", &args.train), ("test", "--test", &args.test), ("window", "--window", &args.window)];
    let flags = flags.into_iter().map(|(field, flag, text)| (field, flag, text.clone())).collect();
    let tables = vec![("returns", Holds::Returns, args.returns.as_slice())];
    let mut draft = Drafted::read(&Given { flags, ..Given::of("walk_forward", tables, &args.operation, &args.reading) })?;
    draft.put_file("candidates", args.candidates.as_deref());
    if !args.methods.is_empty() {
        let told = draft.remove("candidates");
        draft.put("candidates", candidates(told, &args.methods));
    }
    carry_out::<WalkForwardRequest>(&mut draft, &args.operation)
}

/// Candidates of a file, and one for each method under its own name.
fn candidates(told: Option<Json>, methods: &[String]) -> Json {
    let mut all = match told {
        Some(Json::Object(fields)) => fields,
        _ => Vec::new(),
    };
    for method in methods {
        if !all.iter().any(|(name, _)| name == method) {
            all.push((method.clone(), Json::Object(vec![(String::from("method"), Json::String(method.clone()))])));
        }
    }
    Json::Object(all)
}
