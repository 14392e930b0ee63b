//! Pages.

pub mod home;
