//! A formula as it is typed: what is wrong with it, and the place marked under the text.

use allocator_core::alpha::formula::{Formula, FormulaFault};
use allocator_core::error::Code;

/// What is wrong with a formula, in the order of its text; nothing where it can be read.
pub fn faults(text: &str) -> Vec<FormulaFault> {
    if text.trim().is_empty() {
        return vec![FormulaFault {
            code: Code::InvalidFormula,
            line: 1,
            column: 1,
            message: String::from("Nothing is written here."),
            hint: String::from("Write a formula, for example rank(-delta(close, 5))."),
        }];
    }
    Formula::parse(text).err().unwrap_or_default()
}

/// A line of the text and the carets under what is wrong in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The line as typed.
    pub line: String,
    /// Spaces and carets, as long as needed; one character stands under one.
    pub carets: String,
}

/// The line that a fault is in, with carets under the word that begins there, or under the one character.
pub fn mark(text: &str, fault: &FormulaFault) -> Mark {
    let line = text.split('\n').nth(fault.line.saturating_sub(1)).unwrap_or_default().trim_end_matches('\r');
    let before = fault.column.saturating_sub(1);
    let is_word = |letter: &char| letter.is_alphanumeric() || *letter == '_' || *letter == '.';
    let word = line.chars().skip(before).take_while(is_word).count();
    // A tab moves by several columns in the line above; the same tab keeps the carets below it.
    let space = line.chars().chain(std::iter::repeat(' ')).take(before).map(|letter| if letter == '\t' { '\t' } else { ' ' });
    Mark { line: line.to_owned(), carets: space.chain(std::iter::repeat_n('^', word.max(1))).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_that_is_wrong_is_underlined() {
        let text = "rank(delta(close, 5)\n  / ts_sdt(close, 20))";
        let found = faults(text);
        assert_eq!(found.len(), 1);
        assert!(found[0].hint.contains("ts_std"), "{found:?}");
        assert_eq!(mark(text, &found[0]), Mark { line: "  / ts_sdt(close, 20))".into(), carets: "    ^^^^^^".into() });
    }

    #[test]
    fn what_is_missing_at_the_end_is_marked_behind_it() {
        let text = "rank(close";
        let found = faults(text);
        let mark = mark(text, &found[0]);
        assert_eq!(mark.carets.trim_start(), "^");
        assert_eq!(mark.carets.chars().count(), text.chars().count() + 1, "{found:?}");
    }

    #[test]
    fn nothing_is_said_of_a_formula_that_can_be_read() {
        assert_eq!(faults("rank(-delta(close, 5))"), []);
        assert_eq!(faults("  ").len(), 1);
    }
}
