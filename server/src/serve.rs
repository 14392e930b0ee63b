//! Sockets in, answers out, and an orderly end.
//!
//! `axum::serve` is not used: with it a half-sent header stays open past every time limit and holds up the shutdown
//! (axum 0.8.9). Here hyper has a timer and a limit for the header, connections are counted, writes to a client that has
//! stopped reading end, and the shutdown has a deadline.

use crate::config::{ServerConfig, milliseconds};
use crate::http::{App, router};
use allocator_core::{Code, Problem};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::future::Future;
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant, Sleep};

/// Bytes of a request's header, at most.
const HEADER_BYTES_MAX: usize = 64 * 1024;

/// Fields of a request's header, at most.
const HEADER_FIELDS_MAX: usize = 100;

/// What a connection beyond the limit is told before it is closed.
const FULL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\nretry-after: 1\r\ncontent-length: 0\r\n\r\n";

/// How the server ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Every open request was answered.
    Drained,
    /// The deadline passed first; so many connections were cut.
    Cut(usize),
}

/// Creates the data directory and makes sure that it can be written.
///
/// # Errors
/// `io`.
pub fn prepare_data(directory: &Path) -> Result<(), Problem> {
    let failed = |error: io::Error| {
        Problem::new(
            Code::Io,
            directory.display(),
            format!("The data directory cannot be used: {error}."),
            "Give a directory that this user may write with --data.",
        )
    };
    std::fs::create_dir_all(directory).map_err(failed)?;
    tempfile::tempfile_in(directory).map_err(failed)?;
    Ok(())
}

/// Binds the address of the settings.
///
/// # Errors
/// `out_of_range`, or `io` where the port is taken.
pub async fn bind(config: &ServerConfig) -> Result<TcpListener, Problem> {
    // Whether it may be listened on was looked at before: that depends on the tokens in the journal.
    let address = config.address()?;
    TcpListener::bind(address).await.map_err(|error| {
        Problem::new(
            Code::Io,
            "/listen",
            format!("{address} cannot be listened on: {error}."),
            "Stop what uses the port, or choose another with --listen.",
        )
    })
}

/// Answers until `shutdown` ends, then lets open requests finish within the deadline.
pub async fn serve(listener: TcpListener, app: Arc<App>, shutdown: impl Future<Output = ()>) -> End {
    let config = app.config.clone();
    let service = TowerToHyperService::new(router(Arc::clone(&app)));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(milliseconds(config.header_timeout_ms))
        .max_buf_size(HEADER_BYTES_MAX)
        .max_headers(HEADER_FIELDS_MAX);
    let slots = Arc::new(Semaphore::new(config.connections_max as usize));
    let mut connections = JoinSet::new();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => {
                let stream = match accepted {
                    Ok((stream, _)) => stream,
                    Err(error) => {
                        // Out of files, most likely: a pause lets connections end instead of spinning.
                        tracing::warn!(%error, "a connection could not be accepted");
                        tokio::time::sleep(Duration::from_millis(50)).await;
                        continue;
                    }
                };
                let Ok(slot) = Arc::clone(&slots).try_acquire_owned() else {
                    tracing::warn!(limit = config.connections_max, "too many connections; one was turned away");
                    // Into the socket's own buffer, or not at all: nobody waits for a client that is turned away.
                    let _ = stream.try_write(FULL);
                    continue;
                };
                let _ = stream.set_nodelay(true);
                let io = TokioIo::new(StallGuard::new(stream, milliseconds(config.write_timeout_ms)));
                let connection = http.serve_connection(io, service.clone()).with_upgrades();
                let mut stopping = app.stopping();
                let stop = async move { drop(stopping.wait_for(|stopping| *stopping).await) };
                connections.spawn(async move {
                    let _held = slot;
                    let mut connection = std::pin::pin!(connection);
                    let ended = tokio::select! {
                        ended = connection.as_mut() => ended,
                        () = stop => {
                            // The open request is answered, and the connection is not used again.
                            connection.as_mut().graceful_shutdown();
                            connection.await
                        }
                    };
                    if let Err(error) = ended {
                        tracing::debug!(%error, "a connection ended early");
                    }
                });
            }
        }
    }
    drop(listener);
    app.start_draining();
    tracing::info!(open = connections.len(), "shutting down");
    let deadline = Instant::now() + milliseconds(config.shutdown_timeout_ms);
    let all = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout_at(deadline, all).await.is_ok() {
        return End::Drained;
    }
    let cut = connections.len();
    connections.abort_all();
    tracing::warn!(cut, "the shutdown deadline passed; connections were cut");
    End::Cut(cut)
}

/// SIGTERM and Ctrl-C.
#[derive(Debug)]
pub struct StopSignal {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

impl StopSignal {
    /// Watches for the signals from now on.
    ///
    /// # Errors
    /// `io` where they cannot be watched.
    pub fn watch() -> Result<Self, Problem> {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            let watch = |kind| {
                signal(kind).map_err(|error| Problem::new(Code::Io, "", format!("Signals cannot be watched: {error}."), ""))
            };
            Ok(StopSignal { terminate: watch(SignalKind::terminate())?, interrupt: watch(SignalKind::interrupt())? })
        }
        #[cfg(not(unix))]
        Ok(StopSignal {})
    }

    /// Ends with the next signal.
    pub async fn next(&mut self) {
        #[cfg(unix)]
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
        #[cfg(not(unix))]
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// A socket whose writes fail once its reader has not moved for a while.
struct StallGuard {
    stream: TcpStream,
    patience: Duration,
    /// Runs while a write waits.
    alarm: Pin<Box<Sleep>>,
    waiting: bool,
}

impl StallGuard {
    fn new(stream: TcpStream, patience: Duration) -> Self {
        StallGuard { stream, patience, alarm: Box::pin(tokio::time::sleep(patience)), waiting: false }
    }

    fn watch<T>(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.waiting = false;
            return written;
        }
        if !self.waiting {
            self.waiting = true;
            let until = Instant::now() + self.patience;
            self.alarm.as_mut().reset(until);
        }
        match self.alarm.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client stopped reading"))),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl AsyncRead for StallGuard {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for StallGuard {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.watch(cx, written)
    }
    fn poll_write_vectored(mut self: Pin<&mut Self>, cx: &mut Context<'_>, parts: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, parts);
        self.watch(cx, written)
    }
    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        self.watch(cx, flushed)
    }
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
