//! Arrow arrays into columns.

use super::Limits;
use super::column::ColumnBuilder;
use crate::error::{Code, Problem};
use crate::units::{DAY_NANOS, UnixNanos};
use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowDictionaryKeyType, ArrowPrimitiveType, Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type,
    Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, RunEndIndexType, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef, RunArray};
use arrow_buffer::ArrowNativeType;
use arrow_schema::{DataType, TimeUnit};
use std::sync::Arc;

/// Whether columns of a type are read; others are left out with a warning.
pub(super) fn is_read(data_type: &DataType) -> bool {
    match data_type {
        DataType::Dictionary(_, values) => {
            !matches!(**values, DataType::Dictionary(..) | DataType::RunEndEncoded(..)) && is_read(values)
        }
        DataType::RunEndEncoded(_, values) => {
            !matches!(values.data_type(), DataType::Dictionary(..) | DataType::RunEndEncoded(..)) && is_read(values.data_type())
        }
        _ => matches!(
            data_type,
            DataType::Null
                | DataType::Boolean
                | DataType::Int8
                | DataType::Int16
                | DataType::Int32
                | DataType::Int64
                | DataType::UInt8
                | DataType::UInt16
                | DataType::UInt32
                | DataType::UInt64
                | DataType::Float16
                | DataType::Float32
                | DataType::Float64
                | DataType::Utf8
                | DataType::LargeUtf8
                | DataType::Utf8View
                | DataType::Binary
                | DataType::LargeBinary
                | DataType::BinaryView
                | DataType::Date32
                | DataType::Date64
                | DataType::Timestamp(..)
                | DataType::Decimal32(..)
                | DataType::Decimal64(..)
                | DataType::Decimal128(..)
        ),
    }
}

/// The type as people know it.
fn spelled(data_type: &DataType) -> String {
    let unit = |unit: &TimeUnit| match unit {
        TimeUnit::Second => "s",
        TimeUnit::Millisecond => "ms",
        TimeUnit::Microsecond => "us",
        TimeUnit::Nanosecond => "ns",
    };
    match data_type {
        DataType::Boolean => "bool".into(),
        DataType::Float16 => "float16".into(),
        DataType::Float32 => "float32".into(),
        DataType::Float64 => "float64".into(),
        DataType::Utf8 => "string".into(),
        DataType::LargeUtf8 => "large_string".into(),
        DataType::Utf8View => "string_view".into(),
        DataType::Timestamp(u, None) => format!("timestamp[{}]", unit(u)),
        DataType::Timestamp(u, Some(zone)) => format!("timestamp[{}, {zone}]", unit(u)),
        DataType::Dictionary(_, values) => format!("dictionary<{}>", spelled(values)),
        DataType::RunEndEncoded(_, values) => format!("run_end_encoded<{}>", spelled(values.data_type())),
        DataType::Decimal32(p, s) | DataType::Decimal64(p, s) | DataType::Decimal128(p, s) => format!("decimal({p}, {s})"),
        other => other.to_string().to_lowercase(),
    }
}

/// Collects the arrays of one column.
pub(super) struct Collector {
    builder: ColumnBuilder,
    /// The dictionary seen last, and the number of each of its words that was met.
    dictionary: Option<(ArrayRef, Vec<Option<u32>>)>,
}

impl Collector {
    pub(super) fn new(data_type: &DataType) -> Self {
        Collector { builder: ColumnBuilder::of_type(spelled(data_type)), dictionary: None }
    }

    pub(super) fn skip(&mut self, rows: usize) {
        self.builder.push_unread(rows);
    }

    pub(super) fn finish(self) -> ColumnBuilder {
        self.builder
    }

    pub(super) fn append(&mut self, array: &ArrayRef, limits: &Limits, file: &str) -> Result<(), Problem> {
        let first = self.builder.len();
        let bad = |row: usize, what: &str| {
            Problem::new(
                Code::InvalidCell,
                format!("{file}:row {}", first + row + 1),
                format!("The cell {what}."),
                "Mend the cell, or leave the column out.",
            )
        };
        match array.data_type() {
            DataType::Dictionary(key, _) => match **key {
                DataType::Int8 => self.dictionary::<Int8Type>(array, limits, file)?,
                DataType::Int16 => self.dictionary::<Int16Type>(array, limits, file)?,
                DataType::Int32 => self.dictionary::<Int32Type>(array, limits, file)?,
                DataType::Int64 => self.dictionary::<Int64Type>(array, limits, file)?,
                DataType::UInt8 => self.dictionary::<UInt8Type>(array, limits, file)?,
                DataType::UInt16 => self.dictionary::<UInt16Type>(array, limits, file)?,
                DataType::UInt32 => self.dictionary::<UInt32Type>(array, limits, file)?,
                _ => self.dictionary::<UInt64Type>(array, limits, file)?,
            },
            DataType::RunEndEncoded(ends, _) => match ends.data_type() {
                DataType::Int16 => self.runs::<Int16Type>(array, limits, file)?,
                DataType::Int32 => self.runs::<Int32Type>(array, limits, file)?,
                _ => self.runs::<Int64Type>(array, limits, file)?,
            },
            _ => {
                for row in 0..array.len() {
                    push(&mut self.builder, array, row).map_err(|what| bad(row, what))?;
                }
            }
        }
        limits.check_text(self.builder.text_bytes() as u64, file)
    }

    fn dictionary<K: ArrowDictionaryKeyType>(&mut self, array: &ArrayRef, limits: &Limits, file: &str) -> Result<(), Problem> {
        let array = array.as_dictionary::<K>();
        let values = array.values();
        let is_text = matches!(
            values.data_type(),
            DataType::Utf8
                | DataType::LargeUtf8
                | DataType::Utf8View
                | DataType::Binary
                | DataType::LargeBinary
                | DataType::BinaryView
        );
        if !self.dictionary.as_ref().is_some_and(|(known, _)| Arc::ptr_eq(known, values)) {
            self.dictionary = Some((Arc::clone(values), vec![None; if is_text { values.len() } else { 0 }]));
        }
        let broken =
            || Problem::new(Code::CorruptFile, file, "A dictionary index points outside its dictionary.", "Write the file anew.");
        for row in 0..array.len() {
            if array.is_null(row) {
                self.builder.push_null();
                continue;
            }
            let key = array.keys().value(row).to_usize().filter(|key| *key < values.len()).ok_or_else(broken)?;
            if values.is_null(key) {
                self.builder.push_null();
                continue;
            }
            let Some((_, codes)) = self.dictionary.as_mut().filter(|_| is_text) else {
                push(&mut self.builder, values, key).map_err(|what| {
                    Problem::new(
                        Code::InvalidCell,
                        format!("{file}:row {}", row + 1),
                        format!("The cell {what}."),
                        "Mend the cell.",
                    )
                })?;
                continue;
            };
            let code = if let Some(code) = codes[key] {
                code
            } else {
                let word = text(values, key).ok_or_else(|| {
                    Problem::new(Code::InvalidCell, file, "A word of a dictionary is not UTF-8.", "Write text as UTF-8.")
                })?;
                let code = self.builder.code(word);
                codes[key] = Some(code);
                limits.check_text(self.builder.text_bytes() as u64, file)?;
                code
            };
            self.builder.push_code(code);
        }
        Ok(())
    }

    fn runs<R: RunEndIndexType>(&mut self, array: &ArrayRef, limits: &Limits, file: &str) -> Result<(), Problem> {
        let broken =
            || Problem::new(Code::CorruptFile, file, "The runs of a run-end-encoded column are damaged.", "Write the file anew.");
        let runs = array.as_any().downcast_ref::<RunArray<R>>().ok_or_else(broken)?;
        let (offset, len) = (runs.run_ends().offset(), runs.run_ends().len());
        let mut at = offset;
        for (run, end) in runs.run_ends().values().iter().enumerate() {
            let end = end.as_usize().min(offset + len);
            if run >= runs.values().len() {
                return Err(broken());
            }
            while at < end {
                push(&mut self.builder, runs.values(), run).map_err(|_| broken())?;
                at += 1;
            }
        }
        if at != offset + len {
            return Err(broken());
        }
        limits.check_text(self.builder.text_bytes() as u64, file)
    }
}

/// The text of a cell; `None` if it is not text, or not UTF-8.
fn text(array: &dyn Array, row: usize) -> Option<&str> {
    match array.data_type() {
        DataType::Utf8 => Some(array.as_string::<i32>().value(row)),
        DataType::LargeUtf8 => Some(array.as_string::<i64>().value(row)),
        DataType::Utf8View => Some(array.as_string_view().value(row)),
        DataType::Binary => std::str::from_utf8(array.as_binary::<i32>().value(row)).ok(),
        DataType::LargeBinary => std::str::from_utf8(array.as_binary::<i64>().value(row)).ok(),
        DataType::BinaryView => std::str::from_utf8(array.as_binary_view().value(row)).ok(),
        _ => None,
    }
}

/// One cell of a plain array.
fn push(builder: &mut ColumnBuilder, array: &dyn Array, row: usize) -> Result<(), &'static str> {
    fn native<T: ArrowPrimitiveType>(array: &dyn Array, row: usize) -> T::Native {
        array.as_primitive::<T>().value(row)
    }
    if array.is_null(row) || matches!(array.data_type(), DataType::Null) {
        builder.push_null();
        return Ok(());
    }
    let time = |value: Option<i64>| value.map(UnixNanos).ok_or("is a time beyond the years 1678 to 2261");
    match array.data_type() {
        DataType::Boolean => builder.push_bool(array.as_boolean().value(row)),
        DataType::Int8 => builder.push_int(native::<Int8Type>(array, row).into()),
        DataType::Int16 => builder.push_int(native::<Int16Type>(array, row).into()),
        DataType::Int32 => builder.push_int(native::<Int32Type>(array, row).into()),
        DataType::Int64 => builder.push_int(native::<Int64Type>(array, row)),
        DataType::UInt8 => builder.push_int(native::<UInt8Type>(array, row).into()),
        DataType::UInt16 => builder.push_int(native::<UInt16Type>(array, row).into()),
        DataType::UInt32 => builder.push_int(native::<UInt32Type>(array, row).into()),
        DataType::UInt64 => {
            let value = native::<UInt64Type>(array, row);
            match i64::try_from(value) {
                Ok(value) => builder.push_int(value),
                Err(_) => builder.push_float(value as f64),
            }
        }
        DataType::Float16 => builder.push_float(native::<Float16Type>(array, row).to_f64()),
        DataType::Float32 => builder.push_float(native::<Float32Type>(array, row).into()),
        DataType::Float64 => builder.push_float(native::<Float64Type>(array, row)),
        DataType::Date32 => builder.push_time(time(i64::from(native::<Date32Type>(array, row)).checked_mul(DAY_NANOS))?),
        DataType::Date64 => builder.push_time(time(native::<Date64Type>(array, row).checked_mul(1_000_000))?),
        DataType::Timestamp(unit, _) => builder.push_time(time(match unit {
            TimeUnit::Second => native::<TimestampSecondType>(array, row).checked_mul(1_000_000_000),
            TimeUnit::Millisecond => native::<TimestampMillisecondType>(array, row).checked_mul(1_000_000),
            TimeUnit::Microsecond => native::<TimestampMicrosecondType>(array, row).checked_mul(1_000),
            TimeUnit::Nanosecond => Some(native::<TimestampNanosecondType>(array, row)),
        })?),
        DataType::Decimal32(_, scale) => builder.push_float(decimal(native::<Decimal32Type>(array, row).into(), *scale)),
        DataType::Decimal64(_, scale) => builder.push_float(decimal(native::<Decimal64Type>(array, row).into(), *scale)),
        DataType::Decimal128(_, scale) => builder.push_float(decimal(native::<Decimal128Type>(array, row), *scale)),
        _ => builder.push_str(text(array, row).ok_or("is not UTF-8 text")?),
    }
    Ok(())
}

/// A decimal as the f64 nearest to it, which is what reading it from text gives.
fn decimal(digits: i128, scale: i8) -> f64 {
    format!("{digits}e{}", -i16::from(scale)).parse().unwrap_or(f64::NAN)
}
