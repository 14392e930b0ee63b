//! The work that every bench does: made by counting, so that native, browser and the peers in Python work on the same numbers.
//!
//! Number i is `splitmix64(i)` brought to 0..1 by its upper 53 bits. Strategy s names symbol j with probability 0.7. Source of the generator:
//! Steele, Lea and Flood (2014), "Fast Splittable Pseudorandom Number Generators".

use std::fmt::Write as _;

/// Number `i` of the stream, from 0 up to 1.
pub(crate) fn uniform(i: u64) -> f64 {
    let mut z = i.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}

/// Share of the symbols that a strategy names.
const NAMED: f64 = 0.7;

/// The rows of one strategy: symbol number, score from -1 to 1, weight from 0 to 1.
fn rows(strategy: u64, symbols: u64) -> impl Iterator<Item = (u64, f64, f64)> {
    (0..symbols).filter_map(move |symbol| {
        let i = 3 * (strategy * symbols + symbol);
        (uniform(i) < NAMED).then(|| (symbol, 2.0 * uniform(i + 1) - 1.0, uniform(i + 2)))
    })
}

/// A request of `strategies` × `symbols`, with default settings: rank aggregation under a cap of 40 %.
pub(crate) fn blend_request(strategies: u64, symbols: u64) -> String {
    let mut text = String::from("{\"signals\":{");
    for strategy in 0..strategies {
        let (mut names, mut scores, mut weights) = (String::new(), String::new(), String::new());
        for (symbol, score, weight) in rows(strategy, symbols) {
            let comma = if names.is_empty() { "" } else { "," };
            let _ = write!(names, "{comma}\"SYM{symbol:05}\"");
            let _ = write!(scores, "{comma}{score}");
            let _ = write!(weights, "{comma}{weight}");
        }
        let comma = if strategy == 0 { "" } else { "," };
        let _ = write!(text, "{comma}\"s{strategy:02}\":{{\"symbol\":[{names}],\"score\":[{scores}],\"weight\":[{weights}]}}");
    }
    text + "},\"version\":1}"
}

/// Daily returns of `strategies` over `days`: a factor that all share and noise of their own.
pub(crate) fn correlation_request(strategies: u64, days: u64) -> String {
    let mut text = String::from("{\"returns\":{");
    for strategy in 0..strategies {
        let comma = if strategy == 0 { "" } else { "," };
        let _ = write!(text, "{comma}\"s{strategy:02}\":[");
        for day in 0..days {
            let shared = uniform(day) - 0.5;
            let own = uniform((strategy + 1) * days + day) - 0.5;
            let comma = if day == 0 { "" } else { "," };
            let _ = write!(text, "{comma}[\"{}\",{}]", weekday(day), 0.01 * (shared + own));
        }
        text.push(']');
    }
    text + "},\"version\":1}"
}

/// The day number `day` of a calendar of weekdays that begins on Monday 2014-01-06.
fn weekday(day: u64) -> String {
    const FIRST: i64 = 16_076;
    let days = FIRST + (day / 5 * 7 + day % 5) as i64;
    allocator_core::units::UnixNanos::from_days(days).map(|day| day.to_string()).unwrap_or_default()
}

/// A CSV of signals with so many rows: 1,000 symbols for each strategy.
#[allow(dead_code, reason = "each bench takes what it needs")]
pub(crate) fn signals_csv(rows: u64) -> String {
    let mut text = String::from("strategy,symbol,score,weight\n");
    for row in 0..rows {
        let (strategy, symbol) = (row / 1_000, row % 1_000);
        let _ = writeln!(text, "s{strategy:04},SYM{symbol:05},{:.6},{:.6}", 2.0 * uniform(2 * row) - 1.0, uniform(2 * row + 1));
    }
    text
}

/// Times `work` in batches of some milliseconds for two seconds and prints the least and the middle of the batches' means.
///
/// On a machine that others use, the least is what the work takes; the middle is what the others leave of it. `now` is a clock in
/// milliseconds.
#[allow(dead_code, reason = "each bench takes what it needs")]
pub(crate) fn least<T>(name: &str, now: impl Fn() -> f64, print: impl Fn(&str), mut work: impl FnMut() -> T) {
    const BATCH_MS: f64 = 4.0;
    const ALL_MS: f64 = 2_000.0;
    let mut time = |count: u32| {
        let begin = now();
        for _ in 0..count {
            std::hint::black_box(work());
        }
        (now() - begin) / f64::from(count)
    };
    let first = (0..20).map(|_| time(1)).fold(f64::INFINITY, f64::min).max(0.001);
    let count = (BATCH_MS / first).ceil().max(1.0) as u32;
    let begin = now();
    let mut batches = Vec::new();
    while batches.len() < 10 || now() - begin < ALL_MS {
        batches.push(time(count));
    }
    batches.sort_by(f64::total_cmp);
    let (least, middle) = (batches[0] * 1e3, batches[batches.len() / 2] * 1e3);
    print(&format!("{name:28} least {least:12.1} µs   middle {middle:12.1} µs   {} batches of {count}", batches.len()));
}
