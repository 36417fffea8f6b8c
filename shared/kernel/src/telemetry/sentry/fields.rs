//! The fields of a log line that a report may carry.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Debug;

use sentry_core::protocol::{Exception, Map};
use tracing::field::{Field, Visit};

use super::chain;

/// What names a place in the product or a request, and no person.
const TAGS: &[&str] = &["code", "location", "method", "request_id", "route", "status", "trace_id"];
/// What is said in our own words, and in those of libraries.
const SAID: &[&str] = &["cause", "error", "message", "why"];

/// Fields by name. What is not named above is not even kept.
#[derive(Debug, Default, Clone)]
pub(super) struct Fields {
    texts: BTreeMap<&'static str, String>,
    exceptions: Vec<Exception>,
}

impl Fields {
    /// One of them.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.texts.get(name).map(String::as_str)
    }

    /// What names the place and the request.
    pub(super) fn tags(&self) -> Map<String, String> {
        TAGS.iter().filter_map(|name| Some(((*name).to_owned(), self.get(name)?.to_owned()))).collect()
    }

    /// Why it failed, where that was said in words alone.
    pub(super) fn cause(&self) -> Option<&str> {
        ["cause", "error", "why"].iter().find_map(|name| self.get(name))
    }

    /// The error that was logged and what caused it, the first cause first.
    pub(super) fn into_exceptions(self) -> Vec<Exception> {
        self.exceptions
    }

    /// Takes over what another set holds and this one does not.
    pub(super) fn extend(&mut self, other: &Self) {
        for (name, value) in &other.texts {
            self.texts.entry(name).or_insert_with(|| value.clone());
        }
    }

    fn keep(&mut self, field: &Field, value: impl FnOnce() -> String) {
        if TAGS.contains(&field.name()) || SAID.contains(&field.name()) {
            self.texts.insert(field.name(), value());
        }
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.keep(field, || value.to_owned());
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        if SAID.contains(&field.name()) {
            self.exceptions = chain::exceptions(value);
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.keep(field, || format!("{value:?}"));
    }
}
