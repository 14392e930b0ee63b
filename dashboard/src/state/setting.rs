//! Choices of the settings that are words or switches: what they are called and what each means.

use allocator_core::config::blend::{
    BlendConfig, BlendMethod, CorrelationAction, Missing, NoEdge, OnInfeasibleCap, RankBy, RankTransform, Redistribute, RowBasis,
    SingleStrategy, Ties, UnknownWeight,
};
use allocator_core::stats::CorrelationMethod;
use allocator_core::wire::Choice;
use std::collections::{BTreeMap, BTreeSet};

/// One entry of a picker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The word in the settings.
    pub word: &'static str,
    /// What a person reads.
    pub label: String,
    /// What it does, in a sentence.
    pub meaning: String,
    /// Its formula, where it has one.
    pub formula: &'static str,
    /// Whether a fresh page has it.
    pub is_default: bool,
}

fn offers<C: Choice + PartialEq + Default>(formula: impl Fn(C) -> &'static str) -> Vec<Offer> {
    C::WORDS
        .iter()
        .map(|(choice, word, _, meaning)| Offer {
            word,
            label: label(word),
            meaning: sentence(meaning),
            formula: formula(*choice),
            is_default: *choice == C::default(),
        })
        .collect()
}

/// `inverse_vol` → `Inverse volatility`.
fn label(word: &str) -> String {
    let text = match word {
        "inverse_vol" => "inverse volatility",
        "ic" => "information coefficient",
        "sharpe" => "Sharpe ratio",
        "fixed" => "fixed weights",
        "score" => "score weighted",
        "cash" => "keep the rest in cash",
        "relax" => "raise the caps evenly",
        "error" => "refuse",
        "ewma" => "EWMA",
        "none" => "report only",
        "drop" => "leave the weaker out",
        "scale_down" => "scale the weaker down",
        other => other,
    };
    let text = text.replace('_', " ");
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The doc comment without its reference to a requirement.
fn sentence(meaning: &str) -> String {
    let meaning = meaning.trim();
    match meaning.rsplit_once(" (B") {
        Some((text, _)) if meaning.ends_with(").") => format!("{text}."),
        _ => meaning.to_owned(),
    }
}

/// A word of the settings that can be chosen: its label, what there is to choose from, and where it stands.
pub struct Pick {
    /// Its name in the settings, and the id of its control.
    pub id: &'static str,
    /// What a person reads.
    pub label: &'static str,
    /// What there is.
    pub offers: fn() -> Vec<Offer>,
    /// The word that is set.
    pub get: fn(&BlendConfig) -> &'static str,
    /// Sets a word; an unknown one changes nothing.
    pub set: fn(&mut BlendConfig, &str),
}

macro_rules! pick {
    ($id:literal, $label:literal, $kind:ty, $($field:ident).+, $formula:expr) => {
        Pick {
            id: $id,
            label: $label,
            offers: || offers::<$kind>($formula),
            get: |config| config.$($field).+.as_str(),
            set: |config, word| {
                if let Some(choice) = <$kind>::from_word(word) {
                    config.$($field).+ = choice;
                }
            },
        }
    };
    ($id:literal, $label:literal, $kind:ty, $($field:ident).+) => { pick!($id, $label, $kind, $($field).+, |_| "") };
}

/// How strategies are weighed.
pub const METHOD: Pick = pick!("method", "How strategies are weighed", BlendMethod, method, |method| match method {
    BlendMethod::RankAggregation => "wᵢ = 1/n, rows by 1/rank",
    BlendMethod::EqualWeight => "wᵢ = 1/n",
    BlendMethod::InverseVolatility => "wᵢ = (1/σᵢ) / Σⱼ (1/σⱼ)",
    BlendMethod::Sharpe => "wᵢ = max(Sᵢ, 0) / Σⱼ max(Sⱼ, 0)",
    BlendMethod::InformationCoefficient => "wᵢ = max(ICᵢ, 0) / Σⱼ max(ICⱼ, 0)",
    BlendMethod::Fixed | BlendMethod::Score => "",
});

/// What happens where caps cannot hold with everything invested.
pub const INFEASIBLE: Pick = pick!("infeasible", "Where caps cannot all hold", OnInfeasibleCap, on_infeasible_cap);

/// How correlation is measured.
pub const MEASURE: Pick = pick!("measure", "Measure", CorrelationMethod, correlation.method);

/// What an alert does to the blend.
pub const WHEN_ALERTING: Pick = pick!("correlation_action", "When a pair alerts", CorrelationAction, correlation_action);

/// What is seldom changed.
pub const SELDOM: [Pick; 9] = [
    pick!("rows", "Shares of rows inside a strategy", RowBasis, rows),
    pick!("rank_by", "Rows are ranked by", RankBy, rank_by),
    pick!("ties", "Equal ranks", Ties, ties),
    pick!("rank_transform", "What a rank is worth", RankTransform, rank_transform),
    pick!("missing", "A symbol that a strategy does not name", Missing, missing),
    pick!("redistribute", "Weight that a cap frees", Redistribute, redistribute),
    pick!("single_strategy", "One strategy only", SingleStrategy, single_strategy),
    pick!("unknown_weight", "A strategy without its statistic", UnknownWeight, unknown_weight),
    pick!("no_edge", "No strategy has an edge", NoEdge, no_edge),
];

/// Strategies that are left out: their own cap is 0.
pub fn left_out(config: &BlendConfig) -> BTreeSet<String> {
    config.strategy_max.iter().filter(|(_, cap)| **cap == 0.0).map(|(id, _)| id.clone()).collect()
}

/// Leaves a strategy out by a cap of 0, or takes it in again: under the cap of its own that it had (`own`), else under the common one.
pub fn include(config: &mut BlendConfig, own: &mut BTreeMap<String, f64>, id: &str, include: bool) {
    let former = match include.then(|| own.remove(id)) {
        Some(None) => config.strategy_max.remove(id),
        Some(Some(cap)) => config.strategy_max.insert(id.to_owned(), cap),
        None => config.strategy_max.insert(id.to_owned(), 0.0),
    };
    if let (false, Some(cap)) = (include, former.filter(|cap| *cap > 0.0)) {
        own.insert(id.to_owned(), cap);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> impl Iterator<Item = Pick> {
        SELDOM.into_iter().chain([METHOD, INFEASIBLE, MEASURE, WHEN_ALERTING])
    }

    #[test]
    fn pickers_explain_every_word() {
        for pick in all() {
            let offers = (pick.offers)();
            for offer in &offers {
                let requirement = offer
                    .meaning
                    .rsplit_once("(B")
                    .is_some_and(|(_, rest)| rest.starts_with(|letter: char| letter.is_ascii_digit()));
                assert!(offer.meaning.ends_with('.') && !requirement, "{offer:?}");
            }
            assert_eq!(offers.iter().filter(|offer| offer.is_default).count(), 1, "{}", pick.id);
        }
        assert_eq!((METHOD.offers)()[2].label, "Inverse volatility");
    }

    #[test]
    fn a_word_is_set_and_read_back_and_an_unknown_one_changes_nothing() {
        for pick in all() {
            let mut config = BlendConfig::default();
            (pick.set)(&mut config, "no such");
            assert_eq!(config, BlendConfig::default());
            for offer in (pick.offers)() {
                (pick.set)(&mut config, offer.word);
                assert_eq!((pick.get)(&config), offer.word);
            }
        }
    }

    #[test]
    fn a_strategy_is_left_out_and_taken_in_again() {
        let mut config = BlendConfig::default();
        config.strategy_max.insert("b".into(), 0.2);
        let mut own = BTreeMap::new();
        include(&mut config, &mut own, "a", false);
        assert_eq!(left_out(&config), BTreeSet::from([String::from("a")]));
        include(&mut config, &mut own, "a", true);
        assert_eq!((left_out(&config).len(), config.strategy_max["b"]), (0, 0.2));
        assert!(!config.strategy_max.contains_key("a"));
        // A cap of its own comes back with it, however often the box is pressed.
        for include_it in [false, false, true] {
            include(&mut config, &mut own, "b", include_it);
        }
        assert_eq!((config.strategy_max["b"], own.len()), (0.2, 0));
    }
}
