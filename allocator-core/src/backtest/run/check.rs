//! What can be told of a run before it begins, and of signals before they are followed.

use super::STRATEGIES_MAX;
use crate::alpha::{GROSS_MAX, Signal};
use crate::backtest::market::unknown_symbol;
use crate::backtest::overlay::ASSETS_MAX;
use crate::config::OperationConfig;
use crate::config::backtest::{BacktestConfig, StrategySpec};
use crate::error::{Code, Fault, Faults, Problem};
use crate::frame::{PriceBook, ScoreBook};
use crate::units::name_fault;
use crate::wire::At;
use std::collections::BTreeMap;

/// The fault of an overlay whose scalars are not there.
pub(crate) fn no_scalars() -> Fault {
    Fault::new(
        Code::MissingField,
        "/precomputed",
        "The overlay's mode is precomputed, and there are no scalars of an earlier run; nothing runs unscaled instead.",
        "Give \"precomputed\" with the texts of the file and of its _meta.json.",
    )
}

/// What can be told without running.
pub(super) fn check(
    prices: &PriceBook,
    strategies: &BTreeMap<String, StrategySpec>,
    config: &BacktestConfig,
) -> Result<(), Problem> {
    let mut faults = Faults::new();
    config.validate(&At::Root.key("config"), &mut faults);
    let at = At::Root.key("strategies");
    if strategies.is_empty() {
        faults.push(Fault::new(Code::Empty, at, "There is no strategy.", "Give one strategy or more."));
    }
    if strategies.len() > STRATEGIES_MAX {
        let message = format!("{} strategies, and {STRATEGIES_MAX} are the most.", strategies.len());
        faults.push(Fault::new(Code::LimitExceeded, at, message, "Give fewer strategies."));
    }
    for (id, spec) in strategies {
        let at = at.key(id);
        if let Some(why) = name_fault(id) {
            let message = format!("The strategy id {id:?} {why}.");
            faults.push(Fault::new(Code::InvalidName, at, message, "Give the strategy a plain name."));
        }
        spec.validate(&at, &mut faults);
        for series in spec.weights.iter().flat_map(ScoreBook::series) {
            if prices.get(&series.name).is_none() {
                faults.push(unknown_symbol(&series.name, prices, &at.key("weights").key(&series.name)));
            }
        }
    }
    for id in config.shares.keys().filter(|id| !strategies.contains_key(*id)) {
        let known = strategies.keys().map(String::as_str);
        let hint = crate::wire::nearest(id, known)
            .map_or_else(|| String::from("Name a strategy."), |near| format!("Did you mean {near:?}?"));
        let at = At::Root.key("config");
        faults.push(Fault::new(Code::NotFound, at.key("shares").key(id), format!("There is no strategy {id:?}."), hint));
    }
    check_named(prices, strategies, config, &mut faults);
    faults.finish(Some(()))
}

/// Names of strategies in the settings of capital and overlay.
fn check_named(prices: &PriceBook, strategies: &BTreeMap<String, StrategySpec>, config: &BacktestConfig, faults: &mut Faults) {
    let known = |id: &String| strategies.contains_key(id);
    let stranger = |at: &At<'_>, id: &str| {
        let hint = crate::wire::nearest(id, strategies.keys().map(String::as_str))
            .map_or_else(|| String::from("Name a strategy."), |near| format!("Did you mean {near:?}?"));
        Fault::new(Code::NotFound, at, format!("There is no strategy {id:?}."), hint)
    };
    let at = At::Root.key("config");
    if let Some(capital) = &config.capital {
        let at = at.key("capital");
        let limits = at.key("constraints");
        let named = [
            (at.key("fixed"), capital.fixed.keys().collect::<Vec<_>>()),
            (limits.key("strategies"), capital.constraints.strategies.keys().collect()),
            (at.key("risk_budgets"), capital.risk_budgets.keys().collect()),
        ];
        for (at, ids) in named {
            for id in ids.into_iter().filter(|id| !known(id)) {
                faults.push(stranger(&at.key(id), id));
            }
        }
        let groups = limits.key("groups");
        for (group, limit) in &capital.constraints.groups {
            let members = groups.key(group);
            let members = members.key("members");
            for (i, id) in limit.members.iter().enumerate().filter(|(_, id)| !known(id)) {
                faults.push(stranger(&members.index(i), id));
            }
        }
    }
    if let Some(risk) = &config.risk {
        let at = at.key("risk");
        let sleeves = at.key("sleeves");
        for (name, sleeve) in &risk.sleeves {
            let assets = sleeves.key(name);
            let assets = assets.key("assets");
            for (i, id) in sleeve.assets.iter().enumerate().filter(|(_, id)| !known(id)) {
                faults.push(stranger(&assets.index(i), id));
            }
        }
        if prices.len() > ASSETS_MAX {
            faults.push(Fault::new(
                Code::LimitExceeded,
                at,
                format!("The overlay correlates {} symbols, and {ASSETS_MAX} are the most.", prices.len()),
                "Give fewer symbols, or leave the overlay out.",
            ));
        }
    }
}

/// Signals as any strategy must give them: of known symbols, each once, finite, and not of more gross weight than anybody may ask for.
pub(super) fn check_signals(signals: &[Signal], symbols: usize) -> Result<(), Fault> {
    let refuse = |code, message: String| Err(Fault::new(code, "", message, "Mend the strategy."));
    let mut named = vec![false; symbols];
    let mut gross = 0.0;
    for signal in signals {
        let Some(named) = named.get_mut(signal.symbol as usize) else {
            return refuse(Code::NotFound, format!("A signal names symbol number {} of {symbols}.", signal.symbol));
        };
        if std::mem::replace(named, true) {
            return refuse(Code::Duplicate, format!("Two signals name symbol number {}.", signal.symbol));
        }
        if !signal.strength.is_finite() || !signal.target_weight.is_finite() {
            return refuse(Code::NotFinite, format!("The signal of symbol number {} is not a finite number.", signal.symbol));
        }
        gross += signal.target_weight.abs();
    }
    if gross > GROSS_MAX {
        return refuse(Code::OutOfRange, format!("The signals have a gross weight of {gross}; {GROSS_MAX} is the most."));
    }
    Ok(())
}
