//! What is fuzzed: one function for each parser, which any bytes must pass. `tests/fuzz` runs them under libFuzzer; the test
//! `fuzz_corpus` replays the committed corpus with every `cargo test`.
//!
//! The limits are small, so that what gets round them shows as memory: a fuzzer that is allowed 512 MiB notices.

use allocator_core::codec::{Format, Limits, config_file, read, write};
use allocator_core::frame::from_table::{Options, Source, positions, prices, returns, signals};
use allocator_core::op;
use allocator_core::op::inspect::inspect;
use allocator_core::wire::to_canonical_bytes;

/// What any bytes must pass.
pub type Target = fn(&[u8]);

/// The targets by name.
pub const TARGETS: [(&str, Target); 6] =
    [("arrow", arrow), ("config", config), ("csv", csv), ("json", json), ("parquet", parquet), ("request", request)];

/// Limits so small that going beyond them shows.
pub fn limits() -> Limits {
    Limits {
        bytes: 1 << 20,
        decompressed_bytes: 8 << 20,
        rows: 20_000,
        columns: 200,
        cells: 100_000,
        text_bytes: 1 << 20,
        strategies: 50,
        symbols: 10_000,
        nesting: 32,
    }
}

/// Reads bytes under a name and holds what was read to its promises.
fn file(bytes: &[u8], name: &str) {
    let limits = limits();
    let inspection = inspect(bytes, name, &limits);
    assert!(to_canonical_bytes(&inspection).is_ok(), "an inspection that cannot be written");
    let Ok(table) = read(bytes, name, &limits) else {
        assert!(!inspection.problems.is_empty(), "refused without a problem");
        return;
    };
    assert!(table.rows as u64 <= limits.rows && (table.rows * table.columns.len()) as u64 <= limits.cells);
    for (i, column) in table.columns.iter().enumerate() {
        assert_eq!(column.len(), table.rows);
        assert!(column.nulls() <= table.rows);
        for row in [0, table.rows / 2, table.rows.saturating_sub(1)] {
            if row < table.rows {
                let _ = (column.cell(row), table.place(row, i), table.heading(i));
            }
        }
    }
    let source: [Source<'_>; 1] = [(None, &table)];
    let options = Options { resample: true, ..Options::default() };
    let _ = signals(&source, &options, &limits);
    let _ = returns(&source, &options, &limits);
    let _ = prices(&source, &options, &limits);
    let _ = positions(&source, &options, &limits);
    // What we write of it we read again, cell by cell. Columns that are not read are not written.
    let unread = table.columns.iter().any(|column| matches!(column.data, allocator_core::codec::ColumnData::Unread(_)));
    if !unread && !table.columns.is_empty() && table.rows > 0 {
        let written = write(&table, Format::Arrow).unwrap_or_else(|problem| panic!("{problem}"));
        let again = read(&written, "again.arrow", &Limits::default()).unwrap_or_else(|problem| panic!("{problem}"));
        assert!(again == table, "the table differs after a round trip");
    }
}

/// CSV, gzip-wrapped or not.
pub fn csv(bytes: &[u8]) {
    file(bytes, "fuzz.csv");
}

/// JSON tables.
pub fn json(bytes: &[u8]) {
    file(bytes, "fuzz.json");
}

/// Arrow IPC files, which begin with their magic, and streams.
pub fn arrow(bytes: &[u8]) {
    file(bytes, "fuzz.arrow");
}

/// Parquet.
pub fn parquet(bytes: &[u8]) {
    file(bytes, "fuzz.parquet");
}

/// Configuration: the first byte chooses the kind.
pub fn config(bytes: &[u8]) {
    let Some((kind, text)) = bytes.split_first() else { return };
    let name = ["fuzz.yaml", "fuzz.toml", "fuzz.json"][usize::from(*kind) % 3];
    if let Ok(file) = config_file::parse(text, name, &limits()) {
        assert!(to_canonical_bytes(&file.tree).is_ok(), "a tree that cannot be written");
        for pointer in file.places.keys() {
            assert!(file.place(pointer).starts_with(name));
        }
    }
}

/// Requests: the first byte chooses the operation.
pub fn request(bytes: &[u8]) {
    let Some((operation, text)) = bytes.split_first() else { return };
    let operation = op::NAMES[usize::from(*operation) % op::NAMES.len()];
    match op::run(operation, text) {
        Ok(answer) => assert!(allocator_core::wire::parse(&answer).is_ok(), "an answer that is no JSON"),
        Err(problem) => assert!(!problem.problems.is_empty(), "refused without a fault"),
    }
}
