//! Trading days: which days a market is open, and how many make a year.
