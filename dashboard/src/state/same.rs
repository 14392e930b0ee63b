//! Large values that are the same only as themselves.

use std::ops::Deref;
use std::sync::Arc;

/// A shared value that equals another only where both are one object. The page asks after every event which of its parts changed:
/// comparing two answers number by number would then cost more than showing them.
#[derive(Debug, Default)]
pub struct Same<T> {
    held: Arc<T>,
}

impl<T> Same<T> {
    /// Holds something new.
    pub fn new(value: T) -> Self {
        Same { held: Arc::new(value) }
    }
}

impl<T> Clone for Same<T> {
    fn clone(&self) -> Self {
        Same { held: Arc::clone(&self.held) }
    }
}

impl<T> PartialEq for Same<T> {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.held, &other.held)
    }
}

impl<T> Deref for Same<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.held
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_are_not_the_same() {
        let (one, other) = (Same::new(1.0), Same::new(1.0));
        assert!(one != other && one == one.clone() && *one == *other);
    }
}
