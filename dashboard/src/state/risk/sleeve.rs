//! Sleeves of the Risk view: groups of the audited weights that follow the overlay more or less strongly.
//!
//! A group is told from the portfolio's state. One with a state of its own needs returns of its own, which a page has no file for; a
//! request that holds it (`own_state`) is kept as it is.

use super::dial::Dial;
use super::settings::RiskSettings;
use crate::state::parameter::Look;
use allocator_core::config::risk::{RegimeThresholds, SLEEVES_MAX, SleeveConfig};
use allocator_core::units::name_fault;

/// How strongly a sleeve follows.
pub const SENSITIVITY: Look = Look {
    label: "Sensitivity",
    unit: "",
    low: 0.0,
    high: 2.0,
    step: 0.05,
    decimals: 2,
    off_at: None,
    help: "0 leaves the sleeve alone, 1 treats it as the portfolio, 2 takes off twice as much.",
};

/// The sleeves in the order of their names.
pub fn names(settings: &RiskSettings) -> Vec<String> {
    settings.audit.risk.sleeves.keys().cloned().collect()
}

/// A sleeve; the defaults where there is none of that name.
pub fn of(settings: &RiskSettings, name: &str) -> SleeveConfig {
    settings.audit.risk.sleeves.get(name).cloned().unwrap_or_default()
}

/// Whether there is room for one more.
pub fn has_room(settings: &RiskSettings) -> bool {
    settings.audit.risk.sleeves.len() < SLEEVES_MAX
}

/// Adds an empty sleeve under the first free name, `sleeve 1` and so on.
pub fn add(settings: &mut RiskSettings) {
    let sleeves = &mut settings.audit.risk.sleeves;
    let free = (1..=SLEEVES_MAX).map(|number| format!("sleeve {number}")).find(|name| !sleeves.contains_key(name));
    if let Some(name) = free.filter(|_| sleeves.len() < SLEEVES_MAX) {
        sleeves.insert(name, SleeveConfig::default());
    }
}

/// Takes a sleeve away; its assets follow the portfolio again.
pub fn remove(settings: &mut RiskSettings, name: &str) {
    settings.audit.risk.sleeves.remove(name);
}

/// What is wrong with a new name, as a sentence; `None` where it can be had.
pub fn refused(settings: &RiskSettings, old: &str, new: &str) -> Option<String> {
    if let Some(why) = name_fault(new) {
        return Some(format!("The name {why}."));
    }
    (new != old && settings.audit.risk.sleeves.contains_key(new)).then(|| format!("There is a sleeve {new:?} already."))
}

/// Gives a sleeve another name, where it can be had.
pub fn rename(settings: &mut RiskSettings, old: &str, new: &str) {
    if refused(settings, old, new).is_none()
        && let Some(sleeve) = settings.audit.risk.sleeves.remove(old)
    {
        settings.audit.risk.sleeves.insert(new.to_owned(), sleeve);
    }
}

/// Puts an asset into a sleeve, and out of any other; or takes it out.
pub fn put(settings: &mut RiskSettings, name: &str, asset: &str, inside: bool) {
    for (other, sleeve) in &mut settings.audit.risk.sleeves {
        if other == name || inside {
            sleeve.assets.retain(|known| known != asset);
        }
        if other == name && inside {
            sleeve.assets.push(asset.to_owned());
            sleeve.assets.sort();
        }
    }
}

/// The sleeve that holds an asset.
pub fn holder<'a>(settings: &'a RiskSettings, asset: &str) -> Option<&'a str> {
    let sleeves = &settings.audit.risk.sleeves;
    sleeves.iter().find(|(_, sleeve)| sleeve.assets.iter().any(|known| known == asset)).map(|(name, _)| name.as_str())
}

/// Changes a sleeve that is there.
pub fn change(settings: &mut RiskSettings, name: &str, change: impl FnOnce(&mut SleeveConfig)) {
    if let Some(sleeve) = settings.audit.risk.sleeves.get_mut(name) {
        change(sleeve);
    }
}

/// The settings as they would be if the thresholds of a sleeve were the portfolio's: its numbers are read and set through them.
fn through(settings: &RiskSettings, thresholds: RegimeThresholds) -> RiskSettings {
    let mut own = settings.clone();
    own.audit.risk.thresholds = thresholds;
    own
}

/// A threshold of a sleeve; that of the portfolio where it has none of its own.
pub fn threshold(settings: &RiskSettings, name: &str, dial: Dial) -> f64 {
    match of(settings, name).thresholds {
        Some(thresholds) => dial.get(&through(settings, thresholds)),
        None => dial.get(settings),
    }
}

/// Sets a threshold of a sleeve that has its own; its exit moves with it.
pub fn set_threshold(settings: &mut RiskSettings, name: &str, dial: Dial, value: f64) {
    let Some(thresholds) = of(settings, name).thresholds else { return };
    let mut own = through(settings, thresholds);
    dial.set(&mut own, value);
    change(settings, name, |sleeve| sleeve.thresholds = Some(own.audit.risk.thresholds));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two() -> RiskSettings {
        let mut settings = RiskSettings::default();
        add(&mut settings);
        add(&mut settings);
        settings
    }

    #[test]
    fn an_asset_is_in_one_sleeve_at_most() {
        let mut settings = two();
        assert_eq!(names(&settings), ["sleeve 1", "sleeve 2"]);
        put(&mut settings, "sleeve 1", "b", true);
        put(&mut settings, "sleeve 1", "a", true);
        assert_eq!(of(&settings, "sleeve 1").assets, ["a", "b"]);
        put(&mut settings, "sleeve 2", "a", true);
        assert_eq!(
            (holder(&settings, "a"), holder(&settings, "b"), holder(&settings, "c")),
            (Some("sleeve 2"), Some("sleeve 1"), None)
        );
        put(&mut settings, "sleeve 2", "a", false);
        put(&mut settings, "sleeve 2", "b", false);
        assert_eq!((holder(&settings, "a"), holder(&settings, "b")), (None, Some("sleeve 1")), "only its own are taken out");
        remove(&mut settings, "sleeve 1");
        assert_eq!(holder(&settings, "b"), None);
    }

    #[test]
    fn names_are_plain_and_taken_once() {
        let mut settings = two();
        put(&mut settings, "sleeve 1", "a", true);
        for wrong in ["", " x", "sleeve 2"] {
            assert!(refused(&settings, "sleeve 1", wrong).is_some(), "{wrong:?}");
            rename(&mut settings, "sleeve 1", wrong);
        }
        assert_eq!(names(&settings), ["sleeve 1", "sleeve 2"]);
        assert_eq!(refused(&settings, "sleeve 1", "sleeve 1"), None);
        rename(&mut settings, "sleeve 1", "fast");
        assert_eq!((names(&settings), of(&settings, "fast").assets), (vec!["fast".into(), "sleeve 2".into()], vec!["a".into()]));
        add(&mut settings);
        assert_eq!(names(&settings)[1], "sleeve 1", "the first free name");
    }

    #[test]
    fn thresholds_of_its_own_move_alone() {
        let mut settings = two();
        set_threshold(&mut settings, "sleeve 1", Dial::VolAccel, 1.5);
        assert_eq!(settings, two(), "it has none of its own");
        change(&mut settings, "sleeve 1", |sleeve| sleeve.thresholds = Some(RegimeThresholds::default()));
        set_threshold(&mut settings, "sleeve 1", Dial::VolAccel, 1.5);
        assert_eq!(threshold(&settings, "sleeve 1", Dial::VolAccel), 1.5);
        assert_eq!(of(&settings, "sleeve 1").thresholds.map(|own| own.vol_accel_exit), Some(1.35));
        assert_eq!(
            (threshold(&settings, "sleeve 2", Dial::VolAccel), settings.audit.risk.thresholds.vol_accel_enter),
            (1.3, 1.3)
        );
    }

    #[test]
    fn sleeves_are_kept_as_text() {
        let mut settings = two();
        put(&mut settings, "sleeve 2", "a", true);
        change(&mut settings, "sleeve 2", |sleeve| sleeve.sensitivity = 0.5);
        assert_eq!(RiskSettings::from_text(&settings.to_text()), settings);
    }
}
