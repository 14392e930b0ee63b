//! What the columns of a table are taken for.
//!
//! Names settle it, whatever their case; types must agree; the user's word stands above both. A column that could be meant but is not
//! used is named in a warning, and the whole mapping is part of the answer, so nobody has to guess what was read.

use crate::codec::{ColumnData, Role, Table, names_of_role, role_of_name};
use crate::error::{Code, Fault, Problem};
use crate::wire::{choice, nearest};
use serde::Serialize;

choice! {
    /// The shape of a table.
    pub enum Shape {
        /// None that is known: the columns do not make signals, returns, prices or positions.
        Unknown = "unknown",
        /// One row for each symbol (and strategy), with score and weight.
        SignalsLong = "signals_long",
        /// One row for each symbol, one column for each strategy.
        SignalsWide = "signals_wide",
        /// One row for each date and strategy.
        ReturnsLong = "returns_long",
        /// One row for each date, one column for each strategy.
        ReturnsWide = "returns_wide",
        /// One row for each date and symbol.
        PricesLong = "prices_long",
        /// One row for each date, one column for each symbol.
        PricesWide = "prices_wide",
        /// One row for each symbol, with a number of shares.
        Positions = "positions"
    }
}

/// What one column was taken for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ColumnTaken {
    /// The column's name.
    pub name: String,
    /// What it was taken for.
    pub taken_as: Role,
}

/// What a table and its columns were taken for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mapping {
    /// In the order of the file.
    pub columns: Vec<ColumnTaken>,
    /// The file.
    pub file: String,
    /// The shape.
    pub shape: Shape,
}

/// What a reader is after, and so which roles columns can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Signals,
    Returns,
    Prices,
    Positions,
}

impl Purpose {
    fn roles(self) -> &'static [Role] {
        match self {
            Purpose::Signals => &[Role::Symbol, Role::Score, Role::Weight, Role::Strategy, Role::Time],
            Purpose::Returns => &[Role::Time, Role::Strategy, Role::Symbol, Role::Return],
            Purpose::Prices => &[Role::Time, Role::Symbol, Role::Price],
            Purpose::Positions => &[Role::Symbol, Role::Quantity, Role::Strategy, Role::Time],
        }
    }
}

/// The roles of a table's columns while they are being settled.
pub(crate) struct Roles<'a> {
    pub(crate) table: &'a Table,
    pub(crate) of: Vec<Role>,
    pub(crate) warnings: Vec<Fault>,
}

/// Whether a column's type can play a role.
fn fits(table: &Table, column: usize, role: Role) -> bool {
    let data = &table.columns[column].data;
    match role {
        Role::Symbol => matches!(data, ColumnData::Text { .. } | ColumnData::Int(_) | ColumnData::Bool(_) | ColumnData::Null(_)),
        Role::Strategy => matches!(data, ColumnData::Text { .. } | ColumnData::Int(_)),
        Role::Time => !matches!(data, ColumnData::Bool(_) | ColumnData::Unread(_)),
        Role::Ignore => true,
        _ => matches!(data, ColumnData::Float(_) | ColumnData::Int(_) | ColumnData::Text { .. } | ColumnData::Null(_)),
    }
}

/// Whether a column can be one series of a wide table: numbers, or text of which some is a number (and the rest a fault).
fn can_be_series(table: &Table, column: usize) -> bool {
    match &table.columns[column].data {
        ColumnData::Float(_) | ColumnData::Int(_) => true,
        ColumnData::Text { words, .. } => words.iter().any(|word| word.trim().replace(',', ".").parse::<f64>().is_ok()),
        _ => false,
    }
}

/// Whether a column is a row number that some program wrote along.
fn is_row_number(table: &Table, column: usize) -> bool {
    let named = matches!(table.columns[column].name.as_str(), "" | "index" | "Unnamed: 0" | "level_0" | "row");
    named
        && matches!(&table.columns[column].data, ColumnData::Int(values)
            if values.windows(2).all(|pair| pair[1] == pair[0] + 1) && values.first().is_none_or(|first| (0..=1).contains(first)))
}

impl<'a> Roles<'a> {
    /// Settles what names, types and the user's word can settle.
    pub(crate) fn settle(table: &'a Table, purpose: Purpose, overrides: &[(String, Role)]) -> Result<Self, Problem> {
        let mut faults = crate::Faults::new();
        let mut of: Vec<Option<Role>> = vec![None; table.columns.len()];
        let mut warnings = Vec::new();
        for (name, role) in overrides {
            let found = (0..table.columns.len())
                .find(|&i| table.columns[i].name == *name)
                .or_else(|| (0..table.columns.len()).find(|&i| table.columns[i].name.eq_ignore_ascii_case(name)));
            if let Some(column) = found {
                of[column] = Some(*role);
                continue;
            }
            let names = table.columns.iter().map(|column| column.name.as_str());
            let hint = nearest(name, names).map_or_else(|| columns_are(table), |near| format!("Did you mean {near:?}?"));
            faults.push(Fault::new(Code::MissingColumn, &table.name, format!("There is no column {name:?}."), hint));
        }
        for (column, role) in of.iter_mut().enumerate() {
            let here = &table.columns[column];
            let is_mere_index = here.is_index && !matches!(here.data, ColumnData::Time(_));
            if role.is_none() && (is_mere_index || is_row_number(table, column) || matches!(here.data, ColumnData::Unread(_))) {
                *role = Some(Role::Ignore);
            }
        }
        for &role in purpose.roles() {
            if of.contains(&Some(role)) {
                continue;
            }
            let mut candidates: Vec<(usize, usize)> = (0..table.columns.len())
                .filter(|&column| of[column].is_none() && fits(table, column, role))
                .filter_map(|column| {
                    role_of_name(&table.columns[column].name).filter(|(known, _)| *known == role).map(|(_, rank)| (rank, column))
                })
                .collect();
            candidates.sort_unstable();
            // An index without a name that holds times is the date of a frame indexed by date.
            if role == Role::Time && candidates.is_empty() {
                candidates.extend(
                    (0..table.columns.len())
                        .filter(|&column| of[column].is_none())
                        .find(|&column| {
                            let here = &table.columns[column];
                            let unnamed = here.is_index
                                || here.name.is_empty()
                                || here.name.starts_with("column_")
                                || here.name.starts_with("Unnamed: ");
                            unnamed && matches!(here.data, ColumnData::Time(_))
                        })
                        .map(|column| (0, column)),
                );
            }
            let Some(&(rank, chosen)) = candidates.first() else { continue };
            of[chosen] = Some(role);
            for &(other_rank, other) in &candidates[1..] {
                let (name, other_name) = (&table.columns[chosen].name, &table.columns[other].name);
                if rank == other_rank {
                    faults.push(Fault::new(
                        Code::AmbiguousColumn,
                        table.heading(other),
                        format!("The columns {name:?} and {other_name:?} could both be the {}.", role.as_str()),
                        "Rename one, or say which column is which.",
                    ));
                } else {
                    of[other] = Some(Role::Ignore);
                    warnings.push(Fault::new(
                        Code::Converted,
                        table.heading(other),
                        format!(
                            "{name:?} is taken for the {}; {other_name:?}, which could be it too, is left out.",
                            role.as_str()
                        ),
                        "Rename the columns, or say which is which.",
                    ));
                }
            }
        }
        if !faults.is_empty() {
            return Err(Problem::from(faults));
        }
        Ok(Roles { table, of: of.into_iter().map(|role| role.unwrap_or(Role::Series)).collect(), warnings })
    }

    /// The column of a role.
    pub(crate) fn find(&self, role: Role) -> Option<usize> {
        self.of.iter().position(|known| *known == role)
    }

    /// The column of a role that must be there.
    pub(crate) fn need(&self, role: Role, of_what: &str) -> Result<usize, Problem> {
        self.find(role).ok_or_else(|| {
            let known: Vec<&str> = names_of_role(role).collect();
            let near =
                self.table.columns.iter().find_map(|column| nearest(&column.name, known.iter().copied()).map(|_| &column.name));
            let hint = match near {
                Some(near) => format!("Is it {near:?}? Name it {:?}. {}", known[0], columns_are(self.table)),
                None => format!("Known names: {}. {}", known[..known.len().min(6)].join(", "), columns_are(self.table)),
            };
            Problem::new(
                Code::MissingColumn,
                &self.table.name,
                format!("The file has no column for the {} of {of_what}.", role.as_str()),
                hint,
            )
        })
    }

    /// The columns of a wide table; what is neither number nor used is left out with a warning.
    pub(crate) fn series(&mut self) -> Result<Vec<usize>, Problem> {
        let table = self.table;
        let mut all = Vec::new();
        for column in 0..table.columns.len() {
            if self.of[column] != Role::Series {
                continue;
            }
            if can_be_series(table, column) && !table.columns[column].name.is_empty() {
                all.push(column);
            } else {
                self.leave_out(
                    column,
                    if matches!(table.columns[column].data, ColumnData::Null(_)) { "holds no value" } else { "holds no numbers" },
                );
            }
        }
        let mut faults = crate::Faults::new();
        let mut names = std::collections::BTreeMap::new();
        for &column in &all {
            if let Some(first) = names.insert(table.columns[column].name.as_str(), column) {
                faults.push(Fault::new(
                    Code::Duplicate,
                    table.heading(column),
                    format!("Two columns are named {:?} (the other is column {}).", table.columns[column].name, first + 1),
                    "Give each column a name of its own.",
                ));
            }
        }
        faults.finish(Some(all))
    }

    /// Sets a column aside, and says so.
    pub(crate) fn leave_out(&mut self, column: usize, why: &str) {
        self.of[column] = Role::Ignore;
        self.warnings.push(Fault::new(
            Code::Converted,
            self.table.heading(column),
            format!("The column {:?} {why} and is left out.", self.table.columns[column].name),
            "Remove it, or mend it if it is needed.",
        ));
    }

    /// Columns that no role was found for are not used; of a long table that is nothing to warn about.
    pub(crate) fn ignore_rest(&mut self) {
        for role in &mut self.of {
            if *role == Role::Series {
                *role = Role::Ignore;
            }
        }
    }

    pub(crate) fn mapping(&self, shape: Shape) -> Mapping {
        Mapping {
            columns: self
                .of
                .iter()
                .zip(&self.table.columns)
                .map(|(role, column)| ColumnTaken { name: column.name.clone(), taken_as: *role })
                .collect(),
            file: self.table.name.clone(),
            shape,
        }
    }
}

fn columns_are(table: &Table) -> String {
    let names: Vec<String> = table.columns.iter().take(12).map(|column| format!("{:?}", column.name)).collect();
    let more = if table.columns.len() > 12 { ", …" } else { "" };
    format!("The columns are {}{more}.", names.join(", "))
}

/// What a table seems to be, for `inspect`.
pub fn guess(table: &Table) -> Mapping {
    let unknown = || Mapping {
        columns: table.columns.iter().map(|column| ColumnTaken { name: column.name.clone(), taken_as: Role::Ignore }).collect(),
        file: table.name.clone(),
        shape: Shape::Unknown,
    };
    let settled = |purpose| Roles::settle(table, purpose, &[]).ok();
    if let Some(mut roles) = settled(Purpose::Signals)
        && roles.find(Role::Symbol).is_some()
        && (roles.find(Role::Score).is_some() || roles.find(Role::Weight).is_some())
    {
        roles.ignore_rest();
        return roles.mapping(Shape::SignalsLong);
    }
    if let Some(mut roles) = settled(Purpose::Positions)
        && roles.find(Role::Symbol).is_some()
        && roles.find(Role::Quantity).is_some()
    {
        roles.ignore_rest();
        return roles.mapping(Shape::Positions);
    }
    for (purpose, value, shape) in
        [(Purpose::Prices, Role::Price, Shape::PricesLong), (Purpose::Returns, Role::Return, Shape::ReturnsLong)]
    {
        if let Some(mut roles) = settled(purpose)
            && roles.find(Role::Time).is_some()
            && roles.find(value).is_some()
            && (roles.find(Role::Symbol).is_some() || roles.find(Role::Strategy).is_some())
        {
            roles.ignore_rest();
            return roles.mapping(shape);
        }
    }
    if let Some(mut roles) = settled(Purpose::Returns)
        && roles.find(Role::Time).is_some()
    {
        // Without a name to go by, a numeric column called "return" is one series like the others.
        for role in &mut roles.of {
            if *role == Role::Return {
                *role = Role::Series;
            }
        }
        if let Ok(series) = roles.series()
            && !series.is_empty()
        {
            let prices = series.iter().all(|&column| looks_like_prices(&table.columns[column].data));
            return roles.mapping(if prices { Shape::PricesWide } else { Shape::ReturnsWide });
        }
    }
    if let Some(mut roles) = settled(Purpose::Signals)
        && roles.find(Role::Symbol).is_some()
        && let Ok(series) = roles.series()
        && !series.is_empty()
    {
        return roles.mapping(Shape::SignalsWide);
    }
    unknown()
}

/// Prices are above zero; returns of any length are not.
fn looks_like_prices(data: &ColumnData) -> bool {
    match data {
        ColumnData::Float(values) => values.iter().all(|value| value.is_nan() || *value > 0.0),
        ColumnData::Int(values) => values.iter().all(|value| *value >= 0),
        _ => false,
    }
}
