//! The command-line tool and native server of the Multi-Alpha Allocator, one binary: `allocator`.
//!
//! ```text
//! flags, files, environment ── config ──┐
//! data files ── cli::source ── request ─┼─ allocator_core::op ── answer ── cli::output ──> standard output, files
//! sockets ── serve ── http ── request ──┘                        └──────── http ─────────> HTTP
//! ```
//! Nothing here computes: the core does, and its bytes are passed on untouched, so that the command line, HTTP and the
//! browser give the same digest.
#![forbid(unsafe_code)]

pub mod auth;
pub mod background;
pub mod cli;
pub mod clock;
pub mod config;
mod crash;
pub mod cycle;
pub mod http;
pub mod journal;
pub mod metrics;
pub mod monitor;
pub mod openapi;
pub mod plan;
pub mod positions;
pub mod redis_link;
pub mod serve;
pub mod signals;
pub mod spans;
pub mod submission;
mod table;
pub mod telemetry;

use axum::Router;
use config::ServerConfig;
use std::sync::Arc;

/// The whole HTTP service for these settings, without a socket.
pub fn app(config: ServerConfig) -> Router {
    http::router(Arc::new(http::App::new(config)))
}
