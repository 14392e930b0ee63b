//! One program, run: shown before it runs, with a time limit where it may hang, with its counts read where it tests.

use std::env;
use std::ffi::{OsStr, OsString};
use std::io::{BufRead, BufReader, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::count::Tally;
use crate::failure::{Failure, Outcome};
use crate::workspace::Workspace;

/// A program with its arguments, to be run in one of several ways.
pub(crate) struct Process {
    program: OsString,
    arguments: Vec<OsString>,
    variables: Vec<(OsString, OsString)>,
    folder: Option<PathBuf>,
    limit: Option<Duration>,
    hint: Option<String>,
}

impl Process {
    pub(crate) fn new(program: impl AsRef<OsStr>) -> Self {
        Self {
            program: program.as_ref().to_owned(),
            arguments: Vec::new(),
            variables: Vec::new(),
            folder: None,
            limit: None,
            hint: None,
        }
    }

    pub(crate) fn cargo(arguments: &[&str]) -> Self {
        Self::new("cargo").args(arguments)
    }

    pub(crate) fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.arguments.push(argument.as_ref().to_owned());
        self
    }

    pub(crate) fn args<S: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = S>) -> Self {
        self.arguments.extend(arguments.into_iter().map(|argument| argument.as_ref().to_owned()));
        self
    }

    pub(crate) fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.variables.push((name.as_ref().to_owned(), value.as_ref().to_owned()));
        self
    }

    pub(crate) fn envs(mut self, variables: &[(OsString, OsString)]) -> Self {
        self.variables.extend_from_slice(variables);
        self
    }

    /// Where it runs; the top of the repository unless told.
    pub(crate) fn dir(mut self, folder: impl AsRef<Path>) -> Self {
        self.folder = Some(folder.as_ref().to_owned());
        self
    }

    /// Ends it after this long: a download from a host that does not answer must not hold everything up.
    pub(crate) fn limit(mut self, limit: Duration) -> Self {
        self.limit = Some(limit);
        self
    }

    /// What to do when it fails.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Shows the command and runs it, its output going straight to the terminal.
    pub(crate) fn run(&self, workspace: &Workspace) -> Outcome {
        self.show();
        if workspace.dry_run {
            return Ok(());
        }
        let mut child = self.command(workspace).stdin(Stdio::null()).spawn().map_err(|error| self.cannot_start(&error))?;
        let status = self.wait(&mut child)?;
        self.judge(status)
    }

    /// Shows the command and runs it; passes its output on line by line and reads the counts of tests in it.
    /// The tally is there on failure too: some tests may have passed before.
    pub(crate) fn count(&self, workspace: &Workspace) -> (Tally, Outcome) {
        self.show();
        if workspace.dry_run {
            return (Tally::default(), Ok(()));
        }
        let mut command = self.command(workspace);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        if std::io::stdout().is_terminal() {
            command.env("CARGO_TERM_COLOR", "always");
        }
        let mut child = match command.spawn() {
            Ok(child) => child,
            Err(error) => return (Tally::default(), Err(self.cannot_start(&error))),
        };
        let (out, err) = (child.stdout.take(), child.stderr.take());
        let errors = thread::spawn(move || err.map_or_else(Tally::default, |err| relay(err, std::io::stderr())));
        let mut tally = out.map_or_else(Tally::default, |out| relay(out, std::io::stdout()));
        if let Ok(more) = errors.join() {
            tally += more;
        }
        let outcome = self.wait(&mut child).and_then(|status| self.judge(status));
        (tally, outcome)
    }

    /// Asks a question: runs silently, also in a dry run, and returns standard output if the program succeeded.
    pub(crate) fn read(&self, workspace: &Workspace) -> Option<String> {
        let output = self.command(workspace).stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// Shows the command, runs it silently and returns whether it succeeded and everything it said on standard error.
    /// For programs whose failure has to be understood before it is judged.
    pub(crate) fn listen(&self, workspace: &Workspace) -> Outcome<(bool, String)> {
        self.show();
        let mut child = self
            .command(workspace)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| self.cannot_start(&error))?;
        let from = child.stderr.take();
        // Read while it runs: a full pipe would stop it.
        let reader = thread::spawn(move || {
            let mut text = Vec::new();
            if let Some(mut from) = from {
                // What was read before an error is still worth showing.
                let _ = from.read_to_end(&mut text);
            }
            String::from_utf8_lossy(&text).into_owned()
        });
        let status = self.wait(&mut child)?;
        Ok((status.success(), reader.join().unwrap_or_default()))
    }

    /// Shows the command and puts it in the place of this process, so that Ctrl-C and signals reach it directly.
    pub(crate) fn become_it(&self, workspace: &Workspace) -> Outcome {
        self.show();
        if workspace.dry_run {
            return Ok(());
        }
        let mut command = self.command(workspace);
        #[cfg(unix)]
        {
            use std::os::unix::process::CommandExt;
            Err(self.cannot_start(&command.exec()))
        }
        #[cfg(not(unix))]
        {
            let status = command.status().map_err(|error| self.cannot_start(&error))?;
            self.judge(status)
        }
    }

    fn command(&self, workspace: &Workspace) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).current_dir(self.folder.as_deref().unwrap_or(&workspace.root));
        // What `cargo run` told this program about itself must not reach the builds it starts: a build script that
        // watches one of these variables would run again, and its crate compile again, after every build by hand.
        for (name, _) in env::vars_os() {
            let name = name.to_string_lossy().into_owned();
            if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") || name == "CARGO" {
                command.env_remove(&name);
            }
        }
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    fn show(&self) {
        println!("    $ {}", self.shown());
    }

    /// The command as one would type it.
    fn shown(&self) -> String {
        let mut words = Vec::new();
        for (name, value) in &self.variables {
            // A PATH with the tools in front would bury the command.
            if name != "PATH" {
                words.push(format!("{}={}", name.to_string_lossy(), quoted(value)));
            }
        }
        words.push(quoted(&self.program));
        words.extend(self.arguments.iter().map(|argument| quoted(argument)));
        words.join(" ")
    }

    fn wait(&self, child: &mut Child) -> Outcome<ExitStatus> {
        let lost = |error| Failure::new(format!("`{}`: {error}", self.shown()));
        let Some(limit) = self.limit else {
            return child.wait().map_err(lost);
        };
        let start = Instant::now();
        loop {
            if let Some(status) = child.try_wait().map_err(lost)? {
                return Ok(status);
            }
            if start.elapsed() > limit {
                // It may have ended in this very moment; then there is nothing left to end.
                let _ = child.kill();
                let _ = child.wait();
                return Err(self.with_hint(Failure::new(format!(
                    "`{}` gave no answer within {} seconds",
                    self.shown(),
                    limit.as_secs()
                ))));
            }
            thread::sleep(Duration::from_millis(50));
        }
    }

    fn judge(&self, status: ExitStatus) -> Outcome {
        if status.success() {
            return Ok(());
        }
        let how = status.code().map_or_else(|| "was ended by a signal".to_owned(), |code| format!("failed (exit code {code})"));
        Err(self.with_hint(Failure::new(format!("`{}` {how}", self.shown()))))
    }

    fn cannot_start(&self, error: &std::io::Error) -> Failure {
        self.with_hint(Failure::new(format!("`{}` could not be started: {error}", self.program.to_string_lossy())))
            .hint("`cargo xtask doctor` tells what is missing")
    }

    fn with_hint(&self, failure: Failure) -> Failure {
        match &self.hint {
            Some(hint) => failure.hint(hint.clone()),
            None => failure,
        }
    }
}

fn quoted(word: &OsStr) -> String {
    let word = word.to_string_lossy();
    if word.is_empty() || word.contains(|letter: char| letter.is_whitespace() || "'\"$*;&|<>()".contains(letter)) {
        format!("'{}'", word.replace('\'', r"'\''"))
    } else {
        word.into_owned()
    }
}

/// Copies line by line and counts on the way. Bytes that are no UTF-8 pass unchanged.
fn relay(from: impl Read, mut to: impl Write) -> Tally {
    let mut reader = BufReader::new(from);
    let mut tally = Tally::default();
    let mut line = Vec::new();
    loop {
        line.clear();
        match reader.read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return tally,
            Ok(_) => {
                // Whoever reads us may have gone; the tests still run to their end.
                let _ = to.write_all(&line).and_then(|()| to.flush());
                tally.read(&String::from_utf8_lossy(&line));
            }
        }
    }
}

/// The full path of a program, if PATH has it.
pub(crate) fn which(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|folder| folder.join(format!("{program}{}", env::consts::EXE_SUFFIX))).find(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shown_command_can_be_pasted_into_a_shell() {
        let process = Process::new("cargo").args(["test", "--", "it's"]).env("PATH", "hidden").env("CI", "true");
        assert_eq!(process.shown(), r"CI=true cargo test -- 'it'\''s'");
    }

    #[test]
    fn relayed_lines_are_copied_and_counted() {
        let mut copy = Vec::new();
        let tally = relay(&b"noise\ntest result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out"[..], &mut copy);
        assert_eq!((tally.passed, tally.failed, tally.skipped), (3, 0, 1));
        assert!(copy.starts_with(b"noise\ntest result"));
    }
}
