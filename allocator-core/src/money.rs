//! Money and share counts: fixed-point decimals, conserved to the last digit.
