//! `cargo xtask parity`: the recorded cases, judged by the program `parity` of crate `tests`.
//!
//! `ALLOCATOR_VECTORS` names another directory of recordings and passes through as it is.

use std::process::ExitCode;

use crate::failure::{Failure, Outcome};
use crate::plan::{Plan, Report};
use crate::process::Process;
use crate::test::counted;
use crate::tools;
use crate::workspace::Workspace;
use crate::{expect_no_more, pages, take_values};

/// Runs the chosen target, native unless told. The program takes the place of this one, so that its closing line is the last and its
/// exit code is ours: 0, 1 with any failure, 2 where nothing matched.
pub(crate) fn command(workspace: &Workspace, mut words: Vec<String>) -> Outcome<ExitCode> {
    let topics = take_values(&mut words, "--topic")?;
    let targets = take_values(&mut words, "--target")?;
    expect_no_more(&words)?;
    let target = targets.last().map_or("native", String::as_str);
    let mut plan = Plan::default();
    match target {
        "native" => {}
        "wasm" => tools::for_wasm(&mut plan),
        other => {
            return Err(Failure::new(format!("there is no target '{other}'")).hint("targets: native, wasm"));
        }
    }
    if plan.finish(workspace) != ExitCode::SUCCESS {
        return Ok(ExitCode::FAILURE);
    }
    process(workspace, target, &topics)?.become_it(workspace)?;
    Ok(ExitCode::SUCCESS)
}

/// One step that runs the cases on one target.
pub(crate) fn step<'a>(plan: &mut Plan<'a>, target: &'a str, topics: Vec<String>) {
    plan.check(format!("Parity with the recorded systems, {target}"), move |workspace| {
        if !workspace.has("tests/src/bin/parity.rs") && !workspace.has("tests/src/bin/parity/main.rs") {
            return Ok(Report::Skipped("crate tests has no program 'parity'".to_owned()));
        }
        Ok(counted(workspace, &process(workspace, target, &topics)?))
    });
}

/// The program with its arguments; for wasm with the engine, built here.
fn process(workspace: &Workspace, target: &str, topics: &[String]) -> Outcome<Process> {
    // The tests' own build: the cases take a second, an optimised build of the readers takes minutes.
    let mut process = Process::new(workspace.program("parity")?);
    if target == "wasm" {
        let folder = pages::engine_that_ships(workspace)?;
        process = process.args(["--target", "wasm"]).env("ALLOCATOR_WASM", &folder);
    }
    for topic in topics {
        process = process.args(["--topic", topic]);
    }
    Ok(process)
}
