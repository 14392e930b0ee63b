//! Settings of one portfolio: what it is made of, how fresh that must be, and when it is made.

use allocator_core::config::OperationConfig as _;
use allocator_core::config::blend::BlendConfig;
use allocator_core::wire::{At, Choice, Decode, Fields, Json};
use allocator_core::{Code, Fault, Faults, op};
use serde::Serialize;

/// What becomes of a cycle where a strategy never sent signals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MissingPolicy {
    /// There is no cycle.
    #[default]
    Abort,
    /// The cycle goes on without the strategy.
    Drop,
}

impl Choice for MissingPolicy {
    const WORDS: &'static [(Self, &'static str, &'static [&'static str], &'static str)] = &[
        (MissingPolicy::Abort, "abort", &[], " There is no cycle."),
        (MissingPolicy::Drop, "drop", &[], " The cycle goes on without the strategy."),
    ];
}

/// What becomes of a cycle where a strategy's signals are older than the freshness limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StalePolicy {
    /// There is no cycle.
    #[default]
    Abort,
    /// The cycle goes on without the strategy.
    Drop,
    /// The cycle goes on with the last signals.
    HoldLast,
}

impl Choice for StalePolicy {
    const WORDS: &'static [(Self, &'static str, &'static [&'static str], &'static str)] = &[
        (StalePolicy::Abort, "abort", &[], " There is no cycle."),
        (StalePolicy::Drop, "drop", &[], " The cycle goes on without the strategy."),
        (StalePolicy::HoldLast, "hold_last", &["hold"], " The cycle goes on with the last signals."),
    ];
}

impl Decode for MissingPolicy {
    fn decode(json: &Json, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        Self::decode_word(json, at, faults)
    }
}

impl Decode for StalePolicy {
    fn decode(json: &Json, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        Self::decode_word(json, at, faults)
    }
}

/// What becomes of a cycle while nobody has said what is held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum UnknownPositions {
    /// The cycle goes on without a plan. A turnover limit, which needs what is held, refuses.
    #[default]
    Skip,
    /// There is no cycle.
    Abort,
    /// Nothing is held: for a portfolio that is about to begin.
    Flat,
}

impl Choice for UnknownPositions {
    const WORDS: &'static [(Self, &'static str, &'static [&'static str], &'static str)] = &[
        (
            UnknownPositions::Skip,
            "skip",
            &[],
            " The cycle goes on without a plan. A turnover limit, which needs what is held, refuses.",
        ),
        (UnknownPositions::Abort, "abort", &[], " There is no cycle."),
        (UnknownPositions::Flat, "flat", &[], " Nothing is held: for a portfolio that is about to begin."),
    ];
}

impl Decode for UnknownPositions {
    fn decode(json: &Json, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        Self::decode_word(json, at, faults)
    }
}

/// The steps of a cycle that a portfolio may have settings for, and the operation that each carries out.
pub const STAGES: [(&str, &str); 3] = [("capital", "capital"), ("risk", "risk"), ("limits", "position_limits")];

/// Settings of one portfolio.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PortfolioConfig {
    /// Settings of the blend; what is left out has the operation's default.
    pub blend: Json,
    /// Settings of the split of capital across strategies, from their return histories; null makes none.
    pub capital: Option<Json>,
    /// Time between two cycles on schedule, milliseconds; null runs none.
    pub every_ms: Option<u32>,
    /// Signals older than this are stale, milliseconds.
    pub freshness_ms: u32,
    /// Settings of the position limits; null sets none.
    pub limits: Option<Json>,
    /// What becomes of a cycle where a strategy never sent signals.
    pub missing: MissingPolicy,
    /// Whether new signals start a cycle.
    pub on_signals: bool,
    /// Settings of the risk overlay, from the strategies' return histories; null scales nothing.
    pub risk: Option<Json>,
    /// What becomes of a cycle where signals are stale.
    pub stale: StalePolicy,
    /// The strategies it is made of; empty takes whichever have sent signals.
    pub strategies: Vec<String>,
    /// Whether a cycle hands its result in.
    pub submit: bool,
    /// What becomes of a cycle while nobody has said what is held.
    pub unknown_positions: UnknownPositions,
}

impl Default for PortfolioConfig {
    fn default() -> Self {
        PortfolioConfig {
            blend: Json::Object(Vec::new()),
            capital: None,
            every_ms: None,
            freshness_ms: 86_400_000,
            limits: None,
            missing: MissingPolicy::Abort,
            on_signals: false,
            risk: None,
            stale: StalePolicy::Abort,
            strategies: Vec::new(),
            submit: false,
            unknown_positions: UnknownPositions::Skip,
        }
    }
}

impl Decode for PortfolioConfig {
    fn decode(json: &Json, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        let base = PortfolioConfig::default();
        let mut fields = Fields::open(json, at, faults)?;
        let blend = fields.optional("blend", base.blend, at, faults);
        let capital = fields.optional("capital", base.capital, at, faults);
        let every_ms = fields.optional("every_ms", base.every_ms, at, faults);
        let freshness_ms = fields.optional("freshness_ms", base.freshness_ms, at, faults);
        let limits = fields.optional("limits", base.limits, at, faults);
        let missing = fields.optional("missing", base.missing, at, faults);
        let on_signals = fields.optional("on_signals", base.on_signals, at, faults);
        let risk = fields.optional("risk", base.risk, at, faults);
        let stale = fields.optional("stale", base.stale, at, faults);
        let strategies = fields.optional("strategies", base.strategies, at, faults);
        let submit = fields.optional("submit", base.submit, at, faults);
        let unknown_positions = fields.optional("unknown_positions", base.unknown_positions, at, faults);
        fields.close(at, faults);
        Some(PortfolioConfig {
            blend: blend?,
            capital: capital?,
            every_ms: every_ms?,
            freshness_ms: freshness_ms?,
            limits: limits?,
            missing: missing?,
            on_signals: on_signals?,
            risk: risk?,
            stale: stale?,
            strategies: strategies?,
            submit: submit?,
            unknown_positions: unknown_positions?,
        })
    }
}

impl PortfolioConfig {
    /// The settings of a step, where there are any.
    pub fn stage(&self, name: &str) -> Option<&Json> {
        match name {
            "capital" => self.capital.as_ref(),
            "limits" => self.limits.as_ref(),
            "risk" => self.risk.as_ref(),
            _ => None,
        }
    }

    /// Checks every number, and the settings of each operation as the operation itself would; pushes all faults found.
    pub fn validate(&self, at: &At<'_>, faults: &mut Faults) {
        for (name, value, least) in [("freshness_ms", Some(self.freshness_ms), 1), ("every_ms", self.every_ms, 1_000)] {
            if value.is_some_and(|value| value < least) {
                faults.push(Fault::new(
                    Code::OutOfRange,
                    at.key(name),
                    format!("{name} is {}.", value.unwrap_or_default()),
                    format!("Give at least {least} milliseconds."),
                ));
            }
        }
        let blend = at.key("blend");
        if let Some(config) = BlendConfig::decode(&self.blend, &blend, faults) {
            config.validate(&blend, faults);
        }
        for (step, operation) in STAGES {
            let here = at.key(step);
            let checked = self.stage(step).map(|config| op::check_config(operation, config, None, &here, faults));
            if let Some(Err(problem)) = checked {
                faults.extend(Faults::from(problem));
            }
        }
        let mode = self.risk.as_ref().and_then(|risk| risk.get("mode")).and_then(Json::as_str);
        if mode == Some("precomputed") {
            faults.push(Fault::new(
                Code::Conflict,
                at.key("risk").key("mode"),
                "A cycle has no file of precomputed scalars.",
                "Use mode compute, or off to see what it would do.",
            ));
        }
        for (i, name) in self.strategies.iter().enumerate() {
            if let Some(why) = allocator_core::units::name_fault(name) {
                let message = format!("The strategy id {name:?} {why}.");
                faults.push(Fault::new(Code::InvalidName, at.key("strategies").index(i), message, "Give a plain name."));
            }
            if self.strategies[..i].contains(name) {
                let message = format!("{name:?} stands twice.");
                faults.push(Fault::new(Code::Duplicate, at.key("strategies").index(i), message, "Name each strategy once."));
            }
        }
    }
}
