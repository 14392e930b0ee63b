//! How much a first visit downloads, beside the budget (figure Q8), and compressed copies for the server to send.

use crate::failure::Outcome;
use crate::plan::Report;
use crate::process::Process;
use crate::tools::node;
use crate::workspace::Workspace;

/// Writes `.br` and `.gz` beside every file worth it and prints the sizes. Node.js has both compressors built in.
pub(crate) fn report(workspace: &Workspace) -> Outcome<Report> {
    let Some(node) = node::node() else {
        return Ok(Report::Skipped("Node.js was not found; the server compresses on the fly".to_owned()));
    };
    Process::new(node).arg(workspace.root.join("xtask/sizes.mjs")).arg(workspace.dist()).run(workspace)?;
    Ok(Report::Done)
}
