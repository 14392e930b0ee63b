//! What the desk is told, once for each crossing.

use crate::units::UnixNanos;
use crate::wire::Digest;
use serde::Serialize;

/// How urgent an alert is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Severity {
    /// Someone should look.
    #[serde(rename = "WARNING")]
    Warning,
}

/// A figure of a pair of strategies crossed its threshold.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Alert {
    /// Newest date that entered the figure.
    pub at: UnixNanos,
    /// The same for the same crossing, wherever it is computed: 32 hexadecimal digits.
    pub id: String,
    /// What was measured: `strategy_correlation`.
    pub metric: String,
    /// Observations that entered.
    pub n: u32,
    /// The two strategies, in alphabetical order.
    pub pair: [String; 2],
    /// How urgent it is.
    pub severity: Severity,
    /// The threshold that was crossed.
    pub threshold: f64,
    /// The figure.
    pub value: f64,
    /// Window asked for, in observations; null for all.
    pub window: Option<u32>,
}

/// The alert's id: the first 32 hexadecimal digits of SHA-256 over metric, both names, date and threshold, a line each.
///
/// Names hold no line breaks, so no two alerts share the text.
pub(super) fn alert_id(metric: &str, pair: &[String; 2], at: UnixNanos, threshold: f64) -> String {
    let threshold = ryu_js::Buffer::new().format(threshold).to_owned();
    let text = format!("{metric}\n{}\n{}\n{at}\n{threshold}", pair[0], pair[1]);
    let mut hex = Digest::of(text.as_bytes()).to_string();
    hex.truncate(32);
    hex
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_is_the_published_one() {
        // printf 'strategy_correlation\na\nb\n2024-01-31\n0.7' | sha256sum | cut -c1-32
        let at = UnixNanos::parse("2024-01-31").unwrap();
        let id = alert_id("strategy_correlation", &["a".to_owned(), "b".to_owned()], at, 0.7);
        assert_eq!(id, "2ab2071a45b59c3ea3b928276eb954cf");
        assert_ne!(id, alert_id("strategy_correlation", &["a".to_owned(), "b".to_owned()], at, 0.8));
    }
}
