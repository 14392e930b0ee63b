//! Data files and settings as the command line names them.

use super::output;
use crate::config::Settings;
use allocator_core::codec::{self, Cell, Limits, Role, Table, config_file};
use allocator_core::frame::from_table::Options;
use allocator_core::frame::mapping::Mapping;
use allocator_core::wire::{At, Choice, Json, nearest};
use allocator_core::{Code, Fault, Faults, Problem};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Largest configuration file, bytes.
pub(crate) const CONFIG_BYTES_MAX: u64 = config_file::BYTES_MAX as u64;

/// A data file that was read, and the id it was given (`id=file`).
pub(crate) struct Source {
    /// The id before `=`.
    pub(crate) id: Option<String>,
    /// The file's content.
    pub(crate) table: Table,
}

/// Reads every `[id=]file`, all faults together.
///
/// # Errors
/// What cannot be read.
pub(crate) fn read_all(arguments: &[String], limits: &Limits, faults: &mut Faults) -> Vec<Source> {
    let mut sources: Vec<Source> = Vec::with_capacity(arguments.len());
    for argument in arguments {
        let (id, path) = split_id(argument);
        if let Some(id) = &id
            && sources.iter().any(|source| source.id.as_ref() == Some(id))
        {
            faults.push(Fault::new(
                Code::Duplicate,
                argument,
                format!("The id {id:?} is given to two files."),
                "Give each file an id of its own.",
            ));
            continue;
        }
        let name = path.display().to_string();
        match output::read(&path, limits.bytes)
            .and_then(|bytes| codec::read_shared(&bytes.into(), &name, codec::Dialect::default(), limits))
        {
            Ok(table) => sources.push(Source { id, table }),
            Err(problem) => faults.extend(Faults::from(problem)),
        }
    }
    sources
}

/// `id=file`, or a file whose own name has a `=` in it.
fn split_id(argument: &str) -> (Option<String>, PathBuf) {
    match argument.split_once('=') {
        Some((id, file)) if !Path::new(argument).exists() => (Some(id.to_owned()), PathBuf::from(file)),
        _ => (None, PathBuf::from(argument)),
    }
}

/// The name of what lies in a file: its id, or the file's own name without extensions; and the file.
pub(crate) fn name_and_path(argument: &str) -> (String, String) {
    let (id, path) = split_id(argument);
    let path = path.display().to_string();
    (id.unwrap_or_else(|| stem(&path).to_owned()), path)
}

/// What the core's readers take: each table with its id.
pub(crate) fn borrowed(sources: &[Source]) -> Vec<(Option<&str>, &Table)> {
    sources.iter().map(|source| (source.id.as_deref(), &source.table)).collect()
}

/// Names the row of a file for every short position that the core refuses: it sees the blended whole and names the strategy
/// only, one fault for each short position in the order of symbols.
///
/// Looks through all rows once; only a refused request pays for it.
pub(crate) fn locate_shorts(problem: Problem, sources: &[Source], mappings: &[Mapping]) -> Problem {
    let mut faults = Faults::from(problem);
    if faults.as_slice().iter().all(|fault| fault.code != Code::ShortNotAllowed) {
        return Problem::from(faults);
    }
    // Pointer of the strategy, then symbol, then place: in the order in which the core goes through them.
    let mut shorts: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for (Source { id, table }, mapping) in sources.iter().zip(mappings) {
        let columns =
            |role: Role| mapping.columns.iter().enumerate().filter(move |(_, taken)| taken.taken_as == role).map(|(i, _)| i);
        let Some(symbol) = columns(Role::Symbol).next() else { continue };
        let strategy = columns(Role::Strategy).next();
        let file_id = id.clone().unwrap_or_else(|| stem(&table.name).to_owned());
        for row in 0..table.rows {
            for column in columns(Role::Weight).chain(columns(Role::Series)) {
                if !is_negative(table.columns[column].cell(row)) {
                    continue;
                }
                let id = match (mapping.columns[column].taken_as, strategy) {
                    (Role::Series, _) => table.columns[column].name.clone(),
                    (_, Some(strategy)) => text_of(table.columns[strategy].cell(row)),
                    _ => file_id.clone(),
                };
                let pointer = At::Root.key("signals").key(&id).to_string();
                let symbol = text_of(table.columns[symbol].cell(row));
                shorts.entry(pointer).or_default().insert(symbol, table.place(row, column));
            }
        }
    }
    let mut places: BTreeMap<String, Vec<String>> =
        shorts.into_iter().map(|(pointer, rows)| (pointer, rows.into_values().rev().collect())).collect();
    let codes: Vec<Code> = faults.as_slice().iter().map(|fault| fault.code).collect();
    let mut codes = codes.into_iter();
    faults.relocate(|path| {
        let of_a_short = codes.next() == Some(Code::ShortNotAllowed);
        let place = if of_a_short { places.get_mut(path).and_then(Vec::pop) } else { None };
        place.unwrap_or_else(|| path.to_owned())
    });
    Problem::from(faults)
}

fn is_negative(cell: Cell<'_>) -> bool {
    match cell {
        Cell::Float(value) => value < 0.0,
        Cell::Int(value) => value < 0,
        Cell::Text(text) => text.trim().parse::<f64>().is_ok_and(|value| value < 0.0),
        _ => false,
    }
}

fn text_of(cell: Cell<'_>) -> String {
    match cell {
        Cell::Text(text) => text.to_owned(),
        Cell::Int(number) => number.to_string(),
        _ => String::new(),
    }
}

/// A file's name without directories and extensions.
fn stem(name: &str) -> &str {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name = name.strip_suffix(".gz").unwrap_or(name);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

/// `--column name=role`, repeated, and `--resample`.
///
/// # Errors
/// `invalid_usage`, `unknown_choice`.
pub(crate) fn options(columns: &[String], resample: bool) -> Result<Options, Problem> {
    let mut faults = Faults::new();
    let mut roles = Vec::with_capacity(columns.len());
    for argument in columns {
        match argument.rsplit_once('=').map(|(name, word)| (name, word, Role::from_word(word))) {
            Some((name, _, Some(role))) => roles.push((name.to_owned(), role)),
            Some((_, word, None)) => {
                let words: Vec<&str> = Role::WORDS.iter().map(|(_, word, ..)| *word).collect();
                let all = words.join(", ");
                let hint = match nearest(word, words) {
                    Some(near) => format!("Did you mean {near:?}? Known: {all}."),
                    None => format!("Known: {all}."),
                };
                faults.push(Fault::new(Code::UnknownChoice, "--column", format!("{word:?} is no role of a column."), hint));
            }
            None => faults.push(Fault::new(
                Code::InvalidUsage,
                "--column",
                format!("{argument:?} is not name=role."),
                "Write --column px=price, for example.",
            )),
        }
    }
    faults.finish(Some(Options { roles, resample, ..Options::default() }))
}

/// The layers below the flags: file, environment, and `--set`.
///
/// # Errors
/// Faults of file and environment.
pub(crate) fn settings_of(section: &str, file: Option<&Path>, set: &[String]) -> Result<Settings, Problem> {
    let mut settings = Settings::new();
    if let Some(file) = file {
        settings.read_file(&output::read(file, CONFIG_BYTES_MAX)?, &file.display().to_string(), section)?;
    }
    settings.read_environment(environment())?;
    for assignment in set {
        settings.set_text(section, assignment)?;
    }
    Ok(settings)
}

/// The variables that can be read as text; others cannot be ours.
pub(crate) fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

/// Statistics of strategies, and where each stands.
pub(crate) struct Stats {
    /// `{"momentum": {"vol": 0.2}}`
    pub(crate) tree: Json,
    /// JSON pointer to place.
    places: BTreeMap<String, String>,
    name: String,
}

impl Stats {
    /// The place of `/momentum/vol`, or of what is around it.
    pub(crate) fn place(&self, pointer: &str) -> String {
        let mut at = pointer;
        loop {
            if let Some(place) = self.places.get(at) {
                return place.clone();
            }
            match at.rfind('/') {
                Some(cut) => at = &at[..cut],
                None => return format!("{}#{pointer}", self.name),
            }
        }
    }
}

/// Statistics of strategies: a tree as JSON, YAML or TOML, or a table with a column of strategies.
///
/// # Errors
/// What cannot be read; a table without strategies.
pub(crate) fn stats(path: &Path, limits: &Limits) -> Result<Stats, Problem> {
    let name = path.display().to_string();
    let bytes = output::read(path, limits.bytes)?;
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default().to_ascii_lowercase();
    if ["yaml", "yml", "toml", "json"].contains(&extension.as_str()) {
        let file = config_file::parse(&bytes, &name, limits)?;
        // Records ([{"strategy": …, "vol": …}]) are a table.
        if !matches!(file.tree, Json::Array(_)) {
            let places = file.places.keys().map(|pointer| (pointer.clone(), file.place(pointer))).collect();
            return Ok(Stats { tree: file.tree, places, name });
        }
    }
    stats_of_table(&codec::read(&bytes, &name, limits)?)
}

fn stats_of_table(table: &Table) -> Result<Stats, Problem> {
    let named = |names: &[&str]| {
        table.columns.iter().position(|column| names.contains(&column.name.trim().to_ascii_lowercase().as_str()))
    };
    let Some(strategy) = named(&["strategy", "strategy_id", "alpha"]) else {
        return Err(Problem::new(
            Code::MissingColumn,
            &table.name,
            "The table has no column of strategies.",
            "Name one column strategy, and others vol, sharpe or ic.",
        ));
    };
    let figures =
        [("ic", named(&["ic"])), ("sharpe", named(&["sharpe", "sharpe_ratio"])), ("vol", named(&["vol", "volatility"]))];
    let mut faults = Faults::new();
    let mut strategies: Vec<(String, Json)> = Vec::new();
    let mut places = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for row in 0..table.rows {
        let id = text_of(table.columns[strategy].cell(row));
        if id.is_empty() {
            faults.push(Fault::new(
                Code::InvalidName,
                table.place(row, strategy),
                "The row names no strategy.",
                "Give every row a strategy.",
            ));
            continue;
        }
        if !seen.insert(id.clone()) {
            faults.push(Fault::new(
                Code::Duplicate,
                table.place(row, strategy),
                format!("The strategy {id:?} has two rows."),
                "Keep one row for each strategy.",
            ));
            continue;
        }
        let mut fields = Vec::new();
        for (figure, column) in figures {
            let Some(column) = column else { continue };
            places.insert(At::Root.key(&id).key(figure).to_string(), table.place(row, column));
            match table.columns[column].cell(row) {
                Cell::Null => {}
                Cell::Float(value) if value.is_finite() => fields.push((figure.to_owned(), Json::Number(value))),
                Cell::Int(value) => fields.push((figure.to_owned(), Json::Number(value as f64))),
                other => faults.push(Fault::new(
                    if matches!(other, Cell::Float(_)) { Code::NotFinite } else { Code::InvalidCell },
                    table.place(row, column),
                    format!("The {figure} of {id} is not a finite number."),
                    "Give a finite number, or leave the cell empty.",
                )),
            }
        }
        strategies.push((id, Json::Object(fields)));
    }
    faults.finish(Some(Stats { tree: Json::Object(strategies), places, name: table.name.clone() }))
}
