//! The risk overlay inside a run: the state of the portfolio as it would be without the overlay, and the scalars that its rebalances apply.
//!
//! ```text
//! raw targets ── account of its own ──> returns ──┐
//! prices ── returns of every symbol ──────────────┴── state ── regime ── scalar ── one rebalance late ──> targets
//! ```
//!
//! The portfolio that is judged holds the raw targets at the same costs. Judging the scaled one would let the overlay look at itself: a
//! portfolio that was scaled down in a fall is calm because of that, and its drawdown heals more slowly.
//!
//! **Conventions.** The state of a bar is known at its close. A rebalance that was decided at t applies the scalar known at the decision
//! before it, as the operation `risk` does with the decision times as rebalances. Returns of symbols are those of the prices that strategies
//! see, from quote to quote. Sleeves are groups of strategies.

use super::account::Account;
use super::market::{Market, Quotes};
use super::run::period_return;
use crate::config::backtest::BacktestConfig;
use crate::config::risk::{CalendarRule, OverlayMode, Regime, RiskConfig};
use crate::error::Problem;
use crate::frame::{PriceBook, Series};
use crate::overlay::exposure::{Applied, LagRules, applied_at, precomputed, scaled};
use crate::overlay::regime::{RegimeClassifier, RegimeRules};
use crate::overlay::scalar::{ScalarRules, ScalarSmoother};
use crate::overlay::sleeve::{SleevePath, followed, lag_of};
use crate::overlay::state::{Day, StateShape, StateTracker};
use crate::overlay::tables::regime_at;
use crate::overlay::{Governed, regime_rules};
use crate::units::UnixNanos;

/// Most symbols of a run with an overlay: correlations grow with the square.
pub const ASSETS_MAX: usize = 256;

/// Where the texts of an earlier run stand in a request, for messages.
pub const PRECOMPUTED_PLACES: (&str, &str) = ("/precomputed/scalars", "/precomputed/meta");

/// What the overlay saw and did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Overlaid {
    /// States, regimes and scalars of every bar from the second of the raw portfolio on.
    pub governed: Governed,
    /// What each rebalance applied; with mode `off`, would have applied.
    pub applied: Vec<Applied>,
    /// The same of every sleeve.
    pub sleeves: Vec<(SleevePath, Vec<Applied>)>,
    /// Value of the raw portfolio at every bar.
    pub values: Vec<f64>,
}

/// A group of strategies with scalars of its own.
struct Sleeve<'m> {
    /// Places of its strategies.
    members: Vec<usize>,
    sensitivity: f64,
    classifier: Option<RegimeClassifier<'m>>,
    smoother: ScalarSmoother,
    path: SleevePath,
    applied: Vec<Applied>,
}

/// The prices of one symbol, walked along with the bars.
struct Walk<'m> {
    series: &'m Series,
    next: usize,
    last: Option<f64>,
}

impl Walk<'_> {
    /// The return from the last quote to that of now, if there is one now.
    fn step(&mut self, now: UnixNanos) -> Option<f64> {
        while self.series.times.get(self.next).is_some_and(|time| *time < now) {
            self.next += 1;
        }
        let price = (self.series.times.get(self.next) == Some(&now)).then(|| self.series.values[self.next])?;
        let before = self.last.replace(price)?;
        Some(price / before - 1.0)
    }
}

/// The overlay while a run goes on.
pub(crate) struct Governor<'m> {
    config: &'m RiskConfig,
    market: &'m Market,
    account: Account<'m>,
    /// The first bar at which the raw portfolio held anything.
    first: Option<usize>,
    walks: Vec<Walk<'m>>,
    returns: Vec<Option<f64>>,
    tracker: StateTracker,
    classifier: RegimeClassifier<'m>,
    smoother: ScalarSmoother,
    lag: LagRules,
    rules: ScalarRules,
    sleeves: Vec<Sleeve<'m>>,
    before: Option<UnixNanos>,
    earlier: Option<&'m [(UnixNanos, f64)]>,
    found: Overlaid,
}

impl<'m> Governor<'m> {
    /// An overlay that has seen nothing. `earlier` are the scalars of an earlier run, for mode `precomputed`.
    pub(crate) fn new(
        market: &'m Market,
        config: &'m BacktestConfig,
        risk: &'m RiskConfig,
        seen: &'m PriceBook,
        strategies: &[String],
        earlier: Option<&'m [(UnixNanos, f64)]>,
    ) -> Self {
        let rules = ScalarRules::of(risk);
        let shape = StateShape { assets: seen.len(), equity: false, trend_units: 0, sleeves: 0 };
        let sleeves = risk.sleeves.iter().map(|(name, sleeve)| Sleeve {
            members: (0..strategies.len()).filter(|&s| sleeve.assets.contains(&strategies[s])).collect(),
            sensitivity: sleeve.sensitivity,
            classifier: sleeve
                .thresholds
                .as_ref()
                .map(|thresholds| RegimeClassifier::new(RegimeRules { thresholds, ..regime_rules(risk) })),
            smoother: ScalarSmoother::new(rules),
            path: SleevePath { name: name.clone(), regimes: Vec::new(), scalars: Vec::new() },
            applied: Vec::new(),
        });
        Governor {
            config: risk,
            market,
            account: Account::new(market, config, 1, false),
            first: None,
            walks: seen.series().iter().map(|series| Walk { series, next: 0, last: None }).collect(),
            returns: vec![None; seen.len()],
            tracker: StateTracker::new(shape, risk.periods_per_year),
            classifier: RegimeClassifier::new(regime_rules(risk)),
            smoother: ScalarSmoother::new(rules),
            lag: LagRules::of(risk, true),
            rules,
            sleeves: sleeves.collect(),
            before: None,
            earlier,
            found: Overlaid { values: Vec::with_capacity(market.bars()), ..Overlaid::default() },
        }
    }

    /// The account of the raw portfolio.
    pub(crate) fn account(&mut self) -> &mut Account<'m> {
        &mut self.account
    }

    /// The regime as it was known at a time.
    pub(crate) fn regime(&self, as_of: UnixNanos) -> Option<Regime> {
        regime_at(&self.found.governed.regimes, as_of)?.regime
    }

    /// Carries the raw targets out on the raw portfolio and scales those of the strategies, strategy after strategy.
    pub(crate) fn rebalance(
        &mut self,
        bar: usize,
        as_of: UnixNanos,
        quotes: Quotes<'_>,
        raw: &[f64],
        targets: &mut [f64],
    ) -> Result<(), Problem> {
        self.account.rebalance(bar, quotes, raw);
        let before = self.before.replace(as_of);
        let applied = match self.earlier {
            Some(series) => self.of_earlier_run(series, as_of)?,
            None => applied_at(&self.found.governed.scalars, before, as_of, &self.lag),
        };
        self.found.applied.push(applied);
        for sleeve in &mut self.sleeves {
            let lag = lag_of(&self.lag, sleeve.sensitivity, &self.rules);
            sleeve.applied.push(applied_at(&sleeve.path.scalars, before, as_of, &lag));
        }
        if self.config.effective_mode() == OverlayMode::Off {
            return Ok(());
        }
        for (s, targets) in targets.chunks_exact_mut(self.market.symbols.len()).enumerate() {
            let own = self.sleeves.iter().find(|sleeve| sleeve.members.contains(&s));
            let scalar = own.and_then(|sleeve| sleeve.applied.last()).unwrap_or(&applied).scalar;
            for target in targets {
                *target = scaled(*target, scalar);
            }
        }
        Ok(())
    }

    /// The scalar that an earlier run left for a decision; it was lagged when that run wrote it.
    fn of_earlier_run(&self, series: &[(UnixNanos, f64)], date: UnixNanos) -> Result<Applied, Problem> {
        let (missing, oldest) = (self.config.apply_missing_scalar_as, self.config.stale_days_max);
        let found = precomputed(series, &[date], missing, oldest, PRECOMPUTED_PLACES.0)?;
        found.first().copied().ok_or_else(|| Problem::internal("a rebalance has no scalar"))
    }

    /// The value of the raw portfolio at the close of a bar, before the trades of that close.
    pub(crate) fn value(&mut self) {
        self.found.values.push(self.account.value());
    }

    /// The end of a bar, when everything about it is known.
    pub(crate) fn end(&mut self, bar: usize, at_open: bool) {
        for (cell, walk) in self.returns.iter_mut().zip(&mut self.walks) {
            *cell = walk.step(self.market.times[bar]);
        }
        if self.first.is_none() && self.account.is_active() {
            self.first = Some(if at_open { bar.saturating_sub(1) } else { bar });
        }
        if self.first.is_none_or(|first| first >= bar) {
            return;
        }
        if self.config.calendar == CalendarRule::Inner && self.returns.iter().all(Option::is_none) {
            return;
        }
        let date = self.market.times[bar];
        let earned = period_return(self.found.values[bar - 1], self.found.values[bar]);
        let day = Day { date, portfolio: Some(earned), equity: None, assets: &self.returns, trend_units: &[], sleeves: &[] };
        let state = self.tracker.push(&day);
        let regime = self.classifier.push(date, state.signals());
        for sleeve in &mut self.sleeves {
            let regime = sleeve.classifier.as_mut().map_or(regime, |classifier| classifier.push(date, state.signals()));
            let scalar = sleeve.smoother.push(&regime).map(|day| followed(day, sleeve.sensitivity, &self.rules));
            sleeve.path.regimes.push(regime);
            sleeve.path.scalars.extend(scalar);
        }
        let governed = &mut self.found.governed;
        governed.scalars.extend(self.smoother.push(&regime));
        governed.regimes.push(regime);
        governed.states.push(state);
    }

    /// What it saw and did.
    pub(crate) fn finish(self) -> Overlaid {
        let sleeves = self.sleeves.into_iter().map(|sleeve| (sleeve.path, sleeve.applied)).collect();
        Overlaid { sleeves, ..self.found }
    }
}
