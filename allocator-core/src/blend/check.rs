//! Boundary checks between inputs and settings.

use super::BlendInputs;
use crate::config::OperationConfig;
use crate::config::blend::{BlendConfig, positive_volatility};
use crate::error::{Code, Fault, Faults, Problem};
use crate::wire::At;

/// Refuses what cannot be blended, all faults together.
pub(super) fn check(inputs: &BlendInputs<'_>, config: &BlendConfig) -> Result<(), Problem> {
    let mut faults = Faults::new();
    config.validate(&At::Root.key("config"), &mut faults);
    let book = inputs.signals;
    if book.strategies().is_empty() {
        faults.push(Fault::new(Code::Empty, "/signals", "At least one strategy is needed.", "Give the signals of a strategy."));
    }
    if !config.allow_short_positions {
        for (s, id) in book.strategies().iter().enumerate() {
            let rows = book.rows(s);
            for (&symbol, &weight) in rows.symbols.iter().zip(rows.weights) {
                if weight < 0.0 {
                    let symbol = &book.symbols()[symbol as usize];
                    faults.push(Fault::new(
                        Code::ShortNotAllowed,
                        At::Root.key("signals").key(id),
                        format!("{id} holds {symbol} at {weight}, and short positions are not allowed."),
                        "Set allow_short_positions to true, or give a weight of 0 or more.",
                    ));
                }
            }
        }
    }
    for (id, stats) in inputs.stats {
        if let Some(vol) = stats.vol.filter(|vol| !positive_volatility(*vol)) {
            faults.push(Fault::new(
                Code::InvalidVolatility,
                At::Root.key("stats").key(id).key("vol"),
                format!("The volatility of {id} is {vol}."),
                "Give a positive annualised volatility, for example 0.15.",
            ));
        }
    }
    for id in config.strategy_max.keys() {
        if !book.strategies().contains(id) {
            faults.push(Fault::new(
                Code::UnknownField,
                At::Root.key("config").key("strategy_max").key(id),
                format!("No strategy {id:?} is declared."),
                match crate::wire::nearest(id, book.strategies().iter().map(String::as_str)) {
                    Some(near) => format!("Did you mean {near:?}?"),
                    None => String::from("Give its signals, or leave its cap out."),
                },
            ));
        }
    }
    faults.finish(Some(()))
}
