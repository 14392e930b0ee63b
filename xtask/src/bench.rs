//! `cargo xtask bench`: the same work natively, in headless Chromium, and by peers written in Python.
//!
//! Timings are printed and never judged: a shared machine is no judge. docs/benchmarks.md says how to read them.

use std::fs;
use std::process::ExitCode;

use crate::failure::{Outcome, at};
use crate::plan::{Plan, Report};
use crate::process::{Process, which};
use crate::tools::{self, node, system, wasm_target::TARGET};
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
        Process::cargo(&["bench", "--package", "allocator-core", "--bench", "*", "--"]).args(chosen).run(workspace)?;
        Ok(Report::Done)
    });
    plan.check("Benches: the same work in headless Chromium", |workspace| {
        // Without the readers of files: they are not timed here, and take minutes to compile. Not `cargo bench`: the word --bench that it
        // hands on makes the runner leave out what is a test.
        Process::cargo(&[
            "test",
            "--package",
            "allocator-core",
            "--no-default-features",
            "--bench",
            "browser",
            "--target",
            TARGET,
        ])
        .args(["--profile", pages::ENGINE, "--", "--nocapture"])
        .envs(&test::runner(workspace)?)
        .run(workspace)?;
        Ok(Report::Done)
    });
    pages::build(&mut plan);
    plan.check("Benches: the page in headless Chromium", page);
    plan.check("Benches: peers in Python", peers);
    Ok(plan.finish(workspace))
}

/// How fast the page feels: its first load, a slider, large files.
fn page(workspace: &Workspace) -> Outcome<Report> {
    let folder = workspace.root.join("tests/e2e");
    let (Some(node), Some(_)) = (node::node(), node::npm()) else {
        return Ok(Report::Skipped("Node.js and npm were not found".to_owned()));
    };
    node::install_locked(workspace, &folder)?;
    Process::cargo(&["build", "--release", "--package", "server", "--bin", "allocator"]).run(workspace)?;
    Process::new(node)
        .arg("figures.js")
        .dir(&folder)
        .env("ALLOCATOR_BIN", workspace.target().join("release/allocator"))
        .env("ALLOCATOR_DIST", workspace.dist())
        .envs(&system::variables())
        .run(workspace)?;
    Ok(Report::Done)
}

/// Runs every script of the folder. A peer that is not installed cannot be measured, and that is no failure.
fn peers(workspace: &Workspace) -> Outcome<Report> {
    if !workspace.has(PEERS) {
        return Ok(Report::Skipped("there are no scripts of peers yet".to_owned()));
    }
    let Some(python) = which("python3") else {
        return Ok(Report::Skipped("python3 was not found".to_owned()));
    };
    let folder = workspace.root.join(PEERS);
    let mut scripts = Vec::new();
    for entry in at(&folder, fs::read_dir(&folder))? {
        let path = at(&folder, entry)?.path();
        if path.extension().is_some_and(|extension| extension == "py") {
            scripts.push(path);
        }
    }
    scripts.sort();
    let mut absent = Vec::new();
    for script in &scripts {
        if Process::new(&python).arg(script).run(workspace).is_err() {
            absent.push(script.file_stem().unwrap_or_default().to_string_lossy().into_owned());
        }
    }
    if absent.is_empty() {
        Ok(Report::Done)
    } else {
        Ok(Report::Skipped(format!("not installed or failed, see above: {}", absent.join(", "))))
    }
}
