//! The answer as files of other programs.

use super::blend::{Blend, Correlations};
use super::explain::{Breakdown, Head};
use crate::figure::{Cell, Column, Grid, Unit};
use std::fmt::Write;

/// Weights as CSV: symbol, final weight, number of strategies, and one column for each strategy. Numbers are written in full.
pub fn weights_csv(blend: &Blend) -> String {
    let mut text = String::from("symbol,final_weight,contributing_strategies");
    for strategy in &blend.strategies {
        text.push(',');
        text.push_str(&field(&strategy.tag.strategy));
    }
    text.push('\n');
    for row in &blend.weights {
        // Writing into a string cannot fail.
        let _ = write!(text, "{},{},{}", field(&row.symbol), row.weight, row.parts.len());
        for strategy in 0..blend.strategies.len() {
            let _ = write!(text, ",{}", blend.part(row, strategy).unwrap_or(0.0));
        }
        text.push('\n');
    }
    text
}

/// A breakdown as CSV, numbers in full.
pub fn breakdown_csv(sum: &Breakdown) -> String {
    let mut text = String::from("of,given,before,caps,refill,limits,final\n");
    for line in &sum.lines {
        let name = match &line.head {
            Head::Strategy(tag) => &tag.strategy,
            Head::Symbol(symbol) => symbol,
        };
        let (given, before, capped, refilled, limited, held) =
            (line.given, line.before, line.capped, line.refilled, line.limited, line.held);
        // Writing into a string cannot fail.
        let _ = writeln!(text, "{},{given},{before},{capped},{refilled},{limited},{held}", field(name));
    }
    text
}

/// Correlations as CSV; what is unknown is an empty cell with its reason in the last.
pub fn correlations_csv(blend: &Blend) -> String {
    let mut text = String::from("a,b,rho,low,high,n,p_value,alert,reason\n");
    let Some(correlations) = &blend.correlations else { return text };
    let cell = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
    for pair in &correlations.pairs {
        let names = [pair.a, pair.b].map(|place| field(correlations.names.get(place).map_or("", String::as_str)));
        let (rho, low, high, p) = (cell(pair.value), cell(pair.low), cell(pair.high), cell(pair.p_value));
        let _ =
            writeln!(text, "{},{},{rho},{low},{high},{},{p},{},{}", names[0], names[1], pair.n, pair.alert, field(&pair.reason));
    }
    text
}

/// Weights as a table, with the columns of the CSV, for the engine's writers.
pub fn weights(blend: &Blend) -> Grid {
    let share = || Unit::percent();
    let mut columns = vec![
        Column::text("symbol"),
        Column::number("final_weight", share()),
        Column::number("contributing_strategies", Unit::count("")),
    ];
    columns.extend(blend.strategies.iter().map(|strategy| Column::number(&strategy.tag.strategy, share())));
    let mut grid = Grid::new(columns);
    for row in &blend.weights {
        let mut cells = vec![Cell::Text(row.symbol.clone()), row.weight.into(), (row.parts.len() as f64).into()];
        cells.extend((0..blend.strategies.len()).map(|strategy| Cell::from(blend.part(row, strategy).unwrap_or(0.0))));
        grid.push(cells);
    }
    grid
}

/// All pairs as a table, with the columns of the CSV; what is unknown is null, with its reason in the last.
pub fn correlations(correlations: &Correlations) -> Grid {
    let plain = |name: &str| Column::number(name, Unit::plain(4));
    let columns = vec![
        Column::text("a"),
        Column::text("b"),
        plain("rho"),
        plain("low"),
        plain("high"),
        Column::number("n", Unit::count("")),
        plain("p_value"),
        Column::text("alert"),
        Column::text("reason"),
    ];
    let mut grid = Grid::new(columns);
    let name = |place: usize| Cell::Text(correlations.names.get(place).cloned().unwrap_or_default());
    for pair in &correlations.pairs {
        grid.push(vec![
            name(pair.a),
            name(pair.b),
            pair.value.into(),
            pair.low.into(),
            pair.high.into(),
            (pair.n as f64).into(),
            pair.p_value.into(),
            Cell::Text(pair.alert.to_string()),
            Cell::Text(pair.reason.clone()),
        ]);
    }
    grid
}

/// A field of RFC 4180. A text that a spreadsheet would run as a formula gets an apostrophe in front.
pub(crate) fn field(value: &str) -> String {
    let risky = value.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let value = if risky { format!("'{value}") } else { value.to_owned() };
    if value.contains([',', '"', '\n', '\r']) { format!("\"{}\"", value.replace('"', "\"\"")) } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_the_strategies_and_numbers_are_full() {
        let blend = Blend::from_text(
            r#"{"strategy_weights":{"a":0.1,"b,c":0.2},"weights":[{"symbol":"X","final_weight":0.30000000000000004,
                "contributions":[{"strategy":"a","value":0.1},{"strategy":"b,c","value":0.2}]}]}"#,
        )
        .unwrap();
        assert_eq!(
            weights_csv(&blend),
            "symbol,final_weight,contributing_strategies,a,\"b,c\"\nX,0.30000000000000004,2,0.1,0.2\n"
        );
    }

    #[test]
    fn formulas_are_defused() {
        assert_eq!(field("=1+1"), "'=1+1");
        assert_eq!(field("BRK.B"), "BRK.B");
    }
}
