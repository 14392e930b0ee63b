//! Several strategies with isolated books under one roof: life, bars, rebalances and figures (P2 to P5, P11).
//!
//! ```text
//! bar ──> marks ──> every running strategy decides, seeing only its own books ──> scale down ──> limits ──> net ──> fill ──> observe
//!                                                                                                                    └──> policies
//! ```
//!
//! **Conventions.** Orders of a bar are filled at the bar's price, made worse by the slippage outside; a limit order that the price does
//! not satisfy lapses. A strategy that fails misses the bar (no orders, no observation) and is paused or goes on, as the settings say;
//! the others do not notice. Rebalances and removals trade at the last known prices. What is refused changes nothing.

mod bar;
mod gate;
mod performance;
mod policy;
mod rebalance;
mod report;
mod state;

pub use bar::{Bar, Decision};
pub use performance::{Earned, Performance};
pub use report::{
    AlertKind, CorrelationRecord, PerformanceRecord, PortfolioAlert, PortfolioState, PositionRecord, StrategyState,
};
pub use state::State;

use crate::config::portfolio::{PortfolioConfig, ShareBase};
use crate::error::{Code, Fault, Problem};
use crate::ledger::{Ledger, StrategyId, View};
use crate::limits::pre_trade::Judged;
use crate::money::{Money, Price, Share};
use crate::units::UnixNanos;
use std::collections::{BTreeMap, BTreeSet};

/// Most warnings and most alerts that a portfolio keeps.
pub const NOTES_MAX: usize = 1_000;

/// Shares that came from binary fractions may add up to so much more than one.
const NOISE: f64 = 1e-9;

/// One strategy under the roof.
#[derive(Clone, Debug, PartialEq)]
struct Member {
    id: StrategyId,
    state: State,
    performance: Performance,
    /// Profit of earlier lives, which went to the pool when they ended.
    retired: Money,
}

/// Several strategies with isolated books.
#[derive(Clone, Debug, PartialEq)]
pub struct Portfolio {
    config: PortfolioConfig,
    ledger: Ledger,
    members: BTreeMap<String, Member>,
    whole: Performance,
    now: UnixNanos,
    last_bar: Option<UnixNanos>,
    executions: u32,
    /// Strategies that stand above the concentration warning, so that each crossing is told once.
    concentrated: BTreeSet<String>,
    /// The kill switch.
    halted: bool,
    day: Option<gate::DayStart>,
    /// Verdicts on the orders of the last bar, where limits were in force.
    judged: Option<Vec<Judged>>,
    alerts: Vec<PortfolioAlert>,
    warnings: Vec<Fault>,
}

fn refuse<T>(code: Code, path: &str, message: impl Into<String>, hint: &str) -> Result<T, Problem> {
    Err(Problem::new(code, path, message, hint))
}

impl Portfolio {
    /// A portfolio of so much capital and no strategy.
    ///
    /// # Errors
    /// No capital.
    pub fn new(capital: Money, config: PortfolioConfig) -> Result<Self, Problem> {
        if !capital.is_positive() {
            let message = format!("The capital is {capital}.");
            return refuse(Code::OutOfRange, "/total_capital", message, "Give capital above 0.");
        }
        let mut ledger = Ledger::new(config.lots);
        let start = UnixNanos(0);
        ledger.contribute(start, capital, Some("start"))?;
        Ok(Portfolio {
            config,
            ledger,
            members: BTreeMap::new(),
            whole: Performance::default(),
            now: start,
            last_bar: None,
            executions: 0,
            concentrated: BTreeSet::new(),
            halted: false,
            day: None,
            judged: None,
            alerts: Vec::new(),
            warnings: Vec::new(),
        })
    }

    /// The books.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }
    /// The settings.
    pub fn config(&self) -> &PortfolioConfig {
        &self.config
    }
    /// Where a strategy is in its life; `None` for one that never was.
    pub fn state_of(&self, strategy: &str) -> Option<State> {
        self.members.get(strategy).map(|member| member.state)
    }
    /// How a strategy did.
    pub fn performance_of(&self, strategy: &str) -> Option<&Performance> {
        self.members.get(strategy).map(|member| &member.performance)
    }
    /// How the whole did.
    pub fn performance(&self) -> &Performance {
        &self.whole
    }
    /// What a strategy sees.
    pub fn view_of(&self, strategy: &str) -> Option<View<'_>> {
        self.members.get(strategy).and_then(|member| self.ledger.view(member.id))
    }
    /// What was told so far.
    pub fn alerts(&self) -> &[PortfolioAlert] {
        &self.alerts
    }
    /// What is worth knowing.
    pub fn warnings(&self) -> &[Fault] {
        &self.warnings
    }
    /// Bars carried out.
    pub fn executions(&self) -> u32 {
        self.executions
    }

    /// Moves the time on, for what happens between bars.
    ///
    /// # Errors
    /// A time before the present.
    pub fn at(&mut self, time: UnixNanos) -> Result<(), Problem> {
        if time < self.now {
            let message = format!("{time} is before {}, which was already.", self.now);
            return refuse(Code::OutOfRange, "/time", message, "Put the steps in the order of time.");
        }
        self.now = time;
        Ok(())
    }

    // ---- life

    /// Adds a strategy and gives it a share of the capital.
    ///
    /// # Errors
    /// A name that is taken, a share outside 0 to 1, shares above 100 % together, a policy that forbids it.
    pub fn add(&mut self, name: &str, allocation: Share) -> Result<(), Problem> {
        if self.members.get(name).is_some_and(|member| member.state != State::Stopped) {
            return refuse(Code::Duplicate, "/strategy", format!("Strategy {name} already exists."), "Give it another name.");
        }
        if allocation.is_negative() || allocation > Share::ONE {
            let message = format!("An allocation of {}.", allocation.percent());
            return refuse(Code::OutOfRange, "/allocation", message, "Give a fraction from 0 to 1 (0.40 is 40 %).");
        }
        if let Some(most) = self.config.policies.onboarding_max.filter(|most| allocation.to_f64() > *most) {
            let message = format!("A first allocation of {} is above onboarding_max {most}.", allocation.percent());
            return refuse(Code::PolicyForbids, "/allocation", message, "Start smaller and rebalance later.");
        }
        let base = self.base(self.config.shares_of);
        let current = fraction(self.members.keys().map(|name| self.held(name, self.config.shares_of)).sum(), base)?;
        let total = current + allocation;
        if total.to_f64() > 1.0 + NOISE {
            let message = format!(
                "Allocation would exceed 100%: current={}, new={}, total={}",
                current.percent(),
                allocation.percent(),
                total.percent()
            );
            return refuse(Code::OverAllocated, "/allocation", message, "Give less, or reduce another strategy first.");
        }
        self.check_buffer(total, "/allocation")?;
        let pool = self.ledger.pool();
        let wanted = base.part(allocation);
        // Rounding of shares may ask for a few units more than there are.
        let amount = if wanted > pool && (wanted - pool).to_f64() <= NOISE * base.to_f64() { pool } else { wanted };
        let known = self.members.get(name).map(|member| (member.id, member.retired));
        let (id, retired) = match known {
            Some(known) => known,
            None => (self.ledger.open(name)?, Money::ZERO),
        };
        let mut member = Member { id, state: State::Initializing, performance: Performance::default(), retired };
        if !amount.is_zero()
            && let Err(problem) = self.ledger.allocate(self.now, &[(id, amount)], Some("added"))
        {
            // The name stays known to the books, and stopped.
            member.state = State::Stopped;
            self.members.insert(name.to_owned(), member);
            return Err(problem);
        }
        member.state = State::Running;
        self.members.insert(name.to_owned(), member);
        Ok(())
    }

    /// Removes a strategy: its positions are sold, or move to another strategy; its cash, capital and profit, goes to the pool.
    /// Answers what came back in cash.
    ///
    /// # Errors
    /// No such strategy, or more was lost than the pool can pay.
    pub fn remove(&mut self, name: &str, to: Option<&str>) -> Result<Money, Problem> {
        let id = self.id_of(name, "/strategy")?;
        let heir = match to {
            None => None,
            Some(to) if to == name => {
                return refuse(
                    Code::Conflict,
                    "/to",
                    format!("{name} cannot leave its positions to itself."),
                    "Name another strategy.",
                );
            }
            Some(to) => Some(self.id_of(to, "/to")?),
        };
        self.transition(name, State::Liquidating)?;
        let before = self.ledger.clone();
        let result = self.wind_up(name, id, heir);
        if result.is_ok() {
            self.transition(name, State::Stopped)?;
            let left = self.ledger.view(id).map_or(Money::ZERO, View::capital);
            if let Some(member) = self.members.get_mut(name) {
                member.retired = -left;
            }
            self.concentrated.remove(name);
        } else {
            self.ledger = before;
            if let Some(member) = self.members.get_mut(name) {
                member.state = State::Paused;
            }
        }
        result
    }

    fn wind_up(&mut self, name: &str, id: StrategyId, heir: Option<StrategyId>) -> Result<Money, Problem> {
        let positions: Vec<_> = match self.ledger.view(id) {
            Some(view) => view
                .positions()
                .map(|(symbol, position)| (symbol, position.quantity(), view.price_of(symbol, position)))
                .collect(),
            None => Vec::new(),
        };
        if let Some(heir) = heir {
            for (symbol, quantity, price) in positions {
                self.ledger.transfer(self.now, (id, heir), symbol, quantity, price, Some("left by a removed strategy"))?;
            }
        } else {
            let sells = positions.into_iter().map(|(symbol, quantity, price)| (name.to_owned(), symbol, -quantity, price));
            self.sell(sells.collect(), "liquidated")?;
        }
        let cash = self.ledger.view(id).map_or(Money::ZERO, View::cash);
        if !cash.is_zero() {
            self.ledger.allocate(self.now, &[(id, -cash)], Some("removed"))?;
        }
        Ok(cash)
    }

    /// A strategy keeps its positions and does nothing. One that is paused stays so.
    ///
    /// # Errors
    /// No such strategy, or none that can pause.
    pub fn pause(&mut self, name: &str) -> Result<(), Problem> {
        self.transition(name, State::Paused)
    }

    /// A paused strategy goes on. One that runs goes on anyway.
    ///
    /// # Errors
    /// No such strategy, or none that can run.
    pub fn resume(&mut self, name: &str) -> Result<(), Problem> {
        self.transition(name, State::Running)
    }

    fn transition(&mut self, name: &str, next: State) -> Result<(), Problem> {
        let Some(member) = self.members.get_mut(name).filter(|member| member.state != State::Stopped || next == State::Stopped)
        else {
            return Self::unknown(name, "/strategy");
        };
        if !member.state.may_become(next) {
            let message = format!("Strategy {name} is {} and cannot become {}.", member.state.as_str(), next.as_str());
            return refuse(Code::IllegalTransition, "/strategy", message, "See the states of a strategy and what may follow.");
        }
        member.state = next;
        Ok(())
    }

    // ---- money

    /// Capital from the owner; negative takes it back out of the pool.
    ///
    /// # Errors
    /// More than the pool has.
    pub fn contribute(&mut self, amount: Money, reason: Option<&str>) -> Result<(), Problem> {
        self.ledger.contribute(self.now, amount, reason).map_err(|problem| problem.under("/amount"))?;
        Ok(())
    }

    /// Profit or loss of a strategy that no fill explains.
    ///
    /// # Errors
    /// No such strategy.
    pub fn adjust(&mut self, name: &str, amount: Money, reason: Option<&str>) -> Result<(), Problem> {
        let id = self.id_of(name, "/strategy")?;
        self.ledger.adjust(self.now, id, amount, reason)?;
        Ok(())
    }

    /// Brings the cash of a strategy to an amount; the difference is profit or loss.
    ///
    /// # Errors
    /// No such strategy.
    pub fn set_cash(&mut self, name: &str, cash: Money, reason: Option<&str>) -> Result<(), Problem> {
        let id = self.id_of(name, "/strategy")?;
        let now = self.ledger.view(id).map_or(Money::ZERO, View::cash);
        self.ledger.adjust(self.now, id, cash - now, reason)?;
        Ok(())
    }

    /// A dividend for every share.
    ///
    /// # Errors
    /// A negative dividend.
    pub fn dividend(&mut self, symbol: &str, per_share: Money) -> Result<Money, Problem> {
        let symbol = self.ledger.symbol(symbol)?;
        self.ledger.dividend(self.now, symbol, per_share)
    }

    /// Every `from` shares become `to`.
    ///
    /// # Errors
    /// A ratio that is not above zero.
    pub fn split(&mut self, symbol: &str, to: u32, from: u32) -> Result<(), Problem> {
        let symbol = self.ledger.symbol(symbol)?;
        self.ledger.split(self.now, symbol, to, from)
    }

    // ---- helpers

    fn unknown<T>(name: &str, path: &str) -> Result<T, Problem> {
        refuse(Code::NotFound, path, format!("Strategy {name} not found."), "Add it first.")
    }

    /// The books of a strategy that is not stopped.
    fn id_of(&self, name: &str, path: &str) -> Result<StrategyId, Problem> {
        match self.members.get(name).filter(|member| member.state != State::Stopped) {
            Some(member) => Ok(member.id),
            None => Self::unknown(name, path),
        }
    }

    /// What shares are shares of.
    fn base(&self, of: ShareBase) -> Money {
        match of {
            ShareBase::Equity => self.ledger.value(),
            ShareBase::InitialCapital => self.ledger.contributed(),
        }
    }

    /// What a strategy has of it.
    fn held(&self, name: &str, of: ShareBase) -> Money {
        match of {
            ShareBase::Equity => self.view_of(name).map_or(Money::ZERO, View::value),
            ShareBase::InitialCapital => self.capital_of(name),
        }
    }

    /// Capital that a strategy was given in its present life.
    pub fn capital_of(&self, name: &str) -> Money {
        self.members
            .get(name)
            .map_or(Money::ZERO, |member| self.ledger.view(member.id).map_or(Money::ZERO, View::capital) + member.retired)
    }

    fn check_buffer(&self, total: Share, path: &str) -> Result<(), Problem> {
        if let Some(buffer) = self.config.policies.cash_buffer.filter(|buffer| total.to_f64() > 1.0 - buffer + NOISE) {
            let message = format!("{} would be given out, and {buffer} is to stay in the pool.", total.percent());
            return refuse(Code::PolicyForbids, path, message, "Give less, or lower cash_buffer.");
        }
        Ok(())
    }

    fn warn(&mut self, code: Code, path: impl std::fmt::Display, message: String, hint: &str) {
        if self.warnings.len() < NOTES_MAX {
            self.warnings.push(Fault::new(code, path, message, hint));
        }
    }

    fn alert(&mut self, kind: AlertKind, strategy: &str, value: Option<f64>, threshold: Option<f64>, message: String) {
        if self.alerts.len() < NOTES_MAX {
            let alert = PortfolioAlert { at: self.now, kind, message, strategy: strategy.to_owned(), threshold, value };
            self.alerts.push(alert);
        }
    }

    /// The price at which a symbol trades outside: worse by the slippage.
    fn slipped(&self, price: Price, sell: bool) -> Price {
        if self.config.slippage_bps == 0.0 {
            return price;
        }
        let worse = self.config.slippage_bps / 10_000.0;
        let factor = if sell { 1.0 - worse } else { 1.0 + worse };
        Price::from_f64(price.to_f64() * factor).ok().filter(|price| price.is_positive()).unwrap_or(price)
    }
}

/// What part of everything some money is.
fn fraction(part: Money, base: Money) -> Result<Share, Problem> {
    let fraction = part.fraction_of(base).and_then(|fraction| Share::from_f64(fraction).ok());
    match fraction {
        Some(fraction) => Ok(fraction),
        None => refuse(
            Code::Conflict,
            "",
            format!("Everything is worth {base}; there is nothing to take shares of."),
            "Pay capital in first.",
        ),
    }
}

#[cfg(test)]
mod tests;
