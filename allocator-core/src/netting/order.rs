//! One order of one strategy.

use crate::error::{Code, Fault, Faults};
use crate::money::{Price, Quantity};
use crate::units::name_fault;
use crate::wire::{At, Decode, Fields, Json};
use serde::Serialize;

/// An order of a strategy: a market order, or with a limit price a limit order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", serde(deny_unknown_fields))]
pub struct Order {
    /// What.
    pub symbol: String,
    /// Whose.
    pub strategy: String,
    /// The strategy's own name for it, to find it again.
    #[cfg_attr(feature = "schema", serde(default))]
    pub id: Option<String>,
    /// The worst price that it accepts; null for a market order.
    #[cfg_attr(feature = "schema", serde(default))]
    pub limit_price: Option<Price>,
    /// Shares to buy; negative to sell.
    pub quantity: Quantity,
}

impl Order {
    /// Whether the order accepts a price: a market order any, a limit order none worse than its limit.
    pub fn accepts(&self, price: Price) -> bool {
        accepts(self.quantity.is_negative(), self.limit_price, price)
    }
}

/// Whether a buy or sell with this limit accepts a price.
pub(super) fn accepts(sell: bool, limit: Option<Price>, price: Price) -> bool {
    match limit {
        None => true,
        Some(limit) if sell => price >= limit,
        Some(limit) => price <= limit,
    }
}

impl Decode for Order {
    fn decode(json: &Json, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::open(json, at, faults)?;
        let id: Option<Option<String>> = fields.optional("id", None, at, faults);
        let limit_price = fields.optional("limit_price", None, at, faults);
        let quantity = fields.required("quantity", at, faults);
        let strategy: Option<String> = fields.required("strategy", at, faults);
        let symbol: Option<String> = fields.required("symbol", at, faults);
        fields.close(at, faults);
        let mut named = true;
        for (field, name) in [("strategy", &strategy), ("symbol", &symbol), ("id", &id.clone().flatten())] {
            if let Some(why) = name.as_deref().and_then(name_fault) {
                let message = format!("The {field} {:?} {why}.", name.as_deref().unwrap_or_default());
                faults.push(Fault::new(Code::InvalidName, at.key(field), message, "Give a plain name."));
                named = false;
            }
        }
        let order = Order { symbol: symbol?, strategy: strategy?, id: id?, limit_price: limit_price?, quantity: quantity? };
        named.then_some(order)
    }
}
