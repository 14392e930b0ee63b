//! Node.js and what comes by npm. Building and serving works without; the pages are then somewhat larger.

use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::{Failure, Outcome, at};
use crate::plan::Report;
use crate::process::{Process, which};
use crate::workspace::{Workspace, tools_folder};

/// Binaryen, for its wasm-opt. One exact version: another optimiser gives other bytes and sizes.
pub(crate) const BINARYEN: &str = "132.0.0";

/// Where wasm-opt is once installed.
fn wasm_opt_home() -> Outcome<PathBuf> {
    Ok(tools_folder()?.join(format!("binaryen-{BINARYEN}")))
}

/// wasm-opt, if it is there.
pub(crate) fn wasm_opt() -> Option<PathBuf> {
    let program = wasm_opt_home().ok()?.join("node_modules/.bin").join(if cfg!(windows) { "wasm-opt.cmd" } else { "wasm-opt" });
    program.is_file().then_some(program)
}

/// Installs wasm-opt, or says why the pages are larger without.
pub(crate) fn ensure_wasm_opt(workspace: &Workspace) -> Outcome<Report> {
    if wasm_opt().is_some() {
        println!("    wasm-opt of binaryen {BINARYEN} is there");
        return Ok(Report::Done);
    }
    if npm().is_none() {
        return Ok(Report::Skipped(
            "npm was not found; pages are built without wasm-opt and are a few percent larger".to_owned(),
        ));
    }
    let home = wasm_opt_home()?;
    if !workspace.dry_run {
        at(&home, fs::create_dir_all(&home))?;
    }
    let package = format!("binaryen@{BINARYEN}");
    let installed = Process::new("npm")
        .args(["install", "--prefix"])
        .arg(&home)
        .args(["--no-save", "--no-audit", "--no-fund", "--ignore-scripts", &package])
        .run(workspace);
    Ok(match installed {
        Ok(()) => Report::Done,
        Err(failure) => Report::Skipped(format!("pages are built without wasm-opt: {failure}")),
    })
}

/// A lock file pins versions and checksums. With addresses in it, it would also bind everybody to the registry, perhaps an
/// internal mirror, of whoever wrote it.
fn refuse_addresses(lock: &Path) -> Outcome {
    let Ok(text) = fs::read_to_string(lock) else {
        return Ok(()); // None yet: npm is about to write one.
    };
    match text.lines().position(|line| line.trim_start().starts_with("\"resolved\": \"http")) {
        None => Ok(()),
        Some(index) => Err(Failure::new(format!("{}:{}: a download address", lock.display(), index + 1))
            .hint("put `omit-lockfile-registry-resolved=true` into .npmrc beside it and write the lock file anew")),
    }
}

/// npm, if the machine has it.
pub(crate) fn npm() -> Option<PathBuf> {
    which("npm")
}

/// Node.js, if the machine has it.
pub(crate) fn node() -> Option<PathBuf> {
    which("node")
}

/// Installs exactly what `package-lock.json` in a folder says, unless that has been done.
pub(crate) fn install_locked(workspace: &Workspace, folder: &Path) -> Outcome {
    let (lock, mark) = (folder.join("package-lock.json"), folder.join("node_modules/.package-lock.json"));
    refuse_addresses(&lock)?;
    let written = |path: &Path| fs::metadata(path).and_then(|data| data.modified()).ok();
    if let (Some(lock), Some(mark)) = (written(&lock), written(&mark))
        && mark >= lock
    {
        println!("    {} is up to date", folder.join("node_modules").display());
        return Ok(());
    }
    Process::new("npm")
        .args([if lock.is_file() { "ci" } else { "install" }, "--no-audit", "--no-fund"])
        .dir(folder)
        // The browser is the system's; a package must not download one of its own.
        .env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")
        .hint("the npm registry must be reachable; `npm ci` in that folder shows the same error alone")
        .run(workspace)
}
