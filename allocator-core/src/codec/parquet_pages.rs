//! Looks into the pages of a Parquet file: whether the levels and values that their reader will take from them are there. The reader
//! asserts where they are not.
//!
//! Pages are unpacked for this with the reader's own page reader, and once more when they are read: a fifth of the time of reading.

use ::parquet::basic::{Encoding, Type};
use ::parquet::column::page::{Page, PageReader as _};
use ::parquet::errors::ParquetError;
use ::parquet::file::metadata::ColumnChunkMetaData;
use ::parquet::file::serialized_reader::SerializedPageReader;
use bytes::Bytes;
use std::sync::Arc;

/// What is wrong with a page.
pub(crate) enum Fault {
    /// The page reader says so.
    Reader(ParquetError),
    /// We say so.
    Damaged(&'static str),
    /// A feature by name.
    Unsupported(&'static str),
}

impl From<ParquetError> for Fault {
    fn from(error: ParquetError) -> Self {
        Fault::Reader(error)
    }
}

/// Checks the pages of a chunk of a flat column.
pub(crate) fn check(file: &Arc<Bytes>, chunk: &ColumnChunkMetaData, rows: usize) -> Result<(), Fault> {
    let mut pages = SerializedPageReader::new(Arc::clone(file), chunk, rows, None)?;
    let has_nulls = chunk.column_descr().max_def_level() > 0;
    let mut dictionary = None;
    let mut values = 0_u64;
    while values < rows as u64 {
        let Some(page) = pages.get_next_page()? else { break };
        let (levels, data, count, encoding) = match &page {
            Page::DictionaryPage { buf, num_values, .. } => {
                check_plain(chunk, buf, u64::from(*num_values))?;
                dictionary = Some(*num_values);
                continue;
            }
            Page::DataPage { buf, num_values, encoding, def_level_encoding, .. } => {
                if has_nulls && *def_level_encoding != Encoding::RLE {
                    return Err(Fault::Unsupported("Bit-packed definition levels in Parquet"));
                }
                let (levels, data) = if has_nulls {
                    let head = buf.first_chunk::<4>().ok_or(Fault::Damaged("a page without its levels"))?;
                    let rest = &buf[4..];
                    rest.split_at_checked(u32::from_le_bytes(*head) as usize)
                        .ok_or(Fault::Damaged("levels longer than their page"))?
                } else {
                    (&[][..], &buf[..])
                };
                (levels, data, *num_values, *encoding)
            }
            Page::DataPageV2 {
                buf, num_values, encoding, def_levels_byte_len, rep_levels_byte_len, num_nulls, num_rows, ..
            } => {
                if *rep_levels_byte_len != 0 || num_rows != num_values || num_nulls > num_values {
                    return Err(Fault::Damaged("a page with repeated values in a column that has none"));
                }
                let (levels, data) =
                    buf.split_at_checked(*def_levels_byte_len as usize).ok_or(Fault::Damaged("levels longer than their page"))?;
                let present = if has_nulls { count_present(levels, u64::from(*num_values))? } else { u64::from(*num_values) };
                if present != u64::from(num_values - num_nulls) {
                    return Err(Fault::Damaged("a page with another number of nulls than it says"));
                }
                (levels, data, *num_values, *encoding)
            }
        };
        values += u64::from(count);
        let present = if has_nulls { count_present(levels, u64::from(count))? } else { u64::from(count) };
        check_values(chunk, encoding, data, present, dictionary)?;
    }
    if values == rows as u64 {
        Ok(())
    } else {
        Err(Fault::Damaged("the pages of a column hold another number of values than it says"))
    }
}

fn check_values(
    chunk: &ColumnChunkMetaData,
    encoding: Encoding,
    data: &[u8],
    present: u64,
    dictionary: Option<u32>,
) -> Result<(), Fault> {
    if present == 0 {
        return Ok(());
    }
    match encoding {
        Encoding::PLAIN => check_plain(chunk, data, present),
        Encoding::BYTE_STREAM_SPLIT => {
            let width =
                width(chunk).filter(|width| *width > 0).ok_or(Fault::Damaged("an encoding that the type does not have"))?;
            if !(data.len() as u64).is_multiple_of(width) || (data.len() as u64) < present.saturating_mul(width) {
                return Err(SHORT);
            }
            Ok(())
        }
        Encoding::PLAIN_DICTIONARY | Encoding::RLE_DICTIONARY => {
            let entries = dictionary.ok_or(Fault::Damaged("values of a dictionary that is not there"))?;
            let (&bits, runs) = data.split_first().ok_or(Fault::Damaged("a page without its values"))?;
            if bits > 32 {
                return Err(Fault::Damaged("dictionary indices of more than 32 bits"));
            }
            let mut runs = Runs { bytes: runs, bits: u32::from(bits), left: present };
            while let Some(run) = runs.next()? {
                if matches!(run, Run::Same { value, .. } if value >= entries) {
                    return Err(Fault::Damaged("an index beyond its dictionary"));
                }
            }
            Ok(())
        }
        // The decoders of the other encodings check their bytes.
        _ => Ok(()),
    }
}

/// Bytes of one value; `None` where they vary, 0 for truth values.
fn width(chunk: &ColumnChunkMetaData) -> Option<u64> {
    match chunk.column_type() {
        Type::BOOLEAN => Some(0),
        Type::INT32 | Type::FLOAT => Some(4),
        Type::INT64 | Type::DOUBLE => Some(8),
        Type::INT96 => Some(12),
        Type::FIXED_LEN_BYTE_ARRAY => u64::try_from(chunk.column_descr().type_length()).ok(),
        Type::BYTE_ARRAY => None,
    }
}

fn check_plain(chunk: &ColumnChunkMetaData, data: &[u8], count: u64) -> Result<(), Fault> {
    let needed = match width(chunk) {
        Some(0) if chunk.column_type() == Type::BOOLEAN => count.div_ceil(8),
        Some(width) => count.saturating_mul(width),
        // Each value has a length of four bytes before it.
        None => count.saturating_mul(4),
    };
    if (data.len() as u64) < needed { Err(SHORT) } else { Ok(()) }
}

/// How many of `count` levels, 0 or 1, are 1.
fn count_present(levels: &[u8], count: u64) -> Result<u64, Fault> {
    let mut present = 0;
    let mut runs = Runs { bytes: levels, bits: 1, left: count };
    while let Some(run) = runs.next()? {
        present += match run {
            Run::Same { value: 0, .. } => 0,
            Run::Same { count, .. } => count,
            Run::Packed { bytes, count } => {
                let whole = &bytes[..(count / 8) as usize];
                let rest = bytes.get(whole.len()).map_or(0, |byte| byte & ((1 << (count % 8)) - 1));
                whole.iter().map(|byte| u64::from(byte.count_ones())).sum::<u64>() + u64::from(rest.count_ones())
            }
        };
    }
    Ok(present)
}

const SHORT: Fault = Fault::Damaged("a page with fewer values than it says");

/// Runs of the hybrid of run lengths and bit packing.
struct Runs<'a> {
    bytes: &'a [u8],
    bits: u32,
    /// Values still to come.
    left: u64,
}

enum Run<'a> {
    Same { value: u32, count: u64 },
    Packed { bytes: &'a [u8], count: u64 },
}

impl<'a> Runs<'a> {
    fn next(&mut self) -> Result<Option<Run<'a>>, Fault> {
        if self.left == 0 {
            return Ok(None);
        }
        let mut header = 0_u64;
        for shift in (0..).step_by(7) {
            let (&byte, rest) = self.bytes.split_first().ok_or(SHORT)?;
            self.bytes = rest;
            // More than enough for a run of 32 bits.
            if shift > 35 {
                return Err(Fault::Damaged("a run of impossible length"));
            }
            header |= u64::from(byte & 0x7F) << shift;
            if byte & 0x80 == 0 {
                break;
            }
        }
        if header >> 1 == 0 {
            return Err(Fault::Damaged("a run of no values"));
        }
        if header & 1 == 1 {
            let groups = header >> 1;
            let count = groups.saturating_mul(8).min(self.left);
            // The last group may be cut where nothing more is needed of it.
            let needed = count.saturating_mul(u64::from(self.bits)).div_ceil(8);
            let whole = groups.saturating_mul(u64::from(self.bits));
            if (self.bytes.len() as u64) < needed {
                return Err(SHORT);
            }
            let (bytes, rest) = self.bytes.split_at((whole.min(self.bytes.len() as u64)) as usize);
            self.bytes = rest;
            self.left -= count;
            return Ok(Some(Run::Packed { bytes, count }));
        }
        let count = (header >> 1).min(self.left);
        let (value, rest) = self.bytes.split_at_checked(self.bits.div_ceil(8) as usize).ok_or(SHORT)?;
        self.bytes = rest;
        self.left -= count;
        let value = value.iter().rev().fold(0_u32, |value, byte| (value << 8) | u32::from(*byte));
        Ok(Some(Run::Same { value, count }))
    }
}
