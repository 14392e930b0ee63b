//! Loaded data that stay in memory, so that a changed setting does not read a file again.
//!
//! ```text
//! add(key, name, bytes) ── codec ──> books of this file ──┐
//! add(…)                ── codec ──> books of this file ──┼── newest wins ──> Books ── with settings ──> request ── op ──> answer
//! load_sample(bytes)    ── sample ─> books, while no file is in use
//! ```
//!
//! Plain Rust without a browser: tested natively and in wasm.

use allocator_core::codec::{self, Bytes, Column, ColumnData, Limits, Table, Written};
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
use allocator_core::wire::{At, Decode, Held, Json, parse, to_canonical_string};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::columns::Columns;
use crate::place::Place;
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
    /// How a text of separated values was read; null for any other file.
    pub written: Option<Written>,
    /// How it would be read if nothing were said of it.
    pub found: Option<Written>,
    /// Columns, first rows and problems.
    pub inspection: Option<Inspection>,
    /// Where each fault of the problem is, in their order; null where it is about no cell and no column.
    pub places: Vec<Option<Place>>,
    /// Columns whose cells are in `rows`, by number: at most 50, and those with a fault.
    pub columns: Vec<usize>,
    /// Rows as they were read, before any mend: at most 200, and those around a fault.
    pub rows: Vec<Row>,
}

impl Report {
    /// Of a file that gives nothing.
    pub(crate) fn empty(warnings: Vec<Fault>) -> Self {
        Report {
            used_as: "nothing",
            names: Vec::new(),
            problem: None,
            warnings,
            written: None,
            found: None,
            inspection: None,
            places: Vec::new(),
            columns: Vec::new(),
            rows: Vec::new(),
        }
    }
}

/// What the operations read.
#[derive(Clone, Debug, Default)]
struct Books {
    signals: Option<Arc<SignalBook>>,
    returns: Option<Arc<ReturnBook>>,
    prices: Option<Arc<PriceBook>>,
    weights: Option<Arc<WeightBook>>,
}

impl Books {
    fn is_empty(&self) -> bool {
        self.signals.is_none() && self.returns.is_none() && self.prices.is_none() && self.weights.is_none()
    }
}

/// One file's book as it is: the book of a large file is held once. Those of several are merged.
fn together<B>(books: &[&Arc<B>], merge: impl FnOnce(&[&Arc<B>]) -> Option<B>) -> Option<Arc<B>> {
    match books {
        [] => None,
        [book] => Some(Arc::clone(book)),
        books => merge(books).map(Arc::new),
    }
}

/// Rows of several books; of the same strategy the last book's count.
fn merged_signals(books: &[&Arc<SignalBook>], faults: &mut Faults) -> Option<SignalBook> {
    let mut all: BTreeMap<String, Vec<(&str, f64, f64)>> = BTreeMap::new();
    for book in books {
        for (index, strategy) in book.strategies().iter().enumerate() {
            let rows = book.rows(index);
            let named = rows.symbols.iter().map(|&symbol| book.symbols()[symbol as usize].as_str());
            let rows = named.zip(rows.scores).zip(rows.weights).map(|((symbol, score), weight)| (symbol, *score, *weight));
            all.insert(strategy.clone(), rows.collect());
        }
    }
    SignalBook::from_rows(&all, |strategy, row, _| format!("{strategy}, row {}", row + 1), faults)
}

/// Points of several books under the names of their series; of the same name the last book's count.
fn points<'a>(books: impl Iterator<Item = &'a [Series]>) -> BTreeMap<String, Vec<(UnixNanos, f64)>> {
    let merged: BTreeMap<&str, &Series> = books.flatten().map(|series| (series.name.as_str(), series)).collect();
    merged
        .into_iter()
        .map(|(name, series)| (name.to_owned(), series.times.iter().copied().zip(series.values.iter().copied()).collect()))
        .collect()
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
        self.add_as(key, name, Bytes::copy_from_slice(bytes), "")
    }

    /// Reads a file with what the user says about it, as JSON text: `{"roles": {"ccy": "symbol"}, "strategy": "carry", "edits":
    /// [{"row": 4, "column": 3, "text": "0.085"}, {"left_out": 7}]}`. The file itself stays as it is.
    ///
    /// # Errors
    /// What is said is no such text; otherwise as [`Session::add`].
    pub fn add_as(&mut self, key: FileKey, name: &str, bytes: impl Into<Bytes>, said: &str) -> Result<Report, Problem> {
        let said = Said::from_text(said)?;
        // A file that is read anew keeps its rank: the newest given counts, not the newest mended.
        let rank = self.order.iter().position(|known| *known == key);
        self.forget(key);
        let (content, report) = reading::read(name, bytes.into(), &said, &self.limits);
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
        self.sample = Books {
            signals: Some(sample.signals.into()),
            returns: Some(sample.returns.into()),
            prices: Some(sample.prices.into()),
            weights: None,
        };
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

    /// What all files give together; where two files give the same strategy or symbol, the newer file's counts.
    fn merge(&mut self) -> Result<(), Problem> {
        let (mut signals, mut returns, mut prices, mut weights) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for key in &self.order {
            match self.files.get(key) {
                Some(Content::Signals(book)) => signals.push(book),
                Some(Content::Returns(book)) => returns.push(book),
                Some(Content::Prices(book)) => prices.push(book),
                Some(Content::Weights(book)) => weights.push(book),
                Some(Content::Other) | None => {}
            }
        }
        let mut faults = Faults::new();
        let merged = Books {
            signals: together(&signals, |books| merged_signals(books, &mut faults)),
            returns: together(&returns, |books| {
                ReturnBook::from_points(points(books.iter().map(|book| book.series())), place, &mut faults)
            }),
            prices: together(&prices, |books| {
                PriceBook::from_points(points(books.iter().map(|book| book.series())), place, &mut faults)
            }),
            weights: together(&weights, |books| {
                WeightBook::from_points(points(books.iter().map(|book| book.series())), place, &mut faults)
            }),
        };
        self.merged = merged;
        faults.finish(Some(()))
    }

    /// What is in use: the files, or the sample while there are none.
    fn books(&self) -> &Books {
        if self.merged.is_empty() { &self.sample } else { &self.merged }
    }

    fn returns(&self) -> Result<&Arc<ReturnBook>, Problem> {
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
        let signals = SignalBook::clone(self.signals()?);
        let returns = books.returns.as_deref().cloned();
        Ok(BlendRequest { returns, ..BlendRequest::new(signals, config) })
    }

    /// Blends what is loaded; `config` is JSON text, and what it leaves out is the default. Answers canonical JSON with the digest.
    ///
    /// # Errors
    /// Settings out of range (at `/config/…`), no signals, or what blending refuses.
    pub fn blend(&self, config: &str) -> Result<String, Problem> {
        to_canonical_string(&self.blend_of(config)?.answer()?)
    }

    /// As [`Session::blend`], in columns.
    ///
    /// # Errors
    /// As [`Session::blend`].
    pub fn blend_columns(&self, config: &str) -> Result<Columns, Problem> {
        Columns::of(self.blend_of(config)?.answer()?)
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
        let request = CorrelationRequest { config, ..CorrelationRequest::new(ReturnBook::clone(self.returns()?)) };
        to_canonical_string(&request.answer()?)
    }

    /// Figures of the loaded returns.
    ///
    /// # Errors
    /// No returns are loaded, or what the operation refuses.
    pub fn metrics(&self, config: &str) -> Result<String, Problem> {
        let config: MetricsConfig = read_config(config)?;
        let request = MetricsRequest { config, ..MetricsRequest::of_returns(ReturnBook::clone(self.returns()?)) };
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
        let answer = op::run_tree(operation, &self.filled(request, uses)?)?;
        String::from_utf8(answer).map_err(|_| Problem::internal("an answer that is not UTF-8"))
    }

    /// The canonical request of [`Session::ask`], which gives the same digest through every other door.
    ///
    /// # Errors
    /// As [`Session::ask`].
    pub fn compose(&self, operation: &str, request: &str, uses: &[String]) -> Result<Vec<u8>, Problem> {
        op::canonical_request_of_tree(operation, &self.filled(request, uses)?)
    }

    /// Everything that a run of `audit` or `risk` leaves behind, as a ZIP archive: answer, canonical request, and every artefact.
    ///
    /// # Errors
    /// As [`Session::ask`]; another operation.
    pub fn archive(&self, operation: &str, request: &str, uses: &[String]) -> Result<Vec<u8>, Problem> {
        archive::of_run(operation, &self.filled(request, uses)?, &self.limits)
    }

    /// The request with the data that it uses.
    fn filled(&self, request: &str, uses: &[String]) -> Result<Json, Problem> {
        let mut tree = parse(request.as_bytes())?;
        let Json::Object(fields) = &mut tree else {
            let message = format!("The request is {}, and should be an object.", tree.kind());
            return Err(Problem::new(Code::WrongType, "/request", message, "Write {} for a request without fields."));
        };
        let sources: Vec<(&str, &str)> =
            uses.iter().map(|entry| entry.split_once('=').unwrap_or((entry.as_str(), entry.as_str()))).collect();
        let uses_held = sources.iter().any(|(_, data)| *data == HELD);
        let shares = fields.iter().position(|(key, _)| uses_held && key == HELD).map(|place| fields.remove(place).1);
        for (field, data) in sources {
            if data == UPLOADED {
                if let Some((_, strategies)) = fields.iter_mut().find(|(key, _)| key == field) {
                    self.put_weights(strategies)?;
                }
                continue;
            }
            let data = match data {
                "returns" => Held::new(Arc::clone(self.returns()?)),
                "signals" => Held::new(Arc::clone(self.signals()?)),
                "prices" => Held::new(Arc::clone(self.prices()?)),
                "weights" => Held::new(Arc::clone(self.weights()?)),
                HELD => Held::new(Arc::new(held::held(shares.as_ref(), self.returns()?)?)),
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
            if fields.iter().any(|(key, _)| key == field) {
                let message = format!("The request has {field:?}, and is to be filled with loaded data.");
                return Err(Problem::new(Code::Duplicate, format!("/{field}"), message, "Give the one or the other."));
            }
            fields.push((field.to_owned(), Json::Held(data)));
        }
        if !fields.iter().any(|(key, _)| key == "version") {
            fields.push((String::from("version"), Json::Number(f64::from(op::VERSION))));
        }
        Ok(tree)
    }

    /// Puts the weights of files in the place of the files' numbers.
    fn put_weights(&self, strategies: &mut Json) -> Result<(), Problem> {
        let Json::Object(all) = strategies else { return Ok(()) };
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
                // A strategy's weights are read as scores are, so that the book itself is of no use to it.
                *value = parse(to_canonical_string(&**book)?.as_bytes())?;
            }
        }
        Ok(())
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

    fn prices(&self) -> Result<&Arc<PriceBook>, Problem> {
        self.books().prices.as_ref().ok_or_else(|| {
            Problem::new(
                Code::Empty,
                "/prices",
                "No prices are loaded.",
                "Add a file with a date column and one column of prices for each symbol.",
            )
        })
    }

    fn weights(&self) -> Result<&Arc<WeightBook>, Problem> {
        self.books().weights.as_ref().ok_or_else(|| {
            Problem::new(
                Code::Empty,
                "/weights",
                "No weights over time are loaded.",
                "Add a file with a date column and one column of weights for each symbol, with \"weights\" in its name.",
            )
        })
    }

    fn signals(&self) -> Result<&Arc<SignalBook>, Problem> {
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
