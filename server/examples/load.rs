//! Loads a server with blends of 10 strategies × 100 symbols and says how it held up.
//!
//! ```text
//! cargo build --release -p server --bins --examples
//! target/release/examples/load target/release/allocator 400 20          # connections, seconds
//! target/release/examples/load target/release/allocator 8 3600 1000     # an hour of 1,000 requests a second, and its memory
//! ```
//! Starts the server itself, on a free port, and ends it. Without a rate each connection sends its next request when it has its answer;
//! one that was shed (503) waits the second that `Retry-After` names. With a rate requests are due at fixed times, however long the
//! answers take, and an answer's time counts from when its request was due. Ends with 1 where an answer was neither good nor 503 with
//! `Retry-After`, or a connection broke.

use std::fmt::Write as _;
use std::io;
use std::process::{ExitCode, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// What a run is to be.
#[derive(Clone, Copy)]
struct Load {
    connections: u64,
    time: Duration,
    /// Requests a second over all connections; 0 is as fast as they are answered.
    rate: u64,
}

/// What came of it.
#[derive(Default)]
struct Tally {
    times: Vec<Duration>,
    shed: u64,
    /// Neither good nor shed as it should be.
    wrong: u64,
    broken: u64,
}

fn main() -> io::Result<ExitCode> {
    let mut words = std::env::args().skip(1);
    let program = words.next().unwrap_or_else(|| "target/release/allocator".to_owned());
    let mut number = |default: u64| words.next().and_then(|word| word.parse().ok()).unwrap_or(default);
    let load = Load { connections: number(50), time: Duration::from_secs(number(10)), rate: number(0) };
    let directory = tempfile::tempdir()?;
    let mut server = std::process::Command::new(program)
        .args(["serve", "--listen", "127.0.0.1:0", "--log-level", "error", "--data"])
        .arg(directory.path())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut line = String::new();
    if let Some(stdout) = server.stdout.take() {
        io::BufRead::read_line(&mut io::BufReader::new(stdout), &mut line)?;
    }
    let address = Arc::new(line.trim().trim_start_matches("Listening on http://").to_owned());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let ran = runtime.block_on(async {
        let watching = tokio::spawn(watch_memory(server.id(), load.time));
        let tally = run(address, load).await;
        (tally, watching.await.unwrap_or_default())
    });
    server.kill()?;
    server.wait()?;
    let (mut tally, memory) = ran;
    tally.times.sort_unstable();
    let at = |share: usize| tally.times.get(tally.times.len() * share / 100).copied().unwrap_or_default();
    let paced = if load.rate > 0 { format!(" at {}/s", load.rate) } else { String::new() };
    println!(
        "{} connections{paced}, {} s: {} answered ({:.0}/s), p50 {:?}, p99 {:?}, {} shed, {} wrong, {} connections broke; {memory}",
        load.connections,
        load.time.as_secs(),
        tally.times.len(),
        tally.times.len() as f64 / load.time.as_secs_f64().max(1.0),
        at(50),
        at(99),
        tally.shed,
        tally.wrong,
        tally.broken,
    );
    Ok(if tally.wrong + tally.broken == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The resident memory of a process, MiB.
fn resident_mib(process: u32) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let kib: f64 = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?.split_whitespace().next()?.parse().ok()?;
    Some(kib / 1024.0)
}

/// Looks at the memory every second; a line each minute, and at the end the most, and by how much the last tenth lies above the second:
/// the first is where caches fill.
async fn watch_memory(process: u32, time: Duration) -> String {
    let mut seen = Vec::new();
    for second in 1..time.as_secs() {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let Some(mib) = resident_mib(process) else { break };
        seen.push(mib);
        if second % 60 == 0 {
            println!("minute {}: {mib:.1} MiB", second / 60);
        }
    }
    let tenth = seen.len() / 10;
    let most = seen.iter().copied().fold(0.0, f64::max);
    if tenth == 0 {
        return format!("server at most {most:.1} MiB");
    }
    let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len() as f64;
    let (early, late) = (mean(&seen[tenth..2 * tenth]), mean(&seen[seen.len() - tenth..]));
    format!("server at most {most:.1} MiB, {early:.1} early and {late:.1} late ({:+.1} %)", (late / early - 1.0) * 100.0)
}

/// 10 strategies × 100 symbols.
fn request(address: &str) -> Vec<u8> {
    let mut body = String::from("{\"version\":1,\"signals\":{");
    for strategy in 0..10 {
        let _ = write!(body, "{}\"strategy{strategy}\":[", if strategy == 0 { "" } else { "," });
        for symbol in 0..100 {
            let score = f64::from((symbol * 37 + strategy * 11) % 101) / 101.0;
            let _ = write!(body, "{}[\"S{symbol:03}\",{score},0.01]", if symbol == 0 { "" } else { "," });
        }
        body.push(']');
    }
    body.push_str("}}");
    let length = body.len();
    format!(
        "POST /api/v1/blend HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

async fn run(address: Arc<String>, load: Load) -> Tally {
    let request = Arc::new(request(&address));
    let start = Instant::now();
    let mut clients = tokio::task::JoinSet::new();
    for number in 0..load.connections {
        clients.spawn(client(Arc::clone(&address), Arc::clone(&request), load, number, start));
    }
    let mut all = Tally::default();
    while let Some(one) = clients.join_next().await {
        let one = one.unwrap_or_else(|_| Tally { broken: 1, ..Tally::default() });
        all.times.extend(one.times);
        all.shed += one.shed;
        all.wrong += one.wrong;
        all.broken += one.broken;
    }
    all
}

async fn client(address: Arc<String>, request: Arc<Vec<u8>>, load: Load, number: u64, start: Instant) -> Tally {
    let mut tally = Tally::default();
    let work = async {
        let mut stream = BufReader::new(TcpStream::connect(address.as_str()).await?);
        for turn in 0.. {
            let mut due = Instant::now();
            if load.rate > 0 {
                due = start + Duration::from_secs_f64((turn * load.connections + number) as f64 / load.rate as f64);
                tokio::time::sleep_until(due.into()).await;
            }
            if start.elapsed() >= load.time {
                break;
            }
            stream.write_all(&request).await?;
            match answer(&mut stream).await? {
                (200, _) => tally.times.push(due.elapsed()),
                (503, true) => {
                    tally.shed += 1;
                    if load.rate == 0 {
                        tokio::time::sleep(Duration::from_secs(1)).await;
                    }
                }
                _ => tally.wrong += 1,
            }
        }
        Ok::<_, io::Error>(())
    };
    if work.await.is_err() {
        tally.broken += 1;
    }
    tally
}

/// Reads one answer and says its status, and whether it says when to come again.
async fn answer(stream: &mut BufReader<TcpStream>) -> io::Result<(u16, bool)> {
    let (mut status, mut length, mut later) = (0, 0, false);
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let lower = line.to_ascii_lowercase();
        if let Some(rest) = line.strip_prefix("HTTP/1.1 ") {
            status = rest.get(..3).and_then(|text| text.parse().ok()).unwrap_or(0);
        } else if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        } else if lower.starts_with("retry-after:") {
            later = true;
        } else if line == "\r\n" {
            break;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    Ok((status, later))
}
