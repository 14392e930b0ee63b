//! A file as the page shows it: how its columns were read, its first rows, what stops it.

use super::mend::Said;
use super::problem::{Fault, Problem};
use allocator_core::wire::{Json, parse};

/// The page's number of a file; the worker knows it by the same.
pub type FileKey = u32;

/// What a file is used for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Use {
    /// Rows of strategies: symbol, score, weight.
    Signals,
    /// Returns of strategies.
    Returns,
    /// Prices of symbols: what formulas and backtests begin with.
    Prices,
    /// Weights of symbols over time: what an audit scales.
    Weights,
    /// Read, and of no use to any view (positions).
    #[default]
    Nothing,
}

/// One column as it was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Column {
    /// Name in the file.
    pub name: String,
    /// Type in the file.
    pub type_name: String,
    /// What it was taken for; `ignore` where it is not used.
    pub taken_as: String,
    /// Cells without a value.
    pub nulls: u64,
    /// Cells that are not a number.
    pub nans: u64,
    /// Smallest value, as text.
    pub min: String,
    /// Largest value, as text.
    pub max: String,
}

impl Column {
    /// What it was taken for, for a person.
    pub fn role(&self) -> String {
        if self.is_used() { self.taken_as.clone() } else { String::from("not used") }
    }

    /// Whether it is used.
    pub fn is_used(&self) -> bool {
        !matches!(self.taken_as.as_str(), "" | "ignore")
    }

    /// Whether its cells are numbers.
    pub fn is_numeric(&self) -> bool {
        ["int", "uint", "float", "double", "decimal", "half"].iter().any(|prefix| self.type_name.starts_with(prefix))
    }
}

/// A row of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// Its line in a file of lines, its number otherwise, from 1.
    pub line: u64,
    /// Its cells as text; `None` is an empty one.
    pub cells: Vec<Option<String>>,
}

/// The reader's report.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// What the file is used for.
    pub used_as: Use,
    /// Format it was read as.
    pub format: String,
    /// The table's shape in the reader's words.
    pub shape: String,
    /// Rows.
    pub rows: u64,
    /// Columns, in the order of the file.
    pub columns: Vec<Column>,
    /// The first rows as they stand in the file, before any mend.
    pub rows_shown: Vec<Row>,
    /// Ids that it gives signals or returns for.
    pub names: Vec<String>,
    /// What stops it, empty if it is in use.
    pub problem: Option<Problem>,
    /// What is worth knowing.
    pub warnings: Vec<Fault>,
}

impl Use {
    /// The engine's word for it, as [`super::mend::KINDS`] has it.
    pub const fn word(self) -> &'static str {
        match self {
            Use::Signals => "signals",
            Use::Returns => "returns",
            Use::Prices => "prices",
            Use::Weights => "weights",
            Use::Nothing => "",
        }
    }
}

impl Report {
    /// Reads the session's report.
    ///
    /// # Errors
    /// The text is not such a report, which would be a defect.
    pub fn from_text(text: &str) -> Result<Self, Problem> {
        let json = parse(text.as_bytes()).map_err(|_| Problem::saying("The engine's report could not be read."))?;
        Ok(Report::from_json(&json))
    }

    fn from_json(json: &Json) -> Self {
        let inspection = json.get("inspection").unwrap_or(&Json::Null);
        let text = |json: &Json, key: &str| json.get(key).and_then(Json::as_str).unwrap_or_default().to_owned();
        let number = |json: &Json, key: &str| json.get(key).and_then(Json::as_f64).unwrap_or(0.0) as u64;
        let list = |json: &Json, key: &str| json.get(key).and_then(Json::as_array).unwrap_or_default().to_vec();
        let columns = list(inspection, "columns")
            .iter()
            .map(|column| Column {
                name: text(column, "name"),
                type_name: text(column, "type"),
                taken_as: text(column, "taken_as"),
                nulls: number(column, "nulls"),
                nans: number(column, "nans"),
                min: column.get("min").and_then(end).unwrap_or_default(),
                max: column.get("max").and_then(end).unwrap_or_default(),
            })
            .collect();
        let cells = |row: &Json| row.as_array().unwrap_or_default().iter().map(cell).collect::<Vec<_>>();
        let rows_shown = list(json, "rows")
            .iter()
            .map(|row| Row { line: number(row, "line"), cells: row.get("cells").map(cells).unwrap_or_default() })
            .collect();
        Report {
            used_as: match text(json, "used_as").as_str() {
                "signals" => Use::Signals,
                "returns" => Use::Returns,
                "prices" => Use::Prices,
                "weights" => Use::Weights,
                _ => Use::Nothing,
            },
            format: text(inspection, "format"),
            shape: text(inspection, "shape"),
            rows: number(inspection, "rows"),
            columns,
            rows_shown,
            names: list(json, "names").iter().filter_map(|name| name.as_str().map(str::to_owned)).collect(),
            problem: json.get("problem").filter(|problem| **problem != Json::Null).map(Problem::from_json),
            warnings: Fault::list(json.get("warnings")),
        }
    }

    /// Whether the engine uses it.
    pub fn is_usable(&self) -> bool {
        self.problem.is_none()
    }

    /// Whether places are named by lines.
    pub fn has_lines(&self) -> bool {
        self.format == "csv"
    }

    /// The row of a line, from 0: blank lines and fields over several lines count, where the rows are known.
    fn row_of_line(&self, line: usize) -> Option<usize> {
        let line_number = line as u64;
        match self.rows_shown.binary_search_by(|row| row.line.cmp(&line_number)) {
            Ok(row) => Some(row),
            // Beyond the rows that are shown: counted on from the last.
            Err(at) if at == self.rows_shown.len() && at > 0 => {
                let last = self.rows_shown.last().map_or(0, |row| row.line);
                usize::try_from(line_number - last).ok().map(|beyond| at - 1 + beyond)
            }
            Err(_) if self.rows_shown.is_empty() => line.checked_sub(2),
            Err(_) => None,
        }
    }

    /// The cell, or the column, that a fault's place names: row and column from 0.
    pub fn place_of(&self, fault: &Fault) -> Option<(Option<usize>, usize)> {
        let by_name = |name: &str| self.columns.iter().position(|column| column.name == name && !name.is_empty());
        let within = |index: usize| (index < self.columns.len()).then_some(index);
        // signals.arrow:row 17:column score
        if let Some((before, name)) = fault.path.split_once(":column ") {
            let row = before.rsplit_once(":row ").and_then(|(_, row)| row.parse::<usize>().ok());
            return by_name(name).map(|column| (row.and_then(|row| row.checked_sub(1)), column));
        }
        // signals.json#/16/score and signals.json#/score/16
        if let Some((_, pointer)) = fault.path.split_once('#') {
            let (before, last) = pointer.rsplit_once('/')?;
            let former = before.rsplit('/').next().unwrap_or_default();
            return match (last.parse::<usize>(), former.parse::<usize>()) {
                (Err(_), Ok(row)) => by_name(last).map(|column| (Some(row), column)),
                (Ok(row), Err(_)) => by_name(former).map(|column| (Some(row), column)),
                (Ok(column), Ok(row)) => within(column).map(|column| (Some(row), column)),
                (Err(_), Err(_)) => None,
            };
        }
        // signals.csv:17:3, line and field from 1; the header is line 1
        let mut parts = fault.path.rsplit(':');
        let (field, line) = (parts.next()?.parse::<usize>().ok()?, parts.next()?.parse::<usize>().ok()?);
        within(field.checked_sub(1)?).map(|column| (self.row_of_line(line), column))
    }

    /// The faults in a column.
    pub fn faults_in_column(&self, column: usize) -> impl Iterator<Item = &Fault> {
        self.faults().filter(move |fault| self.place_of(fault).is_some_and(|(_, place)| place == column))
    }

    /// The first fault of a cell.
    pub fn fault_of_cell(&self, row: usize, column: usize) -> Option<&Fault> {
        self.faults().find(|fault| self.place_of(fault) == Some((Some(row), column)))
    }

    /// All faults.
    pub fn faults(&self) -> impl Iterator<Item = &Fault> {
        self.problem.iter().flat_map(|problem| &problem.faults)
    }
}

/// An end of a range: six digits say enough, the cells below are shown in full.
fn end(json: &Json) -> Option<String> {
    match json {
        Json::Number(value) if value.fract() != 0.0 => format!("{value:.5e}").parse::<f64>().ok().map(|value| value.to_string()),
        _ => cell(json),
    }
}

/// A cell as text; null is none.
fn cell(json: &Json) -> Option<String> {
    match json {
        Json::Null => None,
        Json::Bool(value) => Some(value.to_string()),
        Json::Number(value) => Some(value.to_string()),
        Json::String(value) => Some(value.clone()),
        Json::Array(_) | Json::Object(_) | Json::Held(_) => Some(json.brief()),
    }
}

/// Where a file stands on its way into the allocation.
#[derive(Clone, Debug, PartialEq)]
pub enum Progress {
    /// The worker reads it.
    Reading,
    /// Read; its report says whether it is used.
    Read(Report),
    /// It could not be read at all.
    Refused(Problem),
}

/// A file the user gave.
#[derive(Clone, Debug, PartialEq)]
pub struct FileEntry {
    /// Its number.
    pub key: FileKey,
    /// Its name.
    pub name: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// Where it stands.
    pub progress: Progress,
    /// What the user says about it.
    pub said: Said,
}

impl FileEntry {
    /// Whether its data are in the allocation.
    pub fn is_used(&self) -> bool {
        matches!(&self.progress, Progress::Read(report) if report.is_usable() && report.used_as != Use::Nothing)
    }

    /// What stops it, if something does.
    pub fn problem(&self) -> Option<&Problem> {
        match &self.progress {
            Progress::Read(report) => report.problem.as_ref(),
            Progress::Refused(problem) => Some(problem),
            Progress::Reading => None,
        }
    }

    /// The reader's report, if it got that far.
    pub fn report(&self) -> Option<&Report> {
        match &self.progress {
            Progress::Read(report) => Some(report),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_is_read_in_full() {
        let text = r#"{"used_as":"signals","names":["a","b"],"problem":null,"warnings":[],"inspection":{"format":"csv","shape":"long",
            "rows":2,"columns":[{"name":"symbol","type":"string","taken_as":"symbol","nulls":0,"min":"A","max":"B"},
            {"name":"score","type":"float64","taken_as":"score","nulls":1,"min":0.0019698432,"max":0.5}]},
            "rows":[{"cells":["A",0.5],"line":2},{"cells":["B",null],"line":3}]}"#;
        let report = Report::from_text(text).unwrap();
        assert_eq!((report.used_as, report.rows, report.is_usable()), (Use::Signals, 2, true));
        assert_eq!((report.columns[1].nulls, report.columns[1].min.as_str()), (1, "0.00196984"));
        assert_eq!(report.rows_shown[1], Row { line: 3, cells: vec![Some("B".to_owned()), None] });
    }

    #[test]
    fn places_of_every_format_lead_to_their_cell() {
        let columns = ["symbol", "score"].map(|name| Column { name: name.into(), ..Column::default() }).to_vec();
        let report = Report { columns, ..Report::default() };
        let place = |path: &str| report.place_of(&Fault { path: path.into(), ..Fault::default() });
        assert_eq!(place("a:b.csv:17:2"), Some((Some(15), 1)));
        assert_eq!(place("a.csv:1:2"), Some((None, 1)));
        assert_eq!(place("a.arrow:row 17:column score"), Some((Some(16), 1)));
        assert_eq!(place("a.arrow:column score"), Some((None, 1)));
        assert_eq!(place("a.json#/16/score"), Some((Some(16), 1)));
        assert_eq!(place("a.json#/score/16"), Some((Some(16), 1)));
        assert_eq!(place("a.json#/16/1"), Some((Some(16), 1)));
        assert_eq!((place("a.csv"), place("a.csv:9:9"), place("")), (None, None, None));
    }
}
