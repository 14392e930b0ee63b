//! What went wrong and what to do about it.

use std::fmt;

/// The result of anything that can fail here.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

/// A failure for a person: what happened, and what to do next.
#[derive(Debug)]
pub(crate) struct Failure {
    what: String,
    hint: Option<String>,
}

impl Failure {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), hint: None }
    }

    /// Adds what to do. The innermost hint wins: it is nearest to the cause.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint.get_or_insert_with(|| hint.into());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "error: {}", self.what)?;
        if let Some(hint) = &self.hint {
            write!(out, "\n what to do: {hint}")?;
        }
        Ok(())
    }
}

/// Adds the file or folder to an error of the operating system, which names neither.
pub(crate) fn at<T>(path: &std::path::Path, result: std::io::Result<T>) -> Outcome<T> {
    result.map_err(|error| Failure::new(format!("{}: {error}", path.display())))
}
