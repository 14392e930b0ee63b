//! Capital across strategies (K1): one algorithm a file behind one trait, under hard limits (K3).
