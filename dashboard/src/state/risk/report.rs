//! The answer of an audit as the page shows it.

use allocator_core::config::risk::Regime;
use allocator_core::overlay::verdict::Verdict;
use allocator_core::units::UnixNanos;
use allocator_core::wire::{Choice, Json};

use crate::state::problem::Fault;

/// Values by date; NaN is unknown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Column {
    /// Seconds since 1970.
    pub times: Vec<f64>,
    /// One for each time.
    pub values: Vec<f64>,
}

/// One rule and how it came out.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Its name in the answer.
    pub name: String,
    /// The rule in words, with its limits.
    pub statement: String,
    /// Its figure and whether it may be luck.
    pub note: String,
    /// The figure.
    pub figure: Option<f64>,
    /// How it came out; `None` where the figure is unknown or does not apply.
    pub verdict: Option<Verdict>,
}

/// Bootstrap interval of a difference.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Whether it leaves out zero.
    pub distinct: bool,
    /// Resamples it rests on.
    pub resamples: u64,
}

/// A figure of both passes.
#[derive(Clone, Debug, PartialEq)]
pub struct Compared {
    /// Its name in the answer.
    pub name: String,
    /// Of the baseline.
    pub baseline: Option<f64>,
    /// Of the scaled pass.
    pub scaled: Option<f64>,
    /// Scaled less baseline.
    pub delta: Option<f64>,
    /// How much of the difference is luck.
    pub interval: Option<Interval>,
}

impl Compared {
    /// What a person reads, with the unit.
    pub fn label(&self) -> &str {
        match self.name.as_str() {
            "cagr" => "CAGR %",
            "volatility" => "Volatility %",
            "sharpe" => "Sharpe",
            "max_drawdown" => "Drawdown %",
            "worst_month" => "Worst month %",
            "worst_quarter" => "Worst quarter %",
            other => other,
        }
    }

    /// What it is multiplied by to be shown.
    pub fn scale(&self) -> f64 {
        if self.name == "sharpe" { 1.0 } else { 100.0 }
    }

    /// Whether the difference is for the better: less volatility, more of everything else.
    pub fn is_better(&self) -> Option<bool> {
        let delta = self.delta.filter(|delta| *delta != 0.0)?;
        Some((delta > 0.0) != (self.name == "volatility"))
    }
}

/// Days in a regime.
#[derive(Clone, Debug, PartialEq)]
pub struct Share {
    /// The regime; `None` before any was known.
    pub regime: Option<Regime>,
    /// Days.
    pub days: u64,
    /// Share of all days.
    pub share: f64,
}

/// How often one regime followed another.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Before.
    pub from: Option<Regime>,
    /// After.
    pub to: Option<Regime>,
    /// How often.
    pub count: u64,
}

/// A time at which exposure was cut.
#[derive(Clone, Debug, PartialEq)]
pub struct DeRisked {
    /// The rebalance with the lowest scalar, seconds since 1970.
    pub time: f64,
    /// Its first and last rebalance, seconds since 1970.
    pub span: (f64, f64),
    /// The lowest scalar.
    pub scalar: f64,
    /// Regime behind it.
    pub regime: Option<Regime>,
    /// Why.
    pub note: String,
    /// Return of the baseline over the event.
    pub baseline: Option<f64>,
    /// Return of the scaled pass less that of the baseline.
    pub saved: Option<f64>,
}

/// What a sleeve was given.
#[derive(Clone, Debug, PartialEq)]
pub struct SleeveRun {
    /// Its name.
    pub name: String,
    /// Scalar that each rebalance applied to it.
    pub exposure: Column,
    /// Mean and lowest of them.
    pub scalars: [Option<f64>; 2],
    /// Rebalances that were scaled.
    pub scaled: u64,
}

/// What protection would have cost and paid.
#[derive(Clone, Debug, PartialEq)]
pub struct Protection {
    /// Whether every tail figure improves.
    pub adopted: bool,
    /// Why it stays off; empty where it is adopted.
    pub note: String,
    /// Premium and payoff a year, as fractions of equity.
    pub yearly: [Option<f64>; 2],
    /// Pieces that were bought.
    pub pieces: u64,
    /// Tail figures: label, without and with.
    pub figures: Vec<(&'static str, [Option<f64>; 2])>,
    /// Growth of 1 with it, where it is adopted.
    pub equity: Option<Column>,
}

/// The feature columns that regimes are told from, in the order of the lanes: name in the answer, label, what it is.
pub const FEATURES: [(&str, &str, &str); 4] = [
    ("vol_accel", "Volatility acceleration", "20 d over 60 d"),
    ("corr_shock", "Correlation shock", "20 d less 60 d"),
    ("dd_level", "Drawdown level", "fraction of the peak"),
    ("dd_slope_10d", "Drawdown slope", "10 d difference"),
];

/// A whole answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// SHA-256 over request and result.
    pub digest: String,
    /// The worst of the verdicts.
    pub overall: Option<Verdict>,
    /// Every rule.
    pub rules: Vec<Rule>,
    /// The figures side by side.
    pub figures: Vec<Compared>,
    /// Growth of 1: baseline and scaled on the same times.
    pub equity: [Column; 2],
    /// Drawdown: baseline and scaled.
    pub drawdown: [Column; 2],
    /// Regime of each date.
    pub regime_times: Vec<f64>,
    /// One for each time.
    pub regimes: Vec<Option<Regime>>,
    /// Scalar that each rebalance applied.
    pub exposure: Column,
    /// The features of [`FEATURES`].
    pub features: [Column; 4],
    /// Why features are unknown: feature, dates, reason.
    pub unknown: Vec<(String, u64, String)>,
    /// Days by regime, judged dates.
    pub shares: Vec<Share>,
    /// Transitions by pair.
    pub changes: Vec<Change>,
    /// All of them, a year.
    pub changes_per_year: Option<f64>,
    /// The deepest de-risking events.
    pub events: Vec<DeRisked>,
    /// Returns judged.
    pub days: u64,
    /// Rebalances, and how many of them were scaled.
    pub rebalances: (u64, u64),
    /// Mean, lowest and highest applied scalar.
    pub scalars: [Option<f64>; 3],
    /// What the audited weights are of, in order.
    pub symbols: Vec<String>,
    /// The sleeves, by name.
    pub sleeves: Vec<SleeveRun>,
    /// Protection; `None` unless it was asked for.
    pub protection: Option<Protection>,
    /// First date with a known state, seconds since 1970.
    pub known_from: Option<f64>,
    /// What is worth knowing.
    pub warnings: Vec<Fault>,
}

fn text(json: &Json, key: &str) -> String {
    json.get(key).and_then(Json::as_str).unwrap_or_default().to_owned()
}

fn number(json: &Json, key: &str) -> Option<f64> {
    json.get(key).and_then(Json::as_f64)
}

fn count(json: &Json, key: &str) -> u64 {
    number(json, key).unwrap_or(0.0) as u64
}

fn list<'a>(json: &'a Json, key: &str) -> &'a [Json] {
    json.get(key).and_then(Json::as_array).unwrap_or_default()
}

/// A word as the choice that it names.
pub fn chosen<C: Choice + Copy>(word: Option<&str>) -> Option<C> {
    C::WORDS.iter().find(|entry| Some(entry.1) == word).map(|entry| entry.0)
}

fn regime(json: &Json, key: &str) -> Option<Regime> {
    chosen(json.get(key).and_then(Json::as_str))
}

/// Seconds since 1970 of a date in the answer.
fn time(json: &Json) -> Option<f64> {
    json.as_str().and_then(UnixNanos::parse).map(|time| crate::figure::TimeSeries::seconds(time.0))
}

fn times(json: &Json, key: &str) -> Vec<f64> {
    list(json, key).iter().filter_map(time).collect()
}

fn values(json: &Json, key: &str) -> Vec<f64> {
    list(json, key).iter().map(|value| value.as_f64().unwrap_or(f64::NAN)).collect()
}

impl Report {
    /// Reads an answer of the operation `audit`; `None` where it is none.
    pub fn from_answer(answer: &Json) -> Option<Self> {
        let curves = answer.get("curves")?;
        let (regimes, state) = (answer.get("regimes")?, answer.get("state")?);
        let (exposure, summary) = (answer.get("exposure")?, answer.get("summary")?);
        let curve_times = times(curves, "date");
        let column = |key: &str| Column { times: curve_times.clone(), values: values(curves, key) };
        let state_times = times(state, "date");
        let feature = |(key, _, _): (&str, &str, &str)| Column { times: state_times.clone(), values: values(state, key) };
        Some(Report {
            digest: text(answer, "digest"),
            overall: chosen(answer.get("overall")?.as_str()),
            rules: list(answer, "verdicts")
                .iter()
                .map(|rule| Rule {
                    name: text(rule, "rule"),
                    statement: text(rule, "statement"),
                    note: text(rule, "note"),
                    figure: number(rule, "figure"),
                    verdict: chosen(rule.get("verdict").and_then(Json::as_str)),
                })
                .collect(),
            figures: list(answer, "comparison").iter().map(compared).collect(),
            equity: [column("baseline_equity"), column("scaled_equity")],
            drawdown: [column("baseline_drawdown"), column("scaled_drawdown")],
            regime_times: times(regimes, "date"),
            regimes: list(regimes, "regime").iter().map(|regime| chosen(regime.as_str())).collect(),
            exposure: Column { times: times(exposure, "date"), values: values(exposure, "scalar") },
            features: FEATURES.map(feature),
            unknown: list(state, "unknown")
                .iter()
                .map(|span| (text(span, "figure"), count(span, "dates"), text(span, "reason")))
                .collect(),
            shares: list(answer, "regime_distribution")
                .iter()
                .map(|row| Share {
                    regime: regime(row, "regime"),
                    days: count(row, "days"),
                    share: number(row, "share").unwrap_or(0.0),
                })
                .collect(),
            changes: list(answer, "transitions")
                .iter()
                .map(|row| Change { from: regime(row, "from"), to: regime(row, "to"), count: count(row, "count") })
                .collect(),
            changes_per_year: number(answer, "transitions_per_year"),
            events: list(answer, "events").iter().filter_map(event).collect(),
            days: count(answer.get("baseline")?, "days"),
            rebalances: (count(summary, "rebalances"), count(summary, "scaled")),
            scalars: ["scalar_mean", "scalar_min", "scalar_max"].map(|key| number(summary, key)),
            symbols: match answer.get("weights").and_then(|weights| weights.get("weights")) {
                Some(Json::Object(columns)) => columns.iter().map(|(name, _)| name.clone()).collect(),
                _ => Vec::new(),
            },
            sleeves: list(answer, "sleeves").iter().filter_map(sleeve).collect(),
            protection: answer.get("convexity").and_then(|report| protection(report, &curve_times)),
            known_from: answer.get("coverage").and_then(|coverage| time(coverage.get("effective_start")?)),
            warnings: Fault::list(answer.get("warnings")),
        })
    }

    /// First and last time of the curves.
    pub fn extent(&self) -> Option<(f64, f64)> {
        self.equity[0].times.first().copied().zip(self.equity[0].times.last().copied())
    }

    /// Whether there is no date with a known state: too short a history, or one asset.
    pub fn is_unknown(&self) -> bool {
        self.regimes.iter().all(Option::is_none) || self.known_from.is_none()
    }

    /// One sentence about what the overlay did to drawdown and return.
    pub fn sentence(&self) -> String {
        let delta = |name: &str| self.figures.iter().find(|row| row.name == name).and_then(|row| row.delta);
        let (Some(cagr), Some(drawdown)) = (delta("cagr"), delta("max_drawdown")) else {
            return String::from("A figure is unknown, so what the overlay did cannot be told.");
        };
        // A tenth of a percentage point is what a reader would call a difference.
        let cost = match cagr {
            cagr if cagr < -0.001 => "cost return",
            cagr if cagr > 0.001 => "added return",
            _ => "hardly changed the return",
        };
        let helped = match drawdown {
            gain if gain >= 0.02 => "and made the drawdown smaller",
            gain if gain > 0.001 => "and hardly softened the drawdown",
            gain if gain < -0.001 => "and made the drawdown deeper",
            _ => "and left the drawdown as it was",
        };
        format!("The overlay {cost} {helped}.")
    }

    /// What the intervals say about luck, in a sentence or two.
    pub fn luck(&self, confidence: f64) -> String {
        let known: Vec<&Compared> = self.figures.iter().filter(|row| row.interval.is_some()).collect();
        let Some(resamples) = known.iter().filter_map(|row| Some(row.interval?.resamples)).min() else {
            return String::from("There are no intervals: too few resamples, so nothing says how much is luck.");
        };
        let names = |distinct: bool| -> Vec<&str> {
            known
                .iter()
                .filter(|row| row.interval.is_some_and(|interval| interval.distinct == distinct))
                .map(|row| row.label().trim_end_matches(" %"))
                .collect()
        };
        let (real, maybe) = (names(true), names(false));
        let percent = format!("{:.0}", confidence * 100.0);
        let mut text = format!("{percent} % of {resamples} resamples of the days lie in each interval (stationary bootstrap). ");
        if !maybe.is_empty() {
            text.extend(["It holds zero for ", &joined(&maybe), ": that may be luck. "]);
        }
        if !real.is_empty() {
            text.extend(["It leaves zero out for ", &joined(&real), ": that is more than luck."]);
        }
        text.trim_end().to_owned()
    }

    /// Returns of the baseline by date, as a portfolio for other operations: JSON text of one series.
    pub fn baseline_returns(&self) -> String {
        let curve = &self.equity[0];
        let (mut dates, mut returns) = (Vec::new(), Vec::new());
        for (pair, time) in curve.values.windows(2).zip(curve.times.iter().skip(1)) {
            dates.push(crate::figure::json::text(crate::figure::grid::date(*time)));
            returns.push(crate::figure::json::number(pair[1] / pair[0] - 1.0));
        }
        crate::figure::json::text_of(&crate::figure::json::object([(
            "portfolio",
            crate::figure::json::object([("date", Json::Array(dates)), ("value", Json::Array(returns))]),
        )]))
    }
}

/// `a`, `a and b`, `a, b and c`.
fn joined(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}

fn compared(row: &Json) -> Compared {
    let interval = row.get("interval").filter(|interval| **interval != Json::Null);
    Compared {
        name: text(row, "figure"),
        baseline: number(row, "baseline"),
        scaled: number(row, "scaled"),
        delta: number(row, "delta"),
        interval: interval.and_then(|interval| {
            Some(Interval {
                low: number(interval, "low")?,
                high: number(interval, "high")?,
                distinct: interval.get("distinct") == Some(&Json::Bool(true)),
                resamples: count(interval, "resamples"),
            })
        }),
    }
}

fn event(row: &Json) -> Option<DeRisked> {
    let event = row.get("event")?;
    let at = time(event.get("date")?)?;
    Some(DeRisked {
        time: at,
        span: (event.get("first").and_then(time).unwrap_or(at), event.get("last").and_then(time).unwrap_or(at)),
        scalar: number(event, "scalar")?,
        regime: regime(event, "regime"),
        note: text(event, "note"),
        baseline: number(row, "baseline_return"),
        saved: number(row, "saved"),
    })
}

fn sleeve(row: &Json) -> Option<SleeveRun> {
    let applied = row.get("applied")?;
    let exposure = Column { times: times(applied, "date"), values: values(applied, "scalar") };
    let count = exposure.values.len();
    let some = |value: f64| (count > 0).then_some(value);
    Some(SleeveRun {
        name: text(row, "name"),
        scalars: [
            some(exposure.values.iter().sum::<f64>() / count.max(1) as f64),
            some(exposure.values.iter().copied().fold(f64::INFINITY, f64::min)),
        ],
        scaled: exposure.values.iter().filter(|scalar| **scalar < 1.0).count() as u64,
        exposure,
    })
}

/// What the engine says of protection; its returns are those after each time but the first.
fn protection(report: &Json, curve_times: &[f64]) -> Option<Protection> {
    let adopted = report.get("adopted")? == &Json::Bool(true);
    let pair = |key: &str| {
        let pair = list(report, key);
        [0, 1].map(|place| pair.get(place).and_then(Json::as_f64))
    };
    let grown = values(report, "returns").into_iter().scan(1.0, |wealth, r| {
        *wealth *= 1.0 + r;
        Some(*wealth)
    });
    Some(Protection {
        adopted,
        note: text(report, "note"),
        yearly: [number(report, "premium"), number(report, "payoff")],
        pieces: list(report, "pieces").len() as u64,
        figures: vec![
            ("Mean of the worst days %", pair("cvar")),
            ("Drawdown %", pair("max_drawdown")),
            ("Worst month %", pair("worst_month")),
        ],
        equity: adopted.then(|| Column { times: curve_times.to_vec(), values: std::iter::once(1.0).chain(grown).collect() }),
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use allocator_core::op;
    use allocator_core::wire::parse;

    /// Returns of two assets over so many days, wild in the middle where both fall, and weekly weights: JSON text of both.
    pub(crate) fn books(days: usize) -> (String, String) {
        let date = |i: usize| UnixNanos::from_days(18_262 + i as i64).unwrap();
        let value = |i: usize, k: usize| {
            let wild = (100..130).contains(&i);
            let noise = ((i * 37 + k * 53) % 29) as f64 - 14.0;
            noise / if wild { 400.0 } else { 3_000.0 } - if wild { 0.006 } else { 0.0 }
        };
        let series = |k: usize| {
            let dates: Vec<String> = (0..days).map(|i| format!("\"{}\"", date(i))).collect();
            let values: Vec<String> = (0..days).map(|i| value(i, k).to_string()).collect();
            format!("{{\"date\":[{}],\"value\":[{}]}}", dates.join(","), values.join(","))
        };
        let rebalances: Vec<String> = (0..days).step_by(7).map(|i| format!("\"{}\"", date(i))).collect();
        let halves = vec!["0.5"; rebalances.len()].join(",");
        let held = format!("{{\"date\":[{}],\"value\":[{halves}]}}", rebalances.join(","));
        (format!("{{\"a\":{},\"b\":{}}}", series(0), series(1)), format!("{{\"a\":{held},\"b\":{held}}}"))
    }

    /// The audit of both.
    pub(crate) fn answer(days: usize) -> Json {
        let (assets, weights) = books(days);
        let request = format!(
            "{{\"version\":1,\"config\":{{\"bootstrap\":{{\"resamples\":50}}}},\"asset_returns\":{assets},\"weights\":{weights}}}"
        );
        parse(&op::run("audit", request.as_bytes()).unwrap()).unwrap()
    }

    #[test]
    fn an_answer_of_the_engine_is_read_whole() {
        let report = Report::from_answer(&answer(300)).unwrap();
        assert_eq!((report.digest.len(), report.figures.len(), report.days), (64, 6, 299));
        assert!(report.overall.is_some() && report.rules.len() > 8);
        assert_eq!(report.equity[0].times.len(), report.equity[1].values.len());
        assert!(report.regimes.contains(&Some(Regime::Crisis)), "thirty days of falls are a crisis");
        assert!(!report.is_unknown() && !report.events.is_empty() && !report.changes.is_empty());
        assert_eq!(report.shares.iter().map(|share| share.days).sum::<u64>(), 299);
        assert!(report.features.iter().all(|column| column.times.len() == column.values.len()));
        assert!(report.sentence().starts_with("The overlay ") && report.luck(0.9).starts_with("90 % of 50 resamples"));
        assert_eq!(Report::from_answer(&parse(b"{}").unwrap()), None);
    }

    #[test]
    fn sleeves_and_protection_are_read() {
        let (assets, weights) = books(300);
        let asked = |config: &str| {
            let request = format!("{{\"version\":1,\"config\":{config},\"asset_returns\":{assets},\"weights\":{weights}}}");
            Report::from_answer(&parse(&op::run("audit", request.as_bytes()).unwrap()).unwrap()).unwrap()
        };
        let report = asked(
            "{\"bootstrap\":{\"resamples\":0},\"convexity\":{\"enabled\":true,\"budget\":0.2},
              \"risk\":{\"sleeves\":{\"still\":{\"assets\":[\"a\"],\"sensitivity\":0},\"like\":{\"assets\":[\"b\"]}}}}",
        );
        assert_eq!(report.symbols, ["a", "b"]);
        let [like, still] = &report.sleeves[..] else { panic!("two sleeves: {:?}", report.sleeves) };
        assert_eq!((still.scalars, still.scaled), ([Some(1.0), Some(1.0)], 0));
        assert_eq!((&like.exposure, like.name.as_str()), (&report.exposure, "like"));
        let protection = report.protection.unwrap();
        assert!(protection.pieces > 0 && protection.adopted == protection.note.is_empty());
        assert_eq!(protection.equity.is_some(), protection.adopted);
        // Thirty days of falls: the sample is made so that protection pays.
        let equity = protection.equity.unwrap();
        assert_eq!((equity.values.len(), equity.values[0]), (report.equity[1].times.len(), 1.0));
        assert_eq!(asked("{\"bootstrap\":{\"resamples\":0}}").protection, None);
    }

    #[test]
    fn a_short_history_is_unknown_and_says_so() {
        let report = Report::from_answer(&answer(40)).unwrap();
        assert!(report.is_unknown() && report.regimes.iter().all(Option::is_none));
        assert!(report.features[0].values.iter().all(|value| value.is_nan()));
    }

    #[test]
    fn the_baseline_is_a_portfolio_for_other_operations() {
        let report = Report::from_answer(&answer(300)).unwrap();
        let text = report.baseline_returns();
        let request = format!("{{\"version\":1,\"portfolio_returns\":{text}}}");
        let state = parse(&op::run("risk", request.as_bytes()).unwrap()).unwrap();
        assert_eq!(state.get("state").unwrap().get("date").unwrap().as_array().unwrap().len(), 299);
    }

    #[test]
    fn names_are_joined_as_one_says_them() {
        assert_eq!(
            (joined(&["a"]), joined(&["a", "b"]), joined(&["a", "b", "c"])),
            ("a".into(), "a and b".into(), "a, b and c".into())
        );
    }
}
