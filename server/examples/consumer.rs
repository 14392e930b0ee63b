//! A consumer of submissions that keeps the rules of docs/operating/consumers.md.
//!
//! ```text
//! cargo run -p server --example consumer -- redis://127.0.0.1:6379 http://127.0.0.1:8080 handled.txt [--once]
//! ```
//! It remembers every id in a file, synced, before it acts; "acting" is printing the allocation. With `--once` it ends when nothing is
//! left to do.

use redis::streams::{StreamAutoClaimReply, StreamId, StreamReadReply};
use redis::{Connection, FromRedisValue as _, RedisResult};
use std::collections::BTreeSet;
use std::error::Error;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

const STREAM: &str = "allocator:submissions";
const GROUP: &str = "execution";

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [url, server, file, rest @ ..] = words.as_slice() else {
        return Err("give the address of Redis, that of the server, and a file".into());
    };
    let once = rest.iter().any(|word| word == "--once");
    let mut consumer = Consumer::new(file, server)?;
    let mut connection = redis::Client::open(url.as_str())?.get_connection_with_timeout(Duration::from_secs(5))?;
    let made: RedisResult<()> =
        redis::cmd("XGROUP").arg("CREATE").arg(STREAM).arg(GROUP).arg("0").arg("MKSTREAM").query(&mut connection);
    if let Err(error) = made
        && error.code() != Some("BUSYGROUP")
    {
        return Err(error.into());
    }
    loop {
        // What another consumer, or this one before a crash, left behind. A real desk would wait longer than no time.
        let idle = if once { 0 } else { 30_000 };
        let left: StreamAutoClaimReply =
            redis::cmd("XAUTOCLAIM").arg(STREAM).arg(GROUP).arg("sample").arg(idle).arg("0-0").query(&mut connection)?;
        let mut entries = left.claimed;
        let mut read = redis::cmd("XREADGROUP");
        read.arg("GROUP").arg(GROUP).arg("sample").arg("COUNT").arg(16);
        if !once {
            read.arg("BLOCK").arg(5_000);
        }
        let new: Option<StreamReadReply> = read.arg("STREAMS").arg(STREAM).arg(">").query(&mut connection)?;
        entries.extend(new.into_iter().flat_map(|reply| reply.keys).flat_map(|key| key.ids));
        if entries.is_empty() && once {
            return Ok(());
        }
        for entry in entries {
            consumer.handle(&mut connection, &entry)?;
        }
    }
}

struct Consumer {
    handled: BTreeSet<String>,
    file: File,
    server: String,
}

impl Consumer {
    fn new(file: &str, server: &str) -> Result<Self, Box<dyn Error>> {
        let mut file = File::options().create(true).read(true).append(true).open(file)?;
        let mut known = String::new();
        file.read_to_string(&mut known)?;
        let server = server.trim_start_matches("http://").trim_end_matches('/').to_owned();
        // A line that a crash cut short is no id of ours: 32 digits.
        let handled = known.lines().filter(|line| line.len() == 32).map(str::to_owned).collect();
        Ok(Consumer { handled, file, server })
    }

    fn handle(&mut self, connection: &mut Connection, entry: &StreamId) -> Result<(), Box<dyn Error>> {
        let field = |name: &str| entry.map.get(name).map(String::from_redis_value_ref).transpose();
        let (id, payload) = (field("id")?.unwrap_or_default(), field("payload")?.unwrap_or_default());
        if self.handled.insert(id.clone()) {
            // Remember, then act: a crash in between leaves a submission that somebody must look at, never one that acts twice. Where
            // the effect can be part of the same transaction as the memory (an order table), neither can happen.
            writeln!(self.file, "\n{id}")?;
            self.file.sync_data()?;
            println!("{payload}");
            std::io::stdout().flush()?;
        }
        for stage in ["acknowledged", "done"] {
            self.report(&id, stage)?;
        }
        let _: i64 = redis::cmd("XACK").arg(STREAM).arg(GROUP).arg(&entry.id).query(connection)?;
        Ok(())
    }

    /// Reporting twice is no fault; reporting what has come to its end is (409), and changes nothing.
    fn report(&self, id: &str, stage: &str) -> Result<(), Box<dyn Error>> {
        let body = format!("{{\"version\":1,\"stage\":\"{stage}\",\"reason\":\"sample consumer\"}}");
        let mut stream = TcpStream::connect(&self.server)?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        write!(
            stream,
            "POST /api/v1/submissions/{id}/stage HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n{body}",
            self.server,
            body.len()
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        match answer.get(9..12) {
            Some("200" | "409") => Ok(()),
            _ => Err(format!("the server does not take the report: {}", answer.lines().next().unwrap_or_default()).into()),
        }
    }
}
