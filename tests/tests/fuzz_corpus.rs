//! Replays the committed fuzz corpus: inputs that once failed, and the seeds.

use std::fs;
use tests::fuzz::TARGETS;
use tests::place;

#[test]
fn every_input_of_the_corpus_passes() {
    for (name, target) in TARGETS {
        let folder = place::root().join("tests/fuzz/corpus").join(name);
        let mut inputs: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        inputs.sort();
        assert!(!inputs.is_empty(), "no corpus for {name}");
        for input in inputs {
            target(&fs::read(&input).unwrap());
        }
    }
}

/// The seeds, mutated by a fixed generator: a little of what the fuzzer does, with every test run.
#[test]
fn mutated_files_never_panic() {
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    for (name, target) in TARGETS {
        let folder = place::root().join("tests/fuzz/corpus").join(name);
        let mut inputs: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        inputs.sort();
        for input in inputs.iter().take(20) {
            let seed = fs::read(input).unwrap();
            for _ in 0..20 {
                let mut bytes = seed.clone();
                for _ in 0..=next() % 4 {
                    let at = (next() as usize) % bytes.len().max(1);
                    match next() % 4 {
                        0 => bytes.truncate(at),
                        1 if at < bytes.len() => bytes[at] = next() as u8,
                        2 if at < bytes.len() => bytes[at] ^= 1 << (next() % 8),
                        _ => bytes.insert(at.min(bytes.len()), [0, 0xFF, 0x7F, 0x80, b'"', b'\n'][next() as usize % 6]),
                    }
                }
                target(&bytes);
            }
        }
    }
}
