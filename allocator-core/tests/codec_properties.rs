//! Random tables survive every format; random bytes survive every reader.
#![cfg(all(feature = "codec", not(target_arch = "wasm32")))]

use allocator_core::codec::{Column, ColumnData, Format, Limits, Table, read, write};
use allocator_core::units::{DAY_NANOS, UnixNanos};
use proptest::prelude::*;

/// A column of `rows` cells: its data, and which cells are null.
fn column(rows: usize) -> impl Strategy<Value = (ColumnData, Vec<bool>)> {
    let finite = prop_oneof![
        any::<f64>().prop_filter("finite", |x| x.is_finite()),
        (-1.0..1.0_f64),
        Just(-0.0),
        Just(5e-324),
        Just(1.7976931348623157e308),
        Just(1e21)
    ];
    // Words that no other type claims, with everything that CSV and JSON must escape.
    let word = "[A-Zé\"',;|\t\n\\\\ ]{0,6}[g-z]";
    let data = prop_oneof![
        prop::collection::vec(finite, rows).prop_map(ColumnData::Float),
        prop::collection::vec(any::<i64>(), rows).prop_map(ColumnData::Int),
        prop::collection::vec(any::<bool>(), rows).prop_map(ColumnData::Bool),
        prop::collection::vec((-20_000..20_000_i64).prop_map(|day| UnixNanos(day * DAY_NANOS)), rows).prop_map(ColumnData::Time),
        prop::collection::vec((-9_000_000_000_000_000_000..9_000_000_000_000_000_000_i64).prop_map(UnixNanos), rows)
            .prop_map(ColumnData::Time),
        prop::collection::vec(word, rows).prop_map(|words| Column::text("", words.iter().map(String::as_str)).data),
    ];
    (data, prop::collection::vec(prop::bool::weighted(0.8), rows))
}

fn table() -> impl Strategy<Value = Table> {
    (1..30_usize, 1..6_usize).prop_flat_map(|(rows, columns)| prop::collection::vec(column(rows), columns)).prop_map(|columns| {
        let columns = columns
            .into_iter()
            .enumerate()
            .map(|(i, (data, valid))| {
                let mut column = Column::new(format!("c{i}"), data);
                column.valid = valid.contains(&false).then_some(valid);
                column
            })
            .collect();
        Table::new("random", columns).expect("columns of one length")
    })
}

/// What a text format cannot tell apart: whole floats and integers beyond what f64 holds, columns without any value.
fn same(a: &Table, b: &Table, format: Format) -> Result<(), TestCaseError> {
    prop_assert_eq!(a.rows, b.rows);
    prop_assert_eq!(a.columns.len(), b.columns.len());
    for (a, b) in a.columns.iter().zip(&b.columns) {
        prop_assert_eq!(&a.name, &b.name);
        for row in 0..a.len() {
            use allocator_core::codec::Cell::{Float, Int};
            match (a.cell(row), b.cell(row)) {
                // Canonical JSON writes minus zero as 0.
                (Float(x), Float(y)) if format == Format::Json => prop_assert_eq!(x, y),
                (Float(x), Float(y)) => prop_assert_eq!(x.to_bits(), y.to_bits()),
                (Float(x), Int(y)) if matches!(format, Format::Csv | Format::Json) => prop_assert_eq!(x, y as f64),
                (x, y) => prop_assert_eq!(x, y),
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_table_survives_every_format(table in table()) {
        for format in [Format::Csv, Format::Json, Format::Arrow, Format::ArrowStream, Format::Parquet] {
            let bytes = write(&table, format).unwrap();
            let again = read(&bytes, "again", &Limits::default());
            let again = match again {
                Ok(again) => again,
                Err(problem) => return Err(TestCaseError::fail(format!("{}: {problem}", format.as_str()))),
            };
            prop_assert_eq!(again.format, format);
            same(&table, &again, format)?;
        }
    }

    #[test]
    fn any_bytes_are_a_table_or_a_problem(bytes in prop::collection::vec(any::<u8>(), 0..300), name in "[a-z]{1,4}\\.(csv|json|arrow|arrows|parquet|feather|gz|bin)") {
        let _ = read(&bytes, &name, &Limits::default());
        for magic in [&b"ARROW1\0\0"[..], b"PAR1", b"\xFF\xFF\xFF\xFF\x10\0\0\0", b"\x1F\x8B\x08\0", b"[", b"{", b"a,b\n"] {
            let mut whole = magic.to_vec();
            whole.extend(&bytes);
            if magic.starts_with(b"ARROW1") || magic.starts_with(b"PAR1") {
                whole.extend((bytes.len() as u32 / 2).to_le_bytes());
                whole.extend(if magic.starts_with(b"PAR1") { &b"PAR1"[..] } else { b"ARROW1" });
            }
            let _ = read(&whole, &name, &Limits::default());
        }
    }

    /// One byte of a good file changed, or its end cut off.
    #[test]
    fn a_damaged_file_is_a_table_or_a_problem(table in table(), at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<bool>()) {
        for format in [Format::Csv, Format::Json, Format::Arrow, Format::ArrowStream, Format::Parquet] {
            let mut bytes = write(&table, format).unwrap();
            let at = at.index(bytes.len());
            if cut { bytes.truncate(at) } else { bytes[at] = byte }
            let _ = read(&bytes, "damaged", &Limits::default());
        }
    }
}
