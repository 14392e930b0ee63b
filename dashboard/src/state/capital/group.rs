//! Limits of groups of strategies as a person writes them: a name, its members separated by commas, least and most.

use super::settings::{CapitalSettings, End};
use crate::state::tag::Tag;
use allocator_core::config::capital::GroupLimit;
use allocator_core::wire::nearest;

/// Whether a new group may be called so.
///
/// # Errors
/// Why not, in a sentence.
pub fn fresh(settings: &CapitalSettings, name: &str) -> Result<String, String> {
    let name = name.trim();
    if name.is_empty() {
        return Err(String::from("Write a name for the group first, for example trend."));
    }
    if settings.config.constraints.groups.contains_key(name) {
        return Err(format!("There is a group called {name} already."));
    }
    Ok(name.to_owned())
}

/// The members as a person reads them.
pub fn members(limit: &GroupLimit, tags: &[Tag]) -> String {
    let name = |member: &String| tags.iter().find(|tag| tag.strategy == *member).map_or_else(|| member.clone(), Tag::name);
    limit.members.iter().map(name).collect::<Vec<_>>().join(", ")
}

/// The members that a person wrote: names or ids of strategies, or their two letters, separated by commas.
///
/// # Errors
/// What is no strategy, and what is near.
pub fn written(text: &str, tags: &[Tag]) -> Result<Vec<String>, String> {
    let same = |a: &str, b: &str| a.to_lowercase() == b.to_lowercase();
    let mut found: Vec<String> = Vec::new();
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let tag = tags.iter().find(|tag| [tag.strategy.as_str(), &tag.name(), &tag.letters].iter().any(|name| same(name, part)));
        let Some(tag) = tag else {
            let hint = match nearest(part, tags.iter().map(|tag| tag.strategy.as_str())) {
                Some(near) => format!("Did you mean {near}?"),
                None => String::from("Write strategies of the table, separated by commas."),
            };
            return Err(format!("{part} is no strategy. {hint}"));
        };
        if !found.contains(&tag.strategy) {
            found.push(tag.strategy.clone());
        }
    }
    if found.is_empty() { Err(String::from("A group needs at least one strategy.")) } else { Ok(found) }
}

impl CapitalSettings {
    /// Adds a group that limits nothing yet.
    pub fn add_group(&mut self, name: String, members: Vec<String>) {
        self.config.constraints.groups.insert(name, GroupLimit { members, ..GroupLimit::default() });
    }

    /// Takes a group away.
    pub fn remove_group(&mut self, name: &str) {
        self.config.constraints.groups.remove(name);
    }

    /// Sets the members of a group.
    pub fn set_members(&mut self, name: &str, members: Vec<String>) {
        if let Some(group) = self.config.constraints.groups.get_mut(name) {
            group.members = members;
        }
    }

    /// Sets the least or the most of a group, a fraction.
    pub fn set_group(&mut self, name: &str, end: End, value: f64) {
        if let Some(group) = self.config.constraints.groups.get_mut(name) {
            match end {
                End::Min => group.min = value,
                End::Max => group.max = value,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::tag::tags;

    #[test]
    fn members_are_read_by_id_name_or_letters_and_strangers_are_named() {
        let tags = tags(&["low_volatility".into(), "momentum_12_1".into(), "value".into()]);
        let all = written("Low volatility, momentum_12_1,VA, value", &tags).unwrap();
        assert_eq!(all, ["low_volatility", "momentum_12_1", "value"]);
        assert_eq!(written("valeu", &tags).unwrap_err(), "valeu is no strategy. Did you mean value?");
        assert!(written(" , ", &tags).unwrap_err().contains("at least one"));
        let limit = GroupLimit { members: all, ..GroupLimit::default() };
        assert_eq!(members(&limit, &tags), "Low volatility, Momentum 12-1, Value");
    }

    #[test]
    fn a_new_group_limits_nothing_and_survives_the_way_through_its_text() {
        let mut settings = CapitalSettings::default();
        assert!(fresh(&settings, " ").is_err());
        settings.add_group(fresh(&settings, " trend ").unwrap(), vec![String::from("a"), String::from("b")]);
        assert!(settings.faults().is_empty());
        assert_eq!(fresh(&settings, "trend").unwrap_err(), "There is a group called trend already.");
        settings.set_group("trend", End::Max, 0.3);
        settings.set_group("trend", End::Min, 0.4);
        assert_eq!(settings.faults()[0].0, "/constraints/groups/trend/min");
        settings.set_group("trend", End::Min, 0.1);
        assert_eq!(CapitalSettings::from_text(&settings.to_text()), settings);
        settings.remove_group("trend");
        assert_eq!(settings, CapitalSettings::default());
    }
}
