//! A folder with everything that a run leaves behind: answer, request, and the artefacts as they are named in it.

use crate::cli::output::Output;
use allocator_core::{Code, Problem};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The answer and the request that gives it again.
pub(super) struct Whole<'a> {
    /// The answer's file.
    pub(super) name: &'a str,
    /// Its bytes.
    pub(super) answer: &'a [u8],
    /// The canonical request.
    pub(super) request: &'a [u8],
}

/// Creates the folder and adds every file to what becomes visible at once; tables also as Arrow, if asked for.
///
/// # Errors
/// A folder or file that cannot be written.
pub(super) fn fill(
    folder: &Path,
    whole: &Whole<'_>,
    artefacts: &BTreeMap<String, String>,
    arrow: bool,
    output: &mut Output,
) -> Result<(), Problem> {
    fs::create_dir_all(folder).map_err(|error| {
        let place = folder.display().to_string();
        Problem::new(Code::Io, &place, format!("{place} cannot be created: {error}."), "Check the path and its permissions.")
    })?;
    output.add(Some(&folder.join(whole.name)), whole.answer)?;
    output.add(Some(&folder.join("request.json")), whole.request)?;
    super::audit::write_artefacts(artefacts, folder, arrow, output)
}
