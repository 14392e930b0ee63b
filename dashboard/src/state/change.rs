//! What a change of settings is called: for undo, for its announcement, for its title.

use super::number::percent;
use super::scenario::{Difference, compare};
use allocator_core::config::blend::BlendConfig;

/// Names that people know better than those of a file.
const NAMES: &[(&str, &str)] = &[
    ("per_strategy_max", "strategy cap"),
    ("symbol_max", "symbol cap"),
    ("cash_reserve", "cash reserve"),
    ("target_total", "target total"),
    ("min_score", "minimum score"),
    ("lookback", "lookback"),
    ("correlation.threshold", "alert threshold"),
    ("method", "method"),
    ("on_infeasible_cap", "what happens where caps cannot hold"),
];

/// What a file's setting is called.
pub fn name(setting: &str) -> String {
    NAMES
        .iter()
        .find(|(known, _)| *known == setting)
        .map_or_else(|| setting.replace(['_', '.'], " "), |(_, name)| (*name).to_owned())
}

/// What changed between two settings, in a few words: `strategy cap`, `strategy cap and 2 more`; nothing is empty.
pub fn what(before: &BlendConfig, after: &BlendConfig) -> String {
    let differences = compare(before, after);
    match differences.as_slice() {
        [] => String::new(),
        [one] => name(&one.setting),
        [first, rest @ ..] => format!("{} and {} more", name(&first.setting), rest.len()),
    }
}

/// Settings that are shares of capital, which the page shows in per cent; a dot begins those of single names.
const SHARES: [&str; 10] = [
    "per_strategy_max",
    "strategy_max",
    "symbol_max",
    "group_max",
    "cash_reserve",
    "target_total",
    "gross_max",
    "net_max",
    "net_min",
    "position_min",
];

/// A difference as a person reads it: `strategy cap: 40.00 % → 25.00 %`.
pub fn line(difference: &Difference) -> String {
    let first = difference.setting.split('.').next().unwrap_or_default();
    let shown = |value: &str| match value.parse::<f64>() {
        Ok(share) if SHARES.contains(&first) => format!("{} %", percent(share)),
        _ => value.to_owned(),
    };
    format!("{}: {} → {}", name(&difference.setting), shown(&difference.first), shown(&difference.second))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_has_the_name_that_the_page_shows() {
        let default = BlendConfig::default();
        let mut other = BlendConfig { per_strategy_max: 0.25, ..default.clone() };
        assert_eq!(what(&default, &other), "strategy cap");
        assert_eq!(line(&compare(&default, &other)[0]), "strategy cap: 40.00 % → 25.00 %");
        other.cash_reserve = 0.1;
        other.correlation.threshold = 0.9;
        assert_eq!(what(&default, &other), "cash reserve and 2 more");
        assert_eq!(what(&default, &default), "");
        assert_eq!(name("group_max.tech"), "group max tech");
    }

    #[test]
    fn names_are_those_of_settings_that_exist() {
        let tree = allocator_core::wire::to_canonical_string(&BlendConfig::default()).unwrap();
        for setting in NAMES.iter().map(|(setting, _)| *setting).chain(SHARES) {
            let last = setting.rsplit('.').next().unwrap();
            assert!(tree.contains(&format!("\"{last}\":")), "{setting}");
        }
    }
}
