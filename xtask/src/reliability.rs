//! `cargo xtask reliability`: the tests that print the figures of the server's promises, in their long form and one after the other.
//!
//! Every run of the tests has them in their short form: the same counts of kills, cuts and flips, shorter waits. Everything is bounded; the
//! loads run for as long as they are told. What comes out goes into docs/reliability.md by hand, with date and machine: a shared machine is
//! no judge, so nothing here fails because it was slow.

use std::process::ExitCode;

use crate::failure::{Failure, Outcome};
use crate::plan::{Plan, Report};
use crate::process::Process;
use crate::tools::{self, system};
use crate::workspace::Workspace;
use crate::{expect_no_more, take_flag, take_values, test};

/// Connections of each load.
const CONNECTIONS: [&str; 2] = ["50", "400"];

/// Seconds of each load, unless told.
const SECONDS: &str = "20";

/// Minutes of the steady load whose memory is watched, unless told. An hour is what docs/reliability.md speaks of.
const MINUTES: &str = "2";

/// The steady load: connections, and requests a second.
const STEADY: [&str; 2] = ["8", "1000"];

/// Makes the tests take their long form.
const LONG: &str = "ALLOCATOR_LONG";

/// Runs the tests, then, with a release build, the loads.
pub(crate) fn command(workspace: &Workspace, mut words: Vec<String>) -> Outcome<ExitCode> {
    let without_load = take_flag(&mut words, "--no-load");
    let without_tests = take_flag(&mut words, "--no-tests");
    let seconds = take_values(&mut words, "--seconds")?.pop().unwrap_or_else(|| SECONDS.to_owned());
    let minutes = take_values(&mut words, "--minutes")?.pop().unwrap_or_else(|| MINUTES.to_owned());
    expect_no_more(&words)?;
    let minutes: u64 = minutes.parse().map_err(|_| Failure::new(format!("--minutes takes a whole number, not '{minutes}'")))?;
    let mut plan = Plan::default();
    tools::for_tests(&mut plan);
    if !without_tests {
        plan.check("Figures: kills, cuts, flips, an absent Redis, half-sent headers, 400 connections", |workspace| {
            // One after the other, and each says what it measured.
            let process = Process::cargo(&["nextest", "run", "--workspace", "--no-fail-fast", "--no-capture"])
                .args(["--filterset", "package(server) and test(/^figures::/)"])
                .envs(&system::variables())
                .env(LONG, "1");
            Ok(test::counted(workspace, &process))
        });
    }
    if !without_load {
        plan.check(
            "Loads on a release build: 50 and 400 connections, and a steady one whose memory is watched",
            move |workspace| {
                Process::cargo(&["build", "--release", "--package", "server", "--bins", "--examples"]).run(workspace)?;
                let load = |words: &[&str]| {
                    Process::new(workspace.root.join("target/release/examples/load"))
                        .args(["target/release/allocator"])
                        .args(words)
                        .run(workspace)
                };
                for connections in CONNECTIONS {
                    load(&[connections, &seconds])?;
                }
                load(&[STEADY[0], &(minutes * 60).to_string(), STEADY[1]])?;
                Ok(Report::Done)
            },
        );
    }
    Ok(plan.finish_counted(workspace))
}
