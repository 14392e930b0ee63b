//! One error type for every operation, shaped as RFC 9457 problem details.
//!
//! A [`Problem`] carries up to [`Faults::MAX`] faults found in one input, so that a user mends a file once instead of
//! fifty times. A fault names its place, says what is wrong with the value, and how to mend it. Warnings have the
//! same shape and travel inside a response.

use serde::Serialize;
use std::fmt;

/// Declares the stable, documented codes once: name, text on the wire, HTTP status, and meaning.
macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal, $status:literal;)+) => {
        /// Stable code of a fault or warning; the list is part of the contract and only grows.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Code { $($(#[doc = $doc])+ $name,)+ }

        impl Code {
            /// Every code, in the order of the reference page.
            pub const ALL: &'static [Code] = &[$(Code::$name),+];

            /// The code as it stands in JSON.
            pub const fn as_str(self) -> &'static str {
                match self { $(Code::$name => $text),+ }
            }

            /// The HTTP status that belongs to it.
            pub const fn status(self) -> u16 {
                match self { $(Code::$name => $status),+ }
            }

            /// What it means, for the reference page.
            pub const fn meaning(self) -> &'static str {
                match self { $(Code::$name => concat!($($doc),+)),+ }
            }
        }
    };
}

codes! {
    /// The bytes are not JSON; the place is line and column.
    InvalidJson = "invalid_json", 400;
    /// The bytes are not the YAML or TOML they are said to be.
    InvalidConfigFile = "invalid_config_file", 400;
    /// The formula cannot be read; the place ends in line and character.
    InvalidFormula = "invalid_formula", 422;
    /// A field that the request does not have; the hint names the nearest that it has.
    UnknownField = "unknown_field", 422;
    /// A field that must be there is not.
    MissingField = "missing_field", 422;
    /// The value has another type than the field.
    WrongType = "wrong_type", 422;
    /// The word is none of the choices; the hint names the nearest.
    UnknownChoice = "unknown_choice", 422;
    /// The number lies outside the range of the field.
    OutOfRange = "out_of_range", 422;
    /// The number is NaN, infinite or null where a finite one is needed.
    NotFinite = "not_finite", 422;
    /// The request is of a version that this build does not know.
    UnsupportedVersion = "unsupported_version", 422;
    /// The same name stands twice where names are unique.
    Duplicate = "duplicate", 422;
    /// A name is empty or holds control characters.
    InvalidName = "invalid_name", 422;
    /// A date or time cannot be read.
    InvalidDate = "invalid_date", 422;
    /// Nothing was given where at least one thing is needed.
    Empty = "empty", 422;
    /// A negative weight, and short positions are not allowed.
    ShortNotAllowed = "short_not_allowed", 422;
    /// A volatility is zero, negative, infinite or not a number.
    InvalidVolatility = "invalid_volatility", 422;
    /// The method needs statistics or returns that were not given.
    MissingStatistics = "missing_statistics", 422;
    /// Two settings contradict each other.
    Conflict = "conflict", 422;
    /// The caps cannot hold with the target placed, and `on_infeasible_cap` is `error`.
    InfeasibleCaps = "infeasible_caps", 422;
    /// More rows, columns, bytes, strategies or symbols than the stated limit.
    LimitExceeded = "limit_exceeded", 413;
    /// The file's format could not be recognised.
    UnknownFormat = "unknown_format", 415;
    /// The file is damaged or ends early.
    CorruptFile = "corrupt_file", 422;
    /// The file uses a feature that is not supported; the message names it.
    UnsupportedFeature = "unsupported_feature", 415;
    /// A column that is needed is not in the table.
    MissingColumn = "missing_column", 422;
    /// Two columns could be the same thing.
    AmbiguousColumn = "ambiguous_column", 422;
    /// A row does not have as many fields as the header.
    BrokenRow = "broken_row", 422;
    /// A cell that cannot be read as its column's type.
    InvalidCell = "invalid_cell", 422;
    /// Series of different frequency are mixed.
    MixedFrequency = "mixed_frequency", 422;
    /// The dates do not lie as `periods_per_year` says; annualised figures would be wrong.
    FrequencyMismatch = "frequency_mismatch", 422;
    /// A return below -1, or a price at or below zero.
    ImpossibleValue = "impossible_value", 422;
    /// Too little history for the figure; it is unknown, not zero.
    InsufficientHistory = "insufficient_history", 422;
    /// A declared strategy has no rows; it was skipped.
    EmptyStrategy = "empty_strategy", 422;
    /// A strategy's statistic is unknown; it got the conservative weight.
    UnknownStatistic = "unknown_statistic", 422;
    /// A cap binds and part of the target stays in cash.
    CapBinds = "cap_binds", 422;
    /// Caps were raised because `on_infeasible_cap` is `relax`.
    CapRelaxed = "cap_relaxed", 422;
    /// Symbols were left out by `min_score`, `positions_max` or `position_min`.
    SymbolsDropped = "symbols_dropped", 422;
    /// A limit other than a cap binds.
    LimitBinds = "limit_binds", 422;
    /// One strategy is declared; it passes through unblended and uncapped.
    SingleStrategy = "single_strategy", 422;
    /// The allocator is switched off for this portfolio.
    AllocatorDisabled = "allocator_disabled", 422;
    /// A value was read as something other than it was written as (a resampled series, say).
    Converted = "converted", 422;
    /// More money is to leave an account than it has in cash.
    InsufficientCash = "insufficient_cash", 422;
    /// An order was dropped: it is for no shares, or its symbol has no price.
    OrderDropped = "order_dropped", 422;
    /// An order is larger than its strategy can pay for and was scaled down.
    OrderScaled = "order_scaled", 422;
    /// Strategies would have more than all capital together.
    OverAllocated = "over_allocated", 422;
    /// A strategy cannot go from the state in which it is to the one that is asked for.
    IllegalTransition = "illegal_transition", 422;
    /// A policy that the settings turn on forbids it.
    PolicyForbids = "policy_forbids", 422;
    /// Costs left a rebalance a little short of its target.
    TargetMissed = "target_missed", 422;
    /// Two of our own orders could trade with each other outside; they leave one after the other.
    SelfTrade = "self_trade", 422;
    /// Rows are not in the order of their dates.
    Unsorted = "unsorted", 422;
    /// A value is older than its limit.
    Stale = "stale", 422;
    /// A file of precomputed scalars does not agree with its meta file: changed, cut short, of another run or universe.
    ScalarFile = "scalar_file", 422;
    /// The risk overlay failed safe: a scalar was unknown or too old.
    FailSafe = "fail_safe", 422;
    /// The work was cancelled.
    Cancelled = "cancelled", 499;
    /// No such operation or page.
    NotFound = "not_found", 404;
    /// The page or operation is there, but not for this HTTP method; `Allow` names those that are.
    MethodNotAllowed = "method_not_allowed", 405;
    /// The body is of another media type than the operation reads.
    UnsupportedMediaType = "unsupported_media_type", 415;
    /// The request did not arrive whole within the time limit.
    RequestTimeout = "request_timeout", 408;
    /// More work at once than the server takes on, or an answer not ready in time; try again after `Retry-After` seconds.
    Overloaded = "overloaded", 503;
    /// The token has sent as many requests as it may in a second; try again after `Retry-After` seconds.
    RateLimited = "rate_limited", 429;
    /// The `Host` of the request is none that this server answers to, or its `Origin` is a foreign page.
    HostNotAllowed = "host_not_allowed", 403;
    /// The address would open the server to other machines, and it has no tokens to guard it.
    UnsafeAddress = "unsafe_address", 422;
    /// No token came with the request, or none that is known, valid and not revoked.
    Unauthorized = "unauthorized", 401;
    /// The token's role may not do this.
    Forbidden = "forbidden", 403;
    /// The digest is not that of the answer to this request: what was seen is not what would be submitted.
    DigestMismatch = "digest_mismatch", 409;
    /// The idempotency key was used before, for something else.
    IdempotencyMismatch = "idempotency_mismatch", 409;
    /// The submission cannot go from its state to that one.
    InvalidState = "invalid_state", 409;
    /// A strategy has no signals and the portfolio's policy is to abort.
    MissingSignals = "missing_signals", 422;
    /// A strategy's signals are older than the freshness limit and the portfolio's policy is to abort.
    StaleSignals = "stale_signals", 422;
    /// A time lies in the future by more than the tolerance, or before what is known already.
    ClockSkew = "clock_skew", 422;
    /// The disk or the journal's own limit is full; nothing was done.
    StorageFull = "storage_full", 507;
    /// The journal was changed or damaged: its chain of hashes does not hold.
    JournalDamaged = "journal_damaged", 500;
    /// The data directory is in use by another process that must stop first.
    JournalInUse = "journal_in_use", 409;
    /// Redis cannot be reached or refuses; what was to be sent is kept and sent later.
    RedisUnavailable = "redis_unavailable", 503;
    /// Redis is too old, or set up so that it would lose what it is given.
    RedisUnsupported = "redis_unsupported", 503;
    /// The command line cannot be understood.
    InvalidUsage = "invalid_usage", 400;
    /// There is no such file.
    FileNotFound = "file_not_found", 404;
    /// A file could not be read or written.
    Io = "io", 500;
    /// A defect of the program itself; please report it.
    Internal = "internal", 500;
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Code {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Code".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let all: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
        schemars::json_schema!({ "type": "string", "enum": all, "description": "Stable code of a fault or warning." })
    }
}

/// One thing that is wrong, or worth a warning: where, what, and how to mend it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Fault {
    /// Stable code.
    pub code: Code,
    /// JSON pointer, or `file:line:column`, of the offending value.
    pub path: String,
    /// What is wrong, with the value.
    pub message: String,
    /// How to mend it.
    pub hint: String,
}

impl Fault {
    /// A fault with its place, what is wrong and how to mend it.
    pub fn new(code: Code, path: impl fmt::Display, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Fault { code, path: path.to_string(), message: message.into(), hint: hint.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        write!(f, "{}", self.message)?;
        if !self.hint.is_empty() {
            write!(f, " {}", self.hint)?;
        }
        Ok(())
    }
}

/// Collects faults while reading on, so that all are reported together.
///
/// Keeps the first [`Faults::MAX`]; further ones are counted, not kept, so that a hostile file cannot fill memory.
#[derive(Debug, Default)]
pub struct Faults {
    kept: Vec<Fault>,
    omitted: u64,
}

impl Faults {
    /// As many as one answer reports.
    pub const MAX: usize = 50;

    /// An empty collection.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one.
    pub fn push(&mut self, fault: Fault) {
        if self.kept.len() < Self::MAX {
            self.kept.push(fault);
        } else {
            self.omitted += 1;
        }
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// How many were found, with those not kept.
    pub fn count(&self) -> u64 {
        self.kept.len() as u64 + self.omitted
    }

    /// Whether a further fault would only be counted; a reader of a hopeless file may stop here.
    pub fn is_full(&self) -> bool {
        self.kept.len() >= Self::MAX
    }

    /// The kept faults.
    pub fn as_slice(&self) -> &[Fault] {
        &self.kept
    }

    /// Puts `prefix` before every path, as when a table of a request was read on its own.
    #[must_use]
    pub fn under(mut self, prefix: &str) -> Self {
        for fault in &mut self.kept {
            fault.path = format!("{prefix}{}", fault.path);
        }
        self
    }

    /// Names every place anew, as when a pointer into a tree becomes the line of a file.
    pub fn relocate(&mut self, mut place: impl FnMut(&str) -> String) {
        for fault in &mut self.kept {
            fault.path = place(&fault.path);
        }
    }

    /// Takes over the faults of `other`.
    pub fn extend(&mut self, other: Faults) {
        for fault in other.kept {
            self.push(fault);
        }
        self.omitted += other.omitted;
    }

    /// The value, if nothing was found.
    ///
    /// # Errors
    /// All faults found, as one problem.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, Problem> {
        match value {
            Some(value) if self.is_empty() => Ok(value),
            _ => Err(Problem::from(self)),
        }
    }
}

/// Why an operation was refused: RFC 9457 problem details with the faults found.
///
/// `code`, `path`, `message` and `hint` repeat the first fault, so that a caller who wants one line has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Problem {
    /// URI reference of the problem type, made of the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// Short summary for a person.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// The first fault's sentence (RFC 9457's name for it).
    pub detail: String,
    /// The first fault's code.
    pub code: Code,
    /// The first fault's place.
    pub path: String,
    /// The first fault's sentence.
    pub message: String,
    /// The first fault's mend.
    pub hint: String,
    /// Every fault found, at most 50.
    pub problems: Vec<Fault>,
    /// How many more were found and are not listed.
    pub omitted: u64,
}

impl Problem {
    /// A problem of one fault.
    pub fn new(code: Code, path: impl fmt::Display, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Problem::from(Fault::new(code, path, message, hint))
    }

    /// A defect of ours, reported instead of a panic.
    pub fn internal(message: impl Into<String>) -> Self {
        Problem::new(Code::Internal, "", message, "This is a defect of the allocator: please report it with the input.")
    }

    /// Puts `prefix` before every path.
    #[must_use]
    pub fn under(self, prefix: &str) -> Self {
        Problem::from(Faults { kept: self.problems, omitted: self.omitted }.under(prefix))
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        Problem::from(Faults { kept: vec![fault], omitted: 0 })
    }
}

impl From<Faults> for Problem {
    fn from(faults: Faults) -> Self {
        let count = faults.count();
        let Some(first) = faults.kept.first().cloned() else {
            return Problem::internal("an operation failed without saying why");
        };
        let title =
            if count == 1 { String::from("The input was refused") } else { format!("The input was refused: {count} faults") };
        Problem {
            kind: format!("urn:multi-alpha-allocator:problem:{}", first.code),
            title,
            status: first.code.status(),
            detail: first.message.clone(),
            code: first.code,
            path: first.path,
            message: first.message,
            hint: first.hint,
            problems: faults.kept,
            omitted: faults.omitted,
        }
    }
}

impl From<Problem> for Faults {
    fn from(problem: Problem) -> Self {
        Faults { kept: problem.problems, omitted: problem.omitted }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, fault) in self.problems.iter().enumerate() {
            if i > 0 {
                writeln!(f)?;
            }
            write!(f, "{fault}")?;
        }
        if self.omitted > 0 {
            write!(f, "\n… and {} more", self.omitted)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problem {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_keeps_fifty_faults_and_counts_the_rest() {
        let mut faults = Faults::new();
        for row in 0..60 {
            faults.push(Fault::new(Code::InvalidCell, format!("a.csv:{row}:1"), "bad", "mend"));
        }
        let problem = Problem::from(faults);
        assert_eq!(problem.problems.len(), 50);
        assert_eq!(problem.omitted, 10);
        assert_eq!(problem.path, "a.csv:0:1");
        assert!(problem.title.contains("60"));
    }

    #[test]
    fn codes_are_unique() {
        let mut texts: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
        texts.sort_unstable();
        let before = texts.len();
        texts.dedup();
        assert_eq!(texts.len(), before);
    }
}
