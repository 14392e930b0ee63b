//! Words of a formula: numbers, names, signs, each with the byte at which it begins.

use super::{NODES_MAX, Wrong};
use crate::error::Code;

/// A word.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// A number, not negative: the minus before it is an operation.
    Number(f64),
    /// A name of a column or function, in small letters.
    Name(String),
    /// An operation or a bracket.
    Sign(&'static str),
}

/// Longer ones first, so that `<=` is not read as `<`.
const SIGNS: &[&str] = &["<=", ">=", "==", "!=", "&&", "||", "<", ">", "!", "+", "-", "*", "/", "^", "(", ")", ",", "?", ":"];

/// Splits a formula into words.
pub(super) fn tokens(text: &str) -> Result<Vec<(usize, Token)>, Wrong> {
    let bytes = text.as_bytes();
    let mut all = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        if byte.is_ascii_whitespace() {
            at += 1;
            continue;
        }
        if all.len() > 4 * NODES_MAX {
            let message = format!("The formula has more than {} words.", 4 * NODES_MAX);
            return Err(Wrong::new(Code::LimitExceeded, at, message, "Write a shorter one."));
        }
        let from = at;
        let token = if byte.is_ascii_digit() || byte == b'.' {
            at = number_end(bytes, at);
            match text[from..at].parse::<f64>() {
                Ok(value) if value.is_finite() => Token::Number(value),
                _ => {
                    let message = format!("{:?} is not a number.", &text[from..at]);
                    return Err(Wrong::new(Code::InvalidFormula, from, message, "Write 0.5 or 1e-3."));
                }
            }
        } else if byte.is_ascii_alphabetic() || byte == b'_' {
            while bytes.get(at).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_') {
                at += 1;
            }
            match text[from..at].to_ascii_lowercase() {
                word if word == "and" => Token::Sign("&&"),
                word if word == "or" => Token::Sign("||"),
                word if word == "not" => Token::Sign("!"),
                word => Token::Name(word),
            }
        } else if let Some(sign) = SIGNS.iter().find(|sign| text[from..].starts_with(**sign)) {
            at += sign.len();
            Token::Sign(sign)
        } else {
            let strange = text[from..].chars().next().unwrap_or_default();
            let hint = match strange {
                '=' => "To compare, write ==.",
                '&' | '|' => "Write && and ||.",
                '[' | '{' => "Write brackets ( ).",
                ';' => "A formula is one expression.",
                _ => "A formula has names, numbers, + - * / ^, comparisons, brackets and commas.",
            };
            return Err(Wrong::new(Code::InvalidFormula, from, format!("{strange:?} does not belong in a formula."), hint));
        };
        all.push((from, token));
    }
    Ok(all)
}

/// Where a number ends: digits, a point, an exponent.
fn number_end(bytes: &[u8], mut at: usize) -> usize {
    let digits = |mut at: usize| {
        while bytes.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
        at
    };
    at = digits(at);
    if bytes.get(at) == Some(&b'.') {
        at = digits(at + 1);
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        let end = digits(at + 1 + sign);
        if end > at + 1 + sign {
            at = end;
        }
    }
    // 12abc is no number and no name: the rest belongs to it, and it is refused as a whole.
    while bytes.get(at).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte == b'.') {
        at += 1;
    }
    at
}
