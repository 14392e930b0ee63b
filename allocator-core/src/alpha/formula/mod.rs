//! Formula alphas: an expression over the columns of a price table, read into a typed tree and evaluated for all bars at once (A3).
//!
//! ```text
//! text ── token ── parse ──> tree with places ── check ──> typed tree ── evaluate ──> a score for every symbol and bar
//! ```
//!
//! No operation can look ahead: windows and delays are whole numbers of bars from zero up, they reach back, and ranks compare symbols at one
//! bar. What is undefined (a division by zero, a window that is not full yet) is unknown and makes unknown what is computed from it.
//! Length, depth, size and work are limited, so that a formula cannot be endless.
//!
//! The functions follow Kakushadze (2016), "101 Formulaic Alphas", and where that leaves a choice pandas: see [`Function`].

mod check;
mod evaluate;
mod function;
mod grid;
mod parse;
mod token;

pub use check::{Column, Node};
pub use function::Function;
pub use grid::{Grid, GridData};

use crate::error::{Code, Fault};
use std::fmt;

/// Longest formula, bytes.
pub const TEXT_MAX: usize = 10_000;

/// Most numbers, names and operations of a formula.
pub const NODES_MAX: usize = 1_000;

/// Deepest nesting.
pub const DEPTH_MAX: usize = 64;

/// Longest window or delay, in bars: ten years of days.
pub const WINDOW_MAX: usize = 2_520;

/// Most work of one evaluation: values times bars of the windows over them.
pub const WORK_MAX: f64 = 8e9;

/// Most values held at a time in one evaluation.
pub const HELD_MAX: usize = 100_000_000;

/// What is wrong with a formula, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormulaFault {
    /// Stable code.
    pub code: Code,
    /// Line, from 1.
    pub line: usize,
    /// Character of the line, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// How to mend it.
    pub hint: String,
}

impl FormulaFault {
    /// As a fault of the request: the pointer of the formula, then line and character.
    pub fn at(self, pointer: impl fmt::Display) -> Fault {
        let place = format!("{pointer}:{}:{}", self.line, self.column);
        let message = match self.line {
            1 => format!("At character {}: {}", self.column, self.message),
            line => format!("At line {line}, character {}: {}", self.column, self.message),
        };
        Fault::new(self.code, place, message, self.hint)
    }
}

/// A fault before its line is known: the byte at which it begins.
#[derive(Debug)]
struct Wrong {
    code: Code,
    at: usize,
    message: String,
    hint: String,
}

impl Wrong {
    fn new(code: Code, at: usize, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Wrong { code, at, message: message.into(), hint: hint.into() }
    }

    fn placed(self, text: &str) -> FormulaFault {
        let before = text.get(..self.at).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        FormulaFault { code: self.code, line, column, message: self.message, hint: self.hint }
    }
}

/// A formula that was read and found sound.
#[derive(Clone, Debug, PartialEq)]
pub struct Formula {
    text: String,
    node: Node,
}

impl Formula {
    /// Reads a formula.
    ///
    /// # Errors
    /// What is wrong with it: the first thing that is no formula at all, or every unknown name, wrong type and window out of range.
    pub fn parse(text: &str) -> Result<Self, Vec<FormulaFault>> {
        let placed = |all: Vec<Wrong>| all.into_iter().map(|wrong| wrong.placed(text)).collect();
        if text.len() > TEXT_MAX {
            let message = format!("The formula has {} bytes, and {TEXT_MAX} are the most.", text.len());
            return Err(placed(vec![Wrong::new(Code::LimitExceeded, 0, message, "Write a shorter one.")]));
        }
        let tokens = token::tokens(text).map_err(|wrong| placed(vec![wrong]))?;
        let tree = parse::parse(&tokens, text.len()).map_err(|wrong| placed(vec![wrong]))?;
        let node = check::check(&tree).map_err(placed)?;
        Ok(Formula { text: text.to_owned(), node })
    }

    /// The formula as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The tree.
    pub fn node(&self) -> &Node {
        &self.node
    }

    /// The columns that it reads, each once.
    pub fn columns(&self) -> Vec<Column> {
        let mut found = Vec::new();
        self.node.visit(&mut |node| {
            if let Node::Column(column) = node
                && !found.contains(column)
            {
                found.push(*column);
            }
        });
        found.sort_unstable();
        found
    }

    /// Bars that a score needs, the newest among them.
    pub fn bars_needed(&self) -> usize {
        self.node.bars()
    }

    /// Evaluates it for every symbol and bar of a grid; NaN where the score is unknown.
    ///
    /// # Errors
    /// A column that the grid does not have, or more work than [`WORK_MAX`].
    pub fn evaluate(&self, grid: &Grid) -> Result<Vec<f64>, Fault> {
        evaluate::evaluate(self, grid)
    }
}

#[cfg(test)]
mod tests;
