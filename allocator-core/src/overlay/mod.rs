//! State, regime, risk scalar, exposure (R1 to R5): how much risk the markets allow.
