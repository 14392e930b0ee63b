//! wasm-opt over what the compiler made: smaller downloads, the same results.
//!
//! It takes longer than everything else of a repeated build, so its answers are kept in the build folder, by a hash of the
//! question.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};

use crate::failure::{Failure, Outcome, at};
use crate::process::Process;
use crate::tools::node;
use crate::workspace::Workspace;

/// What wasm-opt may assume. Every feature is named because `strip = true` removes the section in which the compiler
/// lists them. Relaxed SIMD is not among them and must not be: its results depend on the machine.
const FEATURES: [&str; 7] = [
    "--enable-bulk-memory",
    "--enable-mutable-globals",
    "--enable-multivalue",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
    "--enable-simd",
];

/// How hard it tries. Behind fat link-time optimisation more effort takes minutes and gives nothing: of the page `-Oz` leaves 441 KB by
/// brotli where `-O1` leaves 436, of a part of the engine `-O3` 127 KB where `-O1` leaves 124.
const EFFORT: &str = "-O1";

/// Optimises every wasm file that lies directly in a folder, where there is a wasm-opt.
pub(crate) fn folder(workspace: &Workspace, folder: &Path) -> Outcome {
    let Some(wasm_opt) = node::wasm_opt() else {
        println!("    without wasm-opt: the files stay as the compiler made them");
        return Ok(());
    };
    if workspace.dry_run {
        return run(workspace, &wasm_opt, &folder.join("*.wasm"), Path::new("smaller"));
    }
    let answers = workspace.target().join("wasm-opt");
    at(&answers, fs::create_dir_all(&answers))?;
    for file in wasm_files(folder)? {
        let answer = answers.join(name(&file)?);
        if answer.is_file() {
            println!("    {} is as it was: optimised before", file.display());
        } else {
            // Under another name first: an interrupted run must leave no half answer behind.
            let unfinished = answer.with_extension("unfinished");
            run(workspace, &wasm_opt, &file, &unfinished)?;
            at(&answer, fs::rename(&unfinished, &answer))?;
        }
        at(&file, fs::copy(&answer, &file))?;
    }
    Ok(())
}

fn run(workspace: &Workspace, wasm_opt: &Path, from: &Path, to: &Path) -> Outcome {
    Process::new(wasm_opt)
        .arg(EFFORT)
        .args(FEATURES)
        .arg(from)
        .arg("--output")
        .arg(to)
        .hint("a new feature of the compiler may have to be named in xtask/src/optimise.rs")
        .run(workspace)
}

/// A name for the answer that says the whole question: the bytes, what is asked for, and who answers.
fn name(file: &Path) -> Outcome<String> {
    let mut hasher = DefaultHasher::new();
    at(file, fs::read(file))?.hash(&mut hasher);
    EFFORT.hash(&mut hasher);
    FEATURES.hash(&mut hasher);
    node::BINARYEN.hash(&mut hasher);
    Ok(format!("{:016x}.wasm", hasher.finish()))
}

fn wasm_files(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in at(folder, fs::read_dir(folder))? {
        let path = at(folder, entry)?.path();
        if path.extension().is_some_and(|extension| extension == "wasm") {
            files.push(path);
        }
    }
    if files.is_empty() {
        return Err(Failure::new(format!("{} holds no wasm file", folder.display())));
    }
    files.sort();
    Ok(files)
}
