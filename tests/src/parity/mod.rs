//! Recorded cases of other systems and libraries, run through the contract and judged.
//!
//! ```text
//! vectors (JSON) ── case ──> topics/*: request ── engine ──> answer ── judge ──> passed | failed | skipped | info
//! ```
//!
//! A `parity` case runs under the preset of its system and must give the recorded figures; a `defect` case runs under the product's
//! defaults and must be refused or differ as its note asks; an `info` case must be answered or refused without a panic.

pub mod case;
pub mod judge;
pub mod topics;
pub mod vectors;

use crate::engine::{Broken, Engine, Native, Reply, Request};
use case::{Case, Status};
use judge::{Finding, Findings};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;

/// How a case came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As it should.
    Passed,
    /// Not as it should: the first finding, and how many more there are.
    Failed(Finding, usize),
    /// No operation of ours answers for it yet.
    Skipped(&'static str),
    /// Carried out for orientation; nothing was compared.
    Informed,
}

/// Sums of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// Cases as they should be.
    pub passed: usize,
    /// Cases that are not.
    pub failed: usize,
    /// Cases that no operation answers for yet.
    pub skipped: usize,
    /// Cases for orientation.
    pub informed: usize,
}

impl fmt::Display for Sum {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
    }
}

/// What a judge works with: the engine, and whether its every reply must equal the native one.
pub struct Bench {
    engine: Box<dyn Engine>,
    against_native: bool,
}

/// What an operation said.
#[derive(Clone, Debug)]
pub enum Response {
    /// An answer.
    Answer(Value),
    /// A problem with the codes of its faults.
    Refusal(Vec<String>),
}

impl Bench {
    /// A bench around an engine; any but the native one is held against the native one.
    pub fn new(engine: Box<dyn Engine>) -> Self {
        let against_native = engine.name() != "native";
        Bench { engine, against_native }
    }

    /// Carries out an operation.
    ///
    /// # Errors
    /// A panic or trap, a refusal that is a defect of ours, or bytes that differ from the native ones.
    pub fn ask(&mut self, operation: &str, request: &Value) -> Result<Response, Finding> {
        let request = Request { operation: operation.to_owned(), body: request.to_string().into_bytes() };
        let broken = |Broken(why): Broken| Finding::new("run", "an answer or a typed refusal", why, "no panic");
        let reply = self.engine.run(&request).map_err(broken)?;
        if self.against_native {
            let native = Native::carry_out(&request).map_err(broken)?;
            if native != reply {
                let digest = |reply: &Reply| parsed(&reply.bytes).and_then(|reply| reply["digest"].as_str().map(str::to_owned));
                let short = |reply: &Reply| digest(reply).unwrap_or_else(|| format!("{} bytes", reply.bytes.len()));
                return Err(Finding::new("digest", short(&native), short(&reply), "equal bytes"));
            }
        }
        let value = parsed(&reply.bytes).ok_or_else(|| Finding::new("run", "JSON", "bytes that are not JSON", "exact"))?;
        if !reply.refused {
            return Ok(Response::Answer(value));
        }
        let faults = value["problems"].as_array().cloned().unwrap_or_default();
        let codes: Vec<String> = faults.iter().filter_map(|fault| fault["code"].as_str().map(str::to_owned)).collect();
        if codes.is_empty() || codes.iter().any(|code| code == "internal") {
            let got = value["message"].as_str().unwrap_or("a problem without a code").to_owned();
            return Err(Finding::new("refusal", "a typed refusal", got, "exact"));
        }
        Ok(Response::Refusal(codes))
    }
}

fn parsed(bytes: &[u8]) -> Option<Value> {
    serde_json::from_slice(bytes).ok()
}

/// Judges one case.
pub fn judge(case: &Case, bench: &mut Bench) -> Verdict {
    if let Some(why) = &case.unreadable {
        return Verdict::Failed(Finding::new("case", "a case of schema seedref/1", why.clone(), "exact"), 0);
    }
    let mut findings = Findings::default();
    match topics::judge(case, bench, &mut findings) {
        Err(finding) => return Verdict::Failed(finding, findings.count()),
        Ok(Some(skipped)) => return Verdict::Skipped(skipped),
        Ok(None) => {}
    }
    match findings.first() {
        Some(first) => Verdict::Failed(first.clone(), findings.count() - 1),
        None if case.status == Status::Info => Verdict::Informed,
        None => Verdict::Passed,
    }
}

/// Judges all cases, tells what is worth telling line by line, and sums up.
pub fn run(cases: &[Case], bench: &mut Bench, mut tell: impl FnMut(String)) -> Sum {
    let mut sum = Sum::default();
    let mut skipped: BTreeMap<(&str, &'static str), usize> = BTreeMap::new();
    for case in cases {
        match judge(case, bench) {
            Verdict::Passed => sum.passed += 1,
            Verdict::Informed => sum.informed += 1,
            Verdict::Skipped(why) => {
                sum.skipped += 1;
                *skipped.entry((&case.group, why)).or_default() += 1;
            }
            Verdict::Failed(first, more) => {
                sum.failed += 1;
                let more = if more > 0 { format!(" (and {more} more)") } else { String::new() };
                tell(format!("failed {}: {first}{more}", case.id));
            }
        }
    }
    for ((group, why), count) in skipped {
        tell(format!("skipped {group}: {count} cases, {why}"));
    }
    sum
}
