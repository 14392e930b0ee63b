//! Data that are in memory already, in a tree beside what was read from text.
//!
//! A session has the books of the files it read. A request of them need not be written as text to be read again: the tree carries the
//! book, and the book's own `Decode` takes it out. The canonical form of the request, and with it the digest, is the same either way.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

/// A book of any type.
#[derive(Clone)]
pub struct Held(Arc<dyn Any + Send + Sync>);

impl Held {
    /// Holds a book.
    pub fn new<T: Any + Send + Sync>(book: Arc<T>) -> Self {
        Held(book)
    }

    /// The book, if it is of that type.
    pub fn get<T: Any>(&self) -> Option<&T> {
        self.0.downcast_ref()
    }
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Held")
    }
}

/// Two are the same if they hold the same book, not one like it.
impl PartialEq for Held {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}
