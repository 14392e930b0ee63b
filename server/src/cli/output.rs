//! Files in and out: bounded reading, writing that leaves whole files or none, and quiet about a closed pipe.

use allocator_core::{Code, Fault, Problem};
use std::fs::File;
use std::io::{self, ErrorKind, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};

/// Reads a whole file, or standard input where the path is `-`.
///
/// # Errors
/// `file_not_found`, `limit_exceeded`, `io`.
pub(crate) fn read(path: &Path, bytes_max: u64) -> Result<Vec<u8>, Problem> {
    let place = path.display();
    let failed = |error: io::Error| match error.kind() {
        ErrorKind::NotFound => {
            Problem::new(Code::FileNotFound, place.to_string(), format!("There is no file {place}."), "Check the path.")
        }
        ErrorKind::IsADirectory => {
            Problem::new(Code::FileNotFound, place.to_string(), format!("{place} is a directory."), "Name a file in it.")
        }
        _ => Problem::new(Code::Io, place.to_string(), format!("{place} cannot be read: {error}."), "Check its permissions."),
    };
    let mut bytes = Vec::new();
    // One byte more than allowed, to tell "just fits" from "too long" without trusting the size that the system reports.
    let taken = if path == Path::new("-") {
        io::stdin().lock().take(bytes_max + 1).read_to_end(&mut bytes)
    } else {
        File::open(path).and_then(|file| file.take(bytes_max + 1).read_to_end(&mut bytes))
    };
    taken.map_err(failed)?;
    if bytes.len() as u64 > bytes_max {
        return Err(Problem::new(
            Code::LimitExceeded,
            place.to_string(),
            format!("{place} is larger than {bytes_max} bytes."),
            "Split it.",
        ));
    }
    Ok(bytes)
}

/// Output that becomes visible all at once.
///
/// Everything is written beside its destination first; only when all of it stands are the names put in place. Dropped before
/// that, it leaves nothing behind.
#[derive(Default)]
pub(crate) struct Output {
    files: Vec<(tempfile::NamedTempFile, PathBuf)>,
    stdout: Vec<u8>,
}

impl Output {
    /// Nothing yet.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Adds bytes for a file, or for standard output where there is no path or it is `-`.
    ///
    /// # Errors
    /// `io`.
    pub(crate) fn add(&mut self, path: Option<&Path>, bytes: &[u8]) -> Result<(), Problem> {
        let Some(path) = path.filter(|path| *path != Path::new("-")) else {
            self.stdout.extend_from_slice(bytes);
            return Ok(());
        };
        // A link stays a link: its target is replaced.
        let target =
            if path.is_symlink() { std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()) } else { path.to_owned() };
        let path = target.as_path();
        let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let failed = |error: io::Error| cannot_write(path, &error);
        if path.is_dir() {
            return Err(cannot_write(path, &ErrorKind::IsADirectory.into()));
        }
        if path.exists() && !path.is_file() {
            // A pipe or device has no place beside it and cannot be replaced.
            return File::options().write(true).open(path).and_then(|mut file| file.write_all(bytes)).map_err(failed);
        }
        let mut file = new_beside(directory).map_err(failed)?;
        file.write_all(bytes).and_then(|()| file.as_file().sync_all()).map_err(failed)?;
        self.files.push((file, path.to_owned()));
        Ok(())
    }

    /// Puts all names in place, then writes standard output.
    ///
    /// # Errors
    /// `io`.
    pub(crate) fn commit(self) -> Result<(), Problem> {
        for (file, path) in self.files {
            file.persist(&path).map_err(|error| cannot_write(&path, &error.error))?;
        }
        if self.stdout.is_empty() {
            return Ok(());
        }
        let mut stdout = io::stdout().lock();
        let mut written = stdout.write_all(&self.stdout);
        if written.is_ok() && self.stdout.last() != Some(&b'\n') && stdout.is_terminal() {
            // For the prompt that follows; a program gets the bytes that the digest is over, and nothing else.
            written = stdout.write_all(b"\n");
        }
        match written.and_then(|()| stdout.flush()) {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(cannot_write(Path::new("standard output"), &error)),
            _ => Ok(()),
        }
    }
}

/// A new file with the permissions that any new file of this user gets (a temporary file would be for its owner only).
fn new_beside(directory: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".allocator-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(directory)
}

fn cannot_write(path: &Path, error: &io::Error) -> Problem {
    let place = path.display();
    Problem::new(
        Code::Io,
        place.to_string(),
        format!("{place} cannot be written: {error}."),
        "Check that the directory exists and may be written.",
    )
}

/// Writes a problem to standard error; if that is closed, there is nobody left to tell.
pub(crate) fn complain(problem: &Problem, as_json: bool) {
    let text = if as_json { problem.to_json() } else { problem.to_string() };
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Writes what is worth knowing about the input, beside an answer that went well.
pub(crate) fn warn(warnings: &[Fault], as_json: bool) {
    #[derive(serde::Serialize)]
    struct Warnings<'a> {
        warnings: &'a [Fault],
    }
    if warnings.is_empty() {
        return;
    }
    let mut stderr = io::stderr().lock();
    if as_json {
        let text = allocator_core::wire::to_canonical_string(&Warnings { warnings }).unwrap_or_default();
        let _ = writeln!(stderr, "{text}");
    } else {
        for warning in warnings {
            let _ = writeln!(stderr, "warning: {warning}");
        }
    }
}
