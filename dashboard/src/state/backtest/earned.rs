//! Who earned what over a period: lines that sum to the change of value.

use super::period::Period;
use super::run::{Cell, Run};
use std::collections::BTreeMap;

/// One line.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Strategy or symbol; the page's own words for costs and interest.
    pub name: String,
    /// What it earned before costs; costs are negative.
    pub amount: f64,
    /// Whether it is a strategy or a symbol, and not something of the whole.
    pub own: bool,
}

/// Lines and their total.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Earned {
    /// Strategies by id, then costs, then interest and what rounding left.
    pub lines: Vec<Line>,
    /// Change of value from the first bar to the last.
    pub total: f64,
}

/// What stands for commission and slippage.
pub const COSTS: &str = "Costs";
/// What stands for interest.
pub const INTEREST: &str = "Interest";

impl Earned {
    /// By strategy, over a period.
    ///
    /// Profit of a strategy is the change of its own curve, costs are those of the rebalances that show in the period, and interest is what
    /// is left of the change of value: the run pays it day by day and tells only its sum.
    pub fn by_strategy(run: &Run, period: Period, at_open: bool) -> Self {
        let at = |values: &[f64], place: usize| values.get(place).copied().unwrap_or(0.0);
        let is_whole = period.is_whole(&run.times);
        let total = if is_whole {
            run.final_value - run.initial_value
        } else {
            at(&run.value, period.last) - at(&run.value, period.first)
        };
        let mut lines: Vec<Line> = run
            .strategies
            .iter()
            .map(|strategy| Line {
                name: strategy.id.clone(),
                amount: if is_whole {
                    strategy.profit
                } else {
                    at(&strategy.earned, period.last) - at(&strategy.earned, period.first)
                },
                own: true,
            })
            .collect();
        let of_period = run.rebalances.times.iter().zip(&run.rebalances.costs);
        let of_period = of_period.filter(|(time, _)| is_whole || period.has_trade(&run.times, **time, at_open));
        let cost: f64 = if is_whole { run.cost } else { of_period.map(|(_, cost)| cost).sum() };
        lines.push(Line { name: COSTS.to_owned(), amount: -cost, own: false });
        let rest = total - lines.iter().map(|line| line.amount).sum::<f64>();
        // A billionth of the capital is rounding, not interest.
        let rest = if rest.abs() < 1e-9 * run.initial_value.abs() { 0.0 } else { rest };
        lines.push(Line { name: INTEREST.to_owned(), amount: rest, own: false });
        Earned { lines, total }
    }

    /// By symbol, of one strategy or of all; costs stand below, and for all interest: what is left of the change of value. `cells` are
    /// those of the period that `whole`, its lines by strategy, is of.
    pub fn by_symbol(cells: &[Cell], whole: &Earned, strategy: Option<&str>) -> Self {
        let mut symbols: BTreeMap<&str, f64> = BTreeMap::new();
        let mut cost = 0.0;
        for cell in cells.iter().filter(|cell| strategy.is_none_or(|strategy| cell.strategy == strategy)) {
            *symbols.entry(&cell.symbol).or_default() += cell.profit;
            cost += cell.cost;
        }
        let mut lines: Vec<Line> =
            symbols.into_iter().map(|(name, amount)| Line { name: name.to_owned(), amount, own: true }).collect();
        lines.sort_by(|a, b| b.amount.abs().total_cmp(&a.amount.abs()).then_with(|| a.name.cmp(&b.name)));
        lines.push(Line { name: COSTS.to_owned(), amount: -cost, own: false });
        if strategy.is_none() {
            let interest = whole.lines.iter().find(|line| !line.own && line.name == INTEREST);
            lines.push(Line { name: INTEREST.to_owned(), amount: interest.map_or(0.0, |line| line.amount), own: false });
        }
        let total = lines.iter().map(|line| line.amount).sum();
        Earned { lines, total }
    }

    /// Lines that say something: what is zero and not somebody's is left out.
    pub fn shown(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(|line| line.own || line.amount != 0.0)
    }

    /// Whether amounts rounded to `decimals` sum to the rounded total.
    pub fn foots(&self, decimals: i32) -> bool {
        let unit = 10.0_f64.powi(decimals);
        let sum: f64 = self.lines.iter().map(|line| (line.amount * unit).round()).sum();
        (sum - (self.total * unit).round()).abs() < 0.5
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::backtest::run::tests::answer;

    fn run(config: &str) -> Run {
        Run::from_answer(&answer(config)).unwrap()
    }

    fn amount(earned: &Earned, name: &str) -> f64 {
        earned.lines.iter().find(|line| line.name == name).unwrap().amount
    }

    #[test]
    fn strategies_costs_and_interest_are_the_change_of_value() {
        let run = run("");
        let whole = Period::of(&run.times, None).unwrap();
        let earned = Earned::by_strategy(&run, whole, false);
        assert!((earned.total - (run.final_value - run.initial_value)).abs() < 1e-6);
        assert_eq!(amount(&earned, INTEREST), 0.0);
        assert_eq!(amount(&earned, COSTS), -run.cost);
    }

    #[test]
    fn every_part_foots_without_interest_and_parts_sum_to_the_whole() {
        let run = run("");
        let (middle, last) = (run.times.len() / 2, run.times.len() - 1);
        let parts = [Period { first: 0, last: middle }, Period { first: middle, last }];
        let mut sums: BTreeMap<String, f64> = BTreeMap::new();
        for part in parts {
            let earned = Earned::by_strategy(&run, part, false);
            // Without rates there is no interest: were costs or profit of other bars counted, it would stand here.
            assert_eq!(amount(&earned, INTEREST), 0.0, "{earned:?}");
            for line in &earned.lines {
                *sums.entry(line.name.clone()).or_default() += line.amount;
            }
        }
        let whole = Earned::by_strategy(&run, Period { first: 0, last }, false);
        for line in &whole.lines {
            assert!((sums[&line.name] - line.amount).abs() < 1e-6, "{}", line.name);
        }
    }

    #[test]
    fn interest_is_what_is_left() {
        let run = run(",\"cash_rate\":0.05,\"shares\":{\"m\":0.3,\"r\":0.3}");
        let whole = Period::of(&run.times, None).unwrap();
        assert!((amount(&Earned::by_strategy(&run, whole, false), INTEREST) - run.interest).abs() < 1e-6);
        assert!(run.interest > 100.0);
    }

    #[test]
    fn symbols_of_a_part_are_those_of_the_engine_and_foot() {
        let run = run("");
        let period = Period { first: 40, last: 90 };
        let span = format!(
            ",\"attribution_start\":\"{}\",\"attribution_end\":\"{}\",\"curves\":false",
            run.times[period.first], run.times[period.last]
        );
        let asked = answer(&span);
        assert!(asked.get("curve").unwrap().get("value").unwrap().as_array().unwrap().is_empty());
        let cells = Cell::all(&asked).unwrap();
        let strategies = Earned::by_strategy(&run, period, false);
        let symbols = Earned::by_symbol(&cells, &strategies, None);
        assert!((symbols.total - strategies.total).abs() < 1e-6, "{} {}", symbols.total, strategies.total);
        for strategy in ["m", "r"] {
            let of_symbols: f64 = cells.iter().filter(|cell| cell.strategy == strategy).map(|cell| cell.profit).sum();
            assert!((of_symbols - amount(&strategies, strategy)).abs() < 1e-6);
        }
    }

    #[test]
    fn symbols_sum_to_their_strategy_and_to_all() {
        let run = run("");
        let whole = Earned::by_strategy(&run, Period::of(&run.times, None).unwrap(), false);
        let all = Earned::by_symbol(&run.cells, &whole, None);
        assert!((all.total - (run.final_value - run.initial_value)).abs() < 1e-6);
        let own = Earned::by_symbol(&run.cells, &whole, Some("m"));
        let strategy = run.strategies.iter().find(|strategy| strategy.id == "m").unwrap();
        assert!((own.total - (strategy.profit - strategy.cost)).abs() < 1e-6);
        assert!(own.foots(-3) || own.lines.len() > 1);
        assert!(Earned { lines: vec![Line { name: "a".into(), amount: 0.4, own: true }; 3], total: 1.2 }.foots(1));
        assert!(!Earned { lines: vec![Line { name: "a".into(), amount: 0.4, own: true }; 3], total: 1.2 }.foots(0));
    }
}
