//! What an operator sets of sessions: how long they live, what their tokens say, and their limits.

use jiff::SignedDuration;

use latchkey_kernel::config::{
    ConfigError, Configured, PUBLIC_URL, PublicUrl, RATE_FACTOR, ReadBy, SectionShape, Values, days,
};
use latchkey_kernel::http::rate::{Limit, Rate};
use latchkey_kernel::section;

/// The sections of sessions.
pub const SECTIONS: &[SectionShape] = &[LIFETIMES, TOKENS, SIGN_IN, GUESSES, STEP_UP, OWN_SESSIONS];

section! {
    /// How long tokens and sessions live.
    LIFETIMES: "lifetimes", ReadBy::ApiBut(&["pages"]), also [];
    ACCESS_TOKEN_MINUTES = Some("15"), 2, "Life of an access token, 1 to 60 minutes.";
    REFRESH_IDLE_DAYS = Some("30"), 3, "A session that is not used for so many days ends, 1 to 365.";
    REFRESH_ABSOLUTE_DAYS = Some("90"), 3, "A session ends after so many days however much it is used, 1 to 365.";
    REFRESH_GRACE_SECONDS = Some("30"), 2, "How long a used refresh token still answers with its successor, 0 to 60 seconds.";
}

section! {
    /// What access tokens say.
    TOKENS: "tokens", ReadBy::ApiBut(&["pages"]), also [PUBLIC_URL];
    TOKEN_AUDIENCE = Some(""), 80, "The `aud` of access tokens. Empty: PUBLIC_URL.";
    TOKEN_CLIENT_ID = Some("first-party"), 64, "The `client_id` of access tokens (RFC 9068): what the owner's APIs call the application that people sign in to, 1 to 64 visible ASCII characters.";
}

section! {
    /// Limits on sign-ins and refreshes.
    SIGN_IN: "sign-in", ReadBy::Only(&["auth", "front"]), also [RATE_FACTOR];
    RATE_SIGN_IN = Some("10/min"), 10, "Sign-ins per address.";
    RATE_REFRESH = Some("60/hour"), 10, "Refreshes per session.";
}

section! {
    /// Limits on failed passwords.
    GUESSES: "guesses", ReadBy::Only(&["auth", "account", "front"]), also [RATE_FACTOR];
    RATE_SIGN_IN_FAILURES = Some("5/5min"), 10, "Wrong passwords per login, and per known device, before it must wait; three times as many in 12 such spans and ten times as many in 288 must wait longer.";
}

section! {
    /// How often a user may show a password or a code again.
    STEP_UP: "step-up", ReadBy::Only(&["auth", "account", "front"]), also [RATE_FACTOR];
    RATE_PASSWORD = Some("15/hour"), 10, "Passwords and codes shown again by a person who is signed in, and changes of the password, per account.";
}

section! {
    /// How often a user may list and end sessions.
    OWN_SESSIONS: "own sessions", ReadBy::Only(&["account", "front"]), also [RATE_FACTOR];
    RATE_SESSIONS = Some("50/hour"), 10, "Requests for sessions (listing and ending them) per person.";
}

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

/// What access tokens say.
#[derive(Debug, Clone)]
pub struct Tokens {
    /// Their `iss`.
    pub issuer: String,
    /// Their `aud`.
    pub audience: String,
    /// Their `client_id`.
    pub client_id: String,
}

/// Limits on sign-ins and refreshes.
#[derive(Debug, Clone, Copy)]
pub struct SignInLimits {
    /// Sign-ins per address.
    pub sign_in: Limit,
    /// Refreshes per session.
    pub refresh: Limit,
}

/// Limits on failed passwords.
#[derive(Debug, Clone, Copy)]
pub struct Guesses {
    /// Wrong passwords per login, and per known device: three limits of growing length.
    pub limits: [Limit; 3],
}

/// How often a user may show a password or a code again.
#[derive(Debug, Clone, Copy)]
pub struct StepUpLimits {
    /// Passwords and codes shown again, and changes of the password, per account.
    pub limit: Limit,
}

/// How often a user may list and end sessions.
#[derive(Debug, Clone, Copy)]
pub struct OwnSessions {
    /// Listing and ending sessions per user.
    pub limit: Limit,
}

impl Configured for Lifetimes {
    const SHAPE: SectionShape = LIFETIMES;

    fn read(read: &Values<'_>) -> Result<Self, ConfigError> {
        Ok(Self {
            access_token: SignedDuration::from_mins(read.number(&ACCESS_TOKEN_MINUTES, 1..=60, "1 to 60")?),
            idle: days(read.number(&REFRESH_IDLE_DAYS, 1..=365, "1 to 365")?),
            absolute: days(read.number(&REFRESH_ABSOLUTE_DAYS, 1..=365, "1 to 365")?),
            grace: SignedDuration::from_secs(read.number(&REFRESH_GRACE_SECONDS, 0..=60, "0 to 60")?),
        })
    }
}

impl Configured for Tokens {
    const SHAPE: SectionShape = TOKENS;

    fn read(read: &Values<'_>) -> Result<Self, ConfigError> {
        let issuer = PublicUrl::read(read)?.to_string();
        Ok(Self {
            audience: read.filled(&TOKEN_AUDIENCE)?.unwrap_or_else(|| issuer.clone()),
            issuer,
            client_id: read.parsed(&TOKEN_CLIENT_ID, "1 to 64 visible ASCII characters", visible)?,
        })
    }
}

fn visible(text: &str) -> Option<String> {
    (text.len() <= 64 && text.bytes().all(|byte| byte.is_ascii_graphic())).then(|| text.to_owned())
}

impl Configured for SignInLimits {
    const SHAPE: SectionShape = SIGN_IN;

    fn read(read: &Values<'_>) -> Result<Self, ConfigError> {
        Ok(Self { sign_in: read.limit("sign_in", &RATE_SIGN_IN)?, refresh: read.limit("refresh", &RATE_REFRESH)? })
    }
}

impl Configured for Guesses {
    const SHAPE: SectionShape = GUESSES;

    fn read(read: &Values<'_>) -> Result<Self, ConfigError> {
        Ok(Self { limits: growing(read.rate(&RATE_SIGN_IN_FAILURES)?) })
    }
}

impl Configured for StepUpLimits {
    const SHAPE: SectionShape = STEP_UP;

    fn read(read: &Values<'_>) -> Result<Self, ConfigError> {
        Ok(Self { limit: read.limit("password", &RATE_PASSWORD)? })
    }
}

impl Configured for OwnSessions {
    const SHAPE: SectionShape = OWN_SESSIONS;

    fn read(read: &Values<'_>) -> Result<Self, ConfigError> {
        Ok(Self { limit: read.limit("sessions", &RATE_SESSIONS)? })
    }
}

/// A delay that grows: 5 in 5 minutes, 15 in an hour, 50 in a day. Half of what NIST allows between two successes
/// (SP 800-63B-4, section 3.2.2: a hundred) takes a day, and who mistypes five times waits for minutes.
fn growing(rate: Rate) -> [Limit; 3] {
    [
        Limit::new("failures", rate),
        Limit::new("failures_long", rate.over(3, 12)),
        Limit::new("failures_longest", rate.over(10, 288)),
    ]
}
