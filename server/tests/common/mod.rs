//! The real program, bounded in time; a bare HTTP client; and data to feed both.
#![allow(dead_code, missing_docs, unreachable_pub, reason = "each test file uses its part of this")]
#![allow(clippy::unwrap_used, reason = "a test helper that fails is a test that fails")]

#[path = "redis.rs"]
pub mod redis_server;

use allocator_core::wire::{Json, parse};
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

/// Whether the long form is wanted (`ALLOCATOR_LONG`, which `cargo xtask reliability` sets): the same tests with the waits and counts that
/// figures are taken from. Every promise is tested in the short form too.
pub fn long() -> bool {
    std::env::var_os("ALLOCATOR_LONG").is_some()
}

/// The time that so much of all took no longer than.
pub fn quantile(times: &mut [Duration], share: f64) -> Duration {
    times.sort_unstable();
    let at = ((times.len() as f64 * share).ceil() as usize).clamp(1, times.len());
    times[at - 1]
}

/// No single run takes longer; a test machine may be slow.
const PATIENCE: Duration = Duration::from_mins(1);

pub const MOMENTUM: &str = "symbol,score,weight\nAAPL,0.9,0.5\nMSFT,0.7,0.3\nNVDA,0.2,0.2\n";
pub const VALUE: &str = "symbol,score,weight\nJPM,1.5,0.6\nAAPL,0.5,0.4\n";
pub const CARRY: &str = "symbol,score,weight\nMSFT,3,1.0\nXOM,2,1.0\n";

/// Sixty days of returns of three strategies: `b` follows `a`, `c` does not.
pub fn returns() -> String {
    let mut text = String::from("date,a,b,c\n");
    for day in 0..60_i32 {
        let (month, date) = (day / 30 + 1, day % 30 + 1);
        let date = if month == 2 { date - 2 } else { date };
        if month == 2 && date < 1 {
            continue;
        }
        let a = f64::from(day * 37 % 23 - 11) / 1000.0;
        let c = f64::from(day * 53 % 29 - 14) / 1000.0;
        writeln!(text, "2024-{month:02}-{date:02},{a},{},{c}", a + c / 10.0).unwrap();
    }
    text
}

pub struct Desk {
    pub dir: tempfile::TempDir,
}

/// A directory with the files above.
pub fn desk() -> Desk {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in [("momentum.csv", MOMENTUM), ("value.csv", VALUE), ("carry.csv", CARRY), ("returns.csv", &returns())] {
        std::fs::write(dir.path().join(name), text).unwrap();
    }
    Desk { dir }
}

impl Desk {
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.dir.path().join(name), content).unwrap();
    }

    /// The lines of the servers' log.
    pub fn log(&self) -> Vec<Json> {
        let text = String::from_utf8(self.read("log.json")).unwrap();
        text.lines().filter_map(|line| parse(line.as_bytes()).ok()).collect()
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.dir.path().join(name)).unwrap()
    }

    pub fn has(&self, name: &str) -> bool {
        self.dir.path().join(name).exists()
    }

    /// Names of all files, sorted.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> =
            std::fs::read_dir(self.dir.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// Runs the program here.
    pub fn run(&self, arguments: &[&str]) -> Run {
        self.run_with(arguments, &[], b"")
    }

    pub fn run_with(&self, arguments: &[&str], environment: &[(&str, &str)], stdin: &[u8]) -> Run {
        let mut command = program(self.dir.path());
        command.args(arguments).envs(environment.iter().copied()).stdin(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut pipe = child.stdin.take().unwrap();
        let stdin = stdin.to_owned();
        let feeder = std::thread::spawn(move || pipe.write_all(&stdin));
        let output = finish(child);
        let _ = feeder.join().unwrap();
        Run { output }
    }
}

/// The program in a directory, without the variables of whoever runs the tests.
pub fn program(dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_allocator"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("ALLOCATOR_") {
            command.env_remove(name);
        }
    }
    command.current_dir(dir).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Waits, but not for ever.
fn finish(mut child: Child) -> Output {
    let read = |mut pipe: Box<dyn Read + Send>| {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            pipe.read_to_end(&mut bytes).unwrap();
            bytes
        })
    };
    let stdout = read(Box::new(child.stdout.take().unwrap()));
    let stderr = read(Box::new(child.stderr.take().unwrap()));
    let status = wait(&mut child);
    Output { status, stdout: stdout.join().unwrap(), stderr: stderr.join().unwrap() }
}

pub fn wait(child: &mut Child) -> ExitStatus {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        if start.elapsed() > PATIENCE {
            child.kill().unwrap();
            panic!("the program did not end within {PATIENCE:?}");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

pub struct Run {
    pub output: Output,
}

impl Run {
    pub fn code(&self) -> i32 {
        self.output.status.code().unwrap()
    }
    pub fn stdout(&self) -> &str {
        std::str::from_utf8(&self.output.stdout).unwrap()
    }
    pub fn stderr(&self) -> &str {
        std::str::from_utf8(&self.output.stderr).unwrap()
    }
    /// The answer of a run that went well.
    pub fn answer(&self) -> Json {
        assert_eq!(self.code(), 0, "{}", self.stderr());
        parse(&self.output.stdout).unwrap()
    }
    /// Code and place of every fault of a run that was refused with `--format json`.
    pub fn faults(&self) -> Vec<(String, String)> {
        assert_eq!(self.stdout(), "", "a refused run answers nothing");
        faults_of(&parse(&self.output.stderr).unwrap_or_else(|_| panic!("no JSON: {}", self.stderr())))
    }
}

pub fn faults_of(problem: &Json) -> Vec<(String, String)> {
    let text = |fault: &Json, key: &str| fault.get(key).unwrap().as_str().unwrap().to_owned();
    problem.get("problems").unwrap().as_array().unwrap().iter().map(|fault| (text(fault, "code"), text(fault, "path"))).collect()
}

pub fn text<'a>(json: &'a Json, key: &str) -> &'a str {
    json.get(key).and_then(Json::as_str).unwrap_or_else(|| panic!("no text {key}"))
}

/// A running server, killed when dropped.
pub struct Served {
    pub child: Child,
    pub address: String,
}

impl Served {
    pub fn start(desk: &Desk, arguments: &[&str]) -> Served {
        Self::start_with(desk, arguments, &[])
    }

    /// As `start`, with variables; the log goes to `log.json` of the desk, one JSON object a line.
    pub fn start_with(desk: &Desk, arguments: &[&str], environment: &[(&str, &str)]) -> Served {
        let log = std::fs::File::options().create(true).append(true).open(desk.dir.path().join("log.json")).unwrap();
        let mut command = program(desk.dir.path());
        command.args(["serve", "--listen", "127.0.0.1:0", "--log-format", "json"]).args(arguments).stderr(log);
        command.envs(environment.iter().copied());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("Listening on http://").unwrap_or_else(|| panic!("{line:?}")).to_owned();
        Served { child, address }
    }

    /// Sends with more headers.
    pub fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        self.try_ask(method, path, headers, body).unwrap_or_else(|| panic!("no answer to {method} {path}"))
    }

    /// As `ask`; `None` where the server went away in between.
    pub fn try_ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Option<Reply> {
        let mut head = format!("{method} {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n", self.address);
        if !headers.iter().any(|(name, _)| *name == "content-type") && !body.is_empty() {
            head.push_str("content-type: application/json\r\n");
        }
        for (name, value) in headers {
            write!(head, "{name}: {value}\r\n").unwrap();
        }
        write!(head, "content-length: {}\r\n\r\n", body.len()).unwrap();
        let mut stream = TcpStream::connect(&self.address).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).ok()?;
        stream.write_all(head.as_bytes()).ok()?;
        stream.write_all(body).ok()?;
        Reply::try_read(&mut stream)
    }

    /// kill -9.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// The value of a line of `/metrics`.
    pub fn metric(&self, line: &str) -> Option<f64> {
        let text = String::from_utf8(self.get("/metrics").body).unwrap();
        text.lines().find_map(|found| found.strip_prefix(line)?.strip_prefix(' ')?.parse().ok())
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    pub fn send(&self, request: &[u8]) -> Reply {
        let mut stream = self.connect();
        stream.write_all(request).unwrap();
        Reply::read(&mut stream)
    }

    pub fn post(&self, path: &str, body: &[u8]) -> Reply {
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            self.address,
            body.len()
        );
        self.send(&[head.as_bytes(), body].concat())
    }

    pub fn get(&self, path: &str) -> Reply {
        self.send(format!("GET {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n", self.address).as_bytes())
    }

    #[cfg(unix)]
    pub fn terminate(&self) {
        let done = Command::new("kill").arg("-TERM").arg(self.child.id().to_string()).status().unwrap();
        assert!(done.success());
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub struct Reply {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Reply {
    /// Reads until the server closes.
    pub fn read(stream: &mut TcpStream) -> Reply {
        Self::try_read(stream).expect("no answer")
    }

    /// As `read`; `None` where the connection ended before the whole answer.
    pub fn try_read(stream: &mut TcpStream) -> Option<Reply> {
        let mut bytes = Vec::new();
        // A reset after the answer still leaves the answer.
        let _ = stream.read_to_end(&mut bytes);
        let cut = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
        let head = String::from_utf8(bytes[..cut].to_vec()).unwrap().to_ascii_lowercase();
        let reply = Reply { status: head.split(' ').nth(1)?.parse().ok()?, body: bytes[cut + 4..].to_vec(), head };
        let declared = reply.header("content-length").and_then(|length| length.parse::<usize>().ok());
        declared.is_none_or(|length| length == reply.body.len()).then_some(reply)
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':').map(str::trim))
    }

    /// The code of a problem.
    pub fn code(&self) -> String {
        text(&self.json(), "code").to_owned()
    }

    pub fn json(&self) -> Json {
        parse(&self.body).unwrap()
    }
}
