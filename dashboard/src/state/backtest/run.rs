//! A backtest as the engine answers it, in columns.

use crate::state::problem::Fault;
use allocator_core::config::risk::{OverlayMode, Regime};
use allocator_core::units::UnixNanos;
use allocator_core::wire::{Choice as _, Json};

/// One strategy of the run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StrategyRun {
    /// Its id.
    pub id: String,
    /// Where its positions come from: `alpha`, `formula`, `weights` …
    pub source: String,
    /// Profit before costs up to each bar, money.
    pub earned: Vec<f64>,
    /// Value of the strategy alone, with all the capital, at each bar.
    pub alone: Vec<f64>,
    /// Its part of the costs, money.
    pub cost: f64,
    /// Profit before costs, money.
    pub profit: f64,
    /// Costs that crossing its orders with those of others saved, money.
    pub saved: f64,
    /// Why it was paused, with the date; empty where it was not.
    pub paused: String,
}

/// Fills, one entry each, oldest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trades {
    /// Bars.
    pub times: Vec<UnixNanos>,
    /// Symbols.
    pub symbols: Vec<String>,
    /// Bought (positive) or sold.
    pub shares: Vec<f64>,
    /// Price before slippage.
    pub prices: Vec<f64>,
    /// Commission, money.
    pub commissions: Vec<f64>,
    /// Slippage, money.
    pub slippages: Vec<f64>,
    /// Fills that the answer counts and does not hold: the newest.
    pub omitted: u64,
}

/// Rebalances, one entry each.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rebalances {
    /// When they were executed.
    pub times: Vec<UnixNanos>,
    /// Commission and slippage, money.
    pub costs: Vec<f64>,
    /// Sum of the absolute values traded over the value before.
    pub turnovers: Vec<f64>,
}

/// What one strategy earned with one symbol over the whole run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cell {
    /// The strategy.
    pub strategy: String,
    /// The symbol.
    pub symbol: String,
    /// Profit before costs, money.
    pub profit: f64,
    /// Costs, money.
    pub cost: f64,
}

/// A run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Run {
    /// Digest of request and answer.
    pub digest: String,
    /// `completed`, `idle` or `ruined`.
    pub status: String,
    /// Bars.
    pub times: Vec<UnixNanos>,
    /// Value at the close of each bar, before the trades of that close.
    pub value: Vec<f64>,
    /// Long and short positions over value.
    pub gross: Vec<f64>,
    /// Long less short positions over value.
    pub net: Vec<f64>,
    /// Strategies, by id.
    pub strategies: Vec<StrategyRun>,
    /// Fills.
    pub trades: Trades,
    /// Rebalances.
    pub rebalances: Rebalances,
    /// Who earned what with which symbol.
    pub cells: Vec<Cell>,
    /// Fills, told or not.
    pub fills: u64,
    /// Money at the start.
    pub initial_value: f64,
    /// Value at the end.
    pub final_value: f64,
    /// Profit before costs, money.
    pub profit: f64,
    /// Commission and slippage, money.
    pub cost: f64,
    /// Interest received less paid, money.
    pub interest: f64,
    /// Costs that crossing saved, money.
    pub saved: f64,
    /// What is worth knowing.
    pub warnings: Vec<Fault>,
    /// What befell the portfolio: date and words.
    pub events: Vec<(UnixNanos, String)>,
    /// Events that are not told.
    pub events_omitted: u64,
    /// Whether the ledgers come to the same, how far they are apart at most, and how many postings they hold; `None` where not asked.
    pub ledgers: Option<Ledgers>,
    /// What the risk overlay saw; `None` without one.
    pub overlay: Option<Overlay>,
}

/// What the risk overlay saw.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Overlay {
    /// Whether its scalars change the weights.
    pub scales: bool,
    /// Value without it at each bar.
    pub value: Vec<f64>,
    /// Dates of the regimes.
    pub times: Vec<UnixNanos>,
    /// Regimes by date; `None` while the state is unknown.
    pub regimes: Vec<Option<Regime>>,
    /// Lowest and mean scalar of all rebalances.
    pub scalars: (f64, f64),
}

/// The same run by orders on ledgers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ledgers {
    /// Whether both runs agree within rounding and every transaction balances.
    pub agrees: bool,
    /// Largest distance of a value, money.
    pub difference: f64,
    /// Postings of the journal.
    pub postings: u64,
}

fn figure(json: &Json, key: &str) -> Option<f64> {
    json.get(key).and_then(Json::as_f64)
}

fn whole(json: &Json, key: &str) -> u64 {
    figure(json, key).unwrap_or(0.0) as u64
}

fn word(json: &Json, key: &str) -> String {
    json.get(key).and_then(Json::as_str).unwrap_or_default().to_owned()
}

/// A column of numbers; `None` unless every entry is one.
fn numbers(json: &Json, key: &str) -> Option<Vec<f64>> {
    json.get(key)?.as_array()?.iter().map(Json::as_f64).collect()
}

fn times(json: &Json, key: &str) -> Option<Vec<UnixNanos>> {
    json.get(key)?.as_array()?.iter().map(|date| date.as_str().and_then(UnixNanos::parse)).collect()
}

fn words(json: &Json, key: &str) -> Option<Vec<String>> {
    json.get(key)?.as_array()?.iter().map(|word| word.as_str().map(str::to_owned)).collect()
}

impl Overlay {
    fn read(json: &Json, bars: usize) -> Option<Self> {
        let (regimes, applied) = (json.get("regimes")?, numbers(json.get("exposure")?, "scalar")?);
        let overlay = Overlay {
            scales: json.get("mode").and_then(Json::as_str) != Some(OverlayMode::Off.as_str()),
            value: numbers(json, "raw_value")?,
            times: times(regimes, "date")?,
            regimes: regimes.get("regime")?.as_array()?.iter().map(|word| word.as_str().and_then(Regime::from_word)).collect(),
            scalars: (applied.iter().copied().fold(1.0, f64::min), applied.iter().sum::<f64>() / applied.len().max(1) as f64),
        };
        (overlay.value.len() == bars && overlay.times.len() == overlay.regimes.len()).then_some(overlay)
    }
}

impl Run {
    /// Reads an answer of the operation `backtest`; `None` where it is none, or its columns are of unlike length.
    pub fn from_answer(answer: &Json) -> Option<Self> {
        let (curve, summary) = (answer.get("curve")?, answer.get("summary")?);
        let (trades, rebalances) = (answer.get("trades")?, answer.get("rebalances")?);
        let run = Run {
            digest: word(answer, "digest"),
            status: word(answer, "status"),
            times: times(curve, "date")?,
            value: numbers(curve, "value")?,
            gross: numbers(curve, "gross")?,
            net: numbers(curve, "net")?,
            strategies: answer.get("strategies")?.as_array()?.iter().map(StrategyRun::read).collect::<Option<_>>()?,
            trades: Trades {
                times: times(trades, "date")?,
                symbols: words(trades, "symbol")?,
                shares: numbers(trades, "shares")?,
                prices: numbers(trades, "price")?,
                commissions: numbers(trades, "commission")?,
                slippages: numbers(trades, "slippage")?,
                omitted: whole(trades, "omitted"),
            },
            rebalances: Rebalances {
                times: times(rebalances, "executed")?,
                costs: numbers(rebalances, "cost")?,
                turnovers: numbers(rebalances, "turnover")?,
            },
            cells: Cell::all(answer)?,
            fills: whole(summary, "trades"),
            initial_value: figure(summary, "initial_value")?,
            final_value: figure(summary, "final_value")?,
            profit: figure(summary, "profit")?,
            cost: figure(summary, "cost")?,
            interest: figure(summary, "interest")?,
            saved: figure(summary, "saved")?,
            warnings: Fault::list(answer.get("warnings")),
            events: answer.get("events").and_then(Json::as_array).unwrap_or_default().iter().filter_map(event).collect(),
            events_omitted: whole(answer, "events_omitted"),
            ledgers: answer.get("ledgers").filter(|json| **json != Json::Null).map(|json| Ledgers {
                agrees: json.get("agrees") == Some(&Json::Bool(true)) && json.get("conserved") == Some(&Json::Bool(true)),
                difference: figure(json, "difference_max").unwrap_or(0.0),
                postings: whole(json, "postings"),
            }),
            overlay: match answer.get("overlay").filter(|json| **json != Json::Null) {
                Some(json) => Some(Overlay::read(json, curve.get("value")?.as_array()?.len())?),
                None => None,
            },
        };
        run.is_even().then_some(run)
    }

    /// Whether every column has as many entries as the others beside it.
    fn is_even(&self) -> bool {
        let (bars, fills) = (self.times.len(), self.trades.times.len());
        let of_bars = [self.value.len(), self.gross.len(), self.net.len()];
        let of_fills = [
            self.trades.symbols.len(),
            self.trades.shares.len(),
            self.trades.prices.len(),
            self.trades.commissions.len(),
            self.trades.slippages.len(),
        ];
        let rebalances = self.rebalances.times.len();
        of_bars.iter().all(|length| *length == bars)
            && of_fills.iter().all(|length| *length == fills)
            && self.strategies.iter().all(|strategy| strategy.earned.len() == bars && strategy.alone.len() == bars)
            && self.rebalances.costs.len() == rebalances
            && self.rebalances.turnovers.len() == rebalances
    }

    /// Seconds since 1970 of every bar, for charts.
    pub fn seconds(&self) -> Vec<f64> {
        self.times.iter().map(|time| time.0 as f64 / 1e9).collect()
    }

    /// What a value is, in units that a person reads: a million and more is written in thousands.
    pub fn is_large(&self) -> bool {
        self.value.iter().any(|value| value.abs() >= 1e6)
    }
}

impl StrategyRun {
    fn read(json: &Json) -> Option<Self> {
        let paused = word(json, "paused");
        Some(StrategyRun {
            id: word(json, "strategy"),
            source: word(json, "source"),
            earned: numbers(json, "curve")?,
            alone: numbers(json, "value")?,
            cost: figure(json, "cost")?,
            profit: figure(json, "profit")?,
            saved: figure(json, "saved")?,
            paused: if paused.is_empty() { paused } else { format!("{paused}: {}", word(json, "paused_because")) },
        })
    }
}

impl Cell {
    /// Who earned what between two bars, of an answer that was asked for nothing else.
    pub fn all(answer: &Json) -> Option<Vec<Cell>> {
        answer.get("attribution")?.as_array()?.iter().map(Cell::read).collect()
    }

    fn read(json: &Json) -> Option<Self> {
        Some(Cell {
            strategy: word(json, "strategy"),
            symbol: word(json, "symbol"),
            profit: figure(json, "profit")?,
            cost: figure(json, "cost")?,
        })
    }
}

fn event(json: &Json) -> Option<(UnixNanos, String)> {
    Some((UnixNanos::parse(json.get("date")?.as_str()?)?, word(json, "text")))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use allocator_core::op;
    use allocator_core::wire::parse;

    /// Ninety days of three symbols, two strategies, costs and interest.
    pub(crate) fn answer(config: &str) -> Json {
        let rows = |growth: f64, wave: u32| -> String {
            let day = |i: u32| {
                let date = UnixNanos::from_days(19_723 + i64::from(i)).unwrap();
                format!("[\"{date}\",{}]", 100.0 + growth * f64::from(i) + f64::from(i * wave % 11))
            };
            (0..200).map(day).collect::<Vec<_>>().join(",")
        };
        let request = format!(
            r#"{{"version":1,"prices":{{"A":[{}],"B":[{}],"C":[{}]}},
            "strategies":{{"m":{{"alpha":"momentum_20d","top":0.5}},"r":{{"formula":"-delta(close, 5)","top":0.5}}}},
            "config":{{"rebalance":"weekly","cost_rate":0.001{config}}}}}"#,
            rows(0.5, 7),
            rows(-0.2, 5),
            rows(0.1, 3)
        );
        parse(&op::run("backtest", request.as_bytes()).unwrap()).unwrap()
    }

    #[test]
    fn an_answer_of_the_engine_is_read_in_full() {
        let run = Run::from_answer(&answer(",\"ledgers\":true")).unwrap();
        assert_eq!((run.status.as_str(), run.strategies.len()), ("completed", 2));
        assert!(run.times.len() > 100 && run.trades.times.len() > 20 && !run.cells.is_empty());
        assert_eq!(run.fills as usize, run.trades.times.len());
        assert!(run.ledgers.unwrap().agrees);
        assert_eq!(run.digest.len(), 64);
        let sum: f64 = run.cells.iter().map(|cell| cell.profit).sum();
        assert!((sum - run.profit).abs() < 1e-6);
    }

    #[test]
    fn what_the_overlay_saw_is_read() {
        let run = Run::from_answer(&answer(",\"risk\":{}")).unwrap();
        let overlay = run.overlay.unwrap();
        assert!(overlay.scales && overlay.regimes.contains(&None) && overlay.regimes.iter().any(Option::is_some));
        assert_eq!(overlay.value.len(), run.times.len());
        assert!(overlay.scalars.0 <= overlay.scalars.1);
        let run = Run::from_answer(&answer(",\"risk\":{\"mode\":\"off\"}")).unwrap();
        let overlay = run.overlay.unwrap();
        assert!(!overlay.scales);
        assert_eq!(overlay.value, run.value, "it changes nothing");
    }

    #[test]
    fn what_is_no_answer_is_none() {
        assert_eq!(Run::from_answer(&Json::Null), None);
        let mut broken = answer("");
        let Json::Object(fields) = &mut broken else { unreachable!() };
        fields.retain(|(key, _)| key != "curve");
        assert_eq!(Run::from_answer(&broken), None);
    }
}
