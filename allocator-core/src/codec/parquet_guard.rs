//! Looks through a Parquet file before its reader may: every offset, count and size it claims against the bytes that are there
//! and against the limits. The file's description is Thrift in compact form; only the fields that matter are looked at.
//!
//! Source: parquet.thrift of the format, revision 2.11.

use super::{Limits, parquet_pages};
use crate::error::{Code, Problem};
use ::parquet::arrow::ProjectionMask;
use ::parquet::basic::Compression;
use ::parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData};
use std::sync::Arc;

/// Deepest nesting of a file's description or schema.
const DEPTH_MAX: usize = 48;

/// What the guard learned for the reader.
#[derive(Default)]
pub(crate) struct Checked {
    /// Uncompressed bytes of the largest page whose values share prefixes (`DELTA_BYTE_ARRAY`): one value may be as long.
    pub(crate) shared_prefix_page: u64,
    /// Bytes of all pages together, uncompressed.
    unpacked: u64,
}

/// Most column chunks of a file, row groups × columns: each takes half a kilobyte once it is described.
const CHUNKS_MAX: u64 = 200_000;
/// Encodings by their numbers in the format.
const PLAIN_DICTIONARY: i64 = 2;
const DELTA_BYTE_ARRAY: i64 = 7;
const RLE_DICTIONARY: i64 = 8;

/// Checks the description before the reader may take it in: how deep, how many columns, how many chunks.
pub(crate) fn check_description(bytes: &[u8], name: &str, limits: &Limits) -> Result<(), Problem> {
    let damaged = |what: &'static str| Stop::Damaged(what).into_problem(name);
    let tail = bytes.len().checked_sub(8).filter(|tail| *tail >= 4).ok_or_else(|| damaged("it is too short"))?;
    if &bytes[tail + 4..] != b"PAR1" {
        return Err(if &bytes[tail + 4..] == b"PARE" {
            Stop::Unsupported(String::from("An encrypted Parquet file")).into_problem(name)
        } else {
            damaged("the footer is missing, as if the end had been cut off")
        });
    }
    let length = u32::from_le_bytes([bytes[tail], bytes[tail + 1], bytes[tail + 2], bytes[tail + 3]]) as usize;
    let from = tail.checked_sub(length).filter(|from| *from >= 4).ok_or_else(|| damaged("the footer is longer than the file"))?;
    let file = File::read(&bytes[from..tail], limits).map_err(|stop| stop.into_problem(name))?;
    limits.check_shape(u64::try_from(file.rows).map_err(|_| damaged("a negative number of rows"))?, file.leaves, name)
}

/// Checks the column chunks that will be read, as the reader understood them, page header by page header.
pub(crate) fn check_chunks(
    file: &Arc<bytes::Bytes>,
    metadata: &ParquetMetaData,
    mask: &ProjectionMask,
    name: &str,
    limits: &Limits,
) -> Result<Checked, Problem> {
    let damaged = |what: &'static str| Stop::Damaged(what).into_problem(name);
    let mut checked = Checked::default();
    let mut rows = 0_u64;
    for group in metadata.row_groups() {
        rows = rows.saturating_add(u64::try_from(group.num_rows()).map_err(|_| damaged("a negative number of rows"))?);
        for (leaf, chunk) in group.columns().iter().enumerate() {
            if mask.leaf_included(leaf) {
                if chunk.num_values() != group.num_rows() {
                    return Err(damaged("a column with another number of values than its row group has rows"));
                }
                check_chunk(file, chunk, limits, &mut checked).map_err(|stop| stop.into_problem(name))?;
                parquet_pages::check(file, chunk, group.num_rows() as usize)
                    .map_err(|fault| Stop::from(fault).into_problem(name))?;
            }
        }
    }
    if Ok(rows) != u64::try_from(metadata.file_metadata().num_rows()) {
        return Err(damaged("its row groups hold another number of rows than it says"));
    }
    limits.check_rows(rows, name)?;
    Ok(checked)
}

/// Why the guard stops a file.
enum Stop {
    Damaged(&'static str),
    Page(String),
    Unsupported(String),
    TooMuch(Problem),
}

impl Stop {
    fn into_problem(self, name: &str) -> Problem {
        match self {
            Stop::Damaged(what) => {
                Problem::new(Code::CorruptFile, name, format!("The Parquet file is damaged: {what}."), "Write the file anew.")
            }
            Stop::Page(what) => {
                Problem::new(Code::CorruptFile, name, format!("The Parquet file is damaged: {what}."), "Write the file anew.")
            }
            Stop::Unsupported(what) => Problem::new(
                Code::UnsupportedFeature,
                name,
                format!("{what} is not supported."),
                "Write the file in the clear, with Snappy, ZSTD, LZ4, gzip or no compression.",
            ),
            Stop::TooMuch(problem) => problem.under(name),
        }
    }

    fn too_much(message: String) -> Self {
        Stop::TooMuch(Problem::new(
            Code::LimitExceeded,
            "",
            message,
            "Leave columns out, write larger row groups, or raise the limit.",
        ))
    }
}

impl From<parquet_pages::Fault> for Stop {
    fn from(fault: parquet_pages::Fault) -> Self {
        match fault {
            parquet_pages::Fault::Damaged(what) => Stop::Damaged(what),
            parquet_pages::Fault::Unsupported(what) => Stop::Unsupported(what.to_owned()),
            parquet_pages::Fault::Reader(error) => Stop::Page(error.to_string()),
        }
    }
}

type Step<T> = Result<T, Stop>;

/// What the description says of the file as a whole.
struct File {
    rows: i64,
    leaves: u64,
    chunks: u64,
}

impl File {
    fn read(bytes: &[u8], limits: &Limits) -> Step<File> {
        let mut thrift = Thrift { bytes, at: 0 };
        let mut file = File { rows: -1, leaves: 0, chunks: 0 };
        thrift.fields(0, |thrift, field, kind| match (field, kind) {
            (2, LIST) => file.schema(thrift, limits),
            (3, I64) => {
                file.rows = thrift.int()?;
                Ok(())
            }
            (4, LIST) => file.groups(thrift),
            (2..=4, _) => Err(Stop::Damaged("a description of the wrong type")),
            _ => thrift.skip(kind, 1),
        })?;
        Ok(file)
    }

    fn schema(&mut self, thrift: &mut Thrift<'_>, limits: &Limits) -> Step<()> {
        let size = thrift.list_of(STRUCT)?;
        // Three elements for each leaf that is a list, and the root.
        if size as u64 > limits.columns.saturating_mul(4) + 16 {
            return Err(Stop::too_much(format!(
                "The file has {size} columns and groups; the limit is {} columns.",
                limits.columns
            )));
        }
        // How many children are still to come at each level.
        let mut open: Vec<i64> = Vec::new();
        for _ in 0..size {
            let mut children = 0;
            thrift.fields(1, |thrift, field, kind| match (field, kind) {
                (5, I32) => {
                    children = thrift.int()?;
                    Ok(())
                }
                (5, _) => Err(Stop::Damaged("a description of the wrong type")),
                _ => thrift.skip(kind, 2),
            })?;
            if children < 0 || children > size as i64 {
                return Err(Stop::Damaged("a schema with an impossible number of children"));
            }
            while open.last() == Some(&0) {
                open.pop();
            }
            if let Some(left) = open.last_mut() {
                *left -= 1;
            }
            if children > 0 {
                open.push(children);
            } else {
                self.leaves += 1;
            }
            if open.len() > DEPTH_MAX {
                return Err(Stop::Damaged("a schema nested too deeply"));
            }
        }
        Ok(())
    }

    fn groups(&mut self, thrift: &mut Thrift<'_>) -> Step<()> {
        let too_many = || {
            Stop::too_much(format!(
                "The file has more than {CHUNKS_MAX} column chunks (row groups × columns), which is the limit."
            ))
        };
        let groups = thrift.list_of(STRUCT)?;
        self.chunks = self.chunks.saturating_add(groups as u64);
        if self.chunks > CHUNKS_MAX {
            return Err(too_many());
        }
        for _ in 0..groups {
            thrift.fields(1, |thrift, field, kind| match (field, kind) {
                (1, LIST) => {
                    let chunks = thrift.list_of(STRUCT)?;
                    self.chunks = self.chunks.saturating_add(chunks as u64);
                    if self.chunks > CHUNKS_MAX {
                        return Err(too_many());
                    }
                    for _ in 0..chunks {
                        thrift.skip(STRUCT, 2)?;
                    }
                    Ok(())
                }
                (1, _) => Err(Stop::Damaged("a description of the wrong type")),
                _ => thrift.skip(kind, 2),
            })?;
        }
        Ok(())
    }
}

/// Goes from page header to page header.
fn check_chunk(bytes: &[u8], chunk: &ColumnChunkMetaData, limits: &Limits, checked: &mut Checked) -> Step<()> {
    if chunk.file_path().is_some_and(|path| !path.is_empty()) {
        return Err(Stop::Unsupported(String::from("A Parquet file whose columns lie in other files")));
    }
    match chunk.compression() {
        Compression::LZO => return Err(Stop::Unsupported(String::from("LZO compression"))),
        Compression::BROTLI(_) => return Err(Stop::Unsupported(String::from("Brotli compression"))),
        _ => {}
    }
    let outside = || Stop::Damaged("a column lies outside the file");
    let start = chunk.dictionary_page_offset().unwrap_or_else(|| chunk.data_page_offset());
    if chunk.data_page_offset() < 0 {
        return Err(outside());
    }
    let from = usize::try_from(start).map_err(|_| outside())?;
    let to = usize::try_from(chunk.compressed_size()).ok().and_then(|length| from.checked_add(length)).ok_or_else(outside)?;
    let pages = bytes.get(from..to).ok_or_else(outside)?;
    let mut thrift = Thrift { bytes: pages, at: 0 };
    let mut values = 0_i64;
    let mut has_dictionary = false;
    while thrift.at < pages.len() && values < chunk.num_values() {
        let page = Page::read(&mut thrift)?;
        let size = usize::try_from(page.compressed).map_err(|_| Stop::Damaged("a page of negative size"))?;
        let body = thrift
            .at
            .checked_add(size)
            .and_then(|end| pages.get(thrift.at..end))
            .ok_or(Stop::Damaged("a page lies outside its column"))?;
        thrift.at += size;
        let plain = u64::try_from(page.uncompressed).map_err(|_| Stop::Damaged("a page of negative size"))?;
        checked.unpacked = checked.unpacked.saturating_add(plain);
        limits.check_decompressed(checked.unpacked, "").map_err(Stop::TooMuch)?;
        if page.values < 0 || page.values as u64 > limits.rows.max(plain) {
            return Err(Stop::Damaged("a page with an impossible number of values"));
        }
        if page.is_dictionary {
            if page.values as u64 > plain {
                return Err(Stop::Damaged("a dictionary with an impossible number of values"));
            }
            if has_dictionary || values > 0 {
                return Err(Stop::Damaged("a dictionary that does not come first"));
            }
            has_dictionary = true;
        } else {
            values += page.values;
            if matches!(page.encoding, PLAIN_DICTIONARY | RLE_DICTIONARY) && !has_dictionary {
                return Err(Stop::Damaged("values of a dictionary that is not there"));
            }
        }
        if page.encoding == DELTA_BYTE_ARRAY {
            checked.shared_prefix_page = checked.shared_prefix_page.max(plain);
        }
        if chunk.compression() == Compression::LZ4
            && body.get(page.levels..).is_some_and(|body| body.starts_with(&[0x04, 0x22, 0x4D, 0x18]))
        {
            // Written by old Rust libraries only, and unpacked without a bound.
            return Err(Stop::Unsupported(String::from("An LZ4 frame inside a Parquet page")));
        }
        if matches!(chunk.compression(), Compression::GZIP(_)) {
            check_gzip(body.get(page.levels..).unwrap_or_default(), plain)?;
        }
    }
    if values < chunk.num_values() {
        return Err(Stop::Damaged("the pages of a column hold fewer values than it says"));
    }
    Ok(())
}

/// The reader unpacks gzip to its end, whatever the page says of its size; so the end is looked for first.
fn check_gzip(body: &[u8], plain: u64) -> Step<()> {
    use std::io::Read;
    let mut decoder = flate2::read::MultiGzDecoder::new(body).take(plain + 1);
    let mut room = [0; 4096];
    let mut total = 0;
    loop {
        match decoder.read(&mut room) {
            // What is damaged is found again, and named, by the reader.
            Ok(0) | Err(_) => return Ok(()),
            Ok(read) => total += read as u64,
        }
        if total > plain {
            return Err(Stop::Damaged("a page unpacks to more than it says"));
        }
    }
}

#[derive(Default)]
struct Page {
    uncompressed: i64,
    compressed: i64,
    values: i64,
    encoding: i64,
    is_dictionary: bool,
    /// Bytes before the compressed part.
    levels: usize,
}

impl Page {
    fn read(thrift: &mut Thrift<'_>) -> Step<Page> {
        let mut page = Page { uncompressed: -1, compressed: -1, ..Page::default() };
        let mut levels = 0_i64;
        let (mut page_type, mut header) = (-1, None);
        // Strict, so that the reader, which asks less, cannot understand another page than this.
        let wrong = || Stop::Damaged("a page header of the wrong type");
        thrift.fields(0, |thrift, field, kind| match (field, kind) {
            (2, I32) => {
                page.uncompressed = thrift.int()?;
                Ok(())
            }
            (3, I32) => {
                page.compressed = thrift.int()?;
                Ok(())
            }
            (5 | 7 | 8, STRUCT) => {
                if header.replace(field).is_some() {
                    return Err(Stop::Damaged("a page with two headers"));
                }
                page.is_dictionary = field == 7;
                let encoding = if field == 8 { 4 } else { 2 };
                thrift.fields(1, |thrift, inner, kind| {
                    let expected = match (field, inner) {
                        (5, 1..=4) | (7, 1 | 2) | (8, 1..=6) => kind == I32,
                        (5, 5) | (8, 8) => kind == STRUCT,
                        (7, 3) | (8, 7) => matches!(kind, TRUE | FALSE),
                        _ => true,
                    };
                    if !expected {
                        return Err(wrong());
                    }
                    if kind != I32 {
                        return thrift.skip(kind, 2);
                    }
                    let value = thrift.int()?;
                    if inner == 1 {
                        page.values = value;
                    } else if inner == encoding {
                        page.encoding = value;
                    } else if field == 8 && matches!(inner, 5 | 6) {
                        if value < 0 {
                            return Err(Stop::Damaged("levels of negative size"));
                        }
                        levels += value;
                    }
                    Ok(())
                })
            }
            (1, I32) => {
                page_type = thrift.int()?;
                Ok(())
            }
            (4, I32) => thrift.skip(kind, 1),
            (1..=8, _) => Err(wrong()),
            _ => thrift.skip(kind, 1),
        })?;
        if !matches!((page_type, header), (0, Some(5)) | (2, Some(7)) | (3, Some(8))) {
            return Err(Stop::Damaged("a page of one type with the header of another"));
        }
        if levels > page.uncompressed.max(0) {
            return Err(Stop::Damaged("levels larger than their page"));
        }
        page.levels = levels as usize;
        Ok(page)
    }
}

/// Types of the compact protocol, as they stand in field headers.
const TRUE: u8 = 1;
const FALSE: u8 = 2;
const BYTE: u8 = 3;
const I16: u8 = 4;
const I32: u8 = 5;
const I64: u8 = 6;
const DOUBLE: u8 = 7;
const BINARY: u8 = 8;
const LIST: u8 = 9;
const SET: u8 = 10;
const MAP: u8 = 11;
const STRUCT: u8 = 12;
const UUID: u8 = 13;

/// A reader of Thrift's compact protocol that never leaves its bytes.
struct Thrift<'a> {
    bytes: &'a [u8],
    at: usize,
}

const CUT: Stop = Stop::Damaged("its description is cut off");

impl Thrift<'_> {
    fn byte(&mut self) -> Step<u8> {
        let byte = *self.bytes.get(self.at).ok_or(CUT)?;
        self.at += 1;
        Ok(byte)
    }

    fn varint(&mut self) -> Step<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7F) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Stop::Damaged("a number of more than ten bytes in its description"))
    }

    fn int(&mut self) -> Step<i64> {
        let value = self.varint()?;
        Ok((value >> 1) as i64 ^ -((value & 1) as i64))
    }

    fn advance(&mut self, length: u64) -> Step<()> {
        let left = (self.bytes.len() - self.at) as u64;
        if length > left {
            return Err(CUT);
        }
        self.at += length as usize;
        Ok(())
    }

    /// The header of a list: the type of its elements and how many; each takes at least one byte.
    fn list(&mut self) -> Step<(u8, usize)> {
        let head = self.byte()?;
        let size = if head >> 4 == 15 { self.varint()? } else { u64::from(head >> 4) };
        if size > (self.bytes.len() - self.at) as u64 {
            return Err(Stop::Damaged("a list longer than the bytes that follow it"));
        }
        Ok((head & 15, size as usize))
    }

    fn list_of(&mut self, wanted: u8) -> Step<usize> {
        let (kind, size) = self.list()?;
        if kind != wanted && size > 0 {
            return Err(Stop::Damaged("a list of the wrong type in its description"));
        }
        Ok(size)
    }

    /// Hands every field of a struct on, until its end.
    fn fields(&mut self, depth: usize, mut take: impl FnMut(&mut Self, i64, u8) -> Step<()>) -> Step<()> {
        if depth > DEPTH_MAX {
            return Err(Stop::Damaged("a description nested too deeply"));
        }
        let mut last = 0_i64;
        loop {
            let head = self.byte()?;
            if head == 0 {
                return Ok(());
            }
            let field = if head >> 4 == 0 { self.int()? } else { last.saturating_add(i64::from(head >> 4)) };
            // The reader narrows it to 16 bits.
            if !(0..=i64::from(i16::MAX)).contains(&field) {
                return Err(Stop::Damaged("a field number beyond its range in its description"));
            }
            last = field;
            take(self, field, head & 15)?;
        }
    }

    /// The description has no list of truth values, and readers disagree on how many bytes one takes.
    fn skip_element(&mut self, kind: u8, depth: usize) -> Step<()> {
        if matches!(kind, TRUE | FALSE) {
            return Err(Stop::Damaged("a list of truth values in its description"));
        }
        self.skip(kind, depth)
    }

    fn skip(&mut self, kind: u8, depth: usize) -> Step<()> {
        if depth > DEPTH_MAX {
            return Err(Stop::Damaged("a description nested too deeply"));
        }
        match kind {
            TRUE | FALSE => Ok(()),
            BYTE => self.advance(1),
            I16 | I32 | I64 => self.varint().map(drop),
            DOUBLE => self.advance(8),
            BINARY => {
                let length = self.varint()?;
                self.advance(length)
            }
            LIST | SET => {
                let (element, size) = self.list()?;
                // The reader reserves room for so many before it reads one; structs of the description are few.
                if element == STRUCT && size > 100_000 {
                    return Err(Stop::Damaged("a list of too many entries in its description"));
                }
                for _ in 0..size {
                    self.skip_element(element, depth + 1)?;
                }
                Ok(())
            }
            MAP => {
                let size = self.varint()?;
                if size == 0 {
                    return Ok(());
                }
                let kinds = self.byte()?;
                if size > (self.bytes.len() - self.at) as u64 {
                    return Err(Stop::Damaged("a map longer than the bytes that follow it"));
                }
                for _ in 0..size {
                    self.skip_element(kinds >> 4, depth + 1)?;
                    self.skip_element(kinds & 15, depth + 1)?;
                }
                Ok(())
            }
            STRUCT => self.fields(depth + 1, |thrift, _, kind| thrift.skip(kind, depth + 1)),
            UUID => self.advance(16),
            _ => Err(Stop::Damaged("an unknown type in its description")),
        }
    }
}
