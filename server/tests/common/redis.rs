//! A real Redis on a free port of loopback, killed when dropped.
#![allow(dead_code, missing_docs, unreachable_pub, reason = "each test file uses its part of this")]

use redis::{Commands as _, Connection, Value};
use std::collections::BTreeMap;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Nothing here takes longer.
const PATIENCE: Duration = Duration::from_secs(30);

pub struct Redis {
    child: Child,
    pub port: u16,
    dir: tempfile::TempDir,
    options: Vec<String>,
}

impl Redis {
    /// Starts one; `options` as on its command line, in pairs.
    pub fn start(options: &[&str]) -> Redis {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let dir = tempfile::tempdir().unwrap();
        let options: Vec<String> = options.iter().map(|option| (*option).to_owned()).collect();
        let child = spawn(port, &dir, &options);
        let mut redis = Redis { child, port, dir, options };
        redis.wait();
        redis
    }

    /// One that is configured and not started yet.
    pub fn absent() -> Redis {
        let mut redis = Redis::start(&[]);
        redis.kill();
        redis
    }

    fn wait(&mut self) {
        let start = Instant::now();
        loop {
            let answered = self.try_connect().and_then(|mut connection| redis::cmd("PING").query::<Value>(&mut connection));
            match answered {
                Ok(_) => return,
                // A password is asked for: it is there.
                Err(error) if error.code() == Some("NOAUTH") => return,
                Err(error) => assert!(start.elapsed() < PATIENCE, "Redis does not start: {error}"),
            }
            assert!(self.child.try_wait().unwrap().is_none(), "redis-server ended: is it installed (redis-server of Debian)?");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn password(&self) -> Option<&str> {
        self.options.windows(2).find(|pair| pair[0] == "--requirepass").map(|pair| pair[1].as_str())
    }

    pub fn url(&self) -> String {
        match self.password() {
            Some(password) => format!("redis://:{password}@127.0.0.1:{}", self.port),
            None => format!("redis://127.0.0.1:{}", self.port),
        }
    }

    fn try_connect(&self) -> redis::RedisResult<Connection> {
        redis::Client::open(self.url())?.get_connection_with_timeout(Duration::from_secs(2))
    }

    pub fn connect(&self) -> Connection {
        let connection = self.try_connect().unwrap();
        connection.set_read_timeout(Some(PATIENCE)).unwrap();
        connection
    }

    /// kill -9.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts it again on the same port and files.
    pub fn restart(&mut self) {
        self.child = spawn(self.port, &self.dir, &self.options);
        self.wait();
    }

    fn signal(&self, name: &str) {
        assert!(Command::new("kill").arg(name).arg(self.child.id().to_string()).status().unwrap().success());
    }

    /// Stops it where it stands: it takes connections and answers nothing.
    pub fn pause(&self) {
        self.signal("-STOP");
    }

    pub fn resume(&self) {
        self.signal("-CONT");
    }

    /// The entries of a stream, oldest first: id and fields.
    pub fn stream(&self, key: &str) -> Vec<(String, BTreeMap<String, String>)> {
        let reply: redis::streams::StreamRangeReply = self.connect().xrange_all(key).unwrap();
        let text = |value: &Value| match value {
            // Poison is put into streams on purpose.
            Value::BulkString(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            other => format!("{other:?}"),
        };
        reply
            .ids
            .into_iter()
            .map(|entry| (entry.id, entry.map.iter().map(|(name, value)| (name.clone(), text(value))).collect()))
            .collect()
    }

    /// Waits until a stream holds so many entries.
    pub fn await_stream(&self, key: &str, count: usize) -> Vec<(String, BTreeMap<String, String>)> {
        let start = Instant::now();
        loop {
            let found = self.stream(key);
            if found.len() >= count {
                return found;
            }
            assert!(start.elapsed() < PATIENCE, "{key} has {} of {count} entries", found.len());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(port: u16, dir: &tempfile::TempDir, options: &[String]) -> Child {
    Command::new(std::env::var_os("REDIS_SERVER").unwrap_or_else(|| "redis-server".into()))
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--daemonize", "no"])
        .args(["--dir", dir.path().to_str().unwrap()])
        .args(options)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the tests need redis-server: apt-get install redis-server")
}
