//! What a person says about a file: what its columns are, whose rows they are, and mends cell by cell. The file stays as it is.

use super::file::{Place, Report};
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

/// Delimiters with labels.
pub const DELIMITERS: &[(&str, &str)] =
    &[("comma", "Comma"), ("semicolon", "Semicolon"), ("tab", "Tab"), ("bar", "Vertical bar")];

/// Decimal marks with labels.
pub const DECIMALS: &[(&str, &str)] = &[("point", "Point: 0.085"), ("comma", "Comma: 0,085")];

/// What the first line holds, with labels.
pub const HEADERS: &[(bool, &str)] = &[(true, "Column names"), (false, "Values")];

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
    /// A column whose numbers have a decimal comma.
    Comma {
        /// Which.
        decimal_comma: u32,
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
    /// What stands between fields, where it is not found out rightly: a word of [`DELIMITERS`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<String>,
    /// What stands between whole and fraction: a word of [`DECIMALS`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decimal: Option<String>,
    /// Whether the first line names the columns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header: Option<bool>,
}

impl Edit {
    /// Another text in a cell; none beyond what the engine counts.
    pub fn cell(row: usize, column: usize, text: String) -> Option<Self> {
        Some(Edit::Cell { column: u32::try_from(column).ok()?, row: u32::try_from(row).ok()?, text })
    }

    /// Its row and its column, as far as it has them.
    fn place(&self) -> (Option<usize>, Option<usize>) {
        match self {
            Edit::Cell { row, column, .. } => (Some(*row as usize), Some(*column as usize)),
            Edit::Row { left_out } => (Some(*left_out as usize), None),
            Edit::Comma { decimal_comma } => (None, Some(*decimal_comma as usize)),
        }
    }
}

impl Said {
    /// As the engine reads it; empty if nothing was said.
    pub fn text(&self) -> String {
        if *self == Said::default() { String::new() } else { to_canonical_string(self).unwrap_or_default() }
    }

    /// With one more mend; another text for the same cell takes the place of the former.
    #[must_use]
    pub fn with(mut self, edit: Edit) -> Self {
        self.edits.retain(|known| known.place() != edit.place());
        if self.edits.len() < EDITS_MAX {
            self.edits.push(edit);
        }
        self
    }

    /// With several more.
    #[must_use]
    pub fn with_all(self, edits: Vec<Edit>) -> Self {
        edits.into_iter().fold(self, Said::with)
    }

    /// Without the mend of a cell; with a row that was left out back in its place (no column); without what was said of the numbers of a
    /// column (no row).
    #[must_use]
    pub fn without(mut self, row: Option<usize>, column: Option<usize>) -> Self {
        self.edits.retain(|edit| edit.place() != (row, column));
        self
    }

    /// Whether the numbers of a column have a decimal comma.
    pub fn has_comma(&self, column: usize) -> bool {
        self.edits.iter().any(|edit| edit.place() == (None, Some(column)))
    }

    /// With a column taken for something.
    #[must_use]
    pub fn taken(mut self, column: &str, role: &str) -> Self {
        self.roles.insert(column.to_owned(), role.to_owned());
        self
    }

    /// What it says of rows and columns, which are others once the text is divided in another way: mends and roles.
    pub fn of_cells(&self) -> (usize, usize) {
        (self.edits.len(), self.roles.len())
    }

    /// Without what it says of rows and columns.
    #[must_use]
    pub fn without_cells(mut self) -> Self {
        self.edits.clear();
        self.roles.clear();
        self
    }

    /// Rows with a mend.
    pub fn rows(&self) -> impl Iterator<Item = usize> {
        self.edits.iter().filter_map(|edit| edit.place().0)
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
    /// The mends: one, or those of all faults that are like this one.
    pub edits: Vec<Edit>,
}

/// What could be done about a fault, the likeliest first. Nothing is guessed: each is a button.
pub fn proposals(report: &Report, fault: &Fault) -> Vec<Proposal> {
    let Some(Place { row: Some(row), column }) = report.place_of(fault) else {
        return Vec::new();
    };
    let Ok(row_number) = u32::try_from(row) else {
        return Vec::new();
    };
    let mut list = Vec::new();
    let number = number_at(report, row, column);
    if let Some((text, edit)) = number.clone() {
        list.push(Proposal { label: format!("Set to {text}"), edits: vec![edit] });
    }
    // A column with a decimal comma has one in every row, and only the first faults are known here: cell by cell is no mend.
    let has_comma = report
        .cell(row, column)
        .is_some_and(|text| text.matches(',').count() == 1 && text.contains(|letter: char| letter.is_ascii_digit()));
    if let (true, Ok(decimal_comma)) = (has_comma, u32::try_from(column)) {
        list.push(Proposal {
            label: String::from("Decimal comma in the whole column"),
            edits: vec![Edit::Comma { decimal_comma }],
        });
    } else if number.is_some() {
        let alike: Vec<Edit> = report
            .places
            .iter()
            .flatten()
            .filter(|place| place.column == column)
            .filter_map(|place| Some(number_at(report, place.row?, column)?.1))
            .collect();
        if alike.len() > 1 {
            list.push(Proposal { label: format!("Set all {} like it", alike.len()), edits: alike });
        }
    }
    let line = report.row(row).map_or(row as u64 + 1, |shown| shown.line);
    let what = if report.has_lines() { "line" } else { "row" };
    list.push(Proposal { label: format!("Leave out {what} {line}"), edits: vec![Edit::Row { left_out: row_number }] });
    list
}

/// The number that a cell nearly is, and the mend that makes it one.
fn number_at(report: &Report, row: usize, column: usize) -> Option<(String, Edit)> {
    let text = as_number(report.cell(row, column)?)?;
    // As the file writes numbers: the engine reads a mend like a cell.
    let has_commas = report.written.as_ref().is_some_and(|written| written.decimal == "comma");
    let text = if has_commas { text.replace('.', ",") } else { text };
    Some((text.clone(), Edit::cell(row, column, text)?))
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
    use crate::state::problem::Problem;

    fn fault(path: &str) -> Fault {
        Fault { path: path.into(), ..Fault::default() }
    }

    /// A file with a decimal comma in two of its three rows, far apart.
    fn report() -> Report {
        let columns = ["symbol", "weight"].map(|name| Column { name: name.into(), ..Column::default() }).to_vec();
        let row =
            |row: usize, line: u64, cells: [&str; 2]| Row { line, row, cells: cells.map(|cell| Some(cell.to_owned())).to_vec() };
        let at = |row: usize| Some(Place { row: Some(row), column: 1 });
        let faults = ["a.csv:4:2", "a.csv:702:2", "a.csv"].map(fault).to_vec();
        Report {
            columns,
            format: "csv".into(),
            columns_shown: vec![0, 1],
            rows_shown: vec![row(0, 2, ["A", "0.1"]), row(1, 4, ["B", "0,085"]), row(699, 702, ["C", "1,5"])],
            places: vec![at(1), at(699), None],
            problem: Some(Problem { faults, ..Problem::default() }),
            ..Report::default()
        }
    }

    fn labels(list: &[Proposal]) -> Vec<&str> {
        list.iter().map(|proposal| proposal.label.as_str()).collect()
    }

    #[test]
    fn a_decimal_comma_is_proposed_as_a_point_here_or_everywhere_and_the_line_may_go() {
        let list = proposals(&report(), &fault("a.csv:4:2"));
        assert_eq!(labels(&list), ["Set to 0.085", "Decimal comma in the whole column", "Leave out line 4"]);
        let cell = |row: u32, text: &str| Edit::Cell { row, column: 1, text: text.into() };
        assert_eq!(list[0].edits, [cell(1, "0.085")]);
        assert_eq!(list[1].edits, [Edit::Comma { decimal_comma: 1 }]);
        let said = Said::default().with_all(list[1].edits.clone()).with_all(list[1].edits.clone());
        assert_eq!((said.edits.len(), said.has_comma(1), said.has_comma(0), said.rows().count()), (1, true, false, 0));
        assert_eq!(said.without(None, Some(1)), Said::default());
        // Other signs are no matter of the column.
        let mut other = report();
        for row in &mut other.rows_shown[1..] {
            row.cells[1] = Some(String::from("\u{2212}2"));
        }
        let list = proposals(&other, &fault("a.csv:4:2"));
        assert_eq!(labels(&list), ["Set to -2", "Set all 2 like it", "Leave out line 4"]);
        assert_eq!(list[1].edits, [cell(1, "-2"), cell(699, "-2")]);
        assert_eq!(proposals(&report(), &fault("a.csv")), []);
    }

    #[test]
    fn a_single_one_has_none_like_it() {
        let mut report = report();
        report.places[1] = None;
        report.rows_shown[1].cells[1] = Some(String::from("\u{2212}2"));
        assert_eq!(labels(&proposals(&report, &fault("a.csv:4:2"))), ["Set to -2", "Leave out line 4"]);
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
        let said = said.without(Some(3), None);
        assert_eq!(said.text(), r#"{"edits":[{"column":1,"row":1,"text":"2"}],"roles":{},"strategy":null}"#);
        assert_eq!(said.clone().without(Some(1), None), said, "that row was not left out");
        assert_eq!(said.without(Some(1), Some(1)).text(), "");
    }
}
