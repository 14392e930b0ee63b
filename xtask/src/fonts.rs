//! The page's typefaces: taken from npm, as its lock file says, and served by the site itself.

use std::fs;

use crate::failure::{Outcome, at};
use crate::plan::Report;
use crate::tools::node;
use crate::workspace::Workspace;

/// Packages and the files of each: weights and scripts that the page uses.
const PACKAGES: [(&str, &[&str]); 3] = [
    ("ibm-plex-sans", &["latin-400", "latin-500", "latin-600", "greek-400", "greek-500", "greek-600"]),
    ("ibm-plex-sans-condensed", &["latin-400", "latin-500", "latin-600"]),
    ("ibm-plex-mono", &["latin-400"]),
];

/// Puts the files where Trunk finds them. Without npm the page falls back to the system's typefaces and says so nowhere: its
/// figures stay aligned, because every fallback has digits of one width.
pub(crate) fn collect(workspace: &Workspace) -> Outcome<Report> {
    let home = workspace.root.join("dashboard/fonts");
    let files = home.join("files");
    if !workspace.dry_run {
        at(&files, fs::create_dir_all(&files))?;
    }
    if node::npm().is_none() {
        return Ok(Report::Skipped("npm was not found; the page uses the system's typefaces".to_owned()));
    }
    node::install_locked(workspace, &home)?;
    if workspace.dry_run {
        return Ok(Report::Done);
    }
    for (package, parts) in PACKAGES {
        let from = home.join("node_modules/@fontsource").join(package);
        for part in parts {
            let name = format!("{package}-{part}-normal.woff2");
            let (source, target) = (from.join("files").join(&name), files.join(&name));
            at(&source, fs::copy(&source, &target))?;
        }
        // The licence travels with what it allows.
        let (source, target) = (from.join("LICENSE"), files.join(format!("{package}-LICENSE.txt")));
        at(&source, fs::copy(&source, &target))?;
    }
    Ok(Report::Done)
}
