//! Signals of several strategies in one dense table, in canonical order: strategies by id, symbols by name.

use crate::error::{Code, Fault, Faults, Problem};
use crate::units::name_fault;
use crate::wire::{At, Decode, Fields, Json};
use serde::ser::{Serialize, SerializeMap, Serializer};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Most strategies in one book.
pub const STRATEGIES_MAX: usize = 1_000;

/// Most symbols in one book, and so most rows of one strategy.
pub const SYMBOLS_MAX: usize = 1 << 20;

/// The rows of one strategy, by index into [`SignalBook::symbols`].
#[derive(Clone, Copy, Debug)]
pub struct StrategyRows<'a> {
    /// Symbol indices, ascending.
    pub symbols: &'a [u32],
    /// Scores, parallel to `symbols`.
    pub scores: &'a [f64],
    /// Weights, parallel to `symbols`.
    pub weights: &'a [f64],
}

/// Signals of all strategies, columnar.
///
/// Invariants: strategies and symbols are sorted and unique, every symbol is used, each strategy names a symbol at most once,
/// scores and weights are finite. The rows of strategy `s` are `offsets[s]..offsets[s + 1]`, sorted by symbol.
///
/// A clone shares the table: whoever changes only settings asks with the same million rows again.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SignalBook {
    table: Arc<Table>,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Table {
    strategies: Vec<String>,
    symbols: Vec<String>,
    offsets: Vec<u32>,
    symbol: Vec<u32>,
    score: Vec<f64>,
    weight: Vec<f64>,
}

impl SignalBook {
    /// Builds the table from rows per strategy; a strategy without rows stays declared.
    ///
    /// `place` names the row of a strategy for messages, for example as a JSON pointer or a line of a file.
    ///
    /// # Errors
    /// Every duplicate symbol, non-finite number and impossible name, at its place.
    pub fn from_rows<S: AsRef<str> + Ord>(
        rows: &BTreeMap<String, Vec<(S, f64, f64)>>,
        place: impl Fn(&str, usize, &str) -> String,
        faults: &mut Faults,
    ) -> Option<Self> {
        let before = faults.count();
        let orders: Vec<Vec<u32>> = rows.values().map(|rows| order_of(rows)).collect();
        let names = all_names(rows.values().zip(&orders).map(|(rows, order)| names_in_order(rows, order)).collect());
        let odd_names = names.iter().any(|name| name_fault(name).is_some());
        for (what, count, most) in [("strategies", rows.len(), STRATEGIES_MAX), ("symbols", names.len(), SYMBOLS_MAX)] {
            if count > most {
                let message = format!("{count} {what}; {most} is the limit.");
                faults.push(Fault::new(Code::LimitExceeded, place("", usize::MAX, ""), message, format!("Give fewer {what}.")));
                return None;
            }
        }
        let mut book =
            Table { symbols: names.iter().map(|&name| name.to_owned()).collect(), offsets: vec![0], ..Table::default() };
        for ((strategy, rows), order) in rows.iter().zip(&orders) {
            if let Some(why) = name_fault(strategy) {
                faults.push(Fault::new(
                    Code::InvalidName,
                    place(strategy, usize::MAX, ""),
                    format!("The strategy id {strategy:?} {why}."),
                    "Give the strategy a plain name.",
                ));
            }
            for (row, (symbol, score, weight)) in rows.iter().enumerate() {
                let symbol = symbol.as_ref();
                if let Some(why) = odd_names.then(|| name_fault(symbol)).flatten() {
                    faults.push(Fault::new(
                        Code::InvalidName,
                        place(strategy, row, "symbol"),
                        format!("The symbol {symbol:?} {why}."),
                        "Give every row a symbol.",
                    ));
                }
                for (column, value) in [("score", *score), ("weight", *weight)] {
                    if !value.is_finite() {
                        faults.push(Fault::new(
                            Code::NotFinite,
                            place(strategy, row, column),
                            format!("The {column} of {symbol} in {strategy} is {}, not a finite number.", spelled(value)),
                            "Give a finite number, or leave the row out.",
                        ));
                    }
                }
            }
            let first = book.symbol.len();
            book.symbol.extend(indices(rows, order, &names));
            for (pair, same) in order.windows(2).zip(book.symbol[first..].windows(2)) {
                if same[0] == same[1] {
                    let symbol = names[same[1] as usize];
                    faults.push(Fault::new(
                        Code::Duplicate,
                        place(strategy, pair[1] as usize, "symbol"),
                        format!("{strategy} names {symbol} twice (rows {} and {}).", pair[0] + 1, pair[1] + 1),
                        "Keep one row for each symbol of a strategy.",
                    ));
                }
            }
            // Minus zero and zero are the same opinion and must print the same bytes.
            book.score.extend(order.iter().map(|&row| rows[row as usize].1 + 0.0));
            book.weight.extend(order.iter().map(|&row| rows[row as usize].2 + 0.0));
            book.strategies.push(strategy.clone());
            book.offsets.push(book.symbol.len() as u32);
        }
        (faults.count() == before).then(|| SignalBook { table: Arc::new(book) })
    }

    /// Strategy ids, sorted.
    pub fn strategies(&self) -> &[String] {
        &self.table.strategies
    }

    /// Symbols that any strategy names, sorted.
    pub fn symbols(&self) -> &[String] {
        &self.table.symbols
    }

    /// Rows of all strategies together.
    pub fn len(&self) -> usize {
        self.table.symbol.len()
    }

    /// Whether no strategy has a row.
    pub fn is_empty(&self) -> bool {
        self.table.symbol.is_empty()
    }

    /// The rows of strategy number `s`.
    pub fn rows(&self, s: usize) -> StrategyRows<'_> {
        let range = self.table.offsets[s] as usize..self.table.offsets[s + 1] as usize;
        StrategyRows {
            symbols: &self.table.symbol[range.clone()],
            scores: &self.table.score[range.clone()],
            weights: &self.table.weight[range],
        }
    }

    /// Where the rows of strategy number `s` lie among all rows.
    pub fn range(&self, s: usize) -> std::ops::Range<usize> {
        self.table.offsets[s] as usize..self.table.offsets[s + 1] as usize
    }

    /// Weight of every row, strategy after strategy.
    pub fn weights(&self) -> &[f64] {
        &self.table.weight
    }

    /// Symbol index of every row, strategy after strategy.
    pub fn symbol_indices(&self) -> &[u32] {
        &self.table.symbol
    }
}

/// Row numbers in the order of symbols; rows of one symbol stay in their order.
fn order_of<S: AsRef<str>>(rows: &[(S, f64, f64)]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..rows.len() as u32).collect();
    if !rows.is_sorted_by(|a, b| a.0.as_ref() <= b.0.as_ref()) {
        order.sort_by(|&a, &b| rows[a as usize].0.as_ref().cmp(rows[b as usize].0.as_ref()));
    }
    order
}

/// The symbols of one strategy, sorted and unique.
fn names_in_order<'a, S: AsRef<str>>(rows: &'a [(S, f64, f64)], order: &[u32]) -> Vec<&'a str> {
    let mut names: Vec<&str> = order.iter().map(|&row| rows[row as usize].0.as_ref()).collect();
    names.dedup();
    names
}

/// All symbols, sorted and unique: sorted lists merged two by two, which compares far less often than sorting all rows.
fn all_names(mut lists: Vec<Vec<&str>>) -> Vec<&str> {
    while lists.len() > 1 {
        lists = lists.chunks(2).map(|pair| if let [a, b] = pair { merged(a, b) } else { pair[0].clone() }).collect();
    }
    lists.pop().unwrap_or_default()
}

fn merged<'a>(a: &[&'a str], b: &[&'a str]) -> Vec<&'a str> {
    let mut all = Vec::with_capacity(a.len().max(b.len()));
    let (mut i, mut k) = (0, 0);
    while i < a.len() && k < b.len() {
        let order = a[i].cmp(b[k]);
        all.push(if order.is_le() { a[i] } else { b[k] });
        i += usize::from(order.is_le());
        k += usize::from(order.is_ge());
    }
    all.extend_from_slice(&a[i..]);
    all.extend_from_slice(&b[k..]);
    all
}

/// The place of every row's symbol among `names`, in `order`.
fn indices<S: AsRef<str>>(rows: &[(S, f64, f64)], order: &[u32], names: &[&str]) -> Vec<u32> {
    // A strategy that names most symbols walks along them; one that names few of many looks each up.
    let walks = rows.len() * 8 >= names.len();
    let mut at = 0;
    order
        .iter()
        .map(|&row| {
            let symbol = rows[row as usize].0.as_ref();
            if walks {
                while at < names.len() && names[at] != symbol {
                    at += 1;
                }
            } else {
                at += names[at..].partition_point(|name| *name < symbol);
            }
            at as u32
        })
        .collect()
}

fn spelled(value: f64) -> &'static str {
    if value.is_nan() {
        "NaN"
    } else if value > 0.0 {
        "Infinity"
    } else {
        "-Infinity"
    }
}

/// Canonical form: `{"momentum": {"score": […], "symbol": […], "weight": […]}, …}`.
impl Serialize for SignalBook {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(serde::Serialize)]
        struct Columns<'a> {
            score: &'a [f64],
            symbol: Vec<&'a str>,
            weight: &'a [f64],
        }
        let mut map = serializer.serialize_map(Some(self.strategies().len()))?;
        for (s, strategy) in self.strategies().iter().enumerate() {
            let rows = self.rows(s);
            let symbol = rows.symbols.iter().map(|&index| self.symbols()[index as usize].as_str()).collect();
            map.serialize_entry(strategy, &Columns { score: rows.scores, symbol, weight: rows.weights })?;
        }
        map.end()
    }
}

/// Reads columns `{"symbol": […], "score": […], "weight": […]}` or rows `[{"symbol": …, "score": …, "weight": …}, …]` or short
/// rows `[["AAPL", 0.8, 0.6], …]` per strategy.
impl Decode for SignalBook {
    fn decode(json: &Json, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        if let Json::Held(held) = json
            && let Some(book) = held.get::<Self>()
        {
            return Some(book.clone());
        }
        let Json::Object(strategies) = json else {
            faults.push(Fault::new(
                Code::WrongType,
                at,
                format!("Expected an object of strategies, found {}.", json.brief()),
                "Give {\"strategy\": [rows]}.",
            ));
            return None;
        };
        let before = faults.count();
        let mut all: BTreeMap<String, Vec<(&str, f64, f64)>> = BTreeMap::new();
        let mut columnar: BTreeMap<&str, bool> = BTreeMap::new();
        for (strategy, table) in strategies {
            let here = at.key(strategy);
            columnar.insert(strategy, matches!(table, Json::Object(_)));
            let rows = match table {
                Json::Array(items) => {
                    items.iter().enumerate().filter_map(|(i, row)| decode_row(row, &here.index(i), faults)).collect()
                }
                _ => decode_columns(table, &here, faults).unwrap_or_default(),
            };
            all.insert(strategy.clone(), rows);
        }
        if faults.count() > before {
            return None;
        }
        SignalBook::from_rows(
            &all,
            |strategy, row, column| {
                let here = at.key(strategy);
                match (row, columnar.get(strategy)) {
                    (usize::MAX, _) => here.to_string(),
                    (_, Some(true)) => here.key(column).index(row).to_string(),
                    _ => here.index(row).key(column).to_string(),
                }
            },
            faults,
        )
    }
}

/// A text where it stands, not copied: a large book has hundreds of thousands of them.
fn decode_text<'a>(json: &'a Json, at: &At<'_>, faults: &mut Faults) -> Option<&'a str> {
    // What is no text takes the way that says so.
    json.as_str().or_else(|| String::decode(json, at, faults).and(None))
}

fn decode_texts<'a>(json: &'a Json, at: &At<'_>, faults: &mut Faults) -> Option<Vec<&'a str>> {
    let Some(items) = json.as_array() else { return Vec::<String>::decode(json, at, faults).and(None) };
    let texts: Vec<&str> = items.iter().enumerate().filter_map(|(i, item)| decode_text(item, &at.index(i), faults)).collect();
    (texts.len() == items.len()).then_some(texts)
}

fn decode_row<'a>(row: &'a Json, at: &At<'_>, faults: &mut Faults) -> Option<(&'a str, f64, f64)> {
    if let Json::Array(cells) = row {
        let [symbol, score, weight] = cells.as_slice() else {
            faults.push(Fault::new(
                Code::BrokenRow,
                at,
                format!("A row of {} cells.", cells.len()),
                "Give [symbol, score, weight].",
            ));
            return None;
        };
        let symbol = decode_text(symbol, &at.index(0), faults);
        let score = f64::decode(score, &at.index(1), faults);
        let weight = f64::decode(weight, &at.index(2), faults);
        return Some((symbol?, score?, weight?));
    }
    let mut fields = Fields::open(row, at, faults)?;
    let symbol = fields.required_raw("symbol", at, faults).and_then(|json| decode_text(json, &at.key("symbol"), faults));
    let score = fields.required("score", at, faults);
    let weight = fields.required("weight", at, faults);
    fields.close(at, faults);
    Some((symbol?, score?, weight?))
}

fn decode_columns<'a>(table: &'a Json, at: &At<'_>, faults: &mut Faults) -> Option<Vec<(&'a str, f64, f64)>> {
    let mut fields = Fields::open(table, at, faults)?;
    let symbol = fields.required_raw("symbol", at, faults).and_then(|json| decode_texts(json, &at.key("symbol"), faults));
    let score: Option<Vec<f64>> = fields.required("score", at, faults);
    let weight: Option<Vec<f64>> = fields.required("weight", at, faults);
    fields.close(at, faults);
    let (symbol, score, weight) = (symbol?, score?, weight?);
    if symbol.len() != score.len() || symbol.len() != weight.len() {
        faults.push(Fault::new(
            Code::BrokenRow,
            at,
            format!("Columns of different length: symbol {}, score {}, weight {}.", symbol.len(), score.len(), weight.len()),
            "Give the three columns the same number of rows.",
        ));
        return None;
    }
    Some(symbol.into_iter().zip(score).zip(weight).map(|((symbol, score), weight)| (symbol, score, weight)).collect())
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for SignalBook {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Signals".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "object",
            "description": "Rows of every strategy, as columns (the canonical form), as objects or as [symbol, score, weight].",
            "additionalProperties": { "anyOf": [
                { "type": "object", "additionalProperties": false, "required": ["symbol", "score", "weight"], "properties": {
                    "symbol": { "type": "array", "items": { "type": "string" } },
                    "score": { "type": "array", "items": { "type": "number" } },
                    "weight": { "type": "array", "items": { "type": "number" } } } },
                { "type": "array", "items": { "anyOf": [
                    { "type": "object", "additionalProperties": false, "required": ["symbol", "score", "weight"], "properties": {
                        "symbol": { "type": "string" }, "score": { "type": "number" }, "weight": { "type": "number" } } },
                    { "type": "array", "prefixItems": [{ "type": "string" }, { "type": "number" }, { "type": "number" }], "minItems": 3, "maxItems": 3 } ] } } ] }
        })
    }
}

impl SignalBook {
    /// Reads a book from JSON text on its own.
    ///
    /// # Errors
    /// As reading a request.
    pub fn from_json(bytes: &[u8]) -> Result<Self, Problem> {
        let json = crate::wire::parse(bytes)?;
        let mut faults = Faults::new();
        let book = Self::decode(&json, &At::Root, &mut faults);
        faults.finish(book)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::to_canonical_string;

    #[test]
    fn any_order_and_any_form_give_the_same_bytes() {
        let columns =
            br#"{"b":{"symbol":["X"],"score":[1],"weight":[1]},"a":{"symbol":["Z","Y"],"score":[2,1],"weight":[0.5,0.5]}}"#;
        let rows = br#"{"a":[["Y",1,0.5],{"weight":0.5,"symbol":"Z","score":2}],"b":[["X",1,1]]}"#;
        let (one, two) = (SignalBook::from_json(columns).unwrap(), SignalBook::from_json(rows).unwrap());
        assert_eq!(one, two);
        assert_eq!(
            to_canonical_string(&one).unwrap(),
            r#"{"a":{"score":[1,2],"symbol":["Y","Z"],"weight":[0.5,0.5]},"b":{"score":[1],"symbol":["X"],"weight":[1]}}"#
        );
    }

    #[test]
    fn every_fault_at_its_place() {
        let problem = SignalBook::from_json(br#"{"a":[["A","NaN",0.5],["B",0.4,null],["C",1]]}"#).unwrap_err();
        let places: Vec<(&str, Code)> = problem.problems.iter().map(|fault| (fault.path.as_str(), fault.code)).collect();
        assert_eq!(places, [("/a/0/1", Code::NotFinite), ("/a/1/2", Code::NotFinite), ("/a/2", Code::BrokenRow)]);
    }

    #[test]
    fn a_symbol_twice_is_refused() {
        let problem = SignalBook::from_json(br#"{"a":{"symbol":["A","B","A"],"score":[1,1,1],"weight":[1,1,1]}}"#).unwrap_err();
        assert_eq!((problem.code, problem.path.as_str()), (Code::Duplicate, "/a/symbol/2"));
    }
}
