//! The table twin of a chart: the same figures in rows, for people who read tables and for other programs.

use super::axis::Unit;
use super::json;
use crate::state::export::field;
use crate::state::number;
use allocator_core::units::UnixNanos;
use allocator_core::wire::Json;

/// Rows of a twin that the page shows; the download has all.
pub const ROWS_SHOWN_MAX: usize = 500;

/// One cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// A name.
    Text(String),
    /// A figure in full; `None` is unknown.
    Number(Option<f64>),
    /// A point in time, in seconds since 1970.
    Time(f64),
    /// Does not apply.
    Absent,
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Cell::Text(text.to_owned())
    }
}

impl From<f64> for Cell {
    fn from(value: f64) -> Self {
        Cell::Number(value.is_finite().then_some(value))
    }
}

impl From<Option<f64>> for Cell {
    fn from(value: Option<f64>) -> Self {
        Cell::Number(value.filter(|value| value.is_finite()))
    }
}

/// A column's heading and form.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// What a person reads.
    pub name: String,
    /// How its figures are written; `None` is a column of text or time.
    pub unit: Option<Unit>,
}

impl Column {
    /// A column of names or times.
    pub fn text(name: &str) -> Self {
        Column { name: name.to_owned(), unit: None }
    }

    /// A column of figures.
    pub fn number(name: &str, unit: Unit) -> Self {
        Column { name: name.to_owned(), unit: Some(unit) }
    }

    /// Its heading, with the unit.
    pub fn header(&self) -> String {
        match &self.unit {
            Some(unit) if !unit.unit.is_empty() => format!("{}, {}", self.name, unit.unit),
            _ => self.name.clone(),
        }
    }

    /// Its name in a file: `Final weight` → `final_weight`. Files hold figures in full and unscaled, so the unit is not in it.
    pub fn key(&self) -> String {
        let mut key: String = self
            .name
            .trim()
            .chars()
            .map(|letter| if letter.is_alphanumeric() { letter.to_ascii_lowercase() } else { '_' })
            .collect();
        while key.contains("__") {
            key = key.replace("__", "_");
        }
        let key = key.trim_matches('_');
        if key.is_empty() { String::from("column") } else { key.to_owned() }
    }
}

/// A table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Grid {
    /// Columns.
    pub columns: Vec<Column>,
    /// Rows, each as long as the columns.
    pub rows: Vec<Vec<Cell>>,
}

impl Grid {
    /// A table without rows.
    pub fn new(columns: Vec<Column>) -> Self {
        Grid { columns, rows: Vec::new() }
    }

    /// Adds a row; one that is too short is filled with what does not apply, one too long is cut.
    pub fn push(&mut self, mut row: Vec<Cell>) {
        row.resize(self.columns.len(), Cell::Absent);
        self.rows.push(row);
    }

    /// A cell as a person reads it.
    pub fn shown(&self, row: usize, column: usize) -> String {
        let unit = self.columns.get(column).and_then(|column| column.unit.as_ref());
        match self.rows.get(row).and_then(|row| row.get(column)) {
            Some(Cell::Text(text)) => text.clone(),
            Some(Cell::Number(value)) => unit.map_or_else(|| Unit::plain(2).show(*value), |unit| unit.show(*value)),
            Some(Cell::Time(seconds)) => number::local_date(&date(*seconds)),
            Some(Cell::Absent) | None => String::from("·"),
        }
    }

    /// Names of the columns in a file: no two alike.
    pub fn keys(&self) -> Vec<String> {
        let mut keys: Vec<String> = Vec::with_capacity(self.columns.len());
        for column in &self.columns {
            let key = column.key();
            // One more attempt than there are columns always finds a free one.
            let free = (2..self.columns.len() + 3).map(|number| format!("{key}_{number}")).find(|other| !keys.contains(other));
            keys.push(if keys.contains(&key) { free.unwrap_or(key) } else { key });
        }
        keys
    }

    /// As CSV: figures in full, what is unknown or does not apply is empty.
    pub fn to_csv(&self) -> String {
        let mut text = self.keys().iter().map(|key| field(key)).collect::<Vec<_>>().join(",");
        text.push('\n');
        for row in &self.rows {
            let cells: Vec<String> = row
                .iter()
                .map(|cell| match cell {
                    Cell::Text(text) => field(text),
                    Cell::Number(Some(value)) => value.to_string(),
                    Cell::Time(seconds) => date(*seconds),
                    Cell::Number(None) | Cell::Absent => String::new(),
                })
                .collect();
            text.push_str(&cells.join(","));
            text.push('\n');
        }
        text
    }

    /// As a JSON object of columns, which the engine's writers turn into any other format.
    pub fn to_columns(&self) -> String {
        let columns = self.keys().into_iter().enumerate().map(|(index, key)| {
            let cells = self.rows.iter().map(|row| match row.get(index) {
                Some(Cell::Text(text)) => json::text(text.clone()),
                Some(Cell::Number(value)) => json::maybe(*value),
                Some(Cell::Time(seconds)) => json::text(date(*seconds)),
                Some(Cell::Absent) | None => Json::Null,
            });
            (key, json::list(cells))
        });
        // Not through the sorted writer: the order of the columns is the table's.
        let body: Vec<String> =
            columns.map(|(key, cells)| format!("{}:{}", json::text_of(&json::text(key)), json::text_of(&cells))).collect();
        format!("{{{}}}", body.join(","))
    }
}

/// A time as a date, with the hour only where it has one: `2026-10-30`, `2026-10-30T14:30:00Z`.
pub fn date(seconds: f64) -> String {
    if !seconds.is_finite() {
        return String::from("unknown");
    }
    // A chart's seconds are far inside the range of nanoseconds in 64 bits; what is not is cut to it.
    UnixNanos((seconds * 1e9) as i64).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use allocator_core::codec::{self, Limits};

    fn grid() -> Grid {
        let mut grid = Grid::new(vec![
            Column::text("Symbol"),
            Column::number("Final weight", Unit::percent()),
            Column::text("Date"),
            Column::number("Final weight", Unit::percent()),
        ]);
        grid.push(vec!["BRK.B".into(), 0.1.into(), Cell::Time(1_793_318_400.0), f64::NAN.into()]);
        grid.push(vec!["=1+1".into(), Cell::Absent]);
        grid
    }

    #[test]
    fn a_person_reads_units_and_words() {
        let grid = grid();
        assert_eq!(grid.columns[1].header(), "Final weight, %");
        let row: Vec<String> = (0..4).map(|column| grid.shown(0, column)).collect();
        assert_eq!(row, ["BRK.B", "10.00", "2026-10-30", "unknown"]);
        assert_eq!(grid.shown(1, 1), "·");
    }

    #[test]
    fn a_program_reads_full_figures_under_names_of_their_own() {
        assert_eq!(grid().to_csv(), "symbol,final_weight,date,final_weight_2\nBRK.B,0.1,2026-10-30,\n'=1+1,,,\n");
    }

    #[test]
    fn the_engines_reader_reads_the_columns_in_order() {
        let table = codec::read(grid().to_columns().as_bytes(), "twin.json", &Limits::default()).unwrap();
        assert_eq!(table.rows, 2);
        assert_eq!(table.columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>(), grid().keys());
        assert_eq!(table.columns[1].cell(0), codec::Cell::Float(0.1));
        assert_eq!(table.columns[1].cell(1), codec::Cell::Null);
    }
}
