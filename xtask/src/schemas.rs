//! `cargo xtask schemas [--check]`: the JSON Schema of every request and response, and the OpenAPI description, as
//! `allocator schema` writes them from the Rust types.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use crate::failure::{Failure, Outcome, at};
use crate::plan::{Plan, Report};
use crate::process::Process;
use crate::workspace::Workspace;
use crate::{expect_no_more, take_flag};

/// Where they are committed.
const FOLDER: &str = "docs/reference/schemas";

/// Writes the schemas, or compares them with those committed.
pub(crate) fn command(workspace: &Workspace, mut words: Vec<String>) -> Outcome<ExitCode> {
    let check = take_flag(&mut words, "--check");
    expect_no_more(&words)?;
    let mut plan = Plan::default();
    step(&mut plan, check);
    Ok(plan.finish(workspace))
}

/// One step that writes or compares.
pub(crate) fn step(plan: &mut Plan<'_>, check: bool) {
    let title =
        if check { "Schemas: the committed ones are those of the Rust types" } else { "Schemas: write them from the Rust types" };
    plan.check(title, move |workspace| {
        let committed = workspace.root.join(FOLDER);
        let fresh = workspace.target().join("schemas");
        if fresh.exists() && !workspace.dry_run {
            at(&fresh, fs::remove_dir_all(&fresh))?;
        }
        Process::new(workspace.program("allocator")?).args(["schema", "--out"]).arg(&fresh).run(workspace)?;
        if workspace.dry_run {
            return Ok(Report::Done);
        }
        let (fresh, old) = (read(&fresh)?, read(&committed)?);
        if check {
            compare(&fresh, &old)?;
        } else {
            write(&committed, &fresh, &old)?;
        }
        Ok(Report::Done)
    });
}

type Files = BTreeMap<OsString, Vec<u8>>;

/// The schemas and TypeScript declarations of a folder; one that does not exist holds none.
fn read(folder: &Path) -> Outcome<Files> {
    let mut files = Files::new();
    if !folder.exists() {
        return Ok(files);
    }
    for entry in at(folder, fs::read_dir(folder))? {
        let path = at(folder, entry)?.path();
        if let Some(name) = path.file_name()
            && path.extension().is_some_and(|extension| extension == "json" || extension == "ts")
        {
            files.insert(name.to_owned(), at(&path, fs::read(&path))?);
        }
    }
    Ok(files)
}

/// Names every file that differs.
fn compare(fresh: &Files, committed: &Files) -> Outcome {
    let stale = fresh.iter().filter(|(name, bytes)| committed.get(*name) != Some(bytes)).map(|(name, _)| name);
    // A schema whose type is gone would go on promising it.
    let gone = committed.keys().filter(|name| !fresh.contains_key(*name));
    let names: Vec<String> = stale.chain(gone).map(|name| name.to_string_lossy().into_owned()).collect();
    if names.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!("stale in {FOLDER}: {}", names.join(", ")))
        .hint("`cargo xtask schemas` writes them anew; commit the result"))
}

fn write(folder: &Path, fresh: &Files, committed: &Files) -> Outcome {
    at(folder, fs::create_dir_all(folder))?;
    for (name, bytes) in fresh {
        let path = folder.join(name);
        at(&path, fs::write(&path, bytes))?;
    }
    for name in committed.keys().filter(|name| !fresh.contains_key(*name)) {
        let path = folder.join(name);
        at(&path, fs::remove_file(&path))?;
    }
    println!("    {} files in {}", fresh.len(), folder.display());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(all: &[(&str, &str)]) -> Files {
        all.iter().map(|(name, text)| (OsString::from(name), text.as_bytes().to_vec())).collect()
    }

    #[test]
    fn changed_missing_and_left_over_schemas_are_all_named() {
        let fresh = files(&[("a.json", "1"), ("b.json", "2"), ("c.json", "3")]);
        assert!(compare(&fresh, &fresh).is_ok());
        let failure = compare(&fresh, &files(&[("a.json", "1"), ("b.json", "old"), ("d.json", "4")])).unwrap_err();
        assert!(failure.to_string().contains("b.json, c.json, d.json"), "{failure}");
    }
}
