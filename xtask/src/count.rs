//! How many tests passed, read from the closing lines of the test runners.
//!
//! | runner | closing line |
//! |---|---|
//! | nextest | `Summary [ 0.02s] 5 tests run: 4 passed (1 slow), 1 failed, 2 skipped` |
//! | cargo test, wasm-bindgen-test | `test result: ok. 5 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out` |
//! | node --test | `# pass 5` or `ℹ pass 5`, `fail`, `skipped`, `todo`, `cancelled` likewise |
//! | parity and other own programs | `5 passed, 0 failed, 1 skipped` alone on a line |

use std::fmt;
use std::ops::AddAssign;

/// Counts of tests; also the plain closing line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) skipped: u64,
}

impl Tally {
    pub(crate) fn is_empty(self) -> bool {
        self == Self::default()
    }

    /// Adds what one line of a runner's output says, if it is a closing line.
    pub(crate) fn read(&mut self, line: &str) {
        let plain = without_colour(line);
        let line = plain.trim();
        if let Some(counts) = line.strip_prefix("test result:") {
            self.read_counts(counts, ';');
        } else if line.starts_with("Summary [") {
            if let Some((_, counts)) = line.split_once(" run: ") {
                self.read_counts(counts, ',');
            }
        } else if let Some(count) = line.strip_prefix("# ").or_else(|| line.strip_prefix("ℹ ")) {
            self.read_node(count);
        } else if is_plain_closing_line(line) {
            self.read_counts(line, ',');
        }
    }

    fn read_counts(&mut self, text: &str, separator: char) {
        // "ok. 5 passed", "1 passed (1 slow)": the number stands right before the word.
        for part in text.split(separator) {
            let mut before = "";
            for word in part.split_whitespace() {
                let number = before.parse().unwrap_or(0);
                match word {
                    "passed" => self.passed += number,
                    "failed" | "timed" | "exec" => self.failed += number,
                    "skipped" | "ignored" => self.skipped += number,
                    _ => {}
                }
                before = word;
            }
        }
    }

    fn read_node(&mut self, text: &str) {
        let Some((word, number)) = text.split_once(' ') else {
            return;
        };
        let Ok(number) = number.parse::<u64>() else {
            return;
        };
        match word {
            "pass" => self.passed += number,
            "fail" | "cancelled" => self.failed += number,
            "skipped" | "todo" => self.skipped += number,
            _ => {}
        }
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
    }
}

/// `N passed, N failed` and nothing else on the line, but for `, N skipped` and further counts.
fn is_plain_closing_line(line: &str) -> bool {
    let mut words = line.split(", ").map(|part| part.split_once(' '));
    let mut is =
        |word: &str| matches!(words.next(), Some(Some((number, found))) if found == word && number.parse::<u64>().is_ok());
    is("passed") && is("failed") && line.split(", ").count() <= 4
}

/// The line without terminal colours (`ESC [ ... m`).
fn without_colour(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        if letter == '\u{1b}' {
            letters.by_ref().find(char::is_ascii_alphabetic);
        } else {
            plain.push(letter);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(lines: &[&str]) -> (u64, u64, u64) {
        let mut tally = Tally::default();
        for line in lines {
            tally.read(line);
        }
        (tally.passed, tally.failed, tally.skipped)
    }

    #[test]
    fn nextest_with_colours_and_slow_tests() {
        let line = "\u{1b}[32;1m     Summary\u{1b}[0m [   0.020s] \u{1b}[1m7\u{1b}[0m tests run: 4 passed (1 slow), 2 failed, 1 timed out, 3 skipped";
        assert_eq!(tally(&[line]), (4, 3, 3));
    }

    #[test]
    fn cargo_test_and_the_wasm_runner() {
        let line = "test result: FAILED. 5 passed; 2 failed; 1 ignored; 0 measured; 9 filtered out; finished in 0.1s";
        assert_eq!(tally(&[line, line]), (10, 4, 2));
    }

    #[test]
    fn node_in_both_of_its_reports() {
        assert_eq!(tally(&["# tests 4", "# pass 3", "# fail 1", "# cancelled 0", "# skipped 2"]), (3, 1, 2));
        assert_eq!(tally(&["ℹ pass 3", "ℹ fail 0", "ℹ todo 1"]), (3, 0, 1));
    }

    #[test]
    fn the_plain_closing_line_stands_alone() {
        assert_eq!(tally(&["12 passed, 1 failed, 3 skipped"]), (12, 1, 3));
        assert_eq!(tally(&["12 passed, 1 failed, 3 skipped, 4 informative"]), (12, 1, 3));
        assert_eq!(tally(&["so far 12 passed, 1 failed", "Finished in 3 s"]), (0, 0, 0));
    }
}
