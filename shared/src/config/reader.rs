//! Reading variables: text, numbers, rates, and what is wrong with them.

use std::collections::BTreeMap;

use super::{SECRETS_DIR, SECRETS_PREFIX, SENTRY_DSN, SENTRY_ENVIRONMENT, SENTRY_SAMPLE_RATE, SecretsAt, VARIABLES};
use crate::http::rate::Rate;
use crate::telemetry::sentry::{Dsn, Reporting};

/// A variable that is missing or wrong.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Not set, and without a default.
    #[error("{0} is not set")]
    Missing(&'static str),
    /// Set to what cannot be.
    #[error("{name} is {value:?}, but should be {expected}")]
    Wrong {
        /// The variable.
        name: &'static str,
        /// Its value.
        value: String,
        /// What it should be.
        expected: &'static str,
    },
}

/// Reads the variables of one environment, each with its default.
pub(super) struct Reader<'a> {
    values: &'a BTreeMap<String, String>,
}

impl<'a> Reader<'a> {
    pub(super) fn of(values: &'a BTreeMap<String, String>) -> Self {
        Self { values }
    }

    pub(super) fn text(&self, name: &'static str) -> Result<String, ConfigError> {
        let default = VARIABLES.iter().find(|variable| variable.name == name).and_then(|variable| variable.default);
        match self.values.get(name).filter(|value| !value.is_empty()) {
            Some(value) => Ok(value.clone()),
            None => default.map(str::to_owned).ok_or(ConfigError::Missing(name)),
        }
    }

    pub(super) fn parsed<T>(
        &self,
        name: &'static str,
        expected: &'static str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<T, ConfigError> {
        let value = self.text(name)?;
        parse(&value).ok_or(ConfigError::Wrong { name, value, expected })
    }

    /// The same where an empty value stands for none.
    pub(super) fn optional<T>(
        &self,
        name: &'static str,
        expected: &'static str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, ConfigError> {
        if self.text(name)?.is_empty() { Ok(None) } else { self.parsed(name, expected, parse).map(Some) }
    }

    pub(super) fn secrets(&self) -> Result<SecretsAt, ConfigError> {
        let folder = self.text(SECRETS_DIR)?;
        if !folder.is_empty() {
            return Ok(SecretsAt::Folder(folder.into()));
        }
        let prefix = self.text(SECRETS_PREFIX)?;
        if prefix.is_empty() { Err(ConfigError::Missing(SECRETS_PREFIX)) } else { Ok(SecretsAt::Manager(prefix)) }
    }

    pub(super) fn reporting(&self) -> Result<Option<Reporting>, ConfigError> {
        // A wrong one may hold a key all the same, and what is wrong with the configuration is logged.
        let dsn = self.optional(SENTRY_DSN, "https://, a key, @, a host, / and a project", Dsn::parse);
        let dsn = dsn.map_err(|error| match error {
            ConfigError::Wrong { name, expected, .. } => ConfigError::Wrong { name, value: "…".to_owned(), expected },
            missing @ ConfigError::Missing(_) => missing,
        })?;
        let sample_rate = self.parsed(SENTRY_SAMPLE_RATE, "a number above 0 and at most 1", |text| {
            text.parse().ok().filter(|rate: &f64| *rate > 0.0 && *rate <= 1.0)
        })?;
        // Sentry refuses blanks and slashes, and more than 64 characters.
        let environment = self.parsed(SENTRY_ENVIRONMENT, "1 to 64 letters, digits, ., _ and -", |text| {
            let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
            (plain && (1..=64).contains(&text.len())).then(|| text.to_owned())
        })?;
        Ok(dsn.map(|dsn| Reporting { dsn, sample_rate, environment }))
    }

    pub(super) fn number(
        &self,
        name: &'static str,
        range: std::ops::RangeInclusive<i64>,
        expected: &'static str,
    ) -> Result<i64, ConfigError> {
        self.parsed(name, expected, |text| text.parse().ok().filter(|number| range.contains(number)))
    }

    pub(super) fn rate(&self, name: &'static str, factor: i64) -> Result<Rate, ConfigError> {
        let rate =
            self.parsed(name, "a count and a span, such as 10/min, 5/5min or 2/day", |text| text.parse().ok())?;
        Ok(Rate::times(rate, u32::try_from(factor).unwrap_or(u32::MAX)))
    }
}

/// An address in full that a `Location` header can hold.
pub(super) fn page_address(text: &str) -> Option<String> {
    let uri: http::Uri = text.parse().ok()?;
    let page = uri.scheme_str() == Some("https") && uri.authority().is_some_and(|host| !host.as_str().contains('@'));
    page.then(|| text.to_owned())
}
