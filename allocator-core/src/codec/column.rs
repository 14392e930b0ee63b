//! A column while it is being read: cell by cell, its type found on the way.

use super::table::{Column, ColumnData, Words};
use crate::units::UnixNanos;

/// Collects the cells of one column.
#[derive(Debug)]
pub(crate) struct ColumnBuilder {
    cells: Cells,
    valid: Option<Vec<bool>>,
    len: usize,
    /// Text whatever the cells look like.
    always_text: bool,
    numbers_before_text: usize,
    type_name: Option<String>,
}

#[derive(Debug)]
enum Cells {
    /// Nothing but nulls so far.
    None,
    Int(Vec<i64>),
    Float(Vec<f64>),
    Bool(Vec<bool>),
    Time(Vec<UnixNanos>),
    Text(Vec<u32>, Words),
    Unread,
}

/// Spellings of "no value" in a column of numbers.
fn is_missing(cell: &[u8]) -> bool {
    matches!(cell, b"" | b"N/A" | b"NA" | b"n/a" | b"#N/A" | b"null" | b"NULL" | b"None")
}

/// A number in a cell.
enum Number {
    Int(i64),
    Float(f64),
}

/// Whole numbers as such, so that a time in nanoseconds keeps its last digits; everything else to the nearest f64. A whole number
/// that begins with a zero is an identifier, and minus zero has a sign that whole numbers lack.
fn number(cell: &[u8]) -> Option<Number> {
    let digits = cell.strip_prefix(b"-").unwrap_or(cell);
    if (1..=18).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit) {
        if digits[0] == b'0' && (digits.len() > 1 || digits.len() < cell.len()) {
            return if digits.len() > 1 { None } else { Some(Number::Float(-0.0)) };
        }
        let value = digits.iter().fold(0_i64, |value, digit| value * 10 + i64::from(digit - b'0'));
        return Some(Number::Int(if digits.len() < cell.len() { -value } else { value }));
    }
    let text = std::str::from_utf8(cell).ok()?;
    if let Ok(value) = text.parse::<i64>()
        && !text.starts_with('+')
    {
        return Some(Number::Int(value));
    }
    text.parse().ok().map(Number::Float)
}

/// The words for true and false.
pub(crate) fn boolean(word: &str) -> Option<bool> {
    match word {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

impl ColumnBuilder {
    /// The type follows from the cells.
    pub(crate) fn guess() -> Self {
        ColumnBuilder { cells: Cells::None, valid: None, len: 0, always_text: false, numbers_before_text: 0, type_name: None }
    }

    /// Text, whatever the cells look like.
    pub(crate) fn text() -> Self {
        ColumnBuilder { cells: Cells::Text(Vec::new(), Words::default()), always_text: true, ..Self::guess() }
    }

    /// A type known from the file.
    pub(crate) fn of_type(type_name: String) -> Self {
        ColumnBuilder { type_name: Some(type_name), always_text: true, ..Self::guess() }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn is_all_null(&self) -> bool {
        matches!(self.cells, Cells::None) || self.valid.as_ref().is_some_and(|valid| !valid.contains(&true))
    }

    pub(crate) fn text_bytes(&self) -> usize {
        if let Cells::Text(_, words) = &self.cells { words.bytes() } else { 0 }
    }

    /// How many cells were read before the column turned out to be text; their spelling is lost and must be read again.
    pub(crate) fn numbers_before_text(&self) -> usize {
        self.numbers_before_text
    }

    fn counted(&mut self, is_valid: bool) {
        if !is_valid && self.valid.is_none() {
            self.valid = Some(vec![true; self.len]);
        }
        if let Some(valid) = &mut self.valid {
            valid.push(is_valid);
        }
        self.len += 1;
    }

    pub(crate) fn push_null(&mut self) {
        match &mut self.cells {
            Cells::None | Cells::Unread => {}
            Cells::Int(values) => values.push(0),
            Cells::Float(values) => values.push(f64::NAN),
            Cells::Bool(values) => values.push(false),
            Cells::Time(values) => values.push(UnixNanos(0)),
            Cells::Text(codes, words) => codes.push(words.code("")),
        }
        self.counted(false);
    }

    pub(crate) fn push_int(&mut self, value: i64) {
        match &mut self.cells {
            Cells::Int(values) => values.push(value),
            Cells::None => {
                let mut values = vec![0; self.len];
                values.push(value);
                self.cells = Cells::Int(values);
            }
            Cells::Float(values) => values.push(value as f64),
            _ => return self.push_str(&value.to_string()),
        }
        self.counted(true);
    }

    pub(crate) fn push_float(&mut self, value: f64) {
        match &mut self.cells {
            Cells::Float(values) => values.push(value),
            Cells::None => {
                let mut values = vec![f64::NAN; self.len];
                values.push(value);
                self.cells = Cells::Float(values);
            }
            Cells::Int(ints) => {
                let mut values: Vec<f64> = std::mem::take(ints).into_iter().map(|value| value as f64).collect();
                values.push(value);
                self.cells = Cells::Float(values);
            }
            _ => return self.push_str(&format!("{value:?}")),
        }
        self.counted(true);
    }

    pub(crate) fn push_bool(&mut self, value: bool) {
        match &mut self.cells {
            Cells::Bool(values) => values.push(value),
            Cells::None => {
                let mut values = vec![false; self.len];
                values.push(value);
                self.cells = Cells::Bool(values);
            }
            _ => return self.push_str(if value { "true" } else { "false" }),
        }
        self.counted(true);
    }

    pub(crate) fn push_time(&mut self, value: UnixNanos) {
        match &mut self.cells {
            Cells::Time(values) => values.push(value),
            Cells::None => {
                let mut values = vec![UnixNanos(0); self.len];
                values.push(value);
                self.cells = Cells::Time(values);
            }
            _ => return self.push_str(&value.to_string()),
        }
        self.counted(true);
    }

    pub(crate) fn push_str(&mut self, value: &str) {
        self.become_text();
        if let Cells::Text(codes, words) = &mut self.cells {
            codes.push(words.code(value));
        }
        self.counted(true);
    }

    /// The number of a word, for columns that come as a dictionary; [`ColumnBuilder::push_code`] takes it.
    pub(crate) fn code(&mut self, word: &str) -> u32 {
        self.become_text();
        if let Cells::Text(_, words) = &mut self.cells { words.code(word) } else { 0 }
    }

    pub(crate) fn push_code(&mut self, code: u32) {
        if let Cells::Text(codes, _) = &mut self.cells {
            codes.push(code);
        }
        self.counted(true);
    }

    /// Cells of a type that is not read.
    pub(crate) fn push_unread(&mut self, count: usize) {
        self.cells = Cells::Unread;
        self.len += count;
    }

    /// What was read so far becomes text, spelled as we spell it.
    fn become_text(&mut self) {
        if matches!(self.cells, Cells::Text(..)) {
            return;
        }
        let mut words = Words::default();
        let is_null = |row: usize| self.valid.as_ref().is_some_and(|valid| !valid[row]);
        let mut spelled =
            |row: usize, spell: &dyn Fn() -> String| words.code(&if is_null(row) { String::new() } else { spell() });
        let codes = match &self.cells {
            Cells::Int(values) => values.iter().enumerate().map(|(row, value)| spelled(row, &|| value.to_string())).collect(),
            Cells::Float(values) => {
                values.iter().enumerate().map(|(row, value)| spelled(row, &|| format!("{value:?}"))).collect()
            }
            Cells::Bool(values) => values.iter().enumerate().map(|(row, value)| spelled(row, &|| value.to_string())).collect(),
            Cells::Time(values) => values.iter().enumerate().map(|(row, value)| spelled(row, &|| value.to_string())).collect(),
            Cells::None | Cells::Unread | Cells::Text(..) => {
                let blank = if self.len > 0 { words.code("") } else { 0 };
                vec![blank; self.len]
            }
        };
        self.cells = Cells::Text(codes, words);
    }

    /// NaN becomes null.
    pub(crate) fn nan_to_null(&mut self) {
        if let Cells::Float(values) = &self.cells
            && values.iter().any(|value| value.is_nan())
        {
            let valid = self.valid.get_or_insert_with(|| vec![true; self.len]);
            for (valid, value) in valid.iter_mut().zip(values) {
                *valid &= !value.is_nan();
            }
        }
    }

    /// A cell of a CSV file.
    pub(crate) fn push_csv(&mut self, row: usize, cell: &[u8]) -> Result<(), std::str::Utf8Error> {
        if let Cells::Text(codes, words) = &mut self.cells {
            if cell.is_empty() {
                self.push_null();
            } else {
                let word = std::str::from_utf8(cell).inspect_err(|_| codes.push(words.code("")));
                let word = match word {
                    Ok(word) => word,
                    Err(error) => {
                        self.counted(false);
                        return Err(error);
                    }
                };
                codes.push(words.code(word));
                self.counted(true);
            }
            return Ok(());
        }
        let trimmed = cell.trim_ascii();
        if is_missing(trimmed) {
            self.push_null();
            return Ok(());
        }
        match number(trimmed) {
            Some(Number::Int(value)) => self.push_int(value),
            Some(Number::Float(value)) => self.push_float(value),
            None => return self.push_word(row, cell),
        }
        Ok(())
    }

    /// A cell that is no number, whatever it looks like.
    pub(crate) fn push_word(&mut self, row: usize, cell: &[u8]) -> Result<(), std::str::Utf8Error> {
        if !matches!(self.cells, Cells::Text(..)) {
            // The cells so far get blanks for now; their own spelling is read again afterwards.
            let mut words = Words::default();
            let blank = words.code("");
            self.cells = Cells::Text(vec![blank; self.len], words);
            self.numbers_before_text = row;
        }
        self.push_csv(row, cell)
    }

    /// A cell that was taken for a number, or for a missing one, before the column turned out to be text.
    pub(crate) fn respell(&mut self, row: usize, cell: &[u8]) -> Result<(), std::str::Utf8Error> {
        if !cell.is_empty() {
            let word = std::str::from_utf8(cell)?;
            if let Cells::Text(codes, words) = &mut self.cells
                && let Some(code) = codes.get_mut(row)
            {
                *code = words.code(word);
            }
            if let Some(valid) = self.valid.as_mut().and_then(|valid| valid.get_mut(row)) {
                *valid = true;
            }
        }
        Ok(())
    }

    pub(crate) fn finish(self, name: String) -> Column {
        let data = match self.cells {
            Cells::None => ColumnData::Null(self.len),
            Cells::Unread => ColumnData::Unread(self.len),
            Cells::Int(values) => ColumnData::Int(values),
            Cells::Float(values) => ColumnData::Float(values),
            Cells::Bool(values) => ColumnData::Bool(values),
            Cells::Time(values) => ColumnData::Time(values),
            Cells::Text(codes, words) if self.always_text => ColumnData::Text { codes, words },
            Cells::Text(codes, words) => narrowed(codes, words),
        };
        let mut column = Column::new(name, data);
        if let Some(type_name) = self.type_name {
            column.type_name = type_name;
        }
        column.valid = self.valid.filter(|valid| valid.contains(&false));
        column
    }
}

/// Text of nothing but dates is dates, of nothing but true and false is booleans. The empty word stands for a missing cell.
fn narrowed(codes: Vec<u32>, words: Words) -> ColumnData {
    if words.iter().all(str::is_empty) {
        return ColumnData::Text { codes, words };
    }
    let each = |word: &str| if word.is_empty() { Some(UnixNanos(0)) } else { UnixNanos::parse(word) };
    if let Some(times) = words.iter().map(each).collect::<Option<Vec<UnixNanos>>>() {
        return ColumnData::Time(codes.into_iter().map(|code| times[code as usize]).collect());
    }
    let each = |word: &str| if word.is_empty() { Some(false) } else { boolean(word) };
    if let Some(values) = words.iter().map(each).collect::<Option<Vec<bool>>>() {
        return ColumnData::Bool(codes.into_iter().map(|code| values[code as usize]).collect());
    }
    ColumnData::Text { codes, words }
}
