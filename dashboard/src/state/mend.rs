//! What a person says about a file: what its columns are, whose rows they are, and mends cell by cell. The file stays as it is.

use super::file::Report;
use super::problem::Fault;
use allocator_core::wire::to_canonical_string;
use serde::Serialize;
use std::collections::BTreeMap;

/// Words for the roles that a column can be given, with their labels.
pub const ROLES: &[(&str, &str)] = &[
    ("symbol", "Symbol"),
    ("score", "Score"),
    ("weight", "Weight"),
    ("strategy", "Strategy"),
    ("time", "Date"),
    ("return", "Return"),
    ("price", "Price"),
    ("quantity", "Shares"),
    ("series", "Series"),
    ("ignore", "Not used"),
];

/// What a table can be used as, with labels.
pub const KINDS: &[(&str, &str)] =
    &[("signals", "Signals"), ("returns", "Returns"), ("prices", "Prices"), ("weights", "Weights over time")];

/// Mends of one file at most, as many as the engine takes.
pub const EDITS_MAX: usize = 10_000;

/// One mend, as the engine reads it; rows and columns count from 0, as the file has them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Edit {
    /// Another text in a cell.
    Cell {
        /// Its column.
        column: u32,
        /// Its row, without the header.
        row: u32,
        /// What stands there instead.
        text: String,
    },
    /// A row that is left out.
    Row {
        /// Which, without the header.
        left_out: u32,
    },
}

/// What was said of one file.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Said {
    /// Mends, in the order in which they were made.
    pub edits: Vec<Edit>,
    /// What the table holds, where its looks deceive: a word of [`KINDS`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Roles of columns, by name.
    pub roles: BTreeMap<String, String>,
    /// The strategy of rows that name none.
    pub strategy: Option<String>,
}

impl Said {
    /// As the engine reads it; empty if nothing was said.
    pub fn text(&self) -> String {
        if *self == Said::default() { String::new() } else { to_canonical_string(self).unwrap_or_default() }
    }

    /// With one more mend; another text for the same cell takes the place of the former.
    #[must_use]
    pub fn with(mut self, edit: Edit) -> Self {
        let place = |edit: &Edit| match edit {
            Edit::Cell { row, column, .. } => (*row, Some(*column)),
            Edit::Row { left_out } => (*left_out, None),
        };
        self.edits.retain(|known| place(known) != place(&edit));
        if self.edits.len() < EDITS_MAX {
            self.edits.push(edit);
        }
        self
    }

    /// Without the mends of a row.
    #[must_use]
    pub fn without(mut self, of: u32) -> Self {
        self.edits.retain(|edit| match edit {
            Edit::Cell { row, .. } => *row != of,
            Edit::Row { left_out } => *left_out != of,
        });
        self
    }

    /// With a column taken for something.
    #[must_use]
    pub fn taken(mut self, column: &str, role: &str) -> Self {
        self.roles.insert(column.to_owned(), role.to_owned());
        self
    }

    /// Whether a row is left out.
    pub fn leaves_out(&self, row: usize) -> bool {
        self.edits.iter().any(|edit| matches!(edit, Edit::Row { left_out } if *left_out as usize == row))
    }

    /// What a cell was mended to.
    pub fn mended(&self, at: (usize, usize)) -> Option<&str> {
        self.edits.iter().find_map(|edit| match edit {
            Edit::Cell { row, column, text } if (*row as usize, *column as usize) == at => Some(text.as_str()),
            _ => None,
        })
    }
}

/// A mend that is proposed: what its button says, and what it does.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposal {
    /// `Set to 0.085`.
    pub label: String,
    /// The mend.
    pub edit: Edit,
}

/// What could be done about a fault, the likeliest first. Nothing is guessed: each is a button.
pub fn proposals(report: &Report, fault: &Fault) -> Vec<Proposal> {
    let Some((Some(row), column)) = report.place_of(fault) else {
        return Vec::new();
    };
    let (Ok(row_number), Ok(column_number)) = (u32::try_from(row), u32::try_from(column)) else {
        return Vec::new();
    };
    let mut list = Vec::new();
    let cell = report.rows_shown.get(row).and_then(|shown| shown.cells.get(column)).and_then(Option::as_deref);
    if let Some(text) = cell.and_then(as_number) {
        let label = format!("Set to {text}");
        list.push(Proposal { label, edit: Edit::Cell { row: row_number, column: column_number, text } });
    }
    let line = report.rows_shown.get(row).map_or(row as u64 + 1, |shown| shown.line);
    let what = if report.has_lines() { "line" } else { "row" };
    list.push(Proposal { label: format!("Leave out {what} {line}"), edit: Edit::Row { left_out: row_number } });
    list
}

/// A text that is nearly a number as the number it nearly is: a decimal comma, a typographic minus, blanks between digits, a
/// per cent sign left aside are read; what could be two numbers (1,234) is not.
fn as_number(text: &str) -> Option<String> {
    let plain: String = text
        .chars()
        .filter(|letter| !letter.is_whitespace() && !matches!(letter, '\'' | '\u{2019}'))
        .map(|letter| match letter {
            '\u{2212}' | '\u{2013}' => '-',
            ',' => '.',
            other => other,
        })
        .collect();
    let ambiguous = text.contains(',')
        && plain.rsplit_once('.').is_some_and(|(whole, digits)| {
            digits.len() == 3 && whole.trim_start_matches('-').parse::<u64>().is_ok_and(|whole| whole > 0)
        });
    let is_plain = plain.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-'));
    let value = plain.parse::<f64>().ok().filter(|value| value.is_finite())?;
    (is_plain && !ambiguous && plain != text).then(|| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::file::{Column, Row};

    fn report() -> Report {
        let columns = ["symbol", "weight"].map(|name| Column { name: name.into(), ..Column::default() }).to_vec();
        let row = |line: u64, cells: [&str; 2]| Row { line, cells: cells.map(|cell| Some(cell.to_owned())).to_vec() };
        // Line 3 is blank.
        Report {
            columns,
            format: "csv".into(),
            rows_shown: vec![row(2, ["A", "0.1"]), row(4, ["B", "0,085"])],
            ..Report::default()
        }
    }

    fn fault(path: &str) -> Fault {
        Fault { path: path.into(), ..Fault::default() }
    }

    #[test]
    fn a_decimal_comma_is_proposed_as_a_point_and_the_line_may_go() {
        let list = proposals(&report(), &fault("a.csv:4:2"));
        let labels: Vec<&str> = list.iter().map(|proposal| proposal.label.as_str()).collect();
        assert_eq!(labels, ["Set to 0.085", "Leave out line 4"]);
        assert_eq!(list[0].edit, Edit::Cell { row: 1, column: 1, text: "0.085".into() });
        assert_eq!(proposals(&report(), &fault("a.csv")), []);
    }

    #[test]
    fn only_what_can_be_one_number_is_proposed() {
        let read = |text: &str| as_number(text);
        assert_eq!(read("0,085").as_deref(), Some("0.085"));
        assert_eq!(read("\u{2212}1.5").as_deref(), Some("-1.5"));
        assert_eq!(read("1 234.5").as_deref(), Some("1234.5"));
        for text in ["1,234", "12,345,6", "abc", "", "1.5", "1.2.3", "inf"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn a_second_mend_of_a_cell_takes_the_place_of_the_first() {
        let cell = |text: &str| Edit::Cell { row: 1, column: 1, text: text.into() };
        let said = Said::default().with(cell("1")).with(cell("2")).with(Edit::Row { left_out: 3 });
        assert_eq!((said.edits.len(), said.mended((1, 1)), said.leaves_out(3)), (2, Some("2"), true));
        let said = said.without(3);
        assert_eq!(said.text(), r#"{"edits":[{"column":1,"row":1,"text":"2"}],"roles":{},"strategy":null}"#);
        assert_eq!(said.without(1).text(), "");
    }
}
