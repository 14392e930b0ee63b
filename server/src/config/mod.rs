//! Settings from four places, each over the one before: defaults, file, environment, flags.
//!
//! ```text
//! default < --config FILE < ALLOCATOR_<SECTION>_<FIELD> < --set and other flags
//! ```
//! One file configures command line and server; its sections are the names in [`SECTIONS`].

mod check;
mod layers;
mod portfolio;
mod server;

use allocator_core::op;

pub use check::{Report, check, check_section};
pub(crate) use layers::overlay;
pub use layers::{Origin, Settings, section_defaults, value_of_text};
pub use portfolio::{MissingPolicy, PortfolioConfig, STAGES, StalePolicy, UnknownPositions};
pub use server::{LogFormat, LogLevel, PORTFOLIOS_MAX, ServerConfig, milliseconds};

/// The sections of a configuration file: one for each operation, and the server's.
pub const SECTIONS: &[&str] = &{
    let mut all = ["server"; op::NAMES.len() + 1];
    let mut i = 0;
    while i < op::NAMES.len() {
        all[i] = op::NAMES[i];
        i += 1;
    }
    all
};
