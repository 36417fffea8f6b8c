//! Metrics written in CloudWatch's embedded metric format: lines of the log from which CloudWatch makes them. No
//! request is made.

use std::io::Write as _;
use std::sync::Arc;

use jiff::SignedDuration;
use serde_json::{Map, Value, json};

use super::Metric;
use super::metrics::LATENCY;
use crate::clock::Timestamp;

/// Counts in CloudWatch's embedded metric format: no request, one log line.
#[derive(Clone)]
pub struct Metrics {
    namespace: Arc<str>,
    sink: Arc<dyn Fn(&str) + Send + Sync>,
}

impl Metrics {
    /// Metrics as lines on standard output.
    pub fn to_stdout(namespace: &str) -> Self {
        Self::to_sink(namespace, |line| {
            let _ = writeln!(std::io::stdout(), "{line}");
        })
    }

    /// Metrics as lines to somewhere else, for tests.
    pub fn to_sink(namespace: &str, sink: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self { namespace: namespace.into(), sink: Arc::new(sink) }
    }

    /// Counts one.
    pub fn count(&self, metric: Metric, now: Timestamp) {
        self.write(&[(metric, "Count", 1)], now);
    }

    /// Records a duration.
    pub fn record(&self, metric: Metric, duration: SignedDuration, now: Timestamp) {
        self.write(&[(metric, "Seconds", duration.as_secs())], now);
    }

    /// Records a request that took so many milliseconds, and counts what happened in it: one line.
    pub fn request(&self, latency_ms: i64, happened: &[Metric], now: Timestamp) {
        let mut all = vec![(LATENCY, "Milliseconds", latency_ms)];
        all.extend(happened.iter().map(|metric| (*metric, "Count", 1)));
        self.write(&all, now);
    }

    fn write(&self, values: &[(Metric, &str, i64)], now: Timestamp) {
        let described: Vec<Value> =
            values.iter().map(|(metric, unit, _)| json!({ "Name": metric.name(), "Unit": unit })).collect();
        let mut line = Map::new();
        line.insert(
            "_aws".to_owned(),
            json!({
                "Timestamp": now.as_millisecond(),
                "CloudWatchMetrics": [{
                    "Namespace": &*self.namespace,
                    "Dimensions": [[]],
                    "Metrics": described,
                }],
            }),
        );
        line.extend(values.iter().map(|(metric, _, value)| (metric.name().to_owned(), Value::from(*value))));
        (self.sink)(&Value::Object(line).to_string());
    }
}
