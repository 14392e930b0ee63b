//! Parquet: what pandas, polars, PyArrow, DuckDB and fastparquet write.
//!
//! The guard has compared the file's claims with its bytes. Columns are read in batches; text comes as a dictionary, so that a word
//! repeated a million times is still one word.

use super::arrow::{arrow_problem, table};
use super::from_arrow::{Collector, is_read};
use super::table::Table;
use super::{Bytes, Format, Limits, parquet_guard};
use crate::error::{Code, Problem};
use ::parquet::arrow::ProjectionMask;
use ::parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use ::parquet::errors::ParquetError;
use arrow_schema::{DataType, Field, Schema};
use std::sync::Arc;

/// Rows decoded at a time.
const BATCH_ROWS: usize = 8192;

fn parquet_problem(name: &str, error: &ParquetError) -> Problem {
    match error {
        ParquetError::NYI(what) => Problem::new(
            Code::UnsupportedFeature,
            name,
            format!("The file uses a feature that is not supported: {what}."),
            "Write the file with plain types and Snappy, ZSTD, LZ4 or no compression.",
        ),
        _ => Problem::new(Code::CorruptFile, name, format!("The Parquet file is damaged: {error}."), "Write the file anew."),
    }
}

pub(crate) fn read(bytes: Bytes, name: &str, limits: &Limits) -> Result<Table, Problem> {
    parquet_guard::check_description(&bytes, name, limits)?;
    let problem = |error: &ParquetError| parquet_problem(name, error);
    // The Arrow schema that some writers embed is only a hint, and one more thing to distrust.
    let options = || ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let plain = ArrowReaderMetadata::load(&bytes, options()).map_err(|error| problem(&error))?;
    let schema = plain.schema();
    let as_dictionary: Vec<Field> = schema
        .fields()
        .iter()
        .map(|field| match field.data_type() {
            text @ (DataType::Utf8 | DataType::Binary) => Field::new(
                field.name(),
                DataType::Dictionary(Box::new(DataType::Int32), Box::new(text.clone())),
                field.is_nullable(),
            ),
            _ => field.as_ref().clone(),
        })
        .collect();
    let wanted = Arc::new(Schema::new(as_dictionary));
    let metadata = ArrowReaderMetadata::try_new(Arc::clone(plain.metadata()), options().with_schema(wanted))
        .map_err(|error| problem(&error))?;
    let roots = schema.fields().iter().enumerate().filter(|(_, field)| is_read(field.data_type())).map(|(i, _)| i);
    let mask = ProjectionMask::roots(metadata.parquet_schema(), roots);
    let checked = parquet_guard::check_chunks(&Arc::new(bytes.clone()), metadata.metadata(), &mask, name, limits)?;

    // A value may be as long as its page where values share prefixes, so a batch of them is kept within the limits.
    let batch_rows = match checked.shared_prefix_page {
        0 => BATCH_ROWS,
        page => usize::try_from(limits.text_bytes / page).unwrap_or(1).clamp(1, BATCH_ROWS),
    };
    let pandas = metadata.metadata().file_metadata().key_value_metadata().and_then(|pairs| {
        let pair = pairs.iter().find(|pair| pair.key == "pandas")?;
        super::pandas::index_columns(pair.value.as_deref())
    });
    // The schema with the types as they stand in the file.
    let schema = Arc::clone(schema);
    let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(bytes, metadata)
        .with_projection(mask)
        .with_batch_size(batch_rows)
        .build()
        .map_err(|error| problem(&error))?;
    let mut columns: Vec<Collector> = schema.fields().iter().map(|field| Collector::new(field.data_type())).collect();
    let mut rows = 0_u64;
    for batch in reader {
        let batch = batch.map_err(|error| arrow_problem(name, &error))?;
        rows += batch.num_rows() as u64;
        limits.check_shape(rows, columns.len() as u64, name)?;
        let mut read = batch.columns().iter();
        for (collector, field) in columns.iter_mut().zip(schema.fields()) {
            if is_read(field.data_type()) {
                let array = read.next().ok_or_else(|| Problem::internal("a column of a Parquet batch is missing"))?;
                collector.append(array, limits, name)?;
            } else {
                collector.skip(batch.num_rows());
            }
        }
    }
    Ok(table(&schema, columns, rows as usize, pandas.as_ref(), Format::Parquet, name))
}
