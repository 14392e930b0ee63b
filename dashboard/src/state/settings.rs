//! All settings of the page: those of the blend, and those of every view that has its own.
//!
//! A view keeps its settings as canonical JSON text under its id and alone knows what they mean. Undo, scenarios, the address and the
//! browser's memory treat them like the blend's, so that a new view gets all four by keeping its settings here.

use super::scenario::compare;
use allocator_core::config::blend::BlendConfig;
use allocator_core::wire::{Json, parse};
use std::collections::BTreeMap;

use crate::figure::json::text_of;

/// Settings of views: id of the view → canonical JSON text.
pub type Views = BTreeMap<String, String>;

/// Most characters of one view's settings.
pub const VIEW_MAX: usize = 64 * 1024;
/// Most views whose settings are kept.
pub const VIEWS_MAX: usize = 32;

/// What undo steps through and a scenario keeps.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    /// The blend's.
    pub blend: BlendConfig,
    /// The views' own; a view at its defaults has no entry.
    pub views: Views,
}

impl From<BlendConfig> for Settings {
    fn from(blend: BlendConfig) -> Self {
        Settings { blend, views: Views::new() }
    }
}

impl Settings {
    /// What differs from other settings, as `setting: first → second` lists them; a view counts as one.
    pub fn differences(&self, other: &Settings) -> Vec<super::scenario::Difference> {
        let mut all = compare(&self.blend, &other.blend);
        let value = |views: &Views, id: &str| views.get(id).cloned().unwrap_or_else(|| String::from("as it comes"));
        let ids: std::collections::BTreeSet<&String> = self.views.keys().chain(other.views.keys()).collect();
        all.extend(ids.into_iter().filter(|id| self.views.get(*id) != other.views.get(*id)).map(|id| {
            super::scenario::Difference {
                setting: format!("{id} view"),
                first: value(&self.views, id),
                second: value(&other.views, id),
            }
        }));
        all
    }
}

/// The views' settings as one tree, for a file or an address.
pub fn to_tree(views: &Views) -> Json {
    Json::Object(views.iter().filter_map(|(id, text)| Some((id.clone(), parse(text.as_bytes()).ok()?))).collect())
}

/// Reads [`to_tree`]'s tree. What is no object is left out: a view that finds nothing shows its defaults.
pub fn from_tree(tree: Option<&Json>) -> Views {
    let Some(Json::Object(fields)) = tree else { return Views::new() };
    fields
        .iter()
        .filter(|(_, settings)| matches!(settings, Json::Object(_)))
        .map(|(id, settings)| (id.clone(), text_of(settings)))
        .filter(|(id, text)| id.len() <= 40 && text.len() <= VIEW_MAX)
        .take(VIEWS_MAX)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn views_survive_the_way_through_a_tree_and_rubbish_is_left_out() {
        let views = Views::from([("risk".into(), "{\"alpha\":0.25}".into()), ("capital".into(), "{}".into())]);
        assert_eq!(from_tree(Some(&to_tree(&views))), views);
        let rubbish = parse(br#"{"risk":3,"capital":{"a":[1]}}"#).unwrap();
        assert_eq!(from_tree(Some(&rubbish)).into_keys().collect::<Vec<_>>(), ["capital"]);
        assert!(from_tree(None).is_empty());
    }

    #[test]
    fn a_view_that_differs_is_listed_beside_the_blend() {
        let first = Settings::default();
        let mut second = first.clone();
        second.blend.per_strategy_max = 0.2;
        second.views.insert("risk".into(), "{\"alpha\":0.5}".into());
        let found = first.differences(&second);
        assert_eq!(found.iter().map(|one| one.setting.as_str()).collect::<Vec<_>>(), ["per_strategy_max", "risk view"]);
        assert_eq!((found[1].first.as_str(), found[1].second.as_str()), ("as it comes", "{\"alpha\":0.5}"));
    }
}
