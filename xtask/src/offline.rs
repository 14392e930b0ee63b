//! What the built site's page fetches first, and its service worker with the list of its files.

use crate::failure::Outcome;
use crate::plan::Report;
use crate::process::Process;
use crate::tools::node;
use crate::workspace::Workspace;

/// Puts the page's head in order, names the build in it, and writes `service-worker.js` beside it.
pub(crate) fn write(workspace: &Workspace) -> Outcome<Report> {
    let Some(node) = node::node() else {
        return Ok(Report::Skipped("Node.js was not found; the page needs its server".to_owned()));
    };
    Process::new(&node).arg(workspace.root.join("xtask/head.mjs")).arg(workspace.dist()).run(workspace)?;
    Process::new(node)
        .arg(workspace.root.join("xtask/offline.mjs"))
        .arg(workspace.dist())
        .arg(workspace.root.join("dashboard/assets/service-worker.js"))
        .run(workspace)?;
    Ok(Report::Done)
}
