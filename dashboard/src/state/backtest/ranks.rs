//! The newest opinion of every alpha, as the operation `alpha` answers it: symbols in its order, and how it did so far.

use crate::figure::json::{flag, list, object, text, text_of, whole};
use crate::state::unknown::why;
use allocator_core::units::UnixNanos;
use allocator_core::wire::Json;

/// One symbol.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranked {
    /// The symbol.
    pub symbol: String,
    /// Its score; higher is better to own.
    pub score: f64,
}

/// One alpha.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ranks {
    /// The alpha.
    pub name: String,
    /// Symbols with a score, the best first.
    pub known: Vec<Ranked>,
    /// Symbols without one, and why.
    pub unknown: Vec<(String, String)>,
    /// Mean rank correlation with the returns that followed, its t-statistic, and of how many months; `None` where unknown.
    pub record: Option<Record>,
}

/// How an alpha did so far.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Record {
    /// Mean rank correlation.
    pub mean: f64,
    /// Mean over standard error; `None` where it cannot be said.
    pub t: Option<f64>,
    /// Rank correlations.
    pub count: usize,
}

/// Opinions of one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Opinions {
    /// The time of the newest price.
    pub as_of: Option<UnixNanos>,
    /// All symbols.
    pub symbols: Vec<String>,
    /// Alphas, in the order asked for.
    pub alphas: Vec<Ranks>,
}

impl Opinions {
    /// Reads an answer of the operation `alpha`; `None` where it is none.
    pub fn from_answer(answer: &Json) -> Option<Self> {
        let alphas: Vec<Ranks> = answer.get("alphas")?.as_array()?.iter().filter_map(ranks).collect();
        let mut symbols: Vec<String> = alphas.first().map_or_else(Vec::new, |first| {
            let known = first.known.iter().map(|ranked| ranked.symbol.clone());
            known.chain(first.unknown.iter().map(|(symbol, _)| symbol.clone())).collect()
        });
        symbols.sort_unstable();
        Some(Opinions { as_of: answer.get("as_of").and_then(Json::as_str).and_then(UnixNanos::parse), symbols, alphas })
    }

    /// What one alpha says.
    pub fn of(&self, name: &str) -> Option<&Ranks> {
        self.alphas.iter().find(|alpha| alpha.name == name)
    }
}

impl Ranks {
    /// How many of the known ones a strategy holds on each side, as the engine's rule counts them.
    pub fn held(&self, top: f64) -> usize {
        (top * self.known.len() as f64 - 1e-9).ceil().max(0.0) as usize
    }
}

fn ranks(json: &Json) -> Option<Ranks> {
    let mut ranks = Ranks { name: json.get("name")?.as_str()?.to_owned(), ..Ranks::default() };
    for score in json.get("scores")?.as_array()? {
        let symbol = score.get("symbol")?.as_str()?.to_owned();
        if let Some(score) = score.get("value").and_then(Json::as_f64) {
            ranks.known.push(Ranked { symbol, score });
        } else {
            let why = why(score.get("unknown").and_then(Json::as_str).unwrap_or("unknown"));
            ranks.unknown.push((symbol, why));
        }
    }
    // Equal scores keep the order of the universe, as the engine has it.
    ranks.known.sort_by(|a, b| b.score.total_cmp(&a.score));
    ranks.record = json.get("record").and_then(|record| {
        Some(Record {
            mean: record.get("ic_mean").and_then(Json::as_f64)?,
            t: record.get("ic_t").and_then(Json::as_f64),
            count: record.get("ic").and_then(Json::as_array).map_or(0, <[Json]>::len),
        })
    });
    Some(ranks)
}

/// The request for the opinions of built-in alphas and formulas, without prices.
pub fn request(alphas: &[String], formulas: &[(String, String)]) -> String {
    let names = alphas.iter().chain(formulas.iter().map(|(name, _)| name)).map(|name| text(name.clone()));
    let mut sorted: Vec<(String, Json)> = formulas.iter().map(|(name, formula)| (name.clone(), text(formula.clone()))).collect();
    sorted.sort_by(|a, b| a.0.cmp(&b.0));
    let config = object([("alphas", list(names)), ("formulas", Json::Object(sorted))]);
    text_of(&object([("config", config), ("judge", flag(true)), ("version", whole(1))]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use allocator_core::op;
    use allocator_core::wire::parse;

    fn asked(alphas: &[&str], formulas: &[(&str, &str)]) -> Opinions {
        let alphas: Vec<String> = alphas.iter().map(ToString::to_string).collect();
        let formulas: Vec<(String, String)> = formulas.iter().map(|(a, b)| (a.to_string(), b.to_string())).collect();
        let rows = |growth: f64| -> String {
            let day = |i: u32| {
                let date = UnixNanos::from_days(19_723 + i64::from(i)).unwrap();
                format!("[\"{date}\",{}]", 100.0 + growth * f64::from(i) + 0.05 * f64::from(i * 7 % 11))
            };
            (0..400).map(day).collect::<Vec<_>>().join(",")
        };
        let (up, down, flat) = (rows(1.0), rows(-0.2), rows(0.1));
        let prices = format!(r#""prices":{{"A":[{up}],"B":[{down}],"C":[["2024-01-01",5]],"D":[{flat}]}},"#);
        let request = format!("{{{prices}{}", &request(&alphas, &formulas)[1..]);
        Opinions::from_answer(&parse(&op::run("alpha", request.as_bytes()).unwrap()).unwrap()).unwrap()
    }

    #[test]
    fn symbols_stand_in_the_order_of_their_scores_and_the_unknown_beside() {
        let opinions = asked(&["momentum_20d"], &[("mine", "-delta(close, 5)")]);
        let momentum = opinions.of("momentum_20d").unwrap();
        assert_eq!(momentum.known.iter().map(|ranked| ranked.symbol.as_str()).collect::<Vec<_>>(), ["A", "D", "B"]);
        assert_eq!(momentum.unknown[0].0, "C");
        assert!(opinions.of("mine").unwrap().record.is_some());
        assert_eq!(opinions.symbols, ["A", "B", "C", "D"]);
        assert_eq!(opinions.as_of.unwrap().to_string(), "2025-02-03");
        assert_eq!((momentum.held(0.3), momentum.held(0.34), momentum.held(1.0)), (1, 2, 3));
    }
}
