//! `allocator position_limits`.

use super::whole_request;
use crate::cli::args::OutputFormat;
use allocator_core::Problem;
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

/// `allocator position_limits`.
#[derive(Args, Debug)]
pub(crate) struct PositionLimitsArgs {
    /// The whole request as JSON; - is standard input.
    #[arg(long = "in", value_name = "FILE")]
    pub(crate) input: PathBuf,
    /// Where the answer goes; - is standard output. A file appears whole or not at all.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Form of the answer; with json, problems are JSON too.
    #[arg(long, value_enum)]
    pub(crate) format: Option<OutputFormat>,
}

/// Carries it out.
///
/// # Errors
/// What is wrong with the request.
pub(crate) fn run(args: PositionLimitsArgs) -> Result<ExitCode, Problem> {
    let operation = crate::cli::args::OperationArgs {
        input: None,
        out: args.out,
        format: args.format,
        config: None,
        set: Vec::new(),
        compat: None,
        emit_request: None,
    };
    whole_request("position_limits", &args.input, &operation)
}
