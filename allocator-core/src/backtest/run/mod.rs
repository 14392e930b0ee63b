//! The run: bar after bar through the market, asking strategies, blending, trading, and keeping what happened.

mod blending;
mod check;
mod outcome;

pub use outcome::{Event, Ledgers, Paper, Rebalanced, Run, TradeRow, WeightRow};

pub(crate) use check::no_scalars;
pub(crate) use outcome::period_return;

use self::blending::Past;
use self::check::{check, check_signals};
use super::account::{Account, Met};
use super::adjust::adjusted;
use super::books::Books;
use super::market::{Market, MarketData};
use super::overlay::Governor;
use super::plan::{Plan, ShareBasis, ShareRow, market_regime};
use super::schedule::{Decision, decisions};
use crate::alpha::formula::GridData;
use crate::alpha::{Action, AlphaSource, History, Ranked, Ranking, Signal, Snapshot, Strategy, Uploaded, symbol_pairs};
use crate::config::alpha::formula_source;
use crate::config::backtest::{BacktestConfig, Execution, OnStrategyError, Sides, StrategySpec};
use crate::config::risk::OverlayMode;
use crate::error::{Code, Fault, Faults, Problem};
use crate::frame::PriceBook;
use crate::units::UnixNanos;
use crate::wire::At;
use std::collections::BTreeMap;

/// Most strategies of one run.
pub const STRATEGIES_MAX: usize = 100;

/// What all strategies together want of every symbol; `targets` are strategy after strategy.
fn net(targets: &[f64], into: &mut [f64]) {
    into.fill(0.0);
    for own in targets.chunks_exact(into.len()) {
        for (sum, target) in into.iter_mut().zip(own) {
            *sum += target;
        }
    }
}

/// A strategy while it runs.
struct Running<'a> {
    id: String,
    strategy: Box<dyn Strategy + 'a>,
    paused: Option<(UnixNanos, String)>,
    /// What it holds: weight by symbol.
    weights: Vec<f64>,
    /// What it held before it was asked.
    former: Vec<f64>,
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
            former: vec![0.0; market.symbols.len()],
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

/// The strategy of a specification over the prices that strategies see; every fault found.
fn strategy_of<'a>(
    spec: &'a StrategySpec,
    grid: &GridData<'_>,
    symbols: &[String],
    at: &At<'_>,
    faults: &mut Faults,
) -> Option<Box<dyn Strategy + 'a>> {
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
    counted: Counted,
    run: Run,
}

/// Profit and costs as they stood at the two closes between which the attribution counts.
struct Counted {
    first: Option<usize>,
    last: Option<usize>,
    before: Option<(Vec<f64>, Vec<f64>)>,
    after: Option<(Vec<f64>, Vec<f64>)>,
}

impl Counted {
    fn new(market: &Market, config: &BacktestConfig) -> Self {
        Counted {
            first: config.attribution_start.map(|start| market.times.partition_point(|time| *time < start)),
            // The bar after the last that counts; none where not even the first does.
            last: config.attribution_end.map(|end| market.times.partition_point(|time| *time <= end)),
            before: None,
            after: None,
        }
    }

    /// A bar was closed, and nothing was traded at its close yet.
    fn closed(&mut self, bar: usize, account: &Account<'_>) {
        let now = || Some((account.profit.clone(), account.costs.clone()));
        if self.first == Some(bar) {
            self.before = now();
        }
        if self.last == Some(bar + 1) {
            self.after = now();
        }
    }

    /// Between the two; without a beginning from nothing, without an end to the end.
    fn between(self, account: &Account<'_>) -> (Vec<f64>, Vec<f64>) {
        let nothing = || (vec![0.0; account.profit.len()], vec![0.0; account.costs.len()]);
        let end = (account.profit.clone(), account.costs.clone());
        let before = self.before.unwrap_or_else(|| if self.first.is_none() { nothing() } else { end.clone() });
        let after = self.after.unwrap_or_else(|| if self.last.is_none() { end } else { nothing() });
        let less = |after: Vec<f64>, before: Vec<f64>| after.iter().zip(before).map(|(after, before)| after - before).collect();
        (less(after.0, before.0), less(after.1, before.1))
    }
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
            counted: Counted::new(market, config),
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
                counted: (Vec::new(), Vec::new()),
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

    fn drive(mut self, running: &mut [Running<'_>], decisions: &[Decision]) -> Result<Run, Problem> {
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
                self.book_values.push((books.closed(), books.rounding()));
            }
            self.run.values.push(self.account.value());
            self.counted.closed(bar, &self.account);
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
    fn trade(&mut self, bar: usize, decision: Option<Decision>, running: &mut [Running<'_>]) -> Result<(), Problem> {
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
            books.rebalance(bar, quotes, &self.targets, done.within_band)?;
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
    fn ask(&mut self, bar: usize, as_of: UnixNanos, running: &mut [Running<'_>]) -> Result<(), Problem> {
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
    fn failed(&mut self, bar: usize, as_of: UnixNanos, running: &mut Running<'_>, fault: Fault) -> Result<(), Problem> {
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
    fn share_out(&mut self, as_of: UnixNanos, running: &[Running<'_>]) -> Result<(), Problem> {
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

    fn finish(self, running: &[Running<'_>]) -> Run {
        let Driver { market, account, books, book_values, papers, governor, counted, mut run, .. } = self;
        run.counted = counted.between(&account);
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

impl Running<'_> {
    /// What the signals ask for becomes what the strategy holds.
    fn take(&mut self, signals: &[Signal]) {
        std::mem::swap(&mut self.weights, &mut self.former);
        self.weights.fill(0.0);
        self.scores.fill(f64::NAN);
        for signal in signals {
            let j = signal.symbol as usize;
            self.scores[j] = signal.strength;
            self.weights[j] = if signal.action == Action::Hold { self.former[j] } else { signal.target_weight };
        }
    }
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
