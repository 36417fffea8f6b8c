//! The rate limits: which there are, and the variables that set them.

use super::reader::Reader;
use super::{
    ConfigError, RATE_ANON, RATE_CODES_BURST, RATE_CODES_DAY, RATE_CONFIRM, RATE_DATA_REQUESTS, RATE_DELETION,
    RATE_EMAIL_CHANGE, RATE_EMAIL_CODE, RATE_EMAIL_CODE_ACCOUNT, RATE_FACTOR, RATE_MAILBOX, RATE_MFA, RATE_PASSWORD,
    RATE_PASSWORD_RESET, RATE_PASSWORD_RESET_ACCOUNT, RATE_PROFILE, RATE_REFRESH, RATE_REGISTER, RATE_SESSIONS,
    RATE_SIGN_IN, RATE_SIGN_IN_FAILURES, RATE_SOCIAL, RATE_USER, RATE_VERIFICATION_MAIL,
};
use crate::http::rate::{Limit, Rate};

/// The rate limits, each with its own window. Their names stand in answers.
#[derive(Debug, Clone, Copy)]
pub struct Rates {
    /// Everything that nobody known asks, per address.
    pub anonymous: Limit,
    /// Everything that a person asks, per person.
    pub person: Limit,
    /// Registrations per address.
    pub register: Limit,
    /// Confirmations per address.
    pub confirm: Limit,
    /// Sign-ins per address.
    pub sign_in: Limit,
    /// Wrong passwords per login, and per known device: three limits of growing length.
    pub sign_in_failures: [Limit; 3],
    /// Refreshes per session.
    pub refresh: Limit,
    /// Listing and ending sessions per person.
    pub sessions: Limit,
    /// Verification mails per mail address.
    pub verification_mail: Limit,
    /// All mails that strangers can ask for, per email address and over all routes.
    pub mailbox: MailboxLimits,
    /// Changes of the mail address asked for, per account.
    pub email_change: Limit,
    /// Passwords and codes shown again, and changes of the password, per account.
    pub password: Limit,
    /// Failures at a second factor per account: two limits of growing length.
    pub mfa: [Limit; 2],
    /// Sign-in codes asked for per address.
    pub email_code: Limit,
    /// Sign-in codes mailed per email address.
    pub email_code_account: CodeMails,
    /// Password resets asked for per address.
    pub password_reset: Limit,
    /// Password resets mailed per email address.
    pub password_reset_account: CodeMails,
    /// Changes of names and profile per person.
    pub profile: Limit,
    /// Deletions of the own account asked for per person.
    pub deletion: Limit,
    /// Sign-ins by a provider per address, and connections of one per person.
    pub social: Limit,
    /// Data requests per person.
    pub data_requests: Limit,
}

impl Rates {
    pub(super) fn read(read: &Reader<'_>) -> Result<Self, ConfigError> {
        let factor = read.number(RATE_FACTOR, 1..=1_000_000, "a whole number from 1")?;
        let rate = |variable| read.rate(variable, factor);
        let limit = |name, variable| rate(variable).map(|rate| Limit::new(name, rate));
        let code_mails = |names, hourly| {
            Ok::<_, ConfigError>(CodeMails::new(names, [rate(RATE_CODES_BURST)?, rate(hourly)?, rate(RATE_CODES_DAY)?]))
        };
        Ok(Self {
            anonymous: Limit::primary("anonymous", rate(RATE_ANON)?),
            person: Limit::primary("person", rate(RATE_USER)?),
            register: limit("register", RATE_REGISTER)?,
            confirm: limit("confirm", RATE_CONFIRM)?,
            sign_in: limit("sign_in", RATE_SIGN_IN)?,
            sign_in_failures: growing(rate(RATE_SIGN_IN_FAILURES)?),
            refresh: limit("refresh", RATE_REFRESH)?,
            sessions: limit("sessions", RATE_SESSIONS)?,
            verification_mail: limit("verification_mail", RATE_VERIFICATION_MAIL)?,
            mailbox: MailboxLimits::new(rate(RATE_MAILBOX)?),
            email_change: limit("email_change", RATE_EMAIL_CHANGE)?,
            password: limit("password", RATE_PASSWORD)?,
            mfa: growing_once(rate(RATE_MFA)?),
            email_code: limit("email_code", RATE_EMAIL_CODE)?,
            email_code_account: code_mails(
                ["email_code_burst", "email_code_account", "email_code_day"],
                RATE_EMAIL_CODE_ACCOUNT,
            )?,
            password_reset: limit("password_reset", RATE_PASSWORD_RESET)?,
            password_reset_account: code_mails(
                ["password_reset_burst", "password_reset_account", "password_reset_day"],
                RATE_PASSWORD_RESET_ACCOUNT,
            )?,
            profile: limit("profile", RATE_PROFILE)?,
            deletion: limit("deletion", RATE_DELETION)?,
            social: limit("social", RATE_SOCIAL)?,
            data_requests: limit("data_requests", RATE_DATA_REQUESTS)?,
        })
    }
}

/// What strangers can have mailed to one email address, in two parts that never use up each other: mails that ask whether
/// an address agrees to something, and codes for its account. Otherwise a stranger who registers the address again and
/// again would keep the owner from a new password.
#[derive(Debug, Clone, Copy)]
pub struct MailboxLimits {
    /// Verification mails: two fifths.
    pub proofs: Limit,
    /// Codes and links for an account: the rest.
    pub codes: Limit,
}

impl MailboxLimits {
    fn new(sum: Rate) -> Self {
        let proofs = sum.share(2, 5);
        Self { proofs: Limit::new("mailbox_proofs", proofs), codes: Limit::new("mailbox_codes", sum.less(proofs)) }
    }
}

/// How many codes of one kind anybody can have mailed to one email address: in a burst, in an hour, and in a day.
///
/// Each code is worth five guesses, so the day's limit is what bounds the guesses at an account: 12 codes, 60 guesses. And
/// one network may ask for no more than two fifths of each, so that whatever it asks for, something is left to the owner
/// of the address, who asks from another one.
#[derive(Debug, Clone, Copy)]
pub struct CodeMails {
    /// For all who ask.
    pub all: [Limit; 3],
    /// Asked for by one network.
    pub one_network: [Limit; 3],
}

impl CodeMails {
    fn new(names: [&'static str; 3], rates: [Rate; 3]) -> Self {
        let [burst, hour, day] = names;
        let limits = |[of_burst, of_hour, of_day]: [Rate; 3]| {
            [Limit::new(burst, of_burst), Limit::new(hour, of_hour), Limit::new(day, of_day)]
        };
        Self { all: limits(rates), one_network: limits(rates.map(|rate| rate.share(2, 5))) }
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

/// The same for second factors: 10 in a quarter of an hour, 30 in three. Who guesses at them has a password or a session
/// already, so its owner is told; a longer wait would be the owner's own.
fn growing_once(rate: Rate) -> [Limit; 2] {
    [Limit::new("mfa", rate), Limit::new("mfa_long", rate.over(3, 12))]
}
