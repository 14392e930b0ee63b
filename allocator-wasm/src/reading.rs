//! What a file is used for: its table's shape decides.

use allocator_core::codec::{self, Limits, Table};
use allocator_core::error::{Code, Problem};
use allocator_core::frame::from_table::{Options, Source, prices, returns, signals};
use allocator_core::frame::mapping::Shape;
use allocator_core::frame::{ReturnBook, SignalBook};
use allocator_core::op::inspect::{Inspection, inspect, of_table};
use allocator_core::sample::{Sample, sample as build_sample};

use crate::session::Report;

/// What a file gives to the operations.
#[derive(Clone, Debug)]
pub(crate) enum Content {
    /// Rows of strategies.
    Signals(SignalBook),
    /// Returns of strategies.
    Returns(ReturnBook),
    /// Prices or positions: read, and of no use to the operations of a session yet.
    Other,
}

/// Reads a file. Without content, the report says why.
pub(crate) fn read(name: &str, bytes: &[u8], limits: &Limits) -> (Option<Content>, Report) {
    match codec::read(bytes, name, limits) {
        Ok(table) => of(&table, limits),
        Err(problem) => (None, refused(inspect(bytes, name, limits), problem)),
    }
}

fn of(table: &Table, limits: &Limits) -> (Option<Content>, Report) {
    let inspection = of_table(table, limits);
    match content(table, inspection.shape, limits) {
        Ok(content) => {
            let report = used(inspection, &content);
            (Some(content), report)
        }
        Err(problem) => (None, refused(inspection, problem)),
    }
}

fn content(table: &Table, shape: Shape, limits: &Limits) -> Result<Content, Problem> {
    let source: [Source<'_>; 1] = [(None, table)];
    let options = Options::default();
    match shape {
        Shape::ReturnsLong | Shape::ReturnsWide => Ok(Content::Returns(returns(&source, &options, limits)?.value)),
        Shape::PricesLong | Shape::PricesWide | Shape::Positions => Ok(Content::Other),
        // A table of no known shape is read as signals, so that its problem names the columns that signals need.
        Shape::SignalsLong | Shape::SignalsWide | Shape::Unknown => {
            Ok(Content::Signals(signals(&source, &options, limits)?.value))
        }
    }
}

fn used(inspection: Inspection, content: &Content) -> Report {
    let (used_as, names) = match content {
        Content::Signals(book) => ("signals", book.strategies().to_vec()),
        Content::Returns(book) => ("returns", book.series().iter().map(|series| series.name.clone()).collect()),
        Content::Other => ("nothing", Vec::new()),
    };
    Report { used_as, names, problem: None, warnings: inspection.warnings.clone(), inspection: Some(inspection) }
}

fn refused(inspection: Inspection, problem: Problem) -> Report {
    Report {
        used_as: "nothing",
        names: Vec::new(),
        problem: Some(problem),
        warnings: inspection.warnings.clone(),
        inspection: Some(inspection),
    }
}

/// Writes a table of any format in another one.
pub fn convert(name: &str, bytes: &[u8], format: &str) -> Result<Vec<u8>, Problem> {
    let Some(format) = codec::Format::from_word(format) else {
        let message = format!("There is no format {format:?}.");
        return Err(Problem::new(Code::UnknownFormat, "/format", message, "Known: csv, json, arrow, arrow_stream, parquet."));
    };
    codec::write(&codec::read(bytes, name, &Limits::default())?, format)
}

/// The sample's file, as its source names it.
const SAMPLE_NAME: &str = "ecb_euro_reference_rates.csv.gz";

/// Reads the reference rates and builds the sample strategies from them.
pub(crate) fn sample(bytes: &[u8], limits: &Limits) -> Result<(SignalBook, ReturnBook, Report), Problem> {
    let table = codec::read(bytes, SAMPLE_NAME, limits)?;
    let rates = prices(&[(None, &table)], &Options::default(), limits)?.value;
    let Sample { signals, returns, .. } = build_sample(&rates)?;
    if signals.is_empty() {
        return Err(Problem::new(
            Code::Empty,
            SAMPLE_NAME,
            "The sample strategies hold nothing.",
            "Give the file of reference rates unchanged.",
        ));
    }
    let mut report = used(of_table(&table, limits), &Content::Signals(signals.clone()));
    report.used_as = "signals";
    Ok((signals, returns, report))
}
