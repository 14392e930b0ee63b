//! Decisions on bars, executed later, with costs: a vectorised path on weights and one on ledgers (P9).
