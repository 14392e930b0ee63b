//! One judge for each topic: from a case to requests of ours, from answers to findings.

mod metrics;
mod peers_backtest;
mod peers_black_litterman;
mod peers_caps;
mod peers_covariance;
mod peers_data;
mod peers_metrics;
mod peers_optimisers;
mod peers_rank_blend;
mod peers_weights;
mod s000_correlation;
mod s000_multi_alpha;
mod s001_document_examples;
mod s001_netting;
mod s002_allocation_algorithms;
mod s002_order_aggregator;
mod s002_portfolio_allocator;
mod s002_rebalancer;
mod s002_risk_manager;
mod s002_strategy_performance;
mod s003_real_run;
mod s003_risk;
mod s003_two_pass_metrics;
mod s003_weight_allocator;
mod s004_alphas;

use super::Bench;
use super::case::Case;
use super::judge::{Finding, Findings};

/// Why a case is not judged; `None` where it is.
type Skipped = Option<&'static str>;

/// Judges a case by its topic and function.
///
/// # Errors
/// What makes any comparison pointless: a panic, a refusal instead of an answer.
pub fn judge(case: &Case, bench: &mut Bench, findings: &mut Findings) -> Result<Skipped, Finding> {
    match (case.topic.as_str(), case.function.as_str()) {
        ("s000_multi_alpha", "init") => s000_multi_alpha::init(case, bench, findings)?,
        ("s000_multi_alpha", "allocate") => s000_multi_alpha::allocate(case, bench, findings)?,
        ("s000_correlation", "check_correlation") => s000_correlation::check_correlation(case, bench, findings)?,
        ("s001_document_examples", "net_orders") => s001_netting::net_orders(case, bench, findings)?,
        ("s001_document_examples", "aggregate") => s001_netting::aggregate(case, bench, findings)?,
        ("s001_document_examples", "attribution") => s001_netting::attribution(case, bench, findings)?,
        ("s002_order_aggregator", "aggregate") => s002_order_aggregator::aggregate(case, bench, findings)?,
        ("s002_portfolio_allocator", "script") => s002_portfolio_allocator::script(case, bench, findings)?,
        ("s002_rebalancer", "should_rebalance") => s002_rebalancer::should_rebalance(case, bench, findings)?,
        ("s002_risk_manager", "check_order") => s002_risk_manager::check_order(case, bench, findings)?,
        ("s002_risk_manager", "calculate_var") => s002_risk_manager::calculate_var(case, bench, findings)?,
        ("s002_risk_manager", "volatility_targeting") => s002_risk_manager::volatility_targeting(case, bench, findings)?,
        ("s002_risk_manager", "beta") => s002_risk_manager::beta(case, bench, findings)?,
        ("s002_strategy_performance", "update_all") => s002_strategy_performance::update_all(case, bench, findings)?,
        ("s003_applied_lag", "applied") => s003_risk::applied(case, bench, findings)?,
        ("s003_real_run", _) => s003_real_run::stage(case, bench, findings)?,
        ("s003_regime", "classify") => s003_risk::classify(case, bench, findings)?,
        ("s003_risk_scalar", "transform") => s003_risk::transform(case, bench, findings)?,
        ("s003_scalar_loader", "load") => s003_risk::load(case, bench, findings)?,
        ("s003_state", "compute") => s003_risk::compute(case, bench, findings)?,
        ("s003_two_pass_metrics", "metrics") => s003_two_pass_metrics::metrics(case, bench, findings)?,
        ("s003_weight_allocator", "solve_signal_beta") => s003_weight_allocator::solve_signal_beta(case, bench, findings)?,
        ("s004_alpha_config", "parse") => s004_alphas::parse(case, bench, findings)?,
        ("s004_alpha_strategy", "generate_signals") => s004_alphas::generate_signals(case, bench, findings)?,
        ("s004_alpha_strategy", "weight_result") => s004_alphas::weight_result(case, bench, findings)?,
        ("s004_alpha_strategy", "equal_weights") => s004_alphas::equal_weights(case, bench, findings)?,
        ("s004_builtin_alphas", _) => s004_alphas::built_in(case, bench, findings)?,
        ("peers/rank_blend", _) => return peers_rank_blend::variant(case, bench, findings),
        ("peers/backtest", _) => peers_backtest::backtest(case, bench, findings)?,
        ("peers/black_litterman", _) => peers_black_litterman::posterior(case, bench, findings)?,
        ("peers/caps", _) => peers_caps::waterfill(case, bench, findings)?,
        ("peers/covariance", _) => peers_covariance::estimate(case, bench, findings)?,
        ("peers/weights", _) => return peers_weights::weights(case, bench, findings),
        ("s001_document_examples", "dynamic_sharpe_rebalance" | "inverse_volatility_60") => {
            s001_document_examples::weights(case, bench, findings)?;
        }
        ("s002_allocation_algorithms", "normalise" | "apply_constraints") => {
            s002_allocation_algorithms::limited(case, bench, findings)?;
        }
        ("s002_allocation_algorithms", _) => s002_allocation_algorithms::allocate(case, bench, findings)?,
        ("peers/metrics", _) => peers_metrics::metrics(case, bench, findings)?,
        (topic, _) => return Ok(Some(waiting(topic))),
    }
    Ok(None)
}

/// What a topic waits for.
fn waiting(topic: &str) -> &'static str {
    match topic {
        "s001_document_examples"
        | "s002_portfolio_allocator"
        | "s002_order_aggregator"
        | "s002_rebalancer"
        | "s002_risk_manager" => "the function is not known",
        "s000_twap_slicer"
        | "s004_rebalancing_plan"
        | "s004_twap"
        | "s004_rate_queue"
        | "s004_execution_monitor"
        | "s004_aggressive_handler" => "there is no operation plan yet",
        _ => "the topic is not known",
    }
}
