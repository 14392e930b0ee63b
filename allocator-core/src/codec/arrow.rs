//! Arrow IPC files and streams: what PyArrow, polars and `to_feather` write.
//!
//! The walk over messages is ours, so that every length is compared with the bytes that are there, and every decompressed
//! size with the limits, before `arrow-ipc` decodes a message. Columns of types that have no use here are skipped, not decoded.

use super::from_arrow::{Collector, is_read};
use super::table::{Places, Table};
use super::{Format, Limits};
use crate::error::{Code, Fault, Problem};
use arrow_array::ArrayRef;
use arrow_buffer::Buffer;
use arrow_ipc::reader::{RecordBatchDecoder, read_dictionary};
use arrow_ipc::{CompressionType, MessageHeader, MetadataVersion};
use arrow_schema::{ArrowError, DataType, Schema, SchemaRef};
use std::sync::Arc;

#[expect(clippy::disallowed_types, reason = "the signature of arrow-ipc; looked up by id, never iterated")]
type Dictionaries = std::collections::HashMap<i64, ArrayRef>;

/// More messages than this are no table but an attempt to keep the reader busy.
const MESSAGES_MAX: usize = 100_000;
/// Each delta of a dictionary copies what was there.
const DELTAS_MAX: usize = 1_000;

fn damaged(name: &str, what: impl std::fmt::Display) -> Problem {
    Problem::new(Code::CorruptFile, name, format!("The Arrow data are damaged or end early: {what}."), "Write the file anew.")
}

pub(super) fn arrow_problem(name: &str, error: &ArrowError) -> Problem {
    match error {
        ArrowError::NotYetImplemented(what) => Problem::new(
            Code::UnsupportedFeature,
            name,
            format!("The file uses a feature that is not supported: {what}."),
            "Write the file with plain types and LZ4, ZSTD or no compression.",
        ),
        _ => damaged(name, error),
    }
}

/// An IPC file: messages found through the footer at its end.
pub(crate) fn read_file(bytes: &[u8], name: &str, limits: &Limits) -> Result<Table, Problem> {
    let cut = || damaged(name, "the footer is missing, as if the end had been cut off");
    let tail = bytes.len().checked_sub(10).ok_or_else(cut)?;
    if bytes.get(tail + 4..) != Some(b"ARROW1") || tail < 8 {
        return Err(cut());
    }
    let length = i32_at(bytes, tail).and_then(|length| usize::try_from(length).ok()).ok_or_else(cut)?;
    let from = tail.checked_sub(length).filter(|from| *from >= 8).ok_or_else(cut)?;
    let footer = arrow_ipc::root_as_footer(&bytes[from..tail]).map_err(|error| damaged(name, format_args!("footer: {error}")))?;
    let schema = footer.schema().ok_or_else(|| damaged(name, "the footer has no schema"))?;
    let mut reader = Reader::new(schema, name, limits)?;
    for block in footer.dictionaries().iter().flatten().chain(footer.recordBatches().iter().flatten()) {
        let (offset, metadata, body) = (block.offset(), i64::from(block.metaDataLength()), block.bodyLength());
        let range = |from: i64, length: i64| -> Option<&[u8]> {
            let from = usize::try_from(from).ok()?;
            bytes.get(from..from.checked_add(usize::try_from(length).ok()?)?)
        };
        let outside = || damaged(name, "a block lies outside the file");
        let message = range(offset, metadata).ok_or_else(outside)?;
        let body = offset.checked_add(metadata).and_then(|at| range(at, body)).ok_or_else(outside)?;
        let prefix = if message.starts_with(&[0xFF; 4]) { 8 } else { 4 };
        reader.message(message.get(prefix..).ok_or_else(outside)?, body)?;
    }
    Ok(reader.finish(Format::Arrow))
}

/// An IPC stream: one message after another until its end.
pub(crate) fn read_stream(bytes: &[u8], name: &str, limits: &Limits) -> Result<Table, Problem> {
    let mut at = 0;
    let mut reader: Option<Reader<'_>> = None;
    while at < bytes.len() {
        let cut = || damaged(name, format_args!("the message at byte {at} is cut off"));
        let mut length = i32_at(bytes, at).ok_or_else(cut)?;
        let mut from = at + 4;
        if length == -1 {
            length = i32_at(bytes, from).ok_or_else(cut)?;
            from += 4;
        }
        if length == 0 {
            break;
        }
        let length = usize::try_from(length).map_err(|_| cut())?;
        let message = from.checked_add(length).and_then(|to| bytes.get(from..to)).ok_or_else(cut)?;
        let header =
            arrow_ipc::root_as_message(message).map_err(|error| damaged(name, format_args!("message at byte {at}: {error}")))?;
        let body_at = from + length;
        let body = usize::try_from(header.bodyLength())
            .ok()
            .and_then(|length| body_at.checked_add(length))
            .and_then(|to| bytes.get(body_at..to))
            .ok_or_else(cut)?;
        match &mut reader {
            None => {
                let schema = header.header_as_schema().ok_or_else(|| damaged(name, "the stream does not begin with a schema"))?;
                reader = Some(Reader::new(schema, name, limits)?);
            }
            Some(reader) => reader.message(message, body)?,
        }
        at = body_at + body.len();
    }
    Ok(reader.ok_or_else(|| damaged(name, "there is no schema"))?.finish(Format::ArrowStream))
}

fn i32_at(bytes: &[u8], at: usize) -> Option<i32> {
    let four = bytes.get(at..at.checked_add(4)?)?;
    Some(i32::from_le_bytes([four[0], four[1], four[2], four[3]]))
}

/// Decodes messages into columns.
struct Reader<'a> {
    name: &'a str,
    limits: &'a Limits,
    schema: SchemaRef,
    projection: Vec<usize>,
    dictionaries: Dictionaries,
    wanted_dictionaries: std::collections::BTreeSet<i64>,
    columns: Vec<Collector>,
    rows: u64,
    decompressed: u64,
    messages: usize,
    deltas: usize,
}

impl<'a> Reader<'a> {
    fn new(schema: arrow_ipc::Schema<'_>, name: &'a str, limits: &'a Limits) -> Result<Self, Problem> {
        limits.check_shape(0, schema.fields().map_or(0, |fields| fields.len()) as u64, name)?;
        if schema.endianness() != arrow_ipc::Endianness::Little {
            return Err(Problem::new(
                Code::UnsupportedFeature,
                name,
                "Big-endian Arrow data are not supported.",
                "Write the file on a little-endian machine.",
            ));
        }
        let mut wanted_dictionaries = std::collections::BTreeSet::new();
        let schema_here = arrow_ipc::convert::try_fb_to_schema(schema).map_err(|error| arrow_problem(name, &error))?;
        let mut projection = Vec::new();
        for (i, field) in schema_here.fields().iter().enumerate() {
            if is_read(field.data_type()) {
                projection.push(i);
                if matches!(field.data_type(), DataType::Dictionary(..))
                    && let Some(dictionary) = schema.fields().and_then(|fields| fields.get(i).dictionary())
                {
                    wanted_dictionaries.insert(dictionary.id());
                }
            }
        }
        let columns = schema_here.fields().iter().map(|field| Collector::new(field.data_type())).collect();
        Ok(Reader {
            name,
            limits,
            schema: Arc::new(schema_here),
            projection,
            dictionaries: Dictionaries::default(),
            wanted_dictionaries,
            columns,
            rows: 0,
            decompressed: 0,
            messages: 0,
            deltas: 0,
        })
    }

    fn message(&mut self, message: &[u8], body: &[u8]) -> Result<(), Problem> {
        self.messages += 1;
        if self.messages > MESSAGES_MAX {
            return Err(Problem::new(
                Code::LimitExceeded,
                self.name,
                format!("The file has more than {MESSAGES_MAX} record batches, which is the limit."),
                "Write it with larger batches.",
            ));
        }
        let message =
            arrow_ipc::root_as_message(message).map_err(|error| damaged(self.name, format_args!("message: {error}")))?;
        let version = message.version();
        match message.header_type() {
            MessageHeader::RecordBatch => {
                let batch = message.header_as_record_batch().ok_or_else(|| damaged(self.name, "an empty record batch"))?;
                self.record_batch(batch, version, body)
            }
            MessageHeader::DictionaryBatch => {
                let batch = message.header_as_dictionary_batch().ok_or_else(|| damaged(self.name, "an empty dictionary"))?;
                self.dictionary_batch(batch, version, body)
            }
            MessageHeader::Schema => Err(damaged(self.name, "a second schema")),
            // Tensors and whatever comes later are not part of the table.
            _ => Ok(()),
        }
    }

    fn record_batch(&mut self, batch: arrow_ipc::RecordBatch<'_>, version: MetadataVersion, body: &[u8]) -> Result<(), Problem> {
        let schema = Arc::clone(&self.schema);
        let types = schema.fields().iter().map(|field| (field.data_type(), is_read(field.data_type())));
        self.check(batch, version, body, types)?;
        let rows = u64::try_from(batch.length()).unwrap_or(0);
        self.rows += rows;
        self.limits.check_shape(self.rows, self.schema.fields().len() as u64, self.name)?;
        let body = Buffer::from(body);
        let decoded = RecordBatchDecoder::try_new(&body, batch, Arc::clone(&self.schema), &self.dictionaries, &version)
            .and_then(|decoder| decoder.with_projection(Some(&self.projection)).read_record_batch())
            .map_err(|error| arrow_problem(self.name, &error))?;
        let mut read = decoded.columns().iter();
        for (i, column) in self.columns.iter_mut().enumerate() {
            if self.projection.binary_search(&i).is_ok() {
                let array = read.next().ok_or_else(|| damaged(self.name, "a column is missing"))?;
                column.append(array, self.limits, self.name)?;
            } else {
                column.skip(rows as usize);
            }
        }
        Ok(())
    }

    fn dictionary_batch(
        &mut self,
        batch: arrow_ipc::DictionaryBatch<'_>,
        version: MetadataVersion,
        body: &[u8],
    ) -> Result<(), Problem> {
        if !self.wanted_dictionaries.contains(&batch.id()) {
            return Ok(());
        }
        let data = batch.data().ok_or_else(|| damaged(self.name, "a dictionary without data"))?;
        let schema = Arc::clone(&self.schema);
        #[expect(deprecated, reason = "how the reader of arrow-ipc finds the type of a dictionary")]
        let fields = schema.fields_with_dict_id(batch.id());
        let Some(DataType::Dictionary(_, values)) = fields.first().map(|field| field.data_type()) else {
            return Err(damaged(self.name, "a dictionary that no column has"));
        };
        self.check(data, version, body, std::iter::once((values.as_ref(), is_read(values))))?;
        self.deltas += usize::from(batch.isDelta());
        if self.deltas > DELTAS_MAX {
            return Err(Problem::new(
                Code::LimitExceeded,
                self.name,
                format!("The file has more than {DELTAS_MAX} dictionary deltas, which is the limit."),
                "Write whole dictionaries.",
            ));
        }
        let body = Buffer::from(body);
        read_dictionary(&body, batch, &self.schema, &mut self.dictionaries, &version)
            .map_err(|error| arrow_problem(self.name, &error))
    }

    /// Every claim of a batch against what is there: rows, lengths of columns, where buffers lie, what they unpack to, and whether that
    /// is enough for the cells of `types`, of which those that are `wanted` will be decoded.
    fn check<'t>(
        &mut self,
        batch: arrow_ipc::RecordBatch<'_>,
        version: MetadataVersion,
        body: &[u8],
        types: impl Iterator<Item = (&'t DataType, bool)>,
    ) -> Result<(), Problem> {
        let name = self.name;
        let rows = u64::try_from(batch.length()).map_err(|_| damaged(name, "a batch of negative length"))?;
        self.limits.check_rows(rows, name)?;
        let most = self.limits.rows.max(self.limits.cells) as i64;
        for node in batch.nodes().iter().flatten() {
            if !(0..=most).contains(&node.length()) || !(0..=node.length()).contains(&node.null_count()) {
                return Err(damaged(name, "a column of impossible length"));
            }
        }
        let compressed = batch.compression();
        if let Some(compression) = compressed
            && !matches!(compression.codec(), CompressionType::LZ4_FRAME | CompressionType::ZSTD)
        {
            return Err(Problem::new(
                Code::UnsupportedFeature,
                name,
                format!("The compression {:?} is not supported.", compression.codec()),
                "Write the file with LZ4, ZSTD or no compression.",
            ));
        }
        let mut sizes = Vec::with_capacity(batch.buffers().map_or(0, |buffers| buffers.len()));
        for buffer in batch.buffers().iter().flatten() {
            let part = usize::try_from(buffer.offset()).ok().and_then(|from| {
                let to = from.checked_add(usize::try_from(buffer.length()).ok()?)?;
                body.get(from..to)
            });
            let part = part.ok_or_else(|| damaged(name, "a buffer lies outside its message"))?;
            let unpacked = if compressed.is_none() || part.is_empty() {
                part.len() as i64
            } else {
                let Some(head) = part.first_chunk::<8>() else {
                    return Err(damaged(name, "a compressed buffer without its length"));
                };
                match i64::from_le_bytes(*head) {
                    -1 => part.len() as i64 - 8,
                    length @ 0.. => length,
                    _ => return Err(damaged(name, "a compressed buffer of negative length")),
                }
            };
            self.decompressed = self.decompressed.saturating_add(unpacked as u64);
            self.limits.check_decompressed(self.decompressed, name)?;
            sizes.push(unpacked as u64);
        }
        let mut walk = Walk {
            nodes: batch
                .nodes()
                .iter()
                .flatten()
                .map(|node| (node.length() as u64, node.null_count() > 0))
                .collect::<Vec<_>>()
                .into_iter(),
            sizes: sizes.into_iter(),
            views: batch.variadicBufferCounts().iter().flatten().collect::<Vec<_>>().into_iter(),
            has_union_validity: version < MetadataVersion::V5,
        };
        for (data_type, wanted) in types {
            let length = walk.field(data_type, wanted, 0).map_err(|what| damaged(name, what))?;
            if wanted && length != rows {
                return Err(damaged(name, "a column of another length than its batch"));
            }
        }
        Ok(())
    }

    fn finish(self, format: Format) -> Table {
        let indices = super::pandas::index_columns(self.schema.metadata().get("pandas").map(String::as_str));
        table(&self.schema, self.columns, self.rows as usize, indices.as_ref(), format, self.name)
    }
}

/// Goes through the description of a batch in the order in which its reader will, and sees that every buffer holds what its column
/// needs. The reader asserts this in places; whether the bytes themselves make sense (offsets, UTF-8) it checks.
struct Walk {
    /// Length, and whether there are nulls.
    nodes: std::vec::IntoIter<(u64, bool)>,
    /// Bytes of every buffer, unpacked.
    sizes: std::vec::IntoIter<u64>,
    /// Data buffers of every column of views.
    views: std::vec::IntoIter<i64>,
    has_union_validity: bool,
}

impl Walk {
    /// One column; answers its length. Of a column that is not wanted only the number of buffers matters.
    fn field(&mut self, data_type: &DataType, wanted: bool, depth: usize) -> Result<u64, &'static str> {
        const DEPTH_MAX: usize = 48;
        if depth > DEPTH_MAX {
            return Err("types nested too deeply");
        }
        let (length, has_nulls) = self.nodes.next().ok_or("fewer columns than the schema names")?;
        let width = match data_type {
            DataType::Null => return Ok(length),
            DataType::Boolean => 0,
            DataType::Utf8 | DataType::Binary => {
                self.validity(length, has_nulls, wanted)?;
                self.offsets(length, 4, wanted)?;
                self.size()?;
                return Ok(length);
            }
            DataType::LargeUtf8 | DataType::LargeBinary => {
                self.validity(length, has_nulls, wanted)?;
                self.offsets(length, 8, wanted)?;
                self.size()?;
                return Ok(length);
            }
            DataType::Utf8View | DataType::BinaryView => {
                self.validity(length, has_nulls, wanted)?;
                self.values(length, 16, wanted)?;
                let more = self.views.next().ok_or("a column of views without its number of buffers")?;
                for _ in 0..more {
                    self.size()?;
                }
                return Ok(length);
            }
            DataType::RunEndEncoded(ends, values) => {
                let runs = self.field(ends.data_type(), wanted, depth + 1)?;
                if self.field(values.data_type(), wanted, depth + 1)? != runs {
                    return Err("runs and their values differ in number");
                }
                return Ok(length);
            }
            DataType::List(child) | DataType::LargeList(child) | DataType::Map(child, _) => {
                self.skip_sizes(2)?;
                self.field(child.data_type(), false, depth + 1)?;
                return Ok(length);
            }
            DataType::ListView(child) | DataType::LargeListView(child) => {
                self.skip_sizes(3)?;
                self.field(child.data_type(), false, depth + 1)?;
                return Ok(length);
            }
            DataType::FixedSizeList(child, _) => {
                self.skip_sizes(1)?;
                self.field(child.data_type(), false, depth + 1)?;
                return Ok(length);
            }
            DataType::Struct(children) => {
                self.skip_sizes(1)?;
                for child in children {
                    self.field(child.data_type(), false, depth + 1)?;
                }
                return Ok(length);
            }
            DataType::Union(children, mode) => {
                let offsets = usize::from(*mode == arrow_schema::UnionMode::Dense);
                self.skip_sizes(1 + offsets + usize::from(self.has_union_validity))?;
                for (_, child) in children.iter() {
                    self.field(child.data_type(), false, depth + 1)?;
                }
                return Ok(length);
            }
            DataType::Dictionary(key, _) => key.primitive_width().ok_or("a dictionary whose keys are no numbers")?,
            // FixedSizeBinary is not read; everything else has a width.
            other => other.primitive_width().unwrap_or(1),
        };
        self.validity(length, has_nulls, wanted)?;
        if width == 0 {
            self.bits(length, wanted)?;
        } else {
            self.values(length, width as u64, wanted)?;
        }
        Ok(length)
    }

    fn size(&mut self) -> Result<u64, &'static str> {
        self.sizes.next().ok_or("fewer buffers than its columns need")
    }

    fn skip_sizes(&mut self, count: usize) -> Result<(), &'static str> {
        for _ in 0..count {
            self.size()?;
        }
        Ok(())
    }

    fn bits(&mut self, length: u64, wanted: bool) -> Result<(), &'static str> {
        let size = self.size()?;
        if wanted && size < length.div_ceil(8) { Err("a buffer of bits too short for its column") } else { Ok(()) }
    }

    fn validity(&mut self, length: u64, has_nulls: bool, wanted: bool) -> Result<(), &'static str> {
        self.bits(if has_nulls { length } else { 0 }, wanted)
    }

    fn values(&mut self, length: u64, width: u64, wanted: bool) -> Result<(), &'static str> {
        let size = self.size()?;
        if wanted && (size % width != 0 || size < length.saturating_mul(width)) {
            return Err("a buffer too short for its column, or of broken length");
        }
        Ok(())
    }

    fn offsets(&mut self, length: u64, width: u64, wanted: bool) -> Result<(), &'static str> {
        let size = self.size()?;
        // A column without cells may do without offsets.
        let needed = if length == 0 { 0 } else { (length + 1).saturating_mul(width) };
        if wanted && (size % width != 0 || size < needed) {
            return Err("a buffer of offsets too short for its column, or of broken length");
        }
        Ok(())
    }
}

/// The columns of a binary file as a table.
pub(super) fn table(
    schema: &Schema,
    columns: Vec<Collector>,
    rows: usize,
    pandas: Option<&super::pandas::Pandas>,
    format: Format,
    name: &str,
) -> Table {
    let mut warnings = Vec::new();
    let mut done = Vec::with_capacity(columns.len());
    for (collector, field) in columns.into_iter().zip(schema.fields()) {
        let mut builder = collector.finish();
        if pandas.is_some() {
            // pandas has no null in its float columns: a NaN is how it writes one.
            builder.nan_to_null();
        }
        if !is_read(field.data_type()) {
            warnings.push(Fault::new(
                Code::Converted,
                format!("{name}:column {}", field.name()),
                format!("The column {:?} of type {} is left out.", field.name(), field.data_type()),
                "Give it a plain type if it is needed.",
            ));
        }
        if let DataType::Timestamp(_, Some(zone)) = field.data_type()
            && !matches!(zone.as_ref(), "UTC" | "utc" | "+00:00" | "Z")
        {
            warnings.push(Fault::new(
                Code::Converted,
                format!("{name}:column {}", field.name()),
                format!("The times of {:?} are in the zone {zone}; they are read as the same instants in UTC.", field.name()),
                "Write dates without a zone where days are meant.",
            ));
        }
        let mut column = builder.finish(field.name().clone());
        column.is_index = pandas.is_some_and(|pandas| pandas.is_unnamed_index(&column.name));
        done.push(column);
    }
    debug_assert!(done.iter().all(|column| column.len() == rows));
    Table { name: name.to_owned(), format, columns: done, rows, warnings, places: Places::Rows }
}
