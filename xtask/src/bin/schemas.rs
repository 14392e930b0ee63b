//! Writes the JSON Schema of every request and response into a folder, one file each, or compares with what is there:
//! `schemas FOLDER [--check]`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let check = words.iter().any(|word| word == "--check");
    let Some(folder) = words.iter().find(|word| *word != "--check") else {
        eprintln!("schemas FOLDER [--check]");
        return ExitCode::from(2);
    };
    match visit(Path::new(folder), check) {
        Ok(stale) if stale.is_empty() => ExitCode::SUCCESS,
        Ok(stale) => {
            for line in stale {
                eprintln!("{line}");
            }
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{folder}: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Writes every file, or with `check` returns a line for each that is stale, missing or left over.
fn visit(folder: &Path, check: bool) -> std::io::Result<Vec<String>> {
    let mut stale = Vec::new();
    let mut names = BTreeSet::new();
    if !check {
        fs::create_dir_all(folder)?;
    }
    for (stem, schema) in allocator_core::schema::all() {
        let name = format!("{stem}.json");
        let text = format!("{schema:#}\n");
        let path = folder.join(&name);
        if !check {
            fs::write(&path, text)?;
        } else if fs::read_to_string(&path).ok().as_deref() != Some(&text) {
            stale.push(format!("{} is not what the Rust types say", path.display()));
        }
        names.insert(name);
    }
    // A schema whose type is gone would go on promising it.
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.ends_with(".json") && !names.contains(&name) {
            if check {
                stale.push(format!("{} describes a type that is gone", path.display()));
            } else {
                fs::remove_file(&path)?;
            }
        }
    }
    Ok(stale)
}
