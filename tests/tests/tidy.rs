//! The house rules that a machine can check: modules import in one direction, files say what they are, exceptions say why.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use tests::place;

/// The core's modules, each importing only from those before it.
///
/// `config` stands behind `stats` because settings name the measures they choose between; docs/adr says more about the direction.
const ORDER: &[&str] = &[
    "error",
    "math",
    "units",
    "money",
    "wire",
    "codec",
    "frame",
    "calendar",
    "linalg",
    "stats",
    "estimate",
    "optimise",
    "alpha",
    "config",
    "monitor",
    "blend",
    "capital",
    "overlay",
    "netting",
    "ledger",
    "limits",
    "portfolio",
    "attribution",
    "backtest",
    "report",
    "sample",
    "op",
    "schema",
];

/// Folders that hold what we write; `target`, `node_modules` and the like are not ours.
const FOLDERS: &[&str] =
    &["allocator-core", "allocator-wasm", "dashboard", "server", "tests", "xtask", "docs", ".github", ".ci", ".cargo"];
const FOREIGN: &[&str] = &["target", "node_modules", "dist", "engine", "corpus", "artifacts", "vectors"];

/// All our files, with their paths from the top.
fn files() -> Vec<(PathBuf, PathBuf)> {
    let root = place::root();
    let mut found = Vec::new();
    for entry in fs::read_dir(&root).expect("the top is there").flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if path.is_file() && name != "Cargo.lock" && name != ".git" {
            found.push(path);
        } else if FOLDERS.contains(&name.as_str()) {
            walk(&path, &mut found);
        }
    }
    found.sort();
    found.into_iter().map(|path| (path.strip_prefix(&root).expect("below the top").to_path_buf(), path)).collect()
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if path.is_dir() {
            // `tests/src/engine` and other source folders are ours whatever they are called.
            let ours = folder.ends_with("src") || !FOREIGN.contains(&name.as_str());
            if ours {
                walk(&path, found);
            }
        } else {
            found.push(path);
        }
    }
}

fn rust_files() -> Vec<(PathBuf, String)> {
    let rust = files().into_iter().filter(|(_, path)| path.extension().is_some_and(|extension| extension == "rs"));
    rust.map(|(name, path)| (name, fs::read_to_string(path).expect("source is UTF-8"))).collect()
}

fn core_files() -> Vec<(PathBuf, String)> {
    let all = rust_files().into_iter();
    all.filter_map(|(name, text)| Some((name.strip_prefix("allocator-core/src").ok()?.to_path_buf(), text))).collect()
}

/// What the product is made of: without tests, without comments.
fn product(text: &str) -> String {
    let mut kept = String::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if line.trim() == "#[cfg(test)]"
            && lines.peek().is_some_and(|next| next.trim().starts_with("mod ") && next.ends_with('{'))
        {
            // A test module stands at the end of its file.
            break;
        }
        let code = line.split("//").next().unwrap_or_default();
        kept.push_str(code);
        kept.push('\n');
    }
    kept
}

fn is_test(name: &Path) -> bool {
    name.file_name().is_some_and(|name| name == "tests.rs") || name.components().any(|part| part.as_os_str() == "tests")
}

fn module_of(name: &Path) -> String {
    let first = name.components().next().map(|part| part.as_os_str().to_string_lossy().into_owned()).unwrap_or_default();
    first.trim_end_matches(".rs").to_owned()
}

/// Names that follow `crate::` in the text.
fn imported(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (at, _) in text.match_indices("crate::") {
        let before = text[..at].chars().next_back();
        let rest = &text[at + "crate::".len()..];
        let inside_a_word = before.is_some_and(|letter| letter.is_alphanumeric() || letter == '_');
        if inside_a_word {
            continue;
        }
        let list = match rest.strip_prefix('{') {
            Some(group) => group.split('}').next().unwrap_or_default().split(',').map(str::trim).collect(),
            None => vec![rest],
        };
        for item in list {
            let name: String = item.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect();
            names.push(name);
        }
    }
    names
}

#[test]
fn the_core_imports_in_one_direction() {
    let place_of = |module: &str| ORDER.iter().position(|known| *known == module);
    let mut wrong = Vec::new();
    for (name, text) in core_files() {
        let module = module_of(&name);
        if module == "lib" || is_test(&name) {
            continue;
        }
        let Some(here) = place_of(&module) else {
            wrong.push(format!("{}: module {module} has no place in ORDER", name.display()));
            continue;
        };
        for other in imported(&product(&text)) {
            // Types re-exported at the top belong to `error`; macros are local.
            let other = if other.starts_with(char::is_uppercase) { "error".to_owned() } else { other };
            match place_of(&other) {
                Some(there) if there <= here => {}
                Some(_) => wrong.push(format!("{}: {module} imports {other}, which comes later", name.display())),
                None => wrong.push(format!("{}: imports {other}, which has no place in ORDER", name.display())),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_order_names_exactly_the_modules_that_there_are() {
    let lib = fs::read_to_string(place::root().join("allocator-core/src/lib.rs")).expect("lib.rs is there");
    let declared: BTreeSet<&str> = lib.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    assert_eq!(declared, ORDER.iter().copied().collect::<BTreeSet<&str>>());
}

#[test]
fn every_source_file_says_what_it_is() {
    // Behind attributes of the whole file, if there are any.
    let says = |text: &str| text.lines().find(|line| !line.starts_with("#![")).is_some_and(|line| line.starts_with("//! "));
    // A fuzz target is one line that names the documented function it calls.
    let exempt = |name: &Path| name.starts_with("tests/fuzz/fuzz_targets");
    let silent: Vec<String> = rust_files()
        .into_iter()
        .filter(|(name, text)| !says(text) && !exempt(name))
        .map(|(name, _)| name.display().to_string())
        .collect();
    assert!(silent.is_empty(), "without a //! line at the top: {silent:?}");
}

#[test]
fn the_core_has_no_clock_no_files_and_no_random_order() {
    let words = [
        "HashMap",
        "HashSet",
        "SystemTime",
        "Instant::now",
        "std::fs",
        "std::env",
        "std::net",
        "std::thread",
        "std::process",
        "println!",
        "eprintln!",
        "dbg!",
        "thread_rng",
        "getrandom",
        "RandomState",
        "mul_add",
    ];
    let mut wrong = Vec::new();
    for (name, text) in core_files().into_iter().filter(|(name, _)| !is_test(name)) {
        let text = product(&text);
        let lines: Vec<&str> = text.lines().collect();
        for (i, line) in lines.iter().enumerate() {
            // A type that another crate asks for stands below an exception that says so.
            let excepted = lines[i.saturating_sub(4)..i].iter().any(|above| above.contains("reason = "));
            let found = words.iter().filter(|word| line.contains(**word) && !excepted);
            wrong.extend(found.map(|word| format!("{}:{}: {word}", name.display(), i + 1)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_exception_to_a_lint_says_why() {
    let mut wrong = Vec::new();
    for (name, text) in rust_files() {
        for opening in ["allow(", "expect("] {
            for (at, _) in text.match_indices(&format!("[{opening}")) {
                let attribute = text[at..].split(")]").next().unwrap_or_default();
                if !attribute.contains("reason = ") {
                    let line = text[..at].lines().count();
                    wrong.push(format!("{}:{line}: {attribute}", name.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_file_names_a_place_on_somebodys_machine() {
    let roots =
        [concat!("/ho", "me/"), concat!("/ro", "ot/"), concat!("/Use", "rs/"), concat!("/wo", "rk/"), concat!("C:", "\\Users")];
    let mut wrong = Vec::new();
    for (name, path) in files() {
        let Ok(text) = fs::read_to_string(&path) else { continue };
        for root in roots {
            for (at, _) in text.match_indices(root) {
                // Part of a longer path or of an address is no place of its own.
                let before = text[..at].chars().next_back();
                if before.is_none_or(|letter| !(letter.is_alphanumeric() || "._-~:/}".contains(letter))) {
                    wrong.push(format!("{}:{}: {root}", name.display(), text[..at].lines().count()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_operation_has_its_schemas_and_its_page() {
    let root = place::root();
    let mut missing = Vec::new();
    for operation in allocator_core::op::NAMES {
        for (folder, file) in [
            ("docs/reference/schemas", format!("{operation}.request.schema.json")),
            ("docs/reference/schemas", format!("{operation}.response.schema.json")),
            ("docs/reference/operations", format!("{operation}.md")),
        ] {
            if root.join(folder).is_dir() && !root.join(folder).join(&file).is_file() {
                missing.push(format!("{folder}/{file}"));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn every_code_of_a_fault_is_documented() {
    let path = place::root().join("docs/reference/problems.md");
    let Ok(page) = fs::read_to_string(path) else { return };
    let missing: Vec<&str> =
        allocator_core::Code::ALL.iter().map(|code| code.as_str()).filter(|code| !page.contains(&format!("`{code}`"))).collect();
    assert!(missing.is_empty(), "not in docs/reference/problems.md: {missing:?}");
}

#[test]
fn the_front_page_names_the_two_commands() {
    let readme = fs::read_to_string(place::root().join("README.md")).expect("README.md is there");
    for command in ["cargo xtask run", "cargo xtask test"] {
        assert!(readme.contains(command), "{command}");
    }
}

#[test]
fn no_link_of_a_page_leads_nowhere() {
    let mut broken = Vec::new();
    for (name, path) in files().into_iter().filter(|(name, _)| name.extension().is_some_and(|extension| extension == "md")) {
        let text = fs::read_to_string(&path).expect("pages are UTF-8");
        let folder = path.parent().expect("a page lies in a folder");
        for (at, _) in text.match_indices("](") {
            let target = text[at + 2..].split([')', ' ', '\n']).next().unwrap_or_default();
            let file = target.split('#').next().unwrap_or_default();
            let elsewhere = file.is_empty() || file.contains("://") || file.starts_with("mailto:");
            if !elsewhere && !folder.join(file).exists() {
                broken.push(format!("{}: {target}", name.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}
