//! The same request gives the same bytes: natively, in WebAssembly, in any order of its parts, and on the machine that wrote
//! `golden/bytes.txt` (C2, Q20).

use allocator_core::wire::Digest;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::thread;
use tests::engine::{Native, Reply, Request, Wasm};
use tests::generate::{Pair, pair};
use tests::place;

const SEED: u64 = 20_260_101;
const CASES: u64 = 12_000;
/// Cases in one piece of work.
const CHUNK: u64 = 500;

/// Natively carried out, on all processors; the results come back in order.
fn natively(work: impl Fn(u64) -> Reply + Sync) -> Vec<Reply> {
    let threads = thread::available_parallelism().map_or(1, usize::from) as u64;
    let mut parts: Vec<(u64, Vec<Reply>)> = thread::scope(|scope| {
        let started: Vec<_> = (0..threads)
            .map(|thread| {
                let work = &work;
                scope.spawn(move || {
                    (0..CASES.div_ceil(CHUNK))
                        .filter(|chunk| chunk % threads == thread)
                        .map(|chunk| (chunk, (chunk * CHUNK..CASES.min((chunk + 1) * CHUNK)).map(work).collect()))
                        .collect::<Vec<(u64, Vec<Reply>)>>()
                })
            })
            .collect();
        started.into_iter().flat_map(|handle| handle.join().expect("a thread of the test panicked")).collect()
    });
    parts.sort_by_key(|(chunk, _)| *chunk);
    parts.into_iter().flat_map(|(_, replies)| replies).collect()
}

fn carried_out(case: u64, request: &Request) -> Reply {
    Native::carry_out(request)
        .unwrap_or_else(|broken| panic!("case {case}: {broken}\n{}", String::from_utf8_lossy(&request.body)))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Where two texts part, with a little of both.
fn parting(one: &[u8], other: &[u8]) -> String {
    let at = one.iter().zip(other).position(|(a, b)| a != b).unwrap_or(one.len().min(other.len()));
    let around = |bytes: &[u8]| text(&bytes[at.saturating_sub(60).min(bytes.len())..bytes.len().min(at + 60)]);
    format!("byte {at}:\n  {}\n  {}", around(one), around(other))
}

/// The codes of a problem, sorted: the order in which faults are found follows the order of the input.
fn codes(reply: &Reply) -> Vec<String> {
    let problem: serde_json::Value = serde_json::from_slice(&reply.bytes).unwrap_or_default();
    let faults = problem["problems"].as_array().cloned().unwrap_or_default();
    let mut codes: Vec<String> = faults.iter().filter_map(|fault| fault["code"].as_str().map(str::to_owned)).collect();
    codes.sort();
    codes.dedup();
    codes
}

#[test]
fn any_order_of_the_input_gives_the_same_bytes_and_they_are_the_golden_ones() {
    let replies = natively(|case| {
        let Pair { request, permuted } = pair(SEED, case);
        let (one, other) = (carried_out(case, &request), carried_out(case, &permuted));
        let same = if one.refused { other.refused && codes(&one) == codes(&other) } else { one == other };
        assert!(
            same,
            "case {case}, {}: {}\n{}\n{}",
            request.operation,
            parting(&one.bytes, &other.bytes),
            text(&request.body),
            text(&permuted.body)
        );
        one
    });
    let refused = replies.iter().filter(|reply| reply.refused).count();
    assert!(refused * 20 > replies.len() && refused * 3 < replies.len(), "{refused} of {} were refused", replies.len());
    golden(&replies);
}

#[test]
fn wasm_gives_the_same_bytes() {
    let mut wasm = Wasm::start().unwrap_or_else(|why| panic!("{why}"));
    let native = natively(|case| carried_out(case, &pair(SEED, case).request));
    for first in (0..CASES).step_by(CHUNK as usize) {
        let requests: Vec<Request> = (first..CASES.min(first + CHUNK)).map(|case| pair(SEED, case).request).collect();
        wasm.stream(&requests, |i, reply| {
            let case = first as usize + i;
            let reply = reply.unwrap_or_else(|broken| panic!("case {case}: {broken}\n{}", text(&requests[i].body)));
            assert!(
                reply == native[case],
                "case {case}, {}: native and wasm part at {}\n{}",
                requests[i].operation,
                parting(&native[case].bytes, &reply.bytes),
                text(&requests[i].body)
            );
        });
    }
}

/// Compares with the golden run, one line for each operation, so that a change is seen where it is. `ALLOCATOR_BLESS=1` writes the
/// file anew.
fn golden(replies: &[Reply]) {
    let mut all: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for (case, reply) in replies.iter().enumerate() {
        let hashes = all.entry(pair(SEED, case as u64).request.operation).or_default();
        hashes.extend(Digest::of(&reply.bytes).to_string().bytes());
    }
    let mut found = format!("seed {SEED}, {CASES} cases\n");
    for (operation, hashes) in all {
        writeln!(found, "{operation} {}", Digest::of(&hashes)).expect("writing to a string does not fail");
    }
    let path = place::root().join("tests/golden/bytes.txt");
    if std::env::var_os("ALLOCATOR_BLESS").is_some() {
        fs::write(&path, &found).expect("the golden file can be written");
    }
    let golden = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        found, golden,
        "The bytes of these operations differ from tests/golden/bytes.txt. If answers were meant to change, write it anew with \
         ALLOCATOR_BLESS=1 and say why in the commit; if they were not, this machine or this change breaks determinism."
    );
}
