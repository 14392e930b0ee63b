//! Risk limits judged on the state after the trade (P8), and position limits in stages (R13).
