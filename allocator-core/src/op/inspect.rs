//! `inspect`: what a file holds, and what each column would be taken for (C7).
//!
//! The one operation whose input is a file rather than a request, so its bytes stand outside JSON: the command line gives a path, HTTP
//! the raw body, JavaScript an array of bytes. It never fails: what is wrong with the file is part of the answer.

use crate::codec::{Cell, Column, ColumnData, Limits, Role, Table, read};
use crate::error::{Fault, Problem};
use crate::frame::from_table::{Options, Source, positions, prices, returns, signals};
use crate::frame::mapping::{Shape, guess};
use crate::wire::Json;
use serde::Serialize;

/// Rows shown of the beginning of the file.
const HEAD_ROWS: usize = 10;
/// Columns shown in those rows.
const HEAD_COLUMNS: usize = 50;

/// What a file holds.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Inspection {
    /// The columns, in the order of the file.
    pub columns: Vec<ColumnInfo>,
    /// `csv`, `json`, `arrow`, `arrow_stream` or `parquet`; null if the file could not be read.
    pub format: Option<String>,
    /// The first rows, at most 10 of at most 50 columns: numbers, text and dates as JSON has them.
    #[cfg_attr(feature = "schema", schemars(with = "Vec<Vec<serde_json::Value>>"))]
    pub head: Vec<Vec<Json>>,
    /// The file's name.
    pub name: String,
    /// What keeps the file from being used as what it seems to be; empty if nothing does. At most 50.
    pub problems: Vec<Fault>,
    /// Problems beyond those listed.
    pub problems_omitted: u64,
    /// Rows.
    pub rows: u64,
    /// What the table seems to be.
    pub shape: Shape,
    /// What is no fault but worth knowing.
    pub warnings: Vec<Fault>,
}

/// One column.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ColumnInfo {
    /// Largest value (of text: the last in order); null if there is none.
    #[cfg_attr(feature = "schema", schemars(with = "serde_json::Value"))]
    pub max: Json,
    /// Smallest value (of text: the first in order); null if there is none.
    #[cfg_attr(feature = "schema", schemars(with = "serde_json::Value"))]
    pub min: Json,
    /// Its name.
    pub name: String,
    /// NaN among its values.
    pub nans: u64,
    /// Cells without a value.
    pub nulls: u64,
    /// What it would be taken for.
    pub taken_as: Role,
    /// Its type in the file.
    #[serde(rename = "type")]
    pub type_name: String,
}

/// Looks into a file.
pub fn inspect(bytes: &[u8], name: &str, limits: &Limits) -> Inspection {
    match read(bytes, name, limits) {
        Ok(table) => of_table(&table, limits),
        Err(problem) => unread(name, problem),
    }
}

/// What is known of a file that could not be read.
pub fn unread(name: &str, problem: Problem) -> Inspection {
    Inspection {
        columns: Vec::new(),
        format: None,
        head: Vec::new(),
        name: name.to_owned(),
        problems: problem.problems,
        problems_omitted: problem.omitted,
        rows: 0,
        shape: Shape::Unknown,
        warnings: Vec::new(),
    }
}

/// Describes a table that has been read.
pub fn of_table(table: &Table, limits: &Limits) -> Inspection {
    of_table_as(table, &Options::default(), limits)
}

/// Describes a table that has been read, with what the user says about it: roles of columns, the strategy of rows that name none.
pub fn of_table_as(table: &Table, options: &Options, limits: &Limits) -> Inspection {
    let mut mapping = guess(table);
    for (name, role) in &options.roles {
        for column in mapping.columns.iter_mut().filter(|column| column.name == *name) {
            column.taken_as = *role;
        }
    }
    // Who says what the columns are says what the table is: a guess from its looks no longer counts.
    if mapping.shape == Shape::Unknown || !options.roles.is_empty() {
        let has = |role: Role| mapping.columns.iter().any(|column| column.taken_as == role);
        mapping.shape = if has(Role::Score) || has(Role::Weight) {
            Shape::SignalsLong
        } else if has(Role::Return) {
            Shape::ReturnsLong
        } else if has(Role::Price) {
            Shape::PricesLong
        } else if has(Role::Quantity) {
            Shape::Positions
        } else {
            mapping.shape
        };
    }
    let (mut warnings, problems, problems_omitted) = interpret(table, mapping.shape, options, limits);
    if warnings.is_empty() {
        warnings.clone_from(&table.warnings);
    }
    let columns = table
        .columns
        .iter()
        .zip(&mapping.columns)
        .map(|(column, taken)| {
            let (min, max) = range(column);
            ColumnInfo {
                max,
                min,
                name: column.name.clone(),
                nans: nans(column),
                nulls: column.nulls() as u64,
                taken_as: taken.taken_as,
                type_name: column.type_name.clone(),
            }
        })
        .collect();
    let head = (0..table.rows.min(HEAD_ROWS))
        .map(|row| table.columns.iter().take(HEAD_COLUMNS).map(|column| json(column.cell(row))).collect())
        .collect();
    Inspection {
        columns,
        format: Some(table.format.as_str().to_owned()),
        head,
        name: table.name.clone(),
        problems,
        problems_omitted,
        rows: table.rows as u64,
        shape: mapping.shape,
        warnings,
    }
}

/// Reads the table as what it seems to be, for what that says of it.
fn interpret(table: &Table, shape: Shape, options: &Options, limits: &Limits) -> (Vec<Fault>, Vec<Fault>, u64) {
    let source: [Source<'_>; 1] = [(None, table)];
    let outcome: Result<Vec<Fault>, Problem> = match shape {
        Shape::SignalsLong | Shape::SignalsWide => signals(&source, options, limits).map(|reading| reading.warnings),
        Shape::ReturnsLong | Shape::ReturnsWide => returns(&source, options, limits).map(|reading| reading.warnings),
        Shape::PricesLong | Shape::PricesWide => prices(&source, options, limits).map(|reading| reading.warnings),
        Shape::Positions => positions(&source, options, limits).map(|reading| reading.warnings),
        Shape::Unknown => Ok(Vec::new()),
    };
    match outcome {
        Ok(warnings) => (warnings, Vec::new(), 0),
        Err(problem) => (Vec::new(), problem.problems, problem.omitted),
    }
}

fn nans(column: &Column) -> u64 {
    match &column.data {
        ColumnData::Float(values) => (0..values.len()).filter(|&row| values[row].is_nan() && !column.is_null(row)).count() as u64,
        _ => 0,
    }
}

/// Smallest and largest value; NaN is left aside.
fn range(column: &Column) -> (Json, Json) {
    fn ends<'a, T: Copy>(
        column: &Column,
        values: impl Iterator<Item = T>,
        less: impl Fn(T, T) -> bool,
        cell: impl Fn(T) -> Cell<'a>,
    ) -> (Json, Json) {
        let mut found: Option<(T, T)> = None;
        for (row, value) in values.enumerate() {
            if column.is_null(row) {
                continue;
            }
            found = Some(match found {
                None => (value, value),
                Some((min, max)) => (if less(value, min) { value } else { min }, if less(max, value) { value } else { max }),
            });
        }
        found.map_or((Json::Null, Json::Null), |(min, max)| (json(cell(min)), json(cell(max))))
    }
    match &column.data {
        ColumnData::Float(values) => {
            let mut found: Option<(f64, f64)> = None;
            for (row, &value) in values.iter().enumerate() {
                if !value.is_nan() && !column.is_null(row) {
                    let (min, max) = found.unwrap_or((value, value));
                    found = Some((min.min(value), max.max(value)));
                }
            }
            found.map_or((Json::Null, Json::Null), |(min, max)| (json(Cell::Float(min)), json(Cell::Float(max))))
        }
        ColumnData::Int(values) => ends(column, values.iter().copied(), |a, b| a < b, Cell::Int),
        ColumnData::Bool(values) => ends(column, values.iter().copied(), |a, b| !a & b, Cell::Bool),
        ColumnData::Time(values) => ends(column, values.iter().copied(), |a, b| a < b, Cell::Time),
        ColumnData::Text { codes, words } => {
            // Each word once, whatever the number of rows.
            let mut used = vec![false; words.len()];
            for (row, &code) in codes.iter().enumerate() {
                used[code as usize] |= !column.is_null(row);
            }
            let seen = || words.iter().zip(&used).filter(|(_, used)| **used).map(|(word, _)| word);
            let end = |word: Option<&str>| word.map_or(Json::Null, |word| json(Cell::Text(word)));
            (end(seen().min()), end(seen().max()))
        }
        ColumnData::Null(_) | ColumnData::Unread(_) => (Json::Null, Json::Null),
    }
}

/// A cell as JSON; what JSON cannot hold as a number is text.
pub fn json(cell: Cell<'_>) -> Json {
    /// Whole numbers up to here are exact in every JSON reader.
    const EXACT: u64 = 1 << 53;
    match cell {
        Cell::Null => Json::Null,
        Cell::Float(value) if value.is_finite() => Json::Number(value + 0.0),
        Cell::Float(value) => Json::String(if value.is_nan() { "NaN".into() } else { value.to_string() }),
        Cell::Int(value) if value.unsigned_abs() <= EXACT => Json::Number(value as f64),
        Cell::Int(value) => Json::String(value.to_string()),
        Cell::Bool(value) => Json::Bool(value),
        Cell::Text(text) => Json::String(text.chars().take(200).collect()),
        Cell::Time(time) => Json::String(time.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;

    #[test]
    fn a_file_and_its_columns() {
        let found = inspect(b"Ticker,Score,Weight\nB,0.5,1\nA,,2\n", "a.csv", &Limits::default());
        assert_eq!((found.rows, found.shape, found.format.as_deref()), (2, Shape::SignalsLong, Some("csv")));
        let score = &found.columns[1];
        assert_eq!((score.taken_as, score.nulls, &score.min), (Role::Score, 1, &Json::Number(0.5)));
        assert_eq!((&found.columns[0].min, &found.columns[0].max), (&Json::String("A".into()), &Json::String("B".into())));
        assert_eq!((found.problems[0].path.as_str(), found.problems[0].code), ("a.csv:3:2", Code::NotFinite));
    }

    #[test]
    fn shapes_are_told_apart() {
        for (text, shape) in [
            ("symbol,a,b\nA,1,2\n", Shape::SignalsWide),
            ("date,a,b\n2024-01-02,0.01,-0.02\n", Shape::ReturnsWide),
            ("date,a,b\n2024-01-02,101,52.5\n", Shape::PricesWide),
            ("date,strategy,return\n2024-01-02,a,0.01\n", Shape::ReturnsLong),
            ("date,symbol,close\n2024-01-02,a,10\n", Shape::PricesLong),
            ("symbol,shares\nA,1\n", Shape::Positions),
            ("x,y\na,b\n", Shape::Unknown),
        ] {
            assert_eq!(inspect(text.as_bytes(), "a.csv", &Limits::default()).shape, shape, "{text}");
        }
    }

    #[test]
    fn a_broken_file_is_an_answer_too() {
        let found = inspect(b"\x00\x01\x02", "a.bin", &Limits::default());
        assert_eq!((found.format, found.problems[0].code), (None, Code::UnknownFormat));
    }
}
