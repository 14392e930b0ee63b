//! The operations of the contract: one request, one answer, the same bytes everywhere (C1, C2).
//!
//! Every operation is a pure function of its request. [`run`] takes and gives JSON by the operation's name, for the command line,
//! HTTP and JavaScript; Rust callers use the typed function of the operation's module.

pub mod alpha;
pub mod attribution;
pub mod audit;
pub mod backtest;
pub mod blend;
pub mod capital;
pub mod correlation;
#[cfg(feature = "codec")]
pub mod inspect;
pub mod limits;
pub mod metrics;
pub mod net;
pub mod portfolio;
pub mod position_limits;
pub mod risk;
pub mod schedule;
pub mod tear_sheet;
pub mod tune;
pub mod walk_forward;

use crate::config::OperationConfig;
use crate::config::compat::Compat;
use crate::error::{Code, Fault, Faults, Problem};
use crate::wire::{At, Choice, Digest, Fields, Json, digest_of, digest_of_result_bytes, insert_entry, parse, to_canonical_bytes};
use serde::Serialize;

/// The version of requests and responses that this build speaks.
pub const VERSION: u32 = 1;

/// A request: canonical once read, with every default filled in.
pub trait Request: Sized + Serialize {
    /// The operation's name in paths, on the command line and in the digest.
    const OPERATION: &'static str;
    /// Its settings, the field `config`.
    type Config: OperationConfig;
    /// What it answers.
    type Result: Serialize;

    /// Reads the request's own fields; `fields` is closed by the caller.
    fn decode(fields: &mut Fields<'_>, compat: Option<Compat>, faults: &mut Faults) -> Option<Self>;

    /// Carries it out.
    ///
    /// # Errors
    /// What the input makes impossible, with place and mend.
    fn run(&self) -> Result<Self::Result, Problem>;

    /// Reads a request from JSON text.
    ///
    /// # Errors
    /// Every fault found, at most 50, each with its JSON pointer.
    fn from_json(bytes: &[u8]) -> Result<Self, Problem> {
        Self::from_tree(&parse(bytes)?)
    }

    /// Reads a request from a JSON tree. `version` must be 1; `compat`, a preset, gives the settings that the request leaves out.
    ///
    /// # Errors
    /// As [`Request::from_json`].
    fn from_tree(json: &Json) -> Result<Self, Problem> {
        let mut faults = Faults::new();
        let at = At::Root;
        let read = Fields::open(json, &at, &mut faults).and_then(|mut fields| {
            let version: Option<f64> = fields.required("version", &at, &mut faults);
            if version.is_some_and(|version| version != f64::from(VERSION)) {
                let message = format!("Version {} is not known.", version.unwrap_or_default());
                faults.push(Fault::new(Code::UnsupportedVersion, "/version", message, "Write \"version\": 1."));
            }
            let compat = match fields.raw("compat") {
                None | Some(Json::Null) => None,
                Some(word) => Compat::decode_word(word, &at.key("compat"), &mut faults),
            };
            let request = Self::decode(&mut fields, compat, &mut faults);
            fields.close(&at, &mut faults);
            request
        });
        faults.finish(read)
    }

    /// Carries the request out and puts the digest beside the result.
    ///
    /// # Errors
    /// As [`Request::run`].
    fn answer(&self) -> Result<Answer<Self::Result>, Problem> {
        let result = self.run()?;
        let digest = digest_of(Self::OPERATION, self, &result)?;
        Ok(Answer { result, digest })
    }
}

/// Reads the field `config` over the defaults, or over those of a preset.
pub(crate) fn decode_config<C: OperationConfig>(
    fields: &mut Fields<'_>,
    compat: Option<Compat>,
    faults: &mut Faults,
) -> Option<C> {
    match fields.raw("config") {
        None => Some(base(compat)),
        Some(json) => C::decode_over(json, &At::Root.key("config"), faults, base(compat)),
    }
}

/// A result with its digest beside its own fields.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Answer<T> {
    /// The result.
    #[serde(flatten)]
    pub result: T,
    /// SHA-256 over operation, request and result.
    pub digest: Digest,
}

#[cfg(feature = "schema")]
impl<T: schemars::JsonSchema> schemars::JsonSchema for Answer<T> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        T::schema_name()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let mut schema = T::json_schema(generator);
        let digest = generator.subschema_for::<Digest>();
        if let Some(properties) = schema.get_mut("properties").and_then(serde_json::Value::as_object_mut) {
            properties.insert(String::from("digest"), digest.to_value());
        }
        if let Some(required) = schema.get_mut("required").and_then(serde_json::Value::as_array_mut) {
            required.push("digest".into());
        }
        schema
    }
}

/// The one table of operations, alphabetical: name, request, and a line about each. Command line, HTTP, bindings, schemas,
/// configuration files and tests all read it.
macro_rules! operations {
    ($($name:literal => $request:ty, $summary:literal;)+) => {
        /// The operations by name.
        pub const NAMES: &[&str] = &[$($name),+];

        /// A line about each operation, in the order of [`NAMES`].
        pub const SUMMARIES: &[(&str, &str)] = &[$(($name, $summary)),+];

        fn dispatch(operation: &str, request: &Json, wanted: Wanted) -> Result<Vec<u8>, Problem> {
            match operation {
                $($name => carry_out::<$request>(request, wanted),)+
                _ => Err(unknown(operation)),
            }
        }

        /// The default settings of an operation, or those of a preset, as canonical JSON.
        ///
        /// # Errors
        /// `not_found` for an unknown name.
        pub fn default_config(operation: &str, compat: Option<Compat>) -> Result<Vec<u8>, Problem> {
            match operation {
                $($name => to_canonical_bytes(&base::<<$request as Request>::Config>(compat)),)+
                _ => Err(unknown(operation)),
            }
        }

        /// Checks settings of an operation without a request around them; pushes all faults found.
        ///
        /// # Errors
        /// `not_found` for an unknown name.
        pub fn check_config(
            operation: &str,
            config: &Json,
            compat: Option<Compat>,
            at: &At<'_>,
            faults: &mut Faults,
        ) -> Result<(), Problem> {
            match operation {
                $($name => check::<<$request as Request>::Config>(config, compat, at, faults),)+
                _ => return Err(unknown(operation)),
            }
            Ok(())
        }

        /// Shows every operation's types to a visitor.
        #[cfg(feature = "schema")]
        pub fn visit(visitor: &mut impl Visitor) {
            $(visitor.operation::<$request>();)+
        }
    };
}

operations! {
    "alpha" => alpha::AlphaRequest, "Scores, ranking and signals of alphas and formulas at one moment";
    "attribution" => attribution::AttributionRequest, "Who earned what: profit by strategy, effect and symbol";
    "audit" => audit::AuditRequest, "Audit a strategy in two passes: as it is, and with its exposure scaled by its own risk";
    "backtest" => backtest::BacktestRequest, "Run strategies through past prices: who would have held, traded, paid and earned what";
    "blend" => blend::BlendRequest, "Blend the signals of several strategies into one portfolio";
    "capital" => capital::CapitalRequest, "Split capital across strategies under hard limits, with the reasons";
    "correlation" => correlation::CorrelationRequest, "Correlations of strategies, with alerts above the threshold";
    "limits" => limits::LimitsRequest, "Judge orders against risk limits by the state after the trade";
    "metrics" => metrics::MetricsRequest, "Performance figures of return histories";
    "net" => net::NetRequest, "Net the orders of several strategies, and share out what is filled";
    "portfolio" => portfolio::PortfolioRequest, "Carry out a script on a portfolio of strategies with isolated books";
    "position_limits" => position_limits::PositionLimitsRequest, "Bring target weights within gross, net, asset and turnover limits";
    "risk" => risk::RiskRequest, "State, regimes, risk scalars and exposure of a portfolio";
    "schedule" => schedule::ScheduleRequest, "Decide when to rebalance, with the reason of every decision";
    "tear_sheet" => tear_sheet::TearSheetRequest, "The tear sheet of a backtest as one HTML file";
    "tune" => tune::TuneRequest, "Search regime thresholds that behave better, judged out of sample";
    "walk_forward" => walk_forward::WalkForwardRequest, "Try capital methods on the past without looking ahead, and say how much is luck";
}

/// Who wants to see the types of every operation.
#[cfg(feature = "schema")]
pub trait Visitor {
    /// Sees one operation.
    fn operation<R: Request + schemars::JsonSchema>(&mut self)
    where
        R::Result: schemars::JsonSchema;
}

/// What a request's settings start from.
fn base<C: OperationConfig>(compat: Option<Compat>) -> C {
    compat.map(C::compat).unwrap_or_default()
}

fn check<C: OperationConfig>(config: &Json, compat: Option<Compat>, at: &At<'_>, faults: &mut Faults) {
    if let Some(config) = C::decode_over(config, at, faults, base(compat)) {
        config.validate(at, faults);
    }
}

fn unknown(operation: &str) -> Problem {
    let hint = match crate::wire::nearest(operation, NAMES.iter().copied()) {
        Some(near) => format!("Did you mean {near:?}?"),
        None => format!("Known operations: {}.", NAMES.join(", ")),
    };
    Problem::new(Code::NotFound, "", format!("There is no operation {operation:?}."), hint)
}

/// Carries out an operation by name: JSON request in, canonical JSON answer out.
///
/// # Errors
/// `not_found` for an unknown name, else what reading or carrying out the request refuses.
pub fn run(operation: &str, request: &[u8]) -> Result<Vec<u8>, Problem> {
    run_tree(operation, &parsed(operation, request)?)
}

/// The request as the digest sees it: canonical order, every default filled in, presets resolved.
///
/// # Errors
/// As reading the request.
pub fn canonical_request(operation: &str, request: &[u8]) -> Result<Vec<u8>, Problem> {
    canonical_request_of_tree(operation, &parsed(operation, request)?)
}

/// A misspelt operation is said before what is wrong with its request.
fn parsed(operation: &str, request: &[u8]) -> Result<Json, Problem> {
    if NAMES.contains(&operation) { parse(request) } else { Err(unknown(operation)) }
}

/// As [`run`], on a request that is a tree, with books that are loaded already ([`Json::Held`]) in it.
///
/// # Errors
/// As [`run`].
pub fn run_tree(operation: &str, request: &Json) -> Result<Vec<u8>, Problem> {
    dispatch(operation, request, Wanted::Answer)
}

/// As [`canonical_request`], on a tree.
///
/// # Errors
/// As [`canonical_request`].
pub fn canonical_request_of_tree(operation: &str, request: &Json) -> Result<Vec<u8>, Problem> {
    dispatch(operation, request, Wanted::Request)
}

#[derive(Clone, Copy)]
enum Wanted {
    Request,
    Answer,
}

fn carry_out<R: Request>(request: &Json, wanted: Wanted) -> Result<Vec<u8>, Problem> {
    let request = R::from_tree(request)?;
    match wanted {
        Wanted::Request => to_canonical_bytes(&request),
        // The same bytes as `answer()`, with the result written once instead of twice.
        Wanted::Answer => {
            let result = to_canonical_bytes(&request.run()?)?;
            let digest = digest_of_result_bytes(R::OPERATION, &request, &result)?;
            insert_entry(result, "digest", &to_canonical_bytes(&digest)?)
        }
    }
}
