//! The service worker of the built site, with the list of its files.

use crate::failure::Outcome;
use crate::plan::Report;
use crate::process::Process;
use crate::tools::node;
use crate::workspace::Workspace;

/// Names the build in the page and writes `service-worker.js` beside it.
pub(crate) fn write(workspace: &Workspace) -> Outcome<Report> {
    let Some(node) = node::node() else {
        return Ok(Report::Skipped("Node.js was not found; the page needs its server".to_owned()));
    };
    Process::new(node)
        .arg(workspace.root.join("xtask/offline.mjs"))
        .arg(workspace.dist())
        .arg(workspace.root.join("dashboard/assets/service-worker.js"))
        .run(workspace)?;
    Ok(Report::Done)
}
