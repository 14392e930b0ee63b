//! What a column can be, and the names by which it is known.

use crate::wire::choice;

choice! {
    /// What a column is taken for.
    pub enum Role {
        /// Nothing: the column is left out.
        Ignore = "ignore" | "ignored",
        /// The instrument.
        Symbol = "symbol",
        /// How strongly a strategy believes in an instrument.
        Score = "score",
        /// The position a strategy proposes.
        Weight = "weight",
        /// The strategy a row belongs to.
        Strategy = "strategy",
        /// A date or time.
        Time = "time" | "date" | "timestamp",
        /// The return of a period.
        Return = "return" | "value",
        /// A price.
        Price = "price",
        /// A number of shares.
        Quantity = "quantity",
        /// One strategy or symbol of a wide table, named by the column.
        Series = "series"
    }
}

/// Names that settle a column's role, in lower case with `_` for blanks and hyphens. Of two columns with the same role, the name
/// that stands first here wins.
const NAMES: &[(&str, Role)] = &[
    ("symbol", Role::Symbol),
    ("ticker", Role::Symbol),
    ("instrument", Role::Symbol),
    ("asset", Role::Symbol),
    ("security", Role::Symbol),
    ("sid", Role::Symbol),
    ("isin", Role::Symbol),
    ("cusip", Role::Symbol),
    ("ric", Role::Symbol),
    ("permno", Role::Symbol),
    ("instrument_id", Role::Symbol),
    ("asset_id", Role::Symbol),
    ("symbol_id", Role::Symbol),
    ("score", Role::Score),
    ("signal", Role::Score),
    ("alpha_score", Role::Score),
    ("signal_strength", Role::Score),
    ("conviction", Role::Score),
    ("prediction", Role::Score),
    ("weight", Role::Weight),
    ("target_weight", Role::Weight),
    ("final_weight", Role::Weight),
    ("portfolio_weight", Role::Weight),
    ("w", Role::Weight),
    ("strategy", Role::Strategy),
    ("strategy_id", Role::Strategy),
    ("strategy_name", Role::Strategy),
    ("alpha", Role::Strategy),
    ("alpha_id", Role::Strategy),
    ("alpha_name", Role::Strategy),
    ("model", Role::Strategy),
    ("date", Role::Time),
    ("timestamp", Role::Time),
    ("datetime", Role::Time),
    ("time", Role::Time),
    ("as_of", Role::Time),
    ("asof", Role::Time),
    ("as_of_date", Role::Time),
    ("trade_date", Role::Time),
    ("day", Role::Time),
    ("ts", Role::Time),
    ("return", Role::Return),
    ("returns", Role::Return),
    ("ret", Role::Return),
    ("daily_return", Role::Return),
    ("value", Role::Return),
    ("adj_close", Role::Price),
    ("adjusted_close", Role::Price),
    ("close", Role::Price),
    ("price", Role::Price),
    ("close_price", Role::Price),
    ("last", Role::Price),
    ("px", Role::Price),
    ("quantity", Role::Quantity),
    ("qty", Role::Quantity),
    ("shares", Role::Quantity),
    ("position", Role::Quantity),
    ("units", Role::Quantity),
];

/// The role that a column's name settles, with its rank among the names of that role (smaller wins).
pub fn role_of_name(name: &str) -> Option<(Role, usize)> {
    let plain: String =
        name.trim().chars().map(|c| if matches!(c, ' ' | '-' | '.') { '_' } else { c.to_ascii_lowercase() }).collect();
    NAMES.iter().position(|(known, _)| *known == plain).map(|rank| (NAMES[rank].1, rank))
}

/// The names by which a role is known, for hints and documentation.
pub fn names_of_role(role: Role) -> impl Iterator<Item = &'static str> {
    NAMES.iter().filter(move |(_, known)| *known == role).map(|(name, _)| *name)
}
