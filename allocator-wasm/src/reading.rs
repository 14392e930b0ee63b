//! What a file is used for: its table's shape decides.

use allocator_core::codec::{self, Bytes, DecimalMark, Delimiter, Dialect, Edit, Limits, Role, Table, Written};
use allocator_core::error::{Code, Faults, Problem};
use allocator_core::frame::from_table::{Options, Source, prices, returns, signals, weights};
use allocator_core::frame::mapping::Shape;
use allocator_core::frame::{PriceBook, ReturnBook, Series, SignalBook, WeightBook};
use allocator_core::op::inspect::{Inspection, json, of_table, of_table_as, unread};
use allocator_core::sample::{CURRENCIES, Sample, sample as build_sample};
use allocator_core::wire::{At, Choice as _, Decode, Fields, Json, parse};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::place::{Place, place_of};
use crate::session::Report;

/// Rows of a file that a report shows, beside those around a fault.
pub(crate) const ROWS_SHOWN: usize = 200;
/// Columns that it shows of them, beside those with a fault.
const COLUMNS_SHOWN: usize = 50;

/// One row of a file, as it was read.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// Its cells, of the columns that are shown.
    pub cells: Vec<Json>,
    /// Its line, or its number from 1 where the format has no lines.
    pub line: u64,
    /// Its number in the file, from 0.
    pub row: usize,
}

/// What the user says about a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Said {
    options: Options,
    edits: Vec<Edit>,
    kind: Option<Kind>,
    dialect: Dialect,
}

/// What a table over dates holds, where its numbers alone do not tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Signals,
    Returns,
    Prices,
    Weights,
}

impl Kind {
    fn from_word(word: &str) -> Option<Self> {
        match word {
            "signals" => Some(Kind::Signals),
            "returns" => Some(Kind::Returns),
            "prices" => Some(Kind::Prices),
            "weights" => Some(Kind::Weights),
            _ => None,
        }
    }

    /// What a table is taken for: what the user says, else what it looks like. Weights over time look like returns, and like prices where
    /// nothing is short, one column for each symbol, so that only the file's name can tell them apart.
    fn of(table: &Table, shape: Shape, said: Option<Kind>) -> Option<Self> {
        if said.is_some() {
            return said;
        }
        match shape {
            Shape::ReturnsWide | Shape::PricesWide if table.name.to_lowercase().contains("weight") => Some(Kind::Weights),
            Shape::ReturnsLong | Shape::ReturnsWide => Some(Kind::Returns),
            Shape::PricesLong | Shape::PricesWide => Some(Kind::Prices),
            Shape::Positions => None,
            // A table of no known shape is read as signals, so that its problem names the columns that signals need.
            Shape::SignalsLong | Shape::SignalsWide | Shape::Unknown => Some(Kind::Signals),
        }
    }
}

impl Said {
    /// Reads JSON text: `{"roles": {"ccy": "symbol"}, "strategy": "carry", "kind": "weights", "delimiter": "semicolon", "header": false,
    /// "decimal": "comma", "edits": [...]}`; nothing is nothing said.
    pub(crate) fn from_text(text: &str) -> Result<Self, Problem> {
        if text.trim().is_empty() {
            return Ok(Said::default());
        }
        let parsed = parse(text.as_bytes())?;
        let mut faults = Faults::new();
        let said = Said::decode(&parsed, &At::Root, &mut faults);
        faults.finish(said)
    }
}

impl Decode for Said {
    fn decode(json: &Json, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::open(json, at, faults)?;
        let roles: Option<Option<BTreeMap<String, String>>> = fields.optional("roles", None, at, faults);
        let strategy: Option<Option<String>> = fields.optional("strategy", None, at, faults);
        let edits: Option<Option<Vec<Edit>>> = fields.optional("edits", None, at, faults);
        let kind: Option<Option<String>> = fields.optional("kind", None, at, faults);
        let delimiter: Option<Option<String>> = fields.optional("delimiter", None, at, faults);
        let header: Option<Option<bool>> = fields.optional("header", None, at, faults);
        let decimal: Option<Option<String>> = fields.optional("decimal", None, at, faults);
        fields.close(at, faults);
        // A word that is no role is left out: the page offers those that are.
        let roles =
            roles?.unwrap_or_default().into_iter().filter_map(|(name, word)| Some((name, Role::from_word(&word)?))).collect();
        let options = Options { roles, default_strategy: strategy?, resample: false };
        let kind = kind?.as_deref().and_then(Kind::from_word);
        let dialect = Dialect {
            delimiter: delimiter?.as_deref().and_then(Delimiter::from_word),
            header: header?,
            decimal: decimal?.as_deref().and_then(DecimalMark::from_word).unwrap_or_default(),
        };
        Some(Said { options, edits: edits?.unwrap_or_default(), kind, dialect })
    }
}

/// What a file gives to the operations.
#[derive(Clone, Debug)]
pub(crate) enum Content {
    /// Rows of strategies.
    Signals(Arc<SignalBook>),
    /// Returns of strategies.
    Returns(Arc<ReturnBook>),
    /// Prices of symbols.
    Prices(Arc<PriceBook>),
    /// Weights of symbols over time.
    Weights(Arc<WeightBook>),
    /// Positions: read, and of no use to the operations of a session yet.
    Other,
}

/// Reads a file with what the user says about it. Without content, the report says why.
pub(crate) fn read(name: &str, bytes: Bytes, said: &Said, limits: &Limits) -> (Option<Content>, Report) {
    let written = codec::written(&bytes, name, said.dialect);
    // Whether the first line names the columns is found of the text as it is divided.
    let as_divided = codec::written(&bytes, name, Dialect { delimiter: said.dialect.delimiter, ..Dialect::default() });
    let alone = codec::written(&bytes, name, Dialect::default());
    let found = alone.zip(as_divided).map(|(alone, divided)| Written { header: divided.header, ..alone });
    let (content, report) = match codec::read_shared(&bytes, name, said.dialect, limits) {
        Ok(table) => {
            let (content, report) = if said.edits.is_empty() {
                // From here on the table is enough: of a large file only one of the two is held.
                drop(bytes);
                of(&table, said, limits)
            } else {
                // What was mended is shown as the file has it.
                match table.clone().edited(&said.edits, said.dialect.decimal) {
                    Ok(table) => of(&table, said, limits),
                    Err(problem) => (None, refused(of_table_as(&table, &said.options, limits), problem)),
                }
            };
            (content, shown(report, &table, said))
        }
        Err(problem) => (None, refused(unread(name, problem.clone()), problem)),
    };
    (content, Report { written, found, ..report })
}

/// A report with what a person looks at: the first rows, every fault in its row with a neighbour on either side, and mended rows.
fn shown(report: Report, table: &Table, said: &Said) -> Report {
    let faults = report.problem.iter().flat_map(|problem| &problem.problems);
    let places: Vec<Option<Place>> = faults.map(|fault| place_of(table, fault)).collect();
    let faulty = || places.iter().flatten();
    let around = faulty().filter_map(|place| place.row).flat_map(|row| row.saturating_sub(1)..(row + 2).min(table.rows));
    let mended = said.edits.iter().take(ROWS_SHOWN).filter_map(|edit| match edit {
        Edit::Cell { row, .. } => Some(*row as usize),
        Edit::Row { left_out } => Some(*left_out as usize),
        Edit::Comma { .. } => None,
    });
    let mended = mended.filter(|row| *row < table.rows);
    let rows: BTreeSet<usize> = (0..table.rows.min(ROWS_SHOWN)).chain(around).chain(mended).collect();
    let columns: BTreeSet<usize> =
        (0..table.columns.len().min(COLUMNS_SHOWN)).chain(faulty().map(|place| place.column)).collect();
    let rows = rows.into_iter().map(|row| Row {
        cells: columns.iter().map(|&column| json(table.columns[column].cell(row))).collect(),
        line: table.line(row).unwrap_or(row as u64 + 1),
        row,
    });
    Report { rows: rows.collect(), columns: columns.into_iter().collect(), places, ..report }
}

fn of(table: &Table, said: &Said, limits: &Limits) -> (Option<Content>, Report) {
    let inspection = of_table_as(table, &said.options, limits);
    match content(table, inspection.shape, said, limits) {
        Ok(content) => {
            let report = used(inspection, &content);
            (Some(content), report)
        }
        Err(problem) => (None, refused(inspection, problem)),
    }
}

fn content(table: &Table, shape: Shape, said: &Said, limits: &Limits) -> Result<Content, Problem> {
    let source: [Source<'_>; 1] = [(None, table)];
    let options = &said.options;
    Ok(match Kind::of(table, shape, said.kind) {
        Some(Kind::Signals) => Content::Signals(signals(&source, options, limits)?.value.into()),
        Some(Kind::Returns) => Content::Returns(returns(&source, options, limits)?.value.into()),
        Some(Kind::Prices) => Content::Prices(prices(&source, options, limits)?.value.into()),
        Some(Kind::Weights) => Content::Weights(weights(&source, options, limits)?.value.into()),
        None => Content::Other,
    })
}

fn names(series: &[Series]) -> Vec<String> {
    series.iter().map(|series| series.name.clone()).collect()
}

fn used(inspection: Inspection, content: &Content) -> Report {
    let (used_as, names) = match content {
        Content::Signals(book) => ("signals", book.strategies().to_vec()),
        Content::Returns(book) => ("returns", names(book.series())),
        Content::Prices(book) => ("prices", names(book.series())),
        Content::Weights(book) => ("weights", names(book.series())),
        Content::Other => ("nothing", Vec::new()),
    };
    let warnings = inspection.warnings.clone();
    Report { used_as, names, inspection: Some(inspection), ..Report::empty(warnings) }
}

fn refused(inspection: Inspection, problem: Problem) -> Report {
    let warnings = inspection.warnings.clone();
    Report { problem: Some(problem), inspection: Some(inspection), ..Report::empty(warnings) }
}

/// Writes a table of any format in another one.
///
/// # Errors
/// An unknown format, or a file that cannot be read.
pub fn convert(name: &str, bytes: &[u8], format: &str) -> Result<Vec<u8>, Problem> {
    let Some(format) = codec::Format::from_word(format) else {
        let message = format!("There is no format {format:?}.");
        return Err(Problem::new(Code::UnknownFormat, "/format", message, "Known: csv, json, arrow, arrow_stream, parquet."));
    };
    codec::write(&codec::read(bytes, name, &Limits::default())?, format)
}

/// The sample's file, as its source names it.
const SAMPLE_NAME: &str = "ecb_euro_reference_rates.csv";

/// Rows of it that are shown: it has no problem to look for.
const SAMPLE_ROWS_SHOWN: usize = 14;

/// What the reference rates give: the sample strategies, and the currencies' prices in euros.
pub(crate) struct SampleBooks {
    /// What each strategy holds now.
    pub signals: SignalBook,
    /// What each strategy earned.
    pub returns: ReturnBook,
    /// Euros for one unit of each currency.
    pub prices: PriceBook,
}

/// Reads the reference rates and builds the sample strategies from them.
pub(crate) fn sample(bytes: &[u8], limits: &Limits) -> Result<(SampleBooks, Report), Problem> {
    let table = codec::read_csv(bytes, SAMPLE_NAME, limits)?;
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
    let mut report = used(of_table(&table, limits), &Content::Signals(signals.clone().into()));
    report.used_as = "signals";
    let mut report = shown(report, &table, &Said::default());
    report.rows.truncate(SAMPLE_ROWS_SHOWN);
    Ok((SampleBooks { signals, returns, prices: in_euros(&rates)? }, report))
}

/// A rate is the price of a euro in the currency; the currency's price in euros is 1/rate.
fn in_euros(rates: &PriceBook) -> Result<PriceBook, Problem> {
    let points = CURRENCIES.iter().filter_map(|name| rates.get(name)).map(|series| {
        let prices = series.times.iter().copied().zip(series.values.iter().map(|rate| 1.0 / rate)).collect();
        (series.name.clone(), prices)
    });
    let mut faults = Faults::new();
    let book = PriceBook::from_points(points.collect(), |name, point| format!("{name}, day {}", point + 1), &mut faults);
    faults.finish(book)
}
