//! Who earned what: profit and loss by strategy and symbol, adding up exactly (P7).
