//! Limits of a portfolio: orders before they leave, exposure, kill switch (P8), and position limits in stages (R13).

pub mod exposure;
pub mod pre_trade;
pub mod stages;
