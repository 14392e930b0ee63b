//! Commands that describe: a data file, a configuration, the schemas, the version.

use super::args::{CheckArgs, FormatArgs, InspectArgs, SchemaArgs, TextFormat};
use super::output::{self, Output};
use super::{REFUSED, source};
use crate::config::{Origin, SECTIONS, Settings, check, section_defaults, value_of_text};
use crate::openapi;
use allocator_core::codec::Limits;
use allocator_core::op::inspect;
use allocator_core::wire::{Json, parse, to_canonical_bytes};
use allocator_core::{Code, Faults, Problem};
use std::fmt::Write as _;
use std::io::IsTerminal;
use std::path::Path;
use std::process::ExitCode;

/// `allocator inspect`: what is wrong with a file is part of the answer, unless it cannot be read at all.
pub(crate) fn inspect(args: &InspectArgs) -> Result<ExitCode, Problem> {
    let limits = Limits::native();
    let bytes = output::read(&args.file, limits.bytes)?;
    let name = if args.file == Path::new("-") { "stdin".to_owned() } else { args.file.display().to_string() };
    let inspection = inspect::inspect(&bytes, &name, &limits);
    let answer = to_canonical_bytes(&inspection)?;
    let tree = parse(&answer)?;
    let readable = tree.get("columns").and_then(Json::as_array).is_some_and(|columns| !columns.is_empty());
    let as_text = match args.format {
        Some(format) => format == TextFormat::Text,
        None => args.out.is_none() && std::io::stdout().is_terminal(),
    };
    let mut output = Output::new();
    output.add(args.out.as_deref(), if as_text { inspection_text(&tree).into_bytes() } else { answer }.as_slice())?;
    output.commit()?;
    Ok(if readable { ExitCode::SUCCESS } else { ExitCode::from(REFUSED) })
}

fn inspection_text(tree: &Json) -> String {
    let word = |json: Option<&Json>| match json {
        None | Some(Json::Null) => String::new(),
        Some(Json::String(text)) => text.clone(),
        Some(other) => other.brief(),
    };
    let mut text = format!(
        "{}: {}, {} rows, taken as {}\n",
        word(tree.get("name")),
        word(tree.get("format")),
        word(tree.get("rows")),
        word(tree.get("shape"))
    );
    let columns = tree.get("columns").and_then(Json::as_array).unwrap_or_default();
    let headings = ["column", "type", "taken as", "nulls", "min", "max"];
    let mut lines: Vec<Vec<String>> = vec![headings.iter().map(|heading| (*heading).to_owned()).collect()];
    for column in columns {
        lines.push(["name", "type", "taken_as", "nulls", "min", "max"].iter().map(|key| word(column.get(key))).collect());
    }
    let widths: Vec<usize> =
        (0..headings.len()).map(|i| lines.iter().map(|line| line[i].chars().count()).max().unwrap_or(0)).collect();
    for line in &lines {
        let cells: Vec<String> = line.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        let _ = writeln!(text, "  {}", cells.join("  ").trim_end());
    }
    for (key, heading) in [("warnings", "warning"), ("problems", "problem")] {
        for fault in tree.get(key).and_then(Json::as_array).unwrap_or_default() {
            let parts = ["path", "message", "hint"].map(|part| word(fault.get(part)));
            let _ = writeln!(
                text,
                "{heading}: {}",
                parts.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join(" ")
            );
        }
    }
    text
}

/// `allocator config check`.
pub(crate) fn config_check(args: &CheckArgs) -> Result<ExitCode, Problem> {
    let mut settings = Settings::new();
    let mut faults = Faults::new();
    let mut note = |outcome: Result<(), Problem>| {
        if let Err(problem) = outcome {
            faults.extend(Faults::from(problem));
        }
    };
    if let Some(file) = &args.file {
        let bytes = output::read(file, source::CONFIG_BYTES_MAX)?;
        note(settings.read_file(&bytes, &file.display().to_string(), &args.section));
    }
    note(settings.read_environment(source::environment()));
    for assignment in &args.set {
        note(set(&mut settings, assignment));
    }
    let report = check(&settings, faults)?;
    let answer = match args.format {
        TextFormat::Text => report.to_string().into_bytes(),
        TextFormat::Json => to_canonical_bytes(&report)?,
    };
    let mut output = Output::new();
    output.add(None, &answer)?;
    output.commit()?;
    Ok(if report.valid { ExitCode::SUCCESS } else { ExitCode::from(REFUSED) })
}

/// `section.key=value`.
fn set(settings: &mut Settings, assignment: &str) -> Result<(), Problem> {
    let misread = || {
        Problem::new(
            Code::InvalidUsage,
            "--set",
            format!("{assignment:?} is not section.key=value."),
            format!("Begin with one of the sections {}.", SECTIONS.join(", ")),
        )
    };
    let (path, text) = assignment.split_once('=').ok_or_else(misread)?;
    let (section, key) = path.trim().split_once('.').filter(|(section, _)| SECTIONS.contains(section)).ok_or_else(misread)?;
    let keys: Vec<&str> = key.split('.').collect();
    let defaults = section_defaults(section)?;
    let default = keys.iter().try_fold(&defaults, |at, key| at.get(key));
    settings.set(section, &keys, value_of_text(text.trim(), default), Origin::Flag(format!("--set {}", path.trim())));
    Ok(())
}

/// `allocator schema`.
pub(crate) fn schema(args: &SchemaArgs) -> Result<ExitCode, Problem> {
    let schemas = allocator_core::schema::all();
    let mut output = Output::new();
    match &args.out {
        None => {
            let all: serde_json::Map<String, serde_json::Value> = schemas.into_iter().collect();
            output.add(None, &pretty(&serde_json::Value::Object(all))?)?;
        }
        Some(directory) => {
            std::fs::create_dir_all(directory).map_err(|error| {
                let place = directory.display();
                Problem::new(Code::Io, place.to_string(), format!("{place} cannot be made: {error}."), "Name another directory.")
            })?;
            for (name, schema) in schemas {
                output.add(Some(&directory.join(format!("{name}.schema.json"))), &pretty(&schema)?)?;
            }
            output.add(Some(&directory.join("openapi.json")), &pretty(&openapi::tree())?)?;
            output.add(Some(&directory.join("types.d.ts")), allocator_core::schema::typescript().as_bytes())?;
        }
    }
    output.commit()?;
    Ok(ExitCode::SUCCESS)
}

/// JSON for people: indented, with a last newline.
fn pretty(value: &serde_json::Value) -> Result<Vec<u8>, Problem> {
    let mut bytes =
        serde_json::to_vec_pretty(value).map_err(|error| Problem::internal(format!("a schema cannot be written: {error}")))?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// `allocator version`.
pub(crate) fn version(args: &FormatArgs) -> Result<ExitCode, Problem> {
    #[derive(serde::Serialize)]
    struct About {
        contract: u32,
        name: &'static str,
        version: &'static str,
    }
    let version = env!("CARGO_PKG_VERSION");
    let answer = match args.format {
        TextFormat::Text => format!("allocator {version}\n").into_bytes(),
        TextFormat::Json => to_canonical_bytes(&About { contract: allocator_core::op::VERSION, name: "allocator", version })?,
    };
    let mut output = Output::new();
    output.add(None, &answer)?;
    output.commit()?;
    Ok(ExitCode::SUCCESS)
}
