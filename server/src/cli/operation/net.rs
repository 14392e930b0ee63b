//! `allocator net`: orders of several strategies in, what leaves and who gets what of a fill out.

use super::run_file::{Drafted, Given, Holds, carry_out};
use super::whole_request;
use crate::cli::args::{OperationArgs, ReadingArgs};
use allocator_core::Problem;
use allocator_core::op::net::NetRequest;
use clap::Args;
use std::process::ExitCode;

/// `allocator net`.
#[derive(Args, Debug)]
pub(crate) struct NetArgs {
    /// Orders, one a row: strategy, symbol, quantity, and if there is one `limit_price` and id. Repeatable.
    #[arg(long, value_name = "FILE", conflicts_with = "input", required_unless_present_any = ["input", "config"])]
    pub(crate) orders: Vec<String>,
    /// Fair prices: one for each symbol, or by date, of which the newest counts. Repeatable.
    #[arg(long, value_name = "FILE", conflicts_with = "input")]
    pub(crate) prices: Vec<String>,
    /// Fills of what left, one a row in the order in which they came: order (place in `outside`), quantity, price. Repeatable.
    #[arg(long, value_name = "FILE", conflicts_with = "input")]
    pub(crate) fills: Vec<String>,
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
pub(crate) fn run(args: &NetArgs) -> Result<ExitCode, Problem> {
    if let Some(input) = &args.operation.input {
        return whole_request("net", input, &args.operation);
    }
    let tables = vec![
        ("orders", Holds::Records, args.orders.as_slice()),
        ("prices", Holds::Newest, &args.prices),
        ("fills", Holds::Records, &args.fills),
    ];
    let mut draft = Drafted::read(&Given::of("net", tables, &args.operation, &args.reading))?;
    carry_out::<NetRequest>(&mut draft, &args.operation)
}
