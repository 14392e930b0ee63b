//! From words to a tree: precedence climbing, with the place of every part and a limit on depth.
//!
//! Binding, loosest first: `? :`, `||`, `&&`, comparisons (which do not chain), `+ -`, `* /`, unary `- !`, `^` (from the right).

use super::token::Token;
use super::{DEPTH_MAX, NODES_MAX, Wrong};
use crate::error::Code;

/// A part of a formula and the byte at which it begins.
#[derive(Debug)]
pub(super) struct Tree {
    pub(super) at: usize,
    pub(super) kind: Kind,
}

/// What a part is.
#[derive(Debug)]
pub(super) enum Kind {
    Number(f64),
    Name(String),
    Call(String, Vec<Tree>),
    Unary(&'static str, Box<Tree>),
    Binary(&'static str, Box<(Tree, Tree)>),
    If(Box<(Tree, Tree, Tree)>),
}

struct Parser<'a> {
    tokens: &'a [(usize, Token)],
    next: usize,
    end: usize,
    depth: usize,
    nodes: usize,
}

/// How strongly an operation between two parts binds; 0 for anything else.
fn binding(sign: &str) -> u8 {
    match sign {
        "||" => 1,
        "&&" => 2,
        "<" | "<=" | ">" | ">=" | "==" | "!=" => 3,
        "+" | "-" => 4,
        "*" | "/" => 5,
        "^" => 7,
        _ => 0,
    }
}

/// Binding of a unary minus or not: above multiplication, below a power, so that -x^2 is -(x^2).
const UNARY: u8 = 6;

/// Reads all words as one expression.
pub(super) fn parse(tokens: &[(usize, Token)], end: usize) -> Result<Tree, Wrong> {
    let mut parser = Parser { tokens, next: 0, end, depth: 0, nodes: 0 };
    if tokens.is_empty() {
        return Err(Wrong::new(Code::Empty, 0, "The formula is empty.", "Write rank(delta(close, 5)), for example."));
    }
    let tree = parser.choice()?;
    match parser.tokens.get(parser.next) {
        None => Ok(tree),
        Some((at, Token::Sign(")"))) => {
            Err(Wrong::new(Code::InvalidFormula, *at, "This bracket closes nothing.", "Take it away, or open one before."))
        }
        Some((at, token)) => {
            let message = format!("{} stands where the formula should be over.", shown(token));
            Err(Wrong::new(Code::InvalidFormula, *at, message, "Put an operation before it, for example *."))
        }
    }
}

fn shown(token: &Token) -> String {
    match token {
        Token::Number(value) => value.to_string(),
        Token::Name(name) => format!("{name:?}"),
        Token::Sign(sign) => format!("{sign:?}"),
    }
}

impl Parser<'_> {
    fn place(&self) -> usize {
        self.tokens.get(self.next).map_or(self.end, |(at, _)| *at)
    }

    fn sign(&self) -> &'static str {
        match self.tokens.get(self.next) {
            Some((_, Token::Sign(sign))) => sign,
            _ => "",
        }
    }

    fn made(&mut self, at: usize, kind: Kind) -> Result<Tree, Wrong> {
        self.nodes += 1;
        if self.nodes > NODES_MAX {
            let message = format!("The formula has more than {NODES_MAX} numbers, names and operations.");
            return Err(Wrong::new(Code::LimitExceeded, at, message, "Split it into several alphas and blend them."));
        }
        Ok(Tree { at, kind })
    }

    fn deeper(&mut self) -> Result<(), Wrong> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            let message = format!("The formula is nested deeper than {DEPTH_MAX}.");
            return Err(Wrong::new(Code::LimitExceeded, self.place(), message, "Nest less."));
        }
        Ok(())
    }

    /// `condition ? this : that`, or anything that binds more strongly.
    fn choice(&mut self) -> Result<Tree, Wrong> {
        self.deeper()?;
        let at = self.place();
        let condition = self.binary(1)?;
        let tree = if self.sign() == "?" {
            self.next += 1;
            let this = self.choice()?;
            self.expect(":", "A condition with ? has two ways out: write condition ? this : that.")?;
            let that = self.choice()?;
            self.made(at, Kind::If(Box::new((condition, this, that))))?
        } else {
            condition
        };
        self.depth -= 1;
        Ok(tree)
    }

    fn binary(&mut self, least: u8) -> Result<Tree, Wrong> {
        let mut left = self.unary()?;
        let mut compared = false;
        loop {
            let (sign, at) = (self.sign(), self.place());
            let strength = binding(sign);
            if strength == 0 || strength < least {
                break;
            }
            if strength == 3 && std::mem::replace(&mut compared, true) {
                return Err(Wrong::new(Code::InvalidFormula, at, "Comparisons do not chain.", "Write a < b && b < c."));
            }
            self.next += 1;
            // A power takes the power after it, as deep as there are any; everything else leaves its equals to the left.
            let right = if sign == "^" {
                self.deeper()?;
                let right = self.binary(strength)?;
                self.depth -= 1;
                right
            } else {
                self.binary(strength + 1)?
            };
            left = self.made(at, Kind::Binary(sign, Box::new((left, right))))?;
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Tree, Wrong> {
        let (sign, at) = (self.sign(), self.place());
        if matches!(sign, "-" | "+" | "!") {
            self.deeper()?;
            self.next += 1;
            let inner = self.binary(UNARY)?;
            self.depth -= 1;
            return if sign == "+" { Ok(inner) } else { self.made(at, Kind::Unary(sign, Box::new(inner))) };
        }
        self.atom()
    }

    fn atom(&mut self) -> Result<Tree, Wrong> {
        let at = self.place();
        let Some((_, token)) = self.tokens.get(self.next) else {
            return Err(Wrong::new(Code::InvalidFormula, at, "The formula ends too early.", "Something is missing here."));
        };
        self.next += 1;
        match token {
            Token::Number(value) => self.made(at, Kind::Number(*value)),
            Token::Name(name) if self.sign() == "(" => {
                self.next += 1;
                let mut arguments = Vec::new();
                if self.sign() == ")" {
                    self.next += 1;
                    return self.made(at, Kind::Call(name.clone(), arguments));
                }
                loop {
                    arguments.push(self.choice()?);
                    if self.sign() != "," {
                        break;
                    }
                    self.next += 1;
                }
                self.expect(")", &format!("The bracket of {name} is not closed."))?;
                self.made(at, Kind::Call(name.clone(), arguments))
            }
            Token::Name(name) => self.made(at, Kind::Name(name.clone())),
            Token::Sign("(") => {
                let inner = self.choice()?;
                self.expect(")", "A bracket is not closed.")?;
                Ok(inner)
            }
            Token::Sign(sign) => {
                let message = format!("{sign:?} stands where a number, a column or a function should.");
                Err(Wrong::new(Code::InvalidFormula, at, message, "Something is missing before it, or it is one too many."))
            }
        }
    }

    fn expect(&mut self, sign: &str, message: &str) -> Result<(), Wrong> {
        if self.sign() == sign {
            self.next += 1;
            return Ok(());
        }
        let found = self.tokens.get(self.next).map_or_else(|| String::from("the end"), |(_, token)| shown(token));
        Err(Wrong::new(Code::InvalidFormula, self.place(), message, format!("Write {sign:?} here instead of {found}.")))
    }
}
