//! The configuration of the application: the kernel's, and the sections of each domain.

use std::collections::BTreeMap;
use std::ops::Deref;

use crate::accounts::ReservedUsernames;
use crate::accounts::config::{
    AccountChanges, CodeSignIn, Confirmation, PasswordLengths, PasswordPage, PasswordReset, Registration,
};
use crate::audit::config::Retention;
use crate::mfa::config::{FactorGuesses, Mfa, Passkeys};
use crate::privacy::config::{DataRequests, Deletion, Exports};
use crate::sessions::config::{Guesses, Lifetimes, OwnSessions, SignInLimits, StepUpLimits, Tokens};
use crate::social::config::Social;
use latchkey_kernel::config::{self, ConfigError, Process, Section, Source, process_environment};

/// The configuration of a process, checked. Of the sections it has those that the process reads.
#[derive(Debug, Clone)]
pub struct Config {
    kernel: config::Config,
    /// The usernames that cannot be taken.
    pub reserved_usernames: Section<ReservedUsernames>,
    /// How long passwords must be.
    pub passwords: Section<PasswordLengths>,
    /// Where people change their password.
    pub password_page: Section<PasswordPage>,
    /// Signing in with a mailed code.
    pub code_sign_in: Section<CodeSignIn>,
    /// Limits on registrations and on verification mails.
    pub registration: Section<Registration>,
    /// How often a mailed code or link may be shown.
    pub confirmation: Section<Confirmation>,
    /// How often a new password may be asked for.
    pub password_reset: Section<PasswordReset>,
    /// How often a user may change the own account.
    pub account_changes: Section<AccountChanges>,
    /// How long tokens and sessions live.
    pub lifetimes: Section<Lifetimes>,
    /// What access tokens say.
    pub tokens: Section<Tokens>,
    /// Limits on sign-ins and refreshes.
    pub sign_in: Section<SignInLimits>,
    /// Limits on failed passwords.
    pub guesses: Section<Guesses>,
    /// How often a user may show a password or a code again.
    pub step_up: Section<StepUpLimits>,
    /// How often a user may list and end sessions.
    pub own_sessions: Section<OwnSessions>,
    /// Who must have a second factor.
    pub mfa: Section<Mfa>,
    /// What passkeys are bound to.
    pub passkeys: Section<Passkeys>,
    /// Limits on failed second factors.
    pub factor_guesses: Section<FactorGuesses>,
    /// Signing in by a provider.
    pub social: Section<Social>,
    /// Deleting the own account.
    pub deletion: Section<Deletion>,
    /// Asking for the own data, or for its end.
    pub data_requests: Section<DataRequests>,
    /// How long exports are kept.
    pub exports: Section<Exports>,
    /// How long the lines of the audit log are kept.
    pub retention: Section<Retention>,
}

impl Config {
    /// What this process reads of its environment.
    pub fn from_environment(process: Process) -> Result<Self, ConfigError> {
        Self::from_variables(process, &process_environment())
    }

    /// What this process reads of these variables; an empty value counts as not set.
    pub fn from_variables(process: Process, values: &BTreeMap<String, String>) -> Result<Self, ConfigError> {
        let source = Source::new(process, values);
        Ok(Self {
            kernel: config::Config::read(&source)?,
            reserved_usernames: source.section()?,
            passwords: source.section()?,
            password_page: source.section()?,
            code_sign_in: source.section()?,
            registration: source.section()?,
            confirmation: source.section()?,
            password_reset: source.section()?,
            account_changes: source.section()?,
            lifetimes: source.section()?,
            tokens: source.section()?,
            sign_in: source.section()?,
            guesses: source.section()?,
            step_up: source.section()?,
            own_sessions: source.section()?,
            mfa: source.section()?,
            passkeys: source.section()?,
            factor_guesses: source.section()?,
            social: source.section()?,
            deletion: source.section()?,
            data_requests: source.section()?,
            exports: source.section()?,
            retention: source.section()?,
        })
    }
}

impl Config {
    /// The kernel's part.
    pub fn kernel(&self) -> config::Config {
        self.kernel.clone()
    }
}

impl Deref for Config {
    type Target = config::Config;

    fn deref(&self) -> &config::Config {
        &self.kernel
    }
}

#[cfg(test)]
#[path = "config_tests.rs"]
mod tests;
