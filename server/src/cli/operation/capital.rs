//! `allocator capital`: from return histories and limits to a split of capital, and `allocator capital explain` to its reasons in words.

use super::{Draft, Files, answer, locate, names_with_values, whole_request, with_flags};
use crate::cli::args::{OperationArgs, OutputFormat, ReadingArgs};
use crate::cli::output::{self, Output};
use crate::cli::progress::while_working;
use crate::config::Settings;
use allocator_core::capital::optimised::FrontierConfig;
use allocator_core::codec::Limits;
use allocator_core::frame::from_table;
use allocator_core::op::capital::{CapitalRequest, CapitalResult};
use allocator_core::op::{Answer, Request};
use allocator_core::{Faults, Problem};
use clap::{Args, Subcommand};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

/// `allocator capital`, and `allocator capital explain`.
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct CapitalArgs {
    /// What else to do with the split.
    #[command(subcommand)]
    pub(crate) command: Option<CapitalCommand>,
    #[command(flatten)]
    #[allow(missing_docs, reason = "a documentation comment would become the help of the first flattened option")]
    pub(crate) split: SplitArgs,
}

/// What else to do with the split.
#[derive(Debug, Subcommand)]
pub(crate) enum CapitalCommand {
    /// Say in words why each strategy gets its weight and which limit binds.
    Explain(Box<SplitArgs>),
}

/// How capital is split.
#[derive(Args, Debug)]
pub(crate) struct SplitArgs {
    /// Return histories of the strategies: a date column and one column for each, or long form. Repeatable.
    #[arg(long, value_name = "[ID=]FILE", conflicts_with = "input", required_unless_present_any = ["input", "config", "set"])]
    pub(crate) returns: Vec<String>,
    /// `erc`, `hrp`, `inverse_volatility`, `kelly`, `equal_weight`, `fixed`, `dynamic`, … (an unknown word lists them all).
    #[arg(long, conflicts_with = "input")]
    pub(crate) method: Option<String>,
    /// Hard limits as YAML, TOML or JSON: min, max, strategies, groups, `cash_reserve`, `turnover_max`, …
    #[arg(long, value_name = "FILE", conflicts_with = "input")]
    pub(crate) constraints: Option<PathBuf>,
    /// What is held now, {"momentum": 0.25}, as YAML, TOML or JSON.
    #[arg(long, value_name = "FILE", conflicts_with = "input")]
    pub(crate) previous: Option<PathBuf>,
    /// Expected returns a year, {"momentum": 0.08}, as YAML, TOML or JSON.
    #[arg(long, value_name = "FILE", conflicts_with = "input")]
    pub(crate) forecasts: Option<PathBuf>,
    /// Other methods beside the first, separated by commas.
    #[arg(long, value_name = "METHODS", value_delimiter = ',', conflicts_with = "input")]
    pub(crate) compare: Vec<String>,
    /// Add the efficient frontier under the same limits, with so many points.
    #[arg(long, value_name = "POINTS", conflicts_with = "input")]
    pub(crate) frontier: Option<u32>,
    #[command(flatten)]
    #[allow(missing_docs, reason = "a documentation comment would become the help of the first flattened option")]
    pub(crate) reading: ReadingArgs,
    #[command(flatten)]
    #[allow(missing_docs, reason = "as above")]
    pub(crate) operation: OperationArgs,
}

impl CapitalArgs {
    /// Whether problems are wanted as JSON.
    pub(crate) fn wants_json(&self) -> bool {
        let split = match &self.command {
            Some(CapitalCommand::Explain(split)) => split,
            None => &self.split,
        };
        split.operation.format == Some(OutputFormat::Json)
    }
}

/// Carries it out.
///
/// # Errors
/// What is wrong with files, settings or request.
pub(crate) fn run(args: CapitalArgs) -> Result<ExitCode, Problem> {
    match args.command {
        Some(CapitalCommand::Explain(split)) => explain(&split),
        None => split(&args.split),
    }
}

fn split(args: &SplitArgs) -> Result<ExitCode, Problem> {
    if let Some(input) = &args.operation.input {
        return whole_request("capital", input, &args.operation);
    }
    let (draft, files, settings) = read(args)?;
    let place = |problem| place(args, &settings, problem);
    answer::<CapitalRequest>(&draft, &files, place, &args.operation)
}

/// The reasons in words; with `--format json` the whole answer.
fn explain(args: &SplitArgs) -> Result<ExitCode, Problem> {
    if args.operation.format.is_some() {
        return split(args);
    }
    let request = if let Some(input) = &args.operation.input {
        CapitalRequest::from_json(&output::read(input, Limits::native().bytes)?)?
    } else {
        let (draft, _, settings) = read(args)?;
        CapitalRequest::from_json(&draft.to_json()).map_err(|problem| place(args, &settings, problem))?
    };
    let mut output = Output::new();
    output.add(args.operation.out.as_deref(), words(&while_working("capital", || request.answer())?).as_bytes())?;
    output.commit()?;
    Ok(ExitCode::SUCCESS)
}

/// The answer for people.
fn words(answer: &Answer<CapitalResult>) -> String {
    let result = &answer.result;
    let mut text = format!("{} ({})\n\n{}\n\n", result.method.as_str(), result.status.as_str(), result.explanation.join(" "));
    for row in &result.allocations {
        let _ = writeln!(text, "{:>7.2} %  {}: {}", row.weight * 100.0, row.strategy, row.why);
    }
    let _ = writeln!(text, "{:>7.2} %  cash", result.cash * 100.0);
    for binding in &result.bindings {
        let whom = binding.strategy.as_deref().map(|name| format!(" for {name}")).unwrap_or_default();
        let price = binding.shadow_price.map(|price| format!(", shadow price {price:.3e}")).unwrap_or_default();
        let _ = writeln!(text, "binds: {}{whom} at {}{price}", binding.limit, binding.value);
    }
    let _ = writeln!(text, "digest {}", answer.digest);
    text
}

/// Files and settings as a request.
fn read(args: &SplitArgs) -> Result<(Draft, Files, Settings), Problem> {
    let mut settings = with_flags("capital", vec![("method", "--method", args.method.clone())], &args.operation)?;
    let mut files = Files::new(&args.reading)?;
    let returns = files.read(&args.returns, from_table::returns);
    let limits = files.note(args.constraints.as_deref().map(names_with_values).transpose()).flatten();
    let previous = files.note(args.previous.as_deref().map(names_with_values).transpose()).flatten();
    let forecasts = files.note(args.forecasts.as_deref().map(names_with_values).transpose()).flatten();
    if let (Some(limits), Some(path)) = (limits, &args.constraints) {
        settings.set("capital", &["constraints"], limits, crate::config::Origin::File(path.display().to_string()));
    }
    files.check(&settings, "capital")?;
    let mut draft = Draft::new(&settings, "capital")?;
    if !args.compare.is_empty() {
        draft.put("compare", &args.compare)?;
    }
    draft.put_some("forecasts", forecasts.as_ref())?;
    if let Some(points) = args.frontier {
        draft.put("frontier", &FrontierConfig { points })?;
    }
    draft.put_some("previous", previous.as_ref())?;
    draft.put_some("returns", returns.as_ref())?;
    Ok((draft, files, settings))
}

/// Names files in the places of faults.
fn place(args: &SplitArgs, settings: &Settings, problem: Problem) -> Problem {
    let mut faults = Faults::from(locate(settings, problem, "capital"));
    faults.relocate(|path| {
        for (field, file) in [("/previous", &args.previous), ("/forecasts", &args.forecasts)] {
            if let (Some(rest), Some(file)) = (path.strip_prefix(field), file) {
                return format!("{}{rest}", file.display());
            }
        }
        path.to_owned()
    });
    Problem::from(faults)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_name_every_strategy_and_the_cash() {
        let request = CapitalRequest::from_json(
            br#"{"version":1,"config":{"method":"fixed","fixed":{"a":0.5,"b":0.3},"constraints":{"max":0.4}}}"#,
        )
        .unwrap();
        let text = words(&request.answer().unwrap());
        for part in ["fixed", "40.00 %  a", "40.00 %  b", "20.00 %  cash", "binds: max for a at 0.4", "digest "] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}
