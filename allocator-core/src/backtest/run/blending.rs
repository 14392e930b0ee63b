//! Strategies blended in the middle of a run, by what each gave and earned alone until then.

use super::{Driver, Running};
use crate::alpha::History;
use crate::blend::{BlendInputs, blend};
use crate::config::blend::{BlendConfig, BlendMethod};
use crate::error::{Fault, Faults, Problem};
use crate::frame::{ReturnBook, ScoreBook, SignalBook};
use crate::units::UnixNanos;
use crate::wire::At;
use std::collections::BTreeMap;

/// What the method `ic` of a blend is told: scores at past decisions and returns between them.
#[derive(Default)]
pub(super) struct Past {
    times: Vec<UnixNanos>,
    /// Scores by decision, strategy and symbol; NaN where there is none.
    scores: Vec<Vec<f64>>,
    /// Prices by decision and symbol; zero where there is none.
    prices: Vec<Vec<f64>>,
}

impl Driver<'_> {
    /// Blends the strategies with what was known at `as_of`; one that the blend refuses is paused like one that failed by itself.
    pub(super) fn blend(
        &mut self,
        bar: usize,
        as_of: UnixNanos,
        running: &mut [Running<'_>],
        config: &BlendConfig,
    ) -> Result<(), Problem> {
        self.remember(as_of, running, config);
        let returns = self.returns(as_of, running, None)?;
        let history = self.scores_and_returns(running, config)?;
        // Every refusal pauses one strategy at least, or ends the run.
        for _ in 0..=running.len() {
            let book = self.signals(running)?;
            let stats = BTreeMap::new();
            let inputs = BlendInputs {
                signals: &book,
                stats: &stats,
                returns: Some(&returns),
                score_history: history.as_ref().map(|(scores, _)| scores),
                asset_returns: history.as_ref().map(|(_, returns)| returns),
            };
            self.targets.fill(0.0);
            let problem = match blend(&inputs, config) {
                Ok(blended) => {
                    self.place(&book, &blended.value, running);
                    return Ok(());
                }
                Err(problem) => problem,
            };
            let mut any = false;
            for running in running.iter_mut().filter(|running| running.paused.is_none()) {
                let signals = At::Root.key("signals");
                let own = signals.key(&running.id).to_string();
                let fault = problem.problems.iter().find(|fault| fault.path == own || fault.path.starts_with(&format!("{own}/")));
                if let Some(fault) = fault {
                    any = true;
                    self.failed(bar, as_of, running, Fault { path: String::new(), ..fault.clone() })?;
                }
            }
            if !any {
                return Err(Problem::from(Faults::from(problem).under("/config/blend")));
            }
        }
        Ok(())
    }

    /// The values of a blend, row after row, as targets of strategies and symbols.
    fn place(&mut self, book: &SignalBook, values: &[f64], running: &[Running<'_>]) {
        let n = self.market.symbols.len();
        // Names of the book are sorted, and so are those of the market: one walk finds all.
        let places: Vec<usize> =
            book.symbols().iter().map(|name| self.market.symbols.binary_search(name).unwrap_or_default()).collect();
        for (s, id) in book.strategies().iter().enumerate() {
            let Some(own) = running.iter().position(|running| running.id == *id) else { continue };
            for row in book.range(s) {
                self.targets[own * n + places[book.symbol_indices()[row] as usize]] = values[row];
            }
        }
    }

    /// The signals of every strategy that takes part.
    fn signals(&self, running: &[Running<'_>]) -> Result<SignalBook, Problem> {
        let rows: BTreeMap<String, Vec<(&str, f64, f64)>> = running
            .iter()
            .map(|running| {
                let held = running.weights.iter().enumerate().filter(|(_, weight)| **weight != 0.0);
                let row = |(j, weight): (usize, &f64)| (self.market.symbols[j].as_str(), running.scores[j], *weight);
                (running.id.clone(), held.map(row).collect())
            })
            .collect();
        let mut faults = Faults::new();
        let book = SignalBook::from_rows(&rows, |strategy, _, _| format!("/strategies/{strategy}"), &mut faults);
        faults.finish(book)
    }

    /// What every strategy earned by itself up to a time: the newest returns, or all.
    pub(super) fn returns(&self, as_of: UnixNanos, running: &[Running<'_>], newest: Option<u32>) -> Result<ReturnBook, Problem> {
        let known = self.market.first_after(as_of);
        let points = running
            .iter()
            .zip(&self.papers)
            .map(|(running, (_, paper))| {
                let returns = paper.returns(&self.market.times, known.min(paper.values.len()), newest);
                (running.id.clone(), returns.collect())
            })
            .collect();
        let mut faults = Faults::new();
        let book = ReturnBook::from_points(points, |name, _| format!("/strategies/{name}"), &mut faults);
        faults.finish(book)
    }

    /// Keeps scores and prices of a decision, where the method needs them.
    fn remember(&mut self, as_of: UnixNanos, running: &[Running<'_>], config: &BlendConfig) {
        if config.method != BlendMethod::InformationCoefficient {
            return;
        }
        let history = History::until(self.seen, as_of);
        self.past.times.push(as_of);
        self.past.scores.push(running.iter().flat_map(|running| running.scores.iter().copied()).collect());
        self.past.prices.push((0..history.len()).map(|j| history.prices(j).last().copied().unwrap_or(0.0)).collect());
    }

    /// Scores at past decisions and the returns from each to the next, for the method `ic`.
    fn scores_and_returns(
        &self,
        running: &[Running<'_>],
        config: &BlendConfig,
    ) -> Result<Option<(BTreeMap<String, ScoreBook>, ReturnBook)>, Problem> {
        if config.method != BlendMethod::InformationCoefficient {
            return Ok(None);
        }
        let (past, n) = (&self.past, self.market.symbols.len());
        let from = past.times.len().saturating_sub(config.ic_lookback as usize + 1);
        let mut faults = Faults::new();
        let mut scores = BTreeMap::new();
        for (s, running) in running.iter().enumerate() {
            let of = |j: usize| {
                let known = (from..past.times.len()).map(|k| (past.times[k], past.scores[k][s * n + j]));
                known.filter(|(_, score)| score.is_finite()).collect::<Vec<_>>()
            };
            let points = self.market.symbols.iter().enumerate().map(|(j, name)| (name.clone(), of(j))).collect();
            if let Some(book) = ScoreBook::from_points(points, |_, _| String::new(), &mut faults) {
                scores.insert(running.id.clone(), book);
            }
        }
        let of = |j: usize| {
            let pairs = (from + 1..past.times.len()).map(|k| (past.times[k], past.prices[k - 1][j], past.prices[k][j]));
            pairs.filter(|(_, before, _)| *before > 0.0).map(|(time, before, now)| (time, now / before - 1.0)).collect::<Vec<_>>()
        };
        let points = self.market.symbols.iter().enumerate().map(|(j, name)| (name.clone(), of(j))).collect();
        let returns = ReturnBook::from_points(points, |_, _| String::new(), &mut faults);
        faults.finish(returns.map(|returns| Some((scores, returns))))
    }
}
