//! Why a figure is unknown, in words.

use allocator_core::stats::Unknown;

/// The engine's sentence, or that of its code, as the end of one's own: `unknown: there are fewer observations than the figure needs`. A
/// code of another version is given with blanks.
pub fn why(reason: &str) -> String {
    let known = Unknown::ALL.iter().find(|known| known.as_str() == reason);
    let sentence = known.map_or(reason, |known| known.reason());
    if !sentence.contains(' ') {
        return sentence.replace('_', " ");
    }
    let mut letters = sentence.trim_end_matches('.').chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_said_in_words() {
        assert_eq!(why("no_common_dates"), "the two series have no date in common");
        assert_eq!(why("of_another_version"), "of another version");
        assert_eq!(why("The spread was not given."), "the spread was not given");
        assert_eq!(why(""), "");
    }
}
