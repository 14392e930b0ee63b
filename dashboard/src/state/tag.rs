//! Two letters and a colour for every strategy: never by colour alone.

use std::collections::BTreeSet;

/// How many colours the palette has before they repeat with a hatch.
pub const COLOURS: usize = 10;

/// The mark of one strategy, the same wherever it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// The strategy's id.
    pub strategy: String,
    /// Two characters, unique among the strategies.
    pub letters: String,
    /// Colour 1 to 10.
    pub colour: usize,
    /// Whether the colour stands for the second or a later ten.
    pub hatched: bool,
}

impl Tag {
    /// The id as a name for a person: `low_volatility` is Low volatility, `momentum_12_1` Momentum 12-1. The id itself stands in titles
    /// and downloads.
    pub fn name(&self) -> String {
        let letters: Vec<char> = self.strategy.chars().collect();
        let is_digit = |place: Option<usize>| place.and_then(|place| letters.get(place)).is_some_and(char::is_ascii_digit);
        let text: String = letters
            .iter()
            .enumerate()
            .map(|(place, letter)| match letter {
                '_' if is_digit(place.checked_sub(1)) && is_digit(Some(place + 1)) => '-',
                '_' => ' ',
                other => *other,
            })
            .collect();
        let mut letters = text.trim().chars();
        letters.next().map_or_else(|| self.strategy.clone(), |first| first.to_uppercase().chain(letters).collect())
    }
}

/// Marks for strategies in canonical order.
pub fn tags(strategies: &[String]) -> Vec<Tag> {
    let mut taken = BTreeSet::new();
    strategies
        .iter()
        .enumerate()
        .map(|(i, strategy)| {
            let letters = candidates(strategy).find(|letters| taken.insert(letters.clone())).unwrap_or_else(|| i.to_string());
            Tag { strategy: strategy.clone(), letters, colour: i % COLOURS + 1, hatched: i >= COLOURS }
        })
        .collect()
}

/// `momentum_12_1` may be M1, MO, MM …: initials of words first, then the first letter with each later one, then digits.
fn candidates(strategy: &str) -> impl Iterator<Item = String> {
    let plain: Vec<char> = strategy.chars().filter(|letter| letter.is_alphanumeric()).collect();
    let first = plain.first().copied().unwrap_or('X');
    let words: Vec<char> =
        strategy.split(|letter: char| !letter.is_alphanumeric()).filter_map(|word| word.chars().next()).collect();
    let initials = words.get(1).copied();
    let later: Vec<char> = plain.into_iter().skip(1).collect();
    initials
        .into_iter()
        .chain(later)
        .chain('1'..='9')
        .chain('a'..='z')
        .map(move |second| first.to_uppercase().chain(second.to_uppercase()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letters(names: &[&str]) -> Vec<String> {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        tags(&names).into_iter().map(|tag| tag.letters).collect()
    }

    #[test]
    fn initials_of_words_or_the_first_two_letters() {
        assert_eq!(letters(&["low_volatility", "momentum_12_1", "momentum_20d", "reversal"]), ["LV", "M1", "M2", "RE"]);
    }

    #[test]
    fn a_name_is_read_by_people() {
        let names: Vec<String> =
            tags(&["low_volatility".into(), "momentum_12_1".into(), "_9_x_".into()]).iter().map(Tag::name).collect();
        assert_eq!(names, ["Low volatility", "Momentum 12-1", "9 x"]);
    }

    #[test]
    fn letters_never_repeat_whatever_the_names() {
        let names: Vec<String> = (0..200).map(|i| format!("a{}", "b".repeat(i % 7 + 1))).collect();
        let unique: BTreeSet<String> = tags(&names).into_iter().map(|tag| tag.letters).collect();
        assert_eq!(unique.len(), 200);
    }

    #[test]
    fn the_eleventh_repeats_the_first_colour_with_a_hatch() {
        let names: Vec<String> = (0..11).map(|i| format!("strategy {i:02}")).collect();
        let all = tags(&names);
        assert_eq!((all[10].colour, all[10].hatched, all[9].colour), (1, true, 10));
    }
}
