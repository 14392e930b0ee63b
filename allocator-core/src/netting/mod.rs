//! Orders of several strategies netted into one set for the market, and fills given back (P6).
