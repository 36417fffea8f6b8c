//! The machine's clocks, which a measurement must read.

use std::time::Instant;

use jiff::Timestamp;

/// The time that events carry.
#[expect(clippy::disallowed_methods, reason = "the bench plays the gateway, whose clock the functions trust")]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

/// A moment to measure from.
#[expect(clippy::disallowed_methods, reason = "a measurement reads the machine's clock")]
pub(crate) fn start() -> Instant {
    Instant::now()
}
