//! Tokens: made here, kept as hashes, told apart by role.
//!
//! A secret is 256 bits of the system's randomness, so one round of SHA-256 is enough: there is nothing to guess, and a slow hash
//! would only make every request slow. Looking a hash up says nothing about the secret, so it need not be compared in constant time.

use crate::clock::iso8601;
use crate::journal::{Event, Role, State};
use allocator_core::{Code, Problem};
use base64::Engine as _;
use serde::Serialize;
use sha2::Digest as _;

/// What every secret begins with, so that scanners of repositories find one that was committed.
const PREFIX: &str = "maa_";

/// Who asks, and what they may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The name in the journal.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// The id of the token they sent, where there are tokens.
    pub token: Option<String>,
}

impl Actor {
    /// Somebody on this machine, where no tokens exist: they may do everything.
    pub fn local() -> Self {
        Actor { name: "local".to_owned(), role: Role::Operator, token: None }
    }
}

/// A token that was just made; the secret is shown once and kept nowhere.
#[derive(Debug)]
pub struct Made {
    /// Its public id.
    pub id: String,
    /// What the bearer sends.
    pub secret: String,
    /// What the journal keeps.
    pub event: Event,
}

/// Makes a token.
///
/// # Errors
/// `invalid_name`, `out_of_range`; `internal` without randomness.
pub fn make(name: &str, role: Role, days: Option<u32>, now_ms: u64) -> Result<Made, Problem> {
    if let Some(why) = allocator_core::units::name_fault(name) {
        return Err(Problem::new(Code::InvalidName, "--name", format!("The name {name:?} {why}."), "Give a plain name."));
    }
    if days == Some(0) {
        return Err(Problem::new(Code::OutOfRange, "--days", "A token of 0 days would never work.", "Give at least 1."));
    }
    let mut bytes = [0_u8; 40];
    getrandom::fill(&mut bytes).map_err(|error| Problem::internal(format!("no randomness: {error}")))?;
    let secret = format!("{PREFIX}{}", base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(&bytes[..32]));
    let id = crate::journal::BlobId::of(&bytes[32..]).to_string()[..12].to_owned();
    let expires_ms = days.map(|days| now_ms + u64::from(days) * 86_400_000);
    let event = Event::Token { id: id.clone(), name: name.to_owned(), role, hash: hash(&secret), expires_ms };
    Ok(Made { id, secret, event })
}

/// What the journal keeps of a secret.
fn hash(secret: &str) -> String {
    crate::journal::BlobId(sha2::Sha256::digest(secret.as_bytes()).into()).to_string()
}

/// Who sent this `Authorization` header.
///
/// # Errors
/// `unauthorized`: missing where tokens exist, unknown, expired or revoked; all sound the same, so that nobody learns which.
pub fn identify(state: &State, authorization: Option<&str>, now_ms: u64) -> Result<Actor, Problem> {
    if state.tokens.is_empty() {
        return Ok(Actor::local());
    }
    let refused = || {
        Problem::new(
            Code::Unauthorized,
            "authorization",
            "The request carries no token that works.",
            "Send the header Authorization: Bearer …; allocator token add makes one.",
        )
    };
    let header = authorization.ok_or_else(refused)?;
    let (scheme, secret) = header.split_once(' ').ok_or_else(refused)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(refused());
    }
    let token = state.tokens.get(&hash(secret.trim())).ok_or_else(refused)?;
    if token.revoked || token.expires_ms.is_some_and(|end| end <= now_ms) {
        return Err(refused());
    }
    Ok(Actor { name: token.name.clone(), role: token.role, token: Some(token.id.clone()) })
}

/// Sees that the actor may do what needs a role.
///
/// # Errors
/// `forbidden`.
pub fn require(actor: &Actor, role: Role) -> Result<(), Problem> {
    if actor.role >= role {
        return Ok(());
    }
    Err(Problem::new(
        Code::Forbidden,
        "authorization",
        format!("{} is {}, and this takes {}.", actor.name, actor.role.as_str(), role.as_str()),
        "Use a token of that role.",
    ))
}

/// A token in a list; the secret is not known here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Listed {
    expires: Option<String>,
    id: String,
    made: String,
    name: String,
    revoked: bool,
    role: &'static str,
}

/// All tokens, oldest first.
pub fn list(state: &State) -> Vec<Listed> {
    let mut tokens: Vec<_> = state.tokens.values().collect();
    tokens.sort_by(|a, b| (a.made_ns, &a.id).cmp(&(b.made_ns, &b.id)));
    tokens
        .into_iter()
        .map(|token| Listed {
            expires: token
                .expires_ms
                .map(|ms| iso8601(i64::try_from(ms).unwrap_or(i64::MAX / 1_000_000).saturating_mul(1_000_000))),
            id: token.id.clone(),
            made: iso8601(token.made_ns),
            name: token.name.clone(),
            revoked: token.revoked,
            role: token.role.as_str(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::GENESIS;

    #[test]
    fn without_tokens_this_machine_may_do_everything_with_them_nobody_without_one() {
        let mut state = State::default();
        assert_eq!(identify(&state, None, 0).unwrap(), Actor::local());
        let made = make("ann", Role::Analyst, Some(1), 1_000).unwrap();
        assert!(made.secret.len() > 40 && !format!("{:?}", made.event).contains(&made.secret));
        state.apply(1, 0, GENESIS, &made.event);
        let bearer = format!("Bearer {}", made.secret);
        let ann = identify(&state, Some(&bearer), 2_000).unwrap();
        assert_eq!((ann.name.as_str(), ann.role), ("ann", Role::Analyst));
        assert!(require(&ann, Role::Viewer).is_ok() && require(&ann, Role::Analyst).is_ok());
        assert_eq!(require(&ann, Role::Operator).unwrap_err().code, Code::Forbidden);
        let expired = 1_000 + 86_400_000;
        for (header, now) in [
            (None, 2_000),
            (Some(""), 2_000),
            (Some("Bearer"), 2_000),
            (Some("Bearer maa_x"), 2_000),
            (Some(made.secret.as_str()), 2_000),
            (Some(bearer.as_str()), expired),
        ] {
            assert_eq!(identify(&state, header, now).unwrap_err().code, Code::Unauthorized, "{header:?}");
        }
        state.apply(2, 0, GENESIS, &Event::TokenRevoked { id: made.id, actor: String::new() });
        assert_eq!(identify(&state, Some(&bearer), 2_000).unwrap_err().code, Code::Unauthorized);
        assert!(!state.has_tokens(2_000));
    }
}
