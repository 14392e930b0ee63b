//! Limits that bind, in words: how many, which, under which method.

use super::answer::{Bound, Outcome};
use super::method::label;
use crate::state::number::percent;

/// A small number as a word, as a sentence begins with it.
fn counted(count: usize) -> String {
    const WORDS: [&str; 11] = ["No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten"];
    WORDS.get(count).map_or_else(|| count.to_string(), |word| (*word).to_owned())
}

/// How many limits bind, as a sentence.
pub fn sentence(outcome: &Outcome) -> String {
    let name = label(outcome.method);
    match outcome.bindings.len() {
        0 => format!("No limit binds under {name}: without limits the split is the same."),
        1 => format!("One limit binds under {name}. That of a strategy is lit."),
        many => format!("{} limits bind under {name}. Those of strategies are lit.", counted(many)),
    }
}

/// What a limit is called, without its strategy: `max 25.00 %`, `turnover budget 30.00 %`.
pub fn name(bound: &Bound) -> String {
    let value = percent(bound.value);
    match bound.limit.as_str() {
        "total" => format!("everything invested, {value} %"),
        "turnover_max" => format!("turnover budget {value} %"),
        "target_volatility" => format!("volatility {value} % a year"),
        "target_return" => format!("return {value} % a year"),
        "change_max" => format!("change {value} %"),
        "trade_min" => format!("smallest trade {value} %"),
        other => format!("{} {value} %", other.replace("groups.", "group ").replace('.', " ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::capital::example;
    use crate::state::capital::settings::CapitalSettings;

    #[test]
    fn what_binds_is_counted_and_named() {
        let settings = CapitalSettings::default();
        let mut outcome = example::answered(&settings.request(None)).outcome;
        assert!(sentence(&outcome).contains(" binds under Minimum variance") || sentence(&outcome).contains(" bind under"));
        outcome.bindings.clear();
        assert!(sentence(&outcome).starts_with("No limit binds"));
        outcome.bindings = vec![Bound { limit: "max".into(), value: 0.25, ..Bound::default() }; 3];
        assert_eq!(sentence(&outcome), "Three limits bind under Minimum variance. Those of strategies are lit.");
        assert_eq!(name(&outcome.bindings[0]), "max 25.00 %");
        let group = Bound { limit: "groups.trend.max".into(), value: 0.5, ..Bound::default() };
        assert_eq!(name(&group), "group trend max 50.00 %");
    }
}
