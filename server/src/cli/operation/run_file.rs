//! A request from a run file, data files and flags: what `alpha`, `attribution`, `backtest`, `limits`, `net`, `portfolio`, `schedule`,
//! `tear_sheet` and `walk_forward` share.
//!
//! ```text
//! --config run.yaml    fields of the request; settings under the operation's name, or beside them; tables by the names of data files
//! --prices p.parquet   a table, instead of the file's
//! ALLOCATOR_NET_…, --set, --compat   settings, each over the one before
//! ```
//! The request goes through the same door as any other, and what it refuses is told where the user wrote it.

use super::{Files, compat, formed, names_with_values, set_flags};
use crate::cli::args::{MarketArgs, OperationArgs, OutputFormat, ReadingArgs};
use crate::cli::output::{self, Output};
use crate::cli::progress::while_working;
use crate::cli::source::{self, CONFIG_BYTES_MAX, Source, environment};
use crate::config::{SECTIONS, Settings, overlay, section_defaults};
use allocator_core::codec::{Cell, Limits, Role, Table, config_file, role_of_name};
use allocator_core::frame::from_table::{self, Reading};
use allocator_core::op::{self, Request};
use allocator_core::wire::{Json, parse, to_canonical_bytes};
use allocator_core::{Code, Fault, Faults, Problem};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What a table holds, which says how it is read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Holds {
    /// Prices, ratios and payments by date and symbol: above zero.
    Prices,
    /// The newest price of each symbol, or one price for each.
    Newest,
    /// Returns by date and strategy.
    Returns,
    /// Any number by date and name.
    Numbers,
    /// Records, one a row.
    Records,
}

/// Where a request comes from.
pub(super) struct Given<'a> {
    /// The operation.
    pub(super) operation: &'static str,
    /// Its tables: field, what it holds, and the files that a flag names.
    pub(super) tables: Vec<(&'static str, Holds, &'a [String])>,
    /// `--config`.
    pub(super) config: Option<&'a Path>,
    /// `--set`.
    pub(super) set: &'a [String],
    /// `--compat`.
    pub(super) compat: Option<&'a str>,
    /// Settings that have flags of their own: the setting, the flag, what it says.
    pub(super) flags: Vec<(&'static str, &'static str, Option<String>)>,
    /// What columns are.
    pub(super) reading: &'a ReadingArgs,
}

/// A request while it is put together.
pub(super) struct Drafted {
    operation: &'static str,
    tables: Vec<&'static str>,
    file: Option<config_file::ConfigFile>,
    folder: PathBuf,
    settings: Settings,
    fields: Vec<(String, Json)>,
    records: Vec<(String, Vec<Source>)>,
    /// What the tables had that is worth knowing.
    pub(super) files: Files,
}

impl Drafted {
    /// Reads the run file and every table; faults are kept for [`Drafted::request`].
    ///
    /// # Errors
    /// A run file or settings that cannot be read.
    pub(super) fn read(given: &Given<'_>) -> Result<Self, Problem> {
        let mut settings = Settings::new();
        settings.read_environment(environment())?;
        for assignment in given.set {
            settings.set_text(given.operation, assignment)?;
        }
        let compat_flag = ("compat", "--compat", given.compat.map(str::to_owned));
        set_flags(&mut settings, given.operation, given.flags.iter().cloned().chain([compat_flag]))?;
        let mut draft = Drafted {
            operation: given.operation,
            tables: given.tables.iter().map(|(field, ..)| *field).collect(),
            file: None,
            folder: PathBuf::new(),
            settings,
            fields: vec![(String::from("version"), Json::Number(f64::from(op::VERSION)))],
            records: Vec::new(),
            files: Files::new(given.reading)?,
        };
        let mut config = Json::Object(Vec::new());
        if let Some(path) = given.config {
            let name = path.display().to_string();
            let file = config_file::parse(&output::read(path, CONFIG_BYTES_MAX)?, &name, &Limits::native())?;
            let tree = file.tree.clone();
            draft.folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
            draft.file = Some(file);
            draft.take(tree, &name, given, &mut config)?;
        }
        for &(field, holds, files) in &given.tables {
            draft.table(field, holds, files);
        }
        overlay(&mut config, super::config(&draft.settings, given.operation));
        draft.put("config", config);
        if let Some(system) = compat(&draft.settings, given.operation) {
            draft.put("compat", system);
        }
        Ok(draft)
    }

    /// The fields of a run file.
    fn take(&mut self, tree: Json, name: &str, given: &Given<'_>, config: &mut Json) -> Result<(), Problem> {
        let Json::Object(fields) = tree else {
            let hint = format!("Begin with {}: for settings, or with a field of the request.", given.operation);
            return Err(Problem::new(Code::WrongType, name, "Expected fields of a run.", hint));
        };
        let settings = section_defaults(given.operation)?;
        for (key, value) in fields {
            if key == given.operation || key == "config" {
                overlay(config, value);
            } else if let Some(&(field, holds, flag)) = given.tables.iter().find(|(field, ..)| *field == key) {
                if flag.is_empty() {
                    self.table_of_file(field, holds, value);
                }
            } else if key != "compat" && settings.get(&key).is_some() {
                // A file of this operation's settings alone.
                overlay(config, Json::Object(vec![(key, value)]));
            } else if SECTIONS.contains(&key.as_str()) && (given.operation, key.as_str()) != ("limits", "portfolio") {
                // Settings of another operation: one file may configure all. What `limits` holds is no settings.
            } else {
                // What the operation does not know, it says, and what is near.
                self.put(&key, value);
            }
        }
        Ok(())
    }

    /// Sets a field, in place of what it was.
    pub(super) fn put(&mut self, field: &str, value: Json) {
        match self.fields.iter_mut().find(|(name, _)| name == field) {
            Some((_, old)) => *old = value,
            None => self.fields.push((field.to_owned(), value)),
        }
    }

    /// Sets a field to the text of a flag, where it was given.
    pub(super) fn put_text(&mut self, field: &str, text: Option<&String>) {
        if let Some(text) = text {
            self.put(field, Json::String(text.clone()));
        }
    }

    /// Sets a field to the names with values of a file, where one was named.
    pub(super) fn put_file(&mut self, field: &str, path: Option<&Path>) {
        if let Some(tree) = self.files.note(path.map(names_with_values).transpose()).flatten() {
            self.put(field, tree);
        }
    }

    /// Takes a field out.
    pub(super) fn remove(&mut self, field: &str) -> Option<Json> {
        let at = self.fields.iter().position(|(name, _)| name == field)?;
        Some(self.fields.remove(at).1)
    }

    /// Sets a setting.
    pub(super) fn set(&mut self, name: &str, value: Json) {
        let own = Json::Object(vec![(name.to_owned(), value)]);
        match self.fields.iter_mut().find(|(name, _)| name == "config") {
            Some((_, config)) => overlay(config, own),
            None => self.put("config", own),
        }
    }

    /// A setting as it stands, over all layers but the defaults.
    pub(super) fn setting(&self, field: &str) -> Option<&Json> {
        let (_, config) = self.fields.iter().find(|(name, _)| name == "config")?;
        config.get(field)
    }

    /// A table of the run file: the names of data files, which are meant from where it lies, or the rows themselves.
    fn table_of_file(&mut self, field: &'static str, holds: Holds, value: Json) {
        match self.named(&value) {
            Some(files) => self.table(field, holds, &files),
            None => self.put(field, value),
        }
    }

    /// The data files that a value of the run file names.
    pub(super) fn named(&self, value: &Json) -> Option<Vec<String>> {
        let beside = |file: &str| {
            let (id, path) = match file.split_once('=') {
                Some((id, path)) => (format!("{id}="), path),
                None => (String::new(), file),
            };
            format!("{id}{}", self.folder.join(path).display())
        };
        match value {
            Json::String(file) => Some(vec![beside(file)]),
            Json::Array(files) if !files.is_empty() => {
                files.iter().map(|file| file.as_str().map(beside)).collect::<Option<Vec<String>>>()
            }
            _ => None,
        }
    }

    /// The content of data files by the id or name of each: `momentum=weights.csv`, or `momentum.csv`.
    pub(super) fn by_name(&mut self, field: &str, holds: Holds, files: &[String]) -> Vec<(String, Json)> {
        let mut all: Vec<(String, Json)> = Vec::with_capacity(files.len());
        for argument in files {
            let (name, path) = source::name_and_path(argument);
            if all.iter().any(|(known, _)| *known == name) {
                let message = format!("Two files are called {name:?}.");
                let hint = "Give each a name of its own: name=file.";
                self.files.faults.push(Fault::new(Code::Duplicate, argument, message, hint));
            } else if let Some(content) = self.content(field, holds, &[path]) {
                all.push((name, content));
            }
        }
        all
    }

    /// Reads data files into a field.
    fn table(&mut self, field: &'static str, holds: Holds, files: &[String]) {
        if let Some(table) = self.content(field, holds, files) {
            self.put(field, table);
        }
    }

    /// The content of data files; `None` where none was named or a fault was found.
    pub(super) fn content(&mut self, field: &str, holds: Holds, files: &[String]) -> Option<Json> {
        match holds {
            Holds::Prices => self.book(files, from_table::prices),
            Holds::Returns => self.book(files, from_table::returns),
            Holds::Numbers => self.book(files, from_table::scores),
            Holds::Newest => self.newest(files),
            Holds::Records => self.rows(field, files),
        }
    }

    fn book<T: Serialize>(&mut self, files: &[String], reader: super::Reader<T>) -> Option<Json> {
        let sources = self.sources(files)?;
        let mut options = self.files.options.clone();
        options.roles.extend(long_weights(&sources));
        let read = reader(&source::borrowed(&sources), &options, &self.files.limits);
        let Reading { value, warnings, .. } = self.files.note(read)?;
        self.files.warnings.extend(warnings);
        let json = to_canonical_bytes(&value).and_then(|bytes| parse(&bytes));
        self.files.note(json)
    }

    fn sources(&mut self, files: &[String]) -> Option<Vec<Source>> {
        let before = self.files.faults.count();
        let sources = source::read_all(files, &self.files.limits, &mut self.files.faults);
        (!files.is_empty() && self.files.faults.count() == before).then_some(sources)
    }

    /// The newest price of each symbol: of a table with dates, or of one with a symbol and a price a row.
    fn newest(&mut self, files: &[String]) -> Option<Json> {
        let sources = self.sources(files)?;
        let dated = |table: &Table| {
            let role = |column: &str| role_of_name(column).map(|(role, _)| role);
            let has = |wanted: Role| table.columns.iter().any(|column| role(&column.name) == Some(wanted));
            has(Role::Time) || !has(Role::Symbol)
        };
        if sources.iter().any(|source| dated(&source.table)) {
            let Json::Object(book) = self.book(files, from_table::prices)? else { return None };
            let last = |rows: &Json| rows.get("value").and_then(Json::as_array).and_then(<[Json]>::last).cloned();
            return Some(Json::Object(book.iter().filter_map(|(name, rows)| Some((name.clone(), last(rows)?))).collect()));
        }
        let mut prices: Vec<(String, Json)> = Vec::new();
        for Source { table, .. } in &sources {
            for row in 0..table.rows {
                let Json::Object(fields) = record(table, row) else { continue };
                let field = |name: &str| fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
                let (Some(Json::String(symbol)), Some(price)) = (field("symbol"), field("price")) else {
                    let message = String::from("The row has no symbol or no price.");
                    let hint = "Name the columns symbol and price, and give both.";
                    self.files.faults.push(Fault::new(Code::MissingColumn, table.place(row, 0), message, hint));
                    return None;
                };
                if prices.iter().any(|(known, _)| *known == symbol) {
                    let message = format!("{symbol} has two prices.");
                    self.files.faults.push(Fault::new(Code::Duplicate, table.place(row, 0), message, "Give one, or dates."));
                    return None;
                }
                prices.push((symbol, price));
            }
        }
        Some(Json::Object(prices))
    }

    /// Records of data files, row after row, with the standard names of columns whose names have a role.
    fn rows(&mut self, field: &str, files: &[String]) -> Option<Json> {
        let sources = self.sources(files)?;
        let all = sources.iter().flat_map(|source| (0..source.table.rows).map(|row| record(&source.table, row))).collect();
        self.records.push((field.to_owned(), sources));
        Some(Json::Array(all))
    }

    /// The request.
    ///
    /// # Errors
    /// Everything that was found wrong with files and settings, or what the operation refuses, each where the user wrote it.
    pub(super) fn request<R: Request>(&mut self) -> Result<R, Problem> {
        std::mem::take(&mut self.files.faults).finish(Some(()))?;
        let bytes = to_canonical_bytes(&Json::Object(self.fields.clone()))?;
        R::from_json(&bytes).map_err(|problem| self.place(problem))
    }

    /// Names the place where the user wrote what is refused: a flag, a line of the run file, a row of a data file.
    pub(super) fn place(&self, problem: Problem) -> Problem {
        let problem = super::locate(&self.settings, problem, self.operation);
        let mut faults = Faults::from(problem);
        faults.relocate(|path| self.row(path).or_else(|| self.line(path)).unwrap_or_else(|| path.to_owned()));
        Problem::from(faults)
    }

    /// The cell of a data file behind a pointer such as `/orders/3/quantity`.
    pub(super) fn row(&self, path: &str) -> Option<String> {
        let mut parts = path.strip_prefix('/')?.split('/');
        let (field, mut row) = (parts.next()?, parts.next()?.parse::<usize>().ok()?);
        let (_, sources) = self.records.iter().find(|(name, _)| name == field)?;
        let column = parts.next();
        for Source { table, .. } in sources {
            if row < table.rows {
                let at = column.and_then(|name| table.columns.iter().position(|column| standard(&column.name) == name));
                return Some(table.place(row, at.unwrap_or(0)));
            }
            row -= table.rows;
        }
        None
    }

    /// The line of the run file behind a pointer.
    fn line(&self, path: &str) -> Option<String> {
        let file = self.file.as_ref()?;
        // Formulas have line and character behind their pointer.
        let (pointer, behind) = path.find(':').map_or((path, ""), |colon| path.split_at(colon));
        let section = [self.operation, "config"].into_iter().find(|name| file.tree.get(name).is_some());
        let pointer = match pointer.strip_prefix("/config") {
            Some(rest) => section.map_or_else(|| rest.to_owned(), |section| format!("/{section}{rest}")),
            None => pointer.to_owned(),
        };
        let field = pointer.strip_prefix('/')?.split('/').next()?;
        // A table that lies in a data file has no lines here.
        let value = file.tree.get(field)?;
        let table = self.tables.contains(&field);
        let here = !table || (!matches!(value, Json::String(_)) && self.named(value).is_none());
        here.then(|| format!("{}{behind}", file.place(&pointer)))
    }
}

/// The standard name of a column: that of its role, or its own in lower case.
fn standard(name: &str) -> String {
    match role_of_name(name) {
        Some((role @ (Role::Symbol | Role::Strategy | Role::Quantity | Role::Price | Role::Time), _)) => role.as_str().to_owned(),
        _ => name.trim().to_lowercase().replace([' ', '-'], "_"),
    }
}

/// A row as an object; empty cells are left out, names are text.
fn record(table: &Table, row: usize) -> Json {
    let mut fields: Vec<(String, Json)> = Vec::with_capacity(table.columns.len());
    for column in &table.columns {
        let name = standard(&column.name);
        let is_name = ["id", "strategy", "symbol"].contains(&name.as_str());
        let value = match column.cell(row) {
            Cell::Null => continue,
            Cell::Int(number) if is_name => Json::String(number.to_string()),
            Cell::Float(number) if is_name => Json::String(number.to_string()),
            Cell::Float(number) => Json::Number(number),
            Cell::Int(number) => Json::Number(number as f64),
            Cell::Bool(truth) => Json::Bool(truth),
            Cell::Text(text) => Json::String(text.trim().to_owned()),
            Cell::Time(time) => Json::String(time.to_string()),
        };
        if !fields.iter().any(|(known, _)| *known == name) {
            fields.push((name, value));
        }
    }
    Json::Object(fields)
}

/// In a table of weights in long form the column `weight` is the value.
fn long_weights(sources: &[Source]) -> Vec<(String, Role)> {
    let is = |name: &str, wanted: &str| name.eq_ignore_ascii_case(wanted);
    let long = sources.iter().filter(|source| source.table.columns.iter().any(|column| is(&column.name, "symbol")));
    let weights = long.flat_map(|source| source.table.columns.iter().filter(|column| is(&column.name, "weight")));
    weights.map(|column| (column.name.clone(), Role::Price)).collect()
}

impl MarketArgs {
    /// The tables by field.
    pub(super) fn tables(&self) -> Vec<(&'static str, Holds, &[String])> {
        vec![
            ("prices", Holds::Prices, self.prices.as_slice()),
            ("open", Holds::Prices, &self.open),
            ("high", Holds::Prices, &self.high),
            ("low", Holds::Prices, &self.low),
            ("volume", Holds::Numbers, &self.volume),
        ]
    }
}

impl<'a> Given<'a> {
    /// What the options that every operation has say, beside some tables.
    pub(super) fn of(
        operation: &'static str,
        tables: Vec<(&'static str, Holds, &'a [String])>,
        args: &'a OperationArgs,
        reading: &'a ReadingArgs,
    ) -> Self {
        let (config, compat) = (args.config.as_deref(), args.compat.as_deref());
        Given { operation, tables, config, set: &args.set, compat, flags: Vec::new(), reading }
    }
}

/// Carries out a request that was put together.
///
/// # Errors
/// What is wrong with files, settings or request.
pub(super) fn carry_out<R: Request>(draft: &mut Drafted, args: &OperationArgs) -> Result<ExitCode, Problem> {
    let request: R = draft.request()?;
    let answer = while_working(R::OPERATION, || request.answer()).map_err(|problem| draft.place(problem))?;
    let mut output = Output::new();
    if let Some(path) = &args.emit_request {
        output.add(Some(path), &to_canonical_bytes(&request)?)?;
    }
    output.add(args.out.as_deref(), &formed(to_canonical_bytes(&answer)?, args.format, R::OPERATION)?)?;
    output.commit()?;
    output::warn(&draft.files.warnings, args.format == Some(OutputFormat::Json));
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use allocator_core::codec;

    fn table(text: &str) -> Table {
        codec::read(text.as_bytes(), "t.csv", &Limits::native()).unwrap()
    }

    #[test]
    fn records_have_standard_names_and_leave_empty_cells_out() {
        let table = table("Ticker,strategy_id,qty,Limit Price,id\n7203,a,-5,,1\nMSFT,b,2.5,300,x\n");
        let text = |row| allocator_core::wire::to_canonical_string(&record(&table, row)).unwrap();
        assert_eq!(text(0), r#"{"id":"1","quantity":-5,"strategy":"a","symbol":"7203"}"#);
        assert_eq!(text(1), r#"{"id":"x","limit_price":300,"quantity":2.5,"strategy":"b","symbol":"MSFT"}"#);
    }
}
