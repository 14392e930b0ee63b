//! The chart modules of the dashboard: two libraries from npm, bundled by esbuild into a folder that Trunk copies.
//!
//! ```text
//! dashboard/charts/{src, package-lock.json} --npm ci, esbuild--> dashboard/charts/dist --Trunk--> dist/charts
//! ```
//!
//! Without npm the page still works: every chart then shows its table and says why.

use std::fs;

use crate::failure::{Outcome, at};
use crate::plan::Report;
use crate::process::Process;
use crate::tools::node;
use crate::workspace::Workspace;

/// What is served in place of the libraries where they could not be built.
const WITHOUT: &str = "\
const missing = async () => { throw new Error(\"This page was built without npm and has no charts; the tables hold the same figures.\"); };
export const library = { echarts: missing, uplot: missing };
export const png = missing;
export const standalone = (element) => element.outerHTML;
export const colour = (text) => text;
";

/// Bundles the libraries, or puts a module in their place that says that they are missing.
pub(crate) fn build(workspace: &Workspace) -> Outcome<Report> {
    let folder = workspace.root.join("dashboard/charts");
    let (Some(node), Some(_)) = (node::node(), node::npm()) else {
        let dist = folder.join("dist");
        if !workspace.dry_run {
            at(&dist, fs::create_dir_all(&dist))?;
            let index = dist.join("index.js");
            at(&index, fs::write(&index, WITHOUT))?;
        }
        return Ok(Report::Skipped("npm was not found; charts show their tables only".to_owned()));
    };
    node::install_locked(workspace, &folder)?;
    Process::new(node)
        .arg("build.mjs")
        .dir(&folder)
        .hint("`npm ci` in dashboard/charts shows whether a package is missing")
        .run(workspace)?;
    Ok(Report::Done)
}
