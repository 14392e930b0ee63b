//! Runs the recorded cases and closes with `N passed, N failed, N skipped`.
//!
//! `parity [--topic PREFIX]… [--target native|wasm]`; `ALLOCATOR_VECTORS` names another directory of recordings. Exit code 0, 1 with
//! any failure, 2 where nothing matched.

use std::io::Write as _;
use std::process::ExitCode;
use tests::engine::{Engine, Native, Wasm};
use tests::parity::{Bench, run, vectors};

const FAILED: u8 = 1;
const NOTHING_MATCHED: u8 = 2;

fn main() -> ExitCode {
    match work(std::env::args().skip(1).collect()) {
        Ok(code) => code,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::from(FAILED)
        }
    }
}

fn work(words: Vec<String>) -> Result<ExitCode, String> {
    let (mut topics, mut target) = (Vec::new(), String::from("native"));
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
            None => (word, None),
        };
        let mut value = || value.clone().or_else(|| words.next()).ok_or_else(|| format!("{name} needs a value"));
        match name.as_str() {
            "--topic" => topics.push(value()?),
            "--target" => target = value()?,
            other => return Err(format!("'{other}' is not understood; options: --topic PREFIX, --target native|wasm")),
        }
    }
    let engine: Box<dyn Engine> = match target.as_str() {
        "native" => Box::new(Native),
        "wasm" => Box::new(Wasm::start()?),
        other => return Err(format!("there is no target '{other}'; targets: native, wasm")),
    };
    let folders = vectors::folders();
    let mut cases = vectors::load(&folders);
    if cases.is_empty() {
        let folders: Vec<String> = folders.iter().map(|folder| folder.display().to_string()).collect();
        eprintln!("no recorded cases below {}", folders.join(" and "));
    }
    if !cases.iter().any(|case| case.topic == "s003_real_run") {
        eprintln!("skipped s003_real_run: its data do not ship, and are in none of the folders");
    }
    cases.retain(|case| topics.is_empty() || topics.iter().any(|prefix| case.id.starts_with(prefix.as_str())));
    let out = &mut std::io::stdout().lock();
    let mut lines = Vec::new();
    let sum = run(&cases, &mut Bench::new(engine), |line| lines.push(line));
    let written = lines.iter().try_for_each(|line| writeln!(out, "{line}"));
    let written = written.and_then(|()| {
        if sum.informed > 0 { writeln!(out, "info: {} cases answered or refused without a panic", sum.informed) } else { Ok(()) }
    });
    written.and_then(|()| writeln!(out, "{sum}")).map_err(|error| format!("standard output: {error}"))?;
    Ok(ExitCode::from(match (cases.is_empty(), sum.failed) {
        (true, _) => NOTHING_MATCHED,
        (_, 0) => 0,
        _ => FAILED,
    }))
}
