//! `allocator backtest`: a file of strategies and settings, data files, and a folder of results.

use super::args::{OutputFormat, TextFormat};
use super::output::{self, Output};
use super::source;
use allocator_core::codec::{self, Format, Limits, Role, Table, config_file};
use allocator_core::frame::from_table::{self, Options, Reading};
use allocator_core::op::backtest::{BacktestRequest, BacktestResponse};
use allocator_core::op::{self, Request, tear_sheet};
use allocator_core::report::{grouped, percent};
use allocator_core::wire::{Json, parse, to_canonical_bytes};
use allocator_core::{Code, Fault, Faults, Problem};
use clap::Args;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{IsTerminal, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// An operation that reads a whole request.
#[derive(Args, Debug)]
pub(crate) struct WholeArgs {
    /// A whole request as JSON; - is standard input.
    #[arg(long = "in", value_name = "FILE")]
    pub(crate) input: PathBuf,
    /// Where the answer goes; - is standard output. A file appears whole or not at all.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Form of problems.
    #[arg(long, value_enum)]
    pub(crate) format: Option<TextFormat>,
}

/// `allocator backtest`.
#[derive(Args, Debug)]
pub(crate) struct BacktestArgs {
    /// The run as YAML, TOML or JSON: `strategies`, settings under `backtest`, and the names of data files.
    #[arg(long, value_name = "FILE", required_unless_present = "input")]
    pub(crate) config: Option<PathBuf>,
    /// A whole request as JSON; - is standard input. Instead of a run and data files.
    #[arg(long = "in", value_name = "FILE", conflicts_with_all = ["config", "set", "prices", "benchmark"])]
    pub(crate) input: Option<PathBuf>,
    /// Closing prices: a date column and one column for each symbol, or long form. Repeatable.
    #[arg(long, value_name = "FILE")]
    pub(crate) prices: Vec<String>,
    /// Opening prices. Repeatable.
    #[arg(long, value_name = "FILE", conflicts_with = "input")]
    pub(crate) open: Vec<String>,
    /// Highest prices. Repeatable.
    #[arg(long, value_name = "FILE", conflicts_with = "input")]
    pub(crate) high: Vec<String>,
    /// Lowest prices. Repeatable.
    #[arg(long, value_name = "FILE", conflicts_with = "input")]
    pub(crate) low: Vec<String>,
    /// Shares traded in each bar. Repeatable.
    #[arg(long, value_name = "FILE", conflicts_with = "input")]
    pub(crate) volume: Vec<String>,
    /// New shares for one old share, by date and symbol. Repeatable.
    #[arg(long, value_name = "FILE", conflicts_with = "input")]
    pub(crate) splits: Vec<String>,
    /// Money paid on one share, by date and symbol. Repeatable.
    #[arg(long, value_name = "FILE", conflicts_with = "input")]
    pub(crate) dividends: Vec<String>,
    /// Money paid out for one share on the day that a symbol ends. Repeatable.
    #[arg(long, value_name = "FILE", conflicts_with = "input")]
    pub(crate) delistings: Vec<String>,
    /// Prices of one benchmark.
    #[arg(long, value_name = "FILE")]
    pub(crate) benchmark: Vec<String>,
    /// Folder for request, result, tear sheet and tables; created if missing. Without it the answer goes to standard output.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Form of the answer on standard output; with json, problems are JSON too.
    #[arg(long, value_enum)]
    pub(crate) format: Option<OutputFormat>,
    /// One setting, for example `--set cost_rate=0.0005` or `--set blend.method=fixed`. Repeatable.
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
    /// Also write the canonical request: it has the same digest through --in, HTTP and JavaScript.
    #[arg(long, value_name = "FILE")]
    pub(crate) emit_request: Option<PathBuf>,
}

/// What a table holds.
#[derive(Clone, Copy, PartialEq)]
enum Holds {
    /// Prices, ratios and payments: above zero.
    Prices,
    /// Any number.
    Numbers,
}

/// The tables of a request: field, flag and what they hold.
const TABLES: &[(&str, Holds)] = &[
    ("prices", Holds::Prices),
    ("open", Holds::Prices),
    ("high", Holds::Prices),
    ("low", Holds::Prices),
    ("volume", Holds::Numbers),
    ("splits", Holds::Prices),
    ("dividends", Holds::Prices),
    ("delistings", Holds::Numbers),
    ("benchmark", Holds::Prices),
];

/// `allocator backtest`.
pub(crate) fn backtest(args: &BacktestArgs) -> Result<ExitCode, Problem> {
    let (request, warnings, strategies) = if let Some(input) = &args.input {
        (BacktestRequest::from_json(&output::read(input, Limits::native().bytes)?)?, Vec::new(), None)
    } else {
        let mut draft = Draft::new(args)?;
        let request = draft.request(args)?;
        (request, draft.warnings, Some(draft.file))
    };
    let located = |problem: Problem| match &strategies {
        Some(Some(file)) => located(file, problem),
        _ => problem,
    };
    progress("running");
    let answer = request.answer().map_err(located)?;
    progress("");
    let mut output = Output::new();
    if let Some(path) = &args.emit_request {
        output.add(Some(path), &to_canonical_bytes(&request)?)?;
    }
    match &args.out {
        Some(folder) => {
            artefacts(folder, &request, &answer, &mut output)?;
            let text = if args.format == Some(OutputFormat::Json) {
                to_canonical_bytes(&answer)?
            } else {
                summary(&answer, folder).into_bytes()
            };
            output.add(None, &text)?;
        }
        None => output.add(None, &formed(&answer, args.format)?)?,
    }
    output.commit()?;
    output::warn(&warnings, args.format == Some(OutputFormat::Json));
    Ok(ExitCode::SUCCESS)
}

/// What is going on, for people who wait.
fn progress(what: &str) {
    let mut stderr = std::io::stderr().lock();
    if stderr.is_terminal() {
        let _ = write!(stderr, "\r\u{1b}[K{what}");
        let _ = stderr.flush();
    }
}

/// The answer in the form asked for: whole as JSON, or the equity curve.
fn formed(answer: &BacktestResponse, format: Option<OutputFormat>) -> Result<Vec<u8>, Problem> {
    let format = match format {
        None | Some(OutputFormat::Json) => return to_canonical_bytes(answer),
        Some(OutputFormat::Csv) => Format::Csv,
        Some(OutputFormat::Arrow) => Format::Arrow,
        Some(OutputFormat::Parquet) => Format::Parquet,
    };
    let tables = tear_sheet::tables(&answer.result)?;
    let equity = tables.first().ok_or_else(|| Problem::internal("a backtest has no equity"))?;
    codec::write(equity, format)
}

/// Request, answer, tear sheet, and every table as CSV and Arrow.
fn artefacts(folder: &Path, request: &BacktestRequest, answer: &BacktestResponse, output: &mut Output) -> Result<(), Problem> {
    std::fs::create_dir_all(folder).map_err(|error| {
        let place = folder.display().to_string();
        Problem::new(Code::Io, &place, format!("{place} cannot be created: {error}."), "Check its permissions.")
    })?;
    output.add(Some(&folder.join("request.json")), &to_canonical_bytes(request)?)?;
    output.add(Some(&folder.join("result.json")), &to_canonical_bytes(answer)?)?;
    output.add(Some(&folder.join("report.html")), tear_sheet::sheet(request, answer).html().as_bytes())?;
    for table in tear_sheet::tables(&answer.result)? {
        for (format, extension) in [(Format::Csv, "csv"), (Format::Arrow, "arrow")] {
            output.add(Some(&folder.join(format!("{}.{extension}", table.name))), &codec::write(&table, format)?)?;
        }
    }
    Ok(())
}

/// The run in a few lines.
fn summary(answer: &BacktestResponse, folder: &Path) -> String {
    let (result, unknown) = (&answer.result, || String::from("unknown"));
    let (metrics, summary) = (&result.metrics, &result.summary);
    let share = |value: Option<f64>| value.map_or_else(unknown, |value| percent(value, 2));
    let ratio = |value: Option<f64>| value.map_or_else(unknown, |value| grouped(value, 2));
    let mut out = String::new();
    if let (Some(first), Some(last)) = (result.curve.date.first(), result.curve.date.last()) {
        let _ = writeln!(out, "{first} to {last}, {} bars, {} rebalances", summary.bars, summary.rebalances);
    }
    for (name, value) in [
        ("value", format!("{} to {}", grouped(summary.initial_value, 2), grouped(summary.final_value, 2))),
        ("return", format!("{} ({} a year)", share(metrics.total_return), share(metrics.cagr))),
        ("volatility", share(metrics.volatility)),
        ("sharpe", ratio(metrics.sharpe)),
        ("drawdown", share(metrics.max_drawdown)),
        ("costs", format!("{} (saved by crossing: {})", grouped(summary.cost, 2), grouped(summary.saved, 2))),
    ] {
        let _ = writeln!(out, "{name:<12}{value}");
    }
    for strategy in &result.strategies {
        let paused = strategy.paused.map(|time| format!(", paused {time}")).unwrap_or_default();
        let _ = writeln!(out, "  {:<20}{} of the capital{paused}", strategy.strategy, percent(strategy.contribution, 2));
    }
    for warning in &result.warnings {
        let _ = writeln!(out, "warning: {warning}");
    }
    let _ = writeln!(out, "{:<12}{}", "digest", answer.digest);
    let _ = writeln!(out, "{:<12}{}", "files", folder.display());
    out
}

/// A run as file and flags make it.
struct Draft {
    file: Option<config_file::ConfigFile>,
    folder: PathBuf,
    fields: Vec<(String, Json)>,
    faults: Faults,
    warnings: Vec<Fault>,
    limits: Limits,
}

impl Draft {
    fn new(args: &BacktestArgs) -> Result<Self, Problem> {
        let mut draft = Draft {
            file: None,
            folder: PathBuf::new(),
            fields: vec![(String::from("version"), Json::Number(1.0))],
            faults: Faults::new(),
            warnings: Vec::new(),
            limits: Limits::native(),
        };
        if let Some(path) = &args.config {
            let file =
                config_file::parse(&output::read(path, source::CONFIG_BYTES_MAX)?, &path.display().to_string(), &draft.limits)?;
            draft.folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
            draft.file = Some(file);
        }
        Ok(draft)
    }

    /// The request: what the file says, with flags on top.
    fn request(&mut self, args: &BacktestArgs) -> Result<BacktestRequest, Problem> {
        let tree = self.file.as_ref().map_or(Json::Object(Vec::new()), |file| file.tree.clone());
        let Json::Object(fields) = tree else {
            let name = self.file.as_ref().map(|file| file.name.clone()).unwrap_or_default();
            return Err(Problem::new(Code::WrongType, name, "Expected fields of a run.", "Begin with strategies:."));
        };
        let flags = [
            ("prices", &args.prices),
            ("open", &args.open),
            ("high", &args.high),
            ("low", &args.low),
            ("volume", &args.volume),
            ("splits", &args.splits),
            ("dividends", &args.dividends),
            ("delistings", &args.delistings),
            ("benchmark", &args.benchmark),
        ];
        let mut config = Json::Object(Vec::new());
        for (key, value) in fields {
            match key.as_str() {
                "version" => {}
                "backtest" | "config" => config = value,
                "strategies" => {
                    let strategies = self.strategies(value);
                    self.fields.push((key, strategies));
                }
                name if TABLES.iter().any(|(table, _)| *table == name) => {
                    let given = flags.iter().any(|(flag, files)| *flag == name && !files.is_empty());
                    if !given {
                        self.table_of_file(name, value);
                    }
                }
                // The operation says that it does not know it, and what is near.
                _ => self.fields.push((key, value)),
            }
        }
        for (name, files) in flags {
            self.read(name, files);
        }
        for assignment in &args.set {
            set(&mut config, assignment)?;
        }
        self.fields.push((String::from("config"), config));
        std::mem::take(&mut self.faults).finish(Some(()))?;
        let bytes = to_canonical_bytes(&Json::Object(std::mem::take(&mut self.fields)))?;
        BacktestRequest::from_json(&bytes).map_err(|problem| match &self.file {
            Some(file) => located(file, problem),
            None => problem,
        })
    }

    /// A table of the file: the name of a data file or several, or the rows themselves.
    fn table_of_file(&mut self, name: &str, value: Json) {
        let files: Vec<String> = match &value {
            Json::String(file) => vec![file.clone()],
            Json::Array(files) => files.iter().filter_map(|file| file.as_str().map(str::to_owned)).collect(),
            _ => Vec::new(),
        };
        if files.is_empty() {
            self.fields.push((name.to_owned(), value));
            return;
        }
        let files: Vec<String> = files.iter().map(|file| self.beside(file)).collect();
        self.read(name, &files);
    }

    /// A path of the file, which is meant from where the file lies.
    fn beside(&self, file: &str) -> String {
        let (id, path) = match file.split_once('=') {
            Some((id, path)) => (format!("{id}="), path),
            None => (String::new(), file),
        };
        format!("{id}{}", self.folder.join(path).display())
    }

    /// Strategies, with the weights that lie in data files read.
    fn strategies(&mut self, value: Json) -> Json {
        let Json::Object(strategies) = value else { return value };
        let mut read = Vec::with_capacity(strategies.len());
        for (id, spec) in strategies {
            let spec = match spec {
                Json::Object(fields) => Json::Object(
                    fields
                        .into_iter()
                        .map(|(key, value)| match (key.as_str(), &value) {
                            ("weights", Json::String(file)) => {
                                let file = self.beside(file);
                                let table = self.table(&[file], Holds::Numbers).unwrap_or(Json::Null);
                                (key, table)
                            }
                            _ => (key, value),
                        })
                        .collect(),
                ),
                other => other,
            };
            read.push((id, spec));
        }
        Json::Object(read)
    }

    fn read(&mut self, name: &str, files: &[String]) {
        if files.is_empty() {
            return;
        }
        let holds = TABLES.iter().find(|(table, _)| *table == name).map_or(Holds::Prices, |(_, holds)| *holds);
        if let Some(table) = self.table(files, holds) {
            self.fields.push((name.to_owned(), table));
        }
    }

    /// The content of data files as a table of a request.
    fn table(&mut self, files: &[String], holds: Holds) -> Option<Json> {
        let before = self.faults.count();
        let sources = source::read_all(files, &self.limits, &mut self.faults);
        if self.faults.count() > before {
            return None;
        }
        let borrowed = source::borrowed(&sources);
        let options = Options { roles: roles(&borrowed), ..Options::default() };
        let read = match holds {
            Holds::Prices => from_table::prices(&borrowed, &options, &self.limits).map(|reading| self.json(reading)),
            Holds::Numbers => from_table::scores(&borrowed, &options, &self.limits).map(|reading| self.json(reading)),
        };
        match read {
            Ok(table) => table.map_err(|problem| self.faults.extend(Faults::from(problem))).ok(),
            Err(problem) => {
                self.faults.extend(Faults::from(problem));
                None
            }
        }
    }

    fn json<T: serde::Serialize>(&mut self, reading: Reading<T>) -> Result<Json, Problem> {
        self.warnings.extend(reading.warnings);
        parse(&to_canonical_bytes(&reading.value)?)
    }
}

/// In a table of weights in long form the column `weight` is the value.
fn roles(sources: &[(Option<&str>, &Table)]) -> Vec<(String, Role)> {
    let long = |table: &Table, name: &str| table.columns.iter().any(|column| column.name.eq_ignore_ascii_case(name));
    let mut roles = BTreeMap::new();
    for (_, table) in sources.iter().filter(|(_, table)| long(table, "symbol")) {
        for column in table.columns.iter().filter(|column| column.name.eq_ignore_ascii_case("weight")) {
            roles.insert(column.name.clone(), Role::Price);
        }
    }
    roles.into_iter().collect()
}

/// `--set key=value` on the settings; the key may have dots.
fn set(config: &mut Json, assignment: &str) -> Result<(), Problem> {
    let Some((key, text)) = assignment.split_once('=').filter(|(key, _)| !key.is_empty()) else {
        let message = format!("{assignment:?} is not key=value.");
        return Err(Problem::new(Code::InvalidUsage, "--set", message, "Write --set cost_rate=0.0005, for example."));
    };
    let value = parse(text.trim().as_bytes()).unwrap_or_else(|_| Json::String(text.trim().to_owned()));
    let mut at = config;
    for part in key.trim().split('.') {
        if !matches!(at, Json::Object(_)) {
            *at = Json::Object(Vec::new());
        }
        let Json::Object(fields) = at else { return Ok(()) };
        let place = if let Some(place) = fields.iter().position(|(name, _)| name == part) {
            place
        } else {
            fields.push((part.to_owned(), Json::Null));
            fields.len() - 1
        };
        at = &mut fields[place].1;
    }
    *at = value;
    Ok(())
}

/// Names the line of the file where a refused value stands.
fn located(file: &config_file::ConfigFile, problem: Problem) -> Problem {
    let mut faults = Faults::from(problem);
    faults.relocate(|path| {
        // Formulas have line and character behind their pointer.
        let (pointer, behind) = match path.find(':') {
            Some(colon) => path.split_at(colon),
            None => (path, ""),
        };
        let named = ["backtest", "config"].iter().find(|name| file.tree.get(name).is_some()).unwrap_or(&"config");
        let pointer = match pointer.strip_prefix("/config") {
            Some(rest) => format!("/{named}{rest}"),
            None => pointer.to_owned(),
        };
        if pointer.starts_with("/strategies") || pointer.starts_with(&format!("/{named}")) {
            format!("{}{behind}", file.place(&pointer))
        } else {
            path.to_owned()
        }
    });
    Problem::from(faults)
}

/// `allocator alpha --in` and `allocator tear_sheet --in`: a whole request.
pub(crate) fn whole(name: &str, input: &Path, out: Option<&Path>) -> Result<ExitCode, Problem> {
    let answer = op::run(name, &output::read(input, Limits::native().bytes)?)?;
    let mut output = Output::new();
    output.add(out, &answer)?;
    output.commit()?;
    Ok(ExitCode::SUCCESS)
}
