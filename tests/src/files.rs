//! Data files as their users' tools write them, and what reading each comes to.
//!
//! [`outcome`] is a pure function of a file's name and bytes, so the same list is checked natively and in WebAssembly.

use allocator_core::codec::{Cell, Limits, Table, read};
use allocator_core::op::inspect::{Inspection, of_table};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

/// The folder of the files, below the repository.
pub const FOLDER: &str = "tests/vectors/files";

/// The recorded outcomes, one a line: name, tab, outcome.
pub const OUTCOMES: &str = include_str!("../golden/files.tsv");

/// Recorded names and outcomes.
pub fn recorded() -> impl Iterator<Item = (&'static str, &'static str)> {
    OUTCOMES.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('\t'))
}

/// What reading a file comes to, on one line: format, size, shape, the number of faults as what it seems to be, and a digest of every
/// cell; or the code and the sentence with which it is refused.
pub fn outcome(name: &str, bytes: &[u8]) -> String {
    match read(bytes, name, &Limits::default()) {
        Err(problem) => format!("refused {} {}", problem.code, problem.message),
        Ok(table) => {
            let Inspection { shape, problems, problems_omitted, warnings, .. } = of_table(&table, &Limits::default());
            format!(
                "{} {}x{} {} faults={} warnings={} {}",
                table.format.as_str(),
                table.rows,
                table.columns.len(),
                shape.as_str(),
                problems.len() as u64 + problems_omitted,
                warnings.len(),
                digest(&table)
            )
        }
    }
}

/// SHA-256 over the names and cells of a table, floats by their bits.
pub fn digest(table: &Table) -> String {
    let mut hash = Sha256::new();
    for column in &table.columns {
        hash.update(column.name.as_bytes());
        hash.update([0]);
        for row in 0..table.rows {
            match column.cell(row) {
                Cell::Null => hash.update(b"n"),
                // Which NaN it is has no meaning.
                Cell::Float(value) if value.is_nan() => hash.update(b"N"),
                Cell::Float(value) => hash.update(value.to_bits().to_le_bytes()),
                Cell::Int(value) => hash.update(value.to_le_bytes()),
                Cell::Bool(value) => hash.update([u8::from(value)]),
                Cell::Text(text) => {
                    hash.update((text.len() as u64).to_le_bytes());
                    hash.update(text.as_bytes());
                }
                Cell::Time(time) => hash.update(time.0.to_le_bytes()),
            }
        }
    }
    let mut text = String::new();
    for byte in &hash.finalize()[..8] {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
