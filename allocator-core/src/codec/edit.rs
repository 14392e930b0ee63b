//! Mends of a table that a person decided on, cell by cell and row by row, without touching the file.
//!
//! Rows keep the names of their places: what stood on line 9 is called line 9 after line 6 was left out.

use super::dialect::DecimalMark;
use super::role::{Role, role_of_name};
use super::table::{Column, ColumnData, Places, Table, Words};
use crate::error::{Code, Fault, Faults, Problem};
use crate::units::UnixNanos;
use crate::wire::{At, Decode, Fields, Json};
use serde::Serialize;
use std::collections::BTreeSet;

/// Edits of one table at most.
pub const EDITS_MAX: usize = 10_000;

/// One mend.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Edit {
    /// Another text in a cell; in a column of numbers or times it is read as one.
    Cell {
        /// Column, from 0, in the order of the file.
        column: u32,
        /// Row, from 0, without the header.
        row: u32,
        /// What stands there instead.
        text: String,
    },
    /// A row that is left out.
    Row {
        /// Row, from 0, without the header.
        left_out: u32,
    },
    /// A column of text whose numbers have a decimal comma: `1.234,5` is 1234.5, `0,085` is 0.085. Other words stay as they are.
    Comma {
        /// Column, from 0, in the order of the file.
        decimal_comma: u32,
    },
}

impl Decode for Edit {
    fn decode(json: &Json, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::open(json, at, faults)?;
        let edit = if fields.raw("left_out").is_some() {
            fields.required("left_out", at, faults).map(|left_out| Edit::Row { left_out })
        } else if fields.raw("decimal_comma").is_some() {
            fields.required("decimal_comma", at, faults).map(|decimal_comma| Edit::Comma { decimal_comma })
        } else {
            let column = fields.required("column", at, faults);
            let row = fields.required("row", at, faults);
            let text = fields.required("text", at, faults);
            column.zip(row).zip(text).map(|((column, row), text)| Edit::Cell { column, row, text })
        };
        fields.close(at, faults);
        edit
    }
}

impl Table {
    /// The table with mends, whose numbers have the decimal mark of the file. Rows are those of the table as it was read, whichever are
    /// left out.
    ///
    /// # Errors
    /// A cell or row that is not there, a text that is no value of its column's type, more than [`EDITS_MAX`].
    pub fn edited(mut self, edits: &[Edit], decimal: DecimalMark) -> Result<Self, Problem> {
        let mut faults = Faults::new();
        if edits.len() > EDITS_MAX {
            let message = format!("{} mends, and {EDITS_MAX} are the most.", edits.len());
            return Err(Problem::new(Code::LimitExceeded, &self.name, message, "Mend the file itself."));
        }
        let mut left_out = BTreeSet::new();
        for edit in edits {
            match edit {
                Edit::Row { left_out: row } if (*row as usize) < self.rows => {
                    left_out.insert(*row as usize);
                }
                Edit::Row { left_out: row } => faults.push(absent(&self.name, &format!("row {}", row + 1))),
                Edit::Comma { decimal_comma: column } => match self.columns.get_mut(*column as usize) {
                    Some(cells) => read_commas(cells),
                    None => faults.push(absent(&self.name, &format!("column {}", column + 1))),
                },
                Edit::Cell { column, row, text } => {
                    let (column, row) = (*column as usize, *row as usize);
                    let place = self.place(row.min(self.rows.saturating_sub(1)), column);
                    match self.columns.get_mut(column) {
                        Some(cells) if row < self.rows => {
                            let is_name = matches!(role_of_name(&cells.name), Some((Role::Symbol | Role::Strategy, _)));
                            let has_comma = decimal == DecimalMark::Comma && !is_name;
                            let pointed = if has_comma { with_point(text) } else { None };
                            if let Err(why) = set(cells, row, pointed.as_deref().unwrap_or(text)) {
                                faults.push(Fault::new(Code::WrongType, place, why, "Write a value of the column's type."));
                            }
                        }
                        _ => faults.push(absent(&self.name, &format!("cell in row {}, column {}", row + 1, column + 1))),
                    }
                }
            }
        }
        faults.finish(Some(()))?;
        if !left_out.is_empty() {
            self.leave_out(&left_out);
        }
        Ok(self)
    }

    fn leave_out(&mut self, rows: &BTreeSet<usize>) {
        let kept: Vec<usize> = (0..self.rows).filter(|row| !rows.contains(row)).collect();
        for column in &mut self.columns {
            column.data = match &column.data {
                ColumnData::Null(_) => ColumnData::Null(kept.len()),
                ColumnData::Unread(_) => ColumnData::Unread(kept.len()),
                ColumnData::Float(values) => ColumnData::Float(kept.iter().map(|row| values[*row]).collect()),
                ColumnData::Int(values) => ColumnData::Int(kept.iter().map(|row| values[*row]).collect()),
                ColumnData::Bool(values) => ColumnData::Bool(kept.iter().map(|row| values[*row]).collect()),
                ColumnData::Time(values) => ColumnData::Time(kept.iter().map(|row| values[*row]).collect()),
                ColumnData::Text { codes, words } => {
                    ColumnData::Text { codes: kept.iter().map(|row| codes[*row]).collect(), words: words.clone() }
                }
            };
            if let Some(valid) = &mut column.valid {
                *valid = kept.iter().map(|row| valid[*row]).collect();
            }
        }
        self.rows = kept.len();
        let former = std::mem::replace(&mut self.places, Places::Rows);
        self.places = Places::Kept(Box::new(former), kept);
    }
}

/// Numbers with a decimal comma as numbers with a point; each word is looked at once. A column of numbers has none.
fn read_commas(column: &mut Column) {
    if let ColumnData::Text { codes, words } = &mut column.data {
        let mut read = Words::default();
        let new: Vec<u32> = words.iter().map(|word| read.code(&with_point(word).unwrap_or_else(|| word.to_owned()))).collect();
        // A cell without a value holds any code.
        for code in codes {
            *code = new.get(*code as usize).copied().unwrap_or_default();
        }
        *words = read;
    }
}

/// `−1.234,5` as `-1234.5`; nothing where a word is no number with a decimal comma, or one in groups of three. `0.085` is none: no group
/// begins with a nought.
pub(super) fn with_point(word: &str) -> Option<String> {
    let word = word.trim();
    let (sign, digits) = match word.strip_prefix(['-', '\u{2212}']) {
        Some(rest) => ("-", rest),
        None => ("", word.strip_prefix('+').unwrap_or(word)),
    };
    let (whole, fraction) = digits.split_once(',').unwrap_or((digits, ""));
    let groups: Vec<&str> = whole.split(['.', ' ', '\u{a0}', '\u{202f}', '\'', '\u{2019}']).collect();
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let grouped = groups.len() == 1
        || (groups[0].len() <= 3 && !groups[0].starts_with('0') && groups[1..].iter().all(|group| group.len() == 3));
    let has_comma = digits.contains(',');
    let sound = groups.iter().all(|group| is_digits(group)) && grouped && (is_digits(fraction) || !has_comma);
    // A plain whole number needs no change.
    (sound && (has_comma || groups.len() > 1)).then(|| {
        let point = if has_comma { "." } else { "" };
        format!("{sign}{}{point}{fraction}", groups.concat())
    })
}

fn absent(name: &str, what: &str) -> Fault {
    Fault::new(Code::NotFound, name, format!("There is no {what}."), "Take the mend back.")
}

/// Puts a text into a cell, as the column's type has it.
fn set(column: &mut Column, row: usize, text: &str) -> Result<(), String> {
    let refused = |kind: &str| format!("{text:?} is not {kind}.");
    match &mut column.data {
        ColumnData::Text { codes, words } => codes[row] = words.code(text),
        ColumnData::Float(values) => values[row] = number(text).ok_or_else(|| refused("a number"))?,
        ColumnData::Int(values) => {
            if let Ok(value) = text.trim().parse::<i64>() {
                values[row] = value;
            } else {
                // A fraction among whole numbers makes them numbers.
                let value = number(text).ok_or_else(|| refused("a number"))?;
                let mut all: Vec<f64> = values.iter().map(|value| *value as f64).collect();
                all[row] = value;
                column.data = ColumnData::Float(all);
            }
        }
        ColumnData::Bool(values) => {
            values[row] = match text.trim() {
                "true" => true,
                "false" => false,
                _ => return Err(refused("true or false")),
            }
        }
        ColumnData::Time(values) => values[row] = UnixNanos::parse(text.trim()).ok_or_else(|| refused("a date or time"))?,
        ColumnData::Null(len) => {
            let value = number(text).ok_or_else(|| refused("a number"))?;
            let len = *len;
            let mut all = vec![0.0; len];
            all[row] = value;
            let mut valid = vec![false; len];
            valid[row] = true;
            column.data = ColumnData::Float(all);
            column.valid = Some(valid);
            return Ok(());
        }
        ColumnData::Unread(_) => return Err(String::from("The column's type has no use here.")),
    }
    if let Some(valid) = &mut column.valid {
        valid[row] = true;
    }
    Ok(())
}

fn number(text: &str) -> Option<f64> {
    text.trim().parse::<f64>().ok().filter(|value| value.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::{Cell, Limits, read};

    fn table() -> Table {
        read(b"symbol,score,weight\nA,1,0.5\nB,2,\"0,085\"\nA,3,0.2\nC,,0.1\n", "a.csv", &Limits::default()).unwrap()
    }

    fn cell(row: u32, column: u32, text: &str) -> Edit {
        Edit::Cell { column, row, text: text.into() }
    }

    #[test]
    fn cells_are_mended_and_rows_keep_the_names_of_their_lines() {
        let mended =
            table().edited(&[cell(1, 2, "0.085"), Edit::Row { left_out: 2 }, cell(3, 1, "0.5")], DecimalMark::Point).unwrap();
        assert_eq!(mended.rows, 3);
        assert_eq!(mended.columns[2].cell(1), Cell::Text("0.085"));
        assert_eq!(mended.columns[1].cell(2), Cell::Float(0.5));
        assert_eq!(mended.columns[0].cell(2), Cell::Text("C"));
        assert_eq!(mended.place(2, 1), "a.csv:5:2");
        assert_eq!(table().place(3, 1), "a.csv:5:2");
    }

    #[test]
    fn a_row_number_counts_rows_as_they_were_read() {
        let one = table().edited(&[Edit::Row { left_out: 0 }, cell(1, 0, "X")], DecimalMark::Point).unwrap();
        assert_eq!(one.columns[0].cell(0), Cell::Text("X"));
    }

    #[test]
    fn what_is_not_there_or_of_no_use_is_refused_together() {
        let problem = table()
            .edited(&[cell(9, 0, "x"), cell(0, 9, "x"), Edit::Row { left_out: 99 }, cell(0, 1, "x")], DecimalMark::Point)
            .unwrap_err();
        let codes: Vec<&str> = problem.problems.iter().map(|fault| fault.code.as_str()).collect();
        assert_eq!(codes, ["not_found", "not_found", "not_found", "wrong_type"]);
        assert_eq!(problem.problems[3].path, "a.csv:2:2");
    }

    #[test]
    fn a_column_with_a_decimal_comma_is_read_as_such() {
        let words = [
            ("0,085", Some("0.085")),
            ("-1.234,5", Some("-1234.5")),
            ("\u{2212}1 234,5", Some("-1234.5")),
            ("1.234", Some("1234")),
        ];
        for (word, read) in words {
            assert_eq!(with_point(word).as_deref(), read, "{word}");
        }
        for word in ["12", "0.5", "1,2,3", "1.23,4", "a,5", ",5", "5,", "", "n/a", "1.2345,6"] {
            assert_eq!(with_point(word), None, "{word}");
        }
        let table = read(b"symbol;weight\nA;0,5\nB;\nC;1.500,25\nD;7\nE;n/a\n", "a.csv", &Limits::default()).unwrap();
        let mended = table.edited(&[Edit::Comma { decimal_comma: 1 }, cell(4, 1, "0,1")], DecimalMark::Point).unwrap();
        let cells: Vec<Cell<'_>> = (0..5).map(|row| mended.columns[1].cell(row)).collect();
        // What a person wrote for one cell stands as it was written.
        assert_eq!(cells, [Cell::Text("0.5"), Cell::Null, Cell::Text("1500.25"), Cell::Text("7"), Cell::Text("0,1")]);
        let problem = mended.edited(&[Edit::Comma { decimal_comma: 9 }], DecimalMark::Point).unwrap_err();
        assert_eq!(problem.code, Code::NotFound);
    }

    #[test]
    fn an_edit_is_read_as_it_is_written() {
        for edit in [cell(1, 2, "0.085"), Edit::Row { left_out: 3 }, Edit::Comma { decimal_comma: 2 }] {
            let text = crate::wire::to_canonical_string(&edit).unwrap();
            let mut faults = Faults::new();
            let json = crate::wire::parse(text.as_bytes()).unwrap();
            assert_eq!(Edit::decode(&json, &At::Root, &mut faults), Some(edit));
            assert!(faults.is_empty());
        }
    }
}
