//! CSV: delimiter and header found out, every broken row named by its line, numbers read to the last bit.
//!
//! *How a column gets its type.* Numbers as long as every cell is a number or missing; else dates, if every word is one; else
//! true and false; else text. Columns whose names say symbol are text whatever they look like, so `007`, `NA` and
//! `TRUE` stay what they are. *Missing* is an empty cell; in a column of numbers also `N/A`, `NA`, `#N/A`, `null` and `None`.
//! `NaN` is a number that is not finite, not a missing one: what wants a finite number refuses it at its cell.

use super::column::ColumnBuilder;
use super::dialect::{DecimalMark, Delimiter, Dialect, Written};
use super::edit::with_point;
use super::role::{Role, role_of_name};
use super::table::{Lines, Places, Table};
use super::{Format, Limits};
use crate::error::{Code, Fault, Faults, Problem};
use crate::units::UnixNanos;

const SAMPLE_BYTES: usize = 64 << 10;
const SAMPLE_ROWS: usize = 50;

pub(crate) fn read(bytes: &[u8], name: &str, dialect: Dialect, limits: &Limits) -> Result<Table, Problem> {
    let bytes = without_mark(bytes);
    let delimiter = dialect.delimiter.unwrap_or_else(|| detect_delimiter(bytes)).byte();
    let has_commas = dialect.decimal == DecimalMark::Comma;
    let mut first = ::csv::ByteRecord::new();
    if !next(&mut reader(bytes, delimiter), &mut first, name)? {
        return Err(Problem::new(Code::Empty, name, "The file has no row.", "Give a file with a header and rows."));
    }
    let has_header = dialect.header.unwrap_or_else(|| is_header(&first));
    let width = first.len();
    limits.check_shape(0, width as u64, name)?;
    let names: Vec<String> = if has_header {
        first.iter().map(|cell| String::from_utf8_lossy(cell).trim().to_owned()).collect()
    } else {
        (1..=width).map(|i| format!("column_{i}")).collect()
    };
    let mut builders: Vec<ColumnBuilder> = names
        .iter()
        .map(|name| match role_of_name(name) {
            Some((Role::Symbol, _)) => ColumnBuilder::text(),
            _ => ColumnBuilder::guess(),
        })
        .collect();

    // Names stay what they are, also those that look like numbers.
    let are_names: Vec<bool> =
        names.iter().map(|name| matches!(role_of_name(name), Some((Role::Symbol | Role::Strategy, _)))).collect();
    let mut faults = Faults::new();
    let mut lines = Lines::new(if has_header { place_of(&first, bytes).1 } else { 0 });
    let rows = scan(bytes, delimiter, has_header, width, name, limits, &mut faults, |row, line, record| {
        lines.push(row, line);
        for (column, (builder, cell)) in builders.iter_mut().zip(record.iter()).enumerate() {
            let pushed = match if has_commas && !are_names[column] { comma(cell) } else { Comma::Other } {
                Comma::Number(pointed) => builder.push_csv(row, pointed.as_bytes()),
                // Whether it is the other mark or a slip, nobody knows: it is no number here, and is told as one that is none.
                Comma::Pointed => builder.push_word(row, cell),
                Comma::Other => builder.push_csv(row, cell),
            };
            if let Err(why) = pushed {
                return Err(Fault::new(
                    Code::InvalidCell,
                    format!("{name}:{line}:{}", column + 1),
                    format!("The cell is not UTF-8 ({why})."),
                    "Save the file as UTF-8.",
                ));
            }
        }
        Ok(())
    })?;
    for builder in &builders {
        limits.check_text(builder.text_bytes() as u64, name)?;
    }
    // Columns that turned out to be text after they had begun as numbers: their first cells again, as they are spelled.
    let again: usize = builders.iter().map(ColumnBuilder::numbers_before_text).max().unwrap_or(0);
    if again > 0 && faults.is_empty() {
        let mut ignored = Faults::new();
        let _ = scan(bytes, delimiter, has_header, width, name, limits, &mut ignored, |row, line, record| {
            if row >= again {
                return Err(Fault::new(Code::Internal, "", "", ""));
            }
            for (column, (builder, cell)) in builders.iter_mut().zip(record.iter()).enumerate() {
                let pointed = match if has_commas && !are_names[column] { comma(cell) } else { Comma::Other } {
                    Comma::Number(pointed) => Some(pointed),
                    _ => None,
                };
                let cell = pointed.as_ref().map_or(cell, |pointed| pointed.as_bytes());
                if row < builder.numbers_before_text() && builder.respell(row, cell).is_err() {
                    return Err(Fault::new(
                        Code::InvalidCell,
                        format!("{name}:{line}:1"),
                        "The cell is not UTF-8.",
                        "Save the file as UTF-8.",
                    ));
                }
            }
            Ok(())
        });
    }
    if !faults.is_empty() {
        return Err(Problem::from(faults));
    }
    let columns = names
        .into_iter()
        .zip(builders)
        .enumerate()
        // A delimiter at the end of every line makes a column without name and content.
        .filter(|(i, (name, builder))| !(name.is_empty() && *i > 0 && *i + 1 == width && builder.is_all_null()))
        .map(|(_, (name, builder))| builder.finish(name))
        .collect();
    let mut warnings = Vec::new();
    if !has_header && dialect.header.is_none() {
        warnings.push(Fault::new(
            Code::Converted,
            format!("{name}:1:1"),
            "The first row holds values, so the file was read as one without a header.",
            "Put the names of the columns into the first row.",
        ));
    }
    Ok(Table { name: name.to_owned(), format: Format::Csv, columns, rows, warnings, places: Places::Lines(lines) })
}

/// How a text would be read.
pub(crate) fn written(bytes: &[u8], dialect: Dialect) -> Written {
    let bytes = without_mark(bytes);
    let delimiter = dialect.delimiter.unwrap_or_else(|| detect_delimiter(bytes));
    let header = dialect.header.unwrap_or_else(|| {
        let mut first = ::csv::ByteRecord::new();
        matches!(reader(bytes, delimiter.byte()).read_byte_record(&mut first), Ok(true)) && is_header(&first)
    });
    Written { decimal: dialect.decimal, delimiter, header }
}

/// Without the mark that some programs put before UTF-8.
fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)
}

/// A cell of a text whose numbers have a decimal comma.
enum Comma {
    /// A number, written with a point.
    Number(String),
    /// What would be a number if the mark were a point.
    Pointed,
    /// A plain whole number, a date, a word.
    Other,
}

fn comma(cell: &[u8]) -> Comma {
    let Ok(text) = std::str::from_utf8(cell) else { return Comma::Other };
    match with_point(text) {
        Some(number) => Comma::Number(number),
        None if text.contains('.') && text.trim().parse::<f64>().is_ok() => Comma::Pointed,
        None => Comma::Other,
    }
}

fn reader(bytes: &[u8], delimiter: u8) -> ::csv::Reader<&[u8]> {
    ::csv::ReaderBuilder::new().delimiter(delimiter).has_headers(false).flexible(true).from_reader(bytes)
}

fn next(reader: &mut ::csv::Reader<&[u8]>, record: &mut ::csv::ByteRecord, name: &str) -> Result<bool, Problem> {
    reader.read_byte_record(record).map_err(|error| {
        Problem::new(Code::CorruptFile, name, format!("The text cannot be read as CSV: {error}."), "Save the table as CSV anew.")
    })
}

/// Goes through the rows; a row of the wrong width is a fault and is not handed on. Answers how many rows were handed on.
#[expect(clippy::too_many_arguments, reason = "one loop for both passes")]
fn scan(
    bytes: &[u8],
    delimiter: u8,
    has_header: bool,
    width: usize,
    name: &str,
    limits: &Limits,
    faults: &mut Faults,
    mut take: impl FnMut(usize, u64, &::csv::ByteRecord) -> Result<(), Fault>,
) -> Result<usize, Problem> {
    let mut reader = reader(bytes, delimiter);
    let mut record = ::csv::ByteRecord::new();
    let mut rows = 0;
    if has_header {
        next(&mut reader, &mut record, name)?;
    }
    // Rows beyond the cell limit are refused as they come, not after they have been kept.
    let rows_most = limits.rows.min(limits.cells / (width as u64).max(1)) as usize;
    while next(&mut reader, &mut record, name)? {
        let (from, line) = place_of(&record, bytes);
        if record.len() != width && !only_blanks_beyond(&record, width) {
            faults.push(broken_row(&record, width, name, line, delimiter));
            continue;
        }
        if has_newline(&record) {
            let to = reader.position().byte() as usize;
            let quotes = bytes.get(from..to).map_or(0, |raw| raw.split(|&byte| byte == b'"').count() - 1);
            if quotes % 2 == 1 {
                faults.push(Fault::new(
                    Code::BrokenRow,
                    format!("{name}:{line}:1"),
                    format!("A quotation mark that opens on line {line} never closes; the rest of the file would be one cell."),
                    "Close it, or double it inside a quoted cell.",
                ));
                continue;
            }
        }
        if rows >= rows_most {
            // Count on without keeping, to say how many there are.
            let mut all = rows as u64 + 1;
            while next(&mut reader, &mut record, name)? {
                all += 1;
            }
            limits.check_shape(all, width as u64, name)?;
        }
        match take(rows, line, &record) {
            Ok(()) => {}
            Err(fault) => {
                faults.push(fault);
                if faults.is_full() {
                    break;
                }
            }
        }
        rows += 1;
    }
    Ok(rows)
}

/// The byte and line a record begins at: the reader's own figure lies before the ends of lines that it skips.
fn place_of(record: &::csv::ByteRecord, bytes: &[u8]) -> (usize, u64) {
    let (from, line) = record.position().map_or((0, 1), |at| (at.byte() as usize, at.line()));
    let blanks = bytes.get(from..).unwrap_or_default().iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
    let (skipped, lines) = blanks.fold((0, 0), |(skipped, lines), &byte| (skipped + 1, lines + u64::from(byte == b'\n')));
    (from + skipped, line + lines)
}

fn has_newline(record: &::csv::ByteRecord) -> bool {
    record.as_slice().contains(&b'\n')
}

/// Some programs end every row with a delimiter but not the header.
fn only_blanks_beyond(record: &::csv::ByteRecord, width: usize) -> bool {
    record.len() > width && record.iter().skip(width).all(<[u8]>::is_empty)
}

fn broken_row(record: &::csv::ByteRecord, width: usize, name: &str, line: u64, delimiter: u8) -> Fault {
    let digits = |cell: &[u8]| !cell.is_empty() && cell.iter().all(u8::is_ascii_digit);
    let cells: Vec<&[u8]> = record.iter().collect();
    let comma = delimiter == b','
        && record.len() > width
        && cells.windows(2).any(|pair| digits(pair[1]) && digits(pair[0].strip_prefix(b"-").unwrap_or(pair[0])));
    let hint = if comma {
        "Numbers with a decimal comma? Write 0.085, or put them in quotation marks."
    } else if record.len() < width {
        "Give every row all its fields; leave a field empty where there is no value."
    } else {
        "Put a field that holds the delimiter in quotation marks."
    };
    Fault::new(
        Code::BrokenRow,
        format!("{name}:{line}:{}", record.len().min(width + 1)),
        format!("The row has {} fields, the first row has {width}.", record.len()),
        hint,
    )
}

/// The delimiter by which the first rows fall into the most fields, all into as many.
fn detect_delimiter(bytes: &[u8]) -> Delimiter {
    let cut = bytes.len() > SAMPLE_BYTES;
    let sample = &bytes[..bytes.len().min(SAMPLE_BYTES)];
    let mut best = (false, 1_usize, Delimiter::Comma);
    for delimiter in Delimiter::ALL {
        let mut rows = reader(sample, delimiter.byte());
        let mut record = ::csv::ByteRecord::new();
        let mut widths: Vec<usize> = Vec::new();
        while widths.len() < SAMPLE_ROWS && matches!(rows.read_byte_record(&mut record), Ok(true)) {
            widths.push(record.len());
        }
        // The last row of a cut sample may be cut itself.
        if cut && widths.len() > 1 && widths.len() < SAMPLE_ROWS {
            widths.pop();
        }
        let width = widths.first().copied().unwrap_or(1);
        let even = width > 1 && widths.iter().all(|&other| other == width);
        if width > 1 && (even, width) > (best.0, best.1) {
            best = (even, width, delimiter);
        }
    }
    best.2
}

/// A first row is a header if it names a column we know, or holds neither number nor date.
fn is_header(record: &::csv::ByteRecord) -> bool {
    let cells: Vec<&str> = record.iter().map(|cell| std::str::from_utf8(cell).unwrap_or("?").trim()).collect();
    cells.iter().any(|cell| role_of_name(cell).is_some())
        || !cells.iter().any(|cell| cell.parse::<f64>().is_ok() || UnixNanos::parse(cell).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::Cell;

    fn table(text: &str) -> Table {
        as_written(text, Dialect::default())
    }

    fn as_written(text: &str, dialect: Dialect) -> Table {
        read(text.as_bytes(), "a.csv", dialect, &Limits::default()).unwrap()
    }

    fn faults(text: &str) -> Vec<(String, Code)> {
        let problem = read(text.as_bytes(), "a.csv", Dialect::default(), &Limits::default()).unwrap_err();
        problem.problems.into_iter().map(|fault| (fault.path, fault.code)).collect()
    }

    #[test]
    fn every_delimiter_gives_the_same_table() {
        let wanted = table("symbol,score,weight\nAAPL,0.8,0.6\nMSFT,,0.4\n");
        for delimiter in [";", "\t", "|"] {
            assert_eq!(table(&"symbol,score,weight\r\nAAPL,0.8,0.6\r\nMSFT,,0.4".replace(',', delimiter)), wanted);
        }
        assert_eq!(table("\u{FEFF}\"symbol\",\"score\",\"weight\"\n\"AAPL\",0.8,\"0.6\"\nMSFT,,0.4\n"), wanted);
    }

    #[test]
    fn what_is_said_of_a_text_goes_before_what_is_found() {
        // Every cell holds a comma and a semicolon: only a person knows which of them divides.
        let text = "a;1,b;2\nc;3,d;4\n";
        assert_eq!(written(text.as_bytes(), Dialect::default()).delimiter, Delimiter::Semicolon);
        let comma = Dialect { delimiter: Some(Delimiter::Comma), header: Some(false), ..Dialect::default() };
        let read = as_written(text, comma);
        assert_eq!((read.columns.len(), read.rows, read.columns[1].cell(1)), (2, 2, Cell::Text("d;4")));
        assert!(read.warnings.is_empty(), "what was said needs no warning");
        // Years as names of columns look like values.
        let years = "2023,2024\n0.1,0.2\n";
        assert_eq!((table(years).rows, table(years).warnings.len()), (2, 1));
        let named = as_written(years, Dialect { header: Some(true), ..Dialect::default() });
        assert_eq!((named.rows, named.columns[1].name.as_str(), named.columns[1].cell(0)), (1, "2024", Cell::Float(0.2)));
    }

    #[test]
    fn a_decimal_comma_is_read_in_every_column_of_numbers() {
        let text = "date;symbol;weight;pnl;note\n02.01.2024;1,5;0,085;1.234,5;x\n03.01.2024;B;-2;\u{2212}12.000,25;1,5\n";
        let commas = Dialect { decimal: DecimalMark::Comma, ..Dialect::default() };
        let (read, plain) = (as_written(text, commas), table(text));
        let cells = |column: usize| [read.columns[column].cell(0), read.columns[column].cell(1)];
        assert_eq!(cells(0), [plain.columns[0].cell(0), plain.columns[0].cell(1)], "a date is no number");
        assert_eq!(cells(1), [Cell::Text("1,5"), Cell::Text("B")], "a symbol stays what it is");
        assert_eq!(cells(2), [Cell::Float(0.085), Cell::Float(-2.0)]);
        assert_eq!(cells(3), [Cell::Float(1234.5), Cell::Float(-12000.25)]);
        assert_eq!(read.columns[4].cell(0), Cell::Text("x"));
        // A point is the other mark or a slip: never a thousand times as much, and never taken for granted.
        let mixed = as_written("symbol;score;weight\nA;0.800;0,6\nB;0.65;0,4\nC;1.250;0,1\n", commas);
        let scores = [0, 1, 2].map(|row| mixed.columns[1].cell(row));
        assert_eq!(scores, [Cell::Text("0.800"), Cell::Text("0.65"), Cell::Text("1250")]);
        assert_eq!(as_written("strategy;weight\n1,5;0,5\n", commas).columns[0].cell(0), Cell::Text("1,5"));
        assert_eq!(plain.columns[2].cell(0), Cell::Text("0,085"), "it is never guessed");
        assert_eq!(
            written(text.as_bytes(), commas),
            Written { decimal: DecimalMark::Comma, delimiter: Delimiter::Semicolon, header: true }
        );
    }

    #[test]
    fn a_symbol_stays_what_it_is() {
        let table = table("symbol,weight\n007,1\nNA,2\nTRUE,3\nnan,4\n1e5,5\n");
        let symbols: Vec<Cell> = (0..5).map(|row| table.columns[0].cell(row)).collect();
        assert_eq!(symbols, ["007", "NA", "TRUE", "nan", "1e5"].map(Cell::Text));
    }

    #[test]
    fn a_column_that_turns_to_text_keeps_its_spelling() {
        let table = table("id,x\n007,1\n1.50,2\nN/A,3\nB,4\n");
        let ids: Vec<Cell> = (0..4).map(|row| table.columns[0].cell(row)).collect();
        assert_eq!(ids, ["007", "1.50", "N/A", "B"].map(Cell::Text));
    }

    #[test]
    fn types_are_found() {
        let table = table(
            "d,t,i,f,b,n,e\n2024-01-02,2024-01-02T09:30:00Z,1,1.5,true,,1700000000000000001\n2024-01-03,2024-01-02 10:00,-2,N/A,False,,2\n",
        );
        let types: Vec<&str> = table.columns.iter().map(|column| column.type_name.as_str()).collect();
        assert_eq!(types, ["date", "timestamp", "int64", "float64", "bool", "null", "int64"]);
        assert_eq!(table.columns[6].cell(0), Cell::Int(1_700_000_000_000_000_001));
        assert_eq!(table.columns[3].cell(1), Cell::Null);
    }

    #[test]
    fn broken_rows_are_named_by_their_line() {
        let found = faults("symbol,score\nA,1\nB\n\nC,1,2\n\"D\nE\",1\nF,0,085\n");
        assert_eq!(found.iter().map(|(path, _)| path.as_str()).collect::<Vec<_>>(), ["a.csv:3:1", "a.csv:5:3", "a.csv:8:3"]);
        assert!(found.iter().all(|(_, code)| *code == Code::BrokenRow));
    }

    #[test]
    fn one_broken_row_of_a_hundred_thousand_is_named() {
        let rows: Vec<String> =
            (0..100_000).map(|i| if i == 77_777 { "S77777,0.5".into() } else { format!("S{i},0.5,1") }).collect();
        let found = faults(&format!("symbol,score,weight\n{}\n", rows.join("\n")));
        // The header is line 1, so row 77,777 from 0 is line 77,779.
        assert_eq!(found, [("a.csv:77779:2".to_owned(), Code::BrokenRow)]);
    }

    #[test]
    fn a_quotation_mark_that_never_closes_loses_nothing_silently() {
        assert_eq!(faults("a,b\n1,2\n3,\"x\n5,6\n7,8\n"), [("a.csv:3:1".to_owned(), Code::BrokenRow)]);
        assert_eq!(table("a,b\n1,\"x\ny\"\n2,z\n").rows, 2);
    }

    #[test]
    fn a_comma_at_the_end_of_every_line_is_no_column() {
        let table = table("Date,USD,\n2024-01-02,1.1,\n2024-01-03,N/A,\n");
        assert_eq!(table.columns.len(), 2);
        assert_eq!(table.columns[1].nulls(), 1);
    }

    #[test]
    fn a_header_is_told_from_values() {
        assert_eq!(table("A,0.5\nB,0.25\n").rows, 2);
        assert_eq!(table("date,1301,1302\n2024-01-02,1,2\n").rows, 1);
    }

    #[test]
    fn limits_hold() {
        let text = "a,b\n1,2\n3,4\n5,6\n";
        let limits = Limits { rows: 2, ..Limits::default() };
        let problem = read(text.as_bytes(), "a.csv", Dialect::default(), &limits).unwrap_err();
        assert_eq!(problem.code, Code::LimitExceeded);
        assert!(problem.message.contains("3 rows"), "{}", problem.message);
        assert_eq!(
            read(text.as_bytes(), "a.csv", Dialect::default(), &Limits { cells: 4, ..Limits::default() }).unwrap_err().code,
            Code::LimitExceeded
        );
    }
}
