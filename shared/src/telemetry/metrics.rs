//! Metrics in CloudWatch's embedded metric format: lines of the log from which CloudWatch makes them. No request is made.

use std::io::Write as _;
use std::sync::Arc;

use jiff::SignedDuration;
use serde_json::{Map, Value, json};

use crate::clock::Timestamp;

/// What is counted. Every name can have an alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    /// A mail was handed to SES.
    MailSent,
    /// A mail could not be handed over now and will be tried again.
    MailDeferred,
    /// A mail was given up: refused for good, or older than what it says. The item is kept for two weeks.
    MailDeadLettered,
    /// A mail was not sent, since its address bounces or its owner complained.
    MailSuppressed,
    /// SES reported that an address refuses mail for good.
    MailBounced,
    /// SES reported that somebody did not want a mail.
    MailComplained,
    /// A mail went out in our words, since the owner's template for it is broken.
    MailTemplateBroken,
    /// How long the mail that waits longest has waited, in seconds.
    OutboxAge,
    /// A refresh token came back that was used before; its session was ended.
    RefreshTokenReused,
    /// An `id_token` of a provider was shown that had let somebody in before.
    IdTokenReused,
    /// Something was written down as suspicious.
    SuspiciousActivity,
    /// An account came into being.
    AccountCreated,
    /// A session began.
    SignIn,
    /// A password was wrong.
    SignInFailed,
    /// A code was wrong: from a mail, of an authenticator app, or for recovery; or a link was. Over all accounts.
    CodeWrong,
    /// A limiter refused a request.
    RateLimited,
    /// An export was packed and its link mailed.
    ExportMade,
    /// A person was erased.
    AccountErased,
    /// A data request was given up; its person sees that it failed.
    DataRequestFailed,
    /// A new database of places was put into the bucket.
    PlacesUpdated,
    /// The database of places could not be fetched; the one from before stays.
    PlacesUpdateFailed,
    /// A function found the database of places damaged. Places are not known there until there is another.
    PlacesDamaged,
    /// How long a request took, from the gateway's event to the answer, in milliseconds.
    Latency,
}

impl Metric {
    /// Its name in CloudWatch.
    pub fn name(self) -> &'static str {
        match self {
            Self::MailSent => "MailSent",
            Self::MailDeferred => "MailDeferred",
            Self::MailDeadLettered => "MailDeadLettered",
            Self::MailSuppressed => "MailSuppressed",
            Self::MailBounced => "MailBounced",
            Self::MailComplained => "MailComplained",
            Self::MailTemplateBroken => "MailTemplateBroken",
            Self::OutboxAge => "OutboxAge",
            Self::RefreshTokenReused => "RefreshTokenReused",
            Self::IdTokenReused => "IdTokenReused",
            Self::SuspiciousActivity => "SuspiciousActivity",
            Self::AccountCreated => "AccountCreated",
            Self::SignIn => "SignIn",
            Self::SignInFailed => "SignInFailed",
            Self::CodeWrong => "CodeWrong",
            Self::RateLimited => "RateLimited",
            Self::ExportMade => "ExportMade",
            Self::AccountErased => "AccountErased",
            Self::DataRequestFailed => "DataRequestFailed",
            Self::PlacesUpdated => "PlacesUpdated",
            Self::PlacesUpdateFailed => "PlacesUpdateFailed",
            Self::PlacesDamaged => "PlacesDamaged",
            Self::Latency => "Latency",
        }
    }
}

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
        let mut all = vec![(Metric::Latency, "Milliseconds", latency_ms)];
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
