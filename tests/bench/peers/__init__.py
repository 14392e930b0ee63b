"""The work of allocator-core/benches/blend.rs, done by libraries of others."""
