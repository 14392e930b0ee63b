//! `cargo xtask bench`: the same work natively, in headless Chromium, and by peers written in Python.
//!
//! Timings are printed and never judged: a shared machine is no judge. docs/benchmarks.md says how to read them.

use std::process::ExitCode;

use crate::failure::Outcome;
use crate::plan::{Plan, Report};
use crate::process::{Process, which};
use crate::tools::{self, wasm_target::TARGET};
use crate::workspace::Workspace;
use crate::{expect_no_more, pages, take_values, test};

/// The folder with one Python script per peer.
const PEERS: &str = "tests/bench/peers";

/// Runs all benches, or those whose name contains `--filter`.
pub(crate) fn command(workspace: &Workspace, mut words: Vec<String>) -> Outcome<ExitCode> {
    let filter = take_values(&mut words, "--filter")?;
    expect_no_more(&words)?;
    let mut plan = Plan::default();
    tools::for_wasm(&mut plan);
    tools::for_tests(&mut plan);
    let chosen = filter.clone();
    plan.check("Benches: natively (criterion)", move |workspace| {
        if !workspace.has("allocator-core/benches") {
            return Ok(Report::Skipped("the core has no benches yet".to_owned()));
        }
        Process::cargo(&["bench", "--package", "allocator-core", "--benches", "--"]).args(chosen).run(workspace)?;
        Ok(Report::Done)
    });
    plan.check("Benches: the same work in headless Chromium", |workspace| {
        if !workspace.has("allocator-wasm/benches") {
            return Ok(Report::Skipped("allocator-wasm has no benches yet".to_owned()));
        }
        Process::cargo(&["bench", "--package", "allocator-wasm", "--benches", "--target", TARGET])
            .args(["--profile", pages::PROFILE])
            .envs(&test::runner(workspace)?)
            .run(workspace)?;
        Ok(Report::Done)
    });
    plan.check("Benches: peers in Python", peers);
    Ok(plan.finish(workspace))
}

/// Runs each peer's script; one that is not installed says so by exit code 77, as test programs have long done.
fn peers(workspace: &Workspace) -> Outcome<Report> {
    if !workspace.has(PEERS) {
        return Ok(Report::Skipped("there are no scripts of peers yet".to_owned()));
    }
    let Some(python) = which("python3") else {
        return Ok(Report::Skipped("python3 was not found".to_owned()));
    };
    Process::new(python).args(["-m", "peers"]).dir(workspace.root.join("tests/bench")).run(workspace)?;
    Ok(Report::Done)
}
