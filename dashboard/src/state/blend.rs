//! The answer of a blend as the page shows it.

use super::columns::Columns;
use super::parts::{Contribution, Parts};
use super::problem::{Fault, Problem};
use super::tag::{Tag, tags};
use allocator_core::wire::{Json, parse};

/// One row of the answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Weight {
    /// The instrument.
    pub symbol: String,
    /// Its share of capital.
    pub weight: f64,
    /// What it is made of, in the order of the strategies.
    pub parts: Parts,
}

impl Weight {
    /// How many strategies hold a part of it.
    pub fn held_by(&self) -> usize {
        self.parts.iter().filter(|part| part.value != 0.0).count()
    }
}

/// One strategy of the answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Strategy {
    /// How it is marked.
    pub tag: Tag,
    /// Its gross share of capital.
    pub weight: f64,
    /// Its net share of capital; below the gross share where it is short of something.
    pub net: f64,
    /// Its share of the target before caps.
    pub before: Option<f64>,
    /// Its cap; `None` where none holds.
    pub cap: Option<f64>,
    /// Whether the cap holds it back.
    pub at_cap: bool,
    /// Whether it takes a position.
    pub active: bool,
    /// Annualised volatility behind its share, where the method uses one.
    pub volatility: Option<f64>,
    /// The figure behind its share, for example `volatility 0.1432`; empty where the method has none.
    pub statistic: String,
    /// Why its statistic is unknown; empty if it is known or not needed.
    pub unknown: String,
}

/// Two strategies and how they move together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pair {
    /// Place of the first strategy's name in [`Correlations::names`].
    pub a: usize,
    /// Place of the second.
    pub b: usize,
    /// ρ; `None` is unknown.
    pub value: Option<f64>,
    /// Lower end of the 95 % interval.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
    /// Shared days.
    pub n: u64,
    /// Probability of such a ρ by chance.
    pub p_value: Option<f64>,
    /// Whether it is above the threshold.
    pub alert: bool,
    /// Why it is unknown.
    pub reason: String,
}

/// All pairs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Correlations {
    /// Strategies, sorted.
    pub names: Vec<String>,
    /// Every pair once.
    pub pairs: Vec<Pair>,
    /// Mean of the known ρ.
    pub average: Option<f64>,
}

/// An alert: two strategies above the threshold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Alert {
    /// The pair.
    pub pair: [String; 2],
    /// ρ.
    pub value: f64,
    /// The threshold it is above.
    pub threshold: f64,
    /// Shared days.
    pub n: u64,
    /// Newest date that entered, RFC 3339 or as the engine wrote it.
    pub at: String,
    /// The same for the same crossing wherever it is computed.
    pub id: String,
}

/// A limit that holds something back.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Binding {
    /// The setting's name.
    pub limit: String,
    /// The strategy, symbol or group; empty for a limit on the whole.
    pub name: String,
    /// The limit, where it is one number.
    pub value: Option<f64>,
}

/// Sums of the answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Totals {
    /// Σ|w|.
    pub gross: f64,
    /// Σw.
    pub net: f64,
    /// What is not invested.
    pub cash: f64,
    /// Gross weight asked for.
    pub target: f64,
    /// Where the cash comes from, with the amount.
    pub reasons: Vec<(String, f64)>,
}

/// A whole answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Blend {
    /// Strategies in canonical order.
    pub strategies: Vec<Strategy>,
    /// Symbols by size of weight.
    pub weights: Vec<Weight>,
    /// Sums.
    pub totals: Totals,
    /// How strategies move together, where their returns are known.
    pub correlations: Option<Correlations>,
    /// Alerts.
    pub alerts: Vec<Alert>,
    /// Limits that hold something back.
    pub bindings: Vec<Binding>,
    /// Symbols that a limit left out, with its name.
    pub dropped: Vec<(String, String)>,
    /// Warnings.
    pub warnings: Vec<Fault>,
    /// Figures of diversification: label, value, unit.
    pub diversification: Vec<(&'static str, Option<f64>)>,
    /// SHA-256 over request and result.
    pub digest: String,
    /// Places in `weights` by symbol.
    places: Vec<usize>,
}

fn text(json: &Json, key: &str) -> String {
    json.get(key).and_then(Json::as_str).unwrap_or_default().to_owned()
}

fn number(json: &Json, key: &str) -> Option<f64> {
    json.get(key).and_then(Json::as_f64)
}

fn list<'a>(json: &'a Json, key: &str) -> &'a [Json] {
    json.get(key).and_then(Json::as_array).unwrap_or_default()
}

impl Blend {
    /// Reads an answer that is JSON text as a whole.
    ///
    /// # Errors
    /// The text is not an answer, which would be a defect.
    pub fn from_text(answer: &str) -> Result<Self, Problem> {
        Blend::read(answer, None)
    }

    /// Reads an answer whose weights came in columns.
    ///
    /// # Errors
    /// As [`Blend::from_text`]; columns that do not belong together.
    pub fn from_columns(head: &str, columns: Columns) -> Result<Self, Problem> {
        Blend::read(head, Some(columns))
    }

    fn read(answer: &str, columns: Option<Columns>) -> Result<Self, Problem> {
        let unreadable = || Problem::saying("The engine's answer could not be read.");
        let json = parse(answer.as_bytes()).map_err(|_| unreadable())?;
        let strategies = strategies(&json);
        let weights = match columns {
            // The engine lists its strategies sorted, as they are here.
            Some(columns) => columns.rows().ok_or_else(unreadable)?,
            None => weights(&json, &strategies),
        };
        let totals = json.get("totals").unwrap_or(&Json::Null);
        let reasons = list(totals, "cash_reasons")
            .iter()
            .map(|reason| (text(reason, "text"), number(reason, "amount").unwrap_or(0.0)))
            .collect();
        let alerts = list(&json, "alerts")
            .iter()
            .map(|alert| {
                let pair: Vec<String> = list(alert, "pair").iter().filter_map(|name| name.as_str().map(str::to_owned)).collect();
                Alert {
                    pair: pair.try_into().unwrap_or_default(),
                    value: number(alert, "value").unwrap_or(f64::NAN),
                    threshold: number(alert, "threshold").unwrap_or(f64::NAN),
                    n: number(alert, "n").unwrap_or(0.0) as u64,
                    at: text(alert, "at"),
                    id: text(alert, "id"),
                }
            })
            .collect();
        let figures = json.get("diversification").unwrap_or(&Json::Null);
        let bindings = list(&json, "bindings")
            .iter()
            .map(|binding| Binding {
                limit: text(binding, "limit"),
                name: text(binding, "name"),
                value: number(binding, "value"),
            })
            .collect();
        let dropped = list(&json, "dropped").iter().map(|row| (text(row, "symbol"), text(row, "limit"))).collect();
        Ok(Blend {
            bindings,
            dropped,
            totals: Totals {
                gross: number(totals, "gross").unwrap_or(0.0),
                net: number(totals, "net").unwrap_or(0.0),
                cash: number(totals, "cash").unwrap_or(0.0),
                target: number(totals, "target").unwrap_or(0.0),
                reasons,
            },
            correlations: Correlations::from_pairs(list(&json, "correlations"), number(figures, "average_correlation")),
            alerts,
            warnings: Fault::list(json.get("warnings")),
            diversification: FIGURES.iter().map(|(key, label)| (*label, number(figures, key))).collect(),
            digest: text(&json, "digest"),
            strategies,
            ..Blend::of_weights(weights)
        })
    }

    /// An answer of weights alone.
    pub fn of_weights(weights: Vec<Weight>) -> Self {
        let mut places: Vec<usize> = (0..weights.len()).collect();
        places.sort_unstable_by(|&a, &b| weights[a].symbol.cmp(&weights[b].symbol));
        Blend { weights, places, ..Blend::default() }
    }

    /// The row of a symbol.
    pub fn weight(&self, symbol: &str) -> Option<&Weight> {
        let found = self.places.binary_search_by(|&place| self.weights[place].symbol.as_str().cmp(symbol)).ok()?;
        self.weights.get(self.places[found])
    }

    /// Its rows by symbol.
    pub fn by_symbol(&self) -> impl Iterator<Item = &Weight> {
        self.places.iter().filter_map(|&place| self.weights.get(place))
    }

    /// The limit that holds a strategy or a symbol back, if one does.
    pub fn binding(&self, limit: &str, name: &str) -> Option<&Binding> {
        self.bindings.iter().find(|binding| binding.limit == limit && binding.name == name)
    }

    /// What cancels: strategies that hold against each other in a symbol hold more, added up, than the portfolio does.
    pub fn netted(&self) -> f64 {
        let held: f64 = self.strategies.iter().map(|strategy| strategy.weight.abs()).sum();
        (held - self.totals.gross).max(0.0)
    }

    /// The same in a sentence, where it is enough to be printed.
    pub fn netted_words(&self) -> Option<String> {
        use super::number::percent;
        let netted = self.netted();
        (netted > 5e-5).then(|| format!("{} points of the strategies' parts cancel: some hold against others.", percent(netted)))
    }

    /// What a strategy asked for before caps, as a share of capital.
    pub fn asked(&self, strategy: usize) -> Option<f64> {
        Some(self.strategies.get(strategy)?.before? * self.totals.target)
    }

    /// What a strategy adds to a symbol.
    pub fn part(&self, row: &Weight, strategy: usize) -> Option<f64> {
        row.parts.iter().find(|part| part.strategy == strategy).map(|part| part.value)
    }

    /// One sentence for people who hear the page: what came out.
    pub fn announcement(&self) -> String {
        use super::number::{counted, percent};
        let largest =
            self.weights.first().map_or_else(String::new, |row| format!(" Largest: {} {} %.", row.symbol, percent(row.weight)));
        format!(
            "Allocated: {} % invested, {} % cash, {} of {}.{largest}",
            percent(self.totals.gross),
            percent(self.totals.cash),
            counted(self.weights.len() as u64, "symbol", "symbols"),
            counted(self.strategies.len() as u64, "strategy", "strategies"),
        )
    }
}

fn weights(json: &Json, strategies: &[Strategy]) -> Vec<Weight> {
    let place = |id: &str| strategies.iter().position(|strategy| strategy.tag.strategy == id);
    list(json, "weights")
        .iter()
        .map(|row| Weight {
            symbol: text(row, "symbol"),
            weight: number(row, "final_weight").unwrap_or(0.0),
            parts: list(row, "contributions")
                .iter()
                .filter_map(|part| {
                    Some(Contribution {
                        strategy: place(part.get("strategy")?.as_str()?)?,
                        normalised: number(part, "normalised").unwrap_or(0.0),
                        raw: number(part, "raw").unwrap_or(0.0),
                        capped: number(part, "capped").unwrap_or(0.0),
                        redistributed: number(part, "redistributed").unwrap_or(0.0),
                        scaled: number(part, "scaled").unwrap_or(0.0),
                        value: number(part, "value")?,
                    })
                })
                .collect(),
        })
        .collect()
}

/// Figures of diversification shown, with their labels.
const FIGURES: [(&str, &str); 4] = [
    ("effective_strategies", "Effective strategies, 1/Σw²"),
    ("effective_strategies_entropy", "Effective strategies, entropy"),
    ("diversification_ratio", "Diversification ratio"),
    ("average_correlation", "Average correlation"),
];

fn strategies(json: &Json) -> Vec<Strategy> {
    let details = list(json, "strategies");
    let by_id = |id: &str| details.iter().find(|detail| detail.get("strategy").and_then(Json::as_str) == Some(id));
    let Some(Json::Object(weights)) = json.get("strategy_weights") else {
        return Vec::new();
    };
    let mut ids: Vec<String> = weights.iter().map(|(id, _)| id.clone()).collect();
    ids.sort();
    tags(&ids)
        .into_iter()
        .map(|tag| {
            let weight = weights.iter().find(|(id, _)| *id == tag.strategy).and_then(|(_, weight)| weight.as_f64());
            let detail = by_id(&tag.strategy).unwrap_or(&Json::Null);
            Strategy {
                weight: weight.unwrap_or(0.0),
                net: number(detail, "net").or(weight).unwrap_or(0.0),
                volatility: detail
                    .get("statistic")
                    .filter(|json| text(json, "name") == "volatility")
                    .and_then(|json| number(json, "value")),
                before: number(detail, "share"),
                cap: number(detail, "cap"),
                at_cap: detail.get("capped") == Some(&Json::Bool(true)),
                active: detail.get("active") != Some(&Json::Bool(false)),
                statistic: detail.get("statistic").map(statistic).unwrap_or_default(),
                unknown: text(detail, "unknown"),
                tag,
            }
        })
        .collect()
}

/// `{"name":"volatility","value":0.1432,"n":60}` → `volatility 14.32 %, n 60`.
fn statistic(json: &Json) -> String {
    use super::number::{fixed, percent};
    let (name, Some(value)) = (text(json, "name"), number(json, "value")) else {
        return String::new();
    };
    let figure = if name == "volatility" { format!("{} %", percent(value)) } else { fixed(value, 2) };
    let n = number(json, "n").map_or_else(String::new, |n| format!(", n {n}"));
    format!("{} {figure}{n}", name.replace('_', " "))
}

impl Correlations {
    fn from_pairs(pairs: &[Json], average: Option<f64>) -> Option<Self> {
        let mut names: Vec<String> = pairs.iter().flat_map(|pair| [text(pair, "a"), text(pair, "b")]).collect();
        names.sort();
        names.dedup();
        if names.is_empty() {
            return None;
        }
        let place = |name: &str| names.iter().position(|known| known == name);
        let pairs = pairs
            .iter()
            .filter_map(|pair| {
                Some(Pair {
                    a: place(pair.get("a")?.as_str()?)?,
                    b: place(pair.get("b")?.as_str()?)?,
                    value: number(pair, "value"),
                    low: number(pair, "low"),
                    high: number(pair, "high"),
                    n: number(pair, "n").unwrap_or(0.0) as u64,
                    p_value: number(pair, "p_value"),
                    alert: pair.get("alert") == Some(&Json::Bool(true)),
                    reason: list(pair, "unknown").first().map(|unknown| text(unknown, "reason")).unwrap_or_default(),
                })
            })
            .collect();
        Some(Correlations { names, pairs, average })
    }

    /// All pairs, the closest first; unknown ones last.
    pub fn ranked(&self) -> Vec<&Pair> {
        let mut pairs: Vec<&Pair> = self.pairs.iter().collect();
        pairs.sort_by(|a, b| b.value.unwrap_or(-2.0).total_cmp(&a.value.unwrap_or(-2.0)));
        pairs
    }

    /// The two strategies of a pair.
    pub fn names_of(&self, pair: &Pair) -> Option<(&str, &str)> {
        Some((self.names.get(pair.a)?, self.names.get(pair.b)?))
    }

    /// The pair of two places, in either order.
    pub fn pair(&self, a: usize, b: usize) -> Option<&Pair> {
        self.pairs.iter().find(|pair| (pair.a, pair.b) == (a, b) || (pair.a, pair.b) == (b, a))
    }
}

/// Step of the diverging palette for a ρ: −5 to 5, `None` for unknown.
pub fn heat(value: Option<f64>) -> Option<i8> {
    value.filter(|value| value.is_finite()).map(|value| (value.clamp(-1.0, 1.0) * 5.0).round() as i8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_strategies_hold_against_each_other_cancels() {
        // a holds 0.5 of X, b is short 0.2 of it: the portfolio holds 0.3, and 0.4 of what the two hold is nothing.
        let mut blend = Blend::from_text(
            r#"{"strategies":[{"strategy":"a","gross":0.5,"net":0.5},{"strategy":"b","gross":0.2,"net":-0.2}],
                "strategy_weights":{"a":0.5,"b":0.2},"weights":[],"totals":{"gross":0.3,"net":0.3,"cash":0.7}}"#,
        )
        .unwrap();
        assert!((blend.netted() - 0.4).abs() < 1e-15);
        assert_eq!(blend.netted_words().unwrap(), "40.00 points of the strategies' parts cancel: some hold against others.");
        blend.totals.gross = 0.7;
        assert_eq!((blend.netted(), blend.netted_words()), (0.0, None));
    }

    #[test]
    fn the_figure_behind_a_share_is_spelled_out() {
        let line = |text: &str| statistic(&parse(text.as_bytes()).unwrap());
        assert_eq!(line(r#"{"name":"volatility","value":0.14321,"n":60,"t_statistic":null}"#), "volatility 14.32 %, n 60");
        assert_eq!(line(r#"{"name":"information_coefficient","value":-0.021,"n":null}"#), "information coefficient −0.02");
        assert_eq!(line("null"), "");
    }

    #[test]
    fn what_is_no_answer_is_a_problem() {
        assert!(Blend::from_text("{").is_err());
        assert_eq!(Blend::from_text("{}").unwrap().weights.len(), 0);
    }

    #[test]
    fn heat_is_clamped_and_unknown_has_none() {
        assert_eq!((heat(Some(1.2)), heat(Some(-0.31)), heat(None), heat(Some(f64::NAN))), (Some(5), Some(-2), None, None));
    }
}
