//! The allocator's core for JavaScript: thin exports, the same bytes as everywhere else.
//!
//! ```text
//! run("blend", bytes) -> bytes         the identical-bytes path: canonical JSON in, canonical JSON out
//! blend({...}) -> {...}                the same with objects
//! new Session(): add_file, blend, ...  files stay loaded while settings change
//! ```
//!
//! What is refused is thrown as a plain object of the shape of [`allocator_core::Problem`]. A panic is a defect: it ruins the
//! instance, which is why the dashboard runs this in a Worker that can be thrown away (`js/worker.js`).

mod archive;
mod columns;
mod convert;
mod held;
mod parts;
mod place;
mod reading;
mod session;

pub use columns::Columns;
pub use place::Place;
pub use reading::Row;
pub use reading::convert as convert_table;
pub use session::{FileKey, Report, SAMPLE, Session as Loaded};

use self::convert::{from_json, thrown, to_json};
use allocator_core::error::Problem;
use allocator_core::op;
use allocator_core::wire::to_canonical_string;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = include_str!("../../docs/reference/schemas/types.d.ts");

#[wasm_bindgen]
extern "C" {
    /// `BlendRequest` of the generated types.
    #[wasm_bindgen(typescript_type = "BlendRequest")]
    pub type BlendRequest;
    /// `BlendResponse` of the generated types.
    #[wasm_bindgen(typescript_type = "BlendResponse")]
    pub type BlendResponse;
    /// `CapitalRequest` of the generated types.
    #[wasm_bindgen(typescript_type = "CapitalRequest")]
    pub type CapitalRequest;
    /// `CapitalResponse` of the generated types.
    #[wasm_bindgen(typescript_type = "CapitalResponse")]
    pub type CapitalResponse;
    /// `CorrelationRequest` of the generated types.
    #[wasm_bindgen(typescript_type = "CorrelationRequest")]
    pub type CorrelationRequest;
    /// `CorrelationResponse` of the generated types.
    #[wasm_bindgen(typescript_type = "CorrelationResponse")]
    pub type CorrelationResponse;
    /// `MetricsRequest` of the generated types.
    #[wasm_bindgen(typescript_type = "MetricsRequest")]
    pub type MetricsRequest;
    /// `MetricsResponse` of the generated types.
    #[wasm_bindgen(typescript_type = "MetricsResponse")]
    pub type MetricsResponse;
    /// `AuditRequest` of the generated types.
    #[wasm_bindgen(typescript_type = "AuditRequest")]
    pub type AuditRequest;
    /// `AuditResponse` of the generated types.
    #[wasm_bindgen(typescript_type = "AuditResponse")]
    pub type AuditResponse;
    /// `PositionLimitsRequest` of the generated types.
    #[wasm_bindgen(typescript_type = "PositionLimitsRequest")]
    pub type PositionLimitsRequest;
    /// `PositionLimitsResponse` of the generated types.
    #[wasm_bindgen(typescript_type = "PositionLimitsResponse")]
    pub type PositionLimitsResponse;
    /// `RiskRequest` of the generated types.
    #[wasm_bindgen(typescript_type = "RiskRequest")]
    pub type RiskRequest;
    /// `RiskResponse` of the generated types.
    #[wasm_bindgen(typescript_type = "RiskResponse")]
    pub type RiskResponse;
    /// `ScheduleRequest` of the generated types.
    #[wasm_bindgen(typescript_type = "ScheduleRequest")]
    pub type ScheduleRequest;
    /// `ScheduleResponse` of the generated types.
    #[wasm_bindgen(typescript_type = "ScheduleResponse")]
    pub type ScheduleResponse;
    /// `TuneRequest` of the generated types.
    #[wasm_bindgen(typescript_type = "TuneRequest")]
    pub type TuneRequest;
    /// `TuneResponse` of the generated types.
    #[wasm_bindgen(typescript_type = "TuneResponse")]
    pub type TuneResponse;
    /// `WalkForwardRequest` of the generated types.
    #[wasm_bindgen(typescript_type = "WalkForwardRequest")]
    pub type WalkForwardRequest;
    /// `WalkForwardResponse` of the generated types.
    #[wasm_bindgen(typescript_type = "WalkForwardResponse")]
    pub type WalkForwardResponse;
    /// `AlphaRequest` of the generated types.
    #[wasm_bindgen(typescript_type = "AlphaRequest")]
    pub type AlphaRequest;
    /// `AlphaResponse` of the generated types.
    #[wasm_bindgen(typescript_type = "AlphaResponse")]
    pub type AlphaResponse;
    /// `AttributionRequest` of the generated types.
    #[wasm_bindgen(typescript_type = "AttributionRequest")]
    pub type AttributionRequest;
    /// `AttributionResponse` of the generated types.
    #[wasm_bindgen(typescript_type = "AttributionResponse")]
    pub type AttributionResponse;
    /// `BacktestRequest` of the generated types.
    #[wasm_bindgen(typescript_type = "BacktestRequest")]
    pub type BacktestRequest;
    /// `BacktestResponse` of the generated types.
    #[wasm_bindgen(typescript_type = "BacktestResponse")]
    pub type BacktestResponse;
    /// `LimitsRequest` of the generated types.
    #[wasm_bindgen(typescript_type = "LimitsRequest")]
    pub type LimitsRequest;
    /// `LimitsResponse` of the generated types.
    #[wasm_bindgen(typescript_type = "LimitsResponse")]
    pub type LimitsResponse;
    /// `NetRequest` of the generated types.
    #[wasm_bindgen(typescript_type = "NetRequest")]
    pub type NetRequest;
    /// `NetResponse` of the generated types.
    #[wasm_bindgen(typescript_type = "NetResponse")]
    pub type NetResponse;
    /// `PortfolioRequest` of the generated types.
    #[wasm_bindgen(typescript_type = "PortfolioRequest")]
    pub type PortfolioRequest;
    /// `PortfolioResponse` of the generated types.
    #[wasm_bindgen(typescript_type = "PortfolioResponse")]
    pub type PortfolioResponse;
    /// `TearSheetRequest` of the generated types.
    #[wasm_bindgen(typescript_type = "TearSheetRequest")]
    pub type TearSheetRequest;
    /// `TearSheetResponse` of the generated types.
    #[wasm_bindgen(typescript_type = "TearSheetResponse")]
    pub type TearSheetResponse;
    /// `InspectResponse` of the generated types.
    #[wasm_bindgen(typescript_type = "InspectResponse")]
    pub type Inspection;
}

/// Runs once when the module is loaded: a panic then says on the console where it happened.
#[wasm_bindgen(start)]
pub fn start() {
    console_error_panic_hook::set_once();
}

/// The version of this build.
#[wasm_bindgen]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

/// The operations that [`run`] knows.
#[wasm_bindgen]
pub fn operations() -> Vec<String> {
    op::NAMES.iter().map(|name| (*name).to_owned()).collect()
}

/// Carries out an operation on a JSON request: the same bytes as the command line and HTTP answer.
///
/// # Errors
/// A `Problem` is thrown.
#[wasm_bindgen]
pub fn run(operation: &str, request: &[u8]) -> Result<Vec<u8>, JsValue> {
    parts::operations().and_then(|part| (part.run)(operation, request)).map_err(|problem| thrown(&problem))
}

/// The request as the digest sees it: canonical order, every default filled in.
///
/// # Errors
/// A `Problem` is thrown.
#[wasm_bindgen]
pub fn canonical_request(operation: &str, request: &[u8]) -> Result<Vec<u8>, JsValue> {
    parts::operations().and_then(|part| (part.canonical_request)(operation, request)).map_err(|problem| thrown(&problem))
}

/// Blends the signals of several strategies into one portfolio.
///
/// # Errors
/// A `Problem` is thrown.
#[wasm_bindgen]
pub fn blend(request: &BlendRequest) -> Result<BlendResponse, JsValue> {
    operate("blend", request).map(JsCast::unchecked_into)
}

/// The split of capital across strategies, with its reasons.
///
/// # Errors
/// A `Problem` is thrown.
#[wasm_bindgen]
pub fn capital(request: &CapitalRequest) -> Result<CapitalResponse, JsValue> {
    operate("capital", request).map(JsCast::unchecked_into)
}

/// Correlations of strategies' returns, with alerts.
///
/// # Errors
/// A `Problem` is thrown.
#[wasm_bindgen]
pub fn correlation(request: &CorrelationRequest) -> Result<CorrelationResponse, JsValue> {
    operate("correlation", request).map(JsCast::unchecked_into)
}

/// Figures of return histories: Sharpe ratio, drawdown and others.
///
/// # Errors
/// A `Problem` is thrown.
#[wasm_bindgen]
pub fn metrics(request: &MetricsRequest) -> Result<MetricsResponse, JsValue> {
    operate("metrics", request).map(JsCast::unchecked_into)
}

/// Two-pass audit of a strategy: as it is, and with its exposure scaled by its own risk.
///
/// # Errors
/// A `Problem` is thrown.
#[wasm_bindgen]
pub fn audit(request: &AuditRequest) -> Result<AuditResponse, JsValue> {
    operate("audit", request).map(JsCast::unchecked_into)
}

/// Target weights within gross, net, asset and turnover limits.
///
/// # Errors
/// A `Problem` is thrown.
#[wasm_bindgen]
pub fn position_limits(request: &PositionLimitsRequest) -> Result<PositionLimitsResponse, JsValue> {
    operate("position_limits", request).map(JsCast::unchecked_into)
}

/// State, regimes, risk scalars and exposure of a portfolio.
///
/// # Errors
/// A `Problem` is thrown.
#[wasm_bindgen]
pub fn risk(request: &RiskRequest) -> Result<RiskResponse, JsValue> {
    operate("risk", request).map(JsCast::unchecked_into)
}

/// When to rebalance, with the reason of every decision.
///
/// # Errors
/// A `Problem` is thrown.
#[wasm_bindgen]
pub fn schedule(request: &ScheduleRequest) -> Result<ScheduleResponse, JsValue> {
    operate("schedule", request).map(JsCast::unchecked_into)
}

/// Regime thresholds that behave better, judged out of sample.
///
/// # Errors
/// A `Problem` is thrown.
#[wasm_bindgen]
pub fn tune(request: &TuneRequest) -> Result<TuneResponse, JsValue> {
    operate("tune", request).map(JsCast::unchecked_into)
}

/// Capital methods on the past without looking ahead, and how much is luck.
///
/// # Errors
/// A `Problem` is thrown.
#[wasm_bindgen]
pub fn walk_forward(request: &WalkForwardRequest) -> Result<WalkForwardResponse, JsValue> {
    operate("walk_forward", request).map(JsCast::unchecked_into)
}

/// Scores, ranking and signals of alphas and formulas at one moment.
///
/// # Errors
/// A `Problem` is thrown.
#[wasm_bindgen]
pub fn alpha(request: &AlphaRequest) -> Result<AlphaResponse, JsValue> {
    operate("alpha", request).map(JsCast::unchecked_into)
}

/// Who earned what: profit by strategy, effect and symbol.
///
/// # Errors
/// A `Problem` is thrown.
#[wasm_bindgen]
pub fn attribution(request: &AttributionRequest) -> Result<AttributionResponse, JsValue> {
    operate("attribution", request).map(JsCast::unchecked_into)
}

/// Strategies through past prices: who would have held, traded, paid and earned what.
///
/// # Errors
/// A `Problem` is thrown.
#[wasm_bindgen]
pub fn backtest(request: &BacktestRequest) -> Result<BacktestResponse, JsValue> {
    operate("backtest", request).map(JsCast::unchecked_into)
}

/// Orders against risk limits, judged by the state after the trade.
///
/// # Errors
/// A `Problem` is thrown.
#[wasm_bindgen]
pub fn limits(request: &LimitsRequest) -> Result<LimitsResponse, JsValue> {
    operate("limits", request).map(JsCast::unchecked_into)
}

/// Orders of several strategies netted: what meets inside, what leaves, and who gets what of a fill.
///
/// # Errors
/// A `Problem` is thrown.
#[wasm_bindgen]
pub fn net(request: &NetRequest) -> Result<NetResponse, JsValue> {
    operate("net", request).map(JsCast::unchecked_into)
}

/// A script carried out on a portfolio of strategies with isolated books.
///
/// # Errors
/// A `Problem` is thrown.
#[wasm_bindgen]
pub fn portfolio(request: &PortfolioRequest) -> Result<PortfolioResponse, JsValue> {
    operate("portfolio", request).map(JsCast::unchecked_into)
}

/// The tear sheet of a backtest as one HTML file.
///
/// # Errors
/// A `Problem` is thrown.
#[wasm_bindgen]
pub fn tear_sheet(request: &TearSheetRequest) -> Result<TearSheetResponse, JsValue> {
    operate("tear_sheet", request).map(JsCast::unchecked_into)
}

fn operate(operation: &str, request: &JsValue) -> Result<JsValue, JsValue> {
    let request = to_json(request).map_err(|problem| thrown(&problem))?;
    let answer = run(operation, request.as_bytes())?;
    from_json(&answer)
}

/// How the columns of a file are read, with the first rows and every problem; nothing is kept.
///
/// # Errors
/// Never for a bad file: its problems are in the answer. An answer that cannot be turned into an object would be a defect.
#[wasm_bindgen]
pub fn inspect(name: &str, bytes: &[u8]) -> Result<Inspection, JsValue> {
    let inspection = parts::files().map(|part| (part.inspect)(name, bytes)).map_err(|problem| thrown(&problem))?;
    convert::object(&inspection).map(JsCast::unchecked_into)
}

/// A table in another format: `csv`, `json`, `arrow`, `arrow_stream` or `parquet`, by the writers of the command line.
///
/// # Errors
/// A `Problem` is thrown: the bytes are no table, or the format is not known.
#[wasm_bindgen]
pub fn convert(name: &str, bytes: &[u8], format: &str) -> Result<Vec<u8>, JsValue> {
    parts::files().and_then(|part| (part.convert)(name, bytes, format)).map_err(|problem| thrown(&problem))
}

/// Fetches a part of the engine that the first answer did without: `files` (readers and writers), `operations` (all functions on
/// requests, and what a session asks beside its blend) or `archive` (of a run). Where nothing was split off it answers at once.
///
/// # Errors
/// A `Problem` is thrown: it did not come, or there is none of that name.
#[wasm_bindgen]
pub async fn fetched(part: String) -> Result<(), JsValue> {
    parts::fetched(&part).await.map_err(|problem| thrown(&problem))
}

/// Ends this instance the way a defect would, so that a page can show that it survives one. Nothing of it may be used afterwards.
#[wasm_bindgen]
pub fn abort() {
    std::process::abort();
}

/// The bytes of a large file as they come, piece by piece, so that they are held once and not in JavaScript as well.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Incoming {
    bytes: Vec<u8>,
}

#[wasm_bindgen]
impl Incoming {
    /// Room for a file of so many bytes.
    #[wasm_bindgen(constructor)]
    pub fn new(size: usize) -> Incoming {
        Incoming { bytes: Vec::with_capacity(size) }
    }

    /// The next piece.
    pub fn push(&mut self, piece: &[u8]) {
        self.bytes.extend_from_slice(piece);
    }
}

/// Loaded files, so that a changed setting does not read them again. Reports and answers are JSON text.
#[wasm_bindgen]
#[derive(Debug, Default)]
pub struct Session {
    loaded: Loaded,
}

/// What a method of the session answers: JSON text, or a thrown `Problem`.
type Answer = Result<String, JsValue>;

fn answer(result: Result<String, Problem>) -> Answer {
    result.map_err(|problem| thrown(&problem))
}

#[wasm_bindgen]
impl Session {
    /// An empty session.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Session {
        Session::default()
    }

    /// Reads a file under a number of the caller's (from 1). The report says what it is used for, or which problems keep it out.
    ///
    /// # Errors
    /// A `Problem` is thrown; a bad file is none, its problems are in the report.
    pub fn add_file(&mut self, key: FileKey, name: &str, bytes: Vec<u8>) -> Answer {
        self.add_file_as(key, name, bytes, "")
    }

    /// As `add_file`, with what the user says about the file: roles of columns, the strategy of rows that name none, mends of
    /// cells and rows. `said` is JSON text; an empty one says nothing.
    ///
    /// # Errors
    /// A `Problem` is thrown.
    pub fn add_file_as(&mut self, key: FileKey, name: &str, bytes: Vec<u8>, said: &str) -> Answer {
        answer(parts::files().and_then(|part| (part.add)(&mut self.loaded, key, name, bytes, said)))
    }

    /// As `add_file_as`, of a file that has come in pieces; they are used up.
    ///
    /// # Errors
    /// A `Problem` is thrown.
    #[allow(clippy::needless_pass_by_value, reason = "what is used up is taken")]
    pub fn add_incoming(&mut self, key: FileKey, name: &str, incoming: Incoming, said: &str) -> Answer {
        self.add_file_as(key, name, incoming.bytes, said)
    }

    /// Reads the sample strategies from the ECB's reference rates; they are in use while no file is.
    ///
    /// # Errors
    /// A `Problem` is thrown.
    pub fn load_sample(&mut self, bytes: &[u8]) -> Answer {
        answer(self.loaded.load_sample(bytes).and_then(|report| to_canonical_string(&report)))
    }

    /// Forgets a file; 0 is the sample.
    ///
    /// # Errors
    /// A `Problem` is thrown.
    pub fn remove_file(&mut self, key: FileKey) -> Result<(), JsValue> {
        self.loaded.remove(key).map_err(|problem| thrown(&problem))
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.loaded.clear();
    }

    /// Blends what is loaded. `config` is JSON text of the request's `config`; an empty text is all defaults.
    ///
    /// # Errors
    /// A `Problem` is thrown.
    pub fn blend(&self, config: &str) -> Answer {
        answer(self.loaded.blend(config))
    }

    /// Blends what is loaded and answers in columns: `{ head, symbols, weights, counts, terms }`. `head` is the answer's JSON text
    /// without its weights, `symbols` the JSON text of theirs; `counts` says how many contributions each symbol has, and each has seven
    /// numbers in `terms`: its strategy's place in the answer's `strategies`, normalised, raw, capped, redistributed, scaled, value.
    ///
    /// # Errors
    /// A `Problem` is thrown.
    pub fn blend_columns(&self, config: &str) -> Result<js_sys::Object, JsValue> {
        let columns = self.loaded.blend_columns(config).map_err(|problem| thrown(&problem))?;
        let numbers = u32::try_from(columns.terms.count()).map_err(|_| thrown(&Problem::internal("too many contributions")))?;
        let terms = js_sys::Float64Array::new_with_length(numbers);
        let mut at = 0;
        let handed_over = columns.terms.hand_over(|piece| {
            let end = at + piece.len() as u32;
            terms.subarray(at, end).copy_from(piece);
            at = end;
        });
        handed_over.map_err(|problem| thrown(&problem))?;
        let object = js_sys::Object::new();
        let fields: [(&str, JsValue); 5] = [
            ("head", columns.head.into()),
            ("symbols", columns.symbols.into()),
            ("weights", js_sys::Float64Array::from(columns.weights.as_slice()).into()),
            ("counts", js_sys::Uint32Array::from(columns.counts.as_slice()).into()),
            ("terms", terms.into()),
        ];
        for (name, value) in fields {
            js_sys::Reflect::set(&object, &name.into(), &value)?;
        }
        Ok(object)
    }

    /// The canonical request of a blend; `run("blend", …)` on it gives the same digest.
    ///
    /// # Errors
    /// A `Problem` is thrown.
    pub fn blend_request(&self, config: &str) -> Answer {
        answer(self.loaded.blend_request(config))
    }

    /// Correlations of the loaded returns.
    ///
    /// # Errors
    /// A `Problem` is thrown.
    pub fn correlation(&self, config: &str) -> Answer {
        answer(parts::operations().and_then(|part| (part.correlation)(&self.loaded, config)))
    }

    /// Figures of the loaded returns.
    ///
    /// # Errors
    /// A `Problem` is thrown.
    pub fn metrics(&self, config: &str) -> Answer {
        answer(parts::operations().and_then(|part| (part.metrics)(&self.loaded, config)))
    }

    /// Carries out an operation on the loaded data. `request` is a JSON object without the fields named in `uses` (`signals`,
    /// `returns`), which are filled with what is loaded.
    ///
    /// # Errors
    /// A `Problem` is thrown.
    #[allow(clippy::needless_pass_by_value, reason = "what comes from JavaScript is owned")]
    pub fn ask(&self, operation: &str, request: &str, uses: Vec<String>) -> Answer {
        answer(parts::operations().and_then(|part| (part.ask)(&self.loaded, operation, request, &uses)))
    }

    /// Loaded data as the bytes of a CSV: `prices` or `returns`.
    ///
    /// # Errors
    /// A `Problem` is thrown.
    pub fn table(&self, field: &str) -> Result<Vec<u8>, JsValue> {
        parts::files().and_then(|part| (part.table)(&self.loaded, field)).map_err(|problem| thrown(&problem))
    }

    /// The canonical request of `ask` as bytes: `run` on it, the command line and HTTP give the same digest.
    ///
    /// # Errors
    /// A `Problem` is thrown.
    #[allow(clippy::needless_pass_by_value, reason = "what comes from JavaScript is owned")]
    pub fn compose(&self, operation: &str, request: &str, uses: Vec<String>) -> Result<Vec<u8>, JsValue> {
        parts::operations()
            .and_then(|part| (part.compose)(&self.loaded, operation, request, &uses))
            .map_err(|problem| thrown(&problem))
    }

    /// Everything that an `audit` or a `risk` run leaves behind, as the bytes of a ZIP archive: answer, request, and every artefact.
    ///
    /// # Errors
    /// A `Problem` is thrown.
    #[allow(clippy::needless_pass_by_value, reason = "what comes from JavaScript is owned")]
    pub fn archive(&self, operation: &str, request: &str, uses: Vec<String>) -> Result<Vec<u8>, JsValue> {
        parts::archive()
            .and_then(|part| (part.of_run)(&self.loaded, operation, request, &uses))
            .map_err(|problem| thrown(&problem))
    }
}
