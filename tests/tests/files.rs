//! Every file that pandas, polars, PyArrow, DuckDB and fastparquet wrote is read, or refused by the name of what is not supported.
//!
//! This is the test that keeps the files that decided for the Arrow crates (docs/adr/0002).

use allocator_core::codec::{Cell, Format, Limits, Table, read, write};
use allocator_core::error::Code;
use allocator_core::frame::from_table::{Options, Source, prices, returns, signals};
use allocator_core::frame::{ReturnBook, SignalBook};
use std::collections::BTreeMap;
use std::fs;
use tests::files::{FOLDER, outcome, recorded};
use tests::place;

fn bytes(name: &str) -> Vec<u8> {
    fs::read(place::root().join(FOLDER).join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn table(name: &str) -> Table {
    read(&bytes(name), name, &Limits::default()).unwrap_or_else(|problem| panic!("{name}: {problem}"))
}

fn extension(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or_default()
}

fn names() -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(place::root().join(FOLDER))
        .expect("the folder of the files")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("a plain name"))
        .filter(|name| !["py", "md"].contains(&extension(name)))
        .collect();
    names.sort();
    names
}

/// `ALLOCATOR_WRITE_GOLDEN=1 cargo test -p tests --test files` records anew; the difference is for a person to judge.
#[test]
fn every_file_comes_to_what_is_recorded() {
    let found: Vec<(String, String)> = names().into_iter().map(|name| (name.clone(), outcome(&name, &bytes(&name)))).collect();
    if std::env::var_os("ALLOCATOR_WRITE_GOLDEN").is_some() {
        let mut text =
            String::from("# name, then: format rowsxcolumns shape faults warnings digest-of-every-cell, or how it is refused\n");
        text.extend(found.iter().flat_map(|(name, outcome)| [name, "\t", outcome, "\n"]));
        fs::write(place::root().join("tests/golden/files.tsv"), text).unwrap();
        return;
    }
    let recorded: BTreeMap<&str, &str> = recorded().collect();
    assert_eq!(found.len(), recorded.len(), "a file without a record, or a record without a file");
    for (name, outcome) in &found {
        assert_eq!(Some(&outcome.as_str()), recorded.get(name.as_str()), "{name}");
    }
}

#[test]
fn only_brotli_is_refused_and_by_name() {
    let refused: Vec<&str> = recorded().filter(|(_, outcome)| outcome.starts_with("refused")).map(|(name, _)| name).collect();
    assert_eq!(refused, ["pyarrow_parquet_brotli.parquet"]);
    let problem = read(&bytes(refused[0]), refused[0], &Limits::default()).unwrap_err();
    assert_eq!(problem.code, Code::UnsupportedFeature);
    assert!(problem.message.contains("Brotli"), "{}", problem.message);
    // Feather version 1, of which PyArrow can no longer write a file, is known by its first bytes.
    let problem = read(b"FEA1\0\0\0\0FEA1", "old.feather", &Limits::default()).unwrap_err();
    assert_eq!((problem.code, problem.message.contains("Feather version 1")), (Code::UnsupportedFeature, true));
}

/// A cell as text in which nulls and NaN, both "no score", are the same.
fn cells(table: &Table, column: &str) -> Vec<String> {
    let column = table.columns.iter().find(|known| known.name == column).unwrap_or_else(|| panic!("{}: no {column}", table.name));
    (0..table.rows)
        .map(|row| match column.cell(row) {
            Cell::Float(value) if value.is_nan() => "Null".to_owned(),
            cell => format!("{cell:?}"),
        })
        .collect()
}

/// The generator wrote one table in every way: whatever the type in the file, the cells are the same.
#[test]
fn the_same_table_is_read_from_every_writer() {
    let wanted = table("pyarrow_file_none.arrow");
    assert_eq!(wanted.rows, 5000);
    assert_eq!(cells(&wanted, "score").iter().filter(|cell| *cell == "Null").count(), 52);
    let mut compared = 0;
    for name in names() {
        let known = ["pyarrow_", "pandas_", "polars_", "duckdb_", "fastparquet_"].iter().any(|writer| name.starts_with(writer));
        let other = ["brotli", "decimal", "float16", "ree", "wide"].iter().any(|part| name.contains(part));
        if !known || other || extension(&name) == "csv" {
            continue;
        }
        let found = table(&name);
        for column in ["date", "symbol", "score", "weight"] {
            if column != "symbol" || !name.contains("nostr") {
                assert_eq!(cells(&found, column), cells(&wanted, column), "{name} {column}");
            }
        }
        compared += 1;
    }
    assert_eq!(compared, 37);
}

/// CSV has the shortest digits of the 32-bit weights, so those are the same as 32-bit numbers only; everything else is the same.
#[test]
fn csv_holds_the_same_table() {
    let wanted = table("pyarrow_file_none.arrow");
    for name in ["pandas_csv.csv", "polars_csv.csv"] {
        let found = table(name);
        for column in ["date", "symbol", "score"] {
            assert_eq!(cells(&found, column), cells(&wanted, column), "{name} {column}");
        }
        for row in 0..wanted.rows {
            let (Cell::Float(a), Cell::Float(b)) =
                (found.column("weight").unwrap().cell(row), wanted.column("weight").unwrap().cell(row))
            else {
                panic!("{name}: weight of row {row}")
            };
            assert_eq!(a as f32, b as f32, "{name}");
        }
    }
}

fn book(name: &str) -> SignalBook {
    let table = table(name);
    let source: [Source<'_>; 1] = [(None, &table)];
    signals(&source, &Options::default(), &Limits::default()).unwrap_or_else(|problem| panic!("{name}: {problem}")).value
}

#[test]
fn six_files_of_one_table_make_one_book() {
    let wanted = book("signals.csv");
    assert_eq!(wanted.strategies(), ["alpha_baseline", "mean_reversion", "momentum"]);
    assert_eq!(wanted.len(), 21);
    for name in [
        "signals_pandas_default.feather",
        "signals_pandas_default.parquet",
        "signals_polars_default.arrow",
        "signals_polars_default.parquet",
    ] {
        assert_eq!(book(name), wanted, "{name}");
    }
    // pandas writes ten digits into JSON, so its weights differ, by no more than half a unit of the tenth.
    let json = book("signals.json");
    assert_eq!((json.symbols(), json.strategies()), (wanted.symbols(), wanted.strategies()));
    for s in 0..wanted.strategies().len() {
        assert_eq!(json.rows(s).symbols, wanted.rows(s).symbols);
        assert_eq!(json.rows(s).scores, wanted.rows(s).scores);
        for (a, b) in json.rows(s).weights.iter().zip(wanted.rows(s).weights) {
            assert!((a - b).abs() <= 0.5e-10 + 1e-15, "{a} {b}");
        }
    }
}

#[test]
fn missing_scores_are_named_where_they_stand() {
    for (name, first, second) in [
        (
            "polars_ipc_default.arrow",
            "polars_ipc_default.arrow:row 1:column score",
            "polars_ipc_default.arrow:row 98:column score",
        ),
        ("pandas_csv.csv", "pandas_csv.csv:2:4", "pandas_csv.csv:99:4"),
        (
            "fastparquet_default.parquet",
            "fastparquet_default.parquet:row 1:column score",
            "fastparquet_default.parquet:row 98:column score",
        ),
    ] {
        let table = table(name);
        let problem = signals(&[(None, &table)], &Options::default(), &Limits::default()).unwrap_err();
        assert_eq!((problem.problems.len() as u64 + problem.omitted, problem.code), (52, Code::NotFinite), "{name}");
        assert_eq!((problem.problems[0].path.as_str(), problem.problems[1].path.as_str()), (first, second));
    }
}

#[test]
fn wide_returns_are_the_same_from_csv_and_polars() {
    let book = |name: &str| -> ReturnBook {
        let table = table(name);
        returns(&[(None, &table)], &Options::default(), &Limits::default())
            .unwrap_or_else(|problem| panic!("{name}: {problem}"))
            .value
    };
    let wanted = book("returns_wide.csv");
    assert_eq!((wanted.len(), wanted.series()[0].times.len()), (3, 500));
    assert_eq!(book("returns_wide_polars.arrow"), wanted);
    // The index of a pandas frame comes last in Parquet and is the date all the same.
    assert_eq!(book("pandas_wide_parquet.parquet"), book("pandas_wide_feather.feather"));
}

#[test]
fn the_reference_rates_of_the_ecb_are_wide_prices() {
    let path = place::root().join("tests/vectors/data/ecb_eurofxref_hist.csv.gz");
    let table = read(&fs::read(path).unwrap(), "ecb.csv.gz", &Limits::default()).unwrap();
    let book = prices(&[(None, &table)], &Options::default(), &Limits::default()).unwrap().value;
    let usd = book.get("USD").unwrap();
    assert_eq!((usd.times.len(), usd.times[0].to_string().as_str(), usd.values[0]), (7126, "1999-01-04", 1.1789));
    assert!(book.len() == 41, "{} currencies", book.len());
    assert_eq!(book.get("RUB").unwrap().times.last().unwrap().to_string(), "2022-03-01");
}

#[test]
fn what_we_write_we_read_again() {
    for name in names().iter().filter(|name| !name.contains("brotli")) {
        let table = table(name);
        let has_nan = table
            .columns
            .iter()
            .any(|column| (0..table.rows).any(|row| matches!(column.cell(row), Cell::Float(x) if !x.is_finite())));
        for format in [Format::Csv, Format::Json, Format::Arrow, Format::ArrowStream, Format::Parquet] {
            if has_nan && format == Format::Json {
                continue;
            }
            let again =
                read(&write(&table, format).unwrap(), "again", &Limits::default()).unwrap_or_else(|problem| panic!("{problem}"));
            for (a, b) in table.columns.iter().zip(&again.columns) {
                assert_eq!(
                    cells(&table, &a.name),
                    numbers_like(&table, &again, &a.name),
                    "{name} as {} {}",
                    format.as_str(),
                    b.name
                );
            }
        }
    }
}

/// JSON and CSV do not tell 1.0 from 1: whole numbers are spelled as the original has them.
fn numbers_like(like: &Table, table: &Table, column: &str) -> Vec<String> {
    let is_float =
        like.column(column).is_some_and(|column| column.type_name.contains("float") || column.type_name.contains("decimal"));
    let found = table.column(column).expect("the column");
    (0..table.rows)
        .map(|row| match found.cell(row) {
            Cell::Int(value) if is_float => format!("{:?}", Cell::Float(value as f64)),
            Cell::Float(value) if value.is_nan() => "Null".to_owned(),
            cell => format!("{cell:?}"),
        })
        .collect()
}

/// Cut at every length (a sample of them), every file is an error or, as text may be, a shorter table; never a panic.
#[test]
fn a_file_cut_short_is_refused() {
    for name in names() {
        let whole = bytes(&name);
        for part in 0..40 {
            let cut = &whole[..whole.len() * part / 40];
            let read = read(cut, &name, &Limits::default());
            if ["parquet", "arrow", "feather"].contains(&extension(&name)) {
                assert!(read.is_err(), "{name} cut to {} bytes", cut.len());
            }
        }
    }
}
