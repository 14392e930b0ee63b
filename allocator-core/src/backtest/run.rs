//! The run: bar after bar through the market, asking strategies, blending, trading, and keeping what happened.

use super::account::{Account, Met};
use super::adjust::adjusted;
use super::books::Books;
use super::market::{Market, MarketData, unknown_symbol};
use super::overlay::{ASSETS_MAX, Governor, Overlaid};
use super::plan::{Plan, ShareBasis, ShareRow, market_regime};
use super::schedule::{Decision, decisions};
use crate::alpha::formula::GridData;
use crate::alpha::{
    Action, AlphaSource, GROSS_MAX, History, Ranked, Ranking, Signal, Snapshot, Strategy, Uploaded, symbol_pairs,
};
use crate::blend::{BlendInputs, blend};
use crate::config::OperationConfig;
use crate::config::alpha::formula_source;
use crate::config::backtest::{BacktestConfig, Execution, OnStrategyError, Sides, StrategySpec};
use crate::config::blend::{BlendConfig, BlendMethod};
use crate::config::risk::OverlayMode;
use crate::error::{Code, Fault, Faults, Problem};
use crate::frame::{PriceBook, ReturnBook, ScoreBook, SignalBook};
use crate::units::{UnixNanos, name_fault};
use crate::wire::At;
use std::collections::BTreeMap;

/// Most strategies of one run.
pub const STRATEGIES_MAX: usize = 100;

/// What became of one rebalance of the portfolio.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rebalanced {
    /// The time whose knowledge it was decided with.
    pub decided: UnixNanos,
    /// The bar at which it was executed.
    pub bar: usize,
    /// Sum of the absolute values traded over the value before.
    pub turnover: f64,
    /// Commission and slippage, money.
    pub cost: f64,
    /// Cash after it.
    pub cash: f64,
    /// Value before it.
    pub value: f64,
    /// Whether every weight was within the band, so that nothing was traded.
    pub within_band: bool,
}

/// One fill of the portfolio.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TradeRow {
    /// The bar.
    pub bar: usize,
    /// The symbol's place in [`Market::symbols`].
    pub symbol: usize,
    /// Bought (positive) or sold.
    pub shares: f64,
    /// Price before slippage.
    pub price: f64,
    /// Commission, money.
    pub commission: f64,
    /// Slippage, money.
    pub slippage: f64,
}

/// One target weight of the portfolio.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WeightRow {
    /// The rebalance's place in [`Run::rebalances`].
    pub rebalance: usize,
    /// The symbol's place in [`Market::symbols`].
    pub symbol: usize,
    /// Target weight before the overlay.
    pub raw: f64,
    /// Target weight, fraction of the value.
    pub weight: f64,
}

/// Something that befell the portfolio.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The bar.
    pub bar: usize,
    /// `split`, `dividend`, `delisting`, `waiting`, `never_priced`, `strategy_paused`, `strategy_skipped`, `ruin`.
    pub kind: &'static str,
    /// The symbol or the strategy.
    pub name: String,
    /// Money or ratio, where there is one.
    pub amount: Option<f64>,
    /// In words.
    pub text: String,
}

/// One strategy alone, with the whole capital and the same costs: what the blend judges it by.
#[derive(Clone, Debug, PartialEq)]
pub struct Paper {
    /// Value at every bar.
    pub values: Vec<f64>,
    /// The first bar at which it held anything.
    pub first: Option<usize>,
}

impl Paper {
    /// Return of every bar after the first at which it held something, up to bar `end` (not included); the `newest` of them, or all.
    fn returns<'a>(
        &'a self,
        times: &'a [UnixNanos],
        end: usize,
        newest: Option<u32>,
    ) -> impl Iterator<Item = (UnixNanos, f64)> + 'a {
        let from = self.first.map_or(end, |first| first + 1);
        let from = newest.map_or(from, |newest| from.max(end.saturating_sub(newest as usize)));
        (from..end).map(move |t| (times[t], period_return(self.values[t - 1], self.values[t])))
    }
}

/// What all strategies together want of every symbol; `targets` are strategy after strategy.
fn net(targets: &[f64], into: &mut [f64]) {
    into.fill(0.0);
    for own in targets.chunks_exact(into.len()) {
        for (sum, target) in into.iter_mut().zip(own) {
            *sum += target;
        }
    }
}

/// Return of one bar; nothing comes after everything is lost.
pub(crate) fn period_return(before: f64, after: f64) -> f64 {
    if before <= 0.0 { 0.0 } else { (after / before - 1.0).max(-1.0) }
}

/// What the ledgers of a run came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Ledgers {
    /// Value at the close of every bar, before the trades of that close.
    pub values: Vec<f64>,
    /// How far rounding can have moved each value.
    pub rounding: Vec<f64>,
    /// Postings of the journal.
    pub postings: usize,
    /// Whether every transaction balances and the journal, folded again, comes to the same books.
    pub conserved: bool,
    /// Profit after fees and fees of every strategy.
    pub strategies: Vec<(f64, f64)>,
    /// Value at the end.
    pub final_value: f64,
}

/// What happened. Matrices are strategy after strategy, symbols in the order of the market.
#[derive(Clone, Debug)]
pub struct Run {
    /// Strategies, sorted.
    pub strategies: Vec<String>,
    /// The first bar of the curve: that of the first position, or the one before where it was taken at an open.
    pub start: usize,
    /// Value at the close of every bar, before the trades of that close.
    pub values: Vec<f64>,
    /// Cash at the end of every bar.
    pub cash: Vec<f64>,
    /// Value of long positions at the end of every bar.
    pub long: Vec<f64>,
    /// Value of short positions at the end of every bar, from zero.
    pub short: Vec<f64>,
    /// Profit before costs of every strategy in every bar: strategy after strategy.
    pub bar_profit: Vec<Vec<f64>>,
    /// Rebalances.
    pub rebalances: Vec<Rebalanced>,
    /// Decisions that came too late to be executed.
    pub late: u32,
    /// Target weights of every rebalance.
    pub weights: Vec<WeightRow>,
    /// Target weights that were not kept.
    pub weights_omitted: u64,
    /// Shares of capital at every rebalance, where `capital` or `blend` decides them.
    pub shares_of_capital: Vec<ShareRow>,
    /// Shares of capital that were not kept.
    pub shares_omitted: u64,
    /// What the risk overlay saw and did, where there is one.
    pub overlay: Option<Overlaid>,
    /// Fills.
    pub trades: Vec<TradeRow>,
    /// Fills that were not kept.
    pub trades_omitted: u64,
    /// Fills, kept or not.
    pub trade_count: u64,
    /// Events, by bar.
    pub events: Vec<Event>,
    /// Profit before costs by strategy and symbol.
    pub profit: Vec<f64>,
    /// Costs by strategy and symbol.
    pub costs: Vec<f64>,
    /// Costs saved because orders of strategies crossed, by strategy.
    pub saved: Vec<f64>,
    /// Interest received less interest paid.
    pub interest: f64,
    /// The same run by orders on ledgers, where it was asked for.
    pub ledgers: Option<Ledgers>,
    /// Shares at the end.
    pub shares: Vec<f64>,
    /// Prices at the end.
    pub prices: Vec<f64>,
    /// Value at the end, after all costs.
    pub final_value: f64,
    /// Every strategy alone.
    pub papers: Vec<Paper>,
    /// When and why a strategy was paused.
    pub paused: Vec<Option<(UnixNanos, String)>>,
    /// The bar at which nothing was left.
    pub ruined: Option<usize>,
    /// What is worth knowing and refuses nothing.
    pub warnings: Vec<Fault>,
}

/// A strategy while it runs.
struct Running {
    id: String,
    strategy: Box<dyn Strategy>,
    paused: Option<(UnixNanos, String)>,
    /// What it holds: weight by symbol.
    weights: Vec<f64>,
    scores: Vec<f64>,
}

/// Runs strategies through a market.
///
/// # Errors
/// Strategies or settings that cannot be, names without prices, a market without bars, and with `on_strategy_error: stop` a strategy that
/// fails on the way.
pub fn run(
    data: &MarketData<'_>,
    strategies: &BTreeMap<String, StrategySpec>,
    config: &BacktestConfig,
) -> Result<(Market, Run), Problem> {
    run_after(data, strategies, config, None)
}

/// As [`run`], with the scalars that an earlier run left (date and scalar, ascending) for a risk overlay of mode `precomputed`.
///
/// # Errors
/// As [`run`]; that mode without scalars, and scalars that are older than `stale_days_max` at a rebalance.
pub fn run_after(
    data: &MarketData<'_>,
    strategies: &BTreeMap<String, StrategySpec>,
    config: &BacktestConfig,
    earlier: Option<&[(UnixNanos, f64)]>,
) -> Result<(Market, Run), Problem> {
    check(data.prices, strategies, config)?;
    let mode = config.risk.as_ref().map(crate::config::risk::RiskConfig::effective_mode);
    let earlier = earlier.filter(|_| mode == Some(OverlayMode::Precomputed));
    if mode == Some(OverlayMode::Precomputed) && earlier.is_none() {
        return Err(Problem::from(no_scalars()));
    }
    let market = Market::new(data, config)?;
    let seen = adjusted(data)?;
    let grid = GridData {
        close: &seen.close,
        high: seen.high.as_deref(),
        low: seen.low.as_deref(),
        open: seen.open.as_deref(),
        volume: seen.volume.as_deref(),
    };
    let (mut running, mut faults) = (Vec::with_capacity(strategies.len()), Faults::new());
    let at = At::Root.key("strategies");
    for (id, spec) in strategies {
        let strategy = strategy_of(spec, &grid, &market.symbols, &at.key(id), &mut faults);
        running.extend(strategy.map(|strategy| Running {
            id: id.clone(),
            strategy,
            paused: None,
            weights: vec![0.0; market.symbols.len()],
            scores: vec![0.0; market.symbols.len()],
        }));
    }
    faults.finish(Some(()))?;
    let mut own_times: Vec<UnixNanos> = running.iter().flat_map(|running| running.strategy.own_times().iter().copied()).collect();
    own_times.sort_unstable();
    own_times.dedup();
    let computed = strategies.values().any(|spec| spec.weights.is_none());
    let (decisions, late) = decisions(&market, config, &own_times, computed);
    let ids: Vec<String> = strategies.keys().cloned().collect();
    let mut driver = Driver::new(&market, config, &seen.close, shares(strategies, config));
    driver.governor = config.risk.as_ref().map(|risk| Governor::new(&market, config, risk, &seen.close, &ids, earlier));
    let run = driver.drive(&mut running, &decisions)?;
    Ok((market, Run { late, ..run }))
}

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
fn check(prices: &PriceBook, strategies: &BTreeMap<String, StrategySpec>, config: &BacktestConfig) -> Result<(), Problem> {
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

/// The strategy of a specification over the prices that strategies see; every fault found.
fn strategy_of(
    spec: &StrategySpec,
    grid: &GridData<'_>,
    symbols: &[String],
    at: &At<'_>,
    faults: &mut Faults,
) -> Option<Box<dyn Strategy>> {
    if let Some(weights) = &spec.weights {
        return Some(Box::new(Uploaded::new(weights, symbols)));
    }
    if let Some(alphas) = &spec.alphas {
        let strategy = alphas.strategy(grid, &BTreeMap::new(), symbols, &at.key("alphas"), faults)?;
        return Some(Box::new(strategy));
    }
    let source = if let Some(formula) = &spec.formula {
        formula_source(formula, grid, &at.key("formula"), faults)?
    } else if spec.pairs.is_empty() {
        AlphaSource::BuiltIn(spec.alpha.unwrap_or_default())
    } else {
        AlphaSource::Pairs(symbol_pairs(&spec.pairs, symbols, &at.key("pairs")).map_err(|fault| faults.push(fault)).ok()?)
    };
    let ranking = Ranking { rule: spec.rule(), short: spec.sides == Sides::LongShort };
    Some(Box::new(Ranked { source, ranking }))
}

/// Share of capital of each strategy where there is no blend.
fn shares(strategies: &BTreeMap<String, StrategySpec>, config: &BacktestConfig) -> Vec<f64> {
    let equal = 1.0 / strategies.len().max(1) as f64;
    strategies
        .keys()
        .map(|id| if config.shares.is_empty() { equal } else { config.shares.get(id).copied().unwrap_or(0.0) })
        .collect()
}

/// Everything that moves through the bars.
struct Driver<'m> {
    market: &'m Market,
    config: &'m BacktestConfig,
    seen: &'m PriceBook,
    account: Account<'m>,
    books: Option<Books<'m>>,
    book_values: Vec<(f64, f64)>,
    papers: Vec<(Account<'m>, Paper)>,
    /// Capital between the strategies, where there is no blend.
    plan: Plan<'m>,
    governor: Option<Governor<'m>>,
    targets: Vec<f64>,
    /// Targets of the whole before the overlay.
    raw: Vec<f64>,
    /// Targets of the whole.
    net: Vec<f64>,
    past: Past,
    run: Run,
}

/// What the method `ic` of a blend is told: scores at past decisions and returns between them.
#[derive(Default)]
struct Past {
    times: Vec<UnixNanos>,
    /// Scores by decision, strategy and symbol; NaN where there is none.
    scores: Vec<Vec<f64>>,
    /// Prices by decision and symbol; zero where there is none.
    prices: Vec<Vec<f64>>,
}

impl<'m> Driver<'m> {
    /// A run that has not begun; `shares` of capital are one a strategy.
    fn new(market: &'m Market, config: &'m BacktestConfig, seen: &'m PriceBook, shares: Vec<f64>) -> Self {
        let (bars, strategies) = (market.bars(), shares.len());
        let paper = || (Account::new(market, config, 1, false), Paper { values: Vec::with_capacity(bars), first: None });
        Driver {
            market,
            config,
            seen,
            account: Account::new(market, config, strategies, true),
            books: None,
            book_values: Vec::new(),
            papers: (0..strategies).map(|_| paper()).collect(),
            plan: Plan::new(config, shares),
            governor: None,
            targets: vec![0.0; strategies * market.symbols.len()],
            raw: vec![0.0; market.symbols.len()],
            net: vec![0.0; market.symbols.len()],
            past: Past::default(),
            run: Run {
                strategies: Vec::new(),
                start: 0,
                values: Vec::with_capacity(bars),
                cash: Vec::with_capacity(bars),
                long: Vec::with_capacity(bars),
                short: Vec::with_capacity(bars),
                bar_profit: vec![Vec::with_capacity(bars); strategies],
                rebalances: Vec::new(),
                late: 0,
                weights: Vec::new(),
                weights_omitted: 0,
                shares_of_capital: Vec::new(),
                shares_omitted: 0,
                overlay: None,
                trades: Vec::new(),
                trades_omitted: 0,
                trade_count: 0,
                events: Vec::new(),
                profit: Vec::new(),
                costs: Vec::new(),
                saved: Vec::new(),
                interest: 0.0,
                ledgers: None,
                shares: Vec::new(),
                prices: Vec::new(),
                final_value: config.initial_value,
                papers: Vec::new(),
                paused: Vec::new(),
                ruined: None,
                warnings: Vec::new(),
            },
        }
    }

    fn drive(mut self, running: &mut [Running], decisions: &[Decision]) -> Result<Run, Problem> {
        let mut due = decisions.iter().copied().peekable();
        let mut first = None;
        let at_open = self.config.execution == Execution::NextOpen;
        if self.config.ledgers {
            let ids: Vec<String> = running.iter().map(|running| running.id.clone()).collect();
            self.books = Some(Books::new(self.market, self.config, &ids)?);
        }
        for bar in 0..self.market.bars() {
            self.each(|account| account.begin(bar));
            if let Some(books) = &mut self.books {
                books.begin(bar)?;
            }
            let decision = due.next_if(|decision| decision.bar == bar);
            if at_open {
                let market = self.market;
                self.each(|account| account.mark(market.at_open(bar)));
                if let Some(books) = &mut self.books {
                    books.mark(market.at_open(bar))?;
                }
                self.trade(bar, decision, running)?;
            }
            let market = self.market;
            self.each(|account| {
                account.mark(market.at_close(bar));
                account.end(bar);
            });
            if let Some(books) = &mut self.books {
                books.mark(market.at_close(bar))?;
                books.end(bar)?;
                self.book_values.push((books.value(), books.rounding()));
            }
            self.run.values.push(self.account.value());
            for (account, paper) in &mut self.papers {
                paper.values.push(account.value());
            }
            if let Some(governor) = &mut self.governor {
                governor.value();
            }
            if !at_open {
                self.trade(bar, decision, running)?;
            }
            if first.is_none() && self.account.is_active() {
                first = Some(if at_open { bar.saturating_sub(1) } else { bar });
            }
            for (account, paper) in &mut self.papers {
                if paper.first.is_none() && account.is_active() {
                    paper.first = Some(if at_open { bar.saturating_sub(1) } else { bar });
                }
            }
            if let Some(governor) = &mut self.governor {
                governor.end(bar, at_open);
            }
            let (long, short) = if self.account.is_active() { self.account.exposure() } else { (0.0, 0.0) };
            self.run.cash.push(self.account.cash());
            self.run.long.push(long);
            self.run.short.push(short);
            for (kept, profit) in self.run.bar_profit.iter_mut().zip(&self.account.bar_profit) {
                kept.push(*profit);
            }
        }
        let given = self.config.start.map(|start| self.market.times.partition_point(|time| *time < start));
        self.run.start = given.or(first).unwrap_or(0).min(self.market.bars() - 1);
        Ok(self.finish(running))
    }

    fn each(&mut self, mut what: impl FnMut(&mut Account<'m>)) {
        what(&mut self.account);
        for (account, _) in &mut self.papers {
            what(account);
        }
        if let Some(governor) = &mut self.governor {
            what(governor.account());
        }
    }

    /// Fills what waits, and carries a decision out if one is due.
    fn trade(&mut self, bar: usize, decision: Option<Decision>, running: &mut [Running]) -> Result<(), Problem> {
        let market = self.market;
        let quotes = if self.config.execution == Execution::NextOpen { market.at_open(bar) } else { market.at_close(bar) };
        let Some(Decision { as_of, .. }) = decision else {
            self.each(|account| {
                account.fill_waiting(bar, quotes);
            });
            if let Some(books) = &mut self.books {
                books.fill_waiting(bar, quotes)?;
            }
            return Ok(());
        };
        self.ask(bar, as_of, running)?;
        for ((account, _), running) in self.papers.iter_mut().zip(running.iter()) {
            account.rebalance(bar, quotes, &running.weights);
        }
        match &self.config.blend {
            None => self.share_out(as_of, running)?,
            Some(config) => self.blend(bar, as_of, running, config)?,
        }
        // Opposite wishes that cancel are wishes.
        let any = self.targets.iter().any(|target| *target != 0.0);
        if !any && !self.account.is_active() {
            // Nothing held and nothing wanted: no rebalance to tell of.
            return Ok(());
        }
        self.tell_shares();
        net(&self.targets, &mut self.raw);
        if let Some(governor) = &mut self.governor {
            governor.rebalance(bar, as_of, quotes, &self.raw, &mut self.targets)?;
        }
        match &self.governor {
            Some(_) => net(&self.targets, &mut self.net),
            None => self.net.copy_from_slice(&self.raw),
        }
        self.tell_weights();
        let done = self.account.rebalance(bar, quotes, &self.targets);
        if let Some(books) = &mut self.books {
            books.rebalance(bar, quotes, &self.targets)?;
        }
        self.run.rebalances.push(Rebalanced {
            decided: as_of,
            bar,
            turnover: done.turnover,
            cost: done.cost,
            cash: done.cash,
            value: done.value,
            within_band: done.within_band,
        });
        Ok(())
    }

    /// Keeps what share of capital every strategy has at this rebalance, where that is decided.
    fn tell_shares(&mut self) {
        let (rebalance, n) = (self.run.rebalances.len(), self.market.symbols.len());
        let decided = match (&self.config.blend, self.plan.basis()) {
            (Some(_), _) => None,
            (None, Some(decided)) => Some(decided),
            (None, None) => return,
        };
        for (strategy, targets) in self.targets.chunks_exact(n).enumerate() {
            if self.run.shares_of_capital.len() >= self.config.rows_max as usize {
                self.run.shares_omitted += 1;
                continue;
            }
            let row = if let Some((basis, status)) = decided {
                ShareRow { rebalance, strategy, share: self.plan.shares()[strategy], basis, status: Some(status) }
            } else {
                let share = targets.iter().fold(0.0, |sum, target| sum + target.abs());
                ShareRow { rebalance, strategy, share, basis: ShareBasis::Blend, status: None }
            };
            self.run.shares_of_capital.push(row);
        }
    }

    /// Keeps the target weights of this rebalance, raw and as they are traded.
    fn tell_weights(&mut self) {
        let rebalance = self.run.rebalances.len();
        for (symbol, (&raw, &weight)) in self.raw.iter().zip(&self.net).enumerate() {
            if weight == 0.0 && raw == 0.0 {
                continue;
            }
            if self.run.weights.len() < self.config.rows_max as usize {
                self.run.weights.push(WeightRow { rebalance, symbol, raw, weight });
            } else {
                self.run.weights_omitted += 1;
            }
        }
    }

    /// Asks every strategy that is not paused what it wants to hold.
    fn ask(&mut self, bar: usize, as_of: UnixNanos, running: &mut [Running]) -> Result<(), Problem> {
        let history = History::until(self.seen, as_of);
        let snapshot = Snapshot::of(&history, &self.market.symbols);
        for running in running.iter_mut().filter(|running| running.paused.is_none()) {
            let answer = running.strategy.generate_signals(&snapshot, &history).and_then(|signals| {
                check_signals(&signals, snapshot.symbols.len())?;
                Ok(signals)
            });
            match answer {
                Ok(signals) => running.take(&signals),
                Err(fault) => self.failed(bar, as_of, running, fault)?,
            }
        }
        Ok(())
    }

    /// A strategy failed: it is paused or sits this one out, and the others run on.
    fn failed(&mut self, bar: usize, as_of: UnixNanos, running: &mut Running, fault: Fault) -> Result<(), Problem> {
        let at = At::Root.key("strategies");
        let fault = Fault { path: format!("{}{}", at.key(&running.id), fault.path), ..fault };
        if self.config.on_strategy_error == OnStrategyError::Stop {
            return Err(Problem::from(fault));
        }
        running.weights.fill(0.0);
        running.scores.fill(f64::NAN);
        let pause = self.config.on_strategy_error == OnStrategyError::Pause;
        self.run.events.push(Event {
            bar,
            kind: if pause { "strategy_paused" } else { "strategy_skipped" },
            name: running.id.clone(),
            amount: None,
            text: format!("{} failed on what was known at {as_of}: {fault}", running.id),
        });
        if pause {
            running.paused = Some((as_of, fault.message.clone()));
            self.run.warnings.push(Fault {
                message: format!("The strategy {} was paused at {as_of}: {}", running.id, fault.message),
                ..fault
            });
        }
        Ok(())
    }

    /// Every strategy's weights as they are, times its share of capital, which is decided anew if it is time to.
    fn share_out(&mut self, as_of: UnixNanos, running: &[Running]) -> Result<(), Problem> {
        let taking_part: Vec<usize> = (0..running.len()).filter(|&s| running[s].paused.is_none()).collect();
        if let Some(capital) = self.plan.due(as_of, taking_part.len()) {
            let returns = self.returns(as_of, running, capital.lookback_of(capital.method))?;
            let names: Vec<String> = taking_part.iter().map(|&s| running[s].id.clone()).collect();
            let regime = self.governor.as_ref().and_then(|governor| governor.regime(as_of)).map(market_regime);
            self.plan.decide(as_of, (&names, &taking_part), &returns, capital, regime);
        }
        let n = self.market.symbols.len();
        for ((targets, running), share) in self.targets.chunks_exact_mut(n).zip(running).zip(self.plan.shares()) {
            for (target, weight) in targets.iter_mut().zip(&running.weights) {
                *target = share * weight;
            }
        }
        Ok(())
    }

    /// Blends the strategies with what was known at `as_of`; one that the blend refuses is paused like one that failed by itself.
    fn blend(&mut self, bar: usize, as_of: UnixNanos, running: &mut [Running], config: &BlendConfig) -> Result<(), Problem> {
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
    fn place(&mut self, book: &SignalBook, values: &[f64], running: &[Running]) {
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
    fn signals(&self, running: &[Running]) -> Result<SignalBook, Problem> {
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
    fn returns(&self, as_of: UnixNanos, running: &[Running], newest: Option<u32>) -> Result<ReturnBook, Problem> {
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
    fn remember(&mut self, as_of: UnixNanos, running: &[Running], config: &BlendConfig) {
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
        running: &[Running],
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

    fn finish(self, running: &[Running]) -> Run {
        let Driver { market, account, books, book_values, papers, governor, mut run, .. } = self;
        run.overlay = governor.map(Governor::finish);
        run.ledgers = books.map(|books| {
            let ledger = books.ledger();
            let replayed = ledger.replayed().is_ok_and(|again| again.value() == ledger.value());
            let of = |strategy: &crate::ledger::StrategyId| {
                ledger.view(*strategy).map_or((0.0, 0.0), |view| (view.profit().to_f64(), view.fees().to_f64()))
            };
            Ledgers {
                values: book_values.iter().map(|(value, _)| *value).collect(),
                rounding: book_values.iter().map(|(_, rounding)| *rounding).collect(),
                postings: ledger.journal().postings(),
                conserved: ledger.is_conserved() && replayed,
                strategies: books.strategies().iter().map(of).collect(),
                final_value: books.value(),
            }
        });
        run.strategies = running.iter().map(|running| running.id.clone()).collect();
        run.paused = running.iter().map(|running| running.paused.clone()).collect();
        for (bar, symbol, met) in &account.met {
            run.events.push(told(market, *bar as usize, *symbol as usize, *met));
        }
        if let Some(bar) = account.ruined {
            let text = format!("Nothing was left on {}; the run holds nothing from then on.", market.times[bar]);
            run.warnings.push(Fault::new(Code::LimitBinds, "/strategies", text.clone(), "Use less leverage."));
            run.events.push(Event { bar, kind: "ruin", name: String::new(), amount: Some(account.value()), text });
        }
        run.events.sort_by_key(|event| event.bar);
        run.trades = account
            .trades
            .iter()
            .map(|trade| TradeRow {
                bar: trade.bar as usize,
                symbol: trade.symbol as usize,
                shares: trade.shares,
                price: trade.price,
                commission: trade.cost.commission,
                slippage: trade.cost.slippage,
            })
            .collect();
        run.trades_omitted = account.trades_omitted;
        run.trade_count = account.trade_count;
        run.final_value = account.value();
        run.shares = account.shares().to_vec();
        run.prices = account.prices().to_vec();
        run.interest = account.interest;
        run.ruined = account.ruined;
        run.profit = account.profit;
        run.costs = account.costs;
        run.saved = account.saved;
        run.papers = papers.into_iter().map(|(_, paper)| paper).collect();
        run
    }
}

impl Running {
    /// What the signals ask for becomes what the strategy holds.
    fn take(&mut self, signals: &[Signal]) {
        let before = std::mem::replace(&mut self.weights, vec![0.0; self.scores.len()]);
        self.scores.fill(f64::NAN);
        for signal in signals {
            let j = signal.symbol as usize;
            self.scores[j] = signal.strength;
            self.weights[j] = if signal.action == Action::Hold { before[j] } else { signal.target_weight };
        }
    }
}

/// Signals as any strategy must give them: of known symbols, each once, finite, and not of more gross weight than anybody may ask for.
fn check_signals(signals: &[Signal], symbols: usize) -> Result<(), Fault> {
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

/// An event of the account in words.
fn told(market: &Market, bar: usize, symbol: usize, met: Met) -> Event {
    let name = &market.symbols[symbol];
    let (kind, amount, text) = match met {
        Met::Split(ratio) => ("split", Some(ratio), format!("{name} was split: {ratio} shares for one.")),
        Met::Dividend(paid) if paid < 0.0 => {
            ("dividend", Some(paid), format!("Being short, the portfolio paid the dividend of {name}."))
        }
        Met::Dividend(paid) => ("dividend", Some(paid), format!("{name} paid a dividend.")),
        Met::Delisting(paid) => ("delisting", Some(paid), format!("{name} ended, and what was held of it was paid out.")),
        Met::Waiting => ("waiting", None, format!("An order of {name} found no price and stays open.")),
        Met::NeverPriced => {
            ("never_priced", None, format!("{name} is wanted and has no price yet, or has ended; nothing is bought."))
        }
    };
    Event { bar, kind, name: name.clone(), amount, text }
}
