//! `allocator limits`: positions and orders in, a verdict on each order out.

use super::run_file::{Drafted, Given, Holds, carry_out};
use super::{names_with_values, whole_request};
use crate::cli::args::{OperationArgs, ReadingArgs};
use allocator_core::op::limits::LimitsRequest;
use allocator_core::wire::Json;
use allocator_core::{Code, Fault, Problem};
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

/// `allocator limits`.
#[derive(Args, Debug)]
pub(crate) struct LimitsArgs {
    /// Orders, one a row: strategy, symbol, quantity, and if there is one price and id. Repeatable.
    #[arg(long, value_name = "FILE", conflicts_with = "input")]
    pub(crate) orders: Vec<String>,
    /// Known prices: one for each symbol, or by date, of which the newest counts. Repeatable.
    #[arg(long, value_name = "FILE", conflicts_with = "input")]
    pub(crate) prices: Vec<String>,
    /// Returns of strategies: a date column and one column for each, or long form. Repeatable.
    #[arg(long, value_name = "[ID=]FILE", conflicts_with = "input")]
    pub(crate) returns: Vec<String>,
    /// Returns of the market, for beta.
    #[arg(long, value_name = "[ID=]FILE", conflicts_with = "input")]
    pub(crate) benchmark: Vec<String>,
    /// The portfolio before the orders as YAML, TOML or JSON: value, peak, strategies with capital and value, …
    #[arg(long, value_name = "FILE", conflicts_with = "input", required_unless_present_any = ["input", "config", "positions"])]
    pub(crate) portfolio: Option<PathBuf>,
    /// Positions, one a row: strategy, symbol, quantity, and if there is one price; over those of the portfolio. Repeatable.
    #[arg(long, value_name = "FILE", conflicts_with = "input")]
    pub(crate) positions: Vec<String>,
    /// Value of everything, money; over that of the portfolio.
    #[arg(long, value_name = "MONEY", conflicts_with = "input")]
    pub(crate) value: Option<String>,
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
pub(crate) fn run(args: &LimitsArgs) -> Result<ExitCode, Problem> {
    if let Some(input) = &args.operation.input {
        return whole_request("limits", input, &args.operation);
    }
    let tables = vec![
        ("orders", Holds::Records, args.orders.as_slice()),
        ("prices", Holds::Newest, &args.prices),
        ("returns", Holds::Returns, &args.returns),
        ("benchmark", Holds::Returns, &args.benchmark),
    ];
    let mut draft = Drafted::read(&Given::of("limits", tables, &args.operation, &args.reading))?;
    if let Some(path) = &args.portfolio
        && let Some(portfolio) = draft.files.note(names_with_values(path))
    {
        draft.put("portfolio", portfolio);
    }
    if !args.positions.is_empty() || args.value.is_some() {
        let mut portfolio = draft.remove("portfolio").unwrap_or(Json::Object(Vec::new()));
        if let Some(value) = &args.value {
            put(&mut portfolio, &["value"], Json::String(value.clone()));
        }
        for position in positions(&mut draft, &args.positions) {
            position.put_into(&mut portfolio);
        }
        draft.put("portfolio", portfolio);
    }
    carry_out::<LimitsRequest>(&mut draft, &args.operation)
}

/// A row of a file of positions.
struct Position {
    strategy: String,
    symbol: String,
    held: Vec<(String, Json)>,
}

impl Position {
    fn put_into(self, portfolio: &mut Json) {
        put(portfolio, &["strategies", &self.strategy, "positions", &self.symbol], Json::Object(self.held));
    }
}

fn positions(draft: &mut Drafted, files: &[String]) -> Vec<Position> {
    let Some(Json::Array(rows)) = draft.content("positions", Holds::Records, files) else { return Vec::new() };
    let mut all = Vec::with_capacity(rows.len());
    for (i, row) in rows.into_iter().enumerate() {
        let Json::Object(mut fields) = row else { continue };
        let mut name = |wanted: &str| {
            let at = fields.iter().position(|(key, _)| key == wanted)?;
            fields.remove(at).1.as_str().map(str::to_owned)
        };
        if let (Some(strategy), Some(symbol)) = (name("strategy"), name("symbol")) {
            all.push(Position { strategy, symbol, held: fields });
        } else {
            let place = draft.row(&format!("/positions/{i}")).unwrap_or_default();
            let message = "The row names no strategy or no symbol.";
            draft.files.refuse(Fault::new(Code::MissingColumn, place, message, "Give every position a strategy and a symbol."));
        }
    }
    all
}

/// Sets a value in a tree, with the objects on the way to it.
fn put(tree: &mut Json, path: &[&str], value: Json) {
    let [first, rest @ ..] = path else {
        *tree = value;
        return;
    };
    if !matches!(tree, Json::Object(_)) {
        *tree = Json::Object(Vec::new());
    }
    let Json::Object(fields) = tree else { return };
    let at = fields.iter().position(|(key, _)| key == first).unwrap_or_else(|| {
        fields.push(((*first).to_owned(), Json::Null));
        fields.len() - 1
    });
    put(&mut fields[at].1, rest, value);
}
