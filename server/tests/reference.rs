//! The generated parts of the reference pages are those of the code.
//!
//! `ALLOCATOR_BLESS=1 cargo test -p server --test reference` writes them anew.
#![allow(missing_docs, reason = "tests are named after what they show")]
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use allocator_core::Code;
use allocator_core::wire::{Json, to_canonical_string};
use server::config::{ServerConfig, section_defaults};
use std::fmt::Write;
use std::path::Path;

/// The text between the marker and its end, compared with `wanted` or replaced by it.
fn settle(page: &str, marker: &str, wanted: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference").join(page);
    let text = std::fs::read_to_string(&path).unwrap();
    let begin = text.find(marker).unwrap_or_else(|| panic!("{page} has no {marker}")) + marker.len();
    let end = begin + text[begin..].find("<!-- end -->").unwrap();
    let wanted = format!("\n\n{}\n\n", wanted.trim());
    if std::env::var_os("ALLOCATOR_BLESS").is_some() {
        std::fs::write(&path, format!("{}{wanted}{}", &text[..begin], &text[end..])).unwrap();
    } else {
        assert!(
            text[begin..end] == wanted,
            "docs/reference/{page} is stale: ALLOCATOR_BLESS=1 cargo test -p server --test reference"
        );
    }
}

#[test]
fn every_code_is_on_the_page() {
    let mut table = String::from("| code | status | meaning |\n|---|---|---|\n");
    for code in Code::ALL {
        writeln!(table, "| `{code}` | {} | {} |", code.status(), code.meaning().trim()).unwrap();
    }
    settle("problems.md", "<!-- generated: codes -->", &table);
}

#[test]
fn every_setting_is_on_the_page() {
    let defaults = section_defaults("server").unwrap();
    let mut table = String::from("| setting | default | meaning |\n|---|---|---|\n");
    for (name, meaning) in ServerConfig::FIELDS {
        let default = to_canonical_string(defaults.get(name).unwrap_or(&Json::Null)).unwrap();
        writeln!(table, "| `{name}` | `{default}` | {} |", meaning.trim()).unwrap();
    }
    settle("http.md", "<!-- generated: settings -->", &table);
}
