//! Loads a server with blends of 10 strategies × 100 symbols and says how it held up.
//!
//! ```text
//! cargo build --release -p server --examples
//! target/release/examples/load target/release/allocator 50 10      # connections, seconds
//! ```
//! Starts the server itself, on a free port, and ends it. Each connection sends its next request when it has its answer; one that
//! was shed (503) waits the second that `Retry-After` names.

use std::fmt::Write as _;
use std::io;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

fn main() -> io::Result<()> {
    let mut words = std::env::args().skip(1);
    let program = words.next().unwrap_or_else(|| "target/release/allocator".to_owned());
    let mut number = |default: u64| words.next().and_then(|word| word.parse().ok()).unwrap_or(default);
    let (connections, seconds) = (number(50), number(10));
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
    let address = line.trim().trim_start_matches("Listening on http://").to_owned();
    let report = tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(load(
        Arc::new(address),
        connections,
        Duration::from_secs(seconds),
    ));
    let memory = std::fs::read_to_string(format!("/proc/{}/status", server.id())).unwrap_or_default();
    let memory = memory.lines().find(|line| line.starts_with("VmHWM")).unwrap_or("VmHWM: unknown").to_owned();
    server.kill()?;
    server.wait()?;
    println!("{connections} connections, {seconds} s: {}; server {memory}", report?);
    Ok(())
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

async fn load(address: Arc<String>, connections: u64, time: Duration) -> io::Result<String> {
    let request = Arc::new(request(&address));
    let start = Instant::now();
    let mut clients = tokio::task::JoinSet::new();
    for _ in 0..connections {
        let (address, request) = (Arc::clone(&address), Arc::clone(&request));
        clients.spawn(async move {
            let (mut answered, mut shed) = (Vec::new(), 0_u64);
            let mut stream = BufReader::new(TcpStream::connect(address.as_str()).await?);
            while start.elapsed() < time {
                let sent = Instant::now();
                stream.write_all(&request).await?;
                if answer(&mut stream).await? == 200 {
                    answered.push(sent.elapsed());
                } else {
                    shed += 1;
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            }
            Ok::<_, io::Error>((answered, shed))
        });
    }
    let (mut times, mut shed, mut broken) = (Vec::new(), 0, 0);
    while let Some(client) = clients.join_next().await {
        match client {
            Ok(Ok((answered, refused))) => {
                times.extend(answered);
                shed += refused;
            }
            _ => broken += 1,
        }
    }
    times.sort_unstable();
    let at = |share: usize| times.get(times.len() * share / 100).copied().unwrap_or_default();
    Ok(format!(
        "{} answered ({:.0}/s), p50 {:?}, p99 {:?}, {shed} shed, {broken} connections broke",
        times.len(),
        times.len() as f64 / start.elapsed().as_secs_f64(),
        at(50),
        at(99)
    ))
}

/// Reads one answer and says its status.
async fn answer(stream: &mut BufReader<TcpStream>) -> io::Result<u16> {
    let (mut status, mut length) = (0, 0);
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if let Some(rest) = line.strip_prefix("HTTP/1.1 ") {
            status = rest.get(..3).and_then(|text| text.parse().ok()).unwrap_or(0);
        } else if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        } else if line == "\r\n" {
            break;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    Ok(status)
}
