//! Double-entry books: every movement is a balanced transaction, balances are a fold over them (P1).
