//! `allocator audit`: one command from weights and returns to a report and all its artefacts.

use super::{Draft, Files, locate, with_flags};
use crate::cli::args::{OperationArgs, OutputFormat, ReadingArgs};
use crate::cli::output::{self, Output};
use allocator_core::codec::{self, Format, Limits};
use allocator_core::frame::from_table;
use allocator_core::op::Request;
use allocator_core::op::audit::{AuditRequest, AuditResponse};
use allocator_core::wire::to_canonical_bytes;
use allocator_core::{Code, Fault, Problem};
use clap::Args;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// `allocator audit`.
#[derive(Args, Debug)]
pub(crate) struct AuditArgs {
    /// Returns of the assets: a date column and one column for each asset, or long form. Repeatable.
    #[arg(long, value_name = "[ID=]FILE", conflicts_with = "input", required_unless_present = "input")]
    pub(crate) returns: Vec<String>,
    /// Raw weights by decision date: a date column and one column for each asset, or long form. Repeatable.
    #[arg(long, value_name = "[ID=]FILE", conflicts_with = "input", required_unless_present = "input")]
    pub(crate) weights: Vec<String>,
    /// Returns of sleeves (groups of strategies). Repeatable.
    #[arg(long, value_name = "[ID=]FILE", conflicts_with = "input")]
    pub(crate) sleeve_returns: Vec<String>,
    /// Returns of trend units, for their breadth. Repeatable.
    #[arg(long, value_name = "[ID=]FILE", conflicts_with = "input")]
    pub(crate) trend_unit_returns: Vec<String>,
    /// First date that is judged; the history before it warms the state up.
    #[arg(long, value_name = "DATE", conflicts_with = "input")]
    pub(crate) start: Option<String>,
    /// Last date.
    #[arg(long, value_name = "DATE", conflicts_with = "input")]
    pub(crate) end: Option<String>,
    /// What the baseline run is called. [default: baseline]
    #[arg(long, value_name = "NAME", conflicts_with = "input")]
    pub(crate) baseline_run: Option<String>,
    /// What the scaled run is called. [default: scaled]
    #[arg(long, value_name = "NAME", conflicts_with = "input")]
    pub(crate) scaled_run: Option<String>,
    /// A word about this audit.
    #[arg(long, value_name = "TEXT", conflicts_with = "input")]
    pub(crate) tag: Option<String>,
    /// Folder for the report and every artefact; created if missing. With `audit.json` and `request.json`, which repeats the audit
    /// through --in to the same digest.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Write the tables as Arrow IPC files too.
    #[arg(long, requires = "out")]
    pub(crate) arrow: bool,
    /// A whole request as JSON; - is standard input. Instead of data files and settings.
    #[arg(long = "in", value_name = "FILE", conflicts_with_all = ["config", "set", "compat"])]
    pub(crate) input: Option<PathBuf>,
    /// What standard output gets: json for the whole answer (and problems as JSON); else a summary, if there is a folder.
    #[arg(long, value_enum)]
    pub(crate) format: Option<OutputFormat>,
    /// Settings as YAML, TOML or JSON, in sections or of this operation alone.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// One setting, for example `--set cost_bps=2` or `--set risk.profile=M`. Repeatable.
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
    /// Settings of a recorded system where they differ from ours: 000, 001, 002, 003 or 004.
    #[arg(long, value_name = "SYSTEM")]
    pub(crate) compat: Option<String>,
    /// Also write the canonical request: it has the same digest through --in, HTTP and JavaScript.
    #[arg(long, value_name = "FILE")]
    pub(crate) emit_request: Option<PathBuf>,
    #[command(flatten)]
    #[allow(missing_docs, reason = "a documentation comment would become the help of the first flattened option")]
    pub(crate) reading: ReadingArgs,
}

/// Carries it out.
///
/// # Errors
/// What is wrong with files, settings or request; a folder that cannot be written.
pub(crate) fn run(args: &AuditArgs) -> Result<ExitCode, Problem> {
    let (request, warnings) = match &args.input {
        Some(input) => (AuditRequest::from_json(&output::read(input, Limits::native().bytes)?)?, Vec::new()),
        None => from_files(args)?,
    };
    let (answer, files) = request.answer_and_artefacts()?;
    let bytes = to_canonical_bytes(&answer)?;
    let canonical = to_canonical_bytes(&request)?;
    let mut output = Output::new();
    if let Some(folder) = &args.out {
        fs::create_dir_all(folder).map_err(|error| {
            let place = folder.display().to_string();
            Problem::new(Code::Io, &place, format!("{place} cannot be created: {error}."), "Check the path and its permissions.")
        })?;
        output.add(Some(&folder.join("audit.json")), &bytes)?;
        output.add(Some(&folder.join("request.json")), &canonical)?;
        write_artefacts(&files, folder, args.arrow, &mut output)?;
    }
    if let Some(path) = &args.emit_request {
        output.add(Some(path), &canonical)?;
    }
    if args.out.is_none() || args.format == Some(OutputFormat::Json) {
        output.add(None, &bytes)?;
    } else {
        output.add(None, summary(&answer).as_bytes())?;
    }
    output.commit()?;
    output::warn(&warnings, args.format == Some(OutputFormat::Json));
    Ok(ExitCode::SUCCESS)
}

fn from_files(args: &AuditArgs) -> Result<(AuditRequest, Vec<Fault>), Problem> {
    let operation = OperationArgs {
        input: None,
        out: None,
        format: args.format,
        config: args.config.clone(),
        set: args.set.clone(),
        compat: args.compat.clone(),
        emit_request: None,
    };
    let settings = with_flags("audit", Vec::new(), &operation)?;
    let mut files = Files::new(&args.reading)?;
    let returns = files.read(&args.returns, from_table::returns);
    let weights = files.read(&args.weights, from_table::weights);
    let sleeves = files.read(&args.sleeve_returns, from_table::returns);
    let units = files.read(&args.trend_unit_returns, from_table::returns);
    files.check(&settings, "audit")?;
    let mut draft = Draft::new(&settings, "audit")?;
    draft.put_some("asset_returns", returns.as_ref())?;
    draft.put_some("baseline_run", args.baseline_run.as_ref())?;
    draft.put_some("end", args.end.as_ref())?;
    draft.put_some("scaled_run", args.scaled_run.as_ref())?;
    draft.put_some("sleeve_returns", sleeves.as_ref())?;
    draft.put_some("start", args.start.as_ref())?;
    draft.put_some("tag", args.tag.as_ref())?;
    draft.put_some("trend_unit_returns", units.as_ref())?;
    draft.put_some("weights", weights.as_ref())?;
    let request = AuditRequest::from_json(&draft.to_json()).map_err(|problem| locate(&settings, problem, "audit"))?;
    Ok((request, std::mem::take(&mut files.warnings)))
}

/// Every file; tables also as Arrow, if asked for.
pub(super) fn write_artefacts(
    files: &BTreeMap<String, String>,
    folder: &Path,
    arrow: bool,
    output: &mut Output,
) -> Result<(), Problem> {
    for (name, text) in files {
        output.add(Some(&folder.join(name)), text.as_bytes())?;
        // A table without rows says nothing of its columns.
        let arrow = arrow && text.lines().nth(1).is_some();
        let Some(stem) = name.strip_suffix(".csv").filter(|_| arrow) else { continue };
        let table = codec::read(text.as_bytes(), name, &Limits::native())?;
        output.add(Some(&folder.join(format!("{stem}.arrow"))), &codec::write(&table, Format::Arrow)?)?;
    }
    Ok(())
}

/// What a person wants to see first.
fn summary(answer: &AuditResponse) -> String {
    let mut text = String::new();
    let shown = |value: Option<f64>| value.map_or_else(|| String::from("unknown"), |value| format!("{value:.4}"));
    let _ = writeln!(text, "{}", answer.result.overall.as_str());
    for row in &answer.result.comparison {
        let cells = [row.baseline, row.scaled, row.delta].map(shown);
        let _ = writeln!(text, "{:<14} baseline {:>9}  scaled {:>9}  difference {:>9}", row.figure, cells[0], cells[1], cells[2]);
    }
    super::risk::put_run(&mut text, &answer.result.summary);
    if let Some(protection) = &answer.result.convexity {
        let word = if protection.adopted { "adopted" } else { protection.note.as_str() };
        let _ =
            writeln!(text, "protection     premium {:.4}  payoff {:.4} a year: {word}", protection.premium, protection.payoff);
    }
    for rule in &answer.result.verdicts {
        let verdict = rule.verdict.map_or("-", |verdict| verdict.as_str());
        let _ = writeln!(text, "{verdict:<8}{:<17}{}", rule.rule, rule.note);
    }
    let _ = writeln!(text, "digest {}", answer.digest);
    text
}
