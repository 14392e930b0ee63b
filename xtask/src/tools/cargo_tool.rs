//! Tools that come as crates: an exact version each, in a folder of its own, never the user's own installation.

use std::borrow::Cow;
use std::env;
use std::fs;
use std::path::PathBuf;

use crate::failure::Outcome;
use crate::plan::Report;
use crate::process::Process;
use crate::workspace::{Workspace, tools_folder};

/// A program published as a crate.
pub(crate) struct CargoTool {
    pub(crate) package: &'static str,
    pub(crate) version: Cow<'static, str>,
    binary: &'static str,
    options: &'static [&'static str],
}

/// 0.22 needs a compiler newer than the workspace's `rust-version`. Without default features it carries no update
/// check and links no TLS library of the system.
pub(crate) const TRUNK: CargoTool = CargoTool {
    package: "trunk",
    version: Cow::Borrowed("0.21.14"),
    binary: "trunk",
    options: &["--locked", "--no-default-features", "--features", "rustls"],
};

/// Takes a wasm module apart at the functions marked `wasm_split`, as cargo-leptos does with it.
pub(crate) const WASM_SPLIT: CargoTool = CargoTool {
    package: "wasm_split_cli_support",
    version: Cow::Borrowed("0.2.4"),
    binary: "wasm-split-cli",
    options: &["--locked", "--features", "build-binary"],
};

/// Reads licences, sources, duplicates and advisories of everything in Cargo.lock.
pub(crate) const CARGO_DENY: CargoTool =
    CargoTool { package: "cargo-deny", version: Cow::Borrowed("0.20.2"), binary: "cargo-deny", options: &["--locked"] };

/// The wasm-bindgen command line and its test runner. Its version must equal the crate's to the last digit: the two
/// talk through a section of the wasm file that has no stable format. Not `--locked`: the crate publishes no lock file
/// that a current compiler accepts without warnings.
pub(crate) fn wasm_bindgen(workspace: &Workspace) -> Outcome<CargoTool> {
    Ok(CargoTool {
        package: "wasm-bindgen-cli",
        version: Cow::Owned(workspace.locked_version("wasm-bindgen")?),
        binary: "wasm-bindgen",
        options: &[],
    })
}

impl CargoTool {
    /// The folder with its programs.
    pub(crate) fn folder(&self) -> Outcome<PathBuf> {
        Ok(self.home()?.join("bin"))
    }

    /// The full path of one of its programs.
    pub(crate) fn program(&self, name: &str) -> Outcome<PathBuf> {
        Ok(self.folder()?.join(format!("{name}{}", env::consts::EXE_SUFFIX)))
    }

    pub(crate) fn installed(&self) -> Outcome<bool> {
        Ok(self.program(self.binary)?.is_file())
    }

    /// Installs it unless it is there.
    pub(crate) fn ensure(&self, workspace: &Workspace) -> Outcome<Report> {
        if self.installed()? {
            println!("    {} {} is there", self.package, self.version);
            return Ok(Report::Done);
        }
        println!("    compiling {} {} from source, once per machine", self.package, self.version);
        // Beside the final folder: surely on a disk with room for tools, and shared by the tools so that what they have in
        // common compiles once.
        let scratch = tools_folder()?.join("build");
        Process::cargo(&["install", self.package, "--version", &self.version])
            .args(self.options)
            .arg("--root")
            .arg(self.home()?)
            .env("CARGO_TARGET_DIR", &scratch)
            // These tools spend their time on files and other programs. Built without link-time optimisation they
            // work as fast and are ready in less than half the time.
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
            .env("CARGO_PROFILE_RELEASE_DEBUG", "false")
            .hint(format!(
                "crates.io must be reachable and a C compiler present; `cargo install {} --version {}` shows the same error alone",
                self.package, self.version
            ))
            .run(workspace)?;
        Ok(Report::Done)
    }

    fn home(&self) -> Outcome<PathBuf> {
        Ok(tools_folder()?.join(format!("{}-{}", self.package, self.version)))
    }
}

/// Removes what compiling the tools left behind, about a gigabyte.
pub(crate) fn tidy_up(dry_run: bool) {
    if let Ok(tools) = tools_folder()
        && !dry_run
    {
        // Nothing to remove when nothing was compiled.
        let _ = fs::remove_dir_all(tools.join("build"));
    }
}
