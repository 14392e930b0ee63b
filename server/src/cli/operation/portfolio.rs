//! `allocator portfolio`: a script of steps in, or bars from prices and orders; states, journal and performance out.

use super::run_file::{Drafted, Given, Holds, carry_out};
use super::whole_request;
use crate::cli::args::{OperationArgs, ReadingArgs};
use allocator_core::op::portfolio::PortfolioRequest;
use allocator_core::units::UnixNanos;
use allocator_core::wire::Json;
use allocator_core::{Code, Fault, Problem};
use clap::Args;
use std::collections::BTreeMap;
use std::process::ExitCode;

/// `allocator portfolio`.
#[derive(Args, Debug)]
pub(crate) struct PortfolioArgs {
    /// Prices: every date becomes a bar of the script, between the steps of the run file that have a time. Repeatable.
    #[arg(long, value_name = "[ID=]FILE", conflicts_with = "input")]
    pub(crate) prices: Vec<String>,
    /// Orders, one a row: date, strategy, symbol, quantity; each is part of the first bar at or after its date. Repeatable.
    #[arg(long, value_name = "FILE", conflicts_with = "input")]
    pub(crate) orders: Vec<String>,
    /// What the owner pays in at the start, money.
    #[arg(long, value_name = "MONEY", conflicts_with = "input")]
    pub(crate) total_capital: Option<String>,
    #[command(flatten)]
    #[allow(missing_docs, reason = "a documentation comment would become the help of the first flattened option")]
    pub(crate) reading: ReadingArgs,
    #[command(flatten)]
    #[allow(missing_docs, reason = "as above")]
    pub(crate) operation: OperationArgs,
}

/// Carries it out.
///
/// # Errors
/// What is wrong with files, settings or request.
pub(crate) fn run(args: &PortfolioArgs) -> Result<ExitCode, Problem> {
    if let Some(input) = &args.operation.input {
        return whole_request("portfolio", input, &args.operation);
    }
    // The request has no tables of its own: both become steps of the script.
    let tables = vec![("prices", Holds::Prices, args.prices.as_slice()), ("orders", Holds::Records, args.orders.as_slice())];
    let mut draft = Drafted::read(&Given::of("portfolio", tables, &args.operation, &args.reading))?;
    if let Some(capital) = &args.total_capital {
        draft.put("total_capital", Json::String(capital.clone()));
    }
    let (prices, orders) = (draft.remove("prices"), draft.remove("orders"));
    if prices.is_some() || orders.is_some() {
        let bars = bars(&mut draft, prices.unwrap_or(Json::Null), orders.unwrap_or(Json::Null));
        let script = match draft.remove("script") {
            Some(Json::Array(steps)) => steps,
            Some(other) => {
                draft.put("script", other);
                return carry_out::<PortfolioRequest>(&mut draft, &args.operation);
            }
            None => Vec::new(),
        };
        draft.put("script", Json::Array(merged(script, bars)));
    }
    carry_out::<PortfolioRequest>(&mut draft, &args.operation)
}

/// What happens at one time.
#[derive(Default)]
struct Bar {
    prices: Vec<(String, Json)>,
    orders: Vec<Json>,
}

/// A bar for every date that has a price; where there are no prices, for every date that has an order.
fn bars(draft: &mut Drafted, prices: Json, orders: Json) -> BTreeMap<UnixNanos, Bar> {
    let mut all: BTreeMap<UnixNanos, Bar> = BTreeMap::new();
    let has_prices = prices != Json::Null;
    if let Json::Object(series) = prices {
        for (symbol, rows) in series {
            let column = |name: &str| rows.get(name).and_then(Json::as_array).unwrap_or_default();
            for (date, price) in column("date").iter().zip(column("value")) {
                if let Some(time) = date.as_str().and_then(UnixNanos::parse) {
                    all.entry(time).or_default().prices.push((symbol.clone(), price.clone()));
                }
            }
        }
    }
    let Json::Array(rows) = orders else { return all };
    for (i, row) in rows.into_iter().enumerate() {
        let Json::Object(mut fields) = row else { continue };
        let at = fields.iter().position(|(key, _)| key == "time");
        let time = at.map(|at| fields.remove(at).1).and_then(|time| UnixNanos::parse(time.as_str()?));
        let bar = match time {
            Some(time) if has_prices => all.range_mut(time..).next().map(|(_, bar)| bar),
            Some(time) => Some(all.entry(time).or_default()),
            None => None,
        };
        if let Some(bar) = bar {
            bar.orders.push(Json::Object(fields));
        } else {
            let place = draft.row(&format!("/orders/{i}/time")).unwrap_or_default();
            let message = if time.is_some() { "The order comes after the last price." } else { "The order has no date." };
            draft.files.refuse(Fault::new(
                Code::NotFound,
                place,
                message,
                "Give every order a date that has a bar at or after it.",
            ));
        }
    }
    all
}

/// Steps and bars in the order of time: a step goes before the bar of its time; one without a time stays behind the step before it.
fn merged(script: Vec<Json>, bars: BTreeMap<UnixNanos, Bar>) -> Vec<Json> {
    let mut all: Vec<(Option<UnixNanos>, bool, Json)> = Vec::with_capacity(script.len() + bars.len());
    let mut now = None;
    for step in script {
        let own = step.get("time").and_then(Json::as_str).and_then(UnixNanos::parse);
        now = own.or(now);
        all.push((now, false, step));
    }
    for (time, bar) in bars {
        let fields = [
            ("do", Json::String(String::from("bar"))),
            ("time", Json::String(time.to_string())),
            ("prices", Json::Object(bar.prices)),
            ("orders", Json::Array(bar.orders)),
        ];
        let step = fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        all.push((Some(time), true, Json::Object(step)));
    }
    all.sort_by_key(|(time, is_bar, _)| (*time, *is_bar));
    all.into_iter().map(|(.., step)| step).collect()
}
