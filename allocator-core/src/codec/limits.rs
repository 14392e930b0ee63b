//! How much a reader takes on before it refuses.

use crate::error::{Code, Problem};

/// Limits of every reader. The defaults fit a browser tab; [`Limits::native`] fits a server.
///
/// Beyond a limit a reader answers `limit_exceeded` with the limit and the figure; it has taken no more memory by then than the
/// limits allow: about the bytes of the file, its decompressed bytes, and nine bytes for each cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the file as given. Default 512 MiB.
    pub bytes: u64,
    /// Bytes after decompression, of all buffers or pages together. Default 1 GiB.
    pub decompressed_bytes: u64,
    /// Rows. Default 5 million.
    pub rows: u64,
    /// Columns. Default 20,000.
    pub columns: u64,
    /// Rows × columns. Default 50 million (400 MB as numbers).
    pub cells: u64,
    /// Bytes of different words in one column. Default 256 MiB.
    pub text_bytes: u64,
    /// Strategies in one book. Default 1,000.
    pub strategies: u64,
    /// Symbols in one book. Default 100,000.
    pub symbols: u64,
    /// Nesting of JSON and configuration files. Default 64; JSON is never read deeper than 128.
    pub nesting: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            bytes: 512 << 20,
            decompressed_bytes: 1 << 30,
            rows: 5_000_000,
            columns: 20_000,
            cells: 50_000_000,
            text_bytes: 256 << 20,
            strategies: 1_000,
            symbols: 100_000,
            nesting: 64,
        }
    }
}

impl Limits {
    /// Limits of a server or command line with memory to spare: 2 GiB of file, 20 million rows, 200 million cells.
    pub fn native() -> Self {
        Limits {
            bytes: 2 << 30,
            decompressed_bytes: 4 << 30,
            rows: 20_000_000,
            cells: 200_000_000,
            text_bytes: 1 << 30,
            ..Limits::default()
        }
    }

    pub(crate) fn check_bytes(&self, bytes: usize, name: &str) -> Result<(), Problem> {
        check(bytes as u64, self.bytes, "bytes", name, "Split the file, or raise the limit.")
    }

    pub(crate) fn check_rows(&self, rows: u64, name: &str) -> Result<(), Problem> {
        check(rows, self.rows, "rows", name, "Split the file by date or strategy, or raise the limit.")
    }

    /// Columns, and with `rows` the cells; both before memory is taken for them.
    pub(crate) fn check_shape(&self, rows: u64, columns: u64, name: &str) -> Result<(), Problem> {
        self.check_rows(rows, name)?;
        check(columns, self.columns, "columns", name, "Leave columns out, or raise the limit.")?;
        check(rows.saturating_mul(columns), self.cells, "cells (rows × columns)", name, "Split the file, or raise the limit.")
    }

    pub(crate) fn check_decompressed(&self, bytes: u64, name: &str) -> Result<(), Problem> {
        check(bytes, self.decompressed_bytes, "bytes after decompression", name, "Split the file, or raise the limit.")
    }

    pub(crate) fn check_text(&self, bytes: u64, name: &str) -> Result<(), Problem> {
        check(bytes, self.text_bytes, "bytes of text in one column", name, "Leave the column out, or raise the limit.")
    }
}

fn check(found: u64, limit: u64, what: &str, name: &str, hint: &str) -> Result<(), Problem> {
    if found <= limit {
        return Ok(());
    }
    Err(Problem::new(Code::LimitExceeded, name, format!("The file has {found} {what}; the limit is {limit}."), hint))
}
