//! Takes a wasm module apart where its source says `wasm_split`: what a first picture does without becomes files of its own.
//!
//! ```text
//! compiled .wasm (with relocations) --wasm-split-cli--> NAME.wasm --wasm-bindgen--> NAME.js, NAME_bg.wasm
//!                                                       parts, __wasm_split.js ---> NAME_split_PART.wasm, NAME_split.js
//! ```
//!
//! A crate takes part with the feature `split`, whose build script has the linker keep its relocations.

use std::fs;
use std::path::Path;

use crate::failure::{Outcome, at};
use crate::process::Process;
use crate::tools::cargo_tool;
use crate::workspace::Workspace;

/// The script that fetches parts, as the splitter calls it and the main module imports it.
const LINK: &str = "__wasm_split.js";

/// Splits a compiled module and writes it with its bindings for the web into a folder, under a name.
pub(crate) fn bind(workspace: &Workspace, wasm: &Path, name: &str, folder: &Path) -> Outcome {
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
        .args(["--target", "web", "--no-typescript", "--keep-lld-exports", "--out-name", name, "--out-dir"])
        .arg(folder)
        .arg(scratch.join(&main))
        .hint("`cargo xtask doctor` compares the versions of wasm-bindgen and of the crate")
        .run(workspace)?;
    if workspace.dry_run {
        return Ok(());
    }
    // The parts bear the name of what they belong to: with a hash in it they may be kept for ever, and never meet another's main module.
    let mut link = at(&scratch, fs::read_to_string(scratch.join(LINK)))?;
    for entry in at(&scratch, fs::read_dir(&scratch))? {
        let part = at(&scratch, entry)?.file_name().to_string_lossy().into_owned();
        if part != main && Path::new(&part).extension().is_some_and(|extension| extension == "wasm") {
            let named = format!("{name}_{part}");
            at(&scratch, fs::copy(scratch.join(&part), folder.join(&named)))?;
            link = link.replace(&format!("\"./{part}\""), &format!("\"./{named}\""));
        }
    }
    let script = folder.join(format!("{name}.js"));
    let bindings = at(&script, fs::read_to_string(&script))?;
    let named = format!("{name}_split.js");
    at(&script, fs::write(&script, bindings.replace(&format!("from \"./{LINK}\""), &format!("from \"./{named}\""))))?;
    at(folder, fs::write(folder.join(named), link))
}
