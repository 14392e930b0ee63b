//! Bytes in, tables out, and out again: CSV, JSON, Arrow IPC (files and streams, which Feather v2 is) and Parquet.
//!
//! ```text
//! bytes ── detect ──> Format ── csv | json | arrow | parquet ──> Table ── frame::from_table ──> SignalBook, ReturnBook …
//! ```
//!
//! Pure and the same everywhere: the browser reads a file with the code of the server. What a file claims about itself (lengths,
//! counts, compressed sizes) is compared with [`Limits`] and with the bytes that are there before memory is taken for
//! it, so a hostile file costs an error and no more.

mod arrow;
mod column;
#[cfg(feature = "config-file")]
pub mod config_file;
mod csv;
mod dialect;
mod edit;
mod from_arrow;
mod gzip;
mod json;
mod limits;
mod pandas;
mod parquet;
mod parquet_guard;
mod parquet_pages;
mod role;
mod table;
mod write;

pub use dialect::{DecimalMark, Delimiter, Dialect, Written, written};
pub use edit::{EDITS_MAX, Edit};
pub use limits::Limits;
pub use role::{Role, names_of_role, role_of_name};
pub use table::{Cell, Column, ColumnData, Table, Words};
pub use write::write;

/// Bytes that several may hold without copying them.
pub use bytes::Bytes;

use crate::error::{Code, Problem};

/// A file format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Text with `,` `;` tab or `|` between fields, gzip-wrapped or not.
    Csv,
    /// Records, columns, or an object of strategies; one document or one record on each line.
    Json,
    /// Arrow IPC file, which Feather v2 is.
    Arrow,
    /// Arrow IPC stream.
    ArrowStream,
    /// Parquet.
    Parquet,
}

impl Format {
    /// The name on the wire and the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Format::Csv => "csv",
            Format::Json => "json",
            Format::Arrow => "arrow",
            Format::ArrowStream => "arrow_stream",
            Format::Parquet => "parquet",
        }
    }

    /// The format of a word: a name of [`Format::as_str`], or a file's extension.
    pub fn from_word(word: &str) -> Option<Self> {
        match word.to_ascii_lowercase().as_str() {
            "csv" | "tsv" | "txt" => Some(Format::Csv),
            "json" | "jsonl" | "ndjson" => Some(Format::Json),
            "arrow" | "feather" | "ipc" => Some(Format::Arrow),
            "arrow_stream" | "arrows" => Some(Format::ArrowStream),
            "parquet" | "pq" => Some(Format::Parquet),
            _ => None,
        }
    }
}

/// Reads a file of any format; its bytes decide which, then its name.
///
/// # Errors
/// A [`Problem`] with every fault found (at most 50), each at its place in the file.
pub fn read(bytes: &[u8], name: &str, limits: &Limits) -> Result<Table, Problem> {
    read_with(bytes, || Bytes::copy_from_slice(bytes), name, Dialect::default(), limits)
}

/// As [`read`], of bytes that may be shared: a large Parquet file is then held once and not twice. Of a text of separated values a person
/// may say how it is written.
///
/// # Errors
/// As [`read`].
pub fn read_shared(bytes: &Bytes, name: &str, dialect: Dialect, limits: &Limits) -> Result<Table, Problem> {
    read_with(bytes, || bytes.clone(), name, dialect, limits)
}

fn read_with(
    bytes: &[u8],
    shared: impl FnOnce() -> Bytes,
    name: &str,
    dialect: Dialect,
    limits: &Limits,
) -> Result<Table, Problem> {
    limits.check_bytes(bytes.len(), name)?;
    if gzip::is_gzip(bytes) {
        let plain = Bytes::from(gzip::unpack(bytes, name, limits)?);
        return read_plain(&plain, || plain.clone(), name, dialect, limits);
    }
    read_plain(bytes, shared, name, dialect, limits)
}

/// Reads a CSV, whatever its first bytes look like: for a caller that knows the format, and wants no other reader and no unpacker.
///
/// # Errors
/// As [`read`].
pub fn read_csv(bytes: &[u8], name: &str, limits: &Limits) -> Result<Table, Problem> {
    limits.check_bytes(bytes.len(), name)?;
    csv::read(bytes, name, Dialect::default(), limits)
}

fn read_plain(
    bytes: &[u8],
    shared: impl FnOnce() -> Bytes,
    name: &str,
    dialect: Dialect,
    limits: &Limits,
) -> Result<Table, Problem> {
    match detect(bytes, name)? {
        Format::Csv => csv::read(bytes, name, dialect, limits),
        Format::Json => json::read(bytes, name, limits),
        Format::Arrow => caught(name, || arrow::read_file(bytes, name, limits)),
        Format::ArrowStream => caught(name, || arrow::read_stream(bytes, name, limits)),
        Format::Parquet => caught(name, || parquet::read(shared(), name, limits)),
    }
}

/// The mend of every format that is not supported.
const SAVE_AS: &str = "Save the table as CSV, JSON, Arrow (Feather version 2) or Parquet.";

/// The format of a file: by its first bytes, then by its name.
///
/// # Errors
/// A file of no bytes, a format known but not supported (named), or none that is known.
pub fn detect(bytes: &[u8], name: &str) -> Result<Format, Problem> {
    let by_name = extension(name).and_then(Format::from_word);
    let unsupported =
        |what: &str, hint: &str| Problem::new(Code::UnsupportedFeature, name, format!("{what} is not supported."), hint);
    if bytes.is_empty() {
        return Err(Problem::new(Code::Empty, name, "The file has no bytes.", "Give a file with a header and rows."));
    }
    if bytes.starts_with(b"ARROW1") {
        return Ok(Format::Arrow);
    }
    if bytes.starts_with(b"PAR1") {
        return Ok(Format::Parquet);
    }
    if bytes.starts_with(b"PARE") {
        return Err(unsupported("An encrypted Parquet file", "Write it without encryption."));
    }
    if bytes.starts_with(b"FEA1") {
        return Err(unsupported("Feather version 1", "Write version 2, the default of pandas and PyArrow since 2020."));
    }
    if bytes.starts_with(&[0xFF; 4]) && bytes.len() >= 8 {
        return Ok(Format::ArrowStream);
    }
    for (magic, what) in [
        (&b"PK\x03\x04"[..], "A zip archive or Excel workbook"),
        (b"\xD0\xCF\x11\xE0", "An old Excel workbook"),
        (b"\x28\xB5\x2F\xFD", "A zstd-wrapped file"),
        (b"BZh", "A bzip2-wrapped file"),
        (b"\xFD7zXZ", "An xz-wrapped file"),
        (b"ORC", "An ORC file"),
        (b"Obj\x01", "An Avro file"),
        (b"\x89HDF", "An HDF5 file"),
        (b"SQLite format 3\0", "A SQLite database"),
        (b"%PDF", "A PDF document"),
    ] {
        if bytes.starts_with(magic) {
            return Err(unsupported(what, SAVE_AS));
        }
    }
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return Err(unsupported("Text in UTF-16", "Save the file as UTF-8."));
    }
    let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let sample = &text[..text.len().min(4096)];
    match by_name {
        Some(binary @ (Format::Arrow | Format::ArrowStream | Format::Parquet)) if looks_like_text(sample) => {
            return Err(Problem::new(
                Code::CorruptFile,
                name,
                format!("The name says {}, but the file holds text.", binary.as_str()),
                "Give it the name of what it is (.csv, .json), or write it anew.",
            ));
        }
        _ => {}
    }
    match sample.iter().find(|byte| !byte.is_ascii_whitespace()) {
        None => {
            return Err(Problem::new(
                Code::Empty,
                name,
                "The file holds nothing but blanks.",
                "Give a file with a header and rows.",
            ));
        }
        Some(b'{' | b'[') if by_name != Some(Format::Csv) => return Ok(Format::Json),
        _ => {}
    }
    match by_name {
        Some(format @ (Format::Csv | Format::Json)) if looks_like_text(sample) => Ok(format),
        _ if looks_like_text(sample) => Ok(Format::Csv),
        _ => Err(Problem::new(Code::UnknownFormat, name, "The file is neither text nor any format that is known here.", SAVE_AS)),
    }
}

/// Text holds no control characters but blanks.
fn looks_like_text(sample: &[u8]) -> bool {
    !sample.iter().any(|&byte| byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0C))
}

/// The last extension of a name, looking through `.gz`.
fn extension(name: &str) -> Option<&str> {
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let name = name.strip_suffix(".gz").or_else(|| name.strip_suffix(".GZ")).unwrap_or(name);
    name.rsplit_once('.').map(|(_, extension)| extension)
}

/// The last line of defence around the Arrow crates, which assert where a file breaks their expectations: what the guards let
/// through and panics all the same becomes a problem. In wasm a panic ends the Worker, hence the guards come first.
fn caught(name: &str, read: impl FnOnce() -> Result<Table, Problem>) -> Result<Table, Problem> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(read)).unwrap_or_else(|_| {
        Err(Problem::new(
            Code::CorruptFile,
            name,
            "The file is damaged in a way its reader did not expect.",
            "Write it anew; if another program reads it, please report it with the file.",
        ))
    })
}
