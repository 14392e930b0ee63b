//! Operation `net`: orders of all strategies in; what meets inside, what leaves, what comes back to whom, and what it saves (P6).

use super::{Request, VERSION, decode_config};
use crate::config::OperationConfig;
use crate::config::compat::Compat;
use crate::config::netting::NettingConfig;
use crate::error::{Code, Fault, Faults, Problem};
use crate::money::{Money, Price, Quantity, notional};
use crate::netting::{self, Netting, ORDERS_MAX, Order, basis_points, commission};
use crate::stats::{Reasons, Unknown, UnknownFigure};
use crate::units::name_fault;
use crate::wire::{At, Decode, Fields, Json};
use serde::Serialize;
use std::collections::BTreeMap;

/// Most fills of one request.
pub const FILLS_MAX: usize = 100_000;

/// What became of an order that left: a fill, whole or partial.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", serde(deny_unknown_fields))]
pub struct OutsideFill {
    /// Place of the order in `outside` of the answer, from 0: the same orders and settings always give the same places.
    pub order: u32,
    /// Money for one share.
    pub price: Price,
    /// Shares, by size or signed as the order.
    pub quantity: Quantity,
}

/// A request to net orders.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", serde(deny_unknown_fields))]
pub struct NetRequest {
    /// Settings.
    #[cfg_attr(feature = "schema", serde(default))]
    pub config: NettingConfig,
    /// Fills of the orders that left, in the order in which they came.
    #[cfg_attr(feature = "schema", serde(default))]
    pub fills: Vec<OutsideFill>,
    /// Orders of all strategies, in any order.
    pub orders: Vec<Order>,
    /// Fair price of every symbol: middle of bid and ask, or the price of decision.
    #[cfg_attr(feature = "schema", serde(default))]
    pub prices: BTreeMap<String, Price>,
    /// 1.
    pub version: u32,
}

/// What netting saves. Money is null where a price is not known.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NettingBenefit {
    /// Commission if every order left by itself.
    pub commission_gross: Option<Money>,
    /// Commission of what leaves.
    pub commission_net: Option<Money>,
    /// The difference, never below zero.
    pub commission_saved: Option<Money>,
    /// Money that would be traded if every order left by itself.
    pub notional_gross: Option<Money>,
    /// Money that is traded outside.
    pub notional_net: Option<Money>,
    /// The difference.
    pub notional_saved: Option<Money>,
    /// `notional_saved` as a fraction of `notional_gross`.
    pub share_saved: Option<f64>,
    /// Half of the spread on the money that is not traded.
    pub spread_saved: Option<Money>,
}

/// Two groups of orders that met inside.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CrossRecord {
    /// Money for one share; null where no price is known, and nothing was filled outside to learn it from.
    pub price: Option<Price>,
    /// Shares that changed hands.
    pub quantity: Quantity,
    /// What.
    pub symbol: String,
}

/// A part of an order that was executed, inside or outside.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct VirtualFillRecord {
    /// Whether it met another order of ours.
    pub inside: bool,
    /// Place of the order in `orders`, from 0.
    pub order: u32,
    /// Money for one share.
    pub price: Option<Price>,
    /// Shares, signed as the order.
    pub quantity: Quantity,
    /// Whose.
    pub strategy: String,
    /// What.
    pub symbol: String,
}

/// One order and how far it came.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OrderRecord {
    /// What it would cost by itself.
    pub commission_alone: Option<Money>,
    /// Shares met inside, signed.
    pub crossed: Quantity,
    /// Shares filled outside, signed.
    pub filled: Quantity,
    /// The strategy's own name for it.
    pub id: Option<String>,
    /// The worst price that it accepts.
    pub limit_price: Option<Price>,
    /// Shares still wanted, signed.
    pub open: Quantity,
    /// Shares ordered, signed.
    pub quantity: Quantity,
    /// Whose.
    pub strategy: String,
    /// What.
    pub symbol: String,
}

/// An order that leaves the house.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OutsideRecord {
    /// What it costs.
    pub commission: Option<Money>,
    /// Shares filled so far, signed.
    pub filled: Quantity,
    /// The worst price that it accepts.
    pub limit_price: Option<Price>,
    /// Places in `orders` of the orders behind it.
    pub orders: Vec<u32>,
    /// Shares to buy; negative to sell.
    pub quantity: Quantity,
    /// What.
    pub symbol: String,
    /// It leaves when all orders of a lower wave and the same symbol are filled or cancelled.
    pub wave: u32,
}

/// One symbol at a glance.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SymbolNet {
    /// Shares to buy, over all orders.
    pub buy: Quantity,
    /// Shares met inside.
    pub crossed: Quantity,
    /// Shares to buy less shares to sell.
    pub net: Quantity,
    /// The fair price.
    pub price: Option<Price>,
    /// Shares to sell, over all orders.
    pub sell: Quantity,
    /// What.
    pub symbol: String,
}

/// What netting made of the orders.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NetResult {
    /// What it saves.
    pub benefit: NettingBenefit,
    /// What met inside.
    pub crosses: Vec<CrossRecord>,
    /// Who got what, as it happened. Signed shares of a symbol add up to what was filled outside.
    pub fills: Vec<VirtualFillRecord>,
    /// All orders, by symbol and strategy.
    pub orders: Vec<OrderRecord>,
    /// What leaves.
    pub outside: Vec<OutsideRecord>,
    /// Every symbol at a glance.
    pub symbols: Vec<SymbolNet>,
    /// Why each null figure of `benefit` is null.
    pub unknown: Vec<UnknownFigure>,
    /// What is worth knowing and refuses nothing.
    pub warnings: Vec<Fault>,
}

/// The answer with its digest.
pub type NetResponse = super::Answer<NetResult>;

/// Nets orders of several strategies.
///
/// # Errors
/// Settings outside their range, too many orders, fills that fit no order.
pub fn net(request: &NetRequest) -> Result<NetResponse, Problem> {
    request.answer()
}

impl Decode for OutsideFill {
    fn decode(json: &Json, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::open(json, at, faults)?;
        let order = fields.required("order", at, faults);
        let price = fields.required("price", at, faults);
        let quantity = fields.required("quantity", at, faults);
        fields.close(at, faults);
        Some(OutsideFill { order: order?, price: price?, quantity: quantity? })
    }
}

/// Checks names that are keys of prices.
pub(super) fn check_symbols<'a>(symbols: impl Iterator<Item = &'a String>, at: &At<'_>, faults: &mut Faults) {
    for symbol in symbols {
        if let Some(why) = name_fault(symbol) {
            faults.push(Fault::new(
                Code::InvalidName,
                at.key(symbol),
                format!("The symbol {symbol:?} {why}."),
                "Give a plain symbol.",
            ));
        }
    }
}

impl NetRequest {
    fn validate(&self, faults: &mut Faults) {
        let at = At::Root;
        self.config.validate(&at.key("config"), faults);
        check_symbols(self.prices.keys(), &at.key("prices"), faults);
        for (field, count, most) in [("orders", self.orders.len(), ORDERS_MAX), ("fills", self.fills.len(), FILLS_MAX)] {
            if count > most {
                let message = format!("{count} {field}, and {most} are the most.");
                faults.push(Fault::new(Code::LimitExceeded, at.key(field), message, "Split the request."));
            }
        }
    }
}

impl Request for NetRequest {
    const OPERATION: &'static str = "net";
    type Config = NettingConfig;
    type Result = NetResult;

    fn decode(fields: &mut Fields<'_>, compat: Option<Compat>, faults: &mut Faults) -> Option<Self> {
        let at = At::Root;
        let config = decode_config(fields, compat, faults);
        let fills = fields.optional("fills", Vec::new(), &at, faults);
        let orders: Option<Vec<Order>> = fields.required("orders", &at, faults);
        let prices = fields.optional("prices", BTreeMap::new(), &at, faults);
        let mut orders = orders?;
        // The order in which they came does not matter, so it is not part of the request.
        orders.sort();
        let request = NetRequest { config: config?, fills: fills?, orders, prices: prices?, version: VERSION };
        request.validate(faults);
        Some(request)
    }

    fn run(&self) -> Result<NetResult, Problem> {
        let mut faults = Faults::new();
        self.validate(&mut faults);
        faults.finish(Some(()))?;
        let mut netting = netting::net(self.orders.clone(), &self.prices, &self.config);
        let mut faults = Faults::new();
        for (i, fill) in self.fills.iter().enumerate() {
            if let Err(problem) = netting.fill(fill.order as usize, fill.quantity, fill.price) {
                faults.extend(Faults::from(problem.under(&format!("/fills/{i}"))));
            }
        }
        faults.finish(Some(()))?;
        let mut reasons = Reasons::default();
        let benefit = benefit(&netting, self, &mut reasons);
        Ok(NetResult {
            benefit,
            crosses: netting
                .crosses
                .iter()
                .map(|cross| CrossRecord { price: cross.price, quantity: cross.quantity, symbol: cross.symbol.clone() })
                .collect(),
            fills: fills(&netting),
            orders: orders(&netting, self),
            outside: outside(&netting, self),
            symbols: symbols(&netting, self),
            unknown: reasons.finish(),
            warnings: warnings(&netting),
        })
    }
}

/// The price at which an order is judged: the fair one, else its limit.
fn judged_at(symbol: &str, limit: Option<Price>, request: &NetRequest) -> Option<Price> {
    request.prices.get(symbol).copied().or(limit)
}

fn fills(netting: &Netting) -> Vec<VirtualFillRecord> {
    let record = |piece: &netting::Piece| {
        let order = &netting.orders[piece.order].order;
        VirtualFillRecord {
            inside: piece.inside,
            order: piece.order as u32,
            price: piece.price,
            quantity: piece.quantity,
            strategy: order.strategy.clone(),
            symbol: order.symbol.clone(),
        }
    };
    netting.pieces.iter().map(record).collect()
}

fn orders(netting: &Netting, request: &NetRequest) -> Vec<OrderRecord> {
    let record = |progress: &netting::Progress| {
        let order = &progress.order;
        let price = judged_at(&order.symbol, order.limit_price, request);
        OrderRecord {
            commission_alone: commission(order.quantity, price, &request.config.commission),
            crossed: progress.crossed,
            filled: progress.filled,
            id: order.id.clone(),
            limit_price: order.limit_price,
            open: progress.open(),
            quantity: order.quantity,
            strategy: order.strategy.clone(),
            symbol: order.symbol.clone(),
        }
    };
    netting.orders.iter().map(record).collect()
}

fn outside(netting: &Netting, request: &NetRequest) -> Vec<OutsideRecord> {
    let record = |order: &netting::Outside| {
        let price = judged_at(&order.symbol, order.limit_price, request);
        OutsideRecord {
            commission: commission(order.quantity, price, &request.config.commission),
            filled: order.filled,
            limit_price: order.limit_price,
            orders: order.behind.iter().map(|(place, _)| *place as u32).collect(),
            quantity: order.quantity,
            symbol: order.symbol.clone(),
            wave: order.wave,
        }
    };
    netting.outside.iter().map(record).collect()
}

fn symbols(netting: &Netting, request: &NetRequest) -> Vec<SymbolNet> {
    let mut all: BTreeMap<&str, SymbolNet> = BTreeMap::new();
    for progress in &netting.orders {
        let order = &progress.order;
        let row = all.entry(&order.symbol).or_insert_with(|| SymbolNet {
            buy: Quantity::ZERO,
            crossed: Quantity::ZERO,
            net: Quantity::ZERO,
            price: request.prices.get(&order.symbol).copied(),
            sell: Quantity::ZERO,
            symbol: order.symbol.clone(),
        });
        if order.quantity.is_negative() {
            row.sell -= order.quantity;
        } else {
            row.buy += order.quantity;
            row.crossed += progress.crossed;
        }
        row.net += order.quantity;
    }
    all.into_values().collect()
}

/// The sum of what is known of every item; `None` as soon as one is not.
fn total(items: impl Iterator<Item = Option<Money>>) -> Option<Money> {
    items.sum::<Option<Money>>().filter(|total| total.abs() < Money::whole(Money::MAX))
}

fn benefit(netting: &Netting, request: &NetRequest, reasons: &mut Reasons) -> NettingBenefit {
    let costs = &request.config.commission;
    let fair = |symbol: &str| request.prices.get(symbol).copied();
    let orders = || netting.orders.iter().map(|progress| &progress.order);
    let commission_gross =
        total(orders().map(|order| commission(order.quantity, judged_at(&order.symbol, order.limit_price, request), costs)));
    let commission_net = total(
        netting
            .outside
            .iter()
            .map(|order| commission(order.quantity, judged_at(&order.symbol, order.limit_price, request), costs)),
    );
    let traded = |symbol: &str, quantity: Quantity| fair(symbol).and_then(|price| notional(quantity.abs(), price));
    let notional_gross = total(orders().map(|order| traded(&order.symbol, order.quantity)));
    let notional_net = total(netting.outside.iter().map(|order| traded(&order.symbol, order.quantity)));
    // Rounding of the parts may bring the difference a unit of the last place below zero.
    let saved = |gross: Option<Money>, net: Option<Money>| Some((gross? - net?).max(Money::ZERO));
    let notional_saved = saved(notional_gross, notional_net);
    let spread_saved = match (request.config.half_spread_bps, notional_saved) {
        (None, _) => Err(Unknown::NoSpread),
        (_, None) => Err(Unknown::NoPrice),
        (Some(bps), Some(saved)) => Ok(basis_points(saved, bps)),
    };
    let share_saved = match (notional_saved, notional_gross) {
        (Some(saved), Some(gross)) => saved.fraction_of(gross).ok_or(Unknown::NoTrades),
        _ => Err(Unknown::NoPrice),
    };
    let mut known = |figure: &str, value: Option<Money>| reasons.take_any(figure, value.ok_or(Unknown::NoPrice));
    let commission_saved = known("commission_saved", saved(commission_gross, commission_net));
    let commission_gross = known("commission_gross", commission_gross);
    let commission_net = known("commission_net", commission_net);
    let notional_gross = known("notional_gross", notional_gross);
    let notional_net = known("notional_net", notional_net);
    let notional_saved = known("notional_saved", notional_saved);
    NettingBenefit {
        commission_gross,
        commission_net,
        commission_saved,
        notional_gross,
        notional_net,
        notional_saved,
        share_saved: reasons.take("share_saved", share_saved),
        spread_saved: reasons.take_any("spread_saved", spread_saved),
    }
}

fn warnings(netting: &Netting) -> Vec<Fault> {
    let mut warnings = Vec::new();
    if netting.dropped > 0 {
        let message = format!("{} orders are for no shares and were dropped.", netting.dropped);
        warnings.push(Fault::new(Code::OrderDropped, "/orders", message, "Leave them out."));
    }
    let mut late: Vec<&str> = netting.outside.iter().filter(|order| order.wave > 0).map(|order| order.symbol.as_str()).collect();
    late.dedup();
    for symbol in late {
        warnings.push(Fault::new(
            Code::SelfTrade,
            "/orders",
            format!("Orders for {symbol} could trade with each other outside; they leave one after the other, in waves."),
            "Send a wave when the earlier one is filled or cancelled.",
        ));
    }
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(text: &str) -> Result<NetResult, Problem> {
        NetRequest::from_json(text.as_bytes()).and_then(|request| net(&request)).map(|answer| answer.result)
    }

    #[test]
    fn the_example_of_two_strategies() {
        // 100 − 50: gross 150, net 50 shares at 1: 100 saved, two thirds. Commission 0.75 − 0.25.
        let result = answer(
            r#"{"version":1,"orders":[{"strategy":"A","symbol":"AAPL","quantity":100},{"strategy":"B","symbol":"AAPL","quantity":-50}],
                "prices":{"AAPL":1},"config":{"half_spread_bps":10}}"#,
        )
        .unwrap();
        let money = |text: &str| Some(Money::parse(text).unwrap());
        assert_eq!(result.benefit.notional_saved, money("100"));
        assert_eq!(result.benefit.share_saved, Some(100.0 / 150.0));
        assert_eq!(result.benefit.commission_saved, money("0.5"));
        assert_eq!(result.benefit.spread_saved, money("0.1"));
        assert_eq!(result.unknown, []);
    }

    #[test]
    fn without_prices_the_benefit_in_money_is_unknown_and_not_zero() {
        let result = answer(r#"{"version":1,"orders":[{"strategy":"A","symbol":"AAPL","quantity":100}]}"#).unwrap();
        assert_eq!(result.benefit.notional_gross, None);
        assert_eq!(result.benefit.commission_gross, Some(Money::parse("0.5").unwrap()));
        let unknown: Vec<&str> = result.unknown.iter().map(|unknown| unknown.figure.as_str()).collect();
        assert_eq!(unknown, ["notional_gross", "notional_net", "notional_saved", "share_saved", "spread_saved"]);
    }

    #[test]
    fn every_fault_is_reported_together() {
        let problem = answer(
            r#"{"version":1,"orders":[{"strategy":"","symbol":"A","quantity":"NaN"},{"strategy":"b","symbol":"A","qty":1}],
                "prices":{"A":0}}"#,
        )
        .unwrap_err();
        let found: Vec<String> = problem.problems.iter().map(|fault| format!("{} {}", fault.path, fault.code)).collect();
        assert_eq!(
            found,
            [
                "/orders/0/quantity not_finite",
                "/orders/0/strategy invalid_name",
                "/orders/1 missing_field",
                "/orders/1/qty unknown_field",
                "/prices/A impossible_value",
            ]
        );
        let fills = r#"{"version":1,"orders":[{"strategy":"a","symbol":"A","quantity":10,"limit_price":5}],
            "fills":[{"order":1,"quantity":1,"price":5},{"order":0,"quantity":11,"price":5},{"order":0,"quantity":1,"price":6}]}"#;
        let found: Vec<String> =
            answer(fills).unwrap_err().problems.iter().map(|fault| format!("{} {}", fault.path, fault.code)).collect();
        assert_eq!(found, ["/fills/0/order not_found", "/fills/1/quantity out_of_range", "/fills/2/price out_of_range"]);
    }
}
