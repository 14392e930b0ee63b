//! One connection, what the Redis at its other end is like, and its errors as problems.

use allocator_core::{Code, Problem};
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, IntoConnectionInfo as _, RedisError};
use serde::Serialize;
use std::time::Duration;

/// The oldest Redis that has what is needed (XAUTOCLAIM).
pub const OLDEST: (u32, u32, u32) = (6, 2, 0);

/// What a Redis says about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Facts {
    /// Whether it writes an append-only file.
    pub appendonly: bool,
    /// How often that is synced, where it may be asked: `always`, `everysec`, `no`.
    pub appendfsync: Option<String>,
    /// Most memory, bytes; 0 is no limit.
    pub maxmemory: u64,
    /// What it does when that is full.
    pub maxmemory_policy: String,
    /// Its version.
    pub version: String,
}

impl Facts {
    /// What would lose data, each with its mend.
    pub fn warnings(&self) -> Vec<(&'static str, &'static str)> {
        let mut all = Vec::new();
        if !self.appendonly {
            all.push((
                "Redis keeps no append-only file: what it holds is lost when it is killed (the journal sends it again).",
                "Set appendonly yes and appendfsync everysec in its configuration.",
            ));
        } else if self.appendfsync.as_deref() == Some("no") {
            all.push((
                "Redis leaves the syncing of its append-only file to the system: a power failure may cost half a minute.",
                "Set appendfsync everysec, or always.",
            ));
        }
        if self.maxmemory > 0 && self.maxmemory_policy != "noeviction" {
            all.push((
                "Redis throws away keys when its memory is full, streams among them.",
                "Set maxmemory-policy noeviction, or raise maxmemory.",
            ));
        }
        all
    }
}

/// A connection that answered.
#[derive(Clone)]
pub struct Link {
    /// Sends commands.
    pub connection: MultiplexedConnection,
    /// What is at the other end.
    pub facts: Facts,
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Link").field("facts", &self.facts).finish_non_exhaustive()
    }
}

/// The address in a URL, without its password.
///
/// # Errors
/// `out_of_range` where it is no URL of a Redis.
pub fn address(url: &str) -> Result<String, Problem> {
    let info = url.into_connection_info().map_err(|error| {
        let hint = if url.starts_with("rediss:") {
            "This build has no TLS of its own for Redis: put a TLS tunnel beside it and name that with redis://."
        } else {
            "Write redis://[user:password@]host[:port][/db], for example redis://127.0.0.1:6379."
        };
        Problem::new(Code::OutOfRange, "/redis", format!("The address of Redis cannot be used: {}.", brief(&error)), hint)
    })?;
    Ok(info.addr().to_string())
}

/// A URL without its password, for people.
pub fn masked(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    match rest.rsplit_once('@') {
        Some((login, place)) => {
            let user = login.split(':').next().unwrap_or_default();
            format!("{scheme}://{user}:***@{place}")
        }
        None => url.to_owned(),
    }
}

/// Connects, and asks what is there.
///
/// # Errors
/// `redis_unavailable`, `redis_unsupported`, `out_of_range`.
pub async fn connect(url: &str, patience: Duration) -> Result<Link, Problem> {
    let place = address(url)?;
    let client = redis::Client::open(url).map_err(|error| unavailable(&place, &error))?;
    let settings = AsyncConnectionConfig::new().set_connection_timeout(Some(patience)).set_response_timeout(Some(patience));
    let mut connection =
        client.get_multiplexed_async_connection_with_config(&settings).await.map_err(|error| unavailable(&place, &error))?;
    let info: String = redis::cmd("INFO").query_async(&mut connection).await.map_err(|error| unavailable(&place, &error))?;
    let mut facts = facts_of(&info);
    if version_of(&facts.version) < OLDEST {
        return Err(Problem::new(
            Code::RedisUnsupported,
            &place,
            format!("Redis is of version {:?}.", facts.version),
            format!("Use {}.{} or later.", OLDEST.0, OLDEST.1),
        ));
    }
    // Managed services forbid CONFIG; then it stays unknown.
    let asked: Result<Vec<String>, _> = redis::cmd("CONFIG").arg("GET").arg("appendfsync").query_async(&mut connection).await;
    facts.appendfsync = asked.ok().and_then(|pair| pair.into_iter().nth(1));
    Ok(Link { connection, facts })
}

fn facts_of(info: &str) -> Facts {
    let get =
        |key: &str| info.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':')).unwrap_or_default().trim().to_owned();
    Facts {
        appendonly: get("aof_enabled") == "1",
        appendfsync: None,
        maxmemory: get("maxmemory").parse().unwrap_or(0),
        maxmemory_policy: get("maxmemory_policy"),
        version: get("redis_version"),
    }
}

fn version_of(text: &str) -> (u32, u32, u32) {
    let mut parts = text.split('.').map(|part| part.parse().unwrap_or(0));
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0), parts.next().unwrap_or(0))
}

/// What Redis said, or that it said nothing.
pub(super) fn unavailable(place: &str, error: &RedisError) -> Problem {
    // Of a transaction that was not carried out, what stood in its way.
    let cause = error.clone().into_server_errors().and_then(|errors| Some(RedisError::from(errors.first()?.1.clone())));
    let error = cause.as_ref().unwrap_or(error);
    let hint = match error.code() {
        Some("NOAUTH" | "WRONGPASS") => "Put the right user and password into the URL.",
        Some("NOPERM") => {
            "Let the user do MULTI, EXEC, XADD, XRANGE, XINFO, XREADGROUP, XACK, XAUTOCLAIM, XPENDING, XGROUP, PUBLISH and INFO."
        }
        Some("OOM") => "Give Redis more memory, or trim streams that everybody has read.",
        _ if error.kind() == redis::ErrorKind::AuthenticationFailed => "Put the right user and password into the URL.",
        _ => "See that Redis runs at this address; what waits is sent when it is back.",
    };
    Problem::new(Code::RedisUnavailable, place, format!("Redis does not take what it is sent: {}.", brief(error)), hint)
}

/// An error in one line, without what we sent.
pub(super) fn brief(error: &RedisError) -> String {
    if error.is_timeout() {
        return "no answer in time".to_owned();
    }
    let text = error.to_string();
    text.trim_end_matches('.').chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_stay_hidden() {
        assert_eq!(masked("redis://:secret@127.0.0.1:6379/0"), "redis://:***@127.0.0.1:6379/0");
        assert_eq!(masked("redis://ann:se@cret@host"), "redis://ann:***@host");
        assert_eq!(masked("redis://host"), "redis://host");
        assert_eq!(address("redis://ann:secret@127.0.0.1:7000").unwrap(), "127.0.0.1:7000");
        assert!(
            !address("redis://ann:secret@:bad:").map_or_else(|problem| problem.to_string(), |_| String::new()).contains("secret")
        );
    }

    #[test]
    fn what_would_lose_data_is_named() {
        let facts = facts_of("redis_version:7.0.15\r\naof_enabled:0\r\nmaxmemory:100\r\nmaxmemory_policy:allkeys-lru\r\n");
        assert_eq!((facts.version.as_str(), facts.warnings().len()), ("7.0.15", 2));
        let kept = Facts { appendonly: true, appendfsync: Some("everysec".to_owned()), maxmemory: 0, ..facts };
        assert!(kept.warnings().is_empty());
        assert!(version_of("6.0.16") < OLDEST && version_of("6.2.0") >= OLDEST && version_of("10.1") >= OLDEST);
    }
}
