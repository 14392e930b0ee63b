//! `cargo xtask ci`: exactly what continuous integration runs.
//!
//! Cheap checks first. A failed check lets the others run, so one run shows every fault; the exit code is that of all.

use std::process::ExitCode;
use std::time::Duration;

use crate::failure::{Failure, Outcome};
use crate::plan::{Plan, Report};
use crate::process::Process;
use crate::tools::{self, cargo_tool, wasm_target::TARGET};
use crate::workspace::Workspace;
use crate::{expect_no_more, parity, schemas, take_flag, test};

/// The crates that are compiled for the browser.
const BROWSER: [&str; 6] = ["--package", "allocator-core", "--package", "allocator-wasm", "--package", "dashboard"];

/// Runs everything; `--fast` leaves the tests and the parity runs out.
pub(crate) fn command(workspace: &Workspace, mut words: Vec<String>) -> Outcome<ExitCode> {
    let fast = take_flag(&mut words, "--fast");
    expect_no_more(&words)?;
    let mut plan = Plan::default();
    plan.check("Format", |workspace| {
        Process::cargo(&["fmt", "--all", "--check"]).hint("`cargo fmt --all`").run(workspace)?;
        Ok(Report::Done)
    });
    plan.check("Dependencies: exactly those of Cargo.lock", |workspace| {
        Process::cargo(&["fetch", "--locked"]).hint("`cargo fetch` brings Cargo.lock up to date; commit it").run(workspace)?;
        Ok(Report::Done)
    });
    tools::for_wasm(&mut plan);
    tools::for_ci(&mut plan);
    if !fast {
        tools::for_pages(&mut plan);
        tools::for_tests(&mut plan);
    }
    lints(&mut plan);
    plan.check("Supply chain: licences, duplicates, sources", |workspace| {
        deny(&["licenses", "bans", "sources"])?.hint("deny.toml says what is allowed and why").run(workspace)?;
        Ok(Report::Done)
    });
    plan.check("Supply chain: known vulnerabilities", advisories);
    schemas::step(&mut plan, true);
    plan.check("Documentation of the code, without a warning", |workspace| {
        Process::cargo(&["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings").run(workspace)?;
        Ok(Report::Done)
    });
    if !fast {
        test::parts(&mut plan, &|_| true);
        parity::step(&mut plan, "native", Vec::new());
        parity::step(&mut plan, "wasm", Vec::new());
    }
    Ok(plan.finish_counted(workspace))
}

fn lints(plan: &mut Plan<'_>) {
    plan.check("Lints: natively", |workspace| {
        lint(workspace, &["--workspace", "--all-targets"])?;
        Ok(Report::Done)
    });
    plan.check("Lints: for the browser", |workspace| {
        lint(workspace, &[&["--target", TARGET, "--lib", "--bins", "--tests"], &BROWSER[..]].concat())?;
        Ok(Report::Done)
    });
    // Nothing in the core may reach for a clock or a file, and this is where it would show.
    plan.check("Lints: the bare core, for the browser", |workspace| {
        lint(workspace, &["--package", "allocator-core", "--target", TARGET, "--no-default-features"])?;
        Ok(Report::Done)
    });
}

/// Clippy over some crates, every warning an error.
fn lint(workspace: &Workspace, arguments: &[&str]) -> Outcome {
    Process::cargo(&["clippy"]).args(arguments).args(["--", "-D", "warnings"]).run(workspace)
}

fn deny(checks: &[&str]) -> Outcome<Process> {
    let program = cargo_tool::CARGO_DENY.program("cargo-deny")?;
    Ok(Process::new(program).args(["--all-features", "check", "--hide-inclusion-graph"]).args(checks))
}

/// The advisory database lives on a git host that not every machine can reach. Not reaching it is said and no failure;
/// a vulnerability found is one.
fn advisories(workspace: &Workspace) -> Outcome<Report> {
    let process = deny(&["advisories"])?.limit(Duration::from_mins(3));
    if workspace.dry_run {
        process.run(workspace)?;
        return Ok(Report::Done);
    }
    let (success, text) = process.listen(workspace)?;
    if success {
        return Ok(Report::Done);
    }
    if text.contains("failed to fetch advisory database") {
        return Ok(Report::Skipped("the advisory database cannot be reached from this machine".to_owned()));
    }
    println!("{text}");
    Err(Failure::new("a dependency has a known vulnerability or is no longer maintained")
        .hint("update it, or record the reason in deny.toml and docs/adr"))
}
