//! The static site in `dist/`: the dashboard, bundled by Trunk, and the engine that runs beside it in a Worker.
//!
//! ```text
//! allocator-wasm --cargo--> .wasm --split, wasm-bindgen--> dashboard/engine/ --wasm-opt-----------+
//! dashboard + index.html --Trunk (cargo, wasm-bindgen)--> dist/ --split, wasm-bindgen, wasm-opt--+--> dist/
//! dist/ --head.mjs (what comes first), offline.mjs (names by content, service worker), sizes.mjs--> dist/ (+ .br, .gz)
//! ```
//!
//! Two wasm modules on purpose: a trap on a hostile file costs the Worker, not the page. Each is split into what the first picture
//! needs and what may come later (see [`split`]); a page that is being made is not.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::charts;
use crate::failure::{Failure, Outcome, at};
use crate::fonts;
use crate::offline;
use crate::optimise;
use crate::plan::{Plan, Report};
use crate::process::Process;
use crate::sizes;
use crate::split;
use crate::tools::{self, cargo_tool, wasm_target::TARGET};
use crate::workspace::Workspace;
use crate::{expect_no_more, take_flag};

/// The Cargo profile of the page: small.
const PAGE: &str = "wasm-page";

/// The Cargo profile of the engine: fast.
pub(crate) const ENGINE: &str = "wasm-engine";

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
    plan.needed("Engine: compile and bind", engine_in_one);
    plan.needed("Charts: bundle the libraries from npm", charts::build);
    plan.needed("Dashboard: compile and bundle with Trunk", |workspace| {
        bundle(workspace, DEV_PROFILE, &[])?;
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
    plan.needed("Engine: compile for the browser, split, bind, optimise", engine);
    plan.needed("Charts: bundle the libraries from npm", charts::build);
    plan.needed("Dashboard: compile and bundle with Trunk, split, optimise", dashboard);
    plan.needed("Offline: list the site's files for its service worker", offline::write);
    plan.check("Sizes: compress the site and compare with the budget", sizes::report);
}

/// Where wasm-bindgen puts the engine; Trunk copies it from here into `dist/engine`, which
/// [`offline`] names by its content.
fn engine_folder(workspace: &Workspace) -> PathBuf {
    workspace.root.join("dashboard/engine")
}

/// The target triple of this machine.
fn host(workspace: &Workspace) -> String {
    let text = Process::new("rustc").arg("-vV").read(workspace).unwrap_or_default();
    text.lines().find_map(|line| line.strip_prefix("host: ")).unwrap_or(TARGET).to_owned()
}

fn engine(workspace: &Workspace) -> Outcome<Report> {
    engine_that_ships(workspace)?;
    Ok(Report::Done)
}

/// The engine of the built site, also for tests in Node.js that compare it with the native one: what is tested is what ships. Its folder
/// goes into `ALLOCATOR_WASM`.
pub(crate) fn engine_that_ships(workspace: &Workspace) -> Outcome<PathBuf> {
    let folder = cleared(workspace, engine_folder(workspace))?;
    let wasm = compile(workspace, "allocator-wasm", ENGINE, &["--features", "split"])?;
    let name = "allocator_wasm";
    split::bind(workspace, &wasm, (name, &split::tag(workspace, name, &wasm)?), &folder)?;
    worker_script(workspace, &folder)?;
    optimise::folder(workspace, &folder)?;
    Ok(folder)
}

/// The engine in one piece, quickly.
fn engine_in_one(workspace: &Workspace) -> Outcome<Report> {
    let folder = cleared(workspace, engine_folder(workspace))?;
    let wasm = compile(workspace, "allocator-wasm", DEV_PROFILE, &[])?;
    Process::new(cargo_tool::wasm_bindgen(workspace)?.program("wasm-bindgen")?)
        .args(["--target", "web", "--no-typescript", "--out-dir"])
        .arg(&folder)
        .arg(&wasm)
        .hint("`cargo xtask doctor` compares the versions of wasm-bindgen and of the crate")
        .run(workspace)?;
    worker_script(workspace, &folder)?;
    Ok(Report::Done)
}

/// The engine's own script, which imports the bindings as its neighbour.
fn worker_script(workspace: &Workspace, folder: &Path) -> Outcome {
    let (script, copy) = (workspace.root.join("allocator-wasm/js/worker.js"), folder.join("worker.js"));
    if !workspace.dry_run {
        at(&script, fs::copy(&script, &copy))?;
    }
    Ok(())
}

/// An empty folder: a file of an earlier version must not be served beside the new ones.
fn cleared(workspace: &Workspace, folder: PathBuf) -> Outcome<PathBuf> {
    if !workspace.dry_run {
        if folder.exists() {
            at(&folder, fs::remove_dir_all(&folder))?;
        }
        at(&folder, fs::create_dir_all(&folder))?;
    }
    Ok(folder)
}

/// Where Cargo puts what it builds in a profile.
fn folder_of(profile: &str) -> &str {
    if profile == "dev" { "debug" } else { profile }
}

/// Compiles a crate in a profile for the browser.
fn compile(workspace: &Workspace, package: &str, profile: &str, options: &[&str]) -> Outcome<PathBuf> {
    Process::cargo(&["build", "--package", package, "--lib", "--target", TARGET, "--profile", profile])
        .args(options)
        .run(workspace)?;
    Ok(compiled(workspace, &package.replace('-', "_"), profile))
}

/// Where the compiler puts a module.
fn compiled(workspace: &Workspace, name: &str, profile: &str) -> PathBuf {
    workspace.target().join(TARGET).join(folder_of(profile)).join(format!("{name}.wasm"))
}

fn dashboard(workspace: &Workspace) -> Outcome<Report> {
    let dist = bundle(workspace, PAGE, &["--features", "split"])?;
    split_page(workspace, &dist)?;
    // The engine has been optimised before it was copied.
    optimise::folder(workspace, &dist)?;
    Ok(Report::Done)
}

/// Puts the page's module in parts in the place of the one that Trunk bound in one piece, under the name that the page knows.
fn split_page(workspace: &Workspace, dist: &Path) -> Outcome {
    let name = if workspace.dry_run { String::from("dashboard") } else { page_name(dist)? };
    // The name bears a hash already.
    split::bind(workspace, &compiled(workspace, "dashboard", PAGE), (&name, &name), dist)?;
    if workspace.dry_run {
        return Ok(());
    }
    // Trunk has the browser fetch the script early; the one that it imports now comes beside it, not after it.
    let index = dist.join("index.html");
    let html = at(&index, fs::read_to_string(&index))?;
    let early = html.lines().find(|line| line.contains("modulepreload") && line.contains(&format!("{name}.js")));
    let Some(early) = early else { return Ok(()) };
    let both = format!("{early}\n{}", early.replace(&format!("{name}.js"), &format!("{name}_split.js")));
    at(&index, fs::write(&index, html.replacen(early, &both, 1)))
}

/// The name with a hash that Trunk gave the page's module.
fn page_name(dist: &Path) -> Outcome<String> {
    for entry in at(dist, fs::read_dir(dist))? {
        let file = at(dist, entry)?.file_name().to_string_lossy().into_owned();
        if let Some(name) = file.strip_suffix("_bg.wasm") {
            return Ok(name.to_owned());
        }
    }
    Err(Failure::new(format!("{} holds no module of the page", dist.display()))
        .hint("Trunk names it NAME_bg.wasm; its settings are in Trunk.toml"))
}

/// Trunk bundles the page in a profile.
fn bundle(workspace: &Workspace, profile: &str, options: &[&str]) -> Outcome<PathBuf> {
    let dist = workspace.dist();
    Process::new(cargo_tool::TRUNK.program("trunk")?)
        // Not --release: that is Trunk's word for calling wasm-opt itself, with settings that fail on our files.
        .args(["build", "--offline", "--cargo-profile", profile, "--dist"])
        .arg(&dist)
        .args(options)
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
