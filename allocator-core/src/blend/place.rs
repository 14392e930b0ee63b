//! Placing the target: base weights, caps, infeasible caps, number and size of positions.

use super::fill::{self, Caps, Rows, Stop, fill};
use super::{Binding, exact};
use crate::config::blend::{BlendConfig, Missing, OnInfeasibleCap, Redistribute};
use crate::error::{Code, Fault, Problem};
use crate::frame::SignalBook;

/// Base weight of every row: its share times its strategy's, averaged as `missing` says, of gross `target` together.
pub(super) fn base_weights(book: &SignalBook, config: &BlendConfig, share: Vec<f64>, strategy: &[f64], target: f64) -> Vec<f64> {
    let mean = config.missing == Missing::Mean;
    let mut named_by = vec![0.0; if mean { book.symbols().len() } else { 0 }];
    let mut base = share;
    for (s, weight) in strategy.iter().enumerate() {
        let rows = book.rows(s);
        base[book.range(s)].iter_mut().for_each(|base| *base *= weight);
        if mean {
            rows.symbols.iter().for_each(|&symbol| named_by[symbol as usize] += weight);
        }
    }
    if mean {
        for (base, &symbol) in base.iter_mut().zip(book.symbol_indices()) {
            if *base != 0.0 {
                *base /= named_by[symbol as usize];
            }
        }
    }
    let gross: f64 = base.iter().map(|base| base.abs()).sum();
    if gross > 0.0 {
        let factor = target / gross;
        for base in &mut base {
            *base *= factor;
        }
    }
    base
}

/// Rows filled under the caps.
pub(super) struct Placed {
    pub(super) value: Vec<f64>,
    /// Caps as they hold, after relaxing.
    pub(super) caps: Vec<f64>,
    pub(super) capped: Vec<bool>,
    pub(super) bindings: Vec<Binding>,
    pub(super) dropped: Vec<(u32, &'static str)>,
}

pub(super) fn place(
    book: &SignalBook,
    config: &BlendConfig,
    base: &[f64],
    strategy_caps: &[f64],
    target: f64,
    warnings: &mut Vec<Fault>,
) -> Result<Placed, Problem> {
    let mut offsets: Vec<usize> = (0..book.strategies().len()).map(|s| book.range(s).start).collect();
    offsets.push(book.len());
    let (group_names, group_of) = groups(book, config);
    let mut caps = Caps {
        strategy: strategy_caps.to_vec(),
        symbol: config.symbol_max.unwrap_or(f64::INFINITY),
        group: group_names.iter().map(|name| config.group_max[*name]).collect(),
        group_of,
        target,
        redistribute: match config.redistribute {
            Redistribute::Always => true,
            Redistribute::LongOnly => !config.allow_short_positions,
            Redistribute::Never => false,
        },
    };
    let symbols = book.symbols().len();
    let run = |base: &[f64], caps: &Caps| fill(&Rows { offsets: &offsets, symbol: book.symbol_indices(), symbols, base }, caps);
    let mut dropped = Vec::new();
    let mut filled = run(base, &caps);
    let mut kept = None;
    if config.positions_max.is_some() || config.position_min.is_some() {
        kept = positions(book, config, base, &filled.value, &|base| run(base, &caps).value, &mut dropped);
    }
    if let Some(kept) = &kept {
        filled = run(kept, &caps);
    }
    let base = kept.as_deref().unwrap_or(base);
    let placed: f64 = filled.value.iter().map(|value| value.abs()).sum();
    let short = target - placed;
    // Redistribution switched off leaves cash on purpose; that is not infeasible.
    if caps.redistribute && short > 1e-9 && target > 0.0 && base.iter().any(|base| *base != 0.0) {
        let tight = tight_names(book, &filled.stops, &group_names);
        match config.on_infeasible_cap {
            OnInfeasibleCap::Cash => {}
            OnInfeasibleCap::Error => {
                return Err(Problem::new(
                    Code::InfeasibleCaps,
                    "/config/per_strategy_max",
                    format!("The caps allow {:.2}% of the target of {:.2}%; tight: {tight}.", placed * 100.0, target * 100.0),
                    "Raise the caps, add strategies, lower target_total, or set on_infeasible_cap to cash or relax.",
                ));
            }
            OnInfeasibleCap::Relax => {
                let rows = Rows { offsets: &offsets, symbol: book.symbol_indices(), symbols, base };
                let (relaxed, cap) = fill::relaxed(&rows, &mut caps);
                filled = relaxed;
                warnings.push(Fault::new(
                    Code::CapRelaxed,
                    "/config/per_strategy_max",
                    format!(
                        "The caps could not hold with {:.2}% placed: per-strategy caps were raised to {:.2}%.",
                        target * 100.0,
                        cap * 100.0
                    ),
                    "Set on_infeasible_cap to cash to keep the caps and hold cash instead.",
                ));
            }
        }
    }
    let mut capped = vec![false; book.strategies().len()];
    let mut bindings: Vec<Binding> = Vec::new();
    for stop in &filled.stops {
        bindings.push(match *stop {
            Stop::Strategy(s) => {
                let id = &book.strategies()[s as usize];
                capped[s as usize] = true;
                let limit = if config.strategy_max.contains_key(id) { "strategy_max" } else { "per_strategy_max" };
                Binding { limit: limit.to_owned(), name: id.clone(), value: Some(caps.strategy[s as usize]) }
            }
            Stop::Symbol(j) => {
                Binding { limit: "symbol_max".to_owned(), name: book.symbols()[j as usize].clone(), value: config.symbol_max }
            }
            Stop::Group(g) => {
                let name = group_names[g as usize];
                Binding { limit: "group_max".to_owned(), name: name.to_owned(), value: config.group_max.get(name).copied() }
            }
        });
    }
    for limit in ["positions_max", "position_min"] {
        if dropped.iter().any(|(_, why)| *why == limit) {
            let value = if limit == "positions_max" { config.positions_max.map(f64::from) } else { config.position_min };
            bindings.push(Binding { limit: limit.to_owned(), name: String::new(), value });
        }
    }
    Ok(Placed { value: filled.value, caps: caps.strategy, capped, bindings, dropped })
}

/// Capped groups by name, and the group of every symbol by index into them.
fn groups<'a>(book: &SignalBook, config: &'a BlendConfig) -> (Vec<&'a str>, Vec<u32>) {
    let names: Vec<&str> = config.group_max.keys().map(String::as_str).collect();
    if names.is_empty() {
        return (names, Vec::new());
    }
    let of = |symbol: &String| {
        let group = config.groups.get(symbol)?;
        names.binary_search(&group.as_str()).ok()
    };
    let group_of = book.symbols().iter().map(|symbol| of(symbol).map_or(u32::MAX, |g| g as u32)).collect();
    (names, group_of)
}

fn tight_names(book: &SignalBook, stops: &[Stop], groups: &[&str]) -> String {
    let names: Vec<&str> = stops
        .iter()
        .take(10)
        .map(|stop| match *stop {
            Stop::Strategy(s) => book.strategies()[s as usize].as_str(),
            Stop::Symbol(j) => book.symbols()[j as usize].as_str(),
            Stop::Group(g) => groups[g as usize],
        })
        .collect();
    let more = stops.len().saturating_sub(names.len());
    names.join(", ") + &if more > 0 { format!(" and {more} more") } else { String::new() }
}

/// Keeps the largest positions, so many that none is below `position_min` and none beyond `positions_max` is held.
///
/// Answers the base of the rows kept, or `None` where nothing has to go. Fewer positions are larger ones, so the number is found
/// by bisection.
fn positions(
    book: &SignalBook,
    config: &BlendConfig,
    base: &[f64],
    value: &[f64],
    refill: &dyn Fn(&[f64]) -> Vec<f64>,
    dropped: &mut Vec<(u32, &'static str)>,
) -> Option<Vec<f64>> {
    let weights = exact::weights(book, value);
    let mut order: Vec<u32> = (0..weights.len() as u32).filter(|&j| weights[j as usize] != 0.0).collect();
    order.sort_by(|&a, &b| weights[b as usize].abs().total_cmp(&weights[a as usize].abs()).then(a.cmp(&b)));
    let held = order.len();
    let most = config.positions_max.map_or(held, |most| held.min(most as usize));
    let keep_first = |count: usize| {
        let mut kept = vec![false; weights.len()];
        for &j in &order[..count] {
            kept[j as usize] = true;
        }
        let mut base = base.to_vec();
        for (base, &symbol) in base.iter_mut().zip(book.symbol_indices()) {
            if !kept[symbol as usize] {
                *base = 0.0;
            }
        }
        base
    };
    let large_enough = |count: usize| {
        let least = config.position_min.unwrap_or(0.0);
        let weights = exact::weights(book, &refill(&keep_first(count)));
        order[..count].iter().all(|&j| weights[j as usize].abs() >= least)
    };
    let count = if config.position_min.is_none() || large_enough(most) {
        most
    } else {
        let (mut good, mut bad) = (0, most);
        while bad - good > 1 {
            let middle = usize::midpoint(good, bad);
            if large_enough(middle) {
                good = middle;
            } else {
                bad = middle;
            }
        }
        good
    };
    dropped.extend(
        order[count..].iter().enumerate().map(|(i, &j)| (j, if count + i >= most { "positions_max" } else { "position_min" })),
    );
    (count < held).then(|| keep_first(count))
}
