//! The static site in `dist/`: the dashboard, bundled by Trunk, and the engine that runs beside it in a Worker.
//!
//! ```text
//! allocator-wasm --cargo--> .wasm --wasm-bindgen--> dashboard/engine/ --wasm-opt--+
//! dashboard + index.html --Trunk (cargo, wasm-bindgen)--> dist/ --wasm-opt-------+--> dist/ (+ .br, .gz)
//! ```
//!
//! Two wasm modules on purpose: a trap on a hostile file costs the Worker, not the page.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::charts;
use crate::failure::{Outcome, at};
use crate::fonts;
use crate::optimise::{self, Aim};
use crate::plan::{Plan, Report};
use crate::process::Process;
use crate::sizes;
use crate::tools::{self, cargo_tool, wasm_target::TARGET};
use crate::workspace::Workspace;
use crate::{expect_no_more, take_flag};

/// The Cargo profile of everything a browser downloads.
pub(crate) const PROFILE: &str = "wasm-release";

/// The profile of a page to look at while it is being made: what `cargo check` and tests have built is used again.
const DEV_PROFILE: &str = "dev";

/// `cargo xtask pages`: the static site, for any web server.
pub(crate) fn command(workspace: &Workspace, words: &[String]) -> Outcome<ExitCode> {
    let mut words = words.to_vec();
    let dev = take_flag(&mut words, "--dev");
    expect_no_more(&words)?;
    let mut plan = Plan::default();
    if dev {
        build_dev(&mut plan);
    } else {
        tools::for_pages(&mut plan);
        build(&mut plan);
    }
    Ok(plan.finish(workspace))
}

/// The steps that build the site quickly: the tools are taken to be there, nothing is optimised or compressed.
fn build_dev(plan: &mut Plan<'_>) {
    plan.needed("Typefaces: take them from npm", fonts::collect);
    plan.needed("Engine: compile and bind", |workspace| {
        engine_files(workspace, DEV_PROFILE)?;
        Ok(Report::Done)
    });
    plan.needed("Charts: bundle the libraries from npm", charts::build);
    plan.needed("Dashboard: compile and bundle with Trunk", |workspace| {
        bundle(workspace, DEV_PROFILE)?;
        Ok(Report::Done)
    });
}

/// The steps that build the site; the tools must be there.
pub(crate) fn build(plan: &mut Plan<'_>) {
    // Trunk works offline, so that it never looks for newer versions of itself or of its tools; Cargo below it then too.
    plan.needed("Dependencies: download those of the page", |workspace| {
        Process::cargo(&["fetch", "--target", TARGET, "--target", &host(workspace)])
            .hint("crates.io must be reachable once")
            .run(workspace)?;
        Ok(Report::Done)
    });
    plan.needed("Typefaces: take them from npm", fonts::collect);
    plan.needed("Engine: compile for the browser, bind, optimise", engine);
    plan.needed("Charts: bundle the libraries from npm", charts::build);
    plan.needed("Dashboard: compile and bundle with Trunk, optimise", dashboard);
    plan.check("Sizes: compress the site and compare with the budget", sizes::report);
}

/// Where wasm-bindgen puts the engine; Trunk copies it from here into `dist/engine`.
fn engine_folder(workspace: &Workspace) -> PathBuf {
    workspace.root.join("dashboard/engine")
}

/// The target triple of this machine.
fn host(workspace: &Workspace) -> String {
    let text = Process::new("rustc").arg("-vV").read(workspace).unwrap_or_default();
    text.lines().find_map(|line| line.strip_prefix("host: ")).unwrap_or(TARGET).to_owned()
}

fn engine(workspace: &Workspace) -> Outcome<Report> {
    let folder = engine_files(workspace, PROFILE)?;
    optimise::folder(workspace, &folder, Aim::Speed)?;
    Ok(Report::Done)
}

/// Compiles the engine and lays it beside its script.
fn engine_files(workspace: &Workspace, profile: &str) -> Outcome<PathBuf> {
    let folder = engine_folder(workspace);
    bind(workspace, "allocator-wasm", "web", &folder, profile)?;
    if !workspace.dry_run {
        // Its own script, which imports the bindings as its neighbour.
        let (script, copy) = (workspace.root.join("allocator-wasm/js/worker.js"), folder.join("worker.js"));
        at(&script, fs::copy(&script, &copy))?;
    }
    Ok(folder)
}

/// The engine as Node.js loads it, for tests that compare it with the native one: the same module, optimised in the same
/// way, so that what is tested is what ships. Its folder goes into `ALLOCATOR_WASM`.
pub(crate) fn engine_for_node(workspace: &Workspace) -> Outcome<PathBuf> {
    let folder = workspace.target().join("wasm-node");
    bind(workspace, "allocator-wasm", "nodejs", &folder, PROFILE)?;
    optimise::folder(workspace, &folder, Aim::Speed)?;
    Ok(folder)
}

/// Where Cargo puts what it builds in a profile.
fn folder_of(profile: &str) -> &str {
    if profile == "dev" { "debug" } else { profile }
}

/// Compiles a crate in a profile for the browser and writes its JavaScript bindings into a folder.
fn bind(workspace: &Workspace, package: &str, kind: &str, folder: &Path, profile: &str) -> Outcome {
    Process::cargo(&["build", "--package", package, "--lib", "--target", TARGET, "--profile", profile]).run(workspace)?;
    let wasm = workspace.target().join(TARGET).join(folder_of(profile)).join(format!("{}.wasm", package.replace('-', "_")));
    if folder.exists() && !workspace.dry_run {
        // A file of an earlier version must not be served beside the new ones.
        at(folder, fs::remove_dir_all(folder))?;
    }
    let program = cargo_tool::wasm_bindgen(workspace)?.program("wasm-bindgen")?;
    Process::new(program)
        .args(["--target", kind, "--no-typescript", "--out-dir"])
        .arg(folder)
        .arg(&wasm)
        .hint("`cargo xtask doctor` compares the versions of wasm-bindgen and of the crate")
        .run(workspace)
}

fn dashboard(workspace: &Workspace) -> Outcome<Report> {
    let dist = bundle(workspace, PROFILE)?;
    // The engine has been optimised before it was copied.
    optimise::folder(workspace, &dist, Aim::Size)?;
    Ok(Report::Done)
}

/// Trunk bundles the page in a profile.
fn bundle(workspace: &Workspace, profile: &str) -> Outcome<PathBuf> {
    let dist = workspace.dist();
    Process::new(cargo_tool::TRUNK.program("trunk")?)
        // Not --release: that is Trunk's word for calling wasm-opt itself, with settings that fail on our files.
        .args(["build", "--offline", "--cargo-profile", profile, "--dist"])
        .arg(&dist)
        .envs(&[tools::path(workspace)?])
        // Trunk takes the variable's value for that of its own flag and refuses the customary "1".
        .env("NO_COLOR", "true")
        .hint("the page is index.html, its settings are in Trunk.toml; the compiler's message is above")
        .run(workspace)?;
    let served = dist.join("engine");
    if !workspace.dry_run && !served.exists() {
        copy_files(&engine_folder(workspace), &served)?;
    }
    Ok(dist)
}

fn copy_files(from: &Path, to: &Path) -> Outcome {
    at(to, fs::create_dir_all(to))?;
    for entry in at(from, fs::read_dir(from))? {
        let entry = at(from, entry)?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if source.is_dir() {
            copy_files(&source, &target)?;
        } else {
            at(&source, fs::copy(&source, &target))?;
        }
    }
    Ok(())
}
