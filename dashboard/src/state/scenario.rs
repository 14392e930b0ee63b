//! Named settings: kept, duplicated, compared, deleted.

use super::blend::Blend;
use super::number;
use super::settings::Settings;
use allocator_core::config::blend::BlendConfig;
use allocator_core::wire::{Json, parse, to_canonical_string};
use std::collections::BTreeMap;

/// Most scenarios kept.
pub const SCENARIOS_MAX: usize = 50;
/// Most characters of a name.
pub const NAME_MAX: usize = 60;

/// Settings under a name.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// Unique among the scenarios, case aside.
    pub name: String,
    /// Settings.
    pub settings: Settings,
}

/// All scenarios, in the order they were made.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scenarios {
    list: Vec<Scenario>,
}

/// One setting that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Which, as in a file: `correlation.threshold`.
    pub setting: String,
    /// Its value in the first, as in a file.
    pub first: String,
    /// Its value in the second.
    pub second: String,
}

/// How a symbol's weight differs between two answers.
#[derive(Clone, Debug, PartialEq)]
pub struct Move {
    /// Symbol.
    pub symbol: String,
    /// Weight in the first; absent is zero.
    pub first: f64,
    /// Weight in the second.
    pub second: f64,
}

impl Scenarios {
    /// In the order they were made.
    pub fn list(&self) -> &[Scenario] {
        &self.list
    }

    /// The scenario of a name.
    pub fn get(&self, name: &str) -> Option<&Scenario> {
        self.list.iter().find(|scenario| same(&scenario.name, name))
    }

    /// The scenario whose settings are these, if any: what the page is showing.
    pub fn showing(&self, settings: &Settings) -> Option<&Scenario> {
        self.list.iter().find(|scenario| scenario.settings == *settings)
    }

    /// Keeps settings under a name; a name that is there is overwritten.
    ///
    /// # Errors
    /// The name is empty or too long, or there are too many scenarios.
    pub fn save(&mut self, name: &str, settings: &Settings) -> Result<(), String> {
        let name = checked(name)?;
        if let Some(known) = self.list.iter_mut().find(|scenario| same(&scenario.name, &name)) {
            known.settings = settings.clone();
            return Ok(());
        }
        self.room()?;
        self.list.push(Scenario { name, settings: settings.clone() });
        Ok(())
    }

    /// Keeps settings that come from elsewhere, under their name or, where that name is here with other settings, under a free one; answers
    /// the name.
    ///
    /// # Errors
    /// The name is empty or too long, or there are too many scenarios.
    pub fn add(&mut self, name: &str, settings: &Settings) -> Result<String, String> {
        let stem: String = name.chars().take(NAME_MAX - 5).collect();
        let mut free = name.to_owned();
        for number in 2.. {
            match self.get(&free) {
                None => break,
                Some(known) if known.settings == *settings => return Ok(known.name.clone()),
                Some(_) => free = format!("{stem} ({number})"),
            }
        }
        self.save(&free, settings)?;
        Ok(free)
    }

    /// A second one with the same settings; answers its name.
    ///
    /// # Errors
    /// There is none of that name, or there are too many.
    pub fn duplicate(&mut self, name: &str) -> Result<String, String> {
        let Some(place) = self.list.iter().position(|scenario| same(&scenario.name, name)) else {
            return Err(missing(name));
        };
        self.room()?;
        let original = self.list[place].clone();
        let stem: String = original.name.chars().take(NAME_MAX - 9).collect();
        // One more attempt than there are names always finds a free one.
        let free = (1..=self.list.len() + 1)
            .map(|number| if number == 1 { format!("{stem} copy") } else { format!("{stem} copy {number}") })
            .find(|candidate| self.get(candidate).is_none())
            .unwrap_or_default();
        self.list.insert(place + 1, Scenario { name: free.clone(), settings: original.settings });
        Ok(free)
    }

    /// Gives another name.
    ///
    /// # Errors
    /// There is none of that name, or the new one is taken, empty or too long.
    pub fn rename(&mut self, name: &str, to: &str) -> Result<(), String> {
        let to = checked(to)?;
        let Some(place) = self.list.iter().position(|scenario| same(&scenario.name, name)) else {
            return Err(missing(name));
        };
        if self.list.iter().enumerate().any(|(other, scenario)| other != place && same(&scenario.name, &to)) {
            return Err(format!("There is a scenario \"{to}\" already. Choose another name."));
        }
        self.list[place].name = to;
        Ok(())
    }

    /// Forgets one and gives it back, so that it can be put in again.
    pub fn delete(&mut self, name: &str) -> Option<Scenario> {
        let place = self.list.iter().position(|scenario| same(&scenario.name, name))?;
        Some(self.list.remove(place))
    }

    fn room(&self) -> Result<(), String> {
        if self.list.len() < SCENARIOS_MAX {
            return Ok(());
        }
        Err(format!("There are {SCENARIOS_MAX} scenarios, which is the most. Delete one, or save the page's state to a file."))
    }
}

fn same(a: &str, b: &str) -> bool {
    a.trim().to_lowercase() == b.trim().to_lowercase()
}

fn missing(name: &str) -> String {
    format!("There is no scenario \"{name}\".")
}

fn checked(name: &str) -> Result<String, String> {
    let name: String = name.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() {
        return Err(String::from("A scenario needs a name. Write one."));
    }
    let length = name.chars().count();
    if length > NAME_MAX {
        return Err(format!("The name has {length} characters; at most {NAME_MAX} are kept. Shorten it."));
    }
    Ok(name)
}

/// Settings that differ, by name. Both are written in full, defaults too, so nothing hides.
pub fn compare(first: &BlendConfig, second: &BlendConfig) -> Vec<Difference> {
    let (first, second) = (flat(first), flat(second));
    let keys: std::collections::BTreeSet<&String> = first.keys().chain(second.keys()).collect();
    let value = |map: &BTreeMap<String, String>, key: &str| map.get(key).cloned().unwrap_or_else(|| String::from("not set"));
    keys.into_iter()
        .filter(|key| first.get(*key) != second.get(*key))
        .map(|key| Difference { setting: key.clone(), first: value(&first, key), second: value(&second, key) })
        .collect()
}

fn flat(config: &BlendConfig) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let tree = to_canonical_string(config).ok().and_then(|text| parse(text.as_bytes()).ok());
    // Settings are shallow; what nests deeper than this is written as text.
    if let Some(tree) = tree {
        flatten("", &tree, 8, &mut found);
    }
    found
}

fn flatten(path: &str, json: &Json, depth: usize, found: &mut BTreeMap<String, String>) {
    match json {
        Json::Object(fields) if depth > 0 && !fields.is_empty() => {
            for (key, value) in fields {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                flatten(&path, value, depth - 1, found);
            }
        }
        other => {
            let text = match other {
                Json::String(word) => word.clone(),
                Json::Null => String::from("not set"),
                other => crate::figure::json::text_of(other),
            };
            found.insert(path.to_owned(), text);
        }
    }
}

/// How the weights of two answers differ, largest move first; symbols of equal weight are left out.
pub fn moves(first: &Blend, second: &Blend) -> Vec<Move> {
    let mut all: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    for row in &first.weights {
        all.entry(&row.symbol).or_default().0 = row.weight;
    }
    for row in &second.weights {
        all.entry(&row.symbol).or_default().1 = row.weight;
    }
    let mut moves: Vec<Move> = all
        .into_iter()
        .filter(|(_, (a, b))| a != b)
        .map(|(symbol, (first, second))| Move { symbol: symbol.to_owned(), first, second })
        .collect();
    moves.sort_by(|a, b| (b.second - b.first).abs().total_cmp(&(a.second - a.first).abs()).then_with(|| a.symbol.cmp(&b.symbol)));
    moves
}

/// Half the sum of absolute moves: what would have to be traded one way, as a fraction of capital.
pub fn turnover(moves: &[Move]) -> f64 {
    moves.iter().map(|change| (change.second - change.first).abs()).sum::<f64>() / 2.0
}

/// One sentence on two answers.
pub fn sentence(moves: &[Move]) -> String {
    match moves.first() {
        None => String::from("Both give the same weights."),
        Some(most) => format!(
            "Weights of {} differ; largest: {} {} points. One-way turnover {} %.",
            number::counted(moves.len() as u64, "symbol", "symbols"),
            most.symbol,
            number::change(most.second - most.first),
            number::percent(turnover(moves)),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn capped(cap: f64) -> Settings {
        BlendConfig { per_strategy_max: cap, ..BlendConfig::default() }.into()
    }

    #[test]
    fn a_name_is_kept_once_case_and_spaces_aside() {
        let mut all = Scenarios::default();
        all.save("  Tight   caps ", &capped(0.2)).unwrap();
        all.save("tight caps", &capped(0.1)).unwrap();
        assert_eq!(all.list().len(), 1);
        assert_eq!((all.list()[0].name.as_str(), all.list()[0].settings.blend.per_strategy_max), ("Tight caps", 0.1));
        assert_eq!(all.showing(&capped(0.1)).unwrap().name, "Tight caps");
        assert_eq!(all.showing(&capped(0.3)), None);
    }

    #[test]
    fn names_are_words_and_there_is_an_end_of_them() {
        let mut all = Scenarios::default();
        assert!(all.save("  ", &capped(0.1)).unwrap_err().contains("needs a name"));
        assert!(all.save(&"x".repeat(61), &capped(0.1)).unwrap_err().contains("61 characters"));
        for i in 0..SCENARIOS_MAX {
            all.save(&format!("s{i}"), &capped(0.1)).unwrap();
        }
        assert!(all.save("one more", &capped(0.1)).unwrap_err().contains("the most"));
        assert!(all.duplicate("s1").is_err());
        all.save("s1", &capped(0.3)).unwrap();
    }

    #[test]
    fn copies_get_names_of_their_own() {
        let mut all = Scenarios::default();
        all.save("Base", &capped(0.2)).unwrap();
        assert_eq!(all.duplicate("base").unwrap(), "Base copy");
        assert_eq!(all.duplicate("Base").unwrap(), "Base copy 2");
        assert!(all.duplicate("none").is_err());
        assert!(all.rename("Base copy", "BASE").unwrap_err().contains("already"));
        all.rename("Base copy", "base copy one").unwrap();
        let gone = all.delete("Base").unwrap();
        all.save(&gone.name, &gone.settings).unwrap();
        assert_eq!(all.list().len(), 3);
    }

    #[test]
    fn only_what_differs_is_listed_with_both_values() {
        let mut second = capped(0.25);
        second.blend.correlation.threshold = 0.8;
        let differences = compare(&BlendConfig::default(), &second.blend);
        let names: Vec<&str> = differences.iter().map(|difference| difference.setting.as_str()).collect();
        assert_eq!(names, ["correlation.threshold", "per_strategy_max"]);
        assert_eq!((differences[1].first.as_str(), differences[1].second.as_str()), ("0.4", "0.25"));
        assert!(compare(&second.blend, &second.blend).is_empty());
    }

    #[test]
    fn moves_are_by_size_and_turnover_is_one_way() {
        let blend = |rows: &str| Blend::from_text(&format!(r#"{{"strategy_weights":{{}},"weights":[{rows}]}}"#)).unwrap();
        let first =
            blend(r#"{"symbol":"A","final_weight":0.5},{"symbol":"B","final_weight":0.3},{"symbol":"C","final_weight":0.2}"#);
        let second =
            blend(r#"{"symbol":"A","final_weight":0.4},{"symbol":"C","final_weight":0.2},{"symbol":"D","final_weight":0.4}"#);
        let moves = moves(&first, &second);
        assert_eq!(moves.iter().map(|change| change.symbol.as_str()).collect::<Vec<_>>(), ["D", "B", "A"]);
        // (0.4 + 0.3 + 0.1) / 2 = 0.4
        assert!((turnover(&moves) - 0.4).abs() < 1e-12);
        assert!(sentence(&moves).contains("D +40.00 points"));
        assert_eq!(sentence(&[]), "Both give the same weights.");
    }
}
