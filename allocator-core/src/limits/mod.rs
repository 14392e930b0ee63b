//! Limits of a portfolio: orders before they leave, exposure, kill switch (P8).

pub mod exposure;
pub mod pre_trade;
