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

/// Runs the chosen target, native unless told.
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
    step(&mut plan, target, topics);
    Ok(plan.finish_counted(workspace))
}

/// One step that runs the cases on one target.
pub(crate) fn step<'a>(plan: &mut Plan<'a>, target: &'a str, topics: Vec<String>) {
    plan.check(format!("Parity with the recorded systems, {target}"), move |workspace| {
        if !workspace.has("tests/src/bin/parity.rs") && !workspace.has("tests/src/bin/parity/main.rs") {
            return Ok(Report::Skipped("crate tests has no program 'parity'".to_owned()));
        }
        let mut process = Process::cargo(&["run", "--release", "--package", "tests", "--bin", "parity", "--"]);
        if target == "wasm" {
            let folder = pages::engine_for_node(workspace)?;
            process = process.args(["--target", "wasm"]).env("ALLOCATOR_WASM", &folder);
        }
        for topic in &topics {
            process = process.args(["--topic", topic]);
        }
        Ok(counted(workspace, &process))
    });
}
