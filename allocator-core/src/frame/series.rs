//! Histories: one value per point in time and name, sorted, finite; a missing day is absent, not zero.

use crate::error::{Code, Fault, Faults};
use crate::units::{UnixNanos, name_fault};
use crate::wire::{At, Decode, Fields, Json};
use serde::ser::{Serialize, SerializeMap, Serializer};
use std::collections::BTreeMap;
use std::sync::Arc;

/// One history. Times are strictly ascending, values finite.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Strategy or symbol.
    pub name: String,
    /// Points in time, strictly ascending.
    pub times: Vec<UnixNanos>,
    /// Values, parallel to `times`.
    pub values: Vec<f64>,
}

/// Times of all series together, ascending, each once.
pub(crate) fn all_times<'a>(series: impl Iterator<Item = &'a Series>) -> Vec<UnixNanos> {
    let mut times: Vec<UnixNanos> = Vec::new();
    for series in series {
        // Most have the same times: look before merging.
        let mut known = times.iter();
        if !series.times.iter().all(|time| known.by_ref().find(|known| *known >= time) == Some(time)) {
            times.extend_from_slice(&series.times);
            times.sort_unstable();
            times.dedup();
        }
    }
    times
}

/// What the values of a book are, and so which are impossible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeriesKind {
    /// Simple returns per period: 0.01 is one per cent; below -1 is impossible.
    Return,
    /// Prices: zero and below is impossible.
    Price,
    /// Scores: any finite number.
    Score,
    /// Money paid in (positive) or taken out (negative): any finite number.
    Flow,
    /// Weights as fractions of equity, short ones negative: any finite number.
    Weight,
}

impl SeriesKind {
    fn noun(self) -> &'static str {
        match self {
            SeriesKind::Return => "return",
            SeriesKind::Price => "price",
            SeriesKind::Score => "score",
            SeriesKind::Flow => "flow",
            SeriesKind::Weight => "weight",
        }
    }
    fn impossible(self, value: f64) -> Option<&'static str> {
        match self {
            SeriesKind::Return if value < -1.0 => Some("is below -1: more than everything would be lost"),
            SeriesKind::Price if value <= 0.0 => Some("is not above zero"),
            _ => None,
        }
    }
}

/// Builds sorted series from unordered points.
///
/// `place` names point number `i` of a series for messages.
fn build(
    kind: SeriesKind,
    points: BTreeMap<String, Vec<(UnixNanos, f64)>>,
    place: impl Fn(&str, usize) -> String,
    faults: &mut Faults,
) -> Option<Vec<Series>> {
    let before = faults.count();
    let mut all = Vec::with_capacity(points.len());
    for (name, points) in points {
        if let Some(why) = name_fault(&name) {
            faults.push(Fault::new(
                Code::InvalidName,
                place(&name, usize::MAX),
                format!("The name {name:?} {why}."),
                "Give the series a plain name.",
            ));
        }
        // Most series come sorted, and then need no order of their own.
        let sorted = points.is_sorted_by(|a, b| a.0 < b.0);
        let mut order: Vec<usize> = Vec::new();
        if !sorted {
            order.extend(0..points.len());
            order.sort_by_key(|&i| (points[i].0, i));
        }
        for pair in order.windows(2) {
            if points[pair[0]].0 == points[pair[1]].0 {
                faults.push(Fault::new(
                    Code::Duplicate,
                    place(&name, pair[1]),
                    format!("{name} has two values at {}.", points[pair[1]].0),
                    "Keep one value for each date.",
                ));
            }
        }
        for (i, (time, value)) in points.iter().enumerate() {
            if !value.is_finite() {
                faults.push(Fault::new(
                    Code::NotFinite,
                    place(&name, i),
                    format!("The {} of {name} at {time} is not a finite number.", kind.noun()),
                    "Give a finite number, or leave the day out.",
                ));
            } else if let Some(why) = kind.impossible(*value) {
                faults.push(Fault::new(
                    Code::ImpossibleValue,
                    place(&name, i),
                    format!("The {} of {name} at {time}, {value}, {why}.", kind.noun()),
                    if kind == SeriesKind::Return {
                        "Write fractions: one per cent is 0.01."
                    } else {
                        "Mend the price, or leave the day out."
                    },
                ));
            }
        }
        let (times, values) = if sorted {
            points.into_iter().map(|(time, value)| (time, value + 0.0)).unzip()
        } else {
            order.iter().map(|&i| (points[i].0, points[i].1 + 0.0)).unzip()
        };
        all.push(Series { name, times, values });
    }
    (faults.count() == before).then_some(all)
}

impl Serialize for Series {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("date", &self.times)?;
        map.serialize_entry("value", &self.values)?;
        map.end()
    }
}

/// Declares a book: series of one kind, sorted by name. Its copies share them: a request that is asked again and again holds no second history.
macro_rules! book {
    ($(#[doc = $doc:literal])+ $name:ident, $kind:expr, $schema:literal) => {
        $(#[doc = $doc])+
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct $name { series: Arc<Vec<Series>> }

        impl $name {
            /// Builds the book from points in any order; `place` names point `i` of a series (`usize::MAX`: the series itself).
            pub fn from_points(
                points: BTreeMap<String, Vec<(UnixNanos, f64)>>,
                place: impl Fn(&str, usize) -> String,
                faults: &mut Faults,
            ) -> Option<Self> {
                build($kind, points, place, faults).map(|series| $name { series: Arc::new(series) })
            }

            /// The same series without the points at whose time `keep` is false.
            #[must_use]
            pub fn kept(&self, keep: impl Fn(UnixNanos) -> bool) -> Self {
                let part = |series: &Series| {
                    let points = series.times.iter().zip(&series.values).filter(|(time, _)| keep(**time));
                    let (times, values) = points.map(|(time, value)| (*time, *value)).unzip();
                    Series { name: series.name.clone(), times, values }
                };
                $name { series: Arc::new(self.series.iter().map(part).collect()) }
            }

            /// Every time at which any of the series has a point, ascending.
            pub fn times(&self) -> Vec<UnixNanos> {
                let mut times: Vec<UnixNanos> = Vec::new();
                for series in &*self.series {
                    if series.times != times {
                        times.extend_from_slice(&series.times);
                        times.sort_unstable();
                        times.dedup();
                    }
                }
                times
            }

            /// All series, sorted by name.
            pub fn series(&self) -> &[Series] {
                &self.series
            }

            /// The series of a name.
            pub fn get(&self, name: &str) -> Option<&Series> {
                self.series.binary_search_by(|series| series.name.as_str().cmp(name)).ok().map(|i| &self.series[i])
            }

            /// Whether there is no series.
            pub fn is_empty(&self) -> bool {
                self.series.is_empty()
            }

            /// How many series there are.
            pub fn len(&self) -> usize {
                self.series.len()
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_map(self.series.iter().map(|series| (&series.name, series)))
            }
        }

        impl Decode for $name {
            fn decode(json: &Json, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
                if let Json::Held(held) = json
                    && let Some(book) = held.get::<Self>()
                {
                    return Some(book.clone());
                }
                let (points, columnar) = decode_points(json, at, faults)?;
                Self::from_points(points, |name, i| point_place(at, &columnar, name, i), faults)
            }
        }

        #[cfg(feature = "schema")]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                $schema.into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({
                    "type": "object",
                    "description": concat!($($doc),+, " Columns {date, value} are the canonical form; rows [date, value] are read too."),
                    "additionalProperties": { "anyOf": [
                        { "type": "object", "additionalProperties": false, "required": ["date", "value"], "properties": {
                            "date": { "type": "array", "items": { "type": "string" } },
                            "value": { "type": "array", "items": { "type": "number" } } } },
                        { "type": "array", "items": { "type": "array", "prefixItems": [{ "type": "string" }, { "type": "number" }], "minItems": 2, "maxItems": 2 } } ] }
                })
            }
        }
    };
}

book! {
    /// Returns per period of every strategy or symbol: simple returns, fractions.
    ReturnBook, SeriesKind::Return, "Returns"
}
book! {
    /// Scores of every symbol through time.
    ScoreBook, SeriesKind::Score, "Scores"
}
book! {
    /// Money paid into (positive) or taken out of (negative) every series, by date.
    FlowBook, SeriesKind::Flow, "Flows"
}
book! {
    /// Target weights of every symbol by decision date: fractions of equity, short ones negative. A symbol without a weight on a date
    /// that others have is not held from then on.
    WeightBook, SeriesKind::Weight, "Weights"
}
book! {
    /// Prices of every symbol.
    PriceBook, SeriesKind::Price, "Prices"
}

impl ReturnBook {
    /// The book of series that are sound already: sorted by name, times strictly ascending, values possible.
    pub(crate) fn of_sound(series: Vec<Series>) -> Self {
        debug_assert!(series.is_sorted_by(|a, b| a.name < b.name));
        debug_assert!(series.iter().all(|series| series.times.is_sorted_by(|a, b| a < b)));
        ReturnBook { series: Arc::new(series) }
    }
}

type Points = BTreeMap<String, Vec<(UnixNanos, f64)>>;

fn point_place(at: &At<'_>, columnar: &BTreeMap<String, bool>, name: &str, i: usize) -> String {
    let here = at.key(name);
    match (i, columnar.get(name)) {
        (usize::MAX, _) => here.to_string(),
        (_, Some(true)) => here.key("value").index(i).to_string(),
        _ => here.index(i).to_string(),
    }
}

fn decode_points(json: &Json, at: &At<'_>, faults: &mut Faults) -> Option<(Points, BTreeMap<String, bool>)> {
    let Json::Object(all) = json else {
        faults.push(Fault::new(
            Code::WrongType,
            at,
            format!("Expected an object of series, found {}.", json.brief()),
            "Give {\"name\": {\"date\": […], \"value\": […]}}.",
        ));
        return None;
    };
    let before = faults.count();
    let mut points = Points::new();
    let mut columnar = BTreeMap::new();
    for (name, series) in all {
        let here = at.key(name);
        columnar.insert(name.clone(), matches!(series, Json::Object(_)));
        let read = match series {
            Json::Array(rows) => {
                rows.iter().enumerate().filter_map(|(i, row)| decode_point(row, &here.index(i), faults)).collect()
            }
            _ => decode_columns(series, &here, faults).unwrap_or_default(),
        };
        points.insert(name.clone(), read);
    }
    (faults.count() == before).then_some((points, columnar))
}

fn decode_point(row: &Json, at: &At<'_>, faults: &mut Faults) -> Option<(UnixNanos, f64)> {
    let Json::Array(cells) = row else {
        faults.push(Fault::new(Code::WrongType, at, format!("Expected a row, found {}.", row.brief()), "Give [date, value]."));
        return None;
    };
    let [date, value] = cells.as_slice() else {
        faults.push(Fault::new(Code::BrokenRow, at, format!("A row of {} cells.", cells.len()), "Give [date, value]."));
        return None;
    };
    let date = UnixNanos::decode(date, &at.index(0), faults);
    let value = f64::decode(value, &at.index(1), faults);
    Some((date?, value?))
}

fn decode_columns(series: &Json, at: &At<'_>, faults: &mut Faults) -> Option<Vec<(UnixNanos, f64)>> {
    let mut fields = Fields::open(series, at, faults)?;
    let date: Option<Vec<UnixNanos>> = fields.required("date", at, faults);
    let value: Option<Vec<f64>> = fields.required("value", at, faults);
    fields.close(at, faults);
    let (date, value) = (date?, value?);
    if date.len() != value.len() {
        faults.push(Fault::new(
            Code::BrokenRow,
            at,
            format!("Columns of different length: date {}, value {}.", date.len(), value.len()),
            "Give both the same number of rows.",
        ));
        return None;
    }
    Some(date.into_iter().zip(value).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{parse, to_canonical_string};

    fn returns(text: &str) -> Result<ReturnBook, Vec<(String, Code)>> {
        let mut faults = Faults::new();
        let book = ReturnBook::decode(&parse(text.as_bytes()).unwrap(), &At::Root, &mut faults);
        book.ok_or_else(|| faults.as_slice().iter().map(|fault| (fault.path.clone(), fault.code)).collect())
    }

    #[test]
    fn order_does_not_matter() {
        let one = returns(r#"{"a":[["2024-01-02",0.02],["2024-01-01",0.01]]}"#).unwrap();
        let two = returns(r#"{"a":{"date":["2024-01-01","2024-01-02"],"value":[0.01,0.02]}}"#).unwrap();
        assert_eq!(one, two);
        assert_eq!(to_canonical_string(&one).unwrap(), r#"{"a":{"date":["2024-01-01","2024-01-02"],"value":[0.01,0.02]}}"#);
    }

    #[test]
    fn two_values_of_a_day_and_impossible_returns_are_refused() {
        let faults = returns(r#"{"a":[["2024-01-01",0.01],["2024-01-01",0.02],["2024-01-03",-1.4]]}"#).unwrap_err();
        assert_eq!(faults, [("/a/1".to_owned(), Code::Duplicate), ("/a/2".to_owned(), Code::ImpossibleValue)]);
    }
}
