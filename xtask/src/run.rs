//! `cargo xtask run`: from a fresh clone to the dashboard on screen, in one command.

use std::env;
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};

use crate::failure::{Failure, Outcome};
use crate::plan::{Plan, Report};
use crate::process::{Process, which};
use crate::workspace::{Workspace, in_ci};
use crate::{expect_no_more, pages, take_flag, take_values, tools};

const LISTEN: &str = "127.0.0.1:8080";

/// Installs, builds, serves.
pub(crate) fn command(workspace: &Workspace, mut words: Vec<String>) -> Outcome<ExitCode> {
    let build_only = take_flag(&mut words, "--build-only");
    let no_open = take_flag(&mut words, "--no-open");
    let listen = take_values(&mut words, "--listen")?.pop().unwrap_or_else(|| LISTEN.to_owned());
    let data = take_values(&mut words, "--data")?.pop().map_or_else(
        || workspace.target().join("allocator-data"),
        // Against the caller's folder, not the repository's.
        |folder| env::current_dir().unwrap_or_default().join(folder),
    );
    expect_no_more(&words)?;

    if !build_only && !workspace.dry_run && TcpStream::connect(&listen).is_ok() {
        // Better now than after ten minutes of compiling.
        return Err(Failure::new(format!("something is already listening on {listen}"))
            .hint("end it, or choose another address: `cargo xtask run --listen 127.0.0.1:8081`"));
    }

    let mut plan = Plan::default();
    tools::for_pages(&mut plan);
    pages::build(&mut plan);
    plan.needed("Server: compile", |workspace| {
        Process::cargo(&["build", "--package", "server", "--bin", "allocator", "--release"]).run(workspace)?;
        Ok(Report::Done)
    });
    let summary = plan.run(workspace);
    if summary.failed {
        return Ok(ExitCode::FAILURE);
    }
    tools::cargo_tool::tidy_up(workspace.dry_run);
    if build_only {
        return Ok(ExitCode::SUCCESS);
    }

    println!("\nServing the dashboard on http://{listen} (Ctrl-C ends it)");
    if !no_open && !in_ci() && !workspace.dry_run {
        open_when_ready(&listen);
    }
    Process::new(server(workspace))
        .args(["serve", "--listen", &listen, "--data"])
        .arg(&data)
        .arg("--assets")
        .arg(workspace.dist())
        .become_it(workspace)?;
    Ok(ExitCode::SUCCESS)
}

/// The server as `run` builds it.
fn server(workspace: &Workspace) -> PathBuf {
    workspace.target().join("release").join(format!("allocator{}", env::consts::EXE_SUFFIX))
}

/// Opens the page in the user's browser, where there is a screen, as soon as the server answers.
///
/// A process of its own: this one is about to become the server.
fn open_when_ready(listen: &str) {
    let opener = if cfg!(target_os = "macos") {
        Some("open")
    } else if env::var_os("DISPLAY").is_some() || env::var_os("WAYLAND_DISPLAY").is_some() {
        which("xdg-open").map(|_| "xdg-open")
    } else {
        None
    };
    let Some(opener) = opener else { return };
    let script = format!("sleep 1; exec {opener} http://{listen}");
    // A browser that does not open is no reason not to serve; the address has been printed.
    let _ = Command::new("sh").args(["-c", &script]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
}
