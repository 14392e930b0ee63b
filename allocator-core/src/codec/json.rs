//! JSON as programs write tables: an array of records, one record on each line, an object of columns (also as pandas writes
//! them, row label by row label), `{"columns": […], "data": [[…]]}`, and strategy → rows as in a request.
//!
//! Read in one pass into columns; the text is never held as a tree.

use super::column::ColumnBuilder;
use super::role::{Role, role_of_name};
use super::table::{Part, Places, Table};
use super::{Format, Limits};
use crate::error::{Code, Fault, Problem};
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::collections::BTreeMap;
use std::fmt;

pub(crate) fn read(bytes: &[u8], name: &str, limits: &Limits) -> Result<Table, Problem> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let mut builder = Builder::new(name, limits);
    let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    let mut text = serde_json::Deserializer::from_slice(bytes);
    let read = if first == Some(&b'{') {
        if is_lines(bytes) {
            read_lines(&mut text, &mut builder)
        } else {
            Document(&mut builder).deserialize(&mut text).and_then(|()| text.end())
        }
    } else {
        Rows { builder: &mut builder, strategy: None }.deserialize(&mut text).and_then(|()| text.end())
    };
    if let Err(error) = read {
        return Err(builder.problem.take().unwrap_or_else(|| invalid(&error, name)));
    }
    builder.finish()
}

fn invalid(error: &serde_json::Error, name: &str) -> Problem {
    let text = error.to_string();
    let sentence = text.split(" at line ").next().unwrap_or(&text);
    let hint = if sentence.contains("out of range") || sentence.contains("expected value") || sentence.contains("expected ident")
    {
        "JSON knows neither NaN nor Infinity: write null where there is no value."
    } else {
        "Give an array of records, an object of columns, or strategy → rows."
    };
    Problem::new(
        Code::InvalidJson,
        format!("{name}:{}:{}", error.line(), error.column()),
        format!("Not a table in JSON: {sentence}."),
        hint,
    )
}

/// Whether another object follows the first.
fn is_lines(bytes: &[u8]) -> bool {
    let mut text = serde_json::Deserializer::from_slice(bytes);
    <IgnoredAny as serde::Deserialize>::deserialize(&mut text).is_ok() && text.end().is_err()
}

fn read_lines(
    text: &mut serde_json::Deserializer<serde_json::de::SliceRead<'_>>,
    builder: &mut Builder<'_>,
) -> Result<(), serde_json::Error> {
    loop {
        Record { builder, strategy: None }.deserialize(&mut *text)?;
        if text.end().is_ok() {
            return Ok(());
        }
    }
}

/// The columns so far.
struct Builder<'a> {
    name: &'a str,
    limits: &'a Limits,
    names: Vec<String>,
    columns: Vec<ColumnBuilder>,
    unread: Vec<bool>,
    by_name: BTreeMap<String, usize>,
    rows: usize,
    places: Places,
    parts: Vec<Part>,
    problem: Option<Problem>,
}

impl<'a> Builder<'a> {
    fn new(name: &'a str, limits: &'a Limits) -> Self {
        Builder {
            name,
            limits,
            names: Vec::new(),
            columns: Vec::new(),
            unread: Vec::new(),
            by_name: BTreeMap::new(),
            rows: 0,
            places: Places::Records(String::new()),
            parts: Vec::new(),
            problem: None,
        }
    }

    /// The column of a key; `guess` is where it stood in the row before.
    fn column<E: serde::de::Error>(&mut self, key: &str, guess: usize) -> Result<usize, E> {
        if self.names.get(guess).is_some_and(|name| name == key) {
            return Ok(guess);
        }
        if let Some(&at) = self.by_name.get(key) {
            return Ok(at);
        }
        let at = self.columns.len();
        self.check(self.limits.check_shape(self.rows as u64 + 1, at as u64 + 1, self.name))?;
        let mut column = match role_of_name(key) {
            Some((Role::Symbol, _)) => ColumnBuilder::text(),
            _ => ColumnBuilder::guess(),
        };
        for _ in 0..self.rows {
            column.push_null();
        }
        self.columns.push(column);
        self.unread.push(false);
        self.names.push(key.to_owned());
        self.by_name.insert(key.to_owned(), at);
        Ok(at)
    }

    fn check<E: serde::de::Error>(&mut self, checked: Result<(), Problem>) -> Result<(), E> {
        checked.map_err(|problem| {
            let message = problem.message.clone();
            self.problem.get_or_insert(problem);
            E::custom(message)
        })
    }

    fn cell(&mut self, at: usize) -> CellOf<'_> {
        CellOf { column: &mut self.columns[at], unread: &mut self.unread[at] }
    }

    /// Closes a row: columns that it did not name get a null.
    fn end_row<E: serde::de::Error>(&mut self) -> Result<(), E> {
        self.rows += 1;
        for column in &mut self.columns {
            if column.len() < self.rows {
                column.push_null();
            }
        }
        self.check(self.limits.check_shape(self.rows as u64, self.columns.len() as u64, self.name))
    }

    /// Closes columns that were read one after another.
    fn end_columns<E: serde::de::Error>(&mut self) -> Result<(), E> {
        let rows = self.columns.iter().map(ColumnBuilder::len).max().unwrap_or(0);
        self.rows = rows;
        self.check(self.limits.check_shape(rows as u64, self.columns.len() as u64, self.name))
    }

    /// Fills every column up to `rows`.
    fn fill(&mut self, rows: usize) {
        for column in &mut self.columns {
            while column.len() < rows {
                column.push_null();
            }
        }
    }

    fn finish(self) -> Result<Table, Problem> {
        for column in &self.columns {
            self.limits.check_text(column.text_bytes() as u64, self.name)?;
        }
        let mut warnings = Vec::new();
        let mut columns = Vec::new();
        for ((name, column), unread) in self.names.into_iter().zip(self.columns).zip(self.unread) {
            let mut column = if unread {
                let mut unread = ColumnBuilder::of_type(String::from("nested"));
                unread.push_unread(column.len());
                unread
            } else {
                column
            }
            .finish(name);
            if unread {
                warnings.push(Fault::new(
                    Code::Converted,
                    format!("{}:column {}", self.name, column.name),
                    format!("The column {:?} holds arrays or objects and is left out.", column.name),
                    "Give plain values if it is needed.",
                ));
                column.valid = None;
            }
            columns.push(column);
        }
        let places = if self.parts.is_empty() { self.places } else { Places::Strategies(self.parts) };
        Ok(Table { name: self.name.to_owned(), format: Format::Json, columns, rows: self.rows, warnings, places })
    }
}

/// A cell into its column.
struct CellOf<'b> {
    column: &'b mut ColumnBuilder,
    unread: &'b mut bool,
}

impl<'de> DeserializeSeed<'de> for CellOf<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for CellOf<'_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a cell")
    }
    fn visit_unit<E>(self) -> Result<(), E> {
        self.column.push_null();
        Ok(())
    }
    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.column.push_bool(value);
        Ok(())
    }
    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.column.push_int(value);
        Ok(())
    }
    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        match i64::try_from(value) {
            Ok(value) => self.column.push_int(value),
            Err(_) => self.column.push_float(value as f64),
        }
        Ok(())
    }
    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<(), E> {
        if !value.is_finite() {
            return Err(E::custom("number out of range"));
        }
        self.column.push_float(value);
        Ok(())
    }
    fn visit_str<E>(self, value: &str) -> Result<(), E> {
        self.column.push_str(value);
        Ok(())
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        *self.unread = true;
        self.column.push_null();
        Ok(())
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        *self.unread = true;
        self.column.push_null();
        Ok(())
    }
}

/// An array of rows, each a record or an array.
struct Rows<'b, 'a> {
    builder: &'b mut Builder<'a>,
    strategy: Option<&'b str>,
}

impl<'de> DeserializeSeed<'de> for Rows<'_, '_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Rows<'_, '_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of records, or an object")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element_seed(Record { builder: &mut *self.builder, strategy: self.strategy })?.is_some() {}
        Ok(())
    }
}

/// One row.
struct Record<'b, 'a> {
    builder: &'b mut Builder<'a>,
    strategy: Option<&'b str>,
}

impl Record<'_, '_> {
    fn open<E: serde::de::Error>(&mut self) -> Result<(), E> {
        if let Some(strategy) = self.strategy {
            let at = self.builder.column("strategy", 0)?;
            self.builder.columns[at].push_str(strategy);
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Record<'_, '_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Record<'_, '_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a record: an object of named cells")
    }
    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        self.open()?;
        let mut guess = usize::from(self.strategy.is_some());
        while let Some(at) = map.next_key_seed(Key { builder: &mut *self.builder, guess })? {
            if self.builder.columns[at].len() > self.builder.rows {
                return Err(A::Error::custom(format!("the key {:?} stands twice in one record", self.builder.names[at])));
            }
            map.next_value_seed(self.builder.cell(at))?;
            guess = at + 1;
        }
        self.builder.end_row()
    }
    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<(), A::Error> {
        // Short rows of a request: [symbol, score, weight].
        if self.strategy.is_none() {
            return Err(A::Error::custom("a row without names"));
        }
        self.open()?;
        let mut cells = 0;
        for name in ["symbol", "score", "weight"] {
            let at = self.builder.column(name, cells + 1)?;
            cells += usize::from(seq.next_element_seed(self.builder.cell(at))?.is_some());
        }
        if cells != 3 || seq.next_element::<IgnoredAny>()?.is_some() {
            return Err(A::Error::custom("a row that is not [symbol, score, weight]"));
        }
        self.builder.end_row()
    }
}

/// The column of a key, without a copy of the key.
struct Key<'b, 'a> {
    builder: &'b mut Builder<'a>,
    guess: usize,
}

impl<'de> DeserializeSeed<'de> for Key<'_, '_> {
    type Value = usize;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<usize, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_, '_> {
    type Value = usize;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }
    fn visit_str<E: serde::de::Error>(self, key: &str) -> Result<usize, E> {
        self.builder.column(key, self.guess)
    }
}

/// An object: columns, strategies, or one record.
struct Document<'b, 'a>(&'b mut Builder<'a>);

impl<'de> DeserializeSeed<'de> for Document<'_, '_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

/// What the value of a key of the document turned out to be.
#[derive(Clone, Copy, PartialEq)]
enum Value {
    Cell,
    Column,
    Strategy,
    Split,
    Empty,
}

impl<'de> Visitor<'de> for Document<'_, '_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of columns or strategies")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let builder = self.0;
        let mut kind = Value::Empty;
        let mut seen = std::collections::BTreeSet::new();
        while let Some(key) = map.next_key::<String>()? {
            if !seen.insert(key.clone()) {
                return Err(A::Error::custom(format!("the key {key:?} stands twice in one object")));
            }
            let found = map.next_value_seed(DocumentValue { builder: &mut *builder, key: &key })?;
            match (kind, found) {
                (_, Value::Empty) => {}
                (Value::Empty, _) | (Value::Column, Value::Split) => kind = found,
                (before, found) if before == found => {}
                _ => {
                    return Err(A::Error::custom(format!("{key:?} is neither a column nor a strategy like those before it")));
                }
            }
        }
        match kind {
            Value::Cell => {
                builder.places = Places::Records(String::new());
                builder.end_row()
            }
            Value::Column => {
                builder.places = Places::Fields;
                builder.end_columns()?;
                let uneven = builder.columns.iter().position(|column| column.len() != builder.rows);
                if let Some(at) = uneven {
                    let (name, len) = (builder.names[at].clone(), builder.columns[at].len());
                    return Err(A::Error::custom(format!(
                        "columns of different length: {name:?} has {len} cells, another has {}",
                        builder.rows
                    )));
                }
                Ok(())
            }
            Value::Split | Value::Strategy | Value::Empty => Ok(()),
        }
    }
}

/// The value of one key of the document.
struct DocumentValue<'b, 'a> {
    builder: &'b mut Builder<'a>,
    key: &'b str,
}

impl<'de> DeserializeSeed<'de> for DocumentValue<'_, '_> {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl DocumentValue<'_, '_> {
    fn single<E: serde::de::Error>(self, push: impl FnOnce(CellOf<'_>) -> Result<(), E>) -> Result<Value, E> {
        let at = self.builder.column(self.key, usize::MAX)?;
        push(self.builder.cell(at))?;
        Ok(Value::Cell)
    }

    fn begin_part(&mut self, by_column: bool) {
        let first_row = self.builder.rows;
        self.builder.parts.push(Part { strategy: self.key.to_owned(), first_row, by_column });
    }
}

impl<'de> Visitor<'de> for DocumentValue<'_, '_> {
    type Value = Value;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a column or the rows of a strategy")
    }
    fn visit_unit<E: serde::de::Error>(self) -> Result<Value, E> {
        self.single(|cell| cell.visit_unit())
    }
    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<Value, E> {
        self.single(|cell| cell.visit_bool(value))
    }
    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Value, E> {
        self.single(|cell| cell.visit_i64(value))
    }
    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Value, E> {
        self.single(|cell| cell.visit_u64(value))
    }
    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        self.single(|cell| cell.visit_f64(value))
    }
    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Value, E> {
        self.single(|cell| cell.visit_str(value))
    }
    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<Value, A::Error> {
        // What the first element is decides: a cell of a column, or a row.
        let mut first = FirstElement { builder: &mut *self.builder, key: self.key, kind: Value::Empty };
        if seq.next_element_seed(&mut first)?.is_none() {
            let column = self.builder.by_name.contains_key(self.key) || role_of_name(self.key).is_some();
            if column {
                self.builder.column(self.key, usize::MAX)?;
                return Ok(Value::Column);
            }
            return Ok(Value::Empty);
        }
        let kind = first.kind;
        match kind {
            Value::Column => {
                let at = self.builder.column(self.key, usize::MAX)?;
                let most = self.builder.limits.rows as usize;
                while seq.next_element_seed(self.builder.cell(at))?.is_some() {
                    if self.builder.columns[at].len() > most {
                        let checked = self.builder.limits.check_rows(most as u64 + 1, self.builder.name);
                        self.builder.check(checked)?;
                    }
                }
            }
            Value::Split => while seq.next_element_seed(SplitRow { builder: &mut *self.builder })?.is_some() {},
            _ => {
                let rows = self.builder.rows;
                self.begin_part(false);
                if let Some(part) = self.builder.parts.last_mut() {
                    part.first_row = rows - 1;
                }
                let key = self.key;
                while seq.next_element_seed(Record { builder: &mut *self.builder, strategy: Some(key) })?.is_some() {}
            }
        }
        Ok(kind)
    }
    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Value, A::Error> {
        // Columns of a strategy, or a column as pandas writes it: {"0": …, "1": …}.
        let start = self.builder.rows;
        let mut kind = Value::Empty;
        let mut longest = start;
        let mut seen = std::collections::BTreeSet::new();
        while let Some(key) = map.next_key::<String>()? {
            if !seen.insert(key.clone()) {
                return Err(A::Error::custom(format!("the key {key:?} stands twice in one object")));
            }
            let mut inner = InnerValue { builder: &mut *self.builder, outer: self.key, key: &key, kind: Value::Empty };
            map.next_value_seed(&mut inner)?;
            let found = inner.kind;
            if kind != Value::Empty && kind != found {
                return Err(A::Error::custom(format!("{key:?} is neither a cell nor a column like those before it")));
            }
            kind = found;
            if kind == Value::Strategy {
                let len = self.builder.columns[self.builder.by_name[&key]].len();
                if longest != start && len != longest {
                    return Err(A::Error::custom(format!("columns of different length in {:?}", self.key)));
                }
                longest = len;
            }
        }
        if kind == Value::Strategy {
            self.begin_part(true);
            let at = self.builder.column("strategy", 0)?;
            while self.builder.columns[at].len() < longest {
                self.builder.columns[at].push_str(self.key);
            }
            self.builder.fill(longest);
            self.builder.end_columns()?;
        }
        Ok(kind)
    }
}

/// The first element of an array under a key.
struct FirstElement<'b, 'a> {
    builder: &'b mut Builder<'a>,
    key: &'b str,
    kind: Value,
}

impl<'de> DeserializeSeed<'de> for &mut FirstElement<'_, '_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl FirstElement<'_, '_> {
    fn cell<E: serde::de::Error>(&mut self, push: impl FnOnce(CellOf<'_>) -> Result<(), E>) -> Result<(), E> {
        self.kind = Value::Column;
        let at = self.builder.column(self.key, usize::MAX)?;
        push(self.builder.cell(at))
    }
}

impl<'de> Visitor<'de> for &mut FirstElement<'_, '_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a cell or a row")
    }
    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        self.cell(|cell| cell.visit_unit())
    }
    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<(), E> {
        self.cell(|cell| cell.visit_bool(value))
    }
    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<(), E> {
        self.cell(|cell| cell.visit_i64(value))
    }
    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<(), E> {
        self.cell(|cell| cell.visit_u64(value))
    }
    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<(), E> {
        self.cell(|cell| cell.visit_f64(value))
    }
    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<(), E> {
        self.cell(|cell| cell.visit_str(value))
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        self.kind = Value::Strategy;
        Record { builder: &mut *self.builder, strategy: Some(self.key) }.visit_map(map)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<(), A::Error> {
        if self.key == "data" && begin_split(self.builder) {
            self.kind = Value::Split;
            return SplitRow { builder: &mut *self.builder }.visit_seq(seq);
        }
        self.kind = Value::Strategy;
        Record { builder: &mut *self.builder, strategy: Some(self.key) }.visit_seq(seq)
    }
}

/// `{"columns": ["symbol", …], "index": […], "data": [[…], …]}`: the column read as "columns" holds the names.
fn begin_split(builder: &mut Builder<'_>) -> bool {
    let Some(&at) = builder.by_name.get("columns") else { return false };
    let names = std::mem::replace(&mut builder.columns[at], ColumnBuilder::guess()).finish(String::new());
    let names: Vec<String> = (0..names.len())
        .map(|row| match names.cell(row) {
            super::Cell::Text(text) => text.to_owned(),
            super::Cell::Int(value) => value.to_string(),
            super::Cell::Time(time) => time.to_string(),
            _ => String::new(),
        })
        .collect();
    builder.names.clear();
    builder.columns.clear();
    builder.unread.clear();
    builder.by_name.clear();
    builder.places = Places::Arrays(String::from("/data"));
    // Names may repeat here as they may in a header; the later ones cannot be found by name.
    for name in names {
        let at = builder.columns.len();
        builder.columns.push(match role_of_name(&name) {
            Some((Role::Symbol, _)) => ColumnBuilder::text(),
            _ => ColumnBuilder::guess(),
        });
        builder.unread.push(false);
        builder.by_name.entry(name.clone()).or_insert(at);
        builder.names.push(name);
    }
    true
}

/// A row of `data`.
struct SplitRow<'b, 'a> {
    builder: &'b mut Builder<'a>,
}

impl<'de> DeserializeSeed<'de> for SplitRow<'_, '_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for SplitRow<'_, '_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a row")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let width = self.builder.columns.len();
        for at in 0..width {
            if seq.next_element_seed(self.builder.cell(at))?.is_none() {
                return Err(A::Error::custom(format!("a row of {at} cells under {width} names")));
            }
        }
        if seq.next_element::<IgnoredAny>()?.is_some() {
            return Err(A::Error::custom(format!("a row of more than {width} cells under {width} names")));
        }
        self.builder.end_row()
    }
}

/// A value two levels down: the column of a strategy, or a cell under its row label.
struct InnerValue<'b, 'a> {
    builder: &'b mut Builder<'a>,
    outer: &'b str,
    key: &'b str,
    kind: Value,
}

impl<'de> DeserializeSeed<'de> for &mut InnerValue<'_, '_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl InnerValue<'_, '_> {
    fn cell<E: serde::de::Error>(&mut self, push: impl FnOnce(CellOf<'_>) -> Result<(), E>) -> Result<(), E> {
        self.kind = Value::Column;
        let at = self.builder.column(self.outer, usize::MAX)?;
        push(self.builder.cell(at))?;
        let checked = self.builder.limits.check_rows(self.builder.columns[at].len() as u64, self.builder.name);
        self.builder.check(checked)
    }
}

impl<'de> Visitor<'de> for &mut InnerValue<'_, '_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a cell or a column")
    }
    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        self.cell(|cell| cell.visit_unit())
    }
    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<(), E> {
        self.cell(|cell| cell.visit_bool(value))
    }
    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<(), E> {
        self.cell(|cell| cell.visit_i64(value))
    }
    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<(), E> {
        self.cell(|cell| cell.visit_u64(value))
    }
    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<(), E> {
        self.cell(|cell| cell.visit_f64(value))
    }
    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<(), E> {
        self.cell(|cell| cell.visit_str(value))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        self.kind = Value::Strategy;
        let at = self.builder.column(self.key, usize::MAX)?;
        while seq.next_element_seed(self.builder.cell(at))?.is_some() {
            let checked = self.builder.limits.check_rows(self.builder.columns[at].len() as u64, self.builder.name);
            self.builder.check(checked)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::Cell;

    fn table(text: &str) -> Table {
        read(text.as_bytes(), "a.json", &Limits::default()).unwrap_or_else(|problem| panic!("{text}: {problem}"))
    }

    #[test]
    fn every_layout_gives_the_same_table() {
        let wanted = table(r#"[{"symbol":"A","score":0.5},{"score":null,"symbol":"B"}]"#);
        assert_eq!(wanted.place(1, 1), "a.json#/1/score");
        for text in [
            "{\"symbol\":\"A\",\"score\":0.5}\n{\"symbol\":\"B\"}\n",
            r#"{"symbol":["A","B"],"score":[0.5,null]}"#,
            r#"{"symbol":{"0":"A","1":"B"},"score":{"0":0.5,"1":null}}"#,
            r#"{"columns":["symbol","score"],"index":[0,1],"data":[["A",0.5],["B",null]]}"#,
        ] {
            assert_eq!(table(text), wanted, "{text}");
        }
    }

    #[test]
    fn strategies_as_in_a_request() {
        let wanted = table(
            r#"[{"strategy":"m","symbol":"A","score":1,"weight":0.5},{"strategy":"m","symbol":"B","score":2,"weight":0.5},{"strategy":"v","symbol":"A","score":3,"weight":1}]"#,
        );
        for text in [
            r#"{"m":[{"symbol":"A","score":1,"weight":0.5},{"symbol":"B","score":2,"weight":0.5}],"v":[{"symbol":"A","score":3,"weight":1}]}"#,
            r#"{"m":[["A",1,0.5],["B",2,0.5]],"v":[["A",3,1]]}"#,
        ] {
            assert_eq!(table(text), wanted, "{text}");
        }
        let columns =
            table(r#"{"m":{"symbol":["A","B"],"score":[1,2],"weight":[0.5,0.5]},"v":{"symbol":["A"],"score":[3],"weight":[1]}}"#);
        assert_eq!(columns.rows, 3);
        assert_eq!(columns.column("strategy").unwrap().cell(2), Cell::Text("v"));
        assert_eq!(columns.place(2, 0), "a.json#/v/symbol/0");
    }

    #[test]
    fn numbers_and_types() {
        let table = table(r#"[{"symbol":600519,"x":1,"t":"2024-01-02","n":[1]},{"symbol":"A","x":2.5,"t":null,"n":null}]"#);
        assert_eq!(table.columns[0].cell(0), Cell::Text("600519"));
        assert_eq!(table.columns[1].cell(0), Cell::Float(1.0));
        assert_eq!(table.columns[2].type_name, "date");
        assert_eq!((table.columns[3].type_name.as_str(), table.warnings.len()), ("nested", 1));
    }

    #[test]
    fn what_is_no_table_is_refused_at_its_place() {
        for (text, place) in [
            ("[1,2]", "a.json:1:2"),
            (r#"[{"a":NaN}]"#, "a.json:1:7"),
            (r#"[{"a":1,"a":2}]"#, "a.json:1:11"),
            (r#"{"a":[1,2],"b":[1]}"#, "a.json:1:19"),
            (r#"{"a":[1],"b":{"x":[1]}}"#, "a.json:1:23"),
            ("[{\"a\":1},\n{\"a\":}]", "a.json:2:6"),
            ("[", "a.json:1:1"),
            ("{}x", "a.json:1:3"),
        ] {
            let problem = read(text.as_bytes(), "a.json", &Limits::default()).unwrap_err();
            assert_eq!((problem.code, problem.path.as_str()), (Code::InvalidJson, place), "{text}: {}", problem.message);
        }
    }

    #[test]
    fn limits_hold() {
        let rows = Limits { rows: 2, ..Limits::default() };
        for text in [r#"[{"a":1},{"a":1},{"a":1}]"#, r#"{"a":[1,2,3]}"#, r#"{"a":{"0":1,"1":1,"2":1}}"#, r#"{"s":{"a":[1,2,3]}}"#]
        {
            assert_eq!(read(text.as_bytes(), "a.json", &rows).unwrap_err().code, Code::LimitExceeded, "{text}");
        }
        let columns = Limits { columns: 2, ..Limits::default() };
        assert_eq!(read(br#"[{"a":1,"b":1,"c":1}]"#, "a.json", &columns).unwrap_err().code, Code::LimitExceeded);
    }
}
