//! Every snippet of the README and the book does what it says (Q15); how is told in `tests::snippets`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use tests::place;
use tests::snippets::{Sandbox, Snippet, expected_output, snippets};

/// README and all pages of the book, with their names from the top.
fn pages() -> Vec<(String, String)> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for path in fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                found.push(path);
            }
        }
    }
    let root = place::root();
    let mut found = vec![root.join("README.md"), root.join("CONTRIBUTING.md")];
    walk(&root.join("docs"), &mut found);
    found.sort();
    let name = |path: &Path| path.strip_prefix(&root).expect("below the top").display().to_string();
    found.iter().map(|path| (name(path), fs::read_to_string(path).expect("pages are UTF-8"))).collect()
}

fn all_snippets() -> Vec<(String, String, Vec<Snippet>)> {
    pages().into_iter().map(|(name, text)| (name, snippets(&text), text)).map(|(name, all, text)| (name, text, all)).collect()
}

/// Builds the program that the snippets call and answers its folder.
fn programs() -> PathBuf {
    // Of the whole workspace: what these tests compiled serves again. A package alone asks other features of its dependencies.
    let built = place::cargo().args(["build", "--quiet", "--workspace", "--bin", "allocator"]).status();
    assert!(built.is_ok_and(|status| status.success()), "the program allocator could not be built");
    place::target().join("debug")
}

#[test]
fn shell_snippets_run_and_print_what_the_page_says() {
    let (root, programs) = (place::root(), programs());
    let mut wrong = Vec::new();
    for (page, text, all) in all_snippets() {
        for (i, snippet) in all.iter().enumerate().filter(|(_, snippet)| snippet.tag == "sh") {
            let at = format!("{page}:{}", snippet.line);
            let folder = place::target().join("snippets").join(at.replace(['/', ':', '.'], "-"));
            let sandbox = Sandbox::new(folder, &root, &programs).expect("the target folder can be written");
            match (sandbox.run(&snippet.text), expected_output(&text, &all, i)) {
                (Err(why), _) => wrong.push(format!("{at}: {why}")),
                (Ok(printed), Some(expected)) if printed != expected => {
                    wrong.push(format!("{at} printed\n{printed}instead of\n{expected}"));
                }
                _ => {}
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn json_snippets_are_json_and_requests_are_accepted() {
    let mut wrong = Vec::new();
    for (page, _, all) in all_snippets() {
        for snippet in all.iter().filter(|snippet| snippet.tag == "json") {
            let at = format!("{page}:{}", snippet.line);
            match serde_json::from_str::<serde_json::Value>(&snippet.text) {
                Err(error) => wrong.push(format!("{at}: {error}")),
                Ok(value) if value.get("version").is_some() => {
                    let read =
                        |operation: &&&str| allocator_core::op::canonical_request(operation, snippet.text.as_bytes()).is_ok();
                    if allocator_core::op::NAMES.iter().find(read).is_none() {
                        wrong.push(format!("{at}: no operation accepts this request"));
                    }
                }
                Ok(_) => {}
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_fence_says_what_it_holds() {
    let known = ["sh", "sh,ignore-network", "text", "json", "rust", "yaml", "toml", "js", "ts", "html", "css", "csv", "python"];
    let mut wrong = Vec::new();
    for (page, _, all) in all_snippets() {
        wrong.extend(
            all.iter()
                .filter(|snippet| !known.contains(&snippet.tag.as_str()))
                .map(|snippet| format!("{page}:{}: '{}'", snippet.line, snippet.tag)),
        );
    }
    assert!(wrong.is_empty(), "known are {known:?}:\n{}", wrong.join("\n"));
}

#[test]
fn pages_with_rust_are_compiled() {
    let source = fs::read_to_string(place::root().join("tests/src/snippets.rs")).expect("it is there");
    let missing: Vec<String> = all_snippets()
        .into_iter()
        .filter(|(page, _, all)| all.iter().any(|snippet| snippet.tag == "rust") && !source.contains(&format!("../../{page}\")")))
        .map(|(page, ..)| page)
        .collect();
    assert!(missing.is_empty(), "add to module book in tests/src/snippets.rs: {missing:?}");
}

#[test]
fn every_task_that_a_page_names_exists() {
    let help = fs::read_to_string(place::root().join("xtask/src/main.rs")).expect("xtask is there");
    let mut unknown = BTreeSet::new();
    for (page, text) in pages() {
        for (at, _) in text.match_indices("cargo xtask ") {
            let task: String = text[at + "cargo xtask ".len()..].chars().take_while(char::is_ascii_lowercase).collect();
            if !task.is_empty() && !help.contains(&format!("\"{task}\" =>")) && !help.contains(&format!("\"{task}\" |")) {
                unknown.insert(format!("{page}: cargo xtask {task}"));
            }
        }
    }
    assert!(unknown.is_empty(), "{unknown:?}");
}
