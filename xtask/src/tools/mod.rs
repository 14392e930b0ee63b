//! What must be installed, each tool with one file that knows how to find it and how to install it.
//!
//! | tool | for | from |
//! |---|---|---|
//! | wasm32 target | everything in the browser | [`wasm_target`] |
//! | wasm-bindgen, wasm-split, Trunk, cargo-deny | pages, wasm tests, supply chain | [`cargo_tool`] |
//! | wasm-opt | smaller pages | [`node`] |
//! | Chromium, `ChromeDriver`, Redis | tests | [`system`] |

pub(crate) mod cargo_tool;
pub(crate) mod node;
pub(crate) mod system;
pub(crate) mod wasm_target;

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use crate::expect_no_more;
use crate::failure::{Failure, Outcome};
use crate::plan::Plan;
use crate::workspace::Workspace;

/// `cargo xtask setup`: everything that `run`, `test` and `ci` would install, and nothing else.
pub(crate) fn command(workspace: &Workspace, words: &[String]) -> Outcome<ExitCode> {
    expect_no_more(words)?;
    let mut plan = Plan::default();
    for_pages(&mut plan);
    for_tests(&mut plan);
    for_ci(&mut plan);
    Ok(plan.finish(workspace))
}

/// What building the dashboard needs.
pub(crate) fn for_pages(plan: &mut Plan<'_>) {
    for_wasm(plan);
    plan.needed("Tool: Trunk (bundles the dashboard)", |workspace| cargo_tool::TRUNK.ensure(workspace));
    plan.check("Tool: wasm-opt (smaller downloads; optional)", node::ensure_wasm_opt);
}

/// What compiling and binding WebAssembly needs.
pub(crate) fn for_wasm(plan: &mut Plan<'_>) {
    plan.needed("Tool: the wasm32 target of the Rust compiler", wasm_target::ensure);
    plan.needed("Tool: wasm-bindgen (exactly the version in Cargo.lock)", |workspace| {
        cargo_tool::wasm_bindgen(workspace)?.ensure(workspace)
    });
    plan.needed("Tool: wasm-split (what a first picture does without comes later)", |workspace| {
        cargo_tool::WASM_SPLIT.ensure(workspace)
    });
}

/// What only the tests need.
pub(crate) fn for_tests(plan: &mut Plan<'_>) {
    plan.needed("Tools: Chromium, ChromeDriver and Redis for the tests", system::ensure);
}

/// What only continuous integration needs.
pub(crate) fn for_ci(plan: &mut Plan<'_>) {
    plan.needed("Tool: cargo-deny (licences, advisories, sources)", |workspace| cargo_tool::CARGO_DENY.ensure(workspace));
}

/// PATH with our own tools in front, for programs that look tools up by name, as Trunk does.
pub(crate) fn path(workspace: &Workspace) -> Outcome<(OsString, OsString)> {
    let mut folders: Vec<PathBuf> = vec![cargo_tool::wasm_bindgen(workspace)?.folder()?, cargo_tool::TRUNK.folder()?];
    folders.extend(env::var_os("PATH").iter().flat_map(|path| env::split_paths(path).collect::<Vec<_>>()));
    let path = env::join_paths(folders).map_err(|error| {
        Failure::new(format!("PATH cannot be extended: {error}"))
            .hint("a folder in PATH or CARGO_HOME contains the separator of PATH")
    })?;
    Ok(("PATH".into(), path))
}
