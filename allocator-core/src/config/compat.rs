//! Presets that reproduce recorded systems, for people who migrate from them.
//!
//! A preset gives the settings that a request leaves out; what the request says wins. The canonical request prints the settings that
//! came out and no preset, so a request by preset and one that writes the same settings out have the same digest.

use crate::wire::choice;

choice! {
    /// A recorded system whose conventions are the defaults of the request.
    pub enum Compat {
        /// A blender of alphas by rank.
        S000 = "000",
        /// Example code of a design document.
        S001 = "001",
        /// A multi-strategy portfolio package.
        S002 = "002",
        /// A futures system with a risk allocator.
        S003 = "003",
        /// A system of alphas with slow execution.
        S004 = "004",
    }
}
