//! `cargo xtask schemas [--check]`: the JSON Schemas of every request and response, written from the Rust types.
//!
//! The work is done by the program `schemas` beside this one, so that this one stays independent of the core.

use std::process::ExitCode;

use crate::failure::Outcome;
use crate::plan::{Plan, Report};
use crate::process::Process;
use crate::workspace::Workspace;
use crate::{expect_no_more, take_flag};

const FOLDER: &str = "docs/reference/schemas";

/// Writes the schemas, or compares them with those committed.
pub(crate) fn command(workspace: &Workspace, mut words: Vec<String>) -> Outcome<ExitCode> {
    let check = take_flag(&mut words, "--check");
    expect_no_more(&words)?;
    let mut plan = Plan::default();
    step(&mut plan, check);
    Ok(plan.finish(workspace))
}

/// One step that writes or compares.
pub(crate) fn step(plan: &mut Plan<'_>, check: bool) {
    let title =
        if check { "Schemas: the committed ones are those of the Rust types" } else { "Schemas: write them from the Rust types" };
    plan.check(title, move |workspace| {
        if !exist(workspace) {
            return Ok(Report::Skipped("the core does not describe its types yet".to_owned()));
        }
        let mut process = Process::cargo(&["run", "--package", "xtask", "--features", "schemas", "--bin", "schemas"])
            .args(["--", FOLDER])
            .hint("`cargo xtask schemas` writes them anew; commit the result");
        if check {
            process = process.arg("--check");
        }
        process.run(workspace)?;
        Ok(Report::Done)
    });
}

/// Whether the core has the module that describes its types.
pub(crate) fn exist(workspace: &Workspace) -> bool {
    workspace.has("allocator-core/src/schema.rs") || workspace.has("allocator-core/src/schema/mod.rs")
}
