//! `allocator doctor`: is everything around the server fit for production, and if not, what to mend.

use super::FAILED;
use super::args::{DoctorArgs, TextFormat};
use super::keep::print;
use super::source::settings_of;
use crate::clock::{Clock as _, NS_PER_MS, SystemClock, iso8601};
use crate::config::{Origin, ServerConfig};
use crate::journal::{self, FILE, Options};
use crate::redis_link;
use allocator_core::wire::{At, Decode as _, Json, to_canonical_bytes};
use allocator_core::{Faults, Problem};
use serde::Serialize;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

/// Free space below which it is worth a word, bytes.
const FREE_BYTES_LOW: u64 = 1 << 30;

/// Difference to the clock of Redis that is worth a word.
const CLOCK_APART_MS: i64 = 2_000;

#[derive(Serialize)]
struct Finding {
    check: &'static str,
    mend: String,
    message: String,
    status: &'static str,
}

#[derive(Serialize)]
struct Report {
    findings: Vec<Finding>,
    fit: bool,
}

/// Looks at everything; 0 where nothing fails, 1 where something does.
pub(crate) fn doctor(args: &DoctorArgs) -> Result<ExitCode, Problem> {
    let config = effective(args)?;
    let mut findings = Vec::new();
    let mut note = |check, status, message: String, mend: &str| {
        findings.push(Finding { check, mend: mend.to_owned(), message, status });
    };
    let directory = Path::new(&config.data);
    match crate::serve::prepare_data(directory) {
        Ok(()) => note("store", "ok", format!("{} can be written.", directory.display()), ""),
        Err(problem) => note("store", "fail", problem.message, &problem.hint),
    }
    if directory.join(FILE).is_file() {
        match journal::verify(&Options::new(directory), false, &mut |_, _| {}) {
            Ok(found) => note("journal", "ok", format!("{} entries, the chain holds; head {}.", found.seq, found.head), ""),
            Err(problem) => note("journal", "fail", problem.message, &problem.hint),
        }
    } else {
        note("journal", "ok", "There is no journal yet; serve begins one.".to_owned(), "");
    }
    match free_bytes(directory) {
        Some(free) if free < FREE_BYTES_LOW => {
            note("disk", "warn", format!("{} MiB are free.", free >> 20), "Free some space, or move the data directory.");
        }
        Some(free) => note("disk", "ok", format!("{} MiB are free.", free >> 20), ""),
        None => note("disk", "warn", "The free space cannot be read.".to_owned(), "Watch it by other means."),
    }
    let now = SystemClock.now_ns();
    // Before this program was written: a machine that lost its clock wakes up in 1970.
    if now < 1_760_000_000_000_000_000 {
        note("clock", "fail", format!("The clock says {}.", iso8601(now)), "Set it, and keep it set (NTP).");
    } else {
        note("clock", "ok", format!("The clock says {}.", iso8601(now)), "");
    }
    match &config.redis {
        None => {
            note("redis", "ok", "No Redis is configured: alerts and submissions are read from the server itself.".to_owned(), "");
        }
        Some(url) => {
            for (check, status, message, mend) in look_at_redis(url, Duration::from_millis(u64::from(config.redis_timeout_ms)))? {
                note(check, status, message, &mend);
            }
        }
    }
    let fit = findings.iter().all(|finding| finding.status != "fail");
    let answer = match args.format {
        TextFormat::Json => to_canonical_bytes(&Report { findings, fit })?,
        TextFormat::Text => {
            let lines = findings.iter().map(|finding| {
                let mend = if finding.mend.is_empty() { String::new() } else { format!(" {}", finding.mend) };
                format!("{:4} {:8} {}{mend}\n", finding.status, finding.check, finding.message)
            });
            lines.collect::<String>().into_bytes()
        }
    };
    print(&answer)?;
    Ok(if fit { ExitCode::SUCCESS } else { ExitCode::from(FAILED) })
}

type Line = (&'static str, &'static str, String, String);

fn look_at_redis(url: &str, patience: Duration) -> Result<Vec<Line>, Problem> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| {
        Problem::new(allocator_core::Code::Io, "", format!("The runtime cannot be started: {error}."), "Free some memory.")
    })?;
    Ok(runtime.block_on(async {
        let mut link = match redis_link::connect(url, patience).await {
            Ok(link) => link,
            Err(problem) => return vec![("redis", "fail", problem.message, problem.hint)],
        };
        let mut lines = vec![("redis", "ok", format!("Redis {} answers.", link.facts.version), String::new())];
        for (what, mend) in link.facts.warnings() {
            lines.push(("redis", "warn", what.to_owned(), mend.to_owned()));
        }
        let time: Result<Vec<String>, _> = redis::cmd("TIME").query_async(&mut link.connection).await;
        if let Some(seconds) = time.ok().and_then(|parts| parts.first()?.parse::<i64>().ok()) {
            let apart = (SystemClock.now_ns() / NS_PER_MS - seconds * 1_000).abs();
            // TIME has whole seconds here.
            if apart > CLOCK_APART_MS {
                let message = format!("This clock and that of Redis are {} s apart.", apart / 1_000);
                lines.push(("clock", "warn", message, "Keep both set (NTP).".to_owned()));
            }
        }
        lines
    }))
}

#[cfg(unix)]
fn free_bytes(directory: &Path) -> Option<u64> {
    let found = rustix::fs::statvfs(directory).ok()?;
    Some(found.f_bavail.saturating_mul(found.f_frsize))
}

#[cfg(not(unix))]
fn free_bytes(_: &Path) -> Option<u64> {
    None
}

fn effective(args: &DoctorArgs) -> Result<ServerConfig, Problem> {
    let mut settings = settings_of("server", args.config.as_deref(), &[])?;
    for (field, flag, value) in [("data", "--data", &args.data), ("redis", "--redis", &args.redis)] {
        if let Some(value) = value {
            settings.set("server", &[field], Json::String(value.clone()), Origin::Flag(flag.to_owned()));
        }
    }
    let mut faults = Faults::new();
    let config = ServerConfig::decode(&settings.explicit("server"), &At::Root, &mut faults);
    if let Some(config) = &config {
        config.validate(&At::Root, &mut faults);
    }
    faults.finish(config).map_err(|problem| settings.locate(problem, "", "server"))
}
