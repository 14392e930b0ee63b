//! `cargo xtask doctor`: what is installed, what is missing, and how to mend it. Changes nothing.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use crate::expect_no_more;
use crate::failure::Outcome;
use crate::process::{Process, which};
use crate::tools::{cargo_tool, node, system, wasm_target};
use crate::workspace::Workspace;

/// One line of the report.
struct Finding {
    name: &'static str,
    /// What needs it.
    needed_for: &'static str,
    /// Its version, if it is there.
    found: Option<String>,
    mend: String,
}

/// Prints the report; the exit code tells whether `cargo xtask run` has everything it cannot install itself.
pub(crate) fn command(workspace: &Workspace, words: &[String]) -> Outcome<ExitCode> {
    expect_no_more(words)?;
    let essential = essentials(workspace);
    let mut report = String::new();
    section(&mut report, "Must be there", &essential);
    section(&mut report, "Installed by `cargo xtask run`", &for_pages(workspace)?);
    section(&mut report, "Installed by `cargo xtask test` and `cargo xtask ci`", &for_tests(workspace)?);
    print!("{report}");
    let whole = essential.iter().all(|finding| finding.found.is_some());
    println!(
        "\n{}",
        if whole {
            "Everything is there that cannot be installed by itself: `cargo xtask run` will work."
        } else {
            "Mend the lines marked 'missing' in the first part, then run `cargo xtask run`."
        }
    );
    Ok(if whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn section(report: &mut String, title: &str, findings: &[Finding]) {
    // Writing to a String cannot fail.
    let _ = writeln!(report, "\n{title}");
    for finding in findings {
        let state = finding.found.as_deref().unwrap_or("missing");
        let _ = writeln!(report, "  {:<24} {:<44} {}", finding.name, state, finding.needed_for);
        if finding.found.is_none() {
            let _ = writeln!(report, "  {:<24} -> {}", "", finding.mend);
        }
    }
}

fn essentials(workspace: &Workspace) -> Vec<Finding> {
    let linker = ["cc", "gcc", "clang"].into_iter().find_map(which);
    vec![
        Finding {
            name: "Rust compiler",
            needed_for: "everything",
            found: version(workspace, which("rustc")),
            mend: "https://rustup.rs".to_owned(),
        },
        Finding {
            name: "C compiler and linker",
            needed_for: "linking, SQLite",
            found: version(workspace, linker),
            mend: "Debian: apt-get install build-essential; macOS: xcode-select --install".to_owned(),
        },
    ]
}

fn for_pages(workspace: &Workspace) -> Outcome<Vec<Finding>> {
    let mend = || "`cargo xtask setup` installs it".to_owned();
    let tool = |tool: &cargo_tool::CargoTool| -> Outcome<Option<String>> {
        Ok(tool.installed()?.then(|| format!("{} {}", tool.package, tool.version)))
    };
    Ok(vec![
        Finding {
            name: "wasm32 target",
            needed_for: "the browser",
            found: wasm_target::installed(workspace).then(|| wasm_target::TARGET.to_owned()),
            mend: mend(),
        },
        Finding {
            name: "wasm-bindgen",
            needed_for: "the browser",
            found: tool(&cargo_tool::wasm_bindgen(workspace)?)?,
            mend: mend(),
        },
        Finding { name: "wasm-split", needed_for: "the dashboard", found: tool(&cargo_tool::WASM_SPLIT)?, mend: mend() },
        Finding { name: "Trunk", needed_for: "the dashboard", found: tool(&cargo_tool::TRUNK)?, mend: mend() },
        Finding {
            name: "wasm-opt (optional)",
            needed_for: "smaller downloads",
            found: version(workspace, node::wasm_opt()),
            mend: "install Node.js with npm; `cargo xtask setup` does the rest".to_owned(),
        },
    ])
}

fn for_tests(workspace: &Workspace) -> Outcome<Vec<Finding>> {
    let setup = || "`cargo xtask setup` installs it".to_owned();
    let by_system = |package: &str| format!("`cargo xtask setup`, or your package manager: {package}");
    Ok(vec![
        Finding {
            name: "Chromium",
            needed_for: "browser tests",
            found: version(workspace, system::chromium()),
            mend: by_system("chromium"),
        },
        Finding {
            name: "ChromeDriver",
            needed_for: "WebAssembly tests",
            found: version(workspace, system::chromedriver()),
            mend: by_system("chromium-driver"),
        },
        Finding {
            name: "Redis server",
            needed_for: "Redis tests",
            found: version(workspace, system::redis()),
            mend: by_system("redis-server"),
        },
        Finding {
            name: "Node.js",
            needed_for: "browser tests",
            found: version(workspace, node::node()),
            mend: "https://nodejs.org, 20 or later".to_owned(),
        },
        Finding {
            name: "cargo-nextest (optional)",
            needed_for: "faster tests",
            found: version(workspace, which("cargo-nextest")),
            mend: "cargo install cargo-nextest --locked".to_owned(),
        },
        Finding {
            name: "cargo-deny",
            needed_for: "cargo xtask ci",
            found: cargo_tool::CARGO_DENY.installed()?.then(|| format!("cargo-deny {}", cargo_tool::CARGO_DENY.version)),
            mend: setup(),
        },
    ])
}

/// The first line of `--version`, short enough for a table.
fn version(workspace: &Workspace, program: Option<PathBuf>) -> Option<String> {
    let text = Process::new(program?).arg("--version").read(workspace)?;
    Some(text.lines().next().unwrap_or("there").chars().take(44).collect())
}
