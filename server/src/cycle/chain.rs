//! The operations of a cycle, each on what the one before it answered, and the plan at their end. Nothing here is recorded.
//!
//! ```text
//! signals ── blend ──┬─────────────────────────────────────────────────┬── risk ── limits ── target ── plan
//!                    └─ capital (returns) ── blend by that split ──────┘             held ────┘───────┘
//! ```
//! The split of capital becomes the plan of a second blend (method `fixed`), so that every cap of the blend holds on what comes out. Scaling
//! the parts of the first one would not do: where opposite parts of a symbol net, a smaller part can make a larger position.

use crate::config::{PortfolioConfig, UnknownPositions};
use crate::journal::{BlobId, Held, Store};
use crate::monitor::Watch;
use crate::plan::{trades, turnover};
use crate::positions::{self, Positions};
use crate::submission::allocation;
use allocator_core::frame::ReturnBook;
use allocator_core::units::UnixNanos;
use allocator_core::wire::{At, Decode as _, Json, parse, to_canonical_bytes};
use allocator_core::{Code, Fault, Faults, Problem, op};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What a cycle is made of.
pub(super) struct Inputs {
    /// The strategies that take part, and their rows.
    pub(super) used: Vec<(String, BlobId)>,
    /// Return histories of the strategies.
    pub(super) returns: Option<BlobId>,
    /// The split of capital that the last cycle made; empty before the first.
    pub(super) split: BTreeMap<String, f64>,
    /// What is held, as far as anybody has said.
    pub(super) held: Option<Held>,
    /// When a cycle was last done, nanoseconds since 1970.
    pub(super) before_ns: Option<i64>,
    /// When this one decides.
    pub(super) now_ns: i64,
}

/// One step.
pub(super) enum Link {
    /// An operation was carried out.
    Done { step: &'static str, operation: &'static str, request: Vec<u8>, response: Vec<u8>, detail: Value },
    /// There was nothing to do.
    Off { step: &'static str, reason: String },
}

/// What was computed.
#[derive(Default)]
pub(super) struct Chain {
    /// Step by step.
    pub(super) links: Vec<Link>,
    /// What correlations to watch.
    pub(super) watch: Option<Watch>,
    /// What is to be held, fractions of capital by symbol.
    pub(super) target: BTreeMap<String, f64>,
    /// Outcome and details of the plan.
    pub(super) plan: Option<(&'static str, Value)>,
    /// The step that refused, and why.
    pub(super) refused: Option<(&'static str, Problem)>,
}

impl Chain {
    /// Whether it came to its end.
    pub(super) fn is_whole(&self) -> bool {
        self.refused.is_none() && !self.links.is_empty()
    }

    /// Carries out an operation as a step; answers what it answered.
    fn carry_out(&mut self, step: &'static str, operation: &'static str, request: &Json) -> Result<Json, Refused> {
        let carried = || {
            let canonical = op::canonical_request(operation, &to_canonical_bytes(request)?)?;
            let response = op::run(operation, &canonical)?;
            Ok((parse(&response)?, canonical, response))
        };
        let (answer, request, response) = carried().map_err(|problem| (step, problem))?;
        self.links.push(Link::Done { step, operation, request, response, detail: json!({}) });
        self.target = allocation(operation, &answer).into_iter().collect();
        Ok(answer)
    }

    /// Says more about the last step.
    fn add_detail(&mut self, more: Value) {
        if let Some(Link::Done { detail, .. }) = self.links.last_mut() {
            *detail = more;
        }
    }

    fn off(&mut self, step: &'static str, reason: impl Into<String>) {
        self.links.push(Link::Off { step, reason: reason.into() });
    }
}

type Refused = (&'static str, Problem);

/// Computes everything.
///
/// # Errors
/// What is ours to mend (`internal`, `journal_damaged`, `io`). What the input or the settings make impossible is in `refused`.
pub(super) fn compute(store: &Store, config: &PortfolioConfig, inputs: &Inputs) -> Result<Chain, Problem> {
    let mut chain = Chain::default();
    match links(&mut chain, store, config, inputs) {
        Err((_, problem)) if problem.status >= 500 => return Err(problem),
        Err(refused) => chain.refused = Some(refused),
        Ok(()) => {}
    }
    Ok(chain)
}

fn links(chain: &mut Chain, store: &Store, config: &PortfolioConfig, inputs: &Inputs) -> Result<(), Refused> {
    let held = positions_of(store, config, inputs).map_err(|problem| ("plan", problem))?;
    let (signals, returns) = texts(store, inputs).map_err(|problem| ("blend", problem))?;

    let request = |blend: &Json| {
        let mut fields = vec![("config", blend.clone()), ("signals", signals.clone()), ("version", Json::Number(1.0))];
        fields.extend(returns.clone().map(|returns| ("returns", returns)));
        object(fields)
    };
    let mut blended = chain.carry_out("blend", "blend", &request(&config.blend))?;
    if let Some(Link::Done { request, .. }) = chain.links.last() {
        chain.watch = Some(Watch::of("blend", request).map_err(|problem| ("blend", problem))?);
    }

    match &config.capital {
        None => chain.off("capital", "The portfolio has no settings capital: the blend's own method splits between strategies."),
        Some(capital) => {
            let split = chain.carry_out("capital", "capital", &capital_request(capital, inputs, returns.as_ref()))?;
            let shares = std::mem::take(&mut chain.target);
            chain.add_detail(json!({ "cash": split.get("cash").and_then(Json::as_f64), "split": shares }));
            // Unknown is not "sell everything": a portfolio whose histories are missing keeps what it has.
            let rows = split.get("allocations").and_then(Json::as_array).unwrap_or_default();
            let unknown = |row: &Json| row.get("unknown").is_some_and(|why| *why != Json::Null);
            if !rows.is_empty() && rows.iter().all(unknown) {
                return Err((
                    "capital_blend",
                    Problem::new(
                        Code::MissingStatistics,
                        "/returns",
                        "No strategy has a history that the split of capital can be made from.",
                        "Send \"returns\" with the signals, or leave the portfolio's capital out.",
                    ),
                ));
            }
            blended = chain.carry_out("capital_blend", "blend", &request(&by_split(&config.blend, &shares)))?;
        }
    }

    match &config.risk {
        None => chain.off("risk", "The portfolio has no settings risk: nothing is scaled."),
        Some(_) if chain.target.is_empty() => chain.off("risk", "There is nothing to scale."),
        Some(risk) => {
            let request = risk_request(risk, inputs, returns.as_ref(), &blended, &chain.target);
            let answer = chain.carry_out("risk", "risk", &request.map_err(|problem| ("risk", problem))?)?;
            chain.add_detail(applied(&answer));
        }
    }

    match &config.limits {
        None => chain.off("limits", "The portfolio has no settings limits: none are set besides those of the blend."),
        Some(limits) => {
            let previous = match &held {
                Some(held) => held.weights.clone(),
                None if limits.get("turnover_max") == Some(&Json::Null) => BTreeMap::new(),
                None => return Err(("limits", nobody_has_said("The limit on turnover needs to know what is held"))),
            };
            let request = object(vec![
                ("config", limits.clone()),
                ("previous", weights(&previous)),
                ("target", weights(&chain.target)),
                ("version", Json::Number(1.0)),
            ]);
            let answer = chain.carry_out("limits", "position_limits", &request)?;
            let figure = |name: &str| answer.get(name).and_then(Json::as_f64);
            chain.add_detail(json!({ "gross": figure("gross"), "net": figure("net"), "turnover": figure("turnover") }));
        }
    }

    chain.plan = Some(match held {
        None => ("off", json!({ "reason": "Nobody has said what is held: report it, or set unknown_positions." })),
        Some(held) => {
            let plan = trades(&chain.target, &held.weights);
            let as_of = crate::clock::iso8601(held.as_of_ns);
            (
                "done",
                json!({ "as_of": as_of, "held": held.weights, "source": held.source, "turnover": turnover(&plan), "trades": plan }),
            )
        }
    });
    Ok(())
}

/// What is held, or what the settings put in its place.
fn positions_of(store: &Store, config: &PortfolioConfig, inputs: &Inputs) -> Result<Option<Positions>, Problem> {
    match (&inputs.held, config.unknown_positions) {
        (Some(held), _) => positions::of(store, held).map(Some),
        (None, UnknownPositions::Skip) => Ok(None),
        (None, UnknownPositions::Abort) => Err(nobody_has_said("The portfolio makes no cycle without knowing what is held")),
        (None, UnknownPositions::Flat) => {
            Ok(Some(Positions { as_of_ns: inputs.now_ns, source: "flat".to_owned(), weights: BTreeMap::new() }))
        }
    }
}

fn nobody_has_said(why: &str) -> Problem {
    Problem::new(
        Code::MissingField,
        "/positions",
        format!("{why}, and nobody has said."),
        "POST /api/v1/portfolios/<id>/positions, or set the portfolio's unknown_positions: flat while nothing is held.",
    )
}

/// The collected signals, and the histories.
fn texts(store: &Store, inputs: &Inputs) -> Result<(Json, Option<Json>), Problem> {
    let mut signals = Vec::with_capacity(inputs.used.len());
    for (strategy, content) in &inputs.used {
        signals.push((strategy.clone(), parse(&store.blob(*content)?)?));
    }
    let returns = inputs.returns.map(|returns| parse(&store.blob(returns)?)).transpose()?;
    Ok((Json::Object(signals), returns))
}

/// The split is made between the strategies that take part: one without a history is declared by an empty one.
fn capital_request(config: &Json, inputs: &Inputs, returns: Option<&Json>) -> Json {
    let history = |strategy: &str| returns.and_then(|all| all.get(strategy)).cloned().unwrap_or(Json::Array(Vec::new()));
    let histories = inputs.used.iter().map(|(strategy, _)| (strategy.clone(), history(strategy))).collect();
    let part = |strategy: &String| inputs.used.iter().any(|(used, _)| used == strategy);
    let before: BTreeMap<String, f64> =
        inputs.split.iter().filter(|(strategy, _)| part(strategy)).map(|(strategy, share)| (strategy.clone(), *share)).collect();
    object(vec![
        ("config", config.clone()),
        ("previous", weights(&before)),
        ("returns", Json::Object(histories)),
        ("version", Json::Number(1.0)),
    ])
}

/// The settings of a blend whose strategies get what a split of capital gives them. A single strategy must not pass it by.
fn by_split(blend: &Json, shares: &BTreeMap<String, f64>) -> Json {
    let ours = [
        ("method", Json::String("fixed".to_owned())),
        ("single_strategy", Json::String("cap".to_owned())),
        ("strategy_weights", weights(shares)),
    ];
    let mut fields = match blend {
        Json::Object(fields) => fields.clone(),
        _ => Vec::new(),
    };
    fields.retain(|(name, _)| ours.iter().all(|(own, _)| own != name));
    fields.extend(ours.map(|(name, value)| (name.to_owned(), value)));
    Json::Object(fields)
}

/// The overlay looks at the portfolio as it would have been with today's shares: on the dates that the histories of all strategies in it
/// share, the sum of share times return; the strategies are its assets. What is applied is what was known at the cycle before, as in
/// an audit; at the first cycle, at the last common date.
fn risk_request(
    config: &Json,
    inputs: &Inputs,
    returns: Option<&Json>,
    blended: &Json,
    target: &BTreeMap<String, f64>,
) -> Result<Json, Problem> {
    let mut faults = Faults::new();
    let none = Json::Object(Vec::new());
    let book = ReturnBook::decode(returns.unwrap_or(&none), &At::Root, &mut faults);
    let shares: Vec<(String, f64)> = match blended.get("strategy_weights") {
        Some(Json::Object(shares)) => shares
            .iter()
            .filter_map(|(name, share)| Some((name.clone(), share.as_f64()?)))
            .filter(|(_, share)| *share > 0.0)
            .collect(),
        _ => Vec::new(),
    };
    for (strategy, _) in &shares {
        if book.as_ref().is_some_and(|book| book.get(strategy).is_none_or(|series| series.times.is_empty())) {
            faults.push(Fault::new(
                Code::MissingStatistics,
                At::Root.key("returns").key(strategy),
                format!("The risk overlay needs the returns of {strategy:?}, which is part of the portfolio."),
                "Send \"returns\" with the signals, or leave the portfolio's risk out.",
            ));
        }
    }
    let book = faults.finish(book)?;
    let parts: Vec<_> = shares.iter().filter_map(|(name, share)| Some((*share, book.get(name)?))).collect();
    let mut dates: BTreeSet<UnixNanos> = parts.first().map(|(_, one)| one.times.iter().copied().collect()).unwrap_or_default();
    for (_, series) in &parts {
        dates.retain(|date| series.times.binary_search(date).is_ok());
    }
    let of_day = |date: &UnixNanos| -> f64 {
        let one = |(share, series): &(f64, &allocator_core::frame::Series)| {
            series.times.binary_search(date).map_or(0.0, |day| share * series.values[day])
        };
        parts.iter().map(one).sum()
    };
    let Some(last) = dates.last().copied() else {
        return Err(Problem::new(
            Code::InsufficientHistory,
            "/returns",
            "The strategies' histories have no date in common: the portfolio's own return is unknown on every day.",
            "Send returns of the same days.",
        ));
    };
    let portfolio = columns(dates.iter().map(|date| (*date, of_day(date))));
    let assets = parts
        .iter()
        .map(|(_, series)| (series.name.clone(), columns(series.times.iter().copied().zip(series.values.iter().copied()))));
    let now = UnixNanos(inputs.now_ns);
    let before = UnixNanos(inputs.before_ns.unwrap_or(last.0).min(inputs.now_ns.saturating_sub(1)));
    let table = target.iter().map(|(symbol, weight)| (symbol.clone(), columns([(before, *weight), (now, *weight)])));
    Ok(object(vec![
        ("asset_returns", Json::Object(assets.collect())),
        ("config", config.clone()),
        ("portfolio_returns", Json::Object(vec![("portfolio".to_owned(), portfolio)])),
        ("version", Json::Number(1.0)),
        ("weights", Json::Object(table.collect())),
    ]))
}

/// What the overlay did at this cycle.
fn applied(answer: &Json) -> Value {
    let last = |name: &str| answer.get("exposure")?.get(name)?.as_array()?.last().cloned();
    let text = |name: &str| last(name).and_then(|value| value.as_str().map(str::to_owned));
    json!({
        "basis": text("basis"),
        "known_at": text("known_at"),
        "mode": answer.get("mode").and_then(Json::as_str),
        "regime": text("regime"),
        "scalar": last("scalar").and_then(|value| value.as_f64()),
    })
}

fn columns(points: impl IntoIterator<Item = (UnixNanos, f64)>) -> Json {
    let (dates, values) = points.into_iter().map(|(date, value)| (Json::String(date.to_string()), Json::Number(value))).unzip();
    object(vec![("date", Json::Array(dates)), ("value", Json::Array(values))])
}

fn weights(all: &BTreeMap<String, f64>) -> Json {
    Json::Object(all.iter().map(|(name, weight)| (name.clone(), Json::Number(*weight))).collect())
}

fn object(fields: Vec<(&str, Json)>) -> Json {
    Json::Object(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}
