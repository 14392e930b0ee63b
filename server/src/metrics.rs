//! Figures about the server, in the text format of Prometheus.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Upper ends of the latency buckets, seconds.
const BUCKETS: [f64; 10] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 10.0];

/// Different sets of labels that one figure may have; beyond it they are put together under `other`.
pub const SERIES_MAX: usize = 1_000;

/// Every figure: name, kind, meaning.
const FIGURES: &[(&str, &str, &str)] = &[
    ("allocator_alerts_total", "counter", "Alerts raised, by scope."),
    ("allocator_clock_jumps_total", "counter", "Jumps of the wall clock against the monotonic one, by direction."),
    ("allocator_cycles_total", "counter", "Production cycles, by portfolio and outcome."),
    ("allocator_dead_letters_total", "counter", "Messages put aside, by code of the problem."),
    ("allocator_exposure", "gauge", "Exposure of the newest allocation, by portfolio and side (gross, net)."),
    ("allocator_gate", "gauge", "Requests admitted and being computed."),
    ("allocator_http_request_seconds", "histogram", "Time to answer, by route."),
    ("allocator_http_requests_total", "counter", "Answers, by route and status."),
    ("allocator_journal_entries", "gauge", "The last entry of the journal."),
    ("allocator_outbox_depth", "gauge", "Entries that Redis has not taken yet, by stream."),
    ("allocator_problems_total", "counter", "Requests and messages refused, by code."),
    ("allocator_redis_connected", "gauge", "1 while Redis takes what it is sent, else 0; absent without Redis."),
    (
        "allocator_regime",
        "gauge",
        "1 for the regime of the newest production cycle, 0 for those before it, by portfolio and regime.",
    ),
    ("allocator_relay_sent_total", "counter", "Entries that Redis took, by stream."),
    ("allocator_relay_resent_total", "counter", "Entries sent again because Redis had lost them, by stream."),
    ("allocator_risk_scalar", "gauge", "The risk scalar that the newest production cycle applied, by portfolio."),
    ("allocator_signals_total", "counter", "Sets of signals taken in, by portfolio and source."),
    ("allocator_spans_dropped_total", "counter", "Spans that the OpenTelemetry collector did not get."),
    ("allocator_streams_open", "gauge", "Event streams open."),
    ("allocator_submissions_total", "counter", "Submissions taken, by portfolio."),
    ("allocator_submissions_refused_total", "counter", "Submissions refused, by code."),
];

type Labels = Vec<(&'static str, String)>;

#[derive(Debug, Default)]
struct Latency {
    counts: [u64; BUCKETS.len()],
    count: u64,
    sum: f64,
}

#[derive(Debug, Default)]
struct Figures {
    values: BTreeMap<&'static str, BTreeMap<Labels, f64>>,
    latencies: BTreeMap<&'static str, BTreeMap<Labels, Latency>>,
}

/// Counts and measures.
#[derive(Debug, Default)]
pub struct Metrics(Mutex<Figures>);

impl Metrics {
    /// Counts one.
    pub fn count(&self, name: &'static str, labels: &[(&'static str, &str)]) {
        self.add(name, labels, 1.0);
    }

    /// Counts several; none leaves no trace.
    pub fn add(&self, name: &'static str, labels: &[(&'static str, &str)], how_many: f64) {
        if how_many > 0.0 {
            let mut figures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            *slot(figures.values.entry(name).or_default(), labels) += how_many;
        }
    }

    /// Sets a gauge.
    pub fn set(&self, name: &'static str, labels: &[(&'static str, &str)], value: f64) {
        let mut figures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *slot(figures.values.entry(name).or_default(), labels) = value;
    }

    /// Sets a gauge that says which of several words holds: 1 for this one, 0 for those that held before.
    pub fn set_word(&self, name: &'static str, of: (&'static str, &str), label: &'static str, word: &str) {
        let mut figures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let series = figures.values.entry(name).or_default();
        let owner = (of.0, of.1.to_owned());
        for (_, value) in series.iter_mut().filter(|(labels, _)| labels.contains(&owner)) {
            *value = 0.0;
        }
        *slot(series, &[of, (label, word)]) = 1.0;
    }

    /// Measures a time.
    pub fn observe(&self, name: &'static str, labels: &[(&'static str, &str)], time: Duration) {
        let mut figures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let latency = slot(figures.latencies.entry(name).or_default(), labels);
        let seconds = time.as_secs_f64();
        latency.count += 1;
        latency.sum += seconds;
        for (count, end) in latency.counts.iter_mut().zip(BUCKETS) {
            *count += u64::from(seconds <= end);
        }
    }

    /// The value of a counter or gauge.
    pub fn get(&self, name: &str, labels: &[(&'static str, &str)]) -> Option<f64> {
        let figures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        figures.values.get(name)?.get(&owned(labels)).copied()
    }

    /// Everything, as text.
    pub fn text(&self) -> String {
        let figures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut text = String::new();
        for (name, kind, meaning) in FIGURES {
            let values = figures.values.get(name);
            let latencies = figures.latencies.get(name);
            if values.is_none() && latencies.is_none() {
                continue;
            }
            let _ = writeln!(text, "# HELP {name} {meaning}\n# TYPE {name} {kind}");
            for (labels, value) in values.into_iter().flatten() {
                let _ = writeln!(text, "{name}{} {value}", braces(labels, None));
            }
            for (labels, latency) in latencies.into_iter().flatten() {
                for (count, end) in latency.counts.iter().zip(BUCKETS) {
                    let _ = writeln!(text, "{name}_bucket{} {count}", braces(labels, Some(&end.to_string())));
                }
                let _ = writeln!(text, "{name}_bucket{} {}", braces(labels, Some("+Inf")), latency.count);
                let _ = writeln!(text, "{name}_sum{} {}", braces(labels, None), latency.sum);
                let _ = writeln!(text, "{name}_count{} {}", braces(labels, None), latency.count);
            }
        }
        text
    }
}

fn owned(labels: &[(&'static str, &str)]) -> Labels {
    labels.iter().map(|(name, value)| (*name, (*value).to_owned())).collect()
}

fn slot<'a, T: Default>(series: &'a mut BTreeMap<Labels, T>, labels: &[(&'static str, &str)]) -> &'a mut T {
    let mut key = owned(labels);
    if series.len() >= SERIES_MAX && !series.contains_key(&key) {
        key = labels.iter().map(|(name, _)| (*name, "other".to_owned())).collect();
    }
    series.entry(key).or_default()
}

fn braces(labels: &Labels, end: Option<&str>) -> String {
    let mut parts: Vec<String> = labels
        .iter()
        .map(|(name, value)| format!("{name}=\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")))
        .collect();
    parts.extend(end.map(|end| format!("le=\"{end}\"")));
    if parts.is_empty() { String::new() } else { format!("{{{}}}", parts.join(",")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_what_prometheus_reads() {
        let metrics = Metrics::default();
        metrics.count("allocator_alerts_total", &[("scope", "a\"b\\c\nd")]);
        metrics.count("allocator_alerts_total", &[("scope", "a\"b\\c\nd")]);
        metrics.observe("allocator_http_request_seconds", &[("route", "blend")], Duration::from_millis(4));
        let text = metrics.text();
        assert!(text.contains("# TYPE allocator_alerts_total counter\nallocator_alerts_total{scope=\"a\\\"b\\\\c\\nd\"} 2\n"));
        // 4 ms lies above the bucket of 2.5 ms and in that of 5 ms.
        assert!(text.contains("allocator_http_request_seconds_bucket{route=\"blend\",le=\"0.0025\"} 0\n"));
        assert!(text.contains("allocator_http_request_seconds_bucket{route=\"blend\",le=\"0.005\"} 1\n"));
        assert!(text.contains("_bucket{route=\"blend\",le=\"+Inf\"} 1\n") && text.contains("_count{route=\"blend\"} 1\n"));
    }

    #[test]
    fn the_ready_dashboard_asks_for_figures_that_there_are() {
        let dashboard = include_str!("../../docs/operating/grafana.json");
        for (at, _) in dashboard.match_indices("allocator_") {
            let name: String = dashboard[at..].chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
            let plain = name.strip_suffix("_bucket").unwrap_or(&name);
            assert!(FIGURES.iter().any(|(known, ..)| *known == plain), "{name}");
        }
    }

    #[test]
    fn of_several_words_one_holds() {
        let metrics = Metrics::default();
        for (portfolio, word) in [("a", "NORMAL"), ("b", "NORMAL"), ("a", "CRISIS")] {
            metrics.set_word("allocator_regime", ("portfolio", portfolio), "regime", word);
        }
        let value = |portfolio, word| metrics.get("allocator_regime", &[("portfolio", portfolio), ("regime", word)]);
        assert_eq!((value("a", "NORMAL"), value("a", "CRISIS"), value("b", "NORMAL")), (Some(0.0), Some(1.0), Some(1.0)));
    }

    #[test]
    fn labels_cannot_fill_the_memory() {
        let metrics = Metrics::default();
        for i in 0..SERIES_MAX + 5 {
            metrics.count("allocator_problems_total", &[("code", &i.to_string())]);
        }
        assert_eq!(metrics.get("allocator_problems_total", &[("code", "other")]), Some(5.0));
    }
}
