//! Statistics of returns, one family a file; every figure is a number or the reason why there is none.

pub mod benchmark;
pub mod bootstrap;
pub mod correlation;
pub mod deflated_sharpe;
pub mod downside;
pub mod drawdown;
pub mod figure;
pub mod flows;
pub mod growth;
pub mod join;
pub mod moments;
pub mod omega;
pub mod overfitting;
pub mod random;
pub mod rolling;
pub mod shape;
mod sharpe;
pub mod value_at_risk;
mod volatility;
pub mod win_loss;
pub mod worst_period;

pub use correlation::{CorrelationMethod, average_ranks, ewma_correlation, pearson, spearman};
pub use downside::{downside_volatility, sortino};
pub use figure::{Figure, Reasons, Unknown, UnknownFigure};
pub use join::Joined;
pub use moments::{Centred, mean, standard_deviation};
pub use omega::omega;
pub use sharpe::sharpe;
pub use volatility::volatility;
