//! Everything one does with this repository, as `cargo xtask <command>`: no task runner has to be installed.
//!
//! ```text
//! main -> command (run, test, ci, ...) -> plan of steps -> tools (what must be installed) -> process (one program run)
//! ```
//!
//! Standard library only, and independent of every other crate of the workspace: `cargo xtask doctor` works even
//! while the product does not compile.

mod bench;
mod charts;
mod ci;
mod count;
mod doctor;
mod failure;
mod fonts;
mod offline;
mod optimise;
mod pages;
mod parity;
mod plan;
mod process;
mod reliability;
mod run;
mod schemas;
mod sizes;
mod split;
mod test;
mod tools;
mod workspace;

use std::process::ExitCode;

use failure::{Failure, Outcome};
use workspace::Workspace;

const HELP: &str = "\
Tasks of the Multi-Alpha Allocator

Usage: cargo xtask <command> [--dry-run] [options]

Start here
  run       install what is missing, build everything, serve the dashboard with real sample data
              --listen ADDRESS   where to serve (default 127.0.0.1:8080)
              --data DIR         where the embedded store lives (default target/allocator-data)
              --no-open          do not open a browser
              --build-only       stop before serving
  test      install what the tests need, then run all of them: native, documentation, WebAssembly, browser
              --only NAME        native | doc | wasm | e2e (may be repeated)
  doctor    tell what is installed, what is missing and how to mend it

Before a commit
  ci        exactly what continuous integration runs: format, lints, licences, schemas, docs, tests, parity
              --fast             without tests and parity
  parity    run the recorded cases: --topic PREFIX, --target native|wasm (default both in ci, native here)
  bench     benchmarks natively, in headless Chromium and, where installed, the peers in Python
  reliability  the server's promises in their long form, with figures: an hour at most
              --no-load          without the loads on a release build
              --no-tests         only these
              --seconds N        how long each load lasts (default 20)
  schemas   write the JSON Schemas of all requests and responses; --check only compares

Parts
  pages     build the dashboard and its engine worker into dist/
              --dev              quickly, unoptimised, for looking at
  setup     install the tools without building anything

Every command takes --dry-run: it says what it would do and does nothing.
";

fn main() -> ExitCode {
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    // Tiny on purpose: `--dry-run` may stand anywhere, the rest belongs to the command.
    let dry_run = take_flag(&mut words, "--dry-run");
    let command = if words.is_empty() { "help".to_owned() } else { words.remove(0) };
    let result = dispatch(&command, words, dry_run);
    tools::cargo_tool::tidy_up(dry_run);
    match result {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("\n{failure}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(command: &str, words: Vec<String>, dry_run: bool) -> Outcome<ExitCode> {
    let workspace = Workspace::find(dry_run)?;
    if words.iter().any(|word| word == "--help" || word == "-h") {
        print!("{HELP}");
        return Ok(ExitCode::SUCCESS);
    }
    match command {
        "run" => run::command(&workspace, words),
        "test" => test::command(&workspace, words),
        "ci" => ci::command(&workspace, words),
        "bench" => bench::command(&workspace, words),
        "reliability" => reliability::command(&workspace, words),
        "parity" => parity::command(&workspace, words),
        "schemas" => schemas::command(&workspace, words),
        "doctor" => doctor::command(&workspace, &words),
        "pages" => pages::command(&workspace, &words),
        "setup" => tools::command(&workspace, &words),
        "help" | "--help" | "-h" => {
            print!("{HELP}");
            Ok(ExitCode::SUCCESS)
        }
        other => Err(Failure::new(format!("there is no command '{other}'")).hint("`cargo xtask help` lists the commands")),
    }
}

/// Removes a flag from the words, wherever it stands, and tells whether it was there.
fn take_flag(words: &mut Vec<String>, flag: &str) -> bool {
    let before = words.len();
    words.retain(|word| word != flag);
    words.len() != before
}

/// Removes every `--name value` or `--name=value` from the words and returns the values.
fn take_values(words: &mut Vec<String>, name: &str) -> Outcome<Vec<String>> {
    let mut values = Vec::new();
    let mut kept = Vec::new();
    let mut rest = words.drain(..);
    while let Some(word) = rest.next() {
        if word == name {
            let value = rest.next().ok_or_else(|| Failure::new(format!("{name} needs a value")))?;
            values.push(value);
        } else if let Some(value) = word.strip_prefix(name).and_then(|tail| tail.strip_prefix('=')) {
            values.push(value.to_owned());
        } else {
            kept.push(word);
        }
    }
    drop(rest);
    *words = kept;
    Ok(values)
}

/// Refuses what no flag has claimed.
fn expect_no_more(words: &[String]) -> Outcome {
    match words.first() {
        None => Ok(()),
        Some(word) => Err(Failure::new(format!("'{word}' is not understood here")).hint("`cargo xtask help` lists the options")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn values_are_taken_in_both_spellings_and_the_rest_is_kept() {
        let mut line = words("--only wasm x --only=doc y");
        assert_eq!(take_values(&mut line, "--only").unwrap(), words("wasm doc"));
        assert_eq!(line, words("x y"));
    }

    #[test]
    fn a_value_that_is_missing_is_named() {
        let mut line = words("--listen");
        let failure = take_values(&mut line, "--listen").unwrap_err();
        assert!(failure.to_string().contains("--listen needs a value"));
    }

    #[test]
    fn a_word_nobody_claims_is_refused() {
        assert!(expect_no_more(&words("--onyl wasm")).is_err());
    }
}
