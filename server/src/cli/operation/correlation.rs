//! `allocator correlation`.

use super::{Draft, Files, answer_then, locate, whole_bytes, with_flags};
use crate::cli::args::{EmitArgs, OperationArgs, ReadingArgs};
use crate::cli::{emit, output};
use allocator_core::Problem;
use allocator_core::codec::Limits;
use allocator_core::frame::from_table;
use allocator_core::op::correlation::CorrelationRequest;
use allocator_core::wire::to_canonical_bytes;
use clap::Args;
use std::process::ExitCode;

/// `allocator correlation`.
#[derive(Args, Debug)]
pub(crate) struct CorrelationArgs {
    /// Return histories: a date column and one column for each strategy, or long form. Repeatable.
    #[arg(long, value_name = "[ID=]FILE", conflicts_with = "input", required_unless_present = "input")]
    pub(crate) returns: Vec<String>,
    /// Correlation above which a pair is an alert.
    #[arg(long, value_name = "NUMBER", conflicts_with = "input", allow_negative_numbers = true)]
    pub(crate) threshold: Option<String>,
    /// pearson, spearman or ewma.
    #[arg(long, conflicts_with = "input")]
    pub(crate) method: Option<String>,
    /// Fewest common dates from which a correlation is computed; below it is unknown.
    #[arg(long, value_name = "COUNT", conflicts_with = "input")]
    pub(crate) min_observations: Option<String>,
    /// Newest common dates that enter; all unless given.
    #[arg(long, value_name = "COUNT", conflicts_with = "input")]
    pub(crate) window: Option<String>,
    /// Alert on strongly negative correlations too.
    #[arg(long, conflicts_with = "input")]
    pub(crate) absolute: bool,
    #[command(flatten)]
    #[allow(missing_docs, reason = "a documentation comment would become the help of the first flattened option")]
    pub(crate) emit: EmitArgs,
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
pub(crate) fn run(args: CorrelationArgs) -> Result<ExitCode, Problem> {
    if let Some(input) = &args.operation.input {
        let request = output::read(input, Limits::native().bytes)?;
        let code = whole_bytes("correlation", &request, &args.operation)?;
        emit::emit(&args.emit, "correlation", &request)?;
        return Ok(code);
    }
    let mut flags = vec![
        ("threshold", "--threshold", args.threshold),
        ("method", "--method", args.method),
        ("min_observations", "--min-observations", args.min_observations),
        ("window", "--window", args.window),
    ];
    if args.absolute {
        flags.push(("absolute", "--absolute", Some("true".to_owned())));
    }
    let settings = with_flags("correlation", flags, &args.operation)?;
    let mut files = Files::new(&args.reading)?;
    let returns = files.read(&args.returns, from_table::returns);
    files.check(&settings, "correlation")?;
    let mut request = Draft::new(&settings, "correlation")?;
    request.put_some("returns", returns.as_ref())?;
    let place = |problem| locate(&settings, problem, "correlation");
    answer_then::<CorrelationRequest>(&request, &files, place, &args.operation, |request| {
        if args.emit.emit { emit::emit(&args.emit, "correlation", &to_canonical_bytes(request)?) } else { Ok(()) }
    })
}
