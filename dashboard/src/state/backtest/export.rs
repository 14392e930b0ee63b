//! What is taken along: tables of a run as files.

use super::figures;
use super::period::Period;
use super::run::Run;
use crate::figure::axis::Unit;
use crate::figure::grid::{Cell, Column, Grid};

fn seconds(time: allocator_core::units::UnixNanos) -> f64 {
    time.0 as f64 / 1e9
}

/// Value, drawdown and exposure at every bar, and the value of each strategy alone.
pub fn equity(run: &Run, period: Period) -> Grid {
    let plain = Unit::plain(2);
    let mut columns = vec![Column::text("date")];
    columns.extend(["value", "drawdown", "gross", "net"].map(|name| Column::number(name, plain.clone())));
    columns.extend(run.strategies.iter().map(|strategy| Column::number(&strategy.id, plain.clone())));
    let mut grid = Grid::new(columns);
    let drawdowns = figures::drawdowns(&run.value, period);
    for (place, bar) in period.bars().enumerate() {
        let mut row = vec![Cell::Time(seconds(run.times[bar])), run.value[bar].into(), drawdowns[place].into()];
        row.extend([run.gross[bar].into(), run.net[bar].into()]);
        row.extend(run.strategies.iter().map(|strategy| Cell::from(strategy.alone[bar])));
        grid.push(row);
    }
    grid
}

/// Fills of a period, newest first: places in the columns of the run.
pub fn fills(run: &Run, span: Option<(f64, f64)>) -> Vec<usize> {
    let inside = |place: &usize| span.is_none_or(|(from, to)| (from..=to).contains(&seconds(run.trades.times[*place])));
    (0..run.trades.times.len()).rev().filter(inside).collect()
}

/// Fills as a table.
pub fn trades(run: &Run, places: &[usize]) -> Grid {
    let number = |name: &str, decimals| Column::number(name, Unit::plain(decimals));
    let mut grid = Grid::new(vec![
        Column::text("date"),
        Column::text("symbol"),
        number("shares", 2),
        number("price", 4),
        number("commission", 2),
        number("slippage", 2),
    ]);
    let trades = &run.trades;
    for place in places {
        grid.push(vec![
            Cell::Time(seconds(trades.times[*place])),
            Cell::Text(trades.symbols[*place].clone()),
            trades.shares[*place].into(),
            trades.prices[*place].into(),
            trades.commissions[*place].into(),
            trades.slippages[*place].into(),
        ]);
    }
    grid
}

/// Who earned what with which symbol over the whole run.
pub fn attribution(run: &Run) -> Grid {
    let mut grid = Grid::new(vec![
        Column::text("strategy"),
        Column::text("symbol"),
        Column::number("profit", Unit::plain(2)),
        Column::number("cost", Unit::plain(2)),
    ]);
    for cell in &run.cells {
        grid.push(vec![Cell::Text(cell.strategy.clone()), Cell::Text(cell.symbol.clone()), cell.profit.into(), cell.cost.into()]);
    }
    grid
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::backtest::run::tests::answer;

    #[test]
    fn files_hold_every_row_of_the_period() {
        let run = Run::from_answer(&answer("")).unwrap();
        let whole = Period::of(&run.times, None).unwrap();
        assert_eq!(equity(&run, whole).to_csv().lines().count(), run.times.len() + 1);
        let all = fills(&run, None);
        assert_eq!(trades(&run, &all).rows.len(), run.trades.times.len());
        assert!(run.trades.times[all[0]] >= run.trades.times[*all.last().unwrap()], "newest first");
        let first = seconds(run.trades.times[0]);
        let few = fills(&run, Some((first, first)));
        assert!(!few.is_empty() && few.len() < all.len());
        assert_eq!(attribution(&run).rows.len(), run.cells.len());
    }
}
