//! Which events of the log are metrics as well.

use crate::accounts::metrics::ACCOUNT_CREATED;
use crate::sessions::metrics::{SIGN_IN, SIGN_IN_FAILED};
use crate::telemetry::Metric;

/// What counts the event of this name.
pub(super) fn metric_of(event: &str) -> Option<Metric> {
    match event {
        "ACCOUNT_CREATED" => Some(ACCOUNT_CREATED),
        "LOGIN" => Some(SIGN_IN),
        "LOGIN_FAILED" => Some(SIGN_IN_FAILED),
        _ => None,
    }
}
