//! The file of scalars that one run leaves for the next, and its `_meta.json` (R5, R6).
//!
//! Two columns: the date, whatever it is called, and `risk_scalar_applied`. Strictly read, anything that is not exactly that is refused:
//! gaps, unsorted or duplicate dates, scalars outside 0 to 1, a last line cut short, a digest, number of rows or universe that is not the
//! one in the meta file. Nothing runs unscaled because a file was wrong. Read forgivingly (the recorded system 003), rows are sorted, the
//! last of equal dates wins, gaps are filled forward and the meta file may be missing.

use crate::config::risk::Loader;
use crate::error::{Code, Fault, Faults};
use crate::units::UnixNanos;
use crate::wire::{Digest, Json, parse};

/// The column of scalars.
pub const COLUMN: &str = "risk_scalar_applied";

/// Most rows of a file.
pub const ROWS_MAX: usize = 100_000;

/// What a file is read with.
#[derive(Clone, Copy, Debug)]
pub struct FileContext<'a> {
    /// How strictly.
    pub loader: Loader,
    /// The text of the meta file.
    pub meta: Option<&'a str>,
    /// The run the scalars should be of.
    pub run_id: Option<&'a str>,
    /// The symbols of the weights, sorted; `None` where there are no weights.
    pub universe: Option<&'a [String]>,
    /// Places of the two texts, for messages.
    pub places: (&'a str, &'a str),
}

/// Reads a file of scalars: date and scalar, dates ascending.
///
/// Pushes every fault found and answers `None`.
pub fn read_scalars(text: &str, context: &FileContext<'_>, faults: &mut Faults) -> Option<Vec<(UnixNanos, f64)>> {
    let before = faults.count();
    let rows = read_rows(text, context, faults);
    if faults.count() == before && context.loader == Loader::Strict {
        check_meta(text, &rows, context, faults);
    }
    (faults.count() == before).then_some(rows)
}

fn read_rows(text: &str, context: &FileContext<'_>, faults: &mut Faults) -> Vec<(UnixNanos, f64)> {
    let strict = context.loader == Loader::Strict;
    let file = context.places.0;
    let place = |line: usize, column: usize| format!("{file}:{line}:{column}");
    let mut lines = text.lines().enumerate().map(|(i, line)| (i + 1, line.trim_end_matches('\r')));
    let Some((_, header)) = lines.next() else {
        faults.push(Fault::new(Code::Empty, file, "The file of scalars is empty.", "Give the file that an earlier run wrote."));
        return Vec::new();
    };
    let names: Vec<&str> = header.trim_start_matches('\u{feff}').split(',').map(|name| name.trim().trim_matches('"')).collect();
    let named = names.iter().skip(1).position(|name| *name == COLUMN).map(|i| i + 1);
    let Some(column) = named.or((!strict && names.len() == 2).then_some(1)) else {
        let message = format!("There is no column {COLUMN:?} among {:?}.", &names[names.len().min(1)..]);
        faults.push(Fault::new(Code::MissingColumn, place(1, 1), message, "Give the applied scalars of an earlier run."));
        return Vec::new();
    };
    let mut rows: Vec<(UnixNanos, Option<f64>)> = Vec::new();
    for (line, content) in lines {
        if faults.is_full() {
            return Vec::new();
        }
        if content.is_empty() {
            continue;
        }
        if rows.len() >= ROWS_MAX {
            let message = format!("More than {ROWS_MAX} rows.");
            faults.push(Fault::new(Code::LimitExceeded, place(line, 1), message, "Keep one row for each rebalance."));
            return Vec::new();
        }
        let cells: Vec<&str> = content.split(',').map(|cell| cell.trim().trim_matches('"')).collect();
        if cells.len() != names.len() {
            let message = format!("A row of {} cells under {} names.", cells.len(), names.len());
            faults.push(Fault::new(Code::BrokenRow, place(line, 1), message, "The file may be cut short; write it anew."));
            continue;
        }
        let date = UnixNanos::parse(cells[0]);
        if date.is_none() {
            let message = format!("{:?} is not a date.", cells[0]);
            faults.push(Fault::new(Code::InvalidDate, place(line, 1), message, "Write 2024-01-31."));
        }
        let scalar = read_scalar(cells[column], strict, &place(line, 2), faults);
        if let (Some(date), Some(scalar)) = (date, scalar) {
            rows.push((date, scalar));
        }
    }
    if rows.is_empty() && faults.is_empty() {
        faults.push(Fault::new(
            Code::Empty,
            file,
            "The file of scalars has no rows.",
            "Give the file that an earlier run wrote.",
        ));
    }
    if strict { in_order(rows, &place, faults) } else { mended(rows, file, faults) }
}

/// A scalar, `Some(None)` where the cell is empty.
#[allow(clippy::option_option, reason = "a cell is read or refused, and what is read may be empty")]
fn read_scalar(cell: &str, strict: bool, place: &str, faults: &mut Faults) -> Option<Option<f64>> {
    let missing = cell.is_empty() || cell.eq_ignore_ascii_case("nan");
    if missing && !strict {
        return Some(None);
    }
    let range = "Scalars lie above 0, and at most at 1.";
    match cell.parse::<f64>() {
        Ok(value) if value.is_finite() && value > 0.0 && value <= 1.0 => Some(Some(value)),
        Ok(value) if value.is_finite() => {
            faults.push(Fault::new(Code::OutOfRange, place, format!("The scalar is {value}."), range));
            None
        }
        _ if missing || cell.parse::<f64>().is_ok() => {
            let message = format!("The scalar is {cell:?}, which is no number.");
            faults.push(Fault::new(Code::NotFinite, place, message, "Every rebalance needs a scalar."));
            None
        }
        _ => {
            faults.push(Fault::new(Code::InvalidCell, place, format!("{cell:?} is not a number."), range));
            None
        }
    }
}

/// Strict: dates must ascend.
fn in_order(
    rows: Vec<(UnixNanos, Option<f64>)>,
    place: &impl Fn(usize, usize) -> String,
    faults: &mut Faults,
) -> Vec<(UnixNanos, f64)> {
    for (i, pair) in rows.windows(2).enumerate() {
        let here = place(i + 3, 1);
        if pair[0].0 == pair[1].0 {
            let message = format!("{} stands twice.", pair[0].0);
            faults.push(Fault::new(Code::Duplicate, here, message, "Keep one row for each date."));
        } else if pair[0].0 > pair[1].0 {
            let message = format!("{} comes after {}.", pair[1].0, pair[0].0);
            faults.push(Fault::new(Code::Unsorted, here, message, "Write the file anew; dates must ascend."));
        }
    }
    rows.into_iter().filter_map(|(date, scalar)| Some((date, scalar?))).collect()
}

/// Forgiving: sorted, the last of equal dates, gaps filled forward.
fn mended(mut rows: Vec<(UnixNanos, Option<f64>)>, file: &str, faults: &mut Faults) -> Vec<(UnixNanos, f64)> {
    rows.sort_by_key(|(date, _)| *date);
    let mut filled: Vec<(UnixNanos, f64)> = Vec::with_capacity(rows.len());
    for (i, (date, scalar)) in rows.iter().enumerate() {
        if rows.get(i + 1).is_some_and(|(next, _)| next == date) {
            continue;
        }
        if let Some(scalar) = scalar.or(filled.last().map(|(_, before)| *before)) {
            filled.push((*date, scalar));
        } else {
            let message = format!("The first scalar, that of {date}, is missing.");
            faults.push(Fault::new(Code::NotFinite, file, message, "Begin the file with a scalar."));
            return Vec::new();
        }
    }
    filled
}

/// Strict: the meta file must be there and agree.
fn check_meta(text: &str, rows: &[(UnixNanos, f64)], context: &FileContext<'_>, faults: &mut Faults) {
    let (file, meta_file) = context.places;
    let Some(meta) = context.meta else {
        faults.push(Fault::new(
            Code::MissingField,
            meta_file,
            "The scalars come without their _meta.json, which says of which run and universe they are.",
            "Give it, or set loader: forgiving to do without.",
        ));
        return;
    };
    let meta = match parse(meta.as_bytes()) {
        Ok(meta) => meta,
        Err(problem) => return faults.extend(Faults::from(problem).under(&format!("{meta_file}:"))),
    };
    let mut differs = |field: &str, place: &str, message: String, hint: &str| {
        faults.push(Fault::new(Code::ScalarFile, format!("{place}#{field}"), message, hint));
    };
    let cut = "The file was changed or cut short after it was written; run the earlier run again.";
    if let Some(count) = meta.get("rows").and_then(Json::as_f64)
        && count != rows.len() as f64
    {
        differs("rows", file, format!("The file has {} rows, and was written with {count}.", rows.len()), cut);
    }
    let digest = Digest::of(text.as_bytes()).to_string();
    match meta.get("sha256").and_then(Json::as_str) {
        Some(wanted) if wanted == digest => {}
        Some(_) => differs("sha256", file, String::from("The file is not the one that was written."), cut),
        None => differs("sha256", meta_file, String::from("The meta file has no sha256."), cut),
    }
    if let (Some(wanted), Some(found)) = (context.run_id, meta.get("run_id").and_then(Json::as_str))
        && wanted != found
    {
        let hint = "Name the run in precomputed_run_id.";
        differs("run_id", meta_file, format!("The scalars are of the run {found:?}, not {wanted:?}."), hint);
    }
    if let Some(universe) = context.universe {
        let theirs: Option<Vec<&str>> =
            meta.get("universe").and_then(Json::as_array).map(|names| names.iter().filter_map(Json::as_str).collect());
        let hint = "Use the scalars of a run over the same symbols.";
        match theirs {
            None => differs("universe", meta_file, String::from("The meta file names no universe."), hint),
            Some(theirs) => {
                let strange: Vec<&str> =
                    universe.iter().map(String::as_str).filter(|symbol| !theirs.contains(symbol)).take(5).collect();
                if !strange.is_empty() {
                    let message = format!("The scalars are of a universe without {}.", strange.join(", "));
                    differs("universe", meta_file, message, hint);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "date,risk_scalar_applied\n2020-03-20,1.0\n2020-03-27,0.85\n";

    fn meta(text: &str) -> String {
        format!(
            "{{\"rows\":{},\"run_id\":\"base\",\"sha256\":\"{}\",\"universe\":[\"A\",\"B\"]}}",
            text.lines().count().saturating_sub(1),
            Digest::of(text.as_bytes())
        )
    }

    fn read(text: &str, meta: Option<&str>, loader: Loader) -> Result<Vec<f64>, Vec<Code>> {
        let universe = [String::from("A"), String::from("B")];
        let context =
            FileContext { loader, meta, run_id: Some("base"), universe: Some(&universe), places: ("f.csv", "f_meta.json") };
        let mut faults = Faults::new();
        read_scalars(text, &context, &mut faults)
            .map(|rows| rows.into_iter().map(|(_, scalar)| scalar).collect())
            .ok_or_else(|| faults.as_slice().iter().map(|fault| fault.code).collect())
    }

    #[test]
    fn a_good_file_is_read() {
        assert_eq!(read(GOOD, Some(&meta(GOOD)), Loader::Strict), Ok(vec![1.0, 0.85]));
        assert_eq!(read(GOOD, None, Loader::Forgiving), Ok(vec![1.0, 0.85]));
    }

    #[test]
    fn anything_else_is_refused() {
        for (text, code) in [
            ("", Code::Empty),
            ("date,risk_scalar_applied\n", Code::Empty),
            ("date,a,b\n2020-03-20,1,1\n", Code::MissingColumn),
            ("date,other\n2020-03-20,1\n", Code::MissingColumn),
            ("date,risk_scalar_applied\n2020-03-20,1.0\n2020-03-27", Code::BrokenRow),
            ("date,risk_scalar_applied\n2020-03-27,1.0\n2020-03-20,0.9\n", Code::Unsorted),
            ("date,risk_scalar_applied\n2020-03-27,1.0\n2020-03-27,0.9\n", Code::Duplicate),
            ("date,risk_scalar_applied\n2020-03-27,\n", Code::NotFinite),
            ("date,risk_scalar_applied\n2020-03-27,NaN\n", Code::NotFinite),
            ("date,risk_scalar_applied\n2020-03-27,-0.5\n", Code::OutOfRange),
            ("date,risk_scalar_applied\n2020-03-27,1.5\n", Code::OutOfRange),
            ("date,risk_scalar_applied\n2020-03-27,x\n", Code::InvalidCell),
            ("date,risk_scalar_applied\nyesterday,0.5\n", Code::InvalidDate),
        ] {
            assert_eq!(read(text, Some(&meta(text)), Loader::Strict), Err(vec![code]), "{text:?}");
        }
    }

    #[test]
    fn a_file_must_agree_with_its_meta() {
        assert_eq!(read(GOOD, None, Loader::Strict), Err(vec![Code::MissingField]));
        assert_eq!(read(GOOD, Some("{"), Loader::Strict), Err(vec![Code::InvalidJson]));
        // Cut after a whole line: every cell is fine, and only the meta file knows.
        let cut = "date,risk_scalar_applied\n2020-03-20,1.0\n";
        assert_eq!(read(cut, Some(&meta(GOOD)), Loader::Strict), Err(vec![Code::ScalarFile, Code::ScalarFile]));
        let elsewhere = meta(GOOD).replace("\"B\"", "\"C\"");
        assert_eq!(read(GOOD, Some(&elsewhere), Loader::Strict), Err(vec![Code::ScalarFile]));
        let other_run = meta(GOOD).replace("base", "other");
        assert_eq!(read(GOOD, Some(&other_run), Loader::Strict), Err(vec![Code::ScalarFile]));
    }

    #[test]
    fn forgiving_sorts_keeps_the_last_and_fills_forward() {
        let text = "d,s\n2020-04-03,0.5\n2020-03-20,0.8\n2020-03-27,\n2020-03-20,0.9\n";
        assert_eq!(read(text, None, Loader::Forgiving), Ok(vec![0.9, 0.9, 0.5]));
        assert_eq!(read("d,s\n2020-03-20,\n", None, Loader::Forgiving), Err(vec![Code::NotFinite]));
        assert_eq!(read("d,a,b\n2020-03-20,1,1\n", None, Loader::Forgiving), Err(vec![Code::MissingColumn]));
    }
}
