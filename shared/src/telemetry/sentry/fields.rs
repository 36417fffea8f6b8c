//! The fields of a log line that a report may carry.

use std::collections::BTreeMap;
use std::fmt::Debug;

use tracing::field::{Field, Visit};

use super::scrub::scrub;

/// What names a place in the product or a request, and nobody.
const TAGS: &[&str] = &["code", "method", "request_id", "route", "status", "trace_id"];
/// What is said in our own words, and in those of libraries.
const SAID: &[&str] = &["cause", "error", "message"];

/// Fields by name. What is not named above is not even kept.
#[derive(Debug, Default, Clone)]
pub(super) struct Fields(BTreeMap<&'static str, String>);

impl Fields {
    /// One of them.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// What names the place and the request.
    pub(super) fn tags(&self) -> impl Iterator<Item = (&'static str, &str)> {
        TAGS.iter().filter_map(|name| Some((*name, self.get(name)?)))
    }

    /// Why it failed.
    pub(super) fn cause(&self) -> Option<&str> {
        self.get("cause").or_else(|| self.get("error"))
    }

    /// Takes over what another set holds and this one does not.
    pub(super) fn extend(&mut self, other: &Self) {
        for (name, value) in &other.0 {
            self.0.entry(name).or_insert_with(|| value.clone());
        }
    }

    fn keep(&mut self, field: &Field, value: &str) {
        if TAGS.contains(&field.name()) {
            self.0.insert(field.name(), value.to_owned());
        } else if SAID.contains(&field.name()) {
            self.0.insert(field.name(), scrub(value));
        }
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.keep(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.keep(field, &format!("{value:?}"));
    }
}
