//! `allocator alpha`: prices and alphas in, scores and signals of one moment out.

use super::run_file::{Drafted, Given, carry_out};
use super::whole_request;
use crate::cli::args::{MarketArgs, OperationArgs, ReadingArgs};
use allocator_core::Problem;
use allocator_core::op::alpha::AlphaRequest;
use allocator_core::wire::Json;
use clap::Args;
use std::process::ExitCode;

/// `allocator alpha`.
#[derive(Args, Debug)]
pub(crate) struct AlphaArgs {
    #[command(flatten)]
    #[allow(missing_docs, reason = "a documentation comment would become the help of the first flattened option")]
    pub(crate) market: MarketArgs,
    /// Built-in alphas, separated by commas, for example `momentum_20d,rsi_14`.
    #[arg(long, value_name = "ALPHAS", value_delimiter = ',', conflicts_with = "input")]
    pub(crate) alphas: Vec<String>,
    /// A formula, and its name before the =, for example `mine=rank(-delta(close, 5))`. Repeatable.
    #[arg(long, value_name = "[NAME=]FORMULA", conflicts_with = "input")]
    pub(crate) formula: Vec<String>,
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
        return whole_request("alpha", input, &args.operation);
    }
    let mut draft = Drafted::read(&Given::of("alpha", args.market.tables(), &args.operation, &args.reading))?;
    let formulas: Vec<(String, String)> = args.formula.iter().enumerate().map(|(i, text)| named(i, text)).collect();
    if !args.alphas.is_empty() || !formulas.is_empty() {
        let alphas = args.alphas.iter().map(|alpha| alpha.trim()).chain(formulas.iter().map(|(name, _)| name.as_str()));
        draft.set("alphas", Json::Array(alphas.map(|name| Json::String(name.to_owned())).collect()));
    }
    if !formulas.is_empty() {
        let texts = formulas.into_iter().map(|(name, text)| (name, Json::String(text)));
        draft.set("formulas", Json::Object(texts.collect()));
    }
    if let Some(time) = &args.as_of {
        draft.put("as_of", Json::String(time.clone()));
    }
    if args.judge {
        draft.put("judge", Json::Bool(true));
    }
    carry_out::<AlphaRequest>(&mut draft, &args.operation)
}

/// A formula with its name: that before the first `=` where it is a plain word, as it is not in `a >= b`.
fn named(i: usize, text: &str) -> (String, String) {
    let plain = |name: &str| !name.is_empty() && name.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
    match text.split_once('=') {
        Some((name, formula)) if plain(name.trim()) && !formula.starts_with('=') => {
            (name.trim().to_owned(), formula.trim().to_owned())
        }
        _ if i == 0 => (String::from("formula"), text.to_owned()),
        _ => (format!("formula_{}", i + 1), text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn a_name_is_a_word_before_the_first_equals_sign() {
        let pair = |name: &str, text: &str| (name.to_owned(), text.to_owned());
        assert_eq!(named(0, "mine = rank(close)"), pair("mine", "rank(close)"));
        assert_eq!(named(0, "rank(close) == 1"), pair("formula", "rank(close) == 1"));
        assert_eq!(named(0, "close == open"), pair("formula", "close == open"));
        assert_eq!(named(1, "close >= open"), pair("formula_2", "close >= open"));
    }
}
