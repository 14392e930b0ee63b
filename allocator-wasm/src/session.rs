//! Loaded data that stay in memory, so that a changed setting does not read a file again.
//!
//! ```text
//! add(key, name, bytes) ── codec ──> books of this file ──┐
//! add(…)                ── codec ──> books of this file ──┼── newest wins ──> Books ── with settings ──> request ── op ──> answer
//! load_sample(bytes)    ── sample ─> books, while no file is in use
//! ```
//!
//! Plain Rust without a browser: tested natively and in wasm.

use allocator_core::codec::{self, Column, ColumnData, Limits, Table};
use allocator_core::config::blend::BlendConfig;
use allocator_core::config::correlation::CorrelationConfig;
use allocator_core::config::metrics::MetricsConfig;
use allocator_core::error::{Code, Fault, Faults, Problem};
use allocator_core::frame::{PriceBook, ReturnBook, Series, SignalBook, WeightBook};
use allocator_core::op::blend::BlendRequest;
use allocator_core::op::correlation::CorrelationRequest;
use allocator_core::op::inspect::Inspection;
use allocator_core::op::metrics::MetricsRequest;
use allocator_core::op::{self, Request as _};
use allocator_core::units::UnixNanos;
use allocator_core::wire::{At, Decode, Json, parse, to_canonical_string};
use serde::Serialize;
use std::collections::BTreeMap;

use crate::reading::{self, Content, Row, Said};
use crate::{archive, held};

/// The caller's number of a file; 0 is the sample.
pub type FileKey = u32;

/// The sample's number.
pub const SAMPLE: FileKey = 0;

/// Weights that are held: a field of the request, and the data made of it.
const HELD: &str = "held";

/// Strategies of the request, in which the number of a loaded file of weights stands for its weights.
const UPLOADED: &str = "uploaded";

/// How a file was read and what it is used for.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// `signals`, `returns`, `prices`, `weights` or `nothing`.
    pub used_as: &'static str,
    /// Strategies that it gives signals or returns for, or symbols that it gives prices or weights for; sorted.
    pub names: Vec<String>,
    /// Why it is not in use; null if it is.
    pub problem: Option<Problem>,
    /// What is worth knowing.
    pub warnings: Vec<Fault>,
    /// Columns, first rows and problems.
    pub inspection: Option<Inspection>,
    /// The first rows as they were read, before any mend: at most 200 of at most 50 columns.
    pub rows: Vec<Row>,
}

/// What the operations read.
#[derive(Clone, Debug, Default)]
struct Books {
    signals: Option<SignalBook>,
    returns: Option<ReturnBook>,
    prices: Option<PriceBook>,
    weights: Option<WeightBook>,
}

impl Books {
    fn is_empty(&self) -> bool {
        self.signals.is_none() && self.returns.is_none() && self.prices.is_none() && self.weights.is_none()
    }
}

/// Series of several files under their names; of the same name the last counts.
type Merged<'a> = BTreeMap<&'a str, &'a Series>;

fn points(merged: Merged<'_>) -> BTreeMap<String, Vec<(UnixNanos, f64)>> {
    merged
        .into_iter()
        .map(|(name, series)| (name.to_owned(), series.times.iter().copied().zip(series.values.iter().copied()).collect()))
        .collect()
}

fn named(series: &[Series]) -> impl Iterator<Item = (&str, &Series)> {
    series.iter().map(|series| (series.name.as_str(), series))
}

fn place(name: &str, point: usize) -> String {
    format!("{name}, point {}", point + 1)
}

/// Files, the sample, and what follows from them.
#[derive(Debug, Default)]
pub struct Session {
    limits: Limits,
    files: BTreeMap<FileKey, Content>,
    /// Keys in the order their files came; the newest is last.
    order: Vec<FileKey>,
    sample: Books,
    /// Rebuilt when a file comes or goes.
    merged: Books,
}

impl Session {
    /// An empty session with the limits of a browser tab.
    pub fn new() -> Self {
        Session::default()
    }

    /// Reads a file. Its report says what it is used for, or which problems keep it out; a file with problems changes nothing.
    ///
    /// # Errors
    /// The data cannot be merged with those of the other files, which would be a defect.
    pub fn add(&mut self, key: FileKey, name: &str, bytes: &[u8]) -> Result<Report, Problem> {
        self.add_as(key, name, bytes, "")
    }

    /// Reads a file with what the user says about it, as JSON text: `{"roles": {"ccy": "symbol"}, "strategy": "carry", "edits":
    /// [{"row": 4, "column": 3, "text": "0.085"}, {"left_out": 7}]}`. The file itself stays as it is.
    ///
    /// # Errors
    /// What is said is no such text; otherwise as [`Session::add`].
    pub fn add_as(&mut self, key: FileKey, name: &str, bytes: &[u8], said: &str) -> Result<Report, Problem> {
        let said = Said::from_text(said)?;
        // A file that is read anew keeps its rank: the newest given counts, not the newest mended.
        let rank = self.order.iter().position(|known| *known == key);
        self.forget(key);
        let (content, report) = reading::read(name, bytes, &said, &self.limits);
        if let Some(content) = content {
            self.files.insert(key, content);
            self.order.insert(rank.unwrap_or(self.order.len()).min(self.order.len()), key);
        }
        self.merge()?;
        Ok(report)
    }

    /// Reads the sample strategies; they are in use while no file is.
    ///
    /// # Errors
    /// The file is not the one that the sample is made of.
    pub fn load_sample(&mut self, bytes: &[u8]) -> Result<Report, Problem> {
        let (sample, report) = reading::sample(bytes, &self.limits)?;
        self.sample =
            Books { signals: Some(sample.signals), returns: Some(sample.returns), prices: Some(sample.prices), weights: None };
        Ok(report)
    }

    /// Forgets a file, or the sample.
    ///
    /// # Errors
    /// As [`Session::add`].
    pub fn remove(&mut self, key: FileKey) -> Result<(), Problem> {
        if key == SAMPLE {
            self.sample = Books::default();
            return Ok(());
        }
        self.forget(key);
        self.merge()
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = Session::default();
    }

    fn forget(&mut self, key: FileKey) {
        self.files.remove(&key);
        self.order.retain(|known| *known != key);
    }

    /// The strategies of all files together; where two files give the same one, the newer file's counts.
    fn merge(&mut self) -> Result<(), Problem> {
        let mut signals: BTreeMap<String, Vec<(&str, f64, f64)>> = BTreeMap::new();
        let (mut returns, mut prices, mut weights) = (Merged::new(), Merged::new(), Merged::new());
        for key in &self.order {
            match self.files.get(key) {
                Some(Content::Signals(book)) => {
                    for (index, strategy) in book.strategies().iter().enumerate() {
                        let rows = book.rows(index);
                        let named = rows.symbols.iter().map(|&symbol| book.symbols()[symbol as usize].as_str());
                        let rows =
                            named.zip(rows.scores).zip(rows.weights).map(|((symbol, score), weight)| (symbol, *score, *weight));
                        signals.insert(strategy.clone(), rows.collect());
                    }
                }
                Some(Content::Returns(book)) => returns.extend(named(book.series())),
                Some(Content::Prices(book)) => prices.extend(named(book.series())),
                Some(Content::Weights(book)) => weights.extend(named(book.series())),
                Some(Content::Other) | None => {}
            }
        }
        let mut faults = Faults::new();
        let mut merged = Books::default();
        if !signals.is_empty() {
            merged.signals =
                SignalBook::from_rows(&signals, |strategy, row, _| format!("{strategy}, row {}", row + 1), &mut faults);
        }
        if !returns.is_empty() {
            merged.returns = ReturnBook::from_points(points(returns), place, &mut faults);
        }
        if !prices.is_empty() {
            merged.prices = PriceBook::from_points(points(prices), place, &mut faults);
        }
        if !weights.is_empty() {
            merged.weights = WeightBook::from_points(points(weights), place, &mut faults);
        }
        self.merged = merged;
        faults.finish(Some(()))
    }

    /// What is in use: the files, or the sample while there are none.
    fn books(&self) -> &Books {
        if self.merged.is_empty() { &self.sample } else { &self.merged }
    }

    fn returns(&self) -> Result<&ReturnBook, Problem> {
        self.books().returns.as_ref().ok_or_else(|| {
            Problem::new(
                Code::Empty,
                "/returns",
                "No returns of strategies are loaded.",
                "Add a file with a date column and one column of returns for each strategy.",
            )
        })
    }

    fn blend_of(&self, config: &str) -> Result<BlendRequest, Problem> {
        let config: BlendConfig = read_config(config)?;
        let books = self.books();
        let signals = self.signals()?.clone();
        Ok(BlendRequest { returns: books.returns.clone(), ..BlendRequest::new(signals, config) })
    }

    /// Blends what is loaded; `config` is JSON text, and what it leaves out is the default. Answers canonical JSON with the digest.
    ///
    /// # Errors
    /// Settings out of range (at `/config/…`), no signals, or what blending refuses.
    pub fn blend(&self, config: &str) -> Result<String, Problem> {
        to_canonical_string(&self.blend_of(config)?.answer()?)
    }

    /// The canonical request of [`Session::blend`], which gives the same digest through every other door.
    ///
    /// # Errors
    /// As [`Session::blend`].
    pub fn blend_request(&self, config: &str) -> Result<String, Problem> {
        to_canonical_string(&self.blend_of(config)?)
    }

    /// Correlations of the loaded returns.
    ///
    /// # Errors
    /// No returns are loaded, or what the operation refuses.
    pub fn correlation(&self, config: &str) -> Result<String, Problem> {
        let config: CorrelationConfig = read_config(config)?;
        let request = CorrelationRequest { config, ..CorrelationRequest::new(self.returns()?.clone()) };
        to_canonical_string(&request.answer()?)
    }

    /// Figures of the loaded returns.
    ///
    /// # Errors
    /// No returns are loaded, or what the operation refuses.
    pub fn metrics(&self, config: &str) -> Result<String, Problem> {
        let config: MetricsConfig = read_config(config)?;
        let request = MetricsRequest { config, ..MetricsRequest::of_returns(self.returns()?.clone()) };
        to_canonical_string(&request.answer()?)
    }
}

impl Session {
    /// Carries out an operation on the loaded data: the fields of the request that `uses` names are filled with what is loaded.
    /// `request` is JSON text of an object without them, and it may leave `version` out.
    ///
    /// A use is a field that is called as its data (`prices`, `returns`, `signals`, `weights`), or `field=data`
    /// (`asset_returns=returns`). The data `held` are weights made of the request's own field `held`, an object of shares by name:
    /// held over the dates of the returns, and put back every week. The data `uploaded` (`strategies=uploaded`) are the request's own
    /// strategies, each with the weights of the loaded file whose number stands in their place: `{"mine": {"weights": 3}}`.
    ///
    /// # Errors
    /// Such data are not loaded, a field that no data have, a request that is no object, or what the operation refuses.
    pub fn ask(&self, operation: &str, request: &str, uses: &[String]) -> Result<String, Problem> {
        let answer = op::run(operation, self.filled(request, uses)?.as_bytes())?;
        String::from_utf8(answer).map_err(|_| Problem::internal("an answer that is not UTF-8"))
    }

    /// The canonical request of [`Session::ask`], which gives the same digest through every other door.
    ///
    /// # Errors
    /// As [`Session::ask`].
    pub fn compose(&self, operation: &str, request: &str, uses: &[String]) -> Result<Vec<u8>, Problem> {
        op::canonical_request(operation, self.filled(request, uses)?.as_bytes())
    }

    /// Everything that a run of `audit` or `risk` leaves behind, as a ZIP archive: answer, canonical request, and every artefact.
    ///
    /// # Errors
    /// As [`Session::ask`]; another operation.
    pub fn archive(&self, operation: &str, request: &str, uses: &[String]) -> Result<Vec<u8>, Problem> {
        archive::of_run(operation, self.filled(request, uses)?.as_bytes(), &self.limits)
    }

    fn filled(&self, request: &str, uses: &[String]) -> Result<String, Problem> {
        let request = request.trim();
        let mut tree = parse(request.as_bytes())?;
        let Json::Object(fields) = &mut tree else {
            let message = format!("The request is {}, and should be an object.", tree.kind());
            return Err(Problem::new(Code::WrongType, "/request", message, "Write {} for a request without fields."));
        };
        let has_version = fields.iter().any(|(key, _)| key == "version");
        let sources: Vec<(&str, &str)> =
            uses.iter().map(|entry| entry.split_once('=').unwrap_or((entry.as_str(), entry.as_str()))).collect();
        let mut rest = request.to_owned();
        let mut shares = None;
        if sources.iter().any(|(_, data)| *data == HELD)
            && let Some(place) = fields.iter().position(|(key, _)| key == HELD)
        {
            shares = Some(fields.remove(place).1);
            rest = to_canonical_string(&tree)?;
        }
        let mut strategies = None;
        if sources.iter().any(|(_, data)| *data == UPLOADED)
            && let Json::Object(fields) = &mut tree
            && let Some(place) = fields.iter().position(|(key, _)| key == "strategies")
        {
            strategies = Some(self.with_weights(fields.remove(place).1)?);
            rest = to_canonical_string(&tree)?;
        }
        let mut filled = String::from("{");
        for (field, data) in sources {
            let data = match data {
                "returns" => to_canonical_string(self.returns()?)?,
                "signals" => to_canonical_string(self.signals()?)?,
                "prices" => to_canonical_string(self.prices()?)?,
                "weights" => to_canonical_string(self.weights()?)?,
                UPLOADED => to_canonical_string(strategies.as_ref().unwrap_or(&Json::Object(Vec::new())))?,
                HELD => to_canonical_string(&held::held(shares.as_ref(), self.returns()?)?)?,
                other => {
                    let message = format!("No loaded data are called {other:?}.");
                    return Err(Problem::new(
                        Code::NotFound,
                        "/uses",
                        message,
                        "Known: held, prices, returns, signals, uploaded, weights.",
                    ));
                }
            };
            filled.extend(["\"", field, "\":", &data, ","]);
        }
        if !has_version {
            filled.extend(["\"version\":", &op::VERSION.to_string(), ","]);
        }
        let rest = rest.strip_prefix('{').unwrap_or("}").trim_start();
        if rest == "}" && filled.ends_with(',') {
            filled.pop();
        }
        filled.push_str(rest);
        Ok(filled)
    }

    /// Strategies with the weights of the files whose numbers stand in their place.
    fn with_weights(&self, mut strategies: Json) -> Result<Json, Problem> {
        let Json::Object(all) = &mut strategies else { return Ok(strategies) };
        for (id, spec) in all {
            let Json::Object(spec) = spec else { continue };
            for (_, value) in spec.iter_mut().filter(|(key, _)| key == "weights") {
                let Some(number) = value.as_f64() else { continue };
                let file = self.files.iter().find(|(key, _)| f64::from(**key) == number).map(|(_, content)| content);
                let Some(Content::Weights(book)) = file else {
                    let (at, message) =
                        (At::Root.key("strategies"), format!("No weights over time are loaded as file {number}."));
                    let at = at.key(id);
                    return Err(Problem::from(Fault::new(Code::NotFound, at.key("weights"), message, "Add the file again.")));
                };
                *value = parse(to_canonical_string(book)?.as_bytes())?;
            }
        }
        Ok(strategies)
    }

    /// Loaded data as a file, for other programs: `prices` or `returns` as CSV, a date column and one column a name. Read again they are
    /// the same to the last bit.
    ///
    /// # Errors
    /// Such data are not loaded, or there are none of that name.
    pub fn table(&self, field: &str) -> Result<Vec<u8>, Problem> {
        let series = match field {
            "prices" => self.prices()?.series(),
            "returns" => self.returns()?.series(),
            other => {
                let message = format!("No loaded data are called {other:?}.");
                return Err(Problem::new(Code::NotFound, "/table", message, "Known: prices, returns."));
            }
        };
        wide(field, series)
    }

    fn prices(&self) -> Result<&PriceBook, Problem> {
        self.books().prices.as_ref().ok_or_else(|| {
            Problem::new(
                Code::Empty,
                "/prices",
                "No prices are loaded.",
                "Add a file with a date column and one column of prices for each symbol.",
            )
        })
    }

    fn weights(&self) -> Result<&WeightBook, Problem> {
        self.books().weights.as_ref().ok_or_else(|| {
            Problem::new(
                Code::Empty,
                "/weights",
                "No weights over time are loaded.",
                "Add a file with a date column and one column of weights for each symbol, with \"weights\" in its name.",
            )
        })
    }

    fn signals(&self) -> Result<&SignalBook, Problem> {
        self.books().signals.as_ref().ok_or_else(|| {
            Problem::new(
                Code::Empty,
                "/signals",
                "No signals are loaded: returns alone say nothing about positions.",
                "Add a file with the columns symbol, score and weight.",
            )
        })
    }
}

/// Series as a CSV: every date that any has, and an empty cell where one has none.
fn wide(name: &str, series: &[Series]) -> Result<Vec<u8>, Problem> {
    let mut times: Vec<UnixNanos> = series.iter().flat_map(|series| series.times.iter().copied()).collect();
    times.sort_unstable();
    times.dedup();
    let mut columns = vec![Column::new("date", ColumnData::Time(times.clone()))];
    for own in series {
        let known = |time: &UnixNanos| own.times.binary_search(time).ok().map(|at| own.values[at]);
        let cells: Vec<Option<f64>> = times.iter().map(known).collect();
        let mut column = Column::new(&own.name, ColumnData::Float(cells.iter().map(|cell| cell.unwrap_or(0.0)).collect()));
        if cells.contains(&None) {
            column.valid = Some(cells.iter().map(Option::is_some).collect());
        }
        columns.push(column);
    }
    codec::write(&Table::new(name, columns)?, codec::Format::Csv)
}

/// Settings from JSON text; nothing is all defaults.
fn read_config<C: Decode>(text: &str) -> Result<C, Problem> {
    let json = parse(if text.trim().is_empty() { b"{}" } else { text.as_bytes() })?;
    let mut faults = Faults::new();
    let config = C::decode(&json, &At::Root.key("config"), &mut faults);
    faults.finish(config)
}
