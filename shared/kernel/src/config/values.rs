//! Reading the variables of a section: text, numbers, rates, and what is wrong with them.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use super::{RATE_FACTOR, SectionShape, Variable};
use crate::rate::{Limit, Rate};

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

/// Reads the variables of one section, each with its default.
pub struct Values<'a> {
    values: &'a BTreeMap<String, String>,
    shape: &'a SectionShape,
}

impl<'a> Values<'a> {
    pub(super) fn of(values: &'a BTreeMap<String, String>, shape: &'a SectionShape) -> Self {
        Self { values, shape }
    }

    /// The value as it stands.
    pub fn text(&self, variable: &Variable) -> Result<String, ConfigError> {
        debug_assert!(
            self.shape.reads().any(|one| one.name == variable.name),
            "the section {} reads {} and does not declare it",
            self.shape.name,
            variable.name
        );
        match self.values.get(variable.name).filter(|value| !value.is_empty()) {
            Some(value) => Ok(value.clone()),
            None => variable.default.map(str::to_owned).ok_or(ConfigError::Missing(variable.name)),
        }
    }

    /// The value, unless it is empty.
    pub fn filled(&self, variable: &Variable) -> Result<Option<String>, ConfigError> {
        Ok(Some(self.text(variable)?).filter(|text| !text.is_empty()))
    }

    /// The value as `parse` reads it.
    pub fn parsed<T>(
        &self,
        variable: &Variable,
        expected: &'static str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<T, ConfigError> {
        let value = self.text(variable)?;
        parse(&value).ok_or(ConfigError::Wrong { name: variable.name, value, expected })
    }

    /// The same where an empty value stands for none.
    pub fn optional<T>(
        &self,
        variable: &Variable,
        expected: &'static str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, ConfigError> {
        if self.text(variable)?.is_empty() { Ok(None) } else { self.parsed(variable, expected, parse).map(Some) }
    }

    /// A whole number in this range.
    pub fn number(
        &self,
        variable: &Variable,
        range: std::ops::RangeInclusive<i64>,
        expected: &'static str,
    ) -> Result<i64, ConfigError> {
        self.parsed(variable, expected, |text| text.parse().ok().filter(|number| range.contains(number)))
    }

    /// A rate, times `RATE_FACTOR`.
    pub fn rate(&self, variable: &Variable) -> Result<Rate, ConfigError> {
        let factor = self.number(&RATE_FACTOR, 1..=1_000_000, "a whole number from 1")?;
        let rate =
            self.parsed(variable, "a count and a span, such as 10/min, 5/5min or 2/day", |text| text.parse().ok())?;
        Ok(Rate::times(rate, u32::try_from(factor).unwrap_or(u32::MAX)))
    }

    /// The limit of this name at this rate.
    pub fn limit(&self, name: &'static str, variable: &Variable) -> Result<Limit, ConfigError> {
        Ok(Limit::new(name, self.rate(variable)?))
    }

    /// The values of variables that no section declares, such as those that every SDK of AWS reads.
    pub(super) fn undeclared(&self) -> &'a BTreeMap<String, String> {
        self.values
    }
}

/// The entries of a list that commas separate.
pub fn listed(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|one| !one.is_empty())
}

/// So many days.
pub fn days(count: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * count)
}

/// An address in full that a `Location` header can hold.
pub fn page_address(text: &str) -> Option<String> {
    let uri: http::Uri = text.parse().ok()?;
    let page = uri.scheme_str() == Some("https") && uri.authority().is_some_and(|host| !host.as_str().contains('@'));
    page.then(|| text.to_owned())
}
