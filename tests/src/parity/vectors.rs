//! Finding and reading the recorded cases.

use super::case::{Case, Status};
use crate::place;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// The folders with `seed-systems/` and `peers/`: that of `ALLOCATOR_VECTORS`, else the project's own and, where it is there, the
/// neighbour's with data that must not ship.
pub fn folders() -> Vec<PathBuf> {
    match env::var_os("ALLOCATOR_VECTORS").filter(|folder| !folder.is_empty()) {
        Some(folder) => vec![PathBuf::from(folder)],
        None => vec![place::root().join("tests/vectors"), place::root().join("../shared/vectors")],
    }
}

/// All cases below the folders, each id once, in the order of their ids.
pub fn load(folders: &[PathBuf]) -> Vec<Case> {
    let mut cases = Vec::new();
    for folder in folders {
        systems(&folder.join("seed-systems"), &mut cases);
        peers(&folder.join("peers"), &mut cases);
    }
    let mut seen = BTreeSet::new();
    cases.retain(|case| seen.insert(case.id.clone()));
    cases.sort_by(|a, b| a.id.cmp(&b.id));
    cases
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// Reads a file; one that is not JSON becomes a case that fails, so that it is not overlooked.
fn read(path: &Path, id: &str, cases: &mut Vec<Case>) -> Option<Value> {
    let text = fs::read(path).ok()?;
    match serde_json::from_slice(&text) {
        Ok(value) => Some(value),
        Err(error) => {
            let mut case = Case::peer(id.to_owned(), id, id, "", Value::Null, Value::Null);
            case.unreadable = Some(format!("{} is not JSON: {error}", path.display()));
            cases.push(case);
            None
        }
    }
}

fn systems(folder: &Path, cases: &mut Vec<Case>) {
    for path in entries(folder) {
        if path.is_dir() {
            real_run(&path, cases);
        } else if path.extension().is_some_and(|extension| extension == "json") {
            let name = stem(&path);
            let Some(file) = read(&path, &name, cases) else { continue };
            let topic = file["topic"].as_str().unwrap_or(&name).to_owned();
            for (number, case) in file["cases"].as_array().into_iter().flatten().enumerate() {
                cases.push(Case::system(&topic, number, case));
            }
        }
    }
}

/// A real run counts as four cases, one for each stage; only folders that hold the stages' files are runs.
fn real_run(folder: &Path, cases: &mut Vec<Case>) {
    if !folder.join("allocator_state_v1.csv").is_file() {
        return;
    }
    let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    for stage in ["state", "regime", "scalar", "applied"] {
        let input = json!({ "folder": folder.to_string_lossy() });
        cases.push(Case::peer(format!("{name}/{stage}"), &name, "s003_real_run", stage, input, Value::Null));
    }
}

fn peers(folder: &Path, cases: &mut Vec<Case>) {
    for path in entries(folder) {
        let name = stem(&path);
        if path.is_dir() {
            peer_folder(&path, &name, cases);
            continue;
        }
        if !matches!(name.as_str(), "rank_blend" | "caps" | "backtest") {
            continue;
        }
        let group = format!("peers/{name}");
        let Some(file) = read(&path, &group, cases) else { continue };
        for (number, item) in file.as_array().into_iter().flatten().enumerate() {
            let named = item["name"].as_str().map_or_else(|| format!("{number:02}"), str::to_owned);
            let id = format!("{group}/{named}");
            match name.as_str() {
                "rank_blend" => {
                    for (variant, expected) in item["expected"].as_object().into_iter().flatten() {
                        let mut input = item.clone();
                        input.as_object_mut().map(|input| input.remove("expected"));
                        input["ranks_average_ascending"] = item["expected"]["ranks_average_ascending"].clone();
                        cases.push(Case::peer(format!("{id}/{variant}"), &group, &group, variant, input, expected.clone()));
                    }
                }
                _ => cases.push(Case::peer(id, &group, &group, &name, item.clone(), item.clone())),
            }
        }
    }
}

/// One data set: returns, and what the peers made of them.
fn peer_folder(folder: &Path, name: &str, cases: &mut Vec<Case>) {
    let at = |file: &str| format!("peers/{name}/{file}");
    let Some(returns) = read(&folder.join("returns.json"), &at("returns"), cases) else { return };
    if let Some(file) = read(&folder.join("metrics.json"), &at("metrics"), cases) {
        for (series, item) in file["series"].as_object().into_iter().flatten() {
            let values = series_of(&returns, item["source"].as_str().unwrap_or_default());
            let input = json!({
                "dates": returns["dates"], "returns": values, "periods_per_year": file["periods_per_year"], "rf": file["rf"],
            });
            let id = format!("{}/{series}", at("metrics"));
            cases.push(Case::peer(id, "peers/metrics", "peers/metrics", "metrics", input, item["reference"].clone()));
        }
    }
    if let Some(file) = read(&folder.join("weights.json"), &at("weights"), cases) {
        for (method, constraints) in file["methods"].as_object().into_iter().flatten() {
            for (constraint, item) in constraints.as_object().into_iter().flatten() {
                let id = format!("{}/{method}/{constraint}", at("weights"));
                let input = json!({ "folder": folder.to_string_lossy(), "constraint": constraint });
                cases.push(Case::peer(id, "peers/weights", "peers/weights", method, input, item.clone()));
            }
        }
    }
    for kind in ["covariance", "black_litterman"] {
        if let Some(file) = read(&folder.join(format!("{kind}.json")), &at(kind), cases) {
            for (key, item) in file.as_object().into_iter().flatten() {
                let figure = if kind == "covariance" { item.get("value").is_some() } else { key.starts_with("reference") };
                if figure {
                    let group = format!("peers/{kind}");
                    let input = json!({ "folder": folder.to_string_lossy() });
                    cases.push(Case::peer(format!("{}/{key}", at(kind)), &group, &group, key, input, item.clone()));
                }
            }
        }
    }
}

/// The series that `source` of a metrics file describes: a column, or the mean of all columns.
fn series_of(returns: &Value, source: &str) -> Vec<Value> {
    let rows = returns["returns"].as_array().map(Vec::as_slice).unwrap_or_default();
    let columns = returns["columns"].as_array().map(Vec::as_slice).unwrap_or_default();
    match source.strip_prefix("column ") {
        Some(name) => {
            let Some(column) = columns.iter().position(|column| column.as_str() == Some(name)) else { return Vec::new() };
            rows.iter().map(|row| row[column].clone()).collect()
        }
        None => rows
            .iter()
            .map(|row| {
                let row: Vec<f64> = row.as_array().into_iter().flatten().filter_map(Value::as_f64).collect();
                json!(row.iter().map(|value| value * (1.0 / row.len() as f64)).sum::<f64>())
            })
            .collect(),
    }
}

/// How many cases ask for parity, for a test that the vectors are there at all.
pub fn parity_count(cases: &[Case]) -> usize {
    cases.iter().filter(|case| case.status == Status::Parity).count()
}
