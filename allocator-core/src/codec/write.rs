//! Tables out again, in the formats they come in.

use super::Format;
use super::table::{Cell, Column, ColumnData, Table};
use crate::error::Problem;
use crate::units::{DAY_NANOS, UnixNanos};
use arrow_array::builder::StringBuilder;
use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, NullArray, RecordBatch, RecordBatchOptions,
    TimestampNanosecondArray,
};
use arrow_buffer::NullBuffer;
use arrow_ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter};
use arrow_schema::{Field, Schema};
use std::fmt::Write as _;
use std::sync::Arc;

/// Writes a table: CSV with a header and shortest exact numbers, JSON as an array of records, Arrow IPC (LZ4 in a file, so that it
/// is a Feather file too) or Parquet (Snappy). Columns that were not read are left out.
///
/// # Errors
/// JSON of a number that is not finite; anything else is a defect.
pub fn write(table: &Table, format: Format) -> Result<Vec<u8>, Problem> {
    match format {
        Format::Csv => Ok(csv(table)),
        Format::Json => json(table),
        Format::Arrow | Format::ArrowStream => ipc(table, format),
        Format::Parquet => parquet(table),
    }
}

fn readable(table: &Table) -> impl Iterator<Item = &Column> + Clone {
    table.columns.iter().filter(|column| !matches!(column.data, ColumnData::Unread(_)))
}

fn csv(table: &Table) -> Vec<u8> {
    let mut out = String::new();
    let quoted = |out: &mut String, text: &str| {
        let plain = !text.is_empty() && !text.contains([',', ';', '\t', '|', '"', '\n', '\r']) && text.trim() == text;
        if plain {
            out.push_str(text);
        } else {
            out.push('"');
            out.push_str(&text.replace('"', "\"\""));
            out.push('"');
        }
    };
    for (i, column) in readable(table).enumerate() {
        if i > 0 {
            out.push(',');
        }
        quoted(&mut out, &column.name);
    }
    out.push('\n');
    let single = readable(table).count() == 1;
    for row in 0..table.rows {
        for (i, column) in readable(table).enumerate() {
            if i > 0 {
                out.push(',');
            }
            // Writing to a String cannot fail.
            let _ = match column.cell(row) {
                // A line of its own without anything on it would be no row.
                Cell::Null if single => write!(out, "\"\""),
                Cell::Null => Ok(()),
                Cell::Float(value) => write!(out, "{value:?}"),
                Cell::Int(value) => write!(out, "{value}"),
                Cell::Bool(value) => write!(out, "{value}"),
                Cell::Time(time) => write!(out, "{time}"),
                Cell::Text(text) => {
                    quoted(&mut out, text);
                    Ok(())
                }
            };
        }
        out.push('\n');
    }
    out.into_bytes()
}

fn json(table: &Table) -> Result<Vec<u8>, Problem> {
    let mut out = Vec::from(*b"[");
    for row in 0..table.rows {
        if row > 0 {
            out.push(b',');
        }
        out.push(b'{');
        for (i, column) in readable(table).enumerate() {
            if i > 0 {
                out.push(b',');
            }
            out.extend(crate::wire::to_canonical_bytes(&column.name)?);
            out.push(b':');
            match column.cell(row) {
                Cell::Null => out.extend(b"null"),
                Cell::Float(value) if !value.is_finite() => {
                    return Err(Problem::new(
                        crate::Code::NotFinite,
                        table.place(row, i),
                        format!("JSON cannot hold {value}."),
                        "Write another format.",
                    ));
                }
                Cell::Float(value) => out.extend(crate::wire::to_canonical_bytes(&value)?),
                // Beyond 2^53 our canonical form refuses whole numbers; a table may hold times in nanoseconds.
                Cell::Int(value) => out.extend(value.to_string().into_bytes()),
                Cell::Bool(value) => out.extend(crate::wire::to_canonical_bytes(&value)?),
                Cell::Time(time) => out.extend(crate::wire::to_canonical_bytes(&time)?),
                Cell::Text(text) => out.extend(crate::wire::to_canonical_bytes(text)?),
            }
        }
        out.push(b'}');
    }
    out.extend(b"]\n");
    Ok(out)
}

fn batch(table: &Table) -> Result<RecordBatch, Problem> {
    let mut fields = Vec::new();
    let mut arrays: Vec<ArrayRef> = Vec::new();
    for column in readable(table) {
        let array = array(column);
        fields.push(Field::new(&column.name, array.data_type().clone(), true));
        arrays.push(array);
    }
    let options = RecordBatchOptions::new().with_row_count(Some(table.rows));
    RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), arrays, &options).map_err(|error| defect(&error))
}

fn array(column: &Column) -> ArrayRef {
    let nulls = column.valid.as_ref().map(|valid| NullBuffer::from(valid.as_slice()));
    match &column.data {
        ColumnData::Null(len) | ColumnData::Unread(len) => Arc::new(NullArray::new(*len)),
        ColumnData::Float(values) => Arc::new(Float64Array::new(values.clone().into(), nulls)),
        ColumnData::Int(values) => Arc::new(Int64Array::new(values.clone().into(), nulls)),
        ColumnData::Bool(values) => Arc::new(BooleanArray::new(values.clone().into(), nulls)),
        ColumnData::Time(times) if times.iter().all(|time| time.0.rem_euclid(DAY_NANOS) == 0) => {
            Arc::new(Date32Array::new(times.iter().map(|time| time.days() as i32).collect(), nulls))
        }
        ColumnData::Time(times) => {
            Arc::new(TimestampNanosecondArray::new(times.iter().map(|UnixNanos(nanos)| *nanos).collect(), nulls))
        }
        ColumnData::Text { codes, words } => {
            let mut builder = StringBuilder::with_capacity(codes.len(), words.bytes());
            for (row, code) in codes.iter().enumerate() {
                if column.is_null(row) {
                    builder.append_null();
                } else {
                    builder.append_value(words.get(*code));
                }
            }
            Arc::new(builder.finish())
        }
    }
}

fn ipc(table: &Table, format: Format) -> Result<Vec<u8>, Problem> {
    let batch = batch(table)?;
    let mut out = Vec::new();
    if format == Format::Arrow {
        let options = IpcWriteOptions::default()
            .try_with_compression(Some(arrow_ipc::CompressionType::LZ4_FRAME))
            .map_err(|error| defect(&error))?;
        let mut writer = FileWriter::try_new_with_options(&mut out, &batch.schema(), options).map_err(|error| defect(&error))?;
        writer.write(&batch).and_then(|()| writer.finish()).map_err(|error| defect(&error))?;
    } else {
        let mut writer = StreamWriter::try_new(&mut out, &batch.schema()).map_err(|error| defect(&error))?;
        writer.write(&batch).and_then(|()| writer.finish()).map_err(|error| defect(&error))?;
    }
    Ok(out)
}

fn parquet(table: &Table) -> Result<Vec<u8>, Problem> {
    use ::parquet::arrow::ArrowWriter;
    use ::parquet::basic::Compression;
    use ::parquet::file::properties::WriterProperties;
    let batch = batch(table)?;
    let mut out = Vec::new();
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        // The default names the crate's version; the same table should give the same bytes after an update.
        .set_created_by(String::from("multi-alpha-allocator"))
        .build();
    let mut writer = ArrowWriter::try_new(&mut out, batch.schema(), Some(properties)).map_err(|error| defect(&error))?;
    writer.write(&batch).map_err(|error| defect(&error))?;
    writer.close().map_err(|error| defect(&error))?;
    Ok(out)
}

fn defect(error: &dyn std::fmt::Display) -> Problem {
    Problem::internal(format!("a table could not be written: {error}"))
}
