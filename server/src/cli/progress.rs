//! How long work is shown, on standard error: moving on a terminal, plain lines elsewhere, nothing at all for short work.

use std::io::{IsTerminal as _, Write};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// A bar on a terminal, a plain line every ten percent elsewhere, on standard error.
pub(crate) struct Progress {
    what: &'static str,
    terminal: bool,
    shown: Option<u64>,
}

impl Progress {
    /// Nothing shown yet.
    pub(crate) fn new(what: &'static str) -> Self {
        Progress { what, terminal: std::io::stderr().is_terminal(), shown: None }
    }

    /// So much of all is done.
    pub(crate) fn show(&mut self, done: u64, all: u64) {
        let percent = (done * 100).checked_div(all).unwrap_or(100);
        let step = if self.terminal { percent } else { percent / 10 * 10 };
        // Short work is over before anybody could read a line about it.
        if self.shown == Some(step) || all < 100 {
            return;
        }
        self.shown = Some(step);
        let mut stderr = std::io::stderr().lock();
        let _ = if self.terminal {
            let full = (percent as usize * 40) / 100;
            write!(stderr, "\r{} [{}{}] {percent:3} %", self.what, "#".repeat(full), "-".repeat(40 - full))
        } else {
            writeln!(stderr, "{} {step} %", self.what)
        };
    }

    /// The line is over.
    pub(crate) fn end(&self) {
        if self.terminal && self.shown.is_some() {
            let _ = writeln!(std::io::stderr().lock());
        }
    }
}

/// When something is said about work whose end is not known.
#[derive(Clone, Copy)]
struct Pace {
    first: Duration,
    then: Duration,
}

/// A person at a terminal wonders after a second, a log after ten.
const TERMINAL: Pace = Pace { first: Duration::from_secs(1), then: Duration::from_millis(200) };
const LINES: Pace = Pace { first: Duration::from_secs(10), then: Duration::from_secs(10) };

/// Does work whose end is not known, on this thread, and shows meanwhile that it goes on.
pub(crate) fn while_working<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let terminal = std::io::stderr().is_terminal();
    shown(what, terminal, if terminal { TERMINAL } else { LINES }, &mut std::io::stderr(), work)
}

fn shown<T>(what: &str, terminal: bool, pace: Pace, to: &mut (impl Write + Send), work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let (done, wait) = channel::<()>();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let mut patience = pace.first;
            let mut said = false;
            // Ends when the sender is dropped, also by a panic.
            while wait.recv_timeout(patience) == Err(RecvTimeoutError::Timeout) {
                let seconds = start.elapsed().as_secs();
                let _ = if terminal {
                    write!(to, "\r{what} is being computed, {seconds} s ").and_then(|()| to.flush())
                } else {
                    writeln!(to, "{what} is being computed, {seconds} s")
                };
                (patience, said) = (pace.then, true);
            }
            if said && terminal {
                // The line is wiped: what follows is the answer.
                let _ = write!(to, "\r\u{1b}[K").and_then(|()| to.flush());
            }
        });
        let _done = done;
        work()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(terminal: bool, takes_ms: u64) -> String {
        let pace = Pace { first: Duration::from_millis(100), then: Duration::from_millis(40) };
        let mut text = Vec::new();
        let answer = shown("backtest", terminal, pace, &mut text, || {
            std::thread::sleep(Duration::from_millis(takes_ms));
            7
        });
        assert_eq!(answer, 7);
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn long_work_shows_that_it_goes_on_and_short_work_says_nothing() {
        assert_eq!((said(true, 0), said(false, 0)), (String::new(), String::new()));
        let lines = said(false, 400);
        assert!(lines.contains("0 s") && lines.lines().all(|line| line == "backtest is being computed, 0 s"), "{lines}");
        let line = said(true, 400);
        assert!(
            line.starts_with("\rbacktest is being computed") && line.ends_with("\r\u{1b}[K") && !line.contains('\n'),
            "{line:?}"
        );
    }

    #[test]
    fn a_panic_ends_it() {
        let pace = Pace { first: Duration::from_mins(1), then: Duration::from_mins(1) };
        let caught = std::panic::catch_unwind(|| shown("x", false, pace, &mut Vec::new(), || panic!("defect")));
        assert!(caught.is_err());
    }
}
