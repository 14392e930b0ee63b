//! `allocator alpha`: prices and alphas in, scores and signals of one moment out.

use super::run_file::{Drafted, Given, carry_out};
use super::{MainTable, whole_request};
use crate::cli::args::{MarketArgs, OperationArgs, ReadingArgs};
use allocator_core::Problem;
use allocator_core::op::alpha::AlphaRequest;
use allocator_core::wire::Json;
use clap::Args;
use std::process::ExitCode;

/// The part of the answer that is a table.
const SIGNALS: MainTable = MainTable { key: "signals", columns: &["symbol", "action", "strength", "target_weight", "unknown"] };

/// `allocator alpha`.
#[derive(Args, Debug)]
pub(crate) struct AlphaArgs {
    #[command(flatten)]
    #[allow(missing_docs, reason = "a documentation comment would become the help of the first flattened option")]
    pub(crate) market: MarketArgs,
    /// Alphas and formulas, separated by ;, for example `momentum_20d;rank(-delta(close, 5))`.
    #[arg(long, value_name = "ALPHAS", value_delimiter = ';', conflicts_with = "input")]
    pub(crate) alphas: Vec<String>,
    /// The moment: prices after it are not looked at. [default: that of the newest price]
    #[arg(long, value_name = "TIME", conflicts_with = "input")]
    pub(crate) as_of: Option<String>,
    /// Hold every alpha against the returns that followed.
    #[arg(long, conflicts_with = "input")]
    pub(crate) judge: bool,
    #[command(flatten)]
    #[allow(missing_docs, reason = "as above")]
    pub(crate) reading: ReadingArgs,
    #[command(flatten)]
    #[allow(missing_docs, reason = "as above")]
    pub(crate) operation: OperationArgs,
}

/// Carries it out.
///
/// # Errors
/// What is wrong with files, settings or request.
pub(crate) fn run(args: &AlphaArgs) -> Result<ExitCode, Problem> {
    if let Some(input) = &args.operation.input {
        return whole_request("alpha", input, &args.operation, SIGNALS);
    }
    let mut draft = Drafted::read(&Given::of("alpha", args.market.tables(), &args.operation, &args.reading))?;
    if !args.alphas.is_empty() {
        let named = args.alphas.iter().map(|alpha| Json::String(alpha.trim().to_owned())).collect();
        draft.set("alphas", Json::Array(named));
    }
    if let Some(time) = &args.as_of {
        draft.put("as_of", Json::String(time.clone()));
    }
    if args.judge {
        draft.put("judge", Json::Bool(true));
    }
    carry_out::<AlphaRequest>(&mut draft, &args.operation, SIGNALS)
}
