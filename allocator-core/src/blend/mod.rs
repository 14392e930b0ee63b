//! Blending: the signals of several strategies become one portfolio.
//!
//! ```text
//! signals ─ share inside each strategy ─ × strategy weight ─ fill under every cap ─ limits ─> weights, cash, explanation
//!           rank.rs, share.rs            strategy_weight/    fill.rs                limits.rs
//! ```
//!
//! Order matters: normalise inside a strategy first (by gross weight, never by a small or signed net), cap second, let freed weight
//! into headroom only. Nothing is renormalised above a cap. Every final weight is the sum of its rows' values, and every value is
//! `normalised + capped + redistributed + scaled`, to the last bit.

mod exact;
pub mod figures;
mod fill;
mod limits;
mod rank;
mod share;
mod signal;
pub mod strategy_weight;

use crate::config::blend::{
    BlendConfig, BlendMethod, CorrelationAction, Missing, NoEdge, OnInfeasibleCap, Redistribute, RowBasis, SingleStrategy,
    UnknownWeight, positive_volatility,
};
use crate::error::{Code, Fault, Faults, Problem};
use crate::frame::{ReturnBook, ScoreBook, SignalBook};
use crate::math;
use crate::monitor::{CorrelationReport, correlations};
use crate::wire::At;
use fill::{Caps, Rows, Stop, fill};
use share::shares;
pub use signal::{Signal, blend_signals};
use std::collections::BTreeMap;
use strategy_weight::{StrategyScore, WeighingContext, rule};

/// Statistics of a strategy that its owner vouches for.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", serde(default, deny_unknown_fields))]
pub struct StrategyStats {
    /// Mean information coefficient, -1 to 1.
    pub ic: Option<f64>,
    /// Annualised Sharpe ratio.
    pub sharpe: Option<f64>,
    /// Annualised volatility, above 0.
    pub vol: Option<f64>,
}

/// Everything a blend reads besides its settings.
#[derive(Clone, Copy)]
pub struct BlendInputs<'a> {
    /// The signals of all declared strategies.
    pub signals: &'a SignalBook,
    /// Statistics by strategy.
    pub stats: &'a BTreeMap<String, StrategyStats>,
    /// Return history by strategy.
    pub returns: Option<&'a ReturnBook>,
    /// Past scores: strategy, then symbol.
    pub score_history: Option<&'a BTreeMap<String, ScoreBook>>,
    /// Return history by symbol.
    pub asset_returns: Option<&'a ReturnBook>,
}

/// A limit that holds something back.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Binding {
    /// The setting: `per_strategy_max`, `strategy_max`, `symbol_max`, `group_max`, `gross_max`, `net_max`, `net_min`, `lots`,
    /// `positions_max`, `position_min`.
    pub limit: String,
    /// The strategy, symbol or group; empty for a limit on the whole.
    pub name: String,
    /// The limit's value, where it is one number.
    pub value: Option<f64>,
}

/// A part of the cash and why it is there.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CashReason {
    /// Weight; the amounts of all reasons sum to the cash. Negative for borrowed money.
    pub amount: f64,
    /// `reserve`, `target`, `plan`, `no_signals`, `no_edge`, `unknown`, `caps`, `netting`, or a limit's name.
    pub reason: String,
    /// The reason in words.
    pub text: String,
}

/// What became of one strategy.
#[derive(Clone, Debug, PartialEq)]
pub struct StrategyOutcome {
    /// Share of the target before caps; 0 for a strategy without positions.
    pub share: f64,
    /// Its cap.
    pub cap: f64,
    /// Gross weight after caps and limits.
    pub gross: f64,
    /// Net weight after caps and limits.
    pub net: f64,
    /// Whether its cap holds it back.
    pub capped: bool,
    /// Whether it declared rows that take a position.
    pub active: bool,
    /// Why its statistic is unknown, if it is.
    pub unknown: Option<String>,
}

/// A blend, columnar. Row arrays are parallel to the rows of the signal book, strategy after strategy.
#[derive(Clone, Debug, PartialEq)]
pub struct Blend {
    /// Share of the row before caps, signed.
    pub normalised: Vec<f64>,
    /// What caps took (against the sign of `normalised`) or freed weight added (with it).
    pub changed: Vec<f64>,
    /// What limits on the whole portfolio took.
    pub scaled: Vec<f64>,
    /// `(normalised + changed) + scaled`.
    pub value: Vec<f64>,
    /// Final weight of every symbol of the book: the sum of its values in the order of strategies.
    pub weights: Vec<f64>,
    /// One outcome for each declared strategy.
    pub strategies: Vec<StrategyOutcome>,
    /// Gross weight asked for, after the cash reserve.
    pub target: f64,
    /// What holds something back, in the order in which it became tight.
    pub bindings: Vec<Binding>,
    /// Where the cash comes from; sums to 1 minus the gross weight.
    pub cash_reasons: Vec<CashReason>,
    /// Symbols left out by `min_score`, `positions_max` and `position_min`: index and limit.
    pub dropped: Vec<(u32, &'static str)>,
    /// Whether one declared strategy passed through uncapped.
    pub bypassed: bool,
    /// Correlations of the strategies, where returns were given.
    pub correlation: Option<CorrelationReport>,
    /// Warnings.
    pub warnings: Vec<Fault>,
}

/// Blends the signals of several strategies into one portfolio.
///
/// Weights are fractions of capital. The answer does not depend on the order of strategies, rows or symbols.
///
/// # Errors
/// Negative weights without short positions, statistics that the method needs and does not have, caps that cannot hold with
/// `on_infeasible_cap: error`, settings out of range: all faults together.
pub fn blend(inputs: &BlendInputs<'_>, config: &BlendConfig) -> Result<Blend, Problem> {
    let book = inputs.signals;
    check(inputs, config)?;
    let mut warnings = Vec::new();
    let declared = book.strategies().len();
    if !config.enabled {
        return disabled(inputs, config);
    }
    let bypassed = declared == 1
        && match config.single_strategy {
            SingleStrategy::Bypass => true,
            SingleStrategy::BypassExceptInverseVolatility => config.method != BlendMethod::InverseVolatility,
            SingleStrategy::Cap => false,
        };
    let basis = if bypassed { RowBasis::Weights } else { config.row_basis() };
    // A plan stays a plan: 80 % of one strategy is 80 %, with or without a second one.
    let method = if bypassed && config.method != BlendMethod::Fixed { BlendMethod::EqualWeight } else { config.method };
    if bypassed && !book.is_empty() {
        warnings.push(Fault::new(
            Code::SingleStrategy,
            "/signals",
            format!(
                "{} is the only strategy: its own weights pass through, normalised and without the per-strategy cap.",
                book.strategies()[0]
            ),
            "Declare a second strategy to blend, or set single_strategy to cap.",
        ));
    }

    let shares = shares(book, config, basis);
    for (s, id) in book.strategies().iter().enumerate() {
        if !shares.active[s] {
            let why = match (book.rows(s).symbols.is_empty(), shares.dropped.is_empty()) {
                (true, _) => "has no rows",
                (false, false) => "has no row above min_score that takes a position",
                (false, true) => "has no row that takes a position",
            };
            let message = format!("The strategy {id} {why}; it was skipped.");
            warnings.push(Fault::new(
                Code::EmptyStrategy,
                format!("/signals/{id}"),
                message,
                "Give it rows with weights, or leave it out.",
            ));
        }
    }

    let correlation = match inputs.returns {
        Some(returns) if !returns.is_empty() => Some(correlations(returns, &config.correlation, &[])),
        _ => None,
    };
    let effective: Vec<usize> = (0..declared).filter(|&s| shares.active[s]).collect();
    let weighed = weigh(inputs, config, method, &effective, correlation.as_ref(), &mut warnings)?;

    let target = config.target_total.min(1.0 - config.cash_reserve).max(0.0);
    let target = if config.target_total > 1.0 && config.cash_reserve == 0.0 { config.target_total } else { target };
    let base = base_weights(book, config, shares.share, &weighed.share, target * weighed.planned);

    let caps: Vec<f64> = book
        .strategies()
        .iter()
        .map(|id| if bypassed { f64::INFINITY } else { config.strategy_max.get(id).copied().unwrap_or(config.per_strategy_max) })
        .collect();
    let mut placed = place(book, config, &base, &caps, target * weighed.planned, &mut warnings)?;
    for &symbol in &shares.dropped {
        placed.dropped.push((symbol, "min_score"));
    }
    placed.dropped.sort_unstable();
    if !placed.dropped.is_empty() {
        let names: Vec<&str> = placed.dropped.iter().take(20).map(|(j, _)| book.symbols()[*j as usize].as_str()).collect();
        let more = placed.dropped.len() - names.len();
        let list = names.join(", ") + &if more > 0 { format!(" and {more} more") } else { String::new() };
        warnings.push(Fault::new(
            Code::SymbolsDropped,
            "/config",
            format!("Left out: {list}."),
            "See `dropped` for the limit behind each.",
        ));
    }

    let placed_gross: f64 = placed.value.iter().map(|value| value.abs()).sum();
    let mut terms = exact::Terms::new(base, &placed.value);
    let (mut held_gross, mut trims) = (None, Vec::new());
    if limits::any(config) {
        let unscaled = exact::weights(book, &placed.value);
        let mut faults = Faults::new();
        let (factor, done) = limits::trims(book.symbols(), &unscaled, config, &mut faults);
        faults.finish(Some(()))?;
        terms.scale(book, &factor);
        held_gross = Some(unscaled.iter().map(|weight| weight.abs()).sum());
        trims = done;
    }
    let value = terms.hold_caps(book, &placed.caps, config.symbol_max);
    let weights = exact::weights(book, &value);
    let final_gross: f64 = weights.iter().map(|weight| weight.abs()).sum();

    let strategies = outcomes(book, &shares.active, &weighed, &placed, &value);
    let mut bindings = placed.bindings;
    bindings.extend(trims.iter().map(|trim| Binding {
        limit: trim.limit.to_owned(),
        name: String::new(),
        value: match trim.limit {
            "gross_max" => config.gross_max,
            "net_max" => config.net_max,
            "net_min" => config.net_min,
            _ => None,
        },
    }));
    let cash_reasons = cash_reasons(&CashFlow {
        config,
        target,
        weighed: &weighed,
        strategies: &strategies,
        bindings: &bindings,
        placed: placed_gross,
        held: held_gross.unwrap_or(final_gross),
        trims: &trims,
        gross: final_gross,
    });
    for reason in &cash_reasons {
        if reason.amount > 1e-9 && !matches!(reason.reason.as_str(), "reserve" | "target" | "plan" | "netting" | "no_signals") {
            let code = if reason.reason == "caps" { Code::CapBinds } else { Code::LimitBinds };
            warnings.push(Fault::new(
                code,
                "/config",
                reason.text.clone(),
                "Raise the limit, add strategies or symbols, or accept the cash.",
            ));
        }
    }
    Ok(Blend {
        normalised: terms.normalised,
        changed: terms.changed,
        scaled: terms.scaled,
        value,
        weights,
        strategies,
        target,
        bindings,
        cash_reasons,
        dropped: placed.dropped,
        bypassed,
        correlation,
        warnings,
    })
}

/// Boundary checks between inputs and settings.
fn check(inputs: &BlendInputs<'_>, config: &BlendConfig) -> Result<(), Problem> {
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

/// The allocator is off: the primary strategy as it would be without us.
fn disabled(inputs: &BlendInputs<'_>, config: &BlendConfig) -> Result<Blend, Problem> {
    let book = inputs.signals;
    let primary = match (&config.primary_strategy, book.strategies()) {
        (Some(id), all) if all.contains(id) => id.clone(),
        (None, [only]) => only.clone(),
        (given, all) => {
            return Err(Problem::new(
                Code::Conflict,
                "/config/primary_strategy",
                match given {
                    Some(id) => format!("The allocator is off, and the primary strategy {id:?} is not declared."),
                    None => format!("The allocator is off, and {} strategies are declared without a primary one.", all.len()),
                },
                format!("Set primary_strategy to one of: {}.", all.join(", ")),
            ));
        }
    };
    let mut faults = Faults::new();
    let s = book.strategies().iter().position(|id| *id == primary).unwrap_or_default();
    let rows = book.rows(s);
    let only: Vec<(&str, f64, f64)> = rows
        .symbols
        .iter()
        .zip(rows.scores)
        .zip(rows.weights)
        .map(|((&j, &score), &weight)| (book.symbols()[j as usize].as_str(), score, weight))
        .collect();
    // The others stay declared, without rows, so that the answer still names them.
    let mut all: BTreeMap<String, Vec<(&str, f64, f64)>> = book.strategies().iter().map(|id| (id.clone(), Vec::new())).collect();
    all.insert(primary.clone(), only);
    let alone = SignalBook::from_rows(&all, |_, _, _| String::new(), &mut faults);
    let alone = faults.finish(alone)?;
    let passing = BlendConfig {
        enabled: true,
        method: BlendMethod::EqualWeight,
        rows: RowBasis::Weights,
        min_score: None,
        per_strategy_max: 1.0,
        strategy_max: BTreeMap::new(),
        primary_strategy: None,
        correlation_action: CorrelationAction::None,
        ..config.clone()
    };
    let mut passed = blend(&BlendInputs { signals: &alone, ..*inputs }, &passing)?;
    // Back onto the rows and symbols of the book that was asked about.
    passed = spread(&passed, &alone, book, s);
    passed.bypassed = true;
    passed.warnings.retain(|warning| warning.code != Code::EmptyStrategy);
    passed.warnings.insert(
        0,
        Fault::new(
            Code::AllocatorDisabled,
            "/config/enabled",
            format!("The allocator is off for this portfolio: {primary} passes through, normalised."),
            "Set enabled to true to blend.",
        ),
    );
    Ok(passed)
}

/// Lays the blend of one strategy of `from` out over the rows and symbols of `to`.
fn spread(blend: &Blend, from: &SignalBook, to: &SignalBook, strategy: usize) -> Blend {
    let range = to.range(strategy);
    let rows = |values: &[f64]| {
        let mut all = vec![0.0; to.len()];
        all[range.clone()].copy_from_slice(values);
        all
    };
    let mut weights = vec![0.0; to.symbols().len()];
    for (symbol, weight) in from.symbols().iter().zip(&blend.weights) {
        if let Ok(j) = to.symbols().binary_search(symbol) {
            weights[j] = *weight;
        }
    }
    let dropped = blend
        .dropped
        .iter()
        .filter_map(|(j, limit)| to.symbols().binary_search(&from.symbols()[*j as usize]).ok().map(|j| (j as u32, *limit)))
        .collect();
    Blend {
        normalised: rows(&blend.normalised),
        changed: rows(&blend.changed),
        scaled: rows(&blend.scaled),
        value: rows(&blend.value),
        weights,
        dropped,
        ..blend.clone()
    }
}

/// Shares of the strategies, and how much of the target they plan for.
struct Weighed {
    /// One for each declared strategy, summing to 1 or all 0.
    share: Vec<f64>,
    /// Part of the target that the plan places: 1, less for `fixed`, 0 where nothing has an edge.
    planned: f64,
    unknown: Vec<Option<String>>,
    /// Why nothing is deployed, where nothing is.
    nothing: Option<&'static str>,
}

fn weigh(
    inputs: &BlendInputs<'_>,
    config: &BlendConfig,
    method: BlendMethod,
    effective: &[usize],
    correlation: Option<&CorrelationReport>,
    warnings: &mut Vec<Fault>,
) -> Result<Weighed, Problem> {
    let book = inputs.signals;
    let declared = book.strategies().len();
    let mut weighed = Weighed { share: vec![0.0; declared], planned: 1.0, unknown: vec![None; declared], nothing: None };
    if effective.is_empty() {
        weighed.nothing = Some("no_signals");
        weighed.planned = 0.0;
        return Ok(weighed);
    }
    let weighing = rule(method).weigh(&WeighingContext { book, strategies: effective, inputs, config })?;
    let least = weighing
        .scores
        .iter()
        .filter_map(|score| if let StrategyScore::Weighs(weight) = score { Some(*weight) } else { None })
        .fold(f64::INFINITY, f64::min);
    for (&s, score) in effective.iter().zip(&weighing.scores) {
        weighed.share[s] = match score {
            StrategyScore::Weighs(weight) => *weight,
            StrategyScore::Unknown(why) => {
                let id = &book.strategies()[s];
                weighed.unknown[s] = Some(why.clone());
                let minimum = config.unknown_weight == UnknownWeight::Minimum && least.is_finite();
                let given = if minimum { "that of the least-weighted known strategy" } else { "none" };
                warnings.push(Fault::new(
                    Code::UnknownStatistic,
                    At::Root.key("signals").key(id),
                    format!("{id}: {why}; its weight is {given}."),
                    "Give more history, a figure in stats, or set unknown_weight.",
                ));
                if minimum { least } else { 0.0 }
            }
        };
    }
    if let Some(report) = correlation {
        apply_correlation(book, config, report, &mut weighed.share, warnings);
    }
    let largest = weighed.share.iter().fold(0.0_f64, |largest, share| largest.max(*share));
    if largest <= 0.0 {
        let all_unknown = weighing.scores.iter().all(|score| matches!(score, StrategyScore::Unknown(_)));
        if !all_unknown && config.no_edge == NoEdge::Equal && !weighing.absolute {
            for &s in effective {
                weighed.share[s] = 1.0 / effective.len() as f64;
            }
            return Ok(weighed);
        }
        weighed.nothing = Some(if all_unknown { "unknown" } else { "no_edge" });
        weighed.planned = 0.0;
        return Ok(weighed);
    }
    if weighing.absolute {
        weighed.planned = math::sum(weighed.share.iter().copied()).min(1.0);
    }
    // Divided by the largest first: volatilities of 1e-300 must not overflow the sum.
    let total = math::sum(weighed.share.iter().map(|share| share / largest));
    for share in &mut weighed.share {
        *share = *share / largest / total;
    }
    Ok(weighed)
}

/// Scales down or drops the weaker strategy of every alerted pair (B9).
fn apply_correlation(
    book: &SignalBook,
    config: &BlendConfig,
    report: &CorrelationReport,
    share: &mut [f64],
    warnings: &mut Vec<Fault>,
) {
    if config.correlation_action == CorrelationAction::None {
        return;
    }
    let index = |id: &str| book.strategies().binary_search_by(|known| known.as_str().cmp(id)).ok();
    for alert in &report.alerts {
        let (Some(a), Some(b)) = (index(&alert.pair[0]), index(&alert.pair[1])) else { continue };
        if share[a] == 0.0 || share[b] == 0.0 {
            continue;
        }
        // The later name of two equally strong ones is the weaker.
        let weaker = if share[a] < share[b] { a } else { b };
        let excess = ((alert.value.abs() - alert.threshold) / (1.0 - alert.threshold)).clamp(0.0, 1.0);
        let keep = if config.correlation_action == CorrelationAction::Drop { 0.0 } else { 1.0 - excess };
        share[weaker] *= keep;
        warnings.push(Fault::new(
            Code::LimitBinds,
            "/config/correlation_action",
            format!(
                "{} and {} correlate at {:.2}, above {:.2}: {} keeps {:.0} % of its share.",
                alert.pair[0],
                alert.pair[1],
                alert.value,
                alert.threshold,
                book.strategies()[weaker],
                keep * 100.0
            ),
            "Set correlation_action to none to leave shares as they are.",
        ));
    }
}

/// Base weight of every row: its share times its strategy's, averaged as `missing` says, of gross `target` together.
fn base_weights(book: &SignalBook, config: &BlendConfig, share: Vec<f64>, strategy: &[f64], target: f64) -> Vec<f64> {
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
struct Placed {
    value: Vec<f64>,
    /// Caps as they hold, after relaxing.
    caps: Vec<f64>,
    capped: Vec<bool>,
    bindings: Vec<Binding>,
    dropped: Vec<(u32, &'static str)>,
}

fn place(
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

fn outcomes(book: &SignalBook, active: &[bool], weighed: &Weighed, placed: &Placed, value: &[f64]) -> Vec<StrategyOutcome> {
    (0..book.strategies().len())
        .map(|s| {
            let values = &value[book.range(s)];
            StrategyOutcome {
                share: weighed.share[s] * weighed.planned,
                cap: placed.caps[s],
                gross: values.iter().map(|value| value.abs()).sum(),
                net: values.iter().sum(),
                capped: placed.capped[s],
                active: active[s],
                unknown: weighed.unknown[s].clone(),
            }
        })
        .collect()
}

/// The way of the money from the capital to the portfolio; gross weights.
struct CashFlow<'a> {
    config: &'a BlendConfig,
    target: f64,
    weighed: &'a Weighed,
    strategies: &'a [StrategyOutcome],
    bindings: &'a [Binding],
    /// What the fill placed, strategy by strategy.
    placed: f64,
    /// What of it is left once opposite positions net.
    held: f64,
    trims: &'a [limits::Trim],
    /// What the portfolio holds in the end.
    gross: f64,
}

/// Cash by cause. The causes are taken in the order in which money meets them, so the amounts sum to the cash.
fn cash_reasons(flow: &CashFlow<'_>) -> Vec<CashReason> {
    let CashFlow { config, target, weighed, strategies, bindings, placed, held, trims, gross } = *flow;
    let percent = |weight: f64| format!("{:.2} %", weight * 100.0);
    let mut reasons = Vec::new();
    let mut push = |reason: &str, amount: f64, text: String| {
        if amount.abs() > 1e-12 {
            reasons.push(CashReason { amount, reason: reason.to_owned(), text });
        }
    };
    let reserve = if target <= 1.0 { config.cash_reserve.min(1.0 - target) } else { 0.0 };
    push("reserve", reserve, format!("{} is the declared cash reserve.", percent(reserve)));
    let beside = 1.0 - reserve - target;
    let text = if beside < 0.0 {
        format!("{} is borrowed: the target is {}.", percent(-beside), percent(target))
    } else {
        format!("The target is {}.", percent(target))
    };
    push("target", beside, text);
    let unplanned = target * (1.0 - weighed.planned);
    match weighed.nothing {
        Some("no_signals") => push("no_signals", unplanned, String::from("No strategy takes a position.")),
        Some("unknown") => push("unknown", unplanned, String::from("The statistic of every strategy is unknown.")),
        Some(_) => push("no_edge", unplanned, String::from("No strategy has a positive edge.")),
        None => push("plan", unplanned, format!("The plan places {}.", percent(target * weighed.planned))),
    }
    let short = target * weighed.planned - placed;
    if short.abs() > 1e-12 {
        let at_cap = strategies.iter().filter(|strategy| strategy.capped).count();
        let others = bindings
            .iter()
            .filter(|binding| matches!(binding.limit.as_str(), "symbol_max" | "group_max" | "positions_max" | "position_min"))
            .count();
        let mut text = format!("{} placed, {} in cash: ", percent(placed), percent(short));
        text += &match (at_cap, others) {
            (0, 0) => String::from("no row can grow further."),
            (0, n) => format!("{n} limits on symbols or groups bind."),
            (1, 0) => {
                format!("one strategy is at its cap of {}.", percent(strategies.iter().find(|s| s.capped).map_or(0.0, |s| s.cap)))
            }
            (n, 0) => {
                let held = math::sum(strategies.iter().filter(|s| s.capped).map(|s| s.gross));
                format!("{n} strategies at their cap hold {}.", percent(held))
            }
            (n, m) => format!("{n} strategy caps and {m} limits on symbols or groups bind."),
        };
        push("caps", short, text);
    }
    let netted = placed - held;
    push("netting", netted, format!("{} of opposite positions net out.", percent(netted)));
    for trim in trims {
        push(trim.limit, trim.gross, format!("{} was cut by {}.", percent(trim.gross), trim.limit));
    }
    // Rounding of the last bits belongs to the last cause, so that the amounts foot.
    let cash = 1.0 - gross;
    let explained = math::sum(reasons.iter().map(|reason| reason.amount));
    if let Some(last) = reasons.last_mut() {
        last.amount += cash - explained;
    }
    reasons
}

#[cfg(test)]
mod tests;
