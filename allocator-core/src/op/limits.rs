//! Operation `limits`: positions and orders in; a verdict on each order, and the risk of the whole, out (P8).

use super::net::check_symbols;
use super::{Request, VERSION, decode_config};
use crate::config::OperationConfig;
use crate::config::compat::Compat;
use crate::config::limits::LimitsConfig;
use crate::error::{Code, Fault, Faults, Problem};
use crate::frame::ReturnBook;
use crate::limits::exposure::Exposure;
use crate::limits::pre_trade::{Finding, Gate, Judged, LimitKind, PortfolioRisk, StrategyRisk, Verdict};
use crate::money::{Money, Price, Quantity, Share};
use crate::netting::Order;
use crate::stats::benchmark::beta;
use crate::stats::value_at_risk::{ascending, var_historical};
use crate::stats::{Figure, Reasons, Unknown, UnknownFigure, volatility};
use crate::units::{UnixNanos, name_fault};
use crate::wire::{At, Decode, Fields, Json};
use serde::Serialize;
use std::collections::BTreeMap;

/// Most orders of one request.
pub const ORDERS_MAX: usize = 10_000;

/// Most positions of one request.
pub const POSITIONS_MAX: usize = 100_000;

/// Most returns of one request.
pub const VALUES_MAX: usize = 5_000_000;

/// Fewest common returns from which risk is measured.
pub const OBSERVATIONS_MIN: usize = 2;

/// One position.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", serde(deny_unknown_fields))]
pub struct Holding {
    /// Its last price, for a symbol that `prices` does not have.
    #[cfg_attr(feature = "schema", serde(default))]
    pub price: Option<Price>,
    /// Shares; negative if short.
    pub quantity: Quantity,
}

/// One strategy.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", serde(deny_unknown_fields))]
pub struct StrategyHoldings {
    /// Capital that it has, the weight of its returns in those of the whole.
    #[cfg_attr(feature = "schema", serde(default))]
    pub capital: Option<Money>,
    /// Its highest value, with capital in and out taken off.
    #[cfg_attr(feature = "schema", serde(default))]
    pub peak: Option<Money>,
    /// Positions by symbol.
    #[cfg_attr(feature = "schema", serde(default))]
    pub positions: BTreeMap<String, Holding>,
    /// Its value.
    #[cfg_attr(feature = "schema", serde(default))]
    pub value: Option<Money>,
}

/// The portfolio before the orders.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", serde(deny_unknown_fields))]
pub struct Holdings {
    /// Its value at the start of the day.
    #[cfg_attr(feature = "schema", serde(default))]
    pub day_start_value: Option<Money>,
    /// Its highest value, with capital in and out taken off; left out, its value.
    #[cfg_attr(feature = "schema", serde(default))]
    pub peak: Option<Money>,
    /// Strategies by name.
    #[cfg_attr(feature = "schema", serde(default))]
    pub strategies: BTreeMap<String, StrategyHoldings>,
    /// All capital, of which the strategies' capitals are parts; left out, their sum.
    #[cfg_attr(feature = "schema", serde(default))]
    pub total_capital: Option<Money>,
    /// Value of everything: cash and positions.
    pub value: Money,
}

/// An order, with the price that it is expected to be filled at.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", serde(deny_unknown_fields))]
pub struct PlannedOrder {
    /// The strategy's own name for it.
    #[cfg_attr(feature = "schema", serde(default))]
    pub id: Option<String>,
    /// Expected price, for a symbol that `prices` does not have.
    #[cfg_attr(feature = "schema", serde(default))]
    pub price: Option<Price>,
    /// Shares to buy; negative to sell.
    pub quantity: Quantity,
    /// Whose.
    pub strategy: String,
    /// What.
    pub symbol: String,
}

/// A request to judge orders.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", serde(deny_unknown_fields))]
pub struct LimitsRequest {
    /// Shares of capital, to be scaled to the volatility target.
    #[cfg_attr(feature = "schema", serde(default))]
    pub allocations: BTreeMap<String, Share>,
    /// Returns of the market, for beta.
    #[cfg_attr(feature = "schema", serde(default))]
    pub benchmark: Option<ReturnBook>,
    /// Settings.
    #[cfg_attr(feature = "schema", serde(default))]
    pub config: LimitsConfig,
    /// Orders, in any order; they are judged by strategy, symbol, id and quantity, each with those before it.
    #[cfg_attr(feature = "schema", serde(default))]
    pub orders: Vec<PlannedOrder>,
    /// The portfolio before the orders.
    pub portfolio: Holdings,
    /// Known prices.
    #[cfg_attr(feature = "schema", serde(default))]
    pub prices: BTreeMap<String, Price>,
    /// Returns of strategies.
    #[cfg_attr(feature = "schema", serde(default))]
    pub returns: Option<ReturnBook>,
    /// 1.
    pub version: u32,
}

/// What one limit found.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FindingRecord {
    /// Which limit.
    pub limit: LimitKind,
    /// In words.
    pub message: String,
    /// Its number.
    pub threshold: Option<f64>,
    /// The figure after the trade; null where it is unknown, or where there is none.
    pub value: Option<f64>,
    /// What it asks for.
    pub verdict: Verdict,
}

/// The verdict on one order.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OrderVerdict {
    /// Shares that may leave, signed as the order.
    pub allowed: Quantity,
    /// Everything that was found.
    pub findings: Vec<FindingRecord>,
    /// The strategy's own name for it.
    pub id: Option<String>,
    /// Shares ordered.
    pub quantity: Quantity,
    /// Whose.
    pub strategy: String,
    /// What.
    pub symbol: String,
    /// What may be done with it.
    pub verdict: Verdict,
}

/// How much is held.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ExposureRecord {
    /// Share of the symbol with most money in it.
    pub concentration: Option<f64>,
    /// Money in positions by size.
    pub gross: Option<Money>,
    /// The symbol with most money in it.
    pub largest: Option<String>,
    /// `gross` as a multiple of the value.
    pub leverage: Option<f64>,
    /// Long less short.
    pub net: Option<Money>,
}

/// The risk of the whole.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RiskRecord {
    /// Slope on the market.
    pub beta: Option<f64>,
    /// Value below the portfolio's own peak: zero or negative.
    pub drawdown: Option<f64>,
    /// Common returns that entered.
    pub n: u32,
    /// Loss of a period at `var_level`, in money; 0 where even that quantile is a gain.
    pub value_at_risk: Option<f64>,
    /// Volatility a year.
    pub volatility: Option<f64>,
}

/// Verdicts and risk.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LimitsResult {
    /// Positions with everything that may leave.
    pub after: ExposureRecord,
    /// `allocations` of the request, scaled to the volatility target; unchanged where the volatility is unknown.
    pub allocations: BTreeMap<String, f64>,
    /// Positions as they are.
    pub before: ExposureRecord,
    /// Whether nothing that opens may leave any more.
    pub halted: bool,
    /// Every order.
    pub orders: Vec<OrderVerdict>,
    /// The risk of the whole.
    pub risk: RiskRecord,
    /// Why each null figure of `risk`, `before` and `after` is null.
    pub unknown: Vec<UnknownFigure>,
    /// How often each limit forbade an order.
    pub violations: BTreeMap<String, u32>,
    /// What is worth knowing and refuses nothing.
    pub warnings: Vec<Fault>,
}

/// The answer with its digest.
pub type LimitsResponse = super::Answer<LimitsResult>;

/// Judges orders by the state after the trade.
///
/// # Errors
/// Settings outside their range, a symbol without a price, too much of anything.
pub fn limits(request: &LimitsRequest) -> Result<LimitsResponse, Problem> {
    request.answer()
}

fn check_name(field: &str, name: &str, at: &At<'_>, faults: &mut Faults) {
    if let Some(why) = name_fault(name) {
        faults.push(Fault::new(Code::InvalidName, at, format!("The {field} {name:?} {why}."), "Give a plain name."));
    }
}

impl Decode for Holding {
    fn decode(json: &Json, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::open(json, at, faults)?;
        let price = fields.optional("price", None, at, faults);
        let quantity = fields.required("quantity", at, faults);
        fields.close(at, faults);
        Some(Holding { price: price?, quantity: quantity? })
    }
}

impl Decode for StrategyHoldings {
    fn decode(json: &Json, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::open(json, at, faults)?;
        let capital = fields.optional("capital", None, at, faults);
        let peak = fields.optional("peak", None, at, faults);
        let positions: Option<BTreeMap<String, Holding>> = fields.optional("positions", BTreeMap::new(), at, faults);
        let value = fields.optional("value", None, at, faults);
        fields.close(at, faults);
        check_symbols(positions.iter().flat_map(BTreeMap::keys), &at.key("positions"), faults);
        Some(StrategyHoldings { capital: capital?, peak: peak?, positions: positions?, value: value? })
    }
}

impl Decode for Holdings {
    fn decode(json: &Json, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::open(json, at, faults)?;
        let day_start_value = fields.optional("day_start_value", None, at, faults);
        let peak = fields.optional("peak", None, at, faults);
        let strategies: Option<BTreeMap<String, StrategyHoldings>> = fields.optional("strategies", BTreeMap::new(), at, faults);
        let total_capital = fields.optional("total_capital", None, at, faults);
        let value = fields.required("value", at, faults);
        fields.close(at, faults);
        for name in strategies.iter().flat_map(BTreeMap::keys) {
            check_name("strategy", name, &at.key("strategies").key(name), faults);
        }
        Some(Holdings {
            day_start_value: day_start_value?,
            peak: peak?,
            strategies: strategies?,
            total_capital: total_capital?,
            value: value?,
        })
    }
}

impl Decode for PlannedOrder {
    fn decode(json: &Json, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::open(json, at, faults)?;
        let id = fields.optional("id", None, at, faults);
        let price = fields.optional("price", None, at, faults);
        let quantity = fields.required("quantity", at, faults);
        let strategy: Option<String> = fields.required("strategy", at, faults);
        let symbol: Option<String> = fields.required("symbol", at, faults);
        fields.close(at, faults);
        for (field, name) in [("strategy", &strategy), ("symbol", &symbol)] {
            if let Some(name) = name {
                check_name(field, name, &at.key(field), faults);
            }
        }
        Some(PlannedOrder { id: id?, price: price?, quantity: quantity?, strategy: strategy?, symbol: symbol? })
    }
}

impl LimitsRequest {
    fn validate(&self, faults: &mut Faults) {
        let at = At::Root;
        self.config.validate(&at.key("config"), faults);
        check_symbols(self.prices.keys(), &at.key("prices"), faults);
        let held = |name: &str, symbol: &str| {
            self.portfolio.strategies.get(name).and_then(|strategy| strategy.positions.get(symbol)).and_then(|held| held.price)
        };
        let (portfolio, orders) = (at.key("portfolio"), at.key("orders"));
        let strategies = portfolio.key("strategies");
        for (name, strategy) in &self.portfolio.strategies {
            let here = strategies.key(name);
            let here = here.key("positions");
            for (symbol, position) in &strategy.positions {
                if position.price.is_none() && !self.prices.contains_key(symbol) {
                    faults.push(without_price(symbol, &here.key(symbol)));
                }
            }
            if strategy.capital.is_some_and(Money::is_negative) {
                let message = format!("The capital of {name} is below zero.");
                faults.push(Fault::new(Code::OutOfRange, strategies.key(name).key("capital"), message, "Give capital from 0."));
            }
        }
        for (i, order) in self.orders.iter().enumerate() {
            let known = self.prices.contains_key(&order.symbol)
                || order.price.is_some()
                || self.portfolio.strategies.keys().any(|name| held(name, &order.symbol).is_some());
            if !known {
                faults.push(without_price(&order.symbol, &orders.index(i)));
            }
        }
        let positions: usize = self.portfolio.strategies.values().map(|strategy| strategy.positions.len()).sum();
        let values =
            |book: &Option<ReturnBook>| book.iter().flat_map(ReturnBook::series).map(|series| series.values.len()).sum::<usize>();
        for (field, count, most) in [
            ("orders", self.orders.len(), ORDERS_MAX),
            ("portfolio", positions, POSITIONS_MAX),
            ("returns", values(&self.returns) + values(&self.benchmark), VALUES_MAX),
        ] {
            if count > most {
                let message = format!("{count} values in {field}, and {most} are the most.");
                faults.push(Fault::new(Code::LimitExceeded, at.key(field), message, "Split the request."));
            }
        }
        if self.benchmark.as_ref().is_some_and(|book| book.len() != 1) {
            let message = "The benchmark is not one series.";
            faults.push(Fault::new(Code::Conflict, at.key("benchmark"), message, "Give the returns of one market."));
        }
    }

    /// All prices that are known: those given, else those of orders and positions: the highest of them, so that neither order nor caution is lost.
    fn exposure(&self) -> Exposure {
        let mut other: BTreeMap<&str, Price> = BTreeMap::new();
        let planned = self.orders.iter().filter_map(|order| Some((order.symbol.as_str(), order.price?)));
        let held = self.portfolio.strategies.values().flat_map(|strategy| &strategy.positions);
        let held = held.filter_map(|(symbol, position)| Some((symbol.as_str(), position.price?)));
        for (symbol, price) in held.chain(planned) {
            let entry = other.entry(symbol).or_insert(price);
            *entry = (*entry).max(price);
        }
        let mut exposure = Exposure::new(self.prices.clone());
        for (symbol, price) in other {
            exposure.price_if_none(symbol, price);
        }
        for (name, strategy) in &self.portfolio.strategies {
            for (symbol, position) in &strategy.positions {
                exposure.add(name, symbol, position.quantity);
            }
        }
        exposure
    }

    /// Returns of the whole by date, newest `lookback`: those of the strategies by capital, on the dates that all of them have.
    fn whole_returns(&self) -> Result<Vec<(UnixNanos, f64)>, Unknown> {
        let book = self.returns.as_ref().filter(|book| !book.is_empty()).ok_or(Unknown::InsufficientHistory)?;
        let capital = |name: &str| self.portfolio.strategies.get(name).and_then(|strategy| strategy.capital);
        let series: Vec<_> = book
            .series()
            .iter()
            .filter_map(|series| Some((series, capital(&series.name)?)))
            .filter(|(_, capital)| !capital.is_zero())
            .collect();
        let all = self.portfolio.total_capital.unwrap_or_else(|| series.iter().map(|(_, capital)| *capital).sum());
        if !all.is_positive() || series.is_empty() {
            return Err(Unknown::NoCapital);
        }
        let mut by_date: BTreeMap<UnixNanos, (usize, f64)> = BTreeMap::new();
        for (series, capital) in &series {
            let weight = capital.fraction_of(all).unwrap_or(0.0);
            for (time, value) in series.times.iter().zip(&series.values) {
                let entry = by_date.entry(*time).or_insert((0, 0.0));
                *entry = (entry.0 + 1, entry.1 + weight * value);
            }
        }
        let common: Vec<(UnixNanos, f64)> =
            by_date.into_iter().filter(|(_, (n, _))| *n == series.len()).map(|(time, (_, value))| (time, value)).collect();
        let newest = common.len().saturating_sub(self.config.lookback as usize);
        Ok(common[newest..].to_vec())
    }

    fn beta(&self, whole: &[(UnixNanos, f64)]) -> Figure {
        let Some(market) = self.benchmark.as_ref().and_then(|book| book.series().first()) else {
            return Err(Unknown::NoBenchmark);
        };
        let known: BTreeMap<UnixNanos, f64> = market.times.iter().copied().zip(market.values.iter().copied()).collect();
        let (mine, its): (Vec<f64>, Vec<f64>) =
            whole.iter().filter_map(|(time, value)| Some((*value, *known.get(time)?))).unzip();
        beta(&mine, &its)
    }
}

fn without_price(symbol: &str, at: &At<'_>) -> Fault {
    let message = format!("{symbol} has no price.");
    Fault::new(Code::MissingStatistics, at, message, "Give it in `prices`, or beside the position or order.")
}

impl Request for LimitsRequest {
    const OPERATION: &'static str = "limits";
    type Config = LimitsConfig;
    type Result = LimitsResult;

    fn decode(fields: &mut Fields<'_>, compat: Option<Compat>, faults: &mut Faults) -> Option<Self> {
        let at = At::Root;
        let allocations = fields.optional("allocations", BTreeMap::new(), &at, faults);
        let benchmark = fields.optional("benchmark", None, &at, faults);
        let config = decode_config(fields, compat, faults);
        let orders: Option<Vec<PlannedOrder>> = fields.optional("orders", Vec::new(), &at, faults);
        let portfolio = fields.required("portfolio", &at, faults);
        let prices = fields.optional("prices", BTreeMap::new(), &at, faults);
        let returns = fields.optional("returns", None, &at, faults);
        let mut orders = orders?;
        let key =
            |order: &PlannedOrder| (order.strategy.clone(), order.symbol.clone(), order.id.clone(), order.quantity, order.price);
        orders.sort_by_cached_key(key);
        let request = LimitsRequest {
            allocations: allocations?,
            benchmark: benchmark?,
            config: config?,
            orders,
            portfolio: portfolio?,
            prices: prices?,
            returns: returns?,
            version: VERSION,
        };
        request.validate(faults);
        Some(request)
    }

    fn run(&self) -> Result<LimitsResult, Problem> {
        let mut faults = Faults::new();
        self.validate(&mut faults);
        faults.finish(Some(()))?;
        let (config, value) = (&self.config, self.portfolio.value);
        let returns = self.whole_returns();
        let values = |returns: &[(UnixNanos, f64)]| returns.iter().map(|(_, value)| *value).collect::<Vec<f64>>();
        let whole = returns.as_ref().map(|returns| values(returns)).map_err(|unknown| *unknown);
        let at_risk = whole.as_ref().map_err(|unknown| *unknown).and_then(|whole| {
            let quantile = var_historical(&ascending(whole), config.var_level, config.var_rule)?;
            Ok((-quantile * value.to_f64()).max(0.0))
        });
        let spread =
            whole.as_ref().map_err(|unknown| *unknown).and_then(|whole| volatility(whole, config.ddof, config.periods_per_year));
        let risk = PortfolioRisk {
            value,
            peak: self.portfolio.peak.unwrap_or(value).max(value),
            day_start: self.portfolio.day_start_value,
            value_at_risk: at_risk,
            volatility: spread,
            beta: returns.as_ref().map_err(|unknown| *unknown).and_then(|returns| self.beta(returns)),
            strategies: self
                .portfolio
                .strategies
                .iter()
                .map(|(name, strategy)| (name.clone(), StrategyRisk { value: strategy.value, peak: strategy.peak }))
                .collect(),
        };
        let mut reasons = Reasons::default();
        let before = exposure_record("before", &self.exposure(), value, &mut reasons);
        let mut gate = Gate::new(config, &risk, self.exposure());
        let orders = self.orders.iter().map(|order| verdict_record(&gate.judge(&as_order(order)))).collect();
        let after = exposure_record("after", &gate.exposure, value, &mut reasons);
        let scale = match (risk.volatility, config.volatility_target) {
            (Ok(volatility), Some(target)) if volatility > 0.0 => (target / volatility).min(config.volatility_scale_max),
            _ => 1.0,
        };
        let drawdown = (value - risk.peak).fraction_of(risk.peak).ok_or(Unknown::NoCapital);
        Ok(LimitsResult {
            after,
            allocations: self.allocations.iter().map(|(name, share)| (name.clone(), share.to_f64() * scale)).collect(),
            before,
            halted: gate.halted,
            orders,
            risk: RiskRecord {
                beta: reasons.take("risk.beta", risk.beta),
                drawdown: reasons.take("risk.drawdown", drawdown),
                n: whole.as_ref().map_or(0, Vec::len) as u32,
                value_at_risk: reasons.take("risk.value_at_risk", risk.value_at_risk),
                volatility: reasons.take("risk.volatility", risk.volatility),
            },
            unknown: reasons.finish(),
            violations: gate.violations.iter().map(|(limit, count)| ((*limit).to_owned(), *count)).collect(),
            warnings: self.warnings(scale, &risk),
        })
    }
}

impl LimitsRequest {
    fn warnings(&self, scale: f64, risk: &PortfolioRisk) -> Vec<Fault> {
        let mut warnings = Vec::new();
        if let (false, Err(unknown), Some(_)) = (self.allocations.is_empty(), risk.volatility, self.config.volatility_target) {
            warnings.push(Fault::new(
                Code::UnknownStatistic,
                "/allocations",
                format!("The volatility is unknown ({unknown:?}); the allocations are not scaled."),
                "Give more returns.",
            ));
        } else if !self.allocations.is_empty() && scale < 1.0 {
            warnings.push(Fault::new(
                Code::LimitBinds,
                "/allocations",
                format!(
                    "Volatility is above its target; the allocations are multiplied by {scale:.4} and the rest stays in cash."
                ),
                "Nothing has to be done.",
            ));
        }
        warnings
    }
}

fn as_order(order: &PlannedOrder) -> Order {
    Order {
        symbol: order.symbol.clone(),
        strategy: order.strategy.clone(),
        id: order.id.clone(),
        limit_price: None,
        quantity: order.quantity,
    }
}

fn exposure_record(when: &str, exposure: &Exposure, value: Money, reasons: &mut Reasons) -> ExposureRecord {
    let (gross, net, largest) = (exposure.gross(), exposure.net(), exposure.largest());
    let share = |amount: Option<Money>| {
        let amount = amount.ok_or(Unknown::NotRepresentable)?;
        amount.fraction_of(value).ok_or(Unknown::NoCapital)
    };
    let most = largest.map_or(Some(Money::ZERO), |(_, amount)| Some(amount));
    ExposureRecord {
        concentration: reasons.take(&format!("{when}.concentration"), share(most)),
        gross: reasons.take_any(&format!("{when}.gross"), gross.ok_or(Unknown::NotRepresentable)),
        largest: largest.map(|(symbol, _)| symbol.to_owned()),
        leverage: reasons.take(&format!("{when}.leverage"), share(gross)),
        net: reasons.take_any(&format!("{when}.net"), net.ok_or(Unknown::NotRepresentable)),
    }
}

/// A verdict as answers show it.
pub(super) fn verdict_record(judged: &Judged) -> OrderVerdict {
    OrderVerdict {
        allowed: judged.allowed,
        findings: judged.findings.iter().map(finding_record).collect(),
        id: judged.order.id.clone(),
        quantity: judged.order.quantity,
        strategy: judged.order.strategy.clone(),
        symbol: judged.order.symbol.clone(),
        verdict: judged.verdict,
    }
}

fn finding_record(finding: &Finding) -> FindingRecord {
    let name = finding.limit.as_str().replace('_', " ");
    let threshold = finding.threshold.map_or_else(String::new, |threshold| format!(" {threshold}"));
    let message = match (finding.limit, finding.value) {
        (LimitKind::KillSwitch, _) => String::from("Trading is halted; only what closes may leave."),
        (LimitKind::Value, _) => String::from("The portfolio is worth nothing; nothing may be opened."),
        (_, None) => format!("The {name} is unknown, and its limit is{threshold}."),
        (_, Some(value)) => format!("The {name} would be {value:.4}, beyond{threshold}."),
    };
    FindingRecord { limit: finding.limit, message, threshold: finding.threshold, value: finding.value, verdict: finding.verdict }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(text: &str) -> Result<LimitsResult, Problem> {
        LimitsRequest::from_json(text.as_bytes()).and_then(|request| limits(&request)).map(|answer| answer.result)
    }

    #[test]
    fn a_portfolio_keeps_its_own_peak() {
        // 80,000 of 100,000: 20 % below, which rejects and does not halt.
        let result = answer(
            r#"{"version":1,"portfolio":{"value":80000,"peak":100000},
                "orders":[{"strategy":"a","symbol":"X","quantity":10,"price":100}]}"#,
        )
        .unwrap();
        assert_eq!((result.orders[0].verdict, result.halted), (Verdict::Reject, false));
        assert_eq!(result.risk.drawdown, Some(-0.2));
        assert_eq!(result.violations, BTreeMap::from([("drawdown".to_owned(), 1)]));
    }

    #[test]
    fn volatility_targeting_takes_risk_off_and_does_not_fill_up_again() {
        // ±2 % a day is 32.6 % a year; a target of 12 % leaves 0.368 of it.
        let days: Vec<String> =
            (1..=20).map(|i| format!(r#"["2024-01-{i:02}",{}]"#, if i % 2 == 0 { 0.02 } else { -0.02 })).collect();
        let text = format!(
            r#"{{"version":1,"portfolio":{{"value":100,"strategies":{{"a":{{"capital":100}}}}}},"returns":{{"a":[{}]}},
                "allocations":{{"a":0.5,"b":"0.5"}}}}"#,
            days.join(",")
        );
        let result = answer(&text).unwrap();
        let scale = 0.12 / result.risk.volatility.unwrap();
        assert!((scale - 0.368).abs() < 0.001);
        assert_eq!(result.allocations, BTreeMap::from([("a".to_owned(), 0.5 * scale), ("b".to_owned(), 0.5 * scale)]));
        // Without returns nothing is known, and nothing is scaled.
        let result = answer(r#"{"version":1,"portfolio":{"value":100},"allocations":{"a":0.5}}"#).unwrap();
        assert_eq!(result.allocations, BTreeMap::from([("a".to_owned(), 0.5)]));
        assert!(result.unknown.iter().any(|unknown| unknown.figure == "risk.volatility"));
    }

    #[test]
    fn a_symbol_without_a_price_is_refused() {
        let problem = answer(
            r#"{"version":1,"portfolio":{"value":100,"strategies":{"a":{"positions":{"X":{"quantity":1}}}}},
                "orders":[{"strategy":"a","symbol":"Y","quantity":1}]}"#,
        )
        .unwrap_err();
        let found: Vec<&str> = problem.problems.iter().map(|fault| fault.path.as_str()).collect();
        assert_eq!(found, ["/portfolio/strategies/a/positions/X", "/orders/0"]);
    }
}
