//! What a limit that binds costs, in figures of the page: the engine's shadow price turned into points of volatility or return.
//!
//! A shadow price is the derivative of the objective. Of minimum variance and target return that is wᵀΣw per period, so that a point more
//! of a limit changes the volatility of a year by −price·P/2σ points, P the periods of a year; of target volatility it is the
//! expected return. Other objectives have no figure on the page, and their price is none.

use super::answer::{Bound, Outcome};
use crate::state::number::fixed;
use allocator_core::config::capital::{CapitalConfig, CapitalMethod};

/// What one point more of a limit does to a figure, in points of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effect {
    /// What changes: `vol`, `return`.
    pub figure: &'static str,
    /// By how many points, per point.
    pub points: f64,
}

/// What a limit costs under an outcome; `None` where the method has no price, or none in a figure of the page.
pub fn effect(config: &CapitalConfig, outcome: &Outcome, bound: &Bound) -> Option<Effect> {
    let price = bound.price?;
    let optimizer = &config.optimizer;
    let costless = optimizer.cost_linear == 0.0 && optimizer.cost_impact == 0.0;
    let periods = config.periods_per_year;
    // A limit a year that is not a weight has a price of its own unit.
    let of_weight = !matches!(bound.limit.as_str(), "target_volatility" | "target_return");
    let volatility = outcome.figures.volatility.filter(|volatility| *volatility > 0.0);
    match outcome.method {
        CapitalMethod::MinVariance | CapitalMethod::TargetReturn if costless && of_weight => {
            let points = -price * periods / (2.0 * volatility?);
            Some(Effect { figure: "vol", points })
        }
        CapitalMethod::TargetRisk if costless && of_weight => Some(Effect { figure: "return", points: price * periods }),
        _ => None,
    }
}

/// Limits that bind, as the table lists them.
#[derive(Clone, Debug)]
pub struct Listing<'a> {
    /// Limits with their effects.
    pub lines: Vec<(&'a Bound, Option<Effect>)>,
    /// How many are left out.
    pub more: usize,
    /// Whether each that is left out changes no more than any that is listed: all have prices to compare.
    pub by_effect: bool,
}

/// The limits that bind, at most `most` of them: those that change most first where they do not all fit, because of fifty strategies
/// forty may be at their least. A limit without a price comes after those with one, in the order of the answer.
pub fn listing<'a>(config: &CapitalConfig, outcome: &'a Outcome, most: usize) -> Listing<'a> {
    let mut lines: Vec<_> = outcome.bindings.iter().map(|bound| (bound, effect(config, outcome, bound))).collect();
    let more = lines.len().saturating_sub(most);
    if more > 0 {
        // An effect is its price times one factor for all, so that prices alone compare what has no effect in figures of the page.
        let size = |(bound, effect): &(&Bound, Option<Effect>)| {
            (effect.map_or(-1.0, |effect| effect.points.abs()), bound.price.map_or(-1.0, f64::abs))
        };
        lines.sort_by(|a, b| {
            let (a, b) = (size(a), size(b));
            b.0.total_cmp(&a.0).then(b.1.total_cmp(&a.1))
        });
        lines.truncate(most);
    }
    let by_effect = more > 0 && outcome.bindings.iter().all(|bound| bound.price.is_some());
    Listing { lines, more, by_effect }
}

/// An effect as the table writes it: `−0.014 pts vol`.
pub fn text(effect: Effect) -> String {
    let value = fixed(effect.points, 3);
    let sign = if effect.points > 0.0 && value.bytes().any(|digit| (b'1'..=b'9').contains(&digit)) { "+" } else { "" };
    format!("{sign}{value} pts {}", effect.figure)
}

/// The largest effect as a sentence about a strategy's limit: what volatility would become.
pub fn sentence(outcome: &Outcome, bound: &Bound, effect: Effect, name: &str) -> Option<String> {
    // Below nothing there is nothing to let: nobody is sold short.
    if effect.figure != "vol" || !matches!(bound.limit.as_str(), "max" | "min") || (bound.limit == "min" && bound.value < 0.01) {
        return None;
    }
    let now = outcome.figures.volatility?;
    let step = if bound.limit == "max" { 0.01 } else { -0.01 };
    let next = now + effect.points * 0.01;
    Some(format!(
        "Letting {name} hold {} % would take volatility from {} to about {} %.",
        fixed((bound.value + step) * 100.0, 0),
        fixed(now * 100.0, 3),
        fixed(next * 100.0, 3)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::capital::example;
    use crate::state::capital::settings::{CapitalSettings, End};

    fn volatility(settings: &CapitalSettings) -> f64 {
        example::answered(&settings.request(None)).outcome.figures.volatility.unwrap()
    }

    #[test]
    fn the_price_of_a_cap_is_what_moving_it_does() {
        let mut settings = CapitalSettings::default();
        let outcome = example::answered(&settings.request(None)).outcome;
        let bound = outcome.bindings.iter().find(|bound| bound.strategy.as_deref() == Some("a")).unwrap();
        let found = effect(&settings.config, &outcome, bound).unwrap();
        // A thousandth of a point either way: the derivative as the engine itself answers it.
        settings.set_bound("a", End::Max, Some(0.40001));
        let above = volatility(&settings);
        settings.set_bound("a", End::Max, Some(0.39999));
        let measured = (above - volatility(&settings)) / 0.00002;
        assert!(found.points < 0.0 && (found.points - measured).abs() < 1e-3 * measured.abs(), "{found:?} {measured}");
        assert!(text(found).starts_with('\u{2212}') && text(found).ends_with(" pts vol"), "{}", text(found));
        assert!(sentence(&outcome, bound, found, "A").unwrap().starts_with("Letting A hold 41 % would take volatility from "));
        let nothing = Bound { limit: String::from("min"), value: 0.0, ..bound.clone() };
        assert_eq!(sentence(&outcome, &nothing, found, "A"), None);
    }

    #[test]
    fn the_limits_that_change_most_are_listed() {
        let settings = CapitalSettings::default();
        let mut outcome = example::answered(&settings.request(None)).outcome;
        let bound = outcome.bindings[0].clone();
        let named = |price: Option<f64>, limit: &str| Bound { limit: limit.to_owned(), price, ..bound.clone() };
        outcome.bindings = vec![named(Some(0.1), "min"), named(Some(-0.3), "max"), named(Some(0.2), "gross")];
        let names = |listing: &Listing<'_>| listing.lines.iter().map(|(bound, _)| bound.limit.clone()).collect::<Vec<_>>();
        let all = listing(&settings.config, &outcome, 3);
        assert_eq!((names(&all), all.more, all.by_effect), (vec!["min".into(), "max".into(), "gross".into()], 0, false));
        let some = listing(&settings.config, &outcome, 2);
        assert_eq!((names(&some), some.more, some.by_effect), (vec!["max".into(), "gross".into()], 1, true));
        // What has no price is last, and then nothing is said of what is left out.
        outcome.bindings.insert(0, named(None, "net"));
        let some = listing(&settings.config, &outcome, 2);
        assert_eq!((names(&some), some.more, some.by_effect), (vec!["max".into(), "gross".into()], 2, false));
    }

    #[test]
    fn a_rule_has_no_price() {
        let mut settings = CapitalSettings::default();
        settings.look_at(CapitalMethod::InverseVolatility);
        settings.config.constraints.max = 0.34;
        let outcome = example::answered(&settings.request(None)).outcome;
        assert!(!outcome.bindings.is_empty());
        assert_eq!(effect(&settings.config, &outcome, &outcome.bindings[0]), None);
    }
}
