//! What every reader answers: typed columns, and a name for the place of each cell.

use super::Format;
use crate::error::Fault;
use crate::units::UnixNanos;

/// A file as columns of equal length. Strings are kept once each; nothing is allocated per row.
#[derive(Clone, Debug)]
pub struct Table {
    /// The file's name, for messages.
    pub name: String,
    /// The format it was read from.
    pub format: Format,
    /// Its columns, in the order of the file.
    pub columns: Vec<Column>,
    /// Its rows.
    pub rows: usize,
    /// What a reader may want to know and is no fault: a column that was left out, a time zone.
    pub warnings: Vec<Fault>,
    /// Where the cells stand in the file.
    pub(crate) places: Places,
}

/// A named column.
#[derive(Clone, Debug)]
pub struct Column {
    /// Its name as written; empty where the file names none.
    pub name: String,
    /// The type as the file has it, for people: `float32`, `timestamp[ms, UTC]`, `dictionary<string>`.
    pub type_name: String,
    /// The cells.
    pub data: ColumnData,
    /// Which cells hold a value; `None` if all do.
    pub valid: Option<Vec<bool>>,
    /// Whether it is the row index of a pandas frame that had no name for it.
    pub is_index: bool,
}

/// The cells of a column; those that are null hold an arbitrary value.
#[derive(Clone, Debug)]
pub enum ColumnData {
    /// Every cell is null; the number is how many.
    Null(usize),
    /// Numbers. NaN and infinity are kept as they came: whoever interprets the table refuses them at their cell.
    Float(Vec<f64>),
    /// Whole numbers.
    Int(Vec<i64>),
    /// True or false.
    Bool(Vec<bool>),
    /// Text: cell `i` is word `codes[i]`.
    Text {
        /// Index into `words`.
        codes: Vec<u32>,
        /// Every different word once.
        words: Words,
    },
    /// Points in time.
    Time(Vec<UnixNanos>),
    /// A type that has no use here (a list, a struct); the number is how many cells.
    Unread(usize),
}

/// One cell, borrowed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell<'a> {
    /// No value.
    Null,
    /// A number.
    Float(f64),
    /// A whole number.
    Int(i64),
    /// True or false.
    Bool(bool),
    /// Text.
    Text(&'a str),
    /// A point in time.
    Time(UnixNanos),
}

impl Column {
    /// A column without nulls, named as its data are.
    pub fn new(name: impl Into<String>, data: ColumnData) -> Self {
        let type_name = match &data {
            ColumnData::Null(_) => "null",
            ColumnData::Float(_) => "float64",
            ColumnData::Int(_) => "int64",
            ColumnData::Bool(_) => "bool",
            ColumnData::Text { .. } => "string",
            ColumnData::Time(times) if times.iter().all(|time| time.0.rem_euclid(crate::units::DAY_NANOS) == 0) => "date",
            ColumnData::Time(_) => "timestamp",
            ColumnData::Unread(_) => "unread",
        };
        Column { name: name.into(), type_name: type_name.to_owned(), data, valid: None, is_index: false }
    }

    /// A column of text.
    pub fn text<'a>(name: impl Into<String>, cells: impl IntoIterator<Item = &'a str>) -> Self {
        let mut words = Words::default();
        let codes = cells.into_iter().map(|cell| words.code(cell)).collect();
        Column::new(name, ColumnData::Text { codes, words })
    }

    /// How many cells it has.
    pub fn len(&self) -> usize {
        match &self.data {
            ColumnData::Null(len) | ColumnData::Unread(len) => *len,
            ColumnData::Float(values) => values.len(),
            ColumnData::Int(values) => values.len(),
            ColumnData::Bool(values) => values.len(),
            ColumnData::Text { codes, .. } => codes.len(),
            ColumnData::Time(values) => values.len(),
        }
    }

    /// Whether it has no cell.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether a cell holds no value.
    pub fn is_null(&self, row: usize) -> bool {
        matches!(self.data, ColumnData::Null(_)) || self.valid.as_ref().is_some_and(|valid| !valid[row])
    }

    /// How many cells hold no value.
    pub fn nulls(&self) -> usize {
        match (&self.data, &self.valid) {
            (ColumnData::Null(len), _) => *len,
            (_, Some(valid)) => valid.iter().filter(|&&valid| !valid).count(),
            _ => 0,
        }
    }

    /// One cell.
    pub fn cell(&self, row: usize) -> Cell<'_> {
        if self.is_null(row) {
            return Cell::Null;
        }
        match &self.data {
            ColumnData::Null(_) | ColumnData::Unread(_) => Cell::Null,
            ColumnData::Float(values) => Cell::Float(values[row]),
            ColumnData::Int(values) => Cell::Int(values[row]),
            ColumnData::Bool(values) => Cell::Bool(values[row]),
            ColumnData::Text { codes, words } => Cell::Text(words.get(codes[row])),
            ColumnData::Time(values) => Cell::Time(values[row]),
        }
    }

    /// Whether it holds numbers.
    pub fn is_number(&self) -> bool {
        matches!(self.data, ColumnData::Float(_) | ColumnData::Int(_))
    }
}

/// Tables are equal if they hold the same names and cells: where a file came from and how it spelled its types does not
/// matter, floats compare by their bits, and words by their text.
impl PartialEq for Table {
    fn eq(&self, other: &Self) -> bool {
        self.rows == other.rows && self.columns == other.columns
    }
}

impl PartialEq for Column {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
            && self.len() == other.len()
            && (0..self.len()).all(|row| match (self.cell(row), other.cell(row)) {
                (Cell::Float(a), Cell::Float(b)) => a.to_bits() == b.to_bits(),
                (a, b) => a == b,
            })
    }
}

impl Table {
    /// A table made here rather than read; its columns must be of equal length.
    ///
    /// # Errors
    /// `internal`: the lengths differ.
    pub fn new(name: impl Into<String>, columns: Vec<Column>) -> Result<Self, crate::Problem> {
        let rows = columns.first().map_or(0, Column::len);
        if columns.iter().any(|column| column.len() != rows || column.valid.as_ref().is_some_and(|valid| valid.len() != rows)) {
            return Err(crate::Problem::internal("a table whose columns differ in length"));
        }
        Ok(Table { name: name.into(), format: Format::Csv, columns, rows, warnings: Vec::new(), places: Places::Rows })
    }

    /// Where a cell stands, for a message: `signals.csv:17:3` (line and field, from 1), `signals.json#/16/score`,
    /// `signals.arrow:row 17:column score`.
    pub fn place(&self, row: usize, column: usize) -> String {
        let file = &self.name;
        let name = self.columns.get(column).map_or("", |column| column.name.as_str());
        let (places, row) = self.places.as_read(row);
        match places {
            Places::Lines(lines) => format!("{file}:{}:{}", lines.line(row), column + 1),
            Places::Rows => format!("{file}:row {}:column {name}", row + 1),
            Places::Records(prefix) => format!("{file}#{prefix}/{row}/{}", escaped(name)),
            Places::Arrays(prefix) => format!("{file}#{prefix}/{row}/{column}"),
            Places::Fields => format!("{file}#/{}/{row}", escaped(name)),
            // Never met: `as_read` has gone through it.
            Places::Kept(..) => file.clone(),
            Places::Strategies(parts) => {
                let part = parts.partition_point(|part| part.first_row <= row).saturating_sub(1);
                match parts.get(part) {
                    None => format!("{file}#"),
                    Some(part) => {
                        let (strategy, row) = (escaped(&part.strategy), row.saturating_sub(part.first_row));
                        if part.by_column {
                            format!("{file}#/{strategy}/{}/{row}", escaped(name))
                        } else {
                            format!("{file}#/{strategy}/{row}/{}", escaped(name))
                        }
                    }
                }
            }
        }
    }

    /// The line of a row in a file of lines, from 1; `None` where the format has none.
    pub fn line(&self, row: usize) -> Option<u64> {
        match self.places.as_read(row) {
            (Places::Lines(lines), row) => Some(lines.line(row)),
            _ => None,
        }
    }

    /// Where a column's name stands.
    pub fn heading(&self, column: usize) -> String {
        let name = self.columns.get(column).map_or("", |column| column.name.as_str());
        match self.places.as_read(0).0 {
            Places::Lines(lines) => format!("{}:{}:{}", self.name, lines.header.max(1), column + 1),
            _ => format!("{}:column {name}", self.name),
        }
    }

    /// The column of a name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }
}

fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// How cells are named in messages.
#[derive(Clone, Debug)]
pub(crate) enum Places {
    /// By line and field.
    Lines(Lines),
    /// By row and column name.
    Rows,
    /// JSON records below a pointer.
    Records(String),
    /// JSON rows as arrays below a pointer.
    Arrays(String),
    /// JSON object of columns.
    Fields,
    /// JSON object of strategies.
    Strategies(Vec<Part>),
    /// The rows that were kept, by the place each had before others were left out.
    Kept(Box<Places>, Vec<usize>),
}

impl Places {
    /// How the file itself names places, and the row it had there.
    fn as_read(&self, row: usize) -> (&Places, usize) {
        match self {
            Places::Kept(former, kept) => former.as_read(kept.get(row).copied().unwrap_or(row)),
            places => (places, row),
        }
    }
}

/// The rows of one strategy in a JSON object of strategies.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) strategy: String,
    pub(crate) first_row: usize,
    pub(crate) by_column: bool,
}

/// The line of each row, kept only where a row is not on the line after the one before.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lines {
    /// Line of the header; 0 if there is none.
    pub(crate) header: u64,
    /// (row, its line), ascending.
    breaks: Vec<(usize, u64)>,
}

impl Lines {
    pub(crate) fn new(header: u64) -> Self {
        Lines { header, breaks: Vec::new() }
    }

    pub(crate) fn push(&mut self, row: usize, line: u64) {
        if self.breaks.is_empty() || self.line(row) != line {
            self.breaks.push((row, line));
        }
    }

    pub(crate) fn line(&self, row: usize) -> u64 {
        // The last break is the one asked for while reading.
        let at = match self.breaks.last() {
            Some((from, _)) if *from <= row => self.breaks.len(),
            _ => self.breaks.partition_point(|(from, _)| *from <= row),
        };
        match at.checked_sub(1).map(|at| self.breaks[at]) {
            Some((from, line)) => line + (row - from) as u64,
            None => row as u64 + 1,
        }
    }
}

/// Different words, each kept once in one long string and numbered in the order they were first met.
#[derive(Clone, Debug, Default)]
pub struct Words {
    text: String,
    ends: Vec<u32>,
    /// Open addressing: word number + 1, or 0.
    slots: Vec<u32>,
    /// Words whose slots were all taken: bounds the search however the hashes fall.
    spilled: std::collections::BTreeMap<Box<str>, u32>,
    last: u32,
}

/// How many slots are tried before a word is spilled.
const PROBES: usize = 32;

impl Words {
    /// How many words there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Bytes of all words together.
    pub fn bytes(&self) -> usize {
        self.text.len()
    }

    /// The word of a number.
    pub fn get(&self, code: u32) -> &str {
        let code = code as usize;
        let from = if code == 0 { 0 } else { self.ends[code - 1] as usize };
        &self.text[from..self.ends[code] as usize]
    }

    /// All words, in order of their numbers.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len() as u32).map(|code| self.get(code))
    }

    /// The number of a word; a new word gets the next one.
    ///
    /// The readers bound the bytes of all words well below 4 GiB.
    pub fn code(&mut self, word: &str) -> u32 {
        if !self.ends.is_empty() && self.get(self.last) == word {
            return self.last;
        }
        if self.slots.len() < 2 * (self.len() + 1) {
            self.grow();
        }
        let mask = self.slots.len() - 1;
        let mut at = hash(word.as_bytes()) as usize & mask;
        for _ in 0..PROBES {
            match self.slots[at] {
                0 => {
                    let code = self.add(word);
                    self.slots[at] = code + 1;
                    return code;
                }
                taken if self.get(taken - 1) == word => {
                    self.last = taken - 1;
                    return taken - 1;
                }
                _ => at = (at + 1) & mask,
            }
        }
        if let Some(&code) = self.spilled.get(word) {
            self.last = code;
            return code;
        }
        let code = self.add(word);
        self.spilled.insert(word.into(), code);
        code
    }

    fn add(&mut self, word: &str) -> u32 {
        self.text.push_str(word);
        self.ends.push(self.text.len() as u32);
        self.last = self.len() as u32 - 1;
        self.last
    }

    fn grow(&mut self) {
        let size = (self.slots.len() * 2).max(64);
        let mut slots = vec![0; size];
        self.spilled.clear();
        'words: for code in 0..self.len() as u32 {
            let mut at = hash(self.get(code).as_bytes()) as usize & (size - 1);
            for _ in 0..PROBES {
                if slots[at] == 0 {
                    slots[at] = code + 1;
                    continue 'words;
                }
                at = (at + 1) & (size - 1);
            }
            self.spilled.insert(self.get(code).into(), code);
        }
        self.slots = slots;
    }
}

/// Eight bytes at a time, multiplied and folded. It only spreads words over slots; no answer depends on it.
fn hash(bytes: &[u8]) -> u64 {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64 ^ bytes.len() as u64;
    let mut mix = |part: u64| {
        let product = u128::from(state ^ part) * u128::from(0xA076_1D64_78BD_642F_u64);
        state = (product as u64) ^ ((product >> 64) as u64);
    };
    let mut chunks = bytes.chunks_exact(8);
    for chunk in &mut chunks {
        mix(u64::from_le_bytes([chunk[0], chunk[1], chunk[2], chunk[3], chunk[4], chunk[5], chunk[6], chunk[7]]));
    }
    let mut rest = [0; 8];
    rest[..chunks.remainder().len()].copy_from_slice(chunks.remainder());
    mix(u64::from_le_bytes(rest));
    state
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_numbered_as_they_come() {
        let mut words = Words::default();
        let codes: Vec<u32> = ["MSFT", "AAPL", "MSFT", "", "AAPL"].iter().map(|word| words.code(word)).collect();
        assert_eq!(codes, [0, 1, 0, 2, 1]);
        assert_eq!(words.iter().collect::<Vec<_>>(), ["MSFT", "AAPL", ""]);
    }

    #[test]
    fn a_hundred_thousand_words_keep_their_numbers() {
        let mut words = Words::default();
        for i in 0..100_000 {
            assert_eq!(words.code(&format!("w{i}")), i);
        }
        for i in (0..100_000).step_by(17) {
            assert_eq!(words.code(&format!("w{i}")), i);
        }
    }

    #[test]
    fn lines_are_kept_where_they_jump() {
        let mut lines = Lines::default();
        for (row, line) in [2, 3, 4, 9, 10, 11, 13].into_iter().enumerate() {
            lines.push(row, line);
        }
        assert_eq!(lines.breaks.len(), 3);
        assert_eq!((0..7).map(|row| lines.line(row)).collect::<Vec<_>>(), [2, 3, 4, 9, 10, 11, 13]);
    }
}
