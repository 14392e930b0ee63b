//! `allocator attribution`, `limits`, `net` and `portfolio`: operations whose request comes whole, as JSON.

use super::{MainTable, whole_request};
use crate::cli::args::OperationArgs;
use crate::cli::args::OutputFormat;
use allocator_core::Problem;
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

/// Where a whole request comes from and its answer goes.
#[derive(Args, Debug)]
pub(crate) struct WholeArgs {
    /// The request as JSON; - is standard input.
    #[arg(long = "in", value_name = "FILE")]
    pub(crate) input: PathBuf,
    /// Where the answer goes; - is standard output. A file appears whole or not at all.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Form of the answer; with json, problems are JSON too.
    #[arg(long, value_enum)]
    pub(crate) format: Option<OutputFormat>,
}

/// The part of each answer that is a table.
fn table(operation: &str) -> MainTable {
    let key = match operation {
        "attribution" => "strategies",
        "limits" => "orders",
        "net" => "fills",
        _ => "performance",
    };
    let columns: &[&str] = match operation {
        "attribution" => &["strategy", "gross_profit", "contribution"],
        "limits" => &["strategy", "symbol", "id", "quantity", "verdict", "allowed"],
        "net" => &["strategy", "symbol", "quantity", "price", "inside", "order"],
        _ => &["strategy", "observations", "total_return", "volatility", "sharpe", "max_drawdown", "current_drawdown"],
    };
    MainTable { key, columns }
}

/// Carries it out.
///
/// # Errors
/// What is wrong with the request.
pub(crate) fn run(operation: &str, args: &WholeArgs) -> Result<ExitCode, Problem> {
    let flags = OperationArgs {
        input: Some(args.input.clone()),
        out: args.out.clone(),
        format: args.format,
        config: None,
        set: Vec::new(),
        compat: None,
        emit_request: None,
    };
    whole_request(operation, &args.input, &flags, table(operation))
}
