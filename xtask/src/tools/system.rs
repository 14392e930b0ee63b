//! Programs of the operating system that the tests use: a browser with its driver, and Redis.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

use crate::failure::{Failure, Outcome};
use crate::plan::Report;
use crate::process::{Process, which};
use crate::workspace::Workspace;

/// Something the tests start, and Debian's package of it.
struct Program {
    name: &'static str,
    package: &'static str,
    find: fn() -> Option<PathBuf>,
}

const PROGRAMS: [Program; 3] = [
    Program { name: "Chromium", package: "chromium", find: chromium },
    Program { name: "ChromeDriver", package: "chromium-driver", find: chromedriver },
    Program { name: "Redis server", package: "redis-server", find: redis },
];

/// Installs what is missing with the system's package manager.
pub(crate) fn ensure(workspace: &Workspace) -> Outcome<Report> {
    let missing: Vec<&Program> = PROGRAMS.iter().filter(|program| (program.find)().is_none()).collect();
    if missing.is_empty() {
        println!("    Chromium, ChromeDriver and Redis are there");
        return Ok(Report::Done);
    }
    let names = missing.iter().map(|program| program.name).collect::<Vec<_>>().join(", ");
    let packages: Vec<&str> = missing.iter().map(|program| program.package).collect();
    println!("    missing: {names}");
    if which("apt-get").is_none() {
        return Err(Failure::new(format!("{names}: missing, and this system has no apt-get"))
            .hint("install them with your system's package manager, or name them: CHROMIUM=, CHROMEDRIVER=, REDIS_SERVER="));
    }
    // Package lists of an image are often old or absent; installing from old ones ends in downloads that are gone.
    apt_get(&["update"]).run(workspace)?;
    apt_get(&["install", "--yes", "--no-install-recommends"])
        .args(&packages)
        .hint(format!("install by hand: {}", packages.join(" ")))
        .run(workspace)?;
    if !workspace.dry_run
        && let Some(program) = missing.iter().find(|program| (program.find)().is_none())
    {
        return Err(Failure::new(format!("{} was installed but is not on PATH", program.name)));
    }
    Ok(Report::Done)
}

fn apt_get(arguments: &[&str]) -> Process {
    // Asking for a password is for a person; without one sudo says so at once.
    let root = which("sudo").is_none() || is_root();
    let process =
        if root { Process::new("apt-get") } else { Process::new("sudo").args(["--preserve-env=DEBIAN_FRONTEND", "apt-get"]) };
    process.args(arguments).env("DEBIAN_FRONTEND", "noninteractive")
}

fn is_root() -> bool {
    std::process::Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

/// `redis-server`: `REDIS_SERVER` if set, else the usual names.
pub(crate) fn redis() -> Option<PathBuf> {
    from_environment("REDIS_SERVER").or_else(|| ["redis-server", "valkey-server"].into_iter().find_map(which))
}

/// The Chromium to test with: `CHROMIUM` if set, else the first of the usual names.
pub(crate) fn chromium() -> Option<PathBuf> {
    from_environment("CHROMIUM").or_else(|| ["chromium", "chromium-browser", "google-chrome"].into_iter().find_map(which))
}

/// The driver of that browser: `CHROMEDRIVER` if set, else the usual name.
pub(crate) fn chromedriver() -> Option<PathBuf> {
    from_environment("CHROMEDRIVER").or_else(|| which("chromedriver"))
}

fn from_environment(name: &str) -> Option<PathBuf> {
    env::var_os(name).map(PathBuf::from).filter(|path| path.is_file())
}

/// Where tests find these programs, as variables of the environment.
pub(crate) fn variables() -> Vec<(OsString, OsString)> {
    [("CHROMIUM", chromium()), ("CHROMEDRIVER", chromedriver()), ("REDIS_SERVER", redis())]
        .into_iter()
        .filter_map(|(name, path)| Some((name.into(), path?.into())))
        .collect()
}
