//! `cargo xtask test`: every test there is.
//!
//! | part | what | with |
//! |---|---|---|
//! | native | all crates on this machine, Redis and crash tests and the book's snippets among them | nextest, or `cargo test` |
//! | doc | the examples in the documentation | `cargo test --doc` |
//! | wasm | bindings and components in headless Chromium | wasm-bindgen-test |
//! | e2e | the built site and server in headless Chromium | playwright-core |

use std::ffi::OsString;
use std::process::ExitCode;

use crate::failure::{Failure, Outcome};
use crate::plan::{Plan, Report};
use crate::process::{Process, which};
use crate::tools::{self, cargo_tool, node, system, wasm_target::TARGET};
use crate::workspace::Workspace;
use crate::{expect_no_more, pages, take_values};

const PARTS: [&str; 4] = ["native", "doc", "wasm", "e2e"];

/// Installs what the tests need, runs the chosen parts (all unless told) and closes with their sum.
pub(crate) fn command(workspace: &Workspace, mut words: Vec<String>) -> Outcome<ExitCode> {
    let only = take_values(&mut words, "--only")?;
    expect_no_more(&words)?;
    if let Some(unknown) = only.iter().find(|part| !PARTS.contains(&part.as_str())) {
        return Err(Failure::new(format!("there is no part '{unknown}'")).hint(format!("parts: {}", PARTS.join(", "))));
    }
    let chosen = |part: &str| only.is_empty() || only.iter().any(|name| name == part);
    let mut plan = Plan::default();
    install(&mut plan, &chosen);
    parts(&mut plan, &chosen);
    Ok(plan.finish_counted(workspace))
}

/// The tools that the chosen parts need.
fn install(plan: &mut Plan<'_>, chosen: &impl Fn(&str) -> bool) {
    if chosen("e2e") {
        tools::for_pages(plan);
    } else if chosen("wasm") || chosen("native") {
        tools::for_wasm(plan);
    }
    if chosen("native") || chosen("wasm") || chosen("e2e") {
        tools::for_tests(plan);
    }
}

/// The chosen parts; the tools must be there.
pub(crate) fn parts(plan: &mut Plan<'_>, chosen: &impl Fn(&str) -> bool) {
    if chosen("native") {
        plan.check("Tests: all crates, natively", native);
    }
    if chosen("doc") {
        plan.check("Tests: examples in the documentation", |workspace| {
            Ok(counted(workspace, &Process::cargo(&["test", "--workspace", "--doc"])))
        });
    }
    if chosen("wasm") {
        plan.check("Tests: WebAssembly in headless Chromium", wasm);
    }
    if chosen("e2e") {
        pages::build(plan);
        plan.check("Tests: the dashboard in a browser, end to end", end_to_end);
    }
}

/// Runs a test command and reports its counts.
pub(crate) fn counted(workspace: &Workspace, process: &Process) -> Report {
    let (tally, outcome) = process.count(workspace);
    Report::Counted(tally, outcome)
}

fn native(workspace: &Workspace) -> Outcome<Report> {
    // Some native tests compare the core with its WebAssembly twin, request by request.
    let engine = pages::engine_that_ships(workspace)?;
    let process = if which("cargo-nextest").is_some() {
        Process::cargo(&["nextest", "run", "--workspace", "--no-fail-fast", "--no-tests", "pass"])
    } else {
        println!("    cargo-nextest is not installed; `cargo test` does the same, a little slower");
        Process::cargo(&["test", "--workspace", "--no-fail-fast", "--lib", "--bins", "--tests"])
    };
    // The same generated cases on every run here, so that a change is judged by what it changes; who calls nextest by hand gets others.
    let process = process.envs(&system::variables()).env("ALLOCATOR_WASM", engine).env("PROPTEST_RNG_SEED", "20261126");
    Ok(counted(workspace, &process))
}

fn wasm(workspace: &Workspace) -> Outcome<Report> {
    // No --quiet: the runner refuses it.
    let process = Process::cargo(&["test", "--target", TARGET, "--no-fail-fast", "--lib", "--tests"])
        .args(["--package", "allocator-wasm", "--package", "dashboard"])
        .envs(&runner(workspace)?);
    Ok(counted(workspace, &process))
}

/// What makes Cargo run wasm programs in headless Chromium.
pub(crate) fn runner(workspace: &Workspace) -> Outcome<Vec<(OsString, OsString)>> {
    let program = cargo_tool::wasm_bindgen(workspace)?.program("wasm-bindgen-test-runner")?;
    let mut variables = system::variables();
    variables.push(("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER".into(), program.into()));
    // The runner looks in each package's folder otherwise.
    variables.push(("WASM_BINDGEN_TEST_WEBDRIVER_JSON".into(), workspace.root.join("webdriver.json").into()));
    // Seconds without a sign of life after which a test counts as hanging; the default of 20 is short of a loaded
    // machine with two cores.
    variables.push(("WASM_BINDGEN_TEST_TIMEOUT".into(), "180".into()));
    Ok(variables)
}

fn end_to_end(workspace: &Workspace) -> Outcome<Report> {
    let folder = workspace.root.join("tests/e2e");
    if !workspace.has("tests/e2e/package.json") {
        return Ok(Report::Skipped("there is no tests/e2e/package.json".to_owned()));
    }
    let (Some(node), Some(_)) = (node::node(), node::npm()) else {
        return Ok(Report::Skipped("Node.js and npm were not found; install them to run the browser tests".to_owned()));
    };
    node::install_locked(workspace, &folder)?;
    let server = workspace.program("allocator")?;
    let process = Process::new(node)
        // Node.js counts a whole file as one test: half an hour for all that is in it. A page that never answers fails its own
        // test long before, after the patience that the harness has.
        .args(["--test", "--test-timeout=1800000"])
        .dir(&folder)
        .env("ALLOCATOR_BIN", server)
        .env("ALLOCATOR_DIST", workspace.dist())
        .envs(&system::variables());
    Ok(counted(workspace, &process))
}
