//! How long tokens and sessions live.

use jiff::SignedDuration;

use super::reader::{ConfigError, Reader};
use super::{ACCESS_TOKEN_MINUTES, REFRESH_ABSOLUTE_DAYS, REFRESH_GRACE_SECONDS, REFRESH_IDLE_DAYS, days};

/// How long tokens and sessions live.
#[derive(Debug, Clone, Copy)]
pub struct Lifetimes {
    /// An access token.
    pub access_token: SignedDuration,
    /// A session that is not used.
    pub idle: SignedDuration,
    /// A session however much it is used.
    pub absolute: SignedDuration,
    /// How long a used refresh token still answers with its successor.
    pub grace: SignedDuration,
}

impl Lifetimes {
    pub(super) fn read(read: &Reader<'_>) -> Result<Self, ConfigError> {
        Ok(Self {
            access_token: SignedDuration::from_mins(read.number(ACCESS_TOKEN_MINUTES, 1..=60, "1 to 60")?),
            idle: days(read.number(REFRESH_IDLE_DAYS, 1..=365, "1 to 365")?),
            absolute: days(read.number(REFRESH_ABSOLUTE_DAYS, 1..=365, "1 to 365")?),
            grace: SignedDuration::from_secs(read.number(REFRESH_GRACE_SECONDS, 0..=60, "0 to 60")?),
        })
    }
}
