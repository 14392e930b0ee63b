//! Requests from a seed.
