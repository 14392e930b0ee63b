//! The methods side by side as a table for other programs.

use super::answer::{Answer, moved};
use super::method::label;
use super::settings::CapitalSettings;
use crate::figure::{Cell, Column, Grid, Unit};

/// One row a method: weights, cash, figures, and what it moves against the one in use. Unknown figures are empty.
pub fn methods(answer: &Answer, settings: &CapitalSettings) -> Grid {
    let number = |name: &str, unit: Unit| Column::number(name, unit);
    let mut columns = vec![Column::text("method"), Column::text("name"), Column::text("in use"), Column::text("status")];
    columns.extend(answer.strategies().iter().map(|strategy| number(strategy, Unit::percent())));
    columns.extend([
        number("cash", Unit::percent()),
        number("invested", Unit::percent()),
        number("volatility", Unit::percent()),
        number("expected return", Unit::percent()),
        number("diversification ratio", Unit::plain(2)),
        number("cvar", Unit::percent()),
        number("effective strategies", Unit::plain(2)),
        number("moved", Unit::percent()),
    ]);
    let mut grid = Grid::new(columns);
    let used = answer.of(settings.used).map(super::answer::Outcome::weights);
    for outcome in settings.rows().into_iter().filter_map(|method| answer.of(method)) {
        let figures = &outcome.figures;
        let mut row = vec![
            Cell::Text(outcome.method.as_str().to_owned()),
            Cell::Text(label(outcome.method).to_owned()),
            Cell::Text(String::from(if outcome.method == settings.used { "yes" } else { "no" })),
            Cell::Text(outcome.status.clone()),
        ];
        row.extend(outcome.rows.iter().map(|row| Cell::from(row.weight)));
        row.extend([
            outcome.cash.into(),
            figures.gross.into(),
            figures.volatility.into(),
            figures.expected_return.into(),
            figures.diversification.into(),
            figures.cvar.into(),
            figures.effective_strategies.into(),
            used.as_ref().map(|used| moved(used, &outcome.weights())).into(),
        ]);
        grid.push(row);
    }
    grid
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::capital::example;

    #[test]
    fn a_row_holds_a_method_in_full() {
        let settings = CapitalSettings::default();
        let answer = example::beside(&settings);
        let csv = methods(&answer, &settings).to_csv();
        let lines: Vec<&str> = csv.lines().collect();
        assert_eq!(lines.len(), 1 + settings.rows().len());
        assert!(lines[0].starts_with("method,name,in_use,status,a,b,c,cash"), "{}", lines[0]);
        let used = lines.iter().find(|line| line.starts_with("inverse_volatility,")).unwrap();
        assert!(used.contains(",yes,") && used.ends_with(",0"), "{used}");
    }
}
