//! The command palette: everything the page can do, found by a few letters.

/// Most entries shown.
pub const SHOWN_MAX: usize = 12;
/// Most letters of a search.
pub const QUERY_MAX: usize = 100;

/// Something that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What the page knows it by: `view:blend`, `symbol:GBP`, `undo`.
    pub id: String,
    /// What a person reads.
    pub label: String,
    /// What kind of thing it is: `View`, `Symbol`, `Scenario`, `Action`.
    pub kind: String,
    /// Its key, if it has one.
    pub key: String,
    /// Why it cannot be chosen now; empty if it can.
    pub blocked: String,
}

impl Entry {
    /// An entry without a key.
    pub fn new(id: impl Into<String>, label: impl Into<String>, kind: impl Into<String>) -> Self {
        Entry { id: id.into(), label: label.into(), kind: kind.into(), key: String::new(), blocked: String::new() }
    }

    /// With its key.
    #[must_use]
    pub fn with_key(self, key: impl Into<String>) -> Self {
        Entry { key: key.into(), ..self }
    }

    /// Only if there is no reason against it.
    #[must_use]
    pub fn unless(self, blocked: Option<&str>) -> Self {
        Entry { blocked: blocked.unwrap_or_default().to_owned(), ..self }
    }
}

/// How well letters fit a label; higher is better, `None` does not fit. All letters must occur in their order; those at the beginning
/// of a word and those right behind the one before count more, as people type initials and beginnings.
pub fn fit(query: &str, label: &str) -> Option<i32> {
    let wanted: Vec<char> =
        query.chars().filter(|letter| !letter.is_whitespace()).take(QUERY_MAX).flat_map(char::to_lowercase).collect();
    if wanted.is_empty() {
        return Some(0);
    }
    let letters: Vec<char> = label.chars().collect();
    let starts: Vec<bool> = (0..letters.len())
        .map(|i| i == 0 || !letters[i - 1].is_alphanumeric() || (letters[i].is_uppercase() && letters[i - 1].is_lowercase()))
        .collect();
    let lower: Vec<char> = letters.iter().map(|letter| letter.to_lowercase().next().unwrap_or(*letter)).collect();
    // best[j]: the best score of the letters wanted so far whose last one is at j. Labels and searches are short.
    let mut best: Vec<Option<i32>> = vec![None; lower.len()];
    for (i, want) in wanted.iter().enumerate() {
        let mut next = vec![None; lower.len()];
        let mut before: Option<i32> = None;
        for j in 0..lower.len() {
            if lower[j] == *want {
                let worth = 1 + if starts[j] { 8 } else { 0 };
                let behind = j.checked_sub(1).and_then(|j| best[j]).map(|score| score + worth + 5);
                let later = if i == 0 { Some(worth) } else { before.map(|score| score + worth) };
                next[j] = behind.max(later);
            }
            if i > 0 {
                before = before.max(best[j]);
            }
        }
        best = next;
    }
    let score = best.into_iter().flatten().max()?;
    // Of two that fit alike, the shorter one is meant.
    Some(score * 100 - lower.len().min(99) as i32)
}

/// The palette while it is open.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Palette {
    entries: Vec<Entry>,
    query: String,
    found: Vec<usize>,
    chosen: usize,
}

impl Palette {
    /// A palette of entries, in the order that an empty search shows.
    pub fn new(entries: Vec<Entry>) -> Self {
        let mut palette = Palette { entries, ..Palette::default() };
        palette.search("");
        palette
    }

    /// Searches; the first found is chosen.
    pub fn search(&mut self, query: &str) {
        self.query = query.chars().take(QUERY_MAX).collect();
        let mut scored: Vec<(i32, usize)> = self
            .entries
            .iter()
            .enumerate()
            // The kind may be part of what is typed: "view ri".
            .filter_map(|(place, entry)| {
                let by_label = fit(&self.query, &entry.label);
                let by_kind = fit(&self.query, &format!("{} {}", entry.kind, entry.label)).map(|score| score - 200);
                Some((by_label.max(by_kind)?, place))
            })
            .collect();
        if !self.query.trim().is_empty() {
            scored.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        }
        self.found = scored.into_iter().map(|(_, place)| place).take(SHOWN_MAX).collect();
        self.chosen = 0;
    }

    /// What was typed.
    pub fn query(&self) -> &str {
        &self.query
    }

    /// What was found, best first.
    pub fn found(&self) -> impl Iterator<Item = &Entry> {
        self.found.iter().filter_map(|place| self.entries.get(*place))
    }

    /// Place of the chosen one among those found.
    pub fn chosen(&self) -> usize {
        self.chosen
    }

    /// Goes up or down, around the ends.
    pub fn step(&mut self, steps: isize) {
        let count = self.found.len() as isize;
        if count > 0 {
            self.chosen = (self.chosen as isize + steps).rem_euclid(count) as usize;
        }
    }

    /// Chooses by place.
    pub fn choose(&mut self, place: usize) {
        self.chosen = place.min(self.found.len().saturating_sub(1));
    }

    /// The id of the chosen entry.
    ///
    /// # Errors
    /// Why there is none, or why it cannot be run now.
    pub fn run(&self) -> Result<&str, String> {
        match self.found().nth(self.chosen) {
            None => Err(format!("Nothing is called \"{}\".", self.query.trim())),
            Some(entry) if !entry.blocked.is_empty() => Err(format!("{}: {}", entry.label, entry.blocked)),
            Some(entry) => Ok(&entry.id),
        }
    }

    /// For people who hear the page.
    pub fn announcement(&self) -> String {
        match self.found.len() {
            0 => String::from("Nothing found."),
            count => {
                let first = self.found().nth(self.chosen).map_or("", |entry| entry.label.as_str());
                format!("{}; chosen: {first}.", super::number::counted(count as u64, "entry", "entries"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn palette() -> Palette {
        Palette::new(vec![
            Entry::new("view:blend", "Blend", "View").with_key("2"),
            Entry::new("view:correlation", "Correlation", "View"),
            Entry::new("undo", "Undo strategy cap", "Action").with_key("Ctrl Z"),
            Entry::new("redo", "Redo", "Action").unless(Some("there is nothing to redo.")),
            Entry::new("symbol:CAD", "CAD", "Symbol"),
            Entry::new("symbol:CZK", "CZK", "Symbol"),
        ])
    }

    fn first(query: &str) -> String {
        let mut palette = palette();
        palette.search(query);
        palette.found().next().map(|entry| entry.id.clone()).unwrap_or_default()
    }

    #[test]
    fn initials_beginnings_and_kinds_find() {
        assert_eq!(first("usc"), "undo");
        assert_eq!(first("cor"), "view:correlation");
        assert_eq!(first("cz"), "symbol:CZK");
        assert_eq!(first("view b"), "view:blend");
        assert_eq!(first("xyz"), "");
        assert_eq!(first(""), "view:blend");
    }

    #[test]
    fn a_word_that_is_meant_beats_letters_scattered_about() {
        assert!(fit("cap", "Strategy cap") > fit("cap", "Correlation and weights, compared"));
        assert!(fit("cad", "CAD") > fit("cad", "CAD copy"));
        assert_eq!(fit("ba", "ab"), None);
    }

    #[test]
    fn arrows_go_around_and_enter_runs() {
        let mut palette = palette();
        palette.step(-1);
        assert_eq!(palette.run(), Ok("symbol:CZK"));
        palette.step(1);
        assert_eq!(palette.run(), Ok("view:blend"));
        palette.choose(3);
        assert_eq!(palette.run(), Err("Redo: there is nothing to redo.".into()));
        palette.search("nothing like it");
        palette.step(1);
        assert_eq!(palette.run(), Err("Nothing is called \"nothing like it\".".into()));
        assert_eq!(palette.announcement(), "Nothing found.");
    }

    #[test]
    fn a_thousand_symbols_are_found_without_showing_them_all() {
        let mut palette =
            Palette::new((0..5_000).map(|i| Entry::new(format!("symbol:S{i}"), format!("S{i}"), "Symbol")).collect());
        palette.search(&"s".repeat(500));
        assert_eq!(palette.found().count(), 0);
        palette.search("s4999");
        assert_eq!(palette.run(), Ok("symbol:S4999"));
        palette.search("");
        assert_eq!(palette.found().count(), SHOWN_MAX);
    }
}
