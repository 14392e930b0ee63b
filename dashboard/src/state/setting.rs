//! Choices of the settings that are words or switches: what they are called and what each means.

use allocator_core::config::blend::{BlendConfig, BlendMethod, OnInfeasibleCap};
use allocator_core::wire::Choice;

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

/// How strategies may be weighed.
pub fn methods() -> Vec<Offer> {
    offers(|method| match method {
        BlendMethod::RankAggregation => "wᵢ = 1/n, rows by 1/rank",
        BlendMethod::EqualWeight => "wᵢ = 1/n",
        BlendMethod::InverseVolatility => "wᵢ = (1/σᵢ) / Σⱼ (1/σⱼ)",
        BlendMethod::Sharpe => "wᵢ = max(Sᵢ, 0) / Σⱼ max(Sⱼ, 0)",
        BlendMethod::InformationCoefficient => "wᵢ = max(ICᵢ, 0) / Σⱼ max(ICⱼ, 0)",
        BlendMethod::Fixed | BlendMethod::Score => "",
    })
}

/// What may happen where caps cannot hold with everything invested.
pub fn infeasible() -> Vec<Offer> {
    offers::<OnInfeasibleCap>(|_| "")
}

/// Chooses the method of a word; an unknown word changes nothing.
pub fn choose_method(config: &mut BlendConfig, word: &str) {
    if let Some(method) = BlendMethod::from_word(word) {
        config.method = method;
    }
}

/// Chooses what happens where caps cannot hold; an unknown word changes nothing.
pub fn choose_infeasible(config: &mut BlendConfig, word: &str) {
    if let Some(choice) = OnInfeasibleCap::from_word(word) {
        config.on_infeasible_cap = choice;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pickers_explain_every_word() {
        for offer in methods().into_iter().chain(infeasible()) {
            assert!(offer.meaning.ends_with('.') && !offer.meaning.contains("(B"), "{offer:?}");
        }
        assert_eq!(methods().iter().filter(|offer| offer.is_default).count(), 1);
        assert_eq!(methods()[2].label, "Inverse volatility");
    }

    #[test]
    fn an_unknown_word_changes_nothing() {
        let mut config = BlendConfig::default();
        choose_method(&mut config, "no such");
        assert_eq!(config, BlendConfig::default());
        choose_method(&mut config, "inverse_vol");
        assert_eq!(config.method, BlendMethod::InverseVolatility);
    }
}
