//! From a tree with places to a typed tree: every name known, every number a number, every window whole and reaching back.

use super::function::{Function, Takes};
use super::parse::{Kind, Tree};
use super::{WINDOW_MAX, Wrong};
use crate::error::Code;
use crate::wire::nearest;

/// A column of the price table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Column {
    /// Closing price.
    Close,
    /// Highest price of the bar.
    High,
    /// Lowest price of the bar.
    Low,
    /// Opening price.
    Open,
    /// Closing price over that of the symbol's bar before, less 1.
    Returns,
    /// Shares traded.
    Volume,
}

impl Column {
    /// Every column.
    pub const ALL: &'static [Column] = &[Column::Close, Column::High, Column::Low, Column::Open, Column::Returns, Column::Volume];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Column::Close => "close",
            Column::High => "high",
            Column::Low => "low",
            Column::Open => "open",
            Column::Returns => "returns",
            Column::Volume => "volume",
        }
    }
}

/// A part of a sound formula. Numbers everywhere but for the conditions, which [`Node::Compare`], [`Node::And`], [`Node::Or`] and
/// [`Node::Not`] make.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// A number.
    Number(f64),
    /// A column.
    Column(Column),
    /// Minus.
    Negative(Box<Node>),
    /// `+`, `-`, `*`, `/` or `^`.
    Arithmetic(char, Box<(Node, Node)>),
    /// `<`, `<=`, `>`, `>=`, `==` or `!=`.
    Compare(&'static str, Box<(Node, Node)>),
    /// Both hold.
    And(Box<(Node, Node)>),
    /// One holds at least.
    Or(Box<(Node, Node)>),
    /// It does not hold.
    Not(Box<Node>),
    /// A choice.
    If(Box<(Node, Node, Node)>),
    /// A function of one number or two, symbol by symbol and bar by bar, or of the symbols of one bar.
    Apply(Function, Vec<Node>),
    /// A function of the last bars.
    Window(Function, Vec<Node>, usize),
}

impl Node {
    /// Shows every part to `look`, parents first.
    pub fn visit(&self, look: &mut impl FnMut(&Node)) {
        look(self);
        for child in self.children() {
            child.visit(look);
        }
    }

    /// The parts below.
    pub(super) fn children(&self) -> Vec<&Node> {
        match self {
            Node::Number(_) | Node::Column(_) => Vec::new(),
            Node::Negative(inner) | Node::Not(inner) => vec![inner],
            Node::Arithmetic(_, pair) | Node::Compare(_, pair) | Node::And(pair) | Node::Or(pair) => vec![&pair.0, &pair.1],
            Node::If(all) => vec![&all.0, &all.1, &all.2],
            Node::Apply(_, all) | Node::Window(_, all, _) => all.iter().collect(),
        }
    }

    /// Bars that a value needs, the newest among them.
    pub(super) fn bars(&self) -> usize {
        let below = self.children().into_iter().map(Node::bars).max().unwrap_or(0);
        match self {
            Node::Column(Column::Returns) => 2,
            Node::Column(_) => 1,
            Node::Window(Function::Delay | Function::Delta, _, bars) => below + bars,
            Node::Window(_, _, bars) => below + bars - 1,
            _ => below,
        }
    }

    /// Whether it looks at a column at all.
    pub(super) fn varies(&self) -> bool {
        matches!(self, Node::Column(_)) || self.children().into_iter().any(Node::varies)
    }

    fn is_truth(&self) -> bool {
        matches!(self, Node::Compare(..) | Node::And(_) | Node::Or(_) | Node::Not(_))
    }
}

/// Checks a tree; every fault found.
pub(super) fn check(tree: &Tree) -> Result<Node, Vec<Wrong>> {
    let mut wrong = Vec::new();
    let node = number(tree, &mut wrong);
    match node {
        Some(node) if wrong.is_empty() => {
            if node.varies() {
                return Ok(node);
            }
            wrong.push(Wrong::new(
                Code::InvalidFormula,
                0,
                "The formula looks at no column, so that every symbol has the same score.",
                "Use close, returns or another column.",
            ));
        }
        _ => {}
    }
    wrong.truncate(50);
    Err(wrong)
}

/// A part that must be a number.
fn number(tree: &Tree, wrong: &mut Vec<Wrong>) -> Option<Node> {
    let node = typed(tree, wrong)?;
    if node.is_truth() {
        wrong.push(Wrong::new(
            Code::WrongType,
            tree.at,
            "A number is needed here, and this is a comparison.",
            "Write if(comparison, 1, 0).",
        ));
        return None;
    }
    Some(node)
}

/// A part that must be a comparison.
fn truth(tree: &Tree, wrong: &mut Vec<Wrong>) -> Option<Node> {
    let node = typed(tree, wrong)?;
    if !node.is_truth() {
        wrong.push(Wrong::new(
            Code::WrongType,
            tree.at,
            "A comparison is needed here, and this is a number.",
            "Compare it with something: x > 0.",
        ));
        return None;
    }
    Some(node)
}

fn typed(tree: &Tree, wrong: &mut Vec<Wrong>) -> Option<Node> {
    Some(match &tree.kind {
        Kind::Number(value) => Node::Number(*value),
        Kind::Name(name) => return column(name, tree.at, wrong),
        Kind::Call(name, arguments) => return call(name, arguments, tree.at, wrong),
        Kind::Unary("!", inner) => Node::Not(Box::new(truth(inner, wrong)?)),
        Kind::Unary(_, inner) => match number(inner, wrong)? {
            Node::Number(value) => Node::Number(-value),
            node => Node::Negative(Box::new(node)),
        },
        Kind::Binary(sign, pair) => {
            let logic = matches!(*sign, "&&" | "||");
            let (left, right) = if logic {
                (truth(&pair.0, wrong), truth(&pair.1, wrong))
            } else {
                (number(&pair.0, wrong), number(&pair.1, wrong))
            };
            let both = Box::new((left?, right?));
            match *sign {
                "&&" => Node::And(both),
                "||" => Node::Or(both),
                "+" | "-" | "*" | "/" | "^" => Node::Arithmetic(sign.chars().next().unwrap_or('+'), both),
                comparison => Node::Compare(comparison, both),
            }
        }
        Kind::If(all) => {
            let parts = (truth(&all.0, wrong), number(&all.1, wrong), number(&all.2, wrong));
            Node::If(Box::new((parts.0?, parts.1?, parts.2?)))
        }
    })
}

fn column(name: &str, at: usize, wrong: &mut Vec<Wrong>) -> Option<Node> {
    let found = Column::ALL.iter().find(|column| column.name() == name);
    if found.is_none() {
        let columns = Column::ALL.iter().map(|column| column.name());
        let hint = if let Some(function) = Function::find(name) {
            format!("{name} is a function: write {}.", function.usage())
        } else if let Some(near) = nearest(name, columns.clone()) {
            format!("Did you mean {near:?}?")
        } else {
            format!("Columns: {}.", columns.collect::<Vec<_>>().join(", "))
        };
        wrong.push(Wrong::new(Code::UnknownField, at, format!("There is no column {name:?}."), hint));
    }
    found.map(|column| Node::Column(*column))
}

fn call(name: &str, arguments: &[Tree], at: usize, wrong: &mut Vec<Wrong>) -> Option<Node> {
    let Some(function) = Function::find(name) else {
        let names = Function::ALL.iter().map(|function| function.name());
        let hint = match nearest(name, names.clone()) {
            Some(near) => format!("Did you mean {near:?}?"),
            None => format!("Functions: {}.", names.collect::<Vec<_>>().join(", ")),
        };
        wrong.push(Wrong::new(Code::UnknownField, at, format!("There is no function {name:?}."), hint));
        for argument in arguments {
            // What is inside may be wrong too, and is told at once.
            let _ = typed(argument, wrong);
        }
        return None;
    };
    let takes = function.takes();
    if arguments.len() != takes.len() {
        let message = format!("{name} takes {} arguments, and there are {}.", takes.len(), arguments.len());
        wrong.push(Wrong::new(Code::InvalidFormula, at, message, format!("Write {}.", function.usage())));
        return None;
    }
    let (mut nodes, mut window, mut sound) = (Vec::with_capacity(takes.len()), None, true);
    for (takes, argument) in takes.iter().zip(arguments) {
        match takes {
            Takes::Bars(least) => window = bars(argument, *least, name, wrong),
            Takes::Number => nodes.extend(number(argument, wrong)),
            Takes::Truth => nodes.extend(truth(argument, wrong)),
        }
    }
    let numbers = takes.iter().filter(|takes| !matches!(takes, Takes::Bars(_))).count();
    sound &= nodes.len() == numbers && (numbers == takes.len() || window.is_some());
    if !sound {
        return None;
    }
    if function == Function::If {
        let mut parts = nodes.into_iter();
        return Some(Node::If(Box::new((parts.next()?, parts.next()?, parts.next()?))));
    }
    Some(match window {
        Some(window) => Node::Window(function, nodes, window),
        None => Node::Apply(function, nodes),
    })
}

/// A whole number of bars, written out: known before any price is, and never reaching forward.
fn bars(tree: &Tree, least: usize, name: &str, wrong: &mut Vec<Wrong>) -> Option<usize> {
    let value = match &tree.kind {
        Kind::Number(value) => *value,
        Kind::Unary("-", inner) => match inner.kind {
            Kind::Number(value) => -value,
            _ => f64::NAN,
        },
        _ => f64::NAN,
    };
    if value >= least as f64 && value <= WINDOW_MAX as f64 && value.fract() == 0.0 {
        return Some(value as usize);
    }
    let (code, message, hint) = if value < 0.0 {
        let message = format!("{name} over {value} bars would look at what comes after.");
        (Code::OutOfRange, message, format!("Give a whole number from {least} to {WINDOW_MAX}: bars are counted back."))
    } else if value.is_nan() {
        let message = format!("The bars of {name} must be written as a number.");
        (Code::WrongType, message, format!("Write a whole number from {least} to {WINDOW_MAX}."))
    } else {
        let message = format!("{name} over {value} bars cannot be.");
        (Code::OutOfRange, message, format!("Give a whole number from {least} to {WINDOW_MAX}."))
    };
    wrong.push(Wrong::new(code, tree.at, message, hint));
    None
}
