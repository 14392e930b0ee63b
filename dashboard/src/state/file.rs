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
    /// Its number in the file, from 0.
    pub row: usize,
    /// Its cells of the columns shown as text; `None` is an empty one.
    pub cells: Vec<Option<String>>,
}

/// A cell, or a column as a whole; rows and columns from 0, as the file has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its row; none for a column as a whole.
    pub row: Option<usize>,
    /// Its column.
    pub column: usize,
}

/// How a text of separated values was read, in the engine's words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Between fields: `comma`, `semicolon`, `tab`, `bar`.
    pub delimiter: String,
    /// Whether the first row names the columns.
    pub header: bool,
    /// In numbers: `point`, `comma`.
    pub decimal: String,
}

/// The reader's report.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// What the file is used for.
    pub used_as: Use,
    /// Format it was read as.
    pub format: String,
    /// How its text was read, where it is one.
    pub written: Option<Written>,
    /// How it would be read if nothing were said of it.
    pub found: Option<Written>,
    /// The table's shape in the reader's words.
    pub shape: String,
    /// Rows.
    pub rows: u64,
    /// Columns, in the order of the file.
    pub columns: Vec<Column>,
    /// Columns whose cells are known here, by number, ascending.
    pub columns_shown: Vec<usize>,
    /// The first rows as they stand in the file, before any mend, and those around a fault, ascending.
    pub rows_shown: Vec<Row>,
    /// Where each fault of the problem is, in their order.
    pub places: Vec<Option<Place>>,
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

fn written(json: Option<&Json>) -> Option<Written> {
    let json = json.filter(|json| **json != Json::Null)?;
    let word = |key: &str| json.get(key).and_then(Json::as_str).unwrap_or_default().to_owned();
    Some(Written {
        delimiter: word("delimiter"),
        header: json.get("header") == Some(&Json::Bool(true)),
        decimal: word("decimal"),
    })
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
            .map(|row| Row {
                line: number(row, "line"),
                row: number(row, "row") as usize,
                cells: row.get("cells").map(cells).unwrap_or_default(),
            })
            .collect();
        let place = |place: &Json| {
            let whole = |key: &str| place.get(key).and_then(Json::as_f64).map(|value| value as usize);
            Some(Place { row: whole("row"), column: whole("column")? })
        };
        Report {
            used_as: match text(json, "used_as").as_str() {
                "signals" => Use::Signals,
                "returns" => Use::Returns,
                "prices" => Use::Prices,
                "weights" => Use::Weights,
                _ => Use::Nothing,
            },
            format: text(inspection, "format"),
            written: written(json.get("written")),
            found: written(json.get("found")),
            shape: text(inspection, "shape"),
            rows: number(inspection, "rows"),
            columns,
            columns_shown: list(json, "columns")
                .iter()
                .filter_map(|column| column.as_f64().map(|column| column as usize))
                .collect(),
            rows_shown,
            places: list(json, "places").iter().map(place).collect(),
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

    /// The row of a number, if it is known here.
    pub fn row(&self, row: usize) -> Option<&Row> {
        let at = self.rows_shown.binary_search_by_key(&row, |shown| shown.row).ok()?;
        self.rows_shown.get(at)
    }

    /// What stands in a cell; none if it is empty or not known here.
    pub fn cell(&self, row: usize, column: usize) -> Option<&str> {
        let at = self.columns_shown.binary_search(&column).ok()?;
        self.row(row)?.cells.get(at)?.as_deref()
    }

    /// The cell, or the column, that a fault is about.
    pub fn place_of(&self, fault: &Fault) -> Option<Place> {
        self.faults().zip(&self.places).find_map(|(known, place)| (known == fault).then_some(*place)).flatten()
    }

    /// The faults in a column.
    pub fn faults_in_column(&self, column: usize) -> impl Iterator<Item = &Fault> {
        self.faults().filter(move |fault| self.place_of(fault).is_some_and(|place| place.column == column))
    }

    /// The first fault of a cell.
    pub fn fault_of_cell(&self, row: usize, column: usize) -> Option<&Fault> {
        self.faults().find(|fault| self.place_of(fault) == Some(Place { row: Some(row), column }))
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
#[allow(clippy::large_enum_variant, reason = "there are few files, and most of them have a report")]
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

/// What later files give in the place of a file: name of the file, and of the strategies or symbols that it gives.
pub fn overruled(files: &[FileEntry], key: FileKey) -> Vec<(String, Vec<String>)> {
    let Some(at) = files.iter().position(|file| file.key == key && file.is_used()) else {
        return Vec::new();
    };
    let Some(report) = files[at].report() else {
        return Vec::new();
    };
    let mut left: Vec<&String> = report.names.iter().collect();
    let mut found = Vec::new();
    // The newest counts, so that each name is given by the last that has it.
    for other in files[at + 1..].iter().rev().filter(|other| other.is_used()) {
        let Some(theirs) = other.report().filter(|theirs| theirs.used_as == report.used_as) else { continue };
        let (taken, rest): (Vec<&String>, Vec<&String>) = left.into_iter().partition(|name| theirs.names.contains(name));
        if !taken.is_empty() {
            found.push((other.name.clone(), taken.into_iter().cloned().collect()));
        }
        left = rest;
    }
    found.reverse();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_is_read_in_full() {
        let text = r#"{"used_as":"signals","names":["a","b"],"problem":null,"warnings":[],"inspection":{"format":"csv","shape":"long",
            "rows":2,"columns":[{"name":"symbol","type":"string","taken_as":"symbol","nulls":0,"min":"A","max":"B"},
            {"name":"score","type":"float64","taken_as":"score","nulls":1,"min":0.0019698432,"max":0.5}]},
            "rows":[{"cells":["A",0.5],"line":2,"row":0},{"cells":["B",null],"line":3,"row":1}]}"#;
        let report = Report::from_text(text).unwrap();
        assert_eq!((report.used_as, report.rows, report.is_usable()), (Use::Signals, 2, true));
        assert_eq!((report.columns[1].nulls, report.columns[1].min.as_str()), (1, "0.00196984"));
        assert_eq!(report.rows_shown[1], Row { line: 3, row: 1, cells: vec![Some("B".to_owned()), None] });
    }

    #[test]
    fn a_strategy_of_two_files_is_that_of_the_later_one() {
        let file = |key: FileKey, used_as: Use, names: &[&str]| FileEntry {
            key,
            name: format!("{key}.csv"),
            bytes: 1,
            progress: Progress::Read(Report {
                used_as,
                names: names.iter().map(|name| (*name).to_owned()).collect(),
                ..Report::default()
            }),
            said: Said::default(),
        };
        let files = [
            file(1, Use::Signals, &["a", "b", "c"]),
            file(2, Use::Signals, &["b", "c"]),
            file(3, Use::Returns, &["a"]),
            file(4, Use::Signals, &["c"]),
        ];
        let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(overruled(&files, 1), [("2.csv".to_owned(), list(&["b"])), ("4.csv".to_owned(), list(&["c"]))]);
        assert_eq!(overruled(&files, 2), [("4.csv".to_owned(), list(&["c"]))]);
        assert_eq!((overruled(&files, 3), overruled(&files, 4), overruled(&files, 9)), (vec![], vec![], vec![]));
    }

    #[test]
    fn a_fault_leads_to_its_cell_however_far_down_or_right() {
        let text = r#"{"used_as":"nothing","names":[],"warnings":[],"inspection":{"format":"csv","shape":"long","rows":900,"columns":[]},
            "problem":{"problems":[{"code":"wrong_type","path":"a.csv:702:61","message":"m","hint":"h"},{"code":"x","path":"a.csv"}]},
            "places":[{"row":700,"column":60},null],"columns":[0,60],
            "rows":[{"cells":["A","1"],"line":2,"row":0},{"cells":["B","0,5"],"line":702,"row":700}]}"#;
        let report = Report::from_text(text).unwrap();
        let faults: Vec<&Fault> = report.faults().collect();
        assert_eq!(report.place_of(faults[0]), Some(Place { row: Some(700), column: 60 }));
        assert_eq!((report.place_of(faults[1]), report.place_of(&Fault::default())), (None, None));
        assert_eq!((report.cell(700, 60), report.cell(700, 1), report.cell(1, 0)), (Some("0,5"), None, None));
        assert_eq!(report.fault_of_cell(700, 60), Some(faults[0]));
        assert_eq!(report.faults_in_column(60).count(), 1);
    }
}
