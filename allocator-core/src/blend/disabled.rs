//! The allocator switched off for a portfolio: its primary strategy as it would be without us (B8).

use super::{Blend, BlendInputs, blend};
use crate::config::blend::{BlendConfig, BlendMethod, CorrelationAction, RowBasis};
use crate::error::{Code, Fault, Faults, Problem};
use crate::frame::SignalBook;
use std::collections::BTreeMap;

/// Passes the primary strategy through, normalised.
pub(super) fn disabled(inputs: &BlendInputs<'_>, config: &BlendConfig) -> Result<Blend, Problem> {
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
