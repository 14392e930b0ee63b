//! Requests from a seed: for every operation, healthy and hostile, and a copy of each in another order.
//!
//! A request is first a tree with tables as rows. Writing it to text decides everything that must not matter: the order of keys and
//! rows, whether a table stands as rows or as columns, how a number is spelled.

pub mod alpha;
pub mod attribution;
pub mod backtest;
pub mod blend;
pub mod capital;
pub mod correlation;
mod damage;
pub mod limits;
pub mod metrics;
pub mod net;
mod permute;
pub mod portfolio;
pub mod position_limits;
pub mod risk;
pub mod schedule;
pub mod series;
mod text;
pub mod walk_forward;

use crate::engine::Request;
use crate::random::Random;
use damage::{cut, damage};
use permute::permute;
use serde_json::Value;
use text::Text;

/// A request, and the same request written differently.
#[derive(Clone, Debug)]
pub struct Pair {
    /// As generated.
    pub request: Request,
    /// Another order, another form of tables, other spellings of numbers; the same meaning.
    pub permuted: Request,
}

/// Writes a healthy request.
pub type Generator = fn(&mut Random) -> Value;

/// The operations that requests are generated for, alphabetical; blend has the most settings and comes twice as often.
pub const OPERATIONS: &[(&str, Generator)] = &[
    ("alpha", alpha::alpha),
    ("attribution", attribution::attribution),
    ("audit", risk::audit),
    ("backtest", backtest::backtest),
    ("blend", blend::blend),
    ("capital", capital::capital),
    ("correlation", correlation::correlation),
    ("limits", limits::limits),
    ("metrics", metrics::metrics),
    ("net", net::net),
    ("portfolio", portfolio::portfolio),
    ("position_limits", position_limits::position_limits),
    ("risk", risk::risk),
    ("schedule", schedule::schedule),
    ("tear_sheet", backtest::backtest),
    ("tune", risk::tune),
    ("walk_forward", walk_forward::walk_forward),
];

/// Request number `case` of a run. The operations take turns.
pub fn pair(seed: u64, case: u64) -> Pair {
    let random = &mut Random::for_case(seed, case);
    let turn = (case % (OPERATIONS.len() as u64 + 1)) as usize;
    let (operation, generate) = OPERATIONS.get(turn).copied().unwrap_or(("blend", blend::blend));
    let mut tree = generate(random);
    let hostile = random.chance(15);
    if hostile {
        damage(&mut tree, random);
    }
    let mut text = Text::new(false).write(&tree, random);
    let permuted = Text::new(true).write(&permute(&tree, random), random);
    if hostile && random.chance(20) {
        cut(&mut text, random);
        return Pair { request: request(operation, text.clone()), permuted: request(operation, text) };
    }
    Pair { request: request(operation, text), permuted: request(operation, permuted) }
}

fn request(operation: &str, body: Vec<u8>) -> Request {
    Request { operation: operation.to_owned(), body }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_requests() {
        for case in 0..50 {
            assert_eq!(pair(7, case).request, pair(7, case).request);
        }
    }

    #[test]
    fn every_operation_has_a_generator() {
        let names: Vec<&str> = OPERATIONS.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, allocator_core::op::NAMES, "write a generator for the new operation, in tests/src/generate/");
    }
}
