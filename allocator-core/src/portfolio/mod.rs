//! The portfolio allocator on ledgers: lifecycle, isolation, rebalances that conserve money (P2 to P5).
