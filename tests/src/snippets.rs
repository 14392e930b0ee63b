//! Snippets of the book.
