//! The standard library for `wasm32-unknown-unknown`.
//!
//! Three ways, tried in this order:
//!
//! 1. It is there.
//! 2. `rustup target add`, the ordinary way.
//! 3. Where rustup is absent or its server cannot be reached but a Debian mirror can: take the standard library's
//!    sources from Debian's package `rust-src` of exactly this compiler's version, compile them for wasm32 with the
//!    compiler that is there, and put the result where the compiler looks for it.
//!
//! The third way in detail, because every line of it was learnt by failing:
//!
//! - The version must be exactly the compiler's; the sources use its unstable features. Debian keeps several versions
//!   in its suites, so all suites of the machine's own mirror are asked, with an apt configuration of its own in a
//!   scratch folder: the machine's package lists are neither used nor changed.
//! - `-Zbuild-std` looks for the sources in the sysroot, at `lib/rustlib/src/rust/library`, together with their
//!   `Cargo.lock`. Their dependencies come from crates.io.
//! - `-Cembed-bitcode=yes`, for Cargo leaves bitcode out of a plain release build, and without it every later build
//!   with link-time optimisation ends in "failed to get bitcode from object file".
//! - The folder is emptied first: two copies of one library there end every build with E0464.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::failure::{Failure, Outcome, at};
use crate::plan::Report;
use crate::process::{Process, which};
use crate::workspace::Workspace;

/// The target's name.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// Suites of Debian that may carry a given compiler, nearest to a stable machine first.
const SUITES: [&str; 6] = ["bookworm-backports", "trixie", "trixie-backports", "forky", "sid", "experimental"];

const BY_HAND: &str = "install the target by hand: `rustup target add wasm32-unknown-unknown`, or your distribution's package of it (Debian: libstd-rust-dev-wasm32, Fedora: rust-std-static-wasm32-unknown-unknown)";

/// Makes sure that the compiler can compile for wasm32.
pub(crate) fn ensure(workspace: &Workspace) -> Outcome<Report> {
    let library = library_folder(workspace)?;
    match state(&library) {
        State::Whole => {
            println!("    {TARGET} is there");
            return Ok(Report::Done);
        }
        State::Doubled => {
            println!("    {TARGET} holds two copies of the standard library; making it anew");
            empty(workspace, &library)?;
        }
        State::Absent => {}
    }
    if let Err(failure) = add_with_rustup(workspace, &library) {
        println!("    {failure}");
        println!("    building the standard library for {TARGET} from Debian's sources instead");
        build_from_debian(workspace, &library)?;
    }
    verify(workspace)?;
    Ok(Report::Done)
}

/// Whether the target is installed, for `doctor`.
pub(crate) fn installed(workspace: &Workspace) -> bool {
    library_folder(workspace).is_ok_and(|library| state(&library) == State::Whole)
}

#[derive(Debug, PartialEq, Eq)]
enum State {
    Whole,
    Doubled,
    Absent,
}

fn state(library: &Path) -> State {
    let copies = |name: &str| {
        fs::read_dir(library).map_or(0, |entries| {
            entries
                .filter_map(Result::ok)
                .filter(|entry| {
                    let file = entry.file_name();
                    let file = file.to_string_lossy();
                    file.starts_with(name) && file.ends_with(".rlib")
                })
                .count()
        })
    };
    match (copies("libcore-"), copies("libstd-")) {
        (1, 1) => State::Whole,
        (0, _) | (_, 0) => State::Absent,
        _ => State::Doubled,
    }
}

fn sysroot(workspace: &Workspace) -> Outcome<PathBuf> {
    Process::new("rustc")
        .args(["--print", "sysroot"])
        .read(workspace)
        .map(PathBuf::from)
        .ok_or_else(|| Failure::new("rustc was not found").hint("install Rust: https://rustup.rs"))
}

fn library_folder(workspace: &Workspace) -> Outcome<PathBuf> {
    Ok(sysroot(workspace)?.join("lib/rustlib").join(TARGET).join("lib"))
}

/// Removes whatever is in the target's folder, and what rustup remembers of it: rustup would otherwise answer "up to
/// date" without looking at the files.
fn empty(workspace: &Workspace, library: &Path) -> Outcome {
    if which("rustup").is_some() {
        // It knows nothing of a target that was built here; then there is nothing to forget.
        let _ = Process::new("rustup").args(["target", "remove", TARGET]).run(workspace);
    }
    if library.exists() && !workspace.dry_run {
        at(library, fs::remove_dir_all(library))?;
    }
    Ok(())
}

fn add_with_rustup(workspace: &Workspace, library: &Path) -> Outcome {
    if which("rustup").is_none() {
        return Err(Failure::new("this Rust was not installed by rustup"));
    }
    Process::new("rustup")
        .args(["target", "add", TARGET])
        .limit(Duration::from_mins(5))
        .hint("its server may be out of reach")
        .run(workspace)?;
    if workspace.dry_run || state(library) == State::Whole {
        Ok(())
    } else {
        Err(Failure::new("rustup added the target, but its files are not where the compiler looks"))
    }
}

/// Compiles the standard library with the compiler that is there, see the head of this file.
fn build_from_debian(workspace: &Workspace, library: &Path) -> Outcome {
    for tool in ["apt-get", "apt-cache", "dpkg-deb"] {
        if which(tool).is_none() {
            return Err(Failure::new(format!("{tool} was not found, so Debian's sources cannot be used")).hint(BY_HAND));
        }
    }
    let version = compiler_version(workspace)?;
    // Outside the repository: a crate inside would be taken for a forgotten member of the workspace.
    let scratch = std::env::temp_dir().join(format!("allocator-{TARGET}-{}", std::process::id()));
    println!("    (scratch folder: {})", scratch.display());
    let result = build_in(workspace, library, &version, &scratch);
    if !workspace.dry_run {
        // Whatever happened above is what matters; a leftover in the temporary folder is not.
        let _ = fs::remove_dir_all(&scratch);
    }
    result.map_err(|failure| failure.hint(BY_HAND))
}

fn build_in(workspace: &Workspace, library: &Path, version: &str, scratch: &Path) -> Outcome {
    let sources = sysroot(workspace)?.join("lib/rustlib/src/rust/library");
    if sources.join("Cargo.lock").is_file() {
        println!("    the sources of the standard library are there already");
    } else {
        fetch_sources(workspace, version, scratch, &sources)?;
    }
    let seed = scratch.join("seed");
    if !workspace.dry_run {
        write(
            &seed.join("Cargo.toml"),
            "[package]\nname = \"std-seed\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n",
        )?;
        write(&seed.join("src/lib.rs"), "")?;
    }
    Process::cargo(&["build", "--release", "-Zbuild-std=std,panic_abort,test", "--target", TARGET])
        .dir(&seed)
        // The compiler is stable; this lets it use the unstable features its own library is written with.
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTFLAGS", "-Cembed-bitcode=yes")
        .env("CARGO_TARGET_DIR", scratch.join("target"))
        .run(workspace)?;
    let built = scratch.join("target").join(TARGET).join("release/deps");
    println!("    copying the libraries to {}", library.display());
    if workspace.dry_run {
        return Ok(());
    }
    empty(workspace, library)?;
    at(library, fs::create_dir_all(library))?;
    for entry in at(&built, fs::read_dir(&built))? {
        let path = at(&built, entry)?.path();
        if is_library(&path)
            && let Some(name) = path.file_name()
        {
            at(&path, fs::copy(&path, library.join(name)))?;
        }
    }
    Ok(())
}

/// `libcore-….rlib` and its kind, but not the seed crate itself.
fn is_library(path: &Path) -> bool {
    let name = path.file_name().map(OsStr::to_string_lossy).unwrap_or_default();
    name.starts_with("lib")
        && !name.starts_with("libstd_seed")
        && path.extension().is_some_and(|extension| extension == "rlib" || extension == "rmeta")
}

/// Downloads and unpacks Debian's `rust-src` of this compiler's version into the sysroot.
fn fetch_sources(workspace: &Workspace, version: &str, scratch: &Path, sources: &Path) -> Outcome {
    let (mirror, signed_by) =
        machine_mirror().ok_or_else(|| Failure::new("no Debian mirror is named in the machine's apt sources"))?;
    let apt = scratch.join("apt");
    let options = signed_by.as_ref().map_or_else(String::new, |key| format!("[signed-by={key}] "));
    let list: Vec<String> = SUITES.iter().map(|suite| format!("deb {options}{mirror} {suite} main\n")).collect();
    let configuration = apt.join("apt.conf");
    if !workspace.dry_run {
        write(&apt.join("sources.list"), &list.concat())?;
        write(&configuration, &apt_configuration(&apt))?;
        for folder in ["lists/partial", "cache/archives/partial", "empty"] {
            at(&apt, fs::create_dir_all(apt.join(folder)))?;
        }
    }
    let program = |name: &str| Process::new(name).arg("-c").arg(&configuration);
    let update = program("apt-get").args(["-qq", "update"]).limit(Duration::from_mins(5));
    // A suite that does not exist (yet, or any more) makes apt-get fail although all others were read.
    if let Err(failure) = update.run(workspace) {
        println!("    {failure}; going on with the suites that could be read");
    }
    let wanted = if workspace.dry_run {
        format!("{version}*")
    } else {
        let known = program("apt-cache").args(["madison", "rust-src"]).read(workspace).unwrap_or_default();
        version_offered(&known, version).ok_or_else(|| {
            Failure::new(format!(
                "no suite of Debian offers rust-src {version}; offered are: {}",
                known.lines().filter_map(|line| line.split('|').nth(1)).map(str::trim).collect::<Vec<_>>().join(", ")
            ))
        })?
    };
    program("apt-get")
        .args(["download", &format!("rust-src={wanted}")])
        .dir(if workspace.dry_run { &workspace.root } else { &apt })
        .run(workspace)?;
    if workspace.dry_run {
        println!("    unpacking it to {}", sources.display());
        return Ok(());
    }
    let package = find_file(&apt, "rust-src_").ok_or_else(|| Failure::new("apt-get downloaded no package"))?;
    Process::new("dpkg-deb").arg("-x").arg(&package).arg(scratch.join("unpacked")).run(workspace)?;
    let unpacked = scratch.join("unpacked/usr/src").join(format!("rustc-{version}")).join("library");
    if !unpacked.join("Cargo.lock").is_file() {
        return Err(Failure::new(format!("the package holds no {}", unpacked.join("Cargo.lock").display())));
    }
    copy_folder(&unpacked, sources)
}

/// A configuration that keeps apt off the machine's own lists, caches and preferences.
fn apt_configuration(folder: &Path) -> String {
    let folder = folder.display();
    format!(
        "Dir::Etc::sourcelist \"{folder}/sources.list\";
Dir::Etc::sourceparts \"{folder}/empty\";
Dir::Etc::preferences \"{folder}/empty/none\";
Dir::Etc::preferencesparts \"{folder}/empty\";
Dir::State::lists \"{folder}/lists\";
Dir::Cache \"{folder}/cache\";
Acquire::Languages \"none\";
// Descriptions and icons for software shops.
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled \"false\";
// The user _apt may not enter the scratch folder.
APT::Sandbox::User \"root\";
"
    )
}

/// The first Debian mirror among the machine's own apt sources, and the key ring it is signed by.
fn machine_mirror() -> Option<(String, Option<String>)> {
    let parts = fs::read_dir("/etc/apt/sources.list.d").into_iter().flatten().filter_map(Result::ok).map(|entry| entry.path());
    let mut files: Vec<PathBuf> = parts.collect();
    files.sort();
    files.push("/etc/apt/sources.list".into());
    files.iter().filter_map(|file| fs::read_to_string(file).ok()).find_map(|text| mirror_in(&text))
}

/// Reads both formats of apt sources: one-line (`deb [options] URI suite …`) and paragraphs (`URIs: …`).
/// A Debian mirror is told from other vendors' archives by the last part of its address.
fn mirror_in(text: &str) -> Option<(String, Option<String>)> {
    let is_debian = |address: &str| address.trim_end_matches('/').ends_with("/debian");
    for paragraph in text.split("\n\n") {
        let field = |name: &str| paragraph.lines().find_map(|line| line.strip_prefix(name)).map(|value| value.trim().to_owned());
        if let Some(address) =
            field("URIs:").and_then(|all| all.split_whitespace().find(|address| is_debian(address)).map(str::to_owned))
        {
            return Some((address, field("Signed-By:").filter(|key| key.starts_with('/'))));
        }
    }
    text.lines().filter_map(|line| line.trim().strip_prefix("deb ")).find_map(|line| {
        let address = line.split_whitespace().find(|word| is_debian(word))?;
        let key = line.split_once("signed-by=").and_then(|(_, tail)| tail.split([' ', ']']).next()).map(str::to_owned);
        Some((address.to_owned(), key))
    })
}

/// The first version in `apt-cache madison`'s table that is of exactly this upstream version.
fn version_offered(table: &str, version: &str) -> Option<String> {
    table
        .lines()
        .filter_map(|line| line.split('|').nth(1))
        .map(str::trim)
        .find(|offered| offered.strip_prefix(version).is_some_and(|rest| rest.starts_with(['+', '-', '~'])))
        .map(str::to_owned)
}

fn compiler_version(workspace: &Workspace) -> Outcome<String> {
    let text = Process::new("rustc").arg("--version").read(workspace).unwrap_or_default();
    // "rustc 1.95.0 (59807616e 2026-04-14)"
    text.split_whitespace().nth(1).map(str::to_owned).ok_or_else(|| Failure::new("rustc does not tell its version"))
}

/// Compiles and links the smallest program that needs the standard library.
fn verify(workspace: &Workspace) -> Outcome {
    let scratch = std::env::temp_dir().join(format!("allocator-probe-{}", std::process::id()));
    let source = scratch.join("probe.rs");
    if !workspace.dry_run {
        write(&source, "#[unsafe(no_mangle)]\npub extern \"C\" fn probe(n: u32) -> usize { format!(\"{n}\").len() }\n")?;
    }
    let result = Process::new("rustc")
        .args(["--edition", "2024", "--crate-type", "cdylib", "--target", TARGET, "-O", "-o"])
        .arg(scratch.join("probe.wasm"))
        .arg(&source)
        .hint(BY_HAND)
        .run(workspace);
    if !workspace.dry_run {
        // As above: a leftover in the temporary folder does not matter.
        let _ = fs::remove_dir_all(&scratch);
    }
    result
}

fn write(path: &Path, text: &str) -> Outcome {
    if let Some(folder) = path.parent() {
        at(folder, fs::create_dir_all(folder))?;
    }
    at(path, fs::write(path, text))
}

/// The file in a folder whose name begins so.
fn find_file(folder: &Path, beginning: &str) -> Option<PathBuf> {
    let mut files = fs::read_dir(folder).ok()?.filter_map(Result::ok);
    files.find(|file| file.file_name().to_string_lossy().starts_with(beginning)).map(|file| file.path())
}

fn copy_folder(from: &Path, to: &Path) -> Outcome {
    at(to, fs::create_dir_all(to))?;
    for entry in at(from, fs::read_dir(from))? {
        let entry = at(from, entry)?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        // Links inside the package point at documentation; nothing the compiler reads.
        if at(&source, entry.file_type())?.is_dir() {
            copy_folder(&source, &target)?;
        } else if source.is_file() {
            at(&source, fs::copy(&source, &target))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mirror_is_read_from_paragraphs() {
        let text = "Types: deb\nURIs: http://other.example/tools\nSuites: x\n\nTypes: deb\n# a comment\nURIs: http://mirror.example/debian\nSuites: bookworm bookworm-updates\nComponents: main\nSigned-By: /usr/share/keyrings/k.gpg\n";
        let expected = ("http://mirror.example/debian".to_owned(), Some("/usr/share/keyrings/k.gpg".to_owned()));
        assert_eq!(mirror_in(text), Some(expected));
    }

    #[test]
    fn the_mirror_is_read_from_single_lines() {
        let text = "# old\ndeb [arch=amd64 signed-by=/k.gpg] http://mirror.example/debian/ bookworm main\n";
        let expected = ("http://mirror.example/debian/".to_owned(), Some("/k.gpg".to_owned()));
        assert_eq!(mirror_in(text), Some(expected));
        assert_eq!(mirror_in("deb http://mirror.example/debian-security x main"), None);
    }

    #[test]
    fn only_exactly_the_compilers_version_is_taken() {
        let table = " rust-src | 1.95.10+dfsg1-1 | x\n rust-src | 1.96.1+dfsg1-2 | x\n rust-src | 1.95.1+dfsg1-2~bpo13+1 | x\n";
        assert_eq!(version_offered(table, "1.95.1").as_deref(), Some("1.95.1+dfsg1-2~bpo13+1"));
        assert_eq!(version_offered(table, "1.95.0"), None);
    }

    #[test]
    fn the_seed_is_no_library() {
        assert!(is_library(Path::new("x/libcore-0a.rlib")));
        assert!(is_library(Path::new("x/libstd-0a.rmeta")));
        assert!(!is_library(Path::new("x/libstd_seed-0a.rlib")));
        assert!(!is_library(Path::new("x/core-0a.d")));
    }
}
