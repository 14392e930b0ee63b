//! `cargo xtask reliability`: the long forms of the server's promises, one after the other, each printing its figures.
//!
//! Kills, cuts and flips are counted and bounded inside the tests; the load runs for as many seconds as it is told. What comes out goes into
//! docs/reliability.md by hand, with date and machine: a shared machine is no judge, so nothing here fails because it was slow.

use std::process::ExitCode;

use crate::failure::Outcome;
use crate::plan::{Plan, Report};
use crate::process::Process;
use crate::workspace::Workspace;
use crate::{expect_no_more, take_flag, take_values, test, tools};

/// Connections of each load.
const CONNECTIONS: [&str; 2] = ["50", "400"];

/// Seconds of each load, unless told.
const SECONDS: &str = "20";

/// Runs the long tests, then, with a release build, the loads.
pub(crate) fn command(workspace: &Workspace, mut words: Vec<String>) -> Outcome<ExitCode> {
    let without_load = take_flag(&mut words, "--no-load");
    let without_tests = take_flag(&mut words, "--no-tests");
    let seconds = take_values(&mut words, "--seconds")?.pop().unwrap_or_else(|| SECONDS.to_owned());
    expect_no_more(&words)?;
    let mut plan = Plan::default();
    tools::for_tests(&mut plan);
    if !without_tests {
        plan.check("Long forms: kills, cuts, flips, an absent Redis, half-sent headers", |workspace| {
            let process = Process::cargo(&["nextest", "run", "--workspace", "--run-ignored", "only", "--no-fail-fast"]).args([
                "--no-capture",
                "--filterset",
                "package(server)",
            ]);
            Ok(test::counted(workspace, &process))
        });
    }
    if !without_load {
        plan.check("Load: 50 and 400 connections on a release build", move |workspace| {
            Process::cargo(&["build", "--release", "--package", "server", "--bins", "--examples"]).run(workspace)?;
            for connections in CONNECTIONS {
                Process::new(workspace.root.join("target/release/examples/load"))
                    .args(["target/release/allocator", connections, &seconds])
                    .run(workspace)?;
            }
            Ok(Report::Done)
        });
    }
    Ok(plan.finish_counted(workspace))
}
