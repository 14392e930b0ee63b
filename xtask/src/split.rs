//! Takes a wasm module apart where its source says `wasm_split`: what a first picture does without becomes files of its own.
//!
//! ```text
//! compiled .wasm (with relocations) --wasm-split-cli--> NAME.wasm --wasm-bindgen--> NAME.js, TAG_bg.wasm
//!                                                       parts, __wasm_split.js ---> TAG_split_PART.wasm, TAG_split.js
//! ```
//!
//! A part calls into its main module by numbers, so that a part of another build would call something else and nobody would notice. The
//! tag therefore says which build a file is of; only `NAME.js`, which names the others, may lie under one name for ever.
//!
//! A crate takes part with the feature `split`, whose build script has the linker keep its relocations.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::Path;

use crate::failure::{Outcome, at};
use crate::process::Process;
use crate::tools::cargo_tool;
use crate::workspace::Workspace;

/// The script that fetches parts, as the splitter calls it and the main module imports it.
const LINK: &str = "__wasm_split.js";

/// Splits a compiled module and writes it with its bindings for the web into a folder: its script under a name, all else under a tag.
pub(crate) fn bind(workspace: &Workspace, wasm: &Path, (name, tag): (&str, &str), folder: &Path) -> Outcome {
    let scratch = workspace.target().join("wasm-split").join(name);
    if scratch.exists() && !workspace.dry_run {
        at(&scratch, fs::remove_dir_all(&scratch))?;
    }
    Process::new(cargo_tool::WASM_SPLIT.program("wasm-split-cli")?)
        .arg(wasm)
        .arg(&scratch)
        .args(["--out-name", name])
        .hint("the crate must be compiled with its feature `split`, which has the linker keep relocations")
        .run(workspace)?;
    let main = format!("{name}.wasm");
    Process::new(cargo_tool::wasm_bindgen(workspace)?.program("wasm-bindgen")?)
        // The parts import what the linker exports.
        .args(["--target", "web", "--no-typescript", "--keep-lld-exports", "--out-name", tag, "--out-dir"])
        .arg(folder)
        .arg(scratch.join(&main))
        .hint("`cargo xtask doctor` compares the versions of wasm-bindgen and of the crate")
        .run(workspace)?;
    if workspace.dry_run {
        return Ok(());
    }
    let mut link = at(&scratch, fs::read_to_string(scratch.join(LINK)))?;
    for entry in at(&scratch, fs::read_dir(&scratch))? {
        let part = at(&scratch, entry)?.file_name().to_string_lossy().into_owned();
        if part != main && Path::new(&part).extension().is_some_and(|extension| extension == "wasm") {
            let tagged = format!("{tag}_{part}");
            at(&scratch, fs::copy(scratch.join(&part), folder.join(&tagged)))?;
            link = link.replace(&format!("\"./{part}\""), &format!("\"./{tagged}\""));
        }
    }
    let bound = folder.join(format!("{tag}.js"));
    let bindings = at(&bound, fs::read_to_string(&bound))?;
    at(&bound, fs::remove_file(&bound))?;
    let split = format!("{tag}_split.js");
    let bindings = bindings.replace(&format!("from \"./{LINK}\""), &format!("from \"./{split}\""));
    at(folder, fs::write(folder.join(format!("{name}.js")), bindings))?;
    at(folder, fs::write(folder.join(split), link))
}

/// A tag for a module under a name: other bytes, another tag.
pub(crate) fn tag(workspace: &Workspace, name: &str, wasm: &Path) -> Outcome<String> {
    let mut hasher = DefaultHasher::new();
    if !workspace.dry_run {
        at(wasm, fs::read(wasm))?.hash(&mut hasher);
    }
    Ok(format!("{name}_{:016x}", hasher.finish()))
}
