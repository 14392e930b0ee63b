//! Which cell a fault is about: the reader names places for people (`signals.csv:17:3`), a page marks cells by row and column.

use allocator_core::codec::Table;
use allocator_core::error::Fault;
use serde::Serialize;

/// A cell, or a column as a whole; rows and columns from 0, as the file has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// Its column.
    pub column: usize,
    /// Its row, without the header; none for a column as a whole.
    pub row: Option<usize>,
}

/// Where a fault of a table is; none where it is about no column of it.
pub(crate) fn place_of(table: &Table, fault: &Fault) -> Option<Place> {
    let (row, column) = read(table, &fault.path)?;
    (column < table.columns.len() && row.is_none_or(|row| row < table.rows)).then_some(Place { column, row })
}

fn read(table: &Table, path: &str) -> Option<(Option<usize>, usize)> {
    let by_name = |name: &str| table.columns.iter().position(|column| column.name == name && !name.is_empty());
    // signals.arrow:row 17:column score
    if let Some((before, name)) = path.split_once(":column ") {
        let row = before.rsplit_once(":row ").and_then(|(_, row)| row.parse::<usize>().ok());
        return by_name(name).map(|column| (row.and_then(|row| row.checked_sub(1)), column));
    }
    // signals.json#/16/score and signals.json#/score/16
    if let Some((_, pointer)) = path.split_once('#') {
        let (before, last) = pointer.rsplit_once('/')?;
        let former = before.rsplit('/').next().unwrap_or_default();
        return match (last.parse::<usize>(), former.parse::<usize>()) {
            (Err(_), Ok(row)) => by_name(last).map(|column| (Some(row), column)),
            (Ok(row), Err(_)) => by_name(former).map(|column| (Some(row), column)),
            (Ok(column), Ok(row)) => Some((Some(row), column)),
            (Err(_), Err(_)) => None,
        };
    }
    // signals.csv:17:3, line and field from 1
    let mut parts = path.rsplit(':');
    let (field, line) = (parts.next()?.parse::<usize>().ok()?, parts.next()?.parse::<u64>().ok()?);
    Some((row_of(table, line), field.checked_sub(1)?))
}

/// The row of a line; none for the header's. Blank lines and fields over several lines count.
fn row_of(table: &Table, line: u64) -> Option<usize> {
    let (mut low, mut high) = (0, table.rows);
    while low < high {
        let middle = low.midpoint(high);
        if table.line(middle)? < line { low = middle + 1 } else { high = middle }
    }
    (low < table.rows && table.line(low) == Some(line)).then_some(low)
}

#[cfg(test)]
mod tests {
    use super::*;
    use allocator_core::codec::{Limits, read as read_table};
    use allocator_core::error::Code;

    fn place(table: &Table, path: &str) -> Option<(Option<usize>, usize)> {
        let fault = Fault::new(Code::WrongType, path, "", "");
        place_of(table, &fault).map(|place| (place.row, place.column))
    }

    #[test]
    fn lines_lead_to_their_rows_whatever_lies_between() {
        // Line 3 is blank, and the second row has a field over two lines.
        let csv = b"symbol,score\nA,1\n\n\"B\nb\",2\nC,3\n";
        let table = read_table(csv, "a:b.csv", &Limits::default()).unwrap();
        let last = table.line(2).unwrap();
        assert_eq!(place(&table, "a:b.csv:2:2"), Some((Some(0), 1)));
        assert_eq!(place(&table, &format!("a:b.csv:{last}:1")), Some((Some(2), 0)));
        assert_eq!(place(&table, "a:b.csv:1:2"), Some((None, 1)), "the header");
        assert_eq!((place(&table, "a:b.csv"), place(&table, "a:b.csv:2:9"), place(&table, "")), (None, None, None));
    }

    #[test]
    fn places_of_other_formats_lead_to_their_cell() {
        let json = br#"[{"symbol":"A","score":1},{"symbol":"B","score":2}]"#;
        let table = read_table(json, "a.json", &Limits::default()).unwrap();
        for path in ["a.json#/1/score", "a.json#/score/1", "a.json#/1/1", "a.arrow:row 2:column score"] {
            assert_eq!(place(&table, path), Some((Some(1), 1)), "{path}");
        }
        assert_eq!(place(&table, "a.arrow:column score"), Some((None, 1)));
        assert_eq!((place(&table, "a.json#/7/score"), place(&table, "a.json#/1/colour")), (None, None));
    }
}
