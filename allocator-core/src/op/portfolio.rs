//! Operation `portfolio`: a script of what happens to a portfolio of strategies in; states, journal, performance and alerts out (P1 to P5, P11).

use super::limits::{OrderVerdict, verdict_record};
use super::net::check_symbols;
use super::{Request, VERSION, decode_config};
use crate::config::OperationConfig;
use crate::config::compat::Compat;
use crate::config::portfolio::{PortfolioConfig, ShareBase, States};
use crate::error::{Code, Fault, Faults, Problem};
use crate::ledger::TransactionRecord;
use crate::money::{Money, Price, Share};
use crate::netting::Order;
use crate::portfolio::{CorrelationRecord, PerformanceRecord, Portfolio, PortfolioAlert, PortfolioState};
use crate::units::{UnixNanos, name_fault};
use crate::wire::{At, Choice, Decode, Fields, Json, choice};
use serde::Serialize;
use std::collections::BTreeMap;

/// Most steps of one script.
pub const STEPS_MAX: usize = 100_000;

/// Most strategies in all states of an answer together; beyond, ask for the last state only.
pub const STATES_MAX: usize = 1_000_000;

choice! {
    /// What a step does.
    pub enum Action {
        /// Adds `strategy` with a share `allocation` of the capital.
        Add = "add",
        /// Brings the books of `strategy` to a known state: `amount` is profit or loss, or `cash` is what is there.
        Adjust = "adjust",
        /// One bar at `time`: `prices`, and what the running strategies do: `orders`, and `failed` with the reason.
        Bar = "bar",
        /// The owner pays `amount` in, or takes it out where it is negative.
        Contribute = "contribute",
        /// Asks for the correlations at this point.
        Correlation = "correlation",
        /// `amount` for each share of `symbol`.
        Dividend = "dividend",
        /// Throws the kill switch: nothing that opens leaves until `release`.
        Halt = "halt",
        /// `strategy` keeps its positions and does nothing.
        Pause = "pause",
        /// Brings strategies to `allocations`.
        Rebalance = "rebalance",
        /// Releases the kill switch.
        Release = "release",
        /// Removes `strategy`; its positions are sold, or go to the strategy `to`.
        Remove = "remove",
        /// `strategy` goes on.
        Resume = "resume",
        /// Every `split_from` shares of `symbol` become `split_to`.
        Split = "split",
    }
}

/// One step of a script. Which fields it has depends on what it does.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", serde(deny_unknown_fields))]
pub struct Step {
    /// `add`: the share of the capital.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", serde(default))]
    pub allocation: Option<Share>,
    /// `rebalance`: the share of every strategy that is to change.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", serde(default))]
    pub allocations: Option<BTreeMap<String, Share>>,
    /// `adjust`, `contribute`: the money; `dividend`: money for each share.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", serde(default))]
    pub amount: Option<Money>,
    /// `adjust`: the cash that is there, instead of `amount`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", serde(default))]
    pub cash: Option<Money>,
    /// What the step does.
    #[serde(rename = "do")]
    pub action: Action,
    /// `bar`: strategies that failed, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", serde(default))]
    pub failed: Option<BTreeMap<String, String>>,
    /// `rebalance`: what the shares are shares of, instead of the setting.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", serde(default))]
    pub of: Option<ShareBase>,
    /// `bar`: orders of the running strategies.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", serde(default))]
    pub orders: Option<Vec<Order>>,
    /// `bar`: known prices.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", serde(default))]
    pub prices: Option<BTreeMap<String, Price>>,
    /// Why, for the journal.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", serde(default))]
    pub reason: Option<String>,
    /// `split`: so many shares become `split_to`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", serde(default))]
    pub split_from: Option<u32>,
    /// `split`: what `split_from` shares become.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", serde(default))]
    pub split_to: Option<u32>,
    /// Whose.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", serde(default))]
    pub strategy: Option<String>,
    /// `dividend`, `split`: what.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", serde(default))]
    pub symbol: Option<String>,
    /// When; without it the time does not move on. A bar needs one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", serde(default))]
    pub time: Option<UnixNanos>,
    /// `remove`: who takes over the positions.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", serde(default))]
    pub to: Option<String>,
}

/// A request to carry out a script.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", serde(deny_unknown_fields))]
pub struct PortfolioRequest {
    /// Settings.
    #[cfg_attr(feature = "schema", serde(default))]
    pub config: PortfolioConfig,
    /// Steps, in the order in which they happen.
    pub script: Vec<Step>,
    /// What the owner pays in at the start.
    pub total_capital: Money,
    /// 1.
    pub version: u32,
}

/// What one step came to.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StepRecord {
    /// Correlations, where they were asked for.
    pub correlations: Option<Vec<CorrelationRecord>>,
    /// Why the step was refused; it changed nothing then.
    pub problem: Option<Fault>,
    /// Cash that came back from a removed strategy, or the dividends paid.
    pub returned: Option<Money>,
    /// The portfolio after the step; null where only the last is asked for.
    pub state: Option<PortfolioState>,
    /// What limits said of each order of a bar; null where none was in force.
    pub verdicts: Option<Vec<OrderVerdict>>,
}

/// What the script came to.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PortfolioResult {
    /// What the desk is told.
    pub alerts: Vec<PortfolioAlert>,
    /// Whether all money adds up: it always does, and anybody can check it on the journal.
    pub conserved: bool,
    /// Correlation of every pair at the end.
    pub correlations: Vec<CorrelationRecord>,
    /// Every balanced transaction, in order.
    pub journal: Vec<TransactionRecord>,
    /// How the whole and every strategy did.
    pub performance: Vec<PerformanceRecord>,
    /// The portfolio at the end.
    pub state: PortfolioState,
    /// What each step came to.
    pub steps: Vec<StepRecord>,
    /// What is worth knowing and refuses nothing.
    pub warnings: Vec<Fault>,
}

/// The answer with its digest.
pub type PortfolioResponse = super::Answer<PortfolioResult>;

/// Carries out a script.
///
/// # Errors
/// Settings or steps that cannot be read. A step that is refused when its turn comes is part of the answer.
pub fn portfolio(request: &PortfolioRequest) -> Result<PortfolioResponse, Problem> {
    request.answer()
}

/// The fields that belong to an action: those that it needs, and those that it may have. `time` and `reason` every step may have.
fn fields_of(action: Action) -> (&'static [&'static str], &'static [&'static str]) {
    match action {
        Action::Add => (&["strategy", "allocation"], &[]),
        Action::Adjust => (&["strategy"], &["amount", "cash"]),
        Action::Bar => (&["time"], &["prices", "orders", "failed"]),
        Action::Contribute => (&["amount"], &[]),
        Action::Correlation | Action::Halt | Action::Release => (&[], &[]),
        Action::Dividend => (&["symbol", "amount"], &[]),
        Action::Pause | Action::Resume => (&["strategy"], &[]),
        Action::Rebalance => (&["allocations"], &["of"]),
        Action::Remove => (&["strategy"], &["to"]),
        Action::Split => (&["symbol", "split_from", "split_to"], &[]),
    }
}

impl Decode for Step {
    fn decode(json: &Json, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::open(json, at, faults)?;
        let action = fields.required_raw("do", at, faults).and_then(|word| Action::decode_word(word, &at.key("do"), faults));
        let before = faults.count();
        // A field that belongs to another action is unknown here, and left for `close` to find.
        let (needed, allowed) = action.map_or((&[][..], &[][..]), fields_of);
        let mut step = Step::new(action.unwrap_or_default());
        macro_rules! take {
            ($($field:ident),+) => { $(
                if needed.contains(&stringify!($field)) {
                    step.$field = fields.required(stringify!($field), at, faults);
                } else if allowed.contains(&stringify!($field)) || ["time", "reason"].contains(&stringify!($field)) {
                    step.$field = fields.optional(stringify!($field), None, at, faults).flatten();
                }
            )+ };
        }
        take!(
            allocation,
            allocations,
            amount,
            cash,
            failed,
            of,
            orders,
            prices,
            reason,
            split_from,
            split_to,
            strategy,
            symbol,
            time,
            to
        );
        if action.is_some() {
            fields.close(at, faults);
        }
        for (field, name) in [("strategy", &step.strategy), ("symbol", &step.symbol), ("to", &step.to)] {
            if let Some(why) = name.as_deref().and_then(name_fault) {
                let message = format!("The name {:?} {why}.", name.as_deref().unwrap_or_default());
                faults.push(Fault::new(Code::InvalidName, at.key(field), message, "Give a plain name."));
            }
        }
        if let Some(prices) = &step.prices {
            check_symbols(prices.keys(), &at.key("prices"), faults);
        }
        if action == Some(Action::Adjust) && step.amount.is_some() == step.cash.is_some() {
            let message = "An adjustment has either `amount` or `cash`.";
            faults.push(Fault::new(
                Code::Conflict,
                at,
                message,
                "Give the profit or loss as `amount`, or what is there as `cash`.",
            ));
        }
        // The order of the orders of a bar does not matter.
        if let Some(orders) = &mut step.orders {
            orders.sort();
        }
        (action.is_some() && faults.count() == before).then_some(step)
    }
}

impl Step {
    /// A step without any field.
    pub fn new(action: Action) -> Self {
        Step {
            allocation: None,
            allocations: None,
            amount: None,
            cash: None,
            action,
            failed: None,
            of: None,
            orders: None,
            prices: None,
            reason: None,
            split_from: None,
            split_to: None,
            strategy: None,
            symbol: None,
            time: None,
            to: None,
        }
    }

    /// Carries the step out; answers what came back in money.
    fn apply(&self, portfolio: &mut Portfolio) -> Result<Option<Money>, Problem> {
        let strategy = self.strategy.as_deref().unwrap_or_default();
        let symbol = self.symbol.as_deref().unwrap_or_default();
        let (amount, reason) = (self.amount.unwrap_or_default(), self.reason.as_deref());
        if let (Some(time), true) = (self.time, self.action != Action::Bar) {
            portfolio.at(time)?;
        }
        match self.action {
            Action::Add => portfolio.add(strategy, self.allocation.unwrap_or_default())?,
            Action::Adjust => match self.cash {
                Some(cash) => portfolio.set_cash(strategy, cash, reason)?,
                None => portfolio.adjust(strategy, amount, reason)?,
            },
            Action::Bar => self.bar(portfolio)?,
            Action::Contribute => portfolio.contribute(amount, reason)?,
            Action::Correlation => {}
            Action::Dividend => return portfolio.dividend(symbol, amount).map(Some),
            Action::Halt => portfolio.halt(reason),
            Action::Pause => portfolio.pause(strategy)?,
            Action::Rebalance => portfolio.rebalance(self.allocations.as_ref().unwrap_or(&BTreeMap::new()), self.of, reason)?,
            Action::Release => portfolio.release(),
            Action::Remove => return portfolio.remove(strategy, self.to.as_deref()).map(Some),
            Action::Resume => portfolio.resume(strategy)?,
            Action::Split => portfolio.split(symbol, self.split_to.unwrap_or(0), self.split_from.unwrap_or(0))?,
        }
        Ok(None)
    }

    fn bar(&self, portfolio: &mut Portfolio) -> Result<(), Problem> {
        let mut orders: BTreeMap<&str, Vec<Order>> = BTreeMap::new();
        for order in self.orders.iter().flatten() {
            orders.entry(&order.strategy).or_default().push(order.clone());
        }
        let failed = self.failed.clone().unwrap_or_default();
        let named = orders.keys().copied().chain(failed.keys().map(String::as_str));
        let mut faults = Faults::new();
        for name in named {
            if portfolio.state_of(name).is_none() {
                let message = format!("Strategy {name} not found.");
                faults.push(Fault::new(Code::NotFound, "/orders", message, "Add it first."));
            }
        }
        faults.finish(Some(()))?;
        let prices = self.prices.clone().unwrap_or_default();
        portfolio.bar(self.time.unwrap_or(UnixNanos(0)), &prices, |view, _| match failed.get(view.name()) {
            Some(why) => Err(why.clone()),
            None => Ok(orders.remove(view.name()).unwrap_or_default()),
        })
    }
}

impl PortfolioRequest {
    fn validate(&self, faults: &mut Faults) {
        let at = At::Root;
        self.config.validate(&at.key("config"), faults);
        if !self.total_capital.is_positive() {
            let message = format!("The capital is {}.", self.total_capital);
            faults.push(Fault::new(Code::OutOfRange, at.key("total_capital"), message, "Give capital above 0."));
        }
        if self.script.len() > STEPS_MAX {
            let message = format!("{} steps, and {STEPS_MAX} are the most.", self.script.len());
            faults.push(Fault::new(Code::LimitExceeded, at.key("script"), message, "Split the script."));
        }
        let added = self.script.iter().filter(|step| step.action == Action::Add).count();
        if self.config.states == States::Every && added.saturating_mul(self.script.len()) > STATES_MAX {
            let message = format!("{added} strategies after each of {} steps are more than {STATES_MAX}.", self.script.len());
            let hint = "Ask for the last state only: \"states\": \"last\".";
            faults.push(Fault::new(Code::LimitExceeded, at.key("script"), message, hint));
        }
    }
}

impl Request for PortfolioRequest {
    const OPERATION: &'static str = "portfolio";
    type Config = PortfolioConfig;
    type Result = PortfolioResult;

    fn decode(fields: &mut Fields<'_>, compat: Option<Compat>, faults: &mut Faults) -> Option<Self> {
        let at = At::Root;
        let config = decode_config(fields, compat, faults);
        let script = fields.required("script", &at, faults);
        let total_capital = fields.required("total_capital", &at, faults);
        let request = PortfolioRequest { config: config?, script: script?, total_capital: total_capital?, version: VERSION };
        request.validate(faults);
        Some(request)
    }

    fn run(&self) -> Result<PortfolioResult, Problem> {
        let mut faults = Faults::new();
        self.validate(&mut faults);
        faults.finish(Some(()))?;
        let mut portfolio = Portfolio::new(self.total_capital, self.config.clone())?;
        let mut steps = Vec::with_capacity(self.script.len());
        for (i, step) in self.script.iter().enumerate() {
            let (returned, problem) = match step.apply(&mut portfolio) {
                Ok(returned) => (returned, None),
                Err(problem) if problem.code == Code::Internal => return Err(problem),
                Err(problem) => (None, problem.under(&format!("/script/{i}")).problems.into_iter().next()),
            };
            let judged = portfolio.verdicts().filter(|_| step.action == Action::Bar && problem.is_none());
            let verdicts = judged.map(|judged| judged.iter().map(verdict_record).collect());
            steps.push(StepRecord {
                correlations: (step.action == Action::Correlation).then(|| portfolio.correlations()),
                problem,
                returned,
                state: (self.config.states == States::Every).then(|| portfolio.state()),
                verdicts,
            });
        }
        Ok(PortfolioResult {
            alerts: portfolio.alerts().to_vec(),
            conserved: portfolio.ledger().is_conserved(),
            correlations: portfolio.correlations(),
            journal: portfolio.ledger().records(),
            performance: portfolio.performances(),
            state: portfolio.state(),
            steps,
            warnings: portfolio.warnings().to_vec(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(script: &str) -> Result<PortfolioResult, Problem> {
        let text = format!(r#"{{"version":1,"total_capital":"100000","script":{script}}}"#);
        PortfolioRequest::from_json(text.as_bytes()).and_then(|request| portfolio(&request)).map(|answer| answer.result)
    }

    #[test]
    fn a_script_goes_on_after_a_step_that_is_refused() {
        let result = answer(
            r#"[{"do":"add","strategy":"a","allocation":0.9},
                {"do":"add","strategy":"b","allocation":0.3},
                {"do":"bar","time":"2024-01-02","prices":{"X":10},"orders":[{"strategy":"a","symbol":"X","quantity":5}]},
                {"do":"bar","time":"2024-01-02"}]"#,
        )
        .unwrap();
        let problem = result.steps[1].problem.as_ref().unwrap();
        assert_eq!((problem.code, problem.path.as_str()), (Code::OverAllocated, "/script/1/allocation"));
        assert_eq!(problem.message, "Allocation would exceed 100%: current=90.0%, new=30.0%, total=120.0%");
        assert_eq!(result.steps[3].problem.as_ref().unwrap().code, Code::Duplicate);
        assert_eq!(result.state.strategies[0].positions[0].value, Money::whole(50));
        assert!(result.conserved);
    }

    #[test]
    fn orders_of_a_bar_are_judged_before_they_leave() {
        let text = r#"{"version":1,"total_capital":100000,"config":{"limits":{"concentration_max":0.2,"concentration_warning":0.1,
            "on_exceed":"reduce"}},"script":[
            {"do":"add","strategy":"a","allocation":0.6},{"do":"add","strategy":"b","allocation":0.4},
            {"do":"bar","time":"2024-01-02","prices":{"X":100,"Y":100},"orders":[
                {"strategy":"a","symbol":"X","quantity":150},{"strategy":"b","symbol":"X","quantity":100},
                {"strategy":"b","symbol":"Y","quantity":50}]},
            {"do":"halt","reason":"the desk is empty"},
            {"do":"bar","time":"2024-01-03","prices":{"X":100,"Y":100},"orders":[
                {"strategy":"a","symbol":"X","quantity":-100},{"strategy":"b","symbol":"Y","quantity":10}]},
            {"do":"release"},
            {"do":"bar","time":"2024-01-04","prices":{"X":100,"Y":100},"orders":[{"strategy":"b","symbol":"Y","quantity":10}]}]}"#;
        let result = PortfolioRequest::from_json(text.as_bytes()).and_then(|request| portfolio(&request)).unwrap().result;
        let told = |step: usize| -> Vec<(String, String)> {
            let verdicts = result.steps[step].verdicts.as_ref().unwrap();
            verdicts.iter().map(|one| (one.verdict.as_str().to_owned(), one.allowed.to_string())).collect()
        };
        let pair = |verdict: &str, allowed: &str| (verdict.to_owned(), allowed.to_owned());
        // 20 % of 100,000 are 200 X: 150 pass with a warning, 50 of 100 fit, and 5 % in Y worry nobody.
        assert_eq!(told(2), [pair("warn", "150"), pair("reduce", "50"), pair("allow", "50")]);
        // Halted: what closes passes.
        assert_eq!(told(4), [pair("allow", "-100"), pair("halt", "0")]);
        assert_eq!(told(6), [pair("allow", "10")]);
        assert!(result.steps[4].state.as_ref().unwrap().halted && !result.state.halted && result.steps[3].verdicts.is_none());
        let kinds: Vec<&str> = result.alerts.iter().map(|alert| alert.kind.as_str()).collect();
        assert_eq!(kinds, ["limit", "halted", "limit"]);
        assert!(result.alerts[0].message.contains("reduce of 100 X by b: 50 may leave (limit concentration)"));
        // What did not leave is in no books.
        let held = |strategy: usize| -> Vec<String> {
            result.state.strategies[strategy].positions.iter().map(|held| held.quantity.to_string()).collect()
        };
        assert_eq!((held(0), held(1)), (vec![String::from("50")], vec![String::from("50"), String::from("60")]));
    }

    #[test]
    fn a_step_has_the_fields_of_its_action_and_no_others() {
        let problem = answer(
            r#"[{"do":"add","strategy":"a"},{"do":"pause","strategy":"a","allocation":1},{"do":"adjust","strategy":"a"},
                {"do":"sell"},{"do":"bar","time":"2024-01-02","prices":{"X":-1},"orders":[{"strategy":"a","symbol":"X","quantity":"NaN"}]}]"#,
        )
        .unwrap_err();
        let found: Vec<String> = problem.problems.iter().map(|fault| format!("{} {}", fault.path, fault.code)).collect();
        assert_eq!(
            found,
            [
                "/script/0 missing_field",
                "/script/1/allocation unknown_field",
                "/script/2 conflict",
                "/script/3/do unknown_choice",
                "/script/4/orders/0/quantity not_finite",
                "/script/4/prices/X impossible_value",
            ]
        );
    }
}
