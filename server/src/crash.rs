//! Named places where a test can end the process, as a power cut would: no unwinding, no flushing, no farewell.

/// Ends the process here if `ALLOCATOR_CRASH_AT` names this place (`name`, or `name:n` for the n-th time). Debug builds only.
#[inline]
pub(crate) fn point(name: &str) {
    #[cfg(debug_assertions)]
    {
        use std::sync::OnceLock;
        use std::sync::atomic::{AtomicU64, Ordering};
        static WANTED: OnceLock<Option<(String, u64)>> = OnceLock::new();
        static PASSED: AtomicU64 = AtomicU64::new(0);
        let wanted = WANTED.get_or_init(|| {
            let text = std::env::var("ALLOCATOR_CRASH_AT").ok()?;
            let (name, count) = text.split_once(':').unwrap_or((&text, "1"));
            Some((name.to_owned(), count.parse().unwrap_or(1)))
        });
        if let Some((wanted, count)) = wanted
            && wanted == name
            && PASSED.fetch_add(1, Ordering::SeqCst) + 1 == *count
        {
            std::process::abort();
        }
    }
    #[cfg(not(debug_assertions))]
    let _ = name;
}
