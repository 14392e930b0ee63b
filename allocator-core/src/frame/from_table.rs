//! From tables to frames: signals, returns, prices and positions, in long and in wide form.
//!
//! *Missing and impossible cells.* Null (an empty cell of CSV, `null` in JSON, a null of Arrow and Parquet, NaN where pandas wrote the
//! file) means "no value". In signals every row is an opinion, so a missing score or weight is a fault at its cell; in a
//! wide table it means that the strategy has no opinion of the symbol, or that there is no observation that day. NaN and
//! infinity are never "no value": they are refused at their cell, with the mend. Every row is checked, also those that an older
//! timestamp puts aside.
//!
//! *Score and weight.* A wide table has one number for both; a long one without a score takes the weight for it, and the other
//! way round, with a warning.
//!
//! *Dates* are dates, times, ISO 8601 text, `20240131`, or whole numbers since 1970 in seconds, milliseconds, microseconds or
//! nanoseconds, told apart by their size.

use super::frequency;
use super::mapping::{Mapping, Purpose, Roles, Shape};
use super::points::{Origin, Points};
use super::{PriceBook, ReturnBook, ScoreBook, SignalBook, WeightBook};
use crate::codec::{Column, ColumnData, Limits, Role, Table};
use crate::error::{Code, Fault, Faults, Problem};
use crate::units::{UnixNanos, name_fault};
use std::collections::BTreeMap;

/// A table, and the id of the strategy (or series) it belongs to where the user gave one: `momentum=momentum.csv`.
pub type Source<'a> = (Option<&'a str>, &'a Table);

/// What the user says about the tables.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Options {
    /// Columns whose role the user states, by name.
    pub roles: Vec<(String, Role)>,
    /// The strategy of rows that name none, instead of the file's name without its extension.
    pub default_strategy: Option<String>,
    /// Whether returns of mixed frequency are compounded to the lowest of them instead of refused.
    pub resample: bool,
}

/// What was read, what the columns were taken for, and what is worth knowing.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading<T> {
    /// What was read.
    pub value: T,
    /// One for each table.
    pub mappings: Vec<Mapping>,
    /// What is no fault but worth knowing.
    pub warnings: Vec<Fault>,
}

/// At most so many warnings are kept.
const WARNINGS_MAX: usize = 50;

struct Reader<'a> {
    options: &'a Options,
    faults: Faults,
    warnings: Vec<Fault>,
    mappings: Vec<Mapping>,
}

impl<'a> Reader<'a> {
    fn new(options: &'a Options) -> Self {
        Reader { options, faults: Faults::new(), warnings: Vec::new(), mappings: Vec::new() }
    }

    fn warn(&mut self, warnings: impl IntoIterator<Item = Fault>) {
        let room = WARNINGS_MAX.saturating_sub(self.warnings.len());
        self.warnings.extend(warnings.into_iter().take(room));
    }

    fn fault(&mut self, problem: Problem) {
        for fault in problem.problems {
            self.faults.push(fault);
        }
    }

    fn settle<'t>(&mut self, table: &'t Table, purpose: Purpose) -> Option<Roles<'t>> {
        self.warn(table.warnings.iter().cloned());
        if table.rows == 0 && table.columns.is_empty() {
            self.faults.push(Fault::new(
                Code::Empty,
                &table.name,
                "The file has no columns.",
                "Give a file with a header and rows.",
            ));
            return None;
        }
        match Roles::settle(table, purpose, &self.options.roles) {
            Ok(roles) => Some(roles),
            Err(problem) => {
                self.fault(problem);
                None
            }
        }
    }

    fn close(&mut self, roles: Roles<'_>, shape: Shape) {
        self.mappings.push(roles.mapping(shape));
        self.warn(roles.warnings);
    }

    fn finish<T>(self, value: Option<T>) -> Result<Reading<T>, Problem> {
        let value = self.faults.finish(value)?;
        Ok(Reading { value, mappings: self.mappings, warnings: self.warnings })
    }
}

/// The id of a table's one strategy or series: the user's, or the file's name without directories and extensions.
fn id_of(source: Source<'_>, options: &Options) -> String {
    if let Some(id) = source.0.or(options.default_strategy.as_deref()) {
        return id.to_owned();
    }
    let name = source.1.name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name = name.strip_suffix(".gz").unwrap_or(name);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_owned()
}

// --- Cells -----------------------------------------------------------------------------------------------------------

/// A column of numbers, whatever its type: text is read word by word, each once.
enum Numbers<'a> {
    Float(&'a Column, &'a [f64]),
    Int(&'a Column, &'a [i64]),
    Text(&'a Column, &'a [u32], Vec<Option<f64>>),
    Null,
}

enum Number<'a> {
    Value(f64),
    Missing,
    NotFinite(f64),
    Text(&'a str),
}

impl<'a> Numbers<'a> {
    fn of(column: &'a Column) -> Option<Self> {
        match &column.data {
            ColumnData::Float(values) => Some(Numbers::Float(column, values)),
            ColumnData::Int(values) => Some(Numbers::Int(column, values)),
            ColumnData::Text { codes, words } => {
                Some(Numbers::Text(column, codes, words.iter().map(|word| word.trim().parse().ok()).collect()))
            }
            ColumnData::Null(_) => Some(Numbers::Null),
            _ => None,
        }
    }

    fn get(&self, row: usize) -> Number<'a> {
        let value = match self {
            Numbers::Float(column, _) | Numbers::Int(column, _) | Numbers::Text(column, ..) if column.is_null(row) => {
                return Number::Missing;
            }
            Numbers::Null => return Number::Missing,
            Numbers::Float(_, values) => values[row],
            Numbers::Int(_, values) => values[row] as f64,
            Numbers::Text(column, codes, parsed) => match (parsed[codes[row] as usize], &column.data) {
                (Some(value), _) => value,
                (None, ColumnData::Text { words, .. }) => {
                    let word = words.get(codes[row]);
                    return if is_missing(word) { Number::Missing } else { Number::Text(word) };
                }
                _ => return Number::Missing,
            },
        };
        if value.is_finite() { Number::Value(value) } else { Number::NotFinite(value) }
    }
}

fn is_missing(word: &str) -> bool {
    matches!(word.trim(), "" | "N/A" | "NA" | "n/a" | "#N/A" | "null" | "NULL" | "None")
}

/// What to write instead of a text that is no number.
fn mend(word: &str) -> String {
    let word = word.trim();
    let commas = word.matches(',').count();
    let plain = |text: &str| text.parse::<f64>().ok().filter(|value| value.is_finite());
    if let Some(percent) = word.strip_suffix('%').and_then(|text| plain(text.trim())) {
        return format!("Write {} (a fraction).", percent / 100.0);
    }
    if commas == 1 && !word.contains('.') && plain(&word.replace(',', ".")).is_some() {
        return format!("Write {}.", word.replace(',', "."));
    }
    if commas >= 1 && plain(&word.replace(',', "")).is_some() {
        return format!("Write {}.", word.replace(',', ""));
    }
    if let Some(value) = word.strip_prefix('(').and_then(|text| text.strip_suffix(')')).filter(|text| plain(text).is_some()) {
        return format!("Write -{value}.");
    }
    let digits: String = word.chars().filter(|c| !matches!(c, ' ' | '_' | '\'' | '\u{A0}' | '$' | '€' | '£')).collect();
    if digits != word && plain(&digits).is_some() {
        return format!("Write {digits}.");
    }
    String::from("Write a number such as 0.085, or leave the row out.")
}

/// A fault of a cell that should hold a finite number.
fn number_fault(table: &Table, row: usize, column: usize, what: &str, number: &Number<'_>) -> Option<Fault> {
    let place = || table.place(row, column);
    match number {
        Number::Value(_) => None,
        Number::Missing => Some(Fault::new(
            Code::NotFinite,
            place(),
            format!("The {what} is missing."),
            "Give a finite number, or leave the row out.",
        )),
        Number::NotFinite(value) => {
            let spelled = if value.is_nan() {
                "NaN"
            } else if *value > 0.0 {
                "Infinity"
            } else {
                "-Infinity"
            };
            Some(Fault::new(
                Code::NotFinite,
                place(),
                format!("The {what} is {spelled}, not a finite number."),
                "Give a finite number, or leave the row out.",
            ))
        }
        Number::Text(word) => {
            let short: String = word.chars().take(40).collect();
            Some(Fault::new(Code::InvalidCell, place(), format!("{short:?} is not a number (the {what})."), mend(word)))
        }
    }
}

/// Names out of a column of text or whole numbers; `None` where there is none.
struct Names<'a> {
    column: &'a Column,
    spelled: Vec<String>,
}

impl<'a> Names<'a> {
    fn of(column: &'a Column) -> Self {
        let spelled = match &column.data {
            ColumnData::Int(values) => values.iter().map(i64::to_string).collect(),
            ColumnData::Bool(values) => values.iter().map(|value| if *value { "TRUE" } else { "FALSE" }.to_owned()).collect(),
            _ => Vec::new(),
        };
        Names { column, spelled }
    }

    fn get(&self, row: usize) -> Option<&str> {
        if self.column.is_null(row) {
            return None;
        }
        match &self.column.data {
            ColumnData::Text { codes, words } => Some(words.get(codes[row])),
            _ => self.spelled.get(row).map(String::as_str),
        }
    }
}

fn name_missing(table: &Table, row: usize, column: usize, what: &str) -> Fault {
    Fault::new(
        Code::InvalidName,
        table.place(row, column),
        format!("The {what} is missing."),
        format!("Give every row a {what}."),
    )
}

/// Points in time out of a column of any type.
struct Times<'a> {
    column: &'a Column,
    /// For text, of each word; for numbers, of each row.
    read: Vec<Option<UnixNanos>>,
}

impl<'a> Times<'a> {
    fn of(column: &'a Column) -> Self {
        let read = match &column.data {
            ColumnData::Text { words, .. } => {
                words.iter().map(|word| UnixNanos::parse(word).or_else(|| word.trim().parse().ok().and_then(epoch))).collect()
            }
            ColumnData::Int(values) => values.iter().map(|value| epoch(*value)).collect(),
            ColumnData::Float(values) => values
                .iter()
                .map(|value| if value.fract() == 0.0 && value.abs() < 9e18 { epoch(*value as i64) } else { None })
                .collect(),
            _ => Vec::new(),
        };
        Times { column, read }
    }

    /// `Ok(None)` is a missing time, `Err` one that cannot be read.
    fn get(&self, row: usize) -> Result<Option<UnixNanos>, String> {
        if self.column.is_null(row) {
            return Ok(None);
        }
        let (found, spell): (Option<UnixNanos>, &dyn Fn() -> String) = match &self.column.data {
            ColumnData::Time(values) => return Ok(Some(values[row])),
            ColumnData::Text { codes, words } => {
                (self.read[codes[row] as usize], &|| words.get(codes[row]).chars().take(40).collect())
            }
            ColumnData::Int(values) => (self.read[row], &|| values[row].to_string()),
            ColumnData::Float(values) => (self.read[row], &|| values[row].to_string()),
            _ => return Ok(None),
        };
        found.map(Some).ok_or_else(spell)
    }
}

/// `20240131`, or time since 1970 in the unit that its size tells: seconds below 10^11, then milliseconds below 10^14, microseconds
/// below 10^17, nanoseconds. Numbers too small for any are no dates.
fn epoch(value: i64) -> Option<UnixNanos> {
    if (19_000_101..=22_611_231).contains(&value) {
        let (year, month, day) = (value / 10_000, value / 100 % 100, value % 100);
        return UnixNanos::from_date(year as i32, month as u32, day as u32);
    }
    let size = value.unsigned_abs();
    let scale = match size {
        0..100_000_000 => return None,
        100_000_000..100_000_000_000 => 1_000_000_000,
        100_000_000_000..100_000_000_000_000 => 1_000_000,
        100_000_000_000_000..100_000_000_000_000_000 => 1_000,
        _ => 1,
    };
    value.checked_mul(scale).map(UnixNanos)
}

fn time_fault(table: &Table, row: usize, column: usize, found: Option<&str>) -> Fault {
    let message = match found {
        Some(text) => format!("{text:?} is not a date."),
        None => String::from("The date is missing."),
    };
    Fault::new(Code::InvalidDate, table.place(row, column), message, "Write 2024-01-31, or 2024-01-31T09:30:00Z.")
}

/// The time of every row; faults are pushed.
fn read_times(table: &Table, column: usize, faults: &mut Faults) -> Vec<UnixNanos> {
    let times = Times::of(&table.columns[column]);
    let mut all = Vec::with_capacity(table.rows);
    for row in 0..table.rows {
        match times.get(row) {
            Ok(Some(time)) => all.push(time),
            Ok(None) => faults.push(time_fault(table, row, column, None)),
            Err(text) => faults.push(time_fault(table, row, column, Some(&text))),
        }
    }
    all
}

// --- Signals ---------------------------------------------------------------------------------------------------------

/// The rows of one strategy while they are being gathered, and the table and row where each stands.
#[derive(Default)]
struct Gathered<'t> {
    rows: Vec<(&'t str, f64, f64)>,
    places: Vec<(u32, u32)>,
}

/// The rows of all strategies while they are being gathered.
#[derive(Default)]
struct Gathering<'t> {
    slots: BTreeMap<String, usize>,
    all: Vec<Gathered<'t>>,
}

impl<'t> Gathering<'t> {
    /// The slot of a strategy; a strategy that has one is declared, even if no row follows.
    fn slot(&mut self, id: &str) -> usize {
        if let Some(&slot) = self.slots.get(id) {
            return slot;
        }
        self.slots.insert(id.to_owned(), self.all.len());
        self.all.push(Gathered::default());
        self.all.len() - 1
    }

    fn push(&mut self, slot: usize, row: (&'t str, f64, f64), place: (u32, u32)) {
        self.all[slot].rows.push(row);
        self.all[slot].places.push(place);
    }
}

/// Reads signals of one or several files into one book.
///
/// # Errors
/// Every fault found, at its place.
pub fn signals(sources: &[Source<'_>], options: &Options, limits: &Limits) -> Result<Reading<SignalBook>, Problem> {
    let mut reader = Reader::new(options);
    let symbol_names: Vec<Option<Names<'_>>> = sources
        .iter()
        .map(|(_, table)| {
            let roles = Roles::settle(table, Purpose::Signals, &options.roles).ok()?;
            roles.find(Role::Symbol).map(|column| Names::of(&table.columns[column]))
        })
        .collect();
    let mut all = Gathering::default();
    // Which columns of each table are symbol, score and weight, to name places.
    let mut columns: Vec<[usize; 3]> = Vec::new();
    for (at, (source, names)) in sources.iter().zip(&symbol_names).enumerate() {
        let table = source.1;
        columns.push([0; 3]);
        let Some(mut roles) = reader.settle(table, Purpose::Signals) else { continue };
        let symbol = match roles.need(Role::Symbol, "a signal") {
            Ok(symbol) => symbol,
            Err(problem) => {
                reader.fault(problem);
                continue;
            }
        };
        let Some(names) = names else { continue };
        let keep = latest_rows(&mut reader, &mut roles);
        let (score, weight) = (roles.find(Role::Score), roles.find(Role::Weight));
        let long = score.is_some() || weight.is_some();
        if long {
            columns[at] = [symbol, score.or(weight).unwrap_or(0), weight.or(score).unwrap_or(0)];
            long_signals(&mut reader, &mut roles, *source, at, columns[at], names, keep.as_deref(), &mut all);
            roles.ignore_rest();
            reader.close(roles, Shape::SignalsLong);
        } else {
            columns[at] = [symbol; 3];
            wide_signals(&mut reader, &mut roles, *source, at, symbol, names, keep.as_deref(), &mut all);
            reader.close(roles, Shape::SignalsWide);
        }
    }
    if all.all.len() as u64 > limits.strategies {
        reader.faults.push(too_many(all.all.len(), limits.strategies, "strategies", sources));
    }
    if !reader.faults.is_empty() {
        return reader.finish(None);
    }
    let (mut rows, mut places) = (BTreeMap::new(), BTreeMap::new());
    let Gathering { slots, mut all } = all;
    for (strategy, slot) in slots {
        let gathered = std::mem::take(&mut all[slot]);
        rows.insert(strategy.clone(), gathered.rows);
        places.insert(strategy, gathered.places);
    }
    let book = SignalBook::from_rows(
        &rows,
        |strategy, row, column| {
            let Some(&(table, at)) = places.get(strategy).and_then(|places| places.get(row).or(places.first())) else {
                return sources.first().map_or_else(String::new, |(_, table)| table.name.clone());
            };
            let [symbol, score, weight] = columns[table as usize];
            let column = match column {
                "score" => score,
                "weight" => weight,
                _ => symbol,
            };
            sources[table as usize].1.place(at as usize, column)
        },
        &mut reader.faults,
    );
    if let Some(book) = &book
        && book.symbols().len() as u64 > limits.symbols
    {
        reader.faults.push(too_many(book.symbols().len(), limits.symbols, "symbols", sources));
    }
    reader.finish(book)
}

fn too_many(found: usize, limit: u64, what: &str, sources: &[Source<'_>]) -> Fault {
    let place = sources.first().map_or("", |(_, table)| table.name.as_str());
    Fault::new(
        Code::LimitExceeded,
        place,
        format!("There are {found} {what}; the limit is {limit}."),
        format!("Give fewer {what}."),
    )
}

/// Which rows are of the latest time; `None` if all are, or no time is given.
fn latest_rows(reader: &mut Reader<'_>, roles: &mut Roles<'_>) -> Option<Vec<bool>> {
    let table = roles.table;
    let column = roles.find(Role::Time)?;
    let before = reader.faults.count();
    let times = read_times(table, column, &mut reader.faults);
    if reader.faults.count() > before {
        return None;
    }
    let latest = *times.iter().max()?;
    let older = times.iter().filter(|time| **time != latest).count();
    if older == 0 {
        return None;
    }
    roles.warnings.push(Fault::new(
        Code::Converted,
        table.heading(column),
        format!("Only the {} rows of the latest time, {latest}, are used; {older} older ones are left out.", table.rows - older),
        "Give the rows of one time if that is not meant.",
    ));
    Some(times.iter().map(|time| *time == latest).collect())
}

#[expect(clippy::too_many_arguments, reason = "one step of a reader, split off for reading")]
fn long_signals<'t>(
    reader: &mut Reader<'_>,
    roles: &mut Roles<'_>,
    source: Source<'t>,
    at: usize,
    [symbol, score, weight]: [usize; 3],
    names: &'t Names<'t>,
    keep: Option<&[bool]>,
    all: &mut Gathering<'t>,
) {
    let table = source.1;
    for (role, other) in [(Role::Score, Role::Weight), (Role::Weight, Role::Score)] {
        if roles.find(role).is_none() {
            roles.warnings.push(Fault::new(
                Code::Converted,
                &table.name,
                format!("The file has no {}; the {} stands for it.", role.as_str(), other.as_str()),
                format!("Add a column {:?} if they differ.", role.as_str()),
            ));
        }
    }
    let (Some(scores), Some(weights)) = (Numbers::of(&table.columns[score]), Numbers::of(&table.columns[weight])) else {
        reader.faults.push(not_numbers(table, score));
        return;
    };
    let strategy = roles.find(Role::Strategy);
    let ids = strategy.map(|column| Names::of(&table.columns[column]));
    let own_id = id_of(source, reader.options);
    if let (Some(ids), Some(id), Some(column)) = (&ids, source.0, strategy) {
        let first = (0..table.rows).find_map(|row| ids.get(row));
        if let Some(row) = (0..table.rows).find(|&row| ids.get(row) != first) {
            reader.faults.push(Fault::new(
                Code::Conflict,
                table.place(row, column),
                format!("The file was given as the signals of {id:?}, but holds rows of several strategies."),
                "Give the file without an id, or without the column.",
            ));
            return;
        }
    }
    let by_row = if source.0.is_some() { None } else { ids.as_ref().zip(strategy) };
    let own_slot = if by_row.is_none() { Some(all.slot(&own_id)) } else { None };
    // The slot of each word of the strategy column that was met.
    let mut slots: Vec<Option<usize>> = Vec::new();
    for row in 0..table.rows {
        let id = match by_row {
            None => own_id.as_str(),
            Some((ids, column)) => {
                let Some(id) = ids.get(row) else {
                    reader.faults.push(name_missing(table, row, column, "strategy"));
                    continue;
                };
                id
            }
        };
        let name = names.get(row);
        if name.is_none() {
            reader.faults.push(name_missing(table, row, symbol, "symbol"));
        }
        let (score_here, weight_here) = (scores.get(row), weights.get(row));
        let of = || format!("{} in {id}", name.unwrap_or("a row"));
        if let Some(fault) = number_fault(table, row, score, "", &score_here) {
            let noun = if roles.find(Role::Score).is_some() { "score" } else { "weight" };
            let fault = number_fault(table, row, score, &format!("{noun} of {}", of()), &score_here).unwrap_or(fault);
            reader.faults.push(fault);
        }
        if score != weight
            && let Some(fault) = number_fault(table, row, weight, &format!("weight of {}", of()), &weight_here)
        {
            reader.faults.push(fault);
        }
        if keep.is_some_and(|keep| !keep[row]) {
            continue;
        }
        let (Some(name), Number::Value(score), Number::Value(weight)) = (name, score_here, weight_here) else { continue };
        let slot = match (own_slot, strategy.map(|column| &table.columns[column].data)) {
            (Some(slot), _) => slot,
            (None, Some(ColumnData::Text { codes, words })) => {
                slots.resize(words.len(), None);
                *slots[codes[row] as usize].get_or_insert_with(|| all.slot(id))
            }
            _ => all.slot(id),
        };
        all.push(slot, (name, score, weight), (at as u32, row as u32));
    }
}

fn not_numbers(table: &Table, column: usize) -> Fault {
    Fault::new(
        Code::InvalidCell,
        table.heading(column),
        format!("The column {:?} ({}) does not hold numbers.", table.columns[column].name, table.columns[column].type_name),
        "Give numbers.",
    )
}

#[expect(clippy::too_many_arguments, reason = "one step of a reader, split off for reading")]
fn wide_signals<'t>(
    reader: &mut Reader<'_>,
    roles: &mut Roles<'_>,
    source: Source<'t>,
    at: usize,
    symbol: usize,
    names: &'t Names<'t>,
    keep: Option<&[bool]>,
    all: &mut Gathering<'t>,
) {
    let table = source.1;
    let series = match roles.series() {
        Ok(series) => series,
        Err(problem) => return reader.fault(problem),
    };
    if series.is_empty() {
        if let Err(problem) = roles.need(Role::Score, "a signal") {
            reader.fault(problem);
        }
        return;
    }
    if let Some(id) = source.0 {
        reader.faults.push(Fault::new(
            Code::Conflict,
            &table.name,
            format!(
                "The file was given as the signals of {id:?}, but has neither score nor weight; its columns look like strategies."
            ),
            "Name the column \"score\" or \"weight\", or give the file without an id.",
        ));
        return;
    }
    for row in 0..table.rows {
        if names.get(row).is_none() {
            reader.faults.push(name_missing(table, row, symbol, "symbol"));
        }
    }
    for column in series {
        let id = table.columns[column].name.as_str();
        let Some(values) = Numbers::of(&table.columns[column]) else { continue };
        let slot = all.slot(id);
        for row in 0..table.rows {
            let number = values.get(row);
            match number {
                Number::Missing => {}
                Number::Value(value) => {
                    if let Some(name) = names.get(row)
                        && keep.is_none_or(|keep| keep[row])
                    {
                        all.push(slot, (name, value, value), (at as u32, row as u32));
                    }
                }
                _ => {
                    let what = format!("signal of {} in {id}", names.get(row).unwrap_or("a row"));
                    if let Some(fault) = number_fault(table, row, column, &what, &number) {
                        reader.faults.push(fault);
                    }
                }
            }
        }
    }
}

// --- Series ----------------------------------------------------------------------------------------------------------

/// Reads returns of strategies: `date, strategy, return`, or `date` and one column for each strategy, of one or several files.
///
/// # Errors
/// Every fault found, at its place; returns of mixed frequency, unless they are to be resampled.
pub fn returns(sources: &[Source<'_>], options: &Options, limits: &Limits) -> Result<Reading<ReturnBook>, Problem> {
    let mut reader = Reader::new(options);
    let points = gather(sources, Purpose::Returns, &mut reader);
    check_series_count(&points, limits, sources, &mut reader);
    if !reader.faults.is_empty() {
        return reader.finish(None);
    }
    let file = sources.first().map_or("", |(_, table)| table.name.as_str());
    let (values, origin) = points.split();
    // Points are kept beside the book only where something is to be done with them.
    let mixed = frequency::is_mixed(&values).then(|| values.clone());
    let book = ReturnBook::from_points(values, |name, i| place_of(&origin, sources, name, i), &mut reader.faults);
    // Duplicate days are refused by the book; the frequency is judged on what it accepts.
    if let (Some(_), Some(mut points)) = (&book, mixed) {
        if options.resample {
            let warnings = frequency::to_lowest(&mut points, file);
            reader.warn(warnings);
            let book = ReturnBook::from_points(points, |_, _| file.to_owned(), &mut reader.faults);
            return reader.finish(book);
        }
        reader.faults.push(frequency::fault(&points, file));
    }
    reader.finish(book)
}

/// Reads prices: `date, symbol, price`, or `date` and one column for each symbol, of one or several files.
///
/// # Errors
/// Every fault found, at its place.
pub fn prices(sources: &[Source<'_>], options: &Options, limits: &Limits) -> Result<Reading<PriceBook>, Problem> {
    let mut reader = Reader::new(options);
    let points = gather(sources, Purpose::Prices, &mut reader);
    check_series_count(&points, limits, sources, &mut reader);
    if !reader.faults.is_empty() {
        return reader.finish(None);
    }
    let (values, origin) = points.split();
    let book = PriceBook::from_points(values, |name, i| place_of(&origin, sources, name, i), &mut reader.faults);
    reader.finish(book)
}

/// Reads target weights: `date, symbol, weight`, or `date` and one column for each symbol, of one or several files. An empty cell means
/// that the symbol is not held from that date on.
///
/// # Errors
/// Every fault found, at its place.
pub fn weights(sources: &[Source<'_>], options: &Options, limits: &Limits) -> Result<Reading<WeightBook>, Problem> {
    let mut reader = Reader::new(options);
    let points = gather(sources, Purpose::Returns, &mut reader);
    check_series_count(&points, limits, sources, &mut reader);
    if !reader.faults.is_empty() {
        return reader.finish(None);
    }
    let (values, origin) = points.split();
    let book = WeightBook::from_points(values, |name, i| place_of(&origin, sources, name, i), &mut reader.faults);
    reader.finish(book)
}

/// Reads any numbers by date and symbol, laid out as prices are: volumes, payments, scores.
///
/// # Errors
/// Every fault found, at its place.
pub fn scores(sources: &[Source<'_>], options: &Options, limits: &Limits) -> Result<Reading<ScoreBook>, Problem> {
    let mut reader = Reader::new(options);
    let points = gather(sources, Purpose::Prices, &mut reader);
    check_series_count(&points, limits, sources, &mut reader);
    if !reader.faults.is_empty() {
        return reader.finish(None);
    }
    let (values, origin) = points.split();
    let book = ScoreBook::from_points(values, |name, i| place_of(&origin, sources, name, i), &mut reader.faults);
    reader.finish(book)
}

fn place_of(origin: &Origin, sources: &[Source<'_>], name: &str, i: usize) -> String {
    match origin.place(name, i) {
        Some((table, row, column)) => sources[table as usize].1.place(row as usize, column as usize),
        None => sources.first().map_or_else(String::new, |(_, table)| table.name.clone()),
    }
}

fn check_series_count(points: &Points, limits: &Limits, sources: &[Source<'_>], reader: &mut Reader<'_>) {
    if points.len() as u64 > limits.symbols {
        reader.faults.push(too_many(points.len(), limits.symbols, "series", sources));
    }
}

fn gather(sources: &[Source<'_>], purpose: Purpose, reader: &mut Reader<'_>) -> Points {
    let mut points = Points::default();
    let (value_role, noun) = if purpose == Purpose::Returns { (Role::Return, "return") } else { (Role::Price, "price") };
    for (at, &source) in sources.iter().enumerate() {
        let table = source.1;
        let Some(mut roles) = reader.settle(table, purpose) else { continue };
        let time = match roles.need(Role::Time, if purpose == Purpose::Returns { "a return" } else { "a price" }) {
            Ok(time) => time,
            Err(problem) => {
                reader.fault(problem);
                continue;
            }
        };
        let before = reader.faults.count();
        let times = read_times(table, time, &mut reader.faults);
        if reader.faults.count() > before {
            continue;
        }
        let key = roles.find(Role::Strategy).or(roles.find(Role::Symbol));
        if let Some(key) = key {
            let value = roles.find(value_role).or_else(|| {
                // One column of numbers is left: it is the value, whatever its name.
                let mut left = (0..table.columns.len()).filter(|&i| roles.of[i] == Role::Series && table.columns[i].is_number());
                left.next().filter(|_| left.next().is_none())
            });
            let Some(value) = value else {
                if let Err(problem) = roles.need(value_role, "a row") {
                    reader.fault(problem);
                }
                continue;
            };
            roles.of[value] = value_role;
            let names = Names::of(&table.columns[key]);
            let Some(numbers) = Numbers::of(&table.columns[value]) else {
                reader.faults.push(not_numbers(table, value));
                continue;
            };
            for (row, time) in times.iter().enumerate() {
                let Some(name) = names.get(row) else {
                    reader.faults.push(name_missing(
                        table,
                        row,
                        key,
                        if purpose == Purpose::Returns { "strategy" } else { "symbol" },
                    ));
                    continue;
                };
                if let Some(number) = number_of(reader, table, (row, value), name, *time, &numbers, noun) {
                    points.push(name, *time, number, (at as u32, row as u32, value as u32));
                }
            }
            roles.ignore_rest();
            reader.close(roles, if purpose == Purpose::Returns { Shape::ReturnsLong } else { Shape::PricesLong });
            continue;
        }
        let single = one_series(&mut roles, value_role, source, reader.options);
        let series = match roles.series() {
            Ok(series) => series,
            Err(problem) => {
                reader.fault(problem);
                continue;
            }
        };
        if series.is_empty() {
            reader.faults.push(Fault::new(
                Code::MissingColumn,
                &table.name,
                format!("The file has dates but no column of {noun}s."),
                format!("Give one column of {noun}s for each name, or columns for name and {noun}."),
            ));
            continue;
        }
        if let (None, Some(id)) = (&single, source.0) {
            reader.faults.push(Fault::new(
                Code::Conflict,
                &table.name,
                format!("The file was given as {id:?}, but has {} series.", series.len()),
                "Give the file without an id, or with one series.",
            ));
            continue;
        }
        for column in series {
            let name = single.as_deref().unwrap_or(&table.columns[column].name);
            let Some(numbers) = Numbers::of(&table.columns[column]) else { continue };
            if let Some(why) = name_fault(name) {
                reader.faults.push(Fault::new(
                    Code::InvalidName,
                    table.heading(column),
                    format!("The name {name:?} {why}."),
                    "Give the column a plain name.",
                ));
                continue;
            }
            let mut taken = points.take(name);
            for (row, time) in times.iter().enumerate() {
                if let Some(number) = number_of(reader, table, (row, column), name, *time, &numbers, noun) {
                    taken.push(*time, number, (at as u32, row as u32, column as u32));
                }
            }
            points.put(name, taken);
        }
        reader.close(roles, if purpose == Purpose::Returns { Shape::ReturnsWide } else { Shape::PricesWide });
    }
    points
}

/// The number of a cell, if it holds one; an empty cell is no observation that day, anything else a fault.
fn number_of(
    reader: &mut Reader<'_>,
    table: &Table,
    (row, column): (usize, usize),
    name: &str,
    time: UnixNanos,
    numbers: &Numbers<'_>,
    noun: &str,
) -> Option<f64> {
    match numbers.get(row) {
        Number::Value(value) => Some(value),
        Number::Missing => None,
        number => {
            let what = format!("{noun} of {name} at {time}");
            if let Some(mut fault) = number_fault(table, row, column, &what, &number) {
                if fault.code == Code::NotFinite {
                    fault.hint =
                        String::from("Give a finite number, or leave the cell empty: an empty cell is a day without a value.");
                }
                reader.faults.push(fault);
            }
            None
        }
    }
}

/// The name of a table's only series, where the table is one series: a single column (named by the user's id, or by the file if the
/// column is only called "return" or "price"), or the bars of one symbol, of which the price is used.
fn one_series(roles: &mut Roles<'_>, value_role: Role, source: Source<'_>, options: &Options) -> Option<String> {
    let table = source.1;
    let value = roles.find(value_role);
    let left: Vec<usize> =
        (0..table.columns.len()).filter(|&i| matches!(roles.of[i], Role::Series) && table.columns[i].is_number()).collect();
    let has = |name: &str| table.columns.iter().any(|column| column.name.eq_ignore_ascii_case(name));
    if let Some(value) = value {
        // "value" and "close" may be strategies and symbols beside others; bars of one symbol are told by their columns.
        let is_bars = value_role == Role::Price && (has("high") || has("low") || has("volume") || has("open"));
        if is_bars || left.is_empty() {
            roles.ignore_rest();
            roles.of[value] = Role::Series;
            return Some(id_of(source, options));
        }
        roles.of[value] = Role::Series;
        return None;
    }
    match (left.as_slice(), source.0) {
        ([_], Some(id)) => Some(id.to_owned()),
        _ => None,
    }
}

// --- Positions -------------------------------------------------------------------------------------------------------

/// Reads positions: symbol → quantity, of one or several files; symbols must not repeat.
///
/// # Errors
/// Every fault found, at its place.
pub fn positions(sources: &[Source<'_>], options: &Options, limits: &Limits) -> Result<Reading<BTreeMap<String, f64>>, Problem> {
    let mut reader = Reader::new(options);
    let mut all = BTreeMap::new();
    for &(_, table) in sources {
        let Some(mut roles) = reader.settle(table, Purpose::Positions) else { continue };
        let (symbol, quantity) = match (roles.need(Role::Symbol, "a position"), roles.need(Role::Quantity, "a position")) {
            (Ok(symbol), Ok(quantity)) => (symbol, quantity),
            (symbol, quantity) => {
                for problem in [symbol.err(), quantity.err()].into_iter().flatten() {
                    reader.fault(problem);
                }
                continue;
            }
        };
        let keep = latest_rows(&mut reader, &mut roles);
        let names = Names::of(&table.columns[symbol]);
        let Some(numbers) = Numbers::of(&table.columns[quantity]) else {
            reader.faults.push(not_numbers(table, quantity));
            continue;
        };
        for row in 0..table.rows {
            let Some(name) = names.get(row) else {
                reader.faults.push(name_missing(table, row, symbol, "symbol"));
                continue;
            };
            let number = numbers.get(row);
            if let Some(fault) = number_fault(table, row, quantity, &format!("quantity of {name}"), &number) {
                reader.faults.push(fault);
                continue;
            }
            if keep.as_ref().is_some_and(|keep| !keep[row]) {
                continue;
            }
            if let Some(why) = name_fault(name) {
                reader.faults.push(Fault::new(
                    Code::InvalidName,
                    table.place(row, symbol),
                    format!("The symbol {name:?} {why}."),
                    "Give every row a symbol.",
                ));
            }
            if let Number::Value(value) = number
                && all.insert(name.to_owned(), value + 0.0).is_some()
            {
                reader.faults.push(Fault::new(
                    Code::Duplicate,
                    table.place(row, symbol),
                    format!("{name} stands twice."),
                    "Keep one row for each symbol.",
                ));
            }
        }
        roles.ignore_rest();
        reader.close(roles, Shape::Positions);
    }
    if all.len() as u64 > limits.symbols {
        reader.faults.push(too_many(all.len(), limits.symbols, "symbols", sources));
    }
    reader.finish(Some(all))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::read;

    fn table(name: &str, text: &str) -> Table {
        read(text.as_bytes(), name, &Limits::default()).unwrap_or_else(|problem| panic!("{problem}"))
    }

    fn book(text: &str) -> Reading<SignalBook> {
        signals(&[(None, &table("momentum.csv", text))], &Options::default(), &Limits::default())
            .unwrap_or_else(|problem| panic!("{problem}"))
    }

    fn faults<T>(read: Result<Reading<T>, Problem>) -> Vec<(String, Code, String)> {
        let Err(problem) = read else { panic!("it was read") };
        problem.problems.into_iter().map(|fault| (fault.path, fault.code, fault.hint)).collect()
    }

    #[test]
    fn names_are_known_in_any_case_and_under_their_aliases() {
        let wanted = book("symbol,score,weight,strategy\nA,1,0.5,m\nB,2,0.5,m\n");
        for header in ["Ticker,Signal,Target Weight,Strategy_ID", "SID,alpha_score,W,alpha", "Instrument,SCORE,WEIGHT,Strategy"] {
            assert_eq!(book(&format!("{header}\nA,1,0.5,m\nB,2,0.5,m\n")).value, wanted.value, "{header}");
        }
        assert_eq!(wanted.value.strategies(), ["m"]);
        assert_eq!(book("symbol,score,weight\nA,1,0.5\n").value.strategies(), ["momentum"]);
    }

    #[test]
    fn wide_signals_leave_absent_what_is_empty() {
        let read = book("symbol,momentum,value\nA,0.5,\nB,0.5,1\n");
        assert_eq!(read.mappings[0].shape, Shape::SignalsWide);
        assert_eq!(read.value.strategies(), ["momentum", "value"]);
        assert_eq!((read.value.rows(0).symbols.len(), read.value.rows(1).symbols.len()), (2, 1));
    }

    #[test]
    fn only_the_latest_time_is_used_and_that_is_said() {
        let read = book("date,symbol,score,weight\n2024-01-02,A,1,1\n2024-01-03,A,2,1\n");
        assert_eq!(read.value.rows(0).scores, [2.0]);
        assert!(read.warnings[0].message.contains("2024-01-03"), "{}", read.warnings[0]);
    }

    #[test]
    fn every_cell_that_is_no_number_is_named_with_its_mend() {
        let table = table("a.csv", "symbol;score;weight\nA;0,085;1\nB;NaN;8.5%\n;1;\"1,234.5\"\nD;;abc\n");
        let found = faults(signals(&[(None, &table)], &Options::default(), &Limits::default()));
        let wanted = [
            ("a.csv:2:2", Code::InvalidCell, "Write 0.085."),
            ("a.csv:3:2", Code::NotFinite, "Give a finite number, or leave the row out."),
            ("a.csv:3:3", Code::InvalidCell, "Write 0.085 (a fraction)."),
            ("a.csv:4:1", Code::InvalidName, "Give every row a symbol."),
            ("a.csv:4:3", Code::InvalidCell, "Write 1234.5."),
            ("a.csv:5:2", Code::NotFinite, "Give a finite number, or leave the row out."),
            ("a.csv:5:3", Code::InvalidCell, "Write a number such as 0.085, or leave the row out."),
        ];
        assert_eq!(found, wanted.map(|(path, code, hint)| (path.to_owned(), code, hint.to_owned())));
    }

    #[test]
    fn several_files_make_one_book_and_a_symbol_twice_is_named() {
        let (one, two) =
            (table("one.csv", "symbol,score,weight\nA,1,1\n"), table("two.csv", "symbol,score,weight\nA,1,1\nB,1,1\n"));
        let read = signals(&[(Some("m"), &one), (None, &two)], &Options::default(), &Limits::default()).unwrap();
        assert_eq!(read.value.strategies(), ["m", "two"]);
        let found = faults(signals(&[(Some("m"), &one), (Some("m"), &two)], &Options::default(), &Limits::default()));
        assert_eq!((found[0].0.as_str(), found[0].1), ("two.csv:2:1", Code::Duplicate));
    }

    #[test]
    fn a_missing_column_is_named_with_the_nearest() {
        let table = table("a.csv", "symbl,score,weight\nA,1,1\n");
        let found = faults(signals(&[(None, &table)], &Options::default(), &Limits::default()));
        assert_eq!(found[0].1, Code::MissingColumn);
        assert!(found[0].2.contains("symbl"), "{}", found[0].2);
        let options = Options { roles: vec![("symbl".into(), Role::Symbol)], ..Options::default() };
        assert!(signals(&[(None, &table)], &options, &Limits::default()).is_ok());
    }

    #[test]
    fn returns_long_and_wide_are_the_same() {
        let wide = table("r.csv", "date,alpha,value\n2024-01-02,0.01,\n2024-01-03,-0.02,0.03\n");
        let long = table("r.csv", "Date,Strategy,Return\n2024-01-03,value,0.03\n2024-01-02,alpha,0.01\n2024-01-03,alpha,-0.02\n");
        let read = |table: &Table| returns(&[(None, table)], &Options::default(), &Limits::default()).unwrap();
        assert_eq!(read(&wide).value, read(&long).value);
        assert_eq!((read(&wide).mappings[0].shape, read(&long).mappings[0].shape), (Shape::ReturnsWide, Shape::ReturnsLong));
    }

    #[test]
    fn one_series_takes_the_id_or_the_name_of_the_file() {
        let one = table("value.csv", "date,return\n2024-01-02,0.01\n");
        let read = |id| returns(&[(id, &one)], &Options::default(), &Limits::default()).unwrap().value.series()[0].name.clone();
        assert_eq!((read(None).as_str(), read(Some("v")).as_str()), ("value", "v"));
        let bars = table("AAPL.csv", "Date,Open,High,Low,Close,Volume\n2024-01-02,1,2,1,1.5,100\n");
        let prices = prices(&[(None, &bars)], &Options::default(), &Limits::default()).unwrap();
        assert_eq!((prices.value.series()[0].name.as_str(), prices.value.series()[0].values[0]), ("AAPL", 1.5));
    }

    #[test]
    fn dates_in_every_form() {
        let wanted = UnixNanos::parse("2024-01-31").unwrap();
        for text in [
            "2024-01-31",
            "20240131",
            "1706659200",
            "1706659200000",
            "1706659200000000",
            "1706659200000000000",
            "2024-01-31T00:00:00Z",
        ] {
            let table = table("r.csv", &format!("date,a\n{text},0.01\n"));
            let read = returns(&[(None, &table)], &Options::default(), &Limits::default())
                .unwrap_or_else(|problem| panic!("{text}: {problem}"));
            assert_eq!(read.value.series()[0].times, [wanted], "{text}");
        }
        for text in ["31/01/2024", "5", "", "2024-02-30"] {
            let table = table("r.csv", &format!("date,a\n{text},0.01\n"));
            let found = faults(returns(&[(None, &table)], &Options::default(), &Limits::default()));
            assert_eq!((found[0].0.as_str(), found[0].1), ("r.csv:2:1", Code::InvalidDate), "{text}");
        }
    }

    #[test]
    fn nan_in_returns_is_refused_and_empty_is_absent() {
        let table = table("r.csv", "date,a\n2024-01-02,NaN\n2024-01-03,\n2024-01-04,-1.5\n");
        let found = faults(returns(&[(None, &table)], &Options::default(), &Limits::default()));
        assert_eq!((found[0].0.as_str(), found[0].1, found.len()), ("r.csv:2:2", Code::NotFinite, 1));
    }

    #[test]
    fn positions_by_symbol() {
        let table = table("p.csv", "Ticker,Shares\nA,100\nB,-5\n");
        let read = positions(&[(None, &table)], &Options::default(), &Limits::default()).unwrap();
        assert_eq!(read.value, BTreeMap::from([("A".to_owned(), 100.0), ("B".to_owned(), -5.0)]));
    }
}
