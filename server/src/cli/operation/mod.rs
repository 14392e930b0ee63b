//! `allocator <operation>`: from files and settings to a request, from the answer to bytes; one operation a file.

pub(super) mod alpha;
pub(super) mod attribution;
pub(super) mod audit;
pub(super) mod backtest;
pub(super) mod blend;
pub(super) mod capital;
pub(super) mod correlation;
mod folder;
pub(super) mod limits;
pub(super) mod metrics;
pub(super) mod net;
pub(super) mod portfolio;
pub(super) mod position_limits;
pub(super) mod risk;
mod run_file;
pub(super) mod schedule;
pub(super) mod tune;
pub(super) mod walk_forward;

use super::args::{OperationArgs, OutputFormat, ReadingArgs};
use super::output::{self, Output};
use super::progress::while_working;
use super::source::{self, CONFIG_BYTES_MAX, Source, settings_of};
use crate::config::{Origin, Settings, check_section, section_defaults, value_of_text};
use crate::table;
use allocator_core::codec::{self, Format, Limits, Table, config_file};
use allocator_core::frame::from_table::{Options, Reading};
use allocator_core::frame::mapping::Mapping;
use allocator_core::op::{self, Request};
use allocator_core::wire::{Json, parse, to_canonical_bytes};
use allocator_core::{Code, Fault, Faults, Problem};
use serde::Serialize;
use std::path::Path;
use std::process::ExitCode;

/// What the two kinds of readers have in common.
type Reader<T> = fn(&[(Option<&str>, &Table)], &Options, &Limits) -> Result<Reading<T>, Problem>;

/// A request as files and settings make it, field by field; what is not there is left out, and the operation says what it misses.
struct Draft(Vec<(&'static str, Vec<u8>)>);

impl Draft {
    /// The settings of an operation, without data.
    fn new(settings: &Settings, section: &str) -> Result<Self, Problem> {
        let mut draft = Draft(Vec::new());
        draft.put("compat", &compat(settings, section))?;
        draft.put("config", &config(settings, section))?;
        draft.put("version", &op::VERSION)?;
        Ok(draft)
    }

    /// Sets a field.
    fn put(&mut self, field: &'static str, value: &impl Serialize) -> Result<(), Problem> {
        self.0.push((field, to_canonical_bytes(value)?));
        Ok(())
    }

    /// Sets a field if there is something to set.
    fn put_some(&mut self, field: &'static str, value: Option<&impl Serialize>) -> Result<(), Problem> {
        value.map_or(Ok(()), |value| self.put(field, value))
    }

    /// The request as JSON.
    fn to_json(&self) -> Vec<u8> {
        let mut text = vec![b'{'];
        for (i, (field, value)) in self.0.iter().enumerate() {
            let comma = if i > 0 { "," } else { "" };
            text.extend_from_slice(format!("{comma}\"{field}\":").as_bytes());
            text.extend_from_slice(value);
        }
        text.push(b'}');
        text
    }
}

/// Files, and what the columns of each were taken for.
type Rows = (Vec<Source>, Vec<Mapping>);

/// Reads data files and collects what is wrong with any of them.
struct Files {
    options: Options,
    limits: Limits,
    faults: Faults,
    warnings: Vec<Fault>,
}

impl Files {
    fn new(reading: &ReadingArgs) -> Result<Self, Problem> {
        Ok(Files {
            options: source::options(&reading.column, reading.resample)?,
            limits: Limits::native(),
            faults: Faults::new(),
            warnings: Vec::new(),
        })
    }

    /// The book in some files; `None` where none was named or a fault was found.
    fn read<T>(&mut self, arguments: &[String], reader: Reader<T>) -> Option<T> {
        self.read_with_rows(arguments, reader).0
    }

    /// The book, and the files with what their columns were taken for, to find rows again.
    fn read_with_rows<T>(&mut self, arguments: &[String], reader: Reader<T>) -> (Option<T>, Rows) {
        let before = self.faults.count();
        let sources = source::read_all(arguments, &self.limits, &mut self.faults);
        if arguments.is_empty() || self.faults.count() > before {
            return (None, Rows::default());
        }
        match reader(&source::borrowed(&sources), &self.options, &self.limits) {
            Ok(reading) => {
                self.warnings.extend(reading.warnings);
                (Some(reading.value), (sources, reading.mappings))
            }
            Err(problem) => {
                self.faults.extend(Faults::from(problem));
                (None, Rows::default())
            }
        }
    }

    /// Puts a fault to the others.
    fn refuse(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    /// The value, or its faults put to the others.
    fn note<T>(&mut self, outcome: Result<T, Problem>) -> Option<T> {
        outcome.map_err(|problem| self.faults.extend(Faults::from(problem))).ok()
    }

    /// Stops here if a file or the settings have faults: then all of them are reported together.
    fn check(&mut self, settings: &Settings, section: &str) -> Result<(), Problem> {
        let mut faults = std::mem::take(&mut self.faults);
        faults.extend(check_section(settings, section)?.1);
        faults.finish(Some(()))
    }
}

/// Settings of an operation with its own flags on top.
fn with_flags(section: &str, flags: Vec<(&str, &str, Option<String>)>, args: &OperationArgs) -> Result<Settings, Problem> {
    let mut settings = settings_of(section, args.config.as_deref(), &args.set)?;
    set_flags(&mut settings, section, flags.into_iter().chain([("compat", "--compat", args.compat.clone())]))?;
    Ok(settings)
}

/// Sets the settings that flags say: the setting, the flag, its text.
fn set_flags<'a>(
    settings: &mut Settings,
    section: &str,
    flags: impl Iterator<Item = (&'a str, &'a str, Option<String>)>,
) -> Result<(), Problem> {
    let defaults = section_defaults(section)?;
    for (field, flag, text) in flags {
        if let Some(text) = text {
            let value = value_of_text(&text, defaults.get(field));
            settings.set(section, &[field], value, Origin::Flag(flag.to_owned()));
        }
    }
    Ok(())
}

/// The settings of a section as they were set, without defaults: the operation knows those.
fn config(settings: &Settings, section: &str) -> Json {
    let mut config = settings.explicit(section);
    if let Json::Object(fields) = &mut config {
        fields.retain(|(key, _)| key != "compat");
    }
    config
}

/// The preset, which a request has beside its settings.
fn compat(settings: &Settings, section: &str) -> Option<Json> {
    settings.explicit(section).get("compat").cloned()
}

/// Names the place where the user wrote a setting that was refused.
fn locate(settings: &Settings, problem: Problem, section: &str) -> Problem {
    let problem = settings.locate(problem, "/config", section);
    match settings.origin(&format!("/{section}/compat")) {
        Origin::Default => problem,
        _ => settings.locate(problem, "/compat", &format!("{section}/compat")),
    }
}

/// A file of names with values, as a tree.
fn names_with_values(path: &Path) -> Result<Json, Problem> {
    let name = path.display().to_string();
    let file = config_file::parse(&output::read(path, CONFIG_BYTES_MAX)?, &name, &Limits::native())?;
    match file.tree {
        Json::Object(_) => Ok(file.tree),
        other => Err(Problem::from(Fault::new(
            Code::WrongType,
            name,
            format!("Expected names with values, found {}.", other.brief()),
            "Write one name: value on each line.",
        ))),
    }
}

/// Carries out a request that came whole.
fn whole_request(name: &str, input: &Path, args: &OperationArgs) -> Result<ExitCode, Problem> {
    whole_bytes(name, &output::read(input, Limits::native().bytes)?, args)
}

/// As [`whole_request`], when it has been read.
fn whole_bytes(name: &str, bytes: &[u8], args: &OperationArgs) -> Result<ExitCode, Problem> {
    let answer = while_working(name, || op::run(name, bytes))?;
    let mut output = Output::new();
    output.add(args.out.as_deref(), &formed(answer, args.format, name)?)?;
    output.commit()?;
    Ok(ExitCode::SUCCESS)
}

/// Carries out a request made of files.
fn answer<R: Request>(
    draft: &Draft,
    files: &Files,
    place: impl Fn(Problem) -> Problem,
    args: &OperationArgs,
) -> Result<ExitCode, Problem> {
    answer_then::<R>(draft, files, place, args, |_| Ok(()))
}

/// As [`answer`], with something to do once the answer stands.
fn answer_then<R: Request>(
    draft: &Draft,
    files: &Files,
    place: impl Fn(Problem) -> Problem,
    args: &OperationArgs,
    then: impl FnOnce(&R) -> Result<(), Problem>,
) -> Result<ExitCode, Problem> {
    // Through the same door as any other request, so that nothing is checked in two ways.
    let request = R::from_json(&draft.to_json()).map_err(&place)?;
    let answer = while_working(R::OPERATION, || request.answer()).map_err(&place)?;
    let mut output = Output::new();
    if let Some(path) = &args.emit_request {
        output.add(Some(path), &to_canonical_bytes(&request)?)?;
    }
    output.add(args.out.as_deref(), &formed(to_canonical_bytes(&answer)?, args.format, R::OPERATION)?)?;
    output.commit()?;
    output::warn(&files.warnings, args.format == Some(OutputFormat::Json));
    then(&request)?;
    Ok(ExitCode::SUCCESS)
}

/// The answer in the form asked for.
fn formed(answer: Vec<u8>, format: Option<OutputFormat>, name: &str) -> Result<Vec<u8>, Problem> {
    let format = match format {
        None | Some(OutputFormat::Json) => return Ok(answer),
        Some(OutputFormat::Csv) => Format::Csv,
        Some(OutputFormat::Arrow) => Format::Arrow,
        Some(OutputFormat::Parquet) => Format::Parquet,
    };
    codec::write(&table::of(&parse(&answer)?, name)?, format)
}
