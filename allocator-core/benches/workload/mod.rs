//! The work that every bench does: made by counting, so that native, browser and the peers in Python work on the same numbers.
//!
//! Number i is `splitmix64(i)` brought to 0..1 by its upper 53 bits. Strategy s names symbol j with probability 0.7. Source of the generator:
//! Steele, Lea and Flood (2014), "Fast Splittable Pseudorandom Number Generators".

use allocator_core::Faults;
use allocator_core::capital::optimised::FrontierConfig;
use allocator_core::config::capital::{CapitalConfig, CapitalMethod};
use allocator_core::frame::ReturnBook;
use allocator_core::linalg::Symmetric;
use allocator_core::op::Request as _;
use allocator_core::op::capital::{CapitalRequest, CapitalResult};
use allocator_core::units::UnixNanos;
use allocator_core::wire::Choice as _;
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

/// The signals of one strategy: symbol number, score from -1 to 1, weight from 0 to 1.
fn signals(strategy: u64, symbols: u64) -> impl Iterator<Item = (u64, f64, f64)> {
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
        for (symbol, score, weight) in signals(strategy, symbols) {
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

/// Days of returns that capital is split by.
pub(crate) const DAYS: usize = 1_000;

/// Number of strategies (Q3).
pub(crate) const SIZES: [usize; 4] = [10, 50, 200, 500];

/// The return of a strategy among `n` on a day: three factors that all share, and noise of its own, between 4 % and 45 % a year.
pub(crate) fn daily_return(n: usize, day: usize, strategy: usize) -> f64 {
    let number = |i: usize| uniform(i as u64) - 0.5;
    let at = (day * (n + 3) + 3 + strategy) * 2;
    let factors: f64 = (0..3).map(|f| number((day * (n + 3) + f) * 2) * number(7_000_003 + strategy * 3 + f)).sum();
    let size = 0.0025 + 0.028 * (number(9_000_001 + strategy) + 0.5);
    size * (2.0 * factors + 2.5 * number(at)) + 0.0004
}

/// Returns of `n` strategies, a column each.
pub(crate) fn columns(n: usize) -> Vec<Vec<f64>> {
    (0..n).map(|strategy| (0..DAYS).map(|day| daily_return(n, day, strategy)).collect()).collect()
}

/// The same, row by row.
pub(crate) fn rows(n: usize) -> Vec<f64> {
    (0..DAYS).flat_map(|day| (0..n).map(move |strategy| daily_return(n, day, strategy))).collect()
}

/// A request to split capital by the returns of `n` strategies over `days` from the first on, none above twice the equal weight.
pub(crate) fn capital_request(n: usize, days: std::ops::Range<usize>, method: CapitalMethod) -> Option<CapitalRequest> {
    let date = |day: usize| UnixNanos::from_days(16_076 + day as i64);
    let series = |i: usize| days.clone().filter_map(|day| Some((date(day)?, daily_return(n, day, i)))).collect();
    let points = (0..n).map(|i| (format!("s{i:03}"), series(i))).collect();
    let returns = ReturnBook::from_points(points, |name, _| name.to_owned(), &mut Faults::new())?;
    let mut config = CapitalConfig { method, ..CapitalConfig::default() };
    config.constraints.max = (2.0 / n as f64).min(1.0);
    Some(CapitalRequest { config, ..CapitalRequest::new(returns) })
}

/// Ten strategies and more as the dashboard asks for them: every method beside the first, and the efficient frontier, over a year of days.
pub(crate) fn side_by_side(n: usize) -> Option<CapitalRequest> {
    let mut request = capital_request(n, 0..DAYS, CapitalMethod::MinVariance)?;
    request.config.lookback = Some(252);
    request.compare = CapitalMethod::WORDS.iter().map(|(method, ..)| *method).collect();
    request.frontier = Some(FrontierConfig { points: 24 });
    Some(request)
}

/// A year of days that moves on by one day at a time: each call is the allocation after one more day.
pub(crate) struct NewDays {
    /// A request for each day: reading the day is no part of what is timed.
    requests: Vec<CapitalRequest>,
    next: usize,
}

impl NewDays {
    pub(crate) fn new(n: usize, method: CapitalMethod) -> Option<Self> {
        const YEAR: usize = 252;
        let requests = (0..300).map(|day| capital_request(n, day..day + YEAR, method)).collect::<Option<Vec<_>>>()?;
        Some(NewDays { requests, next: 0 })
    }

    pub(crate) fn next(&mut self) -> Option<CapitalResult> {
        self.next = (self.next + 1) % self.requests.len();
        self.requests.get(self.next)?.run().ok()
    }
}

/// The correlation matrix of a covariance.
pub(crate) fn correlation(covariance: &Symmetric) -> Symmetric {
    let deviation: Vec<f64> = covariance.diagonal().iter().map(|variance| variance.sqrt()).collect();
    Symmetric::from_lower(deviation.len(), |i, j| if i == j { 1.0 } else { covariance.get(i, j) / (deviation[i] * deviation[j]) })
}

/// A CSV of signals with so many rows: 1,000 symbols for each strategy.
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

/// Times every call of `work` by itself and prints the middle and the 99th of a hundred: what a trader waits for one new day.
pub(crate) fn slowest<T>(name: &str, now: impl Fn() -> f64, print: impl Fn(&str), mut work: impl FnMut() -> T) {
    const CALLS: usize = 5_000;
    let mut time = || {
        let begin = now();
        std::hint::black_box(work());
        (now() - begin) * 1e3
    };
    for _ in 0..100 {
        time();
    }
    let mut times: Vec<f64> = (0..CALLS).map(|_| time()).collect();
    times.sort_by(f64::total_cmp);
    let (middle, most) = (times[CALLS / 2], times[CALLS * 99 / 100]);
    print(&format!("{name:28} middle {middle:10.1} µs   99 % within {most:10.1} µs   {CALLS} calls"));
}
