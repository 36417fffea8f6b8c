//! What is counted. Each domain has its own in its `metrics.rs`; the template makes alarms and a dashboard of them.

use std::fmt;

/// What is counted, by its name in CloudWatch. Every one can have an alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metric(&'static str);

impl Metric {
    /// What CloudWatch knows under this name.
    pub const fn new(name: &'static str) -> Self {
        Self(name)
    }

    /// Its name in CloudWatch.
    pub const fn name(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0)
    }
}

/// Metrics as a `metrics.rs` lists them, a [`Metric`](crate::telemetry::Metric) each, and all of them as `METRICS`.
///
/// ```
/// latchkey_kernel::metrics! {
///     /// A book was lent.
///     BOOK_LENT = "BookLent",
/// }
///
/// assert_eq!(METRICS, [BOOK_LENT]);
/// ```
#[macro_export]
macro_rules! metrics {
    ($($(#[$doc:meta])* $metric:ident = $name:literal,)*) => {
        $($(#[$doc])* pub const $metric: $crate::telemetry::Metric = $crate::telemetry::Metric::new($name);)*

        /// All of them.
        pub const METRICS: &[$crate::telemetry::Metric] = &[$($metric),*];
    };
}
