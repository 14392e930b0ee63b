//! Settings of `allocator serve`: every limit with its unit, default, range and reason.

use super::portfolio::PortfolioConfig;
use allocator_core::wire::{At, Choice, Decode, Fields, Json};
use allocator_core::{Code, Fault, Faults, Problem};
use serde::Serialize;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::time::Duration;

/// How log lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line, for log collectors.
    Json,
}

impl Choice for LogFormat {
    const WORDS: &'static [(Self, &'static str, &'static [&'static str], &'static str)] =
        &[(LogFormat::Text, "text", &[], " For people."), (LogFormat::Json, "json", &[], " One JSON object a line.")];
}

impl Decode for LogFormat {
    fn decode(json: &Json, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        Self::decode_word(json, at, faults)
    }
}

/// The least important log line that is still written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LogLevel {
    /// What failed.
    Error,
    /// What deserves a look.
    Warn,
    /// One line a request.
    #[default]
    Info,
    /// Connections too.
    Debug,
    /// Everything.
    Trace,
}

impl Choice for LogLevel {
    const WORDS: &'static [(Self, &'static str, &'static [&'static str], &'static str)] = &[
        (LogLevel::Info, "info", &[], " One line a request."),
        (LogLevel::Error, "error", &[], " What failed."),
        (LogLevel::Warn, "warn", &["warning"], " What deserves a look."),
        (LogLevel::Debug, "debug", &[], " Connections too."),
        (LogLevel::Trace, "trace", &[], " Everything."),
    ];
}

impl Decode for LogLevel {
    fn decode(json: &Json, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        Self::decode_word(json, at, faults)
    }
}

/// Most portfolios of one server.
pub const PORTFOLIOS_MAX: usize = 1_000;

/// Declares the settings once: field, type, default and, for numbers, the range.
macro_rules! settings {
    ($($(#[doc = $doc:literal])+ $field:ident: $type:ty = $default:expr $(, $low:literal..=$high:literal)?;)+) => {
        /// Settings of the server. Read with [`ServerConfig::decode`], checked with [`ServerConfig::validate`].
        #[derive(Clone, Debug, PartialEq, Serialize)]
        pub struct ServerConfig { $($(#[doc = $doc])+ pub $field: $type,)+ }

        impl Default for ServerConfig {
            fn default() -> Self {
                ServerConfig { $($field: $default,)+ }
            }
        }

        impl ServerConfig {
            /// Name and documentation of every setting, for the reference page.
            pub const FIELDS: &'static [(&'static str, &'static str)] = &[$((stringify!($field), concat!($($doc),+))),+];

            fn check_ranges(&self, at: &At<'_>, faults: &mut Faults) {
                $($(if !($low..=$high).contains(&self.$field) {
                    faults.push(Fault::new(
                        Code::OutOfRange,
                        at.key(stringify!($field)),
                        format!("{} is {}.", stringify!($field), self.$field),
                        concat!("Give a whole number from ", stringify!($low), " to ", stringify!($high), "."),
                    ));
                })?)+
            }
        }

        impl Decode for ServerConfig {
            fn decode(json: &Json, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
                let defaults = ServerConfig::default();
                let mut fields = Fields::open(json, at, faults)?;
                $(let $field: Option<$type> = fields.optional(stringify!($field), defaults.$field, at, faults);)+
                fields.close(at, faults);
                Some(ServerConfig { $($field: $field?,)+ })
            }
        }
    };
}

settings! {
    /// Address and port to listen on. Any other than loopback needs tokens (`allocator token add`). Port 0 takes a free one.
    listen: String = String::from("127.0.0.1:8080");
    /// Directory that holds what the server keeps; created if it is not there.
    data: String = String::from("allocator-data");
    /// Largest journal, MiB; beyond it what would be recorded is refused. 0 is no limit but the disk's.
    journal_mib_max: u32 = 0, 0..=16_777_216;
    /// Redis for alerts, submissions and signals: `redis://[user:password@]host[:port][/db]`; null works without.
    redis: Option<String> = None;
    /// First part of the names of all Redis streams.
    redis_prefix: String = String::from("allocator");
    /// Redis channel of alerts.
    redis_channel: String = String::from("alerts");
    /// Longest wait for an answer of Redis, milliseconds. Then nothing is known, and the same is sent again under the same id.
    redis_timeout_ms: u32 = 2_000, 50..=60_000;
    /// Signals that another reader took from Redis and did not acknowledge for so long are taken over, milliseconds.
    redis_claim_ms: u32 = 30_000, 100..=3_600_000;
    /// A message that was taken so often without an end goes to the dead letters.
    redis_deliveries_max: u32 = 5, 1..=1_000;
    /// How far ahead of this clock a time may be, milliseconds.
    clock_tolerance_ms: u32 = 300_000, 0..=86_400_000;
    /// Portfolios by name, each with its settings.
    portfolios: BTreeMap<String, PortfolioConfig> = BTreeMap::from([("main".to_owned(), PortfolioConfig::default())]);
    /// Origins (`https://portal.example.com`) whose pages may call the API from a browser.
    allowed_origins: Vec<String> = Vec::new();
    /// Requests of one token in a second, and as many at once after a quiet second; beyond it 429. Messages of a socket count. 0 is no limit.
    token_requests_per_second: u32 = 1_000, 0..=1_000_000;
    /// Event streams (SSE and WebSocket) open at once; beyond it they are shed with 503.
    streams_max: u32 = 256, 0..=100_000;
    /// Directory of the built dashboard; null looks for `dist` in the current directory, then beside the program.
    assets: Option<String> = None;
    /// Names besides localhost that a browser may reach the server by, without port (a page that rebinds its own name is refused).
    allowed_hosts: Vec<String> = Vec::new();
    /// Origins besides this server that the dashboard may fetch data and streams from: scheme, host and port (`wss://feed.example`).
    connect_sources: Vec<String> = Vec::new();
    /// Largest request body, bytes. 32 MiB holds 50 strategies of 5,000 symbols several times over.
    body_bytes_max: u32 = 33_554_432, 1_024..=1_073_741_824;
    /// Request bodies held in memory at once, bytes; beyond it requests are shed.
    memory_bytes_max: u32 = 268_435_456, 1_048_576..=4_294_967_295;
    /// Operations computed at once; 0 takes one for each processor.
    workers: u32 = 0, 0..=1_024;
    /// Requests that may wait for a worker; beyond it they are shed with 503. 64 lets 50 clients in step be served.
    queue_max: u32 = 64, 0..=100_000;
    /// Connections open at once; beyond it new ones are answered 503 and closed. Below the usual 1,024 open files.
    connections_max: u32 = 768, 1..=100_000;
    /// Time to send the whole header, and to stay idle between two requests, milliseconds.
    header_timeout_ms: u32 = 14_000, 50..=600_000;
    /// Time to send the whole body, milliseconds.
    body_timeout_ms: u32 = 30_000, 50..=3_600_000;
    /// Time for waiting and computing, milliseconds.
    answer_timeout_ms: u32 = 60_000, 50..=3_600_000;
    /// Longest stop of a client that reads its answer, milliseconds.
    write_timeout_ms: u32 = 30_000, 50..=3_600_000;
    /// Time for open requests to finish after SIGTERM, milliseconds.
    shutdown_timeout_ms: u32 = 8_000, 0..=600_000;
    /// OpenTelemetry collector that gets a span for each request and cycle, as OTLP over HTTP with JSON (`http://127.0.0.1:4318`); null exports nothing.
    otlp_endpoint: Option<String> = None;
    /// The least important log line that is still written.
    log_level: LogLevel = LogLevel::Info;
    /// How log lines are written.
    log_format: LogFormat = LogFormat::Text;
}

impl ServerConfig {
    /// Checks every number and every rule between settings; pushes all faults found.
    pub fn validate(&self, at: &At<'_>, faults: &mut Faults) {
        self.check_ranges(at, faults);
        if let Err(problem) = self.address() {
            faults.extend(Faults::from(problem).under(&at.to_string()));
        }
        if self.data.is_empty() {
            faults.push(Fault::new(Code::Empty, at.key("data"), "The data directory is empty text.", "Give a directory."));
        }
        if self.body_bytes_max > self.memory_bytes_max {
            faults.push(Fault::new(
                Code::Conflict,
                at.key("body_bytes_max"),
                format!(
                    "body_bytes_max {} is above memory_bytes_max {}: the largest body would never be let in.",
                    self.body_bytes_max, self.memory_bytes_max
                ),
                "Raise memory_bytes_max or lower body_bytes_max.",
            ));
        }
        self.check_connect_sources(at, faults);
        for (i, origin) in self.allowed_origins.iter().enumerate() {
            let authority = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://")).unwrap_or_default();
            if authority.is_empty() || authority.contains(['/', ' ', '@', '*', '?', '#']) {
                faults.push(Fault::new(
                    Code::InvalidName,
                    at.key("allowed_origins").index(i),
                    format!("{origin:?} is not an origin."),
                    "Give scheme, host and port only, for example \"https://portal.example.com\".",
                ));
            }
        }
        if let Some(url) = &self.redis
            && let Err(problem) = crate::redis_link::address(url)
        {
            faults.extend(Faults::from(problem).under(&at.to_string()));
        }
        if let Some(url) = &self.otlp_endpoint
            && let Err(problem) = crate::spans::check(url)
        {
            faults.extend(Faults::from(problem).under(&at.to_string()));
        }
        let plain = |text: &str| {
            !text.is_empty() && text.len() <= 64 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:{}".contains(&b))
        };
        for (name, text) in [("redis_prefix", &self.redis_prefix), ("redis_channel", &self.redis_channel)] {
            if !plain(text) {
                faults.push(Fault::new(
                    Code::InvalidName,
                    at.key(name),
                    format!("{name} is {text:?}."),
                    "Use letters, digits, - _ . : and braces, at most 64.",
                ));
            }
        }
        let portfolios = at.key("portfolios");
        if self.portfolios.len() > PORTFOLIOS_MAX {
            let message = format!("{} portfolios; {PORTFOLIOS_MAX} is the limit.", self.portfolios.len());
            faults.push(Fault::new(Code::LimitExceeded, portfolios, message, "Run another server for the rest."));
        }
        for (name, portfolio) in &self.portfolios {
            if !plain(name) || name.contains([':', '{', '}']) {
                faults.push(Fault::new(
                    Code::InvalidName,
                    portfolios.key(name),
                    format!("{name:?} is no name of a portfolio."),
                    "Use letters, digits, - _ and ., at most 64: it stands in addresses.",
                ));
            }
            portfolio.validate(&portfolios.key(name), faults);
        }
        for (i, host) in self.allowed_hosts.iter().enumerate() {
            if host.is_empty() || host.contains(['/', ' ', '@', '*']) || (host.contains(':') && !host.starts_with('[')) {
                faults.push(Fault::new(
                    Code::InvalidName,
                    at.key("allowed_hosts").index(i),
                    format!("{host:?} is not a host name."),
                    "Give names without scheme, port or path, for example \"allocator.example.com\".",
                ));
            }
        }
    }

    /// Checks the origins that go into the page's policy word for word: nothing in them may end it or widen it.
    fn check_connect_sources(&self, at: &At<'_>, faults: &mut Faults) {
        for (i, source) in self.connect_sources.iter().enumerate() {
            let authority = ["https://", "http://", "wss://", "ws://"].iter().find_map(|scheme| source.strip_prefix(scheme));
            let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.:[]".contains(&byte));
            if !authority.is_some_and(|authority| {
                authority.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[') && plain(authority)
            }) {
                faults.push(Fault::new(
                    Code::InvalidName,
                    at.key("connect_sources").index(i),
                    format!("{source:?} is not an origin."),
                    "Give scheme, host and port only, for example \"wss://feed.example:8443\"; * is not allowed.",
                ));
            }
        }
    }

    /// The address to listen on.
    ///
    /// # Errors
    /// `out_of_range` if it cannot be read.
    pub fn address(&self) -> Result<SocketAddr, Problem> {
        let unreadable = || {
            Problem::new(
                Code::OutOfRange,
                "/listen",
                format!("{:?} is not an address with a port.", self.listen),
                "Write address:port, for example 127.0.0.1:8080, [::1]:8080 or localhost:8080.",
            )
        };
        // Only "localhost" is looked up: any other name would make start-up depend on a name server.
        let address = match self.listen.parse::<SocketAddr>() {
            Ok(address) => address,
            Err(_) if self.listen.starts_with("localhost:") => {
                let found = self.listen.to_socket_addrs().map_err(|_| unreadable())?;
                found.min_by_key(SocketAddr::is_ipv6).ok_or_else(unreadable)?
            }
            Err(_) => return Err(unreadable()),
        };
        Ok(address)
    }

    /// The address to listen on, if it may be listened on: any other than loopback needs tokens.
    ///
    /// # Errors
    /// As [`ServerConfig::address`]; `unsafe_address`.
    pub fn guarded_address(&self, has_tokens: bool) -> Result<SocketAddr, Problem> {
        let address = self.address()?;
        if has_tokens || is_loopback(address.ip()) {
            return Ok(address);
        }
        Err(Problem::new(
            Code::UnsafeAddress,
            "/listen",
            format!("{address} can be reached from other machines, and there are no tokens to tell them apart."),
            "Make one with allocator token add, or listen on 127.0.0.1 or [::1].",
        ))
    }

    /// How many operations are computed at once.
    pub fn worker_count(&self) -> usize {
        match self.workers {
            0 => std::thread::available_parallelism().map_or(2, std::num::NonZero::get),
            some => some as usize,
        }
    }
}

/// Whether only this machine can reach the address (also when it is written as IPv4 inside IPv6).
fn is_loopback(ip: IpAddr) -> bool {
    ip.to_canonical().is_loopback()
}

/// A number of milliseconds as a duration.
pub fn milliseconds(count: u32) -> Duration {
    Duration::from_millis(u64::from(count))
}

#[cfg(test)]
mod tests {
    use super::*;
    use allocator_core::wire::parse;

    fn faults_of(text: &str) -> Vec<String> {
        let mut faults = Faults::new();
        if let Some(config) = ServerConfig::decode(&parse(text.as_bytes()).unwrap(), &At::Root, &mut faults) {
            config.validate(&At::Root, &mut faults);
        }
        faults.as_slice().iter().map(|fault| format!("{} {}", fault.path, fault.code)).collect()
    }

    #[test]
    fn the_defaults_are_valid() {
        assert_eq!(faults_of("{}"), Vec::<String>::new());
    }

    #[test]
    fn all_faults_are_reported_together() {
        assert_eq!(
            faults_of(
                r#"{"listen":"nowhere","body_bytes_max":1073741824,"header_timeout_ms":1,"allowed_hosts":["https://a.b"],"data":""}"#
            ),
            [
                "/header_timeout_ms out_of_range",
                "/listen out_of_range",
                "/data empty",
                "/body_bytes_max conflict",
                "/allowed_hosts/0 invalid_name"
            ]
        );
        assert_eq!(faults_of(r#"{"lissten":"x","log_level":"loud"}"#), ["/log_level unknown_choice", "/lissten unknown_field"]);
    }

    #[test]
    fn sources_of_the_page_are_origins_and_nothing_else() {
        assert_eq!(
            faults_of(r#"{"connect_sources":["https://data.example","wss://feed.example:8443","http://[::1]:9"]}"#),
            Vec::<String>::new()
        );
        for bad in [
            "*",
            "https://*",
            "https:",
            "data.example",
            "https://a.b/path",
            "https://a.b; script-src *",
            "https://",
            "ftp://a.b",
            "https://u@a.b",
        ] {
            assert_eq!(faults_of(&format!(r#"{{"connect_sources":["{bad}"]}}"#)), ["/connect_sources/0 invalid_name"], "{bad}");
        }
    }

    #[test]
    fn portfolios_origins_and_redis_are_checked() {
        assert_eq!(
            faults_of(
                r#"{"allowed_origins":["portal.example.com","https://a.b/c"],"redis":"http://x","redis_prefix":"a b",
                "portfolios":{"a/b":{},"main":{"freshness_ms":0,"blend":{"cash_reserve":2}}}}"#
            ),
            [
                "/allowed_origins/0 invalid_name",
                "/allowed_origins/1 invalid_name",
                "/redis out_of_range",
                "/redis_prefix invalid_name",
                "/portfolios/a~1b invalid_name",
                "/portfolios/main/freshness_ms out_of_range",
                "/portfolios/main/blend/cash_reserve out_of_range"
            ]
        );
        assert_eq!(
            faults_of(r#"{"allowed_origins":["https://portal.example.com:8443"],"redis":"redis://:secret@127.0.0.1:6379/0"}"#),
            Vec::<String>::new()
        );
    }

    #[test]
    fn only_loopback_is_listened_on() {
        let listen = |text: &str| {
            ServerConfig { listen: text.to_owned(), ..ServerConfig::default() }.guarded_address(false).map_err(|p| p.code)
        };
        for good in ["127.0.0.1:0", "[::1]:8080", "127.8.9.1:80", "localhost:8080", "[::ffff:127.0.0.1]:80"] {
            assert!(listen(good).unwrap().ip().to_canonical().is_loopback(), "{good}");
        }
        for bad in ["0.0.0.0:80", "[::]:80", "192.168.1.1:80", "[::ffff:10.0.0.1]:80"] {
            assert_eq!(listen(bad), Err(Code::UnsafeAddress), "{bad}");
            let config = ServerConfig { listen: bad.to_owned(), ..ServerConfig::default() };
            assert!(config.guarded_address(true).is_ok(), "{bad}: with tokens it is guarded");
        }
        for bad in ["", "8080", "127.0.0.1", "example.com:80", "localhost:99999"] {
            assert_eq!(listen(bad), Err(Code::OutOfRange), "{bad}");
        }
    }
}
