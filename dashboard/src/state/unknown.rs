//! Why a figure is unknown, in words.

use allocator_core::stats::Unknown;

/// The engine's sentence for a code, as the end of one's own: `unknown: there are fewer observations than the figure needs`. A code of
/// another version is given with blanks.
pub fn why(code: &str) -> String {
    let known = Unknown::ALL.iter().find(|reason| reason.as_str() == code);
    let Some(sentence) = known.map(|reason| reason.reason().trim_end_matches('.')) else {
        return code.replace('_', " ");
    };
    let mut letters = sentence.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_said_in_words() {
        assert_eq!(why("no_common_dates"), "the two series have no date in common");
        assert_eq!(why("of_another_version"), "of another version");
        assert_eq!(why(""), "");
    }
}
