//! The snippets of the book: what stands between fences, and how it is run.
//!
//! | fence | what happens |
//! |---|---|
//! | `sh` | runs in a shell that stops at the first failure, beside a copy of `docs/samples`, with `allocator` on the path |
//! | `text` right after `sh` | is exactly what the shell printed |
//! | `sh,ignore-network` | is left alone |
//! | `json` | is JSON; with `"version"` it is a request that some operation accepts |
//! | `rust` | is compiled and run by `cargo test --doc`, through `lib.rs` |
//! | `text`, `yaml`, `toml`, `js`, `ts`, `html`, `css` | is left alone |

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Pages whose Rust snippets are compiled and run; a test fails where one is missing.
#[cfg(doctest)]
pub mod book {
    #[doc = include_str!("../../docs/concepts/signals.md")]
    pub struct Signals;
}

/// One fence of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snippet {
    /// What stands behind the opening fence.
    pub tag: String,
    /// The lines between.
    pub text: String,
    /// The line of the opening fence, from 1.
    pub line: usize,
    /// The line of the closing fence.
    pub end: usize,
}

/// The fences of a page; one that is never closed reaches to the end.
pub fn snippets(page: &str) -> Vec<Snippet> {
    let mut found: Vec<Snippet> = Vec::new();
    let mut open: Option<Snippet> = None;
    for (i, line) in page.lines().enumerate() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(tag)) => {
                open = Some(Snippet { tag: tag.trim().to_owned(), text: String::new(), line: i + 1, end: i + 1 });
            }
            (Some(_), Some("")) => {
                if let Some(mut snippet) = open.take() {
                    snippet.end = i + 1;
                    found.push(snippet);
                }
            }
            (Some(snippet), _) => {
                snippet.text.push_str(line);
                snippet.text.push('\n');
            }
            (None, None) => {}
        }
    }
    found.extend(open);
    found
}

/// What a shell snippet must print: the `text` fence that follows it with nothing but blank lines between.
pub fn expected_output<'a>(page: &str, all: &'a [Snippet], index: usize) -> Option<&'a str> {
    let next = all.get(index + 1).filter(|next| next.tag == "text")?;
    let between = page.lines().skip(all[index].end).take(next.line - 1 - all[index].end);
    between.into_iter().all(|line| line.trim().is_empty()).then_some(next.text.as_str())
}

/// Where snippets run: a folder of their own with the book's samples.
#[derive(Debug)]
pub struct Sandbox {
    folder: PathBuf,
    root: PathBuf,
    programs: PathBuf,
}

/// How long one snippet may take.
const PATIENCE: Duration = Duration::from_mins(2);

impl Sandbox {
    /// A fresh folder with a copy of `docs/samples` of the repository `root`; `programs` is where `allocator` lies.
    ///
    /// # Errors
    /// What the file system says.
    pub fn new(folder: PathBuf, root: &Path, programs: &Path) -> std::io::Result<Self> {
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        copy(&root.join("docs/samples"), &folder.join("docs/samples"))?;
        Ok(Sandbox { folder, root: root.to_path_buf(), programs: programs.to_path_buf() })
    }

    /// Runs a shell snippet: what it printed, or what went wrong. `cargo xtask` only says what it would do.
    ///
    /// # Errors
    /// An exit code other than 0 with what was said, or the time it may take is over.
    pub fn run(&self, script: &str) -> Result<String, String> {
        let prelude = format!(
            "cargo() {{ [ \"$1\" = xtask ] || {{ echo \"cargo $1 has no place in a snippet\" >&2; return 1; }}; \
             shift; (cd '{}' && command cargo run --quiet --package xtask -- \"$@\" --dry-run); }}\n",
            self.root.display()
        );
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = std::iter::once(self.programs.clone()).chain(std::env::split_paths(&path));
        let path = std::env::join_paths(folders).map_err(|error| error.to_string())?;
        let (out, err) = (self.folder.join(".out"), self.folder.join(".err"));
        let file = |path: &Path| fs::File::create(path).map_err(|error| error.to_string());
        let mut command = Command::new("sh");
        command.args(["-eu", "-c"]).arg(prelude + script).current_dir(&self.folder);
        command.env("PATH", path).env("TMPDIR", &self.folder).env("HOME", &self.folder).env("NO_COLOR", "1");
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("ALLOCATOR_") {
                command.env_remove(name);
            }
        }
        // Cargo finds its own things where they are although HOME is elsewhere.
        for (name, folder) in [("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup")] {
            if let (None, Some(home)) = (std::env::var_os(name), std::env::var_os("HOME")) {
                command.env(name, PathBuf::from(home).join(folder));
            }
        }
        command.stdin(Stdio::null()).stdout(file(&out)?).stderr(file(&err)?);
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.spawn().map_err(|error| format!("no shell: {error}"))?;
        let started = Instant::now();
        let status = loop {
            match child.try_wait().map_err(|error| error.to_string())? {
                Some(status) => break Some(status),
                None if started.elapsed() > PATIENCE => break None,
                None => std::thread::sleep(Duration::from_millis(10)),
            }
        };
        // What the snippet left running (a server, say) ends with it.
        let _ = Command::new("kill").args(["-KILL", "--", &format!("-{}", child.id())]).stderr(Stdio::null()).status();
        let read = |path: &Path| fs::read_to_string(path).unwrap_or_default();
        match status {
            Some(status) if status.success() => Ok(read(&out)),
            Some(status) => Err(format!("{status}\n{}{}", read(&out), read(&err))),
            None => {
                let _ = child.wait();
                Err(format!("still running after {PATIENCE:?}\n{}{}", read(&out), read(&err)))
            }
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    if !from.exists() {
        return Ok(());
    }
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if source.is_dir() {
            copy(&source, &target)?;
        } else {
            fs::copy(&source, &target)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str =
        "# A\n\n```sh\necho hi\n```\n\n```text\nhi\n```\n\n```sh,ignore-network\ncurl\n```\nwords\n```text\nno\n```\n";

    #[test]
    fn fences_and_what_belongs_together() {
        let all = snippets(PAGE);
        let tags: Vec<(&str, usize)> = all.iter().map(|snippet| (snippet.tag.as_str(), snippet.line)).collect();
        assert_eq!(tags, [("sh", 3), ("text", 7), ("sh,ignore-network", 11), ("text", 15)]);
        assert_eq!(expected_output(PAGE, &all, 0), Some("hi\n"));
        assert_eq!(expected_output(PAGE, &all, 2), None);
    }
}
