//! Where things are: the repository, its build folder, the tools' folder.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::{Failure, Outcome, at};
use crate::process::Process;

/// The repository and how the command was called.
pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    pub(crate) dry_run: bool,
}

impl Workspace {
    /// The repository this binary was built from; commands may be called from any folder inside.
    pub(crate) fn find(dry_run: bool) -> Outcome<Self> {
        // Cargo sets the variable for `cargo run`; the folder the binary was compiled in serves when it is called by hand.
        let manifest = env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root =
            manifest.parent().map(Path::to_path_buf).ok_or_else(|| Failure::new("the repository's top folder was not found"))?;
        Ok(Self { root, dry_run })
    }

    /// One build folder for everything, so that nothing is compiled twice.
    pub(crate) fn target(&self) -> PathBuf {
        env::var_os("CARGO_TARGET_DIR").map_or_else(|| self.root.join("target"), |dir| self.root.join(dir))
    }

    /// Builds a program of the workspace as the tests have it and says where it is. Of the whole workspace, so that what the native
    /// tests compiled serves again: a package alone asks other features of its dependencies and compiles them anew.
    pub(crate) fn program(&self, name: &str) -> Outcome<PathBuf> {
        Process::cargo(&["build", "--workspace", "--bin", name]).run(self)?;
        Ok(self.target().join("debug").join(format!("{name}{}", env::consts::EXE_SUFFIX)))
    }

    /// The finished static site.
    pub(crate) fn dist(&self) -> PathBuf {
        self.root.join("dist")
    }

    /// The version of a package that `Cargo.lock` has settled on.
    pub(crate) fn locked_version(&self, package: &str) -> Outcome<String> {
        let path = self.root.join("Cargo.lock");
        let lock = at(&path, fs::read_to_string(&path))?;
        version_in_lock(&lock, package).ok_or_else(|| {
            Failure::new(format!("Cargo.lock names no package '{package}'"))
                .hint("`cargo metadata --format-version 1` brings Cargo.lock up to date")
        })
    }

    /// Whether a member of the workspace or any other path exists already.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.root.join(path).exists()
    }
}

/// Where tools are kept, each exact version in a folder of its own: nothing the user installed is touched,
/// and several clones share them.
pub(crate) fn tools_folder() -> Outcome<PathBuf> {
    let home = env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| env::var_os("HOME").or_else(|| env::var_os("USERPROFILE")).map(|home| PathBuf::from(home).join(".cargo")));
    home.map(|home| home.join("allocator-tools"))
        .ok_or_else(|| Failure::new("neither CARGO_HOME nor HOME is set").hint("set CARGO_HOME to a folder you can write to"))
}

fn version_in_lock(lock: &str, package: &str) -> Option<String> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines();
    lines.find(|line| *line == name)?;
    let version = lines.next()?.strip_prefix("version = \"")?;
    Some(version.trim_end_matches('"').to_owned())
}

/// Whether a continuous-integration service is calling: no browser is opened, no colour forced, no symbols kept.
pub(crate) fn in_ci() -> bool {
    env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_locked_version_is_that_of_the_exact_name() {
        let lock = "[[package]]\nname = \"wasm-bindgen-test\"\nversion = \"0.3.80\"\n\n[[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";
        assert_eq!(version_in_lock(lock, "wasm-bindgen").as_deref(), Some("0.2.130"));
        assert_eq!(version_in_lock(lock, "wasm"), None);
    }
}
